"""The shortest way round what stands: corners of grown boxes that see each other (a visibility graph).

T. Lozano-Perez and M. A. Wesley, "An algorithm for planning collision-free paths among polyhedral obstacles"
(Communications of the ACM 22, 1979): among convex obstacles, grown by who walks, the shortest way leads from corner to
corner.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from simengine.arrays import F64Array, I64Array

__all__ = ["first_turn", "met_at"]

_CORNER_M = 0.02
"""Corners are so far outside: who goes from one to the next touches nothing."""
_MOST_M = 20.0
"""Nobody goes a way round that is so much longer."""
_BOXES = 16
_Columns = F64Array | tuple[F64Array, ...]


def met_at(start: _Columns, end: _Columns, box: _Columns) -> F64Array:
    """At which share of the straight ways they enter boxes, inf where they never do; all broadcast.

    Args:
        start, end: of the ways, x and y.
        box: middle x and y, cosine and sine of the heading, half length, half width.
    """
    x, y, cos, sin, long, wide = box
    dx, dy, ex, ey = start[0] - x, start[1] - y, end[0] - x, end[1] - y
    along, across = (dx * cos + dy * sin, ex * cos + ey * sin, long), (dy * cos - dx * sin, ey * cos - ex * sin, wide)
    first, last = np.zeros(()), np.ones(())
    for a, b, half in (along, across):
        step = b - a
        still = np.abs(step) < 1e-9
        safe = np.where(still, 1.0, step)
        one, two = (-half - a) / safe, (half - a) / safe
        first = np.maximum(first, np.where(still, np.where(np.abs(a) < half, 0.0, 2.0), np.minimum(one, two)))
        last = np.minimum(last, np.where(still, 1.0, np.maximum(one, two)))
    return np.where(first < last - 1e-9, first, np.inf)


def first_turn(start: F64Array, goal: F64Array, boxes: F64Array) -> F64Array | None:
    """Where the shortest way round boxes leads first.

    Args:
        start: (2,) where somebody is, outside of all boxes.
        goal: (2,) where they want to be, outside of all.
        boxes: (N, 6) middle, cosine and sine of the heading, half length and half width, grown by who walks.

    Returns:
        The first corner (2,) on the way, the goal where it is free, None where no way leads there that is worth it.
    """
    near = _near(start, goal, boxes)
    points = np.concatenate([start[None], goal[None], _corners(near)])
    columns = near.T[:, None, None, :]
    ends = points.T[..., None, None]
    through = np.isfinite(met_at(ends, ends.swapaxes(1, 2), columns)).any(-1)
    apart = np.sqrt(((points[:, None] - points) ** 2).sum(-1))
    dijkstra: Any = import_module("scipy.sparse.csgraph").dijkstra
    found = dijkstra(np.where(through, 0.0, apart), indices=0, return_predecessors=True)
    length: F64Array = found[0]
    before: I64Array = found[1]
    if not length[1] < apart[0, 1] + _MOST_M:
        return None
    at = 1
    while before[at] != 0:
        at = int(before[at])
    return points[at]


def _near(start: F64Array, goal: F64Array, boxes: F64Array) -> F64Array:
    """The boxes that can matter: those nearest to the straight way."""
    way = goal - start
    share = ((boxes[:, :2] - start) @ way) / max(float(way @ way), 1e-9)
    foot = start + np.minimum(np.maximum(share, 0.0), 1.0)[:, None] * way
    away = np.sqrt(((boxes[:, :2] - foot) ** 2).sum(-1)) - np.maximum(boxes[:, 4], boxes[:, 5])
    order: I64Array = np.argsort(away, kind="stable")[:_BOXES]
    return boxes[order]


def _corners(boxes: F64Array) -> F64Array:
    """Corners (K, 2) that are in no other box, a little outside."""
    x, y, cos, sin, long, wide = boxes.T[:, :, None]
    along = np.array([1.0, 1.0, -1.0, -1.0]) * (long + _CORNER_M)
    across = np.array([1.0, -1.0, 1.0, -1.0]) * (wide + _CORNER_M)
    px, py = (x + along * cos - across * sin).ravel(), (y + along * sin + across * cos).ravel()
    dx, dy = px[:, None] - boxes[:, 0], py[:, None] - boxes[:, 1]
    inside = (np.abs(dx * boxes[:, 2] + dy * boxes[:, 3]) < boxes[:, 4]) & (
        np.abs(dy * boxes[:, 2] - dx * boxes[:, 3]) < boxes[:, 5]
    )
    return np.column_stack([px, py])[~inside.any(1)]
