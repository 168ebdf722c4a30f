"""Named areas of a world as triangles: strips along curves, polygons, rectangles that things stand on.

A region is what ``in road``, ``in lane(2)`` or ``on bench`` of the language mean. Its triangles follow each other,
along a strip from its start to its end, so that one number of [0, 1) runs through it and another one across.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simengine.arrays import F64Array
from simengine.errors import SceneError

if TYPE_CHECKING:
    from simengine.world.lanes import Curve

__all__ = ["Rectangle", "Region", "areas_m2", "beside", "between", "polygon", "rectangle"]


@dataclass(frozen=True)
class Rectangle:
    """A rectangle of the ground plan: centre, heading of its length, extents."""

    x_m: float
    y_m: float
    yaw_rad: float
    length_m: float
    width_m: float


@dataclass(frozen=True, eq=False)
class Region:
    """An area of the ground plan.

    Attributes:
        triangles_m: (T, 3, 2), without overlaps. Their order and that of their corners say what a draw means: it runs
            from the first corner to the opposite side, in each second triangle from that side to the corner.
        height_m: how high its ground lies above the road or floor.
        top: where it is the top of a rectangular thing: what stands on it stands wholly on it; else None.
    """

    triangles_m: F64Array
    height_m: float = 0.0
    top: Rectangle | None = None

    def __post_init__(self) -> None:
        shape = self.triangles_m.shape
        if len(shape) != 3 or shape[1:] != (3, 2) or shape[0] < 1:
            raise SceneError(f"a region needs triangles of shape (T, 3, 2), at least one; got {shape}")

    @property
    def area_m2(self) -> float:
        """Sum of its triangles."""
        return float(areas_m2(self.triangles_m).sum())

    def joined(self, *others: Region) -> Region:
        """This region and others that do not overlap it, as one on its height."""
        return Region(np.concatenate([r.triangles_m for r in (self, *others)]), self.height_m)


def areas_m2(triangles_m: F64Array) -> F64Array:
    """Areas of triangles (..., 3, 2)."""
    a, b = triangles_m[..., 1, :] - triangles_m[..., 0, :], triangles_m[..., 2, :] - triangles_m[..., 0, :]
    return 0.5 * np.abs(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def between(right_m: F64Array, left_m: F64Array, height_m: float = 0.0) -> Region:
    """The strip between two lines of as many points, (N, 2 or more) each, from their first points to their last."""
    right, left = right_m[:, :2], left_m[:, :2]
    if right.shape != left.shape or len(right) < 2:
        raise SceneError(f"a strip needs two lines of as many points, two at least; got {len(right)} and {len(left)}")
    near = np.stack([right[:-1], left[:-1], right[1:]], 1)
    far = np.stack([left[1:], left[:-1], right[1:]], 1)  # run from the common side to the far corner
    return Region(np.ascontiguousarray(np.stack([near, far], 1).reshape(-1, 3, 2)), height_m)


def beside(curve: Curve, right_m: float, left_m: float, height_m: float = 0.0) -> Region:
    """The strip along a curve from one offset to another (to the left of it, ``right_m`` < ``left_m``)."""
    return between(_moved(curve, right_m), _moved(curve, left_m), height_m)


def _moved(curve: Curve, left_m: float) -> F64Array:
    """The points of a curve moved to its left, corners mitred, so that neighbouring strips share their edge."""
    points = curve.points_m[:, :2]
    step = np.diff(points, axis=0)
    unit = step / np.sqrt((step * step).sum(-1))[:, None]
    before, after = np.concatenate([unit[:1], unit]), np.concatenate([unit, unit[-1:]])
    if curve.arcs is not None:  # the line is round there: its ends have headings of their own
        ends = _end_directions(curve.arcs)
        before[0] = after[0] = ends[0]
        before[-1] = after[-1] = ends[1]
    middle = before + after
    scale = 2.0 / (middle * middle).sum(-1)  # 1 / cos(half the turn), twice
    normal = np.stack([-middle[:, 1], middle[:, 0]], -1) * scale[:, None]
    return points + normal * left_m


def _end_directions(arcs: F64Array) -> F64Array:
    first, last = arcs[0, 2], arcs[-1, 2] + arcs[-1, 3] * arcs[-1, 4]
    return np.array([[math.cos(first), math.sin(first)], [math.cos(last), math.sin(last)]])


def rectangle(where: Rectangle, height_m: float = 0.0) -> Region:
    """A rectangular top, or a marked place on the floor."""
    c, s = math.cos(where.yaw_rad), math.sin(where.yaw_rad)
    half = np.array([[c, s], [-s, c]]) * (0.5 * np.array([where.length_m, where.width_m]))[:, None]
    centre = np.array([where.x_m, where.y_m])
    right = np.array([centre - half[0] - half[1], centre + half[0] - half[1]])
    left = np.array([centre - half[0] + half[1], centre + half[0] + half[1]])
    return Region(between(right, left).triangles_m, height_m, where)


def polygon(corners_m: Sequence[tuple[float, float]], height_m: float = 0.0) -> Region:
    """A simple polygon, in either sense of rotation, cut into triangles by its ears (Meisters, 1975).

    Raises:
        SceneError: fewer than three corners, or sides that cross.
    """
    corners = [(float(x), float(y)) for x, y in corners_m]
    if len(corners) < 3:
        raise SceneError(f"a polygon needs at least three corners; got {len(corners)}")
    twice = sum(_turn(corners[0], a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True))
    if twice < 0.0:
        corners.reverse()
    found: list[tuple[tuple[float, float], ...]] = []
    while len(corners) > 3:
        ear = next((k for k in range(len(corners)) if _is_ear(corners, k)), None)
        if ear is None:
            raise SceneError("the sides of a polygon must not cross each other")
        found.append((corners[ear - 1], corners[ear], corners[(ear + 1) % len(corners)]))
        del corners[ear]
    region = Region(np.array([*found, tuple(corners)], np.float64), height_m)
    if abs(region.area_m2 - 0.5 * abs(twice)) > 1e-6 * region.area_m2:
        raise SceneError("the sides of a polygon must not cross each other")
    return region


def _turn(o: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """Twice the signed area of a triangle."""
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _is_ear(corners: list[tuple[float, float]], k: int) -> bool:
    a, b, c = corners[k - 1], corners[k], corners[(k + 1) % len(corners)]
    if _turn(a, b, c) <= 0.0:
        return False
    others = (p for p in corners if p not in (a, b, c))
    return not any(_turn(a, b, p) >= 0.0 and _turn(b, c, p) >= 0.0 and _turn(c, a, p) >= 0.0 for p in others)
