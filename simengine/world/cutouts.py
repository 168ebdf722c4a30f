"""Holes of surfaces: where they are on a face, and which faces may have some.

A place on a face is given in cells along two axes of the face's own plane, in the frame of the mesh: the first one is
level (the z axis crossed with the normal; +x on a floor), the second one square to it. What a ray meets in a hole is
not there. Kernels (``raytrace/native/cutout.h``) and shaders hold the same rules as ``holes``, which is their oracle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import Array, BoolArray, F32Array, F64Array, I64Array
from simengine.world.materials import Cutout, Material
from simengine.world.scene import Mesh

__all__ = ["PANE", "STROKES", "WIRE", "cut_rows", "holes", "is_cut", "lets_through"]

STROKES: dict[Cutout, tuple[int, float]] = {
    Cutout.LEAVES: (3, 0.20), Cutout.NEEDLES: (5, 0.07), Cutout.TWIGS: (4, 0.032),
}  # fmt: skip
"""Layers of one stroke a cell each, and the strokes' half width in the middle, in cells; they are a cell long."""
WIRE = 0.05
"""Half the width of a wire of CHAIN_LINK, along an axis of the cell, in cells."""
PANE = 255
"""In place of the kind of holes: the face is a pane."""
_KEYS = np.array([0x0DA6B343, 0x58163841, 0x4B1AB31F, 0x7FEB352D], np.uint32)


def is_cut(mesh: Mesh, materials: Sequence[Material]) -> bool:
    """Whether any face of a mesh may have holes."""
    return any(materials[int(m)].cutout != Cutout.SOLID for m in set(mesh.face_material.tolist()))


def lets_through(mesh: Mesh, materials: Sequence[Material]) -> bool:
    """Whether light may get through any face of a mesh: by holes, or because it is a pane."""
    return is_cut(mesh, materials) or any(materials[int(m)].pane for m in set(mesh.face_material.tolist()))


def cut_rows(mesh: Mesh, materials: Sequence[Material]) -> F32Array:
    """What a face's holes follow from, (F, 8): places of its three corners, the kind of holes, and zero.

    Of a pane: its tint and that at 905 nm, the reflectance of a face at normal incidence, zero, ``PANE``, and zero.
    """
    kind = np.array([int(m.cutout) for m in materials], np.float64)[mesh.face_material]
    cell = np.array([m.cutout_m for m in materials], np.float64)[mesh.face_material]
    corners = mesh.vertices_m.astype(np.float64)[mesh.faces]
    level, upright = _axes(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    out = np.zeros((len(corners), 8), np.float32)
    for k in range(3):
        out[:, 2 * k] = (corners[:, k] * level).sum(-1) / cell
        out[:, 2 * k + 1] = (corners[:, k] * upright).sum(-1) / cell
    out[:, 6] = kind
    for k, material in enumerate(materials):
        if material.pane is not None:
            out[mesh.face_material == k] = (*material.pane.tint, material.pane.nir, material.specular, 0.0, PANE, 0.0)
    return out


def holes(rows: Array, uv: Array) -> BoolArray:
    """Whether points of faces lie in holes, (N,).

    Args:
        rows: of the faces (``cut_rows``), (N, 8).
        uv: weights of their second and third corner, (N, 2).
    """
    place = rows[:, None, 0:2] + uv[:, 0, None, None] * (rows[:, None, 2:4] - rows[:, None, 0:2])
    place = (place + uv[:, 1, None, None] * (rows[:, None, 4:6] - rows[:, None, 0:2]))[:, 0].astype(np.float32)
    out = np.zeros(len(rows), np.bool_)
    for kind in Cutout:
        at = rows[:, 6] == int(kind)
        if kind in STROKES:
            out[at] = ~_on_stroke(place[at], *STROKES[kind])
        elif kind == Cutout.CHAIN_LINK:
            a, b = place[at].sum(-1), place[at, 0] - place[at, 1]
            out[at] = (np.abs(a - np.floor(a) - 0.5) > WIRE) & (np.abs(b - np.floor(b) - 0.5) > WIRE)
    return out


def _axes(normal: F64Array) -> tuple[F64Array, F64Array]:
    """Two unit axes in the plane of each normal, (F, 3) each; x and y for faces without area."""
    length = np.sqrt((normal * normal).sum(-1, keepdims=True))
    n = np.where(length > 0, normal / np.where(length > 0, length, 1.0), (0.0, 0.0, 1.0))
    level = np.stack([-n[:, 1], n[:, 0], np.zeros(len(n))], -1)
    flat = np.sqrt((level * level).sum(-1, keepdims=True))
    level = np.where(flat > 1e-3, level / np.where(flat > 1e-3, flat, 1.0), (1.0, 0.0, 0.0))
    return level, np.cross(n, level)


def _mixed(key: Array) -> Array:
    """A number in [0, 1) for each key, as ``mixed`` of ``native/noise.h``."""
    g = (key ^ (key >> np.uint32(15))) * _KEYS[3]
    return ((g ^ (g >> np.uint32(13))) & np.uint32(0xFFFFFF)).astype(np.float32) * np.float32(5.9604645e-8)


def _on_stroke(place: F32Array, layers: int, wide: float) -> BoolArray:
    out = np.zeros(len(place), np.bool_)
    for k in range(layers):
        at = place + np.array([0.37 * k, 0.61 * k], np.float32)
        cell = np.floor(at)
        number: I64Array = cell.astype(np.int64)
        key = number.astype(np.uint32) * _KEYS[:2]
        word = key[:, 0] + key[:, 1] + np.uint32((k + 4) * int(_KEYS[2]) & 0xFFFFFFFF)
        way = np.stack([_mixed(word), _mixed(word + _KEYS[0])], -1) - np.float32(0.5)
        way /= np.sqrt((way * way).sum(-1, keepdims=True) + np.float32(1e-6))
        off = at - cell - np.float32(0.5)
        along = (way * off).sum(-1)
        across = np.abs(way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0])
        out |= across < wide * (1.0 - 4.0 * along * along)
    return out
