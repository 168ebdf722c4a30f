"""What a run did, gathered variant by variant: counts, verdicts, failures, and what a user should look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, NamedTuple

from simengine.datasets.loose_ends import LooseEndCounts, LooseEnds
from simengine.datasets.variants import VariantRow
from simengine.engine.episode import Outcome

__all__ = ["RunSummary", "Spread"]

_SHOWN = 100
_WORST = {
    "min_ttc [s]": min, "min_pet [s]": min, "min_headway [s]": min, "max_required_deceleration [m/s2]": max,
}  # fmt: skip
"""Results that tell how near to a crash ego came, and which of two is the worse one."""


class Spread(NamedTuple):
    """Of a result over variants: the worst, the median, and how many had it."""

    worst: float
    median: float
    variants: int


@dataclass
class RunSummary:
    """What a run did.

    Attributes:
        kept, discarded, failed, resumed: variants; ``resumed`` of the kept ones were there already.
        infeasible: points (of the plan "points") that meet not every ``require`` or cannot be placed.
        frames: written by this run.
        verdicts: (passed, failed) by text of each ``expect``, over all kept variants.
        titles: what the program says of them, by the same text, where it says something.
        failures: why variants failed, by index; the first hundred.
        overlaps: "kid, parked[2] at 1.23 s" by index of the variants in which entities pass through each other while no
            monitor watches them; the first hundred.
        uncovered: in how many kept variants a coverage item hit no bin, by its name; only items with such variants.
        loose_ends: phases that never started, phases and actions that never ended, and what robots could not do, each
            with the number of kept variants; they are told in the columns ``result.never_started`` and its like.
        left_out: coverage items that the plan "cover" leaves out, with the reason, by name.
        seconds: wall time. stages: seconds by stage, summed over workers.
        digest: of all content.
    """

    kept: int = 0
    discarded: int = 0
    failed: int = 0
    resumed: int = 0
    infeasible: int = 0
    frames: int = 0
    seconds: float = 0.0
    verdicts: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    titles: dict[str, str] = field(default_factory=dict[str, str])
    failures: dict[int, str] = field(default_factory=dict[int, str])
    overlaps: dict[int, str] = field(default_factory=dict[int, str])
    uncovered: dict[str, int] = field(default_factory=dict[str, int])
    loose_ends: LooseEndCounts = field(default_factory=LooseEndCounts)
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    stages: dict[str, float] = field(default_factory=dict[str, float])
    digest: str = ""
    _measured: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        data = asdict(self)
        del data["_measured"]
        return {**data, "measures": {name: one._asdict() for name, one in self.measures().items()}}

    def measures(self) -> dict[str, Spread]:
        """How near to a crash ego came in the kept variants, by the name of the result; only those that had any."""
        return {
            name: Spread(_WORST[name](values), median(values), len(values))
            for name, values in sorted(self._measured.items(), key=lambda item: list(_WORST).index(item[0]))
        }

    def spend(self, outcome: Outcome) -> None:
        """Count the frames and the time of one episode."""
        self.frames += outcome.frames
        for stage, seconds in outcome.stages.items():
            self.stages[stage] = self.stages.get(stage, 0.0) + seconds

    def judge(self, row: VariantRow) -> None:
        """Count the verdicts of a kept variant; note what passes through what, was not covered or did not end in it."""
        for verdict in row.verdicts:
            if verdict.kind == "expect" and verdict.passed is not None:
                passed, failed = self.verdicts.get(verdict.text, (0, 0))
                self.verdicts[verdict.text] = (passed + int(verdict.passed), failed + int(not verdict.passed))
                if verdict.message:
                    self.titles[verdict.text] = verdict.message
        for name in (name for name, label in row.coverage.items() if label is None):
            self.uncovered[name] = self.uncovered.get(name, 0) + 1
        self.loose_ends.add(LooseEnds.of(row.summary))
        for name in _WORST:
            value = row.summary.get(name)
            if isinstance(value, int | float):
                self._measured.setdefault(name, []).append(float(value))
        first = row.summary.get("first_overlap")
        if first and len(self.overlaps) < _SHOWN:
            self.overlaps[row.variant] = f"{first} at {row.summary.get('first_overlap_time [s]')} s"

    def fail(self, row: VariantRow) -> None:
        """Count a variant that failed."""
        self.failed += 1
        if len(self.failures) < _SHOWN:
            self.failures[row.variant] = row.reason
