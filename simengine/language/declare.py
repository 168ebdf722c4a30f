"""Declarations: parameters, the world, entities, sensors and their settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from simengine.errors import did_you_mean
from simengine.language import syntax as ast
from simengine.language.areas import named_any_pavement, walking_speed
from simengine.language.bindings import binding, define
from simengine.language.calls import default_expression, match_arguments
from simengine.language.cases import Cases, Own
from simengine.language.derived import derive
from simengine.language.diagnostics import Label
from simengine.language.driving import Drivers
from simengine.language.expected import BODY_WORDS
from simengine.language.joint import joint_choice
from simengine.language.kinds import TYPE_NAMES
from simengine.language.limits import ARRAY_ELEMENTS
from simengine.language.names import dotted
from simengine.language.program import Choice, Definition
from simengine.language.scope import Context, EntityInfo, SensorInfo, Where, entity_info
from simengine.language.terms import Awaited, Const, Ref, Span, Vector
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import DIMENSIONS
from simengine.world.library import INT, Property, ValueType, enum, quantity
from simengine.world.vocabulary import ATTRIBUTES, READ_ONLY_SIZES, find

__all__ = ["Declarations"]


@dataclass(frozen=True)
class _Owner:
    """Whose property a setting sets."""

    prefix: str
    title: str
    properties: Mapping[str, Property]
    entity: EntityInfo | None = None


def _element_of(node: ast.Expression) -> str:
    """The array of which ``a[k].b`` is a property of one element; "" otherwise."""
    while isinstance(node, ast.Attribute):
        node = node.base
    return node.base.id if isinstance(node, ast.Index) and isinstance(node.base, ast.Name) else ""


@dataclass
class Declarations:
    """Collects what a scenario declares and plans its definitions."""

    ctx: Context
    owners: dict[str, _Owner] = field(default_factory=dict[str, _Owner])
    param_types: dict[str, ValueType | None] = field(default_factory=dict[str, "ValueType | None"])
    params: dict[str, ast.Statement] = field(default_factory=dict[str, ast.Statement])
    drivers: Drivers = field(init=False)
    cases: Cases = field(init=False)
    generation: int = 0  # place of the scenario whose statement is planned in the chain of 'extends'

    def __post_init__(self) -> None:
        self.drivers, self.cases = Drivers(self.ctx), Cases(self.ctx)

    # ---- names first: an expression may use what is declared further down

    def collect(self, statements: Iterable[ast.Statement]) -> None:
        """Declare every name of the scenario."""
        for s in statements:
            match s.kind:
                case "param" | "let":
                    for name in s.names:
                        self.ctx.declare("value", name)
                case "choose":
                    self.ctx.declare("choice", s.names[0])
                case "entity":
                    self._entity_name(s)
                case "sensor":
                    self._sensor_name(s)
                case "cover" if s.names:
                    self.ctx.declare("cover", s.names[0])
                case "do" | "when":
                    self.phases(s.body)
                case _:
                    pass

    def phases(self, statements: Iterable[ast.Statement]) -> None:
        """Names in front of timeline nodes."""
        stack = list(statements)
        while stack:
            s = stack.pop()
            if s.label is not None:
                self.ctx.declare("phase", s.label)
            stack.extend(s.body)

    def _entity_name(self, s: ast.Statement) -> None:
        word, name = s.names
        kinds = self.ctx.kinds()
        near = word.id
        if word.id not in kinds:
            self._unknown_type(word, kinds)
            near = did_you_mean(word.id, list(kinds)) or ""  # to check the rest as it was probably meant
            if near not in kinds:
                self.ctx.failed.add(name.id)
                return
        if not self.ctx.declare("entity", name):
            return
        library, kind = kinds[near]
        info = entity_info(name, library, kind)
        info.strolls = kind.category == "person" and named_any_pavement(s)
        info.array = s.bind is not None
        self.ctx.entities[name.id] = info
        if kind.build is None:
            self.ctx.later(s.span, f"entities of type '{kind.name}' of the library '{library}'")

    def _unknown_type(self, word: ast.Name, kinds: Mapping[str, object]) -> None:
        if not self.ctx.libraries:
            self.ctx.no_library("type of entity", word)
            return
        if word.id in SENSOR_KINDS:
            message, help_text = f"'{word.id}' is a sensor", f"write 'sensor NAME on ego = {word.id}(...)'"
            self.ctx.sink.error("E0201", word.span, message, help=help_text)
            return
        self.ctx.unknown("type of entity", word, [*kinds, *BODY_WORDS], f"types in use: {', '.join(kinds)}")

    def _sensor_name(self, s: ast.Statement) -> None:
        name, kind = s.names
        if kind.id not in SENSOR_KINDS:
            self.ctx.unknown("kind of sensor", kind, list(SENSOR_KINDS), f"sensors: {', '.join(SENSOR_KINDS)}")
            self.ctx.failed.add(name.id)
            return
        if not self.ctx.declare("sensor", name):
            return
        self.ctx.sensors[name.id] = SensorInfo(name.id, SENSOR_KINDS[kind.id], name.span)
        if not SENSOR_KINDS[kind.id].runs:
            self.ctx.later(s.span, f"sensors of kind '{kind.id}'")

    # ---- definitions

    def plan(self, s: ast.Statement, generation: int) -> None:
        """Plan the definitions of one statement; ``generation``: its scenario's place in the chain of ``extends``."""
        self.generation = generation
        match s.kind:
            case "param":
                self._param(s)
            case "let":
                self._let(s)
            case "entity":
                self._entity(s)
            case "sensor":
                self._sensor(s)
            case "choose":
                self.choose(s)
            case "each":
                self.each(s)
            case "assign" | "override":
                self.assign(s, Where(place="a setting"))
            case _:
                pass

    def _param(self, s: ast.Statement) -> None:
        ctx, where = self.ctx, Where(place="a 'param'")
        wanted = self._named_type(s.type_name)
        self.param_types.update(dict.fromkeys((n.id for n in s.names), wanted))
        self.params.update(dict.fromkeys((n.id for n in s.names), s))
        if s.bind is None:
            self._open(s, wanted)
            return
        bind = s.bind
        if len(s.names) > 1:
            self.joint(s, bind, wanted)
            return
        name = s.names[0]
        ctx.plan(name.id, name.span, lambda: define(ctx, name.id, s.span, bind, where, wanted, doc=s.text))

    def _open(self, s: ast.Statement, wanted: ValueType | None) -> None:
        """A parameter of the head without a value: who extends the scenario gives it."""
        name = s.names[0]
        if wanted is None:
            if s.type_name is None:
                self.ctx.sink.error(
                    "E0205", s.span, f"the parameter '{name.id}' has neither a type nor a value",
                    help=f"write '{name.id}: length' for one that a scenario which extends this one gives, or give a "
                    "value with '=' or '~'",
                )  # fmt: skip
            self.ctx.failed.add(name.id)
            return
        self.ctx.plan(name.id, name.span, lambda: Definition(name.id, Awaited(wanted, s.span), wanted, s.span))

    def _named_type(self, name: ast.Name | None) -> ValueType | None:
        if name is None:
            return None
        if name.id in DIMENSIONS:
            return quantity(name.id)
        if name.id not in TYPE_NAMES:
            names = list(dict.fromkeys([*TYPE_NAMES, *DIMENSIONS]))  # 'number' is both
            self.ctx.unknown("type", name, names, f"types: {', '.join(names)}")
        return TYPE_NAMES.get(name.id)

    def joint(self, s: ast.Statement, bind: ast.Bind, wanted: ValueType | None) -> None:
        """``param ve, vt: speed ~ {(30 km/h, 20 km/h), ...}``: one draw of several values."""
        path = ",".join(n.id for n in s.names)
        self.ctx.plan(path, s.span, lambda: self._joint_table(s, path, bind, wanted))
        for k, name in enumerate(s.names):
            self.ctx.plan(name.id, name.span, self._component(path, k, name, s))

    def _component(
        self, path: str, k: int, name: ast.Name, s: ast.Statement
    ) -> Callable[[], Definition | None]:  # fmt: skip
        def make() -> Definition | None:
            table = self.ctx.demand(path, name.span)
            if table is None:
                return None
            assert isinstance(table.binding, Choice)
            row = table.binding.values[0]
            assert isinstance(row, Vector)
            kind, index = row.items[k].type, Const(float(k), INT, name.span)
            return Definition(name.id, Ref(path, kind, name.span, index), kind, s.span, doc=s.text)

        return make

    def _joint_table(self, s: ast.Statement, path: str, bind: ast.Bind, wanted: ValueType | None) -> Definition | None:
        made = joint_choice(self.ctx, s, bind, wanted)
        if made is None:
            return None
        kind = ValueType("vector", made.values[0].type.dimension, length=len(s.names))
        return Definition(path, made, kind, s.span, components=tuple(n.id for n in s.names), doc=s.text)

    def _let(self, s: ast.Statement) -> None:
        ctx, name, bind = self.ctx, s.names[0], s.bind
        assert bind is not None
        ctx.plan(name.id, name.span, lambda: define(ctx, name.id, s.span, bind, Where(place="a 'let'"), None))

    # ---- world, entities, sensors

    def world(self, s: ast.Statement) -> None:
        """Plan the settings of the world."""
        table = self.ctx.world_properties()
        owner = _Owner("world", f"the world '{s.names[0].id}'", table)
        self.owners["world"] = owner
        self._arguments(owner, s)
        for item in s.body:
            self.setting(owner, item, Where(place="the 'world' block"))

    def _arguments(self, owner: _Owner, s: ast.Statement) -> None:
        given = match_arguments(
            self.ctx, f"'{s.names[-1].id}'", list(owner.properties.values()), (), s.arguments, s.span
        )
        if given is None:  # what they would have set is unknown: nothing is concluded from defaults
            self.ctx.failed.update(f"{owner.prefix}.{name}" for name in owner.properties)
            return
        for prop, bind in given.values():
            self._plan_property(owner, prop, bind, bind.span, Where(place="an argument"))

    def _entity(self, s: ast.Statement) -> None:
        info = self.ctx.entities.get(s.names[1].id)
        if info is None or info.span != s.names[1].span:
            return
        if s.bind is not None:
            self._count(info, s, s.bind)
        owner = _Owner(info.name, f"the {info.kind.name} '{info.name}'", info.properties, info)
        self.owners[info.name] = owner
        for item in s.body:
            self.setting(owner, item, Where(place=f"the block of '{info.name}'"))
        for k, clause in enumerate(c for c in s.clauses if c.by is not None and c.kind != "facing"):
            self._offset(info, clause, k)

    def _offset(self, info: EntityInfo, clause: ast.Clause, k: int) -> None:
        ctx, bind = self.ctx, clause.by
        path = f"{info.name}.@by{k + 1 if k else ''}"
        array = info.name if info.array else None
        assert bind is not None
        where = Where(place="a placement")
        ctx.plan(
            path, clause.span, lambda: define(ctx, path, clause.span, bind, where, quantity("length"), array=array)
        )

    def _count(self, info: EntityInfo, s: ast.Statement, bind: ast.Bind) -> None:
        ctx, path = self.ctx, f"{info.name}.count"
        ctx.plan(path, bind.span, lambda: define(ctx, path, bind.span, bind, Where(place="a count"), INT))

    def counts(self) -> None:
        """Make the sizes of arrays, which indices are checked against."""
        for info in self.ctx.entities.values():
            if not info.array:
                continue
            made = self.ctx.demand(f"{info.name}.count", info.span)
            low, high = self.ctx.supports.get(f"{info.name}.count", (1.0, 1.0))
            span = made.span if made else info.span
            info.count_min = ARRAY_ELEMENTS  # after an error, and in a template, no index is doubted
            if made is None or self.ctx.awaits(made):
                continue
            if math.isinf(high):
                self.ctx.sink.error(
                    "E0110", span, "the size of an array needs an upper bound", help="add 'within 0..20'"
                )
            elif high > ARRAY_ELEMENTS:
                self.ctx.sink.error(
                    "E0110", span, f"an array has at most {ARRAY_ELEMENTS:,} elements, this can have {high:g}"
                )
            elif low < 0:
                self.ctx.sink.error("E0208", span, f"the size of an array is 0 or more, this can be {low:g}")
            else:
                info.count_min, info.count_max = math.ceil(low), max(1, math.floor(high))  # a slot, if an empty one

    def _sensor(self, s: ast.Statement) -> None:
        info = self.ctx.sensors.get(s.names[0].id)
        if info is None or info.span != s.names[0].span:
            return
        owner = _Owner(info.name, f"the {info.kind.name} '{info.name}'", info.properties)
        self.owners[info.name] = owner
        self._arguments(owner, s)
        for item in s.body:
            self.setting(owner, item, Where(place=f"the block of '{info.name}'"))

    # ---- settings

    def setting(self, owner: _Owner, s: ast.Statement, where: Where, active: tuple[str, str] | None = None) -> None:
        """``name = value`` in a block."""
        assert s.expr is not None and s.bind is not None
        names, plain = dotted(s.expr)
        if not plain:
            self.ctx.sink.error("E0216", s.expr.span, f"a setting of {owner.title} starts with the name of a property")
            return
        self._override(s)
        self._set_property(owner, names, s, where, active)

    def _override(self, s: ast.Statement) -> None:
        if s.kind == "override" and not self.ctx.extends:
            self.ctx.sink.error(
                "E0215", s.span, "nothing to override: this scenario extends no other", help="remove 'override'"
            )

    def _set_property(
        self, owner: _Owner, names: list[ast.Name], s: ast.Statement, where: Where, active: tuple[str, str] | None
    ) -> None:
        assert s.bind is not None
        word = ".".join(n.id for n in names)
        span = names[0].span.to(names[-1].span)
        vehicle = owner.entity is not None and owner.entity.kind.category == "vehicle"
        if word == "controller" and vehicle:
            assert owner.entity is not None
            own = Own(s.span, self.generation, s.kind == "override")
            self.drivers.set(owner.entity, own, s.bind, where.variables, active)
            return
        prop = owner.properties.get(word)
        if prop is None:
            self._no_property(owner, ast.Name(word, span), vehicle)
            return
        self._plan_property(owner, prop, s.bind, span, where, active, s.kind == "override")

    def _no_property(self, owner: _Owner, word: ast.Name, vehicle: bool) -> None:
        category = owner.entity.kind.category if owner.entity else ""
        if owner.entity and (word.id in READ_ONLY_SIZES or find(ATTRIBUTES, word.id, category)):
            self.ctx.sink.error(
                "E0216", word.span, f"'{word.id}' can be read and not set", note="sizes follow from the model"
            )
            return
        own = word.id.removeprefix(owner.prefix + ".")
        if own in owner.properties and own != word.id:
            message = f"a setting of {owner.title} starts with the name of a property"
            self.ctx.sink.error("E0216", word.span, message, help=f"write '{own}'")
            return
        names = [*owner.properties, *(["controller"] if vehicle else [])]
        self.ctx.unknown(f"property|{owner.title}", word, names, f"it has {', '.join(names)}")

    def _plan_property(
        self, owner: _Owner, prop: Property, bind: ast.Bind, span: Span, where: Where,
        active: tuple[str, str] | None = None, override: bool = False,
    ) -> None:  # fmt: skip
        ctx, path = self.ctx, f"{owner.prefix}.{prop.name}"
        array = owner.prefix if owner.entity and owner.entity.array else None
        if active:
            path = self.cases.add(path, prop, array, span, active, self.generation)
        elif self.cases.note(path, Own(span, self.generation, override)):
            override = override and path in ctx.pending  # else cases alone set it before
        ctx.plan(
            path, span, lambda: define(ctx, path, span, bind, where, prop.type, prop, array, active=active), override
        )  # fmt: skip

    def _plan_default(self, prefix: str, prop: Property, span: Span, array: str | None = None) -> None:
        path, value = f"{prefix}.{prop.name}", default_expression(prop, span)
        if value is not None and path not in self.ctx.pending:
            self.ctx.plan(path, span, lambda: Definition(path, value, prop.type, span, array))

    def defaults(self) -> None:
        """Everything that is not set has its default; settings in 'choose' cases are joined to one value."""
        self.drivers.plan()
        self.cases.join()
        for owner in self.owners.values():
            info = owner.entity
            span = info.span if info else self._span_of(owner)
            array = info.name if info and info.array else None
            pace = owner.properties.get("speed") if info and info.strolls else None
            path = f"{owner.prefix}.speed"
            if pace is not None and path not in self.ctx.pending:
                drawn = walking_speed(path, pace.type, span, array)
                self.ctx.plan(path, span, lambda drawn=drawn: drawn)
            derive(self.ctx, owner.prefix, owner.title, owner.properties, span)
            for prop in owner.properties.values():
                self._plan_default(owner.prefix, prop, span, array)

    def _span_of(self, owner: _Owner) -> Span:
        sensor = self.ctx.sensors.get(owner.prefix)
        return sensor.span if sensor else self.ctx.world_span

    # ---- each, choose, assignments in the scenario

    def each(self, s: ast.Statement) -> None:
        """``each g in goods:`` settings of every element."""
        variable, array = s.names
        info = self.ctx.entities.get(array.id)
        if info is None or not info.array:
            if array.id in self.ctx.symbols:
                self.ctx.sink.error("E0204", array.span, f"'{array.id}' is no entity array")
            else:
                self.ctx.unknown("entity array", array, [e.name for e in self.ctx.entities.values() if e.array])
            return
        if variable.id in self.ctx.symbols:
            self.ctx.sink.error(
                "E0202", variable.span, f"'{variable.id}' is declared already", help="choose another name"
            )
            return
        where = Where(place="an 'each' block", variables={variable.id: array.id})
        for item in s.body:
            self.assign(item, where)

    def choose(self, s: ast.Statement) -> None:
        """``choose NAME:`` one case is drawn; its settings count."""
        ctx, name = self.ctx, s.names[0]
        words: list[str] = []
        weights: list[float] = []
        for case in s.body:
            if not case.names:
                ctx.sink.error("E0205", case.span, "a case of 'choose' needs a name", help="write 'case WEIGHT NAME:'")
                return
            if case.names[0].id in words:
                ctx.sink.error("E0202", case.names[0].span, f"the case '{case.names[0].id}' is declared twice")
                return
            if case.number is not None and case.number.unit not in (None, "%", "pct"):
                ctx.sink.error("E0203", case.number.span, "a weight is a plain number or a percentage")
            words.append(case.names[0].id)
            weights.append(weight_of(case))
        if not words:
            if not ctx.sink.errors:  # else the missing block is reported
                ctx.sink.error("E0205", s.span, "a 'choose' has at least one case", help="write 'case WEIGHT NAME:'")
            return
        if sum(weights) <= 0:
            ctx.sink.error("E0212", s.span, "the weights of the cases must add up to more than zero")
            return
        kind = enum(*words)
        values = tuple(Const(w, kind, s.span) for w in words)
        drawn = Definition(name.id, Choice(values, tuple(weights), s.span), kind, s.span)
        ctx.plan(name.id, name.span, lambda: drawn)
        self.cases.words[name.id] = tuple(words)
        for case in s.body:
            for item in case.body:
                if item.kind == "override":
                    ctx.sink.error(
                        "E0215", item.span, "'override' is not for cases: what a case sets counts before other values",
                        help="remove 'override'",
                    )  # fmt: skip
                    continue
                self.assign(item, Where(place="a 'choose' case"), (name.id, case.names[0].id))

    def assign(self, s: ast.Statement, where: Where, active: tuple[str, str] | None = None) -> None:
        """``ego.speed = ...`` or ``light.flicker = ...`` outside of the owner's block."""
        assert s.expr is not None and s.bind is not None
        names, plain = dotted(s.expr)
        self._override(s)
        array = _element_of(s.expr)
        if array in self.owners:
            what = f"the elements of '{array}' are set together"
            self.ctx.sink.error("E0216", s.expr.span, what, help=f"use 'each x in {array}:'")
            return
        if not plain or not names:
            self.ctx.sink.error("E0216", s.expr.span, "only a property is set", help="write 'entity.property = value'")
            return
        first = where.variables.get(names[0].id, names[0].id)
        owner = self.owners.get(first)
        if owner is not None and len(names) > 1:
            array = owner.entity is not None and owner.entity.array
            if array and names[0].id not in where.variables:
                self.ctx.sink.error("E0216", s.expr.span, f"'{first}' is an array", help=f"use 'each x in {first}:'")
                return
            self._set_property(owner, names[1:], s, where, active)
            return
        if first in self.ctx.symbols:
            self._override_param(names, s)
            return
        world = self.owners.get("world")
        word = ".".join(n.id for n in names)
        for variable, array in where.variables.items():
            if (
                array in self.owners
                and word in self.owners[array].properties
                and word not in self.ctx.world_properties()
            ):
                span, help_text = names[0].span.to(names[-1].span), f"write '{variable}.{word}'"
                message = f"whose '{word}'? The settings of 'each' name the element"
                self.ctx.sink.error("E0216", span, message, help=help_text)
                return
        if world is None or word not in world.properties:
            candidates = [*self.owners, *(world.properties if world else ())]
            alone = len(names) == 1 and not where.variables
            note = f"a value of its own is 'let {word} = ...', one that is drawn 'param {word} ~ ...'" if alone else ""
            self.ctx.unknown("property|the world" if len(names) == 1 else "name", names[0], candidates, note)
            self.ctx.failed.add(names[0].id)  # it was meant to be declared
            return
        self._set_property(world, names, s, where, active)

    def _override_param(self, names: list[ast.Name], s: ast.Statement) -> None:
        """``override gap = 2 s`` in an extending scenario, or an argument of its ``extends``."""
        ctx, path, bind = self.ctx, names[0].id, s.bind
        if s.kind != "override" or len(names) > 1 or path not in self.param_types or bind is None:
            self._no_setting(names[0])
            return
        first = self.params[path]
        if len(first.names) > 1:
            others = " and ".join(f"'{n.id}'" for n in first.names if n.id != path)
            ctx.sink.error(
                "E0216", s.span, f"'{path}' cannot be set here: it is drawn together with {others}",
                labels=[Label(first.span, "drawn here")], help="narrow it instead: 'require " + path + " == ...'",
            )  # fmt: skip
            return
        where = Where(place="a setting")

        def make() -> Definition | None:
            return define(ctx, path, s.span, bind, where, self._type_of(first), doc=first.text)

        ctx.failed.discard(path)
        ctx.plan(path, s.span, make, override=path in ctx.pending)  # without a type that is what is reported

    def _type_of(self, param: ast.Statement) -> ValueType | None:
        """The type that a parameter is declared with, or that a value without names gives it."""
        wanted, bind = self.param_types[param.names[0].id], param.bind
        if wanted is not None or bind is None or not ast.is_plain(bind.value):
            return wanted
        made = binding(self.ctx, bind.value, Where(place="a 'param'"), None)
        return made[1] if made else None

    def _no_setting(self, name: ast.Name) -> None:
        kind = self.ctx.symbols[name.id].kind
        if name.id in self.ctx.failed:
            return
        help_text = f"'{name.id}' has its value already" if kind == "value" else f"write '{name.id}.property = value'"
        self.ctx.sink.error("E0216", name.span, f"'{name.id}' cannot be set here", help=help_text)


def weight_of(case: ast.Statement) -> float:
    """The weight of a case (1 where none is given; 80 % is 0.8)."""
    if case.number is None:
        return 1.0
    return case.number.value * (0.01 if case.number.unit else 1.0)
