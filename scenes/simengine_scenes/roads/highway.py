"""The motorway: two carriageways with hard shoulders and guard rails between grass, woods and hills."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, dashes, ribbon, verges
from simengine_scenes.roads.land import Land
from simengine_scenes.roads.lay import FLAT, Lay, swept
from simengine_scenes.roads.plants import plant
from simengine_scenes.roads.ramp import Ramp, highway_lanes, highway_ramp
from simengine_scenes.roads.ramp_build import add_ramp, beside_ramp, clear_of_ramp, ramp_rails
from simengine_scenes.roads.section import (
    AFTER_SEGMENTS,
    BEFORE_SEGMENTS,
    GUARD_RAIL_M,
    HIGHWAY_VERGE_M,
    MEDIAN_M,
    SEGMENT_M,
    RoadSection,
    highway_section,
)
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.town.rail import GANTRY_WORDS, delineator_piece, gantry_piece, rail_piece

__all__ = ["build_highway", "lay_highway"]

_LINE_M = 0.15
_RAIL_OFF_M = 0.03
_RAIL_POSTS = 36
"""A beam has no more pieces than posts."""
_POST_ROOM_M = 3.2
"""Least room between a road and its ramp for the post of a gantry."""


def build_highway(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world highway`` and return the lanes of the carriageway that runs along +x."""
    ramp = highway_ramp(values)
    section = highway_section(values) if ramp is None else ramp.section
    lay_highway(builder, section, seed, ramp)
    return highway_lanes(values)


def lay_highway(builder: SceneBuilder, section: RoadSection, seed: int, ramp: Ramp | None = None) -> None:
    """Add both carriageways, what lines them, a ramp, and the land around."""
    segments = math.ceil(section.length_m / SEGMENT_M)
    starts = [k * SEGMENT_M for k in range(-BEFORE_SEGMENTS, segments + AFTER_SEGMENTS)]
    span = (starts[0], starts[-1] + SEGMENT_M)
    centre_other = 2.0 * section.kerb_left_m + MEDIAN_M  # the other carriageway is ours, turned about the median
    line = section.line
    lay = section.lay
    lays = [way for x in starts for way in (lay.moved(x, 0.0), lay.moved(x + SEGMENT_M, centre_other, back=True))]
    shared = _segment(section, FLAT, "")
    laid = [_laid(section, shared, lay, k) for k, lay in enumerate(lays)]
    if ramp is not None:  # there is no line where one changes to the ramp's lane or from it
        for k, lay in enumerate(lays):
            gap = max(ramp.open_m[0] - lay.s_m, 0.0), min(ramp.open_m[1] - lay.s_m, SEGMENT_M)
            if not lay.back and gap[0] < gap[1]:
                laid[k] = _segment(section, lay, f".{k}", gap), None
        add_ramp(builder, ramp)
    for kind, semantic, name, pick in (
        ("road", "road", "road", 0), ("marking", "lane_marking", "lane_marking", 1), ("terrain", "terrain", "verge", 2),
    ):  # fmt: skip
        stand(builder, name, kind, semantic, [(pieces[pick], frame) for pieces, frame in laid])
    _rails(builder, section, lays, ramp)
    _gantries(builder, section, ramp, seed)
    low = section.kerb_right_m - HIGHWAY_VERGE_M if ramp is None else ramp.verge_m
    high = centre_other - section.kerb_right_m + HIGHWAY_VERGE_M
    land = Land("highway", line, span, low, high, profile=section.profile)
    plant(builder, land, seed)
    land.build(builder)


_Segment: TypeAlias = tuple[Piece, Piece, Piece]


def _laid(section: RoadSection, shared: _Segment, lay: Lay, index: int) -> tuple[_Segment, F64Array | None]:
    """A segment and its pose: straight ones are one mesh each, stood up again and again; bends are swept."""
    if lay.plain(0.0, SEGMENT_M):
        return shared, lay.pose(0.0)
    return _segment(section, lay, f".{index}"), None


