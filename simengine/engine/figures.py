"""Figures of a whole run: how near the ego came to others, in space and in time, and what it ran into."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.trace import SWIVEL, Summary, Trace, box_of
from simengine.physics.boxes import Boxes, first_contact, overlap, separation_m, ttc_s
from simengine.physics.cast import DRIVEN_OVER_M
from simengine.physics.doors import AJAR_RAD, Doors
from simengine.physics.encroachment import post_encroachment_s
from simengine.physics.lane_choice import on_paths
from simengine.physics.lane_times import OnLane, lane_deceleration_mps2, lane_gap_m, lane_ttc_s, on_lane
from simengine.physics.paths import project
from simengine.physics.snapshot import STANDSTILL_MPS

__all__ = ["summarise"]

_LONGEST_HEADWAY_S = 10.0
"""Who is farther ahead is followed by nobody."""


def _instant(boxes: Boxes, tick: int) -> Boxes:
    return Boxes(*(np.ascontiguousarray(v[tick : tick + 1]) for v in boxes))


def _velocity(states: F64Array) -> tuple[F64Array, F64Array]:
    return np.ascontiguousarray(states[:, 7]), np.ascontiguousarray(states[:, 8])


def _on_lane_of_first(
    rows: I64Array, states: tuple[F64Array, F64Array], size_m: tuple[F64Array, F64Array],
    roads: tuple[Array, F64Array | None],
) -> tuple[OnLane, OnLane]:  # fmt: skip
    """Two entities along the first one's lane at some ticks, (N,)."""
    at = [np.ascontiguousarray(s[rows]) for s in states]
    pose = [box_of(s, z) for s, z in zip(at, size_m, strict=True)]
    path = on_paths(roads[0], pose[0].x_m, pose[0].y_m, pose[0].cos, pose[0].sin, roads[1])
    one, two = (
        on_lane(project(path, p.x_m, p.y_m), (p.cos, p.sin), np.broadcast_to(z, (rows.size, 3)), _velocity(s))
        for s, p, z in zip(at, pose, size_m, strict=True)
    )
    return one, two


def _course(
    touch_s: F64Array, states: tuple[F64Array, F64Array], size_m: tuple[F64Array, F64Array],
    roads: tuple[Array, F64Array | None], vehicles: bool,
) -> tuple[float, float]:  # fmt: skip
    """Smallest time to collision and largest required deceleration of a vehicle while it and another entity are on a
    collision course.

    Args:
        touch_s: times until their boxes touch at constant velocities, (T,).
        states: of both, (T, CHANNELS).
        size_m: of both.
        roads: as for :func:`summarise`.
        vehicles: both are: the time counts along the first one's lane, but is none shorter than ``touch_s`` (level with
            each other no gap is left along the lane) and equal to it where the second heads across that lane.
    """
    rows = np.flatnonzero(np.isfinite(touch_s))
    if not rows.size:
        return math.inf, 0.0
    one, two = _on_lane_of_first(rows, states, size_m, roads)
    soonest = touch_s[rows]
    if vehicles:
        soonest = np.maximum(np.where(two.crosses, 0.0, lane_ttc_s(one, two)), soonest)
    apart = (np.minimum.accumulate(touch_s)[rows] > 0.0) & (lane_gap_m(one, two) > 0.0)
    needed = np.where(apart, lane_deceleration_mps2(one, two), 0.0)
    return float(soonest.min()), float(needed.max()) + 0.0


def _headway_s(
    apart_m: F64Array, states: tuple[F64Array, F64Array], size_m: tuple[F64Array, F64Array],
    roads: tuple[Array, F64Array | None],
) -> float:  # fmt: skip
    """Smallest headway of a vehicle to another entity while that is ahead of it on its lane and in the width of its
    way; inf where there is none of at most ``_LONGEST_HEADWAY_S``.

    Args are those of :func:`_course`; ``apart_m``: distances of their boxes, (T,).
    """
    pace = np.hypot(*_velocity(states[0]))
    rows = np.flatnonzero((pace >= STANDSTILL_MPS) & (apart_m <= _LONGEST_HEADWAY_S * pace))
    if not rows.size:
        return math.inf
    one, two = _on_lane_of_first(rows, states, size_m, roads)
    gap = lane_gap_m(one, two)
    in_way = np.abs(two.left_m - one.left_m) < one.half_width_m + two.half_width_m
    headway = np.where(in_way & (gap > 0.0) & (two.station_m > one.station_m), gap / pace[rows], np.inf)
    shortest = float(headway.min())
    return shortest if shortest <= _LONGEST_HEADWAY_S else math.inf


def _contact_s(touch: BoolArray, pairs: Sequence[tuple[Boxes, Boxes]], met: Sequence[float], rate_hz: int) -> float:
    """When two entities first touch, which they do.

    Args:
        touch: their boxes, or the door of one, touch at ticks (T,).
        pairs: their boxes, also those of what one of them tows.
        met: when rigid bodies have seen them touch.
        rate_hz: ticks a second.
    """
    hit = np.flatnonzero(touch)
    tick = int(hit[0]) if hit.size else math.inf
    if met and math.ceil(min(met) * rate_hz) <= tick:
        return min(met)
    if tick == 0:
        return 0.0
    share = math.inf
    for one, other in pairs:
        before, after = ((_instant(one, t), _instant(other, t)) for t in (int(tick) - 1, int(tick)))
        share = min(share, float(first_contact(before, after)[0]))
    return (tick - 1 + share if math.isfinite(share) else tick) / rate_hz  # inf: an open door, not the boxes


