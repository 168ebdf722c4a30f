"""The turns through junctions of a batch, as arrays, and which of them a vehicle means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.paths import PathTable, project
from simengine.world.lanes import LaneGraph

__all__ = ["DIRECTIONS", "Turns"]

DIRECTIONS = ("left", "right", "straight")
"""Words of the language; their order is that of the codes."""
_MIDDLE_M = 0.5
"""What is this near to the begin of a turn can still take it."""


@dataclass(frozen=True, eq=False)
class Turns:
    """Turns of all variants as padded arrays; T = most turns of any variant.

    Attributes:
        graphs: the lane graphs that they come from.
        start, end: (B, T), indices of lanes; -1 for padding.
        direction: (B, T), code.
        exit: (B, T), number of the way out of a roundabout; 0 elsewhere.
        begins_m, ends_m: (B, T), stations of the path between which the connecting line lies.
        half_m: (B, T), half the width of the lane that each comes from.
    """

    graphs: tuple[LaneGraph, ...]
    start: I64Array
    end: I64Array
    direction: I64Array
    exit: I64Array
    begins_m: F64Array
    ends_m: F64Array
    half_m: F64Array

    @classmethod
    def of(cls, graphs: Sequence[LaneGraph]) -> Turns:
        """Pack the turns of lane graphs."""
        shape = (len(graphs), max((len(g.turns) for g in graphs), default=0))
        start, end, direction, exit_ = (np.full(shape, -1, np.int64) for _ in range(4))
        begins, ends, half = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for b, graph in enumerate(graphs):
            for k, turn in enumerate(graph.turns):
                start[b, k], end[b, k] = turn.start, turn.end
                direction[b, k], exit_[b, k] = DIRECTIONS.index(turn.direction), turn.exit
                begins[b, k], ends[b, k] = turn.begins_m, turn.ends_m
                half[b, k] = 0.5 * graph.lanes[turn.start].width_m
        return cls(tuple(graphs), start, end, direction, exit_, begins, ends, half)

    @cached_property
    def paths(self) -> PathTable:
        """Their paths, (B, T, S, COLUMNS)."""
        return PathTable.of([[t.path for t in g.turns] for g in self.graphs])

    @cached_property
    def rings(self) -> bool:
        """Some variant has a roundabout."""
        return any(graph.ring for graph in self.graphs)

    def find(self, lane: I64Array, direction: I64Array) -> I64Array:
        """The turn from a lane in a direction, all (B,); -1 where there is none.

        A code beyond those of ``DIRECTIONS`` is that of a way out of a roundabout: the number of words and of ways out
        before it.
        """
        if not self.start.shape[1]:
            return np.full(len(lane), -1, np.int64)
        exit_ = direction[:, None] - len(DIRECTIONS) + 1
        numbered: BoolArray = (self.exit == exit_) & (exit_ > 0)
        meant: BoolArray = numbered | ((self.direction == direction[:, None]) & (exit_ <= 0))
        fits: BoolArray = meant & (self.start == lane[:, None]) & (self.start >= 0)
        return np.where(fits.any(-1), np.argmax(fits, -1), -1)

    def through_m(self, lane: I64Array) -> F64Array:
        """Where lanes (B,) leave the crossing that they run straight through, as a station; -inf where they do not.

        That is where the turns that go into the lane join it, beyond those that leave it.
        """
        out = np.full(len(lane), -np.inf)
        for b, graph in enumerate(self.graphs):
            k = int(lane[b])
            leaves = [t.begins_m for t in graph.turns if t.start == k]
            joins = [float(graph.lanes[k].centre.project(t.path.at(t.ends_m)[0])[0]) for t in graph.turns if t.end == k]
            if leaves and joins:
                out[b] = max(joins)
        return out

    def missing(self, b: int, lane: int) -> str:
        """What there is instead, for messages."""
        graph = self.graphs[b]
        if not graph.turns:
            return "this world has no junction"
        if graph.ring:
            found = sorted({t.exit for t in graph.turns if t.start == lane})
            return f"its lane leads to the ways out {', '.join(map(str, found))}" if found else "it is on no way in"
        words = sorted({t.direction for t in graph.turns if t.start == lane}, key=DIRECTIONS.index)
        if not words:
            return "no turn begins on the lane that it is on"
        return f"from its lane there is {' and '.join(words)}"

    def onward(self, lane: I64Array) -> I64Array:
        """Where lanes (B, N) end at a ring, the turn that who is not told otherwise takes: straight on, or the second
        way out; -1 elsewhere."""
        out: I64Array = np.full(lane.shape, -1, np.int64)
        for b, graph in enumerate(self.graphs):
            if not graph.ring:
                continue
            for n, k in enumerate(lane[b].tolist()):
                ways = [(t.direction != "straight", t.exit != 2, j) for j, t in enumerate(graph.turns) if t.start == k]
                if ways and k not in graph.ring:
                    out[b, n] = min(ways)[2]
        return out

    def any_way(self, lane: I64Array) -> I64Array:
        """The first turn from lanes (B,), to the right if there is one; -1: there is none."""
        mine: BoolArray = (self.start == lane[:, None]) & (self.start >= 0)
        right: BoolArray = mine & (self.direction == DIRECTIONS.index("right"))
        none_right: BoolArray = ~np.asarray(right.any(-1, keepdims=True), np.bool_)
        best: BoolArray = right | (mine & none_right)
        return np.where(mine.any(-1), np.argmax(best, -1), -1)

    def in_time(self, chosen: I64Array, station_m: F64Array) -> BoolArray:
        """Whether turns (B,) begin ahead of stations of rear axles (B,)."""
        rows = np.arange(len(chosen))
        if not self.start.shape[1]:
            return np.zeros(len(chosen), np.bool_)
        return (chosen >= 0) & (station_m <= self.begins_m[rows, np.maximum(chosen, 0)] + _MIDDLE_M)

    def holds(self, x_m: F64Array, y_m: F64Array) -> BoolArray:
        """Whether points (B,) are on a turn: on the strip along its connecting line, as wide as the lane it is from."""
        if not self.start.shape[1]:
            return np.zeros(len(x_m), np.bool_)
        frame = project(self.paths.packed, x_m[:, None], y_m[:, None])
        between = (frame.station_m >= self.begins_m) & (frame.station_m <= self.ends_m)
        inside: BoolArray = (self.start >= 0) & between & (np.abs(frame.left_m) <= self.half_m)
        return np.asarray(inside.any(-1))
