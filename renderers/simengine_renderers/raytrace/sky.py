"""Sun, sky and airlight of an ``Environment``, computed once per scene in float64.

Light is counted in units of the direct sun at noon: 1 is an illuminance of 100 klx. Radiances are multiplied by pi, so
that a white Lambertian surface under illuminance E has radiance E.

The model is our own and simple. Level: a table of clear-sky illuminance against sun elevation (daylight and twilight
illuminance as published in lighting handbooks: about 17 klx from the sky under a high sun, 400 lx in all at sunset,
3.4 lx at -6 deg). Colour and shape: zenith-to-horizon gradient, glow around the sun, twilight
arch, grey night, projected clouds; then scaled so that the horizontal illuminance equals the level. Direct sun:
Beer-Lambert through the relative air mass of Kasten and Young (1989) with an optical depth per colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.weather import Environment, Interior
from simengine_renderers.raytrace.clouds import Clouds, directions, finer, smooth
from simengine_renderers.raytrace.hall import upper_half

__all__ = ["TABLE_SIZE", "Sky", "near_infrared", "sky_of", "solid_angles"]

SEEN_SIZE = 1024
"""Cells along a side of the table that is looked at: a fifth of a degree, so that clouds have edges."""
TABLE_SIZE = 256
"""The upper half of the sphere as a square: (u, v) in -1..1, x = (u + v) / 2, y = (u - v) / 2, z = 1 - |x| - |y|,
normalised. The rim is the horizon; no trigonometry, no poles."""
# sun elevation in degrees -> illuminance of the clear sky alone, lux
_ELEVATION_DEG = (-90.0, -18.0, -12.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0)
_SKY_LX = (0.002, 0.003, 0.02, 0.6, 3.4, 22.0, 120.0, 400.0, 1200.0, 3000.0, 6000.0, 9500.0, 13500.0, 16000.0, 17500.0)
_SUN_DEPTH = (0.13, 0.19, 0.32)  # optical depth of the clear atmosphere, red green blue
_SUN_TOP = 1.33  # illuminance above the atmosphere
_FOG_TOP_M = 60.0  # fog and rain veil the sky through a layer this thick
_CITY_GLOW = 2e-7


@dataclass(frozen=True, eq=False)
class Sky:
    """Light from above, ready for kernels.

    Attributes:
        table: (S, S, 3), radiance at the centres of the cells of the hemisphere's square (``TABLE_SIZE``), rows by v,
            fog included.
        sun: (3,), illuminance of the direct sun on a surface that faces it, fog and clouds included.
        sun_direction: (3,).
        ambient: (9, 3), irradiance by normal as spherical harmonics of degree 2.
        ground: (3,), radiance of unlit-by-sun ground, for what looks down.
        airlight: (3,), radiance of an endless layer of fog or rain.
        extinction_per_m: of the air.
        disc: radiance of the sun's disc, as seen through clouds and fog.
        seen: (N, N, 3), the same radiance in finer cells, for eyes and mirrors.
    """

    table: F64Array
    sun: F64Array
    sun_direction: F64Array
    ambient: F64Array
    ground: F64Array
    airlight: F64Array
    extinction_per_m: float
    disc: F64Array
    seen: Array


@lru_cache(maxsize=8)
def sky_of(environment: Environment) -> Sky:
    """The sky of an environment, or the upper half of a hall."""
    if environment.interior is not None:
        return _hall(environment.interior)
    direction = environment.sun_direction()
    cloud = _cloud(environment)
    clear_sun = _direct_sun(environment.sun_elevation_rad)
    view = _view()
    table = _clear(view, direction, environment.sun_elevation_rad)
    level = _level(environment.sun_elevation_rad)
    table *= level / _luminance(_horizontal(table, view))
    grey = _luminance(_horizontal(table, view) + clear_sun * max(direction[2], 0.0))
    blue, sun = table, _through_clouds(clear_sun, cloud)
    clouds = Clouds.of(blue, view, environment, cloud, clear_sun, grey)
    table, seen = clouds.over(blue), clouds.finer(SEEN_SIZE).over(finer(blue, SEEN_SIZE))
    beta = environment.extinction_per_m()
    total = _luminance(_horizontal(table, view) + sun * max(direction[2], 0.0))
    if cloud > environment.cloud:  # clouds that rain brings glow under a low sun, but do not add to the dry day
        fair = Clouds.of(blue, view, environment, environment.cloud, clear_sun, grey).over(blue)
        dry = _luminance(
            _horizontal(fair, view) + _through_clouds(clear_sun, environment.cloud) * max(direction[2], 0.0)
        )
        less = min(1.0, dry / total)
        table, seen, sun, total = table * less, seen * np.float32(less), sun * less, total * less
    slant = beta * _FOG_TOP_M / max(math.sin(max(environment.sun_elevation_rad, 0.0)), 0.06)
    # what the layer takes from sun and sky comes back as diffuse light, less what it sends up again
    air = _airlight(table, view, sun * max(direction[2], 0.0))
    veil = np.exp(-beta * _FOG_TOP_M / np.maximum(view[..., 2:3], 0.012))
    table, sun = table * veil + air * (1.0 - veil), sun * math.exp(-slant)
    # (the layer returns three quarters at least, and never more than it got)
    kept = _luminance(_horizontal(table, view) + sun * max(direction[2], 0.0))
    least = (0.75 * (1.0 - math.exp(-beta * _FOG_TOP_M))) * total
    gain = min(max(1.0, least / kept), total / kept) if beta > 0 and kept > 0 else 1.0
    if beta > 0.0:
        seen = finer(gain * veil, SEEN_SIZE) * seen + finer(gain * air * (1.0 - veil), SEEN_SIZE)
    table, air, sun = table * gain, air * gain, sun * min(gain, 1.0)
    below = _horizontal(table, view) + sun * max(direction[2], 0.0)
    ground = 0.16 * below * np.array([1.0, 0.97, 0.92])
    disc = sun / 6.8e-5 * math.pi * 0.02  # the real disc is far beyond white: a fiftieth keeps reflections sane
    return Sky(table, sun, direction, _harmonics(table, view, ground), ground, air, beta, disc, seen)


_LAMPS_IN_NIR = {"led": 0.002, "sodium": 0.6, "daylight": 1.0}
"""Light at 900 nm that comes with a hall's visible light of 1."""


