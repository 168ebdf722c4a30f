"""Arms and legs with hands and shoes: rigid pieces that overlap at the joints, so that no gap opens when they bend."""

from __future__ import annotations

import numpy as np

from simengine_scenes import palette
from simengine_scenes.people.flesh import Section, limb, trunk
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.people.outfit import Wear
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import joined, loft, pose, prism, tube

__all__ = ["forearm_surface", "limb_drafts"]

_BARE = 0.86
"""A bare limb over one in clothes."""
_TOE_OUT_RAD = 0.12
"""Feet that stand and walk point outward by some 7 degrees (M. P. Murray et al. 1964)."""
_FINGERS = ((0.92, 0.93), (0.31, 1.0), (-0.31, 0.96), (-0.90, 0.80))
"""From the index finger on: place over the wrist's radius, length over that of the middle finger."""


def _upper_arm(b: BodyMeasures, thick: float = 1.0) -> Surface:
    """The arm from the elbow to the shoulder, where it is drawn in under the yoke of the torso."""
    top, low = (thick * r for r in b.arm_m[:2])
    span = b.shoulder_m - b.elbow_m
    mean = 0.5 * (top + low)
    sections: list[Section] = [
        (b.elbow_m - 0.95 * low, 0.0, 0.30 * low, 0.30 * low), (b.elbow_m - 0.75 * low, 0.0, 0.68 * low, 0.68 * low),
        (b.elbow_m - 0.40 * low, 0.0, 0.93 * low, 0.93 * low),
        (b.elbow_m, 0.0, low, low), (b.elbow_m + 0.35 * span, 0.0, mean, mean),
        (b.elbow_m + 0.68 * span, 0.0, 1.04 * top, top), (b.shoulder_m - 1.0 * top, 0.0, 1.06 * top, 0.98 * top),
        (b.shoulder_m - 0.55 * top, 0.0, 0.92 * top, 0.80 * top),
        (b.shoulder_m - 0.15 * top, 0.0, 0.74 * top, 0.60 * top),
        (b.shoulder_m + 0.12 * top, 0.0, 0.48 * top, 0.38 * top),
        (b.shoulder_m + 0.24 * top, 0.0, 0.22 * top, 0.16 * top),
    ]  # fmt: skip
    inward = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.02, 0.13, 0.36, 0.62, 0.80)
    return trunk(sections, 14, 2.0, [b.shoulder_half_m - top * k for k in inward])


def _short_sleeve(b: BodyMeasures) -> Surface:
    """The sleeve of a T-shirt: the upper half of a sleeve, a little wider."""
    top = b.arm_m[0]
    span = b.shoulder_m - b.elbow_m
    sections: list[Section] = [
        (b.elbow_m + 0.42 * span, 0.0, 0.98 * top, 0.96 * top), (b.elbow_m + 0.43 * span, 0.0, 1.07 * top, 1.02 * top),
        (b.shoulder_m - 1.0 * top, 0.0, 1.09 * top, 1.0 * top), (b.shoulder_m - 0.55 * top, 0.0, 1.04 * top, 0.9 * top),
        (b.shoulder_m - 0.15 * top, 0.0, 0.92 * top, 0.72 * top),
        (b.shoulder_m + 0.13 * top, 0.0, 0.68 * top, 0.5 * top), (b.shoulder_m + 0.27 * top, 0.0, 0.3 * top, 0.2 * top),
    ]  # fmt: skip
    inward = (0.0, 0.0, 0.02, 0.13, 0.36, 0.62, 0.80)
    return trunk(sections, 14, 2.0, [b.shoulder_half_m - top * k for k in inward])


def forearm_surface(b: BodyMeasures, bare: bool) -> Surface:
    """The forearm from the cuff (or the bare wrist) to the elbow."""
    _, top, low = ((_BARE if bare else 1.0) * r for r in b.arm_m)
    span = b.elbow_m - b.wrist_m
    cuff: list[Section] = (
        [(b.wrist_m - 0.008, 0.0, 0.72 * low, 0.6 * low), (b.wrist_m + 0.15 * span, 0.0, 0.98 * low, 0.86 * low)]
        if bare
        else [(b.wrist_m - 0.012, 0.0, 0.95 * low, 0.9 * low), (b.wrist_m - 0.010, 0.0, 1.12 * low, 1.06 * low),
              (b.wrist_m + 0.15 * span, 0.0, 1.12 * low, 1.05 * low)]
    )  # fmt: skip
    return trunk([
        *cuff, (b.wrist_m + 0.6 * span, 0.0, top, 0.95 * top), (b.elbow_m, 0.0, 0.97 * top, 0.97 * top),
        (b.elbow_m + 0.45 * top, 0.0, 0.86 * top, 0.86 * top), (b.elbow_m + 0.8 * top, 0.0, 0.5 * top, 0.5 * top),
        (b.elbow_m + 0.93 * top, 0.0, 0.15 * top, 0.15 * top),
    ], 12, 2.0, b.shoulder_half_m)  # fmt: skip


