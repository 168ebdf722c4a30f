# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""One bounce of diffuse light: what stands around hides the sky and sends back light of its own colour (kernels).

Each cell's ray (``contact.feel``) goes on to whatever it meets. There it asks for the sun and, in one
cosine-distributed direction, for the sky; what comes back takes the place of the sky that is hidden. Light that has
bounced twice counts where it left the sky, and what bounces more often follows from how bright and how closed the
surroundings are (``gather``): deep inside of something it gets dark. Cells keep their light in
proportion to that under an open sky, so that where nothing is hidden there is no noise at all.
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine_renderers.raytrace.contact import Contact, about, drawn
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.shading import Light
from simengine_renderers.raytrace.snow_map import snowed
from simengine_renderers.raytrace.surfaces import Pose, View
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow
from simengine_renderers.raytrace.tracing import Hits

__all__ = ["BLOCK", "NEAR_M", "Bounce", "before", "bounce_room", "facing", "gather", "irradiance", "meet"]

NEAR_M = 250.0
"""What is farther away than this is lit by an open sky."""
_REACH_M = wp.constant(2.0)  # what is nearer than this darkens sharply
_USUAL = wp.constant(0.7)
"""A surface near by mostly gets about so much of the light that its neighbour would get under an open sky."""
BLOCK = wp.constant(4)
"""Cells of a block, across and down: sixteen directions (``contact.drawn``)."""
_LEAST = wp.constant(0.1)  # white walls all around would keep all light
_FAR_M = wp.constant(400.0)
"""What hides the sky is nearer than this."""


@wp.struct
class Bounce:
    """What the cells' rays meet. Points are relative to the camera, in world axes.

    ``sun`` asks for the sun and ``lit`` answers; ``active`` asks for the sky towards ``target`` and ``open`` answers.
    ``share`` is what panes on the way leave of the light.
    """

    point: wp.array(dtype=wp.vec3)
    normal: wp.array(dtype=wp.vec3)
    albedo: wp.array(dtype=wp.vec3)
    target: wp.array(dtype=wp.vec3)
    share: wp.array(dtype=wp.vec4)
    sun: wp.array(dtype=wp.uint8)
    lit: wp.array(dtype=wp.uint8)
    active: wp.array(dtype=wp.uint8)
    open: wp.array(dtype=wp.uint8)


def bounce_room(count: int, device: str) -> tuple[Any, Hits]:
    """Work arrays for ``count`` cells."""
    bounce = Bounce()
    for name in ("point", "normal", "albedo", "target"):
        setattr(bounce, name, wp.zeros(count, dtype=wp.vec3, device=device))
    for name in ("sun", "lit", "active", "open"):
        setattr(bounce, name, wp.zeros(count, dtype=wp.uint8, device=device))
    bounce.share = wp.ones(count, dtype=wp.vec4, device=device)
    return bounce, Hits.empty(count, device)


@wp.func
def facing(pose: Pose, row: FaceRow, d: wp.vec3):
    """Normal of a face in the world, on the side that a ray along ``d`` comes from."""
    n = pose.world_from_mesh * row.normal
    return wp.where(wp.dot(n, d) > 0.0, -n, n)


@wp.func
def before(d: wp.vec3, t: float, n: wp.vec3):
    """From a ray's start to just before what it meets at ``t``, from where other rays may start."""
    return d * (t * 0.99998 - 2.0e-4) + n * 1.0e-3


@wp.kernel(module=LIGHT)
def meet(
    first: int, stop: int, run: int, v: View, contact: Contact, range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    bounce: Bounce,
):  # fmt: skip
    """Surfaces that the rays of cells [first, stop) meet, and where from there to look for the sky."""
    begin = first + wp.tid() * run
    for c in range(begin, wp.min(begin + run, stop)):
        bounce.active[c] = wp.uint8(0)
        bounce.sun[c] = wp.uint8(0)
        if contact.active[c] != wp.uint8(0) and part[c] >= 0:
            d = contact.direction[c]
            row = faces[parts[part[c]].faces + face[c]]
            n = facing(poses[part[c]], row, d)
            p = contact.point[c] + before(d, range_m[c], n)
            bounce.point[c] = p
            bounce.normal[c] = n
            bounce.albedo[c] = materials[row.material].albedo * (1.0 - materials[row.material].metalness)
            if v.fallen.cover > 0.0 and parts[part[c]].snowy == 1:
                snow = materials[v.fallen.material].albedo
                bounce.albedo[c] = snowed(v.fallen, materials[row.material], snow, v.eye + p, n[2])
            if materials[row.material].thin == 1 and v.sunlit == 1 and wp.dot(n, v.sun) < 0.0:
                n = -n  # what a leaf lets through of sun and sky is more than what it sends back of the shade
                p = contact.point[c] + d * (range_m[c] * 1.00002 + 2.0e-4) + n * 1.0e-3
                bounce.point[c] = p
                bounce.normal[c] = n
                bounce.albedo[c] = materials[row.material].through
            if v.sunlit == 1 and wp.dot(n, v.sun) > 0.0:
                bounce.sun[c] = wp.uint8(1)
            y = c / contact.width
            x = c - y * contact.width
            local = drawn(contact, x + 30, y + 13)
            bounce.target[c] = p + about(n, local) * _FAR_M
            bounce.active[c] = wp.uint8(1)


