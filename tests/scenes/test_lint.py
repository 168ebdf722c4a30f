"""The lint of scenes: it finds what is wrong, and finds nothing in our worlds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import trimesh

from simengine.engine.gallery import world_scene
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import WorldKind
from simengine.world.lint import lint, triangles_allowed
from simengine.world.materials import Material
from simengine.world.scene import Entity, Mesh, Scene
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import driving, warehouse
from tests.scenes.test_worlds import build

WORLDS: dict[str, WorldKind] = {**driving.LIBRARY.worlds, **warehouse.LIBRARY.worlds}
SHORT_M = 900.0
"""Longest road of the draws that may be anything: longer ones are more of the same."""
STONE = Material("stone", (0.5, 0.5, 0.5))


def drawn(world: str, seed: int) -> dict[str, Any]:
    """Properties of a world, anywhere in their ranges."""
    u = stream(seed, "lint", world).random(8)
    common = {"length": 80.0 + 170.0 * u[0], "lamps.lit": bool(u[7] < 0.5)}
    bend = {"radius": (200.0 + 600.0 * u[2]) * (1 if u[1] < 0.7 else -1)} if u[1] >= 0.4 else {}
    lanes = 1 + int(6 * u[3])
    if world == "street":
        parking = ("none", "left", "right", "both")[int(4 * u[4])]
        beside = {"cycle_lane": parking, "cycle_surface": "red"} if u[6] < 0.7 else {}
        kind = ("mixed", "residential", "commercial")[int(3 * (10 * u[6] % 1))]
        return {**common, **bend, "lanes": lanes, "parking": parking, "pavement_width": 1.5 + 4.0 * u[5], **beside,
            "kind": kind, "crossings": int(4 * (10 * u[5] % 1)),
        }  # fmt: skip
    if world == "highway":
        return {"length": 250.0 + 300.0 * u[0], "lanes": lanes, **bend}
    if world == "rural":
        return {"length": 300.0 + 300.0 * u[0], "layout": seed, "curviness": float(u[1])}
    if world == "roundabout":
        arms, two = 3 + int(3 * u[2]), u[3] < 0.4
        least = {(5, True): 24.0, (5, False): 18.0}.get((arms, two), 20.0 if two else 15.0)
        return {**common, "length": 90.0 + 60.0 * u[0], "arms": arms, "lanes": 1 + two, "radius": least + 10.0 * u[4],
            "missing": ("left_arm", "right_arm", "far_arm")[int(3 * u[6])], "pavement_width": 1.5 + 3.0 * u[5],
        }  # fmt: skip
    control = ("signals", "stop", "give_way", "all_way_stop", "none")[int(5 * u[4])]
    missing = {"arms": 3, "missing": ("left_arm", "right_arm", "far_arm")[int(3 * u[6])]} if u[5] < 0.5 else {"arms": 4}
    return {**common, "length": 50.0 + 50.0 * u[0], "lanes": 2 * (1 + int(3 * u[3])), "control": control,
        "corner_radius": 4.0 + 8.0 * u[2], "pavement_width": 2.0 + 3.0 * u[1], **missing,
    }  # fmt: skip


def complaints(world: str, seed: int) -> list[str]:
    return [str(f) for f in lint(build(world, drawn(world, seed), seed))]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("world", ["street", "junction", "roundabout", "highway", "rural"])
def test_our_worlds_are_sound(world: str, seed: int) -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; materials, classes and lanes are whole."""
    assert complaints(world, seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 21))
@pytest.mark.parametrize("world", ["street", "junction", "roundabout", "highway", "rural"])
def test_our_worlds_are_sound_for_more_seeds(world: str, seed: int) -> None:
    """As above."""
    assert complaints(world, seed) == []


def anywhere(kind: WorldKind, seed: int) -> dict[str, Any]:
    """Every property that changes where things are, anywhere in its range; roads are not longer than ``SHORT_M``, and
    stations lie on them."""
    pick, out = stream(seed, "anywhere", kind.name), dict[str, Any]()
    for p in sorted(kind.properties, key=lambda p: p.name != "length"):
        if not p.spatial or not p.runs:
            continue
        if p.type.choices:
            out[p.name] = p.type.choices[int(pick.integers(len(p.type.choices)))]
        elif p.type.kind == "int" or p.whole:
            out[p.name] = int(pick.integers(int(p.low), int(p.high) + 1))
        elif p.type.kind == "real":
            station = p.low >= 0.0 and p.high > 2.0 * SHORT_M and not p.name.endswith("radius")
            high = min(p.high, SHORT_M) if p.name == "length" else out.get("length", p.high) if station else p.high
            out[p.name] = float(pick.uniform(p.low, max(p.low, high)))
    return out


def refused_or_sound(kind: WorldKind, seed: int) -> list[str]:
    """What is wrong with a world of any legal values; nothing where an error says which of them do not go together."""
    values = anywhere(kind, seed)
    try:
        return [str(f) for f in lint(world_scene(kind, values, seed))]
    except SceneError as error:
        assert any(name in str(error) for name in values), error
        return []


@pytest.mark.parametrize("world", ["roundabout", "bridge", "cell"])
def test_any_legal_values_make_a_sound_world_or_one_clear_error(world: str) -> None:
    """The lint finds nothing wherever properties are drawn in their declared ranges; what does not fit together is
    refused by an error that names a property to change."""
    assert refused_or_sound(WORLDS[world], 1) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.parametrize("world", WORLDS)
