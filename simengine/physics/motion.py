"""The mutable state of a running batch: plain arrays, (B, A) unless said otherwise."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.lane_choice import nearest_paths, path_rows
from simengine.world.state import WorldState

__all__ = ["CRUISE_RATE_MPS2", "Motion"]

CRUISE_RATE_MPS2 = 2.0
"""Rate of speed changes that nobody gave a rate for."""


class Motion:
    """Everything that a tick changes.

    Attributes:
        x, y, z, yaw, cos, sin: pose of the entity origin.
        v, a, steer: speed and acceleration along the heading, mean steering angle of the front wheels.
        yaw_rate: angular velocity about z.
        gait, wheel, travelled: gait phase (radians, 2 pi a stride), wheel angle (radians), distance moved (m).
        speed_goal, rate, manual: what the longitudinal channel wants; ``manual``: an action drives, not a follower.
        path, packed, half: path index (-1: straight ahead), its segments (B, A, S, 10), its half width.
        shift_from, shift_to, shift_s, shift_shape, shift_tick: lateral profile: offsets, duration, shape code, start.
        going, dir_x, dir_y, goal, done_at, pace, side: where people go; ``goal`` and ``done_at`` are coordinates along
            the direction, ``side`` is +1 or -1 for the kerb that they cross to (0: none).
        frozen: a freeze holds the person.
    """

    def __init__(self, cast: Cast, initial: WorldState, speeds_mps: F64Array) -> None:
        shape = (cast.batch, cast.slots)
        q = initial.orientation
        self.x, self.y, self.z = (np.ascontiguousarray(initial.position_m[..., i]) for i in range(3))
        self.yaw = initial.yaw_rad()
        self.cos, self.sin = np.cos(self.yaw), np.sin(self.yaw)
        vehicle = np.array([c == "vehicle" for c in cast.categories], np.bool_)
        person = np.array([c == "person" for c in cast.categories], np.bool_)
        given = np.broadcast_to(np.asarray(speeds_mps, np.float64), shape)
        self.v: F64Array = np.where(vehicle & cast.body.valid, given, 0.0)
        self.own_pace: F64Array = np.where(person, given, 0.0)
        zero = np.zeros(shape)
        self.a, self.steer, self.yaw_rate = zero.copy(), zero.copy(), zero.copy()
        self.gait, self.wheel, self.travelled = zero.copy(), zero.copy(), zero.copy()
        self.speed_goal = self.v.copy()
        self.rate: F64Array = np.full(shape, CRUISE_RATE_MPS2)
        self.manual: BoolArray = np.zeros(shape, np.bool_)
        self.path: I64Array = nearest_paths(cast, self.x, self.y, self.cos, self.sin, list(range(cast.slots)))
        self.packed, self.half = path_rows(cast, self.path, self.x, self.y, self.cos, self.sin)
        self.shift_from, self.shift_to = zero.copy(), zero.copy()
        self.shift_s: F64Array = np.full(shape, 1e-3)
        self.shift_shape = zero.copy()
        self.shift_tick: I64Array = np.full(shape, -1_000_000, np.int64)
        self.going: BoolArray = np.zeros(shape, np.bool_)
        self.dir_x, self.dir_y = self.cos.copy(), self.sin.copy()
        self.goal, self.done_at, self.pace, self.side = zero.copy(), zero.copy(), zero.copy(), zero.copy()
        self.frozen: BoolArray = np.zeros(shape, np.bool_)
        self.tick = 0
        assert q.shape[:2] == shape
