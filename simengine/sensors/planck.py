"""Heat radiation in the long-wave infrared window of the air, 8 to 14 micrometres: Planck's law over that band.

The integral of Planck's radiance from 0 to a wavelength l has the series (Widger and Woodall 1976), x = h c / (l k T):

    L = 2 (k T)^4 / (h^3 c^2) sum over n of exp(-n x) (x^3 / n + 3 x^2 / n^2 + 6 x / n^3 + 6 / n^4)

Per pixel both ways go through one table, fine enough for 0.05 mK.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F32Array, F64Array

__all__ = ["BAND_M", "COLDEST_K", "HOTTEST_K", "band_radiance", "radiance_of", "slope_at", "temperature_of"]

BAND_M = (8e-6, 14e-6)
COLDEST_K, HOTTEST_K = 100.0, 1300.0
"""What the table holds; what is colder or hotter counts as its end."""
_H, _C, _K = 6.626_070_15e-34, 299_792_458.0, 1.380_649e-23  # exact in the SI
_STEP_K = 0.125
_TERMS = 60


def _below(wavelength_m: float, temperature_k: F64Array) -> F64Array:
    x = _H * _C / (wavelength_m * _K * temperature_k)
    total = np.zeros_like(x)
    for n in range(1, _TERMS + 1):
        total += np.exp(-n * x) * (x**3 / n + 3.0 * x * x / n**2 + 6.0 * x / n**3 + 6.0 / n**4)
    return 2.0 * (_K * temperature_k) ** 4 / (_H**3 * _C**2) * total


def band_radiance(temperature_k: F64Array) -> F64Array:
    """Radiance of black bodies in the band, W / (m2 sr), any shape; exact to the last digits above 100 K."""
    t = np.asarray(temperature_k, np.float64)
    return _below(BAND_M[1], t) - _below(BAND_M[0], t)


@lru_cache(maxsize=1)
def _table() -> tuple[F64Array, F64Array]:
    t = np.arange(COLDEST_K, HOTTEST_K + 0.5 * _STEP_K, _STEP_K)
    return t, band_radiance(t)


def radiance_of(temperature_k: F64Array | F32Array) -> F64Array:
    """Radiance of black bodies in the band, by the table."""
    return np.interp(temperature_k, *_table())


def temperature_of(radiance: F64Array | F32Array) -> F64Array:
    """Temperature of the black body with this radiance in the band: the apparent temperature."""
    t, table = _table()
    return np.interp(radiance, table, t)


def slope_at(temperature_k: float) -> float:
    """Change of the radiance in the band with temperature, W / (m2 sr K)."""
    low, high = (float(band_radiance(np.array(temperature_k + d))) for d in (-0.05, 0.05))
    slope = (high - low) / 0.1
    assert math.isfinite(slope)
    return slope
