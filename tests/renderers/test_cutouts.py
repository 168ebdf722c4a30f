"""Rays go through holes: camera, shadows, LiDAR, silhouettes and paths, with either tracer."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, RenderOptions
from simengine.world.cutouts import cut_rows, holes
from simengine.world.materials import Cutout, Material
from simengine.world.scene import Asset, Entity, Link, Mesh, Part, Scene
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment
from simengine_renderers import raytrace, reference
from tests.renderers.simple_scenes import NOISE, block, camera, lidar, scene_of, state_of

LEAVES = Material("leaves", (0.1, 0.4, 0.1), cutout=Cutout.LEAVES, cutout_m=0.5)
LEAVES_OPEN = 0.32  # share of holes (tests/world/test_cutouts.py)
WALL_M, SCREEN_M = 8.0, 4.0


def screen(material: Material = LEAVES, half_m: float = 6.0) -> Asset:
    """An upright square at x = 0 that faces -x, of two faces with holes and two solid ones above it."""
    y, z = half_m, 2 * half_m
    points = np.array([(0, y, 0), (0, -y, 0), (0, -y, z), (0, y, z), (0, -y, z + 1), (0, y, z + 1)], np.float32)
    faces = np.array([(3, 2, 4), (3, 4, 5), (0, 1, 2), (0, 2, 3)], np.int32)
    mesh = Mesh(f"screen {material.name}", points, faces, np.array([1, 1, 0, 0], np.int32))
    solid = Material("frame", (0.3, 0.3, 0.3))
    entity = Entity("screen", "block", "", CLASS_ID["vegetation"], (0.1, 2 * y, z))
    part = Part(0, 0, 0, np.eye(4), CLASS_ID["vegetation"], "body")
    return Asset(entity, (mesh,), (material, solid), (Link(0, -1, np.eye(4), name="body"),), (part,))


def scene(moving: bool, material: Material = LEAVES) -> Scene:
    wall = block("wall", (0.2, 40.0, 20.0), "building")
    fixed = [(wall, tf.translation([WALL_M, 0.0, 0.0]))]
    if moving:
        return scene_of([screen(material)], fixed, Environment())
    return scene_of([], [*fixed, (screen(material), tf.translation([SCREEN_M, 0.0, 0.0]))], Environment())


def expected(directions: Array, origin: Array) -> Array:
    """Instances by the plane's equation and ``holes``: 0 the wall, 1 the screen (as ``scene_of`` counts them)."""
    asset = screen()
    rows = cut_rows(asset.meshes[0], asset.materials)
    t = (SCREEN_M - origin[0]) / directions[:, 0]
    y, z = (origin + t[:, None] * directions)[:, 1:].T
    # corners of face 2: (6, 0), (-6, 0), (-6, 12); of face 3: (6, 0), (-6, 12), (6, 12)
    a, b = (6.0 - y) / 12.0, z / 12.0
    lower = b <= a
    uv = np.where(lower[:, None], np.stack([a - b, b], -1), np.stack([a, b - a], -1))
    hole = holes(rows[np.where(lower, 2, 3)], uv)
    return np.where(hole, 0, 1)


def rays(width: int, height: int) -> Array:
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    f = width / 2
    d = np.stack([np.full_like(x, f), width / 2 - x, height / 2 - y], -1).reshape(-1, 3)
    return d / np.linalg.norm(d, axis=-1, keepdims=True)


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_camera_sees_what_is_behind_holes(trace: str, moving: bool) -> None:
    world = scene(moving)
    state = state_of(world, [(SCREEN_M, 0.0, 0.0)] if moving else [])
    renderer = raytrace.open_renderer(world, RenderOptions(trace=trace))
    spec = camera(96, 64, height_m=6.0)
    found = renderer.camera(spec, Instants(state, state), ("instance", "depth", "material"), NOISE).channels
    renderer.close()
    want = expected(rays(96, 64), np.array([0.0, 0.0, 6.0]))
    assert (found["instance"].reshape(-1) == want).mean() > 0.998  # float32 at the edge of a leaf
    assert 0.2 < (want == 0).mean() < 0.6
    depth = np.where(found["instance"] == 0, WALL_M - 0.1, SCREEN_M)
    np.testing.assert_allclose(found["depth"], depth, rtol=1e-5)


