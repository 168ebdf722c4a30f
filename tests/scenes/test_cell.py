"""The factory cell: sound, its places free and where their things are, its physics where its pictures are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simengine.engine.gallery import world_scene
from simengine.world.lint import lint
from simengine_scenes.cell.plan import BELT_M, CELL_M, FIXTURE_M, GATE_M, cell_body, cell_places
from simengine_scenes.warehouse import LIBRARY
from tests.scenes.scenery import first_hits, part_vertices, soup


def scene_of(values: dict[str, Any], seed: int = 1) -> Any:
    return world_scene(LIBRARY.worlds["cell"], values, seed)


@pytest.mark.parametrize("seed", [1, *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 21))])
def test_a_cell_is_sound(seed: int) -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; lanes are whole."""
    assert [str(f) for f in lint(scene_of({"base_height": 0.3 + 0.045 * seed}, seed))] == []


def test_tops_are_where_places_say_and_physics_feels_them() -> None:
    """Rays down on base, fixture and floor places meet a surface within 2 mm of the place's height, rollers reach up to
    the belt's within 3 mm; the physics' solids end at the same heights."""
    graph, scene = cell_places({"base_height": 0.7}), scene_of({"base_height": 0.7})
    mesh = soup(scene)
    for name, height in (("base", 0.7), ("belt", BELT_M), ("feed", BELT_M), ("fixture", FIXTURE_M), ("pallet", 0.0)):
        region = graph.regions[name]
        assert region.height_m == height
        corners = region.triangles_m.reshape(-1, 2)
        middle = corners.mean(0)
        spots = middle + np.random.default_rng(1).uniform(-0.45, 0.45, (300, 2)) * np.ptp(corners, axis=0)
        origin = np.column_stack([spots, np.full(300, height + 0.3)])
        _, distance = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape))
        assert (height + 0.3 - distance).max() == pytest.approx(height, abs=3e-3), name
    tops = {round(s.center_m[2] + 0.5 * s.size_m[2], 6) for s in cell_body({"base_height": 0.7}).solids}
    assert {0.0, 0.7, BELT_M, FIXTURE_M} <= tops


def test_the_gate_is_open_and_the_fence_is_closed_beside_it() -> None:
    """No surface reaches into the gate from 1 cm to 4 m above the floor, 30 cm before and behind the fence's line, but
    for the feet of its posts at both sides; beside it the fence has a wire or a post each 5 cm (some at 10)."""
    scene = scene_of({})
    front = CELL_M[2]
    points = np.concatenate(part_vertices(scene))
    x, y, z = points.T
    gate = (x > GATE_M[0] + 0.12) & (x < GATE_M[1] - 0.12) & (np.abs(y - front) < 0.3) & (z > 0.01) & (z < 4.0)
    assert not gate.any()
    beside = (x < GATE_M[0] - 0.1) & (x > CELL_M[0]) & (np.abs(y - front) < 0.05) & (z > 0.17) & (z < 2.03)
    assert np.diff(np.sort(x[beside])).max() < 0.11
