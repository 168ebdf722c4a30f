"""What a person asks of a run, checked before anything costs time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any, cast

import numpy as np

from simengine import plugins
from simengine.errors import UsageError, did_you_mean

__all__ = ["COMPRESS", "DEVICES", "PLANS", "RunOptions", "check_draw", "check_rendering", "choose", "within"]

PLANS = ("random", "grid")
DEVICES = ("auto", "cpu", "cuda")
COMPRESS = ("fast", "small")
_RAY = re.compile(r"ray://[^\s/:]+:\d{1,5}")


def choose(option: str, value: str, allowed: tuple[str, ...]) -> str:
    """``value`` if it is allowed.

    Raises:
        UsageError: it is not, with the nearest allowed word.
    """
    if isinstance(cast("object", value), str) and value in allowed:
        return value
    near = did_you_mean(str(value), allowed)
    hint = f"did you mean '{near}'?" if near else f"choose from {', '.join(allowed)}"
    raise UsageError(f"{option} has no value '{str(value)[:80]}'; {hint}")


def within(option: str, value: int, low: int, high: int) -> int:
    """``value`` if it is a whole number of a range.

    Raises:
        UsageError: it is another one, or none.
    """
    found: object = value
    if isinstance(found, bool) or not isinstance(found, Integral):
        raise UsageError(f"{option} must be a whole number {low} to {high}, got {str(found)[:80]!r}")
    if not low <= int(value) <= high:
        raise UsageError(f"{option} must be {low} to {high}, got {str(value)[:80]}")
    return int(value)


def check_draw(variants: int, first: int, seed: int, plan: str) -> None:
    """Refuse a choice of variants that cannot be.

    Raises:
        UsageError: which of them, what it may be, what it is.
    """
    choose("--plan", plan, PLANS)
    if plan == "random" and variants == 0 and cast("object", variants) is not False:
        raise UsageError("--variants must be 1 or more with --plan random, got 0 (0 means all cases of --plan grid)")
    within("--variants", variants, 0 if plan == "grid" else 1, 10_000_000)
    within("--first", first, 0, 2**40)
    within("--seed", seed, 0, 2**63 - 1)


def check_rendering(renderer: str, device: str, samples: int | None, max_frames: int | None) -> None:
    """Refuse a way to render that cannot be.

    Raises:
        UsageError: which option, what it may be, what it is.
    """
    choose("--device", device, DEVICES)
    choose("--renderer", renderer, tuple(plugins.installed("renderers")))
    if samples is not None:
        within("--samples", samples, 1, 1024)
    if max_frames is not None:
        within("--max-frames", max_frames, 1, 10_000_000)


def check_points(points: object) -> tuple[tuple[float, ...], ...]:
    """Rows of numbers; how many a row has is the scenario's affair.

    Raises:
        UsageError: they are something else.
    """
    given: Any = points
    try:
        rows = np.array(given if isinstance(given, np.ndarray) else list(given), np.float64)
    except (TypeError, ValueError):
        rows = np.zeros(())
    if rows.size == 0 and rows.ndim == 1:
        return ()
    if rows.ndim != 2 or rows.size == 0:
        raise UsageError(f"points are rows of numbers 0..1, as simengine.Space.points gives; got {_short(given)!r}")
    return tuple(tuple(row) for row in rows.tolist())


def _short(value: object) -> str:
    return " ".join(str(value)[:80].split())


def check_settings(settings: object) -> dict[str, str]:
    """Settings of a renderer in the order of their names; which there are is the renderer's affair.

    Raises:
        UsageError: they are no mapping of words to words.
    """
    given: Any = settings
    if isinstance(given, Mapping):
        pairs = list(cast("Mapping[object, object]", given).items())
        found = {k: v for k, v in pairs if isinstance(k, str) and isinstance(v, str)}
        if len(found) == len(pairs):
            return dict(sorted(found.items()))
    raise UsageError(f"settings must map names to text, as {{'steps': '2'}}; got {str(settings)[:80]!r}")


def settings_of(words: Sequence[str]) -> dict[str, str]:
    """``--set`` words "name=value" as a mapping.

    Raises:
        UsageError: one is written otherwise, or a name comes twice.
    """
    out: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set takes name=value, got '{word[:80]}'")
        if name.strip() in out:
            raise UsageError(f"--set gives '{name.strip()}' twice; give it once")
        out[name.strip()] = value.strip()
    return out


def check_cluster(cluster: str | None) -> None:
    """Refuse what names no cluster.

    Raises:
        UsageError: what may be given.
    """
    if cluster is not None and cluster != "local" and not _RAY.fullmatch(str(cluster)):
        raise UsageError(f"--cluster must be local or ray://host:port, got {str(cluster)[:80]!r}")


@dataclass(frozen=True)
class RunOptions:
    """Options of ``simengine run``. None of them is part of a scenario.

    Attributes:
        scenario: name in the library, or path of a ``.scn`` file.
        out: dataset folder.
        variants: how many variants to keep (for the plans grid and points: at most so many; 0 = all). None: 10, or with
            points all of them.
        first: index of the first variant.
        seed: the one seed of everything.
        plan: "random", "grid" or "points".
        points: the variants of the plan "points": rows of :meth:`simengine.Space.points`.
        renderer: name of an installed renderer.
        device: "auto", "cpu" or "cuda".
        samples: rays a pixel for rgb (None: as the scenario says).
        workers: processes; None: 1, or with a cluster as many as it has processors.
        resume: finish an interrupted run. overwrite: replace an earlier dataset.
        keep: keep (and flag) runs whose ``ensure`` failed instead of discarding them.
        max_frames: write only the first so many frames of each episode, instants at which any sensor fires (None: all).
            Verdicts and results are of the whole simulation.
        compress: "fast", or "small": a third less on disk for some time on each image.
        settings: of the renderer, by name (``--set name=value``); each renderer says which it has.
        cluster: None, or where Ray runs the workers: "local" (on this machine) or "ray://host:port" (extra
            ``cluster``).
    """

    scenario: str
    out: Path
    variants: int | None = None
    first: int = 0
    seed: int = 0
    plan: str = "random"
    renderer: str = "raytrace"
    device: str = "auto"
    samples: int | None = None
    workers: int | None = None
    resume: bool = False
    overwrite: bool = False
    keep: bool = False
    max_frames: int | None = None
    compress: str = "fast"
    points: Sequence[Sequence[float]] = ()
    cluster: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name, of in (("scenario", "a name or path"), ("out", "a folder")):
            if not isinstance(getattr(self, name), str | Path):
                raise UsageError(f"{name} must be {of} (a str or Path), got a {type(getattr(self, name)).__name__}")
        object.__setattr__(self, "out", Path(self.out))
        object.__setattr__(self, "points", check_points(self.points))
        if (self.plan == "points") != bool(self.points):
            raise UsageError("plan 'points' and a list of points go together (see simengine.Space); found only one")
        check_draw(self.count, self.first, self.seed, "grid" if self.points else self.plan)
        if self.points and self.first + self.count > len(self.points):
            raise UsageError(
                f"--variants {self.count} from --first {self.first} on are more than there are points "
                f"({len(self.points)}); leave variants out, which takes all of them"
            )
        check_rendering(self.renderer, self.device, self.samples, self.max_frames)
        if self.workers is not None:
            within("--workers", self.workers, 1, 256 if self.cluster is None else 65_536)
        check_cluster(self.cluster)
        object.__setattr__(self, "settings", check_settings(self.settings))
        choose("--compress", self.compress, COMPRESS)
        for name in ("resume", "overwrite", "keep"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"--{name} is on or off (True or False), got {str(getattr(self, name))[:80]!r}")
        if self.resume and self.overwrite:
            raise UsageError("--resume keeps what is there and --overwrite deletes it; give one of them")

    @property
    def count(self) -> int:
        """How many variants to keep, 0 = all."""
        return self.variants if self.variants is not None else 0 if self.points else 10

    @property
    def used_device(self) -> str:
        """Machines of a cluster may differ, so there "auto" is the device that all of them have."""
        return "cpu" if self.device == "auto" and self.cluster not in (None, "local") else self.device

    def recorded(self) -> dict[str, Any]:
        """The options that decide what is written (not where, how fast or after which interruption)."""
        kept = asdict(self)
        for name in ("scenario", "out", "variants", "workers", "resume", "overwrite", "cluster"):
            del kept[name]
        for name in ("points", "settings"):
            if not kept[name]:
                del kept[name]
        return kept
