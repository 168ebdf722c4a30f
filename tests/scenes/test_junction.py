"""The junction: lanes, turns and areas; signals and signs; what its corners look like to rays."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from simengine.arrays import Array, F64Array
from simengine.geometry.arcs import arc_ends
from simengine.physics.pavement import ground_paths, rise_m
from simengine.render.labels import objects3d
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph, Turn
from simengine.world.regions import Region
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.junction_control import show_signals
from simengine_scenes.roads.junction_plan import ARMS, junction_plan
from simengine_scenes.roads.section import KERB_M
from simengine_scenes.town.signal import STATES
from tests.scenes.scenery import first_hits, soup

LAYOUTS: dict[str, dict[str, Any]] = {
    "two_lanes": {},
    "four_lanes": {"lanes": 4, "length": 80.0},
    "three_lanes": {"lanes": 3, "lane_width": 3.0},
    "no_left_arm": {"arms": 3},
    "no_right_arm": {"arms": 3, "missing": "right_arm", "lanes": 4},
    "no_far_arm": {"arms": 3, "missing": "far_arm"},
    "wide": {"lanes": 6, "lane_width": 5.0, "length": 40.0, "corner_radius": 12.0, "pavement_width": 1.5},
    "narrow": {"lane_width": 2.5, "length": 40.0, "corner_radius": 4.0, "pavement_width": 8.0},
}
NAMES = pytest.mark.parametrize("name", LAYOUTS)


def graph_of(name: str) -> LaneGraph:
    kind = LIBRARY.worlds["junction"]
    assert kind.lanes is not None
    return kind.lanes(LAYOUTS[name])


@lru_cache(maxsize=8)
def scene_of(control: str, own: str = "green", cross: str = "red", arms: int = 4, lit: bool = False) -> Scene:
    kind = LIBRARY.worlds["junction"]
    assert kind.build is not None and kind.environment is not None
    values = {
        "control": control, "signal.own": own, "signal.cross": cross, "arms": arms, "length": 50.0, "lamps.lit": lit,
        "missing": "far_arm",
    }  # fmt: skip
    builder = SceneBuilder(kind.environment(values))
    return builder.build(kind.build(builder, values, 2))


def heading(points: F64Array) -> float:
    step = points[1] - points[0]
    return math.atan2(step[1], step[0])


def holds(region: Region, points: F64Array) -> Array:
    """Which points (N, 2) lie in a region, by the signs of the three turns of each triangle."""
    a, b, c = (region.triangles_m[None, :, i] for i in range(3))
    p = points[:, None, :2]
    turns = [
        (v[..., 0] - u[..., 0]) * (p[..., 1] - u[..., 1]) - (v[..., 1] - u[..., 1]) * (p[..., 0] - u[..., 0])
        for u, v in ((a, b), (b, c), (c, a))
    ]
    low, high = np.minimum.reduce(turns), np.maximum.reduce(turns)
    return ((low >= -1e-9) | (high <= 1e-9)).any(-1)


@NAMES
def test_turns_are_lanes_joined_by_a_smooth_bend(name: str) -> None:
    """A turn begins where its lane begins, keeps to that lane up to ``begins_m`` and to the other one from ``ends_m``
    on; arcs join without a jump in position, and with one below 0.0005 rad in heading (arcs stand in for clothoids).
    """
    graph = graph_of(name)
    assert graph.turns
    for turn in graph.turns:
        start, end = graph.lanes[turn.start].centre, graph.lanes[turn.end].centre
        arcs = turn.path.arcs
        assert arcs is not None
        assert np.allclose(arcs[0, :2], start.points_m[0, :2], atol=1e-9)
        assert np.allclose(turn.path.points_m[-1], end.points_m[-1], atol=1e-9)
        points, headings = arc_ends(arcs)
        assert np.abs(points[:-1] - arcs[1:, :2]).max() < 1e-9
        assert np.abs((headings[:-1] - arcs[1:, 2] + math.pi) % (2 * math.pi) - math.pi).max() < 5e-4
        for lane, stations in ((start, np.linspace(0, turn.begins_m, 9)),
                               (end, np.linspace(turn.ends_m, turn.path.length_m, 9))):  # fmt: skip
            at, _ = turn.path.at(stations)
            assert np.abs(lane.project(at)[1]).max() < 0.006
        bend = turn.path.length_m - turn.begins_m - (turn.path.length_m - turn.ends_m)
        assert bend == pytest.approx(turn.ends_m - turn.begins_m) and bend > 8.0


@NAMES
def test_every_turn_is_there_and_of_its_side(name: str) -> None:
    """From each lane that comes in one turn into each side arm that there is; a left turn adds a quarter circle to the
    heading, a right turn takes one off. A bus (outer turning circle of 12.5 m, 97/27/EC) gets round a centre line of
    6 m of radius or more where corners have the radius of town streets; corners of 4 m are for cars (5 m)."""
    graph, plan = graph_of(name), junction_plan(LAYOUTS[name])
    least = 5.0 if plan.corner_m < 6.0 else 6.0
    expected = set()
    for k, arm in enumerate(ARMS):
        for way, step in (("left", -1), ("right", 1)):
            if plan.has(arm) and plan.has(ARMS[(k + step) % 4]):
                expected |= {(lane, way) for lane in graph.arms[arm]}
    assert {(t.start, t.direction) for t in graph.turns} == expected and len(graph.turns) == len(expected)
    for turn in graph.turns:
        a = heading(graph.lanes[turn.start].centre.points_m)
        b = heading(graph.lanes[turn.end].centre.points_m)
        quarter = (b - a + math.pi) % (2 * math.pi) - math.pi
        assert quarter == pytest.approx(math.pi / 2 if turn.direction == "left" else -math.pi / 2)
        assert turn.path.arcs is not None
        assert 1.0 / np.abs(turn.path.arcs[:, 4]).max() > least


@NAMES
def test_lanes_and_turns_lie_on_the_road(name: str) -> None:
    """Both edges of every lane, and 1.2 m (half a bus) to either side of every turn, are inside ``road``; and ``road``
    has no overlaps: its area is the share of points inside it, one in each cell of a grid, to 2 %."""
    graph = graph_of(name)
    road = graph.area("road")
    assert road is not None
    for lane in graph.lanes:
        stations = np.linspace(0.01, lane.centre.length_m - 0.01, 60)
        for side in (-0.499, 0.499):
            assert holds(road, lane.centre.at(stations, side * lane.width_m)[0][:, :2]).all()
    for turn in graph.turns:
        stations = np.linspace(turn.begins_m - 2.0, turn.ends_m + 2.0, 80)
        for left in (-1.2, 1.2):
            assert holds(road, turn.path.at(stations, left)[0][:, :2]).all(), (turn.start, turn.direction)
    plan = junction_plan(LAYOUTS[name])
    step = plan.length_m / 150.0
    x = np.arange(-150, 150) * step
    cells = np.stack(np.meshgrid(x + plan.length_m, x), -1).reshape(-1, 2)
    cells = cells + np.random.default_rng(6).uniform(0.0, step, cells.shape)
    inside = sum(int(holds(road, part).sum()) for part in np.array_split(cells, 1 + len(cells) // 20_000))
    assert inside * step**2 == pytest.approx(road.area_m2, rel=0.02)


def test_lanes_are_numbered_as_on_a_street() -> None:
    """lane(1) is the right-hand one of own_arm; it runs through from x = 0 to twice the length, the oncoming ones back;
    the cross road's follow, those that head +y first; what comes in on an arm begins at its outer end."""
    graph = graph_of("four_lanes")
    ends = [lane.centre.points_m[:, :2].tolist() for lane in graph.lanes]
    w = 3.25
    assert ends[0] == [[0.0, -1.5 * w], [160.0, -1.5 * w]] and ends[3] == [[160.0, 1.5 * w], [0.0, 1.5 * w]]
    assert ends[4] == [[80.0 + 1.5 * w, -80.0], [80.0 + 1.5 * w, 80.0]]
    assert ends[7] == [[80.0 - 1.5 * w, 80.0], [80.0 - 1.5 * w, -80.0]]
    assert graph.arms == {"own_arm": (0, 1), "right_arm": (4, 5), "far_arm": (3, 2), "left_arm": (7, 6)}
    assert [(k.left, k.right) for k in graph.lanes] == [
        (1, -1), (2, 0), (3, 1), (-1, 2), (5, -1), (6, 4), (7, 5), (-1, 6),
    ]  # fmt: skip


