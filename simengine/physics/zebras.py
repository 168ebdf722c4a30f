"""Crossings: when people on foot may go over, and which drivers wait for them.

People look at every vehicle whose way leads over the crossing. They go where each of them stands, comes later than they
need to be over and the time that the Highway Capacity Manual adds for looking and setting off, or can stop for them
without haste and has a driver who does; where there are signals, only while the road that they cross waits and the one
beside it goes. Drivers wait before a crossing while somebody on it is in their way or comes towards it.

B variants, A actors, C crosswalks, D controlled vehicles, P people.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import Cast
from simengine.physics.following import IDM_GAP_M
from simengine.physics.footpaths import Footpaths
from simengine.physics.motion import Motion
from simengine.physics.paths import project

__all__ = ["Zebras"]

_SAMPLES = 9
_MEETS_M = 1.9
"""Ways that come nearer to a crosswalk's middle line than that lead over it."""
_SETTING_OFF_S = 3.0
"""Start-up time of people on foot, Highway Capacity Manual (TRB, 6th ed. 2016), critical headway of pedestrians."""
_EASY_MPS2, _SEES_S = 2.0, 0.5
"""Drivers who can stop with that deceleration, so long after they have seen somebody, are trusted to do so."""
_STANDS_MPS = 0.3
_BEFORE_M = 1.0
"""Fronts stop so far before the crossing."""
_CLEAR_M = 1.0
"""Who is so far beside a vehicle and goes away from it is past it."""
_RED, _GREEN, _DARK = 2, 0, 3
"""Of ``giving_way.SHOWS``; from the last one on signals say nothing."""


