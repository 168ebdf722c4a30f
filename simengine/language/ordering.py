"""In which order entities can be placed: where one stands may follow from where others stand and head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simengine.language.program import Clause, EntityDecl
from simengine.language.walk import entities_named

__all__ = ["PlacingStep", "placing_order"]


class PlacingStep(NamedTuple):
    """A declaration is placed, or (``heading``) turned to what it faces."""

    name: str
    heading: bool


def placing_order(entities: Sequence[EntityDecl]) -> tuple[list[PlacingStep], list[str]]:
    """The steps that place all entities, each after those that it needs; else in the order of the program.

    How an entity heads follows from where those stand that it faces, not from how they head: two that face each other
    are no ring.

    Returns:
        The steps, and the names of the first ring (its first name stands at the end too), or nothing.
    """
    known = {e.name for e in entities}
    needs: dict[PlacingStep, list[PlacingStep]] = {}
    for e in entities:
        placed = [n for c in e.clauses if c.kind != "facing" for n in _named(c) if n in known]
        faced = [n for c in e.clauses if c.kind == "facing" for n in _named(c) if n in known and n != e.name]
        needs[PlacingStep(e.name, False)] = [PlacingStep(n, True) for n in placed]
        needs[PlacingStep(e.name, True)] = [PlacingStep(e.name, False), *(PlacingStep(n, False) for n in faced)]
    done: dict[PlacingStep, None] = {}
    for e in entities:
        ring = _visit(PlacingStep(e.name, True), needs, done)
        if ring:
            return list(done), ring
    return list(done), []


def _named(clause: Clause) -> list[str]:
    return [name for e in (clause.place, clause.second) if e is not None for name in entities_named(e)]


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
            return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]
        elif at not in done:
            trail[at] = None
            stack.append((at, True))
            stack.extend((n, False) for n in reversed(needs[at]))
    return []
