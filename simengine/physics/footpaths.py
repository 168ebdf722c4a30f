"""The footways and crosswalks of a batch as padded tables, and what stands on them.

B variants, F = most footways, C = most crosswalks, G = most crosswalks at one footway, M = most things on one footway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.paths import PathTable
from simengine.world.footways import Crosswalk, Footway
from simengine.world.lanes import Curve, LaneGraph
from simengine.world.walls import Furniture

__all__ = ["Footpaths"]

_NOWHERE = Curve(np.array([[1e6, 1e6, 0.0], [1e6 + 1.0, 1e6, 0.0]]))


@dataclass(frozen=True, eq=False)
class Footpaths:
    """Ways of people: footways 0 .. F - 1, then crosswalks F .. F + C - 1.

    Attributes:
        paths: their middles.
        footways: F.
        length_m, half_m: (B, F + C); length 0: there is no such way.
        things_m: (B, F + C, M, 4), stations from and to, offsets from and to of what stands on a way; nan: nothing.
        gate_m: (B, F, G, 2), stations and offsets where crosswalks begin on a footway; nan: none.
        gate: (B, F, G, 2), which crosswalk, and 0 or 1 for its start or its end.
        joins: (B, C, 2), the footways that a crosswalk joins.
        marked, behind_m: (B, C); how far their ends lie behind the kerbs.
        signals: properties of the world that say what traffic shows; ``signal`` is (B, C, 2): that of the road that is
            crossed and that of the road beside it, -1 for none.
    """

    paths: PathTable
    footways: int
    length_m: F64Array
    half_m: F64Array
    things_m: F64Array
    gate_m: F64Array
    gate: I64Array
    joins: I64Array
    marked: BoolArray
    behind_m: F64Array
    signals: tuple[str, ...]
    signal: I64Array

    @classmethod
    def of(cls, graphs: Sequence[LaneGraph], furniture: Sequence[Furniture]) -> Footpaths:
        """The ways of lane graphs, and what stands by itself there."""
        f = max((len(g.footways) for g in graphs), default=0)
        c = max((len(g.crosswalks) for g in graphs), default=0)
        curves = [[*_filled([w.centre for w in g.footways], f), *_filled([w.line for w in g.crosswalks], c)]
                  for g in graphs]  # fmt: skip
        shape = (len(graphs), f + c)
        length, half = np.zeros(shape), np.zeros(shape)
        joins, marked = np.zeros((len(graphs), c, 2), np.int64), np.zeros((len(graphs), c), np.bool_)
        behind = np.zeros((len(graphs), c))
        names = tuple(sorted({s for g in graphs for w in g.crosswalks for s in w.signals}))
        signal = np.full((len(graphs), c, 2), -1, np.int64)
        gates: list[list[list[tuple[float, float, int, int]]]] = []
        things: list[list[list[tuple[float, ...]]]] = []
        for b, g in enumerate(graphs):
            ways: list[Footway | Crosswalk] = [*g.footways, *g.crosswalks]
            places = [*range(len(g.footways)), *range(f, f + len(g.crosswalks))]
            for k, way in zip(places, ways, strict=True):
                length[b, k] = curves[b][k].length_m
                half[b, k] = way.half_m
            for k, walk in enumerate(g.crosswalks):
                joins[b, k], marked[b, k], behind[b, k] = walk.footways, walk.marked, walk.behind_m
                signal[b, k] = [names.index(s) for s in walk.signals] if walk.signals else [-1, -1]
            gates.append([_gates(g, k) for k in range(len(g.footways))])
            stands = furniture[b].table_m
            things.append([_things(curve, length[b, k], half[b, k], stands) for k, curve in enumerate(curves[b])])
        most_gates = max((len(row) for rows in gates for row in rows), default=0)
        most = max((len(row) for rows in things for row in rows), default=0)
        gate_m, gate = np.full((len(graphs), f, most_gates, 2), np.nan), np.full((len(graphs), f, most_gates, 2), -1)
        things_m = np.full((*shape, most, 4), np.nan)
        for b in range(len(graphs)):
            for k, row in enumerate(gates[b]):
                for j, (s, left, which, end) in enumerate(row):
                    gate_m[b, k, j], gate[b, k, j] = (s, left), (which, end)
            for k, row in enumerate(things[b]):
                things_m[b, k, : len(row)] = np.array(row).reshape(-1, 4)
        return cls(
            PathTable.of(curves),
            f,
            length,
            half,
            things_m,
            gate_m,
            gate.astype(np.int64),
            joins,
            marked,
            behind,
            names,
            signal,
        )


def _filled(curves: list[Curve], count: int) -> list[Curve]:
    return curves + [_NOWHERE] * (count - len(curves))


def _gates(graph: LaneGraph, footway: int) -> list[tuple[float, float, int, int]]:
    """Station, offset, crosswalk and end of it, of each crosswalk that begins on a footway."""
    out: list[tuple[float, float, int, int]] = []
    for k, walk in enumerate(graph.crosswalks):
        for end in (0, 1):
            if walk.footways[end] == footway:
                s, left = graph.footways[footway].centre.project(walk.line.points_m[-1 if end else 0])
                out.append((float(s), float(left), k, end))
    return sorted(out)


def _things(curve: Curve, length_m: float, half_m: float, boxes: F64Array) -> list[tuple[float, ...]]:
    """Stations and offsets that boxes take on a way."""
    if not len(boxes) or length_m <= 0.0:
        return []
    station, left = curve.project(np.column_stack([boxes[:, :2], np.zeros(len(boxes))]))
    _, heading = curve.at(station)
    turn = boxes[:, 2] - heading
    c, s = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    along, across = c * boxes[:, 3] + s * boxes[:, 4], s * boxes[:, 3] + c * boxes[:, 4]
    table = np.column_stack([station - along, station + along, left - across, left + across])
    near = (table[:, 1] > 0.0) & (table[:, 0] < length_m) & (table[:, 2] < half_m) & (table[:, 3] > -half_m)
    return [tuple(row) for row in table[near].tolist()]
