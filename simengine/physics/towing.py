"""Trailers: each hangs on what tows it by a point, and its wheels roll without slipping sideways.

While the coupling moves on along a straight line, the trailer's axle follows the tractrix, the curve of pursuit at a
fixed distance: with phi the angle from the way of the coupling to the trailer's heading and L the distance from the
coupling to the axle, phi' = -v sin(phi) / L, so tan(phi / 2) shrinks by exp(-s / L) over a way of s (a closed form that
Euler knew). Each tick is one such step: exact on straight ways, second order in the tick along bends, and it never
blows up. Pushed backwards phi is near pi, where the same law drives it away: a trailer that is backed up folds, as it
should.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion

__all__ = ["FOLDED_RAD", "Towing", "follow"]

FOLDED_RAD = 1.65
"""How far a trailer can turn against what tows it (95 degrees): then it leans on the cab, and its wheels slide."""
_JUMP_M = 5.0
"""Who moves farther in a tick has been put somewhere else: the trailer stands straight behind."""


def follow(angle_rad: F64Array, way_m: F64Array, length_m: F64Array) -> F64Array:
    """Angle from a straight way of the coupling to the trailer's heading, after the coupling has moved along it.

    Args:
        angle_rad: before, in [-pi, pi].
        way_m: how far it moves.
        length_m: from the coupling to the axle.
    """
    half = 0.5 * angle_rad
    return 2.0 * np.arctan2(np.sin(half) * np.exp(-way_m / length_m), np.cos(half))


def _wrapped(angle: F64Array) -> F64Array:
    return angle - 2.0 * np.pi * np.round(angle * (0.5 / np.pi))


class Towing:
    """The trailers of a batch.

    Args:
        cast: who takes part; it has hitches.
        m: the motion; trailers are put where their coupling is, with the headings that they have.
        dt_s: length of a tick.

    Attributes:
        by: slot of what tows each, -1 for none, (B, A).
    """

    def __init__(self, cast: Cast, m: Motion, dt_s: float) -> None:
        assert cast.hitches is not None
        self._names = cast.names
        self._hitches, self._body, self._dt_s = cast.hitches, cast.body, dt_s
        self.by: I64Array = np.where(cast.body.valid, cast.hitches.by, -1)
        self._slots: list[int] = np.flatnonzero((self.by >= 0).any(0)).tolist()
        self._rows = np.arange(cast.batch)
        self._at = {k: self._coupling(m, k) for k in self._slots}
        self._rolled = {k: (m.wheel[:, k].copy(), m.travelled[:, k].copy()) for k in self._slots}
        for k in self._slots:
            pace = m.v[self._rows, np.maximum(self.by[:, k], 0)]
            self._put(m, k, m.yaw[:, k].copy(), pace, np.zeros_like(pace), self.by[:, k] >= 0)

    def require_free(self, action: str, actor: int, rows: BoolArray) -> None:
        """Refuse actions of trailers: where one goes is asked of what tows it.

        Raises:
            UsageError: the action moves a trailer in one of these rows, (B,).
        """
        by = self.by[rows, actor]
        if action != "lights" and bool((by >= 0).any()):
            own, tower = self._names[actor], self._names[int(by[by >= 0][0])]
            raise UsageError(
                f"'{own}' is towed by '{tower}' and goes where that goes: '{action}' is asked of '{tower}'"
            )

    def _coupling(self, m: Motion, k: int) -> tuple[F64Array, F64Array]:
        rows, at = self._rows, np.maximum(self.by[:, k], 0)
        ahead = self._hitches.coupling_m[:, k]
        return m.x[rows, at] + ahead * m.cos[rows, at], m.y[rows, at] + ahead * m.sin[rows, at]

    def advance(self, m: Motion, before_rad: F64Array, where: BoolArray) -> None:
        """After what tows has moved by a tick: draw the trailers along.

        Args:
            m: the motion.
            before_rad: headings before this tick, (B, A).
            where: of whom the trailers are meant, (B, A).
        """
        for k in self._slots:
            tower = np.maximum(self.by[:, k], 0)
            mine = (self.by[:, k] >= 0) & where[self._rows, tower]
            if not bool(mine.any()):
                continue
            x, y = self._coupling(m, k)
            dx, dy = x - self._at[k][0], y - self._at[k][1]
            way = np.sqrt(dx * dx + dy * dy)
            course, before, ahead = np.arctan2(dy, dx), before_rad[:, k], m.yaw[self._rows, tower]
            length = self._hitches.kingpin_m[:, k] + self._body.rear_axle_m[:, k]
            drawn = course + follow(_wrapped(before - course), way, length)
            fold = np.minimum(np.maximum(_wrapped(drawn - ahead), -FOLDED_RAD), FOLDED_RAD)
            turn = np.where(way > 0.0, _wrapped(ahead + fold - before), 0.0)
            jumped = way > _JUMP_M
            yaw = np.where(jumped, ahead, before + turn)
            middle = before + 0.5 * turn
            pace = (dx * np.cos(middle) + dy * np.sin(middle)) / self._dt_s
            pace = np.where(jumped, m.v[self._rows, tower], pace)
            self._at[k] = np.where(mine, x, self._at[k][0]), np.where(mine, y, self._at[k][1])
            self._put(m, k, yaw, pace, np.where(jumped, 0.0, turn), mine)

    def _put(self, m: Motion, k: int, yaw: F64Array, pace: F64Array, turn: F64Array, mine: BoolArray) -> None:
        """Write where a trailer is.

        Args:
            m: the motion.
            k: its slot.
            yaw: its heading.
            pace: speed of its axle, negative backwards.
            turn: of the heading in this tick.
            mine: where, (B,).
        """
        (x, y), pin, way = self._at[k], self._hitches.kingpin_m[:, k], pace * self._dt_s
        cos, sin = np.cos(yaw), np.sin(yaw)
        wheel, travelled = self._rolled[k]
        wheel = wheel + np.where(mine, way / self._body.wheel_radius_m[:, k], 0.0)
        travelled = travelled + np.where(mine, np.abs(way), 0.0)
        self._rolled[k] = wheel, travelled
        tower = np.maximum(self.by[:, k], 0)
        for target, value in (
            (m.x, x - pin * cos), (m.y, y - pin * sin), (m.yaw, yaw), (m.cos, cos), (m.sin, sin),
            (m.yaw_rate, turn / self._dt_s), (m.v, np.maximum(pace, 0.0)), (m.reverse, np.maximum(-pace, 0.0)),
            (m.a, m.a[self._rows, tower]), (m.wheel, wheel), (m.travelled, travelled),
        ):  # fmt: skip
            target[:, k] = np.where(mine, value, target[:, k])
