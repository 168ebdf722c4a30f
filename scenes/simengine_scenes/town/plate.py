"""Flat figures on upright plates: filled outlines, rims, strokes, letters.

They face -x, as a driver who heads along +x sees them: h is to that driver's right, z up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simengine.arrays import F64Array
from simengine.world.regions import polygon
from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.solids import grid

__all__ = ["LETTERS", "board", "circle", "filled", "numeral", "outline", "rim", "shifted", "stroke", "word"]

Points = Sequence[tuple[float, float]]


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


def _upright(points: F64Array, x_m: float) -> F64Array:
    """World points (..., 3) of places (..., 2) on the plate."""
    return np.stack([np.full(points.shape[:-1], x_m), -points[..., 0], points[..., 1]], -1)


def filled(points: Points, x_m: float) -> Surface:
    """A simple outline, filled; seen from the front."""
    triangles = polygon(list(points)).triangles_m.reshape(-1, 2)
    return _upright(triangles, x_m), np.arange(len(triangles)).reshape(-1, 3)


def rim(outer: Points, inner: Points, x_m: float) -> Surface:
    """What lies between two outlines of as many corners."""
    rows = np.array([[*outer, outer[0]], [*inner, inner[0]]], np.float64)
    return grid(_upright(rows, x_m))


def board(points: Points, x_m: float, thick_m: float) -> Surface:
    """Sides and back of a plate whose front is ``filled`` at ``x_m``; the outline is counter-clockwise and convex."""
    ring = np.array([*points, points[0]], np.float64)
    sides, faces = grid(np.stack([_upright(ring, x_m + thick_m), _upright(ring, x_m)]))
    back = _upright(np.array(points, np.float64), x_m + thick_m)
    k = np.arange(1, len(back) - 1)
    fan = np.column_stack([np.zeros_like(k), k + 1, k]) + len(sides)
    return np.concatenate([sides, back]), np.concatenate([faces, fan])


def stroke(points: Points, width_m: float, x_m: float) -> Surface:
    """A line of even width with square ends and mitred corners."""
    p = np.array(points, np.float64)
    step = np.diff(p, axis=0)
    unit = step / np.sqrt((step * step).sum(-1))[:, None]
    both = np.concatenate([unit[:1], unit]) + np.concatenate([unit, unit[-1:]])
    both /= np.maximum((both * both).sum(-1), 0.5)[:, None] * 0.5
    normal = np.stack([-both[:, 1], both[:, 0]], -1) * 0.5 * width_m
    return grid(_upright(np.stack([p - normal, p + normal]), x_m))


def _arc(
    h: float, z: float, rh: float, rz: float, start: float, end: float, steps: int = 8
) -> list[tuple[float, float]]:
    turn = np.radians(np.linspace(start, end, steps + 1))
    return [(h + rh * math.cos(t), z + rz * math.sin(t)) for t in turn.tolist()]


def _loop(h: float, z: float, rh: float, rz: float, steps: int) -> list[tuple[float, float]]:
    """All the way round and one step more, so that the ends of the stroke leave no notch."""
    return _arc(h, z, rh, rz, 90.0, 450.0 + 360.0 / steps, steps + 1)


LETTERS: dict[str, tuple[float, list[list[tuple[float, float]]]]] = {
    "S": (0.56, [_arc(0.28, 0.73, 0.26, 0.24, 35, 270) + _arc(0.28, 0.26, 0.26, 0.23, 90, -145)[1:]]),
    "T": (0.56, [[(0.0, 0.96), (0.56, 0.96)], [(0.28, 0.9), (0.28, 0.0)]]),
    "O": (0.58, [_loop(0.29, 0.5, 0.26, 0.47, 20)]),
    "P": (0.54, [[(0.06, 0.0), (0.06, 1.0)], [(0.12, 0.96), *_arc(0.3, 0.73, 0.19, 0.23, 90, -90), (0.12, 0.5)]]),
    "A": (0.60, [[(0.04, 0.0), (0.30, 1.0), (0.56, 0.0)], [(0.17, 0.3), (0.43, 0.3)]]),
    "L": (0.48, [[(0.06, 1.0), (0.06, 0.05), (0.48, 0.05)]]),
    "W": (0.84, [[(0.02, 1.0), (0.22, 0.02), (0.42, 0.9), (0.62, 0.02), (0.82, 1.0)]]),
    "Y": (0.58, [[(0.03, 1.0), (0.29, 0.48), (0.55, 1.0)], [(0.29, 0.42), (0.29, 0.0)]]),
}
"""Widths and strokes of capitals, 1 high."""


def word(
    text: str, z_m: float, height_m: float, x_m: float, weight: float = 0.17, narrow: float = 0.8
) -> list[Surface]:
    """Letters side by side, centred on h = 0, standing on ``z_m``, with strokes of ``weight`` times the height."""
    gap = 0.26
    widths = [LETTERS[c][0] if c != " " else 0.3 for c in text]
    h = -0.5 * (sum(widths) + gap * (len(text) - 1))
    out: list[Surface] = []
    for letter, width in zip(text, widths, strict=True):
        for line in LETTERS[letter][1] if letter != " " else []:
            points = [((h + a) * height_m * narrow, z_m + b * height_m) for a, b in line]
            out.append(stroke(points, weight * height_m, x_m))
        h += width + gap
    return out


_DIGITS: dict[str, list[list[tuple[float, float]]]] = {
    "0": [_loop(0.28, 0.5, 0.24, 0.46, 16)],
    "1": [[(0.12, 0.78), (0.32, 0.96), (0.32, 0.0)]],
    "2": [[*_arc(0.28, 0.72, 0.24, 0.24, 165, -35, 9), (0.04, 0.06), (0.54, 0.06)]],
    "3": [[*_arc(0.26, 0.73, 0.22, 0.22, 150, -90, 9)], [*_arc(0.26, 0.28, 0.25, 0.24, 90, -150, 10)]],
    "4": [[(0.4, 0.0), (0.4, 0.96), (0.04, 0.28), (0.56, 0.28)]],
    "5": [[(0.5, 0.94), (0.12, 0.94), (0.09, 0.56), *_arc(0.28, 0.3, 0.25, 0.26, 115, -145, 10)]],
    "6": [_loop(0.28, 0.3, 0.24, 0.26, 14), [(0.04, 0.32), (0.16, 0.74), (0.42, 0.96)]],
    "7": [[(0.04, 0.94), (0.52, 0.94), (0.2, 0.0)]],
    "8": [_loop(0.28, 0.73, 0.2, 0.21, 12), _loop(0.28, 0.28, 0.24, 0.25, 14)],
    "9": [_loop(0.28, 0.68, 0.24, 0.26, 14), [(0.52, 0.66), (0.4, 0.24), (0.14, 0.0)]],
}
"""Strokes of digits, 1 high, each 0.56 wide."""


def numeral(digits: str, z_m: float, height_m: float, x_m: float, weight: float = 0.14) -> list[Surface]:
    """A number, centred on h = 0, standing on ``z_m``."""
    step = 0.56 + 0.2
    h = -0.5 * (step * len(digits) - 0.2)
    out: list[Surface] = []
    for k, digit in enumerate(digits):
        for line in _DIGITS[digit]:
            points = [((h + k * step + a) * height_m * 0.85, z_m + b * height_m) for a, b in line]
            out.append(stroke(points, weight * height_m, x_m))
    return out
