"""Light of the sun in clear air over a round earth: what comes through directly, and what the air scatters.

Three wavelengths, three things in the air: molecules (optical depth after Hansen and Travis 1974, scale height 8 km),
particles (Angstrom's formula, with the exponent and coefficient that Preetham et al. 1999 give for a turbidity; scale
height 1.2 km, phase function of Henyey and Greenstein) and ozone (300 Dobson units around 25 km, cross sections of
Serdyuchenko et al. 2014 at 223 K). Light that is scattered once is integrated along every line of sight; all further
scattering is taken for isotropic, as a geometric series over the spheres around points (Hillaire 2020, section 5.5).

Lengths in kilometres, the sun's illuminance above the atmosphere is 1 in each colour, radiances are multiplied by pi.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import ndimage

from simengine.arrays import F64Array
from simengine.world.weather import angstrom

__all__ = ["direct", "scattered"]

_WAVELENGTHS_UM = np.array([0.610, 0.550, 0.465])
_EARTH_KM, _TOP_KM = 6371.0, 90.0
_HEIGHTS_KM = 8.0, 1.2
_OZONE_KM = 25.0, 15.0
"""Where its layer is densest, and how far from there it ends: its density falls in proportion."""
_OZONE_DEPTH = np.array([4.3e-25, 3.5e-25, 4.3e-26]) * 300.0 * 2.687e20
_MOLECULES_DEPTH = 0.008569 * _WAVELENGTHS_UM**-4.0 * (1.0 + 0.0113 * _WAVELENGTHS_UM**-2.0)
_ANGSTROM = -1.3
_FORWARD = 0.76
_SCATTERED = 0.92
"""Share of what particles take from a beam that goes on elsewhere; the rest warms them."""
_GROUND = 0.15
"""Albedo of the land around."""
_DISC_RAD = math.radians(0.27)
_UP, _ROUND, _STEPS = 40, 25, 40
"""Lines of sight by elevation and by azimuth from the sun, and points along each."""
_ALTITUDES, _SUNS, _SPHERE, _FEW = 12, 30, (10, 6), 20
"""Points for which further scattering is known, heights of the sun there, lines around each and points on those."""


def direct(elevation_rad: float, turbidity: float) -> F64Array:
    """Share (3,) of the sun's light that comes straight through the air to the ground; nothing from below."""
    depth = _depths(turbidity)
    up = max(math.degrees(elevation_rad), 0.0)
    mass = 1.0 / (math.sin(math.radians(up)) + 0.50572 * (up + 6.07995) ** -1.6364)  # Kasten and Young (1989)
    out: F64Array = np.exp(-depth.sum(0) * mass)
    return out


def scattered(up: F64Array, away_rad: F64Array, cos_sun: F64Array, elevation_rad: float, turbidity: float) -> F64Array:
    """Radiance of the clear sky as seen from the ground.

    Args:
        up: sines of the elevations of directions, 0 at least.
        away_rad: angles between their azimuths and the sun's, 0..pi.
        cos_sun: cosines of the angles between them and the sun.
        elevation_rad: of the sun.
        turbidity: of the air.

    Returns:
        (*shape of up, 3).
    """
    once = _inscattered(round(elevation_rad, 9), turbidity)
    rows = np.sqrt(np.arcsin(np.clip(up, 0.0, 1.0)) / (0.5 * math.pi)) * (_UP - 1)
    columns = away_rad / math.pi * (_ROUND - 1)
    at = [
        ndimage.map_coordinates(once[..., k], (rows, columns), order=1, mode="nearest") for k in range(once.shape[-1])
    ]
    molecules, particles, more = (np.stack(at[k : k + 3], -1) for k in (0, 3, 6))
    rayleigh = 3.0 / (16.0 * math.pi) * (1.0 + cos_sun * cos_sun)
    g = _FORWARD
    forward = (1.0 - g * g) / (4.0 * math.pi) / (1.0 + g * g - 2.0 * g * cos_sun) ** 1.5
    out: F64Array = math.pi * (molecules * rayleigh[..., None] + particles * forward[..., None] + more)
    return out


def _depths(turbidity: float) -> F64Array:
    """Optical depth of the atmosphere straight up, (3 kinds: molecules, particles, ozone; 3 colours)."""
    particles = angstrom(turbidity) * _WAVELENGTHS_UM**_ANGSTROM
    return np.stack([_MOLECULES_DEPTH, particles, _OZONE_DEPTH])


def _densities(height_km: F64Array) -> F64Array:
    """Share of each kind's column in a kilometre of height, (..., 3)."""
    molecules, particles = (np.exp(-height_km / h) / h for h in _HEIGHTS_KM)
    middle, half = _OZONE_KM
    ozone = np.maximum(0.0, 1.0 - np.abs(height_km - middle) / half) / half
    return np.stack([molecules, particles, ozone], -1)


