"""What surrounds a parking lot: level where anybody stands, houses clear of trees, hills that close the view."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from simengine.engine.gallery import world_scene
from simengine_scenes.driving import LIBRARY
from simengine_scenes.lot.beyond import land_height_m


def test_land_is_level_about_a_lot_and_rises_far_out() -> None:
    """5 cm below the road up to 230 m, nowhere lower, and above eyes (1.6 m) all along its edge at 420 m."""
    x = np.linspace(-420.0, 420.0, 85)
    z = land_height_m(x, x)
    near = np.abs(x) <= 230.0
    assert np.allclose(z[np.ix_(near, near)], -0.05) and z.min() >= -0.051
    assert min(z[0].min(), z[-1].min(), z[:, 0].min(), z[:, -1].min()) > 1.6


def test_houses_across_the_street_stand_clear_of_each_other_and_of_trees() -> None:
    """A row on the other side: boxes of neighbours do not overlap, and no trunk stands nearer than 4 m to a front."""
    scene = world_scene(LIBRARY.worlds["parking_lot"], {"aisles": 2, "row_bays": 6}, 9)
    spans: dict[int, tuple[float, float]] = {}
    fronts = []
    for part in scene.parts:
        entity = scene.entities[part.entity]
        if entity.kind == "house":
            x = scene.meshes[part.mesh].vertices_m[:, 0] + part.frame_from_mesh[0, 3]  # they are not turned
            low, high = spans.get(part.entity, (np.inf, -np.inf))
            spans[part.entity] = min(low, x.min()), max(high, x.max())
            fronts.append(part.frame_from_mesh[1, 3])
    rows = sorted(spans.values())
    assert len(rows) > 8 and all(a[1] < b[0] for a, b in pairwise(rows))
    feet = [p.frame_from_mesh[1, 3] for p in scene.parts if scene.entities[p.entity].name == "trees"]
    assert min(feet) > max(fronts) + 4.0
