"""Which looks are kept for tests of what was learned from the others: every fourth.

A look is a number: the variety of a thing, the seed of a world. One in four is *held out*; a scenario whose world says
``split = train`` never meets these, and ``split = held_out`` meets nothing else. What worlds bring along has few looks
(:func:`among`): of fewer than four none is held out.
"""

from __future__ import annotations

from simengine.world.library import Property, enum

__all__ = ["SPLIT", "among", "held_out", "within"]

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


def among(look: int, count: int, split: str) -> int:
    """As :func:`within` for what has few looks, like the trees that worlds bring along: one of ``count``.

    Of fewer than four none is held out, and all parts have all of them.

    Args:
        look: 0 to ``count`` - 1.
        count: of looks.
        split: "all", "train" or "held_out".
    """
    if count < _OF:
        return look
    found = within(look, split)
    return found if found < count else count - count % _OF - 1
