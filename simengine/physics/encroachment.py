"""Post-encroachment time: how long after one has left a place another one gets there, where their ways cross.

Definition: B. Allen, B. Shin and P. Cooper, "Analysis of traffic conflicts and collisions", Transportation Research
Record 667, 1978: from the moment at which the first one leaves the area that both ways share until the second one
enters it. Both are boxes here, and the area is wherever they overlap: the time is the smallest one between two instants
at which their boxes, each at its own instant, touch.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.boxes import Boxes, first_contact, overlap

__all__ = ["post_encroachment_s"]

_CROSSING = 0.5
"""Ways cross where the sine of the angle between the headings is larger: 30 degrees off each other and off the
opposite. Who follows somebody, or comes towards him in his lane, has a headway or a time to collision."""
_BLOCK = 16  # ticks whose ground is looked at together
_CHUNK = 256  # pairs of blocks that are compared together


def post_encroachment_s(one: Boxes, other: Boxes, rate_hz: float) -> float:
    """Smallest post-encroachment time of two tracks; 0 where the boxes touch at one time, inf where no ways cross.

    Exact where two keep their speeds and cross square, as leaving and entering are timed between ticks; else good to
    two ticks.

    Args:
        one: boxes at all ticks, (T,).
        other: likewise.
        rate_hz: ticks a second.
    """
    if bool((overlap(one, other) & (_sine(one, other) > _CROSSING)).any()):
        return 0.0
    pair = _nearest_ticks(one, other)
    if pair is None:
        return float("inf")
    i, j = pair
    first, second = (one, other) if i < j else (other, one)
    i, j = min(i, j), max(i, j)
    leaves, enters = float(i), float(j)
    if i + 1 < first.x_m.size:
        leaves = i + 1 - _share((_at(first, i + 1), _at(second, j)), (_at(first, i), _at(second, j)))
    if j > 0:
        enters = j - 1 + _share((_at(first, i), _at(second, j - 1)), (_at(first, i), _at(second, j)))
    return max(enters - leaves, 0.0) / rate_hz


def _nearest_ticks(one: Boxes, other: Boxes) -> tuple[int, int] | None:
    """Ticks of both, as near in time as can be, at which their boxes touch and their ways cross; None: there are none.

    Pairs of blocks are looked at in the order of the time between them, until no nearer one can follow.
    """
    ticks_a, ticks_b = _blocks(one), _blocks(other)
    ground_a, ground_b = _ground(one, ticks_a), _ground(other, ticks_b)
    near = (ground_a[0][:, None] <= ground_b[1][None]) & (ground_b[0][None] <= ground_a[1][:, None])
    turned_a, turned_b = _turned(one, ticks_a), _turned(other, ticks_b)
    middle = tuple(_at(b, t[:, _BLOCK // 2]) for b, t in ((one, ticks_a), (other, ticks_b)))
    sine = np.abs(middle[0].sin[:, None] * middle[1].cos[None] - middle[0].cos[:, None] * middle[1].sin[None])
    a, b = np.nonzero(near.all(-1) & (sine + turned_a[:, None] + turned_b[None] > _CROSSING))
    apart = np.maximum(ticks_b[b, 0] - ticks_a[a, -1], ticks_a[a, 0] - ticks_b[b, -1])
    order = np.argsort(apart, kind="stable")
    best, found = np.inf, None
    for at in range(0, order.size, _CHUNK):
        some = order[at : at + _CHUNK]
        if apart[some[0]] >= best:
            break
        i = np.repeat(ticks_a[a[some]], _BLOCK, 1).ravel()
        j = np.tile(ticks_b[b[some]], (1, _BLOCK)).ravel()
        hit = np.flatnonzero(_sine(_at(one, i), _at(other, j)) > _CROSSING)
        hit = hit[overlap(_at(one, i[hit]), _at(other, j[hit]))]
        if hit.size:
            k = hit[np.argmin(np.abs(i[hit] - j[hit]))]
            if abs(int(i[k]) - int(j[k])) < best:
                best, found = abs(int(i[k]) - int(j[k])), (int(i[k]), int(j[k]))
    return found


def _blocks(boxes: Boxes) -> I64Array:
    """Ticks in blocks of one size, (N, _BLOCK), the last one padded by its last tick. Of a time during which a box
    stands still, only the first and the last tick: none between them is nearer to any other time."""
    moved: BoolArray = np.zeros(boxes.x_m.size - 1, np.bool_)
    for v in (boxes.x_m, boxes.y_m, boxes.cos, boxes.sin):
        moved |= v[1:] != v[:-1]
    kept = np.flatnonzero(np.r_[True, moved] | np.r_[moved, True])
    return np.r_[kept, np.full(-kept.size % _BLOCK, kept[-1])].reshape(-1, _BLOCK)


def _ground(boxes: Boxes, ticks: I64Array) -> tuple[F64Array, F64Array]:
    """Lower and upper corner of the ground that the boxes of each block are on, (N, 2) each."""
    x = boxes.half_length_m * np.abs(boxes.cos) + boxes.half_width_m * np.abs(boxes.sin)
    y = boxes.half_length_m * np.abs(boxes.sin) + boxes.half_width_m * np.abs(boxes.cos)
    low = np.stack([boxes.x_m - x, boxes.y_m - y], -1)[ticks]
    high = np.stack([boxes.x_m + x, boxes.y_m + y], -1)[ticks]
    return low.min(1), high.max(1)


def _turned(boxes: Boxes, ticks: I64Array) -> F64Array:
    """Largest sine of the angle between the headings of a block and that of its middle, (N,)."""
    c, s = boxes.cos[ticks], boxes.sin[ticks]
    k = _BLOCK // 2
    return np.asarray(np.abs(s * c[:, k : k + 1] - c * s[:, k : k + 1]).max(-1), np.float64)


def _sine(one: Boxes, other: Boxes) -> F64Array:
    """Of the angle between the headings."""
    return np.abs(one.sin * other.cos - one.cos * other.sin)


def _at(boxes: Boxes, ticks: I64Array | int) -> Boxes:
    return Boxes(*(np.atleast_1d(v[ticks]) for v in boxes))


def _share(before: tuple[Boxes, Boxes], after: tuple[Boxes, Boxes]) -> float:
    return float(first_contact(before, after)[0])
