"""Sight lines against an independent ray caster and OpenCV's projection."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import trimesh
from trimesh.ray import ray_pyembree

from simengine.physics import Snapshot
from simengine.physics.sight import SAMPLES, free_lines, sample_points
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.scene import Box, Entity
from tests.physics.stage import Actor, car, cast_of, child, road, state_of


def shot(actors: list[list[Actor]], **options: object) -> Snapshot:
    return Snapshot(cast_of(actors, [road()] * len(actors), **options), state_of(actors, moving=True))  # type: ignore[arg-type]


def test_lines_equal_a_mesh_ray_caster() -> None:
    """Embree's triangle intersection (through trimesh) decides the same for each of 1,200 random segments."""
    rng = np.random.default_rng(5)
    rows, boxes = 20, 6
    eye, points = rng.uniform(-8, 8, (rows, 3)), rng.uniform(-8, 8, (rows, 60, 3))
    center, half = rng.uniform(-6, 6, (rows, boxes, 3)), rng.uniform(0.3, 2.0, (rows, boxes, 3))
    angle = rng.uniform(-3, 3, (rows, boxes))
    blocks = rng.uniform(size=(rows, boxes)) < 0.8
    ours = free_lines(eye, points, center, half, np.cos(angle), np.sin(angle), blocks)
    for r in range(rows):
        solids = []
        for n in np.flatnonzero(blocks[r]):
            inside = np.abs(
                trimesh.transformations.rotation_matrix(-angle[r, n], [0, 0, 1])[:3, :3] @ (eye[r] - center[r, n])
            )
            if bool((inside <= half[r, n]).all()):
                solids = None  # an eye inside a box sees nothing
                break
            pose = trimesh.transformations.rotation_matrix(angle[r, n], [0, 0, 1])
            pose[:3, 3] = center[r, n]
            solids.append(trimesh.creation.box(2 * half[r, n], pose))
        if solids is None:
            assert not ours[r].any()
            continue
        way = points[r] - eye[r]
        length = np.linalg.norm(way, axis=1)
        caster = ray_pyembree.RayMeshIntersector(trimesh.util.concatenate(solids))
        places, index, _ = caster.intersects_location(np.repeat(eye[r : r + 1], 60, 0), way)
        reach = np.full(60, np.inf)
        np.minimum.at(reach, index, np.linalg.norm(places - eye[r], axis=1))
        np.testing.assert_array_equal(ours[r], reach > length)


def test_sample_points_lie_in_the_box() -> None:
    """30 points, all inside the box, centred on its middle, and turned with it."""
    points = sample_points(np.array([5.0, 2.0, 0.5]), np.array(0.0), np.array(1.0), np.array([4.0, 2.0, 1.0]))
    assert points.shape == (SAMPLES, 3) == (30, 3)
    np.testing.assert_allclose(points.mean(0), [5, 2, 1.0])
    assert np.ptp(points[:, 0]) == pytest.approx(1.6) and np.ptp(points[:, 1]) == pytest.approx(3.2)
    assert points[:, 2].min() > 0.5 and points[:, 2].max() < 1.5


def test_sees_what_is_ahead_and_free() -> None:
    """A child in the open is seen; behind a car parked in between it is not, and out of the corner of the eye (past 90
    degrees) it is not either; turned round, the driver would see it."""
    ego = (car("ego"), "vehicle", 0.0, 0.0, 0.0, 10.0)
    tall = Entity("van", "car", "van", 16, (5.2, 2.0, 2.5), occluders=(Box((0, 0, 1.25), (5.2, 2.0, 2.5)),))
    rows: list[list[Actor]] = [
        [ego, (child(), "person", 30.0, -4.0, 90.0, 0.0), (tall, "vehicle", 60.0, -4.0, 0.0, 0.0)],
        [ego, (child(), "person", 30.0, -4.0, 90.0, 0.0), (tall, "vehicle", 26.0, -3.8, 0.0, 0.0)],
        [ego, (child(), "person", -10.0, -2.0, 90.0, 0.0), (tall, "vehicle", 60.0, -4.0, 0.0, 0.0)],
        [(*ego[:4], 180.0, 0.0), (child(), "person", -10.0, -2.0, 90.0, 0.0), (tall, "vehicle", 60.0, -4.0, 0.0, 0.0)],
    ]
    s = shot(rows)
    assert s.sees(0, 1).tolist() == [True, False, False, True]
    assert s.sees(0, 1, np.array([0, 2])).tolist() == [True, False, False, False]


