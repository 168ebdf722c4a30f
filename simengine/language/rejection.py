"""Rejection sampling of one block of variables: the first attempt of a variant that meets all constraints counts.

Attempts of a variant are numbered 0, 1, 2, ... and drawn from streams of that number, so how many are proposed at a
time (a whole batch, or many attempts of one variant ahead) changes the speed and nothing else. The limit is a number
of attempts of each variant for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.errors import BudgetError, UsageError
from simengine.language.dependencies import Block, Variable, number_of
from simengine.language.drawn import Laws, Values
from simengine.language.evaluate import breadth, evaluate
from simengine.language.plans import EARLY, Plan, Proposals
from simengine.language.side_by_side import ENOUGH, side_by_side
from simengine.language.terms import Expr

__all__ = [
    "PLACEABLE",
    "Accepted",
    "BlockSampler",
    "Budget",
    "Explains",
    "Follows",
    "Geometry",
    "Tally",
    "draw_numbers",
    "table",
]

_PIECE = 1 << 11
_FEWEST, _MOST_CELLS = 1 << 10, 1 << 33
"""What rejection of one variant may look at: about a minute's worth of array elements."""
_TOGETHER = 256
"""Proposals that cost hardly more than one."""

PLACEABLE = "everything has its place: lanes exist, the road is long enough, no two entities overlap"


class Geometry(Protocol):
    """The engine's answer for constraints that need the placed scene."""

    def __call__(self, expr: Expr | None, indices: I64Array, values: dict[str, Array]) -> BoolArray:
        """Whether a constraint holds for each row.

        Args:
            expr: the condition; None: whether everything has its place (:data:`PLACEABLE`), asked first.
            indices: variant indices, shape (m,); only for messages (values decide).
            values: by path, m rows each (see ``Draws.values``); all definitions that placement can need, and for
                variables whose law needs the scene their numbers (:func:`simengine.language.dependencies.number_of`).

        Returns:
            Shape (m,); row i may depend on row i of the values only.
        """
        ...


@runtime_checkable
class Follows(Protocol):
    """Answers for the placed scene that can draw and compute what follows from it."""

    def follow(self, paths: tuple[str, ...], indices: I64Array, values: dict[str, Array]) -> dict[str, Array]:
        """Values of definitions that need the placed scene, given as to :class:`Geometry`."""
        ...


@runtime_checkable
class Explains(Protocol):
    """Answers for the placed scene that can say why nothing could be placed."""

    def explain(self) -> str:
        """The most frequent reasons, and in the last line what to do; "" without any."""
        ...


@dataclass(frozen=True)
class Budget:
    """When to give up on a variant: after ``proposals * rounds`` attempts, or ``geometric`` checks of the scene.

    Attributes:
        proposals: largest number of draws made at a time.
        rounds: how many such rounds one variant may cost.
        geometric: how many placed scenes one variant may cost.
    """

    proposals: int = 65_536
    rounds: int = 64
    geometric: int = 16_384

    def __post_init__(self) -> None:
        if min(self.proposals, self.rounds, self.geometric) < 1:
            raise UsageError(f"a sampling budget needs numbers of at least 1; found {self}")

    @property
    def attempts(self) -> int:
        """Most attempts of one variant."""
        return self.proposals * self.rounds


@dataclass
class Tally:
    """How often a constraint was checked, and how often it rejected.

    Each constraint is checked on the proposals that passed all before it: first arithmetic ones, those that need few
    variables before others, then the placed scene.
    """

    text: str
    line: int
    geometric: bool
    checked: int = 0
    rejected: int = 0

    @property
    def share(self) -> float:
        """Rejected share of those checked."""
        return self.rejected / self.checked if self.checked else 0.0


