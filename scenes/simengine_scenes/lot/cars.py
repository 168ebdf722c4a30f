"""Cars that are parked for good: a few bodies in many paints, so that their meshes are made once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Asset
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.lot.parked import PAINTS_A_SCENE, PARKED_MODELS, parked
from simengine_scenes.lot.plan import LotPlan
from simengine_scenes.shapes.piece import at
from simengine_scenes.vehicles.build import vehicle_asset

__all__ = ["park_cars"]


@lru_cache(maxsize=64)
def painted(model: str, colour: str) -> Asset:
    """A car in a paint, with the meshes of the white one under other names."""
    white = vehicle_asset(model, "white", 0)
    if colour == "white":
        return white
    paint = palette.PAINTS[colour]
    materials = tuple(paint if m.name == "paint_white" else m for m in white.materials)
    own = [k for k, m in enumerate(white.materials) if m.name == "paint_white"]
    meshes = tuple(
        replace(mesh, name=f"{mesh.name}.{colour}") if bool((mesh.face_material == own[0]).any()) else mesh
        for mesh in white.meshes
    )
    return replace(white, materials=materials, meshes=meshes)


def park_cars(builder: SceneBuilder, plan: LotPlan, seed: int) -> None:
    """Put cars where they are parked; their paints come from ``seed``."""
    names, shares = list(palette.PAINT_SHARE), list(palette.PAINT_SHARE.values())
    total = sum(shares)
    draw = stream(seed, "lot", "paints")
    paints: dict[str, list[str]] = {}
    for k, m in enumerate(PARKED_MODELS):
        drawn = [int(draw.choice(len(names), p=[s / total for s in shares])) for _ in range(PAINTS_A_SCENE)]
        paints[m] = [names[_paint(p, k, len(names), builder.split)] for p in drawn]
    for k, car in enumerate(parked(plan)):
        where = at(car.x_m, car.y_m, 0.0, car.yaw_rad)
        builder.place(painted(car.model, paints[car.model][car.paint]), f"parked_car[{k + 1}]", where)


def _paint(paint: int, body: int, count: int, split: str) -> int:
    """The paint itself, if this body has it in a split, else another: every body keeps other ones for tests."""
    return (among((paint + body) % count, count, split) - body) % count
