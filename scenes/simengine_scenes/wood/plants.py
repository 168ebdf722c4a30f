"""What grows and lies in a wood: spruces, saplings, ferns, stumps, fallen trunks, boulders, stacks of logs, a hide."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, tube

__all__ = [
    "LOOKS",
    "boulder_piece",
    "fern_piece",
    "hide_piece",
    "log_piece",
    "spruce_piece",
    "stack_piece",
    "stump_piece",
]

LOOKS = 4
"""Different ones of each."""
_SPRAYS = 900
_THIRD, _WIDER = 3, 1.6
"""From afar a spruce has every third spray, a bit less than the root of three times as wide."""


def _sprays(rng: np.random.Generator, low_m: float, high_m: float, reach_m: float, far: bool) -> Surface:
    """Drooping sprays of needles around a trunk, in whorls: long near the ground, short at the top."""
    whorl = np.sort(rng.integers(0, 22, _SPRAYS)) / 21.0
    share = whorl + rng.normal(0.0, 0.008, _SPRAYS)
    z = low_m + (high_m - low_m) * np.clip(share, 0.0, 1.0)
    reach = reach_m * (1.0 - 0.94 * np.clip(share, 0.0, 1.0)) ** 0.85 * rng.uniform(0.75, 1.1, _SPRAYS)
    turn = rng.uniform(0.0, 2.0 * math.pi, _SPRAYS)
    out = np.stack([np.cos(turn), np.sin(turn), np.zeros(_SPRAYS)], -1)
    side = np.stack([-out[:, 1], out[:, 0], np.zeros(_SPRAYS)], -1)
    inner = 0.15 + 0.45 * rng.random(_SPRAYS)
    wide = (0.10 + 0.22 * reach)[:, None]
    drop = np.array([0.0, 0.0, 1.0]) * (0.30 * reach)[:, None]
    hub = np.stack([np.zeros(_SPRAYS), np.zeros(_SPRAYS), z], -1)
    start, end = hub + out * (inner * reach)[:, None], hub + out * reach[:, None] - drop
    middle = 0.5 * (start + end) + np.array([0.0, 0.0, 0.10]) * reach[:, None]
    corners = [start, middle - side * wide, end, middle + side * wide]
    if far:
        middle, wide = middle[::_THIRD], _WIDER * side[::_THIRD] * wide[::_THIRD]
        corners = [start[::_THIRD], middle - wide, end[::_THIRD], middle + wide]
    base = 4 * np.arange(len(middle))[:, None]
    faces = np.concatenate([base + np.array([0, 1, 2]), base + np.array([0, 2, 3])], 1).reshape(-1, 3)
    return np.stack(corners, 1).reshape(-1, 3), faces


@lru_cache(maxsize=LOOKS)
def spruce_piece(look: int) -> Piece:
    """A spruce, 12 to 19 m high; in a wood its lower branches are bare."""
    return finish(f"wood.spruce.{look}", _spruce(look, False), smooth=True, far=_spruce(look, True))


def _spruce(look: int, far: bool) -> Draft:
    rng = stream(7, "spruce", look)
    high, bare = (15.0, 18.5, 12.5, 16.5)[look], (0.22, 0.34, 0.10, 0.28)[look]
    thick = 0.011 * high
    d = Draft()
    d.add(tube([(0.0, 0.0, -0.3), (0.0, 0.0, 0.3), (0.0, 0.0, 0.6 * high), (0.0, 0.0, high)],
               [1.5 * thick, thick, 0.55 * thick, 0.02], 5 if far else 9), palette.BARK)  # fmt: skip
    d.add(_sprays(rng, bare * high, high, 0.17 * high, far), palette.NEEDLES)
    cone = [(0.0, bare * high), (0.075 * high, bare * high + 0.3), (0.035 * high, 0.7 * high), (0.0, 0.97 * high)]
    d.add(lathe(cone, 6 if far else 9), palette.NEEDLES)
    for _ in range(0 if far else 7):  # dead branches below
        turn, z = float(rng.uniform(0.0, 6.28)), float(rng.uniform(1.6, max(bare * high, 2.2)))
        reach = float(rng.uniform(0.5, 1.3))
        end = (reach * math.cos(turn), reach * math.sin(turn), z - 0.15 * reach)
        d.add(tube([(0.0, 0.0, z), end], [0.02, 0.006], 4), palette.BARK)
    return d


@lru_cache(maxsize=LOOKS)
def fern_piece(look: int) -> Piece:
    """Ferns in a clump 1.6 m wide: fronds that rise and bend over."""
    rng = stream(7, "fern", look)
    d = Draft()
    for _ in range(3):
        cx, cy = rng.uniform(-0.35, 0.35, 2).tolist()
        for k in range(9):
            turn = 0.7 * k + float(rng.uniform(-0.25, 0.25))
            long, wide = float(rng.uniform(0.45, 0.75)), float(rng.uniform(0.09, 0.14))
            t = np.linspace(0.0, 1.0, 5)
            out = long * t
            z = 0.02 + 0.75 * long * np.sin(2.2 * t) * (1.0 - 0.25 * t)
            half = wide * np.sin(math.pi * np.clip(t * 0.9 + 0.1, 0.0, 1.0))
            c, s = math.cos(turn), math.sin(turn)
            left, right = (
                np.column_stack([cx + out * c - v * s, cy + out * s + v * c, z - 0.3 * np.abs(v)])
                for v in (half, -half)
            )
            faces: list[list[int]] = []
            for j in range(4):
                faces += [[j, j + 5, j + 6], [j, j + 6, j + 1]]
            d.add((np.concatenate([left, right]), np.array(faces)), palette.FERN)
    return finish(f"wood.fern.{look}", d, smooth=True)


@lru_cache(maxsize=LOOKS)
def stump_piece(look: int) -> Piece:
    """A stump with roots."""
    rng = stream(7, "stump", look)
    r, high = 0.20 + 0.06 * look, 0.35 + 0.1 * float(rng.random())
    d = Draft().add(lathe([(1.5 * r, -0.1), (1.1 * r, 0.1), (r, 0.25), (r, high)], 14), palette.BARK)
    d.add(lathe([(r, high), (0.0, high + 0.01)], 14), palette.FRESH_WOOD)
    for k in range(5):
        turn = 1.257 * k + float(rng.uniform(-0.3, 0.3))
        far = 2.4 * r
        begin = (0.8 * r * math.cos(turn), 0.8 * r * math.sin(turn), 0.1)
        end = (far * math.cos(turn), far * math.sin(turn), -0.08)
        d.add(tube([begin, end], [0.4 * r, 0.12 * r], 6), palette.BARK)
    return finish(f"wood.stump.{look}", d, smooth=True)


@lru_cache(maxsize=LOOKS)
def log_piece(look: int) -> Piece:
    """A fallen trunk along x, 5 to 8 m long, with moss and stubs of branches."""
    rng = stream(7, "log", look)
    long, r = 5.0 + look, 0.16 + 0.03 * look
    line = [(x * long, 0.05 * float(rng.normal()), 0.85 * r) for x in (-0.5, -0.15, 0.2, 0.5)]
    d = Draft().add(tube(line, [r, 0.92 * r, 0.8 * r, 0.6 * r], 10), palette.BARK)
    for _ in range(6):
        x, turn = float(rng.uniform(-0.4, 0.45)) * long, float(rng.uniform(-1.2, 1.2))
        d.add(tube([(x, 0.0, r), (x + 0.3, 0.7 * math.sin(turn), r + 0.6 * math.cos(turn))], [0.03, 0.012], 5),
              palette.BARK)  # fmt: skip
    for k in range(3):
        d.add(ellipsoid(((k - 1) * 0.28 * long, 0.0, 1.35 * r), (0.5, 0.75 * r, 0.5 * r), 5, 10), palette.MOSS)
    return finish(f"wood.log.{look}", d, smooth=True)


@lru_cache(maxsize=LOOKS)
def boulder_piece(look: int) -> Piece:
    """A mossy boulder, half in the ground."""
    rng = stream(7, "boulder", look)
    size = rng.uniform((0.35, 0.3, 0.25), (0.8, 0.65, 0.5))
    vertices, faces = ellipsoid((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 8, 12)
    for _ in range(4):
        way, phase = rng.normal(size=3) * 2.0, float(rng.uniform(0.0, 6.28))
        vertices = vertices * (1.0 + 0.07 * np.sin(vertices @ way + phase))[:, None]
    d = Draft().add((vertices * size + np.array([0.0, 0.0, 0.3 * size[2]]), faces), palette.BOULDER)
    return finish(f"wood.boulder.{look}", d, smooth=True)


@lru_cache(maxsize=1)
def stack_piece() -> Piece:
    """Logs of 4 m stacked along x on two beams, held by posts."""
    rng, d = stream(7, "stack"), Draft()
    for y in (-1.2, 1.2):
        d.add(box((0.0, y, 0.06), (6.2, 0.14, 0.12)), palette.BARK)
        for x in (-3.0, 3.0):
            d.add(tube([(x, y, -0.2), (1.02 * x, y, 1.9)], 0.06, 7), palette.BARK)
    for row in range(5):
        for k in range(11 - row):
            r = 0.24 + 0.02 * float(rng.normal())
            x, z = (k - 0.5 * (10 - row)) * 0.50, 0.36 + 0.42 * row
            shift = 0.12 * float(rng.normal())
            d.add(tube([(x, shift - 2.0, z), (x, shift + 2.0, z)], r, 10), palette.BARK)
            for s in (1.0, -1.0):
                d.add(tube([(x, shift + s * 2.0, z), (x, shift + s * 2.004, z)], 0.9 * r, 10), palette.FRESH_WOOD)
    return finish("wood.stack", d, smooth=True)


@lru_cache(maxsize=1)
def hide_piece() -> Piece:
    """A raised hide on four posts with a ladder at its front (-y), 5 m high."""
    d = Draft()
    for x in (-0.8, 0.8):
        for y in (-0.7, 0.7):
            d.add(tube([(1.35 * x, 1.35 * y, -0.2), (x, y, 3.0), (x, y, 4.6)], 0.06, 7), palette.BENCH_WOOD)
        d.add(tube([(1.2 * x, -0.95, 0.6), (x, 0.75, 2.6)], 0.035, 6), palette.BENCH_WOOD)
    d.add(box((0.0, 0.0, 3.0), (1.9, 1.7, 0.08)), palette.BENCH_WOOD)
    for y in (-0.78, 0.78):
        d.add(box((0.0, y, 3.5), (1.8, 0.04, 0.9)), palette.BENCH_WOOD)
    for x in (-0.88, 0.88):
        d.add(box((x, 0.0, 3.5), (0.04, 1.6, 0.9)), palette.BENCH_WOOD)
    d.add(box((0.0, 0.0, 4.68), (2.3, 2.1, 0.10)), palette.ROOFS[1])
    for x in (-0.25, 0.25):
        d.add(tube([(x, -2.2, -0.1), (x, -0.85, 3.05)], 0.035, 6), palette.BENCH_WOOD)
    for k in range(9):
        z, y = 0.3 + 0.3 * k, -2.2 + 1.35 * (0.4 + 0.3 * k) / 3.15
        d.add(tube([(-0.28, y, z), (0.28, y, z)], 0.025, 6), palette.BENCH_WOOD)
    return finish("wood.hide", d, smooth=True)
