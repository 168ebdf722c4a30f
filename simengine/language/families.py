"""Continuous and counting laws by their inverse distribution functions, truncated exactly.

Q(u) = F^-1(F(low) + u (F(high) - F(low))); distribution functions are those of scipy.special. Parameters are scalars or
arrays (they may depend on other variables); parameters that make no distribution give nan.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.errors import NotRunnableError
from simengine.language.tails import FAR, far_normal

__all__ = ["EVERYWHERE", "FAMILIES", "Bounds", "Continuous", "uniform"]

_LITTLE = 1e-6  # a share of a counting law that is too small for differences of its distribution function
_LONGEST_TAIL = 65_536
_TINY = 2.0**-54  # the middle of the first cell of u's grid: u = 0 must not give -inf


@dataclass(frozen=True)
class Continuous:
    """A law given by its inverse distribution function.

    Attributes:
        inverse: Q(u), elementwise.
        low, high: support; numbers or one per row. Values are clipped to it against rounding.
    """

    inverse: Callable[[F64Array], Array]
    low: Array
    high: Array

    @property
    def levels(self) -> int | None:
        """None: not a finite list."""
        return None

    @property
    def support(self) -> tuple[float, float]:
        """Smallest lower and largest upper end."""
        return float(np.min(self.low)), float(np.max(self.high))

    def quantile(self, u: F64Array) -> Array:
        """The value below which a share u of the law lies."""
        with np.errstate(all="ignore"):
            value = self.inverse(np.maximum(u, _TINY))
            return np.where(self.low <= self.high, np.clip(value, self.low, self.high), np.nan)

    def level(self, k: I64Array) -> F64Array:
        """Not a finite list."""
        raise NotImplementedError("a continuous law has quantiles, not levels")


def _special(name: str) -> Callable[..., Array]:
    """A ufunc of scipy.special, imported on first use (it costs a tenth of a second)."""
    return getattr(importlib.import_module("scipy.special"), name)


Bounds: TypeAlias = tuple[Array, Array]
"""``within``: lowest and highest allowed value."""
EVERYWHERE: Bounds = (np.array(-np.inf), np.array(np.inf))
"""No truncation."""


def uniform(low: Array, high: Array) -> Continuous:
    """Equally likely everywhere between two ends."""
    valid = np.isfinite(low) & np.isfinite(high)
    return Continuous(lambda u: low + (high - low) * u, np.where(valid, low, np.nan), high)


def _truncated_normal(sigma: Array, bounds: Bounds, mean: Array) -> Callable[[F64Array], Array]:
    """Standard normal quantiles between two bounds, computed in the tail that keeps the digits."""
    ndtr, ndtri = _special("ndtr"), _special("ndtri")
    a, b = (bounds[0] - mean) / sigma, (bounds[1] - mean) / sigma
    flip = a > 0  # both ends in the upper tail: mirror, 1 - tiny has no digits
    low, high = np.where(flip, ndtr(-b), ndtr(a)), np.where(flip, ndtr(-a), ndtr(b))
    above, below = a > FAR, b < -FAR
    far = above | below

    def inverse(u: F64Array) -> Array:
        z = ndtri(low + np.where(flip, 1.0 - u, u) * (high - low))
        z = np.where(flip, -z, z)
        if not far.any():
            return z
        share, rest = np.where(above, u, 1.0 - u), np.where(above, 1.0 - u, u)
        tail = far_normal(np.where(above, a, -b), np.where(above, b, -a), share, rest)
        return np.where(far, np.where(above, tail, -tail), z)

    return inverse


def _normal(params: list[Array], bounds: Bounds) -> Continuous:
    mean, sigma = params
    z = _truncated_normal(sigma, bounds, mean)
    low = np.where(sigma > 0, bounds[0], np.where(sigma == 0, mean, np.nan))
    high = np.where(sigma > 0, bounds[1], mean)
    inside = np.isfinite(mean) & ((sigma > 0) | ((mean >= bounds[0]) & (mean <= bounds[1])))
    return Continuous(lambda u: np.where(sigma > 0, mean + sigma * z(u), mean), np.where(inside, low, np.nan), high)


def _lognormal(params: list[Array], bounds: Bounds) -> Continuous:
    median, sigma = params
    with np.errstate(all="ignore"):
        logs = (np.log(np.maximum(bounds[0], 0.0)), np.log(np.maximum(bounds[1], 0.0)))
        inner = _normal([np.where(median > 0, np.log(median), np.nan), sigma], logs)
        low, high = (np.clip(np.exp(x), np.maximum(bounds[0], 0.0), bounds[1]) for x in (inner.low, inner.high))

    def inverse(u: F64Array) -> Array:
        return np.exp(np.ascontiguousarray(inner.quantile(u)))

    return Continuous(inverse, low, high)


def _beta(params: list[Array], bounds: Bounds) -> Continuous:
    a, b = params
    cdf, quantile = _special("betainc"), _special("betaincinv")
    low, high = np.maximum(bounds[0], 0.0), np.minimum(bounds[1], 1.0)
    flip = cdf(a, b, np.clip(low, 0, 1)) > 0.5  # mirrored as the normal law is: 1 - x has the law of b and a
    first, second = np.where(flip, b, a), np.where(flip, a, b)
    ends = np.where(flip, 1.0 - high, low), np.where(flip, 1.0 - low, high)
    f_low, f_high = (cdf(first, second, np.clip(x, 0, 1)) for x in ends)
    valid = (a > 0) & (b > 0) & ((f_high > f_low) | (low == high))

    def inverse(u: F64Array) -> Array:
        x = quantile(first, second, f_low + np.where(flip, 1.0 - u, u) * (f_high - f_low))
        return np.where(flip, 1.0 - x, x)

    return Continuous(inverse, np.where(valid, low, np.nan), high)


def _triangular(params: list[Array], bounds: Bounds) -> Continuous:
    low, mode, high = params
    below, above = (mode - low) * (high - low), (high - mode) * (high - low)
    upper = bounds[0] >= mode  # what lies above has the digits there

    def cdf(x: Array) -> Array:
        x = np.clip(x, low, high)
        left = np.where(x > low, (x - low) ** 2 / below, 0.0)
        return np.where(x <= mode, left, 1.0 - np.where(x < high, (high - x) ** 2 / above, 0.0))

    with np.errstate(all="ignore"):
        f_low, f_high = cdf(bounds[0]), cdf(bounds[1])
        ends = (high - np.clip(bounds[0], low, high)) ** 2, (high - np.clip(bounds[1], low, high)) ** 2

    def inverse(u: F64Array) -> Array:
        p = f_low + u * (f_high - f_low)
        x = np.where(p * (high - low) <= mode - low, low + np.sqrt(p * below), high - np.sqrt((1.0 - p) * above))
        return np.where(upper, high - np.sqrt(ends[0] + u * (ends[1] - ends[0])), x)

    valid = (low <= mode) & (mode <= high) & np.isfinite((high - low) ** 2)
    start = np.where(valid, np.maximum(low, bounds[0]), np.nan)
    return Continuous(inverse, start, np.minimum(high, bounds[1]))


def _poisson(params: list[Array], bounds: Bounds) -> Continuous:
    """The smallest k with F(k) >= p; a mean of 0 is always 0."""
    (mean,) = params
    cdf, inverse = _special("pdtr"), _special("pdtrik")
    low, high = np.ceil(np.maximum(bounds[0], 0.0)), np.floor(bounds[1])
    f_low = np.where(low > 0, cdf(np.maximum(low - 1, 0), mean), 0.0)
    f_high = np.where(np.isfinite(high), cdf(np.where(np.isfinite(high), np.maximum(high, 0), 0), mean), 1.0)
    high = np.where(mean > 0, high, np.minimum(high, 0.0))
    some = np.asarray((f_high - f_low > _LITTLE) | (mean == 0))
    if some.ndim == 0 and not some and mean > 0 and low <= high:
        return _poisson_tail(float(mean), float(low), float(high))

    def invert(u: F64Array) -> Array:
        p = f_low + u * (f_high - f_low)
        k = np.maximum(np.ceil(inverse(p, mean)), 0.0)
        k = np.where((k > 0) & (cdf(np.maximum(k - 1, 0), mean) >= p), k - 1, k)  # pdtrik is good to some digits only
        return np.where(mean > 0, np.where(cdf(k, mean) < p, k + 1, k), 0.0)

    return Continuous(invert, np.where((mean >= 0) & some, low, np.nan), high)


def _poisson_tail(mean: float, low: float, high: float) -> Continuous:
    """Counts far from the mean: their weights from the one nearest to it on, by the ratio mean / k of neighbours."""
    count = int(min(high - low + 1.0, _LONGEST_TAIL))
    rising = low > mean
    away = np.arange(count, dtype=np.float64)
    k: F64Array = np.asarray(low + away if rising else high - away, np.float64)
    ratios: F64Array = mean / k[1:] if rising else k[:-1] / mean
    weights: F64Array = np.exp(np.append(0.0, np.log(ratios).cumsum()))
    kept = weights[-1] < _TINY or count == high - low + 1.0  # else the bounds hold more than this
    sums: F64Array = np.cumsum(weights)

    def invert(u: F64Array) -> Array:
        share: F64Array = (u if rising else 1.0 - u) * float(sums[-1])
        return k.take(np.searchsorted(sums, share, side="right"), mode="clip")

    return Continuous(invert, np.array(low if kept else np.nan), np.array(high))


def _histogram(params: list[Array], bounds: Bounds) -> Continuous:
    edges, weights = (np.asarray(p, np.float64) for p in params)
    if any(b.ndim for b in bounds):
        raise NotRunnableError("the bounds of a histogram that depend on other variables do not run yet")
    if edges.ndim != 1 or weights.ndim != 1:
        raise NotRunnableError("a histogram whose numbers depend on other variables does not run yet")
    steps = np.diff(edges)
    fits = edges.size == weights.size + 1 and (steps > 0).all() and np.isfinite(steps).all()
    if not fits or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise ValueError(
            "'histogram' needs edges in rising order and one weight >= 0 a bin, not all zero; found "
            f"{edges.size} edges and {weights.size} weights"
        )
    used = np.flatnonzero(weights > 0)
    shares = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
    first, last = int(used[0]), int(used[-1]) + 1
    low, high = max(edges[first].item(), bounds[0].item()), min(edges[last].item(), bounds[1].item())
    f_low, f_high = (_below(x, edges, shares) for x in (low, high))
    if not f_high > f_low:
        raise ValueError("the bounds after 'within' hold none of the weight of this 'histogram'")

    def inverse(u: F64Array) -> Array:
        p: F64Array = f_low + u * (f_high - f_low)
        k = used[np.minimum(np.searchsorted(shares[used], p, side="right") - 1, used.size - 1)]
        return edges[k] + (p - shares[k]) / (shares[k + 1] - shares[k]) * steps[k]

    return Continuous(inverse, np.array(low), np.array(high))


def _below(x: float, edges: F64Array, shares: F64Array) -> float:
    """Share of a histogram below x."""
    k = min(max(int(np.searchsorted(edges, x, side="right")) - 1, 0), edges.size - 2)
    part = (x - edges[k]) / (edges[k + 1] - edges[k])
    return float(shares[k] + min(max(part, 0.0), 1.0) * (shares[k + 1] - shares[k]))


FAMILIES: dict[str, tuple[int, Callable[[list[Array], Bounds], Continuous]]] = {
    "normal": (2, _normal), "lognormal": (2, _lognormal), "beta": (2, _beta), "triangular": (3, _triangular),
    "poisson": (1, _poisson), "histogram": (2, _histogram),
}  # fmt: skip
"""Families that run: number of parameters, and the law."""
