"""Coverage: which bins of the ``cover`` items and which combinations of ``cross`` a set of variants has hit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simengine.arrays import I64Array
from simengine.language.bins import Bins, cover_bins, initial_items
from simengine.language.dependencies import Graph
from simengine.language.drawn import Laws, Values
from simengine.language.evaluate import evaluate
from simengine.language.program import Cross
from simengine.language.sample import Draws

__all__ = ["Bins", "Crossing", "cover_bins", "cross_hits", "initial_bins"]


def initial_bins(draws: Draws, bins: Mapping[str, Bins]) -> dict[str, I64Array]:
    """Bins hit by drawn variants, for items that need neither the scene nor the running simulation.

    Args:
        draws: n variants.
        bins: of :func:`cover_bins`.

    Returns:
        Index of the bin by item name, shape (n,); -1 outside all bins.
    """
    graph = Graph(draws.program)
    values = Values(Laws(draws.program, graph), len(draws))
    values.arrays.update(draws.values)
    exprs = initial_items(draws.program, graph, bins)
    return {name: bins[name].index(evaluate(expr, values, len(draws))) for name, expr in exprs.items()}


@dataclass(frozen=True)
class Crossing:
    """Combinations of the bins of some items.

    Attributes:
        names: the items.
        hit: number of different combinations that occurred.
        raw: number of all combinations; None where an item's bins have no end.
    """

    names: tuple[str, ...]
    hit: int
    raw: int | None


def cross_hits(cross: Cross, bins: Mapping[str, Bins], indices: Mapping[str, I64Array]) -> tuple[Crossing, ...]:
    """Hit and raw combinations for every choice of ``ways`` items of a ``cross``.

    Args:
        cross: the statement.
        bins: of :func:`cover_bins`.
        indices: bin of each variant by item name, shape (n,); variants outside all bins hit nothing.

    Returns:
        One entry for each combination of items, in the order of the statement.
    """
    lowest = np.iinfo(np.int64).min
    out: list[Crossing] = []
    for names in itertools.combinations(cross.names, min(cross.ways, len(cross.names))):
        columns = np.stack([np.asarray(indices[name], np.int64) for name in names], -1)
        unbounded = np.array([bins[name].count is None for name in names])
        inside = np.where(unbounded, columns != lowest, columns >= 0).all(-1)
        counts = [bins[name].count for name in names]
        raw = math.prod(c for c in counts if c is not None) if all(c is not None for c in counts) else None
        out.append(Crossing(names, len(np.unique(columns[inside], axis=0)), raw))
    return tuple(out)
