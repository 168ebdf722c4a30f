"""Texts in pictures: smooth lines of letters, plates behind them, and how much room they take."""

from __future__ import annotations

import cv2
import numpy as np

from simengine.arrays import U8Array

__all__ = ["shortened", "stamp", "text_width_px", "write"]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FINE = 4  # texts are drawn this much larger and scaled down: smoother than the font's own lines
_PER_SCALE = 30.0  # the font's scale 1 is this size
_PLATE, _LETTERS = (22, 24, 28), (245, 246, 247)
_PLAIN = str.maketrans({"\u00b7": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u00b2": "2", "\u00b3": "3",
                        "\u00d7": "x", "\u2192": "->", "\u2026": "..."})  # fmt: skip

Colour = tuple[int, int, int]


def _plain(text: str) -> str:
    """What the font has letters for."""
    return text.translate(_PLAIN).encode("ascii", "replace").decode()


def _thickness(size_px: float) -> int:
    return max(1, round(size_px * 0.26))


def text_width_px(text: str, size_px: float) -> float:
    """Width of a line whose capitals are about 0.7 ``size_px`` high."""
    (width, _), _ = cv2.getTextSize(_plain(text), _FONT, size_px * _FINE / _PER_SCALE, _thickness(size_px))
    return width / _FINE


def shortened(text: str, size_px: float, room_px: float) -> str:
    """A text as it can be written, its end left out where it does not fit."""
    plain = _plain(text)
    if text_width_px(plain, size_px) <= room_px:
        return plain
    while plain and text_width_px(plain + "...", size_px) > room_px:
        plain = plain[:-1]
    return plain.rstrip(" ,") + "..."


def write(
    page: U8Array, text: str, x: int, baseline: int, size_px: float, colour: Colour, halo: Colour | None = None
) -> None:
    """Write one line into an image (H, W, 3).

    Args:
        page: changed in place; letters outside it are cut off.
        text: letters that the font lacks become question marks.
        x, baseline: left edge and foot of the letters.
        size_px: capitals are about 0.7 of it high.
        colour: of the letters.
        halo: of a rim round them.
    """
    margin = 2 if halo else 0
    top, left = max(0, baseline - round(size_px * 1.1) - margin), max(0, x - margin)
    right = left + round(text_width_px(text, size_px)) + 4 + 2 * margin
    room = page[top : max(0, baseline + round(size_px * 0.45) + margin), left:right]
    if not text or not room.size:
        return
    layers = [(halo, _thickness(size_px) + 14), (colour, _thickness(size_px))]
    for paint, thickness in layers:
        if paint is None:
            continue
        ink = np.zeros((room.shape[0] * _FINE, room.shape[1] * _FINE), np.uint8)
        place = ((x - left) * _FINE, (baseline - top) * _FINE)
        cv2.putText(ink, _plain(text), place, _FONT, size_px * _FINE / _PER_SCALE, 255, thickness, cv2.LINE_AA)
        cover = cv2.resize(ink, (room.shape[1], room.shape[0]), interpolation=cv2.INTER_AREA).astype(np.float64) / 255.0
        room[:] = np.round(room * (1 - cover[..., None]) + np.array(paint) * cover[..., None]).astype(np.uint8)


def stamp(page: U8Array, text: str, size_px: float = 13.0) -> None:
    """Write a text on a dark plate into the upper left corner of an image."""
    width, height = round(text_width_px(text, size_px)) + 16, round(size_px * 1.75)
    plate = page[: min(height, page.shape[0]), : min(width, page.shape[1])]
    plate[:] = np.round(0.25 * plate + 0.75 * np.array(_PLATE)).astype(np.uint8)
    write(page, text, 8, round(size_px * 1.25), size_px, _LETTERS)
