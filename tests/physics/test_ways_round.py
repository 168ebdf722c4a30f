"""People turn as bodies can, keep to their line, and go round what stands, or stop before it."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.physics import Simulation
from simengine.physics.detours import first_turn, met_at
from tests.physics.stage import Actor, car, child, everywhere, road, run, simulation

KID_M = child().size_m[1]


def walker(others: list[Actor], yaw: float = 90.0, at: tuple[float, float] = (50.0, -4.0)) -> Simulation:
    return simulation([[(child(), "person", *at, yaw, 0.0), *others]], [road(2)])


def track(sim: Simulation, seconds: float) -> np.ndarray:
    """x, y, speed and turn of the first slot in each tick."""
    m, rows = sim.motion, []
    for _ in range(round(seconds / sim.dt_s)):
        sim.step()
        rows.append((m.x[0, 0], m.y[0, 0], m.v[0, 0], m.yaw_rate[0, 0]))
    return np.array(rows)


def test_who_turns_about_takes_more_than_a_second():
    """At most 3 rad/s (adults in the instrumented timed up and go: 150 to 200 degrees a second), set up with at most
    20 rad/s2: pi at that rate takes pi / 3 = 1.05 s, and fading from 3 to 0.3 rad/s with 0.2 s another
    0.2 ln 10 = 0.46 s."""
    sim = walker([], yaw=-90.0)
    sim.start("walk", 0, {"to": np.array([(50.0, 6.0)]), "speed": 1.4}, everywhere(sim))
    turn = track(sim, 4.0)[:, 3]
    turn = turn * -np.sign(turn[0])
    assert np.abs(turn).max() == pytest.approx(3.0, abs=0.05)
    assert np.abs(np.diff(turn)).max() <= 20.0 * sim.dt_s + 1e-9
    assert 1.05 < (turn < -0.3).sum() * sim.dt_s < 1.6


def test_who_runs_turns_within_the_grip_of_soles():
    """Speed times turn is the acceleration to the side: 0.6 g with soles at 0.6. A runner who turns off by 60 degrees
    at 4 m/s bends with a radius of v^2 / a = 2.7 m."""
    sim = walker([], yaw=0.0, at=(20.0, 0.0))
    sim.start("run", 0, {"to": np.array([(80.0, 0.0)]), "speed": 4.0}, everywhere(sim))
    run(sim, 4.0)
    x, y = float(sim.motion.x[0, 0]), float(sim.motion.y[0, 0])
    sim.start("run", 0, {"to": np.array([(x + 10.0, y + 17.32)]), "speed": 4.0}, everywhere(sim))
    way = track(sim, 2.0)
    assert 5.0 < (way[:, 2] * np.abs(way[:, 3])).max() < 6.2
    assert way[-1, 2] == pytest.approx(4.0, abs=0.1)


def test_who_sets_off_facing_elsewhere_keeps_to_the_line_asked_for():
    """A child that looks along the road crosses it where it stood: test protocols draw that line."""
    sim = walker([], yaw=0.0)
    handle = sim.start("cross", 0, {"across": "road", "speed": 1.4}, everywhere(sim))
    run(sim, 12.0)
    assert sim.finished(handle)[0]
    assert float(sim.motion.x[0, 0]) == pytest.approx(50.0, abs=0.02)


BOX = np.array([[5.0, 0.0, 1.0, 0.0, 1.0, 2.0]])
UP = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])


def test_the_first_turn_is_the_corner_of_the_shorter_side():
    """From (0, 0.5) to (10, 0.5) past a box of 2 x 4 m about (5, 0): over its upper end at y = 2, 2 sqrt(16 + 2.25) + 2
    m = 10.5; below it would be 2 sqrt(16 + 6.25) + 2 = 11.4 m."""
    corner = first_turn(np.array([0.0, 0.5]), np.array([10.0, 0.5]), BOX)
    assert corner == pytest.approx([4.0, 2.0], abs=0.05)
    assert first_turn(np.array([0.0, 3.0]), np.array([10.0, 3.0]), BOX) == pytest.approx([10.0, 3.0])


def test_between_two_boxes_where_there_is_room_and_round_both_where_there_is_none():
    """A second box above the first: 0.5 m apart the gap is a corner of the way; touching, the way goes below the first,
    the nearer end. A third of 60 m leaves no way that is worth it."""
    two = np.concatenate([BOX, BOX + 4.5 * UP])
    start, goal = np.array([0.0, 0.5]), np.array([10.0, 0.5])
    assert first_turn(start, goal, two) == pytest.approx([4.0, 2.0], abs=0.05)
    touching = np.concatenate([BOX, BOX + 3.9 * UP])
    assert first_turn(start, goal, touching) == pytest.approx([4.0, -2.0], abs=0.05)
    assert first_turn(start, goal, BOX * [1.0, 1.0, 1.0, 1.0, 1.0, 30.0]) is None


def test_a_way_enters_a_box_where_geometry_says():
    """From x = 0 to x = 10 the box begins at x = 4: at 0.4 of the way. Beside it never."""
    box = tuple(BOX.T)
    assert met_at((np.zeros(1), np.zeros(1)), (np.full(1, 10.0), np.zeros(1)), box) == pytest.approx([0.4])
    assert np.isinf(met_at((np.zeros(1), np.full(1, 2.1)), (np.full(1, 10.0), np.full(1, 2.1)), box))[0]


@pytest.mark.parametrize("action", ["run", "cross", "walk", "turn_back"])
def test_who_is_sent_through_a_standing_car_goes_round_it(action: str):
    """The child's middle keeps half its width from the car all the way, and it gets there."""
    sim = walker([(car(), "vehicle", 51.0, 1.0, 0.0, 0.0)])
    if action == "turn_back":  # the car comes to stand on the way that lies behind
        sim = walker([(car(), "vehicle", 51.0, 40.0, 0.0, 0.0)])
        sim.start("run", 0, {"to": np.array([(50.0, 6.0)]), "speed": 2.0}, everywhere(sim))
        run(sim, 6.0)
        sim.motion.y[0, 1] = 1.0
    to = {"to": np.array([(50.0, 6.0)])} if action in ("run", "walk") else {"across": "road"}
    sim.start(action, 0, {} if action == "turn_back" else {**to, "speed": 2.0}, everywhere(sim))
    way = track(sim, 9.0)
    half = 0.5 * np.array(car().size_m)
    outside = np.maximum(np.abs(way[:, 0] - 51.0) - half[0], np.abs(way[:, 1] - 1.0) - half[1])
    assert outside.min() > 0.5 * KID_M
    assert way[-1, 1] < -3.8 if action == "turn_back" else way[-1, 1] > 4.0