def test_turned_by_a_quarter_the_junction_is_the_same() -> None:
    """With an even number of lanes and four arms, a quarter turn about the middle takes the turns into each other."""

    def middles(turns: tuple[Turn, ...], quarter: int) -> set[tuple[float, float, str]]:
        out: set[tuple[float, float, str]] = set()
        for t in turns:
            at = t.path.at(0.5 * (t.begins_m + t.ends_m))[0] - [80.0, 0.0, 0.0]
            x, y = float(at[0]), float(at[1])
            for _ in range(quarter):
                x, y = -y, x
            out.add((round(x, 6) + 0.0, round(y, 6) + 0.0, t.direction))
        return out

    turns = graph_of("four_lanes").turns
    assert len(turns) == 16
    for quarter in (1, 2, 3):
        assert middles(turns, quarter) == middles(turns, 0)


def test_a_missing_arm_ends_lanes_at_its_stop_line() -> None:
    """Where right_arm and far_arm lead nowhere, what would go there ends before the crossing, and begins behind it."""
    plan = junction_plan(LAYOUTS["no_far_arm"])
    own, back = graph_of("no_far_arm").lanes[:2]
    assert own.centre.points_m[-1, 0] == pytest.approx(plan.length_m - plan.stop_m)
    assert back.centre.points_m[0, 0] == pytest.approx(plan.length_m - plan.stop_m)
    assert "far_arm" not in graph_of("no_far_arm").arms
    assert graph_of("no_left_arm").lanes[0].centre.points_m[-1, 0] == 2.0 * plan.length_m


