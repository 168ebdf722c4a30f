# pyright: reportUnknownParameterType=false
"""How a surface scatters light, for path tracing: matt below a coat, or metal (device functions).

The coat and metals are microfacets with the distribution of Trowbridge and Reitz (GGX) and Smith's shadowing of either
direction (Walter et al. 2007), alpha = roughness^2, and Schlick's Fresnel term. What the coat lets through is scattered
by a Lambertian base; the two are coupled by the coat's directional albedo E (Kelemen and Szirmay-Kalos 2001), so that
a white base under any coat sends back exactly what it gets:

    f = D F G / (4 nl nv) + albedo / pi (1 - E(nl)) (1 - E(nv)) / (1 - E_mean)

Thin sheets (leaves) let light through: what comes from behind leaves them evenly, like the base, through / pi.
Rough surfaces that are no metal (roughness 0.7 and up) have no coat and are Lambertian, as in the other presets; from
0.7 to 0.5 it grows to its full strength, which multiplies F.
Normals face the viewer; directions point away from the surface.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = [
    "NODES", "Bsdf", "Lobes", "Scattered", "bsdf_of", "coat_lobes", "coat_tables", "scattered", "sent_back", "turned",
]  # fmt: skip

NODES = 64
"""Cosines, and half of it roughnesses, of the tables."""
_MATT = wp.constant(0.7)  # roughness without a coat, which fades from 0.2 below on
_SMOOTHEST = wp.constant(2.0e-3)  # alpha
_LEAST_COSINE = wp.constant(0.01)
_PI = wp.constant(math.pi)


@wp.struct
class Lobes:
    """Directional albedos of coats: E = f0 * first + second, by roughness and cosine, and their mean over cosines."""

    coat: wp.array2d(dtype=wp.vec2)
    mean: wp.array(dtype=wp.vec2)


@wp.struct
class Bsdf:
    """A surface seen from one side: a frame around the shading normal, the viewer in it, and what it scatters.

    ``matt`` is the base's albedo with all but (1 - E(nl)) of the formula above; ``glossy`` the share of samples that go
    by the microfacets; ``strength`` that of the coat; ``coat_f0`` and ``rough`` lead to E(nl). ``through`` is the share
    of light from behind, ``thin`` that of samples of the base which go there.
    """

    x: wp.vec3
    y: wp.vec3
    z: wp.vec3
    flat: wp.vec3
    viewer: wp.vec3
    f0: wp.vec3
    matt: wp.vec3
    alpha: float
    rough: float
    coat_f0: float
    strength: float
    glossy: float
    through: wp.vec3
    thin: float


@wp.struct
class Scattered:
    """Share of the light from a direction that goes to the viewer, times its cosine (1/sr); density of sampling it."""

    share: wp.vec3
    density: float


@wp.func
def between(table: wp.array2d(dtype=wp.vec2), rough: float, cosine: float) -> wp.vec2:
    """A table's value between its nodes."""
    u = wp.clamp(cosine, 0.0, 1.0) * float(table.shape[1] - 1)
    v = wp.clamp(rough, 0.0, 1.0) * float(table.shape[0] - 1)
    i = wp.min(int(u), table.shape[1] - 2)
    j = wp.min(int(v), table.shape[0] - 2)
    a = u - float(i)
    b = v - float(j)
    low = table[j, i] * (1.0 - a) + table[j, i + 1] * a
    high = table[j + 1, i] * (1.0 - a) + table[j + 1, i + 1] * a
    return low * (1.0 - b) + high * b


@wp.func
def averaged(mean: wp.array(dtype=wp.vec2), rough: float) -> wp.vec2:
    """The mean of such a row."""
    v = wp.clamp(rough, 0.0, 1.0) * float(mean.shape[0] - 1)
    j = wp.min(int(v), mean.shape[0] - 2)
    return mean[j] * (1.0 - (v - float(j))) + mean[j + 1] * (v - float(j))


