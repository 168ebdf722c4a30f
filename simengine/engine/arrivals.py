"""What a teleport puts somewhere needs a place, as what is placed at the start does: within the world, and free."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.engine.roads import BESIDE_M
from simengine.engine.variants import Variants
from simengine.errors import ProgramError
from simengine.language.program import Act
from simengine.physics.boxes import separation_m
from simengine.physics.cast import DRIVEN_OVER_M
from simengine.physics.simulation import Simulation
from simengine.physics.snapshot import Snapshot

__all__ = ["Arrivals"]

_DEEP_M = 0.01
"""What overlaps no deeper stands side by side, but for a rounding error."""


class Arrivals:
    """Who is put somewhere in a tick of a batch.

    Rooms are looked at once all orders of the tick are given, so that two may change places. Loose things are not asked
    here: rigid-body physics says where they have room.

    Args:
        variants: of the batch.
        simulation: its physics.
    """

    def __init__(self, variants: Variants, simulation: Simulation) -> None:
        self._variants, self._simulation = variants, simulation
        self._put: dict[int, tuple[Act, BoolArray]] = {}

    def note(self, act: Act, slot: int, to_m: F64Array, rows: BoolArray, tick: int) -> None:
        """Somebody is put somewhere.

        Args:
            act: the order.
            slot: who.
            to_m: where to, (B, 2).
            rows: in which variants, (B,).
            tick: now.

        Raises:
            ProgramError: the place lies beyond the end of the road, or beside it where no ground is; names the one,
                the place, the variant and the tick.
        """
        at = self._variants.roads.reach(np.ascontiguousarray(to_m[:, 0]), np.ascontiguousarray(to_m[:, 1]))
        over = np.maximum(at.along_m - at.length_m, -at.along_m)
        for wrong, far, where in (
            (rows & (over > 0.0), over, "beyond the end of the road"),
            (rows & (at.beside_m > BESIDE_M), at.beside_m, "beside the road, where the world has ended"),
        ):
            if bool(wrong.any()):
                row = int(np.flatnonzero(wrong)[0])
                self._refuse(
                    act, f"'{self._simulation.cast.names[slot]}' would stand at ({to_m[row, 0]:.1f} m, "
                    f"{to_m[row, 1]:.1f} m), {far[row]:.1f} m {where}", row, tick,
                    "choose a place on the road or near it, or make the road longer ('length' of the world)",
                )  # fmt: skip
        if not (self._simulation.cast.loose and self._simulation.cast.loose[slot]):
            before = self._put.get(slot)
            self._put[slot] = act, rows if before is None else before[1] | rows

    def require_room(self, tick: int) -> None:
        """Refuse who has been put into something in this tick.

        Raises:
            ProgramError: names both, the variant and the tick.
        """
        if not self._put:
            return
        put, self._put = self._put, {}
        sim, hitches = self._simulation, self._simulation.cast.hitches
        now = Snapshot(sim.cast, sim.state)
        on_ground: BoolArray = sim.motion.carrier < 0
        tall: BoolArray = sim.cast.body.size_m[..., 2] > DRIVEN_OVER_M
        for slot, (act, rows) in put.items():
            for other, name in enumerate(sim.cast.names):
                if other == slot:
                    continue
                meet = rows & now.valid[:, slot] & now.valid[:, other]
                meet &= on_ground[:, slot] & on_ground[:, other] & tall[:, slot] & tall[:, other]
                if hitches is not None:  # what is towed comes along in the next tick
                    meet &= ~np.isin(hitches.by[:, other], list(put))
                if not bool(meet.any()):
                    continue
                meet &= separation_m(now.boxes(slot), now.boxes(other)) < -_DEEP_M
                if bool(meet.any()):
                    row = int(np.flatnonzero(meet)[0])
                    wrong = f"'{sim.cast.names[slot]}' would stand in '{name}'"
                    self._refuse(act, wrong, row, tick, "choose a free place, or move what is there first")
            crash = rows & now.valid[:, slot] & on_ground[:, slot] & sim.motion.is_vehicle[slot]
            for row in np.flatnonzero(crash).tolist():  # people come out of what they stand in
                name = sim.impacts.stands_in(sim.motion, row, slot, _DEEP_M)
                if name:
                    wrong = f"'{sim.cast.names[slot]}' would stand in the {name}"
                    self._refuse(act, wrong, row, tick, "choose a free place")

    def _refuse(self, act: Act, wrong: str, row: int, tick: int, advice: str) -> None:
        index = int(self._variants.indices[row])
        raise ProgramError(f"{act.span.where}: {wrong} (variant {index}, tick {tick}); {advice}")
