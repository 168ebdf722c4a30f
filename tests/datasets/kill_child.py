"""Runs in processes of its own, which get killed: writes (or finishes) the datasets of the kill tests."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from simengine.datasets import Dataset, DatasetWriter, verify
from tests.datasets.fakes import MANIFEST, row, tree, write_variant

_NAMING_CALLS = frozenset({"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"})


def whole_run(root: Path, *, asks: bool = False) -> None:
    """Eight variants, two of them discarded, with writer threads; ``asks`` waits for a line before each that it makes.

    Who answers fewer lines than variants are left finds the process alive however fast or slow the machine is, with
    writer threads still at work on what came before.
    """
    with DatasetWriter.create(root, MANIFEST, resume=True) as writer:
        print("started", flush=True)
        for variant in range(8):
            if not writer.has(variant):
                if asks:
                    sys.stdin.readline()
                if variant % 4 == 3:
                    writer.record(row(variant, "discarded"))
                else:
                    write_variant(writer, variant, frames=4)
        writer.finish()


def small_run(root: Path) -> None:
    """One episode and one discarded variant without threads."""
    with DatasetWriter.create(root, MANIFEST, resume=True, threads=0) as writer:
        if not writer.has(0):
            write_variant(writer, 0, frames=1, size_px=(16, 12))
        if not writer.has(1):
            writer.record(row(1, "discarded"))
        writer.finish()


def _dying(root: Path, at: int) -> int:
    """A small run in a child that leaves hard at its ``at``-th call that names a file; how many calls it made."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        seen = [0]

        def hook(event: str, _: object) -> None:
            if event in _NAMING_CALLS:
                seen[0] += 1
                if seen[0] == at:
                    os._exit(9)

        sys.addaudithook(hook)
        small_run(root)
        os.write(write, str(seen[0]).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return int(text or 0)


def every_call(folder: Path) -> None:
    """Die at calls all over a run; after each death the folder must be whole, resumable and end the same."""
    small_run(folder / "whole")
    expected = tree(folder / "whole")
    calls = _dying(folder / "count", -1)
    assert calls > 40, f"only {calls} calls were seen: the hook does not see what it should"
    for n in range(1, calls + 1, max(1, calls // 16)):
        cut = folder / f"cut{n}"
        assert _dying(cut, n) == 0, f"not dead at call {n}"
        if (cut / "dataset.json").exists():
            wrong = [p for p in verify(Dataset.open(cut)) if "has not finished" not in p]
            assert not wrong, f"after death at call {n}: {wrong}"
        small_run(cut)
        assert tree(cut) == expected, f"resumed after death at call {n}: other bytes"
    print("survived", calls)


if __name__ == "__main__":
    {"whole_run": partial(whole_run, asks=True), "every_call": every_call}[sys.argv[1]](Path(sys.argv[2]))
