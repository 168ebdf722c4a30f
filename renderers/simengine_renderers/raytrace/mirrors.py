# pyright: reportUnknownParameterType=false
"""What smooth surfaces show: one mirrored ray a pixel of wet ground, glass, paint and metal (kernels).

A ray that meets something brings back its light: the sun if it gets there, the usual share of the sky, and what it
shines with itself. One that meets nothing shows the sky, as everywhere. Rougher surfaces keep to the light from all
around: there a single ray would be a picture that is too sharp.
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine_renderers.raytrace.bounce import before, facing, irradiance
from simengine_renderers.raytrace.bsdf import Lobes, bsdf_of, shown, turned
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.panes import Panes
from simengine_renderers.raytrace.shading import Light, Mirror
from simengine_renderers.raytrace.surfaces import Pose, Surface, View
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow
from simengine_renderers.raytrace.tracing import Hits

__all__ = ["aim", "mirror_room", "show", "spread", "weigh"]

_ROUGHEST = wp.constant(0.45)
"""Up to here a part of what a surface shows is a picture (``native/shade.h``)."""
_WET = wp.constant(0.10)  # roughness under water
_OPEN = wp.constant(0.6)
"""Share of the sky that things around get, as a rule."""
_OWN_M = wp.constant(0.05)
"""What is met so near is the surface itself: smooth normals bend rays into it."""
_BRIGHTEST = wp.constant(3.0)
"""Lamps' glass would outshine everything that panes mirror."""
_WIDE = wp.constant(8)
"""Pixels around count less the farther away they are, to none at this distance: two blocks, so that each way counts."""
_NOWHERE = wp.constant(wp.vec3(0.0, 0.0, -1.0e6))  # rays from here meet nothing at once


def mirror_room(count: int, wet: bool, device: str) -> tuple[Any, Hits | None]:
    """Work arrays for ``count`` pixels, of which some may be wet ground; no hits where nothing is traced (0)."""
    mirror = Mirror()
    mirror.wet = int(wet and count > 0)
    mirror.share = wp.zeros(count if mirror.wet else 1, dtype=float, device=device)
    for name in ("own", "other"):
        setattr(mirror, name, wp.zeros(count if mirror.wet else 1, dtype=wp.vec4, device=device))
    mirror.traced = int(count > 0)
    n = max(1, count)
    for name in ("origin", "direction", "point", "light", "sunny"):
        setattr(mirror, name, wp.zeros(n, dtype=wp.vec3, device=device))
    for name in ("active", "sun", "lit"):
        setattr(mirror, name, wp.zeros(n, dtype=wp.uint8, device=device))
    mirror.met = wp.zeros(n, dtype=float, device=device)
    return mirror, Hits.empty(count, device) if count else None


@wp.func
def ways(x: int, y: int, sample: int) -> wp.vec2:
    """Two numbers of (0, 1): of sixteen pairs (Hammersley) that of a place in a block of 4 x 4, far from those of its
    neighbours (Bayer's order), shifted by block and sample (R2 sequence, Roberts 2018)."""
    a = (x ^ y) & 3
    b = y & 3
    k = ((a & 1) << 3) | ((b & 1) << 2) | (a & 2) | (b >> 1)
    back = ((k & 1) << 3) | ((k & 2) << 1) | ((k & 4) >> 1) | (k >> 3)
    block = float(x / 4 + 89 * ((y / 4) % 8) + 712 * sample)
    u = (float(k) + 0.5) / 16.0 + 0.7548776662466927 * block
    w = (float(back) + 0.5) / 16.0 + 0.5698402909980532 * block
    return wp.vec2(wp.clamp(u - wp.floor(u), 1.0e-4, 0.9999), wp.clamp(w - wp.floor(w), 1.0e-4, 0.9999))


