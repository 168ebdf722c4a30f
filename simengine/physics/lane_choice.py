"""Which path an actor is on: the nearest lane that it heads along, or straight ahead where there is none."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.paths import COLUMNS, project

__all__ = ["best_paths", "nearest_paths", "on_paths", "path_rows"]

_ALIGNED = float(np.sqrt(0.5))
"""A lane is followed, along or against its direction, by what heads within 45 degrees of it."""
_NOWHERE_M = 1e8


def nearest_paths(cast: Cast, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array, slots: list[int]) -> I64Array:
    """Index into ``cast.lane_paths`` for some slots, (B, N); -1 where no lane runs their way."""
    table = cast.lane_paths.packed
    if cast.lane_paths.count == 0:
        return np.full((cast.batch, len(slots)), -1, np.int64)
    return best_paths(table[:, None], x[:, slots], y[:, slots], cos[:, slots], sin[:, slots])


def best_paths(table: Array, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array) -> I64Array:
    """The nearest of paths (..., K, S, COLUMNS) that runs the way of each pose (...); -1 where none does."""
    c, s = cos[..., None], sin[..., None]
    frame = project(table, x[..., None], y[..., None])
    cost = np.where(c * frame.ux + s * frame.uy > _ALIGNED, np.abs(frame.left_m), np.inf)
    best = np.argmin(cost, -1)
    reachable = cost.min(-1) < _NOWHERE_M
    return np.where(reachable, best, -1)


def path_rows(
    cast: Cast, index: I64Array, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array
) -> tuple[F64Array, F64Array]:
    """Packed paths (B, N, S, COLUMNS) and half widths (B, N) of paths ``index`` (B, N); -1: straight from (x, y)."""
    if cast.lane_paths.count:
        packed = cast.lane_paths.take(np.maximum(index, 0))
        half = np.take_along_axis(cast.lane_half_m, np.maximum(index, 0), 1)
    else:
        packed, half = np.zeros((*index.shape, 1, COLUMNS)), np.full(index.shape, 1.75)
    own = index < 0
    _go_straight(packed, own, x, y, cos, sin)
    return packed, np.where(own, 1.75, half)


def on_paths(table: Array, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array) -> F64Array:
    """The paths that poses (T,) are on, of paths (K, S, COLUMNS) that all can choose from: (T, S, COLUMNS)."""
    if not len(table):
        index, packed = np.full(x.shape, -1, np.int64), np.zeros((*x.shape, 1, COLUMNS))
    else:
        index = best_paths(table[None], x, y, cos, sin)
        packed = np.ascontiguousarray(table[np.maximum(index, 0)])
    _go_straight(packed, index < 0, x, y, cos, sin)
    return packed


def _go_straight(packed: F64Array, own: BoolArray, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array) -> None:
    """Replace some paths by lines straight ahead from poses."""
    if bool(own.any()):
        line = np.zeros((*own.shape, COLUMNS))
        line[..., 0], line[..., 1], line[..., 2], line[..., 3] = x, y, cos, sin
        line[..., 4], line[..., 6], line[..., 7], line[..., 8] = 1.0, -np.inf, np.inf, np.arctan2(sin, cos)
        packed[own, 0] = line[own]
        packed[own, 1:, 0] = packed[own, 1:, 1] = 1e9
        packed[own, 1:, 6], packed[own, 1:, 7] = 0.0, 1.0
