# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""What wet ground shows: means over the lobes of water that is not smooth (kernels; ADR 0028).

Every second pixel of every second row (a cell, as of ``contact``) sends one ray of its lobe. Its light counts by the
ray's share; cells around are summed, light and share apart, and pixels take the ratio from the cells beside them.
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine_renderers.raytrace.bsdf import Lobes, bsdf_of, shown, turned
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.panes import Panes
from simengine_renderers.raytrace.shading import Light, Mirror
from simengine_renderers.raytrace.surfaces import Surface, View
from simengine_renderers.raytrace.tables import MaterialRow
from simengine_renderers.raytrace.tracing import Hits

__all__ = ["draw", "lift", "lobe_room", "spread", "weigh"]

_WIDEST, _NARROWEST = wp.constant(8), wp.constant(4)
"""Cells around count less the farther away they are, to none at this distance: two blocks, or one where water is smooth
and lobes are narrow, so that each way counts."""
_SMOOTH = wp.constant(0.9)
"""Water is smooth from this wetness on."""
_NOWHERE = wp.constant(wp.vec3(0.0, 0.0, -1.0e6))  # rays from here meet nothing at once
_SPARE = wp.constant(1.0e-4)
"""What cells of another plane or another wetness count where there are no better ones."""


def lobe_room(count: int, device: str) -> tuple[Any, Hits]:
    """Work arrays for ``count`` cells."""
    cells = Mirror()
    cells.traced = cells.wet = 1
    cells.share = wp.zeros(count, dtype=float, device=device)
    cells.met = wp.zeros(count, dtype=float, device=device)
    for name in ("own", "other"):
        setattr(cells, name, wp.zeros(count, dtype=wp.vec4, device=device))
    for name in ("origin", "direction", "point", "light", "sunny"):
        setattr(cells, name, wp.zeros(count, dtype=wp.vec3, device=device))
    for name in ("active", "sun", "lit"):
        setattr(cells, name, wp.zeros(count, dtype=wp.uint8, device=device))
    return cells, Hits.empty(count, device)


@wp.func
def ways(x: int, y: int, sample: int) -> wp.vec2:
    """Two numbers of (0, 1): of sixteen pairs (Hammersley) that of a place in a block of 4 x 4, far from those of its
    neighbours (Bayer's order), shifted by block and sample (R2 sequence, Roberts 2018)."""
    a = (x ^ y) & 3
    b = y & 3
    k = ((a & 1) << 3) | ((b & 1) << 2) | (a & 2) | (b >> 1)
    back = ((k & 1) << 3) | ((k & 2) << 1) | ((k & 4) >> 1) | (k >> 3)
    block = float(x / 4 + 89 * ((y / 4) % 4) + 712 * sample)
    u = (float(k) + 0.5) / 16.0 + 0.7548776662466927 * block
    w = (float(back) + 0.5) / 16.0 + 0.5698402909980532 * block
    return wp.vec2(wp.clamp(u - wp.floor(u), 1.0e-4, 0.9999), wp.clamp(w - wp.floor(w), 1.0e-4, 0.9999))


