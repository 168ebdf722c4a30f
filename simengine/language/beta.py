"""Quantiles of beta laws with whole-number parameters, about five times faster than the general function.

With n = a + b - 1, y = 1 - x and t = x / y, the distribution function is the binomial tail (NIST DLMF 8.17.5)

    I_x(a, b) = sum_{j = a}^{n} C(n, j) x^j y^(n - j) = x^a y^(b - 1) (C(n, a) + C(n, a + 1) t + ... + t^(b - 1)),

a sum of positive terms. Its inverse is found by Newton's method from a table; where the table is too coarse, next to
0 and 1, the general function counts.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array

__all__ = ["LARGEST", "quantile_of"]

LARGEST = 16
"""Of a + b; beyond that the general function is as fast."""
_CELLS = 4096
_COARSE = 8  # cells at either end: within them the start of Newton's method is off by more than a percent
_STEPS = 3  # errors relative to x: 2e-3, 2e-6, 2e-12, 2e-24
_PIECE = 1 << 15  # numbers that stay in the cache; smaller ones let threads wait for each other


@lru_cache(maxsize=16)
def quantile_of(a: int, b: int) -> Callable[[F64Array], F64Array]:
    """The quantile function of beta(a, b), for a and b of 2 or more with a + b <= ``LARGEST``."""
    general = importlib.import_module("scipy.special").betaincinv
    shares = np.arange(_CELLS + 1) / _CELLS
    table: F64Array = general(a, b, shares)
    first, last = shares[_COARSE], shares[-1 - _COARSE]

    def inverse(u: F64Array) -> F64Array:
        flat = np.ascontiguousarray(u, np.float64).reshape(-1)
        out = np.empty_like(flat)
        for at in range(0, flat.size, _PIECE):
            part = flat[at : at + _PIECE]
            cell = np.minimum(part * _CELLS, _CELLS - 1).astype(np.int64)
            x = table[cell] + (part * _CELLS - cell) * (table[cell + 1] - table[cell])
            fine = (part > first) & (part < last)
            x[~fine] = 0.5
            for _ in range(_STEPS):
                reached, density = _distribution(x, a, b)
                x = x + np.where(fine, (part - reached) / density, 0.0)
            x[~fine] = general(a, b, part[~fine])
            out[at : at + _PIECE] = x
        return out.reshape(u.shape)

    return inverse


def _distribution(x: F64Array, a: int, b: int) -> tuple[F64Array, F64Array]:
    """I_x(a, b) and its derivative, for 0 < x < 1."""
    n, y = a + b - 1, 1.0 - x
    t = x / y
    total = t + math.comb(n, n - 1)  # C(n, n) t + C(n, n - 1)
    for j in range(n - 2, a - 1, -1):
        total *= t
        total += math.comb(n, j)
    common = x.copy()
    for _ in range(a - 2):
        common *= x
    for _ in range(b - 1):
        common *= y
    return common * x * total, common * float(a * math.comb(n, a))
