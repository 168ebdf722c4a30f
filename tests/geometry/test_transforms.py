"""Transforms against SciPy's Rotation, an independent implementation."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from simengine.geometry import transforms as tf


def random_pose(seed: int, n: int = 5):
    rng = np.random.default_rng(seed)
    r = Rotation.random(n, rng=rng)
    q = r.as_quat(scalar_first=True)
    return rng.normal(size=(n, 3)) * 10, q, r


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_matrix_and_quaternion_agree_with_scipy(seed):
    """SciPy's matrices of the same quaternions are the truth; the way back is unique up to sign: w >= 0 fixes it."""
    p, q, r = random_pose(seed)
    m = tf.matrix_from_pose(p, q)
    np.testing.assert_allclose(m[:, :3, :3], r.as_matrix(), atol=1e-14)
    back = tf.quaternion_from_matrix(m)
    np.testing.assert_allclose(back, np.where(q[:, :1] < 0, -q, q), atol=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_compose_inverse_apply(seed):
    """Group laws: compose is matrix product, inverse undoes, apply is rotation and translation of a point."""
    p, q, _ = random_pose(seed)
    a = tf.matrix_from_pose(p, q)
    b = tf.matrix_from_pose(p[::-1], q[::-1])
    np.testing.assert_allclose(tf.compose(a, b), a @ b, atol=1e-12)
    np.testing.assert_allclose(tf.compose(a, tf.inverse(a)), np.broadcast_to(np.eye(4), a.shape), atol=1e-12)
    x = np.linspace(-3, 3, 15).reshape(5, 3)
    np.testing.assert_allclose(tf.apply(a, x), (a[:, :3, :3] @ x[..., None])[..., 0] + a[:, :3, 3], atol=1e-12)
    np.testing.assert_allclose(tf.multiply(q, q[::-1]), tf.multiply(q, q[::-1]))
    product = Rotation.from_quat(q, scalar_first=True) * Rotation.from_quat(q[::-1], scalar_first=True)
    ours = Rotation.from_quat(tf.multiply(q, q[::-1]), scalar_first=True)
    assert (ours.inv() * product).magnitude().max() < 1e-12


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_interpolate_is_slerp(seed, t):
    """SciPy's Slerp takes the short way too."""
    p, q, r = random_pose(seed, 2)
    a, b = tf.matrix_from_pose(p, q)
    m = tf.interpolate(a, b, t)
    truth = Slerp([0, 1], r)([t])[0]
    assert (Rotation.from_matrix(m[:3, :3]).inv() * truth).magnitude() < 1e-6
    np.testing.assert_allclose(m[:3, 3], p[0] * (1 - t) + p[1] * t, atol=1e-12)


def test_batch_equals_singles_bit_for_bit():
    """Elementwise arithmetic in a fixed order: the batch size cannot change a bit."""
    p, q, _ = random_pose(3, 64)
    a, b = tf.matrix_from_pose(p, q), tf.matrix_from_pose(p[::-1], q[::-1])
    both = tf.interpolate(tf.compose(a, b), b, np.linspace(0, 1, 64))
    for i in (0, 1, 17, 63):
        one = tf.interpolate(tf.compose(a[i], b[i]), b[i], np.linspace(0, 1, 64)[i])
        assert one.tobytes() == both[i].tobytes()


def test_yaw():
    """A rotation about z by psi has yaw psi."""
    yaw = np.linspace(-3.1, 3.1, 13)
    np.testing.assert_allclose(tf.yaw_of(tf.quaternion_from_yaw(yaw)), yaw, atol=1e-12)
    np.testing.assert_allclose(tf.quaternion_about(np.array([0, 0, 1.0]), yaw), tf.quaternion_from_yaw(yaw))
