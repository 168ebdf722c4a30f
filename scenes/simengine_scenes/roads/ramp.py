"""A ramp of a motorway: an entrance with its acceleration lane, or an exit with its deceleration lane.

The ramp's lane is one curve: a straight line that leads up to the carriageway, a circle that turns beside it, the lane
alongside, a taper. Of an exit all runs the other way. Measures follow the German guidelines for motorways (RAA 2008:
250 m alongside with a taper of 60 m, block marking of 0.3 m). On a road with heights the ramp lies in the plane of the
road: it rises and leans with it, and so does the ground between and beside them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.errors import SceneError
from simengine.geometry.arcs import arcs_through
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import Property, enum, quantity
from simengine.world.regions import Region, between
from simengine.world.walls import Wall
from simengine_scenes.roads.profile import Profile, room_to_fade_m
from simengine_scenes.roads.section import (
    AFTER_SEGMENTS,
    BEFORE_SEGMENTS,
    FADE_M,
    GUARD_RAIL_M,
    HIGHWAY_VERGE_M,
    SEGMENT_M,
    RoadSection,
    highway_section,
)
from simengine_scenes.roads.walls import RAIL_HALF_M, RAIL_TOP_M, rail

__all__ = ["RAMP_PROPERTIES", "TAPER_M", "Ramp", "highway_lanes", "highway_ramp", "highway_walls"]

TAPER_M, _AWAY_M, _BEYOND_M = 60.0, 170.0, 90.0
"""Lengths of the taper, of the ramp before it reaches the carriageway (or after it has left it), and of what is built
beyond."""
_RADIUS_M, _ANGLE_RAD = 400.0, 0.11
_SHOULDER_M, _STRIP_M = 1.5, 0.4
"""Paved beside the ramp's lane, on its right and on its left."""
_RAILS_M = 3.0
"""Room for guard rails and signs beside the ramp, before the land begins."""
_SPEED_MPS = 80.0 / 3.6

RAMP_PROPERTIES: tuple[Property, ...] = (
    Property("ramp", enum("none", "entrance", "exit"), "none", doc="on the right; its lane is lane(1) then, the others "
             "count from 2, and s(0 m) of it is where it begins"),
    Property("ramp.at", quantity("length"), 400.0, 180.0, 20_000.0, "where its lane reaches the road or leaves it"),
    Property("ramp.length", quantity("length"), 250.0, 60.0, 600.0, "that it lies beside the road, without its taper"),
)  # fmt: skip
"""Properties of ``world highway`` besides those of its section."""


