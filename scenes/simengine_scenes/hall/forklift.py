"""A counterbalanced fork-lift truck of 2.5 t, with its driver, empty or with a loaded pallet.

Measures follow VDI 2198 sheets of common electric trucks: 1.15 m wide, 2.15 m high with the mast lowered, wheelbase
1.45 m. The front wheels drive and the rear ones steer, so the single-track model's unsteered axle is the front one.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.lamps import Lamp
from simengine.world.scene import Asset, Box, Entity, Light, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.hall import materials as m
from simengine_scenes.hall.loads import LOOKS, PALLET_M, load_draft
from simengine_scenes.people.seated import seated_draft, seated_landmarks
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.probe import farthest, first_hit
from simengine_scenes.shapes.solids import box, lathe, loft, pose, prism, rounded_box, tapered, tube
from simengine_scenes.vehicles.wheel import HUB_M, wheel_draft

__all__ = ["FORKLIFT_SIZE_M", "forklift_asset"]

_BACK_M, _FRONT_M = -1.80, 1.64
"""Ends of counterweight and forks, from the front axle."""
FORKLIFT_SIZE_M: dict[str, tuple[float, float, float]] = {
    "forklift": (_FRONT_M - _BACK_M, 1.16, 2.16),
    "forklift_loaded": (1.74 - _BACK_M, 1.16, 2.16),
}
"""Length over the forks (or the load), width and height."""
_REAR_M, _FRONT_R, _REAR_R = -1.42, 0.315, 0.245
_COLOURS = ("orange", "yellow", "red", "grey")
_HEEL_M = 0.50
"""Where the forks' upright shanks are."""


def forklift_asset(model: str, colour: str, fork_height_m: float, variety: int) -> Asset:
    """A fork-lift truck.

    Args:
        model: a key of ``FORKLIFT_SIZE_M``.
        colour: a word of ``palette.PAINTS``, or "any".
        fork_height_m: of the upper face of the forks above the floor.
        variety: of the driver, the load and what is "any".
    """
    draw = stream(variety, "forklift")
    paint = colour if colour != "any" else _COLOURS[int(draw.integers(len(_COLOURS)))]
    return _forklift(model, paint, round(fork_height_m, 3), int(draw.integers(LOOKS)), int(draw.integers(16)))


@lru_cache(maxsize=64)
def _forklift(model: str, colour: str, fork_m: float, look: int, driver: int) -> Asset:
    semantic, loaded = CLASS_ID["forklift"], model == "forklift_loaded"
    length, width, height = FORKLIFT_SIZE_M[model]
    a = Assembly(-(_BACK_M + 0.5 * length))
    body = Draft()
    _chassis(body, colour)
    _guard(body, colour)
    _mast(body)
    a.add_body(model, colour, body, semantic)  # the model's length moves the origin of what follows
    a.add("forks", f"{model}.forks.{fork_m:.3f}", _forks(fork_m), semantic)
    if loaded:
        kind = "boxes" if look % 2 else "wrapped"
        low, high = load_draft(kind, look).bounds()
        top = min(float(high[2]), 1.35)
        draft = load_draft(kind, look).fitted((low[0], low[1], 0.0), (high[0], high[1], top))
        at = pose((_HEEL_M + 0.04 + 0.5 * PALLET_M[0], 0.0, fork_m - 0.1))
        a.add("load", f"forklift.load.{kind}.{look}.{fork_m:.3f}", draft.moved(at), CLASS_ID["pallet"])
    seat = (-0.72, 0.0, 0.98)
    a.add("driver", f"{model}.driver.{driver}", seated_draft("adult", driver, seat), CLASS_ID["rider"])
    _wheels(a, semantic)
    _name_points(a, body, fork_m)
    for name, at, cover in seated_landmarks("adult", seat):
        a.landmark("person", name, at, cover)
    steer = VehicleDynamics(
        -_REAR_M, _BACK_M + 0.5 * length, _FRONT_R, math.radians(68.0), 1.6, 2.5, steer_rate_max_radps=1.2,
        lateral_max_mps2=2.5,
    )  # fmt: skip
    middle = -(_BACK_M + 0.5 * length)
    load = (Box((middle + 1.1, 0.0, fork_m + 0.6), (1.1, 0.7, 1.1)),) if loaded else ()
    entity = Entity(
        model, "forklift", model, semantic, (length, width, height),
        occluders=(Box((middle - 0.75, 0.0, 0.65), (2.0, 1.0, 0.9)), Box((middle - 0.75, 0.0, 1.4), (0.5, 0.45, 0.9)),
                   *load),
        eye_m=(middle - 0.62, 0.0, 1.72), dynamics=steer,
    )  # fmt: skip
    return a.asset(entity, _lights(middle))


