# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""A path from the eye through the world, and the light that it brings (kernel).

What a path does depends on the key, the frame, the pixel, the number of the sample and the step alone (Philox). Light
reaches the eye from a vertex in two ways, weighed by the balance heuristic (Veach 1997): a light is asked (``ask_*``
and a shadow ray), and the path's own next ray may meet it (``met``). Panes are no vertices: a path goes straight on
through them, as shadow rays do, with both ways to a light weighed as without; or it is mirrored, which only the path's
own ray can be. At a pane that is seen first it does one after the other. All points are relative to the camera.
"""

from __future__ import annotations

import math

import warp as wp

from simengine_renderers.raytrace.bsdf import Bsdf, Lobes, bsdf_of, scattered, sent_back, turned
from simengine_renderers.raytrace.cutouts import pane_sends_back
from simengine_renderers.raytrace.denoise import Traits, forget
from simengine_renderers.raytrace.emitters import Emitters, luminance, picked
from simengine_renderers.raytrace.lamps import Lamp, shone
from simengine_renderers.raytrace.modules import PATHS
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.noise import Words, philox, uniform
from simengine_renderers.raytrace.sampling import inside, within
from simengine_renderers.raytrace.single import Found, Tree, closest, reaches
from simengine_renderers.raytrace.skylight import Above, in_sun, sky_at, sky_density, towards_sky, towards_sun
from simengine_renderers.raytrace.snow_map import SNOWY
from simengine_renderers.raytrace.surfaces import LIFTED, Pose, View
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow
from simengine_renderers.raytrace.tracing import LAMP_MARGIN_M

__all__ = ["Lights", "Random", "Vertex", "World", "walk"]

_FROM_EYE = wp.constant(-1.0)
_FAR_M = wp.constant(1.0e30)
_LAMP_MARGIN_M = wp.constant(LAMP_MARGIN_M)
_LIFT_MIN_M, _LIFT = wp.constant(LIFTED["LIFT_MIN_M"]), wp.constant(LIFTED["LIFT"])
_MARGIN = wp.constant(0.9999)  # shadow rays end so near to a point of a surface that shines
_SURE_STEPS = wp.constant(3)  # vertices that no path ends at by chance
_MOST_LIKELY = wp.constant(0.95)  # to go on
_PI = wp.constant(math.pi)
_SUN, _SKY, _LAMPS, _SURFACES, _GO_ON, _KINDS = (wp.constant(k) for k in range(6))
_WORDS = wp.constant(16)  # the first second counter of ours; 1 is that of the place in the pixel


@wp.struct
class Random:
    """What the numbers of an image are keyed by."""

    key0: wp.uint32
    key1: wp.uint32
    frame: wp.uint32


@wp.struct
class World:
    """What rays meet: ``shift`` leads from the tree's origin to the camera, the rest is as in ``surfaces``.

    ``glow`` is the material that each part shines with (-1: none), if ``glowing`` is 1.
    """

    tree: Tree
    shift: wp.vec3
    parts: wp.array(dtype=PartRow)
    poses: wp.array(dtype=Pose)
    materials: wp.array(dtype=MaterialRow)
    faces: wp.array(dtype=FaceRow)
    corners: wp.array(dtype=wp.vec3)
    glowing: int
    glow: wp.array(dtype=int)
    lobes: Lobes


@wp.struct
class Lights:
    """What shines: far away, points, surfaces; and fog and rain, which dim it and shine themselves."""

    above: Above
    emitters: Emitters
    lamps: wp.array(dtype=Lamp)
    lamp_count: int
    extinction_per_m: float
    airlight: wp.vec3


@wp.struct
class Vertex:
    """Where paths are, an element a pixel: points, normals of the look and of the face, and what is there.

    ``open_sky`` is what enclosures leave of the sky (1 outdoors).
    """

    point: wp.array(dtype=wp.vec3)
    normal: wp.array(dtype=wp.vec3)
    flat: wp.array(dtype=wp.vec3)
    albedo: wp.array(dtype=wp.vec3)
    material: wp.array(dtype=int)
    damp: wp.array(dtype=float)
    open_sky: wp.array(dtype=float)


@wp.struct
class Asked:
    """An answer if nothing is between: direction and distance of a light, and its light that goes on to the eye."""

    towards: wp.vec3
    far_m: float
    light: wp.vec3


@wp.func_native(body("noise", "sky_map", "snow", "vertex", **LIFTED, **SNOWY))
def _vertex(
    begin: int, end: int, v: View, o: wp.vec3, d: wp.vec3, way: float, range_m: wp.array(dtype=float),
    part: wp.array(dtype=int), face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    poses: wp.array(dtype=Pose), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), glowing: int, glow: wp.array(dtype=int), out: Vertex,
): ...  # fmt: skip


@wp.func
def words(r: Random, kind: int, sample: int, step: int, pixel: int) -> Words:
    """Four words for one decision."""
    counter = wp.uint32(_WORDS + step * _KINDS + kind)
    return philox(r.key0, r.key1, r.frame, counter, wp.uint32(pixel), wp.uint32(sample))


@wp.func
def clear(lights: Lights, distance_m: float) -> float:
    """What the air lets through."""
    return wp.exp(-lights.extinction_per_m * distance_m)


@wp.func
def missed(lights: Lights, d: wp.vec3, density: float) -> wp.vec3:
    """Light of a ray that met nothing, sampled with a ``density`` (negative: from the eye)."""
    above = lights.above
    light = sky_at(above, d)
    disc = in_sun(above, d)
    sun = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if disc > 0.0:
        sun = 1.0
    if density >= 0.0:
        light = light * (density / (density + sky_density(above, d)))
        sun = sun * density / (density + disc)
        if d[2] < 0.0:
            light = above.ground
    return light + above.radiance * sun


@wp.func
def met(
    world: World, lights: Lights, vertex: Vertex, found: Found, i: int, d: wp.vec3, t: float, density: float
) -> wp.vec3:  # fmt: skip
    """What the surface shines with by itself along a way of ``t`` that met it, sampled with a ``density``."""
    out = world.materials[vertex.material[i]].emission
    bright = luminance(out)
    if density >= 0.0 and bright > 0.0:
        weight = float(0.0)  # noqa: UP018
        if lights.emitters.eye_only[found.part[i]] == wp.uint8(0):
            slope = wp.max(-wp.dot(vertex.flat[i], d), 1.0e-6)
            weight = density / (density + bright / lights.emitters.total * t * t / slope)
        out = out * weight
    return out


@wp.func
def ask_sun(lights: Lights, lobes: Lobes, b: Bsdf, w: Words) -> Asked:
    """A direction in the sun's disc."""
    out = Asked()
    out.towards = towards_sun(lights.above, uniform(w.a), uniform(w.b))
    out.far_m = _FAR_M
    s = scattered(b, lobes, out.towards)
    out.light = wp.cw_mul(s.share, lights.above.radiance) / (in_sun(lights.above, lights.above.sun) + s.density)
    return out


