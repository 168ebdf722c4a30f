"""The rigid bodies of one variant: a MuJoCo world that is stepped with the ticks of the simulation.

MuJoCo (E. Todorov, T. Erez, Y. Tassa, "MuJoCo: A physics engine for model-based control", IROS 2012) solves contacts as
a convex problem with elliptic friction cones. What has come to rest falls asleep and costs nothing until it is touched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.physics.rigid.model import GRAVITY_MPS2, LEAD_S, SUBSTEP_S, Fixed, Loose, Mounted, build, mujoco

__all__ = ["REST_M", "REST_S", "Poses", "RigidBodies"]

REST_M, REST_S = 0.0015, 0.15
"""What no point of has moved further than this for so long is at rest."""
_NEAR_M, _GAP_M, _PRESSED_M = 0.01, 0.001, 0.005
"""What is put somewhere wakes things so near to where it was, stands so far clear, and may overlap nothing by more."""
_RAYS = 9
"""Along each side of the box around what is put down, so many places are looked at for what is below."""
_FASTEST_MPS, _FARTHEST_M = 60.0, 1000.0
"""Beyond these nothing of ours moves: the integration has gone astray."""


class Poses(NamedTuple):
    """Loose things in the world, (N, 3), (N, 4), (N, 3), (N, 3)."""

    position_m: F64Array
    orientation: F64Array
    velocity_mps: F64Array
    spin_radps: F64Array


class RigidBodies:
    """One world.

    Args:
        fixed: what never moves.
        loose: what falls.
        arms: their links push loose things; where they are is told by :meth:`step`.
        dt_s: length of a tick, a multiple of a substep.
    """

    def __init__(self, fixed: Sequence[Fixed], loose: Sequence[Loose], arms: Sequence[Mounted], dt_s: float) -> None:
        self.loose, self.arms = tuple(loose), tuple(arms)
        self._mj = mujoco()
        self.model: Any = build(fixed, loose, arms)
        self.data: Any = self._mj.MjData(self.model)
        self._substeps = max(1, round(dt_s / SUBSTEP_S))
        self.model.opt.timestep = dt_s / self._substeps
        self._dt_s = dt_s
        count = len(self.loose)
        for k, thing in enumerate(self.loose):
            self.data.qvel[6 * k : 6 * k + 3] = thing.velocity_mps
        self._mj.mj_forward(self.model, self.data)
        self._reach = np.array([_reach_m(self.model, k + 1) for k in range(count)])
        self._since: I64Array = np.zeros(count, np.int64)
        self._anchor: F64Array = self.data.qpos.reshape(count, 7).copy()
        self._kept: BoolArray = np.zeros(count, np.bool_)
        self._stirred: set[int] = set()
        self._links: tuple[F64Array, F64Array] | None = None
        self.diverged = ""

    @property
    def count(self) -> int:
        """Number of loose things."""
        return len(self.loose)

    def step(self, links: F64Array | None = None) -> None:
        """Advance by a tick.

        Args:
            links: world_from_link at its end, (arms, 6, 4, 4); in between they move evenly.
        """
        if self.diverged:
            return
        there = None if links is None else tf.pose_from_matrix(np.ascontiguousarray(links.reshape(-1, 4, 4)))
        here = there if self._links is None else self._links
        moving = there is not None and here is not None and not np.array_equal(here[0], there[0])
        moving = moving or (there is not None and here is not None and not np.array_equal(here[1], there[1]))
        if there is not None and self._links is None:
            self._put(there, there)
        if not moving and there is not None:
            self._put(there, there)
        for k in range(self._substeps):
            if moving and here is not None and there is not None:
                share = (k + 1.0) / self._substeps
                self._put(_mixed(here, there, share), _mixed(here, there, share + LEAD_S / self._dt_s))
            self._mj.mj_step(self.model, self.data)
        self._links = there
        for k in self._stirred:
            self.data.xfrc_applied[k + 1, 2] = 1e-9 if self._kept[k] else 0.0
        self._stirred.clear()
        self._rest()
        self._check()

    def _put(self, links: tuple[F64Array, F64Array], ahead: tuple[F64Array, F64Array]) -> None:
        """Move the arms' links, and their hands to where the last links will be a little later."""
        for data, now, later in ((self.data.mocap_pos, links[0], ahead[0]), (self.data.mocap_quat, links[1], ahead[1])):
            both = data.reshape(len(self.arms), 7, -1)
            both[:, :6], both[:, 6] = now.reshape(len(self.arms), 6, -1), later.reshape(len(self.arms), 6, -1)[:, 5]

    def _rest(self) -> None:
        """Note what has moved; what has not for a while may fall asleep, unless it is being handled."""
        pose = self.data.qpos.reshape(self.count, 7)
        shift = np.sqrt(((pose[:, :3] - self._anchor[:, :3]) ** 2).sum(-1))
        dot = np.minimum(np.abs((pose[:, 3:] * self._anchor[:, 3:]).sum(-1)), 1.0)
        moved = shift + 2.0 * np.arccos(dot) * self._reach > REST_M
        self._since = np.where(moved, 0, self._since + 1)
        self._anchor[moved] = pose[moved]
        policy = self._mj.mjtSleepPolicy
        self.model.tree_sleep_policy[: self.count] = np.where(
            self.resting & ~self._kept, int(policy.mjSLEEP_ALLOWED), int(policy.mjSLEEP_NEVER)
        )

    @property
    def resting(self) -> BoolArray:
        """What is at rest, (N,)."""
        return self._since * self._dt_s >= REST_S - 1e-9

    def _check(self) -> None:
        speed = np.abs(self.data.qvel).reshape(self.count, 6)[:, :3].max(-1, initial=0.0)
        far = np.abs(self.data.qpos).reshape(self.count, 7)[:, :3].max(-1, initial=0.0)
        bad = ~(np.isfinite(self.data.qpos).reshape(self.count, 7).all(-1) & (speed < _FASTEST_MPS))
        bad |= ~(far < _FARTHEST_M)
        warned = bool(np.any(self.data.warning.number))
        if bool(bad.any()) or warned:
            k = int(np.flatnonzero(bad)[0]) if bool(bad.any()) else int(np.argmax(speed))
            self.diverged = (
                f"rigid-body physics went astray at t = {self.data.time:.2f} s: '{self.loose[k].name}' moves at "
                f"{speed[k]:.3g} m/s, {far[k]:.3g} m from the origin"
            )

    def poses(self) -> Poses:
        """Where everything loose is, and how it moves."""
        qpos, qvel = self.data.qpos.reshape(self.count, 7), self.data.qvel.reshape(self.count, 6)
        turn: F64Array = qpos[:, 3:].copy()
        spin = tf.rotate(tf.matrix_from_pose(np.zeros(3), turn), qvel[:, 3:].copy())
        return Poses(qpos[:, :3].copy(), turn, qvel[:, :3].copy(), spin)

    def put(self, k: int, x_m: float, y_m: float, yaw_rad: float, above_m: float) -> None:
        """Put a loose thing somewhere else, upright and at rest, on the highest of what is there.

        Args:
            k: which.
            x_m, y_m, yaw_rad: where its own origin comes to be, and its heading.
            above_m: nothing that it could stand on is higher than this, in the world.

        Raises:
            UsageError: it would be pressed into something; it stays where it is.
        """
        low, high = self.extent(k)
        for other in range(self.count):  # what lay on it, or leaned on it, falls
            a, b = self.extent(other)
            if bool((a <= high + _NEAR_M).all()) and bool((b >= low - _NEAR_M).all()):
                self._stir(other)
        at, move = slice(7 * k, 7 * k + 7), slice(6 * k, 6 * k + 6)
        before = self.data.qpos[at].copy(), self.data.qvel[move].copy()
        turn = [math.cos(0.5 * yaw_rad), 0.0, 0.0, math.sin(0.5 * yaw_rad)]
        self.data.qpos[at], self.data.qvel[move] = [x_m, y_m, above_m + _NEAR_M, *turn], 0.0
        self._mj.mj_kinematics(self.model, self.data)
        low, high = self.extent(k)
        x0, y0, x1, y1 = float(low[0]), float(low[1]), float(high[0]), float(high[1])
        shares = [n / (_RAYS - 1.0) for n in range(_RAYS)]
        ground = max(self.ray(x0 + a * (x1 - x0), y0 + b * (y1 - y0), above_m, k)[0] for a in shares for b in shares)
        self.data.qpos[7 * k + 2] += ground + _GAP_M - float(low[2])
        self._mj.mj_forward(self.model, self.data)
        found = self._pressed_into(k) if math.isfinite(ground) else ""
        wrong = f"would be pressed into {found} there" if found else "would fall for ever there: nothing is below"
        if found or not math.isfinite(ground):
            self.data.qpos[at], self.data.qvel[move] = before
            self._mj.mj_forward(self.model, self.data)
            raise UsageError(f"'{self.loose[k].name}' {wrong}; choose a free place")

    def _pressed_into(self, k: int) -> str:
        """What a loose thing overlaps, or ""."""
        for c in range(int(self.data.ncon)):
            pair = [int(g) for g in self.data.contact[c].geom]
            bodies = [int(self.model.geom_bodyid[g]) for g in pair]
            if k + 1 in bodies and float(self.data.contact[c].dist) < -_PRESSED_M:
                other = str(self.model.body(bodies[0] if bodies[1] == k + 1 else bodies[1]).name)
                return "what stands there" if other == "world" else f"'{other.partition('/')[0]}'"
        return ""

    def _stir(self, k: int) -> None:
        """Let something move again that may have fallen asleep, for a tick."""
        self._since[k] = 0
        self.data.xfrc_applied[k + 1, 2] = 1e-9
        self._stirred.add(k)

    # ---- for arms ------------------------------------------------------------------------------------------------

    def ray(self, x_m: float, y_m: float, z_m: float, but: int = -1) -> tuple[float, int]:
        """What is first below a point: the height there, and which loose thing (-1: something fixed, or nothing).

        One loose thing may be left out.
        """
        groups = np.array([1, 0, 0, 0, 0, 0], np.uint8)
        geom = np.full((1,), -1, np.int32)
        away = self._mj.mj_ray(
            self.model,
            self.data,
            np.array([x_m, y_m, z_m]),
            np.array([0.0, 0.0, -1.0]),
            groups,
            1,
            but + 1 if but >= 0 else -1,
            geom,
        )
        if away < 0.0:
            return -np.inf, -1
        body = int(self.model.geom_bodyid[int(geom[0])])
        return z_m - float(away), body - 1 if 1 <= body <= self.count else -1

    def extent(self, k: int) -> tuple[F64Array, F64Array]:
        """Lowest and highest corner of the upright box around a loose thing, (3,) each."""
        first, number = int(self.model.body_geomadr[k + 1]), int(self.model.body_geomnum[k + 1])
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for g in range(first, first + number):
            turn = self.data.geom_xmat[g].reshape(3, 3)
            box = self.model.geom_aabb[g]
            middle = self.data.geom_xpos[g] + (turn * box[:3]).sum(-1)
            half = (np.abs(turn) * box[3:]).sum(-1)
            low, high = np.minimum(low, middle - half), np.maximum(high, middle + half)
        return low, high

    def middle(self, k: int) -> F64Array:
        """Centre of mass of a loose thing, (3,)."""
        return self.data.xipos[k + 1].copy()

    def weight_n(self, k: int) -> float:
        """Weight of a loose thing."""
        return float(self.model.body_mass[k + 1]) * GRAVITY_MPS2

    def wake(self, k: int) -> None:
        """Something is about to be handled."""
        self._kept[k] = True
        self.data.xfrc_applied[k + 1, 2] = 1e-9

    def calm(self, k: int) -> None:
        """It is left alone again."""
        self._kept[k] = False
        self.data.xfrc_applied[k + 1, 2] = 0.0

    def attach(self, arm: int, k: int) -> None:
        """Hold a loose thing to the last link of an arm, as they are now."""
        link = self.model.body(f"{self.arms[arm].name}/joint/5").id
        world_from_link = tf.matrix_from_pose(self.data.xpos[link].copy(), self.data.xquat[link].copy())
        world_from_thing = tf.matrix_from_pose(self.data.xpos[k + 1].copy(), self.data.xquat[k + 1].copy())
        place, turn = tf.pose_from_matrix(tf.compose(tf.inverse(world_from_link), world_from_thing))
        weld = arm * self.count + k
        self.model.eq_data[weld, :3] = 0.0
        self.model.eq_data[weld, 3:6], self.model.eq_data[weld, 6:10], self.model.eq_data[weld, 10] = place, turn, 1.0
        self.data.eq_active[weld] = 1
        self.wake(k)

    def release(self, arm: int, k: int) -> None:
        """Let go of it."""
        self.data.eq_active[arm * self.count + k] = 0
        self.calm(k)

    def load(self, arm: int, k: int) -> F64Array:
        """Force that holds a thing to an arm, in world axes, (3,)."""
        weld = arm * self.count + k
        rows = np.flatnonzero(
            (self.data.efc_type == int(self._mj.mjtConstraint.mjCNSTR_EQUALITY)) & (self.data.efc_id == weld)
        )
        if len(rows) != 6:
            return np.zeros(3)
        return -np.asarray(self.data.efc_force[rows[:3]], np.float64)

    def touching(self, k: int) -> bool:
        """A loose thing touches anything but an arm."""
        for c in range(int(self.data.ncon)):
            bodies = [int(self.model.geom_bodyid[g]) for g in self.data.contact[c].geom]
            if k + 1 in bodies:
                other = bodies[0] if bodies[1] == k + 1 else bodies[1]
                if other <= self.count and float(self.data.contact[c].dist) <= 0.0:
                    return True
        return False


def _reach_m(model: Any, body: int) -> float:
    """How far a body reaches from its own origin."""
    first, number = int(model.body_geomadr[body]), int(model.body_geomnum[body])
    return max(
        float(np.sqrt((model.geom_pos[g] ** 2).sum())) + float(model.geom_rbound[g])
        for g in range(first, first + number)
    )


def _mixed(
    a: tuple[F64Array, F64Array], b: tuple[F64Array, F64Array], share: float
) -> tuple[F64Array, F64Array]:  # fmt: skip
    """Between two poses that are near each other: evenly along the line, and nearly so about the axis."""
    sign = np.where((a[1] * b[1]).sum(-1, keepdims=True) < 0.0, -1.0, 1.0)
    turn = a[1] * (1.0 - share) + b[1] * (sign * share)
    return a[0] * (1.0 - share) + b[0] * share, turn / np.sqrt((turn * turn).sum(-1, keepdims=True))
