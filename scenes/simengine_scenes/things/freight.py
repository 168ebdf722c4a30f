"""Loose goods that fell from vehicles: sacks, drums, gas bottles, planks, chairs, buckets.

Sizes: a sack of 25 kg, the 216.5 l steel drum of ISO 15750-2, a bottle for 11 kg of propane, boards of 2.4 m, a kitchen
chair, a bucket of 12 l.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import written
from simengine_scenes.shapes.solids import box, lathe, loft, pose, ring, rounded_box, tube

__all__ = ["FREIGHT_SIZE_M", "FREIGHT_WEIGHT_KG", "bottle", "bucket", "chair", "drum", "planks", "sack"]

FREIGHT_SIZE_M: dict[str, tuple[float, float, float]] = {
    "sack": (0.80, 0.50, 0.17),
    "drum": (0.585, 0.585, 0.88),
    "gas_bottle": (0.30, 0.30, 0.60),
    "planks": (2.40, 0.32, 0.13),
    "chair": (0.48, 0.44, 0.86),
    "bucket": (0.30, 0.30, 0.28),
}
"""Length, width and height by model."""
FREIGHT_WEIGHT_KG = {"sack": 25.0, "drum": 22.0, "gas_bottle": 18.0, "planks": 30.0, "chair": 5.0, "bucket": 0.9}
"""Of a full sack and a half full bottle; the drum and the bucket are empty."""


def sack(look: int) -> Draft:
    """A filled sack that lies flat, sewn at its ends, with a print."""
    length, width, height = FREIGHT_SIZE_M["sack"]
    cover = (palette.CARDBOARD, palette.cloth("white"), palette.cloth("khaki"), palette.CARGO_WHITE,
             palette.cloth("green"), palette.cloth("grey"))[look]  # fmt: skip
    shares = ((-0.5, 0.93, 0.10), (-0.47, 0.94, 0.14), (-0.40, 0.97, 0.62), (-0.25, 1.0, 0.95), (0.0, 0.98, 1.0),
              (0.22, 1.0, 0.92), (0.40, 0.97, 0.58), (0.47, 0.94, 0.14), (0.5, 0.93, 0.10))  # fmt: skip
    unit = ring((1.0, 1.0), 20, 2.8)
    rows = [
        np.column_stack([
            np.full(20, x * length), 0.5 * w * width * unit[:, 0],
            np.maximum(0.48 * h * height, 0.02) * unit[:, 1] + np.maximum(0.48 * h * height, 0.02),
        ])
        for x, w, h in shares
    ]  # fmt: skip
    skin = np.stack(rows)
    skin[..., 2] *= height / float(skin[..., 2].max())
    d = Draft().add(loft(skin), cover)
    ink = palette.cloth(("navy", "red", "black", "green", "white", "blue")[look])
    name = ("CEMENT 25", "FLOUR", "POTATO", "SALT", "SEED", "PLASTER")[look]
    d.add(written(name, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 0.12, 0.42), ink, pose=_flat(height + 0.001, 0.05))
    for x in (-0.475, 0.475):
        d.add(tube([(x * length, -0.45 * width, 0.03), (x * length, 0.45 * width, 0.03)], 0.006, 5), ink)
    return d


def _flat(z_m: float, y_m: float) -> F64Array:
    """Lays what stands and looks along -y on its back."""
    return pose((0.0, -y_m, z_m), (1.0, 0.0, 0.0), -0.5 * math.pi)


def drum(look: int) -> Draft:
    """A steel drum with two hoops, rims and bungs; of one colour or with a band, some rusty."""
    diameter, _, height = FREIGHT_SIZE_M["drum"]
    r, body = 0.5 * diameter, 0.5 * diameter - 0.013
    paint = (palette.box_side("blue"), palette.box_side("red"), palette.RUST, palette.box_side("green"),
             palette.box_side("yellow"), palette.box_side("black"))[look]  # fmt: skip
    line = [(0.0, 0.015), (body - 0.01, 0.015), (body - 0.01, 0.0), (body + 0.006, 0.0), (body + 0.006, 0.02),
            (body, 0.03)]  # fmt: skip
    for z in (height / 3.0, 2.0 * height / 3.0):
        line += [(body, z - 0.022), (r, z), (body, z + 0.022)]
    line += [(body, height - 0.03), (body + 0.006, height - 0.02), (body + 0.006, height), (body - 0.01, height),
             (body - 0.01, height - 0.015), (0.0, height - 0.015)]  # fmt: skip
    d = Draft().add(lathe(line, 36), paint)
    if look in (0, 3, 5):
        low, high = height / 3.0 + 0.04, 2.0 * height / 3.0 - 0.04
        band = [(body + 0.001, low), (body + 0.002, low), (body + 0.002, high), (body + 0.001, high)]
        d.add(lathe(band, 36), palette.CARGO_WHITE)
    else:
        d.add(box((body - 0.002, 0.0, 0.5 * height), (0.01, 0.16, 0.16)), palette.LABEL)
    for x, wide in ((0.16, 0.035), (-0.17, 0.02)):
        d.add(lathe([(0.0, 0.0), (wide, 0.0), (wide, 0.012), (0.0, 0.012)], 12), palette.GALVANISED,
              pose=pose((x, 0.05, height - 0.016)))  # fmt: skip
    return d


def bottle(look: int) -> Draft:
    """A gas bottle with foot, valve and collar."""
    diameter, _, height = FREIGHT_SIZE_M["gas_bottle"]
    r = 0.5 * diameter
    paint = (palette.box_side("grey"), palette.box_side("red"), palette.box_side("blue"), palette.box_side("orange"),
             palette.CARGO_WHITE, palette.box_side("green"))[look]  # fmt: skip
    line = [(0.0, 0.05), (0.6 * r, 0.045), (0.92 * r, 0.075), (r, 0.12), (r, 0.36), (0.93 * r, 0.41), (0.7 * r, 0.45),
            (0.3 * r, 0.475), (0.0, 0.48)]  # fmt: skip
    d = Draft().add(lathe(line, 28), paint)
    foot = [(0.74 * r, 0.0), (0.80 * r, 0.0), (0.80 * r, 0.07), (0.74 * r, 0.07), (0.74 * r, 0.0)]
    d.add(lathe(foot, 24), paint)
    d.add(tube([(0.0, 0.0, 0.47), (0.0, 0.0, 0.56)], 0.022, 10), palette.DRUM)
    d.add(tube([(0.0, 0.0, 0.53), (0.06, 0.0, 0.53)], 0.014, 8), palette.DRUM)
    guard = [(0.50 * r, 0.57), (0.56 * r, 0.565), (0.56 * r, height), (0.50 * r, height), (0.50 * r, 0.57)]
    steel = paint if look % 2 else palette.DRUM
    d.add(lathe(guard, 20), steel)
    for k in range(3):
        a = 2.0 * math.pi * k / 3.0 + 1.0
        post = (0.53 * r * math.cos(a), 0.53 * r * math.sin(a), 0.515)
        d.add(box((0.0, 0.0, 0.0), (0.012, 0.05, 0.13)), steel, pose=pose(post, (0.0, 0.0, 1.0), a))
    return d


def planks(look: int) -> Draft:
    """Boards in three layers with a strap, the upper ones slipped."""
    length, width, height = FREIGHT_SIZE_M["planks"]
    wood = (palette.FRESH_WOOD, palette.PALLET_WOOD, palette.PALLET_GREY, palette.FRESH_WOOD, palette.PLYWOOD,
            palette.BENCH_WOOD)[look]  # fmt: skip
    d, thick = Draft(), (height - 0.006) / 3.0
    for row in range(3):
        for k in range(2 + (look + row) % 2):
            count = 2 + (look + row) % 2
            wide = width / count
            slip = 0.0 if row == 0 else 0.03 * ((row * 7 + k * 5 + look * 3) % 5 - 2)
            long = length if row == 0 else length - 0.14
            at = (slip, -0.5 * width + (k + 0.5) * wide, (row + 0.5) * thick)
            d.add(box(at, (long, wide - 0.006 * (k % 2), thick - 0.003)), wood)
    for y in (0.5, -0.5):  # as wide and high as the size says
        d.add(box((0.5, y * (width - 0.004), 0.5 * height), (0.04, 0.004, height)), palette.PLASTIC)
    d.add(box((0.5, 0.0, height - 0.002), (0.04, width, 0.004)), palette.PLASTIC)
    return d


def chair(look: int) -> Draft:
    """A chair on four legs: with slats, with a padded back, or of plastic."""
    length, width, height = FREIGHT_SIZE_M["chair"]
    frame = (palette.BENCH_WOOD, palette.PALLET_WOOD, palette.GALVANISED, palette.IRON, palette.PLYWOOD,
             palette.POST_WHITE)[look]  # fmt: skip
    seat = (palette.BENCH_WOOD, palette.cloth("red"), palette.PLASTIC, palette.cloth("blue"), palette.PLYWOOD,
            palette.POST_WHITE)[look]  # fmt: skip
    d, x, y = Draft(), 0.5 * length - 0.018, 0.5 * width - 0.018
    for side in (y, -y):
        d.add(tube([(x, side, 0.0018), (x - 0.02, side, 0.45)], 0.018, 8), frame)
        d.add(tube([(-x, side, 0.0018), (-x + 0.04, side, 0.45), (-x + 0.01, side, height)], 0.018, 8), frame)
        d.add(tube([(x - 0.01, side, 0.2), (-x + 0.02, side, 0.2)], 0.011, 6), frame)
    d.add(rounded_box((0.01, 0.0, 0.455), (length - 0.06, width - 0.01, 0.035), 6.0, 20, 0.4), seat)
    if look in (1, 3):
        d.add(rounded_box((-x + 0.02, 0.0, 0.70), (0.04, width - 0.05, 0.22), 5.0, 16, 0.5), seat)
    else:
        for z in (0.58, 0.69, 0.80):
            d.add(box((-x + 0.02, 0.0, z), (0.02, width - 0.04, 0.05)), seat)
    return d


def bucket(look: int) -> Draft:
    """A bucket with a rim and a handle that hangs on one side."""
    diameter, _, height = FREIGHT_SIZE_M["bucket"]
    r = 0.5 * diameter - 0.004
    stuff = (palette.PLASTIC, palette.GALVANISED, palette.box_side("red"), palette.box_side("blue"),
             palette.BIN_GREEN, palette.CARGO_WHITE)[look]  # fmt: skip
    low = 0.72 * r
    line = [(0.0, 0.0), (low, 0.0), (r - 0.006, height - 0.03), (r + 0.004, height - 0.03), (r + 0.004, height),
            (r - 0.009, height), (low - 0.006, 0.008), (0.0, 0.008)]  # fmt: skip
    d = Draft().add(lathe(line, 28), stuff)
    turn = np.linspace(0.0, math.pi, 9)
    drop = 0.6
    bow = np.column_stack([(r - 0.012) * np.sin(turn) * 0.94, (r - 0.012) * np.cos(turn),
                           height - 0.03 - 0.10 * np.sin(turn) * drop])  # fmt: skip
    return d.add(tube(bow, 0.004, 6), palette.GALVANISED)
