"""What stands on or lies in something that moves goes along with it."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.catalogue import libraries
from simengine.engine.trace import Trace
from simengine.engine.variation import Variation
from simengine.errors import ProgramError
from simengine.language import check_text

POSITION, W, Z, VELOCITY, SPIN = slice(0, 3), 3, 6, slice(7, 9), 12


def variation(body: str, world: str = "street(lanes = 2, length = 300 m)") -> Variation:
    text = f"use driving\nscenario t:\n    world {world}\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    result = check_text(text, libraries=libraries())
    assert result.ok and not result.programs[0].not_yet, result.diagnostics
    return Variation(result.programs[0], 7, "random")


def traces(body: str, count: int = 1, world: str = "street(lanes = 2, length = 300 m)") -> list[Trace]:
    return [s.trace for s in variation(body, world).simulate(range(count))]


def yaw_rad(states: F64Array) -> F64Array:
    return 2.0 * np.arctan2(states[:, Z], states[:, W])


def seen_from(carrier: F64Array, thing: F64Array) -> F64Array:
    """Position and heading of a thing in its carrier's frame, (T, 4)."""
    yaw = yaw_rad(carrier)
    c, s = np.cos(yaw), np.sin(yaw)
    d = thing[:, POSITION] - carrier[:, POSITION]
    turned = np.remainder(yaw_rad(thing) - yaw + np.pi, 2 * np.pi)
    return np.stack([c * d[:, 0] + s * d[:, 1], c * d[:, 1] - s * d[:, 0], d[:, 2], turned], -1)


PILE = """car ego on lane(1) at s(20 m):
    speed = 20 m/s
bus coach on lane(1) at s(120 m):
    speed = 15 m/s
pedestrian a[2] in coach
car below on coach:
    yaw = 5 deg
cargo c on below:
    model = box
    yaw = 30 deg
cargo top on coach:
    model = box
do:
    coach.change_lane(to = lane(2), lateral_speed = 1 m/s)
    coach.change_speed(to = 10 m/s)
stop after 6 s"""


def test_a_pile_keeps_its_pose_in_the_frame_of_what_drives_away_under_it():
    """The definition of rigid, by the positions that the trace tells: on a bend, while the bus changes lanes and
    brakes, nobody moves by more than rounding in the bus's frame, nor the box on the car's roof in the car's."""
    for trace in traces(PILE, 2, "highway(lanes = 3, length = 600 m, radius = 150 m)"):
        bus = trace.states_of("coach")
        assert np.ptp(yaw_rad(bus)) > 0.2
        for below, name in (("coach", "a[1]"), ("coach", "a[2]"), ("coach", "top"), ("below", "c")):
            relative = seen_from(trace.states_of(below), trace.states_of(name))
            np.testing.assert_allclose(relative, np.broadcast_to(relative[0], relative.shape), atol=1e-9)
        # 0.35 m: the floor of the bus; 1 mm clear of it
        np.testing.assert_allclose(trace.states_of("a[1]")[:, 2], 0.351, atol=1e-12)
        assert trace.summary.overlaps == () and trace.summary.collision is None


def test_velocities_are_those_of_the_way():
    """v(t) of a point of a rigid body is the derivative of its way: central differences agree to the third order of the
    tick (better than 6 cm/s of 15 m/s, while the wheels begin to turn), and spins are those of the carrier."""
    (trace,) = traces(PILE, 1, "highway(lanes = 3, length = 600 m, radius = 150 m)")
    for name in ("top", "c"):
        states = trace.states_of(name)
        slope = (states[2:, 0:2] - states[:-2, 0:2]) / 0.02
        np.testing.assert_allclose(states[1:-1, VELOCITY], slope, atol=0.06)
        assert np.array_equal(states[:, SPIN], trace.states_of("coach")[:, SPIN])


def test_a_batch_is_its_singles_and_elements_ride_on_their_own_carriers():
    """Which bus carries whom is drawn: the same bits in a batch as alone, and each on the one it was put on."""
    body = """car ego on lane(1) at s(10 m)
param which: int ~ 1..3
bus line[3] along curb(right) at s(60 m) by 5 m
each b in line:
    b.speed ~ 2..9 m/s
pedestrian kid in line[which]
stop after 1 s"""
    together = variation(body).simulate(range(6))
    seen = set[int]()
    for k, one in enumerate(together):
        assert np.array_equal(one.trace.motion, variation(body).simulate([k])[0].trace.motion)
        which = int(one.scenario.values["which"])  # type: ignore[arg-type]
        seen.add(which)
        bus = one.trace.states_of(f"line[{which}]")
        moved = one.trace.states_of("kid")[:, 0] - one.trace.states_of("kid")[0, 0]
        np.testing.assert_allclose(moved, bus[:, 0] - bus[0, 0], atol=1e-9)
    assert len(seen) > 1


