"""The static scene of ``world parking_lot``: asphalt, paint, planted strips, lamps, shelters, parked cars, the shop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.lot.beyond import HOUSES_M, add_beyond, land_height_m
from simengine_scenes.lot.cars import park_cars
from simengine_scenes.lot.parked import PARKED_MODELS, parked, screens
from simengine_scenes.lot.plan import FAR_M, STREET_M, STRIP_M, LotPlan, lot_plan, lot_ways
from simengine_scenes.lot.shop import add_shop, shop_wall
from simengine_scenes.lot.things import HEDGES, hedge_piece, shelter_piece
from simengine_scenes.roads.ground import MARKING_M, terrain
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, quad
from simengine_scenes.town.lamp import lamp_light, lamp_piece
from simengine_scenes.town.tree import KINDS, tree_piece
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M

__all__ = ["build_lot", "lot_furniture", "lot_lanes"]

_BEYOND_M, _AROUND_M, _KERB_M = 140.0, 420.0, 0.12
_KINDS = 3
_LAMP_EACH_M = 20.0


def build_lot(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return its ways. Parked cars, plants and trolleys come from ``seed``."""
    plan = lot_plan(values)
    _ground(builder, plan)
    _paint(builder, plan)
    _strips(builder, plan)
    _planted(builder, plan, seed)
    _around(builder, plan, seed)
    _shelters(builder, plan, seed)
    add_shop(builder, plan)
    park_cars(builder, plan, seed)
    add_beyond(builder, plan, _BEYOND_M, seed)
    return lot_lanes(values)


