"""Forward and inverse kinematics of a six-axis arm whose tool points down.

All that an arm does here it does with the tool pointing straight down: joint 4 stays at 0 and joint 5 makes up for
joints 2 and 3. Such a pose has four coordinates (:class:`Down`), and its inverse is two bars in a plane.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.physics.linkage import bars
from simengine.world.bodies import ArmChain

__all__ = ["AXES", "ArmKinematics", "Down", "link_frames"]

AXES = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
"""Axes of the joints that this inverse is made for."""
_STRETCH = 0.999
"""Bars stretched further than this count as out of reach: there, joints move infinitely fast."""
_EPS_M = 1e-9


class Down(NamedTuple):
    """A pose with the tool down, in the arm's own frame; numbers or arrays of one shape.

    Attributes:
        turn_rad: of joint 1.
        radius_m: of the tool's point from axis 1, in the arm's plane (forward of joint 1).
        height_m: of the tool's point above the foot.
        roll_rad: of joint 6.
    """

    turn_rad: Array | float
    radius_m: Array | float
    height_m: Array | float
    roll_rad: Array | float


def link_frames(parent_from_joint: F64Array, joints_rad: F64Array) -> F64Array:
    """arm_from_link of the six links of arms.

    Args:
        parent_from_joint: at angles 0, (..., 6, 4, 4).
        joints_rad: (..., 6).

    Returns:
        (..., 6, 4, 4).
    """
    turned = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about(np.array(AXES), joints_rad))
    local = tf.compose(parent_from_joint, turned)
    out = np.empty(local.shape)
    out[..., 0, :, :] = local[..., 0, :, :]
    for k in range(1, 6):
        out[..., k, :, :] = tf.compose(out[..., k - 1, :, :], local[..., k, :, :])
    return out


class ArmKinematics:
    """Lengths and limits of a chain.

    Raises:
        SceneError: its axes are not those of :data:`AXES`, or its joints lie beside the arm's plane.
    """

    def __init__(self, chain: ArmChain) -> None:
        if tuple(tuple(float(v) for v in j.axis) for j in chain.joints) != AXES:
            raise SceneError(f"an arm needs six joints about z, y, y, x, y, x; got {[j.axis for j in chain.joints]}")
        self.chain = chain
        self._fixed: F64Array = np.stack([j.parent_from_joint for j in chain.joints])
        self.low = np.array([j.low_rad for j in chain.joints])
        self.high = np.array([j.high_rad for j in chain.joints])
        self.speed = np.array([j.speed_max_radps for j in chain.joints])
        self.acceleration = np.array([j.acceleration_max_radps2 for j in chain.joints])
        frames = self.frames(np.zeros(6))
        tool = tf.compose(frames[5], chain.link_from_tool)[:3, 3]
        at = frames[:, :3, 3]
        if np.abs(np.stack([*at, tool])[:, 1]).max() > _EPS_M or abs(at[0, 0]) > _EPS_M:
            raise SceneError("the joints and the tool of an arm must lie in one plane with its first axis at angles 0")
        if np.abs(np.array([at[3, 2], at[5, 2], tool[2]]) - at[4, 2]).max() > _EPS_M:
            raise SceneError("axes 4, 5 and 6 of an arm and the point of its tool must meet in one line at angles 0")
        self.shoulder: F64Array = at[1][[0, 2]]
        self.upper: F64Array = (at[2] - at[1])[[0, 2]]
        self.lower: F64Array = (at[4] - at[2])[[0, 2]]
        self.hand_m = float(tool[0] - at[4, 0])

    def frames(self, joints_rad: F64Array) -> F64Array:
        """arm_from_link of all six links, (..., 6, 4, 4), of joint angles (..., 6)."""
        return link_frames(self._fixed, joints_rad)

    def tool(self, joints_rad: F64Array) -> F64Array:
        """arm_from_tool, (..., 4, 4): z is the approach."""
        return tf.compose(self.frames(joints_rad)[..., 5, :, :], self.chain.link_from_tool)

    def joints(self, pose: Down) -> tuple[F64Array, BoolArray]:
        """Joint angles of poses, (..., 6), and whether the arm reaches them within its limits, (...)."""
        forward: F64Array = np.asarray(pose.radius_m - self.shoulder[0])
        up: F64Array = np.asarray(pose.height_m + self.hand_m - self.shoulder[1])
        upper, lower = (self.upper[0], self.upper[1]), (self.lower[0], self.lower[1])
        first, second = bars(upper, lower, (forward, up))
        bend = _wrapped(second - first)
        zero = np.zeros_like(first)
        out = np.stack(
            [pose.turn_rad + zero, first, bend, zero, _wrapped(0.5 * np.pi - first - bend), pose.roll_rad + zero], -1
        )
        a, b = np.hypot(*upper), np.hypot(*lower)
        apart = np.hypot(forward, up)
        reached = (apart <= _STRETCH * (a + b)) & (apart >= np.abs(a - b) / _STRETCH)
        reached &= ((out >= self.low) & (out <= self.high)).all(-1)
        return out, np.asarray(reached)

    def down(self, joints_rad: F64Array) -> Down:
        """The pose of joint angles (6,).

        Raises:
            SceneError: the tool does not point down.
        """
        tool = self.tool(joints_rad)
        if tool[2, 2] > -1.0 + 1e-6 or abs(joints_rad[3]) > 1e-9:
            raise SceneError(f"the tool of an arm must point down at rest, with joint 4 at 0; got {joints_rad}")
        c, s = np.cos(joints_rad[0]), np.sin(joints_rad[0])
        return Down(joints_rad[0], c * tool[0, 3] + s * tool[1, 3], tool[2, 3], joints_rad[5])

    def over(
        self, x_m: float, y_m: float, height_m: float, near_rad: Array | float, aside_m: tuple[float, float]
    ) -> Down:
        """The pose that brings a point of the hand over a place.

        Args:
            x_m, y_m: the place, in the arm's frame.
            height_m: of the tool's point.
            near_rad: angle of joint 1 that it should be nearest to.
            aside_m: where the point of the hand is beside the tool: forward and left, with joint 6 at 0.
        """
        forward, left = aside_m
        apart = float(np.hypot(x_m, y_m))
        radius = float(np.sqrt(max(apart * apart - left * left, 0.0)))
        turn = float(np.arctan2(y_m, x_m) - np.arctan2(left, radius))
        options = [turn + 2.0 * np.pi * k for k in (-1, 0, 1)]
        fits = [t for t in options if self.low[0] <= t <= self.high[0]] or options
        return Down(min(fits, key=lambda t: abs(t - float(near_rad))), radius - forward, height_m, 0.0)


def _wrapped(angle: Array) -> F64Array:
    return angle - 2.0 * np.pi * np.floor(angle / (2.0 * np.pi) + 0.5)
