"""The checker of motion finds what it is for, and nothing else: tracks and runs whose figures are known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.catalogue import find_scenario, libraries
from simengine.engine.placement import place
from simengine.engine.simulate import simulate
from simengine.engine.trace import CHANNELS
from simengine.engine.variants import Variants
from simengine.engine.variation import geometry_of
from simengine.language import parse_text
from simengine.language.sample import Sampler
from tests.scenarios.check_motion import Fault, Track, checked

DT_S = 0.01


def states(x: F64Array, y: F64Array, yaw: F64Array) -> F64Array:
    """A track of places and headings, whose velocities and paces are those of the places."""
    out = np.zeros((x.size, CHANNELS))
    out[:, 0], out[:, 1], out[:, 3], out[:, 6] = x, y, np.cos(0.5 * yaw), np.sin(0.5 * yaw)
    out[:, 7], out[:, 8] = np.gradient(x, DT_S), np.gradient(y, DT_S)
    out[:, 13] = np.hypot(out[:, 7], out[:, 8])
    return out


def person(made: F64Array) -> dict[str, Fault]:
    track = Track(made, DT_S)
    rows = [*track.steps(), *track.bends("person"), *track.feet()]
    return {f.what: f for f in track.told("p", rows)}


T = np.arange(300) * DT_S


def test_who_walks_a_circle_is_well() -> None:
    """1.4 m/s on 1 m of radius: 1.4 rad/s and 2 m/s2."""
    turn = 1.4 * T
    assert not person(states(np.sin(turn), 1.0 - np.cos(turn), turn))


def test_each_fault_is_told_with_its_figure() -> None:
    """A straight walk at 1.4 m/s, spoiled in one way at a time: turned about at 5 rad/s while standing; stopped from
    1.4 m/s within 0.05 s (28 m/s2); 0.3 m aside from one tick to the next; facing 0.2 rad beside the way (1.4 sin 0.2 =
    0.278 m/s aside); paces of 2 m/s where 1.4 m are walked; and a heading that swings by 0.1 rad at 8 Hz (5 rad/s)."""
    zero, walk = np.zeros_like(T), 1.4 * T
    assert person(states(zero, zero, 5.0 * T))["turns"].worst == pytest.approx(5.0)
    v = 1.4 * np.clip((1.5 - T) / 0.05, 0.0, 1.0)
    halted = person(states(np.cumsum(v) * DT_S, zero, zero))["pulls"]
    assert halted.worst == pytest.approx(28.0, rel=0.1) and halted.time_s == pytest.approx(1.45, abs=0.03)
    aside = states(walk, np.where(T > 1.0, 0.3, 0.0), zero)
    aside[:, 8] = 0.0
    assert person(aside)["jumps"].worst == pytest.approx(0.3, abs=0.01)
    assert person(states(walk, zero, zero + 0.2))["slides aside"].worst == pytest.approx(1.4 * np.sin(0.2), rel=1e-3)
    hasty = states(walk, zero, zero)
    hasty[:, 13] = 2.0
    assert set(person(hasty)) == {"slides along"} and person(hasty)["slides along"].worst == pytest.approx(0.6)
    shaking = person(states(zero, zero, 0.1 * np.sin(2.0 * np.pi * 8.0 * T)))
    assert shaking["trembles"].worst == pytest.approx(8.0, abs=1.0)


def test_a_slow_sway_does_not_tremble() -> None:
    """Once a second, and noise of 0.05 rad/s at any rate."""
    sway = 0.1 * np.sin(2.0 * np.pi * T) + 0.0005 * np.where(np.arange(300) % 2, 1.0, -1.0) * 0.5
    assert "trembles" not in person(states(np.zeros_like(T), np.zeros_like(T), sway))


def found_in(body: str) -> set[tuple[str, str]]:
    inside = "\n".join(f"    {line}" for line in f"world street(length = 60 m)\n{body}".split("\n"))
    (program,) = parse_text(f"use driving\n\nscenario t:\n{inside}\n", libraries=libraries())
    ((_, found),) = checked(program, 0, 1)
    assert not isinstance(found, str), found
    return {(f.what, f.who) for f in found}


def test_in_runs_overlaps_are_told_and_what_the_text_wants_is_not() -> None:
    """Somebody sent to run through another's place is in them, whether a monitor watches them or not; who is
    teleported jumps because the text says so."""
    who = "pedestrian a at (20 m, -7 m)\npedestrian b at (22 m, -7 m):\n    speed = 1 m/s\nstop after 3 s\n"
    through = who + "do:\n    a.run(to = (24 m, -7 m), speed = 1 m/s)\nexpect always not collision(a, b)"
    assert ("overlap", "a, b") in found_in(through)
    assert not found_in(who + "do:\n    wait 1 s\n    a.teleport(to = (30 m, -7 m))\n    a.walk(to = (31 m, -7 m))")


def test_who_overtakes_before_the_deer_has_room_to_pull_out() -> None:
    """In this draw 15 m/s faster than the truck and 30 m behind it, ego once ran into its back before it had changed
    lanes: what the scenario is about is the deer."""
    file = find_scenario("animal_while_passing")
    (program,) = parse_text(file.source, file.origin, libraries=libraries())
    variants = Variants.of(Sampler(program, 1).draw([1], geometry_of(program, 1)), libraries())
    (trace,) = simulate(variants, place(variants))
    assert not [c for c in trace.impacts if "slow" in (c.first, c.second)]
