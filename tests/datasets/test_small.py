"""``compress = "small"``: the same arrays in less space, by choice and on record."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import simengine
from simengine.datasets import Dataset, DatasetWriter, verify
from simengine.engine.options import RunOptions
from simengine.engine.run import manifest
from tests.datasets.fakes import MANIFEST, write_variant


def made(root: Path, small: bool, attached: bool = False) -> Dataset:
    with DatasetWriter.create(root, MANIFEST, small=small) as writer:
        if attached:  # as a worker process does
            with DatasetWriter.attach(root, small=small) as other:
                write_variant(other, 0, frames=2)
        else:
            write_variant(writer, 0, frames=2)
        writer.finish()
    return Dataset(root)


def test_small_is_smaller_and_reads_the_same(tmp_path: Path) -> None:
    """Every channel comes back equal; archives and images shrink, as no channel of the fakes is pure noise."""
    fast, small = made(tmp_path / "fast", False), made(tmp_path / "small", True)
    assert verify(small) == []
    for a, b in zip(fast.episodes[0].frames, small.episodes[0].frames, strict=True):
        for name in a["front"]:
            np.testing.assert_array_equal(a["front"][name], b["front"][name])
    sizes = {
        suffix: [sum(p.stat().st_size for p in d.root.rglob(f"*{suffix}")) for d in (fast, small)]
        for suffix in (".npz", ".png", ".ply")
    }
    assert sizes[".npz"][1] < 0.7 * sizes[".npz"][0] and sizes[".png"][1] < sizes[".png"][0]
    assert sizes[".ply"][0] == sizes[".ply"][1]
    assert made(tmp_path / "worker", True, attached=True).digest() == small.digest()


def test_the_choice_is_part_of_the_identity() -> None:
    """It decides the bytes, so resuming with the other one must be refused; zlib's version stands where it counts."""
    program = simengine.load("child_dart_out")
    fast, small = (manifest(program, RunOptions("child_dart_out", Path("out"), compress=c)) for c in ("fast", "small"))
    assert (fast["compress"], small["compress"]) == ("fast", "small")
    assert "zlib" in small["versions"] and "zlib" not in fast["versions"]
