"""Scenarios that extend installed ones: found by name, run, and read back from their dataset alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import simengine
from simengine.datasets.reader import Dataset
from simengine.engine import catalogue
from simengine.engine.coverage import dataset_coverage
from simengine.engine.inspect import check
from simengine.language.sample import Sampler

TEXT = """scenario wet extends unr157.alks_free_driving:
    rain ~ 5..20 mm/h
    cover rain by 5 mm/h
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "wet.scn"
    path.write_text(TEXT)
    return path


def test_a_file_extends_a_scenario_of_the_library(scenario: Path):
    """Names only: the installed text comes with the program, whose other draws are those of the library's scenario."""
    child, parent = simengine.load(scenario), simengine.load("alks_free_driving")
    assert child.parents == {"unr157.alks_free_driving": parent.source}
    assert child.uses == parent.uses and child.covers[: len(parent.covers)] == tuple(
        c for c in child.covers if c.span.file
    )
    ours, theirs = (Sampler(p, 2).draw(range(30)).u for p in (child, parent))
    assert set(ours) - set(theirs) <= {"world.rain"}
    assert all(ours[p].tobytes() == theirs[p].tobytes() for p in theirs if p != "world.rain")
    report = check(str(scenario))
    assert report.ok and "W0301" not in report.text


def test_a_dataset_stands_alone(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``dataset.json`` holds the parent's text: its program is read without the installed scenarios."""
    program = simengine.load(scenario)
    options = simengine.RunOptions(str(scenario), tmp_path / "out", variants=2, max_frames=1, renderer="raytrace")
    assert simengine.run(options).kept == 2
    stored = Dataset(tmp_path / "out").identity
    assert stored["source"] == TEXT and stored["extends"] == dict(program.parents)
    monkeypatch.setattr(catalogue, "_installed", dict)
    report, _ = dataset_coverage(tmp_path / "out", placed=False)
    assert "rain" in str(report.as_dict())
