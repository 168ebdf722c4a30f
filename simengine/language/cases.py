"""Properties that the cases of a ``choose`` set: which settings count, and the one value that they make together.

In one scenario a case counts before a value that the property has outside of the cases. ``override`` in an extending
scenario replaces all that the scenarios in front of it set: their values and their cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from simengine.language.calls import default_expression
from simengine.language.diagnostics import Label
from simengine.language.program import Definition
from simengine.language.scope import Context
from simengine.language.terms import Const, Expr, Op, Ref, Span
from simengine.world.library import BOOL, Property

__all__ = ["Cases", "Own", "counting"]


class Set(Protocol):
    """A setting in a case: where it stands, in which (choice, case), and in which scenario of the chain."""

    @property
    def span(self) -> Span: ...
    @property
    def active(self) -> tuple[str, str] | None: ...
    @property
    def generation(self) -> int: ...


@dataclass(frozen=True)
class Own:
    """A setting outside of cases; ``generation``: place of its scenario in the chain of ``extends``, 0 the first."""

    span: Span
    generation: int
    override: bool


S = TypeVar("S", bound=Set)


def counting(ctx: Context, target: str, cases: Sequence[S], owns: Sequence[Own]) -> list[S]:
    """The settings in cases that no later scenario overrides; reports a setting that would count for nothing.

    Args:
        ctx: for errors.
        target: the property, as "world.sun.elevation".
        cases: its settings in cases, in the order of the text.
        owns: its settings outside of cases, in the order of the text.
    """
    since = max((own.generation for own in owns if own.override), default=0)
    left = [case for case in cases if case.generation >= since]
    shown = target.removeprefix("world.")
    for own in owns:
        first = next((case for case in left if case.generation < own.generation), None)
        if first is not None and first.active is not None:
            ctx.sink.error(
                "E0202", own.span,
                f"'{shown}' is set twice: the choice '{first.active[0]}' of the scenario that is extended sets it",
                labels=[Label(first.span, "first set here")], caret_text="set again here",
                help=f"write 'override {shown} ...': it then counts in all cases of '{first.active[0]}'",
            )  # fmt: skip
            return left
    choices = [case.active[0] for case in left if case.active is not None]
    second = next((k for k, choice in enumerate(choices) if choice != choices[0]), None)
    if second is not None:
        inherited = left[0].generation < left[second].generation
        ctx.sink.error(
            "E0202", left[second].span,
            f"'{shown}' is set twice: by the choices '{choices[0]}' and '{choices[second]}'",
            labels=[Label(left[0].span, "first set here")], caret_text="set again here",
            help=f"write 'override {shown} ...' beside the choice, so that the cases of '{choices[0]}' no longer set it"
            if inherited else "let one choice set it",
        )  # fmt: skip
        return [case for case in left if case.active and case.active[0] == choices[0]]
    return left


@dataclass(frozen=True)
class _Case:
    """A setting in a case and the path of its definition."""

    span: Span
    active: tuple[str, str]
    generation: int
    path: str


@dataclass
class _Property:
    """A property, and who sets it."""

    prop: Property
    span: Span
    array: str | None
    cases: list[_Case] = field(default_factory=list["_Case"])


@dataclass
class Cases:
    """Collects settings of properties in and outside of cases, and joins those of each to one definition."""

    ctx: Context
    words: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    properties: dict[str, _Property] = field(default_factory=dict[str, _Property])
    owns: dict[str, list[Own]] = field(default_factory=dict[str, list[Own]])

    def add(
        self, target: str, prop: Property, array: str | None, span: Span, active: tuple[str, str], generation: int
    ) -> str:  # fmt: skip
        """Note a setting in a case; the path of its definition."""
        path = f"{active[0]}.{active[1]}.{target}"
        found = self.properties.setdefault(target, _Property(prop, span, array))
        found.cases.append(_Case(span, active, generation, path))
        return path

    def note(self, target: str, own: Own) -> bool:
        """Note a setting outside of cases; whether one in front of it, in a case or not, is there to be overridden."""
        self.owns.setdefault(target, []).append(own)
        found = self.properties.get(target)
        cases = found.cases if found else []
        return target in self.ctx.pending or any(case.generation < own.generation for case in cases)

    def join(self) -> None:
        """Plan one definition for each property that cases set."""
        for target, found in self.properties.items():
            left = counting(self.ctx, target, found.cases, self.owns.get(target, ()))
            for case in found.cases:
                if case not in left:
                    self.ctx.pending.pop(case.path, None)
            if left:
                self._join(target, found, left)

    def _join(self, target: str, found: _Property, cases: Sequence[_Case]) -> None:
        """The value of the drawn case, else the property's own."""
        ctx, span = self.ctx, cases[-1].span
        own = ctx.pending.pop(target, None)
        if own is not None:
            base = f"{target}.@otherwise"
            made = own[1]
            ctx.pending[base] = own[0], lambda: _renamed(made(), base)

        def make() -> Definition | None:
            result = self._otherwise(target, found.prop, cases, span, own is not None)
            for case in reversed(cases):
                choice, word = case.active
                value = ctx.demand(case.path, span)
                chosen = ctx.demand(choice, span)
                if value is None or chosen is None or result is None:
                    return None
                same = Op("==", (Ref(choice, chosen.type, span), Const(word, chosen.type, span)), BOOL, span)
                result = Op("if", (same, Ref(case.path, value.type, span), result), found.prop.type, span)
            return Definition(target, result, found.prop.type, span, found.array) if result else None

        ctx.plan(target, span, make)

    def _otherwise(
        self, target: str, prop: Property, cases: Sequence[_Case], span: Span, own: bool
    ) -> Expr | None:  # fmt: skip
        if own:
            made = self.ctx.demand(f"{target}.@otherwise", span)
            return Ref(made.path, made.type, span) if made else None
        value = default_expression(prop, span)
        if value is not None:
            return value
        covered = {case.active[1] for case in cases}
        if covered >= set(self.words.get(cases[0].active[0], ())):
            last = self.ctx.demand(cases[-1].path, span)
            return Ref(last.path, last.type, span) if last else None
        self.ctx.sink.error(
            "E0205", span, f"'{prop.name}' has no value in the other cases", help="set it in every case"
        )
        return None


def _renamed(made: Definition | None, path: str) -> Definition | None:
    return replace(made, path=path) if made else None
