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
    """Killing from outside hits any line between any two writes, in the main thread or a writer's.

    After each kill only whole episodes may be visible: their checksums are read back. The child asks before each
    variant that it makes, so that it is alive at each kill on a fast and on a slow machine; how long it has worked is
    drawn by a fixed seed.
    """
    whole_run(tmp_path / "whole")
    draw, cut = random.Random(5), tmp_path / "cut"
    for begun in (1, 2, 2, 1):  # two of the eight are never asked for: the child cannot end
        with subprocess.Popen(
            _command("whole_run", str(cut)), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None and child.stdin is not None
            assert child.stdout.readline() == "started\n"
            child.stdin.write("\n" * begun)
            child.stdin.flush()
            time.sleep(draw.uniform(0.0, 0.15))
            assert child.poll() is None, "it ended by itself: nothing was killed"
            child.send_signal(signal.SIGKILL)
        assert [p for p in verify(Dataset.open(cut)) if "has not finished" not in p] == []
    whole_run(cut)
    assert tree(cut) == tree(tmp_path / "whole")
    assert verify(Dataset.open(cut)) == []


def test_a_death_at_calls_that_name_files(tmp_path: Path) -> None:
    """Systematic where the test above is random: hard exits at every few opens, renames, mkdirs and unlinks of a run.

    ``os._exit`` runs no handlers, as SIGKILL does not. The loop lies in ``kill_child`` and runs in a fresh process,
    because it forks, which only a process without threads may do.
    """
    done = subprocess.run(
        _command("every_call", str(tmp_path)), cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0 and "survived" in done.stdout, done.stderr[-2000:]
