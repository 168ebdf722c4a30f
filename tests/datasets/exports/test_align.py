"""Points of moving things at the instant of the frame."""

from __future__ import annotations

import numpy as np

from simengine.datasets.exports.align import at_frame_time
from simengine.geometry import transforms as tf


def row(instance, centre, yaw, velocity, spin):
    """A label row of a thing 2 m high."""
    q = tf.quaternion_from_yaw(yaw)
    out = {"instance": instance, "height_m": 2.0, **{f"orientation_{a}": float(q[k]) for k, a in enumerate("wxyz")}}
    for name, unit, values in (("center", "_m", centre), ("velocity", "_mps", velocity),
                               ("angular_velocity", "_radps", (0.0, 0.0, spin))):  # fmt: skip
        out |= {f"{name}_{a}{unit}": float(v) for a, v in zip("xyz", values, strict=True)}
    return out


def test_points_return_to_the_body_they_were_measured_on():
    """A body that drives and turns at constant rates is measured point by point at other times; undone, every point is
    where it sits on the body at time 0. Exact by construction, so 1e-9 is rounding (time is whole nanoseconds)."""
    stream = np.random.Generator(np.random.Philox(3))
    body = stream.uniform(-2, 2, (200, 3))
    dt_ns = np.sort(stream.integers(0, 100_000_000, 200)).astype(np.int32)
    origin, yaw, velocity, spin = np.array([14.0, 3.0, 0.5]), 0.7, np.array([12.0, -4.0, 0.3]), 0.9

    def at(seconds):
        angle = yaw + spin * seconds
        return tf.apply(tf.matrix_from_pose(origin + velocity * seconds, tf.quaternion_from_yaw(angle)), body)

    seconds = dt_ns * 1e-9
    measured = np.stack([at(s)[k] for k, s in enumerate(seconds)])
    world_from_lidar = tf.matrix_from_pose([1.0, -2.0, 1.8], tf.quaternion_from_yaw(-0.4))
    points = {
        "xyz_deskewed": tf.apply(tf.inverse(world_from_lidar), measured),
        "instance": np.full(200, 5, np.int32),
        "time_offset_ns": dt_ns,
    }
    label = row(5, origin + np.array([0, 0, 1.0]), yaw, velocity, spin)
    found = tf.apply(world_from_lidar, at_frame_time(points, [label], world_from_lidar))
    assert np.abs(found - at(0.0)).max() < 1e-9
    assert np.abs(measured - at(0.0)).max() > 0.5  # or nothing was to be undone


def test_all_other_points_stay_bit_for_bit():
    """Points of still things, of no thing and of unlabelled things are not touched, not even by rounding."""
    xyz = np.random.Generator(np.random.Philox(4)).normal(0, 30, (60, 3)).astype(np.float32)
    points = {
        "xyz_deskewed": xyz, "instance": np.repeat(np.array([-1, 0, 7], np.int32), 20),
        "time_offset_ns": np.arange(60, dtype=np.int32) * 10_000,
    }  # fmt: skip
    labels = [row(0, (5, 0, 1), 0.0, (0, 0, 0), 0.0), row(3, (9, 0, 1), 0.0, (9, 0, 0), 0.0)]
    assert (at_frame_time(points, labels, np.eye(4)).astype(np.float32) == xyz).all()
