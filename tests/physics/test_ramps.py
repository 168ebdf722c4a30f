"""Drivers on ramps: they find their way onto the road before their lane ends, or wait there; nobody else goes there.
And before walls: where a lane ends at one, they stop."""

from __future__ import annotations

import numpy as np

from simengine_scenes.roads.ramp import TAPER_M
from tests.engine.driving import run

WORLD = "world highway(lanes = 2, ramp = entrance, length = 800 m):\n    ramp.at = 300 m\n    ramp.length = 60 m"
RIGHT_Y = -1.875  # middle of the right lane of two of 3.75 m


END_M = 300.0 + 60.0 + TAPER_M  # of the lane of the ramp: so long it lies beside the road, and its taper


def test_who_comes_from_a_ramp_is_on_the_road_before_its_lane_ends() -> None:
    """On an empty road: its middle is in the right lane (by 0.9 m) before the end of its own, and it has not
    slowed down for that by more than 3 m/s."""
    body = f"{WORLD}\ncar c on lane(1) at s(20 m):\n    speed = 20 m/s\n    controller = driver()\nstop after 20 s"
    (trace,) = run(body)
    states = trace.states_of("c")
    there = int(np.searchsorted(states[:, 0], END_M))
    assert there < len(states) and abs(states[there, 1] - RIGHT_Y) < 0.9 and states[:, 13].min() > 17.0


def test_who_finds_no_gap_stands_before_the_end_of_its_lane() -> None:
    """Cars stand bumper to bumper (1 m) on the right lane from before the nose to beyond the end of the ramp."""
    row = "car first on lane(2) at s(270 m)\ncar row[28] ahead of first by 1 m"
    body = (
        f"{WORLD}\n{row}\ncar c on lane(1) at s(20 m):\n    speed = 15 m/s\n    controller = driver()\nstop after 35 s"
    )
    (trace,) = run(body)
    first, last = (trace.rest[trace.names.index(name), 0] for name in ("first", "row[28]"))
    assert first < 300.0 and last > END_M - 10.0
    states = trace.states_of("c")
    assert states[-1, 13] < 0.3 and states[-1, 0] < END_M and not trace.impacts


def test_nobody_changes_into_the_lane_of_a_ramp() -> None:
    """Behind a slow lorry, with the lane to the left taken as well, a driver stays on the road, where the lane of the
    ramp lies beside it and where it does not: its middle never leaves the lane."""
    body = "\n".join([
        WORLD,
        "car slow on lane(2) at s(220 m):\n    model = truck\n    speed = 10 m/s",
        "car left on lane_beside(slow, left) at s(215 m):\n    model = truck\n    speed = 10 m/s",
        "car c on lane(2) at s(150 m):\n    speed = 25 m/s\n    controller = driver()",
        "stop after 18 s",
    ])  # fmt: skip
    (trace,) = run(body)
    assert np.abs(trace.states_of("c")[:, 1] - RIGHT_Y).max() < 0.5


def test_where_a_lane_ends_before_a_wall_a_driver_stops() -> None:
    """The aisle of a lot ends 42.9 m from its start, 8 m before the shop: its nose stands before that end, within the
    2 m of a standing queue and 1 m. One that comes after it stands behind it."""
    body = "\n".join([
        "world parking_lot()",
        "car c on aisle(1) at s(25 m):\n    speed = 5 m/s\n    controller = driver()",
        "car d on aisle(1) at s(12 m):\n    speed = 5 m/s\n    controller = driver()",
        "stop after 12 s",
    ])  # fmt: skip
    (trace,) = run(body)
    first, second = (trace.states_of(name) for name in ("c", "d"))
    size_m = 5.0  # of the longest car
    assert first[-1, 13] < 0.1 and 42.9 - 3.0 - 0.5 * size_m < first[-1, 1] < 42.9 - 0.4 * size_m
    assert second[-1, 13] < 0.1 and not trace.impacts and trace.summary.collision is None
