"""Stereo pairs: geometry by OpenCV, hiding by rays, exposure, faults, and the way to disk and KITTI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import simengine
from simengine.datasets import Dataset
from simengine.engine.catalogue import libraries
from simengine.engine.stereo import disparity_mask, disparity_px, right_camera
from simengine.errors import SensorError
from simengine.geometry import transforms as tf
from simengine.language import check_text, parse_text
from simengine.sensors.specs import CameraSpec
from tests.renderers.simple_scenes import block, look, scene_of, state_of

TEXT = """use driving
scenario pair:
    world street(lanes = 2, parking = right, length = 60 m)
    car ego on lane(1) at s(10 m):
        speed = 8 m/s
    car parked[2] along curb(right) at s(22 m)
    pedestrian a at (18 m, 1.5 m) facing ego
    stop after 0.4 s
    sensor eyes on ego = stereo(baseline = 30 cm, size = (320, 200), fov = 70 deg)
    record eyes: rgb, rgb_right, depth, disparity, disparity_mask, box2d, box3d at 5 hz
"""


def frames(text: str = TEXT, samples: int | None = None) -> list[Any]:
    program = parse_text(text, libraries=libraries())[0]
    return list(next(iter(simengine.episodes(program, 1, seed=5, samples=samples))))


@pytest.fixture(scope="module")
def plain() -> list[Any]:
    return frames()


def pair(width: int = 64, baseline_m: float = 0.5) -> CameraSpec:
    spec = CameraSpec.from_fov("eyes", -1, (0.0, 0.0, 1.0), (width, 48), np.pi / 2, baseline_m=baseline_m)
    return spec


def test_disparity_is_the_points_of_depth(plain: list[Any]) -> None:
    """OpenCV's reprojectImageTo3D with the pair's Q gives the point cloud of the depth image, to float32 rounding."""
    eyes = plain[1]["eyes"]
    f, spec = eyes.intrinsics[0, 0], eyes.spec
    cx, cy = spec.cx_px - 0.5, spec.cy_px - 0.5  # OpenCV's pixel centres are whole numbers
    q = np.array([[1, 0, 0, -cx], [0, 1, 0, -cy], [0, 0, 0, f], [0, 0, 1 / spec.baseline_m, 0]])
    points, z = cv2.reprojectImageTo3D(eyes["disparity"], q), eyes["depth"]
    hit = np.isfinite(z)
    v, u = np.nonzero(hit)
    expected = np.stack([(u - cx) / f * z[hit], (v - cy) / f * z[hit], z[hit]], -1)
    assert np.allclose(points[hit], expected, rtol=1e-5, atol=1e-5)
    assert (eyes["disparity"][~hit] == 0).all() and (~hit).any()


def test_block_matching_finds_the_disparity() -> None:
    """An independent matcher on the two images agrees with the ground truth where both cameras see: it errs by under a
    pixel for most of what it is sure of, and correlates by over 0.96. Images of four samples a pixel: one alone makes
    jagged edges and leaves of single pixels, which a matcher takes for others (0.95)."""
    eyes = frames(samples=4)[1]["eyes"]
    left, right = (cv2.cvtColor(eyes[c], cv2.COLOR_RGB2GRAY) for c in ("rgb", "rgb_right"))
    found = cv2.StereoSGBM_create(0, 48, 5, 200, 800, 1, 0, 10, 100, 2).compute(left, right) / 16.0
    true = eyes["disparity"]
    sure = (found > 0) & (eyes["disparity_mask"] == 255) & (true < 47)
    error = np.abs(found - true)[sure]
    assert sure.mean() > 0.4 and np.median(error) < 0.6 and (error < 1.0).mean() > 0.75
    assert np.corrcoef(found[sure], true[sure])[0, 1] > 0.96


def test_what_the_right_camera_sees_by_hand() -> None:
    """A wall 10 m away behind a post 5 m away, 0.5 m baseline and f = 32 px: disparities 1.6 and 3.2 px. Left of the
    post (28.8 to 35.2 px) the wall's 27.2 to 28.8 px are hidden, and 0 to 1.6 px lie outside of the right image. At
    27.5 px the right image's pixel has its centre beside the post, 0.1 px off."""
    fixed = [
        (block("wall", (0.2, 60.0, 30.0), "building"), tf.translation([10.1, 0.0, -10.0])),
        (block("post", (0.2, 1.0, 20.0), "pole"), tf.translation([5.1, 0.0, -5.0])),
    ]
    scene = scene_of([], fixed)
    spec, state = pair(), state_of(scene, [])
    right = right_camera(spec, None)
    assert np.allclose(right.entity_from_camera[:3, 3], [0.0, -0.5, 1.0])  # to the right: -y of the carrier
    left_depth = look(scene, spec, state, ["depth"]).channels["depth"]
    right_depth = look(scene, right, state, ["depth"]).channels["depth"]
    assert np.allclose(np.unique(disparity_px(spec, left_depth).round(4)), [1.6, 3.2])
    mask = disparity_mask(spec, left_depth, right_depth)
    row = mask[20]
    post = np.flatnonzero(left_depth[20] < 6.0)
    hidden = np.flatnonzero(row == 128)
    assert post.tolist() == list(range(29, 35)) and {0, 1, 28} <= set(hidden.tolist()) <= {0, 1, 27, 28}
    assert (row[post] == 255).all() and (mask == row).all()


