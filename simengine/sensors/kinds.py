"""Attributes of parameter classes that hold what they say: whole numbers, numbers, switches, words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from numbers import Integral, Real
from typing import cast

import numpy as np

from simengine.errors import SensorError

__all__ = ["check_kinds", "is_number", "is_whole"]


def is_number(value: object) -> bool:
    """A real number, also one of NumPy; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def is_whole(value: object) -> bool:
    """A whole number, also one of NumPy; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_word(value: object) -> bool:
    return isinstance(value, str)


def _are_numbers(value: object) -> bool:
    return isinstance(value, tuple) and all(map(is_number, cast("tuple[object, ...]", value)))


_KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "int": (is_whole, "a whole number"), "float": (is_number, "a number"), "bool": (_is_switch, "True or False"),
    "str": (_is_word, "a text"),
}  # fmt: skip


@lru_cache
def _demands(cls: type) -> tuple[tuple[str, Callable[[object], bool], str, int], ...]:
    """Attributes of a dataclass with the check of each, what it asks for, and how many numbers (0: any)."""
    out: list[tuple[str, Callable[[object], bool], str, int]] = []
    for one in fields(cls):
        annotation = str(one.type)
        if annotation in _KINDS:
            out.append((one.name, *_KINDS[annotation], 0))
        elif annotation.startswith("tuple[float"):
            count = 0 if "..." in annotation else annotation.count("float")
            out.append((one.name, _are_numbers, f"{count} numbers" if count else "numbers", count))
    return tuple(out)


def check_kinds(of: object, what: str) -> None:
    """Refuse attributes of a dataclass that are of another kind than its annotations say.

    Args:
        of: whose int, float, bool, str and tuple[float, ...] attributes are looked at.
        what: it is, for the message.

    Raises:
        SensorError: an attribute holds something else; True and False are no numbers.
    """
    for name, good, expected, count in _demands(type(of)):
        value = getattr(of, name)
        if not good(value) or (count and len(value) != count):
            raise SensorError(f"{what}: '{name}' must be {expected}, got {str(value)[:80]!r}")
