"""``use driving``: streets, junctions, roundabouts, highways, rural roads, vehicles and pedestrians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.lanes import ANY_LANE, ANY_PAVEMENT, LaneGraph
from simengine.world.library import (
    BOOL,
    DRIVEN,
    HINGED,
    EntityKind,
    Library,
    Property,
    WorldKind,
    enum,
    quantity,
    unplaced,
)
from simengine.world.scene import Asset
from simengine_scenes import palette
from simengine_scenes.animals.animal import ANIMAL_SIZE_M, animal_asset
from simengine_scenes.animals.bird import BIRD_SIZE_M, bird_asset
from simengine_scenes.bridge.build import bridge_furniture, build_bridge
from simengine_scenes.bridge.plan import BRIDGE_PROPERTIES, bridge_lanes
from simengine_scenes.drones.drone import DRONE_SIZE_M, drone_asset
from simengine_scenes.lot.build import build_lot, lot_furniture, lot_lanes
from simengine_scenes.lot.plan import AISLES_MOST, BAYS_MOST, LOT_PROPERTIES
from simengine_scenes.people.carried import CARRIED, carrying_asset
from simengine_scenes.people.outfit import outfit
from simengine_scenes.people.sizes import PERSON_SIZE_M
from simengine_scenes.people.wheelchair import WHEELCHAIR_SIZE_M, wheelchair_asset
from simengine_scenes.points import pointed
from simengine_scenes.roads.highway import build_highway
from simengine_scenes.roads.junction import build_junction, junction_furniture
from simengine_scenes.roads.junction_control import show_signals
from simengine_scenes.roads.junction_lanes import junction_lanes
from simengine_scenes.roads.junction_plan import ARMS, JUNCTION_PROPERTIES, junction_plan
from simengine_scenes.roads.ramp import RAMP_PROPERTIES, highway_lanes
from simengine_scenes.roads.roundabout import build_roundabout, roundabout_furniture
from simengine_scenes.roads.roundabout_lanes import roundabout_lanes
from simengine_scenes.roads.roundabout_plan import ROUNDABOUT_ARMS, ROUNDABOUT_PROPERTIES, roundabout_plan
from simengine_scenes.roads.rural import build_rural
from simengine_scenes.roads.section import (
    HIGHWAY_PROPERTIES,
    RURAL_PROPERTIES,
    STREET_PROPERTIES,
    WOODLAND_PROPERTIES,
    rural_section,
    woodland_section,
)
from simengine_scenes.roads.street import build_street, street_furniture, street_lanes
from simengine_scenes.shapes.shades import in_shades
from simengine_scenes.things.cargo import CARGO_SIZE_M, cargo_asset
from simengine_scenes.things.puddle import PUDDLE_SIZE_M, puddle_asset
from simengine_scenes.tunnel.build import build_tunnel
from simengine_scenes.tunnel.plan import TUNNEL_PROPERTIES, tunnel_lanes
from simengine_scenes.vehicles.build import vehicle_asset
from simengine_scenes.vehicles.cyclist import CYCLIST_SIZE_M, cyclist_asset
from simengine_scenes.vehicles.emergency import EMERGENCY_SIZE_M, emergency_asset
from simengine_scenes.vehicles.lorry import COUPLING_M, KINGPIN_M
from simengine_scenes.vehicles.scooter import SCOOTER_SIZE_M, scooter_asset
from simengine_scenes.vehicles.sizes import ARTICULATED_SIZE_M, VEHICLE_HOLLOW_M, VEHICLE_SIZE_M
from simengine_scenes.vehicles.tram import TRAM_SIZE_M, tram_asset
from simengine_scenes.weather import WEATHER, WEATHER_LIT, environment, lit_environment
from simengine_scenes.wood.build import build_woodland
from simengine_scenes.works.build import build_works
from simengine_scenes.works.cones import CONE_SIZE_M, cone_asset
from simengine_scenes.works.guides import BARRIER_SIZE_M, barrier_asset
from simengine_scenes.works.plan import WORKS_PROPERTIES, works_lanes

__all__ = ["LIBRARY"]


def _rural_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return rural_section(values).lane_graph()


def _woodland_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return woodland_section(values).lane_graph()


def _junction_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return junction_lanes(junction_plan(values), str(values.get("control", "none")))


def _roundabout_lanes(values: Mapping[str, Any]) -> LaneGraph:
    return roundabout_lanes(roundabout_plan(values))


_CYCLE_LANES = ("cycle_lane.left", "cycle_lane.right")
_STREET = WorldKind(
    "street",
    (*STREET_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, ANY_PAVEMENT, "crosswalk", "far_curb", "near_curb"),
    street_lanes,
    environment,
    build_street,
    "a town street with kerbs, pavements, houses, trees and lamps",
    ("road", ANY_LANE, ANY_PAVEMENT, "pavement.left", "pavement.right", "crosswalk", *_CYCLE_LANES),
    curves=("curb.left", "curb.right"),
    furniture=street_furniture,
    cycle_lanes=_CYCLE_LANES,
)
_HIGHWAY = WorldKind(
    "highway", (*HIGHWAY_PROPERTIES, *RAMP_PROPERTIES, *WEATHER), ("road", ANY_LANE), highway_lanes, environment,
    build_highway,
    "one carriageway of a motorway with hard shoulder and guard rails", ("road", ANY_LANE),
    curves=("curb.left", "curb.right"),
)  # fmt: skip
_RURAL = WorldKind(
    "rural", (*RURAL_PROPERTIES, *WEATHER), ("road", ANY_LANE, "far_curb", "near_curb"), _rural_lanes, environment,
    build_rural, "a winding road of two lanes between fields and woods", ("road", ANY_LANE),
    curves=("curb.left", "curb.right"),
)  # fmt: skip


_JUNCTION = WorldKind(
    "junction",
    (*JUNCTION_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, ANY_PAVEMENT, *ARMS, "crosswalk", "far_curb", "near_curb"),
    _junction_lanes,
    environment,
    build_junction,
    "a level junction of town streets; lane(1) and s(x) are those of own_arm, s(length) is the middle",
    ("road", ANY_LANE, ANY_PAVEMENT, *ARMS, "pavement.left", "pavement.right", "crosswalk"),
    curves=("curb.left", "curb.right"),
    arms=ARMS,
    changing=("signal.own", "signal.cross"),
    restaged=show_signals,
    furniture=junction_furniture,
)


_ROUNDABOUT = WorldKind(
    "roundabout",
    (*ROUNDABOUT_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, ANY_PAVEMENT, "ring", *ROUNDABOUT_ARMS, "crosswalk", "far_curb", "near_curb"),
    _roundabout_lanes,
    environment,
    build_roundabout,
    "a roundabout of town streets; lane(1) and s(x) are those of own_arm, whose lane ends at the ring",
    ("road", ANY_LANE, ANY_PAVEMENT, "ring", *ROUNDABOUT_ARMS, "pavement.left", "pavement.right", "crosswalk"),
    curves=("curb.left", "curb.right"),
    arms=(*ROUNDABOUT_ARMS, "ring"),
    furniture=roundabout_furniture,
)


_AISLES = tuple(f"aisle.{k + 1}" for k in range(AISLES_MOST))
_BAYS = tuple(f"bay.{k + 1}" for k in range(BAYS_MOST))
_PARKING_LOT = WorldKind(
    "parking_lot",
    (*LOT_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, "far_curb", "near_curb"),
    lot_lanes,
    environment,
    build_lot,
    "aisles between rows of bays before a shop; lane(1) and s(x) are those of the street before it, and "
    "on aisle(2) at s(x) begins where that aisle does",
    ("road", ANY_LANE, "pavement.left", *_AISLES, *_BAYS),
    spots=_BAYS,
    curves=("curb.left", "curb.right"),
    arms=_AISLES,
    furniture=lot_furniture,
)


_CONSTRUCTION = WorldKind(
    "construction",
    (*WORKS_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, "works"),
    works_lanes,
    environment,
    build_works,
    "roadworks on a motorway: lanes narrowed by yellow lines, the right one closed from s(begin) on",
    ("road", ANY_LANE, "works"),
    curves=("curb.left", "curb.right"),
)


_TUNNEL = WorldKind(
    "tunnel",
    (*TUNNEL_PROPERTIES, *WEATHER_LIT),
    ("road", ANY_LANE, "tunnel"),
    tunnel_lanes,
    lit_environment,
    build_tunnel,
    "a road through a hill: a bore from s(portal) on with its own light, walkways, niches, exits, fans and signals",
    ("road", ANY_LANE, "tunnel", "pavement.left", "pavement.right"),
    curves=("curb.left", "curb.right"),
)


_BRIDGE = WorldKind(
    "bridge",
    (*BRIDGE_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, ANY_PAVEMENT, "bridge", "far_curb", "near_curb"),
    bridge_lanes,
    environment,
    build_bridge,
    "a road over a river, a railway, a road or a valley: a deck on piers from s(abutment) on, with footways",
    ("road", ANY_LANE, ANY_PAVEMENT, "bridge", "pavement.left", "pavement.right"),
    curves=("curb.left", "curb.right"),
    furniture=bridge_furniture,
)


_WOODLAND = WorldKind(
    "woodland",
    (*WOODLAND_PROPERTIES, *WEATHER),
    ("road", ANY_LANE, "far_curb", "near_curb"),
    _woodland_lanes,
    environment,
    build_woodland,
    "a track through a wood; beside it ferns, farther off trees, fallen trunks, a stack of logs, a hide",
    ("road", ANY_LANE, "pavement.left", "pavement.right"),
    curves=("curb.left", "curb.right"),
)


_COLOUR = Property(
    "colour", enum("any", *palette.PAINTS), "any", doc="paint; any: as often as on real roads", spatial=False
)


def _build_vehicle(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    return vehicle_asset(
        model,
        str(values.get("colour", "any")),
        variety,
        bool(values.get(HINGED, False)),
        bool(values.get(DRIVEN, False)),
    )


_CARRIES = Property(
    "carries", enum(*CARRIED), "nothing", doc="what somebody has with them; not part of their box", spatial=False
)


def _build_person(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    return carrying_asset(model, outfit(model, variety, afoot=True), str(values.get("carries", "nothing")), variety)


def _build_cyclist(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return cyclist_asset(model, variety)


_CYCLIST_SPEED = Property(
    "speed", quantity("speed"), 0.0, 0.0, 15.0, "speed at the start; while running, the current speed"
)
"""Up to that of a sprint: no bicycle goes at the speed of a car."""


def _no_faster(than_mps: float) -> Property:
    """The start speed of what is built for no more."""
    return Property(
        "speed", quantity("speed"), 0.0, 0.0, than_mps, "speed at the start; while running, the current speed"
    )


_HEAVY_MPS, _TRAM_MPS = 45.0, 30.0
"""160 km/h: buses and lorries downhill, without a limiter; 108 km/h: the fastest tram-trains."""


def _build_scooter(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return scooter_asset(model, variety)


_SCOOTER_SPEED = Property(
    "speed", quantity("speed"), 0.0, 0.0, 10.0, "speed at the start; while running, the current speed"
)


def _build_tram(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del model
    driven, hinged = bool(values.get(DRIVEN, False)), bool(values.get(HINGED, False))
    return tram_asset(str(values.get("colour", "any")), variety, driven, hinged)


_PUSHING_SPEED = Property(
    "speed", quantity("speed"), 1.1, 0.0, 4.0, "pace it takes when an action moves it; it stands until then"
)
"""1.1 m/s is what people in wheelchairs choose on level ground; downhill and in races they are faster."""


def _build_wheelchair(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return wheelchair_asset(model, variety)


def _build_animal(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return animal_asset(model, variety)


_BEACONS = Property("beacons", BOOL, True, doc="blue lights flash", spatial=False)


def _build_emergency(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    return emergency_asset(
        model,
        bool(values.get("beacons", True)),
        variety,
        bool(values.get(DRIVEN, False)),
        bool(values.get(HINGED, False)),
    )


_DEPTH = Property("depth", quantity("length"), 0.05, 0.0, 1.0, "of the water, in the middle")


def _build_puddle(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    return puddle_asset(model, float(values.get("depth", 0.05)), variety)


def _build_cargo(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return cargo_asset(model, variety)


def _build_cone(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return cone_asset(model, variety)


def _build_barrier(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return barrier_asset(model, variety)


def _build_drone(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return drone_asset(model, variety)


def _build_bird(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    del values
    return bird_asset(model, variety)


def _vehicle(name: str, models: tuple[str, ...], doc: str, own: tuple[Property, ...] = ()) -> EntityKind:
    sizes = {m: VEHICLE_SIZE_M[m] for m in models}
    hollow = {m: VEHICLE_HOLLOW_M[m] for m in models} if VEHICLE_HOLLOW_M.keys() >= set(models) else {}
    varied = tuple(m for m in models if m == "truck")
    return EntityKind(
        name, "vehicle", (_COLOUR, *own), models, _build_vehicle, sizes, doc, hollow, varied=varied
    )  # fmt: skip


_KINDS: tuple[EntityKind, ...] = (
    _vehicle("car", tuple(VEHICLE_SIZE_M), "a road vehicle; `model` says which"),
    _vehicle("van", ("van",), "a panel van"),
    _vehicle("truck", ("truck",), "a box truck", unplaced(_no_faster(_HEAVY_MPS))),
    _vehicle("bus", ("bus",), "a city bus", unplaced(_no_faster(_HEAVY_MPS))),
    EntityKind(
        "lorry",
        "vehicle",
        (_COLOUR, *unplaced(_no_faster(_HEAVY_MPS))),
        ("lorry",),
        _build_vehicle,
        ARTICULATED_SIZE_M,
        "the tractor of an articulated lorry",
        coupling_m=COUPLING_M,
        varied=("lorry",),
    ),
    EntityKind(
        "trailer",
        "vehicle",
        (_COLOUR,),
        ("trailer",),
        _build_vehicle,
        ARTICULATED_SIZE_M,
        "a box trailer; `at` a lorry it is coupled to it",
        kingpin_m=KINGPIN_M,
        varied=("trailer",),
    ),
    _vehicle("motorbike", ("motorbike",), "a motorcycle with its rider"),
    EntityKind(
        "cyclist",
        "vehicle",
        unplaced(_CYCLIST_SPEED),
        tuple(CYCLIST_SIZE_M),
        _build_cyclist,
        CYCLIST_SIZE_M,
        "somebody on a bicycle",
        cycles=True,
    ),
    EntityKind(
        "e_scooter",
        "vehicle",
        unplaced(_SCOOTER_SPEED),
        tuple(SCOOTER_SIZE_M),
        _build_scooter,
        SCOOTER_SIZE_M,
        "somebody who stands on an electric kick scooter",
        cycles=True,
    ),
    EntityKind(
        "tram",
        "vehicle",
        (_COLOUR, *unplaced(_no_faster(_TRAM_MPS))),
        tuple(TRAM_SIZE_M),
        _build_tram,
        TRAM_SIZE_M,
        "a tram on two bogies; `tram_track` of a street lays its rails",
        rails="tram_track",
    ),
    EntityKind(
        "wheelchair",
        "person",
        unplaced(_PUSHING_SPEED),
        tuple(WHEELCHAIR_SIZE_M),
        _build_wheelchair,
        WHEELCHAIR_SIZE_M,
        "somebody in a wheelchair who pushes its wheels",
    ),
    EntityKind(
        "animal",
        "person",
        (),
        tuple(ANIMAL_SIZE_M),
        _build_animal,
        ANIMAL_SIZE_M,
        "on foot like people, less predictable",
    ),
    EntityKind(
        "emergency_vehicle",
        "vehicle",
        (_BEACONS,),
        tuple(EMERGENCY_SIZE_M),
        _build_emergency,
        EMERGENCY_SIZE_M,
        "on duty, with blue lights",
    ),
    EntityKind(
        "puddle", "object", (_DEPTH,), tuple(PUDDLE_SIZE_M), _build_puddle, PUDDLE_SIZE_M, "standing water on the road"
    ),
    EntityKind(
        "cargo", "object", (), tuple(CARGO_SIZE_M), _build_cargo, CARGO_SIZE_M, "something that fell from a vehicle"
    ),
    EntityKind("cone", "object", (), tuple(CONE_SIZE_M), _build_cone, CONE_SIZE_M, "a traffic cone"),
    EntityKind(
        "barrier",
        "object",
        (),
        tuple(BARRIER_SIZE_M),
        _build_barrier,
        BARRIER_SIZE_M,
        "guides traffic past works: beacons and hurdles stand across a road, the others along it",
    ),
    EntityKind(
        "drone",
        "drone",
        (),
        tuple(DRONE_SIZE_M),
        _build_drone,
        DRONE_SIZE_M,
        "flies, up to 15 m/s; its sensors are on a stabilised mount",
    ),
    EntityKind(
        "bird",
        "drone",
        (),
        tuple(BIRD_SIZE_M),
        _build_bird,
        BIRD_SIZE_M,
        "sits, or flies as a drone does, beating its wings; `follow_path` with a `height` makes it take off",
    ),
    EntityKind(
        "pedestrian", "person", (_CARRIES,), tuple(PERSON_SIZE_M), _build_person, PERSON_SIZE_M, "somebody on foot"
    ),
)

_WORLDS = (_STREET, _HIGHWAY, _RURAL, _JUNCTION, _ROUNDABOUT, _PARKING_LOT, _CONSTRUCTION, _TUNNEL, _BRIDGE, _WOODLAND)

LIBRARY = Library(
    "driving",
    {w.name: w for w in _WORLDS},
    {k.name: pointed(in_shades(k)) for k in _KINDS},
    doc="streets, junctions, roundabouts, highways, roadworks, rural roads, tunnels, bridges, parking lots and woods, "
    "with vehicles, people and animals",
)
