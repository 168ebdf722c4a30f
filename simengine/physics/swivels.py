"""What turns on people and vehicles: heads that look at something, doors that open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion

__all__ = ["HEAD_DOWN_RAD", "HEAD_TURN_RAD", "door_is_there", "look", "open_door", "swing"]

HEAD_TURN_RAD = 1.3
HEAD_DOWN_RAD = 0.7
"""How far a head turns to either side, and nods (75 and 40 degrees, ranges of the cervical spine)."""
_HEAD_RADPS, _HEAD_PER_S = 3.5, 6.0
_DOOR_RADPS, _DOOR_PER_S = 1.6, 6.0


def look(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Turn the head to a slot from now on."""
    target = np.broadcast_to(np.asarray(args["target"], np.float64), rows.shape).astype(np.int64)
    m.gaze_at[rows, actor] = target[rows]


def _side(args: Mapping[str, Argument], rows: BoolArray) -> I64Array:
    side: I64Array = np.broadcast_to(np.asarray(args["side"], np.float64), rows.shape).astype(np.int64)
    return side


def open_door(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Open a door to an angle, or shut it."""
    side = _side(args, rows)
    angle = np.broadcast_to(np.asarray(args["angle"], np.float64), rows.shape)
    there = np.take_along_axis(cast.doors.there[:, actor], side[:, None], 1)[:, 0]
    if bool((rows & ~there).any()):
        raise UsageError(
            f"'{cast.names[actor]}' has no such door that opens; cars, vans, trucks, lorries, police cars and "
            "fire engines have one on either side, buses and trams on the right"
        )
    for k in (0, 1):
        mine = rows & (side == k)
        m.door_goal[k, mine, actor] = angle[mine]


def door_is_there(m: Motion, actor: int, args: Mapping[str, Argument]) -> BoolArray:
    """Where the door is as far open as it is to be, (B,)."""
    side = _side(args, m.frozen[:, actor])
    miss: F64Array = np.abs(m.swivel[:, :, actor] - m.door_goal[:, :, actor])
    left: BoolArray = miss[0] < 0.01
    right: BoolArray = miss[1] < 0.01
    return ((side == 0) & left) | ((side == 1) & right)


def swing(m: Motion, cast: Cast, persons: I64Array, dt_s: float) -> bool:
    """Turn heads and doors for one tick; whether any of it can still move."""
    goal = np.where(m.is_vehicle, m.door_goal, m.swivel)  # wings are not turned here
    if persons.size:
        goal[:, :, persons] = _wanted_gaze(m, cast, persons)
    miss = goal - m.swivel
    pace = np.where(m.is_vehicle, _DOOR_PER_S, _HEAD_PER_S)
    most = np.where(m.is_vehicle, _DOOR_RADPS, _HEAD_RADPS)
    rate = np.minimum(np.maximum(pace * miss, -most), most)
    close = np.abs(miss) < 1e-3
    m.swivel = np.where(close, goal, m.swivel + rate * dt_s)
    return bool((~close).any()) or bool((m.gaze_at >= 0).any())


def _wanted_gaze(m: Motion, cast: Cast, persons: I64Array) -> F64Array:
    """Turn of the heads to the left, and down, (2, B, P)."""
    rows, at = np.arange(cast.batch)[:, None], m.gaze_at[:, persons]
    target = np.maximum(at, 0)
    dx, dy = m.x[rows, target] - m.x[:, persons], m.y[rows, target] - m.y[:, persons]
    z = m.z if cast.surfaces is None else m.z + cast.surfaces.at(m.x, m.y).z_m
    eye = z[:, persons] + cast.body.eye_m[:, persons, 2]
    tall, theirs = cast.body.size_m[rows, target, 2], cast.body.eye_m[rows, target, 2]
    least: F64Array = np.minimum(theirs, tall)
    height = np.where(theirs > 0.0, least, 0.5 * tall)
    up = z[rows, target] + height - eye
    cos, sin = m.cos[:, persons], m.sin[:, persons]
    turn = np.arctan2(dy * cos - dx * sin, dx * cos + dy * sin)
    down = -np.arctan2(up, np.sqrt(dx * dx + dy * dy) + 1e-9)
    looks = (at >= 0) & cast.body.valid[rows, target]
    return np.where(
        looks,
        np.stack([np.clip(turn, -HEAD_TURN_RAD, HEAD_TURN_RAD), np.clip(down, -HEAD_DOWN_RAD, HEAD_DOWN_RAD)]),
        0.0,
    )
