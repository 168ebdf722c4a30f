"""Colours that end at lines and not at the edges of faces: faces are cut where a level is nought."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine_scenes.shapes.draft import Surface

__all__ = ["Parted", "inside_outline", "parted"]

_SNAP = 0.02
"""Cuts nearer to a corner than this share of an edge go through the corner: no slivers."""

Parted = tuple[Surface, I64Array, BoolArray]
"""The surface with its faces cut, which face each of them (F',) was, and on which of them the level is above 0."""


def parted(surface: Surface, level: npt.ArrayLike, among: BoolArray | None = None) -> Parted:
    """Cut faces along the line where a level is 0.

    Args:
        surface: vertices and faces.
        level: at the vertices (V,), linear within faces.
        among: faces (F,) that are looked at; None: all. The others stay whole and do not count as above.
    """
    vertices, faces = surface
    value = np.array(level, np.float64)
    chosen = np.arange(len(faces)) if among is None else np.flatnonzero(among)
    _snap(value, faces[chosen])
    sign = np.sign(value).astype(np.int64)
    a, b, c = sign[faces[chosen]].T
    reaches = np.zeros(len(faces), np.bool_)  # above 0 with some corner
    reaches[chosen] = np.maximum(np.maximum(a, b), c) > 0
    crossed = np.zeros(len(faces), np.bool_)
    crossed[chosen] = reaches[chosen] & (np.minimum(np.minimum(a, b), c) < 0)
    whole = np.flatnonzero(~crossed)
    points: list[F64Array] = [vertices]
    new: dict[tuple[int, int], int] = {}

    def between(a: int, b: int) -> int:
        a, b = min(a, b), max(a, b)  # the same point from either side
        if (a, b) not in new:
            share = value[a] / (value[a] - value[b])
            points.append((vertices[a] + share * (vertices[b] - vertices[a]))[None])
            new[a, b] = len(vertices) + len(new)
        return new[a, b]

    made: list[tuple[int, int, int]] = []
    origin: list[int] = []
    above: list[bool] = []
    for k in np.flatnonzero(crossed).tolist():
        loops: dict[bool, list[int]] = {True: [], False: []}
        row = faces[k].tolist()
        for a, b in zip(row, (*row[1:], row[0]), strict=True):
            for side in (True, False):
                if (sign[a] >= 0 and side) or (sign[a] <= 0 and not side):
                    loops[side].append(a)
            if sign[a] * sign[b] < 0:
                middle = between(a, b)
                loops[True].append(middle)
                loops[False].append(middle)
        for side, loop in loops.items():
            for n in range(1, len(loop) - 1):
                made.append((loop[0], loop[n], loop[n + 1]))
                origin.append(k)
                above.append(side)
    cut = np.array(made, np.int64).reshape(-1, 3)
    out = np.concatenate([faces[whole], cut])
    return (
        (np.concatenate(points), out), np.concatenate([whole, np.array(origin, np.int64)]),
        np.concatenate([reaches[whole], np.array(above, np.bool_)]),
    )  # fmt: skip


def _snap(value: F64Array, faces: I64Array) -> None:
    """Corners that a cut comes near to lie on it."""
    a, b = np.concatenate([faces, np.roll(faces, 1, 1), np.roll(faces, -1, 1)]).reshape(-1, 3)[:, :2].T
    u, v = value[a], value[b]
    near = (u * v < 0.0) & (np.abs(u) < _SNAP * np.abs(u - v))
    value[a[near]] = 0.0


def inside_outline(
    surface: Surface, outline_m: Sequence[tuple[float, float]], axes: tuple[int, int], among: BoolArray
) -> Parted:
    """Cut faces along a convex outline that is seen along the third axis.

    Args:
        surface: vertices and faces.
        outline_m: corners (u, v), either way round.
        axes: of u and v: 0, 1 or 2.
        among: faces (F,) that lie on the side that is meant.
    """
    corners = np.asarray(outline_m, np.float64)
    middle = corners.mean(0)
    origin: I64Array = np.arange(len(surface[1]))
    inside = among
    for a, b in zip(corners, np.roll(corners, -1, 0), strict=True):
        way = np.array([b[1] - a[1], a[0] - b[0]])
        way = way * np.sign(float(way @ (middle - a)))
        surface, was, above = parted(surface, (surface[0][:, axes] - a) @ way, inside)
        origin, inside = origin[was], above
    return surface, origin, inside
