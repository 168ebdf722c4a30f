"""Pictures side by side with captions: the contact sheet of a preview, and small pictures for pages."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from simengine.arrays import Array, U8Array
from simengine.errors import DatasetError
from simengine.render.lettering import shortened, write

__all__ = ["contact_sheet", "fitted"]

_PAPER = (247, 247, 245)
_INK = (32, 34, 38)
_SOFT = (110, 114, 120)
_FRAME = (222, 223, 222)


def fitted(image: Array, width_px: int, height_px: int | None = None) -> U8Array:
    """An image scaled to fit a width (and height), its proportions kept.

    Args:
        image: uint8 (H, W, 3).
        width_px, height_px: room; None: any height.
    """
    height, width = image.shape[:2]
    scale = width_px / width if height_px is None else min(width_px / width, height_px / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return np.ascontiguousarray(image, np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(image, np.uint8), size, interpolation=how), np.uint8)


def _place(cell: U8Array, picture: U8Array) -> None:
    """Put a picture into the middle of a cell."""
    y, x = (cell.shape[0] - picture.shape[0]) // 2, (cell.shape[1] - picture.shape[1]) // 2
    cell[:] = _FRAME
    cell[y : y + picture.shape[0], x : x + picture.shape[1]] = picture


def contact_sheet(
    images: Sequence[Array], captions: Sequence[str], columns: int = 3, *, title: str = "", cell_px: int = 480,
    letter_px: float | None = None,
) -> U8Array:  # fmt: skip
    """Pictures in rows with captions below, on light paper.

    Args:
        images: uint8 sRGB (H, W, 3), of any sizes; each is scaled to fit its cell.
        captions: one a picture; further lines after a newline, set smaller. What does not fit is shortened.
        columns: pictures a row.
        title: heading, or nothing.
        cell_px: width of a cell.
        letter_px: size of the captions' letters; None: with the width of a cell.

    Returns:
        uint8 sRGB (H, W, 3).

    Raises:
        DatasetError: no pictures, or not one caption a picture.
    """
    if not images or len(images) != len(captions) or columns < 1 or cell_px < 16:
        raise DatasetError(
            f"a contact sheet needs pictures, a caption each and columns of 16 px or more; got {len(images)} pictures, "
            f"{len(captions)} captions, {columns} columns of {cell_px} px"
        )
    columns = min(columns, len(images))
    size = letter_px or max(9.0, cell_px / 26.0)
    gap = max(8, cell_px // 24 if letter_px is None else round(letter_px))
    below = round(size * 1.6 * max(c.count("\n") + 1 for c in captions) + size * 0.4)
    cells = [fitted(image, cell_px, 2 * cell_px) for image in images]
    tall = [max(c.shape[0] for c in cells[k : k + columns]) for k in range(0, len(cells), columns)]
    top = gap + (round(size * 3.0) if title else 0)
    page = np.empty((top + sum(tall) + len(tall) * (below + gap), gap + columns * (cell_px + gap), 3), np.uint8)
    page[:] = _PAPER
    if title:
        room = page.shape[1] - 2 * gap
        write(page, shortened(title, size * 1.5, room), gap, gap + round(size * 1.4), size * 1.5, _INK)
    for k, (cell, caption) in enumerate(zip(cells, captions, strict=True)):
        row, column = divmod(k, columns)
        x, y = gap + column * (cell_px + gap), top + sum(tall[:row]) + row * (below + gap)
        _place(page[y : y + tall[row], x : x + cell_px], cell)
        for i, line in enumerate(caption.split("\n")):
            letter, ink = (size, _INK) if i == 0 else (size * 0.86, _SOFT)
            baseline = y + tall[row] + round(size * 1.6 * (i + 1)) - round(size * 0.2)
            write(page[:, : x + cell_px], shortened(line, letter, cell_px), x, baseline, letter, ink)
    return page
