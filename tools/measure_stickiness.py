"""How still the network's pictures stand on things: warp error between frames, anchored against independent noise.

The warp error is the mean difference (0..255) between a pixel and the place where exact optical flow says it is in the
next frame, over pixels that are seen in both. What the base renderer's own picture has of it is aliasing.

usage: python tools/measure_stickiness.py [SCENARIO] [FOLDER_OF_A_MODEL]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from simengine import episodes
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec

SIZE_PX, PAIRS, START_S, STEP_S = 256, 3, 1.0, 0.1


def warp_error(first: np.ndarray, second: np.ndarray, channels: dict, later: dict) -> float:
    """Mean absolute difference of pixels that flow joins."""
    y, x = np.indices(first.shape[:2], np.float32)
    to = np.nan_to_num(channels["flow"], nan=1e6).astype(np.float32)
    u, v = x + to[..., 0], y + to[..., 1]
    moved = cv2.remap(second.astype(np.float32), u, v, cv2.INTER_LINEAR)
    part = cv2.remap(later["part"].astype(np.float32), u, v, cv2.INTER_NEAREST, borderValue=-9)
    seen = (u >= 0) & (v >= 0) & (u <= SIZE_PX - 1) & (v <= SIZE_PX - 1) & (part == channels["part"])
    return float(np.abs(moved - first.astype(np.float32))[seen].mean())


def main() -> None:
    scenario = sys.argv[1] if len(sys.argv) > 1 else "ccrm"
    model = {"model": sys.argv[2]} if len(sys.argv) > 2 else {}
    episode = next(iter(episodes(scenario, 1, seed=1_000_003)))
    camera = next(s for s in episode.sensors.values() if isinstance(s, CameraSpec))
    share = SIZE_PX / camera.width_px
    spec = replace(
        camera, width_px=SIZE_PX, height_px=SIZE_PX, fx_px=camera.fx_px * share, fy_px=camera.fy_px * share,
        cx_px=SIZE_PX / 2, cy_px=SIZE_PX / 2, samples=1,
    )  # fmt: skip
    states = episode.trace.on(episode.scene)
    times = [round((START_S + k * STEP_S) * 1e9) for k in range(PAIRS + 2)]
    all_settings = [("raytrace", {})] + [
        ("diffusion", {**model, "steps": steps, "noise": noise}) for steps in "124" for noise in ("anchored", "iid")
    ]
    for renderer, settings in all_settings:
        opened = open_renderer(renderer, episode.scene, RenderOptions("cpu", 1, 1, extra=settings))
        readings = []
        for k in range(PAIRS + 1):
            here, there = states.state_at(times[k]), states.state_at(times[k + 1])
            readings.append(
                opened.camera(spec, Instants(here, there, there), ("rgb", "flow", "part"), NoiseKey(1, 0, k))
            )
        opened.close()
        errors = [
            warp_error(a.channels["rgb"], b.channels["rgb"], a.channels, b.channels) for a, b in pairwise(readings)
        ]
        print(f"{renderer} {settings.get('steps', '')} {settings.get('noise', '')}: {np.mean(errors):.3f}", flush=True)


if __name__ == "__main__":
    main()
