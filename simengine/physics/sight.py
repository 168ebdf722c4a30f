"""Sight lines: which share of a thing's sample points is not hidden behind solid boxes. Needs no renderer.

Where the ground has heights, all points are counted from the ground below them, boxes lean with the ground under their
middle, and crests hide what lies behind them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.surfaces import Surfaces

__all__ = ["SAMPLES", "SEEN_SHARE", "Blocks", "clear_of_ground", "free_lines", "sample_points", "world_solids"]

SEEN_SHARE = 0.05
"""``sees`` is true from this share of free sample points on."""
_GRID = np.array(
    [(x, y, z) for x in (-0.8, 0.0, 0.8) for y in (-0.8, 0.8) for z in (0.1, 0.3, 0.5, 0.7, 0.9)], np.float64
)
SAMPLES = len(_GRID)
"""Sample points of a box: 3 along x 2 across x 5 in height, a little inside its surface."""
_CHUNK = 2_000_000
_STEPS = 64
"""Places of a sight line at which the ground is looked at: over a crest of 500 m radius and 200 m away, within 3 mm."""


class Blocks(NamedTuple):
    """Boxes that block sight lines, in the world.

    Attributes:
        center_m, half_m: (R, N, 3).
        cos, sin: headings, (R, N).
        present: (R, N).
        slope: how much they rise a metre along the axes of the world, (R, N, 2); None: they stand on level ground.
    """

    center_m: F64Array
    half_m: F64Array
    cos: F64Array
    sin: F64Array
    present: BoolArray
    slope: F64Array | None = None

    def take(self, rows: I64Array) -> Blocks:
        """Those of some variants, repeated or left out at will."""
        return Blocks(*(None if v is None else v[rows] for v in self))  # type: ignore[arg-type]


def sample_points(position_m: Array, cos: Array, sin: Array, size_m: Array) -> F64Array:
    """Sample points of upright boxes in the world.

    Args:
        position_m: entity origins (ground below the centre), (..., 3).
        cos, sin: headings, (...).
        size_m: (..., 3).

    Returns:
        (..., SAMPLES, 3).
    """
    x = 0.5 * size_m[..., 0, None] * _GRID[:, 0]
    y = 0.5 * size_m[..., 1, None] * _GRID[:, 1]
    out = np.empty((*x.shape, 3))
    out[..., 0] = position_m[..., 0, None] + (cos[..., None] * x - sin[..., None] * y)
    out[..., 1] = position_m[..., 1, None] + (sin[..., None] * x + cos[..., None] * y)
    out[..., 2] = position_m[..., 2, None] + size_m[..., 2, None] * _GRID[:, 2]
    return out


def world_solids(
    cast: Cast, position_m: Array, cos: Array, sin: Array
) -> Blocks:  # fmt: skip
    """All boxes that block sight lines; N as in ``Cast.solids``.

    Args:
        cast: B variants.
        position_m: of the slots, (B, A, 3), heights from the ground.
        cos, sin: headings of the slots, (B, A).
    """
    solids = cast.solids
    owner = np.array(solids.owner, np.int64)
    moving = owner >= 0
    pick = np.where(moving, owner, 0)
    c = np.where(moving, cos[:, pick] if cast.slots else 1.0, solids.cos)
    s = np.where(moving, sin[:, pick] if cast.slots else 0.0, solids.sin)
    base = np.where(moving[:, None], position_m[:, pick] if cast.slots else 0.0, 0.0)
    local = solids.center_m
    turn_c, turn_s = np.where(moving, c, 1.0), np.where(moving, s, 0.0)  # fixed boxes are in world axes already
    center = np.empty(local.shape)
    center[..., 0] = base[..., 0] + (turn_c * local[..., 0] - turn_s * local[..., 1])
    center[..., 1] = base[..., 1] + (turn_s * local[..., 0] + turn_c * local[..., 1])
    center[..., 2] = base[..., 2] + local[..., 2]
    if cast.surfaces is None:
        return Blocks(center, solids.half_m, c, s, solids.present)
    ground = cast.surfaces.at(np.ascontiguousarray(center[..., 0]), np.ascontiguousarray(center[..., 1]))
    center[..., 2] += ground.z_m
    return Blocks(center, solids.half_m, c, s, solids.present, np.stack([ground.x, ground.y], -1))


def clear_of_ground(surfaces: Surfaces, eye_m: F64Array, points_m: F64Array) -> BoolArray:
    """Whether the ground does not hide points from eyes, along the line to the middle of each eye's points.

    Args:
        surfaces: of R variants.
        eye_m: (R, 3), in the world.
        points_m: (R, S, 3), near each other.

    Returns:
        (R, S).
    """
    way = points_m[..., :2].mean(1) - eye_m[:, :2]
    share = np.arange(1, _STEPS + 1) / _STEPS
    x, y = (eye_m[:, k, None] + share * way[:, k, None] for k in (0, 1))
    away = share * np.sqrt((way * way).sum(-1))[:, None]
    rise = (surfaces.at(x, y).z_m - eye_m[:, 2, None]) / np.maximum(away, 1e-9)
    horizon = np.maximum.accumulate(rise, 1)
    gap = points_m - eye_m[:, None]
    far = np.sqrt(gap[..., 0] * gap[..., 0] + gap[..., 1] * gap[..., 1])
    before = (away[:, None, :] < far[..., None]).sum(-1) - 1
    highest = np.take_along_axis(horizon, np.maximum(before, 0), 1)
    return (before < 0) | (gap[..., 2] > highest * far) | ~surfaces.uneven[:, None]


def free_lines(
    eye_m: Array, points_m: Array, center_m: Array, half_m: Array, cos: Array, sin: Array, blocks: Array,
    slope: F64Array | None = None,
) -> BoolArray:  # fmt: skip
    """Whether the segments from eyes to points are free of boxes (slab test of each segment with each box).

    Args:
        eye_m: (R, 3).
        points_m: (R, S, 3).
        center_m, half_m: boxes (R, N, 3).
        cos, sin: headings of the boxes, (R, N).
        blocks: which boxes count, (R, N).
        slope: of the boxes, see :class:`Blocks`.

    Returns:
        (R, S).
    """
    rows, samples = points_m.shape[:2]
    out: BoolArray = np.ones((rows, samples), np.bool_)
    row, box = np.nonzero(blocks & _near(eye_m, points_m, center_m, half_m))
    step = max(1, _CHUNK // samples)
    for at in range(0, row.size, step):
        r, n = row[at : at + step], box[at : at + step]
        pair = (center_m[r, n], half_m[r, n], cos[r, n], sin[r, n])
        hit = _hits(eye_m[r], points_m[r], *pair, None if slope is None else slope[r, n])
        first = np.flatnonzero(np.diff(r, prepend=-1))  # rows rise: each is a run of pairs
        out[r[first]] &= ~np.logical_or.reduceat(hit, first, 0)
    return out


def _near(eye: Array, points: Array, center: Array, half: Array) -> BoolArray:
    """Boxes (R, N) that can touch a segment from an eye to one of its points.

    In the ground plane, every segment stays as near to the one to the mean of the points as the farthest point is to
    the mean, and a box stays within its half diagonal.
    """
    mean = points[..., :2].mean(1)
    off = points[..., :2] - mean[:, None]
    spread = np.sqrt((off[..., 0] * off[..., 0] + off[..., 1] * off[..., 1]).max(1, initial=0.0))
    dx, dy = (mean - eye[:, :2]).T[:, :, None]
    cx, cy = center[..., 0] - eye[:, 0, None], center[..., 1] - eye[:, 1, None]
    share = np.minimum(np.maximum((cx * dx + cy * dy) / np.maximum(dx * dx + dy * dy, 1e-12), 0.0), 1.0)
    gx, gy = cx - share * dx, cy - share * dy
    reach = np.sqrt(half[..., 0] * half[..., 0] + half[..., 1] * half[..., 1]) + spread[:, None] + 1e-6
    return gx * gx + gy * gy <= reach * reach


def _hits(
    eye: Array, points: Array, center: Array, half: Array, cos: Array, sin: Array, slope: F64Array | None
) -> BoolArray:  # fmt: skip
    """Slab test of the segments from eyes (P, 3) to points (P, S, 3) with one box a pair: (P, S)."""
    start = eye - center
    way = points - eye[:, None, :]
    if slope is not None:  # heights from the leaning plane of the box: straight lines stay straight
        start[:, 2] -= slope[:, 0] * start[:, 0] + slope[:, 1] * start[:, 1]
        way[..., 2] -= slope[:, 0, None] * way[..., 0] + slope[:, 1, None] * way[..., 1]
    origin = (cos * start[:, 0] + sin * start[:, 1], cos * start[:, 1] - sin * start[:, 0], start[:, 2])
    c, s = cos[:, None], sin[:, None]
    along = (c * way[..., 0] + s * way[..., 1], c * way[..., 1] - s * way[..., 0], way[..., 2])
    enter: F64Array = np.zeros(points.shape[:2])
    leave: F64Array = np.ones(points.shape[:2])
    for axis in range(3):
        d = np.where(np.abs(along[axis]) < 1e-12, 1e-12, along[axis])
        o, h = origin[axis][:, None], half[:, None, axis]
        one, two = (-h - o) / d, (h - o) / d
        enter, leave = np.maximum(enter, np.minimum(one, two)), np.minimum(leave, np.maximum(one, two))
    return enter < leave
