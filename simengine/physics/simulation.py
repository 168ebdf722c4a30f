"""The physics of a batch: B variants advance together, tick by tick, with a number of array operations that B has no
part in. A batch of N equals N singles bit for bit.

What a vehicle runs into, and a vehicle that is thrown out of its course, is taken over by rigid bodies
(:mod:`simengine.physics.impacts`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError, an, did_you_mean
from simengine.physics import actions
from simengine.physics.agenda import POSE, Agenda, Argument
from simengine.physics.bends import DRIVER_SHARE, LIMIT_SHARE, curvature_ahead, slowed
from simengine.physics.carrying import Carrying
from simengine.physics.cast import Cast
from simengine.physics.controllers import Controllers, Driver
from simengine.physics.dynamic import DynamicVehicles, spin_of, tilted
from simengine.physics.flying import Flyers
from simengine.physics.impacts import Impacts
from simengine.physics.lane_change import lateral_goal
from simengine.physics.lighting import lamps_on, lasts
from simengine.physics.motion import Motion
from simengine.physics.parking import Parking
from simengine.physics.paths import project
from simengine.physics.pursuit import PURSUITS, wanted_speed
from simengine.physics.rigid.station import Stations
from simengine.physics.strollers import Strolls, people_about
from simengine.physics.swivels import swing
from simengine.physics.towing import Towing
from simengine.physics.turning import choose_way, go_round, indicated, resumes
from simengine.physics.vehicles import (
    SPEED_LAG_S,
    Limits,
    advance_speed,
    braking_in_bend,
    grip_steer_rad,
    leaning_share,
    on_grade,
    roll,
    speed_demand,
    steer_demand,
    steer_reach_rad,
)  # fmt: skip
from simengine.physics.walkers import Walkers
from simengine.physics.wind import Wind
from simengine.world.state import WorldState

__all__ = ["Simulation"]

_BRAKE_LAMP_MPS2 = 0.3
_STAYS = ("freeze", "lights", "look", "open_door", "stop")
"""What is done without leaving what carries one."""
_STEERING = ("change_lane", "follow_path", "park", "back_out", "teleport", "turn")
"""Actions that change the path when they begin to drive ..."""
_ROUTES = ("follow_path", "park", "back_out", "teleport", "turn")
_BACKWARDS = ("park", "back_out")
"""... and those that do when they end."""
_YAW_RATE, _WHEEL, _TRAVELLED, _GOAL, _RATE = 8, 10, 11, 12, 13  # rows of Motion.data, after x .. steer


class Simulation:
    """A running batch.

    Args:
        cast: who takes part.
        initial: poses at the start, batch (B,).
        speeds_mps: (B, A); vehicles start at this speed, people stand and take it as their pace when they move.
        controllers: of each slot, or None.
        dt_s: length of a tick.
        rests_on: slot of what each stands on or lies in, -1 for none, (B, A); None: nothing does.
        moves: which slots can ever move, (A,); what rests on them goes along.
        stations: rigid bodies and robots of the same batch, or None where there are none.
        dynamic: which vehicles have the dynamic model, (B, A), and the share of the dry friction that the road has,
            (B,); None: none has.
        wind: of the air; None: none blows.
        strolls: who walks by themselves; None: nobody does.
    """

    def __init__(
        self, cast: Cast, initial: WorldState, speeds_mps: npt.ArrayLike,
        controllers: Sequence[Driver | None], dt_s: float, rests_on: I64Array | None = None,
        moves: BoolArray | None = None, stations: Stations | None = None,
        dynamic: tuple[BoolArray, F64Array] | None = None, wind: Wind | None = None,
        strolls: Strolls | None = None,
    ) -> None:  # fmt: skip
        expected = (cast.batch, cast.slots)
        if initial.position_m.shape[:-1] != expected or len(controllers) != cast.slots:
            raise UsageError(
                f"a cast of {expected[0]} variants x {expected[1]} slots needs an initial state of that shape and one "
                f"controller (or None) a slot; got {initial.position_m.shape[:-1]} and {len(controllers)}"
            )
        if not dt_s > 0:
            raise UsageError(f"the tick must be longer than 0 s, got {dt_s}")
        self.cast, self.dt_s = cast, float(dt_s)
        self.motion = Motion(cast, initial, np.asarray(speeds_mps, np.float64), self.dt_s)
        go_round(self.motion, cast, list(range(cast.slots)), np.ones(cast.batch, np.bool_))
        self.stations = stations
        self._first_ns = initial.time_ns
        self.agenda = Agenda(cast.batch, cast.slots)
        self._vehicles: I64Array = np.array(cast.columns("vehicle"), np.int64)
        body, v = cast.body, self._vehicles
        own = (
            body.acceleration_mps2, body.deceleration_mps2, body.jerk_mps3, body.wheelbase_m, body.rear_axle_m,
            body.steer_max_rad, body.steer_rate_radps, body.lateral_mps2,
        )  # fmt: skip
        self._limits = Limits(*(np.ascontiguousarray(x[:, v]) for x in own))
        self.dynamic: DynamicVehicles | None = None
        self._lag_s: float | F64Array = SPEED_LAG_S
        if dynamic is not None and bool(dynamic[0][:, v].any()):
            self.dynamic = DynamicVehicles(cast, v, *dynamic, self.dt_s)
            self._lag_s = self.dynamic.lag_s(SPEED_LAG_S, v.size)
            self.motion.tilt = np.zeros((2, cast.batch, cast.slots))
        self._radius = np.ascontiguousarray(body.wheel_radius_m[:, v])
        self._steady = leaning_share(body.lean_lag_s[:, v], self.dt_s)
        self._packed = np.ascontiguousarray(self.motion.packed[:, v])
        strollers, zebras = people_about(cast, strolls, self.dt_s)
        self._walkers = Walkers(cast, self.motion, self.dt_s, strollers)
        self._carrying: Carrying | None = None
        if rests_on is not None and bool((rests_on >= 0).any()):
            everything: BoolArray = np.ones(cast.slots, np.bool_)
            self._carrying = Carrying(cast, self.motion, rests_on, everything if moves is None else moves)
        speeds = np.asarray(speeds_mps, np.float64)
        self._towing = Towing(cast, self.motion, self.dt_s) if cast.hitches is not None else None
        self._flyers = Flyers(cast, self.motion, speeds, self.dt_s, wind) if cast.columns("drone") else None
        self._controllers = Controllers(cast, self.motion, controllers, self.dt_s, zebras)
        self._controlled: I64Array = np.array(
            [cast.columns("vehicle").index(i) for i in self._controllers.slots], np.int64
        )
        self._choose_ways(np.ones(cast.batch, np.bool_))
        self._parking = Parking(cast, self.dt_s)
        self.impacts = Impacts(cast, self.motion, self.dt_s, moves)
        self._commands: dict[int, tuple[F64Array, F64Array]] = {}
        self._swivels = False  # a head or a door turns
        self._live: set[int] = set()  # handles that run in some row
        self._pursuits: set[int] = set()  # those of them that ask for another speed in every tick

    # ---- actions -------------------------------------------------------------------------------------------------

    def start(
        self, action: str, actor: int, args: Mapping[str, Argument], rows: BoolArray, key: Hashable = None
    ) -> int:
        """Start an action of an actor in some variants, from the state as it is now.

        Args:
            action: its word ("run").
            actor: slot.
            args: by name: an array (B,), a number, a word, points (B, 2 or 3), or None for not given. ``to`` of
                ``change_lane`` is the lane's index (0 = the rightmost).
            rows: where, (B,).
            key: names the place in the program that starts it (a timeline node): starts under the same key share one
                handle, so that the number of handles does not grow with the batch.

        Returns:
            A handle.
        """
        category = self.cast.categories[actor]
        channel = actions.CHANNEL_OF.get((category, action))
        if channel is None:
            known = tuple(sorted(a for c, a in actions.CHANNEL_OF if c == category))
            hint = did_you_mean(action, known)
            raise UsageError(
                f"'{self.cast.names[actor]}' is {an(category)} and has no action '{action}'; it has "
                f"{', '.join(known) or 'none'}" + (f", did you mean '{hint}'?" if hint else "")
            )
        rows = np.array(rows, np.bool_) & self.cast.body.valid[:, actor] & ~self.impacts.free[:, actor]
        self._take_off(action, actor, rows)
        if self._towing is not None:
            self._towing.require_free(action, actor, rows)
        handle = self.agenda.start(action, actor, channel, args, rows, key)
        self._engage(handle, rows)
        self._live.add(handle)
        if action in PURSUITS and category == "vehicle":
            self._pursuits.add(handle)
        self._finish_reached(handle)
        return handle

    def _take_off(self, action: str, actor: int, rows: BoolArray) -> None:
        """What moves by itself is no longer carried."""
        if self._carrying is None or action in _STAYS or not bool((self.motion.carrier[rows, actor] >= 0).any()):
            return
        category = self.cast.categories[actor]
        if category == "vehicle" and action != "teleport":
            self._carried_vehicle(actor, rows)
        off = self._carrying.release(self.motion, actor, rows)
        if category == "person":
            self._walkers.take_off(self.motion, actor, off)

    def _carried_vehicle(self, actor: int, rows: BoolArray) -> None:
        names, carrier = self.cast.names, self.motion.carrier[rows, actor]
        on = names[int(carrier[carrier >= 0][0])]
        raise UsageError(f"'{names[actor]}' is carried by '{on}' and cannot drive; 'teleport' takes it off")

    def set_controller(self, actor: int, driver: Driver, rows: BoolArray) -> None:
        """Another controller takes over a vehicle at once.

        Args:
            actor: slot; the simulation was made with a controller for it, of whatever name.
            driver: name and arguments.
            rows: where, (B,).
        """
        rows = rows & self.cast.body.valid[:, actor]
        self._controllers.switch(self.motion, actor, driver, rows)
        self._choose_ways(rows)

    def show(self, signal: str, shows: I64Array, rows: BoolArray) -> None:
        """A signal shows something else from now on.

        Args:
            signal: property of the world ("signal.own").
            shows: index into :data:`simengine.physics.giving_way.SHOWS`, (B,).
            rows: where, (B,).
        """
        self._controllers.show(signal, shows, rows)

    def _choose_ways(self, rows: BoolArray) -> None:
        """Drivers whom no action steers take the ways that they are to take at the junctions ahead of them."""
        if not self.cast.turns.start.shape[1]:
            return
        chosen = self._controllers.way
        for c, slot in enumerate(self._controllers.slots):
            mine = rows & self._controllers.is_driver[:, c] & (self.agenda.driver[1][:, slot] < 0)
            if bool(mine.any()):
                choose_way(self.motion, self.cast, slot, mine, chosen[:, c])
        self._paths_changed()

    def command(self, actor: int, acceleration_mps2: F64Array, steer_rad: F64Array, rows: BoolArray) -> None:
        """Somebody outside drives a vehicle from now on, until told otherwise.

        Args:
            actor: slot.
            acceleration_mps2, steer_rad: (B,); nan: as without it. The limits of the vehicle hold as ever.
            rows: where, (B,).
        """
        column, nothing = int(np.flatnonzero(self._vehicles == actor)[0]), np.full(rows.shape, np.nan)
        before = self._commands.get(column, (nothing, nothing))
        now = acceleration_mps2, steer_rad
        self._commands[column] = np.where(rows, now[0], before[0]), np.where(rows, now[1], before[1])

    def set_speed(self, actor: int, speed_mps: F64Array, rows: BoolArray) -> None:
        """Another speed at once, of a vehicle, which nothing else changes back; or another pace of a person.

        Args:
            actor: slot.
            speed_mps: (B,).
            rows: where, (B,).
        """
        m, rows = self.motion, rows & self.cast.body.valid[:, actor] & ~self.impacts.free[:, actor]
        if self._towing is not None:
            self._towing.require_free("speed", actor, rows)
        if m.is_vehicle[actor] and bool((m.carrier[rows, actor] >= 0).any()):
            self._carried_vehicle(actor, rows)
        if self.cast.categories[actor] == "drone":
            m.speed_goal[rows, actor] = speed_mps[rows]
            return
        if self.cast.categories[actor] == "person":
            m.own_pace[rows, actor] = m.pace[rows, actor] = speed_mps[rows]
            return
        m.v[rows, actor], m.a[rows, actor] = speed_mps[rows], 0.0
        self.impacts.moved(m, actor, rows)
        free = rows & (self.agenda.driver[0, :, actor] < 0)
        m.speed_goal[free, actor] = speed_mps[free]

    def finished(self, handle: int) -> BoolArray:
        """Rows (B,) in which an action has reached its aim since it was last started there."""
        return self.agenda.entries[handle].done.copy()

    def cancel(self, handle: int, rows: BoolArray) -> None:
        """End an action in some rows, wherever it still runs; what was started before it takes over again."""
        self._end(handle, np.asarray(rows, np.bool_), done=False)

    def _engage(self, handle: int, rows: BoolArray) -> None:
        entry = self.agenda.entries[handle]
        if self._flyers is not None and self.cast.categories[entry.actor] == "drone":
            if entry.action == "teleport":
                actions.engage(self.motion, self.cast, entry.action, entry.actor, rows, entry.args)
            self._flyers.engage(self.motion, entry.action, entry.actor, rows, entry.args)
            return
        if self.stations is not None and self.cast.categories[entry.actor] == "robot":
            self.stations.engage(entry.actor, entry.action, rows, entry.args)
            return
        if (
            self.stations is not None
            and self.cast.loose
            and self.cast.loose[entry.actor]
            and entry.action == "teleport"
        ):
            self.stations.put(entry.actor, rows, entry.args)
            return
        if entry.action == "park":
            self._parking.start(self.motion, entry.actor, rows, entry.args)
            return
        if entry.action == "back_out":
            self._parking.leave(self.motion, entry.actor, rows)
            return
        actions.engage(self.motion, self.cast, entry.action, entry.actor, rows, entry.args)
        if entry.action == "lights":
            self._hold_lamps(entry.actor)
        self._swivels = self._swivels or entry.action in ("look", "open_door")
        if entry.action in _STEERING:
            self._paths_changed()
        if entry.action == "teleport":
            for memory in (self._carrying, self.dynamic):
                if memory is not None:
                    memory.forget(entry.actor, rows)
            self.impacts.moved(self.motion, entry.actor, rows)
            if self.cast.categories[entry.actor] == "person":
                self._walkers.put_down(entry.actor, rows)

    def _hold_lamps(self, actor: int) -> None:
        held = [e for e in self.agenda.entries if e.action == "lights" and e.actor == actor and lasts(e.args)]
        self.motion.switches.hold(actor, held)

    def _paths_changed(self) -> None:
        self._packed = np.ascontiguousarray(self.motion.packed[:, self._vehicles])
        self._controllers.paths_changed(self.motion)

    def _end(self, handle: int, rows: BoolArray, done: bool) -> None:
        entry = self.agenda.entries[handle]
        drove, heirs = self.agenda.release(handle, rows, done)
        if bool(drove.any()) and self._flyers is not None and self.cast.categories[entry.actor] == "drone":
            self._flyers.release(self.motion, entry.action, entry.actor, drove, not done)
        elif self.stations is not None and self.cast.categories[entry.actor] == "robot":
            if not done:
                self.stations.halt(entry.actor, drove)
        elif bool(drove.any()):
            if entry.action in _BACKWARDS:
                self._parking.stop(self.motion, entry.actor, drove)
            actions.ended(self.motion, self.cast, entry.action, entry.actor, drove, not done)
            if entry.action in _ROUTES:
                self._paths_changed()
                if done:
                    heirs = self._outlived(handle, drove, heirs)
        for heir, taken in heirs:
            self._engage(heir, self._resumed(heir, taken))
        if not bool(entry.running.any()):
            self._live.discard(handle)
            self._pursuits.discard(handle)
        if entry.action == "lights":
            self._hold_lamps(entry.actor)

    def _resumed(self, handle: int, rows: BoolArray) -> BoolArray:
        """Rows in which an action can take over again: a turn that lies behind is over instead."""
        entry = self.agenda.entries[handle]
        if entry.action != "turn":
            return rows
        return resumes(self.motion, self.cast, entry.actor, entry.args, rows)

    def _outlived(
        self, handle: int, rows: BoolArray, heirs: list[tuple[int, BoolArray]]
    ) -> list[tuple[int, BoolArray]]:
        """On another road, older orders about the lane have no meaning: they are done. Returns who takes over."""
        entry, entries = self.agenda.entries[handle], self.agenda.entries
        older = [h for h, e in enumerate(entries) if (e.channel, e.actor) == (entry.channel, entry.actor)]
        for h in older:
            if h != handle:
                self.agenda.release(h, rows & (entries[h].order < entry.order), True)
        return [(h, taken & entries[h].running) for h, taken in heirs if bool((taken & entries[h].running).any())]

    def _finish_reached(self, handle: int) -> None:
        entry = self.agenda.entries[handle]
        if self._flyers is not None and self.cast.categories[entry.actor] == "drone":
            reached = self._flyers.ends(self.motion, entry.action, entry.actor)
        elif self.stations is not None and self.cast.categories[entry.actor] == "robot":
            reached = self.stations.done(entry.actor)
        elif entry.action in _BACKWARDS:
            reached = self._parking.done(entry.actor)
        else:
            reached = actions.ends(self.motion, self.cast, entry.action, entry.actor, entry.args)
        reached = reached & entry.running & self.agenda.driven(handle) & ~self.impacts.free[:, entry.actor]
        if bool(reached.any()):
            self._end(handle, reached, done=True)

    # ---- time ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance all variants by one tick."""
        self.impacts.remember(self.motion)
        if self._pursuits:
            self._pursue()
        steered = self.agenda.driver[1] >= 0
        for slot, lane, rows in self._controllers.lane_changes(self.motion, steered):
            self.start("change_lane", slot, {"to": lane}, rows, ("mobil", slot))
        if self._vehicles.size:
            self._parking.approach(self.motion)
            self._step_vehicles()
            self._parking.reverse(self.motion)
        if self._towing is not None:
            self._towing.advance(self.motion, self.impacts.headings, ~self.impacts.free)
        if self._walkers.slots.size:
            entries = [(h, self.agenda.entries[h]) for h in sorted(self._live)]
            self._walkers.stroll(self.motion, self.impacts.free, self.agenda.driver[POSE] >= 0)
            self._walkers.lead(self.motion, [(e, e.running & self.agenda.driven(h)) for h, e in entries])
            self._walkers.step(self.motion, self.impacts.free)
        if self._flyers is not None:
            self._flyers.step(self.motion)
        if self._swivels:
            self._swivels = swing(self.motion, self.cast, self._walkers.slots, self.dt_s)
        if self._carrying is not None:
            self._walkers.fall(self.motion, self._carrying)
            self._carrying.advance(self.motion, self.dt_s)
        self.impacts.step(self.motion)
        if self._towing is not None and bool(self.impacts.free.any()):
            self._towing.advance(self.motion, self.impacts.headings, self.impacts.free)
        if self.stations is not None:
            self.stations.step()
        self.motion.tick += 1
        for handle in sorted(self._live):
            self._finish_reached(handle)

    def _pursue(self) -> None:
        """Ask for the speeds that follow from where others are in this tick."""
        for handle in sorted(self._pursuits):
            entry = self.agenda.entries[handle]
            rows = entry.running & self.agenda.driven(handle)
            goal, there = wanted_speed(self.motion, self.cast, entry.action, entry.actor, entry.args)
            self.motion.speed_goal[rows, entry.actor] = goal[rows]
            there &= rows
            if bool(there.any()):
                self._end(handle, there, done=True)

    def _step_vehicles(self) -> None:
        m, limits, dt_s = self.motion, self._limits, self.dt_s
        everybody = self._vehicles.size == self.cast.slots
        data = m.data if everybody else m.data.take(self._vehicles, 2)
        x, y, yaw, cos, sin, v, a, steer = data[:8]
        axle, slides, pull = limits.rear_axle_m, self.dynamic, None
        if self.cast.surfaces is not None:
            limits, pull = on_grade(limits, self.cast.surfaces.at(x, y), cos, sin)
        rear, course, able, late = (x - axle * cos, y - axle * sin), (cos, sin), limits, None
        if slides is not None:
            rear, course, able, late = *slides.foreseen(data, rear), slides.limits(limits), slides.lead_s
        frame = project(self._packed, *rear)
        goal, rate = self._on_ways(data, frame.station_m) if m.some_way else (data[_GOAL], data[_RATE])
        demand = speed_demand(v, goal, rate, limits.jerk_mps3, self._lag_s)
        if self._controlled.size:
            demand[:, self._controlled] = self._controllers.demand(m, demand.take(self._controlled, 1))
        for k, (asked, _) in self._commands.items():
            demand[:, k] = np.where(np.isnan(asked), demand[:, k], asked)
        v, a, ds = advance_speed(v, a, demand, braking_in_bend(demand, v, steer, limits), dt_s)
        bend = curvature_ahead(self._packed, frame, v, m.way.take(self._vehicles, 1)) if m.some_way else None
        wanted = steer_demand(v, course, frame, lateral_goal(m, data, axle, v, late), able, bend)
        for k, (_, turn) in self._commands.items():
            wanted[:, k] = np.where(np.isnan(turn), wanted[:, k], turn)
        if self._steady is not None:
            wanted = np.where(self._steady < 1.0, steer + (wanted - steer) * self._steady, wanted)
        slid = None if slides is None else slides.advance(data, demand, wanted, limits, pull)
        most = grip_steer_rad(v, limits)  # less than before where the speed has been set to another one
        steer = np.minimum(np.maximum(steer, -most), most)
        reach = steer_reach_rad(v, limits, dt_s)
        turned = np.where(v > 0.0, np.minimum(np.maximum(wanted, steer - reach), steer + reach), steer) + 0.0
        dx, dy, new_yaw = roll(yaw, (steer, turned), ds, limits.wheelbase_m)
        new_cos, new_sin = np.cos(new_yaw), np.sin(new_yaw)
        data[0] += dx + axle * (new_cos - cos)  # nothing, to the last bit, where nothing moves
        data[1] += dy + axle * (new_sin - sin)
        data[_YAW_RATE] = (new_yaw - yaw) / dt_s
        data[2], data[3], data[4], data[5], data[6], data[7] = new_yaw, new_cos, new_sin, v, a, turned
        data[_WHEEL] += ds / self._radius
        data[_TRAVELLED] += ds
        if slides is not None and slid is not None:
            slides.put(slid, data, m)
        if not everybody:
            m.data[:, :, self._vehicles] = data

    def _on_ways(self, data: F64Array, station_m: F64Array) -> tuple[F64Array, F64Array]:
        """Wanted speeds and rates of vehicles, (B, V), of which those on ways of their own slow down for the bends."""
        ordered = self.agenda.driver[0].take(self._vehicles, 1) >= 0
        lateral = self._limits.lateral_mps2 * np.where(ordered, LIMIT_SHARE, DRIVER_SHARE)
        way = self.motion.way.take(self._vehicles, 1)
        return slowed(self._packed, station_m, data[5], (data[_GOAL], data[_RATE]), way, lateral)

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def state(self) -> WorldState:
        """The present as a new ``WorldState`` of batch (B,), on level ground: see :mod:`simengine.physics.laying`. Of
        joints it has those of arms, six each, in their order (for all others see :mod:`simengine.physics.joints`).

        ``time_ns`` is rounded from ticks; a run loop that keeps integer time sets its own.
        """
        m, body = self.motion, self.cast.body
        half = 0.5 * m.yaw
        zero = np.zeros_like(m.x)
        sway = m.yaw_rate * np.where(m.is_vehicle, body.rear_axle_m, 0.0)  # the origin lies ahead of the axle
        if self.dynamic is not None:
            sway = sway + m.side_slip
        v = m.v - m.reverse
        vx: F64Array = v * m.cos - sway * m.sin
        vy: F64Array = v * m.sin + sway * m.cos
        if self._carrying is not None:
            vx, vy = self._carrying.velocity(m, vx, vy)
        vz = zero
        if self._flyers is not None:
            vx, vy, vz = self._flyers.velocity(vx, vy)
        pose = np.stack([m.x, m.y, m.z], -1), np.stack([np.cos(half), zero, zero, np.sin(half)], -1)
        velocity, spin = np.stack([vx, vy, vz], -1), np.stack([zero, zero, m.yaw_rate], -1)
        if self.dynamic is not None and m.tilt is not None:
            pose = pose[0], tilted(pose[1], m.tilt)
            spin = spin_of(spin, m, self.dynamic)
        if self.stations is not None:
            self.stations.overlay(*pose, velocity, spin)
        self.impacts.overlay(*pose, velocity, spin)
        time_ns, valid = self._first_ns + round(m.tick * self.dt_s * 1e9), body.valid.copy()
        return WorldState(time_ns, *pose, velocity, spin, self.joints_rad, self.lamps, valid, self._doors())

    @property
    def lamps(self) -> I64Array:
        """Which lamps are on, (B, A): bits of :class:`simengine.world.lamps.Lamp`; what was switched in this tick
        shows in it."""
        m = self.motion
        braking = m.is_vehicle & (m.a < -_BRAKE_LAMP_MPS2)
        return np.where(m.is_vehicle, lamps_on(m.switches, braking, m.reverse > 0.0, indicated(m, self.cast)), 0)

    def _doors(self) -> F64Array | None:
        """How far doors are open, (B, A, 2), or None where all are shut."""
        doors = np.where(self.motion.is_vehicle, self.motion.swivel, 0.0)
        return np.ascontiguousarray(np.moveaxis(doors, 0, -1)) if bool(doors.any()) else None

    @property
    def swivel(self) -> F64Array:
        """Turns of heads and doors, (B, A, 2): see :class:`simengine.physics.motion.Motion`."""
        return np.ascontiguousarray(np.moveaxis(self.motion.swivel, 0, -1))

    @property
    def joints_rad(self) -> F64Array:
        """Joint angles of the arms, (B, 6 arms)."""
        return np.zeros((self.cast.batch, 0)) if self.stations is None else self.stations.joints_rad

    @property
    def still(self) -> BoolArray:
        """Loose things at rest, (B, A); of all others it is not asked."""
        out: BoolArray = np.zeros((self.cast.batch, self.cast.slots), np.bool_)
        return out if self.stations is None else self.stations.still.copy()

    def _of_robots(self, ask: Callable[[Stations], Callable[[int], BoolArray]]) -> BoolArray:
        out: BoolArray = np.zeros((self.cast.batch, self.cast.slots), np.bool_)
        for slot in self.cast.arms if self.stations is not None else ():
            assert self.stations is not None
            out[:, slot] = ask(self.stations)(slot)
        return out

    @property
    def holding(self) -> BoolArray:
        """Robots that hold something, (B, A)."""
        return self._of_robots(lambda s: s.holding)

    @property
    def dropped(self) -> BoolArray:
        """Robots that have lost what they held, (B, A)."""
        return self._of_robots(lambda s: s.dropped)

    @property
    def diverged(self) -> list[tuple[int, str]]:
        """Variants whose integration has gone astray, and what was seen."""
        found = [*self.impacts.diverged, *([] if self.stations is None else self.stations.diverged)]
        return found if self.dynamic is None else found + self.dynamic.diverged

    @property
    def speed_mps(self) -> F64Array:
        """Speed along the heading, (B, A)."""
        return self.motion.v - self.motion.reverse

    @property
    def acceleration_mps2(self) -> F64Array:
        """Acceleration along the heading, (B, A)."""
        return self.motion.a.copy()

    @property
    def travelled_m(self) -> F64Array:
        """Distance moved since the start, (B, A)."""
        return self.motion.travelled.copy()

    @property
    def gait_phase(self) -> F64Array:
        """Phase of the gait, (B, A), radians, 2 pi a stride (two steps), never wrapped."""
        return self.motion.gait.copy()

    @property
    def wheel_angle(self) -> F64Array:
        """Angle that wheels have rolled, (B, A), radians, never wrapped."""
        return self.motion.wheel.copy()

    @property
    def steer(self) -> F64Array:
        """Mean steering angle of the front wheels, (B, A), radians, positive to the left."""
        return self.motion.steer.copy()

    @property
    def emergency(self) -> BoolArray:
        """A controller is braking in an emergency, (B, A)."""
        out: BoolArray = np.zeros((self.cast.batch, self.cast.slots), np.bool_)
        out[:, self._controllers.slots] = self._controllers.braking
        return out
