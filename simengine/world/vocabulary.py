"""The words that every library shares: properties, attributes, actions, methods, functions, controllers, places.

The language checks programs against these tables and the engine looks up the same names, so a word means one thing.
``runs=False`` marks what checks and is not executed by this version. A ``receiver`` of "entity" fits every category.
A call may leave out parameters with a default and the optional ones: see :func:`required_parameters`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from simengine.units import DIMENSIONS
from simengine.world.library import (
    BOOL,
    INT,
    NUMBER,
    EntityKind,
    Property,
    Signature,
    ValueType,
    enum,
    quantity,
    unplaced,
)

__all__ = [
    "ACTIONS", "ATTRIBUTES", "CATEGORIES", "CONTROLLER", "CONTROLLERS", "FAMILIES", "FUNCTIONS", "LAMP_KINDS", "MATH",
    "METHODS", "PLACES", "PROPERTIES", "READ_ONLY_SIZES", "controller", "entity_properties", "find", "members",
    "required_parameters",
]  # fmt: skip

CATEGORIES = ("vehicle", "person", "object", "robot", "drone")

ENTITY = ValueType("entity")
GROUP = ValueType("list", of="entity")
"""An entity or a whole array."""
PLACE = ValueType("place")
REGION = ValueType("region")
SENSOR = ValueType("sensor")
STRING = ValueType("string")
ANY = ValueType("any")
PATH = ValueType("list", of="place")
"""A lane, a point, or points in square brackets."""
POSITION = ValueType("vector", DIMENSIONS["length"], length=3)
LENGTH, TIME, SPEED = quantity("length"), quantity("time"), quantity("speed")
_PIXELS = quantity("pixels")
ACCELERATION, ANGLE, MASS = quantity("acceleration"), quantity("angle"), quantity("mass")

DYNAMICS = enum("kinematic", "single_track")

_POSE = (
    Property("lateral", LENGTH, 0.0, doc="offset to the left of where the placement puts it"),
    Property("yaw", ANGLE, 0.0, doc="turned counter-clockwise from where the placement heads"),
)
PROPERTIES: dict[str, tuple[Property, ...]] = {
    "vehicle": (
        *unplaced(
            Property("speed", SPEED, 0.0, 0.0, 100.0, "speed at the start; while running, the current speed"),
            Property(
                "dynamics",
                DYNAMICS,
                None,
                doc="single_track: tyres slip, loads shift, actuators lag, bodies sit on springs; default: kinematic",
            ),
        ),
        *_POSE,
    ),
    "person": (
        *unplaced(
            Property("speed", SPEED, 1.4, 0.0, 12.0, "pace it takes when an action moves it; it stands until then")
        ),
        *_POSE,
    ),
    "object": _POSE,
    "robot": _POSE,
    "drone": (
        *unplaced(Property("speed", SPEED, 0.0, 0.0, 15.0, "speed at the start; while running, the current speed")),
        *_POSE,
    ),
}
"""Properties that a program may set, by category; a kind adds its own (and ``model`` where it has models)."""

READ_ONLY_SIZES = ("length", "width", "height")
"""Sizes of an entity's box by its model; they can be read and not set."""


def _p(
    name: str, kind: ValueType, default: object = None, doc: str = "", low: float = -math.inf, high: float = math.inf
) -> Property:
    return Property(name, kind, default, low, high, doc)


def _sig(
    name: str, parameters: Iterable[Property], returns: ValueType, receiver: str, state: bool, runs: bool, doc: str
) -> Signature:
    return Signature(name, tuple(parameters), returns, receiver, state, runs, doc)


def _attribute(name: str, kind: ValueType, receiver: str, state: bool, runs: bool, doc: str) -> Signature:
    return _sig(name, (), kind, receiver, state, runs, doc)


