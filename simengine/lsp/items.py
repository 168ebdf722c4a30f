"""A proposal for a word: what completion offers, and what hover tells of a word that stands there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from simengine.language.kinds import TYPE_NAMES
from simengine.lsp import describe
from simengine.lsp.words import WORDS
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import DIMENSIONS, UNITS, Dimension
from simengine.world.library import Property, Signature, ValueType
from simengine.world.vocabulary import ATTRIBUTES, METHODS, READ_ONLY_SIZES

__all__ = [
    "Item", "argument_names", "enum_words", "keywords", "properties", "questions", "sensor_kinds", "signatures",
    "types", "units",
]  # fmt: skip

Sort = Literal[
    "keyword", "property", "method", "function", "value", "unit", "entity", "sensor", "param", "phase", "event",
    "type", "world", "library", "channel", "variable", "scenario", "place", "cover",
]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A proposal.

    Attributes:
        label: the word.
        sort: what it is, for the icon.
        detail: short, next to the word.
        doc: Markdown.
        insert: what is written; "" for the label. ``$0`` marks where the cursor goes.
        rank: proposals of a lower rank come first.
    """

    label: str
    sort: Sort
    detail: str = ""
    doc: str = ""
    insert: str = ""
    rank: int = 1


def keywords(words: Iterable[str], rank: int = 2) -> Iterator[Item]:
    """Words of the grammar."""
    for name in words:
        if name in WORDS:
            yield Item(name, "keyword", doc=describe.word(name), rank=rank)


def properties(table: Iterable[Property], rank: int = 0) -> Iterator[Item]:
    """Properties that can be set or read."""
    for p in table:
        yield Item(p.name, "property", describe.kind_of(p.type), describe.property_(p), rank=rank)


def argument_names(table: Iterable[Property], given: set[str]) -> Iterator[Item]:
    """Names of arguments that are not given yet; those with a dot are set in a block."""
    for p in table:
        if p.name not in given and "." not in p.name:
            yield Item(p.name, "property", describe.kind_of(p.type), describe.property_(p), f"{p.name} = ", 0)


def signatures(table: Iterable[Signature], what: str, rank: int = 1) -> Iterator[Item]:
    """Things that are called."""
    for s in table:
        insert = f"{s.name}($0)" if s.parameters else f"{s.name}()"
        sort: Sort = "method" if s.receiver else "function"
        yield Item(s.name, sort, describe.signature_head(s), describe.signature(s, what), insert, rank)


def questions(category: str, settable: Iterable[Property]) -> Iterator[Item]:
    """What can be read of an entity: its properties, attributes, sizes and questions."""
    own = list(settable)
    yield from properties(own)
    names = {p.name for p in own}
    for s in ATTRIBUTES:
        if s.receiver in (category, "entity") and s.name not in names:
            rank = 2 if s.name in READ_ONLY_SIZES else 1
            doc = describe.signature(s, "attribute", called=False)
            yield Item(s.name, "property", describe.kind_of(s.returns), doc, rank=rank)
    yield from signatures((s for s in METHODS if s.receiver in (category, "entity")), "question")


def enum_words(kind: ValueType) -> Iterator[Item]:
    """The words that a value can be."""
    for name in ("yes", "no") if kind.kind == "bool" else kind.choices:
        words = ", ".join(kind.choices) if kind.kind == "enum" else "yes, no"
        yield Item(name, "value", describe.kind_of(kind), describe.document(name, f"One of {words}."), rank=0)


def units(dimension: Dimension | None) -> Iterator[Item]:
    """Units; those of a wanted dimension first."""
    for symbol, u in UNITS.items():
        rank = 0 if dimension is not None and u.dimension == dimension else 2
        name = next((n for n, d in DIMENSIONS.items() if d == u.dimension), "")
        yield Item(symbol, "unit", name, describe.unit(symbol), rank=rank)


def types() -> Iterator[Item]:
    """Types of 'param'."""
    for name in (*TYPE_NAMES, *DIMENSIONS):
        yield Item(name, "type", doc=describe.type_word(name))


def sensor_kinds() -> Iterator[Item]:
    """Kinds of sensors."""
    for kind in SENSOR_KINDS.values():
        rank = 0 if kind.runs else 1
        yield Item(kind.name, "sensor", kind.doc, describe.sensor_kind(kind), f"{kind.name}($0)", rank)
