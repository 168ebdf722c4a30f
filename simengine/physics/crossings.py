"""Ways over the places where roads meet, and where each of them meets the others.

A way begins where its traffic waits (``Lane.stop_m``) and ends where it is past the junction: the turns of a lane graph
and the lanes that run straight through. Who goes first follows from ``Lane.gives_way_to``, else from the rules of the
road: who turns left lets oncoming traffic pass, and who comes from the right goes first.

What is long sweeps more than the strip along its way (:mod:`simengine.physics.swept`): where it meets others is told
for each kind of outline apart.

G = different lane graphs of a batch, K = kinds of outlines in it, W = most ways of any: turns first, then one for each
lane.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.swept import SHORT, Outline, Strip, meeting, meets, near, strip_of
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
_BEFORE_M = 24.0
"""Long vehicles are looked at so far before their lines, and others so far before theirs, which they may pass over."""
_MEET_M = 2.6
"""Two middles that come nearer meet: as wide as a bus, or nearly a lane."""
_BESIDE_SHARE = 0.95
"""Who is on the lane beside, farther away than this share of its width, is not met."""
_BENT_MEET_M = 3.6
"""The same where both turn."""
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
    into: int  # lane that it ends on


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
        outline: kind of outline of each actor, (B, A).
        own_m, other_m: (G, K, K, W, W, 2), stations of the first and of the second way: from where on the front of the
            one, and up to where the rear of it, is where both meet; inf: they do not.
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
    outline: I64Array
    own_m: F64Array
    other_m: F64Array
    first: BoolArray

    @classmethod
    def of_graphs(
        cls, graphs: Sequence[LaneGraph], outlines: Sequence[Outline] = (SHORT,), outline: I64Array | None = None
    ) -> Crossings | None:
        """The ways of lane graphs, one a variant; None where nobody waits for anybody.

        Args:
            graphs: of the variants.
            outlines: kinds of outlines that there are, K.
            outline: which of them each actor has, (B, A); None: all have the first.
        """
        if not any(math.isfinite(lane.stop_m) for g in graphs for lane in g.lanes):
            return None
        distinct = {id(g): g for g in graphs}
        known = {key: n for n, key in enumerate(distinct)}
        turns = max(len(g.turns) for g in distinct.values())
        lanes = max(len(g.lanes) for g in distinct.values())
        tables = [_table(g, turns, lanes, tuple(outlines)) for g in distinct.values()]
        names = tuple(sorted({s for t in tables for s in t.signals if s}))
        signal = np.array([[names.index(s) if s else -1 for s in t.signals] for t in tables], np.int64)
        return cls(
            np.array([known[id(g)] for g in graphs], np.int64), turns,
            np.stack([t.line_m for t in tables]), np.stack([t.end_m for t in tables]),
            np.stack([t.lane for t in tables]), np.stack([t.critical_s for t in tables]),
            np.stack([t.halts for t in tables]), signal, names,
            np.zeros((len(graphs), 1), np.int64) if outline is None else outline,
            np.stack([t.own_m for t in tables]), np.stack([t.other_m for t in tables]),
            np.stack([t.first for t in tables]),
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
        out.append(_Way(turn.start, turn.path, line, turn.ends_m, turn.direction, ring, turn.end))
    for k, lane in enumerate(graph.lanes):
        if k in graph.ring:
            out.append(_Way(k, lane.centre, -math.inf, math.inf, "straight", True, k))
        elif lane.stop_m < lane.centre.length_m - 1.0:
            joins = [float(lane.centre.project(t.path.at(t.ends_m)[0])[0]) for t in graph.turns if t.end == k]
            end = max(joins, default=lane.centre.length_m)
            out.append(_Way(k, lane.centre, lane.stop_m, end, "straight", False, k))
        else:
            out.append(None)
    return out


@lru_cache(maxsize=256)
def _table(graph: LaneGraph, turns: int, lanes: int, outlines: tuple[Outline, ...]) -> _Table:
    found = _ways(graph)
    count = len(graph.turns)
    ways = [*found[:count], *[None] * (turns - count), *found[count:]]
    ways += [None] * (turns + lanes - len(ways))
    size, kinds = len(ways), len(outlines)
    lane, signals = np.full(size, -1, np.int64), [""] * size
    line, end = np.full(size, np.inf), np.full(size, np.inf)
    halts, critical = np.zeros(size, np.bool_), np.zeros(size)
    own, other = (np.full((kinds, kinds, size, size, 2), np.inf) for _ in range(2))
    first = np.zeros((size, size), np.bool_)
    short: list[Strip | None] = [None if w is None else _strip(graph, w, SHORT, False) for w in ways]
    full: list[list[Strip | None]] = [
        [None if w is None else _strip(graph, w, outline, True) for w in ways] for outline in outlines
    ]
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
            near_m = _BENT_MEET_M if bent else min(_MEET_M, _BESIDE_SHARE * start.width_m)
            for i, j in product(range(kinds), repeat=2):
                long = outlines[i].long or outlines[j].long
                if long and q < p:  # the same seen from the other one
                    own[i, j, p, q], other[i, j, p, q] = other[j, i, q, p], own[j, i, q, p]
                    continue
                merges = not long or bool(graph.ring) or way.into == peer.into
                mine, theirs = (full[i][p], full[j][q]) if long else (short[p], short[q])
                assert mine is not None and theirs is not None
                close = meets(mine, theirs) if long else near(mine, theirs, near_m)
                meet = meeting(mine, theirs, close, _MERGE_M if merges else math.inf, _STEP_M)
                if meet is not None:
                    own[i, j, p, q], other[i, j, p, q] = meet
            if np.isfinite(own[:, :, p, q, 0]).any():
                first[p, q] = _goes_first(graph, way, peer)
    return _Table(line, end, lane, critical, halts, tuple(signals), own, other, first)


def _strip(graph: LaneGraph, way: _Way, outline: Outline, early: bool) -> Strip:
    """What an outline sweeps on a way, from its line on or (``early``) from before it."""
    begin = max(way.line_m - (_BEFORE_M if early else 0.0), 0.0)
    last = way.curve.length_m if way.ring else min(way.end_m + _BEYOND_M, way.curve.length_m)
    step = _RING_STEP_M if graph.ring else _STEP_M
    station = np.arange(begin, max(last, begin + 2.0 * step), step)
    return strip_of(way.curve, station, outline, _BESIDE_SHARE * graph.lanes[way.lane].width_m)


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
