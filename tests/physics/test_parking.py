"""Parking at the kerb: where it ends, how it gets there, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.errors import ProgramError, SimEngineError
from simengine.geometry import transforms as tf
from simengine.physics.parking import KERB_GAP_M
from simengine.world.lamps import Lamp
from tests.engine.driving import run

STREET = "world street(lanes = 2, parking = right, length = 150 m)\n"

PLACE = """
car ego on lane(1) at s({start} m):
    model = {model}
    speed = {speed} m/s
do:
    ego.park(at = ({x} m, {y} m))
    wait 0.5 s
    done: ego.lights(kind = off)
stop when done.ended
stop after 60 s
"""


@pytest.mark.parametrize(
    ("model", "start", "speed"), [("hatchback", 10.0, 8.0), ("van", 25.0, 3.0), ("suv", 0.0, 13.0)]
)
def test_it_stands_parallel_to_the_kerb_at_the_place(model: str, start: float, speed: float) -> None:
    """The biarc ends in the wanted pose: the station that was named, heading along the kerb, its side 25 cm from the
    edge (offset of the kerb by formula). It never drove faster than it was, and stands at the end."""
    (trace,) = run(STREET + PLACE.format(model=model, start=start, speed=speed, x=70.0, y=-4.0))
    track, motion = trace.track("ego"), trace.motion[: trace.stop_tick + 1, trace.names.index("ego")]
    end, yaw = track[trace.stop_tick], tf.yaw_of(motion[-1, 3:7])
    width = {"hatchback": 1.79, "van": 1.99, "suv": 1.86}[model]
    kerb = -(3.25 + 2.2)
    assert end[0] == pytest.approx(70.0, abs=2e-3) and yaw == pytest.approx(0.0, abs=2e-4)
    assert end[1] - 0.5 * width - kerb == pytest.approx(KERB_GAP_M, abs=0.02)
    assert np.linalg.norm(motion[-1, 7:10]) == 0.0 and trace.stop_tick < 60 * 100
    assert np.abs(np.linalg.norm(motion[:, 7:9], axis=1)).max() <= max(speed, 4.0) + 1e-6


def test_it_goes_back_with_its_lamps_and_within_its_limits() -> None:
    """Going back the velocity is against the heading, at most 1.2 m/s plus what the turn adds at the origin; the
    reversing lamps are on exactly then; the rear axle has no sideslip, so its velocity lies along the heading; and no
    tick moves it farther than the speed does."""
    (trace,) = run(STREET + PLACE.format(model="sedan", start=20.0, speed=6.0, x=70.0, y=-4.0))
    row = trace.names.index("ego")
    motion = trace.motion[: trace.stop_tick + 1, row]
    yaw = np.unwrap(tf.yaw_of(motion[:, 3:7]))
    heading = np.stack([np.cos(yaw), np.sin(yaw)], -1)
    along = (motion[:, 7:9] * heading).sum(-1)
    back = along < -1e-9
    assert back.sum() > 300 and along.min() > -1.2 - 1e-6
    reversing = (np.asarray(trace.lamps)[: trace.stop_tick + 1, row] & int(Lamp.REVERSE)) > 0
    assert (reversing == back).mean() > 0.995
    step = np.linalg.norm(np.diff(motion[:, :2], axis=0), axis=1)
    assert step.max() < 0.062  # 6 m/s for 10 ms
    rear = motion[:, :2] - 1.35 * heading
    slip = np.diff(rear, axis=0)[back[1:]]
    across = -slip[:, 0] * np.sin(yaw[1:][back[1:]]) + slip[:, 1] * np.cos(yaw[1:][back[1:]])
    assert np.abs(across).max() < 6e-4  # the axle of a sedan is 1.33 to 1.38 m behind its origin


def test_a_batch_parks_as_smaller_ones() -> None:
    """Variants that begin elsewhere: each is, bit for bit, what it is in a batch of another size."""
    text = STREET + PLACE.replace("s({start} m)", "s(at)").format(model="sedan", speed=6.0, x=70.0, y=-4.0)
    text = text.replace("car ego", "param at: length ~ {10 m, 30 m}\ncar ego")
    both = run(text, 4)
    assert len({trace.stop_tick for trace in both}) == 2
    singles = {trace.stop_tick: trace for n in (1, 2, 3) for trace in run(text, n)}
    for trace in both:
        assert np.array_equal(trace.motion, singles[trace.stop_tick].motion)


def test_a_place_that_lies_behind_is_refused() -> None:
    """20 m past it: it would have to stop behind where it is."""
    with pytest.raises(SimEngineError, match="cannot park there any more"):
        run(STREET + PLACE.format(model="sedan", start=95.0, speed=6.0, x=70.0, y=-4.0))


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [(500.0, 0.0, r"350\.0 m beyond the end of the kerb"), (70.0, -45.45, r"40\.0 m from the nearest kerb")],
)
def test_a_place_without_a_kerb_is_refused(x: float, y: float, told: str) -> None:
    """The street is 150 m long, and its right-hand kerb is at y = -(3.25 + 2.2) m."""
    with pytest.raises(ProgramError, match=told):
        run(STREET + PLACE.format(model="sedan", start=20.0, speed=6.0, x=x, y=y))
