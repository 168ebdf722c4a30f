"""How many vehicles a second the physics moves: drivers who follow and change lanes on a highway."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from simengine.engine.catalogue import libraries
from simengine.engine.simulate import simulation_of
from simengine.engine.variants import Variants
from simengine.engine.variation import geometry_of
from simengine.errors import UsageError
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.physics.simulation import Simulation

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

__all__ = ["PROGRAM", "bench_physics", "highway"]

PROGRAM = """use driving
scenario bench_physics "Sixteen drivers on three lanes, each with a speed of its own":
    world highway(lanes = 3, length = 2 km)
    car last_right on lane(1) at s(20 m):
        speed ~ 20..26 m/s
        controller = driver(set_speed ~ 22..36 m/s, headway ~ 1..1.6 s)
    car right[5] on lane(1) ahead of last_right by ~ 20..50 m:
        speed ~ 20..26 m/s
        controller = driver(set_speed ~ 22..36 m/s, headway ~ 1..1.6 s)
    car last_middle on lane(2) at s(30 m):
        speed ~ 22..28 m/s
        controller = driver(set_speed ~ 22..36 m/s, headway ~ 1..1.6 s)
    car middle[4] on lane(2) ahead of last_middle by ~ 25..60 m:
        speed ~ 22..28 m/s
        controller = driver(set_speed ~ 22..36 m/s, headway ~ 1..1.6 s)
    car last_left on lane(3) at s(40 m):
        speed ~ 24..32 m/s
        controller = driver(set_speed ~ 22..36 m/s, headway ~ 1..1.6 s)
    car left[4] on lane(3) ahead of last_left by ~ 25..60 m:
        speed ~ 24..32 m/s
        controller = driver(set_speed ~ 22..36 m/s, headway ~ 1..1.6 s)
    stop after 10 s
"""
_PEER = """import json, sys, time
import gymnasium, highway_env
env = gymnasium.make("highway-v0", config={"vehicles_count": 15, "lanes_count": 3, "duration": 1e9})
env.reset(seed=0)
road, ticks, rates = env.unwrapped.road, int(sys.argv[1]), []
for _ in range(int(sys.argv[2]) + 1):
    began = time.perf_counter()
    for _ in range(ticks):
        road.act()
        road.step(1.0 / 15.0)
    rates.append(ticks * len(road.vehicles) / (time.perf_counter() - began))
print(json.dumps({"agents": len(road.vehicles), "version": highway_env.__version__, "rates": rates[1:]}))
"""
_WARM_TICKS, _MOST_VARIANTS = 20, 65_536


def highway(first: int, count: int) -> Simulation:
    """The physics of some variants of ``PROGRAM`` before their first tick."""
    (program,) = parse_text(PROGRAM, "bench_physics", libraries=libraries())
    draws = Sampler(program, 0, "random").draw(list(range(first, first + count)), geometry_of(program))
    return simulation_of(Variants.of(draws, libraries()))


def _timed(sim: Simulation, ticks: int, runs: int, gate: Barrier | None) -> list[tuple[float, float, float]]:
    """When each run began and ended, and the processor time in it; all processes begin one together."""
    for _ in range(_WARM_TICKS):
        sim.step()
    marks: list[tuple[float, float, float]] = []
    for _ in range(runs):
        if gate is not None:
            gate.wait()
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(ticks):
            sim.step()
        marks.append((began, time.perf_counter(), time.process_time() - cpu))
    return marks


def _share(first: int, count: int, ticks: int, runs: int, gate: Barrier, answers: Any) -> None:
    """What one process does."""
    answers.put(_timed(highway(first, count), ticks, runs, gate))


def _seconds(variants: int, ticks: int, runs: int, workers: int) -> tuple[float, float]:
    """Wall and processor time of a run of all variants, medians."""
    if workers == 1:
        return _medians([_timed(highway(0, variants), ticks, runs, None)])
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(workers), context.SimpleQueue()
    edges = np.linspace(0, variants, workers + 1).astype(int).tolist()
    crew = [
        context.Process(target=_share, args=(a, b - a, ticks, runs, gate, answers), daemon=True)
        for a, b in pairwise(edges)
    ]
    for process in crew:
        process.start()
    marks = [answers.get() for _ in crew]
    for process in crew:
        process.join()
    return _medians(marks)


def _medians(marks: list[list[tuple[float, float, float]]]) -> tuple[float, float]:
    """Of the marks of each process: from the first that begins to the last that ends, and what all used."""
    together = list(zip(*marks, strict=True))
    wall = statistics.median(max(m[1] for m in run) - min(m[0] for m in run) for run in together)
    return wall, statistics.median(sum(m[2] for m in run) for run in together)


def _peer(python: str | None, runs: int) -> dict[str, Any]:
    """Agent-steps a second of highway-env (MIT), one process, which is all that it has."""
    if python is None and importlib.util.find_spec("highway_env") is None:
        return {"highway_env": "not installed: pip install highway-env, or name an interpreter with --peer-python"}
    command = [python or sys.executable, "-c", _PEER, "100", str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(
            f"highway-env did not run in '{command[0]}': install it there (pip install highway-env), or name another "
            f"interpreter with --peer-python\n{done.stderr.strip()[-400:]}"
        )
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return {
        "highway_env": found["version"], "highway_env_agents": found["agents"],
        "highway_env_agent_steps_per_s": round(statistics.median(found["rates"])),
    }  # fmt: skip


def bench_physics(
    variants: int = 1024, ticks: int = 100, runs: int = 5, workers: int = 2, peer_python: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Advance variants of ``PROGRAM``, shared among processes, and a like highway of highway-env in the same run.

    Only ticks of the physics are timed: no conditions, monitors or records. highway-env's figure is that of its road
    alone (drivers decide, vehicles move, collisions are looked for), without observations and rewards.

    Args:
        variants: of 16 vehicles each.
        ticks: in a run, 10 ms each.
        runs: timed ones.
        workers: processes, which share the variants.
        peer_python: interpreter of an environment with highway-env; None: this one, if it has it.

    Returns:
        ``median_ms`` of a tick of all variants, ``agent_steps_per_s``, the same of smaller batches and for each second
        of processor time (which a busy machine spoils less), highway-env's, and the ratio.
    """
    if not 1 <= workers <= variants <= _MOST_VARIANTS or not 1 <= ticks <= 100_000 or not 1 <= runs <= 1000:
        raise UsageError(
            f"expected 1 to {_MOST_VARIANTS:,} variants, at least as many as workers, 1 to 100,000 ticks and 1 to "
            f"1,000 runs; found {variants} variants, {workers} workers, {ticks} ticks, {runs} runs"
        )
    sizes = sorted({max(workers, variants // 16), max(workers, variants // 4), variants})
    spent = {size: _seconds(size, ticks, runs, workers) for size in sizes}
    rates, cpu_rates = ({str(n): round(16 * n * ticks / s[k]) for n, s in spent.items()} for k in range(2))
    result: dict[str, Any] = {
        "variants": variants, "agents": 16, "workers": workers, "ticks": ticks, "runs": runs,
        "median_ms": round(1e3 * spent[variants][0] / ticks, 3), "agent_steps_per_s": rates[str(variants)],
        "agent_steps_per_s_by_variants": rates, "agent_steps_per_cpu_s_by_variants": cpu_rates,
        **_peer(peer_python, runs),
    }  # fmt: skip
    if "highway_env_agent_steps_per_s" in result:
        result["ratio"] = round(result["agent_steps_per_s"] / result["highway_env_agent_steps_per_s"], 1)
    return result
