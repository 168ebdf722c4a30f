# pyright: reportUnknownParameterType=false
"""Contact shading: how much of the sky's half of the world is open right around a surface (kernels).

Every second pixel of every second row sends one short ray in one of sixteen cosine-distributed directions, which repeat
in blocks of 4 x 4 cells; each cell then averages its block over the same surface. The noise cancels inside a block and
nothing depends on a random number.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import warp as wp

from simengine.world.materials import Pattern
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.surfaces import Surface
from simengine_renderers.raytrace.tables import MaterialRow
from simengine_renderers.raytrace.tracing import LAMP_MARGIN_M

__all__ = ["Contact", "contact_room", "feel", "openness_at", "settle", "sixteen_directions"]

REACH_M = 2.0
"""How far a wall darkens what is beside it."""
_NEAR_SQUARED = wp.constant(40.0**2)
_FOLIAGE = wp.constant(int(Pattern.FOLIAGE))  # leaves are modelled darker inside already, and cost most
_FAR = wp.constant(REACH_M + LAMP_MARGIN_M)  # shadow rays stop that margin before their target


@wp.struct
class Contact:
    """Cells of half the image's width and height (rounded up)."""

    width: int
    height: int
    point: wp.array(dtype=wp.vec3)
    target: wp.array(dtype=wp.vec3)
    active: wp.array(dtype=wp.uint8)
    open: wp.array(dtype=wp.uint8)
    share: wp.array(dtype=float)
    directions: wp.array(dtype=wp.vec3)


@wp.kernel(module=LIGHT)
def feel(
    first: int, stop: int, run: int, image_width: int, work: Surface,
    materials: wp.array(dtype=MaterialRow), contact: Contact,
):  # fmt: skip
    """Aim the short ray of cells [first, stop)."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        y = c / contact.width
        x = c - y * contact.width
        i = 2 * y * image_width + 2 * x
        contact.active[c] = wp.uint8(0)
        near = wp.length_sq(work.point[i]) < _NEAR_SQUARED
        if near and work.material[i] >= 0 and materials[work.material[i]].pattern != _FOLIAGE:
            n = work.normal[i]
            local = contact.directions[(x % 4) + 4 * (y % 4)]
            # a frame around the normal without branches (Duff et al. 2017)
            sign = wp.where(n[2] >= 0.0, 1.0, -1.0)
            a = -1.0 / (sign + n[2])
            b = n[0] * n[1] * a
            t = wp.vec3(1.0 + sign * n[0] * n[0] * a, sign * b, -sign * n[0])
            s = wp.vec3(b, sign + n[1] * n[1] * a, -n[1])
            contact.point[c] = work.point[i]
            contact.target[c] = work.point[i] + (t * local[0] + s * local[1] + n * local[2]) * _FAR
            contact.active[c] = wp.uint8(1)


@wp.kernel(module=LIGHT)
def settle(first: int, stop: int, run: int, image_width: int, work: Surface, contact: Contact):
    """Average cells [first, stop) over the block of 4 x 4 around each, as far as it is the same surface."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        y = c / contact.width
        x = c - y * contact.width
        share = float(1.0)  # noqa: UP018  (Warp: a variable, not a constant)
        blocked = int(0)  # noqa: RUF046, UP018
        if contact.active[c] != wp.uint8(0):
            for v in range(wp.max(y - 2, 0), wp.min(y + 2, contact.height)):
                for u in range(wp.max(x - 2, 0), wp.min(x + 2, contact.width)):
                    k = v * contact.width + u
                    blocked += int(contact.active[k]) - int(contact.open[k])
        if blocked > 0:  # (else all is open, whatever surface the neighbours lie on)
            n = work.normal[2 * y * image_width + 2 * x]
            p = contact.point[c]
            slack = 0.04 + 0.02 * wp.length(p)
            total = float(0.0)  # noqa: UP018
            free = float(0.0)  # noqa: UP018
            for v in range(wp.max(y - 2, 0), wp.min(y + 2, contact.height)):
                for u in range(wp.max(x - 2, 0), wp.min(x + 2, contact.width)):
                    k = v * contact.width + u
                    if contact.active[k] != wp.uint8(0) and wp.abs(wp.dot(contact.point[k] - p, n)) < slack:
                        total += 1.0
                        free += float(contact.open[k])
            share = free / wp.max(total, 1.0)
        contact.share[c] = share


@wp.func
def openness_at(
    i: int, image_width: int, width: int, height: int, active: wp.array(dtype=wp.uint8),
    point: wp.array(dtype=wp.vec3), shares: wp.array(dtype=float), n: wp.vec3, p: wp.vec3,
) -> float:  # fmt: skip
    """Openness of a pixel: its cell and the next ones, blended where they lie on its surface."""
    py = i / image_width
    px = i - py * image_width
    x = px / 2
    y = py / 2
    x1 = wp.min(x + px % 2, width - 1)
    y1 = wp.min(y + py % 2, height - 1)
    slack = 0.04 + 0.02 * wp.length(p)
    total = float(0.0)  # noqa: UP018
    share = float(0.0)  # noqa: UP018
    low = wp.min(shares[y * width + x], shares[y * width + x1])
    low = wp.min(low, wp.min(shares[y1 * width + x], shares[y1 * width + x1]))
    if low == 1.0:
        return 1.0
    for v in range(y, y1 + 1):
        for u in range(x, x1 + 1):
            k = v * width + u
            if active[k] != wp.uint8(0) and wp.abs(wp.dot(point[k] - p, n)) < slack:
                total += 1.0
                share += shares[k]
    out = float(1.0)  # noqa: UP018
    if total > 0.0:
        out = share / total
    return out


def sixteen_directions() -> Any:
    """Cosine-distributed directions about +z, (16, 3), ordered so that neighbours in a block differ much."""
    order = np.array([0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5])
    r = np.sqrt((order + 0.5) / 16.0)
    turn = 2.0 * math.pi * 0.6180339887498949 * order
    return np.stack([r * np.cos(turn), r * np.sin(turn), np.sqrt(1.0 - r * r)], -1).astype(np.float32)


def contact_room(width: int, height: int, device: str) -> Any:
    """Cells for an image of this size."""
    contact = Contact()
    contact.width, contact.height = (width + 1) // 2, (height + 1) // 2
    n = contact.width * contact.height
    for name in ("point", "target"):
        setattr(contact, name, wp.zeros(n, dtype=wp.vec3, device=device))
    for name in ("active", "open"):
        setattr(contact, name, wp.zeros(n, dtype=wp.uint8, device=device))
    contact.share = wp.zeros(n, dtype=float, device=device)
    contact.directions = wp.array(sixteen_directions(), dtype=wp.vec3, device=device)
    return contact
