"""Plans: the grid's combinations counted by hand and by enumeration, and what does not run."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import LimitError, NotRunnableError, UsageError
from simengine.language import check_text, parse_text
from simengine.language.chosen import make_plan
from simengine.language.grids import GridPlan
from simengine.language.plans import PointsPlan, RandomPlan
from simengine.language.quasi import LhsPlan, SobolPlan
from simengine.language.sample import Count, Sampler
from simengine.world.library import INT

from . import builder as b
from .builder import Maker, num, op
from .programs import LIBRARIES
from .test_sample import same


def test_cut_in_counts() -> None:
    """UN R157 cut-in. Raw: ve0 5 x dv 5 x dx0 7 x vy 6 x accel 5 x side 2 x model 5 = 52,500.

    Feasible, by hand: ve0 + dv > 0 leaves for ve0 = 20, 30, 40, 50, 60 km/h the 1, 2, 3, 4, 5 smallest |dv|: 15 pairs.
    The other's speed is 10 km/h = 2.78 m/s in five of them (one a ve0), where vy = 3.0 m/s is not below it (5 of 6
    remain), and at least 20 km/h in ten (all 6 remain): 5 x 5 + 10 x 6 = 85. Times 7 x 5 x 2 x 5 = 350: 29,750.
    Pairs such as 20 - 20 km/h must sum to exactly zero for that.
    """
    assert Sampler(b.cut_in(), 0, "grid").count() == Count(52_500, 29_750)


def test_ccrm_counts() -> None:
    """11 rows of the joint table x 5 overlaps = 55: a joint table is one axis."""
    assert Sampler(b.ccrm(), 0, "grid").count() == Count(55, 55)


def test_enumeration_gives_the_counted_rows_and_no_other() -> None:
    """Counting multiplies blocks, enumerating masks every row: both see 29,750; all rows differ."""
    sampler = Sampler(b.cut_in(), 0, "grid")
    rows = np.concatenate(list(sampler.rows()))
    assert rows.size == 29_750 and (np.diff(rows) > 0).all()
    draws = sampler.draw(rows)
    assert draws.feasible.all()
    paths = list(draws.u)
    assert len(np.unique(np.stack([draws.values[p] for p in paths], -1), axis=0)) == 29_750
    assert (draws.values["other.speed"] > 0).all() and (draws.values["vy"] < draws.values["other.speed"]).all()


def test_the_whole_grid_is_every_combination_once() -> None:
    """Row numbers are mixed-radix: the last variable runs fastest, and 0..raw - 1 is a bijection."""
    draws = Sampler(b.ccrm(), 0, "grid").draw(range(55))
    pairs = np.stack([draws.values["ve"], draws.values["overlap"]], -1)
    assert len(np.unique(pairs, axis=0)) == 55
    assert draws.values["overlap"][:6].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0, 0.0]
    assert (draws.values["ve"][:5] == draws.values["ve"][0]).all()


def test_grid_rows_alone_equal_the_batch() -> None:
    """Any row of the grid can be made without the others."""
    whole = Sampler(b.cut_in(), 0, "grid").draw(range(52_500))
    for k in (0, 12_345, 52_499):
        same(whole, [k], Sampler(b.cut_in(), 0, "grid").draw([k]), [0])


@given(st.integers(1, 6), st.integers(2, 5), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_continuous_variables_take_quantiles(quantiles: int, steps: int, choices: int) -> None:
    """k quantiles (j + 1/2) / k of a continuous variable, all values of lists; a range of one point is one value."""
    m = Maker()
    m.let("x", b.span(0, 1))
    m.let("n", b.span(0, steps - 1, 1))
    m.let("c", b.choice([float(k) for k in range(choices)]))
    m.let("fixed", b.span(2, 2))
    plan = GridPlan(quantiles)
    sampler = Sampler(m.program(), 0, plan)
    raw = quantiles * steps * choices
    assert sampler.count() == Count(raw, raw)
    x = np.unique(sampler.draw(range(raw)).values["x"])
    assert np.allclose(x, (np.arange(quantiles) + 0.5) / quantiles)


def test_zero_weights_are_not_on_the_grid() -> None:
    """What is never drawn is no case either."""
    m = Maker()
    m.let("c", b.choice({1.0: 1, 2.0: 0, 3.0: 5}))
    sampler = Sampler(m.program(), 0, "grid")
    assert sampler.count().raw == 2 and sampler.draw(range(2)).values["c"].tolist() == [1.0, 3.0]


def test_properties_of_elements_are_not_on_the_grid() -> None:
    """An array's size is an axis, its elements' properties are drawn: else seven cars of three models were 3^7 rows."""
    m = Maker()
    m.array("parked", b.span(3, 7), 7)
    m.let("parked.model", b.choice([0.0, 1.0, 2.0]), array="parked")
    assert Sampler(m.program(), 0, "grid").count() == Count(5, 5)


def test_huge_grids_count_by_block_and_refuse_to_enumerate() -> None:
    """60 binary variables: 2^60 rows are counted (constraints tie only two of them), enumerating them is refused."""
    m = Maker()
    names = [m.let(f"c{k}", b.choice([0.0, 1.0])) for k in range(60)]
    m.require(op("<", op("+", names[0], names[1]), num(2)))
    sampler = Sampler(m.program(), 0, "grid")
    assert sampler.count() == Count(2**60, 3 * 2**58)
    with pytest.raises(LimitError, match="more than the limit of 100,000,000"):
        next(sampler.rows())
    m.require(op(">", sum_of(names), num(5)))
    with pytest.raises(LimitError, match="larger steps"):
        Sampler(m.program(), 0, "grid").count()


def test_axes_beyond_the_limit_are_refused_before_they_cost_memory() -> None:
    """A range of 10^12 steps would be 8 TB of levels."""
    m = Maker()
    m.let("x", b.span(0, 1e12, 1))
    with pytest.raises(LimitError, match=r"1,000,000,000,001 values.*larger step"):
        Sampler(m.program(), 0, "grid")


def sum_of(names: list) -> b.Expr:
    total = names[0]
    for name in names[1:]:
        total = op("+", total, name)
    return total


def test_counting_needs_little_memory() -> None:
    """A block of 1,000,000 rows is masked chunk by chunk: peak memory is that of a chunk (some 10 MB), not of rows."""
    m = Maker()
    names = [m.let(f"n{k}", b.span(0, 99, 1)) for k in range(3)]
    m.require(op("<", op("+", op("+", names[0], names[1]), names[2]), num(100)))
    sampler = Sampler(m.program(), 0, "grid")
    tracemalloc.start()
    count = sampler.count()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == Count(10**6, 100 * 101 * 102 // 6)  # triples with a sum below 100: C(102, 3)
    assert peak < 20e6


def test_infeasible_grids_count_zero() -> None:
    """No row is left, and nothing hangs."""
    m = Maker()
    x = m.let("x", b.span(0, 9, 1))
    m.require(op(">", x, num(9)))
    sampler = Sampler(m.program(), 0, "grid")
    assert sampler.count() == Count(10, 0) and sum(r.size for r in sampler.rows()) == 0


@st.composite
def uneven(draw: st.DrawFn) -> tuple[Maker, list[dict[str, Fraction]], list[dict[str, Fraction]]]:
    """A chain of step ranges whose ends depend on those before, with all its combinations and the feasible ones."""
    m, rows, names = Maker(), [dict[str, Fraction]()], list[str]()

    def end(low: int, high: int) -> tuple[object, str | None, Fraction, Fraction]:
        """An end of a range: a number, or another variable times a factor and shifted."""
        name = draw(st.sampled_from([None, *names]))
        shift = Fraction(draw(st.integers(4 * low, 4 * high)), 4)
        if name is None:
            return float(shift), None, Fraction(0), shift
        factor = Fraction(draw(st.sampled_from([-2, 1, 2])), 2)
        return op("+", op("*", float(factor), b.ref(name)), float(shift)), name, factor, shift

    def value(of: tuple[object, str | None, Fraction, Fraction], row: dict[str, Fraction]) -> Fraction:
        return of[3] + (of[2] * row[of[1]] if of[1] else 0)

    for k in range(draw(st.integers(2, 4))):
        name, whole = f"x{k}", draw(st.booleans())
        step = Fraction(1) if whole else Fraction(draw(st.integers(1, 8)), 4)
        low, high = end(-1, 1), end(0, 3)
        cut = (end(-2, 0), end(0, 2)) if draw(st.booleans()) else None
        within = None if cut is None else (cut[0][0], cut[1][0])
        if low[1] is high[1] is None and high[3] < ceil(low[3]):
            low = high = (float(ceil(low[3])), None, Fraction(0), Fraction(ceil(low[3])))  # constants hold something
        if whole or (low[1] is None and high[1] is None):
            within = cut = None
        m.let(name, b.span(low[0], high[0], None if whole else float(step), within), INT if whole else b.NUMBER)
        more = list[dict[str, Fraction]]()
        for row in rows:
            first, last = value(low, row), value(high, row)
            first = Fraction(ceil(first)) if whole else first
            at = (first + j * step for j in range(int((last - first) / step) + 1)) if last >= first else ()
            ends = (first, last) if cut is None else (value(cut[0], row), value(cut[1], row))
            more += [row | {name: x} for x in at if ends[0] <= x <= ends[1]]
        rows, names = more, [*names, name]
    most = Fraction(draw(st.integers(-4, 12)), 4)
    m.require(op("<=", op("+", b.ref(names[0]), b.ref(names[-1])), float(most)))
    return m, rows, [r for r in rows if r[names[0]] + r[names[-1]] <= most]


@given(uneven())
@settings(max_examples=100, deadline=None)
def test_steps_that_depend_on_others_are_gone_through(made: tuple) -> None:
    """Every combination once and no other, against nested loops over exact fractions (all numbers here are multiples of
    1/8, which doubles hold exactly). Counting, enumerating and a row alone agree; the numbers u lie in [0, 1)."""
    m, combinations, feasible = made
    sampler = Sampler(m.program(), 0, "grid")
    assert sampler.count() == Count(len(combinations), len(feasible))
    rows = np.concatenate([np.zeros(0, np.int64), *sampler.rows()])
    draws = sampler.draw(rows)
    names = list(m.definitions)
    found = list(zip(*(draws.values[n].tolist() for n in names), strict=True))
    assert sorted(found) == sorted(tuple(float(r[n]) for n in names) for r in feasible)
    assert all(((u >= 0) & (u < 1)).all() for u in draws.u.values())
    if rows.size:
        same(draws, [rows.size - 1], sampler.draw(rows[-1:]), [0])


def test_the_numbers_of_dependent_steps_give_the_same_values_as_points() -> None:
    """What a grid draws can be drawn again from its numbers u (a row of the plan of points)."""
    m = Maker()
    n = m.let("n", b.span(1, 3), INT)
    m.let("k", b.span(0, n, 1))
    sampler = Sampler(m.program(), 0, "grid")
    assert sampler.count() == Count(9, 9)  # 2 + 3 + 4
    draws = sampler.draw(np.concatenate(list(sampler.rows())))
    points = np.stack([draws.u[p] for p in sampler.graph.variables], -1)
    again = Sampler(m.program(), 0, PointsPlan(points)).draw(range(9))
    assert all((again.values[p] == draws.values[p]).all() for p in ("n", "k"))


def test_dependent_steps_without_a_largest_number_are_refused() -> None:
    """The number of rows behind a range may be endless: a normal draw has no largest value."""
    m = Maker()
    names = [m.let(f"x{k}", b.family("normal", 0, 1)) for k in range(14)]  # 3^14 rows are too many to look at
    m.let("k", b.span(0, sum_of(names), 1))
    with pytest.raises(LimitError, match=r"'k' has an unknown number of values.*--plan random"):
        Sampler(m.program(), 0, "grid")


def test_plans_by_name() -> None:
    """Known plans that do not run name those that do; others get the nearest name; a number only where it means one."""
    assert isinstance(make_plan("random"), RandomPlan) and make_plan("grid:5") == GridPlan(5)
    assert isinstance(make_plan("sobol"), SobolPlan) and make_plan("lhs:7") == make_plan("lhs", 7) == LhsPlan(7)
    for later in ("halton", "search"):
        with pytest.raises(NotRunnableError, match=f"'{later}' does not run yet; random, sobol, lhs, grid"):
            make_plan(later)
    with pytest.raises(UsageError, match="did you mean 'grid'"):
        make_plan("gird")
    with pytest.raises(UsageError, match="choose from random, sobol"):
        make_plan("everything")
    with pytest.raises(UsageError, match="quantiles"):
        make_plan("grid:0")
    with pytest.raises(UsageError, match="takes no number"):
        make_plan("sobol:5")
    with pytest.raises(UsageError, match="needs the number of its variants"):
        make_plan("lhs")


def test_rows_beyond_the_grid_are_refused() -> None:
    """Row 55 of 55 does not exist; a random plan has no rows to count."""
    with pytest.raises(UsageError, match="numbered 0 to 54"):
        Sampler(b.ccrm(), 0, "grid").draw([55])
    with pytest.raises(UsageError, match="--plan grid"):
        Sampler(b.ccrm(), 0).count()


def test_the_grid_obeys_geometry() -> None:
    """Rows that the scene rejects are masked, and counted so: overlap at a distance of 2 or less leaves 3 of 4 rows."""
    m = Maker()
    m.let("ego.x", b.choice([0.0, 1.0]))
    m.let("kid.x", b.choice([2.5, 10.0]))
    from dataclasses import replace

    from simengine.language.program import EntityDecl

    entities = tuple(EntityDecl(n, "car", "driving", "vehicle", (), b.SPAN) for n in ("ego", "kid"))
    program = replace(m.program(), entities=entities)

    def apart(expr: object, indices: np.ndarray, values: dict[str, np.ndarray]) -> np.ndarray:
        return values["kid.x"] - values["ego.x"] > 2

    sampler = Sampler(program, 0, "grid")
    assert sampler.count() == Count(4, 4) and sampler.count(apart) == Count(4, 3)
    assert np.concatenate(list(sampler.rows(apart))).tolist() == [0, 1, 3]


@pytest.mark.parametrize(("law", "values"), [("poisson(0.3)", [0, 1]), ("poisson(5) within 0..2", [1, 2])])
def test_counts_have_no_row_twice(law: str, values: list[int]) -> None:
    """Of the quantiles 1/6, 1/2 and 5/6 two are the same. Poisson 0.3: F(0) = 0.741 holds the first two. Poisson 5 of
    0..2: weights 1, 5 and 12.5 of 18.5, so F(0) = 0.054, F(1) = 0.324 holds the first, 2 the others."""
    (program,) = parse_text(f"scenario t:\n    param n: int ~ {law}\n", libraries={})
    sampler = Sampler(program, 0, "grid")
    assert sampler.count() == Count(2, 2)
    assert sampler.draw(range(2)).values["n"].tolist() == values


def test_a_mean_beyond_the_limit_is_told_as_such() -> None:
    """The inverse distribution function has no answer there; the message says that it is a limit of ours."""
    (found,) = [
        d for d in check_text("scenario t:\n    param n: int ~ poisson(1e15)\n", libraries={}).diagnostics
        if d.severity == "error"
    ]  # fmt: skip
    assert found.code == "E0212" and "more than the limit of 1e+10" in found.message


def test_a_grid_names_what_it_leaves_to_chance():
    """Each element draws its own model and gap, which are no axes; ``a`` is the only one: two cases."""
    made = parse_text(
        "use town\nscenario t:\n    param a ~ {1, 2}\n    world street(parking = right)\n"
        "    car ego on lane(1) at s(1 m)\n    car q[3] along curb(right) by ~ {1 m, 2 m}:\n"
        "        model ~ {sedan, suv}\n    cover a\n    stop after 1 s\n",
        "t.scn", libraries=LIBRARIES,
    )[0]  # fmt: skip
    plan = Sampler(made, 0, "grid").plan
    assert isinstance(plan, GridPlan) and plan.size == 2
    assert len(plan.notes) == 1 and "'q.model', 'q.by'" in plan.notes[0]
    alone = Sampler(parse_text("scenario t:\n    param a ~ {1, 2}\n    cover a\n", "t.scn", libraries={})[0], 0, "grid")
    assert isinstance(alone.plan, GridPlan) and alone.plan.notes == ()
