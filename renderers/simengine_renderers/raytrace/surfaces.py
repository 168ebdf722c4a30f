# pyright: reportUnknownParameterType=false
"""From hits of centre rays to the label channels and what shading needs (kernels)."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import SHADING
from simengine_renderers.raytrace.patterns import patterned
from simengine_renderers.raytrace.tables import MaterialRow, PartRow

__all__ = [
    "ALBEDO", "DEPTH", "FLOW", "INSTANCE", "MATERIAL", "NORMAL", "PART", "POSITION", "RANGE", "RGB", "SEMANTIC",
    "Channels", "Pose", "Surface", "View", "surface",
]  # fmt: skip

DEPTH, RANGE, NORMAL, ALBEDO, SEMANTIC, INSTANCE, PART, MATERIAL, POSITION, FLOW, RGB = (1 << i for i in range(11))
_DEPTH, _RANGE, _NORMAL, _ALBEDO = wp.constant(DEPTH), wp.constant(RANGE), wp.constant(NORMAL), wp.constant(ALBEDO)
_SEMANTIC, _INSTANCE, _PART = wp.constant(SEMANTIC), wp.constant(INSTANCE), wp.constant(PART)
_MATERIAL, _POSITION, _FLOW, _RGB = wp.constant(MATERIAL), wp.constant(POSITION), wp.constant(FLOW), wp.constant(RGB)
_LIFT = wp.constant(2.0e-5)
_LIFT_MIN_M = wp.constant(2.0e-4)


@wp.struct
class View:
    """The camera of one frame. ``sun`` is the direction towards the sun, ``sunlit`` 0 where it gives no light."""

    world_from_camera: wp.mat33
    next_from_camera: wp.mat33
    width: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distorted: int
    k1: float
    k2: float
    p1: float
    p2: float
    k3: float
    k4: float
    k5: float
    k6: float
    fold_squared: float
    sun: wp.vec3
    sunlit: int


@wp.struct
class Pose:
    """A part in one frame: its rotation, the camera in its own frame, and the way into the next camera frame."""

    world_from_mesh: wp.mat33
    eye_in_mesh: wp.vec3
    next_from_camera: wp.mat33
    next_offset: wp.vec3
    in_next: int


@wp.struct
class Channels:
    """Images of the label channels; those not asked for have one element and are not written."""

    depth: wp.array(dtype=float)
    range: wp.array(dtype=float)
    normal: wp.array(dtype=wp.vec3)
    albedo: wp.array(dtype=wp.vec3)
    semantic: wp.array(dtype=int)
    instance: wp.array(dtype=int)
    part: wp.array(dtype=int)
    material: wp.array(dtype=int)
    position: wp.array(dtype=wp.vec3)
    flow: wp.array(dtype=wp.vec2)


@wp.struct
class Surface:
    """What shading needs of every pixel. Points are relative to the camera, in world axes."""

    normal: wp.array(dtype=wp.vec3)
    albedo: wp.array(dtype=wp.vec3)
    point: wp.array(dtype=wp.vec3)
    material: wp.array(dtype=int)
    active: wp.array(dtype=wp.uint8)
    lit: wp.array(dtype=wp.uint8)


@wp.func
def projected(v: View, p: wp.vec3) -> wp.vec2:
    """Pixel of a point in the camera's frame, NaN where it has none (``simengine.sensors.projection``)."""
    out = wp.vec2(wp.nan, wp.nan)
    if p[2] > 0.0:
        x = p[0] / p[2]
        y = p[1] / p[2]
        s = x * x + y * y
        if s < v.fold_squared:
            if v.distorted == 1:
                g = (1.0 + s * (v.k1 + s * (v.k2 + s * v.k3))) / (1.0 + s * (v.k4 + s * (v.k5 + s * v.k6)))
                xy = 2.0 * x * y
                xd = x * g + v.p1 * xy + v.p2 * (s + 2.0 * x * x)
                yd = y * g + v.p1 * (s + 2.0 * y * y) + v.p2 * xy
                x = xd
                y = yd
            out = wp.vec2(v.fx_px * x + v.cx_px, v.fy_px * y + v.cy_px)
    return out


