"""The static scene of ``world bridge``: a road over a valley."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.bridge.deck import add_deck
from simengine_scenes.bridge.plan import KERB_M, BridgePlan, bridge_lanes, bridge_plan
from simengine_scenes.bridge.railing import add_railings
from simengine_scenes.bridge.valley import Valley
from simengine_scenes.roads.ground import MARKING_M, dashes, kerb, ribbon
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.town.lamp import lamp_light, lamp_piece

__all__ = ["bridge_furniture", "build_bridge"]

_LINE_M, _KERB_WIDTH_M = 0.15, 0.2
_LAMP_STEP_M = 28.0


def build_bridge(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return the lanes. What grows where comes from ``seed``."""
    plan = bridge_plan(values)
    road, (low, high) = plan.road, plan.ends_m
    rise = max((row[1] for row in road.profile.rows), default=0.0) if road.profile is not None else 0.0
    key = f"{road.lanes}.{plan.half_m:.4f}.{low:.3f}.{high:.3f}.{plan.depth_m:.3f}.{rise:.3f}.{plan.over}"
    _road(builder, plan, key)
    add_deck(builder, plan, key)
    add_railings(builder, plan, key)
    _lamps(builder, plan)
    valley = Valley(plan)
    valley.build(builder, key)
    valley.plant(builder, seed)
    return bridge_lanes(values)


def _road(builder: SceneBuilder, plan: BridgePlan, key: str) -> None:
    """Asphalt, paint, kerbs and footways, from end to end."""
    road, lay, span = plan.road, plan.lay, plan.span_m
    asphalt = Draft().add(ribbon(span, (road.kerb_right_m, road.kerb_left_m), 0.0, lay), palette.ASPHALT)
    stand(builder, "road", "road", "road", [(finish(f"bridge.road.{key}", asphalt), None)])
    paint, half = Draft(), 0.5 * _LINE_M
    for y in (road.edge_right_m - half, road.edge_left_m + half):
        paint.add(ribbon(span, (y - half, y + half), MARKING_M, lay), palette.MARKING)
    for k in range(1, road.lanes):
        y = road.edge_right_m + k * road.lane_width_m
        if k != road.forward_lanes:
            paint.add(dashes(span, y, _LINE_M, 6.0, 12.0, lay), palette.MARKING)
            continue
        low, high = plan.ends_m[0] - 40.0, plan.ends_m[1] + 40.0  # nobody overtakes on the bridge
        for x in ((span[0], low), (high, span[1])):
            paint.add(dashes(x, y, _LINE_M, 4.0, 8.0, lay), palette.MARKING)
        paint.add(ribbon((low, high), (y - half, y + half), MARKING_M, lay), palette.MARKING)
    stand(builder, "marking", "marking", "lane_marking", [(finish(f"bridge.paint.{key}", paint), None)])
    stones, slabs = Draft(), Draft()
    for side, edge in ((-1.0, road.kerb_right_m), (1.0, road.kerb_left_m)):
        stones.add(kerb(span, edge, side, KERB_M, _KERB_WIDTH_M, lay), palette.KERB)
        across = sorted((edge + side * _KERB_WIDTH_M, edge + side * road.pavement_width_m))
        slabs.add(ribbon(span, (across[0], across[1]), KERB_M, lay), palette.CONCRETE)
    stand(builder, "kerb", "kerb", "kerb", [(finish(f"bridge.kerb.{key}", stones), None)])
    stand(builder, "footway", "pavement", "pavement", [(finish(f"bridge.footway.{key}", slabs), None)])


def bridge_furniture(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> None:
    """Add what :func:`build_bridge` puts beside the footways: lamps."""
    del seed
    _lamps(builder, bridge_plan(values))


def _lamps(builder: SceneBuilder, plan: BridgePlan) -> None:
    """A lamp every 28 m between the footways and the railings, on the right and the left by turns."""
    lit = builder.environment.lamps_lit
    low, high = plan.ends_m[0] - 2.0 * _LAMP_STEP_M, plan.ends_m[1] + 2.0 * _LAMP_STEP_M
    for k, s in enumerate(np.arange(low + 7.0, high, _LAMP_STEP_M).tolist()):
        side = -1.0 if k % 2 == 0 else 1.0
        y = side * (plan.half_m - 0.42)
        where = plan.lay.pose(s, y, KERB_M, 0.0 if side < 0 else math.pi)
        stand(builder, f"lamp[{k}]", "lamp", "street_lamp", [(lamp_piece(lit), where)])
        if lit:
            builder.add_light(lamp_light(where))
