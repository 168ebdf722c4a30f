"""What an installed library (``use driving``) tells the language: worlds, entity types, properties, models.

The language checks programs against these tables; the engine builds scenes through the callables. A kind without a
``build`` is known to the checker and does not run yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from simengine.units import DIMENSIONS, NONE, Dimension
from simengine.world.bodies import ArmChain, RigidBody
from simengine.world.builder import SceneBuilder
from simengine.world.ephemeris import FUNCTIONS
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Asset, Scene
from simengine.world.weather import CHANGING, Environment

__all__ = [
    "BOOL", "DRIVEN", "HINGED", "INT", "NUMBER", "AssetName", "EntityKind", "Follows", "Library", "Property",
    "Signature", "ValueType", "WorldKind", "enum", "quantity", "settled", "unplaced",
]  # fmt: skip

Kind = Literal[
    "real", "int", "bool", "enum", "string", "entity", "sensor", "vector", "region", "place", "event", "controller",
    "channel", "list", "any", "none",
]  # fmt: skip


@dataclass(frozen=True)
class ValueType:
    """A type of the language.

    Attributes:
        kind: which sort of value.
        dimension: for "real" and "vector" (of every component).
        choices: for "enum": the words, in the order of their codes (an enum value is the index, as a float).
        of: for "entity": the category ("vehicle", "person", "object", "" any); for "list": the item's kind.
        length: for "vector": number of components; 0: any.
        unit: that people write such values in ("mm/h"), where it is not the usual one of the dimension.
    """

    kind: Kind
    dimension: Dimension = NONE
    choices: tuple[str, ...] = ()
    of: str = ""
    length: int = 0
    unit: str = field(default="", compare=False)


HINGED = "@hinged"
"""Value that the builder of a kind gets where the program opens doors of the entity."""
DRIVEN = "@driven"
"""Value that the builder of a kind gets where the entity moves by itself: a vehicle has a driver."""
NUMBER = ValueType("real")
INT = ValueType("int")
BOOL = ValueType("bool")


def quantity(name: str, unit: str = "") -> ValueType:
    """The type of a real number by dimension name ("speed"), and the unit that is usual for it."""
    return ValueType("real", DIMENSIONS[name], unit=unit)


def enum(*choices: str) -> ValueType:
    """An enumeration."""
    return ValueType("enum", choices=choices)


@dataclass(frozen=True)
class Follows:
    """A rule that gives a property its value where other properties of the same owner are set.

    It holds where one of ``of`` is set; those of them that have no default are then set, all of them, and the property
    itself is not.

    Attributes:
        function: a name in ``ephemeris.FUNCTIONS``.
        of: names of the properties that are its arguments, in their order.
    """

    function: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Property:
    """A property of a world, entity or sensor, or a parameter of an action, controller or function.

    Attributes:
        name: may be dotted ("sun.elevation").
        type: its type.
        default: SI value, word, tuple or None (no default: must be given, or the consumer decides).
        low, high: allowed values (SI), inclusive; a value that can leave them is an error when checked.
        doc: one line.
        runs: False: it checks, and a program that uses it says that it does not run yet.
        whole: its numbers (or components) are whole ones.
        spatial: False: no place, size or lane depends on it (weather, light, paint), so it is never redrawn because
            things do not fit.
        follows: of what its value follows in place of the default, where that is set.
    """

    name: str
    type: ValueType
    default: Any = None
    low: float = float("-inf")
    high: float = float("inf")
    doc: str = ""
    runs: bool = True
    whole: bool = False
    spatial: bool = True
    follows: Follows | None = None


def settled(properties: Sequence[Property], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name with those that follow from others (see ``Follows``) as they are with these."""
    default = {p.name: p.default for p in properties}
    out = dict(values)
    for p in properties:
        if p.follows is not None:
            given = [values.get(n, default[n]) for n in p.follows.of]
            if all(v is not None for v in given):
                out[p.name] = float(FUNCTIONS[p.follows.function](*given))
    return out


def unplaced(*properties: Property) -> tuple[Property, ...]:
    """Properties on which no place, size or lane depends (see ``Property.spatial``)."""
    return tuple(replace(p, spatial=False) for p in properties)


@dataclass(frozen=True)
class Signature:
    """An action, controller, method, function or place.

    Attributes:
        name: its word.
        parameters: by position and by name.
        returns: type of the value ("none" for actions).
        receiver: category of the entity it is called on ("" for free functions).
        state: needs the running simulation (phase "state"); else it is known of the initial scene too.
        runs: executed by this version.
        doc: one line.
    """

    name: str
    parameters: tuple[Property, ...] = ()
    returns: ValueType = ValueType("none")
    receiver: str = ""
    state: bool = True
    runs: bool = True
    doc: str = ""


