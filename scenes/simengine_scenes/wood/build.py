"""The static scene of ``world woodland``: a track with ruts, and a wood that closes the view on all sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M
from simengine_scenes.roads.land import Land
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.section import WOODLAND_VERGE_M, RoadSection, woodland_section
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import grid
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece
from simengine_scenes.wood.plants import (
    LOOKS,
    boulder_piece,
    fern_piece,
    hide_piece,
    log_piece,
    spruce_piece,
    stack_piece,
    stump_piece,
)

__all__ = ["build_woodland"]

_BEYOND_M = 60.0
_SHOULDER_M = 0.6
"""Of bare ground beside the track."""
_FRAY_M, _FRAY_STEP_M, _FRAY_SLOW = 0.16, 0.35, 7
"""How far edges of earth and grass waver, from point to point of them, and over how many points slowly."""
_ROWS_M = (3.0, 6.0, 9.5, 13.5, 18.0, 23.0, 29.0, 36.0, 44.0, 54.0, 66.0)
"""Where rows of trees begin beyond the edges of the track."""
_STANDS = 6.0
"""From tree to tree along a row at a density of 1, near the track."""
_STACK_M, _HIDE = 0.35, 0.62
"""Where the stack of logs and the hide stand, as shares of the track's length."""


def build_woodland(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return its lane. What grows where comes from ``seed``."""
    section = woodland_section(values)
    span = (-_BEYOND_M, section.length_m + _BEYOND_M)
    _track(builder, section, span)
    land = Land("woodland", section.line, span, section.kerb_right_m - _SHOULDER_M, section.kerb_left_m + _SHOULDER_M,
                palette.FOREST_FLOOR, 0.0)  # fmt: skip
    land.build(builder)
    places = _things(builder, section)
    density, firs = float(values.get("density", 1.0)), float(values.get("conifers", 0.5))
    for side in (-1.0, 1.0):
        name = "right" if side < 0 else "left"
        _trees(builder, section, span, side, name, (density, firs), seed, places)
        _undergrowth(builder, section, span, side, name, float(values.get("undergrowth", 0.6)), seed, places)
    _ends(builder, land, firs, seed)
    return section.lane_graph()


def _track(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """Gravel with two ruts and grass between them."""
    right, left, lay = section.kerb_right_m, section.kerb_left_m, section.lay
    key = f"{section.lane_width_m:.4f}.{section.length_m:.3f}"
    road = Draft().add(_frayed(span, (right - _FRAY_M, left + _FRAY_M), 0.0, lay, _FRAY_M, "earth"),
                       palette.TRACK_EARTH)  # fmt: skip
    for s in (1.0, -1.0):
        edges = s * 0.78 - 0.24, s * 0.78 + 0.24
        road.add(_frayed(span, edges, 0.5 * MARKING_M, lay, 0.1, f"rut{s:g}"), palette.RUT)
    road.add(_frayed(span, (-0.35, 0.35), 0.5 * MARKING_M, lay, _FRAY_M, "middle"), palette.FOREST_GRASS)
    stand(builder, "track", "road", "road", [(finish(f"woodland.track.{key}", road), None)])
    edges = right - _SHOULDER_M - 0.4, left + _SHOULDER_M + 0.4
    verge = Draft().add(_frayed(span, edges, -0.012, lay, 0.3, "verge"), palette.FOREST_GRASS)
    stand(builder, "verge", "terrain", "terrain", [(finish(f"woodland.verge.{key}", verge), None)])


def _frayed(
    span: tuple[float, float], edges_m: tuple[float, float], z_m: float, lay: Lay, fray_m: float, name: str
) -> Surface:
    """A level strip whose edges waver by up to ``fray_m``, as those of grass and mud do."""
    x = np.arange(span[0], span[1] + 0.5 * _FRAY_STEP_M, _FRAY_STEP_M)
    rng = stream(11, "woodland", name)
    rows: list[F64Array] = []
    for edge in edges_m:
        long, short = rng.uniform(-1.0, 1.0, (2, len(x)))
        slow = np.interp(x, x[::_FRAY_SLOW], long[::_FRAY_SLOW])
        rows.append(lay.points(x, edge + fray_m * (0.55 * slow + 0.45 * short), z_m))
    return grid(np.stack(rows))


def _things(builder: SceneBuilder, section: RoadSection) -> list[tuple[float, float, float]]:
    """A stack of logs and a hide; returns where they stand (station, offset) and how far nothing else does."""
    lay, out = section.lay, list[tuple[float, float, float]]()
    for name, piece, share, side, away, room in (
        ("logs", stack_piece(), _STACK_M, -1.0, 4.8, 5.0), ("hide", hide_piece(), _HIDE, 1.0, 7.5, 3.5),
    ):  # fmt: skip
        s = share * section.length_m
        y = side * (section.kerb_left_m + away)
        pose = lay.pose(s, y, -0.03)
        stand(builder, name, name, "static_object", [(piece, pose)])
        out.append((s, y, room))
    return out


_Room = list[tuple[float, float, float]]
_Found = list[tuple[Piece, F64Array | None]]


def _free(s: float, y: float, taken: _Room) -> bool:
    return all((s - a) ** 2 + (y - b) ** 2 > room * room for a, b, room in taken)


def _room(section: RoadSection) -> Callable[[F64Array, float], bool]:
    """Whether a point of the world is this far from the whole track: inside of bends rows come near it again."""
    if section.line.straight:
        return lambda point, away: True
    axis = section.line.at(np.arange(-_BEYOND_M, section.length_m + _BEYOND_M, 2.0))[0]

    def free(point: F64Array, away: float) -> bool:
        gap = axis - point[:2]
        return float((gap * gap).sum(1).min()) > (away + section.kerb_left_m) ** 2

    return free


def _trees(
    builder: SceneBuilder, section: RoadSection, span: tuple[float, float], side: float, name: str,
    mix: tuple[float, float], seed: int, taken: _Room,
) -> None:  # fmt: skip
    """Rows of trees that lose their order, closest near the track; conifers in groups."""
    rng, lay, free = stream(seed, "woodland", "trees", name), section.lay, _room(section)
    density, firs = mix
    trees: _Found = []
    for row, begin in enumerate(_ROWS_M):
        step = (_STANDS + 0.25 * begin) / max(density, 0.05)
        s = span[0] + float(rng.uniform(0.0, step))
        while s < span[1]:
            away = begin + float(rng.uniform(-0.4, 0.3)) * (2.0 + 0.2 * begin)
            y, turn = side * (section.kerb_left_m + max(away, 2.6)), float(rng.uniform(0.0, 6.28))
            grove = 0.5 + 0.5 * math.sin(s / 23.0 + 1.9 * side + 0.4 * row)
            fir = grove * 0.6 + 0.4 * float(rng.random()) < firs
            look, pruned = among(int(rng.integers(LOOKS)), LOOKS, builder.split), rng.random() < 0.7
            kind = among(int(rng.integers(KINDS)), KINDS, builder.split)
            pose = lay.pose(s, y, -0.05, turn)
            if _free(s, y, taken) and free(pose[:3, 3], 2.4):
                trees.append((spruce_piece(look) if fir else tree_piece(kind, bool(pruned)), pose))
            s += step * float(rng.uniform(0.6, 1.4))
    if trees:
        stand(builder, f"trees.{name}", "trees", "vegetation", trees)


def _undergrowth(
    builder: SceneBuilder, section: RoadSection, span: tuple[float, float], side: float, name: str, share: float,
    seed: int, taken: _Room,
) -> None:  # fmt: skip
    """Ferns, bushes, stumps, fallen trunks and boulders within 30 m of the track."""
    rng, lay, free = stream(seed, "woodland", "undergrowth", name), section.lay, _room(section)
    green: _Found = []
    lying: list[tuple[str, str, Piece, F64Array]] = []
    for k in range(int((span[1] - span[0]) * 1.1 * share)):
        s, u = float(rng.uniform(*span)), float(rng.random())
        away = 1.2 + 28.0 * float(rng.random()) ** 1.8
        turn, look = float(rng.uniform(0.0, 6.28)), among(int(rng.integers(LOOKS)), LOOKS, builder.split)
        y = side * (section.kerb_left_m + away)
        pose = lay.pose(s, y, -0.05, turn)
        if not _free(s, y, taken):
            continue
        if u < 0.82:
            if free(pose[:3, 3], 0.9):
                green.append((fern_piece(look), pose))
        elif u < 0.90:
            if away > 9.0 and free(pose[:3, 3], 8.0):
                green.append((bush_piece(look), pose))
        elif away > WOODLAND_VERGE_M + 1.5 and free(pose[:3, 3], WOODLAND_VERGE_M + 1.5):
            kind = ("stump", "log", "boulder")[k % 3]
            if kind == "log" and (away < 8.0 or not free(pose[:3, 3], 6.0)):
                continue
            piece = {"stump": stump_piece, "log": log_piece, "boulder": boulder_piece}[kind](look)
            if all(abs(p[0, 3] - pose[0, 3]) + abs(p[1, 3] - pose[1, 3]) > 9.0 for _, _, _, p in lying):
                lying.append((kind, "static_object", piece, pose))
    if green:
        stand(builder, f"undergrowth.{name}", "undergrowth", "vegetation", green)
    for n, (kind, semantic, piece, pose) in enumerate(lying):
        stand(builder, f"{kind}.{name}[{n}]", kind, semantic, [(piece, pose)])


def _ends(builder: SceneBuilder, land: Land, firs: float, seed: int) -> None:
    """Trees across both ends of the track."""
    rng = stream(seed, "woodland", "ends")
    pieces: list[Piece] = []
    spots: list[tuple[float, float, float]] = []
    for start, way in ((land.span_m[0], -1.0), (land.span_m[1], 1.0)):
        for _ in range(70):
            fir = rng.random() < firs
            look = among(int(rng.integers(LOOKS)), LOOKS, builder.split)
            kind = among(int(rng.integers(KINDS)), KINDS, builder.split)
            pieces.append(spruce_piece(look) if fir else tree_piece(kind))
            s, y = start + way * float(rng.uniform(2.0, 50.0)), float(rng.uniform(-40.0, 40.0))
            spots.append((s, y, float(rng.uniform(0.0, 6.28))))
    trees: _Found = [(p, w) for p, w in zip(pieces, land.end_poses(spots), strict=True) if w is not None]
    stand(builder, "trees.ends", "trees", "vegetation", trees)
