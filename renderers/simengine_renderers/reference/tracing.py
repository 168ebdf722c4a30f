"""Nearest hit of rays with rigid parts, by brute force in float64."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.cutouts import cut_rows, holes, is_cut
from simengine.world.materials import Material
from simengine.world.scene import Mesh

__all__ = ["Hits", "Triangles", "nearest", "occluded"]

_BLOCK = 1 << 20  # ray-triangle pairs tested at once (memory)
_EDGE = 1e-12  # barycentric slack, so that rays do not slip between two triangles
_START_M = 1e-6


class Triangles:
    """A mesh as float64 triangles: corner ``a``, edges ``e1``, ``e2``, unnormalised normal, holes, bounding sphere."""

    def __init__(self, mesh: Mesh, materials: Sequence[Material]) -> None:
        corners = mesh.vertices_m.astype(np.float64)[mesh.faces]
        self.mesh = mesh
        self.cut = cut_rows(mesh, materials) if is_cut(mesh, materials) else None
        self.a: F64Array = corners[:, 0]
        self.e1: F64Array = corners[:, 1] - corners[:, 0]
        self.e2: F64Array = corners[:, 2] - corners[:, 0]
        self.normal: F64Array = _cross(self.e1, self.e2)
        points = corners.reshape(-1, 3)
        low, high = (points.min(0), points.max(0)) if len(points) else (np.zeros(3), np.zeros(3))
        self.centre: F64Array = (low + high) / 2.0
        gap = points - self.centre
        self.radius_m = float(np.sqrt((gap * gap).sum(-1).max())) if len(points) else -1.0


@dataclass(frozen=True, eq=False)
class Hits:
    """Nearest hits of N rays.

    Attributes:
        range_m: (N,), +inf where nothing was hit.
        part, face: (N,), -1 where nothing was hit.
        uv: (N, 2), weights of the triangle's second and third corner.
        local_m: (N, 3), hit point in the mesh's own frame.
    """

    range_m: F64Array
    part: I64Array
    face: I64Array
    uv: F64Array
    local_m: F64Array


def nearest(
    triangles: Sequence[Triangles],
    parts: Iterable[int],
    world_from_mesh: F64Array,
    origins_m: F64Array,
    directions: F64Array,
) -> Hits:
    """Nearest hit of each ray with the given parts, both sides of a triangle.

    Args:
        triangles: of every part of the scene, by part index.
        parts: the parts that exist for these rays.
        world_from_mesh: (P, 4, 4), or (P, N, 4, 4): the part's pose at each ray's own time.
        origins_m, directions: (N, 3), world; directions are unit vectors.
    """
    n = len(origins_m)
    best = Hits(
        np.full(n, np.inf), np.full(n, -1, np.int64), np.full(n, -1, np.int64), np.zeros((n, 2)), np.zeros((n, 3))
    )
    for part in parts:
        mesh_from_world = tf.inverse(world_from_mesh[part])
        o, d = tf.apply(mesh_from_world, origins_m), tf.rotate(mesh_from_world, directions)
        shape = triangles[part]
        rows = np.flatnonzero(_meets_sphere(shape, o, d, best.range_m))
        step = max(1, _BLOCK // max(1, len(shape.a)))
        for k in range(0, len(rows), step):
            _keep_nearer(best, part, shape, rows[k : k + step], o, d)
    return best


def occluded(
    triangles: Sequence[Triangles],
    parts: Iterable[int],
    world_from_mesh: F64Array,
    origins_m: F64Array,
    directions: F64Array,
) -> BoolArray:
    """Whether each ray meets anything at all (arguments as for :func:`nearest`)."""
    return np.isfinite(nearest(triangles, parts, world_from_mesh, origins_m, directions).range_m)


def _meets_sphere(shape: Triangles, o: F64Array, d: F64Array, range_m: F64Array) -> BoolArray:
    to_centre = shape.centre - o
    along = (to_centre * d).sum(-1)
    off2 = (to_centre * to_centre).sum(-1) - along * along
    reach = shape.radius_m * (1.0 + 1e-9) + 1e-9
    return (off2 <= reach * reach) & (along >= -reach) & (along - reach <= range_m)


def _keep_nearer(best: Hits, part: int, shape: Triangles, rows: I64Array, o: F64Array, d: F64Array) -> None:
    """Moeller and Trumbore, "Fast, minimum storage ray-triangle intersection", 1997, all pairs at once.

    Solves o + t d = a + u e1 + v e2 by Cramer's rule; with c = (o - a) x d the scaled unknowns are scalar products.
    """
    o, d = o[rows][:, None, :], d[rows][:, None, :]
    gap = o - shape.a
    c = _cross(gap, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = -1.0 / _dot(d, shape.normal)
        t = _dot(gap, shape.normal) * inverse
        u = _dot(c, shape.e2) * inverse
        v = -_dot(c, shape.e1) * inverse
        inside = (u >= -_EDGE) & (v >= -_EDGE) & (u + v <= 1.0 + _EDGE) & (t > _START_M)
    if shape.cut is not None:
        ray, k = np.nonzero(inside)
        inside[ray, k] = ~holes(shape.cut[k], np.stack([u[ray, k], v[ray, k]], -1))
    t = np.where(inside, t, np.inf)
    face = np.argmin(t, axis=1)
    at = np.arange(len(rows)), face
    nearer = t[at] < best.range_m[rows]
    to, at = rows[nearer], (at[0][nearer], face[nearer])
    best.range_m[to] = t[at]
    best.part[to] = part
    best.face[to] = at[1]
    best.uv[to] = np.stack([u[at], v[at]], -1)
    best.local_m[to] = o[at[0], 0] + d[at[0], 0] * t[at][:, None]


def _dot(a: F64Array, b: F64Array) -> F64Array:
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def _cross(a: F64Array, b: F64Array) -> F64Array:
    return np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        -1,
    )
