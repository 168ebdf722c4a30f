"""Being somewhere else at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.lane_choice import nearest_paths, path_rows
from simengine.physics.motion import Motion
from simengine.physics.paths import project
from simengine.physics.pavement import rise_m
from simengine.physics.turning import go_round

__all__ = ["settle_on_lane", "teleport"]


def teleport(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Put an actor somewhere else in some rows.

    A vehicle goes on from there as fast as it was, with straight wheels, along the lane that it is on then, beside its
    middle as it stands. A person or a thing stands, on the ground of the place.

    Args:
        m: the motion.
        cast: who takes part.
        actor: slot.
        rows: where, (B,).
        args: ``to``: points (B, 2); ``heading``: (B,).
    """
    to: F64Array = np.asarray(args["to"], np.float64)
    yaw: F64Array = np.asarray(args["heading"], np.float64)
    m.x[rows, actor], m.y[rows, actor], m.yaw[rows, actor] = to[rows, 0], to[rows, 1], yaw[rows]
    m.cos[rows, actor], m.sin[rows, actor] = np.cos(yaw)[rows], np.sin(yaw)[rows]
    m.steer[rows, actor] = m.yaw_rate[rows, actor] = 0.0
    if cast.categories[actor] != "vehicle":
        m.v[rows, actor] = m.a[rows, actor] = m.side[rows, actor] = 0.0
        m.going[rows, actor] = False
        if cast.categories[actor] == "drone":  # as high as it was
            return
        ground = rise_m(cast.ground.packed, cast.kerb_height_m, m.x[:, [actor]], m.y[:, [actor]])
        m.z[rows, actor] = ground[rows, 0]
        return
    m.z[rows, actor] = 0.0  # of the road
    settle_on_lane(m, cast, actor, rows)


def settle_on_lane(m: Motion, cast: Cast, actor: int, rows: BoolArray) -> None:
    """Let a vehicle go on along the lane that it is on, as far beside its middle as it is, in some rows."""
    if not bool(rows.any()):
        return
    path = nearest_paths(cast, m.x, m.y, m.cos, m.sin, [actor])
    packed, half = path_rows(cast, path, *(v[:, actor : actor + 1] for v in (m.x, m.y, m.cos, m.sin)))
    m.path[rows, actor], m.way[rows, actor], m.turn[rows, actor] = path[rows, 0], False, -1
    m.follow(actor, rows, packed[:, 0], half[:, 0])
    left = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor], m.y[:, actor]).left_m
    m.shift_from[rows, actor] = m.shift_to[rows, actor] = left[rows]
    m.shift_pace[rows, actor] = 0.0
    m.some_way = bool(m.way.any())
    go_round(m, cast, [actor], rows)
