"""Riders: bodies that lean into bends, legs that turn the cranks, arms that go with the handlebar.

Links by name, all optional: "crank" with "pedal_l/r"; "ride_hip", "ride_knee", "ride_ankle" (a leg lies in a plane
along the vehicle; without a crank it stands still, on a deck); "ride_shoulder", "ride_elbow" (their common axis is the
normal of the arm's plane) and "grip" at the wrist, which hangs on what is steered. All but "grip" hang on one frame,
"lean", the leaning body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.physics.linkage import bars, turned
from simengine.world.scene import Entity, Link, Scene

__all__ = ["Riders", "lean_rad"]

_GRAVITY_MPS2 = 9.81
_ANKLING = (0.10, 0.17)
"""Toes down by so much on the mean and at most beside it, radians: ankles move by some 20 degrees in a turn of the
cranks (R. R. Neptune and W. Herzog 2000, "Adaptation of muscle coordination to altered task mechanics")."""


def lean_rad(v: F64Array, steer_rad: F64Array, wheelbase_m: F64Array) -> F64Array:
    """Angle of a two-wheeler against the upright about +x in a steady bend: tan = v^2 curvature / g, to its inside."""
    return -np.arctan(v * v * np.tan(steer_rad) / (wheelbase_m * _GRAVITY_MPS2))


class _Leg(NamedTuple):
    """Links of a leg, and its rest in the plane (forward, up) of the body, metres."""

    pedal: int
    hip: int
    knee: int
    ankle: int
    axle: F64Array  # of the pedal, from the cranks' axle
    thigh: F64Array
    shin: F64Array
    foot: F64Array  # the ankle from the pedal's axle
    seat: F64Array  # the hip from the cranks' axle


class _Arm(NamedTuple):
    """Links of an arm; its rest in its own plane; where the wrist goes with the bar."""

    shoulder: int
    elbow: int
    upper: F64Array
    lower: F64Array
    axes: F64Array  # rows: forward and up of the plane, in the body's frame
    wrist: F64Array  # from the shoulder, body frame
    bar: F64Array  # from a point of the steering axis to the wrist
    turn: F64Array  # unit vector of the steering axis, body frame
    steer: int


@dataclass(frozen=True, eq=False)
class _Rider:
    actor: int
    crank: int  # -1: there is none
    gear: float
    legs: tuple[_Leg, ...]
    arms: tuple[_Arm, ...]


class Riders:
    """All riders of a scene."""

    def __init__(self, scene: Scene) -> None:
        names: dict[int, dict[str, int]] = {}
        for i, link in enumerate(scene.links):
            names.setdefault(link.actor, {})[link.name] = i
        entities = {e.actor: e for e in scene.entities if e.actor >= 0}
        rest = rest_frames(scene.links)
        self._riders = [
            _rider(scene.links, rest, entities[a], own)
            for a, own in names.items()
            if "crank" in own or "ride_shoulder_l" in own
        ]
        leaning = [(own["lean"], a) for a, own in names.items() if "lean" in own]
        self._lean: I64Array = np.array([i for i, _ in leaning], np.int64)
        self._lean_actor: I64Array = np.array([a for _, a in leaning], np.int64)
        bases = [d.wheelbase_m if (d := entities[a].dynamics) is not None else 1.0 for _, a in leaning]
        self._wheelbase_m: F64Array = np.array(bases, np.float64)

    def pose(self, out: F64Array, v: F64Array, wheel: F64Array, steer: F64Array) -> None:
        """Fill in the angles of riders' links.

        Args:
            out: (..., L), the steering angles are there already.
            v, wheel, steer: (..., A), as for :meth:`simengine.physics.joints.JointRig.angles`.
        """
        if self._lean.size:
            pace, turn = (np.ascontiguousarray(x[..., self._lean_actor]) for x in (v, steer))
            out[..., self._lean] = lean_rad(pace, turn, self._wheelbase_m)
        for rider in self._riders:
            crank = rider.gear * wheel[..., rider.actor]
            if rider.crank >= 0:
                out[..., rider.crank] = crank
            for leg in rider.legs:
                _pedal(out, leg, crank)
            for arm in rider.arms:
                _reach(out, arm)


def _pedal(out: F64Array, leg: _Leg, crank: F64Array) -> None:
    """The foot stands on its pedal, and the leg goes along."""
    mean, most = _ANKLING
    x, z = turned(leg.axle[0], leg.axle[1], crank)
    pitch = mean - most * x / np.hypot(*leg.axle)  # heel up behind, level ahead
    fx, fz = turned(leg.foot[0], leg.foot[1], pitch)
    target = (x + fx - leg.seat[0], z + fz - leg.seat[1])
    hip, shin = bars((leg.thigh[0], leg.thigh[1]), (leg.shin[0], leg.shin[1]), target)
    out[..., leg.pedal] = pitch - crank
    out[..., leg.hip], out[..., leg.knee], out[..., leg.ankle] = hip, shin - hip, pitch - shin


def _reach(out: F64Array, arm: _Arm) -> None:
    """The wrist goes with the bar, as far as the plane of the arm allows."""
    angle = out[..., arm.steer]
    c, s = np.cos(angle)[..., None], np.sin(angle)[..., None]
    along = arm.turn * float((arm.turn * arm.bar).sum())
    moved = along + (arm.bar - along) * c + np.cross(arm.turn, arm.bar) * s - arm.bar + arm.wrist
    target = ((moved * arm.axes[0]).sum(-1), (moved * arm.axes[1]).sum(-1))
    upper, lower = bars((arm.upper[0], arm.upper[1]), (arm.lower[0], arm.lower[1]), target)
    out[..., arm.shoulder], out[..., arm.elbow] = upper, lower - upper


def rest_frames(links: tuple[Link, ...]) -> list[F64Array]:
    """actor_from_link of all links with all joints at 0."""
    out: list[F64Array] = []
    for link in links:
        parent = np.eye(4) if link.parent < 0 else out[link.parent]
        out.append(tf.compose(parent, link.parent_from_link))
    return out


def _rider(links: tuple[Link, ...], rest: list[F64Array], entity: Entity, own: dict[str, int]) -> _Rider:
    gear = entity.dynamics.crank_gear if entity.dynamics is not None else 0.0
    legs = tuple(_leg(rest, own, side) for side in "lr" if "crank" in own and f"ride_hip_{side}" in own)
    arms = tuple(_arm(links, rest, own, side) for side in "lr" if f"ride_shoulder_{side}" in own)
    return _Rider(entity.actor, own.get("crank", -1), gear, legs, arms)


def _leg(rest: list[F64Array], own: dict[str, int], side: str) -> _Leg:
    names = ("crank", f"pedal_{side}", f"ride_hip_{side}", f"ride_knee_{side}", f"ride_ankle_{side}")
    crank, pedal, hip, knee, ankle = (rest[own[n]][[0, 2], 3] for n in names)
    return _Leg(
        own[f"pedal_{side}"], own[f"ride_hip_{side}"], own[f"ride_knee_{side}"], own[f"ride_ankle_{side}"],
        pedal - crank, knee - hip, ankle - knee, ankle - pedal, hip - crank,
    )  # fmt: skip


def _arm(links: tuple[Link, ...], rest: list[F64Array], own: dict[str, int], side: str) -> _Arm:
    shoulder, elbow, grip = (own[f"{n}_{side}"] for n in ("ride_shoulder", "ride_elbow", "grip"))
    steer = links[grip].parent
    at, bend, wrist = (rest[i][:3, 3] for i in (shoulder, elbow, grip))
    normal = np.asarray(links[shoulder].axis, np.float64)
    up = (wrist - at) / np.sqrt(((wrist - at) ** 2).sum())
    axes = np.stack([np.cross(normal, up), up]).astype(np.float64)
    upper, lower = (np.array([float((v * a).sum()) for a in axes]) for v in (bend - at, wrist - bend))
    turn = np.asarray(links[steer].axis, np.float64)
    return _Arm(shoulder, elbow, upper, lower, axes, wrist - at, wrist - rest[steer][:3, 3], turn, steer)


def wheel_shares(links: tuple[Link, ...], wheels: list[tuple[int, int]], entities: dict[int, Entity]) -> F64Array:
    """How many times each wheel turns while the vehicle's own radius would turn once: small wheels turn faster. What
    has no wheels for the physics (a chair that somebody pushes) counts turns of a wheel of 1 m radius."""
    rest = rest_frames(links)
    radius = [d.wheel_radius_m if (d := entities[a].dynamics) is not None else 1.0 for _, a in wheels]
    pairs = [(r, float(rest[i][2, 3])) for (i, _), r in zip(wheels, radius, strict=True)]
    return np.array([r / z if z > 0.0 and abs(r - z) > 1e-6 < r else 1.0 for r, z in pairs], np.float64)
