"""A 12 m city bus."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import Array
from simengine.world.scene import Asset, Entity, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, mirrored
from simengine_scenes.vehicles.bus_interior import BUS_WHEEL_M, bus_interior
from simengine_scenes.vehicles.cab_styles import nose_strip
from simengine_scenes.vehicles.car import head_lights
from simengine_scenes.vehicles.coach import Coach, add_coach
from simengine_scenes.vehicles.driver import driver_draft
from simengine_scenes.vehicles.heavy import add_axles, add_plate, axle_hub, heavy_mirrors, solid
from simengine_scenes.vehicles.keypoints import add_points, vehicle_points
from simengine_scenes.vehicles.leaves import add_leaves, leaf_doors
from simengine_scenes.vehicles.lines import Flank, add_roof_boxes, drawn_line, line_marks
from simengine_scenes.vehicles.outline import End
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M

__all__ = ["bus_asset"]

_END_M = 5.985
_HALF_M = 1.275
_RADIUS_M = 0.48
_FRONT_M, _REAR_M = 3.30, -2.60
_EYE_M = (5.1, 0.65, 1.95)
_PILLARS = (4.1, 2.7, 1.3, -0.1, -1.5, -2.9, -4.3, -5.2)
_DOORS = ((5.05, 3.95), (0.85, -0.35))
_DOORS_M = (0.36, 2.42)
_ROWS = (
    (0.30, 0.03), (0.36, 0.0), (0.70, 0.0), (0.86, 0.0), (0.92, 0.0), (1.08, 0.0), (1.9, 0.02), (2.42, 0.04),
    (2.50, 0.045), (2.62, 0.05), (2.78, 0.07), (2.86, 0.11), (2.90, 0.18),
)  # fmt: skip


def _pick(x: Array, y: Array, z: Array) -> Array:
    """0 paint, 1 glass, 2 dark frame, 3 head lamp, 4 tail lamp, 5 display."""
    out = np.zeros(x.shape, np.int64)
    side = (x < 5.55) & (x > -5.6)
    pillar = np.abs(x[..., None] - np.array(_PILLARS)).min(-1) < 0.05
    band = side & (z > 1.08) & (z < 2.42)
    out[band] = np.where(pillar, 2, 1)[band]
    out[side & (z > 2.42) & (z < 2.5)] = 2
    for high, low in _DOORS:
        door = (y < -1.0) & (x < high) & (x > low) & (z > 0.36) & (z < 2.42)
        middle = np.abs(x - 0.5 * (high + low)) < 0.05
        edge = (x > high - 0.08) | (x < low + 0.08)
        out[door] = np.where(middle | edge, 2, 1)[door]
    front = x > 5.55
    out[front & (z > 0.92) & (z < 2.42)] = 1
    out[front & (z > 2.42) & (z < 2.78)] = 5
    out[front & (np.abs(y) > 0.75) & (z > 0.70) & (z < 0.86)] = 3
    rear = x < -5.6
    out[rear & (np.abs(y) < 0.95) & (z > 1.5) & (z < 2.42)] = 1
    out[rear & (np.abs(y) > 0.85) & (z > 0.86) & (z < 1.2)] = 4
    out[z < 0.36] = 2
    return out


def _columns() -> tuple[float, ...]:
    xs = [p + d for p in _PILLARS for d in (-0.045, 0.045)]
    for high, low in _DOORS:
        middle = 0.5 * (high + low)
        xs += [high, high - 0.075, middle + 0.045, middle - 0.045, low + 0.075, low]
    return tuple(xs)


_FLANK = Flank(
    0.38, 1.06, _HALF_M, ((-5.68, -3.22), (-1.98, 2.68), (3.92, 5.50)),
    ((-5.68, -3.22), (-1.98, -0.38), (0.88, 2.68), (5.08, 5.50)),
)  # fmt: skip
_BOXES = (
    ((-1.4, 3.2), (2.6, 1.2)), ((3.4, 2.2), (0.6, 2.6), (-2.4, 2.8)), ((2.2, 4.2), (-4.2, 1.6)), ((-3.6, 2.4),),
)  # fmt: skip
"""Of roofs: air conditioning, batteries, gas tanks, a single unit at the rear."""


def _lenses(body: Draft, lamps: int) -> None:
    """Head lamps: two round ones, a wide one, three small ones, or two upright ones a side."""
    spots = (
        ((0.86, 0.06, 0.06), (1.0, 0.06, 0.06)), ((0.93, 0.115, 0.05),),
        tuple((y, 0.042, 0.055) for y in (0.84, 0.93, 1.02)),
        ((0.84, 0.05, 0.068), (0.99, 0.05, 0.068)),
    )  # fmt: skip
    for y, wide, tall in spots[lamps]:
        lens = ellipsoid((_END_M - 0.085 - 0.174 * (y - 0.86), y, 0.78), (0.05, wide, tall), 8, 12)
        body.add(lens, palette.HEADLAMP_LENS).add(mirrored(lens), palette.HEADLAMP_LENS)


@lru_cache(maxsize=64)
def bus_asset(colour: str, variety: int, driver: int = -1, hinged: bool = False) -> Asset:
    """A bus.

    Args:
        colour: a word of ``palette.PAINTS``.
        variety: seed of its line.
        driver: how the driver looks, -1: nobody is in it.
        hinged: its doors are parts that open.
    """
    semantic, look = CLASS_ID["bus"], drawn_line(variety, colour)
    face = (0.0, 0.45, 0.80)
    coach = Coach(
        End(_END_M, 0.16, (0.26, 0.30), face, 4), End(-_END_M, 0.04, (0.16, 0.20), face, 4), _HALF_M, _ROWS, _columns(),
        tuple((x, _RADIUS_M + 0.09, _RADIUS_M) for x in (_FRONT_M, _REAR_M)), 0.05,
    )  # fmt: skip
    table = (
        palette.panels(colour),
        palette.WINDSCREEN,
        palette.PLASTIC,
        palette.HEADLAMP,
        palette.TAILLAMP,
        palette.RUBBER,
    )
    body = Draft()
    add_coach(body, coach, table, _pick)
    add_roof_boxes(body, look, (2.91, 3.06), _BOXES, 0.75)
    if look.style % 2:
        nose_strip(coach, 0.72, (0.72, 0.90), 0.004, body, palette.PLASTIC if look.style % 4 == 1 else look.second)
    for k in range(9):
        body.add(
            box((_END_M - 0.055 - 0.0035 * abs(k - 4), 0.5 - 0.125 * k, 2.60), (0.03, 0.07, 0.18)), palette.INDICATOR
        )
    _lenses(body, look.lamps)
    for y in (-0.35, 0.35):
        body.add(box((_END_M - 0.01, y, 1.02), (0.02, 0.6, 0.025)), palette.RUBBER)
    for side, amber in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        body.add(box((0.02 - _END_M, side * 1.04, 1.28), (0.05, 0.20, 0.10)), amber)
        body.add(box((0.02 - _END_M, side * 1.04, 0.78), (0.05, 0.20, 0.10)), palette.CLEAR_LENS)
        body.add(box((_END_M - 0.22, side * 1.19, 0.62), (0.18, 0.06, 0.08)), amber)
    add_plate(body, _END_M + 0.0135, 0.52, 1.0)
    add_plate(body, -_END_M - 0.0135, 0.62, -1.0)
    a = Assembly()
    if hinged:
        add_leaves(a, (f"bus.{variety}.hinged", colour), body, _DOORS, _DOORS_M, _HALF_M, semantic)
    else:
        a.add_body(f"bus.{variety}", colour, body, semantic)
    a.add("livery", f"bus.{variety}.livery.{colour}", line_marks(look, _FLANK, table[0]), semantic)
    a.add("inside", "bus.inside", bus_interior(), semantic)
    if driver >= 0:
        a.add("driver", f"bus.driver{driver}", driver_draft(_EYE_M, 1.08, BUS_WHEEL_M, driver), semantic)
    mirrors, axles = heavy_mirrors(5.78, 1.12, 1.475, 2.05), (("f", _FRONT_M, 1.22, 0.29), ("r", _REAR_M, 1.22, 0.56))
    a.add_mirrors("bus", mirrors, semantic)
    add_axles(a, "bus", semantic, axles, _RADIUS_M)
    add_points(a, vehicle_points(body, mirrors, _HALF_M, _PILLARS[0]), *map(axle_hub, axles))
    entity = Entity(
        "bus", "car", "bus", semantic, VEHICLE_SIZE_M["bus"],
        occluders=(
            solid((_FRONT_M - 0.6, _REAR_M + 0.6), 1.2, (0.34, 2.7)), solid((5.6, -5.8), 1.15, (1.12, 2.7)),
            solid((5.5, -5.7), 0.74, (0.34, 1.12)),
        ),
        eye_m=_EYE_M,
        doors=leaf_doors(_DOORS, _DOORS_M, _HALF_M),
        dynamics=VehicleDynamics(_FRONT_M - _REAR_M, -_REAR_M, _RADIUS_M, math.radians(45.0), 1.3, 6.0),
    )  # fmt: skip
    return a.asset(entity, head_lights(5.8, 0.95, 0.78))
