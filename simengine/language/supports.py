"""Static supports: the interval in which a value lies for every draw, by interval arithmetic. Always a superset."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from simengine.language.program import Binding, Choice, Family, Range
from simengine.language.terms import Call, Const, Expr, Op, Ref, Vector

__all__ = ["EVERYTHING", "Interval", "binding_support", "constant", "constant_word", "support"]

Interval: TypeAlias = tuple[float, float]
EVERYTHING: Interval = (-math.inf, math.inf)


def constant(expr: Expr | None) -> float | None:
    """The value of an expression that has no names in it, or None."""
    if expr is None:
        return None
    low, high = support(expr, {})
    return low if low == high and math.isfinite(low) else None


def constant_word(expr: Expr) -> str | None:
    """A word that is written out, or None."""
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else None


def support(expr: Expr, known: Mapping[str, Interval]) -> Interval:
    """The interval of a numeric expression; everything where nothing is known."""
    match expr:
        case Const():
            value = expr.value
            return (float(value), float(value)) if isinstance(value, int | float) else EVERYTHING
        case Ref():
            return EVERYTHING if expr.state else known.get(expr.path, EVERYTHING)
        case Op():
            return _clean(_operation(expr, known))
        case Call() if expr.receiver is None:
            return _clean(_call(expr, known))
        case _:
            return EVERYTHING


def binding_support(binding: Binding, known: Mapping[str, Interval]) -> Interval:
    """The interval of a definition's value."""
    match binding:
        case Range():
            found = _hull(support(binding.low, known), support(binding.high, known))
        case Choice():
            found = _hull(*(support(v, known) for v in binding.values if not isinstance(v, Vector)))
        case Family():
            found = _family(binding, known)
        case _:
            return support(binding, known)
    if binding.within if isinstance(binding, Range | Family) else None:
        assert isinstance(binding, Range | Family) and binding.within
        low, high = support(binding.within[0], known)[0], support(binding.within[1], known)[1]
        return max(found[0], low), min(found[1], high)
    return found


def _family(family: Family, known: Mapping[str, Interval]) -> Interval:
    args = [support(a, known) for a in family.args]
    if family.name == "beta":
        return 0.0, 1.0
    if family.name in ("lognormal", "poisson"):
        return 0.0, math.inf
    if family.name == "triangular" and len(args) == 3:
        return _hull(*args)
    if family.name == "histogram" and family.args and isinstance(family.args[0], Vector):
        return _hull(*(support(e, known) for e in family.args[0].items))
    return EVERYTHING


def _hull(*items: Interval) -> Interval:
    return (min(i[0] for i in items), max(i[1] for i in items)) if items else EVERYTHING


def _clean(found: Interval) -> Interval:
    return EVERYTHING if math.isnan(found[0]) or math.isnan(found[1]) else found


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b  # the limit of x * y at a bound that is never reached


def _product(a: Interval, b: Interval) -> Interval:
    corners = [_times(x, y) for x in a for y in b]
    return min(corners), max(corners)


def _quotient(a: Interval, b: Interval) -> Interval:
    if b[0] <= 0.0 <= b[1]:
        return EVERYTHING
    return _product(a, (1.0 / b[1], 1.0 / b[0]))


def _operation(op: Op, known: Mapping[str, Interval]) -> Interval:
    if op.op == "if":
        return _hull(support(op.args[1], known), support(op.args[2], known))
    if op.op not in ("+", "-", "*", "/", "neg"):
        return EVERYTHING
    a = support(op.args[0], known)
    if op.op == "neg":
        return -a[1], -a[0]
    b = support(op.args[1], known)
    if op.op == "+":
        return a[0] + b[0], a[1] + b[1]
    if op.op == "-":
        return a[0] - b[1], a[1] - b[0]
    return _product(a, b) if op.op == "*" else _quotient(a, b)


def _whole(function: str, end: float) -> float:
    """A bound that has been rounded; halves go to the even number."""
    if not math.isfinite(end):
        return end
    return float(math.floor(end) if function == "floor" else math.ceil(end) if function == "ceil" else round(end))


def _call(call: Call, known: Mapping[str, Interval]) -> Interval:
    args = [support(a, known) for a in call.args.values()]
    match call.function:
        case "min":
            return min(a[0] for a in args), min(a[1] for a in args)
        case "max":
            return max(a[0] for a in args), max(a[1] for a in args)
        case "abs":
            low, high = args[0]
            return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
        case "sqrt":
            low, high = args[0]
            return math.sqrt(max(low, 0.0)), math.sqrt(high) if high >= 0 else math.nan
        case "floor" | "ceil" | "round":
            return _whole(call.function, args[0][0]), _whole(call.function, args[0][1])
        case "sin" | "cos":
            return -1.0, 1.0
        case "distance" | "gap" | "ttc" | "headway":
            return EVERYTHING
        case "visible":
            return 0.0, 1.0
        case _:
            return EVERYTHING
