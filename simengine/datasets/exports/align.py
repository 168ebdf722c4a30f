"""LiDAR points at the instant of the frame: the motion of the sensor and of what it saw undone.

A revolution takes as long as a frame, and the pictures and boxes are of its beginning. Formats with one instant a frame
get points as an infinitely fast revolution would have measured them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.datasets.exports.selection import number
from simengine.geometry import transforms as tf

__all__ = ["at_frame_time"]


def at_frame_time(
    points: Mapping[str, Array], boxes3d: Sequence[Mapping[str, Any]], world_from_lidar: F64Array
) -> F64Array:
    """Points (N, 3) in the LiDAR's frame at the frame's time.

    Points on things that move go back along their velocity and turn back about their origin, both taken as constant
    over a revolution. Limbs that swing and changes of speed are not undone: at 8 m/s^2 that is 4 cm in 0.1 s.
    """
    xyz: F64Array = points["xyz_deskewed"].astype(np.float64)
    ids, seconds = points["instance"], points["time_offset_ns"].astype(np.float64) * 1e-9
    lidar_from_world = tf.inverse(world_from_lidar)
    for row in boxes3d:
        velocity = np.array([number(row, f"velocity_{a}_mps") for a in "xyz"])
        spin = np.array([number(row, f"angular_velocity_{a}_radps") for a in "xyz"])
        mine = np.flatnonzero(ids == row["instance"]) if velocity.any() or spin.any() else ()
        if not len(mine):
            continue
        since = seconds[mine][:, None]
        world = tf.apply(world_from_lidar, xyz[mine])
        moved = world - velocity * since - _origin(row)
        turned = _turned(moved, spin, -seconds[mine]) + _origin(row)
        xyz[mine] = tf.apply(lidar_from_world, turned)
    return xyz


def _origin(row: Mapping[str, Any]) -> F64Array:
    """A thing's origin, on the ground below the centre of its nominal box."""
    centre = np.array([number(row, f"center_{a}_m") for a in "xyz"])
    turn = tf.matrix_from_pose(np.zeros(3), [number(row, f"orientation_{a}") for a in "wxyz"])
    return centre - turn[:3, 2] * (number(row, "height_m") / 2.0)


def _turned(vectors: F64Array, spin: F64Array, seconds: F64Array) -> F64Array:
    rate = float(np.sqrt((spin * spin).sum()))
    if rate == 0.0:
        return vectors
    q = tf.quaternion_about(spin / rate, rate * seconds)
    return tf.rotate(tf.matrix_from_pose(np.zeros(3), q), vectors)
