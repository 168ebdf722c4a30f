"""Tone curves, sharpening and compression against formulas and other implementations."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from simengine.errors import SensorError
from simengine.sensors.exposure import developed
from simengine.sensors.imaging import Processing
from simengine.sensors.processing import compressed, pictured, sharpened
from simengine.sensors.specs import CameraSpec

RANDOM = np.random.default_rng(4)
# a smooth picture of colours with an upright edge
PICTURE = gaussian_filter(RANDOM.uniform(0, 255, (48, 64, 3)), (3, 3, 0)).astype(np.uint8)
PICTURE[:, 30:] += 60


def test_tone_curves() -> None:
    """IEC 61966-2-1: linear 0.2 is 0.4845 of white, 0.5 is 0.7354. The film's curve keeps what is brighter than white
    apart, the other two clip it."""
    light = np.repeat(np.array([[0.0, 0.2, 0.5, 1.0, 1.5]], np.float32)[..., None], 3, -1)
    assert developed(light, "linear")[0, :, 0] == pytest.approx([0, 51, 127.5, 255, 255], abs=0.6)
    assert developed(light, "srgb")[0, :, 0] == pytest.approx([0, 123.5, 187.5, 255, 255], abs=0.6)
    film = developed(light)[0, :, 0].astype(int)
    assert (np.diff(film) > 0).all() and film[3] < 250


def test_sharpening_adds_what_a_blur_takes_away() -> None:
    """v + a (v - g) with SciPy's Gaussian; an edge overshoots on both sides, and what is even stays."""
    values = PICTURE.astype(float)
    blurred = gaussian_filter(values, (1.5, 1.5, 0), mode="nearest", truncate=6.0)
    expected = np.clip(values + 0.8 * (values - blurred), 0, 255)
    assert np.abs(sharpened(PICTURE, 0.8, 1.5) - expected).max() <= 1.0
    even = np.full((8, 8, 3), 77, np.uint8)
    assert np.array_equal(sharpened(even, 3.0, 2.0), even)


def test_compression_is_jpeg() -> None:
    """As Pillow's encoder of the same quality and 4:2:0, to the rounding of two decoders; less quality, more error."""
    errors = []
    for quality in (30, 60, 95):
        data = io.BytesIO()
        Image.fromarray(PICTURE).save(data, "JPEG", quality=quality, subsampling=2)
        theirs = np.asarray(Image.open(data)).astype(int)
        ours = compressed(PICTURE, quality).astype(int)
        assert np.percentile(np.abs(ours - theirs), 99) <= 3
        errors.append(np.abs(ours - PICTURE.astype(int)).mean())
    assert errors[0] > errors[1] > errors[2] > 0.0


def test_a_camera_has_them_all_in_order() -> None:
    """Tone, then sharpening, then compression; without any of them a camera leaves pictures to renderers."""
    light = (PICTURE.astype(np.float32) / 255.0) ** 2
    made = pictured(Processing("srgb", 0.5, 1.0, 80), light)
    assert np.array_equal(made, compressed(sharpened(developed(light, "srgb"), 0.5, 1.0), 80))
    plain, own = (
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, processing=p) for p in (Processing(), Processing(jpeg=50))
    )
    assert not plain.physical and own.physical
    for wrong in ({"tone": "warm"}, {"sharpen": -1.0}, {"sharpen": float("nan")}, {"radius_px": 0.0}, {"jpeg": 101}):
        with pytest.raises(SensorError, match="isp"):
            Processing(**wrong)
    with pytest.raises(SensorError, match=r"leave exposure.samples and isp out"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, band="lwir", processing=Processing(jpeg=50))
