"""Plane curves as circular arcs that follow each other: rows of x, y, heading, length, curvature (+ to the left)."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array

__all__ = ["arc_ends", "arcs_through", "reversed_arcs"]


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
