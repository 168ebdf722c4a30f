"""Street lamps, and small street furniture."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Light
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, lathe, pose, tapered, tube

__all__ = ["LAMP_HEIGHT_M", "bench_piece", "bin_piece", "bollard_piece", "lamp_light", "lamp_piece"]

LAMP_HEIGHT_M = 8.0
_REACH_M = 1.6
_INTENSITY = 0.03
"""A 9 klm luminaire sends about 3,000 cd straight down: 3,000 / 100,000 lx of the sun at 1 m."""
_WARM = (1.0, 0.80, 0.56)


@lru_cache(maxsize=2)
def lamp_piece(lit: bool) -> Piece:
    """A lamp at the origin whose arm reaches along +y."""
    glass = palette.lit(palette.LAMP_GLASS, 2.0) if lit else palette.LAMP_GLASS
    draft = Draft()
    draft.add(lathe([(0.0, -0.1), (0.11, -0.1), (0.11, 0.9), (0.085, 1.0), (0.0, 1.0)], 12), palette.POLE)
    top = LAMP_HEIGHT_M
    draft.add(
        tube(
            [
                (0, 0, 0.9),
                (0, 0, 5.0),
                (0, 0, top - 0.35),
                (0, 0.14, top - 0.06),
                (0, 0.5, top + 0.07),
                (0, 1.2, top + 0.12),
            ],
            [0.075, 0.06, 0.048, 0.044, 0.04, 0.036],
            10,
        ),
        palette.POLE,
    )
    draft.add(tapered((0.0, _REACH_M - 0.12, top + 0.12), (0.26, 0.72, 0.09), (0.7, 0.85)), palette.POLE)
    draft.add(box((0.0, _REACH_M - 0.1, top + 0.068), (0.2, 0.56, 0.02)), glass)
    draft.add(box((0.112, 0.0, 0.55), (0.01, 0.12, 0.5)), palette.IRON)
    return finish("lamp.lit" if lit else "lamp", draft, smooth=True)


def lamp_light(world_from_lamp: F64Array) -> Light:
    """The light of a lamp in a pose."""
    r, g, b = (_INTENSITY * c for c in _WARM)
    x, y, z = tf.apply(world_from_lamp, np.array([0.0, _REACH_M - 0.1, LAMP_HEIGHT_M + 0.05])).tolist()
    return Light((x, y, z), (0.0, 0.0, -1.0), (r, g, b), 0.5 * math.pi)


@lru_cache(maxsize=1)
def bollard_piece() -> Piece:
    """An iron bollard, 0.9 m high."""
    profile = [(0.0, -0.1), (0.06, -0.1), (0.06, 0.75), (0.075, 0.77), (0.075, 0.82), (0.05, 0.88), (0.0, 0.9)]
    return finish("bollard", Draft().add(lathe(profile, 12), palette.IRON), smooth=True)


@lru_cache(maxsize=1)
def bin_piece() -> Piece:
    """A litter bin, 1.0 m high."""
    profile = [
        (0.0, 0.02),
        (0.2, 0.02),
        (0.24, 0.85),
        (0.26, 0.86),
        (0.26, 0.9),
        (0.22, 0.98),
        (0.1, 1.02),
        (0.0, 1.02),
    ]
    draft = Draft().add(lathe(profile, 16), palette.BIN_GREEN)
    draft.add(box((0.0, 0.235, 0.78), (0.26, 0.05, 0.1)), palette.PLASTIC)
    return finish("bin", draft, smooth=True)


@lru_cache(maxsize=1)
def bench_piece() -> Piece:
    """A park bench 1.8 m long along x, looking along +y."""
    draft = Draft()
    for k in range(4):
        draft.add(box((0.0, -0.16 + 0.11 * k, 0.45), (1.8, 0.09, 0.035)), palette.BENCH_WOOD)
    for k in range(3):
        back = pose((0.0, -0.27 - 0.03 * k, 0.58 + 0.12 * k), (1.0, 0.0, 0.0), math.radians(75.0))
        draft.add(box((0.0, 0.0, 0.0), (1.8, 0.1, 0.03)), palette.BENCH_WOOD, pose=back)
    for x in (-0.7, 0.7):
        draft.add(box((x, -0.18, 0.21), (0.05, 0.05, 0.42)), palette.IRON)
        draft.add(box((x, 0.16, 0.21), (0.05, 0.05, 0.42)), palette.IRON)
        draft.add(box((x, 0.0, 0.41), (0.05, 0.42, 0.04)), palette.IRON)
        draft.add(tube([(x, -0.2, 0.42), (x, -0.34, 0.9)], [0.025, 0.02], 6), palette.IRON)
    return finish("bench", draft)
