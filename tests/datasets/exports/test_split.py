"""Parts of an export: whole variants, exact shares, no leak."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.datasets.exports.split import assign, parse_split
from simengine.errors import UsageError


def episodes(digests: list[str]) -> Any:
    return [SimpleNamespace(variant=k, row=SimpleNamespace(digest=d)) for k, d in enumerate(digests)]


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=3, max_size=80), st.permutations(range(3)))
def test_equal_scenarios_stay_together_and_every_part_has_some(numbers, order):
    """Digests with repeats: one part a digest (else a copy of a training scene is in the test part), all variants are
    somewhere, and the parts' sizes in different scenarios are the shares to within one (or the one each must have)."""
    shares = {"abc"[k]: s for k, s in zip(order, (0.6, 0.3, 0.1), strict=True)}
    digests = [f"{n:064x}" for n in numbers]
    if len(set(digests)) < 3:
        with pytest.raises(UsageError, match="3 parts"):
            assign(episodes(digests), shares)
        return
    parts = assign(episodes(digests), shares)
    assert set(parts) == set(range(len(digests)))
    part_of = {d: {parts[k] for k, e in enumerate(digests) if e == d} for d in digests}
    assert all(len(found) == 1 for found in part_of.values())
    for name, share in shares.items():
        count = sum(found == {name} for found in part_of.values())
        assert count >= 1 and abs(count - share * len(part_of)) < 2


def test_shares_are_exact_and_do_not_depend_on_the_order():
    """100 scenarios by 0.8, 0.2 are 80 and 20; the same scenarios in another order get the same parts."""
    digests = [f"{n * 7919:064x}" for n in range(100)]
    shares = parse_split("train=8, val=2")
    assert shares == {"train": 0.8, "val": 0.2}
    forth, back = assign(episodes(digests), shares), assign(episodes(digests[::-1]), shares)
    assert sorted(forth.values()).count("train") == 80
    assert {digests[k]: p for k, p in forth.items()} == {digests[::-1][k]: p for k, p in back.items()}
    assert sum(forth[k] == "val" for k in range(50)) < 20  # not simply the last of the list


@pytest.mark.parametrize("text", ["", "train", "train=", "train=0", "train=-1", "train=nan", "train=inf", "../x=1",
                                  "Train=1", "a=1,a=2", "a=1,,b=1", "a=0.5;b=0.5"])  # fmt: skip
def test_what_is_no_split_is_refused(text):
    """A part's name becomes a file name, so it must be a plain word; shares must be positive numbers."""
    with pytest.raises(UsageError, match=r"train=0\.8,val=0\.2"):
        parse_split(text)


@pytest.mark.parametrize("text", ["train=0.9,val=0.3", "train=0.5,val=0.2", "train=0.8", "a=1.5,b=1"])
def test_fractions_that_are_no_division_are_refused(text):
    """0.9 and 0.3 scaled to a sum of 1 would be 75 and 25 %: not what was typed. Thirds may be 0.33."""
    with pytest.raises(UsageError, match=r"add up to (1\.2|0\.7|0\.8|2\.5);"):
        parse_split(text)
    assert parse_split("a=0.33,b=0.33,c=0.33")["c"] == pytest.approx(1 / 3)
