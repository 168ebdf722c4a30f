"""What stands for good beside roads and in halls (:mod:`simengine.world.walls`), and who comes against it.

Walls and furniture of a batch are boxes in one table, found by cells of a grid. Each actor is looked at only when it
can have come near one since last time: for every wall at hand there is a bound on how soon their boxes can touch, from
the gap along an axis that separates them and how fast it closes.

B variants, A actors, N boxes of all variants, P pairs of an actor and a box near it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.boxes import Boxes, first_contact, plane_gap_m, ttc_s
from simengine.physics.cast import Cast
from simengine.world.walls import NO_FURNITURE, wall_boxes

__all__ = ["ROLLED_OVER_M", "Barriers", "Bumps", "Reached", "Travel"]

_CELL_M, _NEAR_M = 8.0, 24.0
"""Size of a cell, and how near to any point of it a wall is listed there."""
_CLOSING_MPS2 = 16.0
"""No actor changes the speed at which a gap to a wall closes faster: full brakes, and a tail that swings."""
ROLLED_OVER_M = 0.05
"""Vehicles get over what is no higher."""
_TOGETHER = 8
"""Who need not be looked at for longer than that is looked at in a tick that many share: few large steps."""
_LONGEST_TICKS = 1000
_NEVER = np.iinfo(np.int32).max
_SPAN = 1 << 20


class Travel(NamedTuple):
    """How actors move in a tick: boxes at its start and at its end, velocity and yaw rate, (B, A) each."""

    before: Boxes
    now: Boxes
    vx: F64Array
    vy: F64Array
    turn: F64Array


class Bumps(NamedTuple):
    """Who has come against a wall in this tick, (N,) each: variant, slot, index of the box, share of the tick."""

    row: I64Array
    slot: I64Array
    box: I64Array
    share: F64Array


class Reached(NamedTuple):
    """What boxes that go straight on come against, (N,) each: which of them, index of the wall's box, after how far."""

    place: I64Array
    box: I64Array
    way_m: F64Array


_NONE: I64Array = np.zeros(0, np.int64)
_NOBODY = Bumps(_NONE, _NONE, _NONE, np.zeros(0))


