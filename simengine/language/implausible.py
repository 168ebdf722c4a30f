"""Starts that the text allows and the world does not know: a tram without rails, a trailer that drives by itself, more
vehicles than the road has room for."""

from __future__ import annotations

from simengine.errors import LimitError, SceneError
from simengine.language.moving import drives_from_the_start
from simengine.language.program import EntityDecl, Program
from simengine.language.scope import Context
from simengine.language.terms import Const
from simengine.world.lanes import ANY_LANE, LaneGraph
from simengine.world.library import EntityKind

__all__ = ["check_starts", "fixed_graph"]

_ROW = ("ahead", "behind", "along")
_APART_M = 2.0
"""Vehicles ``on any_lane`` keep at least so much to what is ahead of them."""


def check_starts(ctx: Context, program: Program) -> None:
    """Warn (W0312) of entities of the scenario's own text that cannot be as they are asked to be at the start, and
    report rows that are longer than the road (E0209)."""
    kinds = ctx.kinds()
    for entity in program.entities:
        if not program.span.holds(entity.span) or entity.kind not in kinds:
            continue
        kind = kinds[entity.kind][1]
        _rails(ctx, program, entity, kind)
        _alone(ctx, program, entity, kind)
        if entity.count is not None and entity.category == "vehicle":
            _room(ctx, program, entity, kind)


def _rails(ctx: Context, program: Program, entity: EntityDecl, kind: EntityKind) -> None:
    laid = program.definitions.get(f"world.{kind.rails}")
    if not kind.rails or (laid is not None and not (isinstance(laid.binding, Const) and not laid.binding.value)):
        return
    has = ctx.world is not None and any(p.name == kind.rails for p in ctx.world.properties)
    ctx.sink.warning(
        "W0312", entity.span, f"'{entity.name}' runs on rails, and there are none",
        help=f"write '{kind.rails} = yes' in the block of the world" if has else "take a world that has rails",
    )  # fmt: skip


def _alone(ctx: Context, program: Program, entity: EntityDecl, kind: EntityKind) -> None:
    """A trailer that nothing tows has no motor."""
    if kind.kingpin_m is None or any(c.kind == "towed" for c in entity.clauses):
        return
    begins = drives_from_the_start(program, entity)
    if begins is not None:
        ctx.sink.warning(
            "W0312", begins, f"'{entity.name}' drives by itself, and nothing tows it",
            help=f"couple it: a lorry, and '{entity.kind} {entity.name} at' it",
        )  # fmt: skip


def _room(ctx: Context, program: Program, entity: EntityDecl, kind: EntityKind) -> None:
    """The shortest row that the array can make is longer than what it is to stand on."""
    count = ctx.supports.get(entity.count or "", (0.0, 0.0))[0]
    graph = fixed_graph(ctx, program)
    if count < 2.0 or graph is None or not graph.lanes or not kind.size_m:
        return
    first = entity.clauses[0] if entity.clauses else None
    lengths = [lane.centre.length_m for lane in graph.lanes]
    if first is None:
        return
    if first.kind in ("on", "in") and isinstance(first.place, Const) and first.place.value == ANY_LANE:
        room, where, gap = sum(lengths), "all lanes together have", _APART_M
    elif any(c.kind in _ROW for c in entity.clauses):
        room = max([*lengths, *(c.length_m for c in graph.curves.values())])
        by = next((c.by for c in entity.clauses if c.by is not None), None)
        where, gap = "the road has", 1.0 if by is None else max(ctx.supports.get(by, (0.0, 0.0))[0], 0.0)
    else:
        return
    try:
        long = min(size[0] for size in kind.size_m.values())
    except (SceneError, LimitError):  # a mesh of a user's folder that cannot be read, and need not be used
        return
    need = count * long + (count - 1.0) * gap
    if need > room:
        ctx.sink.error(
            "E0209", entity.span, f"{count:.0f} of '{entity.name}' do not fit: they need {need:.0f} m at least, and "
            f"{where} {room:.0f} m",
            help="ask for fewer of them, or make the road longer",
        )  # fmt: skip


def fixed_graph(ctx: Context, program: Program) -> LaneGraph | None:
    """The lane graph of the world, where nothing that decides about it is drawn; else None."""
    kind, world = ctx.world, program.world
    if kind is None or world is None or kind.lanes is None:
        return None
    values: dict[str, object] = {}
    for prop in kind.properties:
        definition = program.definitions.get(f"world.{prop.name}")
        if prop.name in world.unplaced or definition is None:
            continue
        low, high = ctx.supports.get(definition.path, (0.0, 1.0))
        if isinstance(definition.binding, Const):
            values[prop.name] = definition.binding.value
        elif low == high:
            values[prop.name] = low
        else:
            return None
    try:
        return kind.lanes(values)
    except (SceneError, ValueError):  # reported where the world is made
        return None
