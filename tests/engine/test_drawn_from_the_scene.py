"""Values that follow from the placed scene: speeds, durations, weather, distributions."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.errors import BudgetError
from simengine.language import Program, check_text

HEAD = """use driving
scenario t:
    world street(lanes = 2, length = 200 m)
    param at: length ~ 40..90 m
    car ego on lane(1) at s(10 m)
    truck lorry on lane(1) at s(at)
    pedestrian kid along curb(right) at s(60 m)
"""
STOP = "stop after 0.2 s"


def program(body: str) -> Program:
    lines = body.split("\n")
    inner = {"ego": HEAD.replace("s(10 m)\n", "s(10 m):\n        " + "\n        ".join(lines[1:]) + "\n")}
    text = inner["ego"] if lines[0] == "ego:" else HEAD + "".join(f"    {line}\n" for line in lines)
    result = check_text(text + f"    {STOP}\n", libraries=libraries())
    assert result.ok and not result.programs[0].not_yet, result.diagnostics
    return result.programs[0]


def free_m(at: float) -> float:
    """Between the boxes of a car and a truck in one lane, of 4.68 m and 8.6 m, whose centres are at - 10 m apart."""
    return at - 10.0 - 0.5 * (4.68 + 8.60)


def test_speeds_follow_from_distances():
    """distance / 4 s, by the drawn station and the published sizes; what is told, and what drives."""
    for one in Variation(program("ego:\nspeed = distance(ego, lorry) / 4 s"), 1, "random").simulate(range(8)):
        at = float(one.scenario.values["at"])  # type: ignore[arg-type]
        assert one.scenario.values["ego.speed"] == pytest.approx(free_m(at) / 4.0, abs=1e-9)
        assert one.trace.speed_mps("ego")[0] == one.scenario.values["ego.speed"]


def test_a_distribution_between_bounds_of_the_scene_is_uniform_there():
    """u = (d - 1 m) / (distance - 1 m) is a number of [0, 1) with the law of the variable's own stream: its mean of 400
    draws is 1/2 within four standard errors (4 / sqrt(12 * 400) = 0.058)."""
    v = Variation(program("param d: length ~ 1 m..distance(ego, lorry)"), 1, "random")
    draws = v.sampler.draw(range(400), v.geometry)
    share = (draws.values["d"] - 1.0) / (free_m(draws.values["at"]) - 1.0)
    np.testing.assert_allclose(share, draws.u["d"], atol=1e-9)
    assert abs(share.mean() - 0.5) < 0.058


def test_other_draws_stay_and_batches_are_singles():
    """What follows from the scene is drawn after it, from a stream of its own name: everything else keeps its bits."""
    without = Variation(program("param e: angle ~ 0..1 deg\nrequire e > 0.5 deg"), 3, "random")
    body = "param e: angle ~ 0..1 deg\nrequire e > 0.5 deg\nparam d: length ~ normal(distance(ego, lorry), 1 m)"
    v = Variation(program(f"{body}\nstop when distance(ego, kid) > d + 1 km"), 3, "random")
    a, b = without.sampler.draw(range(50), without.geometry), v.sampler.draw(range(50), v.geometry)
    for path, values in a.values.items():
        assert np.array_equal(values, b.values[path])
    for k in (0, 17, 49):
        assert v.sampler.draw([k], v.geometry).at(0) == b.at(k)


def test_a_constraint_on_it_draws_it_again():
    """``require d > 20 m`` with d between 1 m and the distance: all hold it, the upper bound, too; where that is less
    than 20 m (at < 36.6 m, never here) nothing would."""
    v = Variation(program("param d: length ~ 1 m..distance(ego, lorry)\nrequire d > 20 m"), 1, "random")
    draws = v.sampler.draw(range(100), v.geometry)
    assert (draws.values["d"] > 20.0).all() and (draws.values["d"] <= free_m(draws.values["at"])).all()
    assert draws.attempts.sum() > 10


def test_places_drawn_by_the_scene():
    """``ahead of lorry by ~ 1 m..distance(ego, lorry)``: the offset is among the values, and it is where the car is."""
    v = Variation(program("car third ahead of lorry by ~ 1 m..distance(ego, lorry)"), 1, "random")
    for one in v.simulate(range(10)):
        at, by = (float(one.scenario.values[name]) for name in ("at", "third.@by"))  # type: ignore[arg-type]
        assert 1.0 <= by <= free_m(at)
        x = one.trace.track("third")[0, 0]
        assert x == pytest.approx(at + 0.5 * 8.6 + by + 0.5 * 4.68, abs=1e-9)


def test_durations_and_elements():
    """A wait as long as the drawn distance says, to the tick; each element of an array has its own."""
    body = """car queue[2] behind ego by 1 m:
    speed ~ normal(distance(ego, lorry) / 100 s, 0.001 m/s) within 0..5 m/s
do:
    wait distance(ego, lorry) / 1000 m/s
    x: kid.walk(across = road)"""
    for one in Variation(program(body.replace("queue[2] behind ego", "queue[2] ahead of lorry")), 1, "random").simulate(
        range(4)
    ):
        wait = free_m(float(one.scenario.values["at"])) / 1000.0  # type: ignore[arg-type]
        assert one.trace.time_of("x.started") == pytest.approx(wait * 1e9, abs=1.01e7)
        speeds = np.array(one.scenario.values["queue.speed"])
        assert np.abs(speeds - wait * 10.0).max() < 0.01 and speeds[0] != speeds[1]


def test_values_that_leave_their_bounds_are_drawn_again_or_told():
    """A speed is at most 100 m/s: distance / 0.5 s is less than that only where at < 66.6 m; / 1 ms never is."""
    for one in Variation(program("ego:\nspeed = distance(ego, lorry) / 0.5 s"), 1, "random").simulate(range(8)):
        assert one.trace.speed_mps("ego")[0] <= 100.0
    v = Variation(program("ego:\nspeed = distance(ego, lorry) / 1 ms"), 1, "random")
    with pytest.raises(BudgetError, match=r"'ego\.speed' is within its bounds"):
        v.simulate([0])


@pytest.mark.parametrize("body", [
    "world street(lanes = 2, length = 100 m + distance(ego, kid))",
    "world street(lanes = 2)\ncar b[2 if distance(ego, kid) > 3 m else 1] along curb(right)",
    "world street()\npedestrian b along curb(left):\n    model = adult if distance(ego, kid) > 3 m else child_9y",
])  # fmt: skip
def test_what_makes_the_scene_cannot_follow_from_it(body: str):
    """The road, how many there are and how large they are must be known before anything stands anywhere."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    people = "    car ego on lane(1)\n    pedestrian kid along curb(right)\n    stop after 1 s\n"
    errors = check_text(f"use driving\nscenario t:\n{lines}{people}", libraries=libraries()).diagnostics
    assert [d.code for d in errors if d.severity == "error"] == ["E0206"], errors
    assert "cannot follow from what stands in it" in errors[0].message
