"""What is known of one text of an editor: a check with its names, and the last readable state for half-typed texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from lark import Token

from simengine.errors import SimEngineError
from simengine.language.bounds import Bounds
from simengine.language.check import Checked
from simengine.language.frontend import examine_text
from simengine.language.intervals import Interval
from simengine.language.lexer import Line, span_of_token
from simengine.language.narrowing import Narrowing
from simengine.language.parse import ReadLines
from simengine.language.program import Program
from simengine.language.scope import Context
from simengine.language.terms import Span
from simengine.lsp.layout import Layout
from simengine.lsp.occurrences import Declaration, Names, Scenario, find_names
from simengine.world.library import Library

__all__ = ["PROPOSALS", "Analysis"]

PROPOSALS = 512
"""First draws of which the accepted share is told: some milliseconds."""

_NONE: Final[Mapping[str, str]] = {}


class Analysis:
    """One state of a text.

    Attributes:
        text: as the editor has it.
        file: its name in messages.
        libraries: what ``use`` may name.
        scenarios: texts of what ``extends`` may name beside the scenarios of the text.
        layout: its lines.
        examination: what the checker found and knows.
        before: the last state in which each scenario could be read, for names that a half-typed line hides.
    """

    def __init__(
        self, text: str, file: str = "<text>", *, libraries: Mapping[str, Library],
        scenarios: Mapping[str, str] = _NONE, before: Analysis | None = None, encoding: str = "utf-16",
        names_only: bool = False, known: ReadLines | None = None,
    ) -> None:  # fmt: skip
        self.text, self.file, self.libraries, self.scenarios = text, file, libraries, scenarios
        self.layout = Layout(text, encoding)
        known = known or (before.examination.read if before is not None else {})
        self.examination = examine_text(
            text, file, libraries=libraries, scenarios=scenarios, names_only=names_only, known=known
        )
        self.before = before.readable() if before is not None else None

    def again(self, text: str) -> Analysis:
        """What the names of another text mean; there are no programs."""
        return Analysis(
            text, self.file, libraries=self.libraries, scenarios=self.scenarios, names_only=True,
            known=self.examination.read,
        )  # fmt: skip

    def text_of(self, span: Span) -> str:
        """What stands in a span, of this text or of a scenario that it extends."""
        if not span.file:
            return self.layout.text(span)
        return Layout(self.examination.result.parents.get(span.file, "")).text(span)

    def readable(self) -> Analysis | None:
        """This state if its syntax is right, else the last one of which that is true."""
        syntax = any(d.code < "E0200" for d in self.examination.result.diagnostics)
        return self._alone() if not syntax and self.examination.scenarios else self.before

    def _alone(self) -> Analysis:
        self.before = None  # only one earlier state is ever kept
        return self

    # ---- tokens

    def lines(self) -> Iterator[Line]:
        """All logical lines in the order of the text."""
        stack = list(reversed(self.examination.lines))
        while stack:
            line = stack.pop()
            yield line
            stack.extend(reversed(line.children))

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens in the order of the text; their types say which words are keywords where they stand."""
        return [t for line in self.lines() for t in (*line.tokens, *([line.colon] if line.colon else []))]

    def token_at(self, line: int, column: int) -> Token | None:
        """The token at a place, or the word or number that ends there."""
        touching = [t for t in self.tokens if t.line == line and (t.column or 1) <= column <= (t.column or 1) + len(t)]
        inside = [t for t in touching if column < (t.column or 1) + len(t)]
        wordy = [t for t in touching if t.type not in ("DOT", "COMMA") and (str(t)[:1].isalnum() or str(t)[:1] == "_")]
        return next(iter(wordy), None) or next(iter(inside), None)

    # ---- names

    @cached_property
    def names(self) -> Names:
        """Declarations and uses."""
        known = {(c.statement.span.line, c.statement.span.column): c for c in self.examination.scenarios}
        scenarios: list[Scenario] = []
        for s in self.examination.statements:
            if s.kind == "scenario":
                checked = known.get((s.span.line, s.span.column))
                whole = checked.whole if checked else s
                scenarios.append(Scenario(s, whole, frozenset(checked.context.words if checked else ())))
        return find_names(scenarios, self.examination.lines, self.examination.result.parents)

    def scenario_name(self, line: int) -> str | None:
        """The name of the scenario around a line."""
        found: str | None = None
        for top in self.examination.lines:
            if not top.tokens or span_of_token(top.tokens[0]).line > line:
                break
            found = str(top.tokens[1]) if str(top.tokens[0]) == "scenario" and len(top.tokens) > 1 else None
        return found

    def checked(self, name: str | None) -> Checked | None:
        """What the checker knows of a scenario."""
        return next((c for c in self.examination.scenarios if c.statement.names[0].id == name), None)

    def contexts(self, line: int) -> list[Context]:
        """What is known around a line: now, and in the last readable state."""
        name = self.scenario_name(line)
        now = self.checked(name)
        then = self.before.checked(name) if self.before else None
        if self.before is not None and now is None and then is None and len(self.before.examination.scenarios) == 1:
            then = self.before.examination.scenarios[0]  # its own first line is being typed
        return [c.context for c in (now, then) if c is not None]

    def table(self, line: int) -> Mapping[str, Declaration]:
        """Names that may be used around a line."""
        name = self.scenario_name(line) or ""
        now = self.names.tables.get(name, {})
        if self.before is None:
            return now
        then = self.before.names.tables
        earlier = then.get(name) or (next(iter(then.values())) if len(then) == 1 else {})
        return {**earlier, **now}

    # ---- programs

    def program(self, name: str | None) -> Program | None:
        """The checked program of a scenario; None where the text has errors."""
        return next((p for p in self.examination.result.programs if p.name == name), None)

    @cached_property
    def _narrowed(self) -> dict[str, dict[str, Interval]]:
        return {}

    def narrowed(self, program: Program) -> Mapping[str, Interval]:
        """Supports of the definitions of a program, narrowed by its constraints."""
        if program.name not in self._narrowed:
            self._narrowed[program.name] = _contracted(program)
        return self._narrowed[program.name]

    @cached_property
    def _accepted(self) -> dict[str, float | None]:
        return {}

    def acceptance(self, program: Program) -> float | None:
        """The share of some first draws that meet all constraints which need no placed scene; None: not known."""
        if program.name not in self._accepted:
            self._accepted[program.name] = _accepted(program)
        return self._accepted[program.name]


def _accepted(program: Program) -> float | None:
    from simengine.language.sample import Sampler  # checking does not need it

    if not any(not r.geometric and not r.implied for r in program.requires):
        return None
    try:
        return float(Sampler(program, 0).propose(range(PROPOSALS))[1].mean())
    except SimEngineError:  # what checks and does not run cannot be drawn
        return None


def _contracted(program: Program) -> dict[str, Interval]:
    try:
        bounds = Bounds.of_program(program)
    except SimEngineError:  # what checks and does not run can have no law
        return {}
    left = Narrowing(bounds)
    return left.known if left.meet(bounds.graph.requires) else bounds.known
