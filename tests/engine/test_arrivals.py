"""What a teleport puts somewhere needs a place there: within the world, and free."""

from __future__ import annotations

import pytest

from simengine.errors import ProgramError
from tests.engine.driving import run

ROAD = """world highway(lanes = 2, length = 1 km)
car ego on lane(1) at s(100 m):
    speed = 20 m/s
car o on lane(2) at s(200 m)
pedestrian k at (300 m, -12 m)
stop after 1 s
do:
    wait 0.5 s
"""


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("ego.teleport(to = s(5000 m))", r"'ego' .*, 4000\.0 m beyond the end of the road \(variant 0, tick 50\)"),
        ("k.teleport(to = (-30 m, 4 m))", r"'k' would stand at \(-30\.0 m, 4\.0 m\), 30\.0 m beyond the end"),
        ("k.teleport(to = (20 m, -4000 m))", r"'k' .* m beside the road, where the world has ended \(variant 0"),
        ("ego.teleport(to = o)", r"'ego' would stand in 'o' \(variant 0, tick 50\)"),
        ("k.teleport(to = (201 m, 1.9 m))", r"'k' would stand in 'o' \(variant 0, tick 50\)"),
    ],
    ids=["end", "before", "beside", "car", "person"],
)
def test_refused(order: str, told: str) -> None:
    """The road is 1000 m long, so s(5000 m) is 4000 m beyond it. A car stands within 2 m of its middle."""
    with pytest.raises(ProgramError, match=told):
        run(ROAD + f"    {order}")


def test_a_vehicle_in_a_house_is_refused_and_a_person_comes_out() -> None:
    """Houses stand from 6.2 m to 16.2 m beside the middle of this street: 11 m is inside of them, 1.6 m is a lane."""
    street = ROAD.replace("highway(lanes = 2, length = 1 km)", "street(lanes = 2, length = 250 m)")
    street = street.replace("(300 m, -12 m)", "(150 m, -4 m)")
    with pytest.raises(ProgramError, match=r"'ego' would stand in the row of houses \(variant 0, tick 50\)"):
        run(street + "    ego.teleport(to = (60 m, 11 m))")
    (trace,) = run(street + "    ego.teleport(to = (60 m, 1.6 m))\n    k.teleport(to = (90 m, 7 m))")
    assert trace.states_of("ego")[51, 1] == pytest.approx(1.6) and trace.states_of("k")[-1, 1] == pytest.approx(7.0)


def test_change_places() -> None:
    """Rooms are looked at when all orders of a tick are given: two may change places, and who has gone leaves room."""
    orders = "    parallel:\n        ego.teleport(to = o)\n        o.teleport(to = (40 m, -12 m))\n"
    (trace,) = run(ROAD + orders + "    k.teleport(to = (302 m, -12 m))")
    assert trace.states_of("ego")[51, 0] > 200.0 and trace.states_of("o")[51, 0] == pytest.approx(40.0, abs=0.1)


def test_the_first_variant_that_has_no_room_is_named() -> None:
    """Of a batch that one is told in which it happens first: nearer than its length the car does not fit."""
    body = ROAD.replace("car o", "param far ~ 3 m..40 m\ncar o") + "    ego.teleport(to = s(200 m - far))"
    body = body.replace("on lane(2)", "on lane(1)")
    with pytest.raises(ProgramError, match=r"'ego' would stand in 'o' \(variant [1-9]\d*, tick 50\)"):
        run(body, 40)


def test_placed_beside_the_world() -> None:
    """At the start the same place is refused."""
    with pytest.raises(ProgramError, match="more than 900 m beside the road"):
        run("world street()\npedestrian k at (20 m, -4000 m)\nstop after 0.1 s")
