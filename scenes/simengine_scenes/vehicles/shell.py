"""Lower body: a band round the car from the sill to the belt line with wheel arches, a deck on top, a floor below."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import grid, joined
from simengine_scenes.vehicles.face import Look, add_lenses, faced
from simengine_scenes.vehicles.face_styles import CODES
from simengine_scenes.vehicles.outline import End, HalfOutline, across, full_ring, half_outline
from simengine_scenes.vehicles.shape import BodyShape

__all__ = ["DECK_CROWN_M", "add_shell", "belt_m", "body_outline"]

DECK_CROWN_M = 0.045
"""How much bonnet and deck rise to the middle."""
_ROWS: Array = np.array([0.0, 0.07, 0.16, 0.30, 0.45, 0.462, 0.60, 0.70, 0.72, 0.77, 0.82, 0.90, 0.96, 1.0])
_DARK, _BLACK = CODES.index(palette.PLASTIC), CODES.index(palette.UNDERBODY)
_HEIGHTS: Array = np.array([0.0, 0.08, 0.2, 0.4, 0.6, 0.75, 0.84, 0.93, 0.975, 1.0])
_SIDE: Array = np.array([0.055, 0.026, 0.010, 0.0, 0.005, 0.014, 0.013, 0.036, 0.055, 0.085])
_NOSE: Array = np.array([0.090, 0.030, 0.005, 0.0, 0.012, 0.035, 0.060, 0.100, 0.135, 0.190])
_TAIL: Array = np.array([0.110, 0.045, 0.010, 0.0, 0.010, 0.022, 0.030, 0.045, 0.060, 0.095])
_SEAM_M = 0.005
_ARCH_GAP_M = 0.05
_WELL_M = 0.31
_ARCH_STEPS = 12


def belt_m(shape: BodyShape, x_m: F64Array) -> F64Array:
    """Height of the belt line at ``x_m``."""
    xs, zs = np.array(shape.belt[::-1]).T
    return np.interp(x_m, xs, zs)


def _flank(shape: BodyShape, height: F64Array) -> F64Array:
    """How far the flank lies inside the greatest width, at heights 0 (sill) to 1 (belt)."""
    return np.interp(height, _HEIGHTS, _SIDE) * np.where(height > 0.8, shape.shoulder, 1.0)


def body_outline(shape: BodyShape) -> HalfOutline:
    """Plan outline with columns at the arches, the door gaps and a few places between."""
    end = 0.5 * shape.length_m
    face = (0.0, 0.27, 0.46, 0.60)
    nose = End(end, shape.nose[0], shape.nose[1:], face)
    tail = End(-end, shape.tail[0], shape.tail[1:], face)
    xs = list(np.linspace(-end, end, 9))
    for axle in shape.axles_m:
        xs = [x for x in xs if abs(x - axle) > shape.wheel[0] + _ARCH_GAP_M + 0.03]
        xs += [
            axle + (shape.wheel[0] + _ARCH_GAP_M) * math.cos(math.pi * k / _ARCH_STEPS) for k in range(_ARCH_STEPS + 1)
        ]
    for seam in shape.seams_m:
        xs = [x for x in xs if abs(x - seam) > 0.03] + [seam - _SEAM_M, seam + _SEAM_M]
    return half_outline(nose, tail, shape.half_m, xs)


def _low_m(shape: BodyShape, line: HalfOutline) -> F64Array:
    """Lower edge of the band at each column: the sill, raised to an ellipse over each wheel."""
    endness = np.abs(line.outward[:, 0]) ** 2
    low = shape.sill_m + 0.03 * endness
    radius, _ = shape.wheel
    for axle in shape.axles_m:
        reach = radius + _ARCH_GAP_M
        u = (line.xy_m[:, 0] - axle) / reach
        arch = shape.sill_m + (radius + reach - shape.sill_m) * np.sqrt(np.clip(1.0 - u * u, 0.0, None))
        on_side = np.abs(line.outward[:, 0]) < 0.5
        low = np.where((np.abs(u) < 1.0) & on_side, np.maximum(low, arch), low)
    return low


def _band(shape: BodyShape, line: HalfOutline, low: F64Array) -> F64Array:
    """Left half of the band, (R, C, 3)."""
    top = belt_m(shape, line.xy_m[:, 0])
    z = np.maximum(shape.sill_m + _ROWS[:, None] * (top - shape.sill_m), low)  # arches cut rows off, they bend none
    h = (z - shape.sill_m) / (top - shape.sill_m)
    front, rear = np.clip(line.outward[:, 0], 0, 1) ** 2, np.clip(-line.outward[:, 0], 0, 1) ** 2
    inset = (1 - front - rear) * _flank(shape, h)
    inset = inset + front * shape.lean[0] * np.interp(h, _HEIGHTS, _NOSE)
    inset = inset + rear * shape.lean[1] * np.interp(h, _HEIGHTS, _TAIL)
    xy = line.xy_m - inset[..., None] * line.outward
    return np.concatenate([xy, z[..., None]], -1)


def _choice(shape: BodyShape, line: HalfOutline) -> I64Array:
    """Codes (R - 1, C - 1) of the cells of the left half: sills and bumpers, gaps, the recess of the plate."""
    columns = len(line.xy_m) - 1
    choice = np.zeros((len(_ROWS) - 1, columns), np.int64)
    mid = 0.5 * (line.xy_m[1:] + line.xy_m[:-1])
    row = 0.5 * (_ROWS[1:] + _ROWS[:-1])[:, None]
    column = np.arange(columns)[None]
    sides = (column >= line.side[0]) & (column < line.side[1])
    if shape.cladding:
        choice[np.broadcast_to(row < 0.16, choice.shape)] = _DARK
    choice[np.broadcast_to(row < 0.07, choice.shape)] = _DARK
    tail, back = column >= columns - line.rear + 1, column >= line.side[1] + 1
    choice[~sides & (row > 0.45) & (row < 0.462)] = _BLACK  # where the bumper ends
    choice[back & (row > 0.07) & (row < 0.16)] = _DARK
    choice[tail & (mid[None, :, 1] < 0.27) & (row > 0.462) & (row < 0.60)] = _DARK  # round the plate
    gap = np.abs(mid[:, 0][:, None] - np.array(shape.seams_m)[None]).min(1) < _SEAM_M
    choice[gap[None] & sides & (row > 0.07) & (row < 0.96)] = _BLACK
    return choice


def add_shell(body: Draft, shape: BodyShape, paint: Material, look: Look) -> None:
    """Add the lower body with its lamps."""
    line = body_outline(shape)
    band = _band(shape, line, _low_m(shape, line))
    choice = _choice(shape, line)
    cells = np.repeat(np.concatenate([choice, choice[:, ::-1]], 1).reshape(-1), 2)
    wall, cells = faced(grid(full_ring(band), closed=True), cells, shape, look)
    deck = grid(across(band[-1], 9, DECK_CROWN_M), flip=True)
    codes = np.concatenate([cells, np.zeros(len(deck[1]), np.int64)])
    table = [paint if material is None else material for material in CODES]
    body.add(joined([wall, deck]), table, codes)  # one surface: wings and bonnet shade into one another
    add_lenses(body, wall, shape, look)
    _add_underside(body, line, band, shape)


def _add_underside(body: Draft, line: HalfOutline, band: F64Array, shape: BodyShape) -> None:
    """Lip, wheel wells, and a flat floor between them."""
    lip = band[0].copy()
    inner = np.concatenate([line.xy_m - _WELL_M * line.outward, band[0][:, 2:]], -1)
    floor = inner.copy()
    floor[:, 2] = shape.sill_m
    rows = full_ring(np.stack([floor, inner, lip]))
    body.add(grid(rows, closed=True), palette.UNDERBODY)
    body.add(grid(across(floor, 3, 0.0)), palette.UNDERBODY)
