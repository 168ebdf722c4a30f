"""Who is led along a path keeps clear of trees, lamps and their like: they pass on the nearer side.

Others look for a way of their own (:mod:`simengine.physics.ways_round`, :mod:`simengine.physics.headings`), and so does
who flees (:mod:`simengine.physics.escapes`). Here the place ahead is given anew in every tick, and a short step aside
is enough: the tangent to a circle round what stands.

B variants, P people.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.cast import Cast

__all__ = ["Sidestep"]

_LOOK_M, _LOOK_S = 0.8, 0.7
"""So far ahead they look, and so much farther at a speed."""
_MARGIN_M = 0.15


class Sidestep:
    """Steps aside.

    Args:
        cast: who takes part.
        half_m: half of the width of each, (B, P).
    """

    def __init__(self, cast: Cast, half_m: F64Array) -> None:
        self._half_m = half_m
        self._stands = [f.table_m[:, :2] for f in cast.furniture]
        self._reach = [np.sqrt((f.table_m[:, 3:5] ** 2).sum(1)) for f in cast.furniture]

    def past(
        self, led: BoolArray, at: tuple[F64Array, F64Array], way: tuple[F64Array, F64Array], v: F64Array
    ) -> tuple[F64Array, F64Array]:
        """Directions that lead past what stands.

        Args:
            led: who is led, (B, P).
            at: where they are, x and y, (B, P) each.
            way: unit vectors of where they are led.
            v: how fast they are.

        Returns:
            Unit vectors of where they go.
        """
        if not (self._stands and bool(led.any())):
            return way
        ux, uy = way[0].copy(), way[1].copy()
        for row, k in np.argwhere(led).tolist():
            away = self._stands[row] - np.array([at[0][row, k], at[1][row, k]])
            ahead, left = away @ (ux[row, k], uy[row, k]), away @ (-uy[row, k], ux[row, k])
            radius = self._reach[row] + self._half_m[row, k] + _MARGIN_M
            meets = (ahead > 0.0) & (np.abs(left) < radius) & (ahead < radius + _LOOK_M + _LOOK_S * v[row, k])
            if not bool(meets.any()):
                continue
            n = int(np.argmin(np.where(meets, ahead, np.inf)))
            far = max(float(np.hypot(*away[n])), 1e-6)
            # the tangent leaves the middle of the circle by asin(radius / far); inside of the circle it is square to it
            turn = np.arctan2(away[n, 1], away[n, 0]) - np.copysign(np.arcsin(min(radius[n] / far, 1.0)), left[n])
            ux[row, k], uy[row, k] = np.cos(turn), np.sin(turn)
        return ux, uy
