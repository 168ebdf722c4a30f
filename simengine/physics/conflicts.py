"""Where the way of a vehicle meets those of others, when it or they turn: in a bend, lanes say little about who comes
across.

The vehicle's own boxes are laid along its path, half a metre apart, and compared with where others will be at the same
times, and with the strips that they sweep, all at constant speed: vehicles in a bend of their lane or of a way of their
own along that, all others straight ahead. A = actors, J = places along the path.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array
from simengine.physics.boxes import Boxes, overlap
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.paths import Frame, PathTable, project

__all__ = ["Conflict", "bend_near", "conflict", "in_bends"]

_STEP_M, _PLACES = 0.5, 61
_AHEAD_M = 40.0
_HORIZON_S = 4.0
"""How far others are foreseen."""
_CLEAR_M = 0.5
"""Passing nearer than this counts as meeting."""
_SLOWEST_MPS = 2.0
_SWEEP_S = 0.25
"""The strip that somebody sweeps in a bend is made of straight pieces of this duration."""
_ON_WAY, _BESIDE_M = 0.9, 1.0
"""A vehicle goes along its path where the cosine of its heading against it is larger, and it is no farther beside."""
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


def in_bends(m: Motion, cast: Cast) -> BoolArray:
    """Vehicles that move along a lane or a way of their own (a turn, a drawn line) that bends near ahead, (B, A)."""
    moving: BoolArray = m.is_vehicle & (m.v > 0.0) & (m.reverse == 0.0)
    out = np.zeros_like(moving)
    slots: list[int] = np.flatnonzero(moving.any(0)).tolist()
    for slot in slots:
        rear = _rear(m, cast, slot)
        aligned = m.cos[:, slot] * rear.ux + m.sin[:, slot] * rear.uy > _ON_WAY
        near = bend_near(m.packed[:, slot], rear.station_m) & (np.abs(rear.left_m) < _BESIDE_M)
        out[:, slot] = moving[:, slot] & aligned & near
    return out


def conflict(
    m: Motion, cast: Cast, slot: int, station_m: F64Array, pace_mps: F64Array, bending: BoolArray
) -> Conflict:  # fmt: skip
    """What one vehicle meets in each variant.

    Args:
        m: the motion; the vehicle's path is the one that it follows.
        cast: sizes.
        slot: the vehicle.
        station_m: of its rear axle on the path, (B,).
        pace_mps: speed that it is taken to have, (B,).
        bending: who is foreseen along the path that it follows, (B, A); see :func:`in_bends`.
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
    seen: list[int] = np.flatnonzero(bending.any(0)).tolist()
    for other in seen:
        if other != slot:
            mine, rows = Boxes(*(v[:, 0] for v in own)), bending[:, other, None]
            now, swept = _along_its_way(m, cast, other, soon[:, 0])
            then[:, other] = np.where(rows, overlap(mine, now) & (time <= _HORIZON_S), then[:, other])
            piece = overlap(Boxes(*(v[..., None] for v in mine)), Boxes(*(v[:, None] for v in swept)))
            strip[:, other] = np.where(rows, piece.any(-1), strip[:, other])
    meets: BoolArray = np.asarray(then.any(-1))
    first = np.where(strip.any(-1), step[np.argmax(strip, -1)], np.inf)
    met = np.where(meets, step[np.argmax(then, -1)], np.inf)
    return Conflict(meets, np.where(first > 0.0, np.minimum(first, met), met))


def _rear(m: Motion, cast: Cast, slot: int) -> Frame:
    """Where a vehicle's rear axle, which follows the path, is on it, (B,)."""
    axle = cast.body.rear_axle_m[:, slot]
    x, y = m.x[:, slot] - axle * m.cos[:, slot], m.y[:, slot] - axle * m.sin[:, slot]
    return project(np.ascontiguousarray(m.packed[:, slot]), x, y)


def _along_its_way(m: Motion, cast: Cast, slot: int, soon_s: F64Array) -> tuple[Boxes, Boxes]:
    """Boxes of a vehicle at times to come (B, J) along its path, and pieces of the strip that it sweeps, (B, T)."""
    rear = _rear(m, cast, slot)
    middles = np.broadcast_to(
        np.arange(0.5 * _SWEEP_S, _HORIZON_S, _SWEEP_S), (cast.batch, round(_HORIZON_S / _SWEEP_S))
    )
    table = PathTable(np.ascontiguousarray(m.packed[:, slot : slot + 1]))
    axle, size, v = cast.body.rear_axle_m[:, slot, None], cast.body.size_m[:, slot], m.v[:, slot, None]
    out: list[Boxes] = []
    for time, longer in ((soon_s, 0.0), (middles, 0.5 * _SWEEP_S * v)):
        index, left = np.zeros(time.shape, np.int64), np.broadcast_to(rear.left_m[:, None], time.shape)
        x, y, yaw = table.at(index, rear.station_m[:, None] + v * time, left)
        cos, sin, flat = np.cos(yaw), np.sin(yaw), np.zeros(time.shape)
        half_l = np.broadcast_to(0.5 * size[:, :1] + longer, time.shape)
        half_w = np.broadcast_to(0.5 * size[:, 1:2], time.shape)
        out.append(Boxes(x + axle * cos, y + axle * sin, cos, sin, half_l, half_w, flat, flat + 1.0))
    return out[0], out[1]


def _others(m: Motion, cast: Cast, further_m: F64Array, longer_m: F64Array) -> Boxes:
    """Boxes of all actors, moved along their headings and longer by so much at either end, (B, A, J)."""
    cos, sin = m.cos[..., None], m.sin[..., None]
    size, flat = cast.body.size_m, np.zeros((*m.x.shape, 1))
    return Boxes(
        m.x[..., None] + further_m * cos, m.y[..., None] + further_m * sin, cos, sin,
        0.5 * size[..., 0, None] + longer_m, 0.5 * size[..., 1, None], flat, flat + 1.0,
    )  # fmt: skip
