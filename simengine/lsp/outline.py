"""The structure of a text: symbols in their blocks, and what folds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from simengine.language import syntax as ast
from simengine.language.layout import line_span
from simengine.language.lexer import Line
from simengine.language.terms import Span
from simengine.lsp.analysis import Analysis

__all__ = ["Fold", "Symbol", "folds", "symbols"]

SymbolKind = Literal[
    "scenario", "world", "entity", "sensor", "param", "let", "choice", "block", "phase", "condition", "cover",
    "setting", "action",
]  # fmt: skip
_CONDITIONS = ("require", "ensure", "expect", "stop_when", "stop_after")
_BLOCKS = ("do", "when", "serial", "parallel", "repeat", "one_of", "case", "each")


@dataclass(frozen=True)
class Symbol:
    """A part of a scenario.

    Attributes:
        name, detail: what it is called.
        kind: what it is.
        span: all of it, its block included.
        selection: its name.
        children: parts of its block.
    """

    name: str
    detail: str
    kind: SymbolKind
    span: Span
    selection: Span
    children: tuple[Symbol, ...] = ()


@dataclass(frozen=True)
class Fold:
    """Lines that fold, from the first to the last, which count from 1."""

    first: int
    last: int
    comment: bool = False


def symbols(analysis: Analysis) -> tuple[Symbol, ...]:
    """Scenarios with what is in them."""
    return tuple(_symbols(analysis, [s for s in analysis.examination.statements if s.kind == "scenario"]))


def _symbols(analysis: Analysis, statements: list[ast.Statement]) -> Iterator[Symbol]:
    for s in statements:
        named = _named(analysis, s)
        if named is None:
            continue
        name, detail, kind, selection = named
        children = tuple(_symbols(analysis, s.body))
        yield Symbol(name, detail, kind, _around(s.span, children), selection, children)


def _around(span: Span, children: tuple[Symbol, ...]) -> Span:
    ends = [(span.end_line, span.end_column), *((c.span.end_line, c.span.end_column) for c in children)]
    return Span(span.line, span.column, *max(ends))


def _named(analysis: Analysis, s: ast.Statement) -> tuple[str, str, SymbolKind, Span] | None:
    text = " ".join(analysis.layout.text(s.span).split()).rstrip(":")[:80]
    first = s.names[0] if s.names else None
    simple: dict[str, tuple[str, SymbolKind]] = {
        "scenario": (s.text, "scenario"), "world": ("world", "world"), "let": ("let", "let"),
        "choose": ("choose", "choice"), "cover": ("cover", "cover"),
        "sensor": (s.names[1].id if len(s.names) > 1 else "sensor", "sensor"),
    }  # fmt: skip
    if s.kind == "param" and first is not None:
        last = s.names[-1]
        span = first.span.to(last.span)
        return ", ".join(n.id for n in s.names), s.text or "param", "param", span
    if s.kind == "entity" and len(s.names) > 1:
        return s.names[1].id, s.names[0].id + ("[]" if s.bind is not None else ""), "entity", s.names[1].span
    if s.kind in simple and first is not None:
        return first.id, *simple[s.kind], first.span
    if s.label is not None and s.kind != "record":
        return s.label.id, text.partition(":")[2].strip(), "phase", s.label.span
    if s.kind in _CONDITIONS:
        return text, s.text, "condition", s.span
    if s.kind in _BLOCKS:
        return text, "", "block", s.span
    if s.kind in ("assign", "override", "record", "label", "cross", "cover"):
        return text, "", "setting", s.span
    return (text, "", "action", s.span) if s.kind in ("act", "wait_until", "wait_for") else None


def folds(analysis: Analysis) -> tuple[Fold, ...]:
    """Blocks, statements over several lines, and runs of comments."""
    found = [f for line in analysis.lines() if (f := _block(line)) is not None]
    rows = [row.lstrip().startswith("#") for row in analysis.layout.lines]
    first: int | None = None
    for k, comment in enumerate([*rows, False]):
        if comment and first is None:
            first = k
        elif not comment and first is not None:
            if k - first > 1:
                found.append(Fold(first + 1, k, True))
            first = None
    return tuple(found)


def _block(line: Line) -> Fold | None:
    last = line
    while last.children:
        last = last.children[-1]
    if not line.tokens:
        return None
    first, end = line_span(line).line, line_span(last).end_line
    return Fold(first, end) if end > first else None
