# pyright: reportUnknownParameterType=false
"""Cells that find what stands around a surface takes of the sky's light, and gives (kernels).

Every second pixel of every second row sends one ray in one of sixteen cosine-distributed directions, which repeat in
blocks of 4 x 4 cells, each block turned by an angle of its own; each cell then averages its block and its neighbours
over the same surface. The noise cancels inside a block. What rays meet sends light back (``bounce``).
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.surfaces import LIFTED, Surface
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["Contact", "about", "contact_room", "drawn", "feel", "settle"]

_LIFT_MIN_M, _LIFT = wp.constant(LIFTED["LIFT_MIN_M"]), wp.constant(LIFTED["LIFT"])
_ORDER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]
"""How flat the directions in a block are, so that neighbours differ much."""
_NOWHERE = wp.constant(wp.vec3(0.0, 0.0, -1.0e6))  # below everything: rays from here meet nothing at once


@wp.struct
class Contact:
    """Cells of half the image's width and height (rounded up); ``single`` 1: one for each element, alone for it.

    ``traced`` 0: no rays are sent from them, and nothing stands around.
    """

    width: int
    height: int
    traced: int
    single: int
    point: wp.array(dtype=wp.vec3)
    active: wp.array(dtype=wp.uint8)
    origin: wp.array(dtype=wp.vec3)
    direction: wp.array(dtype=wp.vec3)
    normal: wp.array(dtype=wp.vec3)
    light: wp.array(dtype=wp.vec4)
    far: wp.array(dtype=wp.vec4)
    share: wp.array(dtype=wp.vec4)
    other: wp.array(dtype=wp.vec4)
    smooth: wp.array(dtype=wp.vec4)
    wide: wp.array(dtype=wp.vec4)
    order: wp.array(dtype=int)


@wp.func
def drawn(contact: Contact, x: int, y: int):
    """One of sixteen cosine-distributed directions about +z, that of a cell; each block of 4 x 4 has its own ones.

    Their angle and their place in the sixteenth of the hemisphere that is theirs differ from block to block (R2
    sequence, Roberts 2018). Blocks below each other take four in turn, so that bands of an image, which begin at
    multiples of 32 rows, have the pattern of the image.
    """
    order = float(contact.order[(x % 4) + 4 * (y % 4)])
    block = float(x / 4 + 89 * ((y / 4) % 4))
    place, turn = 0.5698402909980532 * block + 0.5, 0.7548776662466927 * block
    square = (order + place - wp.floor(place)) / 16.0
    r, angle = wp.sqrt(square), wp.TAU * (turn - wp.floor(turn) + 0.6180339887498949 * order)
    return wp.vec3(r * wp.cos(angle), r * wp.sin(angle), wp.sqrt(1.0 - square))


@wp.func
def about(n: wp.vec3, local: wp.vec3):
    """A direction about +z turned to be about ``n``: a frame without branches (Duff et al. 2017)."""
    sign = wp.where(n[2] >= 0.0, 1.0, -1.0)
    a = -1.0 / (sign + n[2])
    b = n[0] * n[1] * a
    t = wp.vec3(1.0 + sign * n[0] * n[0] * a, sign * b, -sign * n[0])
    s = wp.vec3(b, sign + n[1] * n[1] * a, -n[1])
    return t * local[0] + s * local[1] + n * local[2]


@wp.kernel(module=LIGHT)
def feel(
    first: int, stop: int, run: int, image_width: int, work: Surface, materials: wp.array(dtype=MaterialRow),
    shift: wp.vec3, near_m: float, contact: Contact,
):  # fmt: skip
    """Aim the ray of cells [first, stop) that are nearer than ``near_m``."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        y = c / contact.width
        x = c - y * contact.width
        i = 2 * y * image_width + 2 * x
        contact.active[c] = wp.uint8(0)
        contact.point[c] = wp.vec3(1.0e18, 1.0e18, 1.0e18)  # on nobody's surface
        contact.origin[c] = _NOWHERE
        contact.direction[c] = wp.vec3(0.0, 0.0, -1.0)
        contact.normal[c] = work.normal[i]
        asks = work.material[i] >= 0 and wp.length_sq(work.point[i]) < near_m * near_m
        if asks:
            local = drawn(contact, x, y)
            contact.point[c] = work.point[i]
            contact.origin[c] = work.point[i] + shift
            if materials[work.material[i]].thin == 1:  # its point may lie behind it
                lift = _LIFT_MIN_M + _LIFT * wp.length(work.point[i])
                contact.origin[c] = contact.origin[c] + work.normal[i] * (3.0 * lift)
            contact.direction[c] = about(work.normal[i], local)
            contact.active[c] = wp.uint8(1)


