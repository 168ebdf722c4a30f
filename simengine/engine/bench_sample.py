"""How fast a program's variables are drawn and masked."""

from __future__ import annotations

import statistics
import time

from simengine.errors import UsageError
from simengine.language.program import Program
from simengine.language.sample import Sampler

__all__ = ["bench_sample"]


def bench_sample(program: Program, n: int = 100_000, runs: int = 20) -> dict[str, float | int | str]:
    """Draws n proposals of all variables and evaluates all arithmetic constraints on them.

    Args:
        program: checked program.
        n: proposals a run.
        runs: timed runs, after one that is not.

    Returns:
        "median_ms" and "min_ms" of a run, "proposals_per_s", "acceptance", and what was measured.
    """
    if not 1 <= n <= 100_000_000 or not 1 <= runs <= 10_000:
        raise UsageError(f"expected 1 to 1e8 proposals and 1 to 10,000 runs; found {n} and {runs}")
    sampler = Sampler(program, seed=0)
    accepted = int(sampler.propose(range(n))[1].sum())
    times_ms: list[float] = []
    for run in range(1, runs + 1):
        start = time.perf_counter()
        sampler.propose(range(run * n, (run + 1) * n))  # fresh variants, so that nothing can be kept from before
        times_ms.append(1000.0 * (time.perf_counter() - start))
    median = statistics.median(times_ms)
    return {
        "program": program.name, "proposals": n, "variables": len(sampler.graph.variables),
        "constraints": len(program.requires), "runs": runs, "acceptance": accepted / n, "median_ms": median,
        "min_ms": min(times_ms), "proposals_per_s": 1000.0 * n / median,
    }  # fmt: skip
