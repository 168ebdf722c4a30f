"""Lane graph of a roundabout: lanes in and out of every arm, the ring, and the ways from one arm round to another."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry.arcs import reversed_arcs
from simengine.world.lanes import Curve, Lane, LaneGraph, Turn
from simengine_scenes.roads.roundabout_areas import regions
from simengine_scenes.roads.roundabout_lines import around, curve_of, kerb_in, kerb_out, longer, turned, way_in, way_out
from simengine_scenes.roads.roundabout_plan import RoundaboutPlan
from simengine_scenes.roads.roundabout_walks import crosswalks, footways
from simengine_scenes.roads.roundabout_walls import roundabout_walls
from simengine_scenes.roads.section import KERB_M

__all__ = ["roundabout_lanes"]

_STRAIGHT_RAD = math.radians(46.0)
"""What leaves within that of where it headed goes straight on; with five arms two ways out do, and the first counts."""
_APART_M = 6.0
"""Behind a way out: as far round the ring until a vehicle in the ring and one on the way out are apart."""
_BEFORE_M = 80.0  # roads go on behind the outer ends of their arms


@lru_cache(maxsize=512)
def roundabout_lanes(plan: RoundaboutPlan) -> LaneGraph:
    """Lanes of the arms counter-clockwise from own_arm, of each those that come in and then those that go out, from the
    right-hand side of who comes in; then the ring from the outer lane on. Sampling asks again and again."""
    count, n = len(plan.arms), plan.lanes
    ring = tuple(2 * n * count + r for r in range(n))
    lanes = [_arm_lane(plan, k, place, ring) for k in range(count) for place in range(2 * n)]
    lanes += [_ring_lane(plan, r, ring) for r in range(n)]
    turns = tuple(t for k in range(count) for lane in range(n) for t in _turns(plan, k, lane))
    turns += tuple(_leave(plan, ring[r], k, r) for r in range(n) for k in range(count))
    arms = {arm: tuple(2 * n * k + j for j in range(n)) for k, arm in enumerate(plan.arms)}
    arms["ring"] = ring
    curves = {f"curb.{side}": curve_of(_kerb(plan, side)) for side in ("right", "left")}
    return LaneGraph(
        tuple(lanes), curves, KERB_M, {}, regions(plan), turns, arms, _levels(plan), ring=ring,
        footways=footways(plan), crosswalks=crosswalks(plan),
        walls=roundabout_walls(plan, plan.built_m),
    )  # fmt: skip


def _placed(plan: RoundaboutPlan, arcs: F64Array, angle_rad: float = 0.0) -> F64Array:
    """Arcs of an arm's coordinates in the world."""
    return turned(arcs, angle_rad, plan.length_m)


def _arm_lane(plan: RoundaboutPlan, k: int, place: int, ring: tuple[int, ...]) -> Lane:
    n, first = plan.lanes, 2 * plan.lanes * k
    forward = place < n
    lane = place if forward else 2 * n - 1 - place
    arcs = way_in(plan, lane)[0] if forward else way_out(plan, lane)[0]
    left, right = (first + place + 1 if place + 1 < 2 * n else -1), (first + place - 1 if place else -1)
    centre = curve_of(_placed(plan, arcs, plan.angles_rad[k]))
    gives_way = ring if forward else ()
    stop_m = centre.length_m if forward else math.inf
    return Lane(centre, plan.lane_width_m, forward, left, right, plan.speed_limit_mps, gives_way, stop_m)


def _ring_lane(plan: RoundaboutPlan, r: int, ring: tuple[int, ...]) -> Lane:
    """Once round, from straight ahead of own_arm."""
    centre = curve_of(_placed(plan, around(plan.ring_radius_m(r), plan.angles_rad[0], 2.0 * math.pi)))
    left, right = (ring[r + 1] if r + 1 < plan.lanes else -1), (ring[r - 1] if r else -1)
    return Lane(centre, plan.ring_lane_m, True, left, right, plan.speed_limit_mps)


def _change_rad(plan: RoundaboutPlan, k: int, exit_: int) -> float:
    """How much the heading changes from an arm to its way out number ``exit_``: + to the left, 180 deg: back."""
    turn = plan.angles_rad[(k + exit_) % len(plan.arms)] - plan.angles_rad[k] - math.pi
    return math.remainder(turn - 1e-9, 2.0 * math.pi) if exit_ < len(plan.arms) else math.pi


def _direction(change_rad: float) -> str:
    if abs(change_rad) < _STRAIGHT_RAD:
        return "straight"
    return "left" if change_rad > 0.0 else "right"


