"""Liveries of large vehicles: stripes, wedges and names on flat flanks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import written
from simengine_scenes.shapes.solids import mirrored
from simengine_scenes.shapes.variety import drawn_between, drawn_style

__all__ = ["Livery", "add_facet", "add_flank", "add_name", "drawn_box_colour", "drawn_livery"]

_STYLES = 12
_NAMES = (
    "NORDFRACHT", "MERIDIO", "KARGON", "TRANSVELO", "LOGANTA", "FRISKA", "BELMORA FOODS", "AQUARIN", "HALVEX",
    "OSTERLIN + SOHN", "VIA RAPIDA", "BRUNDAL", "CEDRO", "PANATEK", "MILVA DAIRY", "GREENHOLT", "TERRALIS", "VULKANO",
    "SOLVENTA", "KESTREL HAUL", "RIVERTON 24", "ALDERMOOR", "ZEPHYRA", "QUORLAND",
)  # fmt: skip
"""Made up: no firm is meant."""
_LIFT_M = 0.002


@dataclass(frozen=True)
class Livery:
    """What is painted on flanks.

    Attributes:
        base, second, ink: of the flank, of stripes, of letters.
        style: which stripes.
        at: where along the flank and how high they are, 0..1 each.
        name: what is written.
    """

    base: Material
    second: Material
    ink: Material
    style: int
    at: tuple[float, float]
    name: str


def drawn_livery(variety: int, base: Material) -> Livery:
    """The livery of a variety, on flanks of a material."""
    draw = stream(variety, "livery")
    dark = float(np.mean(base.albedo)) < 0.25
    others = [c for c in palette.PAINTS if palette.PAINTS[c].albedo != base.albedo]
    second = palette.box_side(others[int(draw.integers(len(others)))])
    inks = ("white", "yellow", "silver") if dark else ("blue", "black", "red", "green")
    ink = palette.box_side(inks[int(draw.integers(len(inks)))])
    at = drawn_between(variety, 0.0, 1.0, "livery.x"), drawn_between(variety, 0.0, 1.0, "livery.z")
    return Livery(base, second, ink, drawn_style(variety, _STYLES, "livery"), at,
                  _NAMES[int(draw.integers(len(_NAMES)))])  # fmt: skip


def drawn_box_colour(variety: int, cab: str) -> str:
    """Colour of a body behind a cab: white, that of the cab, or another, a word of ``palette.PAINTS``."""
    draw = stream(variety, "box")
    others = tuple(palette.PAINTS)
    return ("white", cab, "silver", *others)[int(draw.integers(3 + len(others)))]


def add_facet(d: Draft, corners: Sequence[tuple[float, float]], y_m: float, material: Material) -> None:
    """A convex figure (x, z) on both flanks, at y and -y; corners clockwise as seen from the left."""
    points = np.array([(x, y_m, z) for x, z in corners], np.float64)
    k = np.arange(1, len(points) - 1)
    faces = np.stack([np.zeros_like(k), k, k + 1], -1)
    normal = np.cross(points[1] - points[0], points[2] - points[0])
    surface = points, faces if normal[1] > 0.0 else faces[:, ::-1].copy()
    d.add(surface, material).add(mirrored(surface), material)


def add_name(d: Draft, text: str, at_m: tuple[float, float, float], height_m: float, room_m: float,
             ink: Material, sides: Sequence[float] = (1.0, -1.0)) -> None:  # fmt: skip
    """A line of letters on flanks, read from outside; ``at_m``: middle of its foot on the left one."""
    x, y, z = at_m
    for side in sides:
        d.add(written(text, (x, side * y, z), (-side, 0.0, 0.0), height_m, room_m), ink)


def add_flank(d: Draft, look: Livery, x_m: tuple[float, float], z_m: tuple[float, float], y_m: float) -> None:
    """Stripes and name on both flanks of a body.

    Args:
        d: the body, whose flanks are of ``look.base``.
        look: what is painted.
        x_m: rear and front end.
        z_m: lower and upper edge.
        y_m: of the left flank.
    """
    (rear, front), (low, high) = x_m, z_m
    long, tall, y = front - rear, high - low, y_m + _LIFT_M
    along, up = look.at

    def x(share: float) -> float:
        return rear + long * min(max(share, 0.0), 1.0)

    def z(share: float) -> float:
        return low + tall * min(max(share, 0.0), 1.0)

    def stripe(foot: float, wide: float, a: float = 0.0, b: float = 1.0) -> None:
        add_facet(d, [(x(a), z(foot)), (x(b), z(foot)), (x(b), z(foot + wide)), (x(a), z(foot + wide))], y, look.second)

    def slanted(a: float, wide: float, lean: float) -> None:
        add_facet(d, [(x(a), low), (x(a + wide), low), (x(a + wide + lean), high), (x(a + lean), high)], y, look.second)

    lean = 0.5 * tall / long
    text_z, text_h, room, text_x = 0.55, 0.24, 0.72, 0.5
    match look.style:
        case 0:
            stripe(0.08 + 0.25 * up, 0.10 + 0.10 * along)
        case 1:
            stripe(0.06 + 0.1 * up, 0.07)
            stripe(0.20 + 0.1 * up, 0.03)
        case 2:
            slanted(0.02, 0.16 + 0.16 * along, lean)
            room, text_x = 0.5, 0.66
        case 3:
            stripe(0.0, 0.30 + 0.15 * up)
            text_z = 0.62
        case 4:
            for k in range(3):
                slanted(0.62 + 0.09 * k - 0.2 * along, 0.045, lean)
            room, text_x = 0.42, 0.3
        case 5:
            add_facet(d, [(x(0.0), low), (x(0.35 + 0.4 * along), low), (x(0.0), z(0.5 + 0.4 * up))], y, look.second)
        case 6:
            add_facet(d, [(front, high), (x(0.65 - 0.3 * along), high), (front, z(0.2 + 0.3 * up))], y, look.second)
            text_z = 0.3
        case 7:
            turn = np.linspace(0.0, 2.0 * math.pi, 25)[:-1]
            r = 0.38 * tall
            at = x(0.2 + 0.1 * along), z(0.5)
            add_facet(d, [(at[0] + r * math.cos(t), at[1] + r * math.sin(t)) for t in turn.tolist()], y, look.second)
            room, text_x, text_z, text_h = 0.5, 0.66, 0.4, 0.2
        case 8:
            stripe(0.88, 0.12)
            stripe(0.0, 0.06 + 0.06 * up)
        case 9:
            wave = np.linspace(0.0, 1.0, 13)
            for a, b in zip(wave[:-1].tolist(), wave[1:].tolist(), strict=True):
                p, q = (0.24 + 0.1 * up + 0.1 * math.sin(6.0 * s + 6.0 * along) for s in (a, b))
                add_facet(d, [(x(a), low), (x(b), low), (x(b), z(q)), (x(a), z(p))], y, look.second)
            text_z = 0.58
        case 10:
            text_h, text_z = 0.16 + 0.2 * along, 0.3 + 0.3 * up
        case _:
            stripe(0.3 + 0.1 * up, 0.36, 0.08, 0.92)
            text_z, text_h, room = 0.36 + 0.1 * up, 0.2, 0.66
    on_stripe = look.style == 11
    ink = look.base if on_stripe else look.ink
    add_name(d, look.name, (x(text_x), y + _LIFT_M, z(text_z)), text_h * tall, room * long, ink)
