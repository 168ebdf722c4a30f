"""Flat figures on upright plates: filled outlines, rims.

They face -x, as a driver who heads along +x sees them: h is to that driver's right, z up.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.world.regions import polygon
from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.lettering import Points, upright
from simengine_scenes.shapes.solids import grid

__all__ = ["board", "circle", "filled", "outline", "rim", "shifted"]


def outline(corners: int, radius_m: float, turn_rad: float = 0.0) -> list[tuple[float, float]]:
    """A regular polygon about the origin; without a turn a corner points right."""
    step = 2.0 * math.pi / corners
    return [
        (radius_m * math.cos(turn_rad + k * step), radius_m * math.sin(turn_rad + k * step)) for k in range(corners)
    ]


def circle(h_m: float, z_m: float, radius_m: float, corners: int = 16) -> list[tuple[float, float]]:
    """A disc's outline."""
    return shifted(outline(corners, radius_m), h_m, z_m)


def shifted(points: Points, h_m: float, z_m: float) -> list[tuple[float, float]]:
    """An outline, moved."""
    return [(h + h_m, z + z_m) for h, z in points]


def filled(points: Points, x_m: float) -> Surface:
    """A simple outline, filled; seen from the front."""
    triangles = polygon(list(points)).triangles_m.reshape(-1, 2)
    return upright(triangles, x_m), np.arange(len(triangles)).reshape(-1, 3)


def rim(outer: Points, inner: Points, x_m: float) -> Surface:
    """What lies between two outlines of as many corners."""
    rows = np.array([[*outer, outer[0]], [*inner, inner[0]]], np.float64)
    return grid(upright(rows, x_m))


def board(points: Points, x_m: float, thick_m: float) -> Surface:
    """Sides and back of a plate whose front is ``filled`` at ``x_m``; the outline is counter-clockwise and convex."""
    ring = np.array([*points, points[0]], np.float64)
    sides, faces = grid(np.stack([upright(ring, x_m + thick_m), upright(ring, x_m)]))
    back = upright(np.array(points, np.float64), x_m + thick_m)
    k = np.arange(1, len(back) - 1)
    fan = np.column_stack([np.zeros_like(k), k + 1, k]) + len(sides)
    return np.concatenate([sides, back]), np.concatenate([faces, fan])
