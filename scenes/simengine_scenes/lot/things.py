"""Shelters with trolleys."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.lot.plan import BAY_M
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, grid, lathe, pose, rounded_box, tube

__all__ = ["HEDGES", "hedge_piece", "shelter_piece"]

HEDGES = 4
"""Different shrubs."""
_NEST_M = 0.24
"""How much a trolley reaches out of the one that it is pushed into."""


@lru_cache(maxsize=1)
def _trolley() -> Draft:
    """A shopping trolley of 100 l, heading along +x: basket of wires, handle, frame, casters."""
    d = Draft()
    steel = palette.GALVANISED
    for k in range(5):
        z = 0.48 + 0.11 * k
        back, front, half = -0.42, 0.40 + 0.01 * k, 0.2 + 0.012 * k
        line = [(back, -half, z + 0.02), (front, -0.85 * half, z), (front, 0.85 * half, z), (back, half, z + 0.02)]
        d.add(tube([*line, line[0]], 0.006, 4), steel)
    for k in range(7):
        x = -0.42 + 0.137 * k
        for s in (1.0, -1.0):
            d.add(tube([(x, s * 0.2, 0.48), (x, s * 0.25, 0.94)], 0.004, 4), steel)
    for k in range(5):
        y = (k - 2) * 0.08
        d.add(tube([(-0.42, y, 0.49), (0.40, y, 0.48), (0.44, y * 1.1, 0.92)], 0.004, 4), steel)
    d.add(tube([(-0.52, -0.25, 1.0), (-0.52, 0.25, 1.0)], 0.016, 8), palette.PAINTS["red"])
    for s in (1.0, -1.0):
        d.add(tube([(-0.52, s * 0.24, 1.0), (-0.40, s * 0.24, 0.9), (-0.38, s * 0.24, 0.2), (0.42, s * 0.18, 0.17)],
                   0.012, 6), steel)  # fmt: skip
        for x in (-0.38, 0.42):
            y = s * (0.24 if x < 0 else 0.18)
            d.add(tube([(x, y - 0.015, 0.06), (x, y + 0.015, 0.06)], 0.06, 10), palette.RUBBER)
            d.add(box((x, y, 0.14), (0.03, 0.03, 0.08)), steel)
    return d


@lru_cache(maxsize=HEDGES)
def hedge_piece(kind: int) -> Piece:
    """A clipped shrub of 1.7 m length, along x, 0.7 m high."""
    d, draw = Draft(), stream(kind, "lot", "hedge")
    for k in range(4):
        x, z = (k - 1.5) * 0.42, 0.30 + 0.05 * float(draw.random())
        size = (0.62, 0.75 + 0.2 * float(draw.random()), 2.0 * z)
        y = 0.05 * float(draw.normal())
        for share in (0.7, 1.0):  # a lump within a lump: leaves are cut out of both
            inner = (share * size[0], share * size[1], share * size[2])
            d.add(rounded_box((x, y, z), inner, 3.0, 14, 0.8), palette.LEAVES[kind % 4])
    return finish(f"lot.hedge.{kind}", d, smooth=True)


@lru_cache(maxsize=16)
def shelter_piece(trolleys: int) -> Piece:
    """A shelter in a bay, its opening towards the aisle (-x), with trolleys pushed into each other in two rows."""
    d = Draft()
    length, width, high = BAY_M[0] - 0.7, BAY_M[1] - 0.25, 2.25
    for x in (-0.46, 0.0, 0.46):
        for s in (1.0, -1.0):
            d.add(box((x * length, s * 0.5 * width, 0.5 * high), (0.06, 0.06, high)), palette.ALUMINIUM)
            d.add(lathe([(0.0, 0.0), (0.08, 0.0), (0.08, 0.012), (0.0, 0.012)], 8), palette.ALUMINIUM,
                  pose=pose((x * length, s * 0.5 * width, 0.0)))  # fmt: skip
    for s in (1.0, -1.0):
        d.add(box((0.0, s * 0.5 * width, 1.35), (0.9 * length, 0.012, 0.9)), palette.CLEAR_GLASS)
        for z in (0.25, 0.45, 0.85, 1.85):
            d.add(tube([(-0.46 * length, s * 0.5 * width, z), (0.46 * length, s * 0.5 * width, z)], 0.02, 6),
                  palette.ALUMINIUM)  # fmt: skip
    d.add(box((0.47 * length, 0.0, 1.2), (0.012, width, 1.4)), palette.CLEAR_GLASS)
    y = np.linspace(-0.5 * width - 0.1, 0.5 * width + 0.1, 9)
    z = high + 0.12 * np.cos(np.pi * y / (width + 0.2)) + 0.02
    for lift, flip in ((0.03, False), (0.0, True)):
        rows = np.array([[(x, b, c + lift) for b, c in zip(y, z, strict=True)] for x in (-0.5 * length, 0.5 * length)])
        d.add(grid(rows, flip=not flip), palette.WINDOW)
    d.add(box((-0.47 * length, 0.0, high - 0.1), (0.03, width, 0.24)), palette.PAINTS["blue"])
    for k in range(trolleys):
        row, place = k % 2, k // 2
        x = 0.47 * length - 0.6 - _NEST_M * place
        d.extend(_trolley(), np.array([x, (row - 0.5) * 0.8, 0.0]))
    return finish(f"lot.shelter.{trolleys}", d)