def shining(scene: Scene, entity: str, time_ns: int = 0) -> list[str]:
    """Which lamps of a head shine at a time, by the colour of the light."""
    k = next(k for k, e in enumerate(scene.entities) if e.name == entity)
    state = replace(WorldState.at_rest(0, 0), time_ns=time_ns)
    out: list[str] = []
    for part, material in zip(*(x.tolist() for x in scene.shining(state)), strict=True):
        red, green, _ = scene.materials[material].emission
        if scene.parts[part].entity == k:
            out.append("amber" if red and green else "red" if red else "green")
    return out


@pytest.mark.parametrize("state", STATES)
def test_signals_shine_as_told(state: str) -> None:
    """``signal.own`` is what own_arm and far_arm see, near and far; ``signal.cross`` the others. Lamps that are off
    give no light, and a lit one looks at who comes: its head faces along the arm."""
    scene = scene_of("signals", state, "red")
    for head in ("own_arm.near", "own_arm.far", "far_arm.near"):
        assert shining(scene, f"signal[{head}]") == {"flashing": ["amber"], "off": []}.get(state, [state])
    assert shining(scene, "signal[left_arm.near]") == ["red"]
    pose = next(e.world_from_entity for e in scene.entities if e.name == "signal[own_arm.near]")
    assert pose is not None and pose[:3, 0] == pytest.approx([1.0, 0.0, 0.0], abs=1e-9)
    walk = shining(scene, "walk_signal[left_arm.near]")
    assert walk == (["green"] if state == "green" else ["red"])


def test_people_wait_while_their_road_goes() -> None:
    """Who crosses own_arm waits while its traffic has green, and goes when it waits and the others go."""
    assert shining(scene_of("signals", "green", "red"), "walk_signal[own_arm.far]") == ["red"]
    assert shining(scene_of("signals", "red", "green"), "walk_signal[own_arm.far]") == ["green"]
    assert shining(scene_of("signals", "red", "red"), "walk_signal[own_arm.far]") == ["red"]


def test_a_signal_that_warns_flashes() -> None:
    """One second a flash, dark in its second half (MUTCD 4D.30); other states shine throughout."""
    scene, steady = scene_of("signals", "flashing", "red"), scene_of("signals", "amber", "red")
    for ms, lit in ((0, True), (499, True), (500, False), (999, False), (1_000, True), (61_600, False)):
        assert bool(shining(scene, "signal[own_arm.near]", ms * 1_000_000)) == lit
        assert shining(steady, "signal[own_arm.near]", ms * 1_000_000) == ["amber"]


