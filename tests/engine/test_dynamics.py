"""`dynamics = single_track` in programs: the weather's grip, changes while it runs, what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.trace import Trace
from simengine.errors import ProgramError
from tests.engine.driving import run

BODY = """world highway(lanes = 2, length = 600 m):
    wetness = {wetness}
car ego on lane(1) at s(20 m):
    speed = 80 km/h
    {dynamics}
do:
    wait 1 s
    {before}
    ego.{action}
stop after 9 s"""


def program(
    wetness: float = 0.0, dynamics: str = "dynamics = single_track", before: str = "wait 0.1 s",
    action: str = "stop(rate = 9 m/s2)",
) -> str:  # fmt: skip
    return BODY.format(wetness=wetness, dynamics=dynamics or "lateral = 0 m", before=before, action=action)


def traced(body: str) -> Trace:
    return run(body)[0]


def travelled(trace: Trace) -> float:
    track = trace.track("ego")
    return float(track[-1, 0] - track[110, 0])


def test_wet_roads_take_longer_to_stop_on() -> None:
    """9 m/s2 is less than a dry road gives and more than a soaked one (0.7 g): v^2 / (2 a) and what is driven during
    dead time, lag and half of the build-up at 40 m/s3; also where it becomes wet while the scenario runs."""
    v = 80.0 / 3.6
    dry, wet = travelled(traced(program(0.0))), travelled(traced(program(1.0)))
    for found, a in ((dry, 9.0), (wet, 0.7 * 9.81)):
        assert found == pytest.approx(v * v / (2.0 * a) + v * (0.15 + 0.5 * a / 40.0), rel=0.03)
    assert travelled(traced(program(0.0, before="wetness = 1.0\n    wait 0.1 s"))) == pytest.approx(wet, rel=0.02)


def test_default_is_the_kinematic_model() -> None:
    """With the word or without it: the same bytes; nothing tilts."""
    plain, said = traced(program(dynamics="")), traced(program(dynamics="dynamics = kinematic"))
    assert plain.moved.tobytes() == said.moved.tobytes()
    assert not plain.moved[..., 4:6].any()
    assert np.abs(traced(program()).moved[:, 0, 5]).max() > 0.01  # the nose dives


def test_a_speed_beyond_its_power_names_vehicle_tick_and_speed() -> None:
    """60 W/kg against drag and rolling: about 210 km/h."""
    with pytest.raises(
        ProgramError, match=r"'ego' cannot reach 300 km/h \(variant 0, tick \d+\): its power holds 2\d\d"
    ):
        traced(program(action="change_speed(to = 300 km/h, rate = 2 m/s2)"))
