"""The distance of a placement is read by the name that tables give it: ``parked[2].by``."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text, parse_text
from simengine.language.census import Census
from simengine.language.covered import coverage_report
from simengine.language.sample import Sampler

TEXT = """use driving
scenario t:
    world highway(lanes = 2, length = 200 m)
    car ego on lane(1) at s(10 m):
        controller ~ {none: 1, aeb(reaction ~ 0.2..0.5 s): 3}
    car lead on lane(1) ahead of ego by ~ 20..30 m
    car q[2] ahead of lead by ~ 1..2 m
    require q[2].by > 1.5 m
    cover q[2].by by 250 mm
    cover lead.by by 5 m
    cross q[2].by, lead.by
    stop after 1 s
"""


def test_a_distance_is_constrained_and_covered_as_it_is_tabled() -> None:
    """Of four bins of 1..2 m the constraint leaves the upper two; every draw lies in them, in the column's name."""
    (program,) = parse_text(TEXT, libraries=libraries())
    draws = Sampler(program, 0).draw(range(60))
    assert all(float(draws.scenario(k).row()["q[2].by [m]"]) > 1.5 for k in range(60))
    assert np.asarray(draws.values["q.@by"])[:, 0].min() < 1.5  # the other element is free
    report = coverage_report(Census.of(program, draws.values, 60), suggestions=0)
    assert [(i.names, i.hit, i.feasible) for i in report.items] == [(("q[2].by",), 2, 2), (("lead.by",), 2, 2)]
    assert [c.hit for c in report.crosses] == [4]


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("q.by by 1 m", "'q' is an array: say which element"),
        ("ego.by by 1 m", "unknown property 'by' of the car 'ego'"),
        ("ego.controller.aeb.reaction by 100 ms", "it is set, and not read"),
    ],
)
def test_what_has_no_such_value_is_said(item: str, told: str) -> None:
    """An array has one each, a place of its own has none, and an argument needs a name to be read."""
    (found,) = check_text(f"{TEXT}    cover {item}\n", libraries=libraries()).diagnostics
    assert told in found.message
    assert "param" in found.help or "argument" not in found.message