@wp.func
def missed(i: int, flags: int, v: View, ray: wp.vec3, pixel: wp.vec2, out: Channels) -> int:
    """Channels of a pixel that sees the sky."""
    if (flags & _DEPTH) != 0:
        out.depth[i] = wp.inf
    if (flags & _RANGE) != 0:
        out.range[i] = wp.inf
    if (flags & _NORMAL) != 0:
        out.normal[i] = wp.vec3()
    if (flags & _ALBEDO) != 0:
        out.albedo[i] = wp.vec3()
    if (flags & _SEMANTIC) != 0:
        out.semantic[i] = 0
    if (flags & _INSTANCE) != 0:
        out.instance[i] = -1
    if (flags & _PART) != 0:
        out.part[i] = -1
    if (flags & _MATERIAL) != 0:
        out.material[i] = -1
    if (flags & _POSITION) != 0:
        out.position[i] = wp.vec3()
    if (flags & _FLOW) != 0:
        out.flow[i] = projected(v, v.next_from_camera * ray) - pixel
    return 0


@wp.kernel(module=SHADING)
def surface(
    first: int, flags: int, v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), normals: wp.array(dtype=wp.vec3),
    face_material: wp.array(dtype=int), corners: wp.array(dtype=wp.vec3), out: Channels, work: Surface,
):  # fmt: skip
    """Label channels and shading inputs of pixels from ``first`` on."""
    i = first + wp.tid()
    ray = rays[i]
    pixel = wp.vec2(float(i % v.width) + 0.5, float(i / v.width) + 0.5)
    p = part[i]
    if p < 0:
        missed(i, flags, v, ray, pixel, out)
        if (flags & _RGB) != 0:
            work.material[i] = -1
            work.active[i] = wp.uint8(0)
        return
    row = parts[p]
    pose = poses[p]
    f = row.faces + face[i]
    t = range_m[i]
    m = face_material[f]
    if (flags & _DEPTH) != 0:
        out.depth[i] = t * ray[2]
    if (flags & _RANGE) != 0:
        out.range[i] = t
    if (flags & _SEMANTIC) != 0:
        out.semantic[i] = row.semantic
    if (flags & _INSTANCE) != 0:
        out.instance[i] = row.entity
    if (flags & _PART) != 0:
        out.part[i] = p
    if (flags & _MATERIAL) != 0:
        out.material[i] = m
    if (flags & _FLOW) != 0:
        there = wp.vec2(wp.nan, wp.nan)
        if pose.in_next == 1:
            there = projected(v, pose.next_from_camera * (ray * t) + pose.next_offset) - pixel
        out.flow[i] = there
    if (flags & (_NORMAL | _ALBEDO | _POSITION | _RGB)) == 0:
        return
    world_ray = v.world_from_camera * ray
    flat_local = normals[f]
    flat = pose.world_from_mesh * flat_local
    inside = wp.dot(flat, world_ray) > 0.0
    n = flat
    if row.corners >= 0:
        b = uv[i]
        c = row.corners + 3 * face[i]
        n = wp.normalize(
            pose.world_from_mesh * (corners[c] * (1.0 - b[0] - b[1]) + corners[c + 1] * b[0] + corners[c + 2] * b[1])
        )
    agree = wp.dot(n, flat) >= 0.0
    if inside == agree:
        n = -n
    if inside:
        flat = -flat
    if (flags & _NORMAL) != 0:
        out.normal[i] = wp.transpose(v.world_from_camera) * n
    if (flags & (_ALBEDO | _POSITION | _RGB)) == 0:
        return
    local = wp.transpose(pose.world_from_mesh) * (world_ray * t) + pose.eye_in_mesh
    if (flags & _POSITION) != 0:
        out.position[i] = local
    if (flags & (_ALBEDO | _RGB)) == 0:
        return
    material = materials[m]
    albedo = material.albedo
    if material.pattern != 0:
        slope = wp.max(wp.abs(wp.dot(flat, world_ray)), 0.08)
        footprint_m = t / (v.fx_px * wp.sqrt(slope))
        albedo = patterned(material.pattern, albedo, local, flat_local, material.scale_m, footprint_m)
    if (flags & _ALBEDO) != 0:
        out.albedo[i] = albedo
    if (flags & _RGB) != 0:
        work.normal[i] = n
        work.albedo[i] = albedo
        work.material[i] = m
        work.point[i] = world_ray * t + flat * (_LIFT_MIN_M + _LIFT * t)
        sees_sun = v.sunlit == 1 and wp.dot(flat, v.sun) > 0.0 and wp.dot(n, v.sun) > 0.0
        work.active[i] = wp.where(sees_sun, wp.uint8(1), wp.uint8(0))