@dataclass(frozen=True)
class Ramp:
    """Where a ramp lies beside a carriageway; offsets and stations are those of the road.

    Attributes:
        section: the carriageway; its heights reach as far as the ramp's verge.
        leaves: an exit; else an entrance.
        nose_m: station where the ramp's lane comes to lie beside the right lane, or leaves it.
        beside_m: length that it lies there, without the taper.
    """

    section: RoadSection
    leaves: bool
    nose_m: float
    beside_m: float

    @property
    def _way(self) -> float:
        """+1 where the ramp's lane goes on along the road from the nose, else -1."""
        return -1.0 if self.leaves else 1.0

    @property
    def span_m(self) -> tuple[float, float]:
        """First and last station of the ramp's lane."""
        ends = self.nose_m - self._way * _AWAY_M, self.nose_m + self._way * (self.beside_m + TAPER_M)
        return min(ends), max(ends)

    @property
    def drawn_m(self) -> tuple[float, float]:
        """First and last station of what is built of it: the ramp comes from somewhere, or goes on."""
        low, high = self.span_m
        return (low, high + _BEYOND_M) if self.leaves else (low - _BEYOND_M, high)

    @property
    def open_m(self) -> tuple[float, float]:
        """Stations between which one may change between the ramp's lane and the road."""
        ends = self.nose_m, self.nose_m + self._way * (self.beside_m + 0.5 * TAPER_M)
        return min(ends), max(ends)

    @property
    def lane_y_m(self) -> float:
        """Offset of the ramp's lane where it lies beside the road."""
        return self.section.edge_right_m - 0.5 * self.section.lane_width_m

    def away_m(self, s_m: npt.ArrayLike) -> tuple[F64Array, F64Array]:
        """How far right of that it is at stations, and how much farther a metre along the road."""
        u = np.maximum(self._way * (self.nose_m - np.asarray(s_m, np.float64)), 0.0)
        turn = _RADIUS_M * math.sin(_ANGLE_RAD)
        bent = np.minimum(u, turn)
        root = np.sqrt(_RADIUS_M**2 - bent * bent)
        slope = np.where(u > turn, math.tan(_ANGLE_RAD), bent / root)
        return _RADIUS_M - root + (u - bent) * math.tan(_ANGLE_RAD), -self._way * slope

    def centre_m(self, s_m: npt.ArrayLike) -> F64Array:
        """Offsets of the ramp's lane."""
        return self.lane_y_m - self.away_m(s_m)[0]

    def narrowed_m(self, s_m: npt.ArrayLike) -> F64Array:
        """Offsets of the right edge of the ramp's lane: in the taper it runs into that of the road."""
        width = self.section.lane_width_m
        u = self._way * (np.asarray(s_m, np.float64) - self.nose_m) - self.beside_m
        return self.centre_m(s_m) - 0.5 * width + width * np.clip(u / TAPER_M, 0.0, 1.0)

    def paved_m(self, s_m: npt.ArrayLike) -> F64Array:
        """Offsets of the outer edge of the asphalt."""
        return np.minimum(self.narrowed_m(s_m) - _SHOULDER_M, self.section.kerb_right_m)

    def inner_m(self, s_m: npt.ArrayLike) -> F64Array:
        """Offsets of the inner edge of its asphalt, where it has one of its own; else that of the carriageway's."""
        own = self.centre_m(s_m) + 0.5 * self.section.lane_width_m + _STRIP_M
        return np.where(self.section.kerb_right_m - own > 2.0, own, self.section.kerb_right_m)

    @property
    def lowest_m(self) -> float:
        """Offset of the outermost asphalt."""
        return float(self.paved_m(self.nose_m - self._way * (_AWAY_M + _BEYOND_M)))

    @property
    def verge_m(self) -> float:
        """Offset where the land begins: right of the outermost asphalt, its guard rails and its verge."""
        return self.lowest_m - _RAILS_M - HIGHWAY_VERGE_M

    def stations(self, low_m: float, high_m: float, step_m: float = 4.0) -> F64Array:
        """Stations between two others, those of the span, of its joints and of the road's heights among them."""
        joints = (*self.span_m, *self.open_m, self.nose_m, self.nose_m + self._way * self.beside_m)
        inside = [s for s in joints if low_m < s < high_m]
        even = np.linspace(low_m, high_m, max(2, math.ceil((high_m - low_m) / step_m) + 1))
        s, profile = np.unique(np.concatenate([even, inside])), self.section.profile
        return s if profile is None else profile.cut(s)

    def points(self, s_m: npt.ArrayLike, y_m: npt.ArrayLike, z_m: float = 0.0) -> F64Array:
        """World points (N, 3), ``z_m`` above the road."""
        return self.section.lay.points(s_m, y_m, z_m)

    def curve(self) -> Curve:
        """The ramp's lane, exact on a straight road: a line, a circle, a line."""
        low, high = self.span_m
        turn = self.nose_m - self._way * _RADIUS_M * math.sin(_ANGLE_RAD)
        line = self.section.line
        joints = np.unique(np.concatenate([[low, high, turn, self.nose_m], line.joints(low, high)]))
        if not line.straight:  # a circle beside a bend is no circle
            joints = np.unique(np.concatenate([joints, np.linspace(low, high, math.ceil((high - low) / 10.0) + 1)]))
        points, headings = self._placed(joints)
        fine = self.stations(low, high)
        return Curve(self.points(fine, self.centre_m(fine)), arcs_through(points, headings))

    def _placed(self, s_m: F64Array) -> tuple[F64Array, F64Array]:
        y = self.centre_m(s_m)
        points, heading = self.section.line.at(s_m, y)
        across = self.away_m(s_m)[1]
        along = 1.0 - self.section.line.curvature_per_m(s_m) * y
        return points, heading + np.arctan2(-across, along)


