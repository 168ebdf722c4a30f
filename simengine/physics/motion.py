"""The mutable state of a running batch: plain arrays, (B, A) unless said otherwise."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.lane_choice import nearest_paths, path_rows
from simengine.physics.lighting import Switches
from simengine.physics.paths import padded, project
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
        shift_from, shift_to, shift_s, shift_shape, shift_tick, shift_ease, shift_pace: lateral profile: offsets,
            duration, shape code, start, ease, lateral speed before it (see :mod:`simengine.physics.lane_change`).
        going, dir_x, dir_y, goal, done_at, pace, side: where people go; ``goal`` and ``done_at`` are coordinates along
            the direction, ``side`` is +1 or -1 for the kerb that they cross to (0: none).
        frozen: a freeze holds the person.
        minds: the person walks to a point or along a path, and keeps clear of others.
        aim: (2, B, A), the point that somebody is sent to; nan: along a path, or wherever else.
        beside: slot of whom somebody walks with, -1 for nobody.
        crosses: which crosswalk somebody who strolls is on, or about to step onto; -1 for none.
        line: (2, B, A), a point of the straight line that they keep to.
        begin: (2, B, A), where the way of somebody began; nan: they have had none.
        flight: (3, B, A), of who bolts: the tick from which on they run, the side, the course.
        strayed: somebody has been pushed off the straight way to it.
        way: the path is one of its own (a turn, a drawn line, into a parking place), not a lane: the vehicle looks
            ahead for its bends. ``way_end`` is the station of the rear axle at which that is over.
        turn: which turn it is (-1: none), an index into ``Cast.turns``.
        some_way: ``way`` holds somewhere.
        carrier: slot of what carries an actor, -1 for none; its pose then follows from that (see
            :mod:`simengine.physics.carrying`), and ``v`` is its own speed on it.
        some_carried: some actor is, or has been.
        reverse: speed backwards of vehicles that park; ``v`` is 0 meanwhile.
        side_slip: how fast the rear axle slides to the left; 0 but in the dynamic model.
        tilt: (2, B, A), pitch (nose down) and roll (left side up) of bodies on their springs; None: none has any.
        switches: of lamps.
        bound: +1 while it changes lane or turns to the left, -1 to the right, for its indicators.
        swivel: (2, B, A), of people the turn of the head (left, down), of vehicles how far both front doors are open,
            of birds how far their wings are (first number).
        door_goal: (2, B, A), how far they are to be.
        gaze_at: slot of what people look at, -1: ahead.
        shifting_until: tick after which no lateral profile runs any more.
    """

    def __init__(self, cast: Cast, initial: WorldState, speeds_mps: F64Array, dt_s: float) -> None:
        self.dt_s = dt_s
        shape = (cast.batch, cast.slots)
        self.data: F64Array = np.zeros((28, *shape))
        (
            self.x, self.y, self.yaw, self.cos, self.sin, self.v, self.a, self.steer, self.yaw_rate, self.gait,
            self.wheel, self.travelled, self.speed_goal, self.rate, self.shift_from, self.shift_to, self.shift_s,
            self.shift_shape, self.shift_tick, self.dir_x, self.dir_y, self.goal, self.done_at, self.pace, self.side,
            self.shift_ease, self.side_slip, self.shift_pace,
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
        self.minds: BoolArray = np.zeros(shape, np.bool_)
        self.strayed: BoolArray = np.zeros(shape, np.bool_)
        self.aim: F64Array = np.full((2, *shape), np.nan)
        self.beside: I64Array = np.full(shape, -1, np.int64)
        self.crosses: I64Array = np.full(shape, -1, np.int64)
        self.begin: F64Array = np.full((2, *shape), np.nan)
        self.line: F64Array = np.zeros((2, *shape))
        self.flight: F64Array = np.zeros((3, *shape))
        self.way: BoolArray = np.zeros(shape, np.bool_)
        self.way_end: F64Array = np.zeros(shape)
        self.turn: I64Array = np.full(shape, -1, np.int64)
        self.some_way = False
        self.carrier: I64Array = np.full(shape, -1, np.int64)
        self.some_carried = False
        self.reverse: F64Array = np.zeros(shape)
        self.tilt: F64Array | None = None
        self.switches = Switches(cast.batch, cast.slots)
        self.bound: F64Array = np.zeros(shape)
        self.swivel: F64Array = np.zeros((2, *shape))
        self.door_goal: F64Array = np.zeros((2, *shape))
        self.gaze_at: I64Array = np.full(shape, -1, np.int64)
        self.shifting_until = -1
        self.tick = 0

    def follow(self, actor: int, rows: BoolArray, packed: F64Array, half_m: F64Array) -> None:
        """Another path from now on, in some rows.

        Args:
            actor: slot.
            rows: where, (B,).
            packed: segments, (B, S, COLUMNS); more of them than there were widen the table of all, which changes no
                result (see :class:`simengine.physics.paths.PathTable`).
            half_m: half the width of the lane, (B,).
        """
        more = packed.shape[1] - self.packed.shape[2]
        if more > 0:
            self.packed = padded(self.packed, more)
        elif more < 0:
            packed = padded(packed, -more)
        self.packed[rows, actor] = packed[rows]
        self.half[rows, actor] = half_m[rows]

    def on_lane(self, cast: Cast, actor: int, rows: BoolArray, lane: I64Array) -> None:
        """The path is that of a lane (B,) again, which keeps the offset that it has."""
        index = 2 * np.maximum(lane, 0)
        packed = cast.lane_paths.take(index[:, None])[:, 0]
        half = np.take_along_axis(cast.lane_half_m, index[:, None], 1)[:, 0]
        self.follow(actor, rows, packed, half)
        self.path[rows, actor], self.way[rows, actor], self.turn[rows, actor] = index[rows], False, -1
        self.some_way = bool(self.way.any())

    def bearer(self, slot: I64Array) -> I64Array:
        """What carries slots (B,) in the end, or they themselves: it is what their velocity comes from."""
        rows = np.arange(len(slot))
        while bool((up := self.carrier[rows, slot] >= 0).any()):
            slot = np.where(up, self.carrier[rows, slot], slot)
        return slot

    def rear_station_m(self, cast: Cast, actor: int) -> F64Array:
        """Where the rear axle is along the path, (B,)."""
        axle = cast.body.rear_axle_m[:, actor]
        x, y = self.x[:, actor] - axle * self.cos[:, actor], self.y[:, actor] - axle * self.sin[:, actor]
        return project(np.ascontiguousarray(self.packed[:, actor]), x, y).station_m
