"""Things that fell from vehicles: box, tyre, pallet, ladder, mattress, exhaust, and what ``freight`` has.

Sizes: a 600 x 400 mm box (module of ISO 3394), a 205/55 R16 tyre (ETRTO: 632 mm), the EUR pallet of EN 13698-1, a
sliding ladder of 3 m, a single mattress, the rear silencer of a car.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.bodies import RigidBody, Solid
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.shades import Shade, drawn_shade, dusty, shaded
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, loft, pose, ring, rounded_box, tube
from simengine_scenes.things.freight import (
    FREIGHT_SIZE_M,
    FREIGHT_WEIGHT_KG,
    bottle,
    bucket,
    chair,
    drum,
    planks,
    sack,
)

__all__ = ["CARGO_SIZE_M", "LOOKS", "cargo_asset", "pallet_draft"]

CARGO_SIZE_M: dict[str, tuple[float, float, float]] = {
    "box": (0.60, 0.40, 0.40),
    "tyre": (0.632, 0.632, 0.205),
    "pallet": (1.20, 0.80, 0.144),
    "ladder": (3.00, 0.45, 0.12),
    "mattress": (2.00, 0.90, 0.20),
    "exhaust": (1.25, 0.24, 0.15),
    **FREIGHT_SIZE_M,
}
"""Length, width and height by model."""
_WEIGHT_KG = {"box": 12.0, "tyre": 9.5, "pallet": 24.0, "ladder": 14.0, "mattress": 18.0, "exhaust": 11.0}
_WEIGHT_KG |= FREIGHT_WEIGHT_KG
"""A filled box, a car's tyre without rim, the EUR pallet as EN 13698-1 says, and as sold."""
_FRICTION = {"box": 0.45, "tyre": 0.8, "pallet": 0.5, "ladder": 0.4, "mattress": 0.6, "exhaust": 0.45}
_FRICTION |= {"sack": 0.6, "drum": 0.4, "gas_bottle": 0.4, "planks": 0.45, "chair": 0.4, "bucket": 0.4}
_ROUND = ("tyre", "drum", "gas_bottle", "bucket")
"""Stand or lie on a round foot."""
LOOKS = 6
"""Different things of one model."""
_DUSTS = 12
"""Steps from clean to dusty."""


def _box(look: int) -> Draft:
    """A cardboard box with tape and labels; a plastic crate; a wooden case."""
    length, width, height = CARGO_SIZE_M["box"]
    d = Draft()
    if look == 4:  # a crate of plastic
        for k in range(5):
            z = 0.02 + 0.085 * k
            d.add(box((0.0, 0.0, z), (length - 0.012, width - 0.012, 0.035)), palette.PLASTIC)
        for x in (-1, 0, 1):
            for y in (1.0, -1.0):
                d.add(box((0.28 * x, 0.18 * y, 0.5 * height), (0.04, 0.04, height)), palette.PLASTIC)
        d.add(box((0.0, 0.0, 0.5 * height), (length - 0.06, width - 0.06, height - 0.06)), palette.CRATE)
        for x in (0.5, -0.5):
            d.add(box((x * (length - 0.006), 0.0, 0.30), (0.006, width, 0.06)), palette.PLASTIC)
        d.add(box((0.0, 0.0, 0.37), (length - 0.012, width, 0.05)), palette.PLASTIC)
        return d
    if look == 5:  # a case of boards
        for k in range(4):
            board = 0.094
            d.add(box((0.0, 0.0, 0.05 + 0.1 * k), (length - 0.036, width - 0.036, board)), palette.PLYWOOD)
        for x in (0.5, -0.5):
            for y in (0.5, -0.5):
                post = (x * (length - 0.06), y * (width - 0.018), 0.5 * height)
                d.add(box(post, (0.06, 0.018, height)), palette.BENCH_WOOD)
        for x in (0.5, -0.5):
            for z in (0.04, 0.36):
                d.add(box((x * (length - 0.018), 0.0, z), (0.018, width - 0.04, 0.06)), palette.BENCH_WOOD)
        return d
    card = (palette.CARDBOARD, palette.CARDBOARD_WHITE, palette.CARDBOARD_DARK, palette.CARDBOARD)[look]
    d.add(rounded_box((0.0, 0.0, 0.5 * height), (length, width, height), 40.0, 24, 0.05), card)
    d.add(box((0.0, 0.0, height - 0.0008), (length - 0.13, 0.05, 0.002)), palette.PACKING_TAPE)
    for x in (0.5, -0.5):
        d.add(box((x * (length - 0.003), 0.0, 0.84 * height), (0.004, 0.05, 0.2 * height)), palette.PACKING_TAPE)
    d.add(
        box((0.12, 0.5 * width - 0.001, 0.24), (0.15, 0.003, 0.10)), palette.SIGN_BACK if look == 1 else palette.LABEL
    )
    d.add(box((-0.14, -0.5 * width + 0.001, 0.20), (0.12, 0.003, 0.16)), palette.LABEL)
    if look in (2, 3):  # flaps stand open
        for y, lift in ((0.5, 0.25), (-0.5, 0.45)):
            flap = box((0.0, 0.0, 0.0), (0.9 * length, 0.18, 0.004))
            turn = pose((0.0, y * (width - 0.20), height - 0.032), (1.0, 0.0, 0.0), math.copysign(0.3 * lift, -y))
            d.add(flap, card, pose=turn)
    return d


