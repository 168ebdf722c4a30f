"""Ground surfaces along a road: ribbons, road markings, kerbs; and terrain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import Array, F64Array
from simengine_scenes.roads.lay import FLAT, Lay
from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.solids import grid, joined, quad

__all__ = ["MARKING_M", "bar", "dashes", "kerb", "ribbon", "sheet", "terrain", "verges"]

MARKING_M = 0.006
"""Height of paint above the asphalt: thick enough for rays from 100 m away, thin as thermoplastic."""
_SKIRT_M = (0.6, 0.2)
"""Beyond its edge a verge goes on so far, and down so deep, that it runs into the land without a step."""
_STEP_M = 25.0


def _rows(x_m: tuple[float, float], profile_m: Sequence[tuple[float, float]], lay: Lay) -> F64Array:
    """Lattice (R, C, 3) of a profile (y, z) along a road, cut every 25 m, and as finely as bends ask for."""
    steps = max(1, round((x_m[1] - x_m[0]) / _STEP_M))
    x = lay.cut(np.linspace(*x_m, steps + 1))
    return np.stack([lay.points(x, y, z) for y, z in profile_m])


def ribbon(x_m: tuple[float, float], y_m: tuple[float, float], z_m: float, lay: Lay = FLAT) -> Surface:
    """Level strip, cut every 25 m: long thin triangles cost precision and trees of boxes alike."""
    return grid(_rows(x_m, [(y, z_m) for y in y_m], lay))


def verges(x_m: tuple[float, float], edge_m: float, inner_m: float, z_m: float, lay: Lay = FLAT) -> Surface:
    """Level strip from under the road (``inner_m``) to its outer edge, and from there into the land."""
    side = 1.0 if edge_m > inner_m else -1.0
    rows = [(edge_m + side * _SKIRT_M[0], z_m - _SKIRT_M[1]), (edge_m, z_m), (inner_m, z_m)]
    return grid(_rows(x_m, rows, lay), flip=side > 0.0)


def bar(x_m: tuple[float, float], y_m: tuple[float, float], z_m: float = MARKING_M, lay: Lay = FLAT) -> Surface:
    """One stroke of paint."""
    (x0, x1), (y0, y1) = x_m, y_m
    x = lay.cut([x0, x1])
    if len(x) > 2:
        return grid(np.stack([lay.points(x, y, z_m) for y in y_m]))
    a, b, c, d = lay.points([x0, x1, x1, x0], [y0, y0, y1, y1], z_m)
    return quad(a, b, c, d)


def dashes(
    x_m: tuple[float, float], y_m: float, width_m: float, dash_m: float, gap_m: float, lay: Lay = FLAT
) -> Surface:
    """Broken line along the road; a dash starts at every whole multiple of the period."""
    period = dash_m + gap_m
    first, last = int(np.ceil(x_m[0] / period)), int(np.floor((x_m[1] - dash_m) / period))
    half = 0.5 * width_m
    across = (y_m - half, y_m + half)
    return joined(
        [bar((k * period, k * period + dash_m), across, MARKING_M, lay) for k in range(first, last + 1)]
        or [bar((x_m[0], x_m[0] + dash_m), across, MARKING_M, lay)]
    )


def kerb(
    x_m: tuple[float, float], y_m: float, side: float, height_m: float, width_m: float, lay: Lay = FLAT
) -> Surface:
    """Kerb stones: a face at ``y_m`` with a small bevel and a top that runs outward to ``side`` (+1 left, -1 right)."""
    profile = [(0.0, -0.05), (0.0, height_m - 0.02), (0.02, height_m), (width_m, height_m)]
    return grid(_rows(x_m, [(y_m + side * y, z) for y, z in profile], lay), flip=side < 0)


def sheet(lay: Lay, span_m: tuple[float, float], profile_m: F64Array) -> Surface:
    """A profile (N, 2) of offset and height, drawn along a road; it is seen from the left of its direction."""
    return grid(_rows(span_m, [(y, z) for y, z in profile_m.tolist()], lay), flip=True)


def terrain(x_m: Array, y_m: Array, z_m: F64Array) -> Surface:
    """Height field (X, Y) over coordinates (X,) and (Y,)."""
    points = np.stack([*np.meshgrid(x_m, y_m, indexing="ij"), z_m], -1)
    return grid(points, flip=True)
