"""A microbolometer: radiance in 8 to 14 micrometres to numbers, and to a grey picture.

A thermal camera corrects its pixels (gain and offset, non-uniformity correction), so that its numbers are linear in
radiance. What is left is white noise, told as the temperature difference that equals it, NETD, at 300 K (EN 62676-5,
VDI 5585), and the rest of the fixed pattern, told likewise. Both are the same in radiance whatever is seen: in
temperature they are larger on what is cold.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F32Array, F64Array, U8Array
from simengine.rng import stream
from simengine.sensors.imaging import Infrared
from simengine.sensors.planck import radiance_of, slope_at
from simengine.sensors.specs import CameraSpec

__all__ = ["REFERENCE_K", "counted", "radiance_from", "shown"]

REFERENCE_K = 300.0
_SHARES = (0.005, 0.9998)
_SLOTS, _PLATEAU, _LINEAR = 4096, 8.0, 0.3
_LEAST_K = 4.0
"""Temperatures that the picture spans at least, so that noise on a flat scene is not blown up to black and white."""


def counted(spec: CameraSpec, radiance: F64Array, random: np.random.Generator) -> Array:
    """Numbers (H, W) uint16 of a radiance (H, W): 0 at ``infrared.low_k``, the largest at ``infrared.high_k``."""
    seen = spec.infrared
    sigma = slope_at(REFERENCE_K) * seen.netd_k
    noisy = radiance + sigma * random.standard_normal(radiance.shape, np.float32)
    if seen.pattern_k > 0.0:
        noisy = noisy + slope_at(REFERENCE_K) * seen.pattern_k * _pattern(spec.name, spec.imager.serial, radiance.shape)
    low, high = _ends(seen)
    numbers = np.floor((noisy - low) / (high - low) * spec.imager.largest_dn + 0.5)
    return np.clip(numbers, 0, spec.imager.largest_dn).astype(np.uint16)


def radiance_from(spec: CameraSpec, numbers: Array) -> F64Array:
    """The radiance that numbers stand for, W / (m2 sr); ``planck.temperature_of`` makes a temperature of it."""
    low, high = _ends(spec.infrared)
    return low + numbers.astype(np.float64) * ((high - low) / spec.imager.largest_dn)


def shown(spec: CameraSpec, radiance: F64Array) -> U8Array:
    """A grey picture (H, W, 3), hot is white.

    ``exposure_auto`` is the gain control that such cameras have: ``_LINEAR`` of each grey value is linear between cold
    and hot ends, the rest is the share of pixels that are colder (histogram equalisation), where no step counts for
    more than ``_PLATEAU`` times the mean; the ends are at least ``_LEAST_K`` apart.
    Else from ``infrared.low_k`` to ``infrared.high_k``.
    """
    low, high = _ends(spec.infrared)
    if spec.exposure_auto:
        low, high = (float(v) for v in np.quantile(radiance, _SHARES))
        short = _LEAST_K * slope_at(REFERENCE_K) - (high - low)
        low, high = low - 0.5 * max(short, 0.0), high + 0.5 * max(short, 0.0)
    level: F64Array = np.clip((radiance - low) / (high - low), 0.0, 1.0)
    if spec.exposure_auto:
        level = _LINEAR * level + (1.0 - _LINEAR) * _equalised(level)
    grey = np.floor(level * 255.0 + 0.5).astype(np.uint8)
    return np.repeat(grey[..., None], 3, -1)


def _equalised(level: F64Array) -> F64Array:
    slots = (level.ravel() * (_SLOTS - 1e-9)).astype(np.int64)
    steps: F64Array = np.minimum(np.bincount(slots, minlength=_SLOTS), _PLATEAU * level.size / _SLOTS)
    shares: F64Array = np.concatenate([[0.0], np.cumsum(steps)]) / float(steps.sum())
    return np.interp(level, np.linspace(0.0, 1.0, _SLOTS + 1), shares)


def _ends(infrared: Infrared) -> tuple[float, float]:
    low, high = radiance_of(np.array([infrared.low_k, infrared.high_k])).tolist()
    return low, high


@lru_cache(maxsize=8)
def _pattern(name: str, serial: int, shape: tuple[int, ...]) -> F32Array:
    return stream(serial, "bolometer", name, *shape).standard_normal(shape, np.float32)
