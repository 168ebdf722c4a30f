"""Ways that are drawn in the text: along a lane, or through points, with rounded corners."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.errors import UsageError
from simengine.geometry.arcs import arc_ends
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.paths import PathTable, project
from simengine.world.lanes import Curve

__all__ = ["Route", "Wheels", "point_on", "rounded", "route"]

_NEAR_M = 0.05
"""Points that are nearer to each other count as one."""
_STEP_M, _MOST_STATIONS = 0.25, 8000
_BESIDE_M = 0.25
"""Who follows a way may be as far beside it."""
_TIED_M, _CUT_M = 0.3, 2.0
"""Where somebody is on a way is known from its nearest point, which must be no farther from where they are, on the way
and beside it (there, corners are cut)."""
_BEHIND_RAD, _SHARP_RAD, _TIGHT = math.radians(100.0), math.radians(60.0), 0.6
"""A vehicle gets onto a line that begins at such an angle to its heading, and cuts corners of less than the second one
that are tighter than it turns, or not much tighter than that."""
_AHEAD_M = 0.5
"""How far along its way the start may lie already."""


class Wheels(NamedTuple):
    """What binds a vehicle to its heading: that, (B,), and the smallest radius of its rear axle."""

    yaw_rad: F64Array
    tightest_m: float


class Route:
    """A way for an actor in each variant.

    Attributes:
        packed: (B, S, COLUMNS).
        length_m, half_m: (B,), of the way, and half of its width.
        lane: (B,), index of the lane, -1 where it goes through points.
    """

    def __init__(self, packed: F64Array, length_m: F64Array, half_m: F64Array, lane: F64Array) -> None:
        self.packed, self.length_m, self.half_m, self.lane = packed, length_m, half_m, lane


def rounded(points_m: F64Array, radius_m: float) -> Curve:
    """Straight lines through points with corners of a radius, or a smaller one where the lines are short.

    Args:
        points_m: (N, 2), N >= 2, neighbours apart.
        radius_m: of the corners.
    """
    step = np.diff(points_m, axis=0)
    length = np.sqrt((step * step).sum(-1))
    heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    turn = np.diff(heading)
    half = np.minimum(np.abs(turn) * 0.5, 1.5)
    room = 0.5 * np.minimum(length[:-1], length[1:])
    cut = np.where(half > 1e-6, np.minimum(radius_m * np.tan(half), room), 0.0)
    rows: list[list[float]] = []
    begin = points_m[0]
    for k in range(len(step)):
        way = np.array([np.cos(heading[k]), np.sin(heading[k])])
        end = points_m[k + 1] - way * (cut[k] if k < len(cut) else 0.0)
        straight = float(np.sqrt(((end - begin) ** 2).sum()))
        if straight > 1e-9:
            rows.append([begin[0], begin[1], heading[k], straight, 0.0])
        if k < len(cut) and cut[k] > 0.0:
            radius = cut[k] / np.tan(half[k])
            rows.append([end[0], end[1], heading[k], radius * 2.0 * half[k], np.sign(turn[k]) / radius])
            onward = np.array([np.cos(heading[k + 1]), np.sin(heading[k + 1])])
            end = points_m[k + 1] + onward * cut[k]
        begin = end
    arcs = np.array(rows)
    ends, _ = arc_ends(arcs)
    flat = np.concatenate([arcs[:1, :2], ends])
    return Curve(np.column_stack([flat, np.zeros(len(flat))]), arcs)


def _through(
    cast: Cast, actor: int, rows: BoolArray, start: F64Array, points: F64Array, radius_m: float, wheels: Wheels | None
) -> Route:  # fmt: skip
    curves: list[list[Curve]] = []
    for b in range(cast.batch):
        line = [start[b]]
        for p in points[b]:
            if float(np.sqrt(((p - line[-1]) ** 2).sum())) > _NEAR_M:
                line.append(p)
        if len(line) < 2:
            if bool(rows[b]):
                raise UsageError(f"'{cast.names[actor]}' stands where its path ends; name points that are farther away")
            line.append(start[b] + np.array([1.0, 0.0]))
        curves.append([rounded(np.array(line), radius_m)])
        if bool(rows[b]):
            _unmixed(cast.names[actor], curves[-1][0], start[b])
            if wheels is not None:
                _drivable(cast.names[actor], curves[-1][0], float(wheels.yaw_rad[b]), wheels.tightest_m)
    length = np.array([c[0].length_m for c in curves])
    flat = np.full(cast.batch, -1.0)
    return Route(np.ascontiguousarray(PathTable.of(curves).packed[:, 0]), length, np.full(cast.batch, 1.75), flat)


def _unmixed(name: str, way: Curve, start: F64Array) -> None:
    """Every point of a way is nearest to itself, not to where the way comes back or goes beyond its ends."""
    table = PathTable.of([[way]])
    count = min(max(2, math.ceil(way.length_m / _STEP_M) + 1), _MOST_STATIONS)
    station = np.linspace(0.0, way.length_m, count)
    mixed = np.zeros(count, np.bool_)
    for beside_m, most_m in ((0.0, _TIED_M), (_BESIDE_M, _CUT_M), (-_BESIDE_M, _CUT_M)):
        left = np.full((1, count), beside_m)
        x, y, _ = table.at(np.zeros((1, count), np.int64), station[None], left)
        mixed |= np.abs(project(table.packed[:, 0], x[0], y[0]).station_m - station) > most_m
    mixed[0] |= bool(project(table.packed[:, 0], start[:1], start[1:]).station_m[0] > _AHEAD_M)
    if bool(mixed.any()):
        px, py = point_on(table.packed[:, 0], station[np.argmax(mixed), None])
        raise UsageError(
            f"'{name}' cannot follow this path: it meets itself, or the straight line beyond one of its ends, near "
            f"({px[0]:.1f} m, {py[0]:.1f} m); split it into several follow_path, one after the other"
        )


def _drivable(name: str, way: Curve, yaw_rad: float, tightest_m: float) -> None:
    """A vehicle can get onto the way, and round its corners."""
    assert way.arcs is not None
    begins = math.remainder(float(way.arcs[0, 2]) - yaw_rad, 2.0 * math.pi)
    if abs(begins) > _BEHIND_RAD and float(way.arcs[0, 3]) > 2.0 * tightest_m:  # what is nearer is passed at once
        raise UsageError(
            f"'{name}' cannot follow this path: its first point lies behind it, at {abs(math.degrees(begins)):.0f} deg "
            f"to its heading; begin ahead of it, or bring it round in arcs of {tightest_m:.1f} m at least"
        )
    for x, y, _, length, bend in way.arcs.tolist():
        if abs(bend) * length > _SHARP_RAD and abs(bend) * tightest_m * _TIGHT > 1.0:
            raise UsageError(
                f"'{name}' cannot follow this path: near ({x:.1f} m, {y:.1f} m) its points leave room for a corner of "
                f"{1.0 / abs(bend):.1f} m, and it turns with {tightest_m:.1f} m at least; place them farther apart"
            )


def route(
    cast: Cast, actor: int, rows: BoolArray, start: F64Array, args: Mapping[str, Argument], radius_m: float,
    wheels: Wheels | None = None,
) -> Route:  # fmt: skip
    """The way that ``follow_path`` asks for.

    Args:
        cast: who takes part.
        actor: slot.
        rows: where, (B,).
        start: (B, 2), where it is: a way through points begins there.
        args: ``path``: index of a lane (B,), a point (B, 2), or points (B, N, 2).
        radius_m: of corners.
        wheels: of a vehicle, which cannot turn on the spot.

    Raises:
        UsageError: there is no such way, or none for this vehicle; with the place and the quantity.
    """
    path = np.asarray(args["path"], np.float64)
    if path.ndim == 2:
        path = path[:, None]
    if path.ndim == 3:
        return _through(cast, actor, rows, start, path, radius_m, wheels)
    lane = np.broadcast_to(path, (cast.batch,))
    wrong = rows & ~((lane >= 0) & (lane < cast.lane_count[:, 0]))
    if bool(wrong.any()):
        b = int(np.flatnonzero(wrong)[0])
        raise UsageError(f"'{cast.names[actor]}' cannot follow lane({lane[b] + 1:g}): there is no such lane")
    index = (2 * np.maximum(lane, 0)).astype(np.int64)
    last = np.array([len(graph.lanes) - 1 for graph in cast.lanes])
    index = np.minimum(index, 2 * last)
    packed = cast.lane_paths.take(index[:, None])[:, 0]
    packed = np.broadcast_to(packed, (cast.batch, *packed.shape[1:]))
    half = np.broadcast_to(np.take_along_axis(cast.lane_half_m, index[:, None], 1)[:, 0], (cast.batch,))
    length = np.array([g.lanes[int(k) >> 1].centre.length_m for g, k in zip(cast.lanes, index, strict=True)])
    return Route(np.ascontiguousarray(packed), length, half, lane)


def point_on(packed: F64Array, station_m: F64Array) -> tuple[F64Array, F64Array]:
    """x and y of stations (B,) of paths (B, S, COLUMNS)."""
    where = station_m[:, None]
    index = np.zeros(where.shape, np.int64)
    x, y, _ = PathTable(packed[:, None]).at(index, where, np.zeros_like(where))
    return x[:, 0], y[:, 0]
