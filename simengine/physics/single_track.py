"""The dynamic single-track model: a rigid body on two tyres, with load transfer, actuators, and a body on springs.

Equations of motion in the body's axes at the centre of gravity, per unit of mass (R. Rajamani, "Vehicle Dynamics and
Control", 2nd ed. 2012, ch. 2.3 and 13.4): vx' = fx + r vy, vy' = fy - r vx, k^2 r' = a fy_front - b fy_rear. Side
forces follow the magic formula of :mod:`simengine.physics.tyres`; the load of an axle is what rests on it and what
acceleration shifts to it. Brakes spread over the axles as their loads do, wheels neither lock nor spin (anti-lock
brakes and traction control hold them at the peak), and what an axle is asked for along and across is scaled down
together where it is more than the tyre gives (friction circle).

At walking pace slip angles lose their meaning (a ratio of small speeds), and the kinematic model takes over: between
``BLEND_MPS`` the derivatives of both are blended; below, yaw rate and side slip are drawn to those of wheels that roll
without slip. The equations are integrated by the classical Runge-Kutta method, one step a tick.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.tyres import side_share, slip_at

__all__ = [
    "BLEND_MPS", "GRAVITY_MPS2", "Drive", "State", "Track", "derivative", "integrate", "steer_for", "traction_mps2",
    "wheel_slip",
]  # fmt: skip

GRAVITY_MPS2 = 9.81
BLEND_MPS = (1.5, 3.5)
_ROLLING_S = 0.04
"""Time constant with which slip dies out at walking pace."""
_TRUSTED = 0.95
"""Share of the friction that steering counts on."""


class Track(NamedTuple):
    """What the model needs of vehicles, all (B, V) arrays.

    Attributes:
        front_m, rear_m: from the centre of gravity to the axles (a and b).
        height_m: of the centre of gravity.
        gyration2_m2: square of the radius of gyration about the vertical (k^2).
        front_k, rear_k: slope of the side force by load, 1/rad, what suspension and steering give included.
        shape, curve: C and E of the magic formula.
        mu: friction between tyre and this road.
        drive_front: share of the drive at the front axle.
        power_wpkg: largest power of the drive by mass.
        drag_per_m: deceleration by drag over the square of the speed.
        rolling_mps2: deceleration by rolling resistance.
    """

    front_m: F64Array
    rear_m: F64Array
    height_m: F64Array
    gyration2_m2: F64Array
    front_k: F64Array
    rear_k: F64Array
    shape: F64Array
    curve: F64Array
    mu: F64Array
    drive_front: F64Array
    power_wpkg: F64Array
    drag_per_m: F64Array
    rolling_mps2: F64Array


class State(NamedTuple):
    """Of the vehicles, (B, V): centre of gravity, heading, velocity in the body's axes, yaw rate."""

    x_m: F64Array
    y_m: F64Array
    yaw_rad: F64Array
    vx: F64Array
    vy: F64Array
    yaw_rate: F64Array


class Drive(NamedTuple):
    """What acts during a step, constant over it.

    Attributes:
        force_mps2: force of drive (positive) or brakes by mass, as actuators give it; tyres may give less.
        steer_rad: front wheels at its start ...
        steer_end_rad: ... and at its end; they turn evenly.
        pull_mps2: how gravity pulls on a grade, ahead and to the left; None: the ground is level.
    """

    force_mps2: F64Array
    steer_rad: F64Array
    steer_end_rad: F64Array
    pull_mps2: tuple[F64Array, F64Array] | None = None


def traction_mps2(c: Track, v: F64Array) -> F64Array:
    """Largest force of the drive by mass at a speed: what power and the tyres of the driven axles give.

    An axle with a share s of the drive slips when s a = mu (its load), which a itself shifts: a closed form.
    """
    base, s = c.front_m + c.rear_m, c.drive_front
    front = c.mu * GRAVITY_MPS2 * c.rear_m / (s * base + c.mu * c.height_m)
    rest = (1.0 - s) * base - c.mu * c.height_m
    rear = np.where(rest > 0.0, c.mu * GRAVITY_MPS2 * c.front_m / np.where(rest > 0.0, rest, 1.0), np.inf)
    return np.minimum(np.minimum(front, rear), c.power_wpkg / np.maximum(v, 1.0))


def _forces(c: Track, s: State, force: F64Array, steer: F64Array) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """Forces by mass of front and rear tyres, along and across each wheel: front x, front y, rear x, rear y."""
    base = c.front_m + c.rear_m
    shift = force * c.height_m / base
    load_front = np.maximum(GRAVITY_MPS2 * c.rear_m / base - shift, 0.0)
    load_rear = np.maximum(GRAVITY_MPS2 * c.front_m / base + shift, 0.0)
    pace = np.maximum(s.vx, 1.0)
    slip_front = steer - np.arctan((s.vy + c.front_m * s.yaw_rate) / pace)
    slip_rear = -np.arctan((s.vy - c.rear_m * s.yaw_rate) / pace)
    across_front = load_front * side_share(slip_front, c.front_k, c.mu, c.shape, c.curve)
    across_rear = load_rear * side_share(slip_rear, c.rear_k, c.mu, c.shape, c.curve)
    braked = load_front / GRAVITY_MPS2
    along_front = force * np.where(force < 0.0, braked, c.drive_front)
    along_rear = force - along_front
    front, rear = c.mu * load_front, c.mu * load_rear
    fit_front = _fit(along_front, across_front, front)
    fit_rear = _fit(along_rear, across_rear, rear)
    return along_front * fit_front, across_front * fit_front, along_rear * fit_rear, across_rear * fit_rear


