"""What variants hit, counted part by part: memory grows with the number of combinations that occur, not of variants."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from simengine.arrays import Array, BoolArray, I64Array
from simengine.language.bins import cover_bins, initial_items
from simengine.language.dependencies import Graph
from simengine.language.drawn import Laws, Values
from simengine.language.evaluate import encode, evaluate
from simengine.language.program import Program
from simengine.language.scenario import Scenario

__all__ = ["POINTS", "Census", "values_of"]

POINTS = 1000
"""So many variants, the first ones, are remembered by their values."""


class Census:
    """Combinations of bins with how many variants hit each, and the values of the first variants.

    Attributes:
        program, graph, laws, bins: what is counted.
        n: variants so far.
        names: items whose bins are known of every variant.
        rows: (U, len(names)), distinct combinations of bins: -1 for none, the lowest number where bins have no end.
        counts: (U,), variants of each.
        points: values of the first :data:`POINTS` variants by path, as ``Draws.values`` has them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.graph = Graph(program)
        self.laws = Laws(program, self.graph)
        self.bins = cover_bins(program)
        self._items = initial_items(program, self.graph, self.bins)
        self.n = 0
        self.names: tuple[str, ...] = ()
        self.rows: I64Array = np.zeros((0, 0), np.int64)
        self.counts: I64Array = np.zeros(0, np.int64)
        self.points: dict[str, Array] = {}

    @classmethod
    def of(
        cls, program: Program, values: Mapping[str, Array], n: int, late: Mapping[str, I64Array] | None = None
    ) -> Census:
        """Of one part, see :meth:`add`."""
        census = cls(program)
        census.add(values, n, late)
        return census

    def add(self, values: Mapping[str, Array], n: int, late: Mapping[str, I64Array] | None = None) -> None:
        """Count n more variants.

        Args:
            values: by path (:func:`values_of`, or ``Draws.values``).
            n: how many.
            late: bins of the items that are known only while running, by name, -1 for none.
        """
        known = self._known(values, n, late or {})
        first = self.n == 0
        names = tuple(name for name in self.bins if name in known and (first or name in self.names))
        fresh = np.stack([known[name] for name in names], -1) if names else np.zeros((n, 0), np.int64)
        old = self.rows[:, [self.names.index(name) for name in names]] if not first else fresh[:0]
        whole = np.concatenate([old, fresh])
        weights = np.concatenate([self.counts, np.ones(n, np.int64)])
        self.rows, where = np.unique(whole, axis=0, return_inverse=True)
        self.counts = np.zeros(len(self.rows), np.int64)
        np.add.at(self.counts, where.reshape(-1), weights)
        paths = [p for p in values if first or p in self.points]
        self.points = {p: _joined(self.points.get(p), np.asarray(values[p])) for p in paths}
        self.names, self.n = names, self.n + n

    def _known(self, values: Mapping[str, Array], n: int, late: Mapping[str, I64Array]) -> dict[str, I64Array]:
        env = Values(self.laws, n)
        env.arrays.update(values)
        found = {
            name: self.bins[name].index(evaluate(expr, env, n))
            for name, expr in self._items.items()
            if all(p in env.arrays for p in self.graph.references([expr]))
        }
        return found | {name: at for name, at in late.items() if name in self.bins and name not in found}

    def hits(self, names: Sequence[str]) -> tuple[I64Array, I64Array, int]:
        """Distinct combinations of bins of some items, (V, len(names)), how often each, and variants in no bin."""
        columns = self.rows[:, [self.names.index(name) for name in names]]
        counts = [self.bins[name].count for name in names]
        inside = np.ones(len(columns), np.bool_)
        for k, count in enumerate(counts):
            inside &= _inside(count, columns[:, k])
        shape = tuple(c for c in counts if c is not None)
        if len(shape) == len(counts) and math.prod(shape) < 2**53:  # one number a combination is counted much sooner
            keys, where = np.unique(np.ravel_multi_index(tuple(columns[inside].T), shape), return_inverse=True)
            seen = np.stack(np.unravel_index(keys, shape), -1).astype(np.int64)
        else:
            seen, where = np.unique(columns[inside], axis=0, return_inverse=True)
        how = np.zeros(len(seen), np.int64)
        np.add.at(how, where.reshape(-1), self.counts[inside])
        return seen, how, int(self.counts[~inside].sum())


def _inside(count: int | None, at: I64Array) -> BoolArray:
    return at != np.iinfo(np.int64).min if count is None else at >= 0


def _joined(old: Array | None, new: Array) -> Array:
    if old is None:
        return np.array(new[:POINTS])
    return old if len(old) >= POINTS else np.concatenate([old, new[: POINTS - len(old)]])


def values_of(program: Program, scenarios: Sequence[Scenario]) -> dict[str, Array]:
    """Values of concrete scenarios by path, as ``Draws.values`` has them; elements that do not exist are nan."""
    capacity = {e.name: e.count_max for e in program.entities if e.count is not None}
    out: dict[str, Array] = {}
    for path, definition in program.definitions.items():
        kind = definition.type
        if kind.kind not in ("real", "int", "enum", "bool") or any(path not in s.values for s in scenarios):
            continue
        numbers = [_codes(s.values[path], kind) for s in scenarios]
        if definition.array is None:
            column = np.array(numbers, np.float64)
        else:
            column = np.full((len(scenarios), capacity[definition.array]), np.nan)
            for row, value in zip(column, numbers, strict=True):
                row[: len(value)] = value
        out[path] = np.nan_to_num(column).astype(np.bool_) if kind.kind == "bool" else column
    return out


def _codes(value: Any, kind: Any) -> Any:
    if isinstance(value, tuple):
        return [_codes(v, kind) for v in cast("tuple[Any, ...]", value)]
    return float(encode(value, kind)) if isinstance(value, str) else float(value)