_TESTS = {"SLACK_M": 0.02, "SLACK": 0.01, "FACE": 4.0, "FEW": 0.05, "ENOUGH": 0.25, "COLOUR": 0.2}
"""Cells are on one surface up to this distance from its plane (a constant and a share of the range, less and less from
half of it on) and while normals are alike (by cosine, less and less from 1 - 0.5 / FACE to 1 - 1.5 / FACE). Others that
are near count FEW of it, less if they face away, and more where less than ENOUGH of the usual weight is found. Each
colour has COLOUR of the share of light that the brightest one has, or more."""


@wp.func_native(body("settle", NEAR=1, **_TESTS))
def _both(
    begin: int, end: int, contact: Contact, near_from: wp.array(dtype=wp.vec4), near_to: wp.array(dtype=wp.vec4),
    far_from: wp.array(dtype=wp.vec4), far_to: wp.array(dtype=wp.vec4), stride: int, near_last: int, far_last: int,
): ...  # fmt: skip


@wp.func_native(body("settle", NEAR=0, **{**_TESTS, "FEW": 0.0}))
def _far(
    begin: int, end: int, contact: Contact, near_from: wp.array(dtype=wp.vec4), near_to: wp.array(dtype=wp.vec4),
    far_from: wp.array(dtype=wp.vec4), far_to: wp.array(dtype=wp.vec4), stride: int, near_last: int, far_last: int,
): ...  # fmt: skip


@wp.kernel(module=LIGHT)
def settle(
    first: int, stop: int, run: int, contact: Contact, near_from: wp.array(dtype=wp.vec4),
    near_to: wp.array(dtype=wp.vec4), far_from: wp.array(dtype=wp.vec4), far_to: wp.array(dtype=wp.vec4), stride: int,
):  # fmt: skip
    """Average cells [first, stop) over the nine ``stride`` cells apart, as far as they are on the same surface.

    Strides of 1, 2 and 4 make a tent of 7 cells to either side, under which all of a block count alike; what comes from
    afar takes one of 8 besides. Twenty cells away nothing counts (the margin of ``engine.shutter``).
    """
    begin = first + wp.tid() * run
    end = wp.min(begin + run, stop)
    if stride == 8:
        _far(begin, end, contact, near_from, near_to, far_from, far_to, stride, 0, 1)
    else:
        _both(begin, end, contact, near_from, near_to, far_from, far_to, stride, int(stride == 4), 0)


def contact_room(width: int, height: int, traced: bool, device: str) -> Any:
    """Cells for an image of this size, with rays or with none."""
    contact = Contact()
    contact.width, contact.height = (width + 1) // 2, (height + 1) // 2
    contact.traced = int(traced)
    n = contact.width * contact.height if traced else 1
    for name in ("point", "origin", "direction", "normal"):
        setattr(contact, name, wp.zeros(n, dtype=wp.vec3, device=device))
    for name in ("light", "far", "share", "other", "smooth", "wide"):
        setattr(contact, name, wp.zeros(n, dtype=wp.vec4, device=device))
    contact.active = wp.zeros(n, dtype=wp.uint8, device=device)
    contact.order = wp.array(_ORDER, dtype=int, device=device)
    return contact
