"""What an arm does: look, pick, place, retreat, as programs of moves that are looked at again in every tick.

Each action first brings the tool up to a height that is clear of everything that stands around, goes there across, and
down only where it has something to do. An action that cannot do what it is for ends at once and says why
(:attr:`Robot.failure`); the arm stays where it got to, clear of things. One that is broken off brakes.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import NamedTuple, TypeAlias

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.physics.rigid.bodies import RigidBodies
from simengine.physics.rigid.gripper import SQUEEZE, Gripper, Seal
from simengine.physics.rigid.kinematics import ArmKinematics, Down
from simengine.physics.rigid.moves import Move, UnreachableError

__all__ = ["Area", "Robot", "View"]

_CLEAR_M = 0.06
"""The lip, and what hangs from it, stays so far above the highest thing around."""
_APPROACH_M = 0.03
_NEAR_M = 0.003
"""So far above where it should touch down, what is put down goes on more slowly."""
_TOUCH_MPS, _FEEL_MPS, _DOWN_MPS = 0.1, 0.03, 0.7
_VACUUM_S = 0.15
"""How long the vacuum takes to build up, and to break."""
_LADEN = 0.6
"""Share of the joints' limits that it uses while it holds something."""
_LIFTED_M = 0.02
"""What hangs so far above where it was gripped is held."""
_LEVEL_M = 0.03
"""Ground may be so far from its level where something is put down on it."""
_STEPS = 10
"""So many places to each side, as far as it reaches, are looked at on the ground."""
_LOST_S = 0.03
"""How long more may be asked of the cup than it holds."""
_DEEPER_M = 0.03
_VIEW_M = (0.25, 0.60)
"""From how near and how far a thing is looked at."""
_RADII_M, _LEVELS_M = np.linspace(0.0, 4.0, 401), np.linspace(-2.0, 4.0, 601)
"""Distances from the foot and heights that are tried to tell how far it reaches."""

Program: TypeAlias = Generator[None, None, None]


