"""World construction: sound, lanes as its paint says, works closed; cones and barriers as things."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simengine.engine.gallery import world_scene
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID, CLASSES
from simengine_scenes.driving import LIBRARY
from simengine_scenes.works.cones import CONE_SIZE_M
from simengine_scenes.works.guides import BARRIER_SIZE_M
from simengine_scenes.works.plan import TAPER_M, works_lanes, works_plan
from tests.scenes.scenery import part_vertices, posed, scene_of

GUIDES = ("beacons", "cones", "barriers")


def drawn(seed: int) -> dict[str, Any]:
    """Properties all over their ranges, by turns."""
    return {
        "lanes": 2 + seed % 3, "guides": GUIDES[seed % 3],
        "lane_width": 2.6 + 0.04 * seed, "begin": 100.0 + 12.0 * seed,
        "works_length": 100.0 + 12.0 * seed, "radius": (0.0, 400.0, -600.0, 150.0)[seed % 4],
        "lamps.lit": seed % 2 == 1,
    }  # fmt: skip


def works(seed: int) -> Scene:
    return world_scene(LIBRARY.worlds["construction"], drawn(seed), seed)


def test_roadworks_are_sound() -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; lanes are whole."""
    assert [str(f) for f in lint(works(1))] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 21))
def test_roadworks_are_sound_for_more_seeds(seed: int) -> None:
    """As above."""
    assert [str(f) for f in lint(works(seed))] == []


def test_open_lanes_are_free_and_the_closed_one_is_not() -> None:
    """Between the yellow lines nothing stands above 5 cm up to 4.2 m (a lorry's height and 20 cm); across the right
    lane something does, from the taper to the end of the works."""
    values = {"lanes": 3, "begin": 150.0}
    scene, plan = world_scene(LIBRARY.worlds["construction"], values, 3), works_plan(values)
    points = np.concatenate(part_vertices(scene))
    x, y, z = points[(points[:, 2] > 0.05) & (points[:, 2] < 4.2)].T
    along = (x > 0.0) & (x < plan.road.length_m)
    border = plan.border_m(x)
    assert not (along & (y > border + 0.08) & (y < plan.open.edge_left_m)).any()
    shut = along & (y > plan.open.edge_right_m) & (y < plan.edge_m)
    found = np.sort(x[shut])
    assert found[0] < plan.begin_m - 0.4 * TAPER_M and found[-1] > plan.end_m - 10.0
    assert np.diff(found[(found > plan.begin_m - 30.0)]).max() < 9.1
    assert z.size > 0 and z.max() < 4.2


def test_lanes_are_as_wide_as_asked_and_end_at_the_left_edge() -> None:
    """Lanes are neighbours without gaps, all on the asphalt; the region "works" lies right of the open lanes, left of
    the asphalt's edge."""
    for seed in range(6):
        values = drawn(seed) | {"radius": 0.0}
        graph, plan = works_lanes(values), works_plan(values)
        centres = [lane.centre.points_m[0, 1] for lane in graph.lanes]
        assert np.allclose(np.diff(centres), values["lane_width"])
        assert centres[0] - 0.5 * values["lane_width"] > plan.road.edge_right_m - 1e-9
        assert centres[-1] + 0.5 * values["lane_width"] < plan.road.edge_left_m
        area = graph.area("works")
        assert area is not None
        assert plan.outer_m < area.triangles_m[..., 1].min() < area.triangles_m[..., 1].max() < plan.edge_m


@pytest.mark.parametrize("kind", ["cone", "barrier"])
def test_cones_and_barriers_fill_their_boxes(kind: str) -> None:
    """What is built of each model is as large as its table says (a few centimetres less at rounded edges), stands on
    the ground, and is a class that gets boxes."""
    entity = LIBRARY.entities[kind]
    assert entity.build is not None
    for model, size in {"cone": CONE_SIZE_M, "barrier": BARRIER_SIZE_M}[kind].items():
        for variety in range(4):
            scene = scene_of(entity.build(model, {}, variety))
            points = np.concatenate(part_vertices(scene, posed(scene)))
            extent = np.ptp(points, axis=0)
            assert (extent <= np.array(size) + 1e-3).all() and (extent > np.array(size) - 0.05).all(), model
            assert abs(points[:, 2].min()) < 2e-3
            assert CLASSES[scene.parts[0].semantic].thing
            assert [str(f) for f in lint(scene)] == []
    assert CLASS_ID["cone"] != CLASS_ID["road_barrier"]
