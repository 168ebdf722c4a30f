"""Since when the ego of each variant is off the road."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, I64Array
from simengine.engine.scenes import SceneEnv

__all__ = ["OffRoad"]


class OffRoad:
    """Watches the entity "ego", or without one the first vehicle, of a batch from tick to tick.

    Args:
        env: the state in hand, see :meth:`SceneEnv.off_lanes`.
        rate_hz: ticks a second.
    """

    def __init__(self, env: SceneEnv, rate_hz: int) -> None:
        slots = env.variants.roster.slots
        drive = [k for k, s in enumerate(slots) if s.decl.category == "vehicle"]
        self._slot = next((k for k, s in enumerate(slots) if s.name == "ego"), drive[0] if drive else -1)
        self._name = slots[self._slot].name if self._slot >= 0 else ""
        self._roads: BoolArray = np.asarray(env.variants.roads.exists.any(-1), np.bool_)
        self._env, self._rate_hz = env, rate_hz
        self._since: I64Array = np.full(env.variants.count, -1, np.int64)

    def look(self, tick: int, rows: BoolArray) -> None:
        """Note who is off the road at a tick, of some variants (B,)."""
        rows = rows & self._roads & (self._since < 0)
        if self._slot >= 0 and bool(rows.any()):
            self._since[rows & self._env.off_lanes(self._slot)] = tick

    def since_s(self, row: int, ego: str) -> float | None:
        """From when on a variant's ego was off the road for the first time; None: never, or another one is meant."""
        tick = int(self._since[row])
        return tick / self._rate_hz if tick >= 0 and ego == self._name else None
