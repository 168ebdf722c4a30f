"""The audit of label consistency, run on random scenes with both renderers: everything comes from one world state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import Array, F64Array
from simengine.geometry import transforms as tf
from simengine.render.labels import Boxes2D, amodal_boxes, camera_labels, objects3d
from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer, RenderOptions
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers import raytrace, reference
from tests.renderers.random_scenes import SmallScene, random_scene
from tests.renderers.simple_scenes import block, camera, scene_of, state_of
from tests.renderers.test_against_reference import near_edges

NOISE = NoiseKey(0, 0, 0)
SEEDS = range(100, 112)
OPENERS = {"reference": reference.open_renderer, "raytrace": raytrace.open_renderer}
LABELS = ("depth", "range", "normal", "semantic", "instance", "part", "material", "position", "flow")


@pytest.fixture(params=list(OPENERS))
def opener(request: pytest.FixtureRequest) -> Iterator[object]:
    """Opens renderers of one kind and closes them after the test."""
    opened: list[Renderer] = []

    def open_one(scene: Scene) -> Renderer:
        opened.append(OPENERS[request.param](scene, RenderOptions()))
        return opened[-1]

    yield open_one
    for renderer in opened:
        renderer.close()


def shoot(opener, scene: Scene, spec: CameraSpec, now: WorldState, later: WorldState | None = None) -> CameraReading:
    return opener(scene).camera(spec, Instants(now, later or now, later or now), LABELS, NOISE)


def label(opener, x: SmallScene) -> tuple[CameraReading, Boxes2D, dict[int, Array]]:
    renderer = opener(x.scene)
    reading = renderer.camera(x.camera, Instants(x.now, x.next, x.next), LABELS, NOISE)
    amodal = amodal_boxes(x.scene, x.camera, x.now)
    masks = renderer.silhouettes(x.camera, x.now, amodal.windows())
    boxes = camera_labels(x.scene, x.camera, x.now, reading, masks, amodal)
    whole: dict[int, Array] = {}
    for s in masks:
        whole[s.entity] = np.zeros((x.camera.height_px, x.camera.width_px), np.bool_)
        whole[s.entity][s.y0 : s.y0 + s.mask.shape[0], s.x0 : s.x0 + s.mask.shape[1]] = s.mask
    return reading, boxes, whole


@pytest.mark.parametrize("seed", SEEDS)
def test_boxes_masks_and_ids_agree(opener, seed: int) -> None:
    """Tight bounds of each mask are its box; they lie in the clipped amodal box; who is seen is in the amodal mask."""
    x = random_scene(seed)
    reading, boxes, masks = label(opener, x)
    image = reading.channels["instance"]
    for k, i in enumerate(boxes.instance):
        own = image == i
        rows, columns = np.nonzero(own)
        assert boxes.visible_px[k] == len(rows)
        assert not (own & ~masks[int(i)]).any()  # visible pixels are a part of the amodal ones
        assert boxes.visible_px[k] <= boxes.amodal_px[k] == masks[int(i)].sum()
        assert 0.0 <= boxes.truncation[k] <= 1.0
        if len(rows):
            tight = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            assert boxes.visible_box_px[k].tolist() == tight.tolist()
            outer = boxes.clipped_box_px[k] + np.array([-0.5, -0.5, 0.5, 0.5]) + [-1e-3, -1e-3, 1e-3, 1e-3]
            assert (tight[:2] >= outer[:2]).all() and (tight[2:] <= outer[2:]).all()
            assert 0.0 <= boxes.occlusion[k] < 1.0
    things = {int(i) for i in np.unique(image) if i >= 0 and i in objects3d(x.scene, x.now).instance}
    assert things <= {int(i) for i in boxes.instance}  # whoever is seen has a row


@pytest.mark.parametrize("seed", SEEDS)
def test_ids_belong_together_and_depth_is_range_along_the_axis(opener, seed: int) -> None:
    """part -> entity and class by the scene's tables; depth = range * cos(angle off axis), by definition."""
    x = random_scene(seed)
    c = shoot(opener, x.scene, x.camera, x.now, x.next).channels
    hit = c["part"] >= 0
    entity = np.array([p.entity for p in x.scene.parts])
    cls = np.array([p.semantic for p in x.scene.parts])
    np.testing.assert_array_equal(c["instance"][hit], entity[c["part"][hit]])
    np.testing.assert_array_equal(c["semantic"][hit], cls[c["part"][hit]])
    for name in ("instance", "material"):
        np.testing.assert_array_equal(c[name][~hit], -1)
    assert (c["semantic"][~hit] == 0).all() and np.isinf(c["depth"][~hit]).all()
    along = projection.rays(x.camera)[..., 2]
    np.testing.assert_allclose(c["depth"][hit], (c["range"] * along)[hit], rtol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(c["normal"][hit], axis=-1), 1.0, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_position_depth_and_pose_agree(opener, seed: int) -> None:
    """The object-space position, put into the world by its part's pose, is the camera's ray times the range."""
    x = random_scene(seed)
    reading = shoot(opener, x.scene, x.camera, x.now)
    c = reading.channels
    hit = c["part"] >= 0
    poses = x.scene.part_transforms(x.now)[c["part"][hit]]
    there = tf.apply(poses, c["position"][hit].astype(np.float64))
    rays = tf.rotate(reading.world_from_camera, projection.rays(x.camera))[hit]
    np.testing.assert_allclose(there, reading.world_from_camera[:3, 3] + rays * c["range"][hit][:, None], atol=3e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_flow_depth_and_pose_agree_on_still_scenes(opener, seed: int) -> None:
    """Only the camera moves: un-project by depth, move, project: within 0.01 px of the flow channel."""
    x = random_scene(seed)
    carrier = scene_with_carrier(x)
    scene, now, later, spec = carrier
    c = shoot(opener, scene, spec, now, later).channels
    rays = projection.rays(spec)
    points = rays * c["range"].astype(np.float64)[..., None]
    hit = c["part"] >= 0
    points[~hit] = rays[~hit] * 1e9
    pose = tf.compose(scene.entity_pose(now, spec.entity), spec.entity_from_camera)
    pose_next = tf.compose(scene.entity_pose(later, spec.entity), spec.entity_from_camera)
    px, valid = projection.project(spec, tf.apply(tf.compose(tf.inverse(pose_next), pose), points))
    expected = px - projection.pixel_centres(spec)
    np.testing.assert_array_equal(np.isnan(c["flow"][..., 0])[hit], ~valid[hit])
    near = valid & (np.abs(expected).max(-1) < 200)
    np.testing.assert_allclose(c["flow"][near], expected[near], atol=0.01)


def scene_with_carrier(x: SmallScene) -> tuple[Scene, WorldState, WorldState, CameraSpec]:
    """Fixed blocks around a car that carries the camera and drives a curve."""
    rng = np.random.default_rng(len(x.scene.parts))
    fixed = []
    for k in range(8):
        pose = tf.matrix_from_pose(
            [rng.uniform(5, 15), rng.uniform(-6, 6), 0.0], tf.quaternion_from_yaw(rng.uniform(-3, 3))
        )
        fixed.append((block(f"b{k}", (1.0 + k / 4, 1.5, 1.0 + k / 5)), pose))
    scene = scene_of([block("ego", (4.0, 1.8, 1.5))], fixed)
    now = state_of(scene, [(0.0, 0.0, 0.0)], [0.05])
    later = replace(state_of(scene, [(1.2, 0.1, 0.0)], [0.09]), time_ns=100_000_000)
    lens = x.camera.distortion
    return scene, now, later, camera(96, 64, entity=len(scene.entities) - 1, height_m=1.4, lens=lens)


@pytest.mark.parametrize("seed", SEEDS)
def test_lidar_hits_lie_in_the_box_of_their_instance(opener, seed: int) -> None:
    """Nothing moves: each return, in the frame of its thing, lies in the extent box with a margin of 2 cm."""
    x = random_scene(seed)
    scan = opener(x.scene).lidar(x.lidar, Instants(x.now, x.now), NOISE)
    objects = objects3d(x.scene, x.now, [scan])
    points = tf.apply(scan.world_from_lidar, scan.points["xyz_deskewed"].astype(np.float64))
    for k, i in enumerate(objects.instance):
        own = points[scan.points["instance"] == i]
        assert objects.lidar_points[k] == len(own)
        frame = tf.matrix_from_pose(objects.extent_center_m[k], objects.orientation[k])
        local = np.abs(tf.apply(tf.inverse(frame), own))
        assert (local <= objects.extent_size_m[k] / 2 + 0.02).all()
    raw, r = scan.points["xyz"].astype(np.float64), scan.points["range"]
    np.testing.assert_allclose(np.linalg.norm(raw, axis=-1), r, rtol=1e-5)


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_a_hidden_thing_changes_nothing(opener, seed: int) -> None:
    """A ball behind a wall joins the scene last: every label channel keeps its bytes; its own row says occlusion 1."""
    rng = np.random.default_rng(seed)
    actors = [block("wall", (0.3, 6.0, 4.0)), block("box", (1.0, 1.0, 1.0)), block("hidden", (0.5, 0.5, 0.5), "goods")]
    places = [(8.0, 0.0, 0.0), (4.0, float(rng.uniform(-2, 2)), 0.0), (10.0, float(rng.uniform(-1, 1)), 0.3)]
    with_it, without = scene_of(actors), scene_of(actors[:2])
    a = shoot(opener, with_it, camera(), state_of(with_it, places))
    b = shoot(opener, without, camera(), state_of(without, places[:2]))
    for name in LABELS:
        np.testing.assert_array_equal(a.channels[name], b.channels[name], err_msg=name)
    x = SmallScene(with_it, state_of(with_it, places), state_of(with_it, places), camera(), None)  # type: ignore[arg-type]
    _, boxes, _ = label(opener, x)
    row = boxes.instance.tolist().index(2)
    assert boxes.visible_px[row] == 0 and boxes.occlusion[row] == 1.0 and boxes.amodal_px[row] > 0


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_moving_world_and_camera_together_changes_nothing(opener, seed: int) -> None:
    """A rigid motion of everything: ids equal but near edges, depths to 1e-4, boxes to 0.01 px."""
    rng = np.random.default_rng(seed)
    actors = [block(f"a{k}", (1.0, 1.0 + 0.3 * k, 1.5)) for k in range(4)]
    scene = scene_of(actors)
    here = state_of(scene, [(4.0 + 2 * k, float(rng.uniform(-2, 2)), 0.0) for k in range(4)], rng.uniform(-3, 3, 4))
    motion = tf.matrix_from_pose([120.0, -340.0, 7.0], tf.quaternion_from_yaw(1.1))
    there = replace(
        here,
        position_m=tf.apply(motion, here.position_m),
        orientation=tf.multiply(tf.quaternion_from_matrix(motion), here.orientation),
    )
    spec = camera(96, 64)
    moved_spec = replace(spec, entity_from_camera=tf.compose(motion, spec.entity_from_camera))
    a, b = (shoot(opener, scene, s, state) for s, state in ((spec, here), (moved_spec, there)))
    clear = ~near_edges(a.channels["part"], b.channels["part"])
    np.testing.assert_array_equal(a.channels["instance"][clear], b.channels["instance"][clear])
    np.testing.assert_allclose(a.channels["normal"][clear], b.channels["normal"][clear], atol=1.0)
    same = clear & (np.abs(a.channels["normal"] - b.channels["normal"]).max(-1) < 1e-3)
    assert same.mean() > 0.7
    np.testing.assert_allclose(a.channels["depth"][same], b.channels["depth"][same], rtol=1e-4)
    boxes, moved = amodal_boxes(scene, spec, here), amodal_boxes(scene, moved_spec, there)
    np.testing.assert_allclose(boxes.box_px, moved.box_px, atol=0.01)


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_permuting_entities_permutes_ids_and_nothing_else(opener, seed: int) -> None:
    """The same things in another order: depth and class keep their values, ids follow the permutation."""
    rng = np.random.default_rng(seed)
    names = ["car", "adult", "cone", "goods", "van"]
    actors = [block(n, (0.8, 0.5 + 0.2 * k, 1.0 + 0.2 * k), n) for k, n in enumerate(names)]
    places: F64Array = np.array([[3.0 + 1.5 * k, rng.uniform(-2, 2), 0.0] for k in range(5)])
    order = rng.permutation(5)
    first, second = scene_of(actors), scene_of([actors[k] for k in order])
    a = shoot(opener, first, camera(), state_of(first, places.tolist())).channels  # type: ignore[arg-type]
    b = shoot(opener, second, camera(), state_of(second, places[order].tolist())).channels  # type: ignore[arg-type]
    new_id = np.argsort(order)
    np.testing.assert_array_equal(np.where(a["instance"] >= 0, new_id[a["instance"]], -1), b["instance"])
    np.testing.assert_array_equal(a["semantic"], b["semantic"])
    np.testing.assert_allclose(a["depth"], b["depth"], rtol=1e-6)
