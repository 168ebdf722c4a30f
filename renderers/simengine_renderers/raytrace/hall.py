"""What shines from above inside of a hall: ceiling, rows of luminaires, upper walls, or a band of windows.

Directions only: the hall's upper half is taken to be far away, as the sky is outdoors. Radiances are relative; whoever
asks scales them to the illuminance.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.world.weather import Interior

__all__ = ["upper_half"]

_CEILING_M = 3.4
"""Height of the ceiling above the bench."""
_HALF_M = (11.0, 8.0)
"""Half of the hall's length and width: beyond it the upper walls are seen."""
_SHINE = {"led": 26.0, "sodium": 60.0, "daylight": 16.0}
"""Radiance of what shines against that of the ceiling."""


def upper_half(interior: Interior, view: F64Array) -> F64Array:
    """Relative radiance (R, C, 3) in directions (R, C, 3) of the upper half of a hall, edges softened."""
    out, across = np.zeros(view.shape), (view[1:, 1:] - view[:-1, :-1]).reshape(-1, 3)
    size = float(np.sqrt((across * across).sum(-1)).mean())
    for dx, dy in ((-1.0, 0.0), (-0.5, 0.9), (0.5, 0.9), (1.0, 0.0), (0.5, -0.9), (-0.5, -0.9), (0.0, 0.0)):
        moved = view + size * np.array([dx, dy, 0.0])
        out += _seen(interior, moved / np.sqrt((moved * moved).sum(-1, keepdims=True)))
    return out / 7.0


def _seen(interior: Interior, view: F64Array) -> F64Array:
    up = np.maximum(view[..., 2], 1e-3)
    x, y = view[..., 0] / up * _CEILING_M, view[..., 1] / up * _CEILING_M
    ceiling = (np.abs(x) < _HALF_M[0]) & (np.abs(y) < _HALF_M[1])
    beam = (np.abs(np.remainder(x + 1.6, 3.2) - 1.6) > 1.52) & ceiling  # steel beams across
    grey = np.where(ceiling, np.where(beam, 0.55, 1.0), 0.75)
    # upper walls: darker towards the floor
    grey = np.where(ceiling, grey, 0.35 + 0.5 * np.minimum(up, 0.6))
    shining = _windows(view) if interior.kind == "daylight" else _lamps(interior.kind, x, y, ceiling)
    level = grey * (1.0 - shining) + _SHINE[interior.kind] * shining
    warm = np.array([1.02, 1.0, 0.96])  # paint
    tint = np.array(interior.tint)
    return level[..., None] * tint * np.where(shining[..., None] > 0.5, 1.0, warm)


def _lamps(kind: str, x: F64Array, y: F64Array, ceiling: F64Array) -> F64Array:
    """Share of each direction that is lamp: long luminaires in rows, or round high bays."""
    if kind == "sodium":
        dx, dy = np.remainder(x + 2.0, 4.0) - 2.0, np.remainder(y + 3.6, 4.0) - 2.0
        return ((dx * dx + dy * dy < 0.32**2) & ceiling).astype(np.float64)
    along = np.abs(np.remainder(x, 3.2) - 1.6) < 0.16
    across = np.abs(np.remainder(y + 2.2, 2.4) - 1.2) < 0.95
    return (along & across & ceiling).astype(np.float64)


def _windows(view: F64Array) -> F64Array:
    """A band of windows on the side of -x, and a strip of roof lights."""
    side = np.minimum(view[..., 0], -1e-3)
    high, wide = view[..., 2] / -side, view[..., 1] / -side
    glass = (view[..., 0] < -1e-3) & (high > 0.18) & (high < 0.95) & (np.abs(wide) < 2.2)
    bars = (np.remainder(wide + 0.02, 0.44) < 0.03) | (np.abs(high - 0.56) < 0.02)
    up = np.maximum(view[..., 2], 1e-3)
    roof = (np.abs(view[..., 0] / up * _CEILING_M - 2.6) < 0.5) & (np.abs(view[..., 1] / up * _CEILING_M) < 6.0)
    return np.where(glass & ~bars, 1.0, np.where(roof, 0.55, 0.0))