def _hand(b: BodyMeasures) -> Surface:
    """A hand that hangs: palm, thumb and four fingers, a little bent towards the thigh."""
    r, y, z = b.arm_m[2], b.shoulder_half_m, b.wrist_m
    length = 0.105 * b.stature_m
    palm = trunk([
        (z - 0.56 * length, 0.05 * r, 0.95 * r, 0.26 * r), (z - 0.53 * length, 0.05 * r, 1.20 * r, 0.36 * r),
        (z - 0.36 * length, 0.04 * r, 1.24 * r, 0.42 * r), (z - 0.16 * length, 0.0, 0.98 * r, 0.46 * r),
        (z + 0.02, 0.0, 0.70 * r, 0.58 * r),
    ], 12, 2.2, y)  # fmt: skip
    pieces = [palm]
    for at, long in _FINGERS:
        x, reach = at * r + 0.05 * r, 0.47 * long * length
        line = [(x, y, z - 0.50 * length), (0.97 * x, y - 0.05 * r, z - 0.52 * length - 0.45 * reach),
                (0.92 * x, y - 0.26 * r, z - 0.52 * length - 0.80 * reach),
                (0.90 * x, y - 0.44 * r, z - 0.52 * length - reach)]  # fmt: skip
        pieces.append(tube(line, [0.29 * r, 0.28 * r, 0.25 * r, 0.15 * r], 6))
    thumb = [(0.70 * r, y - 0.10 * r, z - 0.14 * length), (1.38 * r, y - 0.32 * r, z - 0.36 * length),
             (1.52 * r, y - 0.50 * r, z - 0.52 * length), (1.50 * r, y - 0.56 * r, z - 0.60 * length)]  # fmt: skip
    pieces.append(tube(thumb, [0.40 * r, 0.36 * r, 0.28 * r, 0.15 * r], 8))
    return joined(pieces)


def _thigh(b: BodyMeasures) -> Surface:
    top, low, _ = b.leg_m
    span = b.hip_m - b.knee_m
    return limb(
        [
            (b.knee_m - 0.3 * low, 0.0, 0.97 * low, 0.93 * low),
            (b.knee_m, 0.0, low, 0.95 * low),
            (b.knee_m + 0.3 * span, 0.004, 0.45 * top + 0.55 * low, 0.4 * top + 0.6 * low),
            (b.knee_m + 0.7 * span, 0.004, 0.98 * top, 0.95 * top),
            (b.hip_m - 0.3 * top, 0.0, 1.05 * top, 0.98 * top),
        ],
        14,
        b.hip_half_m,
    )


def _tail(b: BodyMeasures) -> Surface:
    """The tail of a coat that a thigh lifts as it swings."""
    top, span = b.leg_m[0], b.hip_m - b.knee_m
    return limb([
        (b.knee_m + 0.56 * span, 0.004, 0.99 * top, 0.97 * top),
        (b.knee_m + 0.57 * span, 0.004, 1.08 * top, 1.06 * top),
        (b.hip_m - 0.3 * top, 0.0, 1.14 * top, 1.04 * top),
    ], 14, b.hip_half_m, 1)  # fmt: skip


def _shin(b: BodyMeasures) -> Surface:
    """The leg of long trousers from its open hem, which rests on the shoe, to the knee."""
    _, top, low = b.leg_m
    span = b.knee_m - b.ankle_m
    return trunk([
        (b.ankle_m - 0.038 * b.stature_m / 1.7, -0.004, 1.08 * low, 0.98 * low),
        (b.ankle_m - 0.034 * b.stature_m / 1.7, -0.004, 1.30 * low, 1.16 * low),
        (b.ankle_m + 0.06 * span, -0.006, 1.20 * low, 1.08 * low),
        (b.ankle_m + 0.18 * span, -0.008, 1.26 * low, 1.13 * low),
        (b.ankle_m + 0.6 * span, -0.010, 1.02 * top, 0.97 * top),
        (b.knee_m, 0.0, 0.98 * top, 0.95 * top), (b.knee_m + 0.45 * top, 0.0, 0.86 * top, 0.83 * top),
        (b.knee_m + 0.8 * top, 0.0, 0.5 * top, 0.5 * top), (b.knee_m + 0.93 * top, 0.0, 0.15 * top, 0.15 * top),
    ], 14, 2.0, b.hip_half_m)  # fmt: skip


