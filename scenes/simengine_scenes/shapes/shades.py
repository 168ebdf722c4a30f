"""Shades: things of one kind are a little lighter or darker, warmer or colder than each other, as sun and dirt made
them. Steps are such that one sees them apart (2.3 in CIE L*a*b*)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simengine.world.materials import Material

__all__ = ["Shade", "drawn_shade", "shaded"]

Shade = tuple[int, int]
"""Steps from dark to light and from cold to warm."""
_LEVELS, _WARMTHS = 6, 5
_DARKEST, _STEP, _WARM = 0.62, 1.11, 0.09


def drawn_shade(draw: np.random.Generator) -> Shade:
    """One of thirty."""
    return int(draw.integers(_LEVELS)), int(draw.integers(_WARMTHS))


def shaded(material: Material, shade: Shade) -> Material:
    """The same surface in a shade."""
    level, warm = _DARKEST * _STEP ** shade[0], _WARM * (shade[1] - _WARMTHS // 2)
    r, g, b = (
        round(min(0.95, c * level * (1.0 + k * warm)), 4)
        for c, k in zip(material.albedo, (0.5, 0.0, -1.0), strict=True)
    )
    nir = round(min(1.0, material.nir * level), 4)
    return replace(material, name=f"{material.name}.{shade[0]}{shade[1]}", albedo=(r, g, b), nir=nir)
