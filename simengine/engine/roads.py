"""The lane graphs of a batch of variants as arrays, and the questions that placement asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.paths import PathTable, project
from simengine.world.lanes import Curve, LaneGraph

__all__ = ["Roads"]


@dataclass(frozen=True, eq=False)
class Roads:
    """Lanes and named curves of all variants as padded arrays; K = most lanes of any variant.

    Attributes:
        lanes: centre lines.
        exists: (B, K).
        left, right: (B, K), index of the neighbour on that side of the road's direction, -1 for none.
        forward: (B, K), runs along the road.
        length_m: (B, K).
        curves: named curves ("curb.right"), the same names in all variants.
        curve_names: in the order of ``curves``.
        curve_length_m: (B, number of curves).
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

    @classmethod
    def of(cls, graphs: Sequence[LaneGraph]) -> Roads:
        """Pack lane graphs; one that several variants share is packed once."""
        order = {id(g): k for k, g in enumerate({id(g): g for g in graphs}.values())}
        which = np.array([order[id(g)] for g in graphs], np.int64)
        return cls._pack(list({id(g): g for g in graphs}.values()))._take(which)

    def _take(self, which: I64Array) -> Roads:
        return Roads(
            PathTable(self.lanes.packed[which]), self.exists[which], self.left[which], self.right[which],
            self.forward[which], self.length_m[which], PathTable(self.curves.packed[which]), self.curve_names,
            self.curve_length_m[which],
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
        return cls(
            PathTable.of(centres), exists, left, right, forward, length, PathTable.of(curves), names, curve_length
        )

    @property
    def rows(self) -> I64Array:
        """0 .. B - 1."""
        rows: I64Array = np.arange(len(self.exists))
        return rows

    def frame(self, lane: I64Array, x_m: F64Array, y_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Station, offset to the left and heading of the lane at the points nearest to given ones, all (B,)."""
        frame = project(self.lanes.take(lane[:, None]), x_m[:, None], y_m[:, None])
        return frame.station_m[:, 0], frame.left_m[:, 0], frame.yaw_rad[:, 0]

    def nearest_lane(self, x_m: F64Array, y_m: F64Array) -> I64Array:
        """Lane whose centre line is nearest to points (B,)."""
        frame = project(self.lanes.packed, x_m[:, None], y_m[:, None])
        return np.argmin(np.where(self.exists, np.abs(frame.left_m), np.inf), -1)

    def towards_road_rad(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """Heading square to the nearest lane, towards it, at points (B,)."""
        _, left, yaw = self.frame(self.nearest_lane(x_m, y_m), x_m, y_m)
        return yaw + np.where(left > 0.0, -0.5 * np.pi, 0.5 * np.pi)

    def road_heading_rad(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """The road's own direction at points (B,)."""
        lane = self.nearest_lane(x_m, y_m)
        yaw = self.frame(lane, x_m, y_m)[2]
        return yaw + np.where(self.forward[self.rows, lane], 0.0, np.pi)

    def curve_frame(self, curve: I64Array, x_m: F64Array, y_m: F64Array) -> tuple[F64Array, F64Array]:
        """Station and heading of named curves at the points nearest to given ones, all (B,)."""
        frame = project(self.curves.take(curve[:, None]), x_m[:, None], y_m[:, None])
        return frame.station_m[:, 0], frame.yaw_rad[:, 0].copy()

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
