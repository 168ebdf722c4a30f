"""How the timeline changed the weather, and the weather of each instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simengine.arrays import BoolArray, F64Array
from simengine.engine.clock import tick_time_ns

__all__ = ["Setting", "WeatherChange", "WeatherLog", "settings_at", "times_of"]
Setting: TypeAlias = float | str


@dataclass(frozen=True)
class WeatherChange:
    """A property of the world has another value from a time on.

    Attributes:
        time_ns: since the start of the variant.
        name: of the property ("rain").
        value: SI; of a property whose values are words, the place of the word among them.
    """

    time_ns: int
    name: str
    value: float


class WeatherLog:
    """Notes settings of world properties in B variants."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._entries: list[tuple[int, str, F64Array, BoolArray]] = []

    def set(self, name: str, value: F64Array, rows: BoolArray, tick: int) -> None:
        """A property has another value in some variants from a tick on; values (B,)."""
        self._entries.append((tick, name, value.copy(), rows.copy()))

    def changes(self, row: int, last_tick: int) -> tuple[WeatherChange, ...]:
        """What changed in a variant up to and including a tick, in the order of time; of one tick the last word."""
        out: dict[tuple[int, str], float] = {}
        for tick, name, value, rows in self._entries:
            if rows[row] and tick <= last_tick:
                out.pop((tick, name), None)
                out[tick, name] = float(value[row])
        return tuple(WeatherChange(tick_time_ns(t, self.rate_hz), name, v) for (t, name), v in out.items())


def times_of(changes: Sequence[WeatherChange]) -> list[int]:
    """When the weather changes, rising; 0 is the first."""
    return sorted({0, *(c.time_ns for c in changes)})


def settings_at(
    start: Mapping[str, Setting], changes: Sequence[WeatherChange], time_ns: int, words: Mapping[str, Sequence[str]]
) -> dict[str, Setting]:
    """Values of properties at a time, given those of the start, and the words of those that have words as values."""
    now = {c.name: c.value for c in changes if c.time_ns <= time_ns}
    return {**start, **{n: words[n][round(v)] if n in words else v for n, v in now.items()}}
