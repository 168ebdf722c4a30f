"""People who walk among others: what they see of the crowd, and how they find back to their way."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.crowds import Crowd, Obstacle, strive
from simengine.physics.motion import Motion

__all__ = ["among_others"]

_DIR_X, _DIR_Y, _GOAL, _DONE = 19, 20, 21, 22  # rows of Motion.data
_NEAR_M = 0.5
"""So near to a point, the line through it square to their way is as good."""


def among_others(
    m: Motion, cast: Cast, slots: tuple[I64Array, I64Array], free: BoolArray, data: F64Array,
    going: tuple[BoolArray, F64Array], way: tuple[F64Array, F64Array, F64Array],
) -> tuple[F64Array, F64Array, F64Array]:  # fmt: skip
    """Where people strive to: their way, and aside where others, or vehicles, are near.

    Args:
        m: the motion.
        cast: who takes part.
        slots: of people and of vehicles.
        free: who is moved by rigid bodies, (B, A): nobody keeps clear of them.
        data: columns of the people of ``Motion.data``; the ways of who has strayed from theirs change in it.
        going: who walks and minds others, and how far their goal is, (B, P) each.
        way: direction x and y, and pace, (B, P) each.

    Returns:
        The same as ``way``.
    """
    people, vehicles = slots
    minds, left_m = going
    x, y, cos, sin, v = data[0], data[1], data[3], data[4], data[5]
    there = cast.body.valid.take(people, 1) & ~free.take(people, 1)
    half = 0.5 * cast.body.size_m
    length, width = half[..., 0], half[..., 1]
    boxes = tuple(
        Obstacle(
            m.x[:, k, None], m.y[:, k, None], m.cos[:, k, None], m.sin[:, k, None], length[:, k, None],
            width[:, k, None], cast.body.valid[:, k, None],
        )
        for k in vehicles.tolist()
    )  # fmt: skip
    beside: I64Array | None = None
    if bool((m.beside >= 0).any()):
        column = np.full(m.x.shape[1] + 1, -1, np.int64)  # of the people among the slots; the last one is nobody's
        column[people] = np.arange(people.size)
        beside = column[m.beside.take(people, 1)]
    crowd = Crowd(x, y, v * cos, v * sin, minds, there)
    dir_x, dir_y, pace, pushed = strive(crowd, way, left_m, boxes, beside)
    m.strayed[:, people] |= pushed
    _aim_again(m, people, data, minds & m.strayed.take(people, 1))
    return dir_x, dir_y, pace


def _aim_again(m: Motion, people: I64Array, data: F64Array, strayed: BoolArray) -> None:
    """Who has been pushed off the straight way to a point goes straight to it from where they are, next."""
    dx, dy = (m.aim[k][:, people] - data[k] for k in (0, 1))
    away = np.sqrt(dx * dx + dy * dy)
    again: BoolArray = strayed & (away > _NEAR_M)
    if bool(again.any()):
        ux, uy = dx[again] / away[again], dy[again] / away[again]
        here = data[0][again] * ux + data[1][again] * uy
        data[_DIR_X][again], data[_DIR_Y][again] = ux, uy
        data[_GOAL][again] = data[_DONE][again] = here + away[again]
