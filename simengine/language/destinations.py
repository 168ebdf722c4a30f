"""Which places an action or a method takes: a lane to change into, a point to walk to, a kerb to run to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from simengine.errors import an
from simengine.language.areas import area_words, is_area, names_area
from simengine.language.scope import Context, Where
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref, Span, Vector

__all__ = ["moves_body", "takes_place"]

_Sort: TypeAlias = Literal["lane", "point", "road", "kerb", "curb", ""]

_WRONG = {
    ("change_lane", "to"): (("lane",), "write 'lane(2)', 'lane_beside(ego, left)' or 'other.lane'"),
    ("run", "to"): (("kerb", "point"), "write 'far_curb', 'near_curb', an entity or a point '(30 m, 2 m)'"),
    ("walk", "to"): (("kerb", "point"), "write 'far_curb', 'near_curb', an entity or a point '(30 m, 2 m)'"),
    ("teleport", "to"): (("lane", "point"), "write 'lane(2)', an entity, 's(50 m)' or a point '(30 m, 2 m)'"),
    ("synchronise", "at"): (("point",), "write an entity, 's(50 m)' or a point '(30 m, 2 m)'"),
    ("follow_path", "path"): (("lane", "point"), "write 'lane(2)', a point, or points '[(30 m, 2 m), (60 m, 5 m)]'"),
    ("cross", "across"): (("road",), "write 'across = road'"),
    ("run", "across"): (("road",), "write 'across = road', or 'to = far_curb'"),
    ("walk", "across"): (("road",), "write 'across = road', or 'to = far_curb'"),
    ("time_to", "place"): (("point",), "write an entity, 's(50 m)' or a point '(30 m, 2 m)'"),
    ("reached", "place"): (("point",), "write an entity, 's(50 m)' or a point '(30 m, 2 m)'"),
}  # fmt: skip
"""What fits, by callee and parameter, and what to write instead."""

_AREAS = (("inside", "place"), ("off", "place"))
"""What takes anything that has an area."""


def takes_place(ctx: Context, callee: str, parameter: str, place: Expr, where: Where) -> bool:
    """Report a place that means nothing here."""
    if isinstance(place, Vector):
        return all(takes_place(ctx, callee, parameter, p, where) for p in place.items)
    sort, text = _sort(place), ctx.text(place.span)
    if (callee, parameter) in _AREAS and not _has_area(ctx, callee, place):
        return False
    wrong = _WRONG.get((callee, parameter))
    if wrong is not None and sort not in wrong[0]:
        help_text = wrong[1]
        if callee == "change_lane" and isinstance(place, EntityRef):
            help_text = f"write '{text}.lane'"
        ctx.sink.error("E0204", place.span, f"'{parameter}' of '{callee}' cannot be '{text}'", help=help_text)
        return False
    return True


def moves_body(ctx: Context, action: str, receiver: EntityRef, args: Mapping[str, Expr], span: Span) -> bool:
    """Report a teleport of what is built into the world of rigid bodies, and what is put down where nothing lies."""
    kind = ctx.entities[receiver.name].kind
    if action == "teleport" and kind.body is not None and not kind.loose:
        ctx.sink.error(
            "E0204", span, f"{an(kind.name)} stands where it is placed for the whole run: it cannot be teleported",
            help="give it another place at the start; goods ('item') can be teleported, into another one, too",
        )  # fmt: skip
        return False
    place = args.get("at")
    if action != "place" or place is None or isinstance(place, EntityRef) or is_area(ctx, place):
        return True
    areas = ", ".join(area_words(ctx)) or "none"
    ctx.sink.error(
        "E0204", place.span, f"nothing can be put down on '{ctx.text(place.span)}': it has no area",
        help="write an entity or a region", note=f"areas here: {areas}",
    )  # fmt: skip
    return False


def _has_area(ctx: Context, callee: str, place: Expr) -> bool:
    """Report a place that is a line or a point; note a region of a world that only checks."""
    beside = isinstance(place, Call) and place.function == "lane_beside"
    if isinstance(place, EntityRef) or is_area(ctx, place) or (_sort(place) == "lane" and not beside):
        return True
    if names_area(place) and (ctx.world is None or ctx.world.lanes is None):
        ctx.later(place.span, f"'{callee}' of a region of this world", "name an entity", True)
        return True
    areas = ", ".join(area_words(ctx)) or "none"
    ctx.sink.error(
        "E0204", place.span, f"nothing is inside of '{ctx.text(place.span)}': it has no area",
        help=f"write '{callee}(lane(1))', an entity or a region", note=f"areas here: {areas}",
    )  # fmt: skip
    return False


def _sort(place: Expr) -> _Sort:
    if isinstance(place, EntityRef):
        return "point"
    if isinstance(place, Const):
        return "road" if place.value == "road" else "kerb"
    if isinstance(place, Ref):
        return "lane" if place.path.endswith(".lane") else ""
    if not isinstance(place, Call):
        return ""
    sorts: dict[str, _Sort] = {"lane": "lane", "lane_beside": "lane", "s": "point", "point": "point", "curb": "curb"}
    return sorts.get(place.function, "")