@wp.func
def _radiance(light: Light, d: wp.vec3):
    """Of an open sky and ground in a direction, by the coefficients of ``irradiance`` before the cosine."""
    a = light.ambient
    glow = a[0] * 0.282095 + (a[1] * d[1] + a[2] * d[2] + a[3] * d[0]) * (0.488603 * 1.5)
    glow += (a[4] * (d[0] * d[1]) + a[5] * (d[1] * d[2]) + a[7] * (d[0] * d[2])) * (1.092548 * 4.0)
    glow += a[6] * (0.315392 * 4.0 * (3.0 * d[2] * d[2] - 1.0)) + a[8] * (0.546274 * 4.0 * (d[0] * d[0] - d[1] * d[1]))
    return wp.max(glow, wp.vec3(0.0, 0.0, 0.0))


@wp.func
def irradiance(light: Light, n: wp.vec3):
    """From an open sky and ground on a surface with a normal: nine coefficients a colour."""
    a = light.ambient
    e = a[0] * 0.282095 + (a[1] * n[1] + a[2] * n[2] + a[3] * n[0]) * 0.488603
    e += (a[4] * (n[0] * n[1]) + a[5] * (n[1] * n[2]) + a[7] * (n[0] * n[2])) * 1.092548
    e += a[6] * (0.315392 * (3.0 * n[2] * n[2] - 1.0)) + a[8] * (0.546274 * (n[0] * n[0] - n[1] * n[1]))
    return wp.max(e, wp.vec3(1.0e-9, 1.0e-9, 1.0e-9))


@wp.func
def _of_block(bounce: Bounce, contact: Contact, left: int, top: int, image_width: int, albedo: wp.array(dtype=wp.vec3)):
    """Of what the rays of a block met: how closed it is, times the albedos of what it sees and of itself.

    Closed is the share of its own rays that met something again: surfaces like those of the block or like itself, half
    of each.
    """
    met, shut = float(0.0), float(0.0)  # noqa: UP018  (Warp: variables, not constants)
    own, other = wp.vec3(0.0, 0.0, 0.0), wp.vec3(0.0, 0.0, 0.0)
    for y in range(top, wp.min(top + BLOCK, contact.height)):
        for x in range(left, wp.min(left + BLOCK, contact.width)):
            c = y * contact.width + x
            if bounce.active[c] != wp.uint8(0):
                met += 1.0
                shut += 1.0 - float(int(bounce.open[c])) / 255.0
                own += albedo[2 * y * image_width + 2 * x]
                other += bounce.albedo[c]
    closed = shut / wp.max(met * met, 1.0)
    return (own + other) * (0.5 * closed), other * closed


@wp.kernel(module=LIGHT)
def gather(
    first: int, stop: int, run: int, v: View, light: Light, albedo: wp.array(dtype=wp.vec3), image_width: int,
    range_m: wp.array(dtype=float), bounce: Bounce, contact: Contact,
):  # fmt: skip
    """Light on the cells of blocks [first, stop) by their one ray, in parts of that under an open sky.

    Light bounces on between what is met, of albedo b, and what that sees, of albedo a, each closed to a share c. By the
    radiosities of the two, the sky, which falls on both, gives (1 + c a) / (1 - c a c b) times the light of one bounce;
    the sun, which falls on what faces it and not on what that sees, 1 / (1 - c a c b).
    """
    begin = first + wp.tid() * run
    across = (contact.width + BLOCK - 1) / BLOCK
    one = wp.vec3(1.0, 1.0, 1.0)
    for block in range(begin, wp.min(begin + run, stop)):
        top = block / across * BLOCK
        left = (block - block / across * across) * BLOCK
        seen, met = _of_block(bounce, contact, left, top, image_width, albedo)
        again = wp.cw_div(one, wp.max(one - wp.cw_mul(seen, met), one * _LEAST))
        for y in range(top, wp.min(top + BLOCK, contact.height)):
            for x in range(left, wp.min(left + BLOCK, contact.width)):
                c = y * contact.width + x
                near, far = wp.vec3(0.0, 0.0, 0.0), wp.vec3(0.0, 0.0, 0.0)
                passed = wp.vec3(bounce.share[c][0], bounce.share[c][1], bounce.share[c][2])
                if bounce.active[c] != wp.uint8(0):
                    whole = irradiance(light, contact.normal[c])
                    e = irradiance(light, bounce.normal[c]) * (float(int(bounce.open[c])) / 255.0)
                    nl = wp.max(wp.dot(bounce.normal[c], v.sun), 0.0) * (float(int(bounce.lit[c])) / 255.0)
                    # many lamps overhead light as an even ceiling does: a wall half as much as the floor
                    lamps = light.lamps * (0.5 + 0.5 * bounce.normal[c][2])
                    e = wp.cw_mul(wp.cw_mul(e, one + seen) + light.sun * nl + lamps, again)
                    back = wp.cw_mul(wp.cw_mul(bounce.albedo[c], e), passed)
                    far = wp.cw_div(back - _radiance(light, contact.direction[c]), whole)
                    if range_m[c] < _REACH_M:  # sharp: about what is gone; smooth: how much more or less it really is
                        near = bounce.albedo[c] * _USUAL - one
                        far -= near
                elif contact.active[c] != wp.uint8(0):  # the sky, perhaps through panes
                    sky = _radiance(light, contact.direction[c])
                    far = wp.cw_div(wp.cw_mul(passed - one, sky), irradiance(light, contact.normal[c]))
                asked = float(int(contact.active[c]))
                contact.light[c] = wp.vec4(near[0], near[1], near[2], asked)
                contact.far[c] = wp.vec4(far[0], far[1], far[2], asked)
