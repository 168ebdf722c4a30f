"""Turning at a crossing of two straight roads, where the way is made of lines and quarter circles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.physics.bends import BRAKING_MPS2, bend_speed_mps
from simengine.physics.paths import PathTable, project
from simengine.physics.snapshot import Snapshot
from simengine.world.scene import VehicleDynamics
from tests.physics.crossroads import LANE_M, LENGTH_M, crossroads
from tests.physics.stage import DYNAMICS, Actor, bend, car, child, everywhere, road, run, simulation
from tests.physics.stage import LANE_M as STREET_M

OWN, FAR, RIGHT, LEFT = 0, 1, 2, 3  # lanes of a crossing with two each: from own_arm, far_arm, right_arm, left_arm
HALF = 0.5 * LANE_M
BUS = VehicleDynamics(6.0, 4.0, 0.5, 0.75)


def turning(direction: str, v: float = 8.0, graph=None, dynamics=DYNAMICS, controllers=None, **where: float):
    x, y, deg = where.get("x", 40.0), where.get("y", -HALF), where.get("deg", 0.0)
    sim = simulation([[(car(dynamics=dynamics), "vehicle", x, y, deg, v)]], [graph or crossroads()], controllers)
    return sim, sim.start("turn", 0, {"direction": direction}, everywhere(sim))


@pytest.mark.parametrize(
    ("direction", "lane", "x", "yaw"), [("right", LEFT, -HALF, -90.0), ("left", RIGHT, HALF, 90.0)]
)
def test_it_ends_on_the_lane_that_it_turned_into(direction: str, lane: int, x: float, yaw: float) -> None:
    """Straight on to the arc, a quarter of it, straight on: the centre of the lane turned into, heading along it. It is
    over when the rear axle leaves the arc, after (way to the arc) + pi R / 2 of the path."""
    sim, handle = turning(direction, 4.0)
    while not sim.finished(handle)[0]:
        sim.step()
    radius = 10.0 if direction == "left" else 6.0
    begins = (LENGTH_M + (HALF if direction == "left" else -HALF)) - radius
    way = begins + 0.5 * np.pi * radius - (40.0 - DYNAMICS.rear_axle_m)
    assert sim.travelled_m[0, 0] == pytest.approx(way, abs=0.4)  # it swings out a little where the line becomes an arc
    run(sim, 12.0)
    pose = sim.state
    assert pose.position_m[0, 0, 0] == pytest.approx(LENGTH_M + x, abs=0.01)
    assert np.degrees(pose.yaw_rad()[0, 0]) == pytest.approx(yaw, abs=0.05)
    assert Snapshot(sim.cast, pose).lane(0)[0] == lane
    assert sim.motion.path[0, 0] == 2 * lane and not sim.motion.some_way


@pytest.mark.parametrize(
    ("dynamics", "radius", "near_m"), [(DYNAMICS, 6.0, 0.4), (DYNAMICS, 10.0, 0.12), (BUS, 12.0, 0.4)]
)
def test_the_rear_axle_follows_the_path(dynamics: VehicleDynamics, radius: float, near_m: float) -> None:
    """The single-track model is referred to the rear axle. Where a straight line becomes a circle the wheels would have
    to turn at once, so it is off by what it drives meanwhile; junctions have clothoids there."""
    sim, handle = turning("right", 13.0, crossroads(right_m=radius), dynamics)
    worst = 0.0
    while not sim.finished(handle)[0]:
        sim.step()
        m = sim.motion
        rear = m.x[:, 0] - dynamics.rear_axle_m * m.cos[:, 0], m.y[:, 0] - dynamics.rear_axle_m * m.sin[:, 0]
        worst = max(worst, abs(float(project(m.packed[:, 0], *rear).left_m[0])))
    assert 0.001 < worst < near_m


@pytest.mark.parametrize("radius", [6.0, 9.0, 12.0])
def test_a_driver_takes_the_bend_at_three_metres_per_second_squared(radius: float) -> None:
    """v^2 / R = a: the smallest speed on the way is sqrt(a R), and the speed before is found again afterwards."""
    sim, _ = turning("right", 13.0, crossroads(right_m=radius))
    slowest = min(float(run(sim, 0.05).speed_mps[0, 0]) for _ in range(400))
    assert slowest == pytest.approx(np.sqrt(3.0 * radius), rel=0.01)
    assert sim.speed_mps[0, 0] == pytest.approx(13.0, abs=0.05)


def test_who_is_told_a_speed_drives_it_as_far_as_the_tyres_allow() -> None:
    """With a speed action: sqrt(5 m/s2 x 10 m) = 7.07 m/s; 6 m/s is less, and so it is driven."""
    for told, expected in ((6.0, 6.0), (12.0, np.sqrt(5.0 * 10.0))):
        sim, handle = turning("left", told)
        sim.start("drive", 0, {"speed": told}, everywhere(sim))
        slowest = min(float(run(sim, 0.05).speed_mps[0, 0]) for _ in range(300))
        assert sim.finished(handle)[0] and slowest == pytest.approx(expected, rel=0.01)


def test_the_law_of_the_speed_before_a_bend() -> None:
    """v^2 = a R + 2 b d at a distance d before an arc, sqrt(a R) on it, anything behind it."""
    graph = crossroads()
    left = next(t for t in graph.turns if t.start == OWN and t.direction == "left")
    packed = PathTable.of([[left.path]]).packed[:, 0]
    at = np.array([left.begins_m - 20.0, left.begins_m + 3.0, left.ends_m + 0.1])
    top = bend_speed_mps(np.repeat(packed, 3, 0), at, np.zeros(3), np.full(3, 3.0))
    np.testing.assert_allclose(top, [np.sqrt(30.0 + 2 * BRAKING_MPS2 * 20.0), np.sqrt(30.0), np.inf], rtol=1e-9)


def test_left_and_right_mirror_each_other() -> None:
    """Turns of one radius, the right one LANE_M nearer, from lanes that mirror each other in the road's axis: seen from
    the own lane, one goes as far to the left as the other to the right, tick by tick."""
    graph = crossroads(left_m=12.0, right_m=12.0)
    left, right = turning("left", 9.0, graph)[0], turning("right", 9.0, graph, x=40.0 - LANE_M)[0]
    for _ in range(60):
        a, b = run(left, 0.2).state.position_m[0, 0], run(right, 0.2).state.position_m[0, 0]
        assert a[0] - LANE_M == pytest.approx(b[0], abs=1e-6) and a[1] + HALF == pytest.approx(-(b[1] + HALF), abs=1e-6)
    assert a[1] > 20.0


def test_straight_on_is_the_lane_and_ends_behind_the_crossing() -> None:
    """The path stays; it is over where the turns into this lane join it: the right turn from right_arm, at
    100 + 1.75 + 6 = 107.75, and the left turn from left_arm, at 100 - 1.75 + 10 = 108.25."""
    sim, handle = turning("straight", 10.0)
    while not sim.finished(handle)[0]:
        sim.step()
    assert sim.state.position_m[0, 0, 0] - DYNAMICS.rear_axle_m == pytest.approx(108.25, abs=0.11)
    assert sim.speed_mps[0, 0] == 10.0 and sim.motion.y[0, 0] == pytest.approx(-HALF)


@pytest.mark.parametrize(
    ("graph", "where", "direction", "words"),
    [
        (road(2), {"y": 0.0}, "left", "'car' cannot turn left: this world has no junction"),
        (crossroads(4), {"y": -0.5 * LANE_M}, "right", "'car' cannot turn right: from its lane there is left"),
        (crossroads(), {"x": 120.0}, "right", "'car' cannot turn right any more: it is beyond"),
        (crossroads(), {"x": 120.0}, "straight", "'car' cannot go straight on any more"),
        (crossroads(), {"deg": 40.0, "y": 40.0}, "left", "'car' cannot turn left"),
    ],
)
def test_what_cannot_be_is_one_clear_error(graph, where, direction: str, words: str) -> None:
    """It names who, the direction, and what there is."""
    with pytest.raises(UsageError, match=words):
        turning(direction, graph=graph, **where)


def test_called_off_before_it_begins_it_goes_straight_on_and_after_that_it_turns() -> None:
    """A cancelled action leaves things as they are: before the connecting line that is the lane, on it the turn."""
    for x, expected in ((60.0, -HALF), (96.0, 40.0)):
        sim, handle = turning("left", 5.0)
        while sim.motion.x[0, 0] < x:
            sim.step()
        sim.cancel(handle, everywhere(sim))
        run(sim, 25.0)
        y = sim.motion.y[0, 0]
        assert (y == pytest.approx(expected, abs=0.05)) if expected < 0 else y > expected


def test_a_lane_change_goes_on_until_the_turn_and_is_done_with_it() -> None:
    """An older order about the lane does not come back on the other road: its lane is not there any more."""
    sim = simulation([[(car(), "vehicle", 30.0, -1.5 * LANE_M, 0.0, 8.0)]], [crossroads(4)])
    change = sim.start("change_lane", 0, {"to": 1.0}, everywhere(sim))
    run(sim, 0.5)
    turn = sim.start("turn", 0, {"direction": "left"}, everywhere(sim))
    while not sim.finished(turn)[0]:
        sim.step()
    assert sim.finished(change)[0]
    run(sim, 8.0)
    assert sim.motion.x[0, 0] == pytest.approx(LENGTH_M + 0.5 * LANE_M, abs=0.05)
    other = sim.start("change_lane", 0, {"to": 4.0}, everywhere(sim))
    run(sim, 8.0)
    assert sim.finished(other)[0] and sim.motion.x[0, 0] == pytest.approx(LENGTH_M + 1.5 * LANE_M, abs=0.1)
    with pytest.raises(UsageError, match="runs across its way"):
        sim.start("change_lane", 0, {"to": 0.0}, everywhere(sim))


def test_in_the_bend_there_is_no_lane_to_change_into() -> None:
    """The rear axle is on the connecting line: one clear error; beyond it, beside the lane turned into, it runs."""
    sim, turn = turning("left", 8.0, crossroads(4), x=60.0, y=-0.5 * LANE_M)
    while sim.motion.yaw[0, 0] < 0.5:
        sim.step()
    with pytest.raises(UsageError, match="in the bend of a turn"):
        sim.start("change_lane", 0, {"to": 4.0}, everywhere(sim))
    sim.cancel(turn, everywhere(sim))  # it goes on along the line
    with pytest.raises(UsageError, match="in the bend of a turn"):
        sim.start("change_lane", 0, {"to": 4.0}, everywhere(sim))
    run(sim, 6.0)
    change = sim.start("change_lane", 0, {"to": 4.0}, everywhere(sim))
    run(sim, 8.0)
    assert sim.finished(change)[0] and sim.motion.x[0, 0] == pytest.approx(LENGTH_M + 1.5 * LANE_M, abs=0.1)


@pytest.mark.parametrize(("lane", "turns"), [(1.0, True), (0.0, False)])
def test_an_interrupted_turn_resumes_where_it_still_can(lane: float, turns: bool) -> None:
    """A lane change takes the lateral channel for a while. Back on the inner lane it turns left; from the outer one no
    left turn begins: the turn is over then, without an error, and the car goes straight on."""
    sim, turn = turning("left", 8.0, crossroads(4), x=20.0, y=-0.5 * LANE_M)
    change = sim.start("change_lane", 0, {"to": lane, "lateral_speed": 2.0}, everywhere(sim))
    assert not sim.finished(turn)[0]
    run(sim, 25.0)
    assert sim.finished(change)[0] and sim.finished(turn)[0]
    y = sim.motion.y[0, 0]
    assert y > 40.0 if turns else y == pytest.approx(-1.5 * LANE_M, abs=0.05)


def test_a_speed_set_in_a_bend_is_one_that_the_tyres_do_not_follow() -> None:
    """At 60 m/s they give a yaw rate of 6 m/s2 / 60 m/s = 0.1 rad/s, from the first tick on: it leaves the bend."""
    sim, _ = turning("left", 8.0)
    while sim.motion.yaw[0, 0] < 0.5:
        sim.step()
    sim.set_speed(0, np.array([60.0]), everywhere(sim))
    for _ in range(30):
        sim.step()
        assert abs(float(sim.motion.yaw_rate[0, 0]) * float(sim.speed_mps[0, 0])) < 6.05


def test_a_bicycle_gives_less_than_a_car() -> None:
    """With 4 m/s2 at most, half of it in bends that are the rider's own choice: sqrt(2 m/s2 x 10 m); and a lane change
    that asks for more takes longer: pi^2 D / (2 T^2) = 4 m/s2."""
    bicycle = VehicleDynamics(1.1, 0.5, 0.34, 0.7, 1.2, 5.0, 20.0, 1.5, lateral_max_mps2=4.0)
    sim, _ = turning("left", 9.0, dynamics=bicycle)
    slowest = min(float(run(sim, 0.05).speed_mps[0, 0]) for _ in range(400))
    assert slowest == pytest.approx(np.sqrt(20.0), rel=0.02)
    sim = simulation([[(car(dynamics=bicycle), "vehicle", 0.0, 0.0, 0.0, 10.0)]], [road()])
    sim.start("change_lane", 0, {"to": 1, "lateral_speed": 9.0}, everywhere(sim))
    assert sim.motion.shift_s[0, 0] == pytest.approx(np.pi * np.sqrt(STREET_M / 8.0))


def _mixed(indices: list[int]) -> list[bytes]:
    """Turns beside streets, at different times and speeds, with controllers."""
    rows, graphs = [], []
    for i in indices:
        street = i % 3 == 2
        graphs.append(road(2) if street else crossroads(2 + 2 * (i % 2)))
        y = 0.0 if street else -0.5 * LANE_M * (1 + 2 * (i % 2))
        rows.append([
            (car("ego"), "vehicle", 50.0 + i, y, 0.0, 6.0 + i),
            (car("b"), "vehicle", 80.0, STREET_M, 180.0, 5.0) if street
            else (car("b"), "vehicle", LENGTH_M + HALF, -60.0 + i, 90.0, 9.0),
        ])  # fmt: skip
    sim = simulation(rows, graphs, {0: ("aeb", {}), 1: ("acc", {})})
    for k in range(900):
        for j, i in enumerate(indices):
            only = np.arange(len(indices)) == j
            if k == 10 * i and i % 3 != 2:
                sim.start("turn", 0, {"direction": "right"}, only, key="turn")
        sim.step()
    return by_row_without_people(sim)


def by_row_without_people(sim) -> list[bytes]:
    shot = Snapshot(sim.cast, sim.state)
    parts = [sim.state.position_m, sim.state.orientation, sim.steer, sim.speed_mps, sim.emergency, shot.gap_m(0, 1)]
    parts += [shot.ttc_s(0, 1), shot.passed(0, 1), shot.lane(0), shot.lane(1)]
    return [b"".join(np.ascontiguousarray(p[b]).tobytes() for p in parts) for b in range(sim.cast.batch)]


def test_a_batch_of_turns_and_streets_equals_its_singles() -> None:
    """Wider path tables, other worlds beside: the same bytes for each variant alone."""
    together = _mixed([0, 1, 2, 3, 4, 5])
    for i in range(6):
        assert _mixed([i])[0] == together[i], f"variant {i}"


@pytest.mark.parametrize("speed", [6.0, 10.0, 15.0])
def test_emergency_braking_looks_along_the_turn(speed: float) -> None:
    """A left turn across the lane of an oncoming car that meets it there: it stops before the strip that the other
    sweeps (1.75 m of lane centre less half a width), lets it pass, and goes on; nobody is touched."""
    oncoming = LENGTH_M + speed * 7.4
    row = [
        (car("ego"), "vehicle", 60.0, -HALF, 0.0, 5.0), (car("other"), "vehicle", oncoming, HALF, 180.0, speed),
    ]  # fmt: skip
    for driver, touched in ((("aeb", {"reaction": 0.3}), False), (None, True)):
        sim = simulation([row], [crossroads()], {0: driver} if driver else {})
        handle = sim.start("turn", 0, {"direction": "left"}, everywhere(sim))
        hit, stood = False, False
        for _ in range(1600):
            sim.step()
            hit |= bool(Snapshot(sim.cast, sim.state, sim.impacts.touching).collision(0, 1)[0])
            if hit:
                break
            if not stood and sim.speed_mps[0, 0] == 0.0:
                stood = True
                front = sim.motion.y[0, 0] + 2.25 * sim.motion.sin[0, 0] + 0.9 * sim.motion.cos[0, 0]
                assert front < HALF - 0.9
        assert hit == touched
        assert touched or (stood and sim.finished(handle)[0])


def test_nobody_brakes_in_a_turn_for_what_does_not_cross_it() -> None:
    """An oncoming car that is long past, one that stands at its stop line, and one that follows: no emergency."""
    row = [
        (car("ego"), "vehicle", 60.0, -HALF, 0.0, 5.0), (car("a"), "vehicle", 80.0, HALF, 180.0, 10.0),
        (car("b"), "vehicle", LENGTH_M + 16.0, HALF, 180.0, 0.0), (car("c"), "vehicle", 45.0, -HALF, 0.0, 4.0),
    ]  # fmt: skip
    sim = simulation([row], [crossroads()], {0: ("aeb", {})})
    handle = sim.start("turn", 0, {"direction": "left"}, everywhere(sim))
    braked = any(bool(run(sim, 0.05).emergency[0, 0]) for _ in range(250))
    assert not braked and sim.finished(handle)[0]


def both_turn_left() -> list[Actor]:
    """From opposite arms: quarter circles of 12 m about points 29 m apart, so 5 m lie between their lines."""
    return [
        (car("ego"), "vehicle", 70.0, -HALF, 0.0, 6.0), (car("other"), "vehicle", 130.0, HALF, 180.0, 6.0)
    ]  # fmt: skip


def test_who_turns_is_foreseen_along_its_turn() -> None:
    """Straight on, the other one would cross the turn of ego; as it turns, too, they pass by without braking."""
    sim = simulation([both_turn_left()], [crossroads(left_m=12.0)], {0: ("aeb", {})})
    for slot in (0, 1):
        sim.start("turn", slot, {"direction": "left"}, everywhere(sim))
    for _ in range(700):
        sim.step()
        assert not sim.emergency[0, 0] and sim.speed_mps[0, 0] > 4.0
        assert Snapshot(sim.cast, sim.state).distance_m(0, 1)[0] > 0.5


@pytest.mark.parametrize("speed", [8.0, 12.0])
def test_who_drives_straight_on_foresees_who_turns_across(speed: float) -> None:
    """An oncoming car turns left across ego's lane and would be hit there; its heading says so only when it is there.
    With emergency braking nobody is touched, and ego goes on afterwards."""
    meet_s = (LENGTH_M - 40.0) / speed  # the other one crosses ego's lane some 13 m into its turn, at 5 m/s
    other = LENGTH_M + 8.25 + 5.0 * meet_s - 13.0
    row = [(car("ego"), "vehicle", 40.0, -HALF, 0.0, speed), (car("other"), "vehicle", other, HALF, 180.0, 5.0)]
    touched: list[bool] = []
    for driver in (("aeb", {"reaction": 0.3}), None):
        sim = simulation([row], [crossroads()], {0: driver} if driver else {})
        sim.start("turn", 1, {"direction": "left"}, everywhere(sim))
        hit = False
        for _ in range(1200):
            sim.step()
            hit |= bool(Snapshot(sim.cast, sim.state, sim.impacts.touching).collision(0, 1)[0])
        touched.append(hit)
        if driver:
            assert sim.speed_mps[0, 0] == pytest.approx(speed, abs=0.1)
    assert touched == [False, True]


@pytest.mark.parametrize(("left", "braked"), [(0.0, True), (-6.0, False)])
def test_in_a_bend_of_its_lane_it_looks_along_the_lane(left: float, braked: bool) -> None:
    """On a circle of 40 m to the left somebody stands 45 m on along the lane, or 6 m outside of it: straight ahead, as
    seen 22 m before. The first one is stopped for, the second one is passed."""
    angle = 45.0 / 40.0
    at = (40.0 - left) * math.sin(angle), 40.0 - (40.0 - left) * math.cos(angle)
    row = [(car("ego"), "vehicle", 0.0, 0.0, 0.0, 10.0), (child(), "person", *at, 0.0, 1.0)]
    sim = simulation([row], [bend(40.0)], {0: ("aeb", {"reaction": 0.3})})
    some = False
    for _ in range(700):
        sim.step()
        some |= bool(sim.emergency[0, 0])
        assert not Snapshot(sim.cast, sim.state, sim.impacts.touching).collision(0, 1)[0]
    assert some == braked and (sim.speed_mps[0, 0] == 0.0) == braked