class Area(NamedTuple):
    """A place to put things down on, in the world: a rectangle by its middle, heading, length and width, or the part of
    some ground at a level that lies within reach.

    ``level_m`` is nan of a rectangle; ``triangles_m`` (T, 3, 2) are those of the ground.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    length_m: float
    width_m: float
    level_m: float = math.nan
    triangles_m: F64Array = np.zeros((0, 3, 2))

    @property
    def ground(self) -> bool:
        """It is some ground, not a rectangular top."""
        return not math.isnan(self.level_m)

    def holds(self, x_m: float, y_m: float) -> bool:
        """A point lies on the ground, edges included."""
        a, b, c = (self.triangles_m[:, i] for i in range(3))
        turns = [(q[:, 0] - p[:, 0]) * (y_m - p[:, 1]) - (q[:, 1] - p[:, 1]) * (x_m - p[:, 0])
                 for p, q in ((a, b), (b, c), (c, a))]  # fmt: skip
        return bool(((np.minimum.reduce(turns) >= 0.0) | (np.maximum.reduce(turns) <= 0.0)).any())


class View(NamedTuple):
    """What to look at, in the world: middle of its top, and its longest side."""

    x_m: float
    y_m: float
    top_m: float
    size_m: float


class _FailedError(Exception):
    """An action cannot do what it is for."""


class Robot:
    """One arm in one variant.

    Args:
        bodies: the world that it works in.
        index: of the arm there.
        tall_m: top of the highest fixed thing around it, in the world.
        dt_s: length of a tick.
    """

    def __init__(self, bodies: RigidBodies, index: int, tall_m: float, dt_s: float) -> None:
        mounted = bodies.arms[index]
        self._bodies, self._index, self._dt_s, self._tall_m = bodies, index, dt_s, tall_m
        self._base = mounted.pose
        self.arm = ArmKinematics(mounted.chain)
        self.gripper = Gripper(bodies, self.arm)
        self._reach_out(np.array(mounted.chain.home_rad, np.float64))
        self._home = self.arm.down(self.joints_rad)
        self._pose = self._home
        self._move: Move | None = None
        self._program: Program | None = None
        self._held, self._gripped_m, self._asked_s = -1, 0.0, 0.0
        self._seal: Seal | None = None
        self.holding = self.dropped = False
        self.done = True
        self.failure = ""

    @property
    def _moving(self) -> bool:
        return self._move is not None

    # ---- orders --------------------------------------------------------------------------------------------------

    def look(self, view: View) -> None:
        """Bring the sensors of the tool over something."""
        self._begin(self._look(view))

    def pick(self, target: int) -> None:
        """Grip a loose thing (-1: one that is not there) and lift it."""
        self.dropped = False
        self._begin(self._pick(target))

    def place(self, area: Area) -> None:
        """Put what it holds down."""
        self._begin(self._place(area))

    def retreat(self) -> None:
        """Go back to rest."""
        self._begin(self._retreat())

    def halt(self) -> None:
        """Break off."""
        self._program = None
        if self._move is not None:
            self._move.brake()

    def _begin(self, program: Program) -> None:
        self.halt()
        self._program, self.done, self.failure = self._cleared(program), False, ""

    # ---- time ----------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Decide, and move on by a tick."""
        self._grip()
        braking = self._program is None and self._move is not None
        if not self.done and not braking and self._program is not None:
            self._run(self._program)
        if self._move is not None:
            self._reach_out(self._move.advance(self._dt_s))
            self._pose = self._move.pose
            if self._move.over:
                self._move = None

    def _run(self, program: Program) -> None:
        try:
            next(program)
        except StopIteration:
            self.done = True
        except _FailedError as failed:
            self.halt()
            self.done, self.failure = True, str(failed)
        except UnreachableError:
            self.halt()
            self.done, self.failure = True, "it is out of reach"
        if self.done:
            self._program = None

    def links(self) -> F64Array:
        """world_from_link at the end of the tick, (6, 4, 4)."""
        return self._links

    @property
    def world_from_tool(self) -> F64Array:
        """Pose of the tool at the end of the tick, (4, 4)."""
        return self._tool

    def _reach_out(self, joints_rad: F64Array) -> None:
        self.joints_rad = joints_rad
        self._links = tf.compose(self._base, self.arm.frames(joints_rad))
        self._tool = tf.compose(self._links[5], self.arm.chain.link_from_tool)

    # ---- the cup -------------------------------------------------------------------------------------------------

    def _grip(self) -> None:
        """See whether the cup still holds what it holds."""
        if self._held < 0:
            return
        tool = self.world_from_tool
        force = self._bodies.load(self._index, self._held)
        assert self._seal is not None
        asked = self.gripper.burden(self._seal, force, self._bodies.middle(self._held), tool)
        self._asked_s = self._asked_s + self._dt_s if asked > 1.0 else 0.0
        if self._asked_s >= _LOST_S - 1e-9:
            self.dropped = self.holding
            self.let_go()
        elif float(tool[2, 3]) > self._gripped_m + _LIFTED_M:
            self.holding = True

    def lose(self, thing: int) -> None:
        """Something is taken away, also out of the cup."""
        if thing >= 0 and self._held == thing:
            self.dropped = self.holding
            self.let_go()

    def let_go(self) -> None:
        """Open: what it holds falls."""
        if self._held >= 0:
            self._bodies.release(self._index, self._held)
        self._held, self.holding, self._asked_s = -1, False, 0.0

    def _cleared(self, program: Program) -> Program:
        """An action that fails leaves the arm clear of things."""
        try:
            yield from program
        except _FailedError:
            if self._move is not None:
                self._move.brake()
            yield from self._settle_move()
            with suppress(UnreachableError):
                yield from self._up(_DOWN_MPS)
            raise

    # ---- programs ------------------------------------------------------------------------------------------------

    def _look(self, view: View) -> Program:
        yield from self._settle_move()
        x, y, top = self._mine(view.x_m, view.y_m, view.top_m)
        mount, lip = self.arm.chain.link_from_mount, self.arm.chain.link_from_tool
        beyond = float(lip[0, 3] - mount[0, 3])
        aside = float(mount[2, 3]), float(mount[1, 3])
        far = min(max(1.2 * view.size_m, _VIEW_M[0]), _VIEW_M[1])
        safe = self._safe_m()
        while far >= _VIEW_M[0]:
            pose = self.arm.over(x, y, max(top + far - beyond, safe), self._pose.turn_rad, aside)
            if bool(self.arm.joints(pose)[1]):
                break
            far -= 0.02
        else:
            raise _FailedError("it cannot bring its sensors over that place")
        yield from self._across(pose)
        yield from self._to(pose)

    def _pick(self, target: int) -> Program:
        yield from self._settle_move()
        if self._held >= 0:
            raise _FailedError("it holds something already")
        if target < 0:
            raise _FailedError("there is no such thing")
        name = self._bodies.loose[target].name
        self._bodies.wake(target)
        try:
            yield from self._approach(target, name)
            yield from self._wait(_VACUUM_S)
            seal = self.gripper.seal(target, self.world_from_tool)
            if seal is None:
                raise _FailedError(f"its cup finds no seal on '{name}'")
        finally:
            if self._held < 0:
                self._bodies.calm(target)
        self._bodies.attach(self._index, target)
        self._held, self._seal, self._asked_s = target, seal, 0.0
        self._gripped_m = float(self.world_from_tool[2, 3])
        yield from self._up(_DOWN_MPS)

    def _approach(self, target: int, name: str) -> Program:
        grasp = self.gripper.grasp(target, self._base[2, 3] + self._safe_m())
        if grasp is None:
            raise _FailedError(
                f"its cup finds no free spot on '{name}' from above: something covers it or stands close beside it"
            )
        x, y, top = self._mine(grasp.x_m, grasp.y_m, grasp.height_m)
        lip = top - SQUEEZE * self.arm.chain.cup.stroke_m
        above = self.arm.over(x, y, self._safe_m(), self._pose.turn_rad, (0.0, 0.0))
        heights = np.array([lip, top + _APPROACH_M, above.height_m])
        if not bool(self.arm.joints(above._replace(height_m=heights))[1].all()):
            raise _FailedError(f"'{name}' is out of reach: {self._why_out(above, top, heights)}")
        yield from self._across(above)
        yield from self._to(above._replace(height_m=top + _APPROACH_M), _DOWN_MPS)
        height, hit = self._bodies.ray(grasp.x_m, grasp.y_m, self._base[2, 3] + top + _APPROACH_M)
        if hit != target or abs(height - grasp.height_m) > _APPROACH_M:
            raise _FailedError(f"'{name}' has moved")
        yield from self._to(above._replace(height_m=lip), _TOUCH_MPS)

    def _why_out(self, above: Down, top_m: float, heights_m: F64Array) -> str:
        """What is wrong with a place, and how far the arm reaches: "too far, 1.50 m from its foot; ..."."""
        apart = float(above.radius_m)
        there = self.arm.joints(above._replace(radius_m=_RADII_M[:, None], height_m=heights_m))[1].all(-1)
        if bool(there.any()):
            near, far = float(_RADII_M[there][0]), float(_RADII_M[there][-1])
            what = "near" if apart < near else "far" if apart > far else "near other limits of its joints"
            return f"too {what}, {apart:.2f} m from its foot; at that height it reaches {near:.2f}..{far:.2f} m"
        levels = _LEVELS_M[self.arm.joints(above._replace(height_m=_LEVELS_M))[1]]
        where = f"its top is {top_m:.2f} m above the arm's foot and {apart:.2f} m from it"
        if not levels.size:
            return f"{where}, and the arm reaches nothing so far away"
        low, high = float(levels[0]), float(levels[-1])
        what = "too high" if top_m > 0.5 * (low + high) else "too low"
        return f"{what}, {where}; so far away it reaches {low:.2f}..{high:.2f} m"

    def _place(self, area: Area) -> Program:
        yield from self._settle_move()
        if self._held < 0:
            raise _FailedError("it holds nothing")
        held = self._held
        name = self._bodies.loose[held].name
        spot = self._spot(area)
        if spot is None:
            raise _FailedError(f"there is no room for '{name}' within reach")
        above, landing = spot
        yield from self._across(above)
        hang = self._hang_m()
        yield from self._to(above._replace(height_m=min(landing + hang + _APPROACH_M, above.height_m)), _DOWN_MPS)
        near = self._pose._replace(height_m=min(landing + hang + _NEAR_M, float(self._pose.height_m)))
        if not (yield from self._feel(near, _TOUCH_MPS)):
            yield from self._feel(self._lower(landing + hang), _FEEL_MPS)
        self.let_go()
        yield from self._wait(_VACUUM_S)
        yield from self._up(_DOWN_MPS)

    def _retreat(self) -> Program:
        yield from self._settle_move()
        yield from self._across(self._home)
        yield from self._to(self._home)

    # ---- parts of programs ---------------------------------------------------------------------------------------

    def _settle_move(self) -> Program:
        while self._moving:
            yield

    def _wait(self, duration_s: float) -> Program:
        for _ in range(round(duration_s / self._dt_s)):
            yield

    def _to(self, pose: Down, top_mps: float = 1.0) -> Program:
        """Move there; what the cup holds at the start it must hold all the way."""
        held = self._held
        self._move = Move(self.arm, self._pose, pose, _LADEN if held >= 0 else 1.0, top_mps)
        while self._moving:
            yield
            self._require_held(held)

    def _feel(self, pose: Down, top_mps: float) -> Generator[None, None, bool]:
        """Move there, or until what it holds touches something: whether it does."""
        held, felt = self._held, False
        self._move = move = Move(self.arm, self._pose, pose, _LADEN, top_mps)
        while self._moving:
            felt = felt or self._bodies.touching(held)
            if felt:
                move.brake()
            yield
            self._require_held(held)
        return felt

    def _up(self, top_mps: float) -> Program:
        """Rise to a clear height, as far as the arm reaches right above; then inwards."""
        safe = self._safe_m()
        if self._pose.height_m >= safe - 1e-9:
            return
        heights = np.linspace(float(self._pose.height_m), safe, 40)
        reached = self.arm.joints(self._pose._replace(height_m=heights))[1]
        stop = len(heights) - 1 if bool(reached.all()) else int(np.argmin(reached)) - 1
        yield from self._to(self._pose._replace(height_m=float(heights[max(stop, 0)])), top_mps)
        if stop < len(heights) - 1:
            radii = float(self._pose.radius_m) * np.linspace(1.0, 0.4, 40)
            fits = np.flatnonzero(self.arm.joints(self._pose._replace(radius_m=radii, height_m=safe))[1])
            if not fits.size:
                raise UnreachableError
            yield from self._to(self._pose._replace(radius_m=float(radii[fits[0]]), height_m=safe), top_mps)

    def _across(self, pose: Down) -> Program:
        """Rise, and go to above a pose at a height that is clear of everything."""
        yield from self._up(1.0)
        height = max(float(self._pose.height_m), float(pose.height_m), self._safe_m())
        over = pose._replace(height_m=height)
        if not bool(self.arm.joints(over)[1]):
            over = pose._replace(height_m=max(float(pose.height_m), self._safe_m()))
        yield from self._to(over)

    def _require_held(self, thing: int) -> None:
        if self._held != thing:
            raise _FailedError(f"its cup has come off '{self._bodies.loose[thing].name}'")

    def _lower(self, height_m: float) -> Down:
        """Right below, to this height and a little deeper, as far as the arm reaches."""
        for deeper in (_DEEPER_M, 0.5 * _DEEPER_M, 0.0):
            pose = self._pose._replace(height_m=height_m - deeper)
            if bool(self.arm.joints(pose)[1]):
                return pose
        raise UnreachableError

    # ---- looking around ------------------------------------------------------------------------------------------

    def _mine(self, x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
        """A point of the world in the arm's frame."""
        x, y, z = tf.apply(tf.inverse(self._base), np.array([x_m, y_m, z_m])).tolist()
        return x, y, z

    def _hang_m(self) -> float:
        """How far what it holds reaches below the lip."""
        if self._held < 0:
            return 0.0
        return max(float(self.world_from_tool[2, 3] - self._bodies.extent(self._held)[0][2]), 0.0)

    def _safe_m(self) -> float:
        """Height of the tool, above the foot, at which it passes everything around."""
        top, reach = self._tall_m, self.arm.chain.reach_m
        for k in range(self._bodies.count):
            if k == self._held:
                continue
            low, high = self._bodies.extent(k)
            away = np.maximum(np.maximum(low[:2] - self._base[:2, 3], self._base[:2, 3] - high[:2]), 0.0)
            if math.hypot(*away.tolist()) < reach:
                top = max(top, float(high[2]))
        return max(top - float(self._base[2, 3]), 0.0) + _CLEAR_M + self._hang_m()

    def _spot(self, area: Area) -> tuple[Down, float] | None:
        """Where to put down what it holds: the pose above, and the height of what is below it, in the arm's frame."""
        low, high = self._bodies.extent(self._held)
        x, y = self.world_from_tool[:2, 3].tolist()
        round_m = max(math.hypot(cx - x, cy - y) for cx in (low[0], high[0]) for cy in (low[1], high[1]))
        safe = self._safe_m()
        best: tuple[float, float, Down] | None = None
        for away, px, py in self._candidates(area, round_m):
            mx, my, _ = self._mine(px, py, 0.0)
            pose = self.arm.over(mx, my, safe, self._pose.turn_rad, (0.0, 0.0))
            if not bool(self.arm.joints(pose)[1]):
                continue
            landing = self._landing_m(px, py, round_m)
            if area.ground and abs(landing + float(self._base[2, 3]) - area.level_m) > _LEVEL_M:
                continue  # something stands there
            lowest = pose._replace(height_m=landing + self._hang_m())
            if not bool(self.arm.joints(lowest)[1]):
                continue
            found = round(landing, 2), away, pose
            if best is None or found[:2] < best[:2]:
                best = found
        if best is None:
            return None
        where = tf.apply(self._base, np.array([*_plan(best[2]), 0.0]))
        return best[2], self._landing_m(float(where[0]), float(where[1]), round_m)

    def _candidates(self, area: Area, round_m: float) -> Iterator[tuple[float, float, float]]:
        """Points to put something of this radius down at, with how far each is from where it would best be."""
        if area.ground:
            x, y, reach = float(self._base[0, 3]), float(self._base[1, 3]), self.arm.chain.reach_m
            for along in range(-_STEPS, _STEPS + 1):
                for across in range(-_STEPS, _STEPS + 1):
                    dx, dy = reach * along / _STEPS, reach * across / _STEPS
                    if area.holds(x + dx, y + dy):
                        yield math.hypot(dx, dy), x + dx, y + dy
            return
        rooms = [max(0.5 * side - round_m, 0.0) for side in (area.length_m, area.width_m)]
        c, s = math.cos(area.yaw_rad), math.sin(area.yaw_rad)
        for a in np.linspace(-1.0, 1.0, 9).tolist():
            for b in np.linspace(-1.0, 1.0, 7).tolist():
                along, across = a * rooms[0], b * rooms[1]
                yield math.hypot(along, across), area.x_m + c * along - s * across, area.y_m + s * along + c * across

    def _landing_m(self, x_m: float, y_m: float, round_m: float) -> float:
        """The highest thing in a round place, above the foot."""
        above = float(self._base[2, 3]) + self._safe_m()
        spots = [(0.0, 0.0)]
        for ring in (0.45, 0.9):
            angles = [2.0 * math.pi * n / 8 for n in range(8)]
            spots += [(ring * round_m * math.cos(t), ring * round_m * math.sin(t)) for t in angles]
        found = [self._bodies.ray(x_m + dx, y_m + dy, above, self._held)[0] for dx, dy in spots]
        return max(h for h in found) - float(self._base[2, 3])


def _plan(pose: Down) -> tuple[float, float]:
    return float(pose.radius_m * np.cos(pose.turn_rad)), float(pose.radius_m * np.sin(pose.turn_rad))
