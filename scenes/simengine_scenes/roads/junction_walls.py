"""Where houses stand along the arms of a junction, and how far they stop who leaves the road."""

from __future__ import annotations

from simengine.world.walls import Wall
from simengine_scenes.roads.junction_plan import ARMS, Corner, JunctionPlan
from simengine_scenes.roads.roadside import Frontage
from simengine_scenes.roads.walls import FRONT_HALF_M, FRONT_TOP_M

__all__ = ["NOTCH_M", "across", "closed", "junction_walls", "sides"]

NOTCH_M = 0.3
"""Between corner houses and the rows beside them."""


def junction_walls(plan: JunctionPlan, end_m: float) -> tuple[Wall, ...]:
    """Rows of houses along the arms, and the houses on the corners."""
    out = [_corner(plan, corner) for corner in plan.corners()]
    for arm in ARMS:
        if not plan.has(arm):
            out.append(across(plan, arm, end_m).wall)
            continue
        out += [side.wall for side in sides(plan, arm, end_m) if not closed(plan, arm, side.side)]
    return tuple(out)


def _corner(plan: JunctionPlan, corner: Corner) -> Wall:
    """Both fronts of a corner house."""
    near, far = plan.setback_m + FRONT_HALF_M, plan.plot_m - plan.half_m
    return Wall("house", corner.points([far, near, near], [near, near, far]), FRONT_HALF_M, FRONT_TOP_M)


def sides(plan: JunctionPlan, arm: str, end_m: float) -> tuple[Frontage, Frontage]:
    """The right and the left side of an arm (looking outward), from where the corner houses end."""
    line, half = plan.lay(arm).line, plan.half_m
    right, left = (
        Frontage(line, side, side * half, (plan.plot_m + NOTCH_M, end_m), plan.pavement_width_m) for side in (-1.0, 1.0)
    )
    return right, left


def closed(plan: JunctionPlan, arm: str, side: float) -> bool:
    """The arm to this side is missing."""
    return not plan.has(ARMS[(ARMS.index(arm) + int(side)) % 4])


def across(plan: JunctionPlan, missing: str, end_m: float) -> Frontage:
    """The closed side of a junction, in coordinates along the road that runs through."""
    through = plan.lay(ARMS[(ARMS.index(missing) + 1) % 4]).line
    return Frontage(through, -1.0, -plan.half_m, (-end_m, end_m), plan.pavement_width_m)
