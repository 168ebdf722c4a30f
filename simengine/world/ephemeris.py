"""Where sun and moon stand over a place at a time: positions of the library PyEphem (VSOP87 and ELP, an arc second),
seen from the ground.

Directions are those of apparent places: parallax and refraction (1,010 hPa, 15 degrees Celsius) are in. Air bends light
of a disc that can be seen; below the horizon that is faded out over five degrees, since twilight goes by how deep the
sun truly stands. All functions are elementwise over arrays, angles in radians, and the same for the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import ephem
import numpy as np
import numpy.typing as npt

from simengine.arrays import Array, F64Array

__all__ = ["FUNCTIONS", "MOMENT", "PLACE"]

PLACE = ("place.latitude", "place.longitude")
"""Properties of a world that say where it is, north and east positive."""
MOMENT = ("date.year", "date.month", "date.day", "date.hour", "date.zone")
"""Properties that say when: of the calendar, then seconds since midnight and how far the clock is ahead of UTC."""
_HORIZON, _FADED = math.radians(-0.9), math.radians(-5.9)
"""Depressions, without refraction, from which it fades, and where none is left; it lifts the set sun by 0.6 degrees."""
_AIR = 283.0 / 288.0
"""Density of air at 15 degrees Celsius against that of the formula, which has 10."""
_DAY_S = 86_400.0


@lru_cache(maxsize=4096)
def _seen(
    latitude: float, longitude: float, year: float, month: float, day: float, hour_s: float, zone_s: float
) -> tuple[float, float, float, float, float]:
    """Elevation and azimuth (clockwise from north) of sun and moon in radians, and the moon's lit share.

    Days count on: the 31st of a short month is the first, second or third of the next one.
    """
    observer = ephem.Observer()
    observer.lat, observer.lon, observer.pressure = latitude, longitude, 0.0  # without air: it is added below
    observer.date = ephem.Date((int(year), int(month), int(day))) + (hour_s - zone_s) / _DAY_S
    sun, moon = ephem.Sun(observer), ephem.Moon(observer)
    up, moon_up = (_lifted(float(body.alt)) for body in (sun, moon))
    return up, float(sun.az), moon_up, float(moon.az), float(moon.phase) / 100.0


def _lifted(bare: float) -> float:
    """An elevation with what refraction adds (Saemundsson 1986), less of it the deeper below the horizon."""
    degrees = math.degrees(max(bare, _HORIZON))
    minutes = 1.02 / math.tan(math.radians(degrees + 10.3 / (degrees + 5.11))) * _AIR
    return bare + math.radians(minutes / 60.0) * min(max((bare - _FADED) / (_HORIZON - _FADED), 0.0), 1.0)


def _elementwise(function: Callable[..., float]) -> Callable[..., Array]:
    def apply(*values: npt.ArrayLike) -> F64Array:
        columns = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in values))
        rows = zip(*(c.ravel().tolist() for c in columns), strict=True)
        return np.array([function(*row) for row in rows], np.float64).reshape(columns[0].shape)

    return apply


def _azimuth(body: int) -> Callable[..., Array]:
    """To the left from a direction that lies at ``bearing`` clockwise from north, in -pi..pi."""

    def one(*values: float) -> float:
        return math.remainder(values[-1] - _seen(*values[:-1])[body], 2.0 * math.pi)

    return _elementwise(one)


def _part(index: int) -> Callable[..., Array]:
    return _elementwise(lambda *values: _seen(*values)[index])


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "sun_elevation": _part(0), "sun_azimuth": _azimuth(1),
    "moon_elevation": _part(2), "moon_azimuth": _azimuth(3), "moon_phase": _part(4),
}  # fmt: skip
"""By name: functions of the values of ``PLACE`` and ``MOMENT``, azimuths of the road's bearing, too."""
