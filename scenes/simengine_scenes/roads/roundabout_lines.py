"""Lines of a roundabout: ways in, round and out as arcs, and the kerbs.

All are made once, in the coordinates of an arm that runs from the middle along +x, and turned for the others.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.geometry.arcs import arc_ends, arcs_through, reversed_arcs
from simengine.world.lanes import Curve
from simengine_scenes.roads.line import Element, ReferenceLine
from simengine_scenes.roads.roundabout_plan import RoundaboutPlan

__all__ = [
    "LOWERING_M", "Way", "around", "curve_of", "kerb_in", "kerb_out", "longer", "sampled", "turned", "way_in",
    "way_out",
]  # fmt: skip

_CHORD_M = 0.002
_EASE_RAD = math.radians(6.0)
"""What a way bends through on its way into its arc."""
_PARTS = 10
"""Arcs that stand in for the stretch where lanes in and out part."""
_LONGEST_RAD = 1.2
LOWERING_M = 0.6
"""Along a kerb, from where it is high to where it is lowered."""

Way = tuple[F64Array, F64Array, float]
"""Of one lane: arcs up to the give-way line, arcs from there into (or out of) the ring, and the angle from the arm at
which the ring is met."""


def sampled(arcs: F64Array, longest_m: float = math.inf) -> tuple[F64Array, F64Array]:
    """Points (N, 2) on arcs, whose chords keep to 2 mm, and headings (N,)."""
    x, y, heading, length, bend = arcs.T
    step = np.minimum(np.sqrt(8.0 * _CHORD_M / np.maximum(np.abs(bend), 1e-9)), longest_m)
    count = np.maximum(np.ceil(length / step), 1.0).astype(np.int64)
    which: Array = np.repeat(np.arange(len(arcs)), count)
    place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    along = length[which] * place / count[which]
    half = 0.5 * bend[which] * along
    chord = along * np.sinc(half / math.pi)
    way = heading[which] + half
    points = np.column_stack([x[which] + chord * np.cos(way), y[which] + chord * np.sin(way)])
    end, last = arc_ends(arcs[-1:])
    return np.concatenate([points, end]), np.concatenate([way + half, last])


def curve_of(arcs: F64Array) -> Curve:
    """A curve of arcs, with a polyline within 2 mm."""
    kept = arcs[arcs[:, 3] > 1e-9]
    points, _ = sampled(kept)
    return Curve(np.column_stack([points, np.zeros(len(points))]), kept)


def turned(arcs: F64Array, angle_rad: float, x_m: float = 0.0, y_m: float = 0.0) -> F64Array:
    """Arcs turned about the origin, and moved."""
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    x, y, heading, length, bend = arcs.T
    return np.column_stack([x_m + cos * x - sin * y, y_m + sin * x + cos * y, heading + angle_rad, length, bend])


def around(radius_m: float, begin_rad: float, turn_rad: float) -> F64Array:
    """Arcs counter-clockwise about the origin, from an angle on."""
    parts = max(1, math.ceil(abs(turn_rad) / _LONGEST_RAD))
    at: F64Array = begin_rad + np.arange(parts, dtype=np.float64) * (turn_rad / parts)
    side = math.copysign(1.0, turn_rad)
    heading = at + side * 0.5 * math.pi
    rest = np.array([radius_m * abs(turn_rad) / parts, side / radius_m])
    out: F64Array = np.zeros((parts, 5))
    out[:, 0], out[:, 1], out[:, 2], out[:, 3:] = radius_m * np.cos(at), radius_m * np.sin(at), heading, rest
    return out


def _parting(
    plan: RoundaboutPlan, across_m: float, from_m: float, to_m: float, joints_m: tuple[float, ...] = ()
) -> F64Array:
    """A line inward along an arm, ``across_m`` to the right of where the lanes in and out part."""
    inner, outer = plan.widened_m
    u = np.concatenate([[from_m], np.linspace(outer, inner, _PARTS + 1), joints_m, [to_m]])
    part = np.array([plan.parting_m(x) for x in u.tolist()])
    step = 1e-4
    slope = np.array([(plan.parting_m(x - step) - plan.parting_m(x + step)) / (2.0 * step) for x in u.tolist()])
    return arcs_through(np.column_stack([u, part + across_m]), np.pi - np.arctan(slope))


@lru_cache(maxsize=512)
def _bend(v_m: float, ring_m: float, radius_m: float) -> tuple[F64Array, float, float]:
    """The way from a line at v along an arm into a circle: clothoid, arc, clothoid.

    Returns:
        Its arcs in the arm's coordinates, where it begins (u), and the angle at which it meets the ring.
    """
    k, ring = 1.0 / radius_m, 1.0 / ring_m
    ease = 2.0 * _EASE_RAD * radius_m
    second = ease * (k + ring) / k * 0.5
    first = ReferenceLine((Element(ease, 0.0, -k),))
    last = ReferenceLine((Element(second, -k, ring),))
    (a,), (turn_a,) = first.at([ease])
    (b,), (turn_b,) = last.at([second])

    def end(arc_m: float) -> tuple[float, float, float]:
        """Displacement along and across, and heading, with so long an arc between the clothoids."""
        half = -0.5 * k * arc_m
        chord = arc_m * (math.sin(half) / half if half else 1.0)
        mid, after = turn_a + half, turn_a + 2.0 * half
        x = a[0] + chord * math.cos(mid) + b[0] * math.cos(after) - b[1] * math.sin(after)
        y = a[1] + chord * math.sin(mid) + b[0] * math.sin(after) + b[1] * math.cos(after)
        return float(x), float(y), float(after + turn_b)

    low, high = 0.0, 0.5 * math.pi * radius_m
    for _ in range(60):
        arc = 0.5 * (low + high)
        _, y, heading = end(arc)
        low, high = (arc, high) if y - v_m + ring_m * math.cos(heading) > 0.0 else (low, arc)
    x, y, heading = end(arc := 0.5 * (low + high))
    begin = x - ring_m * math.sin(heading)  # the middle is that far ahead of where the bend begins
    line = ReferenceLine((Element(ease, 0.0, -k), Element(arc, -k, -k), Element(second, -k, ring)), -begin, -v_m)
    joints = line.joints(0.0, line.length_m)
    points, headings = line.at(joints)
    inward = arcs_through(points, headings)
    return turned(inward, math.pi), begin, math.atan2(-y + v_m, begin - x)


def _split(arcs: F64Array, at_m: float) -> tuple[F64Array, F64Array]:
    """Arcs up to a station, and from there."""
    ends = np.cumsum(arcs[:, 3])
    k = int(np.searchsorted(ends, at_m))
    before = arcs[: k + 1].copy()
    before[-1, 3] = at_m - (ends[k] - arcs[k, 3])
    (point,), (heading,) = arc_ends(before[-1:])
    rest = np.array([*point, heading, arcs[k, 3] - before[-1, 3], arcs[k, 4]])
    return before, np.concatenate([rest[None], arcs[k + 1 :]])


def _give_way_m(arcs: F64Array, reach_m: float) -> float:
    """Station at which a way in comes to a distance from the middle."""
    stations = np.linspace(0.0, float(arcs[:, 3].sum()), 400)
    points = curve_of(arcs).at(stations)[0]
    return float(np.interp(-reach_m, -np.hypot(points[:, 0], points[:, 1]), stations))


@lru_cache(maxsize=256)
def way_in(plan: RoundaboutPlan, lane: int) -> Way:
    """A lane in, from its outer end to 0.6 m before the ring, and on into the ring."""
    arcs, begin, angle = _bend(plan.lane_v_m(lane), plan.ring_radius_m(lane), plan.turn_radius_m(lane, False))
    straight = _parting(plan, (plan.lanes - lane - 0.5) * plan.lane_width_m, plan.length_m, begin)
    before, after = _split(arcs, _give_way_m(arcs, plan.radius_m + 0.6))
    return np.concatenate([straight, before]), after, angle


@lru_cache(maxsize=256)
def way_out(plan: RoundaboutPlan, lane: int) -> Way:
    """A lane out, from 0.6 m behind the ring to its outer end, and the way there from the ring: a way in, mirrored."""
    arcs, begin, angle = _bend(plan.lane_v_m(lane), plan.ring_radius_m(lane), plan.turn_radius_m(lane, True))
    straight = _parting(plan, (plan.lanes - lane - 0.5) * plan.lane_width_m, plan.length_m, begin)
    before, after = _split(arcs, _give_way_m(arcs, plan.radius_m + 0.6))
    first = _mirrored(np.concatenate([straight, before]))
    return reversed_arcs(first), reversed_arcs(_mirrored(after)), -angle


def _mirrored(arcs: F64Array) -> F64Array:
    return arcs * np.array([1.0, -1.0, -1.0, 1.0, -1.0])


def kerb_in(plan: RoundaboutPlan, out: bool = False) -> F64Array:
    """The kerb beside the lanes in, from the arm's outer end to the ring; mirrored that of the lanes out."""
    radius = plan.kerb_radius_m(out)
    begin, angle = plan.corner_m(out)
    v = plan.kerb_v_m(0.0)
    low, high = plan.crossing_m
    joints = high + LOWERING_M, high, low, low - LOWERING_M
    straight = _parting(plan, v - plan.parting_m(0.0), plan.length_m, begin, joints)
    turn = 0.5 * math.pi - angle
    corner = np.array([[begin, v, math.pi, radius * turn, -1.0 / radius]])
    return np.concatenate([straight, corner])


def kerb_out(plan: RoundaboutPlan) -> F64Array:
    """The kerb beside the lanes out, from the ring to the arm's outer end."""
    return reversed_arcs(_mirrored(kerb_in(plan, True)))


def longer(arcs: F64Array, by_m: float) -> F64Array:
    """A line that begins with a straight piece, which begins so much earlier."""
    out = arcs.copy()
    out[0, 0] -= by_m * math.cos(arcs[0, 2])
    out[0, 1] -= by_m * math.sin(arcs[0, 2])
    out[0, 3] += by_m
    return out
