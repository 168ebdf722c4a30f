"""The reference line of a road: straight lines, arcs and clothoids that follow each other with equal curvature.

Everything along a road is given by a station s along this line and an offset to the left of it (the coordinates of
ASAM OpenDRIVE's reference line, so that its plan views could be read into the same elements).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.geometry.arcs import arcs_through
from simengine.world.lanes import Curve

if TYPE_CHECKING:  # imported where it is needed: it takes half a second
    from scipy.spatial import KDTree

__all__ = ["CHORD_M", "STRAIGHT", "Element", "ReferenceLine"]

CHORD_M = 0.005
"""No polyline or surface is farther from its true line than this."""
_JOINT_RAD = 2e-4
"""Largest error of the heading where arcs stand in for a clothoid."""
_REACH_M = 25.0
"""Offset up to which sampled surfaces keep to ``CHORD_M``."""


@dataclass(frozen=True)
class Element:
    """A piece of a reference line whose curvature changes evenly: a line, an arc or a clothoid.

    Attributes:
        length_m: along the line.
        start_per_m, end_per_m: curvature at its ends, positive to the left.
    """

    length_m: float
    start_per_m: float = 0.0
    end_per_m: float = 0.0

    @property
    def turn_rad(self) -> float:
        """Change of the heading."""
        return 0.5 * (self.start_per_m + self.end_per_m) * self.length_m


@dataclass(frozen=True)
class ReferenceLine:
    """Elements from a start pose; beyond both ends the line goes on straight. Without elements it is straight.

    Attributes:
        elements: one after the other, from station 0.
        x_m, y_m, heading_rad: start.
    """

    elements: tuple[Element, ...] = ()
    x_m: float = 0.0
    y_m: float = 0.0
    heading_rad: float = 0.0

    @property
    def straight(self) -> bool:
        """It has no bends."""
        return all(e.start_per_m == 0.0 == e.end_per_m for e in self.elements)

    @property
    def length_m(self) -> float:
        """Length of all elements."""
        return math.fsum(e.length_m for e in self.elements)

    @cached_property
    def _table(self) -> F64Array:
        """Rows of station, x, y, heading, curvature, change of curvature: of each element, and of what follows them."""
        rows = [[0.0, self.x_m, self.y_m, self.heading_rad, 0.0, 0.0]]
        for element in self.elements:
            change = (element.end_per_m - element.start_per_m) / element.length_m
            s, x, y, heading = rows[-1][:4]
            rows[-1] = [s, x, y, heading, element.start_per_m, change]
            dx, dy = _spiral(
                np.array([element.length_m]), np.array([heading]), np.array([element.start_per_m]), np.array([change])
            )
            end = [s + element.length_m, x + float(dx[0]), y + float(dy[0]), heading + element.turn_rad, 0.0, 0.0]
            rows.append(end)
        return np.array(rows)

    def _rows(self, s_m: F64Array) -> tuple[F64Array, F64Array]:
        """Rows of the table that stations belong to, and the distance from their starts."""
        table = self._table
        k = np.clip(np.searchsorted(table[:, 0], s_m, side="right") - 1, 0, len(table) - 1)
        row = table[k]
        bent = np.where(s_m[..., None] < 0.0, 0.0, row[..., 4:])  # before the start it is straight
        return np.concatenate([row[..., :4], bent], -1), s_m - row[..., 0]

    def curvature_per_m(self, s_m: npt.ArrayLike) -> F64Array:
        """Curvature at stations, positive to the left."""
        row, along = self._rows(np.asarray(s_m, np.float64))
        return row[..., 4] + row[..., 5] * along

    def at(self, s_m: npt.ArrayLike, left_m: npt.ArrayLike = 0.0) -> tuple[F64Array, F64Array]:
        """Points (..., 2) and headings (...) at stations and offsets to the left."""
        s, left = np.broadcast_arrays(np.asarray(s_m, np.float64), np.asarray(left_m, np.float64))
        if not self.elements:
            cos, sin = math.cos(self.heading_rad), math.sin(self.heading_rad)
            point = np.stack([self.x_m + s * cos - sin * left, self.y_m + s * sin + cos * left], -1)
            return point, np.full(s.shape, self.heading_rad)
        row, along = self._rows(s)
        heading, k, change = row[..., 3], row[..., 4], row[..., 5]
        dx, dy = _spiral(along, heading, k, change)
        there = heading + along * (k + 0.5 * change * along)
        x, y = row[..., 1] + dx - np.sin(there) * left, row[..., 2] + dy + np.cos(there) * left
        return np.stack([x, y], -1), there

    def pose(self, s_m: float, left_m: float = 0.0, z_m: float = 0.0, yaw_rad: float = 0.0) -> F64Array:
        """World from a frame at a station, whose x runs along the line, turned by ``yaw_rad``, shape (4, 4)."""
        if not self.elements:  # what most roads are, and there are many things along them
            cos, sin = math.cos(self.heading_rad), math.sin(self.heading_rad)
            x, y = self.x_m + s_m * cos - sin * left_m, self.y_m + s_m * sin + cos * left_m
            return tf.matrix_from_pose([x, y, z_m], tf.quaternion_from_yaw(self.heading_rad + yaw_rad))
        point, heading = self.at(s_m, left_m)
        turned = tf.quaternion_from_yaw(float(heading) + yaw_rad)
        return tf.matrix_from_pose([float(point[0]), float(point[1]), z_m], turned)

    def bent(self, low_m: float, high_m: float) -> bool:
        """Whether there is a bend between two stations."""
        return any(a < high_m and b > low_m for a, b, _, _ in self._bends())

    def _bends(self) -> list[tuple[float, float, float, float]]:
        """First and last station, largest curvature and its change of each element that bends."""
        out: list[tuple[float, float, float, float]] = []
        s = 0.0
        for e in self.elements:
            most = max(abs(e.start_per_m), abs(e.end_per_m))
            if most > 0.0:
                out.append((s, s + e.length_m, most, abs(e.end_per_m - e.start_per_m) / e.length_m))
            s += e.length_m
        return out

    def cut(self, stations_m: npt.ArrayLike) -> F64Array:
        """The same stations, with others between them where the line bends, so that chords keep to ``CHORD_M``."""
        given = np.asarray(stations_m, np.float64)
        bends = self._bends()
        out = [given]
        for a, b in zip(given[:-1].tolist(), given[1:].tolist(), strict=True):
            most = max((most for low, high, most, _ in bends if a < high and b > low), default=0.0)
            step = math.sqrt(8.0 * CHORD_M / (most * (1.0 + most * _REACH_M))) if most else math.inf
            out.append(np.linspace(a, b, math.ceil((b - a) / step - 1e-9) + 1)[1:-1] if b - a > step else given[:0])
        return np.sort(np.concatenate(out))

    def joints(self, low_m: float, high_m: float) -> F64Array:
        """Stations between which circular arcs stand in for the line: their headings are off by 0.0002 rad at most."""
        out = [low_m, high_m]
        s = 0.0
        for e in self.elements:
            change = abs(e.end_per_m - e.start_per_m) / e.length_m
            pieces = max(abs(e.turn_rad) / 1.2, e.length_m * math.sqrt(change / 12.0 / _JOINT_RAD), 1.0)
            out += np.linspace(s, s + e.length_m, math.ceil(pieces) + 1).tolist()
            s += e.length_m
        inside = [x for x in out if low_m + 1e-6 < x < high_m - 1e-6]
        return np.array([low_m, *sorted(set(inside)), high_m])

    def arcs(self, low_m: float, high_m: float, left_m: float = 0.0) -> F64Array:
        """Circular arcs (S, 5) that stand in for the line at an offset to the left between two stations."""
        return arcs_through(*self.at(self.joints(low_m, high_m), left_m))

    def curve(self, left_m: float, low_m: float, high_m: float, forward: bool = True) -> Curve:
        """The line at an offset to the left between two stations, as a curve in the direction of travel."""
        if not self.elements:  # what most roads are; samplers ask for thousands
            cos, sin, x, y = math.cos(self.heading_rad), math.sin(self.heading_rad), self.x_m, self.y_m
            stations = (low_m, high_m) if forward else (high_m, low_m)
            return Curve(np.array([[x + s * cos - sin * left_m, y + s * sin + cos * left_m, 0.0] for s in stations]))
        if not self.bent(low_m, high_m):
            ends, _ = self.at(np.array([low_m, high_m]), left_m)
            curve = Curve(np.column_stack([ends, np.zeros(2)]))
        else:
            points, _ = self.at(self.cut(self.joints(low_m, high_m)), left_m)
            curve = Curve(np.column_stack([points, np.zeros(len(points))]), self.arcs(low_m, high_m, left_m))
        return curve if forward else curve.reversed()

    @cached_property
    def _near(self) -> tuple[F64Array, KDTree]:
        """Stations every 2 m, from 2 km before to 2 km behind, and their points."""
        from scipy.spatial import KDTree

        s = np.arange(-2000.0, self.length_m + 2000.0, 2.0)
        return s, KDTree(self.at(s)[0])

    def project(self, points_m: npt.ArrayLike) -> tuple[F64Array, F64Array]:
        """Stations and offsets to the left of the nearest places on the line, of points (N, 2) up to 2 km away."""
        p = np.asarray(points_m, np.float64)
        known, tree = self._near
        s = known[np.asarray(tree.query(p)[1], np.int64)]
        left = np.zeros_like(s)
        for _ in range(3):  # Newton: the foot is where the way to the point is square to the line
            at, heading = self.at(s)
            cos, sin = np.cos(heading), np.sin(heading)
            gap = p - at
            left = gap[:, 1] * cos - gap[:, 0] * sin
            pace = np.maximum(1.0 - self.curvature_per_m(s) * left, 0.2)
            s = s + np.clip((gap[:, 0] * cos + gap[:, 1] * sin) / pace, -2.0, 2.0)
        return s, left


STRAIGHT = ReferenceLine()
"""Along +x from the origin."""


def _spiral(s: F64Array, heading: F64Array, k: F64Array, change: F64Array) -> tuple[F64Array, F64Array]:
    """Displacement along lines of curvature k + change s from a heading.

    Arcs by their chord; clothoids by Fresnel integrals (DLMF 7.2.7 and 7.2.8) after completing the square of
    heading + k s + change s^2 / 2.
    """
    half = 0.5 * k * s
    small = np.abs(half) < 1e-9
    chord = s * np.where(small, 1.0, np.sin(half) / np.where(small, 1.0, half))
    dx, dy = chord * np.cos(heading + half), chord * np.sin(heading + half)
    spiral = change != 0.0
    if not bool(spiral.any()):
        return dx, dy
    from scipy.special import fresnel

    c = np.where(spiral, change, 1.0)
    sign, scale = np.sign(c), np.sqrt(np.abs(c) / np.pi)
    start = k / c
    s1, c1 = fresnel((start + s) * scale)
    s0, c0 = fresnel(start * scale)
    along, across = (c1 - c0) / scale, sign * (s1 - s0) / scale
    turned = heading - 0.5 * k * start
    cos, sin = np.cos(turned), np.sin(turned)
    return np.where(spiral, cos * along - sin * across, dx), np.where(spiral, sin * along + cos * across, dy)