class Barriers:
    """The walls and the furniture of a batch.

    What touches one from the start, or where it has been put, is no news until it has come clear of all.

    Args:
        cast: who takes part.
        watched: who is looked at, (B, A).
        dt_s: length of a tick.
        over_m: who gets over walls, and over furniture, of that height, (2, A); None: all do as vehicles.

    Attributes:
        boxes: (N, 7), see :func:`simengine.world.walls.wall_boxes`.
        names: of the boxes, N.
        furniture: which of them stand by themselves, (N,).
    """

    def __init__(self, cast: Cast, watched: BoolArray, dt_s: float, over_m: F64Array | None = None) -> None:
        self._place, found = _places(cast)
        sizes = [len(names) for _, names, _ in found]
        self.boxes = np.concatenate([np.zeros((0, 7)), *(b for b, _, _ in found)])
        self.names = tuple(n for _, names, _ in found for n in names)
        self.furniture: I64Array = np.repeat(
            np.tile(np.array([0, 1], np.int64), len(found)), np.array([n[2] for n in found], np.int64).ravel()
        )
        self._of_box = np.repeat(np.arange(len(sizes)), sizes)
        self._keys, self._first, self._listed = _cells(self.boxes, sizes)
        self._due: npt.NDArray[np.int32] = np.where(watched & (self._place >= 0)[:, None], 0, _NEVER).astype(np.int32)
        self._inside: BoolArray = np.zeros(self._due.shape, np.bool_)
        self._over_m = np.full((2, watched.shape[1]), ROLLED_OVER_M) if over_m is None else over_m
        self._dt_s = dt_s
        self._next = 0
        self.there = bool((self._due != _NEVER).any())

    def boxes_of(self, row: int) -> I64Array:
        """Indices of the boxes of a variant."""
        return np.flatnonzero(self._of_box == self._place[row])

    def reached(self, row: I64Array, who: I64Array, own: Boxes, within_m: float) -> Reached:
        """What boxes (K,) of actors ``who`` in variants ``row`` touch on so many metres straight ahead."""
        place, box = self._near(row, own.x_m, own.y_m)
        mine, wall = Boxes(*(v[place] for v in own)), self._wall(box)
        stops = (wall.top_m > self._over_m[self.furniture[box], who[place]]) & (mine.bottom_m < wall.top_m)
        stands = np.zeros(len(box))
        way = ttc_s(mine, wall, (mine.cos, mine.sin), (stands, stands))
        hit = np.flatnonzero(stops & (way <= within_m))
        return Reached(place[hit], box[hit], way[hit])

    def begin(self, now: Boxes, rows: BoolArray, slot: int | None = None) -> None:
        """What touches now has done so before; ``slot``: only of this one."""
        mine: BoolArray = rows[:, None] & (self._due != _NEVER)
        if slot is not None:
            only = np.zeros(mine.shape[1], np.bool_)
            only[slot] = True
            mine = np.logical_and(mine, only)
        row, who = np.nonzero(mine)
        if row.size:
            self._due[row, who] = self._next = 0
            pair, box = self._near(row, now.x_m[row, who], now.y_m[row, who])
            hit = self._touching(_taken(now, row[pair], who[pair]), box, who[pair])[0]
            self._inside[row, who] = np.bincount(pair[hit], minlength=row.size) > 0

    def look(self, tick: int, travel: Travel) -> Bumps:
        """Who comes against a wall in the tick that ends now; of several walls the one that is touched first."""
        if tick < self._next:
            return _NOBODY
        row, who = np.nonzero(self._due <= tick)
        now = _taken(travel.now, row, who)
        vx, vy, turn = (v[row, who] for v in (travel.vx, travel.vy, travel.turn))
        reach = np.sqrt(now.half_length_m**2 + now.half_width_m**2)
        spin, pace = np.abs(turn) * reach, np.sqrt(vx * vx + vy * vy)
        soon = _soonest_s(np.maximum(_NEAR_M - reach, 0.0), pace + spin)
        pair, box = self._near(row, now.x_m, now.y_m)
        mine = Boxes(*(v[pair] for v in now))
        hit, gaps = self._touching(mine, box, who[pair])
        cos, sin = self.boxes[box, 2], self.boxes[box, 3]
        closing = np.abs(vx[pair] * cos + vy[pair] * sin), np.abs(vy[pair] * cos - vx[pair] * sin), pace[pair]
        bounds = [_soonest_s(gap, v + spin[pair]) for gap, v in zip(gaps, closing, strict=True)]
        np.minimum.at(soon, pair, np.maximum(np.maximum(bounds[0], bounds[1]), bounds[2]))
        ticks = np.clip(np.floor(soon * (1.0 / self._dt_s)), 1.0, _LONGEST_TICKS).astype(np.int64)
        due = tick + ticks
        self._due[row, who] = np.where(ticks >= _TOGETHER, due - due % _TOGETHER, due)
        self._next = int(self._due.min())
        fresh = hit & ~self._inside[row, who][pair]
        self._inside[row, who] = np.bincount(pair[hit], minlength=row.size) > 0
        return self._bumps(travel, row, who, pair[fresh], box[fresh])

    def _bumps(self, travel: Travel, row: I64Array, who: I64Array, pair: I64Array, box: I64Array) -> Bumps:
        if not pair.size:
            return _NOBODY
        at = row[pair], who[pair]
        wall = self._wall(box)
        share = np.minimum(first_contact((_taken(travel.before, *at), wall), (_taken(travel.now, *at), wall)), 1.0)
        order = np.lexsort((box, share, pair))
        first = order[np.concatenate([[True], np.diff(pair[order]) > 0])]
        return Bumps(at[0][first], at[1][first], box[first], share[first])

    def _wall(self, box: I64Array) -> Boxes:
        x, y, cos, sin, half_length, half_width, top = self.boxes[box].T
        return Boxes(x, y, cos, sin, half_length, half_width, np.zeros(len(box)), top)

    def _touching(self, mine: Boxes, box: I64Array, who: I64Array) -> tuple[BoolArray, tuple[F64Array, ...]]:
        """Which pairs touch, (P,), and their gaps along the wall, across it, and on any separating axis."""
        wall = self._wall(box)
        dx, dy = mine.x_m - wall.x_m, mine.y_m - wall.y_m
        c = np.abs(mine.cos * wall.cos + mine.sin * wall.sin)
        s = np.abs(mine.sin * wall.cos - mine.cos * wall.sin)
        along = np.abs(dx * wall.cos + dy * wall.sin) - wall.half_length_m - c * mine.half_length_m
        across = np.abs(dy * wall.cos - dx * wall.sin) - wall.half_width_m - s * mine.half_length_m
        along, across = along - s * mine.half_width_m, across - c * mine.half_width_m
        gap = plane_gap_m(mine, wall)
        stops = (wall.top_m > self._over_m[self.furniture[box], who]) & (mine.bottom_m < wall.top_m)
        far = np.where(stops, 0.0, np.inf)
        return (gap <= 0.0) & stops, (along + far, across + far, gap + far)

    def _near(self, row: I64Array, x: F64Array, y: F64Array) -> tuple[I64Array, I64Array]:
        """Pairs (P,) of places (K,) and boxes near them."""
        key = _key(self._place[row], *(np.floor(v * (1.0 / _CELL_M)).astype(np.int64) for v in (x, y)))
        at = np.minimum(np.searchsorted(self._keys, key), max(len(self._keys) - 1, 0))
        count = np.where(self._keys[at] == key, self._first[at + 1] - self._first[at], 0)
        pair = np.repeat(np.arange(len(key)), count)
        offset = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        return pair, self._listed[self._first[at][pair] + offset]


