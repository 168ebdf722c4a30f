"""Initial poses of a batch of variants, and what makes a placement impossible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.variants import Variants
from simengine.errors import ProgramError
from simengine.physics.boxes import Boxes, separation_m

__all__ = [
    "ELEMENT_EXISTS", "FITS", "HAS_AREA", "IS_SOMEWHERE", "LANE_EXISTS", "NO_OVERLAP", "ON_ROAD", "Placement",
    "Refusal", "boxes_of", "overlaps",
]  # fmt: skip

NO_OVERLAP = "no two entities overlap"
ON_ROAD = "everything stands on the road"
HAS_AREA = "every named region exists"
FITS = "what stands on something fits onto it"
IS_SOMEWHERE = "every place that follows from the placed scene is one"
LANE_EXISTS = "every named lane exists"
ELEMENT_EXISTS = "every named element exists"
_HELP = {
    NO_OVERLAP: "move one of them, or widen what is drawn",
    ON_ROAD: "place it nearer, or make the road longer ('length' of the world)",
    HAS_AREA: "name a region that the world always has",
    FITS: "make it smaller, or what it stands on larger",
    IS_SOMEWHERE: "keep what does not exist and divisions by zero out of it",
    LANE_EXISTS: "name a lane that is there, or give the road more ('lanes' of the world)",
    ELEMENT_EXISTS: "name an element that is always there",
}
_PAIRS = 1 << 19  # pairs of boxes looked at together
_TOUCH_M = 1e-9  # rounding of boxes that are placed side by side


@dataclass(frozen=True, eq=False)
class Refusal:
    """Why some variants cannot be placed.

    Attributes:
        constraint: the implicit constraint.
        detail: names what is in the way.
        rows: where, (B,).
    """

    constraint: str
    detail: str
    rows: BoolArray

    @property
    def help(self) -> str:
        """What to do about it."""
        return _HELP[self.constraint]


@dataclass(frozen=True, eq=False)
class Placement:
    """Initial poses of all slots; rows of inactive slots are meaningless.

    Attributes:
        x_m, y_m, yaw_rad: (B, S).
        z_m: (B, S), of the foot above the ground there.
        held_by: (B, S), slot of what an entity lies in, -1 for none.
        lane: (B, S), index of the lane that an entity was put on, -1 for none.
        speed_mps: (B, S), initial speed along the heading (people stand until an action moves them).
        active: (B, S).
        size_m: (B, S, 3).
        refusals: implicit constraints that failed somewhere.
    """

    x_m: F64Array
    y_m: F64Array
    z_m: F64Array
    yaw_rad: F64Array
    held_by: I64Array
    lane: I64Array
    speed_mps: F64Array
    active: BoolArray
    size_m: F64Array
    refusals: tuple[Refusal, ...]

    @property
    def possible(self) -> BoolArray:
        """Variants without a refusal, (B,)."""
        out = np.ones(self.x_m.shape[0], np.bool_)
        for refusal in self.refusals:
            out &= ~refusal.rows
        return out

    def check(self, variants: Variants) -> None:
        """Make sure that every variant is possible.

        Raises:
            ProgramError: one is not; names the entities and the reason.
        """
        if self.refusals:
            refusal = self.refusals[0]
            row = int(variants.indices[int(np.flatnonzero(refusal.rows)[0])])
            raise ProgramError(
                f"variant {row} of '{variants.program.name}' cannot be placed: {refusal.detail} (it is required that "
                f"{refusal.constraint}); {refusal.help}"
            )


def boxes_of(placement: Placement, columns: I64Array) -> Boxes:
    """Boxes of some slots (n,), shape (B, n)."""
    yaw = np.ascontiguousarray(placement.yaw_rad[:, columns])
    size, foot = placement.size_m[:, columns], placement.z_m[:, columns]
    return Boxes(
        placement.x_m[:, columns], placement.y_m[:, columns], np.cos(yaw), np.sin(yaw),
        0.5 * size[..., 0], 0.5 * size[..., 1], foot, foot + size[..., 2],
    )  # fmt: skip


def overlaps(placement: Placement, names: Sequence[str]) -> list[Refusal]:
    """Pairs of boxes that overlap somewhere."""
    out: list[Refusal] = []
    slots = placement.x_m.shape[1]
    boxes = boxes_of(placement, np.arange(slots, dtype=np.int64))
    step = max(1, _PAIRS // max(1, placement.x_m.size))
    for start in range(0, slots - 1, step):  # a few slots against all that follow, so that memory stays bounded
        some = [_pairs(k, slots) for k in range(start, min(start + step, slots - 1))]
        first, second = np.concatenate([p[0] for p in some]), np.concatenate([p[1] for p in some])
        both = placement.active[:, first] & placement.active[:, second]
        both &= (placement.held_by[:, first] != second) & (placement.held_by[:, second] != first)
        near = np.flatnonzero((both & (_clearance_m2(boxes, first, second) < 0.0)).any(0))
        first, second, both = first[near], second[near], both[:, near]
        one, two = (Boxes(*(np.ascontiguousarray(v[:, i]) for v in boxes)) for i in (first, second))
        hit = both & (separation_m(one, two) < -_TOUCH_M)
        out += [
            Refusal(NO_OVERLAP, f"'{names[first[k]]}' and '{names[second[k]]}' overlap", hit[:, k])
            for k in np.flatnonzero(hit.any(0))
        ]
    return out


def _clearance_m2(boxes: Boxes, first: I64Array, second: I64Array) -> F64Array:
    """Squared distance of centres less the square of both radii: not negative where boxes cannot overlap."""
    radius = np.sqrt(boxes.half_length_m * boxes.half_length_m + boxes.half_width_m * boxes.half_width_m)
    dx, dy = boxes.x_m[:, first] - boxes.x_m[:, second], boxes.y_m[:, first] - boxes.y_m[:, second]
    reach = radius[:, first] + radius[:, second]
    return dx * dx + dy * dy - reach * reach


def _pairs(slot: int, slots: int) -> tuple[I64Array, I64Array]:
    later = np.arange(slot + 1, slots)
    return np.full(len(later), slot), later
