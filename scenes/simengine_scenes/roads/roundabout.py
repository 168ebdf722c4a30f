"""The roundabout, with its arms, islands, crossings and signs, in a town."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes.roads.roundabout_ground import lay_ground
from simengine_scenes.roads.roundabout_lanes import roundabout_lanes
from simengine_scenes.roads.roundabout_paint import paint
from simengine_scenes.roads.roundabout_plan import roundabout_plan
from simengine_scenes.roads.roundabout_town import build_up, furnish, set_up

__all__ = ["build_roundabout", "roundabout_furniture"]


def build_roundabout(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world roundabout`` and return its lanes.

    What the properties leave open (which houses, trees, furniture, and where) comes from ``seed``.
    """
    plan = roundabout_plan(values)
    end = plan.built_m
    lay_ground(builder, plan, end)
    paint(builder, plan, end)
    set_up(builder, plan)
    build_up(builder, plan, end, seed)
    return roundabout_lanes(plan)


def roundabout_furniture(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> None:
    """Add what :func:`build_roundabout` puts onto the pavements: lamps, trees, posts, bollards, benches, bins."""
    plan = roundabout_plan(values)
    set_up(builder, plan)
    furnish(builder, plan, plan.built_m, seed)
