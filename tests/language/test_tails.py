"""Truncated laws far out in their tails, against the same laws in 60 decimal digits."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy import stats

from simengine.language.distributions import Law, LawError, make_law
from simengine.world.library import NUMBER

from . import builder as b


def law(*args: object, within: tuple[float, float]) -> Law:
    family = b.family(*args, within=within)  # type: ignore[arg-type]
    return make_law(family, NUMBER, lambda e: np.array(e.value))  # type: ignore[union-attr]


def log_tail(z: Decimal) -> Decimal:
    """log Q(z) without its constant: Laplace's continued fraction of Mills' ratio (A&S 26.2.14), 2,000 terms."""
    fraction = z
    for k in range(2000, 0, -1):
        fraction = z + Decimal(k) / fraction
    return -z * z / 2 - fraction.ln()


def share_below(x: float, low: float, high: float) -> float:
    """(Phi(x) - Phi(low)) / (Phi(high) - Phi(low)) in 60 digits."""
    with localcontext(prec=60):
        at, a, c = (log_tail(Decimal(v)) for v in (x, low, high))
        return float((1 - (at - a).exp()) / (1 - (c - a).exp()))


@pytest.mark.parametrize("low, high", [(50, 51), (31, 32), (38, 1e6), (50, 50.001), (1000, 1001), (1e7, 2e7)])
@pytest.mark.parametrize("u", [1e-6, 0.1, 0.5, 0.9, 1 - 1e-9])
def test_far_normal_is_inverted_exactly(low: float, high: float, u: float) -> None:
    """Q must give the double next to the exact quantile: the exact shares below its two neighbours enclose u."""
    for mirrored in (False, True):
        bounds = (-high, -low) if mirrored else (low, high)
        x = float(law("normal", 0, 1, within=bounds).quantile(np.array([1 - u if mirrored else u]))[0])
        x = -x if mirrored else x
        below, above = (max(low, min(high, math.nextafter(x, s * math.inf))) for s in (-1, 1))
        wide = 1 - (1 - u) if mirrored else u  # the number that was really asked for
        assert share_below(below, low, high) <= wide <= share_below(above, low, high)


def test_the_two_methods_meet() -> None:
    """At 30 standard deviations the logarithmic method takes over: scipy's truncated normal agrees with both sides."""
    u = np.linspace(0.01, 0.99, 50)
    for low in (29.999, 30.001):
        found = law("normal", 2, 0.5, within=(2 + low / 2, 2 + low / 2 + 1)).quantile(u)
        assert found == pytest.approx(stats.truncnorm(low, low + 2, 2, 0.5).ppf(u), abs=1e-13)


def test_a_far_lognormal_is_the_exponential_of_a_far_normal() -> None:
    """log(200) / 0.1 is 53 standard deviations: its logarithm must be the normal law between the logarithms."""
    u = np.array([0.1, 0.5, 0.9])
    found = np.log(law("lognormal", 1, 0.1, within=(200, 300)).quantile(u))
    assert found == pytest.approx(law("normal", 0, 0.1, within=(math.log(200), math.log(300))).quantile(u), abs=1e-13)


def test_one_value_between_equal_bounds() -> None:
    """Bounds that are one number leave that number, although the lognormal law goes through a logarithm."""
    assert law("lognormal", 1, 0.1, within=(100, 100)).quantile(np.array([0.0, 0.7])).tolist() == [100.0, 100.0]


@pytest.mark.parametrize("mean, low, high", [(1.0, 15, 30), (1.0, 200, 210), (500.0, 0, 10), (1e4, 11_000, 12_000)])
def test_far_poisson_has_the_right_shares(mean: float, low: int, high: int) -> None:
    """P(k) is proportional to mean^k / k!, by logarithms of the gamma function; the law is a step at each count."""
    k = np.arange(low, high + 1)
    log_p = k * math.log(mean) - np.array([math.lgamma(i + 1) for i in k.tolist()])
    p = np.exp(log_p - log_p.max())
    sums = np.cumsum(p / p.sum())
    found = law("poisson", mean, within=(low, high))
    u = (np.arange(20_000) + 0.5) / 20_000
    drawn = found.quantile(u)
    assert drawn.min() >= low and drawn.max() <= high
    counted = np.searchsorted(np.sort(drawn), k, side="right") / u.size
    assert counted == pytest.approx(sums, abs=1.01 / u.size)


def test_upper_tails_of_beta_and_triangular_keep_their_digits() -> None:
    """For beta(2, 50) the share above x is 51 (1-x)^50 - 50 (1-x)^51; of a triangle it is quadratic."""
    u = np.array([0.0, 0.3, 0.8])
    x = law("beta", 2, 50, within=(0.9, 1)).quantile(u)
    above = 51 * (1 - x) ** 50 - 50 * (1 - x) ** 51
    assert above / (51 * 0.1**50 - 50 * 0.1**51) == pytest.approx(1 - u, rel=1e-9)
    x = law("triangular", 0, 1, 2, within=(1.999999, 3)).quantile(u)
    assert (2 - x) ** 2 == pytest.approx((1 - u) * (2 - 1.999999) ** 2, rel=1e-6)


@pytest.mark.parametrize("family", [("beta", 2, 500), ("normal", 0, 5e-324)])
def test_what_cannot_be_drawn_is_refused(family: tuple[object, ...]) -> None:
    """Bounds that hold less than a double can tell (0.1^500): an error, never silently a bound."""
    with pytest.raises(LawError, match="nothing can be drawn"):
        law(*family, within=(0.9, 1))
