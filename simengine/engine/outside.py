"""What drives a vehicle from outside: a function of what it observes, for a whole batch of variants at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.variants import Roster
from simengine.errors import PhysicsError, UsageError, did_you_mean
from simengine.physics.simulation import Simulation

__all__ = [
    "Command",
    "Controller",
    "Observation",
    "ask",
    "columns",
    "command",
    "observe",
    "require_finite",
    "steered_slots",
]

Command: TypeAlias = "npt.ArrayLike | tuple[npt.ArrayLike, npt.ArrayLike]"
"""Accelerations along the heading (B,), m/s2, or these and steering angles of the front wheels (B,), radians, to the
left positive. nan leaves that to what drives it otherwise; one number stands for all variants."""


@dataclass(frozen=True, eq=False)
class Observation:
    """The state of a batch at one instant: B variants, S entities.

    Attributes:
        time_s: since the start.
        names: of the entities ("ego", "traffic[1]"), S.
        x_m, y_m, yaw_rad: poses of their origins, (B, S).
        speed_mps, acceleration_mps2, steer_rad: along the heading; of the front wheels, (B, S).
        size_m: length, width, height, (B, S, 3).
        present: who takes part, (B, S).
        running: variants that have not come to their stop, (B,).
    """

    time_s: float
    names: tuple[str, ...]
    x_m: F64Array
    y_m: F64Array
    yaw_rad: F64Array
    speed_mps: F64Array
    acceleration_mps2: F64Array
    steer_rad: F64Array
    size_m: F64Array
    present: BoolArray
    running: BoolArray

    def slot(self, name: str) -> int:
        """Column of an entity.

        Raises:
            UsageError: there is none of this name.
        """
        return _slot(self.names, name)


Controller: TypeAlias = Callable[[Observation], Command]
"""Asked once in each control period; what it says holds until it is asked again."""


def observe(simulation: Simulation, size_m: F64Array, tick: int, rate_hz: int, running: BoolArray) -> Observation:
    """What there is to see now, as copies."""
    m, cast = simulation.motion, simulation.cast
    return Observation(
        tick / rate_hz, cast.names, m.x.copy(), m.y.copy(), m.yaw.copy(), simulation.speed_mps.copy(),
        simulation.acceleration_mps2, simulation.steer, np.array(size_m), cast.body.valid.copy(), running.copy(),
    )  # fmt: skip


def steered_slots(roster: Roster, names: Mapping[str, object]) -> dict[str, int]:
    """Slots of vehicles that are driven from outside.

    Raises:
        UsageError: there is no such entity, or it is no vehicle.
    """
    known = tuple(s.name for s in roster.slots)
    out = {name: _slot(known, name) for name in names}
    for name, slot in out.items():
        category = roster.slots[slot].decl.category
        if category != "vehicle":
            raise UsageError(
                f"a controller drives vehicles, and '{name}' is of the category '{category}'; name a vehicle"
            )
    return out


def command(simulation: Simulation, name: str, slot: int, asked: Command, running: BoolArray) -> None:
    """Hand on what a controller asks for, to the variants that still run: so the others go on as they would alone.

    Raises:
        UsageError: its shape does not fit, or it is infinite.
    """
    simulation.command(slot, *columns(name, asked, running), running)


def columns(name: str, asked: Command, running: BoolArray) -> tuple[F64Array, F64Array]:
    """Accelerations and steering angles that a controller asks for, (B,) each.

    Args:
        name: of its vehicle.
        asked: what it returned.
        running: variants that have not come to their stop, (B,); of the others nothing is asked.

    Raises:
        UsageError: its shape does not fit, or it is infinite.
    """
    both = asked if isinstance(asked, tuple) else (asked, np.nan)
    if len(both) != 2:
        raise UsageError(
            f"the controller of '{name}' must return accelerations, or a pair of accelerations and steering angles; it "
            f"returned {len(both)} things"
        )
    return _column(name, "accelerations", both[0], running), _column(name, "angles", both[1], running)


def ask(name: str, controller: Controller, seen: Observation, variants: I64Array, tick: int) -> Command:
    """What a controller asks for.

    Args:
        name: of its vehicle.
        controller: code of the user.
        seen: what it observes.
        variants: their numbers, (B,).
        tick: of the simulation.

    Raises:
        PhysicsError: it has raised something, which is the cause; names the vehicle, the variants and the tick.
    """
    try:
        return controller(seen)
    except Exception as error:
        numbers = [int(v) for v in variants[seen.running | ~seen.running.any()]]
        which = f"variant {numbers[0]}" if len(numbers) == 1 else f"variants {numbers[0]} to {numbers[-1]}"
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise PhysicsError(f"{which}, tick {tick}: the controller of '{name}' raised {what}") from error


def require_finite(name: str, asked: Command, variants: I64Array, tick: int, running: BoolArray) -> None:
    """Refuse what no vehicle can do, for the variant that it is asked of: so the others go on without that one.

    Args:
        name: of the vehicle.
        asked: what its controller returned.
        variants: their numbers, (B,).
        tick: of the simulation.
        running: variants that have not come to their stop, (B,).

    Raises:
        PhysicsError: it is infinite; names the vehicle, variant and tick.
    """
    both = asked if isinstance(asked, tuple) else (asked,)
    for what, value in zip(("acceleration", "steering angle"), both, strict=False):
        wrong = np.isinf(np.asarray(value, np.float64))
        rows = np.flatnonzero(running & wrong) if wrong.shape in ((), running.shape) else np.zeros(0, np.int64)
        if rows.size:
            raise PhysicsError(
                f"variant {int(variants[rows[0]])}, tick {tick}: the controller of '{name}' asked for an infinite "
                f"{what}; return finite ones, or nan for none"
            )


def _column(name: str, what: str, value: npt.ArrayLike, running: BoolArray) -> F64Array:
    array, batch = np.asarray(value, np.float64), running.size
    if array.shape not in ((), (batch,)):
        raise UsageError(
            f"the controller of '{name}' must return {what} of the shape ({batch},), one a variant; it returned "
            f"{array.shape}"
        )
    wrong = np.flatnonzero(np.isinf(array) & running)
    if wrong.size:
        raise UsageError(
            f"the controller of '{name}' returned infinite {what} (row {wrong[0]}); return finite ones, or nan for none"
        )
    return np.where(np.isinf(array), np.nan, array) + np.zeros(batch)


def _slot(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        hint = did_you_mean(name, names)
        raise UsageError(
            f"there is no entity '{name}'"
            + (f", did you mean '{hint}'?" if hint else f"; there are {', '.join(names)}")
        )
    return names.index(name)
