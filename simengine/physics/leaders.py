"""Whom vehicles follow: of all others, those ahead of them in their lane, as one list of pairs.

Vehicles on one lane share one projection of all actors, so the cost grows with lanes times actors and with the pairs
that are really behind each other, not with all pairs. C = controlled vehicles, A = all actors, R = distinct paths,
N = pairs, ordered by variant, vehicle, other.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.following import FORESIGHT_S, intrudes
from simengine.physics.motion import Motion
from simengine.physics.perception import Watch

__all__ = ["BESIDE_M", "Leaders", "Lines"]

BESIDE_M = 0.3
"""Who moves over passes others no nearer than this."""


class Lines:
    """The distinct paths of some vehicles.

    Attributes:
        packed: (B, R, S, COLUMNS).
        half_m: half widths of the lanes, (B, R, 1).
        of: index of the path of each vehicle, (B, C).
    """

    def __init__(self, cast: Cast, m: Motion, slots: list[int]) -> None:
        path = m.path[:, slots]
        used: I64Array = np.unique(path)
        lanes = used.size < len(slots) and bool((used >= 0).all()) and not bool(m.way[:, slots].any())
        if lanes:
            index = np.broadcast_to(used, (cast.batch, used.size))
            packed = cast.lane_paths.take(index)
            self.packed = np.ascontiguousarray(np.broadcast_to(packed, (cast.batch, *packed.shape[1:])))
            half = np.broadcast_to(cast.lane_half_m, (cast.batch, cast.lane_paths.count))
            self.half_m: F64Array = np.ascontiguousarray(half[:, used])[..., None]
            self.of: I64Array = np.searchsorted(used, path).astype(np.int64)
        else:
            self.packed = np.ascontiguousarray(m.packed[:, slots])
            self.half_m = np.ascontiguousarray(m.half[:, slots])[..., None]
            self.of = np.broadcast_to(np.arange(len(slots), dtype=np.int64), path.shape)


class Leaders:
    """Pairs of a vehicle and somebody ahead of it in its lane, in this tick.

    Args:
        m: the motion.
        watch: of the vehicles.
        lines: their paths.
        foresees: which of them foresee lateral movement by ``FORESIGHT_S``, (B, C).
        moving_over: which are between two lanes, and look at who is straight ahead of them as well, (B, C).

    Attributes:
        vehicle: index of the vehicle in a flat (B, C) table, (N,).
        gap_m: bumper to bumper distance along the path, (N,).
        along_mps: how fast the other goes along it, (N,).
    """

    def __init__(
        self, m: Motion, watch: Watch, lines: Lines, foresees: BoolArray, moving_over: BoolArray
    ) -> None:  # fmt: skip
        near, (batch, count) = watch.along(m, lines.packed), foresees.shape
        paths, actors = near.station_m.shape[1:]
        rows: I64Array = (_counted(batch)[:, None] * paths + lines.of).reshape(-1)  # of the vehicles, in (B, R) tables
        station_m: F64Array = near.station_m.reshape(-1, actors).take(rows, 0)
        own_m: F64Array = station_m.reshape(batch, count, actors)[:, _counted(count), watch.slots].reshape(-1, 1)
        ahead: BoolArray = watch.others(m).reshape(-1, actors) & (station_m > own_m)
        box = near.left_m, near.half_lat_m, near.across_mps, lines.half_m
        found: BoolArray = ahead & intrudes(*box, 0.0).reshape(-1, actors).take(rows, 0)
        if bool(foresees.any()):
            soon: BoolArray = ahead & intrudes(*box, FORESIGHT_S).reshape(-1, actors).take(rows, 0)
            found = np.where(foresees.reshape(-1, 1), soon, found)
        over = np.flatnonzero(moving_over)
        if over.size:
            own = rows[over] * actors + np.array(watch.slots, np.int64)[over % count]
            gap = np.abs(near.left_m.reshape(-1, actors)[rows[over]] - near.left_m.reshape(-1)[own][:, None])
            wide = near.half_lat_m.reshape(-1, actors)[rows[over]] + watch.own_half_w.reshape(-1, 1)[over]
            found[over] |= ahead[over] & (gap < wide + BESIDE_M)
        pair = np.flatnonzero(found)
        self.vehicle: I64Array = pair // actors
        at: I64Array = rows.take(self.vehicle) * actors + pair % actors
        half_m = watch.own_half_l.reshape(-1).take(self.vehicle)
        there: F64Array = near.station_m.reshape(-1).take(at)
        here: F64Array = own_m.reshape(-1).take(self.vehicle)
        self.gap_m: F64Array = there - here - near.half_long_m.reshape(-1).take(at) - half_m
        self.along_mps: F64Array = near.along_mps.reshape(-1).take(at)
        self._first: I64Array = np.flatnonzero(np.diff(self.vehicle, prepend=-1))

    def each(self, table: F64Array) -> F64Array:
        """Values of the vehicles (B, C) for each pair, (N,)."""
        return table.reshape(-1).take(self.vehicle)

    def least(self, values: F64Array, otherwise: F64Array) -> F64Array:
        """The smallest of the values (N,) of each vehicle's pairs and of a value of its own (B, C)."""
        out = otherwise.reshape(-1).copy()
        if self._first.size:
            mine = self.vehicle[self._first]
            out[mine] = np.minimum(out[mine], np.minimum.reduceat(values, self._first))
        return out.reshape(otherwise.shape)


def _counted(count: int) -> I64Array:
    return np.arange(count, dtype=np.int64)
