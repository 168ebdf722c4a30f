"""glTF files: what is read, and what is refused with one clear line."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from simengine.errors import LimitError, SceneError
from simengine.geometry import transforms as tf
from simengine.world import gltf_file
from simengine.world.gltf import load_gltf
from simengine.world.scene import Scene
from simengine.world.state import WorldState


def world_triangles(scene: Scene) -> np.ndarray:
    """All corners in the world, (T, 3, 3)."""
    poses = scene.part_transforms(WorldState.at_rest(0, 0))
    out = []
    for part, pose in zip(scene.parts, poses, strict=True):
        mesh = scene.meshes[part.mesh]
        out.append(tf.apply(pose, mesh.vertices_m.astype(np.float64)[mesh.faces]))
    return np.concatenate(out)


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def triangle(uri: str | None = None, **node: Any) -> dict[str, Any]:
    """One triangle (0,0,0) (1,0,0) (0,1,0) with 16-bit indices, in a buffer of 44 bytes."""
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    data = points + struct.pack("<3H", 0, 1, 2) + b"\0\0"
    inline = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    return {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "tri", **node}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 6},
        ],
        "buffers": [{"uri": inline if uri is None else uri, "byteLength": 44}],
    }


def test_same_triangles_as_trimesh(tmp_path: Path) -> None:
    """trimesh writes and reads the format on its own; nodes with rotation, scale and mirror must land where it says."""
    rng = np.random.default_rng(0)
    world = trimesh.Scene()
    for i in range(6):
        shape = trimesh.creation.box(extents=rng.uniform(0.5, 2, 3)) if i % 2 else trimesh.creation.icosphere(1, 0.7)
        pose = trimesh.transformations.random_rotation_matrix(rng.random(3))
        pose[:3, :3] = pose[:3, :3] @ np.diag([(1, 1, 1), (2, 0.5, 1), (-1, 1, 1)][i % 3])
        pose[:3, 3] = rng.uniform(-5, 5, 3)
        world.add_geometry(shape, node_name=f"n{i}", geom_name=f"g{i}", transform=pose)
    path = tmp_path / "scene.glb"
    world.export(path)
    ours = load_gltf(path)
    truth = trimesh.load(path, force="scene").to_geometry()
    assert len(ours.entities) == 6 and {e.name for e in ours.entities} == {f"n{i}" for i in range(6)}

    mine = world_triangles(ours)
    areas = np.linalg.norm(np.cross(mine[:, 1] - mine[:, 0], mine[:, 2] - mine[:, 0]), axis=1).sum() / 2
    assert areas == pytest.approx(truth.area, rel=1e-5)
    gap, match = cKDTree(truth.triangles.mean(1)).query(mine.mean(1))
    assert gap.max() < 1e-4 and len(set(match.tolist())) == len(truth.faces)
    for entity, part in zip(ours.entities, ours.parts, strict=True):  # outside stays outside, mirrored nodes included
        mesh = ours.meshes[part.mesh]
        c = mesh.vertices_m.astype(np.float64)[mesh.faces]
        assert np.einsum("ij,ij->i", c[:, 0], np.cross(c[:, 1], c[:, 2])).sum() > 0, entity.name


def test_materials_and_hierarchy(tmp_path: Path) -> None:
    """Factors become the material; a child stands where parent times child says; names stay unique."""
    document = triangle(translation=[0.0, 0.0, 1.0])
    document["nodes"] += [{"children": [0, 2], "translation": [10.0, 0, 0]}, {"mesh": 0, "name": "tri"}]
    document["scenes"] = [{"nodes": [1]}]
    document["materials"] = [
        {
            "name": "red",
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.8, 0.1, 0.1, 1],
                "roughnessFactor": 0.3,
                "metallicFactor": 0,
            },
            "emissiveFactor": [0, 0.5, 0],
        }
    ]
    document["meshes"][0]["primitives"][0]["material"] = 0
    scene = load_gltf(write(tmp_path / "a.gltf", document))
    assert [e.name for e in scene.entities] == ["tri", "tri#2"]
    np.testing.assert_allclose(world_triangles(scene)[0, 0], (10, 0, 1))
    red = scene.materials[scene.meshes[0].face_material[0]]
    assert (red.albedo, red.roughness, red.metalness, red.emission) == ((0.8, 0.1, 0.1), 0.3, 0.0, (0.0, 0.5, 0.0))


@pytest.mark.parametrize("uri", ["../secret.bin", "/etc/passwd", "http://example.com/a.bin", "..%2Fsecret.bin"])
def test_nothing_outside_the_folder_is_opened(tmp_path: Path, uri: str) -> None:
    """The secret lies one folder up and would be a valid buffer: only the path decides."""
    (tmp_path / "secret.bin").write_bytes(b"\0" * 44)
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(SceneError, match="outside the file's own folder"):
        load_gltf(write(inner / "a.gltf", triangle(uri)))


def test_a_buffer_in_the_folder_is_read(tmp_path: Path) -> None:
    """The same document with its buffer beside it."""
    data = base64.b64decode(triangle()["buffers"][0]["uri"].partition(",")[2])
    (tmp_path / "my data.bin").write_bytes(data)
    assert len(load_gltf(write(tmp_path / "a.gltf", triangle("my%20data.bin"))).entities) == 1


def test_limits_are_refused_before_they_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts come from headers, sizes from the file system: nothing large is ever allocated."""
    document = triangle()
    document["accessors"][1]["count"] = 3 * 10**9
    with pytest.raises(LimitError, match="triangles"):
        load_gltf(write(tmp_path / "a.gltf", document))
    document = triangle()
    document["accessors"][0] = {"componentType": 5126, "count": 10**12, "type": "VEC3"}
    with pytest.raises(LimitError, match="vertices"):
        load_gltf(write(tmp_path / "d.gltf", document))
    document = triangle()
    document["nodes"] = [{}] * 100_001
    with pytest.raises(LimitError, match="nodes"):
        load_gltf(write(tmp_path / "b.gltf", document))
    monkeypatch.setattr(gltf_file, "MAX_BYTES", 100)
    with pytest.raises(LimitError, match="MB"):
        load_gltf(write(tmp_path / "c.gltf", triangle()))


