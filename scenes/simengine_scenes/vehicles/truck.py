"""A two-axle truck, whose make and body its variety decides."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import Array
from simengine.rng import stream
from simengine.world.scene import Asset, Entity, VehicleDynamics
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
from simengine_scenes.vehicles.livery import drawn_box_colour
from simengine_scenes.vehicles.outline import End
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M
from simengine_scenes.vehicles.superstructures import BODIES_OF_TRUCKS, Bay, add_superstructure, drawn_body

__all__ = ["truck_asset"]

_END_M = 4.285
_CAB_BACK_M = 2.18
_CAB_HALF_M = 1.22
_BOX_FRONT_M, _BOX_HALF_M = 2.02, 1.275
_RADIUS_M = 0.50
_FRONT_M, _REAR_M = 2.98, -2.05
_ROWS = (
    (0.42, 0.04), (0.50, 0.0), (0.72, 0.0), (0.94, 0.0), (1.08, 0.0), (1.55, 0.0), (1.72, 0.01), (1.80, 0.015),
    (2.45, 0.05), (2.52, 0.06), (2.72, 0.09), (2.82, 0.15), (2.86, 0.24),
)  # fmt: skip

_CAB = Cab((_END_M - 0.10, _CAB_BACK_M), 1.16, (1.14, 1.66, 2.70), (3.5, 0.55, 2.2))
_DOOR = CabDoor((3.92, 2.80), (1.08, 2.52), 1.72, _CAB_HALF_M)


_ZONES = CabZones((0.50, 0.70), (0.72, 0.94), (0.94, 1.55), (1.72, 2.52), 2.90)
_BAY = Bay(_BOX_FRONT_M, -_END_M - 0.009, _BOX_HALF_M + 0.004, 1.0, 3.50)
_OPEN = ("tanker", "tipper", "stakes", "mixer")
"""Bodies that no deflector leads the wind over."""


def _pick(x: Array, y: Array, z: Array) -> Array:
    """0 paint, 1 glass, 2 dark plastic, 3 head lamp, 4 gap."""
    out = np.zeros(x.shape, np.int64)
    front = x > _END_M - 0.30
    out[front & (z > 1.72) & (z < 2.52)] = 1
    out[front & (np.abs(y) > 0.80) & (z > 0.72) & (z < 0.94)] = 3
    side = ~front & (np.abs(y) > 1.0)
    out[side & (x < 3.85) & (x > 2.95) & (z > 1.72) & (z < 2.45)] = 1
    gap = (np.abs(x - 3.92) < 0.012) | (np.abs(x - 2.80) < 0.012)
    out[side & gap & (z > 0.72) & (z < 2.52)] = 4
    out[z < 0.5] = 2
    return out


def _cab(body: Draft, colour: str, style: CabStyle, kind: str) -> None:
    face = (0.0, 0.42, 0.78)
    cab = Coach(
        End(_END_M, 0.10, (0.22, 0.26), face, 4), End(_CAB_BACK_M, 0.0, (0.10, 0.10), face, 2), _CAB_HALF_M, _ROWS,
        (3.93, 3.91, 3.85, 2.95, 2.81, 2.79, 2.5), ((_FRONT_M, _RADIUS_M + 0.09, _RADIUS_M),), 0.05,
    )  # fmt: skip
    paint = palette.panels(colour)
    add_coach(body, cab, (paint, palette.WINDSCREEN, palette.PLASTIC, palette.HEADLAMP, palette.UNDERBODY), _pick)
    add_front(body, cab, _ZONES, style, paint)
    if kind not in _OPEN and kind != "reefer" and style.roof < 5:
        add_deflector(body, (2.22, 3.70), (2.84, 3.46), 0.98, style, paint)
        add_roof(body, (3.85, 2.84, 3.4), 0.95, style)
    elif kind != "reefer":
        add_roof(body, (3.6, 2.88, 3.4), 0.95, style)
    for y in (-0.35, 0.35):
        body.add(box((_END_M - 0.012, y, 1.76), (0.02, 0.62, 0.025)), palette.RUBBER)


def _chassis(body: Draft, variety: int) -> None:
    tanked = stream(variety, "chassis").random() < 0.5
    for y in (0.42, -0.42):
        body.add(box((-0.7, y, 0.90), (6.9, 0.08, 0.24)), palette.UNDERBODY)
    body.add(box((0.0, 0.0, 0.72), (0.9, 0.7, 0.5)), palette.UNDERBODY)
    for x in (_FRONT_M, _REAR_M):
        body.add(tube([(x, -0.95, _RADIUS_M), (x, 0.95, _RADIUS_M)], 0.09, 8), palette.UNDERBODY)
    along = pose((1.35, 0.86, 0.68), (0.0, 1.0, 0.0), 0.5 * math.pi)
    tank = [(0.0, -0.55), (0.28, -0.55), (0.30, -0.5), (0.30, 0.5), (0.28, 0.55), (0.0, 0.55)]
    body.add(lathe(tank, 16), palette.GALVANISED if tanked else palette.PLASTIC, pose=along)
    body.add(box((1.3, -0.86, 0.68), (1.0, 0.55, 0.5)), palette.PLASTIC)
    for z in (0.55, 0.82) if tanked else (0.47, 0.55, 0.63, 0.71, 0.79, 0.87):
        rail = box((-0.15 if z < 0.7 else -0.2, 1.20, z), (1.5, 0.03, 0.10 if tanked else 0.065))
        metal = palette.GALVANISED if tanked else palette.PLASTIC
        body.add(rail, metal).add(mirrored(rail), metal)
    guard = box((_REAR_M, 0.97, 1.02), (1.25, 0.5, 0.03))
    body.add(guard, palette.PLASTIC).add(mirrored(guard), palette.PLASTIC)
    body.add(box((-4.15, 0.0, 0.50), (0.10, 2.3, 0.13)), palette.GALVANISED)
    for y in (0.6, -0.6):
        body.add(box((-4.1, y, 0.72), (0.08, 0.08, 0.5)), palette.UNDERBODY)
    lamp = box((-4.20, 0.95, 0.74), (0.07, 0.42, 0.15))
    body.add(lamp, palette.TAILLAMP).add(mirrored(lamp), palette.TAILLAMP)
    white = box((-4.20, 0.66, 0.74), (0.06, 0.14, 0.12))
    body.add(white, palette.CLEAR_LENS).add(mirrored(white), palette.CLEAR_LENS)
    for side, lens in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        body.add(box((-4.20, side * 0.95, 0.87), (0.07, 0.42, 0.09)), lens)
        body.add(box((_END_M - 0.16, side * 1.195, 0.98), (0.16, 0.05, 0.07)), lens)


@lru_cache(maxsize=64)
def truck_asset(colour: str, variety: int, driver: int = -1, hinged: bool = False) -> Asset:
    """A truck.

    Args:
        colour: of its cab, a word of ``palette.PAINTS``.
        variety: seed of its make, its body, its livery.
        driver: how the driver looks, -1: nobody.
        hinged: its doors are parts that open.
    """
    semantic = CLASS_ID["truck"]
    kind, style = drawn_body(variety, BODIES_OF_TRUCKS), drawn_cab(variety)
    body = Draft()
    _cab(body, colour, style, kind)
    _chassis(body, variety)
    sides = drawn_box_colour(variety, colour)
    add_plate(body, _END_M + 0.0135, 0.60, 1.0)
    add_plate(body, -_END_M - 0.0135 + 0.07, 0.74, -1.0)
    a = Assembly()
    key = f"truck.{variety}"
    if hinged:
        add_hinged_cab(a, (f"{key}.hinged", colour), _DOOR, body, semantic)
    else:
        a.add_body(key, colour, body, semantic)
    cargo, hidden = add_superstructure(a, key, kind, _BAY, sides, variety, semantic)
    furnish(a, "truck", _CAB, semantic, driver, _DOOR.x_m if hinged else None)
    mirrors = heavy_mirrors(_END_M - 0.30, 1.14, 1.44, 2.05)
    a.add_mirrors("truck", mirrors, semantic)
    axles = (("f", _FRONT_M, 1.19, 0.30), ("r", _REAR_M, 1.23, 0.56))
    add_axles(a, "truck", semantic, axles, _RADIUS_M)
    add_points(
        a,
        vehicle_points(Draft().extend(body, np.zeros(3)).extend(cargo, np.zeros(3)), mirrors, _BOX_HALF_M, 2.75),
        *map(axle_hub, axles),
    )
    entity = Entity(
        "truck", "car", "truck", semantic, VEHICLE_SIZE_M["truck"],
        occluders=(*hidden, solid((_END_M - 0.2, _CAB_BACK_M + 0.08), 1.05, (1.12, 2.74))),
        eye_m=_CAB.eye_m,
        doors=cab_doors(_DOOR),
        dynamics=VehicleDynamics(_FRONT_M - _REAR_M, -_REAR_M, _RADIUS_M, math.radians(42.0), 1.2, 6.0),
    )  # fmt: skip
    return a.asset(entity, head_lights(4.1, 0.95, 0.83))
