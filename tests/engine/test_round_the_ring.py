"""Driving round: ways out by number and by word, what nobody told otherwise, what begins in the ring, indicators."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.errors import ProgramError
from simengine.language import check_text, parse_text
from simengine.world.lamps import Lamp

RIGHT = int(Lamp.RIGHT)
OUT = {"right": (0.0, -1.0), "far": (1.0, 0.0), "left": (0.0, 1.0), "back": (-1.0, 0.0)}


def text(body: str, world: str = "length = 80 m, radius = 17 m") -> str:
    inside = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f"use driving\n\nscenario t:\n    world roundabout({world})\n{inside}\n"


def driven(body: str, world: str = "length = 80 m, radius = 17 m"):
    program = parse_text(text(body, world), libraries=libraries())[0]
    (one,) = Variation(program, 0, "random").simulate([0])
    assert one.trace is not None
    return one.trace


def position(trace, slot: int = 0) -> np.ndarray:
    return trace.motion[:, slot, :2]


@pytest.fixture(scope="module")
def rounds():
    """By the number of its way out, how a car goes round."""
    body = "param way: int ~ {1: 1, 2: 1, 3: 1, 4: 1}\ncar ego on lane(1) at s(45 m):\n    speed = 8 m/s\n"
    program = parse_text(text(f"{body}do:\n    ego.turn(exit = way)\nstop after 22 s"), libraries=libraries())[0]
    done = Variation(program, 0, "grid").simulate(range(4))
    return {round(one.scenario.values["way"]): one.trace for one in done}


def check_way_out(trace, goal: str) -> None:
    at = position(trace) - [80.0, 0.0]
    way = np.array(OUT[goal])
    along, across = at[-1] @ way, at[-1] @ [way[1], -way[0]]
    assert along > 20.0 and 1.5 < across < 3.3
    assert (at[-1] - at[-20]) @ way > 0.98 * np.linalg.norm(at[-1] - at[-20])
    assert np.hypot(*at.T).min() > 9.6 + 0.9


def test_the_way_out_is_the_one_asked_for(rounds) -> None:
    """Four arms of 80 m meet at (80, 0). At 8 m/s or less a car is on the arm it was told after 22 s, more than 20 m
    from the middle, on the right-hand side of it (1.6 m to 3.2 m from its middle line), and it heads outward. It
    never came nearer to the middle than the island's edge (9.6 m) and half its width allow."""
    for number, goal in enumerate(OUT, 1):
        check_way_out(rounds[number], goal)


def test_who_is_told_nothing_goes_straight_on() -> None:
    """As above, onto far_arm."""
    check_way_out(driven("car ego on lane(1) at s(50 m):\n    speed = 8 m/s\nstop after 14 s"), "far")


def test_indicators_show_right_before_a_way_out(rounds) -> None:
    """Who takes the third way out drives most of the ring without, and leaves with the right-hand indicator on; who
    takes the first one comes in with it on."""
    at = position(rounds[3]) - [80.0, 0.0]
    on = (rounds[3].lamps[:, 0] & RIGHT) > 0
    away, angle = np.hypot(*at.T), np.degrees(np.arctan2(at[:, 1], at[:, 0])) % 360.0
    assert not on[(away < 17.0) & (angle > 200.0) & (angle < 340.0)].any()
    leaving = np.flatnonzero((away < 18.0) & (angle > 70.0) & (angle < 90.0))
    assert len(leaving) and on[leaving].all() and not on[-1]
    assert ((rounds[1].lamps[10:100, 0] & RIGHT) > 0).all()


def test_what_begins_in_the_ring_goes_round_until_it_is_told() -> None:
    """At 5 m/s for 19 s a bicycle goes more than once round a ring of 13.4 m (84 m) and keeps to 25 cm of its lane;
    told to leave by the second way out (counted from own_arm), it is on far_arm."""
    round_ = driven("cyclist c on ring at s(10 m):\n    speed = 5 m/s\nstop after 19 s")
    away = np.hypot(*(position(round_) - [80.0, 0.0]).T)
    assert np.abs(away - 13.4).max() < 0.25
    told = driven("cyclist c on ring at s(10 m):\n    speed = 5 m/s\ndo:\n    c.turn(exit = 2)\nstop after 16 s")
    x, y = position(told)[-1]
    assert x > 105.0 and -3.5 < y < -1.5


def test_ways_out_that_are_not_there_are_found_by_check() -> None:
    """Of four arms there is no fifth way out; 'direction' and 'exit' together are one too many."""
    for order, message in (
        ("turn(exit = 5)", "the ways out 1, 2, 3, 4"),
        ("turn(exit = 1, direction = left)", "not both"),
        ("turn()", "needs 'direction' or 'exit'"),
    ):
        result = check_text(text(f"car ego on lane(1)\ndo:\n    ego.{order}"), libraries=libraries())
        (found,) = [d for d in result.diagnostics if d.code == "E0205"]
        assert message in f"{found.message} {found.help}"
    with pytest.raises(ProgramError):
        parse_text(text("car ego on fifth_arm"), libraries=libraries())