def _way_out(height_km: F64Array, sine: F64Array) -> F64Array:
    """Distance from a height to the top of the atmosphere, by the sine of the elevation."""
    r = _EARTH_KM + height_km
    out: F64Array = -r * sine + np.sqrt(np.maximum((r * sine) ** 2 - r * r + (_EARTH_KM + _TOP_KM) ** 2, 0.0))
    return out


def _to_ground(height_km: F64Array, sine: F64Array) -> F64Array:
    """Distance to the ground; inf where a line does not meet it."""
    r = _EARTH_KM + height_km
    inside = (r * sine) ** 2 - r * r + _EARTH_KM**2
    return np.where((inside > 0.0) & (sine < 0.0), -r * sine - np.sqrt(np.maximum(inside, 0.0)), np.inf)


_TABLE = 48, 96


def _dip(height_km: F64Array) -> F64Array:
    """How far the horizon lies below the level, as seen from a height."""
    return np.arccos(_EARTH_KM / (_EARTH_KM + height_km))


@lru_cache(maxsize=1)
def _columns() -> F64Array:
    """Logarithms of the columns (3 kinds) from heights to space, for directions above the horizon seen from there."""
    height = _TOP_KM * (np.arange(_TABLE[0]) / (_TABLE[0] - 1)) ** 2
    above = (np.arange(_TABLE[1]) / (_TABLE[1] - 1)) ** 2
    height, above = np.broadcast_arrays(height[:, None], above[None, :])
    dip = _dip(height)
    sine = np.sin(above * (0.5 * math.pi + dip) - dip)
    far = _way_out(height, sine)
    share = (np.arange(200) + 0.5) / 200
    lengths = 2.0 * share / 200  # points lie closer near the observer, where most of the air is
    total = np.zeros((*height.shape, 3))
    lowest = np.maximum(-(_EARTH_KM + height) * sine, 0.0)  # downwards it is densest where the line is lowest
    for begin, end in ((lowest, far), (lowest, np.zeros_like(far))):
        for s, weight in zip(share * share, lengths, strict=True):
            t = begin + (end - begin) * s
            r = _EARTH_KM + height
            at = np.sqrt(np.maximum(r * r + t * t + 2.0 * r * t * sine, 0.0)) - _EARTH_KM
            total += _densities(np.maximum(at, 0.0)) * (np.abs(end - begin) * weight)[..., None]
    return np.log(np.maximum(total, 1e-12))


def _sunlight(height_km: F64Array, sine: F64Array, depths: F64Array) -> F64Array:
    """Share (..., 3) of the sun's light at heights, by the sine of its elevation there; the disc sets gradually."""
    dip = _dip(height_km)
    above = np.arcsin(np.clip(sine, -1.0, 1.0)) + dip
    rows = np.sqrt(np.clip(height_km / _TOP_KM, 0.0, 1.0)) * (_TABLE[0] - 1)
    columns = np.sqrt(np.clip(above / (0.5 * math.pi + dip), 0.0, 1.0)) * (_TABLE[1] - 1)
    table = _columns()
    logs = [ndimage.map_coordinates(table[..., k], (rows, columns), order=1, mode="nearest") for k in range(3)]
    shown = np.clip((above + _DISC_RAD) / (2.0 * _DISC_RAD), 0.0, 1.0)
    out: F64Array = shown[..., None] * np.exp(-(np.exp(np.stack(logs, -1)) @ depths))
    return out


def _along(height_km: F64Array, sine: F64Array, cosine: F64Array, sun: F64Array, steps: int) -> tuple[F64Array, ...]:
    """Points on lines: heights, sines of the sun's elevation there, and the lengths that they stand for.

    Args:
        height_km, sine: (n,), where lines begin, and the sines of their elevations.
        cosine: (n,), of the angle between line and sun.
        sun: (n,), sine of the sun's elevation where they begin.
        steps: points on each.

    Returns:
        Three arrays (n, steps).
    """
    far = np.minimum(_to_ground(height_km, sine), _way_out(height_km, sine))
    share = (np.arange(steps) + 0.5) / steps
    t = far[:, None] * share**2
    length = far[:, None] * (2.0 * share / steps)
    r = (_EARTH_KM + height_km)[:, None]
    here = np.sqrt(r * r + t * t + 2.0 * r * t * sine[:, None])
    up = (r * sun[:, None] + t * cosine[:, None]) / here
    return np.maximum(here - _EARTH_KM, 0.0), np.clip(up, -1.0, 1.0), length


