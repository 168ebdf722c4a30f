"""The checked program: plain, immutable data with source spans. The checker makes it; sampling and running read it.

What its expressions are made of is in :mod:`terms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from simengine.language.terms import START, Awaited, EntityRef, EventRef, Expr, SensorRef, Span
from simengine.world.library import NUMBER, ValueType

__all__ = [
    "Act", "Always", "And", "Assign", "Atom", "Binding", "Block", "Case", "Choice", "Clause", "Condition", "Cover",
    "Cross", "Definition", "Distribution", "EntityDecl", "Eventually", "Family", "LabelDecl", "Monitor", "Not",
    "NotYet", "Or", "Program", "Range", "RecordDecl", "Require", "SensorDecl", "StopAfter", "Temporal", "Timeline",
    "Wait", "When", "WorldDecl", "exact_rate",
]  # fmt: skip


# ---- distributions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Range:
    """``low..high [step w]``; without a step uniform, with a step the values low, low + w, ... <= high."""

    low: Expr
    high: Expr
    step: Expr | None
    within: tuple[Expr, Expr] | None
    span: Span


@dataclass(frozen=True)
class Choice:
    """``{value: weight, ...}``. Values of a joint table are ``Vector``s. Weights are constants >= 0."""

    values: tuple[Expr, ...]
    weights: tuple[float, ...]
    span: Span


@dataclass(frozen=True)
class Family:
    """``normal(mean, sigma)``, ``lognormal(median, sigma)``, ``beta(a, b)``, ... optionally truncated."""

    name: str
    args: tuple[Expr, ...]
    within: tuple[Expr, Expr] | None
    span: Span


Distribution: TypeAlias = Range | Choice | Family
Binding: TypeAlias = Expr | Distribution
"""Right-hand side of ``=`` (an expression) or of ``~`` (a distribution)."""


@dataclass(frozen=True)
class Definition:
    """A named value: fixed by an expression or drawn.

    Attributes:
        path: unique: "gap", "ego.speed", "world.sun.elevation", "parked.count", "parked.model",
            "parked.@by" (drawn offset of a placement clause), "timeline.4.case", "timeline.5.for",
            "ego.controller.reaction", "front.lens.droplets".
        binding: expression or distribution.
        type: type of the value.
        array: name of the entity array whose elements each have their own value (shape (N, Nmax)), or None.
        components: for a joint table (``param ve, vt ~ {(..), (..)}``): the paths of the components; the components
            themselves have a ``Ref`` with ``index`` Const(k) to this path.
        active: (choose block path, case name) where it only counts in one case; None: always.
        span: of the whole statement.
        doc: string of a ``param``.
        bounds: of its property, where a computed value could leave them: draws that do are rejected.
    """

    path: str
    binding: Binding
    type: ValueType
    span: Span
    array: str | None = None
    components: tuple[str, ...] = ()
    active: tuple[str, str] | None = None
    doc: str = ""
    bounds: tuple[float, float] | None = None

    @property
    def drawn(self) -> bool:
        """It is a random variable."""
        return isinstance(self.binding, Range | Choice | Family)


# ---- declarations ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WorldDecl:
    """The world; its property values are the definitions "world.<property>" (defaults of the library filled in).

    Attributes:
        unplaced: properties on which no place, size or lane depends.
    """

    kind: str
    library: str
    span: Span
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """A placement clause: "at", "on", "in", "ahead", "behind", "left", "right", "between", "along", "above",
    "beyond", "facing", "towed" (a trailer ``at`` what tows it). ``by`` names the definition of the offset
    ("parked.@by"), or None.

    ``place`` is an expression of type place, region or entity: ``Call("lane", {"index": ...})``, ``Call("s", ...)``,
    ``Call("curb", {"side": ...})``, ``Call("lane_beside", {"entity": ..., "side": ...})``, an EntityRef, a Const
    region.
    """

    kind: str
    place: Expr
    second: Expr | None
    by: str | None
    span: Span


@dataclass(frozen=True)
class EntityDecl:
    """An entity or entity array. Property values are the definitions "<name>.<property>".

    Attributes:
        count: path of the definition of the array's size, or None for a single entity.
        count_max: static maximum of the array's size (1 for a single entity).
        controllers: those that drive it at some time, without "none".
        controller: the one at the start. Its arguments are "<name>.controller.<argument>"; where it is not always the
            same, its word is the definition "<name>.controller".
        unplaced: properties on which no place and size depends.
    """

    name: str
    kind: str
    library: str
    category: str
    clauses: tuple[Clause, ...]
    span: Span
    count: str | None = None
    count_max: int = 1
    controllers: tuple[str, ...] = ()
    controller: str = "none"
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class SensorDecl:
    """A sensor; its arguments and properties are the definitions "<name>.<property>".

    ``point`` is a named point of the carrier ("tool" of a robot, "windscreen" of a car), or "". ``on`` is the
    definition "<name>.@on" of the element that carries it, where the carrier is an element that is not always the same.
    """

    name: str
    kind: str
    carrier: EntityRef
    span: Span
    point: str = ""
    on: str | None = None


@dataclass(frozen=True)
class Require:
    """A constraint on the initial scene.

    ``geometric``: needs placement (sight lines, distances). ``implied``: it follows from a distribution, the text does
    not say it.
    """

    expr: Expr
    message: str
    span: Span
    geometric: bool
    text: str  # the source of the expression, for tables
    implied: bool = False


# ---- temporal monitors -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Atom:
    """A boolean expression over the state (a comparison has a robustness: its margin in SI units)."""

    expr: Expr
    span: Span


@dataclass(frozen=True)
class Not:
    """Negation."""

    item: Temporal
    span: Span


@dataclass(frozen=True)
class And:
    """Conjunction."""

    items: tuple[Temporal, ...]
    span: Span


@dataclass(frozen=True)
class Or:
    """Disjunction."""

    items: tuple[Temporal, ...]
    span: Span


@dataclass(frozen=True)
class Always:
    """``always [within d | after d | during PHASE] item``."""

    item: Temporal
    bound: Literal["within", "after", "during"] | None
    duration: Expr | None
    phase: str | None
    span: Span


@dataclass(frozen=True)
class Eventually:
    """``eventually [within d | after d | during PHASE] item``."""

    item: Temporal
    bound: Literal["within", "after", "during"] | None
    duration: Expr | None
    phase: str | None
    span: Span


Temporal: TypeAlias = Atom | Not | And | Or | Always | Eventually


@dataclass(frozen=True)
class Monitor:
    """An ``ensure`` or ``expect`` statement."""

    kind: Literal["ensure", "expect"]
    formula: Temporal
    message: str
    text: str
    span: Span


# ---- timeline --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wait:
    """``wait until c`` or ``wait d`` (``duration`` is the path of a definition)."""

    node: int
    until: Expr | None
    duration: str | None
    span: Span


@dataclass(frozen=True)
class Act:
    """A running action: ``[label:] kid.run(...) [until c] [for d]``.

    ``args`` are complete in the sense of ``Call``; ``duration`` is the path of a definition.
    """

    node: int
    label: str | None
    action: str
    receiver: EntityRef | SensorRef | None
    args: Mapping[str, Expr]
    until: Expr | None
    duration: str | None
    span: Span


@dataclass(frozen=True)
class Case:
    """A branch of ``one_of``."""

    weight: float
    body: tuple[Timeline, ...]


@dataclass(frozen=True)
class Block:
    """serial, parallel, repeat (``times``) or one_of (``cases``; ``choice`` is the path of the drawn branch index)."""

    node: int
    label: str | None
    kind: Literal["serial", "parallel", "repeat", "one_of"]
    body: tuple[Timeline, ...]
    until: Expr | None
    times: int
    cases: tuple[Case, ...]
    choice: str | None
    span: Span


@dataclass(frozen=True)
class Assign:
    """Setting a property while running; ``index``: of one element of an array; ``args``: of a controller."""

    node: int
    target: str
    value: Expr
    span: Span
    index: Expr | None = None
    args: Mapping[str, Expr] = field(default_factory=dict[str, "Expr"])


Timeline: TypeAlias = Wait | Act | Block | Assign


@dataclass(frozen=True)
class When:
    """``when c [holds d]: timeline`` (fires once on the rising edge after d)."""

    condition: Expr
    holds: Expr | None
    body: tuple[Timeline, ...]
    span: Span


@dataclass(frozen=True)
class Condition:
    """``stop when c``."""

    expr: Expr
    span: Span


@dataclass(frozen=True)
class StopAfter:
    """``stop after d`` (path of a definition)."""

    duration: str
    span: Span


# ---- coverage and recording ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cover:
    """A coverage item.

    Attributes:
        name: ``as`` name, else the text of the expression.
        expr: over initial values, or over the state at ``event``, whose phase is "" for the end of the run.
        width: bin width (SI) or None; over: (low, high) or None: the expression's support.
        edges: explicit bin edges (SI) or ().
        words: for enums: the words, one bin each.
    """

    name: str
    expr: Expr
    event: EventRef | None
    width: float | None
    over: tuple[float, float] | None
    edges: tuple[float, ...]
    words: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Cross:
    """t-way combinations of coverage items, by their names."""

    names: tuple[str, ...]
    ways: int
    span: Span


def exact_rate(rate_hz: float) -> Fraction:
    """A rate as a fraction, so that firings never drift."""
    return Fraction(rate_hz).limit_denominator(1000)


@dataclass(frozen=True)
class RecordDecl:
    """What a sensor writes."""

    sensor: str
    channels: tuple[str, ...]
    rate_hz: float | None
    during: str | None
    span: Span


@dataclass(frozen=True)
class LabelDecl:
    """``label goods as class``."""

    target: str
    kind: str
    span: Span


@dataclass(frozen=True)
class NotYet:
    """Something that checks and does not run in this version.

    Attributes:
        what: a phrase: "the action 'park'".
        span: where.
        help: what to write instead, or "".
        placing: without it the initial scene cannot be placed; else constraints on it are checked all the same.
    """

    what: str
    span: Span
    help: str = ""
    placing: bool = False

    @property
    def verb(self) -> str:
        """Of the phrase: "entities of type 'tote' do", "the action 'park' does"."""
        return "do" if self.what.split(" ")[0].endswith("s") else "does"

    def __str__(self) -> str:
        return f"{self.span.where}: {self.what}"


@dataclass(frozen=True)
class Program:
    """A checked scenario, still random. Plain data; never executed.

    Attributes:
        definitions: by path, in an order in which each only needs earlier ones.
        supports: static support of each drawn or fixed numeric definition (SI): (low, high).
        not_yet: each thing that checks but does not run in this version, in the order of the text.
        parents: texts of the installed scenarios that it extends, by name; places in them have that name as ``file``.
        span: from its head to the end of its block.
    """

    name: str
    title: str
    source: str
    file: str
    uses: tuple[str, ...]
    tags: tuple[str, ...]
    cites: tuple[str, ...]
    world: WorldDecl | None
    definitions: Mapping[str, Definition]
    entities: tuple[EntityDecl, ...]
    sensors: tuple[SensorDecl, ...]
    requires: tuple[Require, ...]
    monitors: tuple[Monitor, ...]
    timeline: tuple[Timeline, ...]
    whens: tuple[When, ...]
    stop_when: tuple[Condition, ...]
    stop_after: tuple[StopAfter, ...]
    covers: tuple[Cover, ...]
    crosses: tuple[Cross, ...]
    records: tuple[RecordDecl, ...]
    labels: tuple[LabelDecl, ...]
    supports: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    not_yet: tuple[NotYet, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict[str, str])
    span: Span = START

    @property
    def awaited(self) -> tuple[Definition, ...]:
        """Parameters without a value: the scenario is a template, and one that extends it gives them."""
        found = [d for d in self.definitions.values() if isinstance(d.binding, Awaited)]
        return tuple(sorted(found, key=lambda d: d.span.order))

    def enum_words(self, path: str) -> tuple[str, ...]:
        """The words of an enum-valued definition, in the order of their codes."""
        return self.definitions[path].type.choices if path in self.definitions else NUMBER.choices
