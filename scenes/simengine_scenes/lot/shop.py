"""The shop at the end of the lot: a flat hall with a glazed entrance under a canopy."""

from __future__ import annotations

import numpy as np

from simengine.world.builder import SceneBuilder
from simengine.world.walls import Wall
from simengine_scenes import palette
from simengine_scenes.lot.plan import LotPlan
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import at, finish, stand
from simengine_scenes.shapes.solids import box, tube

__all__ = ["add_shop", "shop_wall"]

_DEEP_M, _HIGH_M = 32.0, 6.5


def add_shop(builder: SceneBuilder, plan: LotPlan) -> None:
    """Add it; by night its windows are lit."""
    lit = builder.environment.lamps_lit
    wide, where = _wide_m(plan), at(0.5 * plan.width_m, plan.shop_y)
    stand(builder, "shop", "shop", "building", [(finish(f"lot.shop.{wide:.3f}.{int(lit)}", _shop(wide, lit)), where)])


def shop_wall(plan: LotPlan) -> Wall:
    """The shop, as far as it stops anybody."""
    middle, half, y = 0.5 * plan.width_m, 0.5 * _wide_m(plan), plan.shop_y + 0.5 * _DEEP_M
    return Wall("shop", np.array([(middle - half, y), (middle + half, y)]), 0.5 * _DEEP_M, _HIGH_M)


def _wide_m(plan: LotPlan) -> float:
    return max(24.0, plan.width_m - 6.0)


def _shop(wide: float, lit: bool) -> Draft:
    """The front at y = 0 looks along -y."""
    d = Draft()
    glass = palette.LIT_SHOP if lit else palette.WINDOW
    d.add(box((0.0, 0.5 * _DEEP_M, 0.5 * _HIGH_M - 0.25), (wide, _DEEP_M, _HIGH_M + 0.5)), palette.FACADES[4])
    d.add(box((0.0, 0.5 * _DEEP_M, 0.3), (wide + 0.04, _DEEP_M + 0.04, 0.7)), palette.PLINTH)
    d.add(box((0.0, 0.5 * _DEEP_M, _HIGH_M + 0.12), (wide + 0.2, _DEEP_M + 0.2, 0.3)), palette.FRAME_DARK)
    d.add(box((0.0, -0.12, _HIGH_M - 1.0), (wide + 0.1, 0.3, 1.3)), palette.AWNINGS[1])
    entrance = min(10.0, 0.4 * wide)
    d.add(box((0.0, -0.03, 1.75), (entrance, 0.08, 3.3)), glass)
    for k in range(7):
        x = (k / 6.0 - 0.5) * entrance
        d.add(box((x, -0.08, 1.75), (0.08, 0.06, 3.3)), palette.FRAME_DARK)
    for z in (2.4, 3.4):
        d.add(box((0.0, -0.08, z), (entrance, 0.06, 0.08)), palette.FRAME_DARK)
    rest = 0.5 * (wide - entrance) - 3.0
    for s in (1.0, -1.0):
        count = max(1, int(rest / 3.2))
        for k in range(count):
            x = s * (0.5 * entrance + 1.8 + (k + 0.5) * rest / count)
            d.add(box((x, -0.03, 2.0), (0.8 * rest / count, 0.08, 1.8)), glass)
            d.add(box((x, -0.06, 1.08), (0.84 * rest / count, 0.1, 0.06)), palette.FRAME_DARK)
    d.add(box((0.0, -1.9, 3.85), (entrance + 3.0, 3.8, 0.25)), palette.FRAME_DARK)
    for s in (1.0, -1.0):
        d.add(tube([(s * 0.5 * (entrance + 2.0), -3.4, 0.0), (s * 0.5 * (entrance + 2.0), -3.4, 3.75)], 0.09, 12),
              palette.ALUMINIUM)  # fmt: skip
    for k, colour in enumerate(("red", "white", "red")):
        d.add(box((-1.6 + 1.6 * k, -0.33, _HIGH_M - 1.0), (1.2, 0.12, 0.9)), palette.PAINTS[colour])
    for x, y in ((-0.3, 10.0), (0.1, 18.0), (0.3, 12.0)):
        d.add(box((x * wide, y, _HIGH_M + 0.9), (2.6, 1.8, 1.5)), palette.GALVANISED)
    return d
