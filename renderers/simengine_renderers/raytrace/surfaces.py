# pyright: reportUnknownParameterType=false
"""From hits of centre rays to the label channels and what shading needs (kernels)."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import SURFACES
from simengine_renderers.raytrace.patterns import patterned
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow

__all__ = [
    "ALBEDO", "DEPTH", "FLOW", "INSTANCE", "MATERIAL", "NORMAL", "PART", "POSITION", "RANGE", "RGB", "SEMANTIC",
    "Channels", "Pose", "Surface", "View", "surface",
]  # fmt: skip

DEPTH, RANGE, NORMAL, ALBEDO, SEMANTIC, INSTANCE, PART, MATERIAL, POSITION, FLOW, RGB = (1 << i for i in range(11))
_DEPTH, _RANGE, _NORMAL, _ALBEDO = wp.constant(DEPTH), wp.constant(RANGE), wp.constant(NORMAL), wp.constant(ALBEDO)
_SEMANTIC, _INSTANCE, _PART = wp.constant(SEMANTIC), wp.constant(INSTANCE), wp.constant(PART)
_MATERIAL, _POSITION, _FLOW, _RGB = wp.constant(MATERIAL), wp.constant(POSITION), wp.constant(FLOW), wp.constant(RGB)
_SHAPE, _PAINT = wp.constant(NORMAL | ALBEDO | POSITION | RGB), wp.constant(ALBEDO | RGB)
_LIFT = wp.constant(2.0e-5)
_LIFT_MIN_M = wp.constant(2.0e-4)


@wp.struct
class View:
    """The camera of one frame. ``eye``: its place in the world, for patterns only; ``sunlit`` 0: the sun gives none."""

    world_from_camera: wp.mat33
    eye: wp.vec3
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
    damp: wp.array(dtype=float)


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


@wp.kernel(module=SURFACES)
def surface(
    first: int, stop: int, run: int, flags: int,
    v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), out: Channels, work: Surface,
):  # fmt: skip
    """Label channels and shading inputs of pixels [first, stop), ``run`` in a thread.

    One long body on purpose: functions take structs by value, and copying these costs more than a pixel's work.
    """
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        ray = rays[i]
        p = part[i]
        t = wp.inf
        m = int(-1)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
        entity = int(-1)  # noqa: RUF046, UP018
        semantic = int(0)  # noqa: RUF046, UP018
        f = int(0)  # noqa: RUF046, UP018
        corner = int(-1)  # noqa: RUF046, UP018
        if p >= 0:
            t = range_m[i]
            row = parts[p]
            entity = row.entity
            semantic = row.semantic
            f = row.faces + face[i]
            m = faces[f].material
            if row.corners >= 0:
                corner = row.corners + 3 * face[i]
        if (flags & _DEPTH) != 0:
            out.depth[i] = t * ray[2]
        if (flags & _RANGE) != 0:
            out.range[i] = t
        if (flags & _SEMANTIC) != 0:
            out.semantic[i] = semantic
        if (flags & _INSTANCE) != 0:
            out.instance[i] = entity
        if (flags & _PART) != 0:
            out.part[i] = p
        if (flags & _MATERIAL) != 0:
            out.material[i] = m
        if (flags & _FLOW) != 0:
            there = v.next_from_camera * ray
            known = int(1)  # noqa: RUF046, UP018
            if p >= 0:
                there = poses[p].next_from_camera * (ray * t) + poses[p].next_offset
                known = poses[p].in_next
            moved = wp.vec2(wp.nan, wp.nan)
            if known == 1:
                y = i / v.width
                moved = projected(v, there) - wp.vec2(float(i - y * v.width) + 0.5, float(y) + 0.5)
            out.flow[i] = moved
        if (flags & _SHAPE) != 0:
            n = wp.vec3()
            albedo = wp.vec3()
            local = wp.vec3()
            if p >= 0:
                world_ray = v.world_from_camera * ray
                flat_local = faces[f].normal
                flat = poses[p].world_from_mesh * flat_local
                inside = wp.dot(flat, world_ray) > 0.0
                n = flat
                if corner >= 0:
                    b = uv[i]
                    smooth = corners[corner] * (1.0 - b[0] - b[1])
                    smooth += corners[corner + 1] * b[0] + corners[corner + 2] * b[1]
                    n = wp.normalize(poses[p].world_from_mesh * smooth)
                agree = wp.dot(n, flat) >= 0.0
                if inside == agree:
                    n = -n
                if inside:
                    flat = -flat
                local = wp.transpose(poses[p].world_from_mesh) * (world_ray * t) + poses[p].eye_in_mesh
                albedo = materials[m].albedo
                if (flags & _PAINT) != 0 and materials[m].pattern != 0:
                    slope = wp.max(wp.abs(wp.dot(flat, world_ray)), 0.08)
                    footprint_m = t / (v.fx_px * wp.sqrt(slope))
                    albedo = patterned(
                        materials[m].pattern, albedo, local, flat_local, materials[m].scale_m, footprint_m
                    )  # fmt: skip
                if (flags & _RGB) != 0:
                    work.point[i] = world_ray * t + flat * (_LIFT_MIN_M + _LIFT * t)
                    sees_sun = v.sunlit == 1 and wp.dot(flat, v.sun) > 0.0 and wp.dot(n, v.sun) > 0.0
                    work.active[i] = wp.where(sees_sun, wp.uint8(1), wp.uint8(0))
            if (flags & _NORMAL) != 0:
                out.normal[i] = wp.transpose(v.world_from_camera) * n
            if (flags & _POSITION) != 0:
                out.position[i] = local
            if (flags & _ALBEDO) != 0:
                out.albedo[i] = albedo
            if (flags & _RGB) != 0:
                work.normal[i] = n
                work.albedo[i] = albedo
                work.material[i] = m
                if p < 0:
                    work.active[i] = wp.uint8(0)
