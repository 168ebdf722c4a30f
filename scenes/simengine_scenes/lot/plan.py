"""Where everything of a parking lot is: one set of numbers for placement, physics and pictures.

World axes: the street runs along +x. To its left (+y) begin the aisles, one-way by turns: the first one leads away from
the street, the second one back to it, and so on; they end at the road before the shop. Bays lie on both sides of each
aisle and lean in the direction of travel. Measures follow the German recommendations EAR 05: bays of 2.5 m by 5.0 m.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from simengine.units import DIMENSIONS
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import INT, NUMBER, Property, ValueType, quantity
from simengine.world.regions import Rectangle, Region, rectangle

__all__ = ["AISLES_MOST", "BAYS_MOST", "BAY_M", "LOT_PROPERTIES", "Bay", "LotPlan", "lot_plan", "lot_ways"]

AISLES_MOST, BAYS_MOST = 6, 60
BAY_M = (5.0, 2.5)
STRIP_M, STREET_M, FAR_M = 1.8, 6.2, 6.0
"""Widths of the planted strips between rows, of the street, of the road before the shop."""
EDGE_M, HEAD_M = 2.6, 3.4
"""Beside the outer rows; between a road and the first bays."""
SPEED_MPS = 20.0 / 3.6

LOT_PROPERTIES: tuple[Property, ...] = (
    Property("aisles", INT, 3, 1, AISLES_MOST, "aisles with bays on both sides", whole=True),
    Property("row_bays", INT, 12, 4, 30, "bays of a row", whole=True),
    Property(
        "bay_angle", quantity("angle"), math.radians(90.0), math.radians(45.0), math.radians(90.0),
        "between an aisle and its bays; 90 deg: square to it",
    ),
    Property("aisle_width", ValueType("real", DIMENSIONS["length"]), 6.0, 3.5, 8.0, "between the bays on both sides"),
    Property(
        "free_bays", INT, 12, 1, BAYS_MOST, "bays kept free all over the lot, bay(1) and on", whole=True
    ),
    Property("shelters", INT, 2, 0, 6, "for trolleys, each in the place of a bay", whole=True),
    Property("occupancy", NUMBER, 0.6, 0.0, 1.0, "share of the other bays where a car is parked"),
    Property("layout", INT, 1, 1, 1_000_000, "which of the ways to park that many cars", whole=True),
)  # fmt: skip


@dataclass(frozen=True)
class Bay:
    """A place to park: middle, heading of a car that drove in forwards, and which row and place it is."""

    x_m: float
    y_m: float
    yaw_rad: float
    row: int
    place: int


@dataclass(frozen=True)
class LotPlan:
    """Measures of a lot; see ``LOT_PROPERTIES``."""

    aisles: int
    row_bays: int
    angle_rad: float
    aisle_m: float
    free: int
    shelters: int
    occupancy: float
    layout: int

    @property
    def pitch_m(self) -> float:
        """Of bays along an aisle."""
        return BAY_M[1] / math.sin(self.angle_rad)

    @property
    def deep_m(self) -> float:
        """Of a row, across the aisle."""
        return BAY_M[0] * math.sin(self.angle_rad) + BAY_M[1] * math.cos(self.angle_rad)

    @property
    def lean_m(self) -> float:
        """How much farther along the aisle the back of a bay lies than its mouth."""
        return self.deep_m / math.tan(self.angle_rad)

    @property
    def module_m(self) -> float:
        """From one aisle to the next."""
        return self.aisle_m + 2.0 * self.deep_m + STRIP_M

    def aisle_x(self, k: int) -> float:
        """Middle of aisle k, from 0."""
        return EDGE_M + self.deep_m + 0.5 * self.aisle_m + k * self.module_m

    def way(self, k: int) -> float:
        """+1 where aisle k leads away from the street, else -1."""
        return 1.0 if k % 2 == 0 else -1.0

    @property
    def width_m(self) -> float:
        """Of the paved area, along the street."""
        return self.aisle_x(self.aisles - 1) + 0.5 * self.aisle_m + self.deep_m + EDGE_M

    @property
    def rows_m(self) -> tuple[float, float]:
        """Where rows begin and end along y, what leans included."""
        begin = 0.5 * STREET_M + HEAD_M
        return begin, begin + self.row_bays * self.pitch_m + self.lean_m

    @property
    def far_y(self) -> float:
        """Middle of the road before the shop."""
        return self.rows_m[1] + HEAD_M + 0.5 * FAR_M

    @property
    def shop_y(self) -> float:
        """Front of the shop."""
        return self.far_y + 0.5 * FAR_M + 5.0

    def mouth(self, row: int, place: float) -> tuple[float, float]:
        """A point on the line between an aisle and one of its rows, at a number of bays from the street."""
        k, side = row // 2, -1.0 if row % 2 == 0 else 1.0
        begin = self.rows_m[0] + (0.0 if self.way(k) > 0.0 else self.lean_m)
        return self.aisle_x(k) + side * 0.5 * self.aisle_m, begin + place * self.pitch_m

    def inward(self, row: int) -> tuple[float, float]:
        """Direction from the mouth of a row's bays to their backs."""
        side = -1.0 if row % 2 == 0 else 1.0
        return side * math.sin(self.angle_rad), self.way(row // 2) * math.cos(self.angle_rad)

    def bay(self, row: int, place: int) -> Bay:
        """One of all bays."""
        (x, y), (hx, hy) = self.mouth(row, place + 0.5), self.inward(row)
        along = 0.5 * BAY_M[0] + 0.5 * BAY_M[1] / math.tan(self.angle_rad)
        return Bay(x + along * hx, y + along * hy, math.atan2(hy, hx), row, place)

    @cached_property
    def sheltered(self) -> tuple[tuple[int, int], ...]:
        """Rows and places where trolleys have their shelters: in the middles of inner rows."""
        rows = [r for r in range(2 * self.aisles) if 0 < r < 2 * self.aisles - 1] or [0]
        out = [(rows[k % len(rows)], (self.row_bays // 2 + 5 * (k // len(rows))) % self.row_bays)
               for k in range(self.shelters)]  # fmt: skip
        return tuple(dict.fromkeys(out))

    @cached_property
    def bays(self) -> tuple[Bay, ...]:
        """All bays, row by row."""
        return tuple(
            self.bay(row, place)
            for row in range(2 * self.aisles)
            for place in range(self.row_bays)
            if (row, place) not in self.sheltered
        )

    @cached_property
    def kept_free(self) -> tuple[Bay, ...]:
        """The numbered ones: evenly over the lot, or all of them, in their order."""
        count = len(self.bays)
        if self.free >= count:
            return self.bays
        return tuple(self.bays[int((k + 0.5) * count / self.free)] for k in range(self.free))


def lot_plan(values: Mapping[str, Any]) -> LotPlan:
    """The measures from the values of properties; missing ones take their defaults."""
    value = {p.name: values.get(p.name, p.default) for p in LOT_PROPERTIES}
    return LotPlan(
        int(value["aisles"]), int(value["row_bays"]), float(value["bay_angle"]), float(value["aisle_width"]),
        int(value["free_bays"]), int(value["shelters"]), float(value["occupancy"]), int(value["layout"]),
    )  # fmt: skip


@lru_cache(maxsize=256)
def lot_ways(plan: LotPlan) -> LaneGraph:
    """The ways of a lot: lanes 1 and 2 are the street, 3 and 4 the road before the shop, then one lane an aisle."""
    ends = (0.0, plan.width_m)

    def along(y: float, forward: bool) -> Curve:
        points = np.array([[ends[0], y, 0.0], [ends[1], y, 0.0]])
        return Curve(points if forward else np.ascontiguousarray(points[::-1]))

    lanes: list[Lane] = []
    for y, wide in ((0.0, STREET_M), (plan.far_y, FAR_M)):
        first = len(lanes)
        lanes.append(Lane(along(y - 0.25 * wide, True), 0.5 * wide, left=first + 1, speed_limit_mps=SPEED_MPS))
        lanes.append(
            Lane(along(y + 0.25 * wide, False), 0.5 * wide, forward=False, right=first, speed_limit_mps=SPEED_MPS)
        )
    arms: dict[str, tuple[int, ...]] = {}
    for k in range(plan.aisles):
        points = np.array([[plan.aisle_x(k), y, 0.0] for y in (0.0, plan.far_y)])
        arms[f"aisle.{k + 1}"] = (len(lanes),)
        centre = Curve(points if plan.way(k) > 0.0 else np.ascontiguousarray(points[::-1]))
        lanes.append(Lane(centre, plan.aisle_m, speed_limit_mps=SPEED_MPS))
    edges = {
        name: Curve(np.array([[ends[0], y, 0.0], [ends[1], y, 0.0]]))
        for name, y in (("curb.right", -0.5 * STREET_M), ("curb.left", 0.5 * STREET_M))
    }
    half = 0.5 * plan.aisle_m
    mouths = tuple((x - half, x + half) for x in (plan.aisle_x(k) for k in range(plan.aisles)))
    return LaneGraph(tuple(lanes), edges, 0.0, {}, _regions(plan), (), arms, openings={"curb.left": mouths})


def _regions(plan: LotPlan) -> dict[str, Region]:
    middle = 0.5 * plan.width_m
    street = rectangle(Rectangle(middle, 0.0, 0.0, plan.width_m, STREET_M))
    far = rectangle(Rectangle(middle, plan.far_y, 0.0, plan.width_m, FAR_M))
    low, high = 0.5 * STREET_M, plan.far_y - 0.5 * FAR_M
    across = [
        rectangle(Rectangle(plan.aisle_x(k), 0.5 * (low + high), 0.5 * math.pi, high - low, plan.aisle_m))
        for k in range(plan.aisles)
    ]
    out = {"road": Region(street.joined(far, *across).triangles_m)}
    for k in range(plan.aisles):
        begin, end = plan.rows_m
        place = Rectangle(plan.aisle_x(k), 0.5 * (begin + end), 0.5 * math.pi, end - begin, plan.aisle_m - 0.6)
        out[f"aisle.{k + 1}"] = Region(rectangle(place).triangles_m)
    for k, bay in enumerate(plan.kept_free):
        out[f"bay.{k + 1}"] = rectangle(Rectangle(bay.x_m, bay.y_m, bay.yaw_rad, *BAY_M))
    front = Rectangle(middle, plan.far_y + 0.5 * FAR_M + 2.4, 0.0, plan.width_m - 4.0, 3.2)
    out["pavement.left"] = Region(rectangle(front).triangles_m)
    return out