def highway_ramp(values: Mapping[str, Any]) -> Ramp | None:
    """The ramp from the values of properties, or None.

    Raises:
        SceneError: the road is too short for it.
    """
    v = {p.name: values.get(p.name, p.default) for p in RAMP_PROPERTIES}
    if v["ramp"] == "none":
        return None
    ramp = Ramp(highway_section(values), v["ramp"] == "exit", float(v["ramp.at"]), float(v["ramp.length"]))
    low, high = ramp.span_m
    if low < 0.0 or high > ramp.section.length_m:
        raise SceneError(
            f"the ramp lies from {low:g} m to {high:g} m of a road of {ramp.section.length_m:g} m; move it with "
            "'ramp.at', shorten it with 'ramp.length', or give the road a greater 'length'"
        )
    return replace(ramp, section=replace(ramp.section, profile=_widened(ramp)))


def _widened(ramp: Ramp) -> Profile | None:
    """The heights of its road, from the ramp's verge on."""
    profile = ramp.section.profile
    if profile is None:
        return None
    edges = ramp.verge_m, profile.left_m
    return replace(profile, right_m=edges[0], fade_m=room_to_fade_m(ramp.section.line, edges, FADE_M))


def highway_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """Lanes of ``world highway``: of its section, and of its ramp, which is lane(1) then, station 0 where it begins."""
    ramp = highway_ramp(values)
    return _plain(highway_section(values)) if ramp is None else _lanes(ramp)


def highway_walls(section: RoadSection, ramp: Ramp | None = None) -> tuple[Wall, ...]:
    """The guard rails of our carriageway, and of the ramp where that lies beside it."""
    lay, right, left = section.lay, section.kerb_right_m - GUARD_RAIL_M, section.kerb_left_m + GUARD_RAIL_M
    segments = math.ceil(section.length_m / SEGMENT_M)
    low, high = -BEFORE_SEGMENTS * SEGMENT_M, (segments + AFTER_SEGMENTS) * SEGMENT_M
    if ramp is None:
        return rail(lay, (low, high), right), rail(lay, (low, high), left)
    first, last = ramp.drawn_m
    spans = [(a, b) for a, b in ((low, first), (last, high)) if b > a]
    s = ramp.stations(first, last)
    beside = Wall("guard rail", ramp.points(s, ramp.paved_m(s) - GUARD_RAIL_M), RAIL_HALF_M, RAIL_TOP_M)
    return (*(rail(lay, span, right) for span in spans), beside, rail(lay, (low, high), left))


@lru_cache(maxsize=512)
def _plain(section: RoadSection) -> LaneGraph:
    return replace(section.lane_graph(), walls=highway_walls(section))


@lru_cache(maxsize=256)
def _lanes(ramp: Ramp) -> LaneGraph:
    section = ramp.section
    road = section.lane_graph()
    lane = Lane(ramp.curve(), section.lane_width_m, True, 1, -1, min(_SPEED_MPS, section.speed_limit_mps))
    others = [replace(x, left=x.left + 1 if x.left >= 0 else -1, right=x.right + 1) for x in road.lanes]
    right, left = road.curves["curb.right"].points_m, road.curves["curb.left"].points_m
    s = ramp.stations(*ramp.span_m)
    outer = np.minimum(ramp.paved_m(s), ramp.centre_m(s) - 0.5 * section.lane_width_m)
    own = between(ramp.points(s, outer), ramp.points(s, ramp.inner_m(s)))
    area = Region(between(right, left).joined(Region(own.triangles_m)).triangles_m)
    return replace(
        road, lanes=(lane, *others), curves={**road.curves, "curb.right": _edge(ramp)}, regions={"road": area},
        walls=highway_walls(section, ramp),
    )  # fmt: skip


def _edge(ramp: Ramp) -> Curve:
    """The right edge of the asphalt from end to end: around the ramp where it lies beside the road."""
    low, high = ramp.span_m
    low, high = (ramp.nose_m, high) if not ramp.leaves else (low, ramp.nose_m)
    even = ramp.section.lay.cut([0.0, max(low - 2.0, 1.0), high + 2.0, ramp.section.length_m])
    s = np.unique(np.concatenate([even, ramp.stations(low, high)]))
    y = np.where((s >= low) & (s <= high), ramp.paved_m(s), ramp.section.kerb_right_m)
    return Curve(ramp.points(s, y))
