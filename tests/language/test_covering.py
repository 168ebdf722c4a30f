"""Covering arrays and feasible combinations, against brute force over everything."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import UsageError
from simengine.language.bins import cover_bins
from simengine.language.coverage import initial_bins
from simengine.language.covering import Group, covering_array, feasible_tuples
from simengine.language.coverplan import CoverPlan
from simengine.language.dependencies import Graph
from simengine.language.drawn import Laws
from simengine.language.feasible import Field
from simengine.language.program import Cover, Cross, Program
from simengine.language.sample import Sampler

from . import builder as b
from .builder import Maker, num, op
from .programs import program

SEEDS = st.integers(0, 2**32)


def combinations(rows: np.ndarray, columns: tuple[int, ...]) -> set[tuple[int, ...]]:
    return {tuple(row) for row in rows[:, list(columns)].tolist()}


@given(SEEDS, st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_every_feasible_combination_is_there_and_no_other(seed: int, ways: int) -> None:
    """All rows of the full product that a random constraint leaves are listed by hand: each t-way combination that any
    of them holds is in the array, and every row of the array is one of them."""
    r = random.Random(seed)
    counts = [r.randint(1, 5) for _ in range(r.randint(2, 5))]
    tied = sorted(r.sample(range(len(counts)), r.randint(1, len(counts))))
    everything = [row for row in itertools.product(*(range(counts[c]) for c in tied)) if r.random() < 0.6]
    if not everything:
        everything = [tuple(0 for _ in tied)]
    full = np.array(
        [row for row in itertools.product(*map(range, counts)) if tuple(row[c] for c in tied) in set(everything)]
    )
    groups = [Group(tuple(tied), np.array(everything))]
    targets = list(itertools.combinations(range(len(counts)), min(ways, len(counts))))
    array = covering_array(counts, targets, groups)
    assert {tuple(x) for x in array.tolist()} <= {tuple(x) for x in full.tolist()}
    for target in targets:
        wanted = combinations(full, target)
        assert combinations(array, target) == wanted
        assert {tuple(x) for x in np.argwhere(feasible_tuples(target, counts, groups)).tolist()} == wanted
    assert len(array) <= len(full)


def test_known_sizes() -> None:
    """Two columns need their product; 4 columns of 3 values: 9 rows are the optimum of pairs (an orthogonal array), and
    IPOG needs at most half as many more; 10 flags in pairs: the optimum is 6."""
    assert len(covering_array([7, 5], [(0, 1)], [])) == 35
    pairs = list(itertools.combinations(range(4), 2))
    assert 9 <= len(covering_array([3] * 4, pairs, [])) <= 13
    flags = covering_array([2] * 10, list(itertools.combinations(range(10), 2)), [])
    assert 6 <= len(flags) <= 10


def test_rows_that_are_there_already_are_not_made_again() -> None:
    """With all but one combination at hand, one row is left to make."""
    have = np.array([[i, j] for i in range(3) for j in range(3)][:-1])
    assert covering_array([3, 3], [(0, 1)], [], have).tolist() == [[2, 2]]


def cut_in() -> Program:
    """The example's cut-in, with its cross."""
    from dataclasses import replace

    return replace(b.cut_in(), crosses=(Cross(("ve0", "dv", "dx0", "vy"), 3, b.SPAN),))


def test_the_cut_in_by_enumeration() -> None:
    """All 29,750 feasible cases of the grid are enumerated: the covering array of three ways holds exactly the triples
    that they hold, in far fewer rows, and its draws lie in the bins that it says."""
    everything = Sampler(cut_in(), 0, "grid")
    bins = cover_bins(cut_in())
    full = initial_bins(everything.draw(np.concatenate(list(everything.rows()))), bins)
    sampler = Sampler(cut_in(), 5, "cover:3")
    assert isinstance(sampler.plan, CoverPlan) and sampler.plan.rows is not None
    draws = sampler.draw(np.concatenate(list(sampler.rows())))
    mine = initial_bins(draws, bins)
    assert np.array_equal(np.stack([mine[n] for n in sampler.plan.names], -1), sampler.plan.rows)
    for names in itertools.combinations(sampler.plan.names, 3):
        wanted = set(zip(*(full[n].tolist() for n in names), strict=True))
        assert set(zip(*(mine[n].tolist() for n in names), strict=True)) == wanted
    assert len(draws) < 300


