"""Interval arithmetic: bounds of operations from bounds of their operands.

The arithmetic of the sampler is rounded monotonically (IEEE 754), so bounds made by the same operations on the ends
hold for the sampled numbers to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = [
    "ANYTHING", "EITHER", "FALSE", "FUNCTIONS", "REAL", "TRUE", "Interval", "add", "compare", "condition", "exactly",
    "factor", "negate", "over", "times",
]  # fmt: skip

_FEW = 64


@dataclass(frozen=True)
class Interval:
    """All values that an expression can take; conditions are intervals of 0 and 1.

    Attributes:
        low, high: bounds, inclusive; low > high: no number.
        nan: it may be nan.
        points: the only possible numbers, where they are few.
    """

    low: float
    high: float
    nan: bool = False
    points: frozenset[float] | None = None

    @property
    def empty(self) -> bool:
        """No value at all."""
        return not self.low <= self.high and not self.nan

    def __and__(self, other: Interval) -> Interval:
        low, high = max(self.low, other.low), min(self.high, other.high)
        points = self.points
        if points is not None:
            points = frozenset(p for p in points if low <= p <= high)
            low, high = (min(points), max(points)) if points else (math.inf, -math.inf)
        return Interval(low, high, self.nan and other.nan, points)

    def __or__(self, other: Interval) -> Interval:
        points = None
        if self.points is not None and other.points is not None and len(self.points | other.points) <= _FEW:
            points = self.points | other.points
        return Interval(min(self.low, other.low), max(self.high, other.high), self.nan or other.nan, points)


ANYTHING = Interval(-math.inf, math.inf, True)
REAL = Interval(-math.inf, math.inf)
TRUE, FALSE, EITHER = Interval(1.0, 1.0), Interval(0.0, 0.0), Interval(0.0, 1.0)


def exactly(*values: float) -> Interval:
    """Nothing but these numbers."""
    if any(math.isnan(v) for v in values):
        return ANYTHING
    return Interval(min(values), max(values), False, frozenset(values) if len(values) <= _FEW else None)


def condition(can_fail: bool, can_hold: bool, nan: bool = False) -> Interval:
    """Whether a condition holds; ``nan``: it may be undefined, and then neither it nor its negation holds."""
    return Interval(0.0 if can_fail or nan else 1.0, 1.0 if can_hold else 0.0, nan)


def _corners(a: Interval, b: Interval, ends: tuple[float, float, float, float]) -> Interval:
    """Bounds of a function that is monotone in each argument, from its corners; nan corners widen to everything."""
    if any(e != e for e in ends):
        return ANYTHING
    return Interval(min(ends), max(ends), a.nan or b.nan)


def add(a: Interval, b: Interval) -> Interval:
    """Bounds of a sum."""
    low, high = a.low + b.low, a.high + b.high
    opposite = (a.high == math.inf and b.low == -math.inf) or (a.low == -math.inf and b.high == math.inf)
    nan = a.nan or b.nan or opposite
    return Interval(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high, nan)


def negate(a: Interval) -> Interval:
    """Bounds of the number with its sign turned."""
    return Interval(-a.high, -a.low, a.nan, None if a.points is None else frozenset(-p for p in a.points))


def times(a: Interval, b: Interval) -> Interval:
    """Bounds of a product."""
    return _corners(a, b, (a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high))


def over(a: Interval, b: Interval) -> Interval:
    """Bounds of a quotient; anything where the divisor can be 0."""
    if b.low <= 0.0 <= b.high:
        return ANYTHING
    return _corners(a, b, (a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high))


def factor(product: Interval, other: Interval) -> Interval:
    """What times ``other`` can lie in ``product``.

    A quotient; where ``other`` ends at 0 and ``product`` does not hold 0, by extended division (Hansen and Walster,
    "Global Optimization Using Interval Analysis", 2004).
    """
    if product.low <= 0.0 <= product.high or not other.low <= 0.0 <= other.high or other.low < 0.0 < other.high:
        return over(product, other)
    if other.low == other.high:
        return ANYTHING  # 0 times infinity is no number either: left to what proves that it never holds
    far = other.high if other.low == 0.0 else other.low
    ends = [x / far if math.isfinite(far) else 0.0 for x in (product.low, product.high) if math.isfinite(x)]
    if (product.low > 0.0) == (far > 0.0):
        return Interval(min(map(abs, ends), default=0.0), math.inf)
    return Interval(-math.inf, -min(map(abs, ends), default=0.0))


def _monotone(function: Callable[[float], float], domain: float = -math.inf, slack: int = 0) -> Callable[..., Interval]:
    def apply(a: Interval) -> Interval:
        if a.high < domain:
            return Interval(math.inf, -math.inf, True)
        with np.errstate(all="ignore"):
            low, high = float(function(np.float64(max(a.low, domain)))), float(function(np.float64(a.high)))
        for _ in range(slack):
            low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
        return Interval(low, high, a.nan or a.low < domain)

    return apply


def _absolute(a: Interval) -> Interval:
    inner = 0.0 if a.low <= 0.0 <= a.high else min(abs(a.low), abs(a.high))
    return Interval(inner, max(abs(a.low), abs(a.high)), a.nan)


def _smaller(a: Interval, b: Interval) -> Interval:
    return Interval(min(a.low, b.low), min(a.high, b.high), a.nan or b.nan)


def _larger(a: Interval, b: Interval) -> Interval:
    return Interval(max(a.low, b.low), max(a.high, b.high), a.nan or b.nan)


def _wave(a: Interval) -> Interval:
    return Interval(-1.0, 1.0, a.nan or math.isinf(a.low) or math.isinf(a.high))


FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "abs": _absolute, "min": _smaller, "max": _larger, "floor": _monotone(np.floor), "ceil": _monotone(np.ceil),
    "round": _monotone(np.rint), "sqrt": _monotone(np.sqrt, 0.0), "exp": _monotone(np.exp, slack=4),
    "log": _monotone(np.log, 0.0, slack=4), "sin": _wave, "cos": _wave,
}  # fmt: skip


def compare(op: str, a: Interval, b: Interval) -> Interval:
    """Whether a comparison holds."""
    if not a.low <= a.high or not b.low <= b.high:
        return condition(True, False, True)  # nan on one side always
    if op in (">", ">="):
        return compare("<" if op == ">" else "<=", b, a)
    nan = a.nan or b.nan
    if op == "<":
        return condition(a.high >= b.low, a.low < b.high, nan)
    if op == "<=":
        return condition(a.high > b.low, a.low <= b.high, nan)
    meet = a.low <= b.high and b.low <= a.high
    if a.points is not None and b.points is not None:
        meet = bool(a.points & b.points)
    same = a.low == a.high == b.low == b.high
    return condition(not same, meet, nan) if op == "==" else condition(meet, not same, nan)