ATTRIBUTES: tuple[Signature, ...] = (
    _attribute("length", LENGTH, "entity", False, True, "length of its box"),
    _attribute("width", LENGTH, "entity", False, True, "width of its box"),
    _attribute("height", LENGTH, "entity", False, True, "height of its box"),
    _attribute("lane", PLACE, "vehicle", False, True, "the lane that it is in"),
    _attribute("crossing", PLACE, "person", False, True, "where its way crosses the road ahead of the others"),
    _attribute("ground_speed", SPEED, "entity", True, True, "current speed over ground"),
    _attribute("acceleration", ACCELERATION, "vehicle", True, True, "current acceleration along its heading"),
    _attribute("position", POSITION, "entity", False, True, "where it is, with '.x', '.y' and '.z'; also a place"),
    _attribute("standstill", BOOL, "entity", True, True, "it is not moving"),
    _attribute("travelled", LENGTH, "entity", True, True, "distance moved since the start"),
    _attribute("offroad", BOOL, "vehicle", True, True, "its centre has left the lanes, which end where the road does"),
    _attribute("hit_wall", BOOL, "vehicle", True, True, "it has run into what stands for good: a wall, a rail"),
    _attribute("ran_red", BOOL, "vehicle", True, True, "its front has crossed a stop line while the signal was red"),
    _attribute("visible", NUMBER, "entity", True, True, "largest visible share in any camera"),
    _attribute("holding", BOOL, "robot", True, True, "the gripper holds something"),
    _attribute("dropped", BOOL, "robot", True, True, "something left the gripper unintentionally"),
)
"""Values read with a dot and no parentheses that are not set by a program."""

_CROSSING = (
    _p("across", REGION, doc="region to cross, square to its length"),
    _p("to", PLACE, doc="where to go"),
    _p("speed", SPEED, doc="pace; default: the person's own", low=0.0, high=12.0),
)
_SHAPE = enum("sinusoidal", "linear", "cubic")
_SIDE = enum("left", "right")
_FAULT = enum(
    "blackout", "freeze", "drop", "noise", "delay", "stuck_exposure", "saturate", "lens_dirt", "droplets",
    "miscalibrate", "blur", "rolling_shutter", "missing_sector", "range_bias", "ghost",
)  # fmt: skip


LAMP_KINDS = ("off", "auto", "low", "high", "fog", "left", "right", "hazard", "no_signal", "brake")
"""What ``lights`` switches; "auto" is as at the start."""


def _action(name: str, receiver: str, parameters: Iterable[Property], runs: bool, doc: str) -> Signature:
    return _sig(name, parameters, ValueType("none"), receiver, True, runs, doc)


