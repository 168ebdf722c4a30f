"""Normal quantiles between two bounds far out in a tail, where the distribution function has no digits left.

Phi(-38) underflows, but the ratio of two upper tails Q does not: Q(z) = g(z) exp(-z^2 / 2) / 2 with the scaled
complementary error function g(z) = erfcx(z / sqrt 2), which falls like 1 / z. With z = a + d, the logarithm of
Q(z) / Q(a) = 1 - u (1 - Q(b) / Q(a)) gives an equation for d, the distance from the lower bound, that holds at any
distance from the middle. Its derivative is the inverse of Mills' ratio, and the exponential law (Abramowitz and Stegun
26.2.12) starts Newton's method within a share of 1 / a^2 of the solution.
"""

from __future__ import annotations

import importlib
import math

import numpy as np

from simengine.arrays import Array, F64Array

__all__ = ["FAR", "far_normal"]

FAR = 30.0
"""Standard deviations from which the tail is solved for; Phi(-30) = 5e-198 still has all its digits."""
_STEPS = 3  # 1e-3, 1e-6, 1e-12, 1e-24 of the solution


def _scaled(z: Array) -> Array:
    erfcx = importlib.import_module("scipy.special").erfcx
    return erfcx(z / math.sqrt(2.0))


def far_normal(low: Array, high: Array, u: F64Array, rest: F64Array) -> Array:
    """The standard normal quantile of u between two bounds in the upper tail.

    Args:
        low, high: in standard deviations, low >= FAR (other rows give nothing of use).
        u: numbers in [0, 1], broadcastable.
        rest: 1 - u, with its own digits.

    Returns:
        z with (Phi(z) - Phi(low)) / (Phi(high) - Phi(low)) = u.
    """
    at = _scaled(low)
    beyond = np.log(_scaled(high) / at) - 0.5 * (high - low) * (high + low)  # log of Q(high) / Q(low)
    above = rest + u * np.exp(beyond)  # Q(z) / Q(low)
    depth = np.where(u < 0.5, -np.log1p(u * np.expm1(beyond)), -np.log(above))
    d = depth / low
    for _ in range(_STEPS):
        g = _scaled(low + d)
        d = d - (d * (low + 0.5 * d) - depth - np.log(g / at)) * g * math.sqrt(math.pi / 2.0)
    return low + d
