"""Tram track in a street: two grooved rails in the middle of each of the two inner lanes, flush with the road.

A grooved rail 60R2 (EN 14811) shows a head of 56 mm, a groove of 37 mm and a lip of 20 mm.
"""

from __future__ import annotations

from simengine.world.builder import SceneBuilder
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.roads.ground import ribbon
from simengine_scenes.roads.section import RoadSection
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.vehicles.tram import GAUGE_M

__all__ = ["add_tram_track"]

_HEAD_M, _GROOVE_M, _LIP_M = 0.056, 0.037, 0.020
_RAIL_M = 0.004
"""So much the rails are above the asphalt, below the paint."""
_HEAD = Material("rail_head", palette.rgb("8f9092"), 0.28, 0.5, 1.0, nir=0.5)
_GROOVE = palette.matt("rail_groove", "2a2724", 0.12, substance="metal")


def add_tram_track(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """Add the rails along the inner lane of each direction."""
    draft = Draft()
    forward = section.forward_lanes
    for lane in sorted({forward - 1, min(forward, section.lanes - 1)}):
        middle = section.edge_right_m + (lane + 0.5) * section.lane_width_m
        for side in (1.0, -1.0):
            inner = middle + 0.5 * side * GAUGE_M  # the gauge is taken between the inner faces of the heads
            edges = (inner + side * _HEAD_M, inner, inner - side * _GROOVE_M, inner - side * (_GROOVE_M + _LIP_M))
            for outer, own, material in zip(edges[:-1], edges[1:], (_HEAD, _GROOVE, _HEAD), strict=True):
                low, high = sorted((outer, own))
                draft.add(ribbon(span, (low, high), _RAIL_M, section.lay), material)
    stand(builder, "tram_track", "track", "rail_track", [(finish("street.tram_track", draft), None)])
