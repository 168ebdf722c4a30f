"""Areas of a roundabout: road, ring, arms, crosswalk and pavements by name, and outlines of its islands and kerbs."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry.arcs import reversed_arcs
from simengine.world.regions import Region
from simengine_scenes.roads.roundabout_lines import (
    around,
    curve_of,
    kerb_in,
    kerb_out,
    longer,
    sampled,
    turned,
    way_in,
    way_out,
)
from simengine_scenes.roads.roundabout_plan import EDGE_M, RoundaboutPlan

__all__ = ["Sides", "arm_side", "gap_kerb", "island_sides", "nose_m", "regions", "world"]

Sides = tuple[F64Array, F64Array]
"""Two lines (N, 2) of as many points, inward along an arm: to the right and to the left of who comes in."""
_NOSE_M = 0.35
"""Half the width of an island at its outer end."""
_RIM_M = 0.9
"""Between the ring and an island."""


def world(plan: RoundaboutPlan, points_m: F64Array, k: int) -> F64Array:
    """World x and y (..., 2) of points in the coordinates of arm ``k``."""
    cos, sin = math.cos(plan.angles_rad[k]), math.sin(plan.angles_rad[k])
    x, y = points_m[..., 0], points_m[..., 1]
    return np.stack([plan.length_m + x * cos - y * sin, x * sin + y * cos], -1)


def _resampled(line: F64Array, count: int) -> F64Array:
    """So many points along a line, evenly."""
    step = np.sqrt((np.diff(line, axis=0) ** 2).sum(-1))
    s = np.concatenate([[0.0], np.cumsum(step)])
    at = np.linspace(0.0, s[-1], count)
    return np.column_stack([np.interp(at, s, line[:, 0]), np.interp(at, s, line[:, 1])])


def _outside(line: F64Array, radius_m: float) -> F64Array:
    """The part of a line that comes in until it is ``radius_m`` from the middle."""
    away = np.hypot(line[:, 0], line[:, 1])
    k = int(np.argmax(away < radius_m))
    t = (away[k - 1] - radius_m) / (away[k - 1] - away[k])
    return np.concatenate([line[:k], [line[k - 1] + t * (line[k] - line[k - 1])]])


@lru_cache(maxsize=64)
def _inner_edge(plan: RoundaboutPlan, out: bool, beyond_m: float) -> F64Array:
    """The left edge of what comes in (or that of what goes out), so far beyond the lanes, inward into the ring."""
    lane = plan.lanes - 1
    way = way_out(plan, lane) if out else way_in(plan, lane)
    arcs = np.concatenate([reversed_arcs(way[0]), reversed_arcs(way[1])] if out else [way[0], way[1]])
    curve = curve_of(arcs)
    left = (0.5 * plan.lane_width_m + beyond_m) * (-1.0 if out else 1.0)
    return curve.at(np.linspace(0.0, curve.length_m, 240), left)[0][:, :2]


@lru_cache(maxsize=64)
def arm_side(plan: RoundaboutPlan, out: bool) -> Sides:
    """The half of an arm for what comes in (or goes out) between the lanes' inner edge and the kerb.

    The line at the inner edge goes on along the ring to where the kerb meets it.
    """
    kerb = sampled(reversed_arcs(kerb_out(plan)) if out else kerb_in(plan))[0]
    inner = _outside(_inner_edge(plan, out, 0.0), plan.radius_m)
    begin, end = (math.atan2(p[1], p[0]) for p in (inner[-1], kerb[-1]))
    t = np.linspace(begin, end, 17)[1:]
    middle = np.concatenate([inner, plan.radius_m * np.column_stack([np.cos(t), np.sin(t)])])
    near = plan.crossing_m[1]
    u = np.concatenate([[plan.length_m], np.linspace(plan.widened_m[1], near, 30)])
    rows: list[F64Array] = []
    for line in (middle, kerb):
        close = line[line[:, 0] < near]
        v = np.interp(-u, -line[line[:, 0] > near - 1.0, 0], line[line[:, 0] > near - 1.0, 1])
        tail = _resampled(np.concatenate([[[near, v[-1]]], close]), 48)[1:]
        rows.append(np.concatenate([np.column_stack([u, v]), tail]))
    return (rows[0], rows[1]) if out else (rows[1], rows[0])


def nose_m(plan: RoundaboutPlan) -> float:
    """Where an island begins, u: where the lanes are far enough apart."""
    inner, outer = plan.widened_m
    u = np.linspace(outer, inner, 400)
    part = np.array([plan.parting_m(x) for x in u.tolist()])
    return float(np.interp(_NOSE_M + EDGE_M, part, u))


def island_sides(plan: RoundaboutPlan, from_m: float, to_m: float, count: int = 24) -> Sides:
    """Edges of the island of an arm between two distances from the middle; ``to_m`` 0: down to the ring."""
    lines: list[F64Array] = []
    for out in (True, False):
        edge = _outside(_inner_edge(plan, out, EDGE_M), plan.radius_m + _RIM_M)
        u = -edge[:, 0]
        first = [[from_m, float(np.interp(-from_m, u, edge[:, 1]))]]
        last = [[to_m, float(np.interp(-to_m, u, edge[:, 1]))]] if to_m > 0.0 else np.zeros((0, 2))
        between = edge[(edge[:, 0] < from_m) & (edge[:, 0] > to_m)]
        lines.append(_resampled(np.concatenate([first, between, last]), count))
    return lines[1], lines[0]


def gap_kerb(plan: RoundaboutPlan, k: int, end_m: float) -> tuple[F64Array, F64Array]:
    """The kerb from arm ``k`` round to the next one: points (N, 2) in the world, and unit vectors away from the road.

    Args:
        plan: of the roundabout.
        k: number of the arm.
        end_m: how far out it begins and ends, u.
    """
    turn, more = plan.gap_rad(k), end_m - plan.length_m
    begin, end = plan.corner_m(False)[1], turn - plan.corner_m(True)[1]
    arcs = np.concatenate([
        longer(kerb_in(plan), more), around(plan.radius_m, begin, end - begin),
        turned(reversed_arcs(longer(reversed_arcs(kerb_out(plan)), more)), turn),
    ])  # fmt: skip
    points, heading = sampled(turned(arcs, plan.angles_rad[k], plan.length_m), 20.0)
    return points, np.column_stack([np.sin(heading), -np.cos(heading)])


def _band(right_m: F64Array, left_m: F64Array) -> F64Array:
    """Triangles (T, 3, 2) between two lines of as many points."""
    near = np.stack([right_m[:-1], left_m[:-1], right_m[1:]], 1)
    far = np.stack([left_m[1:], left_m[:-1], right_m[1:]], 1)
    return np.stack([near, far], 1).reshape(-1, 3, 2)


def _pavement(plan: RoundaboutPlan, k: int) -> F64Array:
    points, away = gap_kerb(plan, k, plan.length_m)
    return _band(points + away * plan.walk_m, points)


def regions(plan: RoundaboutPlan) -> dict[str, Region]:
    """All areas by name."""
    t = np.linspace(0.0, 2.0 * math.pi, 97)
    circle = np.column_stack([np.cos(t), np.sin(t)])
    rim = [world(plan, circle * r, 0) for r in (plan.radius_m / math.cos(math.pi / 96), plan.island_radius_m)]
    found: dict[str, list[F64Array]] = {"ring": [_band(*rim)]}
    (low, high), across = plan.crossing_m, plan.kerb_v_m(0.0)
    found["crosswalk"] = []
    for k, arm in enumerate(plan.arms):
        sides = [arm_side(plan, out) for out in (False, True)]
        found[arm] = [_band(world(plan, right, k), world(plan, left, k)) for right, left in sides]
        ends = [np.array([[high, v], [low, v]]) for v in (across, -across)]
        found["crosswalk"].append(_band(*(world(plan, line, k) for line in ends)))
    found["road"] = [*found["ring"], *(area for arm in plan.arms for area in found[arm])]
    count = len(plan.arms)
    far = plan.arms.index("far_arm") if "far_arm" in plan.arms else count // 2
    found["pavement.right"] = [_pavement(plan, k) for k in range(far)]
    found["pavement.left"] = [_pavement(plan, k) for k in range(far, count)]
    return {name: Region(np.ascontiguousarray(np.concatenate(parts))) for name, parts in found.items()}
