"""Lines made of segments and circular arcs, of many variants, in one padded table, and exact nearest points on them.

All is elementwise: how a table is padded, and what else is in the batch, cannot change a result. A straight path gives
the same bits alone and beside bent ones: an arc of curvature 0 is computed as the segment that it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.geometry.arcs import arc_ends, arc_foot
from simengine.world.lanes import Curve

__all__ = ["COLUMNS", "Frame", "PathTable", "advance", "padded", "project", "straight"]

COLUMNS = 11
"""Columns of a row: x, y, direction x and y at its start, length, station, lowest and highest distance from the start
that belong to it, heading, turn of the heading, curvature."""
_AX, _AY, _UX, _UY, _LENGTH, _S0, _LOW, _HIGH, _YAW, _TURN, _BEND = range(COLUMNS)
_SLOWEST = 0.2
"""Where a parallel line would shrink to less than that of its path, points are taken to be so far inside of a bend."""
_ROUNDING_M = 1e-3
"""More than what rounding can make of a distance."""
_FAR_M = 1e9  # where padding segments lie: never the nearest


class Frame(NamedTuple):
    """Where points are relative to their paths.

    Attributes:
        station_m, left_m: of the points' shape: arc length along the path, offset to the left.
        ux, uy: direction of the path at the nearest point, broadcastable to that shape.
        along_m: distance from the start of the nearest segment.
        row: the nearest segment in a :class:`PathTable`, (..., COLUMNS).
    """

    station_m: F64Array
    left_m: F64Array
    ux: F64Array
    uy: F64Array
    along_m: F64Array
    row: F64Array

    @property
    def yaw_rad(self) -> F64Array:
        """Heading of the path, interpolated between the vertices of the polyline."""
        share = np.minimum(np.maximum(self.along_m / self.row[..., _LENGTH], 0.0), 1.0)
        return self.row[..., _YAW] + self.row[..., _TURN] * share

    @property
    def past_m(self) -> F64Array:
        """How far behind the end of the nearest segment the nearest point is; positive only beyond the path's end."""
        return self.along_m - self.row[..., _LENGTH]

    @property
    def pace(self) -> F64Array:
        """How fast the station changes, by the speed of a point along the path: on the inside of a bend, faster."""
        return 1.0 / np.maximum(1.0 - self.row[..., _BEND] * self.left_m, _SLOWEST)

    def reach_m(self, half_m: F64Array) -> F64Array:
        """How far along the path the middle of a face is, that lies ``half_m`` ahead of the point in its direction: on
        the inside of a bend, farther."""
        bend = self.row[..., _BEND]
        bent = bend != 0.0
        beside = np.maximum(1.0 - bend * self.left_m, _SLOWEST)
        return np.where(bent, np.arctan2(bend * half_m, beside) / np.where(bent, bend, 1.0), half_m)

    @property
    def curvature_per_m(self) -> F64Array:
        """Curvature of the path, positive to the left; broadcastable."""
        return self.row[..., _TURN] / self.row[..., _LENGTH]


def straight(x_m: float, y_m: float, yaw_rad: float) -> Curve:
    """A straight path through a point (paths go on beyond their ends)."""
    step = np.array([np.cos(yaw_rad), np.sin(yaw_rad), 0.0])
    start = np.array([x_m, y_m, 0.0])
    return Curve(np.stack([start, start + step]))


def _segments(curve: Curve) -> F64Array:
    """(S, COLUMNS) table of one curve."""
    if curve.arcs is not None:
        return _arcs(curve.arcs)
    straight_row = _one_segment(curve) if len(curve.points_m) == 2 else None
    return _polyline(curve) if straight_row is None else straight_row


def _one_segment(curve: Curve) -> F64Array | None:
    """The row of :func:`_polyline` for two points, bit for bit; None where they are one. Samplers make thousands."""
    (ax, ay), (bx, by) = curve.points_m[:, :2].tolist()
    dx, dy = bx - ax, by - ay
    length = math.sqrt(dx * dx + dy * dy)
    if not length > 1e-9:
        return None
    ux, uy = dx / length, dy / length
    yaw = float(np.arctan2(uy, ux))
    return np.array([[ax, ay, ux, uy, length, 0.0, -math.inf, math.inf, yaw, 0.0, 0.0]])


def _arcs(arcs: F64Array) -> F64Array:
    """Rows of arcs, and straight ones before a bent first and after a bent last arc, where the path goes on."""
    x, y, heading, length, bend = arcs.T
    total = np.concatenate([[0.0], np.cumsum(length)])
    rows = np.column_stack([
        x, y, np.cos(heading), np.sin(heading), length, total[:-1], np.zeros(len(x)), length, heading, bend * length,
        bend,
    ])  # fmt: skip
    if bend[0] != 0.0:
        rows = np.concatenate([_ray(x[0], y[0], heading[0], 0.0), rows])
    if bend[-1] != 0.0:
        ends, headings = arc_ends(arcs)
        rows = np.concatenate([rows, _ray(ends[-1, 0], ends[-1, 1], headings[-1], float(total[-1]))])
    if bend[0] != 0.0:
        rows[0, _HIGH] = 0.0
    rows[0, _LOW], rows[-1, _HIGH] = -np.inf, np.inf
    return rows


