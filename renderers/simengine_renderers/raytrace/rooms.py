# pyright: reportUnknownParameterType=false
"""Enclosures of a scene (``simengine.world.enclosure``) as kernels take them."""

from __future__ import annotations

from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine.world.enclosure import Enclosure

__all__ = ["Room", "dimmest", "room_rows", "room_table"]


@wp.struct
class Room:
    """A straight piece of an enclosure; ``start`` is relative to the camera, in world axes."""

    start: wp.vec3
    cos: float
    sin: float
    length: float
    before: float
    behind: float
    half_width: float
    height: float
    disc: float
    light_start: wp.vec3
    light_end: wp.vec3


def room_rows(enclosures: tuple[Enclosure, ...]) -> F64Array:
    """Pieces of all enclosures, (N, 17): as ``Enclosure.pieces``, then the disc of the portal's area."""
    rows = [np.column_stack([p := e.pieces(), np.full(len(p), e.disc_m2)]) for e in enclosures]
    return np.concatenate(rows) if rows else np.zeros((0, 17))


def room_table(rows: F64Array, eye_m: F64Array, device: str) -> Any:
    """Kernel rows of :func:`room_rows`, seen from a camera."""
    table = np.zeros(max(1, len(rows)), Room.numpy_dtype())
    if len(rows):
        table["start"] = rows[:, :3] - eye_m
        names = ("cos", "sin", "length", "before", "behind", "half_width", "height")
        for k, name in enumerate(names, 3):
            table[name] = rows[:, k]
        table["light_start"], table["light_end"], table["disc"] = rows[:, 10:13], rows[:, 13:16], rows[:, 16]
    return wp.array(table, dtype=Room, device=device)


def dimmest(enclosures: tuple[Enclosure, ...]) -> float | None:
    """Least light that the walls of any enclosure throw back (the largest of its colours); None: there is none."""
    return min((float(e.light.max(-1).min()) for e in enclosures), default=None)
