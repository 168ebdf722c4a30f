"""Monitors of ``ensure`` and ``expect``: temporal formulas with quantitative robustness, for all variants at once.

Semantics: signal temporal logic with min/max robustness on a finite trace of ticks 0..T (Donze and Maler, "Robust
satisfaction of temporal logic over real-valued signals", FORMATS 2010; the windows are cut off at the end of the
trace). The robustness at tick t of

* an atom is its margin: ``a < b`` has b - a, a plain truth value has +inf or -inf; it is undefined (nan) where what it
  compares is not a number, as the time of an event that has not happened;
* ``not``, ``and``, ``or`` is the negation, the minimum, the maximum; undefined operands are taken in Kleene's strong
  logic: they count only where the others do not decide alone;
* ``always f`` (``eventually f``) is the minimum (maximum) of f over a window of ticks u >= t: all that are left;
  ``within d``: u - t <= d; ``after d``: u - t >= d; ``during P``: where the phase P runs at u. A window without a tick
  gives +inf for ``always`` and -inf for ``eventually``: nothing broke it, nothing fulfilled it.

The formula holds if it holds at tick 0. Truth is kept beside the robustness, because a margin of exactly 0 holds for
``<=`` and not for ``<``. A formula that is undefined at tick 0 has not held, nor has its negation. Bare atoms (below no
temporal operator) are read at tick 0, but an atom about an event (a cover item ``at dart.started``) is read at the end
of the trace, when it is known whether the event happened.

Cost: an operator that is not below another temporal operator keeps one running extreme, O(1) a tick. Only operands of
nested temporal operators are kept for the whole trace and resolved at its end. The time of the violation is the first
tick from which on the formula could no longer hold (:mod:`simengine.engine.certainty`); None where it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.certainty import NEVER, lost_over_trace
from simengine.engine.clock import duration_ticks
from simengine.language.dependencies import walk
from simengine.language.kinds import unit_symbol
from simengine.language.program import Always, And, Atom, Eventually, Monitor, Not, Or, Temporal
from simengine.language.terms import Expr, Op

__all__ = [
    "MonitorResult", "MonitorState", "MonitorWorld", "Signal", "atoms", "compile_monitor", "margin_unit", "over_trace",
]  # fmt: skip


class MonitorWorld(Protocol):
    """What monitors read at each tick; arrays have one element a variant, shape (B,)."""

    def judge(self, atom: Expr) -> tuple[BoolArray, F64Array]:
        """Truth and margin of an atom, on the state of this tick."""
        ...

    def seconds(self, duration: Expr) -> F64Array:
        """The length of a window, in seconds."""
        ...

    def during(self, phase: str) -> BoolArray:
        """Where a named phase is running."""
        ...


@dataclass(frozen=True, eq=False)
class MonitorResult:
    """Verdicts of one monitor, each of shape (B,).

    Attributes:
        holds: the verdict; False where it is undefined.
        robustness: margin; +-inf where only truth values decided, nan where the verdict is undefined.
        violated_tick: first tick from which on the formula could no longer hold, -1 where it holds.
    """

    holds: BoolArray
    robustness: F64Array
    violated_tick: I64Array


@dataclass(frozen=True, eq=False)
class Signal:
    """Truth and margin, shape (..., B). Ordered by margin first, truth decides between equal margins.

    Where the margin is nan the signal is undefined, and its truth is False.
    """

    truth: BoolArray
    margin: F64Array

    @property
    def open(self) -> BoolArray:
        """Where it is undefined."""
        return np.isnan(self.margin)

    def below(self, other: Signal) -> Signal:
        """Elementwise minimum."""
        margin = np.fmin(self.margin, other.margin)
        false = (~self.truth & ~self.open) | (~other.truth & ~other.open)
        return Signal(self.truth & other.truth, np.where((self.open | other.open) & ~false, np.nan, margin))

    def above(self, other: Signal) -> Signal:
        """Elementwise maximum."""
        truth = self.truth | other.truth
        return Signal(truth, np.where((self.open | other.open) & ~truth, np.nan, np.fmax(self.margin, other.margin)))

    def negated(self) -> Signal:
        """Logical negation; what is undefined stays so."""
        return Signal(~self.truth & ~self.open, -self.margin)

    def where(self, rows: BoolArray, other: Signal) -> Signal:
        """``other`` in the given rows, self elsewhere."""
        return Signal(np.where(rows, other.truth, self.truth), np.where(rows, other.margin, self.margin))


def _constant(shape: tuple[int, ...], truth: bool) -> Signal:
    return Signal(np.full(shape, truth), np.full(shape, np.inf if truth else -np.inf))


# ---- negation normal form ------------------------------------------------------------------------------------------


def _push_not(formula: Temporal, negate: bool) -> Temporal:
    """The same formula with negations at the atoms only."""
    if isinstance(formula, Not):
        return _push_not(formula.item, not negate)
    if isinstance(formula, Atom):
        return Not(formula, formula.span) if negate else formula
    if isinstance(formula, And | Or):
        items = tuple(_push_not(i, negate) for i in formula.items)
        return (And if isinstance(formula, And) != negate else Or)(items, formula.span)
    kind = Always if isinstance(formula, Always) != negate else Eventually
    return kind(_push_not(formula.item, negate), formula.bound, formula.duration, formula.phase, formula.span)


def atoms(formula: Temporal) -> Iterator[Expr]:
    """The conditions of a formula, in the order of the text."""
    if isinstance(formula, Atom):
        yield formula.expr
    elif isinstance(formula, And | Or):
        for item in formula.items:
            yield from atoms(item)
    else:
        yield from atoms(formula.item)


def margin_unit(formula: Temporal) -> str:
    """SI unit of a formula's robustness; "" where it is a plain number, or comparisons of different units decide."""
    units = {
        unit_symbol(node.args[0].type.dimension)
        for atom in atoms(formula)
        for node in walk(atom)
        if isinstance(node, Op) and node.op in ("<", "<=", ">", ">=")
    }
    return units.pop() if len(units) == 1 else ""