def _doors_of(
    doors: Doors | None, a: tuple[int, F64Array, Boxes], b: tuple[int, F64Array, Boxes]
) -> list[tuple[Boxes, Boxes, BoolArray]]:
    """Pairs of boxes of two entities of which one is an open door, at all ticks, and when it is open."""
    out: list[tuple[Boxes, Boxes, BoolArray]] = []
    for (slot, states, box), (_, _, other) in ((a, b), (b, a)):
        for side in (0, 1):
            angle = np.ascontiguousarray(states[:, SWIVEL][:, side])
            ajar: BoolArray = angle > AJAR_RAD
            if doors is not None and bool(doors.there[0, slot, side]) and bool(ajar.any()):
                pose = (box.x_m, box.y_m, box.bottom_m, box.cos, box.sin)
                out.append((doors.box(slot, side, pose, angle), other, ajar))
    return out


def summarise(
    trace: Trace, categories: Sequence[str], size_m: F64Array, roads: tuple[Array, F64Array | None],
    bearer: I64Array | None = None, doors: Doors | None = None, towed: I64Array | None = None,
) -> Summary:  # fmt: skip
    """Figures of one run.

    Args:
        trace: complete but for its summary.
        categories: of all slots.
        size_m: of all slots, (S, 3).
        roads: paths of the variant's lanes, (K, segments, 10), rows of ``Cast.lane_paths``, and how far they reach,
            (K,), of ``Cast.lane_reach_m``.
        doors: of the variant's cast, (1, S, 2); None: nobody opens one.
        bearer: what each slot stands on or lies in at last, (S,): what the ego carries, or stands on, is nothing that
            it meets; neither is what it drives over, as water.
        towed: slot of what tows each, (S,), -1 for none; None: nobody tows. What the ego tows belongs to it.
    """
    duration_s, names, active = trace.stop_tick / trace.rate_hz, trace.names, trace.active
    vehicles = [k for k, c in enumerate(categories) if c == "vehicle" and active[k]]
    ego = names.index("ego") if "ego" in names and active[names.index("ego")] else (vehicles[0] if vehicles else -1)
    if ego < 0:
        return Summary(duration_s, "", {}, float("inf"), None, None, 0.0)
    own = trace.states_of(names[ego])
    box = box_of(own, size_m[ego])
    trailers = [] if towed is None else np.flatnonzero(active & (towed == ego)).tolist()
    parts = [(names[ego], own, box)]
    parts += [(names[t], s := trace.states_of(names[t]), box_of(s, size_m[t])) for t in trailers]
    nearest: dict[str, float] = {}
    contacts: dict[str, float] = {}
    encroachments: dict[str, float] = {}
    soonest, hardest, shortest, moving = float("inf"), 0.0, math.inf, trace.moving
    for k in np.flatnonzero(active).tolist():
        if k == ego or (bearer is not None and bearer[k] == bearer[ego]) or size_m[k, 2] <= DRIVEN_OVER_M:
            continue
        states = trace.states_of(names[k])
        other = box_of(states, size_m[k])
        apart, touch = separation_m(box, other), overlap(box, other)
        for one, two, ajar in _doors_of(doors, (ego, own, box), (k, states, other)):
            apart = np.where(ajar, np.minimum(apart, separation_m(one, two)), apart)
            touch = touch | (ajar & overlap(one, two))
        for _, _, part in parts[1:]:
            apart, touch = np.minimum(apart, separation_m(part, other)), touch | overlap(part, other)
        met = [c.time_s for c in trace.impacts for name, _, _ in parts if {c.first, c.second} == {name, names[k]}]
        nearest[names[k]] = min(float(apart.min()), 0.0) if met else float(apart.min())
        course = ttc_s(box, other, _velocity(own), _velocity(states))
        if categories[ego] == "vehicle":
            both, pair, sizes = categories[k] == "vehicle", (own, states), (size_m[ego], size_m[k])
            time, needed = _course(course, pair, sizes, roads, both)
            soonest, hardest = min(soonest, time), max(hardest, needed)
            shortest = min(shortest, _headway_s(apart, pair, sizes, roads))
        else:
            soonest = min(soonest, float(course.min()))
        for _, motion, part in parts[1:]:
            soonest = min(soonest, float(ttc_s(part, other, _velocity(motion), _velocity(states)).min()))
        if names[k] in moving:
            pet = min(post_encroachment_s(part, other, trace.rate_hz) for _, _, part in parts)
            encroachments |= {names[k]: pet} if math.isfinite(pet) else {}
        if met or bool(touch.any()):
            contacts[names[k]] = _contact_s(touch, [(part, other) for _, _, part in parts], met, trace.rate_hz)
    for c in trace.impacts:  # walls and rails are no entities
        if c.second not in names and c.first in [name for name, _, _ in parts]:
            contacts.setdefault(c.second, c.time_s)
    top = float(trace.speed_mps(names[ego]).max())
    figures = Summary(
        duration_s, names[ego], nearest, soonest, None, None, top, max_required_deceleration_mps2=hardest,
        min_pet_s=min(encroachments.values(), default=math.inf), contacts_s=contacts, pet_s=encroachments,
        min_headway_s=shortest,
    )  # fmt: skip
    if not contacts:
        return figures
    culprit = min(contacts, key=contacts.__getitem__)
    return replace(figures, collision=culprit, collision_s=contacts[culprit])
