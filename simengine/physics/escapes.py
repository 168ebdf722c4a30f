"""Who flees keeps clear of what stands: houses, walls, trees, lamps, parked vehicles, people and things that stand.

An animal foresees which way its legs would take it to each heading: round the bend that they need at its speed, and
straight on. It takes the heading that is nearest to its course and free for as far as it needs to stop; it runs no
faster than that it could stop before what is ahead; and where nothing leads on, it turns about, or stands. What
moves is no obstacle: whether it is met is what scenarios ask. Nor is what somebody stands in, which lets them out, and
what is so low that people and animals get over it.

B variants, P people, N things, W ways.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.boxes import Boxes, plane_gap_m, ttc_s
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.persons import BRAKING_MPS2, Intent, advance_person
from simengine.world.walls import NO_FURNITURE, wall_boxes

__all__ = ["Escapes"]

_SIGHT_M = 30.0
"""So far ahead they look: twice what somebody needs to stop from 12 m/s."""
_LOOKS_S = 0.1
_SPARE_M, _MARGIN_M, _MARGIN_S = 1.5, 0.15, 0.05
"""So much farther than they must they keep a way free; so far from what is ahead they stop, and farther at a speed."""
_BRAKES = 0.7
"""Share of the brakes of legs that they plan with."""
_LOW_M, _CLIMBED_M = 0.3, 1.0
"""What animals step over, of things; and what they get over, of walls."""
_STANDS_MPS = 0.05
_WAYS_RAD: F64Array = np.radians(np.arange(-180.0, 180.0, 10.0))
_STEP_S, _STEPS = 0.1, 10
"""How finely, and how long, they foresee a bend."""
_KEEPS, _KEEPS_RAD, _KEEPS_M = 0.5, 0.2, 2.0
"""What a turn from the way taken costs against one from the course, what any does, and how much farther the course has
to be free for who is beside it: nobody dithers."""


class Legs(NamedTuple):
    """How somebody runs now: heading, how fast that turns, speed, and the speed that is wanted."""

    yaw: float
    rate_radps: float
    v: float
    pace_mps: float


class Escapes:
    """The ways of those who flee.

    Args:
        cast: who takes part.
        people: slots of all people.
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, people: I64Array, dt_s: float) -> None:
        self._cast, self._people = cast, people
        self._every = max(1, round(_LOOKS_S / dt_s))
        self._taken: F64Array = np.zeros((cast.batch, people.size))  # the way taken, as a heading
        self._free_m: F64Array = np.zeros_like(self._taken)  # at the last look, and how far they had come then
        self._from_m: F64Array = np.zeros_like(self._taken)
        self._on_course: BoolArray = np.ones(self._taken.shape, np.bool_)
        self._fleeing: BoolArray = np.zeros(self._taken.shape, np.bool_)
        self._stands: dict[int, F64Array] = {}
        self._others: I64Array = np.array(
            [k for k, c in enumerate(cast.categories) if c in ("vehicle", "person", "object")], np.int64
        )

    def ways(
        self, m: Motion, fleeing: BoolArray, way: tuple[F64Array, F64Array], left_m: F64Array
    ) -> tuple[F64Array, F64Array, F64Array]:
        """Directions in which they get away, and how far they may run at most.

        Args:
            m: the motion.
            fleeing: who flees, (B, P).
            way: unit vectors of their courses.
            left_m: how far they go there.

        Returns:
            Unit vectors of where they go, and for how far.
        """
        fresh = fleeing & ~self._fleeing
        self._fleeing = fleeing.copy()
        if not bool(fleeing.any()):
            return *way, left_m
        ux, uy, left = way[0].copy(), way[1].copy(), left_m.copy()
        for row, k in np.argwhere(fleeing).tolist():
            slot, course = int(self._people[k]), float(np.arctan2(uy[row, k], ux[row, k]))
            travelled = float(m.travelled[row, slot])
            if fresh[row, k] or m.tick % self._every == 0:
                taken = course if fresh[row, k] or self._on_course[row, k] else float(self._taken[row, k])
                self._taken[row, k], self._free_m[row, k] = self._look(m, row, k, course, taken)
                self._on_course[row, k], self._from_m[row, k] = self._taken[row, k] == course, travelled
            if self._on_course[row, k]:
                self._taken[row, k] = course
            ux[row, k], uy[row, k] = np.cos(self._taken[row, k]), np.sin(self._taken[row, k])
            free = self._free_m[row, k] - (travelled - self._from_m[row, k])
            margin = _MARGIN_M + _MARGIN_S * float(m.v[row, slot])
            left[row, k] = min(left[row, k], max(_BRAKES * (free - margin), 0.0))
        return ux, uy, left

    def _look(self, m: Motion, row: int, k: int, course: float, taken: float) -> tuple[float, float]:
        """The heading that somebody takes, and how far it is free."""
        slot, own, things = int(self._people[k]), self._box(m, row, k), self._near(m, row, k)
        things = things[_gaps(own, things) > 0.0]
        if not len(things):
            return course, _SIGHT_M
        legs = Legs(*(float(v[row, slot]) for v in (m.yaw, m.yaw_rate, m.v, m.pace)))
        chosen = _chosen(own, things, legs, course, taken)
        return chosen, float(_free_m(own, things, legs, np.array([chosen]))[0])

    def hold(self, m: Motion, fleeing: BoolArray, dx: F64Array, dy: F64Array, turned: F64Array) -> BoolArray:
        """Nobody turns or steps into something: what would is left out.

        Args:
            m: the motion before the step.
            fleeing: who flees, (B, P).
            dx, dy, turned: their steps, and headings after them, (B, P), which are changed.

        Returns:
            Who is held, (B, P).
        """
        out: BoolArray = np.zeros(fleeing.shape, np.bool_)
        for row, k in np.argwhere(fleeing).tolist():
            things, own = self._near(m, row, k), self._box(m, row, k)
            things = things[_gaps(own, things) > 0.0]
            slot = int(self._people[k])
            step, yaw = float(np.sqrt(dx[row, k] ** 2 + dy[row, k] ** 2)), float(m.yaw[row, slot])
            if not self._meets(own, things, (dx[row, k], dy[row, k]), float(turned[row, k])):
                continue
            turned[row, k], out[row, k] = yaw, True
            ahead = step * np.cos(yaw), step * np.sin(yaw)
            dx[row, k], dy[row, k] = (0.0, 0.0) if self._meets(own, things, ahead, yaw) else ahead
        return out

    @staticmethod
    def _meets(own: Boxes, things: F64Array, step: tuple[float, float], yaw: float) -> bool:
        cos, sin = np.cos(yaw), np.sin(yaw)
        there = own._replace(x_m=own.x_m + step[0], y_m=own.y_m + step[1], cos=np.asarray(cos), sin=np.asarray(sin))
        return bool((_gaps(there, things) <= 0.0).any())

    def _box(self, m: Motion, row: int, k: int) -> Boxes:
        slot = int(self._people[k])
        half = 0.5 * self._cast.body.size_m[row, slot]
        x, y, cos, sin = (v[row, slot] for v in (m.x, m.y, m.cos, m.sin))
        return Boxes(x, y, cos, sin, half[0], half[1], np.zeros(()), np.ones(()))

    def _near(self, m: Motion, row: int, k: int) -> F64Array:
        """Boxes (N, 6) of what stands near somebody: middle, heading, half extents."""
        slot = int(self._people[k])
        x, y = m.x[row, slot], m.y[row, slot]
        if row not in self._stands:
            walls = wall_boxes(self._cast.lanes[row].walls)[0]
            furniture = self._cast.furniture[row] if self._cast.furniture else NO_FURNITURE
            self._stands[row] = np.concatenate([walls[walls[:, 6] > _CLIMBED_M], furniture.boxes])[:, :6]
        o, size = self._others, self._cast.body.size_m[row]
        still = np.abs(m.v[row, o] - m.reverse[row, o]) < _STANDS_MPS
        there = still & self._cast.body.valid[row, o] & (o != slot) & (size[o, 2] > _LOW_M)
        o = o[there & (np.abs(m.z[row, o] - m.z[row, slot]) < 1.0)]
        boxes = np.column_stack([*(v[row, o] for v in (m.x, m.y, m.cos, m.sin)), 0.5 * size[o, :2]])
        out = np.concatenate([self._stands[row], boxes])
        away = np.sqrt((out[:, 0] - x) ** 2 + (out[:, 1] - y) ** 2) - out[:, 4] - out[:, 5]
        return out[away < _SIGHT_M]


