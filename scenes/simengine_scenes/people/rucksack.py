"""A rucksack: a bag that lies on the back that wears it, and straps that lie on its shoulders and its chest."""

from __future__ import annotations

from simengine.arrays import F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.probe import first_hit
from simengine_scenes.shapes.solids import tube

__all__ = ["add_rucksack"]

_STRAP_M = 0.013 / 1.7
"""Half the thickness of a padded strap, over the stature."""


def add_rucksack(draft: Draft, b: BodyMeasures, torso: F64Array, x_m: float, cloth: Material) -> None:
    """Add a rucksack to a draft.

    Args:
        draft: takes it, in the frame of ``torso``.
        b: of who wears it.
        torso: (T, 3, 3), corners of the trunk with all that is worn on it, upright, its foot at z = 0.
        x_m: where the middle of the body is in that frame.
        cloth: of the bag.
    """
    span, chest = b.shoulder_m - b.hip_m, b.chest_m[1]
    heights = [b.hip_m + share * span for share in (0.25, 0.45, 0.65, 0.85)]
    back = min(float(first_hit(torso, 0, -1.0, (0.0, z))[0]) for z in heights)
    deep, wide = 0.17 * span, 0.86 * chest
    bag = [
        (b.hip_m + share * span, back + 0.012 - depth * deep, depth * deep, width * wide)
        for share, depth, width in ((0.14, 0.50, 0.74), (0.18, 0.85, 0.94), (0.50, 1.0, 1.0), (0.80, 0.84, 0.94),
                                    (0.93, 0.60, 0.74), (0.96, 0.40, 0.50))
    ]  # fmt: skip
    draft.add(trunk(bag, 18, 3.2), cloth)
    pocket = [(b.hip_m + share * span, back - (1.55 + 0.25 * out) * deep, (0.30 + 0.25 * out) * deep, 0.76 * wide)
              for share, out in ((0.20, 0.0), (0.24, 1.0), (0.46, 1.0), (0.52, 0.0))]  # fmt: skip
    draft.add(trunk(pocket, 14, 3.2), cloth)
    seam = b.hip_m + 0.66 * span
    flap = [(z, back - 0.92 * deep, 0.985 * deep, 0.99 * wide) for z in (seam, seam + 0.012)]
    draft.add(trunk(flap, 18, 3.2), palette.PLASTIC)
    for side in (1.0, -1.0):
        draft.add(tube(_strap(b, torso, x_m, back, side), _STRAP_M * b.stature_m, 6), palette.PLASTIC)


def _strap(b: BodyMeasures, torso: F64Array, x_m: float, back: float, side: float) -> list[F64Array]:
    """The middle line of a strap: from the bag over the shoulder, down the chest, and below the arm back to the bag."""
    span, (deep, wide), lift = b.shoulder_m - b.hip_m, b.chest_m, 0.45 * _STRAP_M * b.stature_m
    y = side * 0.5 * wide
    over = [first_hit(torso, 2, 1.0, (x_m + share * deep, y)) for share in (-0.55, -0.25, 0.05, 0.30)]
    down = [
        first_hit(torso, 0, 1.0, (y * (1.0 + 0.6 * (0.9 - share)), b.hip_m + share * span))
        for share in (0.92, 0.84, 0.74, 0.63, 0.52, 0.43)
    ]
    under = [
        first_hit(torso, 1, side, (x_m + ahead * deep, b.hip_m + share * span))
        for ahead, share in ((0.55, 0.37), (0.15, 0.32), (-0.3, 0.28))
    ]
    ends = [first_hit(torso, 0, -1.0, (y, b.hip_m + share * span)) for share in (0.88, 0.26)]
    for point in over:
        point[2] += lift
    for point in down:
        point[0] += lift
    for point in under:
        point[1] += side * lift
    ends[0][0] = min(ends[0][0], back) + 0.01
    ends[1][0] = min(ends[1][0], back) + 0.01
    return [ends[0], *over, *down, *under, ends[1]]
