"""``use warehouse``: a picking station. Programs with it check; it is not built yet."""

from __future__ import annotations

from simengine.world.library import NUMBER, EntityKind, Library, Property, ValueType, WorldKind, enum, quantity

__all__ = ["LIBRARY"]

_TAU = 6.283185307179586

_STATION = WorldKind(
    "station",
    (
        Property("bench_height", quantity("length"), 0.85, 0.3, 1.5, "height of the bench above the floor"),
        Property("light.kind", enum("led", "sodium", "daylight"), "led", doc="what lights the station"),
        Property("light.level", quantity("illuminance"), 500.0, 0.0, 100_000.0, "illuminance on the bench"),
        Property("light.flicker", quantity("frequency"), 0.0, 0.0, 1000.0, "flicker of the lamps; 0 Hz: steady"),
    ),
    ("bench", "base", "floor"),
    doc="a bench with a robot arm at its base",
)
_UNIT_INTERVAL = (0.0, 1.0)
_ENTITIES = (
    EntityKind(
        "tote", "object",
        (
            Property("wear", NUMBER, 0.2, *_UNIT_INTERVAL, "0 new .. 1 scratched and stained"),
            Property("wet", NUMBER, 0.0, *_UNIT_INTERVAL, "0 dry .. 1 dripping"),
            Property("tint", enum("grey", "blue", "red", "green", "yellow"), "grey", doc="colour of the plastic"),
        ),
        size_m={"": (0.60, 0.40, 0.32)},
        doc="an open stacking box, 60 x 40 x 32 cm",
    ),
    EntityKind(
        "item", "object",
        (
            Property("asset", ValueType("any"), None, doc="which thing: library(\"household\", size = 3 cm)"),
            Property("size", quantity("length"), 0.06, 0.005, 0.5, "longest side"),
            Property("yaw", quantity("angle"), 0.0, -_TAU, _TAU, "turn about the vertical"),
            Property("roughness", NUMBER, 0.5, *_UNIT_INTERVAL, "0 mirror .. 1 matt"),
            Property("mass", quantity("mass"), 0.3, 0.001, 50.0, "mass"),
            Property("tint", enum("white", "brown", "black", "red", "blue", "green", "yellow"), "brown", doc="colour"),
            Property("wear", NUMBER, 0.2, *_UNIT_INTERVAL, "0 new .. 1 worn"),
            Property("wet", NUMBER, 0.0, *_UNIT_INTERVAL, "0 dry .. 1 dripping"),
        ),
        size_m={"": (0.06, 0.06, 0.06)},
        doc="a loose good",
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
    doc="a picking station with totes, goods and an arm (checks only)",
)
