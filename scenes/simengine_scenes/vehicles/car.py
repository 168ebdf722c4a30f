"""Cars and panel vans."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.world.lamps import Lamp
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity, Light
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, loft, mirrored, pose, ring, tube
from simengine_scenes.vehicles.cabin import add_cabin
from simengine_scenes.vehicles.doors import add_hinged, front_doors
from simengine_scenes.vehicles.driver import driver_draft
from simengine_scenes.vehicles.face import Look, shaped
from simengine_scenes.vehicles.interior import car_interior, deck_names, wheel_m, without_deck
from simengine_scenes.vehicles.keypoints import Hub, Points, add_points, vehicle_points
from simengine_scenes.vehicles.shape import BODIES, BodyShape
from simengine_scenes.vehicles.shell import add_shell, belt_m
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M
from simengine_scenes.vehicles.wheel import HUB_M, wheel_draft

__all__ = ["assemble_car", "car_asset", "car_body", "car_occluders", "head_lights"]

_LOW_BEAM = 0.25
"""25,000 cd at the brightest spot of a low beam, over the sun's 100 klx; below, 75,000 cd of a high beam, 5,000 cd of a
fog lamp and 200 cd of a reversing lamp (UN R149: at most 215,000 cd of one high beam, UN R48: 430,000 cd of all that
are on together; UN R148: 80 to 8,000 cd of a reversing lamp)."""
_HIGH_BEAM, _FOG_BEAM, _REVERSING = 0.75, 0.05, 0.002


def _mirrors(shape: BodyShape, paint: Material) -> Draft:
    body = Draft()
    x = shape.cabin.base_x_m[0] - 0.52
    z = float(belt_m(shape, np.array([x]))[0]) + 0.10
    inner, outer = shape.half_m - 0.05, shape.mirror_half_m
    length = outer - inner
    section = ring((0.045, 0.085), 10, 3.0)
    shares = (0.0, 0.08, 0.55, 0.93, 1.0)
    scales = (0.55, 0.85, 1.0, 0.85, 0.5)
    rings = np.stack([
        np.stack([-section[:, 0] * s, np.full(10, inner + u * length), section[:, 1] * s], -1)
        for u, s in zip(shares, scales, strict=True)
    ]) + np.array([x, 0.0, z])  # fmt: skip
    housing = loft(rings)
    foot = box((x + 0.01, inner - 0.03, z - 0.075), (0.07, 0.16, 0.03))
    glass = box((x - 0.044, inner + 0.52 * length, z), (0.006, 0.68 * length, 0.11))
    for piece, material in ((housing, paint), (foot, palette.PLASTIC), (glass, palette.CHROME)):
        body.add(piece, material).add(mirrored(piece), material)
    return body


def _plate_m(shape: BodyShape) -> float:
    """Height of the rear plate: in the middle of its recess (``shell``)."""
    return shape.sill_m + 0.53 * (shape.belt[-1][1] - shape.sill_m)


def _add_rear(body: Draft, shape: BodyShape) -> None:
    """Third brake lamp, tailgate handle, badges, exhausts."""
    end, high = 0.5 * shape.length_m, shape.belt[-1][1] - shape.sill_m
    cabin = shape.cabin
    lamp_m = cabin.roof_m - cabin.crown_m - 0.035
    body.add(box((cabin.roof_x_m[1] - 0.035, 0.0, lamp_m), (0.06, 0.34, 0.022)), palette.BRAKELAMP)
    leaves = cabin.twin_doors
    if leaves:
        _add_leaves(body, shape)
    else:
        body.add(box((0.012 - end, 0.0, shape.sill_m + 0.635 * high), (0.02, 0.5, 0.025)), palette.CHROME)
    nose_m = shape.sill_m + 0.77 * (shape.belt[0][1] - shape.sill_m)
    for x, y, z in ((end - 0.055 * shape.lean[0], 0.0, nose_m),
                    (-end + 0.028 * shape.lean[1], 0.42 * leaves, shape.sill_m + 0.76 * high)):  # fmt: skip
        body.add(ellipsoid((x, y, z), (0.022, 0.062, 0.04), 6, 14), palette.CHROME)
    for y in (0.44, -0.44):
        pipe = [(0.35 - end, y, shape.sill_m + 0.035), (0.035 - end, y, shape.sill_m + 0.03)]
        body.add(tube(pipe, 0.032, 10), palette.CHROME)


def _add_leaves(body: Draft, shape: BodyShape) -> None:
    """The gap between two doors below the windows, a handle, and hinges at the corners."""
    end, belt = 0.5 * shape.length_m, shape.belt[-1][1]
    low = shape.sill_m + 0.20 * (belt - shape.sill_m)
    body.add(box((0.010 - end, 0.0, 0.5 * (low + belt)), (0.028, 0.02, belt - low)), palette.UNDERBODY)
    body.add(box((0.006 - end, -0.07, belt - 0.13), (0.035, 0.035, 0.17)), palette.PLASTIC)
    roof = shape.cabin.roof_m - shape.cabin.crown_m
    for z in (low + 0.10, belt + 0.10, belt + 0.70 * (roof - belt)):
        share = max(0.0, (z - belt) / (roof - belt))
        y = shape.half_m - 0.13 + share * (shape.cabin.roof_half_m - shape.cabin.base_half_m)
        hinge = box((0.035 - end + 0.06 * share, y, z), (0.10, 0.08, 0.05))
        body.add(hinge, palette.PLASTIC).add(mirrored(hinge), palette.PLASTIC)


def _add_plates(body: Draft, shape: BodyShape) -> None:
    end = 0.5 * shape.length_m
    for x, z, way in ((end + 0.004, 0.36, 1.0), (-end - 0.004, _plate_m(shape), -1.0)):
        body.add(box((x - way * 0.01, 0.0, z), (0.032, 0.52, 0.112)), palette.PLATE)
        body.add(box((x + way * 0.005, 0.239 * -way, z), (0.0022, 0.042, 0.112)), palette.PLATE_BLUE)
        for k in range(7):
            wide = 0.045 if k != 2 else 0.02
            body.add(box((x + way * 0.005, -way * (0.165 - 0.058 * k), z), (0.0022, wide, 0.072)), palette.PLATE_MARK)


def _add_trim(body: Draft, shape: BodyShape) -> None:
    for seam in shape.seams_m[1:]:
        x = seam + 0.16
        z = float(belt_m(shape, np.array([x]))[0]) - 0.10
        handle = box((x, shape.half_m - 0.012, z), (0.17, 0.03, 0.026))
        body.add(handle, palette.PLASTIC).add(mirrored(handle), palette.PLASTIC)
    if shape.rails:
        front, rear = shape.cabin.roof_x_m
        top, y = shape.cabin.roof_m + 0.012, shape.cabin.roof_half_m - 0.03
        rail = tube(
            [(front - 0.25, y, top - 0.06), (front - 0.4, y, top), (rear + 0.3, y, top), (rear + 0.15, y, top - 0.07)],
            0.018, 6,
        )  # fmt: skip
        body.add(rail, palette.RIM).add(mirrored(rail), palette.RIM)


def car_occluders(shape: BodyShape) -> tuple[Box, ...]:
    """Boxes inside the body: hull between the wells, flank between the wheels, shoulder over the wheels, cabin."""
    end, half = 0.5 * shape.length_m, shape.half_m
    arch = shape.wheel[0] + 0.06
    front, rear = shape.axles_m
    hood = min(z for x, z in shape.belt) - 0.03
    belt = min(z for x, z in shape.belt if x < shape.cabin.base_x_m[0]) - 0.02
    low = shape.sill_m + 0.04
    over = 2 * shape.wheel[0] + 0.06
    cowl, tail = shape.cabin.base_x_m[0] - 0.1, -end + 0.14
    top = shape.cabin.roof_m - shape.cabin.crown_m - 0.06
    spans = (
        (end - 0.22, tail, half - 0.34, low, hood),
        (front - arch, rear + arch, half - 0.07, low, belt),
        (cowl, tail + 0.2, half - 0.12, over, belt),
        (shape.cabin.roof_x_m[0] - 0.12, shape.cabin.roof_x_m[1] + 0.1, shape.cabin.roof_half_m, belt - 0.1, top),
    )
    return tuple(
        Box((0.5 * (a + b), 0.0, 0.5 * (c + d)), (a - b, 2 * y, d - c)) for a, b, y, c, d in spans if d > c and a > b
    )


def _beams(
    at_m: tuple[float, float, float], level: float, down_deg: float, cone_deg: float, bits: int, low: bool
) -> tuple[Light, ...]:
    x, y, z = at_m
    down = math.radians(down_deg)
    way = (math.cos(down), 0.0, -math.sin(down))
    colour = (level, 0.96 * level, 0.88 * level)
    sides = (1.0, -1.0) if y else (1.0,)
    return tuple(Light((x, s * y, z), way, colour, math.radians(cone_deg), 0, low, None, bits) for s in sides)


def head_lights(x_m: float, y_m: float, z_m: float) -> tuple[Light, ...]:
    """Low beams, high beams, fog and reversing lamps on link 0, two of each (one where they are in the middle).

    Low beams have half of their light 20 degrees to the side and next to none at 50, fog lamps reach further; high
    beams are narrow and level.
    """
    at = (x_m, y_m, z_m)
    return (
        *_beams(at, _LOW_BEAM, 3.0, 65.0, Lamp.LOW | Lamp.HIGH, True),
        *_beams(at, _HIGH_BEAM, 0.0, 13.0, Lamp.HIGH, False),
        *_beams((x_m, y_m, 0.55 * z_m), _FOG_BEAM, 4.0, 80.0, Lamp.FOG, True),
        *_reversing(at),
    )


def _reversing(at_m: tuple[float, float, float]) -> tuple[Light, ...]:
    """They shine back, wide and down, from where the body ends."""
    x, y, z = at_m
    way = (-math.cos(0.26), 0.0, -math.sin(0.26))
    white = (_REVERSING, _REVERSING, _REVERSING)
    return tuple(
        Light((-x - 0.3, s * y, z + 0.15), way, white, math.radians(60.0), 0, False, None, Lamp.REVERSE)
        for s in ((1.0, -1.0) if y else ())
    )


def add_wheels(assembly: Assembly, shape: BodyShape, semantic: int, name: str, spokes: int) -> None:
    """Add four wheels with so many spokes on their links; the front ones under steering links."""
    radius, width = shape.wheel
    mesh = assembly.mesh(name, wheel_draft(radius, width, 0.68 if spokes else 0.6, spokes))
    y = shape.half_m - 0.035 - 0.5 * width
    flip = pose(axis=(0.0, 0.0, 1.0), angle_rad=math.pi)
    for axle, x in zip("fr", shape.axles_m, strict=True):
        for side, sign in (("l", 1.0), ("r", -1.0)):
            at, parent = (x, sign * y, radius), 0
            if axle == "f":
                parent = assembly.link(f"steer_{axle}{side}", at, 0, (0.0, 0.0, 1.0))
            link = assembly.link(f"wheel_{axle}{side}", at, parent)
            assembly.part(f"wheel_{axle}{side}", mesh, semantic, link, None if sign > 0 else flip)


def car_body(shape: BodyShape, paint: Material, look: Look) -> Draft:
    """Shell, cabin and all that is fixed to them."""
    body = Draft()
    add_shell(body, shape, paint, look)
    add_cabin(body, shape, paint)
    _add_rear(body, shape)
    _add_plates(body, shape)
    _add_trim(body, shape)
    if shape.bed_m[0] > shape.bed_m[1]:
        _add_bed(body, shape, paint)
    return body


def _add_bed(body: Draft, shape: BodyShape, paint: Material) -> None:
    """An open bed: a dark liner between raised sides and a tailgate, and a bar behind the cabin."""
    front, rear = shape.bed_m
    deck, half = float(belt_m(shape, np.array([rear]))[0]), shape.half_m
    middle, long = 0.5 * (front + rear), front - rear
    body.add(box((middle, 0.0, deck + 0.045), (long, 2.0 * half - 0.34, 0.03)), palette.PLASTIC)
    for k in range(7):  # ribs of the liner
        body.add(box((middle, (k - 3) * 0.19, deck + 0.064), (long - 0.1, 0.06, 0.012)), palette.PLASTIC)
    for y in (half - 0.15, 0.15 - half):
        body.add(box((middle, y, deck + 0.05), (long + 0.06, 0.12, 0.20)), paint)
        body.add(box((middle, y, deck + 0.155), (long + 0.06, 0.13, 0.012)), palette.PLASTIC)
    body.add(box((rear - 0.02, 0.0, deck + 0.05), (0.06, 2.0 * half - 0.20, 0.20)), paint)
    hoop = [(front - 0.04, half - 0.22, deck + 0.1), (front - 0.06, half - 0.26, deck + 0.46),
            (front - 0.06, 0.26 - half, deck + 0.46), (front - 0.04, 0.22 - half, deck + 0.1)]  # fmt: skip
    body.add(tube(hoop, 0.032, 10), palette.PLASTIC)


def _points(shape: BodyShape, body: Draft, mirrors: Draft) -> Points:
    cabin = shape.cabin
    front, rear = cabin.roof_x_m[0] - 0.26, cabin.roof_x_m[1] + 0.22  # where the roof's corners end
    pillar = front + (rear - front) * (cabin.pillars[1][0] + 0.025)
    return vehicle_points(body, mirrors, shape.half_m, pillar)


def assemble_car(
    key: tuple[str, str], shape: BodyShape, paint: Material, look: Look, body: Draft, semantic: int,
    hinged: bool = False, driver: int = -1,
) -> tuple[Assembly, tuple[Light, ...]]:  # fmt: skip
    """A body with its mirrors on its wheels, what is in it, and its lamps; ``key`` names model and colour.

    ``hinged``: its front doors open. ``driver``: how the driver looks (``driver_draft``), -1: nobody is in it.
    """
    model, colour = key
    style = f"{model}.{look.key}"
    assembly, mirrors = Assembly(), _mirrors(shape, paint)
    if hinged:
        add_hinged(assembly, (f"{style}.hinged", colour), shape, body, mirrors, semantic)
    else:
        marked = without_deck(body, shape)
        assembly.add_body(style, colour, marked, semantic, deck_names(marked))
        assembly.add_mirrors(f"{style}.{colour}", mirrors, semantic)
    inside = f"{model}.inside{'.hinged' if hinged else ''}"
    assembly.add("inside", inside, car_interior(shape, hinged), semantic)
    if driver >= 0:
        assembly.add(
            "driver",
            f"{model}.driver{driver}",
            driver_draft(shape.eye_m, shape.sill_m + 0.42, wheel_m(shape), driver),
            semantic,
        )
    add_wheels(assembly, shape, semantic, f"{model}.wheel.{look.spokes}", look.spokes)
    hubs = [Hub(f"wheel_{axle}", 0.5 * shape.wheel[1] - HUB_M) for axle in "fr"]
    add_points(assembly, _points(shape, body, mirrors), *hubs, doors=hinged)
    lights = head_lights(0.5 * shape.length_m - 0.25, shape.half_m - 0.25, 0.66 if shape.sill_m < 0.25 else 0.82)
    return assembly, lights


@lru_cache(maxsize=256)
def car_asset(model: str, colour: str, look: Look, hinged: bool = False, driver: int = -1) -> Asset:
    """A car of a model ("sedan", "hatchback", "suv", "van", "estate", "pickup") in a colour of ``palette.PAINTS``.

    ``look``: of nose and tail. ``hinged``, ``driver``: as of ``assemble_car``.
    """
    shape, paint = shaped(BODIES[model], look), palette.PAINTS[colour]
    semantic = CLASS_ID["van" if model == "van" else "car"]
    assembly, lights = assemble_car(
        (model, colour), shape, paint, look, car_body(shape, paint, look), semantic, hinged, driver
    )  # fmt: skip
    entity = Entity(
        model, "car", model, semantic, VEHICLE_SIZE_M[model], occluders=car_occluders(shape), eye_m=shape.eye_m,
        dynamics=shape.dynamics, doors=front_doors(shape),
    )  # fmt: skip
    return assembly.asset(entity, lights)
