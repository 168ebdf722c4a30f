"""What rain, snow and fog in the air send back to a LiDAR, as small tables for the kernels.

Powers are in the units of the link budget: an extended Lambertian target of reflectance rho at range R returns
rho cos(theta) exp(-2 alpha R) / R^2.

Rain (after the hybrid Monte-Carlo idea of LISA, Kilic et al. 2021): drop sizes after Marshall and Palmer (1948),
N(D) = N0 exp(-Lambda D), N0 = 8000 / (m^3 mm), Lambda = 4.1 rate^-0.21 / mm; a drop returns
rho_w min((D / beam diameter)^2, 1) exp(-2 alpha r) / r^2 with Fresnel reflectance rho_w at normal incidence. Only drops
that would be detected on their own matter: their number in a beam is Poisson distributed, their ranges follow one
density, and beyond the smallest detectable one diameters stay exponential. All three are exact, nothing is approximated
but the cap on the number of drops (four).

Snow: the same with flakes (:mod:`simengine.sensors.snow`), of which at most twelve in a beam count.

Fog (the soft return of Rasshofer et al. 2011, as used by Hahner et al. 2021): backscatter coefficient 0.046 / MOR,
sin^2 pulse of 20 ns; the echo of the air is the largest of the returned pulse, its range is drawn where the returned
power comes from. Beam and receiver overlap from 0.9 m on and fully from 5 m on. (Hahner's ramp ends at 1 m, with a
free constant in front; with the constant that the link budget fixes, air at 1 m would outshine every target.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F32Array, F64Array
from simengine.sensors.snow import ALBEDO, SWIR_ALBEDO, flakes_per_m3_mm, slope_per_mm
from simengine.sensors.specs import LidarSpec
from simengine.world.weather import Environment

__all__ = ["SLOTS", "WATER", "Falling", "Scatter", "scatter_of"]

SLOTS = 512
"""Entries of the inverse tables."""
_NEAREST_M = 1.5  # drops nearer than this pass unseen (blind zone)
WATER = ((1.328 - 1.0) / (1.328 + 1.0)) ** 2
"""Reflectance of water at 905 nm (n = 1.328), at normal incidence."""
_PULSE_M = 3.0  # c tau / 2 of a 20 ns pulse
_OVERLAP_M = (0.9, 5.0)


@dataclass(frozen=True, eq=False)
class Falling:
    """Drops, or flakes, in the beam of one sensor.

    Attributes:
        mean: number of detectable ones in a beam.
        most: of them count.
        reflectance: of one as wide as the beam.
        slope_per_m: Lambda, per metre of diameter.
        range_m: (SLOTS,), inverse distribution of their range.
    """

    mean: float
    most: int
    reflectance: float
    slope_per_m: float
    range_m: F32Array


@dataclass(frozen=True, eq=False)
class Scatter:
    """Tables of one sensor in one weather.

    Attributes:
        rain, snow: what falls.
        fog_power: echo power of the fog in front of a far target.
        fog_range_m: (SLOTS,), inverse distribution of the range that the fog echo comes from.
        fog_share: (SLOTS,), share of ``fog_power`` that stands in front of a target at range slot * ``fog_step_m``.
        fog_step_m: see above.
    """

    rain: Falling
    snow: Falling
    fog_power: float
    fog_range_m: F32Array
    fog_share: F32Array
    fog_step_m: float


def scatter_of(environment: Environment, spec: LidarSpec) -> Scatter:
    """Tables for an environment and a sensor; all zero in clear air."""
    alpha = environment.extinction_per_m()
    weakest = spec.reference_reflectance / spec.reference_range_m**2
    rain = snow = Falling(0.0, 0, 1.0, 1.0, np.zeros(SLOTS, np.float32))
    if environment.rain_mmph > 0.0:  # Lambda per metre; N0 = 8000 / (m^3 mm) = 8e6 / m^4
        slope = 4100.0 * environment.rain_mmph**-0.21
        rain = _falling(slope, 8.0e6 / slope, WATER, 4, (alpha, weakest), spec)
    if environment.snow_mmph > 0.0:
        slope, number = 1e3 * slope_per_mm(environment.snow_mmph), 1e3 * flakes_per_m3_mm(environment.snow_mmph)
        white = SWIR_ALBEDO if spec.band == "swir" else ALBEDO
        snow = _falling(slope, number / slope, white, 12, (alpha, weakest), spec)
    power, fog_range, share, step = 0.0, np.zeros(SLOTS), np.zeros(SLOTS), 1.0
    if math.isfinite(environment.fog_visibility_m):
        power, fog_range, share, step = _fog(environment.fog_visibility_m, alpha)
    return Scatter(rain, snow, power, fog_range.astype(np.float32), share.astype(np.float32), step)


def _falling(
    slope: float, density: float, reflectance: float, most: int, faint: tuple[float, float], spec: LidarSpec
) -> Falling:
    """Of drops or flakes, ``density`` per cubic metre: those that shine as ``weakest`` or more; ``faint``: extinction
    and that power."""
    alpha, weakest = faint
    r = np.linspace(_NEAREST_M, min(spec.range_max_m, 60.0), 4096)
    beam = np.maximum(r * spec.divergence_rad, 1e-4)
    least = beam * np.sqrt(weakest / reflectance * np.exp(2.0 * alpha * r)) * r
    area = math.pi * (0.5 * beam) ** 2
    # a drop as wide as the beam returns all it can: beyond that none is bright enough
    seen = np.where(least <= beam, density * area * np.exp(-slope * least), 0.0)
    total = _accumulated(seen, r)
    return Falling(float(total[-1]), most, reflectance, slope, _inverse(total, r).astype(np.float32))


def _fog(visibility_m: float, alpha: float) -> tuple[float, F64Array, F64Array, float]:
    beta = 0.046 / visibility_m
    r = np.linspace(_OVERLAP_M[0], 40.0, 8192)
    ramp = np.clip((r - _OVERLAP_M[0]) / (_OVERLAP_M[1] - _OVERLAP_M[0]), 0.0, 1.0)
    returned = ramp * ramp * (3.0 - 2.0 * ramp) * np.exp(-2.0 * alpha * r) / r**2
    total = _accumulated(returned, r)
    step = 40.0 / SLOTS
    echo = _strongest(returned, r, (np.arange(SLOTS) + 1) * step)
    power = math.pi * beta * float(echo[-1])
    return power, _inverse(total, r), echo / max(float(echo[-1]), 1e-30), step


def _strongest(returned: F64Array, r: F64Array, ends_m: F64Array) -> F64Array:
    """Peak of the pulse-convolved return of the air in front of each end: integral of the sin^2 weight over range."""
    peaks = _OVERLAP_M[0] + np.linspace(0.5, 2.0 * _PULSE_M + 6.0, 40)
    lag = peaks[:, None] - r[None, :]
    window = np.where((lag > 0) & (lag < 2.0 * _PULSE_M), np.sin(0.5 * math.pi * lag / _PULSE_M) ** 2, 0.0)
    sums = np.cumsum(window * returned, 1) * (r[1] - r[0])
    last = np.searchsorted(r, ends_m, side="right") - 1
    return np.where(last[None, :] >= 0, sums[:, np.maximum(last, 0)], 0.0).max(0)


def _accumulated(density: F64Array, r: F64Array) -> F64Array:
    """Integral of a density from the first range on (trapezoids)."""
    return np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(r))])


def _inverse(total: F64Array, r: F64Array) -> F64Array:
    """Range at evenly spaced shares of an integral."""
    shares = (np.arange(SLOTS) + 0.5) / SLOTS
    return np.interp(shares * total[-1], total, r) if total[-1] > 0 else np.full(SLOTS, r[0])
