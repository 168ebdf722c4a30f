"""Traffic signs of junctions and roundabouts. Their faces look along -x: a driver who heads along +x reads them."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import stroke, word
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, tube
from simengine_scenes.town.plate import board, circle, filled, outline, rim, shifted

__all__ = ["LOW_POST_M", "SIGNS", "WALKING", "sign_piece", "sign_post_piece"]

_FACE_M = -0.045
_THICK_M = 0.012
_ABOVE_M = 0.002  # letters before the plate
SIGNS = ("stop", "all_way_stop", "give_way", "priority", "crossing", "roundabout", "keep_right", "chevrons")

WALKING: list[list[tuple[float, float]]] = [
    circle(0.03, 0.86, 0.1, 12),
    [(-0.1, 0.4), (0.08, 0.4), (0.14, 0.72), (0.0, 0.75), (-0.14, 0.7), (-0.3, 0.48), (-0.23, 0.42), (-0.09, 0.58)],
    [(-0.1, 0.39), (-0.15, 0.22), (-0.34, 0.02), (-0.24, -0.03), (-0.05, 0.18), (0.01, 0.3), (0.14, 0.16),
     (0.2, -0.02), (0.3, 0.0), (0.24, 0.22), (0.08, 0.39)],
    [(0.1, 0.56), (0.15, 0.69), (0.34, 0.5), (0.29, 0.43)],
]  # fmt: skip
"""Somebody walking to the left, 1 high: head, trunk with an arm, legs, the other arm."""


LOW_POST_M = 1.42
"""Of a post that ends with a sign on an island."""


@lru_cache(maxsize=4)
def sign_post_piece(high_m: float = 2.9) -> Piece:
    """A galvanised tube."""
    draft = Draft().add(tube([(0.0, 0.0, -0.1), (0.0, 0.0, high_m)], 0.03, 10), palette.GALVANISED)
    return finish(f"sign_post.{high_m:g}", draft, smooth=True)


@lru_cache(maxsize=len(SIGNS))
def sign_piece(kind: str) -> Piece:
    """The plate of a sign, one of ``SIGNS``, on a post at the origin."""
    draft = Draft()
    if kind in ("stop", "all_way_stop"):
        _stop(draft, 2.45)
        if kind == "all_way_stop":
            _plate(draft, "ALL WAY", 1.78)
    elif kind == "give_way":
        _give_way(draft, 2.4)
    elif kind == "priority":
        _priority(draft, 2.5)
    elif kind == "roundabout":
        _roundabout(draft, 1.72)
    elif kind == "keep_right":
        _keep_right(draft, 1.1)
    elif kind == "chevrons":
        _chevrons(draft, 0.75)
    else:
        _crossing(draft, 2.5)
    return finish(f"sign.{kind}", draft)


def _back(draft: Draft, points: list[tuple[float, float]]) -> None:
    draft.add(board(points, _FACE_M, _THICK_M), palette.SIGN_BACK)


def _stop(draft: Draft, z: float) -> None:
    """A red octagon, 0.9 m across its flats, with a white rim."""
    turn = math.pi / 8.0
    wide = 0.45 / math.cos(turn)
    rims = [shifted(outline(8, r, turn), 0.0, z) for r in (wide, 0.95 * wide)]
    _back(draft, rims[0])
    draft.add(rim(rims[0], rims[1], _FACE_M), palette.SIGN_WHITE)
    draft.add(filled(rims[1], _FACE_M), palette.SIGN_RED)
    for letter in word("STOP", z - 0.14, 0.28, _FACE_M - _ABOVE_M):
        draft.add(letter, palette.SIGN_WHITE)


def _plate(draft: Draft, text: str, z: float) -> None:
    """A white board with words below a sign."""
    corners = [(-0.4, z - 0.12), (0.4, z - 0.12), (0.4, z + 0.12), (-0.4, z + 0.12)]
    _back(draft, corners)
    draft.add(filled(corners, _FACE_M), palette.SIGN_WHITE)
    for letter in word(text, z - 0.065, 0.13, _FACE_M - _ABOVE_M, 0.15, 0.9):
        draft.add(letter, palette.SIGN_BLACK)


def _give_way(draft: Draft, z: float) -> None:
    """A white triangle on its point, sides of 0.9 m, with a red rim."""
    rims = [shifted(outline(3, r, -0.5 * math.pi), 0.0, z) for r in (0.52, 0.34)]
    _back(draft, rims[0])
    draft.add(rim(rims[0], rims[1], _FACE_M), palette.SIGN_RED)
    draft.add(filled(rims[1], _FACE_M), palette.SIGN_WHITE)


def _priority(draft: Draft, z: float) -> None:
    """A yellow square on its corner with a white rim."""
    rims = [shifted(outline(4, r), 0.0, z) for r in (0.42, 0.28)]
    _back(draft, rims[0])
    draft.add(rim(rims[0], rims[1], _FACE_M), palette.SIGN_WHITE)
    draft.add(filled(rims[1], _FACE_M), palette.SIGN_YELLOW)


def _crossing(draft: Draft, z: float) -> None:
    """A blue square with somebody walking over stripes, in a white triangle."""
    half = 0.3
    square = [(-half, z - half), (half, z - half), (half, z + half), (-half, z + half)]
    _back(draft, square)
    draft.add(filled(square, _FACE_M), palette.SIGN_BLUE)
    white = [(-0.25, z - 0.22), (0.25, z - 0.22), (0.0, z + 0.23)]
    draft.add(filled(white, _FACE_M - _ABOVE_M), palette.SIGN_WHITE)
    for shape in WALKING:
        points = [(0.26 * h, z - 0.15 + 0.26 * v) for h, v in shape]
        draft.add(filled(points, _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_BLACK)
    for k in range(4):
        draft.add(box((_FACE_M - 1.5 * _ABOVE_M, 0.15 - 0.1 * k, z - 0.19), (_ABOVE_M, 0.05, 0.03)), palette.SIGN_BLACK)


def _disc(draft: Draft, z: float) -> None:
    """A blue disc of 0.6 m with a white rim."""
    rims = [circle(0.0, z, r, 28) for r in (0.3, 0.285)]
    _back(draft, rims[0])
    draft.add(rim(rims[0], rims[1], _FACE_M), palette.SIGN_WHITE)
    draft.add(filled(rims[1], _FACE_M), palette.SIGN_BLUE)


def _roundabout(draft: Draft, z: float) -> None:
    """Three arrows that follow each other counter-clockwise, below a give-way sign."""
    _give_way(draft, 2.58)  # its tip ends above the disc
    _disc(draft, z)
    for k in range(3):
        begin = k * 2.0 * math.pi / 3.0 + 0.5
        turn = [begin + 0.13 * j for j in range(10)]
        line = [(0.15 * math.cos(t), z + 0.15 * math.sin(t)) for t in turn]
        draft.add(stroke(line, 0.055, _FACE_M - _ABOVE_M), palette.SIGN_WHITE)
        tip, base = turn[-1] + 0.52, turn[-1] - 0.02
        head = [(0.085, base), (0.215, base), (0.15, tip)]
        points = [(r * math.cos(t), z + r * math.sin(t)) for r, t in head]
        draft.add(filled(points, _FACE_M - _ABOVE_M), palette.SIGN_WHITE)


def _keep_right(draft: Draft, z: float) -> None:
    """An arrow down to the right."""
    _disc(draft, z)
    s = math.sqrt(0.5)

    def place(along: float, across: float) -> tuple[float, float]:
        return s * (along + across), z + s * (across - along)

    shaft = [place(a, b) for a, b in ((-0.19, -0.045), (0.03, -0.045), (0.03, 0.045), (-0.19, 0.045))]
    head = [place(a, b) for a, b in ((0.02, -0.14), (0.21, 0.0), (0.02, 0.14))]
    for points in (shaft, head):
        draft.add(filled(points, _FACE_M - _ABOVE_M), palette.SIGN_WHITE)


def _chevrons(draft: Draft, z: float) -> None:
    """A red board, 1.6 m wide, with white chevrons to the right: where the road goes, ahead of who comes in."""
    corners = [(-0.8, z - 0.25), (0.8, z - 0.25), (0.8, z + 0.25), (-0.8, z + 0.25)]
    _back(draft, corners)
    draft.add(filled(corners, _FACE_M), palette.SIGN_RED)
    for k in range(3):
        h = -0.62 + 0.44 * k
        line = [(h, z + 0.25), (h + 0.25, z), (h, z - 0.25)]
        chevron = [line[0], (h + 0.2, z + 0.25), (h + 0.45, z), (h + 0.2, z - 0.25), line[2], line[1]]
        draft.add(filled(chevron[::-1], _FACE_M - _ABOVE_M), palette.SIGN_WHITE)
    for h in (-0.55, 0.55):
        draft.add(tube([(0.0, -h, -0.4), (0.0, -h, z + 0.2)], 0.025, 8), palette.GALVANISED)