def _segment(section: RoadSection, lay: Lay, suffix: str, gap_m: tuple[float, float] = (0.0, 0.0)) -> _Segment:
    """Asphalt, paint and gravel verges of one segment from x = 0; in a gap there is no line on its right edge."""
    x = (0.0, SEGMENT_M)
    road = Draft().add(ribbon(x, (section.kerb_right_m, section.kerb_left_m), 0.0, lay), palette.ASPHALT)
    paint = Draft()
    for y in (section.edge_right_m - 0.5 * _LINE_M, section.edge_left_m + 0.5 * _LINE_M):
        right = y < 0.0 and gap_m[0] < gap_m[1]
        for low, high in ((x[0], gap_m[0]), (gap_m[1], x[1])) if right else (x,):
            if high > low:
                across = (y - 0.5 * _LINE_M, y + 0.5 * _LINE_M)
                paint.add(ribbon((low, high), across, MARKING_M, lay), palette.MARKING)
    for k in range(1, section.lanes):
        y = section.edge_right_m + k * section.lane_width_m
        paint.add(dashes(x, y, _LINE_M, 6.0, 12.0, lay), palette.MARKING)
    # The verges meet below the asphalt: no flat ray slips through under its edge.
    verge = Draft().add(verges(x, section.kerb_right_m - 1.3, 0.0, -0.015, lay), palette.GRAVEL)
    verge.add(ribbon(x, (0.0, section.kerb_left_m + 0.5 * MEDIAN_M), -0.015, lay), palette.GRASS)
    key = f"{section.lanes}.{section.lane_width_m:g}{suffix}"
    return (
        finish(f"highway.road.{key}", road), finish(f"highway.marking.{key}", paint),
        finish(f"highway.verge.{key}", verge),
    )  # fmt: skip


def _rails(builder: SceneBuilder, section: RoadSection, lays: list[Lay], ramp: Ramp | None) -> None:
    """Guard rails on both sides of each carriageway, and marker posts every 48 m; beside a ramp they are its own."""
    post = delineator_piece()
    right, left = section.kerb_right_m - GUARD_RAIL_M, section.kerb_left_m + GUARD_RAIL_M
    rails: list[tuple[Piece, F64Array | None]] = []
    posts: list[tuple[Piece, F64Array | None]] = []
    for k, lay in enumerate(lays):
        aside = ramp is not None and beside_ramp(ramp, lay, SEGMENT_M)
        for start, back in (((0.0, right), False), ((SEGMENT_M, left), True))[aside:]:
            along = lay.moved(*start, back)
            if not lay.plain(0.0, SEGMENT_M):
                piece = rail_piece(SEGMENT_M, _rail_cuts(along))
                rails.append((swept(piece, along, f"highway.rail.{k}.{back:d}"), None))
            else:
                rails.append((rail_piece(SEGMENT_M), tf.compose(lay.pose(0.0), at(*start, 0.0, math.pi * back))))
        if not aside:
            posts += [(post, _beside(lay, x, right - 0.45)) for x in (24.0, 72.0, 120.0)]
    if ramp is not None:
        rails += ramp_rails(ramp, [lay.s_m for lay in lays if beside_ramp(ramp, lay, SEGMENT_M)], SEGMENT_M)
    stand(builder, "guard_rail", "guard_rail", "barrier", rails)
    stand(builder, "delineator", "delineator", "pole", posts)


def _rail_cuts(along: Lay) -> int:
    """Fewest pieces of a guard rail whose chords lie ``_RAIL_OFF_M`` off its line at most, in bends and over crests."""
    fine = along.points(np.linspace(0.0, SEGMENT_M, _RAIL_POSTS * 2 + 1), 0.0, 0.0)
    every = np.arange(len(fine))
    for cuts in (1, 2, 3, 4, 6, 9, 12, 18, 24, _RAIL_POSTS):
        nodes = every[:: _RAIL_POSTS * 2 // cuts]
        chords = np.stack([np.interp(every, nodes, fine[nodes, axis]) for axis in range(3)], -1)
        if float(np.linalg.norm(fine - chords, axis=-1).max()) <= _RAIL_OFF_M:
            return cuts
    return _RAIL_POSTS


def _beside(lay: Lay, x: float, y: float) -> F64Array:
    return tf.compose(lay.pose(0.0), at(x, y)) if lay.plain(0.0, SEGMENT_M) else lay.pose(x, y)


def _gantries(builder: SceneBuilder, section: RoadSection, ramp: Ramp | None, seed: int) -> None:
    """A sign gantry near the start and then every 800 m; its posts stand on the ground where the road leans."""
    left = section.kerb_left_m + 1.2
    for k, x in enumerate(np.arange(180.0, section.length_m + 700.0, 800.0).tolist()):
        right = (section.kerb_right_m if ramp is None else clear_of_ramp(ramp, x, _POST_ROOM_M)) - 1.6
        middle, *posts = section.lay.points(x, np.array([0.0, left, right]), 0.0)[:, 2].tolist()
        rise = max(middle, *posts) - middle
        feet = round(posts[0] - middle - rise, 3), round(posts[1] - middle - rise, 3)
        draw = int(stream(seed, "highway", "gantry", k).integers(GANTRY_WORDS))
        words = among(draw, GANTRY_WORDS, builder.split)
        frame, signs = gantry_piece(round(left, 3), round(right, 3), max(1, min(3, section.lanes)), feet, words)
        pose = section.lay.pose(x, 0.0, rise)
        stand(builder, f"gantry[{k}]", "gantry", "pole", [(frame, pose)])
        stand(builder, f"sign[{k}]", "sign", "traffic_sign", [(signs, pose)])
