"""Rain streaks in the image: drops that fall through the view while the shutter is open.

Sizes after Marshall and Palmer (1948), N(D) = 8000 exp(-4.1 R^-0.21 D) per m^3 and mm; terminal speed after Atlas
et al. (1973), v(D) = 9.65 - 10.3 exp(-0.6 D) m/s with D in mm. A drop of width D crosses a pixel for D / (v t) of the
exposure and covers min(1, f D / Z) of it sideways; in that share the pixel shows the light that the drop refracts, the
mean of the sky and its surroundings. Drops too small or too far to change a pixel by one percent are left to the
extinction of the air, which holds for all of them together.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array, I32Array
from simengine.render.protocol import NoiseKey
from simengine.rng import stream
from simengine.world.weather import Environment
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.sky import Sky

__all__ = ["add_streaks"]

EXPOSURE_S = 0.010
_NEAR_M, _FAR_M = 0.4, 8.0
_SMALLEST_MM = 0.8
_FAINTEST = 0.01
_MOST = 60_000


def add_streaks(film: Film, sky: Sky, environment: Environment, camera_mps: F64Array, noise: NoiseKey) -> None:
    """Blend streaks into ``film.hdr``; nothing without rain.

    Args:
        film: the image so far.
        sky: light that the drops refract.
        environment: the rain rate.
        camera_mps: velocity of the camera in the world.
        noise: seed, variant and frame; the same drops for the same key.
    """
    if environment.rain_mmph <= 0.0:
        return
    cover = streak_cover(film, environment.rain_mmph, camera_mps, noise).reshape(-1)
    hdr = film.hdr.numpy()  # on the CPU the array itself, else a copy
    light = (0.94 * (0.6 * sky.airlight + 0.4 * sky.ground)).astype(np.float32)
    lit = light + 0.25 * hdr[::31].mean(0, dtype=np.float64).astype(np.float32)
    where = np.flatnonzero(cover)
    below = hdr[where]
    hdr[where] = below + cover[where, None].astype(np.float32) * (lit - below)
    if film.device != "cpu":
        film.hdr.assign(hdr)


def streak_cover(film: Film, rate_mmph: float, camera_mps: F64Array, noise: NoiseKey) -> F64Array:
    """Share of each pixel's exposure that drops cover, (H, W), 0..1."""
    spec = film.spec
    rng = stream(noise.seed, "rain", spec.name, noise.variant, noise.frame)
    slope = 4.1 * rate_mmph**-0.21
    per_m3 = 8000.0 / slope * math.exp(-slope * _SMALLEST_MM)
    half_x, half_y = spec.width_px / spec.fx_px, spec.height_px / spec.fy_px
    volume = half_x * half_y * (_FAR_M**3 - _NEAR_M**3) / 3.0
    count = min(int(rng.poisson(per_m3 * volume)), _MOST)
    z = np.cbrt(_NEAR_M**3 + rng.random(count) * (_FAR_M**3 - _NEAR_M**3))
    u, v = rng.random(count) * spec.width_px, rng.random(count) * spec.height_px
    size_mm = _SMALLEST_MM + rng.exponential(1.0 / slope, count)
    fall = 9.65 - 10.3 * np.exp(-0.6 * size_mm)
    size = size_mm * 1e-3
    alpha = np.minimum(size / (fall * EXPOSURE_S), 1.0) * np.minimum(spec.fx_px * size / z, 1.0)
    keep = np.flatnonzero(alpha >= _FAINTEST)
    return _draw(film, z[keep], u[keep], v[keep], fall[keep], alpha[keep], size[keep], camera_mps)


def _draw(
    film: Film, z: F64Array, u: F64Array, v: F64Array, fall: F64Array, alpha: F64Array, size: F64Array,
    camera_mps: F64Array,
) -> F64Array:  # fmt: skip
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
    first = np.repeat((np.cumsum(steps) - steps).astype(np.int32), steps)
    along = (np.arange(len(owner), dtype=np.int32) - first + 0.5) / steps[owner]
    pu, pv = (u[owner] + (u1 - u)[owner] * along), (v[owner] + (v1 - v)[owner] * along)
    row = np.floor(pv).astype(np.int32)
    seen = (pu > -1.0) & (pu < w + 1.0) & (row >= 0) & (row < h)
    pu, row, owner = pu[seen], row[seen], owner[seen]
    middle, half, strength = np.floor(pu).astype(np.int32), 0.5 * (width[owner] + 1.0), alpha[owner]
    cells, shares = list[I32Array](), list[F64Array]()
    for side in (-1, 0, 1):  # neighbours across the streak share it by distance
        column = middle + np.int32(side)
        share = np.minimum(half - np.abs(column + 0.5 - pu), 1.0) * strength
        inside = np.flatnonzero((share > 0) & (column >= 0) & (column < w))
        cells.append(row[inside] * np.int32(w) + column[inside])
        shares.append(share[inside])
    total = np.bincount(np.concatenate(cells), np.concatenate(shares), h * w)
    return np.minimum(total, 0.8).reshape(h, w)
