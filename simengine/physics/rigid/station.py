"""The rigid bodies and arms of a batch. Each variant has its own world, stepped one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.rigid.bodies import RigidBodies
from simengine.physics.rigid.model import Fixed, Loose, Mounted
from simengine.physics.rigid.robot import Area, Robot, View
from simengine.world.bodies import RigidBody
from simengine.world.regions import areas_m2
from simengine.world.state import WorldState

__all__ = ["Failure", "Stations"]

_OVERHEAD_M = 2.0
"""What is put somewhere comes to stand on the highest thing below this, or below the highest thing placed."""


class Failure(NamedTuple):
    """An action of a robot that could not do what it is for.

    Attributes:
        row, actor: variant and slot.
        action: its word.
        reason: why.
    """

    row: int
    actor: int
    action: str
    reason: str


class _Station:
    """One variant."""

    def __init__(
        self, cast: Cast, row: int, initial: WorldState, ground: RigidBody | None, dt_s: float
    ) -> None:  # fmt: skip
        entities, valid = cast.entities[row], initial.valid[row]
        fixed = [] if ground is None else [Fixed("world", np.eye(4), ground)]
        loose: list[Loose] = []
        arms: list[Mounted] = []
        self.slots: list[int] = []
        self.robots: dict[int, Robot] = {}
        tall = -np.inf
        for slot, entity in enumerate(entities):
            if entity is None or not valid[slot]:
                continue
            pose = tf.matrix_from_pose(initial.position_m[row, slot], initial.orientation[row, slot])
            if entity.chain is not None:
                arms.append(Mounted(cast.names[slot], pose, entity.chain))
                self.robots[slot] = None  # type: ignore[assignment]
            elif entity.body is not None and cast.loose[slot]:
                loose.append(Loose(cast.names[slot], pose, entity.body))
                self.slots.append(slot)
            elif entity.body is not None:
                fixed.append(Fixed(cast.names[slot], pose, entity.body))
                tall = max(tall, float(pose[2, 3]) + entity.size_m[2])
        self.bodies = RigidBodies(fixed, loose, arms, dt_s)
        for index, slot in enumerate(list(self.robots)):
            self.robots[slot] = Robot(self.bodies, index, tall, dt_s)
        self.columns, self.tall = np.array(self.slots, np.int64), tall

    def step(self) -> None:
        for robot in self.robots.values():
            robot.tick()
        self.bodies.step(np.stack([r.links() for r in self.robots.values()]) if self.robots else None)

    def thing(self, slot: int) -> int:
        """Which loose thing a slot is, or -1."""
        return self.slots.index(slot) if slot in self.slots else -1


class Stations:
    """All variants.

    Args:
        cast: who takes part.
        initial: poses at the start, batch (B,).
        grounds: what is fixed to the world in each variant, or None.
        dt_s: length of a tick.
    """

    def __init__(self, cast: Cast, initial: WorldState, grounds: Sequence[RigidBody | None], dt_s: float) -> None:
        if len(grounds) != cast.batch:
            raise UsageError(f"{cast.batch} variants need one ground (or None) each; got {len(grounds)}")
        self._cast, self._dt_s = cast, dt_s
        self._all = [_Station(cast, b, initial, grounds[b], dt_s) for b in range(cast.batch)]
        self._position: F64Array = initial.position_m.copy()
        self._orientation: F64Array = initial.orientation.copy()
        self._velocity: F64Array = np.zeros_like(self._position)
        self._spin: F64Array = np.zeros_like(self._position)
        self._action: dict[tuple[int, int], str] = {}
        self._told: set[tuple[int, int]] = set()
        self.still: BoolArray = np.zeros(self._position.shape[:2], np.bool_)
        self.failures: list[Failure] = []

    # ---- time ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance all variants by a tick."""
        self.failures = []
        for b, one in enumerate(self._all):
            one.step()
            poses = one.bodies.poses()
            at = one.columns
            self._position[b, at], self._orientation[b, at] = poses.position_m, poses.orientation
            self._velocity[b, at], self._spin[b, at] = poses.velocity_mps, poses.spin_radps
            self.still[b, at] = one.bodies.resting
            for slot, robot in one.robots.items():
                if robot.failure and (b, slot) not in self._told:
                    self._told.add((b, slot))
                    self.failures.append(Failure(b, slot, self._action[b, slot], robot.failure))

    def overlay(self, position_m: F64Array, orientation: F64Array, velocity_mps: F64Array, spin: F64Array) -> None:
        """Write the states of loose things into arrays of all slots, (B, A, ...)."""
        for b, one in enumerate(self._all):
            at = one.columns
            position_m[b, at], orientation[b, at] = self._position[b, at], self._orientation[b, at]
            velocity_mps[b, at], spin[b, at] = self._velocity[b, at], self._spin[b, at]

    @property
    def diverged(self) -> list[tuple[int, str]]:
        """Variants whose integration has gone astray, and what was seen."""
        return [(b, one.bodies.diverged) for b, one in enumerate(self._all) if one.bodies.diverged]

    @property
    def joints_rad(self) -> F64Array:
        """Joint angles of all arms, (B, 6 arms); 0 where a variant has no such arm."""
        out = np.zeros((len(self._all), 6 * len(self._cast.arms)))
        for b, one in enumerate(self._all):
            for slot, robot in one.robots.items():
                k = 6 * self._cast.arms.index(slot)
                out[b, k : k + 6] = robot.joints_rad
        return out

    # ---- robots --------------------------------------------------------------------------------------------------

    def _of(self, actor: int) -> list[tuple[int, Robot]]:
        return [(b, one.robots[actor]) for b, one in enumerate(self._all) if actor in one.robots]

    def holding(self, actor: int) -> BoolArray:
        """A robot has lifted something and holds it, (B,)."""
        return self._truth(actor, "holding")

    def dropped(self, actor: int) -> BoolArray:
        """A robot has lost what it held, and picked nothing since, (B,)."""
        return self._truth(actor, "dropped")

    def done(self, actor: int) -> BoolArray:
        """A robot's action is over, (B,)."""
        return self._truth(actor, "done")

    def _truth(self, actor: int, name: str) -> BoolArray:
        out: BoolArray = np.zeros(len(self._all), np.bool_)
        for b, robot in self._of(actor):
            out[b] = getattr(robot, name)
        return out

    def tool_m(self, actor: int) -> F64Array:
        """Where the point of a robot's tool is, (B, 3); nan without one."""
        out = np.full((len(self._all), 3), np.nan)
        for b, robot in self._of(actor):
            out[b] = robot.world_from_tool[:3, 3]
        return out

    def engage(self, actor: int, action: str, rows: BoolArray, args: Mapping[str, Argument]) -> None:
        """A robot begins an action in some variants.

        Args:
            actor: slot.
            action: "look", "pick", "place" or "retreat".
            rows: where, (B,).
            args: ``target``: slots (B,); ``area``: rectangles (B, 5), see :class:`Area`.
        """
        for b, robot in self._of(actor):
            if not rows[b]:
                continue
            self._action[b, actor] = action
            self._told.discard((b, actor))
            if action == "look":
                robot.look(self._view(b, int(_row(args, "target", b))))
            elif action == "pick":
                robot.pick(self._all[b].thing(int(_row(args, "target", b))))
            elif action == "place":
                robot.place(_area(args, b))
            else:
                robot.retreat()

    def put(self, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
        """Put a loose thing somewhere else in some variants, upright and at rest.

        Args:
            actor: slot.
            rows: where, (B,).
            args: ``to``: points (B, 2 or 3); ``heading``: (B,).

        Raises:
            UsageError: it would be pressed into something.
        """
        to, yaw = np.asarray(args["to"], np.float64), np.asarray(args["heading"], np.float64)
        for b in np.flatnonzero(rows).tolist():
            one = self._all[b]
            k = one.thing(actor)
            if k < 0:
                continue
            for robot in one.robots.values():
                robot.lose(k)
            one.bodies.put(k, float(to[b, 0]), float(to[b, 1]), float(yaw[b]), max(one.tall, _OVERHEAD_M) + 0.5)
            poses = one.bodies.poses()
            self._position[b, actor], self._orientation[b, actor] = poses.position_m[k], poses.orientation[k]
            self._velocity[b, actor] = self._spin[b, actor] = 0.0
            self.still[b, actor] = False

    def halt(self, actor: int, rows: BoolArray) -> None:
        """A robot breaks off in some variants."""
        for b, robot in self._of(actor):
            if rows[b]:
                robot.halt()

    def _view(self, row: int, slot: int) -> View:
        one, size = self._all[row], self._cast.body.size_m[row, slot]
        k = one.thing(slot)
        if k >= 0:
            low, high = one.bodies.extent(k)
            x, y, _ = (0.5 * (low + high)).tolist()
            return View(x, y, float(high[2]), float((high - low).max()))
        x, y, z = self._position[row, slot].tolist()
        return View(x, y, z + float(size[2]), float(size.max()))


def _area(args: Mapping[str, Argument], row: int) -> Area:
    x, y, yaw, length, width = (float(v) for v in np.asarray(args["area"], np.float64)[row])
    if "level" not in args:
        return Area(x, y, yaw, length, width)
    triangles = np.asarray(args["triangles"], np.float64)[row]
    return Area(
        x, y, yaw, length, width, _row(args, "level", row), triangles[areas_m2(triangles) > 0.0]
    )  # padding has no area


def _row(args: Mapping[str, Argument], name: str, row: int) -> float:
    return float(np.asarray(args[name], np.float64).reshape(-1)[row])
