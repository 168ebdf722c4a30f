"""Drivers who act late: what they do answers what they saw a reaction time ago.

The delayed following of M. Treiber, A. Kesting, D. Helbing, "Delays, inaccuracies and anticipation in microscopic
traffic models", Physica A 360 (2006), eq. 5, in whole ticks. C = vehicles with a controller.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array

__all__ = ["Reflexes"]


class Reflexes:
    """What was decided in the last ticks.

    Args:
        late: ticks between seeing and acting, (B, C).
    """

    def __init__(self, late: I64Array) -> None:
        self._late = late
        self._depth = int(late.max(initial=0)) + 1
        self._decided: F64Array = np.zeros((self._depth if self._depth > 1 else 0, *late.shape))
        self._since: I64Array = np.zeros(late.shape, np.int64)  # each took over
        self._tick = 0

    def act(self, decided: F64Array) -> F64Array:
        """What is done in this tick, given what would be done at once, (B, C); at first, what was decided first."""
        if self._depth == 1:
            return decided
        self._decided[self._tick % self._depth] = decided
        when = (self._tick - np.minimum(self._late, self._since)) % self._depth
        self._tick += 1
        self._since += 1
        return np.take_along_axis(self._decided, when[None], 0)[0]

    def changed(self, late: I64Array, c: int, rows: BoolArray) -> Reflexes:
        """The same with another driver of one vehicle in some variants, who has decided nothing yet."""
        out = Reflexes(late)
        out._tick = min(self._tick, self._depth - 1, out._depth - 1)
        for k in range(out._tick):
            out._decided[k] = self._decided[(self._tick - out._tick + k) % self._depth]
        out._since = np.minimum(self._since, out._tick)
        out._since[rows, c] = 0
        return out
