"""Where everything of a road tunnel is: one set of numbers for placement, conditions and pictures.

Measures follow the German guidelines for road tunnels (RABT 2006: marginal strips of 0.5 m, emergency walkways of 1 m,
a clearance of 4.5 m) and the European directive 2004/54/EC (emergency stations at most 150 m apart, exits at most
500 m, distances to them shown on the walls every 25 m).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.errors import SceneError
from simengine.world.lanes import LaneGraph
from simengine.world.library import BOOL, INT, NUMBER, Property, enum, quantity, unplaced
from simengine.world.regions import Region, between
from simengine.world.walls import Wall
from simengine_scenes.roads.bends import bend
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.section import RoadSection
from simengine_scenes.roads.walls import along, rail

__all__ = [
    "DOOR_M",
    "KERB_M",
    "NICHE_M",
    "PORTAL_M",
    "RAIL_OFF_M",
    "TUNNEL_PROPERTIES",
    "TunnelPlan",
    "tunnel_lanes",
    "tunnel_plan",
]

KERB_M = 0.10
"""Height of the walkways."""
_STRIP_M = 0.5
"""Between the outer lanes and the kerbs."""
NICHE_M = (2.4, 1.1, 2.3)
"""Length, depth and height of an emergency niche."""
_NICHE_STEP_M, _EXIT_STEP_M = 75.0, 150.0
_BEFORE_M, _BEHIND_M = 150.0, 260.0
"""Of road before s(0 m), and behind the road's end or the tunnel's."""
_LEAST_M = 20.0
"""So much of the road lies behind the first portal."""
_RADIUS_M = 400.0
_BACK_M = 1.5
"""Half of the thickness of the bore's walls, as far as they stop anybody."""
DOOR_M = 1.5
"""Width of the emergency exits' doors."""
RAIL_OFF_M, PORTAL_M = 0.15, 1.2
"""Of guard rails, behind the walkways, and from the portals."""

