"""Sensors that are read while a policy drives: the frames of the same run rendered afterwards, as they come."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.datasets.frame import Frame
from simengine.engine.catalogue import libraries
from simengine.engine.outside import Observation
from simengine.errors import UsageError
from simengine.language import parse_text

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXT = """use driving

scenario near:
    world street(lanes = 2, lane_width = 3.5 m, length = 80 m)
    car ego on lane(1) at s(10 m):
        speed = 10 m/s
    car ahead on lane(1) ahead of ego by ~ 20..25 m
    do:
        wait 0.2 s
        front.fault(blackout) for 0.1 s
    stop after 0.6 s
    sensor front on ego = camera(size = (24, 16), fov = 50 deg)
    sensor roof on ego = lidar(channels = 8, range = 60 m)
    record front: rgb, depth, box2d, box3d at 20 hz
    record roof: points at 10 hz
"""


def program():
    return parse_text(TEXT, libraries=libraries())[0]


def brake(frame: Frame | None) -> float:
    """Harder the nearer the nearest point of a scan is, or by the newest image between two scans."""
    if frame is None:
        return 0.0
    near = frame["roof"]["range"].min() if "roof" in frame else float(np.median(frame["front"]["depth"]))
    return -min(80.0 / float(near), 6.0)


def arrays(frame: Frame) -> dict[str, np.ndarray]:
    out = {f"{name}.{word}": view[word] for name, view in frame.items() for word in view}
    out |= {f"{name}.pose": view.pose for name, view in frame.items()}
    boxes, things = frame["front"].boxes2d, frame.boxes3d
    return {**out, "visible": boxes.visible_box_px, "centre": things.center_m, "points": things.lidar_points}


def test_frames_equal_those_of_a_scripted_run_bit_for_bit() -> None:
    """What the policy told the car in each period is told again by a function; both runs show the same images, scans
    and labels, and what was read in the loop had begun a period of the slowest sensor, 0.1 s, before."""
    told: list[list[float]] = []
    read: list[dict[int, dict[str, np.ndarray]]] = [{}]
    with simengine.closed_loop(program(), variants=1, seed=3, rate_hz=20, settings={"preset": "preview"}) as env:
        seen = env.reset()
        while seen.running.any():
            frames = env.frames()
            assert [f is None for f in frames] == [seen.time_s < 0.1 - 1e-9]
            for known, frame in zip(read, frames, strict=True):
                if frame is not None:
                    assert seen.time_s - 0.15 < frame.time_ns / 1e9 <= seen.time_s - 0.1 + 1e-9
                    known[frame.time_ns] = arrays(frame)
            told.append([brake(frame) for frame in frames])
            seen = env.step({"ego": told[-1]})
        results = env.results()

    def again(seen: Observation) -> list[float]:
        return told[min(int(seen.time_s * 20 + 1e-6), len(told) - 1)]

    episodes = simengine.episodes(
        program(), variants=1, seed=3, settings={"preset": "preview"}, controllers={"ego": again}
    )
    for episode, result, known in zip(episodes, results, read, strict=True):
        stop = result.trace.stop_tick
        assert np.array_equal(episode.trace.motion[: stop + 1], result.trace.motion[: stop + 1])
        frames = {f.time_ns: f for f in episode if f.time_ns in known}
        assert len(frames) == len(known) == 10  # 0 to 0.45 s
        for time_ns, frame in frames.items():
            expected, found = arrays(frame), known[time_ns]
            assert list(expected) == list(found)
            assert all(found[k].tobytes() == v.tobytes() for k, v in expected.items()), time_ns
        assert [f.time_ns for f in frames.values() if f["front"].fault] == [200_000_000, 250_000_000]
    assert len({tuple(row) for row in told}) > 5  # it did look


@pytest.mark.slow
def test_the_example_stops_before_what_its_camera_sees(capsys: pytest.CaptureFixture[str]) -> None:
    """``examples/drive_by_camera.py`` as it stands, for one variant."""
    page = EXAMPLES / "drive_by_camera.py"
    spec = importlib.util.spec_from_file_location("drive_by_camera", page)
    assert spec is not None and spec.loader is not None
    example: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    (verdicts,) = example.main(variants=1, settings={"preset": "preview"})
    assert verdicts[0][:2] == ("stops in time", True) and "variant 0" in capsys.readouterr().out


def test_mistakes_are_told() -> None:
    env = simengine.closed_loop(program(), sensors=["frnt"])
    with pytest.raises(UsageError, match="call reset"):
        env.frames()
    env.reset()
    with pytest.raises(UsageError, match="did you mean 'front'"):
        env.frames()
    with pytest.raises(UsageError, match="renderer"):
        simengine.closed_loop(program(), renderer="paint")
