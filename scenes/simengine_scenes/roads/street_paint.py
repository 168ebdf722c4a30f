"""Paint and asphalt of a street: lane lines, parking strips, cycle lanes with their symbols, zebra crossings."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, bar, dashes, ribbon
from simengine_scenes.roads.section import ZEBRA_M, RoadSection
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import grid

__all__ = ["pave", "sides_of"]

_BESIDE_ZEBRA_M = 0.3
"""Lines end so far before a zebra crossing."""
_CYCLE_LINE_M = 0.25
"""The broad line between a lane and a cycle lane (RASt 06)."""
_SYMBOL_STEP_M, _SYMBOL_STRETCH = 40.0, 2.0
_SYMBOL_M, _RED_M = MARKING_M, 0.003
Span = tuple[float, float]


def sides_of(section: RoadSection) -> tuple[tuple[float, float], tuple[float, float]]:
    """(side, y of the kerb) for right and left."""
    return (-1.0, section.kerb_right_m), (1.0, section.kerb_left_m)


def pave(builder: SceneBuilder, section: RoadSection, span: Span, red: bool) -> None:
    """Add the carriageway and all that is painted on it; ``red``: cycle lanes have a red surface."""
    lay = section.lay
    road = Draft().add(ribbon(span, (section.edge_right_m, section.edge_left_m), 0.0, lay), palette.ASPHALT)
    paint, coloured = Draft(), Draft()
    for side, kerb_m in sides_of(section):
        edge, wide = _cycle(section, side)
        outer = edge + side * wide
        if wide > 0.0:
            road.add(ribbon(span, _sorted(edge, outer), 0.0, lay), palette.ASPHALT)
            _cycle_lane(paint, section, span, side)
            for part in _between(section, span):
                coloured.add(ribbon(part, _sorted(edge, outer), _RED_M, lay), palette.ASPHALT_RED)
        if kerb_m != outer:
            road.add(ribbon(span, _sorted(outer, kerb_m), 0.0, lay), palette.ASPHALT_PARKING)
            for part in _between(section, (0.0, section.length_m)):
                paint.add(dashes(part, outer + 0.06 * side, 0.12, 1.0, 1.0, lay), palette.MARKING)
    stand(builder, "road", "road", "road", [(finish("street.road", road), None)])
    if red and section.cycle_right_m + section.cycle_left_m > 0.0:
        stand(builder, "cycle_lane", "cycle_lane", "road", [(finish("street.cycle_lane", coloured), None)])
    _lane_lines(paint, section, span)
    _give_way(paint, section, span)
    for station in section.crossings_m:
        _zebra(paint, section, station)
    stand(builder, "lane_marking", "marking", "lane_marking", [(finish("street.marking", paint), None)])
    _symbols(builder, section)


def _sorted(a: float, b: float) -> Span:
    return (a, b) if a < b else (b, a)


def _cycle(section: RoadSection, side: float) -> Span:
    """Offset of the edge of the lanes on a side, and the width of the cycle lane beyond it."""
    if side < 0.0:
        return section.edge_right_m, section.cycle_right_m
    return section.edge_left_m, section.cycle_left_m


def _between(section: RoadSection, span: Span) -> list[Span]:
    """The parts of a stretch of road that are before, between and behind its zebra crossings."""
    reach = 0.5 * ZEBRA_M + _BESIDE_ZEBRA_M
    cuts = [span[0], *(s + d for s in section.crossings_m for d in (-reach, reach)), span[1]]
    return [(a, b) for a, b in list(pairwise(cuts))[::2] if b - a > 1.0]


def _lane_lines(paint: Draft, section: RoadSection, span: Span) -> None:
    """Between the lanes: broken, and a double line between the two directions of wide streets."""
    lay = section.lay
    for k in range(1, section.lanes):
        y = section.edge_right_m + k * section.lane_width_m
        for part in _between(section, span):
            if k == section.forward_lanes and section.lanes > 2:
                for shift in (-0.11, 0.11):
                    paint.add(ribbon(part, (y + shift - 0.06, y + shift + 0.06), MARKING_M, lay), palette.MARKING)
            else:
                paint.add(dashes(part, y, 0.12, 3.0, 6.0, lay), palette.MARKING)


def _give_way(paint: Draft, section: RoadSection, span: Span) -> None:
    """Stop lines at the cross streets, on the half of the road that runs towards them."""
    split = section.edge_right_m + section.forward_lanes * section.lane_width_m
    ahead, back = (section.edge_right_m + 0.15, split - 0.15), (split + 0.15, section.edge_left_m - 0.15)
    paint.add(bar((span[1] - 1.4, span[1] - 0.9), ahead, lay=section.lay), palette.MARKING)
    if split < section.edge_left_m:
        paint.add(bar((span[0] + 0.9, span[0] + 1.4), back, lay=section.lay), palette.MARKING)


def _cycle_lane(paint: Draft, section: RoadSection, span: Span, side: float) -> None:
    """The broad line along the edge of the lanes, inside the cycle lane."""
    edge, _ = _cycle(section, side)
    for part in _between(section, span):
        paint.add(ribbon(part, _sorted(edge, edge + side * _CYCLE_LINE_M), MARKING_M, section.lay), palette.MARKING)


def _zebra(paint: Draft, section: RoadSection, station_m: float) -> None:
    """Bars of half a metre from kerb to kerb, half a metre apart."""
    low, high = station_m - 0.5 * ZEBRA_M, station_m + 0.5 * ZEBRA_M
    begin, end = section.kerb_right_m + 0.15, section.kerb_left_m - 0.15
    count = int((end - begin + 0.5) // 1.0)
    first = 0.5 * (begin + end) - 0.5 * (count - 0.5)
    for k in range(count):
        paint.add(bar((low, high), (first + k, first + k + 0.5), lay=section.lay), palette.MARKING)


# ---- symbols of cycle lanes ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _bicycle_piece() -> Piece:
    """A bicycle as it is painted, 1 m wide and twice as long as it is high; who comes along +x sees it upright."""
    draft = Draft()
    hubs = ((-0.3, 0.22), (0.3, 0.22))
    turn = np.arange(17) * (2.0 * math.pi / 16.0)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    for hub in hubs:
        lines = [_lying(np.array(hub) + r * ring) for r in (0.17, 0.22)]
        draft.add(grid(np.stack(lines), flip=True), palette.MARKING)
    saddle, head, crank = (-0.13, 0.55), (0.19, 0.55), (-0.03, 0.22)
    for line in (
        (hubs[0], saddle), (saddle, head), (head, crank), (crank, saddle), (crank, hubs[0]), (hubs[1], (0.17, 0.68)),
        ((-0.22, 0.63), (-0.06, 0.63)), ((0.17, 0.68), (0.3, 0.68)),
    ):  # fmt: skip
        (ax, ay), (bx, by) = line
        long = math.hypot(bx - ax, by - ay)
        nx, ny = -0.022 * (by - ay) / long, 0.022 * (bx - ax) / long
        rows = [np.array([[ax + s * nx, ay + s * ny], [bx + s * nx, by + s * ny]]) for s in (-1.0, 1.0)]
        draft.add(grid(np.stack([_lying(row) for row in rows])), palette.MARKING)
    return finish("street.bicycle_symbol", draft)


def _lying(points: F64Array) -> F64Array:
    """Points (to the right, up) of an upright drawing as they lie on the road."""
    return np.column_stack([_SYMBOL_STRETCH * points[:, 1], -points[:, 0], np.full(len(points), _SYMBOL_M)])


def _symbols(builder: SceneBuilder, section: RoadSection) -> None:
    """A bicycle every 40 m in each cycle lane, clear of crossings."""
    pieces: list[tuple[Piece, F64Array | None]] = []
    for side, yaw in ((-1.0, 0.0), (1.0, math.pi)):
        edge, wide = _cycle(section, side)
        middle = edge + side * 0.5 * (wide + _CYCLE_LINE_M)
        stations = np.arange(10.0, section.length_m, _SYMBOL_STEP_M).tolist() if wide > 0.0 else []
        for s in stations:
            if all(abs(s - at) > 0.5 * ZEBRA_M + 2.5 for at in section.crossings_m):
                pieces.append((_bicycle_piece(), section.lay.pose(s, middle, 0.0, yaw)))
    if pieces:
        stand(builder, "cycle_symbols", "marking", "lane_marking", pieces)
