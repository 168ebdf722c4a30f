"""What a page says of all variants together, gathered row by row in bounded memory."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from simengine.datasets.loose_ends import LooseEndCounts, LooseEnds
from simengine.datasets.variants import Scalar, VariantRow

__all__ = ["MAX_ROWS", "MonitorSummary", "Summary", "margin", "summarise"]

MAX_ROWS = 500
"""Rows shown in the page's table; the rest is in variants.parquet."""


@dataclass
class MonitorSummary:
    """Verdicts of one ``ensure`` or ``expect`` over all variants."""

    kind: str
    text: str
    message: str
    passed: int = 0
    failed: int = 0
    worst: float | None = None
    worst_variant: int = -1
    unit: str = ""

    def add(self, variant: int, passed: bool | None, robustness: float | None) -> None:
        """Count one verdict."""
        self.passed += passed is True
        self.failed += passed is False
        if robustness is not None and not math.isnan(robustness) and (self.worst is None or robustness < self.worst):
            self.worst, self.worst_variant = robustness, variant


@dataclass
class Summary:
    """All variants in short.

    Attributes:
        counts: variants by status.
        frames: frames on disk.
        rows: the first ``MAX_ROWS`` rows.
        monitors: in the order of the program.
        fixed: values that are the same in every variant, by name.
        varying: names of the other values.
        chosen: variants whose pictures are shown: those with the lowest margins, then the first, ascending.
        detailed: the chosen one with the lowest margin and the first ones, for more pictures; at most half of them.
        reasons: why variants were discarded or failed, with counts.
        loose_ends: what did not start, end or succeed, over the kept variants.
        tags: of all variants.
    """

    counts: dict[str, int] = field(default_factory=lambda: {"kept": 0, "discarded": 0, "failed": 0})
    frames: int = 0
    rows: list[VariantRow] = field(default_factory=list[VariantRow])
    monitors: list[MonitorSummary] = field(default_factory=list[MonitorSummary])
    fixed: dict[str, Scalar] = field(default_factory=dict[str, Scalar])
    varying: list[str] = field(default_factory=list[str])
    chosen: list[int] = field(default_factory=list[int])
    detailed: list[int] = field(default_factory=list[int])
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    loose_ends: LooseEndCounts = field(default_factory=LooseEndCounts)
    tags: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        """All variants."""
        return sum(self.counts.values())


def margin(row: VariantRow) -> float:
    """Lowest robustness of the row's ``expect`` verdicts; inf without any."""
    found = [v.robustness for v in row.verdicts if v.kind == "expect" and v.robustness is not None]
    return min((r for r in found if not math.isnan(r)), default=math.inf)


def summarise(rows: Iterable[VariantRow], pictures: int) -> Summary:
    """Go once over all rows.

    Args:
        rows: in the order of variants.
        pictures: how many variants to choose for pictures.
    """
    out = Summary()
    first: dict[str, Scalar] = {}
    varying: set[str] = set()
    weakest: list[tuple[float, int]] = []  # heap of (-margin, -variant): the strongest of the weak is on top
    early: list[int] = []
    for row in rows:
        out.counts[row.status] += 1
        out.frames += row.frames
        if len(out.rows) < MAX_ROWS:
            out.rows.append(row)
        _monitors(out, row)
        _values(row, first, varying, out.total == 1)
        out.tags += [t for t in row.tags if t not in out.tags and len(out.tags) < 40]
        if row.status != "kept":
            reason = row.reason or "no reason given"
            if reason in out.reasons or len(out.reasons) < 20:
                out.reasons[reason] = out.reasons.get(reason, 0) + 1
        else:
            out.loose_ends.add(LooseEnds.of(row.summary))
            heapq.heappush(weakest, (-margin(row), -row.variant))
            if len(weakest) > max(1, pictures // 3):
                heapq.heappop(weakest)
            if len(early) < pictures:
                early.append(row.variant)
    weak = [-v for _, v in sorted(weakest, reverse=True)]
    out.chosen = sorted(list(dict.fromkeys(weak + early))[:pictures])
    out.detailed = list(dict.fromkeys(weak[:1] + out.chosen))[: max(2, pictures // 2)]
    out.varying = [name for name in first if name in varying]
    out.fixed = {name: value for name, value in first.items() if name not in varying}
    return out


def _monitors(out: Summary, row: VariantRow) -> None:
    for i, verdict in enumerate(row.verdicts):
        if i == len(out.monitors):
            out.monitors.append(MonitorSummary(verdict.kind, verdict.text, verdict.message, unit=verdict.unit))
        out.monitors[i].add(row.variant, verdict.passed, verdict.robustness)


def _values(row: VariantRow, first: dict[str, Scalar], varying: set[str], is_first: bool) -> None:
    for name, value in row.values.items():
        if name not in first:
            first[name] = value
            if not is_first:
                varying.add(name)
        elif first[name] != value:
            varying.add(name)
    varying.update(name for name in first if name not in row.values)
