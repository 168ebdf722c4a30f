"""Worlds and agents of ``use driving`` that are not built yet: programs with them check and sample."""

from __future__ import annotations

from simengine.world.library import BOOL, INT, EntityKind, Property, WorldKind, enum, quantity, unplaced
from simengine_scenes.weather import WEATHER

__all__ = ["ANNOUNCED_KINDS", "ANNOUNCED_WORLDS"]

_SIGNAL = ("green", "amber", "red", "flashing", "off")

_JUNCTION = WorldKind(
    "junction",
    (
        Property("arms", INT, 4, 3, 4, "roads that meet; three: none goes on straight ahead of own_arm"),
        Property("lanes", INT, 2, 2, 6, "number of lanes of every arm, both directions together"),
        Property("lane_width", quantity("length"), 3.25, 2.5, 5.0, "width of every lane"),
        Property("length", quantity("length"), 120.0, 40.0, 1000.0, "length of every arm, from its end to the middle"),
        *unplaced(
            Property(
                "control", enum("signals", "stop_signs", "give_way", "all_way_stop", "none"), "none",
                doc="who goes first",
            ),
        ),
        *unplaced(Property("signal.own", enum(*_SIGNAL), "green", doc="signals for own_arm and far_arm")),
        *unplaced(Property("signal.cross", enum(*_SIGNAL), "red", doc="signals for left_arm and right_arm")),
        *WEATHER,
    ),
    ("road", "own_arm", "left_arm", "right_arm", "far_arm", "crosswalk", "far_curb",
     "near_curb"),
    doc="a level junction of town streets; lane(1) and s(x) are those of own_arm, s(length) is the middle",
)  # fmt: skip


def _object(name: str, sizes: dict[str, tuple[float, float, float]], doc: str, *own: Property) -> EntityKind:
    return EntityKind(name, "object", own, tuple(sizes), None, sizes, doc)


_BEACONS = Property("beacons", BOOL, True, doc="blue lights flash", spatial=False)
_EMERGENCY = {"ambulance": (6.0, 2.1, 2.7), "police": (4.7, 1.85, 1.6), "fire_engine": (8.2, 2.5, 3.3)}
_CYCLIST = {"city_bike": (1.83, 0.60, 1.73), "child_bike": (1.40, 0.50, 1.35), "cargo_bike": (2.50, 0.87, 1.73)}
_ANIMAL = {"deer": (1.6, 0.45, 1.4), "boar": (1.5, 0.5, 0.9), "dog": (0.8, 0.3, 0.65), "cow": (2.3, 0.75, 1.5)}
_CARGO = {
    "box": (0.6, 0.4, 0.4), "tyre": (0.65, 0.65, 0.22), "pallet": (1.2, 0.8, 0.15), "ladder": (3.0, 0.45, 0.12),
    "mattress": (2.0, 0.9, 0.2), "exhaust": (1.2, 0.2, 0.15),
}  # fmt: skip
_DRONE = {"quadrotor": (0.35, 0.35, 0.12), "hexarotor": (0.9, 0.9, 0.4)}
_POOL = {"pool": (20.0, 3.0, 0.01)}

ANNOUNCED_WORLDS: tuple[WorldKind, ...] = (_JUNCTION,)
ANNOUNCED_KINDS: tuple[EntityKind, ...] = (
    EntityKind("cyclist", "vehicle", (), tuple(_CYCLIST), None, _CYCLIST, "somebody on a bicycle"),
    EntityKind(
        "emergency_vehicle", "vehicle", (_BEACONS,), tuple(_EMERGENCY), None, _EMERGENCY, "on duty, with blue lights"
    ),
    EntityKind("drone", "vehicle", (), tuple(_DRONE), None, _DRONE, "flies with the camera below it"),
    EntityKind("animal", "person", (), tuple(_ANIMAL), None, _ANIMAL, "on foot like people, and less predictable"),
    _object("cargo", _CARGO, "something that fell from a vehicle"),
    _object(
        "puddle", _POOL, "standing water on the road",
        Property("depth", quantity("length"), 0.05, 0.0, 1.0, "of the water, in the middle"),
    ),
)  # fmt: skip
