"""What a person asks of a run, checked before anything costs time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simengine import plugins
from simengine.errors import UsageError, did_you_mean

__all__ = ["DEVICES", "PLANS", "RunOptions", "choose"]

PLANS = ("random", "grid")
DEVICES = ("auto", "cpu", "cuda")


def choose(option: str, value: str, allowed: tuple[str, ...]) -> str:
    """``value`` if it is allowed.

    Raises:
        UsageError: it is not, with the nearest allowed word.
    """
    if value in allowed:
        return value
    near = did_you_mean(value, allowed)
    hint = f"did you mean '{near}'?" if near else f"choose from {', '.join(allowed)}"
    raise UsageError(f"{option} has no value '{value}'; {hint}")


@dataclass(frozen=True)
class RunOptions:
    """Options of ``simengine run``. None of them is part of a scenario.

    Attributes:
        scenario: name in the library, or path of a ``.scn`` file.
        out: dataset folder.
        variants: how many variants to keep (for the grid plan: at most so many; 0 = all).
        first: index of the first variant.
        seed: the one seed of everything.
        plan: "random" or "grid".
        renderer: name of an installed renderer.
        device: "auto", "cpu" or "cuda".
        samples: rays a pixel for rgb (None: as the scenario says).
        workers: processes.
        resume: finish an interrupted run. overwrite: replace an earlier dataset.
        keep: keep (and flag) runs whose ``ensure`` failed instead of discarding them.
        max_frames: stop each episode after so many frames (None: no limit).
    """

    scenario: str
    out: Path
    variants: int = 10
    first: int = 0
    seed: int = 0
    plan: str = "random"
    renderer: str = "raytrace"
    device: str = "auto"
    samples: int | None = None
    workers: int = 1
    resume: bool = False
    overwrite: bool = False
    keep: bool = False
    max_frames: int | None = None

    def __post_init__(self) -> None:
        choose("--plan", self.plan, PLANS)
        choose("--device", self.device, DEVICES)
        choose("--renderer", self.renderer, tuple(plugins.installed("renderers")))
        _within("--variants", self.variants, 0 if self.plan == "grid" else 1, 10_000_000)
        _within("--first", self.first, 0, 2**40)
        _within("--seed", self.seed, 0, 2**63 - 1)
        _within("--workers", self.workers, 1, 256)
        if self.samples is not None:
            _within("--samples", self.samples, 1, 1024)
        if self.max_frames is not None:
            _within("--max-frames", self.max_frames, 1, 10_000_000)
        if self.resume and self.overwrite:
            raise UsageError("--resume keeps what is there and --overwrite deletes it; give one of them")

    def recorded(self) -> dict[str, Any]:
        """The options that decide what is written (not where, how fast or after which interruption)."""
        kept = asdict(self)
        for name in ("scenario", "out", "variants", "workers", "resume", "overwrite"):
            del kept[name]
        return kept


def _within(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError(f"{option} must be {low} to {high}, got {value}")
