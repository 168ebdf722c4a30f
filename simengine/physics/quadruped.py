"""How animals on four legs move: walk, trot and gallop, hooves that stand still on the ground while they bear.

A leg has links "leg_up", "leg_mid", "leg_low" and "leg_foot" with "_fl", "_fr", "_hl", "_hr" (fore and hind, left and
right), below a link "trunk". Its upper and lower bone turn by one angle and the middle one by another, as tendons
couple them in running animals (the reciprocal apparatus of a horse's hind leg), so a leg is two bars again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.gait import stir
from simengine.physics.linkage import bars, turned
from simengine.physics.persons import stride_m
from simengine.physics.riding import rest_frames
from simengine.world.scene import Scene

__all__ = ["Quadrupeds", "gait_weights"]

_LEGS = ("hl", "hr", "fl", "fr")
_SHIFT = {"hl": (0.0, 0.0, 0.0), "hr": (0.5, 0.5, 0.13), "fl": (0.25, 0.5, 0.45), "fr": (0.75, 1.0, 0.60)}
"""Share of the stride after the left hind foot at which a foot lands: lateral-sequence walk, trot, gallop
(M. Hildebrand, "The quadrupedal gaits of vertebrates", BioScience 39, 1989)."""
_DUTY = (0.62, 0.45, 0.24)
"""Share of the stride in which a foot bears."""
_LIFT = (0.11, 0.14, 0.22)
"""Height of the swing over the height of the hip."""
_PITCH_RAD, _REACH_OUT_RAD, _NOD_RAD = 0.09, 0.22, 0.05
_FULL = 0.992


def gait_weights(v: F64Array, leg_m: F64Array) -> tuple[F64Array, F64Array, F64Array]:
    """How much of walk, trot and gallop there is at a speed.

    Animals change over at Froude numbers of about 0.5 and 2.5 (R. McN. Alexander and A. S. Jayes 1983, "A dynamic
    similarity hypothesis for the gaits of quadrupedal mammals").
    """
    froude = v * v / (9.81 * leg_m)
    trots, gallops = _ramp(froude, 0.35, 0.75), _ramp(froude, 2.0, 3.2)
    return 1.0 - trots, trots * (1.0 - gallops), trots * gallops


def _ramp(x: F64Array, low: float, high: float) -> F64Array:
    u = np.minimum(np.maximum((x - low) / (high - low), 0.0), 1.0)
    return u * u * (3.0 - 2.0 * u)


class _Leg(NamedTuple):
    """Links of a leg and its rest in the plane (forward, up) of the trunk."""

    links: tuple[int, int, int, int]
    shift: tuple[float, float, float]
    hip: F64Array  # from the trunk's hinge
    ends: F64Array  # upper and lower bone as one vector
    middle: F64Array
    toe_m: float


class _Animal(NamedTuple):
    actor: int
    leg_m: float
    trunk: int
    neck: int
    legs: tuple[_Leg, ...]


class Quadrupeds:
    """All animals on four legs of a scene."""

    def __init__(self, scene: Scene) -> None:
        names: dict[int, dict[str, int]] = {}
        for i, link in enumerate(scene.links):
            names.setdefault(link.actor, {})[link.name] = i
        rest = rest_frames(scene.links)
        leg_m = {e.actor: e.leg_m for e in scene.entities if e.actor >= 0}
        self._animals = [
            _Animal(a, leg_m[a], own["trunk"], own.get("neck", -1), tuple(_leg(rest, own, side) for side in _LEGS))
            for a, own in names.items()
            if "leg_up_fl" in own
        ]

    def pose(self, out: F64Array, phase: F64Array, v: F64Array) -> None:
        """Fill in the angles of animals' links; arguments as for :meth:`simengine.physics.joints.JointRig.angles`."""
        for animal in self._animals:
            p, speed = phase[..., animal.actor] / (2.0 * np.pi), v[..., animal.actor]
            height = np.full_like(speed, animal.leg_m)
            weights = gait_weights(speed, height)
            pitch = _PITCH_RAD * weights[2] * np.sin(2.0 * np.pi * (p + 0.1))
            out[..., animal.trunk] = pitch
            if animal.neck >= 0:
                nod = _NOD_RAD * stir(speed) * np.sin(4.0 * np.pi * p)
                out[..., animal.neck] = nod + _REACH_OUT_RAD * weights[2] - pitch
            for leg in animal.legs:
                _step(out, leg, p, speed, height, weights, pitch)


def _mix(values: tuple[float, float, float], weights: tuple[F64Array, F64Array, F64Array]) -> F64Array:
    return values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2]


def _step(
    out: F64Array, leg: _Leg, p: F64Array, v: F64Array, height: F64Array,
    weights: tuple[F64Array, F64Array, F64Array], pitch: F64Array,
) -> None:  # fmt: skip
    """One leg at an instant."""
    own = p - _mix(leg.shift, weights)
    own = own - np.floor(own)
    stride, bears = stride_m(v, height), _mix(_DUTY, weights)
    travel, u = bears * stride, np.maximum(own - bears, 0.0) / (1.0 - bears)
    slope = -stride * (1.0 - bears)
    square, cube = u * u, u * u * u
    swing = travel * (3.0 * square - 2.0 * cube - 0.5) + slope * (2.0 * cube - 3.0 * square + u)
    x = stir(v) * np.where(own < bears, 0.5 * travel - stride * own, swing)
    sine = np.sin(np.pi * u)
    lift = stir(v) * height * _mix(_LIFT, weights) * sine * sine
    foot = leg.hip + leg.ends + leg.middle  # the fetlock at rest
    tx, tz = turned(foot[0] + x, foot[1] + lift, -pitch)
    tx, tz = tx - leg.hip[0], tz - leg.hip[1]
    # A foot that is out of reach comes up on its toe, which stays where it is.
    reach = _FULL * (np.hypot(*leg.ends) + np.hypot(*leg.middle))
    near = np.sqrt(np.maximum(reach * reach - np.minimum(tx * tx, 0.9 * reach * reach), 0.0))
    missing = np.maximum(-tz - near, 0.0)
    roll = np.arcsin(np.minimum(missing / leg.toe_m, 0.9)) * np.where(x < 0.0, 1.0, -0.35)
    upper, middle = bars((leg.ends[0], leg.ends[1]), (leg.middle[0], leg.middle[1]), (tx, tz + missing))
    tip = roll + stir(v) * (0.4 + 0.5 * (weights[1] + weights[2])) * sine
    first, second, third, fourth = leg.links
    out[..., first], out[..., second], out[..., third] = upper, middle - upper, upper - middle
    out[..., fourth] = tip - upper - pitch


def _leg(rest: list[F64Array], own: dict[str, int], side: str) -> _Leg:
    links = tuple(own[f"leg_{n}_{side}"] for n in ("up", "mid", "low", "foot"))
    trunk = rest[own["trunk"]][[0, 2], 3]
    hip, knee, hock, foot = (rest[i][[0, 2], 3] for i in links)
    return _Leg(
        (links[0], links[1], links[2], links[3]), _SHIFT[side], hip - trunk, (knee - hip) + (foot - hock), hock - knee,
        float(foot[1]) * 1.3,
    )  # fmt: skip
