"""Ground surfaces: ribbons along x, road markings, kerbs, terrain."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array
from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.solids import grid, joined, quad

__all__ = ["MARKING_M", "bar", "dashes", "kerb", "ribbon", "terrain"]

MARKING_M = 0.006
"""Height of paint above the asphalt: thick enough for rays from 100 m away, thin as thermoplastic."""
_STEP_M = 25.0


def ribbon(x_m: tuple[float, float], y_m: tuple[float, float], z_m: float) -> Surface:
    """Level strip, cut every 25 m: long thin triangles cost precision and trees of boxes alike."""
    steps = max(1, round((x_m[1] - x_m[0]) / _STEP_M))
    x = np.linspace(*x_m, steps + 1)
    rows = np.stack([np.stack([x, np.full_like(x, y), np.full_like(x, z_m)], -1) for y in y_m])
    return grid(rows)


def bar(x_m: tuple[float, float], y_m: tuple[float, float], z_m: float = MARKING_M) -> Surface:
    """One rectangle of paint."""
    (x0, x1), (y0, y1) = x_m, y_m
    return quad((x0, y0, z_m), (x1, y0, z_m), (x1, y1, z_m), (x0, y1, z_m))


def dashes(x_m: tuple[float, float], y_m: float, width_m: float, dash_m: float, gap_m: float) -> Surface:
    """Broken line along x; a dash starts at every whole multiple of the period."""
    period = dash_m + gap_m
    first, last = int(np.ceil(x_m[0] / period)), int(np.floor((x_m[1] - dash_m) / period))
    half = 0.5 * width_m
    return joined(
        [bar((k * period, k * period + dash_m), (y_m - half, y_m + half)) for k in range(first, last + 1)]
        or [bar((x_m[0], x_m[0] + dash_m), (y_m - half, y_m + half))]
    )


def kerb(x_m: tuple[float, float], y_m: float, side: float, height_m: float, width_m: float) -> Surface:
    """Kerb stones: a face at ``y_m`` with a small bevel and a top that runs outward to ``side`` (+1 left, -1 right)."""
    profile = [(0.0, -0.05), (0.0, height_m - 0.02), (0.02, height_m), (width_m, height_m)]
    steps = max(1, round((x_m[1] - x_m[0]) / _STEP_M))
    x = np.linspace(*x_m, steps + 1)
    rows = np.stack([np.stack([x, np.full_like(x, y_m + side * y), np.full_like(x, z)], -1) for y, z in profile])
    return grid(rows, flip=side < 0)


def terrain(x_m: Array, y_m: Array, z_m: F64Array) -> Surface:
    """Height field (X, Y) over coordinates (X,) and (Y,)."""
    points = np.stack([*np.meshgrid(x_m, y_m, indexing="ij"), z_m], -1)
    return grid(points, flip=True)
