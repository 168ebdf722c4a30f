"""Plane curves as circular arcs that follow each other: rows of x, y, heading, length, curvature (+ to the left)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array

__all__ = ["OnArcs", "arc_ends", "arc_foot", "arcs_through", "nearest_on_arcs", "reversed_arcs"]


class OnArcs(NamedTuple):
    """Where points are relative to a line of arcs, each in the points' shape.

    Attributes:
        station_m: arc length from the line's first point; negative before it, beyond the length behind the last one.
        left_m: offset to the left.
        heading_rad, curvature_per_m: of the line there.
    """

    station_m: F64Array
    left_m: F64Array
    heading_rad: F64Array
    curvature_per_m: F64Array


def arcs_through(points_m: F64Array, headings_rad: F64Array) -> F64Array:
    """Arcs between neighbouring points that turn as much as the line does in between.

    Exact for lines and circles. On a clothoid, positions are continuous, and the heading at a joint is off by
    c h^2 / 12 (c: change of curvature per metre, h: length of an arc).

    Args:
        points_m: (N, 2), on the line.
        headings_rad: (N,), of the line there, unwrapped: neighbours differ by less than pi.

    Returns:
        (N - 1, 5).
    """
    step = np.diff(points_m, axis=0)
    chord = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    turn = np.diff(headings_rad)
    turn = np.where(np.abs(turn) < 1e-12, 0.0, turn)
    bends = turn != 0.0
    curvature = np.where(bends, 2.0 * np.sin(0.5 * turn) / chord, 0.0)
    length = np.where(bends, turn / np.where(bends, curvature, 1.0), chord)
    start = np.arctan2(step[:, 1], step[:, 0]) - 0.5 * turn
    return np.column_stack([points_m[:-1], start, length, curvature])


def arc_ends(arcs: F64Array) -> tuple[F64Array, F64Array]:
    """Where arcs (S, 5) end: points (S, 2) and headings (S,)."""
    x, y, heading, length, k = arcs.T
    turn = k * length
    half = 0.5 * turn
    bends = np.abs(half) > 1e-9
    chord = length * np.where(bends, np.sin(half) / np.where(bends, half, 1.0), 1.0)
    way = heading + half
    return np.stack([x + chord * np.cos(way), y + chord * np.sin(way)], -1), heading + turn


def reversed_arcs(arcs: F64Array) -> F64Array:
    """The same arcs, run the other way."""
    ends, headings = arc_ends(arcs)
    back = np.column_stack([ends, headings + np.pi, arcs[:, 3], -arcs[:, 4]])
    return np.ascontiguousarray(back[::-1])


def arc_foot(px: F64Array, py: F64Array, bend: F64Array) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """Nearest point of whole circles, of points in the frame of the arc's start.

    With a = bend px and b = 1 - bend py, the foot lies at the angle atan2(a, b), and the point is
    (1 - sqrt(a^2 + b^2)) / bend to the left of it, here in a form that is exact for straight lines.

    Returns:
        Distance along the arc, offset to the left, cosine and sine of the turn up to there.
    """
    a, b = bend * px, 1.0 - bend * py
    r = np.sqrt(a * a + b * b)
    bent = bend != 0.0
    along = np.where(bent, np.arctan2(a, b) / np.where(bent, bend, 1.0), px)
    left = (2.0 * py - bend * (px * px + py * py)) / (1.0 + r)
    safe = np.where(r > 0.0, r, 1.0)
    return along, left, np.where(r > 0.0, b / safe, 1.0), a / safe


def nearest_on_arcs(arcs: F64Array, x_m: F64Array, y_m: F64Array) -> OnArcs:
    """The nearest places on arcs (S, 5) that follow each other, of points of any shape; beyond both ends the line goes
    on straight."""
    ends, headings = arc_ends(arcs[-1:])
    rays = np.array([
        [arcs[0, 0], arcs[0, 1], arcs[0, 2], np.inf, 0.0], [ends[0, 0], ends[0, 1], headings[0], np.inf, 0.0]
    ])  # fmt: skip
    x, y, heading, length, bend = np.concatenate([rays[:1], arcs, rays[1:]]).T
    starts = np.concatenate([[0.0, 0.0], np.cumsum(arcs[:, 3])])
    low, high = np.zeros(len(x)), length.copy()
    low[0], high[0] = -np.inf, 0.0
    dx, dy = x_m[..., None] - x, y_m[..., None] - y
    cos, sin = np.cos(heading), np.sin(heading)
    px, py = dx * cos + dy * sin, cos * dy - sin * dx
    along, left, _, _ = arc_foot(px, py, np.broadcast_to(bend, px.shape))
    start = px * px + py * py  # squared; where an arc ends, the next one starts
    end = np.concatenate([start[..., 1:], start[..., -1:]], -1)
    away = np.where(along < low, start, np.where(along > high, end, left * left))
    k = np.argmin(away, -1)
    on = np.clip(np.take_along_axis(along, k[..., None], -1)[..., 0], low[k], high[k])
    aside = np.take_along_axis(left, k[..., None], -1)[..., 0]
    return OnArcs(starts[k] + on, aside, heading[k] + bend[k] * on, bend[k])
