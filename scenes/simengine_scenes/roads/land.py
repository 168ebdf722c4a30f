"""The land along a road outside of towns: a shallow ditch, then rising ground with rolling hills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.roads.ground import terrain
from simengine_scenes.roads.line import ReferenceLine
from simengine_scenes.roads.profile import Profile
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import at, finish, stand

if TYPE_CHECKING:  # imported where it is needed: it takes half a second
    from scipy.spatial import KDTree

__all__ = ["Land", "Spot"]

_OUT_M = np.array([-4.0, 0, 2.2, 4, 5.8, 8, 14, 24, 40, 60, 90, 130, 180, 250, 340, 450, 600, 900.0])
"""Offsets beyond the edge of the road at which the ground is modelled ..."""
_ENDS_M = np.array([20.0, 50.0, 90.0, 140.0, 200.0, 280.0, 400.0, 700.0])
"""... and distances beyond its ends."""
_CLEAR_M = 6.0
"""Nothing grows nearer to the edge of the road."""
_SPACING = 0.18
"""Distance of points along a bend, by their offset."""
_FADING_M = np.array([1.0, 11.0, 19.0, 32.0, 50.0, 70.0, 110.0])
"""More offsets where the heights of a road die out in the land."""
_UNDER_M, _BELOW_M = -0.06, -0.3
"""Height of the land under level roads, and under those with heights, whose chords and its own differ."""


Spot: TypeAlias = tuple[float, float, float]
"""Station, offset to the left and heading, relative to the road's, of something that grows there."""


