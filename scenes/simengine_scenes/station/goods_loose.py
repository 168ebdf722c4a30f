"""Loose goods: kitchen and workshop things, toys, fruit."""

from __future__ import annotations

import math

import numpy as np

from simengine.world.materials import Pattern
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, loft, pose, ring, tube
from simengine_scenes.station.forms import band, outward, rod, slab, soft_block, spun, swept
from simengine_scenes.station.goods_looks import Looks
from simengine_scenes.station.goods_packed import Maker

__all__ = ["LOOSE"]


def _arc(begin: float, end: float, count: int) -> list[tuple[float, float]]:
    return [(math.cos(a), math.sin(a)) for a in np.linspace(begin, end, count).tolist()]


def _mug(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A glazed mug with a handle; it is hollow."""
    r, x = 0.5 * w, -0.5 * l + 0.5 * w
    d = Draft()
    line = [
        (0.0, 0.03 * h),
        (0.78 * r, 0.03 * h),
        (0.8 * r, 0.0),
        (0.9 * r, 0.0),
        (0.97 * r, 0.05 * h),
        (r, 0.15 * h),
        (r, 0.97 * h),
        (0.985 * r, h),
        (0.955 * r, h),
        (0.93 * r, 0.97 * h),
        (0.93 * r, 0.14 * h),
        (0.85 * r, 0.08 * h),
        (0.0, 0.07 * h),
    ]
    d.add(outward(lathe(line, 48)), looks.main(), pose=pose((x, 0.0, 0.0)))
    grip = 0.5 * l - (x + r)
    bow = [
        (x + 0.94 * r, 0.0, 0.8 * h),
        *((x + r + 0.86 * grip * c, 0.0, 0.5 * h + 0.3 * h * s) for c, s in _arc(1.35, -1.35, 11)),
        (x + 0.94 * r, 0.0, 0.2 * h),
    ]
    bow = [(min(p[0], 0.5 * l - 0.12 * grip), p[1], p[2]) for p in bow]
    d.add(tube(bow, 0.115 * grip + 0.035 * w, 14), looks.main())
    if looks.variety % 2:
        d.add(band(r, 0.3 * h, 0.4 * h, 2e-4, 48), looks.print(), pose=pose((x, 0.0, 0.0)))
        d.add(band(r, 0.45 * h, 0.48 * h, 2e-4, 48), looks.print(1), pose=pose((x, 0.0, 0.0)))
    return d


def _bowl(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(l, w)
    outside = [
        (0.5 * r, 0.0),
        (0.54 * r, 0.0),
        (0.55 * r, 0.05 * h),
        *(((0.55 + 0.45 * s) * r, (0.05 + 0.95 * (1 - c)) * h) for c, s in _arc(0.15, 0.5 * math.pi, 8)),
    ]
    inside = [(x - 0.035 * r, z + 0.02 * h if z < 0.9 * h else z) for x, z in outside[:2:-1]]
    return Draft().add(spun([(0.0, 0.05 * h), *outside, *inside, (0.0, 0.13 * h)], 56), looks.main())


def _spoon(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    steel = looks.steel(0.18)
    d = Draft()
    x = np.linspace(-0.5 * l, 0.165 * l, 24)
    arch = np.where(x < 0.05 * l, 0.27 * l, 0.16 * l)  # a long fall to the end that lies on the table
    rise = 0.04 * h + 0.80 * h * np.exp(-(((x - 0.05 * l) / arch) ** 2))
    half = np.column_stack([0.11 * w + 0.14 * w * np.exp(-(((x + 0.44 * l) / (0.13 * l)) ** 2)), np.full(24, 0.05 * h)])
    d.add(swept(np.column_stack([x, np.zeros(24), rise + 0.05 * h]), half), steel)
    rings = []
    for k, (s, z) in enumerate(((1.0, 1.0), (0.93, 0.72), (0.72, 0.3), (0.4, 0.06), (0.1, 0.0))):
        flat = ring((0.17 * l * s, 0.5 * w * s), 32)
        rings.append(np.column_stack([0.33 * l + flat[:, 0], flat[:, 1], np.full(32, 0.55 * h * z)]))
        del k
    inner = [np.column_stack([r[:, :2] * (0.97, 0.97) + (0.01 * l, 0.0), r[:, 2] + 0.05 * h]) for r in rings]
    d.add(outward(loft(np.stack([*rings[::-1], *inner]))), steel)
    return d


def _marker(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(w, h)
    at = (0.0, 0.0, r)
    d = Draft().add(rod(-0.5 * l, 0.18 * l, 0.94 * r, at, 28), looks.paper())
    d.add(rod(0.17 * l, 0.5 * l, r, at, 28, 0.3), looks.main())
    d.add(rod(-0.5 * l, -0.44 * l, r, at, 28), looks.main())
    d.add(rod(-0.3 * l, -0.02 * l, 0.955 * r, at, 28, 0.02), looks.print())
    d.add(box((0.33 * l, 0.0, 1.93 * r), (0.28 * l, 0.28 * r, 0.12 * r)), looks.main())
    return d


def _screwdriver(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(w, h)
    d = Draft()
    grip = [
        (0.5, -0.5),
        (0.85, -0.48),
        (0.95, -0.44),
        (1.0, -0.3),
        (0.98, -0.16),
        (0.8, -0.09),
        (0.72, -0.05),
        (0.84, -0.02),
        (0.6, 0.01),
    ]
    d.add(spun([(k * r, x * l) for k, x in grip], 28, (0.0, 0.0, r), "x"), looks.main())
    for n in range(6):
        a = n * math.pi / 3
        d.add(
            box((-0.3 * l, 0.0, 0.97 * r), (0.26 * l, 0.26 * r, 0.1 * r)),
            looks.ink(),
            pose=pose((0.0, 0.0, r), (1.0, 0.0, 0.0), a),
        )
    d.add(rod(0.0, 0.47 * l, 0.22 * r, (0.0, 0.0, r), 16, 0.05), looks.steel())
    tip = np.stack(
        [
            np.column_stack([np.full(12, x * l), ring((y * r, z * r), 12, 4.0) + np.array([0.0, r])])
            for x, y, z in ((0.44, 0.22, 0.22), (0.48, 0.27, 0.12), (0.5, 0.27, 0.06))
        ]
    )
    d.add(outward(loft(tip)), looks.steel())
    return d


def _scissors(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    d = Draft()
    for s in (1.0, -1.0):
        z = 0.5 * h + s * 0.16 * h
        t = 0.3 * h
        blade = [
            (0.0, -0.06 * w * s),
            (0.16 * l, -0.1 * w * s),
            (0.5 * l, 0.0),
            (0.2 * l, 0.12 * w * s),
            (0.0, 0.1 * w * s),
            (-0.08 * l, 0.0),
        ]
        d.add(slab(blade, z - 0.5 * t, z + 0.5 * t, 0.1 * t), looks.steel())
        loop = [
            (-0.3 * l + 0.17 * l * c, -s * 0.29 * w + 0.17 * w * q, 0.5 * h) for c, q in _arc(0.0, 2.0 * math.pi, 21)
        ]
        d.add(tube(loop, 0.032 * w, 12), looks.main())
        d.add(
            tube([(-0.14 * l, -s * 0.2 * w, z), (-0.06 * l, -s * 0.07 * w, z), (0.02 * l, 0.0, z)], 0.06 * w, 12),
            looks.main(),
        )
    d.add(spun([(0.05 * w, 0.06 * h), (0.05 * w, 0.94 * h)], 20), looks.steel(0.4))
    return d


def _sponge(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    d = Draft()
    foam = looks.own("foam", looks.code(), 0.6, Pattern.ASPHALT, 0.12, 0.97)
    d.add(soft_block((0.0, 0.0, 0.4 * h), (l, w, 0.8 * h), 0.05 * h, 18.0, 48), foam)
    scrub = looks.own("scrub", "2f6b3a" if looks.tint != "green" else "7a2f2a", 0.4, Pattern.ASPHALT, 0.06, 0.98)
    d.add(soft_block((0.0, 0.0, 0.9 * h), (l, w, 0.2 * h), 0.04 * h, 18.0, 48), scrub)
    return d


def _soap(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    d = Draft().add(soft_block((0.0, 0.0, 0.5 * h), (l, w, h), 0.42 * h, 3.2, 48), looks.main())
    d.add(soft_block((0.0, 0.0, h - 0.01 * h), (0.5 * l, 0.4 * w, 0.03 * h), 0.01 * h, 3.0, 40), looks.main())
    return d


def _ball(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A tennis ball or a toy ball with a seam or rings."""
    r = np.array([l, w, h]) * 0.5
    felt = looks.own("felt", looks.code(), 0.6, Pattern.GRASS, 0.05) if looks.roughness > 0.6 else looks.main()
    d = Draft().add(ellipsoid((0.0, 0.0, r[2]), r * (1.0, 1.0, 1.0), 20, 40), felt)
    t = np.linspace(0.0, 2.0 * math.pi, 81)
    a, b = 0.75, 0.25  # the curve of a tennis ball's seam
    line = np.column_stack(
        [a * np.cos(t) + b * np.cos(3 * t), a * np.sin(t) - b * np.sin(3 * t), 2.0 * math.sqrt(a * b) * np.sin(2 * t)]
    )
    line /= np.sqrt((line * line).sum(-1, keepdims=True))
    d.add(tube(line * r * 0.985 + (0.0, 0.0, r[2]), 0.024 * l, 8), looks.paper())
    return d


def _marble(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = np.array([l, w, h]) * 0.5
    glass = looks.own("glass", looks.code(), 0.3, roughness=0.04, specular=0.05)
    d = Draft().add(ellipsoid((0.0, 0.0, r[2]), r, 16, 32), glass)
    t = np.linspace(-1.2, 1.2, 15)
    swirl = np.column_stack([np.cos(t) * np.cos(2 * t), np.cos(t) * np.sin(2 * t), np.sin(t)])
    d.add(tube(swirl * r * 0.98 + (0.0, 0.0, r[2]), 0.03 * l, 8), looks.print())
    return d


def _fruit(l: float, w: float, h: float, looks: Looks, code: str, spots: Pattern, dip: float) -> Draft:  # noqa: E741
    skin = looks.own("skin", code, 0.55, spots, 0.05, max(0.25, 0.5 * looks.roughness + 0.15))
    line = []
    for k in range(21):
        a = -0.5 * math.pi + math.pi * k / 20
        r = math.cos(a) ** 0.9 if abs(math.cos(a)) > 1e-6 else 0.0
        z = 0.5 * h + 0.5 * h * math.sin(a) * (1.0 - dip * math.exp(-((r / 0.25) ** 2)))
        line.append((max(0.5 * min(l, w) * r, 0.0), z))
    line[0], line[-1] = (0.0, line[0][1]), (0.0, line[-1][1])
    surface = spun(line, 40)
    surface[0][:, 0] *= l / min(l, w)
    surface[0][:, 1] *= w / min(l, w)
    return Draft().add(surface, skin)


def _apple(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    code = ("a3262a", "8fae3c", "c24a2e", "d3b23f")[looks.variety % 4]
    d = _fruit(l, w, 0.97 * h, looks, code, Pattern.PLASTER, 0.28)
    d.add(
        tube([(0.0, 0.0, 0.72 * h), (0.01 * l, 0.0, 0.86 * h), (0.05 * l, 0.0, 0.98 * h)], 0.018 * l, 8),
        looks.own("stalk", "4d3823"),
    )
    return d


def _orange(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    d = _fruit(l, w, h, looks, "d9781f", Pattern.ASPHALT, 0.04)
    d.add(spun([(0.06 * l, 0.9 * h), (0.05 * l, 0.985 * h)], 10), looks.own("stalk", "55602c"))
    return d


def _egg(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    code = ("d9b38c", "ece6da", "c99a72")[looks.variety % 3]
    x = [
        (
            0.5 * h * math.sin(math.pi * k / 20) * (1.0 - 0.14 * math.cos(math.pi * k / 20)),
            -0.5 * l * math.cos(math.pi * k / 20),
        )
        for k in range(21)
    ]
    most = max(r for r, _ in x)
    x = [(r * 0.5 * h / most, z) for r, z in x]
    x[0], x[-1] = (0.0, x[0][1]), (0.0, x[-1][1])
    return Draft().add(spun(x, 36, (0.0, 0.0, 0.5 * h), "x"), looks.own("shell", code, 0.6, Pattern.PLASTER, 0.02, 0.6))


def _walnut(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    vertices, faces = ellipsoid((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 28, 48)
    a, z = np.arctan2(vertices[:, 1], vertices[:, 0]), vertices[:, 2]
    bump = (
        1.0 - 0.035 * (1.0 + np.sin(7 * a + 5 * z + looks.variety)) - 0.025 * (1.0 + np.sin(11 * z - 4 * np.cos(3 * a)))
    )
    points = vertices * bump[:, None] / 1.0
    points = points / np.abs(points).max(0) * np.array([0.5 * l, 0.5 * w, 0.5 * h]) + (0.0, 0.0, 0.5 * h)
    d = Draft().add((points, faces), looks.own("nutshell", "a67c4f", 0.5, Pattern.PLASTER, 0.012, 0.75))
    seam = [(0.49 * l * c, 0.0, 0.5 * h + 0.49 * h * s) for c, s in _arc(0.0, 2.0 * math.pi, 33)]
    d.add(tube(seam, 0.02 * l, 8), looks.own("nutseam", "8a6237", 0.5, roughness=0.8))
    return d


def _banana(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    skin = looks.own("banana", "d8b53a" if looks.wear < 0.6 else "b89a3a", 0.6, Pattern.PLASTER, 0.04, 0.5)
    tip = looks.own("banana_tip", "4a3c22", 0.3, roughness=0.8)
    u = np.linspace(-1.0, 1.0, 25)
    half = 0.46 * h * (1.0 - np.abs(u) ** 4) ** 0.55 + 0.06 * h
    half = np.where(u > 0.86, np.minimum(half, 0.16 * h), half)
    bow = (1.0 - u * u) * (w - h) - 0.5 * (w - h)
    line = np.column_stack([0.485 * l * u, bow, np.full(25, 0.5 * h)])
    d = Draft().add(swept(line, np.column_stack([half, half * 0.98]), 24, 2.9), skin)
    for s, long in ((1.0, 0.03), (-1.0, 0.012)):
        end = np.array([s * 0.485 * l, -0.5 * (w - h), 0.5 * h])
        d.add(
            tube([end - (s * 0.01 * l, 0.0, 0.0), end + np.array([s * long * 0.5 * l, -0.02 * w, 0.0])], 0.13 * h, 10),
            tip,
        )
    return d


def _dice(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    d = Draft().add(soft_block((0.0, 0.0, 0.5 * h), (l, w, h), 0.1 * h, 10.0, 40), looks.main())
    pip = looks.paper() if looks.tint not in ("white", "") else looks.ink()
    spots = {
        1: [(0, 0)],
        2: [(1, 1), (-1, -1)],
        3: [(0, 0), (1, 1), (-1, -1)],
        4: [(1, 1), (1, -1), (-1, 1), (-1, -1)],
        5: [(0, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)],
        6: [(1, 1), (1, 0), (1, -1), (-1, 1), (-1, 0), (-1, -1)],
    }
    faces = (
        (1, (0, 1, 2), 1.0),
        (6, (0, 1, 2), -1.0),
        (2, (1, 2, 0), 1.0),
        (5, (1, 2, 0), -1.0),
        (3, (2, 0, 1), 1.0),
        (4, (2, 0, 1), -1.0),
    )
    for number, order, side in faces:
        for u, v in spots[number]:
            local = np.array([0.25 * l * u, 0.25 * w * v, side * 0.5 * h])
            dot, f = spun([(0.085 * l, -1.5e-4), (0.085 * l, 1.5e-4)], 14)
            points = (dot + local)[:, list(order)]
            d.add((points + np.array([0.0, 0.0, 0.5 * h]), f), pip)
    return d


def _coin(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(l, w)
    metal = looks.brass() if looks.variety % 2 else looks.steel()
    d = Draft().add(
        spun([(0.97 * r, 0.0), (r, 0.1 * h), (r, 0.9 * h), (0.97 * r, h), (0.9 * r, h), (0.88 * r, 0.85 * h)], 48),
        metal,
    )
    d.add(soft_block((0.0, 0.0, 0.86 * h), (0.7 * r, 0.5 * r, 0.2 * h), 0.05 * h, 3.0, 28), metal)
    return d


def _thimble(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(l, w)
    line = [
        (0.9 * r, 0.0),
        (r, 0.02 * h),
        (r, 0.08 * h),
        (0.95 * r, 0.1 * h),
        (0.85 * r, 0.7 * h),
        (0.7 * r, 0.92 * h),
        (0.35 * r, h),
        (0.0, h),
    ]
    d = Draft().add(spun(line, 32), looks.steel())
    for k in range(5):
        for n in range(14):
            a = (n + 0.5 * (k % 2)) * math.pi / 7
            q = (0.925 - 0.02 * k) * r
            at = (q * math.cos(a), q * math.sin(a), (0.25 + 0.11 * k) * h)
            d.add(ellipsoid(at, (0.04 * r,) * 3, 4, 6), looks.own("dimple", "5c5f62", 0.3))
    return d


def _nut(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    """A hexagonal nut, standing on a flat."""
    del w
    outer = np.array([[0.5 * l * math.cos(a), 0.5 * l * math.sin(a)] for a in np.arange(24) * math.pi / 12])
    a = np.arange(24) * math.pi / 12
    flat = 0.5 * l * math.cos(math.pi / 6) / np.cos(np.remainder(a + math.pi / 6, math.pi / 3) - math.pi / 6)
    outer = np.column_stack([flat * np.cos(a), flat * np.sin(a)])
    inner = 0.27 * l * np.column_stack([np.cos(a), np.sin(a)])
    rows = [
        np.column_stack([o, np.full(24, z)])
        for o, z in (
            (inner, 0.0),
            (outer * 0.95, 0.0),
            (outer, 0.1 * h),
            (outer, 0.9 * h),
            (outer * 0.95, h),
            (inner, h),
            (inner, 0.0),
        )
    ]
    return Draft().add(outward(loft(np.stack(rows), (False, False))), looks.steel())


def _pawn(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(l, w)
    line = [
        (0.95 * r, 0.0),
        (r, 0.04 * h),
        (r, 0.1 * h),
        (0.85 * r, 0.15 * h),
        (0.78 * r, 0.2 * h),
        (0.45 * r, 0.32 * h),
        (0.36 * r, 0.52 * h),
        (0.38 * r, 0.6 * h),
        (0.6 * r, 0.63 * h),
        (0.6 * r, 0.66 * h),
        (0.4 * r, 0.69 * h),
    ]
    line += [(0.52 * r * c, 0.83 * h + 0.17 * h * s) for c, s in _arc(-0.9, 0.5 * math.pi, 9)]
    line[-1] = (0.0, h)
    return Draft().add(
        spun(line, 36), looks.own("wood", "d6b27c" if looks.variety % 2 else "3b2a20", 0.5, Pattern.WOOD, 0.3)
    )


def _bottle_cap(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    a = np.arange(84) * 2.0 * math.pi / 84
    r = 0.5 * min(l, w)
    frill = 1.0 + 0.05 * np.cos(21 * a) - 0.05
    rows = []
    for k, z, f in ((1.0, 0.0, 1.0), (0.97, 0.3 * h, 0.8), (0.9, 0.75 * h, 0.3), (0.82, 0.94 * h, 0.0), (0.7, h, 0.0)):
        q = r * k * (1.0 + (frill - 1.0) * f)
        rows.append(np.column_stack([q * np.cos(a), q * np.sin(a), np.full(84, z)]))
    d = Draft().add(outward(loft(np.stack(rows))), looks.main())
    d.add(spun([(0.45 * r, h - 1e-4), (0.45 * r, h + 1.5e-4)], 28), looks.print())
    return d


def _eraser(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    d = Draft().add(
        soft_block((0.0, 0.0, 0.5 * h), (l, 0.97 * w, 0.96 * h), 0.14 * h, 12.0, 40),
        looks.own("rubber", "e7e3da", 0.6, roughness=0.85),
    )
    d.add(soft_block((-0.14 * l, 0.0, 0.5 * h), (0.6 * l, w, h), 0.05 * h, 24.0, 40), looks.main())
    d.add(box((-0.14 * l, 0.0, h), (0.4 * l, 0.3 * w, 2e-4)), looks.paper())
    return d


def _cork(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(w, h)
    return Draft().add(
        rod(-0.5 * l, 0.5 * l, r, (0.0, 0.0, r), 32, 0.08), looks.own("cork", "b98d5c", 0.6, Pattern.ASPHALT, 0.08, 0.9)
    )


def _battery(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    r = 0.5 * min(w, h)
    at = (0.0, 0.0, r)
    d = Draft().add(rod(-0.5 * l, 0.27 * l, r, at, 32, 0.08), looks.ink())
    d.add(rod(0.26 * l, 0.46 * l, r, at, 32, 0.08), looks.own("copper", "b8743a", 0.6, roughness=0.3, specular=0.3))
    d.add(rod(0.45 * l, 0.5 * l, 0.36 * r, at, 20), looks.steel())
    d.add(rod(-0.5 * l - 1e-5, -0.485 * l, 0.8 * r, at, 24), looks.steel())
    d.add(rod(-0.3 * l, 0.1 * l, 1.004 * r, at, 32, 0.01), looks.main())
    return d


def _key(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    metal = looks.brass() if looks.variety % 2 else looks.steel()
    d = Draft()
    bow = 0.5 * w * np.array(_arc(0.0, 2.0 * math.pi, 33))[:-1] + (-0.5 * l + 0.5 * w, 0.0)
    inner = 0.16 * w * np.array(_arc(0.0, 2.0 * math.pi, 33))[:-1] + (-0.5 * l + 0.3 * w, 0.0)
    rows = [
        np.column_stack([o, np.full(32, z)]) for o, z in ((inner, 0.0), (bow, 0.0), (bow, h), (inner, h), (inner, 0.0))
    ]
    d.add(outward(loft(np.stack(rows), (False, False))), metal)
    x0, x1 = -0.5 * l + 0.93 * w, 0.5 * l
    d.add(box((0.5 * (x0 + x1), 0.06 * w, 0.5 * h), (x1 - x0, 0.22 * w, 0.86 * h)), metal)
    for n in range(5):
        deep = (0.1, 0.2, 0.06, 0.16, 0.12)[(n + looks.variety) % 5] * w
        at = x0 + (x1 - x0) * (0.36 + 0.13 * n)
        d.add(box((at, -0.05 * w - 0.5 * deep, 0.5 * h), (0.1 * (x1 - x0), deep, 0.8 * h)), metal)
    return d


def _lighter(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    body = looks.own("clear", looks.code(), 0.5, roughness=0.1, specular=0.05)
    d = Draft().add(soft_block((-0.08 * l, 0.0, 0.5 * h), (0.84 * l, w, h), 0.2 * h, 4.0, 40), body)
    d.add(soft_block((0.41 * l, 0.0, 0.5 * h), (0.18 * l, 0.9 * w, 0.9 * h), 0.05 * h, 6.0, 32), looks.steel())
    d.add(
        spun([(0.3 * h, -0.3 * h), (0.32 * h, 0.0), (0.3 * h, 0.3 * h)], 24, (0.43 * l, 0.22 * w, 0.5 * h)),
        looks.steel(0.6),
    )
    d.add(box((0.4 * l, -0.32 * w, 0.5 * h), (0.12 * l, 0.24 * w, 0.6 * h)), looks.print())
    return d


def _peg(l: float, w: float, h: float, looks: Looks) -> Draft:  # noqa: E741
    wood = looks.own("peg", "cfa873" if not looks.tint else looks.code(), 0.5, Pattern.WOOD, 0.3, 0.7)
    d = Draft()
    for s in (1.0, -1.0):
        half = [
            (-0.5 * l, s * 0.46 * w),
            (-0.1 * l, s * 0.1 * w),
            (0.42 * l, s * 0.06 * w),
            (0.5 * l, s * 0.2 * w),
            (0.46 * l, s * 0.46 * w),
            (0.0, s * 0.48 * w),
            (-0.44 * l, s * 0.5 * w),
        ]
        d.add(slab(half, 0.02 * h, 0.98 * h, 0.04 * h), wood)
    wire = [
        (0.05 * l + 0.06 * l * c, 0.38 * w * s, (0.3 + 0.07 * n) * h)
        for n in range(6)
        for c, s in _arc(0.0, 1.75 * math.pi, 7)
    ]
    d.add(tube(wire, 0.025 * w, 6), looks.steel(0.3))
    return d


LOOSE: dict[str, Maker] = {
    "mug": _mug,
    "bowl": _bowl,
    "spoon": _spoon,
    "marker": _marker,
    "screwdriver": _screwdriver,
    "scissors": _scissors,
    "sponge": _sponge,
    "soap": _soap,
    "ball": _ball,
    "marble": _marble,
    "apple": _apple,
    "orange_fruit": _orange,
    "egg": _egg,
    "walnut": _walnut,
    "banana": _banana,
    "dice": _dice,
    "coin": _coin,
    "thimble": _thimble,
    "nut": _nut,
    "chess_pawn": _pawn,
    "bottle_cap": _bottle_cap,
    "eraser": _eraser,
    "cork": _cork,
    "battery": _battery,
    "key": _key,
    "lighter": _lighter,
    "peg": _peg,
}
