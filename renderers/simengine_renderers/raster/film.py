"""From radiance to the picture: rain, drops on the lens, exposure and tone curve are the ray tracer's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from simengine.arrays import F32Array, F64Array, U8Array
from simengine.render.protocol import NoiseKey
from simengine.sensors.specs import CameraSpec
from simengine.world.weather import Environment
from simengine_renderers.raytrace.exposure import gain_of, metered_ev, tone_curve
from simengine_renderers.raytrace.lens import Lens, seen_through
from simengine_renderers.raytrace.rain import streaks
from simengine_renderers.raytrace.sky import Sky

__all__ = ["develop", "weathered"]

_ROWS = 64


@dataclass(frozen=True, eq=False)
class _Plate:
    """Radiance as rain and lens expect it: (pixels, 3), handed out by reference."""

    values: F32Array

    def numpy(self) -> F32Array:
        """The array itself."""
        return self.values


@dataclass(frozen=True, eq=False)
class _Film:
    """What rain and lens use of the ray tracer's film."""

    spec: CameraSpec
    hdr: _Plate
    device: str = "cpu"


def weathered(
    hdr: F32Array, spec: CameraSpec, sky: Sky, environment: Environment, camera_mps: F64Array, lens: Lens | None,
    noise: NoiseKey,
) -> None:  # fmt: skip
    """Draw rain streaks and look through drops on the lens, in place; ``hdr`` is (H, W, 3) and contiguous."""
    flat = hdr.reshape(-1, 3)
    if environment.rain_mmph > 0.0:
        cover = _cover(streaks(spec, environment.rain_mmph, camera_mps, noise), spec)
        light = 0.94 * (0.6 * sky.airlight + 0.4 * sky.ground) + 0.25 * flat[::31].mean(0, dtype=np.float64)
        where = np.flatnonzero(cover)
        flat[where] += (light.astype(np.float32) - flat[where]) * cover[where, None]
    if lens is not None:
        film: Any = _Film(spec, _Plate(flat))
        seen_through(lens, film)


def _cover(drops: F32Array, spec: CameraSpec) -> F32Array:
    """Share of each pixel's exposure that streaks cover, (pixels,), at most 0.8; rows as ``rain.streaks`` says."""
    width, height = spec.width_px, spec.height_px
    u, step_u, v, step_v, count, half, strength = drops.T
    steps = count.astype(np.int64)
    owner = np.repeat(np.arange(len(drops)), steps)
    along = (np.arange(len(owner)) - (np.cumsum(steps) - steps)[owner]).astype(np.float32)
    x, y = u[owner] + step_u[owner] * along, v[owner] + step_v[owner] * along
    seen = np.flatnonzero((x > -1.0) & (x < width + 1.0) & (y >= 0.0) & (y < height))
    x, row, owner = x[seen], y[seen].astype(np.int64), owner[seen]
    total = np.zeros(width * height)
    for side in (-1, 0, 1):  # neighbours across a streak share it by distance
        column = np.floor(x).astype(np.int64) + side
        share = np.minimum(half[owner] - np.abs(column + np.float32(0.5) - x), np.float32(1.0)) * strength[owner]
        inside = np.flatnonzero((share > 0) & (column >= 0) & (column < width))
        total += np.bincount(row[inside] * width + column[inside], share[inside], width * height)
    return np.minimum(total, 0.8).astype(np.float32)


def develop(hdr: F32Array, spec: CameraSpec) -> tuple[float, U8Array]:
    """Exposure value and sRGB picture of radiance (H, W, 3)."""
    ev = metered_ev(hdr, spec.exposure_ev) if spec.exposure_auto else spec.exposure_ev
    curve = tone_curve()
    last = len(curve) - 1
    gain = np.float32(gain_of(ev) * last * last / 16.0)
    out = np.empty(hdr.shape, np.uint8)
    for start in range(0, len(hdr), _ROWS):
        exposed = np.maximum(hdr[start : start + _ROWS] * gain, np.float32(0.0))
        slots = np.minimum(cv2.sqrt(exposed) + np.float32(0.5), np.float32(last))
        out[start : start + _ROWS] = curve[slots.astype(np.int32)]
    return ev, out
