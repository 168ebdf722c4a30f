"""Where houses stand round a roundabout, and how far they stop who leaves the road."""

from __future__ import annotations

import math

from simengine.world.walls import Wall
from simengine_scenes.roads.line import ReferenceLine
from simengine_scenes.roads.roadside import Frontage
from simengine_scenes.roads.roundabout_plan import RoundaboutPlan
from simengine_scenes.town.house import HOUSE_DEPTH_M

__all__ = ["roundabout_walls", "row_across", "row_beside"]


def roundabout_walls(plan: RoundaboutPlan, end_m: float) -> tuple[Wall, ...]:
    """Rows of houses along the arms, and where an arm is missing."""
    out: list[Wall] = []
    for k in range(len(plan.arms)):
        lay, gaps = plan.lay(k), ((-1.0, plan.gap_rad(k - 1)), (1.0, plan.gap_rad(k)))
        out += [row_beside(plan, lay.line, side, gap, end_m).wall for side, gap in gaps]
        if 0.5 * plan.gap_rad(k) > 1.5:
            out.append(row_across(plan, k).wall)
    return tuple(out)


def row_across(plan: RoundaboutPlan, k: int) -> Frontage:
    """Houses where an arm is missing, half-way from an arm to the next one."""
    line = ReferenceLine((), plan.length_m, 0.0, plan.angles_rad[k] + 0.5 * plan.gap_rad(k) - 0.5 * math.pi)
    return Frontage(line, 1.0, plan.radius_m + plan.walk_m + 6.0, (-21.0, 19.0), 0.0)


def row_beside(plan: RoundaboutPlan, line: ReferenceLine, side: float, gap_rad: float, end_m: float) -> Frontage:
    """Where houses stand along an arm: clear of the ring and of those of the next arm."""
    kerb = plan.kerb_v_m(0.0)
    deep = kerb + plan.walk_m + HOUSE_DEPTH_M + 1.5
    half = 0.5 * gap_rad
    begin = max(plan.radius_m + plan.walk_m + 8.0, deep / math.tan(half) if half < 1.5 else 0.0)
    return Frontage(line, side, side * kerb, (begin, end_m), plan.walk_m)
