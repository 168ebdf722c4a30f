"""Head with face, ears and hair.

What lies on the face (eyes, brows, mouth, nose) is put on the skin of the skull, so that nothing floats whoever it is.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.hair import add_hair, usual_hair
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.people.skull import TURNS, skull_m, skull_skin
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, loft, mirrored, tube

__all__ = ["head_draft"]

_ROWS: Array = np.array([
    0.0, 0.02, 0.05, 0.08, 0.12, 0.16, 0.20, 0.235, 0.27, 0.31, 0.36, 0.42, 0.475, 0.515, 0.555, 0.60, 0.66, 0.74,
    0.82, 0.89, 0.95, 0.985, 1.0,
])  # fmt: skip
_EYES, _MOUTH, _EYE_Y = 0.515, 0.235, 0.205
"""Heights over the skull's, and half the distance between the eyes over the head's width."""


def _on_face(body: BodyMeasures, height: float, y_m: float) -> F64Array:
    """The point (3,) of the skin in front at a share of the height, beside the middle."""
    turns = np.linspace(0.0, 1.4, 60)
    points = skull_skin(body, height, turns)
    turn = float(np.interp(abs(y_m), points[:, 1], turns))
    return skull_skin(body, height, turn if y_m >= 0.0 else -turn)


def _add_face(draft: Draft, body: BodyMeasures, skin: Material, hair: Material) -> None:
    """Eyes with brows, nose, mouth, ears."""
    height, length, width = body.head_m
    tall, middle = skull_m(body)
    eyes = middle + (_EYES - 0.5) * tall
    x, y, _ = _on_face(body, _EYES, _EYE_Y * width).tolist()
    ball = ellipsoid((x - 0.012 * length, y, eyes), (0.042 * length, 0.088 * width, 0.030 * height), 6, 10)
    iris = ellipsoid((x + 0.020 * length, y, eyes), (0.013 * length, 0.036 * width, 0.025 * height), 4, 8)
    over = [(0.09, 0.082), (0.20, 0.094), (0.32, 0.070)]  # along the brow: beside the middle, above the eyes
    arch = [_on_face(body, _EYES + up, side * width) for side, up in over]
    brow = tube(arch, [0.0042, 0.005, 0.003], 5)
    at = (-0.03 * length, 0.5 * width, eyes - 0.05 * height)
    ear = ellipsoid(at, (0.085 * length, 0.045 * width, 0.118 * height), 6, 10)
    for piece, material in ((ball, palette.EYE_WHITE), (iris, palette.RUBBER), (brow, hair), (ear, skin)):
        draft.add(piece, material).add(mirrored(piece), material)
    root, tip = _on_face(body, 0.53, 0.0)[0], 0.545 * length
    ridge = [
        (root - 0.02 * length, 0.0, eyes + 0.03 * height),
        (0.35 * root + 0.65 * tip - 0.035 * length, 0.0, eyes - 0.09 * height),
        (tip - 0.045 * length, 0.0, eyes - 0.140 * height),
        (tip - 0.100 * length, 0.0, eyes - 0.162 * height),
    ]
    draft.add(tube(ridge, [0.045 * width, 0.065 * width, 0.092 * width, 0.055 * width], 10), skin)
    wing = ellipsoid((tip - 0.085 * length, 0.085 * width, eyes - 0.150 * height),
                     (0.055 * length, 0.042 * width, 0.028 * height), 6, 8)  # fmt: skip
    draft.add(wing, skin).add(mirrored(wing), skin)
    lip = [_on_face(body, _MOUTH, k * 0.085 * width) for k in (-2, -1, 0, 1, 2)]
    for up, thick in ((0.008, 0.0042), (-0.010, 0.0050)):  # they lie in the skin, but for a millimetre or two
        rise = [np.array([-0.0024, 0.0, up * height * (1.0 - 0.24 * k * k)]) for k in range(-2, 3)]
        line = [p + r for p, r in zip(lip, rise, strict=True)]
        draft.add(tube(line, [0.002, 0.9 * thick, thick, 0.9 * thick, 0.002], 6), palette.LIPS)


_NECK = {"man": 0.385, "woman": 0.355, "child": 0.325}
"""Radius over the width of the head: necks are 38 cm round of men, 33 cm of women, 29 cm of children of nine."""


def head_draft(body: BodyMeasures, skin: Material, hair: Material, style: str = "") -> Draft:
    """Head in the entity frame, looking along +x; ``style``: one of ``hair.STYLES``, "": the usual one."""
    draft = Draft()
    draft.add(loft(skull_skin(body, _ROWS[:, None], TURNS[None])), skin)
    _add_face(draft, body, skin, hair)
    add_hair(draft, body, hair, style or usual_hair(body))
    height, _, width = body.head_m
    neck = _NECK["child" if body.child else "woman" if body.woman else "man"] * width
    draft.add(trunk([
        (body.shoulder_m - 0.02, -0.02, 1.15 * neck, 1.3 * neck), (body.shoulder_m + 0.05, -0.012, neck, 1.02 * neck),
        (body.stature_m - 0.72 * height, 0.0, 0.95 * neck, 0.95 * neck),
    ], 14, 2.0), skin)  # fmt: skip
    return draft
