"""Where entities stand: the placement clauses."""

from __future__ import annotations

from simengine.build.expression import NOWHERE, Given, Value, bind, node_of
from simengine.language import syntax as ast

__all__ = [
    "Placing", "above", "ahead_of", "along", "at", "behind", "between", "beyond", "clause_of", "facing", "inside",
    "left_of", "on", "right_of",
]  # fmt: skip


class Placing:
    """One placement clause; entities take any number of them."""

    __slots__ = ("_clause",)

    def __init__(self, clause: ast.Clause) -> None:
        self._clause = clause


def clause_of(placing: Placing) -> ast.Clause:
    """Its tree."""
    return placing._clause  # pyright: ignore[reportPrivateUsage]


def _make(kind: str, place: Value, by: Given | None = None, second: Value | None = None) -> Placing:
    other = None if second is None else node_of(second)
    return Placing(ast.Clause(kind, node_of(place), other, None if by is None else bind(by), NOWHERE))


def at(place: Value) -> Placing:
    """A point ``(x, y)``, a station ``"s(20 m)"`` or an entity."""
    return _make("at", place)


def on(place: Value) -> Placing:
    """A lane: ``"lane(1)"``, ``words.lane_beside(ego, "left")``."""
    return _make("on", place)


def inside(place: Value) -> Placing:
    """A region (the word ``in`` of the language)."""
    return _make("in", place)


def ahead_of(entity: Value, by: Given | None = None) -> Placing:
    """In front of it along its lane, from bumper to bumper."""
    return _make("ahead", entity, by)


def behind(entity: Value, by: Given | None = None) -> Placing:
    """Behind it along its lane."""
    return _make("behind", entity, by)


def left_of(entity: Value, by: Given | None = None) -> Placing:
    """At its left side."""
    return _make("left", entity, by)


def right_of(entity: Value, by: Given | None = None) -> Placing:
    """At its right side."""
    return _make("right", entity, by)


def between(one: Value, other: Value) -> Placing:
    """In the middle of the gap."""
    return _make("between", one, second=other)


def along(place: Value, by: Given | None = None) -> Placing:
    """Along a kerb; elements of an array with this distance."""
    return _make("along", place, by)


def above(entity: Value, by: Given | None = None) -> Placing:
    """Over it."""
    return _make("above", entity, by)


def beyond(entity: Value, by: Given | None = None) -> Placing:
    """Behind it as ego sees it."""
    return _make("beyond", entity, by)


def facing(towards: Given) -> Placing:
    """Which way it looks: an angle from the road's direction, an entity, a point, or ``"road"``."""
    return Placing(ast.Clause("facing", None, None, bind(towards), NOWHERE))