def test_hidden_points_are_those_that_a_ray_from_the_right_camera_misses() -> None:
    """The definition without pixels: a point is seen where the right camera's depth along the ray to it is its own.
    Rendered at eight times the resolution, the mask differs at the edges of things only."""
    fixed = [
        (block("wall", (0.2, 60.0, 30.0), "building"), tf.translation([12.0, 0.0, -10.0])),
        (block("a", (1.0, 1.0, 1.4), "car"), tf.compose(tf.translation([5.0, 1.0, 0.0]), np.eye(4))),
        (block("b", (0.6, 0.6, 2.2), "car"), tf.translation([3.5, -1.2, 0.0])),
    ]
    scene = scene_of([], fixed)
    spec, state = pair(96, 0.4), state_of(scene, [])
    right = right_camera(spec, None)
    left_depth = look(scene, spec, state, ["depth"]).channels["depth"]
    mask = disparity_mask(spec, left_depth, look(scene, right, state, ["depth"]).channels["depth"])
    wide = CameraSpec.from_fov("wide", -1, (0.0, -0.4, 1.0), (768, 384), np.pi / 2)
    fine = look(scene, wide, state, ["depth"]).channels["depth"]
    v, u = np.nonzero(np.isfinite(left_depth))
    z = left_depth[v, u].astype(np.float64)
    x = (u + 0.5 - spec.cx_px) / spec.fx_px * z - 0.4  # in the right camera's frame
    column = np.floor(8 * (x / z * spec.fx_px + spec.cx_px)).astype(int)
    inside = column >= 0
    there = fine[(8 * v + 4)[inside], column[inside]]
    seen = np.zeros(len(z), bool)
    seen[inside] = there > z[inside] * 0.98
    assert (seen != (mask[v, u] == 255)).mean() < 0.02 and 0.02 < (~seen).mean() < 0.5


def test_both_images_are_exposed_as_the_left_one_meters(plain: list[Any]) -> None:
    """The same point has nearly the same brightness in both images: the right one warped by the disparity differs by
    a few levels in the median, not by a step of exposure. Means
    would count leaves, panes and edges, which no two cameras see alike."""
    eyes = plain[1]["eyes"]
    v, u = np.nonzero((eyes["disparity_mask"] == 255) & (eyes["disparity"] < 40))
    column = np.floor(u + 0.5 - eyes["disparity"][v, u]).astype(int)
    difference = eyes["rgb"][v, u].astype(int) - eyes["rgb_right"][v, column].astype(int)
    assert abs(np.median(difference)) <= 1 and np.median(np.abs(difference)) <= 4
    assert abs(difference.mean()) < 1.5