def _tyre(look: int) -> Draft:
    """A tyre lying on its side, with its grooves; some with a rim."""
    diameter, _, width = CARGO_SIZE_M["tyre"]
    r, h = 0.5 * diameter, 0.5 * width
    rim = 0.203 + 0.012
    inside = [(rim + 0.004, h + 0.30 * width), (r - 0.012, h + 0.26 * width), (r - 0.012, h - 0.26 * width),
              (rim + 0.004, h - 0.30 * width)]  # fmt: skip
    outside = [
        (rim, h - 0.36 * width), (rim + 0.012, h - 0.46 * width), (rim + 0.05, h - 0.5 * width),
        (r - 0.028, h - 0.46 * width), (r - 0.006, h - 0.36 * width), (r, h - 0.25 * width),
    ]  # fmt: skip
    groove: list[tuple[float, float]] = []
    for z in (-0.14, 0.0, 0.14):
        at = h + z * width
        groove += [(r, at - 0.006), (r - 0.008, at - 0.005), (r - 0.008, at + 0.005), (r, at + 0.006)]
    upper = [(x, 2.0 * h - z) for x, z in outside[::-1]]
    line = [*outside, *groove, *upper, *inside, outside[0]]
    d = Draft()
    wall = np.repeat([n < 5 or len(line) - 6 > n >= len(line) - 11 for n in range(len(line) - 1)], 72)
    d.add(lathe(line, 36), (palette.TYRE, palette.TYRE_WALL), wall)
    if look in (1, 2, 5):
        dish = [(rim + 0.002, h + 0.32 * width), (rim - 0.02, h + 0.30 * width), (0.6 * rim, h + 0.06 * width),
                (0.0, h + 0.10 * width)]  # fmt: skip
        d.add(lathe(dish, 24), palette.RIM if look != 5 else palette.RIM_DARK)
        under = [(0.0, h - 0.15 * width), (rim, h - 0.28 * width)]
        d.add(lathe(under, 24), palette.UNDERBODY)
        d.add(ellipsoid((0.0, 0.0, h + 0.12 * width), (0.03, 0.03, 0.012), 6, 12), palette.CHROME)
    return d


