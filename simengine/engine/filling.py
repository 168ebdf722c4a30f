"""Where in what is left of the lanes something fits: ``on any_lane``.

One after the other, each entity takes a place that is drawn evenly from all places where its front and its rear keep a
safe distance from what is there already (random sequential adsorption: A. Renyi, 1958, on one line). So nothing has to
be drawn again, and another element more moves none of those before it. Lanes are free but for the stretches on which
roads meet, and the last metres before them, on which who drives as fast could not stop any more.

B variants, L lanes, K things.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.following import COMFORT_BRAKING_MPS2, IDM_BRAKING_MPS2, IDM_GAP_M
from simengine.physics.paths import PathTable, project
from simengine.world.lanes import LaneGraph

__all__ = ["Room", "Standing"]

_HEADWAY_S = 1.0
_BEHIND_CROSSING_M = 8.0
"""So far beyond where turns join a lane there is nobody yet."""
_LANE_MARGIN_M = 0.2
"""Who is nearer to a lane's edge from outside takes room in it."""


class Standing(NamedTuple):
    """What is in the way, all (B, K).

    Attributes:
        x_m, y_m, yaw_rad: poses.
        half_long_m, half_wide_m: half lengths and widths.
        speed_mps: along the heading; nan: nobody knows.
        there: whether it takes part.
    """

    x_m: F64Array
    y_m: F64Array
    yaw_rad: F64Array
    half_long_m: F64Array
    half_wide_m: F64Array
    speed_mps: F64Array
    there: BoolArray


