"""Turning at a junction: which way it is, how it becomes the path of a vehicle, and when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.paths import project
from simengine.physics.turns import DIRECTIONS

__all__ = ["choose_way", "go_round", "in_bend", "indicated", "leave_turn", "resumes", "turn", "turned"]

_STRAIGHT = -2
"""``Motion.turn`` of what goes straight on along its lane."""
_SIGNAL_M = 22.0
"""So far before the end of a way out of a ring its rear axle is when it begins to indicate."""


def _codes(args: Mapping[str, Argument], rows: BoolArray) -> I64Array:
    word = args.get("direction")
    if word is None:
        number = np.rint(np.asarray(args["exit"], np.float64)).astype(np.int64)
        return np.broadcast_to(number, rows.shape) + (len(DIRECTIONS) - 1)
    if isinstance(word, str):
        return np.full(rows.shape, DIRECTIONS.index(word), np.int64)
    return np.broadcast_to(np.asarray(word, np.float64), rows.shape).astype(np.int64)


def _lane(m: Motion, cast: Cast, actor: int) -> I64Array:
    """The lane that a vehicle follows, also where it is still before a turn; -1: none, or against one, (B,)."""
    path, chosen = m.path[:, actor], m.turn[:, actor]
    lane = np.where((path >= 0) & (path % 2 == 0), path >> 1, -1)
    if cast.turns.start.shape[1]:
        lane = np.where(chosen >= 0, cast.turns.start[np.arange(cast.batch), np.maximum(chosen, 0)], lane)
    return lane


def _chosen(
    m: Motion, cast: Cast, actor: int, args: Mapping[str, Argument], rows: BoolArray
) -> tuple[I64Array, I64Array, I64Array, BoolArray, BoolArray]:
    """Code of the direction, lane, turn that it means (-1: none), whether it is on it, and too late for it; (B,)."""
    turns, code, lane = cast.turns, _codes(args, rows), _lane(m, cast, actor)
    station, through = m.rear_station_m(cast, actor), turns.through_m(lane)
    ahead = code == DIRECTIONS.index("straight")
    chosen = np.where(ahead & np.isfinite(through), _STRAIGHT, turns.find(lane, code))
    going = (chosen == m.turn[:, actor]) & (chosen != -1)
    late = np.where(chosen == _STRAIGHT, station > through, ~turns.in_time(chosen, station))
    return code, lane, chosen, going, late


def resumes(m: Motion, cast: Cast, actor: int, args: Mapping[str, Argument], rows: BoolArray) -> BoolArray:
    """Rows in which a turn that something newer interrupted can still be taken from where the vehicle is now."""
    _, _, chosen, going, late = _chosen(m, cast, actor, args, rows)
    return rows & (going | ((chosen != -1) & ~late))


def turn(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Take a turn, from wherever on the lane that leads to it."""
    turns = cast.turns
    code, lane, chosen, going, late = _chosen(m, cast, actor, args, rows)
    _require(cast, actor, rows & ~going, code, lane, chosen)
    _require_time(cast, actor, rows & ~going & late, code)
    _bind(m, cast, actor, rows, code, chosen)
    straight = rows & (chosen == _STRAIGHT)
    if bool(straight.any()):
        m.on_lane(cast, actor, straight, lane)
        m.turn[straight, actor] = _STRAIGHT
        m.way_end[straight, actor] = turns.through_m(lane)[straight]
    bent = rows & (chosen >= 0) & ~going
    if bool(bent.any()):
        _take(m, cast, actor, bent, chosen, lane)


def _bind(m: Motion, cast: Cast, actor: int, rows: BoolArray, code: I64Array, chosen: I64Array) -> None:
    """Indicate where it will turn to: to the side that a code says."""
    turns = cast.turns
    m.bound[rows, actor] = np.where(code == 0, 1.0, np.where(code == 1, -1.0, 0.0))[rows]
    if turns.start.shape[1]:  # at a ring only who leaves it at once is bound to a side
        out = turns.exit[np.arange(cast.batch), np.maximum(chosen, 0)]
        m.bound[rows & (out > 0), actor] = np.where(out == 1, -1.0, 0.0)[rows & (out > 0)]


def choose_way(m: Motion, cast: Cast, actor: int, rows: BoolArray, code: I64Array) -> None:
    """Take the way of a code (B,) at the junction that its lane leads to, if it can still be taken.

    Where there is none that way, it goes straight on; where its lane ends, the first way that there is.
    """
    turns, lane = cast.turns, _lane(m, cast, actor)
    if not turns.start.shape[1]:
        return
    found = turns.find(lane, code)
    goes_on = np.isfinite(turns.through_m(lane))
    found = np.where((found < 0) & ~goes_on, turns.any_way(lane), found)
    rows = rows & (found >= 0) & (m.turn[:, actor] != found) & turns.in_time(found, m.rear_station_m(cast, actor))
    if bool(rows.any()):
        word = turns.direction[np.arange(cast.batch), np.maximum(found, 0)]
        _bind(m, cast, actor, rows, word, found)
        _take(m, cast, actor, rows, found, lane)