@wp.func
def bsdf_of(
    m: MaterialRow, albedo: wp.vec3, damp: float, normal: wp.vec3, flat: wp.vec3, viewer: wp.vec3, lobes: Lobes
) -> Bsdf:
    """The surface of a material; ``damp`` is how wet it is, as in ``native/shade.h``."""
    out = Bsdf()
    n = normal
    cosine = wp.dot(n, viewer)
    if cosine < _LEAST_COSINE:  # a blended normal that looks away from a viewer who sees the face
        n = wp.normalize(n + viewer * (_LEAST_COSINE - cosine))
    # a frame around the normal without branches (Duff et al. 2017)
    sign = wp.where(n[2] >= 0.0, 1.0, -1.0)
    a = -1.0 / (sign + n[2])
    b = n[0] * n[1] * a
    out.x = wp.vec3(1.0 + sign * n[0] * n[0] * a, sign * b, -sign * n[0])
    out.y = wp.vec3(b, sign + n[1] * n[1] * a, -n[1])
    out.z = n
    out.flat = flat
    local = wp.vec3(wp.dot(viewer, out.x), wp.dot(viewer, out.y), wp.max(wp.dot(viewer, n), 1.0e-4))
    out.viewer = wp.normalize(local)
    out.rough = m.roughness + (0.10 - m.roughness) * damp
    base = albedo * ((1.0 - 0.5 * damp) * (1.0 - m.metalness))
    out.matt = base
    out.f0 = wp.vec3(0.0, 0.0, 0.0)
    out.coat_f0 = 0.0
    out.glossy = 0.0
    out.strength = wp.max(wp.clamp((_MATT - out.rough) * 5.0, 0.0, 1.0), m.metalness)
    if out.strength > 0.0:
        out.alpha = wp.max(out.rough * out.rough, _SMOOTHEST)
        out.rough = wp.sqrt(out.alpha)
        bare = out.strength * m.specular * (1.0 - m.metalness)
        out.f0 = wp.vec3(bare, bare, bare) + albedo * m.metalness
        out.coat_f0 = out.strength * m.specular
        e = between(lobes.coat, out.rough, out.viewer[2])
        mean = averaged(lobes.mean, out.rough)
        seen = e[0] * out.coat_f0 + e[1] * out.strength
        out.matt = base * ((1.0 - seen) / (1.0 - (mean[0] * out.coat_f0 + mean[1] * out.strength)))
        gloss = e[0] * (out.f0[0] + out.f0[1] + out.f0[2]) / 3.0 + e[1] * out.strength
        deep = (base[0] + base[1] + base[2]) / 3.0 * (1.0 - seen)
        out.glossy = wp.where(m.metalness >= 1.0, 1.0, wp.clamp(gloss / wp.max(gloss + deep, 1.0e-6), 0.1, 0.9))
    out.through = wp.vec3(0.0, 0.0, 0.0)
    out.thin = 0.0
    if m.thin == 1:
        for c in range(3):
            out.through[c] = wp.min(m.through[c] * albedo[c] / wp.max(m.albedo[c], 1.0e-6), 1.0 - albedo[c])
        passed = out.through[0] + out.through[1] + out.through[2]
        out.thin = passed / wp.max(passed + base[0] + base[1] + base[2], 1.0e-6)
    return out


@wp.func
def scattered(b: Bsdf, lobes: Lobes, towards: wp.vec3) -> Scattered:
    """Light from a direction: nothing from where the shading normal and the face do not agree which side it is; from
    behind only what thin sheets let through."""
    out = Scattered()
    out.share = wp.vec3(0.0, 0.0, 0.0)
    out.density = 0.0
    l = wp.vec3(wp.dot(towards, b.x), wp.dot(towards, b.y), wp.dot(towards, b.z))  # noqa: E741
    if l[2] > 0.0 and wp.dot(towards, b.flat) > 0.0:
        deep = l[2] / _PI
        out.density = (1.0 - b.glossy) * (1.0 - b.thin) * deep
        through = float(1.0)  # noqa: UP018  (Warp: a variable, not a constant)
        if b.strength > 0.0:
            v = b.viewer
            e = between(lobes.coat, b.rough, l[2])
            through = 1.0 - (e[0] * b.coat_f0 + e[1] * b.strength)
            h = wp.normalize(v + l)
            aa = b.alpha * b.alpha
            q = h[0] * h[0] + h[1] * h[1] + aa * h[2] * h[2]
            d = aa / (_PI * q * q)
            seen = shown(v[2], aa)
            c = 1.0 - wp.clamp(wp.dot(v, h), 0.0, 1.0)
            c5 = c * c * c * c * c
            f = b.f0 * (1.0 - c5) + wp.vec3(c5, c5, c5) * b.strength
            lobe = d * seen / (4.0 * v[2])
            out.share = f * (lobe * shown(l[2], aa))
            out.density = out.density + b.glossy * lobe
        out.share = out.share + b.matt * (deep * through)
    if b.thin > 0.0 and l[2] < 0.0 and wp.dot(towards, b.flat) < 0.0:
        out.density = (1.0 - b.glossy) * b.thin * (-l[2] / _PI)
        out.share = b.through * (-l[2] / _PI)
    return out


@wp.func
def shown(cosine: float, alpha_squared: float) -> float:
    """Smith's share of microfacets that a direction sees."""
    cc = cosine * cosine
    return 2.0 / (1.0 + wp.sqrt(1.0 + alpha_squared * wp.max(1.0 - cc, 0.0) / cc))