TUNNEL_PROPERTIES: tuple[Property, ...] = (
    Property("lanes", INT, 2, 1, 4, "number of lanes"),
    Property("traffic", enum("one_way", "two_way"), "one_way", doc="two_way: the left half of the lanes comes"),
    Property("lane_width", quantity("length"), 3.5, 3.0, 4.5, "width of every lane"),
    Property("length", quantity("length"), 500.0, 200.0, 5000.0, "length of the road from s(0 m)"),
    Property("portal", quantity("length"), 120.0, 40.0, 3000.0, "station of the portal where the road goes in"),
    Property("tunnel_length", quantity("length"), 300.0, 120.0, 3000.0, "of the bore; it may end beyond the road"),
    Property("radius", quantity("length"), 0.0, -2e4, 2e4, "of the bend, at least 400 m: + left, - right, 0 straight"),
    Property("walkway_width", quantity("length"), 1.0, 0.7, 2.0, "of the raised walkways on both sides"),
    *unplaced(Property("shape", enum("arch", "box"), "arch", doc="mined with a vault, or built in an open trench")),
    *unplaced(Property("lighting", BOOL, True, doc="the lamps of the tunnel are on")),
    *unplaced(
        Property(
            "light.level", quantity("illuminance"), 120.0, 0.0, 2000.0, "of the road, deep inside; a quarter by night"
        ),
        Property("light.entrance", NUMBER, 0.03, 0.0, 0.1, "light at the entrance, as a share of the daylight outside"),
    ),
    *unplaced(Property("closed", INT, 0, 0, 4, "lane over which the signals show red crosses; 0: none")),
    Property(
        "speed_limit", quantity("speed"), 80 / 3.6, 1.0, 130 / 3.6, "speed limit of all lanes, for conditions",
        spatial=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class TunnelPlan:
    """Measures of a tunnel.

    Attributes:
        road: lanes, kerbs and walkways; they are as wide outside.
        portal_m: stations of both portals.
        arch: whether the bore has a vault; else it is a box.
        two_way: whether the left half of the lanes comes.
        closed: lane (from 1) whose signals show red crosses, or 0.
    """

    road: RoadSection
    portal_m: tuple[float, float]
    arch: bool
    two_way: bool
    closed: int

    @property
    def lay(self) -> Lay:
        """Coordinates along the road."""
        return self.road.lay

    @property
    def span_m(self) -> tuple[float, float]:
        """First and last station of the road as it is built."""
        return -_BEFORE_M, max(self.road.length_m, self.portal_m[1]) + _BEHIND_M

    @property
    def half_m(self) -> float:
        """Half of the width from wall to wall."""
        return self.road.kerb_left_m + self.road.pavement_width_m

    @property
    def wall_m(self) -> float:
        """Height of the upright part of the walls."""
        return 3.0 if self.arch else 5.4

    @property
    def crown_m(self) -> float:
        """Height of the ceiling in the middle."""
        return self.wall_m + (max(2.9, 0.56 * self.half_m) if self.arch else 0.35)

    @property
    def ground_m(self) -> float:
        """Height of the ground behind the tops of the portals."""
        return self.crown_m + 1.6

    def vault(self) -> F64Array:
        """Ceiling (N, 2) of offset and height, from the top of the right wall to that of the left one."""
        if not self.arch:
            a, b = self.half_m, self.half_m - 0.35
            return np.array([(-a, self.wall_m), (-b, self.crown_m), (b, self.crown_m), (a, self.wall_m)])
        turn = np.linspace(0.0, math.pi, 19)
        rise = self.crown_m - self.wall_m
        return np.column_stack([-self.half_m * np.cos(turn), self.wall_m + rise * np.sin(turn)])

    @property
    def opening_m2(self) -> float:
        """Area of the bore above the road."""
        y, z = self.vault().T
        return 2.0 * self.half_m * self.wall_m + float((0.5 * (z[1:] + z[:-1]) - self.wall_m) @ np.diff(y))

    def ceiling_m(self, y_m: float) -> float:
        """Height of the ceiling at an offset."""
        y, z = self.vault().T
        return float(np.interp(y_m, y, z))

    def stations(self, step_m: float, first_m: float = 0.5) -> list[float]:
        """Stations inside, a step apart, the first by a share of the step behind the portal."""
        low, high = self.portal_m
        return np.arange(low + first_m * step_m, high - 0.2 * step_m, step_m).tolist()

    @property
    def niches_m(self) -> list[float]:
        """Stations of the emergency niches in the right wall."""
        return self.stations(_NICHE_STEP_M)

    @property
    def exits_m(self) -> list[float]:
        """Stations of the emergency exits in the left wall."""
        return self.stations(_EXIT_STEP_M, 0.6)


def tunnel_plan(values: Mapping[str, Any]) -> TunnelPlan:
    """The measures from the values of properties; missing ones take their defaults.

    Raises:
        SceneError: the portal is beyond the end of the road, or the bend too tight.
    """
    v = {p.name: values.get(p.name, p.default) for p in TUNNEL_PROPERTIES}
    lanes, width, length = round(float(v["lanes"])), float(v["lane_width"]), float(v["length"])
    portal, two_way = float(v["portal"]), v["traffic"] == "two_way"
    end = portal + float(v["tunnel_length"])
    if portal > length - _LEAST_M:
        raise SceneError(
            f"a tunnel whose portal is at {portal:g} m is not on a road of {length:g} m, expected "
            f"{length - _LEAST_M:g} m at most: put the 'portal' nearer, or give the road a greater 'length'"
        )
    half = 0.5 * lanes * width
    line = bend(float(v["radius"]), max(length, end), _RADIUS_M, 1.2)
    road = RoadSection(
        lanes, (lanes + 1) // 2 if two_way else lanes, width, length, -half, half, -half - _STRIP_M, half + _STRIP_M,
        float(v["walkway_width"]), float(v["speed_limit"]), KERB_M, line,
    )  # fmt: skip
    return TunnelPlan(road, (portal, end), v["shape"] == "arch", two_way, min(round(float(v["closed"])), lanes))


def tunnel_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """Lanes along the whole road, and the region "tunnel": the road between the portals."""
    return _lanes(tunnel_plan(values))


@lru_cache(maxsize=256)
def _lanes(plan: TunnelPlan) -> LaneGraph:
    s = plan.lay.cut(np.array(plan.portal_m))
    right, left = (plan.lay.points(s, y, 0.0) for y in (plan.road.kerb_right_m, plan.road.kerb_left_m))
    area = Region(between(right, left).triangles_m)
    return replace(plan.road.lane_graph(), regions={"tunnel": area}, walls=_walls(plan))


def _walls(plan: TunnelPlan) -> tuple[Wall, ...]:
    """Both sides of the bore, with gaps where niches and doors are, and guard rails outside."""
    lay, (low, high), (first, last) = plan.lay, plan.portal_m, plan.span_m
    out: list[Wall] = []
    for side, holes, wide in ((-1.0, plan.niches_m, NICHE_M[0]), (1.0, plan.exits_m, DOOR_M)):
        edges = [low, *(s + e * wide for s in holes for e in (-0.5, 0.5)), high]
        y = side * (plan.half_m + _BACK_M)
        out += [
            along("tunnel wall", lay, s, y, _BACK_M, plan.wall_m) for s in zip(edges[::2], edges[1::2], strict=True)
        ]
        rails = side * (plan.half_m + RAIL_OFF_M)
        out += [rail(lay, span, rails) for span in ((first, low - PORTAL_M), (high + PORTAL_M, last))]
    return tuple(out)
