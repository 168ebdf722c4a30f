"""People who are sent somewhere: how they keep to a straight way, go round what stands on it, and walk among others."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.crowds import Crowd, beside_others
from simengine.physics.headings import HORIZON_M, Boxes, Discs, View, choose
from simengine.physics.motion import Motion
from simengine.physics.ways_round import WaysRound, beyond, stands

__all__ = ["Walking"]

_DIR_X, _DIR_Y, _GOAL, _DONE = 19, 20, 21, 22  # rows of Motion.data
_NEAR_M = 0.5
"""So near to a point, the line through it square to their way is as good."""
_DECIDES_S, _EASES_S = 0.2, 0.2
"""So often they look again, and so long it takes until a new way is theirs."""
_STOP_S = 0.5
"""Relaxation time of headings: nobody walks faster than to be where something is met after that."""
_MARGIN_M, _VEHICLE_M = 0.08, 0.45
"""So much farther than they must they keep from others, and their middle from vehicles that stand."""
_LEAST_RAD = 1e-4
"""A way so little aside is none."""
_LINE_M, _LINE_S = 0.5, 0.5
"""Back to a line that they keep to they aim so far ahead, and so much farther at a speed."""


class Walking:
    """Scripted people of a batch: P of them.

    Args:
        cast: who takes part.
        people: their slots.
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, people: I64Array, dt_s: float) -> None:
        self._cast, self._people, self._dt_s = cast, people, dt_s
        self._round = WaysRound(cast, people, dt_s)
        self._vehicles: I64Array = np.array(cast.columns("vehicle"), np.int64)
        shape = (cast.batch, people.size)
        self._aside: F64Array = np.zeros(shape)  # the way that they take, as an angle to that to their goal
        self._eased: F64Array = np.zeros(shape)  # the same, as their body follows
        self._every = max(1, round(_DECIDES_S / dt_s))
        size = cast.body.size_m[:, people]
        radius = 0.5 * np.sqrt(size[..., 0] ** 2 + size[..., 1] ** 2)
        self._apart = radius[:, :, None] + radius[:, None] + _MARGIN_M
        self._apart[:, np.arange(people.size), np.arange(people.size)] = 0.0

    def ways(self, m: Motion, data: F64Array, going: BoolArray, left_m: F64Array) -> tuple[F64Array, ...]:
        """Direction x and y of each, and how far they go, (B, P): to where they are sent, round what stands there, and
        back to their line for who has come off it in a turn.

        Args:
            m: the motion.
            data: columns of the people of ``Motion.data``; ways that began somewhere else change in it.
            going: who goes somewhere, (B, P).
            left_m: how far it is along their way.
        """
        p, x, y = self._people, data[0], data[1]
        sent = going & ~np.isnan(m.aim[0][:, p])
        if not bool(sent.any()):
            return data[_DIR_X], data[_DIR_Y], left_m
        across = m.side[:, p] != 0.0  # to a line, not to a point
        goal: F64Array = np.where(across, data[:2] + data[_DIR_X : _DIR_Y + 1] * left_m, m.aim[:, :, p])
        self._round.look(m, sent, (goal[0], goal[1]))
        turns = sent & ~np.isnan(self._round.via[0])
        if bool(turns.any()):
            dx, dy = (np.where(turns, via - v, 1.0) for via, v in zip(self._round.via, (x, y), strict=True))
            away = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-6)
            m.strayed[:, p] |= turns & ~across
            for line, v in zip(m.line, (x, y), strict=True):
                line[:, p] = np.where(turns & across, v, line[:, p])
            self._aim_again(m, data, sent & m.strayed[:, p])
            rest = np.where(self._round.halts, 0.0, left_m)
            dir_x, dir_y = self._straight(m, data, sent & ~turns)
            return (
                np.where(turns, dx / away, dir_x), np.where(turns, dy / away, dir_y),
                np.where(turns, away + rest, left_m),
            )  # fmt: skip
        self._aim_again(m, data, sent & m.strayed[:, p])
        dir_x, dir_y = self._straight(m, data, sent)
        return dir_x, dir_y, left_m

    def _straight(self, m: Motion, data: F64Array, keeps: BoolArray) -> tuple[F64Array, F64Array]:
        """Direction x and y, (B, P): the way of each, and back to its line for who has come off it in a turn."""
        dir_x: F64Array = data[_DIR_X]
        dir_y: F64Array = data[_DIR_Y]
        p = self._people
        off: F64Array = (data[1] - m.line[1][:, p]) * dir_x - (data[0] - m.line[0][:, p]) * dir_y
        comes: BoolArray = keeps & ~m.strayed[:, p] & (np.abs(off) > 1e-6)
        if not bool(comes.any()):
            return dir_x, dir_y
        ahead = _LINE_M + _LINE_S * data[5]
        size: F64Array = np.sqrt(ahead * ahead + off * off)
        c: F64Array = ahead / size
        s: F64Array = -off / size
        out_x: F64Array = np.where(comes, dir_x * c - dir_y * s, dir_x)
        out_y: F64Array = np.where(comes, dir_y * c + dir_x * s, dir_y)
        return out_x, out_y

    def among_others(
        self, m: Motion, free: BoolArray, data: F64Array, going: tuple[BoolArray, F64Array],
        way: tuple[F64Array, F64Array, F64Array],
    ) -> tuple[F64Array, F64Array, F64Array]:  # fmt: skip
        """Where people strive to: their way, and aside where others, or vehicles that stand, are on it.

        Args:
            m: the motion.
            free: who is moved by rigid bodies, (B, A): nobody keeps clear of them.
            data: columns of the people of ``Motion.data``.
            going: who walks and minds others, and how far their goal is, (B, P) each.
            way: direction x and y, and pace, (B, P) each.

        Returns:
            The same as ``way``.
        """
        people, (minds, left_m) = self._people, going
        x, y, cos, sin, v = (data[k] for k in (0, 1, 3, 4, 5))
        there = self._cast.body.valid.take(people, 1) & ~free.take(people, 1)
        crowd = Crowd(x, y, v * cos, v * sin, minds, there)
        apart, moved = self._apart, np.zeros(minds.shape, np.bool_)
        if bool((m.beside >= 0).any()):
            column = np.full(m.x.shape[1] + 1, -1, np.int64)  # of the people among the slots; the last is nobody's
            column[people] = np.arange(people.size)
            beside = column[m.beside.take(people, 1)]
            way = (*(told := beside_others(crowd, way, beside))[:3],)
            moved = told[3]
            both = beside[:, :, None] == np.arange(people.size)
            apart = np.where(both | both.swapaxes(1, 2), 0.0, apart)  # they see to that themselves
        dir_x, dir_y, pace = way
        view = self._view(m, crowd, apart, (x + dir_x * left_m, y + dir_y * left_m))
        if m.tick % self._every == 0:
            chosen = choose(view, (dir_x, dir_y, left_m), pace, self._aside)
            self._aside = np.where(minds, chosen, 0.0)
        eased = self._eased + (self._aside - self._eased) * (self._dt_s / _EASES_S)
        self._eased = np.where(minds & (np.abs(eased) > _LEAST_RAD), eased, 0.0)
        room = view.free_m(cos, sin, np.maximum(v, 0.5 * pace))
        pushed = minds & ((self._eased != 0.0) | (room < HORIZON_M))
        c, s = np.cos(self._eased), np.sin(self._eased)
        m.strayed[:, people] |= (pushed & (self._eased != 0.0)) | moved
        return (
            np.where(pushed, dir_x * c - dir_y * s, dir_x), np.where(pushed, dir_y * c + dir_x * s, dir_y),
            np.where(pushed, np.minimum(pace, room / _STOP_S), pace),
        )  # fmt: skip

    def _view(self, m: Motion, crowd: Crowd, apart: F64Array, goal: tuple[F64Array, F64Array]) -> View:
        """What they see: all people, and vehicles that stand; but not whom or what they go to."""
        x, y, vx, vy, _, there = crowd
        gx, gy = (g[..., None] - o[:, None] for g, o in zip(goal, (x, y), strict=True))
        meets = there[:, None] & (gx * gx + gy * gy > apart * apart)
        discs = Discs(x, y, vx, vy, np.where(meets, apart, 0.0))
        w, body = self._vehicles, self._cast.body
        at = m.x[:, w], m.y[:, w], m.cos[:, w], m.sin[:, w]
        half = 0.5 * body.size_m[:, None, w]
        here = beyond(x, y, at, half)
        grown = np.minimum(np.maximum(here - 1e-3, 0.0), _VEHICLE_M)
        meets = (here > 0.0) & (beyond(*goal, at, half) > _VEHICLE_M)  # not what they stand in, or go to
        still = stands(m, self._cast, w)
        none = np.zeros(still.shape)
        boxes = Boxes(*at, none, none, half[..., 0] + grown, half[..., 1] + grown, still[:, None] & meets)
        return View(x, y, discs, boxes)

    def _aim_again(self, m: Motion, data: F64Array, strayed: BoolArray) -> None:
        """Who has been pushed off the straight way to a point goes straight to it from where they are, next."""
        dx, dy = (m.aim[k][:, self._people] - data[k] for k in (0, 1))
        away = np.sqrt(dx * dx + dy * dy)
        again: BoolArray = strayed & (away > _NEAR_M)
        if bool(again.any()):
            ux, uy = dx[again] / away[again], dy[again] / away[again]
            here = data[0][again] * ux + data[1][again] * uy
            data[_DIR_X][again], data[_DIR_Y][again] = ux, uy
            data[_GOAL][again] = data[_DONE][again] = here + away[again]
