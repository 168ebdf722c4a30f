"""Faults of sensors as actions: when they are in force, what frames show then, and that labels do not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.fault_log import FaultLog
from simengine.engine.variation import Variation
from simengine.language import check_text, parse_text

HEAD = """use driving
scenario t:
    world street(lanes = 2)
    car ego on lane(1) at s(20 m):
        speed = 12 m/s
    car other ahead of ego by 12 m:
        speed = 4 m/s
    stop after 1.6 s
    sensor front on ego = camera(size = (48, 32)){front}
    sensor roof on ego = lidar(channels = 4, columns = 64)
    record front: rgb, depth, instance, box2d, box3d at 10 hz
    record roof: points at 10 hz
"""
FAULTS = """    do:
        wait 0.2 s
        x: front.fault(freeze) for 0.3 s
        front.fault(delay, delay = 0.25 s) for 0.2 s
        front.fault(blackout) for 0.1 s
        front.fault(miscalibrate, yaw = 4 deg, pitch = 1 deg, roll = 2 deg) for 0.1 s
        front.fault(droplets, area = 30 %) for 0.1 s
        front.fault(stuck_exposure) for 0.1 s
        front.fault(saturate, gain = 2) for 0.1 s
        front.fault(blackout, area = 25 %) for 0.1 s
        front.fault(noise, gain = 4) for 0.2 s
    when time > 0.15 s:
        roof.fault(range_bias, range = 1 m) for 0.2 s
        roof.fault(freeze) for 0.2 s
        roof.fault(missing_sector, angle = 90 deg, yaw = 45 deg) for 0.2 s
        roof.fault(blackout) for 0.1 s
        roof.fault(delay, delay = 100 ms) for 0.1 s
        roof.fault(miscalibrate, yaw = 90 deg) for 0.1 s
"""


def episode(faults: str = "", front: str = "") -> Any:
    program = parse_text(HEAD.replace("{front}", front) + faults, libraries=libraries())[0]
    return next(iter(simengine.episodes(program, 1, seed=5)))


@pytest.fixture(scope="module")
def clean() -> list[simengine.Frame]:
    return list(episode())


@pytest.fixture(scope="module")
def faulty() -> list[simengine.Frame]:
    return list(episode(FAULTS))


def test_labels_are_those_of_the_true_scene(clean: list[Any], faulty: list[Any]):
    """Depth, masks, boxes and poses are equal, bit for bit, with and without faults, in all frames; images and points
    are where no fault is."""
    assert [f.time_ns for f in clean] == [f.time_ns for f in faulty] and len(clean) == 17
    for a, b in zip(clean, faulty, strict=True):
        assert np.array_equal(a["front"]["depth"], b["front"]["depth"])
        assert np.array_equal(a["front"]["instance"], b["front"]["instance"])
        for one, two in ((a["front"].boxes2d, b["front"].boxes2d), (a.boxes3d, b.boxes3d)):
            assert all(np.array_equal(x, y) for x, y in zip(*(t.columns().values() for t in (one, two)), strict=True))
        for name in ("front", "roof"):
            assert np.array_equal(a[name].pose, b[name].pose) and a[name].time_ns == b[name].time_ns
        if b["front"].fault is None:
            assert np.array_equal(a["front"]["rgb"], b["front"]["rgb"])
        if b["roof"].fault is None:
            assert np.array_equal(a["roof"]["xyz"], b["roof"]["xyz"])


def test_when_each_fault_is_in_force(faulty: list[Any]):
    """Frames at 10 hz: a fault of 0.3 s from 0.2 s on is in those at 0.2, 0.3 and 0.4 s, and no longer at 0.5 s. The
    condition of the LiDAR's is first true at 0.16 s."""
    kinds = [f["front"].fault.kind if f["front"].fault else "" for f in faulty]
    assert kinds == [
        "", "", "freeze", "freeze", "freeze", "delay", "delay", "blackout", "miscalibrate", "droplets",
        "stuck_exposure", "saturate", "blackout", "noise", "noise", "", "",
    ]  # fmt: skip
    kinds = [f["roof"].fault.kind if f["roof"].fault else "" for f in faulty]
    assert kinds == [
        "", "", "range_bias", "range_bias", "freeze", "freeze", "missing_sector", "missing_sector", "blackout",
        "delay", "miscalibrate", "", "", "", "", "", "",
    ]  # fmt: skip
    assert faulty[2]["front"].fault.since_ns == 200_000_000 and faulty[2]["roof"].fault.since_ns == 160_000_000