@wp.func
def ask_sky(lights: Lights, lobes: Lobes, b: Bsdf, w: Words) -> Asked:
    """A direction by the sky's light."""
    out = Asked()
    out.towards = towards_sky(lights.above, uniform(w.a), uniform(w.b))
    out.far_m = _FAR_M
    s = scattered(b, lobes, out.towards)
    density = sky_density(lights.above, out.towards) + s.density
    out.light = wp.vec3(0.0, 0.0, 0.0)
    if density > 0.0:
        out.light = wp.cw_mul(s.share, sky_at(lights.above, out.towards)) / density
    return out


@wp.func
def lamp_at(lamp: Lamp, point: wp.vec3, normal: wp.vec3, thin: float) -> float:
    """Share of a lamp's intensity that falls on a square metre at a point, without shadows.

    Nearer than 0.2 m it grows no more; no lamp has an end. On a ``thin`` sheet light from behind counts, too.
    """
    gap = lamp.position - point
    near = 1.0 / wp.max(wp.length_sq(gap), 1.0e-6)
    l = gap * wp.sqrt(near)  # noqa: E741
    cosine = wp.dot(normal, l)
    if thin > 0.0:
        cosine = wp.abs(cosine)
    return shone(lamp, l) * wp.min(near, 25.0) * wp.max(cosine, 0.0)


