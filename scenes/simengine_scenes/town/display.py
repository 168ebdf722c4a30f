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


def _shown(material: Material, lit: bool, share: float) -> Material:
    """A surface in ``share`` of the light of the shop, if that is on."""
    if not lit:
        return material
    r, g, b = (share * a * k for a, k in zip(material.albedo, palette.SHOP_LIGHT, strict=True))
    return replace(material, name=f"shop_{material.name}_lit_{round(100 * share)}", emission=(r, g, b))


def add_display(draft: Draft, x0: float, x1: float, lit: bool, look: int) -> None:
    """Add it to a front on y = 0, behind a window from x0 to x1.

    Args:
        draft: the house.
        x0, x1: sides of the window.
        lit: the light is on.
        look: what is on show.
    """
    back, front, low, high = _GLASS_M - _DEPTH_M, _GLASS_M, _LOW_M, _HIGH_M
    wall, floor = palette.SHOP_WALL, palette.SHOP_FLOOR
    dim, middle, wide = 0.5 * (low + high), 0.5 * (x0 + x1), x1 - x0
    for z0, z1, share in ((low, dim, 0.75), (dim, high, 1.0)):  # less light comes down to the floor
        draft.add(quad((x1, back, z0), (x0, back, z0), (x0, back, z1), (x1, back, z1)), _shown(wall, lit, share))
        side = _shown(wall, lit, 0.8 * share)
        draft.add(quad((x0, front, z0), (x0, back, z0), (x0, back, z1), (x0, front, z1)), side)
        draft.add(quad((x1, back, z0), (x1, front, z0), (x1, front, z1), (x1, back, z1)), side)
    draft.add(quad((x0, back, low), (x0, front, low), (x1, front, low), (x1, back, low)), _shown(floor, lit, 1.0))
    draft.add(quad((x0, front, high), (x0, back, high), (x1, back, high), (x1, front, high)), _shown(wall, lit, 0.55))
    for x in (x0 + 0.01, x1 - 0.01):  # posters on both sides
        half = 0.42 if x < middle else -0.42
        poster = _shown(palette.cloth(_GOODS[(look + (half > 0.0)) % len(_GOODS)]), lit, 0.85)
        ring = [(x, y, z) for y, z in ((-1, 1.1), (1, 1.1), (1, 2.3), (-1, 2.3))]
        y = 0.5 * (front + back)
        draft.add(quad(*((x, y - half * s, z) for x, s, z in ring)), poster)
    lamp = palette.SHOP_LAMP if lit else palette.HEADLINER
    draft.add(box((middle, front - 0.9, high - 0.05), (0.7 * wide, 0.2, 0.04)), lamp)
    rng = stream(look, "display")
    shelf = palette.SHOP_SHELF
    draft.add(box((middle, back + 0.2, 0.5 * (low + 2.0)), (0.9 * wide, 0.04, 2.0 - low)), _shown(shelf, lit, 0.6))
    for level, share in ((0.9, 0.65), (1.5, 0.9)):
        draft.add(box((middle, back + 0.36, level), (0.9 * wide, 0.32, 0.03)), _shown(shelf, lit, share))
        for k in range(int(0.8 * wide / 0.5)):
            size = (0.26 + 0.14 * rng.random(), 0.2, 0.14 + 0.18 * rng.random())
            at = (x0 + 0.1 * wide + 0.2 + 0.5 * k, back + 0.36, level + 0.015 + 0.5 * size[2])
            draft.add(box(at, size), _shown(palette.cloth(_GOODS[int(rng.integers(len(_GOODS)))]), lit, share))
    for place in (0.25, 0.7):  # figures in clothes, near the glass
        x, y = x0 + place * wide, front - 0.45 - 0.3 * rng.random()
        cloth = palette.cloth(_GOODS[int(rng.integers(len(_GOODS)))])
        draft.add(tube([(x, y, low), (x, y, low + 0.5)], 0.02, 6), palette.GALVANISED)
        draft.add(ellipsoid((x, y, low + 0.62), (0.17, 0.12, 0.22), 5, 8), _shown(cloth, lit, 0.7))
        draft.add(ellipsoid((x, y, low + 1.02), (0.19, 0.12, 0.3), 5, 8), _shown(cloth, lit, 0.9))
        draft.add(ellipsoid((x, y, low + 1.42), (0.08, 0.09, 0.11), 4, 8), _shown(palette.SHOP_FIGURE, lit, 0.9))
