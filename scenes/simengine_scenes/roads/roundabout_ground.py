"""The ground of a roundabout: asphalt, kerbs lowered where people cross, pavements, lawns, the islands."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.roads.ground import terrain
from simengine_scenes.roads.junction_ground import BAND_M, KerbEdge, add_stones
from simengine_scenes.roads.roundabout_areas import gap_kerb, island_sides, nose_m, world
from simengine_scenes.roads.roundabout_lines import LOWERING_M
from simengine_scenes.roads.roundabout_plan import RoundaboutPlan
from simengine_scenes.roads.section import KERB_M
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.shapes.solids import grid

__all__ = ["APRON_M", "lay_ground", "mound_height_m"]

APRON_M = 1.6
"""Paved strip round the middle that long vehicles may drive on."""
_MOUND_M = 1.1
_LAWN_M = 90.0
_UNDER_M = 0.05
_STONE = [(0.0, -0.05), (0.0, KERB_M - 0.02), (0.02, KERB_M), (0.15, KERB_M)]
"""Of the stones round an island: way inward, height."""


def lay_ground(builder: SceneBuilder, plan: RoundaboutPlan, end_m: float) -> None:
    """Add everything flat, up to ``end_m`` from the middle along the arms."""
    stones, slabs, lawn = Draft(), Draft(), Draft()
    gaps = [gap_kerb(plan, k, end_m) for k in range(len(plan.arms))]
    for k, (points, away) in enumerate(gaps):
        edge = KerbEdge(points, away, _lowered(plan, k, points))
        add_stones(stones, slabs, edge)
        rows = [points + away * d for d in (BAND_M, plan.walk_m + _UNDER_M)]
        slabs.add(_flat(rows[1], rows[0]), palette.PAVING)
        _lawn(lawn, plan, k, points + away * plan.walk_m)
    for k in range(len(plan.arms)):
        low, high = plan.crossing_m
        for span in ((nose_m(plan), high), (low, 0.0)):
            _island(stones, slabs, plan, k, span)
    _middle(builder, stones, slabs, plan)
    _asphalt(builder, plan, gaps)
    stand(builder, "kerb", "kerb", "kerb", [(finish("roundabout.kerb", stones), None)])
    stand(builder, "pavement", "pavement", "pavement", [(finish("roundabout.pavement", slabs), None)])
    stand(builder, "lawn", "terrain", "terrain", [(finish("roundabout.lawn", lawn), None)])
    reach = end_m + 800.0
    x, y = plan.length_m + np.linspace(-reach, reach, 17), np.linspace(-reach, reach, 17)
    land = Draft().add(terrain(x, y, np.full((len(x), len(y)), -0.06)), palette.GRASS)
    stand(builder, "land", "terrain", "terrain", [(finish("roundabout.land", land), None)])


def _flat(right_m: F64Array, left_m: F64Array, height_m: float = KERB_M) -> tuple[F64Array, Array]:
    """A level strip between two lines (N, 2), the right and the left one of who goes along them."""
    rows = [np.column_stack([line, np.full(len(line), height_m)]) for line in (right_m, left_m)]
    return grid(np.stack(rows))


def _local(plan: RoundaboutPlan, points_m: F64Array, k: int) -> tuple[Array, Array]:
    """u and v of world points in the coordinates of an arm."""
    cos, sin = math.cos(plan.angles_rad[k]), math.sin(plan.angles_rad[k])
    x, y = points_m[:, 0] - plan.length_m, points_m[:, 1]
    return x * cos + y * sin, y * cos - x * sin


def _lowered(plan: RoundaboutPlan, k: int, points_m: F64Array) -> F64Array:
    """How far the kerb of a gap is lowered, 0..1, for the crossings of the arms at both ends."""
    low, high = plan.crossing_m
    out = np.zeros(len(points_m))
    for arm in (k, (k + 1) % len(plan.arms)):
        u, v = _local(plan, points_m, arm)
        on = np.clip((u - low) / LOWERING_M + 1.0, 0.0, 1.0) * np.clip((high - u) / LOWERING_M + 1.0, 0.0, 1.0)
        out = np.maximum(out, np.where(np.abs(v) < plan.kerb_v_m(0.0) + 0.5, on, 0.0))
    return out


def _lawn(lawn: Draft, plan: RoundaboutPlan, k: int, back_m: F64Array) -> None:
    """Grass behind the pavement of a gap, to the middle between both arms or 90 m away from the nearer one."""
    following = (k + 1) % len(plan.arms)
    half = 0.5 * plan.gap_rad(k)
    wide = math.tan(half) if half < 1.5 else math.inf
    first, second = _local(plan, back_m, k), _local(plan, back_m, following)
    nearer = int(np.argmin(np.abs(np.arctan2(first[1], first[0]) - half)))
    for (u, v), arm, side, part in (
        (first, k, 1.0, slice(None, nearer + 1)), (second, following, -1.0, slice(nearer, None)),
    ):  # fmt: skip
        u, v = u[part], v[part]
        far = np.maximum(np.minimum(np.where(u > 1e-6, u * wide, math.inf if wide > 1e6 else 0.0), _LAWN_M), side * v)
        lines = [np.column_stack([u, v + share * (side * far - v)]) for share in (1.0, 0.3, 0.0)]
        for outer, inner in pairwise(lines):
            lawn.add(_flat(world(plan, outer, arm), world(plan, inner, arm), KERB_M - 0.008), palette.GRASS)


def _loop_inward(loop_m: F64Array, way_m: float) -> F64Array:
    """A closed line (N, 2), counter-clockwise, moved inward, corners mitred."""
    step = np.roll(loop_m, -1, axis=0) - loop_m
    unit = step / np.maximum(np.sqrt((step * step).sum(-1)), 1e-9)[:, None]
    both = unit + np.roll(unit, 1, axis=0)
    both *= (2.0 / np.maximum((both * both).sum(-1), 0.8))[:, None]
    return loop_m + np.column_stack([-both[:, 1], both[:, 0]]) * way_m


def _island(stones: Draft, slabs: Draft, plan: RoundaboutPlan, k: int, span_m: tuple[float, float]) -> None:
    """A kerbed island between what comes in and what goes out."""
    right, left = island_sides(plan, *span_m)
    loop = np.concatenate([right, left[::-1]])
    rows = [
        np.column_stack([world(plan, _loop_inward(loop, inward), k), np.full(len(loop), z)]) for inward, z in _STONE
    ]
    stones.add(grid(np.stack(rows), closed=True), palette.KERB)
    inner = _loop_inward(loop, _STONE[-1][0])
    count = len(right)
    slabs.add(_flat(world(plan, inner[:count], k), world(plan, inner[: count - 1 : -1], k)), palette.PAVING)


def mound_height_m(plan: RoundaboutPlan, radius_m: float) -> float:
    """Height of the ground in the middle at a distance from the centre."""
    edge = plan.island_radius_m - APRON_M - 0.15
    t = min(max((edge - radius_m) / max(0.7 * edge, 1.0), 0.0), 1.0)
    return 0.2 + _MOUND_M * t * t * (3.0 - 2.0 * t)


def _middle(builder: SceneBuilder, stones: Draft, slabs: Draft, plan: RoundaboutPlan) -> None:
    """The island in the middle: a low kerb, an apron, a high kerb and a mound."""
    outer = plan.island_radius_m
    inner = outer - APRON_M
    t = np.linspace(0.0, 2.0 * math.pi, 73)[:-1]
    unit = np.column_stack([np.cos(t), np.sin(t)])

    def ring(profile: list[tuple[float, float]]) -> tuple[F64Array, Array]:
        rows = [np.column_stack([world(plan, unit * r, 0), np.full(len(t), z)]) for r, z in profile]
        return grid(np.stack(rows), closed=True)

    stones.add(ring([(outer, -0.05), (outer, 0.03), (outer - 0.03, 0.045), (outer - 0.15, 0.045)]), palette.KERB)
    slabs.add(ring([(outer - 0.15, 0.045), (inner, 0.08)]), palette.SETTS)
    stones.add(ring([(inner, 0.0), (inner, 0.18), (inner - 0.02, 0.2), (inner - 0.15, 0.2)]), palette.KERB)
    edge = inner - 0.15
    radii = [edge * s for s in (1.0, 0.92, 0.84, 0.76, 0.68, 0.6, 0.5, 0.4, 0.3, 0.02)]
    mound = Draft().add(ring([(r, mound_height_m(plan, r)) for r in radii]), palette.GRASS)
    centre = [[plan.length_m, 0.0, mound_height_m(plan, 0.0)]]
    rim = np.column_stack([world(plan, unit * radii[-1], 0), np.full(len(t), mound_height_m(plan, radii[-1]))])
    j = np.arange(len(t))
    fan = np.column_stack([j, (j + 1) % len(t), np.full(len(t), len(t))])
    mound.add((np.concatenate([rim, centre]), fan), palette.GRASS)
    stand(builder, "island", "terrain", "terrain", [(finish("roundabout.mound", mound, smooth=True), None)])


def _asphalt(builder: SceneBuilder, plan: RoundaboutPlan, gaps: list[tuple[F64Array, F64Array]]) -> None:
    """Strips along the arms, and a ring between the island and the arcs and mouths around it; under the kerbs, too."""
    road, rims = Draft(), []
    for k in range(len(plan.arms)):
        first, last = _on_ring(plan, gaps[k][0])
        end = _on_ring(plan, gaps[k - 1][0])[1]
        here, before = (points + away * 0.04 for points, away in (gaps[k], gaps[k - 1]))
        right, left = (_strip_edge(plan, line, k) for line in (here[: first + 1], before[end:][::-1]))
        road.add(_flat(right, left, 0.0), palette.ASPHALT)
        mouth = left[-1] + np.linspace(0.0, 1.0, 9)[:-1, None] * (right[-1] - left[-1])
        rims += [mouth, here[first:last]]
    rim = np.concatenate(rims)
    away = rim - np.array([plan.length_m, 0.0])
    inner = np.array([plan.length_m, 0.0]) + away * ((plan.island_radius_m - 0.1) / np.hypot(*away.T))[:, None]
    rows = [np.column_stack([line, np.zeros(len(line))]) for line in (rim, 0.5 * (rim + inner), inner)]
    road.add(grid(np.stack(rows), closed=True), palette.ASPHALT)
    stand(builder, "road", "road", "road", [(finish("roundabout.road", road), None)])


def _on_ring(plan: RoundaboutPlan, line: F64Array) -> tuple[int, int]:
    """Indices of the first and the last point of a gap's kerb on the ring."""
    on = np.hypot(line[:, 0] - plan.length_m, line[:, 1]) < plan.radius_m + 1e-3
    return int(np.argmax(on)), len(on) - 1 - int(np.argmax(on[::-1]))


def _strip_edge(plan: RoundaboutPlan, line: F64Array, k: int) -> F64Array:
    """A kerb that comes in along an arm, with as many points as the one on the other side."""
    u, v = _local(plan, line, k)
    outer = plan.widened_m[1]
    far = np.linspace(u[0], outer, 2 + int((u[0] - outer) / 20.0))
    start = [[outer, float(np.interp(-outer, -u, v))]]
    near = _even(np.concatenate([start, np.column_stack([u, v])[u < outer]]), 60)
    return world(plan, np.concatenate([np.column_stack([far[:-1], np.interp(-far[:-1], -u, v)]), near]), k)


def _even(line: F64Array, count: int) -> F64Array:
    """So many points along a line."""
    step = np.sqrt((np.diff(line, axis=0) ** 2).sum(-1))
    s = np.concatenate([[0.0], np.cumsum(step)])
    at = np.linspace(0.0, s[-1], count)
    return np.column_stack([np.interp(at, s, line[:, k]) for k in range(2)])
