"""Standing water: a flat, mirror-like sheet with a wavy shore, the browner the deeper.

Seen from above, light crosses the water twice: exp(-2 k d) of what the road sends back comes through, with k = 8 per
metre for run-off full of silt. In the near infrared hardly anything comes back, so LiDARs see a hole in the road.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import grid, ring

__all__ = ["PUDDLE_SIZE_M", "puddle_asset", "water"]

PUDDLE_SIZE_M: dict[str, tuple[float, float, float]] = {"pool": (20.0, 3.0, 0.01)}
"""Length, width, and height of the sheet above the road."""
_SILT_PER_M = 8.0
_LOOKS = 12
_COLUMNS = 72


def water(depth_m: float) -> Material:
    """The surface of water of a depth over asphalt, in steps of a centimetre."""
    step = round(100.0 * depth_m)
    through = math.exp(-2.0 * _SILT_PER_M * 0.01 * step)
    road = 0.45 * np.array(palette.ASPHALT.albedo)
    red, green, blue = (through * road + (1.0 - through) * np.array(palette.rgb("6f6350"))).tolist()
    nir = round(0.004 + 0.05 * math.exp(-2.0 * 15.0 * 0.01 * step), 4)
    return Material(f"water_{step}cm", (red, green, blue), 0.02, 0.021, nir=nir)


def _shore(look: int) -> F64Array:
    """Outline (COLUMNS, 2) that just fills the box."""
    draw = stream(look, "puddle")
    angle = np.arange(_COLUMNS) * (2.0 * math.pi / _COLUMNS)
    wave = np.ones(_COLUMNS)
    for k in range(2, 9):
        wave = wave + 0.11 / math.sqrt(k) * float(draw.normal()) * np.cos(
            k * angle + 2.0 * math.pi * float(draw.random())
        )
    line = ring((1.0, 1.0), _COLUMNS, 2.2) * np.maximum(wave, 0.45)[:, None]
    line = line - 0.5 * (line.max(0) + line.min(0))
    return line / line.max(0) * 0.5 * np.array(PUDDLE_SIZE_M["pool"][:2])


@lru_cache(maxsize=64)
def _puddle(model: str, centimetres: int, look: int) -> Asset:
    line, (_, _, height) = _shore(look), PUDDLE_SIZE_M[model]
    shares, heights = (1.0, 0.985, 0.85, 0.55, 0.02), (0.0, 0.6, 0.8, 0.95, 1.0)
    rings = np.stack([
        np.column_stack([s * line, np.full(_COLUMNS, h * height)]) for s, h in zip(shares, heights, strict=True)
    ])  # fmt: skip
    surface = grid(rings, closed=True)
    table = [water(0.01 * centimetres * s) for s in (0.1, 0.3, 0.7, 1.0)]
    codes = np.repeat(np.arange(4), 2 * _COLUMNS)
    a = Assembly()
    flat = np.stack([np.column_stack([s * line, np.zeros(_COLUMNS)]) for s in (1.0, 0.02)])
    sheet = Draft().add(surface, table, codes).add(grid(flat, closed=True, flip=True), table[0])
    a.add("water", f"{model}.{centimetres}.{look}", sheet, CLASS_ID["road"])
    entity = Entity(model, "puddle", model, CLASS_ID["road"], PUDDLE_SIZE_M[model])
    return a.asset(entity)


def puddle_asset(model: str, depth_m: float, variety: int) -> Asset:
    """Water of a depth in its middle; its shore is drawn by the variety seed."""
    return _puddle(model, max(1, round(100.0 * depth_m)), int(stream(variety, "shore").integers(_LOOKS)))
