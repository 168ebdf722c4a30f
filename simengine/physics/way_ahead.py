"""How far vehicles get along their ways before they come against what stands for good (walls, rails, trees, posts).

A vehicle's box is laid along its path, a metre apart, its rear axle on the line, and each goes straight on to the
next: the first contact is exact on straight ways. An offset that it changes (into another lane) comes as fast as it is
driven. C = vehicles, K = places along ways.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.barriers import Barriers
from simengine.physics.boxes import Boxes
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.paths import PathTable, project

__all__ = ["WayAhead"]

_LOOKS_S = 0.1
"""Time between two looks; in between the way gets shorter by what is driven."""
_STEP_M = 1.0
_GRAZE_M = 0.1
"""What reaches no deeper into the strip that a vehicle sweeps is passed."""
_SPARE_M = 2.0
"""So much farther than asked they look, for how fast they can get until the next look."""


class WayAhead:
    """The free ways of some vehicles.

    Args:
        cast: who takes part.
        slots: the vehicles.
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, slots: list[int], dt_s: float) -> None:
        self._cast, self._slots = cast, np.array(slots, np.int64)
        self._every = max(1, round(_LOOKS_S / dt_s))
        nobody: BoolArray = np.zeros((cast.batch, cast.slots), np.bool_)
        self._barriers = Barriers(cast, nobody, dt_s)
        self._free_m: F64Array = np.full((cast.batch, self._slots.size), np.inf)
        self._from_m: F64Array = np.zeros_like(self._free_m)

    def free_m(self, m: Motion, asked: BoolArray, within_m: F64Array) -> F64Array:
        """Bumper to wall along the way, (B, C); inf: nothing is in it so far ahead, or it goes backwards.

        Args:
            m: the motion.
            asked: who looks, (B, C).
            within_m: how far, (B, C).
        """
        travelled = m.travelled.take(self._slots, 1)
        if m.tick % self._every == 0:
            self._free_m[:], self._from_m = np.inf, travelled
            row, c = np.nonzero(asked & (m.reverse.take(self._slots, 1) == 0.0))
            if row.size and self._barriers.names:
                self._free_m[row, c] = self._look(m, row, self._slots[c], within_m[row, c] + _SPARE_M)
        return np.maximum(self._free_m - (travelled - self._from_m), 0.0)

    def _look(self, m: Motion, row: I64Array, slot: I64Array, within_m: F64Array) -> F64Array:
        places = np.ceil(within_m / _STEP_M).astype(np.int64)
        mine = np.repeat(np.arange(row.size), places)
        j = np.arange(mine.size) - np.repeat(np.cumsum(places) - places, places)
        ahead: F64Array = np.asarray(_STEP_M * j, np.float64)
        own, who = self._along(m, row, slot, mine, ahead), slot[mine]
        found = self._barriers.reached(row[mine], who, own, _STEP_M)
        pair, box = mine[found.place], found.box
        key = pair * len(self._barriers.names) + box
        inside = (j[found.place] == 0) & (found.way_m == 0.0)  # what it stands in, or what it has run into, lets it out
        counts = ~np.isin(key, key[inside])
        out = np.full(row.size, np.inf)
        np.minimum.at(out, pair[counts], (ahead[found.place] + found.way_m)[counts])
        return out

    def _along(self, m: Motion, row: I64Array, slot: I64Array, mine: I64Array, ahead_m: F64Array) -> Boxes:
        """Boxes (K,) of vehicles (``mine``: which of row and slot) so far ahead on their ways."""
        body = self._cast.body
        axle, cos, sin = body.rear_axle_m[row, slot], m.cos[row, slot], m.sin[row, slot]
        packed = np.ascontiguousarray(m.packed[row, slot])
        rear = project(packed, m.x[row, slot] - axle * cos, m.y[row, slot] - axle * sin)
        rest_s = np.maximum(m.shift_s[row, slot] - (m.tick - m.shift_tick[row, slot]) * m.dt_s, 1e-3)
        shifts_m = np.maximum(m.v[row, slot] * rest_s, _STEP_M)
        left = rear.left_m[mine]
        left = left + (m.shift_to[row, slot][mine] - left) * np.minimum(ahead_m / shifts_m[mine], 1.0)
        x, y, yaw = PathTable(packed[None]).at(mine[None], (rear.station_m[mine] + ahead_m)[None], left[None])
        cos, sin, axle, size = np.cos(yaw[0]), np.sin(yaw[0]), axle[mine], body.size_m[row, slot][mine]
        bottom = m.z[row, slot][mine]
        return Boxes(
            x[0] + axle * cos, y[0] + axle * sin, cos, sin, 0.5 * size[:, 0],
            np.maximum(0.5 * size[:, 1] - _GRAZE_M, 0.1), bottom, bottom + size[:, 2],
        )  # fmt: skip
