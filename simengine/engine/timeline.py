"""The timeline machine: behaviour over time as an integer table, for all variants of a batch at once.

A timeline is a static tree. Each node (a phase) of each variant is idle, running, done or cancelled. In one tick the
phases are visited in textual order, each makes at most one transition, and every condition is read from the state of
that tick only. The rules in full:

* A tree starts at tick 0 (its root goes from idle to running, and with it the first statement of each serial block).
* What starts in a tick can end in the next one at the earliest: every wait and every action takes at least one tick.
* ``serial``: in the tick in which a child ends, done or cancelled, the next one starts; ``wait 1 s`` twice takes
  exactly 2 s. ``parallel`` ends in the tick in which its last child ends.
* ``repeat n``: the next pass starts in the tick after the last child of a pass has ended.
* ``one_of``: the branch was drawn when the variant was sampled.
* ``until c`` cancels a running phase and all that runs below it; it is looked at before the children are.
* ``for d`` ends an action after d. Durations are rounded up to whole ticks.
* Setting a property is done in the tick in which it starts, and what follows it starts in the same tick.
* ``when c holds d`` fires once, on a rising edge: in the first tick in which c has been true for d without a break
  since a tick in which it did not hold. What is true from the beginning has no rising edge until it breaks. The body
  then runs beside the timeline. Bodies come after the timeline in textual order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.clock import duration_ticks
from simengine.errors import LimitError
from simengine.language.program import Act, Assign, Block, Timeline, Wait, When
from simengine.language.terms import Expr, SensorRef
from simengine.physics.actions import ENDLESS

__all__ = [
    "CANCELLED",
    "DONE",
    "IDLE",
    "RUNNING",
    "PhaseEvent",
    "TimelineMachine",
    "TimelineWorld",
]

IDLE, RUNNING, DONE, CANCELLED = 0, 1, 2, 3
MAX_NODES = 10_000


class TimelineWorld(Protocol):
    """What the machine asks of the simulation. Arrays have one element a variant, shape (B,)."""

    def holds(self, condition: Expr) -> BoolArray:
        """A condition, on the state of this tick."""
        ...

    def seconds(self, duration: Expr) -> F64Array:
        """A duration that is an expression, in seconds."""
        ...

    def start(self, node: int, act: Act, rows: BoolArray) -> None:
        """An action starts in the given variants; ``node`` names it from now on."""
        ...

    def finished(self, node: int) -> BoolArray:
        """Where the action of a node has reached its own end."""
        ...

    def cancel(self, node: int, rows: BoolArray) -> None:
        """The action of a node lets go of its actor."""
        ...

    def assign(self, assign: Assign, rows: BoolArray) -> None:
        """A property is set."""
        ...


@dataclass(frozen=True, eq=False)
class PhaseEvent:
    """A named phase started or ended in some variants.

    Attributes:
        phase: its name.
        edge: "started" or "ended".
        tick: when.
        rows: where, shape (B,).
    """

    phase: str
    edge: str
    tick: int
    rows: BoolArray


@dataclass(frozen=True)
class _Node:
    kind: str  # "wait", "act", "assign", "serial", "parallel", "repeat", "one_of"
    statement: Timeline | None
    children: tuple[int, ...]
    label: str | None
    until: Expr | None
    last: int  # index of the last node below this one (or its own)


def _aimed(node: _Node) -> str:
    """Name of a phase or an action that is meant to come to an end, or ""."""
    act = node.statement
    if not isinstance(act, Act):
        return node.label or ""
    receiver = act.receiver
    if isinstance(receiver, SensorRef) or (receiver and (receiver.type.of, act.action) in ENDLESS):
        return (node.label or "") if act.until is not None or act.duration is not None else ""
    return node.label or (f"{receiver.name}.{act.action}" if receiver else act.action)


class TimelineMachine:
    """The timelines of B variants. Call :meth:`tick` once a tick, before the physics step."""

    def __init__(
        self,
        timeline: Sequence[Timeline],
        whens: Sequence[When],
        rows: int,
        rate_hz: int,
        values: Callable[[str], F64Array],
    ) -> None:
        """Lay out the table.

        Args:
            timeline: statements of ``do``.
            whens: the ``when`` statements.
            rows: number of variants, B.
            rate_hz: ticks a second.
            values: path of a definition (durations, drawn branches) -> its value, shape (B,).
        """
        self._nodes: list[_Node] = []
        self._rows, self._rate_hz, self._values = rows, rate_hz, values
        self._root = self._compile_serial(timeline)
        self._whens = tuple((w, self._compile_serial(w.body)) for w in whens)
        count = len(self._nodes)
        self.phase = np.zeros((count, rows), np.int8)
        self._changed = np.full((count, rows), -1, np.int64)
        self._alive = [False] * count  # False: runs in no variant
        self._started = np.full((count, rows), -1, np.int64)
        self._passes = np.zeros((count, rows), np.int64)
        self._between = np.zeros((count, rows), np.bool_)  # a pass of a repeat is over, the next has not started
        self._true_since = np.full((len(whens), rows), -1, np.int64)
        self._armed = np.zeros((len(whens), rows), np.bool_)  # the condition has been seen not to hold
        self._fired = np.zeros((len(whens), rows), np.bool_)
        self._ticks: dict[str, I64Array] = {}
        self._tick = -1
        self._events: list[PhaseEvent] = []
        self._labels = {n.label: i for i, n in enumerate(self._nodes) if n.label}

    # ---- what the outside sees ---------------------------------------------------------------------------------

    def tick(self, tick: int, world: TimelineWorld) -> tuple[PhaseEvent, ...]:
        """Make the transitions of one tick.

        Args:
            tick: 0, 1, 2, ...
            world: reads the state of this tick and takes the orders.

        Returns:
            Events of named phases of this tick, in the order in which they happened.
        """
        self._tick, self._events = tick, []
        if tick == 0:
            self._start(self._root, np.ones(self._rows, np.bool_), world)
        else:
            self._visit(self._root, world)
        for index, (when, body) in enumerate(self._whens):
            self._visit(body, world)
            self._fire(index, when, body, world)
        return tuple(self._events)

    def running(self, label: str) -> BoolArray:
        """Where a named phase is running now, shape (B,)."""
        return self.phase[self._labels[label]] == RUNNING

    def finished(self) -> BoolArray:
        """Where the timeline has come to its end and no body of a ``when`` is running, shape (B,)."""
        out = self._ended(self._root)
        for _, body in self._whens:
            out = out & (self.phase[body] != RUNNING)
        return out

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of phases."""
        return tuple(self._labels)

    def unfinished(self, row: int) -> tuple[list[str], list[str]]:
        """What has not come to its end in a variant, in textual order.

        Named phases, and actions that have an aim ("kid.run"). What lies in a branch that was not drawn, in a ``when``
        that has not fired, or below a phase that is over was not meant to happen.

        Returns:
            Names of phases that have never started, and of what is going on now.
        """
        waiting: dict[str, None] = {}
        going: dict[str, None] = {}
        trees = [self._root, *(body for _, body in self._whens if self.phase[body, row] == RUNNING)]
        while trees:
            index = trees.pop(0)
            node, runs = self._nodes[index], self.phase[index, row] == RUNNING
            if not runs and (self.phase[index, row] != IDLE or self._started[index, row] >= 0):
                continue
            if runs and (name := _aimed(node)):
                going[name] = None
            elif not runs and node.label:
                waiting[node.label] = None
            below = node.children
            if node.kind == "one_of":
                below = tuple(child for child, chosen in self._branches(node) if bool(chosen[row]))
            trees[:0] = below
        return list(waiting), list(going)

    # ---- the tree ----------------------------------------------------------------------------------------------

    def _compile_serial(self, body: Sequence[Timeline]) -> int:
        return self._add("serial", None, (lambda s=s: self._compile(s) for s in body))

    def _compile(self, statement: Timeline) -> int:
        if isinstance(statement, Wait):
            return self._add("wait", statement, ())
        if isinstance(statement, Act):
            return self._add("act", statement, (), statement.label, statement.until)
        if isinstance(statement, Assign):
            return self._add("assign", statement, ())
        if statement.kind == "one_of":
            children = (lambda c=c: self._compile_serial(c.body) for c in statement.cases)
        else:
            children = (lambda s=s: self._compile(s) for s in statement.body)
        return self._add(statement.kind, statement, children, statement.label, statement.until)

    def _add(
        self,
        kind: str,
        statement: Timeline | None,
        children: Iterable[Callable[[], int]],
        label: str | None = None,
        until: Expr | None = None,
    ) -> int:
        index = len(self._nodes)
        if index >= MAX_NODES:
            raise LimitError(f"a timeline may have {MAX_NODES} phases at most; split the scenario or shorten it")
        node = _Node(kind, statement, (), label, until, index)
        self._nodes.append(node)  # a parent comes before its children: textual order
        below = tuple(child() for child in children)
        self._nodes[index] = _Node(kind, statement, below, label, until, len(self._nodes) - 1)
        return index

    # ---- transitions -------------------------------------------------------------------------------------------

    def _ended(self, index: int) -> BoolArray:
        return self.phase[index] >= DONE

    def _set(self, index: int, rows: BoolArray, phase: int) -> None:
        self.phase[index, rows] = phase
        self._alive[index] = self._alive[index] or phase == RUNNING
        self._changed[index, rows] = self._tick
        label = self._nodes[index].label
        if label:
            edge = "started" if phase == RUNNING else "ended"
            self._events.append(PhaseEvent(label, edge, self._tick, rows.copy()))

    def _start(self, index: int, rows: BoolArray, world: TimelineWorld) -> None:
        node = self._nodes[index]
        below = slice(index + 1, node.last + 1)
        self.phase[below, rows] = IDLE
        self._started[index, rows] = self._tick
        self._passes[index, rows], self._between[index, rows] = 0, False
        if isinstance(node.statement, Assign):
            self._set(index, rows, DONE)
            world.assign(node.statement, rows)
            return
        self._set(index, rows, RUNNING)
        if isinstance(node.statement, Act):
            world.start(index, node.statement, rows)
        elif node.kind == "parallel":
            for child in node.children:
                self._start(child, rows, world)
        elif node.kind == "one_of":
            for child, chosen in self._branches(node):
                self._start_some(child, rows & chosen, world)
        elif node.children:
            self._begin_pass(node, rows, world)

    def _start_some(self, index: int, rows: BoolArray, world: TimelineWorld) -> None:
        if rows.any():
            self._start(index, rows, world)

    def _branches(self, node: _Node) -> list[tuple[int, BoolArray]]:
        block = node.statement
        assert isinstance(block, Block)
        choice = np.zeros(self._rows) if block.choice is None else self._values(block.choice)
        return [(child, np.asarray(choice) == k) for k, child in enumerate(node.children)]

    def _begin_pass(self, node: _Node, rows: BoolArray, world: TimelineWorld) -> None:
        self._start(node.children[0], rows, world)
        for child, following in zip(node.children, node.children[1:], strict=False):
            self._start_some(following, rows & self._ended(child) & (self.phase[following] == IDLE), world)

    def _cancel(self, index: int, rows: BoolArray, phase: int, world: TimelineWorld) -> None:
        """End a phase from above: it gets ``phase``, all that runs below it is cancelled."""
        for below in range(self._nodes[index].last, index - 1, -1):  # inner phases end before the outer ones
            hit = rows & (self.phase[below] == RUNNING)
            if hit.any():
                self._set(below, hit, phase if below == index else CANCELLED)
                if self._nodes[below].kind == "act":
                    world.cancel(below, hit)

    def _visit(self, index: int, world: TimelineWorld) -> None:
        if not self._alive[index]:
            return
        runs = self.phase[index] == RUNNING
        live = runs & (self._changed[index] < self._tick)
        if not live.any():
            self._alive[index] = bool(runs.any())
            return
        node = self._nodes[index]
        if isinstance(node.statement, Wait):
            self._visit_wait(index, node.statement, live, world)
        elif isinstance(node.statement, Act):
            self._visit_act(index, node.statement, live, world)
        else:
            if node.until is not None:
                gone = live & world.holds(node.until)
                self._cancel(index, gone, CANCELLED, world)
                live = live & ~gone
            if live.any():
                self._visit_block(index, node, live, world)

    def _visit_wait(self, index: int, wait: Wait, live: BoolArray, world: TimelineWorld) -> None:
        over = live.copy()
        if wait.until is not None:
            over &= world.holds(wait.until)
        if wait.duration is not None:
            over &= self._elapsed(index, wait.duration)
        if over.any():
            self._set(index, over, DONE)

    def _visit_act(self, index: int, act: Act, live: BoolArray, world: TimelineWorld) -> None:
        over = live & world.finished(index)
        if act.duration is not None:
            over |= live & self._elapsed(index, act.duration)
        if over.any():
            self._cancel(index, over, DONE, world)
        if act.until is not None:
            left = live & ~over
            if left.any():
                self._cancel(index, left & world.holds(act.until), CANCELLED, world)

    def _visit_block(self, index: int, node: _Node, live: BoolArray, world: TimelineWorld) -> None:
        if node.kind == "parallel":
            over = live.copy()
            for child in node.children:
                self._visit(child, world)
                over &= self._ended(child)
        elif node.kind == "one_of":
            over = np.zeros_like(live)
            for child, chosen in self._branches(node):
                self._visit(child, world)
                over |= live & chosen & self._ended(child)
        else:
            over = self._visit_sequence(index, node, live, world)
        if over.any():
            self._set(index, over, DONE)

    def _visit_sequence(self, index: int, node: _Node, live: BoolArray, world: TimelineWorld) -> BoolArray:
        if not node.children:
            return live
        times = node.statement.times if isinstance(node.statement, Block) and node.kind == "repeat" else 1
        last = node.children[-1]
        again = live & self._between[index]
        if again.any():
            self.phase[index + 1 : node.last + 1, again] = IDLE
            self._between[index, again] = False
            self._begin_pass(node, again, world)
        for child, following in zip(node.children, (*node.children[1:], -1), strict=True):
            self._visit(child, world)
            if following >= 0:
                ready = live & self._ended(child) & (self.phase[following] == IDLE)
                self._start_some(following, ready, world)
        passed = live & ~again & self._ended(last)
        self._passes[index, passed] += 1
        self._between[index, passed] = True
        return passed & (self._passes[index] >= times)

    def _elapsed(self, index: int, path: str) -> BoolArray:
        if path not in self._ticks:
            self._ticks[path] = duration_ticks(np.asarray(self._values(path), np.float64), self._rate_hz)
        return self._tick - self._started[index] >= self._ticks[path]

    def _fire(self, index: int, when: When, body: int, world: TimelineWorld) -> None:
        if self._fired[index].all():
            return
        true = world.holds(when.condition)
        self._armed[index] |= ~true
        true = true & self._armed[index]
        since = self._true_since[index]
        self._true_since[index] = np.where(true, np.where(since < 0, self._tick, since), -1)
        held = self._tick - self._true_since[index]
        need = 0 if when.holds is None else duration_ticks(world.seconds(when.holds), self._rate_hz)
        fire = true & (held >= need) & ~self._fired[index]
        self._fired[index] |= fire
        self._start_some(body, fire, world)
