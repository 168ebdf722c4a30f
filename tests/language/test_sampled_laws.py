"""What a sampler draws has the distribution that the text says: Kolmogorov-Smirnov against SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simengine.engine.catalogue import libraries
from simengine.language import parse_text
from simengine.language.program import Distribution
from simengine.language.sample import Sampler

from . import builder as b
from .builder import Maker, num, op

N = 4000
LAWS: dict[str, tuple[Distribution, Any]] = {
    "uniform": (b.span(-2, 5), stats.uniform(-2, 7)),
    "normal": (b.family("normal", 1, 2), stats.norm(1, 2)),
    "lognormal": (b.family("lognormal", 3, 0.5), stats.lognorm(0.5, scale=3)),
    "beta": (b.family("beta", 2, 5), stats.beta(2, 5)),
    "triangular": (b.family("triangular", 1, 2, 5), stats.triang(0.25, 1, 4)),
    "histogram": (
        b.family("histogram", b.Vector(tuple(map(num, (0, 1, 3))), b.ValueType("vector", length=3), b.SPAN),
                 b.Vector(tuple(map(num, (3, 1))), b.ValueType("vector", length=2), b.SPAN)),
        stats.rv_histogram((np.array([3.0, 1.0]), np.array([0.0, 1.0, 3.0])), density=False),
    ),
}  # fmt: skip


def drawn(binding: Distribution, plan: str = "random", seed: int = 1) -> np.ndarray:
    m = Maker()
    m.let("x", binding)
    sampler = Sampler(m.program(), seed, plan)
    return sampler.draw(range(N)).values["x"]


def truncated(oracle: Any, low: float, high: float) -> Callable[[np.ndarray], np.ndarray]:
    a, z = oracle.cdf(low), oracle.cdf(high)
    return lambda x: np.clip((oracle.cdf(x) - a) / (z - a), 0.0, 1.0)


@pytest.mark.parametrize("plan", ["random", f"lhs:{N}", "sobol"])
@pytest.mark.parametrize("name", LAWS)
def test_families(name: str, plan: str) -> None:
    """p > 0.001 for a fixed seed: a wrong law fails, a right one with one seed in a thousand (not this one)."""
    binding, oracle = LAWS[name]
    assert stats.kstest(drawn(binding, plan), oracle.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", [n for n in LAWS if n != "histogram"])
def test_truncated_families(name: str) -> None:
    """``within`` is the law given that it lies between the bounds: F rescaled."""
    from dataclasses import replace

    binding, oracle = LAWS[name]
    low, high = (float(q) for q in oracle.ppf([0.3, 0.9]))
    assert not isinstance(binding, b.Choice)
    x = drawn(replace(binding, within=(num(low), num(high))))
    assert x.min() >= low and x.max() <= high
    assert stats.kstest(x, truncated(oracle, low, high)).pvalue > 1e-3


@pytest.mark.parametrize("plan", ["random", f"lhs:{N}"])
def test_weighted_sets_and_counts(plan: str) -> None:
    """Chi-square of weights 4 : 3 : 2 : 0, and of a Poisson law within 0..10."""
    x = drawn(b.choice({1.0: 4, 2.0: 3, 3.0: 2, 4.0: 0}), plan)
    counts = [int((x == k).sum()) for k in (1.0, 2.0, 3.0)]
    assert sum(counts) == N and stats.chisquare(counts, np.array([4, 3, 2]) * N / 9).pvalue > 1e-3
    k = drawn(b.family("poisson", 4, within=(0, 10)), plan)
    shares = stats.poisson(4).pmf(np.arange(11))
    assert stats.chisquare(np.bincount(k.astype(int), minlength=11), shares / shares.sum() * N).pvalue > 1e-3


@pytest.mark.parametrize("plan", ["random", f"lhs:{N}"])
@pytest.mark.parametrize("name", LAWS)
def test_constraints_that_are_contracted_are_truncations(name: str, plan: str) -> None:
    """``require q < x`` and ``x * 2 < r`` are narrowed to the very support, so nothing is rejected, and what comes out
    is the truncated law."""
    binding, oracle = LAWS[name]
    low, high = (float(q) for q in oracle.ppf([0.2, 0.7]))
    m = Maker()
    x = m.let("x", binding)
    m.require(op(">", x, num(low)))
    m.require(op("<", op("*", x, num(2)), num(2 * high)))
    draws = Sampler(m.program(), 2, plan).draw(range(N))
    assert draws.attempts.sum() <= 2  # the room left for rounding is 1e-9 of the probability
    assert stats.kstest(draws.values["x"], truncated(oracle, low, high)).pvalue > 1e-3


def test_a_set_within_bounds_keeps_its_proportions() -> None:
    """Of weights 1, 2, 5 the first two remain: 1 to 2, in both spellings of the same law; 30 cm is not beyond 0.3 m."""
    text = "use driving\nscenario t:\n    world street(length = 100 m)\n    param a: length ~ {}\n    stop after 1 s\n"
    rows = [
        np.asarray(Sampler(parse_text(text.format(law), libraries=libraries())[0], 3).draw(range(3000)).values["a"])
        for law in ("{10 cm: 1, 30 cm: 2, 3 m: 5} within 0.1..0.3 m", "{10 cm: 1, 30 cm: 2}")
    ]
    assert np.array_equal(rows[0], rows[1])
    assert set(np.round(rows[0], 12).tolist()) == {0.1, 0.3} and 0.62 < (rows[0] > 0.2).mean() < 0.71
