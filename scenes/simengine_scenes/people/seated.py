"""Somebody who sits and drives a truck of a hall or a machine, as one mesh."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.people.head import head_draft
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.people.person import limb_drafts, outfit, torso_draft
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import pose

__all__ = ["seated_draft"]

_Y = (0.0, 1.0, 0.0)
_THIGH_RAD, _SHIN_RAD, _FOOT_RAD, _UPPER_RAD, _FORE_RAD = -1.42, -0.25, 0.05, -0.55, -1.35
"""How far limbs that hang straight down are turned forward (about +y)."""


def seated_draft(model: str, seed: int, seat_m: tuple[float, float, float]) -> Draft:
    """A person in a high-visibility vest whose hips are over a point of a seat's top, looking along +x.

    Args:
        model: a key of ``MEASURES``.
        seed: of clothes, skin and hair.
        seat_m: middle of the seat's top.
    """
    b, clothes = MEASURES[model], outfit(model, seed)
    draw = stream(seed, "seated", model)
    trousers = palette.cloth(clothes.trousers)
    skin, hair, shoes = palette.SKIN[clothes.skin], palette.HAIR[clothes.hair], palette.SHOES[clothes.shoes]
    top = palette.HIVIS if draw.random() < 0.7 else palette.HIVIS_ORANGE
    limbs = limb_drafts(b, top, trousers, skin, shoes)
    x, y, z = seat_m
    drop = np.array([x, y, z + 0.09 - b.hip_m])
    out = Draft().extend(torso_draft(b, top, trousers), drop)
    out.extend(head_draft(b, skin, hair), drop)
    left = Draft()
    hip, knee = np.array([0.0, b.hip_half_m, b.hip_m]), np.array([0.0, b.hip_half_m, b.knee_m])
    ankle = np.array([0.0, b.hip_half_m, b.ankle_m])
    shoulder = np.array([0.0, b.shoulder_half_m, b.shoulder_m])
    elbow = np.array([0.0, b.shoulder_half_m, b.elbow_m])
    chains = (
        (("thigh", hip, _THIGH_RAD), ("shin", knee, _SHIN_RAD), ("foot", ankle, _FOOT_RAD)),
        (("upper_arm", shoulder, _UPPER_RAD), ("forearm", elbow, _FORE_RAD)),
    )
    for chain in chains:
        at = chain[0][1]
        for k, (name, joint, turn) in enumerate(chain):
            left.extend(limbs[name].moved(_about(joint, at, turn)), np.zeros(3))
            if k + 1 < len(chain):
                at = tf.apply(_about(joint, at, turn), chain[k + 1][1])
    return out.extend(left, drop).extend(left.mirror(), drop)


def _about(joint: F64Array, at: F64Array, turn_rad: float) -> F64Array:
    """Turn about an axis along y through a joint, and move that joint to a point."""
    turned = pose(axis=_Y, angle_rad=turn_rad)
    return tf.compose(tf.translation(at), tf.compose(turned, tf.translation(-joint)))