def test_continuous_bins_hold_what_they_say() -> None:
    """speed x gap under speed * gap > 6 with bins of both: cells of the plane that the hyperbola leaves are listed by
    exact arithmetic (a cell is feasible if its far corner is beyond); all are hit, by values inside their bins."""
    text = program(
        "param v: speed ~ 1..9 m/s", "param g: time ~ triangular(0 s, 1 s, 4 s)", "require v * g > 6 m",
        "cover v by 2 m/s", "cover g by 1 s", "cross v, g ways 2",
    )  # fmt: skip
    sampler = Sampler(text, 3, "cover:2")
    rows = np.concatenate(list(sampler.rows()))
    draws = sampler.draw(rows)
    v, g = draws.values["v"], draws.values["g"]
    hit = set(zip(((v - 1) // 2).astype(int).tolist(), g.astype(int).tolist(), strict=True))
    wanted = {(i, j) for i in range(4) for j in range(4) if (1 + 2 * i + 2) * (j + 1) > 6}
    assert hit == wanted and len(rows) == len(wanted)
    assert (v * g > 6).all()


def test_what_is_feasible_by_enumeration() -> None:
    """Finite lists are enumerated: feasible cells of two sums against brute force, nothing is open."""
    m = Maker()
    x, y = m.let("x", b.span(0, 9, 1)), m.let("y", b.choice([1.0, 4.0, 6.0]))
    m.require(op("<", op("*", x, y), num(20)))
    for item in (x, y, op("+", x, y)):
        name = getattr(item, "path", "sum")
        m.covers.append(Cover(name, item, None, 3.0, (0.0, 15.0) if name == "sum" else None, (), (), b.SPAN))
    graph = Graph(m.program())
    field = Field(graph, Laws(m.program(), graph))
    assert field.names == ("x", "y", "sum")
    found, unknown = field.tuples((0, 2))
    wanted = {
        (min(a // 3, 2), min(int(a + c) // 3, 4)) for a in range(10) for c in (1, 4, 6) if a * c < 20 and a + c <= 15
    }  # fmt: skip
    assert {tuple(t) for t in np.argwhere(found).tolist()} == wanted and not unknown.any()


def test_rare_cells_are_searched_and_impossible_ones_proved() -> None:
    """x + y > 1.999 leaves one cell of 10 x 10 with probability 5e-7, which 65,536 draws do not show: it is found by
    drawing from the cell, and all others are excluded by intervals, so nothing stays open."""
    m = Maker()
    x, y = m.let("x", b.span(0, 1)), m.let("y", b.span(0, 1))
    m.require(op(">", op("+", x, y), num(1.9)))
    m.crosses.append(Cross(("x", "y"), 2, b.SPAN))
    graph = Graph(m.program())
    found, unknown = Field(graph, Laws(m.program(), graph)).tuples((0, 1))
    assert np.argwhere(found).tolist() == [[9, 9]] and not unknown.any()


def test_what_cannot_be_covered_is_told() -> None:
    """A program without items over drawn values has no array."""
    with pytest.raises(UsageError, match="needs 'cover' or 'cross' statements over drawn values"):
        Sampler(b.cut_in(), 0, "cover")
    with pytest.raises(UsageError, match="1 to 6 ways"):
        Sampler(cut_in(), 0, "cover:9")


def test_the_array_does_not_depend_on_the_seed_and_rows_stand_alone() -> None:
    """Bins belong to the program, values to the seed and the row: a row alone equals the row in company."""
    one, two = Sampler(cut_in(), 1, "cover:2"), Sampler(cut_in(), 2, "cover:2")
    assert isinstance(one.plan, CoverPlan) and isinstance(two.plan, CoverPlan)
    assert np.array_equal(one.plan.rows, two.plan.rows)  # pyright: ignore
    whole = one.draw(range(20))
    alone = Sampler(cut_in(), 1, "cover:2").draw([13])
    assert all(alone.u[p][0] == whole.u[p][13] for p in whole.u)
    assert whole.u["accel"].tobytes() != two.draw(range(20)).u["accel"].tobytes()
