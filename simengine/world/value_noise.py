"""Value noise on a plane: the twin of ``native/noise.h`` in the renderers, for what is computed beside them."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array, I64Array

__all__ = ["value_noise"]


def value_noise(x: F64Array, y: F64Array, layer: int = 0) -> F64Array:
    """Numbers of lattice keys in [0, 1), blended smoothly within a cell of 1 x 1; every layer is another noise."""
    fx, fy = np.floor(x), np.floor(y)
    u, v = np.subtract(x, fx, dtype=np.float64), np.subtract(y, fy, dtype=np.float64)
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    key = fx.astype(np.int64) * 0x0DA6B343 + fy.astype(np.int64) * 0x58163841 + layer * 0x4B1AB31F

    def mixed(k: I64Array) -> F64Array:
        h = k & 0xFFFFFFFF
        g = ((h ^ (h >> 15)) * 0x7FEB352D) & 0xFFFFFFFF
        return ((g ^ (g >> 13)) & 0xFFFFFF).astype(np.float64) * 2.0**-24

    a, b, c, d = (mixed(key + k) for k in (0, 0x0DA6B343, 0x58163841, 0x65BCEB84))
    low = a + (b - a) * u
    return low + (c + (d - c) * u - low) * v
