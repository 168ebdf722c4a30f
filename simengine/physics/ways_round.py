"""Whose straight way leads through what stands (vehicles, walls, trees, lamps): they go round it, or stop before it.

Moving vehicles are no obstacle to who is sent: whether they meet is what scenarios ask. Nor is what somebody goes right
up to, or stands in; who is sent into something stops before it.

B variants, P people, N things.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.detours import first_turn, met_at
from simengine.physics.motion import Motion
from simengine.world.walls import NO_FURNITURE, wall_boxes

__all__ = ["WaysRound", "beyond", "stands"]

_STANDS_MPS = 0.05
_MARGIN_M = 0.08
"""So much more than half their width people leave between their middle and what stands."""
_CLIMBED_M = 1.0
"""What is lower people and animals get over."""
_ALOFT_M = 0.6
"""Who is so high up flies."""
_SIGHT_M = 40.0
"""So far ahead they look for walls."""
_LOOKS_S = 0.2


def stands(m: Motion, cast: Cast, vehicles: I64Array) -> BoolArray:
    """Which vehicles stand, (B, V)."""
    still: BoolArray = np.abs(m.v[:, vehicles] - m.reverse[:, vehicles]) < _STANDS_MPS
    return still & cast.body.valid[:, vehicles]


def beyond(x: F64Array, y: F64Array, box: tuple[F64Array, ...], half: F64Array) -> F64Array:
    """How far points (B, P) are outside boxes on the axis of these on which they are farthest, (B, P, N).

    Args:
        x, y: the points.
        box: middle x and y, cosine and sine of the heading, (B, N) each.
        half: half extents, (B, 1, N, 2).
    """
    cx, cy, cos, sin = (b[:, None] for b in box)
    dx, dy = x[..., None] - cx, y[..., None] - cy
    return np.maximum(np.abs(dx * cos + dy * sin) - half[..., 0], np.abs(dy * cos - dx * sin) - half[..., 1])


class WaysRound:
    """Where people turn first who have to go round something.

    Args:
        cast: who takes part.
        people: their slots.
        dt_s: length of a tick.

    Attributes:
        via: (2, B, P), that place, or where they stop; nan: nothing is in the way.
        halts: no way leads round, and they stop, (B, P).
    """

    def __init__(self, cast: Cast, people: I64Array, dt_s: float) -> None:
        self._cast, self._people = cast, people
        self._vehicles: I64Array = np.array(cast.columns("vehicle"), np.int64)
        self._every = max(1, round(_LOOKS_S / dt_s))
        self._half = 0.5 * cast.body.size_m[:, people, 1] + _MARGIN_M
        self.via: F64Array = np.full((2, cast.batch, people.size), np.nan)
        self.halts: BoolArray = np.zeros((cast.batch, people.size), np.bool_)
        graphs = {id(g): g for g in cast.lanes}
        boxes = {key: _high(wall_boxes(g.walls)[0]) for key, g in graphs.items()}
        stands = cast.furniture or (NO_FURNITURE,) * cast.batch
        self._walls = [np.concatenate([boxes[id(g)], f.boxes[:, :6]]) for g, f in zip(cast.lanes, stands, strict=True)]
        self._first = [len(boxes[id(g)]) for g in cast.lanes]  # of the furniture among them
        self._some = self._vehicles.size > 0 or any(len(w) for w in self._walls)

    def look(self, m: Motion, going: BoolArray, goal: tuple[F64Array, F64Array]) -> None:
        """Look ahead, now and then.

        Args:
            m: the motion.
            going: who goes straight somewhere, (B, P).
            goal: where to, x and y, (B, P) each.
        """
        if not self._some:
            return
        if m.tick % self._every:
            self.via[:, ~going] = np.nan
            return
        self.via[:], self.halts[:] = np.nan, False
        going = going & (m.z[:, self._people] < _ALOFT_M)
        if not bool(going.any()):
            return
        x, y = m.x[:, self._people], m.y[:, self._people]
        w = self._vehicles
        boxes = m.x[:, w], m.y[:, w], m.cos[:, w], m.sin[:, w]
        half = 0.5 * self._cast.body.size_m[:, None, w, :2]
        there = stands(m, self._cast, w)[:, None] & going[..., None]
        grown, free = self._grown(x, y, goal, boxes, half, self._half)
        start, end = (x[..., None], y[..., None]), (goal[0][..., None], goal[1][..., None])
        middle = tuple(b[:, None] for b in boxes)
        grown_box = (*middle, half[..., 0] + grown, half[..., 1] + grown)
        blocked = (there & free & np.isfinite(met_at(start, end, grown_box))).any(-1)
        for row, k in np.argwhere(going & (blocked | self._by_walls(going, x, y, goal))).tolist():
            own = there[row, k] & free[row, k]
            standing = np.column_stack([*(b[row] for b in boxes), *(half[row, 0] + grown[row, k, :, None]).T])[own]
            self._go_round(row, k, (x[row, k], y[row, k]), (goal[0][row, k], goal[1][row, k]), standing)

    def _by_walls(self, going: BoolArray, x: F64Array, y: F64Array, goal: tuple[F64Array, F64Array]) -> BoolArray:
        """Whose straight way may lead through a wall, (B, P)."""
        out: BoolArray = np.zeros(x.shape, np.bool_)
        for row in np.flatnonzero(going.any(-1)).tolist():
            walls = self._walls[row]
            if len(walls):
                grow = self._half[row].max(initial=0.0)
                columns = (*walls[:, :4].T, *(walls[:, 4:] + grow).T)
                start, end = (x[row][:, None], y[row][:, None]), (goal[0][row][:, None], goal[1][row][:, None])
                met = met_at(start, end, columns)
                out[row] = np.isfinite(met).any(-1)
        return out

    @staticmethod
    def _grown(
        x: F64Array, y: F64Array, goal: tuple[F64Array, F64Array], boxes: tuple[F64Array, ...], half: F64Array,
        by: F64Array,
    ) -> tuple[F64Array, BoolArray]:  # fmt: skip
        """By how much boxes grow for each who walks: never so far that they are inside; and which are in the way: not
        what they stand in, nor what they go right up to."""
        here, there = beyond(x, y, boxes, half), beyond(*goal, boxes, half)
        grown = np.minimum(np.maximum(here - 1e-3, 0.0), by[..., None])
        free: BoolArray = (here > 0.0) & ((there > grown) | (there <= 0.0))
        return grown, free

    def _go_round(
        self, row: int, k: int, at: tuple[float, float], goal: tuple[float, float], standing: F64Array
    ) -> None:  # fmt: skip
        here, there = np.array(at), np.array(goal)
        walls = self._walls[row]
        if len(walls):
            near = np.hypot(*(walls[:, :2] - here).T) - walls[:, 4] < _SIGHT_M
            walls = walls[near]
            one = tuple(v[None, None] for v in (*here, *there))
            columns, half = tuple(c[None] for c in walls[:, :4].T), walls[None, None, :, 4:]
            grown, free = self._grown(
                one[0], one[1], (one[2], one[3]), columns, half, self._half[row : row + 1, k : k + 1]
            )
            walls = np.column_stack([walls[:, :4], walls[:, 4:] + grown[0, 0][:, None]])[free[0, 0]]
            stands = np.flatnonzero(near)[free[0, 0]] >= self._first[row]
            standing, walls = np.concatenate([standing, walls[stands]]), walls[~stands]
        into = np.isfinite(met_at(there[:, None], there[:, None], standing.T))  # what they are sent into
        turn = first_turn(here, there, np.concatenate([standing[~into], walls]))
        if turn is not None and not np.array_equal(turn, there):
            self.via[:, row, k] = turn
            return
        ends = standing if turn is None else standing[into]
        share = float(met_at(here[:, None], there[:, None], ends.T).min(initial=np.inf))
        if np.isfinite(share):
            self.via[:, row, k], self.halts[row, k] = here + share * (there - here), True


def _high(boxes: F64Array) -> F64Array:
    """Of the boxes of walls those that nobody gets over, without their heights."""
    return boxes[boxes[:, 6] > _CLIMBED_M][:, :6]
