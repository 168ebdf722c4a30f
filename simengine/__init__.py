"""simengine: scenario programs to labelled camera and LiDAR data.

    program = simengine.load("child_dart_out")
    for episode in simengine.episodes(program, variants=2, seed=0):
        for frame in episode:
            rgb, points = frame["front"]["rgb"], frame["roof"]["xyz"]

Names are imported when they are first used, so that ``import simengine`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simengine.datasets import Dataset, EntityInfo, Episode, Frame, SensorView, verify
    from simengine.datasets.exports import ExportSummary, export
    from simengine.engine.api import episodes, sample
    from simengine.engine.catalogue import use_folder
    from simengine.engine.closed_loop import ClosedLoop, closed_loop
    from simengine.engine.loading import load
    from simengine.engine.options import RunOptions
    from simengine.engine.outside import Observation
    from simengine.engine.run import run
    from simengine.engine.space import Evaluation, Space
    from simengine.engine.summary import RunSummary
    from simengine.language import Program
    from simengine.language.scenario import Scenario

__all__ = [
    "ClosedLoop", "Dataset", "EntityInfo", "Episode", "Evaluation", "ExportSummary", "Frame", "Observation", "Program",
    "RunOptions", "RunSummary", "Scenario", "SensorView", "Space", "closed_loop", "episodes", "export", "load", "run",
    "sample", "use_folder", "verify",
]  # fmt: skip

_HOME = {
    "ClosedLoop": "engine.closed_loop", "Dataset": "datasets", "EntityInfo": "datasets", "Episode": "datasets",
    "Evaluation": "engine.space", "ExportSummary": "datasets.exports", "Frame": "datasets",
    "Observation": "engine.outside", "Program": "language", "RunOptions": "engine.options",
    "RunSummary": "engine.summary", "Scenario": "language.scenario", "SensorView": "datasets", "Space": "engine.space",
    "closed_loop": "engine.closed_loop", "episodes": "engine.api", "export": "datasets.exports",
    "load": "engine.loading", "run": "engine.run", "sample": "engine.api", "use_folder": "engine.catalogue",
    "verify": "datasets",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("build", "torch"):  # packages of their own; torch is an extra
        return import_module(f"simengine.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'simengine' has no attribute '{name}'; it has {', '.join(__all__)}")
    value = getattr(import_module(f"simengine.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
