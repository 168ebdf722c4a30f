"""Head with face, ears and hair.

The skull is a stack of super-elliptic rings; a relief in front makes brow, eye sockets, cheeks, lips and chin of it.
What lies on the face (eyes, brows, mouth, nose) is put on that skin, so that nothing floats whoever it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, loft, mirrored, tube

__all__ = ["head_draft"]

_HAIR = 1.055
_POWER = 2.15
# height, forward offset (over head length), half length and half width (over the largest)
_SKULL: Array = np.array([
    [0.00, 0.15, 0.12, 0.14], [0.02, 0.14, 0.26, 0.32], [0.07, 0.115, 0.46, 0.52], [0.16, 0.07, 0.66, 0.72],
    [0.28, 0.035, 0.81, 0.86], [0.42, 0.01, 0.93, 0.95], [0.56, -0.005, 0.99, 1.0], [0.68, -0.01, 1.0, 1.0],
    [0.79, -0.015, 0.94, 0.94], [0.88, -0.02, 0.80, 0.80], [0.95, -0.02, 0.58, 0.58], [0.99, -0.02, 0.30, 0.30],
    [1.00, -0.02, 0.02, 0.02],
])  # fmt: skip
_FORM = PchipInterpolator(_SKULL[:, 0], _SKULL[:, 1:])
_ROWS: Array = np.array([
    0.0, 0.02, 0.05, 0.08, 0.12, 0.16, 0.20, 0.235, 0.27, 0.31, 0.36, 0.42, 0.475, 0.515, 0.555, 0.60, 0.66, 0.74,
    0.82, 0.89, 0.95, 0.985, 1.0,
])  # fmt: skip
_COLUMNS = 28
_U: Array = np.arange(_COLUMNS) / (0.5 * _COLUMNS) - 1.0
_TURNS: Array = np.pi * (0.6 * _U + 0.4 * _U**3)
"""About the upright, 0 in front: twice as dense there as behind."""
_RELIEF: Array = np.array([
    # height and its spread, turn and its spread (radians), how far it stands out over the head's length
    [0.610, 0.050, 0.00, 0.60, 0.020],  # brow
    [0.515, 0.042, 0.44, 0.24, -0.040],  # eye sockets
    [0.420, 0.070, 0.78, 0.30, 0.014],  # cheek bones
    [0.300, 0.090, 0.70, 0.28, -0.016],  # below them
    [0.235, 0.028, 0.00, 0.30, 0.016],  # mouth
    [0.165, 0.025, 0.00, 0.35, -0.018],
    [0.085, 0.045, 0.00, 0.34, 0.034],  # chin
])  # fmt: skip
_EYES, _MOUTH, _EYE_Y = 0.515, 0.235, 0.205
"""Heights over the skull's, and half the distance between the eyes over the head's width."""


def _skin(body: BodyMeasures, height: npt.ArrayLike, turn: npt.ArrayLike, out: float = 1.0) -> F64Array:
    """Points (..., 3) of the skull at shares of its height and turns that broadcast; ``out`` times as large. The top
    of the hair is at the stature."""
    h, a = np.broadcast_arrays(np.asarray(height, np.float64), np.asarray(turn, np.float64))
    _, length, width = body.head_m
    tall, middle = _skull_m(body)
    shift, half_x, half_y = np.moveaxis(np.asarray(_FORM(h)), -1, 0)
    c, s = np.cos(a), np.sin(a)
    e = 2.0 / _POWER
    x = shift * length + 0.5 * length * out * half_x * np.sign(c) * np.abs(c) ** e
    for high, tall_by, at, wide, depth in _RELIEF.tolist():
        x = x + depth * length * np.exp(-(((h - high) / tall_by) ** 2) - ((np.abs(a) - at) / wide) ** 2)
    y = 0.5 * width * out * half_y * np.sign(s) * np.abs(s) ** e
    return np.stack([x, y, middle + (h - 0.5) * tall * out], -1)


def _skull_m(body: BodyMeasures) -> tuple[float, float]:
    """Height of the skull without hair, and of its middle above the ground."""
    tall = body.head_m[0] / (0.5 + 0.5 * _HAIR)
    return tall, body.stature_m - 0.5 * tall * _HAIR


def _on_face(body: BodyMeasures, height: float, y_m: float) -> F64Array:
    """The point (3,) of the skin in front at a share of the height, beside the middle."""
    turns = np.linspace(0.0, 1.4, 60)
    points = _skin(body, height, turns)
    turn = float(np.interp(abs(y_m), points[:, 1], turns))
    return _skin(body, height, turn if y_m >= 0.0 else -turn)


def _hair(draft: Draft, body: BodyMeasures, hair: Material) -> None:
    """A shell from the hairline to the crown; its edge dives below the skin. Long hair falls on the shoulders."""
    turn = np.abs(_TURNS)
    front = 0.89 if body.grey and not body.long_hair and body.stature_m > 1.65 else 0.84
    line = np.interp(turn, [0.0, 0.7, 1.05, 1.3, 1.5, 1.75, 2.1, np.pi],
                     [front, front - 0.03, 0.70, 0.60, 0.47, 0.34, 0.21, 0.16])  # fmt: skip
    steps = ((0.0, 0.96), (0.035, 1.018), (0.12, 1.04), (0.3, 1.05), (0.5, _HAIR), (0.68, _HAIR), (0.83, _HAIR),
             (0.93, _HAIR), (1.0, _HAIR))  # fmt: skip
    rings = [_skin(body, line + v * (1.0 - line), _TURNS, out) for v, out in steps]
    draft.add(loft(np.stack(rings), (False, True)), hair)
    if body.long_hair:
        height, length, width = body.head_m
        top = body.stature_m - 0.32 * height
        fall = [
            (top - 0.95 * height, -0.34 * length, 0.05 * length, 0.38 * width),
            (top - 0.80 * height, -0.34 * length, 0.16 * length, 0.50 * width),
            (top - 0.30 * height, -0.26 * length, 0.28 * length, 0.57 * width),
            (top, -0.16 * length, 0.37 * length, 0.54 * width),
            (top + 0.12 * height, -0.12 * length, 0.3 * length, 0.45 * width),
        ]
        draft.add(trunk(fall, 14), hair)


def _add_face(draft: Draft, body: BodyMeasures, skin: Material, hair: Material) -> None:
    """Eyes with brows, nose, mouth, ears."""
    height, length, width = body.head_m
    tall, middle = _skull_m(body)
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


def head_draft(body: BodyMeasures, skin: Material, hair: Material) -> Draft:
    """Head in the entity frame, looking along +x."""
    draft = Draft()
    draft.add(loft(_skin(body, _ROWS[:, None], _TURNS[None])), skin)
    _add_face(draft, body, skin, hair)
    _hair(draft, body, hair)
    height, _, width = body.head_m
    neck = 0.30 * width
    draft.add(trunk([
        (body.shoulder_m - 0.02, -0.02, 1.15 * neck, 1.3 * neck), (body.shoulder_m + 0.05, -0.012, neck, 1.02 * neck),
        (body.stature_m - 0.72 * height, 0.0, 0.95 * neck, 0.95 * neck),
    ], 14, 2.0), skin)  # fmt: skip
    return draft
