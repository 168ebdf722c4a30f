"""Wind and gusts over open ground, as drones meet them.

The model for low altitudes of MIL-F-8785C (1980), section 3.7.3: the mean grows with the logarithm of the height, gusts
are Dryden's. With the height h and the mean W20 at 20 ft, all in feet and feet a second,

    mean        W20 ln(h / z0) / ln(20 / z0), z0 = 0.15 ft (category C: open ground)
    scales      L_w = h, L_u = L_v = h / (0.177 + 0.000823 h)^1.2
    deviations  sigma_w = 0.1 W20, sigma_u = sigma_v = sigma_w / (0.177 + 0.000823 h)^0.4
    spectra     S_u(f) = 4 sigma^2 T / (1 + x^2), S_v(f) = 2 sigma^2 T (1 + 3 x^2) / (1 + x^2)^2, x = 2 pi f T

of frequencies f > 0 with T = L / V, as the turbulence stands still in the air and passes at the speed V of the air.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.rng import stream

__all__ = ["Gusts", "Wind", "deviations_mps", "mean_mps", "scales_m"]

_FOOT_M = 0.3048
_ROUGHNESS_FT = 0.15
_LOWEST_FT, _HIGHEST_FT = 10.0, 1000.0
_CALM_MPS = 1.0
"""Gusts pass no slower than this."""
_NORMALS, _TICKS = 5, 256
_ROOT3 = math.sqrt(3.0)


@dataclass(frozen=True, eq=False)
class Wind:
    """Wind of a batch.

    Attributes:
        speed_mps: mean at a height of 20 ft (6.1 m), (B,).
        heading_rad: where it blows to, counter-clockwise from +x, (B,).
        gusts: deviation of gusts over that of the standard, (B,).
        seed: of the run.
        variants: number of each variant, (B,).
    """

    speed_mps: F64Array
    heading_rad: F64Array
    gusts: F64Array
    seed: int
    variants: I64Array

    @property
    def blows(self) -> BoolArray:
        """Where there is any, (B,)."""
        return self.speed_mps > 0.0


def _feet(height_m: F64Array) -> F64Array:
    return np.clip(height_m / _FOOT_M, _LOWEST_FT, _HIGHEST_FT)


def mean_mps(speed_mps: F64Array, height_m: F64Array) -> F64Array:
    """Mean wind at a height above the ground, of that at 20 ft."""
    return speed_mps * (np.log(_feet(height_m) / _ROUGHNESS_FT) / math.log(20.0 / _ROUGHNESS_FT))


def scales_m(height_m: F64Array) -> tuple[F64Array, F64Array]:
    """Lengths of gusts at a height: level ones, upright ones."""
    h = _feet(height_m)
    return _FOOT_M * h / (0.177 + 0.000823 * h) ** 1.2, _FOOT_M * h


def deviations_mps(speed_mps: F64Array, height_m: F64Array) -> tuple[F64Array, F64Array]:
    """Standard deviations of gusts at a height, for a mean at 20 ft: level ones, upright ones."""
    up = 0.1 * speed_mps
    return up / (0.177 + 0.000823 * _feet(height_m)) ** 0.4, up


class Gusts:
    """The air at drones of a batch, (B, D), tick by tick.

    States are of unit strength and need no memory of how they came about: height and speed may change between ticks.
    ``_u`` is the state of a first-order lag, ``_p`` and ``_q`` are those of two equal ones in a row, of which
    sqrt(3) p + (1 - sqrt(3)) q has the spectrum S_v. Steps are exact for white noise over a tick.

    Args:
        wind: of the batch.
        names: of the drones; each has random numbers of its own.
        dt_s: length of a tick.
    """

    def __init__(self, wind: Wind, names: Sequence[str], dt_s: float) -> None:
        self._wind, self._dt_s = wind, dt_s
        shape = (wind.speed_mps.size, len(names))
        self._speed = wind.speed_mps[:, None] + np.zeros(shape)
        self._cos, self._sin = np.cos(wind.heading_rad)[:, None], np.sin(wind.heading_rad)[:, None]
        self._streams = [
            (b, d, stream(wind.seed, "gusts", name, int(wind.variants[b])))
            for b in np.flatnonzero(wind.blows & (wind.gusts > 0.0)).tolist() for d, name in enumerate(names)
        ]  # fmt: skip
        self._ahead, self._at = np.zeros((_TICKS, _NORMALS, *shape)), _TICKS
        n = self._normals()
        self._u = n[0]
        self._p = math.sqrt(0.5) * n[1:4:2]
        self._q = 0.5 * self._p + math.sqrt(0.125) * n[2:5:2]

    def _normals(self) -> F64Array:
        """The random numbers of a tick, (5, B, D); 0 where no gusts are."""
        if self._at == _TICKS:
            for b, d, numbers in self._streams:
                self._ahead[:, :, b, d] = numbers.standard_normal((_TICKS, _NORMALS))
            self._at = 0
        self._at += 1
        return self._ahead[self._at - 1].copy()

    def mean(self, height_m: F64Array) -> tuple[F64Array, F64Array]:
        """Mean wind in the world, x and y, (B, D)."""
        mean = mean_mps(self._speed, height_m)
        return mean * self._cos, mean * self._sin

    def step(self, height_m: F64Array, vx: F64Array, vy: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Wind of the next tick at drones that move, in the world: x, y and z, (B, D) each."""
        mx, my = self.mean(height_m)
        air = np.maximum(np.sqrt((vx - mx) ** 2 + (vy - my) ** 2), _CALM_MPS)
        (level, upright), n = scales_m(height_m), self._normals()
        tau = air * self._dt_s / level
        keep = np.exp(-tau)
        self._u = keep * self._u + np.sqrt(1.0 - keep * keep) * n[0]
        t = np.stack([tau, air * self._dt_s / upright])
        e = np.exp(-t)
        # covariance of what a tick adds, from that of the states, (1/2, 1/4; 1/4, 1/4), which has to stay
        first = 0.5 * (1.0 - e * e)
        both = 0.25 - e * e * (0.5 * t + 0.25)
        second = 0.25 - e * e * (0.5 * t * t + 0.5 * t + 0.25)
        share = both / np.sqrt(first)
        own = np.sqrt(np.maximum(second - share * share, 0.0))
        self._q = e * self._q + t * e * self._p + share * n[1:4:2] + own * n[2:5:2]
        self._p = e * self._p + np.sqrt(first) * n[1:4:2]
        side, lift = _ROOT3 * self._p + (1.0 - _ROOT3) * self._q
        s_level, s_up = deviations_mps(self._speed * self._wind.gusts[:, None], height_m)
        u, v = s_level * self._u, s_level * side
        return mx + u * self._cos - v * self._sin, my + u * self._sin + v * self._cos, s_up * lift