def test_who_walks_off_a_roof_falls_in_the_time_that_gravity_takes():
    """A standing truck's roof is 3.501 m up: sqrt(2 h / g) = 0.845 s after the edge, give or take two ticks; before it
    they walk on the roof."""
    body = """car ego on lane(1) at s(10 m)
truck lorry on lane(1) at s(60 m)
pedestrian kid on lorry
do:
    kid.walk(to = (60 m, 20 m), speed = 1.4 m/s)
stop after 4.5 s"""
    for trace in traces(body, 3):
        kid, lorry = trace.states_of("kid"), trace.states_of("lorry")
        off = np.abs(kid[:, 1] - lorry[:, 1]) > 1.28  # its half width
        edge, ground = int(np.argmax(off)), int(np.argmax(kid[:, 2] == 0.0))
        assert np.all(kid[:edge, 2] == kid[0, 2]) and kid[0, 2] == pytest.approx(3.501)
        assert (ground - edge) / 100 == pytest.approx(np.sqrt(2 * 3.501 / 9.81), abs=0.025)
        assert np.all(kid[ground : ground + 50, 2] == 0.0)


def test_taken_off():
    """Teleport puts cargo on the ground of the pavement, where it stays; who walks leaves the bus as it drives on."""
    body = """car ego on lane(1) at s(10 m)
bus coach on lane(1) at s(60 m):
    speed = 10 m/s
cargo c on coach:
    model = box
pedestrian a in coach
do:
    wait 1 s
    c.teleport(to = (80 m, -6 m))
    a.walk(to = (70 m, 0 m))
stop after 4 s"""
    (trace,) = traces(body, 1)
    box, person = trace.states_of("c"), trace.states_of("a")
    assert box[99, 2] > 3.0 and np.all(box[105:, 0] == 80.0) and np.ptp(box[105:, 2]) == 0.0
    assert 0.1 < box[105, 2] < 0.2  # kerbs of streets
    assert np.all(box[105:, VELOCITY] == 0.0) and person[50, 7] == 10.0 and np.all(np.abs(person[115:, 7]) < 2.0)
    assert person[-1, 2] == 0.0


def test_nobody_brakes_for_what_drives_on_with_its_carrier():
    """A car follows a truck with people on its roof at the truck's own speed, itself with a box on its roof: without
    closing in, emergency braking has nothing to do, and what it carries is nothing that it meets."""
    body = """car ego on lane(1) at s(40 m):
    speed = 20 m/s
    controller = aeb()
truck lorry ahead of ego by 12 m:
    speed = 20 m/s
pedestrian kid[4] on lorry
cargo c on ego:
    model = box
stop after 4 s"""
    for trace in traces(body, 3):
        assert np.ptp(trace.speed_mps("ego")) == 0.0
        assert "c" not in trace.summary.min_distance_m and "kid[1]" in trace.summary.min_distance_m
        assert trace.summary.min_ttc_s > 1e6


def test_followed_is_who_carries():
    """The gap to somebody on a roof is held against the speed of the truck, not against that of their legs."""
    body = """car ego on lane(1) at s(20 m):
    speed = 10 m/s
truck lorry ahead of ego by 20 m:
    speed = 10 m/s
pedestrian kid on lorry
do:
    ego.keep_gap(kid, 25 m)
stop after 10 s"""
    (trace,) = traces(body)
    assert trace.speed_mps("ego")[-1] == pytest.approx(10.0, abs=0.05)


def test_what_is_carried_cannot_drive():
    """Its wheels are off the ground; told with the place in the text."""
    body = """car ego on lane(1) at s(10 m):
    speed = 5 m/s
motorbike bike on ego
do:
    %s
stop after 1 s"""
    for order in ("bike.drive(speed = 3 m/s)", "bike.speed = 3 m/s"):
        with pytest.raises(ProgramError, match="'bike' is carried by 'ego' and cannot drive"):
            traces(body % order)


def test_people_in_a_coach_stand_on_its_floor():
    """Places of people are drawn again until nobody touches another: all feet are at one height."""
    trace = traces("bus coach on lane(1) at s(120 m)\npedestrian a[6] in coach\nstop after 0.1 s")[0]
    feet = [float(trace.track(f"a[{k}]")[0, 2]) for k in range(1, 7)]
    assert max(feet) - min(feet) < 1e-9