def _has_window(formula: Temporal) -> bool:
    if isinstance(formula, Always | Eventually):
        return True
    if isinstance(formula, Not):
        return _has_window(formula.item)
    return isinstance(formula, And | Or) and any(_has_window(i) for i in formula.items)


def _now(formula: Temporal, world: MonitorWorld) -> Signal:
    """Value at this tick of a formula without temporal operators."""
    if isinstance(formula, Atom):
        return Signal(*world.judge(formula.expr))
    if isinstance(formula, Not):
        return _now(formula.item, world).negated()
    assert isinstance(formula, And | Or)
    parts = [_now(i, world) for i in formula.items]
    out = parts[0]
    for part in parts[1:]:
        out = out.below(part) if isinstance(formula, And) else out.above(part)
    return out


# ---- online operators ------------------------------------------------------------------------------------------


class _Bare:
    """An atom below no temporal operator: read at tick 0, or at the end where it is about an event."""

    def __init__(self, formula: Temporal, rows: int, at_end: bool) -> None:
        self._formula, self._at_end = formula, at_end
        self._value = _constant((rows,), False)
        self._last = np.zeros(rows, np.int64)

    def push(self, tick: int, rows: BoolArray, world: MonitorWorld) -> None:
        if tick == 0 or self._at_end:
            self._value = self._value.where(rows, _now(self._formula, world))
            self._last[rows] = tick

    def result(self) -> tuple[Signal, I64Array]:
        return self._value, np.where(self._value.truth, -1, self._last)


class _Window:
    """``always`` or ``eventually`` over a formula of this tick: one running extreme."""

    def __init__(self, formula: Always | Eventually, rows: int, rate_hz: int) -> None:
        self._formula, self._rate_hz = formula, rate_hz
        self._always = isinstance(formula, Always)
        self._ticks: I64Array | None = None
        self._value = _constant((rows,), self._always)
        self._certain = np.full(rows, -1, np.int64)
        self._last = np.zeros(rows, np.int64)

    def push(self, tick: int, rows: BoolArray, world: MonitorWorld) -> None:
        self._last[rows] = tick
        if self._ticks is None:
            self._ticks = _window_ticks(self._formula, world, self._rate_hz)
        ticks = self._ticks
        inside = rows & _in_window(self._formula, tick, ticks, world)
        if inside.any():
            now = _now(self._formula.item, world)
            better = self._value.below(now) if self._always else self._value.above(now)
            self._value = self._value.where(inside, better)
        if self._always:
            broken = inside & ~self._value.truth & (self._certain < 0)
        else:
            closed = tick >= ticks if self._formula.bound == "within" and ticks is not None else np.zeros_like(rows)
            broken = rows & closed & ~self._value.truth & (self._certain < 0)
        self._certain[broken] = tick

    def result(self) -> tuple[Signal, I64Array]:
        late = np.where(self._certain < 0, self._last, self._certain)
        return self._value, np.where(self._value.truth, -1, late)


