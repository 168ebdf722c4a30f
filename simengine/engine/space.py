"""A scenario as a function: from numbers in the unit cube to a variant and what its monitors say.

Every random variable has an axis of [0, 1); its law turns the number into a value (0.5 is the median). That is what
optimisers, samplers and sensitivity studies need to look for the worst case without knowing any distribution.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import within, words
from simengine.engine.placement import place
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.engine.variation import Variation
from simengine.errors import UsageError, an, did_you_mean
from simengine.language import Program
from simengine.language.display import column_names
from simengine.language.plans import PointsPlan, axis_names
from simengine.language.sample import Sampler
from simengine.language.scenario import Scenario

__all__ = ["Evaluation", "Space"]

_ELEMENT = re.compile(r"\[\d+\]")

_BATCH = 32


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the monitors say about n points.

    Attributes:
        expects: texts of the ``expect`` statements, m of them.
        robustness: (n, m), margin in SI units of the deciding comparison: negative where it is violated; +-inf where
            only truth values decided, nan where it is undefined or the point is not feasible.
        holds: (n, m), the verdicts; False where the point is not feasible.
        feasible: (n,), which points meet every ``require`` and have no overlapping entities.
        valid: (n,), feasible ones of which every ``ensure`` held.
        scenarios: the drawn values of the feasible points; None for others.
    """

    expects: tuple[str, ...]
    robustness: F64Array
    holds: BoolArray
    feasible: BoolArray
    valid: BoolArray
    scenarios: tuple[Scenario | None, ...]

    def __len__(self) -> int:
        return len(self.feasible)


def _titles(program: Program, streams: Sequence[str]) -> tuple[str, ...]:
    """Axes as tables call them; a stream is a path, with the number of an element in brackets."""
    paths = [_ELEMENT.sub("", s) for s in streams]
    names = column_names(program, [p for p in dict.fromkeys(paths) if p in program.definitions])
    out: list[str] = []
    for stream, path in zip(streams, paths, strict=True):
        array, dot, rest = names.get(path, path).partition(".")
        element = _ELEMENT.search(stream)
        out.append(f"{array}{element[0]}{dot}{rest}" if element else names.get(path, path))
    return tuple(out)


class Space:
    """The unit cube of a scenario, or a part of it.

    Args:
        program: a loaded program, or a name or path for :func:`simengine.load`.
        axes: names of the axes that vary, in this order (``"ego.speed"``, ``"parked[2].model"``); None: all.
        seed: of the run.
        base: the variant under the plan "random" that gives the numbers of all other axes. It is feasible.

    Attributes:
        names: all axes of the program, in its order, called as the columns of tables are ("dart: speed", "L9: wait").
        axes: those that vary.
        base: (len(names),), the numbers of the base variant.

    Raises:
        UsageError: no such axis (with the nearest one), or none at all.
        BudgetError: the base variant finds no draw that meets the constraints.
    """

    def __init__(
        self, program: Program | str | Path, axes: Sequence[str] | None = None, *, seed: int = 0, base: int = 0
    ) -> None:
        self.program = program if isinstance(program, Program) else load(program)
        require_runnable(self.program)
        self.seed = within("seed", seed, 0, 2**63 - 1)
        variation = Variation(self.program, self.seed, "random")
        self._geometry = variation.geometry
        self.names = _titles(self.program, axis_names(variation.sampler.graph))
        self.axes = self._chosen(axes)
        draws = variation.sampler.draw([within("base", base, 0, 2**40)], self._geometry)
        self.base: F64Array = np.concatenate([draws.u[v][0].ravel() for v in variation.sampler.graph.variables])
        self._columns = [self.names.index(a) for a in self.axes]

    def __len__(self) -> int:
        return len(self.axes)

    def _chosen(self, axes: Sequence[str] | None) -> tuple[str, ...]:
        chosen = self.names if axes is None else words("axes", axes)
        for name in chosen:
            if name not in self.names:
                near = did_you_mean(name, self.names)
                hint = f"did you mean '{near}'?" if near else f"choose from {', '.join(self.names) or 'none'}"
                raise UsageError(f"scenario '{self.program.name}' draws no '{name}'; {hint}")
        if len(set(chosen)) != len(chosen) or not chosen:
            raise UsageError(f"a space needs different axes, at least one; found {', '.join(chosen) or 'none'}")
        return chosen

    def points(self, u: Array | Sequence[float] | Sequence[Sequence[float]]) -> F64Array:
        """Points of the whole cube, (n, len(names)): for ``RunOptions(plan="points", points=...)``.

        Args:
            u: (n, len(axes)) or one point (len(axes),), numbers of 0..1 (1 is taken as the largest number below).
        """
        try:
            given = np.atleast_2d(np.asarray(u, np.float64))
        except (TypeError, ValueError):
            raise UsageError(
                f"points of this space are {len(self)} numbers of 0..1 or rows of them; found {an(type(u).__name__)} "
                "of something else"
            ) from None
        if given.ndim != 2 or given.shape[1] != len(self):
            raise UsageError(
                f"points of this space have {len(self)} numbers ({', '.join(self.axes)}); found {given.shape}"
            )
        out = np.tile(self.base, (len(given), 1))
        out[:, self._columns] = given
        return out

    def evaluate(self, u: Array | Sequence[float] | Sequence[Sequence[float]]) -> Evaluation:
        """Draw, place and simulate points, many at a time; nothing is rendered. Arguments as for :meth:`points`.

        A point comes out the same alone and in any company.
        """
        points = self.points(u)
        sampler = Sampler(self.program, self.seed, PointsPlan(points))
        count = len(points)
        feasible = sampler.mask(np.arange(count), self._geometry)
        expects = tuple(m.text for m in self.program.monitors if m.kind == "expect")
        robustness, holds = np.full((count, len(expects)), np.nan), np.zeros((count, len(expects)), np.bool_)
        valid = np.zeros(count, np.bool_)
        found: list[Scenario | None] = [None] * count
        rows = np.flatnonzero(feasible)
        for start in range(0, rows.size, _BATCH):
            some = rows[start : start + _BATCH]
            for row, (scenario, trace) in zip(some.tolist(), _traces(sampler, some), strict=True):
                found[row], valid[row] = scenario, trace.kept
                verdicts = [v for v in trace.verdicts if v.kind == "expect"]
                robustness[row] = [v.robustness for v in verdicts]
                holds[row] = [v.holds for v in verdicts]
        return Evaluation(expects, robustness, holds, feasible, valid, tuple(found))


def _traces(sampler: Sampler, rows: I64Array) -> list[tuple[Scenario, Trace]]:
    """Feasible rows, simulated."""
    draws = sampler.draw(rows)
    variants = Variants.of(draws, libraries())
    traces = simulate(variants, place(variants))
    return [(draws.scenario(k), trace) for k, trace in enumerate(traces)]
