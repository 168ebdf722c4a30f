"""How people move their limbs at a speed: feet that stand still on the ground while they bear, by inverse kinematics.

Angles turn about +y (left): a positive angle moves the lower end of a hanging limb backward.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.persons import stride_m

__all__ = ["LegPose", "arm_angles", "duty", "foot_path", "leg_angles", "stir"]

_FORE = 0.42
"""Share of the stance in which the foot is ahead of the hip."""
_REACH = 0.999
"""The leg is never quite straight."""


class LegPose(NamedTuple):
    """Joint angles of a leg."""

    hip_rad: F64Array
    knee_rad: F64Array
    ankle_rad: F64Array


def _ramp(x: F64Array, low: float, high: float) -> F64Array:
    u = np.minimum(np.maximum((x - low) / (high - low), 0.0), 1.0)
    return u * u * (3.0 - 2.0 * u)


def _running(v: F64Array, leg_m: F64Array) -> F64Array:
    """0 walking .. 1 running: people change over at a Froude number of about 0.5 (R. McN. Alexander 1989)."""
    return _ramp(v * v / (9.81 * leg_m), 0.3, 0.8)


def stir(v: F64Array) -> F64Array:
    """0 standing .. 1 moving: fades the limbs' swing in and out below 0.25 m/s."""
    return _ramp(v, 0.0, 0.25)


def duty(v: F64Array, leg_m: F64Array) -> F64Array:
    """Share of the stride in which a foot bears: 0.62 walking, 0.36 running."""
    return 0.62 - 0.26 * _running(v, leg_m)


def foot_path(phase_rad: F64Array, v: F64Array, leg_m: F64Array) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """Where the ankle is under the hip.

    Bearing, the foot moves backward by exactly as much as the body moves forward, so it stands still on the ground;
    then it swings forward on a cubic that joins on with the same velocity.

    Args:
        phase_rad: phase of this leg; 0 where the foot touches down.
        v: speed.
        leg_m: hip height.

    Returns:
        Offset ahead of the hip (m), lift (m), progress of the swing (0 while bearing), largest offset behind (m).
    """
    stride, bears = stride_m(v, leg_m), duty(v, leg_m)
    p = phase_rad / (2.0 * np.pi)
    p = p - np.floor(p)
    travel = bears * stride
    front, back = _FORE * travel, (_FORE - 1.0) * travel
    u = np.maximum(p - bears, 0.0) / (1.0 - bears)
    slope = -stride * (1.0 - bears)
    swing = _hermite(u, back, front, slope)
    x = np.where(p < bears, front - stride * p, swing)
    height = leg_m * (0.10 + 0.22 * _running(v, leg_m))
    sine = np.sin(np.pi * u)
    return stir(v) * x, stir(v) * height * sine * sine, u, stir(v) * back


def _hermite(u: F64Array, a: F64Array, b: F64Array, slope: F64Array) -> F64Array:
    square, cube = u * u, u * u * u
    step = 3.0 * square - 2.0 * cube
    return a + (b - a) * step + slope * (cube - 2.0 * square + u) + slope * (cube - square)


def _missing(x: F64Array, reach: F64Array) -> F64Array:
    """How far the ankle is above its standing height where a straight leg points at an offset x."""
    return reach - np.sqrt(np.maximum(reach * reach - x * x, 0.0))


def leg_angles(
    phase_rad: F64Array, v: F64Array, leg_m: F64Array, thigh_m: F64Array, shin_m: F64Array
) -> LegPose:  # fmt: skip
    """Angles of one leg: the ankle follows :func:`foot_path`, the foot rolls from heel to toe.

    Args:
        phase_rad: phase of this leg.
        v: speed.
        leg_m: hip height.
        thigh_m: hip to knee.
        shin_m: knee to ankle.
    """
    x, lift, u, back = foot_path(phase_rad, v, leg_m)
    reach = _REACH * (thigh_m + shin_m)
    x = np.minimum(np.maximum(x, -0.95 * reach), 0.95 * reach)
    down = np.minimum(thigh_m + shin_m - lift, np.sqrt(reach * reach - x * x))
    # A person who stands has straight legs; the hundredth of bend that REACH leaves fades in with the movement.
    down = np.where(stir(v) > 0.0, down, thigh_m + shin_m)
    square = np.minimum(x * x + down * down, (thigh_m + shin_m) ** 2)
    cosine = (square - thigh_m * thigh_m - shin_m * shin_m) / (2.0 * thigh_m * shin_m)
    knee = np.arccos(np.minimum(np.maximum(cosine, -1.0), 1.0))
    hip = np.arctan2(-x, down) - np.arctan2(shin_m * np.sin(knee), thigh_m + shin_m * np.cos(knee))
    toe_off = np.arcsin(np.minimum(_missing(back, reach) / (0.17 * leg_m), 0.85))
    heel_strike = -0.3 * stir(v)
    late = np.arcsin(np.minimum(_missing(np.minimum(x, 0.0), reach) / (0.17 * leg_m), 0.85))
    early = -np.minimum(_missing(np.maximum(x, 0.0), reach) / (0.06 * leg_m), 0.3)
    swing = toe_off * (1.0 - u) * (1.0 - u) + heel_strike * u * u
    pitch = np.where(u > 0.0, swing, late + early)
    return LegPose(hip, knee, pitch - hip - knee)


def arm_angles(opposite_phase_rad: F64Array, v: F64Array, leg_m: F64Array) -> tuple[F64Array, F64Array]:
    """Shoulder and elbow angle: an arm swings with the opposite leg, the elbow bends for running."""
    run = _running(v, leg_m)
    beat = np.cos(opposite_phase_rad)
    shoulder = -stir(v) * ((0.35 + 0.4 * run) * beat - 0.15 * run)
    elbow = -stir(v) * (0.3 + 1.1 * run + (0.15 + 0.2 * run) * beat)
    return shoulder, elbow
