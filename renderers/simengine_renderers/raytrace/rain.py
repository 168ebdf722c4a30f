"""Rain streaks in the image: drops that fall through the view while the shutter is open.

Sizes after Marshall and Palmer (1948), N(D) = 8000 exp(-4.1 R^-0.21 D) per m^3 and mm; terminal speed after Atlas
et al. (1973), v(D) = 9.65 - 10.3 exp(-0.6 D) m/s with D in mm. A drop of width D crosses a pixel for D / (v t) of the
exposure and covers min(1, f D / Z) of it sideways; in that share the pixel shows the light that the drop refracts, the
mean of the sky and its surroundings. Drops too small or too far to change a pixel by two percent are left to the
extinction of the air, which holds for all of them together.
"""

from __future__ import annotations

import math

import numpy as np
import warp as wp

from simengine.arrays import F32Array, F64Array, I32Array
from simengine.render.protocol import NoiseKey
from simengine.rng import stream
from simengine.world.weather import Environment
from simengine_renderers.raytrace import shading
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.sky import Sky
from simengine_renderers.raytrace.slices import Slices, launch

__all__ = ["add_streaks"]

EXPOSURE_S = 0.010
_NEAR_M, _FAR_M = 0.4, 8.0
_SIZES_MM = np.linspace(0.8, 8.0, 721)
_FAINTEST = 0.02
_MOST = 60_000


def add_streaks(
    film: Film, sky: Sky, environment: Environment, camera_mps: F64Array, noise: NoiseKey, slices: Slices
) -> None:
    """Blend streaks into ``film.hdr``; nothing without rain.

    Args:
        film: the image so far.
        sky: light that the drops refract.
        environment: the rain rate.
        camera_mps: velocity of the camera in the world.
        noise: seed, variant and frame; the same drops for the same key.
        slices: threads for the blending.
    """
    if environment.rain_mmph <= 0.0:
        return
    cover = streak_cover(film, environment.rain_mmph, camera_mps, noise).reshape(-1)
    sample = film.hdr[::31].contiguous().numpy() if film.device != "cpu" else film.hdr.numpy()[::31]
    light = 0.94 * (0.6 * sky.airlight + 0.4 * sky.ground) + 0.25 * sample.mean(0, dtype=np.float64)
    inputs = [wp.array(cover, dtype=float, device=film.device), wp.vec3(*light), film.hdr]
    width = film.spec.width_px

    def work(first: int, stop: int) -> None:
        launch(shading.cover, first * width, stop * width, inputs, film.device)

    slices.run(film.spec.height_px, 1, work)


def streak_cover(film: Film, rate_mmph: float, camera_mps: F64Array, noise: NoiseKey) -> F32Array:
    """Share of each pixel's exposure that drops cover, (H, W), 0..1.

    Only drops that change a pixel by ``_FAINTEST`` are drawn from their distribution: of each diameter, those up to the
    distance at which they still do.
    """
    spec = film.spec
    rng = stream(noise.seed, "rain", spec.name, noise.variant, noise.frame)
    slope = 4.1 * rate_mmph**-0.21
    fall = _fall_mps(_SIZES_MM)
    strength = np.minimum(_SIZES_MM * 1e-3 / (fall * EXPOSURE_S), 1.0)
    reach = np.where(strength > _FAINTEST, spec.fx_px * _SIZES_MM * 1e-3 * strength / _FAINTEST, 0.0)
    reach = np.minimum(reach, _FAR_M)
    depth = np.maximum(reach**3 - _NEAR_M**3, 0.0) / 3.0
    density = 8000.0 * np.exp(-slope * _SIZES_MM) * depth  # seen drops per mm of diameter and unit of solid view
    total = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(_SIZES_MM))])
    view = spec.width_px / spec.fx_px * (spec.height_px / spec.fy_px)
    count = min(int(rng.poisson(total[-1] * view)), _MOST) if total[-1] > 0 else 0
    size_mm = np.interp(rng.random(count) * total[-1], total, _SIZES_MM)
    reach = np.interp(size_mm, _SIZES_MM, reach)
    z = np.cbrt(_NEAR_M**3 + rng.random(count) * np.maximum(reach**3 - _NEAR_M**3, 0.0))
    u, v = rng.random(count) * spec.width_px, rng.random(count) * spec.height_px
    fall, size = _fall_mps(size_mm), size_mm * 1e-3
    alpha = np.minimum(size / (fall * EXPOSURE_S), 1.0) * np.minimum(spec.fx_px * size / z, 1.0)
    return _draw(film, z, u, v, fall, alpha, size, camera_mps)


def _fall_mps(size_mm: F64Array) -> F64Array:
    return 9.65 - 10.3 * np.exp(-0.6 * size_mm)


def _draw(
    film: Film, z: F64Array, u: F64Array, v: F64Array, fall: F64Array, alpha: F64Array, size: F64Array,
    camera_mps: F64Array,
) -> F32Array:  # fmt: skip
    """Add up streaks as lines of weighted pixels; order is fixed, so sums are the same every time."""
    spec = film.spec
    h, w = spec.height_px, spec.width_px
    # cameras on vehicles stand upright and look ahead: drops fall along +y and come nearer as the camera drives
    forward = math.sqrt(float((camera_mps * camera_mps).sum()))
    x, y = (u - spec.cx_px) / spec.fx_px * z, (v - spec.cy_px) / spec.fy_px * z
    late = np.maximum(z - forward * EXPOSURE_S, 0.1)
    u1 = x / late * spec.fx_px + spec.cx_px
    v1 = (y + fall * EXPOSURE_S) / late * spec.fy_px + spec.cy_px
    length = np.minimum(np.hypot(u1 - u, v1 - v), 400.0)
    width = np.maximum(spec.fx_px * size / z, 1.0)
    steps = np.maximum(1, np.ceil(length).astype(np.int64))
    owner = np.repeat(np.arange(len(z), dtype=np.int32), steps)
    first = np.cumsum(steps) - steps
    # per drop: start and change of both coordinates a step, half width, strength; float32 is fine to 1e-4 px
    step_u, step_v = (u1 - u) / steps, (v1 - v) / steps
    table = np.stack([u + 0.5 * step_u, step_u, v + 0.5 * step_v, step_v, 0.5 * (width + 1.0), alpha]).astype(
        np.float32
    )
    along = (np.arange(len(owner), dtype=np.int64) - first[owner]).astype(np.float32)
    pu, pv = table[0][owner] + table[1][owner] * along, table[2][owner] + table[3][owner] * along
    seen = np.flatnonzero((pu > -1.0) & (pu < w + 1.0) & (pv >= 0.0) & (pv < h))
    pu, row, owner = pu[seen], pv[seen].astype(np.int32), owner[seen]
    middle, half, strength = np.floor(pu).astype(np.int32), table[4][owner], table[5][owner]
    cells, shares = list[I32Array](), list[F32Array]()
    for side in (-1, 0, 1):  # neighbours across the streak share it by distance
        column = middle + np.int32(side)
        share = np.minimum(half - np.abs(column + np.float32(0.5) - pu), np.float32(1.0)) * strength
        inside = np.flatnonzero((share > 0) & (column >= 0) & (column < w))
        cells.append(row[inside] * np.int32(w) + column[inside])
        shares.append(share[inside])
    total = np.bincount(np.concatenate(cells), np.concatenate(shares), h * w).astype(np.float32)
    return np.minimum(total, np.float32(0.8)).reshape(h, w)