@wp.kernel(module=LIGHT)
def draw(
    first: int, stop: int, run: int, width: int, v: View, rays: wp.array(dtype=wp.vec3), work: Surface,
    materials: wp.array(dtype=MaterialRow), panes: Panes, lobes: Lobes, sample: int, shift: wp.vec3, cells: Mirror,
):  # fmt: skip
    """Rays of cells [first, stop) in rows of ``width``: one way of those that wet ground mirrors."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        y = c / width
        x = c - y * width
        i = 2 * y * v.width + 2 * x
        cells.active[c] = wp.uint8(0)
        cells.sun[c] = wp.uint8(0)
        cells.met[c] = 0.0
        cells.share[c] = 0.0
        cells.origin[c] = _NOWHERE
        cells.direction[c] = wp.vec3(0.0, 0.0, -1.0)
        k = work.material[i]
        wet = k >= 0 and work.damp[i] > 0.0
        if wet and panes.on == 1:
            wet = panes.active[i] == wp.uint8(0)
        if wet:
            n = work.normal[i]
            d = v.world_from_camera * rays[i]
            cells.active[c] = wp.uint8(3)
            b = bsdf_of(materials[k], work.albedo[i], work.damp[i], n, n, -d, lobes)
            if b.strength > 0.0:
                u = ways(x, y, sample)
                r = turned(b, 0.0, u[0], u[1])
                cosine = wp.dot(r, b.z)
                if cosine > 1.0e-4:
                    m = 1.0 - 0.5 * wp.length(r - d)
                    c5 = m * m * m * m * m
                    f0 = materials[k].specular
                    cells.share[c] = (f0 + (1.0 - f0) * c5) * shown(cosine, b.alpha * b.alpha)
                    cells.point[c] = work.point[i]
                    cells.origin[c] = work.point[i] + shift
                    cells.direction[c] = r


@wp.func
def sky_along(light: Light, d: wp.vec3) -> wp.vec3:
    """Radiance of the sky in a direction, or of the ground where nothing is modelled."""
    size = light.sky.shape[0]
    scale = 0.5 * float(size) / (wp.abs(d[0]) + wp.abs(d[1]) + wp.max(d[2], 0.0))
    u = wp.clamp((d[0] + d[1]) * scale + 0.5 * float(size) - 0.5, 0.0, float(size - 1))
    w = wp.clamp((d[0] - d[1]) * scale + 0.5 * float(size) - 0.5, 0.0, float(size - 1))
    out = light.sky[wp.min(int(w + 0.5), size - 1), wp.min(int(u + 0.5), size - 1)]
    if d[2] < 0.0:
        out = light.ground
    return out


@wp.kernel(module=LIGHT)
def weigh(first: int, stop: int, run: int, light: Light, cells: Mirror):
    """Light that the rays of cells [first, stop) bring, times their shares, and those."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        share = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        brought = wp.vec3(0.0, 0.0, 0.0)
        if cells.active[c] == wp.uint8(3):
            share = cells.share[c]
            if share > 0.0:
                brought = sky_along(light, cells.direction[c])
                if cells.met[c] > 0.0:
                    brought = cells.light[c]
                    if cells.sun[c] != wp.uint8(0):
                        brought = brought + cells.sunny[c] * (float(int(cells.lit[c])) / 255.0)
        cells.own[c] = wp.vec4(brought[0] * share, brought[1] * share, brought[2] * share, share)


@wp.kernel(module=LIGHT)
def spread(
    first: int, stop: int, run: int, width: int, image_width: int, top: int, end: int, down: int, work: Surface,
    cells: Mirror, own: wp.array(dtype=wp.vec4), out: wp.array(dtype=wp.vec4),
):  # fmt: skip
    """Sums over cells beside (``down`` 0) or above and below (1) each of [first, stop), as far as they lie in one
    plane, are about as wet, and in rows [top, end)."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        if cells.active[c] == wp.uint8(3):
            y = c / width
            x = c - y * width
            i = 2 * y * image_width + 2 * x
            p = work.point[i]
            n = work.normal[i]
            damp = work.damp[i]
            slack = 0.02 + 0.01 * wp.length(p)
            wide = wp.where(damp > _SMOOTH, _NARROWEST, _WIDEST)
            low = wp.where(down == 1, wp.max(top - y, 1 - wide), wp.max(-x, 1 - wide))
            high = wp.where(down == 1, wp.min(end - y, wide), wp.min(width - x, wide))
            step = wp.where(down == 1, width, 1)
            ahead = wp.where(down == 1, 2 * image_width, 2)
            total = wp.vec4(0.0, 0.0, 0.0, 0.0)
            for k in range(low, high):
                j = i + k * ahead
                if cells.active[c + k * step] == wp.uint8(3) and wp.abs(wp.dot(work.point[j] - p, n)) < slack:
                    alike = wp.max(1.0 - 4.0 * wp.abs(work.damp[j] - damp), 0.0)
                    total = total + own[c + k * step] * (float(wide - wp.abs(k)) * alike)
            out[c] = total


@wp.kernel(module=LIGHT)
def lift(
    first: int, stop: int, run: int, width: int, image_width: int, end: int, work: Surface, cells: Mirror,
    mirror: Mirror,
):  # fmt: skip
    """Sums of pixels [first, stop) from those of their cell and the next ones, in rows of cells before ``end``;
    pixels that have none show the light from all around."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if mirror.active[i] == wp.uint8(3):
            y = i / image_width
            x = i - y * image_width
            p = work.point[i]
            n = work.normal[i]
            slack = 0.02 + 0.01 * wp.length(p)
            right = wp.min(x / 2 + x % 2, width - 1)
            below = wp.min(y / 2 + y % 2, end - 1)
            total = wp.vec4(0.0, 0.0, 0.0, 0.0)
            for w in range(y / 2, below + 1):
                for u in range(x / 2, right + 1):
                    c = w * width + u
                    if cells.active[c] == wp.uint8(3):
                        j = 2 * w * image_width + 2 * u
                        alike = _SPARE
                        if wp.abs(wp.dot(work.point[j] - p, n)) < slack:
                            alike = alike + wp.max(1.0 - 4.0 * wp.abs(work.damp[j] - work.damp[i]), 0.0)
                        total = total + cells.own[c] * alike
            mirror.own[i] = total
            if total[3] <= 0.0:
                mirror.active[i] = wp.uint8(0)
