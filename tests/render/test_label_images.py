"""Panoptic ids, scene flow and time to collision, worked out on paper and against optical flow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.geometry import transforms as tf
from simengine.language import parse_text
from simengine.render.labels.images import label_images, panoptic, time_to_collision
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.taxonomy import CLASS_ID, CLASSES
from simengine_renderers import raytrace
from tests.renderers.simple_scenes import NOISE, block, camera, moved, scene_of, state_of

NEEDED = ("semantic", "instance", "part", "range", "depth", "flow")
ALL = ("panoptic", "scene_flow", "time_to_collision")


def seen(spec: CameraSpec, shift: tuple[float, float, float], turn: float = 0.0) -> tuple[dict, dict]:
    """A car 8 m ahead that moves by ``shift`` in 0.1 s and turns; a wall behind it that rests."""
    wall = (block("wall", (0.5, 60.0, 30.0), "building"), tf.translation([30.0, 0.0, -5.0]))
    scene = scene_of([block("car", (2.0, 2.0, 2.0))], [wall])
    now = state_of(scene, [(9.0, 0.5, 0.0)], [0.1])
    then = moved(now, [shift])
    then = replace(then, orientation=tf.quaternion_from_yaw(np.array([0.1 + turn])))
    renderer = raytrace.open_renderer(scene, RenderOptions(threads=1))
    image = renderer.camera(spec, Instants(now, then, then), NEEDED, NOISE)
    made = label_images(scene, image, ALL, now, then)
    renderer.close()
    return dict(image.channels), made


def test_what_moves_straight_moves_so_in_space() -> None:
    """0.5 m nearer, 0.3 m to the left and 0.2 m up are (-0.3, -0.2, -0.5) of the optical axes for each pixel of the
    car, nothing for the wall, NaN for the sky."""
    image, made = seen(camera(), (-0.5, 0.3, 0.2))
    car, wall = image["instance"] == 1, image["instance"] == 0
    assert made["scene_flow"][car] == pytest.approx(np.tile([-0.3, -0.2, -0.5], (car.sum(), 1)), abs=4e-6)
    assert car.sum() > 50 and np.abs(made["scene_flow"][wall]).max() < 1e-5
    assert np.isnan(made["scene_flow"][image["instance"] < 0]).all()


@pytest.mark.parametrize("lens", ["pinhole", "fisheye", "equirectangular"])
def test_optical_flow_is_scene_flow_projected(lens: str) -> None:
    """Each pixel's point moved by its scene flow comes to the pixel that optical flow names, through any lens, also of
    a car that turns."""
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.0), (64, 48), math.radians(100.0), lens=lens)
    image, made = seen(spec, (-0.5, 0.4, 0.0), 0.2)
    points = projection.rays(spec) * image["range"][..., None] + made["scene_flow"]
    hit = np.isfinite(image["range"])
    px, valid = projection.project(spec, points[hit])
    expected = px - projection.pixel_centres(spec)[hit]
    assert valid.all() and np.abs(image["flow"][hit] - expected).max() < 0.01


def test_time_to_collision_is_distance_over_closing_speed() -> None:
    """A car 8 m ahead that comes 1 m nearer in 0.1 s is here after 0.8 s on the axis; elsewhere the distance r of a
    point shrinks to |p - (0, 0, 1)|. What rests or goes away never is."""
    spec = camera(65, 49)
    image, made = seen(spec, (-1.0, 0.0, 0.0))
    car, found = image["instance"] == 1, made["time_to_collision"]
    points = projection.rays(spec) * image["range"][..., None]
    nearer = image["range"] - np.linalg.norm(points - [0.0, 0.0, 1.0], axis=-1)
    assert found[car] == pytest.approx((image["range"] * 0.1 / nearer)[car], rel=1e-4)
    assert image["depth"][24, 32] == pytest.approx(found[24, 32] * 10.0, rel=1e-3)
    assert (found[~car] > 1e4).all() and not np.isnan(found).any()
    away = seen(spec, (1.0, 0.0, 0.0))[1]["time_to_collision"]
    assert np.isinf(away[car]).all()
    far, gained = np.array([4.0, 4.0, 4.0, math.inf]), np.array([4.0 - 16.0, math.nan, 0.0, -math.inf])
    assert time_to_collision(far, gained, 0.5).tolist() == [1.0, math.inf, math.inf, math.inf]


def test_panoptic_ids_come_apart_again() -> None:
    """The class is id mod 256, and of things the instance id // 256 - 1; stuff of one class is one segment."""
    car, road = CLASS_ID["car"], CLASS_ID["road"]
    ids = panoptic(np.array([[car, car, road, 0]], np.int32), np.array([[3, 65532, 7, -1]], np.int32))
    assert ids.dtype == np.int32 and ids.tolist() == [[car + 4 * 256, car + 65533 * 256, road, 0]]
    assert ids.max() < 1 << 24 and len(CLASSES) <= 256


def test_they_are_recorded_by_their_words() -> None:
    """From the text of a scenario; with a rolling shutter motion is refused, panoptic ids are not."""
    text = """use driving
scenario t:
    world street(length = 60 m)
    car ego on lane(1) at s(10 m)
    stop after 0.1 s
    sensor front on ego = camera(size = (48, 32), rolling_shutter = {})
    record front: {} at 10 hz
"""

    def first(shutter: str, words: str):
        program = parse_text(text.format(shutter, words), libraries=libraries())[0]
        return next(iter(next(iter(simengine.episodes(program, 1)))))["front"]

    frame = first("0 ms", "panoptic, scene_flow, time_to_collision, semantic")
    assert np.array_equal(frame["panoptic"] & 255, frame["semantic"])
    assert np.nanmax(np.abs(frame["scene_flow"])) < 1e-5 and frame["time_to_collision"].shape == (32, 48)
    assert first("5 ms", "panoptic")["panoptic"].shape == (32, 48)
    rolled = first("5 ms", "scene_flow, time_to_collision")
    assert np.nanmax(np.abs(rolled["scene_flow"])) < 1e-5 and np.isinf(rolled["time_to_collision"]).all()