def _fit(along: F64Array, across: F64Array, limit: F64Array) -> F64Array:
    """Factor that brings a force back onto the friction circle."""
    size = np.sqrt(along * along + across * across)
    return np.minimum(limit / np.maximum(size, 1e-9), 1.0)


def derivative(
    c: Track, s: State, force: F64Array, steer: F64Array, pull: tuple[F64Array, F64Array] | None = None
) -> State:  # fmt: skip
    """Time derivative of the state."""
    fx_front, fy_front, fx_rear, fy_rear = _forces(c, s, force, steer)
    cos, sin = np.cos(steer), np.sin(steer)
    drag = np.where(s.vx > 0.0, c.drag_per_m * s.vx * s.vx + c.rolling_mps2, 0.0)
    fx = fx_front * cos - fy_front * sin + fx_rear - drag
    side = fx_front * sin + fy_front * cos
    ax = fx + s.yaw_rate * s.vy
    ay = side + fy_rear - s.yaw_rate * s.vx
    spin = (c.front_m * side - c.rear_m * fy_rear) / c.gyration2_m2
    share = (s.vx - BLEND_MPS[0]) / (BLEND_MPS[1] - BLEND_MPS[0])
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    w = share * share * (3.0 - 2.0 * share)
    rolls = s.vx * np.tan(steer) / (c.front_m + c.rear_m)  # yaw rate without slip
    ay = w * ay + (1.0 - w) * (c.rear_m * rolls - s.vy) / _ROLLING_S
    spin = w * spin + (1.0 - w) * (rolls - s.yaw_rate) / _ROLLING_S
    ax = w * ax + (1.0 - w) * (fx_front + fx_rear - drag)
    if pull is not None:
        ax, ay = ax + pull[0], ay + w * pull[1]
    cos_yaw, sin_yaw = np.cos(s.yaw_rad), np.sin(s.yaw_rad)
    return State(
        s.vx * cos_yaw - s.vy * sin_yaw, s.vx * sin_yaw + s.vy * cos_yaw, s.yaw_rate, ax, ay, spin
    )  # fmt: skip


def integrate(c: Track, s: State, drive: Drive, dt_s: float) -> State:
    """One step of the classical Runge-Kutta method; a vehicle never rolls back: it stops, and stays."""
    half = 0.5 * (drive.steer_rad + drive.steer_end_rad)
    force, pull = drive.force_mps2, drive.pull_mps2
    k1 = derivative(c, s, force, drive.steer_rad, pull)
    k2 = derivative(c, _moved(s, k1, 0.5 * dt_s), force, half, pull)
    k3 = derivative(c, _moved(s, k2, 0.5 * dt_s), force, half, pull)
    k4 = derivative(c, _moved(s, k3, dt_s), force, drive.steer_end_rad, pull)
    slope = State(*((a + d + 2.0 * (b + e)) / 6.0 for a, b, e, d in zip(k1, k2, k3, k4, strict=True)))
    out = _moved(s, slope, dt_s)
    stops = out.vx <= 0.0
    if not bool(stops.any()):
        return out
    brake = np.maximum(-slope.vx, 1e-9)
    way = np.where(s.vx > 0.0, 0.5 * s.vx * s.vx / brake, 0.0)
    halted = State(
        s.x_m + way * np.cos(s.yaw_rad), s.y_m + way * np.sin(s.yaw_rad), s.yaw_rad, *(np.zeros_like(s.vx),) * 3
    )
    return State(*(np.where(stops, a, b) for a, b in zip(halted, out, strict=True)))


def _moved(s: State, slope: State, dt_s: float) -> State:
    return State(*(a + b * dt_s for a, b in zip(s, slope, strict=True)))


def steer_for(c: Track, steer_rad: F64Array, v: F64Array, pull_mps2: F64Array | None = None) -> F64Array:
    """Steering angle with which tyres that slip take the curve that ``steer_rad`` is for without slip.

    In a steady bend both axles carry the lateral acceleration by their loads, so the angle is larger by the slip angle
    of the front tyres and smaller by that of the rear ones. What gravity pulls to the left on a road that leans is no
    affair of the tyres.
    """
    base = c.front_m + c.rear_m
    lateral = v * v * np.tan(steer_rad) / base
    if pull_mps2 is not None:
        lateral = np.where(pull_mps2 != 0.0, lateral - pull_mps2, lateral)
    most = _TRUSTED * c.mu * GRAVITY_MPS2
    share = np.minimum(np.maximum(lateral, -most), most) / GRAVITY_MPS2
    front = slip_at(share, c.front_k, c.mu, c.shape, c.curve)
    rear = slip_at(share, c.rear_k, c.mu, c.shape, c.curve)
    moving = np.minimum(np.maximum((v - BLEND_MPS[0]) / (BLEND_MPS[1] - BLEND_MPS[0]), 0.0), 1.0)
    return steer_rad + (front - rear) * moving


def wheel_slip(force_mps2: F64Array, mu: F64Array) -> F64Array:
    """Slip of rolling wheels at a force by mass: they turn faster than the vehicle moves when driven, slower when
    braked. Longitudinal coefficients of a passenger car's tyre: K = 22, C = 1.64, E = 0.46."""
    size = np.full_like(mu, 22.0), mu, np.full_like(mu, 1.64), np.full_like(mu, 0.46)
    return slip_at(force_mps2 / GRAVITY_MPS2, *size)
