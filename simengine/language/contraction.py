"""Where the constraints leave room: variables are drawn from there, so that fewer draws are rejected.

Interval contraction gives, for each variable, values outside of which no draw can meet the constraints. Drawing the
variable's law conditioned on the rest (a part of [0, 1), see :mod:`shares`) and rejecting as before gives the same
distribution: p(x | C) = p(x | x in A, C) wherever C implies x in A. Nothing is approximated, and what the contraction
cannot tell it leaves to rejection.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.language.bounds import Bounds
from simengine.language.dependencies import Graph
from simengine.language.distributions import Law, Stepped, Table
from simengine.language.drawn import Laws
from simengine.language.intervals import Interval
from simengine.language.narrowing import Narrowing
from simengine.language.shares import Shares, between, chosen_levels

__all__ = ["narrowed_shares"]

_WORTH = 0.999  # narrower by less than this share is not worth another stream of values


def narrowed_shares(graph: Graph, laws: Laws) -> dict[str, Shares]:
    """Parts of [0, 1) to which the constraints confine variables, by stream; others have no entry.

    Only variables whose parameters are constant; of an array those elements that every draw has, since a constraint
    on elements that may be missing also says how many there are. Nothing where the constraints exclude each other: the
    sampler tells that with its table.
    """
    if not graph.requires:
        return {}
    bounds = Bounds(laws)
    left = Narrowing(bounds)
    if not left.meet(graph.requires):
        return {}
    out: dict[str, Shares] = {}
    for path, variable in graph.variables.items():
        law = laws.static.get(path)
        found = None if law is None else _part(path, law, bounds.known, left)
        if found is not None and 0.0 < found.size < _WORTH:
            sure = 1 if variable.array is None else math.ceil(left.known[graph.counts[variable.array]].low)
            out |= dict.fromkeys(variable.streams[:sure], found)
    return out


def _part(path: str, law: Law, before: dict[str, Interval], left: Narrowing) -> Shares | None:
    definition = left.program.definitions[path]
    after = left.known if definition.array is None else left.sure
    if definition.components:
        parts = [(k, after[c]) for k, c in enumerate(definition.components) if c in after]
        moved = any(after[c] != before[c] for c in definition.components if c in after)
        return chosen_levels(law, lambda v: _all_inside(v, parts)) if moved else None
    now = after[path]
    if now == before[path]:
        return None
    if isinstance(law, Table | Stepped):
        chosen = chosen_levels(law, lambda v: _inside(v, now)) if _numeric(law) else None
        return between(law, now.low, now.high) if chosen is None and isinstance(law, Stepped) else chosen
    return between(law, now.low, now.high)


def _numeric(law: Table | Stepped) -> bool:
    return isinstance(law, Stepped) or (law.values.ndim == 1 and law.values.dtype.kind in "fb")


def _inside(values: F64Array, interval: Interval) -> BoolArray:
    number = np.asarray(values, np.float64)
    kept = (number >= interval.low) & (number <= interval.high)
    if interval.points is not None:
        kept &= np.isin(number, list(interval.points))
    return kept


def _all_inside(rows: F64Array, parts: list[tuple[int, Interval]]) -> BoolArray:
    kept = np.ones(len(rows), np.bool_)
    for k, interval in parts:
        kept &= _inside(rows[:, k], interval)
    return kept
