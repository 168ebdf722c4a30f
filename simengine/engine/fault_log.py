"""Which faults the timeline gave to which sensor, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.clock import tick_time_ns
from simengine.sensors.faults import FAULTS, Fault

__all__ = ["FaultLog"]

_OPEN = np.iinfo(np.int64).max


@dataclass(eq=False)
class _Entry:
    """A run of a fault action: what it is in each variant, and from which tick to which (B,)."""

    node: int
    sensor: str
    sort: str
    kinds: Sequence[str]
    settings: Mapping[str, F64Array]
    start: I64Array
    stop: I64Array


class FaultLog:
    """Notes starts and ends of fault actions of B variants.

    As with other actions, the one that started last decides; when it ends, an earlier one that still runs does again.
    """

    def __init__(self, count: int, rate_hz: int) -> None:
        self._count, self._rate_hz = count, rate_hz
        self._entries: list[_Entry] = []
        self.nodes: set[int] = set()

    def start(
        self, node: int, sensor: tuple[str, str], rows: BoolArray, tick: int, kinds: Sequence[str],
        settings: Mapping[str, F64Array],
    ) -> None:  # fmt: skip
        """An action starts in some variants.

        Args:
            node: of the timeline.
            sensor: its name and kind.
            rows: where, (B,).
            tick: when.
            kinds: word of the fault in each variant.
            settings: as given, SI, (B,) each.
        """
        self.nodes.add(node)
        start = np.where(rows, tick, _OPEN)
        self._entries.append(_Entry(node, *sensor, tuple(kinds), settings, start, np.full(self._count, _OPEN)))

    def end(self, node: int, rows: BoolArray, tick: int) -> None:
        """An action ends in some variants."""
        for entry in self._entries:
            if entry.node == node:
                over = rows & (entry.start <= tick) & (entry.stop == _OPEN)
                entry.stop[over] = tick

    def faults(self, row: int, last_tick: int) -> tuple[Fault, ...]:
        """What each sensor suffered in a variant, up to and including a tick, in the order of time."""
        mine = [e for e in self._entries if e.start[row] <= last_tick and e.stop[row] > e.start[row]]
        out: list[Fault] = []
        for sensor in dict.fromkeys(e.sensor for e in mine):
            out += self._of_sensor([e for e in mine if e.sensor == sensor], row, last_tick)
        return tuple(sorted(out, key=lambda f: (f.start_ns, f.sensor)))

    def _of_sensor(self, entries: Sequence[_Entry], row: int, last_tick: int) -> list[Fault]:
        edges = sorted({int(min(t, last_tick + 1)) for e in entries for t in (e.start[row], e.stop[row])})
        out: list[Fault] = []
        for low, high in pairwise(edges):
            running = [e for e in entries if e.start[row] <= low < e.stop[row]]
            if running:
                newest = max(running, key=lambda e: int(e.start[row]))
                newest = [e for e in running if e.start[row] == newest.start[row]][-1]
                out.append(self._fault(newest, row, low, high))
        return out

    def _fault(self, entry: _Entry, row: int, low: int, high: int) -> Fault:
        kind = entry.kinds[row]
        table = FAULTS[entry.sort][kind]
        given = {n: float(v[row]) for n, v in entry.settings.items() if n in table.settings}
        times = (tick_time_ns(t, self._rate_hz) for t in (int(entry.start[row]), low, high))
        return Fault(entry.sensor, kind, dict(sorted({**table.takes, **given}.items())), *times)
