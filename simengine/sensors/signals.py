"""Sensors that give numbers at a rate of their own instead of readings in frames: inertial units and GNSS receivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from simengine.arrays import F64Array
from simengine.errors import SensorError

__all__ = ["FIELDS", "GnssSpec", "ImuSpec", "SignalSpec", "kind_of", "noise_of"]


@dataclass(frozen=True, eq=False)
class ImuSpec:
    """An inertial measurement unit. White noise is given by its density, the bias by its random walk.

    Attributes:
        name: sensor name in the program.
        carrier: entity.
        carrier_from_sensor: (4, 4); the frame is x forward, y left, z up.
        rate_hz: samples a second.
        noise_acceleration: white noise, m/s2/sqrt(Hz).
        noise_gyro: rad/s/sqrt(Hz).
        walk_acceleration: random walk of the bias, m/s3/sqrt(Hz).
        walk_gyro: rad/s2/sqrt(Hz).
    """

    name: str
    carrier: str
    carrier_from_sensor: F64Array
    rate_hz: float
    noise_acceleration: float = 0.0
    noise_gyro: float = 0.0
    walk_acceleration: float = 0.0
    walk_gyro: float = 0.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, eq=False)
class GnssSpec:
    """A satellite navigation receiver; the world lies in the tangent plane of its origin.

    Attributes:
        name, carrier, carrier_from_sensor, rate_hz: as of :class:`ImuSpec`; the antenna is at the origin of the frame.
        latitude_rad, longitude_rad, altitude_m: of the world's origin, WGS-84, over the ellipsoid.
        heading_rad: of the world's x axis, clockwise from north.
        noise_horizontal_m, noise_vertical_m: white noise of each fix, standard deviation an axis.
        noise_velocity_mps: the same of the velocity.
        drift_m, drift_time_s: standard deviation an axis and correlation time of a slow error (first-order
            Gauss-Markov), as of the atmosphere; twice as large upwards.
        dropout: probability that a sample has no fix.
    """

    name: str
    carrier: str
    carrier_from_sensor: F64Array
    rate_hz: float
    latitude_rad: float = 0.0
    longitude_rad: float = 0.0
    altitude_m: float = 0.0
    heading_rad: float = 0.0
    noise_horizontal_m: float = 0.0
    noise_vertical_m: float = 0.0
    noise_velocity_mps: float = 0.0
    drift_m: float = 0.0
    drift_time_s: float = 60.0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _check(self)
        if self.drift_time_s <= 0.0 or not 0.0 <= self.dropout <= 1.0 or abs(self.latitude_rad) > 1.5707963267948968:
            raise SensorError(
                f"gnss '{self.name}': drift_time must be positive, dropout 0..1, latitude within 90 deg; got "
                f"{self.drift_time_s:g} s, {self.dropout:g}, {self.latitude_rad:g} rad"
            )


SignalSpec = ImuSpec | GnssSpec

FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "imu": {
        "acceleration": ("acceleration_x_mps2", "acceleration_y_mps2", "acceleration_z_mps2"),
        "gyro": ("gyro_x_radps", "gyro_y_radps", "gyro_z_radps"),
    },
    "gnss": {
        "position": ("latitude_deg", "longitude_deg", "altitude_m"),
        "velocity": ("velocity_east_mps", "velocity_north_mps", "velocity_up_mps"),
    },
}
"""Columns of what each kind measures, by the words of ``record``; ``true_...`` of each are the same without errors."""


def kind_of(spec: SignalSpec) -> str:
    """ "imu" or "gnss"."""
    return "imu" if isinstance(spec, ImuSpec) else "gnss"


def noise_of(spec: SignalSpec) -> dict[str, float]:
    """All numbers of a specification, for ``signals.json``."""
    names = [f.name for f in fields(spec) if f.name not in ("name", "carrier", "carrier_from_sensor")]
    return {name: float(getattr(spec, name)) for name in names}


def _check(spec: SignalSpec) -> None:
    wrong = {n: v for n, v in noise_of(spec).items() if n.startswith(("noise", "walk", "drift", "rate")) and v < 0.0}
    if wrong:
        raise SensorError(f"{kind_of(spec)} '{spec.name}': {', '.join(wrong)} must not be negative")
