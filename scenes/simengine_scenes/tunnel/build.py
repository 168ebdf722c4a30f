"""The static scene of ``world tunnel``: a road through a hill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes.roads.lay import swept
from simengine_scenes.shapes.piece import Piece, stand
from simengine_scenes.town.rail import rail_piece
from simengine_scenes.tunnel.bore import add_bore, add_road
from simengine_scenes.tunnel.fittings import add_fittings
from simengine_scenes.tunnel.hill import Hill, add_portals
from simengine_scenes.tunnel.light import add_light
from simengine_scenes.tunnel.plan import PORTAL_M, RAIL_OFF_M, TunnelPlan, tunnel_lanes, tunnel_plan

__all__ = ["build_tunnel"]

_RAIL_M = 24.0


def build_tunnel(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return the lanes. What grows where comes from ``seed``."""
    plan = tunnel_plan(values)
    road, (low, high) = plan.road, plan.portal_m
    key = f"{road.lanes}.{road.lane_width_m:.4f}.{road.length_m:.3f}.{low:.3f}.{high:.3f}.{plan.arch:d}"
    add_road(builder, plan, key)
    add_bore(builder, plan, key)
    hill = Hill(plan)
    hill.build(builder, key)
    hill.plant(builder, seed)
    add_portals(builder, plan, hill, key)
    _rails(builder, plan)
    add_fittings(builder, plan)
    add_light(builder, plan, values)
    return tunnel_lanes(values)


def _rails(builder: SceneBuilder, plan: TunnelPlan) -> None:
    """Guard rails behind the walkways outside."""
    first, last = plan.span_m
    rails: list[tuple[Piece, F64Array | None]] = []
    for low, high in ((first, plan.portal_m[0] - PORTAL_M), (plan.portal_m[1] + PORTAL_M, last)):
        for k in range(int((high - low) / _RAIL_M)):
            begin = high - (k + 1) * _RAIL_M if low == first else low + k * _RAIL_M
            for side in (-1.0, 1.0):
                y = side * (plan.half_m + RAIL_OFF_M)
                along = plan.lay.moved(begin if side < 0 else begin + _RAIL_M, y, side > 0)
                if along.bent(0.0, _RAIL_M):
                    cuts = len(along.cut([0.0, _RAIL_M])) - 1
                    rails.append((swept(rail_piece(_RAIL_M, cuts), along, f"tunnel.rail.{begin:.1f}.{side:g}"), None))
                else:
                    rails.append((rail_piece(_RAIL_M), along.pose(0.0)))
    stand(builder, "guard_rail", "guard_rail", "barrier", rails)
