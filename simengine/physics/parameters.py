"""Numbers that controllers are given, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import F64Array
from simengine.errors import UsageError
from simengine.physics.agenda import Argument

__all__ = ["table"]


def table(
    arguments: Sequence[Mapping[str, Argument]], name: str, shape: tuple[int, int], default: F64Array
) -> F64Array:
    """Values (B, C) of an argument; not given, or NaN: the default."""
    out: F64Array = np.array(np.broadcast_to(default, shape), np.float64)
    for c, given in enumerate(arguments):
        value = given.get(name)
        if value is None:
            continue
        if isinstance(value, str):
            raise UsageError(f"controller argument '{name}' must be a number, got the word '{value}'")
        column = np.broadcast_to(np.asarray(value, np.float64), shape[:1])
        out[:, c] = np.where(np.isnan(column), out[:, c], column)
    return out
