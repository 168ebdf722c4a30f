"""Where people go when they cross a road: direction, goal line, and where the first lane's centre lies."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError
from simengine.physics.cast import Cast
from simengine.physics.paths import project

__all__ = ["REGIONS", "crossing", "far_side"]

REGIONS = ("road", "far_curb", "near_curb")
_FAR_M = 1e9


def _sides(cast: Cast, x: F64Array, y: F64Array) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """Distance to the right and to the left kerb, and the road's unit direction at points (B,)."""
    table, _ = cast.kerbs
    frame = project(table.packed, x[:, None], y[:, None])
    return frame.left_m[:, 0], -frame.left_m[:, 1], frame.ux[:, 0], frame.uy[:, 0]


def far_side(cast: Cast, x: F64Array, y: F64Array) -> F64Array:
    """+1 where the farther kerb lies on the road's left, -1 where on its right, (B,)."""
    right, left, _, _ = _sides(cast, x, y)
    return np.where(left >= right, 1.0, -1.0)


def crossing(
    cast: Cast, x: F64Array, y: F64Array, side: F64Array, stop_short_m: F64Array, rows: BoolArray
) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """The way square across the road to the kerb on one side.

    Args:
        cast: for its kerbs and lanes.
        x: where the people are, (B,).
        y: where the people are, (B,).
        side: +1 the left kerb, -1 the right one.
        stop_short_m: how far before the kerb the way ends.
        rows: variants that it matters in: they need kerbs.

    Returns:
        Unit direction x and y, distance to the goal, distance to the first lane centre on the way (the goal, where
        no lane lies in between).
    """
    if bool((cast.kerbs[1][rows] == 0).any()):
        raise UsageError("this world has no kerbs 'curb.right' and 'curb.left', so nobody can run or walk across it")
    right, left, ux, uy = _sides(cast, x, y)
    dir_x, dir_y = -uy * side, ux * side
    goal = np.where(side > 0, left, right) - stop_short_m
    first = goal
    if cast.lane_paths.count:
        lanes: I64Array = np.arange(0, cast.lane_paths.count, 2)
        frame = project(np.ascontiguousarray(cast.lane_paths.packed[:, lanes]), x[:, None], y[:, None])
        # a lane's centre lies at -left along its left normal (-uy, ux)
        ahead = -frame.left_m * (-frame.uy * dir_x[:, None] + frame.ux * dir_y[:, None])
        first = np.minimum(goal, np.where(ahead > 0.05, ahead, _FAR_M).min(-1))
    return dir_x, dir_y, goal, first
