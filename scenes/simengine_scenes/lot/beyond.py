"""What one sees from a parking lot beyond its street: a pavement, a row of houses across a meadow, hills."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.lot.plan import STREET_M, LotPlan
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import at, finish, stand
from simengine_scenes.shapes.solids import box
from simengine_scenes.town.house import draw_style, house_pieces

__all__ = ["HOUSES_M", "add_beyond", "land_height_m"]

HOUSES_M = 74.0
"""From the street to the fronts of the houses."""
_ROW_M, _STYLES = 130.0, 3
_WALK_M, _KERB_M, _THICK_M, _PANEL_M = 2.0, 0.015, 0.2, 28.0
"""The kerb is a lowered one: whoever stands beside this street stands as high as it lies."""
_FLAT_M, _RISE_M, _HIGH_M = 230.0, 190.0, 22.0


def add_beyond(builder: SceneBuilder, plan: LotPlan, reach_m: float, seed: int) -> None:
    """Add pavement and houses; the pavement goes on for ``reach_m`` beyond both ends of the lot."""
    _pavement(builder, plan, reach_m)
    rng = stream(seed, "lot", "houses")
    styles = [replace(draw_style(rng, "residential"), lit=builder.environment.lamps_lit) for _ in range(_STYLES)]
    x, end, count = -_ROW_M, plan.width_m + _ROW_M, 0
    while x < end:
        style = styles[int(rng.integers(_STYLES))]
        back = HOUSES_M + float(rng.uniform(0.0, 6.0))
        where = at(x + 0.5 * style.width_m, -0.5 * STREET_M - back, -0.05)
        stand(builder, f"house[{count}]", "house", "building", [(piece, where) for piece in house_pieces(style)])
        x += style.width_m + float(rng.uniform(2.0, 16.0))
        count += 1


def _pavement(builder: SceneBuilder, plan: LotPlan, reach_m: float) -> None:
    """Stones and slabs along the far side of the street."""
    low, high = -reach_m, plan.width_m + reach_m
    edges = np.linspace(low, high, max(2, round((high - low) / _PANEL_M)) + 1)
    stones, slabs = Draft(), Draft()
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        middle, long, y = 0.5 * (a + b), b - a, -0.5 * STREET_M
        stones.add(box((middle, y - 0.075, _KERB_M - 0.5 * _THICK_M), (long, 0.15, _THICK_M)), palette.KERB)
        slabs.add(box((middle, y - 0.15 - 0.5 * _WALK_M, -0.5 * _THICK_M), (long, _WALK_M, _THICK_M)), palette.PAVING)
    key = f"{plan.width_m:.4f}"
    stand(builder, "far_pavement", "pavement", "pavement", [(finish(f"lot.far_walk.{key}", slabs), None)])
    stand(builder, "far_kerb", "kerb", "kerb", [(finish(f"lot.far_kerb.{key}", stones), None)])


def land_height_m(x_m: F64Array, y_m: F64Array) -> F64Array:
    """Heights (X, Y) of the land at coordinates (X,) and (Y,) from the middle of the lot: level around it, hills far
    out."""
    x, y = np.meshgrid(x_m, y_m, indexing="ij")
    far = np.maximum(np.abs(x), np.abs(y))
    rise = np.clip((far - _FLAT_M) / _RISE_M, 0.0, 1.0)
    wave = 0.6 + 0.4 * np.sin(x / 97.0 + 0.8) * np.cos(y / 121.0)
    return -0.05 + _HIGH_M * wave * rise * rise * (3.0 - 2.0 * rise)
