"""Syntax tree: what was written, before names, types and units are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from simengine.language.terms import Span

__all__ = [
    "Argument",
    "Attribute",
    "Bind",
    "CallX",
    "Chain",
    "Clause",
    "Compare",
    "Dist",
    "Expression",
    "Index",
    "ListX",
    "Logic",
    "Member",
    "Name",
    "Number",
    "Prefix",
    "RangeX",
    "SetX",
    "Statement",
    "Ternary",
    "Text",
    "Timed",
    "VectorX",
    "is_plain",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """``12`` or ``12 km/h``."""

    value: float
    unit: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word."""

    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """``base.name``."""

    base: Expression
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """``base[index]``."""

    base: Expression
    index: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; ``body`` is set for the quantifier form ``g in goods: body``."""

    name: Name | None
    bind: Bind
    body: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class CallX:
    """``function(arguments)``."""

    function: Expression
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Prefix:
    """``-x`` or ``not x``."""

    op: Literal["neg", "not"]
    item: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Chain:
    """``a + b - c`` or ``a * b / c``."""

    items: tuple[Expression, ...]
    ops: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """``a < b`` or ``a < b <= c``."""

    items: tuple[Expression, ...]
    ops: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Logic:
    """``a and b and c`` or ``a or b``."""

    op: Literal["and", "or"]
    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Ternary:
    """``then if condition else other``."""

    then: Expression
    condition: Expression
    other: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Timed:
    """``always within 8 s x``, ``eventually during phase x``."""

    op: Literal["always", "eventually"]
    bound: Literal["within", "after", "during"] | None
    limit: Expression | None
    item: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class VectorX:
    """``(a, b)``."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListX:
    """``[a, b]``."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RangeX:
    """``low..high [step w]``."""

    low: Expression
    high: Expression
    step: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class SetX:
    """``{value: weight, ...}``; a missing weight is None, and a unit at the end stands at each value."""

    values: tuple[Expression, ...]
    weights: tuple[Expression | None, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """``x in container``."""

    item: Expression
    container: Expression
    span: Span


Expression: TypeAlias = (
    Number | Text | Name | Attribute | Index | CallX | Prefix | Chain | Compare | Logic | Ternary | Timed | VectorX
    | ListX | RangeX | SetX | Member
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dist:
    """A distribution: range, set or family call, optionally truncated."""

    body: Expression
    within: RangeX | None
    span: Span


@dataclass(frozen=True, slots=True)
class Bind:
    """``= value`` or ``~ distribution``."""

    value: Expression | Dist
    span: Span

    @property
    def drawn(self) -> bool:
        """Written with ``~``."""
        return isinstance(self.value, Dist)


@dataclass(frozen=True, slots=True)
class Clause:
    """A placement clause of an entity; ``facing`` has its angle in ``by`` and no place."""

    kind: str
    place: Expression | None
    second: Expression | None
    by: Bind | None
    span: Span


@dataclass(slots=True)
class Statement:
    """A statement of any kind. Which fields are set depends on ``kind``, the alias of its rule in grammar.lark.

    Attributes:
        kind: "param", "entity", "wait_until", ...
        names: the words of the statement, in order (channels, tags, names declared).
        expr: its expression or target.
        bind: its value.
        text: string at its end.
        extra: further expressions by role ("until", "holds", "rate", "width", ...).
        arguments: of a call ("world", "sensor").
        clauses: of an entity.
        label: name in front of a timeline node.
        parameters: of a scenario: how many statements at the start of its body are the parameters of its head.
        body: its block.
    """

    kind: str
    span: Span
    names: list[Name] = field(default_factory=list[Name])
    expr: Expression | None = None
    bind: Bind | None = None
    text: str = ""
    extra: dict[str, Expression] = field(default_factory=dict[str, "Expression"])
    binds: dict[str, Bind] = field(default_factory=dict[str, Bind])
    arguments: tuple[Argument, ...] = ()
    clauses: tuple[Clause, ...] = ()
    items: tuple[Expression, ...] = ()
    type_name: Name | None = None
    label: Name | None = None
    number: Number | None = None
    opens: bool = False
    parameters: int = 0
    body: list[Statement] = field(default_factory=list["Statement"])


def is_plain(node: Expression | Dist) -> bool:
    """A literal, or a distribution of literals or of words."""
    match node:
        case Number() | Text():
            return True
        case Dist():
            return is_plain(node.body)
        case RangeX():
            return is_plain(node.low) and is_plain(node.high)
        case SetX():
            return all(isinstance(v, Name) or is_plain(v) for v in node.values)
        case Prefix(op="neg"):
            return is_plain(node.item)
        case CallX():
            return all(is_plain(a.bind.value) for a in node.arguments)
        case _:
            return False
