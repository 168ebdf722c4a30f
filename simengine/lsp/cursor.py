"""What stands before a place of a text, and what the grammar takes there. What stands behind it does not matter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from lark import Token, UnexpectedToken

from simengine.language.diagnostics import Sink, TooManyErrors
from simengine.language.lexer import Abandon, Line, tokenise
from simengine.language.parse import BLOCKS, grammar, terminal_of
from simengine.language.terms import Span
from simengine.lsp.layout import Layout

__all__ = ["Cursor", "cursor_at", "header_word"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_UNIT = re.compile(r"(?:^|[^\w.]|\.\.)(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?P<gap> ?)(?P<unit>[A-Za-z%][\w/]*)?$")
_QUIET = re.compile(r'(?:[^"#]|"[^"]*")*')
_SETTINGS = frozenset(["world", "entity", "sensor", "each"])


@dataclass(frozen=True)
class Cursor:
    """A place in a text.

    Attributes:
        start: the grammar's rule of the line it is in.
        owners: tokens of the lines whose blocks it is in, the outermost first.
        tokens: of its statement, before the word that is being typed.
        accepts: terminals that the grammar takes next; empty where what stands before does not fit.
        word: the word that is being typed, maybe empty.
        after_number: a unit may follow.
        quiet: it is in a comment or a string.
    """

    start: str
    owners: tuple[tuple[Token, ...], ...]
    tokens: tuple[Token, ...]
    accepts: frozenset[str]
    word: Span
    after_number: bool
    quiet: bool

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens as text."""
        return tuple(map(str, self.tokens))

    @property
    def owner(self) -> tuple[str, ...]:
        """The line whose block this is in, as text."""
        return tuple(map(str, self.owners[-1])) if self.owners else ()


def cursor_at(layout: Layout, line: int, column: int) -> Cursor:
    """The cursor at a line and column from 1."""
    row = layout.lines[line - 1][: column - 1]
    quiet = (_QUIET.match(row) or re.match("", row)).end() < len(row)  # type: ignore[union-attr]
    unit = _UNIT.search(row)
    word = _WORD.search(row)
    typed = len(unit["unit"] or "") if unit else len(word.group()) if word else 0
    span = Span(line, column - typed, line, column)
    before = "\n".join([*layout.lines[: line - 1], row[: len(row) - typed]])
    lines = _tokenised(before)
    current = _current(lines, line)
    earlier = lines[:-1] if current is not None else lines
    tokens = _whole(current) if current is not None else ()
    indent = current.indent if current is not None else len(row) - len(row.lstrip(" "))
    if current is None:
        indent = min(indent, span.column - 1)
    owners = _owners(earlier, indent)
    start = _start(owners)
    return Cursor(start, owners, tokens, _accepts(tokens, start), span, unit is not None, quiet)


def _tokenised(text: str) -> list[Line]:
    try:
        return tokenise(text, Sink("<text>"))
    except (Abandon, TooManyErrors):
        return []


def _whole(line: Line) -> tuple[Token, ...]:
    return (*line.tokens, *([line.colon] if line.colon else []))


def _current(lines: Sequence[Line], number: int) -> Line | None:
    """The last line, if what is typed at the end of the text belongs to it."""
    tokens = _whole(lines[-1]) if lines else ()
    if not tokens:
        return None
    depth = sum((t.type in ("LPAR", "LSQB", "LBRACE")) - (t.type in ("RPAR", "RSQB", "RBRACE")) for t in tokens)
    return lines[-1] if depth > 0 or (tokens[-1].line or 0) == number else None


def _owners(lines: Sequence[Line], indent: int) -> tuple[tuple[Token, ...], ...]:
    found: list[tuple[Token, ...]] = []
    for line in reversed(lines):
        if line.indent < indent:
            found.append(tuple(line.tokens))
            indent = line.indent
    return tuple(reversed(found))


def header_word(tokens: Sequence[object]) -> str:
    """The word that says what the block of a line holds: "do", "entity", "case"; "" where it has none."""
    words = [str(t) for t in tokens[:3]]
    first = words[2] if len(words) > 2 and words[1] == ":" else words[0] if words else ""
    if first in BLOCKS or first == "case":
        return first
    named = len(words) > 1 and re.fullmatch(r"\w+", words[1])
    return "entity" if named else ""


def _start(owners: Sequence[Sequence[Token]]) -> str:
    start, above = "top_line", ""
    for tokens in owners:
        word = header_word(tokens)
        if word == "case":
            start = "set_line" if above == "choose" else "time_line"
        elif word in BLOCKS:
            start = BLOCKS[word]
        above = word
    return start


def _accepts(tokens: Sequence[Token], start: str) -> frozenset[str]:
    """What the grammar takes behind some tokens of a line."""
    parser = cast(Any, grammar()).parse_interactive(start=start)
    after_dot = False
    for token in tokens:
        kind = token.type
        if kind == "NAME" and not after_dot:
            kind = terminal_of(token, parser.choices())
        after_dot = kind == "DOT"
        try:
            parser.feed_token(Token.new_borrow_pos(kind, token, token))
        except UnexpectedToken:
            return frozenset()
    return frozenset(parser.accepts())
