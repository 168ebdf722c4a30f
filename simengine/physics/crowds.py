"""Who walks with somebody is held beside them: the group term of social forces.

M. Moussaid et al., "The walking behaviour of pedestrian social groups and its impact on crowd dynamics" (PLoS ONE 5,
2010): nobody likes to turn the head farther than the field of view for the other one, who is neither to be far off nor
too near. Everybody else is evaded as :mod:`simengine.physics.headings` says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array

__all__ = ["Crowd", "beside_others"]

_RELAXATION_S = 0.5
_FASTER = 1.3
"""Nobody goes faster than this times their own pace to catch up."""
_GAZE_PER_S, _TOGETHER_MPS2, _APART_MPS2 = 4.0, 3.0, 1.0
"""Weights of gaze, attraction and repulsion in groups (beta 1 to 3 of the paper)."""
_VIEW_RAD, _MIDDLE_M, _NEAR_M = 0.5 * np.pi, 0.5, 0.8
"""How far to the side people see, how far from the middle of two they may be, and how near to each other."""
_SOFT_M = 0.25
"""Over so much these forces grow: steps would make people tremble."""


class Crowd(NamedTuple):
    """People of a batch, (B, P) each.

    Attributes:
        x, y, vx, vy: where they are and how they move.
        minds: they walk where they will, and keep clear of others.
        there: they exist, and others keep clear of them.
    """

    x: F64Array
    y: F64Array
    vx: F64Array
    vy: F64Array
    minds: BoolArray
    there: BoolArray


def _companions(crowd: Crowd, dir_x: F64Array, dir_y: F64Array, beside: I64Array) -> tuple[F64Array, F64Array]:
    """What holds people beside those whom they walk with, (B, P) each."""
    k = np.maximum(beside, 0)
    dx, dy = (np.take_along_axis(v, k, 1) - v for v in (crowd.x, crowd.y))
    away = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-6)
    ahead = np.minimum(np.maximum((dx * dir_x + dy * dir_y) / away, -1.0), 1.0)
    turn = np.maximum(np.arccos(ahead) - _VIEW_RAD, 0.0)  # beyond what the eyes reach
    near = _APART_MPS2 * np.minimum(np.maximum((_NEAR_M - away) / _SOFT_M, 0.0), 1.0)
    pull = _TOGETHER_MPS2 * np.minimum(np.maximum((0.5 * away - _MIDDLE_M) / _SOFT_M, 0.0), 1.0) - near
    with_one = (beside >= 0) & crowd.minds & np.take_along_axis(crowd.there, k, 1)
    slow = _GAZE_PER_S * turn
    fx, fy = pull * dx / away - slow * crowd.vx, pull * dy / away - slow * crowd.vy
    return np.where(with_one, fx, 0.0), np.where(with_one, fy, 0.0)


def beside_others(
    crowd: Crowd, way: tuple[F64Array, F64Array, F64Array], beside: I64Array
) -> tuple[F64Array, F64Array, F64Array, BoolArray]:
    """The direction and pace that people strive for who keep beside others.

    Args:
        crowd: all people.
        way: direction x and y and pace of those who go somewhere, (B, P) each.
        beside: index of the person whom each walks with, -1 for nobody, (B, P).

    Returns:
        Direction x and y, pace, and whom the other one moves at all; everybody else keeps theirs bit by bit.
    """
    dir_x, dir_y, pace = way
    fx, fy = _companions(crowd, dir_x, dir_y, beside)
    moved: BoolArray = (fx != 0.0) | (fy != 0.0)
    wx, wy = pace * dir_x + _RELAXATION_S * fx, pace * dir_y + _RELAXATION_S * fy
    speed = np.sqrt(wx * wx + wy * wy)
    onward = wx * dir_x + wy * dir_y > 0.0
    safe = np.where(speed > 1e-9, speed, 1.0)
    turned = moved & onward
    return (
        np.where(turned, wx / safe, dir_x), np.where(turned, wy / safe, dir_y),
        np.where(moved, np.where(onward, np.minimum(speed, _FASTER * pace), 0.0), pace), moved,
    )  # fmt: skip