def table(tallies: list[Tally] | tuple[Tally, ...]) -> str:
    """Which constraint rejects how much, as lines of text, the strictest first."""
    lines = [f"  {'rejects':>9}  {'checked':>10}  constraint"]
    for t in sorted(tallies, key=lambda t: (-t.share, t.line)):
        where = f"  (line {t.line})" if t.line else ""
        lines.append(f"  {100 * t.share:>7.2f} %  {t.checked:>10,}  {t.text}{where}")
    return "\n".join(lines)


@dataclass
class Accepted:
    """Numbers u of a block's variables, by path, and which attempt each variant took (-1: none)."""

    u: dict[str, F64Array]
    attempts: I64Array


def draw_numbers(plan: Plan, seed: int, variables: tuple[Variable, ...], proposals: Proposals) -> dict[str, F64Array]:
    """Numbers of variables: (p,), or (p, Nmax) for properties of arrays."""
    out: dict[str, F64Array] = {}
    proposals.streams = tuple(stream for v in variables for stream in v.streams)
    wanted = [(v, k) for v in variables for k in range(len(v.streams))]
    numbers = len(wanted) * len(proposals)
    if numbers >= ENOUGH:
        _ = proposals.groups  # found once, before threads ask for them
    made = iter(side_by_side(lambda one: plan.numbers(seed, *one, proposals), wanted, numbers))
    parts = {v.path: [next(made) for _ in v.streams] for v in variables}
    elements = [v.path for v in variables if v.array is not None]
    joined = side_by_side(lambda path: _columns(parts[path]), elements, numbers)
    out.update({v.path: parts[v.path][0] for v in variables if v.array is None})
    out.update(zip(elements, joined, strict=True))
    return {v.path: out[v.path] for v in variables}


def _columns(parts: list[F64Array]) -> F64Array:
    """Columns side by side, (p, Nmax): some rows at a time, which stay in the cache."""
    out: F64Array = np.empty((parts[0].size, len(parts)))
    for at in range(0, len(out), _PIECE):
        piece = slice(at, at + _PIECE)
        np.stack([p[piece] for p in parts], -1, out=out[piece])
    return out


@dataclass
class _Round:
    """What became of a round of proposals.

    Attributes:
        ok: which proposals meet all constraints.
        drawn: numbers, with the positions of the proposals for which they were drawn (increasing).
        held: for each tally: (positions checked; whether it held there).
        scenes: proposals that cost a placed scene.
    """

    ok: BoolArray
    drawn: list[tuple[I64Array, dict[str, F64Array]]]
    held: list[tuple[I64Array, BoolArray]]
    scenes: BoolArray

    def all(self) -> dict[str, F64Array]:
        """The numbers of all proposals, none of which was rejected."""
        return {path: numbers for _, u in self.drawn for path, numbers in u.items()}

    def take(self, positions: I64Array) -> dict[str, F64Array]:
        """Those of some."""
        out: dict[str, F64Array] = {}
        for where, u in self.drawn:
            rows = np.searchsorted(where, positions)
            out |= {path: numbers[rows] for path, numbers in u.items()}
        return out


