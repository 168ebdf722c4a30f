"""A sensor by EMVA 1288: photons to electrons to numbers, and from the numbers of coloured pixels to a picture.

Of exposed light x (1 at the saturation of an ideal sensor, see ``exposure``) a pixel makes, in this order:

    mean     m = x n (1 + prnu_ij) + (dark_current + hot_ij) 2^((T - 25 C) / doubling) t      n electrons at x = 1
    charge   e = Poisson(m), at most the full well
    number   y = floor(black + K (e + dsnu_ij + Normal(0, read_noise)) + 1/2), 0 .. largest

K, in numbers an electron, is gain times that which fits the full well into all numbers. ``WHITE``, where the tone curve
reaches white, then fills them exactly: n = full well / (gain WHITE). prnu_ij, dsnu_ij and hot_ij belong to the pixels
of a serial number and are the same in every image.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.rng import stream
from simengine.sensors.exposure import WHITE
from simengine.sensors.imaging import Imager
from simengine.sensors.specs import CameraSpec

__all__ = [
    "colours", "conversion_gain", "counted", "hot_pixels", "imaged", "mosaic", "patterns", "seen_through_filters",
]  # fmt: skip

_PLANES = {"r": 0, "g": 1, "b": 2}
_BAYER = {
    "rggb": cv2.COLOR_BayerRGGB2RGB_EA, "bggr": cv2.COLOR_BayerBGGR2RGB_EA, "grbg": cv2.COLOR_BayerGRBG2RGB_EA,
    "gbrg": cv2.COLOR_BayerGBRG2RGB_EA,
}  # fmt: skip
_LUMINANCE = (0.2126, 0.7152, 0.0722)
_TOP = 65535.0
_BEYOND = 2


def conversion_gain(imager: Imager, gain: float) -> float:
    """K, numbers an electron."""
    return gain * (imager.largest_dn - imager.black_dn) / imager.full_well_e


@lru_cache(maxsize=8)
def patterns(name: str, imager: Imager, shape: tuple[int, ...]) -> tuple[F32Array, F32Array]:
    """Relative sensitivity (mean 1) and offset in electrons (mean 0) of the pixels of one camera."""
    random = stream(imager.serial, "sensor", name, *shape)
    prnu = 1.0 + imager.prnu * random.standard_normal(shape, np.float32)
    return np.maximum(prnu, np.float32(0.0)), imager.dsnu_e * random.standard_normal(shape, np.float32)


@lru_cache(maxsize=8)
def hot_pixels(name: str, imager: Imager, shape: tuple[int, ...]) -> F32Array:
    """What the pixels of one camera have of dark current beside its mean, electrons a second at 25 C."""
    numbers = stream(imager.serial, "hot pixels", name, *shape)
    hot = numbers.random(shape, np.float32) < imager.hot_share
    return hot * np.float32(imager.hot_current_eps) * numbers.standard_exponential(shape, np.float32)


def counted(
    name: str, imager: Imager, light: F32Array, gain: float, time_s: float, random: np.random.Generator
) -> Array:
    """Numbers (uint16) of pixels that get this exposed light; any shape.

    Args:
        name: of the camera; with its serial number it decides the pattern.
        imager: the sensor.
        light: exposed light through the filters.
        gain: of the amplifier.
        time_s: exposure time, for the dark current.
        random: of this image.
    """
    prnu, dsnu = patterns(name, imager, light.shape)
    mean = light.astype(np.float64) * (imager.full_well_e / (gain * WHITE)) * prnu
    dark = imager.dark_current_eps + (hot_pixels(name, imager, light.shape) if imager.hot_share else 0.0)
    mean += dark * (imager.warmth * time_s)
    electrons = random.poisson(np.clip(mean, 0.0, 10.0 * imager.full_well_e))
    # the dark signal of a pixel is an offset of the read-out: it has no shot noise
    charge = np.minimum(electrons, imager.full_well_e) + dsnu.astype(np.float64)
    charge += imager.read_noise_e * random.standard_normal(light.shape)
    numbers = np.floor(imager.black_dn + conversion_gain(imager, gain) * charge + 0.5)
    return np.clip(numbers, 0, imager.largest_dn).astype(np.uint16)


def seen_through_filters(imager: Imager, light: F32Array) -> F32Array:
    """Exposed light (H, W, 3) behind the colour filters: (H, W, 3) of a sensor for each colour, else (H, W)."""
    if imager.cfa == "mono":
        return (light @ np.array(_LUMINANCE, np.float32)).astype(np.float32)
    mixed = (light @ _filters(imager).T).astype(np.float32)
    return mixed if imager.cfa == "none" else mosaic(mixed, imager.cfa)


def _filters(imager: Imager) -> F32Array:
    """Response of each kind of pixel to red, green and blue light, (3, 3); rows sum to ``imager.response``."""
    q = imager.crosstalk
    mixing = (1.0 - 3.0 * q) * np.eye(3) + q
    return (np.array(imager.response)[:, None] * mixing).astype(np.float32)


def mosaic(light: Array, cfa: str) -> Array:
    """One colour a pixel (H, W) of an image (H, W, 3), by its pattern of filters."""
    out = np.empty(light.shape[:2], light.dtype)
    for k, colour in enumerate(cfa):
        place = (slice(k // 2, None, 2), slice(k % 2, None, 2))
        out[place] = light[(*place, _PLANES[colour])]
    return out


def colours(imager: Imager, numbers: Array) -> F32Array:
    """Exposed light (H, W, 3) as a camera makes it of its numbers: black level, white balance, colours, matrix.

    Colours between the pixels of a mosaic are OpenCV's edge-aware interpolation.
    """
    light = (numbers.astype(np.float64) - imager.black_dn) / (imager.largest_dn - imager.black_dn) * WHITE
    if imager.cfa == "mono":
        return np.repeat(np.maximum(light, 0.0)[..., None], 3, -1).astype(np.float32)
    white = np.array(imager.response)
    if imager.auto_white:
        white = _grey_world(light, imager.cfa)
    if imager.cfa == "none":
        light = light / white
    else:
        for k, colour in enumerate(imager.cfa):
            light[k // 2 :: 2, k % 2 :: 2] /= white[_PLANES[colour]]
        light = _interpolated(light, imager.cfa)
    straight = _filters(imager) / np.array(imager.response, np.float32)[:, None]
    # what is burnt in one colour is burnt in all, else highlights turn pink
    light = np.minimum(light, WHITE / float(white.max()))
    return np.maximum(light @ np.linalg.inv(straight).T, 0.0).astype(np.float32)


def _grey_world(light: F64Array, cfa: str) -> F64Array:
    """Mean of each colour, as a response to white whose green is 1."""
    if cfa == "none":
        means = light.reshape(-1, 3).mean(0)
    else:
        of = [(_PLANES[colour], light[k // 2 :: 2, k % 2 :: 2].mean()) for k, colour in enumerate(cfa)]
        means = np.array([np.mean([m for plane, m in of if plane == p]) for p in range(3)])
    means = np.maximum(means, 1e-9)
    return means / means[1]


def _interpolated(light: F64Array, cfa: str) -> F64Array:
    """All three colours of every pixel, (H, W, 3), of light on a mosaic; negative light (noise) is kept."""
    low, high = min(0.0, float(light.min())), max(float(light.max()), 1e-6)
    scale = _TOP / (high - low)
    whole = np.rint((light - low) * scale).astype(np.uint16)
    # beyond its borders the picture goes on as in a mirror about the outermost pixel, which keeps the pattern
    wide = cv2.copyMakeBorder(whole, _BEYOND, _BEYOND, _BEYOND, _BEYOND, cv2.BORDER_REFLECT_101)
    inner = slice(_BEYOND, -_BEYOND)
    return cv2.demosaicing(wide, _BAYER[cfa])[inner, inner].astype(np.float64) / scale + low


def imaged(
    spec: CameraSpec, light: F32Array, gain: float, time_s: float, random: np.random.Generator
) -> tuple[Array, F32Array]:
    """The numbers of an image of exposed light (H, W, 3), and the light that they stand for, (H, W, 3)."""
    numbers = counted(spec.name, spec.imager, seen_through_filters(spec.imager, light), gain, time_s, random)
    return numbers, colours(spec.imager, numbers)
