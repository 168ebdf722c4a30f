# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""Rain streaks in the image: drops that fall through the view while the shutter is open.

Sizes after Marshall and Palmer (1948), N(D) = 8000 exp(-4.1 R^-0.21 D) per m^3 and mm; terminal speed after Atlas
et al. (1973), v(D) = 9.65 - 10.3 exp(-0.6 D) m/s with D in mm. A drop of width D crosses a pixel for D / (v t) of the
exposure and covers min(1, f D / Z) of it sideways; in that share the pixel shows the light that the drop refracts, the
mean of the sky and its surroundings. Drops too small or too far to change a pixel by two percent are left to the
extinction of the air, which holds for all of them together.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from simengine.arrays import F32Array, F64Array
from simengine.render.protocol import NoiseKey
from simengine.rng import stream
from simengine.sensors.specs import CameraSpec
from simengine.world.weather import Environment
from simengine_renderers.raytrace.beams import UNIT, Beams, add_lamp_light
from simengine_renderers.raytrace.falling import EXPOSURE_S, hide_behind, way_px
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.flakes import add_flakes, draw_flakes
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.sky import Sky
from simengine_renderers.raytrace.slices import Slices, launch

__all__ = ["add_streaks", "streaks"]

_NEAR_M, _FAR_M = 0.4, 8.0
_SIZES_MM = np.linspace(0.8, 8.0, 721)
_FAINTEST = 0.02
_MOST = 60_000
_FULLEST = wp.constant(0.8)


@wp.kernel(module=LIGHT)
def draw_drops(
    first: int, stop: int, run: int, streaks: wp.array2d(dtype=float), width: int, height: int,
    cover: wp.array(dtype=int),
):  # fmt: skip
    """Add streaks [first, stop) to ``cover``: whole numbers, so that their order does not matter.

    A row of ``streaks`` is one: start and change a step of both coordinates, steps, half width, strength.
    """
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        u = streaks[i, 0]
        v = streaks[i, 2]
        for _ in range(int(streaks[i, 4])):
            row = int(wp.floor(v))
            if row >= 0 and row < height and u > -1.0 and u < float(width) + 1.0:
                middle = int(wp.floor(u))
                for column in range(wp.max(middle - 1, 0), wp.min(middle + 2, width)):
                    # neighbours across the streak share it by distance
                    share = wp.min(streaks[i, 5] - wp.abs(float(column) + 0.5 - u), 1.0) * streaks[i, 6]
                    if share > 0.0:
                        wp.atomic_add(cover, row * width + column, int(share * UNIT))
            u += streaks[i, 1]
            v += streaks[i, 3]


@wp.kernel(module=LIGHT)
def blend(
    first: int, stop: int, run: int, cover: wp.array(dtype=int), light: wp.vec3, hdr: wp.array(dtype=wp.vec3)
):  # fmt: skip
    """Blend ``light`` into pixels [first, stop) and wipe ``cover`` for the next frame."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if cover[i] > 0:
            hdr[i] = hdr[i] + (light - hdr[i]) * wp.min(float(cover[i]) / UNIT, _FULLEST)
            cover[i] = 0


def add_streaks(
    film: Film, sky: Sky, environment: Environment, camera_mps: F64Array, noise: NoiseKey, slices: Slices, beams: Beams
) -> None:
    """Blend streaks and flakes into ``film.hdr``; nothing in dry air, nor through a lens other than a pinhole.

    Args:
        film: the image so far.
        sky: light that the drops refract.
        environment: the rates of rain and snow.
        camera_mps: velocity of the camera in the world.
        noise: seed, variant and frame; the same drops for the same key.
        slices: threads for the blending.
        beams: lamps that light drops and flakes.
    """
    spec, device = film.spec, film.device
    if spec.lens != "pinhole":  # streaks are drawn on a plane
        return

    def blended(light: F64Array) -> None:
        inputs = [film.streaks, wp.vec3(*light), film.hdr]

        def work(first: int, stop: int) -> None:
            launch(blend, first * spec.width_px, stop * spec.width_px, inputs, device)

        slices.run(spec.height_px, 1, work)

    if environment.snow_mmph > 0.0:
        fallen, light = add_flakes(film, sky, environment, camera_mps, noise)
        blended(light)
        add_lamp_light(film, fallen, draw_flakes, 1, True, beams, slices)
    if environment.rain_mmph <= 0.0:
        return
    table = streaks(spec, environment.rain_mmph, camera_mps, noise)
    drops = wp.array(table, dtype=float, device=device)
    inputs = [drops, spec.width_px, spec.height_px, film.streaks]
    hide_behind(film, drops, 2)
    launch(draw_drops, 0, len(table), inputs, device)
    sample = film.hdr.numpy()[::31] if device == "cpu" else film.hdr[::31].contiguous().numpy()
    light = 0.94 * (0.6 * sky.airlight + 0.4 * sky.ground) + 0.25 * sample.mean(0, dtype=np.float64)
    blended(light)
    add_lamp_light(film, drops, draw_drops, 2, False, beams, slices)


def streaks(spec: CameraSpec, rate_mmph: float, camera_mps: F64Array, noise: NoiseKey) -> F32Array:
    """Streaks of one exposure, (N, 8), rows as ``draw_drops`` takes them, and the depth of the drop.

    Only drops that change a pixel by ``_FAINTEST`` are drawn from their distribution: of each diameter, those up to the
    distance at which they still do.
    """
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
    along_u, along_v = way_px(spec, (u, v), z, (np.zeros(count), fall * EXPOSURE_S), camera_mps)
    steps = np.maximum(1.0, np.ceil(np.minimum(np.hypot(along_u, along_v), 400.0)))
    step_u, step_v = along_u / steps, along_v / steps
    half = 0.5 * (np.maximum(spec.fx_px * size / z, 1.0) + 1.0)
    columns = (u + 0.5 * step_u, step_u, v + 0.5 * step_v, step_v, steps, half, alpha, z)
    return np.ascontiguousarray(np.stack(columns, 1), np.float32)


def _fall_mps(size_mm: F64Array) -> F64Array:
    return 9.65 - 10.3 * np.exp(-0.6 * size_mm)
