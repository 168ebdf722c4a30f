"""Box-like bodies (buses, cabs, cargo boxes): an upright wall round a plan outline, with arches, panes and a roof."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import grid, joined
from simengine_scenes.vehicles.outline import End, across, full_ring, half_outline

__all__ = ["Coach", "Pick", "add_coach"]

Pick = Callable[[Array, Array, Array], Array]
"""(x, y, z) of the middles of cells -> index into the materials."""


@dataclass(frozen=True)
class Coach:
    """A wall.

    Attributes:
        nose, tail: ends of the plan outline.
        half_m: greatest half width.
        rows: (height, inset) from low to high.
        columns_m: x of columns along the sides, beside those of the arches.
        arches: (x, radius, height of the axle) of wheel arches.
        crown_m: rise of the roof.
    """

    nose: End
    tail: End
    half_m: float
    rows: tuple[tuple[float, float], ...]
    columns_m: tuple[float, ...]
    arches: tuple[tuple[float, float, float], ...] = ()
    crown_m: float = 0.04


def _columns(coach: Coach) -> list[float]:
    xs = list(coach.columns_m)
    for x, radius, _ in coach.arches:
        xs = [u for u in xs if abs(u - x) > radius + 0.02]
        xs += [x + radius * math.cos(math.pi * k / 12) for k in range(13)]
    return xs


def add_coach(body: Draft, coach: Coach, materials: Sequence[Material], pick: Pick) -> None:
    """Add the wall, its roof and its floor.

    Args:
        body: where it goes.
        coach: the shape.
        materials: table of ``pick``; the first also covers the roof.
        pick: material of each cell by the middle of its corners.
    """
    line = half_outline(coach.nose, coach.tail, coach.half_m, _columns(coach))
    low = np.full(len(line.xy_m), coach.rows[0][0])
    on_side = np.abs(line.outward[:, 0]) < 0.5
    for x, radius, axle in coach.arches:
        u = (line.xy_m[:, 0] - x) / radius
        sill = coach.rows[0][0]
        arch = sill + (axle + radius - sill) * np.sqrt(np.clip(1.0 - u * u, 0.0, None))
        low = np.where((np.abs(u) < 1.0) & on_side, np.maximum(low, arch), low)
    heights, insets = np.array(coach.rows).T
    z = np.maximum(heights[:, None], low)
    inset = np.interp(z, heights, insets)
    half = np.concatenate([line.xy_m - inset[..., None] * line.outward, z[..., None]], -1)
    wall = full_ring(half)
    middle = 0.25 * (wall[:-1] + wall[1:] + np.roll(wall, -1, 1)[:-1] + np.roll(wall, -1, 1)[1:])
    cells = np.repeat(np.asarray(pick(middle[..., 0], middle[..., 1], middle[..., 2]), np.int64).reshape(-1), 2)
    roof = grid(across(half[-1], 9, coach.crown_m), flip=True)
    codes = np.concatenate([cells, np.zeros(len(roof[1]), np.int64)])
    body.add(joined([grid(wall, closed=True), roof]), list(materials), codes)
    _underside(body, half[0], line.xy_m - 0.5 * line.outward, coach.rows[0][0])


def _underside(body: Draft, lip: F64Array, inner_xy: F64Array, floor_m: float) -> None:
    inner = np.concatenate([inner_xy, lip[:, 2:]], -1)
    floor = inner.copy()
    floor[:, 2] = floor_m
    body.add(grid(full_ring(np.stack([floor, inner, lip])), closed=True), palette.UNDERBODY)
    body.add(grid(across(floor, 3, 0.0)), palette.UNDERBODY)
