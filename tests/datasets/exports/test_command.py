"""``simengine export`` as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import simengine
from simengine.cli import main


def command(*args):
    return subprocess.run(
        [sys.executable, "-m", "simengine.cli", "export", *map(str, args)], capture_output=True, text=True, timeout=600
    )


def test_result_progress_and_json(fake, tmp_path):
    """Results on standard output, progress on standard error; --json is one object, the same as from Python."""
    done = command(fake, tmp_path / "coco", "--to", "coco", "--split", "train=2,val=1")
    assert done.returncode == 0, done.stderr
    assert "9 frames" in done.stdout and "train: 6 frames" in done.stdout and "variant 2" in done.stderr
    done = command(fake, tmp_path / "two", "--to", "coco", "--camera", "front", "--json")
    told = json.loads(done.stdout)
    here = simengine.export(fake, "coco", tmp_path / "three", cameras=["front"])
    assert {**told, "out": ""} == {**json.loads(json.dumps(here.as_dict())), "out": ""}


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("--to", "kiti"), "did you mean 'kitti'"),
        (("--to", "kitti", "--camera", "frnt"), "did you mean 'front'"),
        (("--to", "coco", "--split", "train"), "train=0.8,val=0.2"),
        ((), "--to"),
    ],
)
def test_mistakes_get_one_message(fake, tmp_path, monkeypatch, capsys, args, wanted):
    """A non-zero exit, no traceback (an exception would not be a ``SystemExit``), nothing made."""
    monkeypatch.setattr(sys, "argv", ["simengine", "export", str(fake), str(tmp_path / "out"), *args])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code not in (0, None) and wanted in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
