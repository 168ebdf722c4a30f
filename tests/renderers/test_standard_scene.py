"""LiDAR ranges on the standard benchmark scene (310 k triangles, 261 objects) against other people's ray casters."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import LidarSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Mesh, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID
from simengine_renderers import raytrace

MAKER = Path(__file__).parents[3] / "shared" / "bench" / "make_scene.py"
ORIGIN = (0.0, 0.0, 1.8)
COLUMNS = 2048


@pytest.fixture(scope="module")
def parts() -> list[tuple[Any, F64Array]]:
    """Meshes and poses of the standard scene; skipped where the shared folder is not beside the repository."""
    if not MAKER.exists():
        pytest.skip(f"the standard scene's maker is not at {MAKER}")
    spec = importlib.util.spec_from_file_location("make_scene", MAKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    built = module.build()
    return [(built.geometry[built.graph[n][1]], built.graph[n][0]) for n in built.graph.nodes_geometry]


@pytest.fixture(scope="module")
def scan(parts: list[tuple[Any, F64Array]]) -> dict[str, Any]:
    """Our scan: 64 beams from +2 to -24.8 deg, 2048 columns, everything detected, no noise."""
    builder = SceneBuilder()
    white = Material("white", (0.8, 0.8, 0.8), nir=1.0, retro=1e6)
    for k, (shape, pose) in enumerate(parts):
        faces = np.asarray(shape.faces, np.int32)
        mesh = Mesh(f"m{k}", np.asarray(shape.vertices, np.float32), faces, np.zeros(len(faces), np.int32))
        entity = Entity(f"node[{k}]", "node", "", CLASS_ID["static_object"], (1.0, 1.0, 1.0))
        builder.add_static(entity, [(mesh, (white,), np.asarray(pose, np.float64))])
    scene: Scene = builder.build(LaneGraph())
    elevation = np.radians(np.linspace(2.0, -24.8, 64))
    spec = LidarSpec(
        "roof", -1, tf.translation(ORIGIN), "standard", elevation, np.zeros(64), np.zeros(64, np.int64), COLUMNS,
        range_min_m=0.01, range_max_m=500.0, range_noise_m=0.0,
    )  # fmt: skip
    renderer = raytrace.open_renderer(scene, RenderOptions())
    try:
        state = WorldState.at_rest(0, 0)
        points = renderer.lidar(spec, Instants(state, state), NoiseKey(0, 0, 0)).points
    finally:
        renderer.close()
    azimuth = -np.pi + 2 * np.pi * np.arange(COLUMNS) / COLUMNS
    level = np.cos(elevation)
    rays = np.stack(
        [np.cos(azimuth)[:, None] * level, np.sin(azimuth)[:, None] * level,
         np.broadcast_to(np.sin(elevation), (COLUMNS, 64))], -1,
    )  # fmt: skip
    ours = np.full((COLUMNS, 64), np.inf)
    ids = np.full((COLUMNS, 64), -1)
    ours[points["column"], points["ring"]] = points["range"]
    ids[points["column"], points["ring"]] = points["instance"]
    return {"rays": rays.reshape(-1, 3), "range": ours.reshape(-1), "instance": ids.reshape(-1)}


def same_ranges(ours: F64Array, other: F64Array, ids: Any, other_ids: Any) -> None:
    """Equal to 1e-4 relative, ids too, but for the few shots of 131,072 that meet an edge (at most 1 in 10,000)."""
    assert np.isfinite(other).mean() > 0.8
    with np.errstate(invalid="ignore"):
        off = ~((np.abs(ours - other) <= 1e-4 * other) | (np.isinf(ours) & np.isinf(other)))
    assert (off | (ids != other_ids)).mean() <= 1e-4


def test_ranges_equal_trimesh(parts: list[tuple[Any, F64Array]], scan: dict[str, Any]) -> None:
    """trimesh casts against one merged mesh and meets the triangle's plane in float64: another code path entirely."""
    import trimesh

    moved = [shape.copy().apply_transform(pose) for shape, pose in parts]
    merged = trimesh.util.concatenate(moved)
    owner = np.repeat(np.arange(len(moved)), [len(m.faces) for m in moved])
    origins = np.broadcast_to(ORIGIN, scan["rays"].shape)
    faces, rays, where = merged.ray.intersects_id(origins, scan["rays"], multiple_hits=False, return_locations=True)
    other, ids = np.full(len(origins), np.inf), np.full(len(origins), -1)
    other[rays] = np.linalg.norm(where - np.array(ORIGIN), axis=1)
    ids[rays] = owner[faces]
    same_ranges(scan["range"], other, scan["instance"], ids)


def test_ranges_equal_open3d(parts: list[tuple[Any, F64Array]], scan: dict[str, Any]) -> None:
    """Open3D's RaycastingScene, one geometry an object. Skipped where Open3D or its system libraries are missing."""
    o3d = pytest.importorskip(
        "open3d", reason="Open3D or one of its system libraries is missing", exc_type=(ImportError, OSError)
    )
    caster = o3d.t.geometry.RaycastingScene()
    for shape, pose in parts:
        moved = shape.copy().apply_transform(pose)
        caster.add_triangles(
            o3d.core.Tensor(np.asarray(moved.vertices, np.float32)), o3d.core.Tensor(np.asarray(moved.faces, np.uint32))
        )
    origins = np.broadcast_to(np.float32(ORIGIN), scan["rays"].shape)
    hits = caster.cast_rays(o3d.core.Tensor(np.concatenate([origins, scan["rays"].astype(np.float32)], 1)))
    ids = hits["geometry_ids"].numpy().astype(np.int64)
    none = ids == int(caster.INVALID_ID)
    same_ranges(scan["range"], hits["t_hit"].numpy().astype(np.float64), scan["instance"], np.where(none, -1, ids))
