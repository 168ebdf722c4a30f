"""All lenses but the pinhole: fisheyes, double sphere, equirectangular, and parallel projection, exact both ways.

A lens takes a direction to a place in the normalised image, of which pixels are ``fx x + cx`` and ``fy y + cy``.
Fisheyes, double sphere and orthographic lens are radial: with the angle off axis t = atan2(|X, Y|, Z), the place is
R(t) away from the principal point, in the direction of (X, Y).

- ``fisheye`` (Kannala and Brandt 2006, as OpenCV's ``cv2.fisheye``): R = t (1 + k1 t^2 + k2 t^4 + k3 t^6 + k4 t^8).
- ``ftheta``: R = t (1 + k1 t + k2 t^2 + k3 t^3 + k4 t^4 + k5 t^5 + k6 t^6).
- ``double_sphere`` (Usenko, Demmel, Cremers 2018): R = sin t / (alpha d + (1 - alpha) (xi + cos t)) with
  d^2 = sin^2 t + (xi + cos t)^2. The inverse is closed.
- ``orthographic``: R = sin t, up to 90 deg off axis: the double sphere of xi = 0 and alpha = 1.
- ``equirectangular``: x = atan2(X, Z), y = atan2(Y, |X, Z|).
- ``telecentric``: x = X, y = Y in metres, of what lies before the plane of the camera: all rays run along the optical
  axis (parallel projection, the orthographic one of drawings and maps). It alone has no centre: its rays start side by
  side.

A radial lens images up to its *end*: where R stops growing (the fold), straight back at 180 deg, or the rim of its
image circle. Beyond it a direction has no place, and a place has no direction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.errors import SensorError

__all__ = [
    "LENSES", "WHOLE_RAD", "CentralLens", "Panorama", "Polynomial", "Radial", "Sphere", "Telecentric", "WideLens",
    "complete", "refuse_view", "wide_lens",
]  # fmt: skip

LENSES: Mapping[str, tuple[str, ...]] = {
    "pinhole": ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4"),
    "fisheye": ("k1", "k2", "k3", "k4"),
    "ftheta": ("k1", "k2", "k3", "k4", "k5", "k6"),
    "double_sphere": ("xi", "alpha"),
    "orthographic": (),
    "equirectangular": (),
    "telecentric": (),
}
"""The coefficients of each lens, in the order of ``CameraSpec.distortion`` (OpenCV's)."""
WHOLE_RAD = math.tau
"""An image circle that ends nothing."""
_SLACK_RAD = 1e-7  # at a fold the angle of a place is known to half of the digits
_STARTS = 4097
_ITERATIONS = 80


def complete(lens: str, given: Mapping[str, float]) -> tuple[float, ...]:
    """All coefficients of a lens, those not given at their defaults: 0, but alpha 0.5. The prism's only if used."""
    values = tuple(float(given.get(name, 0.5 if name == "alpha" else 0.0)) for name in LENSES[lens])
    return values[:8] if lens == "pinhole" and not any(values[8:]) else values


def refuse_view(camera: str, lens: str, fov: bool, width: bool) -> None:
    """Raise a SensorError where a lens is told its view in the wrong way.

    Args:
        camera: its name.
        lens: a key of ``LENSES``.
        fov, width: a field of view other than the default is set (``fov``), or metres across (``lens.width``).
    """
    if lens == "telecentric" and (fov or not width):
        found = "it has fov, an angle" if fov else "it has none"
        raise SensorError(
            f"camera '{camera}': a telecentric lens shows so many metres from left to right, and {found}; write "
            "lens.width = 20 m in place of fov"
        )
    if lens != "telecentric" and width:
        raise SensorError(
            f"camera '{camera}': a lens '{lens}' sees an angle, not a width; write fov in place of lens.width, or "
            "lens = telecentric"
        )


@dataclass(frozen=True)
class Radial:
    """A lens whose image is a circle around the principal point.

    Attributes:
        coefficients: those of ``LENSES``.
        circle_rad: full angle of the image circle, at most 2 pi.
    """

    coefficients: tuple[float, ...]
    circle_rad: float

    def radius(self, angle_rad: F64Array) -> F64Array:
        """R of angles off axis, 0 to ``natural_end_rad``."""
        raise NotImplementedError

    def angle(self, radius: F64Array) -> F64Array:
        """The angle off axis of radii 0 to ``reach``."""
        raise NotImplementedError

    @cached_property
    def natural_end_rad(self) -> float:
        """Angle off axis at which R stops growing, or pi."""
        raise NotImplementedError

    @cached_property
    def axis_scale(self) -> float:
        """dR/dt on the axis."""
        return 1.0

    @cached_property
    def end_rad(self) -> float:
        """Largest angle off axis that has a place."""
        return min(self.natural_end_rad, 0.5 * self.circle_rad)

    @cached_property
    def reach(self) -> float:
        """Radius of the image circle; inf where the image has no end."""
        return float(self.radius(np.array([self.end_rad]))[0])

    def place(self, points: F64Array) -> tuple[F64Array, F64Array, BoolArray]:
        """Normalised image coordinates of points (..., 3) of the optical frame, and whether they have any.

        Points beyond the end count at the end. The point straight back lies to the right.
        """
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        off = np.sqrt(x * x + y * y)
        angle = np.arctan2(off, z)
        inside = (angle <= self.end_rad + _SLACK_RAD) & ((off > 0) | (z != 0)) & np.isfinite(off) & np.isfinite(z)
        radius = self.radius(np.clip(np.nan_to_num(angle), 0.0, self.end_rad))
        some = off > 0
        divisor = np.where(some, off, 1.0)
        return radius * np.where(some, x / divisor, 1.0), radius * np.where(some, y / divisor, 0.0), inside

    def ray(self, x: F64Array, y: F64Array) -> tuple[F64Array, BoolArray]:
        """Unit directions (..., 3) of normalised image coordinates, and whether the lens has any there.

        Places outside the image circle get the direction of its rim.
        """
        radius = np.sqrt(x * x + y * y)
        inside = radius <= self.reach
        angle = self.angle(np.minimum(radius, self.reach))
        across = np.sin(angle) / np.where(radius > 0, radius, 1.0)
        return np.stack([x * across, y * across, np.cos(angle)], -1), inside


@dataclass(frozen=True)
class Polynomial(Radial):
    """R = t (1 + c1 t + ... + c8 t^8); ``coefficients`` are c1 to c8."""

    @cached_property
    def natural_end_rad(self) -> float:
        """The smallest positive root of dR/dt, or pi."""
        slope = [(k + 2.0) * c for k, c in enumerate(self.coefficients)]
        # what cannot matter even straight back would only spoil the roots
        kept = [1.0, *(c if abs(c) * math.pi ** (k + 1) > 1e-12 else 0.0 for k, c in enumerate(slope))]
        while kept[-1] == 0.0:
            kept.pop()
        found: list[complex] = [complex(root) for root in np.polynomial.polynomial.polyroots(np.array(kept))]
        real = sorted(z.real for z in found if abs(z.imag) <= 1e-9 and 0 < z.real < math.pi)
        for root in real:
            after = root + 1e-6
            if sum(c * after**k for k, c in enumerate(kept)) < 0:
                return root
        return math.pi

    def radius(self, angle_rad: F64Array) -> F64Array:
        """R, by Horner's rule."""
        total = np.zeros_like(angle_rad)
        for c in reversed(self.coefficients):
            total = (total + c) * angle_rad
        return angle_rad * (1.0 + total)

    def angle(self, radius: F64Array) -> F64Array:
        """By Newton's method from a table of brackets, to the last bits."""
        starts = np.linspace(0.0, self.natural_end_rad, _STARTS)
        table = np.maximum.accumulate(self.radius(starts))
        slot = np.clip(np.searchsorted(table, radius) - 1, 0, _STARTS - 2)
        low, high = starts[slot], starts[slot + 1]
        angle = np.clip(np.interp(radius, table, starts), low, high)
        for _ in range(_ITERATIONS):
            error = self.radius(angle) - radius
            low, high = np.where(error < 0, angle, low), np.where(error > 0, angle, high)
            slope = self._slope(angle)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = angle - error / slope
            # a step that leaves what is known to hold the root halves that instead
            better = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
            better = np.where(error == 0, angle, better)  # what is done stays put, whatever its neighbours do
            if bool((np.abs(better - angle) <= 1e-15 * (1.0 + angle)).all()):
                return better
            angle = better
        return angle

    def _slope(self, angle_rad: F64Array) -> F64Array:
        total = np.zeros_like(angle_rad)
        for k in range(len(self.coefficients), 0, -1):
            total = (total + (k + 1.0) * self.coefficients[k - 1]) * angle_rad
        return 1.0 + total


@dataclass(frozen=True)
class Sphere(Radial):
    """The double sphere; ``coefficients`` are xi and alpha."""

    @cached_property
    def natural_end_rad(self) -> float:
        """Where R is largest (alpha above 0.5) or infinite: alpha d + (1 - alpha) (xi + cos t) = 0.

        There xi + cos t = -w d with w = alpha / (1 - alpha), or its inverse where R is largest, and
        d^2 = 1 - xi^2 + 2 xi (xi + cos t) has one root d >= 0. The cone that the paper calls valid (its w2) is another
        one where xi is not 0 and alpha below 0.5.
        """
        xi, alpha = self.coefficients
        w = alpha / (1.0 - alpha) if alpha <= 0.5 else (1.0 - alpha) / alpha
        d = math.sqrt(1.0 - xi * xi * (1.0 - w * w)) - w * xi
        return math.acos(max(-1.0, min(1.0, -w * d - xi)))

    @cached_property
    def axis_scale(self) -> float:
        """dR/dt on the axis."""
        return 1.0 / (1.0 + self.coefficients[0])

    @cached_property
    def reach(self) -> float:
        """Radius of the image circle."""
        alpha = self.coefficients[1]
        if self.end_rad < self.natural_end_rad:
            return float(self.radius(np.array([self.end_rad]))[0])
        return 1.0 / math.sqrt(2.0 * alpha - 1.0) if alpha > 0.5 else math.inf

    def radius(self, angle_rad: F64Array) -> F64Array:
        """R of the unit sphere."""
        xi, alpha = self.coefficients
        sine, cosine = np.sin(angle_rad), np.cos(angle_rad)
        ahead = xi + cosine
        with np.errstate(divide="ignore", invalid="ignore"):
            below = alpha * np.sqrt(sine * sine + ahead * ahead) + (1.0 - alpha) * ahead
            return np.where(below > 1e-9, sine / below, 1e9)  # where nothing is below, the place is infinitely far

    def angle(self, radius: F64Array) -> F64Array:
        """The closed inverse of the paper, as an angle."""
        xi, alpha = self.coefficients
        square = radius * radius
        root = np.sqrt(np.maximum(1.0 - (2.0 * alpha - 1.0) * square, 0.0))
        below = alpha * root + 1.0 - alpha
        with np.errstate(divide="ignore", invalid="ignore"):  # 0 over 0 at the rim of alpha = 1, where m is 0
            m = np.where(below > 0.0, (1.0 - alpha * alpha * square) / below, 0.0)
        k = (m * xi + np.sqrt(m * m + (1.0 - xi * xi) * square)) / (m * m + square)
        return np.arctan2(k * radius, k * m - xi)


@dataclass(frozen=True)
class Panorama:
    """Equirectangular: longitude to the right, latitude downwards. ``axis_scale`` as for radial lenses."""

    end_rad: float = math.pi
    axis_scale: float = 1.0

    def place(self, points: F64Array) -> tuple[F64Array, F64Array, BoolArray]:
        """As :meth:`Radial.place`; the poles lie straight ahead, what is straight back on the right."""
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        level = np.sqrt(x * x + z * z)
        inside = ((level > 0) | (y != 0)) & np.isfinite(level) & np.isfinite(y)
        return np.arctan2(x, z), np.arctan2(y, level), inside

    def ray(self, x: F64Array, y: F64Array) -> tuple[F64Array, BoolArray]:
        """As :meth:`Radial.ray`; there is nothing beyond the poles, nor a second way round."""
        inside = (np.abs(x) <= math.pi * (1.0 + 1e-15)) & (np.abs(y) <= 0.5 * math.pi)
        longitude, latitude = np.clip(x, -math.pi, math.pi), np.clip(y, -0.5 * math.pi, 0.5 * math.pi)
        level = np.cos(latitude)
        return np.stack([level * np.sin(longitude), np.sin(latitude), level * np.cos(longitude)], -1), inside


@dataclass(frozen=True)
class Telecentric:
    """Parallel projection: places are metres beside the axis. ``end_rad`` and ``axis_scale`` tell nothing here."""

    end_rad: float = math.pi
    axis_scale: float = 1.0

    def place(self, points: F64Array) -> tuple[F64Array, F64Array, BoolArray]:
        """As :meth:`Radial.place`, of points (directions have no place here): those before the plane z = 0."""
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        return x, y, (z > 0) & np.isfinite(x) & np.isfinite(y) & np.isfinite(z)

    def ray(self, x: F64Array, y: F64Array) -> tuple[F64Array, BoolArray]:
        """As :meth:`Radial.ray`: along the axis everywhere."""
        ahead = np.zeros((*np.broadcast_shapes(x.shape, y.shape), 3))
        ahead[..., 2] = 1.0
        return ahead, np.ones(ahead.shape[:-1], np.bool_)


CentralLens = Radial | Panorama
WideLens = CentralLens | Telecentric


@lru_cache(maxsize=64)
def wide_lens(lens: str, coefficients: tuple[float, ...], circle_rad: float) -> WideLens:
    """The model of a lens other than ``pinhole``."""
    if lens == "equirectangular":
        return Panorama()
    if lens == "telecentric":
        return Telecentric()
    if lens == "orthographic":
        return Sphere((0.0, 1.0), circle_rad)
    if lens == "double_sphere":
        return Sphere(coefficients, circle_rad)
    if lens == "ftheta":
        return Polynomial((*coefficients, 0.0, 0.0), circle_rad)
    k1, k2, k3, k4 = coefficients
    return Polynomial((0.0, k1, 0.0, k2, 0.0, k3, 0.0, k4), circle_rad)
