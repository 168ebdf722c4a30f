"""Open doors as boxes of their own: what runs into one collides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.boxes import Boxes
from simengine.world.scene import Entity

__all__ = ["AJAR_RAD", "Doors"]

AJAR_RAD = 0.05
"""A door that is open less is shut."""
_HALF_THICK_M = 0.06
_SIDES = (1.0, -1.0)


@dataclass(frozen=True, eq=False)
class Doors:
    """Left and right front doors, (B, A, 2) each.

    Attributes:
        there: it has such a door.
        x_m, y_m: hinges in the entity's frame.
        length_m, low_m, high_m: of the doors.
    """

    there: BoolArray
    x_m: F64Array
    y_m: F64Array
    length_m: F64Array
    low_m: F64Array
    high_m: F64Array

    @classmethod
    def of(cls, entities: Sequence[Sequence[Entity | None]]) -> Doors:
        """Of all slots of all variants."""
        shape = (len(entities), len(entities[0]) if entities else 0, 2)
        there, numbers = np.zeros(shape, np.bool_), np.zeros((5, *shape))
        for b, row in enumerate(entities):
            for a, entity in enumerate(row):
                for k, door in enumerate(entity.doors if entity is not None else ()):
                    there[b, a, k] = door.length_m > 0.0
                    numbers[:, b, a, k] = (*door.hinge_m, door.length_m, *door.z_m)
        return cls(there, *numbers)

    def of_row(self, row: int) -> Doors:
        """Those of one variant, (1, A, 2)."""
        return Doors(*(np.ascontiguousarray(v[row : row + 1]) for v in vars(self).values()))

    def box(
        self, actor: int, side: int, pose: tuple[F64Array, F64Array, F64Array, F64Array, F64Array], angle: F64Array
    ) -> Boxes:
        """The box of a door.

        Args:
            actor: slot.
            side: 0 left, 1 right.
            pose: x, y, z, cosine and sine of the heading of the vehicle, (B,) each, or (T,) of one variant.
            angle: how far it is open.
        """
        x, y, z, cos, sin = pose
        hx, hy, length = self.x_m[:, actor, side], self.y_m[:, actor, side], self.length_m[:, actor, side]
        back, out = -np.cos(angle), _SIDES[side] * np.sin(angle)
        c, s = cos * back - sin * out, sin * back + cos * out
        at_x, at_y = x + (cos * hx - sin * hy), y + (sin * hx + cos * hy)
        half = 0.5 * length
        return Boxes(
            at_x + half * c, at_y + half * s, c, s, half + np.zeros_like(c), np.full_like(c, _HALF_THICK_M),
            z + self.low_m[:, actor, side], z + self.high_m[:, actor, side],
        )  # fmt: skip

    def reach_m(self, angle: F64Array) -> F64Array:
        """How far the widest open door stands out, (B, A), of angles (B, A, 2)."""
        return (np.where(self.there, self.length_m, 0.0) * np.sin(angle)).max(-1)
