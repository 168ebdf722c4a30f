"""The camera model against OpenCV, its own inverse, and its refusal of lenses that fold."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import SensorError
from simengine.sensors import pinhole, projection
from simengine.sensors.specs import CameraSpec

LENSES = {
    "pinhole": (0.0,) * 8,
    "barrel": (-0.2, 0.05, 0.001, -0.0005, -0.004, 0.0, 0.0, 0.0),
    "waymo": (0.0404, -0.330, 0.001, -0.0016, 0.0, 0.0, 0.0, 0.0),  # real values of a Waymo front camera
    "rational": (8.6, 4.5, 2e-4, -1e-4, 0.2, 8.9, 7.0, 1.2),  # typical of a wide-angle calibration
    "pincushion": (0.15, 0.02, -0.001, 0.002, 0.01, 0.0, 0.0, 0.0),
}


def camera(lens: tuple[float, ...], focal_px: float = 500.0, size: tuple[int, int] = (640, 480)) -> CameraSpec:
    return CameraSpec("front", -1, np.eye(4), *size, focal_px, focal_px * 1.02, 322.25, 239.5, lens)


@pytest.mark.parametrize("name", LENSES)
def test_projection_equals_opencv(name: str) -> None:
    """cv2.projectPoints implements the same published model independently: equal to 1e-6 px."""
    spec = camera(LENSES[name], 700.0)
    rng = np.random.default_rng(1)
    points = np.stack([rng.uniform(-4, 4, 5000), rng.uniform(-3, 3, 5000), rng.uniform(8, 40, 5000)], -1)
    px, valid = projection.project(spec, points)
    expected, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), spec.matrix(), np.array(spec.distortion))
    assert valid.all()
    np.testing.assert_allclose(px, expected[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", LENSES)
def test_rays_project_back_to_the_pixel_centres(name: str) -> None:
    """rays() is the inverse of project(): a round trip over all pixels ends at the centres (i + 0.5, j + 0.5)."""
    spec = camera(LENSES[name], 700.0)
    directions = projection.rays(spec)
    px, valid = projection.project(spec, directions * 7.5)
    assert directions.dtype == np.float64 and directions.shape == (480, 640, 3)
    assert valid.all()
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1.0, rtol=0, atol=1e-15)
    np.testing.assert_allclose(px, projection.pixel_centres(spec), rtol=0, atol=1e-9)
    assert px[0, 0] == pytest.approx([0.5, 0.5], abs=1e-9)


def test_pinhole_rays_by_hand() -> None:
    """fov 90 deg at 4 px: f = 2, so the outermost centre is 1.5 px off axis and its slope is 1.5 / 2."""
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 0.0), (4, 2), math.pi / 2)
    ray = projection.rays(spec)[0, 3]
    assert ray[0] / ray[2] == pytest.approx(0.75) and ray[1] / ray[2] == pytest.approx(-0.25)


@settings(max_examples=60, deadline=None)
@given(
    k=st.tuples(*[st.floats(-0.12, 0.12)] * 2, *[st.floats(-0.004, 0.004)] * 2, *[st.floats(-0.05, 0.05)] * 4),
    x=st.floats(-0.6, 0.6),
    y=st.floats(-0.5, 0.5),
)
def test_undistort_inverts_distort(k: tuple[float, ...], x: float, y: float) -> None:
    """Newton's result, distorted again, is the point asked for, for any mild lens (residual is the definition)."""
    xd, yd = pinhole.distort(k, np.array([x]), np.array([y]))
    back_x, back_y = pinhole.undistort(k, xd, yd)
    assert back_x[0] == pytest.approx(x, abs=1e-10) and back_y[0] == pytest.approx(y, abs=1e-10)


_COEFFICIENT = st.integers(-1000, 1000).map(lambda v: v / 1000)
"""As in calibration files: three decimals. Coefficients like 1e-30 only test the conditioning of polynomial roots."""


