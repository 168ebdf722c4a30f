"""Dimensions of the stacking box of 60 x 40 x 22 cm, and how physics feels it: a floor and four walls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.bodies import RigidBody, Solid

__all__ = ["FLOOR_TOP_M", "INNER_M", "TOTE_M", "WALL_M", "tote_body"]

TOTE_M = (0.60, 0.40, 0.22)
INNER_M = (0.556, 0.356)
"""Clear opening, between the walls."""
FLOOR_TOP_M = 0.008
"""Height of the inner floor above the foot."""
WALL_M = 0.003
_MASS_KG = 1.8
_BELOW_M = 0.06
"""How far the floor goes on below the foot, into what the tote stands on: what falls fast does not get through."""


def tote_body(model: str, values: Mapping[str, Any]) -> RigidBody:
    """A floor and four walls, each wall as thick as the rim is wide: what lies inside meets the clear opening."""
    del model
    length, width, height = TOTE_M
    rim_x, rim_y = 0.5 * (length - INNER_M[0]), 0.5 * (width - INNER_M[1])
    middle, tall = 0.5 * (height + FLOOR_TOP_M), height - FLOOR_TOP_M
    deep = FLOOR_TOP_M + _BELOW_M
    floor = Solid("box", (length - 0.03, width - 0.03, deep), (0.0, 0.0, FLOOR_TOP_M - 0.5 * deep))
    walls = [
        Solid("box", size, at)
        for s in (1.0, -1.0)
        for size, at in (
            ((rim_x, width, tall), (s * 0.5 * (INNER_M[0] + rim_x), 0.0, middle)),
            ((INNER_M[0], rim_y, tall), (0.0, s * 0.5 * (INNER_M[1] + rim_y), middle)),
        )
    ]
    wet = min(max(float(values.get("wet", 0.0) or 0.0), 0.0), 1.0)
    return RigidBody((floor, *walls), _MASS_KG, 0.4 * (1.0 - 0.4 * wet), 0.0, 0.05)
