"""What ``ensure`` rejected in a run so far, when to say so, and when to give up."""

from __future__ import annotations

from collections.abc import Sequence

from simengine.datasets.variants import Scalar, VariantRow, Verdict
from simengine.language.program import Monitor

__all__ = ["EARLY", "Discards", "most_tries"]

EARLY = 20
"""After so many discarded variants and none kept, a run says so."""

_LEAST_TRIES, _TRIES_PER_VARIANT = 100, 20
_MOST_IN_VAIN = 400  # where one in twenty is kept, one in a thousand million runs of so many keeps none
_SHOWN = 3
_TICK_S = 0.01


def most_tries(wanted: int, kept: int) -> int:
    """After how many simulated variants a run of an endless plan gives up.

    20 for each variant that is wanted, but at least 100; while none is kept at most 400.
    """
    tries = max(_LEAST_TRIES, _TRIES_PER_VARIANT * wanted)
    return tries if kept else min(tries, _MOST_IN_VAIN)


class Discards:
    """Which ``ensure`` rejected how many variants, how near the nearest of them came, and when it was lost.

    Args:
        monitors: of the program.
    """

    def __init__(self, monitors: Sequence[Monitor]) -> None:
        self._monitors = monitors
        self._failed: dict[int, int] = {}
        self._nearest: dict[int, float] = {}
        self._units: dict[int, str] = {}
        self._broken_s: dict[int, list[float]] = {}  # when it could no longer hold, of those that broke it on the way
        self._ended_s: dict[int, list[float]] = {}  # how long the others were

    def add(self, row: VariantRow) -> None:
        """Count a discarded variant. Its verdicts are in the order of the monitors."""
        for k, verdict in enumerate(row.verdicts):
            if verdict.kind == "ensure" and verdict.passed is False:
                self._failed[k] = self._failed.get(k, 0) + 1
                self._near(k, verdict)
                self._when(k, verdict, row.summary.get("duration [s]"))

    def _near(self, k: int, verdict: Verdict) -> None:
        if verdict.robustness is not None:
            self._nearest[k] = max(verdict.robustness, self._nearest.get(k, verdict.robustness))
            self._units[k] = verdict.unit

    def _when(self, k: int, verdict: Verdict, duration_s: Scalar) -> None:
        at, ended = verdict.violated_at_s, duration_s
        if at is None or not isinstance(ended, int | float):
            return
        times, value = (self._broken_s, at) if at < ended - _TICK_S else (self._ended_s, float(ended))
        first, last = times.get(k, [value, value])
        times[k] = [min(first, value), max(last, value)]

    def told(self) -> str:
        """The strictest first: "ensure eventually ego.speed > 20 m/s (line 9) fails in 20, nearest margin -0.1 m/s,
        runs ended at 8.2..10 s before it held"."""
        order = sorted(self._failed, key=lambda k: (-self._failed[k], k))
        left = len(order) - _SHOWN
        more = [f"{left} more"] if left > 0 else []
        return "; ".join([*(self._one(k) for k in order[:_SHOWN]), *more])

    def _one(self, k: int) -> str:
        monitor = self._monitors[k]
        text = f"ensure {monitor.text} ({monitor.span.where}) fails in {self._failed[k]}"
        if k in self._nearest:
            text = f"{text}, nearest margin {self._nearest[k]:.3g} {self._units[k]}".rstrip()
        if k in self._broken_s:
            text += f", broken at {_range(self._broken_s[k])}"
        if k in self._ended_s:
            text += f", runs ended at {_range(self._ended_s[k])} before it held"
        return text


def _range(times: list[float]) -> str:
    """ "10 s", "8.2..10 s"."""
    shown = [f"{t:.4g}" for t in times]
    return f"{shown[0]} s" if shown[0] == shown[1] else f"{shown[0]}..{shown[1]} s"
