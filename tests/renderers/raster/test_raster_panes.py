"""Glass in OpenGL: what is seen through it, and in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")

from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants
from simengine.world.materials import Pane
from tests.renderers.raster.agreement import both
from tests.renderers.simple_scenes import block, camera, scene_of, state_of
from tests.renderers.test_enclosures import OVERCAST
from tests.renderers.test_panes import GLASS, pane

pytestmark = pytest.mark.usefixtures("opengl")
AMBER = replace(GLASS, name="amber", pane=Pane((0.9, 0.6, 0.2), 0.5))
LENS = (-0.2, 0.04, 0.001, -0.002, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("preset", ["preview", "standard"])
@pytest.mark.parametrize("distortion", [(0.0,) * 8, LENS])
def test_panes_before_and_behind_things(preset: str, distortion: tuple[float, ...]) -> None:
    """A block between two tinted panes, a wall behind them and a third pane behind that: the ray tracer's radiance.

    Fog takes light before, between and behind the panes. Both renderers tell the same formulas in float32; pixels at
    edges may see past them (a distorted camera finds faces at four places around its ray), and in ``standard`` those
    shine into the cells around: one in fifty.
    """
    fixed = [
        (block("wall", (0.2, 40.0, 20.0), "building"), tf.translation([14.0, 0.0, 0.0])),
        (block("crate", (1.0, 1.0, 1.5), "building"), tf.translation([7.0, 1.0, 0.0])),
        (pane(), tf.translation([5.0, 0.0, 0.0])),
        (pane(AMBER, 2.0), tf.translation([9.0, 0.0, 0.0])),
        (pane(), tf.translation([16.0, 0.0, 0.0])),
    ]
    scene = scene_of([], fixed, replace(OVERCAST, fog_visibility_m=80.0))
    state = state_of(scene, [])
    spec = replace(camera(96, 64), distortion=distortion)
    ours, truth = both(scene, spec, Instants(state, state), ("radiance", "material"), preset)
    a, b = ours.channels["radiance"], truth.channels["radiance"]
    glass = [m.pane is not None for m in scene.materials]
    assert np.array([*glass, False])[truth.channels["material"]].mean() > 0.5  # the comparison is about something
    assert (np.abs(a / b - 1.0).max(-1) > 2e-3).mean() < 0.02
