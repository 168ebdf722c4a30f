"""Plans choose the numbers u in [0, 1) of every variable; the scenario's laws turn them into values.

``random`` takes them from named streams, ``points`` are given. The full factorial is in :mod:`grids`, plans that spread
variants evenly in :mod:`quasi`, the one that covers bins in :mod:`coverplan`; :mod:`chosen` finds a plan by its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.errors import UsageError
from simengine.language.contraction import narrowed_shares
from simengine.language.dependencies import Graph, Variable
from simengine.language.drawn import Laws
from simengine.language.shares import WHOLE, Shares
from simengine.rng import dense, uniform_range, uniform_runs, uniforms, uniforms_at

__all__ = ["EARLY", "Plan", "PointsPlan", "Proposals", "RandomPlan", "axis_names"]

EARLY = 256
_FEW = 64  # proposals of an attempt up to which they are cheaper one by one
_LONG = 256  # attempts of a variant from which NumPy's own generator is faster than many variants at once


class Proposals:
    """Which draws are asked for.

    Attributes:
        indices: variants, shape (p,); a variant may come several times.
        attempts: number of the attempt of each, shape (p,).
        streams: which are asked for next; where proposals are few, many of them at a time are cheaper.
    """

    def __init__(self, indices: I64Array, attempts: I64Array) -> None:
        self.indices, self.attempts = indices, attempts
        self.streams: Sequence[str] = ()

    def __len__(self) -> int:
        return self.indices.size

    @cached_property
    def groups(self) -> list[_Group | _Few | _Late]:
        """The proposals in groups that share a stream."""
        if self.attempts.size == 0 or (self.attempts == self.attempts[0]).all():
            first = int(self.attempts[0]) if self.attempts.size else 0
            if first < EARLY and dense(self.indices):
                return [_Group(slice(None), self.indices, attempt=first)]
        found: list[_Group | _Few | _Late] = []
        early, few = np.flatnonzero(self.attempts < EARLY), list[I64Array]()
        for attempt, rows in _split(self.attempts, early):
            if rows.size > _FEW and dense(self.indices[rows]):
                found.append(_Group(rows, self.indices[rows], attempt=attempt))
            else:
                few.append(rows)
        if few:
            rows = np.concatenate(few)
            found.append(_Few(rows, self))
        late = np.flatnonzero(self.attempts >= EARLY)
        if late.size:
            found.append(_Late(late, self.indices[late], self.attempts[late]))
        return found


def _split(keys: I64Array, rows: I64Array) -> Iterator[tuple[int, I64Array]]:
    """Rows by their key, each in the order of ``rows``."""
    if rows.size == 0:
        return
    order = rows[np.argsort(keys[rows], kind="stable")]
    ordered = keys[order]
    cuts = np.flatnonzero(np.diff(ordered)) + 1
    for part in np.split(order, cuts):
        yield int(keys[part[0]]), part


class _Group:
    """Proposals of one attempt: their numbers lie in one stream, at the index of the variant."""

    def __init__(self, rows: slice | I64Array, variants: I64Array, attempt: int) -> None:
        self.rows, self.variants, self.attempt = rows, variants, attempt
        self.run: tuple[int, int] | None = None
        if (
            variants.size
            and int(variants[-1]) - int(variants[0]) == variants.size - 1
            and (np.diff(variants) == 1).all()
        ):
            self.run = (int(variants[0]), int(variants[-1]) + 1)

    def numbers(self, seed: int, stream: str) -> F64Array:
        if self.run is not None:
            return uniform_range(seed, stream, *self.run, self.attempt)
        return uniforms(seed, stream, self.variants, self.attempt)


class _Few:
    """Proposals of few variants for each attempt: the same numbers as in a :class:`_Group`, made one by one."""

    def __init__(self, rows: I64Array, asked: Proposals) -> None:
        self.rows, self._asked = rows, asked
        self._made: dict[tuple[int, str], F64Array] = {}

    def numbers(self, seed: int, stream: str) -> F64Array:
        if (seed, stream) not in self._made:
            asked = self._asked
            names = asked.streams if stream in asked.streams else (stream,)
            numbers = uniforms_at(seed, names, asked.indices[self.rows], asked.attempts[self.rows])
            self._made = {(seed, name): row for name, row in zip(names, numbers, strict=True)}
        return self._made[seed, stream]


class _Late:
    """Proposals of late attempts: each variant has a stream of its own, with its numbers at the attempts."""

    def __init__(self, rows: I64Array, variants: I64Array, attempts: I64Array) -> None:
        self.rows, self._attempts = rows, attempts
        self._variants, self._of = np.unique(variants, return_inverse=True)
        first, last = np.full(self._variants.size, attempts.max()), np.zeros(self._variants.size, np.int64)
        np.minimum.at(first, self._of, attempts)
        np.maximum.at(last, self._of, attempts)
        self._first = first // 4 * 4  # a counter makes four numbers
        self._count = int((last - self._first).max()) // 4 * 4 + 4

    def numbers(self, seed: int, stream: str) -> F64Array:
        names = [f"{stream}#{variant}" for variant in self._variants.tolist()]
        if self._count > _LONG:
            starts: list[int] = self._first.tolist()
            numbers = np.stack([uniform_range(seed, n, a, a + self._count) for n, a in zip(names, starts, strict=True)])
        else:
            numbers = uniform_runs(seed, names, self._first, self._count)
        return numbers[self._of, self._attempts - self._first[self._of]]


class Plan(Protocol):
    """Where the numbers come from."""

    @property
    def name(self) -> str:
        """The plan's words."""
        ...

    @property
    def redraws(self) -> bool:
        """A variant that violates a constraint is drawn again (else it is left out)."""
        ...

    @property
    def size(self) -> int | None:
        """How many rows the plan has, feasible or not; None: no end."""
        ...

    @property
    def certain(self) -> bool:
        """Every row becomes a variant; else those that meet all constraints."""
        ...

    def bind(self, graph: Graph, laws: Laws) -> Plan:
        """The plan for a program."""
        ...

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Numbers in [0, 1) of one element of a variable for each proposal."""
        ...


@dataclass(frozen=True)
class RandomPlan:
    """Independent numbers from named streams.

    The first 256 attempts of a variant count (variant, attempt) in the stream (seed, path): batches are fast. Later
    ones count the attempt in a stream of the variant's own, (seed, path#variant): many attempts of one are fast.

    Attributes:
        shares: where the constraints confine variables to, by stream; set by :meth:`bind`.
    """

    name: str = "random"
    redraws: bool = True
    shares: Mapping[str, Shares] = field(default_factory=dict[str, Shares])
    size: None = None
    certain: bool = True

    def bind(self, graph: Graph, laws: Laws) -> RandomPlan:
        """The plan with the room that a program's constraints leave."""
        return RandomPlan(shares=narrowed_shares(graph, laws))

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Shape (len(proposals),)."""
        return self.shares.get(variable.streams[element], WHOLE).spread(self.plain(seed, variable, element, proposals))

    def plain(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Numbers spread over all of [0, 1), shape (len(proposals),)."""
        stream, groups = variable.streams[element], proposals.groups
        if len(groups) == 1 and isinstance(groups[0].rows, slice):
            return groups[0].numbers(seed, stream)
        out = np.empty(len(proposals))
        for group in groups:
            out[group.rows] = group.numbers(seed, stream)
        return out


