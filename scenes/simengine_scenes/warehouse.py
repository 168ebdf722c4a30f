"""``use warehouse``: a hall of pallet racks, a picking station, a factory cell, and what works in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.library import (
    NUMBER,
    EntityKind,
    Library,
    Property,
    ValueType,
    WorldKind,
    enum,
    quantity,
    unplaced,
)
from simengine.world.scene import Asset
from simengine_scenes.cell.build import build_cell
from simengine_scenes.cell.plan import BASE_HEIGHT, cell_body, cell_places
from simengine_scenes.goods import FAMILIES, GOODS_SIZE_M, PLAIN_SIZE_M
from simengine_scenes.hall.build import build_hall
from simengine_scenes.hall.forklift import FORKLIFT_SIZE_M, forklift_asset
from simengine_scenes.hall.light import HALL_LIGHT
from simengine_scenes.hall.plan import AISLES_MOST, DOCKS_MOST, HALL_PROPERTIES, SLOTS_MOST, hall_body, hall_lanes
from simengine_scenes.hall.robot import ROBOT_SIZE_M, robot_asset
from simengine_scenes.hall.things import PALLET_SIZE_M, TRUCK_SIZE_M, pallet_asset, pallet_truck_asset
from simengine_scenes.people.worker import WORKER_SIZE_M, worker_asset
from simengine_scenes.points import pointed
from simengine_scenes.shapes.shades import in_shades
from simengine_scenes.station.arm import ARM_SIZE_M, DEFAULT_REACH_M, arm_asset, arm_chain_of
from simengine_scenes.station.goods_assets import goods_asset
from simengine_scenes.station.goods_bodies import goods_body
from simengine_scenes.station.goods_looks import TINTS
from simengine_scenes.station.hall import build_station
from simengine_scenes.station.light import LIGHT, station_environment
from simengine_scenes.station.plan import BENCH_HEIGHT, station_body, station_places
from simengine_scenes.station.tote import tote_asset
from simengine_scenes.station.tote_plan import FLOOR_TOP_M, INNER_M, TOTE_M, tote_body

__all__ = ["LIBRARY"]

_TAU = 6.283185307179586


_REACH = Property(
    "reach", quantity("length"), DEFAULT_REACH_M, 0.4, 2.0,
    "how far from its first axis the tool, pointing down, touches the level of the foot",
)  # fmt: skip
_STATION = WorldKind(
    "station",
    (
        BENCH_HEIGHT,
        *LIGHT,
    ),
    ("bench", "base", "floor"),
    station_places,
    station_environment,
    build_station,
    "a bench with a robot arm at its base, in a hall",
    areas=("bench", "base", "floor"),
    spots=("bench", "base"),
    curves=(),
    body=station_body,
)
_CELL = WorldKind(
    "cell",
    (BASE_HEIGHT, *LIGHT),
    ("base", "belt", "feed", "fixture", "pallet", "inside", "gate", "road", "far_curb", "near_curb"),
    cell_places,
    station_environment,
    build_cell,
    "a robot arm behind a fence tends a machine from a conveyor; lane(1) and s(x) are those of the gangway before it",
    areas=("base", "belt", "feed", "fixture", "pallet", "inside", "gate", "road"),
    spots=("base", "belt", "feed", "fixture", "pallet"),
    curves=("curb.left", "curb.right"),
    body=cell_body,
)
_AISLES = tuple(f"aisle.{k + 1}" for k in range(AISLES_MOST))
_DOCKS = tuple(f"dock.{k + 1}" for k in range(DOCKS_MOST))
_SLOTS = tuple(f"slot.{k + 1}" for k in range(SLOTS_MOST))
_HALL = WorldKind(
    "hall",
    (*HALL_PROPERTIES, *HALL_LIGHT),
    ("road", "staging", "floor", "far_curb", "near_curb"),
    hall_lanes,
    station_environment,
    build_hall,
    "a warehouse: racks along aisles, a drive way, a staging area and dock doors; lane(1) and s(x) are those of the "
    "drive way, and on aisle(2) at s(x) begins where that aisle does",
    areas=("road", "staging", "floor", *_AISLES, *_DOCKS, *_SLOTS),
    spots=(*_DOCKS, *_SLOTS),
    curves=("curb.left", "curb.right"),
    arms=_AISLES,
    body=hall_body,
)
_TRUCK_SPEED = Property(
    "speed", quantity("speed"), 0.0, 0.0, 6.0, "speed at the start; while running, the current speed"
)
"""Up to that of fast trucks on long ways; halls allow less."""


def _build_forklift(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    return forklift_asset(model, str(values.get("colour", "any")), float(values.get("fork_height", 0.15)), variety)


def _build_robot(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return robot_asset(model, variety)


def _build_worker(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return worker_asset(model, variety)


def _build_pallet(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return pallet_asset(model, variety)


def _build_pallet_truck(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return pallet_truck_asset(model, variety)


_UNIT_INTERVAL = (0.0, 1.0)
_ENTITIES = (
    EntityKind(
        "tote", "object",
        (
            *unplaced(Property("wear", NUMBER, 0.2, *_UNIT_INTERVAL, "0 new .. 1 scratched and stained")),
            *unplaced(Property("wet", NUMBER, 0.0, *_UNIT_INTERVAL, "0 dry .. 1 dripping")),
            *unplaced(
                Property("tint", enum("grey", "blue", "red", "green", "yellow"), "grey", doc="colour of the plastic")
            ),
        ),
        size_m={"": TOTE_M}, hollow_m={"": (*INNER_M, FLOOR_TOP_M)}, body=tote_body, build=tote_asset,
        doc="an open stacking box, 60 x 40 x 22 cm",
    ),
    EntityKind(
        "item", "object",
        (
            Property("asset", ValueType("any"), None, doc="which thing: library(\"household\", size = 3 cm)"),
            Property("size", quantity("length"), None, 0.005, 0.5, "longest side; default: the asset's own, else 6 cm"),
            Property("yaw", quantity("angle"), 0.0, -_TAU, _TAU, "turn about the vertical"),
            *unplaced(Property("roughness", NUMBER, 0.5, *_UNIT_INTERVAL, "0 mirror .. 1 matt")),
            *unplaced(Property("mass", quantity("mass"), 0.3, 0.001, 50.0, "mass")),
            *unplaced(
                Property("tint", enum(*TINTS), None, doc="main colour; default: one that its maker chose")
            ),
            *unplaced(Property("wear", NUMBER, 0.2, *_UNIT_INTERVAL, "0 new .. 1 worn")),
            *unplaced(Property("wet", NUMBER, 0.0, *_UNIT_INTERVAL, "0 dry .. 1 dripping")),
        ),
        size_m={"": PLAIN_SIZE_M, **GOODS_SIZE_M}, sized_by="asset", scaled_by="size", body=goods_body, loose=True,
        build=goods_asset,
        doc="a loose good",
    ),
    EntityKind(
        "arm", "robot", (_REACH,), size_m={"": ARM_SIZE_M}, chain=arm_chain_of, build=arm_asset,
        doc="a six-axis arm with a suction tool",
    ),
    EntityKind(
        "forklift", "vehicle",
        (
            *unplaced(_TRUCK_SPEED),
            *unplaced(Property("colour", enum("any", "orange", "yellow", "red", "grey"), "any", doc="paint")),
            *unplaced(Property("fork_height", quantity("length"), 0.15, 0.06, 0.6, "of the forks above the floor")),
        ),
        tuple(FORKLIFT_SIZE_M), _build_forklift, FORKLIFT_SIZE_M,
        "a counterbalanced truck with its driver; it steers with its rear wheels",
    ),
    EntityKind(
        "mobile_robot", "vehicle", unplaced(_TRUCK_SPEED), tuple(ROBOT_SIZE_M), _build_robot, ROBOT_SIZE_M,
        "a robot that carries things; it drives on two wheels in its middle",
    ),
    EntityKind("worker", "person", (), tuple(WORKER_SIZE_M), _build_worker, WORKER_SIZE_M,
               "somebody at work, with vest and helmet"),
    EntityKind("pallet", "object", (), tuple(PALLET_SIZE_M), _build_pallet, PALLET_SIZE_M,
               "a pallet, empty or with a load; its length lies along its heading"),
    EntityKind("pallet_truck", "object", (), tuple(TRUCK_SIZE_M), _build_pallet_truck, TRUCK_SIZE_M,
               "a hand pallet truck; it stands"),
)  # fmt: skip

LIBRARY = Library(
    "warehouse",
    {w.name: w for w in (_STATION, _HALL, _CELL)},
    {k.name: pointed(in_shades(k)) for k in _ENTITIES},
    doc="a hall with racks, trucks, robots and workers, and a picking station with totes, goods and an arm",
    assets=FAMILIES,
)
