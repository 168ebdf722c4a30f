"""People who walk keep clear of each other and of vehicles: the social force model.

D. Helbing and P. Molnar, "Social force model for pedestrian dynamics", Physical Review E 51 (1995): each walker is
pushed by a potential that falls off exponentially with b, the semi-minor axis of an ellipse around the other one that
is drawn out along that one's next step; what is behind counts half. The velocity that somebody strives for is that of
their way and what the forces add to it within the time of relaxation. Who walks with somebody is held beside them by
what M. Moussaid et al. add for groups ("The walking behaviour of pedestrian social groups and its impact on crowd
dynamics", PLoS ONE 5, 2010): nobody likes to turn the head farther than the field of view for the other one, who is
neither to be far off nor too near. Turning and changing pace is left to
:func:`simengine.physics.persons.advance_person`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array

__all__ = ["Crowd", "Obstacle", "companions", "strive"]

RELAXATION_S = 0.5
_PEOPLE_M2PS2, _PEOPLE_M = 2.1, 0.3
"""Height and range of the potential around others (V0 and sigma of the paper) ..."""
_WALLS_M2PS2, _WALLS_M = 10.0, 0.2
"""... and around what is solid (U0 and R)."""
_STEP_S = 2.0
_BEHIND, _COS_VIEW = 0.5, float(np.cos(np.radians(100.0)))
_FASTER = 1.3
"""Nobody goes faster than this times their own pace because they are pushed."""
_FARTHEST_M = 6.0
_PAIRS = 1 << 20
_DESTINATION_M = 0.6
"""What somebody walks to, or into, does not push them away."""


_GAZE_PER_S, _TOGETHER_MPS2, _APART_MPS2 = 4.0, 3.0, 1.0
"""Weights of gaze, attraction and repulsion in groups (beta 1 to 3 of Moussaid et al.)."""
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


class Obstacle(NamedTuple):
    """An upright box of each variant, (B, 1): centre, heading, half extents, and where there is one."""

    x: F64Array
    y: F64Array
    cos: F64Array
    sin: F64Array
    half_length: F64Array
    half_width: F64Array
    there: BoolArray


def _between(dx: F64Array, dy: F64Array, vx: F64Array, vy: F64Array) -> tuple[F64Array, F64Array]:
    """Force on somebody at (dx, dy) from another who moves at (vx, vy)."""
    sx, sy = vx * _STEP_S, vy * _STEP_S
    ex, ey = dx - sx, dy - sy
    here, there = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-6), np.maximum(np.sqrt(ex * ex + ey * ey), 1e-6)
    total = here + there
    b = 0.5 * np.sqrt(np.maximum(total * total - (sx * sx + sy * sy), 1e-4))
    size = (_PEOPLE_M2PS2 / _PEOPLE_M) * np.exp(-b / _PEOPLE_M) * total / (4.0 * b)
    return size * (dx / here + ex / there), size * (dy / here + ey / there)


def _from_box(x: F64Array, y: F64Array, box: Obstacle) -> tuple[F64Array, F64Array, F64Array]:
    """Way from the nearest point of a box, and its length."""
    ox, oy = x - box.x, y - box.y
    along, across = ox * box.cos + oy * box.sin, oy * box.cos - ox * box.sin
    px = along - np.minimum(np.maximum(along, -box.half_length), box.half_length)
    py = across - np.minimum(np.maximum(across, -box.half_width), box.half_width)
    return px * box.cos - py * box.sin, px * box.sin + py * box.cos, np.sqrt(px * px + py * py)


def companions(crowd: Crowd, dir_x: F64Array, dir_y: F64Array, beside: I64Array) -> tuple[F64Array, F64Array]:
    """What holds people beside those whom they walk with, (B, P) each.

    Args:
        crowd: all people.
        dir_x, dir_y: where they are going.
        beside: index of the person whom each walks with, -1 for nobody, (B, P).
    """
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


def strive(
    crowd: Crowd,
    way: tuple[F64Array, F64Array, F64Array],
    left_m: F64Array,
    obstacles: tuple[Obstacle, ...],
    beside: I64Array | None = None,
) -> tuple[F64Array, F64Array, F64Array, BoolArray]:
    """The direction and pace that people strive for.

    Args:
        crowd: all people.
        way: direction x and y and pace of those who go somewhere, (B, P) each.
        left_m: how far their goal is, (B, P).
        obstacles: vehicles.
        beside: whom they walk with, as for :func:`companions`; None: nobody with anybody.

    Returns:
        Direction x and y, pace, and who is pushed by anything at all; all others keep theirs bit by bit.
    """
    dir_x, dir_y, pace = way
    fx, fy = np.zeros_like(dir_x), np.zeros_like(dir_x)
    pushed: BoolArray = np.zeros(dir_x.shape, np.bool_)
    step = max(1, _PAIRS // max(1, crowd.x.size))
    for first in range(0, crowd.x.shape[1], step):  # some of the others at a time, so that memory stays bounded
        others: I64Array = np.arange(first, min(first + step, crowd.x.shape[1]), dtype=np.int64)
        ox, oy, ovx, ovy = (v[:, others].T[..., None] for v in (crowd.x, crowd.y, crowd.vx, crowd.vy))
        dx, dy = crowd.x - ox, crowd.y - oy  # (others, B, P)
        near = crowd.minds & crowd.there[:, others].T[..., None] & (dx * dx + dy * dy < _FARTHEST_M * _FARTHEST_M)
        near[np.arange(others.size), :, others] = False
        if not bool(near.any()):
            continue
        gx, gy = _between(dx, dy, ovx, ovy)
        ahead = -(gx * dir_x + gy * dir_y) >= _COS_VIEW * np.sqrt(gx * gx + gy * gy)
        weight = np.where(near, np.where(ahead, 1.0, _BEHIND), 0.0)
        # one after the other, whatever is in the batch: sums along the first axis are made in its order
        fx, fy = (np.concatenate([f[None], weight * g]).sum(0) for f, g in ((fx, gx), (fy, gy)))
        pushed = pushed | near.any(0)
    goal_x, goal_y = crowd.x + dir_x * left_m, crowd.y + dir_y * left_m
    for box in obstacles:
        px, py, away = _from_box(crowd.x, crowd.y, box)
        near = crowd.minds & box.there & (away < 1.5) & (_from_box(goal_x, goal_y, box)[2] > _DESTINATION_M)
        if bool(near.any()):
            size = np.where(near & (away > 1e-6), (_WALLS_M2PS2 / _WALLS_M) * np.exp(-away / _WALLS_M), 0.0)
            share = size / np.maximum(away, 1e-6)
            fx, fy, pushed = fx + share * px, fy + share * py, pushed | near
    if beside is not None:
        gx, gy = companions(crowd, dir_x, dir_y, beside)
        fx, fy, pushed = fx + gx, fy + gy, pushed | ((gx != 0.0) | (gy != 0.0))
    wx, wy = pace * dir_x + RELAXATION_S * fx, pace * dir_y + RELAXATION_S * fy
    speed = np.sqrt(wx * wx + wy * wy)
    onward = wx * dir_x + wy * dir_y > 0.0
    safe = np.where(speed > 1e-9, speed, 1.0)
    turned = pushed & onward
    return (
        np.where(turned, wx / safe, dir_x), np.where(turned, wy / safe, dir_y),
        np.where(pushed, np.where(onward, np.minimum(speed, _FASTER * pace), 0.0), pace), pushed,
    )  # fmt: skip
