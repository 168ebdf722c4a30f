"""Constraints that a program implies: a distribution whose numbers depend on other variables must have a value.

``param a ~ 0..10`` and ``param b ~ 5..a`` mean nothing where a < 5: such draws are rejected as if the program said
``require 5 <= a``. So are draws with which a computed value leaves the bounds of its property. What is certain from
the supports needs no constraint.
"""

from __future__ import annotations

import sys

from simengine.language.evaluate import FUNCTIONS
from simengine.language.program import Choice, Definition, Family, Program, Range, Require
from simengine.language.supports import support
from simengine.language.terms import Call, Const, Expr, Op, Quantifier, Ref, Span, Vector
from simengine.language.walk import parts
from simengine.world.library import BOOL, NUMBER

__all__ = ["implied_requires"]

_LARGEST = sys.float_info.max


def implied_requires(program: Program) -> tuple[Require, ...]:
    """One constraint for each definition that can be left without a value."""
    out: list[Require] = []
    tame: set[str] = set()  # definitions whose value is a number for every draw
    plain: set[str] = set()  # definitions that are known without the placed scene
    for definition in program.definitions.values():
        binding, conditions = definition.binding, list[Op]()
        if isinstance(binding, Range | Choice | Family) or _is_tame(binding, tame):
            tame.add(definition.path)
        if isinstance(binding, Range | Choice | Family) or _is_arithmetic(binding, plain):
            plain.add(definition.path)
            conditions = _kept(definition)
        conditions += [c for c in _conditions(definition) if not (_is_tame(c, tame) and _certain(c, program))]
        if conditions:
            span = definition.span
            expr = conditions[0] if len(conditions) == 1 else Op("and", tuple(conditions), BOOL, span)
            if definition.array is not None:
                expr = Quantifier("all", "", definition.array, expr, BOOL, span)
            path = definition.path
            name = path.rpartition(".")[2] if path.startswith(("timeline.", "when.", "monitor.")) else path
            text = f"'{name}' " + ("has a value" if definition.drawn else "is within its bounds")
            out.append(Require(expr, "", span, False, text, True))
    return tuple(out)


def _kept(definition: Definition) -> list[Op]:
    """A computed value lies within the bounds of its property."""
    if definition.bounds is None:
        return []
    value, (low, high) = Ref(definition.path, definition.type, definition.span), definition.bounds
    return [_at_most(_number(low, value), value), _at_most(value, _number(high, value))]


def _is_arithmetic(expr: Expr, plain: set[str]) -> bool:
    return all(
        isinstance(p, Const | Op) or (isinstance(p, Ref) and not p.state and p.path in plain)
        or (isinstance(p, Call) and p.receiver is None and not p.state and p.function in FUNCTIONS)
        for p in parts(expr)
    )  # fmt: skip


def _conditions(definition: Definition) -> list[Op]:
    """What must hold for a distribution to have a value; only what depends on other variables."""
    binding = definition.binding
    if not isinstance(binding, Range | Family):
        return []
    found: list[Op] = []
    bounds = binding.within
    if isinstance(binding, Range):
        lows = [binding.low, *([bounds[0]] if bounds else [])]
        highs = [binding.high, *([bounds[1]] if bounds else [])]
        found += [_at_most(low, high) for low in lows for high in highs]
        found.append(_at_most(_minus(binding.high, binding.low), _number(_LARGEST, binding.low)))
        if binding.step is not None:
            found.append(_more(binding.step))
    else:
        found += _of_family(binding)
        found += [_at_most(bounds[0], bounds[1])] if bounds else []
    return [c for c in found if any(isinstance(p, Ref) for p in parts(c))]


def _of_family(family: Family) -> list[Op]:
    args = family.args
    if any(isinstance(a, Vector) for a in args):
        return []
    if family.name == "triangular" and len(args) == 3:
        return [_at_most(args[0], args[1]), _at_most(args[1], args[2])]
    if family.name == "normal" and len(args) == 2:
        return [_finite(args[0]), _not_negative(args[1])]
    if family.name == "lognormal" and len(args) == 2:
        return [_more(args[0]), _not_negative(args[1])]
    if family.name == "beta":
        return [_more(a) for a in args]
    return [_not_negative(a) for a in args] if family.name == "poisson" else []


def _number(value: float, like: Expr) -> Const:
    return Const(value, like.type, like.span)


def _minus(a: Expr, b: Expr) -> Op:
    return Op("-", (a, b), a.type, a.span)


def _at_most(a: Expr, b: Expr) -> Op:
    return Op("<=", (a, b), BOOL, _joined(a.span, b.span))


def _more(a: Expr) -> Op:
    return Op("<", (_number(0.0, a), a), BOOL, a.span)


def _not_negative(a: Expr) -> Op:
    return _at_most(_number(0.0, a), a)


def _finite(a: Expr) -> Op:
    return _at_most(Op("*", (a, Const(0.0, NUMBER, a.span)), a.type, a.span), _number(0.0, a))


def _joined(a: Span, b: Span) -> Span:
    return a.to(b)


def _is_tame(expr: Expr, tame: set[str]) -> bool:
    """Sums and products of numbers; roots, quotients and functions may have no value."""
    return all(
        isinstance(p, Const) or (isinstance(p, Ref) and not p.state and p.path in tame)
        or (isinstance(p, Op) and p.op in ("+", "-", "*", "neg", "<", "<="))
        for p in parts(expr)
    )  # fmt: skip


def _certain(condition: Op, program: Program) -> bool:
    """It holds for every draw, by the supports."""
    low, high = (support(a, program.supports) for a in condition.args)
    return low[1] < high[0] or (low[1] == high[0] and condition.op == "<=")
