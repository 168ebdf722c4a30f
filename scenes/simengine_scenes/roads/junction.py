"""The junction of two town streets, with its corners, crossings, signals and signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes.roads.junction_control import set_up
from simengine_scenes.roads.junction_ground import lay_ground
from simengine_scenes.roads.junction_lanes import junction_lanes
from simengine_scenes.roads.junction_paint import paint
from simengine_scenes.roads.junction_plan import junction_plan
from simengine_scenes.roads.junction_town import build_up, furnish

__all__ = ["build_junction", "junction_furniture"]


def build_junction(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world junction`` and return its lanes.

    What the properties leave open (which houses, trees, furniture, and where) comes from ``seed``.
    """
    plan = junction_plan(values)
    end = plan.built_m
    lay_ground(builder, plan, end)
    graph = junction_lanes(plan)
    paint(builder, plan, graph, str(values.get("control", "none")), end)
    set_up(builder, plan, values)
    build_up(builder, plan, end, seed)
    return graph


def junction_furniture(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> None:
    """Add what :func:`build_junction` puts onto the pavements: lamps, trees, posts, bollards, benches."""
    plan = junction_plan(values)
    set_up(builder, plan, values)
    furnish(builder, plan, plan.built_m, seed)
