"""Ways over the places where roads meet, and where each of them meets the others.

A way begins where its traffic waits (``Lane.stop_m``) and ends where it is past the junction: the turns of a lane graph
and the lanes that run straight through. Who goes first follows from ``Lane.gives_way_to``, else from the rules of the
road: who turns left lets oncoming traffic pass, and who comes from the right goes first.

G = different lane graphs of a batch, W = most ways of any: turns first, then one for each lane.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.world.lanes import Curve, LaneGraph

__all__ = ["CRITICAL_GAPS_S", "Crossings"]

CRITICAL_GAPS_S = {
    "left from major": 4.1, "right from minor": 6.2, "straight from minor": 6.5, "left from minor": 7.1, "ring": 4.98,
}  # fmt: skip
"""Least time to the next one with priority at which half of the drivers go. Two-way stop control: Highway Capacity
Manual (TRB, 6th ed. 2016), base critical headways for two-lane major streets; ring: its single-lane roundabouts."""
_STEP_M, _RING_STEP_M = 1.0, 2.0
_BEYOND_M = 12.0
"""Ways are looked at so far beyond where they end."""
_MEET_M = 2.6
"""Two middles that come nearer meet: as wide as a bus, or nearly a lane."""
_BENT_MEET_M = 3.6
"""The same where both turn: the corners of long vehicles swing out."""
_MERGE_M = 6.0
"""Where two ways run into one, they are one from so far on: then one follows the other."""


@dataclass(frozen=True, eq=False)
class _Way:
    lane: int
    curve: Curve
    line_m: float
    end_m: float
    direction: str
    ring: bool


@dataclass(frozen=True, eq=False)
class _Table:
    """The ways of one graph; see :class:`Crossings`."""

    line_m: F64Array
    end_m: F64Array
    lane: I64Array
    critical_s: F64Array
    halts: BoolArray
    signals: tuple[str, ...]
    own_m: F64Array
    other_m: F64Array
    first: BoolArray


@dataclass(frozen=True, eq=False)
class Crossings:
    """The ways of a batch, padded.

    Attributes:
        of: which graph each variant has, (B,).
        turns: number of turns that ways are counted from, T: lane k is way T + k.
        line_m, end_m: (G, W), stations where a way's traffic waits (-inf: it is in a ring) and where it is past; inf:
            there is no such way.
        lane: (G, W), that it comes from; -1 for none.
        critical_s: (G, W).
        halts: (G, W).
        signal: (G, W), index into ``signals``, -1: none.
        signals: properties of the world that say what signals show.
        own_m, other_m: (G, W, W, 2), stations of the first and of the second way between which they meet; inf: they do
            not.
        first: (G, W, W), the first of two ways has priority.
    """

    of: I64Array
    turns: int
    line_m: F64Array
    end_m: F64Array
    lane: I64Array
    critical_s: F64Array
    halts: BoolArray
    signal: I64Array
    signals: tuple[str, ...]
    own_m: F64Array
    other_m: F64Array
    first: BoolArray

    @classmethod
    def of_graphs(cls, graphs: Sequence[LaneGraph]) -> Crossings | None:
        """The ways of lane graphs, one a variant; None where nobody waits for anybody."""
        if not any(math.isfinite(lane.stop_m) for g in graphs for lane in g.lanes):
            return None
        distinct = {id(g): g for g in graphs}
        known = {key: n for n, key in enumerate(distinct)}
        turns = max(len(g.turns) for g in distinct.values())
        lanes = max(len(g.lanes) for g in distinct.values())
        tables = [_table(g, turns, lanes) for g in distinct.values()]
        names = tuple(sorted({s for t in tables for s in t.signals if s}))
        signal = np.array([[names.index(s) if s else -1 for s in t.signals] for t in tables], np.int64)
        return cls(
            np.array([known[id(g)] for g in graphs], np.int64), turns,
            np.stack([t.line_m for t in tables]), np.stack([t.end_m for t in tables]),
            np.stack([t.lane for t in tables]), np.stack([t.critical_s for t in tables]),
            np.stack([t.halts for t in tables]), signal, names, np.stack([t.own_m for t in tables]),
            np.stack([t.other_m for t in tables]), np.stack([t.first for t in tables]),
        )  # fmt: skip

    def way(self, turn: I64Array, path: I64Array, on_way: BoolArray) -> I64Array:
        """The way of vehicles (B, A) from their turn, path of lanes and whether they are on a way of their own; -1:
        none."""
        lane = np.where((path >= 0) & (path % 2 == 0) & ~on_way, (path >> 1) + self.turns, -1)
        way = np.where((turn >= 0) & on_way, turn, lane)
        there = self.lane[self.of[:, None], np.maximum(way, 0)] >= 0
        return np.where((way >= 0) & there, way, -1)


def _ways(graph: LaneGraph) -> list[_Way | None]:
    """Turns, then lanes; None where a lane leads over no junction."""
    out: list[_Way | None] = []
    for turn in graph.turns:
        lane = graph.lanes[turn.start]
        ring = turn.start in graph.ring
        line = -math.inf if ring else min(lane.stop_m, turn.begins_m)
        out.append(_Way(turn.start, turn.path, line, turn.ends_m, turn.direction, ring))
    for k, lane in enumerate(graph.lanes):
        if k in graph.ring:
            out.append(_Way(k, lane.centre, -math.inf, math.inf, "straight", True))
        elif lane.stop_m < lane.centre.length_m - 1.0:
            joins = [float(lane.centre.project(t.path.at(t.ends_m)[0])[0]) for t in graph.turns if t.end == k]
            end = max(joins, default=lane.centre.length_m)
            out.append(_Way(k, lane.centre, lane.stop_m, end, "straight", False))
        else:
            out.append(None)
    return out


@lru_cache(maxsize=256)
def _table(graph: LaneGraph, turns: int, lanes: int) -> _Table:
    found = _ways(graph)
    count = len(graph.turns)
    ways = [*found[:count], *[None] * (turns - count), *found[count:]]
    ways += [None] * (turns + lanes - len(ways))
    size = len(ways)
    lane, signals = np.full(size, -1, np.int64), [""] * size
    line, end = np.full(size, np.inf), np.full(size, np.inf)
    halts, critical = np.zeros(size, np.bool_), np.zeros(size)
    own, other = np.full((size, size, 2), np.inf), np.full((size, size, 2), np.inf)
    first = np.zeros((size, size), np.bool_)
    points = [None if w is None else _points(w, bool(graph.ring)) for w in ways]
    for p, way in enumerate(ways):
        if way is None:
            continue
        start = graph.lanes[way.lane]
        lane[p], line[p], end[p] = way.lane, way.line_m, way.end_m
        halts[p], signals[p] = start.halts and not way.ring, start.signal
        critical[p] = _critical_s(graph, way)
        for q, peer in enumerate(ways):
            if peer is None or peer.lane == way.lane:
                continue
            bent = p < count and q < count
            near_m = _BENT_MEET_M if bent else min(_MEET_M, 0.95 * start.width_m)
            meet = _meet(points[p], points[q], near_m)  # type: ignore[arg-type]
            if meet is not None:
                own[p, q], other[p, q] = meet
                first[p, q] = _goes_first(graph, way, peer)
    return _Table(line, end, lane, critical, halts, tuple(signals), own, other, first)


def _points(way: _Way, ring: bool) -> tuple[F64Array, F64Array, F64Array]:
    """Stations (N,) and points (N, 2) from the line on, and the heading at the line."""
    begin = max(way.line_m, 0.0)
    last = way.curve.length_m if way.ring else min(way.end_m + _BEYOND_M, way.curve.length_m)
    step = _RING_STEP_M if ring else _STEP_M
    station = np.arange(begin, max(last, begin + 2.0 * step), step)
    xyz, yaw = way.curve.at(station)
    return station, np.ascontiguousarray(xyz[:, :2]), yaw[:1]


def _meet(
    own: tuple[F64Array, F64Array, F64Array], other: tuple[F64Array, F64Array, F64Array], near_m: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Where a way first meets another one: stations of both between which they are near each other."""
    gap = own[1][:, None] - other[1][None]
    near = (gap * gap).sum(-1) < near_m * near_m
    mine = np.flatnonzero(near.any(1))
    if not mine.size:
        return None
    stop = mine[0] + 1
    while stop < len(near) and near[stop].any() and own[0][stop] - own[0][mine[0]] <= _MERGE_M:
        stop += 1
    theirs = np.flatnonzero(near[mine[0] : stop].any(0))
    return (
        (float(own[0][mine[0]]) - _STEP_M, float(own[0][stop - 1]) + _STEP_M),
        (float(other[0][theirs[0]]) - _STEP_M, float(other[0][theirs[-1]]) + _STEP_M),
    )


