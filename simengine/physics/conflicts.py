"""Where the way of a turning vehicle meets those of others: in a bend, lanes say little about who comes across.

The vehicle's own boxes are laid along its path, half a metre apart, and compared with where others will be at the same
times, and with the strips that they sweep, all at constant velocity. A = actors, J = places along the path.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array
from simengine.physics.boxes import Boxes, overlap
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.paths import PathTable

__all__ = ["Conflict", "bend_near", "conflict"]

_STEP_M, _PLACES = 0.5, 61
_AHEAD_M = 40.0
_HORIZON_S = 4.0
"""How far others are foreseen."""
_CLEAR_M = 0.5
"""Passing nearer than this counts as meeting."""
_SLOWEST_MPS = 2.0
_LENGTH, _S0, _TURN = 4, 5, 9


class Conflict(NamedTuple):
    """What a vehicle meets on its path.

    Attributes:
        meets: (B, A), both would be at one place at one time.
        way_m: (B, A), how far the vehicle is from the strip that the other sweeps, or, inside of it, from meeting it;
            inf where it does not get there.
    """

    meets: BoolArray
    way_m: F64Array


def bend_near(packed: Array, station_m: F64Array) -> BoolArray:
    """Whether paths (..., S, COLUMNS) bend between stations (...) and 40 m further."""
    s = station_m[..., None]
    start, end = packed[..., _S0], packed[..., _S0] + packed[..., _LENGTH]
    return np.asarray(((packed[..., _TURN] != 0.0) & (start < s + _AHEAD_M) & (end > s)).any(-1))


def conflict(m: Motion, cast: Cast, slot: int, station_m: F64Array, pace_mps: F64Array) -> Conflict:
    """What one vehicle meets in each variant.

    Args:
        m: the motion; the vehicle's path is the one that it follows.
        cast: sizes.
        slot: the vehicle.
        station_m: of its rear axle on the path, (B,).
        pace_mps: speed that it is taken to have, (B,).
    """
    batch = cast.batch
    step = _STEP_M * np.arange(_PLACES)
    table, index = PathTable(np.ascontiguousarray(m.packed[:, slot : slot + 1])), np.zeros((batch, _PLACES), np.int64)
    left = np.broadcast_to(m.shift_to[:, slot, None], index.shape)
    x, y, yaw = table.at(index, station_m[:, None] + step, left)
    cos, sin = np.cos(yaw), np.sin(yaw)
    axle, size = cast.body.rear_axle_m[:, slot, None], cast.body.size_m
    half_l, half_w = 0.5 * size[:, slot, None, 0] + _CLEAR_M, 0.5 * size[:, slot, None, 1] + 0.5 * _CLEAR_M
    flat = np.zeros((batch, 1, 1))
    own = Boxes(
        (x + axle * cos)[:, None], (y + axle * sin)[:, None], cos[:, None], sin[:, None], half_l[..., None],
        half_w[..., None], flat, flat + 1.0,
    )  # fmt: skip
    time = step / np.maximum(pace_mps, _SLOWEST_MPS)[:, None]
    soon = np.minimum(time, _HORIZON_S)[:, None]
    then = overlap(own, _others(m, cast, m.v[..., None] * soon, np.zeros_like(soon)))
    then &= (time <= _HORIZON_S)[:, None]
    strip = overlap(own, _others(m, cast, (0.5 * _HORIZON_S * m.v)[..., None], (0.5 * _HORIZON_S * m.v)[..., None]))
    meets: BoolArray = np.asarray(then.any(-1))
    first = np.where(strip.any(-1), step[np.argmax(strip, -1)], np.inf)
    met = np.where(meets, step[np.argmax(then, -1)], np.inf)
    return Conflict(meets, np.where(first > 0.0, np.minimum(first, met), met))


def _others(m: Motion, cast: Cast, further_m: F64Array, longer_m: F64Array) -> Boxes:
    """Boxes of all actors, moved along their headings and longer by so much at either end, (B, A, J)."""
    cos, sin = m.cos[..., None], m.sin[..., None]
    size, flat = cast.body.size_m, np.zeros((*m.x.shape, 1))
    return Boxes(
        m.x[..., None] + further_m * cos, m.y[..., None] + further_m * sin, cos, sin,
        0.5 * size[..., 0, None] + longer_m, 0.5 * size[..., 1, None], flat, flat + 1.0,
    )  # fmt: skip
