"""Where people walk at a junction: round each corner from one arm to the next, and over the arms."""

from __future__ import annotations

import numpy as np

from simengine.world.footways import Crosswalk, Footway
from simengine.world.lanes import Curve
from simengine_scenes.roads.junction_plan import ARMS, JunctionPlan, signal_of
from simengine_scenes.roads.section import DOORSTEP_M

__all__ = ["crosswalks", "footways"]

_BEHIND_M = 0.6
"""Who waits to cross stands so far behind the kerb."""


def _next(arm: str) -> str:
    """The arm that follows counter-clockwise."""
    return ARMS[(ARMS.index(arm) + 1) % 4]


def _corners(plan: JunctionPlan) -> list[str]:
    """First arms of the footways: one for each corner, and one past each missing arm."""
    return [arm for arm in plan.arms if plan.has(_next(arm)) or plan.has(_next(_next(arm)))]


def _half_m(plan: JunctionPlan) -> float:
    """Half of the width of a footway: corners have no more room than their radius."""
    return 0.5 * min(plan.pavement_width_m - DOORSTEP_M, 0.9 * plan.corner_m)


def footways(plan: JunctionPlan) -> tuple[Footway, ...]:
    """One from the end of each arm on its left side (looking outward) to that of the next arm on its right side."""
    half = _half_m(plan)
    out: list[Footway] = []
    for arm in _corners(plan):
        (ax, ay), v = plan.outward(arm), plan.half_m + half
        begin = np.array([plan.length_m + plan.length_m * ax - v * ay, plan.length_m * ay + v * ax])
        if plan.has(_next(arm)):
            bend = plan.corner(arm).arc(plan.corner_m, half)
            bx, by = plan.outward(_next(arm))
            end = np.array([plan.length_m + plan.length_m * bx + v * by, plan.length_m * by - v * bx])
        else:  # straight on beside the road that runs through
            bend, (bx, by) = np.zeros((0, 2)), plan.outward(_next(_next(arm)))
            end = np.array([plan.length_m + plan.length_m * bx + v * by, plan.length_m * by - v * bx])
        points = np.concatenate([begin[None], bend, end[None]])
        out.append(Footway(Curve(np.column_stack([points, np.zeros(len(points))])), half))
    return tuple(out)


def crosswalks(plan: JunctionPlan, control: str) -> tuple[Crosswalk, ...]:
    """One over each arm, from its right to its left side, looking outward."""
    corners, u = _corners(plan), 0.5 * sum(plan.crossing_m)
    half, v = 0.5 * (plan.crossing_m[1] - plan.crossing_m[0]), plan.half_m + _BEHIND_M
    out: list[Crosswalk] = []
    for arm in plan.arms:
        x, y = plan.outward(arm)
        ends = [(plan.length_m + u * x - side * y, u * y + side * x, 0.0) for side in (-v, v)]
        before = next(k for k, first in enumerate(corners) if arm in (_next(first), _second(plan, first)))
        road = signal_of(arm)
        signals = (f"signal.{road}", f"signal.{'cross' if road == 'own' else 'own'}") if control == "signals" else ()
        joins = (before, corners.index(arm))
        out.append(Crosswalk(Curve(np.array(ends)), half, _BEHIND_M, joins, control != "none", signals))
    return tuple(out)


def _second(plan: JunctionPlan, first: str) -> str:
    """The arm at which the footway from an arm ends."""
    return _next(first) if plan.has(_next(first)) else _next(_next(first))
