"""Head with face, ears and hair."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, grid, mirrored, ring

__all__ = ["head_draft"]

_SEGMENTS = 24
_HAIR = 1.055
# height, forward offset (over head length), half length and half width (over the largest)
_SKULL: Array = np.array([
    [0.00, 0.15, 0.12, 0.14], [0.02, 0.14, 0.26, 0.32], [0.07, 0.115, 0.46, 0.52], [0.16, 0.07, 0.66, 0.72],
    [0.28, 0.035, 0.81, 0.86], [0.42, 0.01, 0.93, 0.95], [0.56, -0.005, 0.99, 1.0], [0.68, -0.01, 1.0, 1.0],
    [0.79, -0.015, 0.94, 0.94], [0.88, -0.02, 0.80, 0.80], [0.95, -0.02, 0.58, 0.58], [0.99, -0.02, 0.30, 0.30],
    [1.00, -0.02, 0.02, 0.02],
])  # fmt: skip


def _rings(body: BodyMeasures, scale: float) -> F64Array:
    """Rings (R, C, 3) of the skull; the top of the hair is at the stature."""
    height, length, width = body.head_m
    skull = height / (0.5 + 0.5 * _HAIR)
    middle = body.stature_m - 0.5 * skull * _HAIR
    unit = ring((1.0, 1.0), _SEGMENTS, 2.15)
    z = middle + (_SKULL[:, 0] - 0.5) * skull * scale
    x = _SKULL[:, 1] * length
    xs = x[:, None] + 0.5 * length * scale * _SKULL[:, 2:3] * unit[:, 0]
    ys = 0.5 * width * scale * _SKULL[:, 3:4] * unit[:, 1]
    return np.stack([xs, ys, np.broadcast_to(z[:, None], xs.shape)], -1)


def _hair(draft: Draft, body: BodyMeasures, hair: Material) -> None:
    """Hair: outside the skull where it grows; elsewhere the same skin dives below the face, so no edge stays open."""
    angle = np.arange(_SEGMENTS) * 2 * np.pi / _SEGMENTS
    turn = np.minimum(angle, 2 * np.pi - angle)  # 0 in front, pi behind
    line = np.interp(turn, [0.0, 0.8, 1.1, 1.5, 1.7, 2.1, np.pi], [0.84, 0.82, 0.66, 0.52, 0.30, 0.20, 0.16])
    grows = (_SKULL[:, 0][:, None] >= line[None])[..., None]
    draft.add(grid(np.where(grows, _rings(body, _HAIR), _rings(body, 0.9)), closed=True), hair)
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


def head_draft(body: BodyMeasures, skin: Material, hair: Material) -> Draft:
    """Head in the entity frame, looking along +x."""
    draft = Draft()
    vertices, faces = grid(_rings(body, 1.0), closed=True)
    draft.add((vertices, faces), skin)
    height, length, width = body.head_m
    eyes = body.stature_m - 0.50 * height
    draft.add(
        ellipsoid(
            (0.5 * length + 0.002, 0.0, eyes - 0.12 * height), (0.10 * length, 0.08 * width, 0.09 * height), 6, 8
        ),
        skin,
    )
    ear = ellipsoid(
        (-0.03 * length, 0.5 * width, eyes - 0.04 * height), (0.10 * length, 0.06 * width, 0.13 * height), 6, 8
    )
    eye = ellipsoid((0.452 * length, 0.205 * width, eyes), (0.03 * length, 0.07 * width, 0.024 * height), 4, 8)
    brow = ellipsoid(
        (0.462 * length, 0.21 * width, eyes + 0.075 * height), (0.028 * length, 0.11 * width, 0.012 * height), 4, 8
    )
    lips = ellipsoid((0.478 * length, 0.0, eyes - 0.265 * height), (0.03 * length, 0.15 * width, 0.02 * height), 4, 8)
    for piece, material in ((ear, skin), (eye, palette.RUBBER), (brow, hair)):
        draft.add(piece, material).add(mirrored(piece), material)
    draft.add(lips, palette.LIPS)
    _hair(draft, body, hair)
    neck = 0.30 * width
    draft.add(trunk([
        (body.shoulder_m - 0.02, -0.02, 1.15 * neck, 1.3 * neck), (body.shoulder_m + 0.05, -0.012, neck, 1.02 * neck),
        (body.stature_m - 0.72 * height, 0.0, 0.95 * neck, 0.95 * neck),
    ], 14, 2.0), skin)  # fmt: skip
    return draft
