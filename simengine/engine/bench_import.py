"""How long ``import simengine`` takes, in fresh interpreters."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from simengine.engine.options import within

__all__ = ["bench_import"]

_TIMED = """
import json, sys, time
before, wall, cpu = len(sys.modules), time.perf_counter(), time.process_time()
import {module}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, len(sys.modules) - before]))
"""


def bench_import(runs: int = 21) -> dict[str, Any]:
    """Import the package, and the command line, in a new interpreter each time.

    Args:
        runs: timed interpreters, after one that warms the disk up.

    Returns:
        "median_ms" (wall) and "median_cpu_ms" of ``import simengine``, "cli_median_ms" of the command line's module,
        and how many modules each loads.
    """
    within("--runs", runs, 1, 1000)
    figures = {m: [_once(m) for _ in range(runs + 1)][1:] for m in ("simengine", "simengine.cli.app")}

    def median(module: str, column: int) -> float:
        return round(1e3 * statistics.median(row[column] for row in figures[module]), 2)

    package, cli = "simengine", "simengine.cli.app"
    return {
        "median_ms": median(package, 0), "median_cpu_ms": median(package, 1), "cli_median_ms": median(cli, 0),
        "runs": runs, "modules": int(figures[package][0][2]), "cli_modules": int(figures[cli][0][2]),
    }  # fmt: skip


def _once(module: str) -> list[float]:
    done = subprocess.run([sys.executable, "-c", _TIMED.format(module=module)], capture_output=True, check=True)
    return json.loads(done.stdout)
