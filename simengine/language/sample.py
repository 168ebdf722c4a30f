"""Sampling: from (program, seed, plan, variant index) to values of all definitions.

A variant depends on nothing else: it comes out the same alone, in any batch, in any order and in any process. Adding a
variable to a program changes no other, as every variable has a stream of its own name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.errors import BudgetError, LimitError, UsageError, many
from simengine.language.chosen import make_plan
from simengine.language.dependencies import Block, Graph, number_of
from simengine.language.diagnostics import Diagnostic
from simengine.language.distributions import Stepped
from simengine.language.drawn import Laws, Values
from simengine.language.evaluate import evaluate
from simengine.language.grids import Grid, GridPlan
from simengine.language.plans import Plan, Proposals
from simengine.language.program import Program
from simengine.language.rejection import PLACEABLE, BlockSampler, Budget, Follows, Geometry, Tally, draw_numbers, table
from simengine.language.scenario import Scenario, Value, decode
from simengine.language.templates import require_values
from simengine.language.terms import Span

__all__ = ["Budget", "Count", "Draws", "Geometry", "Sampler", "Tally"]

_FIRST, _CHUNK = 1 << 6, 1 << 16  # rows of a plan that are looked at together: more and more
_ENDLESS = 1 << 28
_LARGEST = 1 << 62
_LOW_ACCEPTANCE = 1e-3


@dataclass(frozen=True)
class Draws:
    """Values of n variants.

    Attributes:
        program, seed, plan: what they were drawn from.
        indices: variants, shape (n,).
        values: by definition path: (n,), (n, Nmax) for properties of entity arrays (elements from the array's count on
            are there and mean nothing), components last; float64 (enums as codes), bool, or text. Of definitions that
            need the placed scene those that are drawn, properties and durations are there, with ``geometry``.
        u: the numbers in [0, 1) behind each random variable, (n,) or (n, Nmax).
        attempts: rejected draws of each variant, added over independent blocks, shape (n,).
        feasible: which variants meet all constraints that were checked: all, unless the plan is a grid.
        tallies: how much each constraint rejected.
        unchecked: texts of constraints that were left out, as no geometry was given.
        warnings: W0402 for each block of variables of which less than 1 proposal in 1,000 was accepted.
    """

    program: Program
    seed: int
    plan: str
    indices: I64Array
    values: Mapping[str, Array]
    u: Mapping[str, F64Array]
    attempts: I64Array
    feasible: BoolArray
    tallies: tuple[Tally, ...]
    unchecked: tuple[str, ...]
    warnings: tuple[Diagnostic, ...] = ()

    def __len__(self) -> int:
        return self.indices.size

    def part(self, first: int, last: int) -> Draws:
        """The rows from ``first`` to before ``last``."""
        rows = slice(first, last)
        return replace(
            self, indices=self.indices[rows], attempts=self.attempts[rows], feasible=self.feasible[rows],
            values={path: array[rows] for path, array in self.values.items()},
            u={path: array[rows] for path, array in self.u.items()},
        )  # fmt: skip

    def at(self, row: int) -> dict[str, Value]:
        """Values of one row as SI numbers, words and flags; a tuple of existing elements for properties of arrays."""
        sizes = {e.name: int(self.values[e.count][row]) for e in self.program.entities if e.count is not None}
        out: dict[str, Value] = {}
        for path, array in self.values.items():
            definition = self.program.definitions[path]
            value = array[row] if definition.array is None else array[row, : sizes[definition.array]]
            out[path] = decode(value, definition, self.program)
        return out

    def scenario(self, row: int) -> Scenario:
        """One row as a frozen scenario."""
        return Scenario.of(
            self.program, self.seed, self.plan, int(self.indices[row]), int(self.attempts[row]), self.at(row)
        )


@dataclass(frozen=True)
class Count:
    """Size of a grid: all combinations, and those that meet the constraints."""

    raw: int
    feasible: int


def _of_the_scene(block: Block) -> list[str]:
    """Constraints of a block that only the engine can check."""
    return [*([PLACEABLE] if block.placement else []), *(r.text for r in block.geometric)]


class Sampler:
    """Draws variants of a program.

    Args:
        program: checked program.
        seed: of the run.
        plan: words as "random", "sobol", "lhs:1000", "grid", "cover:2" (see :mod:`chosen`), or a plan.
        budget: when to give up on a variant that meets no constraint.

    Raises:
        UsageError: a template, whose parameters have no values.
        ProgramError: constant parameters that make no distribution.
        NotRunnableError: a distribution or a plan that does not run yet.
    """

    def __init__(self, program: Program, seed: int, plan: str | Plan = "random", budget: Budget | None = None) -> None:
        require_values(program)
        self.program, self.seed, self.budget = program, int(seed), budget or Budget()
        self.graph = Graph(program)
        self.laws = Laws(program, self.graph)
        self.plan: Plan = (make_plan(plan) if isinstance(plan, str) else plan).bind(self.graph, self.laws)
        self._uneven = self.plan.grid.uneven if isinstance(self.plan, GridPlan) and self.plan.grid else ()
        self.blocks = self.graph.blocks(more=self._uneven)
        blocked = {v.path for block in self.blocks for v in block.variables}
        self._free = tuple(v for p, v in self.graph.variables.items() if p not in blocked)

    @property
    def raw(self) -> int | None:
        """How many rows the plan has, feasible or not; None: no end."""
        return self.plan.size

    # ---- draws ---------------------------------------------------------------------------------------------------

    def draw(self, indices: I64Array | range | list[int], geometry: Geometry | None = None) -> Draws:
        """Values of the given variants.

        Args:
            indices: variant indices >= 0 (grid: rows of the raw grid), in any order.
            geometry: the engine's answers for constraints that need the placed scene; None leaves them out.

        Raises:
            BudgetError: a variant finds no valid draw; says which constraint rejects how much, or which variable has
                no value.
            UsageError: indices that are none.
        """
        rows = self._rows(indices)
        u: dict[str, F64Array] = {}
        attempts, feasible = np.zeros(rows.size, np.int64), np.ones(rows.size, np.bool_)
        tallies, warnings = list[Tally](), list[Diagnostic]()
        start = Proposals(rows, np.zeros(rows.size, np.int64))
        u.update(draw_numbers(self.plan, self.seed, self._free, start))
        for block in self.blocks:
            sampler = BlockSampler(self.laws, block, self.plan, self.seed, self.budget, geometry)
            if self.plan.redraws:
                accepted = sampler.accept(rows)
                u.update(accepted.u)
                attempts += accepted.attempts
                warnings += self._low_acceptance(sampler, rows.size, int(accepted.attempts.sum()))
            else:
                u.update(draw_numbers(self.plan, self.seed, block.variables, start))
                feasible &= sampler.mask(rows)
            tallies += sampler.tallies
        computed = Values(self.laws, rows.size).compute(self.graph.order, u)
        u |= {p: law.decoded(u[p]) for p, law in self._uneven_laws(computed)}
        values = self._followed(computed.arrays, u, rows, feasible, geometry)
        self._check(values, rows, feasible)
        unchecked = () if geometry else tuple(t for b in self.blocks for t in _of_the_scene(b))
        return Draws(
            self.program, self.seed, self.plan.name, rows, values, u, attempts, feasible, tuple(tallies), unchecked,
            tuple(warnings),
        )  # fmt: skip

    def _uneven_laws(self, values: Values) -> Iterator[tuple[str, Stepped]]:
        """Of what a plan asks for by the number of its value."""
        for path in self.plan.grid.coded if isinstance(self.plan, GridPlan) and self.plan.grid else ():
            law = values.law(path)
            assert isinstance(law, Stepped)
            yield path, law

    def _followed(
        self, values: dict[str, Array], u: Mapping[str, F64Array], rows: I64Array, feasible: BoolArray,
        geometry: Geometry | None,
    ) -> dict[str, Array]:  # fmt: skip
        """Adds what follows from the placed scene; in rows that are not feasible it means nothing."""
        paths = self.graph.following
        if not paths or not isinstance(geometry, Follows) or not feasible.any():
            return values
        good = np.flatnonzero(feasible)
        given = values | {number_of(p): u[p] for p in self.graph.variables if p in self.graph.deferred}
        found = geometry.follow(paths, rows[good], {path: array[good] for path, array in given.items()})
        fill = np.zeros(rows.size, np.int64)
        fill[good] = np.arange(good.size)
        return values | {path: array[fill] for path, array in found.items()}

    def _low_acceptance(self, sampler: BlockSampler, accepted: int, rejected: int) -> list[Diagnostic]:
        rate = accepted / max(accepted + rejected, 1)
        strictest = max(sampler.tallies, key=lambda t: t.share, default=None)
        if accepted == 0 or rate >= _LOW_ACCEPTANCE or strictest is None:
            return []
        spans = {r.text: r.span for r in self.program.requires}
        return [Diagnostic(
            "W0402", "warning",
            f"acceptance rate {rate:.2g} after {accepted + rejected:,} proposals; '{strictest.text}' rejects "
            f"{100 * strictest.share:.2f} %",
            self.program.file, spans.get(strictest.text, Span(1, 1, 1, 2)), note=table(sampler.tallies),
            help="narrow the ranges to where the constraint can hold",
        )]  # fmt: skip

    def _rows(self, indices: Any) -> I64Array:
        rows = (
            np.arange(indices.start, indices.stop, indices.step) if isinstance(indices, range) else np.asarray(indices)
        )
        if rows.size == 0:
            rows = rows.astype(np.int64)
        if rows.ndim != 1 or rows.dtype.kind not in "iu":
            raise UsageError(f"variants are whole numbers in one list; found {rows.dtype} of shape {rows.shape}")
        top = _LARGEST if self.raw is None else self.raw
        if rows.size and (int(rows.min()) < 0 or int(rows.max()) >= top):
            raise UsageError(f"variants are numbered 0 to {top - 1:,}; found {int(rows.min())} to {int(rows.max())}")
        return np.ascontiguousarray(rows, np.int64)

    def _check(self, values: Mapping[str, Array], rows: I64Array, feasible: BoolArray) -> None:
        for path in self.graph.variables:
            value = values.get(path)
            if value is None or path in self.laws.static or value.dtype.kind != "f" or not np.isnan(value).any():
                continue
            bad = np.flatnonzero(np.isnan(value).reshape(rows.size, -1).any(1) & feasible)
            if bad.size:
                line = self.program.definitions[path].span.line
                raise BudgetError(
                    f"line {line}: '{path}' has no value in variant {int(rows[bad[0]])}: with the other variables that "
                    "it depends on, its distribution holds nothing; add a 'require' that keeps it within its bounds"
                )

    def propose(self, indices: I64Array | range | list[int]) -> tuple[Values, BoolArray]:
        """First proposals of variants, valid or not: all variables, and which rows meet the arithmetic constraints."""
        rows = self._rows(indices)
        u = draw_numbers(
            self.plan, self.seed, tuple(self.graph.variables.values()), Proposals(rows, np.zeros(rows.size, np.int64))
        )
        drawn = [p for p in self.graph.variables if p not in self.graph.deferred]
        values = Values(self.laws, rows.size).compute(self.graph.closure(drawn), u)
        mask = np.ones(rows.size, np.bool_)
        for block in self.blocks:
            for stage in block.stages:
                mask &= evaluate(stage.require.expr, values.compute(stage.order, u), rows.size)
        return values, mask

    # ---- grids ---------------------------------------------------------------------------------------------------

    def _grid(self) -> tuple[GridPlan, Grid]:
        if not isinstance(self.plan, GridPlan) or self.plan.grid is None:
            raise UsageError(f"plan '{self.plan.name}' has no rows to count; use --plan grid")
        return self.plan, self.plan.grid

    def count(self, geometry: Geometry | None = None) -> Count:
        """How many combinations the grid has, and how many of them meet the constraints.

        Independent blocks multiply, so only combinations within a block are enumerated, chunk by chunk. With
        ``geometry`` (and constraints for it), rows are placed one by one.

        Raises:
            LimitError: more combinations to enumerate than the plan's cap.
        """
        plan, grid = self._grid()
        raw = self._count(plan, grid, self.graph.tied(grid.uneven, with_geometry=False), None)
        blocks = self.graph.blocks(with_geometry=geometry is not None, more=grid.uneven)
        return Count(raw, self._count(plan, grid, blocks, geometry))

    def _count(self, plan: GridPlan, grid: Grid, blocks: tuple[Block, ...], geometry: Geometry | None) -> int:
        """Rows that meet the constraints of blocks."""
        total, seen = 1, set[str]()
        for block in blocks:
            paths = frozenset(v.path for v in block.variables)
            part = grid.part(paths)
            seen |= paths
            self._affordable(plan, part.rows)
            if total:
                sampler = BlockSampler(self.laws, block, GridPlan(grid=part), self.seed, self.budget, geometry)
                total *= sum(int(np.count_nonzero(sampler.mask(rows))) for rows in part.chunks())
        return total * grid.part(frozenset(grid.axes) - seen).rows

    def _affordable(self, plan: GridPlan, rows: int) -> None:
        if rows > plan.cap:
            sizes = ", ".join(f"{p} ({u.size})" for p, u in self._largest())
            raise LimitError(
                f"the grid has {many(rows)} combinations to go through, more than the limit of {plan.cap:,}; its "
                f"longest axes are {sizes}: use fewer quantiles, larger steps, or --plan random"
            )

    def _largest(self) -> list[tuple[str, F64Array]]:
        return sorted(self._grid()[1].axes.items(), key=lambda item: (-item[1].size, item[0]))[:4]

    def mask(self, indices: I64Array, geometry: Geometry | None = None) -> BoolArray:
        """Which rows of a plan become variants: they meet all constraints, or can be redrawn until they do."""
        return self._mask(indices, geometry)[0]

    def _mask(self, indices: I64Array, geometry: Geometry | None) -> tuple[BoolArray, list[Tally]]:
        ok, tallies = np.ones(indices.size, np.bool_), list[Tally]()
        for block in self.blocks:
            sampler = BlockSampler(self.laws, block, self.plan, self.seed, self.budget, geometry)
            if not self.plan.redraws:
                ok &= sampler.mask(indices)
            elif not self.plan.certain:
                ok &= sampler.possible(indices)
            tallies += sampler.tallies
        return ok, tallies

    def rows(self, geometry: Geometry | None = None, start: int = 0) -> Iterator[I64Array]:
        """Rows of the plan that become variants, in order, a few at first and then many: the indices to :meth:`draw`.

        Args:
            geometry: as in :meth:`draw`.
            start: first row looked at.

        Raises:
            LimitError: a grid larger than the plan's cap.
            BudgetError: a plan of so many rows that they have no end, of which none is feasible; with a table of which
                constraint rejects how much.
        """
        if isinstance(self.plan, GridPlan):
            self._affordable(self.plan, self.raw or 0)
        top = _LARGEST if self.raw is None else self.raw
        barren, at, chunk = list[Tally](), start, _FIRST
        while at < top:
            rows = np.arange(at, min(at + chunk, top))
            at, chunk = at + chunk, min(2 * chunk, _CHUNK)
            if self.plan.certain:
                yield rows
                continue
            ok, tallies = self._mask(rows, geometry)
            barren = [] if ok.any() else _added(barren, tallies)
            if barren and top > _ENDLESS and self._hopeless(barren):
                raise BudgetError(
                    f"no point of the plan '{self.plan.name}' up to number {at:,} meets all constraints\n"
                    f"{table(barren)}\nwiden the ranges, loosen the strictest constraint, or use --plan random"
                )
            yield rows[ok]

    def _hopeless(self, tallies: list[Tally]) -> bool:
        placed = max((t.checked for t in tallies if t.geometric), default=0)
        return placed >= self.budget.geometric or max(t.checked for t in tallies) >= self.budget.attempts


def _added(first: list[Tally], second: list[Tally]) -> list[Tally]:
    """Tallies of the same constraints, added up."""
    return [
        replace(t, checked=t.checked + o.checked, rejected=t.rejected + o.rejected)
        for t, o in zip(first or [replace(t, checked=0, rejected=0) for t in second], second, strict=True)
    ]