@dataclass(frozen=True, eq=False)
class PointsPlan:
    """Numbers that somebody gives: each row is a variant, with one number of 0..1 for each element of each variable.

    Attributes:
        points: (rows, axes), in the order of ``axis_names``; 1 is taken as the largest number below.
        columns: which column each stream reads; set by :meth:`bind`.
    """

    points: F64Array
    columns: Mapping[str, int] = field(default_factory=dict[str, int])
    name: str = "points"
    redraws: bool = False
    certain: bool = False

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.points)

    def bind(self, graph: Graph, laws: Laws) -> PointsPlan:
        """The plan with the axes of a program.

        Raises:
            UsageError: another number of axes, or numbers outside of 0..1.
        """
        names = axis_names(graph)
        points = np.array(self.points, np.float64)
        if points.ndim != 2 or points.shape[1] != len(names):
            raise UsageError(
                f"points need the shape (rows, {len(names)}), one number for each of {', '.join(names[:8])}"
                f"{', ...' if len(names) > 8 else ''}; found {points.shape}"
            )
        if not ((points >= 0) & (points <= 1)).all():  # also catches nan
            raise UsageError("points are numbers of 0..1; found others")
        columns = {name: k for k, name in enumerate(names)}
        return PointsPlan(np.minimum(points, np.nextafter(1.0, 0.0)), columns)

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Numbers of the rows that the proposals name."""
        return np.ascontiguousarray(self.points[proposals.indices, self.columns[variable.streams[element]]])


def axis_names(graph: Graph) -> tuple[str, ...]:
    """Names of the axes of a program's unit cube: ``ego.speed``, ``parked[1].model``, in the order of the program."""
    return tuple(stream for variable in graph.variables.values() for stream in variable.streams)
