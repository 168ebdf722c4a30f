"""Compiling kernels: said once, silent later, safe in several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simengine.render.protocol import RenderOptions
from simengine_renderers import raytrace

CHILD = """
import hashlib
from simengine.render.protocol import RenderOptions, Instants, NoiseKey
from simengine_renderers import raytrace
raytrace.warm_up(RenderOptions(), lambda text: print("said", text))
from tests.renderers.random_scenes import random_scene
x = random_scene(3)
r = raytrace.open_renderer(x.scene, RenderOptions())
rgb = r.camera(x.camera, Instants(x.now, x.next, x.next), ("rgb", "flow"), NoiseKey(0, 0, 0)).channels
print("digest", hashlib.sha256(rgb["rgb"].tobytes() + rgb["flow"].tobytes()).hexdigest())
"""


def child(cache: Path | None) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    if cache is not None:
        environment["WARP_CACHE_PATH"] = str(cache)
    return subprocess.Popen(
        [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def test_a_second_warm_up_says_nothing() -> None:
    """All modules are loaded after the first, so there is nothing to announce."""
    raytrace.warm_up(RenderOptions())
    said: list[str] = []
    raytrace.warm_up(RenderOptions(), said.append)
    assert said == []


def test_a_new_process_prints_nothing_of_its_own() -> None:
    """A library does not print: only what the child prints itself comes out, and nothing on the error stream."""
    process = child(None)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert err == ""
    assert all(line.startswith(("said compiling ray tracing kernels", "digest ")) for line in out.splitlines()), out


@pytest.mark.slow
def test_two_processes_compile_into_one_empty_cache(tmp_path: Path) -> None:
    """Spawned workers start together on a new machine: both finish, with equal bytes, and the cache serves a third."""
    first = [child(tmp_path) for _ in range(2)]
    results = [p.communicate(timeout=600) for p in first]
    assert [p.returncode for p in first] == [0, 0], results
    third = child(tmp_path)
    results.append(third.communicate(timeout=300))
    assert "said compiling" in results[0][0] + results[1][0] and "said" not in results[2][0]
    digests = {out.splitlines()[-1] for out, _ in results}
    assert len(digests) == 1 and next(iter(digests)).startswith("digest ")
