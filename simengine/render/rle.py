"""COCO's run-length code of masks.

A mask is read column by column; the runs of zeros and ones alternate, zeros first (possibly none). In the compressed
form each count from the fourth on is stored as the difference to the count two before it, as a signed number in groups
of five bits, lowest first; bit 5 says that another group follows, and 48 is added to make a printable character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import Array, BoolArray, I64Array
from simengine.errors import DatasetError

__all__ = ["Runs", "compressed", "decoded"]


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of equal ids of an image read column by column; an image has thousands of them and a million pixels.

    Attributes:
        shape: (height, width) of the image.
        start, stop: (N,), positions, ascending; stop exclusive. Runs may go on from one column into the next.
        id: (N,).
    """

    shape: tuple[int, int]
    start: I64Array
    stop: I64Array
    id: Array

    @classmethod
    def of_image(cls, ids: Array) -> Runs:
        """All runs of an image (H, W) of whole numbers."""
        flat = np.ascontiguousarray(ids.T).reshape(-1)
        start: I64Array = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
        return cls((ids.shape[0], ids.shape[1]), start, np.append(start[1:], flat.size), flat[start])

    @classmethod
    def of_window(cls, mask: BoolArray, x0: int, y0: int, shape: tuple[int, int]) -> Runs:
        """A mask that is known in a window (h, w) of an image (H, W), at column ``x0`` and row ``y0``; its id is 0."""
        edge = np.diff(np.pad(mask.T, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        start, stop = (x0 * shape[0] + y0 + c * shape[0] + r for c, r in (np.nonzero(edge == k) for k in (1, -1)))
        return cls.union([cls(shape, start, stop, np.zeros(len(start), np.int64))])

    @classmethod
    def union(cls, masks: Sequence[Runs]) -> Runs:
        """One mask of several of the same image that do not overlap."""
        start, stop = np.concatenate([m.start for m in masks]), np.concatenate([m.stop for m in masks])
        start.sort()
        stop.sort()
        split: Array = start[1:] != stop[:-1]  # runs that touch become one
        start, stop = start[np.concatenate([[True], split])], stop[np.concatenate([split, [True]])]
        return cls(masks[0].shape, start, stop, np.full(len(start), masks[0].id[0]))

    def ids(self) -> list[int]:
        """All ids but the negative ones (nothing), ascending."""
        return np.unique(self.id[self.id >= 0]).tolist()

    def of(self, number: int) -> Runs:
        """The mask of one id."""
        mine = self.id == number
        return replace(self, start=self.start[mine], stop=self.stop[mine], id=self.id[mine])

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int((self.stop - self.start).sum())

    def box(self) -> list[int]:
        """x, y, width, height in pixel edges; of at least one run."""
        height = self.shape[0]
        left, right = int(self.start[0]) // height, (int(self.stop[-1]) - 1) // height + 1
        if bool((self.start // height != (self.stop - 1) // height).any()):
            top, bottom = 0, height  # a run over the end of a column has its last and the next one's first row
        else:
            top, bottom = int((self.start % height).min()), int(((self.stop - 1) % height).max()) + 1
        return [left, top, right - left, bottom - top]

    def counts(self) -> list[int]:
        """Lengths of alternating runs of outside and inside, outside first."""
        size = self.shape[0] * self.shape[1]
        edges: Array = np.concatenate([[0], np.stack([self.start, self.stop], -1).reshape(-1), [size]])
        counts: list[int] = np.diff(edges).tolist()
        return counts if counts[-1] else counts[:-1]


def compressed(counts: Sequence[int]) -> str:
    """The printable form of run lengths."""
    out: list[str] = []
    for k, count in enumerate(counts):
        rest = count - counts[k - 2] if k > 2 else count
        more = True
        while more:
            group = rest & 0x1F
            rest >>= 5
            more = rest != (-1 if group & 0x10 else 0)
            out.append(chr(48 + (group | 0x20 if more else group)))
    return "".join(out)


def decoded(counts: str, shape: tuple[int, int]) -> BoolArray:
    """The mask (H, W) of a printable form.

    Raises:
        DatasetError: it is none of a mask of this shape.
    """
    lengths: list[int] = []
    value, bits = 0, 0
    for character in counts:
        group = ord(character) - 48
        if not 0 <= group < 64 or bits > 40:
            raise DatasetError("a mask's run-length code has a character that is none of it; the file is damaged")
        value, bits = value | (group & 0x1F) << bits, bits + 5
        if not group & 0x20:
            value -= 1 << bits if group & 0x10 else 0
            lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
            value, bits = 0, 0
    rest = shape[0] * shape[1] - sum(lengths)
    if bits or rest < 0 or any(n < 0 for n in lengths):
        raise DatasetError(f"a mask's run lengths do not fit {shape[1]} x {shape[0]} pixels; the file is damaged")
    inside = np.arange(len(lengths)) % 2 == 1
    flat = np.concatenate([np.repeat(inside, lengths), np.zeros(rest, np.bool_)])
    return np.ascontiguousarray(flat.reshape(shape[1], shape[0]).T)
