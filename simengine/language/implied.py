"""Constraints that a program implies: a distribution whose numbers depend on other variables must have a value.

``param a ~ 0..10`` and ``param b ~ 5..a`` mean nothing where a < 5: such draws are rejected as if the program said
``require 5 <= a``. So are draws with which a computed value leaves the bounds of its property, and those with which a
ratio, root, logarithm or power has no finite value. What is certain from the supports needs no constraint.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import pairwise

from simengine.language.evaluate import FUNCTIONS
from simengine.language.program import Choice, Definition, Family, Program, Range, Require
from simengine.language.supports import support
from simengine.language.terms import Call, Const, Expr, Op, Quantifier, Ref, Span, Vector
from simengine.language.walk import is_offset, parts
from simengine.world.library import BOOL, NUMBER

__all__ = ["implied_requires"]

_LARGEST = sys.float_info.max
_LEAST = {"sqrt": (0.0, math.inf), "log": (sys.float_info.min, math.inf), "exp": (-math.inf, 700.0)}
"""Where functions have a finite value."""


def implied_requires(program: Program) -> tuple[Require, ...]:
    """One constraint for each definition that can be left without a value."""
    out: list[Require] = []
    tame: set[str] = set()  # definitions whose value is a number for every draw
    plain: set[str] = set()  # definitions that are known without the placed scene
    still: set[str] = set()  # definitions that are known without the running simulation
    for definition in program.definitions.values():
        binding, conditions = definition.binding, list[Op]()
        if isinstance(binding, Range | Choice | Family) or _is_tame(binding, tame):
            tame.add(definition.path)
        if isinstance(binding, Range | Choice | Family) or _is_arithmetic(binding, plain):
            plain.add(definition.path)
            conditions = _kept(definition) or _a_number(definition, program)
        if isinstance(binding, Range | Choice | Family) or _is_still(binding, program, still):
            still.add(definition.path)
            if not conditions and not is_offset(definition.path):
                conditions = _kept(definition)
        conditions += [c for c in _conditions(definition) if not (_is_tame(c, tame) and _certain(c, program))]
        if conditions:
            span = definition.span
            expr = conditions[0] if len(conditions) == 1 else Op("and", tuple(conditions), BOOL, span)
            if definition.array is not None:
                expr = Quantifier("all", "", definition.array, expr, BOOL, span)
            path = definition.path
            name = path.rpartition(".")[2] if path.startswith(("timeline.", "when.", "monitor.")) else path
            if is_offset(path):
                name = f"{path.partition('.')[0]}' ... by"
            bounded = "is a number" if definition.bounds is None else "is within its bounds"
            text = f"'{name}' " + ("has a value" if definition.drawn else bounded)
            out.append(Require(expr, "", span, False, text, True))
    return tuple(out)


def _kept(definition: Definition) -> list[Op]:
    """A computed value lies within the bounds of its property."""
    if definition.bounds is None:
        return []
    value, (low, high) = Ref(definition.path, definition.type, definition.span), definition.bounds
    return [_at_most(_number(low, value), value), _at_most(value, _number(high, value))]


def _a_number(definition: Definition, program: Program) -> list[Op]:
    """A computed value is finite, where one of its parts may have no finite value."""
    binding = definition.binding
    if isinstance(binding, Range | Choice | Family) or definition.type.kind not in ("real", "int"):
        return []
    if not any(isinstance(p, Ref) for p in parts(binding)) or not any(_may_fail(p, program) for p in parts(binding)):
        return []
    value = Ref(definition.path, definition.type, definition.span)
    return [_at_most(_number(-_LARGEST, value), value), _at_most(value, _number(_LARGEST, value))]


def _may_fail(part: Expr, program: Program) -> bool:
    """A division by what can be zero, and functions where they have no value or none that a number can hold."""
    if isinstance(part, Op) and part.op == "/":
        low, high = support(part.args[1], program.supports)
        return low <= 0.0 <= high
    if not isinstance(part, Call) or part.function not in _LEAST:
        return False
    low, high = support(next(iter(part.args.values())), program.supports)
    least, most = _LEAST[part.function]
    return low < least or high > most


def _is_still(expr: Expr, program: Program, still: set[str]) -> bool:
    """Nothing in it follows from the running simulation."""
    return not any(isinstance(p, Ref | Call) and (p.state or _follows(p, program, still)) for p in parts(expr))


def _follows(part: Ref | Call, program: Program, still: set[str]) -> bool:
    return isinstance(part, Ref) and part.path in program.definitions and part.path not in still


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
    return [c for c in found if any(isinstance(p, Ref | Call) for p in parts(c))]


def _of_family(family: Family) -> list[Op]:
    args = family.args
    if family.name == "histogram":
        return _of_histogram(family)
    if family.name == "triangular" and len(args) == 3:
        return [_at_most(args[0], args[1]), _at_most(args[1], args[2])]
    if family.name == "normal" and len(args) == 2:
        return [_finite(args[0]), _not_negative(args[1])]
    if family.name == "lognormal" and len(args) == 2:
        return [_more(args[0]), _not_negative(args[1])]
    if family.name == "beta":
        return [_more(a) for a in args]
    return [_not_negative(a) for a in args] if family.name == "poisson" else []


def _of_histogram(family: Family) -> list[Op]:
    """Edges rise, weights are no less than 0 and not all 0, and the bounds reach into a bin of some weight."""
    edges, weights = family.args
    if not isinstance(edges, Vector) or not isinstance(weights, Vector):
        return []
    ends, masses = edges.items, weights.items
    found = [_below(a, b) for a, b in pairwise(ends)] + [_not_negative(w) for w in masses]
    total = masses[0]
    for mass in masses[1:]:
        total = Op("+", (total, mass), total.type, weights.span)
    found += [_more(total), _at_most(total, _number(_LARGEST, total))]
    if family.within is not None:
        found.append(_holds_some(ends, masses, family.within))
    return found


def _holds_some(ends: Sequence[Expr], masses: Sequence[Expr], bounds: tuple[Expr, Expr]) -> Op:
    """Some bin of positive weight and the bounds have more than a point in common."""
    low, high = bounds
    inside = [
        Op("and", (_more(m), _below(low, b), _below(a, high), _below(low, high)), BOOL, _joined(low.span, high.span))
        for (a, b), m in zip(pairwise(ends), masses, strict=True)
    ]
    return inside[0] if len(inside) == 1 else Op("or", tuple(inside), BOOL, inside[0].span)


def _below(a: Expr, b: Expr) -> Op:
    return Op("<", (a, b), BOOL, _joined(a.span, b.span))


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
    if condition.op not in ("<", "<="):
        return False
    low, high = (support(a, program.supports) for a in condition.args)
    return low[1] < high[0] or (low[1] == high[0] and condition.op == "<=")