def _things(boxes: F64Array) -> Boxes:
    x, y, cos, sin, half_length, half_width = boxes.T
    level = np.zeros(len(boxes))
    return Boxes(x, y, cos, sin, half_length, half_width, level, level + 1.0)


def _gaps(own: Boxes, boxes: F64Array) -> F64Array:
    """Gaps (N,) of a box to others in the plane; not above 0: they touch."""
    return plane_gap_m(own, _things(boxes))


def _free_m(own: Boxes, boxes: F64Array, legs: Legs, ways: F64Array) -> F64Array:
    """How far somebody gets who turns to headings (W,) and goes straight on, before something is touched, (W,)."""
    x, y, yaw = np.zeros(ways.size), np.zeros(ways.size), np.full(ways.size, legs.yaw)
    rate, v, gone = np.full(ways.size, legs.rate_radps), np.full(ways.size, legs.v), np.zeros(ways.size)
    cos, sin, far = np.cos(ways), np.sin(ways), np.full(ways.size, np.inf)
    to = Intent(np.ones(ways.size, np.bool_), cos, sin, far, np.full(ways.size, legs.pace_mps))
    met = np.full(ways.size, np.inf)
    for _ in range(_STEPS):
        dx, dy, turned, faster = advance_person(yaw, rate, v, to, _STEP_S)
        x, y, rate = x + dx, y + dy, (turned - yaw) / _STEP_S
        yaw, v, before = turned, faster, gone
        gone = gone + np.sqrt(dx * dx + dy * dy)
        touched = (_gaps(_moved(own, x, y, yaw), boxes) <= 0.0).any(-1)
        met = np.where(touched & np.isinf(met), before, met)
    there = _moved(own, x, y, yaw)
    none = np.zeros((1, len(boxes)))
    ahead = ttc_s(there, _things(boxes), (there.cos, there.sin), (none, none)).min(-1, initial=_SIGHT_M)
    return np.minimum(met, gone + ahead)


