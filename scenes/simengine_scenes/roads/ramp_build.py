"""What a ramp of a motorway is built of: asphalt, paint, gore, guard rails, a sign."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M
from simengine_scenes.roads.lay import Lay, swept
from simengine_scenes.roads.ramp import Ramp
from simengine_scenes.roads.section import GUARD_RAIL_M
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import grid, quad
from simengine_scenes.town.exit_sign import beacon_piece, exit_piece
from simengine_scenes.town.rail import delineator_piece, rail_piece
from simengine_scenes.town.sign import sign_piece, sign_post_piece

__all__ = ["add_ramp", "beside_ramp", "clear_of_ramp", "ramp_rails"]

_LINE_M, _BLOCK_M = 0.15, 0.30
_RAIL_M = 8.0
_CHEVRON_M = 4.0
"""From stroke to stroke of the gore."""
_BOARD_M, _BEACON_M = 88.0, 1.35
"""Of the board in the gore beyond the nose, and of beacons beyond the edge of the asphalt."""
_INTO_M = (2.2, 0.28)
"""Beyond its edge the grass goes on so far, and down so deep: side by side with the land, so that no edge is seen."""


def add_ramp(builder: SceneBuilder, ramp: Ramp) -> None:
    """Add everything but its guard rails."""
    low, high = ramp.drawn_m
    s, profile = ramp.stations(low, high), ramp.section.profile
    inner, outer = ramp.inner_m(s), ramp.paved_m(s)
    key = f"{ramp.leaves:d}.{ramp.nose_m:.3f}.{ramp.beside_m:.3f}.{ramp.section.lanes}.{ramp.section.lane_width_m:.4f}"
    road, own = Draft(), inner > outer
    road.add(_strip(ramp, s[own], outer[own], inner[own], 0.0), palette.ASPHALT)
    stand(builder, "ramp", "road", "road", [(finish(f"ramp.road.{key}", road), None)])
    stand(builder, "ramp.marking", "marking", "lane_marking", [(finish(f"ramp.paint.{key}", _paint(ramp)), None)])
    # grass from the verge of the road to the land beyond the ramp, in the plane of the road
    wide = np.unique(np.concatenate([s, ramp.section.lay.cut([low - 500.0, low, high, high + 1100.0])]))
    ends = ramp.verge_m, ramp.section.kerb_right_m - 1.2
    rows = np.linspace(*ends, 2 if profile is None else math.ceil((ends[1] - ends[0]) / profile.strip_m) + 1)
    lattice = [
        ramp.points(wide, ends[0] - _INTO_M[0], -0.02 - _INTO_M[1]),
        *(ramp.points(wide, y, -0.02) for y in rows),
    ]
    grass = Draft().add(grid(np.stack(lattice)), palette.GRASS)
    stand(builder, "ramp.verge", "terrain", "terrain", [(finish(f"ramp.verge.{key}", grass), None)])
    _signs(builder, ramp)


def _strip(ramp: Ramp, s: F64Array, right: F64Array, left: F64Array, z: float) -> Surface:
    return grid(np.stack([ramp.points(s, right, z), ramp.points(s, left, z)]))


def _paint(ramp: Ramp) -> Draft:
    """Edge lines of the ramp, blocks where one may change, chevrons in the gore."""
    paint, edge, half = Draft(), ramp.section.edge_right_m, 0.5 * _LINE_M
    (low, high), (first, last) = ramp.drawn_m, ramp.open_m
    s = ramp.stations(low, high)
    right = ramp.narrowed_m(s)
    paint.add(_strip(ramp, s, right, right + _LINE_M, MARKING_M), palette.MARKING)
    s = ramp.stations(low, ramp.nose_m) if not ramp.leaves else ramp.stations(ramp.nose_m, high)
    left = ramp.centre_m(s) + 0.5 * ramp.section.lane_width_m
    paint.add(_strip(ramp, s, left - _LINE_M, left, MARKING_M), palette.MARKING)
    for begin in np.arange(first, last - 6.0, 12.0).tolist():
        block = np.array([begin, begin + 6.0])
        y = np.full(2, edge + half)
        paint.add(_strip(ramp, block, y - 0.5 * _BLOCK_M - half, y + 0.5 * _BLOCK_M - half, MARKING_M), palette.MARKING)
    for k in range(1, 30):
        away = ramp.nose_m + (k * _CHEVRON_M if ramp.leaves else -k * _CHEVRON_M)
        gap = edge - float(ramp.centre_m(away)) - 0.5 * ramp.section.lane_width_m
        if 0.5 < gap < 3.2:
            paint.add(_stroke(ramp, away, gap), palette.MARKING)
    return paint


def _stroke(ramp: Ramp, s_m: float, gap_m: float) -> Surface:
    """A slanted bar across the gore, towards the nose on the side of the road."""
    edge, slant = ramp.section.edge_right_m - 0.05, (-0.8 if ramp.leaves else 0.8) * gap_m
    low = ramp.section.edge_right_m - gap_m + 0.05
    a, b, c, d = ramp.points(
        np.array([s_m, s_m + 0.8, s_m + 0.8 + slant, s_m + slant]), np.array([low, low, edge, edge]), MARKING_M
    )
    return quad(a, b, c, d)


def _signs(builder: SceneBuilder, ramp: Ramp) -> None:
    """Who comes in gives way; beacons count down the last 300 m to an exit, a board and posts show its nose."""
    section = ramp.section
    if not ramp.leaves:
        s = ramp.nose_m - 20.0
        pose = section.lay.pose(s, float(ramp.paved_m(s)) - 1.4, -0.02)
        stand(builder, "ramp.sign", "sign", "traffic_sign", [(sign_piece("give_way"), pose), (sign_post_piece(), pose)])
        return
    post = delineator_piece()
    places: list[tuple[Piece, F64Array | None]] = []
    for k in range(3):
        s = ramp.nose_m + 62.0 + 6.0 * k
        y = 0.5 * (section.kerb_right_m + float(ramp.inner_m(s)))
        places.append((post, section.lay.pose(s, y)))
    stand(builder, "ramp.posts", "delineator", "pole", places)
    s = ramp.nose_m + _BOARD_M
    pose = section.lay.pose(s, 0.5 * (section.kerb_right_m + float(ramp.inner_m(s))), -0.05)
    stand(builder, "ramp.sign", "sign", "traffic_sign", [(exit_piece(), pose)])
    for bars in (1, 2, 3):
        pose = section.lay.pose(ramp.drawn_m[0] - 100.0 * bars, section.kerb_right_m - _BEACON_M, -0.03)
        stand(builder, f"ramp.beacon[{bars}]", "sign", "traffic_sign", [(beacon_piece(bars), pose)])


def beside_ramp(ramp: Ramp, lay: Lay, length_m: float) -> bool:
    """Whether a segment of this carriageway lies beside the ramp."""
    low, high = ramp.drawn_m
    return not lay.back and lay.s_m < high and lay.s_m + length_m > low


def clear_of_ramp(ramp: Ramp, s_m: float, room_m: float) -> float:
    """Offset of the edge of the asphalt right of which something may stand: that of the road where there is so much
    room before the ramp, else that of the ramp."""
    low, high = ramp.drawn_m
    kerb, inner = ramp.section.kerb_right_m, float(ramp.inner_m(s_m))
    aside = low < s_m < high and kerb - inner < room_m
    return float(ramp.paved_m(s_m)) if aside else kerb


def ramp_rails(ramp: Ramp, starts_m: list[float], length_m: float) -> list[tuple[Piece, F64Array | None]]:
    """Guard rails along the outer edge of the ramp in the segments that lie beside it, and of the road else."""
    low, high = ramp.drawn_m
    out: list[tuple[Piece, F64Array | None]] = []
    piece = rail_piece(_RAIL_M, 2)
    for start in starts_m:
        for s in np.arange(start, start + length_m - 0.5 * _RAIL_M, _RAIL_M).tolist():
            ends = np.array([s, s + _RAIL_M])
            off = ramp.paved_m(ends) if s >= low and s + _RAIL_M <= high else np.full(2, ramp.section.kerb_right_m)
            lay = ramp.section.lay.moved(s, float(off[0]) - GUARD_RAIL_M)
            out.append((swept(piece, lay, f"ramp.rail.{s:g}", float(off[1] - off[0]) / _RAIL_M), None))
    return out
