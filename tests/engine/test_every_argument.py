"""Whatever a program can set has an effect: another value gives another trace, scene, lane graph or sensor.

A word that is accepted and ignored would be a lie. Those that do not run yet say so (test_every_construct.py).
"""

from __future__ import annotations

import hashlib
import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.sensing import sensor_specs, signal_specs
from simengine.engine.variation import Variation
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.sensors.signals import SignalSpec
from simengine.sensors.specs import SensorSpec
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import UNITS
from simengine.world import vocabulary as words
from simengine.world.builder import SceneBuilder
from simengine.world.library import Property, Signature
from simengine.world.scene import Scene
from simengine.world.splits import SPLIT

DRIVING = libraries()["driving"]
HEAD = """use driving
scenario t:
    world street(lanes = 3, length = 150 m)
    stop after 2 s
    car ego on lane(1) at s(20 m):
        {ego}
    pedestrian kid along curb(right) at s(80 m):
        {kid}
"""


def _text(body: str, ego: str = "speed = 10 m/s", kid: str = "speed = 1 m/s") -> str:
    if body.startswith("use driving"):  # a program of its own
        return body
    return HEAD.format(ego=ego, kid=kid) + "".join(f"    {line}\n" for line in body.split("\n"))


def _written(prop: Property, value: Any) -> str:
    """A value of a property as a scenario says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f'"{value}"' if prop.type.kind == "string" else value
    if isinstance(value, tuple):
        return f"({', '.join(_written(prop, v) for v in value)})"
    dimension = prop.type.dimension
    units = [u.symbol for u in UNITS.values() if u.dimension == dimension and u.scale == 1.0 and not u.offset]
    return f"{value:.9f} {units[0]}" if units and not prop.whole and prop.type.kind != "int" else f"{value:g}"


def _two(prop: Property) -> tuple[Any, Any]:
    """Two values of a property, the first one its default where it has one."""
    if prop.type.kind == "enum":
        first = prop.default or prop.type.choices[0]
        return first, next(c for c in prop.type.choices if c != first)
    if prop.type.kind == "bool":
        return bool(prop.default), not prop.default
    if prop.type.kind == "string":
        return "OS1-128", "VLP-16"
    if prop.type.kind == "vector":
        return ((64.0, 48.0), (96.0, 32.0)) if prop.whole else ((1.0, 0.0, 1.0), (1.0, 0.2, 1.5))
    low = prop.low if math.isfinite(prop.low) else -1.0
    high = prop.high if math.isfinite(prop.high) else 1.0
    first = float(prop.default) if prop.default is not None else low + 0.25 * (high - low)
    other = first + 0.3 * (high - first) if high > first else low
    if prop.type.kind == "int":
        return float(round(first)), float(round(other) if round(other) != round(first) else round(first) + 1)
    return first, other


# ---- the world -----------------------------------------------------------------------------------------------------


def _print(scene: Scene) -> str:
    """A digest of everything in a scene that a renderer looks at, and of its lanes."""
    digest = hashlib.sha256(repr((scene.environment, scene.lights)).encode())
    for mesh in scene.meshes:
        digest.update(mesh.name.encode() + mesh.vertices_m.tobytes())
    for entity in scene.entities:
        pose = b"" if entity.world_from_entity is None else np.asarray(entity.world_from_entity).tobytes()
        digest.update(entity.name.encode() + pose)
    digest.update(repr([(part.mesh, part.shines) for part in scene.parts]).encode())
    for lane in scene.lanes.lanes:
        digest.update(lane.centre.points_m.tobytes() + repr((lane.width_m, lane.speed_limit_mps)).encode())
    return digest.hexdigest()


BESIDE: dict[str, dict[str, object]] = {
    "missing": {"arms": 3}, "roundabout.lanes": {"radius": 25.0},
    "ramp": {"length": 900.0}, "ramp.at": {"ramp": "exit", "length": 7000.0},
    "ramp.length": {"ramp": "entrance", "length": 900.0},
    "crest.at": {"crest.height": 4.0}, "crest.radius": {"crest.height": 4.0},
    "grade": {"crest.height": 7.0, "crest.radius": 1000.0}, "highway.superelevation": {"radius": 500.0},
    "cycle_width": {"cycle_lane": "right"}, "cycle_surface": {"cycle_lane": "right"},
    "crossing_at": {"crossings": 1, "length": 900.0}, "begin": {"length": 2000.0}, "portal": {"length": 2000.0},
    "abutment": {"length": 2000.0}, "wind.heading": {"wind.speed": 5.0},
    "signal.own": {"control": "signals"}, "signal.cross": {"control": "signals"},
}  # fmt: skip
"""Properties that say something only beside others."""


IN_TIME = ("signal.cycle", "signal.share", "signal.offset")
"""Properties that nothing is built by: they act while time goes on (test_signal_programme.py)."""


FOLLOWED = {n for kind in DRIVING.worlds.values() for p in kind.properties if p.follows for n in p.follows.of}
"""Properties that nothing is built by: others follow from them (tests/language/test_derived.py)."""


@pytest.mark.parametrize(
    ("world", "name"),
    [
        (w, p.name)
        for w, kind in DRIVING.worlds.items()
        if kind.build is not None
        for p in kind.properties
        if p.runs and p != SPLIT and p.name not in IN_TIME and p.name not in FOLLOWED
    ],
)
def test_properties_of_worlds(world: str, name: str):
    """Built with one value and another: other meshes, weather, lights or lanes. ``split`` chooses seeds before anything
    is built (tests/scenes/test_splits.py)."""
    kind = DRIVING.worlds[world]
    prop = next(p for p in kind.properties if p.name == name)
    assert kind.build is not None and kind.environment is not None
    seen: list[str] = []
    least = next((p.low for p in kind.properties if p.name == "length"), 0.0)
    shortest = max(least, 500.0 if world in ("rural", "construction", "woodland") else 0.0)
    for value in _two(prop) if name != "length" else (shortest, 1.5 * shortest):
        values = (
            {p.name: p.default for p in kind.properties}
            | {"length": shortest}
            | BESIDE.get(name, {})
            | BESIDE.get(f"{world}.{name}", {})
            | {name: value}
        )
        builder = SceneBuilder(kind.environment(values))
        seen.append(_print(builder.build(kind.build(builder, values, 1))))
    assert seen[0] != seen[1]


# ---- sensors -------------------------------------------------------------------------------------------------------


def _plain(spec: SensorSpec | SignalSpec) -> str:
    arrays = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in vars(spec).items()}
    return repr(arrays)


def _spec(kind: str, name: str, value: str) -> str:
    beside = {
        "exposure_ev": "exposure = fixed", "illuminator": "band = nir", "thermal.low": "thermal.high = 1300 K",
        "exposure.samples": "exposure.time = 10 ms",
    }  # fmt: skip
    extra = f"\n    {beside[name]}" if name in beside else ""
    lens = {"distortion.xi": "double_sphere", "distortion.alpha": "double_sphere", "lens.circle": "fisheye"}
    lens |= {"lens.width": "telecentric"}
    lens |= {"fov": "fisheye"} if kind == "camera" else {}
    extra += f"\n    lens = {lens[name]}" if name in lens else ""
    text = _text(f"sensor s on ego = {kind}():\n    {name} = {value}{extra}")
    program = parse_text(text, libraries=libraries())[0]
    scenario = Sampler(program, 0).draw([0]).scenario(0)
    (spec,) = (*sensor_specs(program, scenario, _scene()), *signal_specs(program, scenario, _scene()))
    return _plain(spec)


@cache
def _scene() -> Scene:
    """The things that sensors are mounted on: the same in every program of this file."""
    program = parse_text(_text("stop after 1 s"), libraries=libraries())[0]
    return build_scene(program, Sampler(program, 0).draw([0]).scenario(0), libraries(), 0)


@pytest.mark.parametrize(
    ("kind", "name"), [(k.name, p.name) for k in SENSOR_KINDS.values() if k.runs for p in k.properties if p.runs]
)
def test_properties_of_sensors(kind: str, name: str):
    """The specification that the renderers get is another one."""
    prop = next(p for p in SENSOR_KINDS[kind].properties if p.name == name)
    small = name.startswith("distortion.") or name in (
        "rolling_shutter",
        "exposure.time",
    )  # more would fold inside the image, or last too long
    values = (0.0, 0.01) if small else _two(prop)
    one, two = (_written(prop, v) for v in values)
    assert _spec(kind, name, one) != _spec(kind, name, two)


# ---- entities, actions, controllers --------------------------------------------------------------------------------


def _happens(body: str, **settings: str) -> bytes:
    """Everything that moves, with its size and the events, as bytes; the look of the first entity."""
    program = parse_text(_text(body, **settings), libraries=libraries())[0]
    assert program.not_yet == ()
    (one,) = Variation(program, 0, "random").simulate([0])
    looks: list[str] = []
    if settings:  # actions change no look
        scene = build_scene(program, one.scenario, libraries(), 0)
        looks = [e.name + str(e.size_m) for e in scene.entities] + [repr(m) for m in scene.materials]
    trace = one.trace
    moved = trace.moved.tobytes() + trace.lamps.tobytes()
    return moved + trace.rest.tobytes() + repr((trace.events, trace.stop_tick, looks)).encode()


@pytest.mark.parametrize(
    "prop",
    [p for k in ("car", "pedestrian") for p in words.entity_properties(DRIVING.entities[k])],
    ids=lambda p: p.name,
)
def test_properties_of_entities(prop: Property):
    """Another speed, place, turn, model or colour, of a car and of somebody who walks."""
    who = "ego" if prop in words.entity_properties(DRIVING.entities["car"]) else "kid"
    one, two = ({who: f"{prop.name} = {_written(prop, value)}"} for value in _two(prop))
    body = "do:\n    parallel:\n        kid.walk(across = road)\n        ego.change_speed(to = 3 m/s, rate = 4 m/s2)"
    assert _happens(body, **one) != _happens(body, **two)


FELLOWS = "car b on lane(1) at s(50 m):\n    speed = 9 m/s\ncar c on lane(2) at s(60 m):\n    speed = 7 m/s"
SLOW_AHEAD = (
    "ego.controller = driver(set_speed = 15 m/s, {})\ncar b on lane(1) ahead of ego by 25 m:\n    speed = 8 m/s\n"
    "car c on lane(2) behind ego by 8 m:\n    speed = 10.5 m/s"
)
"""A lane change that would be of use, in front of somebody who is a little faster."""

ACTIONS = {
    ("drive", "speed"): ("do:\n    ego.drive(speed = {})", "8 m/s", "12 m/s"),
    ("change_speed", "to"): ("do:\n    ego.change_speed(to = {})", "8 m/s", "12 m/s"),
    ("change_speed", "rate"): ("do:\n    ego.change_speed(to = 14 m/s, rate = {})", "1 m/s2", "2 m/s2"),
    ("change_lane", "to"): ("do:\n    ego.change_lane(to = {})", "lane(2)", "lane_beside(ego, left)"),
    ("change_lane", "lateral_speed"): ("do:\n    ego.change_lane(to = lane(2), lateral_speed = {})", "1 m/s", "2 m/s"),
    ("change_lane", "shape"): ("do:\n    ego.change_lane(to = lane(2), shape = {})", "linear", "cubic"),
    ("follow", "target"): ("do:\n    ego.follow({})\n" + FELLOWS, "b", "c"),
    ("follow", "headway"): ("do:\n    ego.follow(b, headway = {})\n" + FELLOWS, "1 s", "2 s"),
    ("keep_gap", "target"): ("do:\n    ego.keep_gap({}, distance = 9 m)\n" + FELLOWS, "b", "c"),
    ("keep_gap", "distance"): ("do:\n    ego.keep_gap(b, distance = {})\n" + FELLOWS, "9 m", "12 m"),
    ("offset", "to"): ("do:\n    ego.offset(to = {})", "-0.3 m", "0.5 m"),
    ("offset", "lateral_speed"): ("do:\n    ego.offset(to = 0.5 m, lateral_speed = {})", "0.3 m/s", "1 m/s"),
    ("synchronise", "at"): ("do:\n    ego.synchronise(at = {}, target = b)\n" + FELLOWS, "s(90 m)", "(99 m, 0 m)"),
    ("synchronise", "target"): ("do:\n    ego.synchronise(at = s(140 m), target = {})\n" + FELLOWS, "b", "c"),
    ("synchronise", "lead"): (
        "do:\n    ego.synchronise(at = s(90 m), target = b, lead = {})\n" + FELLOWS, "0 s", "-1 s"
    ),
    ("turn", "direction"): (
        "use driving\nscenario s:\n    world junction(length = 50 m)\n    car ego on lane(1) at s(25 m):\n"
        "        speed = 8 m/s\n    do:\n        ego.turn(direction = {})\n    stop after 4 s\n", "left", "right"
    ),
    ("turn", "exit"): (
        "use driving\nscenario s:\n    world roundabout(length = 80 m)\n    car ego on lane(1) at s(40 m):\n"
        "        speed = 8 m/s\n    do:\n        ego.turn(exit = {})\n    stop after 6 s\n", "1", "3"
    ),
    ("park", "at"): ("do:\n    ego.park(at = {})", "s(60 m)", "s(90 m)"),
    ("teleport", "to"): ("do:\n    ego.teleport(to = {})", "s(90 m)", "(99 m, 0 m)"),
    ("look", "at"): ("do:\n    kid.look(at = {})\n" + FELLOWS, "b", "c"),
    ("open_door", "side"): ("do:\n    ego.open_door(side = {})", "left", "right"),
    ("open_door", "angle"): ("do:\n    ego.open_door(left, angle = {})", "0.5 rad", "1 rad"),
    ("follow_path", "path"): (
        "do:\n    ego.follow_path(path = {})", "[(40 m, 0 m), (60 m, 2 m)]", "lane(2)"
    ),
    ("follow_path", "speed"): ("do:\n    ego.follow_path(path = lane(1), speed = {})", "6 m/s", "9 m/s"),
    ("lights", "kind"): ("do:\n    ego.lights({})", "left", "high"),
    ("cross", "across"): ("do:\n    kid.{}", "cross(across = road)", "stop()"),
    ("cross", "speed"): ("do:\n    kid.cross(across = road, speed = {})", "2 m/s", "4 m/s"),
    ("stop", "rate"): ("do:\n    ego.stop(rate = {})", "2 m/s2", "4 m/s2"),
    ("bolt", "danger"): ("do:\n    kid.bolt(danger = {}, freeze = 0 s)\n" + FELLOWS, "ego", "c"),
    ("bolt", "freeze"): ("do:\n    kid.bolt(danger = ego, freeze = {})", "0.2 s", "0.5 s"),
    ("bolt", "angle"): ("do:\n    kid.bolt(danger = ego, angle = {})", "0 rad", "2 rad"),
    ("bolt", "speed"): ("do:\n    kid.bolt(danger = ego, speed = {})", "1 m/s", "2 m/s"),
    ("bolt", "distance"): (
        "do:\n    ego.stop(rate = 8 m/s2)\n    kid.bolt(danger = ego, freeze = 0 s, distance = {})", "1 m", "90 m"
    ),
    ("turn_back", "speed"): (
        "do:\n    kid.run(across = road) for 0.5 s\n    kid.turn_back(speed = {})", "1 m/s", "2 m/s"
    ),
    ("run", "across"): ("do:\n    kid.run({})", "across = road", "to = (70 m, 0 m)"),
    ("run", "to"): ("do:\n    kid.run(to = {})", "(80 m, 0 m)", "(90 m, 3 m)"),
    ("run", "speed"): ("do:\n    kid.run(across = road, speed = {})", "2 m/s", "4 m/s"),
    ("walk", "across"): ("do:\n    kid.walk({})", "across = road", "to = ego"),
    ("walk", "to"): ("do:\n    kid.walk(to = {})", "far_curb", "ego"),
    ("walk", "beside"): (
        "pedestrian mum along curb(right) at s(78 m)\npedestrian dad along curb(right) at s(84 m)\n"
        "do:\n    kid.walk(to = (90 m, -6 m), beside = {})", "mum", "dad"
    ),
    ("walk", "speed"): ("do:\n    kid.walk(across = road, speed = {})", "1 m/s", "2 m/s"),
    ("aeb", "reaction"): ("ego.controller = aeb(reaction = {})\ncar b ahead of ego by 10 m", "0.1 s", "0.5 s"),
    ("alks", "reaction"): ("ego.controller = alks(reaction = {})\ncar b ahead of ego by 10 m", "0.1 s", "0.5 s"),
    ("acc", "headway"): (
        "ego.controller = acc(headway = {})\ncar b ahead of ego by 20 m:\n    speed = 9 m/s", "1 s", "2 s"
    ),
    ("acc", "set_speed"): ("ego.controller = acc(set_speed = {})", "8 m/s", "15 m/s"),
    ("driver", "headway"): (
        "ego.controller = driver(headway = {})\ncar b ahead of ego by 20 m:\n    speed = 9 m/s", "1 s", "2 s"
    ),
    ("driver", "set_speed"): ("ego.controller = driver(set_speed = {})", "8 m/s", "15 m/s"),
    ("driver", "reaction"): (SLOW_AHEAD.format("threshold = 5 m/s2, reaction = {}"), "0 s", "1 s"),
    ("driver", "glance"): (SLOW_AHEAD.format("threshold = 5 m/s2, glance = {}"), "0 s", "1 s"),
    ("driver", "glance_every"): (
        SLOW_AHEAD.format("threshold = 5 m/s2, glance = 0.2 s, glance_every = {}"), "0.3 s", "1 s"
    ),
    ("driver", "glance_at"): (
        SLOW_AHEAD.format("threshold = 5 m/s2, glance = 0.5 s, glance_at = {}"), "0 s", "0.5 s"
    ),
    ("driver", "politeness"): (SLOW_AHEAD.format("safe_braking = 9 m/s2, politeness = {}"), "0", "1"),
    ("driver", "threshold"): (
        SLOW_AHEAD.format("safe_braking = 9 m/s2, politeness = 0, threshold = {}"), "0.1 m/s2", "5 m/s2"
    ),
    ("driver", "safe_braking"): (SLOW_AHEAD.format("safe_braking = {}, politeness = 0"), "0.1 m/s2", "9 m/s2"),
    ("driver", "keep_right"): (
        SLOW_AHEAD.format("safe_braking = 9 m/s2, politeness = 0, keep_right = {}"), "0 m/s2", "5 m/s2"
    ),
    ("driver", "turn"): (
        "use driving\nscenario s:\n    world junction(length = 50 m)\n    car ego on lane(1) at s(25 m):\n"
        "        speed = 8 m/s\n        controller = driver(turn = {})\n    stop after 4 s\n", "left", "right"
    ),
}  # fmt: skip
"""(callee, parameter) -> a program with a gap, and two values for it."""

SAME = {("change_lane", "to"): "lane(3)"}
"""The two values of the table mean the same here; this one does not."""


def test_every_parameter_is_in_the_table():
    """A new parameter needs a pair of programs."""
    tables: list[Signature] = [a for a in words.ACTIONS if a.runs and a.receiver in ("vehicle", "person")]
    wanted = {(s.name, p.name) for s in (*tables, *words.CONTROLLERS) for p in s.parameters}
    assert wanted == set(ACTIONS)


@pytest.mark.parametrize("key", ACTIONS, ids=".".join)
def test_parameters_of_actions_and_controllers(key: tuple[str, str]):
    """Something moves another way."""
    body, one, two = ACTIONS[key]
    if key in SAME:
        assert _happens(body.format(one)) == _happens(body.format(two))
        two = SAME[key]
    assert _happens(body.format(one)) != _happens(body.format(two))