class _Kept:
    """A temporal operator over other temporal operators: atoms are kept and resolved at the end of the trace."""

    def __init__(self, formula: Temporal, rows: int, rate_hz: int) -> None:
        self._formula, self._rate_hz, self._rows = formula, rate_hz, rows
        self._signals: dict[int, list[Signal]] = {}
        self._during: dict[str, list[BoolArray]] = {}
        self._ticks: dict[int, I64Array] = {}
        self._last = np.zeros(rows, np.int64)

    def push(self, tick: int, rows: BoolArray, world: MonitorWorld) -> None:
        self._last[rows] = tick
        self._record(self._formula, tick, world)

    def _record(self, formula: Temporal, tick: int, world: MonitorWorld) -> None:
        if isinstance(formula, Atom):
            kept = self._signals.setdefault(id(formula), [])
            if len(kept) <= tick:  # an atom can occur twice in a formula
                kept.append(Signal(*world.judge(formula.expr)))
        elif isinstance(formula, And | Or):
            for item in formula.items:
                self._record(item, tick, world)
        else:
            if isinstance(formula, Always | Eventually):
                self._record_window(formula, tick, world)
            self._record(formula.item, tick, world)

    def _record_window(self, formula: Always | Eventually, tick: int, world: MonitorWorld) -> None:
        if formula.phase is not None:
            kept = self._during.setdefault(formula.phase, [])
            if len(kept) <= tick:
                kept.append(world.during(formula.phase))
        if id(formula) not in self._ticks:
            ticks = _window_ticks(formula, world, self._rate_hz)
            self._ticks[id(formula)] = np.zeros(self._rows, np.int64) if ticks is None else ticks

    def result(self) -> tuple[Signal, I64Array]:
        first, certain = _constant((self._rows,), True), np.full(self._rows, -1, np.int64)
        for row in range(self._rows):  # traces differ in length
            count = int(self._last[row]) + 1
            value = over_trace(self._formula, count, lambda f, n=count, r=row: self._row(f, n, r))
            first.truth[row], first.margin[row] = value.truth[0], value.margin[0]
            if not first.truth[row]:
                certain[row] = lost_over_trace(self._formula, count, lambda f, n=count, r=row: self._held(f, n, r))[0]
        return first, certain

    def _held(self, formula: Temporal, count: int, row: int) -> BoolArray | int | None:
        """What certainty is read from: where conditions hold, and the windows."""
        value = self._row(formula.item, count, row) if isinstance(formula, Not) else self._row(formula, count, row)
        if not isinstance(value, Signal):
            return value
        return value.negated().truth if isinstance(formula, Not) else value.truth

    def _row(self, formula: Temporal, count: int, row: int) -> _Row:
        if isinstance(formula, Atom):
            kept = self._signals[id(formula)][:count]
            return Signal(np.array([s.truth[row] for s in kept]), np.array([s.margin[row] for s in kept]))
        assert isinstance(formula, Always | Eventually)
        if formula.bound == "during":
            return np.array([d[row] for d in self._during[formula.phase or ""][:count]])
        return int(self._ticks[id(formula)][row]) if formula.bound else None


_Row: TypeAlias = Signal | BoolArray | int | None


class _Join:
    """``and`` or ``or`` of operators of which at least one is temporal."""

    def __init__(self, parts: Sequence[_Operator], every: bool) -> None:
        self._parts, self._every = parts, every

    def push(self, tick: int, rows: BoolArray, world: MonitorWorld) -> None:
        for part in self._parts:
            part.push(tick, rows, world)

    def result(self) -> tuple[Signal, I64Array]:
        value, certain = self._parts[0].result()
        for part in self._parts[1:]:
            other, at = part.result()
            if self._every:  # false as soon as one is
                value = value.below(other)
                low = np.minimum(np.where(certain < 0, NEVER, certain), np.where(at < 0, NEVER, at))
                certain = np.where(low == NEVER, -1, low)
            else:  # false when all are
                value = value.above(other)
                certain = np.where((certain < 0) | (at < 0), -1, np.maximum(certain, at))
        return value, certain


_Operator: TypeAlias = _Bare | _Window | _Kept | _Join


def _window_ticks(formula: Always | Eventually, world: MonitorWorld, rate_hz: int) -> I64Array | None:
    """A window's length in whole ticks: of ``within`` rounded down, of ``after`` rounded up, shape (B,)."""
    if formula.duration is None:
        return None
    seconds = np.asarray(world.seconds(formula.duration), np.float64)
    up = duration_ticks(seconds, rate_hz)  # never less than needed; one too many where seconds is between two ticks
    return up if formula.bound == "after" else up - (up > seconds * rate_hz + 1e-6)


