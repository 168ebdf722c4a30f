"""Impacts: from the moment at which a vehicle runs into something, rigid bodies take over what is struck.

Whoever walks or rides on two wheels, and things, are struck loose by any vehicle that moves. A car that meets something
light is driven on, slower by the momentum that the other has gained; one that is thrown out of its course (its
velocity changes by more than a driver could hold) is nobody's any more and slides; so is one that touches what stands
for good (:mod:`simengine.physics.barriers`). Bodies meet between two ticks: a
tick in which boxes would pass into each other is done again from its start with contacts (ADR 0017).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.physics.barriers import ROLLED_OVER_M, Barriers, Travel
from simengine.physics.boxes import Boxes, plane_gap_m
from simengine.physics.cast import Cast
from simengine.physics.contacts import Contacts, Shapes, Touches
from simengine.physics.laying import TUMBLED_M, Moving, turned_with
from simengine.physics.motion import Motion
from simengine.physics.pavement import rise_m
from simengine.physics.rigid.crash import CrashWorld, Ground
from simengine.physics.rigid.forms import Form, form_of

__all__ = ["Bump", "Impact", "Impacts"]

_LEAST_MPS = 0.5
"""Slower is no impact: bumpers that lean on each other in a car park."""
_OUT_OF_CONTROL_MPS, _SPUN_RADPS = 1.5, 0.4
"""A change of velocity, or of the turn, at which a driver loses the vehicle."""
_MEMORY_TICKS = 8
"""For so long the changes of velocity of one impact are added up."""
_SHEET_HALF_M, _SHEET_POINTS = 40.0, 161
_WALLS_M = 400.0
"""Walls that are farther from an impact nobody slides to."""
_LONG_M = 7.0
_CLIMBED_M = 1.0
"""What people and animals get over, and wheels."""
_SLIM_M = 0.1
"""Half of the width of what people have to get past a wall: they lean on walls, and brush along them."""


class Impact(NamedTuple):
    """Two actors began to touch: variant, slots (the lower one first), and when, in ticks."""

    row: int
    first: int
    second: int
    tick: float


class Bump(NamedTuple):
    """An actor came against what stands for good: variant, slot, what that is called, when, in ticks, where it was
    then, and at which speed."""

    row: int
    slot: int
    wall: str
    tick: float
    at_m: tuple[float, float]
    speed_mps: float


class Impacts:
    """Who has been struck in a batch.

    Args:
        cast: who takes part.
        m: the motion at the start.
        dt_s: length of a tick.
        moves: which slots can ever move by themselves, (A,); None: all.
        friction: of the ground in each variant, (B,); None: dry asphalt.

    Attributes:
        free: who is moved by rigid-body physics, (B, A).
        struck: who has taken part in an impact, (B, A).
        touching: pairs that touch in this tick, (B, A, A), or None where nothing does.
        log: all impacts so far.
        bumps: who has come against a wall in this tick; ``walls_hit`` are those of vehicles so far.
        hit_wall: vehicles that have come against one, (B, A).
    """

    def __init__(
        self, cast: Cast, m: Motion, dt_s: float, moves: BoolArray | None = None, friction: F64Array | None = None
    ) -> None:  # fmt: skip
        self._cast, self._dt_s = cast, dt_s
        shape = (cast.batch, cast.slots)
        able = np.ones(cast.slots, np.bool_) if moves is None else moves
        self._vehicle: BoolArray = np.array([c == "vehicle" for c in cast.categories], np.bool_)
        things = np.array([c in ("vehicle", "person", "object") for c in cast.categories], np.bool_)
        if cast.loose:
            things &= ~np.array(cast.loose, np.bool_)
        self._forms: dict[tuple[int, int], Form | None] = {}
        things &= np.array([any(self._form(b, a) for b in range(cast.batch)) for a in range(cast.slots)], np.bool_)
        self._contacts = Contacts(cast, self._vehicle & able & things, things, dt_s)
        self.free: BoolArray = np.zeros(shape, np.bool_)
        self.struck: BoolArray = np.zeros(shape, np.bool_)
        self.touching: BoolArray | None = None
        self.log: list[Impact] = []
        self._by: I64Array = np.full(shape, -1, np.int64) if cast.hitches is None else cast.hitches.by
        self._towed: BoolArray = self._by >= 0
        self._friction = np.full(cast.batch, 0.7) if friction is None else friction
        self._worlds: dict[int, CrashWorld] = {}
        self._pushes: dict[tuple[int, int], list[F64Array]] = {}
        self._position, self._orientation = np.zeros((*shape, 3)), np.zeros((*shape, 4))
        self._velocity, self._spin = np.zeros((*shape, 3)), np.zeros((*shape, 3))
        size = cast.body.size_m
        self._half_length, self._half_width = 0.5 * size[..., 0], 0.5 * size[..., 1]
        self._ahead: F64Array = np.zeros((2, *shape))  # centre of the box from the origin, of those that have tumbled
        self._below: F64Array = np.zeros(shape)
        self._tall = size[..., 2].copy()
        self._yaw: F64Array = m.yaw.copy()
        person: BoolArray = np.array([c == "person" for c in cast.categories], np.bool_)
        drone = np.array([c == "drone" for c in cast.categories], np.bool_)
        over = np.where(person, _CLIMBED_M, np.where(drone, 0.0, ROLLED_OVER_M))
        watched = cast.body.valid & able & (person | drone | (self._vehicle & things))
        self._barriers = Barriers(cast, watched, dt_s, np.stack([over, np.where(person, np.inf, over)]))
        self._slim_length, self._slim_width = (
            np.where(person, _SLIM_M, v) for v in (self._half_length, self._half_width)
        )
        self.bumps: list[Bump] = []
        self.walls_hit: list[Bump] = []
        self.hit_wall: BoolArray = np.zeros(shape, np.bool_)
        everywhere: BoolArray = np.ones(cast.batch, np.bool_)
        self._contacts.begin(self._shapes(m), everywhere)
        self._barriers.begin(self._past_walls(self._shapes(m)), everywhere)
        self.remember(m)

    def _form(self, row: int, slot: int) -> Form | None:
        key = (row, slot)
        if key not in self._forms:
            entity = self._cast.entities[row][slot]
            self._forms[key] = None if entity is None else form_of(entity, self._cast.categories[slot])
        return self._forms[key]

    def _shapes(self, m: Motion) -> Shapes:
        bottom = m.z + self._below
        return Shapes(
            m.x + self._ahead[0], m.y + self._ahead[1], m.cos, m.sin, self._half_length, self._half_width, bottom,
            bottom + self._tall,
        )  # fmt: skip

    def _past_walls(self, shapes: Shapes) -> Boxes:
        """Boxes that have to get past walls, of those who have not tumbled."""
        x, y, cos, sin, _, _, bottom, top = shapes
        return Boxes(x, y, cos, sin, self._slim_length, self._slim_width, bottom, top)

    # ---- from outside --------------------------------------------------------------------------------------------

    def moved(self, m: Motion, slot: int, rows: BoolArray) -> None:
        """An actor has been put somewhere else, or at another speed, in some rows: what it is in now lets it out."""
        self._contacts.recheck(slot, rows)
        self._contacts.begin(self._shapes(m), rows, slot)
        self._barriers.begin(self._past_walls(self._shapes(m)), rows, slot)

    def stands_in(self, m: Motion, row: int, slot: int, deeper_m: float) -> str:
        """What stands for good (walls, trees, lamps) and would stop an actor, and it is in that; "": nothing.

        Args:
            m: the motion.
            row: variant.
            slot: who.
            deeper_m: so deep at least.
        """
        box = Boxes(*(np.asarray(v[row, slot])[None] for v in self._past_walls(self._shapes(m))))
        box = box._replace(
            half_length_m=box.half_length_m - deeper_m, half_width_m=box.half_width_m - deeper_m,
            bottom_m=box.bottom_m + deeper_m,
        )  # fmt: skip
        found = self._barriers.reached(np.array([row]), np.array([slot]), box, 0.0)
        return self._barriers.names[int(found.box[0])] if found.box.size else ""

    def drop(self, m: Motion, slot: int, rows: BoolArray, velocity: tuple[F64Array, F64Array]) -> None:
        """A thing comes loose in some rows, as it moves now."""
        for row in np.flatnonzero(rows & ~self.free[:, slot]).tolist():
            form = self._form(row, slot)
            if form is None:
                continue
            start = Moving(
                np.array([m.x[row, slot], m.y[row, slot], m.z[row, slot]]),
                tf.quaternion_from_yaw(np.float64(m.yaw[row, slot])),
                np.array([velocity[0][row, slot], velocity[1][row, slot], 0.0]),
                np.array([0.0, 0.0, m.yaw_rate[row, slot]]),
            )
            self._enter(row, slot, form, start, driven=False)
            self._read(m, row, slot)

    @property
    def headings(self) -> F64Array:
        """Headings at the start of the tick, (B, A)."""
        return self._old[3]

    @property
    def diverged(self) -> list[tuple[int, str]]:
        """Variants whose integration has gone astray, and what was seen."""
        return [(row, world.diverged) for row, world in self._worlds.items() if world.diverged]

    def overlay(self, position: F64Array, orientation: F64Array, velocity: F64Array, spin: F64Array) -> None:
        """Write the states of those who are free into arrays of all slots, (B, A, ...)."""
        if self._worlds:
            for out, own in (
                (position, self._position), (orientation, self._orientation), (velocity, self._velocity),
                (spin, self._spin),
            ):  # fmt: skip
                out[self.free] = own[self.free]

    # ---- time ----------------------------------------------------------------------------------------------------

    def remember(self, m: Motion) -> None:
        """Note where everybody is at the start of a tick."""
        self._old = m.x.copy(), m.y.copy(), m.z.copy(), m.yaw.copy(), m.cos.copy(), m.sin.copy()

    def step(self, m: Motion) -> None:
        """After everybody has moved by a tick: find who has run into whom, and move those who are free."""
        if self._worlds:
            self._hold(m)
        dt = self._dt_s
        x, y, z, yaw, cos, sin = self._old
        vx, vy, turn = (m.x - x) / dt, (m.y - y) / dt, (m.yaw - yaw) / dt
        now = self._shapes(m)
        bottom = z + self._below
        before = Shapes(
            x + self._ahead[0], y + self._ahead[1], cos, sin, self._half_length, self._half_width, bottom,
            bottom + self._tall,
        )  # fmt: skip
        if self._worlds:
            vx, vy = np.where(self.free, self._velocity[..., 0], vx), np.where(self.free, self._velocity[..., 1], vy)
            turn = np.where(self.free, self._spin[..., 2], turn)
        self.touching = None
        touches = self._contacts.look(m.tick + 1, now, before, (vx, vy), turn)
        if touches.row.size:
            self._strike(m, touches, vx, vy, turn)
        self.bumps = []
        if self._barriers.there:
            self._come_against(m, Travel(self._past_walls(before), self._past_walls(now), vx, vy, turn))
        for row, world in self._worlds.items():
            self._advance(m, row, world, (vx, vy, turn))

    def _hold(self, m: Motion) -> None:
        """Those who are free do not go where their legs and wheels would take them."""
        free = self.free
        for own, old in zip((m.x, m.y, m.z, m.yaw, m.cos, m.sin), self._old, strict=True):
            own[free] = old[free]

    def _strike(self, m: Motion, touches: Touches, vx: F64Array, vy: F64Array, turn: F64Array) -> None:
        """Who has met whom, and what becomes of them."""
        for row, a, b, share in zip(*(v.tolist() for v in touches), strict=True):
            forms = self._form(row, a), self._form(row, b)
            dx, dy = vx[row, a] - vx[row, b], vy[row, a] - vy[row, b]
            for trailer, other, way in ((a, b, 1.0), (b, a, -1.0)):
                if self._towed[row, trailer]:  # long, and sweeping: what it does where the other one is
                    dx -= way * turn[row, trailer] * (m.y[row, other] - m.y[row, trailer])
                    dy += way * turn[row, trailer] * (m.x[row, other] - m.x[row, trailer])
            pace = float(np.sqrt(dx * dx + dy * dy))
            if forms[0] is None or forms[1] is None or pace < _LEAST_MPS or not self._runs(row, a, b, vx, vy):
                continue
            if bool((m.carrier[row, [a, b]] >= 0).any()):
                continue
            if self._coupled(row, a, b):
                continue
            self._note(row, a, b)
            self.log.append(Impact(row, a, b, m.tick + share))
            mass = [f.body.mass_kg for f in forms if f is not None]
            for slot, form, other in ((a, forms[0], mass[1]), (b, forms[1], mass[0])):
                thrown = other / (mass[0] + mass[1]) * pace > _OUT_OF_CONTROL_MPS
                driven = form.upright and (not thrown or bool(self._towed[row, slot]))
                if not self._present(row, slot):
                    self._enter(row, slot, form, self._start(row, slot, vx, vy, turn), driven)
                elif not driven and not self.free[row, slot]:
                    self._free(row, slot)

    def _come_against(self, m: Motion, travel: Travel) -> None:
        """Who comes against what stands for good: of vehicles the driver loses control."""
        found = self._barriers.look(m.tick + 1, travel)
        for row, slot, box, share in zip(*(v.tolist() for v in found), strict=True):
            if self.free[row, slot] or m.carrier[row, slot] >= 0:
                continue
            if self._barriers.furniture[box] and self._sweeps(m, row, slot):
                continue
            at, speed = (m.x[row, slot], m.y[row, slot]), np.hypot(travel.vx[row, slot], travel.vy[row, slot])
            bump = Bump(row, slot, self._barriers.names[box], m.tick + share, at, float(speed))
            self.bumps.append(bump)
            form = self._form(row, slot)
            if not self._vehicle[slot] or form is None:
                continue
            self.walls_hit.append(bump)
            self.hit_wall[row, slot] = True
            if self._towed[row, slot]:  # it goes where it is drawn
                continue
            if not self._present(row, slot):
                self._enter(row, slot, form, self._start(row, slot, travel.vx, travel.vy, travel.turn), driven=False)
            else:
                self._free(row, slot)

    def _sweeps(self, m: Motion, row: int, slot: int) -> bool:
        """A long vehicle goes round a corner by itself, or a trailer after it: in streets as narrow as ours ends sweep
        over pavements where drivers would swing wide, and that is no crash."""
        by = int(self._by[row, slot])
        if by >= 0:
            return not self.free[row, by]
        return bool(m.turn[row, slot] >= 0 and self._cast.body.size_m[row, slot, 0] > _LONG_M)

    def _coupled(self, row: int, a: int, b: int) -> bool:
        """One tows the other."""
        return bool(self._by[row, a] == b or self._by[row, b] == a)

    def _runs(self, row: int, a: int, b: int, vx: F64Array, vy: F64Array) -> bool:
        """One of the two is a vehicle, or has been set free, and moves."""
        for slot in (a, b):
            fast = float(np.sqrt(vx[row, slot] ** 2 + vy[row, slot] ** 2)) >= _LEAST_MPS
            if fast and (self._vehicle[slot] or self.free[row, slot]):
                return True
        return False

    def _present(self, row: int, slot: int) -> bool:
        return row in self._worlds and slot in self._worlds[row]

    def _start(self, row: int, slot: int, vx: F64Array, vy: F64Array, turn: F64Array) -> Moving:
        """Where somebody was at the start of this tick, and how it has moved since."""
        x, y, z, yaw, _, _ = self._old
        start = Moving(
            np.array([x[row, slot], y[row, slot], z[row, slot]]), tf.quaternion_from_yaw(np.float64(yaw[row, slot])),
            np.array([vx[row, slot], vy[row, slot], 0.0]), np.array([0.0, 0.0, turn[row, slot]]),
        )  # fmt: skip
        form = self._form(row, slot)
        if self._cast.surfaces is None or form is None or form.upright:
            return start
        return start._replace(orientation=self._as_it_stands(row, slot, start))

    def _as_it_stands(self, row: int, slot: int, start: Moving) -> F64Array:
        """The orientation on the level plane of who begins to tumble: upright on a grade is not upright on it."""
        cast, here = self._cast, Moving(*(v[None, None] for v in start))
        assert cast.surfaces is not None
        land, own = cast.surfaces.take(np.array([row])), cast.reach_m[row : row + 1, slot : slot + 1]
        before, after = (turned_with(land, reach, here)[0, 0] for reach in (own, np.maximum(own, TUMBLED_M)))
        back = after * np.array([1.0, -1.0, -1.0, -1.0])
        return tf.multiply(back, tf.multiply(before, start.orientation))

    def _enter(self, row: int, slot: int, form: Form, start: Moving, driven: bool) -> None:
        if row not in self._worlds:
            self._worlds[row] = CrashWorld(self._ground(row, start.position_m), self._dt_s)
        world = self._worlds[row]
        for other in world.slots:  # contacts of two of this world are its own affair
            first, second = min(slot, other), max(slot, other)
            if not (driven and not world.loose(other)):
                self._contacts.forget(row, first, second)
        coupled = [k for k in world.slots if self._coupled(row, slot, k)]
        world.join(slot, form, driven, start, coupled, self._walls_around(row, slot, world.ground))
        self.struck[row, slot] = True
        if not driven:
            self._set_free(row, slot)

    def _walls_around(self, row: int, slot: int, ground: Ground) -> list[int]:
        """Walls of a variant's world that an actor was in at the start of the tick."""
        if not len(ground.walls):
            return []
        x, y, _, _, cos, sin = (v[row, slot] for v in self._old)
        length, width = self._half_length[row, slot], self._half_width[row, slot]
        own = Boxes(x, y, cos, sin, length, width, np.zeros(1), np.ones(1))
        a, b, c, d, long, wide, top = ground.walls.T
        gap = plane_gap_m(own, Boxes(a, b, c, d, long, wide, np.zeros(1), top))
        return np.flatnonzero(gap < 0.0).tolist()

    def _free(self, row: int, slot: int) -> None:
        """A driven vehicle is nobody's any more."""
        world = self._worlds[row]
        world.let_go(slot)
        for other in world.slots:
            if other != slot:
                self._contacts.forget(row, min(slot, other), max(slot, other))
        self._set_free(row, slot)

    def _set_free(self, row: int, slot: int) -> None:
        self.free[row, slot] = True
        self._contacts.watch(row, slot)
        for other in self._worlds[row].slots:
            if other != slot:
                self._contacts.forget(row, min(slot, other), max(slot, other))

    def _note(self, row: int, a: int, b: int) -> None:
        if self.touching is None:
            self.touching = np.zeros((self._cast.batch, self._cast.slots, self._cast.slots), np.bool_)
        self.touching[row, a, b] = self.touching[row, b, a] = True

    # ---- one world -----------------------------------------------------------------------------------------------

    def _advance(self, m: Motion, row: int, world: CrashWorld, velocity: tuple[F64Array, F64Array, F64Array]) -> None:
        """A tick of a variant's world; driven vehicles are slowed down by what they push."""
        driven = [s for s in world.slots if not self.free[row, s]]
        x, y, _, yaw, _, _ = self._old
        for s in driven:
            moving = [float(v[row, s]) for v in velocity]
            world.drive(s, float(x[row, s]), float(y[row, s]), float(yaw[row, s]), *moving)
        if self._cast.surfaces is not None and self._cast.surfaces.uneven[row]:
            self._lean(m, row, world)
        for a, b in world.step():
            self._note(row, a, b)
        for s in driven:
            if not self._towed[row, s]:  # a trailer goes where it is drawn
                self._push(m, row, s, world)
        for s in world.slots:
            if self.free[row, s]:
                self._read(m, row, s)

    def _lean(self, m: Motion, row: int, world: CrashWorld) -> None:
        """Tell a world how the ground leans below everybody."""
        assert self._cast.surfaces is not None
        slots = world.slots
        ground = self._cast.surfaces.take(np.array([row])).at(m.x[row, slots][None], m.y[row, slots][None])
        for k, slot in enumerate(slots):
            world.slope(slot, float(ground.x[0, k]), float(ground.y[0, k]))

    def _push(self, m: Motion, row: int, slot: int, world: CrashWorld) -> None:
        """What contacts have done to a driven vehicle."""
        change = world.pushed(slot)
        recent = self._pushes.setdefault((row, slot), [])
        if float(np.abs(change).max()) < 1e-6:
            recent.clear()
            return
        recent.append(change)
        del recent[:-_MEMORY_TICKS]
        dx, dy, spun = np.sum(recent, axis=0).tolist()
        if np.sqrt(dx * dx + dy * dy) > _OUT_OF_CONTROL_MPS or abs(spun) > _SPUN_RADPS:
            self._free(row, slot)
            return
        state = world.state(slot)
        m.x[row, slot], m.y[row, slot] = state.position_m[:2]
        m.yaw[row, slot] = world.yaw(slot)
        m.cos[row, slot], m.sin[row, slot] = np.cos(m.yaw[row, slot]), np.sin(m.yaw[row, slot])
        along = float(change[0] * m.cos[row, slot] + change[1] * m.sin[row, slot])
        m.v[row, slot] = max(float(m.v[row, slot]) + along, 0.0)

    def _read(self, m: Motion, row: int, slot: int) -> None:
        """Where somebody who is free has come to."""
        world = self._worlds[row]
        state = world.state(slot)
        self._position[row, slot], self._orientation[row, slot] = state.position_m, state.orientation
        self._velocity[row, slot], self._spin[row, slot] = state.velocity_mps, state.spin_radps
        before = float(m.v[row, slot])
        m.travelled[row, slot] += float(np.sqrt((state.velocity_mps[:2] ** 2).sum())) * self._dt_s
        m.x[row, slot], m.y[row, slot], m.z[row, slot] = state.position_m
        m.yaw_rate[row, slot], m.going[row, slot] = state.spin_radps[2], False
        form = self._forms[row, slot]
        assert form is not None
        if form.upright:
            yaw = world.yaw(slot)
            c, s = np.cos(yaw), np.sin(yaw)
            m.yaw[row, slot], m.cos[row, slot], m.sin[row, slot] = yaw, c, s
            m.v[row, slot] = state.velocity_mps[0] * c + state.velocity_mps[1] * s
            m.a[row, slot] = (float(m.v[row, slot]) - before) / self._dt_s
            return
        m.v[row, slot] = m.a[row, slot] = m.speed_goal[row, slot] = 0.0
        low, high = world.extent(slot)
        # the box around a body that tumbles, along the axes of the world
        m.yaw[row, slot], m.cos[row, slot], m.sin[row, slot] = 0.0, 1.0, 0.0
        self._half_length[row, slot], self._half_width[row, slot] = 0.5 * (high - low)[:2]
        self._ahead[:, row, slot] = 0.5 * (high + low)[:2] - state.position_m[:2]
        self._below[row, slot], self._tall[row, slot] = low[2] - state.position_m[2], high[2] - low[2]

    def _ground(self, row: int, at: F64Array) -> Ground:
        """The ground around an impact."""
        x, y, cast = float(at[0]), float(at[1]), self._cast
        friction, walls = float(self._friction[row]), self._walls_at(row, x, y)
        if not float(cast.kerb_height_m[row]) > 0.0:
            return Ground(x, y, _SHEET_HALF_M, np.zeros((2, 2)), friction, walls)
        side = np.linspace(-_SHEET_HALF_M, _SHEET_HALF_M, _SHEET_POINTS)
        grid_x, grid_y = np.meshgrid(x + side, y + side)
        kerbs = np.ascontiguousarray(cast.ground.packed[row : row + 1])
        height = cast.kerb_height_m[row : row + 1]
        rows = [
            rise_m(kerbs, height, np.ascontiguousarray(gx[None]), np.ascontiguousarray(gy[None]))[0]
            for gx, gy in zip(grid_x, grid_y, strict=True)
        ]
        return Ground(x, y, _SHEET_HALF_M, np.stack(rows), friction, walls)

    def _walls_at(self, row: int, x_m: float, y_m: float) -> F64Array:
        """Boxes of what stands for good around an impact."""
        boxes = self._barriers.boxes[self._barriers.boxes_of(row)]
        away = np.sqrt((boxes[:, 0] - x_m) ** 2 + (boxes[:, 1] - y_m) ** 2) - boxes[:, 4]
        return boxes[away < _WALLS_M]
