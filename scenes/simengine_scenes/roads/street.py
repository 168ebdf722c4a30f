"""The street: carriageway, kerbs, pavements, rows of houses, trees, lamps; closed at both ends by a cross street."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, bar, dashes, kerb, ribbon, terrain
from simengine_scenes.roads.section import KERB_M, RoadSection, street_section
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import at, finish, stand
from simengine_scenes.town.house import draw_style, house_piece
from simengine_scenes.town.lamp import bench_piece, bin_piece, bollard_piece, lamp_light, lamp_piece
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["build_street"]

_KERB_WIDTH_M = 0.15
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
    _land(builder, span)
    return section.lane_graph()


def _sides(section: RoadSection) -> tuple[tuple[float, float], tuple[float, float]]:
    """(side, y of the kerb) for right and left."""
    return (-1.0, section.kerb_right_m), (1.0, section.kerb_left_m)


def _carriageway(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    road = Draft().add(ribbon(span, (section.edge_right_m, section.edge_left_m), 0.0), palette.ASPHALT)
    paint = Draft()
    for side, kerb_m in _sides(section):
        edge = section.edge_right_m if side < 0 else section.edge_left_m
        if kerb_m != edge:
            low, high = sorted((edge, kerb_m))
            road.add(ribbon(span, (low, high), 0.0), palette.ASPHALT_PARKING)
            paint.add(dashes((0.0, section.length_m), edge + 0.06 * side, 0.12, 1.0, 1.0), palette.MARKING)
    stand(builder, "road", "road", "road", [(finish("street.road", road), None)])
    for k in range(1, section.lanes):
        y = section.edge_right_m + k * section.lane_width_m
        if k == section.forward_lanes and section.lanes > 2:
            for shift in (-0.11, 0.11):
                paint.add(ribbon(span, (y + shift - 0.06, y + shift + 0.06), MARKING_M), palette.MARKING)
        else:
            paint.add(dashes(span, y, 0.12, 3.0, 6.0), palette.MARKING)
    _give_way(paint, section, span)
    stand(builder, "lane_marking", "marking", "lane_marking", [(finish("street.marking", paint), None)])


def _give_way(paint: Draft, section: RoadSection, span: tuple[float, float]) -> None:
    """Stop lines at the cross streets, on the half of the road that runs towards them."""
    split = section.edge_right_m + section.forward_lanes * section.lane_width_m
    paint.add(bar((span[1] - 1.4, span[1] - 0.9), (section.edge_right_m + 0.15, split - 0.15)), palette.MARKING)
    if split < section.edge_left_m:
        paint.add(bar((span[0] + 0.9, span[0] + 1.4), (split + 0.15, section.edge_left_m - 0.15)), palette.MARKING)


def _pavements(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    stones, slabs = Draft(), Draft()
    for side, kerb_m in _sides(section):
        stones.add(kerb(span, kerb_m, side, KERB_M, _KERB_WIDTH_M), palette.KERB)
        low, high = sorted((kerb_m + side * _KERB_WIDTH_M, kerb_m + side * (section.pavement_width_m + 0.05)))
        slabs.add(ribbon(span, (low, high), KERB_M), palette.PAVING)
    stand(builder, "kerb", "kerb", "kerb", [(finish("street.kerb", stones), None)])
    stand(builder, "pavement", "pavement", "pavement", [(finish("street.pavement", slabs), None)])


def _cross_streets(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """A street across each end, 120 m long, with a pavement and houses on its far side to close the view."""
    road, slabs = Draft(), Draft()
    reach = 60.0
    for x, way in ((span[0], -1.0), (span[1], 1.0)):
        near, far = x, x + way * _CROSS_M
        low, high = sorted((near, far))
        road.add(ribbon((low, high), (-reach, reach), 0.0), palette.ASPHALT)
        low, high = sorted((far, far + way * 3.0))
        slabs.add(ribbon((low, high), (-reach, reach), KERB_M), palette.PAVING)
        edge = ((far, -reach), (far, reach)) if way > 0 else ((far, reach), (far, -reach))
        (x0, y0), (x1, y1) = edge
        face = np.array([[x0, y0, -0.05], [x0, y0, KERB_M], [x1, y1, KERB_M], [x1, y1, -0.05]])
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
            stand(
                builder, f"house[{count}]", "house", "building", [(house_piece(style), place(x + 0.5 * style.width_m))]
            )
            count += 1
            x += style.width_m
            if rng.random() < 0.12:
                gap = float(rng.uniform(3.0, 7.0))
                stand(builder, f"hedge[{count}]", "hedge", "vegetation",
                      [(bush_piece(int(rng.integers(KINDS))), place(x + 0.5 * gap, -3.0))])  # fmt: skip
                x += gap

    for side, kerb_m in _sides(section):
        y, yaw = kerb_m + side * section.pavement_width_m, 0.0 if side < 0 else math.pi
        row(span[0], span[1], f"side{side:+.0f}",
            lambda x, back=0.0, y=y, yaw=yaw, s=side: at(x, y - s * back, KERB_M, yaw))  # fmt: skip
    for way, end in ((-1.0, span[0]), (1.0, span[1])):
        x = end + way * (_CROSS_M + 3.0)
        yaw = 0.5 * math.pi if way > 0 else -0.5 * math.pi
        row(-48.0, 48.0, f"end{way:+.0f}", lambda y, back=0.0, x=x, yaw=yaw, w=way: at(x - w * back, y, KERB_M, yaw))


def _lamps(builder: SceneBuilder, section: RoadSection, span: tuple[float, float]) -> None:
    """A lamp every 25 m, on alternating sides; only those near the road proper shine."""
    lit = builder.environment.lamps_lit
    (_, right), (_, left) = _sides(section)
    steps = int((span[1] - span[0] - 10.0) // _LAMP_STEP_M)
    for k in range(steps + 1):
        x = span[0] + 8.0 + k * _LAMP_STEP_M
        y, way = (right - 0.55, 1.0) if k % 2 == 0 else (left + 0.55, -1.0)
        near = -_LIGHT_MARGIN_M <= x <= section.length_m + _LIGHT_MARGIN_M
        piece = lamp_piece(lit and near)
        stand(builder, f"lamp[{k}]", "lamp", "street_lamp", [(piece, at(x, y, KERB_M, 0.0 if way > 0 else math.pi))])
        if lit and near:
            builder.add_light(lamp_light(x, y, way, KERB_M))


def _trees(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], seed: int) -> None:
    """Street trees between the lamps, with bare soil round the trunk, and taller ones behind the cross streets."""
    count = 0
    pit = finish("street.tree_pit", Draft().add(bar((-0.6, 0.6), (-0.5, 0.5), 0.004), palette.SOIL))
    for side, kerb_m in _sides(section):
        rng = stream(seed, "street", "trees", f"{side:+.0f}")
        x = span[0] + 14.0
        while x < span[1] - 6.0:
            y = kerb_m + side * min(0.85, 0.4 * section.pavement_width_m)
            where = at(x, y, KERB_M, 0.0)
            turned = at(x, y, KERB_M, float(rng.uniform(0.0, 2.0 * math.pi)))
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
                  [(tree_piece((1, 3)[int(rng.integers(2))]), at(x, float(rng.uniform(-60.0, 60.0))))])  # fmt: skip
            count += 1


def _furniture(builder: SceneBuilder, section: RoadSection, span: tuple[float, float], seed: int) -> None:
    """Benches, bins and bollards at the back or the kerb side of the pavements."""
    rng = stream(seed, "street", "furniture")
    for k in range(int((span[1] - span[0]) / 22.0)):
        side, kerb_m = _sides(section)[int(rng.integers(2))]
        x = span[0] + 18.0 + 22.0 * k + float(rng.uniform(-4.0, 4.0))
        yaw = 0.0 if side < 0 else math.pi
        what = int(rng.integers(3))
        back = kerb_m + side * (section.pavement_width_m - 0.45)
        if what == 0:
            stand(builder, f"bench[{k}]", "bench", "static_object", [(bench_piece(), at(x, back, KERB_M, yaw))])
        elif what == 1:
            stand(builder, f"bin[{k}]", "bin", "static_object", [(bin_piece(), at(x, back, KERB_M, yaw))])
        else:
            for j in range(3):
                where = at(x + 1.4 * j, kerb_m + side * 0.35, KERB_M)
                stand(builder, f"bollard[{k}.{j}]", "bollard", "pole", [(bollard_piece(), where)])


def _land(builder: SceneBuilder, span: tuple[float, float]) -> None:
    """Grass to 400 m around, below everything."""
    x = np.linspace(span[0] - 400.0, span[1] + 400.0, 17)
    y = np.linspace(-400.0, 400.0, 9)
    land = Draft().add(terrain(x, y, np.full((len(x), len(y)), -0.06)), palette.GRASS)
    stand(builder, "land", "terrain", "terrain", [(finish("street.land", land), None)])
