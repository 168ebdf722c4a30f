# pyright: reportUnknownParameterType=false
"""Procedural variation of surfaces, from the position in the mesh's own frame. Detail fades where a pixel spans it."""

from __future__ import annotations

import warp as wp

from simengine.world.materials import Pattern

__all__ = ["noise2", "noise3", "patterned"]

_ASPHALT = wp.constant(int(Pattern.ASPHALT))
_CONCRETE = wp.constant(int(Pattern.CONCRETE))
_BRICK = wp.constant(int(Pattern.BRICK))
_PLASTER = wp.constant(int(Pattern.PLASTER))
_GRASS = wp.constant(int(Pattern.GRASS))
_FOLIAGE = wp.constant(int(Pattern.FOLIAGE))
_PAVING = wp.constant(int(Pattern.PAVING))


@wp.func
def hash3(x: int, y: int, z: int) -> float:
    """A number in [0, 1) for a lattice cell (one round of multiply and shift: enough for looks)."""
    h = (
        wp.uint32(x) * wp.uint32(0x0DA6B343)
        + wp.uint32(y) * wp.uint32(0x58163841)
        + wp.uint32(z) * wp.uint32(0x4B1AB31F)
    )
    h = (h ^ (h >> wp.uint32(15))) * wp.uint32(0x7FEB352D)
    return float((h ^ (h >> wp.uint32(13))) & wp.uint32(0xFFFFFF)) * 5.9604645e-8


@wp.func
def noise3(p: wp.vec3) -> float:
    """Smooth value noise, 0..1, one cell per unit."""
    fx = wp.floor(p[0])
    fy = wp.floor(p[1])
    fz = wp.floor(p[2])
    x = int(fx)
    y = int(fy)
    z = int(fz)
    u = p[0] - fx
    v = p[1] - fy
    w = p[2] - fz
    u = u * u * (3.0 - 2.0 * u)
    v = v * v * (3.0 - 2.0 * v)
    w = w * w * (3.0 - 2.0 * w)
    low = wp.lerp(
        wp.lerp(hash3(x, y, z), hash3(x + 1, y, z), u), wp.lerp(hash3(x, y + 1, z), hash3(x + 1, y + 1, z), u), v
    )
    high = wp.lerp(
        wp.lerp(hash3(x, y, z + 1), hash3(x + 1, y, z + 1), u),
        wp.lerp(hash3(x, y + 1, z + 1), hash3(x + 1, y + 1, z + 1), u),
        v,
    )
    return wp.lerp(low, high, w)


@wp.func
def noise2(x: float, y: float) -> float:
    """The same on the plane z = 0, at half the cost."""
    fx = wp.floor(x)
    fy = wp.floor(y)
    i = int(fx)
    j = int(fy)
    u = x - fx
    v = y - fy
    u = u * u * (3.0 - 2.0 * u)
    v = v * v * (3.0 - 2.0 * v)
    return wp.lerp(
        wp.lerp(hash3(i, j, 0), hash3(i + 1, j, 0), u), wp.lerp(hash3(i, j + 1, 0), hash3(i + 1, j + 1, 0), u), v
    )


@wp.func
def octave(p: wp.vec3, cell_m: float, footprint_m: float) -> float:
    """Noise around 0 (-0.5..0.5) of one cell size; 0 where a pixel spans more than a cell."""
    fade = wp.clamp(1.5 - footprint_m * 1.5 / cell_m, 0.0, 1.0)
    value = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if fade > 0.0:
        value = fade * (noise3(p / cell_m) - 0.5)
    return value


@wp.func
def joint(x: float, half_width: float, footprint: float) -> float:
    """Share of a pixel that lies in a joint at whole numbers; all lengths in cells."""
    near = wp.abs(x - wp.floor(x + 0.5))
    soft = wp.max(footprint, 1.0e-4)
    cover = wp.clamp((half_width + 0.5 * soft - near) / soft, 0.0, 1.0)
    return wp.min(
        cover, wp.max(2.0 * half_width / soft, 2.0 * half_width) + wp.where(soft < 2.0 * half_width, 1.0, 0.0)
    )


@wp.func
def wall(p: wp.vec3, n: wp.vec3) -> wp.vec2:
    """Coordinates on the surface: along it and up it (walls), or x and y (floors)."""
    uv = wp.vec2(p[0], p[1])
    if wp.abs(n[2]) < 0.7:
        flat = wp.sqrt(wp.max(n[0] * n[0] + n[1] * n[1], 1.0e-9))
        uv = wp.vec2((p[1] * n[0] - p[0] * n[1]) / flat, p[2])
    return uv


