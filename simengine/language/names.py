"""Names, properties and elements in expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import cast

from simengine.errors import an, did_you_mean
from simengine.language import syntax as ast
from simengine.language.habits import our_word
from simengine.language.kinds import a_kind, is_number
from simengine.language.program import Choice, Definition, Require
from simengine.language.scope import Context, EntityInfo, Where
from simengine.language.supports import support
from simengine.language.terms import Call, Const, EntityRef, EventRef, Expr, Op, Ref, SensorRef, Span, Vector
from simengine.language.walk import parts
from simengine.units import NONE, UNITS, Dimension
from simengine.world.library import BOOL, INT, ValueType, quantity
from simengine.world.vocabulary import (
    ACTIONS,
    ATTRIBUTES,
    CONTROLLER,
    FUNCTIONS,
    MATH,
    METHODS,
    PLACES,
    READ_ONLY_SIZES,
    find,
    members,
)

__all__ = ["dotted", "entity_target", "enum_word", "lower_attribute", "lower_index", "lower_name", "one_entity"]

_TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_TIME = ValueType("real", Dimension(s=1))
_LENGTH = Dimension(m=1)
_SHOWN = 12  # names in a message
Lower = Callable[[Context, ast.Expression, Where, "ValueType | None"], "Expr | None"]


def dotted(node: ast.Expression) -> tuple[list[ast.Name], bool]:
    """The names of ``a.b.c``, and whether the node is nothing but such a path."""
    names: list[ast.Name] = []
    while isinstance(node, ast.Attribute):
        names.append(node.name)
        node = node.base
    if isinstance(node, ast.Name):
        return [node, *reversed(names)], True
    return list(reversed(names)), False


def enum_word(ctx: Context, node: ast.Name, wanted: ValueType) -> Expr | None:
    """The word as a constant of the wanted enumeration (or condition), or None."""
    found: Expr | None = None
    if wanted.kind == "enum" and node.id in wanted.choices:
        found = Const(node.id, wanted, node.span)
    elif wanted.kind == "bool" and node.id in _TRUTH:
        found = Const(_TRUTH[node.id], BOOL, node.span)
    if found is not None:
        ctx.words.add(node.span)
    return found


def lower_name(ctx: Context, node: ast.Name, where: Where, wanted: ValueType | None) -> Expr | None:
    """A bare word: a word of the wanted kind, then declared names, world properties, regions, ``time``."""
    if wanted is not None and (word := enum_word(ctx, node, wanted)):
        return word
    if node.id in where.variables:
        array = where.variables[node.id]
        return EntityRef(array, _entity_type(ctx.entities[array]), node.span, variable=node.id)
    if node.id in ctx.symbols:
        return _declared(ctx, node, where)
    if node.id in ctx.world_properties():
        return _world(ctx, node.id, node.span, where)
    if node.id in ctx.regions:
        return Const(node.id, ValueType("region"), node.span)
    if node.id == "time":
        return Ref("time", _TIME, node.span, state=True) if _needs_state(ctx, "time", node.span, where) else None
    if node.id in _TRUTH:
        return Const(_TRUTH[node.id], BOOL, node.span)
    _unknown(ctx, node, where, wanted)
    return None


def _unknown(ctx: Context, node: ast.Name, where: Where, wanted: ValueType | None) -> None:
    choices = wanted.choices if wanted else ()
    if _compound_unit(ctx, node):
        return
    truth = our_word(node.id, ("yes", "no")) if wanted is None or wanted.kind in ("bool", "any") else None
    if truth is not None:
        ctx.unknown("word", node, [truth])
        return
    if node.id in ("None", "null", "nil") and "none" not in choices:
        help_text = "leave the line out: what is not set has its default"
        ctx.sink.error("E0201", node.span, f"unknown name '{node.id}'", help=help_text)
        return
    named = {a.name for lib in ctx.libraries.values() for family in lib.assets.values() for a in family}
    if wanted and (wanted.kind == "string" or (wanted.kind == "any" and node.id in named)):
        help_text = f"put it in quotes, as texts and names of assets are: '\"{node.id}\"'"
        ctx.sink.error("E0201", node.span, f"unknown name '{node.id}'", help=help_text)
        return
    if wanted and wanted.kind == "place" and node.id in ("left", "right"):
        help_text = f"write 'lane_beside(ego, {node.id})'"
        ctx.sink.error("E0201", node.span, f"unknown place '{node.id}'", help=help_text)
        return
    functions = [s.name for s in (*FUNCTIONS, *MATH, *PLACES)]
    candidates = [*choices, *where.variables, *ctx.value_names(), *(functions if not choices else ()), "time"]
    note = f"one of {', '.join(choices)}" if choices and len(choices) <= 20 else ""
    if wanted and is_number(wanted):
        units = [symbol for symbol, unit in UNITS.items() if unit.dimension == wanted.dimension != NONE]
        note = f"{a_kind(wanted)} is expected here" + (f", in {', '.join(units)}" if units else "")
    if wanted and wanted.kind == "region" and ctx.regions:
        note = f"regions here: {', '.join(ctx.regions)}"
    if any(s.name == node.id for s in (*FUNCTIONS, *MATH, *PLACES)):
        ctx.sink.error("E0201", node.span, f"'{node.id}' is a function", help=f"call it: '{node.id}(...)'")
        return
    ctx.unknown("name" if not choices else "word", node, candidates, note)


def _compound_unit(ctx: Context, node: ast.Name) -> bool:
    """``9 km/s``: a quotient of units that is none of those known."""
    if node.id not in UNITS:
        return False
    line = ctx.lines[node.span.file][node.span.line - 1]
    found = re.search(r"\d[ ]?([a-zA-Z]+) ?/ ?$", line[: node.span.column - 1])
    if found is None or found[1] not in UNITS:
        return False
    word = f"{found[1]}/{node.id}"
    wanted = UNITS[found[1]].dimension / UNITS[node.id].dimension
    known = [symbol for symbol, unit in UNITS.items() if unit.dimension == wanted]
    near = word if word in known else ""  # written with blanks
    near = near or next((s for s in known if s.startswith(found[1] + "/")), known[0] if known else "")
    span = Span(node.span.line, found.start(1) + 1, node.span.line, node.span.end_column, node.span.file)
    if near == word:
        ctx.sink.error("E0103", span, "a unit is written without blanks", help=f"write '{near}'")
        return True
    note = f"units of it: {', '.join(known)}" if known else ""
    help_text = f"did you mean '{near}'?" if near else ""
    ctx.sink.error("E0103", span, f"unknown unit '{word}'", help=help_text, note=note)
    return True


def _declared(ctx: Context, node: ast.Name, where: Where) -> Expr | None:
    symbol = ctx.symbols[node.id]
    if symbol.kind == "entity":
        return EntityRef(node.id, _entity_type(ctx.entities[node.id]), node.span) if node.id in ctx.entities else None
    if symbol.kind == "sensor":
        return SensorRef(node.id, ValueType("sensor"), node.span)
    if symbol.kind == "phase":
        ctx.sink.error(
            "E0204", node.span, f"'{node.id}' is a phase, not a value",
            help=f"write '{node.id}.started' or '{node.id}.ended'",
        )  # fmt: skip
        return None
    if symbol.kind == "cover":
        kind = cast("ValueType | None", ctx.cover_types.get(node.id))
        if not _needs_state(ctx, node.id, node.span, where) or kind is None:
            return None
        return Ref(node.id, kind, node.span, state=True)
    ctx.used.add(node.id)
    definition = ctx.demand(node.id, node.span)
    return Ref(node.id, definition.type, node.span) if definition else None


def _world(ctx: Context, name: str, span: Span, where: Where) -> Expr | None:
    path = f"world.{name}"
    kind = ctx.world_properties()[name].type
    definition = ctx.demand(path, span)
    if definition is None:
        if path not in ctx.failed:
            ctx.sink.error("E0201", span, f"'{name}' of the world has no value", help="set it in the 'world' block")
        return None
    return Ref(path, kind, span)


def _needs_state(ctx: Context, what: str, span: Span, where: Where) -> bool:
    if where.state:
        return True
    ctx.sink.error(
        "E0207", span, f"'{what}' is only known while the scenario runs, and {where.place} sees the initial scene",
        help="use it in 'do', 'when', 'stop when', 'ensure', 'expect' or 'cover ... at'",
    )  # fmt: skip
    return False


def _entity_type(entity: EntityInfo) -> ValueType:
    return ValueType("entity", of=entity.kind.category)


# ---- paths -----------------------------------------------------------------------------------------------------


def lower_attribute(ctx: Context, node: ast.Attribute, where: Where, lower: Lower) -> Expr | None:
    """``ego.speed``, ``parked[1].model``, ``light.kind``, ``dart.started``, ``front.fov``."""
    names, plain = dotted(node)
    if plain and names[0].id not in where.variables and names[0].id not in ctx.symbols:
        return _world_path(ctx, node, names, where)
    if plain and (symbol := ctx.symbols.get(names[0].id)) is not None and names[0].id not in where.variables:
        if symbol.kind == "phase":
            return _event(ctx, names, node.span, where)
        if symbol.kind == "sensor":
            return _sensor_property(ctx, names, node.span)
        if symbol.kind != "entity":
            ctx.sink.error("E0204", names[1].span, f"'{names[0].id}' has no properties: it is a value")
            return None
    base, rest = _split(node)
    target = entity_target(ctx, base, where, lower)
    if target is None:
        return None
    return _entity_property(ctx, target, rest, node.span, where)


def _split(node: ast.Attribute) -> tuple[ast.Expression, list[ast.Name]]:
    rest: list[ast.Name] = []
    base: ast.Expression = node
    while isinstance(base, ast.Attribute):
        rest.insert(0, base.name)
        base = base.base
    return base, rest


def entity_target(ctx: Context, node: ast.Expression, where: Where, lower: Lower) -> EntityRef | None:
    """An expression that must be an entity or element."""
    found: Expr | None
    if isinstance(node, ast.Index):
        found = lower_index(ctx, node, where, lower)
    elif isinstance(node, ast.Name):
        found = lower_name(ctx, node, where, None)
    elif isinstance(node, ast.CallX) and isinstance(node.function, ast.Name) and node.function.id == "nearest":
        found = lower(ctx, node, where, None)
        if isinstance(found, EntityRef) and isinstance(found.index, Call) and "to" not in found.index.args:
            ctx.sink.error("E0205", node.span, "nearest to what?", help="say it: 'nearest(parked, to = ego)'")
            return None
    else:
        found = None
        ctx.sink.error("E0204", node.span, "only an entity, an element 'name[1]' or a sensor is followed by '.'")
        return None
    if found is None or isinstance(found, EntityRef):
        return found
    ctx.sink.error("E0204", found.span, "this is no entity", help="name an entity of the scenario")
    return None


def _world_path(ctx: Context, node: ast.Attribute, names: list[ast.Name], where: Where) -> Expr | None:
    table = ctx.world_properties()
    words = [n.id for n in names]
    path = ".".join(words[1:] if words[0] == "world" else words)
    if path in table:
        return _world(ctx, path, node.span, where)
    first = names[0]
    groups = {p.split(".")[0] for p in table if "." in p}
    if first.id == "world" or first.id in groups:
        what = ast.Name(path, node.span)
        ctx.unknown("property|the world", what, list(table), f"it has {', '.join(table)}" if table else "")
        return None
    known = [*where.variables, *ctx.symbols, *groups]
    shown = ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
    note = f"before a dot stand: {shown}" if known else ""
    ctx.unknown("name", first, [*where.variables, *ctx.value_names(), *groups], note)
    return None


def _event(ctx: Context, names: list[ast.Name], span: Span, where: Where) -> Expr | None:
    edge = names[1]
    if edge.id not in ("started", "ended") or len(names) > 2:
        near = did_you_mean(edge.id, ["started", "ended"])
        ctx.sink.error(
            "E0201", edge.span, f"a phase has the events 'started' and 'ended', not '{edge.id}'",
            help=f"did you mean '{near}'?" if near else "",
        )  # fmt: skip
        return None
    if not _needs_state(ctx, f"{names[0].id}.{edge.id}", span, where):
        return None
    return EventRef(names[0].id, "started" if edge.id == "started" else "ended", ValueType("event"), span)


def _sensor_property(ctx: Context, names: list[ast.Name], span: Span) -> Expr | None:
    sensor = ctx.sensors.get(names[0].id)
    if sensor is None:
        return None
    prop = ".".join(n.id for n in names[1:])
    table = sensor.properties
    if prop not in table:
        what = ast.Name(prop, names[1].span)
        ctx.unknown(f"property|the {sensor.kind.name} '{sensor.name}'", what, list(table))
        return None
    path = f"{sensor.name}.{prop}"
    definition = ctx.demand(path, span)
    if definition is None:
        if path not in ctx.failed:
            ctx.sink.error("E0201", span, f"'{path}' has no value of its own", help="set it in the sensor's block")
        return None
    return Ref(path, definition.type, span)


def _entity_property(
    ctx: Context, target: EntityRef, rest: Sequence[ast.Name], span: Span, where: Where
) -> Expr | None:  # fmt: skip
    entity = ctx.entities[target.name]
    prop = ".".join(n.id for n in rest)
    category = entity.kind.category
    if prop == "count" and entity.array and target.index is None and target.variable is None:
        return Ref(f"{entity.name}.count", INT, span) if ctx.demand(f"{entity.name}.count", span) else None
    if prop in READ_ONLY_SIZES:
        return _size(ctx, target, entity, prop, span)
    if prop == "position" or (prop.startswith("position.") and prop[-1] in "xyz" and len(rest) == 2):
        return _position(ctx, target, prop, span, where)
    attribute = find(ATTRIBUTES, prop, category)
    if prop not in entity.properties and attribute is not None:
        if attribute.state and not _needs_state(ctx, f"{entity.name}.{prop}", span, where):
            return None
        if not attribute.runs:
            ctx.later(span, f"'{prop}' of an entity")
        if prop == "crossing":  # where somebody's way crosses the road is level with where they stand
            return (
                EntityRef(target.name, attribute.returns, span, target.index, target.variable)
                if one_entity(ctx, target)
                else None
            )
        if not one_entity(ctx, target):
            return None
        path = f"{entity.name}.{prop}"
        return Ref(path, attribute.returns, span, target.index, target.variable, state=where.state)
    if prop == "controller" and category == "vehicle":
        kind = CONTROLLER
        if f"{entity.name}.controller" not in ctx.pending:  # always the same one
            return Const(entity.at_first, kind, span)
    elif f"{entity.name}.@{prop}" in ctx.pending:  # the distance of a placement, called as in tables: "parked[2].by"
        return _offset(ctx, target, entity, prop, span)
    elif prop not in entity.properties:
        _no_property(ctx, entity, prop, rest)
        return None
    else:
        kind = entity.properties[prop].type
    path = f"{entity.name}.{prop}"
    pace = category == "person" and where.receiver == entity.name  # its own declared pace, not how fast it is now
    if prop == "speed" and where.state and not pace:
        return Ref(path, kind, span, target.index, target.variable, state=True)
    definition = ctx.demand(path, span)
    if definition is None:
        if path not in ctx.failed and path not in ctx.pending:
            ctx.sink.error("E0201", span, f"'{path}' has no value", help=f"set it in the block of '{entity.name}'")
        return None
    if entity.array and target.index is None and target.variable is None:
        _which(ctx, entity, span)
        return None
    return Ref(path, kind, span, target.index, target.variable)


def _position(ctx: Context, target: EntityRef, prop: str, span: Span, where: Where) -> Expr | None:
    """``ego.position``, or one of its components."""
    if not one_entity(ctx, target):
        return None
    axes = "xyz" if prop == "position" else prop[-1]
    parts = tuple(
        Ref(f"{target.name}.position.{axis}", quantity("length"), span, target.index, target.variable, where.state)
        for axis in axes
    )
    return parts[0] if len(parts) == 1 else Vector(parts, ValueType("vector", _LENGTH, length=3), span)


def _offset(ctx: Context, target: EntityRef, entity: EntityInfo, prop: str, span: Span) -> Expr | None:
    """A distance of the entity's placement."""
    definition = ctx.demand(f"{entity.name}.@{prop}", span)
    if definition is None or not one_entity(ctx, target):
        return None
    return Ref(definition.path, definition.type, span, target.index, target.variable)


