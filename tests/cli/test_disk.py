"""The disk refuses in the middle of a run: one line that says where and what to do, exit code 2."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "simengine.cli", "run", *map(str, words)]


def said(process: subprocess.Popen[str]) -> str:
    """The last line of a run that must fail in an orderly way."""
    told = process.communicate(timeout=600)[1]
    assert process.returncode == 2 and "Traceback" not in told and "Exception" not in told, told
    assert told.count("error: ") == 1
    return told.strip().splitlines()[-1]


def test_the_folder_is_deleted_in_the_middle_of_a_run(small: Path, tmp_path: Path) -> None:
    """The moment: one episode is there. What was asked for would take a minute, so it cannot be over by then."""
    out = tmp_path / "out"
    with subprocess.Popen(
        command(small, "-n", 60, "--workers", 2, "--out", out), stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 600
        while not any(out.glob("episodes/0*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        while out.exists() and time.monotonic() < deadline:  # what is being written meanwhile needs another round
            shutil.rmtree(out, ignore_errors=True)
        line = said(process)
    assert f"'{out}' was deleted or moved while the run wrote into it; run again" in line
    assert not out.exists()


def test_a_limit_on_file_sizes(small: Path, tmp_path: Path) -> None:
    """20 kB a file (as ``ulimit -f`` sets it): images fit at first, a float channel of 96 x 64 x 2 does not."""
    out = tmp_path / "out"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with subprocess.Popen(
        command(small, "-n", 1, "--max-frames", 1, "--out", out), stderr=subprocess.PIPE, text=True, preexec_fn=limited
    ) as process:
        line = said(process)
    assert "cannot write" in line and "refuses files of this size" in line
    assert not (out / "dataset.json").exists() and not (out / "episodes").exists()  # nothing had been finished


def test_full_and_read_only_file_systems(small: Path, tmp_path: Path) -> None:
    """A real file system of 1 MB (root may write anywhere by permissions, so only the kernel can refuse here).

    Full: what is complete stays, and nothing in part.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot mount a small file system here (needs root)")
    try:
        words = (small, "-n", 2, "--out", disk / "out")
        with subprocess.Popen(command(*words), stderr=subprocess.PIPE, text=True) as process:
            line = said(process)
        assert "cannot" in line and "the disk is full" in line and "--resume" in line
        assert not any((disk / "out").glob("episodes/.*"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with subprocess.Popen(command(small, "--out", disk / "new"), stderr=subprocess.PIPE, text=True) as process:
            assert "the file system is read-only; choose another folder" in said(process)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
