"""Timelines, reactions, stops and monitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from simengine.errors import an
from simengine.language import syntax as ast
from simengine.language.bindings import bounded, define
from simengine.language.calls import complete_arguments
from simengine.language.declare import weight_of
from simengine.language.derived import derived_from
from simengine.language.destinations import moves_body, takes_place
from simengine.language.driving import Drivers
from simengine.language.expressions import coerce, expression
from simengine.language.faulting import fits_sensor
from simengine.language.limits import NODES, SIMULATED_TIME_S
from simengine.language.names import entity_target, one_entity
from simengine.language.place import lane_exists
from simengine.language.program import (
    Act,
    Always,
    And,
    Assign,
    Atom,
    Block,
    Case,
    Choice,
    Condition,
    Definition,
    Eventually,
    Monitor,
    Not,
    Or,
    StopAfter,
    Temporal,
    Timeline,
    Wait,
    When,
)
from simengine.language.scope import Context, Where
from simengine.language.supports import constant
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref, SensorRef
from simengine.sensors.tuning import SETTABLE
from simengine.world.library import BOOL, INT, Property, Signature, quantity
from simengine.world.vocabulary import ACTIONS, METHODS, find, members

__all__ = ["Behaviour"]

_TIME, _SPEED = quantity("time"), quantity("speed")
_STATE = Where(state=True, place="a timeline")
_OTHERS = ("target", "danger", "beside")
"""Parameters that name one entity other than the one that acts."""
_DURATION = Property("duration", _TIME, None, 0.0, SIMULATED_TIME_S, "a time of at least 0 s and at most 1 h")


@dataclass
class Behaviour:
    """Lowers what happens over time; nodes are numbered in the order of the text."""

    ctx: Context
    nodes: int = 0
    timeline: list[Timeline] = field(default_factory=list["Timeline"])
    whens: list[When] = field(default_factory=list[When])
    stop_when: list[Condition] = field(default_factory=list[Condition])
    stop_after: list[StopAfter] = field(default_factory=list[StopAfter])
    monitors: list[Monitor] = field(default_factory=list[Monitor])
    drivers: Drivers = field(init=False)

    def __post_init__(self) -> None:
        self.drivers = Drivers(self.ctx)

    def statement(self, s: ast.Statement) -> None:
        """Lower one statement of the scenario, if it is one of behaviour."""
        match s.kind:
            case "do":
                self.timeline += self._body(s.body)
            case "when":
                self._when(s)
            case "stop_when":
                condition = expression(self.ctx, cast(ast.Expression, s.expr), _STATE, BOOL)
                if condition is not None:
                    self.stop_when.append(Condition(condition, s.span))
            case "stop_after":
                self._stop(s)
            case "ensure" | "expect":
                self._monitor(s)
            case _:
                pass

    def _when(self, s: ast.Statement) -> None:
        condition = expression(self.ctx, cast(ast.Expression, s.expr), _STATE, BOOL)
        holds = expression(self.ctx, s.extra["holds"], _STATE, _TIME) if "holds" in s.extra else None
        if holds is not None:
            holds = bounded(self.ctx, f"when.{len(self.whens) + 1}.holds", holds, _DURATION)
        body = self._body(s.body)
        if condition is not None and (holds is not None or "holds" not in s.extra):
            self.whens.append(When(condition, holds, tuple(body), s.span))

    def _stop(self, s: ast.Statement) -> None:
        path = "stop.after" + (f".{len(self.stop_after) + 1}" if self.stop_after else "")
        if self.duration(path, cast(ast.Bind, s.bind)):
            low, high = self.ctx.supports.get(path, (0.0, 0.0))
            if self.ctx.awaits(self.ctx.definitions[path]):
                pass  # who extends the template is told
            elif high > SIMULATED_TIME_S:
                self.ctx.sink.error("E0110", s.span, "a run lasts at most 1 h", help="stop earlier")
            elif low <= 0:
                self.ctx.sink.error("E0208", s.span, "a run lasts longer than 0 s")
            self.stop_after.append(StopAfter(path, s.span))

    def duration(self, path: str, bind: ast.Bind) -> bool:
        """Plan and make a drawn or fixed time; it is known before the run."""
        ctx, where = self.ctx, Where(place="a duration")
        ctx.plan(path, bind.span, lambda: define(ctx, path, bind.span, bind, where, _TIME, _DURATION))
        return ctx.demand(path, bind.span) is not None

    # ---- timeline

    def _body(self, statements: Sequence[ast.Statement]) -> list[Timeline]:
        made = [self._node(s) for s in statements]
        return [m for m in made if m is not None]

    def _node(self, s: ast.Statement) -> Timeline | None:
        self.nodes += 1
        if self.nodes == NODES + 1:
            self.ctx.sink.error("E0110", s.span, f"a scenario has at most {NODES:,} timeline nodes")
        node = self.nodes
        match s.kind:
            case "wait_until":
                condition = self._until(s)
                return Wait(node, condition, None, s.span) if condition else None
            case "wait_for":
                path = f"timeline.{node}.wait"
                return Wait(node, None, path, s.span) if self.duration(path, cast(ast.Bind, s.bind)) else None
            case "act":
                return self._act(s, node)
            case "assign":
                return self._assign(s, node)
            case _:
                return self._block(s, node)

    def _until(self, s: ast.Statement) -> Expr | None:
        return expression(self.ctx, s.extra["until"], _STATE, BOOL) if "until" in s.extra else None

    def _block(self, s: ast.Statement, node: int) -> Timeline | None:
        until = self._until(s)
        label = s.label.id if s.label else None
        if s.kind == "one_of":
            return self._one_of(s, node, label)
        times = self._times(s)
        body = tuple(self._body(s.body))
        kind = "serial" if s.kind == "serial" else "parallel" if s.kind == "parallel" else "repeat"
        return Block(node, label, kind, body, until, times, (), None, s.span)

    def _times(self, s: ast.Statement) -> int:
        if s.number is None:
            return 1
        value = s.number.value
        if value != int(value) or not 1 <= value <= NODES:
            self.ctx.sink.error("E0208", s.number.span, f"'repeat' takes a whole number from 1 to {NODES:,}")
            return 1
        return int(value)

    def _one_of(self, s: ast.Statement, node: int, label: str | None) -> Timeline | None:
        cases: list[Case] = []
        for case in s.body:
            if case.names:
                self.ctx.sink.error(
                    "E0205", case.names[0].span, "a case of 'one_of' has no name", help="name the first action in it"
                )
            if case.number is not None and case.number.unit not in (None, "%", "pct"):
                self.ctx.sink.error("E0203", case.number.span, "a weight is a plain number or a percentage")
            cases.append(Case(weight_of(case), tuple(self._body(case.body))))
        if not cases or sum(c.weight for c in cases) <= 0:
            self.ctx.sink.error("E0212", s.span, "the weights of the cases must add up to more than zero")
            return None
        path = f"timeline.{node}.case"
        values = tuple(Const(float(k), INT, s.span) for k in range(len(cases)))
        drawn = Definition(path, Choice(values, tuple(c.weight for c in cases), s.span), INT, s.span)
        self.ctx.plan(path, s.span, lambda: drawn)
        self.ctx.demand(path, s.span)
        return Block(node, label, "one_of", (), None, 1, tuple(cases), path, s.span)

    def _assign(self, s: ast.Statement, node: int) -> Timeline | None:
        assert s.expr is not None and s.bind is not None
        found = self._driven(s.expr)
        if found is not None:
            return self._switch(s, node, found)
        target = expression(self.ctx, s.expr, _STATE)
        if target is None:
            return None
        if not isinstance(target, Ref):
            self.ctx.sink.error("E0216", target.span, "only a property is set", help="write 'entity.property = value'")
            return None
        table = self._property(target.path)
        if table is None:
            self._fixed(target)
            return None
        sources = derived_from(self.ctx, target.path)
        if sources and self.ctx.world is not None:
            free = [n for n in sources if n in self.ctx.world.settable]
            self.ctx.sink.error(
                "E0216", target.span, f"'{table.name}' cannot be set while running: it follows from '{sources[0]}'",
                help=f"set '{free[0]}'" if free else "",
            )  # fmt: skip
            return None
        if isinstance(s.bind.value, ast.Dist):
            path = f"timeline.{node}.value"
            bind, kind = s.bind, target.type
            where = Where(place="a draw")
            self.ctx.plan(path, s.span, lambda: define(self.ctx, path, s.span, bind, where, kind, table))
            made = self.ctx.demand(path, s.span)
            value: Expr | None = Ref(path, made.type, s.bind.span) if made else None
        else:
            value = expression(self.ctx, s.bind.value, _STATE, target.type)
        value = coerce(self.ctx, value, target.type, f"'{table.name}'") if value else None
        value = bounded(self.ctx, f"timeline.{node}.value", value, table) if value else None
        self.ctx.tuned.add(target.path)
        return Assign(node, target.path, value, s.span, target.index) if value else None

    def _property(self, path: str) -> Property | None:
        """The property of a path, if it can be set while running."""
        name, _, prop = path.partition(".")
        if name == "world" and self.ctx.world and prop in self.ctx.world.settable:
            return self.ctx.world_properties().get(prop)
        sensor = self.ctx.sensors.get(name)
        if sensor is not None:
            known = {p.name: p for p in sensor.kind.properties}
            return known[prop] if prop in SETTABLE.get(sensor.kind.name, ()) else None
        entity = self.ctx.entities.get(name)
        return entity.properties.get(prop) if entity and prop == "speed" else None

    def _fixed(self, target: Ref) -> None:
        """Report a property that keeps its value during a run, and say why."""
        name = target.path.partition(".")[0]
        known = self.ctx.world.settable if self.ctx.world else ()
        help, note = "set it in the block that declares it", "a name stands for one value all through a run"
        if name == "world":
            note = "it is built into the world before the run"
            help = f"these can change: {', '.join(known)}" if known else help
        elif name in self.ctx.entities:
            note = "looks, sizes and places are those of the scene that is built before the run"
            help = "the speed can change, and the controller of a vehicle; what moves is moved by actions"
        elif name in self.ctx.sensors:
            can = ", ".join(SETTABLE.get(self.ctx.sensors[name].kind.name, ()))
            note = f"it is fixed for a run; what goes wrong with a sensor is a fault: '{name}.fault(...) for 1 s'"
            help = f"of this sensor can change: {can}" if can else help
        self.ctx.sink.error(
            "E0216", target.span, f"'{target.path.removeprefix('world.')}' cannot be set while running", help=help,
            note=note,
        )  # fmt: skip

    def _driven(self, node: ast.Expression) -> EntityRef | None:
        """The vehicle of ``ego.controller``."""
        if not isinstance(node, ast.Attribute) or node.name.id != "controller":
            return None
        target = entity_target(self.ctx, node.base, _STATE, expression)
        return target if target and target.type.of == "vehicle" else None

    def _switch(self, s: ast.Statement, node: int, target: EntityRef) -> Timeline | None:
        """Another controller takes over."""
        assert s.bind is not None
        made = self.drivers.switch(self.ctx.entities[target.name], s.bind, node)
        if made is None:
            return None
        word, args = made
        return Assign(node, f"{target.name}.controller", word, s.span, target.index, args)

    # ---- actions

    def _act(self, s: ast.Statement, node: int) -> Timeline | None:
        call = s.expr
        if not isinstance(call, ast.CallX):
            self.ctx.sink.error(
                "E0204", s.span, "expected an action", help="actions are calls, for example 'kid.run(across = road)'"
            )  # fmt: skip
            return None
        found = self.action(call)
        if found is None:
            return None
        signature, receiver = found
        args = self.arguments(signature, receiver, call, node)
        until = self._until(s)
        path = f"timeline.{node}.for" if "for" in s.binds else None
        if path is not None and not self.duration(path, s.binds["for"]):
            return None
        if args is None or ("until" in s.extra and until is None) or not self.sense(signature, receiver, args, call):
            return None
        if isinstance(receiver, SensorRef) and not fits_sensor(self.ctx, receiver, args, call.span):
            return None
        if not signature.runs:
            self.ctx.later(s.span, f"the action '{signature.name}'")
        if isinstance(receiver, EntityRef) and not moves_body(self.ctx, signature.name, receiver, args, s.span):
            return None
        label = s.label.id if s.label else None
        return Act(node, label, signature.name, receiver, args, until, path, s.span)

    def action(self, call: ast.CallX) -> tuple[Signature, EntityRef | SensorRef | None] | None:
        """What is called and on whom."""
        function = call.function
        if isinstance(function, ast.Name):
            signature = find(ACTIONS, function.id)
            if signature is None:
                self._unknown_action(function)
            return (signature, None) if signature else None
        if not isinstance(function, ast.Attribute):
            self.ctx.sink.error("E0204", call.span, "expected an action")
            return None
        base = function.base
        receiver: EntityRef | SensorRef | None
        if isinstance(base, ast.Name) and base.id in self.ctx.sensors:
            receiver = cast(SensorRef, expression(self.ctx, base, _STATE))
            category = "sensor"
        else:
            receiver = entity_target(self.ctx, base, _STATE, expression)
            category = receiver.type.of if receiver else ""
        if receiver is None or (isinstance(receiver, EntityRef) and not one_entity(self.ctx, receiver)):
            return None
        signature = find(ACTIONS, function.name.id, category)
        if signature is None:
            self._no_such_action(function.name, category, receiver.name)
            return None
        return signature, receiver

    def _unknown_action(self, name: ast.Name) -> None:
        owner = next((a for a in ACTIONS if a.name == name.id and a.receiver), None)
        if owner is not None:
            self.ctx.sink.error(
                "E0205", name.span, f"'{name.id}' needs somebody who does it", help=f"'entity.{name.id}(...)'"
            )
            return
        self.ctx.unknown("action", name, [a.name for a in ACTIONS])

    def _no_such_action(self, name: ast.Name, category: str, who: str) -> None:
        names = members(ACTIONS, category)
        if find(METHODS, name.id, category):
            self.ctx.sink.error(
                "E0204", name.span, f"'{name.id}' is a question, not an action",
                help=f"'wait until {who}.{name.id}(...) ...'",
            )  # fmt: skip
            return
        self.ctx.unknown(f"action|{an(category)}", name, names, f"actions of {an(category)}: {', '.join(names)}")

    def arguments(
        self, signature: Signature, receiver: EntityRef | SensorRef | None, call: ast.CallX, node: int
    ) -> Mapping[str, Expr] | None:
        """The arguments; a drawn one is the definition "timeline.<node>.<argument>"."""
        ctx = self.ctx
        name = receiver.name if isinstance(receiver, EntityRef) else None
        actor = receiver if isinstance(receiver, EntityRef) else None
        signature = replace(signature, parameters=tuple(self._within_kind(p, name) for p in signature.parameters))
        where = Where(state=True, place="an action", receiver=name, actor=actor)

        def drawn(prop: Property, dist: ast.Dist) -> Expr | None:
            path = f"timeline.{node}.{prop.name}"
            bind = ast.Bind(dist, dist.span)
            ctx.plan(
                path, dist.span, lambda: define(ctx, path, dist.span, bind, Where(place="a draw"), prop.type, prop)
            )
            made = ctx.demand(path, dist.span)
            return Ref(path, made.type, dist.span) if made else None

        made = complete_arguments(ctx, signature, call.arguments, call.span, where, expression, drawn)
        if made is None:
            return None
        table = {p.name: p for p in signature.parameters}
        kept = {n: bounded(ctx, f"timeline.{node}.{n}", value, table[n]) for n, value in made.items()}
        good = {n: value for n, value in kept.items() if value is not None}
        return good if len(good) == len(kept) else None

    def _within_kind(self, prop: Property, name: str | None) -> Property:
        """A speed that is asked for is one that the kind can have at the start: no bicycle goes at 60 m/s."""
        owner = self.ctx.entities.get(name) if name is not None else None
        if owner is None or prop.type != _SPEED:
            return prop
        own = next((p for p in owner.kind.properties if p.name == "speed"), None)
        return prop if own is None or own.high >= prop.high else replace(prop, high=own.high)

    def _another(self, receiver: EntityRef | SensorRef | None, target: EntityRef) -> bool:
        """The target of an action is one entity, and not the one that acts."""
        if not one_entity(self.ctx, target):
            return False
        if not isinstance(receiver, EntityRef) or receiver.name != target.name:
            return True
        number = constant(target.index)
        if target.index is None or (number is not None and number == constant(receiver.index)):
            self.ctx.sink.error("E0205", target.span, f"'{target.name}' cannot be its own target", help="name another")
            return False
        return True

    def sense(
        self, signature: Signature, receiver: EntityRef | SensorRef | None, args: Mapping[str, Expr], call: ast.CallX
    ) -> bool:
        """Alternatives of which one is needed: ``run(across = ...)`` or ``run(to = ...)``."""
        if signature.name in ("run", "walk") and ("across" in args) == ("to" in args):
            problem = "needs 'across' or 'to'" if "across" not in args else "takes 'across' or 'to', not both"
            regions = f"regions here: {', '.join(self.ctx.regions)}" if self.ctx.regions else ""
            self.ctx.sink.error("E0205", call.span, f"'{signature.name}' {problem}", note=regions)
            return False
        other = args.get("beside")
        if isinstance(other, EntityRef) and (other.type.of != "person" or "to" not in args):
            person = other.type.of == "person"
            problem = "goes with 'to' only: who crosses keeps straight on" if person else "needs somebody on foot"
            self.ctx.sink.error("E0205", other.span, f"'beside' {problem}", help="write 'walk(to = ..., beside = mum)'")
            return False
        world = self.ctx.world
        if signature.name == "turn" and ("direction" in args) == ("exit" in args):
            problem = "needs 'direction' or 'exit'" if "exit" not in args else "takes 'direction' or 'exit', not both"
            self.ctx.sink.error("E0205", call.span, f"'turn' {problem}", help="write 'turn(direction = left)'")
            return False
        if signature.name == "turn" and world is not None and not world.arms:
            self.ctx.sink.error(
                "E0205", call.span, f"'turn' needs a junction, and the world '{world.name}' has none",
                help="write 'world junction(...)', or 'change_lane' for the lane beside",
            )  # fmt: skip
            return False
        single = {p.name for p in signature.parameters if p.type.kind == "entity"}.intersection(_OTHERS)
        for name in sorted(single & args.keys()):
            target = args[name]
            if isinstance(target, EntityRef) and not self._another(receiver, target):
                return False
        for name, value in args.items():
            if not takes_place(self.ctx, signature.name, name, value, _STATE):
                return False
            if isinstance(value, Call) and value.function == "lane" and not lane_exists(self.ctx, value):
                return False
            if constant(value) == 0 and name == "rate":
                message = f"'{signature.name}' with a '{name}' of 0 never gets anywhere"
                self.ctx.sink.error("E0208", value.span, message, help="write a positive number")
                return False
        return True

    # ---- monitors

    def _monitor(self, s: ast.Statement) -> None:
        assert s.expr is not None
        formula = self.formula(s.expr, Where(state=True, place=f"'{s.kind}'"))
        if formula is not None:
            kind = "ensure" if s.kind == "ensure" else "expect"
            self.monitors.append(Monitor(kind, formula, s.text, self.ctx.text(s.expr.span), s.span))

    def formula(self, node: ast.Expression, where: Where) -> Temporal | None:
        """Temporal operators down to conditions."""
        if isinstance(node, ast.Timed):
            return self._timed(node, where)
        if isinstance(node, ast.Prefix) and node.op == "not":
            item = self.formula(node.item, where)
            return Not(item, node.span) if item else None
        if isinstance(node, ast.Logic):
            items = [self.formula(i, where) for i in node.items]
            good = tuple(i for i in items if i is not None)
            if len(good) < len(items):
                return None
            return And(good, node.span) if node.op == "and" else Or(good, node.span)
        made = expression(self.ctx, node, where, BOOL)
        return Atom(made, node.span) if made else None

    def _timed(self, node: ast.Timed, where: Where) -> Temporal | None:
        item = self.formula(node.item, where)
        limit: Expr | None = None
        phase: str | None = None
        if node.bound == "during":
            phase = self.phase(cast(ast.Name, node.limit))
            if phase is None:
                return None
        elif node.bound is not None and node.limit is not None:
            initial = Where(place="the bound of a monitor")
            found = expression(self.ctx, node.limit, initial)
            limit = coerce(self.ctx, found, _TIME, initial.place) if found else None
            limit = (
                bounded(self.ctx, f"monitor.{len(self.monitors) + 1}.@{node.span.column}", limit, _DURATION)
                if limit
                else None
            )
            if limit is None:
                return None
        if item is None:
            return None
        make = Always if node.op == "always" else Eventually
        return make(item, node.bound, limit, phase, node.span)

    def phase(self, name: ast.Name) -> str | None:
        """A named phase of the timeline."""
        symbol = self.ctx.symbols.get(name.id)
        if symbol is not None and symbol.kind == "phase":
            return name.id
        phases = [n for n, s in self.ctx.symbols.items() if s.kind == "phase"]
        note = (
            f"phases: {', '.join(phases)}" if phases else "a phase is a node of 'do:' with a name: 'dart: kid.run(...)'"
        )
        self.ctx.unknown("phase", name, phases, note)
        return None