def _ray(x: float, y: float, heading: float, station: float) -> F64Array:
    return np.array([[x, y, np.cos(heading), np.sin(heading), 1.0, station, 0.0, 0.0, heading, 0.0, 0.0]])


def _polyline(curve: Curve) -> F64Array:
    points = curve.points_m[:, :2].astype(np.float64)
    step = np.diff(points, axis=0)
    length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    keep = length > 1e-9  # repeated points carry no direction
    if not bool(keep.any()):
        step, length, keep = np.array([[1.0, 0.0]]), np.ones(1), np.ones(1, np.bool_)
    start, step, length = points[:-1][keep], step[keep], length[keep]
    out = np.zeros((len(length), COLUMNS))
    out[:, _AX], out[:, _AY] = start[:, 0], start[:, 1]
    out[:, _UX], out[:, _UY] = step[:, 0] / length, step[:, 1] / length
    out[:, _LENGTH] = length
    out[1:, _S0] = np.cumsum(length)[:-1]
    out[1:, _LOW], out[0, _LOW] = 0.0, -np.inf
    out[:-1, _HIGH], out[-1, _HIGH] = length[:-1], np.inf
    yaw = np.unwrap(np.arctan2(out[:, _UY], out[:, _UX]))
    vertex = np.concatenate([yaw[:1], 0.5 * (yaw[1:] + yaw[:-1]), yaw[-1:]])
    out[:, _YAW], out[:, _TURN] = vertex[:-1], np.diff(vertex)
    return out


def _padding(shape: tuple[int, ...]) -> F64Array:
    """Segments (*shape, COLUMNS) that are never the nearest."""
    out = np.zeros((*shape, COLUMNS))
    out[..., _AX] = out[..., _AY] = _FAR_M
    out[..., _S0] = np.inf  # no station lies on padding
    out[..., _UX] = out[..., _LENGTH] = 1.0
    return out


def padded(packed: F64Array, more: int) -> F64Array:
    """The same paths with room for so many more segments."""
    shape = (*packed.shape[:-2], more)
    return np.concatenate([packed, _padding(shape)], -2)


