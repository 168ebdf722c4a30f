"""What stands behind the glass of a car: floor, dashboard, wheel, seats, linings."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, mirrored, rounded_box, tube
from simengine_scenes.vehicles.shape import BodyShape
from simengine_scenes.vehicles.shell import belt_m

__all__ = ["car_interior", "deck_names", "wheel_m", "without_deck"]

_DECK = ".deck"


def without_deck(body: Draft, shape: BodyShape) -> Draft:
    """The body with the shell's deck below the cabin marked, which would hide the inside (``deck_names``)."""
    cabin = shape.cabin
    ahead, behind = cabin.base_x_m[0] - 0.34, cabin.base_x_m[1] + 0.22

    def pick(middle: F64Array) -> BoolArray:
        x, y, z = middle.T
        level = (z > belt_m(shape, x) - 0.012) & (z < belt_m(shape, x) + 0.06)
        return level & (np.abs(y) < cabin.base_half_m - 0.06) & (x > behind) & (x < ahead)

    return body.marked(pick, _DECK)


def deck_names(marked: Draft) -> list[str]:
    """Names of the materials that ``without_deck`` has marked."""
    return [m.name for m in marked.table() if m.name.endswith(_DECK)]


def car_interior(shape: BodyShape, hinged: bool) -> Draft:
    """All of it but the driver; ``hinged``: front doors bring linings of their own."""
    front, door, last = shape.seams_m
    cabin, sill, half = shape.cabin, shape.sill_m, shape.half_m
    closed = cabin.pillars[-1][0] < 0.5  # no windows behind the front seats: a bulkhead, and goods behind it
    rear = door - 0.46 if closed else cabin.base_x_m[1] + 0.12
    roof = cabin.roof_m - cabin.crown_m - 0.07
    out = Draft()
    _add_floor(out, shape, front, rear)
    _add_dashboard(out, shape, front)
    for side in (1.0, -1.0):
        _add_seat(out, (door + 0.30, side * 0.40 * half, sill + 0.30), 0.48, 1.0)
    if closed:
        out.add(box((rear, 0.0, 0.5 * (sill + roof)), (0.05, 1.9 * cabin.roof_half_m, roof - sill - 0.1)),
                palette.UNDERBODY)  # fmt: skip
    else:
        bench = max(last + 0.28, rear + 0.42)
        for side in (1.0, 0.0, -1.0):
            _add_seat(out, (bench, side * 0.5 * half, sill + 0.30), 0.44, 0.78)
        shelf = float(belt_m(shape, np.array([rear]))[0]) - 0.06
        if bench - 0.42 > rear:
            out.add(box((0.5 * (bench - 0.42 + rear), 0.0, shelf), (bench - 0.42 - rear, 1.7 * half, 0.03)),
                    palette.PLASTIC)  # fmt: skip
    above = cabin.roof_x_m[0]
    end = max(rear, cabin.roof_x_m[1])
    out.add(box((0.5 * (above + end), 0.0, roof + 0.025), (above - end, 1.8 * cabin.roof_half_m, 0.02)),
            palette.HEADLINER)  # fmt: skip
    start = door if hinged else front - 0.05
    middle = 0.5 * (start + rear)
    high = float(belt_m(shape, np.array([middle]))[0]) - 0.03
    lining = box((middle, half - 0.12, 0.5 * (sill + 0.1 + high)), (start - rear, 0.05, high - sill - 0.1))
    out.add(lining, palette.PLASTIC).add(mirrored(lining), palette.PLASTIC)
    return out


def _add_floor(out: Draft, shape: BodyShape, front: float, rear: float) -> None:
    """Floor, tunnel and firewall."""
    sill, half = shape.sill_m, shape.half_m
    belt = float(belt_m(shape, np.array([front]))[0])
    middle, length = 0.5 * (front + 0.15 + rear), front + 0.15 - rear
    out.add(box((middle, 0.0, sill + 0.09), (length, 2.0 * half - 0.2, 0.06)), palette.UNDERBODY)
    out.add(box((middle, 0.0, sill + 0.22), (length, 0.24, 0.26)), palette.PLASTIC)
    out.add(box((front - 0.02, 0.0, 0.5 * (sill + belt)), (0.10, 2.0 * half - 0.30, belt - sill - 0.06)),
            palette.UNDERBODY)  # fmt: skip


def _add_dashboard(out: Draft, shape: BodyShape, front: float) -> None:
    """The dashboard up to the windscreen, the wheel on its column and a mirror."""
    half, cabin = shape.half_m, shape.cabin
    belt = float(belt_m(shape, np.array([front - 0.2]))[0])
    ahead = cabin.base_x_m[0] - 0.18
    out.add(box((0.5 * (ahead + front - 0.1), 0.0, belt - 0.045), (ahead - front + 0.14, 1.5 * half, 0.03)),
            palette.PLASTIC)  # fmt: skip
    out.add(rounded_box((front - 0.26, 0.0, belt - 0.10), (0.42, 2.0 * half - 0.34, 0.22), 5.0), palette.PLASTIC)
    hub = np.array(wheel_m(shape))
    turn = np.linspace(0.0, 2.0 * np.pi, 17)
    rim = np.stack([-0.07 * np.sin(turn), 0.18 * np.cos(turn), 0.17 * np.sin(turn)], -1)
    out.add(tube(hub + rim, 0.016, 6), palette.RUBBER)
    out.add(tube(hub + np.array([[0.0, 0.17, 0.0], [0.0, -0.17, 0.0]]), 0.018, 6), palette.RUBBER)
    out.add(tube(hub + np.array([[0.0, 0.0, 0.0], [0.16, 0.0, -0.06]]), 0.03, 6), palette.PLASTIC)
    out.add(box((cabin.roof_x_m[0] + 0.06, 0.0, cabin.roof_m - cabin.crown_m - 0.13), (0.02, 0.24, 0.07)),
            palette.PLASTIC)  # fmt: skip


def wheel_m(shape: BodyShape) -> tuple[float, float, float]:
    """Middle of the steering wheel, (x, y, z)."""
    front = shape.seams_m[0]
    belt = float(belt_m(shape, np.array([front - 0.5]))[0])
    return front - 0.52, 0.40 * shape.half_m, belt - 0.02


def _add_seat(out: Draft, at_m: tuple[float, float, float], wide: float, tall: float) -> None:
    """A cushion about a point, a back with rounded sides (``tall`` of the usual height), and a head rest."""
    x, y, z = at_m
    cloth = palette.SEAT
    out.add(rounded_box((x, y, z), (0.50, wide, 0.16), 4.0), cloth)
    for across in (-0.28 * wide, 0.0, 0.28 * wide):
        high = tall * (0.56 if across == 0.0 else 0.52)
        out.add(tube([(x - 0.24, y + across, z + 0.02), (x - 0.36, y + across, z + high)], 0.095, 8), cloth)
    out.add(ellipsoid((x - 0.37, y, z + 0.71 * tall), (0.055, 0.125, 0.085), 6, 10), cloth)
