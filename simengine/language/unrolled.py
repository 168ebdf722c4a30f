"""Questions about a place of each element, written out element by element.

``any(c in queue: ego.inside(c.lane))`` asks about another lane for each ``c``. Places have no value of their own that
arrays could hold: who asks looks at the place as it is written. So the question is written once for each element.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simengine.language.terms import ByElement, Call, Const, EntityRef, Expr, Op, Quantifier, Ref, Vector
from simengine.language.walk import parts
from simengine.world.library import INT

__all__ = ["asked_by_element", "of_element"]


def asked_by_element(call: Call, variables: Mapping[str, str]) -> Expr:
    """The question itself where its places are the same ones for all elements, else one for each element.

    Args:
        call: the question.
        variables: entity array of each variable that it may name.
    """
    made: Expr = call
    for variable, array in variables.items():
        if _asks_by(call, variable):
            made = ByElement(variable, array, made, call.type, call.span)
    return made


def of_element(expr: ByElement, row: int) -> Expr:
    """The question about one element, always the same object; rows count from 0."""
    if row not in expr.asked:
        expr.asked[row] = _with(expr.question, expr.variable, Const(float(row + 1), INT, expr.span))
    return expr.asked[row]


def _asks_by(call: Call, variable: str) -> bool:
    """Some place in it is another one for each element of the variable (an entity is none: arrays hold entities)."""
    return any(
        isinstance(place, Call | Ref | Vector)
        and place.type.kind in ("place", "region", "vector")
        and any(isinstance(p, Ref | EntityRef) and p.variable == variable for p in parts(place))
        for place in call.args.values()
    )


def _with(expr: Expr, variable: str, index: Const) -> Expr:
    """The expression with one element for the variable."""

    def inner(e: Expr) -> Expr:
        return _with(e, variable, index)

    match expr:
        case Ref() | EntityRef():
            if expr.variable == variable:
                return replace(expr, index=index, variable=None)
            return replace(expr, index=inner(expr.index)) if expr.index is not None else expr
        case Op():
            return replace(expr, args=tuple(inner(a) for a in expr.args))
        case Call():
            receiver = None if expr.receiver is None else inner(expr.receiver)
            return replace(expr, receiver=receiver, args={name: inner(a) for name, a in expr.args.items()})
        case Quantifier():
            return replace(expr, body=inner(expr.body))
        case ByElement():
            return replace(expr, question=inner(expr.question), asked={})
        case Vector():
            return replace(expr, items=tuple(inner(i) for i in expr.items))
        case _:
            return expr
