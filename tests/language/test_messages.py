from __future__ import annotations

import json

import pytest

from simengine.errors import ProgramError
from simengine.language import diagnostics_json, parse_text, render_diagnostics
from simengine.language.codes import CODES
from tests.language.messages import message, reviewed
from tests.language.mistakes import MISTAKES
from tests.language.programs import BASE, LIBRARIES, changed, check


def test_the_base_program_has_no_diagnostics():
    """Each message below then comes from its mistake alone."""
    assert check(BASE).diagnostics == ()


@pytest.mark.parametrize("name", MISTAKES)
def test_message_is_the_reviewed_one(name: str):
    """A person has read messages.txt: each says what is wrong, where, and what to write instead."""
    assert message(name) == reviewed()[name]


def test_unit_mismatch_is_drawn_as_the_language_design_asks():
    """Copied by hand from the design of the language: three places on one line, the last label beside its mark."""
    text = changed("ego.speed * gap > 9 m", "ego.speed > 9 m")
    lines = render_diagnostics(check(text).diagnostics, text).split("\n")
    assert lines[0] == "E0203 unit mismatch: cannot compare m/s with m"
    assert lines[2:6] == [
        "  21 |     require ego.speed > 9 m",
        "     |             --------- ^ --- this is a length",
        "     |             this is a speed",
        "  help: did you mean 'ego.speed * gap > 9 m'?  ('gap' is a time in scope)",
    ]


def test_syntax_and_meaning_are_reported_in_one_run():
    """Three mistakes in three statements: one of grammar, one of units, one of names; all in the order of the text."""
    text = changed("0.5 m/s) within", "0.5 m/s) witin")
    text = changed("1.2..3.0 s", "1.2..3.0 kg", changed("kid.freeze()", "kid.frezee()", text))
    assert [d.code for d in check(text).diagnostics] == ["E0102", "E0203", "E0201"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("instances", "instance"), ("semantics", "semantic"), ("boxes2d", "box2d"), ("keypoint", "keypoints"),
     ("depths", "depth"), ("normalss", "normal")],
)  # fmt: skip
def test_singular_and_plural_of_channels(word: str, meant: str):
    """A slip of number finds the channel."""
    (found,) = check(changed("record front: rgb, depth", f"record front: rgb, {word}")).diagnostics
    assert (found.code, found.help) == ("E0210", f"did you mean '{meant}'?")


@pytest.mark.parametrize(("word", "meant"), [("point", "points"), ("intensities", "intensity"), ("rings", "ring")])
def test_singular_and_plural_of_lidar_channels(word: str, meant: str):
    """A slip of number finds the channel."""
    (found,) = check(changed("record roof: points", f"record roof: {word}")).diagnostics
    assert (found.code, found.help) == ("E0210", f"did you mean '{meant}'?")


def test_two_words_for_normals_are_one_channel():
    """``normals`` is ``normal``, the name of the folder; both at once are the same channel twice."""
    for word in ("normal", "normals"):
        program = check(changed("record front: rgb, depth", f"record front: rgb, {word}")).programs[0]
        assert program.records[0].channels[:2] == ("rgb", "normal")
    (found,) = check(changed("record front: rgb, depth", "record front: normal, normals")).diagnostics
    assert found.code == "E0202" and "'normals' is another word for 'normal'" in found.note


@pytest.mark.parametrize("line", ["world.rain = 3 mm/h", "world.rain ~ 1..3 mm/h"])
def test_a_property_of_the_world_outside_its_block(line: str):
    """The help says where it belongs."""
    (found,) = check(changed("    do:", f"    {line}\n    do:")).diagnostics
    assert (found.code, found.span.column) == ("E0114", 5)
    assert found.help == "write 'rain', here or in the block of the world"


