"""Orders that cannot be carried out, as something stands in the way for good."""

from __future__ import annotations

from collections.abc import Sequence

from simengine.physics.agenda import CHANNELS, POSE, Agenda
from simengine.physics.cast import Cast
from simengine.physics.dynamic import DynamicVehicles
from simengine.physics.impacts import Bump

__all__ = ["blocked"]

_LATERAL = CHANNELS.index("lateral")


def blocked(
    bumps: Sequence[Bump], cast: Cast, agenda: Agenda, dynamic: DynamicVehicles | None
) -> list[tuple[int, str]]:
    """Who is led into a wall by an action: nobody can carry that out.

    A vehicle that no action leads (but a controller, somebody outside, tyres that slip, the end of a lane) crashes.

    Args:
        bumps: who came against what.
        cast: who takes part.
        agenda: which action drives whom.
        dynamic: vehicles that tyres move, or None: these may crash whatever leads them.

    Returns:
        Variants, and what is wrong there.
    """
    out: list[tuple[int, str]] = []
    for row, slot, wall, _, (x, y), v in bumps:
        kind = cast.categories[slot]
        handle = int(agenda.driver[_LATERAL if kind == "vehicle" else POSE, row, slot])
        if kind != "drone" and (handle < 0 or _slides(dynamic, row, slot)):
            continue
        action = agenda.entries[handle].action if handle >= 0 else "flight"
        out.append((row, (
            f"'{action}' leads '{cast.names[slot]}' into the {wall} at ({x:.1f} m, {y:.1f} m), at "
            f"{v * 3.6:.0f} km/h; let its way keep clear of that"
            + (", or let it crash: 'dynamics = single_track'" if kind == "vehicle" else "")
        )))  # fmt: skip
    return out


def _slides(dynamic: DynamicVehicles | None, row: int, slot: int) -> bool:
    return dynamic is not None and bool((dynamic.where[row] & (dynamic.slots == slot)).any())