def test_any_legal_values_of_all_worlds(world: str, seed: int) -> None:
    """As above."""
    assert refused_or_sound(WORLDS[world], seed) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_station_is_sound(seed: int) -> None:
    """The same for the picking station, at any height of its bench."""
    kind = warehouse.LIBRARY.worlds["station"]
    values = {"bench_height": 0.3 + 0.4 * seed}
    assert kind.build is not None and kind.environment is not None
    builder = SceneBuilder(kind.environment(values))
    assert lint(builder.build(kind.build(builder, values, seed))) == []


# ---- it finds what is wrong ----------------------------------------------------------------------------------------


def block(name: str, size: tuple[float, float, float], material: Material = STONE, turned: bool = False) -> Any:
    made = trimesh.creation.box(size)
    faces = made.faces[:, ::-1] if turned else made.faces
    points = made.vertices + np.array([0, 0, size[2] / 2])
    mesh = Mesh(name, points.astype(np.float32), faces.astype(np.int32), np.zeros(12, np.int32))
    return mesh, (material,)


Triple = tuple[float, float, float]


def place(builder: SceneBuilder, name: str, at: Triple, size: Triple = (1, 1, 2),
          semantic: str = "static_object", **options: Any) -> None:  # fmt: skip
    entity = Entity(name, "block", "", CLASS_ID[semantic], size, world_from_entity=tf.translation(np.array(at)))
    mesh, materials = block(f"{name}.mesh", size, **options)
    builder.add_static(entity, [(mesh, materials, tf.translation(np.array(at)))])


def scene_with(
    *blocks: tuple[str, tuple[float, float, float], dict[str, Any]], lanes: LaneGraph | None = None
) -> Scene:
    builder = SceneBuilder()
    place(builder, "ground", (0.0, 0.0, -1.0), (80.0, 80.0, 1.0), "terrain")
    for name, at, options in blocks:
        place(builder, name, at, **options)
    return builder.build(lanes or LaneGraph())


def test_a_sound_scene_has_no_findings() -> None:
    """Blocks on the ground, one touching another, one on top of another."""
    scene = scene_with(("a", (0, 0, 0), {}), ("b", (1.0, 0, 0), {}), ("c", (0, 0, 2.0), {"size": (0.5, 0.5, 0.5)}))
    assert lint(scene) == []


@pytest.mark.parametrize(
    ("name", "blocks", "rule", "words"),
    [
        ("a", [("a", (0, 0, 0.25), {})], "floats", "0.250 m above"),
        ("a", [("a", (300.0, 0, 0), {})], "floats", "no ground"),
        ("a", [("a", (0, 0, -1.8), {})], "sinks", "1.80 m into"),
        ("a", [("a", (0, 0, 0), {}), ("b", (0.7, 0.1, 0), {"size": (2.0, 2.0, 2.0)})], "overlaps", "into b"),
        ("a.mesh", [("a", (0, 0, 0), {"turned": True})], "inside out", "volume of -2"),
        ("odd", [("a", (0, 0, 0), {"material": replace(STONE, name="odd", nir=1.5)})], "material", "1.5"),
    ],
)
def test_what_is_wrong_is_found(name: str, blocks: list[Any], rule: str, words: str) -> None:
    """One thing is wrong by a known amount, and one finding names the thing and the amount."""
    (finding,) = lint(scene_with(*blocks))
    assert (finding.what, finding.rule) == (name, rule) and words in finding.detail


def test_what_hangs_below_a_long_roof_does_not_float() -> None:
    """A roof of 70 m is too long to stand somewhere; a lamp with its top at its underside hangs, 1 m lower not."""
    roof = ("roof", (0.0, 0.0, 6.0), {"size": (70.0, 20.0, 0.3)})
    small = {"size": (0.5, 0.5, 0.4)}
    assert lint(scene_with(roof, ("lamp", (10.0, 0.0, 5.6), small))) == []
    (finding,) = lint(scene_with(roof, ("lamp", (10.0, 0.0, 4.6), small)))
    assert (finding.what, finding.rule) == ("lamp", "floats")


def test_gaps_of_lanes_are_found() -> None:
    """Arcs with a step of 5 cm, a neighbour that does not know its neighbour, and too many triangles."""
    arcs = np.array([[0.0, 0.0, 0.0, 10.0, 0.0], [10.0, 0.05, 0.0, 10.0, 0.0]])
    line = Curve(np.array([[0.0, 0, 0], [20.0, 0.05, 0]]), arcs)
    lanes = LaneGraph((Lane(line, 3.0, left=1), Lane(Curve(np.array([[0.0, 3, 0], [20.0, 3, 0]])), 3.0)))
    found = lint(scene_with(lanes=lanes), triangles_max=11)
    assert [f.rule for f in found] == ["lane", "lane", "budget"]
    assert "0.050 m" in found[0].detail and "does not know it" in found[1].detail


def test_long_roads_may_have_more_triangles() -> None:
    """150,000 up to a kilometre; 40 a metre from there: 3 km more make 120,000 more. Length counts, not width."""
    short, long = (Lane(Curve(np.array([[0.0, 0, 0], [x, 0, 0]])), 3.0) for x in (900.0, 4000.0))
    assert triangles_allowed(LaneGraph()) == triangles_allowed(LaneGraph((short,))) == 150_000
    assert triangles_allowed(LaneGraph((short, long, long))) == 270_000


def test_headings_have_no_side_of_pi() -> None:
    """A lane that runs towards -x may have headings of +pi and -pi: that is no step."""
    arcs = np.array([[0.0, 0.0, math.pi, 10.0, 0.0], [-10.0, 0.0, -math.pi, 10.0, 0.0]])
    lanes = LaneGraph((Lane(Curve(np.array([[0.0, 0, 0], [-20.0, 0, 0]]), arcs), 3.0),))
    assert lint(scene_with(lanes=lanes)) == []
