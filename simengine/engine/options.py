"""What a person asks of a run, checked before anything costs time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any, cast

import numpy as np

from simengine import plugins
from simengine.arrays import Array
from simengine.errors import UsageError, an, did_you_mean
from simengine.language.chosen import ENDLESS, plan_words

__all__ = [
    "COMPRESS", "DEVICES", "RunOptions", "check_draw", "check_rendering", "choose", "chosen_format", "plain_numbers",
    "switch", "usual_variants", "within", "words",
]  # fmt: skip

DEVICES = ("auto", "cpu", "cuda")
COMPRESS = ("fast", "small")
_RAY = re.compile(r"ray://[^\s/:]+:\d{1,5}")


def chosen_format(given: str | None, json: bool, allowed: tuple[str, ...]) -> str:
    """What ``--format`` and ``--json`` ask for together; without either the first of the allowed words.

    Raises:
        UsageError: an unknown format, or two different ones.
    """
    chosen = allowed[0] if given is None else choose("--format", given, allowed)
    if json and given not in (None, "json"):
        raise UsageError(f"--json and --format {chosen} contradict each other; choose one of them")
    return "json" if json else chosen


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


def words(option: str, value: object) -> tuple[str, ...]:
    """``value`` if it is a list of words.

    Raises:
        UsageError: it is something else, or a single word.
    """
    if isinstance(value, str):
        raise UsageError(f"{option} are a list of words, found the text '{value[:80]}'; write ['{value[:80]}']")
    given: Any = value
    if not isinstance(value, Iterable) or isinstance(value, bytes | Mapping):
        raise UsageError(f"{option} are a list of words, found {an(type(given).__name__)}")
    found: list[Any] = list(given)
    for word in found:
        if not isinstance(word, str):
            raise UsageError(f"{option} are a list of words, found {an(type(word).__name__)} in it")
    return tuple(found)


def plain_numbers(options: object, *names: str) -> None:
    """Make whole numbers of an options object Python's own (those of NumPy do not become JSON); None stays."""
    for name in names:
        if (value := getattr(options, name)) is not None:
            object.__setattr__(options, name, int(value))


def switch(option: str, value: object) -> bool:
    """``value`` if it is True or False.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(value, bool):
        raise UsageError(f"{option} is on or off (True or False), got {str(value)[:80]!r}")
    return value


def check_draw(variants: int, first: int, seed: int, plan: str) -> str:
    """Refuse a choice of variants that cannot be.

    Args:
        variants, first, seed, plan: as for a run.

    Returns:
        The plan's words in full: "lhs" is "lhs:N" for the N variants up to the last one asked for.

    Raises:
        UsageError: which of them, what it may be, what it is.
        NotRunnableError: a plan that this version does not run yet.
    """
    within("--first", first, 0, 2**40)
    within("--seed", seed, 0, 2**63 - 1)
    word = plan_words(plan, 1)[0]
    if word in ENDLESS and variants == 0 and cast("object", variants) is not False:
        raise UsageError(f"--variants must be 1 or more with --plan {word}, got 0 (0 means all cases of --plan grid)")
    within("--variants", variants, 1 if word in ENDLESS or plan == "lhs" else 0, 10_000_000)
    number = plan_words(plan, first + variants)[1]
    return word if number is None else f"{word}:{number}"


def usual_variants(variants: int | None, plan: str) -> int:
    """How many variants are meant where nobody said: 10, and all rows (0) of a covering array, which is for that."""
    return variants if variants is not None else 0 if plan.partition(":")[0] == "cover" else 10


def check_rendering(renderer: str, device: str, samples: int | None, max_frames: int | None) -> None:
    """Refuse a way to render that cannot be.

    Raises:
        UsageError: which option, what it may be, what it is.
    """
    choose("--device", device, DEVICES)
    choose("--renderer", renderer, tuple(plugins.installed("renderers")))
    if samples is not None:
        within("--samples", samples, 1, 65_536)
    if max_frames is not None:
        within("--max-frames", max_frames, 1, 10_000_000)


def check_points(points: object) -> tuple[tuple[float, ...], ...]:
    """Rows of numbers; how many a row has is the scenario's affair.

    Raises:
        UsageError: they are something else.
    """
    given: Any = points
    try:
        rows = np.array(given if hasattr(given, "__array__") else list(given), np.float64)
    except (TypeError, ValueError):
        rows = np.zeros(())
    if rows.size == 0 and rows.ndim == 1:
        return ()
    if rows.ndim != 2 or rows.size == 0:
        raise UsageError(f"points are rows of numbers 0..1, as simengine.Space.points gives; got {_short(given)!r}")
    return tuple(tuple(map(float, cast("Array", row))) for row in rows)


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
        variants: how many variants to keep (for plans that end: at most so many; 0 = all). None: 10, or with
            points all of them.
        first: index of the first variant.
        seed: the one seed of everything.
        plan: "random", "sobol", "lhs" (or "lhs:N"), "grid" (or "grid:QUANTILES"), "cover" (or "cover:WAYS") or
            "points".
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
                raise UsageError(f"{name} must be {of} (a str or Path), got {an(type(getattr(self, name)).__name__)}")
        object.__setattr__(self, "out", Path(self.out))
        object.__setattr__(self, "points", check_points(self.points))
        if (self.plan == "points") != bool(self.points):
            raise UsageError("plan 'points' and a list of points go together (see simengine.Space); found only one")
        planned = check_draw(self.count, self.first, self.seed, "grid" if self.points else self.plan)
        object.__setattr__(self, "plan", self.plan if self.points else planned)
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
            switch(f"--{name}", getattr(self, name))
        plain_numbers(self, "variants", "first", "seed", "samples", "workers", "max_frames")
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
