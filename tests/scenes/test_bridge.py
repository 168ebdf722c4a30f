"""The road bridge: deck, valley, what stands where, and that nothing shines through."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import trimesh

from simengine.arrays import Array
from simengine.errors import SceneError
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID, CLASSES
from simengine_scenes.bridge.plan import BridgePlan, bridge_lanes, bridge_plan
from simengine_scenes.bridge.valley import Valley
from tests.scenes.scenery import first_hits, soup
from tests.scenes.test_worlds import build

CASES: dict[str, dict[str, Any]] = {
    "river": {},
    "crest": {"crest.height": 2.5, "crest.radius": 1500.0, "over": "railway", "railing": "concrete", "depth": 14.0,
              "bridge_length": 180.0, "traffic": "one_way", "lanes": 3},
}  # fmt: skip
OVER = ("river", "railway", "road", "valley")


@lru_cache(maxsize=2)
def scene_of(case: str) -> Scene:
    return build("bridge", CASES[case], 2)


@lru_cache(maxsize=2)
def hard_of(case: str) -> tuple[trimesh.Trimesh, Array]:
    """Everything but plants as one mesh, and the class of each of its faces."""
    scene = scene_of(case)
    keep = [k for k, p in enumerate(scene.parts) if p.semantic != CLASS_ID["vegetation"]]
    count = [len(scene.meshes[scene.parts[k].mesh].faces) for k in keep]
    return soup(scene, keep), np.repeat([scene.parts[k].semantic for k in keep], count)


def drawn(seed: int) -> dict[str, Any]:
    """Properties all over their ranges, by turns."""
    rng = np.random.default_rng(seed)
    depth = rng.uniform(6.0, 20.0)
    return {
        "lanes": 1 + seed % 4, "traffic": ("one_way", "two_way")[seed % 2], "lane_width": rng.uniform(3.0, 4.2),
        "abutment": rng.uniform(60.0, 150.0), "bridge_length": 40.0 + 5.0 * depth + rng.uniform(0.0, 200.0),
        "depth": depth, "footway_width": rng.uniform(0.75, 3.0), "over": OVER[seed % 4],
        "span": rng.uniform(12.0, 45.0),
        "railing": ("steel", "concrete")[seed // 2 % 2], "crest.height": (0.0, rng.uniform(0.5, 5.0))[seed % 3 > 0],
        "crest.radius": rng.uniform(800.0, 4000.0), "lamps.lit": seed % 2 == 1,
    }  # fmt: skip


def test_the_bridge_is_sound() -> None:
    """Nothing floats, overlaps or is inside out; lanes lie on the deck that is drawn, and on its surface."""
    assert lint(scene_of("crest")) == []


def test_bridges_may_be_longer_than_the_road() -> None:
    """The road is built to behind the bridge, then: 800 m of bridge from s(137.4364 m) on, for lanes of 400 m. Bushes
    of 13 m lie along the slope of the valley: turned at random their ends floated (0.77 m) and sank. The land goes on
    right behind the road's end at s(1197.436 m), which is no round number."""
    values = {"abutment": 137.4363972, "bridge_length": 800.0, "depth": 6.0}
    scene = build("bridge", values, 1009)
    assert lint(scene) == []
    end = bridge_plan(values).span_m[1]
    above, down = np.array([[end + d, 0.3, 60.0] for d in (1.0, 9.0)]), np.array([[0.0, 0.0, -1.0]] * 2)
    assert np.isfinite(first_hits(soup(scene, list(range(len(scene.parts)))), above, down)[1]).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_bridges_are_sound_for_more_seeds(seed: int) -> None:
    """As above."""
    assert lint(build("bridge", drawn(seed), seed)) == []


@pytest.mark.parametrize("case", CASES)
def test_piers_carry_the_girder_and_stand_in_the_ground(case: str) -> None:
    """Each pier reaches from 0.3 to 1.6 m below the bed of the valley to within 10 cm of the girder; abutments reach
    below the land before them."""
    plan, scene = bridge_plan(CASES[case]), scene_of(case)
    valley = Valley(plan)
    assert len([e for e in scene.entities if e.kind == "bridge_pier"]) == plan.piers == len(plan.piers_m)
    for k, part in enumerate(scene.parts):
        entity = scene.entities[part.entity]
        if entity.kind in ("bridge_pier", "bridge_abutment"):
            low, high = soup(scene, [k]).bounds
            s = 0.5 * (low[0] + high[0])
            ground = valley.height_m(np.linspace(low[0], high[0], 5)[:, None], np.linspace(low[1], high[1], 9)[None, :])
            assert low[2] < ground.min() - 0.1 and low[2] > ground.min() - 1.6, entity.name
            if entity.kind == "bridge_pier":
                girder = float(plan.lay.points(s, 0.0, -plan.girder_m)[2])
                assert abs(high[2] - girder) < 0.1


