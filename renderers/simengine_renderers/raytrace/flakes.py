# pyright: reportUnknownParameterType=false
"""Snow flakes in the image: soft discs, drawn out by the way that they make while the shutter is open.

Sizes and speeds as in :mod:`simengine.sensors.snow`. A flake of width d pixels that moves L pixels covers each pixel on
its way for d / (L + d) of the exposure, and one narrower than a pixel covers d of it across. Flakes flutter: to their
fall and the wind comes a speed of their own. Those that change a pixel by less than four percent, or by more where that
would be more than 120,000 flakes, are left to the extinction of the air, which holds for all of them together.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F32Array, F64Array
from simengine.render.protocol import NoiseKey
from simengine.rng import stream
from simengine.sensors.snow import ALBEDO, fall_mps, flakes_per_m3_mm, slope_per_mm
from simengine.sensors.specs import CameraSpec
from simengine.world.weather import Environment
from simengine_renderers.raytrace.beams import UNIT
from simengine_renderers.raytrace.falling import EXPOSURE_S, hide_behind, way_px
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.sky import Sky
from simengine_renderers.raytrace.slices import launch

__all__ = ["add_flakes", "flakes"]

_NEAR_M, _FAR_M = 0.4, 16.0
_SIZES_MM = np.linspace(0.3, 18.0, 886)
_FAINTEST = 0.04
_MOST = 120_000
_FLUTTER_MPS = 0.25
_WIDEST_PX = 60.0


@wp.kernel(module=LIGHT)
def draw_flakes(
    first: int, stop: int, run: int, flakes: wp.array2d(dtype=float), width: int, height: int,
    cover: wp.array(dtype=int),
):  # fmt: skip
    """Add flakes [first, stop) to ``cover``: whole numbers, so that their order does not matter.

    A row of ``flakes`` is one: start and way of both coordinates, half width, strength.
    """
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        u = flakes[i, 0]
        v = flakes[i, 1]
        along = flakes[i, 2]
        down = flakes[i, 3]
        half = flakes[i, 4]
        size = wp.max(along * along + down * down, 1.0e-6)
        low_u = int(wp.floor(wp.min(u, u + along) - half - 0.5))
        high_u = int(wp.ceil(wp.max(u, u + along) + half + 0.5))
        low_v = int(wp.floor(wp.min(v, v + down) - half - 0.5))
        high_v = int(wp.ceil(wp.max(v, v + down) + half + 0.5))
        for row in range(wp.max(low_v, 0), wp.min(high_v, height)):
            for column in range(wp.max(low_u, 0), wp.min(high_u, width)):
                x = float(column) + 0.5 - u
                y = float(row) + 0.5 - v
                t = wp.clamp((x * along + y * down) / size, 0.0, 1.0)
                x -= t * along
                y -= t * down
                share = wp.clamp(half + 0.5 - wp.sqrt(x * x + y * y), 0.0, 1.0) * flakes[i, 5]
                if share > 0.0:
                    wp.atomic_add(cover, row * width + column, int(share * UNIT))


def add_flakes(
    film: Film, sky: Sky, environment: Environment, camera_mps: F64Array, noise: NoiseKey
) -> tuple[Any, F64Array]:
    """Add the flakes of one exposure to ``film.streaks``; returns their rows, on the device, and what they send of the
    sky's light, (3,): they are as white as flakes are, and lit from above and by the ground from below."""
    table = wp.array(flakes(film.spec, environment, camera_mps, noise), dtype=float, device=film.device)
    hide_behind(film, table, 1)
    inputs = [table, film.spec.width_px, film.spec.height_px, film.streaks]
    launch(draw_flakes, 0, len(table), inputs, film.device)
    return table, ALBEDO * (0.6 * sky.airlight + 0.3 * sky.ground)


def flakes(spec: CameraSpec, environment: Environment, camera_mps: F64Array, noise: NoiseKey) -> F32Array:
    """Flakes of one exposure, (N, 7), rows as ``draw_flakes`` takes them, and their depths: of each size those near
    enough to show."""
    rng = stream(noise.seed, "snow", spec.name, noise.variant, noise.frame)
    rate, focal = environment.snow_mmph, spec.fx_px
    # a flake of d pixels and less covers d x d of one, in the time that it is there
    way_px_m = focal * (fall_mps(_SIZES_MM) + _FLUTTER_MPS) * EXPOSURE_S
    width_px_m = focal * _SIZES_MM * 1e-3
    view = spec.width_px / spec.fx_px * (spec.height_px / spec.fy_px)
    numbers = flakes_per_m3_mm(rate) * np.exp(-slope_per_mm(rate) * _SIZES_MM)
    faintest = _FAINTEST
    while True:
        reach = np.minimum(np.sqrt(width_px_m**2 / np.maximum(way_px_m / width_px_m, 1.0) / faintest), _FAR_M)
        density = numbers * np.maximum(reach**3 - _NEAR_M**3, 0.0) / 3.0
        total = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(_SIZES_MM))])
        if total[-1] * view <= _MOST:
            break
        faintest *= 1.1
    count = int(rng.poisson(total[-1] * view)) if total[-1] > 0 else 0
    size_mm = np.interp(rng.random(count) * total[-1], total, _SIZES_MM)
    near = np.interp(size_mm, _SIZES_MM, reach)
    z = np.cbrt(_NEAR_M**3 + rng.random(count) * np.maximum(near**3 - _NEAR_M**3, 0.0))
    u, v = rng.random(count) * spec.width_px, rng.random(count) * spec.height_px
    sideways = rng.standard_normal(count) * _FLUTTER_MPS + math.hypot(*environment.wind_mps) * rng.random(count)
    fall = fall_mps(size_mm) + rng.standard_normal(count) * 0.5 * _FLUTTER_MPS
    along, down = way_px(spec, (u, v), z, (sideways * EXPOSURE_S, fall * EXPOSURE_S), camera_mps)
    long = np.hypot(along, down)
    shorter = np.minimum(1.0, 4.0 * _WIDEST_PX / np.maximum(long, 1e-9))
    wide = np.minimum(focal * size_mm * 1e-3 / z, _WIDEST_PX)
    strength = np.minimum(wide, 1.0) * np.minimum(wide / np.maximum(long + wide, 1.0), 1.0)
    columns = (u, v, along * shorter, down * shorter, 0.5 * np.maximum(wide, 1.0), strength, z)
    return np.ascontiguousarray(np.stack(columns, 1), np.float32)
