"""Measures of frames, against what follows from the recorded poses alone: MuJoCo's distances, and closed forms."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.measuring import Measuring
from simengine.engine.variation import Simulated, Variation
from simengine.language import parse_text
from simengine.language.program import Program
from simengine.render.labels import Objects3D, objects3d
from simengine.world.scene import Scene
from tests.engine.worlds import run

STREET = """use driving

scenario t:
    world street(lanes = 2, lane_width = 3.5 m, parking = right, length = 200 m)
    car ego on lane(1) at s(20 m):
        speed = 12 m/s
    car lead on lane(1) ahead of ego by 30 m:
        speed = 7 m/s
    car parked along curb(right) at s(70 m)
    pedestrian kid beyond parked by 1 m:
        speed = 2 m/s
    do:
        wait 2 s
        kid.run(across = road) for 0.9 s
    stop when collision(ego, lead)
    stop after 6 s
"""
TIMES_NS = (0, 333_333_333, 1_000_000_000, 1_733_333_333, 2_500_000_000, 3_366_666_666)
"""Also between ticks of 10 ms, as frames at 30 Hz are."""


def made(text: str) -> tuple[Program, Simulated, Scene]:
    program = parse_text(text, libraries=libraries())[0]
    (simulated,) = Variation(program, 1, "random").simulate([0])
    scene = build_scene(program, simulated.scenario, libraries(), 1, simulated.trace.moving)
    return program, simulated, scene


@pytest.fixture(scope="module")
def street() -> tuple[Program, Simulated, Scene]:
    return made(STREET)


class Boxes:
    """Boxes of an instant in MuJoCo, moved on by their velocities."""

    def __init__(self, things: Objects3D, names: tuple[str, str]) -> None:
        self._rows = [things.find(name) for name in names]
        geoms = "".join(
            f'<body mocap="true"><geom type="box" size="{" ".join(str(0.5 * v) for v in things.size_m[r])}"/></body>'
            for r in self._rows
        )
        self._model = mujoco.MjModel.from_xml_string(f"<mujoco><worldbody>{geoms}</worldbody></mujoco>")
        self._data, self._things = mujoco.MjData(self._model), things

    def apart_m(self, after_s: float = 0.0) -> float:
        for k, r in enumerate(self._rows):
            self._data.mocap_pos[k] = self._things.center_m[r] + after_s * self._things.velocity_mps[r]
            self._data.mocap_quat[k] = self._things.orientation[r]
        mujoco.mj_forward(self._model, self._data)
        return float(mujoco.mj_geomDistance(self._model, self._data, 0, 1, 500.0, None))


def test_distances_are_those_of_the_recorded_boxes(street: tuple[Program, Simulated, Scene]) -> None:
    """MuJoCo's distance of the boxes of the labels at the same time, good to a hundredth of a millimetre."""
    program, simulated, scene = street
    measuring, states = Measuring(program, simulated.scenario, simulated.trace, scene), simulated.trace.on(scene)
    for t in TIMES_NS:
        measures, things = measuring.at(t), objects3d(scene, states.state_at(t))
        assert set(measures.name) == {"ego", "lead", "parked", "kid"} and np.all(np.diff(measures.instance) > 0)
        for name in ("lead", "parked", "kid"):
            row = measures.find(name)
            assert measures.distance_m[row] == pytest.approx(Boxes(things, ("ego", name)).apart_m(), abs=1e-5)
            assert measures.contact[row] == (measures.distance_m[row] <= 0.0)
        assert math.isnan(measures.distance_m[measures.find("ego")])


