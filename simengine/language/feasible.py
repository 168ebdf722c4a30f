"""Which combinations of bins a program can draw at all.

Items fall into groups of variables that share a constraint; between groups everything combines. Within a group:

1. Where all its variables are finite lists of at most two million combinations, all are enumerated: exact.
2. Else 65,536 draws (always the same ones) show what occurs, each combination with a draw that proves it; what they
   do not show is looked for with draws from just those bins.
3. Combinations that interval contraction proves impossible are excluded. What is neither found nor excluded is *open*.

Constraints that need the placed scene are left out: a combination counts as feasible where the arithmetic allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.language.bins import Bins, cover_bins, initial_items, source_of
from simengine.language.bounds import Bounds
from simengine.language.contraction import narrowed_shares
from simengine.language.covering import Columns, Group, feasible_tuples
from simengine.language.dependencies import Graph, Variable
from simengine.language.distributions import Law, Stepped, Table
from simengine.language.drawn import Laws, Values
from simengine.language.evaluate import evaluate
from simengine.language.grids import Grid, GridPlan
from simengine.language.intervals import Interval
from simengine.language.narrowing import Narrowing
from simengine.language.plans import Proposals, RandomPlan
from simengine.language.program import Program, Require
from simengine.language.shares import WHOLE, Shares, between_each, chosen_levels
from simengine.language.terms import Const, Expr

__all__ = ["Field", "Item", "Source", "bin_shares"]

_SEED = 0x5EED  # of the draws that show what occurs: a property of the program, not of a run
_POOL = 1 << 16
_ENUMERATED = 1 << 21
_SEARCHED, _TRIES = 512, 4096  # combinations looked for one by one in a group, and draws for each
_PROVED = 4096  # combinations of a group that are tried for a proof
_NOTHING = 4e-9  # a bin of a smaller probability counts as never drawn


@dataclass(frozen=True)
class Source:
    """The number u behind an item's value.

    Attributes:
        variable: that is drawn.
        element: of its streams.
        shares: part of [0, 1) of each bin.
    """

    variable: Variable
    element: int
    shares: tuple[Shares, ...]

    @property
    def stream(self) -> str:
        """Name of its axis."""
        return self.variable.streams[self.element]


@dataclass(frozen=True)
class Item:
    """A coverage item that is known from drawn values.

    Attributes:
        bins: a finite number.
        expr: its value.
        variables: random variables behind it.
        source: where it is the value of one variable, else None.
    """

    bins: Bins
    expr: Expr
    variables: frozenset[str]
    source: Source | None

    @property
    def count(self) -> int:
        """Number of bins."""
        return self.bins.count or 0


class Field:
    """The coverage items of a program that are known from drawn values, and what they can be together.

    Args:
        graph, laws: of the program.

    Attributes:
        items: by column.
        names: their names.
        left_out: why other items are not among them, by name.
    """

    def __init__(self, graph: Graph, laws: Laws, only_drawn: bool = False) -> None:
        self.program: Program = graph.program
        self.graph, self.laws = graph, laws
        self.bounds = Bounds(laws)
        self.items: list[Item] = []
        self.left_out: dict[str, str] = {}
        bins = cover_bins(self.program)
        exprs = initial_items(self.program, graph, bins)
        for name, its in bins.items():
            if name not in exprs:
                self.left_out[name] = "it is known only once a variant was placed or simulated"
            elif its.count is None:
                self.left_out[name] = "its bins have no end"
            else:
                item = self._item(its, exprs[name])
                if only_drawn and item.source is None:
                    self.left_out[name] = "it is computed from several values, or its distribution depends on others"
                else:
                    self.items.append(item)
        self.names = tuple(item.bins.name for item in self.items)
        self.counts = tuple(item.count for item in self.items)

    def _item(self, bins: Bins, expr: Expr) -> Item:
        reached = self.graph.closure(self.graph.references([expr]))
        variables = frozenset(p for p in reached if p in self.graph.variables)
        return Item(bins, expr, variables, self._source(bins, expr))

    def _source(self, bins: Bins, expr: Expr) -> Source | None:
        found = source_of(expr, self.bounds)
        law = None if found is None else self.laws.static.get(found.path)
        if found is None or law is None:
            return None
        variable, element, component = self.graph.variables[found.path], 0, None
        if found.index is not None:
            if not isinstance(found.index, Const):
                return None
            at = int(float(found.index.value))
            element, component = (at - 1, None) if variable.array is not None else (0, at)
        elif variable.array is not None:
            return None
        if not 0 <= element < len(variable.streams):
            return None
        return Source(variable, element, tuple(_bin_shares(law, bins, component)))

    # ---- groups ----------------------------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> tuple[_Group, ...]:
        """Items that constrain each other; together they hold every item."""
        ties: list[tuple[frozenset[str], list[int], list[Require]]] = [
            (item.variables, [k], list[Require]()) for k, item in enumerate(self.items)
        ]
        for block in self.graph.blocks(with_geometry=False):
            ties.append((frozenset(v.path for v in block.variables), [], [s.require for s in block.stages]))
        merged: list[tuple[frozenset[str], list[int], list[Require]]] = []
        for variables, columns, requires in ties:
            apart: list[tuple[frozenset[str], list[int], list[Require]]] = []
            for other in merged:
                if other[0] & variables:
                    variables, columns, requires = variables | other[0], other[1] + columns, other[2] + requires
                else:
                    apart.append(other)
            merged = [*apart, (variables, columns, requires)]
        return tuple(_Group(self, v, tuple(sorted(c)), r) for v, c, r in merged if c)

    @cached_property
    def tables(self) -> tuple[Group, ...]:
        """What each group can be, by draws that prove it."""
        return tuple(Group(g.columns, g.table) for g in self.groups)

    def tuples(self, columns: Columns) -> tuple[BoolArray, BoolArray]:
        """Which combinations of some items can occur, and which are open.

        Returns:
            Feasible (a draw proves it), and open (neither found nor excluded); one axis a column.

        Raises:
            LimitError: too many combinations.
        """
        tables: list[Group] = []
        possible: list[Group] = []
        for group in self.groups:
            mine = tuple(c for c in columns if c in group.columns)
            if mine:
                found, unknown = group.projected(mine)
                tables.append(Group(mine, np.argwhere(found)))
                possible.append(Group(mine, np.argwhere(found | unknown)))
        found = feasible_tuples(columns, self.counts, tables)
        return found, feasible_tuples(columns, self.counts, possible) & ~found


def _bin_shares(law: Law, bins: Bins, component: int | None) -> list[Shares]:
    """Parts of [0, 1) with which a law gives values of each bin."""
    count = bins.count or 0
    if isinstance(law, Table) and law.values.dtype.kind not in "fb":
        return [Shares(())] * count

    def inside(k: int) -> Callable[[F64Array], BoolArray]:
        return lambda values: bins.index(values if component is None else values[:, component]) == k

    listed = [chosen_levels(law, inside(k)) for k in range(count)]
    found = [s for s in listed if s is not None]
    if len(found) == count:
        return found
    ranged = between_each(law, [bins.interval(k) for k in range(count)], 0.0)
    return [s if s.size > _NOTHING or isinstance(law, Stepped) else Shares(()) for s in ranged]


def _unique(rows: I64Array, counts: Sequence[int]) -> I64Array:
    """Different rows of small numbers, in order."""
    if not rows.size or np.prod([float(n) for n in counts]) > 2.0**62:
        return np.unique(rows, axis=0)
    codes = np.ravel_multi_index(tuple(rows.T), tuple(counts))
    return np.stack(np.unravel_index(np.unique(codes), tuple(counts)), -1)


class _Group:
    """Items and the constraints between their variables."""

    def __init__(self, field: Field, variables: frozenset[str], columns: Columns, requires: Sequence[Require]) -> None:
        self.field, self.columns, self.requires = field, columns, tuple(requires)
        graph = field.graph
        self.variables = tuple(graph.variables[p] for p in sorted(variables, key=graph.rank.__getitem__))
        exprs = [r.expr for r in self.requires] + [field.items[c].expr for c in columns]
        self.order = graph.closure([*graph.references(exprs), *variables])
        self._more: list[I64Array] = []
        self._known: dict[Columns, tuple[BoolArray, BoolArray]] = {}

    @cached_property
    def grid(self) -> Grid | None:
        """All combinations of the variables, where they are finite lists and few."""
        levels: dict[str, F64Array] = {}
        raw = 1
        for v in self.variables:
            law = self.field.laws.static.get(v.path)
            if law is None or law.levels is None or v.array is not None:
                return None
            raw *= law.levels
            if raw > _ENUMERATED:
                return None
            levels[v.path] = law.level(np.arange(law.levels))
        return Grid(levels)

    @property
    def exact(self) -> bool:
        """Its table is complete."""
        return self.grid is not None

    @cached_property
    def _shown(self) -> I64Array:
        source = self.field.items[self.columns[0]].source
        if len(self.columns) == 1 and not self.requires and source is not None:
            return np.array([[k] for k, part in enumerate(source.shares) if part.size > 0], np.int64).reshape(-1, 1)
        found: list[I64Array] = []
        if self.grid is not None:
            plan: GridPlan | RandomPlan = GridPlan(grid=self.grid)
            total = self.grid.rows
        else:
            plan = RandomPlan(shares=narrowed_shares(self.field.graph, self.field.laws))
            total = _POOL
        for start in range(0, total, _POOL):
            rows = np.arange(start, min(start + _POOL, total))
            asked = Proposals(rows, np.zeros(rows.size, np.int64))
            u = {v.path: _numbers(plan, v, asked) for v in self.variables}
            found.append(self._bins(u, rows.size))
        return _unique(np.concatenate(found), [self.field.counts[c] + 1 for c in self.columns])

    @property
    def table(self) -> I64Array:
        """Combinations of bins that a draw hits, (m, columns); the number of its bins where it is in none of them."""
        return np.unique(np.concatenate([self._shown, *self._more]), axis=0) if self._more else self._shown

    def _bins(self, u: Mapping[str, F64Array], n: int) -> I64Array:
        """Bins of the draws that meet the constraints; the number of an item's bins where it is in none of them."""
        values = Values(self.field.laws, n).compute(self.order, u)
        ok = np.ones(n, np.bool_)
        for require in self.requires:
            ok &= evaluate(require.expr, values, n)
        items = [self.field.items[c] for c in self.columns]
        bins = np.stack([i.bins.index(evaluate(i.expr, values, n)) for i in items], -1)
        return np.where(bins < 0, [i.count for i in items], bins)[ok]

    def projected(self, columns: Columns) -> tuple[BoolArray, BoolArray]:
        """Feasible and open combinations of some of its columns."""
        if columns not in self._known:
            self._known[columns] = self._project(columns)
        return self._known[columns]

    def _project(self, columns: Columns) -> tuple[BoolArray, BoolArray]:
        counts = self.field.counts
        found = feasible_tuples(columns, counts, [Group(self.columns, self.table)])
        missing = np.zeros(found.shape, np.bool_)
        if self.exact or found.all():
            return found, missing
        rest = [t for t in np.argwhere(~found) if self._drawable(columns, t)]
        unknown = [t for k, t in enumerate(rest) if k >= _PROVED or not self._excluded(columns, t)]
        for k, t in enumerate(unknown):
            if k < _SEARCHED and self._search(columns, t):
                found[tuple(t)] = True
            else:
                missing[tuple(t)] = True
        return found, missing

    def _drawable(self, columns: Columns, values: I64Array) -> bool:
        """Each bin alone has a probability."""
        sources = [self.field.items[c].source for c in columns]
        bins: list[int] = values.tolist()
        return all(s is None or s.shares[k].size > 0 for s, k in zip(sources, bins, strict=True))

    def _excluded(self, columns: Columns, values: I64Array) -> bool:
        """Interval contraction proves that no draw lies in these bins."""
        narrowing = Narrowing(self.field.bounds)
        for c, k in zip(columns, values.tolist(), strict=True):
            item = self.field.items[c]
            narrowing.narrow(item.expr, Interval(*item.bins.interval(k)))
            if narrowing.empty:
                return True
        return not narrowing.meet(self.requires)

    def _search(self, columns: Columns, values: I64Array) -> bool:
        """A draw from these bins that meets the constraints; it is added to the table."""
        within = bin_shares([self.field.items[c] for c in columns], values)
        rows = np.arange(_TRIES)
        asked = Proposals(rows, np.zeros(_TRIES, np.int64))
        u: dict[str, F64Array] = {}
        for v in self.variables:
            parts = [
                within.get(s, WHOLE).spread(RandomPlan().plain(_SEED, v, k, asked)) for k, s in enumerate(v.streams)
            ]
            u[v.path] = parts[0] if v.array is None else np.ascontiguousarray(np.stack(parts, -1))
        bins = self._bins(u, _TRIES)
        at = [self.columns.index(c) for c in columns]
        hits = bins[(bins[:, at] == values).all(1)]
        if hits.size:
            self._more.append(hits[:1])
        return bool(hits.size)


def _numbers(plan: GridPlan | RandomPlan, variable: Variable, asked: Proposals) -> F64Array:
    parts = [plan.numbers(_SEED, variable, k, asked) for k in range(len(variable.streams))]
    return parts[0] if variable.array is None else np.ascontiguousarray(np.stack(parts, -1))


def bin_shares(items: Iterable[Item], values: I64Array) -> dict[str, Shares]:
    """Parts of [0, 1) of the axes behind some items, for a bin of each (-1: any value); computed items give none."""
    out: dict[str, Shares] = {}
    for item, k in zip(items, values.tolist(), strict=True):
        if item.source is not None:
            stream = item.source.stream
            out[stream] = out.get(stream, WHOLE) & (item.source.shares[k] if k >= 0 else WHOLE)
    return out
