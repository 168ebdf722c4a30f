"""The static scene of ``world hall``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes.hall.docks import add_conveyor, add_docks, add_staged
from simengine_scenes.hall.light import add_lamps
from simengine_scenes.hall.plan import hall_lanes, hall_plan
from simengine_scenes.hall.racks import add_racks
from simengine_scenes.hall.shell import add_columns, add_floor, add_roof, add_walls

__all__ = ["build_hall"]


def build_hall(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return its ways. Loads, open docks and parcels come from ``seed``."""
    plan = hall_plan(values)
    add_floor(builder, plan)
    add_walls(builder, plan)
    add_columns(builder, plan)
    add_roof(builder, plan)
    add_docks(builder, plan, seed)
    add_racks(builder, plan, float(values.get("fill", 0.8)), seed)
    add_staged(builder, plan, float(values.get("staged", 0.5)), seed)
    add_conveyor(builder, plan, seed)
    add_lamps(builder, plan)
    return hall_lanes(values)
