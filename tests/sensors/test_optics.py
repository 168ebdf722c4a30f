"""What the glass does to light, against the formulas that it is made from."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simengine.errors import SensorError
from simengine.sensors import optics
from simengine.sensors.imaging import Imager, Optics, Shutter
from simengine.sensors.specs import CameraSpec


def camera(size: tuple[int, int] = (161, 121), fov: float = math.pi / 2, lens: str = "pinhole", **glass) -> CameraSpec:
    return CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.0), size, fov, lens=lens, optics=Optics(**glass))


def dot(at: tuple[int, int], size: tuple[int, int] = (161, 121)) -> np.ndarray:
    light = np.zeros((size[1], size[0], 3), np.float32)
    light[at] = 1.0
    return light


def test_corners_get_the_fourth_power_of_the_cosine() -> None:
    """A pinhole of 90 deg: the middle of the right edge, 79.5 px of f = 80.5 px off axis, gets 1 / (1 + t^2)^2. Through
    a fisheye a place at the angle a gets cos^4 a, and nothing from behind."""
    factor = optics.corner_factor(camera(natural=True))
    assert factor[60, 80] == pytest.approx(1.0, abs=1e-7)
    t = (160.5 - 80.5) / 80.5
    assert factor[60, 160] == pytest.approx((1.0 + t * t) ** -2, rel=1e-6)
    wide = optics.corner_factor(camera(fov=math.radians(220.0), lens="fisheye", natural=True))
    focal = 80.5 / math.radians(110.0)
    assert wide[60, 100] == pytest.approx(math.cos(20.0 / focal) ** 4, rel=1e-5)
    assert wide[60, 0] == 0.0  # 109 deg off axis


def test_measured_vignetting_is_its_polynomial_and_never_negative() -> None:
    """1 - 0.3 r^2 - 0.1 r^4 - 0.05 r^6 with r = 1 in the corner of the picture."""
    factor = optics.corner_factor(camera(vignetting=(-0.3, -0.1, -0.05)))
    r = math.hypot(40.0, 30.0) / math.hypot(80.5, 60.5)
    assert factor[60 + 30, 80 - 40] == pytest.approx(1.0 - 0.3 * r**2 - 0.1 * r**4 - 0.05 * r**6, rel=1e-6)
    with pytest.raises(SensorError, match=r"negative: -0\.2 of .* 1\.00 of the way"):
        optics.corner_factor(camera(vignetting=(-1.2, 0.0, 0.0)))


def test_circle_of_confusion_is_that_of_a_thin_lens() -> None:
    """f = 50 mm at f/2, focused at 10 m: a point at 5 m is imaged 1 / (1/f - 1/5 m) behind the lens, the sensor
    is at 1 / (1/f - 1/10 m), and the cone from the 25 mm aperture has there the width of similar triangles."""
    spec = camera((640, 480), f_number=2.0, focal_length_m=0.05, focus_m=10.0)
    pitch = 0.05 / spec.fx_px
    for distance in (2.0, 5.0, 9.0, 10.0, 20.0, 1e4):
        image, sensor = 1.0 / (1.0 / 0.05 - 1.0 / distance), 1.0 / (1.0 / 0.05 - 1.0 / 10.0)
        cone = 0.025 * (sensor - image) / image  # > 0: imaged before the sensor, the point lies behind the focus
        found = optics.confusion_px(spec, np.array([distance]))[0]
        assert found == pytest.approx(cone / pitch, rel=1e-9, abs=1e-9)
    assert optics.confusion_px(spec, np.array([np.inf]))[0] == pytest.approx(0.025 * 0.05 / 9.95 / pitch)


@pytest.mark.parametrize("diameter", [4.6523913, -9.3576216, 21.6447])  # _STEP^11, 16 and 22: a layer of its own
def test_a_point_out_of_focus_is_its_circle(diameter: float) -> None:
    """A disc of diameter c has the second moment c^2 / 16 an axis (and a pixel's own 1/12); no light is lost."""
    out = optics.defocused(dot((60, 80)), np.full((121, 161), diameter))[..., 0].astype(float)
    assert out.sum() == pytest.approx(1.0, rel=1e-4)
    column = np.arange(161) - 80.0
    assert (out.sum(0) * column).sum() == pytest.approx(0.0, abs=1e-4)
    assert (out.sum(0) * column**2).sum() == pytest.approx(diameter**2 / 16.0 + 1.0 / 12.0, rel=0.02)
    assert out.max() == pytest.approx(4.0 / (math.pi * diameter**2), rel=0.02)


def test_what_is_sharp_stays_and_one_brightness_stays() -> None:
    """Layers that overlap at an edge of depth share the light: a picture of one brightness remains one."""
    rng = np.random.default_rng(1)
    light = rng.random((60, 80, 3)).astype(np.float32)
    assert np.array_equal(optics.defocused(light, np.full((60, 80), 0.7)), light)
    circles = np.where(np.arange(80) < 37, -11.0, np.linspace(0.0, 14.0, 60)[:, None])
    assert optics.defocused(np.full((60, 80, 3), 0.25, np.float32), circles) == pytest.approx(0.25, rel=1e-4)


def test_something_sharp_before_a_blur_keeps_its_edge() -> None:
    """A black bar in focus before a white wall out of focus: the wall's light does not creep over the bar."""
    light, circles = np.ones((60, 80, 3), np.float32), np.full((60, 80), 12.0)
    light[:, 30:50], circles[:, 30:50] = 0.0, 0.0
    out = optics.defocused(light, circles)
    assert out[:, 30:50].max() < 1e-3
    assert out[:, 50:].min() > 0.95  # and the wall goes on beside it, although nothing was seen behind the bar


def test_glare_keeps_all_light_and_falls_off_exponentially() -> None:
    """Of a point 4 % go into a halo exp(-r / 6 px), whose sum over a wide plane is 2 pi 6^2."""
    out = optics.glaring(dot((60, 80)), 0.04, 6.0)[..., 1].astype(float)
    assert out.sum() == pytest.approx(1.0, rel=1e-6)
    halo = 0.04 / (2.0 * math.pi * 36.0)
    for r in (5, 12, 25):
        assert out[60, 80 + r] == pytest.approx(halo * math.exp(-r / 6.0), rel=0.01)
    assert out[60, 80] == pytest.approx(0.96 + halo, rel=1e-3)
    edge = optics.glaring(dot((0, 3)), 0.2, 30.0)
    assert edge.sum() == pytest.approx(3.0, rel=1e-6) and (edge >= 0).all()


def test_fringes_grow_with_the_distance_from_the_axis() -> None:
    """Red larger by 2 %, blue smaller by 1 %: a white spot 60.3 px right of the axis is 61.506 px and 59.697 px off in
    red and blue."""
    x, y = np.meshgrid(np.arange(161) + 0.5, np.arange(121) + 0.5)
    spot = np.exp(-0.5 * ((x - 80.5 - 60.3) ** 2 + (y - 60.5) ** 2) / 3.0**2).astype(np.float32)
    out = optics.fringed(np.repeat(spot[..., None], 3, -1), (80.5, 60.5), (0.02, -0.01)).astype(float)
    centre = (out * (x - 80.5)[..., None]).sum((0, 1)) / out.sum((0, 1))
    assert centre == pytest.approx([60.3 * 1.02, 60.3, 60.3 * 0.99], abs=0.02)


def test_a_perfect_lens_changes_nothing_and_a_bad_one_says_why() -> None:
    """The light comes out as the same array; numbers without meaning are one clear error each."""
    light = dot((3, 3))
    assert optics.through_lens(camera(), light, None) is light
    bad: list[tuple[dict[str, Any], str]] = [
        ({"glare": 1.0}, r"glare\.share must be at least 0 and below 1"),
        ({"focus_m": 0.001}, "above the focal length"),
        ({"f_number": 0.0}, r"lens\.f_number"),
        ({"chromatic": (0.5, 0.0)}, "chromatic"),
    ]
    for glass, words in bad:
        with pytest.raises(SensorError, match=words):
            Optics(**glass)
    with pytest.raises(SensorError, match=r"exposure\.time must be 0 s to the time between two images"):
        replace(camera(), shutter=Shutter(longest_ns=200_000_000))
    with pytest.raises(SensorError, match=r"imager\.bits must be 4\.\.16, got 20"):
        Imager(bits=20)
