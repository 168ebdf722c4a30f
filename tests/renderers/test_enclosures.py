"""Sky light, air and rain inside of enclosures, in images."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.builder import SceneBuilder
from simengine.world.enclosure import Enclosure, taken
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Mesh, Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_renderers import raytrace

FLOOR = Material("floor", (0.5, 0.5, 0.5), 1.0)
OVERCAST = Environment(math.radians(40.0), cloud=1.0)
"""No sun: all light is the sky's."""
LENGTH_M = 80.0


def enclosure(light: float = 0.0) -> Enclosure:
    """A bore along a line that turns a little, from x = 0 on; without walls, so that nothing else darkens."""
    axis = np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 0.0], [80.0, 3.0, 0.0]])
    return Enclosure(axis, 5.0, 6.0, 50.0, np.full((3, 3), light))


def floor_scene(environment: Environment, *enclosures: Enclosure) -> Scene:
    """A level plane."""
    far = 500.0
    corners = np.array([[-far, -far, 0], [far, -far, 0], [far, far, 0], [-far, far, 0]], np.float32)
    mesh = Mesh("floor", corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.zeros(2, np.int32))
    builder = SceneBuilder(environment)
    builder.add_static(Entity("floor", "floor", "floor", 1, (far, far, 0.0)), [(mesh, (FLOOR,), None)])
    for one in enclosures:
        builder.enclose(one)
    return builder.build(LaneGraph())


def radiance(
    scene: Scene, spec: CameraSpec, trace: str = "auto", preset: str = "preview"
) -> tuple[F64Array, F64Array]:  # fmt: skip
    """Light (H, W, 3) and points on the floor (H, W, 3). No rays of ``preview`` look for walls: there are none."""
    options = RenderOptions(device="cpu", trace=trace, threads=1, extra={"preset": preset, "edges": "plain"})
    renderer = raytrace.open_renderer(scene, options)
    state = WorldState.at_rest(0, 0)
    reading = renderer.camera(spec, Instants(state, state), ("radiance", "position"), NoiseKey(0, 0, 0))
    renderer.close()
    return reading.channels["radiance"].astype(np.float64), reading.channels["position"].astype(np.float64)


def above(x_m: float, high_m: float = 30.0, size: int = 96) -> CameraSpec:
    """A camera that looks straight down, 86 degrees wide."""
    pose = tf.translation([x_m, 0.0, high_m])
    pose[:3, :3] = np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    ahead = CameraSpec.from_fov("top", -1, (0.0, 0.0, 0.0), (size, size), 1.5, period_ns=100_000_000)
    return replace(ahead, entity_from_camera=pose, samples=1)


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_a_floor_gets_what_is_not_taken(trace: str) -> None:
    """A matt floor under an overcast sky: its radiance against that outdoors is the share of light that is left, and
    the kernels' share is that of ``taken``, which NumPy computes in float64."""
    bare, _ = radiance(floor_scene(OVERCAST), above(20.0), trace)
    dim, points = radiance(floor_scene(OVERCAST, enclosure()), above(20.0), trace)
    share = taken((enclosure(),), points, (0.0, 0.0, 1.0))
    np.testing.assert_allclose(dim / bare, np.broadcast_to(1.0 - share[..., None], dim.shape), atol=2e-4)
    assert share.max() > 0.97
    assert share.min() < 0.01


def test_light_of_the_walls_takes_the_place_of_the_sky() -> None:
    """Of albedo 0.5 under an illuminance of 0.02 (times the share taken), with what is left of the sky's."""
    bare, _ = radiance(floor_scene(OVERCAST), above(20.0))
    lit, points = radiance(floor_scene(OVERCAST, enclosure(0.02)), above(20.0))
    share = taken((enclosure(0.02),), points, (0.0, 0.0, 1.0))[..., None]
    np.testing.assert_allclose(lit, bare * (1.0 - share) + 0.5 * 0.02 * share, rtol=1e-3, atol=1e-5)


def test_rays_change_nothing_where_half_of_the_sky_is_taken() -> None:
    """Where an enclosure takes half or more, its light counts and not that of rays (which here meet no walls and would
    find open sky): the bytes are those of ``preview``. Outdoors they are too, as nothing stands there."""
    scene, spec = floor_scene(OVERCAST, enclosure(0.02)), above(20.0)
    quick, points = radiance(scene, spec)
    full, _ = radiance(scene, spec, preset="standard")
    share = taken((enclosure(0.02),), points, (0.0, 0.0, 1.0))
    inside, outdoors = share > 0.501, share < 1e-9
    assert inside.sum() > 500
    assert outdoors.sum() > 500
    np.testing.assert_array_equal(full[inside | outdoors], quick[inside | outdoors])


def test_fog_in_the_dark_does_not_shine() -> None:
    """Light that the air sends from inside to inside is gone with the sky's: what is left is below a fiftieth."""
    environment = Environment(math.radians(40.0), cloud=1.0, fog_visibility_m=60.0)
    spec = above(40.0, 3.0, 16)
    bare, _ = radiance(floor_scene(environment), spec)
    dark, _ = radiance(floor_scene(environment, enclosure()), spec)
    assert float(dark.max()) < 0.03 * float(bare.min())
