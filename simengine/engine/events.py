"""What a long job tells whoever watches it. Library code prints nothing; the command line shows these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Event", "Report", "silent"]


@dataclass(frozen=True)
class Event:
    """Something happened.

    Attributes:
        kind: "stage" (something slow begins; ``text`` says what), "frame" (one frame is on disk or in hand),
            "episode" (one episode is complete), "discarded" (a variant's ``ensure`` failed), "failed" (a variant met an
            error), "note".
        text: for people.
        variant: its index, or -1.
        done, total: how far (frames of an episode, or episodes); total 0: unknown.
    """

    kind: Literal["stage", "frame", "episode", "discarded", "failed", "note"]
    text: str = ""
    variant: int = -1
    done: int = 0
    total: int = 0


Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """Ignore an event."""
