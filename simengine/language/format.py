"""The formatter: one spelling of blanks, indentation and empty lines; words, comments and meaning stay.

It works on the tokens, not on the tree, so nothing that was written is lost:

* blocks are indented by four blanks; a comment on a line of its own is lined up with the block it stands in;
* blanks between tokens follow fixed rules; a number and its unit are one blank apart;
* inside brackets the line breaks of the author stay, and a line longer than ``WIDTH`` is broken after a comma;
* runs of empty lines become one, there is none at the start of a block, and one in front of a scenario.

The result is read again and compared, so a mistake in these rules could never change what a file means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from simengine.language.diagnostics import Diagnostic
from simengine.language.lexer import UNIT_AFTER, Line
from simengine.language.reading import bare, read

__all__ = ["WIDTH", "Formatted", "format_text"]

WIDTH = 120
_STEP = 4
_COMMENT = re.compile(r'"[^"\n]*"|(?P<comment>#[^\n]*)')
_QUANTITY = re.compile(r"(\d[\d.]*(?:[eE][+-]?\d+)?) ?(\D.*)")
_RANGE = "__ANON_0"
_OPERAND_ENDS = frozenset(["NAME", "NUMBER", "QUANTITY", "STRING", "UNIT", "RPAR", "RSQB", "RBRACE"])
_CALLED = frozenset(["NAME", "RPAR", "RSQB"])
_OPENERS, _CLOSERS = frozenset(["LPAR", "LSQB", "LBRACE"]), frozenset(["RPAR", "RSQB", "RBRACE"])
_NONE_BEFORE = _CLOSERS | {"COMMA", "COLON", "DOT", _RANGE}
_NONE_AFTER = _OPENERS | {"DOT", _RANGE}


@dataclass(frozen=True)
class Formatted:
    """What the formatter made.

    Attributes:
        text: the formatted text; that of a file with errors is unchanged.
        changed: it differs from what was given.
        diagnostics: why a file was left alone.
    """

    text: str
    changed: bool
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Comment:
    at: int
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class _Piece:
    """A statement or a comment on its own line: its source lines, its depth and its finished rows."""

    first: int
    last: int
    depth: int
    rows: tuple[str, ...]
    comment: bool = False
    opens: bool = False
    scenario: bool = False


def format_text(text: str, file: str = "<text>") -> Formatted:
    """Format a scenario text.

    Args:
        text: the source.
        file: its name in diagnostics.

    Returns:
        The formatted text; a text with syntax errors comes back as it was, with the diagnostics.
    """
    reading = read(text, file)
    if not reading.ok:
        return Formatted(text, False, reading.diagnostics)
    pieces = list(_pieces(list(_flat(reading.lines, 0, ())), _comments(reading.source)))
    out = "\n".join(_spaced(pieces)) + ("\n" if pieces else "")
    again = read(out, file)
    if not again.ok or bare(again.statements) != bare(reading.statements):
        raise AssertionError(f"formatting {file} would change its meaning; please report this file")
    if "\r\n" in text[: text.find("\n") + 1]:
        out = out.replace("\n", "\r\n")
    return Formatted(out, out != text, ())


# ---- lines and comments in order -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Flat:
    line: Line
    indents: tuple[int, ...]  # of the blocks around it, its own last

    @property
    def depth(self) -> int:
        return len(self.indents) - 1


def _flat(lines: Sequence[Line], depth: int, indents: tuple[int, ...]) -> Iterator[_Flat]:
    for line in lines:
        yield _Flat(line, (*indents, line.indent))
        yield from _flat(line.children, depth + 1, (*indents, line.indent))


def _comments(source: str) -> list[_Comment]:
    found: list[_Comment] = []
    line, start, seen = 1, 0, 0
    for match in _COMMENT.finditer(source):
        if match["comment"] is not None:
            at = match.start()
            line += source.count("\n", seen, at)
            seen, start = at, source.rfind("\n", 0, at) + 1
            found.append(_Comment(at, line, at - start, match["comment"].rstrip()))
    return found


def _pieces(lines: Sequence[_Flat], comments: Sequence[_Comment]) -> Iterator[_Piece]:
    waiting = 0
    before: _Flat | None = None
    for flat in lines:
        tokens = [*flat.line.tokens, *([flat.line.colon] if flat.line.colon else [])]
        start, end = tokens[0].start_pos or 0, tokens[-1].end_pos or 0
        while waiting < len(comments) and comments[waiting].at < start:
            yield _own(comments[waiting], before, flat)
            waiting += 1
        inside = waiting
        while waiting < len(comments) and (
            comments[waiting].at < end or comments[waiting].line == (tokens[-1].line or 0)
        ):
            waiting += 1
        rows = tuple(_rows(tokens, comments[inside:waiting], flat))
        yield _Piece(
            tokens[0].line or 0, tokens[-1].line or 0, flat.depth, rows, opens=flat.line.opens,
            scenario=tokens[0].type == "SCENARIO",
        )  # fmt: skip
        before = flat
    for comment in comments[waiting:]:
        yield _own(comment, before, None)


def _own(comment: _Comment, before: _Flat | None, after: _Flat | None) -> _Piece:
    """A comment on a line of its own: in the deepest block around its place that is not right of it."""
    low = after.depth if after else 0
    depth = low
    for level, indent in enumerate(before.indents if before else ()):
        if level > low and indent <= comment.column:
            depth = level
    return _Piece(comment.line, comment.line, depth, (" " * (_STEP * depth) + comment.text,), comment=True)


def _spaced(pieces: Sequence[_Piece]) -> Iterator[str]:
    """All rows, with the empty lines that stay and one in front of each scenario and the comments above it."""
    starts: set[int] = set()
    for k, piece in enumerate(pieces):
        if piece.scenario:
            while k and pieces[k - 1].comment and not pieces[k - 1].depth and pieces[k].first == pieces[k - 1].last + 1:
                k -= 1
            starts.add(k)
    for k, piece in enumerate(pieces):
        before = pieces[k - 1] if k else None
        if before is not None and (k in starts or (piece.first > before.last + 1 and not before.opens)):
            yield ""
        yield from piece.rows


# ---- one statement ---------------------------------------------------------------------------------------------


def _text(token: Token) -> str:
    match = _QUANTITY.fullmatch(token) if token.type == "QUANTITY" else None
    return f"{match[1]} {match[2]}" if match else str(token)


def _gap(before: Token | None, token: Token, sign: bool) -> str:
    """What stands between two tokens; ``sign``: the one before is a sign, not an operator."""
    if before is None or sign or token.type in _NONE_BEFORE or before.type in _NONE_AFTER:
        return ""
    if token.type in ("LPAR", "LSQB") and before.type in _CALLED:
        return ""
    if before.type == "NUMBER" and UNIT_AFTER.match(" " + str(token)):
        return "  "  # with one blank the word would be the number's unit
    return " "


@dataclass
class _Row:
    """A row in the making: its tokens with the gaps before them, and how deep in brackets it starts."""

    level: int
    parts: list[tuple[str, Token]]
    comment: str = ""


def _rows(tokens: Sequence[Token], comments: Sequence[_Comment], flat: _Flat) -> Iterator[str]:
    """The finished rows of one statement."""
    base, extra = _STEP * flat.depth, _STEP if flat.line.opens else 0
    for row in _written(tokens, comments):
        todo: _Row | None = row
        while todo is not None:
            closing = 0
            while closing < len(todo.parts) and todo.parts[closing][1].type in _CLOSERS:
                closing += 1
            level = todo.level - closing
            indent = base + (_STEP * level + extra if level else 0)
            cut = _cut(todo, indent)
            here, rest = (todo.parts[:cut], todo.parts[cut:]) if cut else (todo.parts, [])
            code = "".join((gap if k else "") + _text(t) for k, (gap, t) in enumerate(here))
            note = todo.comment if not rest else ""
            yield " " * indent + (f"{code}  {note}" if code and note else code or note)
            todo = _Row(_after(todo.level, here), rest, todo.comment) if rest else None


def _written(tokens: Sequence[Token], comments: Sequence[_Comment]) -> list[_Row]:
    """Rows as the author broke them."""
    rows: list[_Row] = []
    level, number, before, sign = 0, 0, None, False
    queue = list(comments)
    for token in tokens:
        while queue and queue[0].at < (token.start_pos or 0):
            number = _note(rows, queue.pop(0), number, level)
        if token.line != number:
            rows.append(_Row(level, []))
            number = token.line or 0
        rows[-1].parts.append((_gap(before, token, sign), token))
        sign = token.type == "MINUS" and (before is None or before.type not in _OPERAND_ENDS)
        level += (token.type in _OPENERS) - (token.type in _CLOSERS)
        before = token
    for comment in queue:
        number = _note(rows, comment, number, level)
    return rows


def _note(rows: list[_Row], comment: _Comment, number: int, level: int) -> int:
    if rows and comment.line == number:
        rows[-1].comment = comment.text
    else:
        rows.append(_Row(level, [], comment.text))
    return comment.line


def _after(level: int, parts: Sequence[tuple[str, Token]]) -> int:
    return level + sum((t.type in _OPENERS) - (t.type in _CLOSERS) for _, t in parts)


def _cut(row: _Row, indent: int) -> int:
    """Where a row that is too long is broken: after the last comma that fits, of the outermost bracket; 0: nowhere."""
    width, level = indent, row.level
    candidates: list[tuple[int, int, int]] = []  # width so far, level, index of the next token
    for k, (gap, token) in enumerate(row.parts):
        width += (len(gap) if k else 0) + len(_text(token))
        level += (token.type in _OPENERS) - (token.type in _CLOSERS)
        if token.type == "COMMA" and level and k + 1 < len(row.parts):
            candidates.append((width, level, k + 1))
    if width <= WIDTH or not candidates:
        return 0
    fitting = [c for c in candidates if c[0] <= WIDTH]
    if not fitting:
        return candidates[0][2]
    outer = min(c[1] for c in fitting)
    return max(c[2] for c in fitting if c[1] == outer)
