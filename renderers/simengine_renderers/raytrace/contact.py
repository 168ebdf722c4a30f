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
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.surfaces import Surface
from simengine_renderers.raytrace.tables import MaterialRow
from simengine_renderers.raytrace.tracing import LAMP_MARGIN_M

__all__ = ["Contact", "contact_room", "feel", "note", "settle", "sixteen_directions", "smooth"]

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
    free: wp.array(dtype=float)
    share: wp.array(dtype=float)
    smooth: wp.array(dtype=float)
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
        contact.point[c] = wp.vec3(1.0e18, 1.0e18, 1.0e18)  # on nobody's surface
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
def note(first: int, stop: int, run: int, contact: Contact):
    """What the short rays of cells [first, stop) found: 1 free, 0 blocked, -1 not asked."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        contact.free[c] = float(int(contact.open[c]) + int(contact.active[c])) - 1.0


@wp.func_native(body("settle", AGAIN=0, SIDE=4, STRIDE=1))
def _settle(begin: int, end: int, image_width: int, work: Surface, contact: Contact): ...


@wp.kernel(module=LIGHT)
def settle(first: int, stop: int, run: int, image_width: int, work: Surface, contact: Contact):
    """Average cells [first, stop) over the block of 4 x 4 around each, as far as it is the same surface."""
    begin = first + wp.tid() * run
    _settle(begin, wp.min(begin + run, stop), image_width, work, contact)


@wp.func_native(body("settle", AGAIN=1, SIDE=3, STRIDE=2))
def _smooth(begin: int, end: int, image_width: int, work: Surface, contact: Contact): ...


@wp.kernel(module=LIGHT)
def smooth(first: int, stop: int, run: int, image_width: int, work: Surface, contact: Contact):
    """Average cells [first, stop) once more, over nine blocks around each."""
    begin = first + wp.tid() * run
    _smooth(begin, wp.min(begin + run, stop), image_width, work, contact)


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
    for name in ("free", "share"):
        setattr(contact, name, wp.zeros(n, dtype=float, device=device))
    contact.smooth = wp.full(n, 1.0, dtype=float, device=device)  # all open, where nobody feels
    contact.directions = wp.array(sixteen_directions(), dtype=wp.vec3, device=device)
    return contact