@pytest.mark.parametrize("state", STATES)
def test_labels_say_what_signals_show(state: str) -> None:
    """Heads for drivers and for people on foot, built in a state or changed to it; nothing else shows anything. At
    the same time one road's walkers walk only where it waits and the other road goes."""
    walk = {"red": "walk", "green": "wait", "amber": "wait"}.get(state)
    for scene in (
        scene_of("signals", state, "green"),
        show_signals(scene_of("signals", "off", "red"), {"signal.own": state, "signal.cross": "green"}),
    ):
        things = objects3d(scene, WorldState.at_rest(0, 0))
        shown = dict(zip(things.name, things.lights, strict=True))
        word = {"flashing": ("flashing_amber",), "off": ()}.get(state, (state,))
        assert shown["signal[own_arm.near]"] == shown["signal[far_arm.far]"] == word
        assert shown["signal[left_arm.near]"] == ("green",)
        assert shown["walk_signal[own_arm.near]"] == ((walk,) if walk else ())
        assert not any(lit for name, lit in shown.items() if "signal[" not in name)


def test_signals_are_dimmed_at_night() -> None:
    """With the street lamps on, lenses are ten times as dark, and have no second colour that a camera could drown in
    white; they still outshine lit windows (0.001) fifty times."""
    day, night = scene_of("signals"), scene_of("signals", lit=True)
    lenses = [{m.name: m for m in s.materials if "lens" in m.name and max(m.emission) > 0} for s in (day, night)]
    assert max(lenses[0]["lens_green_lit"].emission) == pytest.approx(0.9)
    assert lenses[1]["lens_green_dimmed"].emission == (0.0, 0.09, 0.0)


@pytest.mark.parametrize(
    ("control", "signs"),
    [
        ("none", {}),
        ("give_way", {"priority": 2, "give_way": 2}),
        ("stop_signs", {"priority": 2, "stop": 2}),
        ("all_way_stop", {"all_way_stop": 4}),
    ],
)
def test_signs_say_who_goes_first(control: str, signs: dict[str, int]) -> None:
    """The road to the sides gives way, ego's has priority; with stop signs all around everybody stops."""
    names = [e.name for e in scene_of(control).entities if e.kind == "sign"]
    found = {
        kind: sum(n.startswith(f"sign.{kind}[") for n in names)
        for kind in ("priority", "give_way", "stop", "all_way_stop")
    }
    assert {k: n for k, n in found.items() if n} == signs


def test_the_road_that_ends_gives_way() -> None:
    """At the T whose far_arm is missing, the stem has the stop sign."""
    names = {e.name for e in scene_of("stop_signs", arms=3).entities}
    assert "sign.stop[own_arm]" in names and "sign.priority[left_arm]" in names
    assert not any("far_arm" in n for n in names)


def test_classes_are_those_of_the_things() -> None:
    """Posts and masts are poles, heads are traffic lights, plates are traffic signs."""
    want = {"signal_post": "pole", "signal": "traffic_light", "walk_signal": "traffic_light", "sign_post": "pole",
            "sign": "traffic_sign", "cover": "road", "kerb": "kerb"}  # fmt: skip
    for control in ("signals", "stop_signs"):
        scene = scene_of(control)
        for part in scene.parts:
            kind = scene.entities[part.entity].kind
            assert CLASSES[part.semantic].name == want.get(kind, CLASSES[part.semantic].name)


