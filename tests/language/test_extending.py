"""``extends``: what another scenario gives, of the same text or an installed one, and what is said of it."""

from __future__ import annotations

import hashlib

import pytest

from simengine.language import CheckResult, Program, check_text, diagnostics_json, parse_text, render_diagnostics
from simengine.language.exchange import json_of_text, text_of_json
from simengine.language.limits import EXTENDS, SOURCE_BYTES
from simengine.language.reading import bare, read
from simengine.language.sample import Sampler
from simengine.language.scenario import source_digest

from .programs import LIBRARIES

PARENT = """use town

scenario base(gap: length = 20 m, n: int ~ 1..3) "Base":
    param side ~ {left, right}
    param pause ~ 1..2 s
    param a, b: speed ~ {(1 m/s, 2 m/s), (3 m/s, 4 m/s)}
    world street(lanes = 2)
    car ego on lane(1) at s(1 m):
        speed ~ 5..10 m/s
    car lead[n] ahead of ego by gap:
        speed ~ 1..2 m/s
    require ego.speed * pause > 6 m
    do:
        wait ~ 1..2 s
        ego.stop()
"""
INSTALLED = {"edge.base": PARENT}


def checked(text: str, **more: str) -> CheckResult:
    return check_text(text, "child.scn", libraries=LIBRARIES, scenarios={**INSTALLED, **more})


def made(text: str, **more: str) -> Program:
    result = checked(text, **more)
    assert result.ok, render_diagnostics(result.diagnostics, text, parents=result.parents)
    return result.programs[-1]


def errors(text: str, **more: str) -> list[tuple[str, str, int, str]]:
    found = [d for d in checked(text, **more).diagnostics if d.severity == "error"]
    return [(d.code, d.origin, d.span.line, d.message) for d in found]


def test_arguments_fix_parameters_and_the_rest_stays():
    """A parameter that is given is its value; one that is not keeps its draw, with the numbers of the parent."""
    child = made("scenario child extends base(gap = 30 m, side = left):\n    tags x\n")
    parent = made(PARENT)
    assert child.supports["gap"] == (30.0, 30.0) and not child.definitions["side"].drawn
    ours, theirs = (Sampler(p, 5).draw(range(50)).u for p in (child, parent))
    assert set(theirs) - set(ours) == {"side"}
    assert all(ours[path].tobytes() == theirs[path].tobytes() for path in ours)


def test_the_chain_is_read_from_its_far_end():
    """c gives b its value, b gives base another: the last word counts; a draw in an argument has the same name."""
    text = (
        "scenario b extends base(gap = 25 m):\n    override ego.speed = 7 m/s\n"
        "scenario c(far: length = 40 m) extends b(gap ~ 30 m .. far):\n    tags x\n"
    )
    c = made(text)
    assert c.supports["gap"] == (30.0, 40.0) and c.definitions["gap"].drawn
    assert c.supports["ego.speed"] == (7.0, 7.0)


@pytest.mark.parametrize("name", ["base", "edge.base"])
def test_an_installed_scenario_has_two_names(name: str):
    """With its topic or without; its libraries come with it, so the text needs no 'use'."""
    child = made(f"scenario child extends {name}:\n    sensor front on ego = camera()\n    record front: rgb\n")
    assert child.uses == ("town",) and child.world is not None and dict(child.parents) == INSTALLED
    assert [e.name for e in child.entities] == ["ego", "lead"]


def test_a_scenario_of_the_text_comes_first():
    """The text's own 'base' hides the installed one, which its topic still names."""
    own = "use town\nscenario base:\n    param own = 1\n    cover own bins [0, 2]\n"
    assert not made(own + "scenario child extends base:\n    tags x\n").parents
    assert made(own + "scenario child extends edge.base:\n    tags x\n").parents
    assert made("scenario base extends edge.base:\n    tags x\n").parents


@pytest.mark.parametrize("addition", [
    "sensor front on ego = camera(fov ~ 30..60 deg)\n    record front: rgb",
    "car more on lane(2) at s(50 m):\n        speed ~ 1..2 m/s",
    "require ego.speed < 8 m/s",
    "when time > 1 s:\n        wait ~ 1..2 s",
])  # fmt: skip
def test_what_a_child_adds_changes_no_draw_of_the_parent(addition: str):
    """Variables are named by path, whichever text they stand in; a constraint redraws what is placed with ego."""
    child, parent = made(f"scenario child extends base:\n    {addition}\n"), made(PARENT)
    one, other = Sampler(child, 3).draw(range(40)), Sampler(parent, 3).draw(range(40))
    same = {"side", "a,b", "timeline.1.wait"} if "require" in addition else set(other.u)
    assert same <= set(one.u) and all(one.u[p].tobytes() == other.u[p].tobytes() for p in same)