def test_faults_befall_both_images_and_no_label(plain: list[Any]) -> None:
    """A frozen pair shows an earlier right image, noise is another one in each camera; disparity knows of neither."""
    text = TEXT.replace(
        "    stop after", "    do:\n        wait 0.2 s\n        eyes.fault(freeze) for 0.5 s\n    stop after"
    )
    frozen = frames(text)
    assert np.array_equal(frozen[2]["eyes"]["rgb_right"], plain[0]["eyes"]["rgb_right"])
    assert np.array_equal(frozen[2]["eyes"]["disparity"], plain[2]["eyes"]["disparity"])
    assert not np.array_equal(plain[2]["eyes"]["rgb_right"], plain[0]["eyes"]["rgb_right"])
    noisy = frames(
        TEXT.replace("    stop after", "    do:\n        eyes.fault(noise, gain = 20) for 1 s\n    stop after")
    )
    a, b = (noisy[1]["eyes"][c].astype(int) - plain[1]["eyes"][c] for c in ("rgb", "rgb_right"))
    assert np.abs(a).mean() > 3 and np.abs(b).mean() > 3 and not np.array_equal(a, b)


def test_to_disk_and_to_kitti(tmp_path: Path, plain: list[Any]) -> None:
    """What is read back is what was live; KITTI's files hold disparity in 1/256 px and the baseline in P3."""
    (tmp_path / "pair.scn").write_text(TEXT)
    simengine.run(simengine.RunOptions(str(tmp_path / "pair.scn"), tmp_path / "data", variants=1, seed=5))
    dataset = Dataset.open(tmp_path / "data")
    stored = list(dataset.episodes[0])
    for a, b in zip(plain, stored, strict=True):
        assert list(a["eyes"]) == list(b["eyes"]) and b["eyes"].spec.baseline_m == 0.3
        for channel in a["eyes"]:
            assert np.array_equal(a["eyes"][channel], b["eyes"][channel]), channel
    simengine.export(tmp_path / "data", "kitti", tmp_path / "kitti")
    folder = tmp_path / "kitti" / "training"
    right = cv2.imread(str(folder / "image_3" / "000001.png"))
    assert np.array_equal(right[..., ::-1], stored[1]["eyes"]["rgb_right"])
    all_px, both = (
        cv2.imread(str(folder / d / "000001.png"), cv2.IMREAD_UNCHANGED) for d in ("disp_occ_0", "disp_noc_0")
    )
    assert np.abs(all_px / 256.0 - np.minimum(stored[1]["eyes"]["disparity"], 255.99)).max() <= 0.5 / 256 + 1e-9
    assert np.array_equal(both > 0, (stored[1]["eyes"]["disparity_mask"] == 255) & (all_px > 0))
    calib = dict(line.split(": ") for line in (folder / "calib" / "000001.txt").read_text().splitlines())
    p2, p3 = (np.array(calib[k].split(), float).reshape(3, 4) for k in ("P2", "P3"))
    assert np.allclose(p3[0, 3] - p2[0, 3], -p2[0, 0] * 0.3)


def test_a_pair_is_rectified() -> None:
    """Distortion and a negative baseline make no pair; the language knows neither, and a camera no disparity."""
    with pytest.raises(SensorError, match="rectified"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, distortion=(0.1, *(0.0,) * 7), baseline_m=0.1)
    with pytest.raises(SensorError, match="baseline"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, baseline_m=-0.1)
    for line, code in (
        ("sensor s on ego = stereo(baseline = 0 m)", "E0208"),
        ("sensor s on ego = stereo():\n        distortion.k1 = 0.1", "E0201"),
        ("sensor s on ego = camera()\n    record s: disparity", "E0210"),
    ):
        text = f"use driving\nscenario t:\n    world street()\n    car ego on lane(1)\n    {line}\n"
        assert code in {d.code for d in check_text(text, libraries=libraries()).diagnostics}, line
