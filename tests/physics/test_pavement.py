"""People step onto raised kerbs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from simengine.physics.pavement import STEP_M
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.weather import Environment
from simengine_scenes.roads.street import build_street
from tests.physics.stage import LANE_M, bend, car, child, everywhere, road, run, simulation


def raised() -> LaneGraph:
    return replace(road(), kerb_height_m=0.12)


def test_a_person_that_crosses_goes_down_and_up_smoothly() -> None:
    """From the right pavement (0.5 m beyond the kerb at y = -1.75 m) to the left kerb: 0.12 m, 0, 0.12 m; no step of a
    tick is steeper than the smoothstep over 0.3 m, 1.5 x 0.12 / 0.3 of the way walked."""
    sim = simulation([[(child(), "person", 50.0, -2.25, 90.0, 2.0)]], [raised()])
    sim.motion.z[:] = 0.12  # the initial state of a test knows no ground; the engine's does
    sim.start("run", 0, {"to": "far_curb"}, everywhere(sim))
    track = [sim.state.position_m[0, 0]]
    for _ in range(600):
        sim.step()
        track.append(sim.state.position_m[0, 0])
    y, z = np.array(track)[:, 1], np.array(track)[:, 2]
    assert z[-1] == pytest.approx(0.12) and y[-1] == pytest.approx(1.5 * LANE_M + 0.15, abs=0.05)
    assert (z[(y > -1.45) & (y < 1.5 * LANE_M - STEP_M)] == 0.0).all()
    assert (z[y >= 1.5 * LANE_M] == pytest.approx(0.12)) and (z[y <= -1.75] == pytest.approx(0.12))
    assert (np.abs(np.diff(z)) <= 0.6 * np.abs(np.diff(y)) * 1.01 + 1e-12).all()


def test_level_edges_and_cars_stay_at_zero() -> None:
    """Without a kerb height (a motorway), without kerbs, and for vehicles beyond the kerb, nothing rises."""
    for lanes in (road(), bend(100.0)):
        sim = simulation([[(child(), "person", 20.0, -4.0, 90.0, 2.0)]], [lanes])
        sim.start("walk", 0, {"to": np.array([[20.0, 9.0]])}, everywhere(sim))
        assert run(sim, 2.0).state.position_m[0, 0, 2] == 0.0
    sim = simulation([[(car(), "vehicle", 20.0, -4.0, 0.0, 5.0)]], [raised()])
    assert run(sim, 1.0).state.position_m[0, 0, 2] == 0.0


def test_feet_are_never_below_the_street() -> None:
    """Rays straight down from 2 m onto the meshes of the shipped street (trimesh): the person's height is never below
    the surface under its centre on the way from one pavement to the other, and equals it on the pavements."""
    builder = SceneBuilder(Environment())
    lanes = build_street(builder, {"length": 60.0, "lanes": 2}, 0)
    scene = builder.build(lanes)
    chosen = [p for p in scene.parts if scene.meshes[p.mesh].name in ("street.road", "street.kerb", "street.pavement")]
    meshes = [trimesh.Trimesh(m.vertices_m, m.faces, process=False) for m in (scene.meshes[p.mesh] for p in chosen)]
    ground = trimesh.util.concatenate(meshes)
    right = float(lanes.curves["curb.right"].points_m[0, 1])
    sim = simulation([[(child(), "person", 30.0, right - 1.0, 90.0, 2.0)]], [lanes])
    sim.start("walk", 0, {"to": np.array([[30.0, -right + 1.0]])}, everywhere(sim))
    feet = [run(sim, 0.05).state.position_m[0, 0] for _ in range(90)]
    start = np.array(feet) * [1, 1, 0] + [0, 0, 2.0]
    hits, rays, _ = ground.ray.intersects_location(start, np.tile([0.0, 0.0, -1.0], (len(start), 1)))
    surface = np.full(len(start), -1.0)
    np.maximum.at(surface, rays, hits[:, 2])
    z, beyond = np.array(feet)[:, 2], np.abs(np.array(feet)[:, 1]) - abs(right)
    assert (z >= surface - 1e-6).all() and surface.min() > -0.01
    assert (beyond > 0).sum() > 10
    np.testing.assert_allclose(z[beyond > 0.01], surface[beyond > 0.01], atol=1e-6)
