"""Components of vectors: what one of them is, as an expression."""

from __future__ import annotations

from collections.abc import Mapping

from simengine.language.program import Definition
from simengine.language.terms import Const, Expr, Op, Ref, Vector
from simengine.language.walk import parts
from simengine.world.library import NUMBER, ValueType

__all__ = ["component", "spelt_out"]


def component(expr: Expr, k: int) -> Expr | None:
    """The k-th component of a vector; a number is its own. None where only the value of the whole tells it."""
    if expr.type.kind != "vector":
        return expr
    kind = ValueType("real", expr.type.dimension)
    match expr:
        case Vector():
            return expr.items[k] if k < len(expr.items) else None
        case Ref() if expr.index is None and expr.variable is None and not expr.state:
            return Ref(expr.path, kind, expr.span, Const(float(k), NUMBER, expr.span))
        case Op():
            args = [component(a, k) for a in expr.args]
            known = tuple(a for a in args if a is not None)
            return Op(expr.op, known, kind, expr.span) if len(known) == len(args) else None
        case _:
            return None


def spelt_out(expr: Expr, definitions: Mapping[str, Definition]) -> Expr:
    """A vector as the list of its components, where they can be told: analysis then knows something of each."""
    if expr.type.kind != "vector" or isinstance(expr, Vector) or any(_differs(p, definitions) for p in parts(expr)):
        return expr
    items = [component(expr, k) for k in range(expr.type.length)]
    known = tuple(i for i in items if i is not None)
    return Vector(known, expr.type, expr.span) if known and len(known) == len(items) else expr


def _differs(expr: Expr, definitions: Mapping[str, Definition]) -> bool:
    """A property that each element of an array has for itself: an index there chooses the element."""
    return isinstance(expr, Ref) and (expr.path not in definitions or definitions[expr.path].array is not None)
