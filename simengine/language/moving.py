"""What can ever move in a program: what drives, what actions name, and what is carried by something that does; and
what takes part without."""

from __future__ import annotations

from simengine.language.areas import on_any_pavement
from simengine.language.program import Act, Assign, Block, EntityDecl, Program, Timeline
from simengine.language.terms import Const, EntityRef, Span

__all__ = ["actors", "carriers", "drives_from_the_start", "movers", "strolls"]

_EGO = "ego"


def movers(program: Program) -> frozenset[str]:
    """Names of the entities (and arrays) that can move at some time; all others stay where they are placed."""
    found = _receivers(program.timeline)
    for when in program.whens:
        found |= _receivers(when.body)
    found |= {e.name for e in program.entities if drives_from_the_start(program, e) is not None}
    if _windy(program):
        found |= {e.name for e in program.entities if e.category == "drone"}
    carried = {e.name: carriers(e) for e in program.entities}
    while more := {name for name, on in carried.items() if name not in found and found.intersection(on)}:
        found |= more
    return frozenset(found & carried.keys())


def actors(program: Program) -> frozenset[str]:
    """Names of what has a state of its own in every frame: all that can move, and vehicles that stand and take part,
    which are the ego and what carries a sensor. Other vehicles are parked: their lamps are dark."""
    bearers = {s.carrier.name for s in program.sensors}
    waiting = (e.name for e in program.entities if e.category == "vehicle" and (e.name == _EGO or e.name in bearers))
    return movers(program).union(waiting)


def carriers(entity: EntityDecl) -> tuple[str, ...]:
    """Names of what an entity stands on or lies in, or what tows it."""
    places = [c.place for c in entity.clauses if c.kind in ("on", "in", "towed")]
    return tuple(p.name for p in places if isinstance(p, EntityRef))


def drives_from_the_start(program: Program, entity: EntityDecl) -> Span | None:
    """Where the text says that a vehicle has a speed or a controller, or that somebody strolls, or None."""
    speed = program.definitions.get(f"{entity.name}.speed")
    stands = speed is None or (isinstance(speed.binding, Const) and float(speed.binding.value) == 0.0)
    if entity.category in ("vehicle", "drone") and speed is not None and not stands:
        return speed.span
    return entity.span if entity.controllers or strolls(entity) else None


def strolls(entity: EntityDecl) -> bool:
    """People ``on any_pavement`` walk by themselves."""
    return entity.category == "person" and any(on_any_pavement(c.kind, c.place) for c in entity.clauses)


def _windy(program: Program) -> bool:
    """Whether wind may blow: it moves what hovers."""
    speed = program.definitions.get("world.wind.speed")
    return speed is not None and not (isinstance(speed.binding, Const) and float(speed.binding.value) == 0.0)


def _receivers(body: tuple[Timeline, ...]) -> set[str]:
    """Names of declarations that actions or assignments of a timeline can move."""
    out: set[str] = set()
    stack = list(body)
    while stack:
        statement = stack.pop()
        if isinstance(statement, Act):
            named = [statement.receiver, *statement.args.values()]  # free actions name what they move
            out |= {e.name for e in named if isinstance(e, EntityRef)}
        elif isinstance(statement, Assign):
            out.add(statement.target.partition(".")[0].partition("[")[0])
        elif isinstance(statement, Block):
            stack += [*statement.body, *(inner for case in statement.cases for inner in case.body)]
    return out
