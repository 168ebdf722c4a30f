"""Automatic emergency braking: what it reacts to, when it begins, and when it lets go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.boxes import overlap_window
from simengine.physics.cast import Cast
from simengine.physics.conflicts import bend_near, conflict, in_bends
from simengine.physics.following import Surroundings
from simengine.physics.motion import Motion
from simengine.physics.perception import seen
from simengine.physics.way_ahead import WayAhead

__all__ = ["AEB_RESERVE_S", "Corridor", "EmergencyBraking", "corridor"]

AEB_RESERVE_S = 0.3
"""Emergency braking begins this much earlier than the last moment (reaction and build-up of the brake included)."""
_HORIZON_S = 1.0
"""Who will step into the corridor within this time blocks it already."""
_ZONE_MARGIN_M = 1.0
_WALL_MARGIN_M = 0.5
_MOVING_MPS = 0.1


class Corridor(NamedTuple):
    """How actors lie to the strip that a vehicle sweeps, (B, C, A).

    Attributes:
        enters_s: when they are in it at their present lateral speed: 0 if they are, inf if never.
        leaves_s: when they are out of it again.
    """

    enters_s: F64Array
    leaves_s: F64Array


def corridor(near: Surroundings) -> Corridor:
    """Times in and out of the strip as wide as the vehicle, widened for each actor by its ``margin_m``."""
    width = near.half_lat_m + near.own_half_lat_m + near.margin_m
    enters, leaves = overlap_window(near.left_m - near.own_left_m, near.across_mps, width)
    return Corridor(np.where(leaves >= 0.0, np.maximum(enters, 0.0), np.inf), leaves)


class _Bends(NamedTuple):
    """Where straight corridors do not tell what a vehicle will meet.

    In a bend of a way of their own (``own``, (B, C, 1)), which lanes cross, what counts is the strip that another one
    sweeps: they stop before it. Elsewhere that counts, too, of those who come round a bend of their way (``meets``,
    (B, C, A)).
    """

    own: BoolArray
    meets: BoolArray

    def judged(self, straight: BoolArray) -> BoolArray:
        """What has been judged by straight corridors, with all that bends add and replace."""
        return np.where(self.own, self.meets, straight | self.meets)


class EmergencyBraking:
    """Emergency brakes of the controlled vehicles, arrays (B, C) or (B, C, A).

    *Threat*: something in free sight that the vehicle, driving on as it does, would reach in less time than braking
    needs. What is inside the corridor counts whatever its lateral speed, as it may stop there; people outside count
    if they will step into it before the vehicle is past, other things if the boxes would really meet.

    *Letting go*: what has been braked for is held until its corridor is free: it is outside and will not be inside
    within ``_HORIZON_S``, or behind the front, or farther than braking from the wanted speed needs. A vehicle that
    drives ahead is let go when it is no slower any more.

    *Caution*: nobody accelerates towards what blocks the corridor within the way that braking from the wanted speed
    needs, so a vehicle that had to stop stands until the way is clear.

    What was seen once is known as long as it is near.

    *Walls* and what else stands for good count where the vehicle's own box would touch them on its way (a rail beside
    a bend does not), seen or not. What has been braked for is held as long as it lies within the braking way.
    """

    def __init__(
        self, cast: Cast, slots: list[int], is_aeb: BoolArray, brake: F64Array, lost_s: F64Array, dt_s: float
    ) -> None:  # fmt: skip
        shape = (cast.batch, len(slots), cast.slots)
        self._cast, self._slots = cast, slots
        self._able: BoolArray = np.ascontiguousarray(np.broadcast_to(is_aeb[..., None], shape))
        self._person: BoolArray = np.array([c == "person" for c in cast.categories], np.bool_)
        self._brake, self._lost_s = brake[..., None], lost_s[..., None]
        self._known: BoolArray = np.zeros(shape, np.bool_)
        self._held: BoolArray = np.zeros(shape, np.bool_)
        self._entry_mps: F64Array = np.zeros(shape[:2])
        self._new: BoolArray = np.zeros(shape, np.bool_)
        self._way: WayAhead | None = None
        self._dt_s = dt_s
        self._wall_held: BoolArray = np.zeros(shape[:2], np.bool_)
        self._wall_new: BoolArray = np.zeros(shape[:2], np.bool_)

    def switch(self, is_aeb: BoolArray, rows: BoolArray, c: int) -> None:
        """Others are braked for from now on, (B, C); vehicle ``c`` forgets what it knew in some variants."""
        self._able = np.ascontiguousarray(np.broadcast_to(is_aeb[..., None], self._able.shape))
        for memory in (self._known, self._held, self._new):
            memory[rows, c] = False
        self._wall_held[rows, c] = self._wall_new[rows, c] = False
        self._entry_mps[rows, c] = 0.0

    def look(
        self, m: Motion, near: Surroundings, v: F64Array, goal: F64Array, braking: BoolArray
    ) -> tuple[BoolArray, BoolArray]:
        """Where there is a threat, and where caution is due, (B, C).

        Args:
            m: for the lines of sight.
            near: what is around.
            v: speed.
            goal: wanted speed.
            braking: an emergency is under way.
        """
        stops, before = self._before_walls(m, v, braking)
        gap = near.gap_m()
        ahead = self._able & near.other & (near.ahead_m > 0.0)
        top = np.maximum(np.maximum(v, goal), np.where(braking, self._entry_mps, 0.0))[..., None]
        zone = ahead & (gap < self._way_m(top - near.along_mps) + _ZONE_MARGIN_M)
        bends = self._in_bends(m, near, top[..., 0]) if m.some_way else None
        if bends is not None:
            zone = bends.judged(zone)
        self._new = self._held = self._held & zone
        self._known = self._known & zone
        if not bool(zone.any()):
            return stops, before
        lane = corridor(near)
        blocks = zone & (lane.enters_s <= _HORIZON_S)
        course = zone & self._course(near, lane, v[..., None], gap)
        if bends is not None:
            blocks, course = bends.judged(blocks), bends.judged(course)
        unknown = (blocks | course) & ~self._known
        if bool(unknown.any()):
            self._known = self._known | seen(m, self._cast, self._slots, unknown)
        hold = self._held & blocks & (self._person | (v[..., None] > near.along_mps))
        self._new, self._held = course & self._known, hold
        return stops | (self._new | hold).any(-1), before | (blocks & self._known).any(-1)

    def _before_walls(self, m: Motion, v: F64Array, braking: BoolArray) -> tuple[BoolArray, BoolArray]:
        """Where what stands for good is a threat, and where caution is due, (B, C)."""
        if self._way is None:
            self._way = WayAhead(self._cast, self._slots, self._dt_s)
        able = self._able[..., 0]
        top = np.maximum(v, np.where(braking, self._entry_mps, 0.0))
        zone_m = self._way_m(top[..., None])[..., 0] + _WALL_MARGIN_M
        free = self._way.free_m(m, able, zone_m)
        near = able & (free < zone_m)
        self._wall_new = near & (free < self._way_m(v[..., None])[..., 0]) & (v > _MOVING_MPS)
        self._wall_held = self._wall_held & near
        return self._wall_new | self._wall_held, near

    def _in_bends(self, m: Motion, near: Surroundings, top: F64Array) -> _Bends | None:
        """What vehicles have to brake for where their own way or that of another one bends; None: none does."""
        bending = in_bends(m, self._cast)
        turning = bending & m.way
        own: BoolArray = np.zeros((*top.shape, 1), np.bool_)
        meets: BoolArray = np.zeros_like(self._able)
        for c, slot in enumerate(self._slots):
            station = m.rear_station_m(self._cast, slot)
            own[:, c, 0] = m.way[:, slot] & bend_near(m.packed[:, slot], station)
            others = turning.copy()
            others[:, slot] = False
            if bool((own[:, c, 0] | others.any(-1)).any()):
                found = conflict(m, self._cast, slot, station, top[:, c], bending)
                braking = top[:, c] * (top[:, c] / (2.0 * self._brake[:, c, 0]) + self._lost_s[:, c, 0])
                meets[:, c] = found.meets & (found.way_m < braking[:, None] + _ZONE_MARGIN_M) & (own[:, c] | others)
        meets &= self._able & near.other
        return _Bends(own, meets) if bool(own.any() or meets.any()) else None

    def remember(self, begins: BoolArray, braking: BoolArray, v: F64Array) -> None:
        """Note what is being braked for, and from which speed."""
        self._entry_mps = np.where(begins, v, self._entry_mps)
        self._held = (self._held | self._new) & braking[..., None]
        self._wall_held = (self._wall_held | self._wall_new) & braking

    def _way_m(self, closing_mps: F64Array) -> F64Array:
        """Free way at which braking must begin."""
        closing = np.maximum(closing_mps, 0.0)
        return closing * (closing / (2.0 * self._brake) + self._lost_s)

    def _course(self, near: Surroundings, lane: Corridor, v: F64Array, gap: F64Array) -> BoolArray:
        """The time until an actor is reached is shorter than braking needs."""
        closing = v - near.along_mps
        reach = near.half_long_m + near.own_half_long_m
        start, end = overlap_window(near.ahead_m, -closing, reach)
        first = np.maximum(np.maximum(start, lane.enters_s), 0.0)
        meets = (lane.enters_s <= end) & (self._person | (lane.enters_s == 0.0) | (first <= lane.leaves_s))
        last_s = np.maximum(closing, 0.0) / (2.0 * self._brake) + self._lost_s
        return meets & (first < last_s) & (v > _MOVING_MPS)
