"""People: rigid limbs that overlap at the joints, so that no gap opens when they bend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.flesh import limb, trunk
from simengine_scenes.people.head import head_draft
from simengine_scenes.people.measures import MEASURES, BodyMeasures
from simengine_scenes.people.sizes import PERSON_SIZE_M
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import joined, loft, prism

__all__ = ["Outfit", "head_landmarks", "limb_drafts", "outfit", "person_asset", "torso_draft"]

_SIDES = (("l", 1.0), ("r", -1.0))


@dataclass(frozen=True)
class Outfit:
    """Colours: words of ``palette.CLOTHES`` and indices into the tables of shoes, skin and hair."""

    top: str
    trousers: str
    shoes: int
    skin: int
    hair: int

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        return f"{self.top}.{self.trousers}.{self.shoes}{self.skin}{self.hair}"


def outfit(model: str, seed: int) -> Outfit:
    """Draw an outfit; children wear brighter colours."""
    draw = stream(seed, "outfit", model)
    bright = ("red", "yellow", "blue", "orange", "green", "pink", "white", "navy")
    sober = ("navy", "black", "grey", "white", "green", "red", "khaki", "blue")
    tops = bright if MEASURES[model].child else sober
    trousers = ("denim", "navy", "black", "grey", "khaki")
    top, below, shoes = tops[int(draw.integers(len(tops)))], int(draw.integers(len(trousers))), int(draw.integers(2))
    skin = int(draw.choice(4, p=(0.55, 0.2, 0.15, 0.1)))
    hair = int(draw.choice(4, p=(0.3, 0.35, 0.2, 0.15)))
    return Outfit(top, trousers[below], shoes, skin, 3 + hair % 3 if MEASURES[model].grey else hair)


def torso_draft(b: BodyMeasures, top: Material, trousers: Material) -> Draft:
    """Pelvis and jacket in the entity frame."""
    (cx, cy), (wx, wy), (px, py) = b.chest_m, b.waist_m, b.pelvis_m
    trunk_m = b.shoulder_m - b.hip_m
    z = b.hip_m
    pelvis = [
        (z - 0.19 * trunk_m, 0.0, 0.45 * px, 0.62 * py), (z - 0.13 * trunk_m, 0.0, 0.8 * px, 0.9 * py),
        (z, -0.005, px, py), (z + 0.12 * trunk_m, -0.003, 0.95 * px, 0.97 * py), (z + 0.30 * trunk_m, 0.0, wx, wy),
    ]  # fmt: skip
    hem = 1.06
    jacket = [
        (z + 0.02 * trunk_m, -0.004, hem * px, hem * py), (z + 0.05 * trunk_m, -0.004, 1.09 * px, 1.08 * py),
        (z + 0.22 * trunk_m, 0.0, 1.07 * (0.5 * wx + 0.5 * px), 1.07 * (0.5 * wy + 0.5 * py)),
        (z + 0.38 * trunk_m, 0.003, 1.08 * wx, 1.07 * wy), (z + 0.60 * trunk_m, 0.008, 1.04 * cx, 1.02 * cy),
        (z + 0.78 * trunk_m, 0.006, 1.04 * cx, 1.05 * cy), (z + 0.90 * trunk_m, -0.004, 0.92 * cx, 1.12 * cy),
        (z + 0.99 * trunk_m, -0.010, 0.78 * cx, 1.10 * cy), (z + 1.05 * trunk_m, -0.014, 0.62 * cx, 0.84 * cy),
        (z + 1.09 * trunk_m, -0.016, 0.52 * cx, 0.58 * cy),
        (z + 1.13 * trunk_m, -0.016, 0.44 * cx, 0.40 * cy),
    ]  # fmt: skip
    return Draft().add(trunk(pelvis), trousers).add(trunk(jacket), top)


def _upper_arm(b: BodyMeasures) -> Surface:
    top, low, _ = b.arm_m
    span = b.shoulder_m - b.elbow_m
    return limb([
        (b.elbow_m, 0.0, low, low), (b.elbow_m + 0.35 * span, 0.0, 0.5 * (top + low), 0.5 * (top + low)),
        (b.elbow_m + 0.75 * span, 0.0, 1.02 * top, top), (b.shoulder_m - 0.70 * top, 0.0, 0.98 * top, 0.92 * top),
    ], 12, b.shoulder_half_m)  # fmt: skip


def _forearm(b: BodyMeasures) -> Surface:
    _, top, low = b.arm_m
    span = b.elbow_m - b.wrist_m
    return limb([
        (b.wrist_m + 0.01, 0.0, low * 1.05, low * 1.0), (b.wrist_m + 0.5 * span, 0.0, 0.98 * top, 0.92 * top),
        (b.elbow_m, 0.0, 0.97 * top, 0.97 * top),
    ], 12, b.shoulder_half_m, 2)  # fmt: skip


def _hand(b: BodyMeasures) -> Surface:
    r, y = b.arm_m[2], b.shoulder_half_m
    length = 0.105 * b.stature_m
    z = b.wrist_m
    palm = limb([
        (z - length + 0.02, 0.012, 0.7 * r, 0.34 * r), (z - 0.55 * length, 0.006, 1.15 * r, 0.46 * r),
        (z - 0.25 * length, 0.0, 1.1 * r, 0.52 * r), (z + 0.01, 0.0, 0.78 * r, 0.66 * r),
    ], 10, y, 2)  # fmt: skip
    thumb = limb([
        (z - 0.55 * length, 1.35 * r, 0.26 * r, 0.26 * r), (z - 0.25 * length, 0.9 * r, 0.36 * r, 0.36 * r),
    ], 8, y - 0.2 * r, 2)  # fmt: skip
    return joined([palm, thumb])


def _thigh(b: BodyMeasures) -> Surface:
    top, low, _ = b.leg_m
    span = b.hip_m - b.knee_m
    return limb(
        [
            (b.knee_m, 0.0, low, 0.95 * low),
            (b.knee_m + 0.3 * span, 0.004, 0.45 * top + 0.55 * low, 0.4 * top + 0.6 * low),
            (b.knee_m + 0.7 * span, 0.004, 0.98 * top, 0.95 * top),
            (b.hip_m - 0.3 * top, 0.0, 1.05 * top, 0.98 * top),
        ],
        14,
        b.hip_half_m,
    )


def _shin(b: BodyMeasures) -> Surface:
    _, top, low = b.leg_m
    span = b.knee_m - b.ankle_m
    return limb([
        (b.ankle_m - 0.02, -0.004, 1.22 * low, 1.12 * low), (b.ankle_m + 0.12 * span, -0.004, 1.12 * low, 1.05 * low),
        (b.ankle_m + 0.6 * span, -0.012, 1.0 * top, 0.95 * top), (b.knee_m, 0.0, 0.96 * top, 0.93 * top),
    ], 14, b.hip_half_m, 2)  # fmt: skip


def _shoe(b: BodyMeasures) -> tuple[Surface, Surface]:
    """Upper and sole, in the entity frame; the sole stands on z = 0."""
    length, width = b.foot_m
    heel, y = -0.27 * length, b.hip_half_m + 0.004
    t = np.array([0.0, 0.04, 0.2, 0.4, 0.62, 0.82, 0.94, 1.0])
    half = 0.5 * width * np.array([0.40, 0.62, 0.70, 0.74, 0.95, 0.98, 0.74, 0.35])
    high = b.ankle_m * np.array([0.75, 1.05, 1.22, 1.12, 0.80, 0.56, 0.44, 0.32])
    sole_m = 0.16 * b.ankle_m + 0.008
    angle = np.linspace(0.0, np.pi, 9)
    arch = np.stack([np.cos(angle), np.sin(angle) ** 0.8], -1)
    upper = np.stack(
        [
            np.column_stack(
                [np.full(9, heel + u * length), y + w * arch[:, 0], sole_m * 0.6 + (h - sole_m * 0.6) * arch[:, 1]]
            )
            for u, w, h in zip(t, half, high, strict=True)
        ]
    )
    outline = np.concatenate(
        [
            np.column_stack([heel + t * length, y - half * 1.06]),
            np.column_stack([heel + t * length, y + half * 1.06])[::-1],
        ]
    )
    return loft(upper), prism(outline, 0.0, sole_m)


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
        a.landmark(f"{word}_{name}", at, cover, links[link])


def limb_drafts(
    b: BodyMeasures, top: Material, trousers: Material, skin: Material, shoes: Material
) -> dict[str, Draft]:
    """Limbs of the left side where they are on somebody who stands straight with hanging arms."""
    upper, sole = _shoe(b)
    return {
        "upper_arm": Draft().add(_upper_arm(b), top),
        "forearm": Draft().add(_forearm(b), top).add(_hand(b), skin),
        "thigh": Draft().add(_thigh(b), trousers),
        "shin": Draft().add(_shin(b), trousers),
        "foot": Draft().add(upper, shoes).add(sole, palette.SOLE),
    }


@lru_cache(maxsize=256)
def person_asset(model: str, clothes: Outfit) -> Asset:
    """Somebody of a model in an outfit, standing straight with hanging arms at joint angles 0."""
    b, key = MEASURES[model], f"{model}.{clothes.key}"
    semantic = CLASS_ID["child" if b.child else "adult"]
    top, trousers = palette.cloth(clothes.top), palette.cloth(clothes.trousers)
    skin, hair, shoes = palette.SKIN[clothes.skin], palette.HAIR[clothes.hair], palette.SHOES[clothes.shoes]
    torso, limbs = torso_draft(b, top, trousers), limb_drafts(b, top, trousers, skin, shoes)
    x = -0.5 * float(torso.bounds()[0][0] + limbs["foot"].bounds()[1][0])  # back and toes are what reaches farthest
    a = Assembly(x)
    a.add("torso", f"{key}.torso", torso, semantic)
    turn = a.link("head_turn", (0.0, 0.0, b.shoulder_m + 0.05), 0, (0.0, 0.0, 1.0))
    neck = a.link("head_nod", (0.0, 0.0, b.shoulder_m + 0.05), turn)
    a.add("head", f"{key}.head", head_draft(b, skin, hair), semantic, neck)
    for name, at, cover in head_landmarks(b):
        a.landmark(name, at, cover, neck)
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
    return a.asset(entity)
