"""Where a sensor is: the pose of its frame in the world at an instant."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.sensors.specs import SensorSpec, mount_of
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["mounting_turn", "world_from_sensor"]


def world_from_sensor(spec: SensorSpec, scene: Scene, state: WorldState) -> F64Array:
    """Pose of the sensor's frame (camera: optical axes), shape (*batch, 4, 4) with the batch axes of ``state``."""
    mount = mount_of(spec)
    if spec.entity < 0:
        return np.broadcast_to(mount, (*state.position_m.shape[:-2], 4, 4)).copy()
    return tf.compose(scene.carrier_pose(state, spec.entity, spec.link), mount)


def mounting_turn(yaw_rad: float, pitch_rad: float, roll_rad: float) -> F64Array:
    """A turn (4, 4) of a mount: yaw to the left, then pitch down, then roll about the viewing direction."""
    out = np.eye(4)
    for axis, angle in (((0.0, 0.0, 1.0), yaw_rad), ((0.0, 1.0, 0.0), pitch_rad), ((1.0, 0.0, 0.0), roll_rad)):
        out = tf.compose(out, tf.matrix_from_pose(np.zeros(3), tf.quaternion_about(axis, angle)))
    return out
