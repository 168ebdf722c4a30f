"""Gaps, times and truths about one instant, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.physics import Snapshot
from simengine.world.lanes import LaneGraph
from tests.physics.stage import LANE_M, Actor, bend, car, cast_of, child, road, state_of


def shot(row: list[Actor], lanes: LaneGraph | None = None) -> Snapshot:
    return Snapshot(cast_of([row], [lanes or road()]), state_of([row], moving=True))


def test_gap_headway_ttc_along_a_lane() -> None:
    """Cars 4.5 m long, centres 34.5 m apart: 30 m of gap either way round; at 15 m/s a headway of 2 s; closing at
    5 m/s a collision after 6 s, for both; in the next lane all is the same (UN R157 counts along the
    lane); once the other is as fast, it is never."""
    a, b = (car("a"), "vehicle", 10.0, 0.0, 0.0, 15.0), (car("b"), "vehicle", 44.5, 0.0, 0.0, 10.0)
    s = shot([a, b])
    assert s.gap_m(0, 1)[0] == pytest.approx(30.0) and s.gap_m(1, 0)[0] == pytest.approx(30.0)
    assert s.headway_s(0, 1)[0] == pytest.approx(2.0)
    assert s.ttc_s(0, 1)[0] == pytest.approx(6.0) == s.ttc_s(1, 0)[0]
    assert not s.passed(0, 1)[0] and s.passed(1, 0)[0]
    beside = shot([a, (car("b"), "vehicle", 44.5, LANE_M, 0.0, 10.0)])
    assert beside.gap_m(0, 1)[0] == pytest.approx(30.0) and beside.ttc_s(0, 1)[0] == pytest.approx(6.0)
    assert np.isinf(shot([a, (car("b"), "vehicle", 44.5, 0.0, 0.0, 15.0)]).ttc_s(0, 1)[0])
    assert beside.lane(0)[0] == 0 and beside.lane(1)[0] == 1


def test_alongside_is_a_negative_gap_and_a_sideways_distance() -> None:
    """Two cars level with each other: the gap along the lane is -4.5 m, their distance 3.5 m - 1.8 m."""
    s = shot([(car("a"), "vehicle", 10.0, 0.0, 0.0, 15.0), (car("b"), "vehicle", 10.0, LANE_M, 0.0, 15.0)])
    assert s.gap_m(0, 1)[0] == pytest.approx(-4.5) and s.distance_m(0, 1)[0] == pytest.approx(1.7)
    assert not s.passed(0, 1)[0] and not s.collision(0, 1)[0]


def test_time_to_a_crossing() -> None:
    """The child's way crosses 50 m ahead of the origin, 47.75 m ahead of the front: 4.775 s at 10 m/s, wherever beside
    the road the child stands. Once the front is level it is 0; a standing car never gets there."""
    for y in (-4.0, 3.0):
        s = shot([(car("a"), "vehicle", 10.0, 0.0, 0.0, 10.0), (child(), "person", 60.0, y, 90.0, 0.0)])
        assert s.time_to_s(0, s.crossing_m(1))[0] == pytest.approx(4.775)
    level = shot([(car("a"), "vehicle", 58.0, 0.0, 0.0, 10.0), (child(), "person", 60.0, -4.0, 90.0, 0.0)])
    assert level.time_to_s(0, level.crossing_m(1))[0] == 0.0
    still = shot([(car("a"), "vehicle", 10.0, 0.0, 0.0, 0.0), (child(), "person", 60.0, -4.0, 90.0, 0.0)])
    assert np.isinf(still.time_to_s(0, still.crossing_m(1))[0]) and still.standstill(0)[0]


def test_ttc_with_a_person_is_that_of_the_boxes() -> None:
    """A standing child 20 m ahead of the front: 2 s at 10 m/s in the lane, never beside it."""
    for y, seconds in ((0.5, 2.0), (-3.0, np.inf)):
        s = shot([(car("a"), "vehicle", 10.0, 0.0, 0.0, 10.0), (child(), "person", 32.45, y, 90.0, 0.0)])
        assert s.ttc_s(0, 1)[0] == pytest.approx(seconds)


def test_oncoming_car_counts_along_its_own_way() -> None:
    """A car that comes back on the oncoming lane: its front is at smaller x; 50 m - 2.25 m ahead at 10 m/s."""
    s = shot([(car("a"), "vehicle", 110.0, LANE_M, 180.0, 10.0), (child(), "person", 60.0, 8.0, 90.0, 0.0)], road(2, 1))
    assert s.time_to_s(0, s.crossing_m(1))[0] == pytest.approx(4.775)
    assert s.lane(0)[0] == 1


def test_gap_follows_a_bend() -> None:
    """On a circle of 50 m, a quarter turn apart: arc 78.5 m less the cars' extents along the lane, not the chord."""
    s = shot(
        [(car("a"), "vehicle", 0.0, 0.0, 0.0, 10.0), (car("b"), "vehicle", 50.0, 50.0, 90.0, 10.0)], bend(50.0, 2000)
    )
    assert s.gap_m(0, 1)[0] == pytest.approx(np.pi / 2 * 50.0 - 4.5, abs=0.01)


def test_collision_of_turned_boxes() -> None:
    """A child of 0.3 x 0.4 m whose box's edge is 1 cm inside, then 1 cm outside the car's side."""
    for gap, hit in ((-0.01, True), (0.01, False)):
        y = -(0.9 + 0.15 + gap)
        s = shot([(car("a"), "vehicle", 10.0, 0.0, 0.0, 10.0), (child(), "person", 11.0, y, 90.0, 0.0)])
        assert bool(s.collision(0, 1)[0]) is hit
        assert s.distance_m(0, 1)[0] == pytest.approx(gap, abs=1e-12)


def test_without_lanes_the_way_is_straight_ahead() -> None:
    """No lane graph: the path is the straight line along the heading."""
    s = shot([(car("a"), "vehicle", 0.0, 0.0, 90.0, 10.0), (car("b"), "vehicle", 0.0, 34.5, 90.0, 0.0)], LaneGraph())
    assert s.gap_m(0, 1)[0] == pytest.approx(30.0) and s.lane(0)[0] == -1
