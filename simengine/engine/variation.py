"""Variants of a program in the order of a plan: drawn, placed and simulated, ready to be judged and rendered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import numpy as np

from simengine.arrays import I64Array
from simengine.datasets import VariantRow, Verdict
from simengine.datasets.variants import Scalar, Status
from simengine.engine.catalogue import libraries
from simengine.engine.monitors import margin_unit
from simengine.engine.outside import Controller
from simengine.engine.placement import place
from simengine.engine.scenes import InitialScenes
from simengine.engine.simulate import Run, prepared, simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.errors import (
    LimitError,
    PhysicsError,
    ProgramError,
    SceneError,
    SensorError,
    SimEngineError,
    UsageError,
)
from simengine.language import Program
from simengine.language.coverage import Bins, cover_bins
from simengine.language.plans import Plan
from simengine.language.sample import Sampler
from simengine.language.scenario import Scenario

__all__ = ["VARIANT_ERRORS", "Failed", "Simulated", "Variation", "chosen_indices", "geometry_of"]

VARIANT_ERRORS = (PhysicsError, ProgramError, SceneError, SensorError, LimitError)
"""What can be wrong with one variant and with no other: its values make no scene, sensor, number or affordable run."""


@dataclass(frozen=True)
class Simulated:
    """One variant after its simulation.

    Attributes:
        scenario: the concrete draw.
        trace: what happened.
        verdicts: of all monitors.
        coverage: label of the bin hit by each coverage item; None where its event did not happen.
        tags: of the program.
    """

    scenario: Scenario
    trace: Trace
    verdicts: tuple[Verdict, ...]
    coverage: dict[str, Scalar]
    tags: tuple[str, ...]

    @property
    def index(self) -> int:
        """The variant's index."""
        return self.scenario.index

    @property
    def valid(self) -> bool:
        """Every ``ensure`` held."""
        return self.trace.kept

    @property
    def reason(self) -> str:
        """Which ``ensure`` failed, or ""."""
        failed = [v for v in self.verdicts if v.kind == "ensure" and v.passed is False]
        return "; ".join(f"ensure {v.message or v.text} does not hold" for v in failed)

    def row(self, status: Status) -> VariantRow:
        """Its row of ``variants.parquet``."""
        summary = self.trace.summary
        first = next(iter(summary.overlaps), None)
        figures: dict[str, Scalar] = {
            "duration [s]": summary.duration_s,
            "stop": self.trace.stop_reason,
            "valid": self.valid,
            "top_speed [m/s]": summary.top_speed_mps,
            "min_ttc [s]": _finite(summary.min_ttc_s),
            "max_required_deceleration [m/s2]": summary.max_required_deceleration_mps2,
            "min_pet [s]": _finite(summary.min_pet_s),
            "min_headway [s]": _finite(summary.min_headway_s),
            "off_road_time [s]": summary.off_road_s,
            "min_distance [m]": min(summary.min_distance_m.values(), default=None),
            "collision": summary.collision,
            "collision_time [s]": summary.collision_s,
            "red_light": "; ".join(summary.red_lights) or None,
            "overlaps": len(summary.overlaps),
            "first_overlap": f"{first.first}, {first.second}" if first else None,
            "first_overlap_time [s]": first.time_s if first else None,
            **self.trace.loose_ends.figures(),
        }
        return VariantRow(
            self.index, status, self.scenario.digest, self.scenario.row(), self.verdicts, self.tags, self.coverage,
            figures, self.scenario.attempt, self.reason,
        )  # fmt: skip


@dataclass(frozen=True)
class Failed:
    """A variant that met an error before it was simulated to its end.

    Attributes:
        index: of the variant.
        error: what is wrong with it.
        scenario: its draw, where it could be drawn.
        tags: of the program.
    """

    index: int
    error: SimEngineError
    scenario: Scenario | None
    tags: tuple[str, ...]

    @property
    def reason(self) -> str:
        """What is wrong with it."""
        return str(self.error)

    def row(self) -> VariantRow:
        """Its row of ``variants.parquet``."""
        drawn = self.scenario
        return VariantRow(
            self.index, "failed", drawn.digest if drawn else "", drawn.row() if drawn else {}, (), self.tags,
            attempt=drawn.attempt if drawn else 0, reason=str(self.error),
        )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def geometry_of(program: Program, seed: int = 0) -> InitialScenes:
    """The engine's answers for constraints on the placed scene (sight lines, distances, overlap)."""
    return InitialScenes(program, libraries(), seed)


