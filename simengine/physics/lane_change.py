"""Lateral profiles of a lane change: offset from the target lane's centre over time.

The lateral speed of an action is the largest one of its profile, as ASAM OpenSCENARIO XML defines the dynamics
dimension "rate" as the rate of the lateral position, which is constant for a linear change: over a distance D at a
lateral speed w that takes D / w, a sinusoidal change pi D / (2 w), a cubic one 3 D / (2 w).

No vehicle can follow a corner, so the linear profile takes up and gives up its speed along a raised cosine, each
during an *ease* e that lies half inside and half beside the straight line: it takes D / w + e. And no vehicle can turn
its wheels at once, so a change that is too quick for the steering takes longer, at a smaller lateral speed.

Who moves to the side already (on a ramp that runs towards the lane, in a change that another one replaces) goes on from
that speed: to the profile comes a cubic one that starts with it and ends at rest where it began.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.motion import Motion

__all__ = ["SHAPES", "LaneChange", "carried", "plan", "profile"]

SHAPES = ("sinusoidal", "linear", "cubic")
"""Codes 0, 1, 2: the order of the words in the vocabulary."""
_STRETCH = np.array([np.pi / 2.0, 1.0, 1.5])
_BEND = np.array([0.5 * np.pi * np.pi, 0.0, 6.0])
"""Largest second derivative of the profiles of unit distance and duration."""
EASE_MPS2 = 2.5
"""Mean lateral acceleration in the ease of a linear change ..."""
EASE_S = 0.5
"""... which lasts at least this long."""
_SHIFT, _EASE, _PACE = slice(14, 19), 25, 27  # rows of Motion.data
_STEERING_SHARE = 0.8
_ONSET = 0.12
"""Share of a change that turning the wheels to its first curvature may take."""


class LaneChange(NamedTuple):
    """Duration of a change, and of each ease (linear changes only), in seconds."""

    duration_s: F64Array
    ease_s: F64Array

    def taking_up(self, pace_mps: F64Array) -> LaneChange:
        """As long as it takes at least to lose a lateral speed at ``EASE_MPS2``: the cubic's second derivative is at
        most four times the speed over the duration."""
        return LaneChange(np.maximum(self.duration_s, 4.0 * np.abs(pace_mps) / EASE_MPS2), self.ease_s)


def plan(
    distance_m: F64Array, lateral_speed_mps: F64Array, shape: F64Array, v_mps: F64Array, wheelbase_m: F64Array,
    steer_rate_radps: F64Array, lateral_mps2: F64Array,
) -> LaneChange:  # fmt: skip
    """Time that lane changes take (at least 1 ms), arrays of one shape.

    The lateral acceleration a needs the steering angle wheelbase a / v^2. The ease of a linear change is long enough
    for the wheels to get there (the slope of a raised cosine's acceleration is pi^2 w / e^2 at its start), the others
    have to have turned them after ``_ONSET`` of their time. Nor does any ask for more than the tyres give.
    """
    code = shape.astype(np.int64)
    way, wanted = np.abs(distance_m), np.maximum(np.abs(lateral_speed_mps), 1e-3)
    pace = np.maximum(v_mps, 2.0)
    slow = wheelbase_m / (pace * pace * np.maximum(steer_rate_radps, 1e-3))
    straight = way / wanted
    turn = (0.5 * np.pi * np.pi / _STEERING_SHARE) * slow
    mean = np.minimum(EASE_MPS2, 0.5 * lateral_mps2)  # half of the largest one
    ease = np.maximum(np.maximum(wanted / mean, EASE_S), np.sqrt(turn * wanted))
    whole = np.maximum(np.sqrt(way / mean), np.cbrt(turn * way))  # nothing but the two eases
    ease = np.where(ease > straight, whole, ease)
    linear = np.maximum(straight, ease) + ease
    curved = np.maximum(_STRETCH[code] * straight, np.cbrt(_BEND[code] * way * slow / _ONSET))
    curved = np.maximum(curved, np.sqrt(_BEND[code] * way / lateral_mps2))
    return LaneChange(np.maximum(np.where(code == 1, linear, curved), 1e-3), np.where(code == 1, ease, 0.0))


def profile(
    start_m: F64Array, end_m: F64Array, change: LaneChange, shape: F64Array, t_s: F64Array
) -> tuple[F64Array, F64Array, F64Array]:
    """Offset and its first and second time derivatives at time t since the start; at rest before and after."""
    way = end_m - start_m
    value = start_m + np.where(t_s < change.duration_s, 0.0, way)
    slope, bend = np.zeros_like(value), np.zeros_like(value)
    running = np.nonzero((t_s > 0.0) & (t_s < change.duration_s))
    if running[0].size:  # few at a time: the sines of all the others would cost more than anything else here
        duration, far = change.duration_s[running], way[running]
        part = _part(t_s[running] / duration, shape[running], change.ease_s[running] / duration)
        rate = far / duration
        value[running], slope[running] = start_m[running] + far * part[0], rate * part[1]
        bend[running] = rate * part[2] / duration
    return value, slope, bend


def _part(u: F64Array, shape: F64Array, ease: F64Array) -> tuple[F64Array, F64Array, F64Array]:
    """Profiles of unit distance and duration at u in 0..1, and both derivatives."""
    angle = np.pi * u
    sin, cos = np.sin(angle), np.cos(angle)
    wave, cubic = shape == 0.0, shape == 2.0
    linear = bool((shape == 1.0).any())
    line, line_slope, line_bend = _eased(u, ease) if linear else (u, u, u)  # which nobody reads
    value = np.where(wave, 0.5 - 0.5 * cos, np.where(cubic, u * u * (3.0 - 2.0 * u), line))
    slope = np.where(wave, (0.5 * np.pi) * sin, np.where(cubic, 6.0 * u * (1.0 - u), line_slope))
    bend = np.where(wave, (0.5 * np.pi * np.pi) * cos, np.where(cubic, 6.0 - 12.0 * u, line_bend))
    return value, slope, bend


def carried(pace_mps: F64Array, duration_s: F64Array, t_s: F64Array) -> tuple[F64Array, F64Array, F64Array]:
    """What a lateral speed at the start adds to a profile: straight on before it, the Hermite polynomial
    u - 2 u^2 + u^3 of the duration during it, nothing after it; with both derivatives."""
    u = np.minimum(t_s / duration_s, 1.0)
    before, rest = u < 0.0, 1.0 - u
    value = np.where(before, u, u * rest * rest)
    slope = np.where(before, 1.0, rest * (1.0 - 3.0 * u))
    bend = np.where(before | (u >= 1.0), 0.0, 6.0 * u - 4.0)
    return pace_mps * duration_s * value, pace_mps * slope, pace_mps * bend / duration_s


def _eased(u: F64Array, share: F64Array) -> tuple[F64Array, F64Array, F64Array]:
    """The linear profile of unit distance and duration, each ease a share of it; 0.5 at u = 0.5 by symmetry."""
    late = u > 0.5
    w = np.where(late, 1.0 - u, u)
    e = np.maximum(share, 1e-9)
    top = 1.0 / (1.0 - np.minimum(share, 0.5))
    p = np.minimum(w / e, 1.0)
    angle = np.pi * p
    value = top * (e * (0.5 * p - np.sin(angle) / (2.0 * np.pi)) + np.maximum(w - e, 0.0))
    slope = top * (0.5 - 0.5 * np.cos(angle))
    bend = np.where(w < e, top * (0.5 * np.pi) * np.sin(angle) / e, 0.0)
    return np.where(late, 1.0 - value, value), slope, np.where(late, -bend, bend)


def lateral_goal(
    m: Motion, data: F64Array, rear_axle_m: F64Array, v: F64Array, lead_s: F64Array | None
) -> tuple[F64Array, F64Array, F64Array]:
    """Wanted offset of the rear axles of vehicles with its two time derivatives, (B, V).

    A rear axle passes where the origin was axle / v ago, so the profile is read that much later, but earlier by what
    the driver looks ahead.

    Args:
        m: the motion.
        data: its rows of the vehicles, (fields, B, V).
        rear_axle_m: how far behind the origin the rear axles are.
        v: speed.
        lead_s: how far ahead in time they steer; None: not at all.
    """
    start, end, duration, shape, tick = data[_SHIFT]
    if m.tick > m.shifting_until:  # the formula below gives the same bits
        zero = np.zeros_like(v)
        return end, zero, zero
    since = (m.tick - tick) * m.dt_s - rear_axle_m / np.maximum(v, 1.0)
    since = since if lead_s is None else since + lead_s
    out = profile(start, end, LaneChange(duration, data[_EASE]), shape, since)
    pace = data[_PACE]
    if not bool(pace.any()):
        return out
    more = carried(pace, duration, since)
    return out[0] + more[0], out[1] + more[1], out[2] + more[2]
