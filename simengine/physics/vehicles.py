"""Vehicles: kinematic single-track model, tracking of a path, and speed control within the vehicle's limits.

The model is the kinematic bicycle (R. Rajamani, "Vehicle Dynamics and Control", 2nd ed. 2012, ch. 2.2) referred to
the rear axle, where the velocity lies along the heading:
x' = v cos yaw, y' = v sin yaw, yaw' = v tan(steer) / wheelbase.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.paths import Frame
from simengine.physics.surfaces import Slopes

__all__ = [
    "SPEED_LAG_S", "Limits", "advance_speed", "braking_in_bend", "grip_steer_rad", "leaning_share", "on_grade", "roll",
    "speed_demand", "steer_demand", "steer_reach_rad",
]  # fmt: skip

SPEED_LAG_S = 0.05
"""Time constant of the last bit of a speed change."""
_GRAVITY_MPS2 = 9.81
_LEFT_IN_BENDS = 0.5
_TRACK_LENGTH_M, _TRACK_TIME_S = 3.0, 0.35


class Limits(NamedTuple):
    """What a vehicle can do, all (B, V)."""

    acceleration_mps2: F64Array
    deceleration_mps2: F64Array
    jerk_mps3: F64Array
    wheelbase_m: F64Array
    rear_axle_m: F64Array
    steer_max_rad: F64Array
    steer_rate_radps: F64Array
    lateral_mps2: F64Array


def on_grade(
    limits: Limits, ground: Slopes, cos: F64Array, sin: F64Array
) -> tuple[Limits, tuple[F64Array, F64Array]]:  # fmt: skip
    """What vehicles (B, V) can do on the ground under them, and how gravity pulls at them, ahead and to their left.

    A driver makes up for a grade with the pedals; full brakes give g G more uphill and less downhill, where G is the
    rise by metre of the plan: the stopping distance v^2 / (2 g (f + G)) of AASHTO, "A Policy on Geometric Design of
    Highways and Streets" (eq. 3-3), f g being what they give on the level.
    """
    ahead, left = ground.x * cos + ground.y * sin + 0.0, ground.y * cos - ground.x * sin + 0.0  # no negative zeros
    brakes = np.maximum(limits.deceleration_mps2 + _GRAVITY_MPS2 * ahead, 0.0)
    return limits._replace(deceleration_mps2=brakes), (-_GRAVITY_MPS2 * ahead, -_GRAVITY_MPS2 * left)


def speed_demand(
    v: F64Array, goal_mps: F64Array, rate_mps2: F64Array, jerk_mps3: F64Array, lag_s: float | F64Array = SPEED_LAG_S
) -> F64Array:  # fmt: skip
    """Acceleration that takes a speed to its goal at a rate, easing out so that the jerk limit is kept.

    With the square-root law the acceleration falls linearly in time (at half the jerk limit), and below
    ``lag_s`` it falls exponentially. A goal of 0 is braked to without easing: a stop ends in a jerk.
    """
    miss = goal_mps - v
    size = np.abs(miss)
    eased = np.minimum(np.sqrt(jerk_mps3 * size), size * (1.0 / lag_s))
    wanted = np.minimum(rate_mps2, np.where(goal_mps > 0.0, eased, np.where(size > 0.0, np.inf, 0.0)))
    return np.copysign(wanted, miss)


def advance_speed(
    v: F64Array, a: F64Array, demand_mps2: F64Array, limits: Limits, dt_s: float
) -> tuple[F64Array, F64Array, F64Array]:
    """One tick of longitudinal motion at constant acceleration.

    Returns:
        New speed (never negative: a vehicle stops inside the tick and stays), acceleration, distance moved.
    """
    step = limits.jerk_mps3 * dt_s
    a = np.minimum(np.maximum(demand_mps2, a - step), a + step)
    a = np.minimum(np.maximum(a, -limits.deceleration_mps2), limits.acceleration_mps2)
    faster = v + a * dt_s
    stops = faster <= 0.0
    ds = np.where(stops, 0.5 * v * v / np.maximum(-a, 1e-9), 0.5 * (v + faster) * dt_s)
    return np.where(stops, 0.0, faster), np.where(stops & (demand_mps2 <= 0.0), 0.0, a), ds


def steer_demand(
    v: F64Array, heading: tuple[F64Array, F64Array], frame: Frame, goal: tuple[F64Array, F64Array, F64Array],
    limits: Limits, path_bend_per_m: F64Array | None = None,
) -> F64Array:  # fmt: skip
    """Steering angle that makes the rear axle follow its path at a wanted offset.

    In the path's frame, with d the offset and eta the sine of the heading error, d' = eta per metre driven. The
    curvature asked for is the path's own, plus that of the wanted offset, plus feedback that lets the error die out
    like a critically damped oscillator of length l: eta' = eta_goal' - 2 (eta - eta_goal) / l - (d - d_goal) / l^2.

    Args:
        v: speed, (B, V).
        heading: cosine and sine of the heading.
        frame: the rear axle on its path.
        goal: wanted offset (m), its first (m/s) and second (m/s2) time derivative.
        limits: of the vehicles.
        path_bend_per_m: curvature of the path to steer for; None: that at the nearest point.
    """
    own_bend = frame.curvature_per_m if path_bend_per_m is None else path_bend_per_m
    cos_path, sin_path = np.cos(frame.yaw_rad), np.sin(frame.yaw_rad)
    eta = heading[1] * cos_path - heading[0] * sin_path
    ahead = heading[0] * cos_path + heading[1] * sin_path
    pace = np.maximum(v, 1.0)
    length = _TRACK_LENGTH_M + _TRACK_TIME_S * v
    error = np.minimum(np.maximum(frame.left_m - goal[0], -1.2 * length), 1.2 * length)
    eta_goal = np.minimum(np.maximum(goal[1] / pace, -0.8), 0.8)
    bend = goal[2] / (pace * pace) - 2.0 * (eta - eta_goal) / length - error / (length * length)
    own = own_bend * ahead / np.maximum(1.0 - own_bend * frame.left_m, 0.1)
    grip = limits.lateral_mps2 / (pace * pace)
    curvature = np.minimum(np.maximum(own + bend / np.maximum(ahead, 0.3), -grip), grip)
    steer = np.arctan(limits.wheelbase_m * curvature)
    return np.minimum(np.maximum(steer, -limits.steer_max_rad), limits.steer_max_rad)


def grip_steer_rad(v: F64Array, limits: Limits) -> F64Array:
    """Largest steering angle that the tyres follow at a speed: wheels that are turned further slide straight on."""
    pace = np.maximum(v, 1.0)
    return np.arctan(limits.wheelbase_m * (limits.lateral_mps2 / (pace * pace)))


def steer_reach_rad(v: F64Array, limits: Limits, dt_s: float) -> F64Array:
    """How far the wheels turn in a tick: as fast as the steering gear does, and the tyres of the front axle follow.

    Curvature k that grows makes the front axle, a wheelbase L ahead, go aside with v L k' more than the rear one; tyres
    give that no more than they give in a bend: L k' <= a / v.
    """
    return np.minimum(limits.steer_rate_radps, limits.lateral_mps2 / np.maximum(v, 1.0)) * dt_s


def braking_in_bend(demand_mps2: F64Array, v: F64Array, steer: F64Array, limits: Limits) -> Limits:
    """Limits of vehicles that brake hard while they turn: what tyres give to the side they do not give lengthwise.

    The friction ellipse (H. B. Pacejka, "Tyre and Vehicle Dynamics", 3rd ed. 2012, ch. 1): of full brakes
    sqrt(1 - (v^2 k / a)^2) is left. Half of them are left in any bend, as drivers who brake open the bend for it.
    """
    hard = demand_mps2 < -_LEFT_IN_BENDS * limits.deceleration_mps2
    if not bool(hard.any()):
        return limits
    used = v * v * np.tan(steer) / (limits.wheelbase_m * limits.lateral_mps2)
    left = np.sqrt(np.maximum(1.0 - used * used, _LEFT_IN_BENDS * _LEFT_IN_BENDS))
    return limits._replace(deceleration_mps2=limits.deceleration_mps2 * left)


def leaning_share(lag_s: F64Array, dt_s: float) -> F64Array | None:
    """Share of the way to the wanted steering angle that vehicles go in a tick; None where none of them leans.

    Who rides on two wheels cannot turn the bar at will: the lean of a bend, tan = v^2 curvature / g, comes first, and
    the curvature follows from it. So curvature does not leap where that of the path does, and the lean does not either.
    """
    leans = (lag_s > 0.0) & np.isfinite(lag_s)
    return np.where(leans, dt_s / np.maximum(lag_s, dt_s), 1.0) if bool(leans.any()) else None


def roll(
    yaw: F64Array, steer: tuple[F64Array, F64Array], ds: F64Array, wheelbase_m: F64Array
) -> tuple[F64Array, F64Array, F64Array]:
    """Move the rear axle by a distance; the steering angle turns linearly from its first to its second value.

    The arc of the mean steering angle: exact for straight lines and circles, second order in the step otherwise.

    Returns:
        Displacement x and y of the rear axle, new heading.
    """
    turn = np.tan(0.5 * (steer[0] + steer[1])) / wheelbase_m * ds
    half = 0.5 * turn
    small = np.abs(half) < 1e-4
    sinc = np.where(small, 1.0 - half * half / 6.0, np.sin(half) / np.where(small, 1.0, half))
    chord, middle = ds * sinc, yaw + half
    return chord * np.cos(middle), chord * np.sin(middle), yaw + turn
