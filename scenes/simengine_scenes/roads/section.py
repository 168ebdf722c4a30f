"""Cross section of a road along its reference line, and its lane graph. Offsets are y: left positive, 0 the middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.errors import SceneError
from simengine.world.footways import Crosswalk, Footway
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import BOOL, INT, NUMBER, Property, enum, quantity, unplaced
from simengine.world.regions import Region, between
from simengine_scenes.roads.bends import bend, winding
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.line import STRAIGHT, ReferenceLine
from simengine_scenes.roads.profile import Profile, bank_rows, hill, profile_of, rolling, room_to_fade_m

__all__ = [
    "AFTER_SEGMENTS",
    "BEFORE_SEGMENTS",
    "BEHIND_KERB_M",
    "DOORSTEP_M",
    "FADE_M",
    "GUARD_RAIL_M",
    "HIGHWAY_PROPERTIES",
    "HIGHWAY_VERGE_M",
    "KERB_M",
    "MEDIAN_M",
    "PARKING_WIDTH_M",
    "RURAL_PROPERTIES",
    "RURAL_VERGE_M",
    "SEGMENT_M",
    "SHOULDER_WIDTH_M",
    "STREET_PROPERTIES",
    "STREET_RADIUS_M",
    "WOODLAND_PROPERTIES",
    "WOODLAND_VERGE_M",
    "ZEBRA_CLEAR_M",
    "ZEBRA_M",
    "RoadSection",
    "highway_section",
    "rural_section",
    "street_section",
    "woodland_section",
]  # fmt: skip

KERB_M = 0.12
"""Height of the pavements above the road."""
DOORSTEP_M = 0.3
"""So near to the fronts of houses nobody walks: their doorsteps are there."""
PARKING_WIDTH_M = 2.2
ZEBRA_M, ZEBRA_CLEAR_M = 4.0, 7.0
"""Length of a zebra crossing along the road; nobody parks from so far before its middle on (5 m before its edge,
StVO 12)."""
BEHIND_KERB_M = 0.6
"""Who waits to cross stands so far behind the kerb."""
SHOULDER_WIDTH_M = 2.5
RURAL_EDGE_M, RURAL_VERGE_M = 0.25, 1.0
RURAL_BANKED_M = 300.0
HIGHWAY_BANKED_M = 900.0
"""Radii from which on bends are banked as much as they can be."""
MEDIAN_M, HIGHWAY_VERGE_M = 3.0, 1.0
"""Between the carriageways of a motorway; beside its asphalt, as high as that."""
SEGMENT_M, BEFORE_SEGMENTS, AFTER_SEGMENTS = 144.0, 3, 7
"""Motorways are laid in segments: eight periods of the lane line (6 m dash, 12 m gap), 36 posts of the guard rail,
three marker posts; some before the start and beyond the end."""
GUARD_RAIL_M = 0.55
"""Of guard rails, from the edge of the asphalt."""
_SAG = 2.0 / 3.0
"""Radius of sags by that of crests (3000 m and 2000 m in class 4 of RAL 2012)."""
FADE_M = 90.0
"""Width beside a road in which its height dies out, where there is room."""
VERGE_INNER_M = 0.75  # paved edge strip beside the median

STREET_RADIUS_M, HIGHWAY_RADIUS_M, RURAL_RADIUS_M = 40.0, 100.0, 60.0
"""Narrower bends leave no room for what stands inside of them."""

STREET_PROPERTIES: tuple[Property, ...] = (
    Property("lanes", INT, 2, 1, 6, "number of lanes; the right-hand half (rounded up) runs ahead, the rest comes"),
    Property("lane_width", quantity("length"), 3.25, 2.5, 5.0, "width of every lane"),
    Property("parking", enum("none", "left", "right", "both"), "none", doc="sides with a strip for parked cars"),
    Property("length", quantity("length"), 200.0, 40.0, 2000.0, "length of the road from s(0 m)"),
    Property("radius", quantity("length"), 0.0, -2e4, 2e4, "of the bend, at least 40 m: + left, - right, 0 straight"),
    Property("pavement_width", quantity("length"), 3.0, 1.5, 8.0, "width of each pavement"),
    Property("cycle_lane", enum("none", "left", "right", "both"), "none", doc="sides with a lane for bicycles"),
    Property("cycle_width", quantity("length"), 1.85, 1.25, 3.0, "width of each cycle lane with its line"),
    Property("crossings", INT, 0, 0, 8, "zebra crossings, evenly along the road"),
    Property(
        "crossing_at", quantity("length"), 0.0, 0.0, 2000.0, "station of the first of them, 0: even; others follow"
    ),
    *unplaced(Property("cycle_surface", enum("asphalt", "red"), "asphalt", doc="of the cycle lanes")),
    Property(
        "kind",
        enum("mixed", "residential", "commercial"),
        "mixed",
        doc="of the fronts: houses and shops; houses behind front gardens; shops below offices and flats",
    ),
    Property("tram_track", BOOL, False, doc="rails in the inner lane of each direction", spatial=False),
    Property(
        "speed_limit",
        quantity("speed"),
        50 / 3.6,
        1.0,
        100 / 3.6,
        "speed limit of all lanes, for conditions",
        spatial=False,
    ),
)
HIGHWAY_PROPERTIES: tuple[Property, ...] = (
    Property("lanes", INT, 3, 1, 6, "number of lanes, all in the direction of travel"),
    Property("lane_width", quantity("length"), 3.75, 3.0, 5.0, "width of every lane"),
    Property("length", quantity("length"), 2000.0, 200.0, 20_000.0, "length of the road from s(0 m)"),
    Property("radius", quantity("length"), 0.0, -2e4, 2e4, "of the bend, at least 100 m: + left, - right, 0 straight"),
    Property("crest.height", quantity("length"), 0.0, -12.0, 12.0, "of one crest, - a dip; 0: level"),
    Property("crest.at", quantity("length"), 600.0, 0.0, 20_000.0, "station of its top"),
    Property("crest.radius", quantity("length"), 8000.0, 1000.0, 50_000.0, "of crests; sags have two thirds of it"),
    Property("grade", NUMBER, 0.045, 0.01, 0.08, "steepest slope between crests and sags"),
    Property("superelevation", NUMBER, 0.0, 0.0, 0.07, "crossfall in bends of 900 m or tighter; wider ones have less"),
    Property(
        "speed_limit",
        quantity("speed"),
        130 / 3.6,
        1.0,
        200 / 3.6,
        "speed limit of all lanes, for conditions",
        spatial=False,
    ),
)
RURAL_PROPERTIES: tuple[Property, ...] = (
    Property("lane_width", quantity("length"), 3.25, 2.75, 4.0, "width of both lanes; lane(2) is the oncoming one"),
    Property("length", quantity("length"), 600.0, 100.0, 5000.0, "length of the road from s(0 m)"),
    Property("curviness", NUMBER, 0.5, 0.0, 1.0, "0 straight, 1 winding, with radii from 90 m"),
    Property("layout", INT, 1, 1, 1_000_000, "which of the roads of this curviness"),
    Property("radius", quantity("length"), 0.0, -2e4, 2e4, "of one bend, at least 60 m: + left, - right; 0 winding"),
    Property("hilliness", NUMBER, 0.0, 0.0, 1.0, "0 level, 1 crests and dips of up to 7 m, drawn by `layout`"),
    Property("crest.height", quantity("length"), 0.0, -8.0, 8.0, "of one crest, - a dip; 0: as `hilliness` says"),
    Property("crest.at", quantity("length"), 300.0, 0.0, 5000.0, "station of its top"),
    Property("crest.radius", quantity("length"), 3000.0, 300.0, 20_000.0, "of crests; sags have two thirds of it"),
    Property("grade", NUMBER, 0.065, 0.01, 0.12, "steepest slope between crests and sags"),
    Property("superelevation", NUMBER, 0.0, 0.0, 0.08, "crossfall in bends of 300 m or tighter; wider ones have less"),
    Property(
        "speed_limit",
        quantity("speed"),
        100 / 3.6,
        1.0,
        130 / 3.6,
        "speed limit of both lanes, for conditions",
        spatial=False,
    ),
)
WOODLAND_VERGE_M = 2.2
"""Beside the track of a wood nothing stands on the ground for that far but ferns."""
_TRACK_SCALE = 0.5
"""A track winds as a rural road of twice its size: who is slow takes tighter bends."""
WOODLAND_PROPERTIES: tuple[Property, ...] = (
    Property("lane_width", quantity("length"), 3.0, 2.5, 4.0, "width of the track"),
    Property("length", quantity("length"), 160.0, 60.0, 1000.0, "length of the track from s(0 m)"),
    Property("curviness", NUMBER, 0.5, 0.0, 1.0, "0 straight, 1 winding, with radii from 45 m"),
    Property("layout", INT, 1, 1, 1_000_000, "which of the tracks of this curviness", whole=True),
    *unplaced(Property("density", NUMBER, 1.0, 0.1, 1.5, "of trees: 1 as in a managed wood")),
    *unplaced(Property("conifers", NUMBER, 0.5, 0.0, 1.0, "share of spruces among the trees")),
    *unplaced(Property("undergrowth", NUMBER, 0.6, 0.0, 1.0, "0 bare .. 1 ferns and bushes everywhere")),
)


@dataclass(frozen=True)
class RoadSection:
    """Where things lie across a road.

    Attributes:
        lanes: number of lanes, numbered from the right.
        forward_lanes: how many of them, from the right, run along +x.
        lane_width_m: width of each.
        length_m: from x = 0.
        edge_right_m, edge_left_m: y of the outer edges of the outermost lanes.
        kerb_right_m, kerb_left_m: y of the kerbs (street) or of the paved edges (highway), at the carriageway's side.
        pavement_width_m: behind each kerb; 0 where there is none.
        speed_limit_mps: of all lanes.
        cycle_right_m, cycle_left_m: widths of the cycle lanes beyond the outermost lanes; 0: there is none.
        crossings_m: stations of the middles of zebra crossings, rising.
        kerb_height_m: of what lies beyond the kerbs above the road.
        line: that it follows; station 0 is where the road begins.
        profile: its heights along the line; None: it is level.
    """

    lanes: int
    forward_lanes: int
    lane_width_m: float
    length_m: float
    edge_right_m: float
    edge_left_m: float
    kerb_right_m: float
    kerb_left_m: float
    pavement_width_m: float
    speed_limit_mps: float
    kerb_height_m: float = 0.0
    line: ReferenceLine = STRAIGHT
    profile: Profile | None = None
    cycle_right_m: float = 0.0
    cycle_left_m: float = 0.0
    crossings_m: tuple[float, ...] = ()

    @property
    def lay(self) -> Lay:
        """Its coordinates: x is the station, y the offset to the left."""
        return Lay(self.line, profile=self.profile)

    def lane_y_m(self, index: int) -> float:
        """Lateral offset of the centre of lane ``index`` (0 = rightmost)."""
        return self.edge_right_m + (index + 0.5) * self.lane_width_m

    def lane_graph(self) -> LaneGraph:
        """Lanes and the curves "curb.right" and "curb.left", both in the direction of the road."""
        return _lane_graph(self)

    def _graph(self) -> LaneGraph:
        cycle = self._cycle_lanes()
        lanes = (*(self._lane(i) for i in range(self.lanes)), *cycle.values())
        curves = {"curb.right": self._line(self.kerb_right_m), "curb.left": self._line(self.kerb_left_m)}
        width = self.pavement_width_m
        strips = {"pavement.right": ("curb.right", -width, 0.0), "pavement.left": ("curb.left", 0.0, width)}
        surface = None if self.profile is None else self.profile.surface(self.line, self.length_m)
        walks = self._footways() if self.kerb_height_m > 0.0 and width > 0.0 else ()
        number = {name: self.lanes + k for k, name in enumerate(cycle)}
        return LaneGraph(
            lanes, curves, self.kerb_height_m, strips if width > 0.0 else {}, self._zebras(), surface=surface,
            footways=walks, crosswalks=self._crosswalks(), cycle_lanes=number, unparked=self._unparked(),
        )  # fmt: skip

    def _cycle_lanes(self) -> dict[str, Lane]:
        """Those beside the road, each in the direction of the traffic on its side."""
        out: dict[str, Lane] = {}
        for name, y, width, forward in (
            ("cycle_lane.right", self.edge_right_m - 0.5 * self.cycle_right_m, self.cycle_right_m, True),
            ("cycle_lane.left", self.edge_left_m + 0.5 * self.cycle_left_m, self.cycle_left_m, False),
        ):
            if width > 0.0:
                out[name] = Lane(self._line(y, forward), width, forward, speed_limit_mps=self.speed_limit_mps)
        return out

    def _unparked(self) -> dict[str, tuple[tuple[float, float], ...]]:
        """Stations of the kerbs, each along its own line, at zebra crossings and before them: nobody parks there."""
        before, after = ZEBRA_CLEAR_M, 0.5 * ZEBRA_M
        out: dict[str, tuple[tuple[float, float], ...]] = {}
        for name, y, low, high in (
            ("curb.right", self.kerb_right_m, -before, after), ("curb.left", self.kerb_left_m, -after, before),
        ):  # fmt: skip
            found = [[self.lay.curve(y, 0.0, max(s + d, 1e-3)).length_m for d in (low, high)] for s in self.crossings_m]
            out |= {name: tuple((a, b) for a, b in found)} if found else {}
        return out

    def _zebras(self) -> dict[str, Region]:
        """The area of all zebra crossings, from kerb to kerb."""
        if not self.crossings_m:
            return {}
        across, half = np.array([self.kerb_right_m, self.kerb_left_m]), 0.5 * ZEBRA_M
        ends = [[self.lay.points(s + d, across, 0.0) for d in (-half, half)] for s in self.crossings_m]
        first, *rest = (between(right, left) for right, left in ends)
        return {"crosswalk": first.joined(*rest)}

    def _crosswalks(self) -> tuple[Crosswalk, ...]:
        """One over the road at each zebra crossing, from the right pavement to the left one."""
        if self.pavement_width_m <= 0.0:
            return ()
        reach = np.array([self.kerb_right_m - BEHIND_KERB_M, self.kerb_left_m + BEHIND_KERB_M])
        lines = [Curve(self.lay.points(s, reach, 0.0)) for s in self.crossings_m]
        return tuple(Crosswalk(line, 0.5 * ZEBRA_M, BEHIND_KERB_M, (0, 1)) for line in lines)

    def _footways(self) -> tuple[Footway, ...]:
        """Both pavements, in the direction of the road."""
        half = 0.5 * (self.pavement_width_m - DOORSTEP_M)
        return tuple(Footway(self._line(y), half) for y in (self.kerb_right_m - half, self.kerb_left_m + half))

    def _lane(self, index: int) -> Lane:
        forward = index < self.forward_lanes
        left = index + 1 if index + 1 < self.lanes else -1
        line = self._line(self.lane_y_m(index), forward)
        return Lane(line, self.lane_width_m, forward, left, index - 1, self.speed_limit_mps)

    def _line(self, y_m: float, forward: bool = True) -> Curve:
        return self.lay.curve(y_m, 0.0, self.length_m, forward)


@lru_cache(maxsize=512)
def _lane_graph(section: RoadSection) -> LaneGraph:
    """Sampling asks for the same graphs again and again."""
    return section._graph()  # pyright: ignore[reportPrivateUsage]


def _take(values: Mapping[str, Any], properties: tuple[Property, ...]) -> dict[str, Any]:
    return {p.name: values.get(p.name, p.default) for p in properties}


def street_section(values: Mapping[str, Any]) -> RoadSection:
    """Cross section of ``world street`` from its property values."""
    v = _take(values, STREET_PROPERTIES)
    lanes, width = round(float(v["lanes"])), float(v["lane_width"])
    half = 0.5 * lanes * width
    right, left = (PARKING_WIDTH_M if v["parking"] in (side, "both") else 0.0 for side in ("right", "left"))
    cycle_r, cycle_l = (float(v["cycle_width"]) if v["cycle_lane"] in (s, "both") else 0.0 for s in ("right", "left"))
    length = float(v["length"])
    return RoadSection(
        lanes, (lanes + 1) // 2, width, length, -half, half, -half - cycle_r - right, half + cycle_l + left,
        float(v["pavement_width"]), float(v["speed_limit"]), KERB_M,
        bend(float(v["radius"]), length, STREET_RADIUS_M, 2.0), None, cycle_r, cycle_l,
        _crossings(round(float(v["crossings"])), float(v["crossing_at"]), length),
    )  # fmt: skip


def _crossings(count: int, first_m: float, length_m: float) -> tuple[float, ...]:
    """Stations of zebra crossings.

    Raises:
        SceneError: one of them would not be on the road, or they would touch.
    """
    step = length_m / max(count, 1)
    first = first_m or 0.5 * step
    found = tuple(first + k * step for k in range(count))
    if found and (found[0] < ZEBRA_M or found[-1] > length_m - ZEBRA_M):
        raise SceneError(
            f"{count} zebra crossings from {first:g} m on would end at {found[-1]:g} m; expected all of them between "
            f"{ZEBRA_M:g} m and {length_m - ZEBRA_M:g} m: begin nearer, or ask for fewer of them"
        )
    if count > 1 and step < 3.0 * ZEBRA_M:
        raise SceneError(
            f"{count} zebra crossings on {length_m:g} m would be {step:g} m apart; expected {3.0 * ZEBRA_M:g} m or more"
        )
    return found


def highway_section(values: Mapping[str, Any]) -> RoadSection:
    """Cross section of one carriageway of ``world highway``; "curb.right" is the outer edge of the hard shoulder."""
    v = _take(values, HIGHWAY_PROPERTIES)
    lanes, width = round(float(v["lanes"])), float(v["lane_width"])
    half = 0.5 * lanes * width
    right, left = -half - SHOULDER_WIDTH_M, half + VERGE_INNER_M
    line = bend(float(v["radius"]), float(v["length"]), HIGHWAY_RADIUS_M, 2.8)
    return RoadSection(
        lanes, lanes, width, float(v["length"]), -half, half, right, left, 0.0, float(v["speed_limit"]), line=line,
        profile=_highway_profile(v, line, right, left),
    )  # fmt: skip


def rural_section(values: Mapping[str, Any]) -> RoadSection:
    """Cross section of ``world rural``; "curb.right" and "curb.left" are the edges of the asphalt."""
    v = _take(values, RURAL_PROPERTIES)
    width, length, radius = float(v["lane_width"]), float(v["length"]), float(v["radius"])
    if radius != 0.0:
        line = bend(radius, length, RURAL_RADIUS_M, 2.4)
    else:
        line = winding(round(float(v["layout"])), float(v["curviness"]), length)
    edge = width + RURAL_EDGE_M
    return RoadSection(
        2, 1, width, length, -width, width, -edge, edge, 0.0, float(v["speed_limit"]), line=line,
        profile=_rural_profile(v, line, edge + RURAL_VERGE_M),
    )  # fmt: skip


def _rural_profile(v: Mapping[str, Any], line: ReferenceLine, edge_m: float) -> Profile | None:
    """One crest, or those that are drawn, and banked bends."""
    grade, crest, height = float(v["grade"]), float(v["crest.radius"]), float(v["crest.height"])
    if height != 0.0:
        rises = [hill(float(v["crest.at"]), height, grade, crest, _SAG * crest)]
    else:
        layout, hilliness = round(float(v["layout"])), float(v["hilliness"])
        rises = rolling(layout, hilliness, float(v["length"]), grade, crest, _SAG * crest)
    banks = bank_rows(line, float(v["superelevation"]), RURAL_BANKED_M)
    edges = -edge_m, edge_m
    return profile_of(rises, banks, edges, room_to_fade_m(line, edges, FADE_M))


def _highway_profile(v: Mapping[str, Any], line: ReferenceLine, right_m: float, left_m: float) -> Profile | None:
    """A crest of both carriageways, and bends that lean as one plane, which our carriageway's axis lies in."""
    crest, height = float(v["crest.radius"]), float(v["crest.height"])
    rises = [hill(float(v["crest.at"]), height, float(v["grade"]), crest, _SAG * crest)] if height != 0.0 else []
    banks = bank_rows(line, float(v["superelevation"]), HIGHWAY_BANKED_M)
    edges = right_m - HIGHWAY_VERGE_M, 2.0 * left_m + MEDIAN_M - right_m + HIGHWAY_VERGE_M
    return profile_of(rises, banks, edges, room_to_fade_m(line, edges, FADE_M), left_m - right_m + 2.0)


def woodland_section(values: Mapping[str, Any]) -> RoadSection:
    """The track of ``world woodland``: one lane; "curb.right" and "curb.left" are its edges."""
    v = _take(values, WOODLAND_PROPERTIES)
    width, length = float(v["lane_width"]), float(v["length"])
    line = winding(round(float(v["layout"])), float(v["curviness"]), length, _TRACK_SCALE)
    half = 0.5 * width
    return RoadSection(1, 1, width, length, -half, half, -half, half, WOODLAND_VERGE_M, 20.0 / 3.6, line=line)
