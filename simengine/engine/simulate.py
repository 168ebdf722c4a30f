"""Runs a batch of variants: timeline, physics and monitors tick by tick, and makes one trace of each.

The order in a tick: read the state, make the transitions of the timeline, note events and latch coverage values, push
the monitors, look at the stop conditions, record, step the physics. A variant that has stopped goes on with the others
(for one sensor period, as a LiDAR scan that begins at the stop needs the states of its whole revolution), but nothing
of that reaches its events, verdicts or figures.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.datasets.loose_ends import LooseEnds
from simengine.engine.cast import acting_slots, cast_of, moving_slots
from simengine.engine.chassis import dynamic_slots, road_grip
from simengine.engine.clock import DEFAULT_LIMIT_S, LONGEST_S, TICK_RATE_HZ, duration_ticks, record_rate, tick_time_ns
from simengine.engine.figures import summarise
from simengine.engine.initial import InitialEnv
from simengine.engine.loading import require_runnable
from simengine.engine.moments import Stretch, can_wait
from simengine.engine.monitors import MonitorResult, MonitorState, compile_monitor
from simengine.engine.off_road import OffRoad
from simengine.engine.outside import Controller, ask, command, observe, require_finite, steered_slots
from simengine.engine.overlaps import overlaps, watched_pairs
from simengine.engine.pavements import strolls_of
from simengine.engine.placement import Placement, place
from simengine.engine.running import Running
from simengine.engine.scenes import SceneEnv, initial_state
from simengine.engine.timeline import PhaseEvent, TimelineMachine
from simengine.engine.trace import CHANNELS, Contact, Footing, Summary, Trace, TraceEvent, Verdict, packed_state
from simengine.engine.variants import Slot, Variants, plain_value
from simengine.engine.winds import wind_of
from simengine.errors import LimitError, PhysicsError, ProgramError, UsageError
from simengine.language.evaluate import evaluate
from simengine.language.program import Definition, Monitor, Program
from simengine.physics.agenda import Argument
from simengine.physics.blocked import blocked
from simengine.physics.controllers import Driver
from simengine.physics.rigid.station import Failure, Stations
from simengine.physics.simulation import Simulation
from simengine.render.protocol import BETWEEN_FRAMES
from simengine.world.state import WorldState

__all__ = ["Run", "prepared", "simulate", "simulation_of"]

MOST_BYTES = 8 << 30


def simulate(
    variants: Variants, placement: Placement | None = None, controllers: Mapping[str, Controller] | None = None
) -> list[Trace]:
    """Simulate all variants of a batch. A batch of N gives the traces of N singles, bit for bit.

    Args:
        variants: drawn values.
        placement: of the same batch, where it is known.
        controllers: of vehicles that are driven from outside, by name, asked in each tick.

    Returns:
        A trace for each variant, in order.

    Raises:
        NotRunnableError: the program uses something that checks and does not run in this version.
        ProgramError: entities cannot be placed.
        PhysicsError: a controller raises something or asks for something infinite, or the motion of a variant goes
            astray.
    """
    run, driven = prepared(variants, placement), controllers or {}
    slots = steered_slots(run.variants.roster, driven)
    for tick in run.ticks():
        for name, control in driven.items():
            seen = observe(run.simulation, variants.size_m, tick, run.rate_hz, run.stop_tick < 0)
            asked = ask(name, control, seen, run.variants.indices, tick)
            require_finite(name, asked, variants.indices, tick, seen.running)
            command(run.simulation, name, slots[name], asked, seen.running)
    return run.traces()


def simulation_of(variants: Variants, placement: Placement | None = None) -> Simulation:
    """The physics of a batch before its first tick, alone: for who wants to know how fast it is.

    Args and errors are those of :func:`simulate`.
    """
    return prepared(variants, placement).simulation


def prepared(variants: Variants, placement: Placement | None = None) -> Run:
    """A batch before its first tick; args and errors are those of :func:`simulate`."""
    require_runnable(variants.program)
    placed = place(variants) if placement is None else placement
    placed.check(variants)
    return Run(variants, placed)


class Run:
    """A batch that is simulated tick by tick.

    Args:
        variants: drawn values.
        placement: of the same batch.
    """

    def __init__(self, variants: Variants, placement: Placement) -> None:
        self.variants, self.placement = variants, placement
        self.program: Program = variants.program
        self.rate_hz = TICK_RATE_HZ
        self.count = variants.count
        self.cast = cast_of(variants, placement, furnished=True)
        state = initial_state(placement, self.cast)
        self.initial = InitialEnv(variants)
        moves = moving_slots(self.program, variants.roster.slots)
        stations = self._stations(state)
        self.simulation = Simulation(
            self.cast, state, self._speeds(), self._controllers(), 1.0 / self.rate_hz,
            self._rests_on(),
            moves, stations, self._dynamic(), wind_of(variants), strolls_of(variants),
        )  # fmt: skip
        state = replace(state, joint_rad=self.simulation.joints_rad)
        self.world = Running(variants, self.simulation, state, self.rate_hz)
        self.machine = TimelineMachine(
            self.program.timeline, self.program.whens, self.count, self.rate_hz, self._column
        )
        self.world.machine = self.machine
        self.monitors: list[MonitorState] = [
            compile_monitor(m, self.count, self.rate_hz, self.world.about_event) for m in self.program.monitors
        ]
        events = tuple(self.world.covers)
        waits = [can_wait(m, events) for m in self.program.monitors]
        self.prompt = [m for m, wait in zip(self.monitors, waits, strict=True) if not wait]
        late = [m for m, wait in zip(self.monitors, waits, strict=True) if wait]
        self.stretch = Stretch(late, self.world, self.rate_hz)
        self.scene = SceneEnv(variants, self.cast, state)
        self.limit, self.limit_text = self._limit()
        self.stop_tick: I64Array = np.full(self.count, -1, np.int64)
        self.reasons = [""] * self.count
        self.events: list[PhaseEvent] = []
        self.acting: BoolArray = acting_slots(self.program, variants.roster.slots)
        self.movers: I64Array = np.flatnonzero(self.acting)
        self.bearer = placement.bearer()
        self.watched = watched_pairs(self.program)
        self.off_road = OffRoad(self.world, self.rate_hz)
        self._affordable()
        self.rest = self._packed(state)
        self.moved: list[F64Array] = []
        self.lamps: list[Array] = []
        self.joints: list[F64Array] = []
        self.failures: list[tuple[int, Failure]] = []
        self.losses: list[tuple[int, BoolArray]] = []  # where robots have lost what they held, (B, A)
        self.lost: BoolArray = self.simulation.dropped
        self.unfinished: dict[int, tuple[list[str], list[str]]] = {}
        self.roots: list[I64Array] = []  # what carries each slot in the end, (B, S), where the ground has heights
        self.others: dict[tuple[int, int], tuple[int, list[F64Array]]] = {}  # struck without being movers: from when

    # ---- preparation ---------------------------------------------------------------------------------------------

    def _stations(self, state: WorldState) -> Stations | None:
        """Rigid bodies and robots, where the program has any."""
        if not (any(self.cast.loose) or self.cast.arms):
            return None
        build = self.variants.world_kind.body
        grounds = [None if build is None else build(self.variants.world_values(b)) for b in range(self.count)]
        return Stations(self.cast, state, grounds, 1.0 / self.rate_hz)

    def _rests_on(self) -> I64Array:
        """What goes rigidly along with what, (B, S): trailers and loose things move by laws of their own."""
        apart: BoolArray = np.array([s.kind.loose for s in self.variants.roster.slots], np.bool_)
        hitches = self.cast.hitches
        towed = np.zeros((1, apart.size), np.bool_) if hitches is None else hitches.by >= 0
        return np.where(apart | towed, -1, self.placement.rests_on)

    def _column(self, path: str) -> F64Array:
        value = np.asarray(self.variants.values[path], np.float64)
        return np.broadcast_to(value, (self.count,))

    def _speeds(self) -> F64Array:
        """Speeds of vehicles, paces of people, (B, S)."""
        slots = self.variants.roster.slots
        return (
            np.stack([self.initial.column(f"{s.decl.name}.speed", s) for s in slots], -1)
            if slots
            else np.zeros((self.count, 0))
        )

    def _controllers(self) -> list[Driver | None]:
        return [self._driver(slot) if slot.decl.controllers else None for slot in self.variants.roster.slots]

    def _dynamic(self) -> tuple[BoolArray, F64Array] | None:
        """Which vehicles have the dynamic model, (B, S), and how much grip their roads have, (B,)."""
        chosen = dynamic_slots(self.variants)
        if self.cast.hitches is not None:  # what is towed goes where it is drawn
            chosen = chosen & (self.cast.hitches.by < 0)
        return (chosen, road_grip(self.variants)) if bool(chosen.any()) else None

    def _driver(self, slot: Slot) -> Driver:
        """The controller of a slot in each variant, and its arguments."""
        path, known = f"{slot.decl.name}.controller", self.program.definitions
        args: dict[str, Argument] = {
            name: self.initial.column(at, slot)
            for at in known
            if (name := at.removeprefix(f"{path}.")) != at and "." not in name
        }
        if path not in known:
            return slot.decl.controller, args
        words = np.array(known[path].type.choices)
        return words[self.initial.column(path, slot).astype(np.int64)], args

    def _limit(self) -> tuple[I64Array, list[str]]:
        """Last tick of each variant at the latest, and why."""
        limit = np.full(self.count, duration_ticks(np.array([DEFAULT_LIMIT_S]), self.rate_hz)[0])
        text = ["time limit"] * self.count
        for k, stop in enumerate(self.program.stop_after):
            ticks = duration_ticks(np.minimum(self._column(stop.duration), LONGEST_S), self.rate_hz)
            sooner = ticks < limit if k else np.ones(self.count, np.bool_)
            limit = np.where(sooner, ticks, limit)
            text = [f"stop after ({stop.span.where})" if s else t for s, t in zip(sooner, text, strict=True)]
        return limit, text

    def _affordable(self) -> None:
        """Refuse what would not fit into memory, before it costs anything.

        Raises:
            LimitError: the states of the batch would need more than 8 GiB.
        """
        size = int(self.limit.max()) * self.count * len(self.movers) * CHANNELS * 8
        if size > MOST_BYTES:
            raise LimitError(
                f"{self.count} variants with {len(self.movers)} moving entities for {int(self.limit.max())} ticks need "
                f"{size / 2**30:.1f} GiB, more than the limit of {MOST_BYTES / 2**30:.0f} GiB; simulate fewer variants "
                "at a time, or let 'stop after' come sooner"
            )

    def _packed(self, state: WorldState) -> F64Array:
        sim = self.simulation
        return packed_state(state, sim.speed_mps, sim.gait_phase, sim.wheel_angle, sim.steer, sim.swivel)

    def _tail(self) -> int:
        """Ticks that states are needed for beyond the stop: one period of the slowest sensor, and one for rounding.

        Two periods of a rolling shutter with optical flow, which leads into the readout of the next image.
        """
        periods = [
            (2 if f"{s.name}.rolling_shutter" in self.program.definitions and self._tells_motion(s.name) else 1)
            / record_rate(self.program, s.name)
            for s in self.program.sensors
        ]
        return math.ceil(self.rate_hz * max(periods)) + 1 if periods else 1

    def _tells_motion(self, sensor: str) -> bool:
        words = {word for r in self.program.records if r.sensor == sensor for word in r.channels}
        return bool(words & set(BETWEEN_FRAMES))

    # ---- the loop ------------------------------------------------------------------------------------------------

    def ticks(self) -> Iterator[int]:
        """Simulate, stopping before each step of the physics, so that vehicles can be told what to do."""
        tail, tick = self._tail(), 0
        state = self.world.snapshot.state
        while True:
            going = self.stop_tick < 0
            if going.any():
                with self._told(tick):
                    self._tick(tick, going)
            packed = self._packed(state)
            self.moved.append(np.ascontiguousarray(packed[:, self.movers]))
            self._record_struck(tick, packed)
            self.lamps.append(self.simulation.lamps[:, self.movers].astype(np.int16))  # as actions of now switch
            self.joints.append(state.joint_rad)
            if self.cast.surfaces is not None and self.simulation.motion.some_carried:
                self.roots.append(self._roots())
            if not (self.stop_tick < 0).any() and tick >= int(self.stop_tick.max()) + tail:
                return
            yield tick
            with self._told(tick):
                self.simulation.step()
            state = self.simulation.state
            self.world.advance(state)
            tick += 1
            self._look_after(tick)

    @contextmanager
    def _told(self, tick: int) -> Generator[None, None, None]:
        """What turns out not to be possible while an order is carried out, or taken up again, is an error of the
        variant."""
        try:
            yield
        except UsageError as error:
            which = f"variant {int(self.variants.indices[0])}" if self.count == 1 else "a variant"
            raise ProgramError(f"{which} of '{self.program.name}', tick {tick}: {error}") from None

    def _roots(self) -> I64Array:
        bearer = self.simulation.motion.bearer
        return np.stack([bearer(np.full(self.count, k)) for k in range(self.cast.slots)], -1)

    def _footing(self, row: int, length: int) -> Footing | None:
        """How the states of a variant lie on its ground; None where that is level."""
        land = self.cast.surfaces
        if land is None or not land.uneven[row]:
            return None
        roots = np.stack([r[row] for r in self.roots[:length]]) if self.roots else None
        return Footing(land.take(np.array([row])), self.cast.reach_m[row], roots)

    def _record_struck(self, tick: int, packed: F64Array) -> None:
        """States of what nothing in the program moves and something has run into, from then on."""
        rest = self.simulation.impacts.struck & ~self.acting
        if not bool(rest.any()):
            return
        for row, slot in zip(*(v.tolist() for v in np.nonzero(rest)), strict=True):
            self.others.setdefault((row, slot), (tick, []))[1].append(packed[row, slot].copy())

    def _look_after(self, tick: int) -> None:
        """Note what robots could not do.

        Raises:
            PhysicsError: in a variant that still runs the integration has gone astray, or an action has led somebody
                into a wall.
        """
        stations = self.simulation.stations
        if stations is not None:
            self.failures += [(tick, f) for f in stations.failures if self.stop_tick[f.row] < 0]
            before, self.lost = self.lost, self.simulation.dropped
            new = self.lost & ~before & (self.stop_tick < 0)[:, None]
            if bool(new.any()):
                self.losses.append((tick, new))
        sim = self.simulation
        for row, what in [*blocked(sim.impacts.bumps, self.cast, sim.agenda, sim.dynamic), *sim.diverged]:
            if self.stop_tick[row] < 0:
                index = int(self.variants.indices[row])
                raise PhysicsError(f"variant {index} of '{self.program.name}', tick {tick}: {what}")

    def _tick(self, tick: int, going: BoolArray) -> None:
        self.world.going = going
        self.off_road.look(tick, going)
        self.world.switch_signals()
        events = self.machine.tick(tick, self.world)
        self.world.require_room()
        for event in events:
            rows = event.rows & going
            if rows.any():
                noted = PhaseEvent(event.phase, event.edge, tick, rows)
                self.world.note(noted)
                self.events.append(noted)
        if self.world.last_matters:
            self.world.follow(going)
        for monitor in self.prompt:
            monitor.push(tick, going, self.world)
        self.stretch.push(tick, going)
        for condition in self.program.stop_when:
            self._stop(tick, self.world.holds(condition.expr), f"stop when ({condition.span.where})")
        if not self.program.stop_when and not self.program.stop_after and self.program.timeline:
            self._stop(tick, self.machine.finished(), "end of the timeline")
        for row in np.flatnonzero((self.stop_tick < 0) & (tick >= self.limit)):
            self.stop_tick[row], self.reasons[row] = tick, self.limit_text[row]
        if bool((self.stop_tick == tick).any()):
            self.world.follow(self.stop_tick == tick)
            for row in np.flatnonzero(self.stop_tick == tick).tolist():
                self.unfinished[row] = self.machine.unfinished(row)

    def _stop(self, tick: int, where: BoolArray, reason: str) -> None:
        for row in np.flatnonzero(where & (self.stop_tick < 0)):
            self.stop_tick[row], self.reasons[row] = tick, reason

    # ---- results -------------------------------------------------------------------------------------------------

    def traces(self) -> list[Trace]:
        """A trace of each variant, once all ticks are over."""
        tail = self._tail()
        self.stretch.flush()
        results = [m.result() for m in self.monitors]
        covers = self._initial_covers()
        return [self._trace(row, tail, results, covers[row]) for row in range(self.count)]

    def so_far(self, row: int) -> Trace:
        """A variant up to the newest tick, or to its stop: without verdicts and figures, which are of whole runs."""
        newest = len(self.moved) - 1
        stop = int(self.stop_tick[row]) if self.stop_tick[row] >= 0 else newest
        return self._bare(row, stop, newest + 1, self._mishaps(row))

    def _bare(self, row: int, stop: int, length: int, mishaps: list[TraceEvent]) -> Trace:
        """States and events up to a tick, states of so many ticks, and nothing that is found from them."""
        slots = self.variants.roster.slots
        active = self.variants.active[row]
        movers = self.movers[active[self.movers]]  # what does not take part may have drawn values: they mean nothing
        chosen = active[self.movers]
        moved = np.stack([m[row][chosen] for m in self.moved[:length]])
        lamps = np.stack([b[row][chosen] for b in self.lamps[:length]])
        movers, moved, lamps = self._with_struck(row, movers, moved, lamps)
        impacts = self._impacts(row, stop)
        rest = np.where(active[:, None], self.rest[row], 0.0)
        events = tuple(
            TraceEvent(f"{e.phase}.{e.edge}", tick_time_ns(e.tick, self.rate_hz)) for e in self.events if e.rows[row]
        )
        events = tuple(sorted((*events, *mishaps), key=lambda e: e.time_ns))
        nothing = Summary(0.0, "", {}, 0.0, None, None, 0.0)
        return Trace(
            self.program.name, self.variants.seed, int(self.variants.indices[row]), self.rate_hz, stop,
            self.reasons[row], tuple(s.name for s in slots), active, movers, moved, rest, lamps, events,
            (), {}, nothing,
            self.world.faults.faults(row, stop), self.world.weather.changes(row, stop),
            tuple(self.cast.names[a] for a in self.cast.arms), np.stack([j[row] for j in self.joints[:length]]),
            tunings=self.world.tunings.changes(row, stop), impacts=impacts, footing=self._footing(row, length),
        )  # fmt: skip

    def _trace(
        self, row: int, tail: int, results: list[MonitorResult], covers: Mapping[str, float | bool | str | None]
    ) -> Trace:
        stop, slots, mishaps = int(self.stop_tick[row]), self.variants.roster.slots, self._mishaps(row)
        trace = replace(
            self._bare(row, stop, stop + tail + 1, mishaps), verdicts=self._verdicts(row, results),
            covers={**covers, **self.world.cover_values(row)}, loose_ends=self._loose_ends(row, mishaps),
        )  # fmt: skip
        categories = [s.decl.category for s in slots]
        sizes = self.variants.size_m[row]
        reach = self.cast.lane_reach_m
        roads = self.cast.lane_paths.packed[row], None if reach is None else reach[row]
        hitches = self.cast.hitches
        figures = summarise(
            trace, categories, sizes, roads, self.bearer[row], self.cast.doors.of_row(row),
            None if hitches is None else hitches.by[row],
        )  # fmt: skip
        solid = np.array([s.kind.body is not None or s.kind.chain is not None for s in slots], np.bool_)
        ran = self._red_lights(row, stop)
        figures = replace(
            figures, overlaps=overlaps(trace, sizes, self.watched, solid), red_lights=tuple(ran),
            red_lights_s=tuple(ran.values()), off_road_s=self.off_road.since_s(row, figures.ego),
        )  # fmt: skip
        return replace(trace, summary=figures)

    def _red_lights(self, row: int, stop: int) -> dict[str, float]:
        """Names of those who ran a red light up to the stop, in the order of time, and when."""
        since = self.world.red_lights.since[row]
        ran: list[int] = [k for k in np.argsort(since, kind="stable").tolist() if 0 <= since[k] <= stop]
        return {self.cast.names[k]: float(since[k]) / self.rate_hz for k in ran}

    def _with_struck(
        self, row: int, movers: I64Array, moved: F64Array, lamps: Array
    ) -> tuple[I64Array, F64Array, Array]:  # fmt: skip
        """The same with what has been struck, and rested before."""
        length = len(moved)
        for (b, slot), (since, states) in sorted(self.others.items()):
            if b != row or since >= length:
                continue
            own = np.broadcast_to(self.rest[row, slot], (length, CHANNELS)).copy()
            own[since:] = states[: length - since]
            at = int(np.searchsorted(movers, slot))
            movers, moved = np.insert(movers, at, slot), np.insert(moved, at, own, axis=1)
            lamps = np.insert(lamps, at, 0, axis=1)
        return movers, moved, lamps

    def _impacts(self, row: int, stop: int) -> tuple[Contact, ...]:
        """Who has run into whom up to the stop."""
        names = self.cast.names
        impacts = self.simulation.impacts
        met = [(i.tick, names[i.first], names[i.second]) for i in impacts.log if i.row == row and i.tick <= stop]
        met += [(b.tick, names[b.slot], b.wall) for b in impacts.walls_hit if b.row == row and b.tick <= stop]
        return tuple(Contact(a, b, tick / self.rate_hz) for tick, a, b in sorted(met))

    def _mishaps(self, row: int) -> list[TraceEvent]:
        """What robots could not do in a variant, and what they lost, as events in the order of time."""
        names = self.cast.names
        failed = [
            TraceEvent(f"{names[f.actor]}.{f.action}.failed", tick_time_ns(tick, self.rate_hz), f.reason)
            for tick, f in self.failures if f.row == row
        ]  # fmt: skip
        lost = [
            TraceEvent(f"{names[actor]}.dropped", tick_time_ns(tick, self.rate_hz), "it lost what it held")
            for tick, where in self.losses for actor in np.flatnonzero(where[row]).tolist()
        ]  # fmt: skip
        return sorted((*failed, *lost), key=lambda e: e.time_ns)

    def _loose_ends(self, row: int, mishaps: list[TraceEvent]) -> LooseEnds:
        waiting, going = self.unfinished[row]
        failed = dict.fromkeys(f"{e.name.removesuffix('.failed')}: {e.detail}" for e in mishaps)
        return LooseEnds(tuple(waiting), tuple(going), tuple(failed))

    def _verdicts(self, row: int, results: list[MonitorResult]) -> tuple[Verdict, ...]:
        out: list[Verdict] = []
        for monitor, result in zip(self.program.monitors, results, strict=True):
            violated = int(result.violated_tick[row])
            when = None if violated < 0 else tick_time_ns(violated, self.rate_hz)
            robustness, message = float(result.robustness[row]), monitor.message
            if math.isnan(robustness):
                message = f"{message or monitor.text}: undefined, {self._why_undefined(row, monitor)}"
            out.append(
                Verdict(
                    monitor.kind, monitor.text, message, monitor.span.line, bool(result.holds[row]), robustness, when
                )
            )  # fmt: skip
        return tuple(out)

    def _why_undefined(self, row: int, monitor: Monitor) -> str:
        missing = self.world.missing(monitor, row)
        return f"as {' and '.join(missing)} never happened" if missing else "as it compares what is not a number"

    def _initial_covers(self) -> list[Mapping[str, float | bool | str | None]]:
        """Coverage items over initial values, for each variant."""
        columns: dict[str, tuple[Definition, np.ndarray]] = {}
        for cover in self.program.covers:
            if cover.event is None:
                value = evaluate(cover.expr, self.scene, self.count)
                columns[cover.name] = (Definition(cover.name, cover.expr, cover.expr.type, cover.span), value)
        return [
            {name: plain_value(d, value, row, None) for name, (d, value) in columns.items()}
            for row in range(self.count)
        ]
