"""The motorway: two carriageways with hard shoulders and guard rails between grass, woods and hills."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, dashes, ribbon, terrain
from simengine_scenes.roads.section import RoadSection, highway_section
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.town.rail import delineator_piece, gantry_piece, rail_piece
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["build_highway"]

_SEGMENT_M = 144.0
"""Eight periods of the lane line (6 m dash, 12 m gap), 36 posts of the guard rail, three marker posts."""
_BEFORE, _AFTER = 3, 7
"""Segments before the start and beyond the end."""
_MEDIAN_M = 3.0
_LINE_M = 0.15


def build_highway(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world highway`` and return the lanes of the carriageway that runs along +x."""
    section = highway_section(values)
    segments = math.ceil(section.length_m / _SEGMENT_M)
    starts = [k * _SEGMENT_M for k in range(-_BEFORE, segments + _AFTER)]
    span = (starts[0], starts[-1] + _SEGMENT_M)
    centre_other = 2.0 * section.kerb_left_m + _MEDIAN_M  # the other carriageway is ours, turned about the median
    turned = [(at(x, 0.0), at(x + _SEGMENT_M, centre_other, 0.0, math.pi)) for x in starts]
    pair = [frame for frames in turned for frame in frames]
    road, paint, verge = _segment(section)
    stand(builder, "road", "road", "road", [(road, frame) for frame in pair])
    stand(builder, "lane_marking", "marking", "lane_marking", [(paint, frame) for frame in pair])
    stand(builder, "verge", "terrain", "terrain", [(verge, frame) for frame in pair])
    _rails(builder, section, pair)
    _gantries(builder, section)
    _plants(builder, section, span, centre_other, seed)
    _hills(builder, section, span, centre_other)
    return section.lane_graph()


def _segment(section: RoadSection) -> tuple[Piece, Piece, Piece]:
    """Asphalt, paint and gravel verges of one segment from x = 0."""
    x = (0.0, _SEGMENT_M)
    road = Draft().add(ribbon(x, (section.kerb_right_m, section.kerb_left_m), 0.0), palette.ASPHALT)
    paint = Draft()
    for y in (section.edge_right_m - 0.5 * _LINE_M, section.edge_left_m + 0.5 * _LINE_M):
        paint.add(ribbon(x, (y - 0.5 * _LINE_M, y + 0.5 * _LINE_M), MARKING_M), palette.MARKING)
    for k in range(1, section.lanes):
        paint.add(dashes(x, section.edge_right_m + k * section.lane_width_m, _LINE_M, 6.0, 12.0), palette.MARKING)
    # The verges meet below the asphalt: no flat ray slips through under its edge.
    verge = Draft().add(ribbon(x, (section.kerb_right_m - 1.3, 0.0), -0.015), palette.GRAVEL)
    verge.add(ribbon(x, (0.0, section.kerb_left_m + 0.5 * _MEDIAN_M), -0.015), palette.GRASS)
    key = f"{section.lanes}.{section.lane_width_m:g}"
    return (
        finish(f"highway.road.{key}", road), finish(f"highway.marking.{key}", paint),
        finish(f"highway.verge.{key}", verge),
    )  # fmt: skip


def _rails(builder: SceneBuilder, section: RoadSection, frames: list[F64Array]) -> None:
    """Guard rails on both sides of each carriageway, and marker posts every 48 m."""
    rail, post = rail_piece(_SEGMENT_M), delineator_piece()
    right, left = section.kerb_right_m - 0.55, section.kerb_left_m + 0.55
    rails: list[tuple[Piece, F64Array | None]] = []
    posts: list[tuple[Piece, F64Array | None]] = []
    for frame in frames:
        rails.append((rail, tf.compose(frame, at(0.0, right))))
        rails.append((rail, tf.compose(frame, at(_SEGMENT_M, left, 0.0, math.pi))))
        posts += [(post, tf.compose(frame, at(x, right - 0.45))) for x in (24.0, 72.0, 120.0)]
    stand(builder, "guard_rail", "guard_rail", "barrier", rails)
    stand(builder, "delineator", "delineator", "pole", posts)


def _gantries(builder: SceneBuilder, section: RoadSection) -> None:
    """A sign gantry near the start and then every 800 m."""
    left, right = section.kerb_left_m + 1.2, section.kerb_right_m - 1.6
    frame, signs = gantry_piece(round(left, 3), round(right, 3), max(1, min(3, section.lanes)))
    for k, x in enumerate(np.arange(180.0, section.length_m + 700.0, 800.0)):
        stand(builder, f"gantry[{k}]", "gantry", "pole", [(frame, at(float(x), 0.0))])
        stand(builder, f"sign[{k}]", "sign", "traffic_sign", [(signs, at(float(x), 0.0))])


