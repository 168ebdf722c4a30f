"""Wide lenses from the text of a scenario to a dataset: rows that are read in turn, what files say, cuboids."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.shutter import exposed
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine_renderers import reference
from tests.engine.test_shutter import Straight
from tests.renderers.simple_scenes import NOISE, block, scene_of, state_of

TEXT = """use driving
scenario wide:
    world street(length = 60 m)
    car ego on lane(1) at s(12 m):
        speed = 5 m/s
    car other ahead of ego by 5 m:
        speed = 4 m/s
    stop after 0.1 s
    sensor fish on ego = camera(size = (120, 90), fov = 190 deg, lens = fisheye):
        distortion.k1 = -0.01
        lens.circle = 200 deg
    sensor round on ego = camera(size = (160, 80), fov = 360 deg, lens = equirectangular)
    record fish: rgb, range, instance, box2d, box3d, pose6d at 10 hz
    record round: rgb, range, instance, box2d, box3d, pose6d at 10 hz
"""
_MIRRORS_M = 0.35  # a vehicle's size is its body without mirrors


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The last frame of the recorded dataset, read back."""
    folder = tmp_path_factory.mktemp("wide")
    (folder / "wide.scn").write_text(TEXT)
    simengine.run(simengine.RunOptions(str(folder / "wide.scn"), folder / "out", variants=1, seed=3))
    return list(next(iter(simengine.Dataset.open(folder / "out").episodes)))[-1]


def test_rows_are_read_in_turn_through_a_fisheye() -> None:
    """A post whose right edge lies at 2 m, 10 m ahead, and moves to the left with 40 m/s: row r of 60 is read at
    r + 1/2 ms, when a ray sees the post if it meets the plane of its front within 4 m left of 2 m - 40 m/s t."""
    scene = scene_of([block("post", (0.2, 4.0, 60.0))])
    states = Straight(state_of(scene, [(10.1, 0.0, -30.0)]), 40.0)
    spec = CameraSpec.from_fov(
        "front", -1, (0.0, 0.0, 1.0), (100, 60), math.radians(150.0), lens="fisheye", readout_ns=60_000_000,
    )  # fmt: skip
    renderer = reference.open_renderer(scene, RenderOptions())
    instants = Instants(states.state_at(0), states.state_at(spec.period_ns))
    seen = exposed(renderer, states, spec, instants, ("instance",), NOISE).channels["instance"] == 0
    ray = projection.rays(spec)
    edge = 2.0 - 40.0 * (np.arange(60)[:, None] + 0.5) * 1e-3
    with np.errstate(divide="ignore"):
        across, down = 10.0 * ray[..., 0] / ray[..., 2], 10.0 * ray[..., 1] / ray[..., 2]
    ahead = (ray[..., 2] > 0) & (np.abs(down) < 28.0)
    clear = ahead & (np.abs(across - edge) > 1e-6) & (np.abs(across - edge + 4.0) > 1e-6) & (edge > 0.0)
    assert np.array_equal(seen[clear], ((across < edge) & (across > edge - 4.0))[clear])
    assert seen[clear].sum() > 300


@pytest.mark.parametrize("sensor", ["fish", "round"])
def test_what_is_stored_puts_pixels_into_the_right_boxes(frame: Any, sensor: str) -> None:
    """The lens of calibration.json, the range and the pose give each pixel's point in the world: pixels of a car lie in
    the extent of its 3D box, and the box of the visible pixels is the recorded one."""
    view, boxes = frame[sensor], frame.boxes3d
    spec = view.spec
    assert spec.lens == ("fisheye" if sensor == "fish" else "equirectangular")
    k = boxes.find("other")
    mask = view["instance"] == boxes.instance[k]
    assert mask.sum() > 25
    points = tf.apply(view.pose, (projection.rays(spec) * view["range"][..., None].astype(float))[mask])
    thing = tf.matrix_from_pose(boxes.extent_center_m[k], boxes.orientation[k])
    beyond = np.abs(tf.apply(tf.inverse(thing), points)) - 0.5 * boxes.extent_size_m[k]
    assert beyond.max() < 1e-3
    v, u = np.nonzero(mask)
    row = view.boxes2d.find("other")
    assert view.boxes2d.visible_box_px[row].tolist() == [u.min(), v.min(), u.max() + 1, v.max() + 1]


@pytest.mark.parametrize("sensor", ["fish", "round"])
def test_cuboids_bend_with_the_lens_and_hold_what_is_seen(frame: Any, sensor: str) -> None:
    """Points all over the cuboid of ``pose6d``, projected through the lens, bound the pixels of the car, also where the
    picture bends its edges; the box of the whole mesh lies within a little more (mirrors)."""
    view = frame[sensor]
    poses, boxes = view.poses6d, view.boxes2d
    k, row = poses.name.index("other"), boxes.find("other")
    grid = np.linspace(0.0, 1.0, 25)
    unit = np.array([p for p in itertools.product(grid, repeat=3) if any(c in (0.0, 1.0) for c in p)])
    size = poses.size_m[k] + np.array([0.0, 2.0 * _MIRRORS_M, 0.0])
    mesh = (unit - [0.5, 0.5, 0.0]) * size
    px, valid = projection.project(view.spec, tf.apply(poses.matrices()[k], mesh))
    assert valid.all()
    low, high = px.min(0), px.max(0)
    x0, y0, x1, y1 = boxes.amodal_box_px[row]
    assert low[0] <= x0 + 0.6 and low[1] <= y0 + 0.6 and high[0] >= x1 - 0.6 and high[1] >= y1 - 0.6
    assert (high - low).max() < 1.8 * max(x1 - x0, y1 - y0)
