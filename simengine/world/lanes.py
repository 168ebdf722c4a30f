"""Lane graph: centre lines with widths, directions and neighbours, and named curves such as kerbs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.errors import SceneError
from simengine.geometry.arcs import reversed_arcs
from simengine.world.regions import Region, beside, between

__all__ = ["Curve", "Lane", "LaneGraph"]


@dataclass(frozen=True, eq=False)
class Curve:
    """A line in the world with arc length, in the direction of travel.

    Attributes:
        points_m: (N, 3), metres, N >= 2: the line itself, or a polyline through it that is as near as its maker says.
        arcs: (S, 5), x, y, heading, length and curvature (+ to the left) of circular arcs that follow each other, where
            the line is made of them; None: the polyline is the line.
    """

    points_m: F64Array
    arcs: F64Array | None = None

    def __post_init__(self) -> None:
        p = self.points_m
        if p.ndim != 2 or p.shape[1] != 3 or len(p) < 2:
            raise SceneError(f"a curve needs at least two 3-D points, shape (N, 3); got {p.shape}")
        if self.arcs is not None and (self.arcs.ndim != 2 or self.arcs.shape[1] != 5 or not len(self.arcs)):
            raise SceneError(f"the arcs of a curve need the shape (S, 5); got {self.arcs.shape}")

    def stations_m(self) -> F64Array:
        """Arc length at each point, shape (N,)."""
        return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self.points_m, axis=0), axis=1))])

    @cached_property
    def length_m(self) -> float:
        """Total arc length."""
        if self.arcs is None and len(self.points_m) == 2:  # samplers ask thousands of straight lines
            dx, dy, dz = (self.points_m[1] - self.points_m[0]).tolist()
            return math.sqrt(dx * dx + dy * dy + dz * dz)
        return float(self.stations_m()[-1]) if self.arcs is None else float(self.arcs[:, 3].sum())

    def reversed(self) -> Curve:
        """The same line, run the other way."""
        points = np.ascontiguousarray(self.points_m[::-1])
        return Curve(points, None if self.arcs is None else reversed_arcs(self.arcs))

    def at(self, s_m: npt.ArrayLike, left_m: npt.ArrayLike = 0.0) -> tuple[F64Array, F64Array]:
        """Points (..., 3) and headings (...) at stations ``s_m``, moved ``left_m`` to the left.

        Beyond the ends the curve goes on straight.
        """
        s, left = np.broadcast_arrays(np.asarray(s_m, np.float64), np.asarray(left_m, np.float64))
        stations = self.stations_m()
        i = np.clip(np.searchsorted(stations, s, side="right") - 1, 0, len(stations) - 2)
        step = self.points_m[i + 1] - self.points_m[i]
        length = stations[i + 1] - stations[i]
        direction = step / length[..., None]
        yaw = np.arctan2(direction[..., 1], direction[..., 0])
        normal = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros_like(yaw)], -1)
        return self.points_m[i] + direction * (s - stations[i])[..., None] + normal * left[..., None], yaw

    def project(self, xyz_m: npt.ArrayLike) -> tuple[F64Array, F64Array]:
        """Station and signed offset to the left of the nearest point on the curve, for points (..., 3)."""
        p = np.asarray(xyz_m, np.float64)[..., None, :2]
        a, b = self.points_m[:-1, :2], self.points_m[1:, :2]
        d = b - a
        length = np.sqrt((d * d).sum(-1))
        raw = ((p - a) * d).sum(-1) / (length * length)
        low, high = np.zeros(len(d)), np.ones(len(d))
        low[0], high[-1] = -np.inf, np.inf  # the ends go on straight
        t = np.clip(raw, low, high)
        gap = p - (a + t[..., None] * d)
        k = np.argmin((gap * gap).sum(-1), -1)
        pick = k[..., None]
        tk = np.take_along_axis(t, pick, -1)[..., 0]
        g = np.take_along_axis(gap, pick[..., None], -2)[..., 0, :]
        u = d[k] / length[k][..., None]
        return self.stations_m()[k] + tk * length[k], u[..., 0] * g[..., 1] - u[..., 1] * g[..., 0]


@dataclass(frozen=True, eq=False)
class Lane:
    """One lane. Lanes are numbered from the right-hand edge of the road: ``lane(1)`` of the language is index 0.

    Attributes:
        centre: centre line in the direction of travel.
        width_m: constant width.
        forward: runs along the road's own direction (False: oncoming).
        left, right: index of the neighbour on that side of the *road's* direction, or -1.
        speed_limit_mps: limit.
    """

    centre: Curve
    width_m: float
    forward: bool = True
    left: int = -1
    right: int = -1
    speed_limit_mps: float = 13.9


@dataclass(frozen=True, eq=False)
class LaneGraph:
    """Lanes, and curves by name (``"curb.right"``, ``"curb.left"``: the kerb's edge on the road side).

    Attributes:
        lanes, curves: see above.
        kerb_height_m: how much higher the ground beyond the kerbs is than the road; 0: the curves are level edges.
        strips: areas along curves by name ("pavement.right"): the curve, and the offsets to its left of both edges, the
            right one first.
        regions: all other areas by name ("bench"). Lanes and the road between the kerbs need none.
    """

    lanes: tuple[Lane, ...] = ()
    curves: Mapping[str, Curve] = field(default_factory=lambda: MappingProxyType({}))
    kerb_height_m: float = 0.0
    strips: Mapping[str, tuple[str, float, float]] = field(default_factory=lambda: MappingProxyType({}))
    regions: Mapping[str, Region] = field(default_factory=lambda: MappingProxyType({}))

    def area(self, name: str) -> Region | None:
        """An area by name; "road" is what lies between the kerbs where the world names none."""
        if name in self.regions:
            return self.regions[name]
        if name in self.strips:
            curve, right_m, left_m = self.strips[name]
            return beside(self.curves[curve], right_m, left_m)
        right, left = self.curves.get("curb.right"), self.curves.get("curb.left")
        if name != "road" or right is None or left is None:
            return None
        if len(right.points_m) == len(left.points_m):
            return between(right.points_m, left.points_m)
        shares = np.union1d(*(c.stations_m() / c.stations_m()[-1] for c in (right, left)))
        ends = [c.at(shares * c.stations_m()[-1])[0] for c in (right, left)]
        return between(ends[0], ends[1])

    def lane_area(self, index: int) -> Region:
        """The strip of a lane."""
        lane = self.lanes[index]
        return beside(lane.centre, -0.5 * lane.width_m, 0.5 * lane.width_m)
