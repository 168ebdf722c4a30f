"""Rounded bodies for limbs and trunks: skins through super-elliptic sections stacked along z."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simengine_scenes.shapes.draft import Surface
from simengine_scenes.shapes.solids import loft, ring

__all__ = ["Section", "limb", "trunk"]

Section = tuple[float, float, float, float]
"""Height z, forward offset x, half depth (x), half width (y); metres."""


def trunk(
    sections: Sequence[Section], segments: int = 20, power: float = 2.3, y_m: float | Sequence[float] = 0.0
) -> Surface:
    """Skin through sections from low to high, closed at both ends; ``y_m``: their middles, one for all or one each."""
    unit = ring((1.0, 1.0), segments, power)
    aside = np.broadcast_to(np.asarray(y_m, np.float64), (len(sections),)).tolist()
    rings = [
        np.column_stack([x + rx * unit[:, 0], y + ry * unit[:, 1], np.full(segments, z)])
        for (z, x, rx, ry), y in zip(sections, aside, strict=True)
    ]
    return loft(np.stack(rings))


def limb(sections: Sequence[Section], segments: int = 12, y_m: float = 0.0, caps: int = 3) -> Surface:
    """Like ``trunk`` with round ends, which reach beyond the first and last section by their mean radius."""
    low, high = sections[0], sections[-1]
    bulge: list[Section] = []
    for k in range(caps):
        a = 0.5 * math.pi * (k + 0.3) / (caps + 0.3)
        bulge.append((-math.cos(a), 0.0, math.sin(a), math.sin(a)))
    start = [_cap(low, b, 1.0) for b in bulge]
    end = [_cap(high, b, -1.0) for b in bulge[::-1]]
    return trunk([*start, *sections, *end], segments, 2.0, y_m)


def _cap(section: Section, bulge: Section, way: float) -> Section:
    z, x, rx, ry = section
    reach = 0.5 * (rx + ry)
    return z + way * bulge[0] * reach, x, rx * bulge[2], ry * bulge[3]
