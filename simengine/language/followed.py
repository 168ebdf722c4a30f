"""Definitions that are not drawn and still differ from variant to variant: what follows from draws."""

from __future__ import annotations

from simengine.language.dependencies import expressions
from simengine.language.evaluate import FUNCTIONS
from simengine.language.program import Definition, Program
from simengine.language.terms import Call, EntityRef, Expr, Quantifier, Ref
from simengine.language.walk import parts

__all__ = ["followed_paths"]


def followed_paths(program: Program) -> tuple[str, ...]:
    """Names and properties that are computed from random variables, in the order of the program.

    They are each ``param`` and ``let``, and each property of the world, an entity or a sensor, whose expression reads a
    draw, directly or through other names, or the placed scene. Left out are constants, components of joint tables
    (which are drawn), what only counts in one case (the property that it sets is there), and what no text can name:
    offsets of placements and arguments of actions.
    """
    owners = {"world", *(e.name for e in program.entities), *(s.name for s in program.sensors)}
    counts = {e.name: e.count for e in program.entities if e.count is not None}
    joint = {c for d in program.definitions.values() for c in d.components}
    varying: set[str] = set()
    found: list[str] = []
    for path, definition in program.definitions.items():
        if definition.drawn:
            varying.add(path)
        elif any(_varies(part, program, varying, counts) for e in expressions(definition) for part in parts(e)):
            varying.add(path)
            if path not in joint and _has_name(path, definition, owners):
                found.append(path)
    return tuple(found)


def _has_name(path: str, definition: Definition, owners: set[str]) -> bool:
    owner, dot, _ = path.partition(".")
    return definition.active is None and "@" not in path and (not dot or owner in owners)


def _varies(part: Expr, program: Program, varying: set[str], counts: dict[str, str]) -> bool:
    """A part of an expression is a draw, what follows from one, or asks about the placed scene."""
    match part:
        case Ref():
            return part.path in varying or part.path not in program.definitions
        case Quantifier():
            return counts.get(part.array) in varying
        case Call():
            return part.receiver is not None or part.function not in FUNCTIONS
        case EntityRef():
            return True
        case _:
            return False
