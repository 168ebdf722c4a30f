"""People who walk by themselves: along pavements, round what stands there, and over roads where there are crossings.

Who strolls keeps to a strip of the pavement of their own, more to the right of it, goes round things and comes back;
others are evaded as :mod:`simengine.physics.headings` says. At a crossing some go over: to its end, where
they wait for a gap (:mod:`simengine.physics.zebras`), straight to the other side, and on along the pavement there.
At the end of a pavement, or where nothing leads past what stands there, they turn back; so do two who meet where there
is room for one. All that is left to chance is drawn before the run.

B variants, A actors, P people.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.footpaths import Footpaths
from simengine.physics.headings import Boxes, Discs, Strip, View, choose
from simengine.physics.motion import Motion
from simengine.physics.paths import Frame, project
from simengine.physics.persons import BRAKING_MPS2
from simengine.physics.zebras import Zebras
from simengine.world.walls import NO_FURNITURE, Furniture

__all__ = ["BODY_M", "Strollers", "Strolls", "people_about"]

BODY_M = 0.26
"""Half of the width of people: so far from kerbs, walls and things they keep their middle."""
_WALK, _TO_GATE, _WAIT, _CROSS = range(4)
_MARGIN_M = 0.08
"""So much farther they keep away where they can."""
_LOOK_M = 3.5
"""What stands farther ahead is not gone round yet."""
_NEAREST = 4
_REACH_M = (0.35, 2.5)
"""How far ahead of them they aim."""
_GIVES_M = 0.08
"""Shoulders brush edges and things by so much, while who has come there brakes."""
_END_M = 0.8
_GATE_M = 4.0
"""So far before a crossing they make up their mind."""
_CROSSES = 0.4
"""Share of those who cross where they can."""
_STRIP = 0.75
"""Of the width of a pavement, from the right, nobody strolls farther to the left."""
_SLOW, _PATIENCE_S = 0.15, 2.5
"""Who has been slower than that share of their pace for so long turns back."""
_ARRIVED_M, _NEAR_GATE_M = 0.25, 1.4
_AHEAD_M = 10.0
_DECIDES_S, _EASES_S = 0.2, 0.2
"""So often they look again, and so long it takes until a new way is theirs."""
_STOP_S = 0.5
"""Relaxation time of the paper: nobody walks faster than to be where something is met after that."""
_VEHICLE_M = 0.45
"""They keep their middle so far away from vehicles."""


class Strolls(NamedTuple):
    """Who strolls, and what chance says.

    Attributes:
        slots: which slots, in the order of the others.
        there: where they do, (B, P).
        strip: where across the pavement they like to walk, in [0, 1), (B, P).
        draws: in [0, 1), (B, P, K): what they decide one after the other, over and over.
        furniture: what stands by itself in each variant.
    """

    slots: I64Array
    there: BoolArray
    strip: F64Array
    draws: F64Array
    furniture: tuple[Furniture, ...]


class Strollers:
    """Where they go next.

    Args:
        cast: who takes part.
        strolls: who strolls.
        ways: of the same variants.
        zebras: who lets whom cross; None: nobody crosses.
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, strolls: Strolls, ways: Footpaths, zebras: Zebras | None, dt_s: float) -> None:
        self._cast, self._given, self._ways, self._zebras, self._dt_s = cast, strolls, ways, zebras, dt_s
        shape = strolls.there.shape
        self.slots = strolls.slots
        self._rows: I64Array = np.arange(shape[0], dtype=np.int64)[:, None]
        self._path: I64Array = np.zeros(shape, np.int64)
        self._way: F64Array = np.ones(shape)
        self._mode: I64Array = np.full(shape, _WALK, np.int64)
        self._gate: I64Array = np.full(shape, -1, np.int64)  # of the path: where they cross, or have decided about
        self._known: BoolArray = np.zeros(shape, np.bool_)  # the path is theirs since the last tick
        self._drawn: I64Array = np.zeros(shape, np.int64)
        self._slow: I64Array = np.zeros(shape, np.int64)
        self._packed: F64Array | None = None
        self._number: I64Array = np.arange(ways.gate.shape[2], dtype=np.int64)
        self._active: BoolArray = np.zeros(shape, np.bool_)
        self._limit: F64Array = np.zeros(shape)
        self._aside: F64Array = np.zeros(shape)  # the way that they take, as an angle to that to their goal
        self._eased: F64Array = np.zeros(shape)  # the same, as their body follows
        self._every = max(1, round(_DECIDES_S / dt_s))
        self._people: I64Array = np.array(cast.columns("person"), np.int64)
        self._vehicles: I64Array = np.array(cast.columns("vehicle"), np.int64)
        across = 0.5 * np.sqrt(cast.body.size_m[..., 0] ** 2 + cast.body.size_m[..., 1] ** 2)
        self._radius, self._radii = across[:, strolls.slots], across[:, self._people]

    def _segments(self) -> F64Array:
        """Segments of the way of each, (B, P, S, COLUMNS)."""
        if self._packed is None:
            self._packed = np.ascontiguousarray(self._ways.paths.packed[self._rows, self._path])
        return self._packed

    def _draw(self, where: BoolArray) -> F64Array:
        """The next numbers of some people, (B, P)."""
        k = self._drawn % self._given.draws.shape[2]
        self._drawn = np.where(where, self._drawn + 1, self._drawn)
        return np.take_along_axis(self._given.draws, k[..., None], 2)[..., 0]

    def aim(self, m: Motion, free: BoolArray, held: BoolArray) -> None:
        """Where all of them go in this tick.

        Args:
            m: the motion; takes ways and paces.
            free: who is moved by rigid-body physics, (B, A).
            held: whom an action drives, (B, A).
        """
        s = self.slots
        self._active = self._given.there & ~free[:, s] & ~held[:, s] & (m.carrier[:, s] < 0)
        x, y, v = m.x[:, s], m.y[:, s], m.v[:, s]
        self._settle(m, x, y)
        frame = project(self._segments(), x, y)
        station, left = frame.station_m, frame.left_m
        self._turn_back(station)
        stop, side = self._at_gates(station)
        target, blocked, near = self._round_things(station, left, self._strip(side))
        self._patience(v, m.own_pace[:, s], blocked)
        along = np.minimum(np.maximum(near, _REACH_M[0]), _REACH_M[1])
        ux, uy = self._way * frame.ux, self._way * frame.uy
        off = self._way * (target - left)
        dx, dy = ux * along - uy * off, uy * along + ux * off
        there = self._to_gate(stop, side, (station, left))
        if there is not None:
            ahead, beside, close = there
            dx = np.where(close, frame.ux * ahead - frame.uy * beside, dx)
            dy = np.where(close, frame.uy * ahead + frame.ux * beside, dy)
        waits = self._mode == _WAIT
        if bool(waits.any()):
            ox, oy = self._over(x, y)
            dx, dy = np.where(waits, ox, dx), np.where(waits, oy, dy)
        size = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-9)
        far = np.where(self._mode == _TO_GATE, size, np.inf)
        ux, uy, pace = self._look(m, frame, (dx / size, dy / size, far))
        self._tell(m, (x, y), (ux, uy), np.where(waits, 0.0, pace), waits)
        self._change(m, station, waits)

    def _tell(
        self, m: Motion, at: tuple[F64Array, F64Array], way: tuple[F64Array, F64Array], pace: F64Array, waits: BoolArray
    ) -> None:  # fmt: skip
        """Give ways and paces to the motion."""
        s, a = self.slots, self._active
        here = at[0] * way[0] + at[1] * way[1]
        far = here + _AHEAD_M
        rows = (m.dir_x, way[0]), (m.dir_y, way[1]), (m.goal, far), (m.done_at, far), (m.pace, pace)
        for row, value in rows:
            row[:, s] = np.where(a, value, row[:, s])
        m.going[:, s] = np.where(a, m.own_pace[:, s] > 0.0, m.going[:, s])
        m.minds[:, s] &= ~a  # they look for themselves
        m.aim[:, :, s] = np.where(a, np.nan, m.aim[:, :, s])
        on = np.where(a & (self._mode == _CROSS), self._path - self._ways.footways, -1)
        m.crosses[:, s] = on

    def _settle(self, m: Motion, x: F64Array, y: F64Array) -> None:
        """Who begins to stroll, or does so again, takes the nearest footway, and goes on as they head."""
        new = self._active & ~self._known
        self._known = self._active.copy()
        if not bool(new.any()):
            return
        f, s = self._ways.footways, self.slots
        frame = project(np.ascontiguousarray(self._ways.paths.packed[:, None, :f]), x[..., None], y[..., None])
        beyond = np.maximum(np.maximum(-frame.station_m, frame.station_m - self._ways.length_m[:, None, :f]), 0.0)
        away = np.abs(frame.left_m) + beyond + np.where(self._ways.length_m[:, None, :f] > 0.0, 0.0, np.inf)
        nearest = np.argmin(away, -1)
        pick = nearest[..., None]
        ux, uy = (np.take_along_axis(np.broadcast_to(u, away.shape), pick, -1)[..., 0] for u in (frame.ux, frame.uy))
        ahead = m.cos[:, s] * ux + m.sin[:, s] * uy
        self._path = np.where(new, nearest, self._path)
        self._way = np.where(new, np.where(ahead >= 0.0, 1.0, -1.0), self._way)
        self._mode, self._gate = np.where(new, _WALK, self._mode), np.where(new, -1, self._gate)
        self._packed = None

    def _turn_back(self, station: F64Array) -> None:
        """At the ends of pavements."""
        length = self._ways.length_m[self._rows, self._path]
        left = np.where(self._way > 0.0, length - station, station)
        ends = self._active & (self._mode == _WALK) & (left < _END_M)
        self._flip(ends)

    def _flip(self, where: BoolArray) -> None:
        self._way = np.where(where, -self._way, self._way)
        self._gate, self._slow = np.where(where, -1, self._gate), np.where(where, 0, self._slow)

    def _at_gates(self, station: F64Array) -> tuple[F64Array, F64Array]:
        """Who comes to a crossing decides; of those who go over: where they stand to wait, station and offset."""
        w = self._ways
        nothing = np.full(station.shape, np.nan)
        if self._zebras is None or not w.gate.shape[2]:
            return nothing, nothing
        on = np.minimum(self._path, w.footways - 1)
        gates = w.gate_m[self._rows, on]
        to = self._way[..., None] * (gates[..., 0] - station[..., None])
        due: BoolArray = (to > 1.0) & (to < _GATE_M) & (self._number != self._gate[..., None])
        decides = self._active & (self._mode == _WALK) & due.any(-1)
        if bool(decides.any()):
            goes = decides & (self._draw(decides) < _CROSSES)
            self._gate = np.where(decides, np.argmax(due, -1), self._gate)
            self._mode = np.where(goes, _TO_GATE, self._mode)
        mine = np.maximum(self._gate, 0)[..., None]
        at = np.take_along_axis(gates, mine[..., None], 2)[..., 0, :]
        which = np.take_along_axis(w.gate[self._rows, on], mine[..., None], 2)[..., 0, :]
        half = w.half_m[self._rows, w.footways + np.maximum(which[..., 0], 0)]
        spread = (self._given.strip - 0.5) * 2.0 * np.maximum(half - 0.4, 0.0)
        going = (self._mode == _TO_GATE) | (self._mode == _WAIT)
        return np.where(going, at[..., 0] + spread, np.nan), np.where(going, at[..., 1], np.nan)

    def _strip(self, side: F64Array) -> F64Array:
        """The offset at which each of them likes to walk."""
        room = np.maximum(self._ways.half_m[self._rows, self._path] - BODY_M - _MARGIN_M, 0.0)
        from_right = 2.0 * _STRIP * self._given.strip * room
        return np.where(np.isnan(side), self._way * (from_right - room), side)

    def _round_things(self, station: F64Array, left: F64Array, wish: F64Array) -> tuple[F64Array, BoolArray, F64Array]:
        """The nearest offset to the wished one that leads past what stands ahead, where none does, and how far away
        the nearest thing is that is in the way."""
        half = self._ways.half_m[self._rows, self._path]
        self._limit = np.maximum(half - BODY_M, 0.0)
        things = self._ways.things_m[self._rows, self._path]
        far = np.full(station.shape, np.inf)
        if not things.shape[2]:
            return np.minimum(np.maximum(wish, -self._limit), self._limit), np.zeros(station.shape, np.bool_), far
        way, here = self._way[..., None], station[..., None]
        low, high = things[..., 0] - here, things[..., 1] - here
        near = np.where(way > 0.0, low, -high) - BODY_M
        over = np.where(way > 0.0, high, -low) + BODY_M
        ahead = (over > 0.0) & (near < _LOOK_M)
        ahead &= ~(np.isnan(near))
        key = np.where(ahead, near, np.inf)
        if key.shape[2] > _NEAREST:
            pick = np.argsort(key, -1, kind="stable")[..., :_NEAREST]
            key, things = np.take_along_axis(key, pick, -1), np.take_along_axis(things, pick[..., None], 2)
            ahead = np.isfinite(key)
        pad = BODY_M + _MARGIN_M
        begin = np.where(ahead, things[..., 2] - pad, np.inf)
        end = np.where(ahead, things[..., 3] + pad, -np.inf)
        limit = self._limit[..., None]
        options = np.concatenate([np.minimum(np.maximum(wish[..., None], -limit), limit), begin, end], -1)
        good = (np.abs(options) <= limit + 1e-9) & np.isfinite(options)
        hits = (options[..., None] > begin[..., None, :] + 1e-9) & (options[..., None] < end[..., None, :] - 1e-9)
        good &= ~hits.any(-1)
        cost = np.where(good, np.abs(options - wish[..., None]) + 0.7 * np.abs(options - left[..., None]), np.inf)
        best = np.argmin(cost, -1)[..., None]
        target = np.take_along_axis(options, best, -1)[..., 0]
        blocked = ~np.isfinite(np.take_along_axis(cost, best, -1)[..., 0])
        stands = ahead & (left[..., None] > begin) & (left[..., None] < end)
        nearest = np.where(stands, key, np.inf).min(-1, initial=np.inf)
        return np.where(blocked, left, target), blocked & self._active, nearest

    def _patience(self, v: F64Array, pace: F64Array, blocked: BoolArray) -> None:
        """Who does not get on turns back; who cannot get to a crossing leaves it."""
        tries = self._active & ((self._mode == _WALK) | (self._mode == _TO_GATE))
        self._slow = np.where(tries & (v < _SLOW * pace), self._slow + 1, 0)
        stuck = tries & (blocked | (self._slow > _PATIENCE_S / self._dt_s))
        if bool(stuck.any()):
            self._mode = np.where(stuck, _WALK, self._mode)
            self._flip(stuck)

    def _to_gate(
        self, stop: F64Array, side: F64Array, at: tuple[F64Array, F64Array]
    ) -> tuple[F64Array, F64Array, BoolArray] | None:
        """The way to where they wait, for those who are close to it; who is there waits."""
        to = self._mode == _TO_GATE
        if not bool(to.any()):
            return None
        ahead, beside = np.where(to, stop - at[0], 0.0), np.where(to, side - at[1], 0.0)
        away = np.sqrt(ahead * ahead + beside * beside)
        there = to & self._active & ((away < _ARRIVED_M) | ((away < _NEAR_GATE_M) & (self._slow * self._dt_s > 0.4)))
        self._mode = np.where(there, _WAIT, self._mode)
        return ahead, beside, to & (away < _NEAR_GATE_M)

    def _crossing(self) -> tuple[I64Array, I64Array]:
        """Crosswalk and end of it at which people wait, (B, P) each."""
        on = np.minimum(self._path, self._ways.footways - 1)
        found = self._ways.gate[self._rows, on, np.maximum(self._gate, 0)]
        return np.maximum(found[..., 0], 0), np.maximum(found[..., 1], 0)

    def _over(self, x: F64Array, y: F64Array) -> tuple[F64Array, F64Array]:
        """Over the road, for those who wait."""
        which, end = self._crossing()
        path = self._ways.footways + which
        ends = np.where(end == 0, self._ways.length_m[self._rows, path], 0.0)
        gx, gy, _ = self._ways.paths.at(path, ends, np.zeros_like(x))
        return gx - x, gy - y

    def _change(self, m: Motion, station: F64Array, waits: BoolArray) -> None:
        """Who waits sets off where they can; who is over goes on along the pavement."""
        w, s = self._ways, self.slots
        if self._zebras is not None and bool(waits.any()):
            which, end = self._crossing()
            pace = np.maximum(m.own_pace[:, s], 0.1)
            go = (
                waits
                & self._active
                & self._zebras.may_cross(m, which, w.length_m[self._rows, w.footways + which] / pace)
            )
            self._path = np.where(go, w.footways + which, self._path)
            self._way = np.where(go, np.where(end == 0, 1.0, -1.0), self._way)
            self._mode = np.where(go, _CROSS, self._mode)
            if bool(go.any()):
                self._packed = None
        crosses = self._active & (self._mode == _CROSS) & ~(waits)
        left = np.where(self._way > 0.0, w.length_m[self._rows, self._path] - station, station)
        over = crosses & (left < 0.3)
        if bool(over.any()):
            which, end = np.maximum(self._path - w.footways, 0), np.where(self._way > 0.0, 1, 0)
            path = w.joins[self._rows, np.minimum(which, w.joins.shape[1] - 1), end]
            turn = self._draw(over)
            same = (w.gate[self._rows, path, :, 0] == which[..., None]) & (
                w.gate[self._rows, path, :, 1] == end[..., None]
            )
            self._gate = np.where(over, np.argmax(same, -1), self._gate)
            self._path, self._mode = np.where(over, path, self._path), np.where(over, _WALK, self._mode)
            self._way = np.where(over, np.where(turn < 0.5, 1.0, -1.0), self._way)
            self._packed = None

    def _look(
        self, m: Motion, frame: Frame, goal: tuple[F64Array, F64Array, F64Array]
    ) -> tuple[F64Array, F64Array, F64Array]:
        """Direction that they take among all others, and pace: see :mod:`simengine.physics.headings`."""
        s, a = self.slots, self._active
        view = self._view(m, frame)
        pace = m.own_pace[:, s]
        if m.tick % self._every == 0:
            self._aside = np.where(a & (self._mode != _WAIT), choose(view, goal, pace, self._aside), 0.0)
        yaw = m.yaw[:, s]
        self._eased += (self._aside - self._eased) * (self._dt_s / _EASES_S)
        course = np.arctan2(goal[1], goal[0]) + self._eased
        free = view.free_m(np.cos(yaw), np.sin(yaw), np.maximum(m.v[:, s], 0.5 * pace))
        return np.cos(course), np.sin(course), np.minimum(pace, free / _STOP_S)

    def _view(self, m: Motion, frame: Frame) -> View:
        """What they see: people, vehicles, the pavement."""
        s, p, w = self.slots, self._people, self._vehicles
        body = self._cast.body
        apart = (self._radius[:, :, None] + self._radii[:, None]) * np.where(body.valid[:, None, p], 1.0, 0.0)
        apart = np.where(s[:, None] == p, 0.0, apart + _MARGIN_M)
        v = m.v[:, p]
        discs = Discs(m.x[:, p], m.y[:, p], v * m.cos[:, p], v * m.sin[:, p], apart)
        speed, half = m.v[:, w] - m.reverse[:, w], 0.5 * body.size_m[:, None, w] + _VEHICLE_M
        boxes = Boxes(
            m.x[:, w], m.y[:, w], m.cos[:, w], m.sin[:, w], speed * m.cos[:, w], speed * m.sin[:, w],
            half[..., 0], half[..., 1], body.valid[:, None, w],
        )  # fmt: skip
        things = self._ways.things_m[self._rows, self._path] + np.array([-BODY_M, BODY_M, -BODY_M, BODY_M])
        things[..., :2] -= frame.station_m[..., None, None]
        limit = np.maximum(self._limit, np.abs(frame.left_m))
        return View(m.x[:, s], m.y[:, s], discs, boxes, Strip(frame.left_m, frame.ux, frame.uy, limit, things))

    def hold(self, m: Motion, people: I64Array, x: F64Array, y: F64Array, dx: F64Array, dy: F64Array) -> BoolArray:
        """Shorten steps to what is free: nobody leaves the pavement, walks into things or into others.

        Args:
            m: the motion before the step.
            people: slots of all people, Q.
            x, y: where they are, (B, Q).
            dx, dy: their steps, which are changed.

        Returns:
            Whose steps are shorter than they wanted, (B, Q).
        """
        columns = np.searchsorted(people, self.slots)
        active = self._active & self._known
        sx, sy = dx[:, columns], dy[:, columns]
        px, py = x[:, columns], y[:, columns]
        ox, oy = x[:, None] - px[..., None], y[:, None] - py[..., None]
        nx, ny = ox - sx[..., None], oy - sy[..., None]
        away, then = np.sqrt(ox * ox + oy * oy), np.sqrt(nx * nx + ny * ny)
        apart = (self._radius[:, :, None] + self._radii[:, None]) * self._cast.body.valid[:, None, people]
        apart = np.where(self.slots[:, None] == people, 0.0, apart)
        nearer = away - then
        room = np.maximum(away - apart, 0.0) * 0.5  # the other one may come as near in the same tick
        short = np.where((nearer > 0.0) & (room < nearer), room / np.maximum(nearer, 1e-12), 1.0).min(-1)
        packed = self._segments()
        before, after = project(packed, px, py), project(packed, px + sx, py + sy)
        over, deep = np.abs(after.left_m) - self._limit, self._deep(after)
        beyond = over > np.maximum(np.abs(before.left_m) - self._limit, 0.0)
        deeper = deep > np.maximum(self._deep(before), 0.0)
        wall = (beyond & (over > _GIVES_M)) | (deeper & (deep > _GIVES_M))
        step = np.sqrt(sx * sx + sy * sy)
        brakes = np.maximum(m.v[:, self.slots] - BRAKING_MPS2 * self._dt_s, 0.0) * self._dt_s
        slower = np.where(wall, 0.0, np.minimum(brakes / np.maximum(step, 1e-12), 1.0))
        share = np.where(active, np.where(beyond | deeper, np.minimum(slower, short), short), 1.0)
        dx[:, columns], dy[:, columns] = sx * share, sy * share
        out: BoolArray = np.zeros(x.shape, np.bool_)
        out[:, columns] = share < 1.0
        return out

    def _deep(self, at: Frame) -> F64Array:
        """How deep they are in what stands on their way, (B, P); not above 0 outside."""
        things = self._ways.things_m[self._rows, self._path]
        low, high, right, wide = (things[..., i] for i in range(4))
        s, t = at.station_m[..., None], at.left_m[..., None]
        inner = np.minimum(np.minimum(s - low, high - s), np.minimum(t - right, wide - t)) + BODY_M
        return np.where(np.isnan(low), -np.inf, inner).max(-1, initial=-np.inf)


def people_about(cast: Cast, strolls: Strolls | None, dt_s: float) -> tuple[Strollers | None, Zebras | None]:
    """Who walks by themselves in a batch, and its crossings, where there are people; None where there is no such."""
    crossed = any(g.crosswalks for g in cast.lanes) and bool(cast.columns("person"))
    if not crossed and strolls is None:
        return None, None
    nothing = (NO_FURNITURE,) * cast.batch
    ways = Footpaths.of(cast.lanes, nothing if strolls is None else strolls.furniture)
    zebras = Zebras(cast, ways) if crossed else None
    return None if strolls is None else Strollers(cast, strolls, ways, zebras, dt_s), zebras
