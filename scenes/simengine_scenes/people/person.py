"""People on foot: trunk, head and limbs on their joints, with landmarks and what hides from sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import frozen
from simengine.geometry import transforms as tf
from simengine.world.scene import Asset, Box, Entity, Link
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.head import head_draft
from simengine_scenes.people.limbs import limb_drafts
from simengine_scenes.people.measures import MEASURES, BodyMeasures
from simengine_scenes.people.outfit import Outfit, worn
from simengine_scenes.people.sizes import PERSON_SIZE_M
from simengine_scenes.people.torso import torso_draft
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.recolour import recoloured
from simengine_scenes.shapes.solids import pose

__all__ = ["head_landmarks", "person_asset"]

_SIDES = (("l", 1.0), ("r", -1.0))
_PATTERN = {"top": "navy", "trousers": "denim", "accent": "white", "skin": 0, "hair": 0}
"""Colours in which everybody is drafted: no two are the same material."""
_HANG_RAD = {"shoulder": 0.07, "elbow": -0.30}
"""Turns of arms that hang at ease: elbows of people who stand are bent by 15 to 20 degrees."""


def _occluders(b: BodyMeasures, x_m: float) -> tuple[Box, ...]:
    """Legs, trunk and head."""
    low, high, top = 0.3 * b.ankle_m, b.hip_m - 0.1 * b.stature_m, b.shoulder_m - 0.03
    legs = tuple(
        Box((x_m, side * b.hip_half_m, 0.5 * (low + high)), (1.1 * b.leg_m[2], 1.1 * b.leg_m[2], high - low))
        for side in (1.0, -1.0)
    )
    trunk_box = Box((x_m, 0.0, 0.5 * (high + top)), (1.1 * b.waist_m[0], 1.5 * b.waist_m[1], top - high))
    head = (0.6 * b.head_m[1], 0.55 * b.head_m[2], 0.65 * b.head_m[0])
    return (*legs, trunk_box, Box((x_m, 0.0, b.stature_m - 0.5 * b.head_m[0]), head))


def head_landmarks(b: BodyMeasures) -> list[tuple[str, tuple[float, float, float], float]]:
    """Nose, eyes and ears, where ``head_draft`` puts them: name, place, and what covers it."""
    height, length, width = b.head_m
    eyes = b.stature_m - 0.5 * height
    out = [("nose", (0.55 * length, 0.0, eyes - 0.12 * height), 0.03)]
    for word, sign in (("left", 1.0), ("right", -1.0)):
        out.append((f"{word}_eye", (0.46 * length, sign * 0.205 * width, eyes), 0.03))
        out.append((f"{word}_ear", (-0.03 * length, sign * 0.52 * width, eyes - 0.04 * height), 0.035))
    return out


def _mark_limbs(a: Assembly, b: BodyMeasures, side: str, sign: float, links: Mapping[str, int]) -> None:
    """Joints of one side. They lie inside: what covers them is as thick as the limb, clothes and all."""
    word = "left" if side == "l" else "right"
    arm, leg = sign * b.shoulder_half_m, sign * b.hip_half_m
    for name, link, at, cover in (
        ("shoulder", "upper_arm", (0.0, arm, b.shoulder_m), 1.5 * b.arm_m[0]),
        ("elbow", "forearm", (0.0, arm, b.elbow_m), 1.5 * b.arm_m[1]),
        ("wrist", "forearm", (0.0, arm, b.wrist_m), 1.6 * b.arm_m[2]),
        ("hip", "thigh", (0.0, leg, b.hip_m), 1.2 * b.pelvis_m[0]),
        ("knee", "shin", (0.0, leg, b.knee_m), 1.4 * b.leg_m[1]),
        ("ankle", "foot", (0.0, leg, b.ankle_m), 1.6 * b.leg_m[2]),
    ):
        a.landmark("person", f"{word}_{name}", at, cover, links[link])


@lru_cache(maxsize=256)
def person_asset(model: str, clothes: Outfit) -> Asset:
    """Somebody of a model in an outfit, standing with hanging arms at joint angles 0. All whose outfits differ in
    colours alone share their shape."""
    pattern = replace(clothes, **_PATTERN)
    old, new = worn(pattern), worn(clothes)
    swap = {
        old.top.name: new.top, old.accent.name: new.accent, old.trousers.name: new.trousers, old.skin.name: new.skin,
        palette.HAIR[pattern.hair].name: palette.HAIR[clothes.hair],
    }  # fmt: skip
    return recoloured(_figure(model, pattern), swap, lambda name: name.replace(pattern.key, clothes.key))


@lru_cache(maxsize=256)
def _figure(model: str, clothes: Outfit) -> Asset:
    """Somebody drafted anew."""
    b, key = MEASURES[model], f"{model}.{clothes.key}"
    semantic = CLASS_ID["child" if b.child else "adult"]
    wear, hair = worn(clothes), palette.HAIR[clothes.hair]
    torso, limbs = torso_draft(b, wear), limb_drafts(b, wear)
    x = -0.5 * float(torso.bounds()[0][0] + limbs["foot"].bounds()[1][0])  # back and toes are what reaches farthest
    a = Assembly(x)
    a.add("torso", f"{key}.torso", torso, semantic)
    turn = a.link("head_turn", (0.0, 0.0, b.shoulder_m + 0.05), 0, (0.0, 0.0, 1.0))
    neck = a.link("head_nod", (0.0, 0.0, b.shoulder_m + 0.05), turn)
    a.add("head", f"{key}.head", head_draft(b, wear.skin, hair, clothes.style), semantic, neck)
    for name, at, cover in head_landmarks(b):
        a.landmark("person", name, at, cover, neck)
    for side, sign in _SIDES:
        shoulder = a.link(f"shoulder_{side}", (0.0, sign * b.shoulder_half_m, b.shoulder_m))
        elbow = a.link(f"elbow_{side}", (0.0, sign * b.shoulder_half_m, b.elbow_m), shoulder)
        hip = a.link(f"hip_{side}", (0.0, sign * b.hip_half_m, b.hip_m))
        knee = a.link(f"knee_{side}", (0.0, sign * b.hip_half_m, b.knee_m), hip)
        ankle = a.link(f"ankle_{side}", (0.0, sign * b.hip_half_m, b.ankle_m), knee)
        links = {"upper_arm": shoulder, "forearm": elbow, "thigh": hip, "shin": knee, "foot": ankle}
        for name, link in links.items():
            draft = limbs[name] if sign > 0 else limbs[name].mirror()
            a.add(f"{name}_{side}", f"{key}.{name}_{side}", draft, semantic, link)
        _mark_limbs(a, b, side, sign, links)
    eye = (0.42 * b.head_m[1] + x, 0.0, b.stature_m - 0.5 * b.head_m[0])
    entity = Entity(
        model, "pedestrian", model, semantic, PERSON_SIZE_M[model], occluders=_occluders(b, x), eye_m=eye, leg_m=b.hip_m
    )
    asset = a.asset(entity)
    return replace(asset, links=tuple(_hanging(link) for link in asset.links))


def _hanging(link: Link) -> Link:
    """Arms were drafted straight; at joint angles 0 they hang with elbows a little bent, as they do."""
    joint, _, _ = link.name.partition("_")
    if joint not in _HANG_RAD:
        return link
    turn = pose(axis=(0.0, 1.0, 0.0), angle_rad=_HANG_RAD[joint])
    return replace(link, parent_from_link=frozen(tf.compose(link.parent_from_link, turn), np.float64))