@wp.func
def ask_lamps(
    lights: Lights, m: MaterialRow, albedo: wp.vec3, damp: float, lobes: Lobes, b: Bsdf, point: wp.vec3, d: wp.vec3,
    w: Words,
) -> Asked:  # fmt: skip
    """One lamp, by what each would give without shadows."""
    out = Asked()
    out.light = wp.vec3(0.0, 0.0, 0.0)
    total = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    for j in range(lights.lamp_count):
        total += luminance(lights.lamps[j].intensity) * lamp_at(lights.lamps[j], point, b.z, b.thin)
    left = uniform(w.a) * total
    chosen = int(-1)  # noqa: RUF046, UP018
    chance = float(0.0)  # noqa: UP018
    j = int(0)  # noqa: RUF046, UP018
    while j < lights.lamp_count and left >= 0.0:
        own = luminance(lights.lamps[j].intensity) * lamp_at(lights.lamps[j], point, b.z, b.thin)
        if own > 0.0:
            left -= own
            chosen = j
            chance = own
        j += 1
    if chosen >= 0:
        lamp = lights.lamps[chosen]
        gap = lamp.position - point
        far = wp.length(gap)
        out.towards = gap / wp.max(far, 1.0e-6)
        out.far_m = far - _LAMP_MARGIN_M
        s = scattered(b, lobes, out.towards)
        if s.density > 0.0:
            cosine = wp.max(wp.abs(wp.dot(b.z, out.towards)), 1.0e-6)
            # retroreflection: ten times less 1.1 degrees beside the lamp, as in ``native/lamps.h``
            off = wp.max(1.0 + wp.dot(out.towards, d), 0.0)
            wet = 1.0 - 0.5 * damp
            back = albedo * (m.retro * wet * wet * (1.0 - m.metalness) / (1.0 + 53600.0 * off))
            given = s.share * (_PI / cosine) + back
            out.light = wp.cw_mul(given, lamp.intensity) * (
                lamp_at(lamp, point, b.z, b.thin) * total / chance * clear(lights, far)
            )
    return out


@wp.func
def ask_surfaces(lights: Lights, lobes: Lobes, b: Bsdf, point: wp.vec3, w: Words) -> Asked:
    """A point of what shines, by its light."""
    e = lights.emitters
    out = Asked()
    k = picked(e, uniform(w.a))
    a = wp.sqrt(uniform(w.b))
    c = uniform(w.c)
    gap = e.corner[k] + e.edge1[k] * (a * (1.0 - c)) + e.edge2[k] * (a * c) - point
    far = wp.length(gap)
    out.towards = gap / wp.max(far, 1.0e-6)
    out.far_m = far * _MARGIN
    out.light = wp.vec3(0.0, 0.0, 0.0)
    slope = wp.abs(wp.dot(wp.normalize(wp.cross(e.edge1[k], e.edge2[k])), out.towards))
    if slope > 1.0e-6:
        s = scattered(b, lobes, out.towards)
        density = luminance(e.radiance[k]) / e.total * far * far / slope
        out.light = wp.cw_mul(s.share, e.radiance[k]) * (clear(lights, far) / (density + s.density))
    return out


@wp.func
def beside(point: wp.vec3, flat: wp.vec3, towards: wp.vec3, lifted_m: float) -> wp.vec3:
    """Where a ray from a point starts, which is ``lifted_m`` before its face: behind it, if the ray goes there."""
    out = point
    if wp.dot(towards, flat) < 0.0:
        out = point - flat * (2.0 * lifted_m)
    return out


