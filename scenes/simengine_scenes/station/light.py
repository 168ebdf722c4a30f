"""Light of the station: its properties, its photometry, and the luminaire above the bench.

``light.level`` is the illuminance on the middle of the bench, as a lux meter that lies there shows it. A part of it
comes from the luminaire above (which casts shadows), the rest from all over the hall.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simengine.world.builder import SceneBuilder
from simengine.world.library import Property, enum, quantity, unplaced
from simengine.world.scene import Light
from simengine.world.splits import SPLIT
from simengine.world.weather import Environment, Interior
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.shapes.solids import box, tube
from simengine_scenes.station import materials as m

__all__ = ["LIGHT", "hang_lamps", "station_environment"]

LIGHT = unplaced(
    Property("light.kind", enum("led", "sodium", "daylight"), "led", doc="what lights the station"),
    Property("light.level", quantity("illuminance"), 500.0, 0.0, 100_000.0, "illuminance where the arm works"),
    Property("light.flicker", quantity("frequency"), 0.0, 0.0, 1000.0, "flicker of the lamps; 0 Hz: steady"),
    SPLIT,
)
_SHARE = {"led": 0.4, "sodium": 0.4, "daylight": 0.25}
"""Share of the level that the luminaire (or the nearest window) gives: windows are large, their shadows weak."""
_TINT = {"led": (1.03, 1.0, 0.92), "sodium": (1.72, 0.85, 0.16), "daylight": (0.95, 1.0, 1.10)}
"""Linear RGB of white under each light: LED of some 5000 K, high-pressure sodium (2000 K), a north sky (7000 K)."""
_ABOVE_M = 2.1
_AT_M = {"led": (-0.3, -0.45), "sodium": (-0.3, -0.45), "daylight": (-1.9, -2.4)}
"""Where the lamp hangs; by day it is the middle of a window."""


def station_environment(values: Mapping[str, Any]) -> Environment:
    """The hall's light from the values of the properties."""
    value = {p.name: values.get(p.name, p.default) for p in LIGHT}
    kind = str(value["light.kind"])
    r, g, b = _TINT[kind]
    level = 0.2126 * r + 0.7152 * g + 0.0722 * b
    interior = Interior(
        kind,
        (r / level, g / level, b / level),
        max(float(value["light.level"]), 0.01),
        _SHARE[kind],
        float(value["light.flicker"]),
    )
    return Environment(math.radians(-20.0), air_k=293.15, humidity=0.5, interior=interior)


def hang_lamps(builder: SceneBuilder, bench_m: float, middle_m: tuple[float, float] = (0.0, 0.0)) -> None:
    """Add the lamp whose light falls on the middle of a bench or a belt of a height, and its housing."""
    interior = builder.environment.interior
    if interior is None:
        return
    x, y = _AT_M[interior.kind]
    up = _ABOVE_M if interior.kind != "daylight" else 1.7
    squared = x * x + y * y + up * up
    distance = math.sqrt(squared)
    # E = I cos / d2 on the middle of the bench, in units of 100 klx
    candela = interior.lamps_share * interior.level_lux / 1e5 * squared * distance / up
    r, g, b = interior.tint
    aim = (-x / distance, -y / distance, -up / distance)
    x, y = x + middle_m[0], y + middle_m[1]
    builder.add_light(Light((x, y, bench_m + up), aim, (candela * r, candela * g, candela * b), math.radians(85.0)))
    if interior.kind != "daylight":
        _housing(builder, (x, y, bench_m + up), interior.tint, interior.level_lux)


def _housing(
    builder: SceneBuilder, at: tuple[float, float, float], tint: tuple[float, float, float], lux: float
) -> None:
    """A long luminaire on two rods; its glass shines."""
    x, y, z = at
    gain = 30.0 * lux / 1e5
    glass = replace(m.HOUSING, name=f"luminaire_{lux:.4f}_{tint[2]}", emission=tuple(round(gain * c, 8) for c in tint))
    d = Draft()
    d.add(box((x, y, z + 0.065), (1.3, 0.16, 0.05)), m.HOUSING)
    d.add(box((x, y, z + 0.036), (1.26, 0.12, 0.008)), glass)
    for s in (1.0, -1.0):
        d.add(tube([(x + s * 0.5, y, z + 0.09), (x + s * 0.5, y, z + 2.6)], 0.006, 6), m.DUCT)
    piece = finish(f"station.luminaire.{lux:.4f}.{x}.{y}.{z:.5f}.{tint[2]}", d)
    stand(builder, "luminaire", "luminaire", "static_object", [(piece, None)])
