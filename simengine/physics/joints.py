"""Joint angles of all links of a scene, by the names of the links: wheels that roll and steer, limbs that walk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, I64Array
from simengine.physics.gait import arm_angles, leg_angles, stir
from simengine.physics.pushing import Pushers
from simengine.physics.quadruped import Quadrupeds
from simengine.physics.riding import Riders, wheel_shares
from simengine.physics.winging import Wings
from simengine.world.scene import Entity, Scene
from simengine.world.springs import UNSPRUNG

__all__ = ["JointRig", "joint_angles"]

_LEAN_RAD = 0.1


class JointRig:
    """Knows which link of a scene does what; make one a scene and ask it for every instant.

    Vehicles: links called "wheel_..." roll, links called "steer_..." steer (Ackermann: the inner wheel more); riders
    as in :mod:`simengine.physics.riding`. Animals: as in :mod:`simengine.physics.quadruped`.
    People: "hip", "knee", "ankle", "shoulder", "elbow" with "_l" or "_r", optional "spine" and "neck".
    Who sits in a wheelchair: as in :mod:`simengine.physics.pushing`.
    "unsprung_roll" and "unsprung_pitch" take back how the body of a vehicle rolls and pitches.
    "head_turn" and "head_nod" turn the heads of people, "door_l" and "door_r" open.
    Birds: as in :mod:`simengine.physics.winging`.
    Drones: "tilt_pitch" and "tilt_roll" as :mod:`simengine.physics.flying` says, "rotor_..." turn.
    Every other link stays at 0.
    """

    def __init__(self, scene: Scene) -> None:
        self._links = len(scene.links)
        by_actor = {e.actor: e for e in scene.entities if e.actor >= 0}
        wheels = [(i, k.actor) for i, k in enumerate(scene.links) if k.name.startswith("wheel_")]
        self._wheel, self._wheel_actor = _columns(wheels)
        self._wheel_share = wheel_shares(scene.links, wheels, by_actor)
        self._riders = Riders(scene)
        self._animals = Quadrupeds(scene)
        self._pushers = Pushers(scene)
        self._wings = Wings(scene)
        self._swivels = [
            _columns([(i, k.actor) for i, k in enumerate(scene.links) if k.name == name])
            for name in ("head_turn", "head_nod", "door_l", "door_r")
        ]
        self._tilt = [
            _columns([(i, k.actor) for i, k in enumerate(scene.links) if k.name.startswith(name)])
            for name in ("tilt_pitch", "tilt_roll", "rotor_")
        ]
        self._unsprung = [
            _columns([(i, k.actor) for i, k in enumerate(scene.links) if k.name == name]) for name in UNSPRUNG[::-1]
        ]
        steers = [(i, k.actor) for i, k in enumerate(scene.links) if k.name.startswith("steer_")]
        self._steer, self._steer_actor = _columns(steers)
        self._left_m = np.array([scene.links[i].parent_from_link[1, 3] for i, _ in steers], np.float64)
        self._wheelbase_m = np.array([_wheelbase_m(by_actor[a]) for _, a in steers], np.float64)
        names: dict[int, dict[str, int]] = {}
        for i, link in enumerate(scene.links):
            names.setdefault(link.actor, {})[link.name] = i
        walkers = [a for a, own in names.items() if {"hip_l", "hip_r", "knee_l", "knee_r"} <= own.keys()]
        self._walkers: I64Array = np.array(walkers, np.int64)
        self._leg_m = np.array([_leg_m(by_actor[a]) for a in walkers], np.float64)
        self._limb = {
            name: np.array([names[a].get(name, -1) for a in walkers], np.int64)
            for joint in ("hip", "knee", "ankle", "shoulder", "elbow")
            for name in (f"{joint}_l", f"{joint}_r")
        }
        self._trunk = {n: np.array([names[a].get(n, -1) for a in walkers], np.int64) for n in ("spine", "neck")}
        self._thigh_m = {s: self._span(scene, f"knee_{s}", 0.5) for s in "lr"}
        self._shin_m = {s: self._span(scene, f"ankle_{s}", 0.42) for s in "lr"}

    @property
    def has_springs(self) -> bool:
        """Wheels of some vehicle stay level under a body that tilts."""
        return bool(self._unsprung[0][0].size)

    def _span(self, scene: Scene, name: str, share: float) -> F64Array:
        """Distance of a joint from the one above; a share of the leg where there is no such joint."""
        out = share * self._leg_m
        links: list[int] = self._limb[name].tolist()
        for n, i in enumerate(links):
            if i >= 0:
                out[n] = float(np.linalg.norm(scene.links[i].parent_from_link[:3, 3]))
        return out

    def angles(
        self, gait_phase: npt.ArrayLike, speed_mps: npt.ArrayLike, wheel_angle: npt.ArrayLike, steer: npt.ArrayLike,
        swivel: npt.ArrayLike | None = None, tilt: tuple[F64Array, F64Array] | None = None,
    ) -> F64Array:  # fmt: skip
        """Angles of all links.

        Args:
            gait_phase: (..., A), radians, 2 pi a stride; the left foot touches down at 0, the right one at pi.
            speed_mps: (..., A), along the heading.
            wheel_angle: (..., A), radians rolled; of people, whose chairs have wheels of their own sizes, by one of
                1 m radius.
            steer: (..., A), mean steering angle.
            swivel: (..., A, 2), of people the turn of the head, left and down, of vehicles how far left and right door
                are open, of birds how far their wings are (0..1); None: heads are straight, doors shut, wings spread.
            tilt: pitch and roll of bodies, (..., A) each; None: none is tilted.

        Returns:
            (..., L), as ``WorldState.joint_rad``.
        """
        phase, v, wheel, turn = (np.asarray(x, np.float64) for x in (gait_phase, speed_mps, wheel_angle, steer))
        out: F64Array = np.zeros((*v.shape[:-1], self._links))
        if self._wheel.size:
            out[..., self._wheel] = wheel[..., self._wheel_actor] * self._wheel_share
        if self._steer.size:
            tangent = np.tan(np.ascontiguousarray(turn[..., self._steer_actor]))
            out[..., self._steer] = np.arctan(
                self._wheelbase_m * tangent / (self._wheelbase_m - self._left_m * tangent)
            )
        self._riders.pose(out, v, wheel, turn)
        self._animals.pose(out, phase, v)
        self._pushers.pose(out)
        self._wings.pose(out, wheel, np.ones_like(v) if swivel is None else np.asarray(swivel, np.float64)[..., 0])
        for (links, actors), values in zip(self._tilt, (phase, turn, wheel), strict=True):
            if links.size:
                out[..., links] = values[..., actors]
        if swivel is not None:
            both = np.asarray(swivel, np.float64)
            for k, (links, actors) in enumerate(self._swivels):
                if links.size:
                    out[..., links] = both[..., actors, k % 2]
        if tilt is not None:
            for (links, actors), angle in zip(self._unsprung, tilt, strict=True):
                out[..., links] = -angle[..., actors]
        if self._walkers.size:
            own = (np.ascontiguousarray(x[..., self._walkers]) for x in (phase, v))
            self._walk(out, *own)
        return out

    def _walk(self, out: F64Array, phase: F64Array, v: F64Array) -> None:
        sides = np.stack([phase + shift for shift in (0.0, np.pi)])  # both sides at once, "lr" along the first axis
        thigh, shin = (np.stack([span[s] for s in "lr"]) for span in (self._thigh_m, self._shin_m))
        shape = (2, *(1,) * (phase.ndim - 1), phase.shape[-1])
        leg = leg_angles(sides, v, self._leg_m, thigh.reshape(shape), shin.reshape(shape))
        arm = arm_angles(sides + np.pi, v, self._leg_m)
        for joint, both in zip(("hip", "knee", "ankle", "shoulder", "elbow"), (*leg, *arm), strict=True):
            for side, angle in zip("lr", both, strict=True):
                _put(out, self._limb[f"{joint}_{side}"], angle)
        lean = _LEAN_RAD * stir(v) * np.minimum(v / 3.0, 1.0)
        _put(out, self._trunk["spine"], lean)
        _put(out, self._trunk["neck"], np.where(self._trunk["spine"] >= 0, -lean, 0.0))


def joint_angles(
    scene: Scene, gait_phase: npt.ArrayLike, speed_mps: npt.ArrayLike, wheel_angle: npt.ArrayLike, steer: npt.ArrayLike
) -> F64Array:
    """Angles of all links, (..., L): :meth:`JointRig.angles` of a rig made for this one call."""
    return JointRig(scene).angles(gait_phase, speed_mps, wheel_angle, steer)


def _put(out: F64Array, links: I64Array, angles: F64Array) -> None:
    there = links >= 0
    out[..., links[there]] = angles[..., there]


def _columns(pairs: list[tuple[int, int]]) -> tuple[I64Array, I64Array]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _wheelbase_m(entity: Entity) -> float:
    return entity.dynamics.wheelbase_m if entity.dynamics is not None else 0.6 * entity.size_m[0]


def _leg_m(entity: Entity) -> float:
    return entity.leg_m if entity.leg_m > 0 else 0.5 * entity.size_m[2]
