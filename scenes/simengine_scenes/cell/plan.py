"""Where everything of the factory cell is: one set of numbers for placement, physics and pictures.

World axes: the origin lies on the floor below the arm. The conveyor comes in from -x before it (at -y), the machine
stands behind it (at +y), the gate with the light curtain is at the front right, and the gangway runs along +x before
the cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.arrays import frozen
from simengine.world.bodies import RigidBody, Solid
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import Property, quantity
from simengine.world.regions import Rectangle, Region, rectangle

__all__ = [
    "BASE", "BASE_HEIGHT", "BELT_M", "CELL_M", "CONVEYOR_M", "FIXTURE", "FIXTURE_M", "GANGWAY_M", "GATE_M", "MACHINE_M",
    "PALLET", "base_height_m", "cell_body", "cell_places",
]  # fmt: skip

BASE = Rectangle(0.0, 0.0, -0.5 * math.pi, 0.28, 0.28)
"""The top of the arm's pedestal; the arm looks over the conveyor."""
BASE_HEIGHT = Property("base_height", quantity("length"), 0.6, 0.3, 1.2, "height of the arm's foot above the floor")
CONVEYOR_M = (-5.6, 0.4, -0.72)
"""x of both ends of the conveyor, and y of its middle."""
BELT_M = 0.752
"""Height of what lies on the rollers above the floor."""
FIXTURE, FIXTURE_M = Rectangle(0.78, 0.42, 0.0, 0.45, 0.45), 0.80
"""The stand where parts are put down for the machine, and its height."""
PALLET = Rectangle(1.15, -0.75, 0.0, 1.2, 0.8)
"""The marked place of a pallet."""
CELL_M = (-2.6, 2.6, -2.2, 2.8)
"""x and y of the fence."""
GATE_M = (0.4, 2.0)
"""x of both posts of the light curtain, in the front."""
MACHINE_M = (-1.15, 1.15, 1.2, 2.6, 2.1)
"""x, y and height of the machine."""
GANGWAY_M = (-7.4, 7.4, -4.4, 2.4)
"""x of both ends, y of the middle and width."""
_FAR_M = 4000.0


def base_height_m(values: Mapping[str, Any]) -> float:
    """Height of the arm's foot."""
    return float(values.get(BASE_HEIGHT.name, BASE_HEIGHT.default))


def cell_places(values: Mapping[str, Any]) -> LaneGraph:
    """The gangway's two lanes, and the places of the cell."""
    return _places(base_height_m(values))


@lru_cache(maxsize=64)
def _places(height: float) -> LaneGraph:
    first, last, middle, width = GANGWAY_M

    def along(y: float, forward: bool = True) -> Curve:
        points = np.array([[first, y, 0.0], [last, y, 0.0]])
        return Curve(points if forward else np.ascontiguousarray(points[::-1]))

    half = 0.25 * width
    lanes = (
        Lane(along(middle - half), 0.5 * width, left=1, speed_limit_mps=1.7),
        Lane(along(middle + half, False), 0.5 * width, forward=False, right=0, speed_limit_mps=1.7),
    )
    curves = {"curb.right": along(middle - 0.5 * width), "curb.left": along(middle + 0.5 * width)}
    begin, end, y = CONVEYOR_M
    inside = Rectangle(0.5 * (GATE_M[0] + GATE_M[1]), CELL_M[2] + 0.45, 0.0, GATE_M[1] - GATE_M[0] - 0.2, 0.6)
    before = Rectangle(inside.x_m, CELL_M[2] - 0.55, 0.0, inside.length_m, 0.7)
    regions = {
        "base": rectangle(BASE, height),
        "belt": rectangle(Rectangle(end - 0.75, y, 0.0, 1.4, 0.5), BELT_M),
        "feed": rectangle(Rectangle(begin + 1.2, y, 0.0, 2.0, 0.5), BELT_M),
        "fixture": rectangle(FIXTURE, FIXTURE_M),
        "pallet": rectangle(PALLET),
        "inside": Region(rectangle(inside).triangles_m),
        "gate": Region(rectangle(before).triangles_m),
    }
    x0, x1, y0, y1, high = MACHINE_M
    machine = [0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.5 * high, x1 - x0 - 0.1, y1 - y0 - 0.1, high - 0.1]
    return LaneGraph(lanes, curves, 0.0, {}, regions, screens_m=frozen(np.array([machine]), np.float64))


def _slab(where: Rectangle, top_m: float, thick_m: float) -> Solid:
    turn = (math.cos(0.5 * where.yaw_rad), 0.0, 0.0, math.sin(0.5 * where.yaw_rad))
    at = (where.x_m, where.y_m, top_m - 0.5 * thick_m)
    return Solid("box", (where.length_m, where.width_m, thick_m), at, turn)


def cell_body(values: Mapping[str, Any]) -> RigidBody:
    """Floor, pedestal, conveyor, fixture and machine, as physics feels them: solid down to the floor."""
    height = base_height_m(values)
    begin, end, y = CONVEYOR_M
    x0, x1, y0, y1, high = MACHINE_M
    return RigidBody(
        (
            Solid("box", (_FAR_M, _FAR_M, 0.2), (0.0, 0.0, -0.1)),
            _slab(BASE, height, height),
            _slab(Rectangle(0.5 * (begin + end), y, 0.0, end - begin, 0.6), BELT_M, BELT_M),
            _slab(FIXTURE, FIXTURE_M, FIXTURE_M),
            _slab(Rectangle(0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.0, x1 - x0, y1 - y0), high, high),
        ),
        0.0,
        0.6,
    )
