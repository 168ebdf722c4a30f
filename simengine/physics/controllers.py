"""Controllers of a batch: car following, lane keeping system, automatic emergency braking, with their memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError, did_you_mean
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.emergency import AEB_RESERVE_S, EmergencyBraking
from simengine.physics.following import (
    COMFORT_BRAKING_MPS2,
    alks_headway_s,
    idm_mps2,
    needed_braking_mps2,
)
from simengine.physics.giving_way import GivingWay
from simengine.physics.leaders import Leaders, Lines
from simengine.physics.mobil import Mobil
from simengine.physics.motion import Motion
from simengine.physics.parameters import table
from simengine.physics.perception import Watch
from simengine.physics.reflexes import Glances, Reflexes
from simengine.physics.turns import DIRECTIONS
from simengine.physics.zebras import Zebras

__all__ = ["CONTROLLERS", "Controllers", "Driver"]

Driver: TypeAlias = "tuple[str | npt.NDArray[np.str_], Mapping[str, Argument]]"
"""A controller by name, or by its name in each variant (B,); arguments by name: each (B,), a number, or None."""

CONTROLLERS = ("none", "aeb", "acc", "alks", "driver")
ALKS_EMERGENCY_MPS2 = 4.0
"""Needed deceleration that makes it an emergency; UN R157 expects collisions that 6 m/s2 can avoid to be avoided."""
AEB_REACTION_S, ALKS_REACTION_S, HEADWAY_S = 0.4, 0.35, 1.5
"""Where an argument is not given."""
_STRAIGHT = DIRECTIONS.index("straight")
_WORD = np.dtype("<U6")
_FREE = np.array(np.inf)
CLEAR_S = 0.5
"""An emergency is over when there has been no threat for this long."""


class Controllers:
    """State and parameters of the controlled vehicles: C of them, arrays (B, C); ``way`` is the direction in which a
    driver turns at junctions.

    ``aeb`` reacts to what :class:`EmergencyBraking` calls a threat; it counts the reaction time from that moment and
    then brakes as hard as the vehicle can while the threat lasts; for ``CLEAR_S`` more it does not accelerate. ``acc``
    follows with the intelligent driver model. ``alks`` does so with the time gaps of UN R157, foresees vehicles that
    move into its lane, and brakes hard, after its reaction time, where following alone does not suffice. ``driver``
    follows like ``acc`` but ``reaction`` later (0 s unless given), foresees vehicles that move into its lane, changes
    lanes by :class:`simengine.physics.mobil.Mobil`, waits for its turn where roads meet by
    :class:`simengine.physics.giving_way.GivingWay`, and for people on crossings by
    :class:`simengine.physics.zebras.Zebras`; while it looks away from the road it does none of that, see
    :class:`simengine.physics.reflexes.Glances`.
    """

    def __init__(
        self, cast: Cast, m: Motion, chosen: Sequence[Driver | None], dt_s: float, zebras: Zebras | None = None
    ) -> None:
        drivers = {i: c for i, c in enumerate(chosen) if c is not None and cast.categories[i] == "vehicle"}
        self.slots = list(drivers)
        shape = (cast.batch, len(self.slots))
        kinds = np.full(shape, "none", _WORD)
        for c, (kind, _) in enumerate(drivers.values()):
            kinds[:, c] = _known(kind)
        arguments = [given for _, given in drivers.values()]
        self.reaction_s = table(arguments, "reaction", shape, _usual_reaction_s(kinds))
        self.headway_s = table(arguments, "headway", shape, np.full(shape, HEADWAY_S))
        self.way = table(arguments, "turn", shape, np.full(shape, _STRAIGHT)).astype(np.int64)
        wish = table(arguments, "set_speed", shape, m.v[:, self.slots])
        m.speed_goal[:, self.slots] = wish
        self.threat_ticks: F64Array = np.zeros(shape)
        self.clear_ticks: F64Array = np.zeros(shape)
        self.braking: BoolArray = np.zeros(shape, np.bool_)
        self._dt_s = dt_s
        self._cast = cast
        self._columns: I64Array = np.array(self.slots, np.int64)
        self._watch = Watch(cast, self.slots)
        self._brake = np.ascontiguousarray(cast.body.deceleration_mps2[:, self.slots])
        self._lost_s = self.reaction_s + AEB_RESERVE_S + self._brake / (2.0 * cast.body.jerk_mps3[:, self.slots])
        self._due = np.ceil(self.reaction_s / dt_s - 1e-6)
        self._mobil = Mobil(cast, self._watch, arguments, dt_s)
        self._shows: dict[str, I64Array] = {}
        self._zebras = zebras
        self._turns: GivingWay | None = None
        self._glances = Glances(arguments, kinds == "driver", dt_s)
        self._sort(kinds)
        self._reflexes = Reflexes(self._late())
        self._aeb = EmergencyBraking(cast, self.slots, self.is_aeb, self._brake, self._lost_s, dt_s)
        self.paths_changed(m)

    def _sort(self, kinds: npt.NDArray[np.str_]) -> None:
        """Which controller drives which vehicle, (B, C)."""
        self.kinds = kinds
        self.is_aeb, self.is_alks = kinds == "aeb", kinds == "alks"
        self.is_driver = kinds == "driver"
        self.follows = (kinds == "acc") | self.is_alks | self.is_driver
        self._foresees = self.is_alks | self.is_driver
        self._some_drive = bool(self.is_driver.any())
        self._glances.sort(self.is_driver)
        if self._zebras is not None:
            self._zebras.heed(self._shows, self.slots, self.is_driver)
        if self._some_drive and self._turns is None and self._cast.crossings is not None:
            self._turns = GivingWay(self._cast, self._cast.crossings, self.slots, self._dt_s, self._shows)
        self._some_follow, self._some_aeb = bool(self.follows.any()), bool(self.is_aeb.any())
        self._some_alks = bool(self.is_alks.any())

    def _late(self) -> I64Array:
        """Ticks between what drivers see and what they do, (B, C)."""
        return np.where(self.is_driver, np.rint(self.reaction_s / self._dt_s), 0.0).astype(np.int64)

    def switch(self, m: Motion, slot: int, driver: Driver, rows: BoolArray) -> None:
        """Another controller takes over a vehicle in some variants, with nothing of what the one before remembered.

        Args:
            m: the motion; without ``set_speed`` the vehicle goes on to want the speed that it wanted.
            slot: one of ``slots``.
            driver: the new one.
            rows: where, (B,).
        """
        c, (kind, given) = self.slots.index(slot), driver
        kinds = self.kinds.copy()
        kinds[rows, c] = np.broadcast_to(_known(kind), rows.shape)[rows]
        usual = _usual_reaction_s(kinds[:, c : c + 1])
        one = (rows.size, 1)
        wish = table([given], "set_speed", one, m.speed_goal[:, slot : slot + 1])[:, 0]
        m.speed_goal[rows, slot] = wish[rows]
        self.reaction_s[rows, c] = table([given], "reaction", one, usual)[rows, 0]
        way = table([given], "turn", one, np.full(one, _STRAIGHT)).astype(np.int64)
        self.way[rows, c] = way[rows, 0]
        self.headway_s[rows, c] = table([given], "headway", one, np.full(one, HEADWAY_S))[rows, 0]
        rise = self._brake[rows, c] / (2.0 * self._cast.body.jerk_mps3[rows, slot])
        self._lost_s[rows, c] = self.reaction_s[rows, c] + AEB_RESERVE_S + rise
        self._due = np.ceil(self.reaction_s / self._dt_s - 1e-6)
        for memory in (self.threat_ticks, self.clear_ticks):
            memory[rows, c] = 0.0
        self.braking[rows, c] = False
        self._mobil.switch(given, c, rows)
        self._glances.switch(given, c, rows)
        if self._turns is not None:
            self._turns.forget(slot, rows)
        self._sort(kinds)
        self._reflexes = self._reflexes.changed(self._late(), c, rows)
        self._aeb.switch(self.is_aeb, rows, c)

    def show(self, signal: str, shows: I64Array, rows: BoolArray) -> None:
        """A signal shows something else from now on (index into ``giving_way.SHOWS``, (B,)) in some variants."""
        self._shows[signal] = np.where(rows, shows, self._shows.get(signal, shows))

    def paths_changed(self, m: Motion) -> None:
        """Some vehicle follows another path from now on."""
        self._packed = np.ascontiguousarray(m.packed[:, self.slots])
        self._lines = Lines(self._cast, m, self.slots)

    def lane_changes(self, m: Motion, steered: BoolArray) -> Iterator[tuple[int, I64Array, BoolArray]]:
        """Changes of lane that drivers decide for in this tick, one vehicle after the other: each sees what those
        before it do.

        Args:
            m: the motion.
            steered: an action steers the vehicle already, (B, A).

        Yields:
            Slot, index of the lane (B,), and where, (B,).
        """
        away = self._glances.away(m.tick) if self._some_drive else self.is_driver
        for c in self._mobil.due(m.tick) if self._some_drive else ():
            slot = self.slots[c]
            asked = self.is_driver[:, c] & ~away[:, c] & ~steered[:, slot] & ~m.manual[:, slot]
            lane = self._mobil.decide(m, c, self.headway_s[:, c], asked)
            if bool((lane >= 0).any()):
                yield slot, lane, lane >= 0

    def _moving_over(self, m: Motion) -> BoolArray:
        """Drivers who are between two lanes, (B, C)."""
        if not self._some_drive or m.tick > m.shifting_until:
            return _nothing(self.is_driver.shape)
        since = (m.tick - m.shift_tick.take(self._columns, 1)) * self._dt_s
        return self.is_driver & (since < m.shift_s.take(self._columns, 1))

    def demand(self, m: Motion, wanted_mps2: F64Array) -> F64Array:
        """Acceleration of the controlled vehicles, (B, C), given what their goals and actions want."""
        v = m.v.take(self._columns, 1)
        out = wanted_mps2
        threat = _nothing(v.shape)
        if self._some_follow:
            idm, threat = self._follow(m, v)
            idm = self._glances.act(m.tick, self._reflexes.act(idm))
            out = np.where(self.follows & ~m.manual.take(self._columns, 1), np.minimum(idm, wanted_mps2), out)
        if self._some_aeb:
            near = self._watch.around(m, self._packed)
            urgent, caution = self._aeb.look(m, near, v, m.speed_goal.take(self._columns, 1), self.braking)
            threat = threat | urgent
            out = np.where(caution, np.minimum(out, 0.0), out)
        self._remember(threat, v)
        eased = np.where(self.is_aeb & ~threat, np.minimum(out, 0.0), -self._brake)
        return np.where(self.braking, eased, out)

    def _follow(self, m: Motion, v: F64Array) -> tuple[F64Array, BoolArray]:
        """What following asks for, (B, C), and where a lane keeping system has an emergency."""
        goal = m.speed_goal.take(self._columns, 1)
        headway = np.where(self.is_alks, alks_headway_s(v), self.headway_s) if self._some_alks else self.headway_s
        lead = Leaders(m, self._watch, self._lines, self._foresees, self._moving_over(m))
        own, wish, time_gap = (lead.each(x) for x in (v, goal, headway))
        closing = own - lead.along_mps
        idm = lead.least(
            idm_mps2(own, wish, time_gap, lead.gap_m, closing), idm_mps2(v, goal, headway, _FREE, np.zeros_like(v))
        )
        waits = self.is_driver & ~m.manual.take(self._columns, 1) & ~self._glances.away(m.tick)
        if self._turns is not None and self._some_drive:
            line_m = self._turns.gaps(m, waits, goal)
            idm = np.minimum(idm, idm_mps2(v, goal, headway, line_m, v))
        if self._zebras is not None and self._some_drive:
            idm = np.minimum(idm, idm_mps2(v, goal, headway, self._zebras.gaps(m, self._columns, waits), v))
        end_m = self._mobil.end_m(m) if self._some_drive else None
        if end_m is not None:
            free = self.is_driver & ~m.manual.take(self._columns, 1)
            idm = np.minimum(idm, idm_mps2(v, goal, headway, np.where(free, end_m, np.inf), v))
        idm = np.maximum(idm, -COMFORT_BRAKING_MPS2)
        if not self._some_alks:
            return idm, _nothing(v.shape)
        waiting = np.where(self.braking, 0.0, np.maximum(self.reaction_s - self.threat_ticks * self._dt_s, 0.0))
        needed = -lead.least(-needed_braking_mps2(lead.gap_m, closing, lead.each(waiting)), np.zeros_like(v))
        return idm, self.is_alks & (needed > np.where(self.braking, 0.0, ALKS_EMERGENCY_MPS2))

    def _remember(self, threat: BoolArray, v: F64Array) -> None:
        """Count reaction and release times in whole ticks and switch the brakes."""
        begins = threat & (self.threat_ticks >= self._due) & ~self.braking
        self.threat_ticks = np.where(threat, self.threat_ticks + 1.0, 0.0)
        self.clear_ticks = np.where(threat, 0.0, self.clear_ticks + 1.0)
        self.braking = (self.braking | begins) & (self.clear_ticks * self._dt_s <= CLEAR_S)
        if self._some_aeb:
            self._aeb.remember(begins, self.braking, v)


def _usual_reaction_s(kinds: npt.NDArray[np.str_]) -> F64Array:
    return np.where(kinds == "aeb", AEB_REACTION_S, np.where(kinds == "driver", 0.0, ALKS_REACTION_S))


def _nothing(shape: tuple[int, ...]) -> BoolArray:
    return np.zeros(shape, np.bool_)


def _known(names: str | npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Names of controllers, each of which there is."""
    for name in np.unique(names).tolist():
        if name not in CONTROLLERS:
            hint = did_you_mean(name, CONTROLLERS)
            tail = f", did you mean '{hint}'?" if hint else ""
            raise UsageError(f"unknown controller '{name}'; expected one of {', '.join(CONTROLLERS)}{tail}")
    return np.asarray(names, _WORD)
