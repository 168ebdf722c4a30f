"""The benchmark's scenes measure what they say (no timing is checked here)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.bench import bench_camera, bench_channels, bench_lidar, boxes_and_spheres, moved, moving_scene
from simengine.engine.bench_import import bench_import
from simengine.engine.bench_physics import bench_physics, highway
from simengine.engine.bench_run import bench_program
from simengine.engine.bench_sample import bench_sample
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.sensing import sensor_specs
from simengine.engine.variation import Variation
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import CAMERA_CHANNELS
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.state import WorldState


def test_moving_scene_starts_where_the_still_one_stands() -> None:
    """Every entity as an actor, at rest: all part transforms as before, to float64 rounding."""
    still = boxes_and_spheres(20, 5)
    scene, rest = moving_scene(still)
    assert scene.actors == len(still.entities) == 26
    before = still.part_transforms(WorldState.at_rest(0, 0))
    np.testing.assert_allclose(scene.part_transforms(rest), before, atol=1e-12)
    after = scene.part_transforms(moved(rest, 0.5, 7))
    np.testing.assert_allclose(np.abs((after - before)[:, :3, 3]).max(1), 0.5)


def test_built_in_scene_is_as_large_as_the_standard_one() -> None:
    """About 310 k triangles in 261 objects, none within 5 m of the middle but the ground."""
    scene = boxes_and_spheres()
    poses = scene.part_transforms(WorldState.at_rest(0, 0))
    assert len(scene.parts) == 261
    assert sum(len(scene.meshes[p.mesh].faces) for p in scene.parts) == pytest.approx(310_000, rel=0.01)
    assert np.hypot(poses[1:, 0, 3], poses[1:, 1, 3]).min() >= 6.0 - 1e-9
    assert tf.translation([0, 0, 0]).shape == (4, 4)


def test_figures_have_their_names() -> None:
    """median_ms is the headline; rates are named in full."""
    camera, scan = bench_camera(runs=2), bench_lidar(runs=2)
    assert camera["frames_per_s"] == pytest.approx(1e3 / camera["median_ms"], rel=1e-2)
    assert scan["rays_per_s"] == pytest.approx(64 * 2048 * 1e3 / scan["median_ms"], rel=1e-2)
    for figures in (camera, scan):
        assert figures["p10_ms"] <= figures["median_ms"] <= figures["p90_ms"]
        assert figures["triangles"] > 300_000 and figures["instances"] == 261
    assert scan["points"] > 100_000
    with pytest.raises(UsageError):
        bench_camera(runs=0)


def test_every_channel_is_measured_beside_rgb() -> None:
    """Each one but rgb, which the share is of; no time is asserted."""
    figures = bench_channels(runs=1)
    assert list(figures["added_percent"]) == [name for name in CAMERA_CHANNELS if name != "rgb"]
    assert figures["runs"] == 1 and all(map(math.isfinite, figures["added_percent"].values()))
    with pytest.raises(UsageError, match="runs"):
        bench_channels(runs=0)


def test_import_is_measured_in_fresh_interpreters() -> None:
    """The package alone loads a few modules of Python's own; the command line loads typer and rich on top."""
    figures = bench_import(runs=1)
    assert 0.0 < figures["median_ms"] < figures["cli_median_ms"]
    assert 0 < figures["modules"] < 60 < figures["cli_modules"]
    with pytest.raises(UsageError, match="--runs"):
        bench_import(runs=0)


def test_the_program_of_bench_run_has_the_sensors_it_names():
    """640 x 480 pixels and 64 x 1024 rays, as the command's help says."""
    program = bench_program()
    scenario = Variation(program, 0, "random").simulate([0])[0].scenario
    scene = build_scene(program, scenario, libraries(), 0)
    front, roof = sensor_specs(program, scenario, scene)
    assert isinstance(front, CameraSpec) and isinstance(roof, LidarSpec)
    assert (front.width_px, front.height_px) == (640, 480) and (roof.channels, roof.columns) == (64, 1024)


def test_bench_sample_has_the_headline_of_every_benchmark():
    """``median_ms`` is a batch of proposals, drawn and masked; ``tabled_ms`` makes variants and their table."""
    result = bench_sample(load("alks_cut_in"), 5000, 3)
    assert float(result["median_ms"]) > 0.0 and float(result["tabled_ms"]) > 0.0 and result["variants"] == 5000


def test_bench_physics_counts_every_vehicle_of_every_variant():
    """Sixteen a variant and tick, in one process or shared among two; without a peer it says how to get one."""
    one = bench_physics(4, ticks=2, runs=1, workers=1)
    assert one["agent_steps_per_s"] == pytest.approx(4 * 16 * 1e3 / one["median_ms"], rel=1e-2)
    assert set(one["agent_steps_per_s_by_variants"]) == {"1", "4"}
    assert "ratio" in one or "pip install highway-env" in one["highway_env"]
    assert highway(0, 2).cast.slots == 16
    with pytest.raises(UsageError, match="as many as workers"):
        bench_physics(1, workers=2)
    with pytest.raises(UsageError, match="did not run"):
        bench_physics(1, ticks=1, runs=1, workers=1, peer_python="/bin/false")
