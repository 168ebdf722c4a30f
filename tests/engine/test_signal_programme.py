"""Fixed-time signals: the times of a cycle, and traffic that obeys them without a word of the scenario."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.signal_programme import shows_at
from simengine.errors import ProgramError
from tests.engine.driving import run, variants_of

GREEN, AMBER, RED = 0, 1, 2
WORLD = "world junction(control = signals, length = 100 m):\n    signal.cycle = {cycle}\n    signal.offset = {offset}\n"


def test_a_cycle_has_the_times_that_it_should():
    """60 s with a share of 0.6: 30 s and 20 s of green, 3 s of amber each, and red for all in 2 + 2 s; an offset of 10
    s shows at 0 s what else is shown at 10 s, and after a cycle it begins anew."""
    time_s = np.arange(0.05, 60.0, 0.1)
    cycle, share, none = np.full(600, 60.0), np.full(600, 0.6), np.zeros(600)
    own, cross = shows_at(time_s, cycle, share, none)
    seconds = [[0.1 * np.count_nonzero(road == word) for word in (GREEN, AMBER, RED)] for road in (own, cross)]
    assert seconds[0] == pytest.approx([30.0, 3.0, 27.0]) and seconds[1] == pytest.approx([20.0, 3.0, 37.0])
    assert not ((own != RED) & (cross != RED)).any()
    assert 0.1 * np.count_nonzero((own == RED) & (cross == RED)) == pytest.approx(4.0)
    assert np.array_equal(shows_at(time_s + 10.0, cycle, share, none), shows_at(time_s, cycle, share, none + 10.0))
    assert np.array_equal(shows_at(time_s + 60.0, cycle, share, none), [own, cross])


def test_drivers_obey_without_being_told():
    """A cycle of 30 s has 10 s of green a road: own 0 to 10 s, cross 15 to 25 s. Who comes on the main road first goes
    on through; on the other road one waits at its line until 15 s and then drives; nobody runs a red light."""
    car = "    speed = 10 m/s\n    controller = driver(turn = straight)\n"
    (trace,) = run(
        WORLD.format(cycle="30 s", offset="0 s") + f"car ego on lane(1) at s(50 m):\n{car}"
        f"car other on left_arm at s(50 m):\n{car}stop after 19 s"
    )  # fmt: skip
    ego, other = trace.speed_mps("ego"), trace.speed_mps("other")
    assert ego[:800].min() > 6.0
    assert np.all(other[1300:1500] < 0.01) and other[1850] > 3.0
    assert not trace.summary.red_lights
    changes = [(c.time_ns / 1e9, c.name, c.value) for c in trace.weather]
    assert [(t, v) for t, n, v in changes if n == "signal.cross"] == [(0.0, RED), (15.0, GREEN)]
    assert [(t, v) for t, n, v in changes if n == "signal.own"] == [(0.0, GREEN), (10.0, AMBER), (13.0, RED)]


def test_each_variant_has_its_own_offset_and_none_without_a_cycle():
    """A drawn offset shifts the first change; a variant of the batch is as it is alone."""
    body = (
        "world junction(control = signals, length = 100 m):\n    signal.cycle ~ {0 s, 40 s}\n"
        "    signal.offset ~ 0..40 s\ncar ego on lane(1) at s(20 m)\nstop after 0.2 s"
    )
    traces, variants = run(body, 6), variants_of(body, 6)
    cycle, offset = variants.values["world.signal.cycle"], variants.values["world.signal.offset"]
    for k, trace in enumerate(traces):
        own = [c.value for c in trace.weather if c.name == "signal.own" and c.time_ns == 0]
        expected = int(shows_at(0.0, cycle[k : k + 1], np.array([0.5]), offset[k : k + 1])[0, 0]) if cycle[k] else None
        assert own == ([] if expected is None else [expected])


def test_a_cycle_that_is_too_short_is_refused():
    """Ambers and clearances take 10 s of it."""
    with pytest.raises(ProgramError, match=r"variant 0: 'signal.cycle' is 5 s; a cycle lasts at least 20 s"):
        run(WORLD.format(cycle="5 s", offset="0 s") + "car ego on lane(1) at s(20 m)\nstop after 1 s")
