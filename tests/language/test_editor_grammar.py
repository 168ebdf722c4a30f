"""The TextMate grammar knows the words and units of the language, no more and no fewer."""

from __future__ import annotations

import json
import re
from pathlib import Path

from simengine.language.lexer import CONTEXTUAL, RESERVED, STATEMENT_WORDS
from simengine.units import UNITS

GRAMMAR = json.loads(
    (Path(__file__).parents[2] / "tools" / "vscode" / "syntaxes" / "scn.tmLanguage.json").read_text("utf-8")
)


def _words(scope: str) -> set[str]:
    (pattern,) = [p["match"] for p in GRAMMAR["patterns"] if p.get("name") == scope]
    return set(re.findall(r"[a-z_]{2,}", pattern))


def test_the_words_are_those_of_the_lexer():
    """Whoever adds a word to the language adds it to the editors' colours."""
    assert _words("keyword.control.scn") == STATEMENT_WORDS
    assert _words("keyword.operator.word.scn") == RESERVED - STATEMENT_WORDS
    assert _words("keyword.other.contextual.scn") == CONTEXTUAL


def test_every_unit_is_coloured_after_its_number():
    """Each unit as a whole: m/s2 is not m."""
    (pattern,) = [p["match"] for p in GRAMMAR["patterns"] if "captures" in p]
    assert all(re.fullmatch(pattern, f"1.5 {unit}") for unit in UNITS)


def test_all_patterns_are_regular_expressions():
    """Those of the grammar are simple enough for Python and Oniguruma to agree."""
    assert all(re.compile(p["match"]) for p in GRAMMAR["patterns"])
