"""Greenhouse: windscreen, side windows between pillars, rear window and roof."""

from __future__ import annotations

import itertools
import math

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import grid, joined, loft, tube
from simengine_scenes.vehicles.outline import across, full_ring
from simengine_scenes.vehicles.shape import BodyShape, CabinShape
from simengine_scenes.vehicles.shell import DECK_CROWN_M, belt_m

__all__ = ["add_cabin"]

# (share of the way from base to roof outline, share of the height): convex, and rounded into the roof
_RISE: Array = np.array(
    [[0, 0], [0.05, 0.07], [0.11, 0.14], [0.40, 0.5], [0.74, 0.84], [0.84, 0.92], [0.93, 0.975], [1.0, 1.0]]
)
_HIGH: Array = np.array([0.0, 0.045, 0.09, 0.33, 0.58, 0.63, 0.84, 0.92, 0.975, 1.0])
"""Shares of the height below a high roof: panes end at 0.63."""
_FACE = (0.0, 0.35, 0.7, 1.0)
_LEAVES = (0.0, 0.010, 0.12, 0.5, 0.84, 1.0)
"""Across half of a tail with two doors: half of the gap, frame, pane, frame."""
_SCREEN, _SIDE = slice(1, 5), slice(2, 4)
"""Rows of the panes of windscreen and rear window, and of those of the sides, in a frame."""
_CORNER = (0.25, 0.5, 0.75, 1.0)
_COWL_M = (-0.36, 0.085)
"""How far the panel below the windscreen reaches behind and ahead of its foot: behind, it is the dashboard's top."""


def _corner(center: tuple[float, float], radii: tuple[float, float], share: float, sign: float) -> tuple[float, float]:
    a = 0.5 * math.pi * share
    return center[0] + sign * radii[0] * math.cos(a), center[1] + radii[1] * math.sin(a)


def _outline(
    x_m: tuple[float, float], half_m: float, bow_m: tuple[float, float], radii: tuple[float, float],
    side: list[float], tail: tuple[float, ...],
) -> F64Array:  # fmt: skip
    """Left half of a rectangle with round corners, of ``radii`` ahead and behind, (C, 2): columns of the nose, of the
    side at shares ``side`` from front to rear, and of the tail at shares ``tail`` of its flat part."""
    flat, end = half_m - radii[0], half_m - radii[1]
    points: list[tuple[float, float]] = [(x_m[0] - bow_m[0] * u * u, flat * u) for u in _FACE]
    front = x_m[0] - bow_m[0] - radii[0]
    rear = x_m[1] + bow_m[1] + radii[1]
    points += [_corner((front, flat), (radii[0], radii[0]), s, 1.0) for s in _CORNER]
    points += [(front + (rear - front) * s, half_m) for s in side]
    points += [_corner((rear, end), (radii[1], radii[1]), s, -1.0) for s in _CORNER[::-1]]
    points += [(x_m[1] + bow_m[1] * u * u, end * u) for u in tail[::-1]]
    return np.array(points)


def _side_columns(cabin: CabinShape) -> list[float]:
    shares = {s for pair in cabin.pillars for s in pair} | {0.25, 0.7}
    return sorted(s for s in shares if 0.0 < s < 1.0)


def _tail(cabin: CabinShape) -> tuple[float, ...]:
    return _LEAVES if cabin.twin_doors else _FACE


def _rise(cabin: CabinShape) -> Array:
    """Shares of the way from base to roof outline, and of the height, by row."""
    if not cabin.high_roof:
        return _RISE
    return np.column_stack([np.interp(_HIGH, _RISE[:, 1], _RISE[:, 0]), _HIGH])


