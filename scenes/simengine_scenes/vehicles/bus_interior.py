"""What stands behind the glass of a bus: floor, linings, seats, poles, the driver's place."""

from __future__ import annotations

import numpy as np

from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import box, mirrored, rounded_box, tube

__all__ = ["BUS_WHEEL_M", "bus_interior"]

BUS_WHEEL_M = (5.42, 0.65, 1.42)
"""Middle of the steering wheel."""
_FLOOR_M = 0.40
_ENDS_M = (-5.65, 5.6)
_ROWS_M = (2.75, 1.95, -0.9, -1.7, -2.5, -3.3, -4.1, -4.9)
"""x of the seats; doors are on the right beside 4.5 and 0.25."""


def bus_interior() -> Draft:
    """All of it but the driver."""
    out = Draft()
    rear, front = _ENDS_M
    middle, length = 0.5 * (rear + front), front - rear
    out.add(box((middle, 0.0, _FLOOR_M - 0.02), (length, 2.36, 0.04)), palette.RUBBER)
    out.add(box((middle, 0.0, 2.72), (length, 2.0, 0.03)), palette.HEADLINER)
    lining = box((middle, 1.19, 0.72), (length, 0.03, 0.62))
    out.add(lining, palette.HEADLINER)
    for ahead, behind in ((3.85, 0.95), (-0.45, rear)):  # on the right, between the doors
        out.add(box((0.5 * (ahead + behind), -1.19, 0.72), (ahead - behind, 0.03, 0.62)), palette.HEADLINER)
    for x in _ROWS_M:
        for y in (0.5, 0.95):
            for piece, material in _seat(x, y):
                out.add(piece, material).add(mirrored(piece), material)
    for x in (3.4, 1.4, -0.6, -2.1, -3.7):
        pole = tube([(x, 0.27, _FLOOR_M), (x, 0.27, 2.7)], 0.018, 6)
        out.add(pole, palette.GALVANISED).add(mirrored(pole), palette.GALVANISED)
    out.add(rounded_box((5.5, 0.55, 1.05), (0.3, 1.1, 0.5), 5.0), palette.PLASTIC)
    out.add(box((4.55, 0.65, 1.3), (0.04, 1.05, 1.8)), palette.PLASTIC)
    out.add(rounded_box((4.95, 0.65, 0.98), (0.5, 0.5, 0.2), 4.0), palette.SEAT)
    out.add(rounded_box((4.68, 0.65, 1.4), (0.14, 0.5, 0.8), 4.0), palette.SEAT)
    turn = np.linspace(0.0, 2.0 * np.pi, 17)
    rim = np.stack([-0.16 * np.sin(turn), 0.22 * np.cos(turn), 0.14 * np.sin(turn)], -1)
    out.add(tube(np.array(BUS_WHEEL_M) + rim, 0.018, 6), palette.RUBBER)
    return out


def _seat(x: float, y: float) -> tuple[tuple[Surface, Material], ...]:
    return (
        (box((x, y, _FLOOR_M + 0.45), (0.42, 0.42, 0.08)), palette.SEAT),
        (box((x - 0.22, y, _FLOOR_M + 0.82), (0.07, 0.42, 0.72)), palette.SEAT),
        (box((x - 0.05, y, _FLOOR_M + 0.2), (0.06, 0.06, 0.42)), palette.PLASTIC),
    )
