# pyright: reportUnknownParameterType=false
"""Procedural variation of surfaces, from the position in the mesh's own frame. Detail fades where a pixel spans it."""

from __future__ import annotations

import warp as wp

from simengine.world.materials import Pattern

__all__ = ["noise3", "patterned"]

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
def patterned(pattern: int, albedo: wp.vec3, p: wp.vec3, n: wp.vec3, scale_m: float, footprint_m: float) -> wp.vec3:
    """Albedo at a point: position and flat normal in the mesh frame, and what a pixel spans there."""
    out = albedo
    if pattern == _ASPHALT:
        grain = octave(p, 0.012 * scale_m, footprint_m) * 0.55 + octave(p, 0.05 * scale_m, footprint_m) * 0.22
        patch = octave(p, 1.7 * scale_m, footprint_m) * 0.22 + octave(p, 6.3 * scale_m, footprint_m) * 0.20
        out = albedo * (1.0 + grain + patch)
    elif pattern == _CONCRETE:
        uv = wall(p, n) / scale_m
        f = footprint_m / scale_m
        line = wp.max(joint(uv[0], 0.006, f), joint(uv[1], 0.006, f))
        slab = hash3(int(wp.floor(uv[0])), int(wp.floor(uv[1])), 7) - 0.5
        stain = octave(p, 0.9 * scale_m, footprint_m) * 0.18 + octave(p, 0.04, footprint_m) * 0.12
        out = albedo * ((1.0 + 0.10 * slab + stain) * (1.0 - 0.55 * line))
    elif pattern == _BRICK:
        uv = wall(p, n) / scale_m
        uv = wp.vec2(uv[0] * 4.0, uv[1] * 13.0)
        row = wp.floor(uv[1])
        uv = wp.vec2(uv[0] + 0.5 * (row - 2.0 * wp.floor(row * 0.5)), uv[1])
        f = footprint_m / scale_m
        line = wp.max(joint(uv[0], 0.022, f * 4.0), joint(uv[1], 0.07, f * 13.0))
        fade = wp.clamp(1.6 - 6.0 * f, 0.0, 1.0)
        stone = (hash3(int(wp.floor(uv[0])), int(row), 3) - 0.5) * fade
        mortar = wp.vec3(0.42, 0.40, 0.37)
        weather = octave(p, 2.3, footprint_m) * 0.16
        out = wp.lerp(albedo * (1.0 + 0.38 * stone + weather), mortar * (1.0 + weather), line)
    elif pattern == _PLASTER:
        stain = octave(p, 1.9 * scale_m, footprint_m) * 0.16 + octave(p, 0.45 * scale_m, footprint_m) * 0.10
        streak = octave(wp.vec3(p[0], p[1], 0.12 * p[2]), 0.35 * scale_m, footprint_m) * 0.10
        out = albedo * (1.0 + stain + streak + octave(p, 0.03, footprint_m) * 0.10)
    elif pattern == _GRASS:
        blade = octave(p, 0.045 * scale_m, footprint_m) * 0.8 + octave(p, 0.22 * scale_m, footprint_m) * 0.45
        broad = octave(p, 1.6 * scale_m, footprint_m) * 0.35 + octave(p, 7.0 * scale_m, footprint_m) * 0.30
        dry = wp.clamp(0.5 + broad, 0.0, 1.0)
        out = wp.cw_mul(albedo, wp.vec3(1.0 + 0.35 * (dry - 0.5), 1.0, 1.0 - 0.3 * (dry - 0.5))) * (1.0 + blade + broad)
    elif pattern == _FOLIAGE:
        leaf = octave(p, 0.06 * scale_m, footprint_m) * 0.9 + octave(p, 0.17 * scale_m, footprint_m) * 0.9
        clump = octave(p, 0.55 * scale_m, footprint_m) * 0.8
        shade = wp.clamp(1.0 + leaf + clump, 0.15, 1.9)
        out = wp.cw_mul(albedo, wp.vec3(0.85 + 0.25 * shade, 1.0, 0.9)) * shade
    elif pattern == _PAVING:
        uv = wall(p, n) / scale_m
        f = footprint_m / scale_m
        line = wp.max(joint(uv[0], 0.013, f), joint(uv[1], 0.013, f))
        fade = wp.clamp(1.6 - 1.2 * f, 0.0, 1.0)
        stone = (hash3(int(wp.floor(uv[0])), int(wp.floor(uv[1])), 11) - 0.5) * fade
        dirt = octave(p, 2.7, footprint_m) * 0.20 + octave(p, 0.05, footprint_m) * 0.16
        out = albedo * ((1.0 + 0.16 * stone + dirt) * (1.0 - 0.5 * line))
    return wp.vec3(wp.clamp(out[0], 0.0, 1.0), wp.clamp(out[1], 0.0, 1.0), wp.clamp(out[2], 0.0, 1.0))
