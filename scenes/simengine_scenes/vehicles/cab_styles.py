"""What tells one make of lorry from another: grille, lamps, visor, bumper, roof and what stands on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, grid, mirrored, pose, prism, rounded_box, tube
from simengine_scenes.shapes.variety import drawn_between, drawn_style
from simengine_scenes.vehicles.coach import Coach

__all__ = ["CabStyle", "CabZones", "add_deflector", "add_front", "add_roof", "drawn_cab", "nose_strip"]

_GRILLES, _LAMPS, _ROOFS = 8, 4, 8


@dataclass(frozen=True)
class CabStyle:
    """What a make has.

    Attributes:
        grille, lamps, roof: which.
        wide: half width of the grille, 0..1 of the room for it.
        rise: how far a deflector rises, 0..1.
        bumper: of dark plastic.
        visor: there is one over the windscreen.
        second: colour of band and badge, a word of ``palette.PAINTS``; "": none.
    """

    grille: int
    lamps: int
    roof: int
    wide: float
    rise: float
    bumper: bool
    visor: bool
    second: str


@dataclass(frozen=True)
class CabZones:
    """Heights on the front of a cab: of the bumper, the lamps, the grille, the windscreen; and of the roof."""

    bumper_m: tuple[float, float]
    lamps_m: tuple[float, float]
    grille_m: tuple[float, float]
    screen_m: tuple[float, float]
    roof_m: float


def drawn_cab(variety: int) -> CabStyle:
    """The make of a variety."""
    draw = stream(variety, "cab")
    seconds = ("", "", *palette.PAINTS)
    return CabStyle(
        drawn_style(variety, _GRILLES, "grille"), drawn_style(variety, _LAMPS, "lamps"),
        drawn_style(variety, _ROOFS, "roof"), drawn_between(variety, 0.0, 1.0, "grille.wide"),
        drawn_between(variety, 0.0, 1.0, "deflector"), bool(draw.random() < 0.5), bool(draw.random() < 0.5),
        seconds[int(draw.integers(len(seconds)))],
    )  # fmt: skip


def nose_strip(
    cab: Coach, half_m: float, z_m: tuple[float, float], lift_m: float, d: Draft, material: Material
) -> None:
    """A sheet on the nose, ``lift_m`` before it."""
    heights, insets = np.array(cab.rows).T
    ys = np.linspace(half_m, -half_m, 9)
    rows = []
    for z in np.linspace(*z_m, 3).tolist():
        x = cab.nose.x_m - cab.nose.bow_m * (ys / cab.half_m) ** 2 - float(np.interp(z, heights, insets)) + lift_m
        rows.append(np.column_stack([x, ys, np.full(len(ys), z)]))
    d.add(grid(np.stack(rows), flip=True), material)


def add_front(d: Draft, cab: Coach, zones: CabZones, style: CabStyle, paint: Material) -> None:
    """Grille, lenses, bumper, visor and band on the front of a cab."""
    low, high = zones.grille_m
    half = 0.52 + 0.26 * style.wide
    dark, bright = palette.PLASTIC, palette.CHROME
    tall = high - low

    def bars(count: int, thick: float, material: Material, wide: float = half - 0.05, top: float = high) -> None:
        for k in range(count):
            z = low + (top - low) * (k + 0.5) / count
            nose_strip(cab, wide, (z - 0.5 * thick, z + 0.5 * thick), 0.010, d, material)

    match style.grille:
        case 0:
            nose_strip(cab, half, (low, high), 0.004, d, dark)
            bars(3, 0.035, bright)
        case 1:  # up to the windscreen, with fins in the colour of the cab
            nose_strip(cab, half, (low, zones.screen_m[0] - 0.02), 0.004, d, dark)
            bars(5, 0.06, paint)
        case 2:  # slots in painted sheet
            for k in range(4):
                z = low + tall * (k + 0.5) / 4
                nose_strip(cab, half - 0.06 * k, (z - 0.035, z + 0.035), 0.004, d, dark)
        case 3:  # a frame of chrome round mesh
            nose_strip(cab, half, (low, high), 0.004, d, bright)
            nose_strip(cab, half - 0.045, (low + 0.045, high - 0.045), 0.007, d, dark)
            bars(7, 0.012, palette.RIM_DARK, half - 0.06)
        case 4:  # two openings
            nose_strip(cab, half, (low, low + 0.42 * tall), 0.004, d, dark)
            nose_strip(cab, 0.8 * half, (low + 0.58 * tall, high), 0.004, d, dark)
            nose_strip(cab, 0.8 * half, (high - 0.04, high), 0.008, d, bright)
        case 5:  # narrow bars all the way
            nose_strip(cab, half, (low, high), 0.004, d, palette.RIM_DARK)
            bars(9, 0.025, dark)
        case 6:  # a band of metal across a dark mask
            nose_strip(cab, 0.80, (low + 0.1, high), 0.004, d, dark)
            nose_strip(cab, 0.80, (high - 0.16, high - 0.07), 0.008, d, palette.RIM)
            bars(3, 0.02, palette.RIM_DARK, 0.7, high - 0.16)
        case _:  # closed but for a slot: an electric one
            nose_strip(cab, half, (low, low + 0.22), 0.004, d, dark)
            nose_strip(cab, 0.86, (high - 0.06, high - 0.02), 0.006, d, palette.POST_WHITE)
    badge_m = high - 0.09 if style.grille not in (1, 6) else zones.screen_m[0] - 0.1
    d.add(rounded_box((cab.nose.x_m - 0.012, 0.0, badge_m), (0.04, 0.26, 0.10), 4.0, 14), bright)
    if style.bumper:
        nose_strip(cab, 0.92, zones.bumper_m, 0.005, d, dark)
    if style.second:
        foot = zones.bumper_m[1] + 0.01
        nose_strip(cab, 0.78, (foot, foot + 0.05), 0.006, d, palette.box_side(style.second))
    if style.visor:
        z = zones.screen_m[1]
        outline = [(cab.nose.x_m - 0.07, z - 0.02), (cab.nose.x_m + 0.005, z + 0.05), (cab.nose.x_m - 0.12, z + 0.13)]
        d.add(prism(outline, -1.0, 1.0), dark, pose=_UPRIGHT)
    _lenses(d, cab, zones, style)


_UPRIGHT = pose((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 0.5 * math.pi)
"""Turns the second coordinate of an outline up."""


def _skin_m(cab: Coach, y_m: float) -> float:
    """x of the nose beside the middle."""
    along, across = cab.nose.corner_m
    flat = cab.half_m - across
    face = cab.nose.x_m - cab.nose.bow_m * (min(y_m, flat) / cab.half_m) ** 2
    return face - along * (1.0 - math.sqrt(1.0 - (max(y_m - flat, 0.0) / across) ** 2))


def _lenses(d: Draft, cab: Coach, zones: CabZones, style: CabStyle) -> None:
    """Head lamps, where their dark housings are."""
    low, high = zones.lamps_m
    z, tall = 0.5 * (low + high), high - low

    def lens(y: float, radii: tuple[float, float], at: float) -> None:
        ball = ellipsoid((_skin_m(cab, y) - 0.02, y, at), (0.05, *radii), 8, 12)
        d.add(ball, palette.HEADLAMP_LENS).add(mirrored(ball), palette.HEADLAMP_LENS)

    match style.lamps:
        case 0:
            for y in (0.88, 1.0):
                lens(y, (0.05, min(0.07, 0.4 * tall)), z)
        case 1:
            lens(0.93, (0.115, 0.33 * tall), z)
        case 2:
            for y in (0.85, 0.93, 1.01):
                lens(y, (0.036, 0.09 if tall > 0.3 else 0.08), z)
        case _:
            for y, at in ((0.86, z + 0.18 * tall), (0.98, z - 0.1 * tall)):
                lens(y, (0.062, 0.27 * tall), at)


def add_deflector(d: Draft, span_m: tuple[float, float], z_m: tuple[float, float], half_m: float, style: CabStyle,
                  paint: Material) -> None:  # fmt: skip
    """A wind deflector on a roof: ``span_m`` x of its rear and front, ``z_m`` its foot and how high it may rise."""
    (rear, front), (foot, most) = span_m, z_m
    top = foot + (most - foot) * (0.55 + 0.45 * style.rise)
    steep = 0.35 + 0.5 * style.rise
    knee = front - (front - rear) * (1.0 - steep) * 0.35
    side = [(rear, foot), (front - 0.05, foot), (knee, foot + 0.35 * (top - foot)),
            (rear + 0.45 * (front - rear), top - 0.05), (rear + 0.2 * (front - rear), top), (rear, top)]  # fmt: skip
    d.add(prism(side, -half_m, half_m), paint, pose=_UPRIGHT)


def add_roof(d: Draft, at_m: tuple[float, float, float], half_m: float, style: CabStyle) -> None:
    """What stands on a roof at its front: lamps, a sign, horns, a beacon, nothing. All of it is 0.2 m high at most."""
    x, z, most = at_m
    z = min(z, most - 0.17)
    match style.roof % 5:
        case 0:
            for y in (0.3, 0.75):
                ball = ellipsoid((x, y * half_m, z + 0.08), (0.05, 0.09, 0.07), 6, 10)
                d.add(ball, palette.LAMP_GLASS).add(mirrored(ball), palette.LAMP_GLASS)
            d.add(tube([(x - 0.05, -0.85 * half_m, z + 0.03), (x - 0.05, 0.85 * half_m, z + 0.03)], 0.02, 6),
                  palette.CHROME)  # fmt: skip
        case 1:
            d.add(rounded_box((x - 0.1, 0.0, z + 0.07), (0.16, 1.3 * half_m, 0.16), 6.0, 16, 0.3), palette.LAMP_GLASS)
        case 2:
            for y in (0.30, 0.48):
                horn = tube([(x - 0.5, y, z + 0.06), (x, y, z + 0.06)], [0.025, 0.07], 10)
                d.add(horn, palette.CHROME)
        case 3:
            for y in (0.6 * half_m, -0.6 * half_m):
                d.add(ellipsoid((x - 0.2, y, z + 0.06), (0.08, 0.08, 0.10), 8, 12), palette.WARNING_LENS)
        case _:
            pass
