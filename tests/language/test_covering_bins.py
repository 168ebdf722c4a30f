"""Bins that do not hold every value: what is feasible, and what a covering array holds, against full enumeration."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from simengine.language import parse_text
from simengine.language.census import Census
from simengine.language.covered import coverage_report
from simengine.language.sample import Sampler

from .programs import LIBRARIES


def _bin(edges: list[int], x: int) -> int:
    """Half open but for the last bin, as docs/coverage.md says; -1: none."""
    last = len(edges) - 2
    return next((k for k in range(last + 1) if edges[k] <= x < edges[k + 1] or (k == last and x == edges[-1])), -1)


def _hit(rows: list[dict[str, int]], targets: list[tuple[str, ...]]) -> dict[tuple[str, ...], set[tuple[int, ...]]]:
    return {t: {tuple(v[n] for n in t) for v in rows if all(v[n] >= 0 for n in t)} for t in targets}


@pytest.mark.parametrize("seed", range(24))
def test_bins_that_leave_values_out(seed: int) -> None:
    """Three whole numbers with two constraints, bins that leave holes, all pairs. By enumeration: which bins and pairs
    occur in any draw that meets the constraints, also where the third number lies in no bin. The report counts just
    these as feasible, and the rows of the covering array hold each of them."""
    r = random.Random(seed)
    spans = {n: (low := r.randint(-2, 1), low + r.randint(1, 4)) for n in "abc"}
    edges = {n: sorted(r.sample(range(low - 1, high + 2), r.randint(2, 3))) for n, (low, high) in spans.items()}
    one, two = r.randint(-1, 4), r.randint(-2, 3)
    text = "use town\n\nscenario t:\n    world street(lanes = 2)\n"
    text += "".join(f"    param {n}: int ~ {low}..{high}\n" for n, (low, high) in spans.items())
    text += f"    require a + b >= {one}\n    require b * c <= {two}\n"
    text += "".join(f"    cover {n} bins [{', '.join(map(str, edges[n]))}]\n" for n in "abc")
    text += "    cross a, b, c ways 2\n    stop after 1 s\n"
    drawn = [
        dict(zip("abc", v, strict=True)) for v in itertools.product(*(range(lo, hi + 1) for lo, hi in spans.values()))
    ]
    drawn = [v for v in drawn if v["a"] + v["b"] >= one and v["b"] * v["c"] <= two]
    if not drawn:
        return
    targets: list[tuple[str, ...]] = [("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c")]
    found = [{n: _bin(edges[n], v[n]) for n in "abc"} for v in drawn]
    true = _hit(found, targets)
    program = parse_text(text, "t.scn", libraries=LIBRARIES)[0]
    report = coverage_report(Census.of(program, Sampler(program, 0).draw(range(1)).values, 1), suggestions=3)
    told = {h.names: (h.feasible, h.open) for h in (*report.items, *report.crosses)}
    assert told == {t: (len(true[t]), 0) for t in targets}
    if not any(true.values()):
        return
    sampler = Sampler(program, 0, "cover")
    draws = sampler.draw(np.concatenate(list(sampler.rows())))
    rows = [{n: _bin(edges[n], round(float(draws.values[n][k]))) for n in "abc"} for k in range(len(draws))]
    assert _hit(rows, targets) == true
