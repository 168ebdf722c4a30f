"""The street: carriageway, kerbs, pavements, rows of houses, trees, lamps; closed at both ends by a cross street.

All of it lies along the reference line of the road: x is the station, y the offset to the left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.roads.ground import bar, kerb, ribbon, terrain
from simengine_scenes.roads.roadside import GARDEN_M, Frontage, Town
from simengine_scenes.roads.section import BEHIND_KERB_M, KERB_M, ZEBRA_M, RoadSection, street_section
from simengine_scenes.roads.street_paint import pave, sides_of
from simengine_scenes.roads.tram_track import add_tram_track
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.town.sign import sign_piece, sign_post_piece

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
    pave(builder, section, span, values.get("cycle_surface", "asphalt") == "red")
    if values.get("tram_track", False):
        add_tram_track(builder, section, span)
    _pavements(builder, section, span)
    _zebras(builder, section)
    _town(builder, section, span, str(values.get("kind", "mixed")), seed)
    _land(builder, section, span)
    return street_lanes(values)


def street_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """Lanes of ``world street``, between rows of houses; for traffic it goes on beyond its ends."""
    return _lanes(street_section(values), str(values.get("kind", "mixed")))


@lru_cache(maxsize=512)
def _lanes(section: RoadSection, kind: str) -> LaneGraph:
    right, left = _frontages(section, _span(section), kind)
    return replace(section.lane_graph(), walls=(right.wall, left.wall))


def _span(section: RoadSection) -> tuple[float, float]:
    return -_BEYOND_M, section.length_m + _BEYOND_M


def _town(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], kind: str, seed: int) -> None:
    """Houses, trees, lamps and furniture; only lamps near the road proper shine."""
    town = Town(builder, "street", seed, kind=kind)
    ends = ((section.lay, span[0], -1.0), (section.lay, span[1], 1.0))
    right, left = _frontages(section, span, kind)
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
    section, kind = street_section(values), str(values.get("kind", "mixed"))
    span = _span(section)
    town, (right, left) = Town(builder, "street", seed, kind=kind), _frontages(section, span, kind)
    _zebras(builder, section)
    town.lamps((right, left), (0.0, 0.0))
    for side in (right, left):
        town.street_trees(side, f"{side.side:+.0f}")
    town.furniture((right, left))


def _frontages(section: RoadSection, span: tuple[float, float], kind: str) -> tuple[Frontage, Frontage]:
    garden = GARDEN_M if kind == "residential" else 0.0
    right, left = (
        Frontage(section.line, side, kerb_m, span, section.pavement_width_m, garden, section.crossings_m)
        for side, kerb_m in sides_of(section)
    )
    return right, left


def _zebras(builder: SceneBuilder, section: RoadSection) -> None:
    """Signs on both sides of each zebra crossing."""
    lay, half = section.lay, 0.5 * ZEBRA_M
    for k, s in enumerate(section.crossings_m):
        for name, side, kerb_m, yaw in (
            ("right", -1.0, section.kerb_right_m, 0.0), ("left", 1.0, section.kerb_left_m, math.pi),
        ):  # fmt: skip
            where = lay.pose(s + side * (half + 0.5), kerb_m + side * BEHIND_KERB_M, KERB_M, yaw)
            label = f"crossing[{k + 1}.{name}]"
            stand(builder, f"sign_post.{label}", "sign_post", "pole", [(sign_post_piece(), where)])
            back = tf.compose(where, tf.matrix_from_pose((0.0, 0.0, 0.0), tf.quaternion_from_yaw(math.pi)))
            signs = [(sign_piece("crossing"), pose) for pose in (where, back)]
            stand(builder, f"sign.{label}", "sign", "traffic_sign", [*signs])


def _tactile(section: RoadSection, side: float, kerb_m: float) -> Draft:
    """Ribbed slabs on a pavement, where people step onto zebra crossings."""
    slabs, half = Draft(), 0.5 * ZEBRA_M
    low, high = sorted((kerb_m + side * _KERB_WIDTH_M, kerb_m + side * 0.95))
    for s in section.crossings_m:
        slabs.add(bar((s - half, s + half), (low, high), KERB_M + 0.004, section.lay), palette.TACTILE)
    return slabs


def _pavements(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    stones, slabs, tactile = Draft(), Draft(), list[Piece]()
    under = 0.05 if section.line.straight else _UNDER_M
    for side, kerb_m in sides_of(section):
        stones.add(kerb(span, kerb_m, side, KERB_M, _KERB_WIDTH_M, section.lay), palette.KERB)
        low, high = sorted((kerb_m + side * _KERB_WIDTH_M, kerb_m + side * (section.pavement_width_m + under)))
        slabs.add(ribbon(span, (low, high), KERB_M, section.lay), palette.PAVING)
        if section.crossings_m:
            tactile.append(finish(f"street.tactile{side:+.0f}", _tactile(section, side, kerb_m)))
    stand(builder, "kerb", "kerb", "kerb", [(finish("street.kerb", stones), None)])
    stand(builder, "pavement", "pavement", "pavement", [(finish("street.pavement", slabs), None)])
    if tactile:
        stand(builder, "tactile_paving", "pavement", "pavement", [(piece, None) for piece in tactile])


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
