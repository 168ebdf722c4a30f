"""Vehicles of a batch that the dynamic single-track model moves: actuators, tyres, and bodies on their springs.

What drivers and controllers ask for reaches pedals and wheels late: after a dead time, through a first-order lag, and
within the limits of the vehicle. The body pitches and rolls as a damped oscillator towards what the acceleration asks.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.single_track import (
    GRAVITY_MPS2,
    Drive,
    State,
    Track,
    integrate,
    steer_for,
    traction_mps2,
    wheel_slip,
)
from simengine.physics.vehicles import Limits
from simengine.world.scene import Chassis, VehicleDynamics

__all__ = [
    "DELAY_S", "FORCE_LAG_S", "SPEED_LAG_S", "STEER_LAG_S", "DynamicVehicles", "spin_of", "tilted", "track_of",
]  # fmt: skip

DELAY_S = 0.05
"""Dead time between an order and what actuators begin to do."""
FORCE_LAG_S, STEER_LAG_S = 0.1, 0.05
"""Time constants of drive and brakes, and of the steering."""
SPEED_LAG_S = 0.5
"""Time constant of the last bit of a speed change: what is slower to act must be asked for more gently."""
LEAD_S = 0.2
"""What drivers know of that: they steer for where they will be."""
_SPRING_RADPS, _DAMPING = 8.8, 0.35
"""Of bodies on their springs: 1.4 Hz."""
_CREEP_MPS = 0.05
_GRIP_SHARE = 0.9
_YAW_RATE, _WHEEL, _TRAVELLED, _SLIP = 8, 10, 11, 26  # rows of Motion.data, after x .. steer
_FASTEST_MPS, _FASTEST_RADPS = 150.0, 30.0
"""Beyond these no road vehicle moves: the integration has gone astray."""


def track_of(chassis: Chassis, dynamics: VehicleDynamics) -> tuple[float, ...]:
    """Fields of :class:`Track` of one vehicle on a dry road, and how far its body rolls and pitches by m/s2."""
    c, base = chassis, dynamics.wheelbase_m
    rear = c.front_load * base
    front = base - rear
    return (
        front, rear, c.cg_height_m, c.gyration * front * rear, *c.stiffness, c.shape, c.curve, c.friction,
        c.drive_front, c.power_wpkg, c.drag_per_m, c.rolling_mps2, c.roll_rad_per_mps2, c.pitch_rad_per_mps2,
    )  # fmt: skip


class DynamicVehicles:
    """State beside that of :class:`simengine.physics.motion.Motion`, arrays (B, D) for D vehicles.

    Args:
        cast: who takes part.
        vehicles: slots of all vehicles, in order.
        chosen: which vehicles the model moves, (B, A); the kinematic model moves the others.
        grip: share of the dry friction that the road has, (B,).
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, vehicles: I64Array, chosen: BoolArray, grip: F64Array, dt_s: float) -> None:
        mine: BoolArray = chosen[:, vehicles] & cast.body.valid[:, vehicles]
        self.columns = np.flatnonzero(mine.any(0))
        self.slots = vehicles[self.columns]
        self.where: BoolArray = np.ascontiguousarray(mine[:, self.columns])
        shape = self.where.shape
        numbers = _numbers(cast, self.slots)
        fields = [np.ascontiguousarray(numbers[..., k]) for k in range(numbers.shape[-1])]
        self._dry, (self._roll, self._pitch) = Track(*fields[:-2]), fields[-2:]
        self.track = self._on(grip)
        self._radius = np.ascontiguousarray(cast.body.wheel_radius_m[:, self.slots])
        self.lead_s = np.zeros((cast.batch, vehicles.size))
        """How far ahead in time drivers steer, of all vehicles, (B, V): their orders take effect so late."""
        self.lead_s[:, self.columns] = np.where(self.where, LEAD_S, 0.0)
        self._dt_s = dt_s
        self._order, self._force, self.vy, self._rate = (np.zeros(shape) for _ in range(4))
        self._queue = [(np.zeros(shape), np.zeros(shape))] * round(DELAY_S / dt_s)
        self.tilt, self._swing = np.zeros((2, *shape)), np.zeros((2, *shape))
        self.diverged: list[tuple[int, str]] = []
        """Rows of the last tick in which the integration went astray, and what it says."""
        chosen_slots: list[int] = self.slots.tolist()
        self._names = [cast.names[s] for s in chosen_slots]
        self._forget_force = 1.0 - np.exp(-dt_s / FORCE_LAG_S)
        self._forget_steer = 1.0 - np.exp(-dt_s / STEER_LAG_S)

    def _on(self, grip: F64Array) -> Track:
        return self._dry._replace(mu=self._dry.mu * grip[:, None])

    def drive_on(self, grip: F64Array) -> None:
        """The road has this share of the dry friction from now on, (B,)."""
        self.track = self._on(grip)

    def forget(self, slot: int, rows: BoolArray) -> None:
        """A vehicle has been put somewhere else: nothing slides, nothing swings."""
        for c in np.flatnonzero(self.slots == slot):
            for memory in (self.vy, self._rate):
                memory[rows, c] = 0.0
            self._swing[:, rows, c] = self.tilt[:, rows, c] = 0.0

    def limits(self, limits: Limits) -> Limits:
        """Limits of all vehicles (B, V), in which those of this model count on no more grip than the road has."""
        lateral = limits.lateral_mps2.copy()
        grip = _GRIP_SHARE * GRAVITY_MPS2 * self.track.mu
        own = lateral[:, self.columns]
        lateral[:, self.columns] = np.where(self.where, np.minimum(own, grip), own)
        return limits._replace(lateral_mps2=lateral)

    def lag_s(self, usual_s: float, count: int) -> F64Array:
        """Time constants of the last bit of speed changes of all vehicles, (B, V)."""
        out = np.full((len(self.where), count), usual_s)
        out[:, self.columns] = np.where(self.where, SPEED_LAG_S, usual_s)
        return out

    def foreseen(
        self, data: F64Array, rear_m: tuple[F64Array, F64Array]
    ) -> tuple[tuple[F64Array, F64Array], tuple[F64Array, F64Array]]:
        """Where the rear axles of all vehicles will be when an order of now takes effect, and which way they will move:
        positions, and cosine and sine of directions, (B, V) each; those of other models as they are."""
        v, slip, lead = np.maximum(data[5], 1.0), data[_SLIP], self.lead_s
        size, turn = np.sqrt(v * v + slip * slip), data[_YAW_RATE] * lead
        ahead, aside = v / size, slip / size
        cos, sin = data[3] * ahead - data[4] * aside, data[4] * ahead + data[3] * aside
        way, half_c, half_s = data[5] * lead, np.cos(0.5 * turn), np.sin(0.5 * turn)
        x = rear_m[0] + way * (cos * half_c - sin * half_s)
        y = rear_m[1] + way * (sin * half_c + cos * half_s)
        c, s = np.cos(turn), np.sin(turn)
        return (x, y), (cos * c - sin * s, sin * c + cos * s)

    def advance(
        self, data: F64Array, demand_mps2: F64Array, steer_rad: F64Array, limits: Limits,
        pull_mps2: tuple[F64Array, F64Array] | None = None,
    ) -> F64Array:  # fmt: skip
        """One tick.

        Args:
            data: rows of ``Motion.data`` of all vehicles, (fields, B, V), as they are.
            demand_mps2: accelerations asked for.
            steer_rad: angles of the front wheels that the path asks for of wheels that do not slip.
            limits: of all vehicles.
            pull_mps2: how gravity pulls at them, ahead and to their left; None: the ground is level.

        Returns:
            The rows of the D vehicles after the tick, (fields, B, D); those that another model moves hold nothing.
        """
        k, t, dt_s = self.columns, self.track, self._dt_s
        own, cap = data.take(k, 2), Limits(*(x.take(k, 1) for x in limits))
        v, steer = own[5], own[7]
        pull = None if pull_mps2 is None else (pull_mps2[0].take(k, 1), pull_mps2[1].take(k, 1))
        wanted = steer_for(t, steer_rad.take(k, 1), v, None if pull is None else pull[1])
        force, goal = self._actuated(v, demand_mps2.take(k, 1), wanted, cap, None if pull is None else pull[0])
        if pull is not None:  # who stands keeps the brakes on
            rolls = (v > _CREEP_MPS) | (self._order > 0.0)
            pull = np.where(rolls, pull[0], -0.0), np.where(rolls, pull[1], -0.0)
        reach = cap.steer_rate_radps * dt_s
        turned = steer + np.minimum(np.maximum((goal - steer) * self._forget_steer, -reach), reach)
        turned = np.minimum(np.maximum(turned, -cap.steer_max_rad), cap.steer_max_rad)
        turned = np.where(v > 0.0, turned, steer) + 0.0
        off = t.rear_m - cap.rear_axle_m  # the centre of gravity lies ahead of the origin by so much
        before = State(np.zeros_like(v), np.zeros_like(v), own[2], v, self.vy, self._rate)
        after = integrate(t, before, Drive(force, steer, turned, pull), dt_s)
        self._watch(after)
        cos, sin = np.cos(after.yaw_rad), np.sin(after.yaw_rad)
        ds = 0.5 * (v + after.vx) * dt_s
        ax, ay = (after.vx - v) / dt_s, (after.vy - self.vy) / dt_s + after.yaw_rate * after.vx
        if pull is not None:  # a body leans to what its tyres do
            ax, ay = (np.where(p != 0.0, f - p, f) for f, p in zip((ax, ay), pull, strict=True))
        self._sway(ax, ay)
        self.vy, self._rate = np.where(self.where, after.vy, 0.0), np.where(self.where, after.yaw_rate, 0.0)
        own[0] += after.x_m - off * (cos - own[3])
        own[1] += after.y_m - off * (sin - own[4])
        own[_YAW_RATE] = after.yaw_rate
        own[6] = (after.vx - v) / dt_s
        own[2], own[3], own[4], own[5], own[7] = after.yaw_rad, cos, sin, after.vx, turned
        own[_WHEEL] += ds * (1.0 + wheel_slip(force, t.mu)) / self._radius
        own[_TRAVELLED] += ds
        own[_SLIP] = after.vy - t.rear_m * after.yaw_rate
        return own

    def _actuated(
        self, v: F64Array, demand: F64Array, steer: F64Array, cap: Limits, pull: F64Array | None
    ) -> tuple[F64Array, F64Array]:  # fmt: skip
        """Force by mass at the wheels, and the angle that the steering turns to, after dead time, lag and limits."""
        t, step = self.track, cap.jerk_mps3 * self._dt_s
        order = np.minimum(np.maximum(demand, self._order - step), self._order + step)
        self._order = np.minimum(np.maximum(order, -cap.deceleration_mps2), cap.acceleration_mps2)
        self._queue.append((self._order, steer))
        order, steer = self._queue.pop(0)
        resistance = np.where(v > _CREEP_MPS, t.drag_per_m * v * v + t.rolling_mps2, 0.0)
        if pull is not None:
            resistance = resistance - np.where((v > _CREEP_MPS) | (order > 0.0), pull, 0.0)
        wanted = np.where(order < 0.0, np.minimum(order + resistance, 0.0), order + resistance)
        wanted = np.minimum(np.maximum(wanted, -GRAVITY_MPS2 * t.mu), traction_mps2(t, v))
        self._force = self._force + (wanted - self._force) * self._forget_force
        return self._force, steer

    def _sway(self, ax: F64Array, ay: F64Array) -> None:
        aim = np.stack([-self._pitch * ax, self._roll * ay])
        pull = (_SPRING_RADPS * _SPRING_RADPS) * (aim - self.tilt) - (2.0 * _DAMPING * _SPRING_RADPS) * self._swing
        self._swing = np.where(self.where, self._swing + pull * self._dt_s, 0.0)
        self.tilt = self.tilt + self._swing * self._dt_s

    def put(self, own: F64Array, data: F64Array, m: Motion) -> None:
        """Replace the rows of ``data``, (fields, B, V), of the vehicles that this model moves; pose their bodies."""
        data[:, :, self.columns] = np.where(self.where, own, data[:, :, self.columns])
        assert m.tilt is not None
        m.tilt[:, :, self.slots] = self.tilt

    @property
    def swing_radps(self) -> F64Array:
        """Rates of pitch and roll, (2, B, D)."""
        return self._swing

    def _watch(self, after: State) -> None:
        sound = np.isfinite(after.vx + after.vy + after.yaw_rate + after.yaw_rad)
        sound &= (np.abs(after.vx) < _FASTEST_MPS) & (np.abs(after.vy) < _FASTEST_MPS)
        sound &= np.abs(after.yaw_rate) < _FASTEST_RADPS
        self.diverged = []
        for b, c in zip(*np.nonzero(self.where & ~sound), strict=True):
            speed, rate = float(after.vx[b, c]), float(after.yaw_rate[b, c])
            said = f"the motion of '{self._names[c]}' has gone astray: {speed:g} m/s, turning at {rate:g} rad/s"
            self.diverged.append((int(b), said))

    def top_speed_mps(self, slot: int) -> F64Array:
        """What power allows against drag and rolling resistance, (B,); inf where another model moves it."""
        found = np.flatnonzero(self.slots == slot)
        if not found.size:
            return np.full(len(self.where), np.inf)
        c, t = int(found[0]), self.track
        low, high = np.zeros(len(self.where)), np.full(len(self.where), _FASTEST_MPS)
        for _ in range(50):
            middle = 0.5 * (low + high)
            able = t.power_wpkg[:, c] >= middle * (t.drag_per_m[:, c] * middle * middle + t.rolling_mps2[:, c])
            low, high = np.where(able, middle, low), np.where(able, high, middle)
        return np.where(self.where[:, c], low, np.inf)


