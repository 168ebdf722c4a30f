"""Two bars from a fixed hinge to a target, in a plane: legs and arms of any kind, at the pose that meets the target.

Points of the plane are pairs (forward, up); angles turn up towards forward, as about +y.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array

__all__ = ["bars", "turned"]

_STRAIGHT = 0.9995
"""Bars never quite stretch, nor fold up wholly: there the angles would jump."""


def turned(forward: Array, up: Array, angle_rad: Array) -> tuple[F64Array, F64Array]:
    """A vector after a turn."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return forward * c + up * s, up * c - forward * s


def bars(
    upper: tuple[Array, Array], lower: tuple[Array, Array], target: tuple[Array, Array]
) -> tuple[F64Array, F64Array]:
    """How far both bars turn from their rest so that the end of the second meets a target.

    The joint between them bends the way it bends at rest. A target out of reach is approached as near as can be.

    Args:
        upper: vector of the first bar at rest, from the fixed hinge.
        lower: vector of the second bar at rest, from the end of the first.
        target: from the fixed hinge.

    Returns:
        Turn of the upper and of the lower bar, both against the plane, in (-pi, pi].
    """
    a, b = np.hypot(*upper), np.hypot(*lower)
    reach = np.hypot(*target)
    d = np.minimum(np.maximum(reach, np.abs(a - b) / _STRAIGHT + 1e-9), _STRAIGHT * (a + b))
    side = np.sign(upper[0] * lower[1] - upper[1] * lower[0])  # which way the joint bends
    way = np.arctan2(*target)
    at_hinge = np.arccos(np.clip((a * a + d * d - b * b) / (2.0 * a * d), -1.0, 1.0))
    at_target = np.arccos(np.clip((b * b + d * d - a * a) / (2.0 * b * d), -1.0, 1.0))
    first, second = way + side * at_hinge, way - side * at_target
    return _wrapped(first - np.arctan2(*upper)), _wrapped(second - np.arctan2(*lower))


def _wrapped(angle: Array) -> F64Array:
    return angle - 2.0 * np.pi * np.floor(angle / (2.0 * np.pi) + 0.5)
