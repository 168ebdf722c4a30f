"""Text to syntax tree, without libraries: what the formatter, the exchange form and the language server start from."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast

from simengine.language import syntax as ast
from simengine.language.diagnostics import Diagnostic, Sink, TooManyErrors
from simengine.language.layout import nest
from simengine.language.lexer import Abandon, Line, normalise, tokenise
from simengine.language.parse import parse_lines

__all__ = ["Reading", "bare", "read"]


@dataclass(frozen=True)
class Reading:
    """A text as it was read.

    Attributes:
        source: the text with plain line ends.
        lines: the top-level lines with their blocks as ``children``; the types of their tokens say which words are
            keywords where they stand.
        statements: the syntax tree; of a text with errors, what could be read of it.
        diagnostics: errors of reading and syntax (names, types and units are not looked at).
    """

    source: str
    lines: tuple[Line, ...]
    statements: tuple[ast.Statement, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """The syntax is right."""
        return not self.diagnostics


def read(text: str, file: str = "<text>") -> Reading:
    """Read a text; never raises for what it holds."""
    sink = Sink(file)
    source, lines, statements = text, list[Line](), list[ast.Statement]()
    try:
        source = normalise(text, sink)
        lines = nest(tokenise(source, sink), sink)
        statements, _, _ = parse_lines(lines, sink)
    except (Abandon, TooManyErrors):
        pass
    return Reading(source, tuple(lines), tuple(statements), sink.sorted())


def bare(node: object) -> Any:
    """A syntax tree as nested tuples without places, for comparing: equal trees mean the same."""
    if is_dataclass(node) and not isinstance(node, type):
        inner = tuple((f.name, bare(getattr(node, f.name))) for f in fields(node) if f.name not in ("span", "opens"))
        return (type(node).__name__, *inner)
    if isinstance(node, list | tuple):
        return tuple(bare(item) for item in cast("tuple[object, ...]", node))
    if isinstance(node, dict):
        return tuple((key, bare(value)) for key, value in sorted(cast("dict[str, object]", node).items()))
    return node