def _heading(graph: LaneGraph, way: _Way) -> tuple[float, float]:
    lane = graph.lanes[way.lane]
    yaw = float(lane.centre.at(min(lane.stop_m, lane.centre.length_m) - 0.5)[1])
    return math.cos(yaw), math.sin(yaw)


def _goes_first(graph: LaneGraph, way: _Way, peer: _Way) -> bool:
    """Whether ``way`` has priority over ``peer``."""
    if way.ring or peer.ring:
        return way.ring and not peer.ring
    mine, theirs = graph.lanes[way.lane], graph.lanes[peer.lane]
    if (way.lane in theirs.gives_way_to) != (peer.lane in mine.gives_way_to):
        return way.lane in theirs.gives_way_to
    (x, y), (px, py) = _heading(graph, way), _heading(graph, peer)
    if x * px + y * py < -0.5:  # oncoming
        return peer.direction == "left" and way.direction != "left"
    return px * y - py * x > 0.5  # from the right


def _critical_s(graph: LaneGraph, way: _Way) -> float:
    if graph.ring:
        return CRITICAL_GAPS_S["ring"]
    if not graph.lanes[way.lane].gives_way_to:
        return CRITICAL_GAPS_S["left from major"]
    return CRITICAL_GAPS_S[f"{way.direction} from minor"]
