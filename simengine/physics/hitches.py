"""Who tows whom in a batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array

__all__ = ["Hitches"]


class Hitches(NamedTuple):
    """Couplings between slots, (B, A) each.

    Attributes:
        by: slot of what tows each, -1 for none.
        coupling_m: where the coupling is on what tows it, along that one's x axis.
        kingpin_m: where it is on the trailer, along its own.
    """

    by: I64Array
    coupling_m: F64Array
    kingpin_m: F64Array

    def take(self, rows: I64Array) -> Hitches:
        """Those of some variants."""
        by, coupling, kingpin = self.by[rows], self.coupling_m[rows], self.kingpin_m[rows]
        return Hitches(np.ascontiguousarray(by), np.ascontiguousarray(coupling), np.ascontiguousarray(kingpin))

    def trailers(self, slot: int) -> list[tuple[int, BoolArray]]:
        """What an actor tows somewhere, and where, (B,)."""
        towed = self.by == slot
        return [(int(k), np.ascontiguousarray(towed[:, k])) for k in np.flatnonzero(towed.any(0))]
