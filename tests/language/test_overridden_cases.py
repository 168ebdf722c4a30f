"""A property that the cases of a ``choose`` set, and a scenario that extends theirs: nothing it says is lost."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.language import Program, check_text, render_diagnostics
from simengine.language.exchange import json_of_text, text_of_json
from simengine.language.sample import Sampler

from .programs import LIBRARIES

BASE = """use town
scenario base:
    world street()
    choose light:
        case day:
            {day}
        case night:
            {night}
    car ego on lane(1) at s(1 m)
    sensor front on ego = camera()
    record front: rgb
    stop after 1 s
"""


def made(text: str) -> Program:
    result = check_text(text, "t.scn", libraries=LIBRARIES)
    assert result.ok, render_diagnostics(result.diagnostics, text)
    return result.programs[-1]


def errors(text: str) -> list[tuple[str, int, str]]:
    found = check_text(text, "t.scn", libraries=LIBRARIES).diagnostics
    return [(d.code, d.span.line, d.help) for d in found if d.severity == "error"]


SETTINGS = [  # what the cases set (day, night), what the child sets, the property
    ("sun.elevation = 50 deg", "sun.elevation ~ -15..-5 deg", "sun.elevation = 20 deg", "world.sun.elevation"),
    ("ego.speed = 5 m/s", "ego.speed = 6 m/s", "ego.speed = 7 m/s", "ego.speed"),
    ("front.noise.gain = 1", "front.noise.gain = 2", "front.noise.gain = 3", "front.noise.gain"),
    ("ego.controller = aeb()", "ego.controller = acc()", "ego.controller = none", "ego.controller"),
]


@pytest.mark.parametrize(("day", "night", "child", "path"), SETTINGS)
def test_an_override_counts_in_all_cases(day: str, night: str, child: str, path: str) -> None:
    """As if the base had set the property once, outside of its cases: the same definitions, nothing drawn for cases."""
    base = BASE.format(day=day, night=night)
    plain = BASE.format(day="lamps.lit = no", night="lamps.lit = yes").replace("    stop", f"    {child}\n    stop")
    extended = f"{base}scenario kid extends base:\n    override {child}\n"
    wanted, found = made(plain), made(extended)
    shown = {p: d.binding for p, d in wanted.definitions.items() if p.startswith(path) and not d.drawn}
    assert {p for p in found.definitions if path in p} == {p for p in wanted.definitions if path in p}
    assert {p: type(d.binding) for p, d in found.definitions.items() if p in shown} == {
        p: type(b) for p, b in shown.items()
    }
    assert {p for p, d in found.definitions.items() if d.drawn} == {"light"}
    assert all(found.supports.get(p) == wanted.supports.get(p) for p in shown)
    assert [e.controllers for e in found.entities] == [e.controllers for e in wanted.entities]


@pytest.mark.parametrize(("day", "night", "child", "path"), SETTINGS)
def test_a_setting_without_override_is_an_error_that_names_the_choice(
    day: str, night: str, child: str, path: str
) -> None:
    """Through the text and through JSON; the line is that of the setting."""
    text = f"{BASE.format(day=day, night=night)}scenario kid extends base:\n    {child}\n"
    for door in (text, text_of_json(json_of_text(text, "x.scn"), "x.json")):
        ((code, line, help_text),) = errors(door)
        assert code == "E0202" and child.split(" =")[0] in door.split("\n")[line - 1]
        assert f"'override {path.removeprefix('world.')} ...'" in help_text and "'light'" in help_text


def test_cases_beside_an_override_count_before_it() -> None:
    """A child with a choice of its own: its cases, else its override, and never the base's, in either order."""
    base = BASE.format(day="ego.speed = 5 m/s", night="ego.speed = 6 m/s")
    choice = "    choose pace:\n        case slow:\n            ego.speed = 1 m/s\n        case 0.5 other:\n"
    choice += "            lamps.lit = yes\n"
    for lines in ("    override ego.speed = 9 m/s\n" + choice, choice + "    override ego.speed = 9 m/s\n"):
        values = Sampler(made(f"{base}scenario kid extends base:\n{lines}"), 0).draw(range(40)).values
        assert np.array_equal(values["ego.speed"], np.where(values["pace"] == 0, 1.0, 9.0))
    alone = errors(f"{base}scenario kid extends base:\n{choice}")
    assert [(code, line) for code, line, _ in alone] == [("E0202", 16)]
    assert "'override ego.speed ...' beside the choice" in alone[0][2]


def test_two_choices_of_one_scenario_do_not_set_the_same() -> None:
    """Where both cases are drawn one of them would count for nothing."""
    text = BASE.format(day="ego.speed = 5 m/s", night="lamps.lit = yes")
    text += "    choose pace:\n        case slow:\n            ego.speed = 1 m/s\n"
    assert errors(text) == [("E0202", 15, "let one choice set it")]


def test_a_value_of_the_same_scenario_stands_for_the_other_cases() -> None:
    """Unchanged: outside of the cases that set it, the property's own value."""
    text = BASE.format(day="ego.speed = 5 m/s", night="lamps.lit = yes") + "    ego.speed = 2 m/s\n"
    values = Sampler(made(text), 0).draw(range(40)).values
    assert np.array_equal(values["ego.speed"], np.where(values["light"] == 0, 5.0, 2.0))
