"""What faults do to images and points, by themselves: against formulas and other libraries."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from scipy import stats

from simengine.geometry import transforms as tf
from simengine.render.protocol import POINT_FIELDS
from simengine.sensors import image_faults, scan_faults
from simengine.sensors.faults import FAULTS


def random(key: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def grey(level: int, size: int = 128) -> np.ndarray:
    return np.full((size, size, 3), level, np.uint8)


def test_saturation_multiplies_light():
    """Four times as bright is two stops; what was above a quarter of white becomes white. OpenCV has no such thing;
    the sRGB formula of IEC 61966-2-1 has."""
    levels = np.arange(256, dtype=np.uint8).reshape(1, -1, 1).repeat(3, 2)
    out = image_faults.saturated(levels, 4.0)
    light = image_faults.linear(levels)
    assert (out[light >= 0.25] == 255).all()
    dark = light < 0.24
    assert np.abs(image_faults.linear(out)[dark] - 4.0 * light[dark]).max() < 0.5 * 0.0092  # half of the widest step
    assert np.array_equal(image_faults.saturated(levels, 1.0), levels)


def test_blur_is_a_gaussian_of_light():
    """Against OpenCV's GaussianBlur of the linear image, with the border repeated."""
    image = random(3).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    for radius in (0.8, 2.5):
        reach = math.ceil(3 * radius)
        size = 2 * reach + 1
        other = cv2.GaussianBlur(
            image_faults.linear(image), (size, size), radius, sigmaY=radius, borderType=cv2.BORDER_REPLICATE
        )
        ours = image_faults.linear(image_faults.blurred(image, radius))
        assert np.abs(ours - other).max() < 0.5 * 0.0092
    assert np.array_equal(image_faults.blurred(image, 0.0), image)


