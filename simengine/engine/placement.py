"""Where everything stands at the start: a deterministic function of the drawn values, lanes and sizes.

Every clause is a function (pose of what it refers to, lanes, values) -> pose, evaluated for all variants at once and
elementwise, so that a variant gets the same pose in any batch. Rules, beyond what the words say:

* ``lane(1)`` is the rightmost lane. A lane without a station puts the entity at a quarter of the lane's length.
* ``ahead of E by d``: d metres between E's front and the entity's rear, measured along the entity's lane in E's
  direction (E's own lane where no other is named); d may be negative. ``behind`` mirrors it.
* ``left of E by d`` (``right of``): side by side with E, d metres between the boxes, heading as E does.
* ``between A and B``: in the middle of the gap between the two, on the line through their centres. People face the
  nearest lane, everything else heads as A does.
* ``beyond E by d``: behind E as ego sees it, on the line through their centres, d metres between the boxes; it heads as
  one ``between``.
* ``along curb(side)``: parallel to the kerb. Vehicles and things stand on the carriageway's side, 0.25 m from the kerb,
  heading as the nearest lane does; people stand 0.25 m behind it, on the pavement, and face the road. ``at s(x)``,
  ``ahead of`` and ``behind`` say how far along, else a quarter of its length.
* ``at (x, y)``: that point of the ground plan; heading and facing as along a kerb. ``at E``: where E is, as E heads.
* ``in R`` or ``on R``, a region or (``in``) a lane: anywhere over its area, by two draws of the entity; people face the
  road, the rest heads as the lane does. What stands on a top (of a bench) stands wholly on it and heads as it does;
  ``at R`` is the middle of one.
* ``on E``: anywhere on the top of E's box, wholly on it, heading as E does. ``in E``: the same on the floor of
  something hollow. ``above E by d``: d above the top, over E's middle; elements of an array anywhere over it. Elements
  that lie in or hang above something are lifted where they would touch one before them.
* Elements of an array follow each other: ``along``, ``ahead of``, ``behind``, ``left of`` and ``right of`` put the
  first as if it were alone and each other one next to the element before it, d (its own, where it is drawn) between.
* ``facing`` an entity or a point turns towards it, the road: towards the nearest lane; an angle is counted
  counter-clockwise from the direction of the road.
* A missing ``by`` is 1 m. ``lateral`` shifts to the left of the heading that the place gives, ``yaw`` turns
  counter-clockwise, last of all.
* Everything else stands on the ground. Nothing falls, and nothing is carried: it stays where it is placed.

A variant is refused (sampling draws another) where a named lane or element does not exist, where something would stand
beyond the end of its lane, and where two boxes overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.areas import Areas, area, area_names, lane_area
from simengine.engine.initial import enum_words
from simengine.engine.placed import (
    ELEMENT_EXISTS,
    FITS,
    HAS_AREA,
    IS_SOMEWHERE,
    LANE_EXISTS,
    NO_OVERLAP,
    ON_ROAD,
    Placement,
    Refusal,
    boxes_of,
    overlaps,
)
from simengine.engine.placing import PlacingEnv
from simengine.engine.standing import REST_GAP_M, Tops, clear_height, over
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError, ProgramError
from simengine.language.areas import DRAWS, names_area
from simengine.language.evaluate import evaluate
from simengine.language.ordering import placing_order
from simengine.language.program import Clause
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref

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


_Pose: TypeAlias = tuple[F64Array, F64Array, F64Array]
"""x, y and heading, all (B,)."""


@dataclass
class _Draft:
    """What the clauses of one entity have said so far; all (B,)."""

    lane: I64Array | None = None
    station: F64Array | None = None
    curve: I64Array | None = None
    left: F64Array | None = None
    pose: _Pose | None = None
    row: F64Array | None = None  # length along the kerb of the first element of a row
    follows: F64Array | None = None  # station along the kerb of any other element
    reference: I64Array | None = None  # slot of what "ahead of" refers to
    reach: F64Array | None = None  # distance between centres along the reference's direction
    anywhere: bool = False  # in its lane
    foot: F64Array | None = None  # height above the ground


class _Placer:
    def __init__(self, variants: Variants) -> None:
        self.variants, self.roads, self.env = (
            variants,
            variants.roads,
            PlacingEnv(variants, lambda: self.steps, self.so_far),
        )
        self.size, self.active = variants.size_m, variants.active
        shape = (variants.count, len(variants.roster.slots))
        self.x, self.y, self.z, self.yaw, self.speed = (np.zeros(shape) for _ in range(5))
        self.lane, self.held_by = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
        self.steps = 0  # made so far
        self.rows: I64Array = np.arange(variants.count)
        self.refusals: list[Refusal] = []
        self.row_end: dict[str, F64Array] = {}  # how far a row of elements reaches so far, (B,)
        self.curbs: dict[int, tuple[I64Array, F64Array]] = {}  # of the clauses that name one
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
        if draft.foot is not None:
            self.z[:, index] = draft.foot
        lateral = self._column(slot, "lateral")
        self.x[:, index], self.y[:, index] = x - np.sin(yaw) * lateral, y + np.cos(yaw) * lateral
        self.yaw[:, index] = yaw
        if slot.decl.category == "vehicle":
            self.speed[:, index] = self._speed(slot)

    def turn(self, index: int) -> None:
        """Turn a slot to what it faces, now that everything it depends on is placed."""
        self.steps += 1
        slot = self.variants.roster.slots[index]
        yaw = self.yaw[:, index].copy()
        for clause in slot.decl.clauses:
            if clause.kind == "facing":
                yaw = self._facing(clause, self.x[:, index].copy(), self.y[:, index].copy(), index, slot)
        self.yaw[:, index] = _wrapped(yaw + self._column(slot, "yaw"))

    def so_far(self) -> Placement:
        """What is placed."""
        x, y, z, yaw = self.x.copy(), self.y.copy(), self.z.copy(), self.yaw.copy()
        return Placement(x, y, z, yaw, self.held_by, self.lane, self.speed, self.active, self.size, ())

    def finish(self) -> Placement:
        """The placement, with all that makes it impossible."""
        for index, slot in enumerate(self.variants.roster.slots):
            lost = ~np.isfinite(self.x[:, index] + self.y[:, index] + self.z[:, index] + self.yaw[:, index])
            self._refuse(IS_SOMEWHERE, f"where '{slot.name}' stands is no number", lost, index)
            if bool(lost.any()):
                for pose in (self.x, self.y, self.z, self.yaw):
                    pose[lost, index] = 0.0
        raw = self.so_far()
        found = overlaps(raw, [s.name for s in self.variants.roster.slots])
        return replace(raw, refusals=(*self.refusals, *found))

    # ---- clauses ---------------------------------------------------------------------------------------------------

    def _clause(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        match clause.kind:
            case "above":
                self._over(draft, clause, index, slot)
            case "on" | "in" if isinstance(clause.place, EntityRef) or names_area(clause.place):
                self._over(draft, clause, index, slot)
            case "at" if names_area(clause.place):
                self._over(draft, clause, index, slot)
            case "on" | "at" | "in":
                self._on(draft, clause.place, index, slot)
                draft.anywhere = clause.kind == "in" and self._draws(slot) is not None
            case "ahead" | "behind":
                other = self._slot_of(clause.place, index, slot)
                reach = self._in_row(clause, index, slot, 0.5 * self._length(other), self.size[:, index, 0])
                draft.reference, draft.reach = other, reach if clause.kind == "ahead" else -reach
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
            draft.lane = self._existing_lane(lane, slot, index)
        elif place.function == "s":
            draft.station = self._number(place.args["station"])
        elif place.function == "point":
            x, y = self._number(place.args["x"]), self._number(place.args["y"])
            self._within_ends(x, y, index)
            draft.pose = self._heading_at(x, y, slot)
        else:
            draft.lane = self._lane_beside(place, index, slot)

    # ---- regions, tops and what holds things -----------------------------------------------------------------------

    def _draws(self, slot: Slot) -> tuple[F64Array, F64Array] | None:
        """Where over an area: the entity's two draws, or None."""
        paths = [f"{slot.decl.name}.{name}" for name in DRAWS]
        if paths[0] not in self.variants.program.definitions:
            return None
        return self.env.column(paths[0], slot), self.env.column(paths[1], slot)

    def _over(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        """On, in or above an entity or a region, or in the middle of one."""
        areas = None
        if isinstance(clause.place, EntityRef):
            other = self._slot_of(clause.place, index, slot)
            tops = self._inner(other, slot, index) if clause.kind == "in" else self._top_of(other)
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
        if slot.element > 0 and clause.kind != "on" and draws is not None:
            mine = self.variants.roster.members(slot.decl.name)
            before = slice(mine.start, index)
            x0, y0, foot, sizes = (np.ascontiguousarray(v[:, before]) for v in (self.x, self.y, self.z, self.size))
            draft.foot = clear_height(draft.foot, x, y, size, (x0, y0, foot, sizes, self.active[:, before]))

    def _areas(self, place: Expr) -> Areas:
        """The regions that a place names, one a variant."""
        return Areas.of(self.variants.lane_graphs, area_names(place, self.env, len(self.rows)), area)

    def _top_of(self, other: I64Array) -> Tops:
        size = self.size[self.rows, other]
        x, y, yaw = (np.ascontiguousarray(v[self.rows, other]) for v in (self.x, self.y, self.yaw))
        return Tops(x, y, yaw, size[:, 0], size[:, 1], self.z[self.rows, other] + size[:, 2])

    def _inner(self, other: I64Array, slot: Slot, index: int) -> Tops:
        """The floor of something hollow."""
        inner = self.variants.hollow_m[self.rows, other]
        tops = self._top_of(other)
        foot = self.z[self.rows, other] + inner[:, 2]
        return Tops(tops.x_m, tops.y_m, tops.yaw_rad, inner[:, 0], inner[:, 1], foot)

    def _in_lane(self, draft: _Draft, lane: I64Array, slot: Slot) -> _Pose:
        """Anywhere over the area of a lane, heading as it does there."""
        draws = self._draws(slot)
        assert draws is not None
        x, y = Areas.of(self.variants.lane_graphs, lane, lane_area).points(*draws)
        return x, y, self.roads.frame(lane, x, y)[2].copy()

    def _within_ends(self, x: F64Array, y: F64Array, index: int) -> None:
        """Refuse a point that lies beyond either end of the road."""
        if not bool(self.roads.exists.any()):
            return  # a world without a road
        lane = self.roads.nearest_lane(x, y)
        length = self.roads.length_m[self.rows, lane]
        station = self.roads.frame(lane, x, y)[0]
        along = np.where(self.roads.forward[self.rows, lane], station, length - station)
        some = self.roads.exists.any(-1)
        self._on_road(np.where(some, along, 0.0), np.where(some, length, 0.0), "the road", index)

    # ---- the road ---------------------------------------------------------------------------------------------------

    def _heading_at(self, x: F64Array, y: F64Array, slot: Slot) -> _Pose:
        """People face the road, the rest heads as the nearest lane does."""
        if slot.decl.category == "person":
            return x, y, self.roads.towards_road_rad(x, y)
        return x, y, self.roads.frame(self.roads.nearest_lane(x, y), x, y)[2].copy()

    def _existing_lane(self, lane: I64Array, slot: Slot, index: int) -> I64Array:
        most = self.roads.exists.shape[1]
        safe = np.clip(lane, 0, most - 1)
        missing = (lane != safe) | ~self.roads.exists[self.rows, safe]
        self._refuse(LANE_EXISTS, f"the lane of '{slot.name}' does not exist", missing, index)
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

    def _beside(self, clause: Clause, index: int, slot: Slot) -> _Pose:
        other = self._slot_of(clause.place, index, slot)
        apart = self._in_row(clause, index, slot, 0.5 * self.size[self.rows, other, 1], self.size[:, index, 1])
        left = apart if clause.kind == "left" else -apart
        yaw = self.yaw[self.rows, other].copy()
        x, y = self.x[self.rows, other], self.y[self.rows, other]
        return x - np.sin(yaw) * left, y + np.cos(yaw) * left, yaw

    def _between(self, clause: Clause, index: int, slot: Slot) -> _Pose:
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

    def _beyond(self, clause: Clause, index: int, slot: Slot) -> _Pose:
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
        own = _reach_m(yaw, self.size[:, index], ux, uy)
        return x + ux * own, y + uy * own, yaw

    def _reach(self, slot: I64Array, ux: F64Array, uy: F64Array) -> F64Array:
        """How far a box reaches from its centre in a direction."""
        return _reach_m(self.yaw[self.rows, slot].copy(), self.size[self.rows, slot], ux, uy)

    def _along(self, draft: _Draft, clause: Clause, index: int, slot: Slot) -> None:
        if not (isinstance(clause.place, Call) and clause.place.function == "curb"):
            raise NotRunnableError(f"line {clause.span.line}: 'along' runs for curb(side) only in this version")
        draft.curve, side = self._curb(clause.place)
        person = slot.decl.category == "person"  # people face the road: their width lies along the kerb
        across, length = (self.size[..., 0], self.size[..., 1]) if person else (self.size[..., 1], self.size[..., 0])
        draft.left = (KERB_GAP_M + 0.5 * across[:, index]) * (-side if person else side)
        own = length[:, index]
        if slot.element == 0:
            self.row_end[slot.decl.name] = np.full(len(self.rows), np.nan)  # known when all clauses are
            draft.row = own
        else:  # elements are placed in order
            way = self.row_way[slot.decl.name]
            begin = self.row_end[slot.decl.name] + way * self._by(clause, slot)
            draft.follows = begin + way * (0.5 * own)
            self.row_end[slot.decl.name] = begin + way * own

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
        if isinstance(clause.place, Const) and clause.place.type.kind in ("region", "place"):
            return self.roads.towards_road_rad(x, y)
        return self.roads.road_heading_rad(x, y) + self._number(clause.place)

    # ---- poses -----------------------------------------------------------------------------------------------------

    def _pose(self, draft: _Draft, index: int, slot: Slot) -> _Pose:
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
        length = self.roads.length_m[self.rows, lane]
        named = f"lane({int(lane[0]) + 1})" if (lane == lane[:1]).all() else "its lane"
        self._on_road(station, length, named, index)
        return self.roads.lane_pose(lane, station, left)

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
            return station + np.where(self._with(yaw, draft.reference), draft.reach, -draft.reach)
        if draft.station is not None:
            return draft.station
        return QUARTER * self.roads.length_m[self.rows, lane]

    def _on_curve(self, draft: _Draft, curve: I64Array, index: int, slot: Slot) -> _Pose:
        length = self.roads.curve_length_m[self.rows, curve]
        station = self._curve_station(draft, curve, slot)
        left = np.zeros_like(station) if draft.left is None else draft.left
        self._on_road(station, length, "the kerb", index)
        x, y, _ = self.roads.curve_pose(curve, station, left)
        return self._heading_at(x, y, slot)

    def _curve_station(self, draft: _Draft, curve: I64Array, slot: Slot) -> F64Array:
        """Station of a centre along a kerb; the first of a row notes where the row goes on."""
        if draft.follows is not None:
            return draft.follows
        assert draft.row is not None
        half, way = 0.5 * draft.row, np.ones(len(self.rows))
        if draft.reference is not None and draft.reach is not None:
            x, y = self.x[self.rows, draft.reference], self.y[self.rows, draft.reference]
            station, yaw = self.roads.curve_frame(curve, x, y)
            along = np.where(self._with(yaw, draft.reference), draft.reach, -draft.reach)
            begin = station + along - half
            way = np.where(along < 0.0, -1.0, 1.0)  # a row leads away from what it begins at
        elif draft.station is not None:
            begin = draft.station - half
        else:
            begin = QUARTER * self.roads.curve_length_m[self.rows, curve]
        self.row_end[slot.decl.name] = begin + np.where(way > 0.0, draft.row, 0.0)
        self.row_way[slot.decl.name] = way
        return begin + half

    def _lane_of(self, slot: I64Array) -> I64Array:
        known = self.lane[self.rows, slot]
        return np.where(known >= 0, known, self.roads.nearest_lane(self.x[self.rows, slot], self.y[self.rows, slot]))

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


def _reach_m(yaw: F64Array, size: F64Array, ux: F64Array, uy: F64Array) -> F64Array:
    """How far boxes (B, 3) with headings (B,) reach from their centres in directions (B,)."""
    c, s = np.cos(yaw), np.sin(yaw)
    along, across = np.abs(ux * c + uy * s), np.abs(uy * c - ux * s)
    return 0.5 * (along * size[:, 0] + across * size[:, 1])


def _wrapped(yaw: F64Array) -> F64Array:
    """Angles in [-pi, pi); angles that are there already keep all their bits."""
    inside = (yaw >= -np.pi) & (yaw <= np.pi)
    return np.where(inside, yaw, np.remainder(yaw + np.pi, 2.0 * np.pi) - np.pi)
