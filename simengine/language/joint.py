"""Joint tables: several parameters drawn together from a list of rows."""

from __future__ import annotations

from simengine.language import syntax as ast
from simengine.language.bindings import weights
from simengine.language.expressions import coerce, expression
from simengine.language.kinds import a_kind, is_number
from simengine.language.program import Choice
from simengine.language.scope import Context, Where
from simengine.language.terms import Expr, Vector
from simengine.units import NONE
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
        row = _row(ctx, item, kinds, not rows and wanted is not None)
        if row is None:
            return None
        kinds = [e.type for e in row]
        rows.append(Vector(tuple(row), ValueType("vector", row[0].type.dimension, length=len(row)), item.span))
    found = weights(ctx, dist.body)
    return Choice(tuple(rows), found, dist.span) if found is not None else None


def _row(ctx: Context, item: ast.VectorX, kinds: list[ValueType | None], declared: bool) -> list[Expr] | None:
    """The values of a row; ``declared``: their type is the one that is written for all of them."""
    row: list[Expr] = []
    where = Where(place="a table")
    for node, kind in zip(item.items, kinds, strict=True):
        value = expression(ctx, node, where)
        if value is not None and kind is not None and declared and _another_unit(value, kind):
            ctx.sink.error(
                "E0203", value.span, f"unit mismatch: all are declared as {a_kind(kind)}",
                caret_text=f"this is {a_kind(value.type)}",
                help="leave the type out: 'param a, b ~ {(...), ...}'; the units of the first row say them",
            )  # fmt: skip
            return None
        value = coerce(ctx, value, kind, where.place) if value is not None and kind is not None else value
        if value is None:
            return None
        if not is_number(value.type):
            ctx.sink.error("E0204", value.span, f"a table holds numbers, found {a_kind(value.type)}")
            return None
        row.append(value)
    return row


def _another_unit(value: Expr, kind: ValueType) -> bool:
    """Both have units, of different dimensions."""
    return is_number(kind) and kind.dimension != NONE and value.type.dimension not in (NONE, kind.dimension)
