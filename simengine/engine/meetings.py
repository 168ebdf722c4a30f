"""Who is to arrive somewhere when another does: orders that come too late are refused when they are given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray, I64Array
from simengine.errors import ProgramError
from simengine.language.program import Act
from simengine.physics.agenda import Argument
from simengine.physics.pursuit import meeting
from simengine.physics.simulation import Simulation

__all__ = ["require_in_time"]


def require_in_time(
    act: Act, simulation: Simulation, slot: int, args: Mapping[str, Argument], rows: BoolArray,
    where: tuple[I64Array, int],
) -> None:  # fmt: skip
    """Refuse a meeting that lies behind one of the two, or whose time is over.

    Args:
        act: the order, ``synchronise``.
        simulation: knows the vehicles.
        slot: which vehicle.
        args: of the action.
        rows: where it begins, (B,).
        where: numbers of the variants, (B,), and the tick.

    Raises:
        ProgramError: names the vehicle, what is missing, variant and tick.
    """
    at = meeting(simulation.motion, simulation.cast, slot, args)
    late: BoolArray = rows & ((at.left_m <= 0.0) | (at.time_s <= 0.0))
    if not bool(late.any()):
        return
    b, names = int(np.flatnonzero(late)[0]), simulation.cast.names
    other = names[int(at.target[b])]
    if at.left_m[b] <= 0.0:
        why = f"its front is {-at.left_m[b]:.1f} m beyond the place"
    elif at.others_m[b] <= 0.0:
        why = f"'{other}' is {-at.others_m[b]:.1f} m beyond the place"
    else:
        why = f"with this lead on '{other}' it would have to be there since {-at.time_s[b]:.1f} s"
    raise ProgramError(
        f"{act.span.where}: '{names[slot]}' cannot synchronise any more: {why} (variant {int(where[0][b])}, tick "
        f"{where[1]}); ask for it earlier, name a place farther ahead, or a smaller 'lead'"
    )