def _spoken(code: int) -> str:
    """What a code asks for, in words."""
    if code >= len(DIRECTIONS):
        return f"take the way out {code - len(DIRECTIONS) + 1}"
    return "go straight on" if DIRECTIONS[code] == "straight" else f"turn {DIRECTIONS[code]}"


def _require(cast: Cast, actor: int, rows: BoolArray, code: I64Array, lane: I64Array, chosen: I64Array) -> None:
    wrong = rows & (chosen == -1)
    if bool(wrong.any()):
        b = int(np.flatnonzero(wrong)[0])
        what = _spoken(int(code[b]))
        raise UsageError(f"'{cast.names[actor]}' cannot {what}: {cast.turns.missing(b, int(lane[b]))}")


def _require_time(cast: Cast, actor: int, late: BoolArray, code: I64Array) -> None:
    if bool(late.any()):
        what = _spoken(int(code[int(np.flatnonzero(late)[0])]))
        raise UsageError(
            f"'{cast.names[actor]}' cannot {what} any more: it is beyond the place where that begins; ask for it "
            "earlier, for example at the start of the run"
        )


def go_round(m: Motion, cast: Cast, actors: Sequence[int], rows: BoolArray) -> None:
    """What has just come on a lane that ends at a ring goes straight on there, until it is told otherwise."""
    if not cast.turns.rings:
        return
    path = m.path[:, actors]
    lane = np.where((path >= 0) & (path % 2 == 0) & m.is_vehicle[np.asarray(actors)], path >> 1, -1)
    chosen = cast.turns.onward(lane)
    for n, actor in enumerate(actors):
        told = rows & (chosen[:, n] >= 0)
        if bool(told.any()):
            _take(m, cast, actor, told, chosen[:, n], lane[:, n])


def indicated(m: Motion, cast: Cast) -> F64Array:
    """What the indicators show by themselves, (B, A): +1 left, -1 right; also right before a way out of a ring."""
    if not cast.turns.rings:
        return m.bound
    out = m.bound.copy()
    some = np.flatnonzero((m.turn >= 0).any(0))
    turn, end = m.turn[:, some], m.way_end[:, some]
    way_out = (turn >= 0) & (np.take_along_axis(cast.turns.exit, np.maximum(turn, 0), 1) > 0)
    axle = cast.body.rear_axle_m[:, some]
    x, y = m.x[:, some] - axle * m.cos[:, some], m.y[:, some] - axle * m.sin[:, some]
    left = end - project(np.ascontiguousarray(m.packed[:, some]), x, y).station_m
    out[:, some] = np.where(way_out & (left > 0.0) & (left < _SIGNAL_M), -1.0, out[:, some])
    return out


def _take(m: Motion, cast: Cast, actor: int, rows: BoolArray, chosen: I64Array, lane: I64Array) -> None:
    """A turn (B,) from a lane (B,) is the way of a vehicle from now on."""
    turns, index = cast.turns, np.maximum(chosen, 0)
    half = np.take_along_axis(cast.lane_half_m, 2 * np.maximum(lane, 0)[:, None], 1)[:, 0]
    m.follow(actor, rows, turns.paths.take(index[:, None])[:, 0], half)
    m.turn[rows, actor], m.way[rows, actor], m.some_way = chosen[rows], True, True
    m.way_end[rows, actor] = turns.ends_m[np.arange(cast.batch), index][rows]


def turned(m: Motion, cast: Cast, actor: int) -> BoolArray:
    """Where the connecting line is behind the rear axle, or the vehicle has been given another way meanwhile, (B,)."""
    return (m.turn[:, actor] == -1) | (m.rear_station_m(cast, actor) >= m.way_end[:, actor])


def in_bend(m: Motion, cast: Cast, actor: int) -> BoolArray:
    """Where the rear axle is on the connecting line of a turn, (B,)."""
    if not cast.turns.start.shape[1]:
        return np.zeros(cast.batch, np.bool_)
    chosen, station = m.turn[:, actor], m.rear_station_m(cast, actor)
    begins = cast.turns.begins_m[np.arange(cast.batch), np.maximum(chosen, 0)]
    return (chosen >= 0) & (station > begins) & (station < m.way_end[:, actor])


def leave_turn(m: Motion, cast: Cast, actor: int, rows: BoolArray, cancelled: bool) -> None:
    """Its lane is the one turned into; who is called off before the connecting line begins stays on the old one."""
    chosen = m.turn[:, actor]
    index = np.maximum(chosen, 0)
    if cancelled:
        station = m.rear_station_m(cast, actor)
        begins = cast.turns.begins_m[np.arange(cast.batch), index] if cast.turns.start.shape[1] else station
        back = rows & (chosen >= 0) & (station < begins)
        if bool(back.any()):
            m.on_lane(cast, actor, back, _lane(m, cast, actor))
            go_round(m, cast, [actor], back)
    else:
        through = rows & (chosen >= 0)
        if bool(through.any()):
            m.on_lane(cast, actor, through, cast.turns.end[np.arange(cast.batch), index])
    m.turn[rows & (chosen == _STRAIGHT), actor] = -1
