"""Mobile robots: a flat carrier, and one under a shelf that it has lifted. They drive on two wheels in their middle."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.hall import materials as m
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.probe import farthest
from simengine_scenes.shapes.solids import box, lathe, pose, rounded_box, tube
from simengine_scenes.vehicles.wheel import wheel_draft

__all__ = ["ROBOT_SIZE_M", "robot_asset"]

ROBOT_SIZE_M: dict[str, tuple[float, float, float]] = {
    "carrier": (1.18, 0.78, 0.36),
    "shelf_carrier": (1.18, 0.98, 2.04),
}
"""Length, width and height."""
_RADIUS_M = 0.1
_TOP_M = 0.34
_GLOW = Material(
    "robot_glow", (0.1, 0.55, 0.75), 0.3, 0.05, emission=(0.0015, 0.012, 0.018), nir=0.4, substance="plastic"
)


def robot_asset(model: str, variety: int) -> Asset:
    """A robot of a model in ``ROBOT_SIZE_M``; what a shelf holds comes from ``variety``."""
    return _robot(model, int(stream(variety, "robot").integers(8)))


@lru_cache(maxsize=16)
def _robot(model: str, look: int) -> Asset:
    semantic = CLASS_ID["mobile_robot"]
    a, d = Assembly(), Draft()
    _hull(d, look)
    key = f"robot.{look % 2}"
    a.add("body", f"{key}.body", d, semantic)
    lift = 0.0 if model == "carrier" else 0.02
    a.add("lift", f"{key}.lift.{model}", _lift(lift), semantic)
    if model == "shelf_carrier":
        a.add("shelf", f"robot.shelf.{look}", _shelf(look), semantic)
    wheel = a.mesh("robot.wheel", wheel_draft(_RADIUS_M, 0.05, 0.7, 0, 20))
    flip = pose(axis=(0.0, 0.0, 1.0), angle_rad=math.pi)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        link = a.link(f"wheel_m{side}", (0.0, sign * 0.34, _RADIUS_M))
        a.part(f"wheel_m{side}", wheel, semantic, link, None if sign > 0 else flip)
    top = d if model == "carrier" else _shelf(look)
    for end, ahead in (("front", 1.0), ("rear", -1.0)):
        for word, s in (("left", 1.0), ("right", -1.0)):
            a.landmark("mobile_robot", f"{end}_low_{word}", farthest(d.triangles(), (ahead, s, -1.0)), 0.04)
            a.landmark("mobile_robot", f"{end}_top_{word}", farthest(top.triangles(), (ahead, s, 3.0)), 0.04)
    size = ROBOT_SIZE_M[model]
    screens = [Box((0.0, 0.0, 0.18), (1.1, 0.7, 0.28))]
    if model == "shelf_carrier":
        screens.append(Box((0.0, 0.0, 1.2), (0.8, 0.8, 1.5)))
    entity = Entity(
        model, "mobile_robot", model, semantic, size, occluders=tuple(screens), eye_m=(0.55, 0.0, 0.2),
        dynamics=VehicleDynamics(0.6, 0.0, _RADIUS_M, math.radians(70.0), 1.2, 3.0, 20.0, 2.5, lateral_max_mps2=2.0),
    )  # fmt: skip
    return a.asset(entity)


def _hull(d: Draft, look: int) -> None:
    """Shell with a skirt, laser scanners at two corners, bumpers, lamps all around, stop buttons, casters, a screen."""
    shell = m.ROBOT_SHELL if look % 2 == 0 else m.ROBOT_BLUE
    d.add(rounded_box((0.0, 0.0, 0.215), (1.14, 0.74, 0.23), 14.0, 40, 0.18), shell)
    d.add(rounded_box((0.0, 0.0, 0.075), (1.18, 0.78, 0.09), 14.0, 40, 0.12), m.ROBOT_DARK)
    d.add(rounded_box((0.0, 0.0, 0.132), (1.155, 0.755, 0.018), 14.0, 40, 0.1), _GLOW)
    d.add(rounded_box((0.0, 0.0, 0.322), (1.0, 0.62, 0.02), 14.0, 40, 0.2), m.ROBOT_DARK)
    for x, y in ((0.5, 0.31), (-0.5, -0.31)):
        scanner = [(0.0, 0.0), (0.062, 0.0), (0.062, 0.03), (0.05, 0.034), (0.05, 0.06), (0.062, 0.064), (0.062, 0.1),
                   (0.0, 0.1)]  # fmt: skip
        d.add(lathe(scanner, 18), m.GUARD, pose=pose((x, y, 0.135)))
    d.add(box((0.566, 0.0, 0.235), (0.012, 0.2, 0.07)), m.ROBOT_SCREEN)
    for s in (1.0, -1.0):
        d.add(box((0.5715, s * 0.05, 0.235), (0.004, 0.03, 0.03)), palette.CLEAR_LENS)
        button = [(0.0, 0.0), (0.022, 0.0), (0.022, 0.012), (0.014, 0.022), (0.0, 0.022)]
        side = pose((0.3 * s, s * 0.368, 0.27), (1.0, 0.0, 0.0), -s * 0.5 * math.pi)
        d.add(lathe(button, 14), m.SIGNAL_RED, pose=side)
    for x in (0.45, -0.45):
        for y in (0.24, -0.24):
            d.add(tube([(x, y - 0.015, 0.035), (x, y + 0.015, 0.035)], 0.035, 12), palette.RUBBER)
            d.add(box((x, y, 0.06), (0.05, 0.05, 0.06)), m.ROBOT_DARK)


def _lift(up: float) -> Draft:
    """The round plate that lifts."""
    profile = [(0.0, 0.32), (0.24, 0.32), (0.24, _TOP_M + up + 0.01), (0.23, 0.36 + up), (0.0, 0.36 + up)]
    return Draft().add(lathe(profile, 28), m.STEEL)


def _shelf(look: int) -> Draft:
    """A shelf of four boards on posts, with bins and cartons; it hangs 5 cm above the floor."""
    d = Draft()
    half, top = 0.47, 2.04
    for x in (1.0, -1.0):
        for y in (1.0, -1.0):
            d.add(box((x * half, y * half, 0.5 * (0.05 + top)), (0.035, 0.035, top - 0.05)), m.STEEL)
    draw = stream(look, "robot", "shelf")
    tints = (palette.PAINTS["blue"], palette.PAINTS["grey"], palette.CARDBOARD, palette.CARDBOARD_WHITE)
    for k in range(5):
        z = 0.395 + 0.4 * k
        d.add(box((0.0, 0.0, z), (2.0 * half, 2.0 * half, 0.025)), m.DECK)
        if k == 4:
            break
        for side in (1.0, -1.0):
            for n in range(3):
                wide, tall = 0.27, float(draw.uniform(0.14, 0.3))
                if draw.random() < 0.85:
                    at = ((n - 1) * 0.3, side * 0.24, z + 0.014 + 0.5 * tall)
                    d.add(box(at, (wide, 0.4, tall)), tints[int(draw.integers(4))])
    return d
