"""How many combinations of bins are asked for: counted before any is made, by ``check`` and by every command."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.errors import many
from simengine.language.limits import CROSS_SETS, CROSS_TUPLES

__all__ = ["Crossed"]

_ENDLESS = 1e300


@dataclass(frozen=True)
class Crossed:
    """A count of combinations.

    Attributes:
        sets: choices of some of the items.
        tuples: combinations of the bins of the items of each set, all together.
    """

    sets: float = 0.0
    tuples: float = 0.0

    @classmethod
    def of(cls, counts: Sequence[int | None], ways: int) -> Crossed:
        """Of every choice of so many items.

        The number of tuples is the elementary symmetric polynomial of the counts, by its recursion item by item.

        Args:
            counts: bins of each item; None: no end, which counts as one (only bins that occur are counted).
            ways: how many items at a time; more than there are means all of them.
        """
        ways = min(ways, len(counts))
        if not ways:
            return cls()
        sums = np.zeros((2, ways + 1))
        sums[:, 0] = 1.0
        for count in counts:
            factors = np.array([[1.0], [float(max(count or 1, 1))]])
            sums[:, 1:] = np.minimum(sums[:, 1:] + factors * sums[:, :-1], _ENDLESS)
        return cls(float(sums[0, ways]), float(sums[1, ways]))

    def __add__(self, other: Crossed) -> Crossed:
        return Crossed(min(self.sets + other.sets, _ENDLESS), min(self.tuples + other.tuples, _ENDLESS))

    @property
    def excess(self) -> str | None:
        """What is more than its limit, for a message; None: nothing is."""
        if self.sets > CROSS_SETS:
            return f"{many(math.floor(self.sets))} sets of items, more than the limit of {CROSS_SETS:,}"
        if self.tuples > CROSS_TUPLES:
            return f"{many(math.floor(self.tuples))} combinations of bins, more than the limit of {CROSS_TUPLES:,}"
        return None
