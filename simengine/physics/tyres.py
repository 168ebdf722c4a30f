"""Tyres: forces from slip by the magic formula, its inverse, and the friction of wet and snowy roads.

The magic formula is that of H. B. Pacejka, "Tire and Vehicle Dynamics", 3rd ed. 2012, eq. 4.E1, without shifts:
force / load = mu sin(C atan(B s - E (B s - atan(B s)))), with B = K / (C mu): K is the slope at no slip per load. What
lowers the friction (water, snow) lowers the peak, not the slope.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array

__all__ = ["SNOW_SHARE", "WET_SHARE", "friction_share", "side_share", "slip_at"]

WET_SHARE = 0.7
"""Friction of a soaked road by that of a dry one (0.8 to 1.0 dry and 0.7 to 0.8 wet in C.-G. Wallman and H. Astrom,
"Friction measurement methods and the correlation between road friction and traffic safety", VTI 911A, 2001; 0.8 by 1.17
in M. Burckhardt, "Fahrwerktechnik: Radschlupf-Regelsysteme", 1993)."""
SNOW_SHARE = 0.3
"""The same of a road that packed snow lies on: 0.20 to 0.30 by 0.8 to 1.0 in Wallman and Astrom, 0.19 by 1.17 in
Burckhardt, 0.3 by 0.9 for winter tyres."""
_MOST = 0.999
_ROUNDS = 8


def friction_share(wetness: F64Array, snow_cover: F64Array | float = 0.0) -> F64Array:
    """Share of the dry friction that is left on a road of wetness 0 (dry) to 1 (standing water) and, of what it runs
    over, a share ``snow_cover`` of snow."""
    bare = 1.0 - (1.0 - WET_SHARE) * np.minimum(np.maximum(wetness, 0.0), 1.0)
    return bare + np.minimum(np.maximum(snow_cover, 0.0), 1.0) * (SNOW_SHARE - bare)


def side_share(slip: F64Array, stiffness: F64Array, mu: F64Array, shape: F64Array, curve: F64Array) -> F64Array:
    """Force by load at a slip (a slip angle in radians, or a longitudinal slip).

    Args:
        slip: any.
        stiffness: K, slope at no slip.
        mu: peak.
        shape, curve: C and E.
    """
    z = stiffness * slip / (shape * mu)
    return mu * np.sin(shape * np.arctan(z - curve * (z - np.arctan(z))))


def slip_at(share: F64Array, stiffness: F64Array, mu: F64Array, shape: F64Array, curve: F64Array) -> F64Array:
    """Slip below the peak at which a tyre gives a force by load; at most 99.9 % of the peak is asked for.

    Newton's method on z - E (z - atan z) = tan(asin(share / mu) / C), which has one root for E < 1; a fixed number of
    rounds, so that a result does not depend on what else is in the batch.
    """
    part = np.minimum(np.maximum(share / mu, -_MOST), _MOST)
    aim = np.tan(np.arcsin(part) / shape)
    z = aim
    for _ in range(_ROUNDS):
        z = z - (z - curve * (z - np.arctan(z)) - aim) / (1.0 - curve + curve / (1.0 + z * z))
    return z * shape * mu / stiffness
