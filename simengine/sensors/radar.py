"""An automotive FMCW radar: its specification and the radar equation.

Angles of arrays are direction cosines: u = y / r to the left and w = z / r upwards, in which a beam is equally wide
everywhere; a resolution that is given as an angle is that straight ahead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array
from simengine.errors import SensorError

__all__ = ["LIGHT_MPS", "MOST_CELLS", "MOST_FALSE", "RadarSpec", "cell_count", "most_false_alarm", "most_rays"]

LIGHT_MPS = 299_792_458.0
_BOLTZMANN_290K = 4.00388e-21
_MOST_RAYS = 400_000
_RAYS_A_BEAM = 10.0
_FINEST_RAD = math.radians(0.1)
_COARSEST_RAD = math.radians(0.25)
MOST_CELLS = 1e10
"""Of range, azimuth and speed together."""
MOST_FALSE = 20_000.0
"""Detections of a scan that noise alone makes, on average."""


@dataclass(frozen=True, eq=False)
class RadarSpec:
    """A radar that sends chirps and forms beams of what its array of receivers hears.

    Attributes:
        name, entity: as for cameras.
        entity_from_radar: (4, 4); the radar's frame is x forward (boresight), y left, z up.
        period_ns: time between scans.
        range_min_m, range_max_m: reported ranges.
        range_resolution_m: width of a range cell, c / (2 bandwidth).
        fov_rad, elevation_fov_rad: full widths of the element pattern, between its half-power directions; nothing
            outside is seen.
        azimuth_resolution_rad: half-power width of a beam of the array, straight ahead.
        elevation_resolution_rad: width of the beams whose comparison tells elevation: things are not told apart by it.
        speed_max_mps: radial speeds are unambiguous in [-speed_max, speed_max); others are folded into that.
        speed_resolution_mps: width of a Doppler cell, wavelength / (2 duration of a scan's chirps).
        frequency_hz: of the carrier.
        power_dbm: sent.
        noise_figure_db: of the receiver.
        losses_db: of windows, radome, chirp pauses and detection.
        false_alarm: probability that noise alone is a detection, in one cell of range, azimuth and speed.
        fluctuates: echoes of extended things fluctuate from scan to scan (Swerling's first case).
        sees_carrier, link: as for cameras.
    """

    name: str
    entity: int
    entity_from_radar: F64Array
    period_ns: int = 50_000_000
    range_min_m: float = 0.5
    range_max_m: float = 200.0
    range_resolution_m: float = 0.5
    fov_rad: float = math.radians(60.0)
    elevation_fov_rad: float = math.radians(16.0)
    azimuth_resolution_rad: float = math.radians(2.0)
    elevation_resolution_rad: float = math.radians(6.0)
    speed_max_mps: float = 70.0
    speed_resolution_mps: float = 0.1
    frequency_hz: float = 76.5e9
    power_dbm: float = 10.0
    noise_figure_db: float = 13.0
    losses_db: float = 15.0
    false_alarm: float = 1e-7
    fluctuates: bool = True
    sees_carrier: bool = False
    link: str = ""

    def __post_init__(self) -> None:
        named = (
            ("range_min", self.range_min_m, "range", self.range_max_m, "m", 1.0),
            ("resolution.range", self.range_resolution_m, "range", self.range_max_m, "m", 1.0),
            ("resolution.azimuth", self.azimuth_resolution_rad, "fov", self.fov_rad, "deg", 180.0 / math.pi),
            ("resolution.speed", self.speed_resolution_mps, "speed_max", self.speed_max_mps, "m/s", 1.0),
        )
        for small, value, large, limit, unit, scale in named:
            if not value < limit:
                raise SensorError(
                    f"radar '{self.name}': {small} must be below {large}; got {value * scale:g} {unit} and "
                    f"{limit * scale:g} {unit}"
                )
        if self.cells > MOST_CELLS:
            raise SensorError(
                f"radar '{self.name}' would have {self.cells:.2g} cells of range, azimuth and speed, at most "
                f"{MOST_CELLS:.0g}; coarsen a resolution, or lower range or speed_max"
            )
        if self.cells * self.false_alarm > MOST_FALSE:
            raise SensorError(
                f"radar '{self.name}' would report {self.cells * self.false_alarm:,.0f} false detections a scan "
                f"({self.cells:.2g} cells x false_alarm {self.false_alarm:g}), at most {MOST_FALSE:,.0f}; lower "
                f"false_alarm to {most_false_alarm(self.cells):g}, or coarsen a resolution"
            )

    @property
    def unseen(self) -> int:
        """Entity whose parts rays pass, or -1."""
        return -1 if self.sees_carrier else self.entity

    @property
    def wavelength_m(self) -> float:
        """Of the carrier."""
        return LIGHT_MPS / self.frequency_hz

    @property
    def dwell_s(self) -> float:
        """How long the chirps of a scan last: what its Doppler resolution takes."""
        return self.wavelength_m / (2.0 * self.speed_resolution_mps)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of resolution cells: ranges, beams, speeds."""
        return _shape(
            self.range_max_m, self.range_resolution_m, self.fov_rad, self.azimuth_resolution_rad, self.speed_max_mps,
            self.speed_resolution_mps,
        )  # fmt: skip

    @property
    def cells(self) -> int:
        """Number of resolution cells."""
        return math.prod(self.shape)

    @property
    def threshold(self) -> float:
        """Power over that of noise from which on a cell is a detection: noise power is exponential."""
        return -math.log(self.false_alarm)

    @property
    def gain(self) -> float:
        """Constant of the radar equation: SNR = gain * pattern * RCS / range^4.

        Pt Gt Gr wavelength^2 T / ((4 pi)^3 k T0 F L) (Skolnik, Introduction to Radar Systems, 2.2) with coherent
        integration over the time T of a scan; gains are those of beams as wide as the field of view (sending) and as
        one beam of the array (receiving), 4 pi over the solid angle.
        """
        sent = 4.0 * math.pi / (self.fov_rad * self.elevation_fov_rad)
        heard = 4.0 * math.pi / (self.azimuth_resolution_rad * self.elevation_fov_rad)
        watts = 10.0 ** (self.power_dbm / 10.0 - 3.0)
        lost = 10.0 ** ((self.noise_figure_db + self.losses_db) / 10.0)
        signal = watts * sent * heard * self.wavelength_m**2 * self.dwell_s
        return signal / ((4.0 * math.pi) ** 3 * _BOLTZMANN_290K * lost)

    def pattern(self, azimuth_rad: F64Array, elevation_rad: F64Array) -> F64Array:
        """Two-way pattern of the elements, 1 straight ahead: Gaussian, a half one way at the edges of the fields."""
        off = (2.0 * azimuth_rad / self.fov_rad) ** 2 + (2.0 * elevation_rad / self.elevation_fov_rad) ** 2
        return np.exp2(-2.0 * off)

    def ray_grid(self) -> tuple[F64Array, F64Array, float]:
        """Azimuths, elevations and spacing of the rays that stand for the beam, in rad."""
        spacing, across, up = _grid(self.fov_rad, self.elevation_fov_rad, self.azimuth_resolution_rad)
        return _middles(self.fov_rad, across), _middles(self.elevation_fov_rad, up), spacing


def _shape(
    range_m: float, step_m: float, fov_rad: float, beam_rad: float, speed_mps: float, step_mps: float
) -> tuple[int, int, int]:  # fmt: skip
    across = 2.0 * math.sin(0.5 * fov_rad) / beam_rad
    return math.ceil(range_m / step_m), math.ceil(across), math.ceil(2.0 * speed_mps / step_mps - 1e-9)


def cell_count(
    range_m: float, step_m: float, fov_rad: float, beam_rad: float, speed_mps: float, step_mps: float
) -> int:  # fmt: skip
    """Cells of a radar of so much range, field of view and unambiguous speed, each with its resolution."""
    return math.prod(_shape(range_m, step_m, fov_rad, beam_rad, speed_mps, step_mps))


def most_false_alarm(cells: int) -> float:
    """The highest probability of false alarms that so many cells allow, rounded down to one digit."""
    digit = 10.0 ** math.floor(math.log10(MOST_FALSE / cells))
    return max(1, math.floor(MOST_FALSE / cells / digit)) * digit


def _middles(width: float, count: int) -> F64Array:
    """Middles of so many equal parts of a width about 0."""
    return np.linspace(0.5 / count - 0.5, 0.5 - 0.5 / count, count) * width


def _grid(fov_rad: float, elevation_fov_rad: float, azimuth_resolution_rad: float) -> tuple[float, int, int]:
    spacing = min(max(azimuth_resolution_rad / _RAYS_A_BEAM, _FINEST_RAD), _COARSEST_RAD)
    spacing = max(spacing, math.sqrt(fov_rad * elevation_fov_rad / _MOST_RAYS))
    return spacing, max(1, math.ceil(fov_rad / spacing)), max(1, math.ceil(elevation_fov_rad / spacing))


def most_rays(fov_rad: float, elevation_fov_rad: float, azimuth_resolution_rad: float) -> int:
    """Number of rays of a scan of a radar with these fields of view and beams."""
    _, across, up = _grid(fov_rad, elevation_fov_rad, azimuth_resolution_rad)
    return across * up