def _places(cast: Cast) -> tuple[I64Array, list[tuple[F64Array, tuple[str, ...], tuple[int, int]]]]:
    """Of each variant the number of its place, -1 where nothing stands, (B,); and the places: boxes (N, 7), their
    names, and how many of them are walls and how many furniture. Worlds without furniture that are equal share one."""
    walls = {id(g): wall_boxes(g.walls) for g in cast.lanes}
    number, found = dict[tuple[int, int], int](), list[tuple[F64Array, tuple[str, ...], tuple[int, int]]]()
    out: I64Array = np.full(cast.batch, -1, np.int64)
    for row, graph in enumerate(cast.lanes):
        stands = cast.furniture[row] if cast.furniture else NO_FURNITURE
        boxes, names = walls[id(graph)]
        if not (names or stands.names):
            continue
        key = id(graph), row if stands.names else -1
        if key not in number:
            number[key] = len(found)
            both = len(names), len(stands.names)
            found.append((np.concatenate([boxes, stands.boxes]), (*names, *stands.names), both))
        out[row] = number[key]
    return out, found


def _soonest_s(gap_m: F64Array, closing_mps: F64Array) -> F64Array:
    """When a gap can be used up at the earliest that closes so fast now."""
    free = np.maximum(gap_m, 0.0)
    return (np.sqrt(closing_mps * closing_mps + 2.0 * _CLOSING_MPS2 * free) - closing_mps) * (1.0 / _CLOSING_MPS2)


def _taken(boxes: Boxes, rows: I64Array, slots: I64Array) -> Boxes:
    return Boxes(*(v[rows, slots] for v in boxes))


def _key(place: I64Array | int, i: I64Array, j: I64Array) -> I64Array:
    """One number of a cell; places that are far off share numbers, which lists too much and never too little."""
    return (place * _SPAN + i % _SPAN) * _SPAN + j % _SPAN


def _cells(boxes: F64Array, sizes: list[int]) -> tuple[I64Array, I64Array, I64Array]:
    """Cells that are near boxes: their keys, rising; where the list of each begins, and the end; lists of boxes.

    Args:
        boxes: (N, 7), those of one place after the other.
        sizes: how many each place has.
    """
    keys, counts, listed = list[I64Array](), list[I64Array](), list[I64Array]()
    for place, (start, size) in enumerate(zip(np.cumsum([0, *sizes]).tolist(), sizes, strict=False)):
        key, box = _listing(boxes[start : start + size], place)
        own, first = np.unique(key, return_index=True)
        keys.append(own)
        counts.append(np.diff(np.append(first, len(key))))
        listed.append(box + start)
    nothing: I64Array = np.zeros(1, np.int64)
    if not keys:
        return nothing[:0], nothing, nothing[:0]
    return np.concatenate(keys), np.concatenate([nothing, np.cumsum(np.concatenate(counts))]), np.concatenate(listed)


def _listing(boxes: F64Array, place: int) -> tuple[I64Array, I64Array]:
    """Pairs of the key of a cell and a box that is near it, in the order of both."""
    x, y, cos, sin, half, wide = boxes[:, :6].T
    reach = _NEAR_M + wide
    low, high = (
        [np.floor((v + way * (half * np.abs(c) + reach)) / _CELL_M).astype(np.int64) for v, c in ((x, cos), (y, sin))]
        for way in (-1.0, 1.0)
    )
    columns, rows = high[0] - low[0] + 1, high[1] - low[1] + 1
    box = np.repeat(np.arange(len(boxes)), columns * rows)
    k = np.arange(len(box)) - np.repeat(np.cumsum(columns * rows) - columns * rows, columns * rows)
    i, j = low[0][box] + k // rows[box], low[1][box] + k % rows[box]
    dx, dy = (i + 0.5) * _CELL_M - x[box], (j + 0.5) * _CELL_M - y[box]
    along = np.maximum(np.abs(dx * cos[box] + dy * sin[box]) - half[box], 0.0)
    across = np.maximum(np.abs(dy * cos[box] - dx * sin[box]) - wide[box], 0.0)
    near = along * along + across * across <= (_NEAR_M + 0.7072 * _CELL_M) ** 2
    box, key = box[near], _key(place, i, j)[near]
    order = np.lexsort((box, key))
    return key[order], box[order]
