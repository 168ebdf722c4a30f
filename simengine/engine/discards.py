"""What ``ensure`` rejected in a run so far, when to say so, and when to give up."""

from __future__ import annotations

from collections.abc import Sequence

from simengine.datasets.variants import VariantRow, Verdict
from simengine.language.program import Monitor

__all__ = ["EARLY", "Discards", "most_tries"]

EARLY = 20
"""After so many discarded variants and none kept, a run says so."""

_LEAST_TRIES, _TRIES_PER_VARIANT = 100, 20
_MOST_IN_VAIN = 400  # where one in twenty is kept, one in a thousand million runs of so many keeps none
_SHOWN = 3


def most_tries(wanted: int, kept: int) -> int:
    """After how many simulated variants a run of an endless plan gives up.

    20 for each variant that is wanted, but at least 100; while none is kept at most 400.
    """
    tries = max(_LEAST_TRIES, _TRIES_PER_VARIANT * wanted)
    return tries if kept else min(tries, _MOST_IN_VAIN)


class Discards:
    """Which ``ensure`` rejected how many variants, and how near the nearest of them came.

    Args:
        monitors: of the program.
    """

    def __init__(self, monitors: Sequence[Monitor]) -> None:
        self._monitors = monitors
        self._failed: dict[int, int] = {}
        self._nearest: dict[int, float] = {}
        self._units: dict[int, str] = {}

    def add(self, row: VariantRow) -> None:
        """Count a discarded variant. Its verdicts are in the order of the monitors."""
        for k, verdict in enumerate(row.verdicts):
            if verdict.kind == "ensure" and verdict.passed is False:
                self._failed[k] = self._failed.get(k, 0) + 1
                self._near(k, verdict)

    def _near(self, k: int, verdict: Verdict) -> None:
        if verdict.robustness is not None:
            self._nearest[k] = max(verdict.robustness, self._nearest.get(k, verdict.robustness))
            self._units[k] = verdict.unit

    def told(self) -> str:
        """The strictest first: "ensure eventually ego.speed > 20 m/s (line 9) fails in 20, nearest margin -0.1 m/s"."""
        order = sorted(self._failed, key=lambda k: (-self._failed[k], k))
        left = len(order) - _SHOWN
        more = [f"{left} more"] if left > 0 else []
        return "; ".join([*(self._one(k) for k in order[:_SHOWN]), *more])

    def _one(self, k: int) -> str:
        monitor = self._monitors[k]
        text = f"ensure {monitor.text} ({monitor.span.where}) fails in {self._failed[k]}"
        if k not in self._nearest:
            return text
        return f"{text}, nearest margin {self._nearest[k]:.3g} {self._units[k]}".rstrip()
