"""Machines of roadworks, as they stand: excavator, tandem roller, light tower, a trailer with arrows; heaps."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, loft, pose, prism, rounded_box, tube
from simengine_scenes.town.plate import board, circle, filled, rim
from simengine_scenes.works.guides import striped

__all__ = [
    "TOWER_LAMPS_M", "arrow_lenses", "arrow_trailer_piece", "excavator_piece", "heap", "roller_piece", "tower_piece",
]  # fmt: skip

_UPRIGHT = pose((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 0.5 * math.pi)
"""Turns outlines (x, y) into (x, z): a prism from ``low`` to ``high`` then reaches along -y."""
TOWER_LAMPS_M = 7.4
"""Height of the lamps of a light tower."""


def _slab(draft: Draft, outline: list[tuple[float, float]], y: tuple[float, float], material: Material) -> None:
    """A plate between two planes of y, with a convex outline (x, z)."""
    draft.add(prism(outline, -y[1], -y[0]), material, pose=_UPRIGHT)


@lru_cache(maxsize=1)
def excavator_piece() -> Piece:
    """A tracked excavator of 21 t that looks along +x, its bucket on the ground 6.5 m ahead."""
    d = Draft()
    yellow, dark = palette.MACHINE_YELLOW, palette.UNDERBODY
    for y in (1.1, -1.1):  # tracks: a flat ring of links round idlers
        angle = np.linspace(-0.5 * math.pi, 0.5 * math.pi, 8)
        line = [(1.70 + 0.43 * math.cos(t), 0.45 + 0.43 * math.sin(t)) for t in angle.tolist()]
        line += [(-1.70 - 0.43 * math.cos(t), 0.45 - 0.43 * math.sin(t)) for t in angle.tolist()]
        _slab(d, line, (y - 0.3, y + 0.3), palette.TRACK)
        for k in range(15):
            x = (k - 7) * 0.24
            for z in (0.02, 0.88):
                d.add(box((x, y, z), (0.05, 0.6, 0.04)), palette.TRACK)
        d.add(box((0.0, y, 0.45), (3.2, 0.63, 0.3)), dark)
    d.add(box((0.0, 0.0, 0.65), (1.8, 1.7, 0.45)), dark)
    d.add(lathe([(0.0, 0.85), (0.75, 0.85), (0.75, 1.05), (0.0, 1.05)], 24), dark)
    _slab(d, [(-2.55, 1.25), (-2.30, 1.05), (1.55, 1.05), (1.55, 1.55), (-2.55, 1.95)][::1], (-1.3, 1.3), yellow)
    _slab(d, [(-2.62, 1.15), (-1.9, 1.1), (-1.9, 2.05), (-2.45, 2.05), (-2.62, 1.8)], (-1.32, 1.32), yellow)
    d.add(rounded_box((-1.15, -0.35, 1.95), (1.6, 1.7, 0.5), 8.0, 16, 0.3), yellow)
    for k in range(5):
        d.add(box((-1.7 + 0.12 * k, -1.31, 1.55), (0.06, 0.02, 0.35)), dark)
    d.add(tube([(-1.3, -0.7, 2.15), (-1.3, -0.7, 2.75)], 0.05, 8), palette.IRON)
    cab = [(-0.35, 1.2), (1.45, 1.2), (1.5, 2.0), (1.15, 3.0), (-0.35, 3.0)]
    _slab(d, cab, (0.35, 1.3), palette.GLASS)
    for y in (0.36, 1.29):
        for a, b in zip(cab, [*cab[1:], cab[0]], strict=True):
            d.add(tube([(a[0], y, a[1]), (b[0], y, b[1])], 0.05, 6), dark)
    _slab(d, [(-0.38, 1.1), (1.5, 1.1), (1.5, 1.65), (-0.38, 1.65)], (0.34, 1.32), yellow)
    d.add(box((0.4, 0.83, 3.04), (1.6, 1.0, 0.08)), yellow)
    d.add(lathe([(0.0, 3.06), (0.07, 3.06), (0.06, 3.22), (0.0, 3.24)], 10), palette.WARNING_LENS,
          pose=pose((-0.2, 0.8, 0.0)))  # fmt: skip
    _arm(d)
    return finish("works.excavator", d, smooth=True)


def _arm(d: Draft) -> None:
    """Boom, stick, bucket and their rams."""
    yellow = palette.MACHINE_YELLOW
    foot, knee, tip, wrist = (0.9, 1.65), (3.2, 4.15), (5.6, 3.35), (6.15, 0.95)
    _slab(d, [(0.75, 1.5), (1.15, 1.5), (3.4, 3.75), (3.0, 4.35)], (-0.55, -0.1), yellow)
    _slab(d, [(3.0, 4.35), (3.4, 3.7), (5.7, 3.2), (5.65, 3.55)], (-0.55, -0.1), yellow)
    _slab(d, [(6.0, 0.9), (6.3, 0.95), (5.75, 3.5), (5.2, 3.65)], (-0.5, -0.15), yellow)
    for (ax, az), (bx, bz), thick in (
        ((1.5, 1.3), (2.6, 3.3), 0.09), ((3.2, 4.4), (5.25, 3.85), 0.08), ((5.75, 3.3), (6.5, 1.35), 0.06),
    ):  # fmt: skip
        middle = (0.55 * ax + 0.45 * bx, -0.325, 0.55 * az + 0.45 * bz)
        d.add(tube([(ax, -0.325, az), middle], thick, 10), palette.PLASTIC)
        d.add(tube([middle, (bx, -0.325, bz)], 0.55 * thick, 10), palette.CHROME)
    for x, z in (foot, knee, tip, wrist):
        d.add(tube([(x, -0.62, z), (x, -0.03, z)], 0.09, 10), palette.IRON)
    turn = np.linspace(0.2, 3.6, 12)
    outer = [(6.15 + 0.62 * math.cos(t) - 0.15, 0.62 - 0.6 * math.sin(t)) for t in turn.tolist()]
    _shell(d, outer, (-0.95, 0.3))
    for k in range(5):
        d.add(box((6.66, -0.95 + 0.12 + 0.2525 * k, 0.5), (0.16, 0.07, 0.05)), palette.IRON)


def _shell(d: Draft, line: list[tuple[float, float]], y: tuple[float, float]) -> None:
    """A bent plate of 4 cm, with two cheeks: a bucket."""
    p = np.array(line)
    step = np.gradient(p, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.sqrt((step * step).sum(1))[:, None]
    inner = p + 0.04 * normal
    for k in range(len(p) - 1):
        ring = np.array([[*p[k]], [*p[k + 1]], [*inner[k + 1]], [*inner[k]]])
        rows = [np.column_stack([ring[:, 0], np.full(4, v), ring[:, 1]]) for v in (y[1], y[0])]
        d.add(loft(np.stack(rows)), palette.TRACK)
    hub = p.mean(0)
    for v in (y[0], y[1] - 0.03):
        for k in range(len(p) - 1):
            ring = np.array([[*hub], [*p[k]], [*p[k + 1]]])
            rows = [np.column_stack([ring[:, 0], np.full(3, w), ring[:, 1]]) for w in (v + 0.03, v)]
            d.add(loft(np.stack(rows)), palette.TRACK)


@lru_cache(maxsize=1)
def roller_piece() -> Piece:
    """A tandem roller of 2.7 t that looks along +x."""
    d = Draft()
    orange = palette.PAINTS["orange"]
    for x in (0.85, -0.85):
        across = pose((x, 0.0, 0.36), (1.0, 0.0, 0.0), 0.5 * math.pi)
        drum = [(0.0, -0.6), (0.34, -0.6), (0.36, -0.58), (0.36, 0.58), (0.34, 0.6), (0.0, 0.6)]
        d.add(lathe(drum, 28), palette.DRUM, pose=across)
        for y in (0.63, -0.63):
            d.add(box((x, y, 0.5), (0.2, 0.05, 0.45)), orange)
    d.add(rounded_box((1.0, 0.0, 0.95), (1.3, 1.1, 0.5), 7.0, 16, 0.3), orange)
    d.add(rounded_box((-0.75, 0.0, 0.95), (1.2, 1.1, 0.45), 7.0, 16, 0.3), orange)
    d.add(box((0.05, 0.0, 0.75), (0.7, 0.9, 0.3)), palette.UNDERBODY)
    d.add(rounded_box((-0.35, 0.0, 1.25), (0.45, 0.5, 0.16), 5.0, 12), palette.PLASTIC)
    d.add(rounded_box((-0.57, 0.0, 1.5), (0.12, 0.48, 0.5), 5.0, 12), palette.PLASTIC)
    d.add(tube([(0.15, 0.0, 1.15), (0.0, 0.0, 1.5)], 0.03, 8), palette.PLASTIC)
    for y in (0.48, -0.48):
        d.add(tube([(-0.85, y, 1.1), (-0.85, y, 2.45), (0.1, y, 2.5)], 0.035, 8), orange)
    d.add(box((-0.4, 0.0, 2.53), (1.3, 1.15, 0.05)), orange)
    return finish("works.roller", d, smooth=True)


@lru_cache(maxsize=2)
def tower_piece(lit: bool) -> Piece:
    """A light tower on a trailer; its four lamps look along -x and down."""
    d = Draft()
    d.add(rounded_box((0.0, 0.0, 0.85), (1.5, 1.1, 0.8), 10.0, 16, 0.2), palette.MACHINE_YELLOW)
    for y in (0.62, -0.62):
        d.add(tube([(0.0, y - 0.08, 0.32), (0.0, y + 0.08, 0.32)], 0.32, 18), palette.RUBBER)
    for x in (0.7, -0.7):
        for y in (0.45, -0.45):
            d.add(box((x, y, 0.23), (0.08, 0.08, 0.46)), palette.GALVANISED)
    d.add(
        tube([(0.0, 0.0, 1.2), (0.0, 0.0, 4.2), (0.0, 0.0, TOWER_LAMPS_M)], [0.09, 0.07, 0.04], 10), palette.GALVANISED
    )
    d.add(box((0.0, 0.0, TOWER_LAMPS_M), (0.06, 1.6, 0.06)), palette.GALVANISED)
    glass = palette.lit(palette.LAMP_GLASS, 6.0) if lit else palette.LAMP_GLASS
    for k in range(4):
        tilt = pose((-0.08, (k - 1.5) * 0.45, TOWER_LAMPS_M - 0.18), (0.0, 1.0, 0.0), math.radians(-35.0))
        d.add(box((0.0, 0.0, 0.0), (0.10, 0.38, 0.26)), palette.PLASTIC, pose=tilt)
        d.add(box((-0.055, 0.0, 0.0), (0.012, 0.34, 0.22)), glass, pose=tilt)
    return finish(f"works.tower.{int(lit)}", d)


_ARROW: tuple[tuple[float, float], ...] = (
    (-0.75, 2.75), (-0.45, 3.05), (-0.45, 2.45), (-0.15, 3.30), (-0.15, 2.20), (-0.30, 2.75), (0.05, 2.75),
    (0.40, 2.75), (0.75, 2.75),
)  # fmt: skip
"""Lamps of an arrow to the left (h is to the driver's right)."""


@lru_cache(maxsize=1)
def arrow_trailer_piece() -> Piece:
    """A trailer that closes a lane: stripes, "keep left", and an arrow of lamps; it looks along -x."""
    d = Draft()
    d.add(box((0.0, 0.0, 2.0), (0.08, 2.3, 3.1)), palette.SIGN_BACK)
    face = -0.045
    d.add(filled([(-1.15, 2.0), (1.15, 2.0), (1.15, 3.55), (-1.15, 3.55)], face), palette.SIGN_BLACK)
    d.add(filled([(-1.15, 1.25), (1.15, 1.25), (1.15, 2.0), (-1.15, 2.0)], face), palette.SIGN_WHITE)
    striped(d, (-1.15, 1.15), (0.45, 1.25), face, 0.32, 1.0)
    rims = [circle(0.0, 1.63, r, 28) for r in (0.33, 0.315)]
    d.add(rim(rims[0], rims[1], face - 0.004), palette.SIGN_WHITE)
    d.add(filled(rims[1], face - 0.003), palette.SIGN_BLUE)
    s = math.sqrt(0.5)

    def down_left(along: float, across: float) -> tuple[float, float]:
        return -s * (along + across), 1.63 + s * (across - along)

    for figure in (
        ((-0.2, -0.05), (0.03, -0.05), (0.03, 0.05), (-0.2, 0.05)),
        ((0.02, -0.15), (0.22, 0.0), (0.02, 0.15)),
    ):
        d.add(filled([down_left(a, b) for a, b in figure], face - 0.006), palette.SIGN_WHITE)
    for h, z in _ARROW:
        d.add(board(circle(h, z, 0.13, 14), face - 0.03, 0.04), palette.PLASTIC)
    d.add(box((0.7, 0.0, 0.42), (1.9, 1.3, 0.14)), palette.GALVANISED)
    d.add(box((0.6, 0.0, 0.72), (0.7, 0.9, 0.45)), palette.BUTTON_BOX)
    for y in (0.8, -0.8):
        d.add(tube([(0.6, y - 0.09, 0.32), (0.6, y + 0.09, 0.32)], 0.32, 18), palette.RUBBER)
        d.add(tube([(0.9, 0.6 * y, 0.5), (0.05, 0.6 * y, 2.6)], 0.035, 8), palette.GALVANISED)
    d.add(tube([(1.6, 0.0, 0.42), (2.4, 0.0, 0.42), (2.4, 0.0, 0.02)], 0.05, 8), palette.GALVANISED)
    return finish("works.trailer", d)


@lru_cache(maxsize=1)
def arrow_lenses() -> Piece:
    """The lenses of the trailer's arrow."""
    d = Draft()
    for h, z in _ARROW:
        d.add(ellipsoid((-0.06, -h, z), (0.035, 0.10, 0.10), 6, 14), palette.WARNING_LENS)
    return finish("works.trailer.lenses", d, smooth=True)


def heap(radius_m: float, high_m: float, draw: np.random.Generator) -> Surface:
    """A lumpy heap on the ground."""
    rows, columns = 7, 18
    turn = np.arange(columns) * (2.0 * math.pi / columns)
    wave = 1.0 + 0.12 * np.cos(2.0 * turn + draw.uniform(0, 6.28)) + 0.08 * np.cos(5.0 * turn + draw.uniform(0, 6.28))
    share = np.linspace(1.0, 0.02, rows)
    rings = np.stack([
        np.column_stack([r * radius_m * wave * np.cos(turn), r * radius_m * wave * np.sin(turn),
                         np.full(columns, high_m * (1.0 - r) ** 0.85 - (0.05 if r == 1.0 else 0.0))])
        for r in share.tolist()
    ])  # fmt: skip
    rings[1:-1] += draw.normal(0.0, 0.035 * radius_m, rings[1:-1].shape) * np.array([1.0, 1.0, 0.5])
    vertices, faces = loft(rings, (True, True))
    return vertices, faces
