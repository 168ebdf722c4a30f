"""Joints, limits, solids and the tool of the six-axis arm, scaled to a reach."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.geometry import transforms as tf
from simengine.world.bodies import ArmChain, ArmJoint, Solid, SuctionCup

__all__ = [
    "AXIS_1_M", "CUP_RADIUS_M", "ELBOW_UP_M", "FLANGE_M", "FOREARM_M", "ROLL_M", "SHOULDER_M", "TOOL_M", "UPPER_ARM_M",
    "arm_chain", "arm_scale",
]  # fmt: skip

# Lengths of an arm of scale 1, in the proportions of light industrial six-axis arms.
AXIS_1_M = 0.19
"""Height of the turning column's seam above the foot."""
SHOULDER_M = (0.05, 0.34)
"""Where axis 2 is: ahead of axis 1, and above the foot."""
UPPER_ARM_M = 0.44
ELBOW_UP_M = 0.04
"""How far axis 4 lies above axis 3."""
ROLL_M = 0.13
"""Where the rolling part of the forearm begins, ahead of axis 3."""
FOREARM_M = 0.42
"""From axis 3 to the wrist, along the forearm."""
FLANGE_M = 0.09
"""From the wrist to the flange's face."""
TOOL_M = 0.165
"""From the flange to the cup's lip; the tool is the same for arms of all sizes."""
CUP_RADIUS_M = 0.015
_STROKE_M = 0.01
_STRETCH = 0.98
"""Share of the full stretch that is used: beyond it small ways of the tool take large ones of the elbow."""
_LIMITS_DEG = ((-170.0, 170.0), (-110.0, 115.0), (-115.0, 72.0), (-170.0, 170.0), (-120.0, 120.0), (-360.0, 360.0))
_SPEEDS_DEGPS = (250.0, 250.0, 250.0, 320.0, 320.0, 420.0)
_ACCELERATIONS_DEGPS2 = (900.0, 900.0, 1100.0, 2000.0, 2000.0, 3000.0)
_HOME_RAD = (0.0, -0.45, 0.3, 0.0, 0.5 * math.pi + 0.15, 0.0)
_ALONG_X = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)
"""Turns a solid's z axis to +x."""
_ALONG_Y = (math.sqrt(0.5), -math.sqrt(0.5), 0.0, 0.0)
"""Turns a solid's z axis to +y."""


def _reach_m(scale: float) -> float:
    """How far from axis 1 an arm of this scale touches the level of its foot with the tool pointing down."""
    stretch = _STRETCH * scale * (UPPER_ARM_M + math.hypot(FOREARM_M, ELBOW_UP_M))
    above = scale * (SHOULDER_M[1] - FLANGE_M) - TOOL_M
    return scale * SHOULDER_M[0] + math.sqrt(max(stretch * stretch - above * above, 0.0))


@lru_cache(maxsize=1024)
def arm_scale(reach_m: float) -> float:
    """Scale of the arm that has this reach (by bisection; the reach grows with the scale)."""
    low, high = 0.05, 5.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _reach_m(middle) < reach_m else (low, middle)
    return 0.5 * (low + high)


def _at(x: float, y: float, z: float) -> F64Array:
    return frozen(tf.translation([x, y, z]), np.float64)


def _bar(
    length: float, girth: float, center: tuple[float, float, float], turn: tuple[float, float, float, float]
) -> Solid:
    return Solid("capsule", (girth, girth, max(length, girth)), center, turn)


@lru_cache(maxsize=1024)
def arm_chain(reach_m: float) -> ArmChain:
    """The chain of the arm with a reach: how far from axis 1 the tool, pointing down, touches the level of the foot."""
    k = arm_scale(reach_m)
    x2, z2 = SHOULDER_M
    upright = (1.0, 0.0, 0.0, 0.0)
    places = (
        (0.0, 0.0, k * AXIS_1_M), (k * x2, 0.0, k * (z2 - AXIS_1_M)), (0.0, 0.0, k * UPPER_ARM_M),
        (k * ROLL_M, 0.0, k * ELBOW_UP_M), (k * (FOREARM_M - ROLL_M), 0.0, 0.0), (k * FLANGE_M, 0.0, 0.0),
    )  # fmt: skip
    axes = (
        (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0),
    )  # fmt: skip
    roll, end = k * (FOREARM_M - ROLL_M), TOOL_M - _STROKE_M - 0.002  # the bellows give way
    solids: tuple[tuple[Solid, ...], ...] = (
        (Solid("cylinder", (0.2 * k, 0.2 * k, 0.24 * k), (0.02 * k, 0.0, 0.12 * k), _ALONG_Y),),
        (_bar(k * (UPPER_ARM_M + 0.13), 0.13 * k, (0.0, 0.0, 0.5 * k * UPPER_ARM_M), upright),),
        (_bar(0.24 * k, 0.13 * k, (0.03 * k, 0.0, 0.03 * k), _ALONG_X),),
        (_bar(roll + 0.06 * k, 0.09 * k, (0.5 * roll, 0.0, 0.0), _ALONG_X),),
        (_bar(0.12 * k, 0.08 * k, (0.025 * k, 0.0, 0.0), _ALONG_X),),
        (
            Solid("cylinder", (0.06, 0.06, 0.09), (0.045, 0.0, 0.0), _ALONG_X),
            Solid("cylinder", (0.024, 0.024, end - 0.09), (0.5 * (0.09 + end), 0.0, 0.0), _ALONG_X),
        ),
    )
    joints = tuple(
        ArmJoint(
            f"joint_{i + 1}", _at(*places[i]), axes[i], math.radians(low), math.radians(high),
            math.radians(_SPEEDS_DEGPS[i]), math.radians(_ACCELERATIONS_DEGPS2[i]), solids[i],
        )
        for i, (low, high) in enumerate(_LIMITS_DEG)
    )  # fmt: skip
    tool = np.eye(4)
    tool[:3, :3] = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]  # z along the link's x, y along its y
    tool[0, 3] = TOOL_M
    base = (Solid("cylinder", (0.19 * k, 0.19 * k, k * AXIS_1_M), (0.0, 0.0, 0.5 * k * AXIS_1_M)),)
    cup = SuctionCup(CUP_RADIUS_M, _STROKE_M, 45.0)
    return ArmChain(joints, frozen(tool, np.float64), _at(0.0, 0.0, 0.036 * k + 0.026), cup, _HOME_RAD, base, reach_m)