@wp.func
def joints(pattern: int, uv: wp.vec2, f: float) -> wp.vec2:
    """Share of a pixel in joints, and a number for its stone or slab (-0.5..0.5); lengths in pattern cells."""
    half = wp.vec2(0.006, 0.006)  # concrete slabs
    size = wp.vec2(1.0, 1.0)
    if pattern == _BRICK:
        half = wp.vec2(0.022, 0.07)
        size = wp.vec2(4.0, 13.0)
    if pattern == _PAVING:
        half = wp.vec2(0.013, 0.013)
    u = uv[0] * size[0]
    v = uv[1] * size[1]
    row = wp.floor(v)
    if pattern == _BRICK:
        u += 0.5 * (row - 2.0 * wp.floor(row * 0.5))
    line = wp.max(joint(u, half[0], f * size[0]), joint(v, half[1], f * size[1]))
    fade = wp.clamp(1.6 - 0.4 * f * (size[0] + size[1]), 0.0, 1.0)
    return wp.vec2(line, (hash3(int(wp.floor(u)), int(row), pattern) - 0.5) * fade)


@wp.func
def patterned(pattern: int, albedo: wp.vec3, p: wp.vec3, n: wp.vec3, scale_m: float, footprint_m: float) -> wp.vec3:
    """Albedo at a point: position and flat normal in the mesh frame, and what a pixel spans there.

    All patterns are up to four octaves of noise, fine ones first, and joints on top: one loop, which keeps the compiled
    code small.
    """
    cells = wp.vec4(0.012, 0.05, 1.7, 6.3) * scale_m  # asphalt
    gains = wp.vec4(0.55, 0.22, 0.22, 0.20)
    if pattern == _CONCRETE:
        cells = wp.vec4(0.04, 0.9 * scale_m, 1.0, 1.0)
        gains = wp.vec4(0.12, 0.18, 0.0, 0.0)
    elif pattern == _BRICK:
        cells = wp.vec4(0.02, 2.3, 1.0, 1.0)
        gains = wp.vec4(0.10, 0.16, 0.0, 0.0)
    elif pattern == _PLASTER:
        cells = wp.vec4(0.03, 0.45 * scale_m, 1.9 * scale_m, 1.0)
        gains = wp.vec4(0.10, 0.12, 0.18, 0.0)
    elif pattern == _GRASS:
        cells = wp.vec4(0.045, 0.22, 1.6, 7.0) * scale_m
        gains = wp.vec4(0.80, 0.45, 0.35, 0.30)
    elif pattern == _FOLIAGE:
        cells = wp.vec4(0.06, 0.17, 0.55, 1.0) * scale_m
        gains = wp.vec4(0.90, 0.90, 0.80, 0.0)
    elif pattern == _PAVING:
        cells = wp.vec4(0.05, 2.7, 1.0, 1.0)
        gains = wp.vec4(0.16, 0.20, 0.0, 0.0)
    fine = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    broad = float(0.0)  # noqa: UP018
    k = int(0)  # noqa: RUF046, UP018
    while k < 4:
        if gains[k] > 0.0:
            value = gains[k] * octave(p, cells[k], footprint_m)
            if k < 2:
                fine += value
            else:
                broad += value
        k += 1
    out = albedo * (1.0 + fine + broad)
    if pattern == _GRASS:
        out = wp.cw_mul(out, wp.vec3(1.0 + 0.35 * broad, 1.0, 1.0 - 0.3 * broad))
    if pattern == _FOLIAGE:
        shade = wp.clamp(1.0 + fine + broad, 0.15, 1.9)
        out = wp.cw_mul(albedo, wp.vec3(0.85 + 0.25 * shade, 1.0, 0.9)) * shade
    if pattern == _CONCRETE or pattern == _BRICK or pattern == _PAVING:  # noqa: SIM109  (Warp knows no tuples)
        stones = joints(pattern, wall(p, n) / scale_m, footprint_m / scale_m)
        if pattern == _BRICK:
            mortar = wp.vec3(0.42, 0.40, 0.37) * (1.0 + fine)
            out = wp.lerp(out + albedo * (0.38 * stones[1]), mortar, stones[0])
        else:
            out = (out + albedo * (0.13 * stones[1])) * (1.0 - 0.5 * stones[0])
    return wp.vec3(wp.clamp(out[0], 0.0, 1.0), wp.clamp(out[1], 0.0, 1.0), wp.clamp(out[2], 0.0, 1.0))
