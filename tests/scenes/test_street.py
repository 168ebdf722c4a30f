"""The street's cycle lanes, zebra crossings and kinds of fronts."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.placement import place
from simengine.engine.variants import Variants
from simengine.engine.variation import geometry_of
from simengine.errors import ProgramError, SceneError
from simengine.language import check_text, parse_text
from simengine.language.sample import Sampler
from simengine.world.footways import Crosswalk
from simengine.world.lanes import ANY_LANE, LaneGraph
from simengine.world.scene import Scene
from simengine.world.stakeout import Stakeout
from simengine_scenes.roads.street import street_furniture, street_lanes
from tests.engine.told import told
from tests.scenes.test_worlds import build

BOTH = {"cycle_lane": "both", "parking": "both", "length": 120.0}
ZEBRAS = {**BOTH, "crossings": 2, "radius": 70.0}


def text(world: str, body: str) -> str:
    inside = "\n".join(f"    {line}" for line in f"world street({world})\n{body}".split("\n"))
    return f"use driving\n\nscenario t:\n{inside}\n"


def drawn(world: str, body: str, count: int = 1) -> Variants:
    program = parse_text(text(world, body), libraries=libraries())[0]
    return Variants.of(Sampler(program, 0).draw(range(count), geometry_of(program)), libraries())


@cache
def scene(kind: str) -> Scene:
    return build("street", {"kind": kind, "length": 40.0, "crossings": 1}, 3)


# ---- cycle lanes -----------------------------------------------------------------------------------------------------


def test_cycle_lanes_lie_between_the_lanes_and_what_is_parked() -> None:
    """Two lanes of 3.25 m, cycle lanes of 1.85 m, parking of 2.2 m: middles at -(3.25 + 0.925), kerbs at 7.3 m. The
    left one comes; neither has neighbours, so that nobody changes lanes into it, and "any_lane" is without both."""
    graph = street_lanes(BOTH)
    right, left = (graph.lanes[graph.cycle_lanes[f"cycle_lane.{side}"]] for side in ("right", "left"))
    assert graph.shared == (0, 1) and dict(graph.cycle_lanes) == {"cycle_lane.right": 2, "cycle_lane.left": 3}
    assert right.centre.points_m[0].tolist() == [0.0, -4.175, 0.0] and right.forward
    assert left.centre.points_m[0].tolist() == [120.0, 4.175, 0.0] and not left.forward
    assert {right.left, right.right, left.left, left.right} == {-1}
    assert graph.curves["curb.left"].points_m[0, 1] == pytest.approx(7.3)
    area, whole = graph.area("cycle_lane.right"), graph.area(ANY_LANE)
    assert area is not None and whole is not None
    strip = area.triangles_m.reshape(-1, 2)[:, 1]
    assert (strip.min(), strip.max()) == (pytest.approx(-5.1), pytest.approx(-3.25))
    assert np.abs(whole.triangles_m[..., 1]).max() == pytest.approx(3.25)


def test_bicycles_keep_to_cycle_lanes_and_cars_off_them() -> None:
    """Of traffic on any lane those on two wheels are in the middles of cycle lanes, cars in those of the others, in
    three variants; without cycle lanes bicycles share the lanes."""
    body = "cyclist bikes[4] on any_lane\ne_scooter quick on any_lane\ncar cars[5] on any_lane"
    v = drawn("length = 200 m, cycle_lane = both", body, 3)
    y = np.abs(place(v).y_m)
    assert np.allclose(y[:, :5], 4.175) and np.allclose(y[:, 5:], 1.625)
    assert np.allclose(np.abs(place(drawn("length = 200 m", body)).y_m), 1.625)


def test_who_drives_stays_in_its_own_lane() -> None:
    """A cyclist begins on the cycle lane at its station and keeps to its middle. A van that stands at the kerb drives
    off: the lane nearest to it is the cycle lane, and it goes to the middle of the lane for all."""
    body = (
        "cyclist rider on cycle_lane(right) at s(40 m):\n    speed = 4 m/s\n"
        "van parked along curb(right) at s(60 m)\ndo:\n    parallel:\n        rider.drive()\n"
        "        parked.drive(speed = 5 m/s)\n        parked.offset(to = 0 m)\nstop after 7 s"
    )
    run = told(text("length = 200 m, cycle_lane = right, parking = right", body))
    rider, van = run.at("rider"), run.at("parked")
    assert rider[0, :2].tolist() == pytest.approx([40.0, -4.175]) and rider[-1, 0] > 60.0
    assert np.abs(rider[:, 1] + 4.175).max() < 0.1
    assert van[0, 1] < -5.5 and abs(van[-1, 1] + 1.625) < 0.5


@pytest.mark.parametrize(
    ("world", "place_", "code"),
    [
        ("lanes = 2", "on cycle_lane(right) at s(20 m)", "E0214"),
        ("cycle_lane = left", "on cycle_lane(right) at s(20 m)", "E0214"),
        ("cycle_lane = left", "on cycle_lane(left) at s(20 m)", ""),
        ("cycle_lane = left", "in cycle_lane(left)", ""),
    ],
)
def test_a_missing_cycle_lane_is_told(world: str, place_: str, code: str) -> None:
    """With the words that would make one."""
    found = check_text(text(world, f"cyclist rider {place_}"), libraries=libraries())
    assert [d.code for d in found.diagnostics if d.severity == "error"] == ([code] if code else [])


def test_cycle_lanes_have_no_numbers() -> None:
    """A street of two lanes has no lane(3), whatever lies beside them."""
    with pytest.raises(ProgramError, match="lane"):
        place(drawn("cycle_lane = right, length ~ 100..120 m", "car ego on lane(3) at s(20 m)"))


# ---- crossings -------------------------------------------------------------------------------------------------------


def crosswalks(values: dict[str, Any]) -> tuple[LaneGraph, tuple[Crosswalk, ...]]:
    graph = street_lanes(values)
    return graph, graph.crosswalks


def test_zebras_lead_from_pavement_to_pavement() -> None:
    """At a quarter and three quarters of the road, straight across and 0.6 m beyond both kerbs; their area is that of
    two strips of 4 m and of the width of the road (on a straight street 14.6 m)."""
    graph, zebras = crosswalks({**ZEBRAS, "radius": 0.0})
    assert [z.line.points_m[0, 0] for z in zebras] == [30.0, 90.0]
    assert all(z.line.length_m == pytest.approx(14.6 + 1.2) and z.footways == (0, 1) and z.marked for z in zebras)
    area = graph.area("crosswalk")
    assert area is not None
    a, b, c = (area.triangles_m[:, k] for k in range(3))
    cross = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert 0.5 * np.abs(cross).sum() == pytest.approx(2 * 4.0 * 14.6)


@pytest.mark.parametrize("values", [ZEBRAS, {**ZEBRAS, "radius": -70.0}, {**ZEBRAS, "kind": "commercial"}])
def test_nothing_stands_where_people_step_onto_a_zebra(values: dict[str, Any]) -> None:
    """Boxes of furniture keep clear of the ways over the road and of 1 m behind the kerbs."""
    seen = Stakeout()
    street_furniture(seen, values, 5)
    assert len(seen.table_m) > 20
    for zebra in crosswalks(values)[1]:
        points = np.column_stack([seen.table_m[:, :2], np.zeros(len(seen.table_m))])
        station, left = zebra.line.project(points)
        reach = np.hypot(seen.table_m[:, 3], seen.table_m[:, 4])
        near = (station > -0.4 - reach) & (station < zebra.line.length_m + 0.4 + reach)
        assert not (near & (np.abs(left) < zebra.half_m + reach)).any()


def test_rows_of_parked_cars_leave_zebras_free() -> None:
    """And 5 m before each of them (StVO 12), which is 7 m before its middle; who is put there stands there."""
    v = drawn("length = 200 m, parking = right, crossings = 1", "car parked[20] along curb(right) at s(40 m) by 1 m")
    x, half = place(v).x_m[0], 0.5 * v.size_m[0, :, 0]
    assert not ((x + half > 93.0) & (x - half < 102.0)).any() and (x < 90.0).any() and (x > 105.0).any()
    v = drawn("length = 200 m, parking = right, crossings = 1", "van parked along curb(right) at s(98 m)")
    assert place(v).possible.all() and place(v).x_m[0, 0] == pytest.approx(98.0)


def test_drivers_wait_for_who_crosses_on_a_zebra() -> None:
    """Somebody walks over it while a car with a driver comes: the car stands before the zebra, and nobody is struck."""
    body = (
        "car ego on lane(1) at s(50 m):\n    speed = 8 m/s\n    controller = driver()\n"
        "pedestrian walker at (100 m, -4.5 m)\ndo:\n    parallel:\n        ego.drive()\n"
        "        walker.cross(across = road, speed = 1.2 m/s)\nstop after 9 s"
    )
    run = told(text("length = 200 m, crossings = 1", body))
    ego, walker = run.at("ego"), run.at("walker")
    on = np.abs(walker[:, 1]) < 2.5
    front = ego[:, 0] + 0.5 * run.size("ego")[0]
    assert on.any() and (front[on] < 98.0).all() and front.max() > 85.0


@pytest.mark.parametrize("values", [{"crossings": 2, "crossing_at": 150.0}, {"crossings": 8, "length": 60.0}])
def test_crossings_that_do_not_fit_are_told(values: dict[str, Any]) -> None:
    """Beyond the end of the road, or in each other: what was expected, found, and what to do."""
    with pytest.raises(SceneError, match="zebra crossings"):
        street_lanes(values)


# ---- fronts ----------------------------------------------------------------------------------------------------------


def test_fronts_are_of_their_kind() -> None:
    """Residential streets have gardens and no awning; commercial ones neither gardens nor a house without shop."""
    names = {kind: {m.name for m in scene(kind).materials} for kind in ("residential", "commercial")}
    words = {kind: {e.kind for e in scene(kind).entities} for kind in names}
    assert {"garden_hedge", "garden_wall", "fence"} & words["residential"]
    assert not {"garden_hedge", "garden_wall", "fence"} & words["commercial"]
    assert any("awning" in n for n in names["commercial"]) and not any("awning" in n for n in names["residential"])


def test_gardens_stop_who_leaves_the_road() -> None:
    """At the pavement's edge rather than at the houses, 4 m behind it."""
    walls = {kind: street_lanes({"kind": kind}).walls[1] for kind in ("mixed", "residential")}
    y = {kind: float(w.line_m[0, 1]) - w.half_m for kind, w in walls.items()}
    assert y == {"mixed": pytest.approx(6.25), "residential": pytest.approx(6.25 + 0.35 - 0.15)}
    assert walls["residential"].name == "garden wall"
