"""The error tree: every error of ours is a ``SimEngineError`` and also the builtin that a stranger would catch.

A message says what was expected, what was found and what to do.
"""

from __future__ import annotations

import math

__all__ = [
    "BudgetError",
    "DatasetError",
    "LimitError",
    "MissingExtraError",
    "NotRunnableError",
    "PhysicsError",
    "PluginError",
    "ProgramError",
    "ReadingError",
    "SceneError",
    "SensorError",
    "SimEngineError",
    "UsageError",
    "an",
    "counted",
    "did_you_mean",
    "many",
]


class SimEngineError(Exception):
    """Root of all errors raised on purpose by simengine; ``str(error)`` is one clear message for a person."""


class UsageError(SimEngineError, ValueError):
    """An option or argument has a value that cannot be used."""


class ProgramError(SimEngineError, ValueError):
    """A scenario program is not valid; ``diagnostics`` (if any) hold code, span and help of each problem."""

    def __init__(self, message: str, diagnostics: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


class NotRunnableError(SimEngineError, NotImplementedError):
    """The program is valid but uses something that this version checks and does not run yet."""


class PhysicsError(SimEngineError, ArithmeticError):
    """The physics of a variant has gone astray; the message names the entity, the time and the quantity."""


class BudgetError(SimEngineError, RuntimeError):
    """Sampling spent its proposal budget without filling every variant."""


class LimitError(SimEngineError, ValueError):
    """An input is larger than the documented limit and was refused before it cost anything."""


class SceneError(SimEngineError, ValueError):
    """A scene, mesh or asset is malformed."""


class SensorError(SimEngineError, ValueError):
    """A sensor's parameters make no sensor."""


class DatasetError(SimEngineError, OSError):
    """A dataset folder cannot be written or read as asked."""


class ReadingError(SimEngineError, KeyError):
    """A frame or episode has no sensor, channel, field, box or body of this name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class PluginError(SimEngineError, LookupError):
    """A renderer, scene library or scenario is not installed or does not load."""


class MissingExtraError(SimEngineError, ImportError):
    """An optional package is not installed; the message holds the command that brings it."""

    @classmethod
    def of(cls, extra: str, what: str, error: ImportError) -> MissingExtraError:
        """The error for something that needs an extra and met this error of an import."""
        return cls(f"{what} needs an optional package ({error}): pip install 'simengine-synth[{extra}]'")


def an(word: str) -> str:
    """A word with its article, by its sound: "an imu", "a lidar", "an 'object'", "a unicycle"."""
    sound = word.lstrip("'\"`").lower()
    vowel = sound.startswith(("a", "e", "i", "o", "u")) and not sound.startswith(("uni", "use", "eu", "one"))
    return f"{'an' if vowel else 'a'} {word}"


def counted(number: int, noun: str) -> str:
    """A number and what it counts: "1 frame", "2 frames", "2 entities"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("ty") else f"{number} {noun}s"


def many(number: float) -> str:
    """A count for a person: "1,000,000"; beyond 10^18 "more than 10^90"."""
    return f"{int(number):,}" if number <= 10**18 else f"more than 10^{math.floor(math.log10(number))}"


def _distance(a: str, b: str) -> int:
    """Damerau-Levenshtein distance (optimal string alignment) between two words."""
    rows: list[list[int]] = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = a[i - 1] != b[j - 1]
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i][j] = best
    return rows[-1][-1]


def did_you_mean(word: str, candidates: list[str] | tuple[str, ...]) -> str | None:
    """The candidate nearest to a misspelt word, or None.

    Damerau-Levenshtein distance of at most 2 (at most 1 for words under 5 letters); ties go to the first in
    alphabetical order. Without one, the shortest word that begins like this one, of three letters or more.
    """
    limit = 1 if len(word) < 5 else 2
    near = [c for c in sorted(set(candidates)) if abs(len(c) - len(word)) <= limit]
    scored = sorted((_distance(word.lower(), c.lower()), c) for c in near)
    if scored and scored[0][0] <= limit:
        return scored[0][1]
    longer = sorted((c for c in set(candidates) if len(word) > 2 and c.startswith(word)), key=lambda c: (len(c), c))
    return longer[0] if longer else None
