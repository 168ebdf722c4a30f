"""The plan that goes through everything: each value of step ranges and sets, and quantiles of what is continuous.

Rows are numbered with mixed radix, so any row can be made without the others. A step range whose ends depend on other
variables has another number of values in every row: its axis has as many places as it has values at most, and rows that
ask for a value beyond the last one are no combinations. They are left out like those that violate a constraint.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.errors import LimitError, UsageError, many
from simengine.language.bounds import Bounds
from simengine.language.dependencies import Graph, Variable
from simengine.language.distributions import Stepped, code_of
from simengine.language.drawn import Laws, Values
from simengine.language.plans import Proposals, RandomPlan
from simengine.language.program import Choice, Definition, Range, Require
from simengine.language.terms import Op, Ref
from simengine.world.library import BOOL

__all__ = ["Grid", "GridPlan", "by_chance_notes", "by_element"]

MAX_LEVELS = 1_000_000
_QUANTILES = 3
_LOOKED_AT, _CHUNK = 1 << 20, 1 << 16  # rows of the variables behind a range that are gone through for its longest one
_SLACK = 1e-6


@dataclass(frozen=True)
class Grid:
    """The axes of a grid: numbers u of each variable, the last axis running fastest.

    Attributes:
        axes: levels by path, in the order of the program.
        coded: axes whose levels are codes of values (:func:`simengine.language.distributions.code_of`).
        uneven: for those of them on which not every row has all levels: that a row has the one that it asks for.
    """

    axes: Mapping[str, F64Array]
    coded: tuple[str, ...] = ()
    uneven: tuple[Require, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows: the levels of all axes, multiplied."""
        return math.prod(levels.size for levels in self.axes.values())

    @cached_property
    def _strides(self) -> dict[str, int]:
        found, stride = dict[str, int](), 1
        for path in reversed(list(self.axes)):
            found[path] = stride
            stride *= self.axes[path].size
        return found

    def numbers(self, path: str, rows: I64Array) -> F64Array:
        """Numbers of an axis in some rows."""
        levels = self.axes[path]
        return levels[rows // self._strides[path] % levels.size]

    def part(self, paths: frozenset[str]) -> Grid:
        """The grid of some of the axes."""
        return Grid({p: levels for p, levels in self.axes.items() if p in paths})

    def chunks(self) -> Iterator[I64Array]:
        """All rows, some at a time."""
        for start in range(0, self.rows, _CHUNK):
            yield np.arange(start, min(start + _CHUNK, self.rows))


@dataclass(frozen=True)
class GridPlan:
    """Every combination of the values of step ranges and sets with ``quantiles`` quantiles of continuous variables.

    Properties of array elements are not part of the grid (a row of seven cars with three models would be 3^7 rows):
    they are drawn as under ``random``. Steps that are known only in the placed scene count as continuous.

    Attributes:
        quantiles: k; what is continuous, or a count, takes the different ones of its quantiles (j + 1/2) / k.
        cap: the largest number of rows that are gone through.
        grid: set by :meth:`bind`.
        by_chance: variables that each element of an array draws, which are not on the grid; set by :meth:`bind`.
    """

    quantiles: int = _QUANTILES
    cap: int = 100_000_000
    grid: Grid | None = None
    by_chance: tuple[str, ...] = ()
    redraws: bool = False
    certain: bool = False

    @property
    def name(self) -> str:
        """ "grid", with the number of quantiles where it is not 3."""
        return "grid" if self.quantiles == _QUANTILES else f"grid:{self.quantiles}"

    @property
    def size(self) -> int | None:
        """All rows."""
        return self.grid.rows if self.grid is not None else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the grid leaves to chance, for a person."""
        return by_chance_notes(self.by_chance)

    def __post_init__(self) -> None:
        if not 1 <= self.quantiles <= MAX_LEVELS:
            raise UsageError(f"a grid needs 1 to 1,000,000 quantiles; found {self.quantiles}")

    def bind(self, graph: Graph, laws: Laws) -> GridPlan:
        """The plan with the axes of a program.

        Raises:
            LimitError: a variable with more than a million values, or without a known number of them.
        """
        axes, coded, uneven = dict[str, F64Array](), list[str](), list[Require]()
        for path, variable in graph.variables.items():
            if variable.array is not None:
                continue
            definition = graph.program.definitions[path]
            if path in laws.static or path in graph.deferred or not _stepped(definition):
                axes[path] = self._levels(laws, definition)
                continue
            least, most = _level_counts(graph, laws, definition, axes)
            axes[path] = code_of(np.arange(most))
            coded.append(path)
            if least < most:
                uneven.append(_has_its_level(definition))
        return GridPlan(self.quantiles, self.cap, Grid(axes, tuple(coded), tuple(uneven)), by_element(graph))

    def _levels(self, laws: Laws, definition: Definition) -> F64Array:
        law = laws.static.get(definition.path)
        if law is not None and law.levels is not None:
            _few(definition, law.levels)
            return law.level(np.arange(law.levels))
        if law is None and isinstance(definition.binding, Choice):
            weights: F64Array = np.array(definition.binding.weights, np.float64)
            edges: F64Array = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
            return ((edges[:-1] + edges[1:]) * 0.5)[weights > 0]
        u = (np.arange(self.quantiles) + 0.5) / self.quantiles
        if law is None:
            return u
        _, first = np.unique(law.quantile(u), return_index=True)  # a count, or one value only: several are the same
        return u[np.sort(first)]

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Numbers of grid rows; properties of array elements come from their streams."""
        assert self.grid is not None
        if variable.path not in self.grid.axes:
            return RandomPlan().numbers(seed, variable, element, proposals)
        return self.grid.numbers(variable.path, proposals.indices)


def by_element(graph: Graph) -> tuple[str, ...]:
    """The variables that each element of an array draws; the random offset of a place is called as in tables."""
    return tuple(v.path.replace(".@", ".") for v in graph.variables.values() if v.array is not None)


def by_chance_notes(paths: Sequence[str]) -> tuple[str, ...]:
    """That a grid leaves some variables to chance, for a person."""
    if not paths:
        return ()
    names = ", ".join(f"'{p}'" for p in paths)
    return (
        f"not on the grid: {names}: each element of the array draws its own, at random in every case; a 'param' that "
        "all of them use is an axis",
    )


def _stepped(definition: Definition) -> bool:
    binding = definition.binding
    return isinstance(binding, Range) and (binding.step is not None or definition.type.kind == "int")


def _few(definition: Definition, count: float) -> None:
    if count > MAX_LEVELS:
        shown = many(count) if math.isfinite(count) else "an unknown number of"
        raise LimitError(
            f"{definition.span.where}: '{definition.path}' has {shown} values on the grid, more than the limit of "
            f"{MAX_LEVELS:,}; use a larger step, or --plan random"
        )


def _has_its_level(definition: Definition) -> Require:
    """The value is a number: beyond the last step it is none."""
    value = Ref(definition.path, definition.type, definition.span)
    text = f"'{definition.path}' has so many steps"
    return Require(Op("==", (value, value), BOOL, definition.span), "", definition.span, False, text, True)


def _level_counts(graph: Graph, laws: Laws, definition: Definition, axes: Mapping[str, F64Array]) -> tuple[int, int]:
    """The smallest and the largest number of values of a step range in any row of the grid.

    Exact where the variables behind it are on the grid and have few combinations; else bounds.

    Raises:
        LimitError: too many.
    """
    order = [p for p in graph.closure([definition.path]) if p != definition.path]
    behind = [p for p in order if p in graph.variables]
    part = Grid({p: axes[p] for p in behind if p in axes})
    if len(part.axes) < len(behind) or part.rows > _LOOKED_AT:
        most = _most_by_support(laws, definition)
        _few(definition, most)
        return 0, int(most)
    least, most = MAX_LEVELS, 0
    for rows in part.chunks():
        u = {p: part.numbers(p, rows) for p in behind}
        law = Values(laws, rows.size).compute(order, u).law(definition.path)
        assert isinstance(law, Stepped)
        least, most = min(least, int(np.min(law.count))), max(most, int(np.max(law.count)))
    _few(definition, most)
    return least, max(most, 1)


def _most_by_support(laws: Laws, definition: Definition) -> float:
    """The largest number of values by interval arithmetic; inf where nothing is known."""
    bounds, binding = Bounds(laws), definition.binding
    assert isinstance(binding, Range)
    low, high = bounds.of(binding.low).low, bounds.of(binding.high).high
    if binding.within is not None:
        low, high = max(low, bounds.of(binding.within[0]).low), min(high, bounds.of(binding.within[1]).high)
    step = 1.0 if binding.step is None else bounds.of(binding.step).low
    if definition.type.kind == "int" and math.isfinite(step):
        step = max(round(step), 1.0)
    if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(step) and step > 0.0):
        return math.inf
    return max(math.floor((high - low) / step + _SLACK) + 2.0, 1.0)  # 'within' may start a step earlier by rounding