def test_who_is_shut_in_stops_before_what_stands():
    """A ring of lorries around: 20 m more are no way, and the child stops half its width and a hand before one."""
    lorries: list[Actor] = [
        (car(f"c{k}"), "vehicle", 50.0 + 2.0 * (k - 10), y, 90.0, 0.0) for k, y in [(k, 2.0) for k in range(21)]
    ]
    sim = walker(lorries)
    sim.start("run", 0, {"to": np.array([(50.0, 9.0)]), "speed": 3.0}, everywhere(sim))
    way = track(sim, 5.0)
    front = 2.0 - 0.5 * car().size_m[0]
    assert way[-1, 2] == 0.0
    assert front - way[-1, 1] == pytest.approx(0.5 * KID_M + 0.08, abs=0.06)


def test_who_is_sent_into_a_standing_car_stops_before_it():
    """The place asked for is under the car: half its width and a hand before the door is as near as anybody gets."""
    sim = walker([(car(), "vehicle", 50.0, 0.0, 0.0, 0.0)])
    sim.start("walk", 0, {"to": np.array([(50.0, 0.0)]), "speed": 1.4}, everywhere(sim))
    way = track(sim, 5.0)
    assert way[-1, 2] == 0.0
    assert -0.5 * car().size_m[1] - way[-1, 1] == pytest.approx(0.5 * KID_M + 0.08, abs=0.06)


def test_a_car_that_moves_is_no_obstacle():
    """Whether they meet is what a scenario asks: the child keeps to its line."""
    sim = walker([(car(), "vehicle", 20.0, -1.5, 0.0, 10.0)])
    sim.start("run", 0, {"across": "road", "speed": 2.0}, everywhere(sim))
    assert np.abs(track(sim, 2.0)[:, 0] - 50.0).max() < 1e-6
