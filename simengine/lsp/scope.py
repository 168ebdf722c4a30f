"""Names and tables that are known at a place: what the checker knows now, and what the last readable text had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simengine.language.scope import EntityInfo, SensorInfo
from simengine.lsp.analysis import Analysis
from simengine.lsp.cursor import Cursor, header_word
from simengine.lsp.items import Item
from simengine.lsp.occurrences import Declaration
from simengine.world.library import EntityKind, Library, Property, ValueType, WorldKind

__all__ = ["Scope", "scope_at"]


@dataclass(frozen=True)
class Scope:
    """What is known at a place.

    Attributes:
        entities, sensors: by name.
        table: all declared names.
        world: its kind, where it is known.
        regions: names of places.
        variables: loop variable -> array.
        used: libraries in use by name.
        choices: words of each 'choose'.
    """

    entities: Mapping[str, EntityInfo]
    sensors: Mapping[str, SensorInfo]
    table: Mapping[str, Declaration]
    world: WorldKind | None
    regions: tuple[str, ...]
    variables: Mapping[str, str]
    used: Mapping[str, Library]
    types: Mapping[str, ValueType]

    def entity(self, name: str) -> EntityInfo | None:
        """An entity, or the elements that a loop variable stands for."""
        return self.entities.get(self.variables.get(name, name))

    def world_properties(self) -> tuple[Property, ...]:
        """Of the world."""
        return self.world.properties if self.world else ()

    def kinds(self) -> Iterator[tuple[str, str, EntityKind]]:
        """Types of entities: word, library, kind."""
        for where, content in self.used.items():
            yield from ((name, where, kind) for name, kind in content.entities.items())

    def named(self, *kinds: str) -> Iterator[Item]:
        """Declared names of some kinds."""
        for name, found in self.table.items():
            if found.kind in kinds:
                sort = {"let": "param", "choice": "param"}.get(found.kind, found.kind)
                yield Item(name, sort, self.detail(found), rank=0)  # type: ignore[arg-type]

    def detail(self, found: Declaration) -> str:
        """What a name is, in few words."""
        if found.kind == "entity" and found.name in self.entities:
            info = self.entities[found.name]
            return f"{info.kind.name}[]" if info.array else info.kind.name
        if found.kind == "sensor" and found.name in self.sensors:
            return self.sensors[found.name].kind.name
        return found.kind


def scope_at(analysis: Analysis, line: int, cursor: Cursor | None = None) -> Scope:
    """What is known at a line, or at a cursor."""
    contexts = analysis.contexts(line)
    entities: dict[str, EntityInfo] = {}
    sensors: dict[str, SensorInfo] = {}
    types: dict[str, ValueType] = {}
    used: dict[str, Library] = {}
    for context in reversed(contexts):  # what is known now wins
        entities.update(context.entities)
        sensors.update(context.sensors)
        used.update(context.libraries)
        types.update({path: d.type for path, d in context.definitions.items()})
    world = next((c.world for c in contexts if c.world is not None), None)
    regions = next((c.regions for c in contexts if c.regions), ())
    variables = _variables(cursor) if cursor is not None else {}
    return Scope(entities, sensors, analysis.table(line), world, regions, variables, used or _uses(analysis), types)


def _uses(analysis: Analysis) -> dict[str, Library]:
    """Libraries that the text names, where no scenario of it could be read."""
    names = [str(x.tokens[1]) for x in analysis.examination.lines if len(x.tokens) > 1 and str(x.tokens[0]) == "use"]
    return {n: analysis.libraries[n] for n in names if n in analysis.libraries}


def _variables(cursor: Cursor) -> dict[str, str]:
    """Loop variables around a cursor: of 'each' and of all(...), any(...), count(...)."""
    found: dict[str, str] = {}
    for tokens in cursor.owners:
        words = [str(t) for t in tokens]
        if header_word(words) == "each" and len(words) > 3:
            found[words[1]] = words[3]
    found.update(_loops(cursor.words))
    return found


def _loops(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for k in range(len(words) - 5):
        called, bracket, name, word, array, colon = words[k : k + 6]
        if called in ("all", "any", "count") and (bracket, word, colon) == ("(", "in", ":"):
            yield name, array