def pallet_draft(look: int) -> Draft:
    """EUR pallet: five boards above, three cross boards, nine blocks, three runners."""
    d = Draft()
    wood = (palette.PALLET_WOOD, palette.PALLET_GREY)[look % 2]
    block = palette.PALLET_BLOCK  # pressed chips
    for y, wide in ((0.3275, 0.145), (0.1475, 0.10), (0.0, 0.145), (-0.1475, 0.10), (-0.3275, 0.145)):
        if look >= 4 and y == 0.1475:
            continue  # one board is missing
        d.add(box((0.0, y, 0.133), (1.20, wide, 0.022)), wood)
    for x in (0.5275, 0.0, -0.5275):
        d.add(box((x, 0.0, 0.111), (0.145, 0.80, 0.022)), wood)
        for y, wide in ((0.35, 0.10), (0.0, 0.145), (-0.35, 0.10)):
            d.add(box((x, y, 0.061), (0.145, wide, 0.078)), block)
    for y, wide in ((0.35, 0.10), (0.0, 0.145), (-0.35, 0.10)):
        d.add(box((0.0, y, 0.011), (1.20, wide, 0.022)), wood)
    return d


def _ladder(look: int) -> Draft:
    """A sliding ladder of two sections, lying flat; of aluminium or wood."""
    length, width, height = CARGO_SIZE_M["ladder"]
    d = Draft()
    metal = palette.PLYWOOD if look in (1, 4) else palette.ALUMINIUM
    half = 0.5 * height
    for k, (inset, z) in enumerate(((0.0, 0.5 * half), (0.028, 1.5 * half))):
        y = 0.5 * width - inset - 0.0125
        for side in (1.0, -1.0):
            d.add(box((0.0, side * y, z), (length - 0.06 * k, 0.025, half)), metal)
            if k == 0:
                for x in (0.5, -0.5):
                    d.add(box((x * (length - 0.05), side * y, z), (0.05, 0.026, half - 0.002)), palette.RUBBER)
        for n in range(10):
            x = (n - 4.5) * 0.28 + 0.07 * k
            d.add(tube([(x, -y, z), (x, y, z)], 0.014, 8), metal)
    d.add(box((1.2, 0.0, half), (0.05, width - 0.05, 0.02)), palette.SIGN_RED)
    return d


def _mattress(look: int) -> Draft:
    """A mattress with piping round both edges, and stripes or quilting."""
    length, width, height = CARGO_SIZE_M["mattress"]
    cover = (palette.CARDBOARD_WHITE, palette.cloth("white"), palette.cloth("grey"), palette.cloth("blue"),
             palette.cloth("white"), palette.cloth("khaki"))[look]  # fmt: skip
    d = Draft().add(rounded_box((0.0, 0.0, 0.5 * height), (length - 0.012, width - 0.012, height), 14.0, 32), cover)
    edge = ring((0.5 * length - 0.009, 0.5 * width - 0.009), 40, 14.0)
    for z in (0.025, height - 0.025):
        line = np.column_stack([edge[:, 0], edge[:, 1], np.full(40, z)])
        d.add(tube(np.concatenate([line, line[:1]]), 0.009, 5), palette.cloth("navy" if look % 2 else "grey"))
    if look in (0, 3, 4):
        for k in range(6):
            x = (k - 2.5) * 0.31
            d.add(
                box((x, 0.0, height - 0.0005), (0.05, width - 0.14, 0.0012)), palette.cloth("blue" if look else "red")
            )
    return d


