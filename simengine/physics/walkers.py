"""The people of a batch: where they go in a tick, and how high they are above the ground."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics import actions
from simengine.physics.agenda import Running
from simengine.physics.carrying import Carrying
from simengine.physics.cast import Cast
from simengine.physics.escapes import Escapes
from simengine.physics.fleeing import flee
from simengine.physics.motion import Motion
from simengine.physics.pavement import rise_m
from simengine.physics.persons import Intent, advance_person, stride_m
from simengine.physics.sidestep import Sidestep
from simengine.physics.strollers import Strollers
from simengine.physics.walking import Walking

__all__ = ["Walkers"]

_YAW_RATE, _GAIT, _WHEEL, _TRAVELLED = 8, 9, 10, 11  # rows of Motion.data
_DIR_X, _DIR_Y, _WAY, _PACE = 19, 20, 21, 23


class Walkers:
    """People: P of them.

    Args:
        cast: who takes part.
        m: the motion at the start.
        dt_s: length of a tick.
        strollers: those of them who walk by themselves; None: nobody does.
    """

    def __init__(self, cast: Cast, m: Motion, dt_s: float, strollers: Strollers | None = None) -> None:
        self._strollers = strollers
        self.slots: I64Array = np.array(cast.columns("person"), np.int64)
        self._walking = Walking(cast, self.slots, dt_s)
        self._sidestep = Sidestep(cast, 0.5 * cast.body.size_m[:, self.slots, 1])
        self._escapes = Escapes(cast, self.slots, dt_s)
        self._led: BoolArray = np.zeros((cast.batch, self.slots.size), np.bool_)  # along a path
        self._fleeing: BoolArray = np.zeros_like(self._led)
        self._cast, self._dt_s = cast, dt_s
        self._legs = np.ascontiguousarray(cast.body.leg_m[:, self.slots])
        self._kerbs, self._raised = cast.ground.packed, bool(cast.kerb_height_m.any())
        self._lift = self._lifted(m) if self._raised else None

    def _lifted(self, m: Motion) -> F64Array | None:
        """How far people are above the ground at the start, (B, P); None where nobody is (they stay on it)."""
        lift = m.z[:, self.slots] - self._ground_m(m)
        lift = np.where(lift > 1e-9, lift, 0.0)  # nobody stands below the ground
        return lift if bool(lift.any()) else None

    def _ground_m(self, m: Motion) -> F64Array:
        """Height of the ground under people, (B, P)."""
        p = self.slots
        if not self._raised:
            return np.zeros((self._cast.batch, p.size))
        return rise_m(self._kerbs, self._cast.kerb_height_m, m.x[:, p], m.y[:, p])

    def _column(self, actor: int) -> int:
        return self.slots.tolist().index(actor)

    def take_off(self, m: Motion, actor: int, rows: BoolArray) -> None:
        """Somebody is no longer carried in some rows, and is as high now as what carried them."""
        column = self._column(actor)
        lift = self._lift if self._lift is not None else np.zeros((self._cast.batch, self.slots.size))
        lift[rows, column] = (m.z[:, actor] - self._ground_m(m)[:, column])[rows]
        self._lift = lift

    def put_down(self, actor: int, rows: BoolArray) -> None:
        """Somebody stands on the ground from now on in some rows."""
        if self._lift is not None:
            self._lift[rows, self._column(actor)] = 0.0

    def fall(self, m: Motion, carrying: Carrying) -> None:
        """Who walks off what carried them comes down."""
        if self.slots.size:
            ground = self._ground_m(m)
            fell = carrying.fall(m, self.slots, ground, self._dt_s)
            if self._lift is not None and bool(fell.any()):
                self._lift = np.where(fell, m.z[:, self.slots] - ground, self._lift)

    def lead(self, m: Motion, running: list[tuple[Running, BoolArray]]) -> None:
        """Send people on along their paths, and in flight: actions that run, and where they drive, (B,)."""
        self._led[:] = self._fleeing[:] = False
        for entry, rows in running:
            if entry.action == "follow_path" and self._cast.categories[entry.actor] == "person":
                actions.lead(m, entry.actor, rows)
                self._led[rows, self._column(entry.actor)] = True
            elif entry.action == "bolt":
                flee(m, entry.actor, rows, entry.args)
                self._fleeing[rows, self._column(entry.actor)] = True

    def stroll(self, m: Motion, free: BoolArray, held: BoolArray) -> None:
        """Send on who walks by themselves; ``held``: whom an action drives, (B, A)."""
        if self._strollers is not None:
            self._strollers.aim(m, free, held)

    def step(self, m: Motion, free: BoolArray) -> None:
        """Advance everybody by a tick; ``free``: who is moved by rigid-body physics, (B, A)."""
        dt_s = self._dt_s
        going = m.going.take(self.slots, 1)
        data = m.data.take(self.slots, 2)
        x, y, yaw, v = data[0], data[1], data[2], data[5]
        if not bool((going | (v > 0.0) | (data[6] != 0.0) | (data[_YAW_RATE] != 0.0)).any()):
            return  # nobody moves: the step would change nothing
        goal, pace = data[_WAY], data[_PACE]
        left = goal - (x * data[_DIR_X] + y * data[_DIR_Y])
        going = going & (left > actions.ARRIVAL_M)
        dir_x, dir_y, left = self._walking.ways(m, data, going, left)
        minds = m.minds.take(self.slots, 1) & going
        if bool(minds.any()):
            dir_x, dir_y, pace = self._walking.among_others(m, free, data, (minds, left), (dir_x, dir_y, pace))
        dir_x, dir_y = self._sidestep.past(self._led & going, (x, y), (dir_x, dir_y), v)
        fleeing = self._fleeing & going
        dir_x, dir_y, left = self._escapes.ways(m, fleeing, (dir_x, dir_y), left)
        intent = Intent(going & ~m.frozen.take(self.slots, 1), dir_x, dir_y, left, pace)
        dx, dy, turned, faster = advance_person(yaw, data[_YAW_RATE], v, intent, dt_s)
        mean = 0.5 * (v + faster)
        checked = self._escapes.hold(m, fleeing, dx, dy, turned)
        if self._strollers is not None:
            checked |= self._strollers.hold(m, self.slots, x, y, dx, dy)
        if bool(checked.any()):
            real = np.minimum(np.sqrt(dx * dx + dy * dy) / dt_s, mean)
            mean, faster = np.where(checked, real, mean), np.where(checked, np.minimum(faster, real), faster)
        data[_GAIT] += (2.0 * np.pi * dt_s) * mean / stride_m(mean, self._legs)
        data[_TRAVELLED] += mean * dt_s
        data[_WHEEL] += mean * dt_s  # of a wheel of 1 m radius
        data[6], data[_YAW_RATE] = (faster - v) / dt_s, (turned - yaw) / dt_s
        data[0] += dx
        data[1] += dy
        data[2], data[3], data[4], data[5] = turned, np.cos(turned), np.sin(turned), faster
        m.data[:, :, self.slots] = data
        m.going[:, self.slots] = going
        if self._raised:
            ground = rise_m(self._kerbs, self._cast.kerb_height_m, data[0], data[1])
            m.z[:, self.slots] = ground if self._lift is None else ground + self._lift
