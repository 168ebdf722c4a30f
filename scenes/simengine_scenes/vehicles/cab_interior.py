"""What stands behind the glass of cabs over the engine: floor, linings, dashboard, seats in one row or two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, mirrored, rounded_box, tube
from simengine_scenes.vehicles.driver import driver_draft

__all__ = ["Cab", "furnish"]

Doorway = tuple[float, float]
_SEAT_BELOW_M = 0.78
"""Hips of who drives below the eyes."""


@dataclass(frozen=True)
class Cab:
    """The room in a cab.

    Attributes:
        ends_m: x of the foot of the windscreen and of the wall behind.
        half_m: half the width inside.
        heights_m: of the floor, of the lower edge of the windows, and of the ceiling.
        eye_m: of who drives.
        second_m: x of the eyes in a second row of seats; None: there is one row.
    """

    ends_m: tuple[float, float]
    half_m: float
    heights_m: tuple[float, float, float]
    eye_m: tuple[float, float, float]
    second_m: float | None = None

    @property
    def wheel_m(self) -> tuple[float, float, float]:
        """Middle of the steering wheel."""
        x, y, z = self.eye_m
        return x + 0.40, y, z - 0.50


def furnish(a: Assembly, key: str, cab: Cab, semantic: int, driver: int, doorway_m: Doorway | None = None) -> None:
    """Add the parts "inside" and, where somebody drives (0 and more, as ``driver_draft`` counts looks), "driver".

    ``doorway_m``: x of the front and the rear edge of doors that open, which have linings of their own.
    """
    hinged = "" if doorway_m is None else ".hinged"
    a.add("inside", f"{key}.inside{hinged}", _room(cab, doorway_m), semantic)
    if driver >= 0:
        seat = cab.eye_m[2] - _SEAT_BELOW_M
        a.add("driver", f"{key}.driver{driver}", driver_draft(cab.eye_m, seat, cab.wheel_m, driver), semantic)


def _room(cab: Cab, doorway_m: Doorway | None) -> Draft:
    out, (front, back), (floor, sill, ceiling) = Draft(), cab.ends_m, cab.heights_m
    middle, length, wide = 0.5 * (front + back), front - back, 2.0 * cab.half_m
    out.add(box((middle - 0.16, 0.0, floor), (length - 0.32, wide, 0.04)), palette.UNDERBODY)  # short of round corners
    out.add(box((middle - 0.15, 0.0, ceiling), (length - 0.5, wide - 0.12, 0.03)), palette.HEADLINER)
    out.add(box((back + 0.03, 0.0, 0.5 * (floor + ceiling)), (0.04, wide, ceiling - floor)), palette.HEADLINER)
    ends = front - 0.32, back
    for ahead, behind in [ends] if doorway_m is None else [(ends[0], doorway_m[0]), (doorway_m[1], ends[1])]:
        if ahead - behind > 0.02:
            at = 0.5 * (ahead + behind), cab.half_m - 0.02, 0.5 * (floor + sill)
            lining = box(at, (ahead - behind, 0.04, sill - floor - 0.04))
            out.add(lining, palette.PLASTIC).add(mirrored(lining), palette.PLASTIC)
    top = min(sill, cab.wheel_m[2] - 0.05)
    out.add(rounded_box((front - 0.24, 0.0, top - 0.22), (0.44, wide - 0.10, 0.44), 6.0, 16, 0.4), palette.PLASTIC)
    hub = np.array(cab.wheel_m)
    turn = np.linspace(0.0, 2.0 * np.pi, 21)
    rim = np.stack([-0.12 * np.sin(turn), 0.21 * np.cos(turn), 0.17 * np.sin(turn)], -1)
    out.add(tube(hub + rim, 0.017, 6), palette.RUBBER)
    out.add(tube(hub + np.array([[0.0, 0.19, 0.0], [0.0, -0.19, 0.0]]), 0.02, 6), palette.RUBBER)
    out.add(tube(hub + np.array([[0.0, 0.0, 0.0], [0.20, 0.0, -0.30]]), 0.04, 8), palette.PLASTIC)
    x, y, z = cab.eye_m
    rows = [(x, (y, -y))] if cab.second_m is None else [(x, (y, -y)), (cab.second_m, (y, 0.0, -y))]
    for at, places in rows:
        for beside in places:
            _add_seat(out, (at - 0.12, beside, z - _SEAT_BELOW_M), floor)
    return out


def _add_seat(out: Draft, hip_m: tuple[float, float, float], floor_m: float) -> None:
    """A seat on a pedestal: cushion, back, head rest."""
    x, y, z = hip_m
    out.add(rounded_box((x + 0.06, y, z - 0.10), (0.52, 0.50, 0.16), 4.0), palette.SEAT)
    out.add(rounded_box((x - 0.22, y, z + 0.30), (0.14, 0.50, 0.70), 4.0, 16, 0.8), palette.SEAT)
    out.add(rounded_box((x - 0.24, y, z + 0.74), (0.09, 0.27, 0.17), 4.0, 14, 0.8), palette.SEAT)
    tall = z - 0.18 - floor_m
    if tall > 0.0:
        out.add(box((x, y, floor_m + 0.5 * tall), (0.36, 0.40, tall)), palette.PLASTIC)
