"""Quantifiers over elements that ask about a place of each element, written out element by element.

``any(c in queue: ego.inside(c.lane))`` asks about another lane for each ``c``. Places have no value of their own that
arrays could hold: who asks looks at the place as it is written. So the question is written once for each element,
joined by ``or``, ``and`` or a sum; elements that a draw does not have do not count.
"""

from __future__ import annotations

from dataclasses import replace

from simengine.language.terms import Call, Const, EntityRef, Expr, Op, Quantifier, Ref, Vector
from simengine.language.walk import parts
from simengine.world.library import BOOL, INT, NUMBER

__all__ = ["asks_by_element", "written_out"]


def asks_by_element(body: Expr, variable: str) -> bool:
    """Some place in it is another one for each element of the variable (an entity is none: arrays hold entities)."""
    return any(
        isinstance(place, Call | Ref | Vector)
        and place.type.kind in ("place", "region", "vector")
        and any(isinstance(p, Ref | EntityRef) and p.variable == variable for p in parts(place))
        for call in parts(body)
        if isinstance(call, Call)
        for place in call.args.values()
    )


def written_out(expr: Quantifier, least: int, most: int) -> Expr:
    """The same without the quantifier.

    Args:
        expr: ``any``, ``all`` or ``count``.
        least, most: elements that its array has at least and at most.
    """
    made = [_guarded(expr, k, k > least) for k in range(1, most + 1)]
    if expr.kind != "count":
        return Op("or" if expr.kind == "any" else "and", tuple(made), BOOL, expr.span) if len(made) > 1 else made[0]
    one, none = Const(1.0, NUMBER, expr.span), Const(0.0, NUMBER, expr.span)
    total: Expr = Op("if", (made[0], one, none), NUMBER, expr.span)
    for each in made[1:]:
        total = Op("+", (total, Op("if", (each, one, none), NUMBER, expr.span)), NUMBER, expr.span)
    return total


def _guarded(expr: Quantifier, number: int, may_lack: bool) -> Expr:
    body = _of_element(expr.body, expr.variable, Const(float(number), INT, expr.span))
    if not may_lack:
        return body
    there = Op(
        "<=", (Const(float(number), INT, expr.span), Ref(f"{expr.array}.count", INT, expr.span)), BOOL, expr.span
    )
    if expr.kind == "all":
        return Op("or", (Op("not", (there,), BOOL, expr.span), body), BOOL, expr.span)
    return Op("and", (there, body), BOOL, expr.span)


def _of_element(expr: Expr, variable: str, index: Const) -> Expr:
    """The expression with one element for the variable."""

    def inner(e: Expr) -> Expr:
        return _of_element(e, variable, index)

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
        case Vector():
            return replace(expr, items=tuple(inner(i) for i in expr.items))
        case _:
            return expr
