"""Quantiles of beta laws with whole-number parameters, against SciPy's general function."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import betainc, betaincinv

from simengine.language.beta import LARGEST, quantile_of

_PAIRS = [(2, 2), (2, 5), (5, 2), (2, LARGEST - 2), (LARGEST - 2, 2), (8, 8), (3, 4)]


@pytest.mark.parametrize(("a", "b"), _PAIRS)
def test_it_is_the_inverse(a: int, b: int) -> None:
    """The distribution function of the quantile is the share, to ten roundings of 1; SciPy's inverse has them, too."""
    u = np.concatenate([np.random.default_rng(a).random(50_000), [1e-12, 1e-6, 0.5, 1 - 1e-6, 1 - 2.0**-53]])
    x = quantile_of(a, b)(u)
    assert np.abs(betainc(a, b, x) - u).max() < 10 * 2.0**-52
    assert np.abs(x - betaincinv(a, b, u)).max() < 1e-13
    assert ((x > 0) & (x <= 1)).all()


@pytest.mark.parametrize(("a", "b"), _PAIRS)
def test_larger_shares_have_larger_quantiles(a: int, b: int) -> None:
    """Also across the joint of table and general function, but for roundings of the largest value."""
    u = np.sort(np.random.default_rng(b).random(100_000))
    assert np.diff(quantile_of(a, b)(u)).min() > -4 * 2.0**-52


def test_each_number_stands_alone() -> None:
    """Neither the batch nor its shape matters: rows of two axes, pieces of the cache, single numbers."""
    u = np.random.default_rng(0).random((20_000, 3))
    together = quantile_of(2, 5)(u)
    assert np.array_equal(together[:, 1], quantile_of(2, 5)(u[:, 1]))
    assert np.array_equal(together[17], np.array([quantile_of(2, 5)(u[17, k : k + 1])[0] for k in range(3)]))


def test_the_law_is_the_one_of_scipy() -> None:
    """Kolmogorov-Smirnov at 200,000 numbers: p > 1e-3 for the right law."""
    x = quantile_of(2, 5)(np.random.default_rng(1).random(200_000))
    assert stats.kstest(x, stats.beta(2, 5).cdf).pvalue > 1e-3
