"""Two levels of detail: what stands far from all lanes has lighter meshes.

Which level a thing has is decided once, when its scene is built, by where it stands: no picture depends on where a
camera was before, and labels are made of the very triangles that are seen. What moves keeps its full detail.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array, I64Array, frozen
from simengine.geometry import transforms as tf
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Mesh, Part

__all__ = ["CELL_M", "FAR_M", "far_parts", "lighter"]

FAR_M = 45.0
"""Least distance from the middles of all lanes at which a lighter mesh stands for the whole one."""
CELL_M = 0.06
"""Edge of the cells of a grid whose vertices become one."""
_KEPT_AREA, _FEWER, _WORTH = 0.85, 0.8, 200
_STEP_M = 5.0


def far_parts(parts: list[Part], meshes: list[Mesh], lanes: LaneGraph) -> list[int]:
    """Rows of the parts that never move and have no point nearer than ``FAR_M`` to a lane (none where there are none).

    A part counts as a ball around its mesh, a lane as points ``_STEP_M`` apart: both err towards near by a few metres.
    """
    rows = [k for k, p in enumerate(parts) if p.link < 0 and not p.shines]
    if not rows or not lanes.lanes:
        return []
    curves = [*(lane.centre for lane in lanes.lanes), *(turn.path for turn in lanes.turns)]
    driven = np.concatenate([
        c.at(np.linspace(0.0, c.length_m, int(c.length_m / _STEP_M) + 2))[0][:, :2] for c in curves
    ])  # fmt: skip
    balls = {k: _ball(meshes[k]) for k in {parts[row].mesh for row in rows}}
    middle = np.stack([tf.apply(parts[row].frame_from_mesh, balls[parts[row].mesh][0]) for row in rows])[:, :2]
    radius = np.array([balls[parts[row].mesh][1] for row in rows])
    least = np.full(len(rows), np.inf)
    for some in np.array_split(driven, len(driven) // 64 + 1):
        gap = middle[:, None] - some
        least = np.minimum(least, np.sqrt((gap * gap).sum(-1)).min(1))
    return [row for row, far in zip(rows, least - radius > FAR_M, strict=True) if far]


def _ball(mesh: Mesh) -> tuple[F64Array, float]:
    """Middle of the bounding box, and its half diagonal."""
    if not len(mesh.vertices_m):
        return np.zeros(3), np.inf
    low, high = mesh.vertices_m.min(0).astype(np.float64), mesh.vertices_m.max(0).astype(np.float64)
    return 0.5 * (low + high), 0.5 * float(np.sqrt(((high - low) ** 2).sum()))


@lru_cache(maxsize=512)
def lighter(mesh: Mesh, cell_m: float = CELL_M) -> Mesh:
    """The mesh with fewer triangles: its own ``far``, or with the vertices of every cell of a grid drawn together.

    Clustering after Rossignac and Borrel, "Multi-resolution 3D approximations for rendering complex scenes" (1993): no
    vertex moves farther than the diagonal of a cell, and none leaves the bounding box. Where that would lose more than
    15 % of the surface (wires, thin bars) or gain less than a fifth, the mesh stays as it is.

    Returns:
        A mesh named "NAME.far", or ``mesh`` itself.
    """
    if mesh.far is not None:
        return mesh.far
    if len(mesh.faces) < _WORTH:
        return mesh
    points = mesh.vertices_m.astype(np.float64)
    place = _groups(np.floor((points - points.min(0)) / cell_m).astype(np.int64))
    middle = _means(place, points)
    triangles = np.sort(place[mesh.faces], axis=1)
    _, first = np.unique(np.column_stack([triangles, mesh.face_material]), axis=0, return_index=True)
    kept = np.sort(first[(np.diff(triangles[first], axis=1) > 0).all(1)])
    faces: I64Array = mesh.faces[kept].astype(np.int64)
    if len(kept) > _FEWER * len(mesh.faces):
        return mesh
    if _area_m2(middle, place[mesh.faces]) < _KEPT_AREA * _area_m2(points, mesh.faces):
        return mesh
    vertex, normals = place, None
    if mesh.vertex_normals is not None:  # edges stay sharp: one vertex for each side that normals of a cell look to
        side = np.sign(np.round(1.2 * mesh.vertex_normals)).astype(np.int64)
        vertex = _groups(np.column_stack([place, side]))
        mean = _means(vertex, mesh.vertex_normals.astype(np.float64))
        length = np.sqrt((mean * mean).sum(-1, keepdims=True))
        normals = np.where(length > 1e-6, mean / np.maximum(length, 1e-6), [0.0, 0.0, 1.0])
    used, one, compact = np.unique(vertex[faces], return_index=True, return_inverse=True)
    return Mesh(
        f"{mesh.name}.far", frozen(middle[place[faces].reshape(-1)[one]], np.float32),
        frozen(compact.reshape(-1, 3), np.int32), frozen(mesh.face_material[kept], np.int32),
        None if normals is None else frozen(normals[used], np.float32),
    )  # fmt: skip


def _groups(rows: I64Array) -> I64Array:
    """A number for each of equal rows (N, K)."""
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


def _means(group: I64Array, values: F64Array) -> F64Array:
    """Means of rows (N, 3) of each group."""
    return np.stack([np.bincount(group, values[:, k]) for k in range(3)], -1) / np.bincount(group)[:, None]


def _area_m2(points: F64Array, faces: Array) -> float:
    a, b, c = (points[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    return 0.5 * float(np.sqrt((normal * normal).sum(-1)).sum())
