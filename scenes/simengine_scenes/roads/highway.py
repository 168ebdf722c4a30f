"""The motorway: two carriageways with hard shoulders and guard rails between grass, woods and hills."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.arrays import F64Array
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

_SEGMENT_M = 72.0
"""Four periods of the lane line (6 m dash, 12 m gap), eighteen posts of the guard rail."""
_BEFORE, _AFTER = 4, 14
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
    _hills(builder, section, span, centre_other, seed)
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
    verge = Draft().add(ribbon(x, (section.kerb_right_m - 1.5, section.kerb_right_m), -0.015), palette.GRAVEL)
    verge.add(ribbon(x, (section.kerb_left_m, section.kerb_left_m + 0.5 * _MEDIAN_M), -0.015), palette.GRASS)
    key = f"{section.lanes}.{section.lane_width_m:g}"
    return (
        finish(f"highway.road.{key}", road), finish(f"highway.marking.{key}", paint),
        finish(f"highway.verge.{key}", verge),
    )  # fmt: skip


def _rails(builder: SceneBuilder, section: RoadSection, frames: list[F64Array]) -> None:
    """Guard rails on both sides of each carriageway, and marker posts every 36 m."""
    rail, post = rail_piece(_SEGMENT_M), delineator_piece()
    right, left = section.kerb_right_m - 0.55, section.kerb_left_m + 0.55
    rails: list[tuple[Piece, F64Array | None]] = []
    posts: list[tuple[Piece, F64Array | None]] = []
    for frame in frames:
        rails.append((rail, frame @ at(0.0, right)))
        rails.append((rail, frame @ at(_SEGMENT_M, left, 0.0, math.pi)))
        posts += [(post, frame @ at(x, right - 0.45)) for x in (18.0, 54.0)]
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
    """Bushes along the fence line, trees in loose groups, and a belt of wood behind."""
    far_left = centre_other + 0.5 * section.lanes * section.lane_width_m + 3.0
    edges = ((-1.0, section.kerb_right_m), (1.0, far_left))
    for side, edge in edges:
        rng = stream(seed, "highway", "plants", f"{side:+.0f}")
        bushes: list[tuple[Piece, F64Array | None]] = []
        trees: list[tuple[Piece, F64Array | None]] = []
        x = span[0]
        while x < span[1]:
            dense = 0.5 + 0.5 * math.sin(x / 170.0 + 2.0 * side) > 0.35
            if dense and rng.random() < 0.75:
                y = edge + side * float(rng.uniform(7.0, 11.0))
                where = at(x, y, _height_m(x, y, edge, side), float(rng.normal(0.0, 0.15)))
                bushes.append((bush_piece(int(rng.integers(KINDS))), where))
            for _ in range(2 if dense else 1):
                u, y = x + float(rng.uniform(0.0, 14.0)), edge + side * (13.0 + float(rng.gamma(2.0, 9.0)))
                where = at(u, y, _height_m(u, y, edge, side), float(rng.uniform(0.0, 6.28)))
                trees.append((tree_piece(int(rng.integers(KINDS))), where))
            x += 14.0
        name = "right" if side < 0 else "left"
        stand(builder, f"bushes.{name}", "bushes", "vegetation", bushes)
        stand(builder, f"trees.{name}", "trees", "vegetation", trees)


def _height_m(x: float, y: float, edge_m: float, side: float) -> float:
    """Height of the land at a point beside the road: a shallow ditch, then rising ground with rolling hills."""
    away = max(0.0, side * (y - edge_m))
    ditch = -0.7 * math.exp(-(((away - 4.0) / 1.8) ** 2)) if away < 12.0 else 0.0
    rise = max(0.0, away - 40.0)
    wave = 0.5 + 0.5 * math.sin(x / 210.0 + 1.7 * side) * math.cos(y / 160.0 + x / 530.0)
    return -0.03 + ditch + 0.02 * rise * wave + 34.0 * wave * (1.0 - math.exp(-((rise / 260.0) ** 2)))


def _hills(
    builder: SceneBuilder, section: RoadSection, span: tuple[float, float], centre_other: float, seed: int
) -> None:
    """Land out to 900 m; beyond both ends of the road it rises across the road and closes the view."""
    del seed
    far_left = centre_other + 0.5 * section.lanes * section.lane_width_m + 3.0
    step = max(24.0, (span[1] - span[0]) / 90.0)
    x = np.arange(span[0] - 700.0, span[1] + 700.0 + step, step)
    out = np.array(
        [0.0, 2.2, 4.0, 5.8, 8.0, 14.0, 24.0, 40.0, 60.0, 90.0, 130.0, 180.0, 250.0, 340.0, 450.0, 600.0, 900.0]
    )
    for side, edge in ((-1.0, section.kerb_right_m - 1.0), (1.0, far_left)):
        y = np.sort(edge + side * out)
        z = np.array([[_height_m(float(u), float(v), edge, side) for v in y] for u in x])
        land = Draft().add(terrain(x, y, z), palette.GRASS)
        name = "right" if side < 0 else "left"
        stand(
            builder, f"land.{name}", "terrain", "terrain", [(finish(f"highway.land.{name}", land, smooth=True), None)]
        )
    y = np.linspace(section.kerb_right_m - 1.2, far_left + 0.2, 9)
    for name, start, way in (("before", span[0], -1.0), ("beyond", span[1], 1.0)):
        xs = np.sort(start + way * np.array([0.0, 15.0, 40.0, 80.0, 140.0, 220.0, 320.0, 450.0, 700.0]))
        away = np.abs(xs - start)
        z = np.broadcast_to((-0.03 + 30.0 * (1.0 - np.exp(-((away / 170.0) ** 2))))[:, None], (len(xs), len(y)))
        land = Draft().add(terrain(xs, y, np.array(z)), palette.GRASS)
        stand(
            builder, f"land.{name}", "terrain", "terrain", [(finish(f"highway.land.{name}", land, smooth=True), None)]
        )
