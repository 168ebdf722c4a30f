"""Light of the hall: rows of high bays, whose light is what ``light.level`` asks for on the floor of the drive way.

Nine tenths of the way to a lux meter's reading: lamps shine within a cone, the strongest of them casts a shadow, and
what walls and racks throw back comes from all over the hall (``Interior.lamps_share``).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.library import Property, enum, quantity, unplaced
from simengine.world.scene import Light
from simengine.world.splits import SPLIT
from simengine_scenes.hall import materials as m
from simengine_scenes.hall.plan import REAR_M, WAY_M, HallPlan
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, tube

__all__ = ["HALL_LIGHT", "add_lamps", "high_bays"]

HALL_LIGHT = unplaced(
    Property("light.kind", enum("led", "sodium", "daylight"), "led", doc="what lights the hall"),
    Property(
        "light.level", quantity("illuminance"), 300.0, 0.0, 100_000.0, "illuminance on the floor of the drive way"
    ),
    Property("light.flicker", quantity("frequency"), 0.0, 0.0, 1000.0, "flicker of the lamps; 0 Hz: steady"),
    SPLIT,
)
_CONE_RAD = math.radians(68.0)
_NARROW_RAD = math.radians(40.0)
"""Half angles of the light over open floor and over aisles."""


def high_bays(plan: HallPlan) -> list[tuple[float, float, float, bool]]:
    """x, y, heading and whether it hangs over an aisle, of every lamp."""
    out: list[tuple[float, float, float, bool]] = []
    low, _ = plan.deep_m
    begin, end = plan.rack_m
    for k in range(plan.aisles):
        count = max(2, round((end - begin) / 6.0))
        out += [(plan.aisle_x(k), begin + (n + 0.5) * (end - begin) / count, 0.5 * math.pi, True) for n in range(count)]
    across = max(3, round(plan.width_m / 6.5))
    for n in range(across):
        x = (n + 0.5) * plan.width_m / across
        out.append((x, 0.0, 0.0, False))
        out.append((x, low + 2.6, 0.0, False))
        out.append((x, 0.5 * (low - 0.5 * WAY_M), 0.0, False))
        out.append((x, end + 0.9 + 0.5 * REAR_M, 0.0, False))
    return out


def _lamp_m(plan: HallPlan) -> float:
    return plan.roof_m - 0.55


def add_lamps(builder: SceneBuilder, plan: HallPlan) -> None:
    """Hang the lamps; by daylight they are off, and the roof lights shine instead."""
    interior = builder.environment.interior
    if interior is None:
        return
    high, places = _lamp_m(plan), high_bays(plan)
    per_candela = _level_of_one(plan, places, high)
    candela = interior.lamps_share * interior.level_lux / 1e5 / per_candela
    r, g, b = (candela * c for c in interior.tint)
    lit = interior.kind != "daylight"
    piece = _housing(plan.roof_m - high, interior.level_lux, interior.tint, lit)
    for k, (x, y, turn, narrow) in enumerate(places):
        stand(builder, f"lamp[{k + 1}]", "high_bay", "static_object", [(piece, at(x, y, high, turn))])
        cone = _NARROW_RAD if narrow else _CONE_RAD
        builder.add_light(Light((x, y, high - 0.02), (0.0, 0.0, -1.0), (r, g, b), cone))


def _level_of_one(plan: HallPlan, places: list[tuple[float, float, float, bool]], high: float) -> float:
    """Mean illuminance on the drive way when every lamp has one candela on its axis."""
    xs = np.linspace(2.0, plan.width_m - 2.0, 24)
    points = np.array([(x, y) for x in xs for y in (-1.3, 0.0, 1.3)])
    total: F64Array = np.zeros(len(points))
    for x, y, _, narrow in places:
        squared = (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2 + high * high
        cosine, end = high / np.sqrt(squared), math.cos(_NARROW_RAD if narrow else _CONE_RAD)
        t = np.clip((cosine - end) / (1.0 - end), 0.0, 1.0)
        total += t * t * (3.0 - 2.0 * t) * cosine / squared
    return float(total.mean())


def _housing(drop_m: float, lux: float, tint: tuple[float, float, float], lit: bool) -> Piece:
    """A long luminaire on two rods."""
    gain = 60.0 * lux / 1e5 if lit else 0.0
    glass = replace(
        m.LUMINAIRE, name=f"high_bay_{gain:.5f}_{tint[2]}", emission=tuple(round(gain * c, 8) for c in tint)
    )
    d = Draft()
    d.add(box((0.0, 0.0, 0.04), (1.5, 0.24, 0.06)), m.LUMINAIRE)
    for s in (0.055, -0.055):
        d.add(box((0.0, s, 0.005), (1.44, 0.09, 0.01)), glass)
    for s in (1.0, -1.0):
        d.add(tube([(s * 0.55, 0.0, 0.06), (s * 0.55, 0.0, drop_m)], 0.006, 5), m.STEEL)
    return finish(f"hall.high_bay.{gain:.5f}.{tint[2]}.{drop_m:.3f}", d)
