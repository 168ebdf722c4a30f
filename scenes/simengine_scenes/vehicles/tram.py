"""A four-axle tram on two bogies, 14.7 m long: the size of a Tatra T6 (14.7 x 2.5 x 3.1 m, bogie centres 6.7 m).

Both bogies stand along the rails under a rigid body, so the single-track model's unsteered axle is in the middle, and
the two bogies steer against each other. Brakes: 1.2 m/s2 in service, 3 m/s2 with track brakes (BOStrab asks for 2.73).
Its pantograph is folded.
"""

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
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, mirrored, pose, rounded_box, tube
from simengine_scenes.vehicles.car import head_lights
from simengine_scenes.vehicles.coach import Coach, add_coach
from simengine_scenes.vehicles.driver import DRIVER_LOOKS, driver_draft
from simengine_scenes.vehicles.heavy import heavy_mirrors, solid
from simengine_scenes.vehicles.keypoints import Hub, add_points, vehicle_points
from simengine_scenes.vehicles.leaves import add_leaves, leaf_doors
from simengine_scenes.vehicles.lines import Flank, LineLook, add_roof_boxes, drawn_line, line_marks
from simengine_scenes.vehicles.outline import End
from simengine_scenes.vehicles.saloon import Saloon, saloon_draft

__all__ = ["GAUGE_M", "TRAM_SIZE_M", "tram_asset"]

TRAM_SIZE_M: dict[str, tuple[float, float, float]] = {"tram": (14.7, 2.50, 3.50)}
"""Length, width without mirrors, height with the folded pantograph."""
GAUGE_M = 1.435
_END_M, _HALF_M = 7.33, 1.25
_BOGIE_M, _BASE_M, _RADIUS_M = 3.35, 1.9, 0.35
_PILLARS = (5.55, 4.2, 2.85, 1.5, 0.15, -1.2, -2.55, -3.9, -5.3)
_HUB_M = 0.055
"""Of a wheel: how far it reaches out of its middle."""
_DOORS = ((5.45, 4.25), (0.75, -0.65), (-3.95, -5.25))
_DOORS_M = (0.45, 2.42)
_ROWS = (
    (0.32, 0.04), (0.45, 0.0), (0.62, 0.0), (0.80, 0.0), (0.95, 0.0), (1.25, 0.0), (1.36, 0.0), (1.9, 0.015),
    (2.30, 0.03), (2.42, 0.04), (2.55, 0.045), (2.80, 0.06), (2.92, 0.10), (2.99, 0.17),
)  # fmt: skip
_EYE_M, _DESK_M = (6.2, 0.0, 1.95), (6.62, 0.0, 1.45)
_ROOM = Saloon(
    (-6.9, 6.9), (0.85, 1.22, 2.86), 1.16, (3.4, 2.5, 1.6, -1.4, -2.3, -3.2, -5.9), (4.0, 1.1, -1.0, -3.6, -5.5),
    ((4.15, 0.85), (-0.75, -3.85), (-5.35, -6.8)), (2.1, 2.30),
)  # fmt: skip
_COLOURS = ("red", "red", "yellow", "yellow", "white", "green", "blue", "orange")


def _pick(x: Array, y: Array, z: Array) -> Array:
    """0 paint, 1 glass, 2 dark frame, 3 head lamp, 4 tail lamp, 5 second colour."""
    out = np.zeros(x.shape, np.int64)
    side = (x < 6.6) & (x > -6.6)
    pillar = np.abs(x[..., None] - np.array(_PILLARS)).min(-1) < 0.05
    band = side & (z > 1.25) & (z < 2.42)
    out[band] = np.where(pillar, 2, 1)[band]
    out[z > 2.55] = 5
    out[(z > 0.45) & (z < 0.80)] = 5
    for high, low in _DOORS:
        door = (y < -0.9) & (x < high) & (x > low) & (z > 0.45) & (z < 2.42)
        edge = (np.abs(x - 0.5 * (high + low)) < 0.045) | (x > high - 0.07) | (x < low + 0.07)
        out[door] = np.where(edge, 2, 1)[door]
    front, rear = x > 6.6, x < -6.6
    out[front & (z > 1.25) & (z < 2.42)] = 1
    out[(front | rear) & (z > 2.42) & (z < 2.80)] = 2
    out[rear & (np.abs(y) < 0.95) & (z > 1.36) & (z < 2.42)] = 1
    out[front & (np.abs(y) > 0.62) & (z > 0.80) & (z < 0.95)] = 3
    out[rear & (np.abs(y) > 0.75) & (z > 0.80) & (z < 0.95)] = 4
    out[z < 0.45] = 2
    return out


