"""Front gardens: a path to the door, and a wall, a hedge or a fence towards the pavement."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine_scenes import palette
from simengine_scenes.roads.ground import bar
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, rounded_box
from simengine_scenes.town.house import HouseStyle

__all__ = ["EDGES", "EDGE_BACK_M", "garden_pieces"]

EDGES = ("wall", "hedge", "hedge", "fence")
"""What gardens end with, as often as it stands here."""
EDGE_BACK_M = 0.35
"""Middle of walls, hedges and fences, behind the edge of the pavement."""
_PATH_M, _GATE_M = 1.2, 1.5
_LUMP_M = 0.8


def garden_pieces(
    style: HouseStyle, width_m: float, depth_m: float, edge: str, look: int
) -> list[tuple[str, str, str, Piece]]:
    """Kind, name, class and mesh of what is before a house whose front lies on y = 0 and looks along +y.

    Args:
        style: of the house: its door tells where the path is.
        width_m: of the garden at the pavement.
        depth_m: to the pavement.
        edge: one of ``EDGES``.
        look: which of four hedges.
    """
    door = round(0.5 * style.width_m - 0.5 * style.bay_m, 6)
    path = _path(door, depth_m)
    fronts = {"wall": ("garden_wall", "wall"), "hedge": ("garden_hedge", "vegetation"), "fence": ("fence", "fence")}
    kind, semantic = fronts[edge]
    return [
        ("pavement", "garden_path", "pavement", path),
        (kind, kind, semantic, _edge(edge, round(width_m, 6), depth_m, door, look)),
    ]


@lru_cache(maxsize=64)
def _path(door_m: float, depth_m: float) -> Piece:
    slabs = bar((door_m - 0.5 * _PATH_M, door_m + 0.5 * _PATH_M), (0.32, depth_m + 0.02), -0.004)
    return finish(f"garden.path.{door_m:g}.{depth_m:g}", Draft().add(slabs, palette.SETTS))


@lru_cache(maxsize=128)
def _edge(edge: str, width_m: float, depth_m: float, door_m: float, look: int) -> Piece:
    """Along the pavement, open before the door."""
    draft, y = Draft(), depth_m - EDGE_BACK_M
    half = 0.5 * width_m - 0.05
    parts = [(-half, min(door_m - 0.5 * _GATE_M, half)), (door_m + 0.5 * _GATE_M, half)]
    for low, high in parts:
        if high - low < 0.3:
            continue
        if edge == "wall":
            draft.add(box((0.5 * (low + high), y, 0.36), (high - low, 0.22, 0.88)), palette.FACADES[6])
            draft.add(box((0.5 * (low + high), y, 0.83), (high - low, 0.28, 0.06)), palette.STONE)
        elif edge == "hedge":
            _hedge(draft, low, high, y, look)
        else:
            _fence(draft, low, high, y)
    return finish(f"garden.{edge}.{width_m:g}.{depth_m:g}.{door_m:g}.{look}", draft, smooth=edge == "hedge")


def _hedge(draft: Draft, low: float, high: float, y: float, look: int) -> None:
    """Clipped lumps side by side, 0.9 to 1.2 m high: leaves are cut out of a lump within a lump."""
    count = max(1, round((high - low) / _LUMP_M))
    step = (high - low) / count
    for k in range(count):
        tall = 0.9 + 0.08 * ((look * 5 + k * 3) % 5)
        middle = (low + (k + 0.5) * step, y, 0.5 * tall - 0.06)
        for share in (0.7, 1.0):
            size = (share * 1.12 * step, share * 0.5, share * tall)
            draft.add(rounded_box(middle, size, 3.0, 10, 0.8), palette.LEAVES[look % 4])


def _fence(draft: Draft, low: float, high: float, y: float) -> None:
    """Pales on two rails, posts every 2 m."""
    for z in (0.25, 0.75):
        draft.add(box((0.5 * (low + high), y, z), (high - low, 0.035, 0.07)), palette.FRESH_WOOD)
    for x in np.linspace(low + 0.05, high - 0.05, max(2, round((high - low) / 2.0) + 1)).tolist():
        draft.add(box((x, y - 0.06, 0.4), (0.09, 0.09, 1.0)), palette.FRESH_WOOD)
    for x in np.linspace(low + 0.06, high - 0.06, max(2, round((high - low) / 0.16))).tolist():
        draft.add(box((x, y + 0.028, 0.5), (0.085, 0.02, 0.9)), palette.FRESH_WOOD)
