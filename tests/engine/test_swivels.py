"""Heads that look and doors that open: angles, limits, collisions with an open door."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.cast import cast_of
from simengine.errors import ProgramError
from simengine.physics.doors import Doors
from simengine.physics.swivels import HEAD_TURN_RAD
from simengine.world.scene import Door, Entity
from tests.engine.driving import run, variants_of

STREET = "world street(lanes = 2, parking = right, length = 120 m)\n"


def looking(body: str, where: str = "(40 m, 0 m)") -> np.ndarray:
    (trace,) = run(
        STREET + f"car ego at {where}:\n    speed = 0 m/s\npedestrian kid at (30 m, 5 m) facing 0 deg\n"
        f"do:\n    {body}\nstop after 2 s"
    )
    return trace.states_of("kid")[:, 17:19]


def test_a_head_turns_to_what_it_looks_at_and_back():
    """The car is 10 m ahead and 5 m to the right: atan(1/2) to the right. Within a second, at
    3.5 rad/s at most; with ``for`` the head turns back afterwards, without it goes on looking."""
    turn = looking("kid.look(at = ego)")[:, 0]
    assert turn[100:] == pytest.approx(-math.atan2(5.0, 10.0), abs=2e-3)
    assert np.abs(np.diff(turn)).max() <= 0.035 + 1e-9
    assert looking("kid.look(at = ego) for 0.8 s")[-1] == pytest.approx([0.0, 0.0], abs=2e-3)


def test_a_head_turns_no_farther_than_a_neck():
    """What is behind is looked at over the shoulder, 75 degrees to the side."""
    assert abs(looking("kid.look(at = ego)", "(20 m, 1 m)")[-1, 0]) == pytest.approx(HEAD_TURN_RAD, abs=2e-3)


CARS = STREET + (
    "car parked along curb(right) at s(40 m):\n    model = sedan\n"
    "cyclist ego on lane(1) at s(25 m):\n    speed = 5 m/s\n    lateral = {lateral}\n"
)


def test_a_door_swings_about_its_hinge():
    """A door of length 1 m with its hinge at (1, 0.9), open by 90 degrees, stands straight out: its box is centred half
    a metre to the left of the hinge; open by 0 it lies along the side, behind the hinge."""
    doors = (Door((1.0, 0.9), 1.0, (0.3, 1.3)), Door((1.0, -0.9), 1.0, (0.3, 1.3)))
    table = Doors.of([[Entity("a", "car", "a", 0, (4.0, 1.8, 1.4), doors=doors)]])
    zero, one = np.zeros(1), np.ones(1)
    out = table.box(0, 0, (zero, zero, zero, one, zero), np.array([math.pi / 2]))
    assert (out.x_m[0], out.y_m[0], abs(out.sin[0])) == pytest.approx((1.0, 1.4, 1.0))
    shut = table.box(0, 0, (zero, zero, zero, one, zero), zero)
    assert (shut.x_m[0], shut.y_m[0], abs(shut.cos[0])) == pytest.approx((0.5, 0.9, 1.0))
    right = table.box(0, 1, (zero, zero, zero, one, zero), np.array([math.pi / 2]))
    assert (right.x_m[0], right.y_m[0]) == pytest.approx((1.0, -1.4))


def test_a_cyclist_runs_into_an_open_door_and_passes_a_shut_one():
    """The car's left side is 0.69 m or more to the right of the cyclist's path; the door, a metre long and open by 1.1
    rad, reaches 0.85 m out. The condition and the summary both know."""
    text = CARS.format(lateral="-0.9 m")
    for body, hit in (("ego.keep_speed() for 5 s", False), ("parked.open_door(left)", True)):
        (trace,) = run(text + f"do:\n    {body}\nstop when collision(ego, parked)\nstop after 6 s")
        assert (trace.summary.collision == "parked") == hit
        assert trace.stop_reason.startswith("stop when") == hit


def test_emergency_braking_sees_an_open_door():
    """With aeb the car behind comes to a standstill before the door; with the door shut it drives past."""
    text = STREET + (
        "car parked along curb(right) at s(60 m):\n    model = sedan\n"
        "car ego on lane(1) at s(20 m):\n    speed = 8 m/s\n    controller = aeb()\n    lateral = {lateral}\n"
    )
    for body, stands in (("wait 1 s", False), ("parked.open_door(left)", True)):
        (trace,) = run(text.format(lateral="-0.45 m") + f"do:\n    {body}\nstop after 7 s")
        assert (trace.speed_mps("ego")[-1] < 0.1) == stands and trace.summary.collision is None


def test_the_action_is_over_when_the_door_is_open_and_angle_0_shuts_it():
    """At 1.6 rad/s, slower at the end, 1 rad takes between 0.6 and 2 s; then it is shut again."""
    (trace,) = run(CARS.format(lateral="0.9 m") + "do:\n    out: parked.open_door(left, angle = 1 rad)\n"
                   "    parked.open_door(left, angle = 0 rad)\nstop after 6 s")  # fmt: skip
    over = trace.time_of("out.ended")
    assert over is not None and 0.6e9 < over < 2e9
    angle = trace.states_of("parked")[:, 17]
    assert angle.max() == pytest.approx(1.0, abs=0.02) and angle[-1] == pytest.approx(0.0, abs=1e-2)


def test_what_has_no_door_that_opens_says_so():
    """A bus has none on the left; the entity of a car knows its two."""
    with pytest.raises(ProgramError, match=r"no such door that opens; cars.*either side, buses and trams on the right"):
        run(STREET + "bus ego on lane(1) at s(30 m)\ndo:\n    ego.open_door(left)\nstop after 1 s")
    cast = cast_of(variants_of(STREET + "car ego on lane(1) at s(30 m)\nstop after 1 s"))
    assert cast.doors.there.tolist() == [[[True, True]]]