ACTIONS: tuple[Signature, ...] = (
    # vehicles
    _action(
        "drive", "vehicle", [_p("speed", SPEED, doc="default: keep the current speed", low=0.0, high=100.0)], True,
        "drive along",
    ),
    _action("keep_speed", "vehicle", [], True, "hold the current speed"),
    _action(
        "change_speed", "vehicle",
        [
            _p("to", SPEED, low=0.0, high=100.0),
            _p("rate", ACCELERATION, doc="its magnitude counts; 0: no change"),
        ],
        True,
        "reach a speed at a constant rate",
    ),
    _action(
        "change_lane", "vehicle",
        [
            _p("to", PLACE), _p("lateral_speed", SPEED, 1.0, "the largest one of the change", 0.01, 10.0),
            _p("shape", _SHAPE, "sinusoidal"),
        ],
        True,
        "move into another lane",
    ),
    _action("stop", "vehicle", [_p("rate", ACCELERATION, 3.0, low=0.01)], True, "brake to a standstill and stay"),
    _action(
        "follow", "vehicle", [_p("target", ENTITY), _p("headway", TIME, 1.5, low=0.0, high=60.0)], True,
        "stay 2 m and a time gap behind what is ahead (or before what is behind), at any speed",
    ),
    _action(
        "keep_gap", "vehicle", [_p("target", ENTITY), _p("distance", LENGTH, low=0.0, high=1000.0)], True,
        "hold a gap along the lane, box to box, whichever is ahead",
    ),
    _action(
        "offset", "vehicle",
        [
            _p("to", LENGTH, doc="to the left of the lane's middle, as it heads", low=-20.0, high=20.0),
            _p("lateral_speed", SPEED, 1.0, "the largest one of the shift", 0.01, 10.0),
        ],
        True,
        "shift beside the middle of the lane",
    ),
    _action(
        "synchronise", "vehicle",
        [
            _p("at", PLACE), _p("target", ENTITY),
            _p("lead", TIME, 0.0, "so much earlier than the other", -60.0, 60.0),
        ],
        True,
        "arrive at a place when another does",
    ),
    _action(
        "turn", "vehicle",
        [
            _p("direction", enum("left", "right", "straight")),
            _p("exit", INT, doc="of a roundabout: which way out, counted from where it comes in", low=1, high=5),
        ],
        True,
        "turn off at the junction that its lane leads to; say 'direction' or 'exit'",
    ),
    _action("park", "vehicle", [_p("at", PLACE)], True, "on past a place at the kerb or a bay, and backwards into it"),
    _action("back_out", "vehicle", [], True, "backwards out of a bay, round into the lane behind it, and stand"),
    _action(
        "lights", "vehicle", [_p("kind", enum(*LAMP_KINDS))], True,
        "switch lamps; with 'for' or 'until' they go back afterwards, else they stay so",
    ),
    _action(
        "open_door", "vehicle", [_p("side", _SIDE), _p("angle", ANGLE, 1.1, "0: shut it", 0.0, 1.3)], True,
        "open a front door of a car, van, truck, lorry, police car or fire engine",
    ),
    _action(
        "follow_path", "vehicle", [_p("path", PATH), _p("speed", SPEED, low=0.0, high=100.0)], True,
        "follow a lane, or a line through points",
    ),
    # persons
    _action("run", "person", _CROSSING, True, "run across a region or to a place"),
    _action(
        "walk", "person", (*_CROSSING, _p("beside", ENTITY, doc="somebody to keep side by side with")), True,
        "walk across a region or to a place",
    ),
    _action(
        "cross", "person", [_p("across", REGION), _p("speed", SPEED, low=0.0, high=12.0)], True,
        "walk across a region, square to its length",
    ),
    _action(
        "follow_path", "person", [_p("path", PATH), _p("speed", SPEED, low=0.0, high=12.0)], True,
        "walk along a lane, or a line through points",
    ),
    _action("freeze", "person", [], True, "stop at once and stand still"),
    _action(
        "bolt", "person",
        [
            _p("danger", ENTITY), _p("freeze", TIME, 0.8, "how long it stands first", 0.0, 60.0),
            _p("angle", ANGLE, 0.6, "off straight away, to the side that it faces; 180 deg: into it", 0.0, 3.2),
            _p("speed", SPEED, doc="default: 8 m/s (people 4 m/s), or its own if that is more", low=0.1, high=25.0),
            _p("distance", LENGTH, 40.0, "at which it calms down", 0.0, 1000.0),
        ],
        True, "freeze, then run from a danger, or into it, in a curve",
    ),
    _action(
        "turn_back", "person", [_p("speed", SPEED, doc="default: as before", low=0.1, high=12.0)], True,
        "go back to where the last way began",
    ),
    _action("stop", "person", [], True, "come to a standstill and stay"),
    _action("look", "person", [_p("at", ENTITY)], True, "turn the head to something, as long as it runs or for good"),
    # any entity
    _action("teleport", "vehicle", [_p("to", PLACE)], True, "be somewhere else at once, on the lane there, as fast"),
    _action("teleport", "person", [_p("to", PLACE)], True, "be somewhere else at once, and stand"),
    _action("teleport", "object", [_p("to", PLACE)], True, "be somewhere else at once, on the ground there"),
    _action("teleport", "drone", [_p("to", PLACE)], True, "be above somewhere else at once, as high"),
    # drones
    _action("drive", "drone", [_p("speed", SPEED, low=0.0, high=15.0)], True, "fly straight ahead"),
    _action(
        "change_speed", "drone",
        [_p("to", SPEED, low=0.0, high=15.0), _p("rate", ACCELERATION, 2.5, low=0.01, high=6.0)], True,
        "reach a speed",
    ),
    _action("stop", "drone", [_p("rate", ACCELERATION, 2.5, low=0.01, high=6.0)], True, "stop and hover"),
    _action("climb", "drone", [_p("height", LENGTH, low=0.5, high=500.0)], True, "rise or sink to a height"),
    _action(
        "follow", "drone", [_p("target", ENTITY), _p("headway", TIME, 0.0, low=0.0, high=60.0)], True,
        "stay above another, or a time behind it, heading as it does",
    ),
    _action(
        "follow_path", "drone",
        [
            _p("path", PATH), _p("speed", SPEED, low=0.0, high=15.0),
            _p("height", LENGTH, doc="default: as high as it is", low=0.5, high=500.0),
        ],
        True, "fly along a lane, or a line through points, and hover at its end",
    ),
    # robots
    _action("look", "robot", [_p("at", ENTITY)], True, "point the tool's sensors at something"),
    _action("pick", "robot", [_p("target", ENTITY)], True, "grasp and lift"),
    _action("place", "robot", [_p("at", PLACE)], True, "put down"),
    _action("retreat", "robot", [], True, "move back to rest"),
    # sensors
    _action(
        "fault", "sensor",
        [
            _p("kind", _FAULT), _p("area", NUMBER, doc="share of the image", low=0.0, high=1.0),
            _p("rate", NUMBER, doc="probability", low=0.0, high=1.0),
            _p("gain", NUMBER, doc="times", low=0.0, high=1000.0), _p("delay", TIME, low=0.0, high=3600.0),
            _p("range", LENGTH, low=-1000.0, high=1000.0), _p("angle", ANGLE, low=0.0, high=math.tau),
            _p("radius", _PIXELS, doc="of blur", low=0.0, high=100.0), _p("yaw", ANGLE, low=-math.tau, high=math.tau),
            _p("pitch", ANGLE, low=-math.pi, high=math.pi), _p("roll", ANGLE, low=-math.pi, high=math.pi),
        ], True, "a sensor fails in a given way, as long as the action lasts",
    ),
    # free
    _action("settle", "", [_p("target", GROUP)], True, "let things come to rest"),
)  # fmt: skip

