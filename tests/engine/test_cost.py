"""Upper bounds of what a variant costs."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.clock import Firings
from simengine.engine.cost import Cost, cost
from simengine.language import check_text
from simengine.language.program import Program

BODY = """
use driving
scenario t:
    world street(lanes = 2, parking = right)
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h
    car parked[~ 2..5] along curb(right)
"""


def program(*lines: str) -> Program:
    result = check_text(BODY + "".join(f"    {line}\n" for line in lines), "t.scn", libraries=libraries())
    assert result.ok, result.diagnostics
    return result.programs[0]


def test_counts_are_those_of_the_text():
    """1 + 5 cars; the speed and the number of cars are drawn, and how far apart they park by default is not. 0.4 s at
    10 Hz: firings at 0, 0.1 .. 0.4 s, 5 of 96 x 64 pixels and of 16 x 128 rays."""
    found = cost(program(
        "sensor front on ego = camera(size = (96, 64))", "sensor roof on ego = lidar(channels = 16, columns = 128)",
        "sensor idle on ego = camera()", "record front: rgb, depth at 10 hz", "record roof: points at 10 hz",
        "do:", "    slow: ego.stop(rate = 2 m/s2)", "stop after 0.4 s",
    ))  # fmt: skip
    assert (found.variables, found.entities, found.phases) == (2, 6, 1)
    assert (found.simulated_s, found.frames) == (0.4, 5)
    assert (found.pixels, found.rays) == (5 * 96 * 64, 5 * 16 * 128)
    assert [(s.name, s.readings) for s in found.sensors] == [("front", 5), ("roof", 5)]
    assert str(found) == "a variant at most: 0.4 s simulated, 5 frames, 30.8 thousand pixels, 10.3 thousand LiDAR rays"
    radar = ("sensor bumper on ego = radar()", "record bumper: detections at 10 hz", "stop after 0.4 s")
    assert str(cost(program(*radar))).endswith("thousand radar rays")
    both = ("sensor roof on ego = lidar()", "record roof: points at 10 hz", *radar)
    assert str(cost(program(*both))).endswith("LiDAR and radar rays")


def test_what_is_drawn_counts_with_its_largest_value():
    """The longest stop is 3 s (31 firings at 10 Hz), the first of two stops ends the run, the widest image
    counts, and a model says how many beams there are: 128 by 1024 for the largest of these."""
    camera = "sensor front on ego = camera(size = (w, 200))"
    record, drawn = "record front: rgb at 10 hz", ("param t: time ~ 1..3 s", "param w: int ~ 16..32")
    found = cost(program(*drawn, camera, record, "stop after t"))
    assert (found.simulated_s, found.frames, found.pixels) == (3.0, 31, 31 * 32 * 200)
    assert cost(program(*drawn, camera, record, "stop after t", "stop after 2 s")).frames == 21
    lidar = 'sensor roof on ego = lidar(model ~ {"OS1-128": 1, "VLP-16": 1}, columns ~ 500..1000)'
    assert cost(program(lidar, "record roof: points at 1 hz", "stop after 1 s")).rays == 2 * 128 * 1000


@pytest.mark.parametrize("rates", [(10, 20), (10, 15, 20), (7.5, 10, 30), (0.7, 3, 5)])
def test_no_run_has_more_frames(rates: tuple[float, ...]):
    """Compared with the times at which sensors of these rates fire in 2.5 s; equal where one rate divides the other."""
    lines = [f"sensor s{k} on ego = camera()" for k in range(len(rates))]
    lines += [f"record s{k}: rgb at {rate} hz" for k, rate in enumerate(rates)]
    found = cost(program(*lines, "stop after 2.5 s"))
    firings = [Firings(Fraction(r).limit_denominator(1000)).times_ns(2_500_000_000) for r in rates]
    exact = len(set().union(*firings))
    assert exact <= found.frames <= sum(len(f) for f in firings)
    assert [s.readings for s in found.sensors] == [len(f) for f in firings]
    if len(rates) == 2:
        assert found.frames == exact


def test_without_a_stop_a_run_ends_after_30_seconds():
    """The documented limit; without anything recorded there are no frames."""
    assert (cost(program()).simulated_s, cost(program()).frames) == (30.0, 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [(999, "999"), (1000, "1 thousand"), (1001, "1.01 thousand"), (99_999, "100 thousand"), (999_001, "1 million"),
     (7_929_856, "7.93 million"), (111_513_600, "112 million")],
)  # fmt: skip
def test_large_numbers_are_rounded_up_to_three_digits(number: int, text: str):
    """A bound stays one: what is told is never less than the number, and less than 1 % more."""
    shown = str(Cost(0, 0, 0, 1.0, 1, number, 0, ()))
    assert f", {text} pixels" in shown
    value, _, word = text.partition(" ")
    told = float(value) * {"": 1, "thousand": 1e3, "million": 1e6}[word]
    assert number <= told * (1 + 1e-12) and told < 1.01 * number and math.isfinite(told)
