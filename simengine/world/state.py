"""What changes: one frozen set of arrays per instant, with leading batch axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.lamps import Lamp

__all__ = ["WorldState"]


@dataclass(frozen=True, eq=False)
class WorldState:
    """State of all actors at one instant (float64). A = actors, L = links of the scene.

    Attributes:
        time_ns: integer nanoseconds since the start.
        position_m: (*batch, A, 3), the entity origin in the world.
        orientation: (*batch, A, 4), quaternion w, x, y, z, world_from_entity.
        velocity_mps: (*batch, A, 3), world axes.
        angular_velocity_radps: (*batch, A, 3), world axes.
        joint_rad: (*batch, L), one angle a link.
        lamps: (*batch, A), which lamps are on: bits of :class:`simengine.world.lamps.Lamp`.
        valid: (*batch, A), the actor exists.
        doors_rad: (*batch, A, 2), how far left and right doors are open, of simulated states; None: all are shut.
    """

    time_ns: int
    position_m: F64Array
    orientation: F64Array
    velocity_mps: F64Array
    angular_velocity_radps: F64Array
    joint_rad: F64Array
    lamps: I64Array
    valid: BoolArray
    doors_rad: F64Array | None = None

    @classmethod
    def at_rest(cls, actors: int, links: int, batch: tuple[int, ...] = ()) -> WorldState:
        """All actors at the origin, heading +x, standing still."""
        q = np.zeros((*batch, actors, 4))
        q[..., 0] = 1.0
        zero = np.zeros((*batch, actors, 3))
        lamps, there = np.full((*batch, actors), int(Lamp.AUTO), np.int64), np.ones((*batch, actors), np.bool_)
        return cls(0, zero, q, zero.copy(), zero.copy(), np.zeros((*batch, links)), lamps, there)

    def yaw_rad(self) -> F64Array:
        """Heading of every actor, (*batch, A), in (-pi, pi]."""
        return tf.yaw_of(self.orientation)

    def row(self, index: int) -> WorldState:
        """One element of the first batch axis, without copying."""
        return WorldState(
            self.time_ns, self.position_m[index], self.orientation[index], self.velocity_mps[index],
            self.angular_velocity_radps[index], self.joint_rad[index], self.lamps[index], self.valid[index],
            None if self.doors_rad is None else self.doors_rad[index],
        )  # fmt: skip
