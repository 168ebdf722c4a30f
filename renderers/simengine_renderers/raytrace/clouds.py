"""A layer of clouds in front of the clear sky: fractal noise on a flat layer overhead, shaded by the sun."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from simengine.arrays import Array, F64Array
from simengine.rng import stream
from simengine.world.weather import Environment

__all__ = ["Clouds", "directions", "finer", "smooth"]

_OCTAVES, _FINE_OCTAVES = 5, 8
"""What the light is made of, and what is seen: the others are finer than the light's cells and do not change it."""
_OVERCAST_SHARE = 0.42  # of the clear total that a closed layer of clouds lets through
_DARKER_MMPH = 25.0  # rain rate whose clouds let half as much through: some 2 klx at noon under a cloudburst
_DAY_TINT, _DUSK_TINT = (
    np.array([0.97, 1.0, 1.03]),
    np.array([0.74, 1.00, 1.55]),
)  # clouds: white light, and the blue hour


@dataclass(frozen=True, eq=False)
class Clouds:
    """A layer of clouds over cells of the sky, S x S of them.

    Attributes:
        cover: 0..1, share of the sky that it takes.
        ambient: (3,), light from the sky upon it.
        sunlight: (3,), light from the sun upon it.
        silver: (S, S), how much of the sunlight comes through at thin places, more towards the sun.
        closed: (S, S, 3), radiance of an even closed layer.
        shown: (S, S, 1), share of it that is not lost in the haze of the horizon.
    """

    cover: float
    ambient: F64Array
    sunlight: F64Array
    silver: Array
    closed: Array
    shown: Array

    @classmethod
    def of(
        cls, table: F64Array, view: F64Array, environment: Environment, cover: float, sunlight: F64Array, grey: float
    ) -> Clouds:
        """The clouds of an environment.

        Args:
            table: (S, S, 3), radiance of the clear sky.
            view: (S, S, 3), directions of its cells.
            environment: sun and rain.
            cover: 0..1.
            sunlight: (3,), illuminance of the sun above the layer.
            grey: horizontal illuminance above it.
        """
        cos_sun = np.clip((view * environment.sun_direction()).sum(-1), -1.0, 1.0)
        weights = np.array([0.2126, 0.7152, 0.0722])
        ambient = np.array([0.93, 0.98, 1.05]) * float(table.mean((0, 1)) @ weights)
        silver = 0.30 + 0.9 * np.exp(-(1.0 - cos_sun) / 0.10)
        shown = smooth((view[..., 2:3] + 0.02) / 0.10 + 0.25 * _heavy(cover))
        return cls(cover, ambient, sunlight, silver, _overcast(view, environment, grey), shown)

    def finer(self, size: int) -> Clouds:
        """The same layer in finer cells."""
        silver, closed, shown = (finer(a, size) for a in (self.silver, self.closed, self.shown))
        return Clouds(self.cover, self.ambient, self.sunlight, silver, closed, shown)

    def over(self, table: Array) -> Array:
        """The sky (S, S, 3) with the clouds in front of it, in the type of ``table``."""
        if self.cover <= 0.0:
            return table
        fine = table.dtype == np.float32
        noise = _seen_noise(len(table)) if fine else _noise(len(table))
        edge = 0.80 - 0.95 * self.cover
        cover = smooth((noise - edge) / (0.30 - 0.18 * (1.0 - self.cover)))
        thick = smooth((noise - edge) / 0.9)
        ambient, sunlight = self.ambient.astype(table.dtype), self.sunlight.astype(table.dtype)
        silver = self.silver + 0.25 * (1.0 - thick)
        fair = ambient * (1.1 - 0.4 * thick[..., None]) + sunlight * (silver * (1.0 - 0.55 * thick))[..., None]
        heavy = _heavy(self.cover)
        layer = fair
        if heavy > 0.0:
            layer = fair * (1.0 - heavy) + self.closed * (1.0 - 0.30 * (noise - 0.5))[..., None] * heavy
        total = float(smooth((self.cover - 0.8) / 0.2))
        alpha = (cover * (1.0 - total) + total)[..., None] * self.shown
        out: Array = table * (1.0 - alpha) + layer * alpha
        return out