@settings(max_examples=60, deadline=None)
@given(k=st.tuples(*[_COEFFICIENT] * 2, st.just(0.0), st.just(0.0), *[_COEFFICIENT] * 4))
def test_fold_radius_is_where_growth_ends(k: tuple[float, ...]) -> None:
    """Brute force on a fine grid: the distorted radius grows at every step before the fold radius."""
    fold = pinhole.fold_radius(k)
    r = np.linspace(0.0, min(fold * 0.999, 20.0), 4000)
    rd, _ = pinhole.distort(k, r, np.zeros_like(r))
    assert (np.diff(rd) > 0).all()
    if fold < 20.0:
        beyond = fold + np.array([1e-4, 1e-2]) * fold
        past, _ = pinhole.distort(k, beyond, np.zeros(2))
        s = fold * fold
        pole = abs(1.0 + s * (k[5] + s * (k[6] + s * k[7]))) < 1e-6  # refused even where the numerator cancels it
        assert pole or past[1] < past[0] or past[0] < rd[-1]


@pytest.mark.parametrize("k4", np.linspace(-0.9, -3.0, 22).tolist())
def test_what_ends_at_a_pole_sees_all_of_its_image(k4: float) -> None:
    """r / (1 + k4 r^2) grows without end up to its pole: every pixel has a ray, whichever way the pole rounds."""
    spec = CameraSpec("front", -1, np.eye(4), 64, 48, 30.0, 30.0, 32.0, 24.0, (0, 0, 0, 0, 0, k4, 0, 0))
    rays = projection.rays(spec)
    assert np.hypot(rays[..., 0], rays[..., 1]).max() < 1.0 / math.sqrt(1.0 - k4)  # sin(atan(1 / sqrt(-k4)))


def test_known_fold_radius() -> None:
    """r (1 - 0.3 r^2) has slope 1 - 0.9 r^2: zero at r = 1 / sqrt(0.9)."""
    lens = (-0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert pinhole.fold_radius(lens) == pytest.approx(1.0 / math.sqrt(0.9), rel=1e-12)
    assert pinhole.fold_radius((0.1,) + (0.0,) * 7) == math.inf


def test_folding_lens_is_refused_with_its_radius() -> None:
    """A barrel lens that folds at 703 px cannot fill an image whose corner lies at 800 px."""
    spec = CameraSpec("wide", -1, np.eye(4), 1280, 960, 500.0, 500.0, 640.0, 480.0, (-0.3,) + (0.0,) * 7)
    with pytest.raises(SensorError, match=r"camera 'wide'.*folds at radius 1\.054 .*800 px"):
        projection.rays(spec)


def test_numbers_that_are_none_are_refused() -> None:
    """NaN or infinite intrinsics and coefficients make no camera: one clear error when the spec is made."""
    for lens in ((math.nan,) + (0.0,) * 7, (0.0,) * 7 + (math.inf,)):
        with pytest.raises(SensorError, match="finite"):
            camera(lens)
    with pytest.raises(SensorError, match="finite"):
        CameraSpec("front", -1, np.eye(4), 64, 48, 50.0, 50.0, math.nan, 24.0)


def test_points_behind_or_beyond_the_fold_are_not_valid() -> None:
    """Behind the camera and past the fold (r = 1.054) a formula would give numbers; there is no pixel."""
    spec = camera((-0.3,) + (0.0,) * 7)
    px, valid = projection.project(spec, [[0, 0, -1.0], [0, 0, 0.0], [1.1, 0, 1.0], [1.0, 0, 1.0], [0, 0, 1.0]])
    assert valid.tolist() == [False, False, False, True, True]
    assert np.isnan(px[:3]).all() and np.isfinite(px[3:]).all()
    assert px[4].tolist() == [spec.cx_px, spec.cy_px]


def test_a_batch_equals_singles_bit_for_bit() -> None:
    """Newton freezes points that are done, so a pixel's ray does not depend on which other pixels were asked."""
    spec = camera(LENSES["rational"], 700.0)
    px = projection.pixel_centres(spec)[::97, ::101].reshape(-1, 2)
    together = projection.unproject(spec, px)
    alone = np.stack([projection.unproject(spec, p[None])[0] for p in px])
    np.testing.assert_array_equal(together, alone)


def test_in_image_uses_half_open_edges() -> None:
    """Pixel i covers [i, i + 1): 0 is inside, the width is outside, NaN is nowhere."""
    spec = camera(LENSES["pinhole"])
    px = np.array([[0.0, 0.0], [640.0, 10.0], [639.999, 479.999], [np.nan, 3.0], [-1e-9, 3.0]])
    assert projection.in_image(spec, px).tolist() == [True, False, True, False, False]