class Zebras:
    """The crosswalks of a batch.

    Args:
        cast: who takes part.
        ways: of the same variants; some have crosswalks.
    """

    def __init__(self, cast: Cast, ways: Footpaths) -> None:
        self._cast, self._ways = cast, ways
        f, count = ways.footways, ways.joins.shape[1]
        self._number: I64Array = np.arange(count, dtype=np.int64)
        path = np.broadcast_to((f + self._number)[None, :, None], (cast.batch, count, _SAMPLES))
        share = np.linspace(0.0, 1.0, _SAMPLES)
        at = np.broadcast_to(share * ways.length_m[:, f:, None], path.shape).reshape(cast.batch, -1)
        x, y, _ = ways.paths.at(np.ascontiguousarray(path.reshape(cast.batch, -1)), at, np.zeros_like(at))
        self._x, self._y = x, y
        self._lines = np.ascontiguousarray(ways.paths.packed[:, f:])
        self._half = ways.half_m[:, f:]
        self._there = ways.length_m[:, f:] > 0.0
        self._shows: dict[str, I64Array] = {}
        self.polite: BoolArray = np.zeros((cast.batch, cast.slots), np.bool_)
        """Which vehicles have a driver who waits, (B, A)."""

    def heed(self, shows: dict[str, I64Array], slots: list[int], drivers: BoolArray) -> None:
        """Take over what signals show (a dictionary that changes), and which controlled vehicles have drivers."""
        self._shows = shows
        self.polite[:] = False
        self.polite[:, slots] = drivers

    def _ahead(self, m: Motion, vehicles: I64Array) -> tuple[F64Array, F64Array]:
        """How far fronts are from the near edges of crosswalks, (B, V, C); inf: the way does not lead there; and the
        length of each vehicle, (B, V, 1)."""
        b, count = self._cast.batch, self._half.shape[1]
        packed = np.ascontiguousarray(m.packed[:, vehicles])
        frame = project(packed[:, :, None], self._x[:, None], self._y[:, None])
        shape = (b, vehicles.size, count, _SAMPLES)
        left = np.abs(frame.left_m).reshape(shape)
        pick = np.argmin(left, -1)[..., None]
        near = np.take_along_axis(left, pick, -1)[..., 0] < _MEETS_M
        at = np.take_along_axis(frame.station_m.reshape(shape), pick, -1)[..., 0]
        here = project(packed, m.x[:, vehicles], m.y[:, vehicles]).station_m
        long = self._cast.body.size_m[:, vehicles, 0]
        there = near & self._there[:, None] & self._cast.body.valid[:, vehicles, None]
        to = at - self._half[:, None] - (here + 0.5 * long)[..., None]
        return np.where(there, to, np.inf), long[..., None]

    def may_cross(self, m: Motion, which: I64Array, needs_s: F64Array) -> BoolArray:
        """Whether people may set off over a crosswalk, (B, P), which takes them so long."""
        ways = self._ways
        rows: I64Array = np.arange(len(which), dtype=np.int64)[:, None]
        out: BoolArray = np.ones(which.shape, np.bool_)
        signal = ways.signal[rows, which]
        for own, name in enumerate(ways.signals):
            for beside, other in enumerate(ways.signals):
                if own == beside or name not in self._shows or other not in self._shows:
                    continue
                mine = (signal[..., 0] == own) & (signal[..., 1] == beside)
                walk = (self._shows[name] == _RED) & (self._shows[other] == _GREEN) | (self._shows[name] >= _DARK)
                out &= ~mine | walk[:, None]
        vehicles: I64Array = np.flatnonzero(m.is_vehicle)
        if not vehicles.size or not bool(out.any()):
            return out
        to, long = self._ahead(m, vehicles)
        v = m.v[:, vehicles, None]
        over = (to < 0.0) & (to > -2.0 * self._half[:, None] - long)  # on it, or beside who would step off
        comes = (to >= 0.0) & np.isfinite(to)
        stops = self.polite[:, vehicles, None] & ways.marked[:, None] & (to > v * v / (2.0 * _EASY_MPS2) + _SEES_S * v)
        stands = v < _STANDS_MPS
        arrives_s = np.where(comes & ~stops & ~stands, to / np.maximum(v, 0.1), np.inf)
        arrives_s = np.where(over, 0.0, arrives_s).min(1)
        return out & (arrives_s[rows, which] > needs_s + _SETTING_OFF_S)

    def gaps(self, m: Motion, slots: I64Array, drives: BoolArray) -> F64Array:
        """Free distance for the following model up to a crossing with people on it, (B, D); inf: it is free.

        Args:
            m: the motion.
            slots: of the controlled vehicles.
            drives: which of them wait for others, (B, D).
        """
        people: I64Array = np.array(self._cast.columns("person"), np.int64)
        out = np.full(drives.shape, np.inf)
        if not people.size or not bool(drives.any()):
            return out
        on = self._on(m, people)
        if not bool(on.any()):
            return out
        to, _ = self._ahead(m, slots)
        packed = np.ascontiguousarray(m.packed[:, slots])
        frame = project(packed[:, :, None], m.x[:, None, people], m.y[:, None, people])
        going = m.going[:, None, people] & ~m.frozen[:, None, people]
        across = np.where(going, frame.ux * m.dir_y[:, None, people] - frame.uy * m.dir_x[:, None, people], 0.0)
        beside = 0.5 * self._cast.body.size_m[:, slots, 1][..., None] + _CLEAR_M
        meets = (np.abs(frame.left_m) < beside) | (frame.left_m * across < 0.0)
        front = project(packed, m.x[:, slots], m.y[:, slots]).station_m + 0.5 * self._cast.body.size_m[:, slots, 0]
        meets &= frame.station_m > front[..., None]
        for c in range(on.shape[2]):
            held = drives & (to[..., c] > -2.0 * self._half[:, None, c]) & (meets & on[:, None, :, c]).any(-1)
            out = np.where(held, np.minimum(out, np.maximum(to[..., c] - _BEFORE_M, -IDM_GAP_M + 0.2) + IDM_GAP_M), out)
        return np.where(np.isfinite(out), out, np.inf)

    def _on(self, m: Motion, people: I64Array) -> BoolArray:
        """Who is on a crosswalk, or about to step onto it, (B, P, C)."""
        out: BoolArray = m.crosses[:, people, None] == self._number
        frame = project(self._lines[:, None], m.x[:, people, None], m.y[:, people, None])
        length = self._ways.length_m[:, None, self._ways.footways :]
        behind = self._ways.behind_m[:, None]
        inside = (frame.station_m > behind) & (frame.station_m < length - behind)
        walks = inside & (np.abs(frame.left_m) < self._half[:, None] + 0.3) & self._there[:, None]
        return (out | walks) & self._cast.body.valid[:, people, None]
