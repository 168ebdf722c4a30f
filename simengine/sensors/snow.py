"""How much snow of which size is in the air, and how it falls.

Gunn and Marshall (1958): of diameters D of the drops that they melt to, N(D) = 3800 S^-0.87 exp(-2.55 S^-0.48 D) per
m^3 and mm, with S in mm/h of water. Flakes are aggregates of a tenth of the density of water (Hahner et al. 2022 use
the same), hence 10^(1/3) times as wide as their drops. They fall at 1.6 D^0.31 m/s with D in cm (Langleben 1954,
dendrites): with these three the water that comes down is S again, within a quarter from 0.5 to 5 mm/h.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array

__all__ = ["ALBEDO", "SWELLING", "SWIR_ALBEDO", "fall_mps", "flakes_per_m3_mm", "slope_per_mm"]

SWELLING = 10.0 ** (1.0 / 3.0)
"""Diameter of a flake by that of its drop."""
ALBEDO = 0.9
"""What flakes send back of light up to 1 um (Hahner et al. 2022 take this at 905 nm)."""
SWIR_ALBEDO = 0.1
"""The same at 1550 nm, where ice absorbs (Wiscombe and Warren 1980)."""


def slope_per_mm(rate_mmph: float) -> float:
    """What the numbers of flakes fall off by, per mm of their own diameter."""
    return 2.55 * rate_mmph**-0.48 / SWELLING


def flakes_per_m3_mm(rate_mmph: float) -> float:
    """Flakes per m^3 and mm of their own diameter, at a diameter of 0."""
    return 3800.0 * rate_mmph**-0.87 / SWELLING


def fall_mps(size_mm: F64Array) -> F64Array:
    """Terminal speed of flakes of some diameters."""
    return 1.6 * (np.asarray(size_mm) / SWELLING / 10.0) ** 0.31
