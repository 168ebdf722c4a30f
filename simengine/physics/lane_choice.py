"""Which path an actor is on: the nearest lane that it heads along, or straight ahead where there is none."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.paths import COLUMNS, Frame, project

__all__ = ["best_paths", "distance_m", "nearest_paths", "on_paths", "path_rows"]

_ALIGNED = float(np.sqrt(0.5))
"""A lane is followed, along or against its direction, by what heads within 45 degrees of it."""
_NOWHERE_M = 1e8


def nearest_paths(cast: Cast, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array, slots: list[int]) -> I64Array:
    """Index into ``cast.lane_paths`` for some slots, (B, N); -1 where no lane runs their way."""
    table = cast.lane_paths.packed
    if cast.lane_paths.count == 0:
        return np.full((cast.batch, len(slots)), -1, np.int64)
    reach = None if cast.lane_reach_m is None else cast.lane_reach_m[:, None]
    off = None if cast.lane_kept is None else cast.lane_kept[:, slots]
    return best_paths(table[:, None], x[:, slots], y[:, slots], cos[:, slots], sin[:, slots], reach, off)


def best_paths(
    table: Array, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array, reach_m: F64Array | None = None,
    off: BoolArray | None = None,
) -> I64Array:  # fmt: skip
    """The nearest of paths (..., K, S, COLUMNS) that runs the way of each pose (...); -1 where none does.

    ``reach_m``, (..., K): how long the paths are where roads meet, and the line that a lane lies on may pass through
    other roads; else inf. ``off``, (..., K): paths that are not for who asks.
    """
    c, s = cos[..., None], sin[..., None]
    frame = project(table, x[..., None], y[..., None])
    away = np.abs(frame.left_m) if reach_m is None else distance_m(frame, reach_m)
    cost = np.where(c * frame.ux + s * frame.uy > _ALIGNED, away, np.inf)
    cost = cost if off is None else np.where(off, np.inf, cost)
    best = np.argmin(cost, -1)
    reachable = cost.min(-1) < _NOWHERE_M
    return np.where(reachable, best, -1)


def distance_m(frame: Frame, reach_m: F64Array) -> F64Array:
    """How far points are from lines of finite length; from those of infinite length, how far beside them."""
    short = np.isfinite(reach_m)
    station, reach = np.where(short, frame.station_m, 0.0), np.where(short, reach_m, 0.0)
    over = np.maximum(np.maximum(-station, station - reach), 0.0)
    beside = np.abs(frame.left_m)
    return np.where(over > 0.0, np.sqrt(over * over + beside * beside), beside)


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


def on_paths(
    table: Array, x: F64Array, y: F64Array, cos: F64Array, sin: F64Array, reach_m: F64Array | None = None
) -> F64Array:
    """The paths that poses (T,) are on, of paths (K, S, COLUMNS) that all can choose from: (T, S, COLUMNS).

    ``reach_m``: as for :func:`best_paths`, (K,).
    """
    if not len(table):
        index, packed = np.full(x.shape, -1, np.int64), np.zeros((*x.shape, 1, COLUMNS))
    else:
        index = best_paths(table[None], x, y, cos, sin, reach_m)
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
