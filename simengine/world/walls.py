"""What stands for good and stops who comes against it: along a line (walls, house fronts, guard rails, railings,
racks), or by itself (trees, lamps, posts, bollards, benches)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.errors import SceneError

__all__ = ["NO_FURNITURE", "Furniture", "Wall", "wall_boxes"]

_LONGEST_M = 160.0
"""Longer boxes are cut, so that each lies in few cells of a grid."""
_THIN_M = 0.01
"""Half of the thickness of plates that are drawn as one face: boxes of rigid bodies have a volume."""


@dataclass(frozen=True, eq=False)
class Wall:
    """An upright obstacle that never moves.

    Attributes:
        name: what it is ("guard rail"), as events and messages call it.
        line_m: (N, 2) or (N, 3), N >= 2, the middle of it in the ground plane; heights are not looked at.
        half_m: half of its thickness.
        top_m: its height above the ground, where it stands.
    """

    name: str
    line_m: F64Array
    half_m: float
    top_m: float

    def __post_init__(self) -> None:
        if self.line_m.ndim != 2 or len(self.line_m) < 2 or self.line_m.shape[1] not in (2, 3):
            raise SceneError(f"a wall needs a line of two points or more, (N, 2) or (N, 3); got {self.line_m.shape}")
        if not (self.half_m > 0.0 and self.top_m > 0.0):
            raise SceneError(f"'{self.name}' needs a thickness and a height; got {self.half_m:g} m, {self.top_m:g} m")


class Furniture(NamedTuple):
    """What stands by itself beside the ways of a world, up to the height of people.

    Attributes:
        table_m: (N, 6) of x, y, heading, half length, half width, height.
        names: what each is ("tree"), as events and messages call it.
    """

    table_m: F64Array
    names: tuple[str, ...]

    @property
    def boxes(self) -> F64Array:
        """The same as :func:`wall_boxes` gives them, (N, 7)."""
        x, y, yaw, long, wide, top = self.table_m.T
        long, wide = np.maximum(long, _THIN_M), np.maximum(wide, _THIN_M)
        return np.column_stack([x, y, np.cos(yaw), np.sin(yaw), long, wide, top])


NO_FURNITURE = Furniture(np.zeros((0, 6)), ())


def wall_boxes(walls: tuple[Wall, ...]) -> tuple[F64Array, tuple[str, ...]]:
    """All walls as boxes in the ground plane.

    Returns:
        (N, 7) of middle x and y, cosine and sine of the heading, half length, half width, height; and N names.
    """
    rows: list[F64Array] = []
    names: list[str] = []
    for wall in walls:
        p = np.asarray(wall.line_m[:, :2], np.float64)
        step = np.diff(p, axis=0)
        length = np.sqrt((step * step).sum(-1))
        pieces = np.maximum(np.ceil(length / _LONGEST_M), 1.0).astype(np.int64) * (length > 1e-9)
        k = np.repeat(np.arange(len(step)), pieces)
        share = (np.arange(len(k)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[k]
        middle, way = p[k] + share[:, None] * step[k], step[k] / length[k, None]
        rest = np.broadcast_to([wall.half_m, wall.top_m], (len(k), 2))
        rows.append(np.column_stack([middle, way, 0.5 * length[k] / pieces[k], rest]))
        names += [wall.name] * len(k)
    return (np.concatenate(rows) if rows else np.zeros((0, 7))), tuple(names)
