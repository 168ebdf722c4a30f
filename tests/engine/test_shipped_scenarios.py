"""The shipped scenarios, simulated: what their texts say is what happens."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.scenes import InitialScenes
from simengine.engine.simulate import simulate
from simengine.engine.variants import Variants
from simengine.language.sample import Sampler
from simengine.world.lamps import Lamp


@cache
def simulated(name: str, indices: tuple[int, ...]):
    program = load(name)
    draws = Sampler(program, 0).draw(list(indices), InitialScenes(program, libraries(), 0))
    variants = Variants.of(draws, libraries())
    return draws, variants, simulate(variants)


def size(variants, row, name):
    slots = [s.name for s in variants.roster.slots]
    return variants.size_m[row, slots.index(name)]


@pytest.mark.parametrize("row", [0, 1])
def test_child_comes_out_between_the_first_two_cars(row):
    """Until it starts, the child stands between parked[1] and parked[2], hidden from the driver; then it runs square to
    the road into ego's lane. It starts in the first tick in which ego's front is less than ``gap`` seconds away."""
    draws, variants, traces = simulated("child_dart_out", (0, 5))
    trace = traces[row]
    start = trace.time_of("dart.started") * trace.rate_hz // 10**9
    kid, ego = trace.track("kid"), trace.track("ego")
    first, second = trace.track("parked[1]")[0, 0], trace.track("parked[2]")[0, 0]
    assert first + 2.0 < kid[0, 0] < second - 2.0
    assert (kid[: start + 1] == kid[0]).all()
    assert np.abs(kid[:, 0] - kid[0, 0]).max() < 1e-6
    assert kid[-1, 1] > kid[0, 1] + 1.5
    assert (np.diff(kid[:, 1]) >= 0).all()
    left_s = (kid[0, 0] - ego[:, 0] - 0.5 * size(variants, row, "ego")[0]) / np.maximum(trace.speed_mps("ego"), 1e-9)
    gap_s = draws.values["gap"][row]
    assert left_s[start] < gap_s <= left_s[start - 1]


def test_monitor_and_summary_agree():
    """``expect always distance(ego, kid) > 0.3 m`` has the margin (smallest distance) - 0.3 m: the monitor gets it tick
    by tick while running, the summary from the finished trace. A collision ends the run in the tick after it."""
    _, _, traces = simulated("child_dart_out", (0, 5))
    for trace in traces:
        expect = next(v for v in trace.verdicts if v.kind == "expect")
        assert expect.robustness == pytest.approx(trace.summary.min_distance_m["kid"] - 0.3, abs=1e-9)
        assert expect.holds == (expect.robustness > 0)
    for trace in traces:
        if trace.summary.collision is not None:
            assert trace.duration_ns / 1e9 == pytest.approx(trace.summary.collision_s, abs=0.0101)


def test_emergency_brake_acts_on_the_child():
    """ego holds its speed until the child is out, then brakes by more than 2 m/s with its brake lamps lit."""
    trace = simulated("child_dart_out", (0, 5))[2][1]
    speed, lamps = trace.speed_mps("ego"), (trace.lamps[: trace.stop_tick + 1, 0] & Lamp.BRAKE) > 0
    first = int(np.argmax(lamps))
    assert trace.time_of("dart.started") < first * 10**9 // trace.rate_hz
    assert speed[: first - 1] == pytest.approx(speed[0], abs=1e-9)
    assert speed.min() < speed[0] - 2.0


def test_cut_in_happens_at_the_gap():
    """The other car drives slower in the next lane; when the bumper gap falls below ``dx0`` it moves into ego's lane,
    where it ends in the middle. Before, both keep their speeds, so the gap falls by -dv a second."""
    draws, variants, (trace,) = simulated("alks_cut_in", (0,))
    half = 0.5 * (size(variants, 0, "ego")[0] + size(variants, 0, "other")[0])
    gap_m = trace.track("other")[:, 0] - trace.track("ego")[:, 0] - half
    start = trace.time_of("cut.started") * trace.rate_hz // 10**9
    dx0, dv = draws.values["dx0"][0], draws.values["dv"][0]
    assert gap_m[start] < dx0 <= gap_m[start - 1] + 1e-9
    assert start / trace.rate_hz == pytest.approx(10.0, abs=0.0101)  # the lead time of the text
    assert np.diff(gap_m[:start]) == pytest.approx(dv / trace.rate_hz, abs=1e-9)
    assert abs(trace.track("other")[0, 1] - trace.track("ego")[0, 1]) == pytest.approx(3.75)
    assert trace.track("other")[-1, 1] == pytest.approx(trace.track("ego")[-1, 1], abs=0.1)
    assert trace.stop_reason == "end of the timeline"
