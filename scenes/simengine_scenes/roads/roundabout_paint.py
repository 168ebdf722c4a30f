"""Paint on a roundabout: lane lines, give-way triangles along the ring, crossings, arrows, lines round the islands."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import Curve
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, bar, dashes, ribbon
from simengine_scenes.roads.junction_paint import arrow
from simengine_scenes.roads.roundabout_areas import arm_side, nose_m, world
from simengine_scenes.roads.roundabout_lines import around, curve_of, turned, way_in, way_out
from simengine_scenes.roads.roundabout_plan import ISLAND_M, RoundaboutPlan
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.shapes.solids import grid, joined

__all__ = ["paint"]

_LINE_M = 0.12
_SOLID_M = 15.0
"""How far before the crossing nobody changes lanes."""
_TOOTH_M = (0.5, 0.65)
_ARROWS_M = (6.0, 26.0)


def paint(builder: SceneBuilder, plan: RoundaboutPlan, end_m: float) -> None:
    """Add all road markings."""
    strokes = Draft()
    for k in range(len(plan.arms)):
        _arm(strokes, plan, k, end_m)
        _crossing(strokes, plan, k)
        _teeth(strokes, plan, k)
        _lane_lines(strokes, plan, k, end_m)
    if plan.lanes > 1:
        circle = curve_of(turned(around(plan.radius_m - plan.ring_lane_m, 0.0, 2.0 * math.pi), 0.0, plan.length_m))
        count = round(circle.length_m / 4.0)
        strokes.add(_broken(circle, (0.0, circle.length_m), circle.length_m / count, 0.5), palette.MARKING)
    stand(builder, "lane_marking", "marking", "lane_marking", [(finish("roundabout.marking", strokes), None)])


def _stripe(curve: Curve, span_m: tuple[float, float], left_m: float = 0.0, width_m: float = _LINE_M) -> Surface:
    """A line of paint along a curve."""
    own = curve.stations_m()
    s = np.concatenate([[span_m[0]], own[(own > span_m[0] + 1e-3) & (own < span_m[1] - 1e-3)], [span_m[1]]])
    rows = [curve.at(s, left_m + side * 0.5 * width_m)[0] for side in (-1.0, 1.0)]
    return grid(np.stack([row + np.array([0.0, 0.0, MARKING_M]) for row in rows]))


def _broken(
    curve: Curve, span_m: tuple[float, float], period_m: float, share: float, left_m: float = 0.0,
    width_m: float = _LINE_M,
) -> Surface:  # fmt: skip
    """A broken line along a curve."""
    starts = np.arange(span_m[0], span_m[1] - share * period_m + 1e-6, period_m).tolist()
    return joined([_stripe(curve, (s, s + share * period_m), left_m, width_m) for s in starts])


def _arm(strokes: Draft, plan: RoundaboutPlan, k: int, end_m: float) -> None:
    """The middle line, the lines on both sides of the island, and hatching before it."""
    lay, outer, nose = plan.lay(k), plan.widened_m[1], nose_m(plan)
    if plan.lanes > 1:
        for v in (-0.11, 0.11):
            strokes.add(ribbon((outer, end_m), (v - 0.5 * _LINE_M, v + 0.5 * _LINE_M), MARKING_M, lay), palette.MARKING)
    else:
        solid = outer + 20.0
        half = 0.5 * _LINE_M
        strokes.add(ribbon((outer, solid), (-half, half), MARKING_M, lay), palette.MARKING)
        strokes.add(dashes((solid + 3.0, end_m), 0.0, _LINE_M, 3.0, 6.0, lay), palette.MARKING)
    for out in (False, True):
        right, left = arm_side(plan, out)
        edge = right if out else left
        u = edge[:, 0]
        kept = edge[(u < outer - 4.0) & (np.hypot(*edge.T) > plan.radius_m + 0.3)]
        inward = -1.0 if out else 1.0
        lines = [kept + np.array([0.0, inward * d]) for d in ((0.02, 0.12) if out else (0.12, 0.02))]
        points = [np.column_stack([world(plan, line, k), np.full(len(line), MARKING_M)]) for line in lines]
        strokes.add(grid(np.stack(points)), palette.MARKING)
    for u in np.arange(nose + 1.0, outer - 8.0, 2.5).tolist():
        half = plan.parting_m(u) - 0.08
        if half > 0.15:
            points = lay.points([u, u + 0.5, u + 0.5 + half, u + half], [-half, -half, half, half], MARKING_M)
            strokes.add((points, np.array([[0, 1, 2], [0, 2, 3]])), palette.MARKING)


def _crossing(strokes: Draft, plan: RoundaboutPlan, k: int) -> None:
    """A zebra crossing over each half."""
    lay, (low, high) = plan.lay(k), plan.crossing_m
    begin, end = ISLAND_M + 0.15, plan.kerb_v_m(0.0) - 0.15
    count = int((end - begin + 0.5) // 1.0)
    first = 0.5 * (begin + end) - 0.5 * (count - 0.5)
    for j in range(count):
        for side in (-1.0, 1.0):
            v = sorted((side * (first + j), side * (first + j + 0.5)))
            strokes.add(bar((low, high), (v[0], v[1]), lay=lay), palette.MARKING)


def _teeth(strokes: Draft, plan: RoundaboutPlan, k: int) -> None:
    """Give-way triangles along the ring where lanes come in, their points towards who comes."""
    right, left = arm_side(plan, False)
    begin = math.atan2(float(left[_met(plan, left), 1]), float(left[_met(plan, left), 0]))
    end = math.atan2(float(right[-1, 1]), float(right[-1, 0]))
    radius, (wide, long) = plan.radius_m + 0.25, _TOOTH_M
    count = int(radius * (end - begin) / (wide + 0.25))
    pitch = (end - begin) / count
    for j in range(count - 1):
        t = begin + (j + 0.75) * pitch
        half = 0.5 * wide / radius
        spots = [(radius, t - half), (radius + long, t), (radius, t + half)]
        points = world(plan, np.array([[r * math.cos(a), r * math.sin(a)] for r, a in spots]), k)
        if not _inside_kerb(plan, spots[1]):
            continue
        strokes.add((np.column_stack([points, np.full(3, MARKING_M)]), np.array([[0, 1, 2]])), palette.MARKING)


def _met(plan: RoundaboutPlan, line: F64Array) -> int:
    """Index of the first point of a line that is on the ring."""
    return int(np.argmax(np.hypot(*line.T) < plan.radius_m + 1e-6))


def _inside_kerb(plan: RoundaboutPlan, spot: tuple[float, float]) -> bool:
    """Whether a place (distance, angle) is clear of the corner of the kerb."""
    radius, v = plan.kerb_radius_m(False), plan.kerb_v_m(0.0)
    u = plan.corner_m(False)[0]
    x, y = spot[0] * math.cos(spot[1]), spot[0] * math.sin(spot[1])
    return math.hypot(x - u, y - v - radius) > radius + 0.15


def _lane_lines(strokes: Draft, plan: RoundaboutPlan, k: int, end_m: float) -> None:
    """Between two lanes of one direction: solid before the crossing; and arrows in those that come in."""
    if plan.lanes < 2:
        return
    high, lay, wide = plan.crossing_m[1], plan.lay(k), plan.lane_width_m
    for out in (False, True):
        arcs = (way_out if out else way_in)(plan, 0)[0]
        curve = curve_of(turned(arcs, plan.angles_rad[k], plan.length_m))
        left = 0.5 * wide
        reach = plan.length_m - high  # nearly as long along the lane
        if out:
            total = curve.length_m
            strokes.add(_broken(curve, (total - reach + 0.5, total), 9.0, 1.0 / 3.0, left), palette.MARKING)
        else:
            strokes.add(_stripe(curve, (reach - _SOLID_M, reach - 0.5), left), palette.MARKING)
            strokes.add(_broken(curve, (0.0, reach - _SOLID_M - 3.0), 9.0, 1.0 / 3.0, left), palette.MARKING)
        v = (1.0 if not out else -1.0) * wide
        if end_m > plan.length_m:
            strokes.add(dashes((plan.length_m + 3.0, end_m), v, _LINE_M, 3.0, 6.0, lay), palette.MARKING)
    for before in _ARROWS_M:
        u = high + before
        for lane, ways in ((0, (False, True, True)), (1, (True, True, False))):
            v = plan.parting_m(u + 2.7) + (plan.lanes - lane - 0.5) * wide
            strokes.add(arrow(lay, u, v, ways), palette.MARKING)