def break_it(document: dict[str, Any], what: str) -> dict[str, Any]:
    node, accessor = document["nodes"][0], document["accessors"]
    actions: dict[str, Any] = {
        "cycle": lambda: node.update(children=[0]),
        "index": lambda: document["meshes"][0]["primitives"][0].update(material=7),
        "past": lambda: accessor[0].update(count=400),
        "type": lambda: accessor[0].update(type="VEC2"),
        "component": lambda: accessor[0].update(componentType=1),
        "nan": lambda: node.update(translation=[float("nan"), 0, 0]),
        "rotation": lambda: node.update(rotation=[0, 0, 0, 0]),
        "mesh": lambda: node.update(mesh=5),
        "draco": lambda: document.update(extensionsRequired=["KHR_draco_mesh_compression"]),
        "sparse": lambda: accessor[0].update(sparse={}),
        "base64": lambda: document["buffers"][0].update(uri="data:;base64,@@@"),
        "offset": lambda: document["bufferViews"][0].update(byteOffset=-4),
        "list": lambda: document.update(nodes="no"),
        "scale": lambda: node.update(scale=[1, 1]),
    }
    actions[what]()
    return document


@pytest.mark.parametrize(
    "what",
    ["cycle", "index", "past", "type", "component", "nan", "rotation", "mesh", "draco", "sparse", "base64", "offset",
     "list", "scale"],
)  # fmt: skip
def test_broken_files_are_one_scene_error(tmp_path: Path, what: str) -> None:
    """Each breaks one rule of the format; all end as SceneError with one line, never another exception."""
    with pytest.raises(SceneError) as caught:
        load_gltf(write(tmp_path / "a.gltf", break_it(triangle(), what)))
    assert "\n" not in str(caught.value) and len(str(caught.value)) > 20


def test_missing_and_cut_files(tmp_path: Path) -> None:
    """No file, an empty one, half a GLB."""
    with pytest.raises(SceneError, match="cannot read"):
        load_gltf(tmp_path / "none.glb")
    trimesh.Scene([trimesh.creation.box()]).export(tmp_path / "whole.glb")
    raw = (tmp_path / "whole.glb").read_bytes()
    for n in (0, 3, 12, 40, len(raw) // 2, len(raw) - 1):
        (tmp_path / "cut.glb").write_bytes(raw[:n])
        with pytest.raises(SceneError):
            load_gltf(tmp_path / "cut.glb")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_fuzzed_bytes_never_escape(tmp_path: Path, seed: int, changes: int) -> None:
    """Random bytes changed in a valid GLB: it loads or is a SceneError or LimitError, nothing else."""
    whole = tmp_path / "whole.glb"
    if not whole.exists():
        trimesh.Scene([trimesh.creation.box()]).export(whole)
    raw = bytearray(whole.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(0, len(raw), changes):
        raw[at] = int(rng.integers(0, 256))
    (tmp_path / "fuzz.glb").write_bytes(bytes(raw))
    try:
        load_gltf(tmp_path / "fuzz.glb")
    except (SceneError, LimitError) as error:
        assert str(error)
