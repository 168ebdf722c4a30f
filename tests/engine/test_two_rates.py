"""One sensor recorded at two rates: frames carry what is due, live and from the disk, and nothing else changes."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.requested import requested
from simengine.errors import ReadingError
from simengine.language import check_text

BODY = """use driving

scenario rates:
    world street(lanes = 2, length = 100 m)
    car ego on lane(1) at s(20 m):
        speed = 10 m/s
    pedestrian kid at (40 m, 0 m)
    do:
        wait 100 ms
        late: ego.drive() for 100 ms
    stop after 200 ms
    sensor front on ego = camera(size = (64, 48))
    sensor roof on ego = lidar(channels = 16, columns = 64)
"""
TWO = """    record front: rgb, depth at 10 hz
    record front: box2d at 20 hz
    record front: semantic at 5 hz
    record roof: points at 10 hz
    record roof: box3d at 20 hz
"""
ONE = "    record front: rgb, depth, semantic, box2d at 20 hz\n    record roof: points, box3d at 20 hz\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, simengine.Dataset]:
    root = tmp_path_factory.mktemp("rates")
    out: dict[str, simengine.Dataset] = {}
    for name, records in (("two", TWO), ("one", ONE)):
        (root / f"{name}.scn").write_text(BODY + records)
        simengine.run(simengine.RunOptions(str(root / f"{name}.scn"), root / name, variants=1, samples=1))
        out[name] = simengine.Dataset.open(root / name)
    return out


def test_frames_carry_what_is_due(made: dict[str, simengine.Dataset]):
    """At 20 hz there is a frame every 50 ms; rgb is in every second one, semantic in every fourth, boxes in all."""
    frames = made["two"].episodes[0].frames
    assert [f.time_ns for f in frames] == [0, 50_000_000, 100_000_000, 150_000_000, 200_000_000]
    here = [sorted(f["front"]) for f in frames]
    assert here == [["depth", "rgb", "semantic"], [], ["depth", "rgb"], [], ["depth", "rgb", "semantic"]]
    assert [bool(len(f["roof"])) for f in frames] == [True, False, True, False, True]
    assert all(f["front"].has_boxes2d and f.has_boxes3d for f in frames)
    with pytest.raises(ReadingError, match="rgb"):
        frames[1]["front"]["rgb"]
    assert simengine.verify(made["two"].root) == []


def test_what_is_there_is_what_the_fast_recording_has(made: dict[str, simengine.Dataset]):
    """The sensor fires at its fastest rate, so noise, poses and boxes are those of recording everything at it."""
    two, one = (made[k].episodes[0].frames for k in ("two", "one"))
    for a, b in zip(two, one, strict=True):
        for sensor in ("front", "roof"):
            assert all(a[sensor][c].tobytes() == b[sensor][c].tobytes() for c in a[sensor])
            assert (a[sensor].pose == b[sensor].pose).all()
        assert np.array_equal(a["front"].boxes2d.instance, b["front"].boxes2d.instance)
        assert str(a.boxes3d.columns()) == str(b.boxes3d.columns())


def test_live_frames_are_those_of_the_disk(made: dict[str, simengine.Dataset]):
    """The same channels in each frame, the same arrays."""
    program = simengine.load(str(made["two"].root.parent / "two.scn"))
    (live,) = simengine.episodes(program, variants=1, samples=1)
    with live:
        for a, b in zip(live, made["two"].episodes[0].frames, strict=True):
            for sensor in ("front", "roof"):
                assert list(a[sensor]) == list(b[sensor])
                assert all(np.array_equal(a[sensor][c], b[sensor][c], equal_nan=True) for c in a[sensor])


def test_exports_leave_out_what_is_not_whole(made: dict[str, simengine.Dataset], tmp_path: Path):
    """An image needs its file: three of the five frames have one, and all of these have boxes."""
    simengine.export(made["two"].root, "webdataset", tmp_path / "out")
    (tar,) = (tmp_path / "out").rglob("*.tar")
    with tarfile.open(tar) as file:
        names = file.getnames()
    assert sum(n.endswith("front.rgb.png") for n in names) == 3 and sum(n.endswith("points.npz") for n in names) == 3


def test_a_stream_takes_the_frames_that_have_all_it_asks_for(made: dict[str, simengine.Dataset]):
    """rgb and boxes together: every second firing; the boxes alone: every one; what nothing records: every one."""
    program = simengine.load(str(made["two"].root.parent / "two.scn"))
    times = [0, 50_000_000, 100_000_000, 150_000_000, 200_000_000]
    for words, count in ((["front.rgb", "front.boxes2d"], 3), (["front.boxes2d"], 5), (["front.normal"], 5)):
        (asked,) = requested(program, words)
        assert sum(map(asked.due(program, {}), times)) == count


def test_phases_of_one_sensor_may_differ(tmp_path: Path):
    """rgb all the time, depth only while the phase runs, from 100 ms to 200 ms."""
    records = "    record front: rgb at 20 hz\n    record front: depth at 20 hz during late\n"
    (tmp_path / "s.scn").write_text(BODY + records)
    (live,) = simengine.episodes(simengine.load(str(tmp_path / "s.scn")), variants=1, samples=1)
    with live:
        assert [list(f["front"]) for f in live][:4] == [["rgb"], ["rgb"], ["rgb", "depth"], ["rgb", "depth"]]


def test_a_phase_that_is_repeated_records_in_each_pass(tmp_path: Path):
    """It runs from 100 to 200 ms; the next pass begins a tick (10 ms) later and waits again: from 310 to 410 ms. Of the
    firings at 20 hz these hold 100 and 150, 350 and 400 ms, on disk as live, and of those at 50 hz of a signal
    100..180 and 320..400 ms; the ends are not part of a phase."""
    body = BODY.replace("    do:\n", "    do:\n        repeat 2:\n").replace("stop after 200", "stop after 500")
    for line in ("wait 100 ms", "late: ego"):
        body = body.replace(f"        {line}", f"            {line}")
    records = "    record front: rgb at 20 hz during late\n    sensor fix on ego = gnss()\n"
    (tmp_path / "s.scn").write_text(body + records + "    record fix: position at 50 hz during late\n")
    program = simengine.load(str(tmp_path / "s.scn"))
    assert program.not_yet == ()
    (live,) = simengine.episodes(program, variants=1, samples=1)
    with live:
        assert [f.time_ns // 1_000_000 for f in live] == [100, 150, 350, 400]
    simengine.run(simengine.RunOptions(str(tmp_path / "s.scn"), tmp_path / "d", variants=1, samples=1))
    (episode,) = simengine.Dataset.open(tmp_path / "d").episodes
    assert [f.time_ns // 1_000_000 for f in episode.frames] == [100, 150, 350, 400]
    assert (episode.signals["fix"].time_ns // 1_000_000).tolist() == [*range(100, 200, 20), *range(320, 410, 20)]


def test_rates_that_never_meet_are_refused():
    """10 and 15 hz: no rate of one shutter gives both; 30 hz would, but nobody asked for its images."""
    text = BODY + "    record front: rgb at 10 hz\n    record front: depth at 15 hz\n"
    (found,) = [d for d in check_text(text, libraries=libraries()).diagnostics if d.severity == "error"]
    assert found.code == "E0208" and "10 and 15 hz" in found.message and found.labels