@wp.func
def answered(world: World, point: wp.vec3, flat: wp.vec3, lifted_m: float, a: Asked) -> wp.vec3:
    """The light of what was asked, as far as it gets through."""
    out = wp.vec3(0.0, 0.0, 0.0)
    if a.light[0] + a.light[1] + a.light[2] > 0.0:
        start = beside(point, flat, a.towards, lifted_m) + world.shift
        out = wp.cw_mul(a.light, reaches(world.tree, start, a.towards, a.far_m))
    return out


@wp.func
def path(
    v: View, world: World, lights: Lights, r: Random, sample: int, i: int, start: wp.vec3, towards: wp.vec3,
    found: Found, vertex: Vertex, traits: Traits,
) -> wp.vec3:  # fmt: skip
    """Light that one path brings to its ``start``; paths end at the sky, or by chance (Russian roulette).

    What it meets first is noted in ``traits``.
    """
    light = wp.vec3(0.0, 0.0, 0.0)
    shown = wp.vec3(0.0, 0.0, 0.0)
    o = start
    d = towards
    weight = wp.vec3(1.0, 1.0, 1.0)
    density = float(_FROM_EYE)
    way = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    outdoors = float(1.0 - v.sheltered)
    straight = float(0.0)  # noqa: UP018
    step = int(0)  # noqa: RUF046, UP018
    alive = int(1)  # noqa: RUF046, UP018
    sees_all = int(0)  # noqa: RUF046, UP018
    first = int(1)  # noqa: RUF046, UP018
    mirrored = int(0)  # noqa: RUF046, UP018
    other_o = towards
    other_d = towards
    other_weight = weight
    other_outdoors = outdoors
    while alive == 1:
        alive = 0
        closest(world.tree, o + world.shift, d, sees_all, i, found)
        if found.part[i] < 0:
            light = light + wp.cw_mul(weight, missed(lights, d, density))
            if sees_all == 0:
                shown = light
        else:
            _vertex(
                i, i + 1, v, o, d, way, found.range_m, found.part, found.face, found.uv, world.parts, world.poses,
                world.materials, world.faces, world.corners, world.glowing, world.glow, vertex,
            )  # fmt: skip
            t = found.range_m[i]
            way += t
            if lights.extinction_per_m > 0.0:
                seen = clear(lights, t)
                haze = 0.5 * (outdoors + vertex.open_sky[i])  # air shines by the light of the sky where it is
                light = light + wp.cw_mul(weight, lights.airlight * (haze * (1.0 - seen)))
                weight = weight * seen
            outdoors = vertex.open_sky[i]
            m = world.materials[vertex.material[i]]
            if m.pane == 1:
                back = pane_sends_back(m.specular, -wp.dot(vertex.normal[i], d))
                through = m.tint * (1.0 - back)
                chance = back / (back + wp.max(wp.max(through[0], through[1]), through[2]))
                w = words(r, _GO_ON, sample, step, i)
                if step == 0:  # both: what is seen in a pane should not be noise
                    mirrored = 1
                    other_o = vertex.point[i]
                    other_d = d - vertex.normal[i] * (2.0 * wp.dot(vertex.normal[i], d))
                    other_weight = weight * back
                    other_outdoors = outdoors
                    chance = float(0.0)  # noqa: UP018
                if uniform(w.a) < chance:
                    weight = weight * (back / chance)
                    d = d - vertex.normal[i] * (2.0 * wp.dot(vertex.normal[i], d))
                    o = vertex.point[i]
                    density = _FROM_EYE
                    straight = float(0.0)  # noqa: UP018
                    sees_all = int(1)  # noqa: RUF046, UP018
                else:
                    weight = wp.cw_mul(weight, through / (1.0 - chance))
                    on = t + _LIFT_MIN_M + _LIFT * way
                    o = o + d * on
                    straight += on
                step += 1
                alive = 1
                continue
            light = light + wp.cw_mul(weight, met(world, lights, vertex, found, i, d, straight + t, density))
            albedo = vertex.albedo[i]
            damp = vertex.damp[i]
            p = vertex.point[i]
            b = bsdf_of(m, albedo, damp, vertex.normal[i], vertex.flat[i], -d, world.lobes)
            if first == 1:
                first = 0
                if sees_all == 0:
                    shown = light
                if traits.on == 1:
                    traits.sent[i] = traits.sent[i] + wp.cw_mul(weight, sent_back(b, world.lobes))
                    traits.normal[i] = traits.normal[i] + b.z
                    traits.point[i] = traits.point[i] + p
                    traits.gloss[i] = traits.gloss[i] + b.strength * (1.0 - b.rough)
            lifted = _LIFT_MIN_M + _LIFT * t
            given = answered(world, p, b.flat, lifted, ask_sky(lights, world.lobes, b, words(r, _SKY, sample, step, i)))
            if lights.above.sunlit == 1:
                given = given + answered(
                    world, p, b.flat, lifted, ask_sun(lights, world.lobes, b, words(r, _SUN, sample, step, i))
                )  # fmt: skip
            if lights.lamp_count > 0:
                w = words(r, _LAMPS, sample, step, i)
                given = given + answered(
                    world, p, b.flat, lifted, ask_lamps(lights, m, albedo, damp, world.lobes, b, p, d, w)
                )  # fmt: skip
            if lights.emitters.count > 0:
                w = words(r, _SURFACES, sample, step, i)
                given = given + answered(world, p, b.flat, lifted, ask_surfaces(lights, world.lobes, b, p, w))
            light = light + wp.cw_mul(weight, given)
            w = words(r, _GO_ON, sample, step, i)
            d = turned(b, uniform(w.a), uniform(w.b), uniform(w.c))
            s = scattered(b, world.lobes, d)
            if s.density > 0.0:
                weight = wp.cw_mul(weight, s.share / s.density)
                most = wp.max(wp.max(weight[0], weight[1]), weight[2])
                lives = float(1.0)  # noqa: UP018
                if step >= _SURE_STEPS:
                    lives = wp.min(most, _MOST_LIKELY)
                if most > 0.0 and uniform(w.d) < lives:
                    alive = 1
                    weight = weight / lives
                    density = s.density
                    o = beside(p, b.flat, d, lifted)
                    straight = float(0.0)  # noqa: UP018
                    sees_all = int(1)  # noqa: RUF046, UP018
                    step += 1
        if alive == 0 and mirrored == 1:
            mirrored = 0
            alive = 1
            o = other_o
            d = other_d
            weight = other_weight
            outdoors = other_outdoors
            density = _FROM_EYE
            straight = float(0.0)  # noqa: UP018
            sees_all = int(1)  # noqa: RUF046, UP018
            step += 1
    if traits.on == 1:
        bright = luminance(light - shown)
        traits.shown[i] = traits.shown[i] + shown
        traits.square[i] = traits.square[i] + bright * bright
    return light


@wp.kernel(module=PATHS)
def walk(
    first: int, stop: int, run: int, v: View, world: World, lights: Lights, r: Random, samples: int, columns: int,
    rows: int, rays: wp.array(dtype=wp.vec3), found: Found, vertex: Vertex, traits: Traits,
    hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """The mean light of ``samples`` paths of each of pixels [first, stop), even over its area."""
    begin = first + wp.tid() * run
    height = rays.shape[0] / v.width
    for i in range(begin, wp.min(begin + run, stop)):
        total = wp.vec3(0.0, 0.0, 0.0)
        if traits.on == 1:
            forget(i, traits)
        for sample in range(samples):
            ray = inside(rays, i, v.width, height, sample, columns, rows, r.key0, r.key1, r.frame)
            start = wp.vec3(0.0, 0.0, 0.0)
            if v.parallel == 1:
                start = within(v.starts, i, v.width, height, sample, columns, rows, r.key0, r.key1, r.frame)
            d = v.world_from_camera * ray
            total = total + path(v, world, lights, r, sample, i, start, d, found, vertex, traits)
        hdr[i] = total / float(samples)
