"""The roundabout: lanes, ways round, areas, kerbs and islands; who gives way."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pytest

from simengine.errors import SceneError
from simengine.geometry.arcs import arc_ends
from simengine.physics.pavement import ground_paths, rise_m
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.roundabout_areas import gap_kerb
from simengine_scenes.roads.roundabout_plan import roundabout_plan
from simengine_scenes.roads.section import KERB_M
from tests.scenes.scenery import first_hits, soup
from tests.scenes.test_junction import holds
from tests.scenes.test_worlds import build

LAYOUTS: dict[str, dict[str, Any]] = {
    "one": {},
    "tight": {"radius": 14.0, "lane_width": 2.75, "pavement_width": 6.0},
    "two": {"lanes": 2, "radius": 24.0, "length": 80.0},
    "wide": {"lanes": 2, "radius": 40.0, "lane_width": 4.0},
    "tee": {"arms": 3, "missing": "far_arm"},
    "five": {"arms": 5, "radius": 18.0},
}
NAMES = pytest.mark.parametrize("name", LAYOUTS)


def graph_of(name: str) -> LaneGraph:
    kind = LIBRARY.worlds["roundabout"]
    assert kind.lanes is not None
    return kind.lanes(LAYOUTS[name])


@lru_cache(maxsize=4)
def scene_of(name: str) -> Scene:
    return build("roundabout", LAYOUTS[name], 2)


@NAMES
def test_ways_join_lanes_without_a_step(name: str) -> None:
    """From each lane that comes in a way goes to every way out that its lane is for: 1 to the number of arms, the last
    one back (one lane); positions are continuous, headings to 0.5 deg, and nothing bends tighter than 5.5 m (a car
    turns on 5 m)."""
    graph, arms = graph_of(name), len(roundabout_plan(LAYOUTS[name]).arms)
    for turn in graph.turns:
        arcs = turn.path.arcs
        assert arcs is not None and np.abs(arcs[:, 4]).max() < 1.0 / 5.5
        points, headings = arc_ends(arcs)
        assert np.abs(points[:-1] - arcs[1:, :2]).max() < 1e-6
        assert np.abs(np.angle(np.exp(1j * (headings[:-1] - arcs[1:, 2])))).max() < math.radians(0.2)
    for lanes in (graph.arms[arm] for arm in graph.arms if arm != "ring"):
        ways = [{t.exit for t in graph.turns if t.start == lane} for lane in lanes]
        assert set().union(*ways) == set(range(1, arms + 1))
        if len(lanes) == 2:
            assert 1 in ways[0] and arms in ways[1] and arms not in ways[0]


def test_words_are_those_of_the_ways_out_at_right_angles() -> None:
    """With four arms the first way out is to the right, the second straight on, the third to the left; the words find
    these first."""
    graph = graph_of("one")
    for arm in ("own_arm", "left_arm"):
        mine = [t for t in graph.turns if t.start == graph.arms[arm][0]]
        assert [next(t.exit for t in mine if t.direction == w) for w in ("right", "straight", "left")] == [1, 2, 3]
    ends = [graph.lanes[t.end].centre.points_m[-1] for t in graph.turns if t.start == 0 and t.exit == 1]
    assert ends[0][1] < -100.0  # right_arm lies at negative y


def test_who_comes_in_gives_way_to_the_ring_and_lanes_know_what_follows() -> None:
    """Lanes in yield to all of the ring's, others to none; what follows a lane in are lanes out, as for the ring's."""
    graph = graph_of("two")
    coming = {k for arm in graph.arms if arm != "ring" for k in graph.arms[arm]}
    for k, lane in enumerate(graph.lanes):
        assert lane.gives_way_to == (graph.ring if k in coming else ())
    outgoing = set(range(len(graph.lanes))) - coming - set(graph.ring)
    assert set(graph.successors(0)) < outgoing and set(graph.successors(graph.ring[0])) <= outgoing
    assert all(not graph.successors(k) for k in outgoing)


@NAMES
def test_the_ring_is_a_circle_and_closes(name: str) -> None:
    """Its lanes end where they begin; two are a lane's width apart, and know each other."""
    graph, plan = graph_of(name), roundabout_plan(LAYOUTS[name])
    for r, k in enumerate(graph.ring):
        centre = graph.lanes[k].centre
        assert np.allclose(centre.points_m[0], centre.points_m[-1])
        away = np.hypot(centre.points_m[:, 0] - plan.length_m, centre.points_m[:, 1])
        assert np.allclose(away, plan.radius_m - (r + 0.5) * plan.ring_m / plan.lanes)
        assert centre.length_m == pytest.approx(2.0 * math.pi * away[0])
    if plan.lanes == 2:
        outer, inner = graph.ring
        assert (graph.lanes[outer].left, graph.lanes[inner].right) == (inner, outer)


