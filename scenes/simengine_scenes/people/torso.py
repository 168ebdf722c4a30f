"""Trunks: pelvis, and what is worn on top with its collar, stripes, zip, hood or pockets."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from simengine_scenes import palette
from simengine_scenes.people.flesh import Section, trunk
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.people.outfit import Wear
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import loft, tube

__all__ = ["torso_draft"]

_SEGMENTS, _POWER = 20, 2.3
_STRIPE_M = 0.042


def _top(b: BodyMeasures, loose: float) -> list[Section]:
    """A garment from hem to neck, ``loose`` times as wide below the chest. Its yoke covers the shoulder joints, so that
    arms come out from under it."""
    (cx, cy), (wx, wy), (px, py) = b.chest_m, b.waist_m, b.pelvis_m
    t, z = b.shoulder_m - b.hip_m, b.hip_m
    return [
        (z + 0.02 * t, -0.004, 1.05 * loose * px, 1.05 * loose * py),
        (z + 0.05 * t, -0.004, 1.08 * loose * px, 1.07 * loose * py),
        (z + 0.22 * t, 0.0, 1.07 * loose * (0.5 * wx + 0.5 * px), 1.07 * loose * (0.5 * wy + 0.5 * py)),
        (z + 0.38 * t, 0.003, 1.08 * loose * wx, 1.07 * loose * wy), (z + 0.60 * t, 0.008, 1.04 * cx, 1.02 * cy),
        (z + 0.78 * t, 0.006, 1.04 * cx, 1.05 * cy), (z + 0.89 * t, -0.003, 0.94 * cx, 1.09 * cy),
        (z + 0.96 * t, -0.008, 0.82 * cx, 1.10 * cy), (z + 1.01 * t, -0.011, 0.72 * cx, 1.03 * cy),
        (z + 1.05 * t, -0.014, 0.62 * cx, 0.83 * cy), (z + 1.09 * t, -0.016, 0.52 * cx, 0.58 * cy),
        (z + 1.13 * t, -0.016, 0.44 * cx, 0.40 * cy),
    ]  # fmt: skip


def _coat_tails(b: BodyMeasures) -> list[Section]:
    """A coat below the waist, wide enough for a stride."""
    (px, py), span, z = b.pelvis_m, b.hip_m - b.knee_m, b.hip_m
    return [
        (z - 0.46 * span, 0.014, 1.17 * px, 1.06 * py), (z - 0.43 * span, 0.014, 1.20 * px, 1.09 * py),
        (z - 0.10 * span, 0.008, 1.15 * px, 1.09 * py), (z + 0.12 * span, 0.0, 1.11 * px, 1.09 * py),
    ]  # fmt: skip


def _skirt(b: BodyMeasures) -> list[Section]:
    """A skirt from the hem above the knee to the waist; it stands out in front, where legs swing farthest."""
    (wx, wy), (px, py) = b.waist_m, b.pelvis_m
    span, t, z = b.hip_m - b.knee_m, b.shoulder_m - b.hip_m, b.hip_m
    return [
        (z - 0.80 * span, 0.030, 1.24 * px, 0.97 * py),
        (z - 0.78 * span, 0.030, 1.29 * px, 1.02 * py),
        (z - 0.35 * span, 0.018, 1.19 * px, 1.02 * py),
        (z, 0.0, 1.05 * px, 1.02 * py),
        (z + 0.10 * t, 0.0, 0.97 * px, 0.98 * py),
        (z + 0.30 * t, 0.0, 0.98 * wx, 0.98 * wy),
    ]


def _finer(sections: list[Section], step_m: float) -> list[Section]:
    """The same skin with a section every ``step_m`` of height, counted from the lowest."""
    rows = np.array(sections)
    heights = np.union1d(np.arange(rows[0, 0], rows[-1, 0], step_m), rows[-1:, 0])
    x, depth, width = (np.interp(heights, rows[:, 0], rows[:, k]).tolist() for k in (1, 2, 3))
    return list(zip(heights.tolist(), x, depth, width, strict=True))


def _front(sections: list[Section], z_m: float, y_m: float, out_m: float = 0.0) -> tuple[float, float, float]:
    """A point on the skin in front, ``out_m`` before it."""
    rows = np.array(sections)
    x, rx, ry = (float(np.interp(z_m, rows[:, 0], rows[:, k])) for k in (1, 2, 3))
    return x + rx * max(1.0 - abs(y_m / ry) ** _POWER, 0.0) ** (1.0 / _POWER) + out_m, y_m, z_m


def torso_draft(b: BodyMeasures, wear: Wear) -> Draft:
    """Pelvis and garment in the entity frame."""
    (wx, wy), (px, py) = b.waist_m, b.pelvis_m
    t, z = b.shoulder_m - b.hip_m, b.hip_m
    pelvis = [
        (z - 0.19 * t, 0.0, 0.45 * px, 0.62 * py), (z - 0.13 * t, 0.0, 0.8 * px, 0.9 * py),
        (z, -0.005, px, py), (z + 0.12 * t, -0.003, 0.95 * px, 0.97 * py), (z + 0.30 * t, 0.0, wx, wy),
    ]  # fmt: skip
    draft = Draft().add(trunk(pelvis), wear.trousers)
    if wear.skirt:
        draft.add(trunk(_skirt(b), 24), wear.trousers)
    top = _top(b, 1.0 if wear.cut in ("plain", "jumper", "striped") else 1.03)
    if wear.cut == "coat":
        top = [*_coat_tails(b), *top[2:]]
    if wear.cut == "striped":
        rows = _finer(top, _STRIPE_M)
        bands = [int(k % 2 == 1 and a[0] < z + 0.86 * t) for k, (a, _) in enumerate(pairwise(rows))]
        codes = [*np.repeat(bands, 2 * _SEGMENTS), *([0] * 2 * _SEGMENTS)]
        draft.add(trunk(rows, _SEGMENTS), [wear.top, wear.accent], codes)
    else:
        draft.add(trunk(top, _SEGMENTS), wear.top)
    if wear.cut in ("jacket", "coat"):
        _add_jacket(draft, b, wear, top)
    elif wear.cut == "hoodie":
        _add_hood(draft, b, wear, top)
    elif wear.cut not in ("tee", "plain"):  # ribbed hem
        low = top[0]
        draft.add(trunk([(low[0] - 0.012, low[1], 0.97 * low[2], 0.97 * low[3]),
                         (low[0] + 0.045, low[1], 1.045 * low[2], 1.035 * low[3])]), wear.top)  # fmt: skip
    if wear.cut not in ("jacket", "coat"):
        neck = _around_neck(b, 0.0, 1.0)
        draft.add(tube([*neck, neck[0]], 0.011 * b.stature_m / 1.7, 6), wear.top)
    return draft


def _around_neck(b: BodyMeasures, up_m: float, wide: float) -> list[tuple[float, float, float]]:
    """Points of a ring that lies on the shoulders round the neck, lower in front."""
    radius = wide * 0.38 * b.head_m[2]
    z = b.shoulder_m + 0.125 * (b.shoulder_m - b.hip_m) + up_m
    turns = np.arange(14) * 2.0 * math.pi / 14
    return [
        (-0.013 + 1.06 * radius * math.cos(a), radius * math.sin(a), z - 0.20 * radius * math.cos(a)) for a in turns
    ]


def _add_jacket(draft: Draft, b: BodyMeasures, wear: Wear, top: list[Section]) -> None:
    """Upright collar, zip, slanted pockets, a broad hem."""
    t, z = b.shoulder_m - b.hip_m, b.hip_m
    k = b.stature_m / 1.7
    collar = [
        _around_neck(b, up * k, wide)
        for up, wide in ((-0.035, 1.45), (0.012, 1.12), (0.038, 1.10), (0.036, 1.02), (-0.03, 0.9))
    ]
    draft.add(loft(np.array(collar), (False, False)), wear.top)
    line = [_front(top, h, 0.0, 0.001) for h in np.linspace(top[0][0] + 0.004, z + 1.02 * t, 9).tolist()]
    draft.add(tube(line, 0.0055 * k, 5), palette.LEATHER)
    for side in (1.0, -1.0):
        pocket = [_front(top, z + u * t, side * w * b.waist_m[1], 0.0) for u, w in
                  ((0.12, 0.82), (0.22, 0.72), (0.32, 0.62))]  # fmt: skip
        draft.add(tube(pocket, 0.006 * k, 5), palette.LEATHER)
    low = top[0]
    draft.add(trunk([(low[0] - 0.02 * k, low[1], 0.99 * low[2], 0.99 * low[3]),
                     (low[0] - 0.015 * k, low[1], 1.04 * low[2], 1.03 * low[3]),
                     (low[0] + 0.035 * k, low[1], 1.05 * low[2], 1.035 * low[3])]), wear.top)  # fmt: skip


def _add_hood(draft: Draft, b: BodyMeasures, wear: Wear, top: list[Section]) -> None:
    """A hood that lies on the back, its cords, and a pouch."""
    t, z = b.shoulder_m - b.hip_m, b.hip_m
    k = b.stature_m / 1.7
    ring = _around_neck(b, 0.0, 1.22)
    behind = [*ring[2:13]]
    fall = [(x - 0.028 * k * s, y, h + 0.006 - 0.030 * k * s)
            for (x, y, h), s in zip(behind, np.sin(np.linspace(0.0, math.pi, 11)).tolist(), strict=True)]  # fmt: skip
    thick = (0.010 + 0.034 * np.sin(np.linspace(0.0, math.pi, 11)) ** 0.7) * k
    draft.add(tube(fall, thick, 10), wear.top)
    for side in (1.0, -1.0):
        cord = [_front(top, z + u * t, side * 0.035 * k, 0.003) for u in (1.04, 0.94, 0.80)]
        draft.add(tube(cord, 0.0045 * k, 5), wear.accent)
        edge = [_front(top, z + u * t, side * w * b.waist_m[1], 0.002) for u, w in
                ((0.08, 0.80), (0.16, 0.78), (0.33, 0.48))]  # fmt: skip
        draft.add(tube(edge, 0.007 * k, 5), wear.top)
    seam = [_front(top, z + 0.33 * t, w * b.waist_m[1], 0.002) for w in np.linspace(-0.48, 0.48, 7).tolist()]
    draft.add(tube(seam, 0.006 * k, 5), wear.top)
    low = top[0]
    draft.add(trunk([(low[0] - 0.012, low[1], 0.97 * low[2], 0.97 * low[3]),
                     (low[0] + 0.045, low[1], 1.04 * low[2], 1.03 * low[3])]), wear.top)  # fmt: skip