def _bare_leg(b: BodyMeasures) -> tuple[Surface, Surface, Surface, Surface]:
    """The leg of shorts, the knee below it, the calf, and the sock."""
    top, knee, low = b.leg_m
    k, span = b.knee_m - b.ankle_m, b.hip_m - b.knee_m
    shorts = limb([
        (b.knee_m + 0.22 * span, 0.002, 1.12 * knee, 1.05 * knee),
        (b.knee_m + 0.23 * span, 0.003, 1.26 * knee, 1.18 * knee),
        (b.knee_m + 0.7 * span, 0.004, 1.02 * top, 0.98 * top), (b.hip_m - 0.3 * top, 0.0, 1.06 * top, 0.99 * top),
    ], 14, b.hip_half_m, 1)  # fmt: skip
    bare = limb([
        (b.knee_m, 0.004, 0.86 * knee, 0.82 * knee), (b.knee_m + 0.4 * span, 0.004, 0.95 * knee, 0.95 * knee),
    ], 14, b.hip_half_m)  # fmt: skip
    calf = limb([
        (b.ankle_m, -0.004, 0.86 * low, 0.76 * low), (b.ankle_m + 0.22 * k, -0.005, 0.88 * low, 0.78 * low),
        (b.ankle_m + 0.66 * k, -0.014, 0.90 * knee, 0.86 * knee), (b.knee_m, 0.0, 0.83 * knee, 0.80 * knee),
    ], 14, b.hip_half_m, 2)  # fmt: skip
    sock = trunk([
        (b.ankle_m - 0.02, -0.004, 0.95 * low, 0.88 * low), (b.ankle_m + 0.10 * k, -0.005, 0.96 * low, 0.88 * low),
        (b.ankle_m + 0.14 * k, -0.005, 0.96 * low, 0.88 * low), (b.ankle_m + 0.145 * k, -0.005, 0.8 * low, 0.7 * low),
    ], 14, 2.0, b.hip_half_m)  # fmt: skip
    return shorts, bare, calf, sock


def _shoe(b: BodyMeasures) -> tuple[Surface, Surface, Surface]:
    """Upper, sole and laces, in the entity frame; the sole stands on z = 0."""
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
    laces: list[Surface] = []
    for u in (0.50, 0.56, 0.62, 0.68):
        z, w = float(np.interp(u, t, high)), 0.42 * float(np.interp(u, t, half))
        x = heel + u * length
        laces.append(tube([(x, y - w, 0.93 * z), (x, y, z + 0.001), (x, y + w, 0.93 * z)], 0.05 * b.ankle_m, 5))
    return loft(upper), prism(outline, 0.0, sole_m), joined(laces)


def limb_drafts(b: BodyMeasures, wear: Wear) -> dict[str, Draft]:
    """Limbs of the left side where they are on somebody who stands straight with hanging arms."""
    upper, sole, laces = _shoe(b)
    dark = wear.shoes.albedo[0] < 0.2
    foot = Draft().add(upper, wear.shoes).add(sole, palette.SOLE_PALE if dark else palette.SOLE)
    foot.add(laces, palette.SOLE if dark else palette.SOLE_PALE)
    bare = wear.cut == "tee"
    arm, fore = Draft(), Draft()
    if bare:
        arm.add(_upper_arm(b, _BARE), wear.skin).add(_short_sleeve(b), wear.top)
    else:
        arm.add(_upper_arm(b), wear.top)
    fore.add(forearm_surface(b, bare), wear.skin if bare else wear.top).add(_hand(b), wear.skin)
    thigh, shin = Draft(), Draft()
    if wear.shorts or wear.skirt:
        shorts, knee, calf, sock = _bare_leg(b)
        thigh.add(shorts, wear.trousers).add(knee, wear.skin)
        shin.add(calf, wear.skin)
        if wear.shorts:
            shin.add(sock, palette.SOLE_PALE)
    else:
        thigh.add(_thigh(b), wear.trousers)
        shin.add(_shin(b), wear.trousers)
    if wear.cut == "coat":
        thigh.add(_tail(b), wear.top)
    turn, ankle = pose(angle_rad=_TOE_OUT_RAD), np.array([0.0, b.hip_half_m, 0.0])
    foot = Draft().extend(Draft().extend(foot, -ankle).moved(turn), ankle)
    return {"upper_arm": arm, "forearm": fore, "thigh": thigh, "shin": shin, "foot": foot}
