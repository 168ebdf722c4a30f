"""What stands behind a shop window: a small room with goods, with the light on in the evening."""

from __future__ import annotations

from dataclasses import replace

from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, quad, tube

__all__ = ["add_display"]

_DEPTH_M, _GLASS_M = 2.4, -0.17
_LOW_M, _HIGH_M = 0.45, 2.75
_GOODS = ("red", "navy", "yellow", "khaki", "grey", "white")


def _shown(colour: str, lit: bool) -> Material:
    """Cloth, in the light of the shop."""
    cloth = palette.cloth(colour)
    r, g, b = (c * k for c, k in zip(cloth.albedo, palette.SHOP_LIGHT, strict=True))
    return replace(cloth, name=f"shop_cloth_{colour}", emission=(r, g, b)) if lit else cloth


def add_display(draft: Draft, x0: float, x1: float, lit: bool, look: int) -> None:
    """Add it to a front on y = 0, behind a window from x0 to x1.

    Args:
        draft: the house.
        x0, x1: sides of the window.
        lit: the light is on.
        look: what is on show.
    """
    back, front, low, high = _GLASS_M - _DEPTH_M, _GLASS_M, _LOW_M, _HIGH_M
    wall, floor = (palette.SHOP_WALL_LIT, palette.SHOP_WALL_LIT) if lit else (palette.SHOP_WALL, palette.SHOP_FLOOR)
    draft.add(quad((x1, back, low), (x0, back, low), (x0, back, high), (x1, back, high)), wall)
    draft.add(quad((x0, front, low), (x0, back, low), (x0, back, high), (x0, front, high)), wall)
    draft.add(quad((x1, back, low), (x1, front, low), (x1, front, high), (x1, back, high)), wall)
    draft.add(quad((x0, back, low), (x0, front, low), (x1, front, low), (x1, back, low)), floor)
    draft.add(quad((x0, front, high), (x0, back, high), (x1, back, high), (x1, front, high)), wall)
    middle, wide = 0.5 * (x0 + x1), x1 - x0
    lamp = palette.SHOP_LAMP if lit else palette.HEADLINER
    draft.add(box((middle, front - 0.9, high - 0.05), (0.7 * wide, 0.2, 0.04)), lamp)
    rng = stream(look, "display")
    draft.add(box((middle, back + 0.2, 0.5 * (low + 2.0)), (0.9 * wide, 0.04, 2.0 - low)), palette.SHOP_SHELF)
    for level in (0.9, 1.5):
        draft.add(box((middle, back + 0.36, level), (0.9 * wide, 0.32, 0.03)), palette.SHOP_SHELF)
        for k in range(int(0.8 * wide / 0.5)):
            size = (0.26 + 0.14 * rng.random(), 0.2, 0.14 + 0.18 * rng.random())
            at = (x0 + 0.1 * wide + 0.2 + 0.5 * k, back + 0.36, level + 0.015 + 0.5 * size[2])
            draft.add(box(at, size), _shown(_GOODS[int(rng.integers(len(_GOODS)))], lit))
    for share in (0.25, 0.7):  # figures in clothes, near the glass
        x, y = x0 + share * wide, front - 0.45 - 0.3 * rng.random()
        cloth = _shown(_GOODS[int(rng.integers(len(_GOODS)))], lit)
        draft.add(tube([(x, y, low), (x, y, low + 0.5)], 0.02, 6), palette.GALVANISED)
        draft.add(ellipsoid((x, y, low + 0.62), (0.17, 0.12, 0.22), 5, 8), cloth)
        draft.add(ellipsoid((x, y, low + 1.02), (0.19, 0.12, 0.3), 5, 8), cloth)
        draft.add(ellipsoid((x, y, low + 1.42), (0.08, 0.09, 0.11), 4, 8), palette.SHOP_FIGURE)
