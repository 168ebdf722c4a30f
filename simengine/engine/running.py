"""The running simulation as conditions, actions and monitors see it: state properties, events, orders to actors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.arrivals import Arrivals
from simengine.engine.chassis import require_reachable, road_grip
from simengine.engine.doorsteps import doorstep
from simengine.engine.fault_log import FaultLog
from simengine.engine.meetings import require_in_time
from simengine.engine.monitors import atoms
from simengine.engine.red_lights import RedLights, shown
from simengine.engine.scenes import SceneEnv
from simengine.engine.signal_programme import SignalProgramme
from simengine.engine.timeline import PhaseEvent, TimelineMachine
from simengine.engine.variants import Variants
from simengine.engine.weather_log import WeatherLog
from simengine.errors import NotRunnableError, ProgramError, UsageError
from simengine.language.areas import names_area
from simengine.language.dependencies import walk
from simengine.language.evaluate import evaluate, robustness
from simengine.language.kinds import number_text
from simengine.language.program import Act, Assign, Monitor
from simengine.language.terms import Call, Const, EntityRef, EventRef, Expr, Ref, SensorRef, Vector
from simengine.physics.agenda import Argument
from simengine.physics.simulation import Simulation
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.world.library import Property, ValueType
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
        red_lights: who has run one.
        last_matters: a monitor reads a coverage item of the end of the run, which then has a value in every tick.
        going: variants that have not stopped, (B,): the others take no orders any more.
    """

    def __init__(self, variants: Variants, simulation: Simulation, state: WorldState, rate_hz: int) -> None:
        super().__init__(variants, simulation.cast, state)
        self.simulation, self._rate_hz, self.tick = simulation, rate_hz, 0
        self.machine: TimelineMachine | None = None
        self._everywhere = np.ones(variants.count, np.bool_)
        self.going = self._everywhere
        self.covers: dict[str, F64Array] = {
            c.name: np.full(variants.count, np.nan) for c in variants.program.covers if c.event is not None
        }
        self._last = [c for c in variants.program.covers if c.event is not None and not c.event.phase]
        names = {c.name for c in self._last}
        self.last_matters = any(
            isinstance(e, Ref) and e.path in names
            for m in variants.program.monitors for atom in atoms(m.formula) for e in walk(atom)
        )  # fmt: skip
        self.faults = FaultLog(variants.count, rate_hz)
        self.red_lights = RedLights(variants, state, rate_hz)
        for signal in self.red_lights.signals:
            simulation.show(signal, shown(variants, signal), np.ones(variants.count, np.bool_))
        self.weather, self.tunings = WeatherLog(rate_hz), WeatherLog(rate_hz)
        self._programme = SignalProgramme(variants)
        self._event_s: dict[tuple[str, str], F64Array] = {}
        self._arrivals = Arrivals(variants, simulation)
        self._settling: dict[int, EntityRef] = {}
        self._orders: dict[int, dict[int, tuple[int, BoolArray]]] = {}  # node -> slot -> (handle, rows)

    def advance(self, state: WorldState) -> None:
        """Look at the next tick."""
        self.tick += 1
        self.red_lights.advance(state, self.tick)
        self.see(state, self.simulation.impacts.touching)

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
        if prop == "hit_wall":
            return self.simulation.impacts.hit_wall[:, slot]
        if prop == "ran_red":
            return self.red_lights.ran[:, slot]
        if prop == "visible":
            return self.visible_anywhere(slot)
        if prop in ("holding", "dropped"):
            return (self.simulation.holding if prop == "holding" else self.simulation.dropped)[:, slot]
        if ref.path in self.variants.values:  # a property that nothing changes
            return super().value(ref)
        raise NotRunnableError(f"{ref.span.where}: '{ref.path}' does not run in this version")

    def still(self, slot: int) -> BoolArray:
        """It does not move; a loose thing: it has come to rest."""
        loose = bool(self.cast.loose) and self.cast.loose[slot]
        return self.simulation.still[:, slot] if loose else super().still(slot)

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
        rows = rows & self.going
        if isinstance(act.receiver, SensorRef):
            self._fail(node, act, act.receiver.name, rows)
            return
        if act.action == "settle" and isinstance(group := act.args["target"], EntityRef):
            self._settling[node] = group
            return
        if not isinstance(act.receiver, EntityRef):
            raise NotRunnableError(f"{act.span.where}: action '{act.action}' does not run in this version")
        orders = self._orders.setdefault(node, {})
        for slot, where in self._receivers(act.receiver):
            mine = rows & where
            handle, kept = orders.get(slot, (-1, np.zeros_like(rows)))
            args = self._arguments(act, slot)
            self._require_numbers(act, args, rows)
            self._require_bounds(act, act.receiver.type.of, args, rows)
            if self.simulation.dynamic is not None:
                require_reachable(act, self.simulation, slot, args, mine, (self.variants.indices, self.tick))
            if mine.any():
                if act.action == "teleport":
                    self._arrivals.note(act, slot, np.asarray(args["to"], np.float64), mine, self.tick)
                if act.action == "synchronise":
                    require_in_time(act, self.simulation, slot, args, mine, (self.variants.indices, self.tick))
                handle = self._begin(node, act, slot, args, mine)
            if handle >= 0:
                orders[slot] = (handle, (kept & ~rows) | mine)

    def _begin(self, node: int, act: Act, slot: int, args: Mapping[str, Argument], rows: BoolArray) -> int:
        """Hand an order to the physics; of what that refuses, the first variant is told in which it is refused."""
        try:
            return self.simulation.start(act.action, slot, args, rows, key=node)
        except UsageError as error:
            where = np.flatnonzero(rows).tolist()
            if len(where) > 1:
                for row in where:
                    alone = np.zeros_like(rows)
                    alone[row] = True
                    self._begin(node, act, slot, args, alone)
            which = f"variant {int(self.variants.indices[where[0]])}, tick {self.tick}"
            raise ProgramError(f"{act.span.where}: {error} ({which})") from None

    def require_room(self) -> None:
        """Refuse who has been put into something in this tick, once all orders are given."""
        self._arrivals.require_room(self.tick)

    def _arguments(self, act: Act, slot: int) -> dict[str, Argument]:
        """Arguments for one actor: a station is that of its own lane, and that of its target's."""
        if self.cast.categories[slot] == "robot":
            return self._of_robot(act)
        args: dict[str, Argument] = {n: self._argument(n, expr, slot) for n, expr in act.args.items()}
        if act.action == "synchronise" and isinstance(target := act.args["target"], EntityRef):
            args["meet"] = self._destination(act.args["at"], self._slot(target.name, target.index))
        if act.action == "look" and isinstance(target := act.args["at"], EntityRef):
            args["target"] = self._slot(target.name, target.index).astype(np.float64)
        if act.action == "open_door":
            args["side"] = np.array([float(w == "right") for w in self._words(act.args["side"])])
        if act.action in ("lights", "look"):
            args["lasting"] = float(act.duration is not None or act.until is not None)
        if act.action == "teleport":
            args["to"], args["heading"] = self._somewhere(act.args["to"], slot)
        if act.action == "park":
            args = self._parking_place(act.args["at"], slot)
        if act.action in ("walk", "run") and isinstance(target := act.args.get("to"), EntityRef):
            args["to"] = doorstep(self.variants, self.snapshot, slot, self._slot(target.name, target.index))
        return args

    def _parking_place(self, place: Expr, slot: int) -> dict[str, Argument]:
        """A point at the kerb, or the middle of a bay and its direction inward."""
        if not names_area(place):
            return {"to": self._somewhere(place, slot)[0]}
        top = self._areas(place).top
        if not bool(np.isfinite(top).all()):
            raise ProgramError(f"{place.span.where}: this world has no such bay in every variant")
        return {"to": np.ascontiguousarray(top[:, :2]), "heading": np.ascontiguousarray(top[:, 2])}

    def _of_robot(self, act: Act) -> dict[str, Argument]:
        """What a robot looks at or picks, by slot; where it puts things down, as rectangles."""
        if act.action == "place":
            return self._put_down(act.args["at"])
        for target in act.args.values():
            if isinstance(target, EntityRef):
                return {"target": self._slot(target.name, target.index).astype(np.float64)}
        return {}

    def _put_down(self, place: Expr) -> dict[str, Argument]:
        """Where things are put down: rectangles (B, 5) of x, y, heading, length, width; of ground, which is no
        rectangular top, its level (B,) and its triangles (B, T, 3, 2)."""
        rows = self.variants.roads.rows
        if isinstance(place, EntityRef):
            slot = self._slot(place.name, place.index)
            size = np.where(
                self.variants.hollow_m[rows, slot, :1] > 0.0, self.variants.hollow_m[rows, slot],
                self.variants.size_m[rows, slot],
            )  # fmt: skip
            at, yaw = self.snapshot.state.position_m[rows, slot], self.snapshot.state.yaw_rad()[rows, slot]
            return {"area": np.stack([at[:, 0], at[:, 1], yaw, size[:, 0], size[:, 1]], -1)}
        areas = self._areas(place)
        if bool(np.isfinite(areas.top).all()):
            return {"area": areas.top}
        return {"area": np.zeros_like(areas.top), "level": areas.height_m, "triangles": areas.triangles_m}

    def _somewhere(self, place: Expr, slot: int) -> tuple[F64Array, F64Array]:
        """Points (B, 2) and headings (B,) of a place: as the lane there, as the entity there; people keep theirs."""
        roads, count = self.variants.roads, self.variants.count
        x, y = (np.ascontiguousarray(v[:, slot]) for v in (self.snapshot.x, self.snapshot.y))
        to = self._destination(place, slot)
        if to.ndim == 1:  # a lane, as far along as it is
            lane = to.astype(np.int64)
            safe = np.clip(lane, 0, roads.exists.shape[1] - 1)
            if bool(((lane != safe) | ~roads.exists[roads.rows, safe]).any()):
                raise ProgramError(f"{place.span.where}: there is no such lane to be put on")
            x, y, yaw = roads.lane_pose(safe, roads.frame(safe, x, y)[0], np.zeros(count))
            to = np.stack([x, y], -1)
        elif isinstance(place, EntityRef):
            yaw = self.snapshot.state.yaw_rad()[roads.rows, self._slot(place.name, place.index)]
        else:
            x, y = np.ascontiguousarray(to[:, 0]), np.ascontiguousarray(to[:, 1])
            yaw = roads.frame(roads.nearest_lane(x, y), x, y)[2]
        if self.cast.categories[slot] == "person":
            yaw = self.snapshot.state.yaw_rad()[:, slot]
        return to, np.asarray(yaw, np.float64)

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
        if node in self._settling:
            group = self._settling[node]
            out = self._everywhere.copy()
            for slot, where in self._receivers(group):
                out &= self.still(slot) | ~where | ~self.variants.active[:, slot]
            return out
        out = self._everywhere.copy()
        for slot, (handle, rows) in self._orders.get(node, {}).items():
            out &= self.simulation.finished(handle) | ~(rows & self.variants.active[:, slot])
        return out

    def cancel(self, node: int, rows: BoolArray) -> None:
        """The action of a node lets go of its actors."""
        rows = rows & self.going
        if node in self.faults.nodes:
            self.faults.end(node, rows, self.tick)
        for handle, mine in self._orders.get(node, {}).values():
            self.simulation.cancel(handle, rows & mine)

    def assign(self, assign: Assign, rows: BoolArray) -> None:
        """A speed is set, of a vehicle that which it has, of a person the pace; or its controller, or the weather, or a
        property of a sensor."""
        rows = rows & self.going
        name, _, prop = assign.target.partition(".")
        if name == "world":
            self._set_weather(assign, prop, rows)
            return
        sensor = next((s for s in self.variants.program.sensors if s.name == name), None)
        if sensor is not None:
            table = {p.name: p for p in SENSOR_KINDS[sensor.kind].properties}
            self._note(assign, self.tunings, assign.target, table[prop], rows)
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
            try:
                self.simulation.set_speed(slot, value, mine)
            except UsageError as error:
                raise ProgramError(f"{assign.span.where}: {error}") from None

    def _set_weather(self, assign: Assign, prop: str, rows: BoolArray) -> None:
        decl = self.variants.program.world
        kind = self.variants.libraries[decl.library].worlds[decl.kind] if decl else None
        table = {p.name: p for p in kind.properties} if kind else {}
        value = self._note(assign, self.weather, prop, table.get(prop), rows)
        self._show(prop, value, rows)
        if self.simulation.dynamic is not None:
            self.simulation.dynamic.drive_on(road_grip(self.variants, self.weather, self.tick))

    def _show(self, prop: str, value: F64Array, rows: BoolArray) -> None:
        """Who drives and who looks for red lights sees what a signal shows from now on."""
        self.red_lights.set(prop, value, rows)
        if prop in self.red_lights.signals:
            self.simulation.show(prop, shown(self.variants, prop, value), rows)

    def switch_signals(self) -> None:
        """Signals with a programme show what is due in this tick."""
        for prop, value, rows in self._programme.due(self.tick / self._rate_hz):
            self.weather.set(prop, value, rows, self.tick)
            self._show(prop, value, rows)

    def _note(self, assign: Assign, log: WeatherLog, name: str, prop: Property | None, rows: BoolArray) -> F64Array:
        """A number within the limits of a property is noted; the numbers, (B,)."""
        value = np.broadcast_to(self._number(assign.value), rows.shape)
        low, high = (prop.low, prop.high) if prop else (-np.inf, np.inf)
        bad: BoolArray = rows & ~((value >= low) & (value <= high))
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ProgramError(
                f"{assign.span.where}: '{name}' is set to {float(value[row]):g} (SI) in variant "
                f"{int(self.variants.indices[row])}; it must lie between {low:g} and {high:g}"
            )
        log.set(name, np.asarray(value, np.float64), rows, self.tick)
        return np.asarray(value, np.float64)

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

    def _argument(self, name: str, expr: Expr, slot: int) -> Argument:
        if isinstance(expr, Vector) and expr.type.kind == "list":
            return np.ascontiguousarray(np.stack([self._point(p, slot)[:, :2] for p in expr.items], 1))
        if name in ("target", "danger", "beside") and isinstance(expr, EntityRef):
            return self._slot(expr.name, expr.index).astype(np.float64)
        if isinstance(expr, Const) and isinstance(expr.value, str):
            return expr.value
        if expr.type.kind == "place" or isinstance(expr, EntityRef):
            return self._destination(expr, slot)
        return np.asarray(evaluate(expr, self, self.variants.count), np.float64)

    def _destination(self, place: Expr, actor: int | I64Array) -> Array:
        """A place as the actions take it: the index of a lane, or points of the ground plan."""
        if isinstance(place, Ref) and place.path.endswith(".lane"):
            return self._lanes(self._slot(place.path.partition(".")[0], place.index)).astype(np.float64)
        if isinstance(place, Call) and place.function == "lane":
            return self.seconds(place.args["index"]) - 1.0
        if isinstance(place, Call) and place.function == "lane_beside":
            return self._lane_beside(place).astype(np.float64)
        return np.ascontiguousarray(self._point(place, actor)[:, :2])

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
        road = roads.frame(lane, x, y)[2] + np.where(roads.forward[rows, lane], 0.0, np.pi)
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
