"""Parts of [0, 1): the numbers u with which a law gives certain values, and uniform numbers spread over them.

Drawing u uniformly from the part S = {u: Q(u) in A} draws the law conditioned on A, exactly: that is truncation in the
unit cube, for any law and for sets of several pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.language.distributions import Law, Stepped, Table

__all__ = ["WHOLE", "Shares", "between", "between_each", "chosen_levels"]

_BELOW_ONE = 1.0 - 2.0**-53
_STEPS = 60
_ROOM = 1e-9  # around ends found by bisection: inverse distribution functions are rounded and not quite monotone


@dataclass(frozen=True)
class Shares:
    """Disjoint pieces [low, high) of [0, 1), increasing.

    Attributes:
        pieces: (low, high) of each; none: nothing.
    """

    pieces: tuple[tuple[float, float], ...]

    @staticmethod
    def of(pieces: Iterable[tuple[float, float]]) -> Shares:
        """Pieces in any order; those that touch are joined, empty ones left out."""
        out: list[tuple[float, float]] = []
        for low, high in sorted((a, b) for a, b in pieces if b > a):
            if out and low <= out[-1][1]:
                out[-1] = (out[-1][0], max(out[-1][1], high))
            else:
                out.append((low, high))
        return Shares(tuple(out))

    @property
    def size(self) -> float:
        """Length of all pieces: the probability of the values."""
        return float(sum(high - low for low, high in self.pieces))

    @property
    def whole(self) -> bool:
        """All of [0, 1)."""
        return self.pieces == ((0.0, 1.0),)

    def __and__(self, other: Shares) -> Shares:
        return Shares.of((max(a, c), min(b, d)) for a, b in self.pieces for c, d in other.pieces)

    def spread(self, u: F64Array) -> F64Array:
        """Numbers in [0, 1), spread over the pieces in proportion to their lengths and in order."""
        if self.whole or not self.pieces:
            return u
        low: F64Array = np.array([a for a, _ in self.pieces])
        last: F64Array = np.maximum(np.nextafter(np.array([b for _, b in self.pieces]), 0.0), low)
        starts: F64Array = np.concatenate([[0.0], np.cumsum([b - a for a, b in self.pieces])])
        at: F64Array = u * float(starts[-1])
        k = np.searchsorted(starts[1:-1], at, side="right")
        return np.minimum(low[k] + (at - starts[k]), last[k])

    def holds(self, u: F64Array) -> BoolArray:
        """Which numbers lie in a piece."""
        inside = np.zeros(u.shape, np.bool_)
        for low, high in self.pieces:
            inside |= (u >= low) & (u < high)
        return inside


WHOLE = Shares(((0.0, 1.0),))


def chosen_levels(law: Law, wanted: Callable[[F64Array], BoolArray]) -> Shares | None:
    """The numbers with which a finite list gives certain values; None: the law is no such list, or a long one.

    Args:
        law: of one variable, its parameters constant.
        wanted: which of the values, shape (m,) (a joint table: (m, components)).
    """
    if isinstance(law, Table) and not law.rows:
        edges = np.concatenate([[0.0], law.edges, [1.0]])
        keep = np.zeros(len(law.values), np.bool_)
        keep[law.keep] = wanted(np.asarray(law.values)[law.keep])
        return Shares.of((float(edges[k]), float(edges[k + 1])) for k in np.flatnonzero(keep))
    if isinstance(law, Stepped) and law.table is not None:
        count = law.table.size
        return Shares.of((k / count, (k + 1) / count) for k in np.flatnonzero(wanted(law.table)).tolist())
    return None


def between(law: Law, low: float, high: float, room: float = _ROOM) -> Shares:
    """Numbers with which a law that rises with u gives values of low..high: all of them, and next to no other."""
    return between_each(law, [(low, high)], room)[0]


def between_each(law: Law, ranges: Sequence[tuple[float, float]], room: float) -> list[Shares]:
    """The same for many ranges at once."""
    lows, highs = (np.array(ends, np.float64) for ends in zip(*ranges, strict=True))
    first = _crossings(lambda u: np.asarray(law.quantile(u)) >= lows, lows.size)
    last = _crossings(lambda u: np.asarray(law.quantile(u)) > highs, lows.size)
    first = np.where(first > 0.0, np.maximum(first - room, 0.0), 0.0)
    last = np.where(last < 1.0, np.minimum(last + room, 1.0), 1.0)
    return [Shares.of([(a, b)]) for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def _crossings(beyond: Callable[[F64Array], BoolArray], n: int) -> F64Array:
    """The numbers from which conditions hold, by bisection: 0 where always, 1 where never."""
    low, high = np.zeros(n), np.ones(n)
    always, never = beyond(low), ~beyond(np.full(n, _BELOW_ONE))
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        past = beyond(np.minimum(middle, _BELOW_ONE))
        low, high = np.where(past, low, middle), np.where(past, middle, high)
    return np.where(always, 0.0, np.where(never, 1.0, low))
