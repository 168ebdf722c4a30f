"""Lane changes of drivers by MOBIL: minimise overall braking that is induced by lane changes.

A. Kesting, M. Treiber, D. Helbing, "General lane-changing model MOBIL for car-following models", Transportation
Research Record 1999 (2007). With accelerations a of the following model, and a~ those after the change, of the driver
(c), of whoever would be behind it in the new lane (n) and of whoever is behind it in its own (o), a change is

- *safe* where a~_n >= -b (and a~_c >= -b: nobody squeezes in in front of a wall either),
- *of use* where a~_c - a_c + p (a~_n - a_n + a~_o - a_o) > threshold, plus a bias to the left, less it to the right.

Where a lane ends beside others that go on (a ramp), the gain of leaving it grows towards its end, and who does not find
a gap stops there, and so does everybody whose lane ends before a wall. Nobody changes into a lane that does not lie
beside its own there, that ends, or that leads away.

Drivers take others to follow as they do themselves. Each looks about once in ``DECISION_S``, not all in the same tick.
C = vehicles with a controller, A = all actors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.agenda import Argument
from simengine.physics.boxes import Boxes, ttc_s
from simengine.physics.cast import Cast
from simengine.physics.following import FORESIGHT_S, idm_mps2, intrudes
from simengine.physics.motion import Motion
from simengine.physics.parameters import table
from simengine.physics.paths import project
from simengine.physics.perception import Watch
from simengine.world.lanes import LaneGraph
from simengine.world.walls import wall_boxes

__all__ = ["DECISION_S", "MOBIL_DEFAULTS", "Mobil"]

DECISION_S = 0.5
"""Time between two looks about."""
MOBIL_DEFAULTS = {"politeness": 0.2, "threshold": 0.1, "safe_braking": 4.0, "keep_right": 0.0}
"""Within the ranges of table 1 of the paper; without a bias to the right lanes are alike."""
_HARDEST_MPS2 = 9.0
"""Nobody brakes harder, whatever the following model asks for."""
_SLOWEST_MPS = 2.0
"""Who is slower does not change lanes: the wheels would have to turn too far."""
_BESIDE_M = 0.8
"""Lanes lie beside each other where their middles are no farther apart than half of both widths and this."""
_ON_M = 5.0
"""Another lane goes on where it is longer by more than that."""
_LEAVE_M, _LEAVE_MPS2 = 200.0, 4.0
"""So far before the end of its lane a driver begins to want to leave it, and how much it does so at the end."""
_BLIND_M, _NOSE_M, _THIN_M = 15.0, 0.7, 0.01
"""A wall so near ahead of the end of a lane ends the way; half the strip that is looked along, and how thick it is."""
_SIDES = 3  # tables of lanes: the own one, the left and the right one


class _Neighbour(NamedTuple):
    """The nearest one ahead or behind on each of the three lanes, (B, 3).

    Attributes:
        away_m: distance of centres along the lane; inf: nobody is there.
        half_m: half its extent along the lane.
        speed_mps, wish_mps: along the lane; and the speed that it wants.
    """

    away_m: F64Array
    half_m: F64Array
    speed_mps: F64Array
    wish_mps: F64Array


class Mobil:
    """Who changes lanes, and into which.

    Args:
        cast: who takes part.
        watch: what vehicles compare others with.
        arguments: of the controllers, for each vehicle.
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, watch: Watch, arguments: Sequence[Mapping[str, Argument]], dt_s: float) -> None:
        self._cast, self._watch = cast, watch
        shape = (cast.batch, len(watch.slots))
        self._given = {name: table(arguments, name, shape, np.full(shape, d)) for name, d in MOBIL_DEFAULTS.items()}
        self._period = max(1, round(DECISION_S / dt_s))
        most = max((len(graph.lanes) for graph in cast.lanes), default=0)
        self._beside: I64Array = np.full((cast.batch, max(most, 1), _SIDES), -1, np.int64)
        """Own, left and right lane of each lane, as seen by who drives along it; -1: none."""
        self._ends_m: F64Array = np.full((cast.batch, max(most, 1)), np.inf)
        """Lengths of lanes that end beside others that go on, or before a wall; else inf."""
        self._some_end = False
        blind = {key: _blind(graph) for key, graph in {id(g): g for g in cast.lanes}.items()}
        for b, graph in enumerate(cast.lanes):
            ends, away = _ending(graph)
            self._some_end |= bool(ends or away or blind[id(graph)])
            for k, length in (*ends.items(), *blind[id(graph)].items()):
                self._ends_m[b, k] = length
            for k, lane in enumerate(graph.lanes if not graph.arms else ()):
                pair = (lane.left, lane.right) if lane.forward else (lane.right, lane.left)
                ways = [-1 if j < 0 or j in away or graph.lanes[j].forward != lane.forward else j for j in pair]
                self._beside[b, k] = k, *ways

    def switch(self, given: Mapping[str, Argument], c: int, rows: BoolArray) -> None:
        """Vehicle ``c`` has another driver in some variants."""
        for name, default in MOBIL_DEFAULTS.items():
            one = (rows.size, 1)
            self._given[name][rows, c] = table([given], name, one, np.full(one, default))[rows, 0]

    def due(self, tick: int) -> list[int]:
        """Which vehicles look about in a tick."""
        count = len(self._watch.slots)
        return [c for c in range(count) if (tick - c * self._period // count) % self._period == 0]

    def decide(self, m: Motion, c: int, headway_s: F64Array, asked: BoolArray) -> I64Array:
        """The lane that a vehicle changes into in each variant, (B,); -1: it stays.

        Args:
            m: the motion.
            c: which vehicle.
            headway_s: its time gap, (B,).
            asked: where it may decide, (B,).
        """
        slot, batch = self._watch.slots[c], self._cast.batch
        path, rows = m.path[:, slot], np.arange(batch)
        onward = (path >= 0) & (path % 2 == 0) & ~m.way[:, slot] & (m.v[:, slot] > _SLOWEST_MPS)
        lane = np.where(onward, path >> 1, 0)
        lanes = self._beside[rows, lane]
        there: BoolArray = (lanes >= 0) & (asked & onward)[:, None]
        stay: I64Array = np.full(batch, -1, np.int64)
        if not bool(there[:, 1:].any()):
            return stay
        ahead, behind = self._neighbours(m, c, np.maximum(lanes, 0))
        gain, harm = self._weigh(m, c, headway_s[:, None], ahead, behind)
        if self._some_end:
            offered, leave = self._lasting(m, slot, np.maximum(lanes, 0))
            there, gain = there & offered, gain + leave
        bias = self._given["keep_right"][:, c, None] * np.array([0.0, 1.0, -1.0])
        use = gain - self._given["threshold"][:, c, None] - bias
        safe = (harm <= self._given["safe_braking"][:, c, None]) & (harm < _HARDEST_MPS2)
        fit = there & (use > 0.0) & safe
        fit[:, 0] = False
        use = np.where(fit, use, -np.inf)
        best = np.argmax(use, -1)
        return np.where(fit.any(-1), lanes[rows, best], stay)

    def _lasting(self, m: Motion, slot: int, lanes: I64Array) -> tuple[BoolArray, F64Array]:
        """Which of lanes (B, 3) lie beside a vehicle's own and go on, and what leaving the own one gains (m/s2)."""
        x, y = m.x[:, slot, None], m.y[:, slot, None]
        frame = project(self._cast.lane_paths.take(2 * lanes), x, y)
        half = np.take_along_axis(self._cast.lane_half_m, 2 * lanes, 1)
        apart = np.abs(frame.left_m - frame.left_m[:, :1])
        beside = (apart <= half + half[:, :1] + _BESIDE_M) & (frame.station_m > 0.0)
        rest = np.take_along_axis(self._ends_m, lanes, 1) - frame.station_m
        want = _LEAVE_MPS2 * np.maximum(1.0 - np.maximum(rest, 0.0) / _LEAVE_M, 0.0)
        goes_on: BoolArray = np.isinf(rest) | (rest > np.maximum(_LEAVE_M, rest[:, :1]))
        return beside & goes_on, want[:, :1] - want

    def end_m(self, m: Motion) -> F64Array | None:
        """Free distance of the vehicles up to the ends of their lanes, (B, C); None: all go on."""
        if not self._some_end:
            return None
        slots = np.array(self._watch.slots, np.int64)
        path = m.path[:, slots]
        onward = (path >= 0) & (path % 2 == 0) & ~m.way[:, slots]
        station = project(np.ascontiguousarray(m.packed[:, slots]), m.x[:, slots], m.y[:, slots]).station_m
        rest = np.take_along_axis(self._ends_m, np.where(onward, path >> 1, 0), 1) - station
        return np.where(onward, rest - self._watch.own_half_l[..., 0], np.inf)

    def _neighbours(self, m: Motion, c: int, lanes: I64Array) -> tuple[_Neighbour, _Neighbour]:
        """Who is next ahead and behind on lanes (B, 3): in the lane, soon in it, or on the way into it."""
        cast, slot = self._cast, self._watch.slots[c]
        near = self._watch.along(m, cast.lane_paths.take(2 * lanes))
        half_m = np.take_along_axis(cast.lane_half_m, 2 * lanes, 1)[..., None]
        inside = intrudes(near.left_m, near.half_lat_m, near.across_mps, half_m, FORESIGHT_S)
        if m.tick <= m.shifting_until:  # who stands or walks beside a lane has it as its path, too, and is not in it
            under_way = (m.tick - m.shift_tick) * m.dt_s < m.shift_s
            inside |= (m.path[:, None] == 2 * lanes[..., None]) & under_way[:, None]
        inside &= self._watch.others(m)[:, c, None]
        away = near.station_m - near.station_m[..., slot, None]
        wish = np.broadcast_to(np.maximum(m.speed_goal, m.v)[:, None], away.shape)

        def nearest(where: BoolArray, distance: F64Array) -> _Neighbour:
            far = np.where(where, distance, np.inf)
            k = np.argmin(far, -1)[..., None]
            return _Neighbour(
                *(np.take_along_axis(x, k, -1)[..., 0] for x in (far, near.half_long_m, near.along_mps, wish))
            )

        return nearest(inside & (away > 0.0), away), nearest(inside & (away <= 0.0), -away)

    def _weigh(
        self, m: Motion, c: int, headway_s: F64Array, ahead: _Neighbour, behind: _Neighbour
    ) -> tuple[F64Array, F64Array]:
        """What a change into each lane gains (m/s2), and the harder of the two brakings it asks for, (B, 3)."""
        slot = self._watch.slots[c]
        v, wish = m.v[:, slot, None], np.maximum(m.speed_goal, m.v)[:, slot, None]
        half = self._watch.own_half_l[:, c]

        def follow(speed: F64Array, want: F64Array, gap: F64Array, closing: F64Array) -> F64Array:
            return np.maximum(idm_mps2(speed, want, headway_s, gap, closing), -_HARDEST_MPS2)

        own = follow(v, wish, ahead.away_m - ahead.half_m - half, v - ahead.speed_mps)
        gap = behind.away_m - behind.half_m - half
        me_ahead = follow(behind.speed_mps, behind.wish_mps, gap, behind.speed_mps - v)
        between = behind.away_m + ahead.away_m - behind.half_m - ahead.half_m
        not_me = follow(behind.speed_mps, behind.wish_mps, between, behind.speed_mps - ahead.speed_mps)
        somebody = np.isfinite(behind.away_m)
        lost = np.where(somebody, me_ahead - not_me, 0.0)  # by who is behind, through the driver being there
        others = lost - lost[:, :1]
        gain = own - own[:, :1] + self._given["politeness"][:, c, None] * others
        return gain, -np.minimum(own, np.where(somebody, me_ahead, 0.0))


def _ending(graph: LaneGraph) -> tuple[dict[int, float], set[int]]:
    """Lanes that end beside others that go on, and their lengths; and lanes that lead away from those beside them."""
    ends, away = dict[int, float](), set[int]()
    for k, lane in enumerate(graph.lanes if not graph.arms else ()):
        length = lane.centre.length_m
        for j in (lane.left, lane.right):
            if j < 0 or graph.lanes[j].forward != lane.forward:
                continue
            other = graph.lanes[j]
            station, left_m = (float(v) for v in other.centre.project(lane.centre.at(length)[0]))
            if station < other.centre.length_m - _ON_M:
                if abs(left_m) < 0.5 * (lane.width_m + other.width_m) + _BESIDE_M:
                    ends[k] = length
                else:
                    away.add(k)
    return ends, away


def _blind(graph: LaneGraph) -> dict[int, float]:
    """Lanes that end before a wall, and their lengths."""
    walls = wall_boxes(graph.walls)[0]
    turned = {turn.start for turn in graph.turns}
    own = [k for k in range(len(graph.lanes)) if k not in turned] if len(walls) else []
    if not own:
        return {}
    lengths = [graph.lanes[k].centre.length_m for k in own]
    ends = [graph.lanes[k].centre.at(length) for k, length in zip(own, lengths, strict=True)]
    x, y = (np.array([[float(point[i])] for point, _ in ends]) for i in (0, 1))
    yaw = np.array([[float(heading)] for _, heading in ends])
    cos, sin, low, high = np.cos(yaw), np.sin(yaw), np.zeros_like(x), np.ones_like(x)
    noses = Boxes(x, y, cos, sin, low + _THIN_M, low + _NOSE_M, low, high)
    stands = np.zeros(len(walls))
    cx, cy, c, n, half_length, half_width, top = walls.T
    rows = Boxes(cx, cy, c, n, half_length, half_width, stands, top)
    away = ttc_s(noses, rows, (cos, sin), (stands, stands)).min(-1)
    return {k: length for k, length, free in zip(own, lengths, away, strict=True) if free < _BLIND_M}