def test_the_digest_covers_the_parent():
    """Two runs of one text are the same run only if what it extends is the same; alone, it is the text's own."""
    text = "scenario child extends base:\n    tags x\n"
    first = source_digest(made(text))
    other = source_digest(made(text, **{"edge.base": PARENT.replace("20 m", "21 m")}))
    assert first != other and first == source_digest(made(text))
    assert source_digest(made(PARENT)) == hashlib.sha256(PARENT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("head", "code", "part", "help"),
    [
        ("child extends base(gab = 3 m)", "E0201", "unknown parameter 'gab' of the scenario 'base'", "'gap'"),
        ("child extends base(zzz = 3 m)", "E0201", "unknown parameter 'zzz'", "parameters: gap, n, side, pause, a, b"),
        ("child extends base(side = up)", "E0201", "unknown word 'up'", "one of left, right"),
        ("child extends base(pause = 3 m)", "E0203", "expected a time, found a length", ""),
        ("child extends base(n = 2.5)", "E0204", "expected a whole number", ""),
        ("child extends base(3 m)", "E0205", "given by its name", "gap = ..."),
        ("child extends base(gap = 1 m, gap = 2 m)", "E0205", "given twice", "remove one"),
        ("child extends base(a = 1 m/s)", "E0216", "drawn together with 'b'", "require a == ..."),
        ("child extends bsae", "E0201", "unknown scenario 'bsae'", "'base'"),
        ("base extends base", "E0206", "'base' -> 'base'", "edge.base"),
    ],
)
def test_what_is_said_of_mistakes(head: str, code: str, part: str, help: str):
    """One error at the head, with what to do, and none of the names that the parent would have given."""
    result = checked(f"scenario {head}:\n    sensor front on ego = camera()\n    override ego.speed = 6 m/s\n")
    (found,) = [d for d in result.diagnostics if d.severity == "error"]
    assert (found.code, found.span.line, found.origin) == (code, 1, "child.scn") and part in found.message
    assert help in found.help + found.note


def test_a_ring_through_installed_texts_is_shown_whole():
    """Nothing is read twice, and the message names every step with its text."""
    more = {"x.one": "scenario one extends two:\n    tags x\n", "x.two": "scenario two extends x.one:\n    tags x\n"}
    found = errors("scenario child extends one:\n    tags x\n", **more)
    assert found == [
        (
            "E0206",
            "x.two",
            1,
            "'one' of 'x.one' extends itself: 'one' of 'x.one' -> 'two' of 'x.two' -> 'one' of 'x.one'",
        )
    ]


def test_chains_and_texts_have_limits():
    """A chain of EXTENDS + 1 is too long; so is more text than one file may have, counted once for each text."""
    chain = "".join(
        f"scenario s{k}{f' extends s{k - 1}' if k else ''}:\n    param p{k} = 1\n    cover p{k} bins [0, 2]\n"
        for k in range(EXTENDS + 2)
    )
    assert [(e[0], e[2]) for e in errors(chain)] == [("E0110", 3 * (EXTENDS + 1) + 1)]
    long = PARENT + "# " + "x" * (SOURCE_BYTES - len(PARENT) - 10) + "\n"
    assert [e[0] for e in errors("scenario child extends base:\n    tags x\n", **{"edge.base": long})] == ["E0110"]
    twice = "scenario c extends base:\n    tags x\nscenario d extends base:\n    tags y\n"
    assert made(twice, **{"edge.base": long[: SOURCE_BYTES // 2]})


def test_a_broken_parent_is_reported_where_it_is_named():
    """The user's text has one place to repair: the head."""
    found = errors("scenario child extends base:\n    tags x\n", **{"edge.base": "scenario base:\n    car (\n"})
    assert [(e[0], e[1], e[2]) for e in found] == [("E0211", "child.scn", 1)]


def test_places_name_their_text():
    """A second declaration shows the first one in the parent's text, as text and as JSON; the line is the parent's."""
    text = "scenario child extends base:\n    car ego on lane(1)\n"
    result = checked(text)
    shown = render_diagnostics(result.diagnostics, text, parents=result.parents)
    assert "--> child.scn:2:9\n" in shown and "::: edge.base:8:9\n   8 |     car ego on lane(1) at s(1 m):\n" in shown
    (data,) = diagnostics_json(result.diagnostics)
    assert data["file"] == "child.scn" and data["labels"][0]["file"] == "edge.base"  # type: ignore[index]
    later = checked("scenario child extends base(gap ~ 1..2 m):\n    override n = lead.count\n").diagnostics
    assert {d.origin for d in later} <= {"child.scn", "edge.base"}


def test_warnings_about_the_parent_are_left_to_it():
    """That a fixed parameter makes a parent's constraint hold for certain is no news to the child; its own ones are."""
    child = "scenario child extends base(pause = 2 s):\n    param idle = 1\n    override ego.speed = 9 m/s\n"
    result = checked(child)
    assert [(d.code, d.origin) for d in result.diagnostics] == [("W0301", "child.scn")]
    # the same parent in the text itself
    both = checked(PARENT + child.replace("    param idle = 1\n", ""))
    assert both.ok and not [d for d in both.diagnostics if d.code == "W0310"]


def test_arguments_survive_the_doors():
    """Text to tree to JSON and back: the head keeps its arguments, drawn ones too."""
    text = "scenario child(far: length = 40 m) extends edge.base(gap ~ 30 m..far, side = left):\n    tags x\n"
    again = text_of_json(json_of_text(text, "x.scn"), "x.json")
    assert bare(read(again).statements) == bare(read(text).statements)
    assert "extends edge.base(gap ~ 30 m..far, side = left):" in again


def test_parameters_of_the_head_need_no_type_where_a_param_needs_none() -> None:
    """`scenario base(gap = 20 m, side ~ {left, right})` declares what two `param` lines in the body declare: the same
    definitions, the same draws."""
    body = "    world street()\n    car ego on lane(1) at s(gap)\n    stop after 1 s\n"
    head = f"use town\nscenario base(gap = 20 m, side ~ {{left, right}}):\n{body}"
    lines = f"use town\nscenario base:\n    param gap = 20 m\n    param side ~ {{left, right}}\n{body}"
    draws = [Sampler(parse_text(t, "t", libraries=LIBRARIES)[0], 0).draw(range(20)) for t in (head, lines)]
    assert all((draws[0].values[p] == draws[1].values[p]).all() for p in ("gap", "side"))
    assert list(draws[0].values) == list(draws[1].values)
