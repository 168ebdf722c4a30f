"""Places over an area: which regions a world has, and the two draws that say where in one something stands."""

from __future__ import annotations

from collections.abc import Sequence

from simengine.language import syntax as ast
from simengine.language.program import Clause, Definition, Family, Range
from simengine.language.scope import Context, EntityInfo
from simengine.language.supports import constant, constant_word
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref, Span
from simengine.world.lanes import ANY_LANE, ANY_PAVEMENT
from simengine.world.library import NUMBER, ValueType

__all__ = [
    "DRAWS", "area_words", "is_area", "named_any_pavement", "names_area", "on_an_arm", "on_any_lane",
    "on_any_pavement", "over_an_area", "plan_draws", "walking_speed",
]  # fmt: skip

DRAWS = ("@u", "@v")
"""Definitions "<entity>.@u" and "<entity>.@v": how far through an area, and across it; on any lane the first alone."""


def area_words(ctx: Context) -> list[str]:
    """The world's areas as they are written: "road", "pavement(right)"."""
    names = [n.partition(".") for n in (ctx.world.areas if ctx.world else ())]
    words = [head if not which else f"{head}(1..{_most(ctx, head)})" if which.isdigit() else f"{head}({which})"
             for head, _, which in names]  # fmt: skip
    return list(dict.fromkeys(words))


def _most(ctx: Context, head: str) -> int:
    """The largest number that an area of a numbered sort can have here."""
    names = [n.partition(".") for n in (ctx.world.areas if ctx.world else ())]
    return max(int(which) for name, _, which in names if name == head)


def names_area(place: Expr) -> str:
    """The name under which the lane graph holds a region; of a side that is drawn, that of its left one, of a number
    that is drawn, that of the first one; else ""."""
    if isinstance(place, Const) and place.type.kind == "region":
        return str(place.value)
    if isinstance(place, Call) and place.type.kind == "region":
        if "side" in place.args:
            return f"{place.function}.{constant_word(place.args['side']) or 'left'}"
        number = constant(place.args["index"])
        return f"{place.function}.{1 if number is None else round(number)}"
    return ""


def is_area(ctx: Context, place: Expr) -> bool:
    """It is an area of this world."""
    return ctx.world is not None and names_area(place) in ctx.world.areas


def on_an_arm(ctx: Context, kind: str, place: Expr) -> bool:
    """``on right_arm``: its lane that comes in, while ``in right_arm`` is anywhere over it; so for cycle lanes."""
    if kind != "on" or ctx.world is None:
        return False
    return names_area(place) in (*ctx.world.arms, *ctx.world.cycle_lanes)


def on_any_lane(kind: str, place: Expr | None) -> bool:
    """``on any_lane``: in the middle of some lane, clear of all others, while ``in any_lane`` is anywhere over them."""
    return kind == "on" and place is not None and names_area(place) == ANY_LANE


def on_any_pavement(kind: str, place: Expr | None) -> bool:
    """``on any_pavement``: on some pavement, clear of all others and of what stands there; people walk there by
    themselves."""
    return kind == "on" and place is not None and names_area(place) == ANY_PAVEMENT


def _is_lane(place: Expr) -> bool:
    if isinstance(place, Call):
        return place.function in ("lane", "lane_beside")
    return isinstance(place, Ref) and place.path.endswith(".lane")


def over_an_area(ctx: Context, info: EntityInfo, made: Sequence[Clause]) -> Clause | None:
    """The clause that puts an entity anywhere over an area, or None.

    ``in`` and ``on`` a region or an entity; ``in lane(2)`` where no other clause says how far along; the elements of
    an array ``above`` something.
    """
    alone = sum(c.kind != "facing" for c in made) == 1
    for clause in made:
        place = clause.place
        region = isinstance(place, EntityRef) or is_area(ctx, place)
        if clause.kind in ("on", "in") and region and not on_an_arm(ctx, clause.kind, place):
            return clause
        if clause.kind == "in" and alone and _is_lane(place):
            return clause
        if clause.kind == "above" and region and info.array:
            return clause
    return None


def named_any_pavement(statement: ast.Statement) -> bool:
    """The text of an entity puts it ``on any_pavement``."""
    places = [c.place for c in statement.clauses if c.kind == "on"]
    return any(isinstance(p, ast.Name) and p.id == ANY_PAVEMENT for p in places)


def walking_speed(path: str, kind: ValueType, span: Span, array: str | None) -> Definition:
    """The pace of people who walk by themselves and of whom the text says none: U. Weidmann, "Transporttechnik der
    Fussgaenger" (ETH Zuerich, 1993), walking on the level: mean 1.34 m/s, standard deviation 0.26 m/s; without the one
    in two hundred at either end."""
    mean, deviation, low, high = (Const(v, kind, span) for v in (1.34, 0.26, 0.67, 2.01))
    return Definition(path, Family("normal", (mean, deviation), (low, high), span), kind, span, array)


def plan_draws(ctx: Context, info: EntityInfo, made: Sequence[Clause]) -> None:
    """Define the draws of an entity that stands anywhere over an area."""
    clause = over_an_area(ctx, info, made)
    if clause is None:
        return
    span, array = clause.span, info.name if info.array else None
    whole = Range(Const(0.0, NUMBER, span), Const(1.0, NUMBER, span), None, None, span)
    for name in DRAWS[:1] if on_any_lane(clause.kind, clause.place) else DRAWS:
        path = f"{info.name}.{name}"
        drawn = Definition(path, whole, NUMBER, span, array)
        ctx.plan(path, span, lambda drawn=drawn: drawn)
        ctx.demand(path, span)
