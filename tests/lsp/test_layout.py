"""Places: columns of characters from 1 there, code units from 0 here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simengine.language.terms import Span
from simengine.lsp.layout import Layout
from simengine.lsp.navigation import Edit, apply_edits
from simengine.lsp.outline import folds, symbols
from tests.lsp.texts import WHOLE, analyse, find

UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
TEXTS = st.text(st.sampled_from("aé€😀\t\u2028\x0c\x85\n\r\ufeff"), max_size=40)


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_positions_are_those_of_the_encoded_text(text: str, encoding: str):
    """Oracle: the bytes of the line up to the place, in the encoding, by its unit. Only LF, CR LF and CR end lines (not
    what Python's splitlines takes), and a byte-order mark counts where it stands."""
    layout = Layout(text, encoding)
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for row, whole in enumerate(rows):
        bom = row == 0 and whole.startswith("\ufeff")
        for column in range(1, len(whole) - bom + 2):
            before = whole[: column - 1 + bom]
            units = (
                len(before.encode("utf-32-le" if encoding == "utf-32" else encoding.replace("16", "16-le")))
                // UNIT[encoding]
            )
            assert layout.position(row + 1, column) == (row, units)
            assert layout.place(row, units) == (row + 1, column)
    assert layout.end() == (len(rows), len(rows[-1]) + 1 - (len(rows) == 1 and text.startswith("\ufeff")))


@pytest.mark.parametrize("position", [(-1, -1), (0, 10**9), (10**9, 0), (5, 10**6), (2**31 - 1, 2**31 - 1)])
def test_positions_outside_are_moved_into_the_text(position: tuple[int, int]):
    """Editors that lag behind ask for places that are gone."""
    layout = Layout(WHOLE)
    line, column = layout.place(*position)
    assert 1 <= line <= len(layout.lines) and 1 <= column <= len(layout.lines[line - 1]) + 1


def test_half_of_a_character_is_before_it():
    """A position between the two halves of a surrogate pair."""
    assert Layout("a😀b").place(0, 2) == (1, 2) and Layout("a😀b").place(0, 3) == (1, 3)


def test_columns_of_diagnostics_behind_wide_characters():
    """The message about the line with an emoji in its string: 'v3' stands at character 22, which is 23 in UTF-16."""
    text = 'use driving\nscenario s:\n    cite "😀"  # \n    param b = 2 "😀" v3\n'
    now = analyse(text)
    (found,) = [d for d in now.examination.result.diagnostics if d.code == "E0102"]
    assert found.span.column == len('    param b = 2 "😀" ') + 1
    assert now.layout.position(found.span.line, found.span.column) == (3, found.span.column)  # one more, from 0


def test_edits_are_applied_from_the_back():
    """Several in a line, and whole lines."""
    now = analyse("abc def\nghi\njkl")
    edits = [
        Edit(Span(1, 1, 1, 4), "x"),
        Edit(Span(1, 5, 1, 8), "yy"),
        Edit(Span(2, 1, 3, 1), ""),
        Edit(Span(3, 4, 3, 4), "!"),
    ]
    assert apply_edits(now, edits) == "x yy\njkl!"


def test_the_outline_has_every_declaration_in_its_block():
    """Names and how they lie in each other, as the text shows them."""
    (scenario,) = symbols(analyse(WHOLE))
    assert (scenario.name, scenario.detail, scenario.span.line) == ("whole", "Ω 😀 a scenario", 4)
    inner = {c.name: c for c in scenario.children}
    assert {
        "gap",
        "v1, v2",
        "twice",
        "street",
        "ego",
        "parked",
        "kid",
        "light",
        "front",
        "wet",
        "ttc_out",
        "do",
    } <= set(inner)
    assert inner["parked"].detail == "car[]" and inner["front"].detail == "camera"
    assert [c.name for c in inner["light"].children] == ["case 2 bright", "case 1 dim"]
    assert "out" in [c.name for c in inner["do"].children]
    assert inner["ego"].span.end_line == find(WHOLE, "aeb")[0]


def test_blocks_and_runs_of_comments_fold():
    """From the line that opens a block to its last one."""
    text = "# a\n# b\n# c\nuse driving\n" + WHOLE.removeprefix("use driving\n")
    found = {(f.first, f.last): f.comment for f in folds(analyse(text))}
    assert found[1, 3] and not found[find(text, "ego")[0], find(text, "aeb")[0]]
    assert found[find(text, "parallel")[0], find(text, "fault")[0]] is False
