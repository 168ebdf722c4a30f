"""Quantile functions against SciPy, exact step values, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import NotRunnableError, ProgramError
from simengine.language.distributions import Law, Stepped, Table, make_law
from simengine.language.evaluate import encode
from simengine.language.program import Distribution
from simengine.language.terms import Const, Expr, Vector
from simengine.units import UNITS
from simengine.world.library import BOOL, INT, NUMBER, ValueType, enum, quantity

from . import builder as b

U = np.concatenate([[0.0, 2.0**-53, 1e-9], np.linspace(0.001, 0.999, 501), [1 - 1e-9, 1 - 2.0**-53]])


def value(expr: Expr) -> Any:
    """Constants only; vectors as one row."""
    if isinstance(expr, Vector):
        return np.array([value(item) for item in expr.items])
    assert isinstance(expr, Const)
    return encode(expr.value, expr.type)


def law(binding: Distribution, kind: ValueType = NUMBER) -> Law:
    return make_law(binding, kind, value)


CONTINUOUS = [
    (b.span(-3, 5), scipy.stats.uniform(-3, 8)),
    (b.family("normal", 2.6, 0.5), scipy.stats.norm(2.6, 0.5)),
    (b.family("lognormal", 0.3, 0.5), scipy.stats.lognorm(0.5, scale=0.3)),
    (b.family("beta", 2, 5), scipy.stats.beta(2, 5)),
    (b.family("beta", 0.5, 0.5), scipy.stats.beta(0.5, 0.5)),
    (b.family("triangular", 1, 2, 5), scipy.stats.triang(0.25, 1, 4)),
    (b.family("triangular", 1, 1, 5), scipy.stats.triang(0.0, 1, 4)),
    (b.family("triangular", 1, 5, 5), scipy.stats.triang(1.0, 1, 4)),
]


@pytest.mark.parametrize(("binding", "oracle"), CONTINUOUS)
def test_quantiles_equal_scipy(binding: Distribution, oracle: Any) -> None:
    """scipy.stats inverts the same distribution functions, with its own parametrisation."""
    middle = U[2:-2]
    assert np.allclose(law(binding).quantile(middle), oracle.ppf(middle), rtol=1e-9, atol=1e-12)
    assert np.isfinite(law(binding).quantile(U)).all()  # u = 0 too


TRUNCATED = [
    (b.family("normal", 2.6, 0.5, within=(1.4, 4.0)), scipy.stats.norm(2.6, 0.5), 1.4, 4.0),
    (b.family("normal", 0, 1, within=(6, 8)), scipy.stats.norm(0, 1), 6.0, 8.0),
    (b.family("normal", 0, 1, within=(-9, -7)), scipy.stats.norm(0, 1), -9.0, -7.0),
    (b.family("lognormal", 0.3, 0.5, within=(0.2, 0.9)), scipy.stats.lognorm(0.5, scale=0.3), 0.2, 0.9),
    (b.family("beta", 2, 5, within=(0.1, 0.4)), scipy.stats.beta(2, 5), 0.1, 0.4),
    (b.family("triangular", 1, 2, 5, within=(1.5, 3)), scipy.stats.triang(0.25, 1, 4), 1.5, 3.0),
]


@pytest.mark.parametrize(("binding", "oracle", "low", "high"), TRUNCATED)
def test_truncation_is_exact(binding: Distribution, oracle: Any, low: float, high: float) -> None:
    """Below Q(u) lies the share u of the truncated mass; tails are compared by survival functions (no digits lost)."""
    x = np.asarray(law(binding).quantile(U[2:-2]))
    assert (x >= low).all() and (x <= high).all()
    share = oracle.sf if oracle.sf(low) < 0.5 else oracle.cdf
    mass = (share(x) - share(low)) / (share(high) - share(low))
    assert np.allclose(mass, U[2:-2], atol=1e-8)


def test_far_tails_stay_in_bounds() -> None:
    """At 40 sigma the mass underflows to zero; the value is still inside the bounds, never nan."""
    x = np.asarray(law(b.family("normal", 0, 1, within=(40, 41))).quantile(U))
    assert ((x >= 40) & (x <= 41)).all()


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.3, 400.0])
def test_poisson_equals_scipy(mean: float) -> None:
    """The smallest k with F(k) >= u, by another inversion (search over the cdf)."""
    assert np.array_equal(law(b.family("poisson", mean)).quantile(U[1:-1]), scipy.stats.poisson(mean).ppf(U[1:-1]))


def test_truncated_poisson_keeps_its_ratios() -> None:
    """Within 2..4 the shares are proportional to the untruncated ones."""
    u = (np.arange(200_000) + 0.5) / 200_000
    x = law(b.family("poisson", 3.0, within=(2, 4))).quantile(u)
    share = np.array([(x == k).mean() for k in (2, 3, 4)])
    pmf = scipy.stats.poisson(3.0).pmf([2, 3, 4])
    assert np.allclose(share, pmf / pmf.sum(), atol=2e-5)


def test_histogram_is_uniform_in_each_bin() -> None:
    """Weights 1, 0, 3 over edges 0, 1, 2, 4: a quarter in [0, 1], none in [1, 2], the rest uniform in [2, 4]."""
    edges = Vector(tuple(b.num(x) for x in (0, 1, 2, 4)), ValueType("vector", length=4), b.SPAN)
    weights = Vector(tuple(b.num(x) for x in (1, 0, 3)), ValueType("vector", length=3), b.SPAN)
    found = law(b.family("histogram", edges, weights))
    assert found.quantile(np.array([0.125, 0.24, 0.25, 0.625])).tolist() == pytest.approx([0.5, 0.96, 2.0, 3.0])
    cut = law(b.family("histogram", edges, weights, within=(0.5, 3)))  # masses 1/8 and 3/8: a quarter and three
    assert cut.quantile(np.array([0.0, 0.125, 0.25, 0.625])).tolist() == pytest.approx([0.5, 0.75, 2.0, 2.5])
    with pytest.raises(ProgramError, match="none of the weight"):
        law(b.family("histogram", edges, weights, within=(1.2, 1.8)))


@pytest.mark.parametrize("binding", [c[0] for c in CONTINUOUS] + [c[0] for c in TRUNCATED])
def test_quantiles_increase_and_stay_in_the_support(binding: Distribution) -> None:
    """A quantile function is monotone, and the static support that the proofs rely on holds to the last bit."""
    found = law(binding)
    x = np.asarray(found.quantile(np.sort(U)))
    low, high = found.support
    assert (np.diff(x) >= 0).all() and x.min() >= low and x.max() <= high


# ---- finite lists ------------------------------------------------------------------------------------------------


def test_steps_hold_the_very_numbers_of_literals() -> None:
    """20..60 km/h step 10 km/h holds the double that a literal 30 km/h is, so that == in a constraint works."""
    kmh = UNITS["km/h"].scale
    found = law(b.kmh(20, 60, 10), b.SPEED)
    assert isinstance(found, Stepped) and found.table is not None
    assert found.table.tolist() == [v * kmh for v in (20, 30, 40, 50, 60)]
    back = law(b.kmh(-50, -10, 10), b.SPEED)
    assert isinstance(back, Stepped) and back.table is not None
    assert (found.table[:3] + back.table[[3, 2, 1]]).tolist() == [0.0, 0.0, 0.0]  # 20 - 20, 30 - 30, 40 - 40


@given(
    st.sampled_from(["m", "km/h", "deg", "ms", "%", "C", "cm"]), st.integers(-500, 500), st.integers(1, 400),
    st.integers(1, 40), st.sampled_from([1, 10, 100]),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_steps_equal_literals_in_every_unit(symbol: str, low: int, step: int, count: int, tenths: int) -> None:
    """low + k step, written as decimals and converted like literals, is what is drawn: first, last and number."""
    unit = UNITS[symbol]
    write = [(low + k * step) / tenths for k in range(count)]
    si = [w * unit.scale + unit.offset for w in write]
    found = law(b.span(si[0], si[-1], step / tenths * unit.scale), ValueType("real", unit.dimension))
    assert found.levels == count
    values = found.quantile((np.arange(count) + 0.5) / count)
    assert np.allclose(values, si, rtol=1e-15, atol=0)
    assert values[0] == si[0]


def test_an_integer_range_draws_whole_numbers() -> None:
    """3..7 of type int is five equally likely numbers."""
    found = law(b.span(3, 7), INT)
    assert found.levels == 5
    assert (
        np.bincount(np.asarray(found.quantile(np.linspace(0, 1, 5000, endpoint=False)), np.int64))[3:].tolist()
        == [1000] * 5
    )


def test_a_step_that_misses_the_end_stops_before_it() -> None:
    """0..1 step 0.3: 0, 0.3, 0.6, 0.9."""
    assert law(b.span(0, 1, 0.3)).quantile(np.array([0.0, 0.25, 0.5, 1 - 2**-53])).tolist() == [0.0, 0.3, 0.6, 0.9]


def test_bounds_on_steps_pick_values() -> None:
    """0..10 step 2 within 3..8 leaves 4, 6, 8."""
    assert law(b.span(0, 10, 2, within=(3, 8))).quantile(np.array([0.0, 0.5, 0.99])).tolist() == [4.0, 6.0, 8.0]


def test_huge_step_ranges_need_no_table() -> None:
    """A million million values: the last one is right, and no list of them was made."""
    found = law(b.span(0, 1e12, 1))
    assert isinstance(found, Stepped) and found.table is None and found.levels == 10**12 + 1
    assert found.quantile(np.array([0.0, 1 - 2.0**-53])).tolist() == [0.0, 1e12 - 0.0]


def test_choices_follow_their_weights() -> None:
    """4 : 3 : 2 over a fine grid of u gives exactly these shares (within one cell)."""
    kind = enum("sedan", "suv", "van")
    found = law(b.choice({"sedan": 4, "suv": 3, "van": 2}, kind), kind)
    share = np.bincount(np.asarray(found.quantile((np.arange(90_000) + 0.5) / 90_000), np.int64)) / 90_000
    assert np.allclose(share, np.array([4, 3, 2]) / 9, atol=1.2e-5)


def test_zero_weights_are_never_drawn() -> None:
    """Weight 0 at the front, in the middle and at the end; u = 0 and the largest u are the dangerous ones."""
    found = law(b.choice({1.0: 0, 2.0: 1, 3.0: 0, 4.0: 1, 5.0: 0}))
    assert set(np.asarray(found.quantile(U)).tolist()) == {2.0, 4.0}
    assert found.levels == 2 and found.quantile(found.level(np.arange(2))).tolist() == [2.0, 4.0]
    assert found.support == (2.0, 4.0)


def test_many_choices() -> None:
    """More than 16 values go through a binary search instead of comparisons; the answer is the same."""
    weights = np.random.default_rng(3).integers(0, 4, 40).astype(float)
    found = law(b.choice({float(k): w for k, w in enumerate(weights)}))
    cuts = np.cumsum(weights) / weights.sum()
    assert np.array_equal(found.quantile(U), np.searchsorted(cuts, U, side="right").astype(float))


def test_flags_and_joint_tables() -> None:
    """Flags stay flags; rows of a joint table come out whole."""
    assert np.asarray(law(b.choice({True: 7, False: 3}), BOOL).quantile(np.array([0.1, 0.69, 0.71]))).tolist() == [
        True, True, False,
    ]  # fmt: skip
    pairs = law(b.choice([(1.0, 10.0), (2.0, 20.0)]))
    assert pairs.levels == 2
    assert np.asarray(pairs.quantile(np.array([0.2, 0.8]))).tolist() == [[1.0, 10.0], [2.0, 20.0]]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30).filter(lambda w: sum(w) > 1e-3))
@settings(max_examples=100, deadline=None)
def test_levels_hit_their_value(weights: list[float]) -> None:
    """The number that the grid takes for value k gives value k, for any weights."""
    found = law(b.choice({float(k): w for k, w in enumerate(weights)}))
    assert isinstance(found, Table) and found.levels is not None
    kept = [k for k, w in enumerate(weights) if w > 0]
    hit = np.asarray(found.quantile(found.level(np.arange(found.levels))))
    wide = found.level(np.arange(found.levels))
    for k, x, u in zip(kept, hit, wide, strict=True):
        assert x == k or weights[k] / sum(weights) < 1e-15, (k, x, u)


# ---- degenerate and refused --------------------------------------------------------------------------------------


def test_degenerate_laws_are_constants() -> None:
    """Ranges of one point, sigma 0 and triangles without area have one value."""
    for binding in (
        b.span(2, 2), b.span(2, 2, 1), b.family("normal", 2, 0), b.family("triangular", 2, 2, 2),
        b.family("lognormal", 2, 0), b.choice([2.0]), b.span(0, 9, within=(2, 2)),
    ):  # fmt: skip
        assert np.asarray(law(binding).quantile(U)) == pytest.approx(np.full(U.size, 2.0), abs=1e-15)
    assert (np.asarray(law(b.family("poisson", 0)).quantile(U)) == 0).all()


@pytest.mark.parametrize(
    "binding",
    [
        b.span(2, 1), b.span(0, 1, 0), b.span(0, 1, -0.1), b.span(0, 1, within=(2, 3)), b.span(0, 1, math.nan),
        b.span(0, math.inf), b.span(0, 9, 4, within=(5, 7)), b.family("normal", 0, -1), b.family("beta", 0, 1),
        b.family("triangular", 3, 2, 5), b.family("poisson", -1), b.family("lognormal", -1, 1),
        b.family("normal", 0, 0, within=(1, 2)), b.family("normal", 0, 1, within=(2, 1)), b.family("normal", 0),
        b.choice({1.0: 0, 2.0: 0}), b.choice({1.0: -1, 2.0: 2}), b.choice({1.0: math.inf}),
    ],
)  # fmt: skip
def test_parameters_that_make_no_distribution_are_refused(binding: Distribution) -> None:
    """One clear error that names the line, instead of nan or an endless search."""
    with pytest.raises(ProgramError, match="line 1"):
        law(binding)


def test_unknown_families_are_refused() -> None:
    """A family that parses and does not run says so, and what runs."""
    with pytest.raises(NotRunnableError, match="normal, lognormal"):
        law(b.family("library", 1))


def test_parameters_may_differ_by_row() -> None:
    """Q(u; parents): each row uses its own parameters, and an empty range is nan in its row only."""
    low, high = np.array([0.0, 10.0, 5.0]), np.array([1.0, 20.0, 4.0])
    table = {"low": low, "high": high, "step": np.array([0.5, 5.0, 1.0])}

    def lookup(expr: Expr) -> Any:
        return table[expr.path] if hasattr(expr, "path") else value(expr)  # type: ignore[union-attr]

    u = np.full(3, 0.5)
    smooth = np.asarray(make_law(b.span(b.ref("low"), b.ref("high")), NUMBER, lookup).quantile(u))
    assert smooth[:2].tolist() == [0.5, 15.0] and math.isnan(smooth[2])
    steps = np.asarray(make_law(b.span(b.ref("low"), b.ref("high"), b.ref("step")), NUMBER, lookup).quantile(u))
    assert steps[:2].tolist() == [0.5, 15.0] and math.isnan(steps[2])
    kind = quantity("length")
    either = make_law(_pair(b.ref("low", kind), b.ref("high", kind)), kind, lookup)
    assert np.asarray(either.quantile(np.array([0.1, 0.9, 0.1]))).tolist() == [0.0, 20.0, 5.0]


def _pair(first: Expr, second: Expr) -> Distribution:
    from simengine.language.program import Choice

    return Choice((first, second), (1.0, 1.0), b.SPAN)
