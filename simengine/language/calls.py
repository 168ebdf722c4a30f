"""Calls: arguments matched with signatures, defaults filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from simengine.errors import an
from simengine.language import syntax as ast
from simengine.language.destinations import takes_place
from simengine.language.kinds import a_kind, is_number
from simengine.language.names import entity_target, one_entity
from simengine.language.scope import Context, Where
from simengine.language.terms import Call, Const, EntityRef, Expr, SensorRef, Span, Vector
from simengine.language.unrolled import asked_by_element
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import NONE, Dimension, dimension_name
from simengine.world.library import INT, Property, Signature, ValueType
from simengine.world.vocabulary import (
    ACTIONS,
    CONTROLLERS,
    FAMILIES,
    FUNCTIONS,
    MATH,
    METHODS,
    PLACES,
    find,
    members,
    required_parameters,
)

__all__ = ["default_expression", "lower_call", "match_arguments", "range_of_property"]

Lower: TypeAlias = Callable[[Context, ast.Expression, Where, "ValueType | None"], "Expr | None"]
Drawn: TypeAlias = Callable[[Property, ast.Dist], "Expr | None"]
_FEW = 10  # words that a message lists
_ANGLE = ValueType("real", Dimension(rad=1))


def default_expression(prop: Property, span: Span) -> Expr | None:
    """The default of a property as an expression, or None where it has none."""
    value = prop.default
    if value is None:
        return None
    if isinstance(value, tuple | list):
        item = ValueType("real", prop.type.dimension)
        items: Sequence[float] = [float(v) for v in value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return Vector(tuple(Const(v, item, span) for v in items), prop.type, span)
    if isinstance(value, bool | str):
        return Const(value, prop.type, span)
    return Const(float(value), prop.type, span)


def match_arguments(
    ctx: Context, what: str, parameters: Sequence[Property], required: Sequence[Property],
    arguments: Sequence[ast.Argument], span: Span,
) -> dict[str, tuple[Property, ast.Bind]] | None:  # fmt: skip
    """Which argument is for which parameter, or None after reporting what does not match."""
    by_name = {p.name: p for p in parameters}
    given: dict[str, tuple[Property, ast.Bind]] = {}
    good, named = True, False
    for k, argument in enumerate(arguments):
        if argument.name is None:
            prop = parameters[k] if k < len(parameters) and not named else None
            if prop is None or "." in prop.name:
                more = "positional arguments come first" if named else f"it takes {_listing(parameters)}"
                ctx.sink.error("E0205", argument.span, f"too many arguments for {what}", help=more)
                return None
        else:
            named = True
            prop = by_name.get(argument.name.id)
            if prop is None:
                note = f"it takes {_listing(parameters)}"
                if argument.name.id == "rate" and what.strip("'") in SENSOR_KINDS:
                    note = "how often a sensor measures stands where it is recorded: 'record NAME: ... at 10 hz'"
                ctx.unknown(f"argument|{what}", argument.name, list(by_name), note)
                good = False
                continue
        if prop.name in given:
            ctx.sink.error("E0205", argument.span, f"'{prop.name}' is given twice")
            good = False
            continue
        given[prop.name] = (prop, argument.bind)
    missing = [p.name for p in required if p.name not in given]
    if missing and good:
        names = ", ".join(f"'{m}'" for m in missing)
        ctx.sink.error("E0205", span, f"{what} needs {names}", help=f"it takes {_listing(parameters)}")
        good = False
    return given if good else None


def _listing(parameters: Sequence[Property]) -> str:
    if not parameters:
        return "no arguments"
    return ", ".join(f"{p.name}: {_words(p) or a_kind(p.type)}" for p in parameters)


def _words(prop: Property) -> str:
    """The words that it can be, where they are few."""
    words = prop.type.choices if prop.type.kind == "enum" and len(prop.type.choices) <= _FEW else ()
    return " or ".join(words)


def complete_arguments(
    ctx: Context, signature: Signature, arguments: Sequence[ast.Argument], span: Span, where: Where, lower: Lower,
    drawn: Drawn | None = None,
) -> Mapping[str, Expr] | None:  # fmt: skip
    """The arguments of a call in signature order, defaults filled in; None after an error."""
    what = f"'{signature.name}'"
    given = match_arguments(ctx, what, signature.parameters, required_parameters(signature), arguments, span)
    if given is None:
        return None
    out: dict[str, Expr] = {}
    good = True
    for prop in signature.parameters:
        value: Expr | None
        if prop.name in given:
            bind = given[prop.name][1].value
            if isinstance(bind, ast.Dist):
                value = drawn(prop, bind) if drawn else _not_drawn(ctx, bind)
            else:
                value = lower(ctx, bind, where, prop.type)
            good &= value is not None
        else:
            value = default_expression(prop, span)
        if value is not None:
            out[prop.name] = value
    return out if good else None


def _not_drawn(ctx: Context, bind: ast.Dist) -> None:
    ctx.sink.error("E0212", bind.span, "nothing is drawn here", help="name it: 'param x ~ ...', and use 'x'")


def lower_call(ctx: Context, node: ast.CallX, where: Where, lower: Lower) -> Expr | None:
    """A function or method call."""
    if isinstance(node.function, ast.Name):
        return _function(ctx, node, node.function, where, lower)
    if isinstance(node.function, ast.Attribute):
        return _method(ctx, node, node.function, where, lower)
    ctx.sink.error("E0205", node.span, "only a function or a method is called")
    return None


def _function(ctx: Context, node: ast.CallX, name: ast.Name, where: Where, lower: Lower) -> Expr | None:
    signature = find((*FUNCTIONS, *PLACES), name.id)
    if signature is not None:
        return _finish(ctx, signature, None, node, where, lower)
    math = find(MATH, name.id)
    if math is not None:
        return _math(ctx, math, node, where, lower)
    if name.id in FAMILIES:
        ctx.sink.error(
            "E0212", name.span, f"'{name.id}' is a distribution", help="draw from it with '~' instead of '='"
        )
    elif find(CONTROLLERS, name.id, "vehicle"):
        ctx.sink.error("E0204", name.span, f"'{name.id}' is a controller", help=f"'controller = {name.id}(...)'")
    elif (owner := next((s for s in (*METHODS, *ACTIONS) if s.name == name.id), None)) is not None:
        who = next(iter(ctx.entities), "entity")
        ctx.sink.error("E0205", name.span, f"'{name.id}' is asked of an entity", help=f"'{who}.{owner.name}(...)'")
    else:
        ctx.unknown("function", name, [s.name for s in (*FUNCTIONS, *MATH, *PLACES)])
    return None


def _method(ctx: Context, node: ast.CallX, function: ast.Attribute, where: Where, lower: Lower) -> Expr | None:
    target = entity_target(ctx, function.base, where, lower)
    if target is None or not one_entity(ctx, target):
        return None
    category = target.type.of
    signature = find(METHODS, function.name.id, category)
    if signature is None:
        if find(ACTIONS, function.name.id, category):
            ctx.sink.error(
                "E0114", function.name.span, f"'{function.name.id}' is an action, not a value",
                help="actions are statements of a 'do:' or 'when ...:' block",
            )  # fmt: skip
            return None
        free = find(FUNCTIONS, function.name.id)
        if free is not None:
            who = ctx.text(function.base.span)
            ctx.sink.error(
                "E0205", function.name.span, f"'{free.name}' is no method of an entity",
                help=f"write '{free.name}({who}, ...)'",
            )  # fmt: skip
            return None
        names = members(METHODS, category)
        ctx.unknown(f"method|{an(category)}", function.name, names, f"methods: {', '.join(names)}")
        return None
    return _finish(ctx, signature, target, node, where, lower)


def _finish(
    ctx: Context, signature: Signature, receiver: Expr | None, node: ast.CallX, where: Where, lower: Lower
) -> Expr | None:  # fmt: skip
    if signature.state and not where.state:
        ctx.sink.error(
            "E0207", node.span,
            f"'{signature.name}' is only known while the scenario runs, and {where.place} sees the initial scene",
            help="use it in 'do', 'when', 'stop when', 'ensure', 'expect' or 'cover ... at'",
        )  # fmt: skip
        return None
    if isinstance(receiver, EntityRef):
        where = replace(where, actor=receiver)
    args = complete_arguments(ctx, signature, node.arguments, node.span, where, lower)
    if args is None:
        return None
    if signature.name == "nearest":
        return _nearest(ctx, args, node, where)
    args = _towards(ctx, receiver, args)
    if args is None:
        return None
    if not signature.runs:
        ctx.later(node.span, f"'{signature.name}(...)'")
    if _itself(ctx, signature, receiver, args, node) or not all(
        takes_place(ctx, signature.name, name, value, where) for name, value in args.items()
    ):
        return None
    sensor = args.get("sensor")
    seer = ctx.sensors[sensor.name].kind if isinstance(sensor, SensorRef) else None
    kind = seer.name if seer else "camera"
    if seer and seer.channel("box3d") is None:  # an imu
        ctx.sink.error(
            "E0205", node.span, f"'{signature.name}(...)' of {an(kind)}, which sees nothing",
            help="name a camera, a LiDAR or a radar",
        )  # fmt: skip
        return None
    places = signature in PLACES
    made = Call(signature.name, receiver, args, signature.returns, node.span, where.state and not places)
    return asked_by_element(made, where.variables)


def _nearest(ctx: Context, args: Mapping[str, Expr], node: ast.CallX, where: Where) -> Expr | None:
    """``nearest(parked)``: an element of the array, whose number is found when it is asked for."""
    group, to = args["group"], args.get("to") or where.actor
    if not isinstance(group, EntityRef) or not ctx.entities[group.name].array or group.index or group.variable:
        arrays = [e.name for e in ctx.entities.values() if e.array]
        help_text = f"write 'nearest({arrays[0]})'" if arrays else "declare one: 'car parked[3] ...'"
        ctx.sink.error("E0204", group.span, "'nearest' picks an element of a whole array", help=help_text)
        return None
    given = {"group": group, **({"to": to} if to is not None else {})}
    number = Call("nearest", None, given, INT, node.span, where.state)
    return EntityRef(group.name, group.type, node.span, index=number)


def _towards(ctx: Context, receiver: Expr | None, args: Mapping[str, Expr]) -> Mapping[str, Expr] | None:
    """In ``distance(ego, nearest(parked))`` the element is the one nearest to ego."""
    out = dict(args)
    for name, value in args.items():
        call = value.index if isinstance(value, EntityRef) else None
        if not (isinstance(call, Call) and call.function == "nearest" and "to" not in call.args):
            continue
        others = [e for e in (receiver, *args.values()) if isinstance(e, EntityRef) and e is not value]
        if len(others) != 1:
            ctx.sink.error("E0205", call.span, "nearest to what?", help="say it: 'nearest(parked, to = ego)'")
            return None
        assert isinstance(value, EntityRef)
        out[name] = replace(value, index=replace(call, args={**call.args, "to": others[0]}))
    return out


def _itself(
    ctx: Context, signature: Signature, receiver: Expr | None, args: Mapping[str, Expr], node: ast.CallX
) -> bool:
    """Report a question about one entity and itself, which has no sensible answer."""
    everyone = [e for e in (receiver, *args.values()) if isinstance(e, EntityRef)]
    names = [(e.name, e.variable, e.index.value if isinstance(e.index, Const) else e.index) for e in everyone]
    twice = next((n for k, n in enumerate(names) if n in names[:k]), None)
    if twice is not None:
        ctx.sink.error(
            "E0205", node.span, f"'{signature.name}' is about two entities, and '{twice[0]}' is both of them",
            help="name another one",
        )  # fmt: skip
    return twice is not None


def _math(ctx: Context, signature: Signature, node: ast.CallX, where: Where, lower: Lower) -> Expr | None:
    args = complete_arguments(ctx, signature, node.arguments, node.span, where, lower)
    if args is None:
        return None
    for value in args.values():
        if not is_number(value.type):
            ctx.sink.error("E0204", value.span, f"'{signature.name}' needs a number, found {a_kind(value.type)}")
            return None
    first, *rest = args.values()
    for other in rest:
        if other.type.dimension != first.type.dimension:
            names = f"{a_kind(first.type)} and {a_kind(other.type)}"
            ctx.sink.error("E0203", node.span, f"unit mismatch: '{signature.name}' of {names}")
            return None
    dimension = _dimension(ctx, signature.name, first)
    return Call(signature.name, None, args, ValueType("real", dimension), node.span) if dimension else None


def _dimension(ctx: Context, name: str, value: Expr) -> Dimension | None:
    dimension = value.type.dimension
    if name in ("abs", "min", "max"):
        return dimension
    if name == "sqrt":
        if any(e % 2 for e in dimension.exponents()):
            ctx.sink.error("E0203", value.span, f"unit mismatch: {dimension_name(dimension)} has no square root")
            return None
        return Dimension(*(e // 2 for e in dimension.exponents()))
    wanted = _ANGLE.dimension if name in ("sin", "cos", "tan") else NONE
    if dimension != wanted:
        ctx.sink.error(
            "E0203", value.span, f"unit mismatch: '{name}' needs {'an angle' if wanted != NONE else 'a plain number'}, "
            f"found {a_kind(value.type)}",
        )  # fmt: skip
        return None
    return NONE


def range_of_property(prop: Property) -> ValueType:
    """The type that a setting of a property must have (whole numbers stay whole)."""
    return INT if prop.type.kind == "int" else prop.type
