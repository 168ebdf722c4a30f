"""The reference renderer against pencil and paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import CAMERA_CHANNELS, POINT_FIELDS, Instants, RenderOptions
from simengine.sensors import projection
from simengine.world.materials import Material
from simengine.world.weather import Environment
from simengine_renderers import reference
from tests.renderers.random_scenes import random_rotation
from tests.renderers.simple_scenes import NOISE, block, camera, lidar, look, moved, scene_of, state_of

LENS = (-0.1, 0.02, 0.002, -0.001, 0.0, 0.0, 0.0, 0.0)


def slab_depth(rays: np.ndarray, low: np.ndarray, high: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Range to an axis-aligned box by the slab method: an analytic oracle that knows no triangles."""
    with np.errstate(divide="ignore"):
        a, b = (low - origin) / rays, (high - origin) / rays
    enter, leave = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
    return np.where((enter <= leave) & (enter > 0), enter, np.inf)


@pytest.mark.parametrize("lens", [(0.0,) * 8, LENS])
def test_ranges_of_turned_boxes_equal_the_slab_method(lens: tuple[float, ...]) -> None:
    """In the box's own frame the box is three slabs: range to 1e-6, for 20 random poses."""
    rng = np.random.default_rng(0)
    spec = camera(lens=lens)
    rays = tf.rotate(spec.entity_from_camera, projection.rays(spec))
    size = np.array([1.0, 2.0, 1.5])
    scene = scene_of([block("a", (1.0, 2.0, 1.5))])
    for _ in range(20):
        state = state_of(scene, [(rng.uniform(2, 6), rng.uniform(-2, 2), rng.uniform(0, 1.5))])
        state.orientation[0] = random_rotation(rng)
        got = look(scene, spec, state, ["range", "instance"]).channels
        local = tf.inverse(scene.part_transforms(state)[0])
        origin = tf.apply(local, np.array([0.0, 0.0, 1.0]))
        expected = slab_depth(tf.rotate(local, rays), -size / 2, size / 2, origin)
        edge = np.isfinite(expected) != np.isfinite(got["range"])
        assert edge.sum() <= 1  # a ray that meets an edge to 1e-12
        np.testing.assert_allclose(got["range"][~edge], expected[~edge], rtol=1e-6)
        np.testing.assert_array_equal(got["instance"][~edge], np.where(np.isfinite(expected), 0, -1)[~edge])


def test_ground_by_hand() -> None:
    """Camera 1 m above a plane: a ray that falls s metres a metre ahead meets it at the depth 1 / s."""
    ground = block("ground", (200.0, 200.0, 2.0), "road")
    scene = scene_of(fixed=[(ground, tf.translation([0.0, 0.0, -2.0]))])
    got = look(scene, camera(), state_of(scene, []), list(CAMERA_CHANNELS)).channels
    slope = (np.arange(48) + 0.5 - 24.0) / 32.0
    np.testing.assert_allclose(got["depth"][30:, 10], 1.0 / slope[30:], rtol=1e-6)
    assert np.isinf(got["depth"][:24]).all() and (got["semantic"][:24] == 0).all() and (got["part"][:24] == -1).all()
    np.testing.assert_allclose(got["normal"][40, 20], [0.0, -1.0, 0.0], atol=1e-7)  # up is -y in optical axes
    assert set(got) == set(CAMERA_CHANNELS)
    assert got["flow"][40, 20] == pytest.approx([0.0, 0.0], abs=1e-4)
    assert got["flow"][2, 2] == pytest.approx([0.0, 0.0], abs=1e-4)  # the sky stands still too


