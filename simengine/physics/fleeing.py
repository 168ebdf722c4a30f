"""Who bolts from a danger: a moment of freezing, then flight along a curve.

Animals seldom run straight away: they keep the danger in view, at an angle of their own to the way that leads straight
off it, and follow it with their course as long as it comes nearer (P. Domenici, J. M. Blagburn and J. P. Bacon,
"Animal escapology I", Journal of Experimental Biology 214, 2011). What has once passed, or falls behind, no
longer turns them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.persons import most_turn_radps

__all__ = ["bolt", "fled", "flee"]

_FREEZE_S, _ANGLE_RAD, _DISTANCE_M = 0.8, 0.6, 40.0
_ANIMAL_MPS, _PERSON_MPS = 8.0, 4.0
"""Who bolts runs: so fast at least where nothing says how fast."""
_START, _SIDE, _COURSE = 0, 1, 2  # of Motion.flight
_FAR_M = 1e3


def _value(args: Mapping[str, Argument], name: str, default: float | F64Array, batch: int) -> F64Array:
    given = args.get(name)
    out = np.broadcast_to(np.asarray(np.nan if given is None else given, np.float64), (batch,))
    return np.where(np.isnan(out), default, out)


def _danger(
    m: Motion, actor: int, args: Mapping[str, Argument]
) -> tuple[F64Array, F64Array, F64Array, BoolArray]:  # fmt: skip
    """Unit vector straight off the danger, how far it is, and where it comes nearer."""
    rows: I64Array = np.arange(m.x.shape[0], dtype=np.int64)
    at: I64Array = _value(args, "danger", 0.0, m.x.shape[0]).astype(np.int64)
    dx, dy = m.x[:, actor] - m.x[rows, at], m.y[:, actor] - m.y[rows, at]
    away = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-6)
    ux, uy = dx / away, dy / away
    v = m.v[rows, at] - m.reverse[rows, at]
    own = m.v[:, actor]
    apart = (own * m.cos[:, actor] - v * m.cos[rows, at]) * ux + (own * m.sin[:, actor] - v * m.sin[rows, at]) * uy
    return ux, uy, away, apart < 0.0


def bolt(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Freeze; where it goes then is computed in every tick (:func:`flee`)."""
    ux, uy, _, _ = _danger(m, actor, args)
    left = ux * m.sin[:, actor] - uy * m.cos[:, actor] >= 0.0  # it runs to the side that it faces
    freeze = np.round(_value(args, "freeze", _FREEZE_S, cast.batch) / m.dt_s)
    kinds = [None if e is None else e.kind for e in (entities[actor] for entities in cast.entities)]
    least = np.array([_ANIMAL_MPS if kind == "animal" else _PERSON_MPS for kind in kinds])
    pace = _value(args, "speed", np.maximum(m.own_pace[:, actor], least), cast.batch)
    m.flight[_START, rows, actor] = (m.tick + freeze)[rows]
    m.flight[_SIDE, rows, actor] = np.where(left, 1.0, -1.0)[rows]
    m.flight[_COURSE, rows, actor] = m.yaw[rows, actor]
    m.going[rows, actor] = m.minds[rows, actor] = False
    m.aim[:, rows, actor] = np.nan
    m.side[rows, actor], m.pace[rows, actor] = 0.0, pace[rows]


def flee(m: Motion, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Send somebody who has bolted on, in some rows."""
    runs: BoolArray = rows & (m.tick >= m.flight[_START, :, actor])
    if not bool(runs.any()):
        return
    ux, uy, _, nearer = _danger(m, actor, args)
    angle = m.flight[_SIDE, :, actor] * _value(args, "angle", _ANGLE_RAD, len(rows))
    course = m.flight[_COURSE, :, actor]
    first = m.tick == m.flight[_START, :, actor]
    miss = np.arctan2(uy, ux) + angle - course
    miss = miss - 2.0 * np.pi * np.round(miss * (0.5 / np.pi))
    most = most_turn_radps(m.v[:, actor]) * m.dt_s
    turning = nearer | first | (m.v[:, actor] < 0.5 * m.pace[:, actor])
    course = course + np.where(turning, np.minimum(np.maximum(miss, -most), most), 0.0)
    cos, sin = np.cos(course), np.sin(course)
    here = m.x[:, actor] * cos + m.y[:, actor] * sin
    m.flight[_COURSE, runs, actor], m.going[runs, actor] = course[runs], True
    for target, value in ((m.dir_x, cos), (m.dir_y, sin), (m.goal, here + _FAR_M), (m.done_at, here + _FAR_M)):
        target[runs, actor] = value[runs]


def fled(m: Motion, actor: int, args: Mapping[str, Argument]) -> BoolArray:
    """Where the danger is far enough, and falls behind, (B,)."""
    _, _, away, nearer = _danger(m, actor, args)
    far = away >= _value(args, "distance", _DISTANCE_M, m.x.shape[0])
    return (m.tick > m.flight[_START, :, actor]) & far & ~nearer
