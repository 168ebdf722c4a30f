"""Sun, sky and airlight of an ``Environment``, computed once per scene in float64.

Light is counted in units of the direct sun at noon: 1 is an illuminance of 100 klx. Radiances are multiplied by pi, so
that a white Lambertian surface under illuminance E has radiance E.

Colour and shape of the clear sky, and colour and strength of the direct sun, are those of sunlight that clear or hazy
air scatters (``atmosphere``). Level: a table of clear-sky illuminance against sun elevation (daylight and twilight as
published in lighting handbooks: about 17 klx from the sky under a high sun, 400 lx in all at sunset, 3.4 lx at -6 deg),
from which the scattered light of clear air is within 10 % while the sun is higher than 10 deg, and within a factor of
2.3 down to -6 deg. In front of it clouds, the glow of towns, and fog in front of all. The moon lights air, clouds and
ground as the sun does, 400,000 times fainter when it is full; while the sun is down its light is the direct light.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.snow_cover import SNOW
from simengine.world.weather import CLEAR, Environment, Interior
from simengine_renderers.raytrace.atmosphere import direct, scattered
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
_SUN_TOP = 1.33  # illuminance above the atmosphere
_LAST_LIGHT_RAD = math.radians(-12.0)  # a sun that is deeper colours the sky no more
_FOG_TOP_M = 60.0  # fog and rain veil the sky through a layer this thick
_SET_RAD = math.radians(-0.55)  # nothing of the sun's disc is left
_MOON_TINT = np.array([1.06, 1.0, 0.82])  # a grey that is warmer than the sun: B - V of 0.92 beside 0.65
_GLOW_TINT = np.array([1.06, 1.0, 0.90])


@dataclass(frozen=True, eq=False)
class Sky:
    """Light from above, ready for kernels.

    Attributes:
        table: (S, S, 3), radiance at the centres of the cells of the hemisphere's square (``TABLE_SIZE``), rows by v,
            fog included.
        sun: (3,), illuminance of the direct sun, or of the moon when it is down, on a surface that faces it, fog and
            clouds included.
        sun_direction: (3,).
        ambient: (9, 3), irradiance by normal as spherical harmonics of degree 2.
        ground: (3,), radiance of unlit-by-sun ground, for what looks down.
        airlight: (3,), radiance of an endless layer of fog or rain.
        extinction_per_m: of the air.
        disc: radiance of the sun's disc, as seen through clouds and fog.
        seen: (N, N, 3), the same radiance in finer cells, for eyes and mirrors.
        lamps: (3,), illuminance that the lamps of a hall give a level surface; 0 outdoors, where lamps are few.
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
    lamps: F64Array = field(default_factory=lambda: np.zeros(3))


@lru_cache(maxsize=8)
def sky_of(environment: Environment) -> Sky:
    """The sky of an environment, or the upper half of a hall."""
    if environment.interior is not None:
        return _hall(environment.interior)
    lit, share = _light_of(environment)
    direction, elevation = lit.sun_direction(), lit.sun_elevation_rad
    cloud = _cloud(environment)
    clear_sun = share * _direct_sun(elevation, environment.turbidity)
    view = _view()
    table = _clear(view, environment)
    grey = _luminance(_horizontal(table, view) + clear_sun * max(direction[2], 0.0))
    blue, sun = table, _through_clouds(clear_sun, cloud)
    by_moon = _luminance(share) * _level(elevation) > _level(environment.sun_elevation_rad)
    clouds = Clouds.of(blue, view, lit if by_moon else environment, cloud, clear_sun, grey)
    table, seen = clouds.over(blue), clouds.finer(SEEN_SIZE).over(finer(blue, SEEN_SIZE))
    whole = environment.extinction_per_m()
    beta = whole - environment.haze_per_m()  # the light of the clear sky has haze in it
    total = _luminance(_horizontal(table, view) + sun * max(direction[2], 0.0))
    if cloud > environment.cloud:  # clouds that rain brings glow under a low sun, but do not add to the dry day
        fair = Clouds.of(blue, view, lit if by_moon else environment, environment.cloud, clear_sun, grey).over(blue)
        dry = _luminance(
            _horizontal(fair, view) + _through_clouds(clear_sun, environment.cloud) * max(direction[2], 0.0)
        )
        less = min(1.0, dry / total)
        table, seen, sun, total = table * less, seen * np.float32(less), sun * less, total * less
    glow = _glow(view, environment.sky_glow_lux, cloud)
    table, seen = table + glow, seen + finer(glow, SEEN_SIZE)
    total += _luminance(_horizontal(glow, view))
    slant = beta * _FOG_TOP_M / max(math.sin(max(elevation, 0.0)), 0.06)
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
    if whole > 0.0:  # a long way through haze is as bright as the sky at the horizon
        air = (beta * air + (whole - beta) * _at_horizon(table, view)) / whole
    below = _horizontal(table, view) + sun * max(direction[2], 0.0)
    ground = _snowy(0.16 * below * np.array([1.0, 0.97, 0.92]), below * np.array(SNOW.albedo), environment)
    disc = sun / 6.8e-5 * math.pi
    if lit is environment:  # the sun's disc is far beyond white: a fiftieth keeps reflections sane
        disc = 0.02 * disc
    return Sky(table, sun, direction, _harmonics(table, view, ground), ground, air, whole, disc, seen)


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
    ground = _snowy(0.25 * below, SNOW.nir * below, environment)  # grass and soil
    disc = sun / 6.8e-5 * math.pi * 0.02
    ambient, seen = _harmonics(table, view, ground), (share * beyond(sky.seen)).astype(np.float32)
    return Sky(table, sun, sky.sun_direction, ambient, ground, air, sky.extinction_per_m, disc, seen, share * sky.lamps)


