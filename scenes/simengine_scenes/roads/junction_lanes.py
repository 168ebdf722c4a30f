"""Lane graph of a junction: two roads that run straight through each other, and the turns from one to the other."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.world.lanes import Curve, Lane, LaneGraph, StopLine, Turn
from simengine.world.regions import Region
from simengine_scenes.roads.junction_plan import ARMS, JunctionPlan, signal_of
from simengine_scenes.roads.junction_walks import crosswalks, footways
from simengine_scenes.roads.junction_walls import junction_walls
from simengine_scenes.roads.line import Element, ReferenceLine
from simengine_scenes.roads.section import KERB_M

__all__ = ["junction_lanes"]

_SPIRAL_RAD = math.radians(15.0)
"""What a turn bends through on its way into and out of its arc: half a second of steering, at 30 km/h."""
_LEFT_RADIUS_M = (8.5, 14.0)
"""Of left turns into the nearest lane: a bus gets round the narrowest, and nobody is faster on wider ones."""
_LEFT_ROOM_M = 5.0
_BEFORE_M = 80.0  # roads go on behind the outer ends of their arms


@lru_cache(maxsize=512)
def junction_lanes(plan: JunctionPlan, control: str = "none") -> LaneGraph:
    """The lanes of both roads, the right-hand road's after the main road's, and the stop lines of signals.

    Who goes first is what ``control`` of the world says.

    Sampling asks for them again and again.
    """
    lanes = tuple(_lane(plan, cross, k, control) for cross in (False, True) for k in range(plan.lanes))
    arms = {arm: _entering(plan, arm) for arm in plan.arms}
    turns = tuple(turn for arm in plan.arms for way in ("left", "right") for turn in _turns(plan, lanes, arm, way))
    return LaneGraph(
        lanes, _curves(plan), KERB_M, {}, _regions(plan), turns, arms, _levels(plan), openings=_openings(plan),
        stop_lines=_stop_lines(plan) if control == "signals" else (),
        footways=footways(plan), crosswalks=crosswalks(plan, control),
        walls=junction_walls(plan, plan.built_m),
    )  # fmt: skip


def _stop_lines(plan: JunctionPlan) -> tuple[StopLine, ...]:
    """Where what comes in on each arm waits for its signal."""
    out: list[StopLine] = []
    for arm in plan.arms:
        (x, y), v = plan.outward(arm), 0.5 * (plan.divider_m(arm) + plan.half_m)
        at = plan.length_m + plan.stop_m * x - v * y, plan.stop_m * y + v * x
        half = 0.5 * (plan.half_m - plan.divider_m(arm))
        out.append(StopLine(*at, math.atan2(-y, -x), half, f"signal.{signal_of(arm)}"))
    return tuple(out)


def _ends(plan: JunctionPlan, cross: bool) -> tuple[str, str]:
    """The arms that a road comes from and goes on into."""
    return ("right_arm", "left_arm") if cross else ("own_arm", "far_arm")


def _place(plan: JunctionPlan, cross: bool, s_m: float, left_m: float) -> tuple[float, float, float]:
    """World point of a station and an offset of the main or the cross road."""
    length = plan.length_m
    return (length - left_m, s_m - length, 0.0) if cross else (s_m, left_m, 0.0)


def _lane(plan: JunctionPlan, cross: bool, k: int, control: str) -> Lane:
    """Lane k from the right. Where an arm is missing, it ends at its stop line or begins where the crossing ends."""
    near, far = _ends(plan, cross)
    low = 0.0 if plan.has(near) else plan.length_m + plan.stop_m
    high = 2.0 * plan.length_m if plan.has(far) else plan.length_m - plan.stop_m
    y = (k + 0.5) * plan.lane_width_m - plan.half_m
    points = np.array([_place(plan, cross, s, y) for s in (low, high)])
    forward = k < plan.forward_lanes
    first = plan.lanes if cross else 0
    left, right = (first + k + 1 if k + 1 < plan.lanes else -1), (first + k - 1 if k else -1)
    centre = Curve(points if forward else np.ascontiguousarray(points[::-1]))
    arm = near if forward else far
    if not plan.has(arm):  # it begins behind the crossing
        return Lane(centre, plan.lane_width_m, forward, left, right, plan.speed_limit_mps)
    minor = plan.gives_way(arm)
    goes_first = tuple(j for other in plan.arms if not plan.gives_way(other) for j in _entering(plan, other))
    return Lane(
        centre, plan.lane_width_m, forward, left, right, plan.speed_limit_mps,
        goes_first if minor and control in ("stop_signs", "give_way") else (),
        plan.length_m - plan.stop_m, control == "all_way_stop" or (minor and control == "stop_signs"),
        f"signal.{signal_of(arm)}" if control == "signals" else "",
    )  # fmt: skip


def _entering(plan: JunctionPlan, arm: str) -> tuple[int, ...]:
    """Indices of the lanes that come in on an arm, the right-hand one first."""
    first = plan.lanes if arm in ("right_arm", "left_arm") else 0
    if arm in ("own_arm", "right_arm"):
        return tuple(range(first, first + plan.forward_lanes))
    return tuple(range(first + plan.lanes - 1, first + plan.forward_lanes - 1, -1))


def _leaving(plan: JunctionPlan, arm: str) -> tuple[int, ...]:
    """Indices of the lanes that go out on an arm, the right-hand one first: those of the opposite arm, coming in."""
    return _entering(plan, ARMS[(ARMS.index(arm) + 2) % 4])


def _turns(plan: JunctionPlan, lanes: tuple[Lane, ...], arm: str, way: str) -> list[Turn]:
    """The left or the right turns from an arm: the right-hand lane goes into the right-hand one, and so on."""
    left = way == "left"
    goal = ARMS[(ARMS.index(arm) + (-1 if left else 1)) % 4]
    if not plan.has(goal):
        return []
    into = _leaving(plan, goal)
    out: list[Turn] = []
    for k, start in enumerate(entering := _entering(plan, arm)):
        rank = len(entering) - 1 - k if left else k
        to = min(rank, len(into) - 1)
        end = into[len(into) - 1 - to] if left else into[to]
        if left:
            radius = min(max(plan.half_m + _LEFT_ROOM_M, _LEFT_RADIUS_M[0]), _LEFT_RADIUS_M[1]) + to * plan.lane_width_m
        else:
            radius = plan.corner_m + (to + 0.5) * plan.lane_width_m
        out.append(_turn(lanes, start, end, radius, 1.0 if left else -1.0))
    return out


def _turn(lanes: tuple[Lane, ...], start: int, end: int, radius_m: float, side: float) -> Turn:
    """A quarter turn between two lanes at right angles that bends as far in as an arc of this radius.

    It is a clothoid, an arc and a clothoid: curvature, and so the steering, has no jumps.
    """
    a, b = lanes[start].centre.points_m[:, :2], lanes[end].centre.points_m[:, :2]
    way_in, way_out = _direction(a), _direction(b)
    meet = np.where(way_in != 0.0, b[0], a[0])  # each line keeps the coordinate across it
    reach, bend = _quarter(radius_m, side)
    before = float(((meet - a[0]) * way_in).sum()) - reach
    after = float(((b[1] - meet) * way_out).sum()) - reach
    heading = math.atan2(way_in[1], way_in[0])
    first, last = meet - reach * way_in, meet + reach * way_out
    assert bend.arcs is not None
    arcs = np.concatenate([
        [[*a[0], heading, before, 0.0]],
        np.column_stack([_turned(bend.arcs[:, :2], way_in) + first, bend.arcs[:, 2] + heading, bend.arcs[:, 3:]]),
        [[*last, heading + side * 0.5 * math.pi, after, 0.0]],
    ])  # fmt: skip
    points = np.concatenate([a[:1], _turned(bend.points_m[:, :2], way_in) + first, b[1:]])
    path = Curve(np.column_stack([points, np.zeros(len(points))]), arcs)
    return Turn(start, end, "left" if side > 0 else "right", path, before, before + bend.length_m)


def _turned(points_m: F64Array, way: F64Array) -> F64Array:
    """Points (N, 2), turned from +x to a direction."""
    x, y = points_m.T
    return np.stack([x * way[0] - y * way[1], x * way[1] + y * way[0]], -1)


def _direction(points_m: F64Array) -> F64Array:
    """Unit vector of a line along an axis, exactly."""
    return np.sign(points_m[1] - points_m[0])


@lru_cache(maxsize=256)
def _quarter(radius_m: float, side: float) -> tuple[float, Curve]:
    """How far from the corner point a quarter turn begins and ends, and its line from the origin along +x.

    Its middle is as far from the corner point as that of an arc of ``radius_m`` from tangent to tangent.
    """
    ease = 2.0 * _SPIRAL_RAD  # length of a clothoid that ends with a radius of 1
    (end,), _ = ReferenceLine((Element(ease, 0.0, 1.0),)).at([ease])
    x, y = float(end[0]) - math.sin(_SPIRAL_RAD), float(end[1]) + math.cos(_SPIRAL_RAD)  # centre of the arc
    radius = radius_m * (math.sqrt(2.0) - 1.0) / (y * math.sqrt(2.0) - 1.0)
    k = side / radius
    arc = radius * (0.5 * math.pi - 2.0 * _SPIRAL_RAD)
    spiral = ease * radius
    line = ReferenceLine((Element(spiral, 0.0, k), Element(arc, k, k), Element(spiral, k, 0.0)))
    return radius * (x + y), line.curve(0.0, 0.0, line.length_m)


def _curves(plan: JunctionPlan) -> dict[str, Curve]:
    """The kerbs of the main road, straight on where side roads break them."""
    end = 2.0 * plan.length_m if plan.has("far_arm") else plan.length_m - plan.half_m
    half = plan.half_m
    return {
        name: Curve(np.array([[0.0, y, 0.0], [end, y, 0.0]]))
        for name, y in (("curb.right", -half), ("curb.left", half))
    }


def _openings(plan: JunctionPlan) -> dict[str, tuple[tuple[float, float], ...]]:
    """Where side roads break the kerbs of the main road: from where they begin to bend."""
    mouth = (plan.length_m - plan.mouth_m, plan.length_m + plan.mouth_m)
    return {f"curb.{side}": (mouth,) for side in ("right", "left") if plan.has(f"{side}_arm")}


def _levels(plan: JunctionPlan) -> tuple[tuple[Curve, Curve], ...]:
    """The edges of both roads, from where one begins before its outer end to the middle, if it ends there."""
    out: list[tuple[Curve, Curve]] = []
    for cross in (False, True):
        near, far = _ends(plan, cross)
        low = -_BEFORE_M if plan.has(near) else plan.length_m
        high = 2.0 * plan.length_m + _BEFORE_M if plan.has(far) else plan.length_m
        right, left = (
            Curve(np.array([_place(plan, cross, s, y) for s in (low, high)])) for y in (-plan.half_m, plan.half_m)
        )
        out.append((right, left))
    return tuple(out)


def _rectangle(plan: JunctionPlan, arm: str, u_m: tuple[float, float], v_m: tuple[float, float]) -> F64Array:
    """Two triangles (2, 3, 2) of a rectangle in an arm's coordinates, from its outer end inward."""
    (ux, uy), length = plan.outward(arm), plan.length_m
    (low, high), (right, left) = u_m, v_m
    (a, b, c, d) = (
        (length + u * ux - v * uy, u * uy + v * ux) for u, v in ((high, left), (high, right), (low, left), (low, right))
    )
    return np.array([[a, b, c], [d, b, c]])


