"""Radars in runs: detections live and from disk, and their faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.datasets.reader import Dataset
from simengine.engine.catalogue import libraries
from simengine.engine.options import RunOptions
from simengine.engine.run import run
from simengine.language import parse_text
from simengine.render.protocol import DETECTION_FIELDS

TEXT = """use driving
scenario radar_run:
    world street(lanes = 2, length = 120 m)
    car ego on lane(1) at s(10 m):
        speed = 10 m/s
    car lead on lane(1) at s(40 m):
        speed = 7 m/s
    stop after {stop} s
    expect eventually visible(lead, bumper) > 0 %
    sensor bumper on ego = radar(range = 80 m, fov = 40 deg):
        resolution.azimuth = 4 deg
        elevation_fov = 8 deg
    record bumper: detections, box3d at 10 hz
"""
FAULTS = """    do:
        wait 0.1 s
        bumper.fault(drop, rate = 50 %) for 0.1 s
        bumper.fault(range_bias, range = 2 m) for 0.1 s
        bumper.fault(ghost, rate = 100 %) for 0.1 s
        bumper.fault(missing_sector, angle = 90 deg) for 0.1 s
        bumper.fault(noise, gain = 1000) for 0.1 s
        bumper.fault(freeze) for 0.1 s
        bumper.fault(delay, delay = 0.2 s) for 0.1 s
        bumper.fault(miscalibrate, yaw = 5 deg) for 0.1 s
        bumper.fault(blackout) for 0.1 s
"""


def episode(faults: str = "", stop: float = 1.0) -> Any:
    text = TEXT.replace("{stop}", f"{stop:g}") + faults
    program = parse_text(text, "radar.scn", libraries=libraries())[0]
    return next(iter(simengine.episodes(program, 1, seed=5)))


def test_detections_come_back_from_disk_as_they_were(tmp_path: Path):
    """Every field, bit for bit; the car ahead is where its box is and 3 m/s slower: range rate -3 m/s, its body 7 m/s
    over the ground (wheels from 0 to 14), and what stands has no speed over the ground."""
    path = tmp_path / "scene.scn"
    path.write_text(TEXT.replace("{stop}", "0.2"))
    run(RunOptions(str(path), tmp_path / "out", variants=1, seed=5))
    (stored,) = Dataset.open(tmp_path / "out").episodes
    made = list(episode(stop=0.2))
    assert stored.channels("bumper") == ["detections"] and len(stored.frames) == len(made) == 3
    lead = next(e.instance for e in stored.entities if e.name == "lead")
    still = [e.instance for e in stored.entities if not e.moves]
    for frame, there in zip(stored.frames, made, strict=True):
        view = frame["bumper"]
        assert view.kind == "radar" and tuple(view) == tuple(DETECTION_FIELDS)
        assert all(np.array_equal(view[name], there["bumper"][name]) for name in DETECTION_FIELDS)
        rows = view["instance"] == lead
        box = view.boxes3d.corners_m()[list(view.boxes3d.instance).index(lead)]
        assert rows.any() and (np.abs(view["xyz"][rows][:, 0] - box[:, 0].mean()) < np.ptp(box[:, 0]) / 2 + 0.5).all()
        body = np.argmax(np.where(rows, view["snr"], -np.inf))
        assert view["radial_speed"][body] == pytest.approx(-3.0, abs=0.2)
        assert view["radial_speed_ground"][body] == pytest.approx(7.0, abs=0.2)
        assert np.abs(view["radial_speed_ground"][np.isin(view["instance"], still)]).max() < 0.2


def test_faults_change_what_is_reported():
    """One fault a frame; its scan is compared with the true one of the same time, or of an earlier one."""
    true, faulty = ([dict(f["bumper"]) for f in e] for e in (episode(), episode(FAULTS)))
    count = [len(d["range"]) for d in true]
    assert all(np.array_equal(true[0][n], faulty[0][n]) for n in DETECTION_FIELDS)
    assert 0.2 * count[1] < len(faulty[1]["range"]) < 0.8 * count[1]
    near = true[2]["range"] <= 78.0
    np.testing.assert_allclose(faulty[2]["range"], true[2]["range"][near] + 2.0, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(faulty[2]["xyz"], axis=1), faulty[2]["range"], atol=1e-3)
    twice = true[3]["range"] * 2.0
    assert len(faulty[3]["range"]) == count[3] + (twice <= 80.0).sum()
    assert (faulty[3]["instance"] < 0).sum() >= (twice <= 80.0).sum() > 0
    assert len(faulty[4]["range"]) == 0  # 90 degrees hide all of 40
    assert len(faulty[5]["range"]) < count[5]  # 30 dB more noise
    assert np.array_equal(faulty[6]["range"], true[5]["range"])  # the last one before
    assert np.array_equal(faulty[7]["range"], true[5]["range"])
    assert not np.array_equal(faulty[8]["azimuth"], true[8]["azimuth"])
    assert len(faulty[9]["range"]) == 0
    assert np.array_equal(faulty[10]["range"], true[10]["range"])


def test_a_pedestrian_is_heard():
    """At 15 to 30 m in every scan, at the range of the box (half a metre deep), with a cross-section of -10 to 0 dBsm
    on average over the fluctuations from scan to scan, as people have at 77 GHz. Lane 2 counts from the far end."""
    text = """use driving
scenario heard:
    world street(lanes = 2, length = 120 m)
    car ego on lane(1) at s(10 m)
    pedestrian near_one on lane(1) at s(27 m)
    pedestrian far_one on lane(2) at s(78 m)
    stop after 0.9 s
    sensor bumper on ego = radar(range = 80 m, fov = 60 deg)
    record bumper: detections, box3d at 10 hz
"""
    program = parse_text(text, "radar.scn", libraries=libraries())[0]
    power: dict[str, list[float]] = {"near_one": [], "far_one": []}
    for frame in next(iter(simengine.episodes(program, 1, seed=5))):
        view, boxes = frame["bumper"], frame.boxes3d
        for name, cross_sections in power.items():
            row = boxes.find(name)
            heard = view["instance"] == boxes.instance[row]
            away = np.linalg.norm((boxes.center_m[row] - view.pose[:3, 3])[:2])
            assert heard.any() and np.abs(view["range"][heard] - away).min() < 0.5
            cross_sections.append(float((10.0 ** (view["rcs"][heard] / 10.0)).sum()))
    assert all(len(p) == 10 and -10.0 < 10.0 * np.log10(np.mean(p)) < 0.0 for p in power.values()), power