def finer(values: Array, size: int) -> Array:
    """Smooth values (S, S) or (S, S, C) between the centres of cells, in ``size`` cells a side, float32."""
    out: Array = cv2.resize(values.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    return out if out.ndim == values.ndim else out[..., None]


def smooth(x: Array | float) -> Array:
    """0 below 0, 1 above 1, and a cubic without kinks between them."""
    t: Array = np.clip(x, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _heavy(cover: float) -> float:
    """0 for clouds in the sun, 1 for a closed layer."""
    return float(smooth((cover - 0.55) / 0.45))


def _overcast(view: F64Array, environment: Environment, grey: float) -> F64Array:
    """A closed layer of clouds, three times brighter overhead than low (CIE); at dusk blue, bright to the sunset."""
    up, degrees = np.maximum(view[..., 2], 0.0), math.degrees(environment.sun_elevation_rad)
    dusk, low = 1.0 - float(smooth((degrees + 4.0) / 12.0)), 1.0 - float(smooth(degrees / 15.0))
    tint = _DAY_TINT * (1.0 - dusk) + _DUSK_TINT * dusk
    share = _OVERCAST_SHARE / (1.0 + max(environment.rain_mmph, 0.0) / _DARKER_MMPH)
    level = share * grey * (1.0 + 2.0 * up) / 3.0
    azimuth = environment.sun_azimuth_rad
    towards = (view[..., 0] * math.cos(azimuth) + view[..., 1] * math.sin(azimuth)) / np.sqrt(1.0 - up * up + 1e-9)
    glow = low * smooth((towards + 0.3) / 1.3) ** 2 * np.exp(-up / 0.16)
    sunset = _DAY_TINT * (1.0 - dusk) + np.array([1.25, 0.95, 0.85]) * dusk
    return level[..., None] * tint + (1.6 * level * glow)[..., None] * sunset


def directions(size: int) -> F64Array:
    """Points (S, S, 3) of the upper half of the octahedron, at the centres of cells (see ``sky.TABLE_SIZE``)."""
    edge = -1.0 + 2.0 * (np.arange(size) + 0.5) / size
    x, y = (edge[None, :] + edge[:, None]) / 2.0, (edge[None, :] - edge[:, None]) / 2.0
    return np.stack([x, y, 1.0 - np.abs(x) - np.abs(y)], -1)


@lru_cache(maxsize=1)
def _noise(size: int) -> F64Array:
    """Fractal value noise on a flat layer overhead, about 0..1, the same for every scene."""
    total, weight = _octaves(*_layer(size), _OCTAVES), _weight()
    return smooth((total / weight - 0.22) / 0.56)


@lru_cache(maxsize=1)
def _seen_noise(size: int) -> Array:
    """The same noise with the octaves that only the eye sees, float32."""
    x, y = (a.astype(np.float32) for a in _layer(size))
    total = _octaves(x, y, _FINE_OCTAVES) - 0.5 * sum(0.5**k for k in range(_OCTAVES, _FINE_OCTAVES))
    return smooth((total / _weight() - 0.22) / 0.56)


def _weight() -> float:
    return sum(0.5**k for k in range(_OCTAVES))


def _layer(size: int) -> tuple[F64Array, F64Array]:
    """Where the directions of cells meet a flat layer one unit overhead; near the horizon it bends down."""
    at = directions(size)
    view = at / np.sqrt((at * at).sum(-1, keepdims=True))
    up = np.maximum(view[..., 2], 0.0) + 0.09
    return view[..., 0] / up, view[..., 1] / up


def _octaves(x: Array, y: Array, count: int) -> Array:
    out, size = np.zeros_like(x), 1.15
    for octave in range(count):
        out += 0.5**octave * _value_noise(x * size + 17.3 * octave, y * size - 9.1 * octave)
        size *= 2.03
    return out


@lru_cache(maxsize=1)
def _noise_grid() -> F64Array:
    return stream(0, "sky", "clouds").random((256, 256))


def _value_noise(x: Array, y: Array) -> Array:
    """Random values at whole numbers and smooth between them, in the type of ``x``."""
    grid = _noise_grid().astype(x.dtype).ravel()
    left, low = np.floor(x), np.floor(y)
    fx, fy = smooth(x - left), smooth(y - low)
    i, j = left.astype(np.int32) & 255, low.astype(np.int32) & 255
    right, row, high = (i + 1) & 255, j << 8, ((j + 1) & 255) << 8
    a, b, c, d = grid[row + i], grid[row + right], grid[high + i], grid[high + right]
    return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy
