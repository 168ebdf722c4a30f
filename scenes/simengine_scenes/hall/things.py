"""Things that stand about in a hall: pallets with and without loads, hand pallet trucks."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine.rng import stream
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.hall import materials as m
from simengine_scenes.hall.loads import LOOKS, PALLET_M, load_draft
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, pose, prism, tapered, tube

__all__ = ["PALLET_SIZE_M", "TRUCK_SIZE_M", "pallet_asset", "pallet_truck_asset"]

PALLET_SIZE_M: dict[str, tuple[float, float, float]] = {
    "pallet": PALLET_M,
    "boxes": (1.2, 0.8, 1.2),
    "wrapped": (1.2, 0.8, 1.25),
    "drums": (1.2, 0.8, 0.744),
    "sacks": (1.2, 0.8, 0.72),
    "empties": (1.2, 0.8, 0.72),
}
"""Length, width and height by model; loads are stretched to theirs."""
TRUCK_SIZE_M: dict[str, tuple[float, float, float]] = {"pallet_truck": (1.56, 0.54, 1.22)}


def pallet_asset(model: str, variety: int) -> Asset:
    """A pallet of a model in ``PALLET_SIZE_M``, one of ``LOOKS`` of it."""
    return _pallet(model, int(stream(variety, "pallet", model).integers(LOOKS)))


@lru_cache(maxsize=64)
def _pallet(model: str, look: int) -> Asset:
    semantic, (length, width, height) = CLASS_ID["pallet"], PALLET_SIZE_M[model]
    draft = load_draft(model, look)
    low, high = draft.bounds()
    whole = draft.fitted((low[0], low[1], 0.0), (high[0], high[1], height))
    a = Assembly()
    a.add("body", f"pallet.{model}.{look}", whole, semantic)
    screen = Box((0.0, 0.0, 0.5 * height), (0.92 * length, 0.92 * width, 0.9 * height))
    entity = Entity(
        model, "pallet", model, semantic, (length, width, height), occluders=() if model == "pallet" else (screen,)
    )
    return a.asset(entity)


@lru_cache(maxsize=4)
def _truck(look: int) -> Asset:
    paint = palette.PAINTS[("orange", "yellow", "red", "blue")[look]]
    semantic, size = CLASS_ID["pallet_truck"], TRUCK_SIZE_M["pallet_truck"]
    d = Draft()
    for s in (1.0, -1.0):
        blade = [(-0.3, 0.04), (0.76, 0.04), (0.78, 0.06), (0.78, 0.075), (-0.3, 0.085)]
        d.add(prism(blade, -0.08, 0.08), paint, pose=pose((0.0, s * 0.19, 0.0), (1.0, 0.0, 0.0), 0.5 * math.pi))
        d.add(tube([(0.62, s * 0.19 - 0.05, 0.04), (0.62, s * 0.19 + 0.05, 0.04)], 0.04, 12), palette.RUBBER)
    d.add(box((-0.34, 0.0, 0.2), (0.1, 0.5, 0.28)), paint)
    d.add(tapered((-0.34, 0.0, 0.42), (0.1, 0.4, 0.16), (0.6, 0.4)), paint)
    d.add(tube([(-0.46, 0.0, 0.1), (-0.46, 0.0, 0.46)], 0.05, 12), m.STEEL)
    for s in (1.0, -1.0):
        d.add(tube([(-0.46, s * 0.04, 0.09), (-0.46, s * 0.09, 0.09)], 0.09, 16), palette.RUBBER)
    d.add(tube([(-0.5, 0.0, 0.34), (-0.66, 0.0, 1.02)], 0.02, 10), paint)
    loop = [(-0.66, 0.0, 1.0), (-0.68, 0.14, 1.06), (-0.71, 0.16, 1.18), (-0.725, 0.08, 1.2), (-0.725, -0.08, 1.2),
            (-0.71, -0.16, 1.18), (-0.68, -0.14, 1.06), (-0.66, 0.0, 1.0)]  # fmt: skip
    d.add(tube(loop, 0.016, 8), palette.PLASTIC)
    d.add(box((-0.70, 0.03, 1.13), (0.02, 0.03, 0.1)), palette.PAINTS["red"])
    low, high = d.bounds()
    a = Assembly()
    whole = d.fitted((-0.5 * size[0], low[1], 0.0), (0.5 * size[0], high[1], size[2]))
    a.add("body", f"pallet_truck.{look}", whole, semantic)
    return a.asset(Entity("pallet_truck", "pallet_truck", "pallet_truck", semantic, size))


def pallet_truck_asset(model: str, variety: int) -> Asset:
    """A hand pallet truck; its colour comes from ``variety``."""
    del model
    return _truck(int(stream(variety, "pallet_truck").integers(4)))
