"""People who push the wheels of their chair: hands on the rims for a part of each cycle, and back over them.

Links "push_shoulder", "push_elbow" and "push_wrist" with "_l" and "_r" (the first two turn about the normal of the
arm's plane, and at rest the fist is on top of the rim), and the wheels "wheel_rl" and "wheel_rr". While a hand pushes,
it turns about the axle as the wheel does. Contact over 70 degrees of the rim and 1.1 pushes a second at 1.1 m/s are
within what was measured (M. L. Boninger et al. 2002, "Propulsion patterns and pushrim biomechanics in manual wheelchair
propulsion", Archives of Physical Medicine and Rehabilitation 83).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.physics.linkage import bars, turned
from simengine.physics.riding import rest_frames
from simengine.world.scene import Scene

__all__ = ["Pushers"]

_FROM_RAD, _TO_RAD = -0.42, 0.80
"""The arc over which a hand pushes, from the top of the wheel; users sit with their shoulders ahead of the axle."""
_CYCLE_RAD = 3.2
"""The wheel turns by so much from one push to the next."""
_LIFT = 0.12
"""A hand comes back so far above the rim, over its distance from the axle."""


class _Arm(NamedTuple):
    """Links of an arm; its bars and the wrist at rest in its plane; where the axle is in that plane."""

    wheel: int
    shoulder: int
    elbow: int
    upper: F64Array
    lower: F64Array
    axle: F64Array  # from the shoulder
    hand: F64Array  # the wrist from the axle
    steep: float  # cosine of the plane's lean against the upright


class Pushers:
    """All people of a scene who push their chairs."""

    def __init__(self, scene: Scene) -> None:
        names: dict[int, dict[str, int]] = {}
        for i, link in enumerate(scene.links):
            names.setdefault(link.actor, {})[link.name] = i
        rest = rest_frames(scene.links)
        self._arms = [
            _arm(scene, rest, own, side) for own in names.values() for side in "lr" if f"push_shoulder_{side}" in own
        ]

    def pose(self, out: F64Array) -> None:
        """Fill in the angles of arms in ``out``, (..., L), where those of the wheels are already."""
        for arm in self._arms:
            share = out[..., arm.wheel] / _CYCLE_RAD
            share = share - np.floor(share)
            pushing = (_TO_RAD - _FROM_RAD) / _CYCLE_RAD
            u = np.maximum(share - pushing, 0.0) / (1.0 - pushing)
            back = _TO_RAD + (_FROM_RAD - _TO_RAD) * u * u * (3.0 - 2.0 * u)
            angle = np.where(share < pushing, _FROM_RAD + _CYCLE_RAD * share, back)
            size = 1.0 + _LIFT * np.sin(np.pi * u) ** 2
            forward, up = turned(arm.hand[0] * size, arm.hand[1] * size, angle)
            target = (arm.axle[0] + forward, arm.axle[1] + up / arm.steep)
            first, second = bars((arm.upper[0], arm.upper[1]), (arm.lower[0], arm.lower[1]), target)
            out[..., arm.shoulder], out[..., arm.elbow] = first, second - first


def _arm(scene: Scene, rest: list[F64Array], own: dict[str, int], side: str) -> _Arm:
    at, bend, wrist, axle = (
        rest[own[n]][:3, 3]
        for n in (f"push_shoulder_{side}", f"push_elbow_{side}", f"push_wrist_{side}", f"wheel_r{side}")
    )
    normal = np.asarray(scene.links[own[f"push_shoulder_{side}"]].axis, np.float64)
    ahead = np.array([1.0, 0.0, 0.0])
    up = np.cross(ahead, normal)  # upwards in the plane of the arm
    plane = np.stack([ahead, up])
    steep = float(up[2])
    hand = np.array([wrist[0] - axle[0], wrist[2] - axle[2]])
    down = np.array([0.0, hand[1] / steep])
    upper, lower = plane @ (bend - at), plane @ (wrist - bend)
    links = (own[f"wheel_r{side}"], own[f"push_shoulder_{side}"], own[f"push_elbow_{side}"])
    return _Arm(*links, upper, lower, plane @ (wrist - at) - down, hand, steep)
