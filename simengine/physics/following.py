"""Longitudinal controllers: intelligent driver model and lane keeping system, and what all controllers look at.

All see the world in the coordinates of the controlled vehicle's path. C = controlled vehicles, A = all actors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array

__all__ = [
    "IDM_BRAKING_MPS2", "IDM_GAP_M", "Surroundings", "alks_headway_s", "idm_equilibrium_gap_m", "idm_mps2", "intrudes",
    "needed_braking_mps2",
]  # fmt: skip

IDM_GAP_M = 2.0
"""Bumper distance at standstill (UN R157 5.2.3.3 asks for at least 2 m)."""
IDM_ACCELERATION_MPS2 = 1.5
IDM_BRAKING_MPS2 = 2.0
COMFORT_BRAKING_MPS2 = 3.5
"""Following alone never brakes harder; what needs more is an emergency."""
INTRUSION_M = 0.3
"""UN R157 5.2.5.2 takes a vehicle as cutting in when it is 0.3 m inside the lane marking."""
FORESIGHT_S = 1.0
PERSON_MARGIN_M = 0.2
"""Passing a person nearer than this counts as a collision course; a parked car is passed at any clearance."""


class Surroundings(NamedTuple):
    """Every actor as a controlled vehicle's path sees it, (B, C, A) unless said otherwise.

    Attributes:
        other: it exists and is not the vehicle itself.
        ahead_m: station of its centre minus that of the vehicle's.
        left_m: offset of its centre from the path.
        half_long_m, half_lat_m: half extents of its box along and across the path.
        along_mps, across_mps: how fast its station on the path and its offset change.
        own_left_m: (B, C, 1), the vehicle's own offset.
        own_half_long_m, own_half_lat_m: (B, C, 1).
        margin_m: (A,), clearance to keep.
    """

    other: BoolArray
    ahead_m: F64Array
    left_m: F64Array
    half_long_m: F64Array
    half_lat_m: F64Array
    along_mps: F64Array
    across_mps: F64Array
    own_left_m: F64Array
    own_half_long_m: F64Array
    own_half_lat_m: F64Array
    margin_m: F64Array

    def gap_m(self) -> F64Array:
        """Bumper to bumper distance along the path."""
        return self.ahead_m - self.half_long_m - self.own_half_long_m


def idm_mps2(
    v: F64Array, wanted_mps: F64Array, headway_s: F64Array, gap_m: F64Array, closing_mps: F64Array
) -> F64Array:
    """Acceleration of the intelligent driver model.

    M. Treiber, A. Hennecke, D. Helbing, "Congested traffic states in empirical observations and microscopic
    simulations", Phys. Rev. E 62 (2000), eqs. 2 and 3, exponent 4. The free-road part never brakes harder than the
    comfortable deceleration.

    Args:
        v: own speed.
        wanted_mps: speed on a free road.
        headway_s: time gap.
        gap_m: free distance to the vehicle ahead; inf for none.
        closing_mps: own speed minus that of the vehicle ahead.
    """
    ratio = v / np.maximum(wanted_mps, 0.1)
    square = ratio * ratio
    free = np.maximum(1.0 - square * square, -IDM_BRAKING_MPS2 / IDM_ACCELERATION_MPS2)
    root = 2.0 * np.sqrt(IDM_ACCELERATION_MPS2 * IDM_BRAKING_MPS2)
    wish = IDM_GAP_M + np.maximum(v * headway_s + v * closing_mps / root, 0.0)
    tight = wish / np.maximum(gap_m, 0.1)
    return IDM_ACCELERATION_MPS2 * (free - tight * tight)


def idm_equilibrium_gap_m(v: float, wanted_mps: float, headway_s: float) -> float:
    """Gap at which the model neither brakes nor accelerates behind an equally fast vehicle (closed form)."""
    return float((IDM_GAP_M + v * headway_s) / np.sqrt(1.0 - (v / wanted_mps) ** 4))


def alks_headway_s(v: F64Array) -> F64Array:
    """Time gap of a lane keeping system: 1.1 s at 10 km/h to 1.6 s at 60 km/h (table of UN R157 5.2.3.3), linear."""
    return np.minimum(1.0 + 0.036 * v, 1.6)


def intrudes(
    left_m: F64Array, half_lat_m: F64Array, across_mps: F64Array, lane_half_m: F64Array, foresight_s: F64Array | float
) -> BoolArray:
    """A box is inside the lane by ``INTRUSION_M`` now, or will be after ``foresight_s``.

    Args:
        left_m: offset of its centre from the middle of the lane.
        half_lat_m: half its extent across the lane.
        across_mps: how fast the offset changes.
        lane_half_m: half width of the lane.
        foresight_s: how far lateral movement is foreseen; 0: only what is.
    """
    drift = np.where(np.abs(across_mps) > 0.15, across_mps, 0.0) * foresight_s
    away = np.abs(left_m)
    soon = np.where(left_m > 0, left_m + drift, -(left_m + drift))
    inner = np.minimum(away, np.maximum(soon, 0.0)) - half_lat_m
    return inner < lane_half_m - INTRUSION_M


def needed_braking_mps2(gap_m: F64Array, closing_mps: F64Array, reaction_s: F64Array) -> F64Array:
    """Constant deceleration that just avoids touching, begun after the reaction: closing^2 / (2 rest of the gap).

    Half a metre is kept in hand. 0 where the gap opens.
    """
    closing = np.maximum(closing_mps, 0.0)
    rest = np.maximum(gap_m - closing * reaction_s - 0.5, 0.05)
    return closing * closing / (2.0 * rest)