class BlockSampler:
    """Draws one block.

    Args:
        laws: of the program.
        block: variables and constraints.
        plan: source of the numbers.
        seed: of the run.
        budget: when to give up.
        geometry: the engine's answers, or None: geometric constraints are left out.
    """

    def __init__(
        self, laws: Laws, block: Block, plan: Plan, seed: int, budget: Budget, geometry: Geometry | None
    ) -> None:
        self.laws, self.block, self.plan, self.seed, self.budget = laws, block, plan, seed, budget
        self.geometry = geometry
        self.tallies = [Tally(s.require.text, s.require.span.line, False) for s in block.stages]
        if geometry is not None:
            self.tallies += [Tally(PLACEABLE, 0, True)] if block.placement else []
            self.tallies += [Tally(r.text, r.span.line, True) for r in block.geometric]
        self._needed = self._accepted = 0
        self._breadth = max((breadth(s.require.expr, laws.graph.capacity.__getitem__) for s in block.stages), default=1)

    def mask(self, indices: I64Array) -> BoolArray:
        """Which variants meet all constraints at once (plans that do not redraw)."""
        done = self._propose(Proposals(indices, np.zeros(indices.size, np.int64)))
        self._count(done, np.ones((1, indices.size), np.bool_))
        return done.ok

    def possible(self, indices: I64Array) -> BoolArray:
        """Which variants find a draw that meets all constraints (plans that redraw within what is asked of a row)."""
        return self._accept(indices, strict=False).attempts >= 0

    def accept(self, indices: I64Array) -> Accepted:
        """The first good attempt of each variant.

        Raises:
            BudgetError: a variant spent its budget; with a table of which constraint rejects how much.
        """
        return self._accept(indices, strict=True)

    def _accept(self, indices: I64Array, strict: bool) -> Accepted:
        variables = self.block.variables
        arrays = self.laws.graph.capacity
        u = {v.path: np.empty((indices.size, arrays[v.array]) if v.array else indices.size) for v in variables}
        attempts = np.full(indices.size, -1)
        tried, scenes = np.zeros(indices.size, np.int64), np.zeros(indices.size, np.int64)
        pending, lost = np.arange(indices.size), np.zeros(indices.size, np.bool_)
        while pending.size:
            rows, ahead = self._schedule(pending, tried)
            numbers = tried[rows] + np.arange(ahead)[:, None]
            done = self._propose(Proposals(np.tile(indices[rows], ahead), numbers.ravel()))
            ok = done.ok.reshape(ahead, rows.size)
            cost = np.cumsum(done.scenes.reshape(ahead, rows.size), axis=0) + scenes[rows]
            ok &= (cost <= self.budget.geometric) & (numbers < self._limit())
            first, found = np.argmax(ok, axis=0), np.any(ok, axis=0)
            self._count(done, np.arange(ahead)[:, None] <= np.where(found, first, ahead))
            good = np.flatnonzero(found)
            run = ahead == 1 and good.size == rows.size == rows[-1] - rows[0] + 1  # all of them, at once: no gathering
            parts = done.all() if run else done.take(first[good] * rows.size + good)
            if run and rows.size == indices.size and parts.keys() == u.keys():
                u, parts = parts, dict[str, F64Array]()
            into = slice(rows[0], rows[-1] + 1) if run else rows[good]
            for path, part in parts.items():
                u[path][into] = part
            attempts[rows[good]] = tried[rows[good]] + first[good]
            self._accepted += good.size
            tried[rows] += ahead
            scenes[rows] = cost[-1]
            bad = rows[~found]
            spent = (tried[bad] >= self._limit()) | (scenes[bad] >= self.budget.geometric)
            if spent.any():
                if strict:
                    raise BudgetError(self._give_up(int(indices[bad[spent][0]])))
                lost[bad[spent]] = True
            pending = np.flatnonzero((attempts < 0) & ~lost)
        return Accepted(u, attempts)

    def _limit(self) -> int:
        """Attempts of a variant: fewer where each looks through very many combinations of array elements."""
        if not self.block.variables:
            return 1
        return min(self.budget.attempts, max(_FEWEST, _MOST_CELLS // self._breadth))

    def _schedule(self, pending: I64Array, tried: I64Array) -> tuple[I64Array, int]:
        """Which variants to propose next, and how many attempts ahead: about as many as the acceptance asks for."""
        most, fresh = self.budget.proposals, pending[tried[pending] == 0]
        if fresh.size:
            return fresh[:most], 1
        wanted = max((self._needed + 1) // (self._accepted + 1), _TOGETHER // pending.size)
        first = int(tried[pending[0]])
        if first < EARLY:  # numbers of many variants at a time are fast
            most_ahead = max(most // pending.size, 1)
            return pending[:most], min(max(wanted, 1), most_ahead, EARLY - first, self._limit() - first)
        ahead = min(max(wanted, 1), most, self._limit() - first)
        return pending[: max(most // ahead, 1)], ahead

    def _propose(self, proposals: Proposals) -> _Round:
        block, size = self.block, len(proposals)
        values, alive, some = Values(self.laws, size), np.arange(size), proposals
        drawn, held = list[tuple[I64Array, dict[str, F64Array]]](), list[tuple[I64Array, BoolArray]]()
        for stage in block.stages:
            u = draw_numbers(self.plan, self.seed, stage.variables, some)
            holds = evaluate(stage.require.expr, values.compute(stage.order, u), alive.size)
            drawn.append((alive, u))
            held.append((alive, holds))
            if not holds.all():
                keep = np.flatnonzero(holds)
                alive, values = alive[keep], values.take(keep)
                some = Proposals(proposals.indices[alive], proposals.attempts[alive])
        u = draw_numbers(self.plan, self.seed, block.late, some) if self.plan.redraws or self.geometry else {}
        drawn.append((alive, u))
        ok, scenes = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        ok[alive] = True
        if self.geometry is not None and (block.placement or block.geometric) and alive.size:
            scenes[alive] = True
            arrays = dict(values.compute(block.order, u).arrays)
            deferred = self.laws.graph.deferred
            arrays |= {number_of(path): numbers for path, numbers in u.items() if path in deferred}
            ok[alive] = self._geometric(self.geometry, alive, some, arrays, held)
        elif self.geometry is not None:
            held += [(alive, np.ones(alive.size, np.bool_))] * (len(self.tallies) - len(held))
        return _Round(ok, drawn, held, scenes)

    def _geometric(
        self, geometry: Geometry, late: I64Array, some: Proposals, arrays: dict[str, Array],
        held: list[tuple[I64Array, BoolArray]],
    ) -> BoolArray:  # fmt: skip
        """Asks the engine, each constraint only about the survivors of those before."""
        good = np.ones(late.size, np.bool_)
        questions: list[Expr | None] = [None] if self.block.placement else []
        for expr in [*questions, *(r.expr for r in self.block.geometric)]:
            rows = np.flatnonzero(good)
            answer = np.ones(0, np.bool_)
            if rows.size:
                answer = np.asarray(
                    geometry(expr, some.indices[rows], {path: a[rows] for path, a in arrays.items()}), np.bool_
                )
            held.append((late[rows], answer))
            good[rows] = answer
        return good

    def _count(self, done: _Round, needed: BoolArray) -> None:
        """Adds to the tallies; proposals after a variant's first good one were never needed and do not count."""
        flat = needed.ravel()
        self._needed += int(np.count_nonzero(flat))
        for tally, (positions, holds) in zip(self.tallies, done.held, strict=True):
            counted = flat[positions]
            tally.checked += int(np.count_nonzero(counted))
            tally.rejected += int(np.count_nonzero(counted & ~holds))

    def _give_up(self, index: int) -> str:
        if not self.block.variables:
            broken = [t for t in self.tallies if t.rejected]
            advice = self._advice("correct or remove it")
            return f"the constraint never holds and nothing in it is drawn:\n{table(broken)}\n{advice}"
        names = ", ".join(v.path for v in self.block.variables[:8]) + (", ..." if len(self.block.variables) > 8 else "")
        advice = self._advice("widen the ranges or loosen the strictest constraint")
        return (
            f"variant {index}: no draw of {names} meets all constraints; {self._needed:,} proposals, "
            f"{self._accepted:,} accepted\n{table(self.tallies)}\n{advice}"
        )

    def _advice(self, otherwise: str) -> str:
        """What to do about the strictest constraint; where that is the placement, what was in the way."""
        strictest = max(self.tallies, key=lambda t: t.share)
        if strictest.text == PLACEABLE and isinstance(self.geometry, Explains) and (why := self.geometry.explain()):
            return f"where things have no place:\n{why}"
        return otherwise
