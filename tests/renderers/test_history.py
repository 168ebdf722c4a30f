"""What a renderer has done before must not show: with frames side by side, any lane may make any frame."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simengine.render.protocol import CAMERA_CHANNELS, Instants, NoiseKey, RenderOptions
from simengine_renderers import raytrace
from tests.renderers.random_scenes import random_scene

CHANNELS = tuple(CAMERA_CHANNELS)
NOISE = NoiseKey(1, 2, 3)


@pytest.mark.parametrize("seed", [3, 5, 9])
def test_sensors_of_a_resting_carrier_change_nothing_for_others(seed: int) -> None:
    """A carrier that rests (a pole, a parked car) is hidden from its own sensors, so it cannot be a piece of the mesh
    of all that rests for them. A ray that meets the same face in another tree and frame of coordinates comes out some
    1e-7 apart; the other camera's bytes must not tell whether the pole's was read before."""
    x = random_scene(seed, (71, 53))
    resting = [k for k, e in enumerate(x.scene.entities) if e.actor < 0]
    instants = Instants(x.now, x.next, x.next)
    others = [replace(x.camera, name=f"pole {k}", entity=k) for k in resting]
    renderer = raytrace.open_renderer(x.scene, RenderOptions(threads=1))
    alone = renderer.camera(x.camera, instants, CHANNELS, NOISE).channels
    first = [renderer.camera(spec, instants, CHANNELS, NOISE).channels for spec in others]
    after = renderer.camera(x.camera, instants, CHANNELS, NOISE).channels
    again = [renderer.camera(spec, instants, CHANNELS, NOISE).channels for spec in reversed(others)]
    renderer.close()
    for k, (a, b) in enumerate(zip([alone, *first], [after, *reversed(again)], strict=True)):
        for name in CHANNELS:
            assert a[name].tobytes() == b[name].tobytes(), (k, name)
    for entity, image in zip(resting, first, strict=True):
        assert not (image["instance"] == entity).any()