@dataclass(frozen=True)
class WorldKind:
    """A kind of world ("street").

    Attributes:
        properties: what ``world street(...)`` and its block may set, weather included.
        regions: names that placement and actions may use ("road", "far_curb", "bench").
        areas: the regions that have an area ("road", "pavement.right", "bench"), in which a place is drawn and which
            ``inside`` asks for; the lane graph holds them. "pavement.right" is ``pavement(right)`` of the language.
        spots: the areas that are rectangular tops or marked places: ``at base`` is the middle of one.
        curves: names of the curves of the lane graph ("curb.right"); None: nobody says.
        changing: properties that may change during a run, besides those of the weather ("signal.own").
        restaged: (scene, values) -> the scene as it is with other values of these: as many parts, with other meshes.
        arms: regions that are arms of roads that meet ("right_arm"), with lanes to stand on (``LaneGraph.arms``).
        cycle_lanes: areas that are lanes for bicycles ("cycle_lane.right"; ``LaneGraph.cycle_lanes``).
        lanes: values by property name (SI; enums as words) -> lane graph. Cheap: called for every sampled variant.
        environment: values -> weather.
        build: (builder, values, seed) -> lane graph; adds the static scene. Same lanes as ``lanes``.
        body: values -> what things fall on and robots keep clear of, in world axes. Cheap, as ``lanes``.
        furniture: (builder, values, seed) -> None; adds what ``build`` puts beside the ways by itself (trees, lamps,
            posts), where it stops who comes against it, and no more. Quick, without rendering. None: there is none.
    """

    name: str
    properties: tuple[Property, ...]
    regions: tuple[str, ...] = ()
    lanes: Callable[[Mapping[str, Any]], LaneGraph] | None = None
    environment: Callable[[Mapping[str, Any]], Environment] | None = None
    build: Callable[[SceneBuilder, Mapping[str, Any], int], LaneGraph] | None = None
    doc: str = ""
    areas: tuple[str, ...] = ("road",)
    spots: tuple[str, ...] = ()
    curves: tuple[str, ...] | None = None
    arms: tuple[str, ...] = ()
    changing: tuple[str, ...] = ()
    restaged: Callable[[Scene, Mapping[str, Any]], Scene] | None = None
    body: Callable[[Mapping[str, Any]], RigidBody] | None = None
    furniture: Callable[[SceneBuilder, Mapping[str, Any], int], None] | None = None
    cycle_lanes: tuple[str, ...] = ()

    @property
    def settable(self) -> tuple[str, ...]:
        """Properties that may be set while a scenario runs."""
        own = {p.name for p in self.properties}
        return tuple(n for n in (*CHANGING, *self.changing) if n in own)


@dataclass(frozen=True)
class EntityKind:
    """A type of entity ("car").

    Attributes:
        category: decides which actions and methods it has: "vehicle", "person", "object", "robot", "drone".
        properties: beyond those of the category.
        models: varieties of the ``model`` property; the first is the default.
        build: (model, values, variety seed) -> asset. Sizes depend on the model alone.
        size_m: model -> (length, width, height); for placement without building meshes.
        sized_by: property whose value is looked up in ``size_m`` where that is not the model ("asset").
        scaled_by: property that, where it is set, gives the longest side, the proportions staying ("size").
        hollow_m: of what holds things: model -> (inner length, inner width, height of its floor above its foot).
        body: (model, values) -> how it takes part in rigid-body physics. No meshes are made for it.
        chain: (model, values) -> joints and tool of a robot arm. No meshes are made for it.
        loose: rigid-body physics moves it; what has a body and is not loose stands where it was put.
        coupling_m: where a trailer is coupled to it, along its own x axis; None: it takes none.
        points: model -> named points of it on which sensors sit, in its frame.
        kingpin_m: of a trailer: where it hangs on what tows it, along its own x axis.
        cycles: cycle lanes are its place: ``on any_lane`` puts it there where there are any.
        rails: property of the world that lays the rails it runs on ("tram_track"); "": it needs none.
        varied: models whose ``occluders`` depend on the variety seed: sight lines ask for the one that is shown.
    """

    name: str
    category: str
    properties: tuple[Property, ...] = ()
    models: tuple[str, ...] = ()
    build: Callable[[str, Mapping[str, Any], int], Asset] | None = None
    size_m: Mapping[str, tuple[float, float, float]] = field(default_factory=dict[str, tuple[float, float, float]])
    doc: str = ""
    hollow_m: Mapping[str, tuple[float, float, float]] = field(default_factory=dict[str, tuple[float, float, float]])
    sized_by: str = "model"
    scaled_by: str = ""
    body: Callable[[str, Mapping[str, Any]], RigidBody] | None = None
    chain: Callable[[str, Mapping[str, Any]], ArmChain] | None = None
    loose: bool = False
    coupling_m: float | None = None
    kingpin_m: float | None = None
    rails: str = ""
    cycles: bool = False
    varied: tuple[str, ...] = ()
    points: Mapping[str, Mapping[str, tuple[float, float, float]]] = field(
        default_factory=dict[str, "Mapping[str, tuple[float, float, float]]"]
    )

    @property
    def point_names(self) -> tuple[str, ...]:
        """Names of the points that its models have, as ``sensor ... on x.NAME`` says them; an arm has its tool."""
        if self.category == "robot":
            return ("tool",)
        return tuple(dict.fromkeys(name for own in self.points.values() for name in own))


@dataclass(frozen=True)
class AssetName:
    """One thing of a family of assets, as ``library("household")`` draws it.

    Attributes:
        name: of the asset; the kinds that take it know its size.
        longest_m: its longest side.
        held_out: it belongs to the part that is kept for tests of what was learned from the others.
    """

    name: str
    longest_m: float
    held_out: bool = False


@dataclass(frozen=True)
class Library:
    """What ``use NAME`` brings in. Libraries hold no code that a program could call.

    Attributes:
        assets: families of assets, for ``library("household")``.
    """

    name: str
    worlds: Mapping[str, WorldKind]
    entities: Mapping[str, EntityKind]
    regions: tuple[str, ...] = ()
    doc: str = ""
    assets: Mapping[str, tuple[AssetName, ...]] = field(default_factory=dict[str, "tuple[AssetName, ...]"])
