# pyright: reportUnknownParameterType=false
"""Light on surfaces, sky, air and the tone curve (kernels). Radiance is linear, in the units of ``sky``."""

from __future__ import annotations

import warp as wp

from simengine.world.materials import Pattern
from simengine_renderers.raytrace.contact import Contact, openness_at
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.patterns import noise2
from simengine_renderers.raytrace.surfaces import Surface, View
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["Light", "develop", "highlight", "shade", "wet"]

_CONCRETE = wp.constant(int(Pattern.CONCRETE))
_ASPHALT = wp.constant(int(Pattern.ASPHALT))
_PAVING = wp.constant(int(Pattern.PAVING))


@wp.struct
class Light:
    """Light of one scene (``sky.Sky``). ``ambient`` are the nine coefficients of irradiance by normal."""

    sun: wp.vec3
    ground: wp.vec3
    airlight: wp.vec3
    disc: wp.vec3
    extinction_per_m: float
    wetness: float
    sky: wp.array2d(dtype=wp.vec3)
    ambient: wp.array(dtype=wp.vec3)


@wp.func
def sky_at(sky: wp.array2d(dtype=wp.vec3), d: wp.vec3) -> wp.vec3:
    """Radiance of the sky in a direction, bilinear in the table; below the horizon: the horizon."""
    size = sky.shape[0]
    z = wp.max(d[2], 0.0)
    whole = wp.abs(d[0]) + wp.abs(d[1]) + z
    scale = 0.5 * float(size) / whole
    u = wp.clamp((d[0] + d[1]) * scale + 0.5 * float(size) - 0.5, 0.0, float(size - 1))
    v = wp.clamp((d[0] - d[1]) * scale + 0.5 * float(size) - 0.5, 0.0, float(size - 1))
    x = wp.min(int(u), size - 2)
    y = wp.min(int(v), size - 2)
    a = u - float(x)
    b = v - float(y)
    low = sky[y, x] * (1.0 - a) + sky[y, x + 1] * a
    high = sky[y + 1, x] * (1.0 - a) + sky[y + 1, x + 1] * a
    return low * (1.0 - b) + high * b


@wp.func
def ambient_at(ambient: wp.array(dtype=wp.vec3), n: wp.vec3) -> wp.vec3:
    """Irradiance from sky and ground on a surface with this normal."""
    x = n[0]
    y = n[1]
    z = n[2]
    e = ambient[0] * 0.282095 + (ambient[1] * y + ambient[2] * z + ambient[3] * x) * 0.488603
    e += (ambient[4] * (x * y) + ambient[5] * (y * z) + ambient[7] * (x * z)) * 1.092548
    e += ambient[6] * (0.315392 * (3.0 * z * z - 1.0)) + ambient[8] * (0.546274 * (x * x - y * y))
    return wp.vec3(wp.max(e[0], 0.0), wp.max(e[1], 0.0), wp.max(e[2], 0.0))


@wp.func
def highlight(n: wp.vec3, to_eye: wp.vec3, to_light: wp.vec3, roughness: float) -> float:
    """Trowbridge-Reitz (GGX) lobe times cosine over four, with the visibility of Karis's fit; Fresnel left out."""
    half = wp.normalize(to_eye + to_light)
    nh = wp.max(wp.dot(n, half), 0.0)
    nl = wp.max(wp.dot(n, to_light), 0.0)
    nv = wp.max(wp.dot(n, to_eye), 1.0e-3)
    a = wp.max(roughness * roughness, 2.0e-3)
    q = nh * nh * (a * a - 1.0) + 1.0
    k = 0.5 * a
    return nl * a * a / (q * q) / (4.0 * (nl * (1.0 - k) + k) * (nv * (1.0 - k) + k) + 1.0e-6)


@wp.func
def ground(pattern: int) -> bool:
    """Open ground that rain darkens."""
    out = pattern == _ASPHALT
    if pattern == _CONCRETE:
        out = True
    if pattern == _PAVING:
        out = True
    return out


@wp.func
def wet(wetness: float, pattern: int, n: wp.vec3, x: float, y: float) -> float:
    """How wet a surface is at a world point, 0..1: open ground only (asphalt, concrete, paving), in puddles first."""
    out = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if wetness > 0.0 and n[2] > 0.6 and ground(pattern):
        puddle = wp.clamp(noise2(x * 0.45, y * 0.45) * 1.6 - 0.3, 0.0, 1.0)
        out = wetness * (0.45 + 0.55 * puddle)
    return out


