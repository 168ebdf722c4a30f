"""The plan that covers bins: rows of a covering array, each with concrete values from its bins.

A row of the array says the bin of each coverage item that is drawn. Its values follow the scenario's own distribution,
restricted to those bins and to the constraints: numbers are spread over the bins' parts of [0, 1) and redrawn until
every ``require`` holds. Everything else is drawn as under ``random``. The array depends on the program alone, values on
the seed, the row and the attempt. Rows that the placed scene makes impossible are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.errors import LimitError, UsageError
from simengine.language.contraction import narrowed_shares
from simengine.language.covering import Columns, covering_array
from simengine.language.crossed import Crossed
from simengine.language.dependencies import Graph, Variable
from simengine.language.drawn import Laws
from simengine.language.feasible import Field, bin_shares
from simengine.language.plans import Proposals, RandomPlan
from simengine.language.program import Program
from simengine.language.shares import WHOLE, Shares

__all__ = ["CoverPlan", "left_out_notes", "targets_of"]

_MOST_WAYS = 6


def targets_of(program: Program, names: tuple[str, ...], ways: int | None) -> list[Columns]:
    """Combinations of items to cover: every ``ways`` of them; None: each alone, and those of the ``cross`` statements.

    Args:
        program: with the ``cross`` statements.
        names: of the items, by column; others are passed over.
        ways: how many items at a time.
    """
    if ways is not None:
        return list(itertools.combinations(range(len(names)), min(ways, len(names))))
    out: list[Columns] = [(k,) for k in range(len(names))]
    for cross in program.crosses:
        columns = sorted({names.index(n) for n in cross.names if n in names})
        out += itertools.combinations(columns, min(cross.ways, len(columns)))
    return [t for t in dict.fromkeys(out) if t]


def left_out_notes(left_out: Mapping[str, str]) -> tuple[str, ...]:
    """What a plan does not cover and why, for a person."""
    return tuple(f"not covered by the plan: '{name}': {why}" for name, why in left_out.items())


@dataclass(frozen=True, eq=False)
class CoverPlan:
    """A covering array; set for a program by :meth:`bind`, with all its combinations or with given rows.

    Attributes:
        ways: how many items at a time; None: as the ``cross`` statements say, and each item alone.
        rows: bins of each item, (rows, items), -1 for any value; None: not bound yet.
        names: of the items, by column.
        left_out: why other items are not covered, by name.
        cells: by axis, which part of [0, 1) each row takes: (number of the part by row, parts).
        shares: where the constraints confine other variables to, by stream.
    """

    ways: int | None = None
    rows: I64Array | None = None
    names: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    cells: Mapping[str, tuple[I64Array, tuple[Shares, ...]]] = field(
        default_factory=dict[str, tuple[I64Array, tuple[Shares, ...]]]
    )
    shares: Mapping[str, Shares] = field(default_factory=dict[str, Shares])
    redraws: bool = True
    certain: bool = False

    def __post_init__(self) -> None:
        if self.ways is not None and not 1 <= self.ways <= _MOST_WAYS:
            raise UsageError(f"plan 'cover' takes 1 to {_MOST_WAYS} ways; found {self.ways}")

    @property
    def name(self) -> str:
        """ "cover", with the number of ways where one was given."""
        return "cover" if self.ways is None else f"cover:{self.ways}"

    @property
    def size(self) -> int | None:
        """Rows of the array."""
        return None if self.rows is None else len(self.rows)

    def bind(self, graph: Graph, laws: Laws) -> CoverPlan:
        """The plan for a program.

        Raises:
            UsageError: no coverage item is drawn.
            LimitError: too many combinations of bins.
        """
        known = Field(graph, laws, only_drawn=True)
        if not known.items:
            why = "".join(f"; '{name}': {text}" for name, text in list(known.left_out.items())[:3])
            raise UsageError(
                f"plan 'cover' needs 'cover' or 'cross' statements over drawn values; scenario "
                f"'{graph.program.name}' has none{why}"
            )
        rows = self.rows
        if rows is None:
            if self.ways is not None:
                _limit(known.counts, self.ways)
            targets = targets_of(graph.program, known.names, self.ways)
            for target in targets:  # finds rare combinations before the tables are read
                known.tuples(target)
            rows = covering_array(known.counts, targets, known.tables)
        return CoverPlan(
            self.ways, rows, known.names, known.left_out, _cells(known, rows), narrowed_shares(graph, laws)
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Which items are not covered, and why, for a person."""
        return left_out_notes(self.left_out)

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Numbers from the bins of each row."""
        u = RandomPlan().plain(seed, variable, element, proposals)
        found = self.cells.get(variable.streams[element])
        if found is None:
            return self.shares.get(variable.streams[element], WHOLE).spread(u)
        codes, parts = found
        code = codes[proposals.indices]
        for k, part in enumerate(parts):
            rows = code == k
            u[rows] = part.spread(u[rows])
        return u


def _limit(counts: Sequence[int], ways: int) -> None:
    excess = Crossed.of(counts, ways).excess
    if excess is not None:
        raise LimitError(
            f"plan 'cover:{ways}' over {len(counts)} items would have to hit {excess}; use fewer ways, wider bins, or "
            "'cross' statements of the items that matter together"
        )


def _cells(known: Field, rows: I64Array) -> dict[str, tuple[I64Array, tuple[Shares, ...]]]:
    streams: dict[str, list[int]] = {}
    for k, item in enumerate(known.items):
        if item.source is not None:
            streams.setdefault(item.source.stream, []).append(k)
    out: dict[str, tuple[I64Array, tuple[Shares, ...]]] = {}
    for stream, columns in streams.items():
        different, codes = np.unique(rows[:, columns], axis=0, return_inverse=True)
        items = [known.items[c] for c in columns]
        out[stream] = codes.reshape(-1), tuple(bin_shares(items, values)[stream] for values in different)
    return out
