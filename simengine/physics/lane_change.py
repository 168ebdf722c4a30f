"""Lateral profiles of a lane change: offset from the target lane's centre over time.

The lateral speed of an action is the largest one of its profile, as ASAM OpenSCENARIO XML defines the dynamics
dimension "rate": a linear change over a distance D at w takes D / w, a sinusoidal one pi D / (2 w), a cubic one
3 D / (2 w).
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array

__all__ = ["SHAPES", "duration_s", "profile"]

SHAPES = ("sinusoidal", "linear", "cubic")
"""Codes 0, 1, 2: the order of the words in the vocabulary."""
_STRETCH = np.array([np.pi / 2.0, 1.0, 1.5])


def duration_s(distance_m: F64Array, lateral_speed_mps: F64Array, shape: F64Array) -> F64Array:
    """Time that a lane change takes (at least 1 ms)."""
    stretch = _STRETCH[shape.astype(np.int64)]
    return np.maximum(stretch * np.abs(distance_m) / np.maximum(np.abs(lateral_speed_mps), 1e-3), 1e-3)


def profile(
    start_m: F64Array, end_m: F64Array, duration: F64Array, shape: F64Array, t_s: F64Array
) -> tuple[F64Array, F64Array, F64Array]:
    """Offset and its first and second time derivatives at time t since the start; at rest before and after."""
    u = np.minimum(np.maximum(t_s / duration, 0.0), 1.0)
    running = (t_s > 0.0) & (t_s < duration)
    angle = np.pi * u
    sin, cos = np.sin(angle), np.cos(angle)
    wave, cubic = shape == 0.0, shape == 2.0
    value = np.where(wave, 0.5 - 0.5 * cos, np.where(cubic, u * u * (3.0 - 2.0 * u), u))
    slope = np.where(wave, (0.5 * np.pi) * sin, np.where(cubic, 6.0 * u * (1.0 - u), 1.0))
    bend = np.where(wave, (0.5 * np.pi * np.pi) * cos, np.where(cubic, 6.0 - 12.0 * u, 0.0))
    way = end_m - start_m
    rate = np.where(running, way / duration, 0.0)
    return start_m + way * value, rate * slope, rate * bend / duration
