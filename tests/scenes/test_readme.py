"""The world of scenes/README.md: it is sound, and a scenario runs in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine import catalogue
from simengine.engine.catalogue import libraries

PAGE = (Path(__file__).parents[2] / "scenes" / "README.md").read_text(encoding="utf-8")
MODULE, CHECKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PROGRAM = re.findall(r"```\n(use yard.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture(scope="module")
def yard() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "yard"}
    exec(compile(MODULE, "scenes/README.md", "exec"), names)
    return names


def test_the_world_of_the_page_is_an_afternoon_and_sound(yard: dict[str, Any]) -> None:
    """Some hundred lines; the page's own check passes, and lamps that are lit shine."""
    assert len(MODULE.splitlines()) < 120
    exec(compile(CHECKS, "scenes/README.md", "exec"), yard)


def test_the_scenario_of_the_page_runs(yard: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker steps out in front of the van's camera: seen among containers, on the aisle."""
    known = {**libraries(), "yard": yard["LIBRARY"]}
    for module in ("loading", "variation", "episode", "cast", "measuring"):
        owner = __import__(f"simengine.engine.{module}", fromlist=["libraries"])
        if hasattr(owner, "libraries"):
            monkeypatch.setattr(owner, "libraries", lambda: known)
    monkeypatch.setattr(catalogue, "libraries", lambda: known)
    (tmp_path / "yard.scn").write_text(PROGRAM)
    program = simengine.load(tmp_path / "yard.scn")
    episode = next(iter(simengine.episodes(program, variants=1, seed=0)))
    frames = list(episode)
    kinds = {e.instance: e.kind for e in episode.entities}
    seen = {kinds[i] for f in frames for i in np.unique(f["front"]["instance"]).tolist() if i >= 0}
    assert {"container", "lamp", "yard", "pedestrian", "marking"} <= seen
