"""COCO's run-length code of masks.

A mask is read column by column; the runs of zeros and ones alternate, zeros first (possibly none). In the compressed
form each count from the fourth on is stored as the difference to the count two before it, as a signed number in groups
of five bits, lowest first; bit 5 says that another group follows, and 48 is added to make a printable character.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import Array, I64Array

__all__ = ["compressed", "run_counts"]


def run_counts(pixels: I64Array, size: int) -> list[int]:
    """Lengths of alternating runs, zeros first.

    Args:
        pixels: positions of the ones, ascending, without repeats.
        size: number of pixels of the image.
    """
    if not pixels.size:
        return [size]
    gap = np.flatnonzero(np.diff(pixels) != 1)
    starts = pixels[np.concatenate([[0], gap + 1])]
    stops = pixels[np.concatenate([gap, [pixels.size - 1]])] + 1
    edges: Array = np.concatenate([[0], np.stack([starts, stops], -1).reshape(-1), [size]])
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
