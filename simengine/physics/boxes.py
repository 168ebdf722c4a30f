"""Upright boxes: exact separation, overlap, and time to collision at constant velocity.

A box is a centre on the ground (x, y), its heading as cosine and sine, half length and half width; all arrays
broadcast. Heights are treated apart, because every box stands upright.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array

__all__ = ["LYING", "Boxes", "first_contact", "overlap", "overlap_window", "plane_gap_m", "separation_m", "ttc_s"]

LYING = 0.02
"""Square of the vector part's ground components of a quaternion, from which on something does not stand any more: 16
degrees; bodies of vehicles that pitch and roll are far below."""
_CORNERS = ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))


class Boxes(NamedTuple):
    """Boxes in the ground plane with their heights above ground; arrays of one broadcastable shape."""

    x_m: F64Array
    y_m: F64Array
    cos: F64Array
    sin: F64Array
    half_length_m: F64Array
    half_width_m: F64Array
    bottom_m: F64Array
    top_m: F64Array


def _offset(a: Boxes, b: Boxes) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """Centre of b in a's axes, and b's heading relative to a's as cosine and sine."""
    dx, dy = b.x_m - a.x_m, b.y_m - a.y_m
    return (
        dx * a.cos + dy * a.sin,
        dy * a.cos - dx * a.sin,
        b.cos * a.cos + b.sin * a.sin,
        b.sin * a.cos - b.cos * a.sin,
    )


def _corners_to_box(a: Boxes, b: Boxes) -> F64Array:
    """Smallest squared distance of b's corners from a's rectangle."""
    px, py, c, s = _offset(a, b)
    best: F64Array | None = None
    for i, j in _CORNERS:
        x = px + (i * b.half_length_m) * c - (j * b.half_width_m) * s
        y = py + (i * b.half_length_m) * s + (j * b.half_width_m) * c
        ex = np.maximum(np.abs(x) - a.half_length_m, 0.0)
        ey = np.maximum(np.abs(y) - a.half_width_m, 0.0)
        square = ex * ex + ey * ey
        best = square if best is None else np.minimum(best, square)
    assert best is not None
    return best


def plane_gap_m(a: Boxes, b: Boxes) -> F64Array:
    """Largest gap between the projections on the four edge normals; negative: penetration depth in the plane."""
    px, py, c, s = _offset(a, b)
    qx, qy = px * c + py * s, py * c - px * s  # the same offset in b's axes
    c, s = np.abs(c), np.abs(s)
    gap = np.maximum(
        np.abs(px) - a.half_length_m - (b.half_length_m * c + b.half_width_m * s),
        np.abs(py) - a.half_width_m - (b.half_length_m * s + b.half_width_m * c),
    )
    gap = np.maximum(gap, np.abs(qx) - b.half_length_m - (a.half_length_m * c + a.half_width_m * s))
    return np.maximum(gap, np.abs(qy) - b.half_width_m - (a.half_length_m * s + a.half_width_m * c))


def separation_m(a: Boxes, b: Boxes) -> F64Array:
    """Signed separation of boxes.

    Positive: exact Euclidean distance of the solids. Negative: minus the penetration depth, the shortest push in the
    ground plane that parts them. Two disjoint convex polygons are nearest at a vertex of one of them (so eight corner
    distances suffice); overlapping ones are parted fastest along an edge normal (separating-axis theorem).
    """
    flat = np.sqrt(np.minimum(_corners_to_box(a, b), _corners_to_box(b, a)))
    axis = plane_gap_m(a, b)
    rise = np.maximum(a.bottom_m, b.bottom_m) - np.minimum(a.top_m, b.top_m)
    plane = np.where(axis > 0, flat, axis)
    apart = np.sqrt(np.maximum(plane, 0.0) ** 2 + np.maximum(rise, 0.0) ** 2)
    return np.where((plane > 0) | (rise > 0), apart, plane) + 0.0  # which zero a max of zeros picks is not defined


