"""Where everything of a warehouse hall is: one set of numbers for placement, physics and pictures.

World axes: the drive way runs along +x from the left wall at x = 0. To its left (+y) begin the aisles between the
racks, which end at the rear way; to its right lie the staging area and the wall with the dock doors. Aisles are one-way
by turns: the first one leads away from the drive way, the second one back to it, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.world.bodies import RigidBody, Solid
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import BOOL, INT, NUMBER, Property, quantity, unplaced
from simengine.world.regions import Rectangle, Region, rectangle
from simengine.world.walls import Wall

__all__ = [
    "AISLES_MOST", "BAY_M", "DEPTH_M", "DOCKS_MOST", "HALL_PROPERTIES", "SLOTS_MOST", "HallPlan", "Slot", "hall_body",
    "hall_lanes", "hall_plan",
]  # fmt: skip

AISLES_MOST, DOCKS_MOST, SLOTS_MOST = 16, 12, 32
DEPTH_M, BAY_M, POST_M = 1.1, 2.7, 0.1
"""Depth of a rack for pallets put in lengthwise; clear width of a bay for three of them; width of an upright."""
FLUE_M, MARGIN_M, END_M = 0.2, 0.8, 1.4
"""Between racks back to back; beside the walls; between the drive way and the first uprights."""
WAY_M, REAR_M, DOCK_DEEP_M = 5.2, 3.4, 10.6
"""Widths of the drive way and the rear way; from the drive way to the wall with the docks."""
DOCK_EACH_M, DOOR_M, DOOR_HIGH_M = 5.0, 3.0, 3.2
SPEED_MPS = 3.3
"""12 km/h, as most halls allow."""

HALL_PROPERTIES: tuple[Property, ...] = (
    Property("aisles", INT, 5, 2, AISLES_MOST, "aisles between racks", whole=True),
    Property("rack_bays", INT, 8, 2, 24, "bays of a rack along its aisle, three pallets wide each", whole=True),
    Property("levels", INT, 4, 2, 7, "pallets on each other, that on the floor included", whole=True),
    Property("aisle_width", quantity("length"), 3.2, 2.4, 5.0, "between the racks on both sides of an aisle"),
    Property("docks", INT, 4, 1, DOCKS_MOST, "dock doors; at most one each 5 m of the wall", whole=True),
    Property("free_slots", INT, 8, 1, SLOTS_MOST, "places in the racks that are kept free, slot(1) and on", whole=True),
    Property("conveyor", BOOL, True, doc="a conveyor line beside the staging area"),
    *unplaced(Property("fill", NUMBER, 0.8, 0.0, 1.0, "share of the other places in the racks that are taken")),
    *unplaced(Property("staged", NUMBER, 0.5, 0.0, 1.0, "share of the marked places beside the staging area taken")),
)


@dataclass(frozen=True)
class Slot:
    """A place for a pallet in a rack.

    Attributes:
        row: of racks, from x = 0.
        bay, third, level: along the row, in the bay, upwards.
    """

    row: int
    bay: int
    third: int
    level: int


@dataclass(frozen=True)
class HallPlan:
    """Measures of a hall; see ``HALL_PROPERTIES``."""

    aisles: int
    rack_bays: int
    levels: int
    aisle_width_m: float
    docks: int
    free_slots: int
    conveyor: bool

    @property
    def width_m(self) -> float:
        """Of the hall, along the drive way."""
        inner = self.aisles * self.aisle_width_m + (self.aisles - 1) * (2.0 * DEPTH_M + FLUE_M) + 2.0 * DEPTH_M
        return inner + 2.0 * MARGIN_M

    @property
    def rack_m(self) -> tuple[float, float]:
        """Where the racks begin and end, along y."""
        begin = 0.5 * WAY_M + END_M
        return begin, begin + self.rack_bays * (BAY_M + POST_M) + POST_M

    @property
    def deep_m(self) -> tuple[float, float]:
        """Where the hall begins, at the docks, and ends."""
        return -0.5 * WAY_M - DOCK_DEEP_M, self.rack_m[1] + 0.9 + REAR_M + 0.6

    @property
    def level_m(self) -> float:
        """From one level of beams to the next."""
        return 1.65

    @property
    def rack_high_m(self) -> float:
        """Of the uprights."""
        return (self.levels - 1) * self.level_m + 1.2

    @property
    def roof_m(self) -> float:
        """Lower edge of the roof's deck."""
        return max(7.5, self.levels * self.level_m + 2.2)

    @property
    def docks_there(self) -> int:
        """As many docks as the wall has room for."""
        return max(1, min(self.docks, int((self.width_m - 2.0) / DOCK_EACH_M)))

    def aisle_x(self, k: int) -> float:
        """Middle of aisle k, from 0."""
        return MARGIN_M + DEPTH_M + 0.5 * self.aisle_width_m + k * (self.aisle_width_m + 2.0 * DEPTH_M + FLUE_M)

    def row_x(self, row: int) -> float:
        """Middle of a row of racks; rows 2 k and 2 k + 1 are to the left and to the right of aisle k on the map."""
        side = -1.0 if row % 2 == 0 else 1.0
        return self.aisle_x(row // 2) + side * 0.5 * (self.aisle_width_m + DEPTH_M)

    @property
    def rows(self) -> int:
        """Rows of racks."""
        return 2 * self.aisles

    def dock_x(self, k: int) -> float:
        """Middle of dock k, from 0."""
        free = self.width_m - self.docks_there * DOCK_EACH_M
        return 0.5 * free + (k + 0.5) * DOCK_EACH_M

    def slot_at(self, slot: Slot) -> tuple[float, float, float]:
        """Where the foot of the pallet's middle is."""
        y = self.rack_m[0] + POST_M + slot.bay * (BAY_M + POST_M) + (slot.third + 0.5) * BAY_M / 3.0
        return self.row_x(slot.row), y, self.shelf_m(slot.level)

    def shelf_m(self, level: int) -> float:
        """Height of what the pallets of a level stand on."""
        return 0.0 if level == 0 else level * self.level_m + 0.02

    @property
    def kept_free(self) -> tuple[Slot, ...]:
        """The free places: on the floor and one level up, from aisle to aisle."""
        out: list[Slot] = []
        for k in range(self.free_slots):
            row, turn = k % self.rows, k // self.rows
            bay = (1 + 2 * row + 3 * turn) % self.rack_bays
            slot = Slot(row, bay, (row + turn) % 3, k % 2)
            if slot not in out:
                out.append(slot)
        return tuple(out)

    @property
    def staging(self) -> Rectangle:
        """The part of the floor before the docks that is kept free."""
        low, high = 1.2, 0.55 * self.width_m
        return Rectangle(0.5 * (low + high), -0.5 * WAY_M - 3.5, 0.0, high - low, 3.6)

    def staged(self) -> list[tuple[float, float]]:
        """Marked places for pallets beside it."""
        low, high = 0.55 * self.width_m + 0.9, self.width_m - (4.2 if self.conveyor else 1.2)
        count = int((high - low) / 1.15)
        y = self.staging.y_m
        return [(low + 0.6 + 1.15 * k, y + dy) for k in range(count) for dy in (1.0, -0.45)]


def hall_plan(values: Mapping[str, Any]) -> HallPlan:
    """The measures from the values of properties; missing ones take their defaults."""
    value = {p.name: values.get(p.name, p.default) for p in HALL_PROPERTIES}
    return HallPlan(
        int(value["aisles"]), int(value["rack_bays"]), int(value["levels"]), float(value["aisle_width"]),
        int(value["docks"]), int(value["free_slots"]), bool(value["conveyor"]),
    )  # fmt: skip


def hall_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """The ways of a hall: lanes 1 and 2 are the drive way, 3 and 4 the rear way, then one lane an aisle."""
    return _lanes(hall_plan(values))


@lru_cache(maxsize=256)
def _lanes(plan: HallPlan) -> LaneGraph:
    width, half = plan.width_m, 0.25 * WAY_M
    rear = plan.rack_m[1] + 0.9 + 0.5 * REAR_M
    ends = (0.6, width - 0.6)

    def along(y: float, forward: bool) -> Curve:
        points = np.array([[ends[0], y, 0.0], [ends[1], y, 0.0]])
        return Curve(points if forward else np.ascontiguousarray(points[::-1]))

    lanes = [
        Lane(along(-half, True), 0.5 * WAY_M, left=1, speed_limit_mps=SPEED_MPS),
        Lane(along(half, False), 0.5 * WAY_M, forward=False, right=0, speed_limit_mps=SPEED_MPS),
        Lane(along(rear - 0.25 * REAR_M, True), 0.5 * REAR_M, left=3, speed_limit_mps=SPEED_MPS),
        Lane(along(rear + 0.25 * REAR_M, False), 0.5 * REAR_M, forward=False, right=2, speed_limit_mps=SPEED_MPS),
    ]
    arms: dict[str, tuple[int, ...]] = {}
    for k in range(plan.aisles):
        x = plan.aisle_x(k)
        points = np.array([[x, 0.0, 0.0], [x, rear, 0.0]])
        arms[f"aisle.{k + 1}"] = (len(lanes),)
        centre = Curve(points if k % 2 == 0 else np.ascontiguousarray(points[::-1]))
        lanes.append(Lane(centre, plan.aisle_width_m - 0.4, speed_limit_mps=SPEED_MPS))
    edges = {
        name: Curve(np.array([[ends[0], y, 0.0], [ends[1], y, 0.0]]))
        for name, y in (("curb.right", -0.5 * WAY_M), ("curb.left", 0.5 * WAY_M))
    }
    screens, half = frozen(_screens(plan), np.float64), 0.5 * plan.aisle_width_m
    mouths = tuple((x - half, x + half) for x in (plan.aisle_x(k) for k in range(plan.aisles)))
    return LaneGraph(
        tuple(lanes), edges, 0.0, {}, _regions(plan), (), arms, screens_m=screens, openings={"curb.left": mouths},
        walls=_walls(plan),
    )  # fmt: skip


def _walls(plan: HallPlan) -> tuple[Wall, ...]:
    """The outer walls, but for the docks, and the rows of racks."""
    (low, high), width, back = plan.deep_m, plan.width_m, 0.1
    corners = [(0.0, low), (0.0, high), (width, high), (width, low)]
    lines = [np.array(ends) for ends in pairwise(corners)]
    gaps = [plan.dock_x(k) + e * DOOR_M for k in range(plan.docks_there) for e in (-0.5, 0.5)]
    stops = [0.0, *gaps, width]
    lines += [np.array([(a, low), (b, low)]) for a, b in zip(stops[::2], stops[1::2], strict=True)]
    racks = [np.array([(plan.row_x(row), y) for y in plan.rack_m]) for row in range(plan.rows)]
    out = [Wall("wall of the hall", line, back, 4.0) for line in lines]
    return (*out, *(Wall("rack", line, 0.5 * DEPTH_M, plan.rack_high_m) for line in racks))


def _regions(plan: HallPlan) -> dict[str, Region]:
    begin, end = plan.rack_m
    low, high = plan.deep_m
    middle, rear = 0.5 * plan.width_m, end + 0.9 + 0.5 * REAR_M
    way = rectangle(Rectangle(middle, 0.0, 0.0, plan.width_m - 1.2, WAY_M))
    behind = rectangle(Rectangle(middle, rear, 0.0, plan.width_m - 1.2, REAR_M))
    across = [
        rectangle(Rectangle(plan.aisle_x(k), 0.5 * (0.5 * WAY_M + rear - 0.5 * REAR_M), 0.5 * math.pi,
                            rear - 0.5 * REAR_M - 0.5 * WAY_M, plan.aisle_width_m - 0.4))
        for k in range(plan.aisles)
    ]  # fmt: skip
    out = {
        "road": way.joined(behind, *across),
        "staging": rectangle(plan.staging),
        "floor": rectangle(Rectangle(middle, 0.5 * (low + high), 0.0, plan.width_m - 0.4, high - low - 0.4)),
    }
    for k in range(plan.aisles):
        x = plan.aisle_x(k)
        place = Rectangle(x, 0.5 * (begin + end), 0.5 * math.pi, end - begin, plan.aisle_width_m - 0.3)
        out[f"aisle.{k + 1}"] = Region(rectangle(place).triangles_m)
    for k in range(plan.docks_there):
        place = Rectangle(plan.dock_x(k), low + 2.2, -0.5 * math.pi, 3.0, DOOR_M)
        out[f"dock.{k + 1}"] = rectangle(place)
    for k, slot in enumerate(plan.kept_free):
        x, y, z = plan.slot_at(slot)
        turn = 0.0 if slot.row % 2 == 0 else math.pi
        out[f"slot.{k + 1}"] = rectangle(Rectangle(x, y, turn, 1.24, 0.86), z)
    for name in ("staging", "floor"):  # areas of the floor: what is drawn there need not be all inside
        out[name] = Region(out[name].triangles_m)
    return out


def _screens(plan: HallPlan) -> F64Array:
    """Rows of racks, as full as a glance takes them for."""
    begin, end = plan.rack_m
    high = plan.rack_high_m
    return np.array([
        [plan.row_x(row), 0.5 * (begin + end), 0.5 * high + 0.15, 0.85, end - begin, high - 0.3]
        for row in range(plan.rows)
    ])  # fmt: skip


def hall_body(values: Mapping[str, Any]) -> RigidBody:
    """The floor, as physics feels it, and the decks of the free places."""
    plan = hall_plan(values)
    far = 4000.0
    decks = [
        Solid("box", (DEPTH_M, BAY_M / 3.0, 0.06), (x, y, z - 0.03))
        for slot in plan.kept_free
        for x, y, z in (plan.slot_at(slot),)
        if z > 0.0
    ]
    return RigidBody((Solid("box", (far, far, 0.2), (0.0, 0.0, -0.1)), *decks), 0.0, 0.6)
