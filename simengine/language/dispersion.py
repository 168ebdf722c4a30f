"""What a set of variants leaves empty: the largest box of two continuous parameters that holds none of them.

After the coverage criterion of Paracosm (Majumdar, Mathur, Pirron, Stegner and Zufferey, FASE 2021), which measures
test sets by the volume of the largest empty axis-parallel box (dispersion).

Algorithm. Each parameter is replaced by its rank among many feasible draws of the scenario, so that volume means
probability. For each pair of parameters all maximal empty rectangles are enumerated: points are sorted by the first
parameter, and from each point as the left side a sweep to the right narrows the height point by point (Naamad, Lee and
Hsu, 1984, the direct O(n^2) method); mirrored sweeps and the gaps of the second parameter give those at the border. Of
all of them the one wins that holds the largest share of the feasible draws: empty corners that the constraints forbid
do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F64Array

__all__ = ["EmptyBox", "largest_empty_box", "largest_gap", "ranks"]

_CELLS = 128
_CLOSE = 24  # candidates whose draws are counted one by one


@dataclass(frozen=True)
class EmptyBox:
    """A rectangle in the unit square of ranks without any point inside.

    Attributes:
        low, high: corners.
        share: of the feasible draws that lie in it.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    share: float


def ranks(values: F64Array, pool: F64Array) -> F64Array:
    """Shares of a pool of draws that lie below values (half of those that are equal), 0..1."""
    ordered = np.sort(pool)
    below = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray(below * (0.5 / ordered.size), np.float64)


def largest_gap(x: F64Array) -> tuple[float, float]:
    """The longest interval of [0, 1] without any of some numbers inside."""
    ends: F64Array = np.concatenate([[0.0], np.sort(x), [1.0]])
    k = int(np.argmax(np.diff(ends)))
    return float(ends[k]), float(ends[k + 1])


def largest_empty_box(x: F64Array, y: F64Array, pool_x: F64Array, pool_y: F64Array) -> EmptyBox:
    """The empty rectangle that holds the largest share of a pool.

    Args:
        x, y: ranks of the points, shape (n,).
        pool_x, pool_y: ranks of feasible draws, shape (m,).
    """
    boxes = _maximal(x, y)
    counts = np.histogram2d(pool_x, pool_y, bins=_CELLS, range=((0.0, 1.0), (0.0, 1.0)))[0]
    sums = np.zeros((_CELLS + 1, _CELLS + 1))
    sums[1:, 1:] = counts.cumsum(0).cumsum(1)
    at = np.rint(boxes * _CELLS).astype(np.int64)
    rough = sums[at[:, 2], at[:, 3]] - sums[at[:, 0], at[:, 3]] - sums[at[:, 2], at[:, 1]] + sums[at[:, 0], at[:, 1]]
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    best: tuple[float, float, int] = (-1.0, 0.0, 0)
    for k in np.lexsort((-area, -rough))[:_CLOSE].tolist():
        a, b, c, d = boxes[k].tolist()
        inside = (pool_x > a) & (pool_x < c) & (pool_y > b) & (pool_y < d)
        share = int(np.count_nonzero(inside)) / pool_x.size
        best = max(best, (share, float(area[k]), -k))
    corners: list[float] = boxes[-best[2]].tolist()
    a, b, c, d = corners
    return EmptyBox((a, b), (c, d), best[0])


def _maximal(x: F64Array, y: F64Array) -> F64Array:
    """All maximal empty rectangles (and some that are not), as rows (low x, low y, high x, high y)."""
    order = np.lexsort((y, x))
    px, py = x[order], y[order]
    edges: F64Array = np.concatenate([[0.0], np.sort(y), [1.0]])
    across = np.zeros(edges.size - 1)
    found: list[Array] = [np.stack([across, edges[:-1], across + 1.0, edges[1:]], -1)]
    found += _sweeps(px, py)
    mirrored = np.concatenate([*_sweeps((1.0 - px)[::-1].copy(), py[::-1].copy()), np.zeros((0, 4))])
    found.append(np.stack([1.0 - mirrored[:, 2], mirrored[:, 1], 1.0 - mirrored[:, 0], mirrored[:, 3]], -1))
    return np.concatenate(found)


def _sweeps(px: F64Array, py: F64Array) -> list[Array]:
    """Rectangles with a point on their left side; those with the left border there are found mirrored."""
    out: list[Array] = []
    n = px.size
    for k in range(n):
        right, ys = px[k + 1 :], py[k + 1 :]
        top = np.minimum.accumulate(np.where(ys >= py[k], ys, 1.0))
        bottom = np.maximum.accumulate(np.where(ys < py[k], ys, 0.0))
        ends = np.append(right, 1.0)
        tops, bottoms = np.append(1.0, top), np.append(0.0, bottom)
        changed = np.append((np.diff(tops) != 0) | (np.diff(bottoms) != 0), True)  # where a point narrows it
        box = np.stack([np.full(ends.size, px[k]), bottoms, ends, tops], -1)[changed]
        out.append(box)
    return out
