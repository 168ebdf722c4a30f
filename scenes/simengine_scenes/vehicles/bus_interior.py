"""What stands behind the glass of a bus: the saloon and the driver's place."""

from __future__ import annotations

import numpy as np

from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, rounded_box, tube
from simengine_scenes.vehicles.saloon import Saloon, saloon_draft

__all__ = ["BUS_WHEEL_M", "bus_interior"]

BUS_WHEEL_M = (5.42, 0.65, 1.42)
"""Middle of the steering wheel."""
_ROOM = Saloon(
    (-5.65, 5.6), (0.40, 1.04, 2.72), 1.19, (2.75, 1.95, -0.9, -1.7, -2.5, -3.3, -4.1, -4.9),
    (3.4, 1.4, -0.6, -2.1, -3.7), ((3.85, 0.95), (-0.45, -5.65)), (2.0, 2.36),
)  # fmt: skip
"""Doors are on the right beside 4.5 and 0.25."""


def bus_interior() -> Draft:
    """All of it but the driver."""
    out = saloon_draft(_ROOM)
    out.add(rounded_box((5.5, 0.55, 1.05), (0.3, 1.1, 0.5), 5.0), palette.PLASTIC)
    out.add(box((4.55, 0.65, 1.3), (0.04, 1.05, 1.8)), palette.PLASTIC)
    out.add(rounded_box((4.95, 0.65, 0.98), (0.5, 0.5, 0.2), 4.0), palette.SEAT)
    out.add(rounded_box((4.68, 0.65, 1.4), (0.14, 0.5, 0.8), 4.0), palette.SEAT)
    turn = np.linspace(0.0, 2.0 * np.pi, 17)
    rim = np.stack([-0.16 * np.sin(turn), 0.22 * np.cos(turn), 0.14 * np.sin(turn)], -1)
    out.add(tube(np.array(BUS_WHEEL_M) + rim, 0.018, 6), palette.RUBBER)
    return out
