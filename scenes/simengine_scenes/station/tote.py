"""The stacking box as a thing to see: ribbed walls with draught, a rim, open hand holds, a label, a stacking foot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.shades import drawn_shade, shaded
from simengine_scenes.shapes.solids import box, loft, ring
from simengine_scenes.station import materials as m
from simengine_scenes.station.tote_plan import FLOOR_TOP_M, INNER_M, TOTE_M, tote_body

__all__ = ["tote_asset"]

_SEGMENTS = 96


def _round(half_x: float, half_y: float, z: float, corner_m: float) -> F64Array:
    """A rectangle with round corners at a height."""
    c, s = ring((1.0, 1.0), _SEGMENTS).T
    x = np.clip(c * 4.0, -1.0, 1.0) * (half_x - corner_m) + c * corner_m
    y = np.clip(s * 4.0, -1.0, 1.0) * (half_y - corner_m) + s * corner_m
    return np.column_stack([x, y, np.full(_SEGMENTS, z)])


def _shell(outer: list[tuple[float, float, float]], inner: list[tuple[float, float, float]]) -> tuple[Any, Any]:
    """A basin: (half length, half width, z) from the foot up outside, and down again inside."""
    return loft(np.stack([_round(x, y, z, 0.025) for x, y, z in (*outer, *inner)]))


def tote_asset(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    """A box of one colour; worn ones are duller, and labels come off."""
    wear, wet = float(values.get("wear", 0.2)), float(values.get("wet", 0.0) or 0.0)
    tint = str(values.get("tint", "grey"))
    draw = stream(variety, "tote")
    batch, paper = drawn_shade(draw), drawn_shade(draw)
    plastic = shaded(m.tote_plastic(tint, round(wear, 3), round(wet, 3)), batch)
    labels = Draft()
    length, width, height = TOTE_M
    hx, hy = 0.5 * length, 0.5 * width
    ix, iy = 0.5 * INNER_M[0], 0.5 * INNER_M[1]
    d = Draft()
    wall = 0.0035
    outer = [
        (hx - 0.034, hy - 0.034, 0.0),
        (hx - 0.03, hy - 0.03, 0.002),
        (hx - 0.03, hy - 0.03, 0.012),
        (ix + wall - 0.004, iy + wall - 0.004, 0.016),
        (ix + wall, iy + wall, height - 0.045),
        (ix + wall, iy + wall, height - 0.034),
        (hx - 0.002, hy - 0.002, height - 0.032),
        (hx, hy, height - 0.030),
        (hx, hy, height - 0.002),
        (hx - 0.002, hy - 0.002, height),
    ]
    inner = [
        (ix + 0.002, iy + 0.002, height),
        (ix, iy, height - 0.003),
        (ix - 0.003, iy - 0.003, 0.016),
        (ix - 0.008, iy - 0.008, FLOOR_TOP_M),
    ]
    d.add(_shell(outer, inner), plastic)
    _ribs(d, plastic, ix + wall, iy + wall)
    for s in (1.0, -1.0):  # grips: a raised frame around a dark hollow, on the short sides
        at = s * (ix + wall)
        d.add(box((at + s * 0.009, 0.0, height - 0.052), (0.018, 0.15, 0.007)), plastic)
        d.add(box((at + s * 0.009, 0.0, height - 0.105), (0.018, 0.15, 0.007)), plastic)
        for y in (1.0, -1.0):
            d.add(box((at + s * 0.009, y * 0.0715, height - 0.0785), (0.018, 0.007, 0.046)), plastic)
        d.add(box((at + s * 0.0006, 0.0, height - 0.0785), (0.0012, 0.136, 0.046)), m.INK)
        if variety % 3 != 2 or wear < 0.3:
            _label(labels, s, shaded(m.TOTE_LABELS[variety % len(m.TOTE_LABELS)], paper), variety)
    build = Assembly()
    key = f"tote.{tint}.{wear:.4f}.{wet:.4f}.{variety}"
    build.add("tote", key, d, CLASS_ID["tote"])
    if labels.table():
        build.add("label", f"{key}.label", labels, CLASS_ID["tote"])
    body = tote_body(model, values)
    walls = tuple(Box(s.center_m, s.size_m) for s in body.solids)
    entity = Entity("tote", "tote", "", CLASS_ID["tote"], TOTE_M, occluders=walls, body=body)
    return build.asset(entity)


def _ribs(d: Draft, plastic: Any, x: float, y: float) -> None:
    """Upright ribs outside, two bands around, and ribs under the floor."""
    height = TOTE_M[2]
    low, high = 0.018, height - 0.034
    mid, tall = 0.5 * (low + high), high - low
    for s in (1.0, -1.0):
        for k in range(9):
            at = -0.24 + 0.06 * k
            d.add(box((at, s * (y + 0.006), mid), (0.004, 0.013, tall)), plastic)
        for at in (-0.15, -0.11, 0.11, 0.15):
            d.add(box((s * (x + 0.006), at, mid), (0.013, 0.004, tall)), plastic)
        d.add(box((0.0, s * (y + 0.005), 0.075), (0.5, 0.011, 0.005)), plastic)
        d.add(box((s * (x + 0.005), 0.0, 0.075), (0.011, 0.31, 0.005)), plastic)


def _label(d: Draft, side: float, paper: Material, variety: int) -> None:
    """A paper label with bars on a long side."""
    y = side * (0.5 * INNER_M[1] + 0.0035)
    middle = (0.09 * side, y + side * 0.0136, 0.125)
    d.add(box((middle[0], y + side * 0.0125, middle[2]), (0.1, 0.0016, 0.06)), paper)
    at, n = -0.042, variety * 7 + 3
    while at < 0.036:
        wide = (0.0012, 0.0024, 0.0018, 0.0036)[n % 4]
        d.add(box((middle[0] + at, middle[1], middle[2] + 0.008), (wide, 0.0004, 0.03)), m.INK)
        at += wide + (0.0014, 0.0022, 0.003)[n % 3]
        n = (n * 5 + 11) % 97
    d.add(box((middle[0] - 0.01, middle[1], middle[2] - 0.017), (0.06, 0.0004, 0.006)), m.INK)
