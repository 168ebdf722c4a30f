"""An element that is drawn, of an array whose size is drawn: draws in which it does not exist are drawn again."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.errors import ProgramError
from simengine.language import parse_text
from simengine.language.program import Program
from simengine.language.sample import Sampler

_HEAD = """use driving

scenario row:
    world street(lanes = 2, parking = right, length = 300 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..60 km/h
    car parked[~ 2..4] along curb(right) at s(60 m) by 1 m
"""


def _program(rest: str) -> Program:
    text = _HEAD + "".join(f"    {line}\n" for line in rest.splitlines()) + "    stop after 1 s\n"
    (program,) = parse_text(text, libraries=libraries())
    return program


def _columns(program: Program, count: int, *paths: str) -> list[list[int]]:
    draws = Sampler(program, 0).draw(range(count))
    return [np.rint(draws.values[path]).astype(int).tolist() for path in paths]


def test_only_elements_that_exist_are_drawn() -> None:
    """size and which are independent and uniform, given which <= size: 2 + 3 + 4 equally likely pairs, P = 1/9 each.

    Counts of 9,000 draws lie within 5 standard deviations, 5 sqrt(9000 x 1/9 x 8/9) = 150, of 1,000.
    """
    program = _program("param which: int ~ 1..4\nexpect always distance(ego, parked[which]) > 1 m")
    pairs = Counter(zip(*_columns(program, 9000, "parked.count", "which"), strict=True))
    assert set(pairs) == {(n, k) for n in (2, 3, 4) for k in range(1, n + 1)}
    assert all(abs(count - 1000) < 150 for count in pairs.values())


def test_a_range_up_to_the_size_needs_no_redraw() -> None:
    """Each size then keeps its share of a third: 3,000 of 9,000, give or take 5 sqrt(9000 x 1/3 x 2/3) = 224."""
    program = _program("param which: int ~ 1..parked.count\nrequire distance(ego, parked[which]) > 1 m")
    sizes, which = _columns(program, 9000, "parked.count", "which")
    assert all(k <= n for n, k in zip(sizes, which, strict=True))
    assert all(abs(count - 3000) < 224 for count in Counter(sizes).values())


def test_the_last_one_always_exists() -> None:
    """``parked[parked.count]`` asks nothing of the draws; ``parked[which]`` asks once, however often it is named."""
    last = _program("require distance(ego, parked[parked.count]) > 1 m")
    assert not any(r.implied for r in last.requires)
    which = _program("param which: int ~ 1..4\n" + "require distance(ego, parked[which]) > 1 m\n" * 2)
    assert [r.text for r in which.requires if r.implied] == ["parked[which] exists"]


@pytest.mark.parametrize("index", ["5", "parked.count + 1", "0", "which"])
def test_what_may_not_exist_and_is_not_drawn_within_the_row_is_an_error(index: str) -> None:
    """5 and count + 1 exceed the most, 0 the least; which ~ 0..3 can be 0."""
    with pytest.raises(ProgramError, match="E0214"):
        _program(f"param which: int ~ 0..3\nrequire distance(ego, parked[{index}]) > 1 m")