def test_flow_by_hand() -> None:
    """A wall at depth 4 that moves 0.5 m to the left and 1 m closer: u' = f (x + 0.5 left) / 3 by similar triangles."""
    wall = block("wall", (0.2, 40.0, 20.0))
    scene = scene_of([wall])
    state = state_of(scene, [(4.1, 0.0, -5.0)])
    got = look(scene, camera(), state, ["flow", "depth"], moved(state, [(-1.0, 0.5, 0.0)])).channels
    centre = projection.pixel_centres(camera())
    right = (centre[..., 0] - 32.0) / 32.0 * 4.0
    down = (centre[..., 1] - 24.0) / 32.0 * 4.0
    np.testing.assert_allclose(got["depth"], 4.0, rtol=1e-6)
    np.testing.assert_allclose(got["flow"][..., 0], (right - 0.5) / 3.0 * 32.0 + 32.0 - centre[..., 0], atol=1e-4)
    np.testing.assert_allclose(got["flow"][..., 1], down / 3.0 * 32.0 + 24.0 - centre[..., 1], atol=1e-4)


def test_sky_flow_is_the_rotation_alone() -> None:
    """A camera that turns left by 0.1 rad moves the infinitely far sky right: the axis pixel by f tan(0.1)."""
    carrier = block("ego", (0.1, 0.1, 0.1))
    scene = scene_of([carrier])
    state = state_of(scene, [(0.0, 0.0, 0.0)])
    later = state_of(scene, [(3.0, 1.0, 0.0)], [0.1])
    got = look(scene, camera(65, 49, entity=0), state, ["flow"], later).channels["flow"]
    f = 32.5
    assert got[24, 32] == pytest.approx([f * math.tan(0.1), 0.0], abs=1e-4)


def test_carrier_is_not_seen_but_casts_a_shadow() -> None:
    """The camera sits inside its carrier, high above: it sees the ground, and the carrier's shadow straight below."""
    ground = block("ground", (200.0, 200.0, 2.0), "road")
    environment = Environment(sun_elevation_rad=math.radians(90.0))
    scene = scene_of([block("ego", (4.0, 4.0, 1.0))], [(ground, tf.translation([0.0, 0.0, -2.0]))], environment)
    spec = camera(entity=1, height_m=0.5)
    got = look(scene, spec, state_of(scene, [(0.0, 0.0, 0.0)]), ["instance", "rgb"]).channels
    assert set(np.unique(got["instance"])) == {-1, 0}
    lit, dark = got["rgb"][28, 32], got["rgb"][46, 32]  # 3.6 m ahead, and 0.7 m ahead, below the carrier
    assert lit[0] > dark[0] + 60


def test_absent_actor_is_not_there() -> None:
    """valid False: neither seen nor in the way of what is behind."""
    scene = scene_of([block("near", (1.0, 1.0, 3.0)), block("far", (1.0, 4.0, 3.0))])
    state = state_of(scene, [(3.0, 0.0, 0.0), (6.0, 0.0, 0.0)])
    state.valid[0] = False
    assert set(np.unique(look(scene, camera(), state, ["instance"]).channels["instance"])) == {-1, 1}


def test_silhouette_ignores_what_is_in_front() -> None:
    """The far block's amodal mask in its window equals its instance mask when it is alone."""
    scene = scene_of([block("near", (1.0, 1.0, 3.0)), block("far", (1.0, 4.0, 1.5))])
    state = state_of(scene, [(3.0, 0.0, 0.0), (6.0, 0.0, 0.0)])
    mask = reference.open_renderer(scene, RenderOptions()).silhouettes(camera(), state, {1: (10, 5, 60, 40)})[0]
    state.valid[0] = False
    alone = look(scene, camera(), state, ["instance"]).channels["instance"] == 1
    assert (mask.entity, mask.x0, mask.y0, mask.mask.shape) == (1, 10, 5, (35, 50))
    np.testing.assert_array_equal(mask.mask, alone[5:40, 10:60])
    assert mask.mask.sum() > 100


def test_unknown_channel_and_missing_next_state_are_refused() -> None:
    """The message names the nearest channel, and what flow needs."""
    scene = scene_of([block("a", (1.0, 1.0, 1.0))])
    state = state_of(scene, [(3.0, 0.0, 0.0)])
    renderer = reference.open_renderer(scene, RenderOptions())
    with pytest.raises(UsageError, match="did you mean 'depth'"):
        renderer.camera(camera(), Instants(state, state), ["dpeth"], NOISE)
    with pytest.raises(UsageError, match="next"):
        renderer.camera(camera(), Instants(state, state), ["flow"], NOISE)