def test_fixed_things_hide_too() -> None:
    """A wall that belongs to the world hides the child; turned by 90 degrees (edge on) it does not."""
    rows: list[list[Actor]] = [
        [(car("ego"), "vehicle", 0.0, 0.0, 0.0, 0.0), (child(), "person", 30.0, 0.0, 90.0, 0.0)]
    ] * 2
    walls = []
    for quarter in (0.0, 1.0):
        pose = np.eye(4)
        pose[:2, :2] = [[1 - quarter, -quarter], [quarter, 1 - quarter]]
        pose[:3, 3] = (15.0, 2.0, 0.0)
        size = (0.3, 6.0, 3.0)
        walls.append(
            (Entity("wall", "wall", "", 8, size, world_from_entity=pose, occluders=(Box((0, 0, 1.5), size),)),)
        )
    assert shot(rows, statics=tuple(walls)).sees(0, 1).tolist() == [False, True]


def test_visible_equals_opencv_projection() -> None:
    """With nothing in the way the share is the number of sample points that OpenCV projects into the picture."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        x, y, deg = rng.uniform(3, 30), rng.uniform(-14, 14), rng.uniform(-180, 180)
        heading = rng.uniform(-40, 40)
        rows: list[list[Actor]] = [
            [(car("ego"), "vehicle", 0.0, 0.0, heading, 0.0), (child(), "person", x, y, deg, 0.0)]
        ]
        s = shot(rows)
        camera = CameraSpec.from_fov("front", 0, (1.6, 0.0, 1.4), (640, 360), np.radians(60.0))
        points = sample_points(s.state.position_m[0, 1], s.cos[0, 1], s.sin[0, 1], s.cast.body.size_m[0, 1])
        c, v = np.cos(np.radians(heading)), np.sin(np.radians(heading))
        world_from_body = np.array([[c, -v, 0, 0], [v, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        pose = np.linalg.inv(world_from_body @ camera.entity_from_camera)
        pixels, _ = cv2.projectPoints(points, cv2.Rodrigues(pose[:3, :3])[0], pose[:3, 3], camera.matrix(), None)
        uv = pixels[:, 0]
        front = (points @ pose[:3, :3].T + pose[:3, 3])[:, 2] > 0
        inside = front & (uv >= 0).all(1) & (uv[:, 0] <= 640) & (uv[:, 1] <= 360)
        assert s.visible(1, 0, camera)[0] == inside.sum() / 30


@pytest.mark.parametrize(("lens", "fov"), [("fisheye", 200.0), ("equirectangular", 360.0), ("double_sphere", 190.0)])
def test_a_wide_lens_has_beside_it_in_view_what_a_pinhole_cannot(lens: str, fov: float) -> None:
    """A child 85 deg off axis and within the field of view is seen whole; straight behind by the panorama alone."""
    a = np.radians(85.0)
    for x, y, seen in ((1.6 + 8.0 * np.cos(a), 8.0 * np.sin(a), 1.0), (-8.0, 0.0, float(lens == "equirectangular"))):
        rows: list[list[Actor]] = [[(car("ego"), "vehicle", 0.0, 0.0, 0.0, 0.0), (child(), "person", x, y, 0.0, 0.0)]]
        camera = CameraSpec.from_fov("front", 0, (1.6, 0.0, 1.4), (640, 360), np.radians(fov), lens=lens)
        assert shot(rows).visible(1, 0, camera)[0] == seen


def test_a_telecentric_lens_looks_past_a_car_beside_the_axis() -> None:
    """Lines of sight run along the axis. A solid box between the child and the camera, but beside the line straight
    ahead of the child, hides nothing; on that line it hides all below its top."""
    solid = (Box((0, 0, 0.5), (4.0, 1.8, 1.0)),)
    low = Entity("low", "car", "sedan", 15, (4.0, 1.8, 1.0), occluders=solid)
    camera = CameraSpec.from_width("front", 0, (1.6, 0.0, 0.5), (640, 360), 30.0)
    for left_m, free in ((2.5, True), (5.0, False)):  # the line from the camera to the child passes 2.5 m left
        rows: list[list[Actor]] = [
            [
                (car("ego"), "vehicle", 0.0, 0.0, 0.0, 0.0), (child(), "person", 20.0, 5.0, 90.0, 0.0),
                (low, "vehicle", 11.0, left_m, 0.0, 0.0),
            ]
        ]  # fmt: skip
        s = shot(rows)
        points = sample_points(s.state.position_m[0, 1], s.cos[0, 1], s.sin[0, 1], s.cast.body.size_m[0, 1])
        over = np.ones(len(points), bool) if free else (points[:, 2] > 1.0) | (np.abs(points[:, 1] - left_m) > 0.9)
        assert s.visible(1, 0, camera)[0] == over.mean()


def test_visible_behind_a_low_car_is_the_upper_part() -> None:
    """A camera at 1.4 m looks over a 1.0 m solid box at a child of 1.2 m right behind it: the line to a sample point
    passes the box's far top edge or not; the expected share is counted with that one inequality."""
    low = Entity("low", "car", "sedan", 15, (4.0, 1.8, 1.0), occluders=(Box((0, 0, 0.5), (4.0, 1.8, 1.0)),))
    rows: list[list[Actor]] = [
        [
            (car("ego"), "vehicle", 0.0, 0.0, 0.0, 0.0), (child(), "person", 16.0, 0.0, 90.0, 0.0),
            (low, "vehicle", 12.0, 0.0, 0.0, 0.0),
        ]
    ]  # fmt: skip
    s = shot(rows)
    camera = CameraSpec.from_fov("front", 0, (1.6, 0.0, 1.4), (640, 360), np.radians(60.0))
    points = sample_points(s.state.position_m[0, 1], s.cos[0, 1], s.sin[0, 1], s.cast.body.size_m[0, 1])
    slope = (1.4 - points[:, 2]) / (points[:, 0] - 1.6)
    over = 1.4 - slope * (14.0 - 1.6) > 1.0
    assert 0 < over.sum() < 30
    assert s.visible(1, 0, camera)[0] == over.sum() / 30


