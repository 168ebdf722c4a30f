"""Holes in the raster renderer: what is drawn, its shadow, and its silhouette are the ray tracer's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")

from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants
from simengine.world.materials import Cutout, Material
from simengine.world.weather import Environment
from tests.renderers.raster.agreement import both
from tests.renderers.simple_scenes import block, camera, scene_of, state_of
from tests.renderers.test_cutouts import screen

pytestmark = pytest.mark.usefixtures("opengl")
BARREL = (-0.2, 0.04, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("kind", [Cutout.LEAVES, Cutout.NEEDLES, Cutout.CHAIN_LINK, Cutout.TWIGS])
@pytest.mark.parametrize("distortion", [(0.0,) * 8, BARREL])
def test_holes_are_the_ray_tracers(kind: Cutout, distortion: tuple[float, ...]) -> None:
    """Part, depth and light agree but for pixels whose ray passes within 1/256 pixel of the edge of a hole.

    Through a distorted lens a ray lies between four centres of the image that is drawn: there thin wires get lost.
    """
    sun = Environment(sun_elevation_rad=0.9, sun_azimuth_rad=np.pi)
    material = Material("pierced", (0.1, 0.4, 0.1), cutout=kind, cutout_m=0.7)
    fixed = [
        (block("wall", (0.2, 40.0, 20.0), "building"), tf.translation([8.0, 0.0, 0.0])),
        (screen(material), tf.translation([4.0, 0.0, 0.0])),
    ]
    world = scene_of([], fixed, sun)
    state = state_of(world, [])
    spec = replace(camera(120, 80, height_m=6.0), distortion=distortion)
    ours, truth = both(world, spec, Instants(state, state), ("instance", "depth", "rgb"))
    same = ours.channels["instance"] == truth.channels["instance"]
    assert same.mean() > (0.97 if any(distortion) else 0.997)
    np.testing.assert_allclose(ours.channels["depth"][same], truth.channels["depth"][same], rtol=1e-4)
    light = np.corrcoef(ours.channels["rgb"].reshape(-1), truth.channels["rgb"].reshape(-1))[0, 1]
    assert light > 0.85  # shadow maps blur the edges of the light that falls through
