"""The street: carriageway, kerbs, pavements, rows of houses, trees, lamps; closed at both ends by a cross street.

All of it lies along the reference line of the road: x is the station, y the offset to the left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, bar, dashes, kerb, ribbon, terrain
from simengine_scenes.roads.section import KERB_M, RoadSection, street_section
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.town.house import HOUSE_DEPTH_M, draw_style, house_piece
from simengine_scenes.town.lamp import bench_piece, bin_piece, bollard_piece, lamp_light, lamp_piece
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["build_street"]

_KERB_WIDTH_M = 0.15
_UNDER_M = 1.2
"""How far the pavement of a bent street reaches under the houses, whose fronts are straight."""
_BEYOND_M = 110.0
_CROSS_M = 7.0
_STYLES = 12
_LAMP_STEP_M = 25.0
_LIGHT_MARGIN_M = 40.0


def build_street(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene of ``world street`` and return its lanes.

    What the properties leave open (which houses, trees, furniture, and where) comes from ``seed``.
    """
    section = street_section(values)
    span = (-_BEYOND_M, section.length_m + _BEYOND_M)
    _carriageway(builder, section, span)
    _pavements(builder, section, span)
    _cross_streets(builder, section, span)
    _houses(builder, section, span, seed)
    _lamps(builder, section, span)
    _trees(builder, section, span, seed)
    _furniture(builder, section, span, seed)
    _land(builder, section, span)
    return section.lane_graph()


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


def _cross_streets(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """A street across each end, 120 m long, with a pavement and houses on its far side to close the view."""
    road, slabs = Draft(), Draft()
    lay, reach = section.lay, 60.0
    for x, way in ((span[0], -1.0), (span[1], 1.0)):
        near, far = x, x + way * _CROSS_M
        low, high = sorted((near, far))
        road.add(ribbon((low, high), (-reach, reach), 0.0, lay), palette.ASPHALT)
        low, high = sorted((far, far + way * 3.0))
        slabs.add(ribbon((low, high), (-reach, reach), KERB_M, lay), palette.PAVING)
        edge = ((far, -reach), (far, reach)) if way > 0 else ((far, reach), (far, -reach))
        (x0, y0), (x1, y1) = edge
        face = lay.points([x0, x0, x1, x1], [y0, y0, y1, y1], [-0.05, KERB_M, KERB_M, -0.05])
        slabs.add((face, np.array([[0, 1, 2], [0, 2, 3]])), palette.KERB)
    stand(builder, "cross_road", "road", "road", [(finish("street.cross_road", road), None)])
    stand(builder, "cross_pavement", "pavement", "pavement", [(finish("street.cross_pavement", slabs), None)])


def _houses(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], seed: int) -> None:
    """Rows on both sides and across both ends, from a dozen styles; now and then a gap with a garden."""
    draw = stream(seed, "street", "styles")
    lit = builder.environment.lamps_lit
    styles = [replace(draw_style(draw), lit=lit) for _ in range(_STYLES)]
    count = 0

    def row(start: float, end: float, line: str, place: Any) -> None:
        nonlocal count
        rng, x, last = stream(seed, "street", "row", line), start, -1
        while x < end - 8.0:
            pick = int(rng.integers(_STYLES - 1))
            pick = pick if pick < last or last < 0 else pick + 1  # never the same house twice running
            style, last = styles[pick], pick
            if x + style.width_m > end + 4.0:
                break
            where, taken = place(x, style.width_m)
            stand(builder, f"house[{count}]", "house", "building", [(house_piece(style), where)])
            count += 1
            x += taken
            if rng.random() < 0.12:
                gap = float(rng.uniform(3.0, 7.0))
                stand(builder, f"hedge[{count}]", "hedge", "vegetation",
                      [(bush_piece(int(rng.integers(KINDS))), place(x, gap, -3.0)[0])])  # fmt: skip
                x += gap

    for side, kerb_m in _sides(section):
        y, yaw = kerb_m + side * section.pavement_width_m, 0.0 if side < 0 else math.pi
        row(span[0], span[1], f"side{side:+.0f}",
            lambda x, wide, back=0.0, y=y, yaw=yaw, s=side: _front(section, x, wide, back, y, yaw, s))  # fmt: skip
    for way, end in ((-1.0, span[0]), (1.0, span[1])):
        x = end + way * (_CROSS_M + 3.0)
        yaw = 0.5 * math.pi if way > 0 else -0.5 * math.pi
        row(-48.0, 48.0, f"end{way:+.0f}",
            lambda y, wide, back=0.0, x=x, yaw=yaw, w=way: (
                section.lay.pose(x - w * back, y + 0.5 * wide, KERB_M, yaw), wide
            ))  # fmt: skip


