"""Expressions: names, types and units checked, the syntax tree turned into expressions of the program."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

from simengine.language import syntax as ast
from simengine.language.calls import lower_call
from simengine.language.diagnostics import Label
from simengine.language.kinds import a_kind, convert_enum, fits, is_number, unit_symbol
from simengine.language.limits import COMBINATIONS, OPERANDS
from simengine.language.names import enum_word, lower_attribute, lower_index, lower_name, one_entity
from simengine.language.program import Definition
from simengine.language.scope import Context, Where
from simengine.language.supports import constant, support
from simengine.language.terms import Call, Const, EntityRef, EventRef, Expr, Op, Quantifier, Ref, Span, Vector
from simengine.units import NONE, UNITS, Dimension
from simengine.world.library import BOOL, INT, NUMBER, ValueType

__all__ = ["coerce", "expression"]

_TIME, _LENGTH = ValueType("real", Dimension(s=1)), ValueType("real", Dimension(m=1))
_VERB = {"+": "add", "-": "subtract"}


def expression(ctx: Context, node: ast.Expression, where: Where, wanted: ValueType | None = None) -> Expr | None:
    """The checked expression of the wanted type, or None after reporting why not."""
    found = _lower(ctx, node, where, wanted)
    if found is None or wanted is None:
        return found
    return coerce(ctx, found, wanted, where.place)


def coerce(ctx: Context, expr: Expr, wanted: ValueType, place: str) -> Expr | None:
    """``expr`` as a value of type ``wanted``, or None after reporting that it does not fit."""
    found = expr.type
    if isinstance(expr, EventRef) and wanted.kind == "bool":  # "it has happened": false while the time is nan
        return Op(">=", (Ref("time", _TIME, expr.span, state=True), expr), BOOL, expr.span)
    if isinstance(expr, EventRef) and wanted == _TIME:
        return expr
    to_point = wanted.kind == "place" or (wanted.kind, wanted.of) == ("list", "place")
    if to_point and isinstance(expr, Vector) and found.kind == "vector":
        return _point(ctx, expr)
    if wanted.kind == "place" and isinstance(expr, EntityRef) and isinstance(expr.index, Call):
        asks = expr.index
        if asks.function == "nearest" and "to" not in asks.args:
            ctx.sink.error("E0205", expr.span, "nearest to what?", help="say it: 'nearest(parked, to = ego)'")
            return None
    if fits(found, wanted):
        if isinstance(expr, EntityRef) and wanted.kind in ("entity", "place") and not one_entity(ctx, expr):
            return None
        if wanted.kind == "int":
            return _whole(ctx, expr, wanted)
        if wanted.kind == "enum" and isinstance(expr, Const | Ref | Op):
            return convert_enum(expr, wanted)
        return expr
    if is_number(found) and is_number(wanted):
        _unit_mismatch(ctx, expr, wanted)
        return None
    ctx.sink.error(
        "E0204", expr.span, f"expected {a_kind(wanted)}, found {_found(expr)}", help=_type_help(ctx, expr, wanted),
    )  # fmt: skip
    return None


def _point(ctx: Context, expr: Vector) -> Expr | None:
    """``(30 m, 2 m)``: a point of the ground plan."""
    if len(expr.items) == 3 and all(isinstance(i, Ref) and ".position." in i.path for i in expr.items):
        return Call("point", None, {"x": expr.items[0], "y": expr.items[1]}, ValueType("place"), expr.span)
    if len(expr.items) != 2 or expr.type.dimension != _LENGTH.dimension:
        ctx.sink.error(
            "E0204", expr.span, f"expected a place, found {a_kind(expr.type)}",
            help="a point is two lengths: '(30 m, 2 m)', along the road and to the left from its middle",
        )  # fmt: skip
        return None
    x, y = expr.items
    return Call("point", None, {"x": x, "y": y}, ValueType("place"), expr.span)


def _whole(ctx: Context, expr: Expr, wanted: ValueType) -> Expr | None:
    value = constant(expr)
    if value is None:
        if ctx.wholes.is_whole(expr):
            return expr
        ctx.sink.error(
            "E0204", expr.span, "expected a whole number, and this may be none",
            help="declare it so: 'param n: int ~ 1..3', or round it: 'floor(...)'",
        )  # fmt: skip
        return None
    if value != int(value):
        ctx.sink.error("E0204", expr.span, f"expected a whole number, found {value:g}")
        return None
    return Const(value, wanted, expr.span)


def _found(expr: Expr) -> str:
    if isinstance(expr, Const) and isinstance(expr.value, str) and expr.type.kind != "string":
        return f"{a_kind(expr.type) if expr.type.kind != 'enum' else 'the word'} '{expr.value}'"
    return a_kind(expr.type)


def _type_help(ctx: Context, expr: Expr, wanted: ValueType) -> str:
    if wanted.kind == "bool" and is_number(expr.type):
        return "compare it with something, for example '> 0'"
    if expr.type.kind == "string" and wanted.kind in ("enum", "region"):
        return "words are written without quotes"
    if wanted.kind == "vector" and is_number(expr.type):
        factors = expr.args if isinstance(expr, Op) and expr.op == "*" and len(expr.args) == wanted.length else (expr,)
        first = [ctx.text(factor.span) for factor in factors]
        return f"write '({', '.join([*first, *['...'] * (wanted.length - len(first))])})'"
    if wanted.kind == "place" and is_number(expr.type):
        if expr.type.dimension == _LENGTH.dimension:
            return f"write 's({ctx.text(expr.span)})' along the road, or a point '(30 m, 2 m)'"
        return f"write 'lane({ctx.text(expr.span)})'" if expr.type.dimension == NONE else ""
    return ""


_WRITTEN = {"rad": "deg"}
"""Units that people write, for those that values have inside."""


def _unit_mismatch(ctx: Context, expr: Expr, wanted: ValueType) -> None:
    unit = unit_symbol(wanted.dimension)
    text = ctx.text(expr.span)
    hint = ""
    if isinstance(expr, Const) and expr.type.dimension == NONE and unit:
        hint = f"give it a unit, for example '{text} {wanted.unit or _WRITTEN.get(unit, unit)}'"
    elif wanted.dimension == NONE:
        number = text.split(" ")[0]
        plain = (
            isinstance(expr, Const)
            and isinstance(expr.value, float | int)
            and expr.type.dimension == UNITS["px"].dimension
        )
        hint = f"write it without a unit: '{number}'" if plain else "a plain number or a percentage is expected here"
    elif isinstance(expr, Const):
        units = [symbol for symbol, known in UNITS.items() if known.dimension == wanted.dimension]
        hint = f"{a_kind(wanted)} is written in {' or '.join(units)}"
    ctx.sink.error(
        "E0203", expr.span, f"unit mismatch: expected {a_kind(wanted)}, found {a_kind(expr.type)}",
        caret_text=f"this is {a_kind(expr.type)}", help=hint,
    )  # fmt: skip


def _lower(ctx: Context, node: ast.Expression, where: Where, wanted: ValueType | None) -> Expr | None:
    match node:
        case ast.Number():
            return _number(node)
        case ast.Text():
            return Const(node.value, ValueType("string"), node.span)
        case ast.Name():
            return lower_name(ctx, node, where, wanted)
        case ast.Attribute():
            return lower_attribute(ctx, node, where, expression)
        case ast.Index():
            return lower_index(ctx, node, where, expression)
        case ast.CallX():
            if (quantifier := _quantifier(ctx, node, where)) is not False:
                return cast("Expr | None", quantifier)
            return lower_call(ctx, node, where, expression)
        case ast.Prefix():
            return _prefix(ctx, node, where)
        case ast.Chain():
            return _chain(ctx, node, where)
        case ast.Compare():
            return _compare(ctx, node, where)
        case ast.Logic():
            items = [expression(ctx, i, where, BOOL) for i in node.items]
            good = [i for i in items if i is not None]
            return Op(node.op, tuple(good), BOOL, node.span) if len(good) == len(items) else None
        case ast.Ternary():
            return _ternary(ctx, node, where, wanted)
        case ast.ListX() if wanted is not None and (wanted.kind, wanted.of) == ("list", "place"):
            return _points(ctx, node, where)
        case ast.VectorX() | ast.ListX():
            return _vector(ctx, node, where, wanted)
        case ast.Member():
            return _member(ctx, node, where)
        case ast.Timed():
            ctx.sink.error(
                "E0215", node.span, f"'{node.op}' is not allowed in {where.place}",
                help="'always' and 'eventually' stand in 'ensure' and 'expect', outside of arithmetic",
            )  # fmt: skip
            return None
        case ast.RangeX() | ast.SetX():
            ctx.sink.error(
                "E0212", node.span, "a range or a set is not a value", help="draw from it with '~', or test 'x in ...'"
            )  # fmt: skip
            return None


def _number(node: ast.Number) -> Expr:
    if node.unit is None:
        return Const(node.value, NUMBER, node.span)
    unit = UNITS[node.unit]
    return Const(node.value * unit.scale + unit.offset, ValueType("real", unit.dimension), node.span)


def _prefix(ctx: Context, node: ast.Prefix, where: Where) -> Expr | None:
    if node.op == "not":
        item = expression(ctx, node.item, where, BOOL)
        return Op("not", (item,), BOOL, node.span) if item else None
    if isinstance(node.item, ast.Number) and node.item.unit is not None:  # -10 C is 263.15 K
        return replace(_number(replace(node.item, value=-node.item.value)), span=node.span)
    item = _number_of(ctx, node.item, where)
    if item is None:
        return None
    if isinstance(item, Const):
        return replace(item, value=-cast(float, item.value), span=node.span)
    return Op("neg", (item,), item.type, node.span)


def _number_of(ctx: Context, node: ast.Expression, where: Where) -> Expr | None:
    """An operand of arithmetic; an event counts as its time."""
    found = expression(ctx, node, where)
    if found is None or is_number(found.type):
        return found
    if isinstance(found, EventRef):
        return replace(found, type=_TIME)
    ctx.sink.error(
        "E0204", found.span, f"arithmetic needs numbers, found {_found(found)}", help=_arithmetic_help(found)
    )
    return None


def _arithmetic_help(found: Expr) -> str:
    if found.type.kind == "bool":
        return "choose with 'a if condition else b'"
    if found.type.kind == "entity":
        return "name one of its properties, for example '.speed'"
    return ""


def _chain(ctx: Context, node: ast.Chain, where: Where) -> Expr | None:
    items = [_number_of(ctx, i, where) for i in node.items]
    if any(i is None for i in items):
        return None
    result = cast(Expr, items[0])
    for op, item in zip(node.ops, cast("list[Expr]", items[1:]), strict=True):
        span = result.span.to(item.span)
        combined = _combine(ctx, op, result, item, span)
        if combined is None:
            return None
        result = combined
    return replace(result, span=node.span)


def _combine(ctx: Context, op: ast.Name, left: Expr, right: Expr, span: Span) -> Expr | None:
    if op.id in ("+", "-"):
        if left.type.dimension != right.type.dimension:
            symbols = [unit_symbol(e.type.dimension) or "a plain number" for e in (left, right)]
            verb = _VERB[op.id]
            pair = f"{symbols[1]} from {symbols[0]}" if verb == "subtract" else f"{symbols[0]} and {symbols[1]}"
            ctx.sink.error(
                "E0203", span, f"unit mismatch: cannot {verb} {pair}", labels=_sides(left, right), caret=op.span,
                help=_missing_unit(ctx, left, right),
            )  # fmt: skip
            return None
        return Op(
            op.id, (left, right), INT if _both_whole(left, right) else ValueType("real", left.type.dimension), span
        )
    a, b = left.type.dimension, right.type.dimension
    if op.id == "/" and support(right, ctx.supports) == (0.0, 0.0):
        ctx.sink.error("E0208", right.span, "division by zero")
        return None
    kind = INT if op.id == "*" and _both_whole(left, right) else ValueType("real", a * b if op.id == "*" else a / b)
    made = Op(op.id, (left, right), kind, span)
    if isinstance(left, Const) and isinstance(right, Const) and constant(made) is None:
        ctx.sink.error("E0106", span, "the result is too large", note="the largest number is about 1e308")
        return None
    return made


def _both_whole(left: Expr, right: Expr) -> bool:
    """Both are whole numbers, and not just numbers that happen to be written so."""
    whole = [isinstance(e, Const) and e.type == NUMBER and float(e.value).is_integer() for e in (left, right)]
    ints = [e.type.kind == "int" for e in (left, right)]
    return any(ints) and all(a or b for a, b in zip(whole, ints, strict=True))


def _sides(left: Expr, right: Expr) -> list[Label]:
    return [Label(left.span, f"this is {a_kind(left.type)}"), Label(right.span, f"this is {a_kind(right.type)}")]


def _missing_unit(ctx: Context, left: Expr, right: Expr) -> str:
    for plain, other in ((left, right), (right, left)):
        unit = unit_symbol(other.type.dimension)
        if isinstance(plain, Const) and plain.type.dimension == NONE and unit:
            return f"give it a unit: '{ctx.text(plain.span)} {unit}'"
    return ""


def _compare(ctx: Context, node: ast.Compare, where: Where) -> Expr | None:
    items = _compared(ctx, node, where)
    if items is None:
        return None
    parts: list[Expr] = []
    for op, left, right in zip(node.ops, items, items[1:], strict=False):
        span = left.span.to(right.span)
        if not _comparable(ctx, op, left, right, span):
            return None
        if left.type.kind == "enum" and left.type.choices != right.type.choices:
            right = convert_enum(right, left.type)  # codes are positions, and the lists differ in order
        parts.append(Op(op.id, (left, right), BOOL, span))
    return parts[0] if len(parts) == 1 else Op("and", tuple(parts), BOOL, node.span)


def _compared(ctx: Context, node: ast.Compare, where: Where) -> list[Expr] | None:
    """The operands. A bare word next to a value with fixed words is one of them, whatever else has its name."""
    found: dict[int, Expr | None] = {}
    names = {i for i, item in enumerate(node.items) if isinstance(item, ast.Name)}
    for i in (*(set(range(len(node.items))) - names), *sorted(names)):
        words = next((e.type for e in found.values() if e and e.type.kind in ("enum", "bool")), None)
        item = node.items[i]
        if words and isinstance(item, ast.Name):
            found[i] = enum_word(ctx, item, words) or expression(ctx, item, where)
            if found[i] is None:
                return None
        else:
            found[i] = expression(ctx, item, where)
    if any(found[i] is None for i in range(len(node.items))):
        return None
    items = [cast(Expr, found[i]) for i in range(len(node.items))]
    if any(is_number(i.type) for i in items):  # an event compares as its time
        items = [replace(i, type=_TIME) if isinstance(i, EventRef) else i for i in items]
    return items


def _comparable(ctx: Context, op: ast.Name, left: Expr, right: Expr, span: Span) -> bool:
    if is_number(left.type) and is_number(right.type):
        if left.type.dimension == right.type.dimension:
            return True
        a, b = (unit_symbol(e.type.dimension) or "a plain number" for e in (left, right))
        ctx.sink.error(
            "E0203", span, f"unit mismatch: cannot compare {a} with {b}", labels=_sides(left, right), caret=op.span,
            help=_missing_unit(ctx, left, right) or _suggest_factor(ctx, op, left, right),
        )  # fmt: skip
        return False
    same = left.type.kind == right.type.kind and left.type.kind in ("bool", "enum", "string")
    if same and left.type.kind == "enum" and left.type.choices != right.type.choices:
        same = set(left.type.choices) == set(right.type.choices) and len(left.type.choices) <= OPERANDS
    if same and op.id in ("==", "!="):
        return True
    if same:
        ctx.sink.error(
            "E0204", span, f"words have no order: '{op.id}' cannot compare them", caret=op.span, help="use == or !="
        )
    else:
        ctx.sink.error(
            "E0204", span, f"cannot compare {_found(left)} with {_found(right)}", labels=_sides(left, right),
            caret=op.span,
        )  # fmt: skip
    return False


def _suggest_factor(ctx: Context, op: ast.Name, left: Expr, right: Expr) -> str:
    """``ego.speed > 6 m``: a declared value whose dimension makes both sides equal."""
    a, b = left.type.dimension, right.type.dimension
    texts = ctx.text(left.span), ctx.text(right.span)
    for name, symbol in ctx.symbols.items():
        known: Definition | None = ctx.demand(name, left.span) if symbol.kind == "value" else None
        if known is None or not is_number(known.type) or known.type.dimension == NONE:
            continue
        what = f"('{name}' is {a_kind(known.type)} in scope)"
        if known.type.dimension == b / a:
            return f"did you mean '{texts[0]} * {name} {op.id} {texts[1]}'?  {what}"
        if known.type.dimension == a / b:
            return f"did you mean '{texts[0]} {op.id} {texts[1]} * {name}'?  {what}"
    return ""


def _ternary(ctx: Context, node: ast.Ternary, where: Where, wanted: ValueType | None) -> Expr | None:
    condition = expression(ctx, node.condition, where, BOOL)
    then = expression(ctx, node.then, where, wanted)
    if condition is None or then is None:
        return None
    other = expression(ctx, node.other, where, wanted or then.type)
    return Op("if", (condition, then, other), then.type, node.span) if other else None


def _points(ctx: Context, node: ast.ListX, where: Where) -> Expr | None:
    """``[(10 m, 2 m), (30 m, 5 m)]``: points, one after the other."""
    place = ValueType("place")
    items = [expression(ctx, i, where, place) for i in node.items]
    good = tuple(i for i in items if i is not None)
    if len(good) < len(items):
        return None
    if not good:
        ctx.sink.error("E0204", node.span, "a path needs at least one point", help="'[(30 m, 2 m), (60 m, 5 m)]'")
        return None
    return Vector(good, ValueType("list", of="place"), node.span)


def _vector(
    ctx: Context, node: ast.VectorX | ast.ListX, where: Where, wanted: ValueType | None
) -> Expr | None:  # fmt: skip
    item_type = ValueType("real", wanted.dimension) if wanted and wanted.kind == "vector" else None
    items = [expression(ctx, i, where, item_type) for i in node.items]
    good = [i for i in items if i is not None]
    if len(good) < len(items):
        return None
    if wanted and wanted.kind == "vector" and wanted.length and len(good) != wanted.length:
        ctx.sink.error("E0204", node.span, f"expected {wanted.length} values, found {len(good)}", note=a_kind(wanted))
        return None
    if not all(is_number(i.type) for i in good):
        bad = next(i for i in good if not is_number(i.type))
        ctx.sink.error("E0204", bad.span, f"a vector holds numbers, found {_found(bad)}")
        return None
    dimension = good[0].type.dimension if good else NONE
    for other in good[1:]:
        if other.type.dimension != dimension:
            ctx.sink.error(
                "E0203", other.span, "unit mismatch: the values of a vector are of one kind",
                caret_text=f"this is {a_kind(other.type)}",
                labels=[Label(good[0].span, f"this is {a_kind(good[0].type)}")],
            )  # fmt: skip
            return None
    return Vector(tuple(good), ValueType("vector", dimension, length=len(good)), node.span)


def _member(ctx: Context, node: ast.Member, where: Where) -> Expr | None:
    box = node.container
    if isinstance(box, ast.RangeX) and box.step is None:
        low, high = ast.Name(">=", node.span), ast.Name("<=", node.span)
        lower = _compare(ctx, ast.Compare((node.item, box.low), (low,), node.span), where)
        upper = _compare(ctx, ast.Compare((node.item, box.high), (high,), node.span), where)
        return Op("and", (lower, upper), BOOL, node.span) if lower and upper else None
    if isinstance(box, ast.SetX | ast.ListX):
        values = box.values if isinstance(box, ast.SetX) else box.items
        equal = ast.Name("==", node.span)
        parts = [_compare(ctx, ast.Compare((node.item, v), (equal,), node.span), where) for v in values]
        good = [p for p in parts if p is not None]
        return Op("or", tuple(good), BOOL, node.span) if good and len(good) == len(parts) else None
    ctx.sink.error(
        "E0204", box.span, "'in' needs a range 'low..high' or a list '{a, b}'",
        help="for a place write 'entity.inside(place)'",
    )  # fmt: skip
    return None


def _quantifier(ctx: Context, node: ast.CallX, where: Where) -> Expr | bool | None:
    """``all(g in goods: body)``; False where the call is not one."""
    body = next((a.body for a in node.arguments if a.body is not None), None)
    if body is None:
        return False
    name = node.function
    if not isinstance(name, ast.Name) or name.id not in ("any", "all", "count") or len(node.arguments) != 1:
        ctx.sink.error("E0205", node.span, "only any(x in array: ...), all(...) and count(...) take a ':'")
        return None
    head = node.arguments[0].bind.value
    if (
        not isinstance(head, ast.Member)
        or not isinstance(head.item, ast.Name)
        or not isinstance(head.container, ast.Name)
    ):
        ctx.sink.error("E0205", head.span, f"expected '{name.id}(x in array: condition)'")
        return None
    array, variable = head.container, head.item.id
    entity = ctx.entities.get(array.id)
    if entity is None or not entity.array:
        arrays = [e.name for e in ctx.entities.values() if e.array]
        ctx.unknown("entity array", array, arrays, "arrays are declared with a count: 'car parked[3] ...'")
        return None
    inside = replace(where, variables={**where.variables, variable: array.id})
    inner = expression(ctx, body, inside, BOOL)
    if inner is None:
        return None
    sizes = [ctx.entities[a].count_max for a in inside.variables.values() if a in ctx.entities]
    if math.prod(sizes) > COMBINATIONS:
        ctx.sink.error(
            "E0110", node.span,
            f"{' x '.join(f'{n:,}' for n in sizes)} elements are looked at here, {math.prod(sizes):,} combinations; at "
            f"most {COMBINATIONS:,}", help="give the arrays smaller upper bounds, or put fewer any, all and count into "
            "one another",
        )  # fmt: skip
        return None
    kind = BOOL if name.id != "count" else NUMBER
    return Quantifier(name.id, variable, array.id, inner, kind, node.span)
