"""Solids and sheets as (vertices, faces): boxes, tubes, lathes, ellipsoids, grids. All wound outward."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine_scenes.shapes.draft import Surface

__all__ = [
    "box", "ellipsoid", "grid", "joined", "lathe", "loft", "mirrored", "open_box", "pose", "prism", "quad", "ring",
    "rounded_box", "tapered", "tube",
]  # fmt: skip

_BOX = np.array([
    [0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2],
    [1, 3, 7], [1, 7, 5],
])  # fmt: skip
_CORNERS = np.array([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])


def box(center_m: npt.ArrayLike, size_m: npt.ArrayLike) -> Surface:
    """Axis-aligned box, 12 faces."""
    return np.asarray(center_m, np.float64) + _CORNERS * np.asarray(size_m, np.float64), _BOX.copy()


def tapered(center_m: npt.ArrayLike, size_m: npt.ArrayLike, top: tuple[float, float]) -> Surface:
    """Box whose top face is scaled by ``top`` in x and y."""
    corners = _CORNERS.copy()
    corners[4:, :2] *= np.asarray(top)
    return np.asarray(center_m, np.float64) + corners * np.asarray(size_m, np.float64), _BOX.copy()


def quad(a: npt.ArrayLike, b: npt.ArrayLike, c: npt.ArrayLike, d: npt.ArrayLike) -> Surface:
    """Two triangles; counter-clockwise from the front."""
    return np.array([a, b, c, d], np.float64), np.array([[0, 1, 2], [0, 2, 3]])


def grid(points_m: F64Array, closed: bool = False, flip: bool = False) -> Surface:
    """Sheet over a lattice of points (R, C, 3): two triangles a cell, cells in row-major order.

    The front is where the cross product of the column step and the row step points; ``flip`` turns it over.
    ``closed`` joins the last column to the first.
    """
    rows, cols = points_m.shape[:2]
    wide = cols if closed else cols - 1
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(wide), indexing="ij")
    right = (c + 1) % cols
    i, j, k, m = r * cols + c, r * cols + right, (r + 1) * cols + right, (r + 1) * cols + c
    faces = np.stack([np.stack([i, j, k], -1), np.stack([i, k, m], -1)], 2).reshape(-1, 3)
    return points_m.reshape(-1, 3), faces[:, ::-1].copy() if flip else faces


def ring(radii: tuple[float, float], segments: int, power: float = 2.0, phase: float = 0.0) -> F64Array:
    """Super-ellipse (segments, 2), counter-clockwise from +x; power 2 is an ellipse, larger is boxier."""
    t = (np.arange(segments) + phase) * (2.0 * math.pi / segments)
    c, s = np.cos(t), np.sin(t)
    e = 2.0 / power
    return np.stack([radii[0] * np.sign(c) * np.abs(c) ** e, radii[1] * np.sign(s) * np.abs(s) ** e], -1)


def loft(rings_m: F64Array, caps: tuple[bool, bool] = (True, True)) -> Surface:
    """Closed skin through rings (R, C, 3) that run counter-clockwise about the direction of the rows."""
    rows, cols = rings_m.shape[:2]
    vertices, faces = grid(rings_m, closed=True)
    parts, extra = [faces], [vertices]
    c = np.arange(cols)
    for end, wanted in enumerate(caps):
        if not wanted:
            continue
        hub = rows * cols + sum(len(e) for e in extra[1:])
        base = 0 if end == 0 else (rows - 1) * cols
        rim = np.stack([base + c, base + (c + 1) % cols, np.full(cols, hub)], -1)
        parts.append(rim[:, ::-1] if end == 0 else rim)
        extra.append(rings_m[0 if end == 0 else -1].mean(0)[None])
    return np.concatenate(extra), np.concatenate(parts)


def lathe(profile_m: Sequence[tuple[float, float]], segments: int) -> Surface:
    """Solid of revolution about +z of a profile (radius, z) that goes up on the outside; radius 0 closes it."""
    t = np.arange(segments) * (2.0 * math.pi / segments)
    p = np.asarray(profile_m, np.float64)
    rings = np.stack([p[:, :1] * np.cos(t), p[:, :1] * np.sin(t), np.broadcast_to(p[:, 1:], (len(p), segments))], -1)
    return grid(rings, closed=True)


def rounded_box(
    center_m: npt.ArrayLike, size_m: npt.ArrayLike, power: float = 5.0, segments: int = 16, softness: float = 0.35
) -> Surface:
    """Soft box: a bag, a cushion. Upright edges follow a super-ellipse, top and bottom are drawn in by a share of its
    least half size."""
    x, y, z = (0.5 * v for v in np.asarray(size_m, np.float64).tolist())
    unit = ring((1.0, 1.0), segments, power)
    soft = softness * min(x, y, z)
    rows = [(-z, soft), (-z + 0.3 * soft, 0.3 * soft), (-z + soft, 0.0), (z - soft, 0.0), (z - 0.3 * soft, 0.3 * soft),
            (z, soft)]  # fmt: skip
    rings = [np.column_stack([(x - k) * unit[:, 0], (y - k) * unit[:, 1], np.full(segments, h)]) for h, k in rows]
    vertices, faces = loft(np.stack(rings))
    return vertices + np.asarray(center_m, np.float64), faces


def open_box(
    center_m: npt.ArrayLike, size_m: npt.ArrayLike, foot: float = 1.0, wall_m: float = 0.012, power: float = 7.0,
    segments: int = 20,
) -> Surface:  # fmt: skip
    """A box without a lid, with walls; its foot is smaller than its rim by the factor ``foot``."""
    x, y, z = (0.5 * v for v in np.asarray(size_m, np.float64).tolist())
    unit = ring((1.0, 1.0), segments, power)
    rows = [(-z, foot, 0.0), (z, 1.0, 0.0), (z, 1.0, wall_m), (wall_m - z, foot, wall_m)]
    rings = [
        np.column_stack([(k * x - w) * unit[:, 0], (k * y - w) * unit[:, 1], np.full(segments, h)]) for h, k, w in rows
    ]
    vertices, faces = loft(np.stack(rings))
    return vertices + np.asarray(center_m, np.float64), faces


def tube(points_m: npt.ArrayLike | Sequence[npt.ArrayLike], radii_m: npt.ArrayLike, segments: int = 8) -> Surface:
    """Round bar along a polyline (N, 3) with a radius at each point, capped."""
    p = np.asarray(points_m, np.float64)  # type: ignore[arg-type]
    r = np.broadcast_to(np.asarray(radii_m, np.float64), (len(p),))
    step = np.gradient(p, axis=0)
    along = step / np.sqrt((step * step).sum(-1, keepdims=True))
    u, v = _frames(along)
    t = np.arange(segments) * (2.0 * math.pi / segments)
    around = u[:, None] * np.cos(t)[:, None] + v[:, None] * np.sin(t)[:, None]
    return loft(p[:, None] + around * r[:, None, None])


def _frames(along: F64Array) -> tuple[F64Array, F64Array]:
    """Two normals of each direction (N, 3), carried along the line without twist."""
    start = np.array([1.0, 0.0, 0.0]) if abs(along[0, 2]) > 0.9 else np.array([0.0, 0.0, 1.0])
    u = np.empty_like(along)
    carried = np.cross(start, along[0])
    for k, way in enumerate(along):
        flat = carried - way * float((carried * way).sum())
        carried = flat / np.sqrt((flat * flat).sum())
        u[k] = carried
    return u, np.cross(along, u)


def ellipsoid(center_m: npt.ArrayLike, radii_m: npt.ArrayLike, rows: int = 8, segments: int = 12) -> Surface:
    """Ellipsoid with poles on its z axis."""
    lat = (np.arange(rows + 1) / rows - 0.5) * math.pi
    profile = [(float(np.cos(a)) if 0 < i < rows else 0.0, float(np.sin(a))) for i, a in enumerate(lat)]
    vertices, faces = lathe(profile, segments)
    return np.asarray(center_m, np.float64) + vertices * np.asarray(radii_m, np.float64), faces


def prism(outline_m: npt.ArrayLike, low_m: float, high_m: float) -> Surface:
    """Extrusion along z of a convex outline (N, 2) that runs counter-clockwise."""
    o = np.asarray(outline_m, np.float64)
    rings = np.stack([np.column_stack([o, np.full(len(o), z)]) for z in (low_m, high_m)])
    return loft(rings)


def mirrored(surface: Surface) -> Surface:
    """Mirror image across the plane y = 0, still wound outward."""
    vertices, faces = surface
    return vertices * np.array([1.0, -1.0, 1.0]), faces[:, ::-1].copy()


def joined(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one."""
    faces: list[I64Array] = []
    count = 0
    for vertices, f in surfaces:
        faces.append(f + count)
        count += len(vertices)
    return np.concatenate([v for v, _ in surfaces]), np.concatenate(faces)


def pose(
    xyz_m: npt.ArrayLike = (0.0, 0.0, 0.0), axis: npt.ArrayLike = (0.0, 0.0, 1.0), angle_rad: float = 0.0
) -> F64Array:
    """Rigid transform (4, 4): turn by ``angle_rad`` about ``axis``, then move to ``xyz_m``."""
    return tf.matrix_from_pose(xyz_m, tf.quaternion_about(axis, angle_rad))
