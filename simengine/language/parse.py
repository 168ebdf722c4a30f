"""Lines to statements, one at a time, so that a mistake in one line never hides another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, cast

from lark import Token, Tree, UnexpectedToken

from simengine.language import syntax as ast
from simengine.language.build import build_statement, too_deep
from simengine.language.diagnostics import Sink
from simengine.language.expected import explain
from simengine.language.habits import CHAINED, STATEMENTS_ELSEWHERE
from simengine.language.joins import too_much
from simengine.language.layout import blanks, line_span
from simengine.language.lexer import CONTEXTUAL, RESERVED, Line, span_of_token
from simengine.language.limits import NESTING
from simengine.language.tables import STARTS, grammar
from simengine.language.terms import Span

__all__ = ["BLOCKS", "STARTS", "LineKey", "ReadLines", "grammar", "parse_lines", "terminal_of"]

_DEPTH = NESTING + 36  # a chain of the most operands allowed inside some brackets

BLOCKS = {
    "scenario": "body_line", "world": "set_line", "entity": "set_line", "sensor": "set_line", "each": "set_line",
    "choose": "case_line", "do": "time_line", "when": "time_line", "serial": "time_line", "parallel": "time_line",
    "repeat": "time_line", "one_of": "case_line",
}  # fmt: skip
"""Statement -> what the lines of its block are."""

_NEEDS = frozenset(["scenario", "each", "choose", "do", "when", "serial", "parallel", "repeat", "one_of", "case"])
"""Statements that must have a block."""


def terminal_of(token: Token, choices: Any) -> str:
    """The terminal that a word is at this point."""
    word = str(token)
    if word in RESERVED or (word in CONTEXTUAL and "NAME" not in choices):
        return word.upper()
    return "NAME"


@dataclass(frozen=True)
class LineKey:
    """What makes a statement: the words of a line, where they stand, and what lines its block holds."""

    start: str
    opens: bool
    span: Span
    words: tuple[tuple[str, int | None, int | None], ...]

    @staticmethod
    def of(line: Line, start: str) -> LineKey:
        """The key of a line."""
        return LineKey(start, line.opens, line_span(line), tuple((str(t), t.line, t.column) for t in line.tokens))


ReadLines: TypeAlias = Mapping[LineKey, tuple[ast.Statement, tuple[str, ...]]]
"""Statements without their blocks, and the types of their tokens."""
_NOTHING: Final[ReadLines] = {}


class _Parser:
    def __init__(self, sink: Sink, known: ReadLines) -> None:
        self.sink, self.known = sink, known
        self.tainted: set[str] = set()
        self.tabbed = False  # some line: which block it belongs to is a guess
        self.read: dict[LineKey, tuple[ast.Statement, tuple[str, ...]]] = {}

    def line(self, line: Line, start: str) -> ast.Statement | None:
        """One statement without its block, or None after reporting an error."""
        span = line_span(line)
        if line.broken:
            self.taint(line)
            return None
        if not line.tokens:
            self.sink.error("E0102", span, "a ':' alone is no statement", help="remove it")
            return None
        key = LineKey.of(line, start)
        if key in self.known:
            return self.again(key, line)
        if self.too_long(line):
            return None
        tree = self.feed(line, start)
        if tree is None:
            self.taint(line)
            return None
        deep = too_deep(tree, _DEPTH)
        if deep:
            self.sink.error(
                "E0110", deep, f"this is nested more than {NESTING} deep", help="name a part of it with 'let'"
            )
            return None
        statement = build_statement(tree, span)
        statement.opens = line.opens
        self.read[key] = replace(statement, body=[*statement.body]), tuple(t.type for t in line.tokens)
        return statement

    def again(self, key: LineKey, line: Line) -> ast.Statement:
        """The statement of a line that was read before."""
        statement, types = self.read[key] = self.known[key]
        for token, kind in zip(line.tokens, types, strict=True):
            token.type = kind
        return replace(statement, body=[*statement.body])

    def feed(self, line: Line, start: str) -> Tree[Token] | None:
        parser = cast(Any, grammar()).parse_interactive(start=start)
        after_dot = False
        for token in line.tokens:
            if token.type == "NAME" and not after_dot:
                token.type = terminal_of(token, parser.choices())
            after_dot = token.type == "DOT"
            try:
                parser.feed_token(token)
            except UnexpectedToken:
                explain(self.sink, line, token, start, parser.accepts())
                return None
        try:
            last = line.tokens[-1]
            return cast("Tree[Token]", parser.feed_eof(last))
        except UnexpectedToken:
            explain(self.sink, line, None, start, parser.accepts())
            return None

    def too_long(self, line: Line) -> bool:
        found = too_much(line.tokens)
        if found is not None:
            self.sink.error("E0110", span_of_token(found[0]), found[1], help="name a part of it with 'let'")
            self.taint(line)
        return found is not None

    def taint(self, line: Line) -> None:
        """Names of a line that could not be read: no 'unknown name' is reported for them."""
        self.tainted.update(str(t) for t in line.tokens if t.type == "NAME")
        if line.tokens and str(line.tokens[0]) in ("world", "use", "import", "from", "include", "using"):
            self.tainted.add("world" if str(line.tokens[0]) == "world" else "use")

    def unread(self, lines: Sequence[Line]) -> None:
        """The block of a statement of another language: its names are tainted and nothing more is said of it."""
        for line in lines:
            self.taint(line)
            self.unread(line.children)

    def block(self, lines: Sequence[Line], start: str) -> list[ast.Statement]:
        """The statements of a block."""
        out: list[ast.Statement] = []
        before = ""
        for line in lines:
            first, foreign = str(line.tokens[0]) if line.tokens else "", before in STATEMENTS_ELSEWHERE
            if foreign and first in CHAINED:
                self.unread([line])
                continue
            statement, before = self.line(line, start), first
            if statement is None:
                inner = self.guess(line, start)
                if first in STATEMENTS_ELSEWHERE:
                    self.unread(line.children)
                elif inner == "case_line":
                    self.cases(line.children, "set_line" if first == "choose" else "time_line")
                else:
                    self.block(line.children, inner)
                continue
            inner = BLOCKS.get(statement.kind)
            self.check_block(line, statement, inner)
            out.append(statement)
            if inner is None:
                out += self.block(line.children, start)  # reported; read on as if it were indented less
            elif inner == "case_line":
                statement.body += self.cases(line.children, "set_line" if statement.kind == "choose" else "time_line")
            else:
                statement.body += self.block(line.children, inner)
        return out

    def cases(self, lines: Sequence[Line], inner: str) -> list[ast.Statement]:
        """The cases of a block whose bodies hold lines of the kind ``inner``."""
        out: list[ast.Statement] = []
        for line in lines:
            statement = self.line(line, "case_line")
            body = self.block(line.children, inner) if statement is None else []
            if statement is not None:
                self.check_block(line, statement, inner)
                statement.body = [*body, *self.block(line.children, inner)]
                out.append(statement)
        return out

    def check_block(self, line: Line, statement: ast.Statement, inner: str | None) -> None:
        """A statement with a block ends in ':' and has one; one without has neither."""
        span, word = line_span(line), _word(statement)
        if inner is None and line.opens:
            assert line.colon is not None
            self.sink.error("E0109", span_of_token(line.colon), "this statement has no block", help="remove the ':'")
        elif inner is None and line.forced:
            child = line.children[0]
            self.sink.error(
                "E0105", line_span(child), f"unexpected indentation: '{word}' above has no block",
                help=f"indent it by {blanks(line.indent)}",
            )  # fmt: skip
        elif inner is not None and not line.opens and (line.forced or _needs_block(statement)):
            end = Span(span.end_line, max(1, span.end_column - 1), span.end_line, span.end_column)
            self.sink.error("E0109", end, f"expected ':' at the end of the line: '{word}' opens a block")
        elif line.opens and not line.children and not self.tabbed:
            optional = "" if _needs_block(statement) else ", or remove the ':'"
            self.sink.error(
                "E0109", span, f"expected an indented block after '{word} ...:'",
                help="indent the lines that belong to it" + optional,
            )  # fmt: skip

    def guess(self, line: Line, start: str) -> str:
        """What the block of an unreadable line holds, to find more errors in it."""
        words = [str(t) for t in line.tokens]
        for word in (*words[:1], *words[2:3]):
            if word in BLOCKS:
                return BLOCKS[word]
        return "time_line" if start == "time_line" else "set_line"


def _needs_block(statement: ast.Statement) -> bool:
    """A scenario that extends another one may add nothing to it."""
    return statement.kind in _NEEDS and not (statement.kind == "scenario" and statement.type_name)


def _word(statement: ast.Statement) -> str:
    """The word that a statement starts with, for messages."""
    if statement.kind == "entity":
        return statement.names[0].id
    return {"stop_when": "stop", "stop_after": "stop", "wait_until": "wait", "wait_for": "wait", "act": "action",
            "assign": "setting"}.get(statement.kind, statement.kind)  # fmt: skip


def _any_tabbed(lines: Sequence[Line]) -> bool:
    return any(line.tabbed or _any_tabbed(line.children) for line in lines)


def parse_lines(
    lines: Sequence[Line], sink: Sink, known: ReadLines = _NOTHING
) -> tuple[list[ast.Statement], set[str], ReadLines]:
    """All statements of a file, the names in lines that could not be read, and the lines that could.

    Args:
        lines: top-level lines.
        sink: for what is wrong.
        known: lines of another text that were read: the same ones are not read again.
    """
    parser = _Parser(sink, known)
    parser.tabbed = _any_tabbed(lines)
    return parser.block(lines, "top_line"), parser.tainted, parser.read
