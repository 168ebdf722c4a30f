"""Parts and sensors of a scene at the instants of one frame (float64 on the host)."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import SensorSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["Poses"]


class Poses:
    """Part transforms by state, remembered for the last few states (states are immutable)."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        actors = [scene.entities[p.entity].actor for p in scene.parts]
        self._actor: I64Array = np.array(actors, np.int64)
        self._known: list[tuple[WorldState, F64Array]] = []

    def parts(self, state: WorldState) -> F64Array:
        """world_from_mesh of every part, (P, 4, 4)."""
        for known, transforms in self._known:
            if known is state:
                return transforms
        transforms = self.scene.part_transforms(state)
        self._known = [(state, transforms), *self._known[:3]]
        return transforms

    def present(self, state: WorldState) -> BoolArray:
        """Whether each part exists, (P,)."""
        if not len(state.valid):
            return np.ones(len(self._actor), np.bool_)
        return (self._actor < 0) | state.valid[np.maximum(self._actor, 0)]

    def sensor(self, state: WorldState, spec: SensorSpec) -> F64Array:
        """world_from_sensor, (4, 4)."""
        return world_from_sensor(spec, self.scene, state)
