"""What faults do to an 8-bit sRGB image (H, W, 3). Everything about light is done on linear values."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array

__all__ = ["blackened", "blots", "blurred", "dimmed", "linear", "saturated"]

OPACITY = 0.9
"""Share of the light that a blot takes."""

_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1


def linear(rgb: Array) -> F64Array:
    """Linear values of an 8-bit image, 0..1."""
    return _LINEAR[rgb]


def _encoded(light: F64Array) -> Array:
    light = np.clip(light, 0.0, 1.0)
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)
    return np.round(levels * 255.0).astype(np.uint8)


def saturated(rgb: Array, gain: float) -> Array:
    """So many times as bright, clipped at white."""
    return _encoded(linear(rgb) * gain)


def blackened(rgb: Array, area: float, random: np.random.Generator) -> Array:
    """A black rectangle of the image's shape that covers that share of it, somewhere."""
    height, width = rgb.shape[:2]
    rows, columns = (round(n * float(np.sqrt(area))) for n in (height, width))
    down, across = random.uniform(size=2).tolist()
    top, left = int(down * (height - rows + 1)), int(across * (width - columns + 1))
    out = rgb.copy()
    out[top : top + rows, left : left + columns] = 0
    return out


def blurred(rgb: Array, radius_px: float) -> Array:
    """A Gaussian of that standard deviation; what lies beyond the border is as its nearest pixel."""
    if radius_px <= 0.0:
        return rgb
    reach = max(1, int(np.ceil(3.0 * radius_px)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius_px) ** 2)
    weights /= weights.sum()
    light = linear(rgb)
    for axis in (0, 1):
        pad = [(reach, reach) if k == axis else (0, 0) for k in range(3)]
        wide = np.pad(light, pad, mode="edge")
        size = light.shape[axis]
        light = np.zeros_like(light)
        for k, weight in enumerate(weights):
            light += weight * wide[(slice(None),) * axis + (slice(k, k + size),)]
    return _encoded(light)


def blots(size: tuple[int, int], area: float, random: np.random.Generator) -> F64Array:
    """Where dirt lies: cover 0..1 (H, W), above a half on that share of the pixels; edges are soft."""
    height, width = size
    field = np.zeros((height, width))
    for cells, weight in ((4, 1.0), (9, 0.6), (19, 0.35)):
        field += weight * _smooth(random.standard_normal((cells + 1, cells + 1)), height, width)
    if area <= 0.0:
        return np.zeros((height, width))
    level = float(np.quantile(field, 1.0 - area)) if area < 1.0 else float(field.min()) - 1.0
    return np.clip(0.5 + (field - level) / 0.1, 0.0, 1.0)


def _smooth(grid: F64Array, height: int, width: int) -> F64Array:
    """A coarse grid between whose values an image is interpolated with a smooth step."""
    for axis, size in enumerate((height, width)):
        at = (np.arange(size) + 0.5) / size * (grid.shape[axis] - 1)
        low = np.floor(at).astype(np.int64)
        t = at - low
        t = (t * t * (3.0 - 2.0 * t)).reshape((-1, 1) if axis == 0 else (1, -1))
        grid = np.take(grid, low, axis) * (1.0 - t) + np.take(grid, low + 1, axis) * t
    return grid


def dimmed(rgb: Array, cover: F64Array) -> Array:
    """Seen through dirt."""
    return _encoded(linear(rgb) * (1.0 - OPACITY * cover)[..., None])
