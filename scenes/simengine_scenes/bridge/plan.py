"""Where everything of a road bridge is: one set of numbers for placement, conditions and pictures.

Measures follow German practice (ZTV-ING and the standard drawings RiZ-ING: caps of 0.75 m and more with kerbs, railings
1.0 m high and 1.2 m beside cycles, concrete barriers of 1.1 m; box girders about a twentieth of their spans deep).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.errors import SceneError
from simengine.world.lanes import LaneGraph
from simengine.world.library import INT, Property, enum, quantity, unplaced
from simengine.world.regions import Region, between
from simengine.world.walls import Wall
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.profile import hill, profile_of
from simengine_scenes.roads.section import RoadSection
from simengine_scenes.roads.walls import along, rail

__all__ = ["BRIDGE_PROPERTIES", "GUARD_RAILS_M", "KERB_M", "BridgePlan", "bridge_lanes", "bridge_plan"]

KERB_M = 0.15
"""Height of the footways."""
_STRIP_M, _CAP_M = 0.5, 0.45
"""Between the outer lanes and the kerbs; of the caps beyond the footways, on which railings stand."""
_BEFORE_M, _BEHIND_M = 220.0, 260.0
"""Of road before s(0 m), and behind the road's end or the bridge's."""
GUARD_RAILS_M = 96.0
"""Length of the guard rails behind each end of the railings."""
_FADE_M = 40.0
_LEAST_FLOOR_M = 6.0
_LEAST_M = 20.0
"""So much of the road lies behind where the bridge begins."""

BRIDGE_PROPERTIES: tuple[Property, ...] = (
    Property("lanes", INT, 2, 1, 4, "number of lanes"),
    Property("traffic", enum("one_way", "two_way"), "two_way", doc="two_way: the left half of the lanes comes"),
    Property("lane_width", quantity("length"), 3.5, 3.0, 4.5, "width of every lane"),
    Property("length", quantity("length"), 400.0, 200.0, 3000.0, "length of the road from s(0 m)"),
    Property("abutment", quantity("length"), 120.0, 40.0, 2500.0, "station where the bridge begins"),
    Property("bridge_length", quantity("length"), 140.0, 40.0, 800.0, "from abutment to abutment"),
    Property("footway_width", quantity("length"), 1.5, 0.75, 4.0, "of the raised footways on both sides"),
    Property("depth", quantity("length"), 9.0, 6.0, 40.0, "of the valley, below the road"),
    Property("crest.height", quantity("length"), 0.0, 0.0, 5.0, "of the road in the middle of the bridge; 0: level"),
    Property("crest.radius", quantity("length"), 3000.0, 500.0, 20_000.0, "of the crest; sags have two thirds of it"),
    *unplaced(Property("over", enum("river", "railway", "road", "valley"), "river", doc="what runs below")),
    *unplaced(Property("span", quantity("length"), 28.0, 12.0, 80.0, "greatest distance of the piers")),
    *unplaced(Property("railing", enum("steel", "concrete"), "steel", doc="balusters, or solid parapets")),
    Property(
        "speed_limit", quantity("speed"), 70 / 3.6, 1.0, 130 / 3.6, "speed limit of all lanes, for conditions",
        spatial=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class BridgePlan:
    """Measures of a bridge.

    Attributes:
        road: lanes, kerbs and footways; they are as wide on both sides of the bridge.
        ends_m: stations of both abutments.
        depth_m: of the valley's floor below the land.
        over: what runs below: "river", "railway", "road" or "valley".
        piers: number of rows of piers.
        solid: parapets of concrete in place of railings.
        two_way: whether the left half of the lanes comes.
    """

    road: RoadSection
    ends_m: tuple[float, float]
    depth_m: float
    over: str
    piers: int
    solid: bool
    two_way: bool

    @property
    def lay(self) -> Lay:
        """Coordinates along the road."""
        return self.road.lay

    @property
    def span_m(self) -> tuple[float, float]:
        """First and last station of the road as it is built."""
        return -_BEFORE_M, max(self.road.length_m, self.ends_m[1]) + _BEHIND_M

    @property
    def half_m(self) -> float:
        """Half of the width of the deck."""
        return self.road.kerb_left_m + self.road.pavement_width_m + _CAP_M

    @property
    def railed_m(self) -> tuple[float, float]:
        """First and last station of the railings; guard rails follow."""
        return self.ends_m[0] - 6.0, self.ends_m[1] + 6.0

    @property
    def girder_m(self) -> float:
        """Depth of the underside of the girder below the road."""
        return 0.5 + max(1.0, (self.ends_m[1] - self.ends_m[0]) / (self.piers + 1) / 20.0)

    @property
    def slope_m(self) -> float:
        """Width of a side of the valley: its steepest slope is 1 to 1.6."""
        return 2.4 * self.depth_m

    @property
    def shoulder_m(self) -> float:
        """How far behind an abutment the land begins to fall: before it there is room for the girder's bearings."""
        share = (self.girder_m + 0.5) / self.depth_m
        return self.slope_m * (0.5 - math.sin(math.asin(1.0 - 2.0 * share) / 3.0))

    @property
    def floor_m(self) -> float:
        """Half of the width of the valley's floor."""
        return 0.5 * (self.ends_m[1] - self.ends_m[0]) + self.shoulder_m - self.slope_m

    @property
    def middle_m(self) -> float:
        """Station of the middle of the bridge."""
        return 0.5 * (self.ends_m[0] + self.ends_m[1])

    @property
    def piers_m(self) -> list[float]:
        """Stations of the piers."""
        return np.linspace(*self.ends_m, self.piers + 2)[1:-1].tolist()


