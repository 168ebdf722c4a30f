"""Joint tables: several parameters drawn together from a list of rows."""

from __future__ import annotations

from simengine.language import syntax as ast
from simengine.language.bindings import weights
from simengine.language.expressions import expression
from simengine.language.kinds import a_kind, is_number
from simengine.language.program import Choice
from simengine.language.scope import Context, Where
from simengine.language.terms import Expr, Vector
from simengine.world.library import ValueType

__all__ = ["joint_choice"]


def joint_choice(ctx: Context, s: ast.Statement, bind: ast.Bind, wanted: ValueType | None) -> Choice | None:
    """``{(30 km/h, 20 km/h), ...}`` with one value for each name, all rows of the same types."""
    names = ", ".join(n.id for n in s.names)
    dist = bind.value
    if not isinstance(dist, ast.Dist) or not isinstance(dist.body, ast.SetX):
        ctx.sink.error(
            "E0212", bind.span, f"'{names}' are drawn together: expected a set of rows",
            help=f"write '~ {{({', '.join('...' for _ in s.names)}), ...}}'",
        )  # fmt: skip
        return None
    if dist.within is not None:
        ctx.sink.error(
            "E0212", dist.within.span, "'within' bounds numbers, and this set has rows",
            help="leave out the rows that are not to be drawn, or 'require' it",
        )  # fmt: skip
        return None
    rows: list[Expr] = []
    kinds: list[ValueType | None] = [wanted] * len(s.names)
    for item in dist.body.values:
        if not isinstance(item, ast.VectorX) or len(item.items) != len(s.names):
            ctx.sink.error("E0212", item.span, f"each row has {len(s.names)} values, one for each of {names}")
            return None
        row = _row(ctx, item, kinds)
        if row is None:
            return None
        kinds = [e.type for e in row]
        rows.append(Vector(tuple(row), ValueType("vector", row[0].type.dimension, length=len(row)), item.span))
    found = weights(ctx, dist.body)
    return Choice(tuple(rows), found, dist.span) if found is not None else None


def _row(ctx: Context, item: ast.VectorX, kinds: list[ValueType | None]) -> list[Expr] | None:
    row: list[Expr] = []
    for node, kind in zip(item.items, kinds, strict=True):
        value = expression(ctx, node, Where(place="a table"), kind)
        if value is None:
            return None
        if not is_number(value.type):
            ctx.sink.error("E0204", value.span, f"a table holds numbers, found {a_kind(value.type)}")
            return None
        row.append(value)
    return row
