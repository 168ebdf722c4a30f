"""Packed goods: cartons, cans, bottles, pouches, tubes, blisters, books, tapes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from simengine.world.materials import Material, Pattern
from simengine_scenes.palette import CARDBOARD
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, lathe, loft, pose, ring
from simengine_scenes.station.forms import band, bent_plate, outward, rod, soft_block, spun
from simengine_scenes.station.goods_looks import Looks

__all__ = ["PACKED", "Maker", "barcode"]

Maker = Callable[[float, float, float, Looks], Draft]
"""(length, width, height, looks) -> the thing, its foot on z = 0 below the middle of its box."""
_T = 2.5e-4
"""How far print stands out."""


def barcode(d: Draft, at: tuple[float, float, float], size: tuple[float, float], face: str, looks: Looks) -> None:
    """Bars on a white field, on a face "x", "y" or "z" (with its sign first)."""
    sign, axis = (1.0 if face[0] == "+" else -1.0), face[1]
    wide, tall = size

    def plate(u: float, v: float, w: float, h: float, out: float, material: Material) -> None:
        off, t = sign * out, 2.0 * _T
        if axis == "z":
            d.add(box((at[0] + u, at[1] + v, at[2] + off), (w, h, t)), material)
        elif axis == "y":
            d.add(box((at[0] + u, at[1] + off, at[2] + v), (w, t, h)), material)
        else:
            d.add(box((at[0] + off, at[1] + u, at[2] + v), (t, w, h)), material)

    plate(0.0, 0.0, wide, tall, 0.0, looks.paper())
    x, n = -0.42 * wide, looks.variety * 7 + 3
    while x < 0.38 * wide:
        w = wide * (0.012, 0.024, 0.018, 0.034)[n % 4]
        plate(x, 0.1 * tall, w, 0.66 * tall, _T, looks.ink())
        x += w + wide * (0.016, 0.03, 0.022)[n % 3]
        n = (n * 5 + 11) % 97


def _print_sides(d: Draft, l: float, w: float, h: float, looks: Looks) -> None:  # noqa: E741
    """Brand fields, a picture and lines of text on the sides of a box."""
    first, second = looks.print(), looks.print(1)
    kind = looks.variety % 3
    for s in (1.0, -1.0):
        if kind == 0:  # a sloping brand band around
            d.add(box((0.0, s * 0.5 * w, 0.62 * h), (l * 0.996, 2 * _T, 0.3 * h)), first)
            d.add(box((s * 0.5 * l, 0.0, 0.62 * h), (2 * _T, w * 0.996, 0.3 * h)), first)
        elif kind == 1:
            d.add(box((0.0, s * 0.5 * w, 0.16 * h), (l * 0.996, 2 * _T, 0.3 * h)), second)
            d.add(box((s * 0.2 * l, s * 0.5 * w, 0.6 * h), (0.34 * l, 2.4 * _T, 0.36 * h)), first)
        else:
            d.add(box((-0.28 * l, s * 0.5 * w, 0.5 * h), (0.38 * l, 2 * _T, 0.94 * h)), first)
        for n in range(3):  # words
            d.add(
                box(
                    (0.12 * l, s * (0.5 * w + _T), (0.72 - 0.12 * n) * h), ((0.42, 0.3, 0.36)[n] * l, 2 * _T, 0.045 * h)
                ),
                looks.paper() if kind == 0 else looks.ink(),
            )
    disc = spun([(0.24 * min(l, w), 0.0), (0.24 * min(l, w), 2 * _T)], 28, (-0.2 * l, 0.0, h - _T))
    d.add(disc, second)
    d.add(box((0.16 * l, 0.12 * w, h), (0.44 * l, 0.16 * w, 2 * _T)), first)
    for n in range(3):
        d.add(box((0.16 * l, (-0.06 - 0.1 * n) * w, h), ((0.4, 0.3, 0.36)[n] * l, 0.035 * w, 2 * _T)), looks.ink())


def _carton(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A folding box; brown ones are shipping cartons with tape."""
    d = Draft()
    e = 0.012 * min(l, w, h)
    plain = looks.tint == "brown" or (not looks.tint and looks.variety % 4 == 0)
    if plain:
        card = looks.own("card", "b08a5c", 0.6, Pattern.CARDBOARD, 0.5, 0.85)
        d.add(soft_block((0.0, 0.0, 0.5 * h), (l, w, h), e, 60.0, 48), card)
        tape = looks.own("tape", "c9a978", 0.6, roughness=0.25)
        d.add(box((0.0, 0.0, h - 0.5 * _T), (l * 0.995, 0.26 * w, 2 * _T)), tape)
        for s in (1.0, -1.0):
            d.add(box((s * 0.5 * l, 0.0, 0.87 * h), (2 * _T, 0.26 * w, 0.25 * h)), tape)
        d.add(box((0.0, 0.0, h + _T), (l * 0.99, 0.004 * w, _T)), looks.own("gap", "5a452d", 0.3))
        barcode(d, (0.22 * l, -0.5 * w, 0.55 * h), (0.36 * l, 0.42 * h), "-y", looks)
        barcode(d, (-0.2 * l, 0.28 * w, h), (0.32 * l, 0.24 * w), "+z", looks)
        return d
    d.add(soft_block((0.0, 0.0, 0.5 * h), (l, w, h), e, 60.0, 48), looks.main())
    _print_sides(d, l, w, h, looks)
    barcode(d, (-0.5 * l, 0.0, 0.3 * h), (0.5 * w, 0.36 * h), "-x", looks)
    return d