def _columns() -> tuple[float, ...]:
    xs = [p + d for p in _PILLARS for d in (-0.045, 0.045)]
    for high, low in _DOORS:
        middle = 0.5 * (high + low)
        xs += [high, high - 0.065, middle + 0.04, middle - 0.04, low + 0.065, low]
    return tuple(xs)


_FLANK = Flank(0.84, 1.22, _HALF_M, ((-6.3, 6.3),), ((-6.3, -5.28), (-3.92, -0.68), (0.78, 4.22), (5.48, 6.3)))
_BOXES = (
    ((4.4, 2.6), (-0.9, 3.0), (-4.9, 2.2)), ((4.2, 3.4), (-3.2, 4.4)), ((-0.9, 2.0), (-5.0, 2.6), (4.6, 1.6)),
    ((-2.8, 5.0), (4.9, 1.4)),
)  # fmt: skip


def _roof(body: Draft, look: LineLook) -> None:
    """Boxes of resistors and converters, air conditioning, and a folded pantograph."""
    add_roof_boxes(body, look, (3.02, 3.28), _BOXES, 0.78)
    foot = 3.10
    for y in (0.42, -0.42):
        body.add(tube([(1.0, y, 3.0), (1.0, y, foot + 0.08), (2.3, 0.6 * y, foot + 0.28)], 0.025, 6), palette.IRON)
        body.add(tube([(2.3, 0.6 * y, foot + 0.28), (1.15, 0.9 * y, foot + 0.36)], 0.018, 6), palette.IRON)
    for x in (1.02, 1.22):
        bow = [(x, -0.75, foot + 0.33), (x, -0.5, foot + 0.388), (x, 0.5, foot + 0.388), (x, 0.75, foot + 0.33)]
        body.add(tube(bow, 0.012, 6), palette.IRON)


def _ends(body: Draft) -> None:
    """Lamps, destination display, wiper, bumper and a folded coupler."""
    for k in range(11):
        wide = (0.62 - 0.125 * k, 2.60)
        body.add(box((_END_M - 0.06 - 0.004 * abs(k - 5), *wide), (0.04, 0.07, 0.16)), palette.INDICATOR)
    for y in (0.70, 0.86):
        lens = ellipsoid((_END_M - 0.108 - 0.266 * (y - 0.70), y, 0.875), (0.06, 0.06, 0.055), 8, 12)
        body.add(lens, palette.HEADLAMP_LENS).add(mirrored(lens), palette.HEADLAMP_LENS)
    body.add(ellipsoid((_END_M - 0.03, 0.0, 2.50), (0.05, 0.07, 0.05), 8, 12), palette.HEADLAMP_LENS)
    body.add(tube([(_END_M - 0.01, 0.3, 1.30), (_END_M - 0.0, -0.45, 1.85)], 0.012, 5), palette.RUBBER)
    for way in (1.0, -1.0):
        body.add(rounded_box((way * (_END_M - 0.10), 0.0, 0.48), (0.24, 1.7, 0.22), 6.0, 18, 0.4), palette.PLASTIC)
    for side, amber in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        body.add(box((0.06 - _END_M, side * 0.98, 1.08), (0.10, 0.16, 0.10)), amber)
        body.add(box((_END_M - 0.27, side * 1.06, 1.02), (0.14, 0.08, 0.07)), amber)
        body.add(box((1.5, side * 1.252, 1.10), (0.12, 0.02, 0.06)), amber)
        body.add(box((0.05 - _END_M, side * 0.62, 0.875), (0.08, 0.18, 0.08)), palette.BRAKELAMP)


def _bogie() -> Draft:
    """Frame, track brakes and axle boxes about the middle of a bogie."""
    d = Draft()
    for y in (0.60, -0.60):
        d.add(box((0.0, y, 0.42), (2.3, 0.12, 0.16)), palette.UNDERBODY)
        d.add(box((0.0, 0.5 * GAUGE_M * y / 0.60, 0.10), (1.0, 0.08, 0.10)), palette.IRON)
    return d.add(box((0.0, 0.0, 0.42), (0.5, 1.2, 0.20)), palette.UNDERBODY)


def _wheel() -> Draft:
    """A steel wheel about the y axis; its flange, which hides in the groove of the rail, is left out."""
    r, turn = _RADIUS_M, pose(axis=(1.0, 0.0, 0.0), angle_rad=-0.5 * math.pi)
    rim = [(0.0, -0.065), (r, -0.065), (r, 0.06), (0.86 * r, 0.06), (0.8 * r, 0.03), (0.3 * r, 0.03),
           (0.25 * r, _HUB_M), (0.0, _HUB_M)]  # fmt: skip
    return Draft().add(lathe(rim, 32), palette.IRON, pose=turn)


