"""What keeps people and vehicles on a bridge: railings with balusters or solid parapets, and guard rails before it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.bridge import materials as m
from simengine_scenes.bridge.plan import GUARD_RAILS_M, KERB_M, BridgePlan
from simengine_scenes.roads.ground import sheet
from simengine_scenes.roads.lay import swept
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import box
from simengine_scenes.town.rail import rail_piece

__all__ = ["add_railings"]

_PANEL_M, _HEIGHT_M = 2.0, 1.15
_RAILS = 4
_RAIL_M = GUARD_RAILS_M / _RAILS
_INSET_M = 0.15
"""From the edge of the deck to the middle of a railing."""


def add_railings(builder: SceneBuilder, plan: BridgePlan, key: str) -> None:
    """Add them on both sides."""
    ends = plan.railed_m
    if plan.solid:
        _parapets(builder, plan, ends, key)
    else:
        panels = max(1, round((ends[1] - ends[0]) / _PANEL_M))
        step = (ends[1] - ends[0]) / panels
        piece, places = _panel(round(step, 4)), (np.arange(panels) + 0.5) * step + ends[0]
        for name, y in (("right", _INSET_M - plan.half_m), ("left", plan.half_m - _INSET_M)):
            stand(builder, f"railing.{name}", "railing", "fence",
                  [(piece, plan.lay.lying(s, y, KERB_M)) for s in places.tolist()])  # fmt: skip
    _guard_rails(builder, plan, ends)


@lru_cache(maxsize=16)
def _panel(length_m: float) -> Piece:
    """A panel along x about its middle: half a post at each end, two rails, a balustrade, a handrail."""
    draft, half = Draft(), 0.5 * length_m
    for x in (0.02 - half, half - 0.02):
        draft.add(box((x, 0.0, 0.5 * _HEIGHT_M), (0.04, 0.08, _HEIGHT_M)), m.RAILING)
    for z, size in ((0.12, 0.04), (_HEIGHT_M - 0.13, 0.04), (_HEIGHT_M, 0.07)):
        draft.add(box((0.0, 0.0, z), (length_m, size, size)), m.RAILING)
    count = max(1, round(length_m / 0.14))
    for x in ((np.arange(1, count) / count - 0.5) * length_m).tolist():
        draft.add(box((x, 0.0, 0.5 * _HEIGHT_M), (0.016, 0.016, _HEIGHT_M - 0.28)), m.RAILING)
    return finish(f"bridge.railing.{length_m:g}", draft)


def _parapets(builder: SceneBuilder, plan: BridgePlan, ends_m: tuple[float, float], key: str) -> None:
    """Walls of concrete with a rail on top, in pieces of 12 m with joints."""
    pieces = max(1, round((ends_m[1] - ends_m[0]) / 12.0))
    edges = np.linspace(*ends_m, pieces + 1)
    for side, name in ((-1.0, "right"), (1.0, "left")):
        wall, outer, inner = Draft(), side * (plan.half_m - 0.02), side * (plan.half_m - 0.27)
        top = KERB_M + 0.85
        line = [(inner, KERB_M - 0.02), (inner + 0.04 * side, top), (outer - 0.04 * side, top), (outer, KERB_M - 0.02)]
        profile = np.array(line)[:: 1 if side < 0 else -1]
        for low, high in zip(edges[:-1] + 0.01, edges[1:] - 0.01, strict=True):
            wall.add(sheet(plan.lay, (float(low), float(high)), profile), m.DECK)
        rail = np.array([(-0.04, 0.2), (-0.04, 0.28), (0.04, 0.28), (0.04, 0.2), (-0.04, 0.2)])
        rail += np.array([side * (plan.half_m - 0.15), top])
        wall.add(sheet(plan.lay, ends_m, rail[::-1]), palette.GALVANISED)
        for s in np.arange(ends_m[0] + 1.0, ends_m[1], 2.0).tolist():
            foot = plan.lay.pose(s, side * (plan.half_m - 0.15), top)
            wall.add(box((0.0, 0.0, 0.1), (0.06, 0.06, 0.24)), palette.GALVANISED, pose=foot)
        stand(builder, f"parapet.{name}", "parapet", "barrier", [(finish(f"bridge.parapet.{name}.{key}", wall), None)])


def _guard_rails(builder: SceneBuilder, plan: BridgePlan, ends_m: tuple[float, float]) -> None:
    """Behind the footways before and after the bridge."""
    rails: list[tuple[Piece, F64Array | None]] = []
    for begin in (ends_m[0] - _RAILS * _RAIL_M, ends_m[1]):
        for k in range(_RAILS):
            for side in (-1.0, 1.0):
                s = begin + k * _RAIL_M + (_RAIL_M if side > 0 else 0.0)
                along = plan.lay.moved(s, side * (plan.half_m - 0.12), side > 0)
                z = KERB_M
                if along.plain(0.0, _RAIL_M):
                    rails.append((rail_piece(_RAIL_M), along.pose(0.0, 0.0, z)))
                    continue
                name = f"bridge.rail.{begin:.1f}.{k}.{side:g}"
                rails.append((swept(rail_piece(_RAIL_M, math.ceil(_RAIL_M / 4.0)), along, name), _raised(z)))
    stand(builder, "guard_rail", "guard_rail", "barrier", rails)


def _raised(z_m: float) -> F64Array:
    out = np.eye(4)
    out[2, 3] = z_m
    return out