METHODS: tuple[Signature, ...] = (
    _sig(
        "sees",
        [_p("target", ENTITY)],
        BOOL,
        "entity",
        False,
        True,
        "a free line of sight, at any range and in any direction; of a sensor: visible(target, sensor)",
    ),
    _sig("gap", [_p("target", ENTITY)], LENGTH, "entity", False, True, "free distance along the lane, box to box"),
    _sig(
        "inside",
        [_p("place", PLACE)],
        BOOL,
        "entity",
        False,
        True,
        "its centre is in a region, in a lane or, seen from above, in another's box",
    ),
    _sig("time_to", [_p("place", PLACE)], TIME, "entity", True, True, "time to reach a place at its current speed"),
    _sig("ttc", [_p("target", ENTITY)], TIME, "entity", True, True, "time to collision at constant velocity"),
    _sig("headway", [_p("target", ENTITY)], TIME, "entity", True, True, "gap divided by its own speed"),
    _sig(
        "required_deceleration",
        [_p("target", ENTITY)],
        ACCELERATION,
        "entity",
        True,
        True,
        "braking by which it would not reach the other along its lane: closing speed squared by twice the gap",
    ),
    _sig("passed", [_p("target", ENTITY)], BOOL, "entity", True, True, "its box lies wholly beyond the other's"),
    _sig(
        "reached", [_p("place", PLACE)], BOOL, "vehicle", True, True, "its front is level with a place along its lane"
    ),
    _sig("off", [_p("place", PLACE)], BOOL, "entity", False, True, "its centre is not inside of such a place"),
)
"""Questions asked of an entity: ``ego.sees(kid)``."""

