"""Where everything stands at the start: a deterministic function of the drawn values, lanes and sizes.

Every clause is a function (pose of what it refers to, lanes, values) -> pose, evaluated for all variants at once and
elementwise, so that a variant gets the same pose in any batch. Rules, beyond what the words say:

* ``lane(1)`` is the rightmost lane. A lane without a station puts the entity at a quarter of the lane's length.
* ``on right_arm`` (where roads meet): the right-hand lane that comes in on that arm, a quarter of the way to the
  middle; ``at s(x)`` is counted along it from the arm's outer end.
* ``ahead of E by d``: d metres between E's front and the entity's rear, measured along the entity's lane in E's
  direction (E's own lane where no other is named); d may be negative. ``behind`` mirrors it.
* ``left of E by d`` (``right of``): side by side with E, d metres between the boxes, heading as E does.
* ``between A and B``: in the middle of the gap between the two, on the line through their centres. People face the
  nearest lane, everything else heads as A does.
* ``beyond E by d``: behind E as ego sees it, on the line through their centres, d metres between the boxes; it heads as
  one ``between``.
* ``along curb(side)``: parallel to the kerb. Vehicles and things stand on the carriageway's side, 0.25 m from the kerb,
  heading as the nearest lane does; people stand 0.25 m behind it, on the pavement, and face the road. ``at s(x)``,
  ``ahead of`` and ``behind`` say how far along, else a quarter of its length. Where a side road breaks the kerb nothing
  stands: rows, and what says no place along it, go on beyond the mouth.
* ``at (x, y)``: that point of the ground plan; heading and facing as along a kerb. ``at E``: where E is, as E heads.
* ``in R`` or ``on R``, a region or (``in``) a lane: anywhere over its area, by two draws of the entity; people face the
  road, the rest heads as the lane does. What stands on a top (of a bench) stands wholly on it and heads as it does;
  ``at R`` is the middle of one.
* ``at E`` of a trailer: coupled to E, straight behind it, or turned against it by ``yaw``.
* ``on any_lane``: in the middle of some lane, heading as it does, anywhere where there is a safe distance to all others
  ahead and behind at the start (see :mod:`simengine.engine.filling`); after everything else has its place.
* ``on any_pavement``: anywhere on the pavements, heading along one of them, clear of what stands there and of all
  others (see :mod:`simengine.engine.pavements`); as late as the former.
* ``on E``: anywhere on the top of E's box, wholly on it, heading as E does. ``in E``: the same on the floor of
  something hollow. ``above E by d``: d above the top, over E's middle; elements of an array anywhere over it, of
  something hollow over what is open. Elements that lie in or hang above something are lifted where they would touch
  one before them; people are not.
* Elements of an array follow each other: ``along``, ``ahead of``, ``behind``, ``left of`` and ``right of`` put the
  first as if it were alone and each other one next to the element before it, d (its own, where it is drawn) between,
  along the line on which they stand: in a bend that beside the kerb or the lane.
* ``facing`` an entity or a point turns towards it, the road: towards the nearest lane, ``near_curb`` and ``far_curb``:
  square to that kerb, another region: towards its nearest point (what stands in it heads as its place says); an angle
  is counted counter-clockwise from the direction of the road.
* A missing ``by`` is 1 m. ``lateral`` shifts to the left of the heading that the place gives, ``yaw`` turns
  counter-clockwise, last of all.
* A thing beside, ``ahead of``, ``behind``, ``beyond`` or ``at`` one that stands on a top or in something, or between
  two that do, stands as high as it does, on the same. Ahead is then straight ahead, as in worlds without lanes.
* What stands on a top does so wholly, also with a ``lateral`` shift and where its place follows from that of another.
* Everything else stands on the ground. Nothing falls; what stands on or lies in something goes with it.

A variant is refused (sampling draws another) where a named lane or element does not exist, where something would stand
beyond the end of its lane or in a mouth where there is no kerb, and where two boxes overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.areas import Areas, area_names, lane_area
from simengine.engine.filling import Room, Standing
from simengine.engine.pavements import Standers, standing_room
from simengine.engine.placed import (
    FITS,
    HAS_AREA,
    HAS_PAVEMENT,
    HAS_ROOM,
    IS_SOMEWHERE,
    LANE_EXISTS,
    MOUTHS_ARE_FREE,
    NO_OVERLAP,
    Placement,
    Refusal,
    overlaps,
)
from simengine.engine.placer import PlacerBase, Pose, reach_m
from simengine.engine.roads import KERBS
from simengine.engine.standing import REST_GAP_M, Tops, clear_height, over, wholly_on
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError, ProgramError
from simengine.language.areas import DRAWS, names_area, on_any_lane, on_any_pavement
from simengine.language.ordering import placing_order
from simengine.language.program import Clause
from simengine.language.terms import Call, EntityRef, Expr, Ref

__all__ = ["KERB_GAP_M", "NO_OVERLAP", "Placement", "Refusal", "place"]

KERB_GAP_M = 0.25
QUARTER = 0.25
_BY_ANOTHER = ("ahead", "behind", "left", "right", "between", "beyond", "at")
"""Clauses whose place follows from that of another entity, beside which a thing stands."""


def place(variants: Variants) -> Placement:
    """Place all entities of a batch of variants.

    Raises:
        NotRunnableError: a clause that checks and does not run in this version.
        ProgramError: entities are placed by one another in a circle.
    """
    placer = _Placer(variants)
    steps, ring = placing_order(variants.program.entities, variants.program.definitions)
    if ring:
        raise ProgramError(
            f"entities are placed by one another in a circle: {' -> '.join(ring)}; give one of them a place"
        )
    for name, heading in steps:
        for slot in variants.roster.members(name):
            placer.turn(slot) if heading else placer.place(slot)
    return placer.finish()


# ---- one entity after the other ------------------------------------------------------------------------------------


@dataclass
class _Draft:
    """What the clauses of one entity have said so far; all (B,)."""

    lane: I64Array | None = None
    station: F64Array | None = None
    curve: I64Array | None = None
    left: F64Array | None = None
    pose: Pose | None = None
    row: F64Array | None = None  # its length along the kerb
    gap: F64Array | None = None  # to the element before it in a row along the kerb
    reference: I64Array | None = None  # slot of what "ahead of" refers to
    reach: F64Array | None = None  # distance between centres along the reference's direction
    ahead: bool = True  # not "behind"
    anywhere: bool = False  # in its lane
    arm: F64Array | None = None  # length of the arm that it is on
    foot: F64Array | None = None  # height above the ground


class _Placer(PlacerBase):
    def __init__(self, variants: Variants) -> None:
        super().__init__(variants)
        self.curbs: dict[int, tuple[I64Array, F64Array]] = {}  # of the clauses that name one
        self.done: BoolArray = np.zeros(self.size.shape[1], np.bool_)  # which slots are placed
        self.filled: BoolArray = np.zeros(
            self.size.shape[1], np.bool_
        )  # and which of them on any lane, at a speed that is known
        self.full: BoolArray = np.zeros(len(self.rows), np.bool_)  # where the lanes have no room any more
        self.room: Room | None = None
        self.row_way: dict[str, F64Array] = {}  # +1 where a row along a kerb goes on along it, -1 where against it

    def place(self, index: int) -> None:
        """Put a slot where its clauses say."""
        self.steps += 1
        slot = self.variants.roster.slots[index]
        draft = _Draft()
        for clause in slot.decl.clauses:
            if clause.kind != "facing":
                self._clause(draft, clause, index, slot)
        x, y, yaw = self._pose(draft, index, slot)
        foot = self._level(slot, index) if draft.foot is None else draft.foot
        if foot is not None:
            self.z[:, index] = foot
        lateral = self._column(slot, "lateral")
        self.x[:, index], self.y[:, index] = x - np.sin(yaw) * lateral, y + np.cos(yaw) * lateral
        self.yaw[:, index] = yaw
        if slot.decl.category in ("vehicle", "drone"):
            self.speed[:, index] = self._speed(slot)
        self.done[index] = True

    def _level(self, slot: Slot, index: int) -> F64Array | None:
        """Things beside, before and behind a thing stand as high as it does."""
        if slot.decl.category != "object":
            return None
        for clause in slot.decl.clauses:
            if clause.kind in _BY_ANOTHER and self._is_thing(clause.place):
                other = self._slot_of(clause.place, index, slot)
                raised = self.raised[self.rows, other]
                if clause.kind == "between" and self._is_thing(clause.second):
                    second = self._slot_of(clause.second, index, slot)
                    level = np.abs(self.z[self.rows, second] - self.z[self.rows, other]) <= REST_GAP_M
                    raised = raised & self.raised[self.rows, second] & level
                self.raised[:, index] = raised
                for column in (self.rests_on, self.held_by):
                    column[:, index] = np.where(raised, column[self.rows, other], -1)
                self.support[:, index] = np.where(raised[:, None], self.support[self.rows, other], np.nan)
                return np.where(raised, self.z[self.rows, other], 0.0)
        return None

    def _is_thing(self, place: Expr | None) -> TypeGuard[EntityRef]:
        if not isinstance(place, EntityRef):
            return False
        members = self.variants.roster.members(place.name)
        return self.variants.roster.slots[members.start].decl.category == "object"

    def turn(self, index: int) -> None:
        """Turn a slot to what it faces, now that everything it depends on is placed."""
        self.steps += 1
        slot = self.variants.roster.slots[index]
        yaw = self.yaw[:, index].copy()
        for clause in slot.decl.clauses:
            if clause.kind == "facing":
                yaw = self._facing(clause, self.x[:, index].copy(), self.y[:, index].copy(), index, slot)
        self.yaw[:, index] = _wrapped(yaw + self._column(slot, "yaw"))

    def finish(self) -> Placement:
        """The placement, with all that makes it impossible."""
        for index, slot in enumerate(self.variants.roster.slots):
            lost = ~np.isfinite(self.x[:, index] + self.y[:, index] + self.z[:, index] + self.yaw[:, index])
            self._refuse(IS_SOMEWHERE, f"where '{slot.name}' stands is no number", lost, index)
            if bool(lost.any()):
                for pose in (self.x, self.y, self.z, self.yaw):
                    pose[lost, index] = 0.0
            own = self.x[:, index], self.y[:, index], self.yaw[:, index]
            top = Tops(*(np.ascontiguousarray(v) for v in self.support[:, index].T))
            beyond = ~wholly_on(top, own, np.ascontiguousarray(self.size[:, index])) & ~lost
            self._refuse(FITS, f"'{slot.name}' reaches beyond the edge of what it stands on", beyond, index)
        raw = self.so_far()
        found = overlaps(raw, [s.name for s in self.variants.roster.slots])
        return replace(raw, refusals=(*self.refusals, *found))

    # ---- clauses ---------------------------------------------------------------------------------------------------

    def _clause(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        world = self.variants.world_kind
        match clause.kind:
            case "above":
                self._over(draft, clause, index, slot)
            case "on" if names_area(clause.place) in (*world.arms, *world.cycle_lanes):
                draft.lane, draft.arm = self._arm(clause.place, index)
            case "on" if on_any_lane(clause.kind, clause.place):
                self._on_any_lane(draft, index, slot)
            case "on" if on_any_pavement(clause.kind, clause.place):
                self._on_any_pavement(draft, index, slot)
            case "on" | "in" if isinstance(clause.place, EntityRef) or names_area(clause.place):
                self._over(draft, clause, index, slot)
            case "at" if names_area(clause.place):
                self._over(draft, clause, index, slot)
            case "towed":
                draft.pose = self._towed(clause, index, slot)
            case "on" | "at" | "in":
                self._on(draft, clause.place, index, slot)
                draft.anywhere = clause.kind == "in" and self._draws(slot) is not None
            case "ahead" | "behind":
                other = self._slot_of(clause.place, index, slot)
                reach = self._in_row(clause, index, slot, 0.5 * self._length(other), self.size[:, index, 0])
                draft.ahead = clause.kind == "ahead"
                draft.reference, draft.reach = other, reach if draft.ahead else -reach
            case "left" | "right":
                draft.pose = self._beside(clause, index, slot)
            case "between":
                draft.pose = self._between(clause, index, slot)
            case "beyond":
                draft.pose = self._beyond(clause, index, slot)
            case "along":
                self._along(draft, clause, index, slot)
            case _:
                raise NotRunnableError(f"line {clause.span.line}: '{clause.kind}' does not run in this version")

    def _in_row(self, clause: Clause, index: int, slot: Slot, start: F64Array, size: F64Array) -> F64Array:
        """Distance of a centre from that of what a row of elements begins at; ``start``: how far that one reaches."""
        row = f"{slot.decl.name}.{clause.kind}"
        begin = (start if slot.element == 0 else self.row_end[row]) + self._by(clause, slot)
        self.row_end[row] = begin + size
        return begin + 0.5 * size

    def _on(self, draft: _Draft, place: Expr, index: int, slot: Slot) -> None:
        if isinstance(place, EntityRef):
            other = self._slot_of(place, index, slot)
            x, y, yaw = (np.ascontiguousarray(v[self.rows, other]) for v in (self.x, self.y, self.yaw))
            draft.pose = x, y, yaw
            draft.lane = self.lane[self.rows, other]
        elif isinstance(place, Ref) and place.path.endswith(".lane"):
            target = EntityRef(place.path.partition(".")[0], place.type, place.span, place.index, place.variable)
            draft.lane = self._lane_of(self._slot_of(target, index, slot))
        elif not isinstance(place, Call):
            raise NotRunnableError(f"line {place.span.line}: this place does not run in this version")
        elif place.function == "lane":
            number = self._number(place.args["index"])
            lane = np.where(np.isfinite(number), np.rint(number), 0.0).astype(np.int64) - 1
            draft.lane = self._existing_lane(lane, slot, index, numbered=True)
        elif place.function == "s":
            draft.station = self._number(place.args["station"])
        elif place.function == "point":
            x, y = self._number(place.args["x"]), self._number(place.args["y"])
            self._within_ends(x, y, index)
            draft.pose = self._heading_at(x, y, slot)
        else:
            draft.lane = self._lane_beside(place, index, slot)

    def _towed(self, clause: Clause, index: int, slot: Slot) -> Pose:
        """Coupled to what tows it, straight behind or turned by ``yaw``; the rest of the heading is added later."""
        other = self._slot_of(clause.place, index, slot)
        kinds = [s.kind for s in self.variants.roster.slots]
        coupling = np.array([k.coupling_m or 0.0 for k in kinds])[other]
        x, y, yaw = (np.ascontiguousarray(v[self.rows, other]) for v in (self.x, self.y, self.yaw))
        own, pin = yaw + self._column(slot, "yaw"), slot.kind.kingpin_m or 0.0
        self.rests_on[:, index] = self.held_by[:, index] = other
        return x + coupling * np.cos(yaw) - pin * np.cos(own), y + coupling * np.sin(yaw) - pin * np.sin(own), yaw

    def _arm(self, place: Expr, index: int) -> tuple[I64Array, F64Array]:
        """The right-hand lane that comes in on an arm, and how far it is to the middle of the crossing."""
        roads, count = self.roads, len(self.rows)
        lane, length = np.full(count, -1, np.int64), np.zeros(count)
        names = area_names(place, self.env, count)
        for name in dict.fromkeys(names):
            if name in roads.arm_names:
                k, rows = roads.arm_names.index(name), np.array([n == name for n in names], np.bool_)
                lane[rows], length[rows] = roads.arm_lane[rows, k], roads.arm_length_m[rows, k]
        what = "world" if isinstance(place, Call) else "junction"
        self._refuse(LANE_EXISTS, f"this {what} has no {names_area(place)}", lane < 0, index)
        return np.maximum(lane, 0), length

    def _on_any_lane(self, draft: _Draft, index: int, slot: Slot) -> None:
        """In the middle of some lane, where there is room between those that stand already."""
        if self.room is None:
            self.room = Room.of(self.variants.lane_graphs, self.roads.lanes)
        count, k = len(self.rows), np.flatnonzero(self.done)
        draw, speed = self.env.column(f"{slot.decl.name}.{DRAWS[0]}", slot), np.zeros(count)
        if slot.decl.category == "vehicle":
            speed = self._speed(slot)
        rows = np.flatnonzero(self.active[:, index] & ~self.full)
        lane, station, full = np.zeros(count, np.int64), np.zeros(count), self.full & self.active[:, index]
        if rows.size:
            at = np.ix_(rows, k)
            half = 0.5 * self.size[at]
            fast = np.where(self.filled[k], self.speed[at], np.nan)
            there = Standing(
                self.x[at], self.y[at], self.yaw[at], half[..., 0], half[..., 1], fast, self.active[at]
            )  # fmt: skip
            size = self.size[rows, index, 0]
            found = self.room.place(rows, there, size, speed[rows], draw[rows], slot.kind.cycles)
            lane[rows], station[rows], full[rows] = found
        self.full |= full
        self.filled[index] = True
        self._refuse(HAS_ROOM, f"'{slot.name}' finds no room on the lanes", full, index)
        draft.lane, draft.station = lane, station

    def _on_any_pavement(self, draft: _Draft, index: int, slot: Slot) -> None:
        """Anywhere on the pavements, along one of them, clear of what stands there and of all others."""
        draws, k = self._draws(slot), np.flatnonzero(self.done)
        assert draws is not None
        rows = self.active[:, index]
        size, reach = self.size[:, index], 0.5 * np.sqrt((self.size[:, k, :2] ** 2).sum(-1))
        others = Standers(self.x[:, k], self.y[:, k], np.where(self.active[:, k], reach, -np.inf))
        found = standing_room(self.variants.footpaths, others, 0.5 * size[:, :2].max(-1), draws)
        self._refuse(HAS_PAVEMENT, f"'{slot.name}' finds no room on the pavements", found.full & rows, index)
        draft.pose = found.x_m, found.y_m, found.yaw_rad

    # ---- regions, tops and what holds things -----------------------------------------------------------------------

    def _over(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        """On, in or above an entity or a region, or in the middle of one."""
        areas = None
        if isinstance(clause.place, EntityRef):
            other = self._slot_of(clause.place, index, slot)
            tops = self._inner(other) if clause.kind == "in" else self._top_of(other)
            tops = self._opening(tops, other) if clause.kind == "above" else tops
            if clause.kind in ("on", "in"):
                self.rests_on[:, index] = other
            if clause.kind == "in":
                self.held_by[:, index] = other
        else:
            areas = self._areas(clause.place)
            self._refuse(HAS_AREA, f"the region of '{slot.name}' does not exist", ~areas.exists, index)
            x, y, yaw, length, width = (np.ascontiguousarray(areas.top[:, k]) for k in range(5))
            tops = Tops(x, y, yaw, length, width, areas.height_m)
        draws = None if clause.kind == "at" else self._draws(slot)
        top = areas is None or bool(np.isfinite(tops.length_m).all())
        if areas is not None and draws is not None and not top:
            x, y = areas.points(*draws)
            draft.pose, draft.foot = self._heading_at(x, y, slot), areas.height_m
            return
        faces = any(c.kind == "facing" for c in slot.decl.clauses)
        size = np.ascontiguousarray(self.size[:, index])
        x, y, fits = over(tops, size, None if faces else self._column(slot, "yaw"), draws)
        draft.pose = x, y, tops.yaw_rad + 0.0
        if clause.kind in ("on", "in"):
            self._refuse(FITS, f"'{slot.name}' is larger than what it stands {clause.kind}", ~fits, index)
        rest = self._by(clause, slot) if clause.kind == "above" else REST_GAP_M
        floor = areas is not None and clause.kind != "above"  # on the ground, or what the world says is ground
        draft.foot = tops.height_m + (0.0 if floor else rest)
        self.raised[:, index] = areas is None or top
        high = tops.height_m > REST_GAP_M  # who stands badly in a bay does not fall
        if clause.kind in ("on", "in") or (clause.kind == "at" and slot.decl.category == "object"):
            self.support[:, index] = np.where(high[:, None], np.stack(tops, -1), np.nan)
        if slot.element > 0 and clause.kind != "on" and draws is not None:
            mine = self.variants.roster.members(slot.decl.name)
            before = slice(mine.start, index)
            x0, y0, foot, sizes = (np.ascontiguousarray(v[:, before]) for v in (self.x, self.y, self.z, self.size))
            clear = clear_height(draft.foot, x, y, size, (x0, y0, foot, sizes, self.active[:, before]))
            if slot.decl.category == "person":  # nobody lies on another's head: drawn again
                self._refuse(NO_OVERLAP, f"'{slot.name}' has no room beside the others", clear > draft.foot, index)
            else:
                draft.foot = clear

    def _in_lane(self, draft: _Draft, lane: I64Array, slot: Slot) -> Pose:
        """Anywhere over the area of a lane, heading as it does there."""
        draws = self._draws(slot)
        assert draws is not None
        x, y = Areas.of(self.variants.lane_graphs, lane, lane_area).points(*draws)
        return x, y, self.roads.frame(lane, x, y)[2].copy()

    def _lane_beside(self, place: Call, index: int, slot: Slot) -> I64Array:
        other = self._slot_of(place.args["target"], index, slot)
        lane = self._lane_of(other)
        side = np.array(self._words(place.args["side"]))
        ahead = self._along_road(lane, other)
        to_left = (side == "left") == ahead
        beside = np.where(to_left, self.roads.left[self.rows, lane], self.roads.right[self.rows, lane])
        return self._existing_lane(beside, slot, index)

    def _beside(self, clause: Clause, index: int, slot: Slot) -> Pose:
        other = self._slot_of(clause.place, index, slot)
        apart = self._in_row(clause, index, slot, 0.5 * self.size[self.rows, other, 1], self.size[:, index, 1])
        left = apart if clause.kind == "left" else -apart
        yaw = self.yaw[self.rows, other].copy()
        x, y = self.x[self.rows, other], self.y[self.rows, other]
        return x - np.sin(yaw) * left, y + np.cos(yaw) * left, yaw

    def _between(self, clause: Clause, index: int, slot: Slot) -> Pose:
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

    def _beyond(self, clause: Clause, index: int, slot: Slot) -> Pose:
        if clause.second is None:
            raise ProgramError(f"line {clause.span.line}: 'beyond' needs a viewer")
        other, viewer = self._slot_of(clause.place, index, slot), self._slot_of(clause.second, index, slot)
        ex, ey = self.x[self.rows, other], self.y[self.rows, other]
        dx, dy = ex - self.x[self.rows, viewer], ey - self.y[self.rows, viewer]
        apart = np.sqrt(dx * dx + dy * dy)
        safe = np.where(apart > 0, apart, 1.0)
        ux, uy = np.where(apart > 0, dx / safe, 1.0), dy / safe
        gap = self._reach(other, ux, uy) + self._by(clause, slot)
        x, y = ex + ux * gap, ey + uy * gap
        person = slot.decl.category == "person"
        yaw = self.roads.towards_road_rad(x, y) if person else self.yaw[self.rows, other].copy()
        own = reach_m(yaw, self.size[:, index], ux, uy)
        return x + ux * own, y + uy * own, yaw

    def _along(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        if not (isinstance(clause.place, Call) and clause.place.function == "curb"):
            raise NotRunnableError(f"line {clause.span.line}: 'along' runs for curb(side) only in this version")
        draft.curve, side = self._curb(clause.place)
        person = slot.decl.category == "person"  # people face the road: their width lies along the kerb
        across, length = (self.size[..., 0], self.size[..., 1]) if person else (self.size[..., 1], self.size[..., 0])
        draft.left = (KERB_GAP_M + 0.5 * across[:, index]) * (-side if person else side)
        draft.row = length[:, index]
        if slot.element > 0:  # elements are placed in order
            draft.gap = self._by(clause, slot)

    def _facing(self, clause: Clause, x: F64Array, y: F64Array, index: int, slot: Slot) -> F64Array:
        """Heading of a ``facing`` clause for an entity that stands at (x, y)."""
        if clause.by is not None:
            return self.roads.road_heading_rad(x, y) + self._by(clause, slot)
        if isinstance(clause.place, EntityRef):
            other = self._slot_of(clause.place, index, slot)
            return np.arctan2(self.y[self.rows, other] - y, self.x[self.rows, other] - x)
        if isinstance(clause.place, Call) and clause.place.function == "point":
            to = self._number(clause.place.args["x"]), self._number(clause.place.args["y"])
            return np.arctan2(to[1] - y, to[0] - x)
        if names_area(clause.place) == "road":
            return self.roads.towards_road_rad(x, y)
        if names_area(clause.place) in KERBS:
            return self.roads.towards_curb_rad(x, y, far=names_area(clause.place) == "far_curb")
        if names_area(clause.place):
            areas = self._areas(clause.place)
            self._refuse(HAS_AREA, f"the region that '{slot.name}' faces does not exist", ~areas.exists, index)
            return areas.towards_rad(x, y, self.yaw[:, index])
        return self.roads.road_heading_rad(x, y) + self._number(clause.place)

    # ---- poses -----------------------------------------------------------------------------------------------------

    def _pose(self, draft: _Draft, index: int, slot: Slot) -> Pose:
        if draft.pose is not None:
            if draft.lane is not None:
                self.lane[:, index] = draft.lane
            return draft.pose
        if draft.curve is not None:
            return self._on_curve(draft, draft.curve, index, slot)
        lane = self._draft_lane(draft)
        if draft.anywhere:
            self.lane[:, index] = lane
            return self._in_lane(draft, lane, slot)
        station = self._draft_station(draft, lane)
        left = np.zeros_like(station) if draft.left is None else draft.left
        self.lane[:, index] = np.where(left == 0.0, lane, -1)
        length = self.roads.length_m[self.rows, lane] if draft.arm is None else draft.arm
        named = f"lane({int(lane[0]) + 1})" if (lane == lane[:1]).all() else "its lane"
        named = named if draft.arm is None else "its arm"
        pose = self.roads.lane_pose(lane, station, left)
        if draft.reference is None or draft.reach is None or draft.lane is not None:
            self._on_road(station, length, named, index)
            return pose
        straight = ~self.roads.exists.any(-1) | self._on_a_top(draft.reference)
        self._on_road(np.where(straight, 0.0, station), length, named, index)
        if not bool(straight.any()):
            return pose
        self.lane[straight, index] = -1
        x, y, yaw = (v[self.rows, draft.reference] for v in (self.x, self.y, self.yaw))
        ahead = x + np.cos(yaw) * draft.reach, y + np.sin(yaw) * draft.reach, yaw
        x, y, yaw = (np.where(straight, a, p) for a, p in zip(ahead, pose, strict=True))
        return x, y, yaw

    def _on_a_top(self, other: I64Array) -> BoolArray:
        """Things that stand on a top or in something: what is ahead of them is straight ahead."""
        things = np.array([s.decl.category == "object" for s in self.variants.roster.slots], np.bool_)
        return self.raised[self.rows, other] & things[other]

    def _draft_lane(self, draft: _Draft) -> I64Array:
        if draft.lane is not None:
            return draft.lane
        if draft.reference is not None:
            return self._lane_of(draft.reference)
        return np.zeros(len(self.rows), np.int64)

    def _draft_station(self, draft: _Draft, lane: I64Array) -> F64Array:
        if draft.reference is not None and draft.reach is not None:
            x, y = self.x[self.rows, draft.reference], self.y[self.rows, draft.reference]
            station, left, yaw = self.roads.frame(lane, x, y)
            if draft.lane is None:  # what stands beside the lanes has others before and behind it in its own line
                draft.left = np.where(self.lane[self.rows, draft.reference] < 0, left, 0.0)
            reach = np.where(self._with(yaw, draft.reference), draft.reach, -draft.reach)
            beside = np.zeros_like(left) if draft.left is None else draft.left
            return self.roads.along_lane(lane, station, reach, beside)
        if draft.station is not None:
            return draft.station
        return QUARTER * (self.roads.length_m[self.rows, lane] if draft.arm is None else draft.arm)

    def _on_curve(self, draft: _Draft, curve: I64Array, index: int, slot: Slot) -> Pose:
        length = self.roads.curve_length_m[self.rows, curve]
        left = np.zeros(len(self.rows)) if draft.left is None else draft.left
        station = self._curve_station(draft, curve, left, index, slot)
        self._on_road(station, length, "the kerb", index)
        x, y, _ = self.roads.curve_pose(curve, station, left)
        return self._heading_at(x, y, slot)

    def _curve_station(self, draft: _Draft, curve: I64Array, left: F64Array, index: int, slot: Slot) -> F64Array:
        """Station of a centre along a kerb; the first of a row notes where the row goes on."""
        assert draft.row is not None
        name, size = slot.decl.name, draft.row

        def on(station: F64Array, distance: F64Array) -> F64Array:
            return self.roads.along_curve(curve, station, distance, left)

        named = draft.gap is None and (draft.reference is not None or draft.station is not None)
        way = self.row_way.get(name, np.ones(len(self.rows))) if slot.element > 0 else np.ones(len(self.rows))
        if draft.gap is not None:
            begin = on(self.row_end[name], way * draft.gap)
        elif draft.reference is not None and draft.reach is not None:
            x, y = self.x[self.rows, draft.reference], self.y[self.rows, draft.reference]
            station, yaw = self.roads.curve_frame(curve, x, y)
            along = self._with(yaw, draft.reference)
            way = np.where(along == draft.ahead, 1.0, -1.0)  # a row leads away from what it begins at
            begin = on(on(station, np.where(along, draft.reach, -draft.reach)), -way * (0.5 * size))
        elif draft.station is not None:
            begin = on(draft.station, -0.5 * size)
        else:
            begin = QUARTER * self.roads.curve_length_m[self.rows, curve]
        end = on(begin, way * size)
        free = self.roads.clear_of_openings(
            curve, begin, np.abs(end - begin), way, not named and slot.decl.category == "vehicle"
        )
        if named:
            self._refuse(MOUTHS_ARE_FREE, f"'{slot.name}' stands in the mouth of a side road", free != begin, index)
        else:
            begin, end = free, np.where(free != begin, on(free, way * size), end)
        self.row_end[name], self.row_way[name] = end, way
        return on(begin, way * (0.5 * size))

    def _curb(self, place: Call) -> tuple[I64Array, F64Array]:
        """The curve of ``curb(side)`` and on which side of it the carriageway is: the same for all of a row."""
        if id(place) not in self.curbs:
            words, which = np.unique(self._words(place.args["side"]), return_inverse=True)
            names = [f"curb.{side}" for side in words]
            missing = [n for n in names if n not in self.roads.curve_names]
            if missing:
                raise ProgramError(
                    f"line {place.span.line}: this world has no {missing[0]}; it has "
                    f"{', '.join(self.roads.curve_names) or 'no kerbs'}"
                )
            curve = np.array([self.roads.curve_names.index(n) for n in names], np.int64)[which]
            self.curbs[id(place)] = curve, self.roads.carriageway_side(curve)
        return self.curbs[id(place)]


def _wrapped(yaw: F64Array) -> F64Array:
    """Angles in [-pi, pi); angles that are there already keep all their bits."""
    inside = (yaw >= -np.pi) & (yaw <= np.pi)
    return np.where(inside, yaw, np.remainder(yaw + np.pi, 2.0 * np.pi) - np.pi)
