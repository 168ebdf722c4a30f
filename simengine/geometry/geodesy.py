"""WGS-84: latitude, longitude and height of points in a local tangent plane.

Constants and the forward formula: NIMA TR8350.2, "Department of Defense World Geodetic System 1984". The way back is
Bowring's (1976), repeated until it stands still: exact to about a nanometre near the ground.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array

__all__ = ["ecef_from_geodetic", "enu_rotation", "geodetic_from_ecef"]

_A = 6_378_137.0
"""Semi-major axis, metres."""
_F = 1.0 / 298.257223563
_B = _A * (1.0 - _F)
_E2 = _F * (2.0 - _F)
_SECOND_E2 = _E2 / (1.0 - _E2)


def ecef_from_geodetic(latitude_rad: npt.ArrayLike, longitude_rad: npt.ArrayLike, height_m: npt.ArrayLike) -> F64Array:
    """Earth-centred, earth-fixed positions (..., 3) in metres; heights are over the ellipsoid."""
    lat, lon, height = (np.asarray(v, np.float64) for v in (latitude_rad, longitude_rad, height_m))
    across = _A / np.sqrt(1.0 - _E2 * np.sin(lat) ** 2)  # radius of curvature in the prime vertical
    flat = (across + height) * np.cos(lat)
    return np.stack([flat * np.cos(lon), flat * np.sin(lon), (across * (1.0 - _E2) + height) * np.sin(lat)], -1)


def geodetic_from_ecef(position_m: npt.ArrayLike) -> tuple[F64Array, F64Array, F64Array]:
    """Latitude and longitude in radians and height in metres of positions (..., 3)."""
    x, y, z = np.moveaxis(np.asarray(position_m, np.float64), -1, 0)
    flat = np.hypot(x, y)
    reduced = np.arctan2(z * _A, flat * _B)
    lat = reduced
    for _ in range(4):
        top = z + _SECOND_E2 * _B * np.sin(reduced) ** 3
        lat = np.arctan2(top, flat - _E2 * _A * np.cos(reduced) ** 3)
        reduced = np.arctan2((1.0 - _F) * np.sin(lat), np.cos(lat))
    across = _A / np.sqrt(1.0 - _E2 * np.sin(lat) ** 2)
    height = flat * np.cos(lat) + z * np.sin(lat) - across * (1.0 - _E2 * np.sin(lat) ** 2)  # well behaved at the poles
    return lat, np.arctan2(y, x), height


def enu_rotation(latitude_rad: float, longitude_rad: float) -> F64Array:
    """Rotation (3, 3) that takes east, north, up at a place to the earth-centred axes."""
    s, c = np.sin(latitude_rad), np.cos(latitude_rad)
    sl, cl = np.sin(longitude_rad), np.cos(longitude_rad)
    return np.array([[-sl, -s * cl, c * cl], [cl, -s * sl, c * sl], [0.0, c, s]])
