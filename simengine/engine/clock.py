"""Time of a run: ticks of the simulation, firings of sensors, and how long a run lasts at most."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.errors import UsageError
from simengine.language.program import Program, RecordDecl, exact_rate

__all__ = [
    "DEFAULT_LIMIT_S", "LONGEST_S", "NEVER", "TICK_RATE_HZ", "Firings", "Spans", "duration_ticks", "rate_of",
    "record_rate", "tick_time_ns", "within",
]  # fmt: skip

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Times in ns from when to when, the latter exclusive."""
TICK_RATE_HZ = 100
"""Physics, timeline and monitors, of every program: what is recorded must not change what happens (ADR 0006)."""
DEFAULT_LIMIT_S = 30.0
"""A run without ``stop after`` ends here at the latest."""
LONGEST_S = 3600.0
"""A run with it, here."""
NEVER = int(np.iinfo(np.int64).max // 2)
"""A number of ticks that no run reaches."""
_DEFAULT_RATE_HZ = 10


def tick_time_ns(tick: int, rate_hz: int) -> int:
    """Time of a tick, rounded down to whole nanoseconds."""
    return tick * 1_000_000_000 // rate_hz


def duration_ticks(seconds: F64Array, rate_hz: int) -> I64Array:
    """Durations in whole ticks, rounded up; what is a multiple of a tick but for rounding errors stays that.

    A duration that is not finite never ends.
    """
    raw = np.ceil(np.where(np.isfinite(seconds), seconds, 0.0) * rate_hz - 1e-6)
    ticks = np.maximum(raw, 0.0).astype(np.int64)
    return np.where(np.isfinite(seconds) & (seconds < 1e9), ticks, NEVER)


def within(spans_ns: Spans | None, time_ns: int) -> bool:
    """A time lies in one of some spans; None is all of the run."""
    return spans_ns is None or any(start <= time_ns < stop for start, stop in spans_ns)


def rate_of(statement: RecordDecl) -> Fraction:
    """Rate of a ``record`` statement, in Hz; 10 Hz where it names none."""
    return exact_rate(_DEFAULT_RATE_HZ if statement.rate_hz is None else statement.rate_hz)


def record_rate(program: Program, sensor: str) -> Fraction:
    """Rate at which a sensor is recorded, in Hz: the fastest of its ``record`` statements, 10 Hz without any.

    Raises:
        UsageError: a rate that is not positive.
    """
    rates = [rate_of(r) for r in program.records if r.sensor == sensor]
    rate = max(rates, default=Fraction(_DEFAULT_RATE_HZ))
    if rate <= 0:
        raise UsageError(f"sensor '{sensor}' must be recorded at a positive rate, got {float(rate):g} hz")
    return rate


@dataclass(frozen=True)
class Firings:
    """When a sensor fires and records.

    Attributes:
        rate_hz: exact rate.
        spans_ns: when it records; None: the whole run.
    """

    rate_hz: Fraction
    spans_ns: Spans | None = None

    def time_ns(self, firing: int) -> int:
        """When the sensor fires for the k-th time, from 0, rounded down to whole nanoseconds."""
        return firing * 1_000_000_000 * self.rate_hz.denominator // self.rate_hz.numerator

    def count(self, time_ns: int) -> int:
        """How often it has fired before this time."""
        return -(-time_ns * self.rate_hz.numerator // (1_000_000_000 * self.rate_hz.denominator))

    def times_ns(self, duration_ns: int) -> list[int]:
        """When it fires and records, up to and including ``duration_ns``."""
        every = (self.time_ns(k) for k in range(self.count(duration_ns) + 1))
        return [t for t in every if t <= duration_ns and self.due(t)]

    def due(self, time_ns: int) -> bool:
        """It fires and records at this time."""
        return within(self.spans_ns, time_ns) and self.time_ns(self.count(time_ns)) == time_ns