def _plants(
    builder: SceneBuilder, section: RoadSection, span: tuple[float, float], centre_other: float, seed: int
) -> None:
    """Bushes along the fence line and trees behind, now dense, now in loose groups."""
    for side, edge in _edges(section, centre_other):
        rng = stream(seed, "highway", "plants", f"{side:+.0f}")
        bushes: list[tuple[Piece, F64Array | None]] = []
        trees: list[tuple[Piece, F64Array | None]] = []
        x = span[0]
        while x < span[1] + 100.0:
            dense = 0.5 + 0.5 * math.sin(x / 170.0 + 2.0 * side) > 0.35
            if dense and rng.random() < 0.75:
                y = edge + side * float(rng.uniform(7.0, 11.0))
                where = at(x, y, _height_m(x, y, side, edge, span), float(rng.normal(0.0, 0.15)))
                bushes.append((bush_piece(int(rng.integers(KINDS))), where))
            for _ in range(2 if dense else 1):
                u, y = x + float(rng.uniform(0.0, 16.0)), edge + side * (13.0 + float(rng.gamma(2.0, 9.0)))
                where = at(u, y, _height_m(u, y, side, edge, span), float(rng.uniform(0.0, 6.28)))
                trees.append((tree_piece(int(rng.integers(KINDS))), where))
            x += 16.0
        name = "right" if side < 0 else "left"
        stand(builder, f"bushes.{name}", "bushes", "vegetation", bushes)
        stand(builder, f"trees.{name}", "trees", "vegetation", trees)
    _wood(builder, span, 0.5 * centre_other, seed)


def _wood(builder: SceneBuilder, span: tuple[float, float], middle_m: float, seed: int) -> None:
    """Trees across both ends of the road."""
    rng = stream(seed, "highway", "wood")
    trees: list[tuple[Piece, F64Array | None]] = []
    for start, way in ((span[0], -1.0), (span[1], 1.0)):
        for _ in range(45):
            x, y = start + way * float(rng.uniform(25.0, 90.0)), middle_m + float(rng.uniform(-45.0, 45.0))
            where = at(x, y, _end_rise_m(x, span) - 0.1, float(rng.uniform(0.0, 6.28)))
            trees.append((tree_piece(int(rng.integers(KINDS))), where))
    stand(builder, "trees.ends", "trees", "vegetation", trees)


def _edges(section: RoadSection, centre_other: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """(side, y) of the outer edges of both carriageways."""
    return (-1.0, section.kerb_right_m - 1.0), (1.0, centre_other - section.kerb_right_m + 1.0)


def _end_rise_m(x: float, span: tuple[float, float]) -> float:
    """Beyond both ends of the road the land rises and closes the view."""
    away = max(0.0, span[0] - x, x - span[1])
    return 32.0 * (1.0 - math.exp(-((away / 190.0) ** 2)))


def _height_m(x: float, y: float, side: float, edge_m: float, span: tuple[float, float]) -> float:
    """Height of the land at a point beside the road: a shallow ditch, then rising ground with rolling hills."""
    away = max(0.0, side * (y - edge_m))
    ditch = -0.7 * math.exp(-(((away - 4.0) / 1.8) ** 2)) if 0.0 < away < 12.0 else 0.0
    rise = max(0.0, away - 40.0)
    wave = 0.5 + 0.5 * math.sin(x / 210.0 + 1.7 * side) * math.cos(y / 160.0 + x / 530.0)
    hill = 0.02 * rise * wave + 34.0 * wave * (1.0 - math.exp(-((rise / 260.0) ** 2)))
    return -0.03 + ditch + hill + _end_rise_m(x, span)


def _hills(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], centre_other: float) -> None:
    """Land out to 900 m on both sides and 700 m beyond the ends."""
    step = max(24.0, (span[1] - span[0]) / 100.0)
    inner = np.arange(span[0], span[1] + 0.5 * step, (span[1] - span[0]) / round((span[1] - span[0]) / step))
    ends = np.array([20.0, 50.0, 90.0, 140.0, 200.0, 280.0, 400.0, 700.0])
    x = np.concatenate([span[0] - ends[::-1], inner, span[1] + ends])
    out = np.array([-4.0, 0, 2.2, 4, 5.8, 8, 14, 24, 40, 60, 90, 130, 180, 250, 340, 450, 600, 900.0])
    (_, low), (_, high) = _edges(section, centre_other)
    for side, edge in _edges(section, centre_other):
        y = np.sort(edge + side * out)
        _add_land(builder, "right" if side < 0 else "left", x, y, side, edge, span)
    across = np.linspace(low, high, 9)
    _add_land(builder, "before", x[: len(ends) + 1], across, 1.0, high, span)
    _add_land(builder, "beyond", x[-len(ends) - 1 :], across, 1.0, high, span)


def _add_land(
    builder: SceneBuilder, name: str, x: F64Array, y: F64Array, side: float, edge: float, span: tuple[float, float]
) -> None:
    z = np.array([[_height_m(float(u), float(v), side, edge, span) for v in y] for u in x])
    piece = finish(f"highway.land.{name}", Draft().add(terrain(x, y, z), palette.GRASS), smooth=True)
    stand(builder, f"land.{name}", "terrain", "terrain", [(piece, None)])
