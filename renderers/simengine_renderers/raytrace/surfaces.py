# pyright: reportUnknownParameterType=false
"""From hits of centre rays to the label channels and what shading needs (kernels)."""

from __future__ import annotations

import math

import warp as wp

from simengine.sensors import projection
from simengine.sensors.lenses import Panorama, Sphere, Telecentric
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raytrace.modules import SURFACES
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.rooms import Room
from simengine_renderers.raytrace.snow_map import SNOWY, Lain
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow

__all__ = [
    "ALBEDO", "DEPTH", "FLOW", "INSTANCE", "LIFTED", "MATERIAL",
    "NORMAL", "PART", "POSITION", "RANGE", "RATIONAL", "RGB",
    "SEMANTIC",
    "Channels", "Coefficients", "Pose", "Surface", "View", "lens_code", "optical_flow", "shine", "surface",
    "surface_behind",
]  # fmt: skip

DEPTH, RANGE, NORMAL, ALBEDO, SEMANTIC, INSTANCE, PART, MATERIAL, POSITION, FLOW, RGB = (1 << i for i in range(11))


Coefficients = wp.types.vector(length=12, dtype=float)
STRAIGHT, RATIONAL, PRISM, POLYNOMIAL, SPHERE, PANORAMA, PARALLEL = range(7)


def lens_code(spec: CameraSpec) -> tuple[int, tuple[float, ...]]:
    """Which formula a lens follows, of ``native/flow_plane.h`` (the first two) or ``flow_wide.h``, and its numbers."""
    wide = projection.lens_of(spec)
    match wide:
        case None:
            prism = len(spec.distortion) > 8
            return (STRAIGHT if spec.straight else PRISM if prism else RATIONAL), spec.distortion
        case Sphere():
            return SPHERE, wide.coefficients
        case Panorama():
            return PANORAMA, (2.0 * math.pi * spec.fx_px,)
        case Telecentric():
            return PARALLEL, ()
        case _:
            return POLYNOMIAL, wide.coefficients


@wp.struct
class View:
    """The camera of one frame.

    ``eye``: its place in the world, for water and snow; ``sunlit`` 0: no light of the sun; ``wetness`` of the ground;
    ``lens``: which formula the coefficients are for (``lens_code``); ``end``: how far it sees, of a pinhole the
    square of its fold radius, else an angle; ``focal_px``: pixels a radian on the axis;
    ``parallel`` 1: rays start at ``starts`` (one a pixel, world axes, from the eye), and ``focal_px``
    are pixels a metre;
    ``rooms``: pieces of enclosures; ``sheltered``: share of the sky that they take from the eye; ``fallen``: snow.
    """

    world_from_camera: wp.mat33
    eye: wp.vec3
    next_from_camera: wp.mat33
    next_offset: wp.vec3
    width: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    focal_px: float
    lens: int
    coefficients: Coefficients
    end: float
    parallel: int
    starts: wp.array(dtype=wp.vec3)
    sun: wp.vec3
    sunlit: int
    wetness: float
    rooms: wp.array(dtype=Room)
    room_count: int
    sheltered: float
    fallen: Lain


@wp.struct
class Pose:
    """A part in one frame: its rotation, the camera in its own frame, and the way into the next camera frame.

    ``moved`` 0: it rests, and its way is that of the view.
    """

    world_from_mesh: wp.mat33
    eye_in_mesh: wp.vec3
    next_from_camera: wp.mat33
    next_offset: wp.vec3
    moved: int
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


_LENSES = {"RATIONAL": RATIONAL, "PRISM": PRISM, "POLYNOMIAL": POLYNOMIAL, "SPHERE": SPHERE,
           "PARALLEL": PARALLEL}  # fmt: skip
_BITS = {
    "DEPTH": DEPTH, "RANGE": RANGE, "NORMAL": NORMAL, "ALBEDO": ALBEDO, "SEMANTIC": SEMANTIC, "INSTANCE": INSTANCE,
    "PART": PART, "MATERIAL": MATERIAL, "POSITION": POSITION, "RGB": RGB,
    "SHAPE": NORMAL | ALBEDO | POSITION | RGB, "PAINT": ALBEDO | RGB,
}  # fmt: skip
LIFTED = {"LIFT_MIN_M": 2.0e-4, "LIFT": 2.0e-5}  # shadow rays start this far before a surface, and per metre of range


@wp.func_native(body("noise", "sky_map", "snow", "surface", **_BITS, **LIFTED, **SNOWY))
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


@wp.kernel(module=SURFACES)
def surface_behind(
    first: int, stop: int, run: int, flags: int,
    v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), out: Channels, work: Surface, active: wp.array(dtype=wp.uint8),
):  # fmt: skip
    """The same once more for runs with any ``active`` pixel: hits there have changed."""
    begin = first + wp.tid() * run
    end = wp.min(begin + run, stop)
    some = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    for i in range(begin, end):
        some += int(active[i])
    if some > 0:
        _surface(
            begin, end, flags, v, rays, range_m, part, face, uv, parts, poses, materials, faces, corners, out, work
        )  # fmt: skip


@wp.func_native(body("flow_plane", RATIONAL=RATIONAL))
def _plane(
    begin: int, end: int, v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), poses: wp.array(dtype=Pose), flow: wp.array(dtype=wp.vec2),
): ...  # fmt: skip


@wp.func_native(body("flow_wide", **_LENSES))
def _wide(
    begin: int, end: int, v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), poses: wp.array(dtype=Pose), flow: wp.array(dtype=wp.vec2),
): ...  # fmt: skip


@wp.kernel(module=SURFACES)
def optical_flow(
    first: int, stop: int, run: int, v: View, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), poses: wp.array(dtype=Pose), flow: wp.array(dtype=wp.vec2),
):  # fmt: skip
    """Optical flow of pixels [first, stop), ``run`` in a thread (``native/flow_plane.h``, ``native/flow_wide.h``)."""
    begin = first + wp.tid() * run
    if v.lens <= RATIONAL:
        _plane(begin, wp.min(begin + run, stop), v, rays, range_m, part, poses, flow)
    else:
        _wide(begin, wp.min(begin + run, stop), v, rays, range_m, part, poses, flow)


@wp.func_native(body("glow"))
def _shine(begin: int, end: int, part: wp.array(dtype=int), glow: wp.array(dtype=int), work: Surface): ...


@wp.kernel(module=SURFACES)
def shine(
    first: int, stop: int, run: int, part: wp.array(dtype=int), glow: wp.array(dtype=int), work: Surface
):  # fmt: skip
    """Pixels [first, stop) of parts with a ``glow`` of 0 or more shine with that material instead of their own."""
    begin = first + wp.tid() * run
    _shine(begin, wp.min(begin + run, stop), part, glow, work)
