"""Where everything of a motorway's roadworks is: one set of numbers for placement, conditions and pictures.

Lanes are narrowed and moved to the left over the whole length, as yellow paint tells; the right one is closed from
``begin`` on, behind a taper of 1 to 20, and the works lie between it and the outer edge of the hard shoulder. The
measures follow the German guidelines for the safety of works on roads (RSA 21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, frozen
from simengine.errors import SceneError
from simengine.world.lanes import LaneGraph
from simengine.world.library import INT, Property, enum, quantity
from simengine.world.regions import Region, between
from simengine.world.walls import Wall
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.ramp import highway_walls
from simengine_scenes.roads.section import RoadSection, highway_section
from simengine_scenes.roads.walls import along

__all__ = ["GUIDE_M", "TAPER_M", "WORKS_PROPERTIES", "WorksPlan", "works_lanes", "works_plan"]

TAPER_M, REOPEN_M = 70.0, 12.0
"""Over which the right lane is closed, and opened again."""
_LEFT_M = 0.35
"""Between the old and the yellow left edge."""
GUIDE_M = 0.5
"""Of what stands along the works, from the edge of the open lanes."""
_BEGIN_M, _BEHIND_M = 150.0, 120.0
"""Where works begin by default; least way from there to the end of the road: 100 m of works, and 20 m."""
_FREE_M = 2.4
"""Of the works along the guides is kept free of machines and heaps."""

WORKS_PROPERTIES: tuple[Property, ...] = (
    Property("lanes", INT, 3, 2, 4, "lanes before the works; lane(1), the right one, is closed from `begin` on"),
    Property("lane_width", quantity("length"), 3.0, 2.6, 3.5, "width of the narrowed lanes"),
    Property("length", quantity("length"), 400.0, 250.0, 5000.0, "length of the road from s(0 m)"),
    Property("begin", quantity("length"), _BEGIN_M, 100.0, 4000.0, "where lane(1) is closed, behind a taper of 70 m"),
    Property("works_length", quantity("length"), 120.0, 100.0, 2000.0, "of the works, at most up to the road's end"),
    Property("guides", enum("beacons", "cones", "barriers"), "beacons", doc="what stands along the works"),
    Property("radius", quantity("length"), 0.0, -2e4, 2e4, "of the bend, at least 100 m: + left, - right, 0 straight"),
    Property(
        "speed_limit", quantity("speed"), 80 / 3.6, 1.0, 130 / 3.6, "speed limit of all lanes, for conditions",
        spatial=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class WorksPlan:
    """Measures of roadworks.

    Attributes:
        road: the carriageway as it was built, with its white lines.
        open: the narrowed lanes.
        begin_m, end_m: stations between which the right lane is closed from edge to edge.
        guides: "beacons", "cones" or "barriers".
    """

    road: RoadSection
    open: RoadSection
    begin_m: float
    end_m: float
    guides: str

    @property
    def lay(self) -> Lay:
        """Coordinates along the road."""
        return self.road.lay

    @property
    def edge_m(self) -> float:
        """Right edge of the lanes that stay open, an offset."""
        return self.open.edge_right_m + self.open.lane_width_m

    @property
    def outer_m(self) -> float:
        """Outer edge of the works: that of the asphalt."""
        return self.road.kerb_right_m

    @property
    def back_m(self) -> tuple[float, float]:
        """Offsets, right and left, between which machines and heaps stand."""
        return self.outer_m + 0.3, self.edge_m - 0.6 - _FREE_M

    def border_m(self, s_m: npt.ArrayLike) -> F64Array:
        """Offsets of the border between traffic and works: a taper, the edge of the open lanes, and back."""
        out = self.open.edge_right_m
        stations = (self.begin_m - TAPER_M, self.begin_m, self.end_m, self.end_m + REOPEN_M)
        return np.interp(np.asarray(s_m, np.float64), stations, (out, self.edge_m, self.edge_m, out))

    def spot(self, share: float, across: float = 0.5) -> tuple[float, float]:
        """Station and offset of a place for a machine; shares of the works' length and of the outer strip's width."""
        right, left = self.back_m
        return self.begin_m + share * (self.end_m - self.begin_m), right + across * (left - right)


def works_plan(values: Mapping[str, Any]) -> WorksPlan:
    """The measures from the values of properties; missing ones take their defaults.

    Raises:
        SceneError: the works would begin beyond the end of the road.
    """
    v = {p.name: values.get(p.name, p.default) for p in WORKS_PROPERTIES}
    lanes, width, length = round(float(v["lanes"])), float(v["lane_width"]), float(v["length"])
    road = highway_section({"lanes": lanes, "length": length, "radius": v["radius"], "speed_limit": v["speed_limit"]})
    left = road.edge_left_m - _LEFT_M
    narrowed = replace(road, lane_width_m=width, edge_right_m=left - lanes * width, edge_left_m=left)
    begin = float(v["begin"])
    if begin == _BEGIN_M:  # nobody asked for it: short roads have works, too
        begin = min(begin, length - _BEHIND_M - 10.0)
    if begin > length - _BEHIND_M:
        raise SceneError(
            f"works that begin at {begin:g} m do not fit on a road of {length:g} m, expected "
            f"{length - _BEHIND_M:g} m at most: let them 'begin' nearer, or give the road a greater 'length'"
        )
    end = min(begin + float(v["works_length"]), length - 20.0)
    return WorksPlan(road, narrowed, begin, end, str(v["guides"]))


def works_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """The narrowed lanes, each as long as the road, and the region "works"."""
    return _lanes(works_plan(values))


@lru_cache(maxsize=256)
def _lanes(plan: WorksPlan) -> LaneGraph:
    return replace(
        plan.open.lane_graph(), regions={"works": _works(plan)}, screens_m=frozen(_screens(plan), np.float64),
        walls=(*highway_walls(plan.road), *_barriers(plan)),
    )  # fmt: skip


def _barriers(plan: WorksPlan) -> tuple[Wall, ...]:
    """Barriers of concrete along the works; beacons and cones stop nobody."""
    if plan.guides != "barriers":
        return ()
    return (along("concrete barrier", plan.lay, (plan.begin_m + 1.0, plan.end_m), plan.edge_m - GUIDE_M, 0.2, 0.8),)


def _works(plan: WorksPlan) -> Region:
    """What is kept free of machines, between guides and machines."""
    low, high = plan.begin_m + 14.0, plan.end_m - 4.0
    s = plan.lay.cut(np.linspace(low, high, 2))
    right, left = (plan.lay.points(s, y, 0.0) for y in (plan.edge_m - 0.6 - _FREE_M, plan.edge_m - 0.9))
    return Region(between(right, left).triangles_m)


def _screens(plan: WorksPlan) -> F64Array:
    """The truck with its board, and the excavator, as full as a glance takes them for in any direction."""
    rows: list[list[float]] = []
    for share, across, size in ((0.0, 0.5, (2.2, 2.2, 2.4)), (0.55, 0.5, (2.2, 2.2, 1.8))):
        s, y = plan.spot(share, across)
        x, y = plan.lay.points(s + (9.0 if share == 0.0 else 0.0), y, 0.0)[:2].tolist()
        rows.append([x, y, 0.6 + 0.5 * size[2], *size])
    return np.array(rows)