def near_infrared(environment: Environment) -> Sky:
    """The same sky at 900 nm, three times the same grey.

    What is bluer than red is light scattered as lambda^-n, continued from red (610 nm) and blue (465 nm); what is
    redder has passed air whose optical depth falls likewise: half the logarithm of red over blue is still to come.
    """
    sky, view = sky_of(environment), _view()

    def beyond(colour: F64Array) -> F64Array:
        red, blue = np.maximum(colour[..., 0:1], 1e-12), np.maximum(colour[..., 2:3], 1e-12)
        ratio = red / blue
        return np.repeat(red * np.where(ratio < 1.0, ratio**1.433, np.minimum(ratio, 20.0) ** 0.5), 3, -1)

    share = 1.0 if environment.interior is None else _LAMPS_IN_NIR[environment.interior.kind]
    table, sun, air = share * beyond(sky.table), beyond(sky.sun) * (sky.sun > 0.0), share * beyond(sky.airlight)
    below = _horizontal(table, view) + sun * max(sky.sun_direction[2], 0.0)
    ground = 0.25 * below  # grass and soil
    disc = sun / 6.8e-5 * math.pi * 0.02
    ambient, seen = _harmonics(table, view, ground), (share * beyond(sky.seen)).astype(np.float32)
    return Sky(table, sun, sky.sun_direction, ambient, ground, air, sky.extinction_per_m, disc, seen)


def _hall(interior: Interior) -> Sky:
    """The light that comes from all over a hall. No sun: the scene's lamps give what casts shadows."""
    view = _view()
    table = upper_half(interior, view)
    level = (1.0 - interior.lamps_share) * interior.level_lux / 1e5
    table *= level / _luminance(_horizontal(table, view))
    below = np.array(interior.tint) * interior.level_lux / 1e5
    ground = 0.22 * below * np.array([1.0, 0.98, 0.95])
    ambient, none = _harmonics(table, view, ground), np.zeros(3)
    # nine coefficients miss a little of so uneven a light: what is asked for is what a level surface gets
    got = _luminance(np.array(_basis(*(np.array([v]) for v in (0.0, 0.0, 1.0))))[:, 0] @ ambient)
    ambient = ambient * (level / got)
    return Sky(table, none, np.array([0.0, 0.0, 1.0]), ambient, ground, none.copy(), 0.0, none.copy(), table)


