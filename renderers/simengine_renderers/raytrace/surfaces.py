# pyright: reportUnknownParameterType=false
"""From hits of centre rays to the label channels and what shading needs (kernels)."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import SURFACES
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow

__all__ = [
    "ALBEDO", "DEPTH", "FLOW", "INSTANCE", "MATERIAL", "NORMAL", "PART", "POSITION", "RANGE", "RGB", "SEMANTIC",
    "Channels", "Pose", "Surface", "View", "shine", "surface",
]  # fmt: skip

DEPTH, RANGE, NORMAL, ALBEDO, SEMANTIC, INSTANCE, PART, MATERIAL, POSITION, FLOW, RGB = (1 << i for i in range(11))


@wp.struct
class View:
    """The camera of one frame.

    ``eye``: its place in the world, for puddles only; ``sunlit`` 0: the sun gives no light; ``wetness`` of the ground.
    """

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
    wetness: float


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
    """What shading needs of every pixel. Points are relative to the camera, in world axes; ``damp`` is 0 (dry) to 1."""

    normal: wp.array(dtype=wp.vec3)
    albedo: wp.array(dtype=wp.vec3)
    point: wp.array(dtype=wp.vec3)
    material: wp.array(dtype=int)
    active: wp.array(dtype=wp.uint8)
    lit: wp.array(dtype=wp.uint8)
    damp: wp.array(dtype=float)


_BITS = {
    "DEPTH": DEPTH, "RANGE": RANGE, "NORMAL": NORMAL, "ALBEDO": ALBEDO, "SEMANTIC": SEMANTIC, "INSTANCE": INSTANCE,
    "PART": PART, "MATERIAL": MATERIAL, "POSITION": POSITION, "FLOW": FLOW, "RGB": RGB,
    "SHAPE": NORMAL | ALBEDO | POSITION | RGB, "PAINT": ALBEDO | RGB,
}  # fmt: skip
_LIFT = {"LIFT_MIN_M": 2.0e-4, "LIFT": 2.0e-5}  # shadow rays start this far before a surface, and per metre of range


@wp.func_native(body("noise", "surface", **_BITS, **_LIFT))
def _surface(
    begin: int, end: int, flags: int, v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), out: Channels, work: Surface,
): ...  # fmt: skip


@wp.kernel(module=SURFACES)
def surface(
    first: int, stop: int, run: int, flags: int,
    v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), out: Channels, work: Surface,
):  # fmt: skip
    """Label channels and shading inputs of pixels [first, stop), ``run`` in a thread (``native/surface.h``)."""
    begin = first + wp.tid() * run
    _surface(
        begin, wp.min(begin + run, stop), flags, v, rays, range_m, part, face, uv, parts, poses, materials, faces,
        corners, out, work,
    )  # fmt: skip


@wp.func_native(body("glow"))
def _shine(begin: int, end: int, part: wp.array(dtype=int), glow: wp.array(dtype=int), work: Surface): ...


@wp.kernel(module=SURFACES)
def shine(
    first: int, stop: int, run: int, part: wp.array(dtype=int), glow: wp.array(dtype=int), work: Surface
):  # fmt: skip
    """Pixels [first, stop) of parts with a ``glow`` of 0 or more shine with that material instead of their own."""
    begin = first + wp.tid() * run
    _shine(begin, wp.min(begin + run, stop), part, glow, work)