@wp.kernel(module=LIGHT)
def aim(
    first: int, stop: int, run: int, v: View, rays: wp.array(dtype=wp.vec3), work: Surface,
    materials: wp.array(dtype=MaterialRow), panes: Panes, lobes: Lobes, sample: int, shift: wp.vec3, mirror: Mirror,
):  # fmt: skip
    """Mirrored rays of pixels [first, stop): of what they show, or of the pane before it (``active`` 2), or one way of
    those that wet ground mirrors (3)."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        mirror.active[i] = wp.uint8(0)
        mirror.sun[i] = wp.uint8(0)
        mirror.met[i] = 0.0
        mirror.origin[i] = _NOWHERE
        mirror.direction[i] = wp.vec3(0.0, 0.0, -1.0)
        k = work.material[i]
        d = v.world_from_camera * rays[i]
        if panes.on == 1 and panes.active[i] != wp.uint8(0):
            n = panes.normal[i]
            mirror.origin[i] = panes.point[i] + shift
            mirror.direction[i] = d - n * (2.0 * wp.dot(d, n))
            mirror.active[i] = wp.uint8(2)
        elif k >= 0:
            n = work.normal[i]
            own = materials[k].roughness
            if mirror.wet == 1 and work.damp[i] > 0.0:
                mirror.active[i] = wp.uint8(3)
                mirror.share[i] = 0.0
                b = bsdf_of(materials[k], work.albedo[i], work.damp[i], n, n, -d, lobes)
                if b.strength > 0.0:
                    y = i / v.width
                    u = ways(i - y * v.width, y, sample)
                    r = turned(b, 0.0, u[0], u[1])
                    cosine = wp.dot(r, b.z)
                    if cosine > 1.0e-4:
                        c = 1.0 - 0.5 * wp.length(r - d)
                        c5 = c * c * c * c * c
                        f0 = materials[k].specular
                        mirror.share[i] = (f0 + (1.0 - f0) * c5) * shown(cosine, b.alpha * b.alpha)
                        mirror.origin[i] = work.point[i] + shift
                        mirror.direction[i] = r
            elif own + (_WET - own) * work.damp[i] < _ROUGHEST:
                r = d - n * (2.0 * wp.dot(d, n))
                if wp.dot(r, n) > 0.0:
                    mirror.origin[i] = work.point[i] + shift
                    mirror.direction[i] = r
                    mirror.active[i] = wp.uint8(1)


@wp.kernel(module=LIGHT)
def show(
    first: int, stop: int, run: int, v: View, light: Light, work: Surface, range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    eye_only: wp.array(dtype=wp.uint8), panes: Panes, mirror: Mirror,
):  # fmt: skip
    """What the rays of pixels [first, stop) meet, and its light without the sun and with it alone."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if mirror.active[i] != wp.uint8(0) and part[i] >= 0 and range_m[i] > _OWN_M:
            d, t = mirror.direction[i], range_m[i]
            row = faces[parts[part[i]].faces + face[i]]
            n = facing(poses[part[i]], row, d)
            m = materials[row.material]
            clear = wp.exp(-light.extinction_per_m * t)
            shine = wp.min(m.emission, wp.vec3(_BRIGHTEST, _BRIGHTEST, _BRIGHTEST))
            if mirror.active[i] != wp.uint8(2) and eye_only[part[i]] != wp.uint8(0):
                shine = wp.vec3(0.0, 0.0, 0.0)  # coats and metals send back the lamp's light as a highlight
            glow = wp.cw_mul(m.albedo, irradiance(light, n)) * _OPEN + shine
            mirror.met[i] = 1.0
            mirror.light[i] = glow * clear + light.airlight * (1.0 - clear)
            mirror.sunny[i] = wp.cw_mul(m.albedo, light.sun) * (wp.max(wp.dot(n, v.sun), 0.0) * clear)
            start = work.point[i]
            if mirror.active[i] == wp.uint8(2):
                start = panes.point[i]
            mirror.point[i] = start + before(d, t, n)
            if v.sunlit == 1 and wp.dot(n, v.sun) > 0.0:
                mirror.sun[i] = wp.uint8(1)


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
def weigh(first: int, stop: int, run: int, light: Light, mirror: Mirror):
    """Light that the rays of wet ground bring to pixels [first, stop), times their shares, and those."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        share = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        brought = wp.vec3(0.0, 0.0, 0.0)
        if mirror.active[i] == wp.uint8(3):
            share = mirror.share[i]
            if share > 0.0:
                brought = sky_along(light, mirror.direction[i])
                if mirror.met[i] > 0.0:
                    brought = mirror.light[i]
                    if mirror.sun[i] != wp.uint8(0):
                        brought = brought + mirror.sunny[i] * (float(int(mirror.lit[i])) / 255.0)
        mirror.own[i] = wp.vec4(brought[0] * share, brought[1] * share, brought[2] * share, share)


@wp.kernel(module=LIGHT)
def spread(
    first: int, stop: int, run: int, width: int, top: int, end: int, down: int, work: Surface, mirror: Mirror,
    own: wp.array(dtype=wp.vec4), out: wp.array(dtype=wp.vec4),
):  # fmt: skip
    """Means over pixels of wet ground beside (``down`` 0) or above and below (1) each of [first, stop), as far as they
    lie in one plane, are about as wet, and in rows [top, end)."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if mirror.active[i] == wp.uint8(3):
            y = i / width
            x = i - y * width
            p = work.point[i]
            n = work.normal[i]
            damp = work.damp[i]
            slack = 0.02 + 0.01 * wp.length(p)
            low = wp.where(down == 1, wp.max(top - y, 1 - _WIDE), wp.max(-x, 1 - _WIDE))
            high = wp.where(down == 1, wp.min(end - y, _WIDE), wp.min(width - x, _WIDE))
            step = wp.where(down == 1, width, 1)
            total = wp.vec4(0.0, 0.0, 0.0, 0.0)
            for k in range(low, high):
                j = i + k * step
                if mirror.active[j] == wp.uint8(3) and wp.abs(wp.dot(work.point[j] - p, n)) < slack:
                    alike = wp.max(1.0 - 4.0 * wp.abs(work.damp[j] - damp), 0.0)
                    total = total + own[j] * (float(_WIDE - wp.abs(k)) * alike)
            out[i] = total
