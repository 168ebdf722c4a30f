"""The coverage report: counts by hand and by enumeration, gaps against brute force, suggestions that come true."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import LimitError
from simengine.language import check_text, parse_text
from simengine.language.census import POINTS, Census, values_of
from simengine.language.covered import coverage_report
from simengine.language.crossed import Crossed
from simengine.language.dispersion import largest_empty_box, largest_gap, ranks
from simengine.language.plans import PointsPlan
from simengine.language.program import Cross, Program
from simengine.language.sample import Sampler
from simengine.language.tabled import columns_of

from . import builder as b
from .programs import BASE, LIBRARIES, program


def cut_in(ways: int = 2) -> Program:
    return replace(b.cut_in(), crosses=(Cross(("ve0", "dv", "vy"), ways, b.SPAN),))


def test_hit_feasible_and_raw_of_the_cut_in() -> None:
    """By hand: 5 x 5 pairs of speeds, 15 of them feasible. vy = 3.0 m/s (of 6 values) is not below 10 km/h: ve0 = 20
    km/h has only the partner that makes 10 km/h, so 29 of 30 pairs with vy; likewise dv = -50 km/h (only with 60).
    Three at a time: 85 (see the grid's count). What a drawn set hits is counted by Python sets."""
    sampler = Sampler(cut_in(), 0)
    draws = sampler.draw(range(40))
    report = coverage_report(Census.of(cut_in(), draws.values, 40))
    found = {h.names: (h.hit, h.feasible, h.raw, h.open) for h in report.crosses}
    hit = {n: len(set(zip(*(draws.values[k].tolist() for k in n), strict=True))) for n in found}
    assert found == {
        ("ve0", "dv"): (hit["ve0", "dv"], 15, 25, 0), ("ve0", "vy"): (hit["ve0", "vy"], 29, 30, 0),
        ("dv", "vy"): (hit["dv", "vy"], 29, 30, 0),
    }  # fmt: skip
    (three,) = coverage_report(Census.of(cut_in(3), draws.values, 40), suggestions=0).crosses
    assert (three.feasible, three.raw, three.goal) == (85, 150, 85)
    assert three.least[0][1] == 0 and len(three.least) == 10


def test_suggestions_complete_the_coverage_and_are_real() -> None:
    """Drawn as points, suggestions hit exactly as many new combinations as they say; all of them leave none missing."""
    draws = Sampler(cut_in(), 0).draw(range(20))
    report = coverage_report(Census.of(cut_in(), draws.values, 20), suggestions=100)
    assert report.axes == ("ve0", "dv", "dx0", "vy", "accel", "side", "other.model")
    again = Sampler(cut_in(), 0, PointsPlan(np.array([s.point for s in report.suggestions]))).draw(
        range(len(report.suggestions))
    )
    assert again.feasible.all()
    names = ("ve0", "dv", "vy")
    targets = [*itertools.combinations(names, 1), *itertools.combinations(names, 2)]
    seen = {n: set(zip(*(draws.values[k].tolist() for k in n), strict=True)) for n in targets}
    for k, suggestion in enumerate(report.suggestions):
        new = {n: tuple(again.values[p][k].item() for p in n) for n in targets}
        assert suggestion.gain == sum(t not in seen[n] for n, t in new.items()) > 0
        for n, t in new.items():
            seen[n].add(t)
    assert [len(s) for s in seen.values()] == [5, 5, 6, 15, 29, 29]


def test_everything_hit_needs_no_suggestion() -> None:
    """The covering array itself leaves nothing to draw."""
    sampler = Sampler(cut_in(), 4, "cover")
    draws = sampler.draw(np.concatenate(list(sampler.rows())))
    report = coverage_report(Census.of(cut_in(), draws.values, len(draws)))
    assert report.suggestions == () and all(h.hit == h.feasible for h in report.crosses)


def test_bins_by_state() -> None:
    """rain 16..60 mm/h: classes below 7.6 can never be hit and are no goal; the class above 50 can."""
    text = program("param rain: speed ~ 16..60 mm/h", "cover rain bins [0, 2.5, 7.6, 50, 150] mm/h")
    draws = Sampler(text, 0).draw(range(3))
    (item,) = coverage_report(Census.of(text, draws.values, 3)).items
    assert [state for _, _, state in item.bins] == ["never", "never", "feasible", "feasible"]
    assert (item.raw, item.feasible) == (4, 2) and sum(n for _, n, _ in item.bins) == 3


def test_values_of_scenarios_are_those_of_the_draws() -> None:
    """Written and read back, a dataset's scenarios give the same report as the draws they came from."""
    from simengine.language import parse_text

    (text,) = parse_text(BASE, "t.scn", libraries=LIBRARIES)
    draws = Sampler(text, 1).draw(range(6))
    read = values_of(text, [draws.scenario(k) for k in range(6)])
    first, second = (coverage_report(Census.of(text, v, 6), suggestions=0) for v in (read, draws.values))
    assert first == second and first.items and first.crosses and first.gaps


def test_columns_are_the_rows() -> None:
    """The table by columns equals the rows of the scenarios cell by cell, names, units, order and types included; only
    whole numbers are int in columns and float in rows."""
    from simengine.language import parse_text

    (text,) = parse_text(BASE, "t.scn", libraries=LIBRARIES)
    draws = Sampler(text, 5).draw(range(40))
    columns = [(c.name, c.cells()) for c in columns_of(draws)]
    for k in range(40):
        mine = {name: cells[k] for name, cells in columns if cells[k] is not None}
        row = draws.scenario(k).row()
        kinds = [float if type(v) is int else type(v) for v in mine.values()]
        assert list(mine.items()) == list(row.items()) and kinds == [type(row[n]) for n in mine]


# ---- gaps --------------------------------------------------------------------------------------------------------


def brute(x: np.ndarray, y: np.ndarray, px: np.ndarray, py: np.ndarray) -> float:
    """The best share of all boxes whose sides are coordinates of points or the border."""
    best = 0.0
    for a, c in itertools.combinations([0.0, *sorted(x.tolist()), 1.0], 2):
        for low, high in itertools.combinations([0.0, *sorted(y.tolist()), 1.0], 2):
            if not ((x > a) & (x < c) & (y > low) & (y < high)).any():
                best = max(best, float(((px > a) & (px < c) & (py > low) & (py < high)).mean()))
    return best


@given(st.integers(0, 2**32), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_the_largest_empty_box(seed: int, n: int) -> None:
    """Nothing inside, and no box of any corners holds more of the pool (2 % for the coarse counts by which 24
    candidates are chosen)."""
    rng = np.random.default_rng(seed)
    x, y = rng.random(n), rng.random(n)
    px, py = rng.random(200), rng.random(200) ** 2
    box = largest_empty_box(x, y, px, py)
    (a, low), (c, high) = box.low, box.high
    assert not ((x > a) & (x < c) & (y > low) & (y < high)).any()
    assert box.share == ((px > a) & (px < c) & (py > low) & (py < high)).mean()
    assert box.share >= brute(x, y, px, py) - 0.02


def test_gaps_of_one_parameter() -> None:
    """0.1, 0.2, 0.7: the longest empty part is 0.2..0.7; ranks are shares of the pool."""
    assert largest_gap(np.array([0.7, 0.1, 0.2])) == (0.2, 0.7)
    assert ranks(np.array([0.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [0.0, 0.375, 1.0]


def test_gaps_leave_out_what_the_constraints_forbid() -> None:
    """x + y > 1 forbids the lower left half; variants fill the rest but the corner x > 0.8, y > 0.8 (share 0.04 / 0.5):
    the gap that is found is that corner, not the larger empty square below."""
    text = program("param x: number ~ 0..1", "param y: number ~ 0..1", "require x + y > 1", "cover x by 0.1")
    u = np.random.default_rng(0).random((3000, 2))
    u = u[(u.sum(1) > 1) & ~((u > 0.8).all(1))][:900]
    report = coverage_report(Census.of(text, {"x": u[:, 0], "y": u[:, 1]}, len(u)), suggestions=0)
    gap = report.gaps[0]
    assert gap.parameters == ("x", "y") and 0.06 < gap.share < 0.1
    assert min(gap.low) > 0.75 and min(gap.high) > 0.98


def test_counted_in_parts_it_is_the_same() -> None:
    """A census is a sum: variants added in parts of any size give the report of all at once, and the memory of values
    ends at the first POINTS variants."""
    program_, n = cut_in(), POINTS + 300
    draws = Sampler(program_, 3).draw(range(n))
    whole = coverage_report(Census.of(program_, draws.values, n))
    census = Census(program_)
    for first, last in ((0, 1), (1, 400), (400, 1000), (1000, n)):
        census.add({p: v[first:last] for p, v in draws.values.items()}, last - first)
    assert coverage_report(census) == whole
    assert all(len(v) == POINTS for v in census.points.values())
    assert len(census.counts) < n and int(census.counts.sum()) == n


def _crossed(items: int, ways: int, bins: int) -> str:
    names = [f"p{k}" for k in range(items)]
    drawn = "".join(f"    param {n} ~ {{{', '.join(map(str, range(bins)))}}}\n" for n in names)
    return f"scenario t:\n{drawn}    cross {', '.join(names)} ways {ways}\n"


def test_combinations_are_counted_without_making_them() -> None:
    """Against enumeration; items whose bins have no end count as one bin."""
    for counts, ways in (((2, 3, 5), 2), ((4, 1, 2, 7), 3), ((2, None, 3), 2), ((3, 4), 5)):
        sets = list(itertools.combinations([c or 1 for c in counts], min(ways, len(counts))))
        assert Crossed.of(counts, ways) == Crossed(len(sets), sum(math.prod(s) for s in sets))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_crossed(100, 6, 2), "this 'cross' asks for 1,192,052,400 sets of items, more than the limit of 20,000"),
        (_crossed(30, 4, 3), "sets of items"),  # C(30, 4) = 27,405
        (_crossed(10, 5, 100), "2,520,000,000,000 combinations of bins, more than the limit of 2,000,000"),
        (_crossed(10, 2, 200) + "    cross p0, p1, p2\n", ""),  # 45 x 40,000 = 1.8 million, and 120,000 more fit
        (_crossed(10, 2, 200) + 2 * "    cross p0, p1, p2\n", "before it, this 'cross' asks for 2,040,000"),
    ],
)  # fmt: skip
def test_a_cross_of_too_many_combinations_is_refused_by_check(text: str, told: str) -> None:
    """Numbers are C(n, t) and C(n, t) b^t; nothing is enumerated, so it takes no time and no memory."""
    found = [d for d in check_text(text, libraries={}).diagnostics if d.severity == "error"]
    assert [d.code for d in found] == (["E0110"] if told else []) and all(told in d.message for d in found)


def test_a_plan_of_too_many_combinations_is_refused_before_any_is_made() -> None:
    """cover:6 over 40 items: C(40, 6) = 3,838,380 sets. The program itself, in pairs, is within the limit."""
    (wide,) = parse_text(_crossed(40, 2, 2), libraries={})
    with pytest.raises(LimitError, match="3,838,380 sets of items"):
        Sampler(wide, 0, "cover:6")


def test_hits_of_many_items_are_those_of_few() -> None:
    """Every set of items of a census: counted as numbers in mixed radix, the same as Python counts tuples."""
    draws = Sampler(cut_in(), 0).draw(range(60))
    census = Census.of(cut_in(), draws.values, 60)
    for names in itertools.combinations(census.names, 2):
        seen, how, outside = census.hits(names)
        rows = census.rows[:, [census.names.index(n) for n in names]].tolist()
        wanted = Counter(key for row, n in zip(rows, census.counts.tolist(), strict=True) for key in [tuple(row)] * n)
        assert outside == sum(n for key, n in wanted.items() if min(key) < 0)
        assert dict(zip(map(tuple, seen.tolist()), how.tolist(), strict=True)) == {
            key: n for key, n in wanted.items() if min(key) >= 0
        }