@wp.kernel(module=LIGHT)
def shade(
    first: int, stop: int, run: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3),
    range_m: wp.array(dtype=float), work: Surface, contact: Contact, materials: wp.array(dtype=MaterialRow),
    weight: float, add: int, hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Radiance of pixels [first, stop) without lamps, times ``weight``; added to ``hdr`` or written.

    One long body on purpose: functions take structs by value, and copying these costs more than a pixel's work.
    """
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        d = v.world_from_camera * rays[i]
        k = work.material[i]
        out = wp.vec3()
        if k < 0:
            out = sky_at(light.sky, d)
            if v.sunlit == 1 and wp.dot(d, v.sun) > 0.99998930:
                out += light.disc
        else:
            n = work.normal[i]
            p = work.point[i]
            albedo = work.albedo[i]
            metalness = materials[k].metalness
            sun_seen = float(work.lit[i])
            openness = openness_at(i, v.width, contact.width, contact.height, contact.active, contact.point,
                                   contact.share, n, p)  # fmt: skip
            damp = wet(light.wetness, materials[k].pattern, n, v.eye[0] + p[0], v.eye[1] + p[1])
            work.damp[i] = damp
            base = albedo * (1.0 - 0.5 * damp)
            roughness = wp.lerp(materials[k].roughness, 0.10, damp)
            f0 = materials[k].specular
            sun_cos = wp.max(wp.dot(n, v.sun), 0.0) * sun_seen
            # what stands around takes light away and sends some of it back, tinted by itself
            around = base * (1.0 - openness) * 0.35
            above = ambient_at(light.ambient, n)
            e = above * openness + wp.cw_mul(around, above) + light.sun * sun_cos
            out = wp.cw_mul(base, e) * (1.0 - metalness) + materials[k].emission
            gloss = 1.0 - roughness
            if gloss > 0.3 or metalness > 0.0:
                cosine = wp.clamp(-wp.dot(n, d), 0.0, 1.0)
                c5 = 1.0 - cosine
                c5 = c5 * c5 * c5 * c5 * c5
                normal_reflectance = wp.vec3(f0, f0, f0) * (1.0 - metalness) + albedo * metalness
                grazing = wp.max(gloss, f0)
                fresnel = normal_reflectance + (wp.vec3(grazing, grazing, grazing) - normal_reflectance) * c5
                r = d - n * (2.0 * wp.dot(d, n))
                mirror = wp.clamp((gloss - 0.3) * 2.0, 0.0, 1.0)
                seen = wp.vec3()
                if mirror > 0.0:
                    seen = light.ground
                    blend = wp.clamp(0.35 + r[2] / (0.22 + 0.5 * roughness), 0.0, 1.0)
                    if blend > 0.0:
                        up = wp.vec3(r[0], r[1], wp.max(r[2], 0.0))
                        seen = light.ground * (1.0 - blend) + sky_at(light.sky, up) * blend
                if mirror < 1.0:
                    seen = seen * mirror + ambient_at(light.ambient, r) * (1.0 - mirror)
                out += wp.cw_mul(fresnel, seen) * (0.25 + 0.75 * openness)
                if sun_seen > 0.0:
                    out += wp.cw_mul(fresnel, light.sun) * highlight(n, -d, v.sun, roughness)
            if light.extinction_per_m > 0.0:
                clear = wp.exp(-light.extinction_per_m * range_m[i])
                out = out * clear + light.airlight * (1.0 - clear)
        out = out * weight
        if add == 1:
            out += hdr[i]
        hdr[i] = out


@wp.kernel(module=LIGHT)
def develop(
    first: int, stop: int, run: int, hdr: wp.array(dtype=wp.vec3), gain: float, curve: wp.array(dtype=wp.uint8),
    rgb: wp.array(dtype=wp.uint8),
):  # fmt: skip
    """Tone curve and sRGB: ``curve`` is indexed by the square root of exposed radiance, its last slot is 4."""
    begin = first + wp.tid() * run
    last = float(curve.shape[0] - 1)
    for i in range(begin, wp.min(begin + run, stop)):
        c = hdr[i] * (gain * last * last / 16.0)
        rgb[3 * i] = curve[int(wp.min(wp.sqrt(wp.max(c[0], 0.0)) + 0.5, last))]
        rgb[3 * i + 1] = curve[int(wp.min(wp.sqrt(wp.max(c[1], 0.0)) + 0.5, last))]
        rgb[3 * i + 2] = curve[int(wp.min(wp.sqrt(wp.max(c[2], 0.0)) + 0.5, last))]
