"""Where everything stands at the start: a deterministic function of the drawn values, lanes and sizes.

Every clause is a function (pose of what it refers to, lanes, values) -> pose, evaluated for all variants at once and
elementwise, so that a variant gets the same pose in any batch. Rules, beyond what the words say:

* ``lane(1)`` is the rightmost lane. A lane without a station puts the entity at a quarter of the lane's length.
* ``ahead of E by d``: d metres between E's front and the entity's rear, measured along the entity's lane in E's
  direction (E's own lane where no other is named); d may be negative. ``behind`` mirrors it.
* ``left of E by d`` (``right of``): side by side with E, d metres between the boxes, heading as E does.
* ``between A and B``: in the middle of the gap between the two, on the line through their centres. People face the
  nearest lane, everything else heads as A does.
* ``along curb(side) by d``: a row parallel to the kerb that starts at a quarter of its length; each element stands d
  (its own, where it is drawn) in front of the one before it. Vehicles and things stand on the carriageway's side,
  0.25 m from the kerb, heading as the nearest lane does; people stand 0.25 m behind it, on the pavement, and face the
  road.
* ``facing`` an entity turns towards it, a region: towards the road; an angle is counted counter-clockwise from the
  direction of the road.
* A missing ``by`` is 1 m. ``lateral`` shifts to the left of the heading, ``yaw`` turns counter-clockwise, last of all.
* Everything stands on the ground, z = 0.

A variant is refused (sampling draws another) where a named lane or element does not exist, where something would stand
beyond the end of its lane, and where two boxes overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.initial import InitialEnv, enum_words
from simengine.engine.placed import NO_OVERLAP, Placement, Refusal, boxes_of, overlaps
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError, ProgramError
from simengine.language.evaluate import evaluate
from simengine.language.program import Call, Clause, Const, EntityDecl, EntityRef, Expr

__all__ = ["KERB_GAP_M", "NO_OVERLAP", "Placement", "Refusal", "boxes_of", "place"]

KERB_GAP_M = 0.25
DEFAULT_GAP_M = 1.0
QUARTER = 0.25


def place(variants: Variants) -> Placement:
    """Place all entities of a batch of variants.

    Raises:
        NotRunnableError: a clause that checks and does not run in this version.
        ProgramError: entities are placed by one another in a circle.
    """
    placer = _Placer(variants)
    for name in _order(variants.program.entities):
        for slot in variants.roster.members(name):
            placer.place(slot)
    return placer.finish()


# ---- order ---------------------------------------------------------------------------------------------------------


def _order(entities: Sequence[EntityDecl]) -> list[str]:
    """Declarations, each after those that its placement refers to; else in the order of the program."""
    table = {e.name: e for e in entities}
    done: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in table:
            return
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise ProgramError(f"entities are placed by one another in a circle: {circle}; give one of them a place")
        path.append(name)
        for clause in table[name].clauses:
            if clause.kind == "facing" and clause.by is not None:
                continue  # an angle: the place is the entity itself
            for place in (clause.place, clause.second):
                for other in [] if place is None else _entities_in(place):
                    visit(other)
        path.pop()
        done.append(name)

    for entity in entities:
        visit(entity.name)
    return done


def _entities_in(expr: Expr) -> list[str]:
    if isinstance(expr, EntityRef):
        return [expr.name]
    if isinstance(expr, Call):
        inner = [expr.receiver] if expr.receiver is not None else []
        return [name for e in (*inner, *expr.args.values()) for name in _entities_in(e)]
    return []


# ---- one entity after the other ------------------------------------------------------------------------------------


@dataclass
class _Draft:
    """What the clauses of one entity have said so far; all (B,)."""

    lane: I64Array | None = None
    station: F64Array | None = None
    curve: I64Array | None = None
    left: F64Array | None = None
    pose: tuple[F64Array, F64Array, F64Array] | None = None
    facing: Clause | None = None
    reference: I64Array | None = None  # slot of what "ahead of" refers to
    reach: F64Array | None = None  # distance between centres along the reference's direction


class _Placer:
    def __init__(self, variants: Variants) -> None:
        self.variants, self.roads, self.env = variants, variants.roads, InitialEnv(variants)
        self.size, self.active = variants.size_m, variants.active
        shape = (variants.count, len(variants.roster.slots))
        self.x, self.y, self.yaw, self.speed = (np.zeros(shape) for _ in range(4))
        self.lane = np.full(shape, -1, np.int64)
        self.rows: I64Array = np.arange(variants.count)
        self.refusals: list[Refusal] = []
        self.row_end: dict[str, F64Array] = {}  # station at which a row along a kerb ends so far, (B,)

    def place(self, index: int) -> None:
        slot = self.variants.roster.slots[index]
        draft = _Draft()
        for clause in slot.decl.clauses:
            self._clause(draft, clause, index, slot)
        x, y, yaw = self._pose(draft, index, slot)
        lateral, turn = self._column(slot, "lateral"), self._column(slot, "yaw")
        x, y = x - np.sin(yaw) * lateral, y + np.cos(yaw) * lateral
        if draft.facing is not None:
            yaw = self._facing(draft.facing, x, y, index, slot)
        self.x[:, index], self.y[:, index], self.yaw[:, index] = x, y, _wrapped(yaw + turn)
        if slot.decl.category == "vehicle":
            self.speed[:, index] = self._column(slot, "speed")

    def finish(self) -> Placement:
        raw = Placement(self.x, self.y, self.yaw, self.lane, self.speed, self.active, self.size, ())
        refusals = (*self.refusals, *overlaps(raw, [s.name for s in self.variants.roster.slots]))
        return Placement(self.x, self.y, self.yaw, self.lane, self.speed, self.active, self.size, refusals)

    # ---- clauses ---------------------------------------------------------------------------------------------------

    def _clause(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        match clause.kind:
            case "on" | "at" | "in":
                self._on(draft, clause.place, index, slot)
            case "ahead" | "behind":
                other = self._slot_of(clause.place, index, slot)
                gap = self._by(clause, slot)
                reach = 0.5 * self._length(other) + gap + 0.5 * self.size[:, index, 0]
                draft.reference, draft.reach = other, reach if clause.kind == "ahead" else -reach
            case "left" | "right":
                draft.pose = self._beside(clause, index, slot)
            case "between":
                draft.pose = self._between(clause, index, slot)
            case "along":
                self._along(draft, clause, index, slot)
            case "facing":
                draft.facing = clause
            case _:
                raise NotRunnableError(
                    f"line {clause.span.line}: '{clause.kind}' checks and does not run in this version"
                )

    def _on(self, draft: _Draft, place: Expr, index: int, slot: Slot) -> None:
        function = place.function if isinstance(place, Call) else ""
        if not isinstance(place, Call) or function not in ("lane", "s", "lane_beside"):
            raise NotRunnableError(
                f"line {place.span.line}: this place of '{slot.decl.name}' checks and does not run in this version; "
                "lane(n), s(x) and lane_beside(entity, side) do"
            )
        if function == "lane":
            number = self._number(place.args["index"])
            lane = np.where(np.isfinite(number), np.rint(number), 0.0).astype(np.int64) - 1
            draft.lane = self._existing_lane(lane, slot, index)
        elif function == "s":
            draft.station = self._number(place.args["station"])
        else:
            draft.lane = self._lane_beside(place, index, slot)

    def _existing_lane(self, lane: I64Array, slot: Slot, index: int) -> I64Array:
        most = self.roads.exists.shape[1]
        safe = np.clip(lane, 0, most - 1)
        missing = (lane != safe) | ~self.roads.exists[self.rows, safe]
        self._refuse("every named lane exists", f"the lane of '{slot.name}' does not exist", missing, index)
        return safe

    def _lane_beside(self, place: Call, index: int, slot: Slot) -> I64Array:
        other = self._slot_of(place.args["target"], index, slot)
        lane = self._lane_of(other)
        side = np.array(self._words(place.args["side"]))
        ahead = self._along_road(lane, other)
        to_left = (side == "left") == ahead
        beside = np.where(to_left, self.roads.left[self.rows, lane], self.roads.right[self.rows, lane])
        return self._existing_lane(beside, slot, index)

    def _along_road(self, lane: I64Array, slot: I64Array) -> BoolArray:
        """Whether an entity heads along the road's own direction."""
        with_lane = self._with(self.roads.frame(lane, self.x[self.rows, slot], self.y[self.rows, slot])[2], slot)
        return with_lane == self.roads.forward[self.rows, lane]

    def _with(self, yaw: F64Array, slot: I64Array) -> BoolArray:
        heading = self.yaw[self.rows, slot]
        return np.cos(yaw) * np.cos(heading) + np.sin(yaw) * np.sin(heading) >= 0.0

    def _beside(self, clause: Clause, index: int, slot: Slot) -> tuple[F64Array, F64Array, F64Array]:
        other = self._slot_of(clause.place, index, slot)
        apart = 0.5 * self.size[self.rows, other, 1] + self._by(clause, slot) + 0.5 * self.size[:, index, 1]
        left = apart if clause.kind == "left" else -apart
        yaw = self.yaw[self.rows, other].copy()
        x, y = self.x[self.rows, other], self.y[self.rows, other]
        return x - np.sin(yaw) * left, y + np.cos(yaw) * left, yaw

    def _between(self, clause: Clause, index: int, slot: Slot) -> tuple[F64Array, F64Array, F64Array]:
        if clause.second is None:
            raise ProgramError(f"line {clause.span.line}: 'between' takes two entities")
        one, two = self._slot_of(clause.place, index, slot), self._slot_of(clause.second, index, slot)
        ax, ay = self.x[self.rows, one], self.y[self.rows, one]
        dx, dy = self.x[self.rows, two] - ax, self.y[self.rows, two] - ay
        apart = np.sqrt(dx * dx + dy * dy)
        safe = np.where(apart > 0, apart, 1.0)
        ux, uy = np.where(apart > 0, dx / safe, 1.0), dy / safe
        reach = self._reach(one, ux, uy)
        middle = reach + 0.5 * (apart - reach - self._reach(two, ux, uy))
        x, y = ax + ux * middle, ay + uy * middle
        if slot.decl.category == "person":
            return x, y, self.roads.towards_road_rad(x, y)
        return x, y, self.yaw[self.rows, one].copy()

    def _reach(self, slot: I64Array, ux: F64Array, uy: F64Array) -> F64Array:
        """How far a box reaches from its centre in a direction."""
        yaw = self.yaw[self.rows, slot].copy()
        c, s = np.cos(yaw), np.sin(yaw)
        along, across = np.abs(ux * c + uy * s), np.abs(uy * c - ux * s)
        return 0.5 * (along * self.size[self.rows, slot, 0] + across * self.size[self.rows, slot, 1])

    def _along(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        if not (isinstance(clause.place, Call) and clause.place.function == "curb"):
            raise NotRunnableError(f"line {clause.span.line}: 'along' runs for curb(side) only in this version")
        draft.curve = curve = self._curve(clause.place)
        person = slot.decl.category == "person"  # people face the road: their width lies along the kerb
        across, length = (self.size[..., 0], self.size[..., 1]) if person else (self.size[..., 1], self.size[..., 0])
        side = self.roads.carriageway_side(curve)
        draft.left = (KERB_GAP_M + 0.5 * across[:, index]) * (-side if person else side)
        if slot.element == 0:
            begin = QUARTER * self.roads.curve_length_m[self.rows, curve]
        else:  # elements are placed in order
            begin = self.row_end[slot.decl.name] + self._by(clause, slot)
        draft.station = begin + 0.5 * length[:, index]
        self.row_end[slot.decl.name] = begin + length[:, index]

    def _facing(self, clause: Clause, x: F64Array, y: F64Array, index: int, slot: Slot) -> F64Array:
        """Heading of a ``facing`` clause for an entity that stands at (x, y)."""
        if clause.by is not None:
            return self.roads.road_heading_rad(x, y) + self._by(clause, slot)
        if isinstance(clause.place, EntityRef):
            other = self._slot_of(clause.place, index, slot)
            return np.arctan2(self.y[self.rows, other] - y, self.x[self.rows, other] - x)
        if isinstance(clause.place, Const) and clause.place.type.kind in ("region", "place"):
            return self.roads.towards_road_rad(x, y)
        return self.roads.road_heading_rad(x, y) + self._number(clause.place)

    # ---- poses -----------------------------------------------------------------------------------------------------

    def _pose(self, draft: _Draft, index: int, slot: Slot) -> tuple[F64Array, F64Array, F64Array]:
        if draft.pose is not None:
            return draft.pose
        if draft.curve is not None:
            return self._on_curve(draft, draft.curve, index, slot)
        lane = self._draft_lane(draft)
        station = self._draft_station(draft, lane)
        self.lane[:, index] = lane
        length = self.roads.length_m[self.rows, lane]
        beyond = (station < 0.0) | (station > length)
        self._refuse(
            "everything stands on the road", f"'{slot.name}' would stand beyond the end of its lane", beyond, index
        )
        return self.roads.lane_pose(lane, station)

    def _draft_lane(self, draft: _Draft) -> I64Array:
        if draft.lane is not None:
            return draft.lane
        if draft.reference is not None:
            return self._lane_of(draft.reference)
        return np.zeros(len(self.rows), np.int64)

    def _draft_station(self, draft: _Draft, lane: I64Array) -> F64Array:
        if draft.reference is not None and draft.reach is not None:
            x, y = self.x[self.rows, draft.reference], self.y[self.rows, draft.reference]
            station, _, yaw = self.roads.frame(lane, x, y)
            return station + np.where(self._with(yaw, draft.reference), draft.reach, -draft.reach)
        if draft.station is not None:
            return draft.station
        return QUARTER * self.roads.length_m[self.rows, lane]

    def _on_curve(self, draft: _Draft, curve: I64Array, index: int, slot: Slot) -> tuple[F64Array, F64Array, F64Array]:
        length = self.roads.curve_length_m[self.rows, curve]
        station = QUARTER * length if draft.station is None else draft.station
        left = np.zeros_like(station) if draft.left is None else draft.left
        beyond = (station < 0.0) | (station > length)
        self._refuse("everything stands on the road", f"'{slot.name}' would stand beyond the kerb's end", beyond, index)
        x, y, _ = self.roads.curve_pose(curve, station, left)
        if slot.decl.category == "person":
            return x, y, self.roads.towards_road_rad(x, y)
        return x, y, self.roads.frame(self.roads.nearest_lane(x, y), x, y)[2].copy()

    def _lane_of(self, slot: I64Array) -> I64Array:
        known = self.lane[self.rows, slot]
        return np.where(known >= 0, known, self.roads.nearest_lane(self.x[self.rows, slot], self.y[self.rows, slot]))

    def _curve(self, place: Call) -> I64Array:
        names = [f"curb.{side}" for side in self._words(place.args["side"])]
        missing = [n for n in names if n not in self.roads.curve_names]
        if missing:
            raise ProgramError(
                f"line {place.span.line}: this world has no {missing[0]}; it has "
                f"{', '.join(self.roads.curve_names) or 'no kerbs'}"
            )
        return np.array([self.roads.curve_names.index(n) for n in names], np.int64)

    # ---- values ----------------------------------------------------------------------------------------------------

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
            "every named element exists", f"'{slot.name}' refers to an element of '{expr.name}' that does not exist",
            missing, index,
        )  # fmt: skip
        return safe

    def _refuse(self, constraint: str, detail: str, rows: BoolArray, index: int) -> None:
        rows = rows & self.active[:, index]
        if rows.any():
            self.refusals.append(Refusal(constraint, detail, rows))


def _wrapped(yaw: F64Array) -> F64Array:
    """Angles in [-pi, pi); angles that are there already keep all their bits."""
    inside = (yaw >= -np.pi) & (yaw <= np.pi)
    return np.where(inside, yaw, np.remainder(yaw + np.pi, 2.0 * np.pi) - np.pi)
