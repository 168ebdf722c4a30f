"""How fast variants are drawn, constrained and tabled."""

from __future__ import annotations

import statistics
import time

from simengine.errors import UsageError
from simengine.language.program import Program
from simengine.language.sample import Sampler
from simengine.language.tabled import columns_of

__all__ = ["bench_sample"]


def bench_sample(
    program: Program, n: int = 100_000, runs: int = 5, plan: str = "random"
) -> dict[str, float | int | str]:  # fmt: skip
    """Draws n variants that meet all arithmetic constraints and makes their table, in the units of the text.

    Constraints that need the placed scene are left out. Beside it, the time to draw n proposals of all variables and to
    evaluate the constraints on them, without redrawing and without a table.

    Args:
        program: checked program.
        n: variants a run.
        runs: timed runs, after one that is not.
        plan: words of the plan.

    Returns:
        "median_ms": n proposals drawn and masked; "tabled_ms" and "tabled_cpu_ms": n variants drawn, constrained and
        tabled (wall and processor time, medians), "variants_per_s" of that; "acceptance" (accepted proposals, by
        blocks), and what was measured.
    """
    if not 1 <= n <= 10_000_000 or not 1 <= runs <= 10_000:
        raise UsageError(f"expected 1 to 1e7 variants and 1 to 10,000 runs; found {n} and {runs}")
    times_s: list[float] = []
    cpu_s: list[float] = []
    proposals_ms: list[float] = []
    columns = rejected = variables = 0
    for run in range(runs + 1):
        began, cpu = time.perf_counter(), time.process_time()
        sampler = Sampler(program, run, plan)  # another seed each time, so that nothing can be kept from before
        draws = sampler.draw(_indices(sampler, n))
        columns = len(columns_of(draws))
        times_s.append(time.perf_counter() - began)
        cpu_s.append(time.process_time() - cpu)
        rejected, variables = int(draws.attempts.sum()), len(draws.u)
        began = time.perf_counter()
        sampler.propose(draws.indices)
        proposals_ms.append(1000.0 * (time.perf_counter() - began))
    median = statistics.median(times_s[1:])
    return {
        "program": program.name, "plan": plan, "variants": n, "variables": variables,
        "columns": columns, "constraints": len(program.requires), "runs": runs, "acceptance": n / (n + rejected),
        "tabled_ms": round(1e3 * median, 3), "tabled_cpu_ms": round(1e3 * statistics.median(cpu_s[1:]), 3),
        "variants_per_s": round(n / median), "median_ms": round(statistics.median(proposals_ms[1:]), 3),
    }  # fmt: skip


def _indices(sampler: Sampler, n: int) -> list[int] | range:
    if sampler.plan.certain:
        return range(n)
    found: list[int] = []
    for rows in sampler.rows():
        found += rows.tolist()
        if len(found) >= n:
            break
    return found[:n]