def test_who_comes_sees_the_lens_and_a_beam_hits_the_post() -> None:
    """From the driver's eye on lane 1, 25 m before the stop line, a ray to the middle of each lens of the near head
    ends on that lens or its hood; a level ray 1 m above the ground to its post ends on the post."""
    scene = scene_of("signals")
    mesh = soup(scene)
    head = next(k for k, e in enumerate(scene.entities) if e.name == "signal[own_arm.near]")
    counts = [len(scene.meshes[p.mesh].faces) for p in scene.parts]
    owner = np.repeat([p.entity for p in scene.parts], counts)
    lenses = [p.frame_from_mesh[:3, 3] for p in scene.parts if p.entity == head][1:]
    eye = np.array([50.0 - junction_plan({"length": 50.0}).stop_m - 20.0, -1.625, 1.4])
    way = np.array(lenses) - [0.02, 0.0, 0.0] - eye
    face, _ = first_hits(mesh, np.broadcast_to(eye, way.shape), way / np.linalg.norm(way, axis=1)[:, None])
    assert (owner[face] == head).all()
    post = next(e.world_from_entity for e in scene.entities if e.name == "signal_post[own_arm.near]")
    assert post is not None
    low = np.array([eye[0], eye[1], 1.0])
    beam = (post[:3, 3] - low) * [1.0, 1.0, 0.0]
    face, _ = first_hits(mesh, low[None], (beam / np.linalg.norm(beam))[None])
    assert scene.entities[int(owner[face[0]])].kind == "signal_post"


@pytest.mark.parametrize("name", ["two_lanes", "wide", "narrow", "no_right_arm", "no_far_arm"])
def test_kerbs_go_round_and_come_down_where_people_cross(name: str) -> None:
    """1 cm on the road's side of the kerb line the road lies at 0; 8 cm behind it the stone's top: 12 cm up, 3 cm at
    the crossings. Along the arcs of the corners and along a closed side alike; no ray falls through to the grass."""
    kind = LIBRARY.worlds["junction"]
    assert kind.build is not None and kind.environment is not None
    builder = SceneBuilder(kind.environment({}))
    scene = builder.build(kind.build(builder, LAYOUTS[name], 3))
    keep = [k for k, p in enumerate(scene.parts) if CLASSES[p.semantic].name in ("road", "kerb", "pavement", "terrain")]
    mesh, plan = soup(scene, keep), junction_plan(LAYOUTS[name])
    spots = [c.arc(plan.corner_m, back) for back in (-0.02, 0.08) for c in plan.corners()]
    across = np.linspace(-plan.mouth_m - 8.0, plan.mouth_m + 8.0, 60)
    for arm in ARMS:
        if not plan.has(arm):
            spots += [plan.lay(arm).points(plan.half_m + back, across, 0.0)[:, :2] for back in (-0.01, 0.08)]
    for k, line in enumerate(spots):
        origin = np.column_stack([line, np.full(len(line), 0.9)])
        _, distance = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape))
        height = 0.9 - distance
        stone = k >= len(plan.corners()) if k < 2 * len(plan.corners()) else k % 2 == 1
        if stone:
            assert height.min() > 0.02 and height.max() == pytest.approx(KERB_M, abs=1e-3)
            assert height.min() < 0.05  # there is a crossing on each of these lines
        else:
            assert height.min() > -1e-3 and height.max() < 0.01


@NAMES
def test_people_stand_on_the_ground_that_is_there(name: str) -> None:
    """On every arm, 5 m and 10 m behind the crossing, and in the middle the ground under people is that of the road,
    0; on its pavements, and on the one that goes on where an arm is missing, it is as high as the kerb."""
    graph, plan = graph_of(name), junction_plan(LAYOUTS[name])
    kerbs = ground_paths([graph]).packed

    def height(points: F64Array) -> Array:
        return rise_m(kerbs, np.array([graph.kerb_height_m]), points[None, :, 0], points[None, :, 1])[0]

    assert (height(np.array([[plan.length_m, 0.0], [plan.length_m + 1.0, 1.0]])) == 0.0).all()
    u = np.array([plan.crossing_m[1] + 5.0, plan.crossing_m[1] + 10.0])
    beside = plan.half_m + 0.6
    for arm in ARMS:
        lay = plan.lay(arm)
        if plan.has(arm):
            assert (height(lay.points(u, 0.0, 0.0)) == 0.0).all()
            assert (height(lay.points(u, 0.9 * plan.half_m - 0.4, 0.0)) == 0.0).all()
            assert np.allclose(height(np.concatenate([lay.points(u, s * beside, 0.0) for s in (-1, 1)])), KERB_M)
        else:
            assert np.allclose(height(lay.points(beside, np.linspace(-8.0, 8.0, 9), 0.0)), KERB_M)
