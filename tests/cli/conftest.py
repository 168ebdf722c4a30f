"""A small scenario that runs in a second or two, and a runner of the installed command."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from simengine.cli import main

SMALL = """
use driving

scenario small "A small street for tests":
    tags test.small
    world street(lanes = 2, parking = right, length = 120 m):
        rain ~ 0..40 mm/h
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h step 10 km/h
        controller = aeb(reaction = 0.3 s)
    car parked[~ 2..3] along curb(right) by ~ 0.8..2.5 m:
        model ~ {sedan: 4, suv: 3, van: 2}
    pedestrian kid between parked[1] and parked[2]:
        model = child_6y
    param gap: time ~ 1.2..2.0 s
    require ego.speed * gap > 8 m
    do:
        wait until ego.time_to(kid.crossing) < gap
        dart: kid.run(across = road)
    stop after 0.4 s
    expect always distance(ego, kid) > 0.3 m
    sensor front on ego = camera(size = (96, 64), fov = 60 deg)
    sensor roof on ego = lidar(channels = 16, columns = 128, range = 80 m)
    record front: rgb, depth, range, normals, semantic, instance, flow, box2d, box3d at 10 hz
    record roof: points, intensity at 10 hz
    cover ego.speed by 10 km/h
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.scn"
    path.write_text(SMALL)
    return path


@pytest.fixture
def simengine(tmp_path: Path):
    """Runs the command and returns what a finished process would.

    In this process, because a start costs seconds of imports; ``process=True`` starts one as a person does, for tests
    of what differs between processes.
    """

    def call(
        *args: object, check: bool = True, cwd: Path | None = None, process: bool = False
    ) -> subprocess.CompletedProcess[str]:
        words = [str(a) for a in args]
        done = (_process if process else _here)(words, cwd or tmp_path)
        assert "Traceback" not in done.stderr, done.stderr
        if check:
            assert done.returncode == 0, done.stderr
        return done

    return call


def _process(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simengine.cli", *words],
        capture_output=True, text=True, cwd=cwd, env={**os.environ, "COLUMNS": "120"}, timeout=600, check=False,
    )  # fmt: skip


def _here(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command's own entry point with its words, folder and streams; what it changes of the process is put back."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["simengine", *words])
        patch.setenv("COLUMNS", "120")
        patch.chdir(cwd)
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
