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


@pytest.mark.parametrize("seed", [13, 14])
def test_every_carrier_sees_the_world(seed: int) -> None:
    """Each carrier hides itself by a bit of the rays' masks, and all else has every bit: a camera sees the same bytes
    as the first of its renderer and as the last of several on different carriers."""
    x = random_scene(seed, (71, 53))
    instants = Instants(x.now, x.next, x.next)
    movers = [k for k, e in enumerate(x.scene.entities) if e.actor >= 0]
    cameras = [replace(x.camera, name=f"on {k}", entity=k) for k in movers][:3]
    together = raytrace.open_renderer(x.scene, RenderOptions(threads=1))
    seen = [together.camera(spec, instants, CHANNELS, NOISE).channels for spec in cameras]
    together.close()
    assert len(cameras) > 1 and all((image["instance"] >= 0).any() for image in seen)
    for spec, image in zip(cameras, seen, strict=True):
        alone = raytrace.open_renderer(x.scene, RenderOptions(threads=1))
        own = alone.camera(spec, instants, CHANNELS, NOISE).channels
        alone.close()
        assert all(image[name].tobytes() == own[name].tobytes() for name in CHANNELS), spec.name


@pytest.mark.parametrize("seed", [2, 6])
def test_cameras_of_one_size_share_room_and_nothing_else(seed: int) -> None:
    """Cameras take their images in the same arrays, one after another: bytes are those of a renderer of their own."""
    x = random_scene(seed, (71, 53))
    instants = Instants(x.now, x.next, x.next)
    straight = replace(x.camera, distortion=(0.0,) * 8)
    cameras = [
        straight, replace(straight, name="wide", fx_px=40.0, fy_px=40.0),
        replace(straight, name="fine", samples=4), replace(straight, name="bent", distortion=(-0.1, *(0.0,) * 7)),
    ]  # fmt: skip
    together = raytrace.open_renderer(x.scene, RenderOptions(threads=1))
    seen = [together.camera(spec, instants, CHANNELS, NOISE).channels for spec in (*cameras, *cameras)]
    together.close()
    for k, spec in enumerate(cameras):
        alone = raytrace.open_renderer(x.scene, RenderOptions(threads=1))
        own = alone.camera(spec, instants, CHANNELS, NOISE).channels
        alone.close()
        for image in (seen[k], seen[k + len(cameras)]):
            assert all(image[name].tobytes() == own[name].tobytes() for name in CHANNELS), spec.name