def _snowy(bare: F64Array, snowy: F64Array, environment: Environment) -> F64Array:
    """What the land all around sends up (3,); a quarter of it stands up or is trodden, and keeps no snow."""
    return bare + 0.75 * environment.snow_cover * (snowy - bare)


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
    lamps = interior.lamps_share * below
    return Sky(table, none, np.array([0.0, 0.0, 1.0]), ambient, ground, none.copy(), 0.0, none.copy(), table, lamps)


def _cloud(environment: Environment) -> float:
    """Cloud cover; it does not rain or snow from a blue sky."""
    rain = min(1.0, 0.75 + environment.rain_mmph / 40.0) if environment.rain_mmph > 0 else 0.0
    snow = min(1.0, 0.85 + environment.snow_mmph / 10.0) if environment.snow_mmph > 0 else 0.0
    return min(1.0, max(environment.cloud, rain, snow, 0.0))


def _through_clouds(sun: F64Array, cloud: float) -> F64Array:
    """What a layer of clouds leaves of the direct sun."""
    return sun * (1.0 - cloud) ** 0.8 if cloud < 0.98 else np.zeros(3)


def _direct_sun(elevation_rad: float, turbidity: float) -> F64Array:
    """Illuminance of the direct sun by colour; fades while the disc sets."""
    shown = min(1.0, max(0.0, (math.degrees(elevation_rad) + 0.55) / 1.1))
    return _SUN_TOP * shown * direct(elevation_rad, turbidity)


def _level(elevation_rad: float) -> float:
    lux = np.interp(math.degrees(elevation_rad), _ELEVATION_DEG, np.log(_SKY_LX))
    return float(np.exp(lux)) / 1e5


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


def _light_of(environment: Environment) -> tuple[Environment, F64Array]:
    """Whose light comes straight: the weather with the sun where that stands, and its share of sunlight by colour."""
    lux = environment.moonlight_lux()
    if lux == 0.0 or environment.sun_elevation_rad > _SET_RAD:
        return environment, np.ones(3)
    moon = replace(
        environment, sun_elevation_rad=environment.moon_elevation_rad, sun_azimuth_rad=environment.moon_azimuth_rad
    )
    return moon, _MOON_TINT * (lux / (1e5 * _SUN_TOP))


def _clear(view: F64Array, environment: Environment) -> F64Array:
    """Radiance of the clear sky by the light of sun, moon and stars."""
    out = _shone(view, environment.sun_direction(), environment.sun_elevation_rad, environment.turbidity)
    moon, share = _light_of(environment)
    if moon is not environment:
        out = out + share * _shone(view, moon.sun_direction(), moon.sun_elevation_rad, environment.turbidity)
    return out


def _shone(view: F64Array, sun: F64Array, elevation_rad: float, turbidity: float) -> F64Array:
    """The clear sky by the sun: its colours and shape are those of scattered sunlight, its level is the published one.

    What haze adds to or takes from the level of clear air is that of the scattered light.
    """
    x, y = view[..., 0], view[..., 1]
    cos_sun = np.clip((view * sun).sum(-1), -1.0, 1.0)
    away = np.abs(np.arctan2(sun[0] * y - sun[1] * x, sun[0] * x + sun[1] * y))
    up, seen = np.maximum(view[..., 2], 0.0), max(elevation_rad, _LAST_LIGHT_RAD)
    day = scattered(up, away, cos_sun, seen, turbidity)
    shine = _luminance(_horizontal(day, view))
    level = _level(elevation_rad)
    if turbidity != CLEAR:
        level *= shine / _luminance(_horizontal(scattered(up, away, cos_sun, seen, CLEAR), view))
    # astronomical twilight ends at -18 degrees; what glows then, high air and stars, has next to no colour
    dark = float(smooth((-math.degrees(elevation_rad) - 10.0) / 8.0))
    night = np.array([0.95, 1.0, 1.05]) * (1.0 + 0.8 * np.exp(-up / 0.3)[..., None])
    both = day * ((1.0 - dark) / shine) + night * (dark / _luminance(_horizontal(night, view)))
    out: F64Array = both * level
    return out


def _glow(view: F64Array, lux: float, cloud: float) -> F64Array:
    """Radiance of lamp light that the air sends back, three times brighter at the horizon than overhead.

    A closed layer of clouds sends back five times as much (Kyba et al. 2011 measured three in the country, ten in a
    city).
    """
    shape = _GLOW_TINT * (1.0 + 2.0 * np.exp(-np.maximum(view[..., 2:3], 0.0) / 0.25))
    out: F64Array = shape * (lux / 1e5 * (1.0 + 4.0 * cloud * cloud) / _luminance(_horizontal(shape, view)))
    return out


def _at_horizon(table: F64Array, view: F64Array) -> F64Array:
    """Mean radiance (3,) of the lowest six degrees of a sky."""
    out: F64Array = table[view[..., 2] < 0.10].mean(0)
    return out


def _airlight(table: F64Array, view: F64Array, sun: F64Array) -> F64Array:
    """Radiance of endless fog: all light from above, scattered so often that little of its colour is left."""
    horizon = _at_horizon(table, view)
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
