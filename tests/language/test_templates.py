"""Templates: parameters of the head without a value check, and scenarios that extend them are as if written out."""

from __future__ import annotations

import pytest

from simengine.build import Builder, at, on
from simengine.engine.inspect import check
from simengine.engine.loading import require_runnable
from simengine.errors import UsageError
from simengine.language import check_text, parse_text
from simengine.language.exchange import json_of_text, text_of_json
from simengine.language.sample import Sampler
from simengine.lsp.hover import hover
from tests.lsp.texts import analyse, find

from .programs import LIBRARIES

BODY = """    param w ~ 1 m..gap
    world street(lanes = 2):
        sun.elevation = -10 deg if night else 30 deg
    car ego on lane(1) at s(1 m):
        speed = pace
    car lead[n] ahead of ego by gap
    require ego.speed * 1 s > w
    require lead[n].speed >= 0 m/s
    do:
        wait gap / pace
        ego.stop()
    stop after 2 * gap / pace
    sensor front on ego = camera(size = (64 * n, 48))
    record front: rgb at 10 hz
    cover gap
    cover n
    cross gap, n
"""
HEAD = "use town\n\nscenario base({}):\n"
OPEN = "gap: length, n: int, pace: speed, night: bool"
GIVEN = "gap ~ 10..20 m step 5 m, n ~ 1..3, pace ~ 8..12 m/s, night = yes"
TYPED = "gap: length ~ 10..20 m step 5 m, n: int ~ 1..3, pace: speed ~ 8..12 m/s, night: bool = yes"
TEMPLATE = HEAD.format(OPEN) + BODY


def test_a_template_checks_and_one_that_extends_it_draws_what_it_draws_written_out():
    """The streams of draws have the same names, whether a parameter has its value in its head or by 'extends'."""
    result = check_text(TEMPLATE + f"\nscenario child extends base({GIVEN}):\n    tags a\n", libraries=LIBRARIES)
    assert not result.diagnostics
    template, child = result.programs
    written = parse_text(HEAD.format(TYPED) + BODY, libraries=LIBRARIES)[0]
    assert [d.path for d in template.awaited] == ["gap", "n", "pace", "night"] and not child.awaited
    ours, theirs = (Sampler(p, 3).draw(range(40)).u for p in (child, written))
    assert set(ours) == set(theirs) and all(ours[p].tobytes() == theirs[p].tobytes() for p in ours)


@pytest.mark.parametrize("use", [require_runnable, lambda p: Sampler(p, 0), lambda p: Sampler(p, 0, "grid")])
def test_who_draws_or_runs_a_template_is_told_what_to_give(use):
    with pytest.raises(UsageError, match=r"'gap', 'n', 'pace', 'night' must be given.*extends base\(gap = 1 m, n = 1"):
        use(parse_text(TEMPLATE, libraries=LIBRARIES)[0])


def test_what_is_given_in_part_is_a_template_still():
    text = TEMPLATE + "\nscenario mid extends base(n = 2, night = no):\n    tags a\n"
    mid = parse_text(text, libraries=LIBRARIES)[1]
    assert [d.path for d in mid.awaited] == ["gap", "pace"]


def test_a_given_value_is_checked_as_one_of_the_type():
    """In the line that gives it: a time is no length, a length no number; and what follows from it where it is used."""
    text = TEMPLATE + "\nscenario child extends base(gap = {}, n = {}, pace = 5 m/s, night = no):\n    tags a\n"
    line = text[: text.index("scenario child")].count("\n") + 1

    def errors(gap: str, n: str) -> list[tuple[str, int]]:
        found = check_text(text.format(gap, n), libraries=LIBRARIES).diagnostics
        return [(d.code, d.span.line) for d in found if d.severity == "error"]

    assert errors("2 s", "2") == [("E0203", line)] == errors("2 m", "2 m")
    assert ("E0110", 9) in errors("2 m", "5000") and ("E0208", 13) in errors("30 km", "2")


def test_the_three_doors_make_the_same_template():
    s = Builder("base", use=["driving"])
    gap = s.param("gap", kind="length", head=True)
    s.world("street")
    s.add("car", "ego", on("lane(1)"), at("s(10 m)"), lateral=gap)
    text = "use driving\n\nscenario base(gap: length):\n    world street()\n    car ego on lane(1) at s(10 m):\n"
    assert text_of_json(json_of_text(s.text(), "a"), "a") == s.text() and gap is not None
    assert s.text().replace("street()", "street").startswith(text.replace("street()", "street"))
    assert [d.path for d in s.program().awaited] == ["gap"]
    with pytest.raises(UsageError, match="needs a value"):
        s.param("w", kind="length")


def test_check_and_editors_say_that_it_is_one(tmp_path):
    path = tmp_path / "a.scn"
    path.write_text("use driving\n\nscenario a(gap: length):\n    world street()\n    car ego on lane(1) at s(gap)\n")
    report = check(str(path))
    assert report.ok and "a template ('scenario NAME extends a(gap = 1 m):')" in report.lines[0]
    assert report.scenarios[0]["template"] and not report.scenarios[0]["runs"]
    now = analyse(path.read_text())
    said = [hover(now, *find(path.read_text(), word, 0)) for word in ("gap", "a")]
    assert said[0] is not None and "given by a scenario that extends this one" in said[0].text
