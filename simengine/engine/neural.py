"""Training of networks of renderers on scenes of the library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from simengine import plugins
from simengine.engine.events import Event, Report, silent
from simengine.engine.loading import load, require_runnable
from simengine.engine.looks import LookOptions, looks
from simengine.engine.options import choose, within
from simengine.engine.versions import versions
from simengine.errors import UsageError
from simengine.language import Program
from simengine.language.scenario import source_digest
from simengine.render.looks import Look

__all__ = ["SCENARIOS", "train"]

SCENARIOS = ("child_dart_out", "alks_cut_in", "ccrm")
"""Where scenes come from unless others are named: dusk and rain in town, a motorway, a country road."""


def train(
    preset: str, out: str | Path, scenarios: Sequence[str] = (), seed: int = 0, minutes: float = 30.0,
    command: str = "", report: Report = silent,
) -> dict[str, Any]:  # fmt: skip
    """Train the own network of the renderer ``diffusion`` and write a folder that its setting ``model`` takes.

    Args:
        preset: "nano" (a toy, for tests) or "tiny".
        out: folder to make.
        scenarios: names or paths; none: ``SCENARIOS``.
        seed: of scenes, initial weights and order. Held-out scenes have a seed of their own.
        minutes: wall time, pairs included.
        command: what a person typed, for the model card.
        report: told what happens.

    Returns:
        Scores on held-out scenes in dB, losses, seconds, parameters.

    Raises:
        PluginError: the extra is not installed.
        UsageError, DatasetError: an option that cannot be, a folder that is there.
    """
    plugin: Any = plugins.load("renderers", "diffusion")
    choose("--preset", preset, tuple(plugin.PRESETS))
    within("--seed", seed, 0, 2**63 - 1)
    if not 0.1 <= minutes <= 10_000:
        raise UsageError(f"--minutes must be 0.1 to 10000, got {minutes:g}")
    names = tuple(scenarios) or SCENARIOS
    programs = [load(name) for name in names]
    for name, program in zip(names, programs, strict=True):
        require_runnable(program)
        if all(s.kind not in ("camera", "stereo") for s in program.sensors):
            raise UsageError(f"scenario '{name}' has no camera to look through; choose others")

    def into(size_px: int, each: int, of: int, roam: bool) -> Callable[[int], Iterator[Look]]:
        options = LookOptions(names, size_px, each, of, roam)
        return lambda scene: looks(options, scene)

    def tell(text: str) -> None:
        report(Event("stage", text))

    return plugin.train(
        preset, names, into, Path(out), seed=seed, limit_s=60.0 * minutes, command=command, source=_source(programs),
        tell=tell,
    )  # fmt: skip


def _source(programs: Sequence[Program]) -> str:
    """Digest of what decides the pairs: the scenarios' text and the packages that render them."""
    uses = sorted({name for p in programs for name in p.uses})
    made_by = versions("raytrace", "auto", False, uses=uses)
    parts = [*(source_digest(p) for p in programs), *sorted(made_by.items())]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
