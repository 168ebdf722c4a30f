"""The ground of a junction: asphalt in one piece, kerbs round the corners and lowered where people cross, pavements."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.regions import polygon
from simengine_scenes import palette
from simengine_scenes.roads.ground import ribbon, terrain
from simengine_scenes.roads.junction_plan import ARMS, Corner, JunctionPlan
from simengine_scenes.roads.section import KERB_M
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.shapes.solids import grid

__all__ = ["BAND_M", "SLOPE_M", "STONES", "KerbEdge", "add_stones", "lay_ground"]

_STONE_M = 0.15
_RAMP_M = 1.0
"""How far behind the kerb stones the pavement falls to a lowered kerb."""
_LOW_M = 0.03
SLOPE_M = 0.6  # along the kerb, from high to low
_STEP_M = 25.0
_UNDER_M = 0.05
BAND_M = _STONE_M + _RAMP_M
STONES = [
    (0.0, -0.05, -0.05), (0.0, KERB_M - 0.02, _LOW_M - 0.015), (0.02, KERB_M, _LOW_M), (_STONE_M, KERB_M, _LOW_M),
]  # fmt: skip
"""Of the stones: way behind the edge, height, height where they are lowered."""


@dataclass(frozen=True, eq=False)
class KerbEdge:
    """A line of kerb stones: points (N, 2), unit vectors towards the pavement (N, 2), how far lowered (N,) of 0..1."""

    points_m: F64Array
    outward: F64Array
    lowered: F64Array

    def lattice(self, profile: list[tuple[float, float, float]]) -> F64Array:
        """Points (R, N, 3) of a profile of (way behind the edge, height, height where the kerb is lowered)."""
        rows: list[F64Array] = []
        for behind, high, low in profile:
            z = high + (low - high) * self.lowered
            rows.append(np.column_stack([self.points_m + self.outward * behind, z]))
        return np.stack(rows)


def lay_ground(builder: SceneBuilder, plan: JunctionPlan, end_m: float) -> None:
    """Add asphalt, kerbs and pavements of all arms up to ``end_m`` from the middle, and grass all around."""
    _asphalt(builder, plan, end_m)
    edges = [_corner_edge(plan, c, end_m) for c in plan.corners()]
    edges += [_closed_edge(plan, arm, end_m) for arm in ARMS if not plan.has(arm)]
    stones, slabs = Draft(), Draft()
    for edge in edges:
        add_stones(stones, slabs, edge)
    for corner in plan.corners():
        slabs.add(_corner_paving(plan, corner), palette.PAVING)
        for arm, side in ((corner.first, 1.0), (corner.second, -1.0)):
            _strip(slabs, plan, arm, side, plan.plot_m, end_m)
    for arm in ARMS:
        if not plan.has(arm):
            low, high = plan.half_m + BAND_M, plan.half_m + plan.pavement_width_m + _UNDER_M
            slabs.add(ribbon((low, high), (-end_m, end_m), KERB_M, plan.lay(arm)), palette.PAVING)
    stand(builder, "kerb", "kerb", "kerb", [(finish("junction.kerb", stones), None)])
    stand(builder, "pavement", "pavement", "pavement", [(finish("junction.pavement", slabs), None)])
    _land(builder, plan, end_m)


def _asphalt(builder: SceneBuilder, plan: JunctionPlan, end_m: float) -> None:
    """One mesh: ribbons along the arms, and between them a fan from the middle, with all their edges in common."""
    half, begin = plan.half_m, plan.mouth_m
    road = Draft()
    for arm in plan.arms:
        road.add(ribbon((begin, end_m), (-half, half), 0.0, plan.lay(arm)), palette.ASPHALT)
    rim = np.concatenate([
        plan.corner(arm).arc(plan.corner_m)
        if plan.has(arm) and plan.has(plan.corner(arm).second)
        else plan.lay(arm).points([begin], [half], 0.0)[:, :2]
        if plan.has(arm)
        else plan.lay(plan.corner(arm).second).points([begin], [-half], 0.0)[:, :2]
        for arm in ARMS
    ])  # fmt: skip
    points = np.concatenate([[[plan.length_m, 0.0]], rim])
    k = np.arange(1, len(points))
    faces = np.column_stack([np.zeros_like(k), k, np.roll(k, -1)])
    road.add((np.column_stack([points, np.zeros(len(points))]), faces), palette.ASPHALT)
    stand(builder, "road", "road", "road", [(finish("junction.road", road), None)])


def _lowered(plan: JunctionPlan, u_m: F64Array) -> F64Array:
    """How far a kerb is lowered, 0..1, at distances from the middle along an arm."""
    low, high = plan.crossing_m
    return np.clip((u_m - low) / SLOPE_M + 1.0, 0.0, 1.0) * np.clip((high - u_m) / SLOPE_M + 1.0, 0.0, 1.0)


def _stations(plan: JunctionPlan, end_m: float) -> F64Array:
    """Distances from where the kerb lines meet, along an arm from the end of the arc to the end of the arm."""
    begin, high = plan.corner_m, plan.crossing_m[1] - plan.half_m
    far = end_m - plan.half_m
    steps = max(1, round((far - high) / _STEP_M))
    return np.concatenate([[begin, high], np.linspace(high + SLOPE_M, far, steps + 1)])


def _corner_edge(plan: JunctionPlan, corner: Corner, end_m: float) -> KerbEdge:
    """From the end of the first arm round the corner to the end of the second one."""
    radius, out = plan.corner_m, _stations(plan, end_m)
    low = radius - (plan.crossing_m[0] - plan.half_m)
    marks = np.arcsin(np.array([low, low + SLOPE_M]) / radius)
    even = np.linspace(0.0, 0.5 * math.pi, 17)
    t = np.unique(np.concatenate([even, marks, 0.5 * math.pi - marks]))[1:-1]
    zero, one = np.zeros_like(out), np.ones_like(out)
    p = np.concatenate([out[::-1], radius - radius * np.sin(t), zero])
    q = np.concatenate([zero, radius - radius * np.cos(t), out])
    to_p = np.concatenate([zero, np.sin(t), one])
    to_q = np.concatenate([one, np.cos(t), zero])
    (ax, ay), (bx, by) = corner.along_first, corner.along_second
    outward = np.stack([to_p * ax + to_q * bx, to_p * ay + to_q * by], -1)
    nearer = np.where(p >= q, p, q)  # the arm that a place belongs to
    return KerbEdge(corner.points(p, q), outward, _lowered(plan, plan.half_m + nearer))


def _closed_edge(plan: JunctionPlan, missing: str, end_m: float) -> KerbEdge:
    """Straight on, where an arm is missing; lowered for the crossings of the arms to both sides."""
    out = plan.half_m + _stations(plan, end_m)
    ramp = np.array([plan.crossing_m[0] - SLOPE_M, plan.crossing_m[0]])
    v = np.unique(np.concatenate([-out, -ramp, ramp, out]))
    lay = plan.lay(missing)
    x, y = plan.outward(missing)
    points = lay.points(plan.half_m, v, 0.0)[:, :2]
    return KerbEdge(points, np.broadcast_to(np.array([x, y], np.float64), points.shape), _lowered(plan, np.abs(v)))


def add_stones(stones: Draft, slabs: Draft, edge: KerbEdge) -> None:
    """Kerb stones, and paving from them back to where it is level; studded slabs where people step down."""
    stones.add(grid(edge.lattice(STONES), flip=True), palette.KERB)
    surface = grid(edge.lattice([(_STONE_M, KERB_M, _LOW_M), (BAND_M, KERB_M, KERB_M)]), flip=True)
    low = (edge.lowered[:-1] > 0.99) & (edge.lowered[1:] > 0.99)
    slabs.add(surface, [palette.PAVING, palette.TACTILE], np.repeat(low.astype(np.int64), 2))


def _strip(slabs: Draft, plan: JunctionPlan, arm: str, side: float, begin_m: float, end_m: float) -> None:
    """The level part of the pavement along an arm."""
    v = sorted((side * (plan.half_m + BAND_M), side * (plan.half_m + plan.pavement_width_m + _UNDER_M)))
    slabs.add(ribbon((begin_m, end_m), (v[0], v[1]), KERB_M, plan.lay(arm)), palette.PAVING)


def _corner_paving(plan: JunctionPlan, corner: Corner) -> Surface:
    """The level part of a corner, up to the fronts of the houses that stand back from it."""
    arc = corner.arc(plan.corner_m, BAND_M)
    wide, back = plan.plot_m - plan.half_m, plan.setback_m + _STONE_M
    rest = corner.points(
        [BAND_M, back, back, wide, wide],
        [wide, wide, back, back, BAND_M],
    )
    loop = np.concatenate([arc, rest])
    triangles = polygon([(float(x), float(y)) for x, y in loop]).triangles_m
    points = np.concatenate([triangles, np.full((*triangles.shape[:2], 1), KERB_M)], -1).reshape(-1, 3)
    return points, np.arange(len(points)).reshape(-1, 3)


def _land(builder: SceneBuilder, plan: JunctionPlan, end_m: float) -> None:
    """Grass to 400 m around, below everything."""
    reach = end_m + 800.0
    x, y = plan.length_m + np.linspace(-reach, reach, 17), np.linspace(-reach, reach, 17)
    land = Draft().add(terrain(x, y, np.full((len(x), len(y)), -0.06)), palette.GRASS)
    stand(builder, "land", "terrain", "terrain", [(finish("junction.land", land), None)])