def test_lidar_in_a_room_by_hand() -> None:
    """Inside a hollow 20 m x 12 m room every level beam meets a wall: range = min(10 / |cos|, 6 / |sin|)."""
    scene = scene_of(fixed=[(block("room", (20.0, 12.0, 6.0), "building"), tf.translation([0.0, 0.0, 0.0]))])
    renderer = reference.open_renderer(scene, RenderOptions())
    state = state_of(scene, [])
    points = renderer.lidar(lidar(columns=64), Instants(state, state), NOISE).points
    azimuth = -np.pi + 2 * np.pi * np.arange(64) / 64
    with np.errstate(divide="ignore"):
        expected = np.minimum(10.0 / np.abs(np.cos(azimuth)), 6.0 / np.abs(np.sin(azimuth)))
    np.testing.assert_allclose(points["range"], expected, rtol=1e-6)
    np.testing.assert_array_equal(points["column"], np.arange(64))
    np.testing.assert_array_equal(points["time_offset_ns"], np.arange(64) * 100_000_000 // 64)
    assert set(points) == set(POINT_FIELDS)
    ahead = int(np.argmin(np.abs(azimuth)))
    assert points["xyz"][ahead] == pytest.approx([10.0, 0.0, 0.0], abs=1e-5)  # straight ahead at half the period
    assert points["intensity"][ahead] == pytest.approx(50.0)  # 50 % diffuse, met head on


def test_lidar_sees_a_moving_target_where_it_is_at_each_shot() -> None:
    """A wall ahead that comes 4 m closer during the scan: the shot at half the period meets it 2 m closer."""
    scene = scene_of([block("wall", (1.0, 60.0, 6.0))])
    state = state_of(scene, [(20.5, 0.0, 0.0)])
    instants = Instants(state, moved(state, [(-4.0, 0.0, 0.0)]))
    points = reference.open_renderer(scene, RenderOptions()).lidar(lidar(columns=360), instants, NOISE).points
    share = points["time_offset_ns"] / 1e8
    np.testing.assert_allclose(points["xyz"][:, 0], 20.0 - 4.0 * share, atol=2e-5)
    assert abs(points["xyz"][points["column"] == 180][0, 0] - 18.0) < 1e-4


def test_deskewed_points_of_a_still_wall_lie_on_the_wall() -> None:
    """The sensor drives 3 m and turns 0.2 rad during the scan: raw points smear, deskewed ones keep x = 20 m."""
    scene = scene_of([block("ego", (1.0, 1.0, 0.5)), block("wall", (1.0, 60.0, 9.0))])
    start = state_of(scene, [(0.0, 0.0, 0.0), (20.5, 0.0, 0.0)])
    stop = state_of(scene, [(3.0, 0.5, 0.0), (20.5, 0.0, 0.0)], [0.2, 0.0])
    spec = lidar(columns=720, entity=0)
    points = reference.open_renderer(scene, RenderOptions()).lidar(spec, Instants(start, stop), NOISE).points
    assert (points["instance"] == 1).all() and len(points["ring"]) > 100
    np.testing.assert_allclose(points["xyz_deskewed"][:, 0], 20.0, atol=2e-5)
    assert np.ptp(points["xyz"][:, 0]) > 1.0


def test_link_budget_meets_the_data_sheet() -> None:
    """A 10 % target met head on is detected just before the reference range of 60 m, and not just beyond it."""
    dark = Material("dark", (0.1, 0.1, 0.1), nir=0.1)
    spec = lidar(columns=4)
    for distance, seen in ((59.9, 1), (60.1, 0)):
        scene = scene_of([block("target", (1.0, 1.0, 4.0), "car", dark)])
        state = state_of(scene, [(distance + 0.5, 0.0, 0.0)])
        points = reference.open_renderer(scene, RenderOptions()).lidar(spec, Instants(state, state), NOISE).points
        assert len(points["range"]) == seen
