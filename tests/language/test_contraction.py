"""Supports narrowed by constraints: nothing that can occur is lost, and the distribution stays exactly the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from simengine.language.bounds import Bounds
from simengine.language.contraction import narrowed_shares
from simengine.language.dependencies import Graph
from simengine.language.drawn import Laws
from simengine.language.evaluate import evaluate
from simengine.language.grids import GridPlan
from simengine.language.narrowing import Narrowing
from simengine.language.program import Program
from simengine.language.sample import Count, Sampler
from simengine.language.shares import Shares, between
from simengine.language.terms import Call, Expr
from simengine.world.library import NUMBER, enum

from . import builder as b
from .builder import Maker, num, op
from .test_intervals import random_constraints

SEEDS = st.integers(0, 2**32)


def shares_of(program: Program) -> dict[str, Shares]:
    graph = Graph(program)
    return narrowed_shares(graph, Laws(program, graph))


@given(SEEDS)
@settings(max_examples=120, deadline=None)
def test_no_draw_that_meets_the_constraints_is_lost(seed: int) -> None:
    """Draws from the full cube that meet all constraints lie in the parts that are left: the contraction only
    takes away what would be rejected anyway, whatever the constraints are."""
    program = random_constraints(seed)
    graph = Graph(program)
    laws = Laws(program, graph)
    parts = narrowed_shares(graph, laws)
    rng = np.random.default_rng(seed)
    u = {
        p: rng.random(300 if v.array is None else (300, graph.capacity[v.array])) for p, v in graph.variables.items()
    }  # fmt: skip
    from simengine.language.drawn import Values

    values = Values(laws, 300).compute(graph.order, u)
    ok = np.logical_and.reduce([np.ones(300, bool), *(evaluate(r.expr, values, 300) for r in graph.requires)])
    numbers = {
        s: u[p] if v.array is None else u[p][:, k] for p, v in graph.variables.items() for k, s in enumerate(v.streams)
    }  # fmt: skip
    for stream, part in parts.items():
        assert 0 < part.size < 1 and part.holds(numbers[stream][ok]).all(), stream


def _queue(fewest: int) -> Maker:
    """An array of up to 4 whose gaps lie in 0..10, and a number to compare them with."""
    m = Maker()
    m.array("q", b.span(fewest, 4, 1), 4)
    m.let("q.gap", b.span(0, 10), array="q")
    m.let("other", b.span(0, 10))
    return m


def _gap(variable: str = "x") -> Expr:
    return b.ref("q.gap", variable=variable)


def test_constraints_on_all_elements_narrow_those_that_every_draw_has() -> None:
    """By hand: all gaps > 8 of 0..10 leave a fifth to the first two of 2..4 elements, which always exist; with
    ``all(gap < other)``, other is above 8, too. ``not any`` says the same; ``any`` and an array that can be empty
    say nothing of one element. Through a definition of each element: half of it > 4."""
    m = _queue(2)
    m.require(b.quantifier("all", "x", "q", op(">", _gap(), num(8))))
    m.require(b.quantifier("all", "x", "q", op("<", _gap(), b.ref("other"))))
    wanted = {"q[1].gap": 0.2, "q[2].gap": 0.2, "other": 0.2}
    assert {s: p.size for s, p in shares_of(m.program()).items()} == pytest.approx(wanted, abs=1e-8)
    m = _queue(1)
    m.let("q.half", op("/", _gap(""), num(2)), array="q")
    m.require(op("not", b.quantifier("any", "x", "q", op("<=", b.ref("q.half", variable="x"), num(4)))))
    assert {s: p.size for s, p in shares_of(m.program()).items()} == pytest.approx({"q[1].gap": 0.2}, abs=1e-8)
    for kind, fewest in (("any", 1), ("all", 0), ("count", 1)):
        m = _queue(fewest)
        body = b.quantifier(kind, "x", "q", op(">", _gap(), num(8)))
        m.require(op(">=", body, num(1)) if kind == "count" else body)
        assert shares_of(m.program()) == {}


def test_elements_that_exclude_each_other() -> None:
    """All gaps < 3 and all > 5 cannot be of two elements; of an array that may be empty they can."""
    for fewest, met in ((2, False), (0, True)):
        m = _queue(fewest)
        m.require(b.quantifier("all", "x", "q", op("<", _gap(), num(3))))
        m.require(b.quantifier("all", "y", "q", op(">", _gap("y"), num(5))))
        bounds = Bounds.of_program(m.program())
        assert Narrowing(bounds).meet(bounds.graph.requires) is met


def test_narrowed_elements_have_the_distribution_of_plain_rejection() -> None:
    """1..4 elements, all gaps > 6 and below ``other``: against NumPy's own draws, of which those that violate it are
    thrown away. Kolmogorov-Smirnov for the first gap and ``other``; the counts, of which large ones are rare, within
    four standard deviations. An element that is narrowed though it may be missing would shift the counts."""
    m = _queue(1)
    m.require(b.quantifier("all", "x", "q", op(">", _gap(), num(6))))
    m.require(b.quantifier("all", "x", "q", op("<", _gap(), b.ref("other"))))
    assert set(shares_of(m.program())) == {"q[1].gap", "other"}
    draws = Sampler(m.program(), 0).draw(range(4000)).values
    rng = np.random.default_rng(5)
    count, gap, other = rng.integers(1, 5, 400_000), rng.uniform(0, 10, (400_000, 4)), rng.uniform(0, 10, 400_000)
    ok = (((gap > 6) & (gap < other[:, None])) | (np.arange(4) >= count[:, None])).all(1)
    for mine, plain in ((draws["q.gap"][:, 0], gap[ok, 0]), (draws["other"], other[ok])):
        assert ks_2samp(mine, plain).pvalue > 1e-3
    for n in range(1, 5):
        share = float((count[ok] == n).mean())
        error = (share * (1 - share) * (1 / 4000 + 1 / ok.sum())) ** 0.5
        assert abs((draws["q.count"] == n).mean() - share) < 4 * error


def test_what_is_narrowed() -> None:
    """By hand: comparisons, products, sums, abs, max, ``or`` (hull), ``!=`` on a set, words; to the exact share."""
    m = Maker()
    x = {n: m.let(n, b.span(0, 10)) for n in "abcdef"}
    kind = enum("car", "van", "bus")
    word = m.let("word", b.choice({"car": 2, "van": 1, "bus": 1}, kind), kind)
    steps = m.let("steps", b.span(0, 9, 1))
    odd = m.let("odd", b.choice([1.0, 2.0, 3.0, 4.0]))
    m.require(op("<", x["a"], num(2)))
    m.require(op(">", op("+", op("*", x["b"], num(3)), num(1)), num(16)))
    m.require(op("<", Call("abs", None, {"x": op("-", x["c"], num(5))}, NUMBER, b.SPAN), num(1)))
    m.require(op(">", Call("min", None, {"a": x["d"], "b": num(20)}, NUMBER, b.SPAN), num(9)))
    m.require(op("or", op("<", x["e"], num(1)), op("and", op(">", x["e"], num(2)), op("<", x["e"], num(3)))))
    m.require(op("<", Call("sqrt", None, {"x": x["f"]}, NUMBER, b.SPAN), num(1)))
    m.require(op("!=", word, b.const("car", kind)))
    m.require(op(">=", steps, num(7)))
    m.require(op("or", op("==", odd, num(1)), op("==", odd, num(4))))
    sizes = {p: part.size for p, part in shares_of(m.program()).items()}
    wanted = {"a": 0.2, "b": 0.5, "c": 0.2, "d": 0.1, "e": 0.3, "f": 0.1, "word": 0.5, "steps": 0.3, "odd": 0.5}
    assert sizes == pytest.approx(wanted, abs=1e-8)
    draws = Sampler(m.program(), 0).draw(range(2000))
    assert set(draws.values["odd"]) == {1.0, 4.0} and set(draws.values["steps"]) == {7.0, 8.0, 9.0}
    assert draws.attempts.mean() < 0.7  # only "e" rejects: the gap 1..2 is within its hull


def test_products_and_negations_are_narrowed() -> None:
    """By hand, x in 0..1 each: a b > 0.99 leaves a, b > 0.99, also with signs turned (c in -1..0: c d < -0.99, and
    e f > 0.99 of two such); a factor on both sides of 0 is left whole (p, whose q > 0.5 / 1 in size is open); of
    ``not (g < 0.9 or h < 0.9)`` both stay above 0.9 (De Morgan); ``not (k > 0.1 and k < 2)`` leaves k <= 0.1."""
    m = Maker()
    x = {n: m.let(n, b.span(0, 1)) for n in "abdghk"}
    y = {n: m.let(n, b.span(-1, 0)) for n in "cef"}
    z = {n: m.let(n, b.span(-1, 1)) for n in "pq"}
    m.require(op(">", op("*", x["a"], x["b"]), num(0.99)))
    m.require(op("<", op("*", y["c"], x["d"]), num(-0.99)))
    m.require(op(">", op("*", y["e"], y["f"]), num(0.99)))
    m.require(op(">", op("*", z["p"], z["q"]), num(0.5)))
    m.require(op("not", op("or", op("<", x["g"], num(0.9)), op("<", x["h"], num(0.9)))))
    m.require(op("not", op("and", op(">", x["k"], num(0.1)), op("<", x["k"], num(2)))))
    sizes = {p: part.size for p, part in shares_of(m.program()).items()}
    wanted = dict.fromkeys("abcdef", 0.01) | dict.fromkeys("ghk", 0.1)
    assert sizes == pytest.approx(wanted, abs=1e-8)
    draws = Sampler(m.program(), 0).draw(range(500)).values
    assert (draws["a"] * draws["b"] > 0.99).all() and (draws["e"] * draws["f"] > 0.99).all()


def test_joint_tables_lose_rows() -> None:
    """A constraint on a component leaves the rows that meet it: ve > 75 km/h leaves 6 of 11."""
    from dataclasses import replace

    program = b.ccrm()
    m = Maker()
    m.require(op(">", b.ref("ve", b.SPEED), num(75 * b.KMH, b.SPEED)))
    tight = replace(program, requires=tuple(m.requires))
    (part,) = shares_of(tight).values()
    assert part.size == pytest.approx(6 / 11)
    draws = Sampler(tight, 0).draw(range(200))
    assert draws.attempts.sum() == 0 and (draws.values["ve"] > 75 * b.KMH).all()


def test_the_same_distribution_as_without() -> None:
    """x uniform, x + y < 1 and x < 0.5: P(x < 1/4 | C) = (1/4 - 1/32) / (1/2 - 1/8) = 7/12, as by plain rejection.
    Three standard deviations at n = 20,000: 0.0105."""
    m = Maker()
    x, y = m.let("x", b.span(0, 1)), m.let("y", b.span(0, 1))
    m.require(op("<", op("+", x, y), num(1)))
    m.require(op("<", x, num(0.5)))
    assert set(shares_of(m.program())) == {"x"}
    found = Sampler(m.program(), 0).draw(range(20_000)).values["x"]
    assert abs((found < 0.25).mean() - 7 / 12) < 0.0105


def test_grids_and_points_keep_the_whole_cube() -> None:
    """The number of raw cases does not change with a constraint."""
    m = Maker()
    x = m.let("x", b.span(0, 9, 1))
    m.require(op(">", x, num(6)))
    assert Sampler(m.program(), 0, "grid").count() == Count(10, 3)
    assert Sampler(m.program(), 0, GridPlan()).draw(range(10)).values["x"].tolist() == list(map(float, range(10)))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_spreading_is_even(ends: list[float], seed: int) -> None:
    """Numbers come to lie in the pieces, in order, each piece with its share of them."""
    ends = sorted(ends)
    part = Shares.of(zip(ends[::2], ends[1::2], strict=False))
    u = np.sort(np.random.default_rng(seed).random(500))
    out = part.spread(u)
    if part.size > 1e-6:
        assert part.holds(out).all() and (np.diff(out) >= 0).all()
        low, high = part.pieces[0]
        want = (high - low) / part.size
        assert abs(np.mean(out < high) - np.mean(u < want)) <= 2 / 500


def test_between_is_the_share_of_the_law() -> None:
    """The middle half of a normal law has probability 1/2."""
    m = Maker()
    m.let("x", b.family("normal", 0, 1))
    law = Laws(m.program(), Graph(m.program())).static["x"]
    part = between(law, -0.6744897501960817, 0.6744897501960817)
    assert part.pieces[0] == pytest.approx((0.25, 0.75), abs=2e-9)
