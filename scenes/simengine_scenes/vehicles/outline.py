"""Plan outlines of bodies: the left half from the middle of the nose round to the middle of the tail."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array

__all__ = ["End", "HalfOutline", "across", "full_ring", "half_outline"]


@dataclass(frozen=True)
class End:
    """Plan shape of a nose or tail.

    Attributes:
        x_m: position of its middle.
        bow_m: how far the face falls back towards the corner.
        corner_m: semi-axes (along, across) of the elliptic corner.
        face_m: lateral offsets of columns on the face; those beyond the start of the corner are left out.
        corner_columns: how many steps the corner takes.
    """

    x_m: float
    bow_m: float
    corner_m: tuple[float, float]
    face_m: tuple[float, ...]
    corner_columns: int = 5


@dataclass(frozen=True, eq=False)
class HalfOutline:
    """Columns of the left half.

    Attributes:
        xy_m: (C, 2), from (nose, 0) to (tail, 0).
        outward: (C, 2), unit normals.
        front: number of columns on the face of the nose; then come the corner's.
        side: first and last column of the straight side.
        rear: number of columns on the face of the tail.
    """

    xy_m: F64Array
    outward: F64Array
    front: int
    side: tuple[int, int]
    rear: int


def _end(end: End, half_m: float, sign: float) -> tuple[F64Array, int]:
    """Face and corner columns from the middle to the side, shape (n, 2), and how many belong to the face."""
    along, across_m = end.corner_m
    flat = half_m - across_m
    face = [y for y in end.face_m if y < flat - 0.02] + [flat]
    points = [(end.x_m - sign * end.bow_m * (y / half_m) ** 2, y) for y in face]
    hub = points[-1][0] - sign * along
    for k in range(1, end.corner_columns + 1):
        a = 0.5 * math.pi * k / end.corner_columns
        points.append((hub + sign * along * math.cos(a), flat + across_m * math.sin(a)))
    return np.array(points), len(face)


def half_outline(nose: End, tail: End, half_m: float, side_x_m: list[float]) -> HalfOutline:
    """Outline with side columns at ``side_x_m`` (any order; those outside the straight part are left out)."""
    front, faces_front = _end(nose, half_m, 1.0)
    rear, faces_rear = _end(tail, half_m, -1.0)
    high, low = float(front[-1, 0]), float(rear[-1, 0])
    inside = sorted({round(x, 5) for x in side_x_m if low + 0.004 < x < high - 0.004}, reverse=True)
    side = np.array([[x, half_m] for x in inside]).reshape(-1, 2)
    xy = np.concatenate([front, side, rear[::-1]])
    step = np.gradient(np.concatenate([xy[1:2] * [1, -1], xy, xy[-2:-1] * [1, -1]]), axis=0)[1:-1]
    normal = np.stack([step[:, 1], -step[:, 0]], -1)
    normal /= np.sqrt((normal * normal).sum(-1, keepdims=True))
    return HalfOutline(xy, normal, faces_front, (len(front) - 1, len(front) + len(side)), faces_rear)


def full_ring(half: F64Array) -> F64Array:
    """Closed rows (R, 2C - 2, 3) from left halves (R, C, 3): counter-clockwise seen from above."""
    right = half[:, -2:0:-1] * np.array([1.0, -1.0, 1.0])
    return np.concatenate([half, right], 1)


def across(left: F64Array, columns: int, crown_m: float) -> F64Array:
    """Sheet (C, columns, 3) between a left-hand edge (C, 3) and its mirror image, raised by ``crown_m`` in the middle.

    The crown is full where the edge is as wide as it gets and falls off with the width.
    """
    u = np.linspace(1.0, -1.0, columns)
    widest = float(left[:, 1].max())
    x = np.broadcast_to(left[:, :1], (len(left), columns))
    rise = crown_m * (left[:, 1:2] / widest) * (1.0 - u * u)
    return np.stack([x, left[:, 1:2] * u, left[:, 2:] + rise], -1)
