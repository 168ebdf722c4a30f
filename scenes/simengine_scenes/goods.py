"""Household and shop goods by name: their sizes, and which are held out for tests of what was learned from the rest."""

from __future__ import annotations

from simengine.world.library import AssetName

__all__ = ["FAMILIES", "GOODS_SIZE_M", "PLAIN_SIZE_M", "goods_size_m"]

GOODS_SIZE_M: dict[str, tuple[float, float, float]] = {
    "dice": (0.016, 0.016, 0.016), "marble": (0.016, 0.016, 0.016), "coin": (0.023, 0.023, 0.002),
    "thimble": (0.018, 0.018, 0.024), "nut": (0.026, 0.024, 0.024), "chess_pawn": (0.02, 0.02, 0.03),
    "bottle_cap": (0.03, 0.03, 0.012), "eraser": (0.029, 0.018, 0.012), "walnut": (0.04, 0.034, 0.034),
    "cork": (0.045, 0.024, 0.024), "battery": (0.05, 0.014, 0.014), "key": (0.055, 0.024, 0.003),
    "egg": (0.06, 0.045, 0.045), "lighter": (0.08, 0.025, 0.012), "peg": (0.075, 0.012, 0.014),
    "ball": (0.065, 0.065, 0.065), "apple": (0.078, 0.076, 0.072), "orange_fruit": (0.08, 0.08, 0.078),
    "soap": (0.09, 0.06, 0.03), "mug": (0.12, 0.085, 0.095), "can": (0.066, 0.066, 0.115),
    "sponge": (0.11, 0.07, 0.035), "tape": (0.11, 0.11, 0.05), "blister": (0.105, 0.055, 0.008),
    "marker": (0.14, 0.018, 0.018), "scissors": (0.17, 0.075, 0.012), "tube": (0.15, 0.045, 0.035),
    "screwdriver": (0.2, 0.03, 0.03), "banana": (0.19, 0.06, 0.04), "bowl": (0.155, 0.155, 0.06),
    "spoon": (0.19, 0.042, 0.025), "pouch": (0.18, 0.12, 0.05), "carton": (0.16, 0.1, 0.06),
    "book": (0.19, 0.125, 0.022), "bottle": (0.08, 0.08, 0.24), "cereal": (0.19, 0.06, 0.27),
}  # fmt: skip
"""Length, width and height as it lies or stands on a table, in metres."""
PLAIN_SIZE_M = (0.06, 0.06, 0.06)
"""Of a good of which nobody says what it is: a plain box."""


def goods_size_m(asset: str) -> tuple[float, float, float]:
    """Length, width and height of a good by name; "" is a plain box."""
    return GOODS_SIZE_M.get(asset, PLAIN_SIZE_M)


_HELD_OUT = {"chess_pawn", "eraser", "key", "lighter", "apple", "tape", "screwdriver", "bowl", "book"}
_SHOP = ("can", "sponge", "soap", "blister", "tube", "pouch", "carton", "bottle", "cereal", "battery", "tape")


def _family(names: tuple[str, ...]) -> tuple[AssetName, ...]:
    return tuple(AssetName(n, max(GOODS_SIZE_M[n]), n in _HELD_OUT) for n in names)


FAMILIES: dict[str, tuple[AssetName, ...]] = {"household": _family(tuple(GOODS_SIZE_M)), "shop": _family(_SHOP)}
"""What ``library("household")`` and ``library("shop")`` draw from, a quarter of it held out."""
