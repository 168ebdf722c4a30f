"""Kinematics of the arm and its moves: the inverse against an independent forward chain, limits in every tick."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.physics.rigid.kinematics import AXES, ArmKinematics, Down
from simengine.physics.rigid.moves import Move, UnreachableError
from simengine.world.bodies import ArmChain, ArmJoint, SuctionCup

TICK_S = 0.01


def chain(scale: float = 1.0) -> ArmChain:
    """An arm with an upper arm of 44 cm and a forearm of 42 cm, 4 cm off its axis."""
    places = [
        (0.0, 0.0, 0.19), (0.05, 0.0, 0.15), (0.0, 0.0, 0.44), (0.13, 0.0, 0.04), (0.29, 0.0, 0.0), (0.09, 0.0, 0.0),
    ]  # fmt: skip
    limits = [(-2.9, 2.9), (-1.9, 2.0), (-2.0, 1.25), (-2.9, 2.9), (-2.1, 2.1), (-6.2, 6.2)]
    joints = tuple(
        ArmJoint(f"joint_{k + 1}", tf.translation([scale * v for v in places[k]]), AXES[k], *limits[k], 4.0, 15.0)
        for k in range(6)
    )
    tool = np.eye(4)
    tool[:3, :3] = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]
    tool[0, 3] = 0.165
    home = (0.0, -0.45, 0.3, 0.0, 0.5 * math.pi + 0.15, 0.0)
    return ArmChain(joints, tool, tf.translation([0.02, 0.0, 0.08]), SuctionCup(0.015, 0.01, 45.0), home, (), 0.95)


def oracle(c: ArmChain, joints: np.ndarray) -> np.ndarray:
    """arm_from_tool with SciPy's rotations."""
    pose = np.eye(4)
    for joint, angle in zip(c.joints, joints, strict=True):
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_rotvec(angle * np.array(joint.axis)).as_matrix()
        pose = pose @ joint.parent_from_joint @ turn
    return pose @ c.link_from_tool


_DOWN = st.tuples(st.floats(-2.8, 2.8), st.floats(0.3, 0.8), st.floats(0.0, 0.4), st.floats(-3.0, 3.0))


@given(_DOWN)
@settings(max_examples=100, deadline=None)
def test_the_inverse_brings_the_tool_there_and_down(pose: tuple[float, float, float, float]) -> None:
    """Where the arm says that it reaches a pose, an independent chain puts the tool there, pointing down."""
    arm = ArmKinematics(chain())
    joints, reached = arm.joints(Down(*pose))
    tool = oracle(arm.chain, joints)
    if bool(reached):
        turn, radius, height, _ = pose
        assert tool[:3, 3] == pytest.approx([radius * math.cos(turn), radius * math.sin(turn), height], abs=1e-9)
        assert tool[:3, 2] == pytest.approx([0.0, 0.0, -1.0], abs=1e-9)
        assert ((joints >= arm.low) & (joints <= arm.high)).all()
    assert arm.tool(joints) == pytest.approx(tool, abs=1e-12)


@given(_DOWN)
@settings(max_examples=100, deadline=None)
def test_forward_and_inverse_are_inverse(pose: tuple[float, float, float, float]) -> None:
    """Reading the pose off the joints gives the pose that they were made for."""
    arm = ArmKinematics(chain())
    joints, reached = arm.joints(Down(*pose))
    if bool(reached):
        assert tuple(arm.down(joints)) == pytest.approx(pose, abs=1e-7)


def test_many_poses_at_once_are_many_single_ones() -> None:
    """The same bits, whatever the shape."""
    arm = ArmKinematics(chain())
    rng = np.random.default_rng(0)
    poses = [rng.uniform(low, high, 50) for low, high in ((-2.8, 2.8), (0.3, 0.8), (0.0, 0.4), (-3.0, 3.0))]
    together, reached = arm.joints(Down(*poses))
    for k in range(50):
        single, there = arm.joints(Down(*(p[k] for p in poses)))
        assert np.array_equal(single, together[k])
        assert bool(there) == bool(reached[k])


def test_what_is_too_far_or_beyond_a_limit_is_not_reached() -> None:
    """The bars stretch to 0.44 + hypot(0.42, 0.04) = 0.8619 m from the shoulder, 5 cm ahead of axis 1; the wrist is
    0.255 m above the tool. Level with the shoulder (height 0.34 - 0.255) that is 0.9119 m from the axis."""
    arm = ArmKinematics(chain())
    level = 0.34 - 0.255
    far = 0.05 + 0.44 + math.hypot(0.42, 0.04)
    assert bool(arm.joints(Down(0.0, far - 0.002, level, 0.0))[1])
    assert not bool(arm.joints(Down(0.0, far + 0.002, level, 0.0))[1])
    assert not bool(arm.joints(Down(3.0, 0.6, level, 0.0))[1])  # joint 1 turns by 2.9 at most


def test_refuses_an_arm_that_it_is_not_made_for() -> None:
    """The axes of its joints decide."""
    c = chain()
    wrong = (ArmJoint("joint_1", np.eye(4), (1.0, 0.0, 0.0), -1.0, 1.0, 1.0, 1.0), *c.joints[1:])
    with pytest.raises(SceneError, match="six joints"):
        ArmKinematics(ArmChain(wrong, c.link_from_tool, c.link_from_mount, c.cup, c.home_rad, (), 1.0))


@given(_DOWN, _DOWN, st.floats(0.0, 1.5))
@settings(max_examples=40, deadline=None)
def test_moves_keep_to_the_limits_in_every_tick(
    start: tuple[float, float, float, float], end: tuple[float, float, float, float], brake_s: float
) -> None:
    """Speeds and accelerations between ticks, by differences, stay within those of the joints, also where the move is
    broken off; it begins and ends at rest. (5 % of room for the curvature between the samples of the way.)"""
    arm = ArmKinematics(chain())
    try:
        move = Move(arm, Down(*start), Down(*end))
    except UnreachableError:
        return
    joints = [arm.joints(move.pose)[0]] * 3
    for k in range(2000):
        if k == round(brake_s / TICK_S):
            move.brake()
        joints.append(move.advance(TICK_S))
        if move.over:
            break
    joints += [joints[-1]] * 2
    speed = np.diff(np.array(joints), axis=0) / TICK_S
    assert (np.abs(speed) <= arm.speed * 1.001).all()
    assert (np.abs(np.diff(speed, axis=0) / TICK_S) <= arm.acceleration * 1.05).all()
