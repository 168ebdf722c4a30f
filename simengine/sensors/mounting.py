"""Where a sensor is: the pose of its frame in the world at an instant."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.sensors.specs import CameraSpec, SensorSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["world_from_sensor"]


def world_from_sensor(spec: SensorSpec, scene: Scene, state: WorldState) -> F64Array:
    """Pose of the sensor's frame (camera: optical axes), shape (*batch, 4, 4) with the batch axes of ``state``."""
    mount = spec.entity_from_camera if isinstance(spec, CameraSpec) else spec.entity_from_lidar
    if spec.entity < 0:
        return np.broadcast_to(mount, (*state.position_m.shape[:-2], 4, 4)).copy()
    return tf.compose(scene.entity_pose(state, spec.entity), mount)
