"""What a scenario declares, and the definitions in the order in which they can be computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from simengine.errors import did_you_mean
from simengine.language import syntax as ast
from simengine.language.dependencies import expressions
from simengine.language.diagnostics import Label, Sink
from simengine.language.habits import our_word
from simengine.language.limits import FORWARD
from simengine.language.program import Choice, Definition, NotYet, Require
from simengine.language.supports import Interval, binding_support
from simengine.language.terms import Awaited, Const, EntityRef, Expr, Ref, Span, Vector
from simengine.language.walk import parts
from simengine.language.wholes import Wholes
from simengine.sensors.vocabulary import SensorKind
from simengine.world.library import EntityKind, Library, Property, WorldKind
from simengine.world.vocabulary import entity_properties

__all__ = ["Context", "EntityInfo", "SensorInfo", "Symbol", "Where"]


@dataclass
class EntityInfo:
    """A declared entity."""

    name: str
    kind: EntityKind
    library: str
    span: Span
    properties: Mapping[str, Property]
    array: bool = False
    count_min: int = 1
    count_max: int = 1
    controllers: tuple[str, ...] = ()
    at_first: str = "none"  # its controller at the start, where that is always the same
    strolls: bool = False  # people on any_pavement, who walk by themselves

    @property
    def controller(self) -> str | None:
        """For people: the controllers that it may have."""
        return " or ".join(self.controllers) or None


@dataclass
class SensorInfo:
    """A declared sensor."""

    name: str
    kind: SensorKind
    span: Span

    @property
    def properties(self) -> dict[str, Property]:
        """Properties by name."""
        return {p.name: p for p in self.kind.properties}


@dataclass(frozen=True)
class Symbol:
    """A declared name."""

    kind: Literal["value", "entity", "sensor", "phase", "cover", "choice"]
    name: str
    span: Span


@dataclass(frozen=True)
class Where:
    """What an expression may see.

    Attributes:
        state: the running simulation (else the initial scene only).
        place: words for messages ("a 'require'").
        variables: loop variable -> entity array.
        receiver: entity whose action's arguments these are; its own ``speed`` is the declared pace.
        actor: who acts or is asked; ``nearest`` is nearest to it.
        array: entity array in whose block this stands (its own properties without an index).
    """

    state: bool = False
    place: str = "this place"
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    receiver: str | None = None
    actor: EntityRef | None = None


@dataclass
class Context:
    """Everything that checking one scenario shares."""

    sink: Sink
    lines: Mapping[str, Sequence[str]]
    libraries: Mapping[str, Library]
    tainted: set[str]
    symbols: dict[str, Symbol] = field(default_factory=dict[str, Symbol])
    entities: dict[str, EntityInfo] = field(default_factory=dict[str, EntityInfo])
    sensors: dict[str, SensorInfo] = field(default_factory=dict[str, SensorInfo])
    world: WorldKind | None = None
    world_span: Span = field(default_factory=lambda: Span(1, 1, 1, 2))
    regions: tuple[str, ...] = ()
    extends: bool = False
    partial: bool = False  # what it extends was not found: names may come from there
    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])
    supports: dict[str, Interval] = field(default_factory=dict[str, Interval])
    wholes: Wholes = field(default_factory=Wholes)
    pending: dict[str, tuple[Span, Callable[[], Definition | None]]] = field(
        default_factory=dict[str, "tuple[Span, Callable[[], Definition | None]]"]
    )
    cover_types: dict[str, object] = field(default_factory=dict[str, object])
    not_yet: dict[str, NotYet] = field(default_factory=dict[str, NotYet])
    failed: set[str] = field(default_factory=set[str])
    used: set[str] = field(default_factory=set[str])
    faced: dict[str, Span] = field(default_factory=dict[str, Span])
    reported: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    words: set[Span] = field(default_factory=set[Span])  # places of bare words that are values, not names
    implied: list[Require] = field(default_factory=list[Require])  # what indices that are drawn ask of arrays
    shutters: list[tuple[str, Expr]] = field(default_factory=list["tuple[str, Expr]"])  # sensor, delay of such a fault
    tuned: set[str] = field(default_factory=set[str])  # paths of what the timeline sets during a run
    _active: list[str] = field(default_factory=list[str])

    # ---- names

    def declare(self, kind: Literal["value", "entity", "sensor", "phase", "cover", "choice"], name: ast.Name) -> bool:
        """Add a name; reports a second declaration."""
        first = self.symbols.get(name.id)
        if first is not None:
            self.sink.error(
                "E0202", name.span, f"'{name.id}' is declared twice", labels=[Label(first.span, "first declared here")],
                caret_text="declared again here", help="choose another name",
            )  # fmt: skip
            return False
        self.symbols[name.id] = Symbol(kind, name.id, name.span)
        return True

    def unknown(self, what: str, name: ast.Name, candidates: Sequence[str], note: str = "") -> None:
        """Report an unknown name once, unless the line that declares it could not be read.

        ``what`` is the sort of name, where needed with its owner after a bar: "property|the world".
        """
        if self.partial or name.id in self.tainted or name.id in self.failed or (what, name.id) in self.reported:
            return
        self.reported.add((what, name.id))
        near = our_word(name.id, candidates)
        if near is None and len(name.id) > 1:
            near = did_you_mean(name.id, [c for c in candidates if c != name.id])
        noun, _, owner = what.partition("|")
        self.sink.error(
            "E0201", name.span, f"unknown {noun} '{name.id}'{' of ' + owner if owner else ''}",
            help=f"did you mean '{near}'?" if near else "", note=note if not near else "",
        )  # fmt: skip

    def no_library(self, what: str, name: ast.Name) -> None:
        """Report, once a scenario, that no library is in use."""
        if ("use", "") not in self.reported:
            self.reported.add(("use", ""))
            self.sink.error(
                "E0201", name.span, f"unknown {what} '{name.id}': no library is in use",
                help="start the file with 'use driving'",
            )  # fmt: skip

    def text(self, span: Span) -> str:
        """The source of a span on one line, blanks collapsed."""
        lines = self.lines[span.file]
        if span.line == span.end_line:
            return lines[span.line - 1][span.column - 1 : span.end_column - 1].strip()
        inner = lines[span.line : span.end_line - 1]
        parts = [lines[span.line - 1][span.column - 1 :], *inner, lines[span.end_line - 1][: span.end_column - 1]]
        return " ".join(" ".join(parts).split())

    def later(self, span: Span, what: str, help: str = "", placing: bool = False) -> None:
        """Note something that checks but does not run; ``placing``: the initial scene cannot be made without it."""
        made = NotYet(what, span, help, placing)
        self.not_yet.setdefault(str(made), made)

    # ---- definitions

    def plan(
        self, path: str, span: Span, make: Callable[[], Definition | None], override: bool = False
    ) -> bool:  # fmt: skip
        """Register how to make a definition; it is made when first needed. Reports a second one of the same path."""
        if override and path not in self.pending:
            if self.partial:
                return False
            if self.extends:  # else it is reported as such
                self.sink.error(
                    "E0215", span, f"nothing to override: '{path.removeprefix('world.')}' is not set before",
                    help="remove 'override'",
                )  # fmt: skip
        elif path in self.pending and not override:
            self.sink.error(
                "E0202", span, f"'{path}' is set twice", labels=[Label(self.pending[path][0], "first set here")],
                caret_text="set again here", help="keep one of the two",
            )  # fmt: skip
            return False
        self.pending[path] = (span, make)
        return True

    def demand(self, path: str, at: Span) -> Definition | None:
        """The definition of a path with all that it needs made first; None where it has none or an error."""
        if path in self.definitions:
            return self.definitions[path]
        if path not in self.pending or path in self.failed:
            return None
        if path in self._active:
            self._cycle(path, at)
            return None
        if len(self._active) >= FORWARD:
            return self._too_far(
                path, at, f"this value needs more than {FORWARD} others that are declared further down"
            )
        self._active.append(path)
        try:
            made = self.pending[path][1]()
        except RecursionError:  # fewer definitions, but each deeply nested
            return self._too_far(path, at, "this value needs others that are declared further down, in too many steps")
        finally:
            self._active.pop()
        if made is None:
            self.failed.add(path)
            return None
        return self.add(made)

    def _too_far(self, path: str, at: Span, message: str) -> None:
        self.failed.add(path)
        if ("forward", "") not in self.reported:
            self.reported.add(("forward", ""))
            self.sink.error("E0110", at, message, help="declare what it needs before it")

    def add(self, definition: Definition) -> Definition:
        """Store a finished definition with its support."""
        self.definitions[definition.path] = definition
        self.wholes.add(definition)
        if definition.type.kind in ("real", "int"):
            self.supports[definition.path] = self._support(definition)
        return definition

    def _support(self, definition: Definition) -> Interval:
        binding = definition.binding
        if isinstance(binding, Ref) and isinstance(binding.index, Const):  # a component of a joint table
            table = self.definitions.get(binding.path)
            if table is not None and isinstance(table.binding, Choice) and definition.path in table.components:
                at = table.components.index(definition.path)
                values = tuple(v.items[at] for v in table.binding.values if isinstance(v, Vector))
                return binding_support(Choice(values, table.binding.weights, table.span), self.supports)
        return binding_support(binding, self.supports)

    def _cycle(self, path: str, at: Span) -> None:
        ring = [*self._active[self._active.index(path) :], path]
        if any(p in self.failed for p in ring):
            return
        labels = [Label(self.pending[p][0], f"'{p}' needs '{q}'") for p, q in pairwise(ring)]
        self.failed.update(ring)
        self.sink.error(
            "E0206", at, f"'{path}' depends on itself: {' -> '.join(ring)}", labels=labels[:6],
            help="give one of them a value of its own",
        )  # fmt: skip

    def awaits(self, value: Definition | Expr) -> bool:
        """It follows from a parameter that has no value yet."""
        stack = list(expressions(value)) if isinstance(value, Definition) else [value]
        seen = set[str]()
        while stack:
            for part in parts(stack.pop()):
                if isinstance(part, Awaited):
                    return True
                if isinstance(part, Ref) and part.path in self.definitions and part.path not in seen:
                    seen.add(part.path)
                    stack += expressions(self.definitions[part.path])
        return False

    # ---- tables

    def kinds(self) -> dict[str, tuple[str, EntityKind]]:
        """Entity types of the libraries in use: word -> (library, kind)."""
        found: dict[str, tuple[str, EntityKind]] = {}
        for name, library in self.libraries.items():
            for word, kind in library.entities.items():
                found.setdefault(word, (name, kind))
        return found

    def world_properties(self) -> dict[str, Property]:
        """Properties of the world by name."""
        return {p.name: p for p in self.world.properties} if self.world else {}

    def value_names(self) -> list[str]:
        """Names that can stand for something in an expression."""
        return [*self.symbols, *self.world_properties(), *self.regions]


def entity_info(name: ast.Name, library: str, kind: EntityKind) -> EntityInfo:
    """The entry of a new entity."""
    return EntityInfo(name.id, kind, library, name.span, {p.name: p for p in entity_properties(kind)})