FUNCTIONS: tuple[Signature, ...] = (
    _sig("distance", [_p("a", ENTITY), _p("b", ENTITY)], LENGTH, "", False, True, "distance between two boxes"),
    _sig("collision", [_p("a", ENTITY), _p("b", ENTITY)], BOOL, "", True, True, "two boxes touch"),
    _sig("visible", [_p("target", ENTITY), _p("sensor", SENSOR)], NUMBER, "", True, True, "share that a sensor sees"),
    _sig("still", [_p("target", GROUP)], BOOL, "", True, True, "nothing of it moves"),
    _sig(
        "nearest",
        [_p("group", GROUP), _p("to", ENTITY, doc="default: the one that acts or is asked")],
        ENTITY,
        "",
        False,
        True,
        "the element of an array that is nearest",
    ),
)
"""Questions about several things: ``distance(ego, kid)``."""

MATH: tuple[Signature, ...] = tuple(
    _sig(name, [_p(p, ANY) for p in parameters], returns, "", False, True, doc)
    for name, parameters, returns, doc in (
        ("abs", ("x",), ANY, "magnitude"),
        ("sqrt", ("x",), ANY, "square root"),
        ("floor", ("x",), NUMBER, "largest whole number below"),
        ("ceil", ("x",), NUMBER, "smallest whole number above"),
        ("round", ("x",), NUMBER, "nearest whole number"),
        ("sin", ("x",), NUMBER, "sine of an angle"),
        ("cos", ("x",), NUMBER, "cosine of an angle"),
        ("tan", ("x",), NUMBER, "tangent of an angle"),
        ("exp", ("x",), NUMBER, "natural exponential"),
        ("log", ("x",), NUMBER, "natural logarithm"),
        ("min", ("a", "b"), ANY, "the smaller"),
        ("max", ("a", "b"), ANY, "the larger"),
    )
)
"""Arithmetic; "any" keeps the dimension of the arguments (``sqrt`` halves it, which must come out whole)."""

CONTROLLERS: tuple[Signature, ...] = (
    _sig("none", [], ValueType("controller"), "vehicle", True, True, "holds speed and lane"),
    _sig(
        "aeb", [Property("reaction", TIME, 0.4, 0.0, 10.0, "from detection to braking")],
        ValueType("controller"), "vehicle", True, True, "holds speed; brakes for what it would hit",
    ),
    _sig(
        "acc", [
            Property("headway", TIME, 1.5, 0.1, 20.0, "time gap to the vehicle ahead"),
            Property("set_speed", SPEED, None, 0.0, 100.0, "wanted speed; default: the speed at the start"),
        ],
        ValueType("controller"), "vehicle", True, True, "follows the vehicle ahead",
    ),
    _sig(
        "alks", [Property("reaction", TIME, 0.35, 0.0, 10.0, "from detection to emergency braking")],
        ValueType("controller"), "vehicle", True, True, "automated lane keeping: follows, keeps its lane, brakes hard",
    ),
    _sig(
        "driver", [
            Property("headway", TIME, 1.5, 0.1, 20.0, "time gap to the vehicle ahead"),
            Property("set_speed", SPEED, None, 0.0, 100.0, "wanted speed; default: the speed at the start"),
            Property("reaction", TIME, 0.0, 0.0, 5.0, "how late it acts on what it sees; distracted: 1 s and more"),
            Property("glance", TIME, 0.0, 0.0, 30.0, "how long it looks away from the road each time; 0: never"),
            Property("glance_every", TIME, 6.0, 0.1, 600.0, "from the beginning of one look away to that of the next"),
            Property("glance_at", TIME, 0.0, 0.0, 600.0, "when the first one begins, since the start of the run"),
            Property("politeness", NUMBER, 0.2, 0.0, 1.0, "how much the braking of others counts; 0: egoistic"),
            Property("threshold", ACCELERATION, 0.1, 0.0, 5.0, "what a change of lane must gain at least"),
            Property("safe_braking", ACCELERATION, 4.0, 0.1, 9.0, "braking that a change may ask of others at most"),
            Property("keep_right", ACCELERATION, 0.0, 0.0, 5.0, "what being in the lane to the right is worth"),
            Property(
                "turn", enum("left", "right", "straight"), "straight",
                doc="where it goes at a junction; straight on where there is no such way, else any",
            ),
        ],
        ValueType("controller"), "vehicle", True, True,
        "follows the vehicle ahead, changes lanes where that is of use, waits for its turn where roads meet",
    ),
)  # fmt: skip

