"""Named points of vehicles, people, animals and drones, on which sensors sit: ``camera on ego.windscreen``.

They are in the entity's frame, metres, and lie on the surface (or a hand's breadth from it): a roof in its middle, the
windscreen where cameras of driver assistance sit, bumpers in the middle of the body's ends, mirrors 15 to 25 mm outside
of their housings, which so are in no picture to the side or back, heads between the eyes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from simengine.world.library import EntityKind
from simengine.world.scene import Asset

__all__ = ["pointed"]

Point = tuple[float, float, float]


class _Body(NamedTuple):
    """Roof (x, z), windscreen (x, z), height of the bumpers, left mirror."""

    roof: tuple[float, float]
    screen: tuple[float, float]
    bumper: float
    mirror: Point


_SALOON = _Body((-0.3, 1.44), (0.55, 1.28), 0.5, (0.68, 1.035, 1.05))
_BODIES: dict[str, _Body] = {
    "sedan": _SALOON,
    "car": _SALOON,
    "police": _Body((-0.5, 1.43), (0.55, 1.28), 0.5, (0.68, 1.035, 1.05)),
    "hatchback": _Body((-0.6, 1.47), (0.45, 1.32), 0.5, (0.60, 1.015, 1.06)),
    "suv": _Body((-0.7, 1.65), (0.60, 1.48), 0.6, (0.66, 1.065, 1.21)),
    "estate": _Body((-0.7, 1.46), (0.58, 1.30), 0.5, (0.71, 1.035, 1.05)),
    "pickup": _Body((0.1, 1.78), (0.92, 1.60), 0.65, (0.98, 1.095, 1.25)),
    "van": _Body((-0.7, 1.99), (1.30, 1.79), 0.55, (1.56, 1.155, 1.26)),
    "ambulance": _Body((-0.8, 2.59), (1.82, 1.98), 0.55, (1.86, 1.175, 1.32)),
    "truck": _Body((-1.0, 3.50), (4.25, 2.30), 0.69, (3.99, 1.465, 2.08)),
    "fire_engine": _Body((-1.0, 2.90), (4.05, 2.20), 0.6, (3.79, 1.465, 1.98)),
    "bus": _Body((0.6, 2.94), (5.90, 2.30), 0.6, (5.78, 1.50, 2.08)),
    "lorry": _Body((1.9, 3.73), (2.92, 2.70), 0.78, (2.69, 1.485, 2.28)),
    "tram": _Body((3.0, 3.05), (7.25, 2.30), 0.5, (6.75, 1.465, 2.08)),
}


def _of_body(body: _Body, length_m: float) -> dict[str, Point]:
    x, y, z = body.mirror
    half = 0.5 * length_m
    return {
        "roof": (body.roof[0], 0.0, body.roof[1]),
        "windscreen": (body.screen[0], 0.0, body.screen[1]),
        "front_bumper": (half, 0.0, body.bumper),
        "rear_bumper": (-half, 0.0, body.bumper),
        "left_mirror": (x, y, z),
        "right_mirror": (x, -y, z),
    }


def _ahead(points: Mapping[str, tuple[float, float]]) -> dict[str, Point]:
    """Points in the middle plane."""
    return {name: (x, 0.0, z) for name, (x, z) in points.items()}


_MIDDLE: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("trailer", "trailer"): {"roof": (0.0, 4.0), "rear_bumper": (-6.80, 1.15)},
    ("motorbike", "motorbike"): {"head": (0.10, 1.48), "handlebar": (0.50, 1.04)},
    ("car", "motorbike"): {"head": (0.10, 1.48), "handlebar": (0.50, 1.04)},
    ("cyclist", "city_bike"): {"head": (-0.05, 1.66), "handlebar": (0.22, 1.07)},
    ("cyclist", "child_bike"): {"head": (-0.05, 1.27), "handlebar": (0.15, 0.87)},
    ("cyclist", "cargo_bike"): {"head": (-0.44, 1.66), "handlebar": (-0.12, 1.08)},
    ("e_scooter", "private_scooter"): {"head": (-0.03, 1.72), "handlebar": (0.17, 1.09)},
    ("e_scooter", "shared_scooter"): {"head": (-0.03, 1.75), "handlebar": (0.19, 1.13)},
    ("wheelchair", "adult"): {"head": (-0.08, 1.31), "chest": (-0.05, 1.00)},
    ("wheelchair", "adult_f"): {"head": (-0.06, 1.25), "chest": (-0.03, 0.96)},
    ("wheelchair", "elderly"): {"head": (-0.09, 1.27), "chest": (-0.05, 0.97)},
    ("wheelchair", "elderly_f"): {"head": (-0.07, 1.19), "chest": (-0.03, 0.92)},
    ("pedestrian", "adult"): {"head": (0.06, 1.64), "chest": (0.10, 1.28)},
    ("pedestrian", "adult_f"): {"head": (0.06, 1.52), "chest": (0.10, 1.19)},
    ("pedestrian", "child_9y"): {"head": (0.06, 1.22), "chest": (0.07, 0.95)},
    ("pedestrian", "child_6y"): {"head": (0.06, 1.06), "chest": (0.07, 0.81)},
    ("pedestrian", "elderly"): {"head": (0.06, 1.60), "chest": (0.10, 1.24)},
    ("pedestrian", "elderly_f"): {"head": (0.06, 1.46), "chest": (0.10, 1.13)},
    ("worker", "adult"): {"head": (0.06, 1.64), "chest": (0.11, 1.28)},
    ("worker", "adult_f"): {"head": (0.06, 1.52), "chest": (0.11, 1.19)},
    ("animal", "deer"): {"head": (0.64, 1.40), "back": (-0.10, 1.03)},
    ("animal", "boar"): {"head": (0.57, 0.62), "back": (-0.05, 0.81)},
    ("animal", "dog"): {"head": (0.37, 0.73), "back": (-0.05, 0.58)},
    ("animal", "cow"): {"head": (0.94, 1.40), "back": (-0.10, 1.42)},
    ("bird", "pigeon"): {"back": (0.02, 0.20)},
    ("bird", "crow"): {"back": (0.03, 0.28)},
    ("drone", "quadrotor"): {"gimbal": (0.09, 0.03), "top": (0.0, 0.11)},
    ("drone", "hexarotor"): {"gimbal": (0.16, 0.19), "top": (0.0, 0.34)},
    ("forklift", "forklift"): {"roof": (-0.55, 2.14), "mast": (0.51, 2.12), "rear_bumper": (-1.70, 0.6)},
    ("forklift", "forklift_loaded"): {"roof": (-0.60, 2.14), "mast": (0.46, 2.12), "rear_bumper": (-1.75, 0.6)},
    ("mobile_robot", "carrier"): {"top": (0.0, 0.34), "front_bumper": (0.59, 0.18), "rear_bumper": (-0.59, 0.18)},
    ("mobile_robot", "shelf_carrier"): {
        "top": (0.0, 2.04), "front_bumper": (0.59, 0.18), "rear_bumper": (-0.59, 0.18),
    },
}  # fmt: skip
"""x and z by kind and model."""


def _points(kind: EntityKind) -> dict[str, dict[str, Point]]:
    """By model; empty where a kind has none."""
    out: dict[str, dict[str, Point]] = {}
    for model in kind.models:
        if (kind.name, model) in _MIDDLE:
            out[model] = _ahead(_MIDDLE[kind.name, model])
        elif kind.category == "vehicle" and model in _BODIES:
            out[model] = _of_body(_BODIES[model], kind.size_m[model][0])
    return out


def pointed(kind: EntityKind) -> EntityKind:
    """A kind of thing that knows its points, and says them of everything it builds."""
    build, points = kind.build, _points(kind)
    if build is None or not points:
        return kind

    def built(model: str, values: Mapping[str, Any], variety: int) -> Asset:
        asset = build(model, values, variety)
        return replace(asset, entity=replace(asset.entity, points=tuple(points.get(model, {}).items())))

    return replace(kind, build=built, points=points)
