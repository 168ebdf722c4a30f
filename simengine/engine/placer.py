"""What placing needs again and again: values of clauses, slots that they name, lanes, areas, refusals."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.areas import Areas, area, area_names
from simengine.engine.initial import enum_words
from simengine.engine.placed import ELEMENT_EXISTS, LANE_EXISTS, ON_ROAD, Placement, Refusal
from simengine.engine.placing import PlacingEnv
from simengine.engine.roads import BESIDE_M
from simengine.engine.standing import Tops
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError
from simengine.language.areas import DRAWS
from simengine.language.evaluate import evaluate
from simengine.language.program import Clause
from simengine.language.terms import Const, EntityRef, Expr

__all__ = ["PlacerBase", "Pose", "reach_m"]

DEFAULT_GAP_M = 1.0

Pose: TypeAlias = tuple[F64Array, F64Array, F64Array]
"""x, y and heading, all (B,)."""


class PlacerBase:
    """The state of placing a batch, and questions about it; every answer is (B,)."""

    def __init__(self, variants: Variants) -> None:
        self.variants, self.roads, self.env = (
            variants,
            variants.roads,
            PlacingEnv(variants, lambda: self.steps, self.so_far),
        )
        self.size, self.active = variants.size_m, variants.active
        shape = (variants.count, len(variants.roster.slots))
        self.x, self.y, self.z, self.yaw, self.speed = (np.zeros(shape) for _ in range(5))
        self.lane, self.held_by, self.rests_on = (np.full(shape, -1, np.int64) for _ in range(3))
        self.raised: BoolArray = np.zeros(shape, np.bool_)  # on a top, in or above something: not on the ground
        self.support = np.full((*shape, 6), np.nan)  # rows of Tops that slots stand on; nan: none, or it hangs above
        self.steps = 0  # made so far
        self.rows: I64Array = np.arange(variants.count)
        self.refusals: list[Refusal] = []
        self.row_end: dict[str, F64Array] = {}  # how far a row of elements reaches so far, (B,)

    def so_far(self) -> Placement:
        """What is placed."""
        x, y, z, yaw = self.x.copy(), self.y.copy(), self.z.copy(), self.yaw.copy()
        return Placement(x, y, z, yaw, self.held_by, self.rests_on, self.lane, self.speed, self.active, self.size, ())

    # ---- areas ---------------------------------------------------------------------------------------------------

    def _draws(self, slot: Slot) -> tuple[F64Array, F64Array] | None:
        """Where over an area: the entity's two draws, or None."""
        paths = [f"{slot.decl.name}.{name}" for name in DRAWS]
        if paths[0] not in self.variants.program.definitions:
            return None
        return self.env.column(paths[0], slot), self.env.column(paths[1], slot)

    def _areas(self, place: Expr) -> Areas:
        """The regions that a place names, one a variant."""
        return Areas.of(self.variants.lane_graphs, area_names(place, self.env, len(self.rows)), area)

    def _top_of(self, other: I64Array) -> Tops:
        size = self.size[self.rows, other]
        x, y, yaw = (np.ascontiguousarray(v[self.rows, other]) for v in (self.x, self.y, self.yaw))
        return Tops(x, y, yaw, size[:, 0], size[:, 1], self.z[self.rows, other] + size[:, 2])

    def _opening(self, tops: Tops, other: I64Array) -> Tops:
        """The tops of things, of hollow ones what is open: what falls from above falls in."""
        inner = self.variants.hollow_m[self.rows, other]
        hollow = inner[:, 0] > 0.0
        length, width = (np.where(hollow, inner[:, k], t) for k, t in enumerate((tops.length_m, tops.width_m)))
        return tops._replace(length_m=length, width_m=width)

    def _inner(self, other: I64Array) -> Tops:
        """The floor of something hollow."""
        inner = self.variants.hollow_m[self.rows, other]
        tops = self._top_of(other)
        foot = self.z[self.rows, other] + inner[:, 2]
        return Tops(tops.x_m, tops.y_m, tops.yaw_rad, inner[:, 0], inner[:, 1], foot)

    # ---- the road ---------------------------------------------------------------------------------------------------

    def _heading_at(self, x: F64Array, y: F64Array, slot: Slot) -> Pose:
        """People face the road, the rest heads as the nearest lane does."""
        if slot.decl.category == "person":
            return x, y, self.roads.towards_road_rad(x, y)
        return x, y, self.roads.frame(self.roads.nearest_lane(x, y), x, y)[2].copy()

    def _existing_lane(self, lane: I64Array, slot: Slot, index: int, numbered: bool = False) -> I64Array:
        most = self.roads.exists.shape[1]
        safe = np.clip(lane, 0, most - 1)
        missing = (lane != safe) | ~self.roads.exists[self.rows, safe]
        if numbered:
            missing |= ~self.roads.main[self.rows, safe]
        self._refuse(LANE_EXISTS, f"the lane of '{slot.name}' does not exist", missing, index)
        return safe

    def _lane_of(self, slot: I64Array) -> I64Array:
        known = self.lane[self.rows, slot]
        x, y, yaw = (v[self.rows, slot] for v in (self.x, self.y, self.yaw))
        return np.where(known >= 0, known, self.roads.nearest_lane(x, y, yaw))

    def _along_road(self, lane: I64Array, slot: I64Array) -> BoolArray:
        """Whether an entity heads along the road's own direction."""
        with_lane = self._with(self.roads.frame(lane, self.x[self.rows, slot], self.y[self.rows, slot])[2], slot)
        return with_lane == self.roads.forward[self.rows, lane]

    def _with(self, yaw: F64Array, slot: I64Array) -> BoolArray:
        heading = self.yaw[self.rows, slot]
        return np.cos(yaw) * np.cos(heading) + np.sin(yaw) * np.sin(heading) >= 0.0

    def _within_ends(self, x: F64Array, y: F64Array, index: int) -> None:
        """Refuse a point that lies beyond either end of the road."""
        if bool(self.roads.exists.any()):
            at = self.roads.reach(x, y)
            self._on_road(at.along_m, at.length_m, "the road", index)
            name = self.variants.roster.slots[index].name
            out = f"'{name}' is more than {BESIDE_M:.0f} m beside the road, where the world has ended"
            self._refuse(ON_ROAD, out, at.beside_m > BESIDE_M, index)

    def _reach(self, slot: I64Array, ux: F64Array, uy: F64Array) -> F64Array:
        """How far a box reaches from its centre in a direction."""
        return reach_m(self.yaw[self.rows, slot].copy(), self.size[self.rows, slot], ux, uy)

    # ---- values ----------------------------------------------------------------------------------------------------

    def _speed(self, slot: Slot) -> F64Array:
        """Speeds at the start; 0 where the sampler only asks for room, which no speed takes."""
        path = f"{slot.decl.name}.speed"
        unknown = path in self.variants.program.definitions and path not in self.variants.values
        return np.zeros(len(self.rows)) if unknown else self._column(slot, "speed")

    def _column(self, slot: Slot, prop: str) -> F64Array:
        return self.env.column(f"{slot.decl.name}.{prop}", slot)

    def _by(self, clause: Clause, slot: Slot) -> F64Array:
        if clause.by is None:
            return np.full(len(self.rows), DEFAULT_GAP_M)
        return self.env.column(clause.by, slot)

    def _number(self, expr: Expr) -> F64Array:
        return np.asarray(evaluate(expr, self.env, len(self.rows)), np.float64)

    def _words(self, expr: Expr) -> list[str]:
        return enum_words(expr, self.env, len(self.rows))

    def _length(self, slot: I64Array) -> F64Array:
        return self.size[self.rows, slot, 0]

    def _slot_of(self, expr: Expr, index: int, slot: Slot) -> I64Array:
        """Slot of the entity that a clause names, (B,)."""
        if not isinstance(expr, EntityRef):
            raise NotRunnableError(f"line {expr.span.line}: only an entity can be referred to here in this version")
        members = self.variants.roster.members(expr.name)
        at = np.zeros(len(self.rows), np.int64)
        if expr.index is not None:
            number = self._number(expr.index)
            at = np.where(np.isfinite(number), np.rint(number), 0.0).astype(np.int64) - 1
        safe = np.clip(at, 0, len(members) - 1) + members.start
        missing = (at + members.start != safe) | ~self.active[self.rows, safe]
        self._refuse(
            ELEMENT_EXISTS, f"'{slot.name}' refers to an element of '{expr.name}' that does not exist",
            missing, index,
        )  # fmt: skip
        return safe

    def _on_road(self, station: F64Array, length: F64Array, named: str, index: int) -> None:
        """Refuse what would stand beyond either end of a lane or kerb."""
        name, long = self.variants.roster.slots[index].name, self.variants.program.definitions.get("world.length")
        drawn = long is not None and not isinstance(long.binding, Const)
        of = f"{named}" if drawn or not len(length) or np.ptp(length) > 0 else f"{named} ({length[0]:.0f} m)"
        self._refuse(ON_ROAD, f"'{name}' is beyond the end of {of}", station > length, index)
        self._refuse(ON_ROAD, f"'{name}' is before the start of {of}", station < 0.0, index)

    def _refuse(self, constraint: str, detail: str, rows: BoolArray, index: int) -> None:
        rows = rows & self.active[:, index]
        if rows.any():
            self.refusals.append(Refusal(constraint, detail, rows))


def reach_m(yaw: F64Array, size: F64Array, ux: F64Array, uy: F64Array) -> F64Array:
    """How far boxes (B, 3) with headings (B,) reach from their centres in directions (B,)."""
    c, s = np.cos(yaw), np.sin(yaw)
    along, across = np.abs(ux * c + uy * s), np.abs(uy * c - ux * s)
    return 0.5 * (along * size[:, 0] + across * size[:, 1])
