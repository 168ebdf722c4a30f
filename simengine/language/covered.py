"""The coverage report: what variants hit of what the scenario can hit, what is missing, and what to draw next.

For each item and each combination of a ``cross``: *raw*, all bins or combinations; *feasible*, those that a draw proves
possible (see :mod:`feasible`; constraints on the placed scene are not part of it); *open*, neither found nor
excluded; *hit*. Where an item is known only while running, feasible is not known.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import LimitError
from simengine.language.bins import Bins
from simengine.language.census import POINTS, Census
from simengine.language.covering import Columns, covering_array, uncovered
from simengine.language.coverplan import CoverPlan, targets_of
from simengine.language.decimals import in_unit
from simengine.language.dispersion import largest_empty_box, largest_gap, ranks
from simengine.language.display import column_names, display_units
from simengine.language.feasible import Field
from simengine.language.plans import axis_names
from simengine.language.program import Cross
from simengine.language.rejection import Geometry
from simengine.language.sample import Sampler
from simengine.language.scenario import si_unit

__all__ = ["CoverageReport", "Gap", "Hits", "Suggestion", "coverage_report"]

_LEAST = 10
_SUGGESTED = 10
_MOST_TUPLES = 100_000  # beyond, no suggestions are worked out
_POOL_SEED, _POOL = 0x5EED, 4096
_PARAMETERS = 8


@dataclass(frozen=True)
class Hits:
    """Coverage of one item, or of one combination of items.

    Attributes:
        names: of the items.
        hit: how many feasible bins (or combinations) occurred; without knowledge of what is feasible, how many at all.
        feasible: how many can occur; None: not known.
        open: how many are neither known to occur nor excluded.
        raw: how many there are; None: the bins have no end.
        least: the least-hit feasible ones (some of them): their labels and how often.
        bins: of a single item: every bin with its count and "feasible", "open", "never" or "" (not known); else ().
        outside: variants with a value in no bin, or none.
    """

    names: tuple[str, ...]
    hit: int
    feasible: int | None
    open: int
    raw: int | None
    least: tuple[tuple[tuple[str, ...], int], ...]
    bins: tuple[tuple[str, int, str], ...] = ()
    outside: int = 0

    @property
    def goal(self) -> int | None:
        """What can be reached as far as it is known: feasible, else raw."""
        return self.raw if self.feasible is None else self.feasible


@dataclass(frozen=True)
class Gap:
    """A part of the space of continuous parameters that no variant is in.

    Attributes:
        parameters: one or two.
        low, high: corners, in the units.
        units: of the parameters.
        share: of what the scenario draws that lies there (an estimate from 4,096 draws).
    """

    parameters: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    units: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Suggestion:
    """A concrete draw that would hit what is missing.

    Attributes:
        gain: how many combinations, and bins of single items, it hits that neither the variants nor the suggestions
            before it hit.
        bins: label of the bin of each item; not of those that lie in none.
        values: as in a table of draws.
        point: its numbers in [0, 1): a row for ``RunOptions(plan="points", points=...)``.
    """

    gain: int
    bins: dict[str, str]
    values: dict[str, float | bool | str]
    point: tuple[float, ...]


@dataclass(frozen=True)
class CoverageReport:
    """What a set of variants covers.

    Attributes:
        scenario, title, tags, cites: of the program.
        variants: how many count.
        items, crosses: by item, and by combination of items.
        gaps: largest first.
        suggestions: what to draw next, the most useful first.
        axes: names of the numbers of ``Suggestion.point``.
        notes: what is not told, and why.
    """

    scenario: str
    title: str
    tags: tuple[str, ...]
    cites: tuple[str, ...]
    variants: int
    items: tuple[Hits, ...]
    crosses: tuple[Hits, ...]
    gaps: tuple[Gap, ...]
    suggestions: tuple[Suggestion, ...]
    axes: tuple[str, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def coverage_report(
    census: Census, geometry: Geometry | None = None, seed: int = 0, suggestions: int = _SUGGESTED
) -> CoverageReport:
    """What the variants of a census cover.

    Args:
        census: counts of bins.
        geometry: the engine's answers, for suggestions; None: they are not placed.
        seed: of the suggestions.
        suggestions: how many at most.
    """
    return _Reporter(census).report(geometry, seed, suggestions)


class _Reporter:
    def __init__(self, census: Census) -> None:
        self.census, self.program, self.n = census, census.program, census.n
        self.graph, self.laws, self.bins = census.graph, census.laws, census.bins
        self.field = Field(self.graph, self.laws)
        self.column = {name: k for k, name in enumerate(self.field.names)}
        self.notes: list[str] = []

    def report(self, geometry: Geometry | None, seed: int, suggestions: int) -> CoverageReport:
        items = [self._item(name) for name in self.census.names]
        together: dict[frozenset[str], tuple[str, ...]] = {}
        for names in (c for cross in self.program.crosses for c in self._tuples_of(cross)):
            together.setdefault(frozenset(names), names)
        crosses = [self._hits(names) for names in together.values()]
        missing = [name for name in self.bins if name not in self.census.names]
        if missing:
            self.notes.append(
                f"not told by draws alone, as they are known only once placed or while running: {', '.join(missing)}"
            )
        if any(h.feasible is None for h in (*items, *crosses)):
            self.notes.append(
                "feasible is not known where an item is known only once placed or while running, or has endless bins"
            )
        found = self._suggest(geometry, seed, suggestions) if suggestions else ()
        gaps = tuple(sorted(self._gaps(), key=lambda g: (-len(g.parameters), -g.share, g.parameters)))
        p = self.program
        return CoverageReport(
            p.name, p.title, p.tags, p.cites, self.n, tuple(items), tuple(crosses), gaps, found,
            axis_names(self.graph), tuple(self.notes),
        )  # fmt: skip

    # ---- hits ------------------------------------------------------------------------------------------------------

    def _tuples(self, names: Sequence[str]) -> tuple[BoolArray, BoolArray] | None:
        if any(name not in self.column for name in names):
            return None
        columns = [self.column[name] for name in names]
        ordered = tuple(sorted(columns))
        try:
            found, unknown = self.field.tuples(ordered)
        except LimitError as error:
            self.notes.append(str(error))
            return None
        back = [ordered.index(c) for c in columns]
        return found.transpose(back), unknown.transpose(back)

    def _item(self, name: str) -> Hits:
        hits = self._hits((name,))
        its = self.bins[name]
        count = its.count
        seen, how, _ = self.census.hits((name,))
        times = dict(zip(seen[:, 0].tolist(), how.tolist(), strict=True))
        state = self._tuples((name,))
        if count is None:
            bins = tuple((its.label(k), times[k], "") for k in sorted(times) if its.label(k))
        else:
            words = ["" if state is None else _state(state, k) for k in range(count)]
            bins = tuple((its.label(k), times.get(k, 0), words[k]) for k in range(count))
        return replace(hits, bins=bins)

    def _tuples_of(self, cross: Cross) -> list[tuple[str, ...]]:
        """The combinations of items that a ``cross`` asks for; several may ask for the same."""
        usable = [n for n in cross.names if n in self.census.names]
        return [c for c in itertools.combinations(usable, min(cross.ways, len(usable))) if c]

    def _hits(self, names: tuple[str, ...]) -> Hits:
        its = [self.bins[name] for name in names]
        seen, how, outside = self.census.hits(names)
        counts = [b.count for b in its]
        raw = None if any(c is None for c in counts) else math.prod(c for c in counts if c is not None)
        tuples = self._tuples(names)
        if tuples is None:
            order = np.argsort(how, kind="stable")[:_LEAST].tolist()
            least = tuple((_labels(its, seen[k]), int(how[k])) for k in order)
            return Hits(names, len(seen), None, 0, raw, least, outside=outside)
        found, unknown = tuples
        table = np.zeros(found.shape, np.int64)
        table[tuple(seen.T)] = how
        found = found | (table > 0)  # a variant is a proof, too
        possible = np.argwhere(found)
        order = np.argsort(table[found], kind="stable")[:_LEAST].tolist()
        least = tuple((_labels(its, possible[k]), int(table[tuple(possible[k])])) for k in order)
        still = int((unknown & ~found).sum())
        return Hits(names, len(seen), int(found.sum()), still, raw, least, outside=outside)

    # ---- what to draw next -------------------------------------------------------------------------------------------

    def _suggest(self, geometry: Geometry | None, seed: int, most: int) -> tuple[Suggestion, ...]:
        whole = all(item.source is not None for item in self.field.items)
        field = self.field if whole else Field(self.graph, self.laws, only_drawn=True)
        if not field.items or (self.n and any(name not in self.census.names for name in field.names)):
            return ()
        targets = targets_of(self.program, field.names, None)
        if sum(math.prod(field.counts[c] for c in t) for t in targets) > _MOST_TUPLES:
            self.notes.append(f"no suggestions: the crosses have more than {_MOST_TUPLES:,} combinations")
            return ()
        missing: dict[Columns, BoolArray] = {}
        start = np.zeros((0, len(field.items)), np.int64)
        if self.n:
            start = self.census.rows[:, [self.census.names.index(name) for name in field.names]]
        for target in targets:
            missing[target] = uncovered(start, target, field.tuples(target)[0])
        rows = covering_array(field.counts, targets, field.tables, start)
        chosen, gains = _greedy(rows, missing, most)
        plan = CoverPlan(rows=chosen)
        sampler = Sampler(self.program, seed, plan)
        found: list[Suggestion] = []
        if len(chosen) == 0:
            return ()
        good = np.concatenate(list(sampler.rows(geometry)))
        if good.size < len(chosen):
            self.notes.append(f"{len(chosen) - good.size} suggestions are left out: the placed scene rejects them")
        draws = sampler.draw(good, geometry)
        rows_kept: list[int] = good.tolist()
        for k, row in enumerate(rows_kept):
            labels = {
                n: field.items[c].bins.label(int(chosen[row, c]))
                for c, n in enumerate(field.names) if chosen[row, c] >= 0
            }  # fmt: skip
            point: F64Array = np.concatenate([draws.u[v][k].ravel() for v in self.graph.variables])
            found.append(Suggestion(gains[row], labels, draws.scenario(k).row(followed=False), tuple(point.tolist())))
        return tuple(found)

    # ---- gaps --------------------------------------------------------------------------------------------------------

    def _gaps(self) -> list[Gap]:
        laws, graph = self.laws, self.graph
        names = [
            p for p, v in graph.variables.items()
            if v.array is None and p in laws.static and laws.static[p].levels is None and p in self.census.points
            and laws.static[p].support[0] < laws.static[p].support[1]
        ]  # fmt: skip
        if len(names) > _PARAMETERS:
            covered = {i.source.variable.path for i in self.field.items if i.source is not None}
            names = sorted(names, key=lambda p: (p not in covered, graph.rank[p]))[:_PARAMETERS]
            self.notes.append(f"gaps are of the parameters {', '.join(names)}; others are left out")
        if not names or not self.n:
            return []
        if self.n > POINTS:
            self.notes.append(f"gaps are those of the first {POINTS:,} variants")
        pool = self._pool(names)
        if pool is None:
            return []
        units = display_units(self.program, names)
        at = {p: ranks(np.asarray(self.census.points[p], np.float64), pool[p]) for p in names}
        wide = {p: ranks(pool[p], pool[p]) for p in names}

        def told(p: str, rank: float) -> float:
            value = float(np.quantile(pool[p], min(max(rank, 0.0), 1.0)))
            return in_unit(value, units[p]) if p in units else value

        shown = column_names(self.program, names)
        symbols = {
            p: units[p].symbol if p in units else si_unit(self.program.definitions[p].type.dimension) for p in names
        }
        out: list[Gap] = []
        for p in names:
            low, high = largest_gap(at[p])
            out.append(Gap((shown.get(p, p),), (told(p, low),), (told(p, high),), (symbols[p],), high - low))
        for p, q in itertools.combinations(names, 2):
            box = largest_empty_box(at[p], at[q], wide[p], wide[q])
            low, high = ((told(p, c[0]), told(q, c[1])) for c in (box.low, box.high))
            out.append(Gap((shown.get(p, p), shown.get(q, q)), low, high, (symbols[p], symbols[q]), box.share))
        return out

    def _pool(self, names: Sequence[str]) -> dict[str, F64Array] | None:
        """Draws that meet the arithmetic constraints."""
        sampler = Sampler(self.program, _POOL_SEED)
        values, ok = sampler.propose(range(_POOL))
        if int(ok.sum()) < _LEAST:
            self.notes.append("no gaps: too few draws meet the constraints")
            return None
        return {p: np.asarray(values.arrays[p][ok], np.float64) for p in names}


def _state(tuples: tuple[BoolArray, BoolArray], k: int) -> str:
    return "feasible" if tuples[0][k] else "open" if tuples[1][k] else "never"


def _labels(bins: Sequence[Bins], values: I64Array) -> tuple[str, ...]:
    return tuple(b.label(int(k)) for b, k in zip(bins, values, strict=True))


def _greedy(rows: I64Array, missing: dict[Columns, BoolArray], most: int) -> tuple[I64Array, list[int]]:
    """The rows that hit most of what is missing, one after the other, and how much each adds."""
    left = {t: m.copy() for t, m in missing.items()}
    inside: dict[Columns, BoolArray] = {t: np.asarray((rows[:, list(t)] >= 0).all(1), np.bool_) for t in left}
    rest = np.ones(len(rows), np.bool_)
    chosen: list[int] = []
    gains: list[int] = []
    while len(chosen) < most and rest.any():
        gain = np.zeros(len(rows), np.int64)
        for target, m in left.items():
            gain[inside[target]] += m[tuple(rows[inside[target]][:, list(target)].T)]
        gain[~rest] = -1
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        rest[best] = False
        chosen.append(best)
        gains.append(int(gain[best]))
        for target, m in left.items():
            if bool(inside[target][best]):
                m[tuple(rows[best, list(target)])] = False
    return rows[chosen], gains