def _cells(cabin: CabinShape, side: list[float], rows: int) -> Array:
    """Material codes (rows, C - 1) of the left half: 0 paint, 1 glass, 2 dark frame, 3 glass behind the front doors."""
    edges = [0.0, *side, 1.0]
    face, corner = len(_FACE), len(_CORNER)
    columns = face - 1 + corner + len(edges) - 1 + corner + len(_tail(cabin)) - 1
    choice = np.zeros((rows, columns), np.int64)
    choice[_SCREEN, : face - 1 + 1] = 1
    if cabin.twin_doors:  # from the middle: gap, frame, pane, frame
        choice[: rows - 2, -1] = 2
        choice[_SIDE, -4:-2] = 3
    elif cabin.rear_glass:
        choice[_SCREEN, -face:] = 3
    for k, (a, b) in enumerate(itertools.pairwise(edges)):
        middle = 0.5 * (a + b)
        column = face - 1 + corner + k
        pillar = [p for p in cabin.pillars if p[0] <= middle <= p[1]]
        if not pillar:
            choice[_SCREEN, column] = 2
            choice[_SIDE, column] = 1 if middle < cabin.pillars[1][0] else 3
        elif pillar[0][1] - pillar[0][0] < 0.07 and 0.0 < pillar[0][0] < 0.8:
            choice[_SCREEN, column] = 2
    return choice


def add_cabin(body: Draft, shape: BodyShape, paint: Material) -> None:
    """Add the greenhouse to the body."""
    cabin = shape.cabin
    side = _side_columns(cabin)
    tail = _tail(cabin)
    bow, corner = ((0.02, 0.02), (0.12, 0.10)) if cabin.twin_doors else ((0.10, 0.06), (0.22, 0.16))
    base = _outline(cabin.base_x_m, cabin.base_half_m, (0.16, bow[0]), (0.22, corner[0]), side, tail)
    roof = _outline(cabin.roof_x_m, cabin.roof_half_m, (0.10, bow[1]), (0.16, corner[1]), side, tail)
    base_z = belt_m(shape, base[:, 0]) - 0.015
    roof_z = (
        cabin.roof_m - cabin.crown_m - 0.02 * np.abs(2 * (roof[:, 0] - roof[:, 0].mean()) / np.ptp(roof[:, 0])) ** 2
    )
    rise = _rise(cabin)
    p, q = rise[:, 0][:, None], rise[:, 1][:, None]
    xy = base[None] + p[..., None] * (roof - base)[None]
    z = base_z + q * (roof_z - base_z)
    half = np.concatenate([xy, z[..., None]], -1)
    choice = _cells(cabin, side, len(rise) - 1)
    cells = np.repeat(np.concatenate([choice, choice[:, ::-1]], 1).reshape(-1), 2)
    rim = half[-1]
    roof_sheet = grid(across(rim, 9, cabin.roof_m - float(rim[:, 2].max())), flip=True)
    codes = np.concatenate([cells, np.zeros(len(roof_sheet[1]), np.int64)])
    surface = joined([grid(full_ring(half), closed=True), roof_sheet])
    dark = palette.PRIVACY_GLASS if cabin.privacy else palette.WINDSCREEN
    body.add(surface, [paint, palette.WINDSCREEN, palette.PLASTIC, dark], codes)
    _add_cowl(body, shape, base)


def _add_cowl(body: Draft, shape: BodyShape, base: F64Array) -> None:
    """The dark panel between bonnet and windscreen, with the wipers at rest on it."""
    left = base[: len(_FACE) + 1]
    line = np.concatenate([left[:0:-1], left * np.array([1.0, -1.0])])  # from left to right round the front
    step = np.gradient(line, axis=0)
    ahead = np.stack([-step[:, 1], step[:, 0]], -1)
    ahead /= np.sqrt((ahead * ahead).sum(-1, keepdims=True))
    edge = shape.half_m - 0.08
    rings: list[F64Array] = []
    behind, before = _COWL_M
    for reach, lift in ((behind, -0.02), (before, -0.02), (before, 0.004), (0.0, 0.016), (behind, 0.022)):
        xy = line + reach * ahead
        deck = belt_m(shape, xy[:, 0]) + DECK_CROWN_M * (1.0 - (xy[:, 1] / edge) ** 2)
        rings.append(np.column_stack([xy, deck + lift]))
    body.add(loft(np.stack(rings, 1)), palette.PLASTIC)
    for begin, end in ((0.62, -0.02), (-0.04, -0.66)):
        y = np.linspace(begin, end, 5) * shape.cabin.base_half_m
        x = np.interp(y, line[::-1, 1], line[::-1, 0]) + np.linspace(0.03, -0.01, 5)
        deck = belt_m(shape, x) + DECK_CROWN_M * (1.0 - (y / edge) ** 2)
        body.add(tube(np.column_stack([x, y, deck + 0.030]), 0.011, 5), palette.RUBBER)
