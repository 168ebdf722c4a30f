"""Letters and digits as strokes: words on signs, plates, shops and vehicles.

They face -x, as a driver who heads along +x sees them: h is to that driver's right, z up. ``written`` puts a line of
text on any plane.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simengine.arrays import F64Array
from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.solids import grid, joined

__all__ = ["Points", "numeral", "stroke", "upright", "word", "written"]

Points = Sequence[tuple[float, float]]


def upright(points: F64Array, x_m: float) -> F64Array:
    """World points (..., 3) of places (..., 2) on the plate."""
    return np.stack([np.full(points.shape[:-1], x_m), -points[..., 0], points[..., 1]], -1)


def stroke(points: Points, width_m: float, x_m: float) -> Surface:
    """A line of even width with square ends and mitred corners."""
    p = np.array(points, np.float64)
    step = np.diff(p, axis=0)
    unit = step / np.sqrt((step * step).sum(-1))[:, None]
    both = np.concatenate([unit[:1], unit]) + np.concatenate([unit, unit[-1:]])
    both /= np.maximum((both * both).sum(-1), 0.5)[:, None] * 0.5
    normal = np.stack([-both[:, 1], both[:, 0]], -1) * 0.5 * width_m
    return grid(upright(np.stack([p - normal, p + normal]), x_m))


def _arc(
    h: float, z: float, rh: float, rz: float, start: float, end: float, steps: int = 8
) -> list[tuple[float, float]]:
    turn = np.radians(np.linspace(start, end, steps + 1))
    return [(h + rh * math.cos(t), z + rz * math.sin(t)) for t in turn.tolist()]


def _loop(h: float, z: float, rh: float, rz: float, steps: int) -> list[tuple[float, float]]:
    """All the way round and one step more, so that the ends of the stroke leave no notch."""
    return _arc(h, z, rh, rz, 90.0, 450.0 + 360.0 / steps, steps + 1)


_LETTERS: dict[str, tuple[float, list[list[tuple[float, float]]]]] = {
    "S": (0.56, [_arc(0.28, 0.73, 0.26, 0.24, 35, 270) + _arc(0.28, 0.26, 0.26, 0.23, 90, -145)[1:]]),
    "T": (0.56, [[(0.0, 0.96), (0.56, 0.96)], [(0.28, 0.9), (0.28, 0.0)]]),
    "O": (0.58, [_loop(0.29, 0.5, 0.26, 0.47, 20)]),
    "P": (0.54, [[(0.06, 0.0), (0.06, 1.0)], [(0.12, 0.96), *_arc(0.3, 0.73, 0.19, 0.23, 90, -90), (0.12, 0.5)]]),
    "A": (0.60, [[(0.04, 0.0), (0.30, 1.0), (0.56, 0.0)], [(0.17, 0.3), (0.43, 0.3)]]),
    "L": (0.48, [[(0.06, 1.0), (0.06, 0.05), (0.48, 0.05)]]),
    "W": (0.84, [[(0.02, 1.0), (0.22, 0.02), (0.42, 0.9), (0.62, 0.02), (0.82, 1.0)]]),
    "Y": (0.58, [[(0.03, 1.0), (0.29, 0.48), (0.55, 1.0)], [(0.29, 0.42), (0.29, 0.0)]]),
    "B": (0.56, [[(0.06, 0.0), (0.06, 1.0)], [(0.12, 0.96), *_arc(0.3, 0.75, 0.17, 0.21, 90, -90), (0.12, 0.54)],
                 [*_arc(0.3, 0.29, 0.21, 0.25, 90, -90), (0.12, 0.04)]]),
    "C": (0.58, [_arc(0.31, 0.5, 0.26, 0.46, 50, 310, 14)]),
    "D": (0.58, [[(0.06, 0.0), (0.06, 1.0)], [(0.12, 0.95), *_arc(0.2, 0.5, 0.31, 0.45, 90, -90, 12), (0.12, 0.05)]]),
    "E": (0.50, [[(0.5, 0.95), (0.06, 0.95), (0.06, 0.05), (0.5, 0.05)], [(0.12, 0.52), (0.42, 0.52)]]),
    "F": (0.48, [[(0.48, 0.95), (0.06, 0.95), (0.06, 0.0)], [(0.12, 0.52), (0.42, 0.52)]]),
    "G": (0.60, [[*_arc(0.31, 0.5, 0.26, 0.46, 50, 345, 15), (0.56, 0.46), (0.34, 0.46)]]),
    "H": (0.58, [[(0.06, 0.0), (0.06, 1.0)], [(0.52, 0.0), (0.52, 1.0)], [(0.12, 0.52), (0.46, 0.52)]]),
    "I": (0.12, [[(0.06, 0.0), (0.06, 1.0)]]),
    "J": (0.46, [[(0.40, 1.0), *_arc(0.2, 0.22, 0.2, 0.19, 0, -160)]]),
    "K": (0.56, [[(0.06, 0.0), (0.06, 1.0)], [(0.53, 1.0), (0.14, 0.48), (0.54, 0.0)]]),
    "M": (0.72, [[(0.06, 0.0), (0.06, 1.0)], [(0.06, 0.95), (0.36, 0.25), (0.66, 0.95)], [(0.66, 0.0), (0.66, 1.0)]]),
    "N": (0.60, [[(0.06, 0.0), (0.06, 1.0)], [(0.06, 0.92), (0.54, 0.08)], [(0.54, 0.0), (0.54, 1.0)]]),
    "Q": (0.60, [_loop(0.29, 0.5, 0.26, 0.47, 20), [(0.34, 0.24), (0.56, 0.0)]]),
    "R": (0.56, [[(0.06, 0.0), (0.06, 1.0)], [(0.12, 0.96), *_arc(0.3, 0.73, 0.19, 0.23, 90, -90), (0.12, 0.5)],
                 [(0.28, 0.5), (0.52, 0.0)]]),
    "U": (0.58, [[(0.06, 1.0), *_arc(0.29, 0.28, 0.23, 0.24, 180, 360, 10), (0.52, 1.0)]]),
    "V": (0.58, [[(0.03, 1.0), (0.29, 0.03), (0.55, 1.0)]]),
    "X": (0.58, [[(0.04, 1.0), (0.54, 0.0)], [(0.54, 1.0), (0.04, 0.0)]]),
    "Z": (0.54, [[(0.03, 0.93), (0.52, 0.93)], [(0.48, 0.93), (0.05, 0.07)], [(0.03, 0.07), (0.53, 0.07)]]),
    "-": (0.34, [[(0.02, 0.48), (0.32, 0.48)]]),
    "+": (0.46, [[(0.02, 0.48), (0.44, 0.48)], [(0.23, 0.25), (0.23, 0.71)]]),
    ".": (0.14, [[(0.0, 0.08), (0.14, 0.08)]]),
}  # fmt: skip
"""Widths and strokes of capitals and marks, 1 high."""


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


_GLYPHS = {**_LETTERS, **{c: (0.56, lines) for c, lines in _DIGITS.items()}, " ": (0.3, [])}


def word(
    text: str, z_m: float, height_m: float, x_m: float, weight: float = 0.17, narrow: float = 0.8
) -> list[Surface]:
    """Letters side by side, centred on h = 0, standing on ``z_m``, with strokes of ``weight`` times the height."""
    gap = 0.26
    widths = [_GLYPHS[c][0] for c in text]
    h = -0.5 * (sum(widths) + gap * (len(text) - 1))
    out: list[Surface] = []
    for letter, width in zip(text, widths, strict=True):
        for line in _GLYPHS[letter][1]:
            points = [((h + a) * height_m * narrow, z_m + b * height_m) for a, b in line]
            out.append(stroke(points, weight * height_m, x_m))
        h += width + gap
    return out


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


def written(
    text: str, at_m: Sequence[float], right: Sequence[float], height_m: float, room_m: float = math.inf,
    weight: float = 0.16,
) -> Surface:  # fmt: skip
    """A line of text on a plane, centred.

    Args:
        text: capitals, digits, blanks, "-", "+" and ".".
        at_m: middle of the line (3,), on its foot.
        right: horizontal unit vector along which it is read.
        height_m: of the capitals, if there is room.
        room_m: it gets no longer; what would be is made smaller.
        weight: of strokes, in parts of the height.
    """
    vertices, faces = joined(word(text, 0.0, height_m, 0.0, weight))
    share = min(1.0, room_m / float(np.ptp(vertices[:, 1])))
    h, z = -share * vertices[:, 1:2], share * vertices[:, 2]
    points: F64Array = np.asarray(at_m, np.float64) + h * np.asarray(right, np.float64)
    points[:, 2] += z
    return points, faces
