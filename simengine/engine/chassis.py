"""What the dynamic vehicles of a batch need to know of its programs: which they are, and the grip of their roads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.clock import tick_time_ns
from simengine.engine.initial import InitialEnv
from simengine.engine.variants import Variants
from simengine.engine.weather_log import WeatherLog, settings_at
from simengine.errors import ProgramError
from simengine.language.program import Act
from simengine.physics.agenda import Argument
from simengine.physics.simulation import Simulation
from simengine.physics.tyres import friction_share
from simengine.world.vocabulary import DYNAMICS

__all__ = ["dynamic_slots", "require_reachable", "road_grip"]

_SINGLE_TRACK = float(DYNAMICS.choices.index("single_track"))


def dynamic_slots(variants: Variants) -> BoolArray:
    """Vehicles whose ``dynamics`` is ``single_track``, (B, S)."""
    slots, known = variants.roster.slots, variants.program.definitions
    out: BoolArray = np.zeros((variants.count, len(slots)), np.bool_)
    if any(f"{s.decl.name}.dynamics" in known for s in slots):
        initial = InitialEnv(variants)
        for k, slot in enumerate(slots):
            out[:, k] = initial.column(f"{slot.decl.name}.dynamics", slot) == _SINGLE_TRACK
    return out


def road_grip(variants: Variants, log: WeatherLog | None = None, tick: int = 0) -> F64Array:
    """Share of the dry friction that roads have, (B,): by water and snow; what has been set up to a tick counts."""
    kind = variants.world_kind
    if kind.environment is None:
        return np.ones(variants.count)
    words = {p.name: p.type.choices for p in kind.properties if p.type.choices}
    wet, snow = np.zeros(variants.count), np.zeros(variants.count)
    for row in range(variants.count):
        values = dict(variants.world_values(row))
        if log is not None:
            values = settings_at(values, log.changes(row, tick), tick_time_ns(tick, log.rate_hz), words)
        environment = kind.environment(values)
        wet[row], snow[row] = environment.ground_wetness(), environment.snow_cover
    return friction_share(wet, snow)


def require_reachable(
    act: Act, simulation: Simulation, slot: int, args: Mapping[str, Argument], rows: BoolArray,
    where: tuple[I64Array, int],
) -> None:  # fmt: skip
    """Refuse speeds that a vehicle of the dynamic model never gets to.

    Args:
        act: the order.
        simulation: knows the vehicles.
        slot: which vehicle.
        args: of the action.
        rows: where it begins, (B,).
        where: numbers of the variants, (B,), and the tick.

    Raises:
        ProgramError: names the vehicle, variant, tick and speed.
    """
    asked = args.get("to" if act.action == "change_speed" else "speed")
    if simulation.dynamic is None or act.action not in ("drive", "change_speed") or not isinstance(asked, np.ndarray):
        return
    top = simulation.dynamic.top_speed_mps(slot)
    short: BoolArray = rows & (np.broadcast_to(asked, rows.shape) > top)
    if bool(short.any()):
        row = int(np.flatnonzero(short)[0])
        wish = 3.6 * float(np.broadcast_to(asked, rows.shape)[row])
        raise ProgramError(
            f"{act.span.where}: '{simulation.cast.names[slot]}' cannot reach {wish:.0f} km/h (variant "
            f"{int(where[0][row])}, tick {where[1]}): its power holds {3.6 * float(top[row]):.0f} km/h at most; ask "
            "for less, or leave 'dynamics' at kinematic"
        )
