"""Shapes that arms and goods are made of: turned and drawn solids, plates that lie on round things, profiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.solids import lathe, loft, ring

__all__ = ["band", "bent_plate", "outward", "rod", "slab", "soft_block", "spun", "swept", "turned"]

_AXES = {"x": [2, 0, 1], "y": [1, 2, 0], "z": [0, 1, 2]}


def turned(surface: Surface, axis: str) -> Surface:
    """What stands along +z, laid along another axis (axes are exchanged in a circle: it stays wound outward)."""
    vertices, faces = surface
    return vertices[:, _AXES[axis]], faces


def outward(surface: Surface) -> Surface:
    """A closed surface wound outward, whatever way it was wound."""
    v, f = surface
    a, b, c = (v[f[:, i]] for i in range(3))
    return (v, f) if float((np.cross(a, b) * c).sum()) >= 0.0 else (v, f[:, ::-1].copy())


def spun(
    profile_m: Sequence[tuple[float, float]], segments: int = 32, at_m: npt.ArrayLike = (0.0, 0.0, 0.0), axis: str = "z"
) -> Surface:
    """A closed solid of revolution of a profile (radius, height); open ends are closed on the axis."""
    line = list(profile_m)
    if line[0][0] > 0.0:
        line = [(0.0, line[0][1]), *line]
    if line[-1][0] > 0.0:
        line = [*line, (0.0, line[-1][1])]
    vertices, faces = turned(outward(lathe(line, segments)), axis)
    return vertices + np.asarray(at_m, np.float64), faces


def band(radius_m: float, low_m: float, high_m: float, thick_m: float = 2e-4, segments: int = 32) -> Surface:
    """A sleeve about the z axis: a label."""
    out, inside = radius_m + thick_m, radius_m - 4.0 * thick_m
    line = [(inside, low_m), (out, low_m), (out, high_m), (inside, high_m), (inside, low_m)]
    return outward(lathe(line, segments))


def bent_plate(
    radius_m: float, angles_rad: tuple[float, float], heights_m: tuple[float, float], thick_m: float = 3e-4
) -> Surface:
    """A plate that lies on a cylinder about z: a printed patch."""
    count = max(3, int(abs(angles_rad[1] - angles_rad[0]) / 0.2) + 2)
    rows: list[F64Array] = []
    for a in np.linspace(angles_rad[0], angles_rad[1], count).tolist():
        c, s = math.cos(a), math.sin(a)
        r0, r1 = radius_m - 3.0 * thick_m, radius_m + thick_m
        low, high = heights_m
        rows.append(
            np.array([[r0 * c, r0 * s, low], [r1 * c, r1 * s, low], [r1 * c, r1 * s, high], [r0 * c, r0 * s, high]])
        )
    return outward(loft(np.stack(rows)))


def rod(
    begin_m: float,
    end_m: float,
    radius_m: float,
    at_m: npt.ArrayLike = (0.0, 0.0, 0.0),
    segments: int = 24,
    soft: float = 0.15,
) -> Surface:
    """A bar along x with rounded ends; ``soft`` is the share of the radius that is rounded."""
    k = soft * radius_m
    line = [(radius_m - k, begin_m), (radius_m - 0.3 * k, begin_m + 0.3 * k), (radius_m, begin_m + k)]
    line += [(r, begin_m + end_m - z) for r, z in line[::-1]]
    return spun(line, segments, at_m, "x")


def soft_block(
    center_m: npt.ArrayLike, size_m: npt.ArrayLike, edge_m: float, power: float = 14.0, segments: int = 40
) -> Surface:
    """A box whose edges are rounded by a length."""
    x, y, z = (0.5 * v for v in np.asarray(size_m, np.float64).tolist())
    e = min(edge_m, 0.9 * min(x, y, z))
    unit = ring((1.0, 1.0), segments, power)
    # corners follow the super-ellipse; flat sides carry more points than it has corners
    c, s = unit[:, :1], unit[:, 1:]
    rows: list[F64Array] = []
    for k in range(5):
        a = 0.5 * math.pi * k / 4
        rows.append(
            np.column_stack(
                [
                    (x - e + e * math.sin(a)) * c,
                    (y - e + e * math.sin(a)) * s,
                    np.full((segments, 1), -z + e - e * math.cos(a)),
                ]
            )
        )
    rows += [np.column_stack([r[:, :2], -r[:, 2]]) for r in rows[::-1]]
    vertices, faces = loft(np.stack(rows))
    return vertices + np.asarray(center_m, np.float64), faces


def slab(outline_m: npt.ArrayLike, low_m: float, high_m: float, edge_m: float = 0.0) -> Surface:
    """A plate with a star-shaped outline (N, 2) about its mean; ``edge_m`` rounds the rim."""
    o = np.asarray(outline_m, np.float64)
    middle = o.mean(0)
    way = o - middle
    length = np.sqrt((way * way).sum(-1, keepdims=True))
    rows: list[F64Array] = []
    for z, inset in ((low_m, edge_m), (low_m + edge_m, 0.0), (high_m - edge_m, 0.0), (high_m, edge_m)):
        scaled = middle + way * np.maximum(1.0 - inset / np.maximum(length, 1e-9), 0.2)
        rows.append(np.column_stack([scaled, np.full(len(o), z)]))
    return outward(loft(np.stack(rows)))


def swept(points_m: npt.ArrayLike, half_m: npt.ArrayLike, segments: int = 20, power: float = 2.0) -> Surface:
    """A bar along a line in the plane of x and y (N, 3) with half widths across and up at each point (N, 2)."""
    p, h = np.asarray(points_m, np.float64), np.asarray(half_m, np.float64)
    step = np.gradient(p[:, :2], axis=0)
    along = step / np.sqrt((step * step).sum(-1, keepdims=True))
    unit = ring((1.0, 1.0), segments, power)
    rows = [
        np.column_stack(
            [
                q[0] - a[1] * w * unit[:, 0],
                q[1] + a[0] * w * unit[:, 0],
                q[2] + t * unit[:, 1],
            ]
        )
        for q, a, (w, t) in zip(p, along, h.tolist(), strict=True)
    ]
    return outward(loft(np.stack(rows)))