def test_frozen_and_late_images_say_what_time_they_show(clean: list[Any], faulty: list[Any]):
    """Frozen: the last reading before the fault began. Late by 0.25 s: the newest one of 0.25 s ago or earlier, at
    0.5 s that of 0.2 s. Noise and all: equal, bit for bit, to the image of that time."""
    shown = {2: 1, 3: 1, 4: 1, 5: 2, 6: 3}
    for k, source in shown.items():
        assert faulty[k]["front"].fault.shown_ns == source * 100_000_000
        assert np.array_equal(faulty[k]["front"]["rgb"], clean[source]["front"]["rgb"])
        assert not np.array_equal(faulty[k]["front"]["rgb"], clean[k]["front"]["rgb"])
    for k, source in {4: 3, 5: 3, 9: 8}.items():
        assert faulty[k]["roof"].fault.shown_ns == source * 100_000_000
        for name in clean[k]["roof"]:
            assert np.array_equal(faulty[k]["roof"][name], clean[source]["roof"][name]), name


def test_lost_readings_are_black_or_empty(faulty: list[Any]):
    """And say so: they show no time."""
    assert not faulty[7]["front"]["rgb"].any() and faulty[7]["front"].fault.shown_ns is None
    assert len(faulty[8]["roof"]["xyz"]) == 0 and faulty[8]["roof"].fault.shown_ns is None
    black = (faulty[12]["front"]["rgb"] == 0).all(-1)
    assert black.sum() >= 16 * 24 and faulty[12]["front"].fault.shown_ns == 1_200_000_000


def test_a_turned_camera_gives_the_image_of_a_turned_camera(faulty: list[Any]):
    """The same bits as a camera that is mounted so, whose program says yaw, pitch and roll."""
    turned = episode(front=":\n        yaw = 4 deg\n        pitch = 1 deg\n        roll = 2 deg").frames[8]
    assert np.array_equal(faulty[8]["front"]["rgb"], turned["front"]["rgb"])
    assert not np.array_equal(faulty[8]["front"].pose, turned["front"].pose)


def test_drops_and_brightness(clean: list[Any], faulty: list[Any]):
    """Drops as of the property of that name; the exposure of the last image before the fault; twice the light."""
    wet = episode(front=":\n        lens.droplets = 0.3").frames[9]
    assert np.array_equal(faulty[9]["front"]["rgb"], wet["front"]["rgb"])
    assert faulty[10]["front"].exposure_ev == clean[9]["front"].exposure_ev != clean[10]["front"].exposure_ev
    levels = clean[11]["front"]["rgb"].astype(int)
    brighter = faulty[11]["front"]["rgb"].astype(int)
    assert (brighter >= levels).all() and (brighter > levels)[(levels > 5) & (levels < 250)].all()
    noise = faulty[13]["front"]["rgb"].astype(int) - clean[13]["front"]["rgb"]
    again = faulty[14]["front"]["rgb"].astype(int) - clean[14]["front"]["rgb"]
    assert 1.0 < noise.std() < 20.0 and not np.array_equal(noise, again)


def test_points_of_a_lidar_with_a_fault(clean: list[Any], faulty: list[Any]):
    """Ranges 1 m longer; no points from 0 to 90 degrees; a scanner turned by 90 degrees to the left has what is ahead
    to its right: the car ahead."""
    for k in (2, 3):
        a, b = clean[k]["roof"], faulty[k]["roof"]
        near = a["range"].astype(float) + 1.0 <= 120.0
        assert np.abs(b["range"] - (a["range"][near] + 1.0)).max() < 1e-4
    azimuth = np.degrees(np.arctan2(*faulty[6]["roof"]["xyz"].T[[1, 0]]))
    assert not ((azimuth > 1.0) & (azimuth < 89.0)).any() and len(azimuth) > 50
    things = clean[10].boxes3d
    other = things.instance[things.find("other")]
    target, turned = (f[10]["roof"]["instance"] == other for f in (clean, faulty))
    assert target.any() and turned.any()
    ahead, right = clean[10]["roof"]["xyz"][target].mean(0), faulty[10]["roof"]["xyz"][turned].mean(0)
    assert abs(ahead[1]) < 0.2 * ahead[0] and abs(right[0]) < -0.2 * right[1]


