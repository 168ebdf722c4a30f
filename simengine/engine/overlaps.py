"""Entities that run into or pass through each other and that no monitor watches: what would else go unnoticed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.monitors import atoms
from simengine.engine.trace import Overlap, Trace, box_of
from simengine.language.dependencies import walk
from simengine.language.moving import carriers
from simengine.language.program import Program
from simengine.language.terms import Call, EntityRef
from simengine.physics.boxes import Boxes, separation_m
from simengine.physics.cast import DRIVEN_OVER_M

__all__ = ["overlaps", "watched_pairs"]

_DEEP_M = 0.01
"""Boxes that touch, or miss each other by a rounding error, do not pass through each other."""
_MEASURES = frozenset({"distance", "collision", "gap", "ttc", "min_ttc", "min_distance"})


def watched_pairs(program: Program) -> frozenset[frozenset[str]]:
    """Pairs of entities (or arrays) that may overlap: a monitor reads their distance, or one stands on or lies in the
    other, or in what carries that."""
    found: set[frozenset[str]] = set()
    for monitor in program.monitors:
        for atom in atoms(monitor.formula):
            for node in walk(atom):
                if isinstance(node, Call) and node.function in _MEASURES:
                    found.add(frozenset(part.name for part in walk(node) if isinstance(part, EntityRef)))
    on = {e.name: carriers(e) for e in program.entities}  # inside of its box, or stepping off it
    for entity in program.entities:
        below = [*on[entity.name]]
        while below:
            name = below.pop()
            found.add(frozenset((entity.name, name)))
            below += on.get(name, ())
    for entity in program.entities:  # who watches what tows a trailer watches the trailer
        for clause in entity.clauses:
            if clause.kind == "towed" and isinstance(clause.place, EntityRef):
                tower = clause.place.name
                found |= {(pair - {tower}) | {entity.name} for pair in found if tower in pair and len(pair) == 2}
    return frozenset(found)


def overlaps(
    trace: Trace, size_m: F64Array, watched: frozenset[frozenset[str]], solid: BoolArray | None = None
) -> tuple[Overlap, ...]:  # fmt: skip
    """Each pair whose boxes overlap by more than a centimetre at some tick up to the stop, or that ran into each other,
    in the order of time.

    Args:
        trace: its states.
        size_m: of all slots, (S, 3).
        watched: pairs that are left out.
        solid: what rigid-body physics keeps apart, (S,): boxes around tilted things say nothing about those pairs.
    """
    slots: list[int] = np.flatnonzero(trace.active & (size_m[:, 2] > DRIVEN_OVER_M)).tolist()
    moving = {int(k) for k in trace.movers}
    out: list[Overlap] = []
    met = {name for c in trace.impacts for name in (c.first, c.second)}
    for a, b, near in _neighbours(trace, size_m, slots, moving):
        names = trace.names[a], trace.names[b]
        if solid is not None and solid[a] and solid[b]:
            continue
        if met.issuperset(names):  # rigid bodies keep them apart: told below
            continue
        if frozenset(name.partition("[")[0] for name in names) in watched:
            continue
        ticks = np.flatnonzero(near)
        one, two = (_at(trace, k, size_m, ticks) for k in (a, b))
        deep = np.flatnonzero(separation_m(one, two) < -_DEEP_M)
        if deep.size:
            out.append(Overlap(names[0], names[1], float(ticks[deep[0]]) / trace.rate_hz))
    return tuple(sorted(out + _impacts(trace, watched), key=lambda o: o.time_s))


def _impacts(trace: Trace, watched: frozenset[frozenset[str]]) -> list[Overlap]:
    """Each pair that ran into each other, from the first tick after it on."""
    out: dict[tuple[str, str], Overlap] = {}
    for c in trace.impacts:
        pair = c.first, c.second
        if pair not in out and frozenset(name.partition("[")[0] for name in pair) not in watched:
            out[pair] = Overlap(*pair, math.ceil(c.time_s * trace.rate_hz - 1e-6) / trace.rate_hz)
    return list(out.values())


def _neighbours(
    trace: Trace, size_m: F64Array, slots: list[int], moving: set[int]
) -> Iterator[tuple[int, int, BoolArray]]:
    """Pairs whose bounding circles meet, and at which ticks, (T,); two that never move: at the first one only."""
    reach = [math.hypot(float(size_m[k][0]), float(size_m[k][1])) / 2.0 for k in slots]
    track = [trace.track(trace.names[k])[:, :2] for k in slots]
    for i, a in enumerate(slots):
        for j in range(i + 1, len(slots)):
            b = slots[j]
            stop = None if a in moving or b in moving else 1
            apart = track[i][:stop] - track[j][:stop]
            near = (apart * apart).sum(-1) < (reach[i] + reach[j]) ** 2
            if near.any():
                yield a, b, near


def _at(trace: Trace, slot: int, size_m: F64Array, ticks: I64Array) -> Boxes:
    states = trace.states_of(trace.names[slot])[ticks]
    return box_of(np.ascontiguousarray(states), size_m[slot])
