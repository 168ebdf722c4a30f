"""Bays of a parking lot: backing into one and out of one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.simulate import prepared
from simengine.errors import SimEngineError
from simengine.geometry import transforms as tf
from simengine.world.lamps import Lamp
from simengine_scenes.lot.plan import LotPlan, lot_plan
from tests.engine.driving import run, variants_of

LOT = "world parking_lot(aisles = 2, row_bays = 8, free_bays = 8, bay_angle = {angle} deg)\n"


def bays(angle: int) -> LotPlan:
    return lot_plan({"aisles": 2, "row_bays": 8, "free_bays": 8, "bay_angle": math.radians(angle)})


@pytest.mark.parametrize(("angle", "bay"), [(90, 2), (90, 3), (60, 4)])
def test_it_backs_into_the_middle_of_a_bay(angle: int, bay: int) -> None:
    """The way ends in the wanted pose exactly: the middle of the bay, nose towards the aisle."""
    body = "car ego on aisle(1) at s(1 m):\n    model = hatchback\n    speed = 3 m/s\n"
    (trace,) = run(LOT.format(angle=angle) + body + f"do:\n    ego.park(at = bay({bay}))\nstop after 30 s")
    place = bays(angle).kept_free[bay - 1]
    end, yaw = trace.track("ego")[trace.stop_tick], tf.yaw_of(trace.motion[trace.stop_tick, 0, 3:7])
    assert end[:2] == pytest.approx([place.x_m, place.y_m], abs=5e-3)
    assert math.cos(float(yaw) - place.yaw_rad - math.pi) == pytest.approx(1.0, abs=1e-5)


def test_it_backs_out_into_the_lane_and_drives_on() -> None:
    """Backwards with its reversing lamps on; then it stands turned towards the aisle's direction (the first one leads
    away from the street, +y), and drives on that way to its middle."""
    body = "car ego at bay(2):\n    model = hatchback\ndo:\n    out: ego.back_out()\n    ego.drive(speed = 3 m/s)\n"
    (trace,) = run(LOT.format(angle=90) + body + "stop after 16 s")
    motion = trace.motion[: trace.stop_tick + 1, 0]
    over = next(int(e.time_ns * 1e-7) for e in trace.events if e.name == "out.ended")
    yaw = tf.yaw_of(motion[:, 3:7])
    assert math.sin(float(yaw[over])) > 0.3
    along = (motion[:, 7:9] * np.stack([np.cos(yaw), np.sin(yaw)], -1)).sum(-1)
    assert along[: over - 5].max() < 1e-9 and along[over + 200 :].min() > 0.5
    lamps = np.asarray(trace.lamps)[: trace.stop_tick + 1, 0]
    assert bool((lamps[along < -0.05] & int(Lamp.REVERSE)).all())
    assert motion[-1, 0] == pytest.approx(bays(90).aisle_x(0), abs=0.15)


@pytest.mark.parametrize("angle", [90, 60])
def test_it_touches_no_neighbour_on_either_way(angle: int) -> None:
    """Cars stand in the bays on both sides and in those opposite (all bays are numbered here, in their order)."""
    world = f"world parking_lot(aisles = 2, row_bays = 8, free_bays = 60, shelters = 0, bay_angle = {angle} deg)\n"
    cars = "".join(f"car n{k} at bay({k}):\n    model = sedan\n" for k in (4, 6, 7, 12, 13, 14))
    into = "car ego on aisle(1) at s(1 m):\n    model = sedan\n    speed = 3 m/s\ndo:\n    ego.park(at = bay(5))\n"
    out = "car ego at bay(5):\n    model = sedan\ndo:\n    ego.back_out()\n    ego.drive(speed = 2 m/s)\n"
    for body, seconds in ((into, 25), (out, 19)):  # at the end of the aisle there is the shop
        (trace,) = run(world + cars + body + f"stop after {seconds} s")
        assert trace.summary.collision is None and min(trace.summary.min_distance_m.values()) > 0.1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("car ego at bay(2):\n    speed = 3 m/s\ndo:\n    ego.back_out()\nstop after 2 s", "has to stand first"),
        ("car ego on lane(1) at s(8 m)\ndo:\n    ego.back_out()\nstop after 2 s", "there is no lane across its way"),
        (
            "car ego on aisle(1) at s(28 m):\n    speed = 3 m/s\ndo:\n    ego.park(at = bay(1))\nstop after 2 s",
            "cannot park there any more",
        ),
        ("car ego on lane(1) at s(2 m)\ndo:\n    ego.park(at = aisle(1))\nstop after 2 s", "no such bay"),
    ],
)
def test_what_cannot_be_done_says_why(body: str, message: str) -> None:
    """A car that moves, one with no lane behind it, one that is past the bay, and a place that is no bay."""
    with pytest.raises(SimEngineError, match=message):
        run(LOT.format(angle=90) + body)


def test_who_is_pushed_off_its_way_back_gives_it_up() -> None:
    """An impact that moves it by a metre must not be undone in one tick: from there on it stands, and the action is
    over. (It used to be put back onto its way: a jump of metres, which threw what stood there through the air.)"""
    body = "car ego at bay(2):\n    model = hatchback\ndo:\n    out: ego.back_out()\nstop after 10 s"
    run_ = prepared(variants_of(LOT.format(angle=90) + body))
    m = run_.simulation.motion
    for tick in run_.ticks():
        if tick == 150:
            m.y[0, 0] += 1.0
        if tick == 151:
            pushed = m.x[0, 0], m.y[0, 0]
        if tick > 151:
            assert np.hypot(m.x[0, 0] - pushed[0], m.y[0, 0] - pushed[1]) < 1e-6 and m.reverse[0, 0] == 0.0
    assert [e.edge for e in run_.events] == ["started", "ended"]
