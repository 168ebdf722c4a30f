"""Heights of the ground along a road: one function of the station along its reference line and the offset to its left.

The height of the road at (station s, offset d) is z(s) + d tan(bank(s)): the elevation and the superelevation of ASAM
OpenDRIVE 1.7 (8.4). Stations are horizontal, as there: lengths, gaps and times are those of the plan. z is quadratic
between joints and the bank linear, so nothing has steps. Beyond the edges of the road the height of the edge dies out,
which is how an embankment or a cutting meets the land.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.errors import SceneError
from simengine.geometry.arcs import nearest_on_arcs
from simengine.world.lanes import Curve

__all__ = ["COLUMNS", "Lift", "Surface", "Tangent", "lifts"]

COLUMNS = 6
"""Columns of a row: station, z, slope, half of the slope's change a metre, bank (+: the left side is higher), its
change a metre."""


class Lift(NamedTuple):
    """The ground at (station, offset), each in the shape of the stations.

    Attributes:
        z_m: height.
        along: how much it rises a metre of station at this offset.
        left: how much it rises a metre to the left.
    """

    z_m: F64Array
    along: F64Array
    left: F64Array


class Tangent(NamedTuple):
    """The ground at points of the plan, each in their shape.

    Attributes:
        z_m: height.
        ahead: how much it rises a metre in the direction of the reference line.
        left: how much it rises a metre to the left of that.
        heading_rad: of the line there.
    """

    z_m: F64Array
    ahead: F64Array
    left: F64Array
    heading_rad: F64Array


def lifts(
    rows: F64Array, station_m: F64Array, left_m: F64Array, edges_m: tuple[float | F64Array, float | F64Array],
    fade_m: float | F64Array,
) -> Lift:  # fmt: skip
    """Height and slopes at stations and offsets.

    Args:
        rows: (..., N, 6) as in :class:`Surface`, broadcastable against the stations; rows of station inf are padding.
        station_m, left_m: (...).
        edges_m: offsets of the right and the left edge of the road.
        fade_m: width in which the height of an edge dies out.
    """
    s = np.asarray(station_m, np.float64)
    k = np.maximum((s[..., None] >= rows[..., 0]).sum(-1) - 1, 0)
    shape = (*k.shape, *rows.shape[-2:])
    row = np.take_along_axis(np.broadcast_to(rows, shape), k[..., None, None], -2)[..., 0, :]
    ds = np.maximum(s - row[..., 0], 0.0)  # before the first row it is as there
    right, left = edges_m
    d = np.clip(left_m, right, left)
    tan = np.tan(row[..., 4] + row[..., 5] * ds)
    z = row[..., 1] + ds * (row[..., 2] + row[..., 3] * ds) + d * tan
    along = row[..., 2] + 2.0 * row[..., 3] * ds + d * (1.0 + tan * tan) * row[..., 5]
    along = np.where(s < row[..., 0], 0.0, along)
    beside = left_m - d
    t = np.minimum(np.abs(beside) / fade_m, 1.0)
    share = 1.0 - t * t * (3.0 - 2.0 * t)
    across = np.where(beside == 0.0, tan, z * -6.0 * t * (1.0 - t) / fade_m * np.sign(beside))
    return Lift(z * share, along * share, across)


@dataclass(frozen=True, eq=False)
class Surface:
    """Heights of the ground along one reference line.

    Attributes:
        line: the reference line, made of arcs; beyond its ends it goes on straight.
        rows: (N, 6), by rising station: station, z, slope, half of the slope's change a metre
            (z + slope ds + half ds^2), bank in radians, its change a metre. The first row begins level along the road
            and holds before it; the last one is level and holds on behind it.
        right_m, left_m: offsets of the edges of the road, the right one less than the left one.
        fade_m: width beyond the edges in which their height dies out (as 1 - 3 t^2 + 2 t^3).
        begin_m: station, as the rows count, of the first point of ``line``.
    """

    line: Curve
    rows: F64Array
    right_m: float
    left_m: float
    fade_m: float = 40.0
    begin_m: float = 0.0

    def __post_init__(self) -> None:
        rows = self.rows
        if self.line.arcs is None:
            raise SceneError("the reference line of a surface must be made of arcs; got a polyline")
        if rows.ndim != 2 or rows.shape[1] != COLUMNS or not len(rows):
            raise SceneError(f"a surface needs rows of shape (N, {COLUMNS}), at least one; got {rows.shape}")
        if not bool((np.diff(rows[:, 0]) > 0.0).all()):
            raise SceneError("the rows of a surface need rising stations; sort them, and join those at one station")
        if rows[0, 2] != 0.0 or rows[-1, 2] != 0.0 or rows[-1, 3] != 0.0 or rows[-1, 5] != 0.0:
            raise SceneError(
                "a surface begins and ends level: slope 0 in its first row, slope and changes 0 in its last"
            )
        if not self.right_m < self.left_m or not self.fade_m > 0.0:
            raise SceneError(
                f"expected a right edge below the left one and a fade above 0 m; got {self.right_m:g} m, "
                f"{self.left_m:g} m, {self.fade_m:g} m"
            )

    def lift(self, station_m: npt.ArrayLike, left_m: npt.ArrayLike) -> Lift:
        """Height and slopes at stations (as the rows count) and offsets, broadcast."""
        s, left = np.broadcast_arrays(np.asarray(station_m, np.float64), np.asarray(left_m, np.float64))
        return lifts(self.rows, s, left, (self.right_m, self.left_m), self.fade_m)

    def height_m(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> F64Array:
        """Heights of the ground at points of the plan, broadcast."""
        return self.frame(x_m, y_m).z_m

    def frame(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> Tangent:
        """Heights and slopes of the ground at points of the plan, broadcast."""
        x, y = np.broadcast_arrays(np.asarray(x_m, np.float64), np.asarray(y_m, np.float64))
        assert self.line.arcs is not None
        near = nearest_on_arcs(self.line.arcs, x, y)
        lift = self.lift(self.begin_m + near.station_m, near.left_m)
        pace = 1.0 / np.maximum(1.0 - near.curvature_per_m * near.left_m, 0.2)  # as in physics.paths
        return Tangent(lift.z_m, lift.along * pace, lift.left, near.heading_rad)
