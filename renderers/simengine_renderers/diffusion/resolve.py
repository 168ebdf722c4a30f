"""A first guess at the anti-aliased picture: what the finer G-buffer alone can tell, without a network.

Each of a pixel's finer samples takes its light from the nearest pixels that show the same part at a like depth and with
a like normal, and its paint from its own albedo. Their mean is the pixel. The network starts from this.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F32Array, U8Array
from simengine_renderers.diffusion.model import FINE

__all__ = ["linear_of", "resolve", "srgb_of"]

_PAINT = np.float32(0.5)  # of all light that much more is gloss, which paint does not tint
_FLOOR = np.float32(1e-4)


def resolve(coarse: dict[str, Array], fine: dict[str, Array]) -> U8Array:
    """The guess, uint8 (H, W, 3).

    Args:
        coarse: "rgb", "albedo", "part", "depth", "normal" of the picture's own pixels.
        fine: "albedo", "part", "depth", "normal" at ``FINE`` times the width and height.
    """
    light = linear_of(coarse["rgb"]) / (coarse["albedo"] + _PAINT)
    padded = {k: _edged(v) for k, v in {**coarse, "light": light, "z": _log(coarse["depth"])}.items()}
    total = np.zeros(light.shape, np.float32)
    for y in range(FINE):
        for x in range(FINE):
            sample = {k: np.ascontiguousarray(v[y::FINE, x::FINE]) for k, v in fine.items()}
            total += _lit(sample, padded, 2 * y - 1, 2 * x - 1)
    return srgb_of(total / np.float32(FINE * FINE))


def _lit(sample: dict[str, Array], coarse: dict[str, Array], down: int, right: int) -> F32Array:
    """Linear colour of one finer sample of every pixel, which lies a quarter pixel down and to the right (or not)."""
    height, width = sample["part"].shape
    z = _log(sample["depth"])
    weights = np.zeros((height, width), np.float32)
    lights = np.zeros((height, width, 3), np.float32)
    for dy, dx, near in ((0, 0, 9.0), (down, 0, 3.0), (0, right, 3.0), (down, right, 1.0)):
        there = (slice(1 + dy, 1 + dy + height), slice(1 + dx, 1 + dx + width))
        same = coarse["part"][there] == sample["part"]
        apart = np.abs(coarse["z"][there] - z)
        turned = (coarse["normal"][there] * sample["normal"]).sum(-1)
        flat = np.where(sample["part"] < 0, np.float32(1.0), np.maximum(turned, np.float32(0.0)) ** 4)
        weight = same * (np.float32(near) * flat / (np.float32(1.0) + np.float32(20.0) * apart) + _FLOOR)
        weights += weight
        lights += weight[..., None] * coarse["light"][there]
    own = coarse["light"][1:-1, 1:-1] * (coarse["albedo"][1:-1, 1:-1] + _PAINT)
    found = lights / np.maximum(weights, np.float32(1e-12))[..., None] * (sample["albedo"] + _PAINT)
    return np.where((weights > 0)[..., None], np.minimum(found, np.float32(1.0)), own)


def linear_of(rgb: U8Array) -> F32Array:
    """sRGB uint8 to linear 0..1."""
    return _LINEAR.take(rgb)


def srgb_of(linear: F32Array) -> U8Array:
    """Linear 0..1 to sRGB uint8."""
    x = np.clip(linear, 0.0, 1.0)
    encoded = np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** np.float32(1.0 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


def _edged(a: Array) -> Array:
    return np.pad(a, [(1, 1), (1, 1)] + [(0, 0)] * (a.ndim - 2), "edge")


def _log(depth_m: Array) -> F32Array:
    return np.log(np.where(np.isfinite(depth_m), np.maximum(depth_m, 1e-3), np.float32(1e6))).astype(np.float32)


def _table() -> F32Array:
    x = np.arange(256) / 255.0
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _table()
