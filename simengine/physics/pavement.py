"""How high the ground is under people: the road lies at 0, the pavements beyond raised kerbs above it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.physics.paths import PathTable, project
from simengine.world.lanes import Curve, LaneGraph

__all__ = ["STEP_M", "ground_paths", "kerb_paths", "rise_m"]

STEP_M = 0.3
"""A person gains the height of a kerb on this way and is up at its edge, so that no foot is ever inside the stone."""


def kerb_paths(graphs: Sequence[LaneGraph]) -> tuple[PathTable, F64Array, F64Array]:
    """Right and left kerb of each variant.

    Returns:
        A table of two paths; where there are both, (B,) as 0 or 1; their height, (B,), 0 where they are level or none.
    """
    rows = [[g.curves[n] for n in ("curb.right", "curb.left") if n in g.curves] for g in graphs]
    has = np.array([float(len(row) == 2) for row in rows])
    stand_in = Curve(np.array([[0.0, 0, 0], [1.0, 0, 0]]))
    table = PathTable.of([row if len(row) == 2 else [stand_in, stand_in] for row in rows])
    return table, has, has * np.array([g.kerb_height_m for g in graphs])


def ground_paths(graphs: Sequence[LaneGraph]) -> PathTable:
    """Right and left edges of the roads of each variant: two paths, or two of each road where several meet."""
    if not any(g.levels for g in graphs):
        return kerb_paths(graphs)[0]
    return PathTable.of([[edge for road in g.levels for edge in road] for g in graphs])


def rise_m(kerbs: Array, height_m: F64Array, x_m: F64Array, y_m: F64Array) -> F64Array:
    """Height of the ground under people, (B, N): 0 on the road, the kerb's height on the pavements, smooth between.

    Args:
        kerbs: segments of the right and the left kerb, both along the road, (B, 2, S, COLUMNS), of each of K roads
            that meet (B, 2 K, S, COLUMNS); where several do, a road ends where its edges end.
        height_m: of the kerbs, (B,).
        x_m, y_m: where the people are, (B, N).
    """
    frame = project(kerbs[:, :, None], x_m[:, None, :], y_m[:, None, :])
    left = frame.left_m
    beyond = np.maximum(-left[:, 0], left[:, 1])
    if kerbs.shape[1] > 2:
        past = np.maximum(-frame.station_m, frame.past_m)
        outside = np.maximum(np.maximum(-left[:, ::2], left[:, 1::2]), past[:, ::2])
        beyond = outside.min(1)
    u = np.minimum(np.maximum(beyond * (1.0 / STEP_M) + 1.0, 0.0), 1.0)
    return height_m[:, None] * (u * u * (3.0 - 2.0 * u))