def test_times_follow_from_recorded_poses_and_velocities(street: tuple[Program, Simulated, Scene]) -> None:
    """On a straight road: the gap is between bumpers; by the closing speed it is the time to collision, by ego's speed
    the headway, and v^2 / (2 gap) the deceleration. With a person it is when the boxes of the labels, moved on, touch.
    """
    program, simulated, scene = street
    measuring, states = Measuring(program, simulated.scenario, simulated.trace, scene), simulated.trace.on(scene)
    met = 0
    for t in TIMES_NS:
        measures, things = measuring.at(t), objects3d(scene, states.state_at(t))
        ego, lead, row = things.find("ego"), things.find("lead"), measures.find("lead")
        length = 0.5 * (things.size_m[ego, 0] + things.size_m[lead, 0])
        gap = things.center_m[lead, 0] - things.center_m[ego, 0] - length
        pace, closing = things.velocity_mps[ego, 0], things.velocity_mps[ego, 0] - things.velocity_mps[lead, 0]
        assert closing > 0.0 and measures.gap_m[row] == pytest.approx(gap, abs=1e-9)
        assert measures.ttc_s[row] == pytest.approx(gap / closing, abs=1e-9)
        assert measures.headway_s[row] == pytest.approx(gap / pace, abs=1e-9)
        assert measures.required_deceleration_mps2[row] == pytest.approx(closing**2 / (2.0 * gap), abs=1e-9)
        time, boxes = measures.ttc_s[measures.find("kid")], Boxes(things, ("ego", "kid"))
        ahead = [boxes.apart_m(s) for s in np.arange(0.0, 6.0, 0.02)]
        if math.isfinite(time):
            met += 1
            assert boxes.apart_m(time) == pytest.approx(0.0, abs=1e-4)
            assert min((d for k, d in enumerate(ahead) if 0.02 * k < time - 0.02), default=1.0) > 0.0
        else:
            assert min(ahead) > 0.0
    assert met


def test_what_is_of_the_whole_run_is_in_every_frame(street: tuple[Program, Simulated, Scene]) -> None:
    """First contact, between ticks: there the boxes of the labels are a hundredth of a millimetre apart at most, and
    before it they were not; and the summary says the same."""
    program, simulated, scene = street
    summary, states = simulated.trace.summary, simulated.trace.on(scene)
    measures = Measuring(program, simulated.scenario, simulated.trace, scene).at(0)
    row = measures.find("lead")
    first = int(measures.contact_time_ns[row])
    assert summary.collision == "lead" and summary.collision_s == pytest.approx(first / 1e9, abs=1e-9)
    touching, before = (
        Boxes(objects3d(scene, states.state_at(t)), ("ego", "lead")).apart_m() for t in (first, first - 5_000_000)
    )
    assert abs(touching) < 1e-5 and before > 0.01
    assert measures.contact_time_ns[measures.find("parked")] == -1
    assert bool(np.isinf(np.delete(measures.pet_s, measures.find("ego"))).all())  # nobody crosses ego's way
    table = simulated.row("kept").summary
    assert table["off_road_time [s]"] is None and not measures.off_road[measures.find("ego")]
    assert measures.off_road[measures.find("kid")] and not measures.ran_red.any()
    assert table["min_headway [s]"] == pytest.approx(0.0, abs=0.01)  # it drives up to the one ahead


def test_off_the_road_and_over_the_line_at_red() -> None:
    """From x = 20 m at 10 m/s, half a car more than 2 s reach the line 15 m before the crossing; a road that ends after
    a hundred metres is left, with the centre, at its end."""
    text = (
        "use driving\n\nscenario t:\n    world junction(length = 60 m, lane_width = 3 m, control = signals):\n"
        "        signal.own = red\n    car ego on lane(1) at s(20 m):\n        speed = 10 m/s\n"
        "    car other on right_arm at s(5 m):\n        speed = 10 m/s\n    stop after 12 s\n"
    )
    program, simulated, scene = made(text)
    measuring, summary = Measuring(program, simulated.scenario, simulated.trace, scene), simulated.trace.summary
    red, off = summary.red_lights_s[0], summary.off_road_s
    assert off is not None
    for time_s, ran, gone in ((red - 0.01, False, False), (red, True, False), (off, True, True)):
        measures = measuring.at(round(time_s * 1e9))
        ego, other = measures.find("ego"), measures.find("other")
        assert (bool(measures.ran_red[ego]), bool(measures.off_road[ego])) == (ran, gone)
        assert measures.pet_s[other] == summary.pet_s["other"] == summary.min_pet_s > 0.5
    ends = 2 * 60.0  # two arms
    assert simulated.trace.track("ego")[round(off * 100), 0] == pytest.approx(ends, abs=0.11)


@pytest.mark.parametrize(("lane", "ahead"), [(1, True), (2, False)])
def test_the_smallest_headway_is_to_who_is_in_the_way(lane: int, ahead: bool) -> None:
    """20 m behind at the same 10 m/s: 2 s. Who drives in another lane is followed by nobody."""
    body = (
        "car ego on lane(1) at s(20 m):\n    speed = 10 m/s\n"
        f"car other on lane({lane}) ahead of ego by 20 m:\n    speed = 10 m/s\nstop after 1 s"
    )
    (trace,) = run(body)
    assert trace.summary.min_headway_s == pytest.approx(2.0 if ahead else math.inf, abs=1e-9)
