"""Signs before roadworks: danger, speed limit, lanes that end. Their faces look along -x, on posts at the origin."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import numeral, stroke
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, rounded_box, tube
from simengine_scenes.town.plate import board, circle, filled, outline, rim, shifted

__all__ = ["danger_piece", "lanes_board_piece", "limit_piece"]

_FACE_M, _THICK_M, _ABOVE_M = -0.045, 0.012, 0.002

_DIGGING: tuple[list[tuple[float, float]], ...] = (
    circle(-0.06, 0.80, 0.10, 12),
    [(-0.02, 0.70), (0.10, 0.66), (0.22, 0.40), (0.08, 0.34), (-0.06, 0.52)],
    [(0.08, 0.36), (0.22, 0.42), (0.24, 0.20), (0.34, 0.0), (0.20, 0.0), (0.12, 0.18)],
    [(0.08, 0.36), (0.16, 0.24), (0.02, 0.16), (0.0, 0.0), (-0.12, 0.0), (-0.08, 0.22)],
    [(0.0, 0.66), (-0.02, 0.56), (-0.26, 0.40), (-0.30, 0.48)],
    [(0.10, 0.52), (0.12, 0.46), (-0.42, 0.14), (-0.45, 0.20)],
    circle(-0.58, 0.06, 0.16, 12),
)
"""Somebody who digs, 1 high: head, trunk, legs, an arm, a shovel, a heap."""


def _posts(draft: Draft, apart_m: float, high_m: float) -> None:
    """Tubes in feet of recycled plastic."""
    for y in (0.5 * apart_m, -0.5 * apart_m) if apart_m > 0.0 else (0.0,):
        draft.add(tube([(0.0, y, 0.05), (0.0, y, high_m)], 0.025, 8), palette.GALVANISED)
        draft.add(rounded_box((0.0, y, 0.06), (0.78, 0.38, 0.12), 6.0, 16, 0.4), palette.RUBBER)


@lru_cache(maxsize=1)
def danger_piece() -> Piece:
    """A red triangle with somebody digging, on a yellow board."""
    d, z = Draft(), 1.9
    _posts(d, 0.0, 2.5)
    corners = [(-0.6, z - 0.6), (0.6, z - 0.6), (0.6, z + 0.6), (-0.6, z + 0.6)]
    d.add(board(corners, _FACE_M, _THICK_M), palette.SIGN_BACK)
    d.add(filled(corners, _FACE_M), palette.SIGN_YELLOW)
    rims = [shifted(outline(3, r, 0.5 * math.pi), 0.0, z - 0.12) for r in (0.60, 0.42)]
    d.add(rim(rims[0], rims[1], _FACE_M - _ABOVE_M), palette.SIGN_RED)
    d.add(filled(rims[1], _FACE_M - _ABOVE_M), palette.SIGN_WHITE)
    for shape in _DIGGING:
        points = [(0.36 * h + 0.03, z - 0.29 + 0.40 * v) for h, v in shape]
        d.add(filled(points, _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_BLACK)
    return finish("works.sign.danger", d)


@lru_cache(maxsize=16)
def limit_piece(kmh: int) -> Piece:
    """A speed limit on a yellow board."""
    d, z = Draft(), 1.9
    _posts(d, 0.0, 2.5)
    corners = [(-0.5, z - 0.5), (0.5, z - 0.5), (0.5, z + 0.5), (-0.5, z + 0.5)]
    d.add(board(corners, _FACE_M, _THICK_M), palette.SIGN_BACK)
    d.add(filled(corners, _FACE_M), palette.SIGN_YELLOW)
    rims = [circle(0.0, z, r, 32) for r in (0.42, 0.33)]
    d.add(rim(rims[0], rims[1], _FACE_M - _ABOVE_M), palette.SIGN_RED)
    d.add(filled(rims[1], _FACE_M - _ABOVE_M), palette.SIGN_WHITE)
    high = 0.34 if kmh < 100 else 0.26
    for line in numeral(str(kmh), z - 0.5 * high, high, _FACE_M - 2.0 * _ABOVE_M):
        d.add(line, palette.SIGN_BLACK)
    return finish(f"works.sign.limit.{kmh}", d)


@lru_cache(maxsize=4)
def lanes_board_piece(lanes: int) -> Piece:
    """A yellow board with an arrow a lane, of which the right one leads into its neighbour."""
    d, z, high = Draft(), 2.0, 1.6
    wide = 0.55 * lanes + 0.35
    _posts(d, 0.7 * wide, z + 0.5 * high)
    corners = [(-0.5 * wide, z - 0.5 * high), (0.5 * wide, z - 0.5 * high), (0.5 * wide, z + 0.5 * high),
               (-0.5 * wide, z + 0.5 * high)]  # fmt: skip
    inner = [(0.96 * h, z + 0.97 * (v - z)) for h, v in corners]
    d.add(board(corners, _FACE_M, _THICK_M), palette.SIGN_BACK)
    d.add(filled(corners, _FACE_M), palette.SIGN_BLACK)
    d.add(filled(inner, _FACE_M - _ABOVE_M), palette.SIGN_YELLOW)
    for k in range(lanes):
        h = (k - 0.5 * (lanes - 1)) * 0.55
        if k == lanes - 1:  # it goes over
            line = [(h, z - 0.62), (h, z - 0.15), (h - 0.42, z + 0.22)]
            d.add(stroke(line, 0.10, _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_BLACK)
            continue
        d.add(stroke([(h, z - 0.62), (h, z + 0.35)], 0.10, _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_BLACK)
        tip = [(h - 0.15, z + 0.33), (h + 0.15, z + 0.33), (h, z + 0.62)]
        d.add(filled(tip, _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_BLACK)
    d.add(box((0.02, 0.0, z), (0.02, 0.8 * wide, 0.06)), palette.GALVANISED)
    return finish(f"works.sign.lanes.{lanes}", d)
