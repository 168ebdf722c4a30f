"""Moves of an arm between two poses, within the limits of its joints.

Along a move all coordinates of the pose change in proportion to s, from 0 to 1; s follows a polynomial of the fifth
degree in time, so that speed and acceleration begin and end at 0. Its greatest speed is 1.875 and its greatest
acceleration 5.774 (10 / sqrt(3)), in units of the move's duration. With q' and q'' the derivatives of a joint along s,
speeds are q' ds/dt, accelerations q'' (ds/dt)^2 + q' d2s/dt2: the duration follows from the limits. A move that is
broken off brakes as hard as these limits allow, whatever slower speed it was made for.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.rigid.kinematics import ArmKinematics, Down

__all__ = ["Move", "UnreachableError"]

_PEAK_SPEED, _PEAK_ACCELERATION = 1.875, 10.0 / math.sqrt(3.0)
_SAMPLES = 65
_SHORTEST_S = 1e-3
_MARGIN = 1.05
"""Derivatives between the samples may be a little larger than at them."""


class UnreachableError(Exception):
    """The arm does not get there."""


class Move:
    """One move.

    Args:
        arm: kinematics.
        start, end: poses.
        share: of the limits of the joints that it may use.
        top_mps: the tool moves no faster.

    Raises:
        UnreachableError: somewhere along the way.
    """

    def __init__(self, arm: ArmKinematics, start: Down, end: Down, share: float = 1.0, top_mps: float = 1.0) -> None:
        self._arm = arm
        self._start = np.array(start, np.float64)
        self._way = np.array(end, np.float64) - self._start
        s = np.linspace(0.0, 1.0, _SAMPLES)
        poses = self._start[:, None] + self._way[:, None] * s
        joints, reached = arm.joints(Down(*poses))
        if not bool(reached.all()):
            raise UnreachableError
        self._bounds = _bounds(joints)
        self._limit = share * arm.acceleration
        self._duration_s = _duration_s(self._bounds, share * arm.speed, self._limit)
        points = np.stack([poses[1] * np.cos(poses[0]), poses[1] * np.sin(poses[0]), poses[2]])
        step = np.sqrt((np.diff(points) ** 2).sum(0)).max(initial=0.0) * (_SAMPLES - 1)
        self._duration_s = max(self._duration_s, _PEAK_SPEED * float(step) / top_mps, _SHORTEST_S)
        self._elapsed_s = 0.0
        self._s, self._rate = 0.0, 0.0
        self._braking = False
        self._slowing = 0.0

    @property
    def over(self) -> bool:
        """It has come to its end, or to a stop."""
        return self._rate == 0.0 if self._braking else self._elapsed_s >= self._duration_s

    @property
    def pose(self) -> Down:
        """Where it is now."""
        return Down(*(self._start + self._way * self._s).tolist())

    @property
    def duration_s(self) -> float:
        """How long all of it takes."""
        return self._duration_s

    def brake(self) -> None:
        """Come to a stop on the way."""
        if self._braking:
            return
        self._braking = True
        first, second = self._bounds
        left = (self._limit - second * self._rate * self._rate) / np.maximum(first, 1e-12)
        self._slowing = max(float(left.min()), _PEAK_ACCELERATION / (self._duration_s * self._duration_s))

    def advance(self, dt_s: float) -> F64Array:
        """Go on for a while.

        Returns:
            Joint angles, (6,).
        """
        if self._braking:
            after = max(self._rate - self._slowing * dt_s, 0.0)
            spent_s = min(self._rate / self._slowing, dt_s)
            self._s = min(self._s + 0.5 * (self._rate + after) * spent_s, 1.0)
            self._rate = after
        else:
            self._elapsed_s = min(self._elapsed_s + dt_s, self._duration_s)
            t = self._elapsed_s / self._duration_s
            self._s = t * t * t * (10.0 + t * (6.0 * t - 15.0))
            self._rate = 30.0 * t * t * (1.0 - t) * (1.0 - t) / self._duration_s
        return self._arm.joints(self.pose)[0]


def _bounds(joints_rad: F64Array) -> tuple[F64Array, F64Array]:
    """Greatest first and second derivatives of a way of joint angles (N, 6) over equal steps of s, (6,) each."""
    h = 1.0 / (len(joints_rad) - 1)
    first = _MARGIN * np.abs(np.diff(joints_rad, axis=0)).max(0) / h
    return first, _MARGIN * np.abs(np.diff(joints_rad, 2, axis=0)).max(0) / (h * h)


def _duration_s(bounds: tuple[F64Array, F64Array], speed: F64Array, acceleration: F64Array) -> float:
    """The shortest duration of a way with such derivatives that keeps to the limits of the joints."""
    first, second = bounds
    bent = second * _PEAK_SPEED * _PEAK_SPEED + first * _PEAK_ACCELERATION
    return float(max((_PEAK_SPEED * first / speed).max(), np.sqrt(bent / acceleration).max()))
