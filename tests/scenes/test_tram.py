"""Trams: bogies that stand along the rails, and rails where the wheels are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.physics import joint_angles
from simengine.world.builder import SceneBuilder
from simengine.world.lint import lint
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES
from simengine_scenes.driving import LIBRARY
from simengine_scenes.vehicles.tram import GAUGE_M
from tests.scenes.scenery import asset_of, part_vertices, scene_of


@pytest.mark.parametrize("radius_m", [25.0, -60.0])
def test_both_bogies_stand_along_the_bend(radius_m: float):
    """On a bend the middle of the body runs along the tangent. At a distance b from it the tangent of a circle has
    turned by atan(b / r) there, to the inside ahead and to the outside behind: so do the bogies."""
    asset = asset_of("tram:tram")
    scene, dynamics = scene_of(asset), asset.entity.dynamics
    assert dynamics is not None
    zero = np.zeros(1)
    steer = zero + math.atan(dynamics.wheelbase_m / radius_m)
    state = WorldState.at_rest(scene.actors, len(scene.links))
    joints = joint_angles(scene, zero, zero, zero, steer)
    frames = scene.link_transforms(WorldState(**{**vars(state), "joint_rad": joints}))
    for link, frame in zip(scene.links, frames, strict=True):
        if link.name in ("steer_f", "steer_r"):
            turned = math.atan2(frame[1, 0], frame[0, 0])
            assert turned == pytest.approx(math.atan(frame[0, 3] / radius_m), abs=1e-9)


def test_wheels_stand_on_the_rails_of_the_street():
    """``tram_track`` lays rails in the inner lane of each direction: heads begin half a gauge from the middle of the
    lane, where the wheels of a tram in that lane are. The street has nothing wrong by lint, and rails are a class."""
    kind, values = LIBRARY.worlds["street"], {"lanes": 4, "length": 60.0, "lane_width": 3.25, "tram_track": True}
    assert kind.build is not None and kind.environment is not None
    builder = SceneBuilder(kind.environment(values))
    graph = kind.build(builder, values, 3)
    scene = builder.build(graph)
    assert lint(scene) == []
    (track,) = [k for k, p in enumerate(scene.parts) if CLASSES[p.semantic].name == "rail_track"]
    offsets = np.unique(np.round(part_vertices(scene)[track][:, 1], 4))
    for lane in (1, 2):
        middle = float(graph.lanes[lane].centre.points_m[0, 1])
        for side in (1.0, -1.0):
            head = middle + 0.5 * side * GAUGE_M
            assert np.abs(offsets - head).min() < 1e-3 and np.abs(offsets - head - side * 0.056).min() < 1e-3
    wheels = {link.name: link for link in asset_of("tram:tram").links if link.name.startswith("wheel_")}
    assert len(wheels) == 8
    assert {abs(float(w.parent_from_link[1, 3])) for w in wheels.values()} == {0.5 * GAUGE_M}
