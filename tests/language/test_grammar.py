from __future__ import annotations

import json
import logging
from pathlib import Path

import lark
import pytest
from lark import Lark
from lark import logger as lark_logger

from simengine.engine.catalogue import libraries, scenario_files
from simengine.language import check_text, parse, tables
from simengine.language.lexer import CONTEXTUAL, RESERVED
from tests.language.programs import BASE, changed, check, codes, program


def _conflicts(grammar: str, starts: list[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    lark_logger.addHandler(caplog.handler)
    level = lark_logger.level
    lark_logger.setLevel(logging.DEBUG)
    try:
        Lark(grammar, parser="lalr", lexer=tables.NoLexer, start=starts, debug=True)
    finally:
        lark_logger.setLevel(level)
        lark_logger.removeHandler(caplog.handler)
    return [r.message for r in caplog.records if "onflict" in r.message]


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture):
    """Lark resolves shift/reduce conflicts silently except in debug mode; reduce/reduce ones raise."""
    assert _conflicts(tables.text(), list(parse.STARTS), caplog) == []


def test_a_conflict_would_be_seen(caplog: pytest.LogCaptureFixture):
    """The check above can fail: the dangling else is the textbook shift/reduce conflict."""
    dangling = 'start: "if" start | "if" start "else" start | "x"'
    assert _conflicts(dangling, ["start"], caplog)


def test_fewer_than_45_reserved_words():
    """The design's aim; the first sketch had 62."""
    assert len(RESERVED) < 45


def test_every_keyword_of_the_grammar_is_known_to_the_lexer():
    """A keyword that neither table holds could never be read."""
    words = {t.name for t in parse.grammar().terminals if t.pattern.value.isidentifier() and t.name.isupper()}
    words -= {"NAME", "STRING", "NUMBER", "QUANTITY", "UNIT", "COMPARE"}
    assert {w.lower() for w in words} == set(RESERVED | CONTEXTUAL)


@pytest.mark.parametrize("word", sorted(CONTEXTUAL))
def test_contextual_words_can_be_names(word: str):
    """Prepositions are keywords only where the grammar expects them."""
    made = program(f"let {word} = 3", f"let b = {word} + 1", "cover b bins [0, 9]")
    assert made.definitions[word].path == word


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_cannot_be_names_and_say_so(word: str):
    """Otherwise a misspelt statement would silently become a name."""
    result = check(f"use town\nscenario t:\n    let {word} = 3\n")
    assert result.diagnostics[0].note == f"'{word}' is a word of the language and cannot be a name"


@pytest.mark.parametrize("word", ["stop", "cross", "do", "in", "not"])
def test_any_word_may_follow_a_dot(word: str):
    """``ego.stop()`` is an action although ``stop`` starts a statement; the others are errors of names."""
    found = codes("car ego on lane(1) at s(5 m)", "do:", f"    ego.{word}()")
    assert set(found) <= {"E0201", "E0205"}


def test_a_line_may_go_on_inside_brackets():
    """Brackets join lines, whatever the indentation of the rest."""
    made = program("param v: speed ~ {10 km/h,", "  20 km/h,", "          30 km/h}", "cover v by 10 km/h")
    assert made.supports["v"] == pytest.approx((10 / 3.6, 30 / 3.6))


def test_a_unit_distributes_to_the_left():
    """``-50..-10 km/h`` is a range of two speeds."""
    assert program("param v ~ -50..-10 km/h", "cover v by 1 km/h").supports["v"] == pytest.approx(
        (-50 / 3.6, -10 / 3.6)
    )


def test_division_by_a_name_is_no_unit():
    """``10 m/x`` divides ten metres by x; ``10 m/s`` is a speed."""
    made = program("let x = 2", "let a = 10 m/x", "let b = 10 m/s", "cover a bins [0, 9] m", "cover b bins [0, 99] m/s")
    assert made.supports["a"] == (5.0, 5.0) and made.supports["b"] == (10.0, 10.0)


def test_precedence_is_that_of_arithmetic():
    """2 + 3 * 4 - 6 / 2 = 11; minus binds tighter than times; not is weaker than comparison, and than or."""
    made = program("let a = 2 + 3 * 4 - 6 / 2", "let b = -2 * -3", "require not a < 3 and b > 1 or a == 0")
    assert made.supports["a"] == (11.0, 11.0) and made.supports["b"] == (6.0, 6.0)
    top = made.requires[0].expr
    assert top.op == "or" and top.args[0].op == "and" and top.args[0].args[0].op == "not"


def test_subtraction_groups_to_the_left():
    """10 - 4 - 3 = 3, not 9."""
    assert program("let a = 10 - 4 - 3", "cover a bins [0, 1]").supports["a"] == (3.0, 3.0)


def test_block_errors_leave_the_rest_readable():
    """One missing ':' in front of a whole timeline gives one error, and the names in it are known."""
    assert [d.code for d in check(changed("    do:", "    do")).diagnostics] == ["E0109"]


def test_comments_and_blank_lines_change_nothing():
    """Definitions are the same without their places."""
    noisy = BASE.replace("\n    param", "\n\n  # a comment at another level\n\n    param") + "# end"
    plain, other = check(BASE).programs[0], check(noisy).programs[0]
    assert list(plain.definitions) == list(other.definitions) and plain.supports == other.supports


def test_the_tables_in_the_file_are_those_of_the_grammar(monkeypatch: pytest.MonkeyPatch):
    """Made from this grammar; where this version of Lark made them, the parser that reads them reads the same trees as
    one made from the grammar itself: every scenario of the library gives the same program."""
    stored = json.loads(Path(tables.__file__).with_name("tables.json").read_text("utf-8"))
    assert stored["grammar"] == tables.digest(), "run python tools/make_tables.py"
    sources = [f.source for f in scenario_files()[::9]]
    known = [check_text(text, libraries=libraries()).programs for text in sources]
    fresh = tables.made()
    monkeypatch.setattr(parse, "grammar", lambda: fresh)
    assert [check_text(text, libraries=libraries()).programs for text in sources] == known


def test_tables_of_another_version_are_not_read(monkeypatch: pytest.MonkeyPatch):
    """They are made from the grammar then, which takes longer and gives the same."""
    monkeypatch.setattr(lark, "__version__", "0.0.0")
    tables.grammar.cache_clear()
    assert tables.grammar().source_path != "<deserialized>"
    tables.grammar.cache_clear()
