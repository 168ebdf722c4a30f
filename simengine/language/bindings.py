"""Right-hand sides: fixed values and distributions, and the definitions they make."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from simengine.errors import did_you_mean
from simengine.language import syntax as ast
from simengine.language.assets import SPLITS, assets
from simengine.language.calls import match_arguments
from simengine.language.components import spelt_out
from simengine.language.decimals import in_unit
from simengine.language.display import usual_unit, written_unit
from simengine.language.expressions import coerce, expression
from simengine.language.habits import FAMILIES_ELSEWHERE
from simengine.language.kinds import a_kind, is_number, number_text, unit_symbol
from simengine.language.program import Binding, Choice, Definition, Family, Range
from simengine.language.scope import Context, Where
from simengine.language.supports import Interval, binding_support, constant
from simengine.language.terms import Const, Expr, Ref, Span, Vector
from simengine.language.walk import uses_state
from simengine.units import NONE, UNITS, Dimension, Unit
from simengine.world.library import BOOL, NUMBER, Property, ValueType, enum
from simengine.world.vocabulary import FAMILIES

__all__ = ["binding", "bounded", "check_bounds", "define", "weights"]

_VALUES = ("real", "int", "bool", "enum", "string", "vector")
_TRUTH = {"yes", "no", "true", "false"}
_STRING, _LENGTH = ValueType("string"), ValueType("real", replace(NONE, m=1))


def define(
    ctx: Context, path: str, span: Span, bind: ast.Bind, where: Where, wanted: ValueType | None,
    prop: Property | None = None, array: str | None = None, doc: str = "", active: tuple[str, str] | None = None,
) -> Definition | None:  # fmt: skip
    """A definition from ``= value`` or ``~ distribution``, checked against type and bounds."""
    made = binding(ctx, bind.value, where, wanted, prop)
    if made is None:
        return None
    value, kind = made
    if prop is not None:
        if not check_bounds(ctx, value, kind, prop, bind.span):
            return None
        if not prop.runs:
            ctx.later(span, f"property '{prop.name}'")
    bounds = None if prop is None or active else _open_bounds(ctx, value, kind, prop)
    return Definition(path, value, kind, span, array, (), active, doc, bounds)


def bounded(ctx: Context, path: str, value: Expr, prop: Property) -> Expr | None:
    """A number that must keep the bounds of ``prop``; None after an error.

    What is computed from draws and could leave them becomes the definition ``path``, so that such draws are rejected;
    what follows from the running simulation is looked at when it is known.
    """
    if value.type.kind not in ("real", "int") or uses_state(value):
        return value
    if not check_bounds(ctx, value, value.type, prop, value.span):
        return None
    if _open_bounds(ctx, value, value.type, prop) is None:
        return value
    made = Definition(path, value, value.type, value.span, bounds=(prop.low, prop.high))
    ctx.plan(path, value.span, lambda: made)
    found = ctx.demand(path, value.span)
    return Ref(path, found.type, value.span) if found else None


def binding(
    ctx: Context, node: ast.Expression | ast.Dist, where: Where, wanted: ValueType | None, prop: Property | None = None
) -> tuple[Binding, ValueType] | None:
    """The checked right-hand side and its type."""
    if isinstance(node, ast.Dist):
        return _distribution(ctx, node, where, wanted, prop)
    value = expression(ctx, node, where, wanted)
    if value is None:
        return None
    if wanted is None and value.type.kind not in _VALUES:
        ctx.sink.error(
            "E0204", value.span, f"a name stands for a number, a word or a condition, not for {a_kind(value.type)}",
            help="use it directly",
        )  # fmt: skip
        return None
    return value, wanted if wanted is not None and wanted.kind != "any" else value.type


# ---- bounds ----------------------------------------------------------------------------------------------------


def check_bounds(ctx: Context, value: Binding, kind: ValueType, prop: Property, span: Span) -> bool:
    """Report a value that leaves the bounds of its property.

    A constant or a draw must stay inside for certain. What is computed from other draws may be kept inside by a
    ``require``, so it is an error only if it lies outside for every draw.
    """
    if prop.whole and not _whole_parts(ctx, value, prop):
        return False
    if kind.kind not in ("real", "int", "vector") or (math.isinf(prop.low) and math.isinf(prop.high)):
        return True
    for part in _parts(value):
        found = binding_support(part, ctx.supports)
        certain = isinstance(part, Range | Choice | Family) or found[0] == found[1]
        slack = 1e-9 * max(1.0, *(abs(b) for b in (prop.low, prop.high) if math.isfinite(b)))
        outside = found[0] > prop.high + slack or found[1] < prop.low - slack
        leaves = found[0] < prop.low - slack or found[1] > prop.high + slack
        if outside or (certain and leaves):
            _out_of_bounds(ctx, found, kind, prop, span, outside or found[0] == found[1])
            return False
    return True


def _parts(value: Binding) -> Sequence[Binding]:
    """The numbers of a value: components of a vector, or of each vector of a set."""
    if isinstance(value, Choice) and all(isinstance(v, Vector) for v in value.values):
        return [item for v in value.values if isinstance(v, Vector) for item in v.items]
    return value.items if isinstance(value, Vector) else [value]


def _open_bounds(ctx: Context, value: Binding, kind: ValueType, prop: Property) -> tuple[float, float] | None:
    """The bounds of a property that a computed value is not certain to keep."""
    if isinstance(value, Const | Range | Choice | Family) or kind.kind not in ("real", "int"):
        return None
    low, high = binding_support(value, ctx.supports)
    return None if prop.low <= low <= high <= prop.high else (prop.low, prop.high)


def _whole_parts(ctx: Context, value: Binding, prop: Property) -> bool:
    """Report a part that is no whole number, or that may be none."""
    for part in _parts(value):
        if isinstance(part, Range | Choice | Family):
            continue
        number = constant(part)
        if number is None and not ctx.wholes.is_whole(part):
            ctx.sink.error(
                "E0204", part.span, f"'{prop.name}' takes whole numbers, and this may be none",
                help="declare it so: 'param n: int ~ 1..3', or round it: 'floor(...)'", note=prop.doc,
            )  # fmt: skip
            return False
        if number is not None and number != math.floor(number):
            ctx.sink.error(
                "E0204", part.span, f"'{prop.name}' takes whole numbers, found {number:g}",
                help=f"write {math.floor(number)} or {math.ceil(number)}", note=prop.doc,
            )  # fmt: skip
            return False
    return True


def _in_words(value: float, dimension: Dimension, unit: Unit | None) -> str:
    return number_text(value, dimension) if unit is None else f"{in_unit(value, unit):.6g} {unit.symbol}"


def _out_of_bounds(
    ctx: Context, found: Interval, kind: ValueType, prop: Property, span: Span, always: bool
) -> None:  # fmt: skip
    dimension = kind.dimension
    bounds = prop.low, prop.high
    usual = usual_unit(dimension, bounds)
    unit = written_unit(ctx.text(span), dimension) or usual
    of_bounds = usual if usual is UNITS["mm/h"] else unit  # rain in m/s says nothing to anybody
    low, high = (_in_words(v, dimension, of_bounds) for v in bounds)
    if math.isinf(prop.high):
        allowed = f"at least {low}"
    elif math.isinf(prop.low):
        allowed = f"at most {high}"
    else:
        allowed = f"{low.split(' ')[0]}..{high}"
    values = " to ".join(dict.fromkeys(_in_words(v, dimension, unit) for v in found))
    verb = "is" if always else "can be"
    ctx.sink.error(
        "E0208", span, f"'{prop.name}' {verb} {values}, outside of {allowed}",
        help=f"keep it {'' if allowed.startswith('at ') else 'within '}{allowed}", note=prop.doc,
    )  # fmt: skip


# ---- distributions ---------------------------------------------------------------------------------------------


def _distribution(
    ctx: Context, node: ast.Dist, where: Where, wanted: ValueType | None, prop: Property | None
) -> tuple[Binding, ValueType] | None:
    body = node.body
    if isinstance(body, ast.RangeX):
        made = _range(ctx, body, where, wanted)
    elif isinstance(body, ast.SetX):
        made = _set(ctx, body, where, wanted)
    elif isinstance(body, ast.CallX) and isinstance(body.function, ast.Name) and body.function.id in FAMILIES:
        made = _family(ctx, body, body.function.id, where, wanted)
    else:
        _no_distribution(ctx, body)
        return None
    if made is None:
        return None
    value, kind = made
    if node.within is None:
        return _default_truncation(value, kind, prop), kind
    limits = _limits(ctx, node.within, where, kind) if is_number(kind) or not isinstance(value, Choice) else None
    if isinstance(value, Choice):
        kept = _kept(ctx, value, kind, limits, node.within.span)
        return (kept, kind) if kept else None
    return (replace(cast("Range | Family", value), within=limits), kind) if limits else None


def _kept(ctx: Context, value: Choice, kind: ValueType, limits: tuple[Expr, Expr] | None, span: Span) -> Choice | None:
    """The values of a set that lie within bounds, or None after reporting an error; the law is the one given them."""
    if not is_number(kind):
        ctx.sink.error(
            "E0212", span, "'within' bounds numbers, and this set has none", help="leave out what is not to be drawn"
        )
        return None
    if limits is None:
        return None
    low, high = (constant(e) for e in limits)
    numbers = [constant(v) for v in value.values]
    if low is None or high is None or None in numbers:
        ctx.sink.error(
            "E0212", span, "'within' after a set needs fixed bounds and values",
            help="leave out what is not to be drawn, or 'require' it",
        )  # fmt: skip
        return None
    slack = 1e-9 * max(abs(low), abs(high))  # 30 cm is 0.3 m, however units round
    inside = [n is not None and low - slack <= n <= high + slack for n in numbers]
    weights = tuple(w for w, i in zip(value.weights, inside, strict=True) if i)
    if sum(weights) <= 0:
        ctx.sink.error("E0212", span, "the bounds after 'within' hold nothing of the set", help="widen the bounds")
        return None
    return Choice(tuple(v for v, i in zip(value.values, inside, strict=True) if i), weights, value.span)


def _default_truncation(value: Binding, kind: ValueType, prop: Property | None) -> Binding:
    """A family with tails that is drawn for a bounded property is drawn within its bounds."""
    tails = isinstance(value, Family) and value.name in ("normal", "lognormal", "poisson")
    if not tails or prop is None or math.isinf(prop.low) or math.isinf(prop.high):
        return value
    assert isinstance(value, Family)
    return replace(value, within=(Const(prop.low, kind, value.span), Const(prop.high, kind, value.span)))


def _no_distribution(ctx: Context, body: ast.Expression) -> None:
    names = body.function if isinstance(body, ast.CallX) else None
    if isinstance(names, ast.Attribute):  # random.uniform(1, 3)
        names = names.name
    elsewhere = FAMILIES_ELSEWHERE.get(names.id) if isinstance(names, ast.Name) else None
    if isinstance(names, ast.Name) and isinstance(body, ast.CallX) and elsewhere is not None:
        texts = [ctx.text(a.bind.span) for a in body.arguments]
        written = elsewhere.format(*texts, *["..."] * 2, all=", ".join(texts))
        ctx.sink.error(
            "E0201", names.span, f"unknown distribution '{names.id}'", help=f"write '~ {written}'" if written else "",
            note=f"families: {', '.join(FAMILIES)}; a range is 'low..high', a set '{{a, b}}'",
        )  # fmt: skip
        return
    near = did_you_mean(names.id, list(FAMILIES)) if isinstance(names, ast.Name) else None
    if isinstance(names, ast.Name):
        ctx.sink.error(
            "E0201", names.span, f"unknown distribution '{names.id}'",
            help=f"did you mean '{near}'?" if near else "",
            note=f"families: {', '.join(FAMILIES)}; a range is 'low..high', a set '{{a, b}}'",
        )  # fmt: skip
        return
    if isinstance(body, ast.Chain) and [o.id for o in body.ops] == ["-"]:
        low, high = (ctx.text(i.span) for i in body.items)
        if all(isinstance(i, ast.Number) for i in body.items):
            message = f"'{ctx.text(body.span)}' is a difference, one single value"
            ctx.sink.error("E0212", body.span, message, help=f"a range is written '{low}..{high}'")
            return
    if isinstance(body, ast.ListX | ast.VectorX) and len(body.items) > 1:
        items = [ctx.text(i.span) for i in body.items]
        between = f"'{items[0]}..{items[1]}' for all that lies between, " if len(items) == 2 else ""
        ctx.sink.error(
            "E0212", body.span, "'~' draws from a distribution, and this is a list",
            help=f"write {between}'{{{', '.join(items)}}}' for one of them",
        )  # fmt: skip
        return
    ctx.sink.error(
        "E0212", body.span, "'~' draws from a distribution, and this is a single value",
        help="use '=' for a fixed value, or write a range 'low..high', a set '{a, b}' or a family such as normal(...)",
    )  # fmt: skip


def _range(
    ctx: Context, node: ast.RangeX, where: Where, wanted: ValueType | None
) -> tuple[Binding, ValueType] | None:  # fmt: skip
    if wanted is not None and not is_number(wanted) and wanted.kind != "any":
        ctx.sink.error("E0204", node.span, f"expected {a_kind(wanted)}, found a range of numbers")
        return None
    scalar = wanted if wanted is not None and wanted.kind != "any" else None
    item = NUMBER if scalar and scalar.kind == "int" else scalar
    high = expression(ctx, node.high, where, item)
    if high is None:
        return None
    if item is None and not is_number(high.type):
        ctx.sink.error("E0204", high.span, f"a range has numbers, found {a_kind(high.type)}")
        return None
    kind = item or ValueType("real", high.type.dimension)
    low = expression(ctx, node.low, where, kind)
    step = expression(ctx, node.step, where, kind) if node.step is not None else None
    if isinstance(node.step, ast.Number) and node.step.unit and UNITS[node.step.unit].offset:
        ctx.sink.error("E0203", node.step.span, "a step is a difference of temperatures", help="write it in K")
        return None
    if low is None or (node.step is not None and step is None) or not _ordered(ctx, low, high, kind):
        return None
    width = constant(step)
    if width is not None and width <= 0:
        ctx.sink.error(
            "E0212",
            step.span if step else node.span,
            "the step of a range must be positive",
            help="leave out the sign" if width else "leave out 'step', for a range without steps",
        )
        return None
    if scalar and scalar.kind == "int" and not (_whole(ctx, low) and _whole(ctx, step)):
        return None
    if scalar and scalar.kind == "int" and step is None:
        step = Const(1.0, NUMBER, node.span)  # whole numbers: every one of them is drawn as often
    return Range(low, high, step, None, node.span), scalar or kind


def _whole(ctx: Context, expr: Expr | None) -> bool:
    """Report a start or step of a range of whole numbers that is none."""
    value = constant(expr)
    if expr is None or value is None or value == math.floor(value):
        return True
    ctx.sink.error("E0204", expr.span, f"expected a whole number, found {value:g}", note="as the range is of them")
    return False


def _ordered(ctx: Context, low: Expr, high: Expr, kind: ValueType) -> bool:
    a, b = constant(low), constant(high)
    if a is None or b is None or a <= b:
        return True
    span = low.span.to(high.span)
    texts = number_text(a, kind.dimension), number_text(b, kind.dimension)
    first, last = (re.fullmatch(r"([-\d.e+]+) ?(.*)", ctx.text(e.span)) for e in (low, high))
    swap = f"{texts[1].split(' ')[0]}..{texts[0]}"
    if first and last and first[2] in ("", last[2]):  # in the unit that was written
        texts, swap = (f"{first[1]} {last[2]}".strip(), last[0]), f"{last[1]}..{first[1]} {last[2]}".strip()
    ctx.sink.error("E0212", span, f"the range is empty: {texts[0]} is more than {texts[1]}", help=f"write '{swap}'")
    return False


def _limits(ctx: Context, node: ast.RangeX, where: Where, kind: ValueType) -> tuple[Expr, Expr] | None:
    item = NUMBER if kind.kind == "int" else kind
    low, high = expression(ctx, node.low, where, item), expression(ctx, node.high, where, item)
    return (low, high) if low and high and _ordered(ctx, low, high, item) else None


def _set(ctx: Context, node: ast.SetX, where: Where, wanted: ValueType | None) -> tuple[Binding, ValueType] | None:
    kind = wanted if wanted is not None and wanted.kind != "any" else _own_words(ctx, node)
    values: list[Expr] = []
    for item in node.values:
        value = expression(ctx, item, where, kind)
        if value is None:
            return None
        kind = kind or value.type
        values.append(value)
    found = weights(ctx, node)
    if found is None or kind is None or _twice(ctx, values):
        return None
    return Choice(tuple(values), found, node.span), kind


def _own_words(ctx: Context, node: ast.SetX) -> ValueType | None:
    """``{left, right}``: an enumeration of its own words, unless they are names of values."""
    words = [v.id for v in node.values if isinstance(v, ast.Name)]
    if len(words) < len(node.values) or all(w in ctx.symbols for w in words):
        return None
    return BOOL if all(w in _TRUTH for w in words) else enum(*dict.fromkeys(words))


def weights(ctx: Context, node: ast.SetX) -> tuple[float, ...] | None:
    """The weights of a set (1 each where none are written), or None after reporting an error."""
    if all(w is None for w in node.weights):
        return (1.0,) * len(node.values)
    out: list[float] = []
    for value, weight in zip(node.values, node.weights, strict=True):
        if weight is None:
            ctx.sink.error(
                "E0212", value.span, "this value has no weight and others have one",
                help="write 'value: weight' for each",
            )  # fmt: skip
            return None
        lowered = expression(ctx, weight, Where(place="a weight"), NUMBER)
        number = constant(lowered)
        if lowered is None:
            return None
        if number is None or number < 0:
            ctx.sink.error("E0212", weight.span, "a weight is a fixed number, 0 or more", help="write a number")
            return None
        out.append(number)
    if sum(out) <= 0 or not math.isfinite(sum(out)):
        ctx.sink.error(
            "E0212", node.span, "the weights must add up to a number above zero", help="give one value the weight 1"
        )
        return None
    return tuple(out)


def _twice(ctx: Context, values: list[Expr]) -> bool:
    seen: set[object] = set()
    for value in values:
        key = value.value if isinstance(value, Const) else id(value)
        if key in seen:
            ctx.sink.error(
                "E0212", value.span, f"'{ctx.text(value.span)}' stands in the set twice", help="use a weight"
            )
            return True
        seen.add(key)
    return False


def _family(
    ctx: Context, node: ast.CallX, name: str, where: Where, wanted: ValueType | None
) -> tuple[Binding, ValueType] | None:  # fmt: skip
    own = NUMBER if name in ("beta", "poisson") else None
    if own and wanted is not None and wanted.kind != "any" and not (is_number(wanted) and wanted.dimension == NONE):
        unit = unit_symbol(wanted.dimension)
        ctx.sink.error(
            "E0203", node.span, f"unit mismatch: '{name}' gives a plain number, expected {a_kind(wanted)}",
            help=f"draw a 'param' from it and multiply by a unit, for example '1 {unit} * share'",
        )  # fmt: skip
        return None
    scalar = wanted if wanted is not None and is_number(wanted) else own
    if name != "library" and wanted is not None and not is_number(wanted) and wanted.kind != "any":
        ctx.sink.error("E0204", node.span, f"expected {a_kind(wanted)}, found the distribution '{name}' of numbers")
        return None
    if scalar and scalar.kind == "int" and name != "poisson":
        ctx.sink.error(
            "E0204", node.span, f"expected a whole number, and '{name}' gives all numbers",
            help="draw from a range 'low..high', a set or 'poisson'",
        )  # fmt: skip
        return None
    item = NUMBER if scalar and scalar.kind == "int" else scalar
    properties = [Property(p, ValueType("any")) for p in FAMILIES[name]]
    required = properties if name != "library" else properties[:1]
    given = match_arguments(ctx, f"'{name}'", properties, required, node.arguments, node.span)
    if given is None:
        return None
    args = _family_args(ctx, name, [(p, given[p][1]) for p in FAMILIES[name] if p in given], where, item)
    if args is None or not _family_sense(ctx, name, args):
        return None
    if name == "library":
        chosen = assets(ctx, dict(zip((p for p in FAMILIES[name] if p in given), args, strict=True)), node.span)
        return (chosen, _STRING) if chosen else None
    kind = item or args[0].type
    if name == "histogram":
        kind = item or ValueType("real", args[0].type.dimension)
        args = [spelt_out(a, ctx.definitions) for a in args]
    return Family(name, tuple(args), None, node.span), scalar or kind


def _family_args(
    ctx: Context, name: str, given: list[tuple[str, ast.Bind]], where: Where, item: ValueType | None
) -> list[Expr] | None:
    args: list[Expr] = []
    for parameter, bind in given:
        if isinstance(bind.value, ast.Dist):
            ctx.sink.error(
                "E0212", bind.span, "an argument of a distribution is not drawn itself", help="draw a 'param' first"
            )
            return None
        value = expression(ctx, bind.value, where, _parameter_type(name, parameter, item))
        if value is None:
            return None
        if item is None and name in ("normal", "triangular") and args:
            value = coerce(ctx, value, args[0].type, where.place)
        if value is None:
            return None
        if name not in ("histogram", "library") and not is_number(value.type):
            ctx.sink.error("E0204", value.span, f"'{name}' needs numbers, found {a_kind(value.type)}")
            return None
        args.append(value)
    return args


def _parameter_type(name: str, parameter: str, item: ValueType | None) -> ValueType | None:
    if name == "library":
        return {"name": _STRING, "split": enum(*SPLITS)}.get(parameter, _LENGTH)
    if name == "histogram":
        return ValueType("vector", item.dimension) if item and parameter == "edges" else None
    if name in ("beta", "poisson") or (name == "lognormal" and parameter == "sigma"):
        return NUMBER
    return item


_POSITIVE = {"beta": (0, 1), "lognormal": (0,), "poisson": ()}
_NOT_NEGATIVE = {"normal": (1,), "lognormal": (1,), "poisson": (0,)}


def _family_sense(ctx: Context, name: str, args: list[Expr]) -> bool:
    """Parameters that make a distribution, as far as they are fixed."""
    numbers = [constant(a) for a in args] if name not in ("library", "histogram") else []
    for k, value in enumerate(numbers):
        if value is None:
            continue
        parameter = FAMILIES[name][k]
        if (k in _POSITIVE.get(name, ()) and value <= 0) or (k in _NOT_NEGATIVE.get(name, ()) and value < 0):
            word = "positive" if k in _POSITIVE.get(name, ()) else "0 or more"
            ctx.sink.error("E0212", args[k].span, f"'{parameter}' of '{name}' must be {word}", help="change its sign")
            return False
    if name == "triangular" and None not in numbers and numbers != sorted(cast("list[float]", numbers)):
        ctx.sink.error(
            "E0212", args[1].span, "'triangular' needs low <= mode <= high", help="write its numbers in rising order"
        )
        return False
    return name != "histogram" or _histogram_sense(ctx, args)


def _histogram_sense(ctx: Context, args: list[Expr]) -> bool:
    edges, weights = args
    lengths = edges.type.length, weights.type.length
    if {edges.type.kind, weights.type.kind} != {"vector"} or lengths[0] != lengths[1] + 1 or not lengths[1]:
        ctx.sink.error(
            "E0212", edges.span, "'histogram' needs a list of edges and one weight less than edges",
            help="histogram([0, 1, 2], [3, 1])",
        )  # fmt: skip
        return False
    return True
