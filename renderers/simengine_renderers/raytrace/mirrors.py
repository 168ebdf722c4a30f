# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""What smooth surfaces show: one mirrored ray a pixel of glass, paint and metal (kernels; wet ground: ``lobes``).

A ray that meets something brings back its light: the sun if it gets there, the usual share of the sky, and what it
shines with itself. One that meets nothing shows the sky, as everywhere. Rougher surfaces keep to the light from all
around: there a single ray would be a picture that is too sharp.
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine_renderers.raytrace.bounce import before, facing, irradiance
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.panes import Panes
from simengine_renderers.raytrace.shading import Light, Mirror
from simengine_renderers.raytrace.snow_map import snowed
from simengine_renderers.raytrace.surfaces import Pose, Surface, View
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow
from simengine_renderers.raytrace.tracing import Hits

__all__ = ["aim", "mirror_room", "show"]

_ROUGHEST = wp.constant(0.45)
"""Up to here a part of what a surface shows is a picture (``native/shade.h``)."""
_WET = wp.constant(0.10)  # roughness under water
_OPEN = wp.constant(0.6)
"""Share of the sky that things around get, as a rule."""
_OWN_M = wp.constant(0.05)
"""What is met so near is the surface itself: smooth normals bend rays into it."""
_BRIGHTEST = wp.constant(3.0)
"""Lamps' glass would outshine everything that panes mirror."""
_NOWHERE = wp.constant(wp.vec3(0.0, 0.0, -1.0e6))  # rays from here meet nothing at once


def mirror_room(count: int, wet: bool, device: str) -> tuple[Any, Hits | None]:
    """Work arrays for ``count`` pixels, of which some may be wet ground; no hits where nothing is traced (0)."""
    mirror = Mirror()
    mirror.wet = int(wet and count > 0)
    mirror.own = wp.zeros(count if mirror.wet else 1, dtype=wp.vec4, device=device)
    mirror.traced = int(count > 0)
    n = max(1, count)
    for name in ("origin", "direction", "point", "light", "sunny"):
        setattr(mirror, name, wp.zeros(n, dtype=wp.vec3, device=device))
    for name in ("active", "sun", "lit"):
        setattr(mirror, name, wp.zeros(n, dtype=wp.uint8, device=device))
    mirror.met = wp.zeros(n, dtype=float, device=device)
    return mirror, Hits.empty(count, device) if count else None


@wp.kernel(module=LIGHT)
def aim(
    first: int, stop: int, run: int, v: View, rays: wp.array(dtype=wp.vec3), work: Surface,
    materials: wp.array(dtype=MaterialRow), panes: Panes, shift: wp.vec3, mirror: Mirror,
):  # fmt: skip
    """Mirrored rays of pixels [first, stop): of what they show, or of the pane before it (``active`` 2); wet
    ground (3) sends none here."""
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
            mirror.point[i] = panes.point[i]
            mirror.origin[i] = panes.point[i] + shift
            mirror.direction[i] = d - n * (2.0 * wp.dot(d, n))
            mirror.active[i] = wp.uint8(2)
        elif k >= 0:
            n = work.normal[i]
            own = materials[k].roughness
            if mirror.wet == 1 and work.damp[i] > 0.0:
                mirror.active[i] = wp.uint8(3)
            elif own + (_WET - own) * work.damp[i] < _ROUGHEST:
                r = d - n * (2.0 * wp.dot(d, n))
                if wp.dot(r, n) > 0.0:
                    mirror.point[i] = work.point[i]
                    mirror.origin[i] = work.point[i] + shift
                    mirror.direction[i] = r
                    mirror.active[i] = wp.uint8(1)


@wp.kernel(module=LIGHT)
def show(
    first: int, stop: int, run: int, v: View, light: Light, range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    eye_only: wp.array(dtype=wp.uint8), mirror: Mirror,
):  # fmt: skip
    """What the rays of [first, stop) meet, and its light without the sun and with it alone."""
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
            albedo = m.albedo
            if v.fallen.cover > 0.0 and parts[part[i]].snowy == 1:
                snow = materials[v.fallen.material].albedo
                albedo = snowed(v.fallen, m, snow, v.eye + mirror.point[i] + d * t, n[2])
            glow = wp.cw_mul(albedo, irradiance(light, n)) * _OPEN + shine
            mirror.met[i] = 1.0
            mirror.light[i] = glow * clear + light.airlight * (1.0 - clear)
            mirror.sunny[i] = wp.cw_mul(albedo, light.sun) * (wp.max(wp.dot(n, v.sun), 0.0) * clear)
            mirror.point[i] = mirror.point[i] + before(d, t, n)
            if v.sunlit == 1 and wp.dot(n, v.sun) > 0.0:
                mirror.sun[i] = wp.uint8(1)
