"""The running simulation as conditions, actions and monitors see it: state properties, events, orders to actors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.fault_log import FaultLog
from simengine.engine.monitors import atoms
from simengine.engine.scenes import SceneEnv
from simengine.engine.timeline import PhaseEvent, TimelineMachine
from simengine.engine.variants import Variants
from simengine.engine.weather_log import WeatherLog
from simengine.errors import NotRunnableError, ProgramError, UsageError
from simengine.language.dependencies import walk
from simengine.language.evaluate import evaluate, robustness
from simengine.language.kinds import number_text
from simengine.language.program import Act, Assign, Monitor
from simengine.language.terms import Call, Const, EntityRef, EventRef, Expr, Ref, SensorRef
from simengine.physics.agenda import Argument
from simengine.physics.simulation import Simulation
from simengine.world.library import ValueType
from simengine.world.state import WorldState
from simengine.world.vocabulary import ACTIONS, find

_OF_THE_SCENE = ("lane", "length", "width", "height", "position.x", "position.y", "position.z")
"""Attributes that the initial scene knows as well."""
__all__ = ["Running"]


class Running(SceneEnv):
    """One instant of a running batch: an ``Env``, a ``TimelineWorld`` and a ``MonitorWorld``.

    Attributes:
        tick: number of the instant.
        covers: latched values of coverage items at events, (B,) each; nan before the event.
        faults: of the sensors.
    """

    def __init__(self, variants: Variants, simulation: Simulation, state: WorldState, rate_hz: int) -> None:
        super().__init__(variants, simulation.cast, state)
        self.simulation, self._rate_hz, self.tick = simulation, rate_hz, 0
        self.machine: TimelineMachine | None = None
        self._everywhere = np.ones(variants.count, np.bool_)
        self.covers: dict[str, F64Array] = {
            c.name: np.full(variants.count, np.nan) for c in variants.program.covers if c.event is not None
        }
        self._last = [c for c in variants.program.covers if c.event is not None and not c.event.phase]
        self.faults = FaultLog(variants.count, rate_hz)
        self.weather = WeatherLog(rate_hz)
        self._event_s: dict[tuple[str, str], F64Array] = {}
        self._orders: dict[int, dict[int, tuple[int, BoolArray]]] = {}  # node -> slot -> (handle, rows)

    def advance(self, state: WorldState) -> None:
        """Look at the next tick."""
        self.tick += 1
        self.see(state)

    # ---- values --------------------------------------------------------------------------------------------------

    def value(self, ref: Ref) -> Array:
        """A state property where the reference asks for the state, else as at the start."""
        if not ref.state:
            return super().value(ref)
        if ref.path == "time":
            return np.full(self.variants.count, self.tick / self._rate_hz)
        if ref.path in self.covers:
            return self.covers[ref.path]
        name, _, prop = ref.path.partition(".")
        if name not in self.variants.roster.first or prop in _OF_THE_SCENE:
            return super().value(ref)
        members = self.variants.roster.members(name)
        columns = [self._property(prop, slot, ref) for slot in members]
        single = self.variants.roster.slots[members.start].decl.count is None
        return columns[0] if single else np.stack(columns, -1)

    def _property(self, prop: str, slot: int, ref: Ref) -> Array:
        if prop == "speed":
            return self.simulation.speed_mps[:, slot]
        if prop == "ground_speed":
            return self.snapshot.ground_speed_mps(slot)
        if prop == "acceleration":
            return self.simulation.acceleration_mps2[:, slot]
        if prop == "standstill":
            return self.snapshot.standstill(slot)
        if prop == "travelled":
            return self.simulation.travelled_m[:, slot]
        if prop == "offroad":
            return self.off_lanes(slot)
        if prop == "visible":
            return self.visible_anywhere(slot)
        if ref.path in self.variants.values:  # a property that nothing changes
            return super().value(ref)
        raise NotRunnableError(f"{ref.span.where}: '{ref.path}' does not run in this version")

    def event(self, ref: EventRef) -> Array:
        """Time of the last start or end of a phase, nan before."""
        return self._event_s.get((ref.phase, ref.edge), np.full(self.variants.count, np.nan))

    def note(self, event: PhaseEvent) -> None:
        """Remember when a phase started or ended, and latch the coverage items that wait for it the first time."""
        key = (event.phase, event.edge)
        before = self._event_s.get(key, np.full(self.variants.count, np.nan))
        first = event.rows & np.isnan(before)
        self._event_s[key] = np.where(event.rows, self.tick / self._rate_hz, before)
        for cover in self.variants.program.covers:
            if cover.event is not None and (cover.event.phase, cover.event.edge) == key and first.any():
                value = np.asarray(evaluate(cover.expr, self, self.variants.count), np.float64)
                self.covers[cover.name] = np.where(first, value, self.covers[cover.name])

    def follow(self, rows: BoolArray) -> None:
        """Coverage items of the end of a run have the value of the last tick in which it went on."""
        for cover in self._last:
            value = np.asarray(evaluate(cover.expr, self, self.variants.count), np.float64)
            self.covers[cover.name] = np.where(rows, value, self.covers[cover.name])

    # ---- conditions ----------------------------------------------------------------------------------------------

    def holds(self, condition: Expr) -> BoolArray:
        """A condition on the state of this tick, (B,)."""
        return np.asarray(evaluate(condition, self, self.variants.count), np.bool_)

    def seconds(self, duration: Expr) -> F64Array:
        """A duration, (B,)."""
        return np.asarray(evaluate(duration, self, self.variants.count), np.float64)

    def judge(self, atom: Expr) -> tuple[BoolArray, F64Array]:
        """Truth and margin of a condition, (B,)."""
        margin = robustness(atom, self, self.variants.count)
        truth = margin > 0.0
        return (truth if bool(margin.all()) else np.where(margin == 0.0, self.holds(atom), truth)), margin

    def during(self, phase: str) -> BoolArray:
        """Where a named phase is running, (B,)."""
        assert self.machine is not None
        return self.machine.running(phase)

    def about_event(self, expr: Expr) -> bool:
        """It reads a value that an event sets."""
        return any(isinstance(e, EventRef) or (isinstance(e, Ref) and e.path in self.covers) for e in walk(expr))

    def missing(self, monitor: Monitor, row: int) -> list[str]:
        """Events that a monitor reads and that have not happened in a variant, in the order of the text."""
        events = {c.name: c.event for c in self.variants.program.covers if c.event is not None}
        found: dict[str, None] = {}
        for expr in atoms(monitor.formula):
            for node in walk(expr):
                event = node if isinstance(node, EventRef) else events.get(node.path) if isinstance(node, Ref) else None
                if event is not None and np.isnan(self.event(event)[row]):
                    found[f"'{event.phase}.{event.edge}'"] = None
        return list(found)

    # ---- orders --------------------------------------------------------------------------------------------------

    def start(self, node: int, act: Act, rows: BoolArray) -> None:
        """An action starts: its arguments are read from the state of this tick."""
        if isinstance(act.receiver, SensorRef):
            self._fail(node, act, act.receiver.name, rows)
            return
        if not isinstance(act.receiver, EntityRef):
            raise NotRunnableError(f"{act.span.where}: action '{act.action}' does not run in this version")
        args = {name: self._argument(name, expr) for name, expr in act.args.items()}
        self._require_numbers(act, args, rows)
        self._require_bounds(act, act.receiver.type.of, args, rows)
        orders = self._orders.setdefault(node, {})
        for slot, where in self._receivers(act.receiver):
            mine = rows & where
            handle, kept = orders.get(slot, (-1, np.zeros_like(rows)))
            if mine.any():
                try:
                    handle = self.simulation.start(act.action, slot, args, mine, key=node)
                except UsageError as error:
                    raise ProgramError(f"{act.span.where}: {error}") from None
            if handle >= 0:
                orders[slot] = (handle, (kept & ~rows) | mine)

    def _fail(self, node: int, act: Act, sensor: str, rows: BoolArray) -> None:
        kind = next(s.kind for s in self.variants.program.sensors if s.name == sensor)
        given = {n: self._number(e) for n, e in act.args.items() if n != "kind"}
        self._require_numbers(act, given, rows)
        self._require_bounds(act, "sensor", given, rows)
        self.faults.start(node, (sensor, kind), rows, self.tick, self._words(act.args["kind"]), given)

    def _require_numbers(self, act: Act, args: Mapping[str, Argument], rows: BoolArray) -> None:
        for name, value in args.items():
            if not isinstance(value, np.ndarray):
                continue
            numbers: F64Array = np.asarray(value, np.float64).reshape(self.variants.count, -1)
            bad: BoolArray = rows & ~np.isfinite(numbers).all(-1)
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise ProgramError(
                    f"{act.span.where}: '{name}' of '{act.action}' is no number in variant "
                    f"{int(self.variants.indices[row])}; keep divisions by zero out, for example with a 'require'"
                )

    def _require_bounds(self, act: Act, category: str, args: Mapping[str, Argument], rows: BoolArray) -> None:
        """Values that follow from the running simulation; the checker has looked at all others."""
        signature = find(ACTIONS, act.action, category)
        for prop in signature.parameters if signature is not None else ():
            value = args.get(prop.name)
            if not isinstance(value, np.ndarray) or prop.type.kind != "real":
                continue
            number: F64Array = np.broadcast_to(np.asarray(value, np.float64), rows.shape)
            bad: BoolArray = rows & ((number < prop.low) | (number > prop.high))
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                low, high, found = (
                    number_text(v, prop.type.dimension) for v in (prop.low, prop.high, float(number[row]))
                )
                raise ProgramError(
                    f"{act.span.where}: '{prop.name}' of '{act.action}' is {found} in variant "
                    f"{int(self.variants.indices[row])}; it must lie between {low} and {high}: keep it there, for "
                    "example with max(..., ...)"
                )

    def finished(self, node: int) -> BoolArray:
        """Where the action of a node has reached its own end with all its actors; one that does not exist has."""
        if node in self.faults.nodes:  # a fault has no aim
            return ~self._everywhere
        out = self._everywhere.copy()
        for slot, (handle, rows) in self._orders.get(node, {}).items():
            out &= self.simulation.finished(handle) | ~(rows & self.variants.active[:, slot])
        return out

    def cancel(self, node: int, rows: BoolArray) -> None:
        """The action of a node lets go of its actors."""
        if node in self.faults.nodes:
            self.faults.end(node, rows, self.tick)
        for handle, mine in self._orders.get(node, {}).values():
            self.simulation.cancel(handle, rows & mine)

    def assign(self, assign: Assign, rows: BoolArray) -> None:
        """A speed is set, of a vehicle that which it has, of a person the pace; or its controller, or the weather."""
        name, _, prop = assign.target.partition(".")
        if name == "world":
            self._set_weather(assign, prop, rows)
            return
        if prop == "controller":
            self._set_controller(assign, name, rows)
            return
        if prop != "speed" or name not in self.variants.roster.first:
            raise NotRunnableError(
                f"{assign.span.where}: setting '{assign.target}' while the scenario runs does not run in this version"
            )
        value = self._number(assign.value)
        for slot, where in self._receivers(EntityRef(name, ValueType("entity"), assign.span, assign.index)):
            mine = rows & where & self.variants.active[:, slot]
            high = 100.0 if self.variants.roster.slots[slot].decl.category == "vehicle" else 12.0
            bad: BoolArray = mine & ~((value >= 0.0) & (value <= high))
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise ProgramError(
                    f"{assign.span.where}: '{assign.target}' is set to {float(value[row]):g} m/s in variant "
                    f"{int(self.variants.indices[row])}; it must lie between 0 and {high:g} m/s"
                )
            self.simulation.set_speed(slot, value, mine)

    def _set_weather(self, assign: Assign, prop: str, rows: BoolArray) -> None:
        value = np.broadcast_to(self._number(assign.value), rows.shape)
        decl = self.variants.program.world
        kind = self.variants.libraries[decl.library].worlds[decl.kind] if decl else None
        table = {p.name: p for p in kind.properties} if kind else {}
        low, high = (table[prop].low, table[prop].high) if prop in table else (-np.inf, np.inf)
        bad: BoolArray = rows & ~((value >= low) & (value <= high))
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ProgramError(
                f"{assign.span.where}: '{prop}' is set to {float(value[row]):g} (SI) in variant "
                f"{int(self.variants.indices[row])}; it must lie between {low:g} and {high:g}"
            )
        self.weather.set(prop, np.asarray(value, np.float64), rows, self.tick)

    def _set_controller(self, assign: Assign, name: str, rows: BoolArray) -> None:
        assert isinstance(assign.value, Const)
        args: dict[str, Argument] = {k: self._number(v) for k, v in assign.args.items()}
        for slot, where in self._receivers(EntityRef(name, ValueType("entity"), assign.span, assign.index)):
            mine = rows & where & self.variants.active[:, slot]
            self.simulation.set_controller(slot, (str(assign.value.value), args), mine)

    def _receivers(self, ref: EntityRef) -> list[tuple[int, BoolArray]]:
        """Slots that a reference means, and in which variants."""
        members = self.variants.roster.members(ref.name)
        if ref.index is None:
            return [(slot, self._everywhere) for slot in members]
        at = np.rint(self.seconds(ref.index))
        return [(slot, at == k + 1) for k, slot in enumerate(members) if bool((at == k + 1).any())]

    def _argument(self, name: str, expr: Expr) -> Argument:
        if name == "target" and isinstance(expr, EntityRef):
            return self._slot(expr.name, expr.index).astype(np.float64)
        if isinstance(expr, Const) and isinstance(expr.value, str):
            return expr.value
        if expr.type.kind == "place" or isinstance(expr, EntityRef):
            return self._destination(expr)
        return np.asarray(evaluate(expr, self, self.variants.count), np.float64)

    def _destination(self, place: Expr) -> Array:
        """A place as the actions take it: the index of a lane, or points of the ground plan."""
        if isinstance(place, Ref) and place.path.endswith(".lane"):
            return self._lanes(self._slot(place.path.partition(".")[0], place.index)).astype(np.float64)
        if isinstance(place, Call) and place.function == "lane":
            return self.seconds(place.args["index"]) - 1.0
        if isinstance(place, Call) and place.function == "lane_beside":
            return self._lane_beside(place).astype(np.float64)
        return np.ascontiguousarray(self._point(place)[:, :2])

    def _lanes(self, slot: I64Array) -> I64Array:
        """The lane that a slot of each variant is in, (B,)."""
        out = np.full(self.variants.count, -1, np.int64)
        for each in np.unique(slot):
            out = np.where(slot == each, self.snapshot.lane(int(each)), out)
        return out

    def _lane_beside(self, place: Call) -> I64Array:
        target, words = place.args["target"], self._words(place.args["side"])
        if not isinstance(target, EntityRef):
            raise ProgramError(f"{place.span.where}: an entity was expected; the program was not checked")
        slot = self._slot(target.name, target.index)
        lane = np.maximum(self._lanes(slot), 0)
        roads, rows = self.variants.roads, self.variants.roads.rows
        heading = self.snapshot.state.yaw_rad()[rows, slot]
        x, y = self.snapshot.x[rows, slot], self.snapshot.y[rows, slot]
        road = roads.road_heading_rad(x, y)
        along = np.cos(road) * np.cos(heading) + np.sin(road) * np.sin(heading) >= 0.0
        left = (np.array(words) == "left") == along
        return np.where(left, roads.left[rows, lane], roads.right[rows, lane])

    def _words(self, expr: Expr) -> list[str]:
        from simengine.engine.initial import enum_words

        return enum_words(expr, self, self.variants.count)

    def cover_values(self, row: int) -> Mapping[str, float | bool | str | None]:
        """Values of the coverage items that wait for events, of one variant."""
        out: dict[str, float | bool | str | None] = {}
        for cover in self.variants.program.covers:
            if cover.event is not None:
                out[cover.name] = _plain(float(self.covers[cover.name][row]), cover.expr)
        return out


def _plain(value: float, expr: Expr) -> float | bool | str | None:
    if np.isnan(value):
        return None
    if expr.type.kind == "bool":
        return bool(value)
    if expr.type.kind == "enum" and expr.type.choices:
        return expr.type.choices[int(value)]
    return value