def one_entity(ctx: Context, target: EntityRef) -> bool:
    """Report a whole array where one entity is meant."""
    entity = ctx.entities[target.name]
    if entity.array and target.index is None and target.variable is None:
        _which(ctx, entity, target.span)
        return False
    return True


def _which(ctx: Context, entity: EntityInfo, span: Span) -> None:
    ctx.sink.error(
        "E0204", span, f"'{entity.name}' is an array: say which element",
        help=f"write '{entity.name}[1]', or all(x in {entity.name}: ...)",
    )  # fmt: skip


def _no_property(ctx: Context, entity: EntityInfo, prop: str, rest: Sequence[ast.Name]) -> None:
    category = entity.kind.category
    what = ast.Name(prop, rest[0].span)
    if find(METHODS, prop, category):
        ctx.sink.error("E0205", what.span, f"'{prop}' needs arguments", help=f"write '{entity.name}.{prop}(...)'")
        return
    if find(ACTIONS, prop, category):
        ctx.sink.error(
            "E0114", what.span, f"'{prop}' is an action, not a value",
            help=f"'{entity.name}.{prop}(...)' stands in 'do:'",
        )  # fmt: skip
        return
    if f"{entity.name}.{prop}" in ctx.pending:  # a column of tables that no expression reads: an argument
        ctx.sink.error(
            "E0201", what.span, f"'{entity.name}.{prop}' is an argument: it is set, and not read",
            help="give it a name: 'param x: TYPE ~ ...', set it to x, and write 'x' here",
        )  # fmt: skip
        return
    names = [*entity.properties, *members(ATTRIBUTES, category), *members(METHODS, category)]
    listing = ", ".join(sorted({*entity.properties, *members(ATTRIBUTES, category)}))
    ctx.unknown(f"property|the {entity.kind.name} '{entity.name}'", what, names, f"it has {listing}")


