"""The formatter: idempotent, keeps comments, and never changes what a file means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simengine.engine.catalogue import scenario_files
from simengine.language.format import WIDTH, format_text
from simengine.language.reading import bare, read
from tests.language.growth import Program
from tests.language.programs import BASE
from tests.language.trees import Text

_QUICK = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _same(text: str) -> str:
    """Formatted; the tree is that of the text, formatting again changes nothing, all comments are there."""
    before, made = read(text), format_text(text)
    assert before.ok, (before.diagnostics, text)
    assert bare(read(made.text).statements) == bare(before.statements)
    assert format_text(made.text).text == made.text
    strip = re.compile(r'"[^"\n]*"|(#[^\n]*)')
    assert [m[1].rstrip() for m in strip.finditer(made.text) if m[1]] == [
        m[1].rstrip() for m in strip.finditer(text) if m[1]
    ]
    assert all(row == row.rstrip() for row in made.text.split("\n")) and "\n\n\n" not in made.text
    return made.text


@settings(parent=_QUICK, max_examples=25)
@given(st.integers(0, 2**32))
def test_any_right_text_keeps_its_meaning_and_its_comments(seed: int):
    """Every statement and expression of the grammar in random spellings."""
    _same(Text(seed).text())


@settings(parent=_QUICK, max_examples=15)
@given(st.integers(0, 2**32))
def test_programs_that_check_keep_their_meaning(seed: int):
    """The generator of the differential tests: whole programs with names and types."""
    _same(Program(seed).text())


def test_the_library_is_formatted():
    """What ships is what the formatter would write."""
    for file in scenario_files():
        assert not format_text(file.source, file.origin).changed, f"run: simengine fmt {file.origin}"
    assert not format_text(BASE).changed


def test_blanks_and_signs():
    """A sign touches its operand and an operator does not; contextual words are words; units are one blank apart."""
    text = "scenario  t :\n  let a=-b--3*( -c )\n  car ego on lane( 1 )at s(20m)by-3m\n"
    text += '  param v : speed~-6 .. 3deg step 1deg "x"\n'
    assert _same(text).split("\n")[1:-1] == [
        "    let a = -b - -3 * (-c)",
        "    car ego on lane(1) at s(20 m) by -3 m",
        '    param v: speed ~ -6..3 deg step 1 deg "x"',
    ]


def test_a_name_after_a_number_does_not_become_its_unit():
    """``case 1  m`` is a case called m; with one blank it would be one metre."""
    assert "case 1  m:" in _same("scenario t:\n choose c:\n  case 1  m:\n   a = 1\n")


def test_comments_line_up_with_the_block_they_stand_in():
    """The column of a comment says which of the blocks that end there it belongs to."""
    text = "scenario t:\n  do:\n    wait 1 s\n    # in do\n  # in t\n# at the left, but t goes on\n"
    text += '  cite "x" #end\n\n\n# after\n'
    assert _same(text).split("\n") == [
        "scenario t:", "    do:", "        wait 1 s", "        # in do", "    # in t",
        "    # at the left, but t goes on", '    cite "x"  #end', "", "# after", "",
    ]  # fmt: skip


def test_an_empty_line_parts_scenarios_and_their_comments_stay_with_them():
    """Runs of empty lines become one; a block does not start with one."""
    text = 'use a\nscenario t:\n\n    cite "x"\n\n\n\n    cite "y"\n# of u\nscenario u:\n    cite "z"\n'
    assert _same(text) == ('use a\n\nscenario t:\n    cite "x"\n\n    cite "y"\n\n# of u\nscenario u:\n    cite "z"\n')


def test_long_lines_break_after_a_comma_of_the_outermost_bracket():
    """A table of twenty pairs: no pair is torn, no row is too long."""
    pairs = ", ".join(f"({k} km/h, {k + 1} km/h)" for k in range(20))
    rows = _same(f"scenario t:\n    param a, b: speed ~ {{{pairs}}}\n").split("\n")
    assert len(rows) > 4 and all(len(r) <= WIDTH for r in rows)
    assert all(r.endswith("),") for r in rows[1:-2])


def test_breaks_of_the_author_stay_in_brackets():
    """One row of a table a line, and the last bracket back at the statement."""
    text = "scenario t:\n    param a: speed ~ {\n  1 m/s,   # slow\n       2 m/s\n          }\n"
    assert _same(text) == "scenario t:\n    param a: speed ~ {\n        1 m/s,  # slow\n        2 m/s\n    }\n"


@pytest.mark.parametrize(
    "text", ["scenario t:\n\tdo:\n", "scenario t:\n    let = 3\n", "scenario t:\n    car ego(\n", "\0"]
)
def test_a_text_with_errors_is_left_alone(text: str):
    """And the reason is told."""
    made = format_text(text)
    assert made.text == text and not made.changed and made.diagnostics


def test_line_ends_stay_those_of_the_file():
    """Windows line ends in, Windows line ends out; a byte-order mark goes."""
    text = "\ufeff" + BASE.replace("\n", "\r\n")
    assert format_text(text).text == BASE.replace("\n", "\r\n")


def test_an_empty_text_stays_empty():
    """Nothing to format is no error: whether a scenario is there is for 'check' to say."""
    assert format_text("\n\n").text == "" and format_text("# only this").text == "# only this\n"


def test_every_file_of_the_repository_is_formatted():
    """Examples too."""
    root = Path(__file__).parents[2] / "examples"
    assert all(not format_text(p.read_text()).changed for p in root.glob("*.scn"))
