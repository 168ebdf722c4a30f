"""The timeline machine against a second reading of its rules: intervals by recursion, one variant at a time.

The machine steps all variants through a table of phases. The oracle knows no phases and no ticks in a row: it asks of
each statement when it ends if it starts at a tick, and cuts that off where something around it cancels it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.arrays import BoolArray, F64Array
from simengine.engine.clock import Firings
from simengine.engine.timeline import TimelineMachine
from simengine.language.program import Act, Assign, Block, Timeline, Wait, When
from simengine.language.terms import Expr, Ref
from tests.engine.fakes import SPAN, act, assign, block, ref, seconds, wait

TICKS, ROWS, RATE_HZ = 40, 3, 10
NEVER = 10**6
Log = list[tuple[int, str]]


@dataclass
class Script:
    """Conditions that are true at scripted ticks, and how long actions take; what happens is written down."""

    truths: Mapping[str, np.ndarray]  # name -> (TICKS, ROWS)
    lasts: Mapping[str, Sequence[int]]
    tick: int = 0
    logs: list[Log] = field(default_factory=lambda: [[] for _ in range(ROWS)])
    began: dict[int, tuple[str, np.ndarray]] = field(default_factory=dict)

    def holds(self, condition: Expr) -> BoolArray:
        assert isinstance(condition, Ref)
        return self.truths[condition.path][self.tick]

    def seconds(self, duration: Expr) -> F64Array:
        return np.full(ROWS, float(duration.value))  # type: ignore[union-attr]

    def start(self, node: int, act: Act, rows: BoolArray) -> None:
        began = self.began.get(node, ("", np.zeros(ROWS, np.int64)))[1].copy()
        began[rows] = self.tick
        self.began[node] = (act.action, began)
        self._note(rows, f"start {act.action}")

    def finished(self, node: int) -> BoolArray:
        action, began = self.began[node]
        return self.tick - began >= np.array(self.lasts[action])

    def cancel(self, node: int, rows: BoolArray) -> None:
        self._note(rows, f"release {self.began[node][0]}")

    def assign(self, assign: Assign, rows: BoolArray) -> None:
        self._note(rows, f"set {assign.target}")

    def _note(self, rows: BoolArray, text: str) -> None:
        for row in np.flatnonzero(rows):
            self.logs[row].append((self.tick, text))


@dataclass
class Oracle:
    """One variant: when statements end."""

    script: Script
    row: int
    values: Mapping[str, Sequence[float]]
    log: Log = field(default_factory=list)

    def first(self, name: str, start: int) -> int:
        """First tick from ``start`` on at which a condition holds."""
        true = np.flatnonzero(self.script.truths[name][start:TICKS, self.row])
        return start + int(true[0]) if true.size else NEVER

    def ticks(self, path: str) -> int:
        return int(np.ceil(self.values[path][self.row] * RATE_HZ - 1e-6))

    def end(self, statement: Timeline, start: int, limit: int) -> int:
        """When a statement that starts at a tick has ended, NEVER if it has not before it is cut off at ``limit``."""
        if isinstance(statement, Assign):
            self.log.append((start, f"set {statement.target}"))
            return start
        if isinstance(statement, Wait):
            over = start + 1
            if statement.duration is not None:
                over = max(over, start + self.ticks(statement.duration))
            if statement.until is not None:
                over = max(over, self.first(_name(statement.until), over))
            return over if over < limit else NEVER
        return (
            self._act(statement, start, limit) if isinstance(statement, Act) else self._block(statement, start, limit)
        )

    def _act(self, statement: Act, start: int, limit: int) -> int:
        over = start + max(1, self.script.lasts[statement.action][self.row])
        if statement.duration is not None:
            over = min(over, start + max(1, self.ticks(statement.duration)))
        if statement.until is not None:
            over = min(over, self.first(_name(statement.until), start + 1))
        self.log.append((start, f"start {statement.action}"))
        if min(over, limit) < TICKS:
            self.log.append((min(over, limit), f"release {statement.action}"))
        if statement.label:
            self.log.append((start, f"{statement.label}.started"))
            if min(over, limit) < TICKS:
                self.log.append((min(over, limit), f"{statement.label}.ended"))
        return over if over < limit else NEVER

    def _block(self, statement: Block, start: int, limit: int) -> int:
        gone = self.first(_name(statement.until), start + 1) if statement.until is not None else NEVER
        inner = min(limit, gone)
        over = self._inside(statement, start, inner)
        end = over if over < inner else gone if gone < limit else NEVER
        if statement.label:
            self.log.append((start, f"{statement.label}.started"))
            if min(end, limit) < TICKS:
                self.log.append((min(end, limit), f"{statement.label}.ended"))
        return end

    def _inside(self, statement: Block, start: int, limit: int) -> int:
        if statement.kind == "parallel":
            return max([start + 1, *(self.end(child, start, limit) for child in statement.body)])
        if statement.kind == "one_of":
            assert statement.choice is not None
            return self.chain(statement.cases[int(self.values[statement.choice][self.row])].body, start, limit)
        times = statement.times if statement.kind == "repeat" else 1
        at = start
        for k in range(times):
            at = self.chain(statement.body, at + (k > 0), limit)
            if at >= limit or (at + 1 >= limit and k + 1 < times):
                return NEVER
        return at

    def chain(self, body: Sequence[Timeline], start: int, limit: int) -> int:
        """One after the other; as a phase of its own it takes a tick at least."""
        at = start
        for child in body:
            at = self.end(child, at, limit)
            if at >= limit:
                return NEVER
        return max(at, start + 1)


def _name(condition: Expr) -> str:
    assert isinstance(condition, Ref)
    return condition.path


CONDITIONS = st.sampled_from(["p", "q", "r"])
DURATIONS = st.sampled_from(["d0", "d1", "d2"])
MAYBE = st.one_of(st.none(), st.none(), CONDITIONS)


def _acts() -> st.SearchStrategy[Timeline]:
    return st.builds(
        lambda name, until, duration, label: act(name, label, until, duration),
        st.sampled_from(["a", "b", "c"]), MAYBE, st.one_of(st.none(), DURATIONS), st.sampled_from([None, "x"]),
    )  # fmt: skip


LEAVES = st.one_of(
    st.builds(lambda d: wait(duration=d), DURATIONS),
    st.builds(lambda c: wait(until=c), CONDITIONS),
    _acts(),
    _acts(),
    st.just(assign("v")),
)


def _blocks(inner: st.SearchStrategy[Timeline]) -> st.SearchStrategy[Timeline]:
    return st.builds(
        lambda kind, body, until, times: block(
            kind, *body, until=None if kind == "one_of" else until, times=times, label="",
            choice=f"choice{len(body)}",
        ),
        st.sampled_from(["serial", "parallel", "repeat", "one_of"]), st.lists(inner, min_size=1, max_size=3), MAYBE,
        st.integers(1, 3),
    )  # fmt: skip


TREES = st.recursive(LEAVES, _blocks, max_leaves=8)


def _labelled(statement: Timeline, counter: list[int]) -> Timeline:
    """Distinct names of phases, as the language asks for."""
    if isinstance(statement, Act):
        counter[0] += 1
        return replace(statement, label=f"n{counter[0]}" if statement.label else None)
    if isinstance(statement, Block):
        counter[0] += 1
        name = f"n{counter[0]}"
        body = tuple(_labelled(s, counter) for s in statement.body)
        cases = tuple(replace(c, body=tuple(_labelled(s, counter) for s in c.body)) for c in statement.cases)
        return replace(statement, label=name, body=body, cases=cases)
    return statement


def _truths(seed: int) -> dict[str, np.ndarray]:
    """True at random ticks, rarely or often."""
    random = np.random.Generator(np.random.Philox(key=seed))
    return {name: random.random((TICKS, ROWS)) < share for name, share in (("p", 0.05), ("q", 0.2), ("r", 0.6))}


def _values(seed: int) -> dict[str, list[float]]:
    random = np.random.Generator(np.random.Philox(key=seed + 1))
    out = {f"d{k}": [float(x) for x in random.integers(0, 3 + 3 * k, ROWS) / 10.0] for k in range(3)}
    return out | {f"choice{n}": [float(x) for x in random.integers(0, n, ROWS)] for n in (1, 2, 3)}


def _machine(timeline: Sequence[Timeline], whens: Sequence[When], script: Script, values: Mapping[str, list[float]]):
    machine = TimelineMachine(timeline, whens, ROWS, RATE_HZ, lambda path: np.array(values[path]))
    for tick in range(TICKS):
        script.tick = tick
        for event in machine.tick(tick, script):
            script._note(event.rows, f"{event.phase}.{event.edge}")  # pyright: ignore[reportPrivateUsage]
    return machine


@settings(max_examples=80, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=3), st.integers(0, 2**31))
def test_starts_ends_and_cancellations(body: list[Timeline], seed: int):
    """Everything that happens, in every variant, at the tick at which the recursion says so."""
    counter = [0]
    timeline = [_labelled(s, counter) for s in body]
    random = np.random.Generator(np.random.Philox(key=seed + 2))
    lasts = {name: [int(x) for x in random.integers(0, 12, ROWS)] for name in "abc"}
    script, values = Script(_truths(seed), lasts), _values(seed)
    _machine(timeline, (), script, values)
    for row in range(ROWS):
        oracle = Oracle(script, row, values)
        oracle.chain(timeline, 0, TICKS)
        assert sorted(script.logs[row]) == sorted(e for e in oracle.log if e[0] < TICKS), row


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 5), CONDITIONS)
def test_reactions_fire_once_on_a_rising_edge(seed: int, held: int, name: str):
    """``when c holds d``: the first tick that ends a run of d + 1 true ticks which a false one came before."""
    script = Script(_truths(seed), {"a": [3] * ROWS})
    _machine((), (When(ref(name), seconds(held / 10.0), (act("a"),), SPAN),), script, {})
    for row in range(ROWS):
        line = "".join("T" if t else "F" for t in script.truths[name][:, row])
        at = line.find("F" + "T" * (held + 1))
        expected = [] if at < 0 else [(at + held + 1, "start a"), (at + held + 4, "release a")]
        assert script.logs[row] == [e for e in expected if e[0] < TICKS]


@pytest.mark.parametrize("rate_hz", [7, 10, 25])
def test_recording_during_a_phase(rate_hz: int):
    """A sensor goes on firing at its own rate; what lies in the phase, its end excluded, is recorded."""
    random = np.random.Generator(np.random.Philox(key=rate_hz))
    for _ in range(50):
        start, length = (int(x) for x in random.integers(0, 2_000_000_000, 2))
        due = Firings(Fraction(rate_hz), ((start, start + length),))
        every = [k * 1_000_000_000 // rate_hz for k in range(4 * rate_hz + 1)]
        assert due.times_ns(3_000_000_000) == [t for t in every if start <= t < start + length and t <= 3_000_000_000]