def test_the_oracle_agrees() -> None:
    world = scene(False)
    spec = camera(48, 32, height_m=6.0)
    images = []
    for library in (raytrace, reference):
        renderer = library.open_renderer(world, RenderOptions())
        state = state_of(world, [])
        images.append(renderer.camera(spec, Instants(state, state), ("instance",), NOISE).channels["instance"])
        renderer.close()
    assert (images[0] == images[1]).mean() > 0.998


def test_lidar_passes() -> None:
    world = scene(False)
    spec = lidar(tuple(np.radians(np.linspace(-10, 10, 16))), columns=720, height_m=6.0)
    state = state_of(world, [])
    renderer = raytrace.open_renderer(world, RenderOptions())
    points = renderer.lidar(spec, Instants(state, state), NOISE).points
    renderer.close()
    ahead = np.abs(np.arctan2(points["xyz"][:, 1], points["xyz"][:, 0])) < 0.6
    d = points["xyz"][ahead] / np.linalg.norm(points["xyz"][ahead], axis=-1, keepdims=True)
    want = expected(d.astype(float), np.array([0.0, 0.0, 6.0]))
    assert len(want) > 1000
    assert (points["instance"][ahead] == want).mean() > 0.995


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_silhouettes_have_holes(trace: str) -> None:
    """The amodal mask of the screen is its own solid part: here nothing is before it, so it equals the visible one."""
    world = scene(True)
    state = state_of(world, [(SCREEN_M, 0.0, 0.0)])
    spec = camera(96, 64, height_m=6.0)
    renderer = raytrace.open_renderer(world, RenderOptions(trace=trace))
    seen = renderer.camera(spec, Instants(state, state), ("instance",), NOISE).channels["instance"]
    (whole,) = renderer.silhouettes(spec, state, {1: (0, 0, 96, 64)})
    renderer.close()
    np.testing.assert_array_equal(whole.mask, seen == 1)


@pytest.mark.parametrize("preset", ["preview", "reference"])
@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_light_falls_through(trace: str, preset: str) -> None:
    """The sun behind the camera: a screen out of its sight shades as much of the wall as it has leaves."""
    sun = Environment(sun_elevation_rad=0.6, sun_azimuth_rad=np.pi)
    wall = block("wall", (0.2, 40.0, 20.0), "building")
    # the screen stands behind the camera; its shadow, two cells of 0.5 m a metre, falls on the wall
    fixed = [(wall, tf.translation([WALL_M, 0.0, 0.0])), (screen(half_m=12.0), tf.translation([-2.0, 0.0, 0.0]))]
    world = scene_of([], fixed, sun)
    state = state_of(world, [])
    spec = camera(64, 48, height_m=6.0)
    chosen = {"preset": preset}
    renderer = raytrace.open_renderer(world, RenderOptions(trace=trace, samples=4, extra=chosen))
    light = renderer.camera(spec, Instants(state, state), ("radiance",), NOISE).channels["radiance"].mean()
    renderer.close()
    solid = Material("leaves", (0.1, 0.4, 0.1))
    bare, shut = (scene_of([], f, sun) for f in (fixed[:1], [fixed[0], (screen(solid, 12.0), fixed[1][1])]))
    outer = []
    for other in (bare, shut):
        renderer = raytrace.open_renderer(other, RenderOptions(trace=trace, samples=4, extra=chosen))
        outer.append(renderer.camera(spec, Instants(state, state), ("radiance",), NOISE).channels["radiance"].mean())
        renderer.close()
    share = (light - outer[1]) / (outer[0] - outer[1])
    assert share == pytest.approx(LEAVES_OPEN, abs=0.06)