def lot_furniture(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> None:
    """Add what :func:`build_lot` puts in the way: lamps, plants, shelters, and boxes as large as the parked cars."""
    plan = lot_plan(values)
    _planted(builder, plan, seed)
    _shelters(builder, plan, seed)
    for k, car in enumerate(parked(plan)):
        where = at(car.x_m, car.y_m, 0.0, car.yaw_rad)
        stand(builder, f"parked_car[{k + 1}]", "parked_car", "car", [(_stand_in(car.model), where)])


@lru_cache(maxsize=len(PARKED_MODELS))
def _stand_in(model: str) -> Piece:
    length, width, height = VEHICLE_SIZE_M[model]
    shape = box((0.0, 0.0, 0.5 * height), (length, width, height))
    return finish(f"lot.stand_in.{model}", Draft().add(shape, palette.GALVANISED))


def lot_lanes(values: Mapping[str, Any]) -> LaneGraph:
    """The ways of a lot, and the parked cars as what hides things from who asks ``sees``."""
    return _graph(lot_plan(values))


@lru_cache(maxsize=64)
def _graph(plan: LotPlan) -> LaneGraph:
    return replace(lot_ways(plan), screens_m=screens(plan), walls=(shop_wall(plan),))


def _key(plan: LotPlan) -> str:
    return f"{plan.aisles}.{plan.row_bays}.{plan.angle_rad:.5f}.{plan.aisle_m:.4f}.{plan.shelters}"


def _ground(builder: SceneBuilder, plan: LotPlan) -> None:
    """Asphalt in panels of 25 m at most, the street going on to both sides, grass all around."""
    low, high = -0.5 * STREET_M, plan.far_y + 0.5 * FAR_M
    road = Draft()
    for x in _cuts(-_BEYOND_M, plan.width_m + _BEYOND_M):
        road.add(_level(x, (low, -low)), palette.ASPHALT)
    for x in _cuts(0.0, plan.width_m):
        for y in _cuts(-low, high):
            road.add(_level(x, y), palette.ASPHALT_PARKING)
    stand(builder, "road", "road", "road", [(finish(f"lot.road.{_key(plan)}", road), None)])
    middle = 0.5 * plan.width_m
    x, y = np.linspace(middle - _AROUND_M, middle + _AROUND_M, 25), np.linspace(-_AROUND_M, high + _AROUND_M, 25)
    land = Draft().add(terrain(x, y, land_height_m(x - middle, y - 0.5 * high)), palette.GRASS)
    stand(builder, "land", "land", "terrain", [(finish(f"lot.land.{_key(plan)}", land, smooth=True), None)])
    walk, stones = Draft(), Draft()
    walk.add(_level((0.0, plan.width_m), (high + 0.15, plan.shop_y), _KERB_M), palette.PAVING)
    stones.add(box((middle, high + 0.075, 0.5 * _KERB_M - 0.1), (plan.width_m, 0.15, _KERB_M + 0.2)), palette.KERB)
    for x0 in (0.0, plan.width_m):
        side = -1.0 if x0 == 0.0 else 1.0
        stones.add(box((x0 + side * 0.075, 0.5 * (high - low), 0.0), (0.15, high + low, 0.2)), palette.KERB)
    stand(builder, "pavement", "pavement", "pavement", [(finish(f"lot.walk.{_key(plan)}", walk), None)])
    stand(builder, "kerb", "kerb", "kerb", [(finish(f"lot.kerb.{_key(plan)}", stones), None)])


def _cuts(low: float, high: float) -> list[tuple[float, float]]:
    stops = np.linspace(low, high, max(1, round((high - low) / 25.0)) + 1).tolist()
    return list(pairwise(stops))


def _level(x: tuple[float, float], y: tuple[float, float], z: float = 0.0) -> tuple[F64Array, Any]:
    (x0, x1), (y0, y1) = x, y
    return quad((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z))


# ---- paint ---------------------------------------------------------------------------------------------------------


def _paint(builder: SceneBuilder, plan: LotPlan) -> None:
    d = Draft()
    for k in range(int((plan.width_m + 2.0 * _BEYOND_M) / 9.0)):
        x = -_BEYOND_M + 9.0 * k
        d.add(_level((x, x + 3.0), (-0.06, 0.06), MARKING_M), palette.MARKING)
    for k in range(int(plan.width_m / 6.0)):
        d.add(
            _level((1.5 + 6.0 * k, 4.5 + 6.0 * k), (plan.far_y - 0.05, plan.far_y + 0.05), MARKING_M), palette.MARKING
        )
    for row in range(2 * plan.aisles):
        for place in range(plan.row_bays + 1):
            _line(d, plan, row, float(place))
    for k in range(plan.aisles):
        begin, end = plan.rows_m
        for share in (0.12, 0.5, 0.88):
            _arrow(d, plan.aisle_x(k), begin + share * (end - begin), plan.way(k))
        _mouth(d, plan, k)
    for x in (0.5 * plan.aisle_x(0) + 0.25 * plan.width_m, 0.5 * plan.width_m + 9.0):
        for n in range(int(FAR_M / 1.0)):  # zebras to the shop
            y = plan.far_y - 0.5 * FAR_M + 0.25 + n
            d.add(_level((x - 1.6, x + 1.6), (y, y + 0.5), 1.5 * MARKING_M), palette.MARKING)
    stand(builder, "marking", "marking", "lane_marking", [(finish(f"lot.paint.{_key(plan)}", d), None)])


def _line(d: Draft, plan: LotPlan, row: int, place: float) -> None:
    """The line between two bays, 12 cm wide, from the aisle to their backs."""
    (x, y), (hx, hy) = plan.mouth(row, place), plan.inward(row)
    length = plan.deep_m / math.sin(plan.angle_rad)
    nx, ny = -0.06 * hy, 0.06 * hx
    a, b = (x - nx, y - ny), (x + length * hx - nx, y + length * hy - ny)
    c, e = (x + length * hx + nx, y + length * hy + ny), (x + nx, y + ny)
    d.add(quad(*((u, v, MARKING_M) for u, v in (a, b, c, e))), palette.MARKING)


def _arrow(d: Draft, x: float, y: float, way: float) -> None:
    low, high = sorted((y - 1.5 * way, y + 0.4 * way))
    d.add(_level((x - 0.08, x + 0.08), (low, high), MARKING_M), palette.MARKING)
    tip, base = (x, y + 1.5 * way, MARKING_M), y + 0.4 * way
    d.add(quad(tip, (x - 0.36 * way, base, MARKING_M), (x + 0.36 * way, base, MARKING_M), tip), palette.MARKING)


def _mouth(d: Draft, plan: LotPlan, k: int) -> None:
    """A stop line where an aisle ends, and a broken edge along the street where it begins."""
    x, half = plan.aisle_x(k), 0.5 * plan.aisle_m
    street, far = 0.5 * STREET_M, plan.far_y - 0.5 * FAR_M
    y = far - 0.9 if plan.way(k) > 0.0 else street + 0.5
    d.add(_level((x - half + 0.2, x + half - 0.2), (y, y + 0.4), MARKING_M), palette.MARKING)
    for n in range(int(plan.aisle_m)):
        d.add(_level((x - half + n + 0.25, x - half + n + 0.75), (street, street + 0.12), MARKING_M), palette.MARKING)


# ---- what grows and shines -----------------------------------------------------------------------------------------


def _islands(plan: LotPlan) -> list[tuple[float, float, float, float]]:
    """Rectangles x0, x1, y0, y1 inside of kerbs: strips between rows and beside the outer ones, with heads at their
    ends."""
    begin, end = plan.rows_m
    out: list[tuple[float, float, float, float]] = []
    for k in range(plan.aisles - 1):
        x = plan.aisle_x(k) + 0.5 * plan.aisle_m + plan.deep_m
        out.append((x + 0.05, x + STRIP_M - 0.05, begin - 1.4, end + 1.4))
    for x in (0.1, plan.width_m - 2.3):
        out.append((x, x + 2.2, begin - 1.4, end + 1.4))
    return out


def _strips(builder: SceneBuilder, plan: LotPlan) -> None:
    """Kerbed strips with grass."""
    stones, soil = Draft(), Draft()
    for x0, x1, y0, y1 in _islands(plan):
        for y, wide in ((y0 + 0.06, x1 - x0), (y1 - 0.06, x1 - x0)):
            stones.add(box((0.5 * (x0 + x1), y, 0.0), (wide, 0.12, 2.0 * _KERB_M)), palette.KERB)
        for x in (x0 + 0.06, x1 - 0.06):
            stones.add(box((x, 0.5 * (y0 + y1), 0.0), (0.12, y1 - y0 - 0.24, 2.0 * _KERB_M)), palette.KERB)
        soil.add(_level((x0 + 0.12, x1 - 0.12), (y0 + 0.12, y1 - 0.12), _KERB_M - 0.02), palette.GRASS)
    stand(builder, "islands", "kerb", "kerb", [(finish(f"lot.islands.{_key(plan)}", stones), None)])
    stand(builder, "grass", "grass", "terrain", [(finish(f"lot.soil.{_key(plan)}", soil), None)])


def _planted(builder: SceneBuilder, plan: LotPlan, seed: int) -> None:
    """Trees, bushes and lamps on the strips."""
    lit, count = builder.environment.lamps_lit, 0
    for n, (x0, x1, y0, y1) in enumerate(_islands(plan)):
        x = 0.5 * (x0 + x1)
        draw = stream(seed, "lot", "strip", n)
        lamps = max(1, round((y1 - y0) / _LAMP_EACH_M))
        for k in range(lamps):
            y = y0 + (k + 0.5) * (y1 - y0) / lamps
            outer = -0.5 * math.pi if x < 2.5 else 0.5 * math.pi
            inner = n < plan.aisles - 1
            where = at(x, y, _KERB_M - 0.02, outer if not inner else (0.5 * math.pi if k % 2 else -0.5 * math.pi))
            stand(builder, f"lamp[{count}]", "lamp", "street_lamp", [(lamp_piece(lit), where)])
            count += 1
            if lit:
                builder.add_light(lamp_light(where))
        plants: list[tuple[Piece, F64Array | None]] = []
        for y in np.arange(y0 + 1.2, y1 - 1.0, 1.7).tolist():
            near = min(abs(y - (y0 + (k + 0.5) * (y1 - y0) / lamps)) for k in range(lamps))
            kind, turn, u = int(draw.integers(_KINDS)), float(draw.uniform(0.0, 6.28)), float(draw.random())
            if near < 1.0:
                continue
            if u < 0.16 and near > 3.0:
                plants.append((tree_piece(among(kind, KINDS, builder.split), True), at(x, y, _KERB_M - 0.02, turn)))
            elif u < 0.75:
                look = among(kind, HEDGES, builder.split)
                plants.append((hedge_piece(look), at(x, y, _KERB_M - 0.02, 0.5 * math.pi)))
        if plants:
            stand(builder, f"plants[{n}]", "plants", "vegetation", plants)


def _around(builder: SceneBuilder, plan: LotPlan, seed: int) -> None:
    """Trees beyond the street, to both sides and behind the shop."""
    draw = stream(seed, "lot", "around")
    trees: list[tuple[Piece, F64Array | None]] = []
    back = plan.shop_y + 45.0
    for k in range(110):
        u = float(draw.uniform(-1.0, 1.0))
        turn, kind, deep = float(draw.uniform(0.0, 6.28)), int(draw.integers(_KINDS)), float(draw.gamma(2.0, 12.0))
        side = k % 4
        if side == 0:
            x = 0.5 * plan.width_m + u * (0.5 * plan.width_m + 90.0)
            y = -0.5 * STREET_M - 9.0 - min(deep, HOUSES_M - 19.0)
        elif side == 1:
            x, y = 0.5 * plan.width_m + u * (0.5 * plan.width_m + 90.0), back + deep
        else:
            x = -9.0 - deep if side == 2 else plan.width_m + 9.0 + deep
            y = 10.0 + 0.5 * (1.0 + u) * (back - 10.0)
        trees.append((tree_piece(among(kind, KINDS, builder.split)), at(x, y, -0.06, turn)))
    stand(builder, "trees", "trees", "vegetation", trees)


def _shelters(builder: SceneBuilder, plan: LotPlan, seed: int) -> None:
    for k, (row, place) in enumerate(plan.sheltered):
        bay, trolleys = plan.bay(row, place), 2 + int(stream(seed, "lot", "shelter", k).integers(9))
        where = at(bay.x_m, bay.y_m, 0.0, bay.yaw_rad)
        stand(builder, f"shelter[{k + 1}]", "shelter", "static_object", [(shelter_piece(trolleys), where)])
