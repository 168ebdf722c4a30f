"""Patterns of the raster renderer: its albedo is the ray tracer's, whatever the pattern."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")

from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants
from simengine.world.materials import Material, Pattern
from tests.renderers.raster.agreement import both
from tests.renderers.simple_scenes import block, camera, scene_of, state_of

pytestmark = pytest.mark.usefixtures("opengl")


def test_every_pattern_has_the_ray_tracers_albedo() -> None:
    """Both draw from one table; what differs is where a ray falls within float32 of an edge of a piece or a cell."""
    size, columns = 0.9, 5
    things = []
    for k, pattern in enumerate(Pattern):
        material = Material(f"m{k}", (0.5, 0.4, 0.3), pattern=pattern, pattern_scale_m=0.5)
        at = [3.0, (k % columns - 2) * 1.0, (k // columns) * 1.0]
        things.append((block(f"b{k}", (0.3, size, size), "building", material), tf.translation(at)))
    scene = scene_of([], things)
    state = state_of(scene, [])
    ours, truth = both(scene, camera(320, 240, height_m=2.0), Instants(state, state), ("albedo", "part"))
    same = ours.channels["part"] == truth.channels["part"]
    assert same.mean() > 0.99
    assert len(np.unique(truth.channels["part"])) >= len(Pattern)
    off = np.abs(np.asarray(ours.channels["albedo"]) - np.asarray(truth.channels["albedo"])).max(-1)[same]
    assert (off < 2e-3).mean() > 0.995
