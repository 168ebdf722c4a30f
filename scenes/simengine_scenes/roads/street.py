"""The street: carriageway, kerbs, pavements, rows of houses, trees, lamps; closed at both ends by a cross street.

All of it lies along the reference line of the road: x is the station, y the offset to the left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, bar, dashes, kerb, ribbon, terrain
from simengine_scenes.roads.roadside import Frontage, Town
from simengine_scenes.roads.section import KERB_M, RoadSection, street_section
from simengine_scenes.roads.tram_track import add_tram_track
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand

__all__ = ["build_street", "street_furniture", "street_lanes"]

_KERB_WIDTH_M = 0.15
_UNDER_M = 1.2
"""How far the pavement of a bent street reaches under the houses, whose fronts are straight."""
_BEYOND_M = 110.0
_LIGHT_MARGIN_M = 40.0


def build_street(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world street`` and return its lanes.

    What the properties leave open (which houses, trees, furniture, and where) comes from ``seed``.
    """
    section = street_section(values)
    span = _span(section)
    _carriageway(builder, section, span)
    if values.get("tram_track", False):
        add_tram_track(builder, section, span)
    _pavements(builder, section, span)
    _town(builder, section, span, seed)
    _land(builder, section, span)
    return _lanes(section)


def street_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """Lanes of ``world street``, between rows of houses; for traffic it goes on beyond its ends."""
    return _lanes(street_section(values))


@lru_cache(maxsize=512)
def _lanes(section: RoadSection) -> LaneGraph:
    right, left = _frontages(section, _span(section))
    return replace(section.lane_graph(), walls=(right.wall, left.wall))


def _span(section: RoadSection) -> tuple[float, float]:
    return -_BEYOND_M, section.length_m + _BEYOND_M


def _town(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], seed: int) -> None:
    """Houses, trees, lamps and furniture; only lamps near the road proper shine."""
    town = Town(builder, "street", seed)
    ends = ((section.lay, span[0], -1.0), (section.lay, span[1], 1.0))
    right, left = _frontages(section, span)
    town.cross_streets(ends)
    for side in (right, left):
        town.fronts(side, f"side{side.side:+.0f}")
    for lay, end, way in ends:
        town.far_end(lay, end, way, f"end{way:+.0f}")
    town.lamps((right, left), (-_LIGHT_MARGIN_M, section.length_m + _LIGHT_MARGIN_M))
    for side in (right, left):
        town.street_trees(side, f"{side.side:+.0f}")
    town.background(ends)
    town.furniture((right, left))


def street_furniture(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> None:
    """Add what :func:`build_street` puts onto the pavements: lamps, trees, bollards, benches and bins."""
    section = street_section(values)
    span = _span(section)
    town, (right, left) = Town(builder, "street", seed), _frontages(section, span)
    town.lamps((right, left), (0.0, 0.0))
    for side in (right, left):
        town.street_trees(side, f"{side.side:+.0f}")
    town.furniture((right, left))


def _frontages(section: RoadSection, span: tuple[float, float]) -> tuple[Frontage, Frontage]:
    right, left = (
        Frontage(section.line, side, kerb_m, span, section.pavement_width_m) for side, kerb_m in _sides(section)
    )
    return right, left


def _sides(section: RoadSection) -> tuple[tuple[float, float], tuple[float, float]]:
    """(side, y of the kerb) for right and left."""
    return (-1.0, section.kerb_right_m), (1.0, section.kerb_left_m)


def _carriageway(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    lay = section.lay
    road = Draft().add(ribbon(span, (section.edge_right_m, section.edge_left_m), 0.0, lay), palette.ASPHALT)
    paint = Draft()
    for side, kerb_m in _sides(section):
        edge = section.edge_right_m if side < 0 else section.edge_left_m
        if kerb_m != edge:
            low, high = sorted((edge, kerb_m))
            road.add(ribbon(span, (low, high), 0.0, lay), palette.ASPHALT_PARKING)
            paint.add(dashes((0.0, section.length_m), edge + 0.06 * side, 0.12, 1.0, 1.0, lay), palette.MARKING)
    stand(builder, "road", "road", "road", [(finish("street.road", road), None)])
    for k in range(1, section.lanes):
        y = section.edge_right_m + k * section.lane_width_m
        if k == section.forward_lanes and section.lanes > 2:
            for shift in (-0.11, 0.11):
                paint.add(ribbon(span, (y + shift - 0.06, y + shift + 0.06), MARKING_M, lay), palette.MARKING)
        else:
            paint.add(dashes(span, y, 0.12, 3.0, 6.0, lay), palette.MARKING)
    _give_way(paint, section, span)
    stand(builder, "lane_marking", "marking", "lane_marking", [(finish("street.marking", paint), None)])


def _give_way(paint: Draft, section: RoadSection, span: tuple[float, float]) -> None:
    """Stop lines at the cross streets, on the half of the road that runs towards them."""
    split = section.edge_right_m + section.forward_lanes * section.lane_width_m
    ahead, back = (section.edge_right_m + 0.15, split - 0.15), (split + 0.15, section.edge_left_m - 0.15)
    paint.add(bar((span[1] - 1.4, span[1] - 0.9), ahead, lay=section.lay), palette.MARKING)
    if split < section.edge_left_m:
        paint.add(bar((span[0] + 0.9, span[0] + 1.4), back, lay=section.lay), palette.MARKING)


def _pavements(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    stones, slabs = Draft(), Draft()
    under = 0.05 if section.line.straight else _UNDER_M
    for side, kerb_m in _sides(section):
        stones.add(kerb(span, kerb_m, side, KERB_M, _KERB_WIDTH_M, section.lay), palette.KERB)
        low, high = sorted((kerb_m + side * _KERB_WIDTH_M, kerb_m + side * (section.pavement_width_m + under)))
        slabs.add(ribbon(span, (low, high), KERB_M, section.lay), palette.PAVING)
    stand(builder, "kerb", "kerb", "kerb", [(finish("street.kerb", stones), None)])
    stand(builder, "pavement", "pavement", "pavement", [(finish("street.pavement", slabs), None)])


def _land(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """Grass to 400 m around, below everything."""
    low, high = (span[0], -400.0), (span[1], 400.0)
    if not section.line.straight:
        line, _ = section.line.at(section.line.cut(np.linspace(*span, 9)))
        (left, below), (right, above) = line.min(0), line.max(0)
        low, high = (left, below - 400.0), (right, above + 400.0)
    x = np.linspace(low[0] - 400.0, high[0] + 400.0, 17)
    y = np.linspace(low[1], high[1], 9)
    land = Draft().add(terrain(x, y, np.full((len(x), len(y)), -0.06)), palette.GRASS)
    stand(builder, "land", "terrain", "terrain", [(finish("street.land", land), None)])
