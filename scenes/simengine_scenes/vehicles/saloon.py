"""What stands behind the glass of buses and trams: floor, linings, seats in rows, poles."""

from __future__ import annotations

from dataclasses import dataclass

from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import box, mirrored, tube

__all__ = ["Saloon", "saloon_draft"]


@dataclass(frozen=True)
class Saloon:
    """The room of passengers.

    Attributes:
        ends_m: x of its rear and front end.
        heights_m: of the floor, of the upper edge of the linings, and of the ceiling.
        half_m: half the width between the linings.
        rows_m: x of seats, four abreast.
        poles_m: x of pairs of poles.
        walls_m: (front, rear) x of the linings on the right, between the doors.
        wide_m: width of ceiling and floor.
    """

    ends_m: tuple[float, float]
    heights_m: tuple[float, float, float]
    half_m: float
    rows_m: tuple[float, ...]
    poles_m: tuple[float, ...]
    walls_m: tuple[tuple[float, float], ...]
    wide_m: tuple[float, float]


def saloon_draft(room: Saloon) -> Draft:
    """All of it."""
    out, (rear, front), (floor, sill, ceiling) = Draft(), room.ends_m, room.heights_m
    middle, length = 0.5 * (rear + front), front - rear
    out.add(box((middle, 0.0, floor - 0.02), (length, room.wide_m[1], 0.04)), palette.RUBBER)
    out.add(box((middle, 0.0, ceiling), (length, room.wide_m[0], 0.03)), palette.HEADLINER)
    high, low = 0.5 * (floor + sill), sill - floor - 0.01
    out.add(box((middle, room.half_m, high), (length, 0.03, low)), palette.HEADLINER)
    for ahead, behind in room.walls_m:
        out.add(box((0.5 * (ahead + behind), -room.half_m, high), (ahead - behind, 0.03, low)), palette.HEADLINER)
    for x in room.rows_m:
        for y in (0.5, 0.95):
            for piece, material in _seat(x, y * room.half_m / 1.19, floor):
                out.add(piece, material).add(mirrored(piece), material)
    for x in room.poles_m:
        pole = tube([(x, 0.27, floor), (x, 0.27, ceiling - 0.02)], 0.018, 6)
        out.add(pole, palette.GALVANISED).add(mirrored(pole), palette.GALVANISED)
    return out


def _seat(x: float, y: float, floor_m: float) -> tuple[tuple[Surface, Material], ...]:
    return (
        (box((x, y, floor_m + 0.45), (0.42, 0.42, 0.08)), palette.SEAT),
        (box((x - 0.22, y, floor_m + 0.82), (0.07, 0.42, 0.72)), palette.SEAT),
        (box((x - 0.05, y, floor_m + 0.2), (0.06, 0.06, 0.42)), palette.PLASTIC),
    )
