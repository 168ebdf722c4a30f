"""Paint on the roads of a junction: lane lines, stop and give-way lines, crossings, arrows, guide lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.regions import polygon
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, bar, dashes, ribbon
from simengine_scenes.roads.junction_plan import ARMS, JunctionPlan
from simengine_scenes.roads.lay import Lay
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import finish, stand

__all__ = ["LINE_CONTROLS", "arrow", "must_stop", "paint"]

_LINE_M = 0.12
_SOLID_M = 20.0
"""How far before a stop line nobody changes lanes."""
_STOP_LINE_M = 0.4
_TOOTH_M = (0.5, 0.7)  # width and length of a give-way triangle
_MOUTH_M = 1.2  # from the edge of the road with priority to the give-way line
_ARROWS_M = (4.0, 30.0)  # before the stop line
_SHAFT_M = 0.08
LINE_CONTROLS = ("stop_signs", "give_way")
"""Controls that give one road priority over the other."""

_HEAD = [(3.6, -0.4), (5.4, 0.0), (3.6, 0.4)]
_BRANCH = [(2.9, 0.5), (3.35, 0.5), (2.7, 1.2), (2.05, 0.5), (2.5, 0.5)]


def must_stop(plan: JunctionPlan, control: str, arm: str) -> bool:
    """Whether what comes in on an arm has a stop line."""
    return control in ("signals", "all_way_stop") or (control == "stop_signs" and plan.gives_way(arm))


def paint(builder: SceneBuilder, plan: JunctionPlan, graph: LaneGraph, control: str, end_m: float) -> None:
    """Add all road markings."""
    strokes = Draft()
    for arm in plan.arms:
        _lines(strokes, plan, arm, control, end_m)
        if control != "none":
            _crossing(strokes, plan, arm, control)
        if plan.entering(arm) > 1:
            for before in _ARROWS_M:
                _arrows(strokes, plan, arm, plan.stop_m + before)
    if control in LINE_CONTROLS:
        _priority(strokes, plan)
    if control == "signals" and plan.lanes >= 4:
        _guides(strokes, plan, graph)
    stand(builder, "lane_marking", "marking", "lane_marking", [(finish("junction.marking", strokes), None)])


def _lines(strokes: Draft, plan: JunctionPlan, arm: str, control: str, end_m: float) -> None:
    """Lines along an arm, and those across it where its traffic waits."""
    lay, half, wide, split = plan.lay(arm), plan.half_m, plan.lane_width_m, plan.divider_m(arm)
    stop, solid, line = plan.stop_m, plan.stop_m + _SOLID_M, 0.5 * _LINE_M
    entering = plan.entering(arm)
    if plan.lanes > 2:
        for shift in (-0.11, 0.11):
            v = split + shift
            strokes.add(ribbon((stop, end_m), (v - line, v + line), MARKING_M, lay), palette.MARKING)
    else:
        strokes.add(ribbon((stop, solid), (split - line, split + line), MARKING_M, lay), palette.MARKING)
        strokes.add(dashes((solid + 3.0, end_m), split, _LINE_M, 3.0, 6.0, lay), palette.MARKING)
    for k in range(1, entering):
        v = half - k * wide
        strokes.add(ribbon((stop + _STOP_LINE_M, solid), (v - line, v + line), MARKING_M, lay), palette.MARKING)
        strokes.add(dashes((solid + 3.0, end_m), v, _LINE_M, 3.0, 6.0, lay), palette.MARKING)
    for k in range(1, plan.lanes - entering):
        strokes.add(dashes((stop, end_m), k * wide - half, _LINE_M, 3.0, 6.0, lay), palette.MARKING)
    across = split + (0.2 if plan.lanes > 2 else 0.08), half - 0.12
    if must_stop(plan, control, arm):
        strokes.add(bar((stop, stop + _STOP_LINE_M), across, lay=lay), palette.MARKING)
    elif control == "give_way" and plan.gives_way(arm):
        _teeth(strokes, lay, half + _MOUTH_M, across)


def _teeth(strokes: Draft, lay: Lay, u_m: float, across_m: tuple[float, float]) -> None:
    """Give-way triangles side by side, their points towards who comes."""
    wide, long = _TOOTH_M
    count = int((across_m[1] - across_m[0]) / (wide + 0.2))
    pitch = (across_m[1] - across_m[0]) / count
    for k in range(count):
        v = across_m[0] + (k + 0.5) * pitch
        points = lay.points([u_m, u_m + long, u_m], [v - 0.5 * wide, v, v + 0.5 * wide], MARKING_M)
        strokes.add((points, np.array([[0, 1, 2]])), palette.MARKING)


def _crossing(strokes: Draft, plan: JunctionPlan, arm: str, control: str) -> None:
    """At signals two broken lines that people walk between, else a zebra crossing."""
    lay, half, (low, high) = plan.lay(arm), plan.half_m, plan.crossing_m
    if control != "signals":
        count = int((2.0 * half - 0.3) // 1.0)
        first = -0.5 * (count - 0.5)
        for k in range(count):
            strokes.add(bar((low, high), (first + k, first + k + 0.5), lay=lay), palette.MARKING)
        return
    count = int((2.0 * half + 0.05) // 0.75)
    first = -0.5 * (0.75 * count - 0.25)
    for u in (low, high - _LINE_M):
        for k in range(count):
            v = first + 0.75 * k
            strokes.add(bar((u, u + _LINE_M), (v, v + 0.5), lay=lay), palette.MARKING)


def _priority(strokes: Draft, plan: JunctionPlan) -> None:
    """Across the mouths of the side roads the edge of the road with priority goes on, broken, and its middle too."""
    through = "far_arm" if plan.has("far_arm") else "left_arm"
    lay, half, reach = plan.lay(through), plan.half_m, plan.crossing_m[0] - 0.3
    beside = ARMS.index(through)
    for arm, side in ((ARMS[(beside + 1) % 4], 1.0), (ARMS[(beside - 1) % 4], -1.0)):
        if plan.has(arm):
            strokes.add(dashes((-reach, reach), side * (half - 0.125), 0.25, 1.5, 1.5, lay), palette.MARKING)
    strokes.add(dashes((-reach, reach), plan.divider_m(through), _LINE_M, 1.0, 1.0, lay), palette.MARKING)


def _guides(strokes: Draft, plan: JunctionPlan, graph: LaneGraph) -> None:
    """Dotted lines on the right of left turns, that keep two lanes apart; where two of them cross, one gives way."""
    innermost = {lanes[-1] for lanes in graph.arms.values() if len(lanes) > 1}
    taken: list[F64Array] = []
    for turn in graph.turns:
        if turn.direction != "left" or turn.start not in innermost:
            continue
        edge = -0.5 * plan.lane_width_m
        for s in np.arange(turn.begins_m + 1.0, turn.ends_m - 1.0, 1.0).tolist():
            quad = turn.path.at([s, s + 0.5, s + 0.5, s], [edge - 0.06, edge - 0.06, edge + 0.06, edge + 0.06])[0]
            middle = quad.mean(0)
            if all(float(np.hypot(*(middle - other)[:2])) > 1.0 for other in taken):
                taken.append(middle)
                quad[:, 2] = MARKING_M
                strokes.add((quad, np.array([[0, 1, 2], [0, 2, 3]])), palette.MARKING)


def _arrows(strokes: Draft, plan: JunctionPlan, arm: str, u_m: float) -> None:
    """In each lane where it leads."""
    here = ARMS.index(arm)
    right, ahead, left = (plan.has(ARMS[(here + k) % 4]) for k in (1, 2, 3))
    count = plan.entering(arm)
    for k in range(count):
        v = plan.half_m - (k + 0.5) * plan.lane_width_m
        inner, outer = left and k == count - 1, right and k == 0
        ways = (inner, ahead and not (inner and count > 2), outer)
        if any(ways):
            strokes.add(arrow(plan.lay(arm), u_m, v, ways), palette.MARKING)


def arrow(lay: Lay, u_m: float, v_m: float, ways: Sequence[bool]) -> Surface:
    """An arrow to the left, ahead, to the right, or several of them, that begins at u and points inward."""
    left, ahead, right = ways
    a = _SHAFT_M
    outline = [(0.0, -a)]
    if right:
        lower, upper = (1.75, -a), (2.15 if ahead else 2.3, -a)
        mirrored = [(f, -v) for f, v in _BRANCH[::-1]]
        outline += [lower, *mirrored, upper]
    if ahead:
        outline += [(3.6, -a), *_HEAD, (3.6, a)]
    if left:
        outline += [(2.15 if ahead else 2.3, a), *_BRANCH, (1.75, a)]
    outline.append((0.0, a))
    if not ahead and left != right:  # the outer side of the bend goes straight over into the branch
        drop = (2.3, -a) if right else (2.3, a)
        outline = [p for p in outline if p != drop]
        outline.insert(outline.index((0.0, a)) if right else 1, (1.9, a if right else -a))
    triangles = polygon(outline).triangles_m
    points = lay.points(u_m + 5.4 - triangles[..., 0], v_m - triangles[..., 1], MARKING_M).reshape(-1, 3)
    return points, np.arange(len(points)).reshape(-1, 3)
