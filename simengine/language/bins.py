"""The bins of coverage items: from the ``cover`` and ``cross`` statements of a program."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from simengine.arrays import Array, I64Array
from simengine.errors import LimitError, ProgramError
from simengine.language.bounds import Bounds
from simengine.language.crossed import Crossed
from simengine.language.dependencies import Graph
from simengine.language.distributions import Stepped, Table, written_unit
from simengine.language.kinds import unit_symbol
from simengine.language.program import Choice, Cover, Cross, Family, Program, Range
from simengine.language.terms import Const, Expr, Ref, Span
from simengine.world.library import INT, NUMBER, ValueType

__all__ = ["Bins", "cover_bins", "initial_items", "per_element", "placed_items", "source_of", "too_many"]

_MAX_BINS = 100_000
_CONTINUOUS = 10
_CLOSE = 1e-9


@dataclass(frozen=True)
class Bins:
    """The bins of one coverage item.

    Attributes:
        name: of the item.
        type: type of its value.
        words: one bin a word (enums, flags), or ().
        points: one bin a value (SI), increasing, or ().
        edges: bins between neighbours (SI); the last bin includes its upper edge; or ().
        width: bins of this width from 0 on both ways without end, where nothing else is set.
    """

    name: str
    type: ValueType
    words: tuple[str, ...] = ()
    points: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    width: float = 0.0

    @property
    def count(self) -> int | None:
        """Number of bins; None: unbounded."""
        if self.width:
            return None
        return len(self.words) or len(self.points) or len(self.edges) - 1

    def index(self, values: Array) -> I64Array:
        """Bin of each value, -1 outside all bins (unbounded bins count from 0 at [0, width), negative below 0).

        Args:
            values: shape (n,); nan is outside, for unbounded bins the lowest int64.

        Returns:
            int64, shape (n,).
        """
        number = np.asarray(values, np.float64)
        known = np.isfinite(number)
        safe = np.where(known, number, 0.0)
        if self.width:
            return np.where(known, np.floor(safe / self.width + _CLOSE), np.iinfo(np.int64).min).astype(np.int64)
        if self.words:
            inside = known & (safe >= 0) & (safe < len(self.words))
            return np.where(inside, safe, -1).astype(np.int64)
        if self.points:
            table = np.array(self.points)
            k = np.searchsorted((table[1:] + table[:-1]) / 2, safe)
            close = np.abs(table[k] - safe) <= _CLOSE * np.maximum(np.abs(table[k]), _smallest_gap(table))
            return np.where(known & close, k, -1).astype(np.int64)
        edges = np.array(self.edges)
        slack = _CLOSE * _smallest_gap(edges)  # 30 km/h belongs to 30..40, however it was rounded
        k = np.searchsorted(edges - slack, safe, side="right") - 1
        k = np.where((k == edges.size - 1) & (safe <= edges[-1] + slack), edges.size - 2, k)
        return np.where(known & (k >= 0) & (k < edges.size - 1), k, -1).astype(np.int64)

    def interval(self, index: int) -> tuple[float, float]:
        """The values of a bin (SI): lowest and highest, as :meth:`index` sorts them."""
        if self.width:
            slack = _CLOSE * self.width
            return index * self.width - slack, (index + 1) * self.width - slack
        if self.words:
            return float(index), float(index)
        if self.points:
            value = self.points[index]
            close = _CLOSE * max(abs(value), _smallest_gap(np.array(self.points)) if len(self.points) > 1 else 0.0)
            return value - close, value + close
        slack = _CLOSE * _smallest_gap(np.array(self.edges))
        last = index == len(self.edges) - 2
        return self.edges[index] - slack, self.edges[index + 1] + (slack if last else -slack)

    def label(self, index: int) -> str:
        """Name of a bin for a person; "" for a bin that is none."""
        if self.width:
            if index == np.iinfo(np.int64).min:
                return ""
            return self._between(index * self.width, (index + 1) * self.width, last=False)
        if not 0 <= index < (self.count or 0):
            return ""
        if self.words:
            return self.words[index]
        if self.points:
            return self._text([self.points[index]])
        return self._between(self.edges[index], self.edges[index + 1], index == len(self.edges) - 2)

    def labels(self, indices: I64Array) -> list[str]:
        """Labels of bins."""
        return [self.label(int(k)) for k in indices]

    def _between(self, low: float, high: float, last: bool) -> str:
        """Both ends; of whole numbers the first and the last one in the bin, which may be one and the same."""
        if self.type.kind == "int":
            first, final = math.ceil(low - _CLOSE), math.floor(high + _CLOSE) if last else math.ceil(high - _CLOSE) - 1
            if first <= final:
                return f"{first}" if first == final else f"{first}..{final}"
        return self._text([low, high])

    def _text(self, numbers: list[float]) -> str:
        steps = [self.width] if self.width else [b - a for a, b in itertools.pairwise(self.edges or self.points)][:1]
        origin = (self.edges or self.points or (0.0,))[0]
        written = written_unit(origin, steps, self.type.dimension, _CLOSE)
        unit = written[0] if written else None
        scale, offset, symbol = (unit.scale, unit.offset, unit.symbol) if unit else (1.0, 0.0, "")
        shown = "..".join(f"{(x - offset) / scale + 0.0:.6g}" for x in numbers)
        return f"{shown} {symbol or unit_symbol(self.type.dimension)}".rstrip()


@dataclass(frozen=True)
class TooManyBins:
    """A coverage item with more bins than anybody counts.

    Attributes:
        cover: the item.
        count: how many there would be, for a person.
    """

    cover: Cover
    count: str
    help = "use a larger width"

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.cover.span

    @property
    def message(self) -> str:
        """What is wrong."""
        return f"'cover {self.cover.name}' has {self.count} bins, more than {_MAX_BINS:,}"


@dataclass(frozen=True)
class TooManyCombinations:
    """A ``cross`` that asks, with those before it, for more than the limits allow.

    Attributes:
        cross: the statement.
        excess: what is too many, for a person.
        first: there is none before it.
    """

    cross: Cross
    excess: str
    first: bool
    help = "name fewer items, or use wider bins or fewer ways"

    @property
    def message(self) -> str:
        """What is wrong."""
        return f"{'this' if self.first else 'with those before it, this'} 'cross' asks for {self.excess}"

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.cross.span


def _smallest_gap(numbers: Array) -> float:
    return float(np.diff(numbers).min(initial=np.inf)) if numbers.size > 1 else 0.0


def cover_bins(program: Program) -> dict[str, Bins]:
    """Bins of all coverage items, and of definitions that a ``cross`` names without a ``cover`` of their own.

    Raises:
        ProgramError: an item whose bins have no end and no width.
        LimitError: an item with more than 100,000 bins.
    """
    bounds = Bounds.of_program(program)
    found: dict[str, Bins] = {}
    for cover in (*program.covers, *_crossed_only(program)):
        made = _bins(cover, bounds)
        if isinstance(made, TooManyBins):
            raise LimitError(f"{cover.span.where}: {made.message}; {made.help}")
        found[cover.name] = made
    return found


def too_many(bounds: Bounds) -> tuple[TooManyBins | TooManyCombinations, ...]:
    """Coverage items of a checked program that have too many bins, and the ``cross`` that asks for too much."""
    program = bounds.program
    made = {cover.name: _bins(cover, bounds) for cover in (*program.covers, *_crossed_only(program))}
    found = tuple(m for m in made.values() if isinstance(m, TooManyBins))
    counts = {name: its.count for name, its in made.items() if isinstance(its, Bins)}
    asked = Crossed()
    for cross in () if found else program.crosses:
        asked += Crossed.of([counts.get(name) for name in cross.names], cross.ways)
        if asked.excess is not None:
            return (TooManyCombinations(cross, asked.excess, cross is program.crosses[0]),)
    return found


def _crossed_only(program: Program) -> tuple[Cover, ...]:
    """Definitions that a ``cross`` names without a ``cover``, as if they had one."""
    known = {cover.name for cover in program.covers}
    found: dict[str, Cover] = {}
    for name in (name for cross in program.crosses for name in cross.names):
        definition = program.definitions.get(name)
        if name not in known and name not in found and definition is not None:
            expr = Ref(name, definition.type, definition.span)
            found[name] = Cover(name, expr, None, None, None, (), definition.type.choices, definition.span)
    return tuple(found.values())


def _bins(cover: Cover, bounds: Bounds) -> Bins | TooManyBins:
    kind = cover.expr.type
    if kind == NUMBER and bounds.wholes.is_whole(cover.expr):
        kind = INT
    if cover.words or kind.kind == "enum":
        return Bins(cover.name, kind, words=cover.words or kind.choices)
    if kind.kind == "bool":
        return Bins(cover.name, kind, words=("no", "yes"))
    points = _points(cover.expr, bounds) if cover.event is None and cover.over is None else None
    if cover.edges:
        if points is not None and _halfway(points, cover.edges):
            return Bins(cover.name, kind, points=points)  # a 'cross' without a 'cover': each value is a bin
        return Bins(cover.name, kind, edges=cover.edges)
    if points is not None and (cover.width is None or _one_each(points, cover.width)):
        return Bins(cover.name, kind, points=points)
    support = bounds.of(cover.expr)
    bounded = cover.event is None and math.isfinite(support.low) and math.isfinite(support.high)
    ends = cover.over or ((support.low, support.high) if bounded and support.low <= support.high else None)
    if ends is None:
        if cover.width is None:
            raise ProgramError(f"{cover.span.where}: 'cover {cover.name}' needs bins: add 'by WIDTH over LOW..HIGH'")
        return Bins(cover.name, kind, width=cover.width)
    if kind.kind == "int" and cover.width == 1.0 and 0 <= ends[1] - ends[0] < _MAX_BINS:
        whole = range(math.ceil(ends[0] - _CLOSE), math.floor(ends[1] + _CLOSE) + 1)
        if whole:
            return Bins(cover.name, kind, points=tuple(map(float, whole)))  # also the last one has a bin of its own
    width = cover.width or max(ends[1] - ends[0], 1e-300) / _CONTINUOUS
    wanted = (ends[1] - ends[0]) / width - _CLOSE
    if wanted > _MAX_BINS:
        return TooManyBins(cover, f"{math.ceil(wanted):,}" if wanted < 1e18 else "over 10^18")
    return Bins(cover.name, kind, edges=_edges(cover, *ends, width, max(math.ceil(wanted), 1)))


def _edges(cover: Cover, low: float, high: float, width: float, count: int) -> tuple[float, ...]:
    """Edges of bins of one width from ``low`` on; the last bin ends at ``high``."""
    written = written_unit(low, [width], cover.expr.type.dimension, 1e-13)
    if written is None:
        return (*(low + k * width for k in range(count)), high)
    unit, (first, step) = written
    edges = [float(Fraction(first) + k * step) * unit.scale + unit.offset for k in range(count + 1)]
    return (low, *edges[1:-1], high)


def _halfway(points: tuple[float, ...], edges: tuple[float, ...]) -> bool:
    """The inner edges lie half-way between neighbours."""
    middle = [(a + b) / 2 for a, b in itertools.pairwise(points)]
    return len(middle) == len(edges) - 2 and np.allclose(middle, edges[1:-1], rtol=1e-9, atol=1e-300)


def _one_each(points: tuple[float, ...], width: float) -> bool:
    """The item is covered by the step in which it is drawn: each value is a bin."""
    return all(b - a >= width * (1 - 1e-6) for a, b in itertools.pairwise(points))


def source_of(expr: Expr, bounds: Bounds) -> Ref | None:
    """The drawn definition whose value an expression is, through definitions that only pass it on; None: another."""
    for _ in range(64):
        definitions = bounds.program.definitions
        if not isinstance(expr, Ref) or expr.state or expr.path not in definitions:
            return None
        binding = definitions[expr.path].binding
        if isinstance(binding, Range | Choice | Family):
            return expr
        if expr.index is not None:
            return None
        expr = binding
    return None


def _points(expr: Expr, bounds: Bounds) -> tuple[float, ...] | None:
    """The values of something drawn from a finite list."""
    source = source_of(expr, bounds)
    law = None if source is None else bounds.laws.static.get(source.path)
    if source is not None and isinstance(law, Table):
        column = law.values if law.values.ndim == 1 else law.values[:, int(_index(source))]
        return tuple(sorted({float(v) for v in column[law.keep]}))
    if isinstance(law, Stepped):
        return None if law.table is None else tuple(float(v) for v in law.table)
    return None


def _index(ref: Ref) -> float:
    return float(ref.index.value) if isinstance(ref.index, Const) else 0.0


def initial_items(program: Program, graph: Graph, bins: Mapping[str, Bins]) -> dict[str, Expr]:
    """Expressions of the items that need neither the placed scene nor the running simulation, by name."""
    return {name: expr for name, expr in _start_items(program, bins).items() if graph.is_initial(expr)}


def placed_items(program: Program, graph: Graph, bins: Mapping[str, Bins]) -> dict[str, Expr]:
    """Expressions of the items that need the placed scene, but not the running simulation, by name."""
    return {name: expr for name, expr in _start_items(program, bins).items() if not graph.is_initial(expr)}


def _start_items(program: Program, bins: Mapping[str, Bins]) -> dict[str, Expr]:
    """Expressions of the items that no event sets."""
    exprs = {c.name: c.expr for c in program.covers if c.event is None}
    for name in bins:
        definition = program.definitions.get(name)
        if name not in exprs and definition is not None and not any(c.name == name for c in program.covers):
            exprs[name] = Ref(name, definition.type, definition.span)
    return {name: expr for name, expr in exprs.items() if name in bins and not per_element(expr, program)}


def per_element(expr: Expr, program: Program) -> bool:
    """A property of all elements of an array is no single value."""
    if not isinstance(expr, Ref) or expr.index is not None:
        return False
    definition, name = program.definitions.get(expr.path), expr.path.partition(".")[0]
    if definition is None:  # a property that the placed scene knows, as a position
        return any(e.name == name and e.count is not None for e in program.entities)
    return definition.array is not None