@dataclass(frozen=True, eq=False)
class Room:
    """The lanes of a batch, and of each the stretch before a junction and the one behind it.

    Attributes:
        lanes: their centre lines.
        low_m, high_m: stations, (B, L, 2); low > high: there is no such stretch.
        stops: the first stretch ends where somebody may have to stop, (B, L).
        half_m, limit_mps: half widths and speed limits, (B, L).
        cycle: which lanes are for bicycles alone, (B, L).
    """

    lanes: PathTable
    low_m: F64Array
    high_m: F64Array
    stops: BoolArray
    half_m: F64Array
    limit_mps: F64Array
    cycle: BoolArray

    @classmethod
    def of(cls, graphs: Sequence[LaneGraph], lanes: PathTable) -> Room:
        """The room on the lanes of each variant."""
        distinct = {id(g): g for g in graphs}
        known = {key: n for n, key in enumerate(distinct)}
        shape = (len(distinct), max((len(g.lanes) for g in distinct.values()), default=0))
        low, high = np.full((*shape, 2), np.inf), np.full((*shape, 2), -np.inf)
        stops, half, limit = np.zeros(shape, np.bool_), np.zeros(shape), np.zeros(shape)
        cycle = np.zeros(shape, np.bool_)
        for n, graph in enumerate(distinct.values()):
            cycle[n, list(graph.cycle_lanes.values())] = True
            for k, lane in enumerate(graph.lanes):
                half[n, k], limit[n, k] = 0.5 * lane.width_m, lane.speed_limit_mps
                if k not in graph.ring:
                    low[n, k], high[n, k], stops[n, k] = _stretches(graph, k)
        which = np.array([known[id(g)] for g in graphs], np.int64)
        return cls(lanes, low[which], high[which], stops[which], half[which], limit[which], cycle[which])

    def place(
        self, rows: I64Array, there: Standing, length_m: F64Array, speed_mps: F64Array, draw: F64Array,
        cycles: bool = False,
    ) -> tuple[I64Array, F64Array, BoolArray]:  # fmt: skip
        """Lane and station of the next one in some variants, R of them, and where there is no room for it.

        Args:
            rows: which variants, (R,).
            there: what is there already, (R, K).
            length_m, speed_mps: of the new one, (R,).
            draw: in [0, 1), which of all places that fit, (R,).
            cycles: it keeps to cycle lanes where there are any; all others keep off them.
        """
        v, half = speed_mps[:, None], 0.5 * length_m[:, None, None]
        low, high, stops = self.low_m[rows] + half, self.high_m[rows] - half, self.stops[rows]
        stopping = IDM_GAP_M + v * v / (2.0 * IDM_BRAKING_MPS2)
        high[..., 0] -= np.where(stops, stopping, 0.0)
        begin, end = self._taken(rows, there, half, v)
        order = np.argsort(begin, -1, kind="stable")
        begin = np.take_along_axis(begin, order, -1)[:, :, None]  # (R, L, 1, K)
        end = np.maximum.accumulate(np.take_along_axis(end, order, -1), -1)[:, :, None]
        first = np.concatenate([low[..., None], np.maximum(end, low[..., None])], -1)  # free from there ...
        last = np.concatenate([np.minimum(begin, high[..., None]), high[..., None]], -1)  # ... to there
        size = np.maximum(last - first, 0.0)
        own = self.cycle[rows]
        mine = own | ~own.any(-1, keepdims=True) if cycles else ~own
        size = np.where(np.isfinite(size) & mine[..., None, None], size, 0.0).reshape(len(rows), -1)
        upto = np.cumsum(size, -1)
        total = upto[:, -1]
        goal = draw * total
        pick = np.argmax((upto > goal[:, None]) & (size > 0.0), -1)
        at = np.arange(len(rows)), pick
        station = first.reshape(len(rows), -1)[at] + (goal - (upto - size)[at])
        full = ~(total > 0.0)
        lane = (pick // (2 * first.shape[-1])).astype(np.int64)
        return np.where(full, 0, lane), np.where(full, 0.0, station), full

    def _taken(self, rows: I64Array, there: Standing, half_m: F64Array, v: F64Array) -> tuple[F64Array, F64Array]:
        """Between which stations of lanes a new centre would be too near to things, (R, L, K); inf, -inf: nowhere."""
        lanes = self.lanes.packed if len(self.lanes.packed) == 1 else self.lanes.packed[rows]
        frame = project(np.ascontiguousarray(lanes)[:, :, None], there.x_m[:, None], there.y_m[:, None])
        c, s = np.cos(there.yaw_rad)[:, None], np.sin(there.yaw_rad)[:, None]
        cos, sin = c * frame.ux + s * frame.uy, s * frame.ux - c * frame.uy
        long, wide = there.half_long_m[:, None], there.half_wide_m[:, None]
        along, across = np.abs(cos) * long + np.abs(sin) * wide, np.abs(sin) * long + np.abs(cos) * wide
        speed = there.speed_mps[:, None]
        known = np.isfinite(speed)
        slow = np.maximum(np.where(known, speed * cos, 0.0), 0.0)
        fast = np.maximum(np.where(known, speed * cos, self.limit_mps[rows][..., None]), 0.0)
        near = np.abs(frame.left_m) - across < self.half_m[rows][..., None] + _LANE_MARGIN_M
        near &= there.there[:, None]
        mine = v[..., None]
        begin = np.where(near, frame.station_m - along - half_m - _gap_m(mine, slow), np.inf)
        return begin, np.where(near, frame.station_m + along + half_m + _gap_m(fast, mine), -np.inf)


def _gap_m(behind_mps: F64Array, ahead_mps: F64Array) -> F64Array:
    """From a front to the rear ahead: a time gap, and what braking comfortably to that one's speed takes."""
    excess = behind_mps * behind_mps - ahead_mps * ahead_mps
    return IDM_GAP_M + _HEADWAY_S * behind_mps + np.maximum(excess, 0.0) / (2.0 * COMFORT_BRAKING_MPS2)


def _stretches(graph: LaneGraph, k: int) -> tuple[list[float], list[float], bool]:
    """Lower and upper ends of the two stretches of a lane, and whether the first one ends at a junction."""
    lane = graph.lanes[k]
    length = lane.centre.length_m
    begins = [t.begins_m for t in graph.turns if t.start == k]
    joins = [float(lane.centre.project(t.path.at(t.ends_m)[0])[0]) for t in graph.turns if t.end == k]
    stop = min([lane.stop_m, *begins])
    if math.isinf(stop) and not joins:
        return [0.0, math.inf], [length, -math.inf], False
    behind = (max(joins) + _BEHIND_CROSSING_M, length) if joins else (math.inf, -math.inf)
    before = (0.0, stop) if math.isfinite(stop) else (math.inf, -math.inf)
    return [before[0], behind[0]], [before[1], behind[1]], math.isfinite(stop)
