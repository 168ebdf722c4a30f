"""What stops who leaves the road: guard rails, fronts of houses, walls along roads. Thin lines for physics; how they
look is told where they are built."""

from __future__ import annotations

from simengine.world.walls import Wall
from simengine_scenes.roads.lay import Lay
from simengine_scenes.town.house import HOUSE_DEPTH_M

__all__ = [
    "FRONT_HALF_M",
    "FRONT_TOP_M",
    "GARDEN_HALF_M",
    "GARDEN_TOP_M",
    "RAIL_HALF_M",
    "RAIL_TOP_M",
    "along",
    "front",
    "garden_wall",
    "rail",
]

RAIL_HALF_M, RAIL_TOP_M = 0.12, 0.75
GARDEN_HALF_M, GARDEN_TOP_M = 0.15, 0.8
FRONT_HALF_M, FRONT_TOP_M = 0.5 * HOUSE_DEPTH_M, 6.0
"""Of rows of houses: who begins inside of one, to walk out of it, is let out."""


def along(name: str, lay: Lay, span_m: tuple[float, float], y_m: float, half_m: float, top_m: float) -> Wall:
    """A wall beside a road, from one station to another; ``y_m``: of its middle."""
    return Wall(name, lay.points(lay.cut(span_m), y_m, 0.0), half_m, top_m)


def rail(lay: Lay, span_m: tuple[float, float], y_m: float) -> Wall:
    """A guard rail."""
    return along("guard rail", lay, span_m, y_m, RAIL_HALF_M, RAIL_TOP_M)


def garden_wall(lay: Lay, span_m: tuple[float, float], y_m: float) -> Wall:
    """Walls, hedges and fences of front gardens, one after the other."""
    return along("garden wall", lay, span_m, y_m, GARDEN_HALF_M, GARDEN_TOP_M)


def front(lay: Lay, span_m: tuple[float, float], y_m: float, side: float) -> Wall:
    """A row of houses, whose fronts stand at an offset, on the left of the road (+1) or on its right (-1)."""
    return along("row of houses", lay, span_m, y_m + side * FRONT_HALF_M, FRONT_HALF_M, FRONT_TOP_M)
