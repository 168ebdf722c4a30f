"""Lamps: what vehicles have on (``WorldState.lamps``), what traffic lights show, and what flashes by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache

__all__ = ["AMBER_FLASH", "BLINK", "Flash", "Lamp", "lamp_words"]


class Lamp(IntFlag):
    """A bit a lamp: of vehicles, then of traffic lights.

    ``AUTO`` is the position of the switch in which low beams are on where ``lamps_lit``.
    """

    BRAKE = 1
    LOW = 2
    HIGH = 4
    LEFT = 8
    RIGHT = 16
    FOG = 32
    REVERSE = 64
    AUTO = 128
    RED = 256
    AMBER = 512
    GREEN = 1024
    FLASHING = 2048
    WAIT = 4096
    WALK = 8192


_WORDS = {
    Lamp.BRAKE: "brake", Lamp.LOW: "low_beam", Lamp.HIGH: "high_beam", Lamp.LEFT: "left_indicator",
    Lamp.RIGHT: "right_indicator", Lamp.FOG: "fog", Lamp.REVERSE: "reverse",
    Lamp.RED: "red", Lamp.AMBER: "amber", Lamp.GREEN: "green", Lamp.FLASHING: "flashing_amber",
    Lamp.WAIT: "wait", Lamp.WALK: "walk",
}  # fmt: skip


@lru_cache(maxsize=256)
def lamp_words(bits: int) -> tuple[str, ...]:
    """Names of the lamps that are on; one that blinks or flashes is on throughout."""
    return tuple(word for lamp, word in _WORDS.items() if bits & lamp)


@dataclass(frozen=True)
class Flash:
    """When a lamp that flashes is on: a function of time alone.

    Attributes:
        period_ns: it repeats after that.
        offset_ns: added to the time, so that lamps are out of step.
        lit_ns: begin and end of each flash within the period.
    """

    period_ns: int
    offset_ns: int
    lit_ns: tuple[tuple[int, int], ...]

    def on(self, time_ns: int) -> bool:
        """Whether it shines at a time."""
        at = (time_ns + self.offset_ns) % self.period_ns
        return any(begin <= at < end for begin, end in self.lit_ns)


BLINK = Flash(666_666_667, 0, ((0, 333_333_333),))
"""Indicators: 90 flashes a minute (UN R48, 6.5.9: 90 +- 30), on for half of the time."""
AMBER_FLASH = Flash(1_000_000_000, 0, ((0, 500_000_000),))
"""Traffic lights that warn only: 60 flashes a minute, on for half of the time (MUTCD 4D.30: 50 to 60, half or more)."""