def _inside() -> Draft:
    """The saloon, and the driver's cabin with its desk and its wall."""
    out = saloon_draft(_ROOM)
    x, y, z = _EYE_M
    out.add(rounded_box((_DESK_M[0] + 0.22, 0.0, _DESK_M[2] - 0.25), (0.5, 1.5, 0.4), 5.0), palette.PLASTIC)
    out.add(box((x - 0.62, 0.45, 1.75), (0.04, 1.2, 1.9)), palette.PLASTIC)
    out.add(rounded_box((x - 0.06, y, z - 0.87), (0.50, 0.50, 0.16), 4.0), palette.SEAT)
    return out.add(rounded_box((x - 0.34, y, z - 0.45), (0.13, 0.48, 0.75), 4.0), palette.SEAT)


@lru_cache(maxsize=64)
def _tram(colour: str, second: str, variety: int, driver: int, hinged: bool) -> Asset:
    semantic, face, look = CLASS_ID["tram"], (0.0, 0.35, 0.65), drawn_line(variety, colour)
    coach = Coach(
        End(_END_M, 0.30, (0.50, 0.42), face, 5), End(-_END_M, 0.22, (0.40, 0.40), face, 5), _HALF_M, _ROWS,
        _columns(), (), 0.06,
    )  # fmt: skip
    table = (
        palette.panels(colour),
        palette.WINDSCREEN,
        palette.PLASTIC,
        palette.HEADLAMP,
        palette.TAILLAMP,
        palette.panels(second),
    )
    body = Draft()
    add_coach(body, coach, table, _pick)
    _roof(body, look)
    _ends(body)
    a = Assembly()
    key = f"tram.{variety}"
    paints = f"{colour}.{second}"
    if hinged:
        add_leaves(a, (f"{key}.hinged", paints), body, _DOORS, _DOORS_M, _HALF_M, semantic)
    else:
        a.add_body(key, paints, body, semantic)
    a.add("livery", f"{key}.livery.{colour}", line_marks(look, _FLANK, table[0]), semantic)
    a.add("inside", "tram.inside", _inside(), semantic)
    if driver >= 0:
        a.add("driver", f"tram.driver{driver}", driver_draft(_EYE_M, _EYE_M[2] - 0.75, _DESK_M, driver), semantic)
    mirrors = heavy_mirrors(6.75, 1.05, 1.44, 2.05)
    a.add_mirrors("tram", mirrors, semantic)
    frame, wheel = a.mesh("tram.bogie", _bogie()), a.mesh("tram.wheel", _wheel())
    flip = pose(axis=(0.0, 0.0, 1.0), angle_rad=math.pi)
    for end, x, way in (("f", _BOGIE_M, 1.0), ("r", -_BOGIE_M, -1.0)):
        turn = a.link(f"steer_{end}", (x, 0.0, 0.0), 0, (0.0, 0.0, way))  # the rear one turns the other way
        a.part(f"bogie_{end}", frame, semantic, turn)
        for k, along in enumerate((0.5 * _BASE_M, -0.5 * _BASE_M)):
            for side, sign in (("l", 1.0), ("r", -1.0)):
                link = a.link(f"wheel_{end}{k}{side}", (x + along, 0.5 * sign * GAUGE_M, _RADIUS_M), turn)
                a.part(f"wheel_{end}{k}{side}", wheel, semantic, link, None if sign > 0 else flip)
    hubs = Hub("wheel_f0", _HUB_M), Hub("wheel_r1", _HUB_M)
    add_points(a, vehicle_points(body, mirrors, _HALF_M, _PILLARS[0]), *hubs)
    entity = Entity(
        "tram", "tram", "tram", semantic, TRAM_SIZE_M["tram"],
        occluders=(solid((6.9, -6.9), 1.15, (0.45, 1.25)), solid((6.6, -6.7), 1.12, (1.25, 2.9))),
        eye_m=_EYE_M,
        doors=leaf_doors(_DOORS, _DOORS_M, _HALF_M),
        dynamics=VehicleDynamics(
            _BOGIE_M, 0.0, _RADIUS_M, math.radians(11.0), 1.2, 3.0, 5.0, 0.3, lateral_max_mps2=2.0
        ),
    )  # fmt: skip
    return a.asset(entity, head_lights(7.0, 0.78, 0.875))


def tram_asset(colour: str, variety: int, driven: bool = False, hinged: bool = False) -> Asset:
    """A tram.

    Args:
        colour: a word of ``palette.PAINTS``, or "any": one that trams have.
        variety: seed of what is "any" and of the second colour.
        driven: somebody sits in its cabin.
        hinged: its doors are parts that open.
    """
    draw = stream(variety, "tram")
    paint = colour if colour != "any" else _COLOURS[int(draw.integers(len(_COLOURS)))]
    others = tuple(c for c in ("white", "grey", "silver", "black") if c != paint)
    second = others[int(draw.integers(len(others)))]
    return _tram(paint, second, variety, variety % DRIVER_LOOKS if driven else -1, hinged)
