"""Where people walk at a roundabout: from each arm round to the next one, and over the arms by their islands."""

from __future__ import annotations

import numpy as np

from simengine.world.footways import Crosswalk, Footway
from simengine.world.lanes import Curve
from simengine_scenes.roads.roundabout_areas import gap_kerb, world
from simengine_scenes.roads.roundabout_plan import RoundaboutPlan
from simengine_scenes.roads.section import DOORSTEP_M

__all__ = ["crosswalks", "footways"]

_BEHIND_M = 0.6
"""Who waits to cross stands so far behind the kerb."""


def footways(plan: RoundaboutPlan) -> tuple[Footway, ...]:
    """One from the end of each arm to that of the next one counter-clockwise."""
    half = 0.5 * (plan.walk_m - DOORSTEP_M)
    out: list[Footway] = []
    for k in range(len(plan.arms)):
        points, away = gap_kerb(plan, k, plan.length_m)
        middle = points + half * away
        out.append(Footway(Curve(np.column_stack([middle, np.zeros(len(middle))])), half))
    return tuple(out)


def crosswalks(plan: RoundaboutPlan) -> tuple[Crosswalk, ...]:
    """One over each arm, from who comes out to who comes in."""
    low, high = plan.crossing_m
    u, v, count = 0.5 * (low + high), plan.kerb_v_m(0.0) + _BEHIND_M, len(plan.arms)
    out: list[Crosswalk] = []
    for k in range(count):
        ends = world(plan, np.array([[u, -v], [u, v]]), k)
        line = Curve(np.column_stack([ends, np.zeros(2)]))
        out.append(Crosswalk(line, 0.5 * (high - low), _BEHIND_M, ((k - 1) % count, k)))
    return tuple(out)
