"""Trees: a trunk with boughs, and a crown of leaf clumps."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import ellipsoid, tube

__all__ = ["CLEARANCE_M", "KINDS", "bush_piece", "tree_piece"]

KINDS = 5
"""Number of different trees."""
CLEARANCE_M = 4.25
"""Street trees are pruned up to here, so that lorries pass below."""
_LEAVES = 900
_SHELLS = (0.55, 0.88)
"""Sizes of the lumps inside of each other that leaves are cut out of; looking through both is rare."""
_THIRD, _WIDER = 3, 1.6
"""From afar a tree has every third clump of its leaves, a bit less than the root of three times as wide."""


def _blob(rng: np.random.Generator, center: F64Array, radii: F64Array, far: bool) -> Surface:
    """Lumpy ellipsoid: the radius varies with three random waves."""
    vertices, faces = ellipsoid((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), *((4, 6) if far else (6, 9)))
    swell = np.ones(len(vertices))
    for _ in range(3):
        way, phase = rng.normal(size=3) * 2.2, rng.uniform(0.0, 6.28)
        swell += 0.11 * np.sin(vertices[:, 0] * way[0] + vertices[:, 1] * way[1] + vertices[:, 2] * way[2] + phase)
    return center + vertices * swell[:, None] * radii, faces


def _clumps(
    rng: np.random.Generator, centers: F64Array, radii: F64Array, count: int, size_m: float, far: bool
) -> Surface:
    """Leaf clumps: small bent quads near the surfaces of the blobs, facing roughly outward."""
    weight = radii[:, 0] * radii[:, 1]
    which = rng.choice(len(centers), count, p=weight / weight.sum())
    way = rng.normal(size=(count, 3))
    way /= np.sqrt((way * way).sum(-1, keepdims=True))
    hub = centers[which] + way * radii[which] * rng.uniform(0.86, 1.22, (count, 1))
    normal = way + 0.7 * rng.normal(size=(count, 3))
    normal /= np.sqrt((normal * normal).sum(-1, keepdims=True))
    u = np.cross(normal, rng.normal(size=(count, 3)))
    u /= np.sqrt((u * u).sum(-1, keepdims=True))
    v = np.cross(normal, u)
    span = rng.uniform(0.55, 1.0, (count, 1)) * size_m
    if far:
        hub, normal, u, v, span = (a[::_THIRD] for a in (hub, normal, u, v, _WIDER * span))
    corners = [hub - u * span, hub + v * span * 0.7 + normal * 0.25 * span, hub + u * span, hub - v * span * 0.7]
    base = 4 * np.arange(len(hub))[:, None]
    faces = np.concatenate([base + np.array([0, 3, 2]), base + np.array([0, 2, 1])], 1).reshape(-1, 3)
    return np.stack(corners, 1).reshape(-1, 3), faces


def _crown(
    rng: np.random.Generator, middle_m: float, height_m: float, radius_m: float, blobs: int
) -> tuple[F64Array, F64Array]:
    """Centres (N, 3) and radii (N, 3) of blobs that fill an ellipsoid on the trunk."""
    turn = np.arange(blobs) * 2.399963 + rng.uniform(0.0, 6.28)
    level = (np.arange(blobs) + 0.5) / blobs * 2.0 - 1.0
    out = radius_m * 0.58 * np.sqrt(np.clip(1.0 - 0.8 * level * level, 0.0, None)) * rng.uniform(0.8, 1.1, blobs)
    centers = np.stack([out * np.cos(turn), out * np.sin(turn), middle_m + 0.36 * height_m * level], -1)
    size = radius_m * rng.uniform(0.48, 0.62, blobs) * (1.0 - 0.25 * np.abs(level))
    return centers, np.stack([size, size, size * rng.uniform(0.75, 0.95, blobs)], -1)


@lru_cache(maxsize=4 * KINDS)
def tree_piece(kind: int, pruned: bool = False) -> Piece:
    """Tree number ``kind`` (0..KINDS - 1), 6 to 11 m high, standing at the origin.

    ``pruned`` makes a street tree of it: a long stem, and nothing below the clearance that a road needs.
    """
    name = f"tree.{kind}{'.pruned' if pruned else ''}"
    return finish(name, _tree(kind, pruned, False), smooth=True, far=_tree(kind, pruned, True))


def _tree(kind: int, pruned: bool, far: bool) -> Draft:
    rng = stream(7, "tree", kind)
    high = (7.5, 9.5, 6.2, 11.0, 8.4)[kind] + (2.2 if pruned else 0.0)
    stem = CLEARANCE_M + 0.3 if pruned else 0.30 * high
    radius = (0.25, 0.26, 0.27, 0.21, 0.28)[kind] * (high - 1.9 if pruned else high)
    leaves = palette.LEAVES[kind % len(palette.LEAVES)]
    centers, radii = _crown(rng, 0.5 * (0.88 * stem + high), high - 0.88 * stem, radius, 9)
    draft = Draft()
    thick = 0.018 * high
    bend = rng.normal(size=2) * 0.08
    fork = np.array([bend[0], bend[1], 1.15 * stem])
    spine = [(0.0, 0.0, -0.2), (0.0, 0.0, 0.12), (0.0, 0.0, 0.5), tuple(fork)]
    draft.add(tube(spine, [1.9 * thick, 1.5 * thick, thick, 0.85 * thick], 5 if far else 8), palette.BARK)
    for k in range(5):
        end = centers[1 + k] * 0.85 + fork * 0.15
        middle = 0.5 * (fork + end) + np.array([0.0, 0.0, -0.15])
        draft.add(
            tube([fork - [0, 0, 0.1], middle, end], [0.6 * thick, 0.4 * thick, 0.15 * thick], 3 if far else 6),
            palette.BARK,
        )
    crown = [_blob(rng, c, s * r, far) for c, r in zip(centers, radii, strict=True) for s in _SHELLS]
    crown.append(_clumps(rng, centers, radii, _LEAVES, 0.055 * high, far))
    for vertices, faces in crown:
        if pruned:
            vertices[:, 2] = np.maximum(vertices[:, 2], CLEARANCE_M)
        draft.add((vertices, faces), leaves)
    return draft


@lru_cache(maxsize=KINDS)
def bush_piece(kind: int) -> Piece:
    """A strip of bushes 12 m long along x, up to 3 m high."""
    return finish(f"bush.{kind}", _bush(kind, False), smooth=True, far=_bush(kind, True))


def _bush(kind: int, far: bool) -> Draft:
    rng = stream(7, "bush", kind)
    count = 9
    xs = np.linspace(-5.2, 5.2, count) + rng.uniform(-0.4, 0.4, count)
    tall = rng.uniform(0.8, 1.5, count)
    centers = np.stack([xs, rng.uniform(-0.5, 0.5, count), 0.8 * tall], -1)
    radii = np.stack([rng.uniform(0.9, 1.4, count), rng.uniform(0.9, 1.3, count), tall], -1)
    leaves = palette.LEAVES[(kind + 3) % len(palette.LEAVES)]
    draft = Draft()
    for c, r in zip(centers, radii, strict=True):
        for share in _SHELLS:
            draft.add(_blob(rng, c, share * r, far), leaves)
    draft.add(_clumps(rng, centers, radii, 620, 0.34, far), leaves)
    return draft
