"""Every construct of the language either runs to the end or is wrong.

The programs are in ``constructs.txt``. Nothing that ``check`` lets pass may fail later, and no word of the tables may
be missing from them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.sensing import sensor_specs, signal_specs
from simengine.engine.variation import Variation
from simengine.errors import ProgramError
from simengine.language import CheckResult, check_text
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.world import vocabulary as words

HEAD = """use driving
scenario t:
    world street(lanes = 2, parking = right)
    stop after 0.1 s
    car ego on lane(1) at s(20 m):
        speed = 10 m/s
    pedestrian kid along curb(right):
        speed = 2 m/s
"""
LINES = HEAD.count("\n")


def _table() -> list[tuple[str, str]]:
    text = (Path(__file__).parent / "constructs.txt").read_text(encoding="utf-8")
    out: list[tuple[str, str]] = []
    for section in text.split("\n## ")[1:]:
        outcome, _, body = section.partition("\n")
        out += [(outcome, program.strip("\n")) for program in body.split("\n---\n")]
    return out


TABLE = _table()
RUNS = "\n".join(p for o, p in TABLE if o == "runs")


def _checked(body: str) -> CheckResult:
    head, (first, _, rest) = HEAD, body.partition("\n")
    if first.startswith("world "):  # in place of the head's
        head, body = HEAD.replace("world street(lanes = 2, parking = right)", first), rest
    return check_text(head + "".join(f"    {line}\n" for line in body.split("\n")), libraries=libraries())


def _programs(outcome: str) -> list[str]:
    return [p for o, p in TABLE if o == outcome]


@pytest.mark.parametrize("body", _programs("runs"))
def test_what_check_lets_pass_runs_to_the_end(body: str):
    """Drawn, placed, simulated, built and with sensors: no error of any kind comes after a check without one."""
    result = _checked(body)
    assert result.ok and result.programs[0].not_yet == ()
    program = result.programs[0]
    (simulated,) = Variation(program, 0, "random").simulate([0])
    assert simulated.trace.stop_reason
    if program.sensors:
        scene = build_scene(program, simulated.scenario, libraries(), 0)
        made = [make(program, simulated.scenario, scene) for make in (sensor_specs, signal_specs)]
        assert sum(map(len, made)) == len(program.sensors)


@pytest.mark.parametrize(("codes", "body"), [(o, p) for o, p in TABLE if o.startswith("E")])
def test_what_is_wrong_is_told_by_check(codes: str, body: str):
    """The errors have these codes, stand in the lines of the program (not of its head), and every one says what to do
    or what would fit."""
    errors = [d for d in _checked(body).diagnostics if d.severity == "error"]
    assert set(codes.split("/")) == {d.code for d in errors}
    assert all(d.span.line > LINES for d in errors)


def test_every_word_of_the_tables_stands_in_a_program():
    """Each stands in one that runs; a new word needs a program."""
    robots = load("bin_pick").source  # the arm and its goods have no other world
    robots += load("aisle_step_out").source + load("robot_blocked").source
    runs = RUNS + robots
    tables = (words.ACTIONS, words.METHODS, words.FUNCTIONS, words.ATTRIBUTES, words.PLACES, words.CONTROLLERS)
    for signature in (s for table in (*tables, words.MATH) for s in table):
        assert signature.runs, signature
        if signature.name not in ("position", "place"):  # a vector, which nothing takes; a robot's
            assert re.search(rf"\b{signature.name}\b", runs), signature
    for kind in SENSOR_KINDS.values():
        assert kind.runs and re.search(rf"\b{kind.name}\(", runs), kind.name
    for name in words.FAMILIES:
        told = "\n".join(p for o, p in TABLE if o == "E0201") if name == "library" else ""  # driving has no assets
        assert re.search(rf"~ {name}\(", runs + HEAD + told), name


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("do:\n    kid.run(across = road, speed = ego.speed - 20 m/s)", "line 10: 'speed' of 'run' is -10 m/s in var"),
        ("do:\n    ego.change_lane(to = lane_beside(ego, right))", "line 10: 'ego' cannot change into a lane beyond"),
    ],
)
def test_what_only_the_run_can_know_names_line_and_variant(body: str, message: str):
    """A speed that follows from the speed of that moment, and a lane beside the one that it is in then."""
    with pytest.raises(ProgramError, match=message):
        Variation(_checked(body).programs[0], 0, "random").simulate([0])
