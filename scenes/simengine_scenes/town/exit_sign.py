"""Signs of motorway exits: beacons that count down the way to the lane, the board in the gore. Faces look along -x."""

from __future__ import annotations

from functools import lru_cache

from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import Points, word
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import tube
from simengine_scenes.town.plate import board, filled

__all__ = ["beacon_piece", "exit_piece"]

_FACE_M, _THICK_M, _ABOVE_M = -0.05, 0.015, 0.002


def _plate(draft: Draft, half_m: float, low_m: float, high_m: float, rim_m: float) -> None:
    """A blue rectangle with a white rim."""
    for inset, ahead, material in ((0.0, 0.0, palette.SIGN_WHITE), (rim_m, _ABOVE_M, palette.SIGN_BLUE)):
        h, low, high = half_m - inset, low_m + inset, high_m - inset
        draft.add(filled([(-h, low), (h, low), (h, high), (-h, high)], _FACE_M - ahead), material)
    corners = [(-half_m, low_m), (half_m, low_m), (half_m, high_m), (-half_m, high_m)]
    draft.add(board(corners, _FACE_M, _THICK_M), palette.SIGN_BACK)


def _white(draft: Draft, points: Points) -> None:
    draft.add(filled(points, _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_WHITE)


@lru_cache(maxsize=3)
def beacon_piece(bars: int) -> Piece:
    """A beacon with one to three slanted bars, each for 100 m: 0.65 m by 1 m on a low post."""
    d = Draft().add(tube([(0.0, 0.0, -0.15), (0.0, 0.0, 1.5)], 0.03, 8), palette.GALVANISED)
    _plate(d, 0.325, 0.55, 1.55, 0.025)
    for k in range(bars):
        z = 1.05 + 0.27 * (k - 0.5 * (bars - 1)) - 0.15
        _white(d, [(-0.25, z), (0.25, z + 0.18), (0.25, z + 0.30), (-0.25, z + 0.12)])
    return finish(f"exit.beacon.{bars}", d)


@lru_cache(maxsize=1)
def exit_piece() -> Piece:
    """The board where the ways part, 1.5 m square on two posts: EXIT, and an arrow up to the right."""
    d = Draft()
    for h in (-0.5, 0.5):
        d.add(tube([(0.0, h, -0.15), (0.0, h, 2.6)], 0.04, 8), palette.GALVANISED)
    _plate(d, 0.75, 1.2, 2.7, 0.035)
    for letter in word("EXIT", 1.34, 0.32, _FACE_M - 2.0 * _ABOVE_M):
        d.add(letter, palette.SIGN_WHITE)
    _white(d, [(-0.34, 1.87), (-0.24, 1.77), (0.24, 2.25), (0.14, 2.35)])
    _white(d, [(0.42, 2.53), (-0.08, 2.43), (0.32, 2.03)])
    return finish("exit.board", d)