def _numbers(cast: Cast, slots: I64Array) -> F64Array:
    """(B, D, fields of ``track_of``)."""
    usual = VehicleDynamics(2.7, 1.35, 0.32)
    nothing = track_of(usual.chassis, usual)
    out = np.empty((cast.batch, slots.size, len(nothing)))
    wanted: list[int] = slots.tolist()
    for b, row in enumerate(cast.entities):
        for c, slot in enumerate(wanted):
            entity = row[slot]
            length = 4.5 if entity is None else entity.size_m[0]
            dynamics = None if entity is None else entity.dynamics
            dynamics = dynamics or VehicleDynamics(0.6 * length, 0.3 * length, 0.32)
            out[b, c] = track_of(dynamics.chassis, dynamics)
    return out


def tilted(orientation: F64Array, tilt: F64Array) -> F64Array:
    """Quaternions of headings (..., 4), then pitched and rolled (2, ...) about the body's own axes."""
    c, s = orientation[..., 0], orientation[..., 3]
    cp, sp, cr, sr = (f(0.5 * angle) for angle in tilt for f in (np.cos, np.sin))
    return np.stack(
        [c * cp * cr + s * sp * sr, c * cp * sr - s * sp * cr, c * sp * cr + s * cp * sr, s * cp * cr - c * sp * sr], -1
    )


def spin_of(spin: F64Array, m: Motion, vehicles: DynamicVehicles) -> F64Array:
    """Angular velocities (B, A, 3) with those of the swinging bodies, whose angles are small."""
    out = spin.copy()
    pitch, roll = vehicles.swing_radps
    cos, sin = m.cos[:, vehicles.slots], m.sin[:, vehicles.slots]
    out[:, vehicles.slots, 0] += roll * cos - pitch * sin
    out[:, vehicles.slots, 1] += roll * sin + pitch * cos
    return out
