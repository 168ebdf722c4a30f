"""The lane graphs of a batch of variants as arrays, and the questions that placement asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.lane_choice import distance_m
from simengine.physics.paths import PathTable, advance, project
from simengine.world.lanes import Curve, LaneGraph

__all__ = ["BESIDE_M", "KERBS", "Reach", "Roads"]

KERBS = ("far_curb", "near_curb")
"""The regions that are lines: of the road's two kerbs the farther and the nearer one."""

BESIDE_M = 900.0
"""How far beside its roads a world reaches: the land of the worlds with roads has been made so wide."""
_ALIGNED = float(np.sqrt(0.5))
"""What heads within 45 degrees of a lane, or of its opposite, is along it."""
_ACROSS_M = 4.0


class Reach(NamedTuple):
    """Where points are about the road, (B,) each; zeros in worlds without one.

    Attributes:
        along_m: from the start of the road, along the lane that is nearest.
        length_m: of that lane.
        beside_m: from its middle.
    """

    along_m: F64Array
    length_m: F64Array
    beside_m: F64Array


@dataclass(frozen=True, eq=False)
class Roads:
    """Lanes and named curves of all variants as padded arrays; K = most lanes of any variant.

    Attributes:
        lanes: centre lines; one table for all variants where they share their roads.
        exists: (B, K).
        left, right: (B, K), index of the neighbour on that side of the road's direction, -1 for none.
        forward: (B, K), runs along the road.
        length_m: (B, K).
        curves: named curves ("curb.right"), the same names in all variants.
        curve_names: in the order of ``curves``.
        curve_length_m: (B, number of curves).
        openings_m: (B, number of curves, N, 2), stations between which there is no kerb, rising; inf where there are
            fewer.
        kept_m: the same with those between which rows of parked vehicles leave the kerb free.
        meet: (B,), roads meet in the world.
        main: (B, K), belongs to the main road, as all lanes do where no roads meet.
        shared: (B, K), is for all vehicles, not for bicycles alone.
        arm_names: of roads that meet and of cycle lanes, the same in all variants.
        arm_lane, arm_length_m: (B, number of arms), the right-hand lane that comes in, -1 where there is no such arm;
            how far it is from the outer end to the middle of the crossing.
    """

    lanes: PathTable
    exists: BoolArray
    left: I64Array
    right: I64Array
    forward: BoolArray
    length_m: F64Array
    curves: PathTable
    curve_names: tuple[str, ...]
    curve_length_m: F64Array
    openings_m: F64Array
    kept_m: F64Array
    meet: BoolArray
    main: BoolArray
    shared: BoolArray
    arm_names: tuple[str, ...]
    arm_lane: I64Array
    arm_length_m: F64Array

    @classmethod
    def of(cls, graphs: Sequence[LaneGraph], which: I64Array) -> Roads:
        """Pack lane graphs, of which variant b has ``graphs[which[b]]``."""
        return cls._pack(graphs)._take(which)

    def _take(self, which: I64Array) -> Roads:
        if len(self.exists) > 1:
            return Roads(
                PathTable(self.lanes.packed[which]), self.exists[which], self.left[which], self.right[which],
                self.forward[which], self.length_m[which], PathTable(self.curves.packed[which]), self.curve_names,
                self.curve_length_m[which], self.openings_m[which], self.kept_m[which], self.meet[which],
                self.main[which], self.shared[which], self.arm_names, self.arm_lane[which], self.arm_length_m[which],
            )  # fmt: skip
        shape, curves = (len(which), self.exists.shape[1]), (len(which), self.curve_length_m.shape[1])
        arms = len(which), len(self.arm_names)
        return Roads(
            self.lanes, np.broadcast_to(self.exists, shape), np.broadcast_to(self.left, shape),
            np.broadcast_to(self.right, shape), np.broadcast_to(self.forward, shape),
            np.broadcast_to(self.length_m, shape), self.curves, self.curve_names,
            np.broadcast_to(self.curve_length_m, curves),
            np.broadcast_to(self.openings_m, (len(which), *self.openings_m.shape[1:])),
            np.broadcast_to(self.kept_m, (len(which), *self.kept_m.shape[1:])),
            np.broadcast_to(self.meet, shape[:1]),
            np.broadcast_to(self.main, shape), np.broadcast_to(self.shared, shape),
            self.arm_names, np.broadcast_to(self.arm_lane, arms),
            np.broadcast_to(self.arm_length_m, arms),
        )  # fmt: skip

    @classmethod
    def _pack(cls, graphs: Sequence[LaneGraph]) -> Roads:
        most = max(1, max((len(g.lanes) for g in graphs), default=1))
        shape = (len(graphs), most)
        exists, forward = np.zeros(shape, np.bool_), np.ones(shape, np.bool_)
        left, right = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
        length = np.zeros(shape)
        for b, graph in enumerate(graphs):
            for k, lane in enumerate(graph.lanes):
                exists[b, k], forward[b, k] = True, lane.forward
                left[b, k], right[b, k], length[b, k] = lane.left, lane.right, lane.centre.length_m
        names = tuple(sorted(graphs[0].curves)) if graphs else ()
        nowhere = Curve(np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
        centres = [[lane.centre for lane in g.lanes] or [nowhere] for g in graphs]
        curves = [[g.curves.get(n, nowhere) for n in names] or [nowhere] for g in graphs]
        curve_length = np.array([[c.length_m for c in row] for row in curves]).reshape(len(graphs), -1)
        shut = [[list(g.openings.get(n, ())) for n in names] for g in graphs]
        kept = [[[*g.openings.get(n, ()), *g.unparked.get(n, ())] for n in names] for g in graphs]
        openings, unparked = _stretches(shut, len(graphs)), _stretches(kept, len(graphs))
        meet = np.array([bool(g.arms) for g in graphs], np.bool_)
        main, shared = exists.copy(), exists.copy()
        arms = tuple(sorted({arm for g in graphs for arm in (*g.arms, *g.cycle_lanes)}))
        arm_lane, arm_length = np.full((len(graphs), len(arms)), -1, np.int64), np.zeros((len(graphs), len(arms)))
        for b, graph in enumerate(graphs):
            if meet[b] or graph.cycle_lanes:
                main[b] = np.isin(np.arange(most), graph.road_of(0))
            for arm, lane in graph.cycle_lanes.items():
                k, shared[b, lane] = arms.index(arm), False
                arm_lane[b, k], arm_length[b, k] = lane, graph.lanes[lane].centre.length_m
            for k, arm in enumerate(arms):
                if graph.arms.get(arm):
                    arm_lane[b, k], arm_length[b, k] = graph.arms[arm][0], graph.arm_length_m(arm)
        return cls(
            PathTable.of(centres), exists, left, right, forward, length, PathTable.of(curves), names, curve_length,
            openings, unparked, meet, main, shared, arms, arm_lane, arm_length,
        )  # fmt: skip

    @property
    def rows(self) -> I64Array:
        """0 .. B - 1."""
        rows: I64Array = np.arange(len(self.exists))
        return rows

    def frame(self, lane: I64Array, x_m: F64Array, y_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Station, offset to the left and heading of the lane at the points nearest to given ones, all (B,)."""
        frame = project(self.lanes.take(lane[:, None]), x_m[:, None], y_m[:, None])
        return frame.station_m[:, 0], frame.left_m[:, 0], frame.yaw_rad[:, 0]

    def nearest_lane(
        self, x_m: F64Array, y_m: F64Array, yaw_rad: F64Array | None = None, main: bool = False
    ) -> I64Array:
        """Lane for all vehicles whose centre line is nearest to points (B,).

        Where roads meet, a lane ends where it ends. What has a heading there is on a lane that it heads along or
        against rather than on one across, unless that is ``_ACROSS_M`` nearer.

        Args:
            x_m, y_m: points.
            yaw_rad: their headings, where they have one.
            main: ask for lanes of the main road only.
        """
        frame = project(self.lanes.packed, x_m[:, None], y_m[:, None])
        away = np.abs(frame.left_m)
        if bool(self.meet.any()):
            away = np.where(self.meet[:, None], distance_m(frame, self.length_m), away)
            if yaw_rad is not None:
                along = np.abs(np.cos(yaw_rad)[:, None] * frame.ux + np.sin(yaw_rad)[:, None] * frame.uy)
                away = np.where(self.meet[:, None] & (along < _ALIGNED), away + _ACROSS_M, away)
            if main:
                away = np.where(self.main, away, np.inf)
        return np.argmin(np.where(self.shared, away, np.inf), -1)

    def reach(self, x_m: F64Array, y_m: F64Array) -> Reach:
        """Where points (B,) are about the road: beyond an end of it they are before 0 or beyond its length."""
        lane, some = self.nearest_lane(x_m, y_m), self.exists.any(-1)
        length = self.length_m[self.rows, lane]
        station, left, _ = self.frame(lane, x_m, y_m)
        along = np.where(self.forward[self.rows, lane], station, length - station)
        return Reach(*(np.where(some, value, 0.0) for value in (along, length, np.abs(left))))

    def towards_road_rad(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """Heading square to the nearest lane, towards it, at points (B,)."""
        _, left, yaw = self.frame(self.nearest_lane(x_m, y_m), x_m, y_m)
        return yaw + np.where(left > 0.0, -0.5 * np.pi, 0.5 * np.pi)

    def towards_curb_rad(self, x_m: F64Array, y_m: F64Array, far: bool) -> F64Array:
        """Heading square to the farther (nearer) kerb of the road, towards it, at points (B,).

        Which is farther is decided as for people who cross (``physics.crossing.far_side``): the left one where both
        are as far. On the kerb itself it is the heading of who comes to it from the road.
        """
        frames = [self._kerb(f"curb.{side}", x_m, y_m) for side in ("left", "right")]
        (left_m, left_yaw), (right_m, right_yaw) = frames
        to_left = (-left_m >= right_m) == far
        left = left_yaw + np.where(left_m > 0.0, -0.5 * np.pi, 0.5 * np.pi)
        right = right_yaw + np.where(right_m >= 0.0, -0.5 * np.pi, 0.5 * np.pi)
        return np.where(to_left, left, right)

    def _kerb(self, name: str, x_m: F64Array, y_m: F64Array) -> tuple[F64Array, F64Array]:
        """Offset to the left of a kerb and its heading at points (B,)."""
        which = np.full((len(x_m), 1), self.curve_names.index(name), np.int64)
        frame = project(self.curves.take(which), x_m[:, None], y_m[:, None])
        return frame.left_m[:, 0], frame.yaw_rad[:, 0].copy()

    def road_heading_rad(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """The (main) road's own direction at points (B,)."""
        lane = self.nearest_lane(x_m, y_m, main=True)
        yaw = self.frame(lane, x_m, y_m)[2]
        return yaw + np.where(self.forward[self.rows, lane], 0.0, np.pi)

    def curve_frame(self, curve: I64Array, x_m: F64Array, y_m: F64Array) -> tuple[F64Array, F64Array]:
        """Station and heading of named curves at the points nearest to given ones, all (B,)."""
        frame = project(self.curves.take(curve[:, None]), x_m[:, None], y_m[:, None])
        return frame.station_m[:, 0], frame.yaw_rad[:, 0].copy()

    def along_lane(self, lane: I64Array, station_m: F64Array, distance_m: F64Array, left_m: F64Array) -> F64Array:
        """Stations of lanes that are so far on, counted along the parallel lines to their left, all (B,)."""
        return self._on(self.lanes, lane, station_m, distance_m, left_m)

    def along_curve(self, curve: I64Array, station_m: F64Array, distance_m: F64Array, left_m: F64Array) -> F64Array:
        """The same for named curves."""
        return self._on(self.curves, curve, station_m, distance_m, left_m)

    @staticmethod
    def _on(
        table: PathTable, index: I64Array, station_m: F64Array, distance_m: F64Array, left_m: F64Array
    ) -> F64Array:  # fmt: skip
        packed = table.take(index[:, None])
        return advance(packed, station_m[:, None], distance_m[:, None], left_m[:, None])[:, 0]

    def clear_of_openings(
        self, curve: I64Array, begin_m: F64Array, size_m: F64Array, way: F64Array, parks: bool
    ) -> F64Array:  # fmt: skip
        """Where along a curve something of this length begins: where it wants to, or behind an opening that it would
        reach into. ``way``: +1 along the curve, -1 against it. All (B,). ``parks``: it leaves free what rows of parked
        vehicles do, too."""
        out, shut = begin_m, self.kept_m if parks else self.openings_m
        for _ in range(shut.shape[2]):  # each round passes one at least
            found = shut[self.rows, curve]
            low, high = (np.ascontiguousarray(found[..., k]) for k in (0, 1))
            first, last = np.minimum(out, out + way * size_m), np.maximum(out, out + way * size_m)
            hit = (first[:, None] < high) & (last[:, None] > low)
            far: F64Array = np.where(hit, high, -np.inf).max(-1)
            near: F64Array = np.where(hit, low, np.inf).min(-1)
            out = np.where(hit.any(-1), np.where(way > 0.0, far, near), out)
        return out

    def carriageway_side(self, curve: I64Array) -> F64Array:
        """+1 where the carriageway is to the left of a curve (B,), else -1: where the rightmost lane is half way."""
        first = np.zeros((len(curve), 1), np.int64)
        x, y, _ = self.lanes.at(first, 0.5 * self.length_m[:, :1], np.zeros((len(curve), 1)))
        return np.where(project(self.curves.take(curve[:, None]), x, y).left_m[:, 0] >= 0.0, 1.0, -1.0)

    def lane_pose(self, lane: I64Array, station_m: F64Array, left_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """x, y and heading at stations of lane centres, moved to the left, all (B,)."""
        return _first(self.lanes.at(lane[:, None], station_m[:, None], left_m[:, None]))

    def curve_pose(self, curve: I64Array, station_m: F64Array, left_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """x, y and heading at stations of named curves, moved to the left, all (B,)."""
        return _first(self.curves.at(curve[:, None], station_m[:, None], left_m[:, None]))


def _first(pose: tuple[F64Array, F64Array, F64Array]) -> tuple[F64Array, F64Array, F64Array]:
    return pose[0][:, 0].copy(), pose[1][:, 0].copy(), pose[2][:, 0].copy()


def _stretches(found: list[list[list[tuple[float, float]]]], count: int) -> F64Array:
    """Stretches of each curve of ``count`` variants, rising, (B, number of curves, N, 2); inf where there are fewer."""
    curves, most = max((len(row) for row in found), default=0), max((len(o) for row in found for o in row), default=0)
    out = np.full((count, max(curves, 1), most, 2), np.inf)
    for b, row in enumerate(found):
        for k, stretches in enumerate(row):
            out[b, k, : len(stretches)] = np.array(sorted(stretches)).reshape(-1, 2)
    return out
