"""Placement clauses of entities."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simengine.language import syntax as ast
from simengine.language.bindings import define
from simengine.language.diagnostics import Label
from simengine.language.expressions import expression
from simengine.language.program import Call, Clause, EntityDecl, EntityRef, Expr
from simengine.language.scope import Context, EntityInfo, Where
from simengine.language.supports import support
from simengine.language.walk import parts
from simengine.world.library import ValueType, quantity

__all__ = ["clauses", "lane_exists", "relative_ring"]

_WHOLE = ("between", "along", "above", "beyond", "left", "right", "in")
"""Clauses that say alone where an entity is."""

_ALONG = ("at", "ahead", "behind")
_PLACE = ValueType("place")
_WORDS = {"ahead": "ahead of", "left": "left of", "right": "right of"}
_WHERE = Where(place="a placement")


def clauses(ctx: Context, info: EntityInfo, statement: ast.Statement) -> tuple[Clause, ...]:
    """The checked placement of an entity; exactly one way of saying where it is."""
    out: list[Clause] = []
    offsets = 0
    for node in statement.clauses:
        if node.kind == "facing":
            made = _facing(ctx, info, node)
        else:
            path = None
            if node.by is not None:
                path = f"{info.name}.@by{offsets + 1 if offsets else ''}"
                offsets += 1
            made = _clause(ctx, info, node, path)
        if made is not None:
            out.append(made)
    _one_place(ctx, info, statement)
    return tuple(out)


def _facing(ctx: Context, info: EntityInfo, node: ast.Clause) -> Clause | None:
    """``facing ANGLE``: the heading is the definition "<entity>.@facing"; the place is the entity itself."""
    path, bind = f"{info.name}.@facing", node.by
    assert bind is not None
    array = info.name if info.array else None
    ctx.plan(path, node.span, lambda: define(ctx, path, node.span, bind, _WHERE, quantity("angle"), array=array))
    if ctx.demand(path, node.span) is None:
        return None
    me = EntityRef(info.name, ValueType("entity", of=info.kind.category), node.span)
    return Clause("facing", me, None, path, node.span)


def _clause(ctx: Context, info: EntityInfo, node: ast.Clause, by: str | None) -> Clause | None:
    assert node.place is not None
    place = _place(ctx, info, node, node.place)
    second = _place(ctx, info, node, node.second) if node.second is not None else None
    if place is None or (node.second is not None and second is None):
        return None
    if (node.kind == "between") != (second is not None):
        places = "two places" if node.kind == "between" else "one place"
        ctx.sink.error("E0209", node.span, f"'{_word(node)}' takes {places}", help="write 'between A and B'")
        return None
    if by is not None and ctx.demand(by, node.span) is None:
        return None
    return Clause(node.kind, place, second, by, node.span)


def _word(node: ast.Clause) -> str:
    return _WORDS.get(node.kind, node.kind)


def _place(ctx: Context, info: EntityInfo, node: ast.Clause, place: ast.Expression) -> Expr | None:
    made = expression(ctx, place, _WHERE, _PLACE)
    if made is None:
        return None
    if isinstance(made, EntityRef) and made.name == info.name:
        ctx.sink.error("E0209", made.span, f"'{info.name}' cannot be placed relative to itself")
        return None
    function = made.function if isinstance(made, Call) else ""
    hints = {
        ("at", "lane"): "on", ("at", "lane_beside"): "on", ("at", "curb"): "along", ("on", "s"): "at",
        ("on", "curb"): "along", ("along", "lane"): "on", ("along", "s"): "at",
    }  # fmt: skip
    better = hints.get((node.kind, function))
    if better:
        text = ctx.text(made.span)
        ctx.sink.error("E0209", node.span, f"'{_word(node)} {text}' is no placement", help=f"write '{better} {text}'")
        return None
    if isinstance(made, Call) and function == "lane" and not lane_exists(ctx, made):
        return None
    if node.kind in ("ahead", "behind", "left", "right", "between") and not isinstance(made, EntityRef):
        ctx.sink.error("E0209", made.span, f"'{_word(node)}' needs an entity", help="name an entity of the scenario")
        return None
    return made


def lane_exists(ctx: Context, lane: Call) -> bool:
    """Lanes count from 1, at the right-hand edge, to the smallest number of lanes that the world can have."""
    low, high = support(lane.args["index"], ctx.supports)
    few = ctx.supports.get("world.lanes", (math.inf, math.inf))[0]
    if low >= 1 and (high <= few or math.isinf(high)):
        return True
    if math.isinf(low):
        return True
    span = lane.args["index"].span
    note = f"the world has {few:g} lanes, counted from 1 at the right-hand edge" if math.isfinite(few) else ""
    ctx.sink.error("E0214", span, f"lane {ctx.text(span)} may not exist", note=note)
    return False


def relative_ring(ctx: Context, entities: Sequence[EntityDecl]) -> None:
    """Report entities that are placed relative to one another in a ring."""
    needs = {
        e.name: [p.name for c in e.clauses if c.kind != "facing" for p in _entities_of(c) if p.name in ctx.entities]
        for e in entities
    }
    done: set[str] = set()
    for name in needs:
        trail: list[str] = []
        stack = [(name, 0)]
        while stack:
            at, depth = stack.pop()
            del trail[depth:]
            if at in trail:
                ring = [*trail[trail.index(at) :], at]
                message = f"'{at}' is placed relative to itself: {' -> '.join(ring)}"
                ctx.sink.error("E0206", ctx.entities[at].span, message, help="place one of them on a lane")
                return
            if at not in done:
                trail.append(at)
                stack.extend((n, depth + 1) for n in needs.get(at, ()))
                if not needs.get(at):
                    done.add(at)


def _entities_of(clause: Clause) -> list[EntityRef]:
    found = [p for e in (clause.place, clause.second) if e is not None for p in parts(e)]
    return [p for p in found if isinstance(p, EntityRef)]


def _one_place(ctx: Context, info: EntityInfo, statement: ast.Statement) -> None:
    giving = [c for c in statement.clauses if c.kind != "facing"]
    if not giving:
        help_text = "say where it is, for example 'on lane(1) at s(20 m)' or 'ahead of ego by 30 m'"
        ctx.sink.error("E0209", info.span, f"'{info.name}' has no place", help=help_text)
        return
    groups: dict[str, ast.Clause] = {}
    for clause in giving:
        group = "where" if clause.kind in (*_WHOLE, *_ALONG) else "on"
        first = groups.get(group)
        if first is not None:
            ctx.sink.error(
                "E0209", clause.span, f"'{info.name}' is placed twice", caret_text="and here",
                labels=[Label(first.span, f"'{_word(first)}' says where it is")], help="keep one of the two",
            )  # fmt: skip
            return
        groups[group] = clause
    whole = groups.get("where")
    if whole is not None and whole.kind in _WHOLE and "on" in groups:
        ctx.sink.error(
            "E0209", groups["on"].span, f"'{_word(whole)}' says alone where '{info.name}' is",
            labels=[Label(whole.span, "placed here")], help="remove this clause",
        )  # fmt: skip
