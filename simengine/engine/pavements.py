"""People on the pavements: where there is room for them (``on any_pavement``), and what chance says of their ways.

A place is looked for along a sequence that begins where the entity's own draws say and goes through all pavements
evenly (steps of the golden ratio along them, of the square root of two across): the first one that is clear of all that
stands there is taken. So nothing has to be drawn again, and another element more moves none of those before it.

B variants, K things.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.variants import Variants
from simengine.language.areas import DRAWS
from simengine.language.moving import strolls
from simengine.physics.footpaths import Footpaths
from simengine.physics.strollers import BODY_M, Strolls
from simengine.rng import uniforms

__all__ = ["Place", "Standers", "standing_room", "strolls_of"]

_TRIES = 96
_ALONG, _ACROSS = (math.sqrt(5.0) - 1.0) / 2.0, math.sqrt(2.0) - 1.0
_APART_M = 0.35
"""Between people at the start, and from them to things."""
_END_M = 1.5
_DECISIONS = 32


class Standers(NamedTuple):
    """What is in the way, all (B, K): where it is, and the radius of a circle around it; -inf: it takes no part."""

    x_m: F64Array
    y_m: F64Array
    radius_m: F64Array


class Place(NamedTuple):
    """Poses, (B,) each, and where there is no room."""

    x_m: F64Array
    y_m: F64Array
    yaw_rad: F64Array
    full: BoolArray


def standing_room(ways: Footpaths, others: Standers, radius_m: F64Array, draws: tuple[F64Array, F64Array]) -> Place:
    """Where the next one stands in each variant.

    Args:
        ways: of the variants.
        others: who stands already.
        radius_m: of the new one, (B,).
        draws: in [0, 1), where along all pavements and where across, (B,) each.
    """
    count, f = len(radius_m), ways.footways
    if not f:
        nothing = np.zeros(count)
        return Place(nothing, nothing, nothing, np.ones(count, np.bool_))
    k = np.arange(_TRIES)
    along, across = ((d[:, None] + k * step) % 1.0 for d, step in zip(draws, (_ALONG, _ACROSS), strict=True))
    room = np.maximum(ways.length_m[:, :f] - 2.0 * _END_M, 0.0)
    upto = np.cumsum(room, -1)
    goal = along * upto[:, -1:]
    path = np.minimum((goal[..., None] >= upto[:, None]).sum(-1), f - 1).astype(np.int64)
    rows = np.arange(count)[:, None]
    station = goal - (upto - room)[rows, path] + _END_M
    limit = np.maximum(ways.half_m[rows, path] - BODY_M, 0.0)
    left = (2.0 * across - 1.0) * limit
    x, y, yaw = ways.paths.at(path, station, left)
    clear = np.ones(path.shape, np.bool_)
    things = ways.things_m[rows, path]
    for j in range(things.shape[2]):
        low, high, right, wide = (things[..., j, i] for i in range(4))
        pad = BODY_M + 0.1
        hit = (station > low - pad) & (station < high + pad) & (left > right - pad) & (left < wide + pad)
        clear &= ~hit
    for j in range(others.x_m.shape[1]):
        dx, dy = x - others.x_m[:, j, None], y - others.y_m[:, j, None]
        apart = others.radius_m[:, j, None] + radius_m[:, None] + _APART_M
        clear &= ~((dx * dx + dy * dy < apart * apart) & (apart > 0.0))
    first = np.argmax(clear, -1)[:, None]
    full = ~clear.any(-1) | (upto[:, -1] <= 0.0)
    x, y, yaw = (np.where(full, 0.0, np.take_along_axis(v, first, 1)[:, 0]) for v in (x, y, yaw))
    back = (draws[1] * 16.0) % 1.0 < 0.5
    return Place(x, y, np.where(back, yaw + math.pi, yaw), full)


def strolls_of(variants: Variants) -> Strolls | None:
    """Who walks by themselves; None where nobody does."""
    chosen = [k for k, slot in enumerate(variants.roster.slots) if strolls(slot.decl)]
    if not chosen:
        return None
    slots = [variants.roster.slots[k] for k in chosen]
    strip = np.stack([variants.column(f"{s.decl.name}.{DRAWS[1]}", s) for s in slots], -1)
    draws = [
        [uniforms(variants.seed, f"{s.name}.@way{k}", variants.indices) for k in range(_DECISIONS)] for s in slots
    ]  # fmt: skip
    order: I64Array = np.array(chosen, np.int64)
    table = np.moveaxis(np.array(draws), 2, 0)
    return Strolls(order, variants.active[:, order], strip, np.ascontiguousarray(table), variants.furniture)
