"""A first guess at the anti-aliased picture: what the finer G-buffer alone can tell, without a network.

Each of a pixel's finer samples takes its light from the nearest pixels that show the same part at a like depth and with
a like normal, and its paint from its own albedo. Their mean is the pixel. The network starts from this.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    paint = [p + _PAINT for p in _planes(coarse["albedo"])]
    light = [p / q for p, q in zip(_planes(linear_of(coarse["rgb"])), paint, strict=True)]
    shown = _Shown(
        _edged(coarse["part"]), _edged(_log(coarse["depth"])), [_edged(p) for p in _planes(coarse["normal"])],
        [_edged(p) for p in light],
    )  # fmt: skip
    own = [p * q for p, q in zip(light, paint, strict=True)]
    total = np.zeros(coarse["rgb"].shape, np.float32)
    for y in range(FINE):
        for x in range(FINE):
            sample = {k: v[y::FINE, x::FINE] for k, v in fine.items()}
            for k, colour in enumerate(_lit(sample, shown, own, 2 * y - 1, 2 * x - 1)):
                total[..., k] += colour
    return srgb_of(total / np.float32(FINE * FINE))


@dataclass(frozen=True, eq=False)
class _Shown:
    """The picture's own pixels with a border of one around: parts, logarithms of depth, normals and light by plane."""

    part: Array
    z: F32Array
    normal: list[F32Array]
    light: list[F32Array]


def _lit(sample: dict[str, Array], shown: _Shown, own: list[F32Array], down: int, right: int) -> list[F32Array]:
    """Linear colour of one finer sample of every pixel, which lies a quarter pixel down and to the right (or not)."""
    part = np.ascontiguousarray(sample["part"])
    height, width = part.shape
    z, normal = _log(sample["depth"]), _planes(sample["normal"])
    sky = part < 0
    weights = np.zeros((height, width), np.float32)
    lights = [np.zeros((height, width), np.float32) for _ in range(3)]
    for dy, dx, near in ((0, 0, 9.0), (down, 0, 3.0), (0, right, 3.0), (down, right, 1.0)):
        there = (slice(1 + dy, 1 + dy + height), slice(1 + dx, 1 + dx + width))
        turned = sum((a[there] * b for a, b in zip(shown.normal, normal, strict=True)), np.float32(0.0))
        turned = np.maximum(turned, np.float32(0.0)) ** 2
        flat = np.where(sky, np.float32(1.0), turned * turned)
        apart = np.abs(shown.z[there] - z)
        weight = np.float32(near) * flat / (np.float32(1.0) + np.float32(20.0) * apart) + _FLOOR
        weight = np.where(shown.part[there] == part, weight, np.float32(0.0))
        weights += weight
        for sum_of, light in zip(lights, shown.light, strict=True):
            sum_of += weight * light[there]
    found = weights > 0
    share = np.float32(1.0) / np.maximum(weights, np.float32(1e-12))
    paint = [p + _PAINT for p in _planes(sample["albedo"])]
    return [
        np.where(found, np.minimum(light * share * p, np.float32(1.0)), o)
        for light, p, o in zip(lights, paint, own, strict=True)
    ]


def _planes(image: Array) -> list[F32Array]:
    """(H, W, 3) as three contiguous float32 (H, W)."""
    return [np.ascontiguousarray(image[..., k], np.float32) for k in range(3)]


def linear_of(rgb: U8Array) -> F32Array:
    """sRGB uint8 to linear 0..1."""
    return _LINEAR.take(rgb)


def srgb_of(linear: F32Array) -> U8Array:
    """Linear 0..1 to sRGB uint8."""
    x = np.clip(linear, 0.0, 1.0)
    encoded = np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** np.float32(1.0 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


def _edged(a: Array) -> Array:
    return np.pad(a, 1, "edge")


def _log(depth_m: Array) -> F32Array:
    return np.log(np.where(np.isfinite(depth_m), np.maximum(depth_m, 1e-3), np.float32(1e6))).astype(np.float32)


def _table() -> F32Array:
    x = np.arange(256) / 255.0
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _table()
