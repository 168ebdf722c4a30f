"""SIGKILL at any moment: what is there is whole, and going on gives the bytes of an undisturbed run."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from simengine.datasets import Dataset, verify
from tests.datasets.fakes import tree
from tests.datasets.kill_child import whole_run

ROOT = Path(__file__).parents[2]


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.datasets.kill_child", *words]


def test_killed_again_and_again_then_resumed_equals_an_undisturbed_run(tmp_path: Path) -> None:
    """Killing needs no co-operation of the process, so this covers every line between any two writes.

    After each kill only whole episodes may be visible: their checksums are read back. The moments are spread over
    the time that a run takes (measured first), by a fixed seed.
    """
    began = time.monotonic()
    whole_run(tmp_path / "whole")
    span_s = time.monotonic() - began
    draw, cut = random.Random(5), tmp_path / "cut"
    kills = 0
    for _ in range(4):
        with subprocess.Popen(_command("whole_run", str(cut)), cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "started\n"  # imports are done: now it writes
            time.sleep(draw.uniform(0.0, 0.6 * span_s))
            kills += child.poll() is None
            child.send_signal(signal.SIGKILL)
        assert [p for p in verify(Dataset.open(cut)) if "has not finished" not in p] == []
    assert kills >= 1, "no process was caught alive: the test tested nothing"
    whole_run(cut)
    assert tree(cut) == tree(tmp_path / "whole")
    assert verify(Dataset.open(cut)) == []


def test_a_death_at_calls_that_name_files(tmp_path: Path) -> None:
    """Systematic where the test above is random: hard exits at every few opens, renames, mkdirs and unlinks of a run.

    ``os._exit`` runs no handlers, as SIGKILL does not. The loop lies in ``kill_child`` and runs in a fresh process,
    because it forks, which only a process without threads may do.
    """
    done = subprocess.run(
        _command("every_call", str(tmp_path)), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0 and "survived" in done.stdout, done.stderr[-2000:]
