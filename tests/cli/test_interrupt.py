"""A run that is stopped from outside: one line, the exit code of the signal, no process and no half episode left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SPAWNED = "starting 2 workers"


def stopped(
    small: Path, out: Path, number: int, moment: Callable[[int], bool], *, group: bool = True
) -> tuple[int, str]:
    """Exit code and standard error of a run with two workers that gets a signal some time after its workers start."""
    command = [
        sys.executable,
        "-m",
        "simengine.cli",
        "run",
        str(small),
        "-n",
        "40",
        "--workers",
        "2",
        "--out",
        str(out),
    ]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_interrupts,
    ) as process:
        assert process.stderr is not None
        told = ""
        for line in process.stderr:
            told += line
            if SPAWNED in line:
                break
        deadline = time.monotonic() + 600
        while not moment(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        (os.killpg if group else os.kill)(process.pid, number)
        told += process.communicate(timeout=600)[1]
        deadline = time.monotonic() + 60
        while _alive(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _alive(process.pid), "processes of the run outlive it"
    return process.returncode, told


def _heed_interrupts() -> None:
    """A shell starts what runs in its background with SIGINT ignored, and all that comes from there inherits it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _alive(group: int) -> int:
    """How many processes of the group are there that are no zombies (a container may have nobody to bury orphans)."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found += int(fields[2]) == group and fields[0] != "Z"
    return found


def after(seconds: float, processes: int = 1) -> Callable[[int], bool]:
    """A moment: so long after the group was first seen to have so many processes."""
    began: list[float] = []

    def passed(group: int) -> bool:
        if not began and _alive(group) < processes:
            return False
        began.append(time.monotonic())
        return began[-1] - began[0] >= seconds

    return passed


def test_ctrl_c_while_workers_import(small: Path, tmp_path: Path) -> None:
    """A terminal interrupts the whole group. Importing takes workers over two seconds, so the moment lies in it; an
    import that is interrupted would show as a traceback of a child on the same standard error."""
    worker = after(0.5, processes=3)  # the run, Python's resource tracker and a worker
    code, told = stopped(small, tmp_path / "out", signal.SIGINT, worker)
    assert code == 130 and "Traceback" not in told and "KeyboardInterrupt" not in told, told
    *stages, last = [line for line in told.splitlines() if line]
    assert last == "interrupted; complete episodes are kept, 'simengine run ... --resume' goes on from here"
    assert all(line.startswith("[") for line in stages), told


def test_ctrl_c_while_workers_render(small: Path, tmp_path: Path) -> None:
    """The moment: an episode is there and another one is begun. What was begun is gone, what is there is whole."""
    out = tmp_path / "out"
    begun = lambda _: any(out.glob("episodes/.partial-*")) and any(out.glob("episodes/0*"))  # noqa: E731
    code, told = stopped(small, out, signal.SIGINT, begun)
    assert code == 130 and "Traceback" not in told, told
    assert told.strip().splitlines()[-1].startswith("interrupted; ")
    assert not any(out.glob("episodes/.partial-*"))
    assert any(out.glob("episodes/0*")) and not (out / "index.html").exists()


def test_sigterm_ends_the_workers_too(small: Path, tmp_path: Path) -> None:
    """A batch system ends the one process it knows: same as an interrupt, with 128 + 15 as the code."""
    code, told = stopped(small, tmp_path / "out", signal.SIGTERM, after(1.0), group=False)
    assert code == 143 and "Traceback" not in told and "leaked" not in told, told
    assert told.strip().splitlines()[-1].startswith("terminated; ")
