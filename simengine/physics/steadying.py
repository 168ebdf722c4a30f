"""How drones keep their way and place in wind.

Drag follows the speed through the air, so that wind pushes. Against that a drone leans by what it has felt of the push
over the last second (the integral term of geometric controllers: Goodarzi, Lee and Lee, 2013), and where it hovers it
comes back to its place: a steady wind moves it nowhere, gusts move it by what of them changes within a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.wind import Gusts, Wind

__all__ = ["FEELING_S", "RETURN_PER_S", "Steadying"]

FEELING_S = 1.0
"""How fast the push of the wind is felt."""
RETURN_PER_S = 0.8
"""Speed back to the place, for each metre."""
_AT_REST_MPS = 0.3

_Pair = tuple[F64Array, F64Array]


class Steadying:
    """The push of the wind on all drones of a batch, and what they do against it, (B, D).

    Args:
        wind: of the batch; rows in which none blows stay as they would be without this.
        names: of the drones.
        height_m: above the ground, (B, D).
        drag_per_s: deceleration by drag for each m/s through the air.
        dt_s: length of a tick.
    """

    def __init__(self, wind: Wind, names: Sequence[str], height_m: F64Array, drag_per_s: float, dt_s: float) -> None:
        self._gusts, self._windy = Gusts(wind, names, dt_s), wind.blows[:, None]
        self._drag_per_s, self._dt_s = drag_per_s, dt_s
        mx, my = self._gusts.mean(height_m)
        self._felt = drag_per_s * np.stack([mx, my])  # they have been in the air before
        self._place = np.full((2, *height_m.shape), np.nan)

    @property
    def lean(self) -> _Pair:
        """Acceleration against what is felt of the wind."""
        return np.where(self._windy, -self._felt, 0.0)[0], np.where(self._windy, -self._felt, 0.0)[1]

    def leave(self, rows: BoolArray, k: int) -> None:
        """One of them is somewhere else in some rows."""
        self._place[:, rows, k] = np.nan

    def back(self, wanted: _Pair, hovering: BoolArray, at: _Pair, v: _Pair) -> _Pair:
        """Wanted velocities, of those who hover back to the place where they came to rest."""
        place, here = self._place, np.stack(at)
        slow = np.sqrt(v[0] * v[0] + v[1] * v[1]) < _AT_REST_MPS
        place = np.where(np.isnan(place) & slow, here, place)
        self._place = place = np.where(hovering & self._windy, place, np.nan)
        dx, dy = np.where(np.isnan(place), 0.0, RETURN_PER_S * (place - here))
        return wanted[0] + dx, wanted[1] + dy

    def push(self, height_m: F64Array, vx: F64Array, vy: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Accelerations by the wind of the next tick, and of that which is felt."""
        air = np.stack(self._gusts.step(height_m, vx, vy))
        x, y, z = np.where(self._windy, self._drag_per_s * air, 0.0)
        self._felt = self._felt + min(self._dt_s / FEELING_S, 1.0) * (np.stack([x, y]) - self._felt)
        return x, y, z