def _chassis(d: Draft, colour: str) -> None:
    """Counterweight, battery hood with the seat, foot well, mudguards, steering column."""
    paint = palette.PAINTS[colour]
    upright = pose((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 0.5 * math.pi)
    rear = [(_BACK_M, 0.42), (_BACK_M + 0.06, 0.24), (-1.0, 0.24), (-1.0, 1.0), (-1.55, 1.0), (-1.76, 0.86)]
    d.add(_rounded(rear, 0.56), m.ROBOT_DARK, pose=upright)
    d.add(box((-0.62, 0.0, 0.30), (0.9, 0.98, 0.2)), m.ROBOT_DARK)
    d.add(box((-0.80, 0.0, 0.64), (0.62, 1.02, 0.56)), paint)
    d.add(rounded_box((-0.80, 0.0, 0.90), (0.7, 0.92, 0.1), 10.0, 24, 0.4), paint)
    d.add(box((-0.24, 0.0, 0.38), (0.56, 0.96, 0.06)), palette.PLASTIC)
    for s in (1.0, -1.0):
        d.add(tapered((0.02, s * 0.45, 0.56), (0.74, 0.24, 0.2), (0.7, 0.9)), paint)
        d.add(box((0.02, s * 0.51, 0.46), (0.7, 0.12, 0.04)), palette.PLASTIC)
        d.add(box((-0.5, s * 0.53, 0.28), (0.34, 0.06, 0.04)), palette.GALVANISED)
        d.add(box((_BACK_M + 0.012, s * 0.36, 0.78), (0.03, 0.16, 0.1)), palette.TAILLAMP)
    for side, lens in zip((1.0, -1.0), palette.INDICATORS, strict=True):
        d.add(box((_BACK_M + 0.02, side * 0.49, 0.70), (0.03, 0.06, 0.08)), lens)
    dash = [(0.02, 0.6), (0.16, 0.6), (0.14, 1.06), (0.06, 1.06)]
    d.add(prism(dash, -0.3, 0.3), paint, pose=upright)
    d.add(tube([(0.04, 0.0, 0.98), (-0.18, 0.0, 1.16)], 0.03, 8), palette.PLASTIC)
    turn = pose((-0.2, 0.0, 1.17), (0.0, 1.0, 0.0), -0.75)
    ring = [(0.17, -0.012), (0.185, 0.0), (0.17, 0.012), (0.158, 0.0), (0.17, -0.012)]
    d.add(lathe(ring, 24), palette.PLASTIC, pose=turn)
    d.add(box((0.0, 0.0, 0.0), (0.34, 0.03, 0.012)), palette.PLASTIC, pose=turn)
    for k in range(3):
        d.add(tube([(0.06, -0.16 - 0.05 * k, 1.04), (0.02, -0.16 - 0.05 * k, 1.17)], 0.01, 6), palette.PLASTIC)
    d.add(rounded_box((-0.78, 0.0, 0.97), (0.46, 0.5, 0.12), 6.0, 20, 0.5), palette.SADDLE)
    back = pose((-1.04, 0.0, 1.24), (0.0, 1.0, 0.0), -0.2)
    d.add(rounded_box((0.0, 0.0, 0.0), (0.12, 0.46, 0.5), 6.0, 20, 0.5), palette.SADDLE, pose=back)


def _rounded(outline: list[tuple[float, float]], half: float) -> Surface:
    """An extruded outline with narrower ends."""
    o = np.array(outline)
    mid = o.mean(0)
    rows = [(-half, 0.93), (-half + 0.05, 1.0), (half - 0.05, 1.0), (half, 0.93)]
    return loft(np.stack([np.column_stack([mid + (o - mid) * k, np.full(len(o), z)]) for z, k in rows]))


def _guard(d: Draft, colour: str) -> None:
    """The overhead guard on four posts, lamps, a beacon and a fire extinguisher."""
    steel = m.ROBOT_DARK
    top = 2.12
    for s in (1.0, -1.0):
        d.add(tube([(0.10, s * 0.44, 0.62), (0.04, s * 0.44, 1.2), (-0.16, s * 0.43, top)], 0.035, 8), steel)
        d.add(tube([(-1.28, s * 0.44, 0.95), (-1.26, s * 0.43, 1.4), (-1.10, s * 0.42, top)], 0.035, 8), steel)
        d.add(tube([(-0.12, s * 0.43, top), (-1.14, s * 0.42, top)], 0.03, 8), steel)
    for k in range(8):
        d.add(box((-0.18 - 0.125 * k, 0.0, top), (0.035, 0.84, 0.03)), steel)
    d.add(tube([(-0.14, -0.43, top), (-0.14, 0.43, top)], 0.03, 8), steel)
    for s in (1.0, -1.0):
        d.add(box((-0.02, s * 0.42, 1.86), (0.1, 0.14, 0.11)), palette.PLASTIC)
        d.add(box((0.034, s * 0.42, 1.86), (0.012, 0.12, 0.09)), palette.HEADLAMP_LENS)
    lamp = [(0.0, 0.0), (0.05, 0.0), (0.05, 0.02), (0.045, 0.028), (0.0, 0.028)]
    d.add(lathe(lamp, 14), palette.INDICATOR, pose=pose((-1.02, 0.3, top + 0.008)))
    d.add(tube([(-1.22, 0.5, 1.1), (-1.22, 0.5, 1.42)], 0.055, 12), palette.PAINTS["red"])
    d.add(box((-1.40, 0.0, 1.008), (0.42, 0.6, 0.012)), palette.PAINTS[colour])


def _mast(d: Draft) -> None:
    """Outer and inner rails with cross members, lift cylinders, chains and hoses."""
    for s in (1.0, -1.0):
        d.add(box((0.36, s * 0.33, 1.12), (0.12, 0.05, 2.0)), m.MAST)
        d.add(box((0.43, s * 0.27, 1.15), (0.1, 0.045, 2.0)), m.MAST)
        d.add(tube([(0.30, s * 0.26, 0.2), (0.30, s * 0.26, 1.95)], 0.03, 8), palette.GALVANISED)
        d.add(box((0.47, s * 0.12, 1.3), (0.014, 0.025, 1.6)), m.FORK)
        d.add(tube([(-0.1, s * 0.30, 0.55), (0.32, s * 0.32, 0.72)], 0.035, 8), palette.GALVANISED)
    for z in (0.25, 1.1, 2.1):
        d.add(box((0.36, 0.0, z), (0.08, 0.7, 0.09)), m.MAST)
    d.add(box((0.43, 0.0, 2.12), (0.09, 0.56, 0.06)), m.MAST)


def _forks(fork_m: float) -> Draft:
    """Carriage, load backrest and both forks with the upper face of these at a height."""
    d = Draft()
    z = fork_m
    for up in (0.08, 0.46):
        d.add(box((_HEEL_M - 0.03, 0.0, z + up), (0.04, 1.0, 0.1)), m.FORK)
    for s in (1.0, -1.0):
        d.add(box((_HEEL_M - 0.03, s * 0.48, z + 0.6), (0.03, 0.04, 1.2)), m.FORK)
        d.add(box((_HEEL_M + 0.015, s * 0.26, z + 0.25), (0.04, 0.1, 0.58)), m.FORK)
        blade = [(_HEEL_M, -0.042), (_FRONT_M, -0.014), (_FRONT_M, 0.0), (_HEEL_M, 0.0)]
        side = pose((0.0, s * 0.26, z), (1.0, 0.0, 0.0), 0.5 * math.pi)
        d.add(prism(blade, -0.05, 0.05), m.FORK, pose=side)
    for k in range(7):
        d.add(box((_HEEL_M - 0.03, (k - 3) * 0.15, z + 0.85), (0.02, 0.02, 0.7)), m.FORK)
    d.add(box((_HEEL_M - 0.03, 0.0, z + 1.2), (0.03, 1.0, 0.04)), m.FORK)
    return d


def _wheels(a: Assembly, semantic: int) -> None:
    flip = pose(axis=(0.0, 0.0, 1.0), angle_rad=math.pi)
    front = a.mesh("forklift.wheel.front", wheel_draft(_FRONT_R, 0.20, 0.5, 0, 24))
    rear = a.mesh("forklift.wheel.rear", wheel_draft(_REAR_R, 0.16, 0.5, 0, 24))
    for side, sign in (("l", 1.0), ("r", -1.0)):
        link = a.link(f"wheel_f{side}", (0.0, sign * 0.48, _FRONT_R))
        a.part(f"wheel_f{side}", front, semantic, link, None if sign > 0 else flip)
        at = (_REAR_M, sign * 0.46, _REAR_R)
        turn = a.link(f"steer_r{side}", at, 0, (0.0, 0.0, -1.0))  # rear wheels turn the other way
        link = a.link(f"wheel_r{side}", at, turn)
        a.part(f"wheel_r{side}", rear, semantic, link, None if sign > 0 else flip)


def _name_points(a: Assembly, body: Draft, fork_m: float) -> None:
    """Points of the truck: those of the body are read off what is seen from above and behind."""
    solid = body.triangles()
    low = solid[(solid[:, :, 2] > 0.3).all(1)]
    for word, side, s in (("left", "l", 1.0), ("right", "r", -1.0)):
        for name, at in (
            (f"{word}_fork_tip", (_FRONT_M, s * 0.26, fork_m)),
            (f"{word}_fork_heel", (_HEEL_M + 0.035, s * 0.26, fork_m)),
            (f"{word}_mast_top", (0.43, s * 0.27, 2.15)),
            (f"front_roof_{word}", first_hit(solid, 2, 1.0, (-0.135, s * 0.425))),
            (f"rear_roof_{word}", first_hit(solid, 2, 1.0, (-1.12, s * 0.42))),
            (f"rear_corner_{word}", farthest(low, (-1.0, s, -0.5))),
        ):  # fmt: skip
            a.landmark("forklift", name, at, 0.04)
        for name, wide in ((f"wheel_f{side}", 0.20), (f"wheel_r{side}", 0.16)):
            link = a.named(name)
            at = a.to_entity(link, (0.0, s * (0.5 * wide - HUB_M), 0.0))
            a.landmark("forklift", f"{'front' if 'f' in name else 'rear'}_wheel_{word}", at, 0.06, a.parent(link))


def _lights(middle: float) -> tuple[Light, ...]:
    return tuple(
        Light((middle + 0.05, s * 0.42, 1.86), (0.94, 0.0, -0.34), (0.006, 0.006, 0.0055), math.radians(40.0), 0,
              lamps=int(Lamp.LOW | Lamp.HIGH))
        for s in (1.0, -1.0)
    )  # fmt: skip
