"""Cars that are parked for good: a few bodies in many paints, so that their meshes are made once."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Asset
from simengine_scenes import palette
from simengine_scenes.lot.plan import LotPlan
from simengine_scenes.shapes.piece import at
from simengine_scenes.vehicles.build import vehicle_asset

__all__ = ["park_cars"]

_MODELS = ("hatchback", "sedan", "suv", "van")
_SHARE = (0.36, 0.3, 0.26, 0.08)
_PAINTS_A_SCENE = 3
"""Paints of each body in one lot: meshes carry their materials."""
_REVERSED = 0.3
"""Share of those that drove in backwards."""


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


def park_cars(builder: SceneBuilder, plan: LotPlan, occupancy: float, seed: int) -> None:
    """Fill a share of the bays that are not kept free; who parks how comes from ``seed``."""
    free = {(b.row, b.place) for b in plan.kept_free}
    names, shares = list(palette.PAINT_SHARE), list(palette.PAINT_SHARE.values())
    total = sum(shares)
    draw = stream(seed, "lot", "paints")
    paints = {m: [names[int(draw.choice(len(names), p=[s / total for s in shares]))] for _ in range(_PAINTS_A_SCENE)]
              for m in _MODELS}  # fmt: skip
    count = 0
    for k, bay in enumerate(plan.bays):
        own = stream(seed, "lot", "bay", k)
        taken, model = own.random() < occupancy, _MODELS[int(own.choice(len(_MODELS), p=_SHARE))]
        colour = paints[model][int(own.integers(_PAINTS_A_SCENE))]
        along, aside, turn = own.normal(0.0, (0.12, 0.08, 0.012)).clip((-0.2, -0.14, -0.03), (0.2, 0.14, 0.03)).tolist()
        back = own.random() < _REVERSED
        if not taken or (bay.row, bay.place) in free:
            continue
        asset = painted(model, colour)
        deep = 0.5 * (5.0 - asset.entity.size_m[0]) - 0.05  # those that are shorter stand farther in or out
        along = max(min(along, abs(deep)), -abs(deep))
        c, s = math.cos(bay.yaw_rad), math.sin(bay.yaw_rad)
        where = at(bay.x_m + along * c - aside * s, bay.y_m + along * s + aside * c, 0.0,
                   bay.yaw_rad + turn + (math.pi if back else 0.0))  # fmt: skip
        count += 1
        builder.place(asset, f"parked_car[{count}]", where)