def bridge_plan(values: Mapping[str, Any]) -> BridgePlan:
    """The measures from the values of properties; missing ones take their defaults.

    Raises:
        SceneError: the bridge is too short for its valley, or begins beyond the end of the road.
    """
    v = {p.name: values.get(p.name, p.default) for p in BRIDGE_PROPERTIES}
    lanes, width, length = round(float(v["lanes"])), float(v["lane_width"]), float(v["length"])
    begin, long, two_way = float(v["abutment"]), float(v["bridge_length"]), v["traffic"] == "two_way"
    if begin > length - _LEAST_M:
        raise SceneError(
            f"a bridge that begins at {begin:g} m is not on a road of {length:g} m, expected "
            f"{length - _LEAST_M:g} m at most: put the 'abutment' nearer, or give the road a greater 'length'"
        )
    half, footway, crest = 0.5 * lanes * width, float(v["footway_width"]), float(v["crest.radius"])
    edge = half + _STRIP_M
    rise, outer = float(v["crest.height"]), edge + footway + _CAP_M
    rises = [hill(begin + 0.5 * long, rise, 0.06, crest, 2.0 / 3.0 * crest)] if rise > 0.0 else []
    road = RoadSection(
        lanes, (lanes + 1) // 2 if two_way else lanes, width, length, -half, half, -edge, edge, footway,
        float(v["speed_limit"]), KERB_M, profile=profile_of(rises, [], (-outer, outer), _FADE_M),
    )  # fmt: skip
    piers = math.ceil(long / float(v["span"]) - 1e-9) - 1
    plan = BridgePlan(
        road, (begin, begin + long), float(v["depth"]), str(v["over"]), piers, v["railing"] == "concrete", two_way
    )
    if plan.floor_m < _LEAST_FLOOR_M:
        least = long + 2.0 * (_LEAST_FLOOR_M - plan.floor_m)
        raise SceneError(
            f"a valley of {plan.depth_m:g} m needs a bridge of {math.ceil(least)} m at least; got {long:g} m: make "
            "'bridge_length' greater or 'depth' smaller"
        )
    return plan


def bridge_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """Lanes along the whole road, and the region "bridge": the road between the abutments."""
    return _lanes(bridge_plan(values))


@lru_cache(maxsize=256)
def _lanes(plan: BridgePlan) -> LaneGraph:
    s = plan.lay.cut(np.array(plan.ends_m))
    right, left = (plan.lay.points(s, y, 0.0) for y in (plan.road.kerb_right_m, plan.road.kerb_left_m))
    area = Region(between(right, left).triangles_m)
    return replace(plan.road.lane_graph(), regions={"bridge": area}, walls=_walls(plan))


def _walls(plan: BridgePlan) -> tuple[Wall, ...]:
    """Railings or parapets on both sides, and guard rails before and behind them."""
    lay, (low, high), name = plan.lay, plan.railed_m, "parapet" if plan.solid else "railing"
    out: list[Wall] = []
    for side in (-1.0, 1.0):
        out.append(along(name, lay, (low, high), side * (plan.half_m - 0.15), 0.12, KERB_M + 1.15))
        ends = (low - GUARD_RAILS_M, low), (high, high + GUARD_RAILS_M)
        out += [rail(lay, span, side * (plan.half_m - 0.12)) for span in ends]
    return tuple(out)