@NAMES
def test_ways_lie_on_the_road(name: str) -> None:
    """1.0 m to either side of every way round (a car's half width and 10 cm) is ``road``; its triangles, drawn on paper
    of 8 cm a pixel, cover as much as their areas say, so none lies on another (to 2 %: pixels at the edges)."""
    graph, plan = graph_of(name), roundabout_plan(LAYOUTS[name])
    road = graph.area("road")
    assert road is not None
    for turn in graph.turns if name != "wide" else graph.turns[:6]:
        stations = np.linspace(turn.begins_m - 10.0, turn.ends_m + 10.0, 60)
        for left in (-1.0, 1.0):
            assert holds(road, turn.path.at(stations, left)[0][:, :2]).all(), (turn.start, turn.exit)
    paper = np.zeros((4096, 4096), np.uint8)
    for triangle in road.triangles_m:
        at = (triangle - [plan.length_m, 0.0]) * 12.5 + 2048.0
        cv2.fillPoly(paper, [np.round(at * 16.0 - 8.0).astype(np.int32)], 1, cv2.LINE_8, 4)
    near = np.abs(road.triangles_m - [plan.length_m, 0.0]).max((1, 2)) < 150.0
    assert near.all() and paper.sum() / 12.5**2 == pytest.approx(road.area_m2, rel=0.03)


@pytest.mark.parametrize("name", ["two", *(pytest.param(n, marks=pytest.mark.slow) for n in ("one", "tight", "five"))])
def test_the_ground_is_where_the_lanes_say(name: str) -> None:
    """Rays down: along all ways round they meet road or paint at 0 to 8 mm; 8 cm behind the kerb's line a stone, 12 cm
    up, 3 cm at crossings; nowhere does a ray near the ring fall through to the grass 6 cm below the road."""
    scene, plan = scene_of(name), roundabout_plan(LAYOUTS[name])
    keep = [k for k, p in enumerate(scene.parts) if p.semantic in _GROUND]
    mesh = soup(scene, keep)
    counts = [len(scene.meshes[scene.parts[k].mesh].faces) for k in keep]
    semantic = np.repeat([scene.parts[k].semantic for k in keep], counts)

    def heights(points: np.ndarray, from_m: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
        origin = np.column_stack([points, np.full(len(points), from_m)])
        face, distance = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape))
        return from_m - distance, face

    for turn in scene.lanes.turns:
        at = turn.path.at(np.linspace(0.0, turn.path.length_m, 150))[0][:, :2]
        height, face = heights(at)
        assert height.min() > -1e-4 and height.max() < 0.0081
        assert set(semantic[face]) <= {CLASS_ID["road"], CLASS_ID["lane_marking"]}
    for k in range(len(plan.arms)):
        points, away = gap_kerb(plan, k, plan.length_m)
        stone, _ = heights(points + away * 0.08)
        assert stone.max() == pytest.approx(KERB_M, abs=1e-3) and 0.02 < stone.min() < 0.05
        beside, _ = heights(points - away * 0.01)
        assert beside.min() > -1e-3
    t = np.random.default_rng(3).uniform(-1.0, 1.0, (4000, 2)) * (plan.radius_m + 9.0)
    height, _ = heights(t + np.array([plan.length_m, 0.0]))
    assert height.min() > -1e-3


_GROUND = tuple(CLASS_ID[n] for n in ("road", "lane_marking", "pavement", "kerb", "terrain"))


@NAMES
def test_people_stand_on_the_ground_that_is_there(name: str) -> None:
    """On the crossings, between the islands too, and in the ring the ground under people is the road's; behind the
    kerbs it is as high as they are."""
    graph, plan = graph_of(name), roundabout_plan(LAYOUTS[name])
    kerbs = ground_paths([graph]).packed

    def height(points: np.ndarray) -> np.ndarray:
        return rise_m(kerbs, np.array([graph.kerb_height_m]), points[None, :, 0], points[None, :, 1])[0]

    for k in range(len(plan.arms)):
        across = np.linspace(-1.0, 1.0, 21) * (plan.kerb_v_m(0.0) - 0.4)
        assert (height(plan.lay(k).points(np.mean(plan.crossing_m), across, 0.0)) == 0.0).all()
        points, away = gap_kerb(plan, k, plan.length_m)
        assert np.allclose(height(points + away * 0.5), KERB_M)


def test_a_ring_too_small_says_what_would_do() -> None:
    """Five arms of two lanes need more than 20 m; the message says the least radius, and that one is built."""
    with pytest.raises(SceneError, match="at least 22 m; got 20 m"):
        roundabout_plan({"arms": 5, "lanes": 2, "radius": 20.0})
    assert roundabout_plan({"arms": 5, "lanes": 2, "radius": 22.0}).sound
