"""Where everything of the picking station is: one set of numbers for placement, physics and pictures.

World axes: the origin lies on the floor below the middle of the bench. The bench runs along x and the arm stands
behind its long side at +y, looking over it towards -y. The bench heads towards the arm: to its left is -x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simengine.world.bodies import RigidBody, Solid
from simengine.world.lanes import LaneGraph
from simengine.world.library import Property, quantity
from simengine.world.regions import Rectangle, polygon, rectangle

__all__ = [
    "BENCH",
    "BENCH_HEIGHT",
    "FLOOR_M",
    "HALL_M",
    "PEDESTAL",
    "TOP_M",
    "bench_height_m",
    "station_body",
    "station_places",
]

BENCH = Rectangle(0.0, 0.0, 0.5 * math.pi, 0.75, 1.4)
"""The bench: 75 cm deep, 1.4 m wide."""
PEDESTAL = Rectangle(0.0, 0.535, -0.5 * math.pi, 0.28, 0.28)
"""The top of the arm's pedestal, level with the bench and 2 cm behind it."""
TOP_M = 0.03
"""Thickness of the bench's top."""
FLOOR_M = ((-4.0, -3.5), (4.0, -3.5), (4.0, 3.5), (-4.0, 3.5))
HALL_M = (8.0, 6.0)
"""Half of the hall's length and width."""
_FAR_M = 4000.0
"""What rolls away, or stands anywhere the physics goes (1 km), stays on a floor."""
BENCH_HEIGHT = Property("bench_height", quantity("length"), 0.85, 0.3, 1.5, "height of the bench above the floor")


def bench_height_m(values: Mapping[str, Any]) -> float:
    """Height of the bench's top above the floor."""
    return float(values.get(BENCH_HEIGHT.name, BENCH_HEIGHT.default))


def station_places(values: Mapping[str, Any]) -> LaneGraph:
    """The bench's top, the place of the arm behind it, and the floor."""
    height = bench_height_m(values)
    return LaneGraph(
        regions={
            "bench": rectangle(BENCH, height),
            "base": rectangle(PEDESTAL, height),
            "floor": polygon(FLOOR_M),
        }
    )


def _slab(where: Rectangle, top_m: float, thick_m: float) -> Solid:
    turn = (math.cos(0.5 * where.yaw_rad), 0.0, 0.0, math.sin(0.5 * where.yaw_rad))
    at = (where.x_m, where.y_m, top_m - 0.5 * thick_m)
    return Solid("box", (where.length_m, where.width_m, thick_m), at, turn)


def station_body(values: Mapping[str, Any]) -> RigidBody:
    """Floor, bench and pedestal, as physics feels them: the bench is solid down to the floor."""
    height = bench_height_m(values)
    floor = Solid("box", (_FAR_M, _FAR_M, 0.2), (0.0, 0.0, -0.1))
    return RigidBody((floor, _slab(BENCH, height, height), _slab(PEDESTAL, height, height)), 0.0, 0.6)
