"""Required deceleration, post-encroachment time and red lights of runs, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.engine.variation import Variation
from simengine.language import parse_text
from simengine.language.sample import Sampler
from tests.engine.worlds import run

LENGTH, STOP = 80.0, 13.0
"""Of the arms; at a junction of two lanes of 3 m the kerbs begin to bend 3 + 8 m from the middle, the crossing ends 1 m
and the stop line 2 m before that."""

BEHIND = (
    "car ego on lane(1) at s(20 m):\n    speed = 10 m/s\n"
    "car other on lane({}) ahead of ego by 40 m:\n    speed = 6 m/s\n"
)


def text(body: str, world: str = "") -> str:
    inside = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return (
        f"use driving\n\nscenario t:\n    world junction(length = {LENGTH:g} m, lane_width = 3 m, control = signals)"
        f"{world}\n{inside}\n"
    )


def at_signals(body: str, world: str = "", count: int = 1) -> tuple[list[Trace], Variants]:
    program = parse_text(text(body, world), libraries=libraries())[0]
    variants = Variants.of(Sampler(program, 0).draw(range(count)), libraries())
    return simulate(variants), variants


def test_required_deceleration_is_the_closed_form():
    """Closing at 4 m/s from 40 m for 3 s: 4^2 / (2 * 28 m) at the end, the largest. Who is ahead need not brake. In the
    other lane the function counts the same, but there is no collision course."""
    body = BEHIND + (
        "stop after 3 s\nexpect always ego.required_deceleration(other) < 1 m/s2\n"
        "expect always other.required_deceleration(ego) <= 0 m/s2"
    )
    (trace,) = run(body.format(1))
    largest = 16.0 / 56.0
    assert trace.summary.max_required_deceleration_mps2 == pytest.approx(largest, abs=1e-9)
    assert trace.verdicts[0].robustness == pytest.approx(1.0 - largest, abs=1e-9)
    assert trace.verdicts[1].holds and trace.summary.min_pet_s == math.inf
    (trace,) = run(body.format(2))
    assert trace.summary.max_required_deceleration_mps2 == 0.0
    assert trace.verdicts[0].robustness == pytest.approx(1.0 - largest, abs=1e-9)


@pytest.mark.parametrize(("rate", "hits"), [(3.0, False), (2.0, True)])
def test_who_brakes_harder_than_required_does_not_touch(rate: float, hits: bool):
    """20 m before a standing car at 10 m/s: 100 / 40 = 2.5 m/s2. Braking by 3 m/s2 what is required falls (once the
    brakes have come on, in some tenths of a second) and they do not touch; by 2 m/s2 it rises without bound until
    they do."""
    body = (
        "car ego on lane(1) at s(20 m):\n    speed = 10 m/s\ncar other ahead of ego by 20 m\nstop after 5 s\n"
        f"do:\n    ego.change_speed(to = 0 m/s, rate = {rate:g} m/s2)"
    )
    (trace,) = run(body)
    most = trace.summary.max_required_deceleration_mps2
    assert (trace.summary.collision is not None) == hits
    assert most > 20.0 if hits else 2.5 <= most < 2.7


def test_post_encroachment_time_at_a_junction():
    """Both at 10 m/s. Ways cross at (81.5, -1.5). Ego, from x = 50, has left when its rear is past the other's far
    side; the other, from y = -50, enters with its front at ego's near side."""
    (trace,), v = at_signals(
        "car ego on lane(1) at s(50 m):\n    speed = 10 m/s\ncar other on right_arm at s(30 m):\n    speed = 10 m/s\n"
        "stop after 8 s"
    )
    (long, wide), (length, width) = v.size_m[0, :2, :2]
    leaves, enters = (31.5 + 0.5 * width + 0.5 * long) / 10.0, (48.5 - 0.5 * wide - 0.5 * length) / 10.0
    assert trace.summary.min_pet_s == pytest.approx(enters - leaves, abs=1e-6)
    assert trace.summary.red_lights == ("other",)  # of the other road, whose signal is red unless it is set


EGO = "car ego on lane(1) at s(40 m):\n    speed = 10 m/s\nstop after 5 s\nexpect always not ego.ran_red\n"


def test_who_crosses_the_line_at_red_ran_it():
    """The front is at the line's far edge, 13 m before the middle, after (67 - 40 - half a length) / 10 m/s: the first
    tick from then on shows it, and it stays so."""
    (trace,), v = at_signals(
        EGO + "expect eventually (ego.ran_red and ego.travelled > 45 m)", ":\n        signal.own = red"
    )
    when = (LENGTH - STOP - 40.0 - 0.5 * v.size_m[0, 0, 0]) / 10.0
    never, stays = trace.verdicts
    assert trace.summary.red_lights == ("ego",)
    assert never.violated_ns == math.ceil(when * 100.0) * 10_000_000 and stays.holds


@pytest.mark.parametrize("state", ["green", "amber", "flashing", "off"])
def test_other_states_may_be_passed(state: str):
    """Only red is red."""
    (trace,), _ = at_signals(EGO, f":\n        signal.own = {state}")
    assert trace.summary.red_lights == () and trace.verdicts[0].holds


def test_who_stops_before_the_line_did_not_run_it():
    """From 10 m/s at 4 m/s2: 12.5 m, and some more until the brakes are on; the front has 27 m less half a length of
    about 5 m."""
    body = EGO + "do:\n    ego.change_speed(to = 0 m/s, rate = 4 m/s2)"
    (trace,), _ = at_signals(body, ":\n        signal.own = red")
    assert trace.summary.red_lights == () and trace.verdicts[0].holds
    assert trace.track("ego")[-1, 0] == pytest.approx(52.5, abs=0.6)


@pytest.mark.parametrize(("wait_s", "ran"), [(2.0, ("ego",)), (3.5, ())])
def test_what_counts_is_what_the_signal_shows_then(wait_s: float, ran: tuple[str, ...]):
    """The front crosses at about 2.5 s: red from 2 s on is run, red from 3.5 s on is not. A car on a red arm that is
    put beyond the line, or begins there, has not crossed it."""
    body = EGO + (
        "car put on right_arm at s(20 m)\ncar beyond on left_arm at s(68 m):\n    speed = 3 m/s\n"
        f"do:\n    parallel:\n        serial:\n            wait {wait_s:g} s\n            signal.own = red\n"
        "        serial:\n            wait 4.9 s\n            put.teleport(to = (81.5 m, -9 m))"
    )
    (trace,), _ = at_signals(body, ":\n        signal.own = green\n        signal.cross = red")
    assert trace.summary.red_lights == ran


def test_variants_have_signals_of_their_own():
    """Half of the draws are red: each variant is judged by its own signal."""
    body = EGO.replace("5 s", "3 s")
    traces, v = at_signals(body, ":\n        signal.own ~ {green, red}", count=8)
    red = [v.world_values(k)["signal.own"] == "red" for k in range(8)]
    assert 0 < sum(red) < 8 and [bool(t.summary.red_lights) for t in traces] == red


def test_the_row_of_a_variant_tells_them():
    """As in ``variants.parquet``: what is none is empty."""
    program = parse_text(text(EGO, ":\n        signal.own = red"), libraries=libraries())[0]
    (made,) = Variation(program, 0, "random").simulate([0])
    figures = made.row("kept").summary
    assert figures["red_light"] == "ego" and figures["min_pet [s]"] is None
    assert figures["max_required_deceleration [m/s2]"] == 0.0
    assert np.isfinite(figures["top_speed [m/s]"])
