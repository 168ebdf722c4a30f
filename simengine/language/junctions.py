"""Roads whose arms and lanes the text fixes: what stands on an arm or a cycle lane, or turns, where there is none.

A world with drawn arms is left to sampling, which draws again, and to the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simengine.language.areas import names_area
from simengine.language.implausible import fixed_graph
from simengine.language.program import Act, Assign, EntityDecl, Program
from simengine.language.scope import Context
from simengine.language.supports import constant, constant_word
from simengine.language.terms import Call, Const, EntityRef, Expr
from simengine.language.walk import steps
from simengine.world.lanes import LaneGraph, Turn

__all__ = ["check_junctions"]

_OTHER_LANE = ("change_lane", "teleport", "follow_path", "turn")
"""Actions after which a vehicle may be on another lane than it began on."""


def check_junctions(ctx: Context, program: Program) -> None:
    """Report arms that do not exist, turns that lead nowhere, and the state of signals that are not there."""
    _check_signals(ctx, program)
    world = ctx.world
    graph = fixed_graph(ctx, program) if world is not None and (world.arms or world.cycle_lanes) else None
    if graph is None:
        return
    acts = [n for n in steps((*program.timeline, *(n for w in program.whens for n in w.body))) if isinstance(n, Act)]
    for entity in program.entities:
        lane = _lane(ctx, entity, graph)
        own = [a for a in acts if isinstance(a.receiver, EntityRef) and a.receiver.name == entity.name]
        moves = [a for a in own if a.action in _OTHER_LANE]
        if lane is not None and len(moves) == 1 and moves[0].action == "turn":
            _check_turn(ctx, entity, moves[0], [t for t in graph.turns if t.start == lane])


def _check_signals(ctx: Context, program: Program) -> None:
    """Set in the world's block or while running, where the fixed ``control`` of the junction is another one."""
    kind, world, control = ctx.world, program.world, program.definitions.get("world.control")
    if kind is None or not kind.arms or world is None or control is None or not isinstance(control.binding, Const):
        return
    found, names = control.binding.value, [f"world.{n}" for n in kind.changing if n.startswith("signal.")]
    if found == "signals":
        return
    set_first = [program.definitions[n].span for n in names if n in program.definitions]
    nodes = (*program.timeline, *(n for w in program.whens for n in w.body))
    spans = [s for s in set_first if s != control.span and s.line != world.span.line]
    spans += [a.span for a in steps(nodes) if isinstance(a, Assign) and a.target in names]
    for span in spans:
        ctx.sink.error(
            "E0214", span, f"this junction has no signals: its 'control' is {found}",
            help="write 'control = signals' in the block of the world",
        )  # fmt: skip


def _lane(ctx: Context, entity: EntityDecl, graph: LaneGraph) -> int | None:
    """The lane that something begins on, where the text says it; reports an arm that does not exist."""
    arms = (*ctx.world.arms, *ctx.world.cycle_lanes) if ctx.world is not None else ()
    found: int | None = None
    for clause in entity.clauses:
        name = names_area(clause.place)
        if clause.kind in ("on", "in") and name in arms:
            first = {**{arm: own[0] for arm, own in graph.arms.items()}, **graph.cycle_lanes}
            if name not in first and not _side_drawn(clause.place):
                what = "world" if isinstance(clause.place, Call) else "junction"
                help_ = f"it has {', '.join(_written(first))}" if first else "write 'cycle_lane = both' behind its name"
                text = ctx.text(clause.place.span)
                ctx.sink.error("E0214", clause.place.span, f"this {what} has no {text}", help=help_)
                return None
            drawn = isinstance(clause.place, Call) and _index(clause.place) is None
            found = first[name] if clause.kind == "on" and not drawn else None
        elif clause.kind == "on" and isinstance(clause.place, Call) and clause.place.function == "lane":
            number = constant(clause.place.args["index"])
            found = None if number is None else round(number) - 1
    return found


def _side_drawn(place: Expr) -> bool:
    """Left or right is left to sampling."""
    return isinstance(place, Call) and "side" in place.args and constant_word(place.args["side"]) is None


def _index(place: Call) -> float | None:
    """The number of a numbered place; 1 of those that have a side."""
    return constant(place.args["index"]) if "index" in place.args else 1.0


def _written(arms: Iterable[str]) -> list[str]:
    """Arms as programs name them: "aisle.2" is ``aisle(2)``."""
    return [f"{head}({which})" if which else head for head, _, which in (a.partition(".") for a in arms)]


def _check_turn(ctx: Context, entity: EntityDecl, act: Act, turns: Sequence[Turn]) -> None:
    word, way_out = act.args.get("direction"), act.args.get("exit")
    direction = None if word is None else constant_word(word)
    number = None if way_out is None else constant(way_out)
    ways, exits = sorted({t.direction for t in turns}), sorted({t.exit for t in turns if t.exit})
    if number is not None and number not in exits:
        found = f"from its lane there are the ways out {', '.join(map(str, exits))}" if exits else "write 'direction'"
        ctx.sink.error("E0205", act.span, f"'{entity.name}' cannot take the way out {number:g} here", help=found)
    if direction in ("left", "right") and direction not in ways:
        ctx.sink.error(
            "E0205", act.span, f"'{entity.name}' cannot turn {direction} at this junction",
            help=f"from its lane it can turn {' or '.join(ways)}" if ways else "its lane does not lead into it",
        )  # fmt: skip
