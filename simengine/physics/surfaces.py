"""Heights of the ground under the actors of a batch; some of its variants may be level.

All is elementwise: a variant gets the same bits in any batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.paths import PathTable, project, straight
from simengine.world.surface import COLUMNS, Surface, lifts

__all__ = ["Slopes", "Surfaces"]

_CHUNK = 1_000_000
"""So many pairs of points and arcs of reference lines are compared at once."""


class Slopes(NamedTuple):
    """The ground at points of the plan, each in their shape.

    Attributes:
        z_m: height.
        x, y: how much it rises a metre along the axes of the world.
    """

    z_m: F64Array
    x: F64Array
    y: F64Array


@dataclass(frozen=True, eq=False)
class Surfaces:
    """The surfaces of B variants, padded.

    Attributes:
        uneven: where there are heights at all, (B,).
        lines: reference lines, (B, 1, S, columns of :class:`simengine.physics.paths.PathTable`).
        rows: (B, 1, N, 6), see :class:`simengine.world.surface.Surface`; rows of station inf are padding.
        edges_m: right and left edge of the road, (2, B, 1).
        fade_m, begin_m: (B, 1).
    """

    uneven: BoolArray
    lines: F64Array
    rows: F64Array
    edges_m: F64Array
    fade_m: F64Array
    begin_m: F64Array

    @classmethod
    def of(cls, surfaces: Sequence[Surface | None]) -> Surfaces | None:
        """Those of a batch; None where all of it is level."""
        if all(s is None for s in surfaces):
            return None
        most = max(1 if s is None else len(s.rows) for s in surfaces)
        rows = np.zeros((len(surfaces), 1, most, COLUMNS))
        rows[:, :, 1:, 0] = np.inf
        edges, fade, begin = np.zeros((2, len(surfaces), 1)), np.ones((len(surfaces), 1)), np.zeros((len(surfaces), 1))
        for b, s in enumerate(surfaces):
            if s is not None:
                rows[b, 0, : len(s.rows)] = s.rows
                edges[:, b, 0], fade[b], begin[b] = (s.right_m, s.left_m), s.fade_m, s.begin_m
        level = straight(0.0, 0.0, 0.0)
        lines = PathTable.of([[level if s is None else s.line] for s in surfaces]).packed
        return cls(np.array([s is not None for s in surfaces], np.bool_), lines, rows, edges, fade, begin)

    def take(self, rows: I64Array) -> Surfaces:
        """Those of some variants, repeated or left out at will."""
        return Surfaces(
            self.uneven[rows], np.ascontiguousarray(self.lines[rows]), self.rows[rows], self.edges_m[:, rows],
            self.fade_m[rows], self.begin_m[rows],
        )  # fmt: skip

    def at(self, x_m: F64Array, y_m: F64Array) -> Slopes:
        """The ground under points (B, N)."""
        count, step = len(x_m), max(1, _CHUNK // max(1, x_m.shape[1] * self.lines.shape[2]))
        if count <= step:
            return self._at(x_m, y_m)
        starts = range(0, count, step)  # samplers ask for thousands of variants: a few at a time
        parts = [
            self.take(np.arange(k, min(k + step, count)))._at(x_m[k : k + step], y_m[k : k + step]) for k in starts
        ]
        return Slopes(*(np.concatenate(v) for v in zip(*parts, strict=True)))

    def _at(self, x_m: F64Array, y_m: F64Array) -> Slopes:
        near = project(self.lines, x_m, y_m)
        lift = lifts(
            self.rows, self.begin_m + near.station_m, near.left_m, (self.edges_m[0], self.edges_m[1]), self.fade_m
        )
        along = lift.along * near.pace
        return Slopes(lift.z_m, along * near.ux - lift.left * near.uy, along * near.uy + lift.left * near.ux)

    def raised(self, points_m: F64Array) -> F64Array:
        """Points (B, N, 3) whose heights are counted from the ground below them, in the world."""
        out = points_m.copy()
        out[..., 2] += self.at(np.ascontiguousarray(out[..., 0]), np.ascontiguousarray(out[..., 1])).z_m
        return out