def chosen_indices(sampler: Sampler, first: int, count: int, geometry: InitialScenes | None) -> I64Array:
    """Indices of variants under the sampler's plan.

    Args:
        sampler: of the program and plan.
        first: random: index of the first variant; finite plans: how many feasible rows are skipped.
        count: how many; 0 for all rows of a finite plan.
    """
    if sampler.raw is None:
        return np.arange(first, first + count)
    chunks: list[I64Array] = []
    have, need = 0, first + count if count else math.inf
    for rows in sampler.rows(geometry):
        chunks.append(rows)
        have += rows.size
        if have >= need:
            break
    rows = np.concatenate(chunks) if chunks else np.zeros(0, np.int64)
    return rows[first : first + count] if count else rows[first:]


class Variation:
    """Draws and simulates variants of one program, seed and plan."""

    def __init__(
        self, program: Program, seed: int, plan: str | Plan, controllers: Mapping[str, Controller] | None = None
    ) -> None:
        self.controllers = controllers
        self.program, self.seed = program, seed
        self.sampler = Sampler(program, seed, plan)
        self.geometry = geometry_of(program, seed)
        self.bins: dict[str, Bins] = cover_bins(program)
        self._units = [margin_unit(m.formula) for m in program.monitors]

    def batches(self, first: int, size: int) -> Iterator[list[int]]:
        """Indices in the order of the plan, ``size`` at a time; endless for the random plan."""
        if self.sampler.raw is None:
            start = first
            while True:
                yield list(range(start, start + size))
                start += size
        skip, rest = first, list[int]()
        for rows in self.sampler.rows(self.geometry):
            rest += rows[skip:].tolist()
            skip = max(0, skip - rows.size)
            while len(rest) >= size:
                yield rest[:size]
                rest = rest[size:]
        if rest:
            yield rest

    def simulate(self, indices: Sequence[int]) -> list[Simulated]:
        """Draw and simulate some variants. A variant comes out the same alone and in any company.

        Raises:
            BudgetError: the constraints reject too much; with a table of which.
        """
        if not indices:
            return []
        draws = self.sampler.draw(list(indices), self.geometry)
        variants = Variants.of(draws, libraries())
        traces = simulate(variants, place(variants), self.controllers)
        return [self._simulated(draws.scenario(k), trace) for k, trace in enumerate(traces)]

    def scenarios(self, indices: Sequence[int]) -> list[Scenario]:
        """The concrete draws of some variants."""
        draws = self.sampler.draw(list(indices), self.geometry)
        return [draws.scenario(k) for k in range(len(indices))]

    def prepared(self, indices: Sequence[int]) -> Run:
        """The simulation of some variants before its first tick."""
        return prepared(Variants.of(self.sampler.draw(list(indices), self.geometry), libraries()))

    def finished(self, indices: Sequence[int], traces: Sequence[Trace]) -> list[Simulated]:
        """What has become of them."""
        draws = self.sampler.draw(list(indices), self.geometry)
        return [self._simulated(draws.scenario(k), trace) for k, trace in enumerate(traces)]

    def attempt(self, indices: Sequence[int]) -> list[Simulated | Failed]:
        """As :meth:`simulate`; but variants that meet an error of their own do not keep the others from running."""
        try:
            return [*self.simulate(indices)]
        except VARIANT_ERRORS as error:
            if len(indices) > 1:
                return [one for index in indices for one in self.attempt([index])]
            return [Failed(indices[0], error, self._drawn(indices[0]), self.program.tags)]

    def _drawn(self, index: int) -> Scenario | None:
        with suppress(SimEngineError):
            return self.sampler.draw([index], self.geometry).scenario(0)
        return None

    def _simulated(self, scenario: Scenario, trace: Trace) -> Simulated:
        verdicts = tuple(
            Verdict(
                v.kind, v.text, v.holds, _finite(v.robustness), v.message,
                None if v.violated_ns is None else v.violated_ns / 1e9, unit,
            )
            for v, unit in zip(trace.verdicts, self._units, strict=True)
        )  # fmt: skip
        coverage = {name: self._bin(name, value) for name, value in trace.covers.items()}
        return Simulated(scenario, trace, verdicts, coverage, self.program.tags)

    def _bin(self, name: str, value: object) -> Scalar:
        if value is None:
            return None
        if isinstance(value, str):
            return value
        bins = self.bins.get(name)
        if bins is None:
            raise UsageError(f"coverage item '{name}' has no bins; was the program checked?")
        index = int(bins.index(np.array([float(cast(float, value))]))[0])
        return bins.label(index) or None
