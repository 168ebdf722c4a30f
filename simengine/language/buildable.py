"""Worlds whose values do not go together: a bend that is too tight, a portal beyond the end of the road, a bay of a
number that there is none of. The lane graph is made as a run would make it; it is cheap."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simengine.errors import SceneError
from simengine.language.areas import is_area, names_area
from simengine.language.implausible import fixed_graph
from simengine.language.program import Clause, Program
from simengine.language.scope import Context
from simengine.language.supports import constant, constant_word
from simengine.language.terms import Call, Const, Span
from simengine.world.lanes import LaneGraph

__all__ = ["check_world"]

_POINTS = 9
"""Of drawn properties so many values are tried, from the smallest to the largest ones together."""


def check_world(ctx: Context, program: Program) -> None:
    """Report a world that cannot be built with any values that its properties take (E0208), and places that the
    world of fixed values does not have (E0214)."""
    kind, world = ctx.world, program.world
    if kind is None or world is None or kind.lanes is None:
        return
    told = ""
    for values in _values(ctx, program):
        try:
            kind.lanes(values)
        except SceneError as error:
            told = told or str(error)
        except ValueError:
            return  # a value of the wrong kind, which has an error of its own
        else:
            graph = fixed_graph(ctx, program)
            if graph is not None:
                _check_places(ctx, program, graph)
            return
    if told:
        what, _, remedy = told.partition(": ")
        if not remedy and "; " in told and "; got" not in told:
            what, _, remedy = told.rpartition("; ")
        ctx.sink.error(
            "E0208", _where(program, told), f"this world cannot be built: {what}",
            help=remedy or f"change that; the properties of '{kind.name}' are in docs/reference.md",
        )  # fmt: skip


def _values(ctx: Context, program: Program) -> Iterator[dict[str, object]]:
    """Values of the properties that decide about the lanes; nothing where a word is drawn, or a support is unknown."""
    kind, world = ctx.world, program.world
    assert kind is not None and world is not None
    fixed: dict[str, object] = {}
    drawn: dict[str, tuple[float, float]] = {}
    for prop in kind.properties:
        definition = program.definitions.get(f"world.{prop.name}")
        if prop.name in world.unplaced or definition is None:
            continue
        if isinstance(definition.binding, Const):
            fixed[prop.name] = definition.binding.value
        elif prop.type.choices or definition.path not in ctx.supports:
            return
        else:
            drawn[prop.name] = ctx.supports[definition.path]
    for k in range(_POINTS if drawn else 1):
        share = k / (_POINTS - 1)
        yield {**fixed, **{name: low + share * (high - low) for name, (low, high) in drawn.items()}}


def _where(program: Program, told: str) -> Span:
    """The property that is set and that the message names, else the world."""
    assert program.world is not None
    words = [*re.findall(r"'([a-z_.]+)'", told), *re.findall(r"[a-z][a-z_.]*[a-z]", told)]
    found = (program.definitions.get(f"world.{word}") for word in words)
    line = program.world.span
    return next((d.span for d in found if d is not None and d.span != line), line)


def _check_places(ctx: Context, program: Program, graph: LaneGraph) -> None:
    """Numbered and sided areas of the kind of world which this one does not have."""
    assert ctx.world is not None
    lanes = (*ctx.world.arms, *ctx.world.cycle_lanes)
    for entity in program.entities:
        for clause in entity.clauses:
            name = names_area(clause.place)
            if not _told(clause) or name in lanes or not is_area(ctx, clause.place) or graph.area(name) is not None:
                continue
            head = name.partition(".")[0]
            there = [n for n in ctx.world.areas if n.partition(".")[0] == head and graph.area(n) is not None]
            ends = [_written(there[k]) for k in (0, -1)] if there else []
            ctx.sink.error(
                "E0214", clause.place.span, f"this world has no {ctx.text(clause.place.span)}",
                help=f"it has {ends[0]} to {ends[1]}" if len(there) > 1 else f"it has {ends[0]}" if there else "",
            )  # fmt: skip


def _told(clause: Clause) -> bool:
    """The text says which one."""
    place = clause.place
    if not isinstance(place, Call):
        return True
    if "side" in place.args:
        return constant_word(place.args["side"]) is not None
    return "index" not in place.args or constant(place.args["index"]) is not None


def _written(name: str) -> str:
    head, _, which = name.partition(".")
    return f"{head}({which})" if which else head
