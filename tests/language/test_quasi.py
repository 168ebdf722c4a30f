"""Sobol points and Latin hypercubes: even where they say so, and as reproducible as random draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from simengine.errors import BudgetError, UsageError
from simengine.language.quasi import _scrambled  # pyright: ignore
from simengine.language.sample import Budget, Sampler

from . import builder as b
from .builder import Maker, num, op


def square(*requires: b.Expr) -> Maker:
    m = Maker()
    m.let("x", b.span(0, 1))
    m.let("y", b.span(0, 1))
    m.let("z", b.span(0, 1))
    for r in requires:
        m.require(r)
    return m


X, Y, Z = (b.ref(n) for n in "xyz")


def points(maker: Maker, n: int, plan: str, seed: int = 0) -> np.ndarray:
    values = Sampler(maker.program(), seed, plan).draw(range(n)).values
    return np.stack([values[p] for p in "xyz"], -1)


@pytest.mark.parametrize("seed", [0, 1])
def test_sobol_points_are_a_net(seed: int) -> None:
    """The first 2^m points of a digital (t, m, s)-sequence in base 2 have one point in each of 2^m equal intervals of
    every axis, and, in the first two dimensions (t = 0), one in every elementary rectangle; Owen's scrambling keeps
    that."""
    p = points(square(), 256, "sobol", seed)
    for k in range(3):
        assert sorted((p[:, k] * 256).astype(int)) == list(range(256))
    for a in range(9):
        cells = (p[:, 0] * 2**a).astype(int) * 2 ** (8 - a) + (p[:, 1] * 2 ** (8 - a)).astype(int)
        assert sorted(cells) == list(range(256))


def test_sobol_is_more_even_than_random_and_scrambled_anew_by_seed() -> None:
    """Centred discrepancy of 512 points: at most a third of that of random ones; two seeds share no point."""
    even, rough = points(square(), 512, "sobol"), points(square(), 512, "random")
    assert qmc.discrepancy(even) < qmc.discrepancy(rough) / 3
    other = points(square(), 512, "sobol", 1)
    assert not set(even[:, 0]) & set(other[:, 0])


@given(st.integers(0, 2**30 - 1), st.integers(0, 29), st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_scrambling_is_nested(x: int, level: int, key: int) -> None:
    """Owen: numbers that agree in their first bits agree in the first bits of their images, and differ in the next."""
    y = x ^ (1 << (29 - level))
    a, c = _scrambled(np.array([x, y], np.uint64), key)
    assert int(a * 2**level) == int(c * 2**level) and int(a * 2 ** (level + 1)) != int(c * 2 ** (level + 1))


def test_scrambled_points_are_uniform() -> None:
    """Point number 5 under 120 seeds: each is uniform (Kolmogorov-Smirnov), so means over points are unbiased."""
    from scipy import stats

    program = square().program()
    first = [Sampler(program, seed, "sobol").draw([5]).values["y"][0] for seed in range(120)]
    assert stats.kstest(first, "uniform").pvalue > 1e-3


def test_sobol_keeps_exactly_the_points_that_meet_the_constraints() -> None:
    """Left out, never moved: the variants are the feasible ones of the unconstrained sequence, in order. (x * y is
    opaque to contraction.)"""
    constraint = op("<", op("*", X, Y), num(0.3))
    sampler = Sampler(square(constraint).program(), 0, "sobol")
    rows = next(sampler.rows())
    everything = points(square(), 64, "sobol")
    good = np.flatnonzero(everything[:, 0] * everything[:, 1] < 0.3)
    assert rows.tolist() == good.tolist()
    values = sampler.draw(rows).values
    assert np.array_equal(np.stack([values[p] for p in "xyz"], -1), everything[good])


def test_impossible_constraints_end_the_sequence() -> None:
    """No feasible point: after its budget the search ends with the table of what rejects."""
    m = square(op("<", op("*", X, X), num(-1e-9)))
    m.requires[0] = replace(m.requires[0], text="x * x < 0")
    sampler = Sampler(m.program(), 0, "sobol", Budget(4096, 4))
    with pytest.raises(BudgetError, match=r"no point of the plan 'sobol'(.|\n)*x \* x < 0"):
        list(sampler.rows())


@pytest.mark.parametrize("n", [1, 7, 100])
def test_latin_hypercubes_hit_every_share_once(n: int) -> None:
    """Each axis has one number in each of n equal intervals; two axes are not in the same order."""
    p = points(square(), n, f"lhs:{n}")
    for k in range(3):
        assert sorted((p[:, k] * n).astype(int)) == list(range(n))
    assert n < 10 or abs(np.corrcoef(p[:, 0], p[:, 1])[0, 1]) < 0.4


def test_free_variables_stay_stratified_and_others_have_their_law() -> None:
    """x * y < 0.3 redraws x and y alone: z still has one number a share. P(x < 0.3 | x y < 0.3) is
    0.3 / (0.3 - 0.3 ln 0.3) = 0.454, as by plain rejection; n = 20,000 has a standard deviation of 0.0035 at most."""
    n = 20_000
    m = square(op("<", op("*", X, Y), num(0.3)))
    draws = Sampler(m.program(), 0, f"lhs:{n}").draw(range(n))
    assert sorted((draws.values["z"] * n).astype(int)) == list(range(n))
    assert (draws.values["x"] * draws.values["y"] < 0.3).all() and draws.attempts.max() > 3
    assert abs((draws.values["x"] < 0.3).mean() - 0.3 / (0.3 - 0.3 * np.log(0.3))) < 0.0105


@pytest.mark.parametrize("plan", ["sobol", "lhs:50"])
def test_a_variant_alone_equals_the_batch(plan: str) -> None:
    """Points and rows of a hypercube of known size depend on seed and number only."""
    m = square(op("<", op("*", X, Y), num(0.6)))
    sampler = Sampler(m.program(), 3, plan)
    rows = np.concatenate([r for r, _ in zip(sampler.rows(), range(1), strict=False)])[:30]
    whole = sampler.draw(rows)
    for k in (0, 11, 29):
        alone = Sampler(m.program(), 3, plan).draw([int(rows[k])])
        assert all(alone.values[p][0] == whole.values[p][k] for p in "xyz")
    backwards = Sampler(m.program(), 3, plan).draw(rows[::-1])
    assert all(np.array_equal(backwards.values[p][::-1], whole.values[p]) for p in "xyz")


def test_what_a_new_variable_leaves_alone() -> None:
    """lhs: streams have names, so a new variable anywhere changes no other. Sobol: one behind all others changes none
    of them; one before others moves those to the next dimensions (documented)."""
    before = square()
    after = Maker()
    after.let("new", b.span(0, 1))
    for n in "xyz":
        after.let(n, b.span(0, 1))
    assert np.array_equal(points(before, 20, "lhs:20"), points(after, 20, "lhs:20"))
    last = square()
    last.let("new", b.span(0, 1))
    assert np.array_equal(points(before, 20, "sobol"), points(last, 20, "sobol"))
    assert not np.array_equal(points(before, 20, "sobol"), points(after, 20, "sobol"))


def test_rows_beyond_a_hypercube_are_refused() -> None:
    """It has as many variants as it says."""
    with pytest.raises(UsageError, match="numbered 0 to 9"):
        Sampler(square().program(), 0, "lhs:10").draw([10])
    with pytest.raises(UsageError, match="1 to 10,000,000 variants"):
        Sampler(square().program(), 0, "lhs:0")
