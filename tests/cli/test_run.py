"""``simengine run`` from outside: what is on disk, the same bytes however it is made, nothing lost when killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from simengine.datasets import Dataset


def tree(root: Path) -> dict[str, bytes]:
    """Every file of the episodes with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted((root / "episodes").rglob("*")) if p.is_file()}


def last_json(done: subprocess.CompletedProcess[str]) -> dict:
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_a_run_leaves_what_the_documents_promise(simengine, small, tmp_path):
    """The files that README names are there, agree with each other, and a second run into them is refused."""
    out = tmp_path / "out"
    summary = last_json(simengine("run", small, "--variants", 2, "--seed", 3, "--out", out, "--json"))
    assert summary["kept"] == 2 and summary["frames"] == 2 * 5  # 0.0 to 0.4 s at 10 Hz
    for name in ("dataset.json", "variants.parquet", "index.html"):
        assert (out / name).stat().st_size > 0
    rows = pq.read_table(out / "variants.parquet").to_pylist()
    assert [r["variant"] for r in rows] == [0, 1] and all(r["status"] == "kept" for r in rows)
    assert all(r["ego.speed [km/h]"] in (20.0, 30.0, 40.0) for r in rows)  # as written: 20..40 km/h step 10 km/h
    episode = out / "episodes" / "000000"
    assert {p.name for p in episode.glob("front/*")} == {
        "rgb", "depth", "range", "normal", "semantic", "instance", "flow",
    }  # fmt: skip
    labels = pq.read_table(episode / "labels.parquet").to_pylist()
    kinds = {r["kind"] for r in labels}
    assert kinds == {"box2d", "box3d"}
    kid = {r["instance"] for r in labels if r["name"] == "kid"}
    assert len(kid) == 1  # one instance id in every frame and kind
    again = simengine("run", small, "--out", out, check=False)
    assert again.returncode != 0 and "--resume" in again.stderr and "--overwrite" in again.stderr


def test_same_bytes_with_workers_alone_and_in_a_batch(simengine, small, tmp_path):
    """A variant depends on (program, seed, index) only: one or two workers, alone or in company, process by process."""
    one, two, alone = tmp_path / "one", tmp_path / "two", tmp_path / "alone"
    simengine("run", small, "--variants", 3, "--out", one, process=True)
    simengine("run", small, "--variants", 3, "--workers", 2, "--out", two)
    simengine("run", small, "--variants", 1, "--first", 2, "--out", alone)
    first, second, third = tree(one), tree(two), tree(alone)
    assert first.keys() == second.keys() and len(first) > 100
    assert [k for k in first if first[k] != second[k]] == []
    assert third and all(first[k] == third[k] for k in third)
    assert Dataset.open(one).digest() == Dataset.open(two).digest()


def test_another_sensor_changes_no_other_byte(simengine, small, tmp_path):
    """Streams are named: a second camera leaves the draws, the LiDAR's points and the first camera as they were."""
    more = tmp_path / "more.scn"
    text = small.read_text().replace(
        "    record roof", "    sensor extra on ego = camera(size = (32, 24), fov = 90 deg)\n"
        "    record extra: rgb at 10 hz\n    record roof",
    )  # fmt: skip
    more.write_text(text)
    a, b = tmp_path / "a", tmp_path / "b"
    simengine("run", small, "--variants", 1, "--out", a, "--max-frames", 2)
    simengine("run", more, "--variants", 1, "--out", b, "--max-frames", 2)
    first, second = tree(a), tree(b)
    readings = [k for k in first if "/front/" in k or "/roof/" in k]
    assert len(readings) == 2 * 8 and all(first[k] == second[k] for k in readings)
    more.write_text(text.replace("extra: rgb at 10 hz", "extra: rgb at 20 hz"))
    simengine("run", more, "--variants", 1, "--out", tmp_path / "c", "--max-frames", 3)
    third = tree(tmp_path / "c")  # 100 ms is frame 2 now; its noise is still that of the sensor's second reading
    assert all(first[k] == third[k.replace("000001.", "000002.")] for k in readings)


def test_killed_and_resumed_equals_undisturbed(simengine, small, tmp_path):
    """SIGKILL at some moment, then --resume: complete episodes stay untouched, and the end is the same bytes."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    simengine("run", small, "--variants", 3, "--out", whole)
    command = [sys.executable, "-m", "simengine.cli", "run", str(small), "--variants", "3", "--out", str(cut)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 600
    while not list(cut.glob("episodes/0*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = {p: p.stat().st_mtime_ns for p in cut.glob("episodes/0*/variant.json")}
    assert done
    assert not (cut / "index.html").exists()
    simengine("run", small, "--variants", 3, "--out", cut, "--resume")
    assert all(p.stat().st_mtime_ns == t for p, t in done.items())
    assert tree(whole) == tree(cut)
    assert (whole / "variants.parquet").read_bytes() == (cut / "variants.parquet").read_bytes()


def test_resume_of_another_run_is_refused(simengine, small, tmp_path):
    """A different seed would mix two datasets in one folder: the message names what differs."""
    out = tmp_path / "out"
    simengine("run", small, "--variants", 1, "--out", out, "--max-frames", 1)
    other = simengine(
        "run", small, "--variants", 1, "--seed", 1, "--out", out, "--max-frames", 1, "--resume", check=False
    )
    assert other.returncode != 0 and "seed" in other.stderr


def test_frames_of_the_python_api_equal_the_dataset(simengine, small, tmp_path):
    """Two doors to the same chain: arrays from ``simengine.episodes`` equal what was written, bit for bit."""
    import simengine as package

    out = tmp_path / "out"
    simengine("run", small, "--variants", 1, "--out", out, "--max-frames", 2)
    stored = Dataset.open(out).episodes[0]
    for episode in package.episodes(package.load(small), variants=1, seed=0, max_frames=2):
        for frame in episode:
            disk = stored.frames[frame.index]["front"]
            for channel in ("rgb", "depth", "instance", "flow"):
                np.testing.assert_array_equal(frame["front"][channel], disk[channel])


def test_worker_count_and_index_do_not_leak_into_options(simengine, small, tmp_path):
    """``dataset.json`` records the identity: no path, no number of workers."""
    out = tmp_path / "secret-folder-name"
    simengine("run", small, "--variants", 1, "--out", out, "--max-frames", 1)
    manifest = json.loads((out / "dataset.json").read_text())
    assert "secret-folder-name" not in json.dumps(manifest)
    assert "workers" not in manifest["identity"] and manifest["identity"]["seed"] == 0
