"""What long vehicles sweep where they turn, and that others keep out of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.trace import box_of
from simengine.physics.boxes import separation_m
from simengine.physics.swept import SHORT, Outline, meeting, meets, outline_of, strip_of
from simengine.world.lanes import Curve
from tests.engine.driving import run
from tests.physics.test_giving_way import drive

BUS = Outline(front_m=8.5, back_m=3.5, width_m=2.5)


def arc(radius_m: float) -> Curve:
    """Half a circle to the left about (0, radius), in pieces of half a degree."""
    angle = np.linspace(0.0, math.pi, 361)
    points = np.column_stack([radius_m * np.sin(angle), radius_m * (1.0 - np.cos(angle)), np.zeros(361)])
    return Curve(points)


def test_cars_are_short_and_buses_are_not() -> None:
    """A bus of 12 m with its rear axle 2.6 m behind its middle reaches 8.6 m ahead of the axle and 3.4 m behind it: to
    the next half metre 9 and 3.5 m. A tractor of 6 m that tows is long, too."""
    assert outline_of(5.3, 2.1, 1.4) == SHORT
    assert outline_of(12.0, 2.55, 2.6) == Outline(9.0, 3.5, 2.55)
    assert outline_of(6.0, 2.55, 1.5, tows=True).long


def test_the_front_corner_swings_as_far_as_pythagoras_says() -> None:
    """With the rear axle on a circle of 10 m, the outer front corner of a bus is sqrt((10 + 1.25)^2 + 8.5^2) = 14.1 m
    from the middle; with the clearance of 15 cm on each side sqrt(11.4^2 + 8.65^2) = 14.31 m. A post (2.3 m square with
    its own clearance) on the radius through the middle of the half circle is met where it begins nearer than that, and
    not where it begins farther out. (Its near edge is flat: the corner passes its middle.)"""
    strip = strip_of(arc(10.0), np.arange(0.0, 31.0, 0.05), BUS)
    half = 0.5 * (2.0 + 0.3)
    for edge, hit in ((14.25, True), (14.40, False)):
        x = edge + half
        post = strip_of(Curve(np.array([[x, 10.0, 0.0], [x + 1.0, 10.0, 0.0]])), np.array([0.0]), SHORT)
        assert meets(strip, post).any() == hit


def test_where_two_ways_meet_is_told_by_their_fronts_and_rears() -> None:
    """A bus along +x and a car along +y that cross at 50 m: with clearances, boxes of 12.3 x 2.8 m and 2.3 x 2.3 m. The
    axle of the bus is 8.65 m before its front; both touch while its front is beyond 50 - 1.15 m and its rear is not
    beyond 50 + 1.15 m: in steps of a metre, with one more for what happens between them."""
    bus = strip_of(Curve(np.array([[0.0, 50.0, 0.0], [100.0, 50.0, 0.0]])), np.arange(100.0), BUS)
    car = strip_of(Curve(np.array([[50.0, 0.0, 0.0], [50.0, 100.0, 0.0]])), np.arange(100.0), SHORT)
    found = meeting(bus, car, meets(bus, car), math.inf, 1.0)
    assert found is not None
    (front, rear), (begin, end) = found
    assert 50 - 1.15 - 2.0 <= front <= 50 - 1.15 and 50 + 1.15 <= rear <= 50 + 1.15 + 2.0
    assert 50 - 2.55 - 2.0 <= begin <= 50 - 2.55 and 50 + 2.55 <= end <= 50 + 2.55 + 2.0


def test_a_bus_does_not_turn_into_who_stands_beside_its_way() -> None:
    """It would swing over the lane beside the one it turns into, where a car stands at its line for good: it waits
    before its own line (8 m and 5.25 m behind the corner: 13.25 m from the middle). On an empty road it is round."""
    body = "\n".join([
        "world junction(control = give_way, length = 60 m)",
        "car bus on left_arm at s(20 m):\n    model = bus\n    speed = 8 m/s\n    controller = driver(turn = right)",
        "param where: length ~ {42 m, 10 m}",
        "car other on own_arm at s(where)",
        "stop after 10 s",
    ])  # fmt: skip
    traces = run(body, 4)
    stood = [t.rest[1, 0] > 40.0 for t in traces]
    assert 0 < sum(stood) < len(stood)
    for trace, waits in zip(traces, stood, strict=True):
        bus = trace.states_of("bus")
        other = box_of(np.ascontiguousarray(trace.states_of("other")), np.array([4.9, 1.9, 1.5]))
        assert separation_m(box_of(np.ascontiguousarray(bus), np.array([12.0, 2.55, 3.0])), other).min() > 0.3
        if waits:
            assert bus[-1, 13] < 0.05 and bus[-1, 1] - 6.0 > 13.25 - 0.3
        else:
            assert bus[-1, 0] < 50.0 and abs(bus[-1, 6]) > 0.95  # round: it heads along -x


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["left_arm", "right_arm", "far_arm"])
def test_buses_and_lorries_get_over_t_junctions(missing: str) -> None:
    """Eight vehicles, every other one long, in each of six variants: after 70 s nobody has run into anybody, and all
    are beyond the junction (150 m from where roads begin)."""
    world = f"junction(arms = 3, missing = {missing}, length = 150 m, control = give_way)"
    sim, over = drive(world, 8, 70.0, 6, 150.0, "sedan, van, bus, truck")
    assert over.all() and not sim.impacts.log