def project(packed: Array, x_m: F64Array, y_m: F64Array) -> Frame:
    """Nearest points on paths; beyond the ends a path goes on straight.

    Args:
        packed: (..., S, COLUMNS), rows of a :class:`PathTable`, contiguous.
        x_m: points, broadcastable against the leading axes of ``packed``.
        y_m: the same.

    Returns:
        Stations, signed offsets to the left, directions.
    """
    count = packed.shape[-2]
    if count > 1:
        paths: I64Array = np.arange(packed.size // (count * COLUMNS), dtype=np.int64)
        first = (paths * count).reshape(packed.shape[:-2])
        return _on_arc(packed.reshape(-1, COLUMNS)[first + _nearest(packed, x_m, y_m)], x_m, y_m)
    row = packed[..., 0, :]
    dx, dy, ux, uy = x_m - row[..., _AX], y_m - row[..., _AY], row[..., _UX], row[..., _UY]
    along = np.minimum(np.maximum(dx * ux + dy * uy, row[..., _LOW]), row[..., _HIGH])
    return Frame(row[..., _S0] + along, ux * dy - uy * dx, ux, uy, along, row)


def advance(packed: Array, station_m: F64Array, distance_m: F64Array, left_m: F64Array) -> F64Array:
    """Stations of paths that are so far on, as counted along the parallel lines ``left_m`` to their left.

    On an arc of curvature k a metre of the path is 1 - k left metres of the parallel line; corners of polylines have
    no length.

    Args:
        packed: (..., S, COLUMNS), rows of a :class:`PathTable`.
        station_m, distance_m, left_m: (...); distances may be negative.
    """
    bend, low, high = packed[..., _BEND], packed[..., _LOW], packed[..., _HIGH]
    scale = np.maximum(1.0 - bend * left_m[..., None], _SLOWEST)
    goal = (scale * np.clip(station_m[..., None] - packed[..., _S0], low, high)).sum(-1) + distance_m
    lengths = scale * np.where(np.isfinite(high), high, 0.0)  # the last one goes on, and none follows it
    begins = np.cumsum(lengths, -1) - lengths
    bent = np.clip((goal[..., None] - begins) / scale, low, high).sum(-1)
    return np.where((bend != 0.0).any(-1), bent, station_m + distance_m)


def _nearest(packed: Array, x_m: F64Array, y_m: F64Array) -> I64Array:
    """Index of the nearest segment or arc.

    The foot on an arc costs an arctangent, so only rows that can be the nearest are asked for it: no point of a row is
    farther from its start than the row is long, and none is nearest that lies beyond both ends of some other row.
    """
    dx, dy = x_m[..., None] - packed[..., _AX], y_m[..., None] - packed[..., _AY]
    ux, uy, low, high = packed[..., _UX], packed[..., _UY], packed[..., _LOW], packed[..., _HIGH]
    px, py = dx * ux + dy * uy, ux * dy - uy * dx
    start = px * px + py * py
    end = np.concatenate([start[..., 1:], start[..., -1:]], -1)  # a row ends where the next one begins
    known = np.sqrt(np.maximum(start, end).min(-1, keepdims=True)) + _ROUNDING_M
    able = np.flatnonzero(np.sqrt(start) <= known + np.maximum(-low, high))

    def of(column: Array) -> F64Array:
        return np.broadcast_to(column, start.shape).reshape(-1).take(able)

    raw, left, _, _ = arc_foot(px.reshape(-1).take(able), py.reshape(-1).take(able), of(packed[..., _BEND]))
    away: F64Array = np.full(start.size, np.inf)
    past = np.where(raw > of(high), end.reshape(-1).take(able), left * left)
    away[able] = np.where(raw < of(low), start.reshape(-1).take(able), past)
    return np.argmin(away.reshape(start.shape), -1)


def _on_arc(row: F64Array, x_m: F64Array, y_m: F64Array) -> Frame:
    """Where points are relative to one row each."""
    dx, dy, ux, uy = x_m - row[..., _AX], y_m - row[..., _AY], row[..., _UX], row[..., _UY]
    raw, left, cos, sin = arc_foot(dx * ux + dy * uy, ux * dy - uy * dx, row[..., _BEND])
    along = np.minimum(np.maximum(raw, row[..., _LOW]), row[..., _HIGH])
    return Frame(row[..., _S0] + along, left, ux * cos - uy * sin, uy * cos + ux * sin, along, row)


@dataclass(frozen=True, eq=False)
class PathTable:
    """K paths in each of B variants.

    Attributes:
        packed: (B, K, S, COLUMNS), S = most segments of any path; padding lies far away. B may be 1 where all variants
            have the same paths.
    """

    packed: F64Array

    @classmethod
    def of(cls, curves: Sequence[Sequence[Curve]]) -> PathTable:
        """Table of ``curves[variant][path]``; variants may hold different numbers of paths."""
        distinct = {id(c): c for row in curves for c in row}  # variants often share their curves
        done = {key: _segments(curve) for key, curve in distinct.items()}
        tables = [[done[id(c)] for c in row] for row in curves]
        most = max((len(row) for row in tables), default=0)
        longest = max((len(t) for row in tables for t in row), default=1)
        packed = _padding((len(tables), most, longest))
        for b, row in enumerate(tables):
            for k, table in enumerate(row):
                packed[b, k, : len(table)] = table
        return cls(packed)

    @property
    def count(self) -> int:
        """Paths a variant, K."""
        return self.packed.shape[1]

    def take(self, index: I64Array) -> F64Array:
        """Rows (B, N, S, COLUMNS) of the paths with these indices (B, N), contiguous.

        Where all variants have the same paths and ask for the same one, (1, N, S, COLUMNS): numbers beside each other
        are read several times faster than columns of a table.
        """
        if len(self.packed) > 1 or len(index) == 1:
            return np.ascontiguousarray(self.packed[np.arange(len(index))[:, None], index])
        if bool((index == index[:1]).all()):
            return np.ascontiguousarray(self.packed[:, index[0]])
        return np.ascontiguousarray(self.packed[0][index])

    def at(self, index: I64Array, station_m: F64Array, left_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """x, y and heading, each (B, N), at stations and offsets of paths ``index`` (B, N)."""
        packed = self.take(index)
        if packed.shape[-2] == 1:
            row = packed[..., 0, :]
        else:
            k = np.maximum((station_m[..., None] >= packed[..., _S0]).sum(-1) - 1, 0)
            real = (packed[..., _AX] != _FAR_M).sum(-1)
            row = np.take_along_axis(packed, np.minimum(k, real - 1)[..., None, None], -2)[..., 0, :]
        along = station_m - row[..., _S0]
        ux, uy = row[..., _UX], row[..., _UY]
        share = np.minimum(np.maximum(along / row[..., _LENGTH], 0.0), 1.0)
        yaw = row[..., _YAW] + row[..., _TURN] * share
        x = row[..., _AX] + ux * along - uy * left_m
        y = row[..., _AY] + uy * along + ux * left_m
        bend = row[..., _BEND]
        if not bool(bend.any()):
            return x, y, yaw
        turn = bend * along
        half = 0.5 * turn
        small = np.abs(half) < 1e-6
        chord = along * np.where(small, 1.0, np.sin(half) / np.where(small, 1.0, half))
        way, there = row[..., _YAW] + half, row[..., _YAW] + turn
        bent_x = row[..., _AX] + chord * np.cos(way) - np.sin(there) * left_m
        bent_y = row[..., _AY] + chord * np.sin(way) + np.cos(there) * left_m
        return np.where(bend != 0.0, bent_x, x), np.where(bend != 0.0, bent_y, y), yaw
