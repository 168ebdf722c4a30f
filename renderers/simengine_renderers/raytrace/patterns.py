"""Procedural variation of surfaces: the numbers of each pattern. The drawing itself is in ``native/patterns.h``.

A pattern is noise of up to four octaves, which may be stretched along one axis, and a tiling: stones, tiles, flutes,
threads. Ray tracer and rasteriser read the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from simengine.world.materials import Material, Pattern
from simengine.world.wetness import WETTED

__all__ = ["GROUND", "TILED", "Tiling", "octaves", "stretch", "tiling"]


@dataclass(frozen=True)
class Tiling:
    """A surface laid in equal pieces, in cells of the material's ``pattern_scale_m``.

    Attributes:
        across, up: pieces in a cell along the surface's horizontal and across it.
        gap_across, gap_up: half widths of the joints, in pieces.
        tone: how much the albedo of single pieces differs.
        dark: what a joint takes from the albedo, 0..1.
        mortar: what a joint has of the colour of mortar, 0..1.
        curve: what the edges of a piece that bulges lose against its middle.
        stagger: shift of every second row, in pieces.
    """

    across: float
    up: float
    gap_across: float
    gap_up: float
    tone: float = 0.13
    dark: float = 0.5
    mortar: float = 0.0
    curve: float = 0.0
    stagger: float = 0.0

    @property
    def cells(self) -> tuple[float, float, float, float]:
        """What kernels read first: pieces a cell and joints."""
        return self.across, self.up, self.gap_across, self.gap_up

    @property
    def laid(self) -> tuple[float, float, float, float]:
        """What kernels read then: how pieces and joints look."""
        return self.tone, self.dark, self.mortar, self.curve


_SCALED, _FIXED = True, False
_OCTAVES: dict[Pattern, tuple[tuple[float, float, bool], ...]] = {
    Pattern.ASPHALT: ((0.012, 0.55, _SCALED), (0.05, 0.22, _SCALED), (1.7, 0.22, _SCALED), (6.3, 0.20, _SCALED)),
    Pattern.CONCRETE: ((0.04, 0.12, _FIXED), (0.9, 0.18, _SCALED)),
    Pattern.BRICK: ((0.02, 0.10, _FIXED), (2.3, 0.16, _FIXED)),
    Pattern.PLASTER: ((0.03, 0.10, _FIXED), (0.45, 0.12, _SCALED), (1.9, 0.18, _SCALED)),
    Pattern.GRASS: ((0.045, 0.80, _SCALED), (0.22, 0.45, _SCALED), (1.6, 0.35, _SCALED), (7.0, 0.30, _SCALED)),
    Pattern.FOLIAGE: ((0.06, 0.90, _SCALED), (0.17, 0.90, _SCALED), (0.55, 0.80, _SCALED)),
    Pattern.PAVING: ((0.05, 0.16, _FIXED), (2.7, 0.20, _FIXED)),
    Pattern.ROOF_TILES: ((0.03, 0.14, _FIXED), (0.4, 0.10, _FIXED), (2.9, 0.22, _FIXED)),
    Pattern.BARK: ((0.02, 0.9, _SCALED), (0.055, 0.8, _SCALED), (0.3, 0.3, _SCALED)),
    Pattern.WOOD: ((0.006, 0.34, _SCALED), (0.022, 0.34, _SCALED), (0.12, 0.24, _SCALED)),
    Pattern.CARDBOARD: ((0.003, 0.10, _FIXED), (0.06, 0.05, _FIXED), (0.5, 0.10, _SCALED)),
    Pattern.FABRIC: ((0.004, 0.14, _FIXED), (0.05, 0.22, _FIXED), (0.14, 0.16, _FIXED)),
    Pattern.SKIN: ((0.004, 0.06, _FIXED), (0.02, 0.08, _FIXED), (0.05, 0.16, _FIXED)),
    Pattern.ROAD_PAINT: ((0.022, 0.70, _SCALED), (0.07, 0.75, _SCALED), (0.6, 0.32, _SCALED), (2.7, 0.30, _SCALED)),
    Pattern.FLAKES: ((0.0015, 0.35, _FIXED), (0.004, 0.18, _FIXED)),
}
"""Cell in metres, gain, and whether the cell grows with the material's pattern scale; the first two are fine grain."""
_STRETCH: dict[Pattern, tuple[float, float]] = {
    Pattern.BARK: (1.0, 0.12),
    Pattern.WOOD: (0.06, 1.0),
    Pattern.FABRIC: (1.0, 0.35),
}
"""Cells a metre along the horizontal and across it, against those of ``_OCTAVES``."""
_TILINGS: dict[Pattern, Tiling] = {
    Pattern.CONCRETE: Tiling(1.0, 1.0, 0.006, 0.006),
    Pattern.BRICK: Tiling(1.0, 3.25, 0.022, 0.07, tone=0.38, dark=1.0, mortar=1.0, stagger=0.5),
    Pattern.PAVING: Tiling(1.0, 1.0, 0.013, 0.013),
    Pattern.ROOF_TILES: Tiling(1.0, 0.88, 0.03, 0.05, tone=0.24, dark=0.75, curve=0.45, stagger=0.5),
    Pattern.CARDBOARD: Tiling(64.0, 0.001, 0.0, 0.0, tone=0.03, dark=0.0, curve=0.10),  # flute C: 8 mm apart
    Pattern.FABRIC: Tiling(400.0, 400.0, 0.05, 0.05, tone=0.08, dark=0.3, curve=0.25, stagger=0.5),
}


def _mask(patterns: tuple[Pattern, ...]) -> int:
    return sum(1 << int(p) for p in patterns)


TILED = _mask(tuple(_TILINGS))
"""Bits of the patterns that have a tiling."""
GROUND = _mask(WETTED)
"""Bits of the patterns that rain wets where they lie open to the sky."""


def octaves(material: Material) -> tuple[list[float], list[float]]:
    """Cells a metre and gains of the four octaves of a material (gain 0 for those it does not have)."""
    rows = list(_OCTAVES.get(material.pattern, ()))
    rows += [(1.0, 0.0, _FIXED)] * (4 - len(rows))
    scale = material.pattern_scale_m
    return [1.0 / (cell * (scale if scaled else 1.0)) for cell, _, scaled in rows], [gain for _, gain, _ in rows]


def stretch(material: Material) -> tuple[float, float]:
    """Factors of the cells a metre along the horizontal and across it."""
    return _STRETCH.get(material.pattern, (1.0, 1.0))


def tiling(material: Material) -> Tiling:
    """How a material is laid; one piece without joints for those that are not."""
    return _TILINGS.get(material.pattern, Tiling(1.0, 1.0, 0.0, 0.0, tone=0.0, dark=0.0))
