"""The nearest row of a path is that of a search over all of its rows, wherever a point is."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.geometry.arcs import arc_foot
from simengine.physics.paths import PathTable, project

WORLDS = {
    "roundabout": {"lanes": 2, "radius": 20.0, "length": 80.0}, "junction": {"length": 80.0},
    "highway": {"radius": -250.0, "length": 800.0}, "street": {"radius": 40.0, "length": 200.0},
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_the_nearest_row_is_that_of_all(world: str) -> None:
    """``project`` asks only rows that can be the nearest; here every row is asked, of points near the path, far from it
    and in the middle of bends, where whole circles wrap, with the padding of shorter paths. Equal to the last bit."""
    lanes = libraries()["driving"].worlds[world].lanes
    assert lanes is not None
    graph = lanes(WORLDS[world])
    curves = [lane.centre for lane in graph.lanes] + [turn.path for turn in graph.turns]
    rng = np.random.default_rng(5)
    for curve, packed in zip(curves, PathTable.of([curves]).packed[0], strict=True):
        middle = curve.points_m[rng.integers(0, len(curve.points_m), 300), :2]
        points = middle + rng.normal(size=(300, 2)) * 10.0 ** rng.uniform(-1.0, 2.3, (300, 1))
        x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
        found = project(packed[None], x, y).row
        ax, ay, ux, uy, _, _, low, high, _, _, bend = packed.T
        dx, dy = x[:, None] - ax, y[:, None] - ay
        px, py = dx * ux + dy * uy, ux * dy - uy * dx
        along, left, _, _ = arc_foot(px, py, np.broadcast_to(bend, px.shape))
        start = px * px + py * py
        end = np.concatenate([start[:, 1:], start[:, -1:]], -1)
        away = np.where(along < low, start, np.where(along > high, end, left * left))
        np.testing.assert_array_equal(found, packed[np.argmin(away, -1)])