def _cereal(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A tall box with a large front print."""
    d = Draft().add(soft_block((0.0, 0.0, 0.5 * h), (l, w, h), 0.01 * w, 60.0, 48), looks.main())
    for s in (1.0, -1.0):
        d.add(box((0.0, s * 0.5 * w, 0.8 * h), (0.98 * l, 2 * _T, 0.3 * h)), looks.print())
        d.add(box((0.0, s * (0.5 * w + _T), 0.8 * h), (0.7 * l, 2 * _T, 0.1 * h)), looks.paper())
        plate = spun([(0.3 * l, 0.0), (0.3 * l, 3 * _T)], 32, (0.0, 0.0, 0.0), "y")
        d.add(plate, looks.own("bowl", "e9e2d0", 0.6), pose=pose((0.05 * l, s * 0.5 * w - 1.5 * _T, 0.36 * h)))
        heap = spun([(0.22 * l, 0.0), (0.22 * l, 3 * _T)], 24, (0.0, 0.0, 0.0), "y")
        d.add(heap, looks.print(1), pose=pose((0.05 * l, s * (0.5 * w + _T) - 1.5 * _T, 0.38 * h)))
    for s in (1.0, -1.0):
        d.add(box((s * 0.5 * l, 0.0, 0.45 * h), (2 * _T, 0.8 * w, 0.7 * h)), looks.paper())
        for n in range(8):
            d.add(box((s * (0.5 * l + _T), 0.0, (0.18 + 0.075 * n) * h), (2 * _T, 0.66 * w, 0.014 * h)), looks.ink())
    return d


def _can(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A food or drink can: beaded ends of metal, a printed wall."""
    r = 0.5 * min(l, w)
    d, metal = Draft(), looks.steel()
    line = [
        (0.9 * r, 0.03 * h),
        (0.93 * r, 0.0),
        (r, 0.01 * h),
        (r, 0.03 * h),
        (0.965 * r, 0.045 * h),
        (0.965 * r, 0.955 * h),
        (r, 0.97 * h),
        (r, 0.99 * h),
        (0.93 * r, h),
        (0.9 * r, 0.975 * h),
    ]
    d.add(spun(line, 40), metal)
    d.add(band(0.965 * r, 0.06 * h, 0.94 * h, 0.004 * r, 40), looks.main())
    d.add(band(0.97 * r, 0.14 * h, 0.3 * h, 0.004 * r, 40), looks.print())
    for turn in (0.0, math.pi):
        d.add(bent_plate(0.972 * r, (turn - 0.7, turn + 0.7), (0.42 * h, 0.82 * h), 0.004 * r), looks.print(1))
        d.add(bent_plate(0.98 * r, (turn - 0.5, turn + 0.5), (0.55 * h, 0.7 * h), 0.004 * r), looks.paper())
    for n in range(4):
        a = 0.5 * math.pi
        d.add(
            bent_plate(0.972 * r, (a - 0.35, a + 0.3), ((0.45 + 0.09 * n) * h, (0.47 + 0.09 * n) * h), 0.004 * r),
            looks.ink(),
        )
    pull = ring((0.26 * r, 0.16 * r), 24)
    tab = np.stack(
        [np.column_stack([pull * k + (0.2 * r, 0.0), np.full(24, z)]) for z, k in ((0.975 * h, 1.0), (0.985 * h, 1.0))]
    )
    d.add(loft(tab), metal)
    return d


def _bottle(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A bottle with shoulder, neck, cap and label."""
    r = 0.5 * min(l, w)
    d = Draft()
    line = [
        (0.8 * r, 0.012 * h),
        (0.86 * r, 0.0),
        (0.97 * r, 0.006 * h),
        (r, 0.03 * h),
        (r, 0.1 * h),
        (0.965 * r, 0.115 * h),
        (0.965 * r, 0.56 * h),
        (r, 0.575 * h),
        (r, 0.64 * h),
        (0.95 * r, 0.7 * h),
        (0.8 * r, 0.76 * h),
        (0.55 * r, 0.82 * h),
        (0.4 * r, 0.86 * h),
        (0.36 * r, 0.9 * h),
        (0.36 * r, 0.97 * h),
    ]
    d.add(spun(line, 40), looks.main())
    d.add(band(0.965 * r, 0.13 * h, 0.55 * h, 0.006 * r, 40), looks.paper())
    d.add(band(0.972 * r, 0.36 * h, 0.5 * h, 0.006 * r, 40), looks.print())
    for turn in (0.3, 0.3 + math.pi):
        d.add(bent_plate(0.975 * r, (turn - 0.55, turn + 0.55), (0.17 * h, 0.33 * h), 0.006 * r), looks.print(1))
        d.add(bent_plate(0.982 * r, (turn - 0.6, turn + 0.6), (0.41 * h, 0.45 * h), 0.006 * r), looks.paper())
    cap = [
        (0.43 * r, 0.9 * h),
        (0.45 * r, 0.905 * h),
        (0.45 * r, 0.915 * h),
        (0.43 * r, 0.92 * h),
        (0.43 * r, 0.985 * h),
        (0.38 * r, h),
    ]
    d.add(spun(cap, 32), looks.print(2))
    for n in range(20):
        a = n * math.pi / 10
        rib = box((0.43 * r, 0.0, 0.952 * h), (0.02 * r, 0.04 * r, 0.055 * h))
        d.add(rib, looks.print(2), pose=pose((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), a))
    return d


def _pouch(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A filled bag that lies: bulged, wrinkled, with flat crimped seals at both ends."""
    d, count, rows = Draft(), 40, 15
    rings = []
    for k in range(rows):
        u = -1.0 + 2.0 * k / (rows - 1)
        full = (1.0 - abs(u) ** 3.2) ** 0.7 if abs(u) < 1.0 else 0.0
        unit = ring((1.0, 1.0), count, 2.4)
        crease = 1.0 + 0.06 * math.sin(7.0 * u + looks.variety) * np.cos(3.0 * np.arange(count) * 2.0 * math.pi / count)
        y = 0.5 * w * (0.96 - 0.1 * full) * unit[:, 0]
        z = 0.5 * h * max(full, 0.03) * unit[:, 1] * crease / 1.06
        rings.append(np.column_stack([np.full(count, 0.44 * l * u), y, 0.5 * h + z]))
    d.add(outward(loft(np.stack(rings))), looks.main())
    for s in (1.0, -1.0):
        d.add(soft_block((s * 0.465 * l, 0.0, 0.5 * h), (0.07 * l, 0.98 * w, 0.022 * h + 4e-4), 2e-4), looks.print())
        for n in range(3):
            d.add(
                box((s * (0.445 + 0.018 * n) * l, 0.0, 0.5 * h), (0.005 * l, 0.98 * w, 0.03 * h + 8e-4)), looks.print()
            )
    # print that follows the bulge: strips across
    for low, high, material in ((-0.5, 0.1, looks.print(1)), (-0.36, -0.14, looks.paper())):
        strips = []
        for k in range(9):
            u = low + (high - low) * k / 8
            full = (1.0 - abs(u) ** 3.2) ** 0.7
            y = np.linspace(-0.3, 0.3, 13) * (w if material.name.startswith("goods_print") else 0.8 * w)
            half = 0.5 * w * (0.96 - 0.1 * full)
            lift = (1.0 - np.minimum(np.abs(y / half), 1.0) ** 2.4) ** (1 / 2.4)
            over = 3e-4 if material.name.startswith("goods_print") else 6e-4
            top = 0.5 * h + 0.5 * h * full * lift * 1.0 + over * 1.6
            out = np.column_stack([np.full(13, 0.44 * l * u), y, np.minimum(top, h)])
            strips.append(np.concatenate([out, out[::-1] - (0.0, 0.0, 0.12 * h)]))
        d.add(outward(loft(np.stack(strips))), material)
    return d


def _tube(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A squeeze tube: round at the cap, flat at the crimped seam."""
    d, rings, count = Draft(), [], 36
    r = 0.5 * h
    for k in range(12):
        u = k / 11.0
        x = (-0.46 + 0.74 * u) * l
        y, z = 0.5 * w * (1.0 - u) + 0.96 * r * u, 0.03 * h * (1.0 - u) ** 2 + 0.96 * r * (1.0 - (1.0 - u) ** 1.8)
        unit = ring((1.0, 1.0), count, 2.0 + 0.8 * (1.0 - u))
        rings.append(np.column_stack([np.full(count, x), y * unit[:, 0], 0.5 * h + z * unit[:, 1]]))
    for x, s in ((0.3, 0.8), (0.315, 0.5)):
        unit = ring((1.0, 1.0), count)
        rings.append(
            np.column_stack([np.full(count, x * l), s * 0.96 * r * unit[:, 0], 0.5 * h + s * 0.96 * r * unit[:, 1]])
        )
    d.add(outward(loft(np.stack(rings))), looks.main())
    d.add(soft_block((-0.47 * l, 0.0, 0.5 * h), (0.06 * l, w, 0.07 * h), 0.02 * h), looks.main())
    for n in range(4):
        d.add(box(((-0.492 + 0.012 * n) * l, 0.0, 0.5 * h), (0.003 * l, 0.98 * w, 0.085 * h)), looks.print(1))
    d.add(rod(0.305 * l, 0.5 * l, 0.88 * r, (0.0, 0.0, 0.5 * h), 28, 0.12), looks.print(2))
    for n in range(18):
        a = n * math.pi / 9
        rib = box((0.41 * l, 0.0, 0.88 * r), (0.15 * l, 0.03 * h, 0.02 * h))
        d.add(rib, looks.print(2), pose=pose((0.0, 0.0, 0.5 * h), (1.0, 0.0, 0.0), a))
    for s in (1.0, -1.0):  # print on the flanks above and below
        rows = []
        for k in range(9):
            u = 0.2 + 0.62 * k / 8
            x = (-0.46 + 0.74 * u) * l
            z = 0.03 * h * (1.0 - u) ** 2 + 0.96 * r * (1.0 - (1.0 - u) ** 1.8)
            yy = np.linspace(-0.6, 0.6, 9)
            half = 0.5 * w * (1.0 - u) + 0.96 * r * u
            p = 2.0 + 0.8 * (1.0 - u)
            zz = z * (1.0 - np.abs(yy) ** p) ** (1 / p) + 4e-4
            out = np.column_stack([np.full(9, x), yy * half, 0.5 * h + s * zz])
            rows.append(np.concatenate([out, out[::-1] - (0.0, 0.0, s * 0.03 * h)]))
        d.add(outward(loft(np.stack(rows))), looks.print())
    return d


def _blister(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A strip of tablets: foil below, ten domes above."""
    foil = looks.own("foil", "cfd2d4", 0.6, roughness=0.35, specular=0.5, metal=0.8)
    d = Draft().add(soft_block((0.0, 0.0, 0.12 * h), (l, w, 0.24 * h), 0.08 * h, 10.0, 48), foil)
    d.add(box((0.0, 0.0, 0.24 * h), (0.96 * l, 0.92 * w, 2 * _T)), foil)
    for n in range(5):
        for s in (1.0, -1.0):
            at = ((-0.38 + 0.19 * n) * l, s * 0.23 * w, 0.2 * h)
            dome = spun([(math.cos(a), math.sin(a)) for a in np.linspace(0.0, 0.5 * math.pi, 6).tolist()], 20)
            d.add((dome[0] * (0.078 * l, 0.17 * w, 0.8 * h) + at, dome[1]), looks.main())
    return d


def _book(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A paperback: pages between covers, a rounded spine, print on the front."""
    d = Draft()
    d.add(
        box((0.004 * l, 0.0, 0.5 * h), (0.975 * l, 0.985 * w, 0.86 * h)),
        looks.own("pages", "e6dfcb", 0.6, roughness=0.9),
    )
    for z in (0.035 * h, 0.965 * h):
        d.add(box((0.0, 0.0, z), (l, w, 0.07 * h)), looks.main())
    spine = ring((0.5 * h, 0.5 * h), 24)
    rows = np.stack(
        [
            np.column_stack(
                [-0.492 * l + np.minimum(0.3 * spine[:, 0], 0.008 * l), np.full(24, y), 0.5 * h + spine[:, 1]]
            )
            for y in (-0.5 * w, 0.5 * w)
        ]
    )
    d.add(outward(loft(rows)), looks.main())
    d.add(box((0.06 * l, 0.0, h), (0.6 * l, 0.8 * w, 2 * _T)), looks.print())
    d.add(box((-0.36 * l, 0.0, h), (0.05 * l, 0.7 * w, 2 * _T)), looks.paper())
    d.add(spun([(0.18 * l, 0.0), (0.18 * l, 3 * _T)], 28, (0.08 * l, 0.0, h)), looks.print(1))
    return d


def _tape(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A roll of packing tape on a cardboard core."""
    r = 0.5 * min(l, w)
    d = Draft()
    line = [
        (0.7 * r, 0.0),
        (0.985 * r, 0.0),
        (r, 0.02 * h),
        (r, 0.98 * h),
        (0.985 * r, h),
        (0.7 * r, h),
        (0.7 * r, 0.0),
    ]
    d.add(outward(lathe(line, 48)), looks.main())
    core = [(0.64 * r, 0.0), (0.705 * r, 0.0), (0.705 * r, h), (0.64 * r, h), (0.64 * r, 0.0)]
    d.add(outward(lathe(core, 48)), CARDBOARD)
    return d


PACKED: dict[str, Maker] = {
    "carton": _carton,
    "cereal": _cereal,
    "can": _can,
    "bottle": _bottle,
    "pouch": _pouch,
    "tube": _tube,
    "blister": _blister,
    "book": _book,
    "tape": _tape,
}
