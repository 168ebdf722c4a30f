"""What of a thing's shape its variety decides: measures within a range, and one style of several.

Held-out varieties (``simengine.world.splits``) differ in shape, not in colours alone: a quarter of every range and
every fourth style is theirs, and those to learn from never show it.
"""

from __future__ import annotations

from simengine.rng import stream
from simengine.world.splits import held_out

__all__ = ["drawn_between", "drawn_style"]

_BANDS = 8


def drawn_style(variety: int, count: int, *name: str) -> int:
    """One of ``count`` styles, four or more; ``name`` says what of the thing."""
    own = [k for k in range(count) if held_out(k) is held_out(variety)]
    return own[int(stream(variety, "style", *name).integers(len(own)))]


def drawn_between(variety: int, low: float, high: float, *name: str) -> float:
    """A measure evenly from ``low`` to ``high``, less the bands (two of eight) that held-out varieties keep."""
    draw = stream(variety, "measure", *name)
    own = [k for k in range(_BANDS) if held_out(k) is held_out(variety)]
    share = (own[int(draw.integers(len(own)))] + 0.05 + 0.9 * float(draw.random())) / _BANDS  # never on an edge
    return round(low + share * (high - low), 4)