@pytest.mark.parametrize("case", CASES)
def test_from_above_the_road_is_whole_and_from_below_it_is_closed(case: str) -> None:
    """Rays down between the kerbs meet road, paint or a joint at the height of the lane graph (0 where it is level);
    rays up from the floor of the valley below the deck meet the bridge, and none of them the sky or the road."""
    plan, scene = bridge_plan(CASES[case]), scene_of(case)
    mesh, semantic = hard_of(case)
    rng, count = np.random.default_rng(1), 3000
    s = rng.uniform(0.0, plan.road.length_m, count)
    y = rng.uniform(plan.road.kerb_right_m + 0.01, plan.road.kerb_left_m - 0.01, count)
    surface = scene.lanes.surface
    z = np.zeros(count) if surface is None else surface.height_m(s, y)
    face, distance = first_hits(mesh, np.column_stack([s, y, z + 3.0]), np.broadcast_to([0.0, 0.0, -1.0], (count, 3)))
    assert ((3.0 - distance > -0.004) & (3.0 - distance < 0.011)).all()
    assert set(semantic[face]) <= {CLASS_ID["road"], CLASS_ID["lane_marking"]}
    low, high = plan.ends_m
    s, y = rng.uniform(low + 1.0, high - 1.0, count), rng.uniform(0.02 - plan.half_m, plan.half_m - 0.02, count)
    up = first_hits(mesh, np.column_stack([s, y, np.full(count, -plan.girder_m - 0.3)]),
                    np.broadcast_to([0.0, 0.0, 1.0], (count, 3)))[0]  # fmt: skip
    assert {CLASSES[int(c)].name for c in np.unique(semantic[up])} <= {"bridge", "pavement"}
    assert (up >= 0).all()


@pytest.mark.parametrize("case", CASES)
def test_nobody_looks_into_the_void(case: str) -> None:
    """From lanes and footways, and from the floor of the valley, looking down by 0.3 deg or more in any direction."""
    plan = bridge_plan(CASES[case])
    mesh, _ = hard_of(case)
    rng, count = np.random.default_rng(2), 4000
    s, y = rng.uniform(0.0, plan.road.length_m, count), rng.uniform(-plan.half_m, plan.half_m, count)
    eye = plan.lay.points(s, y, 1.6)
    below = np.column_stack([
        rng.uniform(plan.middle_m - 5.0, plan.middle_m + 5.0, count // 4), rng.uniform(-200.0, 200.0, count // 4),
        np.full(count // 4, 1.7 - plan.depth_m),
    ])  # fmt: skip
    eye = np.concatenate([eye, below])
    yaw, pitch = rng.uniform(-np.pi, np.pi, len(eye)), -rng.uniform(0.0052, 0.4, len(eye))
    way = np.column_stack([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
    face, distance = first_hits(mesh, eye, way)
    assert (face >= 0).all() and distance.max() < 2000.0


def test_the_land_drops_away_below_the_deck() -> None:
    """At both abutments by the girder's depth and half a metre, in the middle by the depth of the valley, and of the
    river (4 cm and 1.3 m more); at the ends of the road not at all."""
    plan = bridge_plan({"depth": 12.0})
    valley = Valley(plan)
    at = np.array([plan.span_m[0], *plan.ends_m, plan.middle_m])
    assert valley.height_m(at, np.zeros(4)) == pytest.approx(
        [-0.04, -0.54 - plan.girder_m, -0.54 - plan.girder_m, -13.34], abs=1e-6
    )


def test_the_region_bridge_is_the_road_between_the_abutments() -> None:
    """140 m of two lanes of 3.5 m with strips of 0.5 m."""
    graph = bridge_lanes({})
    region = graph.area("bridge")
    assert region is not None and region.area_m2 == pytest.approx(140.0 * 8.0)
    assert {"pavement.left", "pavement.right"} <= set(graph.strips) and [x.forward for x in graph.lanes] == [
        True,
        False,
    ]
    assert graph.surface is None and bridge_lanes({"crest.height": 1.0}).surface is not None


def test_bridges_are_labelled_as_such() -> None:
    """Cityscapes has a class for bridges, 15; the road on it stays road, its railings are fence or barrier."""
    scene = scene_of("river")
    assert CLASSES[CLASS_ID["bridge"]].cityscapes == 15
    named = {e.name.split("[")[0]: CLASSES[e.semantic].name for e in scene.entities}
    assert {k: named[k] for k in ("deck", "pier", "abutment", "road", "railing.left", "river")} == {
        "deck": "bridge", "pier": "bridge", "abutment": "bridge", "road": "road", "railing.left": "fence",
        "river": "terrain",
    }  # fmt: skip


def test_a_bridge_too_short_for_its_valley_is_refused() -> None:
    """The bridge that the message asks for is long enough, to the metre."""
    values = {"depth": 30.0, "bridge_length": 60.0}
    with pytest.raises(SceneError, match=r"needs a bridge of .* m at least; got 60 m") as error:
        bridge_plan(values)
    least = float(str(error.value).split("bridge of ")[1].split(" m")[0])
    assert isinstance(bridge_plan({**values, "bridge_length": least}), BridgePlan)
