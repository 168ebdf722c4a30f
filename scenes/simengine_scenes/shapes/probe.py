"""Points of drafts: what a ray along an axis meets first, and the vertex that lies farthest in a direction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.errors import SceneError

__all__ = ["farthest", "first_hit", "middle", "normals"]


def first_hit(triangles: F64Array, axis: int, sign: float, at_m: tuple[float, float]) -> F64Array:
    """What somebody sees who looks along an axis from far outside.

    Args:
        triangles: (T, 3, 3), corners.
        axis: 0, 1 or 2.
        sign: the side that the onlooker is on: 1 looks down the axis, -1 up.
        at_m: where the ray is in the other two coordinates, in their order.

    Returns:
        The point (3,).

    Raises:
        SceneError: nothing is there.
    """
    others = [k for k in range(3) if k != axis]
    flat = triangles[:, :, others]
    near = np.flatnonzero(((flat.min(1) <= at_m) & (flat.max(1) >= at_m)).all(-1))
    corner, edges = flat[near, 0], flat[near, 1:] - flat[near, :1]
    way = np.asarray(at_m) - corner
    (a, b), (c, d) = (edges[:, 0, 0], edges[:, 1, 0]), (edges[:, 0, 1], edges[:, 1, 1])
    area = a * d - b * c
    area = np.where(np.abs(area) < 1e-14, np.nan, area)  # seen from its edge
    u, v = (way[:, 0] * d - way[:, 1] * b) / area, (a * way[:, 1] - c * way[:, 0]) / area
    met = np.flatnonzero((u >= -1e-9) & (v >= -1e-9) & (u + v <= 1.0 + 1e-9))
    if not len(met):
        raise SceneError(f"expected a surface at {at_m} along axis {axis}; there is none")
    height = triangles[near[met]][:, :, axis]
    level = height[:, 0] + u[met] * (height[:, 1] - height[:, 0]) + v[met] * (height[:, 2] - height[:, 0])
    return np.insert(np.asarray(at_m, np.float64), axis, sign * float((sign * level).max()))


def farthest(triangles: F64Array, way: npt.ArrayLike) -> F64Array:
    """The corner (3,) of triangles (T, 3, 3) that lies farthest in a direction (3,)."""
    corners = triangles.reshape(-1, 3)
    return corners[int(np.argmax(corners @ np.asarray(way, np.float64)))]


def normals(triangles: F64Array) -> F64Array:
    """Outward normals of triangles (T, 3, 3), as long as twice their area, (T, 3)."""
    return np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])


def middle(triangles: F64Array) -> F64Array:
    """Centroid (3,) of a surface of triangles (T, 3, 3)."""
    n = normals(triangles)
    area = np.sqrt((n * n).sum(-1))
    return (triangles.mean(1) * area[:, None]).sum(0) / area.sum()