def test_visible_of_a_lidar_is_what_its_beams_reach() -> None:
    """Sample points within 1 to 14 m of a scanner at (0.5, 0, 1.9) m and between its beams at -20 and +2 degrees, seen
    from all around: counted in spherical coordinates; a wall 5 m ahead hides what lies behind it."""
    beams = np.radians([2.0, -6.0, -20.0])
    mount = np.eye(4)
    mount[:3, 3] = (0.5, 0.0, 1.9)
    lidar = LidarSpec(
        "roof", 0, mount, "", beams, np.zeros(3), np.zeros(3, np.int64), 64, range_min_m=1.0, range_max_m=14.0
    )
    rng = np.random.default_rng(4)
    shares: list[float] = []
    for _ in range(60):
        x, y = rng.uniform(-16, 16, 2)
        s = shot([[(car("ego"), "vehicle", 0.0, 0.0, 0.0, 0.0), (child(), "person", x, y, 40.0, 0.0)]])
        points = sample_points(s.state.position_m[0, 1], s.cos[0, 1], s.sin[0, 1], s.cast.body.size_m[0, 1])
        from_eye = points - mount[:3, 3]
        length = np.linalg.norm(from_eye, axis=1)
        rise = np.degrees(np.arcsin(from_eye[:, 2] / length))
        shares.append(float(((length > 1) & (length < 14) & (rise < 2) & (rise > -20)).mean()))
        assert s.visible(1, 0, lidar)[0] == pytest.approx(shares[-1])
    assert min(shares) == 0.0 and max(shares) == 1.0 and len({round(share, 3) for share in shares}) > 5
    pose = np.eye(4)
    pose[:3, 3] = (5.0, 0.0, 0.0)
    size = (0.3, 30.0, 4.0)
    wall = (Entity("wall", "wall", "", 8, size, world_from_entity=pose, occluders=(Box((0, 0, 2.0), size),)),)
    row: list[Actor] = [(car("ego"), "vehicle", 0.0, 0.0, 0.0, 0.0), (child(), "person", 9.0, 0.0, 0.0, 0.0)]
    assert shot([row]).visible(1, 0, lidar)[0] > 0.5 and shot([row], statics=(wall,)).visible(1, 0, lidar)[0] == 0.0
