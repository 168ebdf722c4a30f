"""Drawn values of a batch of variants, resolved to what takes part: slots, kinds, models, sizes, lanes.

A slot is one entity, or one element of an entity array at its static maximum; elements beyond a variant's own count
are inactive. Slots are in the order of the program, the same in all variants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.roads import Roads
from simengine.errors import NotRunnableError, ProgramError, UsageError, an
from simengine.language.program import Definition, EntityDecl, Program
from simengine.language.sample import Draws
from simengine.language.scenario import Scenario, Value
from simengine.physics.footpaths import Footpaths
from simengine.rng import stream_key
from simengine.world.lanes import LaneGraph
from simengine.world.library import EntityKind, Library, ValueType, WorldKind
from simengine.world.splits import SPLIT, within
from simengine.world.stakeout import Stakeout
from simengine.world.walls import NO_FURNITURE, Furniture

__all__ = ["Roster", "Slot", "Variants", "plain_value"]


@dataclass(frozen=True, eq=False)
class Slot:
    """One possible entity.

    Attributes:
        name: "ego", "parked[1]" (elements count from 1, as in the language).
        decl: its declaration.
        element: index from 0 within its array.
        kind: entity type of the library.
    """

    name: str
    decl: EntityDecl
    element: int
    kind: EntityKind


@dataclass(frozen=True, eq=False)
class Roster:
    """All slots of a program, and where each declaration's begin."""

    slots: tuple[Slot, ...]
    first: Mapping[str, int]

    @classmethod
    def of(cls, program: Program, libraries: Mapping[str, Library]) -> Roster:
        """Slots of a program.

        Raises:
            ProgramError: a library or kind is not among ``libraries``.
        """
        slots: list[Slot] = []
        first: dict[str, int] = {}
        for decl in program.entities:
            library = libraries.get(decl.library)
            if library is None or decl.kind not in library.entities:
                raise ProgramError(
                    f"entity '{decl.name}' is {an(repr(decl.kind))} of library '{decl.library}', which is not loaded; "
                    f"loaded: {', '.join(libraries) or 'none'}"
                )
            kind = library.entities[decl.kind]
            first[decl.name] = len(slots)
            if decl.count is None:
                slots.append(Slot(decl.name, decl, 0, kind))
            else:
                slots.extend(Slot(f"{decl.name}[{k + 1}]", decl, k, kind) for k in range(decl.count_max))
        return cls(tuple(slots), first)

    def members(self, name: str) -> range:
        """Slots of a declaration."""
        start = self.first[name]
        decl = self.slots[start].decl
        return range(start, start + (1 if decl.count is None else decl.count_max))


