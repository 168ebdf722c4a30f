"""Small programs and a scripted world, for tests of the timeline and of monitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.language.program import Act, Always, Assign, Atom, Block, Case, Eventually, Timeline, Wait
from simengine.language.terms import Const, Expr, Ref, Span
from simengine.world.library import BOOL, quantity

SPAN = Span(1, 1, 1, 2)


def ref(name: str) -> Ref:
    return Ref(name, BOOL, SPAN, state=True)


def seconds(value: float) -> Const:
    return Const(value, quantity("time"), SPAN)


def wait(until: str | None = None, duration: str | None = None) -> Wait:
    return Wait(0, ref(until) if until else None, duration, SPAN)


def act(name: str, label: str | None = None, until: str | None = None, duration: str | None = None) -> Act:
    return Act(0, label, name, None, {}, ref(until) if until else None, duration, SPAN)


def block(
    kind: str, *body: Timeline, label: str | None = None, until: str | None = None, times: int = 1, choice: str = ""
) -> Block:
    cases = tuple(Case(1.0, (b,)) for b in body) if kind == "one_of" else ()
    inner = () if cases else body
    condition = ref(until) if until else None
    return Block(0, label, kind, inner, condition, times, cases, choice or None, SPAN)  # type: ignore[arg-type]


def assign(target: str) -> Assign:
    return Assign(0, target, Const(1.0, BOOL, SPAN), SPAN)


@dataclass
class FakeWorld:
    """Conditions and ends of actions follow a script: name -> for each variant the tick from which it is true.

    ``log`` collects (tick, variant, what happened).
    """

    rows: int
    true_from: Mapping[str, list[int]]
    lasts: Mapping[str, int] = field(default_factory=dict)
    tick: int = 0
    log: list[tuple[int, int, str]] = field(default_factory=list)
    running: dict[int, tuple[str, np.ndarray]] = field(default_factory=dict)

    def holds(self, condition: Expr) -> BoolArray:
        assert isinstance(condition, Ref)
        return np.array([self.tick >= t for t in self.true_from[condition.path]])

    def seconds(self, duration: Expr) -> F64Array:
        assert isinstance(duration, Const)
        return np.full(self.rows, float(duration.value))

    def start(self, node: int, act: Act, rows: BoolArray) -> None:
        began = self.running.get(node, (act.action, np.full(self.rows, -1)))[1].copy()
        began[rows] = self.tick
        self.running[node] = (act.action, began)
        self._note(rows, f"start {act.action}")

    def finished(self, node: int) -> BoolArray:
        action, began = self.running[node]
        return self.tick - began >= self.lasts.get(action, 10**6)

    def cancel(self, node: int, rows: BoolArray) -> None:
        self._note(rows, f"release {self.running[node][0]}")

    def assign(self, assign: Assign, rows: BoolArray) -> None:
        self._note(rows, f"set {assign.target}")

    def _note(self, rows: BoolArray, text: str) -> None:
        self.log.extend((self.tick, int(r), text) for r in np.flatnonzero(rows))


def always(name: str, bound: str | None = None, duration: float | None = None, phase: str | None = None) -> Always:
    return Always(Atom(ref(name), SPAN), bound, seconds(duration) if duration is not None else None, phase, SPAN)  # type: ignore[arg-type]


def eventually(
    name: str, bound: str | None = None, duration: float | None = None, phase: str | None = None
) -> Eventually:
    return Eventually(Atom(ref(name), SPAN), bound, seconds(duration) if duration is not None else None, phase, SPAN)  # type: ignore[arg-type]
