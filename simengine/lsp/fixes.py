"""Repairs of diagnostics that name a concrete replacement: quick fixes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from simengine.language.diagnostics import Diagnostic
from simengine.language.terms import Span
from simengine.lsp.analysis import Analysis
from simengine.lsp.navigation import Edit

__all__ = ["Fix", "fixes"]

_MEANT = re.compile(r"did you mean '([^\n]+?)'\?(?:  \(.*)?$")
_WRITE = re.compile(r"write '(.+)'$")
_UNIT = re.compile(r"give it a unit: '(.+) (\S+)'$")
_TAB = re.compile(r"^[ \t]*\t[ \t]*")


@dataclass(frozen=True)
class Fix:
    """A repair.

    Attributes:
        title: for a menu.
        problem: what it repairs.
        edits: that do not overlap.
        sure: the only sensible repair.
    """

    title: str
    problem: Diagnostic
    edits: tuple[Edit, ...]
    sure: bool = True


def fixes(analysis: Analysis, first: int, last: int) -> tuple[Fix, ...]:
    """Repairs of the problems that touch some lines."""
    found: list[Fix] = []
    for problem in analysis.examination.result.diagnostics:
        span = problem.span
        inside = not span.file and span.line <= last and span.end_line >= first
        if inside and span.end_line <= len(analysis.layout.lines):
            found += _fixes(analysis, problem)
    return tuple(found)


def _fixes(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    meant = _MEANT.search(problem.help)
    if meant is not None:
        yield Fix(f"Replace by '{meant[1]}'", problem, (Edit(problem.span, meant[1]),))
        return
    repair = _BY_CODE.get(problem.code)
    if repair is not None:
        yield from repair(analysis, problem)


def _written(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    """``write ')'``: another character in place of the one that is marked."""
    found = _WRITE.search(problem.help)
    if found is not None:
        yield Fix(f"Replace by '{found[1]}'", problem, (Edit(problem.span, found[1]),))


def _unexpected(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    span = problem.span
    written = analysis.layout.text(span)
    if problem.help == "a value is set with '='" and written == "==":
        yield Fix("Replace by '='", problem, (Edit(span, "="),))
    elif problem.help == "values are compared with '=='" and written == "=":
        yield Fix("Replace by '=='", problem, (Edit(span, "=="),))
    elif (found := _WRITE.search(problem.help)) is not None and found[1] in (">=", "<="):
        wide = Span(span.line, span.column, span.end_line, span.end_column + 1)
        if analysis.layout.text(wide) == f"={found[1][0]}":
            yield Fix(f"Replace by '{found[1]}'", problem, (Edit(wide, found[1]),))


def _unit(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    """``give it a unit: '5 m'``: behind the side that has none."""
    found = _UNIT.search(problem.help)
    for label in problem.labels if found is not None else ():
        if found is not None and analysis.layout.text(label.span) == found[1]:
            yield Fix(f"Write '{found[1]} {found[2]}'", problem, (Edit(label.span, f"{found[1]} {found[2]}"),))
            return


def _lines(analysis: Analysis, first: int, last: int) -> Span:
    """Whole lines with their ends."""
    if last < len(analysis.layout.lines):
        return Span(first, 1, last + 1, 1)
    return Span(first, 1, last, len(analysis.layout.lines[last - 1]) + 1)


def _remove(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    """A statement that says nothing: its line goes, unless something else stands there."""
    row = problem.span.line
    statement = next(
        (x for x in analysis.lines() if x.tokens and (x.tokens[0].line or 0) <= row <= _end(x.tokens)), None
    )
    if statement is None or statement.children or str(statement.tokens[0]) not in ("param", "let", "require"):
        return
    if statement.tokens[0].type == "PARAM" and any(t.type == "COMMA" for t in statement.tokens[:3]):
        return  # one of several that are drawn together
    first, last = statement.tokens[0].line or 0, _end(statement.tokens)
    yield Fix("Remove this line", problem, (Edit(_lines(analysis, first, last), ""),), sure=False)


def _end(tokens: Sequence[Token]) -> int:
    return tokens[-1].line or 0


def _use(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    found = re.search(r"start the file with '(.+)'", problem.help)
    if found is not None:
        yield Fix(f"Add '{found[1]}'", problem, (Edit(Span(1, 1, 1, 1), f"{found[1]}\n\n"),))


def _delete(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    if problem.help.startswith("remove"):
        yield Fix("Remove it", problem, (Edit(problem.span, ""),))


def _override(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    row = analysis.layout.lines[problem.span.line - 1]
    found = re.match(r" *(override +)", row)
    if found is not None and problem.help == "remove 'override'":
        span = Span(problem.span.line, found.start(1) + 1, problem.span.line, found.end(1) + 1)
        yield Fix("Remove 'override'", problem, (Edit(span, ""),))


def _colon(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    span = problem.span
    if problem.help == "remove the ':'":
        yield Fix("Remove the ':'", problem, (Edit(span, ""),))
    elif problem.message.startswith("expected ':' at the end"):
        end = Span(span.end_line, span.end_column, span.end_line, span.end_column)
        yield Fix("Add ':'", problem, (Edit(end, ":"),))


def _tabs(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    edits: list[Edit] = []
    for k, row in enumerate(analysis.layout.lines, 1):
        if (found := _TAB.match(row)) is not None:
            edits.append(Edit(Span(k, 1, k, found.end() + 1), found.group().expandtabs(4)))
    yield Fix("Indent the file with spaces", problem, tuple(edits))


def _quote(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    row, line = analysis.layout.lines[problem.span.line - 1], problem.span.line
    end = len(row.rstrip().rstrip(":")) + 1 if row.rstrip().endswith(":") else len(row.rstrip()) + 1
    yield Fix("Close the string", problem, (Edit(Span(line, end, line, end), '"'),), sure=False)


def _indent(analysis: Analysis, problem: Diagnostic) -> Iterator[Fix]:
    row, line = analysis.layout.lines[problem.span.line - 1], problem.span.line
    now = len(row) - len(row.lstrip(" "))
    for text in re.findall(r"\d+", problem.help):
        size = int(text)
        title = f"Indent by {size} space{'s' if size != 1 else ''}"
        if size != now:
            yield Fix(title, problem, (Edit(Span(line, 1, line, now + 1), " " * size),), sure=problem.code == "E0105")


_BY_CODE: dict[str, Callable[[Analysis, Diagnostic], Iterator[Fix]]] = {
    "E0101": _written, "E0102": _unexpected, "E0104": _written, "E0105": _indent, "E0107": _tabs, "E0108": _delete,
    "E0109": _colon, "E0111": _quote, "E0112": _indent, "E0201": _use, "E0203": _unit, "E0215": _override,
    "W0301": _remove, "W0310": _remove,
}  # fmt: skip
