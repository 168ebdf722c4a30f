"""The mutable state of a running batch: plain arrays, (B, A) unless said otherwise."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.lane_choice import nearest_paths, path_rows
from simengine.physics.paths import project
from simengine.world.state import WorldState

__all__ = ["CRUISE_RATE_MPS2", "Motion"]

CRUISE_RATE_MPS2 = 2.0
"""Rate of speed changes that nobody gave a rate for."""


class Motion:
    """Everything that a tick changes; the numbers are views into ``data``, (fields, B, A), so that the columns of a
    category are gathered and scattered in one operation.

    Attributes:
        x, y, z, yaw, cos, sin: pose of the entity origin.
        v, a, steer: speed and acceleration along the heading, mean steering angle of the front wheels.
        yaw_rate: angular velocity about z.
        gait, wheel, travelled: gait phase (radians, 2 pi a stride), wheel angle (radians), distance moved (m).
        speed_goal, rate, manual: what the longitudinal channel wants; ``manual``: an action drives, not a follower.
        path, packed, half: path index (-1: straight ahead), its segments (B, A, S, COLUMNS), its half width.
        shift_from, shift_to, shift_s, shift_shape, shift_tick, shift_ease: lateral profile: offsets, duration, shape
            code, start, ease (see :mod:`simengine.physics.lane_change`).
        going, dir_x, dir_y, goal, done_at, pace, side: where people go; ``goal`` and ``done_at`` are coordinates along
            the direction, ``side`` is +1 or -1 for the kerb that they cross to (0: none).
        frozen: a freeze holds the person.
        shifting_until: tick after which no lateral profile runs any more.
    """

    def __init__(self, cast: Cast, initial: WorldState, speeds_mps: F64Array, dt_s: float) -> None:
        self.dt_s = dt_s
        shape = (cast.batch, cast.slots)
        self.data: F64Array = np.zeros((26, *shape))
        (
            self.x, self.y, self.yaw, self.cos, self.sin, self.v, self.a, self.steer, self.yaw_rate, self.gait,
            self.wheel, self.travelled, self.speed_goal, self.rate, self.shift_from, self.shift_to, self.shift_s,
            self.shift_shape, self.shift_tick, self.dir_x, self.dir_y, self.goal, self.done_at, self.pace, self.side,
            self.shift_ease,
        ) = self.data  # fmt: skip
        self.x[:], self.y[:] = initial.position_m[..., 0] + 0.0, initial.position_m[..., 1] + 0.0  # no negative zeros
        self.z = np.ascontiguousarray(initial.position_m[..., 2])
        self.yaw[:] = initial.yaw_rad() + 0.0
        self.cos[:], self.sin[:] = np.cos(self.yaw), np.sin(self.yaw)
        self.is_vehicle: BoolArray = np.array([c == "vehicle" for c in cast.categories], np.bool_)
        person: BoolArray = np.array([c == "person" for c in cast.categories], np.bool_)
        given = np.broadcast_to(speeds_mps, shape)
        self.v[:] = np.where(self.is_vehicle & cast.body.valid, given, 0.0)
        self.own_pace: F64Array = np.where(person, given, 0.0)
        self.speed_goal[:], self.rate[:] = self.v, CRUISE_RATE_MPS2
        self.shift_s[:], self.shift_tick[:] = 1e-3, -1e6
        self.dir_x[:], self.dir_y[:] = self.cos, self.sin
        self.path: I64Array = nearest_paths(cast, self.x, self.y, self.cos, self.sin, list(range(cast.slots)))
        self.packed, self.half = path_rows(cast, self.path, self.x, self.y, self.cos, self.sin)
        offset = project(self.packed, self.x, self.y).left_m
        self.shift_from[:] = self.shift_to[:] = offset  # everyone keeps to the offset where it starts
        self.manual: BoolArray = np.zeros(shape, np.bool_)
        self.going: BoolArray = np.zeros(shape, np.bool_)
        self.frozen: BoolArray = np.zeros(shape, np.bool_)
        self.shifting_until = -1
        self.tick = 0