def _front(
    section: RoadSection, x: float, wide: float, back: float, y: float, yaw: float, side: float
) -> tuple[F64Array, float]:
    """Pose of a front that begins at station x, and the way along the road that it takes.

    On the inside of a bend rear corners are nearer to each other than fronts, and the middle of a front would reach
    out over the pavement: houses stand farther apart, and back.
    """
    line = section.line
    if line.straight:
        return section.lay.pose(x + 0.5 * wide, y - side * back, KERB_M, yaw), wide
    near, far = line.curvature_per_m([x, x + wide]).tolist()
    k = side * (near if abs(near) > abs(far) else far)  # positive: the centre of the bend is behind the house
    if k == 0.0:
        return section.lay.pose(x + 0.5 * wide, y - side * back, KERB_M, yaw), wide
    radius = 1.0 / abs(k) - math.copysign(1.0, k) * abs(y)
    depth = HOUSE_DEPTH_M if k > 0 else 0.0
    half = math.atan2(0.5 * wide, max(radius - depth, 1.0)) / abs(k)
    sunk = 0.125 * wide * wide / radius if k > 0 else 0.0
    return section.lay.pose(x + half, y + side * (sunk - back), KERB_M, yaw), 2.0 * half


def _lamps(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """A lamp every 25 m, on alternating sides; only those near the road proper shine."""
    lay = section.lay
    lit = builder.environment.lamps_lit
    (_, right), (_, left) = _sides(section)
    steps = int((span[1] - span[0] - 10.0) // _LAMP_STEP_M)
    for k in range(steps + 1):
        x = span[0] + 8.0 + k * _LAMP_STEP_M
        y, way = (right - 0.55, 1.0) if k % 2 == 0 else (left + 0.55, -1.0)
        near = -_LIGHT_MARGIN_M <= x <= section.length_m + _LIGHT_MARGIN_M
        where = lay.pose(x, y, KERB_M, 0.0 if way > 0 else math.pi)
        stand(builder, f"lamp[{k}]", "lamp", "street_lamp", [(lamp_piece(lit and near), where)])
        if lit and near:
            builder.add_light(lamp_light(where))


def _trees(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], seed: int) -> None:
    """Street trees between the lamps, with bare soil round the trunk, and taller ones behind the cross streets."""
    lay = section.lay
    count = 0
    pit = finish("street.tree_pit", Draft().add(bar((-0.6, 0.6), (-0.5, 0.5), 0.004), palette.SOIL))
    for side, kerb_m in _sides(section):
        rng = stream(seed, "street", "trees", f"{side:+.0f}")
        x = span[0] + 14.0
        while x < span[1] - 6.0:
            y = kerb_m + side * min(0.85, 0.4 * section.pavement_width_m)
            where = lay.pose(x, y, KERB_M, 0.0)
            turned = lay.pose(x, y, KERB_M, float(rng.uniform(0.0, 2.0 * math.pi)))
            stand(builder, f"tree[{count}]", "tree", "vegetation",
                  [(tree_piece((0, 2, 4)[int(rng.integers(3))], True), turned)])  # fmt: skip
            stand(builder, f"tree_pit[{count}]", "tree_pit", "terrain", [(pit, where)])
            count += 1
            x += float(rng.uniform(11.0, 24.0))
            along = (x - span[0] - 8.0) % _LAMP_STEP_M
            if min(along, _LAMP_STEP_M - along) < 2.5:
                x += 5.0
    rng = stream(seed, "street", "background")
    for end, way in ((span[0], -1.0), (span[1], 1.0)):
        for _ in range(8):
            x = end + way * float(rng.uniform(24.0, 40.0))
            stand(builder, f"tree[{count}]", "tree", "vegetation",
                  [(tree_piece((1, 3)[int(rng.integers(2))]), lay.pose(x, float(rng.uniform(-60, 60))))])  # fmt: skip
            count += 1


def _furniture(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], seed: int) -> None:
    """Benches, bins and bollards at the back or the kerb side of the pavements."""
    lay = section.lay
    rng = stream(seed, "street", "furniture")
    for k in range(int((span[1] - span[0]) / 22.0)):
        side, kerb_m = _sides(section)[int(rng.integers(2))]
        x = span[0] + 18.0 + 22.0 * k + float(rng.uniform(-4.0, 4.0))
        yaw = 0.0 if side < 0 else math.pi
        what = int(rng.integers(3))
        back = kerb_m + side * (section.pavement_width_m - 0.45)
        if what == 0:
            stand(builder, f"bench[{k}]", "bench", "static_object", [(bench_piece(), lay.pose(x, back, KERB_M, yaw))])
        elif what == 1:
            stand(builder, f"bin[{k}]", "bin", "static_object", [(bin_piece(), lay.pose(x, back, KERB_M, yaw))])
        else:
            for j in range(3):
                where = lay.pose(x + 1.4 * j, kerb_m + side * 0.35, KERB_M)
                stand(builder, f"bollard[{k}.{j}]", "bollard", "pole", [(bollard_piece(), where)])


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