@wp.func
def turned(b: Bsdf, pick: float, u1: float, u2: float) -> wp.vec3:
    """A direction for three numbers of (0, 1), with the density that ``scattered`` says; it may lie below."""
    phi = 2.0 * _PI * u1
    out = wp.vec3()
    if pick < b.glossy:
        # the microfacets that the viewer sees (Heitz 2018), by spherical caps (Dupuy and Benyoub 2023)
        v = wp.normalize(wp.vec3(b.alpha * b.viewer[0], b.alpha * b.viewer[1], b.viewer[2]))
        z = (1.0 - u2) * (1.0 + v[2]) - v[2]
        r = wp.sqrt(wp.clamp(1.0 - z * z, 0.0, 1.0))
        c = wp.vec3(r * wp.cos(phi), r * wp.sin(phi), z) + v
        h = wp.normalize(wp.vec3(b.alpha * c[0], b.alpha * c[1], wp.max(c[2], 1.0e-9)))
        out = h * (2.0 * wp.dot(b.viewer, h)) - b.viewer
    else:
        r = wp.sqrt(u2)
        side = wp.where(pick > 1.0 - (1.0 - b.glossy) * b.thin, -1.0, 1.0)
        out = wp.vec3(r * wp.cos(phi), r * wp.sin(phi), side * wp.sqrt(1.0 - u2))
    return wp.normalize(b.x * out[0] + b.y * out[1] + b.z * out[2])


@wp.func
def sent_back(b: Bsdf, lobes: Lobes) -> wp.vec3:
    """The share of even light from all around that goes to the viewer."""
    out = b.matt + b.through
    if b.strength > 0.0:
        e = between(lobes.coat, b.rough, b.viewer[2])
        mean = averaged(lobes.mean, b.rough)
        out = out * (1.0 - (mean[0] * b.coat_f0 + mean[1] * b.strength)) + b.f0 * e[0]
        out = out + wp.vec3(e[1], e[1], e[1]) * b.strength
    return out


@lru_cache(maxsize=1)
def coat_tables() -> tuple[F64Array, F64Array]:
    """Both tables of ``Lobes``: (NODES / 2, NODES, 2) and (NODES / 2, 2), in float64.

    Sampling visible microfacets, E is the mean of F G(l); here over an even grid of their numbers. The mean over
    cosines is that of the table as it is read, between its nodes: 2 * the integral of E mu.
    """
    side = 24
    rough, mu = np.linspace(0.0, 1.0, NODES // 2), np.maximum(np.linspace(0.0, 1.0, NODES), 1e-3)
    alpha = np.maximum(rough * rough, 2.0e-3)[:, None, None]
    u = (np.arange(side) + 0.5) / side
    u1, u2 = (a.reshape(1, 1, -1) for a in np.meshgrid(0.5 * u, u))  # both halves around the viewer are alike
    vx, vz = np.sqrt(1.0 - mu * mu)[None, :, None], mu[None, :, None]
    length = np.sqrt((alpha * vx) ** 2 + vz**2)
    sx, sz = alpha * vx / length, vz / length
    z = (1.0 - u2) * (1.0 + sz) - sz
    r = np.sqrt(np.clip(1.0 - z * z, 0.0, 1.0))
    hx, hy, hz = alpha * (r * np.cos(2.0 * np.pi * u1) + sx), alpha * r * np.sin(2.0 * np.pi * u1), z + sz
    norm = np.sqrt(hx * hx + hy * hy + hz * hz)
    hx, hz = hx / norm, hz / norm
    vh = vx * hx + vz * hz
    lz = np.maximum(2.0 * vh * hz - vz, 1e-9)
    shown_to = np.where(2.0 * vh * hz > vz, 2.0 / (1.0 + np.sqrt(1.0 + alpha**2 * (1.0 - lz * lz) / (lz * lz))), 0.0)
    c5 = (1.0 - np.clip(vh, 0.0, 1.0)) ** 5
    coat = np.stack([((1.0 - c5) * shown_to).mean(-1), (c5 * shown_to).mean(-1)], -1)
    node, step = np.linspace(0.0, 1.0, NODES), 1.0 / (NODES - 1)
    # the integral of mu times each node's hat function
    hat = step * node
    hat[0], hat[-1] = step**2 / 6.0, step * (0.5 - step / 6.0)
    return coat, 2.0 * (coat * hat[None, :, None]).sum(1)


def coat_lobes(device: str) -> Any:
    """``coat_tables`` on a device, as ``Lobes``."""
    lobes, (coat, mean) = Lobes(), coat_tables()
    lobes.coat = wp.array(coat.astype(np.float32), dtype=wp.vec2, device=device)
    lobes.mean = wp.array(mean.astype(np.float32), dtype=wp.vec2, device=device)
    return lobes
