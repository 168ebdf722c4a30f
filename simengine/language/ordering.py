"""In which order entities can be placed: where one stands may follow from where others stand and head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simengine.language.areas import on_any_lane, on_any_pavement
from simengine.language.dependencies import expressions
from simengine.language.program import Clause, Definition, EntityDecl
from simengine.language.terms import Call, EntityRef, Expr, Quantifier, Ref
from simengine.language.walk import entities_named, parts
from simengine.world.vocabulary import READ_ONLY_SIZES

__all__ = ["PlacingStep", "placing_order"]


class PlacingStep(NamedTuple):
    """A declaration is placed, or (``heading``) turned to what it faces."""

    name: str
    heading: bool


def placing_order(
    entities: Sequence[EntityDecl], definitions: Mapping[str, Definition]
) -> tuple[list[PlacingStep], list[str]]:
    """The steps that place all entities, each after those that it needs; else in the order of the program, those that
    take what room is left on lanes and pavements (``on any_lane``, ``on any_pavement``) last.

    What an entity needs is what its clauses name, and what the values in them follow from: in ``ahead of ego by d``
    with ``let d = distance(a, b)`` also a and b.

    How an entity heads follows from where those stand that it faces, not from how they head: two that face each other
    are no ring.

    Returns:
        The steps, and the names of the first ring (its first name stands at the end too), or nothing.
    """
    known = {e.name for e in entities}
    needs: dict[PlacingStep, list[PlacingStep]] = {}
    for e in entities:
        facing = [c for c in e.clauses if c.kind == "facing"]
        giving = [c for c in e.clauses if c.kind != "facing"]
        faced = [n for c in facing for n in _named(c) if n in known and n != e.name]
        placed = [*(n for c in giving for n in _named(c)), *_followed(giving, [f"{e.name}.lateral"], definitions)]
        turned = _followed(facing, [f"{e.name}.yaw"], definitions)
        needs[PlacingStep(e.name, False)] = [PlacingStep(n, True) for n in placed if n in known]
        needs[PlacingStep(e.name, True)] = [
            PlacingStep(e.name, False), *(PlacingStep(n, False) for n in faced),
            *(PlacingStep(n, True) for n in turned if n in known),
        ]  # fmt: skip
    done: dict[PlacingStep, None] = {}
    for e in sorted(entities, key=_fills_up):
        ring = _visit(PlacingStep(e.name, True), needs, done)
        if ring:
            return list(done), ring
    return list(done), []


def _fills_up(entity: EntityDecl) -> bool:
    return any(on_any_lane(c.kind, c.place) or on_any_pavement(c.kind, c.place) for c in entity.clauses)


def _named(clause: Clause) -> list[str]:
    return [name for e in (clause.place, clause.second) if e is not None for name in entities_named(e)]


def _followed(clauses: Sequence[Clause], paths: list[str], definitions: Mapping[str, Definition]) -> list[str]:
    """Entities whose place the values in clauses, and in definitions, follow from."""
    stack = [*paths, *(c.by for c in clauses if c.by is not None)]
    found: dict[str, None] = {}
    seen: set[str] = set()
    exprs = [e for c in clauses for e in _values(c)]
    while stack or exprs:
        if not exprs:
            path = stack.pop()
            if path not in seen and path in definitions:
                seen.add(path)
                exprs.extend(expressions(definitions[path]))
            continue
        for part in parts(exprs.pop()):
            if isinstance(part, EntityRef):
                found[part.name] = None
            elif isinstance(part, Quantifier):
                found[part.array] = None
            elif isinstance(part, Ref) and part.path in definitions:
                stack.append(part.path)
            elif isinstance(part, Ref) and part.path.partition(".")[2] not in READ_ONLY_SIZES:
                found[part.path.partition(".")[0]] = None
    return list(found)


def _values(clause: Clause) -> list[Expr]:
    """Numbers in a place: stations, coordinates, indices."""
    out: list[Expr] = []
    for place in (clause.place, clause.second):
        if isinstance(place, EntityRef | Ref) and place.index is not None:
            out.append(place.index)
        elif isinstance(place, Call):
            out.extend(place.args.values())
    return out


def _visit(start: PlacingStep, needs: dict[PlacingStep, list[PlacingStep]], done: dict[PlacingStep, None]) -> list[str]:
    """Add a step after all that it needs, without recursion; the names of a ring that it is part of."""
    trail: dict[PlacingStep, None] = {}
    stack = [(start, False)]
    while stack:
        at, left = stack.pop()
        if left:
            del trail[at]
            done[at] = None
        elif at in trail:
            steps = list(trail)
            names = [s.name for s in [*steps[steps.index(at) :], at]]
            ring = [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]
            return ring if len(ring) > 1 else ring * 2
        elif at not in done:
            trail[at] = None
            stack.append((at, True))
            stack.extend((n, False) for n in reversed(needs[at]))
    return []
