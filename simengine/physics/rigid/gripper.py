"""The suction cup of an arm: where it can seal, and how much it holds.

The cup comes from above, along z. Its lip follows a surface within the stroke of its bellows, so it seals where all of
its rim meets one thing and the surface under the rim is that even. It has three lips, one inside of the other, and
the widest one that seals counts; the force goes with its area. A sealed cup holds until

    pull + shear / mu + moment / radius > force

with pull, shear and moment of what the thing's weight, its acceleration and its contacts ask of the lip: a cup is
pulled off, slides off or is peeled off its rim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.physics.rigid.bodies import RigidBodies
from simengine.physics.rigid.kinematics import ArmKinematics

__all__ = ["SQUEEZE", "Grasp", "Gripper", "Seal"]

SQUEEZE = 0.4
"""Share of its stroke that the cup is pressed together when it grips."""
_EVEN = 0.6
"""A surface that uses more of the stroke than this does not seal."""
_LEAK = 0.5
"""Share of the force that the least even surface costs."""
_LIPS = (1.0, 2.0 / 3.0, 1.0 / 3.0)
"""Radii of its lips, one inside of the other, as shares of the cup's: small things are held by the inner ones."""
_LIFT = 1.5
"""How much more than its weight a thing asks for while it is lifted."""
_RUBBER = 0.6
"""Friction of the lip."""
_RIM = 8
_GRID = 7
_TIGHT_M = 0.006
"""How far the tool stays from what it passes."""


@dataclass(frozen=True)
class Seal:
    """Where a cup touches: which share of its force it would have, with a lip of which radius."""

    share: float
    radius_m: float


@dataclass(frozen=True)
class Grasp:
    """A place to grip: the surface's height below the cup's middle, and how well the cup would seal there."""

    x_m: float
    y_m: float
    height_m: float
    seal: Seal | None


class Gripper:
    """The cup of one arm."""

    def __init__(self, bodies: RigidBodies, arm: ArmKinematics) -> None:
        self._bodies, self._cup = bodies, arm.chain.cup
        self._rings = _rings(arm)

    def grasp(self, k: int, above_m: float) -> Grasp | None:
        """The best place to grip a loose thing from above, or None where the tool does not get to it.

        Args:
            k: which.
            above_m: height that is clear of everything.
        """
        low, high = self._bodies.extent(k)
        middle = self._bodies.middle(k)
        steps = (np.arange(_GRID) + 0.5) / _GRID
        xs, ys = ((low[i] + steps * (high[i] - low[i])).tolist() for i in (0, 1))
        spots = [(float(middle[0]), float(middle[1])), *((x, y) for x in xs for y in ys)]
        found = [g for x, y in spots if (g := self._at(k, x, y, above_m)) is not None]
        found.sort(key=lambda g: self._effort(g, k, middle))  # stable: of equals the first
        return next((g for g in found if self._clear(g.x_m, g.y_m, g.height_m, above_m)), None)

    def _effort(self, grasp: Grasp, k: int, middle: F64Array) -> float:
        """Share of the cup's force that a thing asks for while it is lifted."""
        aside = math.hypot(grasp.x_m - middle[0], grasp.y_m - middle[1])
        if grasp.seal is None:
            return 1e3 + aside
        weight = self._bodies.weight_n(k) * _LIFT
        return weight * (1.0 + aside / grasp.seal.radius_m) / (grasp.seal.share * self._cup.force_n)

    def _at(self, k: int, x: float, y: float, above_m: float) -> Grasp | None:
        height, hit = self._bodies.ray(x, y, above_m)
        if hit != k:
            return None
        seal, top = self._sealed(k, x, y, above_m)
        return Grasp(x, y, height if seal is None else top, seal)

    def _sealed(self, k: int, x: float, y: float, above_m: float) -> tuple[Seal | None, float]:
        """How the widest lip seals that does, and the highest point below it.

        What is inside of the rim may bulge into the cup: as far as the bellows are left when they are pressed together.
        """
        most, room = _EVEN * self._cup.stroke_m, (1.0 - SQUEEZE) * self._cup.stroke_m
        middle = self._bodies.ray(x, y, above_m)[0]
        for share in _LIPS:
            radius = share * self._cup.radius_m
            heights = [self._bodies.ray(x + dx, y + dy, above_m) for dx, dy in _circle(radius)]
            tops = [height for height, hit in heights if hit == k]
            if len(tops) == len(heights) and max(tops) - min(tops) <= most and middle - max(tops) <= room:
                tight = 1.0 - _LEAK * (max(tops) - min(tops)) / most
                return Seal(share * share * tight, radius), max(tops)
        return None, -math.inf

    def _clear(self, x: float, y: float, contact_m: float, above_m: float) -> bool:
        lip = contact_m - SQUEEZE * self._cup.stroke_m
        return all(
            self._bodies.ray(x + dx, y + dy, above_m)[0] <= lip + near
            for radius, near in self._rings
            for dx, dy in _circle(radius + _TIGHT_M)
        )

    def seal(self, k: int, world_from_tool: F64Array) -> Seal | None:
        """How a cup that is where it is now seals on a thing, or None."""
        x, y, lip = world_from_tool[:3, 3].tolist()
        seal, top = self._sealed(k, x, y, lip + self._cup.stroke_m + 1e-3)
        return seal if top >= lip - 1e-3 else None

    def burden(self, seal: Seal, force_n: F64Array, middle_m: F64Array, world_from_tool: F64Array) -> float:
        """What a load asks of the cup, as a share of what it holds.

        Args:
            seal: how it holds.
            force_n: on the thing, in world axes, (3,).
            middle_m: its centre of mass, (3,).
            world_from_tool: (4, 4).
        """
        away = -world_from_tool[:3, 2]
        pull = float((force_n * away).sum())
        across = force_n - pull * away
        shear = math.sqrt(float((across * across).sum()))
        moment = np.cross(middle_m - world_from_tool[:3, 3], force_n)
        peel = math.sqrt(float((moment * moment).sum()))
        return (pull + shear / _RUBBER + peel / seal.radius_m) / (seal.share * self._cup.force_n)


def _circle(radius_m: float) -> list[tuple[float, float]]:
    angles = [2.0 * math.pi * n / _RIM for n in range(_RIM)]
    return [(radius_m * math.cos(a), radius_m * math.sin(a)) for a in angles]


def _rings(arm: ArmKinematics) -> tuple[tuple[float, float], ...]:
    """Radius of each solid of the hand, and how far above the lip it begins."""
    frames = arm.frames(np.zeros(6))
    lip = tf.compose(frames[5], arm.chain.link_from_tool)[0, 3]
    out: list[tuple[float, float]] = []
    for k in (4, 5):
        for solid in arm.chain.joints[k].solids:
            pose = tf.compose(frames[k], tf.matrix_from_pose(solid.center_m, solid.quaternion))
            half = 0.5 * np.array(solid.size_m)
            along = float((np.abs(pose[0, :3]) * half).sum())
            aside = [float((np.abs(pose[i, :3]) * half).sum()) for i in (1, 2)]
            out.append((max(aside), float(lip - pose[0, 3]) - along))
    return tuple(out)
