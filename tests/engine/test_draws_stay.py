"""Adding to a scenario changes no draw of what was there: for every shipped scenario, bit by bit."""

from __future__ import annotations

import re

import numpy as np
import pytest

from simengine.engine.catalogue import find_scenario, libraries, scenario_files
from simengine.language import Program, parse_text
from simengine.language.sample import Sampler

NAMES = sorted(f.name for f in scenario_files())
CLOSELY = ("alks_cut_in", "bin_pick", "ccrm", "child_dart_out")  # one addition at a time; the others get all at once
EACH = ("variable", "entity", "array", "sensor", "behaviour")
VARIANTS = list(range(0, 400, 37))


def _drawn(program: Program) -> dict[str, bytes]:
    """Numbers behind each variable; without the placed scene, which a new entity can make impossible."""
    return {path: u.tobytes() for path, u in Sampler(program, 3).draw(VARIANTS).u.items()}


def _with(name: str, lines: str = "") -> Program:
    """The scenario with lines at its end, without draws from asset libraries, which do not run yet."""
    source = re.sub(r" *\w+ ~ library\(.*\n", "", find_scenario(name).source).rstrip("\n") + "\n"
    return parse_text(source + "".join(f"    {line}\n" for line in lines.split("\n")), libraries=libraries())[0]


def _additions(name: str) -> dict[str, str]:
    program = _with(name)
    who = next(e.name if e.count is None else f"{e.name}[1]" for e in program.entities)
    thing = "item" if program.uses == ("warehouse",) else "pedestrian"
    place = "above " + who if thing == "item" else "left of " + who + " by ~ 3..4 m"
    extra = "yaw ~ 0..90 deg"
    additions = {
        "variable": "param added ~ 0..1\nrequire added > 0.5",
        "entity": f"{thing} added {place}:\n    {extra}",
        "array": f"{thing} added[~ 1..3] {place}:\n    {extra}",
        "sensor": f"sensor added on {who} = camera(fov ~ 30..60 deg)\nrecord added: rgb",
        "behaviour": "when time > 1 s:\n    wait ~ 1..2 s",
    }
    names = {what: lines.replace("added", f"added_{what}") for what, lines in additions.items()}
    return {**additions, "all": "\n".join(names.values())}


@pytest.mark.parametrize(("name", "what"), [(n, "all") for n in NAMES] + [(n, what) for n in CLOSELY for what in EACH])
def test_other_draws_stay_bit_identical(name: str, what: str):
    """Streams are named by path, so a new name takes numbers from none of the others. What is drawn inside the timeline
    is numbered by the place in the text, and the addition comes last."""
    before = _drawn(_with(name))
    program = _with(name, _additions(name)[what])
    after = _drawn(program)
    assert set(after) > set(before)
    assert {path: after[path] for path in before} == before
    assert all(np.isfinite(np.frombuffer(u)).all() for u in after.values())


@pytest.mark.parametrize("name", [*CLOSELY, *NAMES[::10]])
def test_any_order_of_variants_gives_the_same_draws(name: str):
    """One at a time, backwards: the same numbers and values as together."""
    program = _with(name)
    together = Sampler(program, 3).draw(VARIANTS)
    for k in reversed(range(len(VARIANTS))):
        alone = Sampler(program, 3).draw([VARIANTS[k]])
        assert all(alone.u[p][0].tobytes() == together.u[p][k].tobytes() for p in together.u)
    assert not re.search("nan", repr(together.at(0)))
