"""What years leave on a street: patches of newer asphalt, covers of manholes, gullies at the kerb."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine_scenes import palette
from simengine_scenes.roads.ground import bar
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish

__all__ = ["PATCHES", "gully_piece", "manhole_piece", "patch_piece"]

_PATCH_M, _COVER_M = 0.002, 0.004
PATCHES = ((1.1, 0.8), (2.6, 1.2), (5.0, 0.7))
"""Lengths and widths of patches."""


@lru_cache(maxsize=1)
def manhole_piece() -> Piece:
    """A cast cover of 0.6 m in a square of concrete, level with the road."""
    draft = Draft()
    turn = np.arange(20) * (2.0 * math.pi / 20.0)
    disc = np.column_stack([0.31 * np.cos(turn), 0.31 * np.sin(turn), np.full(20, _COVER_M)])
    ring = np.column_stack([0.40 * np.cos(turn), 0.40 * np.sin(turn), np.full(20, _COVER_M)])
    k = np.arange(1, 19)
    draft.add((disc, np.column_stack([np.zeros_like(k), k, k + 1])), palette.CAST_IRON)
    k, after = np.arange(20), (np.arange(20) + 1) % 20
    sides = np.concatenate([np.column_stack([k, k + 20, after + 20]), np.column_stack([k, after + 20, after])])
    draft.add((np.concatenate([disc, ring]), sides), palette.COVER_FRAME)
    return finish("manhole", draft)


@lru_cache(maxsize=1)
def gully_piece() -> Piece:
    """A grate of 0.5 by 0.3 m."""
    draft = Draft()
    for k in range(9):
        x = -0.25 + k * 0.5 / 9.0
        draft.add(bar((x, x + 0.5 / 9.0), (-0.15, 0.15), _COVER_M), palette.RUBBER if k % 2 else palette.CAST_IRON)
    return finish("gully", draft)


@lru_cache(maxsize=len(PATCHES))
def patch_piece(kind: int) -> Piece:
    """A patch of darker asphalt, centred in the origin."""
    long, wide = PATCHES[kind]
    patch = bar((-0.5 * long, 0.5 * long), (-0.5 * wide, 0.5 * wide), _PATCH_M)
    return finish(f"patch.{kind}", Draft().add(patch, palette.ASPHALT_PATCH))
