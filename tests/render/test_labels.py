"""2D boxes, occlusion, truncation, 3D boxes and LiDAR counts against pencil and paper and brute force."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.labels import (
    amodal_boxes,
    camera_labels,
    instance_pixels,
    lidar_labels,
    objects3d,
    occlusion_level,
    points_per_instance,
    window_of,
)
from simengine.render.labels.shapes import mesh_shape
from simengine.render.protocol import CameraReading, Instants, LidarReading, RenderOptions
from simengine.sensors import projection
from simengine.sensors.mounting import world_from_sensor
from simengine.world.scene import Mesh, Scene
from simengine.world.state import WorldState
from simengine_renderers import reference
from tests.renderers.random_scenes import random_scene
from tests.renderers.simple_scenes import NOISE, block, camera, lidar, look, scene_of, state_of

BARREL = (-0.15, 0.02, 0.003, -0.002, 0.0, 0.0, 0.0, 0.0)


def labelled(scene: Scene, spec, state: WorldState):
    reading = look(scene, spec, state, ["instance", "depth"])
    amodal = amodal_boxes(scene, spec, state)
    masks = reference.open_renderer(scene, RenderOptions()).silhouettes(spec, state, amodal.windows())
    return camera_labels(scene, spec, state, reading, masks, amodal), reading


@settings(max_examples=80, deadline=None)
@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    data=st.data(),
)
def test_instance_pixels_equal_brute_force(rows: int, columns: int, data: st.DataObject) -> None:
    """The definition, id by id: count, tight bounds in pixel edges and depth range of the pixels that carry the id."""
    cell = st.integers(-1, 3)
    image = np.array(
        data.draw(st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    )
    depth = np.random.default_rng(rows * 10 + columns).uniform(1, 9, (rows, columns)).astype(np.float32)
    got = instance_pixels(image.astype(np.int32), 5, depth)
    for i in range(5):
        y, x = np.nonzero(image == i)
        assert got.count[i] == len(y)
        if len(y):
            assert got.box_px[i].tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]
            assert (got.depth_min_m[i], got.depth_max_m[i]) == (depth[y, x].min(), depth[y, x].max())
        else:
            assert np.isnan(got.box_px[i]).all() and np.isnan(got.depth_min_m[i])


def test_instance_pixels_of_wanted_ids_only() -> None:
    """Ids that are not wanted count as nothing, -1 included."""
    image = np.array([[0, 1, 1], [-1, 2, 2]], np.int32)
    got = instance_pixels(image, 3, None, np.array([False, True, False]))
    assert got.count.tolist() == [0, 2, 0]


def test_amodal_box_by_hand() -> None:
    """A 2 m wide, 1 m high, 1 m long box, front face 4 m ahead: f = 32, so x in 32 -+ 8, y from 24 to 32 px."""
    scene = scene_of([block("a", (1.0, 2.0, 1.0))])
    boxes = amodal_boxes(scene, camera(), state_of(scene, [(4.5, 0.0, 0.0)]))
    assert boxes.instance.tolist() == [0]
    np.testing.assert_allclose(boxes.box_px, [[24.0, 24.0, 40.0, 32.0]], atol=1e-9)
    assert boxes.windows() == {0: (23, 23, 41, 33)}
    assert boxes.truncation().tolist() == [0.0]


def test_truncation_by_hand() -> None:
    """The same box moved right until a quarter of it lies beyond the right edge (x = 64 px at 4 m is 4 m right)."""
    scene = scene_of([block("a", (0.002, 2.0, 1.0))])
    boxes = amodal_boxes(scene, camera(), state_of(scene, [(4.001, -3.5, 0.0)]))
    np.testing.assert_allclose(boxes.box_px[0, [0, 2]], [52.0, 68.0], atol=0.05)
    np.testing.assert_allclose(boxes.clipped_px[0, 2], 64.0)
    assert boxes.truncation()[0] == pytest.approx(0.25, abs=0.004)


def test_box_that_reaches_behind_the_camera_ends_one_image_beyond_the_border() -> None:
    """A long wall passes the camera on its left, so it has no left end in the image's plane: -64 px is said instead.

    Its right end, 10 m ahead and 2 m to the left, is at 32 - 32 * 2 / 10 px. From there to 0 the wall is in the image:
    25.6 of 89.6 px in width.
    """
    scene = scene_of([block("wall", (20.0, 1.0, 1.0))])
    boxes = amodal_boxes(scene, camera(), state_of(scene, [(0.0, 2.5, 0.5)]))
    right = 32.0 - 32.0 * 2.0 / 10.0
    np.testing.assert_allclose(boxes.box_px[0, [0, 2]], [-64.0, right], rtol=1e-6)
    np.testing.assert_allclose(boxes.clipped_px[0, [0, 2]], [0.0, right], rtol=1e-6)
    whole, inside = boxes.box_px[0], boxes.clipped_px[0]
    area = [(b[2] - b[0]) * (b[3] - b[1]) for b in (inside, whole)]
    assert boxes.truncation()[0] == pytest.approx(1 - area[0] / area[1]) and 0.7 < boxes.truncation()[0] < 0.95


@pytest.mark.parametrize("lens", [(0.0,) * 8, BARREL])
def test_amodal_boxes_bound_all_surface_points(lens: tuple[float, ...]) -> None:
    """Brute force: 14 x 14 points on every triangle, projected, never leave the box and come close to all its sides."""
    found = 0
    for seed in range(30):
        x = random_scene(seed)
        spec = camera(320, 240, height_m=1.2, lens=lens)
        boxes = amodal_boxes(x.scene, spec, x.now)
        frames = tf.compose(tf.inverse(world_from_sensor(spec, x.scene, x.now)), x.scene.part_transforms(x.now))
        for i, box in zip(boxes.instance, boxes.box_px, strict=True):
            points = surface_points(x.scene, frames, int(i))
            if points[:, 2].min() < 0.2:
                continue  # the near-plane cut has its own test
            px, valid = projection.project(spec, points)
            px = np.clip(px[valid], [-320.0, -240.0], [640.0, 480.0])  # boxes end one image beyond the border
            low, high = px.min(0), px.max(0)
            assert (low >= box[:2] - 0.011).all() and (high <= box[2:] + 0.011).all()
            slack = 0.3 + 0.05 * (box[2:] - box[:2])
            assert (low - box[:2] <= slack).all() and (box[2:] - high <= slack).all()
            found += 1
    assert found > 20


def surface_points(scene: Scene, frames: np.ndarray, entity: int) -> np.ndarray:
    s = (np.arange(12) + 0.5) / 12
    u, v = (a.reshape(-1) for a in np.meshgrid(np.concatenate([[0.0], s, [1.0]]), np.concatenate([[0.0], s, [1.0]])))
    u, v = u[u + v <= 1.0], v[u + v <= 1.0]
    weights = np.stack([1 - u - v, u, v], -1)
    out = []
    for k, part in enumerate(scene.parts):
        if part.entity == entity:
            mesh = scene.meshes[part.mesh]
            corners = mesh.vertices_m.astype(np.float64)[mesh.faces]
            out.append(tf.apply(frames[k], (weights @ corners).reshape(-1, 3)))
    return np.concatenate(out)


def test_window_of_is_inside_the_image_and_covers_the_box() -> None:
    """Whole pixels that cover the box; empty, never negative, where the box misses the image."""
    spec = camera()
    assert window_of(spec, np.array([-5.0, 3.2, 10.1, 99.0])) == (0, 3, 11, 48)
    x0, y0, x1, y1 = window_of(spec, np.array([90.0, 10.0, 95.0, 12.0]))
    assert x0 == x1 and y1 >= y0


def test_occlusion_by_hand() -> None:
    """A near wall hides exactly the left half of a far plate: occlusion 1/2, level 1, the wall is named."""
    plate = block("plate", (0.02, 4.0, 2.0))
    wall = block("wall", (0.02, 2.0, 8.0), "building")
    scene = scene_of([plate], [(wall, tf.translation([4.0, 1.0, 0.0]))])
    boxes, _ = labelled(scene, camera(), state_of(scene, [(8.01, 0.0, 0.0)]))
    assert boxes.name == ("plate",) and boxes.instance.tolist() == [1]
    assert boxes.amodal_px[0] == 16 * 8 and boxes.visible_px[0] == 8 * 8  # 4 m at 8 m is 16 px, 2 m are 8 px
    assert boxes.occlusion[0] == 0.5 and boxes.occlusion_level[0] == 1 and boxes.occluded_by[0] == 0
    assert boxes.visible_box_px[0].tolist() == [32.0, 20.0, 40.0, 28.0]
    assert boxes.depth_min_m[0] == pytest.approx(8.0, rel=1e-6) == boxes.depth_max_m[0]


def test_hidden_thing_is_fully_occluded() -> None:
    """Visible 0, occlusion 1, no visible box, and the one in front named."""
    scene = scene_of([block("child", (0.3, 0.4, 1.0), "child"), block("van", (2.0, 3.0, 2.5), "van")])
    boxes, _ = labelled(scene, camera(), state_of(scene, [(9.0, 0.0, 0.0), (5.0, 0.0, 0.0)]))
    child = boxes.instance.tolist().index(0)
    assert boxes.visible_px[child] == 0 and boxes.amodal_px[child] > 0
    assert boxes.occlusion[child] == 1.0 and boxes.occlusion_level[child] == 2
    assert boxes.occluded_by[child] == 1 and np.isnan(boxes.visible_box_px[child]).all()


def test_occlusion_is_unknown_without_silhouettes() -> None:
    """No amodal mask was made: amodal_px -1, occlusion NaN, KITTI's level 3."""
    scene = scene_of([block("a", (1.0, 1.0, 1.0))])
    state = state_of(scene, [(5.0, 0.0, 0.0)])
    boxes = camera_labels(scene, camera(), state, look(scene, camera(), state, ["instance"]))
    assert boxes.amodal_px.tolist() == [-1] and np.isnan(boxes.occlusion[0]) and boxes.occlusion_level[0] == 3
    assert np.isnan(boxes.depth_min_m[0]) and boxes.visible_px[0] > 0
    assert occlusion_level(np.array([0.2, 0.21, 0.5, 0.51, np.nan])).tolist() == [0, 1, 1, 2, 3]


