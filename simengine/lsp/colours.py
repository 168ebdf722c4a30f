"""What the words of a text are, for colours that a grammar of patterns cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simengine.language.lexer import span_of_token
from simengine.language.terms import Span
from simengine.lsp.analysis import Analysis

__all__ = ["KINDS", "Colour", "colours"]

KINDS = ("namespace", "type", "variable", "parameter", "property", "event", "enumMember", "function", "class")
_DECLARED = {
    "scenario": "namespace", "param": "parameter", "let": "parameter", "entity": "variable", "sensor": "class",
    "phase": "event", "cover": "property", "choice": "parameter", "variable": "variable",
}  # fmt: skip


@dataclass(frozen=True)
class Colour:
    """The kind of a word."""

    span: Span
    kind: str
    declares: bool = False


def colours(analysis: Analysis) -> tuple[Colour, ...]:
    """Kinds of words, in the order of the text."""
    return tuple(_colours(analysis))


def _colours(analysis: Analysis) -> Iterator[Colour]:
    names = {(o.span.line, o.span.column): o for o in analysis.names.occurrences}
    words = {(w.line, w.column) for c in analysis.examination.scenarios for w in c.context.words if not w.file}
    types = {(s.names[0].span.line, s.names[0].span.column)
             for c in analysis.examination.statements for s in c.body if s.kind in ("entity", "world")}  # fmt: skip
    tokens = analysis.tokens
    for k, token in enumerate(tokens):
        if token.type != "NAME":
            continue
        span, at = span_of_token(token), (token.line or 0, token.column or 0)
        following = tokens[k + 1].type if k + 1 < len(tokens) and tokens[k + 1].line == token.line else ""
        if at in names:
            yield Colour(span, _DECLARED[names[at].target.kind], names[at].declares)
        elif at in words:
            yield Colour(span, "enumMember")
        elif at in types:
            yield Colour(span, "type")
        elif following == "LPAR":
            yield Colour(span, "function")
        elif following in ("EQUAL", "TILDE", "DOT") or (k and tokens[k - 1].type == "DOT"):
            yield Colour(span, "property")
