"""The machine that the arm tends, posts of a light curtain, and signal columns."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.cell.plan import MACHINE_M
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, lathe, pose, rounded_box, tube
from simengine_scenes.station import materials as m

__all__ = ["curtain_piece", "machine_piece", "stack_piece"]

_CURTAIN_M = 1.8
_BODY = Material("machine_body", palette.rgb("d8dad6"), 0.4, 0.04, nir=0.65, substance="metal")
_TRIM = Material("machine_trim", palette.rgb("2d5f8f"), 0.4, 0.04, nir=0.35, substance="metal")
_LENS_RED = Material("curtain_lens", palette.rgb("4a0f14"), 0.1, 0.06, nir=0.05)
_COLOURS = {"red": "a01614", "amber": "c77d12", "green": "12803a"}


@lru_cache(maxsize=1)
def machine_piece() -> Piece:
    """A milling machine in its housing: the door with its window at the front (-y), a panel on an arm."""
    x0, x1, y0, y1, high = MACHINE_M
    wide, deep = x1 - x0, y1 - y0
    front = -0.5 * deep
    d = Draft()
    d.add(rounded_box((0.0, 0.0, 0.5 * high + 0.04), (wide, deep, high - 0.08), 24.0, 32, 0.04), _BODY)
    d.add(box((0.0, 0.0, 0.05), (wide - 0.1, deep - 0.1, 0.1)), m.FOOT)
    d.add(box((0.0, front - 0.005, 0.42), (wide - 0.12, 0.02, 0.5)), _TRIM)
    d.add(box((-0.2, front - 0.012, 1.25), (1.3, 0.03, 1.05)), _BODY)
    d.add(box((-0.2, front - 0.03, 1.32), (0.95, 0.012, 0.7)), palette.WINDOW)
    for s in (1.0, -1.0):  # rails of the sliding door
        d.add(box((-0.05, front - 0.02, 1.25 + s * 0.56), (1.9, 0.03, 0.04)), m.PROFILE)
    d.add(tube([(0.36, front - 0.05, 1.05), (0.36, front - 0.05, 1.45)], 0.014, 10), palette.CHROME)
    for z in (1.07, 1.43):
        d.add(tube([(0.36, front - 0.02, z), (0.36, front - 0.055, z)], 0.01, 8), palette.CHROME)
    d.add(box((0.82, front - 0.08, 1.4), (0.34, 0.16, 0.5)), m.ARM_DARK)
    d.add(box((0.82, front - 0.162, 1.5), (0.28, 0.006, 0.2)), m.SCREEN)
    for k in range(12):
        d.add(box((0.72 + 0.065 * (k % 4), front - 0.163, 1.33 - 0.055 * (k // 4)), (0.04, 0.006, 0.03)), m.PROFILE)
    d.add(tube([(0.72, front - 0.16, 1.18), (0.72, front - 0.19, 1.18)], 0.022, 14), m.RED_BUTTON)
    for k in range(3):
        d.add(box((-0.7 + 0.5 * k, 0.2, high + 0.06), (0.3, 0.4, 0.12)), m.DUCT)
    for k, (colour, code) in enumerate(_COLOURS.items()):
        lens = _lens(colour, code, colour == "green")
        z = high + 0.33 - 0.07 * k
        ring = [(0.0, z), (0.035, z), (0.035, z + 0.065), (0.0, z + 0.065)]
        d.add(lathe(ring, 16), lens, pose=pose((0.95, 0.45, 0.0)))
    d.add(tube([(0.95, 0.45, high - 0.02), (0.95, 0.45, high + 0.2)], 0.014, 10), m.PROFILE)
    return finish("cell.machine", d, smooth=True)


def _lens(colour: str, code: str, on: bool) -> Material:
    r, g, b = palette.rgb(code)
    plain = Material(f"stack_{colour}", (r, g, b), 0.2, 0.05, nir=0.4, substance="plastic")
    return replace(plain, name=f"stack_{colour}_lit", emission=(0.02 * r, 0.02 * g, 0.02 * b)) if on else plain


@lru_cache(maxsize=1)
def curtain_piece() -> Piece:
    """A post of a light curtain whose lenses look along +x."""
    d = Draft()
    d.add(box((0.0, 0.0, 0.01), (0.18, 0.18, 0.02)), m.PROFILE)
    d.add(box((-0.03, 0.0, 0.5 * _CURTAIN_M + 0.05), (0.04, 0.07, _CURTAIN_M + 0.08)), m.PROFILE)
    d.add(box((0.012, 0.0, 0.5 * _CURTAIN_M + 0.1), (0.045, 0.055, _CURTAIN_M)), m.YELLOW)
    d.add(box((0.0352, 0.0, 0.5 * _CURTAIN_M + 0.1), (0.003, 0.026, _CURTAIN_M - 0.14)), _LENS_RED)
    d.add(box((0.0362, 0.0, _CURTAIN_M + 0.06), (0.003, 0.014, 0.014)), _lens("green", _COLOURS["green"], True))
    return finish("cell.curtain", d)


@lru_cache(maxsize=2)
def stack_piece(number: int) -> Piece:
    """A signal column on a post, 2.4 m high; green is on."""
    d = Draft()
    d.add(tube([(0.0, 0.0, 0.0), (0.0, 0.0, 2.15)], 0.02, 10), m.PROFILE)
    d.add(lathe([(0.0, 0.0), (0.09, 0.0), (0.09, 0.012), (0.0, 0.012)], 18), m.PROFILE)
    for k, (colour, code) in enumerate(_COLOURS.items()):
        z = 2.36 - 0.07 * k
        ring = [(0.0, z), (0.035, z), (0.035, z + 0.065), (0.0, z + 0.065)]
        d.add(lathe(ring, 16), _lens(colour, code, colour == "green"))
    return finish(f"cell.stack.{number}", d)