def test_2d_boxes_need_the_instance_channel() -> None:
    """A reading without ids makes one clear error, not a KeyError."""
    scene = scene_of([block("a", (1.0, 1.0, 1.0))])
    state = state_of(scene, [(5.0, 0.0, 0.0)])
    with pytest.raises(UsageError, match="instance"):
        camera_labels(scene, camera(), state, CameraReading(camera(), 0, np.eye(4), {}))


def test_carrier_absent_and_stuff_get_no_boxes() -> None:
    """The carrier does not see itself, absent actors are not there, buildings are no things."""
    wall = block("wall", (1.0, 2.0, 2.0), "building")
    actors = [block("ego", (1.0, 1.0, 0.5)), block("gone", (1.0, 1.0, 1.0)), block("b", (1.0, 1.0, 1.0))]
    scene = scene_of(actors, [(wall, tf.translation([8.0, 0.0, 0.0]))])
    state = state_of(scene, [(0.0, 0.0, 0.0), (5.0, 0.0, 0.0), (5.0, 2.0, 0.0)])
    state.valid[1] = False
    boxes, _ = labelled(scene, camera(entity=1), state)
    assert boxes.name == ("b",)
    assert objects3d(scene, state).name == ("ego", "b")


def test_objects_in_world_and_sensor_frame() -> None:
    """Centre half a height above the origin; in a frame that looks along +y, ahead is dy and left is -dx."""
    scene = scene_of([block("a", (4.0, 2.0, 1.5))])
    state = state_of(scene, [(5.0, 7.0, 0.0)], [np.pi / 2])
    state.velocity_mps[0] = [0.0, 10.0, 0.0]
    objects = objects3d(scene, state)
    assert objects.center_m[0].tolist() == [5.0, 7.0, 0.75] and objects.size_m[0].tolist() == [4.0, 2.0, 1.5]
    assert objects.yaw_rad[0] == pytest.approx(np.pi / 2) and objects.lidar_points.tolist() == [-1]
    frame = tf.matrix_from_pose([1.0, 2.0, 0.0], tf.quaternion_from_yaw(np.pi / 2))
    seen = objects.in_frame("roof", frame)
    np.testing.assert_allclose(seen.center_m[0], [5.0, -4.0, 0.75], atol=1e-12)
    np.testing.assert_allclose(seen.velocity_mps[0], [10.0, 0.0, 0.0], atol=1e-12)
    assert seen.yaw_rad[0] == pytest.approx(0.0, abs=1e-12) and seen.frame == "roof"
    corners = objects.corners_m()[0]
    np.testing.assert_allclose(corners.min(0), [4.0, 5.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(corners[7], [4.0, 9.0, 1.5], atol=1e-12)  # front (+y), left (-x), top
    np.testing.assert_allclose(objects.extent_size_m, objects.size_m, atol=1e-6)


def test_extent_bounds_all_vertices_of_moving_limbs() -> None:
    """Brute force over the transformed vertices of all parts, in the entity frame, for 15 random scenes."""
    for seed in range(15):
        x = random_scene(seed)
        objects = objects3d(x.scene, x.now)
        world_from_mesh = x.scene.part_transforms(x.now)
        for k, i in enumerate(objects.instance):
            to_entity = tf.inverse(x.scene.entity_pose(x.now, int(i)))
            parts = [p for p, part in enumerate(x.scene.parts) if part.entity == i]
            points = [mesh_shape(x.scene.meshes[x.scene.parts[p].mesh]).points_m for p in parts]
            local = np.concatenate(
                [tf.apply(tf.compose(to_entity, world_from_mesh[p]), v) for p, v in zip(parts, points, strict=True)]
            )
            np.testing.assert_allclose(objects.extent_size_m[k], np.ptp(local, axis=0), atol=1e-9)
            centre = tf.apply(x.scene.entity_pose(x.now, int(i)), (local.min(0) + local.max(0)) / 2)
            np.testing.assert_allclose(objects.extent_center_m[k], centre, atol=1e-9)


def test_age_counts_from_the_start_of_each_track() -> None:
    """time - since; what never moves began at 0."""
    scene = scene_of([block("a", (1.0, 1.0, 1.0))], [(block("still", (1.0, 1.0, 1.0)), tf.translation([9.0, 0, 0]))])
    state = WorldState(**{**vars(state_of(scene, [(5.0, 0.0, 0.0)])), "time_ns": 700})
    assert objects3d(scene, state, since_ns=np.array([500])).age_ns.tolist() == [700, 200]


def test_lidar_points_are_counted_by_instance() -> None:
    """np.sum(instance == i), points in the air left out; two scans add up."""
    scene = scene_of([block("a", (1.0, 3.0, 3.0)), block("b", (1.0, 3.0, 3.0))])
    state = state_of(scene, [(5.0, 0.0, 0.0), (-7.0, 0.0, 0.0)])
    scan = reference.open_renderer(scene, RenderOptions()).lidar(lidar(columns=256), Instants(state, state), NOISE)
    ids = np.append(scan.points["instance"], -1).astype(np.int32)
    scan = LidarReading(scan.spec, 0, scan.world_from_lidar, {**scan.points, "instance": ids})
    expected = [int((ids == i).sum()) for i in range(2)]
    assert min(expected) > 5 and points_per_instance(scan, 2).tolist() == expected
    assert lidar_labels(scene, state, scan).lidar_points.tolist() == expected
    assert objects3d(scene, state, [scan, scan]).lidar_points.tolist() == [2 * n for n in expected]


def test_columns_are_flat_and_of_equal_length() -> None:
    """Every column has a row a thing, so that it goes into a table as it is."""
    scene = scene_of([block("a", (1.0, 1.0, 1.0)), block("b", (1.0, 1.0, 1.0))])
    state = state_of(scene, [(5.0, 0.0, 0.0), (5.0, 2.0, 0.0)])
    boxes, _ = labelled(scene, camera(), state)
    for columns in (boxes.columns(), objects3d(scene, state).columns()):
        assert {len(values) for values in columns.values()} == {2}
        assert all(np.ndim(values) == 1 for values in columns.values())


def test_scenes_without_things_give_empty_tables() -> None:
    """No entity at all, and buildings only: tables without rows, pictures without boxes, no error."""
    for scene in (scene_of(), scene_of(fixed=[(block("w", (1.0, 1.0, 1.0), "wall"), tf.translation([5.0, 0, 0]))])):
        state = state_of(scene, [])
        boxes, _ = labelled(scene, camera(), state)
        assert len(boxes) == 0 and all(len(values) == 0 for values in boxes.columns().values())
        objects = objects3d(scene, state)
        assert len(objects) == 0 and objects.corners_m().shape == (0, 8, 3)
        assert all(len(values) == 0 for values in objects.in_frame("roof", np.eye(4)).columns().values())


def test_what_is_known_of_a_mesh_goes_with_it() -> None:
    """Shapes are kept in a table with weak keys; a value that held its key would keep every mesh of every variant."""
    mesh = Mesh("m", np.eye(4, 3, dtype=np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.zeros(2, np.int32))
    assert len(mesh_shape(mesh).edges) == 5
    gone = weakref.ref(mesh)
    del mesh
    gc.collect()
    assert gone() is None