@pytest.mark.parametrize("area", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_dirt_covers_its_share(area: float):
    """Cover of a half and more on that share of the pixels (the level is a quantile); it takes nine tenths of light."""
    cover = image_faults.blots((120, 160), area, random(1))
    assert (cover >= 0.5).mean() == pytest.approx(area, abs=1e-3)
    assert 0.0 <= cover.min() <= cover.max() <= 1.0
    image = np.full((120, 160, 3), 200, np.uint8)
    seen = image_faults.linear(image_faults.dimmed(image, cover))
    full = cover == 1.0
    if full.any():
        assert seen[full] == pytest.approx(0.1 * image_faults.linear(image)[0, 0, 0], abs=0.002)
    assert np.array_equal(image_faults.dimmed(image, cover)[cover == 0.0], image[cover == 0.0])


def test_a_black_rectangle_of_that_area():
    out = image_faults.blackened(grey(90, 100), 0.25, random(2))
    assert (out == 0).all(-1).sum() == 50 * 50
    assert np.array_equal(image_faults.blackened(grey(90), 1.0, random()), np.zeros_like(grey(90)))


# ---- scans ---------------------------------------------------------------------------------------------------------


def scan(count: int = 4000) -> dict[str, np.ndarray]:
    """Points in all directions, seen by a sensor that moves and turns while it scans."""
    r = random(7)
    azimuth, level = r.uniform(-np.pi, np.pi, count), r.uniform(-0.4, 0.3, count)
    length = r.uniform(2.0, 60.0, count)
    ray = np.stack([np.cos(level) * np.cos(azimuth), np.cos(level) * np.sin(azimuth), np.sin(level)], -1)
    xyz = length[:, None] * ray
    points = {name: np.zeros(count, np.int32) for name in POINT_FIELDS}
    points |= {
        "xyz": xyz.astype(np.float32), "xyz_deskewed": tf.apply(path(count), xyz).astype(np.float32),
        "range": length.astype(np.float32), "intensity": np.full(count, 40.0, np.float32),
        "ring": np.arange(count, dtype=np.int32),
    }  # fmt: skip
    return points


def path(count: int) -> np.ndarray:
    """start_from_sensor at each point: 2 m on and 20 degrees round during the scan."""
    stop = tf.matrix_from_pose(np.array([2.0, 0.3, 0.0]), tf.quaternion_from_yaw(0.35))
    return tf.interpolate(np.eye(4), stop, np.linspace(0.0, 1.0, count))


LIMITS = (0.5, 61.0)


def test_a_range_bias_moves_points_along_their_rays():
    """In both frames: what a sensor would have measured of a point that is 0.5 m farther on the same ray. What leaves
    the range of the sensor is lost."""
    points = scan()
    out = scan_faults.shifted(points, 0.5, lambda: path(4000), (0.5, 60.0))
    keep = points["range"].astype(float) + 0.5 <= 60.0
    assert 0 < (~keep).sum() < 100 and np.array_equal(out["ring"], points["ring"][keep])
    assert out["range"] == pytest.approx(points["range"][keep] + 0.5, abs=1e-5)
    true = points["xyz"][keep].astype(float)
    farther = true * (1.0 + 0.5 / np.linalg.norm(true, axis=1))[:, None]
    assert np.abs(out["xyz"] - farther).max() < 2e-5
    assert np.abs(out["xyz_deskewed"] - tf.apply(path(4000)[keep], farther)).max() < 5e-5


def test_range_noise_is_normal():
    """Differences to the true ranges pass a Kolmogorov-Smirnov test against N(0, 0.2 m)."""
    out = scan_faults.noisy(scan(), 0.2, random(5), lambda: path(4000), (-9.0, 99.0))
    error = out["range"].astype(float) - scan()["range"]
    assert stats.kstest(error, "norm", (0.0, 0.2)).pvalue > 0.01


def test_points_drop_one_by_one():
    """Each with its own probability: the number that is left is binomial, within 5 sigma; nothing else changes."""
    points = scan()
    out = scan_faults.dropped(points, 0.3, random(6))
    assert abs(len(out["range"]) - 2800) < 5 * math.sqrt(4000 * 0.3 * 0.7)
    assert np.array_equal(out["xyz"], points["xyz"][out["ring"]])
    assert len(scan_faults.dropped(points, 1.0, random())["range"]) == 0
    assert len(scan_faults.dropped(points, 0.0, random())["range"]) == 4000


@pytest.mark.parametrize("yaw", [0.0, 3.0, -2.0])
def test_a_sector_is_missing(yaw: float):
    """60 degrees about a direction, across the seam at +-180 degrees, too: angles to the direction by dot product."""
    points = scan()
    out = scan_faults.without_sector(points, math.radians(60.0), yaw)
    flat = points["xyz"][:, :2].astype(float)
    toward = flat @ [math.cos(yaw), math.sin(yaw)] / np.linalg.norm(flat, axis=1)
    assert np.array_equal(out["ring"], points["ring"][toward < math.cos(math.radians(30.0))])


def test_ghosts_lie_on_rays():
    """Real points stay, in order; each ghost follows its point, on the same ray, of nothing, a quarter as bright."""
    points = scan()
    out = scan_faults.ghosted(points, 0.25, random(8), lambda: path(4000), LIMITS)
    ghost = out["instance"] == -1
    assert abs(ghost.sum() - 1000) < 5 * math.sqrt(4000 * 0.25 * 0.75)
    for name in POINT_FIELDS:
        assert np.array_equal(out[name][~ghost], points[name]), name
    at = np.flatnonzero(ghost)
    assert np.array_equal(out["ring"][at], out["ring"][at - 1]) and (out["intensity"][at] == 10.0).all()
    ray, parent = (out["xyz"][k].astype(float) for k in (at, at - 1))
    assert np.abs(np.cross(ray, parent)).max() < 1e-3
    assert np.abs(np.linalg.norm(ray, axis=1) - out["range"][at]).max() < 1e-4
    assert out["range"][at].min() >= LIMITS[0] and out["range"][at].max() <= LIMITS[1]


def test_every_fault_says_what_it_is():
    """The tables name settings that exist, and a fault with no setting at all needs none."""
    for kinds in FAULTS.values():
        for kind in kinds.values():
            assert kind.doc and set(kind.one_of) <= set(kind.takes) and len(set(kind.settings)) == len(kind.settings)
