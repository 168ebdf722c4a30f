"""No memory is kept from frame to frame, nor from renderer to renderer."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")

from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine_renderers import raster
from tests.renderers.random_scenes import random_scene
from tests.renderers.raster.agreement import LABELS

pytestmark = pytest.mark.usefixtures("opengl")
WARM = 60
LEAK_BYTES = 3_000_000  # one 64 x 48 image with its channels is 150 kB: 300 of them would be 45 MB


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize("frames", [300, pytest.param(2000, marks=pytest.mark.slow)])
def test_frames_leave_nothing_behind(frames: int) -> None:
    """Resident memory after many frames with every channel, shadows and silhouettes, less that after 60 frames.

    The bound is a fifteenth of what 300 frames that leak one image each would leave, and is the same for 2,000.
    """
    if not Path("/proc/self/statm").exists():
        pytest.skip("resident memory is read from /proc")
    x = random_scene(4, (64, 48))
    renderer = raster.open_renderer(x.scene, RenderOptions())
    before = 0
    for k in range(frames + WARM):
        if k == WARM:
            before = resident_bytes()
        state = replace(x.now, position_m=x.now.position_m + 0.01 * (k % 50))
        renderer.camera(x.camera, Instants(state, x.next, x.next), (*LABELS, "rgb"), NoiseKey(0, 0, k))
        if k % 10 == 0:
            renderer.silhouettes(x.camera, state, {0: (0, 0, 40, 40)})
    grown = resident_bytes() - before
    renderer.close()
    assert grown < LEAK_BYTES


def test_closing_gives_everything_back() -> None:
    """Renderers opened and closed in turn, as a run does for its episodes: shadow maps alone are 100 MB each.

    The driver frees some of it a little later, half a map (50 MB) at a time, so the least of each half of the rounds is
    compared, and one map more is allowed: five renderers that are not freed would leave 500 MB.
    """
    if not Path("/proc/self/statm").exists():
        pytest.skip("resident memory is read from /proc")
    x = random_scene(4)
    used: list[int] = []
    for _ in range(10):
        renderer = raster.open_renderer(x.scene, RenderOptions())
        renderer.camera(x.camera, Instants(x.now, x.next), ("rgb", "depth"), NoiseKey(0, 0, 0))
        renderer.close()
        used.append(resident_bytes())
    assert min(used[5:]) - min(used[:5]) < 120_000_000
