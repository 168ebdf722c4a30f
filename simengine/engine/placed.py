"""Initial poses of a batch of variants, and what makes a placement impossible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.variants import Variants
from simengine.errors import ProgramError
from simengine.physics.boxes import Boxes, overlap

__all__ = [
    "ELEMENT_EXISTS", "FITS", "HAS_AREA", "HAS_PAVEMENT", "HAS_ROOM", "IS_SOMEWHERE", "LANE_EXISTS", "MOUTHS_ARE_FREE",
    "NO_OVERLAP", "ON_ROAD", "Placement", "Refusal", "overlaps",
]  # fmt: skip

NO_OVERLAP = "no two entities overlap"
ON_ROAD = "everything stands on the road"
MOUTHS_ARE_FREE = "the mouths of side roads are kept free"
HAS_AREA = "every named region exists"
FITS = "what stands on something fits onto it"
HAS_ROOM = "there is room on the lanes"
HAS_PAVEMENT = "there is room on the pavements"
IS_SOMEWHERE = "every place that follows from the placed scene is one"
LANE_EXISTS = "every named lane exists"
ELEMENT_EXISTS = "every named element exists"
_HELP = {
    NO_OVERLAP: "move one of them, or widen what is drawn",
    ON_ROAD: "place it nearer, or make the road longer ('length' of the world)",
    MOUTHS_ARE_FREE: "place it where there is a kerb, or 'at (x, y)', which is anywhere",
    HAS_AREA: "name a region that the world always has",
    FITS: "make it smaller, or what it stands on larger",
    HAS_ROOM: "let there be fewer, or slower ones, which keep less distance, or make the roads longer",
    HAS_PAVEMENT: "let there be fewer of them, or make the roads longer or the pavements wider",
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
        rests_on: (B, S), slot of what an entity stands on or lies in, -1 for none: it goes along with that.
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
    rests_on: I64Array
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

    def bearer(self) -> I64Array:
        """What each slot stands on or lies in at last, or it itself: what stands on the ground, (B, S)."""
        count = self.x_m.shape[1]
        slots: I64Array = np.arange(count, dtype=np.int64)
        at: I64Array = np.tile(slots, (len(self.x_m), 1))
        for _ in range(count):  # no longer than the longest pile
            up = np.take_along_axis(self.rests_on, at, 1)
            if not bool((up >= 0).any()):
                break
            at = np.where(up >= 0, up, at)
        return at

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


def _boxes(placement: Placement, slots: I64Array) -> Boxes:
    """Boxes of some slots (n,), shape (n, B): pairs are gathered from rows."""

    def rows(values: F64Array) -> F64Array:
        return np.ascontiguousarray(values.T[slots])

    yaw, foot, size = rows(placement.yaw_rad), rows(placement.z_m), placement.size_m
    return Boxes(
        rows(placement.x_m), rows(placement.y_m), np.cos(yaw), np.sin(yaw), 0.5 * rows(size[..., 0]),
        0.5 * rows(size[..., 1]), foot, foot + rows(size[..., 2]),
    )  # fmt: skip


def overlaps(placement: Placement, names: Sequence[str]) -> list[Refusal]:
    """Pairs of boxes that overlap somewhere.

    Most pairs are told apart by less and less coarse bounds: what all variants of the batch share, circles around the
    boxes, the normals of their edges.
    """
    out: list[Refusal] = []
    first, second = _close(placement)
    if not first.size:
        return out
    used, where = np.unique(np.concatenate([first, second]), return_inverse=True)
    boxes = _boxes(placement, used)
    one, two = where[: first.size], where[first.size :]
    nested = bool((placement.held_by >= 0).any())
    step = max(1, _PAIRS // max(1, len(placement.x_m)))
    for start in range(0, first.size, step):  # a few pairs at a time, so that memory stays bounded
        part = slice(start, start + step)
        i, j = first[part], second[part]
        hit = (placement.active[:, i] & placement.active[:, j]).T
        if nested:
            hit &= ~(_inside(placement, i, j) | _inside(placement, j, i)).T
        hit &= _clearance_m2(boxes, one[part], two[part]) < 0.0
        near = np.flatnonzero(hit.any(-1))
        a, b = (Boxes(*(v[k[part][near]] for v in boxes)) for k in (one, two))
        hit[near] &= overlap(a, b, _TOUCH_M)
        out += [
            Refusal(NO_OVERLAP, f"'{names[i[k]]}' and '{names[j[k]]}' overlap", np.ascontiguousarray(hit[k]))
            for k in np.flatnonzero(hit.any(-1))
        ]
    return out


def _inside(placement: Placement, i: I64Array, j: I64Array) -> BoolArray:
    """Where i, or what i stands on or lies in, lies in j, (B, pairs): its box is inside of the other's."""
    rows = np.arange(len(placement.x_m))[:, None]
    at, out = np.broadcast_to(i, (rows.size, i.size)), np.zeros((rows.size, i.size), np.bool_)
    while bool((at >= 0).any()):
        safe = np.maximum(at, 0)
        out |= (at >= 0) & (placement.held_by[rows, safe] == j)
        at = np.where(at >= 0, placement.rests_on[rows, safe], -1)
    return out


def _close(placement: Placement) -> tuple[I64Array, I64Array]:
    """Pairs of slots, the lower one first, that the bounds of all variants together do not keep apart."""
    slots = placement.x_m.shape[1]
    size, active = placement.size_m, placement.active
    radius = np.where(active, np.sqrt(size[..., 0] * size[..., 0] + size[..., 1] * size[..., 1]), 0.0)
    reach = 0.5 * radius.max(0, initial=0.0) + _TOUCH_M
    apart = np.zeros((slots, slots), np.bool_)
    for centre in (placement.x_m, placement.y_m):
        low = np.where(active, centre, np.inf).min(0, initial=np.inf) - reach
        high = np.where(active, centre, -np.inf).max(0, initial=-np.inf) + reach
        apart |= (low[:, None] > high) | (low > high[:, None])
    first, second = np.nonzero(np.triu(~apart, 1))
    return first, second


def _clearance_m2(boxes: Boxes, first: I64Array, second: I64Array) -> F64Array:
    """Squared distance of centres less the square of both radii: not negative where boxes cannot overlap."""
    radius = np.sqrt(boxes.half_length_m * boxes.half_length_m + boxes.half_width_m * boxes.half_width_m)
    dx, dy = boxes.x_m[first] - boxes.x_m[second], boxes.y_m[first] - boxes.y_m[second]
    reach = radius[first] + radius[second]
    return dx * dx + dy * dy - reach * reach