def _cloud(environment: Environment) -> float:
    """Cloud cover; it does not rain or snow from a blue sky."""
    rain = min(1.0, 0.75 + environment.rain_mmph / 40.0) if environment.rain_mmph > 0 else 0.0
    snow = min(1.0, 0.85 + environment.snow_mmph / 10.0) if environment.snow_mmph > 0 else 0.0
    return min(1.0, max(environment.cloud, rain, snow, 0.0))


def _through_clouds(sun: F64Array, cloud: float) -> F64Array:
    """What a layer of clouds leaves of the direct sun."""
    return sun * (1.0 - cloud) ** 0.8 if cloud < 0.98 else np.zeros(3)


def _direct_sun(elevation_rad: float) -> F64Array:
    """Illuminance of the direct sun by colour; fades while the disc sets."""
    degrees = math.degrees(elevation_rad)
    shown = min(1.0, max(0.0, (degrees + 0.55) / 1.1))
    if shown == 0.0:
        return np.zeros(3)
    up = max(degrees, 0.0)
    mass = 1.0 / (math.sin(math.radians(up)) + 0.50572 * (up + 6.07995) ** -1.6364)
    return _SUN_TOP * shown * np.exp(-np.array(_SUN_DEPTH) * mass)


def _level(elevation_rad: float) -> float:
    lux = np.interp(math.degrees(elevation_rad), _ELEVATION_DEG, np.log(_SKY_LX))
    return float(np.exp(lux)) / 1e5 + _CITY_GLOW


@lru_cache(maxsize=1)
def _view() -> F64Array:
    """Directions of the table's cell centres, (S, S, 3)."""
    at = directions(TABLE_SIZE)
    return at / np.sqrt((at * at).sum(-1, keepdims=True))


@lru_cache(maxsize=1)
def solid_angles() -> F64Array:
    """Solid angle of the table's cells, (S, S): dx dy / r^3 on the faces of the octahedron, dx dy = du dv / 2."""
    at = directions(TABLE_SIZE)
    r = np.sqrt((at * at).sum(-1))
    return 0.5 * (2.0 / TABLE_SIZE) ** 2 / r**3


def _horizontal(table: F64Array, view: F64Array) -> F64Array:
    """Irradiance (3,) of the upper half of a table on the ground."""
    weight = solid_angles() * np.maximum(view[..., 2], 0.0) / math.pi
    return (table * weight[..., None]).sum((0, 1))


def _luminance(rgb: F64Array) -> float:
    return float(rgb @ np.array([0.2126, 0.7152, 0.0722]))


