"""What stands on or lies in something that moves goes along with it, rigidly, until an action takes it off."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion

__all__ = ["Carrying"]

_GRAVITY_MPS2 = 9.81


class Carrying:
    """Who carries whom in a batch: B variants, A slots.

    A carried thing keeps its pose in its carrier's frame. Somebody who is taken off walks on at the height of what they
    stood on; beyond its edge they fall to the ground.

    Args:
        cast: who takes part.
        m: the motion; what is carried is put where its carrier has it.
        rests_on: slot of what each slot stands on or lies in, -1 for none, (B, A).
        moves: which slots can ever move, (A,); what never does carries nothing.
    """

    def __init__(self, cast: Cast, m: Motion, rests_on: I64Array, moves: BoolArray) -> None:
        self._cast, self._rows = cast, np.arange(cast.batch)
        rests_on = np.where(cast.body.valid, rests_on, -1)
        m.carrier = np.where(moves[np.maximum(rests_on, 0)], rests_on, -1)
        self._order = _outwards(m.carrier)
        self._vx, self._vy = np.zeros_like(m.x), np.zeros_like(m.x)
        self._off = np.where(m.carrier >= 0, -1, rests_on)  # what they are on and free to leave
        self._drop: F64Array = np.zeros_like(m.x)  # speed of the fall
        x, y, z, yaw = self._of_carriers(m)
        dx, dy, c, s = m.x - x, m.y - y, np.cos(yaw), np.sin(yaw)
        self._dx, self._dy, self._dz, self._turn = dx * c + dy * s, dy * c - dx * s, m.z - z, m.yaw - yaw
        m.some_carried = bool(self._order)
        self.advance(m, 0.0)

    def _of_carriers(self, m: Motion) -> tuple[F64Array, F64Array, F64Array, F64Array]:
        at = np.maximum(m.carrier, 0)
        x, y, z, yaw = (np.take_along_axis(v, at, 1) for v in (m.x, m.y, m.z, m.yaw))
        return x, y, z, yaw

    def advance(self, m: Motion, dt_s: float) -> None:
        """Put everything where its carrier has it now."""
        rows = self._rows
        for k in self._order:
            on = m.carrier[:, k] >= 0
            at = np.maximum(m.carrier[:, k], 0)
            cos, sin, turn = m.cos[rows, at], m.sin[rows, at], m.yaw_rate[rows, at]
            dx = cos * self._dx[:, k] - sin * self._dy[:, k]
            dy = sin * self._dx[:, k] + cos * self._dy[:, k]
            vx, vy = self._velocity(m, at)
            yaw = m.yaw[rows, at] + self._turn[:, k]
            self._vx[:, k] = np.where(on, vx - turn * dy, 0.0)
            self._vy[:, k] = np.where(on, vy + turn * dx, 0.0)
            m.x[:, k] = np.where(on, m.x[rows, at] + dx, m.x[:, k])
            m.y[:, k] = np.where(on, m.y[rows, at] + dy, m.y[:, k])
            m.z[:, k] = np.where(on, m.z[rows, at] + self._dz[:, k], m.z[:, k])
            m.yaw[:, k] = np.where(on, yaw, m.yaw[:, k])
            m.cos[:, k], m.sin[:, k] = (
                np.where(on, np.cos(yaw), m.cos[:, k]), np.where(on, np.sin(yaw), m.sin[:, k]),
            )  # fmt: skip
            m.yaw_rate[:, k] = np.where(on, turn, m.yaw_rate[:, k])
            way = np.sqrt(self._vx[:, k] * self._vx[:, k] + self._vy[:, k] * self._vy[:, k]) * dt_s
            m.travelled[:, k] += np.where(on, way, 0.0)

    def _velocity(self, m: Motion, at: I64Array) -> tuple[F64Array, F64Array]:
        """Velocity of the origins of slots (B,)."""
        rows = self._rows
        carried: BoolArray = m.carrier[rows, at] >= 0
        axle: F64Array = np.where(m.is_vehicle[at], self._cast.body.rear_axle_m[rows, at], 0.0)
        v: F64Array = m.v[rows, at]
        cos: F64Array = m.cos[rows, at]
        sin: F64Array = m.sin[rows, at]
        sway: F64Array = m.yaw_rate[rows, at] * axle
        vx: F64Array = np.where(carried, self._vx[rows, at], v * cos - sway * sin)
        vy: F64Array = np.where(carried, self._vy[rows, at], v * sin + sway * cos)
        return vx, vy

    def velocity(self, m: Motion, vx: F64Array, vy: F64Array) -> tuple[F64Array, F64Array]:
        """Velocities of all, (B, A), given what their own motion makes them."""
        carried = m.carrier >= 0
        return np.where(carried, self._vx, vx), np.where(carried, self._vy, vy)

    def release(self, m: Motion, actor: int, rows: BoolArray) -> BoolArray:
        """Take an actor off what carries it in some rows; returns those in which something did, (B,)."""
        off = rows & (m.carrier[:, actor] >= 0)
        self._off[off, actor] = m.carrier[off, actor]
        m.carrier[off, actor], self._vx[off, actor], self._vy[off, actor] = -1, 0.0, 0.0
        m.yaw_rate[off, actor] = self._drop[off, actor] = 0.0
        return off

    def forget(self, actor: int, rows: BoolArray) -> None:
        """An actor has been put on the ground in some rows."""
        self._off[rows, actor] = -1

    def fall(self, m: Motion, slots: I64Array, ground_m: F64Array, dt_s: float) -> BoolArray:
        """Let fall what is beyond the edge of what it was taken off.

        Args:
            m: the motion.
            slots: of those that can walk, (P,).
            ground_m: height of the ground where they are, (B, P).
            dt_s: length of the tick.

        Returns:
            Who fell, (B, P).
        """
        off = self._off[:, slots]
        if not bool((off >= 0).any()):
            return np.zeros(off.shape, np.bool_)
        at = np.maximum(off, 0)
        x, y, cos, sin = (np.take_along_axis(v, at, 1) for v in (m.x, m.y, m.cos, m.sin))
        half = 0.5 * np.take_along_axis(self._cast.body.size_m, at[..., None], 1)
        dx, dy = m.x[:, slots] - x, m.y[:, slots] - y
        beyond = (np.abs(dx * cos + dy * sin) > half[..., 0]) | (np.abs(dy * cos - dx * sin) > half[..., 1])
        falls = (off >= 0) & (beyond | (self._drop[:, slots] > 0.0))
        drop = np.where(falls, self._drop[:, slots] + _GRAVITY_MPS2 * dt_s, 0.0)
        z = np.where(falls, np.maximum(m.z[:, slots] - drop * dt_s, ground_m), m.z[:, slots])
        landed = falls & (z <= ground_m)
        m.z[:, slots] = z
        self._drop[:, slots] = np.where(landed, 0.0, drop)
        self._off[:, slots] = np.where(landed, -1, off)
        return falls


def _outwards(carrier: I64Array) -> list[int]:
    """Slots that are carried in some variant, carriers before what they carry."""
    depth, at = np.zeros(carrier.shape, np.int64), carrier
    for _ in range(carrier.shape[1]):
        if not bool((at >= 0).any()):
            break
        depth += at >= 0
        at = np.where(at >= 0, np.take_along_axis(carrier, np.maximum(at, 0), 1), -1)
    deepest = depth.max(0, initial=0)
    return [k for k in np.argsort(deepest, kind="stable").tolist() if deepest[k] > 0]
