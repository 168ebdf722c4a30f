"""Fixed-time signals: a cycle of green, amber and all-red for the two roads of a junction.

Of a cycle C both roads have 3 s of amber (German RiLSA at 50 km/h; 3 to 6 s in the US MUTCD) and after it 2 s in which
all wait; what is left is green, a share p of it for the road of ``own_arm``:

    own green p (C - 10 s), own amber 3 s, all red 2 s, cross green (1 - p) (C - 10 s), cross amber 3 s, all red 2 s
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.variants import Variants
from simengine.errors import ProgramError

__all__ = ["AMBER_S", "CLEARANCE_S", "LEAST_CYCLE_S", "SignalProgramme", "shows_at"]

AMBER_S, CLEARANCE_S, LEAST_CYCLE_S = 3.0, 2.0, 20.0
_GREEN, _AMBER, _RED = 0, 1, 2
_WORDS = ("green", "amber", "red")


def shows_at(time_s: float | F64Array, cycle_s: F64Array, share: F64Array, offset_s: F64Array) -> I64Array:
    """What the signals of both roads show, (2, B): 0 green, 1 amber, 2 red.

    Args:
        time_s: since the start.
        cycle_s: lengths of the cycles, (B,), each longer than two ambers and two clearances.
        share: of the green time, for the first road.
        offset_s: how far into its cycle each is at the start.
    """
    lost = AMBER_S + CLEARANCE_S
    now = np.mod(time_s + offset_s, cycle_s)
    first = share * (cycle_s - 2.0 * lost)
    second = now - first - lost
    other = cycle_s - 2.0 * lost - first
    own = np.where(now < first, _GREEN, np.where(now < first + AMBER_S, _AMBER, _RED))
    cross = np.where((second >= 0.0) & (second < other), _GREEN, _RED)
    return np.stack([own, np.where((second >= other) & (second < other + AMBER_S), _AMBER, cross)]).astype(np.int64)


class SignalProgramme:
    """The programmes of a batch of variants.

    Args:
        variants: with ``signal.cycle`` (0: none), ``signal.share`` and ``signal.offset`` of their worlds.

    Raises:
        ProgramError: a cycle is too short; names the variant.
    """

    def __init__(self, variants: Variants) -> None:

        def column(name: str, default: float) -> F64Array:
            given = np.asarray(variants.values.get(f"world.signal.{name}", default), np.float64)
            return np.broadcast_to(given, (variants.count,))

        self._columns = column("cycle", 0.0), column("share", 0.5), column("offset", 0.0)
        cycle = self._columns[0]
        self.runs: BoolArray = np.asarray(cycle > 0.0, np.bool_)
        short = np.flatnonzero(self.runs & (cycle < LEAST_CYCLE_S))
        if short.size:
            raise ProgramError(
                f"variant {int(variants.indices[short[0]])}: 'signal.cycle' is {cycle[short[0]]:g} s; a cycle lasts at "
                f"least {LEAST_CYCLE_S:g} s, or is 0 s where there is none"
            )
        self._before: I64Array = np.full((2, variants.count), -1, np.int64)
        if bool(self.runs.any()):
            choices = {p.name: p.type.choices for p in variants.world_kind.properties}
            self._codes = {
                name: np.array([choices[name].index(w) for w in _WORDS]) for name in ("signal.own", "signal.cross")
            }

    def due(self, time_s: float) -> Iterator[tuple[str, F64Array, BoolArray]]:
        """Properties that change now: name, place of the new word (B,), and where, (B,)."""
        if not bool(self.runs.any()):
            return
        cycle, share, offset = self._columns
        now = shows_at(time_s, np.where(self.runs, cycle, LEAST_CYCLE_S), share, offset)
        for k, (name, codes) in enumerate(self._codes.items()):
            rows = self.runs & (now[k] != self._before[k])
            if bool(rows.any()):
                yield name, codes[now[k]].astype(np.float64), rows
        self._before = now
