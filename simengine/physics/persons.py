"""People on foot: speed, turning, and the phase of the gait locked to the distance walked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array

__all__ = ["ACCELERATION_MPS2", "BRAKING_MPS2", "Intent", "advance_person", "most_turn_radps", "stride_m"]

ACCELERATION_MPS2 = 3.0
"""Setting off: a child reaches 3 m/s in a second, in about 1.5 m."""
BRAKING_MPS2 = 5.0
"""Stopping in two or three steps."""
TURN_RADPS = 3.0
"""Healthy adults who turn about peak at 150 to 200 degrees a second (the instrumented timed up and go test, A. Salarian
et al. 2010) ..."""
LATERAL_MPS2 = 6.0
"""... and in a bend soles hold with a friction of 0.6: who runs turns by no more than that over the speed. Legs could
do more (P. R. Greene 1985: g sqrt((V / v)^2 - 1) of a runner whose best on the straight is V; 9 m/s2 at 3/4 of it)."""
_TURN_RADPS2, _TURN_S = 20.0, 0.2
"""Who begins to turn is up to speed in a sixth of a second, and small turns fade with that time."""
_GRAVITY_MPS2 = 9.81


class Intent(NamedTuple):
    """Where people are going, all (B, P).

    Attributes:
        going: they want to move; else they come to a standstill.
        dir_x, dir_y: unit vector of the way.
        left_m: distance along it to the goal line.
        pace_mps: wanted speed.
    """

    going: BoolArray
    dir_x: F64Array
    dir_y: F64Array
    left_m: F64Array
    pace_mps: F64Array


def stride_m(v: F64Array, leg_m: F64Array) -> F64Array:
    """Length of a stride (two steps) at a speed: 2.3 h Fr^0.3 with the Froude number Fr = v^2 / (g h).

    R. McN. Alexander, "Estimates of speeds of dinosaurs", Nature 261 (1976), fitted to walking and running animals
    from gerbils to elephants, people included. Never below a fifth of the leg: shuffling.
    """
    froude = v * v / (_GRAVITY_MPS2 * leg_m)
    return leg_m * np.maximum(2.3 * np.power(froude, 0.3), 0.2)


def most_turn_radps(v: F64Array) -> F64Array:
    """How fast people and animals turn at a speed, at most."""
    return np.minimum(TURN_RADPS, LATERAL_MPS2 / np.maximum(v, 1e-3))


def advance_person(
    yaw: F64Array, rate_radps: F64Array, v: F64Array, intent: Intent, dt_s: float
) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """One tick: turn towards the way to go, change the speed within human limits, step along the mean heading.

    Nobody walks sideways: the wanted pace shrinks with the cosine of the heading error. Braking starts where the
    square root law v = sqrt(2 b d) asks for it, so that a person ends on the goal line.

    Args:
        yaw, rate_radps, v: heading, how fast it turns, and speed, (B, P) each.
        intent: where they are going.
        dt_s: length of the tick.

    Returns:
        Displacement x and y, new heading, new speed.
    """
    bearing = np.arctan2(intent.dir_y, intent.dir_x)
    miss = bearing - yaw
    miss = miss - (2.0 * np.pi) * np.floor(miss * (0.5 / np.pi) + 0.5)
    most, more = most_turn_radps(v), _TURN_RADPS2 * dt_s
    turn = np.where(intent.going, np.minimum(np.maximum(miss / _TURN_S, -most), most), 0.0)
    turned = yaw + dt_s * (rate_radps + np.minimum(np.maximum(turn - rate_radps, -more), more))
    left = np.maximum(intent.left_m - 0.5 * v * dt_s, 0.0)  # the speed chosen now is reached at the end of the tick
    stoppable = np.sqrt(2.0 * BRAKING_MPS2 * left)
    pace = np.minimum(intent.pace_mps, stoppable) * np.maximum(np.cos(miss), 0.0)
    wanted = np.where(intent.going, pace, 0.0)
    faster = v + np.minimum(np.maximum(wanted - v, -BRAKING_MPS2 * dt_s), ACCELERATION_MPS2 * dt_s)
    ds = 0.5 * (v + faster) * dt_s
    middle = 0.5 * (yaw + turned)
    return ds * np.cos(middle), ds * np.sin(middle), turned, faster
