"""``use driving``: streets, highways, rural roads, vehicles and pedestrians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.lanes import LaneGraph
from simengine.world.library import EntityKind, Library, Property, WorldKind, enum
from simengine.world.scene import Asset
from simengine_scenes import palette
from simengine_scenes.announced import ANNOUNCED_KINDS, ANNOUNCED_WORLDS
from simengine_scenes.people.person import outfit, person_asset
from simengine_scenes.people.sizes import PERSON_SIZE_M
from simengine_scenes.roads.highway import build_highway
from simengine_scenes.roads.rural import build_rural
from simengine_scenes.roads.section import (
    HIGHWAY_PROPERTIES,
    RURAL_PROPERTIES,
    STREET_PROPERTIES,
    highway_section,
    rural_section,
    street_section,
)
from simengine_scenes.roads.street import build_street
from simengine_scenes.vehicles.build import vehicle_asset
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M
from simengine_scenes.weather import WEATHER, environment

__all__ = ["LIBRARY"]


def _street_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return street_section(values).lane_graph()


def _highway_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return highway_section(values).lane_graph()


def _rural_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return rural_section(values).lane_graph()


_STREET = WorldKind(
    "street",
    (*STREET_PROPERTIES, *WEATHER),
    ("road", "far_curb", "near_curb"),
    _street_lanes,
    environment,
    build_street,
    "a town street with kerbs, pavements, houses, trees and lamps",
    ("road", "pavement.left", "pavement.right"),
    curves=("curb.left", "curb.right"),
)
_HIGHWAY = WorldKind(
    "highway", (*HIGHWAY_PROPERTIES, *WEATHER), ("road",), _highway_lanes, environment, build_highway,
    "one carriageway of a motorway with hard shoulder and guard rails", curves=("curb.left", "curb.right"),
)  # fmt: skip
_RURAL = WorldKind(
    "rural", (*RURAL_PROPERTIES, *WEATHER), ("road",), _rural_lanes, environment, build_rural,
    "a winding road of two lanes between fields and woods", curves=("curb.left", "curb.right"),
)  # fmt: skip


_COLOUR = Property(
    "colour", enum("any", *palette.PAINTS), "any", doc="paint; any: as often as on real roads", spatial=False
)


def _build_vehicle(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    return vehicle_asset(model, str(values.get("colour", "any")), variety)


def _build_person(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return person_asset(model, outfit(model, variety))


def _vehicle(name: str, models: tuple[str, ...], doc: str) -> EntityKind:
    sizes = {m: VEHICLE_SIZE_M[m] for m in models}
    return EntityKind(name, "vehicle", (_COLOUR,), models, _build_vehicle, sizes, doc)


_KINDS: tuple[EntityKind, ...] = (
    _vehicle("car", tuple(VEHICLE_SIZE_M), "a road vehicle; `model` says which"),
    _vehicle("van", ("van",), "a panel van"),
    _vehicle("truck", ("truck",), "a box truck"),
    _vehicle("bus", ("bus",), "a city bus"),
    _vehicle("motorbike", ("motorbike",), "a motorcycle with its rider"),
    EntityKind("pedestrian", "person", (), tuple(PERSON_SIZE_M), _build_person, PERSON_SIZE_M, "somebody on foot"),
)

LIBRARY = Library(
    "driving",
    {w.name: w for w in (_STREET, _HIGHWAY, _RURAL, *ANNOUNCED_WORLDS)},
    {k.name: k for k in (*_KINDS, *ANNOUNCED_KINDS)},
    doc="streets, highways and rural roads with vehicles and people",
)
