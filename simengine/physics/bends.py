"""How a vehicle takes the bends of a way of its own: how fast, and when it begins to steer."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array
from simengine.physics.paths import COLUMNS, Frame

__all__ = ["DRIVER_SHARE", "LIMIT_SHARE", "bend_ahead", "bend_speed_mps", "curvature_ahead", "slowed"]

DRIVER_SHARE = 0.5
"""Share of what the tyres give at which a driver takes a bend, who decides about the speed alone (a car: 3 m/s2) ..."""
LIMIT_SHARE = 5.0 / 6.0
"""... and at which the bend is taken at most where an action asks for more: the rest is for steering (5 m/s2)."""
BRAKING_MPS2 = 2.0
"""How hard is braked before a bend."""
FORESIGHT_S = 0.3
"""How much earlier that begins: a demand takes time to become a deceleration."""
BEND_RATE_MPS2 = 2.5
"""What slows down for a bend brakes up to this much: a little more than the law of its speed asks for."""
STEERING_LEAD_S = 0.1
_LENGTH, _S0, _TURN = 4, 5, 9


def bend_ahead(packed: Array, station_m: F64Array) -> F64Array:
    """Curvature of paths (..., S, COLUMNS) at stations (...)."""
    k = np.maximum((station_m[..., None] >= packed[..., _S0]).sum(-1) - 1, 0)
    flat = packed.reshape(-1, COLUMNS)
    first = (np.arange(k.size, dtype=np.int64) * packed.shape[-2]).reshape(k.shape)
    row = flat[first + k]
    return row[..., _TURN] / row[..., _LENGTH]


def bend_speed_mps(packed: Array, station_m: F64Array, v: F64Array, lateral_mps2: F64Array) -> F64Array:
    """Highest speed now from which all bends ahead can be taken; inf where there are none.

    A bend of radius R is taken at sqrt(a R), and a distance d before it v^2 may be larger by 2 b d.

    Args:
        packed: paths, (..., S, COLUMNS).
        station_m: where on them, (...).
        v: present speed.
        lateral_mps2: acceptable lateral acceleration a.
    """
    here = (station_m + FORESIGHT_S * v)[..., None]
    start, length = packed[..., _S0], packed[..., _LENGTH]
    bend = np.abs(packed[..., _TURN]) / length
    bends = (bend > 1e-9) & (start + length >= station_m[..., None])
    top = np.where(bends, lateral_mps2[..., None] / np.where(bends, bend, 1.0), np.inf)
    way = np.where(bends, np.maximum(start - here, 0.0), 0.0)
    return np.sqrt((top + (2.0 * BRAKING_MPS2) * way).min(-1))


def curvature_ahead(packed: Array, frame: Frame, v: F64Array, way: BoolArray) -> F64Array:
    """Curvature of paths to steer for; of ways of their own a little ahead: wheels take time to turn."""
    return np.where(way, bend_ahead(packed, frame.station_m + STEERING_LEAD_S * v), frame.curvature_per_m)


def slowed(
    packed: Array, station_m: F64Array, v: F64Array, wish: tuple[F64Array, F64Array], way: BoolArray,
    lateral_mps2: F64Array,
) -> tuple[F64Array, F64Array]:  # fmt: skip
    """Wanted speeds and rates of vehicles, of which those on ways of their own slow down for the bends.

    Args:
        packed, station_m, v, lateral_mps2: as for :func:`bend_speed_mps`.
        wish: speeds and rates that are wanted without bends.
        way: the path is one of its own.
    """
    goal, rate = wish
    top = bend_speed_mps(packed, station_m, v, lateral_mps2)
    brisk: F64Array = np.maximum(rate, BEND_RATE_MPS2)
    return np.where(way, np.minimum(goal, top), goal), np.where(way & (top < v), brisk, rate)