def _through(air: F64Array, length: F64Array, depths: F64Array) -> tuple[F64Array, F64Array]:
    """Share of the light that points on lines send back, (n, steps, 3 colours): from each to the eye with what its own
    length takes, and from the end of all."""
    taken = np.cumsum((air @ depths) * length[..., None], 1)
    before = np.concatenate([np.zeros_like(taken[:, :1]), taken[:, :-1]], 1)
    part = taken - before
    return np.exp(-before) * -np.expm1(-part) / np.maximum(part, 1e-12), np.exp(-taken[:, -1])


_SUN_SINES = np.sin(np.radians(90.0) * np.sign(x := np.linspace(-0.55, 1.0, _SUNS)) * x * x)


@lru_cache(maxsize=8)
def _further(turbidity: float) -> F64Array:
    """Radiance of light that was scattered twice or more, as if the same from all sides: (altitudes, suns, 3)."""
    depths = _depths(turbidity)
    height = 60.0 * (np.arange(_ALTITUDES) / (_ALTITUDES - 1)) ** 2
    lines, around = _SPHERE
    sine = np.cos(math.pi * (np.arange(lines) + 0.5) / lines)
    weight = np.abs(np.diff(np.cos(math.pi * np.arange(lines + 1) / lines))) * 0.5 / around
    turn = math.pi * (np.arange(around) + 0.5) / around
    h, s, e, a = np.meshgrid(height, _SUN_SINES, sine, turn, indexing="ij")
    cosine = e * s + np.sqrt((1.0 - e * e) * (1.0 - s * s)) * np.cos(a)
    n = h.size
    at, sun, length = _along(h.ravel(), e.ravel(), cosine.ravel(), s.ravel(), _FEW)
    air = _densities(at)
    seen, end = _through(air, length, depths)
    spread = (air[..., :2] @ (depths[:2] * np.array([[1.0], [_SCATTERED]]))) * length[..., None]
    light = _sunlight(at, sun, depths)
    once = (seen * spread * light).sum(1) / (4.0 * math.pi)
    again = (seen * spread).sum(1)
    hits = np.isfinite(_to_ground(h.ravel(), e.ravel()))[:, None]
    foot_sun = sun[:, -1]
    lit = _sunlight(np.zeros(n), foot_sun, depths) * np.maximum(foot_sun, 0.0)[:, None]
    once = once + np.where(hits, end * lit * _GROUND / math.pi, 0.0)
    mean = (weight[:, None] * np.ones((lines, around))).ravel()
    shape = (_ALTITUDES, _SUNS, lines * around, 3)
    second, share = (np.einsum("abcd,c->abd", x.reshape(shape), mean) for x in (once, again))
    return second / (1.0 - share)


def _further_at(height_km: F64Array, sine: F64Array, turbidity: float) -> F64Array:
    table = _further(turbidity)
    rows = np.sqrt(np.clip(height_km / 60.0, 0.0, 1.0)) * (_ALTITUDES - 1)
    columns = np.interp(sine, _SUN_SINES, np.arange(_SUNS))
    at = [ndimage.map_coordinates(table[..., k], (rows, columns), order=1, mode="nearest") for k in range(3)]
    return np.stack(at, -1)


@lru_cache(maxsize=8)
def _inscattered(elevation_rad: float, turbidity: float) -> F64Array:
    """Light that the air sends down by elevation and azimuth from the sun, (_UP, _ROUND, 9): of molecules and particles
    without their phase functions, and of further scattering, three colours each."""
    depths = _depths(turbidity)
    elevation = 0.5 * math.pi * (np.arange(_UP) / (_UP - 1)) ** 2
    turn = math.pi * np.arange(_ROUND) / (_ROUND - 1)
    e, a = (x.ravel() for x in np.meshgrid(elevation, turn, indexing="ij"))
    sun_sine, sun_cosine = math.sin(elevation_rad), math.cos(elevation_rad)
    cosine = np.sin(e) * sun_sine + np.cos(e) * sun_cosine * np.cos(a)
    ground = np.zeros_like(e)
    at, sun, length = _along(ground, np.sin(e), cosine, np.full_like(e, sun_sine), _STEPS)
    air = _densities(at)
    seen, _ = _through(air, length, depths)
    seen = seen * length[..., None]
    light = seen * _sunlight(at, sun, depths)
    molecules = (light * air[..., :1]).sum(1) * depths[0]
    particles = (light * air[..., 1:2]).sum(1) * depths[1] * _SCATTERED
    both = air[..., :2] @ (depths[:2] * np.array([[1.0], [_SCATTERED]]))
    more = (seen * both * _further_at(at, sun, turbidity)).sum(1)
    return np.concatenate([molecules, particles, more], -1).reshape(_UP, _ROUND, 9)