def test_a_tab_is_the_only_error_of_its_line():
    """A line whose indentation is unknown may stand in the wrong block: only the tab is reported, on every line."""
    lines = BASE.split("\n")
    for k, line in enumerate(lines):
        if line.startswith("    ") and not line.strip().startswith("#"):
            tabbed = "\n".join(
                [*lines[:k], "\t" * ((len(line) - len(line.lstrip())) // 4) + line.lstrip(), *lines[k + 1 :]]
            )
            assert {d.code for d in check(tabbed).diagnostics} == {"E0107"}, line


def test_twenty_errors_and_no_more():
    """The documented limit; each of the 1,900 lines is wrong."""
    result = check("use town\nscenario a:\n" + "    foo bar baz\n" * 1900)
    assert len(result.diagnostics) == 20
    assert render_diagnostics(result.diagnostics, result.source).endswith("20 errors (stopped after 20 errors)")


def test_carets_point_at_what_was_written():
    """The span of a misspelt word, cut from its source line, is that word."""
    text = changed("kid.freeze()", "kid.frezee()")
    (found,) = check(text).diagnostics
    line = text.split("\n")[found.span.line - 1]
    assert line[found.span.column - 1 : found.span.end_column - 1] == "frezee"


def test_json_holds_the_same_as_the_text():
    """Machine-readable: survives JSON, counts from 1, names the catalogue's title."""
    text = changed("kid.freeze()", "kid.frezee()")
    result = check(text)
    (data,) = json.loads(json.dumps(diagnostics_json(result.diagnostics)))
    assert data["code"] == "E0201" and data["title"] == CODES["E0201"][0] and data["file"] == "t.scn"
    assert data["start"] == {"line": 30, "column": 21} and data["end"] == {"line": 30, "column": 27}
    assert data["help"] == "did you mean 'freeze'?"


def test_program_error_carries_text_and_diagnostics():
    """Callers without our renderer still see the whole message in ``str(error)``."""
    with pytest.raises(ProgramError) as caught:
        parse_text(changed("kid.freeze()", "kid.frezee()"), libraries=LIBRARIES)
    assert "did you mean 'freeze'?" in str(caught.value)
    assert len(caught.value.diagnostics) == 1


def test_wide_characters_do_not_shift_the_caret():
    """Two CJK letters take four columns of a terminal, so the caret moves by two more than by characters."""
    text = 'use town\nscenario a "\u6f22\u5b57" zz:\n    cite "x"\n'
    lines = render_diagnostics(check(text).diagnostics, text).split("\n")
    assert lines[2].index("zz") + 2 == lines[3].index("^")


def test_a_long_line_is_cut_around_the_caret():
    """Nobody reads a line of 50,000 characters; the caret still stands under its word."""
    text = "use town\nscenario a:\n    let x = " + "1 + " * 40 + "zz" + " " * 50_000 + "# end\n"
    lines = render_diagnostics(check(text).diagnostics, text).split("\n")
    assert max(len(line) for line in lines) < 200
    assert lines[2].index("zz") == lines[3].index("^")


def test_every_code_has_a_title_and_a_rule():
    """``explain`` and the documentation are made of the catalogue."""
    assert all(
        len(code) == 5 and code[0] in "EW" and title and rule.endswith(".") for code, (title, rule) in CODES.items()
    )


@pytest.mark.parametrize(
    ("old", "new", "head"),
    [
        ("16..60 mm/h", "0..400 mm/h", "'rain' can be 0 mm/h to 400 mm/h, outside of 0..360 mm/h"),
        ("16..60 mm/h", "0..1 m/s", "'rain' can be 0 m/s to 1 m/s, outside of 0..360 mm/h"),
        ("stop after 12 s", "stop after 61 min", "'duration' is 61 min, outside of 0..60 min"),
    ],
)
def test_bounds_are_told_in_the_unit_of_the_text(old: str, new: str, head: str):
    """1e-4 m/s are 360 mm/h, and an hour 60 min: who writes mm/h wants to read mm/h."""
    assert head in render_diagnostics(check(changed(old, new)).diagnostics, changed(old, new))
