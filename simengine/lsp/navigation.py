"""Where a name is declared and used, and what else stands in its place after a rename."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simengine.errors import UsageError
from simengine.language.lexer import RESERVED, span_of_token
from simengine.language.limits import IDENTIFIER_CHARS
from simengine.language.terms import Span
from simengine.lsp.analysis import Analysis
from simengine.lsp.cursor import cursor_at
from simengine.lsp.hover import path_at
from simengine.lsp.occurrences import Declaration, Occurrence
from simengine.lsp.scope import scope_at

__all__ = ["Edit", "apply_edits", "definition", "rename", "renameable", "uses"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIXED = frozenset(["world", "time", "yes", "no", "true", "false"])


@dataclass(frozen=True)
class Edit:
    """Text that takes the place of a span."""

    span: Span
    text: str


def definition(analysis: Analysis, line: int, column: int) -> Span | None:
    """Where the name or property at a place gets its meaning; ``file`` is set where that is another text."""
    known = analysis.names.at(line, column)
    if known is not None:
        return known.target.span
    token = analysis.token_at(line, column)
    if token is None or token.type != "NAME":
        return None
    span = span_of_token(token)
    cursor = cursor_at(analysis.layout, span.line, span.column)
    checked = analysis.checked(analysis.scenario_name(line))
    if checked is not None:
        found = checked.context.definitions.get(path_at(cursor, str(token), scope_at(analysis, line, cursor)))
        if found is not None:
            return found.span
    return None


def uses(analysis: Analysis, line: int, column: int, declaration: bool = True) -> tuple[Occurrence, ...]:
    """All places of the name at a place, in the order of the text."""
    known = analysis.names.at(line, column)
    if known is None:
        return ()
    return tuple(o for o in analysis.names.of(known.target) if declaration or not o.declares)


def renameable(analysis: Analysis, line: int, column: int) -> Occurrence:
    """The name at a place, if it can get another one.

    Raises:
        UsageError: there is none, or another file declares it.
    """
    known = analysis.names.at(line, column)
    if known is None:
        raise UsageError("no declared name stands here; words of the language and of libraries keep their names")
    if known.target.span.file:
        raise UsageError(
            f"'{known.target.name}' is declared in the scenario '{known.target.span.file}'; rename it there"
        )
    return known


def rename(analysis: Analysis, line: int, column: int, name: str) -> tuple[Edit, ...]:
    """Edits that give the name at a place another one everywhere in the text, and change nothing else.

    Raises:
        UsageError: no such name, or the new one is no name, reserved, taken, or would change what the text means.
    """
    known = renameable(analysis, line, column)
    if name == known.target.name:
        return ()
    _allowed(analysis, known.target, name)
    edits = tuple(Edit(o.span, name) for o in analysis.names.of(known.target))
    after = analysis.again(apply_edits(analysis, edits))
    if _shape(after) != _shape(analysis):
        raise UsageError(f"'{name}' means something else where '{known.target.name}' is used; choose another name")
    return edits


def _allowed(analysis: Analysis, target: Declaration, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{name[:40]}' is no name: letters, digits and underscores, not a digit first")
    if len(name) > IDENTIFIER_CHARS:
        raise UsageError(f"a name has at most {IDENTIFIER_CHARS} characters")
    if name in RESERVED or name in _FIXED:
        raise UsageError(f"'{name}' is a word of the language and cannot be a name")
    if target.kind == "scenario":
        taken = name in analysis.names.tables
    else:
        tables = [t for t in analysis.names.tables.values() if target in t.values()] or list(
            analysis.names.tables.values()
        )
        loops = {o.target.name for o in analysis.names.occurrences if o.target.kind == "variable"}
        taken = name in loops or any(name in t for t in tables)
    if taken:
        raise UsageError(f"'{name}' is declared already; choose another name")


def _shape(analysis: Analysis) -> object:
    """What a rename must keep: the problems, and which names stand where, counted in tokens."""
    codes = Counter((d.code, d.span.line) for d in analysis.examination.named)
    index = {(t.line, t.column): k for k, t in enumerate(analysis.tokens)}
    places = [
        (index.get((o.span.line, o.span.column)), index.get((o.target.span.line, o.target.span.column)))
        for o in analysis.names.occurrences
    ]
    words = [
        sorted((index.get((w.line, w.column)), analysis.layout.text(w)) for w in c.context.words if not w.file)
        for c in analysis.examination.scenarios
    ]
    return codes, places, words


def apply_edits(analysis: Analysis, edits: Sequence[Edit]) -> str:
    """The text with edits that do not overlap, with plain line ends."""
    lines = list(analysis.layout.lines)
    for edit in sorted(edits, key=lambda e: (e.span.line, e.span.column), reverse=True):
        s = edit.span
        head, tail = lines[s.line - 1][: s.column - 1], lines[s.end_line - 1][s.end_column - 1 :]
        lines[s.line - 1 : s.end_line] = (head + edit.text + tail).split("\n")
    return "\n".join(lines)
