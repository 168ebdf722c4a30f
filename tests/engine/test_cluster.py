"""Workers on Ray: the bytes of one process, also when workers die; a folder that is not shared; no Ray."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from simengine.datasets import DatasetWriter
from simengine.engine.catalogue import libraries
from simengine.engine.episode import Job
from simengine.engine.options import RunOptions
from simengine.engine.run import manifest, run
from simengine.engine.variation import Variation
from simengine.errors import DatasetError, SimEngineError, UsageError
from simengine.language import Program, parse_text
from tests.datasets.fakes import tree

SOURCE = """
use driving

scenario several "A car beside parked ones":
    world street(lanes = 2, parking = right, length = 80 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..60 km/h
    car parked[~ 1..2] along curb(right) by ~ 0.8..2.5 m
    stop after 0.5 s
    expect always ego.speed > 30 km/h
    sensor front on ego = camera(size = (96, 64), fov = 60 deg)
    sensor roof on ego = lidar(channels = 8, columns = 128, range = 60 m)
    record front: rgb, depth, instance, box2d at 20 hz
    record roof: points at 10 hz
"""


@pytest.fixture(scope="module")
def program() -> Program:
    return parse_text(SOURCE, libraries=libraries())[0]


@pytest.fixture(scope="session")
def ray_of_two(tmp_path_factory: pytest.TempPathFactory):
    """Ray with room for two tasks, as a person's own session."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray", reason="needs the extra 'cluster'")
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield ray
    ray.shutdown()


def kill_one(root: Path, killed: list[int]) -> None:
    """SIGKILL for a worker that has begun an episode (the name of its hidden folder tells its process)."""
    deadline = time.monotonic() + 600
    while not killed and time.monotonic() < deadline:
        for path in root.glob("episodes/.partial-*/*/*/00000[01].*"):
            pid = int(path.parents[2].name.removeprefix(".partial-").split("-")[1])
            if pid != os.getpid():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                return
        time.sleep(0.005)


def test_a_worker_that_is_killed_changes_no_byte(program: Program, tmp_path: Path, ray_of_two):
    """An episode depends on its job alone, so another worker makes the same one; what the first began is removed.

    Killed in the middle: after a frame of an episode has reached the disk.
    """
    alone = run(RunOptions("several", tmp_path / "alone", variants=4), program=program)
    killed: list[int] = []
    killer = threading.Thread(target=kill_one, args=(tmp_path / "many", killed))
    killer.start()
    options = RunOptions("several", tmp_path / "many", variants=4, workers=2, cluster="local")
    many = run(options, program=program)
    killer.join()
    assert len(killed) == 1, "no worker was caught: the test tested nothing"
    assert (many.digest, many.frames, many.verdicts) == (alone.digest, alone.frames, alone.verdicts)
    assert tree(tmp_path / "alone") == tree(tmp_path / "many")
    assert not list((tmp_path / "many").glob("episodes/.partial-*"))
    assert ray_of_two.is_initialized()  # it is not ours to end


def test_ctrl_c_on_a_cluster_of_its_own(tmp_path: Path):
    """One line, code 130, nothing of Ray on the terminal, no process and no half episode left."""
    pytest.importorskip("ray", reason="needs the extra 'cluster'")
    (tmp_path / "several.scn").write_text(SOURCE)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "simengine.cli", "run", "several.scn", "-n", "60", "--out", str(out)]
    with subprocess.Popen(
        [*command, "--cluster", "local", "--workers", "2"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=tmp_path, start_new_session=True, env=os.environ | {"TMPDIR": str(tmp_path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 600
        begun: list[Path] = []
        while not begun and process.poll() is None and time.monotonic() < deadline:
            begun = list(out.glob("episodes/.partial-*"))
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        said, told = process.communicate(timeout=600)
    assert process.returncode == 130, told
    assert begun and not list(out.glob("episodes/.partial-*"))
    lines = [line for line in told.splitlines() if line]
    stamped = re.compile(r"\[ *\d+\.\d s\] |interrupted; ")
    assert not said and len(lines) > 2 and all(stamped.match(line) for line in lines), told
    pid = int(begun[0].name.removeprefix(".partial-").split("-")[1])
    assert pid != process.pid and not Path(f"/proc/{pid}").exists()


@pytest.fixture
def order(program: Program, tmp_path: Path):
    """A run's folder, what its tasks share, and its first job."""
    from simengine.engine.cluster import _Order

    options = RunOptions("several", tmp_path / "out", variants=1, max_frames=1, cluster="ray://head:10001")
    DatasetWriter.create(options.out, manifest(program, options)).close()
    return _Order(program, options, options.out, 1, ()), Job(Variation(program, 0, "random").simulate([0])[0])


def test_a_job_that_is_done_again(order):
    """A worker may die between the last rename and its answer: whoever does the job again finds it done."""
    from simengine.engine.cluster import _work

    made, again = _work(*order), _work(*order)
    assert not isinstance(made, SimEngineError) and not isinstance(again, SimEngineError)
    assert (made[0].variant, made[0].frames) == (again[0].variant, again[0].frames) == (0, 1)
    assert made[0].stages and not again[0].stages


def test_a_folder_that_is_not_shared(order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Either the machine has no such folder, or one of its own, in which the episode cannot be seen from here."""
    from simengine.engine import cluster

    error = cluster._work(replace(order[0], root=tmp_path / "elsewhere"), order[1])
    assert isinstance(error, DatasetError) and "share under the same path" in str(error)
    here = object.__new__(cluster.Cluster)
    here._writer = DatasetWriter.attach(order[0].root)
    monkeypatch.setattr(cluster, "_SEEN_S", 0.0)
    with pytest.raises(DatasetError, match=r"machine 'far' wrote episode 0 into a .* of its own"):
        here._require_seen(0, "far")


def test_other_versions_on_a_machine(order, monkeypatch: pytest.MonkeyPatch):
    """Another tracer may round otherwise: the machine is refused, with what it has and what was asked."""
    from simengine.engine import cluster

    found = cluster.versions("raytrace", "cpu", False) | {"embreex": "1.0"}
    monkeypatch.setattr(cluster, "versions", lambda *_: found)
    error = cluster._work(*order)
    assert isinstance(error, DatasetError) and "embreex 1.0 instead of " in str(error)
    assert not any(order[0].root.glob("episodes/*"))


@pytest.mark.parametrize("wrong", ["", "Local", "ray://", "ray://head", "host:10001", "ray://a b:1"])
def test_no_such_cluster(wrong: str, tmp_path: Path):
    """What names no cluster is refused before anything is read."""
    with pytest.raises(UsageError, match="local or ray://host:port"):
        RunOptions("several", tmp_path / "out", cluster=wrong)