def _clear(view: F64Array, sun: F64Array, elevation_rad: float) -> F64Array:
    """Relative radiance of the clear sky: day gradient, glow around the sun, twilight arch."""
    up = np.maximum(view[..., 2], 0.0)
    cos_sun = np.clip((view * sun).sum(-1), -1.0, 1.0)
    deg = math.degrees(elevation_rad)
    day = float(smooth((deg + 2.0) / 14.0))
    level = np.sqrt(np.maximum(1e-9, view[..., 0] ** 2 + view[..., 1] ** 2))
    towards = (
        view[..., 0] * math.cos(math.atan2(sun[1], sun[0])) + view[..., 1] * math.sin(math.atan2(sun[1], sun[0]))
    ) / level
    near = smooth((towards + 0.6) / 1.6)
    haze = np.exp(-up / 0.13)[..., None]
    zenith = np.array([0.40, 0.58, 1.0])
    pale = np.array([0.92, 1.02, 1.12])
    blue = zenith * (0.75 + 0.25 * (1.0 - up[..., None])) * (1.0 - haze) + pale * haze * 1.35
    blue = blue * (1.0 + 0.5 * np.exp(-(1.0 - cos_sun) / 0.25)[..., None])
    aureole = np.exp(-np.sqrt(np.maximum(0.0, 1.0 - cos_sun)) / 0.055)[..., None]
    white = np.clip(
        _direct_sun(max(elevation_rad, 0.0)) / max(_luminance(_direct_sun(max(elevation_rad, 0.0))), 1e-9), 0, 4
    )
    blue = blue + (4.0 * aureole + 0.35 * np.exp(-(1.0 - cos_sun) / 0.08)[..., None]) * white
    # low sun and dusk: a warm band that hugs the horizon under the sun, rose above it, deep blue over head
    depth = min(1.0, max(0.0, -deg / 8.0))
    band = np.exp(-up / (0.10 + 0.06 * (1.0 - depth)))[..., None]
    rose = np.exp(-(((up - 0.20) / 0.16) ** 2))[..., None]
    warm = np.array([1.55, 0.66, 0.22]) * (1.0 - 0.45 * depth) + np.array([0.6, 0.35, 0.35]) * depth
    dusk = np.array([0.16, 0.25, 0.55]) * (0.55 + 0.45 * (1.0 - up[..., None]))
    dusk = (
        dusk
        + band * warm * (0.16 + 1.6 * near[..., None] ** 2)
        + rose * np.array([0.50, 0.28, 0.34]) * (0.12 + 0.5 * near[..., None])
    )
    dusk = dusk + 2.5 * aureole * white * float(smooth((deg + 2.0) / 3.0))
    # astronomical twilight ends at -18 degrees; what glows then, high air and stars, has next to no colour
    night = float(smooth((-deg - 10.0) / 8.0))
    dusk = dusk * (1.0 - night) + np.array([0.95, 1.0, 1.05]) * (1.0 + 0.8 * np.exp(-up / 0.3)[..., None]) * night
    return blue * day + dusk * (1.0 - day)


def _airlight(table: F64Array, view: F64Array, sun: F64Array) -> F64Array:
    """Radiance of endless fog: all light from above, scattered so often that little of its colour is left."""
    horizon = table[np.abs(view[..., 2]) < 0.10].mean(0)
    whole = _horizontal(table, view) + sun
    return 0.55 * whole + 0.15 * np.minimum(horizon, 2.0 * whole) + 0.30 * _luminance(whole)


def _harmonics(table: F64Array, view: F64Array, ground: F64Array) -> F64Array:
    """Irradiance over pi-free units: nine coefficients (9, 3) of the cosine-convolved radiance.

    Projection and convolution after Ramamoorthi and Hanrahan (2001); the half below the horizon is ``ground``.
    """
    x, y, z = view[..., 0], view[..., 1], view[..., 2]
    weight = solid_angles()
    above = (z > 0)[..., None]
    light = np.where(above, table, ground)
    basis = _basis(x, y, z)
    out = np.stack([(light * (weight * b)[..., None] * above).sum((0, 1)) for b in basis])
    n = 64  # the lower half: uniform light, integrated on a grid of its own
    zz = -(np.arange(n) + 0.5) / n
    az = 2.0 * math.pi * (np.arange(4 * n) + 0.5) / (4 * n)
    level = np.sqrt(1.0 - zz**2)[:, None]
    low = _basis(level * np.cos(az), level * np.sin(az), np.broadcast_to(zz[:, None], (n, 4 * n)))
    out += np.stack([ground * (b.sum() * (2.0 * math.pi / (n * 4 * n))) for b in low])
    band = np.array([math.pi] + [2.0 * math.pi / 3.0] * 3 + [math.pi / 4.0] * 5)[:, None]
    return out * band / math.pi


def _basis(x: F64Array, y: F64Array, z: F64Array) -> list[F64Array]:
    """Real spherical harmonics up to degree 2."""
    one = np.ones(np.broadcast_shapes(x.shape, y.shape, z.shape))
    return [
        0.282095 * one, 0.488603 * y * one, 0.488603 * z * one, 0.488603 * x * one, 1.092548 * x * y * one,
        1.092548 * y * z * one, 0.315392 * (3 * z * z - 1) * one, 1.092548 * x * z * one,
        0.546274 * (x * x - y * y) * one,
    ]  # fmt: skip
