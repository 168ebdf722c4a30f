"""Which way people take among others, and how fast: they look where they can walk.

After M. Moussaid, D. Helbing and G. Theraulaz, "How simple rules determine pedestrian behavior and crowd disasters"
(PNAS 108, 2011): of all ways within the field of view somebody takes the one on which most of the way to the goal can
be walked before something is met, all others going on as they do; and no faster than to be able to stop before that.
Who has begun to turn keeps to it unless another way is clearly better, so nobody dithers; and of two equal ways the
right one is taken.

B variants, P people who choose, Q others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array

__all__ = ["Boxes", "Discs", "Strip", "View", "choose"]

HORIZON_M = 8.0
"""So far people look (d_max of the paper)."""
_DEGREES = (0.0, -6.0, 6.0, -12.0, 12.0, -20.0, 20.0, -30.0, 30.0, -42.0, 42.0, -56.0, 56.0, -72.0, 72.0, -90.0, 90.0,
            -110.0, 110.0)  # fmt: skip
WAYS_RAD = tuple(float(np.radians(d)) for d in _DEGREES)
"""Angles to the way to the goal that are looked at, to the left."""
_WALL_M = 2.5
"""Pavements bend: their edges count no farther away."""
_KEEPS_M2, _RIGHT_M2 = 12.0, 0.4
"""What a turn of one radian from the way taken costs, squared, and what a way to the left does."""
_SLOWEST_MPS = 0.3
"""Who stands looks as one who sets off."""


class Discs(NamedTuple):
    """Others on foot, (B, Q) each: where they are, how they move, and how near middles may come to each who chooses,
    (B, P, Q); nothing is met where that is not above 0."""

    x: F64Array
    y: F64Array
    vx: F64Array
    vy: F64Array
    apart_m: F64Array


class Boxes(NamedTuple):
    """Upright boxes that move: middle, heading and velocity, (B, N) each; half extents, grown by who walks, and whether
    they are in the way of each, (B, P, N) or (B, 1, N)."""

    x: F64Array
    y: F64Array
    cos: F64Array
    sin: F64Array
    vx: F64Array
    vy: F64Array
    half_length: F64Array
    half_width: F64Array
    there: BoolArray


class Strip(NamedTuple):
    """The pavement that each walks on: where they are on it, where it leads, and how far they may go.

    Attributes:
        left_m: offset from its middle, (B, P).
        ux, uy: its direction.
        limit_m: largest offset to both sides.
        things_m: (B, P, M, 4), stations from and to (as seen from where they are), offsets from and to of what stands
            on it, grown by who walks; nan: nothing.
    """

    left_m: F64Array
    ux: F64Array
    uy: F64Array
    limit_m: F64Array
    things_m: F64Array


class View(NamedTuple):
    """What people see.

    Attributes:
        x, y: where they are, (B, P).
        discs, boxes, strip: what they may meet; without a strip they are in the open.
    """

    x: F64Array
    y: F64Array
    discs: Discs
    boxes: Boxes
    strip: Strip | None = None

    def free_m(self, ux: F64Array, uy: F64Array, pace: F64Array) -> F64Array:
        """How far they can walk in a direction at a pace before they meet something, (B, P); at most the horizon."""
        v = np.maximum(pace, _SLOWEST_MPS)
        met = np.minimum(self._people(ux * v, uy * v), self._vehicles(ux * v, uy * v)) * v
        return np.minimum(np.minimum(met, self._pavement(ux, uy)), HORIZON_M)

    def _people(self, vx: F64Array, vy: F64Array) -> F64Array:
        """Time until others are met."""
        o = self.discs
        if not bool((o.apart_m > 0.0).any()):
            return np.full(vx.shape, np.inf)
        dx, dy = o.x[:, None] - self.x[..., None], o.y[:, None] - self.y[..., None]
        wx, wy = vx[..., None] - o.vx[:, None], vy[..., None] - o.vy[:, None]
        nearer = dx * wx + dy * wy
        square = np.maximum(wx * wx + wy * wy, 1e-9)
        away = dx * dx + dy * dy - o.apart_m * o.apart_m
        inner = nearer * nearer - square * away
        time = np.maximum(nearer - np.sqrt(np.maximum(inner, 0.0)), 0.0) / square
        meets = (inner > 0.0) & (nearer > 0.0) & (o.apart_m > 0.0)
        return np.where(meets, time, np.inf).min(-1, initial=np.inf)

    def _vehicles(self, vx: F64Array, vy: F64Array) -> F64Array:
        """Time until vehicles are met: when a point enters a box, seen from it."""
        b = self.boxes
        if not bool(b.there.any()):
            return np.full(vx.shape, np.inf)
        dx, dy = self.x[..., None] - b.x[:, None], self.y[..., None] - b.y[:, None]
        wx, wy = vx[..., None] - b.vx[:, None], vy[..., None] - b.vy[:, None]
        c, s = b.cos[:, None], b.sin[:, None]
        along = _slab(dx * c + dy * s, wx * c + wy * s, b.half_length)
        across = _slab(dy * c - dx * s, wy * c - wx * s, b.half_width)
        return np.where(b.there, _entry(along, across), np.inf).min(-1)

    def _pavement(self, ux: F64Array, uy: F64Array) -> F64Array:
        """Way to the edge of the pavement or to what stands on it."""
        p = self.strip
        if p is None:
            return np.full(ux.shape, np.inf)
        ahead, aside = ux * p.ux + uy * p.uy, uy * p.ux - ux * p.uy
        room = np.maximum(np.where(aside > 0.0, p.limit_m - p.left_m, p.limit_m + p.left_m), 0.0)
        out = np.where(np.abs(aside) > 1e-3, room / np.maximum(np.abs(aside), 1e-3), np.inf)
        out = np.where(out < _WALL_M, out, np.inf)
        if not p.things_m.shape[2]:
            return out
        low, high, right, left = (p.things_m[..., k] for k in range(4))
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        along = _slab(-middle, ahead[..., None], half)
        across = _slab(p.left_m[..., None] - 0.5 * (right + left), aside[..., None], 0.5 * (left - right))
        return np.minimum(out, np.where(np.isnan(low), np.inf, _entry(along, across)).min(-1))


_Slab = tuple[F64Array, F64Array, F64Array, F64Array]


def _slab(at: F64Array, speed: F64Array, half: F64Array) -> _Slab:
    """When a point is between two walls: first and last; how deep it is now, and how fast it comes out."""
    still = np.abs(speed) < 1e-9
    divisor = np.where(still, 1.0, speed)
    one, two = (-half - at) / divisor, (half - at) / divisor
    inside = np.abs(at) < half
    first = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, two))
    last = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, two))
    return first, last, half - np.abs(at), np.where(at >= 0.0, speed, -speed)


def _entry(a: _Slab, b: _Slab) -> F64Array:
    """When a point enters a box; who is in it already meets it where they go deeper, and nothing where they come out
    by the shorter way."""
    first, last = np.maximum(a[0], b[0]), np.minimum(a[1], b[1])
    inside = (a[2] > 0.0) & (b[2] > 0.0)
    out = np.where(a[2] < b[2], a[3], b[3]) > 0.0
    time = np.where((first < last) & (last > 0.0), np.maximum(first, 0.0), np.inf)
    return np.where(inside, np.where(out, np.inf, 0.0), time)


def choose(view: View, goal: tuple[F64Array, F64Array, F64Array], pace: F64Array, taken_rad: F64Array) -> F64Array:
    """The way that people take, as an angle to that to their goal, to the left, (B, P).

    Args:
        view: what they see.
        goal: unit vector of the way to the goal, and how far that is, (B, P) each.
        pace: at which they like to walk.
        taken_rad: the way that they have taken up to now, as the same angle.
    """
    best, out = np.full(pace.shape, np.inf), np.zeros(pace.shape)
    far = np.minimum(goal[2], HORIZON_M)
    for angle in WAYS_RAD:
        c, s = float(np.cos(angle)), float(np.sin(angle))
        free = np.minimum(view.free_m(goal[0] * c - goal[1] * s, goal[1] * c + goal[0] * s, pace), far)
        left = far * far + free * free - 2.0 * far * free * c  # squared: from there to the goal
        turn = angle - taken_rad
        cost = left + _KEEPS_M2 * turn * turn + (_RIGHT_M2 if angle > 0.0 else 0.0)
        better = cost < best - 1e-12
        best, out = np.where(better, cost, best), np.where(better, angle, out)
    return out
