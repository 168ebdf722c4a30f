"""How fast the renderer ``diffusion`` is, its base renderer included."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

from simengine.engine.bench import boxes_and_spheres
from simengine.engine.lanes import Lanes
from simengine.engine.options import choose, within
from simengine.render.opening import check_options, open_lanes
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec
from simengine.world.state import WorldState

__all__ = ["bench_neural"]


def bench_neural(
    size_px: int = 256, runs: int = 21, device: str = "auto", settings: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Time images with rgb, made side by side as a run makes them.

    Args:
        size_px: width and height.
        runs: images that are timed, after a warm-up.
        device: "auto", "cpu" or "cuda".
        settings: of the renderer.

    Returns:
        ``median_ms`` (between finished images), ``frames_per_s`` (all images over the wall time), ``latency_ms``
        (median time that one image takes) and what was measured.
    """
    within("--size", size_px, 16, 4096)
    within("--runs", runs, 1, 10_000)
    choose("--device", device, ("auto", "cpu", "cuda"))
    options = RenderOptions(device=device, extra=dict(settings or {}))
    check_options("diffusion", options)
    pose = np.array(BODY_FROM_OPTICAL)
    pose[:3, 3] = (0.0, 0.0, 1.6)
    spec = CameraSpec("front", -1, pose, size_px, size_px, 0.8 * size_px, 0.8 * size_px, size_px / 2, size_px / 2)
    state = WorldState.at_rest(0, 0)
    instants = Instants(state, state, state)
    lanes = Lanes(open_lanes("diffusion", boxes_and_spheres(), options))

    def image(frame: int) -> tuple[float, float]:
        began = perf_counter()
        with lanes.renderer() as renderer:
            renderer.camera(spec, instants, ("rgb",), NoiseKey(0, 0, frame))
        return began, perf_counter()

    try:
        with ThreadPoolExecutor(lanes.count, "frame") as pool:
            list(pool.map(image, range(2 * lanes.count)))
            began = perf_counter()
            spans = list(pool.map(image, range(runs)))
    finally:
        lanes.close()
    ends = sorted(stop for _, stop in spans)
    between = [b - a for a, b in zip([began, *ends], ends, strict=False)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "median_ms": round(1e3 * statistics.median(between), 3),
        "frames_per_s": round(runs / (ends[-1] - began), 3),
        "latency_ms": round(1e3 * statistics.median(stop - start for start, stop in spans), 3),
        "runs": runs, "width_px": size_px, "height_px": size_px, "side_by_side": lanes.count, "cores": cores,
        "device": device, "settings": dict(settings or {}),
    }  # fmt: skip
