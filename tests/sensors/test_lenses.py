"""Lenses other than a plane: against OpenCV, against their own inverse, and what they refuse."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import SensorError
from simengine.sensors import projection
from simengine.sensors.imaging import Imager, Infrared, Optics
from simengine.sensors.lenses import LENSES, Polynomial, Sphere
from simengine.sensors.specs import CameraSpec

FISHEYES = [(0.0,) * 4, (-0.012, 0.003, -0.0008, 0.00005), (0.05, -0.01, 0.002, -0.0001)]
WIDE = [
    ("fisheye", FISHEYES[0], 190.0), ("fisheye", FISHEYES[1], 220.0), ("fisheye", (0.0,) * 4, 360.0),
    ("ftheta", (0.02, -0.03, 0.004, 0.0, 0.0, 0.0), 200.0), ("double_sphere", (-0.2, 0.6), 190.0),
    ("double_sphere", (0.3, 0.4), 200.0), ("double_sphere", (0.0, 0.5), 300.0), ("equirectangular", (), 360.0),
    ("orthographic", (), 150.0),
]  # fmt: skip


def camera(lens: str, k: tuple[float, ...], fov: float, size: tuple[int, int] = (320, 240)) -> CameraSpec:
    return CameraSpec.from_fov("front", -1, (0.0, 0.0, 0.0), size, math.radians(fov), lens=lens, distortion=k)


@pytest.mark.parametrize("k", FISHEYES)
def test_fisheye_equals_opencv(k):
    """cv2.fisheye.projectPoints implements the published model on its own, for points in front: equal to 1e-6 px."""
    spec = camera("fisheye", k, 180.0, (1280, 960))
    rng = np.random.default_rng(3)
    points = np.stack([rng.uniform(-30, 30, 4000), rng.uniform(-30, 30, 4000), rng.uniform(0.5, 20, 4000)], -1)
    expected, _ = cv2.fisheye.projectPoints(
        points[:, None], np.zeros(3), np.zeros(3), spec.matrix(), np.array(k, np.float64)
    )
    px, valid = projection.project(spec, points)
    assert valid.all()
    np.testing.assert_allclose(px, expected[:, 0], rtol=0, atol=1e-6)


def test_thin_prism_equals_opencv():
    """cv2.projectPoints with its twelve coefficients: equal to 1e-6 px, and the inverse brings every centre back."""
    k = (-0.1, 0.02, 1e-3, -2e-3, 0.003, 0.01, 0.002, 1e-3, 0.004, -0.002, -0.003, 0.001)
    spec = camera("pinhole", k, 80.0, (640, 480))
    rng = np.random.default_rng(1)
    points = np.stack([rng.uniform(-4, 4, 4000), rng.uniform(-3, 3, 4000), rng.uniform(6, 40, 4000)], -1)
    expected, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), spec.matrix(), np.array(k))
    px, _ = projection.project(spec, points)
    np.testing.assert_allclose(px, expected[:, 0], rtol=0, atol=1e-6)
    back, valid = projection.project(spec, projection.rays(spec))
    assert valid.all()
    np.testing.assert_allclose(back, projection.pixel_centres(spec), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("lens", "k", "fov"), WIDE)
def test_rays_project_back_to_their_pixels(lens, k, fov):
    """Over the whole image circle, corners included, there and back ends at the centre it began at."""
    spec = camera(lens, k, fov)
    rays, covered = projection.rays(spec), projection.covered(spec)
    px, valid = projection.project(spec, rays * 3.0)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=-1), 1.0, rtol=0, atol=1e-14)
    assert valid[covered].all() and covered[120].all()
    np.testing.assert_allclose(px[covered], projection.pixel_centres(spec)[covered], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("lens", "k", "fov"), WIDE)
def test_fov_is_from_edge_to_edge(lens, k, fov):
    """By definition the middle of the left edge lies half the field of view off axis, distortion included."""
    spec = camera(lens, k, fov)
    left = projection.unproject(spec, [0.0 + 1e-9, 120.0])
    assert math.atan2(abs(left[0]), left[2]) == pytest.approx(math.radians(fov / 2), abs=1e-6)


_UNIT = st.floats(-1.0, 1.0)


@settings(max_examples=80, deadline=None)
@given(k=st.tuples(*[_UNIT] * 8), share=st.floats(0.0, 1.0))
def test_any_polynomial_is_inverted_up_to_its_fold(k, share):
    """R grows up to the fold, so any radius below it has one angle, whose R it is to rounding."""
    lens = Polynomial(tuple(c / (2.0 * math.pi) ** n for n, c in enumerate(k, 1)), math.tau)
    angles = np.linspace(0.0, lens.natural_end_rad, 500)
    assert (np.diff(lens.radius(angles)) > -1e-12).all()
    radius = np.array([share * lens.reach])
    assert lens.radius(lens.angle(radius))[0] == pytest.approx(radius[0], abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(xi=st.floats(-0.9, 0.9), alpha=st.floats(0.0, 1.0), share=st.floats(0.0, 0.98))
def test_any_double_sphere_is_inverted(xi, alpha, share):
    """The closed inverse gives back the angle, away from the end, where R hardly grows any more."""
    lens = Sphere((xi, alpha), math.tau)
    angle = np.array([share * lens.natural_end_rad])
    assert lens.angle(lens.radius(angle))[0] == pytest.approx(angle[0], abs=1e-7)


@settings(max_examples=80, deadline=None)
@given(xi=st.floats(-0.95, 0.95), alpha=st.floats(0.0, 0.49), share=st.floats(0.05, 0.99))
def test_a_double_sphere_ends_where_its_places_are_infinitely_far(xi, alpha, share):
    """The divisor of the projection, by bisection of its own formula, has its first zero at the end; any pixel of any
    field of view below it is covered and comes back to its centre, and what lies beyond the end has no place."""

    def below(t: float) -> float:
        ahead = xi + math.cos(t)
        return alpha * math.hypot(math.sin(t), ahead) + (1.0 - alpha) * ahead

    angles = np.linspace(0.0, math.pi, 2001)
    after = next(k for k, t in enumerate(angles) if below(t) <= 0.0)
    low, high = angles[after - 1], angles[after]
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if below(middle) > 0.0 else (low, middle)
    end = Sphere((xi, alpha), math.tau).natural_end_rad
    assert end == pytest.approx(high, abs=1e-9)
    spec = camera("double_sphere", (xi, alpha), 2.0 * share * math.degrees(end), (32, 24))
    rays = projection.rays(spec)
    px, valid = projection.project(spec, 3.0 * rays)
    assert projection.covered(spec).all() and valid.all()
    np.testing.assert_allclose(px, projection.pixel_centres(spec), rtol=0, atol=1e-6)
    t = np.linspace(end + 1e-6, math.pi, 50)
    assert not projection.project(spec, np.stack([np.sin(t), 0.0 * t, np.cos(t)], -1))[1].any()


@pytest.mark.parametrize(
    ("xi", "alpha", "end_deg"), [(-0.9, 0.1, 32.94), (-0.6, 0.2, 68.96), (0.0, 0.4, 131.81), (0.3, 0.4, 144.73)]
)
def test_ends_of_double_spheres(xi, alpha, end_deg):
    """Where alpha d + (1 - alpha) (xi + cos t) changes its sign in a table of 0.001 deg; with xi = 0 where cos t is
    -alpha / (1 - alpha)."""
    assert math.degrees(Sphere((xi, alpha), math.tau).natural_end_rad) == pytest.approx(end_deg, abs=0.01)


def test_the_orthographic_lens_is_a_sine_that_ends_at_the_side():
    """R = sin t by definition: half the radius at 30 deg; pixels are equal shares of the disc that the half sphere is
    seen as from straight ahead, so that the mean of cos t over the picture of a whole half sphere is 2 / 3."""
    spec = camera("orthographic", (), 180.0, (240, 240))
    t = np.radians([0.0, 30.0, 60.0, 89.0, 91.0])
    px, valid = projection.project(spec, np.stack([np.sin(t), np.zeros(5), np.cos(t)], -1))
    np.testing.assert_allclose(px[:4, 0], 120.0 + 120.0 * np.sin(t[:4]), rtol=0, atol=1e-9)
    assert valid.tolist() == [True, True, True, True, False]
    rays, covered = projection.rays(spec), projection.covered(spec)
    assert covered.mean() == pytest.approx(math.pi / 4.0, abs=1e-3)
    assert rays[covered][:, 2].mean() == pytest.approx(2.0 / 3.0, abs=1e-3)
    with pytest.raises(SensorError, match="up to 90"):
        camera("orthographic", (), 200.0)


def test_the_model_of_the_double_sphere():
    """Usenko, Demmel, Cremers, their projection for points all around, up to where its radius is largest."""
    xi, alpha = -0.15, 0.55
    spec = camera("double_sphere", (xi, alpha), 190.0)
    p = np.random.default_rng(5).normal(size=(2000, 3))
    d1 = np.linalg.norm(p, axis=1)
    d2 = np.sqrt(p[:, 0] ** 2 + p[:, 1] ** 2 + (xi * d1 + p[:, 2]) ** 2)
    below = alpha * d2 + (1 - alpha) * (xi * d1 + p[:, 2])
    t = np.linspace(0.0, 2.6, 200001)
    ahead = xi + np.cos(t)
    end = t[np.argmax(np.sin(t) / (alpha * np.hypot(np.sin(t), ahead) + (1 - alpha) * ahead))]
    seen = np.arccos(p[:, 2] / d1) <= end
    px, valid = projection.project(spec, p)
    assert (valid == seen).all()
    expected = spec.fx_px * p[:, :2] / below[:, None] + [spec.cx_px, spec.cy_px]
    np.testing.assert_allclose(px[seen], expected[seen], rtol=0, atol=1e-8)


def test_equidistant_by_hand():
    """k = 0: 190 deg over 380 px are two pixels a degree; straight to the left lies 180 px left of the middle."""
    spec = camera("fisheye", (0.0,) * 4, 190.0, (380, 240))
    px, _ = projection.project(spec, [[-1.0, 0.0, 0.0], [0.0, -1.0, 1.0]])
    np.testing.assert_allclose(px, [[10.0, 120.0], [190.0, 30.0]], atol=1e-9)


def test_equirectangular_by_hand():
    """720 x 360 px: two pixels a degree. East is 90 deg to the right, straight up the topmost row."""
    spec = camera("equirectangular", (), 360.0, (720, 360))
    px, valid = projection.project(spec, [[1.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, -1.0, 0.0], [-1e-12, 0.0, -1.0]])
    assert valid.all()
    np.testing.assert_allclose(px, [[540.0, 180.0], [360.0, 90.0], [360.0, 0.0], [0.0, 180.0]], atol=1e-6)


def test_outside_the_image_circle_there_is_nothing():
    """A circle of 180 deg on an equidistant lens of 2 px a degree has a radius of 180 px."""
    spec = CameraSpec.from_fov(
        "front", -1, (0, 0, 0), (400, 400), math.radians(200.0), lens="fisheye", circle_rad=math.pi
    )
    covered = projection.covered(spec)
    centres = projection.pixel_centres(spec) - 200.0
    assert (covered == (np.hypot(centres[..., 0], centres[..., 1]) <= 180.0)).all()
    assert np.isnan(projection.unproject(spec, [1.0, 200.0])).all()
    assert not projection.project(spec, [0.0, 0.1, -1.0])[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"lens": "fisheye", "distortion": (-0.2, 0, 0, 0)}, r"sees up to 73\.97 deg off axis"),
        ({"lens": "fisheye", "distortion": (0.1, 0, 0)}, "takes 4 coefficients"),
        ({"lens": "fishy"}, "no lens 'fishy'"),
        ({"lens": "double_sphere", "distortion": (0.0, 1.5)}, "alpha in"),
        ({"lens": "double_sphere", "distortion": (-0.9, 0.9)}, "sees up to"),
        (
            {"lens": "double_sphere", "distortion": (-0.9, 0.1)},
            r"sees less than 32\.94 deg off axis, and fov asks for 95",
        ),
        ({"lens": "equirectangular", "circle_rad": 1.0}, "no image circle"),
        (
            {"lens": "orthographic"},
            "'orthographic' sees up to 90.00 deg off axis, and fov asks for 95.00 deg; make fov",
        ),
        ({}, "lens = fisheye"),
        ({"lens": "fisheye", "baseline_m": 0.2}, "rectified"),
    ],
)
def test_what_cannot_be_is_refused(options, told):
    """One sentence, at the door: 1 - 3 * 0.2 t^2 = 0 at 73.97 deg, for one."""
    with pytest.raises(SensorError, match=told):
        CameraSpec.from_fov("front", -1, (0, 0, 0), (64, 48), math.radians(190.0), **options)


def test_a_fold_inside_a_given_focal_length_is_refused():
    """Folds at 74 deg, 64 px off axis at f = 74.4; the edge of the picture lies at 100 px."""
    spec = CameraSpec("front", -1, np.eye(4), 200, 100, 74.4, 74.4, 100.0, 50.0, (-0.2, 0, 0, 0), lens="fisheye")
    with pytest.raises(SensorError, match=r"folds at 74\.0 deg"):
        projection.rays(spec)


def test_a_telecentric_lens_shows_metres():
    """Pixels are metres over the width of the picture, whatever the depth; every ray runs straight ahead, and brings
    the point at any range back to the centre that it started from. What is behind the camera has no pixel."""
    spec = CameraSpec.from_width("map", -1, (0.0, 0.0, 0.0), (320, 240), 40.0)
    px, valid = projection.project(spec, [[1.0, -2.0, 0.5], [1.0, -2.0, 500.0], [1.0, -2.0, -0.5]])
    np.testing.assert_allclose(px[:2], [[168.0, 104.0]] * 2, rtol=0, atol=1e-12)
    assert valid.tolist() == [True, True, False]
    rng = np.random.default_rng(4)
    back, seen = projection.project(spec, projection.points(spec, rng.uniform(0.1, 90.0, (240, 320))))
    assert seen.all() and (projection.rays(spec) == [0.0, 0.0, 1.0]).all() and projection.covered(spec).all()
    np.testing.assert_allclose(back, projection.pixel_centres(spec), rtol=0, atol=1e-9)
    assert projection.pixel_m(spec, np.array([1.0, 50.0])).tolist() == [0.125, 0.125]


def test_every_lens_is_tested():
    assert {lens for lens, _, _ in WIDE} | {"pinhole", "telecentric"} == set(LENSES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optics": Optics(glare=0.1)}, "leave vignetting"), ({"imager": Imager(gain=1.0)}, "noise.gain"),
        ({"band": "nir", "infrared": Infrared(illuminator_wpsr=1.0)}, "leave illuminator out"),
        ({"circle_rad": 1.0}, "no image circle"), ({"baseline_m": 0.1}, "rectified"), ({"droplets": 0.1}, "droplets"),
        ({"width_m": 0.0}, "above 0 m"), ({"width_m": math.nan}, "above 0 m"),
    ],
)  # fmt: skip
def test_what_a_telecentric_lens_cannot_have(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SensorError, match=message):
        CameraSpec.from_width("x", -1, (0, 0, 0), (32, 24), **{"width_m": 10.0, **options})


def test_an_angle_is_no_view_of_a_telecentric_lens():
    with pytest.raises(SensorError, match=r"has no fov.*from_width"):
        camera("telecentric", (), 60.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"period_ns": 0}, "some time apart"), ({"samples": 0}, "whole numbers from 1"),
        ({"droplets": 2.0}, "lens.droplets"), ({"exposure_ev": math.nan}, "exposure_ev"),
        ({"width_px": 32.5}, "a whole number"), ({"width_px": 100_000, "height_px": 100_000}, "size must be"),
    ],
)  # fmt: skip
def test_numbers_that_make_no_camera(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(SensorError, match=message):
        replace(CameraSpec.from_fov("x", -1, (0, 0, 0), (32, 24), 1.0), **wrong)
