"""What tells one line of buses or trams from another: bands, names and adverts on flanks, lamps, boxes on roofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import mirrored, quad, tapered
from simengine_scenes.shapes.variety import drawn_between, drawn_style
from simengine_scenes.vehicles.livery import add_name

__all__ = ["Flank", "LineLook", "add_roof_boxes", "drawn_line", "line_marks"]

_STYLES, _ROOFS = 8, 4
_NAMES = (
    "URBALINK", "CITRANA", "LINEA 7", "METRIVA", "STADTBAHN NORD", "VELOCITA", "REGIOLINE", "CONNEXA", "OMNIVIA",
    "TRANVIA", "RHEINTAL", "BAYLINER",
)  # fmt: skip
_ADVERTS = ("FRESH BREAD", "OPERA GALA", "SLEEP WELL", "NEW PHONES", "VISIT LUMARA", "TAXI 4711", "ZOO", "COLA", "BANK")
"""Made up: no firm is meant."""
_LIFT_M = 0.0015


@dataclass(frozen=True)
class LineLook:
    """What a line has.

    Attributes:
        style, roof, lamps: which.
        at: where along the flank and how high marks are, 0..1 each.
        second: colour of bands and blocks.
        name, advert: what is written; "": no advert.
    """

    style: int
    roof: int
    lamps: int
    at: tuple[float, float]
    second: Material
    name: str
    advert: str


@dataclass(frozen=True)
class Flank:
    """Where there is flat sheet on the flanks: heights, y of the left one, and (rear, front) of what is free of arches
    and doors on the left and on the right."""

    low_m: float
    high_m: float
    y_m: float
    left_m: tuple[tuple[float, float], ...]
    right_m: tuple[tuple[float, float], ...]


def drawn_line(variety: int, colour: str) -> LineLook:
    """The line of a variety whose bodies have a colour."""
    draw = stream(variety, "line")
    others = [c for c in palette.PAINTS if c != colour]
    return LineLook(
        drawn_style(variety, _STYLES, "line"), drawn_style(variety, _ROOFS, "line.roof"),
        drawn_style(variety, 4, "line.lamps"),
        (drawn_between(variety, 0.0, 1.0, "line.x"), drawn_between(variety, 0.0, 1.0, "line.z")),
        palette.panels(others[int(draw.integers(len(others)))]), _NAMES[int(draw.integers(len(_NAMES)))],
        _ADVERTS[int(draw.integers(len(_ADVERTS)))] if draw.random() < 0.5 else "",
    )  # fmt: skip


def line_marks(look: LineLook, flank: Flank, base: Material) -> Draft:
    """What is painted on both flanks."""
    d, low, tall = Draft(), flank.low_m, flank.high_m - flank.low_m
    along, up = look.at
    ends = min(a for a, _ in flank.left_m), max(b for _, b in flank.left_m)

    def band(foot: float, wide: float, x_m: tuple[float, float] = ends, lean_m: float = 0.0) -> None:
        z = low + tall * foot, low + tall * min(1.0, foot + wide)
        for side, spans in ((1.0, flank.left_m), (-1.0, flank.right_m)):
            for a, b in spans:
                rear, front = max(a, x_m[0]), min(b, x_m[1])
                if front - rear > 0.08:
                    _sheet(d, (rear, front), z, side * (flank.y_m + _LIFT_M), look.second, lean_m)

    rear, front = ends
    long = front - rear
    match look.style:
        case 0:
            band(0.55 + 0.2 * up, 0.12 + 0.1 * along)
        case 1:
            band(0.15 + 0.2 * up, 0.08)
            band(0.32 + 0.2 * up, 0.08)
        case 2:
            band(0.0, 1.0, (rear, rear + (0.15 + 0.3 * along) * long))
        case 3:
            band(0.0, 0.38 + 0.25 * up)
        case 4:
            for k in range(4):
                x = rear + (0.08 + 0.10 * k + 0.2 * along) * long
                band(0.0, 1.0, (x, x + 0.35), 0.25)
        case 5:
            band(0.0, 1.0, (front - (0.12 + 0.25 * along) * long, front))
        case 6:
            band(0.82, 0.18)
            band(0.0, 0.12 + 0.1 * up)
        case _:
            band(0.3 + 0.3 * up, 0.2, (rear, rear + (0.5 + 0.3 * along) * long))
    _words(d, look, flank, base)
    return d


def _sheet(d: Draft, x_m: tuple[float, float], z_m: tuple[float, float], y_m: float, material: Material,
           lean_m: float = 0.0) -> None:  # fmt: skip
    """A rectangle, or a slanted one, on one flank."""
    (rear, front), (low, high) = x_m, z_m
    corners = [(front, y_m, low), (rear, y_m, low), (rear + lean_m, y_m, high), (front + lean_m, y_m, high)]
    d.add(quad(*(corners if y_m > 0.0 else corners[::-1])), material)


def _words(d: Draft, look: LineLook, flank: Flank, base: Material) -> None:
    """The name on the longest free sheet, the advert on a board on the next one."""
    low, tall, y = flank.low_m, flank.high_m - flank.low_m, flank.y_m + 2.0 * _LIFT_M
    for side, spans in ((1.0, flank.left_m), (-1.0, flank.right_m)):
        rows = sorted(spans, key=lambda s: s[0] - s[1])
        a, b = rows[0]
        shown = look.second if look.style in (2, 3) else base
        ink = palette.box_side("black" if float(np.mean(shown.albedo)) > 0.2 else "white")
        foot = low + (0.15 if look.style in (0, 3, 7) else 0.42) * tall
        add_name(d, look.name, (0.5 * (a + b), y, foot), 0.36 * tall, 0.8 * (b - a), ink, (side,))
        if look.advert and len(rows) > 1 and rows[1][1] - rows[1][0] > 1.0:
            a, b = rows[1]
            room = min(2.2, 0.86 * (b - a))
            x, board = 0.5 * (a + b), palette.CARGO_WHITE if look.at[0] > 0.4 else palette.BUS_YELLOW
            _sheet(d, (x - 0.5 * room, x + 0.5 * room), (low + 0.1 * tall, low + 0.9 * tall), side * y, board)
            ink = palette.box_side(("red", "blue", "black")[round(2.0 * look.at[1])])
            add_name(d, look.advert, (x, y + _LIFT_M, low + 0.32 * tall), 0.36 * tall, 0.85 * room, ink, (side,))


def add_roof_boxes(d: Draft, look: LineLook, z_m: tuple[float, float], boxes: Sequence[Sequence[tuple[float, float]]],
                   half_m: float) -> None:  # fmt: skip
    """Batteries, tanks or air conditioning on a roof.

    Args:
        d: the body.
        look: which.
        z_m: the roof, and how high the boxes reach.
        boxes: of each of four looks: (middle, length) of its boxes.
        half_m: half their width.
    """
    foot, top = z_m
    for k, (x, long) in enumerate(boxes[look.roof]):
        wide = 2.0 * half_m * (1.0, 0.85, 0.92, 0.8)[(look.roof + k) % 4]
        d.add(tapered((x, 0.0, 0.5 * (foot + top)), (long, wide, top - foot), (0.93, 0.9)), palette.CARGO_WHITE)
        for n in range(2):
            slot = tapered((x + (0.2 - 0.4 * n) * long, 0.5 * wide - 0.02, 0.5 * (foot + top)), (0.22 * long, 0.02,
                           0.45 * (top - foot)), (1.0, 1.0))  # fmt: skip
            d.add(slot, palette.PLASTIC).add(mirrored(slot), palette.PLASTIC)