def _turns(plan: RoundaboutPlan, k: int, lane: int) -> list[Turn]:
    """The ways from a lane that comes in. Of two lanes the right-hand one is for the ways out to the right and ahead,
    the other one for those ahead and to the left, and back."""
    out: list[Turn] = []
    for exit_ in range(1, len(plan.arms) + 1):
        change = _change_rad(plan, k, exit_)
        word = _direction(change)
        if plan.lanes == 2 and word == ("left", "right")[lane] and not (exit_ == 1 and lane == 0):
            continue
        out.append(_turn(plan, k, lane, exit_, word))
    # the words are those of the ways out at the right angle, where several are to one side
    return sorted(out, key=lambda t: (t.direction, abs(abs(_change_rad(plan, k, t.exit)) - 0.5 * math.pi)))


def _turn(plan: RoundaboutPlan, k: int, lane: int, exit_: int, word: str) -> Turn:
    """In, round the ring and out again."""
    n, goal = plan.lanes, (k + exit_) % len(plan.arms)
    here, there = plan.angles_rad[k], plan.angles_rad[k] + _between(plan, k, exit_)
    first, bend_in, from_rad = way_in(plan, lane)
    last, bend_out, to_rad = way_out(plan, lane)
    round_ = around(plan.ring_radius_m(lane), here + from_rad, there + to_rad - here - from_rad)
    bend = [turned(bend_in, here), round_, turned(bend_out, there)]
    path = np.concatenate([turned(first, here), *bend, turned(last, there)])
    begins = float(first[:, 3].sum())
    ends = begins + math.fsum(float(part[:, 3].sum()) for part in bend)
    curve = curve_of(_placed(plan, path))
    return Turn(2 * n * k + lane, 2 * n * goal + 2 * n - 1 - lane, word, curve, begins, ends, exit_)


def _between(plan: RoundaboutPlan, k: int, exit_: int) -> float:
    """Angle from an arm to one of its ways out, up to a full turn."""
    return math.fsum(plan.gap_rad((k + j) % len(plan.arms)) for j in range(exit_))


def _leave(plan: RoundaboutPlan, ring: int, k: int, lane: int) -> Turn:
    """From the ring into an arm: from a little behind its way out once round. Its number counts from own_arm."""
    n = plan.lanes
    last, bend_out, to_rad = way_out(plan, lane)
    radius = plan.ring_radius_m(lane)
    gap = _APART_M / radius
    there = plan.angles_rad[k]
    round_ = around(radius, there + to_rad + gap - 2.0 * math.pi, 2.0 * math.pi - gap)
    path = np.concatenate([round_, turned(bend_out, there), turned(last, there)])
    begins = float(round_[:, 3].sum())
    exit_ = k or len(plan.arms)
    word = _direction(_change_rad(plan, 0, exit_))
    ends = begins + float(bend_out[:, 3].sum())
    return Turn(ring, 2 * n * k + 2 * n - 1 - lane, word, curve_of(_placed(plan, path)), begins, ends, exit_)


# ---- edges ---------------------------------------------------------------------------------------------------------


def _kerb(plan: RoundaboutPlan, side: str) -> F64Array:
    """The kerb on one side of own_arm, round the ring to the next arm and along it to its outer end."""
    other = 1 if side == "right" else len(plan.arms) - 1
    k, m = (0, other) if side == "right" else (other, 0)
    begin = plan.angles_rad[k] + plan.corner_m(False)[1]
    end = plan.angles_rad[k] + plan.gap_rad(k) - plan.corner_m(True)[1]
    arcs = np.concatenate([
        turned(kerb_in(plan), plan.angles_rad[k]), around(plan.radius_m, begin, end - begin),
        turned(kerb_out(plan), plan.angles_rad[m]),
    ])  # fmt: skip
    placed = _placed(plan, arcs)
    return placed if side == "right" else reversed_arcs(placed)


def _levels(plan: RoundaboutPlan) -> tuple[tuple[Curve, Curve], ...]:
    """The kerbs of every arm inward, from where it begins before its outer end and straight on into the ring, and those
    of the ring. (What lies at the corners between both is a road that nobody on foot crosses.)"""
    out: list[tuple[Curve, Curve]] = []
    v = plan.kerb_v_m(0.0)
    inside = plan.radius_m**2 - (v + 0.3) ** 2
    right = longer(kerb_in(plan)[:-1], _BEFORE_M)
    right[-1, 3] = right[-1, 0] - math.sqrt(max(inside, 1.0))
    left = right * np.array([1.0, -1.0, -1.0, 1.0, -1.0])
    for angle in plan.angles_rad:
        out.append((curve_of(_placed(plan, right, angle)), curve_of(_placed(plan, left, angle))))
    ring = _placed(plan, around(plan.radius_m, 0.0, 2.0 * math.pi))
    out.append((curve_of(ring), curve_of(reversed_arcs(ring))))
    return tuple(out)
