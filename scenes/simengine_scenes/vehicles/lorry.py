"""An articulated lorry: a two-axle road tractor, and a three-axle box trailer that hangs on its fifth wheel.

Together they are 16.5 m long, as Directive 96/53/EC allows; the trailer's front corners swing within 2.04 m of the
kingpin and its rear is 12 m behind it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array
from simengine.world.scene import Asset, Chassis, Entity, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, lathe, mirrored, pose, tube
from simengine_scenes.vehicles.cab_interior import Cab, furnish
from simengine_scenes.vehicles.cab_styles import CabStyle, CabZones, add_deflector, add_front, add_roof, drawn_cab
from simengine_scenes.vehicles.car import head_lights
from simengine_scenes.vehicles.coach import Coach, add_coach
from simengine_scenes.vehicles.doors import CabDoor, add_hinged_cab, cab_doors
from simengine_scenes.vehicles.heavy import add_axles, add_plate, axle_hub, heavy_mirrors, solid
from simengine_scenes.vehicles.keypoints import add_points, vehicle_points
from simengine_scenes.vehicles.livery import add_facet
from simengine_scenes.vehicles.outline import End
from simengine_scenes.vehicles.sizes import ARTICULATED_SIZE_M
from simengine_scenes.vehicles.superstructures import BODIES_OF_TRAILERS, Bay, add_superstructure, drawn_body

__all__ = ["COUPLING_M", "KINGPIN_M", "lorry_asset", "trailer_asset"]

COUPLING_M = -1.45
"""Where the fifth wheel is on the tractor, from its middle."""
KINGPIN_M = 5.24
"""Where the kingpin is on the trailer, from its middle."""
_RADIUS_M = 0.51
_END_M, _CAB_BACK_M = 2.99, 0.82
_CAB_HALF_M = 1.272
_FRONT_M, _REAR_M = 1.62, -2.08
_ROWS = (
    (0.34, 0.05), (0.44, 0.0), (0.80, 0.0), (1.05, 0.0), (1.35, 0.0), (1.90, 0.0), (2.00, 0.01), (2.06, 0.015),
    (2.84, 0.05), (2.90, 0.06), (3.20, 0.10), (3.54, 0.13), (3.64, 0.20),
)  # fmt: skip
_BOX_HALF_M, _LOW_M, _TOP_M = 1.272, 1.14, 4.0
_HALF_M = 0.5 * ARTICULATED_SIZE_M["trailer"][0] - 0.006
_AXLES_M = tuple(KINGPIN_M - 7.7 + x for x in (1.31, 0.0, -1.31))

_CAB = Cab((_END_M - 0.08, _CAB_BACK_M), 1.21, (1.40, 1.95, 3.30), (2.35, 0.60, 2.55))
_DOOR = CabDoor((2.68, 1.60), (1.05, 2.90), 2.0, _CAB_HALF_M)


_ZONES = CabZones((0.44, 0.60), (0.44, 0.80), (1.05, 1.90), (2.00, 2.90), 3.70)
_DAY_ROWS = (*_ROWS[:10], (2.98, 0.09), (3.05, 0.13), (3.09, 0.20))
"""Of a cab without a place to sleep over the seats: its roof is low, and bears a deflector."""
_BAY = Bay(_HALF_M, -_HALF_M, _BOX_HALF_M, _LOW_M - 0.04, _TOP_M)


def _pick(x: Array, y: Array, z: Array) -> Array:
    """0 paint, 1 glass, 2 dark plastic, 3 head lamp, 4 gap."""
    out = np.zeros(x.shape, np.int64)
    front = x > _END_M - 0.30
    out[front & (z > 2.00) & (z < 2.90)] = 1
    out[front & (np.abs(y) > 0.80) & (z > 0.44) & (z < 0.80)] = 3
    side = ~front & (np.abs(y) > 1.0)
    out[side & (x < 2.62) & (x > 1.72) & (z > 2.00) & (z < 2.84)] = 1
    gap = (np.abs(x - 2.68) < 0.012) | (np.abs(x - 1.60) < 0.012)
    out[side & gap & (z > 0.80) & (z < 2.90)] = 4
    out[z < 0.44] = 2
    return out


def _cab(body: Draft, colour: str, style: CabStyle, day: bool) -> None:
    face = (0.0, 0.40, 0.78)
    cab = Coach(
        End(_END_M, 0.08, (0.20, 0.24), face, 4), End(_CAB_BACK_M, 0.0, (0.10, 0.10), face, 2), _CAB_HALF_M,
        _DAY_ROWS if day else _ROWS, (2.69, 2.67, 2.62, 1.72, 1.61, 1.59, 1.2),
        ((_FRONT_M, _RADIUS_M + 0.09, _RADIUS_M),), 0.05 if day else 0.10,
    )  # fmt: skip
    paint = palette.panels(colour)
    add_coach(body, cab, (paint, palette.WINDSCREEN, palette.PLASTIC, palette.HEADLAMP, palette.UNDERBODY), _pick)
    add_front(body, cab, _ZONES, style, paint)
    if day:
        add_deflector(body, (_CAB_BACK_M + 0.05, 2.55), (3.04, 3.74), 1.02, replace(style, rise=1.0), paint)
    else:
        add_roof(body, (2.62, 3.60, 3.74), 0.95, style)
    if style.second:
        band = palette.box_side(style.second)
        slope = [(_CAB_BACK_M + 0.15, 1.15), (1.50, 1.15), (1.50 - 0.4 * style.rise, 1.75), (_CAB_BACK_M + 0.15, 1.75)]
        add_facet(body, slope, _CAB_HALF_M + 0.002, band)
    if style.roof >= 4:  # collars that close the gap to the trailer
        wing = box((_CAB_BACK_M - 0.12, _CAB_HALF_M - 0.03, 2.1), (0.50, 0.03, 1.7))
        body.add(wing, paint).add(mirrored(wing), paint)
    if style.lamps == 1:  # an exhaust behind the cab
        pipe = [(_CAB_BACK_M - 0.2, 0.75, 1.1), (_CAB_BACK_M - 0.2, 0.75, 3.3), (_CAB_BACK_M - 0.32, 0.75, 3.45)]
        body.add(tube(pipe, 0.07, 10), palette.CHROME)
    for side, lens in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        body.add(box((_END_M - 0.15, side * 1.215, 0.92), (0.16, 0.05, 0.08)), lens)


def _chassis(body: Draft, skirts: bool) -> None:
    for y in (0.42, -0.42):
        body.add(box((-0.35, y, 0.90), (5.2, 0.08, 0.26)), palette.UNDERBODY)
    for x in (_FRONT_M, _REAR_M):
        body.add(tube([(x, -0.95, _RADIUS_M), (x, 0.95, _RADIUS_M)], 0.09, 8), palette.UNDERBODY)
    body.add(box((1.6, 0.0, 0.80), (1.6, 0.8, 0.6)), palette.UNDERBODY)
    plate = pose((COUPLING_M, 0.0, 1.08))
    body.add(lathe([(0.0, -0.06), (0.48, -0.06), (0.48, 0.03), (0.0, 0.05)], 20), palette.UNDERBODY, pose=plate)
    along = pose((-0.15, 0.90, 0.66), (0.0, 1.0, 0.0), 0.5 * math.pi)
    tank = [(0.0, -0.70), (0.30, -0.70), (0.32, -0.65), (0.32, 0.65), (0.30, 0.70), (0.0, 0.70)]
    body.add(lathe(tank, 16), palette.GALVANISED, pose=along)
    body.add(box((-0.15, -0.90, 0.66), (1.3, 0.58, 0.56)), palette.PLASTIC)
    if skirts:
        skirt = box((-0.15, 1.235, 0.66), (1.75, 0.03, 0.74))
        body.add(skirt, palette.PLASTIC).add(mirrored(skirt), palette.PLASTIC)
    guard = box((_REAR_M, 0.96, 1.04), (1.25, 0.56, 0.03))
    body.add(guard, palette.PLASTIC).add(mirrored(guard), palette.PLASTIC)
    body.add(box((-2.93, 0.0, 0.86), (0.10, 2.2, 0.18)), palette.UNDERBODY)
    _tail(body, -2.965, 0.86)


def _tail(body: Draft, x: float, z: float) -> None:
    """Brake lamps, reversing lamps and indicators at the rear."""
    lamp = box((x, 0.95, z), (0.07, 0.42, 0.13))
    body.add(lamp, palette.TAILLAMP).add(mirrored(lamp), palette.TAILLAMP)
    white = box((x, 0.66, z), (0.06, 0.14, 0.11))
    body.add(white, palette.CLEAR_LENS).add(mirrored(white), palette.CLEAR_LENS)
    for side, lens in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        body.add(box((x, side * 0.95, z + 0.12), (0.07, 0.42, 0.09)), lens)


@lru_cache(maxsize=64)
def lorry_asset(colour: str, variety: int, driver: int = -1, hinged: bool = False) -> Asset:
    """A road tractor. Its limits are those of the loaded combination.

    Args:
        colour: of its cab, a word of ``palette.PAINTS``.
        variety: seed of its make.
        driver: how the driver looks, -1: nobody is in it.
        hinged: its doors are parts that open.
    """
    semantic, style = CLASS_ID["truck"], drawn_cab(variety)
    day = style.grille % 4 == 2
    body = Draft()
    _cab(body, colour, style, day)
    _chassis(body, style.roof % 2 == 0)
    add_plate(body, _END_M + 0.012, 0.56, 1.0)
    a, key = Assembly(), f"lorry.{variety}"
    if hinged:
        add_hinged_cab(a, (f"{key}.hinged", colour), _DOOR, body, semantic)
    else:
        a.add_body(key, colour, body, semantic)
    room = replace(_CAB, heights_m=(1.40, 1.95, 2.95)) if day else _CAB
    furnish(a, "lorry.day" if day else "lorry", room, semantic, driver, _DOOR.x_m if hinged else None)
    mirrors = heavy_mirrors(_END_M - 0.30, 1.16, 1.46, 2.25)
    a.add_mirrors("lorry", mirrors, semantic)
    axles = (("f", _FRONT_M, 1.20, 0.32), ("r", _REAR_M, 1.24, 0.58))
    add_axles(a, "lorry", semantic, axles, _RADIUS_M)
    add_points(a, vehicle_points(body, mirrors, _CAB_HALF_M, 1.60), *map(axle_hub, axles))
    chassis = Chassis(
        0.62, 1.0, 1.0, (8.0, 10.0), friction=0.75, drive_front=0.0, power_wpkg=9.0, drag_per_m=9e-5, rolling_mps2=0.06
    )
    entity = Entity(
        "lorry", "truck", "lorry", semantic, ARTICULATED_SIZE_M["lorry"],
        occluders=(
            solid((_END_M - 0.1, _CAB_BACK_M + 0.05), 1.15, (1.1, 2.0)),
            solid((_END_M - 0.2, _CAB_BACK_M + 0.05), 1.10, (2.0, 2.95 if day else 3.5)),
        ),
        eye_m=_CAB.eye_m,
        doors=cab_doors(_DOOR),
        dynamics=VehicleDynamics(
            _FRONT_M - _REAR_M, -_REAR_M, _RADIUS_M, math.radians(45.0), 1.0, 6.0, 20.0, lateral_max_mps2=3.5,
            chassis=chassis,
        ),
    )  # fmt: skip
    return a.asset(entity, head_lights(2.80, 0.98, 0.62))


def _running_gear(body: Draft) -> None:
    for y in (0.48, -0.48):
        body.add(box((-1.2, y, 0.98), (10.8, 0.10, 0.28)), palette.UNDERBODY)
    for x in _AXLES_M:
        body.add(tube([(x, -1.0, _RADIUS_M), (x, 1.0, _RADIUS_M)], 0.08, 8), palette.UNDERBODY)
    pin = pose((KINGPIN_M, 0.0, 1.10))
    body.add(lathe([(0.0, -0.06), (0.05, -0.06), (0.05, 0.04), (0.0, 0.04)], 12), palette.UNDERBODY, pose=pin)
    leg = box((2.75, 0.70, 0.78), (0.16, 0.16, 0.76))
    body.add(leg, palette.UNDERBODY).add(mirrored(leg), palette.UNDERBODY)
    foot = box((2.75, 0.70, 0.39), (0.30, 0.26, 0.04))
    body.add(foot, palette.UNDERBODY).add(mirrored(foot), palette.UNDERBODY)
    for z in (0.55, 0.86):  # side guards: who is beside it shall not get under it
        rail = box((1.0, 1.21, z), (2.9, 0.03, 0.11))
        body.add(rail, palette.GALVANISED).add(mirrored(rail), palette.GALVANISED)
    guard = box((_AXLES_M[1], 0.99, 1.07), (3.9, 0.52, 0.03))
    body.add(guard, palette.PLASTIC).add(mirrored(guard), palette.PLASTIC)
    body.add(box((-_HALF_M + 0.10, 0.0, 0.50), (0.10, 2.4, 0.14)), palette.GALVANISED)
    for y in (0.6, -0.6):
        body.add(box((-_HALF_M + 0.12, y, 0.75), (0.08, 0.08, 0.5)), palette.UNDERBODY)
    _tail(body, -_HALF_M + 0.03, 0.80)
    for k in range(6):  # side markers
        marker = box((-5.2 + 2.2 * k, _BOX_HALF_M - 0.03, _LOW_M - 0.03), (0.10, 0.03, 0.05))
        body.add(marker, palette.INDICATORS[0]).add(mirrored(marker), palette.INDICATORS[1])


@lru_cache(maxsize=64)
def trailer_asset(colour: str, variety: int) -> Asset:
    """A trailer for a road tractor; its box has a colour of ``palette.PAINTS``, its body is that of a variety."""
    semantic = CLASS_ID["trailer"]
    body = Draft()
    _running_gear(body)
    add_plate(body, -_HALF_M + 0.04, 0.62, -1.0)
    a = Assembly()
    a.add_body("trailer", "", body, semantic)
    kind = drawn_body(variety, BODIES_OF_TRAILERS)
    cargo, hidden = add_superstructure(a, f"trailer.{variety}", kind, _BAY, colour, variety, semantic)
    axles = tuple((f"r{k + 1}", x, 1.25, 0.39) for k, x in enumerate(_AXLES_M))
    add_axles(a, "trailer", semantic, axles, _RADIUS_M)
    add_points(
        a,
        vehicle_points(Draft().extend(body, np.zeros(3)).extend(cargo, np.zeros(3)), None, _BOX_HALF_M, None),
        None,
        axle_hub(axles[-1]),
    )
    entity = Entity(
        "trailer", "trailer", "trailer", semantic, ARTICULATED_SIZE_M["trailer"],
        occluders=hidden,
        dynamics=VehicleDynamics(KINGPIN_M - _AXLES_M[1], -_AXLES_M[1], _RADIUS_M),
    )  # fmt: skip
    return a.asset(entity, shines=True)