@dataclass(frozen=True)
class Land:
    """The ground beside a road.

    Attributes:
        name: of its meshes.
        line: what the road follows.
        span_m: stations of its ends.
        low_m, high_m: offsets of its outer edges.
        cover: what grows on it.
        ditch_m: depth of the ditches beside the road.
        profile: heights of the road, between the same edges; None: it is level.
    """

    name: str
    line: ReferenceLine
    span_m: tuple[float, float]
    low_m: float
    high_m: float
    cover: Material = palette.GRASS
    ditch_m: float = 0.7
    profile: Profile | None = None

    @property
    def plain(self) -> bool:
        """The road is straight and level."""
        return self.line.straight and self.profile is None

    @property
    def edges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """(side, offset) of the outer edges of the road."""
        return (-1.0, self.low_m), (1.0, self.high_m)

    # ---- what stands on it ---------------------------------------------------------------------------------------

    def poses(self, spots: Sequence[Spot], side: float) -> list[F64Array | None]:
        """Poses of things on the ground beside a road; None where a bend leaves no room."""
        if self.plain:
            edge = self.low_m if side < 0 else self.high_m
            return [at(x, y, self._height_m(x, y, side, edge), yaw) for x, y, yaw in spots]
        return self._bent_poses(spots)

    def end_poses(self, spots: Sequence[Spot]) -> list[F64Array | None]:
        """Poses of things beyond the ends of a road."""
        if self.plain:
            return [at(x, y, self._end_rise_m(x) - 0.1, yaw) for x, y, yaw in spots]
        return self._bent_poses(spots)

    def _bent_poses(self, spots: Sequence[Spot]) -> list[F64Array | None]:
        x, y, yaw = np.array(spots).T
        points, heading = self.line.at(x, y)
        height, free = self.heights_m(points)
        room = (free >= _CLEAR_M) | (x < self.span_m[0]) | (x > self.span_m[1])
        frames = tf.matrix_from_pose(np.column_stack([points, height - 0.05]), tf.quaternion_from_yaw(heading + yaw))
        return [frame if ok else None for frame, ok in zip(frames, room.tolist(), strict=True)]

    # ---- heights -------------------------------------------------------------------------------------------------

    def _end_rise_m(self, x: float) -> float:
        """Beyond both ends of the road the land rises and closes the view."""
        away = max(0.0, self.span_m[0] - x, x - self.span_m[1])
        return 32.0 * (1.0 - math.exp(-((away / 190.0) ** 2)))

    def _height_m(self, x: float, y: float, side: float, edge_m: float) -> float:
        """Height at a point beside a straight road."""
        away = max(0.0, side * (y - edge_m))
        ditch = -self.ditch_m * math.exp(-(((away - 4.0) / 1.8) ** 2)) if 0.0 < away < 12.0 else 0.0
        rise = max(0.0, away - 40.0)
        wave = 0.5 + 0.5 * math.sin(x / 210.0 + 1.7 * side) * math.cos(y / 160.0 + x / 530.0)
        hill = 0.02 * rise * wave + 34.0 * wave * (1.0 - math.exp(-((rise / 260.0) ** 2)))
        return -0.03 + ditch + hill + self._end_rise_m(x)

    @cached_property
    def _road(self) -> KDTree:
        """Points of the road's axis, between its ends."""
        from scipy.spatial import KDTree

        middle = 0.5 * (self.low_m + self.high_m)
        return KDTree(self.line.at(np.arange(self.span_m[0], self.span_m[1] + 1.0, 2.0), middle)[0])

    def heights_m(self, points_m: F64Array) -> tuple[F64Array, F64Array]:
        """Height at points (N, 2) beside any road, and their distance from its nearer edge (negative on it)."""
        s, left = self.line.project(points_m)
        free = np.maximum(self.low_m - left, left - self.high_m)
        away = np.maximum(free, 0.0)
        to_axis = np.asarray(self._road.query(points_m)[0]) - 0.5 * (self.high_m - self.low_m)
        beyond = np.maximum(to_axis - away - 2.0, 0.0)
        ditch = np.where((away > 0.0) & (away < 12.0), -self.ditch_m * np.exp(-(((away - 4.0) / 1.8) ** 2)), 0.0)
        rise = np.maximum(away - 40.0, 0.0)
        x, y = points_m[:, 0], points_m[:, 1]
        wave = 0.5 + 0.5 * np.sin(x / 210.0 + 1.7) * np.cos(y / 160.0 + x / 530.0)
        hill = 0.02 * rise * wave + 34.0 * wave * (1.0 - np.exp(-((rise / 260.0) ** 2)))
        ground = -0.03 + ditch + hill + 32.0 * (1.0 - np.exp(-((beyond / 190.0) ** 2)))
        return ground if self.profile is None else ground + self.profile.lift(s, left).z_m, free

    # ---- surfaces ------------------------------------------------------------------------------------------------

    def build(self, builder: SceneBuilder) -> None:
        """Add the ground out to 900 m on both sides and 700 m beyond the ends."""
        if self.plain:
            self._straight(builder)
        else:
            self._bent(builder)

    def _straight(self, builder: SceneBuilder) -> None:
        first, last = self.span_m
        step = max(24.0, (last - first) / 100.0)
        inner = np.arange(first, last + 0.5 * step, (last - first) / round((last - first) / step))
        x = np.concatenate([first - _ENDS_M[::-1], inner, last + _ENDS_M])
        for side, edge in self.edges:
            y = np.sort(edge + side * _OUT_M)
            self._add(builder, "right" if side < 0 else "left", x, y, side, edge)
        across = np.linspace(self.low_m, self.high_m, 9)
        self._add(builder, "before", x[: len(_ENDS_M) + 1], across, 1.0, self.high_m)
        self._add(builder, "beyond", x[-len(_ENDS_M) - 1 :], across, 1.0, self.high_m)

    def _add(self, builder: SceneBuilder, name: str, x: F64Array, y: F64Array, side: float, edge: float) -> None:
        z = np.array([[self._height_m(float(u), float(v), side, edge) for v in y] for u in x])
        piece = finish(f"{self.name}.land.{name}", Draft().add(terrain(x, y, z), self.cover), smooth=True)
        stand(builder, f"land.{name}", "terrain", "terrain", [(piece, None)])

    def _bent(self, builder: SceneBuilder) -> None:
        """One triangulation of points in rows along both edges."""
        from scipy.spatial import Delaunay

        points = self._points()
        z, free = self.heights_m(points)
        faces = np.asarray(Delaunay(points).simplices, np.int64)
        a, b, c = (points[faces[:, k]] for k in range(3))
        turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0.0
        faces[turned] = faces[turned][:, ::-1]
        under = np.where(free < 0.0, _UNDER_M, z) if self.profile is None else z + np.where(free < -0.1, _BELOW_M, 0.0)
        surface = np.column_stack([points, under]), faces
        piece = finish(f"{self.name}.land", Draft().add(surface, self.cover), smooth=True)
        stand(builder, "land", "terrain", "terrain", [(piece, None)])

    def _points(self) -> F64Array:
        """Points (N, 2) in rows along the road; on the inside of a bend a row ends where it is nearer to the road
        elsewhere, and where it would come too near to points that are there."""
        from scipy.spatial import KDTree

        out = [self._row(0.5 * (self.low_m + self.high_m), 12.0)]
        offsets = _OUT_M if self.profile is None else np.union1d(_OUT_M, _FADING_M)
        for side, edge in self.edges:
            for away in offsets.tolist():
                row = self._row(edge + side * away, max(6.0, _SPACING * away))
                if away > 0.0:
                    free = self.heights_m(row)[1]
                    row = row[free > away - 0.2]
                if away > 8.0 and len(row):
                    apart = np.asarray(KDTree(np.concatenate(out)).query(row)[0])
                    row = row[apart > 0.4 * _SPACING * away]
                out.append(row)
        return np.concatenate(out)

    def _row(self, left_m: float, step_m: float) -> F64Array:
        first, last = self.span_m
        inner = np.linspace(first, last, max(2, round((last - first) / step_m)) + 1)
        if self.profile is not None and self.low_m - 1.5 < left_m < self.high_m + 1.5:  # along the edges of the road
            inner = self.profile.cut(inner)
        return self.line.at(np.concatenate([first - _ENDS_M[::-1], inner, last + _ENDS_M]), left_m)[0]
