"""Where people stand who have gone to something: before it, not in it."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.engine.variants import Variants
from simengine.physics.cast import DRIVEN_OVER_M
from simengine.physics.snapshot import Snapshot

__all__ = ["doorstep"]

_APART_M = 0.15
"""Between somebody who has come to a thing and the thing."""


def doorstep(variants: Variants, snapshot: Snapshot, actor: int, target: I64Array) -> F64Array:
    """Points of the ground plan, (B, 2), where somebody arrives who goes straight to the middle of something.

    That is where the way meets its box, as far in front of it as the person is deep or wide; the own place of who
    stands there already; the middle of what is no higher than standing water.

    Args:
        variants: knows the sizes.
        snapshot: of now.
        actor: slot of who goes.
        target: slot of what they go to, (B,).
    """
    rows = variants.roads.rows
    size, yaw = variants.size_m[rows, target], snapshot.state.yaw_rad()[rows, target]
    x, y, cos, sin = snapshot.x[rows, target], snapshot.y[rows, target], np.cos(yaw), np.sin(yaw)
    dx, dy = snapshot.x[:, actor] - x, snapshot.y[:, actor] - y
    along, across = dx * cos + dy * sin, dy * cos - dx * sin
    room_m = 0.5 * variants.size_m[:, actor, :2].max(-1) + _APART_M
    share = np.minimum(
        (0.5 * size[:, 0] + room_m) / np.maximum(np.abs(along), 1e-9),
        (0.5 * size[:, 1] + room_m) / np.maximum(np.abs(across), 1e-9),
    )
    share = np.where(size[:, 2] > DRIVEN_OVER_M, np.minimum(share, 1.0), 0.0)
    return np.stack([x + share * dx, y + share * dy], -1)
