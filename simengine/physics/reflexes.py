"""Drivers who act late: what they do answers what they saw a reaction time ago; and drivers who look away from the
road: as long as they do, they keep their feet where they are, and see neither others nor signals.

The delayed following of M. Treiber, A. Kesting, D. Helbing, "Delays, inaccuracies and anticipation in microscopic
traffic models", Physica A 360 (2006), eq. 5, in whole ticks. C = vehicles with a controller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.agenda import Argument
from simengine.physics.parameters import table

__all__ = ["GLANCE_DEFAULTS", "Glances", "Reflexes"]

GLANCE_DEFAULTS = {"glance": 0.0, "glance_every": 6.0, "glance_at": 0.0}
"""Seconds: how long each look away lasts, from one to the next, and when the first begins."""


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


class Glances:
    """Who looks away from the road, and when: at even times, so that nothing is left to chance during a run.

    Args:
        arguments: of the controllers, for each vehicle.
        drivers: whom they hold for, (B, C).
        dt_s: length of a tick.
    """

    def __init__(self, arguments: Sequence[Mapping[str, Argument]], drivers: BoolArray, dt_s: float) -> None:
        self._given = {
            k: table(arguments, k, drivers.shape, np.full(drivers.shape, d)) for k, d in GLANCE_DEFAULTS.items()
        }
        self._held: F64Array = np.zeros(drivers.shape)
        self._dt_s = dt_s
        self.sort(drivers)

    def sort(self, drivers: BoolArray) -> None:
        """Which vehicles have a driver now, (B, C)."""
        self._some = bool((drivers & (self._given["glance"] > 0.0)).any())
        self._drivers = drivers

    def switch(self, given: Mapping[str, Argument], c: int, rows: BoolArray) -> None:
        """Vehicle ``c`` has another driver in some variants."""
        for name, default in GLANCE_DEFAULTS.items():
            new = table([given], name, (rows.size, 1), np.full((rows.size, 1), default))
            self._given[name][rows, c] = new[rows, 0]
        self._held[rows, c] = 0.0

    def away(self, tick: int) -> BoolArray:
        """Who looks away in a tick, (B, C)."""
        if not self._some:
            return np.zeros(self._drivers.shape, np.bool_)
        long, every, first = (np.rint(v / self._dt_s) for v in self._given.values())
        since = tick - first
        return self._drivers & (since >= 0.0) & (np.mod(since, np.maximum(every, 1.0)) < long)

    def act(self, tick: int, decided: F64Array) -> F64Array:
        """What is done, given what would be done by who looks, (B, C)."""
        if not self._some:
            return decided
        self._held = np.where(self.away(tick), self._held, decided)
        return self._held