def _size(ctx: Context, target: EntityRef, entity: EntityInfo, prop: str, span: Span) -> Expr | None:
    """A side of the entity's box: a definition that follows from the model."""
    path = f"{entity.name}.{prop}"
    if entity.array and target.index is None and target.variable is None:
        _which(ctx, entity, span)
        return None
    if path not in ctx.pending:
        ctx.plan(path, span, lambda: _size_definition(ctx, entity, prop, span))
    definition = ctx.demand(path, span)
    return Ref(path, definition.type, span, target.index, target.variable) if definition else None


def _size_definition(ctx: Context, entity: EntityInfo, prop: str, span: Span) -> Definition | None:
    axis, kind = READ_ONLY_SIZES.index(prop), quantity("length")
    sizes = entity.kind.size_m
    model = ctx.demand(f"{entity.name}.model", span) if "model" in entity.properties else None
    words = _models(model) if model else ("",)
    known = [sizes[w] for w in words if w in sizes] or list(sizes.values())[:1]
    if not known or any(w not in sizes for w in words if w):
        ctx.sink.error(
            "E0201",
            span,
            f"the {prop} of '{entity.name}' is not known",
            note=f"{an(entity.kind.name)} has no fixed size",
        )
        return None
    result: Expr = Const(known[-1][axis], kind, span)
    if model is not None:
        name = Ref(model.path, model.type, span)
        for word in reversed(words[:-1]):
            same = Op("==", (name, Const(word, model.type, span)), BOOL, span)
            result = Op("if", (same, Const(sizes[word][axis], kind, span), result), kind, span)
    return Definition(f"{entity.name}.{prop}", result, kind, span, entity.name if entity.array else None)