def _in_window(formula: Always | Eventually, tick: int, ticks: I64Array | None, world: MonitorWorld) -> BoolArray:
    """Where this tick lies in the window of an operator that is judged at tick 0."""
    if formula.bound == "during":
        return world.during(formula.phase or "")
    if formula.bound is None or ticks is None:
        return np.ones(1, np.bool_)
    return tick <= ticks if formula.bound == "within" else tick >= ticks


class MonitorState:
    """One monitor while it runs. Push every tick, then ask for the result."""

    def __init__(self, operator: _Operator) -> None:
        self._operator = operator

    def push(self, tick: int, rows: BoolArray, world: MonitorWorld) -> None:
        """Take in one tick of the variants in ``rows`` (those whose trace has not ended)."""
        self._operator.push(tick, rows, world)

    def result(self) -> MonitorResult:
        """Verdicts on the traces as they are now."""
        value, certain = self._operator.result()
        return MonitorResult(value.truth, value.margin + 0.0, certain)  # no -0.0


def compile_monitor(
    monitor: Monitor, rows: int, rate_hz: int, about_event: Callable[[Expr], bool] = lambda _: False
) -> MonitorState:
    """Set up a monitor for B = ``rows`` variants.

    Args:
        monitor: an ``ensure`` or ``expect`` statement.
        rows: number of variants.
        rate_hz: ticks a second.
        about_event: tells which atoms read a value that an event sets.
    """

    def build(formula: Temporal) -> _Operator:
        if isinstance(formula, Always | Eventually):
            return _Kept(formula, rows, rate_hz) if _has_window(formula.item) else _Window(formula, rows, rate_hz)
        if isinstance(formula, And | Or):
            return _Join([build(i) for i in formula.items], isinstance(formula, And))
        atom = formula.item if isinstance(formula, Not) else formula
        assert isinstance(atom, Atom)
        return _Bare(formula, rows, about_event(atom.expr))

    return MonitorState(build(_push_not(monitor.formula, False)))


# ---- whole traces ----------------------------------------------------------------------------------------------


def over_trace(formula: Temporal, count: int, read: Callable[[Temporal], _Row]) -> Signal:
    """Value of a formula at every tick of one trace.

    Args:
        formula: any formula.
        count: number of ticks.
        read: atom -> its signal, shape (count,); ``during`` operator -> where its phase runs, shape (count,); operator
            with another bound -> its length in ticks; without a bound -> None.

    Returns:
        Truth and margin at ticks 0 .. count - 1.
    """
    if isinstance(formula, Atom):
        signal = read(formula)
        assert isinstance(signal, Signal)
        return signal
    if isinstance(formula, Not):
        return over_trace(formula.item, count, read).negated()
    if isinstance(formula, And | Or):
        parts = [over_trace(i, count, read) for i in formula.items]
        out = parts[0]
        for part in parts[1:]:
            out = out.below(part) if isinstance(formula, And) else out.above(part)
        return out
    always = isinstance(formula, Always)
    item = over_trace(formula.item, count, read)
    inner = item.negated() if always else item  # always f = not eventually not f
    window = read(formula)
    if isinstance(window, np.ndarray):
        inner = _constant((count,), False).where(window, inner)
        window = None
    assert not isinstance(window, Signal)
    out = _suffix_max(inner) if window is None or formula.bound == "after" else _window_max(inner, window + 1)
    if window is not None and formula.bound == "after":
        padded = _constant((count,), False)
        keep = max(count - window, 0)
        padded.truth[:keep], padded.margin[:keep] = out.truth[count - keep :], out.margin[count - keep :]
        out = padded
    return out.negated() if always else out


def _suffix_max(signal: Signal) -> Signal:
    truth, open_ = (np.logical_or.accumulate(x[::-1])[::-1] for x in (signal.truth, signal.open))
    return Signal(truth, np.where(open_ & ~truth, np.nan, np.fmax.accumulate(signal.margin[::-1])[::-1]))


def _window_max(signal: Signal, width: int) -> Signal:
    """Maximum over the next ``width`` ticks, by doubling: O(T log width)."""
    count = len(signal.truth)
    width = min(width, count)
    out, done = signal, 1
    while done < width:
        step = min(done, width - done)
        moved = _constant((count,), False)
        moved.truth[: count - step], moved.margin[: count - step] = out.truth[step:], out.margin[step:]
        out, done = out.above(moved), done + step
    return out
