"""Somebody at the wheel of a car or bus: part of the vehicle, to labels as to physics."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, tube

__all__ = ["DRIVER_LOOKS", "driver_draft"]

DRIVER_LOOKS = 4
_TOPS = ("navy", "grey", "green", "red")


def driver_draft(
    eye_m: tuple[float, float, float], seat_m: float, wheel_m: tuple[float, float, float], look: int
) -> Draft:
    """Somebody at the wheel: what can be seen of a driver from outside.

    Args:
        eye_m: between the eyes.
        seat_m: height of the hips.
        wheel_m: middle of the steering wheel.
        look: one of ``DRIVER_LOOKS``.
    """
    skin = palette.SKIN[look % len(palette.SKIN)]
    hair, top = palette.HAIR[look % len(palette.HAIR)], palette.cloth(_TOPS[look % len(_TOPS)])
    x, y, z = eye_m
    neck, hip = np.array([x - 0.12, y, z - 0.17]), np.array([x - 0.16, y, seat_m])
    hub = np.array(wheel_m)
    out = Draft()
    out.add(ellipsoid((x - 0.085, y, z + 0.005), (0.10, 0.077, 0.125), 10, 14), skin)
    out.add(ellipsoid((x - 0.108, y, z + 0.042), (0.098, 0.084, 0.108), 8, 14), hair)
    out.add(tube([_off(neck, 0.0, 0.0, -0.02), _off(neck, 0.02, 0.0, 0.10)], 0.055, 8), skin)
    out.add(ellipsoid(_off(0.62 * neck + 0.38 * hip, 0.0, 0.0, -0.02), (0.13, 0.20, 0.24), 8, 14), top)
    out.add(ellipsoid(0.15 * neck + 0.85 * hip, (0.14, 0.17, 0.20), 8, 12), top)
    for side in (1.0, -1.0):
        shoulder = _off(neck, 0.0, side * 0.18, -0.09)
        hand = _off(hub, -0.01, side * 0.165, 0.05)
        elbow = _off(0.5 * (shoulder + hand), 0.0, side * 0.07, -0.12)
        out.add(ellipsoid(shoulder, (0.075, 0.075, 0.075), 6, 10), top)
        out.add(tube([shoulder, elbow, hand + 0.12 * (elbow - hand)], (0.052, 0.045, 0.034), 8), top)
        out.add(ellipsoid(hand, (0.045, 0.035, 0.05), 6, 8), skin)
        knee = _off(hip, 0.42, side * 0.10, 0.02)
        out.add(tube([_off(hip, 0.0, side * 0.09, -0.04), knee], (0.085, 0.065), 8), palette.cloth("navy"))
    return out


def _off(point_m: F64Array, x: float, y: float, z: float) -> F64Array:
    """A point beside another."""
    return point_m + np.array([x, y, z])