@dataclass(frozen=True, eq=False)
class Variants:
    """B drawn variants of one program.

    Attributes:
        program: the checked program.
        libraries: by name.
        values: by definition path: shape (B,), or (B, Nmax) for what each element of an array has of its own; enums as
            codes, vectors with components last. Definitions that need the placed scene are absent.
        count: B.
        seed: the run's seed; varieties of assets and worlds come from it.
        indices: index of each variant, (B,).
        graphs: lane graphs that are known already, by the values of their worlds; more are added when they are made.
    """

    program: Program
    libraries: Mapping[str, Library]
    values: Mapping[str, Array]
    count: int
    seed: int
    indices: I64Array
    graphs: dict[bytes, LaneGraph] = field(default_factory=dict[bytes, LaneGraph], repr=False)

    @classmethod
    def of(cls, draws: Draws, libraries: Mapping[str, Library]) -> Variants:
        """All variants of a batch of draws."""
        return cls(draws.program, libraries, draws.values, len(draws), draws.seed, draws.indices)

    @classmethod
    def of_scenarios(
        cls, program: Program, scenarios: Sequence[Scenario], libraries: Mapping[str, Library]
    ) -> Variants:
        """Variants from frozen scenarios of one program and seed.

        Raises:
            UsageError: a scenario belongs to another program or seed.
        """
        for scenario in scenarios:
            if scenario.program != program.name or scenario.seed != scenarios[0].seed:
                raise UsageError(
                    f"expected scenarios of program '{program.name}' and one seed; found '{scenario.program}' with "
                    f"seed {scenario.seed}"
                )
        columns = {p: _column(program, p, [s.values[p] for s in scenarios]) for p in scenarios[0].values}
        indices = np.array([s.index for s in scenarios], np.int64)
        return cls(program, libraries, columns, len(scenarios), scenarios[0].seed, indices)

    @cached_property
    def roster(self) -> Roster:
        """The slots, S of them."""
        return Roster.of(self.program, self.libraries)

    def column(self, path: str, slot: Slot, default: float = 0.0) -> F64Array:
        """A number of one slot, (B,): of its own element where the definition has one for each."""
        if path not in self.values:
            return np.full(self.count, default)
        value = self.values[path]
        if self.program.definitions[path].array is not None:
            value = value[:, slot.element]
        return np.ascontiguousarray(np.broadcast_to(value, (self.count,)), np.float64)

    @cached_property
    def active(self) -> BoolArray:
        """Which slots take part, (B, S)."""
        out = np.ones((self.count, len(self.roster.slots)), np.bool_)
        for s, slot in enumerate(self.roster.slots):
            if slot.decl.count is not None:
                counts = np.broadcast_to(self.values[slot.decl.count], (self.count,))
                out[:, s] = slot.element < np.rint(counts)
        return out

    @cached_property
    def models(self) -> tuple[tuple[str, ...], ...]:
        """Model of each slot of each variant, ``models[b][s]``; "" where the kind has none."""
        columns: list[list[str]] = []
        for words, codes in map(self._models_of, self.roster.slots):
            columns.append(np.array(words, object)[codes].tolist())
        return tuple(zip(*columns, strict=True)) if columns else ((),) * self.count

    def _models_of(self, slot: Slot) -> tuple[tuple[str, ...], I64Array]:
        """Words, and which of them is the model of a slot in each variant, (B,)."""
        if slot.kind.sized_by != "model":
            return self._words_of(slot, f"{slot.decl.name}.{slot.kind.sized_by}")
        path = f"{slot.decl.name}.model"
        words = self.program.enum_words(path) or slot.kind.models
        if path not in self.values or not words:
            return slot.kind.models or ("",), np.zeros(self.count, np.int64)
        codes = self.column(path, slot)
        return tuple(words), np.where((codes >= 0) & (codes < len(words)), codes, 0.0).astype(np.int64)

    def _words_of(self, slot: Slot, path: str) -> tuple[tuple[str, ...], I64Array]:
        """The same, where sizes are looked up by the text of a property ("" where it has none)."""
        if path not in self.values:
            return ("",), np.zeros(self.count, np.int64)
        value = self.values[path]
        if self.program.definitions[path].array is not None:
            value = value[:, slot.element]
        words, codes = np.unique(np.broadcast_to(value, (self.count,)), return_inverse=True)
        return tuple(str(w) for w in words), np.asarray(codes, np.int64)

    @cached_property
    def size_m(self) -> F64Array:
        """Length, width and height of each slot, (B, S, 3)."""
        slots = self.roster.slots
        found = [self._models_of(slot) for slot in slots]
        scales = [f"{slot.decl.name}.{slot.kind.scaled_by}" for slot in slots]
        alike = self.count > 0 and all(bool((codes == codes[0]).all()) for _, codes in found)
        if alike and not any(scale in self.values for scale in scales):
            row = [self._size(slot, words[int(codes[0])]) for slot, (words, codes) in zip(slots, found, strict=True)]
            return np.broadcast_to(np.array(row).reshape(1, len(slots), 3), (self.count, len(slots), 3))
        out = np.zeros((self.count, len(slots), 3))
        for s, (slot, (words, codes)) in enumerate(zip(slots, found, strict=True)):
            table = np.zeros((len(words), 3))
            for code in np.flatnonzero(np.bincount(codes, minlength=len(words))):
                table[code] = self._size(slot, words[int(code)])
            out[:, s] = table[codes]
            if scales[s] in self.values:
                out[:, s] *= (self.column(scales[s], slot) / out[:, s].max(-1))[:, None]
        return out

    @cached_property
    def hollow_m(self) -> F64Array:
        """Inner length and width of each slot, and the height of its floor, (B, S, 3); 0 where it holds nothing."""
        out = np.zeros((self.count, len(self.roster.slots), 3))
        for s, slot in enumerate(self.roster.slots):
            if slot.kind.hollow_m:
                words, codes = self._models_of(slot)
                out[:, s] = np.array([slot.kind.hollow_m.get(w, (0.0, 0.0, 0.0)) for w in words])[codes]
        return out

    @staticmethod
    def _size(slot: Slot, model: str) -> tuple[float, float, float]:
        if model not in slot.kind.size_m:
            raise NotRunnableError(
                f"'{slot.name}': the library knows no size of '{slot.kind.name}' model '{model}', so it cannot be "
                f"placed yet; models with sizes: {', '.join(slot.kind.size_m) or 'none'}"
            )
        return slot.kind.size_m[model]

    @cached_property
    def world_kind(self) -> WorldKind:
        """The kind of world.

        Raises:
            NotRunnableError: the program has no world, or one that checks and does not run yet.
        """
        decl = self.program.world
        if decl is None:
            raise NotRunnableError(f"scenario '{self.program.name}' declares no world; add one: world street(...)")
        kind = self.libraries[decl.library].worlds[decl.kind]
        if kind.lanes is None:
            raise NotRunnableError(f"world '{decl.kind}' checks and does not run in this version")
        return kind

    def world_values(self, row: int) -> dict[str, Any]:
        """Property values of the world of one variant: SI numbers, words, flags."""
        return self.properties("world", row, None)

    def properties(self, name: str, row: int, element: int | None) -> dict[str, Any]:
        """Values of the definitions "<name>.<property>" of one variant (and element of an array)."""
        if name not in self._owned:
            start = f"{name}."
            self._owned[name] = [
                (p.removeprefix(start), d)
                for p, d in self.program.definitions.items()
                if p.startswith(start) and not p.startswith(f"{start}@") and p in self.values
            ]
        return {prop: plain_value(d, self.values[d.path], row, element) for prop, d in self._owned[name]}

    @cached_property
    def _owned(self) -> dict[str, list[tuple[str, Definition]]]:
        """Properties of worlds, entities and sensors, found once."""
        return {}

    @cached_property
    def _worlds(self) -> tuple[list[int], list[bytes], I64Array]:
        """The different worlds among the variants: the first variant and the values of each, and which one each has."""
        given = [self.values[p] for p in self.program.definitions if p.startswith("world.") and p in self.values]
        columns = [np.ascontiguousarray(v) if v.ndim else np.full(self.count, v) for v in given]
        raw = [c.reshape(self.count, -1).view(np.uint8) for c in columns if c.size]
        if not raw:
            return [0] * min(1, self.count), [b""] * min(1, self.count), np.zeros(self.count, np.int64)
        keys = np.concatenate(raw, 1)
        _, first, which = np.unique(keys.view(f"V{keys.shape[1]}")[:, 0], return_index=True, return_inverse=True)
        order = np.argsort(first)  # in the order of the variants
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size)
        rows: list[int] = first[order].tolist()
        return rows, [keys[b].tobytes() for b in rows], rank[which]

    @cached_property
    def _different_graphs(self) -> list[LaneGraph]:
        """The lane graphs of the different worlds."""
        build = self.world_kind.lanes
        assert build is not None
        rows, keys, _ = self._worlds
        for row, key in zip(rows, keys, strict=True):
            if key not in self.graphs:
                self.graphs[key] = build(self.world_values(row))
        return [self.graphs[key] for key in keys]

    @cached_property
    def lane_graphs(self) -> tuple[LaneGraph, ...]:
        """Lane graph of each variant; equal worlds share one."""
        graphs = self._different_graphs
        order: list[int] = self._worlds[2].tolist()
        return tuple(graphs[k] for k in order)

    @cached_property
    def world_seeds(self) -> tuple[int, ...]:
        """What decides how the world of each variant looks: houses, trees, furniture."""
        split = [str(self.world_values(b).get(SPLIT.name, SPLIT.default)) for b in range(self.count)]
        return tuple(
            within(stream_key(self.seed, "world", int(index)) >> 65, how)
            for index, how in zip(self.indices, split, strict=True)
        )

    @cached_property
    def furniture(self) -> tuple[Furniture, ...]:
        """What stands by itself beside the ways of each variant."""
        build = self.world_kind.furniture
        if build is None:
            return (NO_FURNITURE,) * self.count
        out: list[Furniture] = []
        for b, seed in enumerate(self.world_seeds):
            values = self.world_values(b)
            plan = Stakeout(str(values.get(SPLIT.name, SPLIT.default)))
            build(plan, values, seed)
            out.append(plan.furniture)
        return tuple(out)

    @cached_property
    def footpaths(self) -> Footpaths:
        """Where people walk by themselves."""
        return Footpaths.of(self.lane_graphs, self.furniture)

    @cached_property
    def roads(self) -> Roads:
        """The lane graphs as arrays."""
        return Roads.of(self._different_graphs, self._worlds[2])

    def take(self, rows: I64Array | BoolArray) -> Variants:
        """Some of the variants."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        picked = {
            path: np.ascontiguousarray(v[index]) if v.ndim and v.shape[0] == self.count else v
            for path, v in self.values.items()
        }
        return Variants(self.program, self.libraries, picked, len(index), self.seed, self.indices[index], self.graphs)


def _column(program: Program, path: str, values: Sequence[Value]) -> Array:
    """Values of one definition of several scenarios as the array that they were decoded from."""
    definition = program.definitions[path]

    def number(value: Value) -> Any:
        if isinstance(value, tuple):
            return [number(v) for v in value]
        if isinstance(value, str) and definition.type.kind == "enum" and value in definition.type.choices:
            return float(definition.type.choices.index(value))
        return value

    if definition.components:  # a joint table: its components carry the words
        kinds = [program.definitions[c].type for c in definition.components]
        return np.array([
            [_coded(v, k) for v, k in zip(value if isinstance(value, tuple) else (value,), kinds, strict=True)]
            for value in values
        ])  # fmt: skip
    if definition.array is None:
        return np.array([number(v) for v in values])
    most = next(e.count_max for e in program.entities if e.name == definition.array)
    rows: list[list[Any]] = []
    for value in values:  # elements beyond the array's own count mean nothing
        items = [number(v) for v in (value if isinstance(value, tuple) else (value,))]
        filler = items[0] if items else 0.0
        rows.append(items + [filler] * (most - len(items)))
    return np.array(rows)


def _coded(value: Value, kind: ValueType) -> float | bool:
    if isinstance(value, str):
        return float(kind.choices.index(value))
    return bool(value) if isinstance(value, bool) else float(value)  # type: ignore[arg-type]


def plain_value(definition: Definition, value: Array, row: int, element: int | None) -> Any:
    """One value of a definition as a plain Python object: enum words, flags, floats, tuples for vectors."""
    picked: Any = value[row] if value.ndim else value
    if definition.array is not None and element is not None:
        picked = picked[element]
    kind = definition.type
    if kind.kind == "vector":
        return tuple(float(v) for v in picked)
    if kind.kind == "enum" and kind.choices:
        return kind.choices[int(picked)]
    if kind.kind == "bool":
        return bool(picked)
    if isinstance(picked, np.str_ | str):
        return str(picked)
    return float(picked)