def _band(right_m: F64Array, left_m: F64Array) -> F64Array:
    """Triangles between two lines of as many points."""
    near = np.stack([right_m[:-1], left_m[:-1], right_m[1:]], 1)
    far = np.stack([left_m[1:], left_m[:-1], right_m[1:]], 1)
    return np.stack([near, far], 1).reshape(-1, 3, 2)


def _regions(plan: JunctionPlan) -> dict[str, Region]:
    half, length = plan.half_m, plan.length_m
    across = (-half, half)
    mouths = [c.arc(plan.corner_m) for c in plan.corners()]
    corners = [
        np.stack([np.broadcast_to(c.points(0.0, 0.0), arc[1:].shape), arc[:-1], arc[1:]], 1)
        for c, arc in zip(plan.corners(), mouths, strict=True)
    ]
    arms = {arm: _rectangle(plan, arm, (half, length), across) for arm in ARMS if plan.has(arm)}
    middle = _rectangle(plan, "own_arm", (-half, half), across)
    main = [arms["own_arm"], middle, *([arms["far_arm"]] if plan.has("far_arm") else [])]
    road = [*main, *(arms[a] for a in ("right_arm", "left_arm") if plan.has(a)), *corners]
    crosswalks = [_rectangle(plan, arm, plan.crossing_m, across) for arm in plan.arms]
    found = {"road": road, "crosswalk": crosswalks, **{arm: [area] for arm, area in arms.items()}}
    for side in ("right", "left"):
        found[f"pavement.{side}"] = _pavement(plan, side)
    return {name: Region(np.ascontiguousarray(np.concatenate(parts))) for name, parts in found.items()}


def _pavement(plan: JunctionPlan, side: str) -> list[F64Array]:
    """The pavement on one side of the main road, and round the corners of a side road that breaks it."""
    wide, half, length = plan.pavement_width_m, plan.half_m, plan.length_m
    begin = half + plan.corner_m
    open_side = plan.has(f"{side}_arm")
    here = [c for c in plan.corners() if f"{side}_arm" in (c.first, c.second)]
    back = min(wide, 0.9 * plan.corner_m)
    out = [_band(c.arc(plan.corner_m, back), c.arc(plan.corner_m)) for c in here]
    for arm in ("own_arm", "far_arm"):
        if not plan.has(arm):
            continue
        right = (arm == "own_arm") == (side == "left")  # of the arm's outward direction
        across = (-half - wide, -half) if right else (half, half + wide)
        out.append(_rectangle(plan, arm, (begin if open_side else 0.0, length), across))
    return out