def _models(model: Definition) -> tuple[str, ...]:
    """The words that the model of an entity can be."""
    binding = model.binding
    if isinstance(binding, Const):
        return (str(binding.value),)
    if isinstance(binding, Choice):
        return tuple(str(v.value) for v in binding.values if isinstance(v, Const)) or model.type.choices
    return model.type.choices


def lower_index(ctx: Context, node: ast.Index, where: Where, lower: Lower) -> Expr | None:
    """``parked[1]``: elements count from 1."""
    if not isinstance(node.base, ast.Name):
        ctx.sink.error("E0204", node.span, "only an entity array has elements", help="write 'name[1]'")
        return None
    entity = ctx.entities.get(node.base.id)
    if entity is None or not entity.array:
        if node.base.id in ctx.symbols:
            ctx.sink.error("E0204", node.base.span, f"'{node.base.id}' is no array")
        else:
            ctx.unknown("entity array", node.base, [e.name for e in ctx.entities.values() if e.array])
        return None
    index = lower(ctx, node.index, where, INT)
    if index is None:
        return None
    low, high = support(index, ctx.supports)
    drawn = not isinstance(index, Const) and not any(isinstance(p, Ref | Call) and p.state for p in parts(index))
    counted = any(isinstance(p, Ref) and p.path == f"{entity.name}.count" for p in parts(index))
    computed = isinstance(index, Op) and not counted and low <= entity.count_max and high >= 1  # may leave either end
    if drawn and ctx.awaits(index):
        pass  # what a template is given tells
    elif drawn and (low < 1 or high > entity.count_min) and (computed or (low >= 1 and high <= entity.count_max)):
        if not (isinstance(index, Ref) and index.path == f"{entity.name}.count"):
            ctx.implied.append(_exists(ctx, entity, index, low, node.span))
    elif low < 1 or high > entity.count_min:
        few, many = entity.count_min, entity.count_max
        last = f", and the last one is {entity.name}[{entity.name}.count]" if few < many else ""
        sizes = f"always {few}" if few == many else f"{few} to {many}"
        ctx.sink.error(
            "E0214", index.span, f"element {ctx.text(index.span)} of '{entity.name}' may not exist",
            note=f"'{entity.name}' has {sizes} elements, counted from 1",
            help=f"1..{few} always exist{last}" if few else "",
        )  # fmt: skip
        return None
    return EntityRef(entity.name, _entity_type(entity), node.span, index=index)


def _exists(ctx: Context, entity: EntityInfo, index: Expr, low: float, span: Span) -> Require:
    """What an index that is drawn, or follows from draws, asks of an array whose size is drawn."""
    count = Ref(f"{entity.name}.count", INT, span)
    there = Op("<=", (index, count), BOOL, span)
    if low < 1:
        there = Op("and", (Op("<=", (Const(1.0, INT, span), index), BOOL, span), there), BOOL, span)
    return Require(there, "", span, False, f"{ctx.text(span)} exists", True)