def test_one_frame_alone_is_as_in_the_row(faulty: list[Any]):
    """A frozen, a late and a noisy one, rendered without those before it."""
    alone = episode(FAULTS)
    for k in (4, 6, 14):
        assert np.array_equal(alone.frames[k]["front"]["rgb"], faulty[k]["front"]["rgb"])


# ---- who decides ---------------------------------------------------------------------------------------------------


def test_the_newest_fault_decides_and_an_earlier_one_comes_back():
    """A 0..50, B 10..30 over it, C 20..25 over both: A B C B A. In the other variant only A runs, until the end."""
    log = FaultLog(2, 100)
    both, one = np.array([True, True]), np.array([True, False])
    log.start(1, ("front", "camera"), both, 0, ["blur"] * 2, {"radius": np.array([1.0, 2.0])})
    log.start(2, ("front", "camera"), one, 10, ["noise"] * 2, {"gain": np.array([3.0, 3.0])})
    log.start(3, ("front", "camera"), one, 20, ["freeze"] * 2, {})
    log.end(3, one, 25)
    log.end(2, one, 30)
    log.end(1, one, 50)
    found = [(f.kind, f.start_ns // 10**7, f.stop_ns // 10**7, f.since_ns // 10**7) for f in log.faults(0, 100)]
    assert found == [
        ("blur", 0, 10, 0), ("noise", 10, 20, 10), ("freeze", 20, 25, 20), ("noise", 25, 30, 10), ("blur", 30, 50, 0)
    ]  # fmt: skip
    assert [(f.kind, f.settings, f.start_ns, f.stop_ns) for f in log.faults(1, 99)] == [
        ("blur", {"radius": 2.0}, 0, 1_000_000_000)
    ]


def test_drawn_faults_differ_between_variants():
    """Kind, settings and length are drawn; a variant alone has the same as in a batch."""
    text = HEAD.replace("{front}", "") + (
        "    do:\n        x: front.fault(kind ~ {blackout, noise}, gain ~ 1..9) for ~ 0.1..0.5 s\n"
    )
    program = parse_text(text, libraries=libraries())[0]
    many = Variation(program, 0, "random").simulate(list(range(8)))
    faults = [s.trace.faults for s in many]
    assert {f[0].kind for f in faults} == {"blackout", "noise"} and len({f[0].stop_ns for f in faults}) > 4
    assert all(("gain" in f[0].settings) == (f[0].kind == "noise") for f in faults)
    assert Variation(program, 0, "random").simulate([5])[0].trace.faults == faults[5]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("front.fault(ghost, rate = 0.1)", "a camera has no fault 'ghost'"),
        ("roof.fault(blur, radius = 2 px)", "a lidar has no fault 'blur'"),
        ("tilt.fault(blur, radius = 2 px)", "an imu has no fault 'blur'"),
        ("front.fault(drop)", "'fault(drop)' needs rate"),
        ("front.fault(miscalibrate)", "needs yaw or pitch or roll"),
        ("front.fault(freeze, gain = 3)", "'fault(freeze)' takes no 'gain'"),
        ("front.fault(drop, rate = 1.5)", "'rate'"),
        ("front.fault(kind ~ {blackout, delay})", "'fault(delay)' needs delay"),
        ("front.fault(frezze)", "freeze"),
        ("front.fault(drop, rate = 3 m)", "unit"),
    ],
)
def test_wrong_faults_are_told(line: str, message: str):
    text = HEAD.replace("{front}", "") + f"    sensor tilt on ego = imu()\n    do:\n        {line} for 1 s\n"
    errors = [d for d in check_text(text, libraries=libraries()).diagnostics if d.severity == "error"]
    assert len(errors) == 1 and message in errors[0].message + errors[0].help, errors
