"""Pallets and what is stacked on them, made once a look and shared by all places of a hall.

The pallet is that of EN 13698-1, 1200 x 800 x 144 mm, its length along x. Loads keep 30 mm inside of its edges.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.hall import materials as m
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, lathe, pose, rounded_box
from simengine_scenes.things.cargo import pallet_draft

__all__ = ["LOADS", "LOOKS", "PALLET_M", "load_draft", "load_piece"]

PALLET_M = (1.2, 0.8, 0.144)
LOADS = ("boxes", "wrapped", "drums", "sacks", "empties")
LOOKS = 8
"""Different ones of each sort."""
_CARTONS = (palette.CARDBOARD, palette.CARDBOARD_WHITE, palette.CARDBOARD_DARK, palette.CARDBOARD)
_GRIDS = ((2, 2), (3, 2), (4, 2), (3, 3), (2, 1), (4, 3))
_LONG_M, _WIDE_M = PALLET_M[0] - 0.04, PALLET_M[1] - 0.04


@lru_cache(maxsize=256)
def load_draft(kind: str, look: int) -> Draft:
    """A pallet with a load of a kind in ``LOADS``; "pallet": nothing on it."""
    draft = Draft().extend(pallet_draft(look), np.zeros(3))
    draw = stream(look, "hall", "load", kind)
    if kind == "boxes":
        _boxes(draft, draw)
    elif kind == "wrapped":
        _wrapped(draft, draw)
    elif kind == "drums":
        _drums(draft, draw)
    elif kind == "sacks":
        _sacks(draft, draw)
    elif kind == "empties":
        for k in range(1, 4 + int(draw.integers(4))):
            turn = pose((0.0, 0.0, PALLET_M[2] * k), (0.0, 0.0, 1.0), float(draw.uniform(-0.02, 0.02)))
            vertices, faces = pallet_draft(look + k).arrays()
            draft.add((vertices, faces), palette.PALLET_WOOD if (look + k) % 2 == 0 else palette.PALLET_GREY, pose=turn)
    return draft


@lru_cache(maxsize=256)
def load_piece(kind: str, look: int) -> Piece:
    """The same as a finished mesh, standing on z = 0."""
    return finish(f"hall.load.{kind}.{look}", load_draft(kind, look))


def _boxes(draft: Draft, draw: np.random.Generator) -> None:
    """Layers of equal cartons, the top one sometimes not full; a few are of another make."""
    nx, ny = _GRIDS[int(draw.integers(len(_GRIDS)))]
    high = float(draw.choice([0.18, 0.22, 0.26, 0.3, 0.38]))
    layers = max(1, min(int(draw.uniform(0.55, 1.32) / high), 5))
    make = _CARTONS[int(draw.integers(4))]
    size = (_LONG_M / nx, _WIDE_M / ny, high)
    for layer in range(layers):
        missing = layer == layers - 1 and draw.random() < 0.4
        for i in range(nx):
            for j in range(ny):
                if missing and draw.random() < 0.5:
                    continue
                _carton(draft, draw, make if draw.random() < 0.93 else _CARTONS[int(draw.integers(4))], size,
                        ((i + 0.5) * size[0] - 0.5 * _LONG_M, (j + 0.5) * size[1] - 0.5 * _WIDE_M,
                         PALLET_M[2] + (layer + 0.5) * high), (i, j), (nx, ny))  # fmt: skip
    if draw.random() < 0.35:
        top = PALLET_M[2] + layers * high
        for x in (-0.3, 0.3):
            for y in (-0.5 * _WIDE_M, 0.5 * _WIDE_M):
                draft.add(box((x, y, 0.5 * (top + 0.1)), (0.016, 0.004, top - 0.1)), m.STRAP)
            draft.add(box((x, 0.0, top), (0.016, _WIDE_M, 0.004)), m.STRAP)


def _carton(
    draft: Draft, draw: np.random.Generator, make: Material, size: tuple[float, float, float],
    at: tuple[float, float, float], cell: tuple[int, int], cells: tuple[int, int],
) -> None:  # fmt: skip
    """A carton, a little off its place, with tape over its top, and a label where it faces outward."""
    turn = pose(at, (0.0, 0.0, 1.0), float(draw.uniform(-0.012, 0.012)))
    x, y, z = (0.5 * v - 0.004 for v in size)
    draft.add(box((0.0, 0.0, 0.002), (2 * x, 2 * y, 2 * z + 0.003)), make, pose=turn)
    draft.add(box((0.0, 0.0, z + 0.0035), (2 * x - 0.01, 0.05, 0.002)), palette.PACKING_TAPE, pose=turn)
    for axis, sign in ((0, -1.0), (0, 1.0), (1, -1.0), (1, 1.0)):
        if cell[axis] != (0 if sign < 0 else cells[axis] - 1):
            continue
        reach = x if axis == 0 else y
        wide = 0.3 * (y if axis == 0 else x)
        if axis == 0:
            draft.add(box((sign * reach, 0.3 * y, 0.1 * z), (0.003, 2 * wide, 0.7 * z)), palette.LABEL, pose=turn)
        else:
            draft.add(box((0.3 * x, sign * reach, 0.1 * z), (2 * wide, 0.003, 0.7 * z)), palette.LABEL, pose=turn)


def _wrapped(draft: Draft, draw: np.random.Generator) -> None:
    """Something under stretch film, soft at its edges, with a delivery note."""
    high = float(draw.uniform(0.6, 1.3))
    film = m.WRAP_BLACK if draw.random() < 0.25 else m.WRAP
    size = (_LONG_M + 0.01, _WIDE_M + 0.01, high)
    draft.add(rounded_box((0.0, 0.0, PALLET_M[2] + 0.5 * high), size, 26.0, 28, 0.12), film)
    for k in range(3):
        z = PALLET_M[2] + high * (0.2 + 0.3 * k)
        draft.add(rounded_box((0.0, 0.0, z), (size[0] + 0.006, size[1] + 0.006, 0.05), 26.0, 28, 0.3), film)
    draft.add(box((0.1, -0.5 * size[1] - 0.004, PALLET_M[2] + 0.6 * high), (0.21, 0.003, 0.148)), palette.LABEL)
    draft.add(box((0.5 * size[0] + 0.004, 0.05, PALLET_M[2] + 0.6 * high), (0.003, 0.148, 0.21)), palette.LABEL)


def _drums(draft: Draft, draw: np.random.Generator) -> None:
    """Drums of 60 l, six of them; sometimes of steel."""
    paint = (m.DRUM_BLUE, palette.PAINTS["grey"], m.DRUM_BLUE, palette.PAINTS["green"])[int(draw.integers(4))]
    r, high = 0.185, 0.6
    rim = [(0.0, 0.0), (r, 0.0), (r, 0.03), (r - 0.012, 0.04), (r - 0.012, 0.19), (r, 0.2), (r, 0.22),
           (r - 0.012, 0.23),
           (r - 0.012, 0.38), (r, 0.39), (r, 0.41), (r - 0.012, 0.42), (r - 0.012, 0.56), (r, 0.57), (r, high),
           (r - 0.014, high), (r - 0.014, high - 0.012), (0.0, high - 0.012)]  # fmt: skip
    count = 6 if draw.random() < 0.7 else 5
    for k in range(count):
        at = ((k % 3 - 1) * 0.385, (0.5 - k // 3) * 0.385, PALLET_M[2])
        draft.add(lathe(rim, 18), paint, pose=pose(at))
        draft.add(lathe([(0.03, 0.0), (0.03, 0.012), (0.0, 0.012)], 8), palette.PLASTIC,
                  pose=pose((at[0] + 0.09, at[1], at[2] + high - 0.012)))  # fmt: skip


def _sacks(draft: Draft, draw: np.random.Generator) -> None:
    """Sacks, crosswise by turns."""
    cloth = m.SACK if draw.random() < 0.6 else m.SACK_WHITE
    for layer in range(int(draw.integers(3, 8))):
        z = PALLET_M[2] + 0.115 * layer + 0.06
        for k in range(3):
            along = layer % 2 == 0
            at = ((k - 1) * 0.37, 0.0, z) if along else (0.0 if k < 2 else 0.39, (k - 0.5) * 0.37 if k < 2 else 0.0, z)
            size = (0.38, 0.72, 0.13) if along or k == 2 else (0.72, 0.38, 0.13)
            x = at[0] - (0.19 if not along and k < 2 else 0.0)
            draft.add(rounded_box((x + float(draw.uniform(-0.012, 0.012)), at[1] + float(draw.uniform(-0.012, 0.012)),
                                   z), size, 5.0, 14, 0.8), cloth)  # fmt: skip
