"""Coverage bins and combinations."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import LimitError, ProgramError
from simengine.language.coverage import Bins, cover_bins, cross_hits, initial_bins
from simengine.language.program import Cover, Cross
from simengine.language.sample import Sampler
from simengine.language.terms import EventRef, Expr
from simengine.world.library import BOOL, INT, NUMBER, enum, quantity

from . import builder as b
from .builder import Maker, op, ref

RAIN = quantity("speed")
MMH = 0.001 / 3600.0


def cover(expr: Expr, name: str = "", **more: Any) -> Cover:
    base: dict[str, Any] = {"event": None, "width": None, "over": None, "edges": (), "words": ()}
    return Cover(name or getattr(expr, "path", "item"), expr, **{**base, **more}, span=b.SPAN)


def bins_of(m: Maker, item: Cover) -> Bins:
    m.covers = [item]
    return cover_bins(m.program())[item.name]


def test_bins_of_a_width_fill_the_support() -> None:
    """1.4..4.0 m/s by 0.5: six bins, the last one 0.1 wide; ends belong to the first and last."""
    m = Maker()
    found = bins_of(m, cover(m.let("v", b.span(1.4, 4.0), b.SPEED), width=0.5))
    assert found.count == 6
    assert [found.label(k) for k in (0, 5, 6, -1)] == ["1.4..1.9 m/s", "3.9..4 m/s", "", ""]
    assert found.index(np.array([1.4, 1.9, 3.95, 4.0, 4.1, 1.3, math.nan, math.inf])).tolist() == [
        0,
        1,
        5,
        5,
        -1,
        -1,
        -1,
        -1,
    ]


def test_bins_are_written_in_the_units_of_the_program() -> None:
    """10 km/h bins over 20..60 km/h read in km/h, and 30 km/h opens the second, however it was rounded."""
    m = Maker()
    found = bins_of(m, cover(m.let("v", b.kmh(20, 60), b.SPEED), width=10 * b.KMH))
    assert [found.label(k) for k in range(4)] == ["20..30 km/h", "30..40 km/h", "40..50 km/h", "50..60 km/h"]
    around = [30 / 3.6, 30 * b.KMH, math.nextafter(30 / 3.6, 0), math.nextafter(30 / 3.6, 99)]
    assert found.index(np.array(around)).tolist() == [1] * 4


def test_steps_covered_by_their_own_width_are_one_bin_each() -> None:
    """20..60 km/h step 10 km/h by 10 km/h: five values, five bins (60 has its own). Also through a let."""
    m = Maker()
    v = m.let("v", b.kmh(20, 60, 10), b.SPEED)
    m.let("ego.speed", v, b.SPEED)
    found = bins_of(m, cover(ref("ego.speed", b.SPEED), width=10 * b.KMH))
    assert [found.label(k) for k in range(found.count or 0)] == [f"{s} km/h" for s in (20, 30, 40, 50, 60)]
    program = m.program()
    draws = Sampler(program, 0, "grid").draw(range(5))
    assert initial_bins(draws, cover_bins(program))["ego.speed"].tolist() == [0, 1, 2, 3, 4]


def test_whole_numbers_are_told_as_such() -> None:
    """[3, 4) holds 3 alone, [3, 5) holds 3 and 4. Of width one, each number has a bin, the last one too."""
    m = Maker()
    n = m.let("n", b.choice([3.0, 5.0, 6.0], INT), INT)
    narrow = bins_of(m, cover(n, edges=(3.0, 4.0, 5.0, 6.0, 6.00001)))
    assert [narrow.label(k) for k in range(4)] == ["3", "4", "5", "6"]
    assert [bins_of(m, cover(n, edges=(3.0, 5.0, 9.0))).label(k) for k in range(2)] == ["3..4", "5..9"]
    over = bins_of(m, cover(n, width=1.0, over=(3.0, 6.0)))
    assert over.labels(over.index(np.array([3.0, 5.0, 6.0, 7.0]))) == ["3", "5", "6", ""]
    event = EventRef("cut", "started", b.TIME, b.SPAN)
    endless = bins_of(m, cover(ref("left", INT, state=True), "left", event=event, width=1.0))
    assert endless.labels(np.array([-2, 7])) == ["-2", "7"]


def test_explicit_edges_and_small_numbers() -> None:
    """Rain of 2.5 mm/h is 7e-7 m/s: bins must not blur at that size. 16..60 mm/h hits the third and fourth class."""
    m = Maker()
    edges = tuple(e * MMH for e in (0, 2.5, 7.6, 50, 150))
    found = bins_of(m, cover(m.let("rain", b.span(16 * MMH, 60 * MMH), RAIN), edges=edges))
    assert found.index(np.array([0, 2.4999, 2.5, 7.6, 49.99, 50, 150, 151]) * MMH).tolist() == [0, 0, 1, 2, 2, 3, 3, -1]
    assert found.label(1) == "2.5..7.6 mm/h"
    program = m.program()
    hit = initial_bins(Sampler(program, 0).draw(range(200)), cover_bins(program))["rain"]
    assert set(hit.tolist()) == {2, 3}


def test_words_and_flags() -> None:
    """One bin a word."""
    kind = enum("led", "sodium", "daylight")
    m = Maker()
    lamp = bins_of(m, cover(m.let("lamp", b.choice(["led", "sodium"], kind), kind)))
    assert lamp.count == 3 and lamp.labels(np.array([2, 0, -1])) == ["daylight", "led", ""]
    lit = bins_of(m, cover(m.let("lit", b.choice([True, False]), BOOL)))
    assert lit.labels(lit.index(np.array([True, False]))) == ["yes", "no"]


def test_bins_at_events_have_no_end() -> None:
    """Time to collision has no support: bins of the width from 0, as many as come; nan is in none."""
    event = EventRef("cut", "started", b.TIME, b.SPAN)
    found = bins_of(Maker(), cover(ref("ttc", b.TIME, state=True), "ttc", event=event, width=0.5))
    index = found.index(np.array([0.0, 0.49, 0.5, 7.3, math.nan, math.inf]))
    assert index[:4].tolist() == [0, 0, 1, 14] and found.count is None
    assert found.label(1) == "0.5..1 s" and found.label(int(index[4])) == "" == found.label(int(index[5]))


def test_items_without_bins_are_refused() -> None:
    """An event value without width or edges has no bins; a width of a nanometre has too many."""
    event = EventRef("cut", "started", b.TIME, b.SPAN)
    with pytest.raises(ProgramError, match="add 'by WIDTH"):
        bins_of(Maker(), cover(ref("ttc", b.TIME, state=True), "ttc", event=event))
    m = Maker()
    with pytest.raises(LimitError, match="larger width"):
        bins_of(m, cover(m.let("x", b.span(0, 1)), width=1e-9))


@given(st.floats(-100, 100), st.floats(0.01, 50), st.floats(0.01, 10))
@settings(max_examples=100, deadline=None)
def test_every_value_of_the_support_has_a_bin(low: float, size: float, width: float) -> None:
    """Bins cover the support without gap and each value lies within its bin (to the slack at the edges)."""
    m = Maker()
    found = bins_of(m, cover(m.let("x", b.span(low, low + size)), width=width))
    x = np.linspace(low, low + size, 57)
    k = found.index(x)
    edges = np.array(found.edges)
    assert (k >= 0).all() and (edges[k] <= x + 1e-6).all() and (x <= edges[k + 1] + 1e-6).all()
    assert (np.diff(k) >= 0).all() and k[-1] == (found.count or 0) - 1


def test_crosses_count_hit_and_raw_combinations() -> None:
    """The cut-in's constraints leave 15 of 25 (ve0, dv) pairs and 85 of 150 (ve0, dv, vy) triples: all are hit."""
    from dataclasses import replace

    program = replace(
        b.cut_in(), crosses=(Cross(("ve0", "dv", "dx0", "vy"), 3, b.SPAN), Cross(("ve0", "dv"), 2, b.SPAN))
    )
    bins = cover_bins(program)
    hit = initial_bins(Sampler(program, 0).draw(range(5000)), bins)
    three = {c.names: (c.hit, c.raw) for c in cross_hits(program.crosses[0], bins, hit)}
    assert len(three) == 4 and three["ve0", "dv", "vy"] == (85, 150) and three["ve0", "dv", "dx0"] == (105, 175)
    (two,) = cross_hits(program.crosses[1], bins, hit)
    assert (two.hit, two.raw) == (15, 25)


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(0, 30))
@settings(max_examples=50, deadline=None)
def test_crosses_equal_sets_of_tuples(seed: int, ways: int, n: int) -> None:
    """Against Python's sets; variants outside all bins of an item hit nothing."""
    rng = np.random.default_rng(seed)
    names = ("a", "b", "c")
    bins = {x: Bins(x, NUMBER, words=("p", "q", "r")) for x in names}
    index = {x: rng.integers(-1, 3, n) for x in names}
    for found in cross_hits(Cross(names, ways, b.SPAN), bins, index):
        rows = set(zip(*(index[x].tolist() for x in found.names), strict=True))
        assert found.hit == len([row for row in rows if min(row) >= 0]) and found.raw == 3 ** len(found.names)
    assert len(cross_hits(Cross(names, 2, b.SPAN), bins, index)) == len(list(itertools.combinations(names, 2)))


def test_items_that_need_the_run_are_left_to_it() -> None:
    """Values at events, of the scene, or of every element of an array are not initial values of a variant."""
    m = Maker()
    m.array("parked", 2.0, 2)
    m.let("parked.gap", b.span(0, 1), array="parked")
    x = m.let("x", b.span(0, 1))
    event = EventRef("cut", "started", b.TIME, b.SPAN)
    m.covers = [
        cover(op("*", x, b.num(2)), "double", width=0.5), cover(x, "later", event=event, width=0.5),
        cover(ref("ego.speed", state=True), "state", width=0.5), cover(ref("parked.gap"), "gaps", width=0.5),
    ]  # fmt: skip
    program = m.program()
    bins = cover_bins(program)
    assert list(initial_bins(Sampler(program, 0).draw(range(3)), bins)) == ["double"]
    assert bins["double"].count == 4
