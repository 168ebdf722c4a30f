"""The skull: a stack of super-elliptic rings; a relief makes brow, eye sockets, cheeks, lips and chin of its front."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from simengine.arrays import Array, F64Array
from simengine_scenes.people.measures import BodyMeasures

__all__ = ["HAIR", "TURNS", "skull_m", "skull_skin"]

HAIR = 1.055
"""The skull with hair over the bare one."""
_POWER = 2.15
# height, forward offset (over head length), half length and half width (over the largest)
_SKULL: Array = np.array([
    [0.00, 0.15, 0.12, 0.14], [0.02, 0.14, 0.26, 0.32], [0.07, 0.115, 0.46, 0.52], [0.16, 0.07, 0.66, 0.72],
    [0.28, 0.035, 0.81, 0.86], [0.42, 0.01, 0.93, 0.95], [0.56, -0.005, 0.99, 1.0], [0.68, -0.01, 1.0, 1.0],
    [0.79, -0.015, 0.94, 0.94], [0.88, -0.02, 0.80, 0.80], [0.95, -0.02, 0.58, 0.58], [0.99, -0.02, 0.30, 0.30],
    [1.00, -0.02, 0.02, 0.02],
])  # fmt: skip
_FORM = PchipInterpolator(_SKULL[:, 0], _SKULL[:, 1:])
_COLUMNS = 28
_U: Array = np.arange(_COLUMNS) / (0.5 * _COLUMNS) - 1.0
TURNS: Array = np.pi * (0.6 * _U + 0.4 * _U**3)
"""About the upright, 0 in front: twice as dense there as behind."""
_RELIEF: Array = np.array([
    # height and its spread, turn and its spread (radians), how far it stands out over the head's length
    [0.610, 0.050, 0.00, 0.60, 0.020],  # brow
    [0.515, 0.042, 0.44, 0.24, -0.040],  # eye sockets
    [0.420, 0.070, 0.78, 0.30, 0.014],  # cheek bones
    [0.300, 0.090, 0.70, 0.28, -0.016],  # below them
    [0.235, 0.028, 0.00, 0.30, 0.016],  # mouth
    [0.165, 0.025, 0.00, 0.35, -0.018],
    [0.085, 0.045, 0.00, 0.34, 0.034],  # chin
])  # fmt: skip


def skull_skin(body: BodyMeasures, height: npt.ArrayLike, turn: npt.ArrayLike, out: float = 1.0) -> F64Array:
    """Points (..., 3) of the skull at shares of its height and turns that broadcast; ``out`` times as large. The top
    of the hair is at the stature."""
    h, a = np.broadcast_arrays(np.asarray(height, np.float64), np.asarray(turn, np.float64))
    _, length, width = body.head_m
    tall, middle = skull_m(body)
    shift, half_x, half_y = np.moveaxis(np.asarray(_FORM(h)), -1, 0)
    c, s = np.cos(a), np.sin(a)
    e = 2.0 / _POWER
    x = shift * length + 0.5 * length * out * half_x * np.sign(c) * np.abs(c) ** e
    for high, tall_by, at, wide, depth in _RELIEF.tolist():
        x = x + depth * length * np.exp(-(((h - high) / tall_by) ** 2) - ((np.abs(a) - at) / wide) ** 2)
    y = 0.5 * width * out * half_y * np.sign(s) * np.abs(s) ** e
    return np.stack([x, y, middle + (h - 0.5) * tall * out], -1)


def skull_m(body: BodyMeasures) -> tuple[float, float]:
    """Height of the skull without hair, and of its middle above the ground."""
    tall = body.head_m[0] / (0.5 + 0.5 * HAIR)
    return tall, body.stature_m - 0.5 * tall * HAIR
