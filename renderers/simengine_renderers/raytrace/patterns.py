"""Procedural variation of surfaces: the noise of each pattern. The drawing itself is in ``native/patterns.h``."""

from __future__ import annotations

from simengine.world.materials import Material, Pattern

__all__ = ["octaves"]

_SCALED, _FIXED = True, False
_OCTAVES: dict[Pattern, tuple[tuple[float, float, bool], ...]] = {
    Pattern.ASPHALT: ((0.012, 0.55, _SCALED), (0.05, 0.22, _SCALED), (1.7, 0.22, _SCALED), (6.3, 0.20, _SCALED)),
    Pattern.CONCRETE: ((0.04, 0.12, _FIXED), (0.9, 0.18, _SCALED)),
    Pattern.BRICK: ((0.02, 0.10, _FIXED), (2.3, 0.16, _FIXED)),
    Pattern.PLASTER: ((0.03, 0.10, _FIXED), (0.45, 0.12, _SCALED), (1.9, 0.18, _SCALED)),
    Pattern.GRASS: ((0.045, 0.80, _SCALED), (0.22, 0.45, _SCALED), (1.6, 0.35, _SCALED), (7.0, 0.30, _SCALED)),
    Pattern.FOLIAGE: ((0.06, 0.90, _SCALED), (0.17, 0.90, _SCALED), (0.55, 0.80, _SCALED)),
    Pattern.PAVING: ((0.05, 0.16, _FIXED), (2.7, 0.20, _FIXED)),
}
"""Cell in metres, gain, and whether the cell grows with the material's pattern scale; the first two are fine grain."""


def octaves(material: Material) -> tuple[list[float], list[float]]:
    """Cells a metre and gains of the four octaves of a material (gain 0 for those it does not have)."""
    rows = list(_OCTAVES.get(material.pattern, ()))
    rows += [(1.0, 0.0, _FIXED)] * (4 - len(rows))
    scale = material.pattern_scale_m
    return [1.0 / (cell * (scale if scaled else 1.0)) for cell, _, scaled in rows], [gain for _, gain, _ in rows]
