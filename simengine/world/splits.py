"""Which looks are kept for tests of what was learned from the others: every fourth.

A look is a number: the variety of a thing, the seed of a world. One in four is *held out*; a scenario whose world says
``split = train`` never meets these, and ``split = held_out`` meets nothing else.
"""

from __future__ import annotations

from simengine.world.library import Property, enum

__all__ = ["SPLIT", "held_out", "within"]

_OF = 4
SPLIT = Property(
    "split", enum("all", "train", "held_out"), "all", spatial=False,
    doc="looks of things and worlds: all, those to learn from, or the quarter that is held out for tests",
)  # fmt: skip


def held_out(look: int) -> bool:
    """Whether a look belongs to the part that is kept for tests."""
    return look % _OF == _OF - 1


def within(look: int, split: str) -> int:
    """The look itself, if it belongs to a split, else one near it that does; each of a split is as frequent as before.

    Args:
        look: any number from 0 on.
        split: "all", "train" or "held_out".
    """
    group, place = divmod(look, _OF)
    if split == "held_out":
        place = _OF - 1
    elif split == "train" and place == _OF - 1:
        place = group % (_OF - 1)
    return group * _OF + place
