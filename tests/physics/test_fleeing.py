"""Who bolts: how long it freezes, where it runs, how sharply it can turn; and who turns back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.driving import run

BODY = """
world rural(length = 400 m)
car ego on lane(1) at s(20 m):
    speed = {car}
animal deer on lane(1) at s(100 m) facing 90 deg:
    lateral = -4 m
    model = deer
stop after 8 s
do:
    wait 1 s
    flight: deer.bolt(danger = ego, freeze = 0.7 s, angle = {angle}, speed = 11 m/s, distance = {far})
"""


def bolted(angle: str, car: str = "20 m/s", far: str = "500 m"):
    trace = run(BODY.format(angle=angle, car=car, far=far))[0]
    return trace, trace.states_of("deer"), trace.states_of("ego")


def test_it_stands_while_it_freezes_and_then_runs():
    """Nothing moves for 0.7 s after the start of the action; then it gets to its speed as fast as legs do."""
    _, deer, _ = bolted("30 deg", "0 m/s")
    assert np.abs(deer[:170, :2] - deer[0, :2]).max() == 0.0
    assert deer[175, 13] > 0.0 and deer[:, 13].max() == pytest.approx(11.0, abs=1e-6)


def test_from_a_danger_that_stands_it_runs_straight_off_at_its_angle():
    """A car at rest ahead of it does not come nearer: the course is the angle off the line between the two (here along
    the road), to the side that it faces, which is the left."""
    _, deer, ego = bolted("35 deg", "0 m/s")
    off = deer[170, :2] - ego[170, :2]
    want = np.arctan2(off[1], off[0]) + np.radians(35.0)
    way = deer[500, :2] - deer[450, :2]
    assert np.arctan2(way[1], way[0]) == pytest.approx(want, abs=0.05)  # the line turns while it sets off


def test_into_the_danger_it_comes_nearer_and_away_it_does_not():
    """180 deg leads towards the car and 0 deg away from it: their distances 1.5 s after they set off."""
    near, far = (np.linalg.norm(d[320, :2] - e[320, :2]) for _, d, e in (bolted("180 deg"), bolted("0 deg")))
    assert near < far - 5.0


def test_no_gallop_turns_sharper_than_legs_hold():
    """At pace the sideways acceleration, speed times yaw rate, stays below 10 m/s2, and nothing jumps."""
    for angle in ("0 deg", "60 deg", "120 deg"):
        trace, deer, _ = bolted(angle)
        met = min((c.time_s for c in trace.impacts), default=8.0)
        deer = deer[: int(100 * met) - 1]
        fast = deer[:, 13] > 3.0
        assert np.abs(deer[fast, 13] * deer[fast, 12]).max() < 10.0
        step = np.linalg.norm(np.diff(deer[:, :2], axis=0), axis=1)
        assert step.max() < 11.5 / 100.0


def test_it_calms_down_at_a_distance():
    trace, deer, ego = bolted("20 deg", "0 m/s", "40 m")
    assert np.linalg.norm(deer[0, :2] - ego[0, :2]) > 40.0  # farther from the start on
    ended = [e.time_ns for e in trace.events if e.name == "flight.ended"]
    assert ended and deer[-1, 13] == 0.0


def test_who_turns_back_gets_to_where_the_way_began():
    trace = run("""
world street(length = 100 m)
car ego on lane(1) at s(5 m)
pedestrian kid along curb(right) at s(50 m)
stop after 6 s
do:
    kid.run(across = road, speed = 2 m/s) for 1.5 s
    back: kid.turn_back()
""")[0]
    kid = trace.states_of("kid")
    assert np.linalg.norm(kid[150, :2] - kid[0, :2]) > 1.5
    assert np.linalg.norm(kid[-1, :2] - kid[0, :2]) < 0.05 and kid[-1, 13] == 0.0
    assert kid[200:, 13].max() == pytest.approx(2.0, abs=0.01)  # as fast as before
    assert [e.name for e in trace.events] == ["back.started", "back.ended"]
