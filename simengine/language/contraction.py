"""Where the constraints leave room: variables are drawn from there, so that fewer draws are rejected.

Interval contraction gives, for each variable, values outside of which no draw can meet the constraints. Drawing the
variable's law conditioned on the rest (a part of [0, 1), see :mod:`shares`) and rejecting as before gives the same
distribution: p(x | C) = p(x | x in A, C) wherever C implies x in A. Nothing is approximated, and what the contraction
cannot tell it leaves to rejection.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.language.dependencies import Graph
from simengine.language.distributions import Law, Stepped, Table
from simengine.language.drawn import Laws
from simengine.language.intervals import Bounds, Interval
from simengine.language.shares import Shares, between, chosen_levels

__all__ = ["narrowed_shares"]

_WORTH = 0.999  # narrower by less than this share is not worth another stream of values


def narrowed_shares(graph: Graph, laws: Laws) -> dict[str, Shares]:
    """Parts of [0, 1) to which the constraints confine variables, by path; others have no entry.

    Only variables of their own (no elements of arrays) whose parameters are constant. Nothing where the constraints
    exclude each other: the sampler tells that with its table.
    """
    if not graph.requires:
        return {}
    bounds = Bounds(graph.program, graph, laws)
    before = dict(bounds.known)
    if bounds.contract(graph.requires) is not None:
        return {}
    out: dict[str, Shares] = {}
    for path, variable in graph.variables.items():
        law = laws.static.get(path)
        if law is None or variable.array is not None:
            continue
        found = _part(path, law, before, bounds)
        if found is not None and 0.0 < found.size < _WORTH:
            out[path] = found
    return out


def _part(path: str, law: Law, before: dict[str, Interval], bounds: Bounds) -> Shares | None:
    definition = bounds.program.definitions[path]
    if definition.components:
        parts = [(k, bounds.known[c]) for k, c in enumerate(definition.components) if c in bounds.known]
        moved = any(bounds.known[c] != before[c] for c in definition.components if c in before)
        return chosen_levels(law, lambda v: _all_inside(v, parts)) if moved else None
    now = bounds.known[path]
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
