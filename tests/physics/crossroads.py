"""Two straight roads that cross at right angles, with the turns between them, for tests of driving through."""

from __future__ import annotations

import numpy as np

from simengine.world.lanes import Curve, Lane, LaneGraph, Turn

LANE_M = 3.5
LENGTH_M = 100.0


def _lane(start: tuple[float, float], end: tuple[float, float], forward: bool, left: int, right: int) -> Lane:
    return Lane(Curve(np.array([[*start, 0.0], [*end, 0.0]])), LANE_M, forward, left, right)


def turn(lanes: tuple[Lane, ...], start: int, end: int, radius_m: float) -> Turn:
    """A quarter circle that touches both lanes."""
    a, b = lanes[start].centre.points_m[:, :2], lanes[end].centre.points_m[:, :2]
    u, w = np.sign(a[1] - a[0]), np.sign(b[1] - b[0])
    corner = np.where(u != 0.0, b[0], a[0])
    side = float(np.sign(u[0] * w[1] - u[1] * w[0]))
    before = float(((corner - a[0]) * u).sum()) - radius_m
    after = float(((b[1] - corner) * w).sum()) - radius_m
    arc = 0.5 * np.pi * radius_m
    yaw = float(np.arctan2(u[1], u[0]))
    first, last = a[0] + u * before, corner + w * radius_m
    arcs = np.array([
        [*a[0], yaw, before, 0.0], [*first, yaw, arc, side / radius_m],
        [*last, yaw + side * 0.5 * np.pi, after, 0.0],
    ])  # fmt: skip
    t = np.linspace(0.0, 0.5 * np.pi, 40)[:, None]
    bow = first + radius_m * (np.sin(t) * u + (1.0 - np.cos(t)) * w)
    points = np.concatenate([a[:1], bow, b[1:]])
    curve = Curve(np.column_stack([points, np.zeros(len(points))]), arcs)
    return Turn(start, end, "left" if side > 0 else "right", curve, before, before + arc)


def crossroads(lanes: int = 2, length_m: float = LENGTH_M, right_m: float = 6.0, left_m: float = 10.0) -> LaneGraph:
    """Lanes of both directions together on each road; the middle is (length, 0).

    Right turns go from the right-hand lane into the right-hand lane, left turns from inner to inner lanes.
    """
    half, ahead = 0.5 * lanes * LANE_M, lanes // 2
    found: list[Lane] = []
    for cross in (False, True):
        for k in range(lanes):
            y, forward = (k + 0.5) * LANE_M - half, k < ahead
            ends = [(0.0, y), (2 * length_m, y)]
            if cross:
                ends = [(length_m - y, -length_m), (length_m - y, length_m)]
            first = lanes if cross else 0
            left, right = (first + k + 1 if k + 1 < lanes else -1), (first + k - 1 if k else -1)
            found.append(_lane(*(ends if forward else ends[::-1]), forward, left, right))
    one, two = tuple(range(lanes)), tuple(range(lanes, 2 * lanes))
    arms = {
        "own_arm": one[:ahead], "right_arm": two[:ahead], "far_arm": one[:ahead - 1:-1], "left_arm": two[:ahead - 1:-1]
    }  # fmt: skip
    order, all_lanes = ("own_arm", "right_arm", "far_arm", "left_arm"), tuple(found)
    turns: list[Turn] = []
    for i, arm in enumerate(order):
        # what leaves on an arm are the lanes that come in on the opposite one
        to_right, to_left = arms[order[(i + 3) % 4]], arms[order[(i + 1) % 4]]
        turns.append(turn(all_lanes, arms[arm][0], to_right[0], right_m))
        turns.append(turn(all_lanes, arms[arm][-1], to_left[-1], left_m))
    edges = {
        name: Curve(np.array([[0.0, y, 0.0], [2 * length_m, y, 0.0]]))
        for name, y in (("curb.right", -half), ("curb.left", half))
    }
    return LaneGraph(all_lanes, edges, turns=tuple(turns), arms=arms)
