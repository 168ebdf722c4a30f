"""Somebody who sits: on the seat of a truck of a hall or a machine, as one mesh, or in a chair that they push."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.people.head import head_draft
from simengine_scenes.people.limbs import limb_drafts
from simengine_scenes.people.measures import MEASURES, BodyMeasures
from simengine_scenes.people.outfit import outfit, worn
from simengine_scenes.people.person import head_landmarks
from simengine_scenes.people.torso import torso_draft
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import pose

__all__ = ["DRIVING_LEGS_RAD", "SITTING_M", "leg_joints", "seated_draft", "seated_landmarks", "seated_legs"]

_Y = (0.0, 1.0, 0.0)
DRIVING_LEGS_RAD = (-1.42, -0.25, 0.05)
"""How far thigh, shin and foot, which hang straight down, are turned forward (about +y)."""
_UPPER_RAD, _FORE_RAD = -0.55, -1.35
SITTING_M = 0.09
"""The hip joints are so far above the top of a seat."""


def seated_draft(model: str, seed: int, seat_m: tuple[float, float, float]) -> Draft:
    """A person in a high-visibility vest whose hips are over a point of a seat's top, looking along +x.

    Args:
        model: a key of ``MEASURES``.
        seed: of clothes, skin and hair.
        seat_m: middle of the seat's top.
    """
    b, clothes = MEASURES[model], outfit(model, seed)
    draw = stream(seed, "seated", model)
    wear = replace(worn(clothes, palette.HIVIS if draw.random() < 0.7 else palette.HIVIS_ORANGE), shorts=False)
    limbs = limb_drafts(b, wear)
    x, y, z = seat_m
    drop = np.array([x, y, z + SITTING_M - b.hip_m])
    out = Draft().extend(torso_draft(b, wear), drop)
    out.extend(head_draft(b, wear.skin, palette.HAIR[clothes.hair]), drop)
    left = seated_legs(b, limbs, DRIVING_LEGS_RAD)
    at = np.array([0.0, b.shoulder_half_m, b.shoulder_m])
    elbow = np.array([0.0, b.shoulder_half_m, b.elbow_m])
    left.extend(limbs["upper_arm"].moved(_about(at, at, _UPPER_RAD)), np.zeros(3))
    bent = tf.apply(_about(at, at, _UPPER_RAD), elbow)
    left.extend(limbs["forearm"].moved(_about(elbow, bent, _FORE_RAD)), np.zeros(3))
    return out.extend(left, drop).extend(left.mirror(), drop)


def seated_landmarks(
    model: str, seat_m: tuple[float, float, float]
) -> list[tuple[str, tuple[float, float, float], float]]:
    """Joints of who sits as ``seated_draft`` draws them: name, place, and how thick what covers them is."""
    b = MEASURES[model]
    drop = np.array([seat_m[0], seat_m[1], seat_m[2] + SITTING_M - b.hip_m])
    shoulder = np.array([0.0, b.shoulder_half_m, b.shoulder_m])
    elbow, wrist = (
        shoulder * [1.0, 1.0, 0.0] + [0.0, 0.0, b.elbow_m],
        shoulder * [1.0, 1.0, 0.0] + [0.0, 0.0, b.wrist_m],
    )
    bent = tf.apply(_about(shoulder, shoulder, _UPPER_RAD), elbow)
    hip, knee, ankle = leg_joints(b, DRIVING_LEGS_RAD)
    arm, leg = b.arm_m, b.leg_m
    out = [(name, np.array(at), cover) for name, at, cover in head_landmarks(b)]
    for word, sign in (("left", 1.0), ("right", -1.0)):
        for name, at, cover in (
            ("shoulder", shoulder, 1.5 * arm[0]), ("elbow", bent, 1.5 * arm[1]),
            ("wrist", tf.apply(_about(elbow, bent, _FORE_RAD), wrist), 1.6 * arm[2]),
            ("hip", hip, 1.2 * b.pelvis_m[0]), ("knee", knee, 1.4 * leg[1]), ("ankle", ankle, 1.6 * leg[2]),
        ):  # fmt: skip
            out.append((f"{word}_{name}", at * np.array([1.0, sign, 1.0]), cover))
    placed = ((name, (at + drop).tolist(), cover) for name, at, cover in out)
    return [(name, (x, y, z), cover) for name, (x, y, z), cover in placed]


def leg_joints(b: BodyMeasures, legs_rad: tuple[float, float, float]) -> tuple[F64Array, F64Array, F64Array]:
    """Hip, knee and ankle (3,) of the left leg of somebody who sits, in the frame of somebody who stands."""
    hip, knee, ankle = (np.array([0.0, b.hip_half_m, z]) for z in (b.hip_m, b.knee_m, b.ankle_m))
    low = tf.apply(_about(hip, hip, legs_rad[0]), knee)
    return hip, low, tf.apply(_about(knee, low, legs_rad[1]), ankle)


def seated_legs(b: BodyMeasures, limbs: dict[str, Draft], legs_rad: tuple[float, float, float]) -> Draft:
    """The left leg of somebody who sits, from limbs that stand (``limb_drafts``)."""
    out = Draft()
    rest = (b.hip_m, b.knee_m, b.ankle_m)
    for name, z, at, turn in zip(("thigh", "shin", "foot"), rest, leg_joints(b, legs_rad), legs_rad, strict=True):
        out.extend(limbs[name].moved(_about(np.array([0.0, b.hip_half_m, z]), at, turn)), np.zeros(3))
    return out


def _about(joint: F64Array, at: F64Array, turn_rad: float) -> F64Array:
    """Turn about an axis along y through a joint, and move that joint to a point."""
    turned = pose(axis=_Y, angle_rad=turn_rad)
    return tf.compose(tf.translation(at), tf.compose(turned, tf.translation(-joint)))
