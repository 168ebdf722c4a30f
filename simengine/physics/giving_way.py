"""Drivers who wait for their turn where roads meet: signals, stop signs, priority, and gaps that are long enough.

A driver who has not crossed its line looks at all others on ways that meet its own. It goes where everybody who goes
first is past, or comes later than the critical gap and than it needs to be through. Who is on the junction goes first,
and so does who cannot stop any more, and who has no driver that would wait. Of those who stand at their lines, who has
stood longest goes first, whatever the signs say: so nobody waits for ever for somebody who waits. Nobody drives onto a
junction that it could not leave. Where a long vehicle will swing its front over a lane before the line there, who comes
on that lane stops before that place, and the long vehicle waits for who stands in it.

B variants, A actors, C controlled vehicles, N drivers who look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.crossings import Crossings
from simengine.physics.following import COMFORT_BRAKING_MPS2, IDM_ACCELERATION_MPS2, IDM_GAP_M
from simengine.physics.motion import Motion
from simengine.physics.paths import project

__all__ = ["SHOWS", "GivingWay"]

SHOWS = ("green", "amber", "red", "flashing", "off")
"""What signals show; the last two leave it to the rules of the road."""
_GREEN, _AMBER, _RED = 0, 1, 2
_STANDS_MPS, _OFF_MPS = 0.3, 2.0
"""Who is slower stands; who has stood and moves off has stood until it is as fast as the second one."""
_AT_THE_LINE_M = 4.0
_BEFORE_LINE_M = 0.8
"""Fronts stop so far before the line."""
_CROSSED_M = 0.3
_HALT_S = 0.5
_MARGIN_S = 1.0
"""Between two that pass the same place."""
_AMBER_MPS2 = 3.0
"""Who would have to brake harder drives on at amber."""
_EARLY_M = 1.5
"""Others pass over a lane before its line, where they do so by more than that."""
_SLOW_MPS = 1.5
_BESIDE_M = 1.6


class _Places(NamedTuple):
    """Where vehicles are on their ways, (B, A) each.

    Attributes:
        way: index of the way; -1: none.
        front_m, rear_m: stations of both ends.
        to_line_m: from the front to the line.
        inside: on the junction, or unable to stop before it.
        waits: stands at the line.
        red: its signal keeps it.
    """

    way: I64Array
    front_m: F64Array
    rear_m: F64Array
    to_line_m: F64Array
    inside: BoolArray
    waits: BoolArray
    red: BoolArray


class GivingWay:
    """Who is held at its line, and how far away that is.

    Args:
        cast: who takes part.
        crossings: the ways of its lane graphs.
        slots: of the controlled vehicles.
        dt_s: length of a tick.
        shows: what the signals show, index into ``SHOWS`` by property of the world, (B,); whoever switches them writes
            into it. Missing ones are green.
    """

    def __init__(
        self, cast: Cast, crossings: Crossings, slots: Sequence[int], dt_s: float, shows: dict[str, I64Array]
    ) -> None:
        self._cast, self._ways, self._dt_s = cast, crossings, dt_s
        self._slots: I64Array = np.array(slots, np.int64)
        shape = cast.batch, cast.slots
        self._half_m = 0.5 * cast.body.size_m[..., 0]
        hitches, none = cast.hitches, np.zeros(shape, np.bool_)
        self._towed: BoolArray = none if hitches is None else (hitches.by >= 0) & cast.body.valid
        self._since: I64Array = np.full(shape, -1, np.int64)
        self._held: BoolArray = np.zeros(shape, np.bool_)
        self._halted: I64Array = np.full(shape, -1, np.int64)  # the way before which it has made its stop
        self._shows = shows
        for name in crossings.signals:
            shows.setdefault(name, np.full(cast.batch, _GREEN))

    def forget(self, slot: int, rows: BoolArray) -> None:
        """A vehicle has another driver, or another place, in some variants."""
        self._since[rows, slot], self._halted[rows, slot], self._held[rows, slot] = -1, -1, False

    def gaps(self, m: Motion, drives: BoolArray, wish_mps: F64Array) -> F64Array:
        """Free distance for the following model up to the line, (B, C); inf: it is not held.

        Args:
            m: the motion.
            drives: which of the controlled vehicles wait for others, (B, C).
            wish_mps: how fast they would go, (B, C).
        """
        out = np.full(drives.shape, np.inf)
        at = self._places(m, drives)
        reach = 10.0 + m.v * (2.0 + m.v / (2.0 * IDM_ACCELERATION_MPS2))
        looks = (at.way >= 0) & ~at.inside & (at.to_line_m < reach)
        b, c = np.nonzero(drives & looks.take(self._slots, 1))
        self._held[:] = False
        if not b.size:
            return out
        slot = self._slots[c]
        to_m = self._gives_way(m, at, b, slot, wish_mps[b, c], drives)
        kept = self._kept(m, at, b, slot) | self._no_room_beyond(m, at, b, slot)
        to_m = np.where(kept, np.minimum(to_m, at.to_line_m[b, slot]), to_m)
        held = np.isfinite(to_m)
        self._held[b, slot] = held
        out[b[held], c[held]] = (to_m + (IDM_GAP_M - _BEFORE_LINE_M))[held]
        return out

    def _places(self, m: Motion, drives: BoolArray) -> _Places:
        ways, rows = self._ways, self._ways.of[:, None]
        way = np.where(m.is_vehicle & self._cast.body.valid, ways.way(m.turn, m.path, m.way), -1)
        index = np.maximum(way, 0)
        station = project(m.packed, m.x, m.y).station_m
        front, rear = station + self._half_m, self._rear_m(m, station)
        way = np.where(self._towed, -1, way)
        line, end = ways.line_m[rows, index], ways.end_m[rows, index]
        way = np.where(rear < end, way, -1)  # past it
        to_line = line - front
        beyond = to_line < -_CROSSED_M
        late = (to_line < m.v * m.v / (2.0 * COMFORT_BRAKING_MPS2)) & (m.v > 1.0) & ~self._held
        inside = (way >= 0) & (beyond | late)
        stands = m.v < np.where(self._since >= 0, _OFF_MPS, _STANDS_MPS)  # who has just moved off keeps its turn
        waits = (way >= 0) & ~inside & stands & (to_line < _AT_THE_LINE_M)
        waits &= ~self._queues(waits, ways.lane[rows, index], to_line)
        self._since = np.where(waits, np.where(self._since < 0, m.tick, self._since), -1)
        stood = waits & (m.tick - self._since >= _HALT_S / self._dt_s)
        self._halted = np.where(stood, way, np.where(self._halted == way, self._halted, -1))
        red = np.zeros(way.shape, np.bool_)
        for k, name in enumerate(ways.signals):
            red |= (ways.signal[rows, index] == k) & (self._shows[name] == _RED)[:, None]
        return _Places(way, front, rear, to_line, inside, waits, red & (way >= 0) & ~inside)

    def _queues(self, waits: BoolArray, lane: I64Array, to_line: F64Array) -> BoolArray:
        """Who stands near its line behind somebody else on its lane, (B, A): two-wheelers are short."""
        out = np.zeros_like(waits)
        b = np.flatnonzero(waits.sum(1) > 1)
        if b.size:
            before = waits[b, None] & (to_line[b, None] < to_line[b, :, None]) & (lane[b, None] == lane[b, :, None])
            out[b] = before.any(-1)
        return out

    def _rear_m(self, m: Motion, station: F64Array) -> F64Array:
        """Stations of rear ends, (B, A): of who tows a trailer, that of the trailer."""
        out, hitches = station - self._half_m, self._cast.hitches
        if hitches is not None:
            b, k = np.nonzero(self._towed)
            tower = hitches.by[b, k]
            there = project(np.ascontiguousarray(m.packed[b, tower]), m.x[b, k], m.y[b, k]).station_m
            out[b, tower] = np.minimum(out[b, tower], there - self._half_m[b, k])
        return out

    def _kept(self, m: Motion, at: _Places, b: I64Array, slot: I64Array) -> BoolArray:
        """Held by a signal, or by a stop sign at which it has not stopped yet, (N,)."""
        ways, way = self._ways, at.way[b, slot]
        out = at.red[b, slot] | (ways.halts[ways.of[b], way] & (self._halted[b, slot] != way))
        stops = at.to_line_m[b, slot] > m.v[b, slot] ** 2 / (2.0 * _AMBER_MPS2)
        for k, name in enumerate(ways.signals):
            out |= (ways.signal[ways.of[b], way] == k) & (self._shows[name][b] == _AMBER) & stops
        return out

    def _gives_way(
        self, m: Motion, at: _Places, b: I64Array, slot: I64Array, wish: F64Array, drives: BoolArray
    ) -> F64Array:  # fmt: skip
        """How far it is to where each driver lets somebody pass first for whom there is no gap, (N,); inf: nowhere."""
        ways, graph = self._ways, self._ways.of[b]
        mine, theirs = at.way[b, slot], np.maximum(at.way[b], 0)
        key = graph[:, None], mine[:, None], theirs
        kind = ways.outline[b]
        full = graph[:, None], ways.outline[b, slot][:, None], kind, mine[:, None], theirs
        own, other = ways.own_m[full], ways.other_m[full]
        number: I64Array = np.arange(at.way.shape[1], dtype=np.int64)
        front, rear, v = at.front_m[b, slot, None], at.rear_m[b, slot, None], m.v[b, slot, None]
        there: BoolArray = (at.way[b] >= 0) & np.isfinite(own[..., 0]) & (number != slot[:, None])
        line, line_there = front + at.to_line_m[b, slot, None], at.front_m[b] + at.to_line_m[b]
        early: BoolArray = own[..., 0] < line - _EARLY_M  # they pass over my lane before its line
        over: BoolArray = other[..., 0] < line_there - _EARLY_M  # I pass over theirs
        stands = over & (at.front_m[b] > other[..., 0]) & (at.rear_m[b] < other[..., 1]) & (m.v[b] < _SLOW_MPS)
        stands &= there & ~at.inside[b]
        blocked = np.zeros_like(at.inside)
        blocked[b, slot] = stands.any(-1)  # for whom others do not wait in turn, but that they keep out of its way
        asked: BoolArray = there & (~blocked[b] | early) & (~at.red[b] | (early & at.waits[b] & at.red[b, slot, None]))
        asked &= at.inside[b] | at.waits[b] | (m.v[b] >= _STANDS_MPS)  # not in a queue
        begin_s = _travel_s(own[..., 0] - front, v, wish[:, None], IDM_ACCELERATION_MPS2)
        line_s = _travel_s(at.to_line_m[b, slot, None], v, wish[:, None], IDM_ACCELERATION_MPS2)
        through_s = _travel_s(own[..., 1] - rear, v, wish[:, None], 0.7 * IDM_ACCELERATION_MPS2)
        speed, goal = m.v[b], np.maximum(m.speed_goal[b], m.v[b])
        come_s = _travel_s(other[..., 0] - at.front_m[b], speed, goal, IDM_ACCELERATION_MPS2)
        away_m = other[..., 1] - at.rear_m[b]
        gone_s = np.maximum(away_m, 0.0) / np.maximum(speed, 0.1)
        critical = ways.critical_s[graph, mine][:, None]
        clear = (away_m <= 0.0) | (gone_s + _MARGIN_S < begin_s)
        clear |= (come_s > through_s + _MARGIN_S) & (come_s - line_s > critical)
        waits = asked & ~clear & self._first(m, at, b, slot, key, drives)
        waits &= ~(early & (front > own[..., 0]) & (rear < own[..., 1]) & ~at.inside[b])  # too late for that
        waits |= stands
        to_m = np.where(early, own[..., 0] - front, at.to_line_m[b, slot, None])
        return np.where(waits, to_m, np.inf).min(-1)

    def _first(
        self, m: Motion, at: _Places, b: I64Array, slot: I64Array, key: tuple[I64Array, I64Array, I64Array],
        drives: BoolArray,
    ) -> BoolArray:  # fmt: skip
        """Who goes before each driver where they meet, (N, A)."""
        polite: BoolArray = np.zeros((len(m.v), m.v.shape[1]), np.bool_)
        polite[:, self._slots] = drives
        graph, mine, theirs = key
        before, after = self._ways.first[graph, theirs, mine], self._ways.first[key]
        number: I64Array = np.arange(m.v.shape[1], dtype=np.int64)
        stood, since = self._since[b], self._since[b, slot, None]
        longer: BoolArray = (stood < since) | ((stood == since) & (number < slot[:, None]))
        both = at.waits[b] & at.waits[b, slot, None]
        near = at.to_line_m[b] / np.maximum(m.v[b], 1.0)
        own = (at.to_line_m[b, slot] / np.maximum(m.v[b, slot], 1.0))[:, None]
        sooner: BoolArray = (near < own) | ((near == own) & (number < slot[:, None]))
        waits: BoolArray = np.where(both, longer, before | (~after & sooner))
        first: BoolArray = np.where(polite[b], waits, m.v[b] > _STANDS_MPS)
        return first | at.inside[b]

    def _no_room_beyond(self, m: Motion, at: _Places, b: I64Array, slot: I64Array) -> BoolArray:
        """Somebody slow stands on the way, or so short behind its end that the driver would stay on it, (N,)."""
        frame = project(np.ascontiguousarray(m.packed[b, slot])[:, None], m.x[b], m.y[b])
        along = m.v[b] * (m.cos[b] * frame.ux + m.sin[b] * frame.uy)
        end = np.minimum(self._ways.end_m[self._ways.of[b], at.way[b, slot]], at.front_m[b, slot] + 60.0)
        need = end + 2.0 * self._half_m[b, slot] + IDM_GAP_M
        rear = frame.station_m - self._half_m[b]
        beyond = frame.station_m > (at.front_m + at.to_line_m)[b, slot, None]
        there = m.is_vehicle & self._cast.body.valid[b]
        there &= beyond & (rear < need[:, None]) & (np.abs(frame.left_m) < _BESIDE_M) & (along < _SLOW_MPS)
        return np.asarray((there & (m.cos[b] * frame.ux + m.sin[b] * frame.uy > 0.5)).any(-1))


def _travel_s(distance_m: F64Array, v: F64Array, wish_mps: F64Array, rate_mps2: float) -> F64Array:
    """Time to get so far, accelerating to a wanted speed; 0 where it is there."""
    way, top = np.maximum(distance_m, 0.0), np.maximum(np.maximum(wish_mps, v), 0.5)
    run_up = (top * top - v * v) / (2.0 * rate_mps2)
    rising = (np.sqrt(v * v + 2.0 * rate_mps2 * np.minimum(way, run_up)) - v) / rate_mps2
    return rising + np.maximum(way - run_up, 0.0) / top
