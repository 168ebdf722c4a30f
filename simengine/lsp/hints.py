"""What a reader would compute: values of names, and what the constraints leave of a range. At the ends of lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simengine.language.layout import line_span
from simengine.language.program import Definition, Program
from simengine.language.terms import Call, Op, Ref
from simengine.lsp.analysis import Analysis
from simengine.lsp.values import left_by_constraints, support_text

__all__ = ["Hint", "hints"]


@dataclass(frozen=True)
class Hint:
    """A text behind a place."""

    line: int
    column: int
    text: str


def hints(analysis: Analysis, first: int, last: int) -> tuple[Hint, ...]:
    """Hints for some lines; none while the text has errors."""
    ends = {line_span(x).line: line_span(x) for x in analysis.lines() if x.tokens and not x.opens}
    found: dict[int, list[str]] = {}
    for program in analysis.examination.result.programs:
        for definition in program.definitions.values():
            line = definition.span.line
            if definition.span.file or not first <= line <= last or line not in ends:
                continue
            text = _hint(analysis, program, definition)
            if text:
                found.setdefault(line, []).append(text)
        for line, text in _acceptance(analysis, program):
            if first <= line <= last and line in ends:
                found.setdefault(line, []).append(text)
    return tuple(
        Hint(ends[line].end_line, ends[line].end_column, "; ".join(dict.fromkeys(texts)))
        for line, texts in sorted(found.items())
    )


def _acceptance(analysis: Analysis, program: Program) -> Iterator[tuple[int, str]]:
    """At the last constraint of arithmetic: how many draws pass all of them."""
    lines = [r.span.line for r in program.requires if not (r.geometric or r.implied or r.span.file)]
    rate = analysis.acceptance(program) if lines else None
    if rate is not None and rate < 1.0:
        yield max(lines), f"{100.0 * rate:.2g} % of draws pass"


def _hint(analysis: Analysis, program: Program, definition: Definition) -> str:
    if definition.type.kind not in ("real", "int"):
        return ""
    if definition.drawn or not _computed(definition):
        return left_by_constraints(analysis, program.name, definition.path)
    support = support_text(analysis, program.name, definition)
    return f"= {support}" if support else ""


def _computed(definition: Definition) -> bool:
    """It follows from other values, so its own are not to be seen in the text."""
    return isinstance(definition.binding, Op | Call | Ref) and "@" not in definition.path
