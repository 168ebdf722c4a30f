"""The physics of a batch: B variants advance together, tick by tick, with a number of array operations that B has no
part in. A batch of N equals N singles bit for bit.

There is no contact response: what collides drives on, and it is up to the scenario to stop.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array
from simengine.errors import UsageError, did_you_mean
from simengine.physics import actions
from simengine.physics.agenda import Agenda, Argument
from simengine.physics.cast import Cast
from simengine.physics.controllers import Controllers
from simengine.physics.lane_change import profile
from simengine.physics.motion import Motion
from simengine.physics.paths import project
from simengine.physics.persons import Intent, advance_person, stride_m
from simengine.physics.vehicles import Limits, advance_speed, roll, speed_demand, steer_demand
from simengine.world.state import WorldState

__all__ = ["Simulation"]

_BRAKE_LAMP_MPS2 = 0.3


class Simulation:
    """A running batch.

    Args:
        cast: who takes part.
        initial: poses at the start, batch (B,).
        speeds_mps: (B, A); vehicles start at this speed, people stand and take it as their pace when they move.
        controllers: for each slot (name, arguments by name, each (B,), a number, or None), or None.
        dt_s: length of a tick.
    """

    def __init__(
        self, cast: Cast, initial: WorldState, speeds_mps: npt.ArrayLike,
        controllers: Sequence[tuple[str, Mapping[str, Argument]] | None], dt_s: float,
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
        self.motion = Motion(cast, initial, np.asarray(speeds_mps, np.float64))
        self._first_ns = initial.time_ns
        self._agenda = Agenda(cast.batch, cast.slots)
        self._vehicles, self._persons = cast.columns("vehicle"), cast.columns("person")
        body, v = cast.body, self._vehicles
        self._limits = Limits(
            body.acceleration_mps2[:, v], body.deceleration_mps2[:, v], body.jerk_mps3[:, v], body.wheelbase_m[:, v],
            body.rear_axle_m[:, v], body.steer_max_rad[:, v], body.steer_rate_radps[:, v],
        )  # fmt: skip
        self._radius = body.wheel_radius_m[:, v]
        self._legs = body.leg_m[:, self._persons]
        self._packed = np.ascontiguousarray(self.motion.packed[:, v])
        self._controllers = Controllers(cast, self.motion, controllers, self.dt_s)
        self._controlled = [v.index(i) for i in self._controllers.slots]
        self._live: set[int] = set()  # handles that run in some row

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
        self._finish_reached(handle)
        return handle

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

    def _finish_reached(self, handle: int) -> None:
        entry = self._agenda.entries[handle]
        reached = actions.ends(self.motion, self.cast, entry.action, entry.actor, self.dt_s)
        reached &= entry.running & self._agenda.driven(handle)
        if bool(reached.any()):
            self._end(handle, reached, done=True)

    # ---- time ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance all variants by one tick."""
        if self._vehicles:
            self._step_vehicles()
        if self._persons:
            self._step_persons()
        self.motion.tick += 1
        for handle in sorted(self._live):
            self._finish_reached(handle)

    def _step_vehicles(self) -> None:
        m, cols, limits, dt_s = self.motion, self._vehicles, self._limits, self.dt_s
        v, a, yaw, steer = m.v[:, cols], m.a[:, cols], m.yaw[:, cols], m.steer[:, cols]
        cos, sin = m.cos[:, cols], m.sin[:, cols]
        demand = speed_demand(v, m.speed_goal[:, cols], m.rate[:, cols], limits.jerk_mps3)
        if self._controlled:
            demand[:, self._controlled] = self._controllers.demand(m, demand[:, self._controlled])
        v, a, ds = advance_speed(v, a, demand, limits, dt_s)
        axle = limits.rear_axle_m
        frame = project(self._packed, m.x[:, cols] - axle * cos, m.y[:, cols] - axle * sin)
        # The rear axle passes where the origin was axle / v ago: the lateral profile is read that much later.
        since = (m.tick - m.shift_tick[:, cols]) * dt_s - axle / np.maximum(v, 1.0)
        goal = profile(m.shift_from[:, cols], m.shift_to[:, cols], m.shift_s[:, cols], m.shift_shape[:, cols], since)
        wanted = steer_demand(v, (cos, sin), frame, goal, limits)
        reach = limits.steer_rate_radps * dt_s
        turned = np.where(v > 0.0, np.minimum(np.maximum(wanted, steer - reach), steer + reach), steer)
        dx, dy, new_yaw = roll(yaw, (steer, turned), ds, limits.wheelbase_m)
        new_cos, new_sin = np.cos(new_yaw), np.sin(new_yaw)
        m.x[:, cols] += dx + axle * (new_cos - cos)
        m.y[:, cols] += dy + axle * (new_sin - sin)
        m.yaw[:, cols], m.cos[:, cols], m.sin[:, cols] = new_yaw, new_cos, new_sin
        m.v[:, cols], m.a[:, cols], m.steer[:, cols] = v, a, turned
        m.yaw_rate[:, cols] = (new_yaw - yaw) / dt_s
        m.wheel[:, cols] += ds / self._radius
        m.travelled[:, cols] += ds

    def _step_persons(self) -> None:
        m, cols, dt_s = self.motion, self._persons, self.dt_s
        v, yaw, going = m.v[:, cols], m.yaw[:, cols], m.going[:, cols]
        dir_x, dir_y = m.dir_x[:, cols], m.dir_y[:, cols]
        left = m.goal[:, cols] - (m.x[:, cols] * dir_x + m.y[:, cols] * dir_y)
        going = going & (left > actions.ARRIVAL_M)
        intent = Intent(going & ~m.frozen[:, cols], dir_x, dir_y, left, m.pace[:, cols])
        dx, dy, turned, faster = advance_person(yaw, v, intent, dt_s)
        mean = 0.5 * (v + faster)
        m.x[:, cols] += dx
        m.y[:, cols] += dy
        m.yaw[:, cols], m.cos[:, cols], m.sin[:, cols] = turned, np.cos(turned), np.sin(turned)
        m.a[:, cols], m.v[:, cols], m.going[:, cols] = (faster - v) / dt_s, faster, going
        m.yaw_rate[:, cols] = (turned - yaw) / dt_s
        m.gait[:, cols] += (2.0 * np.pi * dt_s) * mean / stride_m(mean, self._legs)
        m.travelled[:, cols] += mean * dt_s

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def state(self) -> WorldState:
        """The present as a new ``WorldState`` of batch (B,), without joints (see :mod:`simengine.physics.joints`).

        ``time_ns`` is rounded from ticks; a run loop that keeps integer time sets its own.
        """
        m, body = self.motion, self.cast.body
        half = 0.5 * m.yaw
        zero = np.zeros_like(m.x)
        sway = m.yaw_rate * np.where(self._is_vehicle, body.rear_axle_m, 0.0)  # the origin lies ahead of the axle
        lamp = self._is_vehicle & (m.a < -_BRAKE_LAMP_MPS2)
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
    def _is_vehicle(self) -> BoolArray:
        return np.array([c == "vehicle" for c in self.cast.categories], np.bool_)

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