def overlap(a: Boxes, b: Boxes, deeper_m: float = 0.0) -> BoolArray:
    """The boxes touch or overlap (separating-axis theorem in the plane, and their heights).

    Args:
        a: boxes.
        b: others.
        deeper_m: how deep one is in the other at least, in the plane.
    """
    return (plane_gap_m(a, b) <= -deeper_m) & (np.maximum(a.bottom_m, b.bottom_m) <= np.minimum(a.top_m, b.top_m))


def ttc_s(a: Boxes, b: Boxes, velocity_a: tuple[F64Array, F64Array], velocity_b: tuple[F64Array, F64Array]) -> F64Array:
    """Time until two boxes that keep their velocities and headings first touch; 0 if they do, inf if never.

    Exact: on each edge normal the projections overlap during one interval of time; the boxes touch while all four
    intervals run (separating axes of moving convex bodies).
    """
    px, py, c, s = _offset(a, b)
    wx, wy = velocity_b[0] - velocity_a[0], velocity_b[1] - velocity_a[1]
    vx, vy = wx * a.cos + wy * a.sin, wy * a.cos - wx * a.sin
    qx, qy, ux, uy = px * c + py * s, py * c - px * s, vx * c + vy * s, vy * c - vx * s
    c, s = np.abs(c), np.abs(s)
    axes = (
        (px, vx, a.half_length_m + (b.half_length_m * c + b.half_width_m * s)),
        (py, vy, a.half_width_m + (b.half_length_m * s + b.half_width_m * c)),
        (qx, ux, b.half_length_m + (a.half_length_m * c + a.half_width_m * s)),
        (qy, uy, b.half_width_m + (a.half_length_m * s + a.half_width_m * c)),
    )
    start: F64Array = np.zeros(np.broadcast_shapes(px.shape, vx.shape, axes[0][2].shape))
    end: F64Array = np.full(start.shape, np.inf)
    for offset, speed, reach in axes:
        first, last = overlap_window(offset, speed, reach)
        start, end = np.maximum(start, first), np.minimum(end, last)
    level = np.maximum(a.bottom_m, b.bottom_m) <= np.minimum(a.top_m, b.top_m)
    return np.where((start <= end) & level, start, np.inf) + 0.0


def overlap_window(offset: F64Array, speed: F64Array, reach: F64Array) -> tuple[F64Array, F64Array]:
    """When |offset + speed t| <= reach: (first, last); all time or never where nothing moves."""
    still = np.abs(speed) < 1e-9
    divisor = np.where(still, 1.0, speed)
    one, two = (-reach - offset) / divisor, (reach - offset) / divisor
    inside = np.abs(offset) <= reach
    first = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, two))
    last = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, two))
    return first, last


def _between(a: Boxes, b: Boxes, t: F64Array) -> Boxes:
    """Boxes at share t of the way: linear positions, headings along the short arc (small turns)."""
    c, s = a.cos + (b.cos - a.cos) * t, a.sin + (b.sin - a.sin) * t
    norm = np.sqrt(c * c + s * s)
    return Boxes(
        a.x_m + (b.x_m - a.x_m) * t, a.y_m + (b.y_m - a.y_m) * t, c / norm, s / norm,
        a.half_length_m, a.half_width_m, a.bottom_m + (b.bottom_m - a.bottom_m) * t, a.top_m + (b.top_m - a.top_m) * t,
    )  # fmt: skip


def first_contact(before: tuple[Boxes, Boxes], after: tuple[Boxes, Boxes], rounds: int = 30) -> F64Array:
    """Share of a tick, in [0, 1], at which two boxes first touch; inf where they do not touch at its end.

    Bisection on interpolated poses: 30 rounds are 1e-9 of a tick. Boxes that already touch at the start give 0.
    """
    hit = overlap(*after)
    low: F64Array = np.zeros(hit.shape)
    high: F64Array = np.where(overlap(*before), 0.0, 1.0)
    for _ in range(rounds):
        middle = 0.5 * (low + high)
        touching = overlap(_between(before[0], after[0], middle), _between(before[1], after[1], middle))
        low, high = np.where(touching, low, middle), np.where(touching, middle, high)
    return np.where(hit, high, np.inf)
