"""Polylines of many variants in one padded table, and exact nearest-point projection on them.

Only +, *, /, min and max touch the projection, which IEEE 754 defines to the last bit: how a table is padded, and what
else is in the batch, cannot change a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.world.lanes import Curve

__all__ = ["Frame", "PathTable", "project", "straight"]

_AX, _AY, _UX, _UY, _LENGTH, _S0, _LOW, _HIGH, _YAW, _TURN = range(10)
_FAR_M = 1e9  # where padding segments lie: never the nearest


class Frame(NamedTuple):
    """Where points are relative to their paths.

    Attributes:
        station_m, left_m: of the points' shape: arc length along the path, offset to the left.
        ux, uy: direction of the nearest segment, broadcastable to that shape.
        along_m: distance from the start of the nearest segment.
        row: the nearest segment in a :class:`PathTable`, (..., 10).
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
    def curvature_per_m(self) -> F64Array:
        """Curvature of the path, positive to the left; broadcastable."""
        return self.row[..., _TURN] / self.row[..., _LENGTH]


def straight(x_m: float, y_m: float, yaw_rad: float) -> Curve:
    """A straight path through a point (paths go on beyond their ends)."""
    step = np.array([np.cos(yaw_rad), np.sin(yaw_rad), 0.0])
    start = np.array([x_m, y_m, 0.0])
    return Curve(np.stack([start, start + step]))


def _segments(curve: Curve) -> F64Array:
    """(S, 10) table of one curve."""
    points = curve.points_m[:, :2].astype(np.float64)
    step = np.diff(points, axis=0)
    length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    keep = length > 1e-9  # repeated points carry no direction
    if not bool(keep.any()):
        step, length, keep = np.array([[1.0, 0.0]]), np.ones(1), np.ones(1, np.bool_)
    start, step, length = points[:-1][keep], step[keep], length[keep]
    out = np.zeros((len(length), 10))
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


def project(packed: Array, x_m: F64Array, y_m: F64Array) -> Frame:
    """Nearest points on paths; beyond the ends a path goes on straight.

    Args:
        packed: (..., S, 10), rows of a :class:`PathTable`, contiguous.
        x_m: points, broadcastable against the leading axes of ``packed``.
        y_m: the same.

    Returns:
        Stations, signed offsets to the left, directions.
    """
    count = packed.shape[-2]
    if count == 1:
        row = packed[..., 0, :]
    else:
        dx, dy = x_m[..., None] - packed[..., _AX], y_m[..., None] - packed[..., _AY]
        ux, uy = packed[..., _UX], packed[..., _UY]
        t = np.minimum(np.maximum(dx * ux + dy * uy, packed[..., _LOW]), packed[..., _HIGH])
        gx, gy = dx - t * ux, dy - t * uy
        paths: I64Array = np.arange(packed.size // (count * 10), dtype=np.int64)
        first = (paths * count).reshape(packed.shape[:-2])
        row = packed.reshape(-1, 10)[first + np.argmin(gx * gx + gy * gy, -1)]
    dx, dy, ux, uy = x_m - row[..., _AX], y_m - row[..., _AY], row[..., _UX], row[..., _UY]
    along = np.minimum(np.maximum(dx * ux + dy * uy, row[..., _LOW]), row[..., _HIGH])
    return Frame(row[..., _S0] + along, ux * dy - uy * dx, ux, uy, along, row)


@dataclass(frozen=True, eq=False)
class PathTable:
    """K paths in each of B variants.

    Attributes:
        packed: (B, K, S, 10), S = most segments of any path; padding lies far away.
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
        packed = np.zeros((len(tables), most, longest, 10))
        packed[..., _AX] = packed[..., _AY] = _FAR_M
        packed[..., _UX] = packed[..., _LENGTH] = 1.0
        for b, row in enumerate(tables):
            for k, table in enumerate(row):
                packed[b, k, : len(table)] = table
        return cls(packed)

    @property
    def count(self) -> int:
        """Paths a variant, K."""
        return self.packed.shape[1]

    def take(self, index: I64Array) -> F64Array:
        """Rows (B, N, S, 10) of the paths with these indices (B, N), contiguous."""
        return np.ascontiguousarray(self.packed[np.arange(len(index))[:, None], index])

    def at(self, index: I64Array, station_m: F64Array, left_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """x, y and heading, each (B, N), at stations and offsets of paths ``index`` (B, N)."""
        packed = self.take(index)
        k = np.maximum((station_m[..., None] >= packed[..., _S0]).sum(-1) - 1, 0)
        real = (packed[..., _AX] != _FAR_M).sum(-1)
        row = np.take_along_axis(packed, np.minimum(k, real - 1)[..., None, None], -2)[..., 0, :]
        along = station_m - row[..., _S0]
        ux, uy = row[..., _UX], row[..., _UY]
        x = row[..., _AX] + ux * along - uy * left_m
        y = row[..., _AY] + uy * along + ux * left_m
        share = np.minimum(np.maximum(along / row[..., _LENGTH], 0.0), 1.0)
        return x, y, row[..., _YAW] + row[..., _TURN] * share
