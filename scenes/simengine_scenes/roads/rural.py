"""The rural road: two lanes that wind between grass verges, marker posts, fields and woods."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, dashes, ribbon, verges
from simengine_scenes.roads.land import Land
from simengine_scenes.roads.lay import FLAT, Lay
from simengine_scenes.roads.plants import plant
from simengine_scenes.roads.section import RURAL_VERGE_M, RoadSection, rural_section
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.town.rail import delineator_piece

__all__ = ["build_rural"]

_SEGMENT_M = 144.0
"""Twelve periods of the centre line (4 m dash, 8 m gap)."""
_BEYOND = 3
"""Segments before the start and beyond the end."""
_LINE_M = 0.12
_POST_STEP_M, _BEND_POST_STEP_M = 48.0, 24.0
_VERGE_M = 0.9


def build_rural(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world rural`` and return its lanes."""
    section = rural_section(values)
    last = math.ceil(section.length_m / _SEGMENT_M) + _BEYOND
    span = (-_BEYOND * _SEGMENT_M, last * _SEGMENT_M)
    lays = [section.lay.moved(k * _SEGMENT_M, 0.0) for k in range(-_BEYOND, last)]
    shared = _segment(section, FLAT, "")
    laid: list[tuple[tuple[Piece, Piece, Piece], F64Array | None]] = []
    for k, lay in enumerate(lays):
        plain = lay.plain(0.0, _SEGMENT_M)
        laid.append((shared, lay.pose(0.0)) if plain else (_segment(section, lay, f".{k}"), None))
    for kind, semantic, name, pick in (
        ("road", "road", "road", 0), ("marking", "lane_marking", "lane_marking", 1), ("terrain", "terrain", "verge", 2),
    ):  # fmt: skip
        stand(builder, name, kind, semantic, [(pieces[pick], frame) for pieces, frame in laid])
    _posts(builder, section, span)
    land = Land("rural", section.line, span, section.kerb_right_m - RURAL_VERGE_M, section.kerb_left_m + RURAL_VERGE_M,
                profile=section.profile)  # fmt: skip
    plant(builder, land, seed)
    land.build(builder)
    return section.lane_graph()


def _segment(section: RoadSection, lay: Lay, suffix: str) -> tuple[Piece, Piece, Piece]:
    """Asphalt, paint and gravel verges of one segment from x = 0."""
    x = (0.0, _SEGMENT_M)
    right, left = section.kerb_right_m, section.kerb_left_m
    road = Draft().add(ribbon(x, (right, left), 0.0, lay), palette.ASPHALT)
    paint = Draft()
    for y in (section.edge_right_m + 0.5 * _LINE_M, section.edge_left_m - 0.5 * _LINE_M):
        paint.add(ribbon(x, (y - 0.5 * _LINE_M, y + 0.5 * _LINE_M), MARKING_M, lay), palette.MARKING)
    paint.add(dashes(x, 0.0, _LINE_M, 4.0, 8.0, lay), palette.MARKING)
    # The verges meet below the asphalt: no flat ray slips through under its edge.
    verge = Draft()
    for edge in (right - _VERGE_M, left + _VERGE_M):
        verge.add(verges(x, edge, 0.0, -0.012, lay), palette.GRAVEL)
    key = f"{section.lane_width_m:g}{suffix}"
    return finish(f"rural.road.{key}", road), finish(f"rural.marking.{key}", paint), finish(f"rural.verge.{key}", verge)


def _posts(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """Marker posts on both sides, each with its reflector towards the traffic of its side; closer in bends."""
    post, lay = delineator_piece(), section.lay
    found: list[tuple[Piece, F64Array | None]] = []
    x = span[0] + 12.0
    while x < span[1] - 1.0:
        found.append((post, lay.pose(x, section.kerb_right_m - 0.75)))
        found.append((post, lay.pose(x, section.kerb_left_m + 0.75, 0.0, math.pi)))
        x += _BEND_POST_STEP_M if lay.bent(x, x + _POST_STEP_M) else _POST_STEP_M
    stand(builder, "delineator", "delineator", "pole", found)
