"""The audit on a real scene: a street with cars and walking people, seen by the ray tracer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.labels import AmodalBoxes, Boxes2D, amodal_boxes, camera_labels, objects3d
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, RenderOptions, Silhouette
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers import raytrace
from simengine_scenes.driving import LIBRARY

NOISE = NoiseKey(0, 0, 0)
BARREL = (-0.15, 0.02, 0.001, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame of the street with all that labels are made of."""

    scene: Scene
    state: WorldState
    reading: CameraReading
    amodal: AmodalBoxes
    masks: list[Silhouette]
    boxes: Boxes2D
    scan: LidarReading


def street() -> tuple[Scene, WorldState]:
    """An ego car, six other vehicles and five people in mid-stride, some of them behind the vehicles."""
    world = LIBRARY.worlds["street"]
    values: dict[str, Any] = {p.name: p.default for p in world.properties}
    assert world.environment is not None and world.build is not None
    builder = SceneBuilder(world.environment(values))
    lanes = world.build(builder, values, 0)
    along = lanes.lanes[0].centre
    places: list[tuple[float, float, float]] = []
    for kind, count in (("car", 7), ("pedestrian", 5)):
        entity = LIBRARY.entities[kind]
        assert entity.build is not None
        for i in range(count):
            name = "ego" if kind == "car" and i == 0 else f"{kind}[{i}]"
            builder.place(entity.build(entity.models[i % len(entity.models)], {}, i), name)
            if kind == "car":
                places.append((20.0, 0.0, 0.0) if i == 0 else (24.0 + 8.0 * i, -3.2 if i % 2 else 3.4, 0.0))
            else:
                places.append((29.0 + 6.0 * i, (-2.2, -5.5, 1.0, 0.3, 4.0)[i], 0.7 * i))
    scene = builder.build(lanes)
    state = WorldState.at_rest(scene.actors, len(scene.links))
    for row, (s, left, turn) in enumerate(places):
        point, yaw = along.at(s, left)
        state.position_m[row], state.orientation[row] = point, tf.quaternion_from_yaw(yaw + turn)
    rng = np.random.default_rng(0)
    for k, link in enumerate(scene.links):
        if link.name.startswith(("hip", "shoulder", "elbow", "knee")):
            state.joint_rad[k] = rng.uniform(-0.5, 0.5)
    return scene, state


@pytest.fixture(scope="module", params=[(0.0,) * 8, BARREL], ids=["pinhole", "barrel"])
def shot(request: pytest.FixtureRequest) -> Iterator[Shot]:
    scene, state = street()
    ego = next(i for i, e in enumerate(scene.entities) if e.name == "ego")
    camera = CameraSpec.from_fov("front", ego, (0.9, 0.0, 1.35), (400, 300), 1.2, distortion=request.param)
    lidar = LidarSpec(
        "roof", ego, tf.translation([0.0, 0.0, 1.8]), "test", np.radians(np.linspace(2, -24.8, 48)), np.zeros(48),
        np.zeros(48, np.int64), 720, range_noise_m=0.0,
    )  # fmt: skip
    renderer = raytrace.open_renderer(scene, RenderOptions())
    try:
        instants = Instants(state, state, state)
        reading = renderer.camera(camera, instants, ["instance", "depth"], NOISE)
        amodal = amodal_boxes(scene, camera, state)
        masks = renderer.silhouettes(camera, state, amodal.windows())
        scan = renderer.lidar(lidar, instants, NOISE)
    finally:
        renderer.close()
    boxes = camera_labels(scene, camera, state, reading, masks, amodal)
    yield Shot(scene, state, reading, amodal, masks, boxes, scan)


def test_amodal_box_is_the_bounds_of_the_silhouette(shot: Shot) -> None:
    """Mesh projection and ray tracing agree: a box edge lies less than two pixels from the outermost covered centre.

    Half a pixel from sampling at centres, and up to 1.5 more where a tip is thinner than a pixel and falls between
    centres: fingers of somebody 30 px high are a third of a pixel thick and 1.5 px long.
    """
    checked = 0
    for k, s in enumerate(shot.masks):
        rows, columns = np.nonzero(s.mask)
        if len(rows) < 60:
            continue
        centres = np.array([columns.min() + s.x0, rows.min() + s.y0, columns.max() + s.x0, rows.max() + s.y0]) + 0.5
        box = shot.amodal.clipped_px[k]
        assert (centres[:2] >= box[:2] - 0.01).all() and (centres[2:] <= box[2:] + 0.01).all()
        assert np.abs(centres - box).max() < 2.0
        checked += 1
    assert checked >= 5


def test_visible_pixels_are_a_part_of_the_silhouette(shot: Shot) -> None:
    """What is seen of a thing is seen of it when it is alone; counts, occlusion and the one in front follow."""
    image = shot.reading.channels["instance"]
    for k, s in enumerate(shot.masks):
        own = image[s.y0 : s.y0 + s.mask.shape[0], s.x0 : s.x0 + s.mask.shape[1]] == s.entity
        assert not (own & ~s.mask).any()
        assert own.sum() == (image == s.entity).sum() == shot.boxes.visible_px[k]
        assert shot.boxes.amodal_px[k] == s.mask.sum()
    hidden = shot.boxes.occlusion > 0
    assert hidden.any() and (shot.boxes.occluded_by[hidden] >= 0).all()


def test_returns_of_walking_people_and_cars_lie_in_their_extents(shot: Shot) -> None:
    """Without noise, each return lies in the extent box of its instance, limbs and wheels included, to 2 cm."""
    objects = objects3d(shot.scene, shot.state, [shot.scan])
    ids = shot.scan.points["instance"]
    points = tf.apply(shot.scan.world_from_lidar, shot.scan.points["xyz_deskewed"].astype(np.float64))
    for k, i in enumerate(objects.instance):
        frame = tf.matrix_from_pose(objects.extent_center_m[k], objects.orientation[k])
        local = np.abs(tf.apply(tf.inverse(frame), points[ids == i]))
        assert (local <= objects.extent_size_m[k] / 2 + 0.02).all()
        assert objects.lidar_points[k] == (ids == i).sum()
    assert (objects.lidar_points > 20).sum() >= 4