CONTROLLER = enum(*(c.name for c in CONTROLLERS))
"""The word of a controller."""

PLACES: tuple[Signature, ...] = (
    _sig("lane", [_p("index", INT, doc="1 is the lane at the right-hand edge")], PLACE, "", False, True, "a lane"),
    _sig("s", [_p("station", LENGTH)], PLACE, "", False, True, "a station along the lane or road"),
    _sig("curb", [_p("side", _SIDE)], PLACE, "", False, True, "the kerb of a side"),
    _sig("pavement", [_p("side", _SIDE)], REGION, "", False, True, "the pavement of a side"),
    _sig("cycle_lane", [_p("side", _SIDE)], REGION, "", False, True, "the cycle lane of a side"),
    *(
        _sig(name, [_p("index", INT, doc="counted from 1")], REGION, "", False, True, doc)
        for name, doc in (
            ("aisle", "an aisle: of a hall, between racks, or of a parking lot, between rows of bays"),
            ("bay", "a place to park"),
            ("dock", "the floor before a dock door"),
            ("slot", "a place for a pallet in a rack, kept free"),
        )
    ),
    _sig(
        "lane_beside", [_p("target", ENTITY), _p("side", _SIDE)], PLACE, "", False, True, "the lane next to another's"
    ),
    _sig(
        "point",
        [_p("x", LENGTH), _p("y", LENGTH)],
        PLACE,
        "",
        False,
        True,
        "a point: x along the road from its start, y to the left from its middle; also written (x, y)",
    ),
)
"""What a placement clause or a ``to`` may name, besides entities and the world's regions."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sigma"),
    "lognormal": ("median", "sigma"),
    "beta": ("a", "b"),
    "triangular": ("low", "mode", "high"),
    "poisson": ("mean",),
    "histogram": ("edges", "weights"),
    "library": ("name", "size", "min_size", "split"),
}
"""Families of distributions with the names of their parameters."""


def entity_properties(kind: EntityKind) -> tuple[Property, ...]:
    """Every property that a program may set on a kind: the category's, the kind's own (they win), and ``model``."""
    table = {p.name: p for p in PROPERTIES.get(kind.category, ())}
    if kind.models:
        table["model"] = Property("model", enum(*kind.models), kind.models[0], doc="variety")
    table.update({p.name: p for p in kind.properties})
    return tuple(table.values())


def find(table: Iterable[Signature], name: str, category: str = "") -> Signature | None:
    """The signature of this name for a category ("entity" fits all but sensors), or None."""
    general = "entity" if category and category != "sensor" else category
    fits = [s for s in table if s.name == name and s.receiver in (category, general)]
    return fits[0] if fits else None


def members(table: Iterable[Signature], category: str) -> tuple[str, ...]:
    """Names of a table that fit a category."""
    return tuple(dict.fromkeys(s.name for s in table if s.receiver in (category, "entity")))


def controller(name: str) -> Signature | None:
    """A controller by name, or None."""
    return find(CONTROLLERS, name, "vehicle")


_OPTIONAL = {
    ("bolt", "speed"), ("walk", "beside"), ("turn_back", "speed"),
    ("drive", "speed"), ("run", "across"), ("run", "to"), ("run", "speed"), ("walk", "across"), ("walk", "to"),
    ("walk", "speed"), ("cross", "speed"), ("fault", "area"), ("fault", "rate"), ("fault", "gain"),
    ("fault", "delay"), ("fault", "range"), ("fault", "angle"), ("fault", "radius"), ("fault", "yaw"),
    ("fault", "pitch"), ("fault", "roll"), ("follow_path", "speed"), ("follow_path", "height"), ("acc", "set_speed"),
    ("driver", "set_speed"),
    ("change_speed", "rate"), ("nearest", "to"), ("turn", "direction"), ("turn", "exit"),
}  # fmt: skip


def required_parameters(signature: Signature) -> tuple[Property, ...]:
    """Parameters that a call must give: no default, and not optional by nature."""
    return tuple(p for p in signature.parameters if p.default is None and (signature.name, p.name) not in _OPTIONAL)