def _moved(own: Boxes, x: F64Array, y: F64Array, yaw: F64Array) -> Boxes:
    """A box at other places, (W, 1)."""
    cos, sin = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    return own._replace(x_m=own.x_m + x[:, None], y_m=own.y_m + y[:, None], cos=cos, sin=sin)


def _chosen(own: Boxes, boxes: F64Array, legs: Legs, course: float, taken: float) -> float:
    """The heading to run in: the nearest to the course that is free for long enough, else the freest."""
    ways = np.append(_WAYS_RAD, (course, taken))
    free = _free_m(own._replace(half_width_m=own.half_width_m + _MARGIN_M), boxes, legs, ways)
    need = legs.v * legs.v / (2.0 * _BRAKES * BRAKING_MPS2) + _SPARE_M
    if free[-2] >= need + (_KEEPS_M if taken != course else 0.0):
        return course
    enough, other = free >= need, _between(ways, taken)
    cost = _between(ways, course) + _KEEPS * other + np.where(other > 0.0, _KEEPS_RAD, 0.0)
    if bool(enough.any()):
        return float(ways[int(np.argmin(np.where(enough, cost, np.inf)))])
    return float(ways[int(np.argmin(cost - free))])


def _between(heading: F64Array, other: float) -> F64Array:
    """Angles between headings, none above pi."""
    miss = heading - other
    return np.abs(miss - 2.0 * np.pi * np.round(miss * (0.5 / np.pi)))
