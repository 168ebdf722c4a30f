"""Emergency vehicles: police cars, ambulances and fire engines with retroreflective schemes and blue lamps that flash.

The lamps flash twice in half a second (ECE R65: 2 to 4 Hz), left and right in turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array
from simengine.rng import stream
from simengine.world.lamps import Flash
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, Glow, Light, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, mirrored, rounded_box, tube
from simengine_scenes.vehicles.cab_interior import Cab, furnish
from simengine_scenes.vehicles.car import assemble_car, car_body, car_occluders, head_lights
from simengine_scenes.vehicles.coach import Coach, add_coach
from simengine_scenes.vehicles.decals import add_decal
from simengine_scenes.vehicles.doors import CabDoor, add_hinged_cab, cab_doors, front_doors
from simengine_scenes.vehicles.driver import DRIVER_LOOKS
from simengine_scenes.vehicles.face import Look, drawn_look, shaped
from simengine_scenes.vehicles.heavy import add_axles, add_plate, axle_hub, heavy_mirrors, solid
from simengine_scenes.vehicles.keypoints import add_points, vehicle_points
from simengine_scenes.vehicles.outline import End
from simengine_scenes.vehicles.shape import BODIES, BodyShape, CabinShape

__all__ = ["EMERGENCY_SIZE_M", "emergency_asset"]

EMERGENCY_SIZE_M: dict[str, tuple[float, float, float]] = {
    "ambulance": (5.93, 2.038, 2.715),
    "police": (4.686, 1.838, 1.58),
    "fire_engine": (8.207, 2.57, 3.11),
}
"""Length, width without mirrors, and height with the light bar, by model."""
_PERIOD_NS, _FLASH_NS = 500_000_000, 80_000_000
_SCHEMES = 3
_BLUE = (0.002, 0.006, 0.025)
"""2,500 cd of a flash over 100 klx."""

_AMBULANCE = replace(
    BODIES["van"], length_m=5.90, half_m=1.015, tail=(0.03, 0.10, 0.10), axles_m=(1.98, -1.70),
    belt=((2.95, 0.95), (2.72, 1.07), (2.35, 1.19), (2.0, 1.22), (-2.95, 1.24)), seams_m=(1.52, 0.42, -0.85),
    cabin=CabinShape((2.38, -2.925), (1.30, -2.88), 0.994, 0.90, 2.58, 0.05, ((0.0, 0.10), (0.30, 1.0)), privacy=True,
                      twin_doors=True, high_roof=True),
    eye_m=(1.25, 0.45, 1.62), mirror_half_m=1.16, dynamics=VehicleDynamics(3.68, 1.70, 0.345, 0.6, 2.0, 8.0),
)  # fmt: skip


@dataclass(frozen=True)
class _Scheme:
    """Paint, and the two colours of the chequers or the stripe."""

    paint: Material
    first: Material
    second: Material
    chequers: bool


_PAINT = {
    "ambulance": (
        _Scheme(palette.AMBULANCE_YELLOW, palette.RETRO_GREEN, palette.RETRO_YELLOW, True),
        _Scheme(palette.PAINTS["white"], palette.RETRO_RED, palette.RETRO_YELLOW, False),
        _Scheme(palette.PAINTS["white"], palette.RETRO_ORANGE, palette.RETRO_WHITE, True),
    ),
    "police": (
        _Scheme(palette.PAINTS["silver"], palette.RETRO_BLUE, palette.RETRO_WHITE, False),
        _Scheme(palette.PAINTS["white"], palette.RETRO_BLUE, palette.RETRO_YELLOW, True),
        _Scheme(palette.PAINTS["blue"], palette.RETRO_WHITE, palette.RETRO_YELLOW, False),
    ),
    "fire_engine": (
        _Scheme(palette.FIRE_RED, palette.RETRO_WHITE, palette.RETRO_YELLOW, False),
        _Scheme(palette.FIRE_RED, palette.RETRO_YELLOW, palette.RETRO_RED, True),
        _Scheme(palette.FIRE_RED, palette.RETRO_WHITE, palette.RETRO_RED, True),
    ),
}


def _livery(body: Draft, scheme: _Scheme, x_m: tuple[float, float], z_m: tuple[float, float], half_m: float) -> None:
    """Chequers in two rows, or a broad stripe over a thin one, along both sides."""
    low, high = z_m
    size = 0.5 * (high - low)
    cell = size / 4.0 if scheme.chequers else (high - low) / 8.0
    rear = x_m[1] - cell * round((x_m[1] - x_m[0]) / cell)  # whole cells, so that edges lie between them

    def chequer(u: Array, z: Array) -> Array:
        return (np.floor((u - rear) / size) + np.floor((z - low) / size)).astype(np.int64) % 2

    def stripe(u: Array, z: Array) -> Array:
        del u
        share = (z - low) / (high - low)
        return np.where(share > 0.375, 0, np.where(share < 0.25, 1, -1))  # eighths: rows of cells

    def outside(u: Array, z: Array, y: Array) -> Array:
        del u, z
        return y > half_m - 0.12

    colours, pick = (scheme.first, scheme.second), chequer if scheme.chequers else stripe
    add_decal(body, (rear, x_m[1], low, high), cell, colours, pick, "side", outside)


def _chevrons(body: Draft, scheme: _Scheme, y_m: float, z_m: tuple[float, float], x_m: float) -> None:
    """Slanting bars on the tail that rise towards the middle; their edges are diagonals of its cells."""

    def pick(u: Array, z: Array) -> Array:
        return (np.floor((z + np.abs(u)) / 0.16)).astype(np.int64) % 2

    def flat(u: Array, z: Array, x: Array) -> Array:
        del u, z
        return x < x_m + 0.10

    colours = (palette.RETRO_RED, palette.RETRO_YELLOW) if scheme.chequers else (scheme.first, scheme.second)
    add_decal(body, (-y_m, y_m, *z_m), 0.04, colours, pick, "tail", flat)


def _light_bar(a: Assembly, key: str, at: tuple[float, float], half_m: float, foot_m: float, semantic: int) -> None:
    """Base, feet and the two lamps of a bar across the roof at x and z."""
    x, z = at
    d = Draft().add(rounded_box((x, 0.0, z + 0.015), (0.26, 2.0 * half_m, 0.03), 8.0), palette.PLASTIC)
    for y in (0.75 * half_m, -0.75 * half_m):
        d.add(box((x, y, z - 0.5 * foot_m), (0.12, 0.08, foot_m + 0.03)), palette.PLASTIC)
    d.add(rounded_box((x, 0.0, z + 0.06), (0.20, 0.34 * half_m, 0.08), 8.0), palette.PAINTS["white"])
    a.add("bar", f"{key}.bar", d, semantic)
    for name, sign, material in (("l", 1.0, palette.BEACONS[0]), ("r", -1.0, palette.BEACONS[1])):
        dome = rounded_box((x, sign * 0.58 * half_m, z + 0.06), (0.24, 0.78 * half_m, 0.09), 5.0)
        a.add(f"beacon_{name}", f"{key}.beacon_{name}", Draft().add(dome, material), semantic)


def _beacons(asset: Asset, at: tuple[float, float], half_m: float, offset_ns: int) -> Asset:
    """The asset with lamps that flash."""
    x, z = at
    lit = tuple((start, start + _FLASH_NS) for start in (0, 130_000_000))
    flashes = [Flash(_PERIOD_NS, offset_ns + side * _PERIOD_NS // 2, lit) for side in (0, 1)]
    lights = tuple(
        Light((x, sign * 0.6 * half_m, z + 0.15), (0.0, 0.0, 1.0), _BLUE, math.pi, 0, False, flash)
        for sign, flash in zip((1.0, -1.0), flashes, strict=True)
    )
    glows = {m.name: (Glow(palette.BEACON_LIT, 0, f),) for m, f in zip(palette.BEACONS, flashes, strict=True)}
    return replace(asset, lights=(*asset.lights, *lights), glows={**asset.glows, **glows})


def _car(
    model: str, shape: BodyShape, scheme: _Scheme, number: int, look: Look, driver: int, hinged: bool
) -> tuple[Asset, tuple[float, float], float]:
    """A police car or an ambulance; where its light bar is, and half its width."""
    semantic = CLASS_ID["car" if model == "police" else "van"]
    body = car_body(shape, scheme.paint, look)
    front, rear = shape.axles_m[0] + 0.45, -0.5 * shape.length_m + 0.35
    if model == "police":
        _livery(body, scheme, (rear, front), (0.52, 0.86), shape.half_m)
        at, half, foot = (0.5 * sum(shape.cabin.roof_x_m) + 0.28, 1.475), 0.52, 0.05
    else:
        _livery(body, scheme, (rear, front), (0.66, 1.16), shape.half_m)
        at, half, foot = (1.12, 2.61), 0.78, 0.06
        _chevrons(body, scheme, 0.72, (0.88, 1.20), -0.5 * shape.length_m)
        body.add(rounded_box((-2.62, 0.0, 2.61), (0.18, 1.2, 0.09), 8.0), scheme.paint)
    key = model, f"scheme{number}"
    a, lights = assemble_car(key, shape, scheme.paint, look, body, semantic, hinged, driver)
    _light_bar(a, model, at, half, foot, semantic)
    entity = Entity(
        model, "emergency_vehicle", model, semantic, EMERGENCY_SIZE_M[model], occluders=car_occluders(shape),
        eye_m=shape.eye_m, dynamics=shape.dynamics, doors=front_doors(shape),
    )  # fmt: skip
    return a.asset(entity, lights), at, half


_END_M, _HALF_M, _RADIUS_M, _FRONT_M, _REAR_M = 4.085, 1.22, 0.50, 2.72, -1.75
_CAB_BACK_M = 1.30
_CAB = Cab((_END_M - 0.10, _CAB_BACK_M), 1.16, (1.14, 1.56, 2.62), (3.3, 0.55, 2.05), 2.02)
_DOOR = CabDoor((3.70, 2.70), (1.08, 2.44), 1.62, _HALF_M)
_ROWS = (
    (0.42, 0.04), (0.50, 0.0), (0.72, 0.0), (0.94, 0.0), (1.08, 0.0), (1.35, 0.0), (1.52, 0.01), (1.62, 0.015),
    (2.35, 0.05), (2.44, 0.06), (2.62, 0.09), (2.74, 0.15), (2.78, 0.24),
)  # fmt: skip


def _pick(x: Array, y: Array, z: Array) -> Array:
    """0 paint, 1 glass, 2 dark plastic, 3 head lamp, 4 gap."""
    out = np.zeros(x.shape, np.int64)
    front = x > _END_M - 0.30
    out[front & (z > 1.52) & (z < 2.44)] = 1
    out[front & (np.abs(y) < 0.75) & (z > 0.94) & (z < 1.35)] = 2
    out[front & (np.abs(y) > 0.80) & (z > 0.72) & (z < 0.94)] = 3
    side = ~front & (np.abs(y) > 1.0)
    for high, low in ((3.62, 2.86), (2.50, 1.62)):
        out[side & (x < high) & (x > low) & (z > 1.62) & (z < 2.35)] = 1
    gaps = np.abs(x[..., None] - np.array([3.70, 2.70, 1.50])).min(-1) < 0.012
    out[side & gaps & (z > 0.72) & (z < 2.44)] = 4
    out[z < 0.5] = 2
    return out


def _fire_body(scheme: _Scheme) -> Draft:
    """Crew cab, lockers with roller shutters, ladder on the roof."""
    d, face = Draft(), (0.0, 0.42, 0.78)
    cab = Coach(
        End(_END_M, 0.10, (0.22, 0.26), face, 4), End(_CAB_BACK_M, 0.0, (0.06, 0.06), face, 2), _HALF_M, _ROWS,
        (3.71, 3.69, 3.62, 2.86, 2.71, 2.69, 2.50, 1.62, 1.51, 1.49), ((_FRONT_M, _RADIUS_M + 0.09, _RADIUS_M),), 0.05,
    )  # fmt: skip
    table = (scheme.paint, palette.WINDSCREEN, palette.PLASTIC, palette.HEADLAMP, palette.UNDERBODY)
    add_coach(d, cab, table, _pick)
    for y in (0.88, 1.0):
        lens = ellipsoid((_END_M - 0.065 - 0.134 * (y - 0.88), y, 0.83), (0.05, 0.05, 0.07), 8, 12)
        d.add(lens, palette.HEADLAMP_LENS).add(mirrored(lens), palette.HEADLAMP_LENS)
    rear = -_END_M
    middle, length = 0.5 * (_CAB_BACK_M + 0.01 + rear), _CAB_BACK_M + 0.01 - rear
    d.add(box((middle, 0.0, 2.02), (length, 2.55, 1.76)), scheme.paint)
    for x, wide in ((0.68, 1.0), (2.95, 0.95)):  # lockers below, before and behind the rear axle
        at = _CAB_BACK_M - 0.08 - x if x < 1.0 else rear + 0.62
        d.add(box((at, 0.0, 0.82), (wide, 2.54, 0.66)), scheme.paint)
    for x, wide, low, high in ((0.66, 0.98, 0.60, 2.55), (-0.48, 1.0, 1.32, 2.55), (-1.62, 1.0, 1.32, 2.55),
                               (-2.72, 0.92, 1.32, 2.55), (-3.52, 0.60, 0.60, 2.55)):  # fmt: skip
        count = max(4, round((high - low) / 0.14))
        for k in range(count):  # the slats of a shutter
            z = low + (k + 0.5) * (high - low) / count
            slat = box((x, 1.272, z), (wide, 0.014, 0.86 * (high - low) / count))
            d.add(slat, palette.SHUTTER).add(mirrored(slat), palette.SHUTTER)
    back = [box((rear - 0.004, 0.0, 0.95 + 0.13 * k), (0.014, 1.3, 0.11)) for k in range(12)]
    for slat in back:
        d.add(slat, palette.SHUTTER)
    for y in (0.42, -0.42):
        d.add(box((-0.6, y, 0.88), (6.9, 0.08, 0.24)), palette.UNDERBODY)
    for x in (_FRONT_M, _REAR_M):
        d.add(tube([(x, -0.95, _RADIUS_M), (x, 0.95, _RADIUS_M)], 0.09, 8), palette.UNDERBODY)
    d.add(box((_REAR_M, 0.0, 1.1), (1.3, 2.3, 0.12)), palette.UNDERBODY)
    d.add(box((rear + 0.045, 0.0, 0.50), (0.10, 2.3, 0.16)), palette.PLASTIC)
    for y in (0.55, 0.25):  # the ladder
        d.add(box((-1.3, y, 3.05), (4.6, 0.05, 0.10)), palette.GALVANISED)
    for k in range(15):
        x = -3.4 + 0.3 * k
        d.add(tube([(x, 0.25, 3.05), (x, 0.55, 3.05)], 0.016, 6), palette.GALVANISED)
    for x in (-3.2, 0.6):
        d.add(box((x, 0.4, 2.94), (0.08, 0.5, 0.10)), palette.IRON)
    d.add(rounded_box((-1.5, -0.6, 3.0), (2.8, 0.5, 0.22), 8.0), palette.SHUTTER)
    for y in (0.95, -0.95):
        d.add(box((rear, y, 0.72), (0.03, 0.34, 0.16)), palette.TAILLAMP)
        d.add(box((rear, 0.65 * y, 0.72), (0.03, 0.16, 0.12)), palette.CLEAR_LENS)
    for side, lens in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        d.add(box((rear, side * 0.98, 0.86), (0.03, 0.28, 0.09)), lens)
        d.add(box((_END_M - 0.16, side * 1.195, 0.98), (0.16, 0.05, 0.07)), lens)
    for k in range(3):
        d.add(box((_END_M - 0.005, 0.0, 1.0 + 0.13 * k), (0.02, 1.3, 0.03)), palette.CHROME)
    for y in (-0.35, 0.35):
        d.add(box((_END_M - 0.012, y, 1.56), (0.02, 0.62, 0.025)), palette.RUBBER)
    return d


def _fire_engine(scheme: _Scheme, number: int, driver: int, hinged: bool) -> tuple[Asset, tuple[float, float], float]:
    semantic = CLASS_ID["truck"]
    body = _fire_body(scheme)
    _livery(body, scheme, (-_END_M + 0.05, _END_M - 0.40), (1.02, 1.30), _HALF_M)
    _chevrons(body, scheme, 1.24, (0.64, 0.92), -_END_M)
    add_plate(body, _END_M + 0.0135, 0.60, 1.0)
    add_plate(body, -_END_M - 0.0135, 0.56, -1.0)
    a = Assembly()
    if hinged:
        add_hinged_cab(a, ("fire_engine.hinged", f"scheme{number}"), _DOOR, body, semantic)
    else:
        a.add_body("fire_engine", f"scheme{number}", body, semantic)
    furnish(a, "fire_engine", _CAB, semantic, driver, _DOOR.x_m if hinged else None)
    mirrors = heavy_mirrors(_END_M - 0.30, 1.14, 1.44, 1.95)
    a.add_mirrors("fire_engine", mirrors, semantic)
    axles = (("f", _FRONT_M, 1.19, 0.30), ("r", _REAR_M, 1.23, 0.56))
    add_axles(a, "fire_engine", semantic, axles, _RADIUS_M)
    add_points(a, vehicle_points(body, mirrors, _HALF_M, 2.70), *map(axle_hub, axles))
    at, half = (3.35, 2.90), 0.92
    _light_bar(a, "fire_engine", at, half, 0.10, semantic)
    entity = Entity(
        "fire_engine", "emergency_vehicle", "fire_engine", semantic, EMERGENCY_SIZE_M["fire_engine"],
        occluders=(
            solid((_CAB_BACK_M - 0.1, -_END_M + 0.05), 1.22, (1.2, 2.85)),
            solid((_END_M - 0.2, _CAB_BACK_M + 0.08), 1.05, (1.12, 2.66)),
        ),
        eye_m=_CAB.eye_m,
        doors=cab_doors(_DOOR),
        dynamics=VehicleDynamics(_FRONT_M - _REAR_M, -_REAR_M, _RADIUS_M, math.radians(42.0), 1.4, 6.5),
    )  # fmt: skip
    return a.asset(entity, head_lights(_END_M - 0.185, 0.95, 0.83)), at, half


@lru_cache(maxsize=64)
def _unlit(model: str, number: int, look: Look, driver: int, hinged: bool) -> tuple[Asset, tuple[float, float], float]:
    scheme = _PAINT[model][number]
    if model == "fire_engine":
        return _fire_engine(scheme, number, driver, hinged)
    shape = shaped(BODIES["sedan"] if model == "police" else _AMBULANCE, look)
    return _car(model, shape, scheme, number, look, driver, hinged)


def emergency_asset(model: str, beacons: bool, variety: int, driven: bool = False, hinged: bool = False) -> Asset:
    """An emergency vehicle of a model in ``EMERGENCY_SIZE_M``; scheme and phase of its flashes by the variety seed.
    ``driven``: somebody sits at the wheel. ``hinged``: its front doors are parts that open."""
    draw = stream(variety, "emergency", model)
    look = drawn_look(model, variety) if model != "fire_engine" else Look()
    driver = variety % DRIVER_LOOKS if driven else -1
    asset, at, half = _unlit(model, int(draw.integers(_SCHEMES)), look, driver, hinged)
    offset_ns = int(draw.integers(_PERIOD_NS))
    return _beacons(asset, at, half, offset_ns) if beacons else asset
