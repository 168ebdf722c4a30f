"""What a lens does to light before it reaches the sensor: blur out of focus, glare, colour fringes, dark corners.

All of it works on linear light (H, W, 3), in this order, and keeps a picture of one brightness as it is (but for the
corners, of course).
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib import import_module
from typing import Any

import cv2
import numpy as np

from simengine.arrays import F32Array, F64Array
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec

__all__ = ["confusion_px", "corner_factor", "defocused", "fringed", "glaring", "through_lens"]

_SHARP_PX = 1.0  # a circle of confusion below one pixel changes nothing
_STEP = 1.15  # ratio of the circles of neighbouring layers
_FINEST = 0.0625  # of a pixel, into which the edge of a disc is divided


def through_lens(spec: CameraSpec, light: F32Array, distance_m: F32Array | None) -> F32Array:
    """Light (H, W, 3) as it reaches the sensor.

    Args:
        spec: the camera.
        light: linear, without the lens.
        distance_m: (H, W), needed for depth of field: depth of a pinhole, range through other lenses.
    """
    optics = spec.optics
    if optics.blurs and distance_m is not None:
        light = defocused(light, confusion_px(spec, distance_m))
    if optics.glare > 0.0:
        light = glaring(light, optics.glare, optics.glare_rad * projection.focal_px(spec))
    if any(optics.chromatic):
        light = fringed(light, (spec.cx_px, spec.cy_px), optics.chromatic)
    if optics.natural or any(optics.vignetting):
        light = light * corner_factor(spec)[..., None]
    return light


def confusion_px(spec: CameraSpec, distance_m: F32Array | F64Array) -> F64Array:
    """Diameter of the circle of confusion of a thin lens in pixels; negative before the plane of focus.

    With focal length f, f-number N, focus at s and a point at d: c = f / N * |d - s| / d * f / (s - f) on the sensor
    (f / N the aperture). A pixel is f over its focal length in pixels.
    """
    optics, d = spec.optics, np.asarray(distance_m, np.float64)
    f, s = optics.focal_length_m, optics.focus_m
    aperture_px = f / optics.f_number * projection.focal_px(spec)
    with np.errstate(divide="ignore", invalid="ignore"):
        return aperture_px * np.where(np.isinf(d), 1.0, 1.0 - s / np.maximum(d, 1e-6)) / (s - f)


def defocused(light: F32Array, diameter_px: F64Array) -> F32Array:
    """Every point smeared over its circle: layers of about equal circles, laid over each other from far to near.

    Args:
        light: (H, W, 3).
        diameter_px: (H, W), of each pixel's circle, negative before the plane of focus, as :func:`confusion_px`.
    """
    height, width = light.shape[:2]
    most = 0.5 * max(height, width)
    place = _layer(np.clip(diameter_px, -most, most))
    first, last = math.floor(float(place.min())), math.ceil(float(place.max()))
    if first == last == 0:
        return light
    whole, cover = np.zeros_like(light), np.zeros((height, width), np.float32)
    for layer in range(last, first - 1, -1):
        share = np.maximum(1.0 - np.abs(place - layer), 0.0).astype(np.float32)
        if not bool(share.any()):
            continue
        size = _size(layer)
        here, dense = light * share[..., None], share
        if size > _SHARP_PX:
            disc = _disc(size)
            here = cv2.filter2D(here, -1, disc, borderType=cv2.BORDER_REFLECT)
            dense = cv2.filter2D(dense, -1, disc, borderType=cv2.BORDER_REFLECT)
        dense = np.clip(dense, 0.0, 1.0)
        whole = here + whole * (1.0 - dense)[..., None]
        cover = dense + cover * (1.0 - dense)
    # where what is far was hidden by something near that is now a veil, it continues as it is beside that
    return np.maximum(whole / np.maximum(cover, 1e-4)[..., None], 0.0).astype(np.float32)


def _layer(diameter_px: F64Array) -> F64Array:
    """Number of the layer of a circle, in fractions: 0 is sharp, then each is ``_STEP`` times as wide; signed."""
    size = np.abs(diameter_px)
    steps = np.log(np.maximum(size, _SHARP_PX) / _SHARP_PX) / math.log(_STEP)
    return np.sign(diameter_px) * steps


def _size(layer: int) -> float:
    return _SHARP_PX * _STEP ** abs(layer)


@lru_cache(maxsize=128)
def _disc(diameter_px: float) -> F32Array:
    """A disc whose elements are the shares of their pixels that it covers; the sum is 1."""
    reach = math.ceil(0.5 * diameter_px + 0.5)
    fine = (np.arange((2 * reach + 1) * round(1 / _FINEST)) + 0.5) * _FINEST - reach - 0.5
    inside = (fine[None, :] ** 2 + fine[:, None] ** 2 <= 0.25 * diameter_px**2).astype(np.float64)
    parts, n = round(1 / _FINEST), 2 * reach + 1
    disc = inside.reshape(n, parts, n, parts).mean((1, 3))
    return (disc / disc.sum()).astype(np.float32)


def glaring(light: F32Array, share: float, size_px: float) -> F32Array:
    """Light of which a share is scattered: each point has a halo exp(-r / size) around it. All light is kept.

    The picture is continued as in a mirror at its borders, for which the cosine transform makes a product of the
    convolution.
    """
    height, width = light.shape[:2]
    fft: Any = import_module("scipy.fft")
    factor = 1.0 - share + share * _halo(height, width, float(size_px))
    bent: F64Array = fft.dctn(light.astype(np.float64), axes=(0, 1), norm="ortho") * factor[..., None]
    spread: F64Array = fft.idctn(bent, axes=(0, 1), norm="ortho")
    return np.maximum(spread, 0.0).astype(np.float32)


@lru_cache(maxsize=8)
def _halo(height: int, width: int, size_px: float) -> F64Array:
    """What a halo does to each cosine of a picture, (H, W); 1 for the mean."""
    fft: Any = import_module("scipy.fft")
    r = np.hypot(np.arange(height + 1)[:, None], np.arange(width + 1)[None, :])
    sums: F64Array = fft.dctn(np.exp(-r / max(size_px, 1e-3)), type=1)[:height, :width]
    return sums / sums[0, 0]


def fringed(light: F32Array, centre_px: tuple[float, float], larger: tuple[float, float]) -> F32Array:
    """Red and blue pictures that are by these shares larger than the green one, about the principal point."""
    out = light.copy()
    height, width = light.shape[:2]
    column: F64Array = np.arange(width, dtype=np.float64) + 0.5 - centre_px[0]
    row: F64Array = np.arange(height, dtype=np.float64) + 0.5 - centre_px[1]
    for channel, share in ((0, larger[0]), (2, larger[1])):
        if share:
            x = (column / (1.0 + share) + centre_px[0] - 0.5).astype(np.float32)
            y = (row / (1.0 + share) + centre_px[1] - 0.5).astype(np.float32)
            at_x, at_y = np.meshgrid(x, y)
            plane = np.ascontiguousarray(light[..., channel])
            out[..., channel] = cv2.remap(plane, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out


@lru_cache(maxsize=8)
def corner_factor(spec: CameraSpec) -> F32Array:
    """Share of the light that each pixel gets, (H, W)."""
    px = projection.pixel_centres(spec)
    factor = np.ones(px.shape[:2])
    if spec.optics.natural:
        ahead = np.nan_to_num(projection.unproject(spec, px)[..., 2])
        factor *= np.maximum(ahead, 0.0) ** 4
    across, down = px[..., 0] - spec.cx_px, px[..., 1] - spec.cy_px
    corner = math.hypot(max(spec.cx_px, spec.width_px - spec.cx_px), max(spec.cy_px, spec.height_px - spec.cy_px))
    s = (across * across + down * down) / corner**2
    a1, a2, a3 = spec.optics.vignetting
    measured = 1.0 + s * (a1 + s * (a2 + s * a3))
    return (factor * np.maximum(measured, 0.0)).astype(np.float32)
