"""Rain drops on the lens: soft discs, each with a small, upside-down picture of the scene, far out of focus.

A drop sits millimetres from a lens that is focused on metres: its outline is smeared over about its own radius, and
what it shows has lost nearly all detail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from simengine.arrays import F32Array, F64Array, I64Array
from simengine.errors import SensorError
from simengine.render.protocol import NoiseKey
from simengine.rng import stream
from simengine.sensors.specs import CameraSpec

__all__ = ["Lens", "blurred", "lens_of"]

_SHRINK = 16  # the picture inside a drop is out of focus: a sixteenth of the resolution is enough
_RADIUS, _SPREAD = 0.019, 0.5  # median of the radii over the height of the image, and standard deviation of their log
_SMALLEST, _LARGEST = 0.007, 0.06
_MOST_DROPS = 6000


@dataclass(frozen=True, eq=False)
class Lens:
    """Drops on one lens.

    Attributes:
        cover: (H, W), share of the pixel that drops cover (soft edges: the lens is out of focus).
        covered: (n,), row-major indices of the pixels with any cover; what follows is of these only.
        column, row: (n,), where a covered pixel looks, in pixels of the image.
        shade: (n,), how much darker a drop is there (its rim).
    """

    cover: F32Array
    covered: I64Array
    column: F32Array
    row: F32Array
    shade: F32Array


def lens_of(spec: CameraSpec, noise: NoiseKey) -> Lens:
    """The drops of a camera in one variant: they stay where they are from frame to frame."""
    if not 0.0 <= spec.droplets <= 1.0:
        raise SensorError(f"camera '{spec.name}': droplets is a share of the lens, 0..1, got {spec.droplets:g}")
    return _lens(spec.width_px, spec.height_px, spec.droplets, spec.name, noise.seed, noise.variant)


@lru_cache(maxsize=4)
def _lens(width: int, height: int, share: float, name: str, seed: int, variant: int) -> Lens:
    rng = stream(seed, "droplets", name, variant)
    cover, column, row = np.zeros((height, width)), *_centres(width, height)
    shade = np.ones((height, width))
    covers, drops = 0.0, 0
    while covers < share * width * height and drops < _MOST_DROPS:
        drops += 1
        radius = height * min(max(_RADIUS * math.exp(_SPREAD * float(rng.standard_normal())), _SMALLEST), _LARGEST)
        x, y = float(rng.random()) * width, float(rng.random()) * height
        tall, thick = 1.0 + 0.25 * float(rng.random()), 0.6 + 0.35 * float(rng.random())
        covers += _add_drop(cover, column, row, shade, (x, y), radius, tall, thick)
    covered = np.flatnonzero(cover)
    column, row, shade = (a.reshape(-1)[covered].astype(np.float32) for a in (column, row, shade))
    return Lens(cover.astype(np.float32), covered, column, row, shade)


def _centres(width: int, height: int) -> tuple[F64Array, F64Array]:
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    return x, y


def _add_drop(
    cover: F64Array, column: F64Array, row: F64Array, shade: F64Array, at: tuple[float, float], radius: float,
    tall: float, thick: float,
) -> float:  # fmt: skip
    """One drop: a cap that bends rays through its middle, so the scene comes out turned round and far wider.

    Returns:
        By how much it adds to the cover, in pixels.
    """
    (height, width), (x, y) = cover.shape, at
    reach = radius * tall * 1.45 + 2.0
    x0, x1 = max(0, math.floor(x - reach)), min(width, math.ceil(x + reach))
    y0, y1 = max(0, math.floor(y - reach)), min(height, math.ceil(y + reach))
    if x0 >= x1 or y0 >= y1:
        return 0.0
    px, py = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    dx, dy = (px - x) / radius, (py - y) / (radius * tall)
    r = np.sqrt(dx * dx + dy * dy)
    soft = np.clip((1.4 - r) / 0.9, 0.0, 1.0)
    alpha = thick * soft * soft * (3.0 - 2.0 * soft)
    view = (slice(y0, y1), slice(x0, x1))
    old = cover[view]
    # a drop over another hides it as far as it is dense; what is seen passes over from one to the other
    both = alpha + (1.0 - alpha) * old
    share = np.where(both > 0.0, alpha / np.where(both > 0.0, both, 1.0), 0.0)
    bend = 4.0 * np.minimum(r, 1.0) ** 2 + 3.0
    for whole, here in (
        (column, np.clip(x - dx * radius * bend, 0, width - 1)), (row, np.clip(y - dy * radius * bend, 0, height - 1)),
        (shade, 1.0 - 0.14 * np.minimum(r, 1.0) ** 2),
    ):  # fmt: skip
        whole[view] += (here - whole[view]) * share
    gained = float((both - old).sum())
    cover[view] = both
    return gained


def blurred(hdr: F32Array) -> F32Array:
    """The picture inside a drop, out of focus, of an image (H, W, 3): a sixteenth of the size."""
    height, width = hdr.shape[:2]
    size = (max(1, width // _SHRINK), max(1, height // _SHRINK))
    small = cv2.resize(hdr, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)
