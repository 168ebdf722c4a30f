"""From when on a formula could no longer hold: three-valued reading of the prefixes of a trace.

At tick p the ticks up to p are known and nothing is known of those after it, not even whether they will be. A formula
can no longer hold at tick t as soon as no continuation can make it hold, where every condition of a later tick is taken
as free. With negations at the conditions only, the first such p follows from the parts:

* a condition: t itself, where it does not hold there;
* ``and``: the first of its parts; ``or``: the last of them;
* ``always``: the first of all ticks of its window;
* ``eventually``: the last of all ticks of its window, and not before the window has closed: at the end of the trace
  unless it is ``within d``, which closes at t + d.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import numpy as np

from simengine.arrays import BoolArray, I64Array
from simengine.language.program import Always, And, Atom, Eventually, Not, Or, Temporal

__all__ = ["NEVER", "Reader", "lost_over_trace"]

NEVER = int(np.iinfo(np.int64).max // 2)
"""Where a formula holds."""

Reader: TypeAlias = Callable[[Temporal], "BoolArray | int | None"]
_Extreme: TypeAlias = Callable[[I64Array, I64Array], I64Array]


def lost_over_trace(formula: Temporal, count: int, read: Reader) -> I64Array:
    """First ticks from which on a formula could no longer hold, for every tick of one trace.

    Args:
        formula: with negations at conditions only.
        count: number of ticks.
        read: condition, negated or not -> where it holds (not where it is undefined), shape (count,); ``during``
            operator -> where its phase runs, shape (count,); operator with another bound -> its length in ticks;
            without a bound -> None.

    Returns:
        Ticks, shape (count,), :data:`NEVER` where the formula holds on the whole trace.
    """
    own = np.arange(count)
    if isinstance(formula, Atom | Not):
        return np.where(cast(BoolArray, read(formula)), NEVER, own)
    if isinstance(formula, And | Or):
        parts = [lost_over_trace(i, count, read) for i in formula.items]
        return (np.minimum if isinstance(formula, And) else np.maximum).reduce(parts)
    item, window = lost_over_trace(formula.item, count, read), read(formula)
    extreme, neutral = (np.minimum, NEVER) if isinstance(formula, Always) else (np.maximum, -1)
    closes = np.full(count, count - 1)
    if isinstance(window, np.ndarray):
        out = _of_rest(np.where(window, item, neutral), extreme)
    elif window is None:
        out = _of_rest(item, extreme)
    elif formula.bound == "after":
        out = _moved(_of_rest(item, extreme), window, neutral)
    else:
        out = _of_next(item, window + 1, extreme, neutral)
        closes = np.minimum(own + window, count - 1)
    return np.maximum(out, closes) if isinstance(formula, Eventually) else out


def _of_rest(values: I64Array, extreme: _Extreme) -> I64Array:
    """Extremes over all ticks that are left."""
    return cast(np.ufunc, extreme).accumulate(values[::-1])[::-1]


def _of_next(values: I64Array, width: int, extreme: _Extreme, neutral: int) -> I64Array:
    """Extremes over the next ``width`` ticks, by doubling."""
    out, done, width = values, 1, min(width, len(values))
    while done < width:
        step = min(done, width - done)
        out, done = extreme(out, _moved(out, step, neutral)), done + step
    return out


def _moved(values: I64Array, ticks: int, neutral: int) -> I64Array:
    """What stands so many ticks later."""
    out = np.full(len(values), neutral)
    keep = max(len(values) - ticks, 0)
    out[:keep] = values[len(values) - keep :]
    return out