def _exhaust(look: int) -> Draft:
    """Rear silencer with its pipes, rusty or bright; it lies as it fell."""
    _, width, height = CARGO_SIZE_M["exhaust"]
    metal = palette.RUST if look % 2 else palette.GALVANISED
    d = Draft()
    section = ring((0.5 * width - 0.01, 0.5 * height), 20, 2.6)
    xs, shares = (-0.44, -0.425, -0.40, 0.02, 0.045, 0.06), (0.55, 0.92, 1.0, 1.0, 0.92, 0.55)
    rows = [
        np.column_stack([np.full(20, x), k * section[:, 0] + 0.01, 0.5 * height + k * section[:, 1]])
        for x, k in zip(xs, shares, strict=True)
    ]
    d.add(loft(np.stack(rows)), metal)
    pipe = [(0.03, 0.05, 0.09), (0.18, 0.04, 0.075), (0.34, -0.04, 0.05), (0.50, -0.07, 0.035), (0.625, -0.07, 0.032)]
    d.add(tube(pipe, 0.027, 10), metal)
    tail = [(-0.42, -0.05, 0.08), (-0.52, -0.06, 0.075), (-0.625, -0.06, 0.07)]
    d.add(tube(tail, 0.026, 10), palette.CHROME if look < 3 else metal)
    d.add(tube([(0.53, -0.07, 0.035), (0.56, -0.07, 0.035)], 0.033, 10), palette.IRON)
    d.add(box((-0.15, 0.109, 0.07), (0.06, 0.02, 0.04)), palette.RUBBER)
    d.add(box((-0.15, 0.0, height - 0.002), (0.05, 0.16, 0.004)), palette.IRON)
    d.add(box((-0.2, -0.108, 0.075), (0.03, 0.022, 0.03)), palette.IRON)
    return d


_MAKE: dict[str, Callable[[int], Draft]] = {
    "box": _box, "tyre": _tyre, "pallet": pallet_draft, "ladder": _ladder, "mattress": _mattress, "exhaust": _exhaust,
    "sack": sack, "drum": drum, "gas_bottle": bottle, "planks": planks, "chair": chair, "bucket": bucket,
}  # fmt: skip


def _occluders(model: str) -> tuple[Box, ...]:
    length, width, height = CARGO_SIZE_M[model]
    if model in ("box", "mattress"):
        return (Box((0.0, 0.0, 0.5 * height), (0.9 * length, 0.9 * width, 0.9 * height)),)
    if model in ("drum", "gas_bottle"):
        return (Box((0.0, 0.0, 0.45 * height), (0.6 * length, 0.6 * width, 0.5 * height)),)
    if model in ("sack", "planks"):
        return (Box((0.0, 0.0, 0.4 * height), (0.7 * length, 0.7 * width, 0.4 * height)),)
    if model == "pallet":
        return (Box((0.0, 0.0, 0.133), (1.1, 0.1, 0.015)),)
    return ()


def _body(model: str) -> RigidBody:
    """What impacts need of it: its box, of a tyre the disc."""
    length, width, height = CARGO_SIZE_M[model]
    shape = "cylinder" if model in _ROUND else "box"
    solid = Solid(shape, (length - 0.01, width - 0.01, height - 0.005), (0.0, 0.0, 0.5 * height))
    return RigidBody((solid,), _WEIGHT_KG[model], _FRICTION[model], 0.001, 0.3 if model == "tyre" else 0.1)


_Finish = tuple[Shade, int]
"""Shade and dust of a surface."""


@lru_cache(maxsize=128)
def _cargo(model: str, look: int, finishes: tuple[_Finish, ...]) -> Asset:
    semantic = CLASS_ID["debris"]
    plain = _MAKE[model](look)
    finish = {m.name: finishes[min(k, len(finishes) - 1)] for k, m in enumerate(plain.table())}
    whole = plain.recoloured(lambda m: dusty(shaded(m, finish[m.name][0]), finish[m.name][1] / _DUSTS))
    names, key = [m.name for m in whole.table()], f"{model}.{look}.{finishes}"
    a = Assembly()
    for name, some in (("body", names[:1]), ("details", names[1:2]), ("fittings", names[2:])):
        if some:
            a.cut(name, f"{key}.{name}", whole, some, semantic, 0)
    entity = Entity(
        model, "cargo", model, semantic, CARGO_SIZE_M[model], occluders=_occluders(model), body=_body(model)
    )
    return a.asset(entity)


def cargo_asset(model: str, variety: int) -> Asset:
    """A lost thing of a model in ``CARGO_SIZE_M``, one of ``LOOKS`` of it, each surface in its own shade and dust."""
    draw = stream(variety, "cargo", model)
    look = int(draw.integers(LOOKS))
    return _cargo(model, look, tuple((drawn_shade(draw), int(draw.integers(_DUSTS))) for _ in range(3)))
