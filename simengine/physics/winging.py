"""Wings of birds: they lie along the back of one that sits, spread as it takes off, and beat while it flies.

Links "wing_fold" (back about the vertical), "wing_beat" and "wing_tip" (up), each with "_l" and "_r", and "tuck_legs".
At joint angles 0 a bird sits: how far its wings are folded then is the turn of the links "wing_fold" in their parents,
which takes them back from where they are spread. How far wings are spread is the first number of ``Motion.swivel``: 0
folded, 1 spread. The hand follows the arm by an eighth of a beat and bends down in the upstroke, as in all slow flight
(C. J. Pennycuick, Modelling the Flying Bird, 2008).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Entity, Scene

__all__ = ["Wings", "beat_radps", "has_wings"]

_TUCK_RAD, _DIHEDRAL_RAD = 1.25, 0.10
_BEAT_RAD, _TIP_RAD, _TIP_DOWN_RAD = 0.80, 0.45, 0.15
_LAG_RAD = 0.25 * np.pi
_STROUHAL_M_HZ = 2.1
"""Beats a second times the length of the body: 6.4 of a pigeon, 4.5 of a crow."""


def has_wings(entity: Entity) -> bool:
    """It flies as a bird does, and not on rotors."""
    return entity.kind == "bird"


def beat_radps(entity: Entity) -> float:
    """How fast the phase of the wings goes on in flight."""
    return 2.0 * np.pi * _STROUHAL_M_HZ / entity.size_m[0]


class Wings:
    """All birds of a scene."""

    def __init__(self, scene: Scene) -> None:
        found: dict[str, list[tuple[int, int]]] = {}
        for i, link in enumerate(scene.links):
            name = link.name.removesuffix("_l").removesuffix("_r")
            if name in ("wing_fold", "wing_beat", "wing_tip", "tuck_legs"):
                found.setdefault(name, []).append((i, link.actor))
        folded = [tf.turn_rad(link.parent_from_link) for link in scene.links]
        self._folded_rad: F64Array = np.array([folded[i] for i, _ in found.get("wing_fold", [])], np.float64)
        self._links: dict[str, tuple[I64Array, I64Array]] = {}
        for name, pairs in found.items():
            table = np.array(pairs, np.int64)
            self._links[name] = table[:, 0], table[:, 1]

    def pose(self, out: F64Array, phase: F64Array, spread: npt.ArrayLike) -> None:
        """Fill in the angles of wings and legs.

        Args:
            out: (..., L).
            phase: of the beat, (..., A), radians; the arms are level and go down at 0.
            spread: 0 folded .. 1 spread, (..., A).
        """
        share = np.asarray(spread, np.float64)
        for name, (links, actors) in self._links.items():
            open_, beat = share[..., actors], phase[..., actors]
            if name == "wing_fold":
                angle = -self._folded_rad * open_
            elif name == "tuck_legs":
                angle = _TUCK_RAD * open_
            elif name == "wing_beat":
                angle = open_ * (_DIHEDRAL_RAD - _BEAT_RAD * np.sin(beat))
            else:
                angle = open_ * (-_TIP_DOWN_RAD - _TIP_RAD * np.sin(beat - _LAG_RAD))
            out[..., links] = angle
