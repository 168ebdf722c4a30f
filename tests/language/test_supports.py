from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.language import program as p
from simengine.language import terms
from simengine.language.kinds import unit_symbol
from simengine.language.supports import binding_support, support
from simengine.units import DIMENSIONS, UNITS, Dimension
from simengine.world.library import NUMBER
from tests.language.programs import check, program

SPAN = terms.Span(1, 1, 1, 2)
_number = st.floats(-100, 100, allow_nan=False)


def _const(value: float) -> terms.Expr:
    return terms.Const(value, NUMBER, SPAN)


_LEAVES = st.one_of(_number.map(_const), st.sampled_from(["a", "b"]).map(lambda n: terms.Ref(n, NUMBER, SPAN)))
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*/"), inner, inner).map(lambda t: terms.Op(t[0], t[1:], NUMBER, SPAN)),
        inner.map(lambda e: terms.Op("neg", (e,), NUMBER, SPAN)),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda t: terms.Call(t[0], None, {"a": t[1], "b": t[2]}, NUMBER, SPAN)
        ),
        inner.map(lambda e: terms.Call("abs", None, {"x": e}, NUMBER, SPAN)),
    ),
    max_leaves=8,
)


def _value(expr: terms.Expr, known: dict[str, float]) -> float:
    match expr:
        case terms.Const():
            return float(expr.value)
        case terms.Ref():
            return known[expr.path]
        case terms.Op(op="neg"):
            return -_value(expr.args[0], known)
        case terms.Op():
            a, b = (_value(e, known) for e in expr.args)
            try:
                return {"+": a + b, "-": a - b, "*": a * b}[expr.op] if expr.op != "/" else a / b
            except ZeroDivisionError:
                return math.nan
        case terms.Call():
            args = [_value(e, known) for e in expr.args.values()]
            return abs(args[0]) if expr.function == "abs" else {"min": min, "max": max}[expr.function](args)
    raise AssertionError


@settings(max_examples=300, deadline=None, derandomize=True)
@given(_EXPRESSIONS, _number, _number, _number, _number, st.floats(0, 1), st.floats(0, 1))
def test_supports_hold_every_value(expr: terms.Expr, a: float, b: float, c: float, d: float, u: float, v: float):
    """Soundness of interval arithmetic: any choice inside the inputs' intervals lands inside the result's."""
    bounds = {"a": (min(a, b), max(a, b)), "b": (min(c, d), max(c, d))}
    point = {"a": min(max(a + u * (b - a), min(a, b)), max(a, b)), "b": min(max(c + v * (d - c), min(c, d)), max(c, d))}
    value = _value(expr, point)
    low, high = support(expr, bounds)
    slack = 1e-9 * max(1.0, abs(value)) if math.isfinite(value) else 0.0
    assert math.isnan(value) or low - slack <= value <= high + slack


def test_supports_of_distributions():
    """A beta lies in 0..1, a set between its extremes, a truncated normal inside its bounds."""
    beta = p.Family("beta", (_const(2.0), _const(5.0)), None, SPAN)
    assert binding_support(beta, {}) == (0.0, 1.0)
    assert binding_support(p.Choice((_const(3.0), _const(-1.0)), (1.0, 1.0), SPAN), {}) == (-1.0, 3.0)
    normal = p.Family("normal", (_const(0.0), _const(1.0)), (_const(-2.0), _const(1.0)), SPAN)
    assert binding_support(normal, {}) == (-2.0, 1.0)


_DIMENSION = st.sampled_from(sorted(DIMENSIONS))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.floats(0.1, 1000), st.floats(0.1, 1000))
def test_units_follow_the_algebra_of_dimensions(one: str, two: str, x: float, y: float):
    """The product of two quantities compares with the product of its parts in SI, whatever the units.

    Dividing the product by its second factor gives a quantity that compares with the first without a unit error, and
    adding quantities of different dimensions is refused.
    """
    a, b = f"{x:.6f} {one}", f"{y:.6f} {two}"
    good = check(f"scenario t:\n    require {a} * ({b}) / ({b}) >= {a} - ({a})\n")
    assert not [d for d in good.diagnostics if d.code == "E0203"]
    sums = check(f"scenario t:\n    require {a} + {b} > {a}\n").diagnostics
    assert bool([d for d in sums if d.code == "E0203"]) == (UNITS[one].dimension != UNITS[two].dimension)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(0.001, 1e6), st.sampled_from(sorted(UNITS)))
def test_quantities_are_converted_to_si(x: float, unit: str):
    """value * scale + offset, from the table of units."""
    made = program(f"let a = {x:.9f} {unit}", f"cover a bins [0, 1] {unit}")
    expected = float(f"{x:.9f}") * UNITS[unit].scale + UNITS[unit].offset
    assert made.supports["a"] == (expected, expected)


def test_unit_symbols_name_their_dimension():
    """Messages say m/s, not m1 s-1; unnamed products fall back to exponents."""
    assert unit_symbol(DIMENSIONS["speed"]) == "m/s"
    assert unit_symbol(Dimension(m=3, s=-5)) == "m3 s-5"
