"""Continuous and counting laws by their inverse distribution functions, truncated exactly.

Q(u) = F^-1(F(low) + u (F(high) - F(low))); distribution functions are those of scipy.special. Parameters are scalars or
arrays (they may depend on other variables); parameters that make no distribution give nan.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.language.beta import LARGEST, quantile_of
from simengine.language.tails import FAR, far_normal

__all__ = ["EVERYWHERE", "FAMILIES", "LARGEST_MEAN", "Bounds", "Continuous", "plainly_normal", "uniform"]

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
            value = np.clip(self.inverse(np.maximum(u, _TINY)), self.low, self.high)
            some = self.low <= self.high
            return value if np.all(some) else np.where(some, value, np.nan)

    def level(self, k: I64Array) -> F64Array:
        """Not a finite list."""
        raise NotImplementedError("a continuous law has quantiles, not levels")


def _special(name: str) -> Callable[..., Array]:
    """A ufunc of scipy.special, imported on first use (it costs a tenth of a second)."""
    return getattr(importlib.import_module("scipy.special"), name)


LARGEST_MEAN = 1e10
"""Of a Poisson law: up to here the inverse of SciPy finds the count."""
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
    a, b = (bounds[0] - mean) / sigma, (bounds[1] - mean) / sigma
    flip = a > 0  # both ends in the upper tail: mirror, 1 - tiny has no digits
    above, below = a > FAR, b < -FAR
    far = above | below

    @lru_cache(maxsize=1)
    def ends() -> Bounds:  # when they are needed: a check of a text should not wait for SciPy
        ndtr = _special("ndtr")
        return np.where(flip, ndtr(-b), ndtr(a)), np.where(flip, ndtr(-a), ndtr(b))

    def inverse(u: F64Array) -> Array:
        ndtri, (low, high) = _special("ndtri"), ends()
        z = ndtri(low + np.where(flip, 1.0 - u, u) * (high - low))
        z = np.where(flip, -z, z)
        if not far.any():
            return z
        share, rest = np.where(above, u, 1.0 - u), np.where(above, 1.0 - u, u)
        tail = far_normal(np.where(above, a, -b), np.where(above, b, -a), share, rest)
        return np.where(far, np.where(above, tail, -tail), z)

    return inverse


def plainly_normal(params: list[Array], bounds: Bounds) -> bool:
    """A normal law of whose numbers everybody can see that there is something to draw."""
    mean, sigma = (float(p) for p in params)
    low, high = (float(b) for b in bounds)
    finite = math.isfinite(mean * mean + 100.0 * sigma * sigma)
    return finite and low <= mean <= high and 0.0 < sigma < 1e3 * (high - low)


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
    if _plain(a, b) and bounds is EVERYWHERE:
        return Continuous(quantile_of(int(a.item()), int(b.item())), np.where(valid, low, np.nan), high)

    def inverse(u: F64Array) -> Array:
        x = quantile(first, second, f_low + np.where(flip, 1.0 - u, u) * (f_high - f_low))
        return np.where(flip, 1.0 - x, x)

    return Continuous(inverse, np.where(valid, low, np.nan), high)


def _plain(a: Array, b: Array) -> bool:
    """One pair of whole numbers, not too large (with a 1 among them the law has a root for its quantile)."""
    if a.size != 1 or b.size != 1:
        return False
    one, two = float(a.item()), float(b.item())
    return one >= 2.0 and two >= 2.0 and one.is_integer() and two.is_integer() and one + two <= LARGEST


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
    """The smallest k with F(k) >= p; a mean of 0 is always 0, one above :data:`LARGEST_MEAN` makes none."""
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

    return Continuous(invert, np.where((mean >= 0) & (mean <= LARGEST_MEAN) & some, low, np.nan), high)


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
    if edges.ndim != 1 or weights.ndim != 1 or any(b.ndim for b in bounds):
        return _histograms(edges, weights, bounds)
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


def _histograms(edges: F64Array, weights: F64Array, bounds: Bounds) -> Continuous:
    """One histogram a row: edges (*batch, bins + 1) and weights (*batch, bins), where either may have no batch axes.

    Bin by bin, so that a row has the same bits alone and in any batch. Rows whose numbers make none have no value.
    """
    if edges.shape[-1] != weights.shape[-1] + 1:
        raise ValueError(
            f"'histogram' needs one weight a bin; found {edges.shape[-1]} edges and {weights.shape[-1]} weights"
        )
    ends = [np.ascontiguousarray(edges[..., k]) for k in range(edges.shape[-1])]
    mass = [np.ascontiguousarray(weights[..., k]) for k in range(weights.shape[-1])]
    with np.errstate(all="ignore"):
        sums: list[Array] = [np.array(0.0)]
        for weight in mass:
            sums.append(sums[-1] + weight)
        shares = [s / sums[-1] for s in sums]
        valid = (sums[-1] > 0) & np.isfinite(sums[-1])
        for weight in mass:
            valid = valid & (weight >= 0)
        for a, b in pairwise(ends):
            valid = valid & (b > a) & np.isfinite(b - a)
        low, high = ends[-1], ends[0]  # of the bins of some weight
        for k, weight in enumerate(mass):
            low = np.where((weight > 0) & (ends[k] < low), ends[k], low)
            high = np.where(weight > 0, ends[k + 1], high)
        low, high = np.maximum(low, bounds[0]), np.minimum(high, bounds[1])
        f_low, f_high = (_shares_below(x, ends, shares) for x in (low, high))
        valid = valid & (f_high > f_low)

    def inverse(u: F64Array) -> Array:
        p = f_low + u * (f_high - f_low)
        value = np.full(p.shape, np.nan)
        for k, weight in enumerate(mass):  # the last bin of some weight that begins at p or below
            inside = ends[k] + (p - shares[k]) / (shares[k + 1] - shares[k]) * (ends[k + 1] - ends[k])
            value = np.where((weight > 0) & (shares[k] <= p), inside, value)
        return value

    return Continuous(inverse, np.where(valid, low, np.nan), np.where(valid, high, np.nan))


def _shares_below(x: Array, ends: list[Array], shares: list[Array]) -> Array:
    """Share of each row's histogram below x."""
    found: Array = np.zeros(np.shape(x))
    for k in range(len(ends) - 1):
        part = np.clip((x - ends[k]) / (ends[k + 1] - ends[k]), 0.0, 1.0)
        found = np.where(x >= ends[k], shares[k] + part * (shares[k + 1] - shares[k]), found)
    return found


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
