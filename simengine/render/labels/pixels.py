"""Counts, bounds and depths of all instances of an image in one pass over its runs of equal ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array

__all__ = ["InstancePixels", "instance_pixels"]


@dataclass(frozen=True, eq=False)
class InstancePixels:
    """Statistics by instance id, arrays over all ids 0 .. n - 1.

    Attributes:
        count: (n,), visible pixels.
        box_px: (n, 4), tight bounds x0 y0 x1 y1 in pixel edges; NaN where nothing is visible.
        depth_min_m, depth_max_m: (n,), nearest and farthest visible pixel; NaN where nothing is visible or no depth
            was given.
    """

    count: I64Array
    box_px: F64Array
    depth_min_m: F64Array
    depth_max_m: F64Array


def instance_pixels(
    instance: Array, n: int, depth_m: Array | None = None, wanted: BoolArray | None = None
) -> InstancePixels:
    """Statistics of an instance image.

    Args:
        instance: int32 (H, W), -1 for nothing.
        n: number of ids.
        depth_m: (H, W), metres, for the depth range.
        wanted: (n,), ids of interest (None: all); the others stay empty.
    """
    width = instance.shape[1]
    flat = instance.reshape(-1)
    change = np.empty(flat.size, np.bool_)
    change[0] = True
    np.not_equal(flat[1:], flat[:-1], out=change[1:])
    change[::width] = True  # runs end at the end of a row
    starts = np.flatnonzero(change)
    ends = np.append(starts[1:], flat.size)
    ids = flat[starts]
    of_interest = ids >= 0
    if wanted is not None:
        of_interest &= wanted[ids]  # -1 reads the last entry, which the line above has ruled out
    run = np.flatnonzero(of_interest)
    ids, length = ids[run].astype(np.int64), ends[run] - starts[run]
    row = starts[run] // width
    left = starts[run] - row * width
    box = np.empty((n, 4))
    for k, (values, is_low) in enumerate(((left, True), (row, True), (left + length, False), (row + 1, False))):
        box[:, k] = _extreme(values, ids, n, is_low)
    count = np.bincount(ids, weights=length, minlength=n).astype(np.int64)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    if depth_m is not None and len(run):
        first = np.cumsum(length) - length
        pixel = np.repeat(starts[run] - first, length) + np.arange(int(length.sum()))
        depth = np.ascontiguousarray(depth_m).reshape(-1)[pixel]
        low = _extreme(np.minimum.reduceat(depth, first), ids, n, True)
        high = _extreme(np.maximum.reduceat(depth, first), ids, n, False)
    return InstancePixels(count, box, low, high)


def _extreme(values: Array, ids: I64Array, n: int, is_low: bool) -> F64Array:
    """Smallest or largest value of each id, NaN for ids without any."""
    out = np.full(n, np.inf if is_low else -np.inf)
    (np.minimum if is_low else np.maximum).at(out, ids, values.astype(np.float64))
    return np.where(np.isfinite(out), out, np.nan)
