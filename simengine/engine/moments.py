"""Monitors over many ticks at once: what they read is computed for a stretch of ticks in one go.

A condition about distances costs some hundred array operations, whatever the length of the arrays. The ticks of a
stretch are taken as so many more variants of the batch, and as a batch of N equals N singles bit for bit, the margins
are those of tick by tick. Only conditions that read nothing but the state can wait; what events set cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.monitors import MonitorState
from simengine.engine.running import Running
from simengine.engine.scenes import SceneEnv
from simengine.engine.variants import Variants
from simengine.language.dependencies import walk
from simengine.language.evaluate import evaluate, robustness
from simengine.language.program import Always, And, Atom, Eventually, Monitor, Or, Temporal
from simengine.language.terms import EventRef, Expr, Ref
from simengine.language.walk import uses_state
from simengine.physics.cast import Cast
from simengine.sensors.specs import SensorSpec
from simengine.world.state import WorldState

__all__ = ["Stretch", "can_wait"]

MOST_ROWS = 256
"""Variants times ticks that are judged together; more gains nothing and costs memory."""
LONGEST = 64


def can_wait(monitor: Monitor, covers: Sequence[str]) -> bool:
    """Everything that a monitor reads is part of the state of a tick.

    Args:
        monitor: which.
        covers: names of the values that events set.
    """

    def ready(expr: Expr) -> bool:
        return not any(isinstance(e, EventRef) or (isinstance(e, Ref) and e.path in covers) for e in walk(expr))

    def check(formula: Temporal) -> bool:
        if isinstance(formula, Atom):
            return ready(formula.expr)
        if isinstance(formula, And | Or):
            return all(check(i) for i in formula.items)
        if isinstance(formula, Always | Eventually):
            if formula.phase is not None or (formula.duration is not None and uses_state(formula.duration)):
                return False
            return check(formula.item)
        return check(formula.item)

    return check(monitor.formula)


class _Moments(SceneEnv):
    """The state at several ticks as an ``Env`` of ticks x variants."""

    def __init__(self, variants: Variants, cast: Cast, state: WorldState, one: Running, ticks: int, rate_hz: int):
        super().__init__(variants, cast, state)
        self._one, self._ticks, self._rate_hz = one, ticks, rate_hz
        self.first = 0
        self.figures: dict[str, Array] = {}

    def value(self, ref: Ref) -> Array:
        """As ``Running`` has it, at each of the ticks."""
        name, _, prop = ref.path.partition(".")
        if ref.state and ref.path == "time":
            each = (self.first + np.arange(self._ticks)) / self._rate_hz
            return np.repeat(each, self.variants.count // self._ticks)
        if not ref.state or name not in self.variants.roster.first or prop not in (*self.figures, *_OF_SNAPSHOT):
            return super().value(ref)
        members = self.variants.roster.members(name)
        columns = [self._column(prop, slot) for slot in members]
        single = self.variants.roster.slots[members.start].decl.count is None
        return columns[0] if single else np.stack(columns, -1)

    def _column(self, prop: str, slot: int) -> Array:
        if prop == "ground_speed":
            return self.snapshot.ground_speed_mps(slot)
        if prop == "standstill":
            return self.snapshot.standstill(slot)
        if prop == "offroad":
            return self.off_lanes(slot)
        if prop == "visible":
            return self.visible_anywhere(slot)
        return self.figures[prop][:, slot]

    def still(self, slot: int) -> BoolArray:
        """As ``Running`` has it."""
        loose = bool(self.cast.loose) and self.cast.loose[slot]
        return self.figures["still"][:, slot] > 0.0 if loose else super().still(slot)

    @cached_property
    def sensors(self) -> dict[str, tuple[I64Array, list[SensorSpec]]]:
        """The sensors of the variants, repeated."""
        return {n: (np.tile(on, self._ticks), specs * self._ticks) for n, (on, specs) in self._one.sensors.items()}


def _doors(states: Sequence[WorldState]) -> F64Array | None:
    if all(s.doors_rad is None for s in states):
        return None
    shut = np.zeros((*states[0].valid.shape, 2))
    return np.concatenate([shut if s.doors_rad is None else s.doors_rad for s in states])


_OF_SNAPSHOT = ("ground_speed", "standstill", "offroad", "visible")
_FIGURES = ("speed", "acceleration", "travelled", "holding", "dropped", "still", "ran_red", "hit_wall")


class Stretch:
    """Monitors that are judged when a stretch of ticks is full: a ``MonitorWorld`` of one of its ticks."""

    def __init__(self, monitors: Sequence[MonitorState], world: Running, rate_hz: int) -> None:
        count = world.variants.count
        self._monitors, self._world, self._count, self._rate_hz = monitors, world, count, rate_hz
        self.length = max(1, min(LONGEST, MOST_ROWS // max(1, count)))
        self._pending: list[tuple[int, BoolArray, WorldState, tuple[Array, ...]]] = []
        self._judged: dict[int, tuple[BoolArray, F64Array]] = {}
        self._at = 0
        self._moments: _Moments | None = None

    def push(self, tick: int, rows: BoolArray) -> None:
        """Note a tick; judges when there are enough."""
        if self._monitors:
            sim, ran_red = self._world.simulation, self._world.red_lights.ran
            states = (sim.speed_mps, sim.acceleration_mps2, sim.travelled_m, sim.holding, sim.dropped, sim.still)
            figures = (*states, ran_red, sim.impacts.hit_wall.copy())
            self._pending.append((tick, rows, self._world.snapshot.state, figures))
            if len(self._pending) >= self.length:
                self.flush()

    def flush(self) -> None:
        """Judge the ticks that have been noted."""
        if not self._pending:
            return
        self._look()
        for at, (tick, rows, _, _) in enumerate(self._pending):
            self._at = at
            for monitor in self._monitors:
                monitor.push(tick, rows, self)
        self._pending.clear()

    def _look(self) -> None:
        padded = self._pending + self._pending[-1:] * (self.length - len(self._pending))
        states = [p[2] for p in padded]
        state = WorldState(
            0,
            np.concatenate([s.position_m for s in states]),
            np.concatenate([s.orientation for s in states]),
            np.concatenate([s.velocity_mps for s in states]),
            np.concatenate([s.angular_velocity_radps for s in states]),
            np.concatenate([s.joint_rad for s in states]),
            np.concatenate([s.lamps for s in states]),
            np.concatenate([s.valid for s in states]),
            _doors(states),
        )
        if self._moments is None:
            rows = np.tile(np.arange(self._count), self.length)
            cast = self._world.cast.take(rows)
            variants = self._world.variants.take(rows)
            self._moments = _Moments(variants, cast, state, self._world, self.length, self._rate_hz)
        moments = self._moments
        moments.first = self._pending[0][0]
        moments.figures = {n: np.concatenate([p[3][k] for p in padded]) for k, n in enumerate(_FIGURES)}
        moments.see(state)
        self._judged.clear()

    # ---- MonitorWorld ------------------------------------------------------------------------------------------

    def judge(self, atom: Expr) -> tuple[BoolArray, F64Array]:
        """Truth and margin of a condition at the tick in hand, (B,)."""
        if id(atom) not in self._judged:
            self._judged[id(atom)] = self._judge(atom)
        truth, margin = self._judged[id(atom)]
        return truth[self._at], margin[self._at]

    def _judge(self, atom: Expr) -> tuple[BoolArray, F64Array]:
        moments = self._moments
        assert moments is not None
        count, shape = self._count * self.length, (self.length, self._count)
        margin = robustness(atom, moments, count)
        truth = margin > 0.0
        if not bool(margin.all()):
            truth = np.where(margin == 0.0, np.asarray(evaluate(atom, moments, count), np.bool_), truth)
        return truth.reshape(shape), margin.reshape(shape)

    def seconds(self, duration: Expr) -> F64Array:
        """The length of a window."""
        return self._world.seconds(duration)

    def during(self, phase: str) -> BoolArray:
        """Where a phase is running: no monitor here asks."""
        return self._world.during(phase)
