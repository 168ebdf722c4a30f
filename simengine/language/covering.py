"""Covering arrays over bins: few rows that hold every wanted combination that can occur.

In-parameter-order generation (IPOG: Lei, Kacker, Kuhn, Okun and Lawrence, "IPOG: a general strategy for t-way software
testing", ECBS 2007) over whole numbers, with constraints as tables of what can occur together: a row is extended column
by column with the value that covers most of what is missing, then rows are added for the rest. Nothing is random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simengine.arrays import BoolArray, I64Array
from simengine.errors import LimitError
from simengine.language.limits import CROSS_TUPLES

__all__ = ["Group", "covering_array", "feasible_tuples", "uncovered"]

_LOOK = 64  # rows that are tried for a combination before a new one is made

Columns: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Group:
    """Columns that constrain each other.

    Attributes:
        columns: which.
        table: what can occur: (m, len(columns)) values; the number of its values stands for none of them.
    """

    columns: Columns
    table: I64Array

    def fitting(self, row: I64Array) -> BoolArray:
        """Rows of the table that agree with a row of all columns (-1: anything)."""
        wanted = row[list(self.columns)]
        return ((self.table == wanted) | (wanted < 0)).all(1)

    def values(self, row: I64Array, column: int, count: int) -> BoolArray:
        """Which values of a column can complete a row, shape (count,)."""
        found = np.zeros(count + 1, np.bool_)
        found[self.table[self.fitting(row), self.columns.index(column)]] = True
        return found[:count]


def feasible_tuples(columns: Columns, counts: Sequence[int], groups: Sequence[Group]) -> BoolArray:
    """Which combinations of some columns can occur, one axis a column.

    Raises:
        LimitError: more than two million combinations.
    """
    shape = tuple(counts[c] for c in columns)
    if np.prod([float(n) for n in shape]) > CROSS_TUPLES:
        raise LimitError(
            f"{' x '.join(map(str, shape))} combinations of bins are more than the limit of {CROSS_TUPLES:,}; use "
            "wider bins, or fewer ways"
        )
    out = np.ones(shape, np.bool_)
    for group in groups:
        mine = [k for k, c in enumerate(columns) if c in group.columns]
        if not mine:
            continue
        part = np.zeros([shape[k] for k in mine], np.bool_)
        seen = group.table[:, [group.columns.index(columns[k]) for k in mine]]
        part[tuple(seen[(seen < part.shape).all(1)].T)] = True
        out &= part.reshape([shape[k] if k in mine else 1 for k in range(len(columns))])
    return out


def uncovered(rows: I64Array, columns: Columns, feasible: BoolArray) -> BoolArray:
    """Which feasible combinations no row holds (-1: holds nothing)."""
    left = feasible.copy()
    part = rows[:, list(columns)]
    part = part[(part >= 0).all(1)]
    left[tuple(part.T)] = False
    return left


def covering_array(
    counts: Sequence[int], targets: Sequence[Columns], groups: Sequence[Group], start: I64Array | None = None
) -> I64Array:
    """Rows that hold every feasible combination of each target.

    Args:
        counts: number of values of each column.
        targets: combinations of columns, each increasing.
        groups: which values can occur together; disjoint. Columns in none of them are free.
        start: rows that are there already, (m, columns); they are not part of the result.

    Returns:
        (rows, columns), feasible; -1 where none of a column's values goes with the others.
    """
    return _Builder(counts, targets, groups, start).build()


class _Builder:
    def __init__(
        self, counts: Sequence[int], targets: Sequence[Columns], groups: Sequence[Group], start: I64Array | None
    ) -> None:
        self.counts, self.groups = list(counts), list(groups)
        self.targets = list(dict.fromkeys(targets))
        self.start = np.zeros((0, len(counts)), np.int64) if start is None else start
        self.rows = np.zeros((0, len(counts)), np.int64)
        self.group_of = {c: g for g in groups for c in g.columns}
        self.used = [np.zeros(n, np.int64) for n in counts]  # how often each value came, for balance

    def build(self) -> I64Array:
        order = sorted(range(len(self.counts)), key=lambda c: (-self.counts[c], c))
        done: set[int] = set()
        for column in order:
            done.add(column)
            mine = [t for t in self.targets if column in t and set(t) <= done]
            left = {t: uncovered(self.start, t, feasible_tuples(t, self.counts, self.groups)) for t in mine}
            self._extend(column, left)
            self._add(left)
        self._complete()
        return np.where(self.rows == np.array(self.counts), -1, self.rows)

    # ---- horizontal ----------------------------------------------------------------------------------------------

    def _extend(self, column: int, left: dict[Columns, BoolArray]) -> None:
        for row in self.rows:
            gain = np.zeros(self.counts[column], np.int64)
            for target, missing in left.items():
                others = row[[c for c in target if c != column]]
                if (others >= 0).all():
                    gain += missing[_slot(target, column, row)]
            gain[~self._allowed(row, column)] = 0
            if gain.max(initial=0) > 0:
                best = np.flatnonzero(gain == gain.max())
                row[column] = best[np.argmin(self.used[column][best])]
                self.used[column][row[column]] += 1
                for target, missing in left.items():
                    if (row[list(target)] >= 0).all():
                        missing[tuple(row[list(target)])] = False

    def _allowed(self, row: I64Array, column: int) -> BoolArray:
        group = self.group_of.get(column)
        if group is None:
            return np.ones(self.counts[column], np.bool_)
        return group.values(row, column, self.counts[column])

    # ---- vertical ------------------------------------------------------------------------------------------------

    def _add(self, left: dict[Columns, BoolArray]) -> None:
        for target, missing in left.items():
            at = list(target)
            for values in np.argwhere(missing):
                if not missing[tuple(values)]:
                    continue
                row = self._room(at, values)
                row[at] = values
                for other, open_ in left.items():
                    if (row[list(other)] >= 0).all():
                        open_[tuple(row[list(other)])] = False

    def _room(self, at: list[int], values: I64Array) -> I64Array:
        """A row that can take some values, or a new one."""
        part = self.rows[:, at]
        able = np.flatnonzero(((part == values) | (part < 0)).all(1))
        for k in able[:_LOOK].tolist():
            merged = self.rows[k].copy()
            merged[at] = values
            if self._possible(merged, at):
                return self.rows[k]
        self.rows = np.vstack([self.rows, np.full((1, len(self.counts)), -1)])
        return self.rows[-1]

    def _possible(self, row: I64Array, at: list[int]) -> bool:
        touched = {id(g): g for g in (self.group_of.get(c) for c in at) if g is not None}
        return all(g.fitting(row).any() for g in touched.values())

    # ---- what is left open ---------------------------------------------------------------------------------------

    def _complete(self) -> None:
        """Values that are free take those that came least; none of them where what is given leaves none."""
        for row in self.rows:
            for column in np.flatnonzero(row < 0).tolist():
                able = np.flatnonzero(self._allowed(row, column))
                if not able.size:
                    row[column] = self.counts[column]
                    continue
                row[column] = able[np.argmin(self.used[column][able])]
                self.used[column][row[column]] += 1


def _slot(target: Columns, column: int, row: I64Array) -> tuple[int | slice, ...]:
    return tuple(slice(None) if c == column else int(row[c]) for c in target)
