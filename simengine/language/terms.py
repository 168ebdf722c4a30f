"""Expressions of a checked program, and where in the text something stands.

Names are resolved: an expression refers to definitions by path, to entities, sensors and events by name. All numbers
are SI (radians, seconds, metres); enum values are words in ``Const`` and codes (index, as float) in arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from simengine.world.library import ValueType

__all__ = [
    "START",
    "Awaited",
    "ByElement",
    "Call",
    "Const",
    "EntityRef",
    "EventRef",
    "Expr",
    "Op",
    "Quantifier",
    "Ref",
    "SensorRef",
    "Span",
    "Vector",
]


@dataclass(frozen=True)
class Span:
    """Where in the source: 1-based line and column, end exclusive.

    ``file`` is "" in the program's own text, else the name of the installed scenario that it extends.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: str = ""

    def to(self, last: Span) -> Span:
        """From here to the end of another place of the same text."""
        return Span(self.line, self.column, last.end_line, last.end_column, self.file)

    def holds(self, other: Span) -> bool:
        """The other place starts in this one."""
        ends = (self.end_line, self.end_column)
        return self.file == other.file and (self.line, self.column) <= (other.line, other.column) < ends

    @property
    def where(self) -> str:
        """For messages: "line 12", and of which scenario where it is another one's."""
        return f"line {self.line} of '{self.file}'" if self.file else f"line {self.line}"

    @property
    def order(self) -> tuple[str, int, int]:
        """Sorts places: those of the program's own text first, from top to bottom."""
        return self.file, self.line, self.column


START = Span(1, 1, 1, 2)


# ---- expressions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Const:
    """A literal: SI float, bool, word (enum, region), string."""

    value: float | bool | str
    type: ValueType
    span: Span


@dataclass(frozen=True)
class Awaited:
    """The value of a parameter that the scenario leaves open: one that extends it gives it."""

    type: ValueType
    span: Span


@dataclass(frozen=True)
class Ref:
    """The value of a definition, or of a state property (``state`` True: read from the simulation).

    ``path`` is ``"gap"``, ``"ego.speed"``, ``"world.rain"``. Elements of an entity array have one definition for
    all, ``"parked.model"``; ``index`` picks the element (None inside ``each`` and quantifiers over ``variable``).
    """

    path: str
    type: ValueType
    span: Span
    index: Expr | None = None
    variable: str | None = None
    state: bool = False


@dataclass(frozen=True)
class EntityRef:
    """An entity; ``index`` for an element of an array; ``variable`` inside ``each g in goods`` and quantifiers.

    Neither for an array: the whole array.
    """

    name: str
    type: ValueType
    span: Span
    index: Expr | None = None
    variable: str | None = None


@dataclass(frozen=True)
class SensorRef:
    """A sensor by name."""

    name: str
    type: ValueType
    span: Span


@dataclass(frozen=True)
class EventRef:
    """``dart.started`` or ``dart.ended`` of a named phase."""

    phase: str
    edge: Literal["started", "ended"]
    type: ValueType
    span: Span


@dataclass(frozen=True)
class Op:
    """+ - * / neg not and or < <= > >= == != if (condition, then, else). Comparisons chain as ``and``."""

    op: str
    args: tuple[Expr, ...]
    type: ValueType
    span: Span


@dataclass(frozen=True)
class Call:
    """A function or method by name; ``args`` are complete (defaults filled in) and in signature order.

    A default of None in the signature gives no entry.
    """

    function: str
    receiver: Expr | None
    args: Mapping[str, Expr]
    type: ValueType
    span: Span
    state: bool = False


@dataclass(frozen=True)
class Quantifier:
    """``any|all|count(variable in array: body)``."""

    kind: Literal["any", "all", "count"]
    variable: str
    array: str
    body: Expr
    type: ValueType
    span: Span


@dataclass(frozen=True)
class ByElement:
    """A question whose place is another one for each element of an array: it is asked element by element.

    ``variable`` is the array's in the enclosing ``each`` or quantifier; ``asked`` keeps the questions as they are made.
    """

    variable: str
    array: str
    question: Expr
    type: ValueType
    span: Span
    asked: dict[int, Expr] = field(default_factory=dict[int, "Expr"], compare=False, repr=False)


@dataclass(frozen=True)
class Vector:
    """``(a, b, c)`` or ``[a, b]``."""

    items: tuple[Expr, ...]
    type: ValueType
    span: Span


Expr: TypeAlias = Const | Awaited | Ref | EntityRef | SensorRef | EventRef | Op | Call | Quantifier | ByElement | Vector
