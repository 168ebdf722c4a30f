"""Which pairs of a batch begin to touch: every pair is looked at only when it can have come near since last time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.boxes import Boxes, first_contact, overlap, plane_gap_m
from simengine.physics.cast import DRIVEN_OVER_M, Cast

__all__ = ["Contacts", "Shapes", "Touches"]

_RELATIVE_MPS2 = 24.0
"""Two actors do not change their relative velocity faster than this: full brakes on one side, full throttle and a
swinging tail on the other."""
_NEVER = np.iinfo(np.int32).max
_FARTHEST_TICKS = 1000


class Shapes(NamedTuple):
    """Upright boxes of all actors and how they move, (B, A) each."""

    x: F64Array
    y: F64Array
    cos: F64Array
    sin: F64Array
    half_length: F64Array
    half_width: F64Array
    bottom: F64Array
    top: F64Array

    def take(self, rows: I64Array, slots: I64Array) -> Boxes:
        """Boxes of some actors, (N,)."""
        return Boxes(*(v[rows, slots] for v in self))


class Touches(NamedTuple):
    """Pairs that begin to touch in this tick, (N,) each: variant, slots (the lower one first), and at which share of
    the tick."""

    row: I64Array
    first: I64Array
    second: I64Array
    share: F64Array


class Contacts:
    """Pairs of actors of a batch.

    What touches from the start, or has been let pass, is no news until the two have come apart.

    Args:
        cast: who takes part.
        strikers: which slots can run into others, (A,): pairs of which neither can are looked at only where one has
            been set free (:meth:`watch`).
        targets: which slots can be struck, (A,).
    """

    def __init__(self, cast: Cast, strikers: BoolArray, targets: BoolArray, dt_s: float) -> None:
        tall = cast.body.size_m[..., 2] > DRIVEN_OVER_M
        valid = cast.body.valid & tall & (targets | strikers)
        one, two = np.triu_indices(cast.slots, 1)
        some = np.array([bool((valid[:, a] & valid[:, b]).any()) for a, b in zip(one, two, strict=True)], np.bool_)
        self.first: I64Array = one[some].astype(np.int64)
        self.second: I64Array = two[some].astype(np.int64)
        self.there: BoolArray = valid[:, self.first] & valid[:, self.second]
        watched = self.there & (strikers[self.first] | strikers[self.second])
        self._due: npt.NDArray[np.int32] = np.where(watched, 0, _NEVER).astype(np.int32)
        self._inside: BoolArray = np.zeros(self.there.shape, np.bool_)
        self._dt_s = dt_s

    def watch(self, row: int, slot: int) -> None:
        """An actor of a variant has been set free: it can run into anything from now on."""
        mine = ((self.first == slot) | (self.second == slot)) & self.there[row]
        self._due[row, mine] = 0

    def recheck(self, slot: int, rows: BoolArray) -> None:
        """An actor has been put somewhere else or at another speed in some rows, (B,)."""
        mine = (self.first == slot) | (self.second == slot)
        again = rows[:, None] & mine & (self._due != _NEVER)
        self._due[again] = 0

    def forget(self, row: int, first: int, second: int) -> None:
        """Somebody else looks after a pair from now on."""
        self._due[row, (self.first == first) & (self.second == second)] = _NEVER

    def begin(self, shapes: Shapes, rows: BoolArray, slot: int | None = None) -> None:
        """What touches now has done so before: it is no news.

        Args:
            shapes: of all.
            rows: where, (B,).
            slot: only pairs of this one.
        """
        mine = np.ones(self.first.size, np.bool_) if slot is None else (self.first == slot) | (self.second == slot)
        row, pair = np.nonzero((rows[:, None] & mine) & (self._due != _NEVER))
        if row.size:
            a, b = (shapes.take(row, s[pair]) for s in (self.first, self.second))
            self._inside[row, pair] = overlap(a, b)

    def look(
        self, tick: int, shapes: Shapes, before: Shapes, velocity: tuple[F64Array, F64Array], yaw_rate: F64Array
    ) -> Touches:  # fmt: skip
        """Pairs that begin to touch in the tick that ends now.

        Args:
            tick: its number.
            shapes: at its end.
            before: at its start.
            velocity: of all in it, x and y, (B, A).
            yaw_rate: (B, A).
        """
        row, pair = np.nonzero(self._due <= tick)
        a, b = self.first[pair], self.second[pair]
        if not row.size:
            return Touches(row, a, b, np.zeros(0))
        one, two = shapes.take(row, a), shapes.take(row, b)
        gap = plane_gap_m(one, two)
        vx, vy = (v[row, a] - v[row, b] for v in velocity)
        reach_a, reach_b = (np.sqrt(q.half_length_m**2 + q.half_width_m**2) for q in (one, two))
        pace = np.sqrt(vx * vx + vy * vy) + np.abs(yaw_rate[row, a]) * reach_a + np.abs(yaw_rate[row, b]) * reach_b
        free = np.maximum(gap, 0.0)
        soon = (np.sqrt(pace * pace + 2.0 * _RELATIVE_MPS2 * free) - pace) * (1.0 / _RELATIVE_MPS2)
        ticks = np.clip(np.floor(soon * (1.0 / self._dt_s)), 1.0, _FARTHEST_TICKS).astype(np.int32)
        touch = (gap <= 0.0) & (np.maximum(one.bottom_m, two.bottom_m) <= np.minimum(one.top_m, two.top_m))
        news = touch & ~self._inside[row, pair]
        self._inside[row, pair] = touch
        self._due[row, pair] = tick + ticks
        row, a, b = row[news], a[news], b[news]
        if not row.size:
            return Touches(row, a, b, np.zeros(0))
        old, new = ((s.take(row, a), s.take(row, b)) for s in (before, shapes))
        return Touches(row, a, b, np.minimum(first_contact(old, new), 1.0))
