"""Speeds that follow from where another actor is: holding a gap, following, arriving somewhere together.

They are asked for anew in every tick; what drives the vehicle there is the speed control that all actions share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.following import IDM_GAP_M
from simengine.physics.lane_times import OnLane, lane_gap_m, on_lane
from simengine.physics.motion import Motion
from simengine.physics.paths import project

__all__ = ["PURSUITS", "PURSUIT_RATE_MPS2", "Meeting", "meeting", "wanted_speed"]

PURSUIT_RATE_MPS2 = 3.0
"""Largest acceleration and deceleration that they ask for."""
GAP_GAIN_PER_S = 0.5
"""Speed difference for each metre that a gap is too long: an error dies out with a time constant of 2 s."""
FASTEST_MPS = 70.0

_Answer: TypeAlias = tuple[F64Array, BoolArray]
"""Wanted speed (B,), and where the aim is reached for good (B,)."""


class Meeting(NamedTuple):
    """Two that are to arrive somewhere together, (B,) each.

    Attributes:
        left_m, others_m: how far the fronts of the vehicle and of its target are from the place; negative: beyond it.
        time_s: until the vehicle is due, at the target's present speed; inf where that stands.
        target: slot.
    """

    left_m: F64Array
    others_m: F64Array
    time_s: F64Array
    target: I64Array


def wanted_speed(m: Motion, cast: Cast, action: str, actor: int, args: Mapping[str, Argument]) -> _Answer:
    """What an action asks for in this tick; rows in which it does not drive have any value."""
    return PURSUITS[action](m, cast, actor, args)


def _along(m: Motion, cast: Cast, actor: int, slot: I64Array) -> OnLane:
    """Where others (slots, (B,)) are along the path of an actor."""
    rows = np.arange(cast.batch)
    frame = project(np.ascontiguousarray(m.packed[:, actor]), m.x[rows, slot], m.y[rows, slot])
    cos, sin = m.cos[rows, slot], m.sin[rows, slot]
    bearer = m.bearer(slot) if m.some_carried else slot
    v = m.v[rows, bearer]
    velocity = v * m.cos[rows, bearer], v * m.sin[rows, bearer]
    return on_lane(frame, (cos, sin), cast.body.size_m[rows, slot], velocity)


def _with_towed(m: Motion, cast: Cast, actor: int, slot: I64Array, apart: I64Array) -> OnLane:
    """The same as far as what they tow reaches, but for slots ``apart``, (B,)."""
    out = _along(m, cast, actor, slot)
    if cast.hitches is not None:
        by = np.where(cast.body.valid, cast.hitches.by, -1)
        for k in np.flatnonzero((by >= 0).any(0)).tolist():
            trailer = np.full(cast.batch, k, np.int64)
            out = out.with_towed(_along(m, cast, actor, trailer), (by[:, k] == slot) & (apart != k))
    return out


def _slots(args: Mapping[str, Argument], cast: Cast) -> I64Array:
    return np.broadcast_to(np.asarray(args["target"], np.float64), (cast.batch,)).astype(np.int64)


def _column(args: Mapping[str, Argument], name: str, cast: Cast) -> F64Array:
    return np.broadcast_to(np.asarray(args[name], np.float64), (cast.batch,))


def _hold(m: Motion, cast: Cast, actor: int, slot: I64Array, gap_m: F64Array) -> _Answer:
    """The other's speed along the lane, and more where the gap is too long (less behind: then the other follows)."""
    me = np.full(cast.batch, actor, np.int64)
    own, other = _with_towed(m, cast, actor, me, slot), _with_towed(m, cast, actor, slot, me)
    sign = np.where(other.station_m >= own.station_m, 1.0, -1.0)
    wish = other.speed_mps + GAP_GAIN_PER_S * sign * (lane_gap_m(own, other) - gap_m)
    here = cast.body.valid[np.arange(cast.batch), slot]
    return np.where(here, np.clip(wish, 0.0, FASTEST_MPS), m.v[:, actor]), np.zeros(cast.batch, np.bool_)


def _keep_gap(m: Motion, cast: Cast, actor: int, args: Mapping[str, Argument]) -> _Answer:
    return _hold(m, cast, actor, _slots(args, cast), _column(args, "distance", cast))


def _follow(m: Motion, cast: Cast, actor: int, args: Mapping[str, Argument]) -> _Answer:
    gap = IDM_GAP_M + _column(args, "headway", cast) * m.v[:, actor]
    return _hold(m, cast, actor, _slots(args, cast), gap)


def _synchronise(m: Motion, cast: Cast, actor: int, args: Mapping[str, Argument]) -> _Answer:
    """The speed at which the way that is left takes as long as the other's, less the lead."""
    left, _, time, _ = meeting(m, cast, actor, args)
    possible = np.isfinite(time) & (time > 0.0)
    wish = np.where(possible, left / np.where(possible, time, 1.0), m.v[:, actor])
    return np.clip(wish, 0.0, FASTEST_MPS), left <= 0.0


def meeting(m: Motion, cast: Cast, actor: int, args: Mapping[str, Argument]) -> Meeting:
    """How things are with what ``synchronise`` asks of a vehicle: its arguments are ``at``, ``target``, ``lead``, and
    ``meet``, the place as the target has it."""
    place, slot = np.asarray(args["at"], np.float64), _slots(args, cast)
    meet = args.get("meet")
    theirs = place if meet is None or isinstance(meet, str) else np.asarray(meet, np.float64)
    rows = np.arange(cast.batch)
    left = _way_m(m, cast, np.full(cast.batch, actor, np.int64), place)
    others = _way_m(m, cast, slot, theirs)
    pace = m.v[rows, m.bearer(slot) if m.some_carried else slot]
    moves = (pace > 0.0) & cast.body.valid[rows, slot]
    time = np.where(moves, others / np.where(moves, pace, 1.0), np.inf) - _column(args, "lead", cast)
    return Meeting(left, others, time, slot)


def _way_m(m: Motion, cast: Cast, slot: I64Array, place: F64Array) -> F64Array:
    """How far fronts are from being level with points (B, 2 or 3): along the lane of a vehicle, straight ahead of a
    person."""
    rows = np.arange(cast.batch)
    packed = np.ascontiguousarray(m.packed[rows, slot])
    x, y, cos, sin = m.x[rows, slot], m.y[rows, slot], m.cos[rows, slot], m.sin[rows, slot]
    lane = project(packed, place[:, 0], place[:, 1]).station_m - project(packed, x, y).station_m
    ahead = (place[:, 0] - x) * cos + (place[:, 1] - y) * sin
    return np.where(m.is_vehicle[slot], lane, ahead) - 0.5 * cast.body.size_m[rows, slot, 0]


PURSUITS: Mapping[str, Callable[[Motion, Cast, int, Mapping[str, Argument]], _Answer]] = {
    "follow": _follow, "keep_gap": _keep_gap, "synchronise": _synchronise,
}  # fmt: skip
