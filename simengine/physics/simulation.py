"""The physics of a batch: B variants advance together, tick by tick, with a number of array operations that B has no
part in. A batch of N equals N singles bit for bit.

There is no contact response: what collides drives on, and it is up to the scenario to stop.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError, did_you_mean
from simengine.physics import actions
from simengine.physics.agenda import Agenda, Argument
from simengine.physics.cast import Cast
from simengine.physics.controllers import Controllers, Driver
from simengine.physics.lane_change import LaneChange, profile
from simengine.physics.motion import Motion
from simengine.physics.paths import project
from simengine.physics.pavement import rise_m
from simengine.physics.persons import Intent, advance_person, stride_m
from simengine.physics.pursuit import PURSUITS, wanted_speed
from simengine.physics.vehicles import Limits, advance_speed, roll, speed_demand, steer_demand
from simengine.world.state import WorldState

__all__ = ["Simulation"]

_BRAKE_LAMP_MPS2 = 0.3
_YAW_RATE, _GAIT, _WHEEL, _TRAVELLED, _GOAL, _RATE = 8, 9, 10, 11, 12, 13  # rows of Motion.data, after x .. steer
_SHIFT = slice(14, 19)
_DIR_X, _DIR_Y, _WAY, _PACE, _EASE = 19, 20, 21, 23, 25


class Simulation:
    """A running batch.

    Args:
        cast: who takes part.
        initial: poses at the start, batch (B,).
        speeds_mps: (B, A); vehicles start at this speed, people stand and take it as their pace when they move.
        controllers: of each slot, or None.
        dt_s: length of a tick.
    """

    def __init__(
        self, cast: Cast, initial: WorldState, speeds_mps: npt.ArrayLike,
        controllers: Sequence[Driver | None], dt_s: float,
    ) -> None:  # fmt: skip
        expected = (cast.batch, cast.slots)
        if initial.position_m.shape[:-1] != expected or len(controllers) != cast.slots:
            raise UsageError(
                f"a cast of {expected[0]} variants x {expected[1]} slots needs an initial state of that shape and one "
                f"controller (or None) a slot; got {initial.position_m.shape[:-1]} and {len(controllers)}"
            )
        if not dt_s > 0:
            raise UsageError(f"the tick must be longer than 0 s, got {dt_s}")
        self.cast, self.dt_s = cast, float(dt_s)
        self.motion = Motion(cast, initial, np.asarray(speeds_mps, np.float64), self.dt_s)
        self._first_ns = initial.time_ns
        self._agenda = Agenda(cast.batch, cast.slots)
        self._vehicles: I64Array = np.array(cast.columns("vehicle"), np.int64)
        self._persons: I64Array = np.array(cast.columns("person"), np.int64)
        body, v = cast.body, self._vehicles
        self._limits = Limits(
            *(
                np.ascontiguousarray(x[:, v])
                for x in (
                    body.acceleration_mps2, body.deceleration_mps2, body.jerk_mps3, body.wheelbase_m,
                    body.rear_axle_m, body.steer_max_rad, body.steer_rate_radps,
                )
            )
        )  # fmt: skip
        self._radius = np.ascontiguousarray(body.wheel_radius_m[:, v])
        self._legs = np.ascontiguousarray(body.leg_m[:, self._persons])
        self._packed = np.ascontiguousarray(self.motion.packed[:, v])
        self._kerbs, self._raised = cast.kerbs[0].packed, bool(cast.kerb_height_m.any())
        self._lift = self._lifted() if self._raised else None
        self._controllers = Controllers(cast, self.motion, controllers, self.dt_s)
        self._controlled: I64Array = np.array(
            [cast.columns("vehicle").index(i) for i in self._controllers.slots], np.int64
        )
        self._live: set[int] = set()  # handles that run in some row
        self._pursuits: set[int] = set()  # those of them that ask for another speed in every tick

    # ---- actions -------------------------------------------------------------------------------------------------

    def start(
        self, action: str, actor: int, args: Mapping[str, Argument], rows: BoolArray, key: Hashable = None
    ) -> int:
        """Start an action of an actor in some variants, from the state as it is now.

        Args:
            action: its word ("run").
            actor: slot.
            args: by name: an array (B,), a number, a word, points (B, 2 or 3), or None for not given. ``to`` of
                ``change_lane`` is the lane's index (0 = the rightmost).
            rows: where, (B,).
            key: names the place in the program that starts it (a timeline node): starts under the same key share one
                handle, so that the number of handles does not grow with the batch.

        Returns:
            A handle.
        """
        category = self.cast.categories[actor]
        channel = actions.CHANNEL_OF.get((category, action))
        if channel is None:
            known = tuple(sorted(a for c, a in actions.CHANNEL_OF if c == category))
            hint = did_you_mean(action, known)
            raise UsageError(
                f"'{self.cast.names[actor]}' is a {category} and has no action '{action}'; it has "
                f"{', '.join(known) or 'none'}" + (f", did you mean '{hint}'?" if hint else "")
            )
        rows = np.array(rows, np.bool_) & self.cast.body.valid[:, actor]
        handle = self._agenda.start(action, actor, channel, args, rows, key)
        self._engage(handle, rows)
        self._live.add(handle)
        if action in PURSUITS:
            self._pursuits.add(handle)
        self._finish_reached(handle)
        return handle

    def set_controller(self, actor: int, driver: Driver, rows: BoolArray) -> None:
        """Another controller takes over a vehicle at once.

        Args:
            actor: slot; the simulation was made with a controller for it, of whatever name.
            driver: name and arguments.
            rows: where, (B,).
        """
        self._controllers.switch(self.motion, actor, driver, rows & self.cast.body.valid[:, actor])

    def set_speed(self, actor: int, speed_mps: F64Array, rows: BoolArray) -> None:
        """Another speed at once, of a vehicle, which nothing else changes back; or another pace of a person.

        Args:
            actor: slot.
            speed_mps: (B,).
            rows: where, (B,).
        """
        m, rows = self.motion, rows & self.cast.body.valid[:, actor]
        if self.cast.categories[actor] == "person":
            m.own_pace[rows, actor] = m.pace[rows, actor] = speed_mps[rows]
            return
        m.v[rows, actor], m.a[rows, actor] = speed_mps[rows], 0.0
        free = rows & (self._agenda.driver[0, :, actor] < 0)
        m.speed_goal[free, actor] = speed_mps[free]

    def finished(self, handle: int) -> BoolArray:
        """Rows (B,) in which an action has reached its aim since it was last started there."""
        return self._agenda.entries[handle].done.copy()

    def cancel(self, handle: int, rows: BoolArray) -> None:
        """End an action in some rows, wherever it still runs; what was started before it takes over again."""
        self._end(handle, np.asarray(rows, np.bool_), done=False)

    def _engage(self, handle: int, rows: BoolArray) -> None:
        entry = self._agenda.entries[handle]
        actions.engage(self.motion, self.cast, entry.action, entry.actor, rows, entry.args)
        if entry.action == "change_lane":
            self._packed = np.ascontiguousarray(self.motion.packed[:, self._vehicles])
            self._controllers.paths_changed(self.motion)

    def _end(self, handle: int, rows: BoolArray, done: bool) -> None:
        entry = self._agenda.entries[handle]
        drove, heirs = self._agenda.release(handle, rows, done)
        if bool(drove.any()):
            actions.ended(self.motion, self.cast, entry.action, entry.actor, drove, not done)
        for heir, taken in heirs:
            self._engage(heir, taken)
        if not bool(entry.running.any()):
            self._live.discard(handle)
            self._pursuits.discard(handle)

    def _finish_reached(self, handle: int) -> None:
        entry = self._agenda.entries[handle]
        reached = actions.ends(self.motion, self.cast, entry.action, entry.actor)
        reached &= entry.running & self._agenda.driven(handle)
        if bool(reached.any()):
            self._end(handle, reached, done=True)

    # ---- time ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance all variants by one tick."""
        if self._pursuits:
            self._pursue()
        if self._vehicles.size:
            self._step_vehicles()
        if self._persons.size:
            self._step_persons()
        self.motion.tick += 1
        for handle in sorted(self._live):
            self._finish_reached(handle)

    def _pursue(self) -> None:
        """Ask for the speeds that follow from where others are in this tick."""
        for handle in sorted(self._pursuits):
            entry = self._agenda.entries[handle]
            rows = entry.running & self._agenda.driven(handle)
            goal, there = wanted_speed(self.motion, self.cast, entry.action, entry.actor, entry.args)
            self.motion.speed_goal[rows, entry.actor] = goal[rows]
            there &= rows
            if bool(there.any()):
                self._end(handle, there, done=True)

    def _step_vehicles(self) -> None:
        m, limits, dt_s = self.motion, self._limits, self.dt_s
        data = m.data.take(self._vehicles, 2)
        x, y, yaw, cos, sin, v, a, steer = data[:8]
        demand = speed_demand(v, data[_GOAL], data[_RATE], limits.jerk_mps3)
        if self._controlled.size:
            demand[:, self._controlled] = self._controllers.demand(m, demand.take(self._controlled, 1))
        v, a, ds = advance_speed(v, a, demand, limits, dt_s)
        axle = limits.rear_axle_m
        frame = project(self._packed, x - axle * cos, y - axle * sin)
        wanted = steer_demand(v, (cos, sin), frame, self._lateral_goal(data, v), limits)
        reach = limits.steer_rate_radps * dt_s
        turned = np.where(v > 0.0, np.minimum(np.maximum(wanted, steer - reach), steer + reach), steer) + 0.0
        dx, dy, new_yaw = roll(yaw, (steer, turned), ds, limits.wheelbase_m)
        new_cos, new_sin = np.cos(new_yaw), np.sin(new_yaw)
        data[0] += dx + axle * (new_cos - cos)  # nothing, to the last bit, where nothing moves
        data[1] += dy + axle * (new_sin - sin)
        data[_YAW_RATE] = (new_yaw - yaw) / dt_s
        data[2], data[3], data[4], data[5], data[6], data[7] = new_yaw, new_cos, new_sin, v, a, turned
        data[_WHEEL] += ds / self._radius
        data[_TRAVELLED] += ds
        m.data[:, :, self._vehicles] = data

    def _lateral_goal(self, data: F64Array, v: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Wanted offset of the rear axle with its two time derivatives.

        The rear axle passes where the origin was axle / v ago, so the profile is read that much later.
        """
        m = self.motion
        start, end, duration, shape, tick = data[_SHIFT]
        if m.tick > m.shifting_until:  # the formula below gives the same bits
            zero = np.zeros_like(v)
            return end, zero, zero
        since = (m.tick - tick) * self.dt_s - self._limits.rear_axle_m / np.maximum(v, 1.0)
        return profile(start, end, LaneChange(duration, data[_EASE]), shape, since)

    def _lifted(self) -> F64Array | None:
        """How far people are above the ground at the start, (B, P); None where nobody is (they stay on it)."""
        m = self.motion
        x, y, z = (v[:, self._persons] for v in (m.x, m.y, m.z))
        lift = z - rise_m(self._kerbs, self.cast.kerb_height_m, x, y)
        lift = np.where(lift > 1e-9, lift, 0.0)  # nobody stands below the ground
        return lift if bool(lift.any()) else None

    def _step_persons(self) -> None:
        m, dt_s = self.motion, self.dt_s
        going = m.going.take(self._persons, 1)
        data = m.data.take(self._persons, 2)
        x, y, yaw, v = data[0], data[1], data[2], data[5]
        if not bool((going | (v > 0.0) | (data[6] != 0.0) | (data[_YAW_RATE] != 0.0)).any()):
            return  # nobody moves: the step would change nothing
        dir_x, dir_y, goal, pace = data[_DIR_X], data[_DIR_Y], data[_WAY], data[_PACE]
        left = goal - (x * dir_x + y * dir_y)
        going = going & (left > actions.ARRIVAL_M)
        intent = Intent(going & ~m.frozen.take(self._persons, 1), dir_x, dir_y, left, pace)
        dx, dy, turned, faster = advance_person(yaw, v, intent, dt_s)
        mean = 0.5 * (v + faster)
        data[_GAIT] += (2.0 * np.pi * dt_s) * mean / stride_m(mean, self._legs)
        data[_TRAVELLED] += mean * dt_s
        data[6], data[_YAW_RATE] = (faster - v) / dt_s, (turned - yaw) / dt_s
        data[0] += dx
        data[1] += dy
        data[2], data[3], data[4], data[5] = turned, np.cos(turned), np.sin(turned), faster
        m.data[:, :, self._persons] = data
        m.going[:, self._persons] = going
        if self._raised:
            ground = rise_m(self._kerbs, self.cast.kerb_height_m, data[0], data[1])
            m.z[:, self._persons] = ground if self._lift is None else ground + self._lift

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def state(self) -> WorldState:
        """The present as a new ``WorldState`` of batch (B,), without joints (see :mod:`simengine.physics.joints`).

        ``time_ns`` is rounded from ticks; a run loop that keeps integer time sets its own.
        """
        m, body = self.motion, self.cast.body
        half = 0.5 * m.yaw
        zero = np.zeros_like(m.x)
        sway = m.yaw_rate * np.where(m.is_vehicle, body.rear_axle_m, 0.0)  # the origin lies ahead of the axle
        lamp = m.is_vehicle & (m.a < -_BRAKE_LAMP_MPS2)
        return WorldState(
            self._first_ns + round(m.tick * self.dt_s * 1e9),
            np.stack([m.x, m.y, m.z], -1),
            np.stack([np.cos(half), zero, zero, np.sin(half)], -1),
            np.stack([m.v * m.cos - sway * m.sin, m.v * m.sin + sway * m.cos, zero], -1),
            np.stack([zero, zero, m.yaw_rate], -1),
            np.zeros((self.cast.batch, 0)),
            lamp,
            body.valid.copy(),
        )

    @property
    def speed_mps(self) -> F64Array:
        """Speed along the heading, (B, A)."""
        return self.motion.v.copy()

    @property
    def acceleration_mps2(self) -> F64Array:
        """Acceleration along the heading, (B, A)."""
        return self.motion.a.copy()

    @property
    def travelled_m(self) -> F64Array:
        """Distance moved since the start, (B, A)."""
        return self.motion.travelled.copy()

    @property
    def gait_phase(self) -> F64Array:
        """Phase of the gait, (B, A), radians, 2 pi a stride (two steps), never wrapped."""
        return self.motion.gait.copy()

    @property
    def wheel_angle(self) -> F64Array:
        """Angle that wheels have rolled, (B, A), radians, never wrapped."""
        return self.motion.wheel.copy()

    @property
    def steer(self) -> F64Array:
        """Mean steering angle of the front wheels, (B, A), radians, positive to the left."""
        return self.motion.steer.copy()

    @property
    def emergency(self) -> BoolArray:
        """A controller is braking in an emergency, (B, A)."""
        out: BoolArray = np.zeros((self.cast.batch, self.cast.slots), np.bool_)
        out[:, self._controllers.slots] = self._controllers.braking
        return out
