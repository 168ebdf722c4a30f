"""``use warehouse``: a picking station. Programs with it check; it is not built yet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simengine.world.lanes import LaneGraph
from simengine.world.library import (
    NUMBER,
    EntityKind,
    Library,
    Property,
    ValueType,
    WorldKind,
    enum,
    quantity,
    unplaced,
)
from simengine.world.regions import Rectangle, polygon, rectangle
from simengine_scenes.goods import FAMILIES, GOODS_SIZE_M

__all__ = ["LIBRARY"]

_TAU = 6.283185307179586
_BENCH = Rectangle(0.0, 0.0, 0.5 * math.pi, 0.9, 1.8)
"""The bench: 90 cm deep, 1.8 m wide; x runs along it, and it heads towards the arm."""
_BASE = Rectangle(0.0, 0.75, -0.5 * math.pi, 0.4, 0.4)
_FLOOR_M = ((-3.0, -2.5), (3.0, -2.5), (3.0, 2.5), (-3.0, 2.5))
_BENCH_HEIGHT = Property("bench_height", quantity("length"), 0.85, 0.3, 1.5, "height of the bench above the floor")


def _places(values: Mapping[str, Any]) -> LaneGraph:
    """The bench's top, the place of the arm beside it, and the floor."""
    height = float(values.get(_BENCH_HEIGHT.name, _BENCH_HEIGHT.default))
    return LaneGraph(regions={"bench": rectangle(_BENCH, height), "base": rectangle(_BASE), "floor": polygon(_FLOOR_M)})


_STATION = WorldKind(
    "station",
    (
        _BENCH_HEIGHT,
        *unplaced(Property("light.kind", enum("led", "sodium", "daylight"), "led", doc="what lights the station")),
        Property(
            "light.level", quantity("illuminance"), 500.0, 0.0, 100_000.0, "illuminance on the bench", spatial=False
        ),
        Property(
            "light.flicker",
            quantity("frequency"),
            0.0,
            0.0,
            1000.0,
            "flicker of the lamps; 0 Hz: steady",
            spatial=False,
        ),
    ),
    ("bench", "base", "floor"),
    _places,
    doc="a bench with a robot arm at its base",
    areas=("bench", "base", "floor"),
    spots=("bench", "base"),
    curves=(),
)
_UNIT_INTERVAL = (0.0, 1.0)
_ENTITIES = (
    EntityKind(
        "tote", "object",
        (
            *unplaced(Property("wear", NUMBER, 0.2, *_UNIT_INTERVAL, "0 new .. 1 scratched and stained")),
            *unplaced(Property("wet", NUMBER, 0.0, *_UNIT_INTERVAL, "0 dry .. 1 dripping")),
            *unplaced(
                Property("tint", enum("grey", "blue", "red", "green", "yellow"), "grey", doc="colour of the plastic")
            ),
        ),
        size_m={"": (0.60, 0.40, 0.32)}, hollow_m={"": (0.56, 0.36, 0.01)},
        doc="an open stacking box, 60 x 40 x 32 cm",
    ),
    EntityKind(
        "item", "object",
        (
            Property("asset", ValueType("any"), None, doc="which thing: library(\"household\", size = 3 cm)"),
            Property("size", quantity("length"), None, 0.005, 0.5, "longest side; default: the asset's own, else 6 cm"),
            Property("yaw", quantity("angle"), 0.0, -_TAU, _TAU, "turn about the vertical"),
            *unplaced(Property("roughness", NUMBER, 0.5, *_UNIT_INTERVAL, "0 mirror .. 1 matt")),
            *unplaced(Property("mass", quantity("mass"), 0.3, 0.001, 50.0, "mass")),
            *unplaced(
                Property(
                    "tint", enum("white", "brown", "black", "red", "blue", "green", "yellow"), "brown", doc="colour"
                )
            ),
            *unplaced(Property("wear", NUMBER, 0.2, *_UNIT_INTERVAL, "0 new .. 1 worn")),
            *unplaced(Property("wet", NUMBER, 0.0, *_UNIT_INTERVAL, "0 dry .. 1 dripping")),
        ),
        size_m={"": (0.06, 0.06, 0.06), **GOODS_SIZE_M}, sized_by="asset", scaled_by="size", doc="a loose good",
    ),
    EntityKind(
        "arm", "robot", (Property("reach", quantity("length"), 0.85, 0.2, 3.0, "radius of the workspace"),),
        size_m={"": (0.19, 0.19, 0.95)},
        doc="a six-axis arm with a suction tool",
    ),
)  # fmt: skip

LIBRARY = Library(
    "warehouse",
    {_STATION.name: _STATION},
    {k.name: k for k in _ENTITIES},
    doc="a picking station with totes, goods and an arm (checks and samples only)",
    assets=FAMILIES,
)
