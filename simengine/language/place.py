"""Placement clauses of entities: which of them go together, and what each may name."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from simengine.errors import an
from simengine.language import syntax as ast
from simengine.language.areas import area_words, is_area, names_area, on_an_arm, over_an_area, plan_draws
from simengine.language.assets import known_assets
from simengine.language.bindings import define
from simengine.language.diagnostics import Label
from simengine.language.expressions import expression
from simengine.language.ordering import placing_order
from simengine.language.program import Clause, EntityDecl
from simengine.language.scope import Context, EntityInfo, Where
from simengine.language.supports import constant, constant_word, support
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref, Span
from simengine.language.walk import entities_named
from simengine.world.lanes import ANY_PAVEMENT
from simengine.world.library import ValueType, quantity
from simengine.world.vocabulary import PLACES

__all__ = ["clauses", "lane_exists", "relative_ring"]

_RELATIVE = ("ahead", "behind", "left", "right", "between", "beyond")
"""Clauses that need an entity."""

_GAPS = ("ahead", "behind", "left", "right", "along", "above", "beyond")
"""Clauses that take 'by'."""

_ROWS = ("ahead", "behind", "left", "right", "along")
"""Clauses that put the elements of an array one after the other."""

_PLACE = ValueType("place")
_CALLED = frozenset({"nearest", *(p.name for p in PLACES)} - {"lane_beside"})
"""What is called and names a place to face."""
_WORDS = {"ahead": "ahead of", "left": "left of", "right": "right of"}
_WHERE = Where(place="a placement")
_VIEWER = "ego"
"""From whom 'beyond' looks."""

_BETTER = {
    ("at", "lane"): "on", ("at", "lane_beside"): "on", ("at", "curb"): "along", ("on", "s"): "at",
    ("on", "curb"): "along", ("on", "point"): "at", ("in", "s"): "at", ("in", "curb"): "along", ("in", "point"): "at",
    ("along", "lane"): "on", ("along", "lane_beside"): "on", ("along", "s"): "at", ("along", "point"): "at",
}  # fmt: skip
"""The word that fits, where another one is a slip."""


def clauses(ctx: Context, info: EntityInfo, statement: ast.Statement) -> tuple[Clause, ...]:
    """The checked placement of an entity; exactly one way of saying where it is."""
    known_assets(ctx, info)
    out: list[Clause] = []
    offsets = 0
    for node in _gap_of_the_row(statement.clauses):
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
    _one_place(ctx, info, statement, out)
    plan_draws(ctx, info, out)
    _pile(ctx, info, out, statement.span)
    return tuple(out)


def _gap_of_the_row(nodes: Sequence[ast.Clause]) -> list[ast.Clause]:
    """In ``along curb(right) at s(40 m) by 2 m`` the gap belongs to the row."""
    at = next((n for n in nodes if n.kind == "at" and n.by is not None), None)
    along = next((n for n in nodes if n.kind == "along" and n.by is None), None)
    if at is None or along is None:
        return list(nodes)
    return [replace(n, by=None) if n is at else replace(n, by=at.by) if n is along else n for n in nodes]


# ---- facing --------------------------------------------------------------------------------------------------------


def _facing(ctx: Context, info: EntityInfo, node: ast.Clause) -> Clause | None:
    """``facing ANGLE``: the definition "<entity>.@facing"; ``facing PLACE``: towards an entity, a point or the road."""
    bind = node.by
    assert bind is not None
    first = ctx.faced.setdefault(info.name, node.span)
    if first != node.span:
        label = Label(first, "it faces this")
        ctx.sink.error("E0209", node.span, f"'{info.name}' faces two ways", labels=[label], help="keep one of the two")
        return None
    if isinstance(bind.value, ast.Dist) or not _names_a_place(ctx, bind.value):
        return _facing_angle(ctx, info, node, bind)
    place = expression(ctx, bind.value, _WHERE, _PLACE)
    if place is None:
        return None
    if isinstance(place, EntityRef) and place.name == info.name:
        ctx.sink.error("E0209", place.span, f"'{info.name}' cannot face itself")
        return None
    point = isinstance(place, Call) and place.function == "point"
    if not (point or isinstance(place, EntityRef | Const) or names_area(place)):
        ctx.sink.error(
            "E0204", place.span, "'facing' takes an angle, an entity, a point or a region",
            help="write 'facing 90 deg' (counter-clockwise from the road's direction) or 'facing ego'",
        )  # fmt: skip
        return None
    return Clause("facing", place, None, None, node.span)


def _names_a_place(ctx: Context, node: ast.Expression) -> bool:
    """It is meant as a place: an entity, an element, a region, a point."""
    match node:
        case ast.Name():
            return node.id in ctx.entities or (node.id in ctx.regions and node.id not in ctx.symbols)
        case ast.Index() | ast.VectorX():
            return True
        case ast.CallX():
            return isinstance(node.function, ast.Name) and node.function.id in _CALLED
        case ast.Attribute():
            return node.name.id in ("lane", "crossing", "position")
        case _:
            return False


def _facing_angle(ctx: Context, info: EntityInfo, node: ast.Clause, bind: ast.Bind) -> Clause | None:
    path, array = f"{info.name}.@facing", info.name if info.array else None
    ctx.plan(path, node.span, lambda: define(ctx, path, node.span, bind, _WHERE, quantity("angle"), array=array))
    if ctx.demand(path, node.span) is None:
        return None
    me = EntityRef(info.name, ValueType("entity", of=info.kind.category), node.span)
    return Clause("facing", me, None, path, node.span)


# ---- where ---------------------------------------------------------------------------------------------------------


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
    if second is not None and _same(place, second):
        ctx.sink.error(
            "E0209", node.span, f"'between' takes two places, and '{ctx.text(place.span)}' is both of them",
            help=f"name another one, or write 'ahead of {ctx.text(place.span)}'",
        )  # fmt: skip
        return None
    if by is not None and (not _takes_by(ctx, info, node) or ctx.demand(by, node.span) is None):
        return None
    if node.kind == "beyond":
        second = _viewer(ctx, info, node)
        if second is None:
            return None
    towed = _tows(info, node, place)
    if towed and isinstance(place, EntityRef) and not _takes_trailers(ctx, node, place):
        return None
    return Clause("towed" if towed else node.kind, place, second, by, node.span)


def _tows(info: EntityInfo, node: ast.Clause, place: Expr) -> bool:
    """A trailer ``at`` an entity is coupled to it."""
    return node.kind == "at" and info.kind.kingpin_m is not None and isinstance(place, EntityRef)


def _takes_trailers(ctx: Context, node: ast.Clause, place: EntityRef) -> bool:
    kind, text = ctx.entities[place.name].kind, ctx.text(place.span)
    if kind.coupling_m is not None:
        return True
    able = ", ".join(sorted(word for word, (_, k) in ctx.kinds().items() if k.coupling_m is not None))
    help_text = f"what takes one: {able}; 'behind {text}' lets it stand there"
    ctx.sink.error("E0209", node.span, f"{an(kind.name)} takes no trailer", help=help_text)
    return False


def _same(a: Expr, b: Expr) -> bool:
    """Two names of one entity, or of one element that is written as a number."""
    if not (isinstance(a, EntityRef) and isinstance(b, EntityRef)) or a.name != b.name:
        return False
    return (a.index is None and b.index is None) or (constant(a.index) == constant(b.index) is not None)


def _takes_by(ctx: Context, info: EntityInfo, node: ast.Clause) -> bool:
    """Report a 'by' that would say nothing."""
    assert node.by is not None
    if node.kind not in _GAPS:
        ctx.sink.error(
            "E0209", node.by.span, f"'{node.kind}' takes no 'by'",
            help=f"shift '{info.name}' to the left with 'lateral = 0.5 m' in its block",
            note=f"'by' belongs to {', '.join(_WORDS.get(k, k) for k in _GAPS)}",
        )  # fmt: skip
        return False
    if node.kind == "along" and not info.array:
        ctx.sink.error(
            "E0209", node.by.span, f"'by' is the gap between the elements of an array, and '{info.name}' is alone",
            help=f"write 'at s(30 m)' to say where '{info.name}' stands, or '{info.name}[3]' for three of them",
        )  # fmt: skip
        return False
    return True


def _viewer(ctx: Context, info: EntityInfo, node: ast.Clause) -> EntityRef | None:
    """``beyond`` is seen from the entity that is called ego."""
    viewer = ctx.entities.get(_VIEWER)
    if viewer is None or viewer.array or info.name == _VIEWER:
        ctx.sink.error(
            "E0209", node.span, f"'beyond' is seen from an entity called '{_VIEWER}', and there is no such other one",
            help="say where it is with 'ahead of', 'behind', 'left of' or 'right of'",
        )  # fmt: skip
        return None
    return EntityRef(_VIEWER, ValueType("entity", of=viewer.kind.category), node.span)


def _word(node: ast.Clause) -> str:
    return _WORDS.get(node.kind, node.kind)


def _place(ctx: Context, info: EntityInfo, node: ast.Clause, place: ast.Expression) -> Expr | None:
    made = expression(ctx, place, _WHERE, _PLACE)
    if made is None:
        return None
    if any(name == info.name for name in entities_named(made)):
        help_text = "elements follow each other: 'along curb(right) by 2 m'" if info.array else ""
        ctx.sink.error("E0209", made.span, f"'{info.name}' cannot be placed relative to itself", help=help_text)
        return None
    function = made.function if isinstance(made, Call) else ""
    better = _BETTER.get((node.kind, function))
    if better:
        text = ctx.text(made.span)
        ctx.sink.error("E0209", node.span, f"'{_word(node)} {text}' is no placement", help=f"write '{better} {text}'")
        return None
    if isinstance(made, Call) and function == "lane" and not lane_exists(ctx, made):
        return None
    if isinstance(made, Call) and function == "s" and not _on_the_road(ctx, made):
        return None
    if node.kind in _RELATIVE and not isinstance(made, EntityRef):
        ctx.sink.error("E0209", made.span, f"'{_word(node)}' needs an entity", help="name an entity of the scenario")
        return None
    return made if _fits(ctx, node, made) else None


def _fits(ctx: Context, node: ast.Clause, made: Expr) -> bool:
    """Report places that the word does not take; note those that do not run yet."""
    text = ctx.text(made.span)
    if isinstance(made, Ref) and node.kind not in ("on", "in"):
        ctx.sink.error("E0209", node.span, f"'{_word(node)} {text}' is no placement", help=f"write 'on {text}'")
        return False
    if isinstance(made, EntityRef):
        return _fits_entity(ctx, node, made)
    if node.kind == "along":
        return _has_curve(ctx, node, made)
    if node.kind == "above" and not names_area(made):
        ctx.sink.error("E0209", made.span, "'above' needs an entity or a region", help="write 'above E by 20 cm'")
        return False
    return _fits_region(ctx, node, made) if names_area(made) else True


def _fits_entity(ctx: Context, node: ast.Clause, made: EntityRef) -> bool:
    """On and in another entity; everything else takes one anyhow."""
    text = ctx.text(made.span)
    if node.kind == "along":
        ctx.sink.error(
            "E0209", made.span, "'along' needs a kerb", help=f"write 'along curb(right)' or 'ahead of {text}'"
        )
        return False
    if made.type.kind == "place" and node.kind != "at":
        ctx.sink.error("E0209", node.span, f"'{_word(node)} {text}' is no placement", help=f"write 'at {text}'")
        return False
    kind = ctx.entities[made.name].kind
    if node.kind == "in" and not kind.hollow_m:
        ctx.sink.error(
            "E0209",
            node.span,
            f"{an(kind.name)} holds nothing",
            help=f"write 'on {text}' or 'above {text}'",
        )
        return False
    return True


def _fits_region(ctx: Context, node: ast.Clause, made: Expr) -> bool:
    """A region: drawn over it, or ('at') the middle of a marked place."""
    text = ctx.text(made.span)
    world = ctx.world
    if on_an_arm(ctx, node.kind, made):
        return True
    if world is not None and world.lanes is None:  # it checks only: nobody knows its areas
        ctx.later(node.span, f"a place anywhere in the region '{text}'", "name a lane, a kerb or a point", True)
        return True
    areas = area_words(ctx)
    if not is_area(ctx, made):
        note = f"areas here: {', '.join(areas)}" if areas else "this world names no areas"
        help_text = "stand at the kerb with 'along curb(right) at s(30 m)', or give a point: 'at (30 m, 2 m)'"
        ctx.sink.error("E0209", made.span, f"'{text}' is no area to stand in", help=help_text, note=note)
        return False
    spots = world.spots if world else ()
    if node.kind in ("at", "above") and names_area(made) not in spots:
        better = (
            f"'on {text}' (its lane) or "
            if world is not None and names_area(made) in (*world.arms, *world.cycle_lanes)
            else ""
        )
        ctx.sink.error("E0209", node.span, f"'{node.kind} {text}' is no placement", help=f"write {better}'in {text}'")
        return False
    return True


def _has_curve(ctx: Context, node: ast.Clause, made: Expr) -> bool:
    """``along`` names a curve that the world has."""
    world, text = ctx.world, ctx.text(made.span)
    if not (isinstance(made, Call) and made.function == "curb"):
        ctx.sink.error("E0209", made.span, "'along' needs a kerb", help="write 'along curb(right)'")
        return False
    side = constant_word(made.args["side"])
    if world is None or world.curves is None or f"curb.{side or 'right'}" in world.curves:
        return True
    names = ", ".join(f"{head}({at})" for head, _, at in (n.partition(".") for n in world.curves))
    ctx.sink.error(
        "E0209", made.span, f"the world '{world.name}' has no {text}",
        help="write 'on lane(1) at s(30 m)'" if not names else "name one that is there",
        note=f"it has {names}" if names else "it has no curves",
    )  # fmt: skip
    return False


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
    drawn = high >= 1 and low <= ctx.supports.get("world.lanes", (few, few))[1]
    always = f"lane(1) to lane({few:g}) are" if math.isfinite(few) and few > 1 else "lane(1) is"
    message = f"lane {ctx.text(span)} {'may not' if drawn else 'does not'} exist"
    ctx.sink.error("E0214", span, message, note=note, help=f"{always} always there")
    return False


def _on_the_road(ctx: Context, station: Call) -> bool:
    """Report a station that lies beyond the ends of the road in every draw."""
    low, high = support(station.args["station"], ctx.supports)
    longest = ctx.supports.get("world.length", (math.inf, math.inf))[1]
    if ctx.world is not None and ctx.world.arms:  # the length is that of an arm, and a road goes on beyond the middle
        longest *= 2.0
    if high >= 0.0 and low <= longest:
        return True
    note = f"the road is {longest:g} m long at most" if math.isfinite(longest) else ""
    message = f"the road begins at s(0 m){f' and ends at s({longest:g} m)' if note else ''}: this is not on it"
    ctx.sink.error("E0209", station.span, message, help="choose a station on the road, or make it longer")
    return False


# ---- what goes together --------------------------------------------------------------------------------------------


def _group(node: ast.Clause, points: Collection[Span]) -> str:
    """'on' names a lane, 'at' and its like a station along it, the rest says alone where an entity is."""
    if node.kind in ("on", "in") and node.span not in points:
        return "lane"
    return "station" if node.kind in ("at", "ahead", "behind") and node.span not in points else "alone"


def _one_place(ctx: Context, info: EntityInfo, statement: ast.Statement, made: Sequence[Clause]) -> None:
    giving = [c for c in statement.clauses if c.kind != "facing"]
    if not giving:
        help_text = "say where it is, for example 'on lane(1) at s(20 m)' or 'ahead of ego by 30 m'"
        ctx.sink.error("E0209", info.span, f"'{info.name}' has no place", help=help_text)
        return
    points = {c.span for c in made if _is_point(ctx, c)}
    groups: dict[str, ast.Clause] = {}
    for clause in giving:
        group = _group(clause, points)
        if group in groups:
            _twice(ctx, info, groups[group], clause)
            return
        groups[group] = clause
    alone = groups.pop("alone", None)
    if alone is not None and alone.kind == "along":
        groups.pop("station", None)  # a place along the kerb
    if alone is not None and groups:
        other = next(iter(groups.values()))
        ctx.sink.error(
            "E0209", other.span, f"'{_word(alone)}' says alone where '{info.name}' is",
            labels=[Label(alone.span, "placed here")], help=_without(ctx, info, made, alone, other),
        )  # fmt: skip


def _without(
    ctx: Context, info: EntityInfo, made: Sequence[Clause], alone: ast.Clause, other: ast.Clause
) -> str:  # fmt: skip
    """How to mend two places: somebody at a station of a pavement stands along its kerb."""
    place = next((c.place for c in made if c.span == alone.span), None)
    area, _, side = (names_area(place) if place is not None else "").partition(".")
    area, side = ("pavement", "right") if area == ANY_PAVEMENT else (area, side)
    curves = (ctx.world.curves or ()) if ctx.world is not None else ()
    if area != "pavement" or info.kind.category != "person" or f"curb.{side}" not in curves:
        return "remove this clause"
    return f"write 'along curb({side}) {ctx.text(other.span)}', or remove this clause"


def _twice(ctx: Context, info: EntityInfo, first: ast.Clause, second: ast.Clause) -> None:
    ctx.sink.error(
        "E0209", second.span, f"'{info.name}' is placed twice", caret_text="and here",
        labels=[Label(first.span, f"'{_word(first)}' says where it is")], help="keep one of the two",
    )  # fmt: skip


def _is_point(ctx: Context, clause: Clause) -> bool:
    """``at (x, y)``, ``at ENTITY`` and ``in REGION`` need no lane."""
    place = clause.place
    point = isinstance(place, EntityRef) or (isinstance(place, Call) and place.function == "point")
    area = is_area(ctx, place) and not on_an_arm(ctx, clause.kind, place)
    return (clause.kind in ("at", "on", "in", "towed") and (point or area)) or clause.kind == "above"


def relative_ring(ctx: Context, entities: Sequence[EntityDecl]) -> None:
    """Report entities that are placed relative to one another in a ring."""
    ring = placing_order(entities, ctx.definitions)[1]
    if ring and ring[0] in ctx.entities:
        message = f"'{ring[0]}' is placed relative to itself: {' -> '.join(ring)}"
        ctx.sink.error("E0206", ctx.entities[ring[0]].span, message, help="place one of them on a lane")


def _pile(ctx: Context, info: EntityInfo, made: Sequence[Clause], span: Span) -> None:
    """Report what would stand in the same place in every draw: the elements of an array, or one inside another."""
    placing = [c for c in made if c.kind != "facing"]
    sideways = ctx.definitions.get(f"{info.name}.lateral")
    if not placing or sideways is None or not isinstance(sideways.binding, Const):
        return
    inside = next((c for c in placing if c.kind == "at" and isinstance(c.place, EntityRef)), None)
    if inside is not None and sideways.binding.value == 0.0:
        other = ctx.text(inside.place.span)
        ctx.sink.error(
            "E0209", inside.span, f"'{info.name}' would stand inside of '{other}'",
            help=f"write 'ahead of {other}' or 'left of {other}', or set 'lateral' in its block",
        )  # fmt: skip
        return
    drawn = over_an_area(ctx, info, made) is not None or any(
        c.by in ctx.definitions and ctx.definitions[c.by].drawn for c in placing if c.by is not None
    )
    if info.count_max >= info.count_min >= 2 and not drawn and not any(c.kind in _ROWS for c in placing):
        ctx.sink.error(
            "E0209", span, f"all elements of '{info.name}' would stand in the same place",
            help=f"let them follow each other: '{info.name}[...] along curb(right) by 2 m' or 'ahead of ego by 10 m'",
            note="or draw 'lateral' for each of them",
        )  # fmt: skip
