"""Ramps of the highway: sound, where their properties say, beside the road where one may change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simengine.engine.gallery import world_scene
from simengine.errors import SceneError
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.ramp import TAPER_M, highway_lanes, highway_ramp
from tests.scenes.scenery import part_vertices


def drawn(seed: int) -> dict[str, Any]:
    """Properties all over their ranges, by turns."""
    return {
        "ramp": ("entrance", "exit")[seed % 2], "lanes": 1 + seed % 4, "length": 1200.0, "ramp.at": 480.0 + 5.0 * seed,
        "ramp.length": 60.0 + 12.0 * seed, "radius": (0.0, 300.0, -500.0)[seed % 3], "lane_width": 3.3 + 0.03 * seed,
    }  # fmt: skip


def highway(seed: int) -> Scene:
    return world_scene(LIBRARY.worlds["highway"], drawn(seed), seed)


@pytest.mark.parametrize("seed", [3, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2, *range(4, 21)))])
def test_ramps_are_sound(seed: int) -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; lanes have no steps and lie on the road."""
    assert [str(f) for f in lint(highway(seed))] == []


@pytest.mark.parametrize("seed", range(6))
def test_the_ramps_lane_lies_beside_the_right_lane(seed: int) -> None:
    """Between its nose and its taper the centre of lane(1) is one width right of lane(2)'s, and heads its way; at the
    other end of the ramp it is 14 m or more away."""
    values = drawn(seed)
    graph, ramp = highway_lanes(values), highway_ramp(values)
    assert ramp is not None
    low, high = sorted((ramp.nose_m, ramp.nose_m + (-1 if ramp.leaves else 1) * ramp.beside_m))
    s = np.linspace(low, high, 9)
    mine = graph.lanes[0].centre
    for x in s.tolist():
        beside, _ = ramp.section.line.at(x, ramp.section.lane_y_m(0) - values["lane_width"])
        station, left = mine.project(np.array([*beside.tolist(), 0.0]))
        assert abs(float(left)) < 0.02
        heading = float(mine.at(station)[1])
        assert abs(math.remainder(heading - float(ramp.section.line.at(x)[1]), 2.0 * math.pi)) < 0.02
    far = mine.points_m[-1 if ramp.leaves else 0]
    _, left = ramp.section.line.project(far[None, :2])
    assert ramp.section.lane_y_m(0) - float(left[0]) > 14.0
    assert graph.lanes[0].left == 1 and graph.lanes[1].right == 0
    assert all(lane.centre.length_m > 1000.0 for lane in graph.lanes[1:])


def test_on_a_straight_road_it_is_a_line_a_circle_and_a_line() -> None:
    """Three arcs, the second of 400 m radius, tangent to each other; as long as what they span."""
    graph = highway_lanes({"ramp": "entrance", "length": 1200.0, "ramp.at": 500.0, "ramp.length": 200.0})
    arcs = graph.lanes[0].centre.arcs
    assert arcs is not None
    np.testing.assert_allclose(arcs[:, 4], [0.0, -1.0 / 400.0, 0.0], atol=1e-9)
    assert arcs[2, 3] == pytest.approx(200.0 + TAPER_M)
    assert arcs[1, 3] == pytest.approx(400.0 * 0.11, rel=1e-6)


def test_no_line_between_the_lanes_where_one_may_change_and_nothing_stands_on_them() -> None:
    """Blocks of 6 m every 12 m on the edge of the road, nothing solid; nothing higher than 5 cm on the lanes."""
    values = {"ramp": "exit", "length": 1200.0, "ramp.at": 700.0, "ramp.length": 200.0, "lanes": 2}
    scene, ramp = world_scene(LIBRARY.worlds["highway"], values, 1), highway_ramp(values)
    assert ramp is not None
    low, high = ramp.open_m
    edge = ramp.section.edge_right_m
    paint = [
        scene.meshes[p.mesh].vertices_m[scene.meshes[p.mesh].faces] + p.frame_from_mesh[:3, 3]
        for p in scene.parts if scene.entities[p.entity].name == "ramp.marking"
    ]  # fmt: skip
    faces = np.concatenate(paint)
    on = faces[
        (np.abs(faces[..., 1] - edge) < 0.2).all(1) & (faces[..., 0] >= low).all(1) & (faces[..., 0] <= high).all(1)
    ]
    begins = np.unique(on[..., 0].min(1).round(3))
    assert np.allclose(np.diff(begins), 12.0) and begins[0] == low and begins[-1] < high
    points = np.concatenate(part_vertices(scene))
    points = points[(points[:, 2] > 0.05) & (points[:, 2] < 4.5)]
    s, y = points[:, 0], points[:, 1]
    inside = (s > ramp.span_m[0]) & (s < ramp.span_m[1])
    right = np.where(inside, ramp.narrowed_m(s), edge)
    left_of_ramp = ramp.centre_m(s) + 0.5 * ramp.section.lane_width_m
    own = (y > right) & (y < left_of_ramp) & inside
    assert not own.any()
    assert not ((y > edge) & (y < ramp.section.edge_left_m) & (s > 0.0) & (s < 1200.0)).any()


def test_a_ramp_that_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(SceneError, match=r"ramp lies from .* move it with 'ramp.at'"):
        highway_ramp({"ramp": "entrance", "length": 500.0, "ramp.at": 400.0})
    assert highway_ramp({}) is None
