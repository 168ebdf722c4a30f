"""Half-typed, cut and mangled texts: every question gets an answer inside the text, and none raises."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.engine.catalogue import scenario_files
from simengine.errors import UsageError
from simengine.lsp import wire
from simengine.lsp.analysis import Analysis
from simengine.lsp.colours import colours
from simengine.lsp.completion import complete
from simengine.lsp.fixes import fixes
from simengine.lsp.hints import hints
from simengine.lsp.hover import hover
from simengine.lsp.layout import Layout
from simengine.lsp.navigation import apply_edits, definition, rename, uses
from simengine.lsp.outline import Symbol, folds, symbols
from tests.lsp.texts import WHOLE, analyse, inside

SOURCES = [WHOLE, *(f.source for f in scenario_files())]
WHOLE_NOW = analyse(WHOLE)
PIECES = [
    "", " ", "\n", "\t", ":", ".", "(", ")", "[", "]", "{", "}", "~", "=", "==", ",", '"', "#", "..", "0", "1e999",
    " km/h", "ego", "ego.", "parked[1]", "    do:\n", "scenario x:\n", "use driving\n", "extends ", "case ", "for ",
    "é", "😀", "\0", "\u2028", "\ufeff", "\r\n", "\r", "\ud800", "x" * 70, "((((((((", "not not not ",
    "all(p in parked: p.",
]  # fmt: skip


def ask_everything(now: Analysis, line: int, column: int, whole: bool) -> None:
    """All questions at a place; with ``whole`` those about the text too."""
    cursor, found = complete(now, line, column)
    assert inside(now, cursor.word) and len({(i.label, i.insert) for i in found}) == len(found)
    told = hover(now, line, column)
    assert told is None or inside(now, told.span)
    target = definition(now, line, column)
    assert target is None or target.file or inside(now, target)
    for o in uses(now, line, column):
        assert inside(now, o.span) and now.layout.text(o.span) == o.target.name
    with suppress(UsageError):
        apply_edits(now, rename(now, line, column, "zebra"))
    if whole:
        ask_of_the_text(now)


def ask_of_the_text(now: Analysis) -> None:
    lines = len(now.layout.lines)
    assert all(inside(now, e.span) for f in fixes(now, 1, lines) for e in f.edits)
    assert all(1 <= f.first < f.last <= lines for f in folds(now))
    assert all(1 <= h.line <= lines and h.column <= len(now.layout.lines[h.line - 1]) + 1 for h in hints(now, 1, lines))
    found = colours(now)
    assert all(inside(now, c.span) for c in found)
    assert [c.span.order for c in found] == sorted(c.span.order for c in found)
    assert min(wire.token_data(now.layout, found), default=0) >= 0
    stack = [(s, s.span) for s in symbols(now)]
    while stack:
        symbol, around = stack.pop()
        assert inside(now, symbol.span) and _holds(around, symbol) and _holds(symbol.span, symbol, selection=True)
        stack += [(c, symbol.span) for c in symbol.children]
    wire.diagnostics(now, "file:///a.scn")


def _holds(around: object, symbol: Symbol, selection: bool = False) -> bool:
    inner = symbol.selection if selection else symbol.span
    a = around
    return (a.line, a.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (  # type: ignore[attr-defined]
        a.end_line, a.end_column,  # type: ignore[attr-defined]
    )  # fmt: skip


def _place(text: str, at: int) -> tuple[int, int]:
    """Line and column of an offset, as the layout of the text counts them."""
    layout = Layout(text)
    before = Layout(text[:at])
    line, column = before.end()
    return min(line, len(layout.lines)), min(column, len(layout.lines[min(line, len(layout.lines)) - 1]) + 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, len(SOURCES) - 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(PIECES), st.booleans())
def test_cut_and_mangled_texts(k: int, where: float, length: float, piece: str, cut: bool):
    """Cut at any place, or with a part replaced by something: with and without an earlier state."""
    source = SOURCES[k]
    at = int(where * len(source))
    end = at + int(length * 40)
    text = source[:at] + piece + ("" if cut else source[end:])
    now = analyse(text, WHOLE_NOW if k == 0 else None)
    ask_everything(now, *_place(text, at + len(piece)), whole=True)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *WHOLE.split("\n")]), max_size=25).map("\n".join), st.floats(0, 1))
def test_lines_in_any_order(text: str, where: float):
    """Right lines in wrong places, and pieces of them."""
    ask_everything(analyse(text), *_place(text, int(where * len(text))), whole=True)


def test_every_word_of_a_text_that_is_being_typed():
    """The text as it is after each word that somebody types, each state with the one before it; at the place where it
    is typed; 30 states of all, in order."""
    states = [k for k in range(1, len(WHOLE)) if not (WHOLE[k].isalnum() and WHOLE[k - 1].isalnum())]
    chosen = sorted(random.Random(4).sample(states, 30))
    before: Analysis | None = None
    for at in chosen:
        before = analyse(WHOLE[:at], before)
        ask_everything(before, *before.layout.end(), whole=at % 10 == 0)


@pytest.mark.slow
@pytest.mark.parametrize("k", range(len(SOURCES)))
def test_every_place_of_the_library(k: int):
    """All places of each scenario as it stands, and of the same text with the line of the place cut there."""
    now = analyse(SOURCES[k])
    rng = random.Random(k)
    for line, row in enumerate(now.layout.lines, 1):
        for column in range(1, len(row) + 2):
            complete(now, line, column)
            hover(now, line, column)
        column = rng.randint(1, len(row) + 1)
        rows = [*now.layout.lines[: line - 1], row[: column - 1], *now.layout.lines[line:]]
        ask_everything(analyse("\n".join(rows), now), line, column, whole=True)
        now.readable()


def test_only_one_earlier_state_is_kept():
    """A session of a day does not fill the memory: each state holds at most one other."""
    now = analyse(WHOLE)
    for k in range(6):
        now = analyse(WHOLE if k % 2 else WHOLE.replace("require v1 > v2", "require v1 >"), now)
    assert now.before is not None and now.before.before is None


def test_limits_hold_for_editors_too():
    """Texts beyond the limits of the language get their one diagnostic, and no other answer costs anything."""
    for text in ("use driving\n" * 10_001, "(" * 10_000, "x" * 1_000_001, "scenario a:\n" + "    let a = 1\n" * 10_000):
        now = analyse(text)
        assert "E0110" in [d.code for d in now.examination.result.diagnostics]
        ask_everything(now, 1, 1, whole=True)
