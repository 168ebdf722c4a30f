"""Street, junction and highway: ground everywhere, free lanes, labels, lamps, repeatability."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from simengine.arrays import Array
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID, CLASSES
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.section import KERB_M
from tests.scenes.scenery import first_hits, part_vertices, soup

STREET: dict[str, Any] = {"lanes": 2, "parking": "right", "length": 200.0}
HIGHWAY: dict[str, Any] = {"lanes": 3, "length": 400.0}
JUNCTION: dict[str, Any] = {"arms": 3, "missing": "left_arm", "lanes": 4, "length": 60.0, "control": "signals"}
CASES = {"street": STREET, "highway": HIGHWAY, "junction": JUNCTION}
END_M = {"street": 200.0, "highway": 400.0, "junction": 120.0}
"""Where the road that begins at x = 0 ends."""


def build(world: str, values: dict[str, Any], seed: int = 4) -> Scene:
    kind = LIBRARY.worlds[world]
    assert kind.build is not None and kind.environment is not None and kind.lanes is not None
    builder = SceneBuilder(kind.environment(values))
    lanes = kind.build(builder, values, seed)
    same = kind.lanes(values)
    assert [x.centre.points_m.tolist() for x in lanes.lanes] == [x.centre.points_m.tolist() for x in same.lanes]
    return builder.build(lanes)


@lru_cache(maxsize=4)
def scene_of(world: str) -> Scene:
    return build(world, CASES[world])


@lru_cache(maxsize=4)
def hard_of(world: str) -> tuple[trimesh.Trimesh, Array]:
    """Everything but plants and guard rails as one mesh, and the class of each of its faces."""
    scene = scene_of(world)
    soft = (CLASS_ID["vegetation"], CLASS_ID["barrier"])
    keep = [k for k, p in enumerate(scene.parts) if p.semantic not in soft]
    count = [len(scene.meshes[scene.parts[k].mesh].faces) for k in keep]
    return soup(scene, keep), np.repeat([scene.parts[k].semantic for k in keep], count)


def lanes_y(world: str) -> Array:
    """y of the centres of the lanes that run along x."""
    ends = [lane.centre.points_m[:, 1] for lane in scene_of(world).lanes.lanes]
    return np.array([y[0] for y in ends if y[0] == y[1]])


def digest(scene: Scene) -> str:
    out = hashlib.sha256()
    for mesh in scene.meshes:
        out.update(mesh.name.encode() + mesh.vertices_m.tobytes() + mesh.faces.tobytes() + mesh.face_material.tobytes())
    for part in scene.parts:
        out.update(np.ascontiguousarray(part.frame_from_mesh).tobytes())
    out.update(repr((scene.materials, [(e.name, e.semantic, e.size_m) for e in scene.entities], scene.lights)).encode())
    return out.hexdigest()


@pytest.mark.parametrize("world", CASES)
def test_same_seed_same_bytes_in_another_process(world: str) -> None:
    """A scene is a function of its values and its seed: a fresh process with another hash seed makes the same bytes,
    and another seed makes another scene."""
    code = (
        "from tests.scenes.test_worlds import *\n"
        f"print(digest(build({world!r}, CASES[{world!r}])), digest(build({world!r}, CASES[{world!r}], 5)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )
    same, other = done.stdout.split()
    assert same == digest(scene_of(world)) != other


@pytest.mark.parametrize("world", CASES)
def test_nothing_stands_in_the_way(world: str) -> None:
    """From 5 cm to 4.2 m above the carriageway (kerb to kerb) between s = 0 and the end no surface of the static scene
    may lie; so no centre or corner of any triangle, other than of the road itself."""
    scene = scene_of(world)
    curves = scene.lanes.curves
    right, left = curves["curb.right"].points_m[0, 1], curves["curb.left"].points_m[0, 1]
    length = END_M[world]
    for part, points in zip(scene.parts, part_vertices(scene), strict=True):
        corners = points[scene.meshes[part.mesh].faces]
        spots = np.concatenate([points, corners.mean(1), corners[:, :2].mean(1), corners[:, 1:].mean(1)])
        x, y, z = spots.T
        inside = (x > 0) & (x < length) & (y > right + 0.01) & (y < left - 0.01) & (z > 0.05) & (z < 4.2)
        assert not inside.any(), scene.entities[part.entity].name


@pytest.mark.parametrize("world", CASES)
def test_there_is_ground_everywhere_and_the_road_is_level(world: str) -> None:
    """Rays straight down within 300 m of the road always meet something; on the lanes they meet road or marking at
    z = 0 to 8 mm (paint is a few millimetres thick)."""
    mesh, semantic = hard_of(world)
    rng = np.random.default_rng(1)
    length = END_M[world]
    down = np.broadcast_to([0.0, 0.0, -1.0], (4000, 3))
    far = np.column_stack([rng.uniform(-200, length + 200, 4000), rng.uniform(-300, 300, 4000), np.full(4000, 300.0)])
    face, _ = first_hits(mesh, far, down)
    assert (face >= 0).all()
    half = 0.5 * len(lanes_y(world)) * scene_of(world).lanes.lanes[0].width_m
    on = np.column_stack([rng.uniform(0, length, 4000), rng.uniform(-half, half, 4000), np.full(4000, 4.0)])
    face, distance = first_hits(mesh, on, down)
    assert ((4.0 - distance > -1e-4) & (4.0 - distance < 0.0081)).all()
    assert set(semantic[face]) == {CLASS_ID["road"], CLASS_ID["lane_marking"]}


@pytest.mark.parametrize("world", CASES)
def test_a_driver_never_looks_into_the_void(world: str) -> None:
    """From every lane and station, looking down by 0.3 deg or more in any direction ahead, the eye meets the scene
    within 1.5 km, and the ground's edge is out of sight."""
    mesh, _ = hard_of(world)
    rng = np.random.default_rng(2)
    count = 6000
    y = lanes_y(world)[rng.integers(len(lanes_y(world)), size=count)]
    eye = np.column_stack([rng.uniform(0, END_M[world], count), y, np.full(count, 1.4)])
    yaw, pitch = rng.uniform(-0.6, 0.6, count) + np.pi * rng.integers(2, size=count), -rng.uniform(0.0052, 0.2, count)
    way = np.column_stack([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
    face, distance = first_hits(mesh, eye, way)
    assert (face >= 0).all() and distance.max() < 1500.0


@pytest.mark.parametrize("world", CASES)
def test_what_a_driver_sees_faces_the_driver(world: str) -> None:
    """Static surfaces are wound outward: what is seen from the lanes shows its front. Leaves are single sheets with
    two sides, the beam of a guard rail is a sheet of steel: both are left out."""
    mesh, _ = hard_of(world)
    rng = np.random.default_rng(8)
    count = 20000
    eye = np.column_stack([
        rng.uniform(0, END_M[world], count), rng.uniform(-3, 3, count), rng.uniform(0.5, 3.5, count)
    ])  # fmt: skip
    way = rng.normal(size=(count, 3)) * [1.0, 1.0, 0.3]
    way /= np.linalg.norm(way, axis=1)[:, None]
    face, _ = first_hits(mesh, eye, way)
    hit = face >= 0
    assert hit.mean() > 0.5
    assert ((mesh.face_normals[face[hit]] * way[hit]).sum(-1) > 1e-6).mean() < 0.002


@pytest.mark.parametrize("world", CASES)
def test_no_two_surfaces_lie_in_one_plane(world: str) -> None:
    """Rays down over the road and its pavements, and level ones across it, meet no two surfaces within 0.8 mm of each
    other: nothing flickers. (Rays that pass within that of an edge would count: fewer than 1 in 1,000.)"""
    mesh, _ = hard_of(world)
    tracer = RayMeshIntersector(mesh, scale_to_box=False)
    rng, count = np.random.default_rng(3), 4000
    middle = 0.5 * END_M[world]
    down = np.column_stack([rng.uniform(-60, 60, count) + middle, rng.uniform(-30, 30, count), np.full(count, 40.0)])
    level = np.column_stack([np.full(count, middle), np.zeros(count), rng.uniform(0.2, 9.0, count)])
    yaw = rng.uniform(-np.pi, np.pi, count)
    ahead = np.column_stack([np.cos(yaw), np.sin(yaw), np.zeros(count)])
    for origin, way in ((down, np.broadcast_to([0.0, 0.0, -1.0], (count, 3))), (level, ahead)):
        spots, rays, faces = tracer.intersects_location(origin, way, multiple_hits=True)
        near = ((spots - origin[rays]) * way[rays]).sum(-1)
        order = np.lexsort((near, rays))
        close = (np.diff(rays[order]) == 0) & (np.diff(near[order]) < 8e-4) & (np.diff(near[order]) > -1.0)
        slanted = np.abs((mesh.face_normals[faces] * way[rays]).sum(-1))[order]
        assert (close & (slanted[1:] > 0.3)).mean() < 1e-3


def test_the_kerb_stands_where_the_curve_says() -> None:
    """``curb.right`` is the road side of the kerb: 1 cm inside it lies the road (z = 0), 3 cm outside it the top of
    the kerb stone, 12 cm up, and 20 cm outside it the pavement."""
    scene = scene_of("street")
    mesh, _ = hard_of("street")
    for name, out in (("curb.right", -1.0), ("curb.left", 1.0)):
        y = scene.lanes.curves[name].points_m[0, 1]
        for offset, height in ((-0.01, 0.0), (0.03, KERB_M), (0.2, KERB_M)):
            x = np.linspace(3.0, 197.0, 40)
            origin = np.column_stack([x, np.full(40, y + out * offset), np.full(40, 0.6)])
            _, distance = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], (40, 3)))
            assert np.median(0.6 - distance) == pytest.approx(height, abs=0.009)


def test_street_has_what_a_street_has() -> None:
    """Both sides have houses of many kinds, trees and lamps; the classes of the parts are those of the things."""
    scene = scene_of("street")
    kinds = {e.kind for e in scene.entities}
    assert {"road", "marking", "kerb", "pavement", "house", "lamp", "tree"} <= kinds
    for side in (-1, 1):
        near = [e for e in scene.entities if e.world_from_entity is not None and side * e.world_from_entity[1, 3] > 2]
        assert sum(e.kind == "house" for e in near) > 10 and sum(e.kind == "tree" for e in near) > 5
    assert (
        len(
            {
                scene.parts[k].mesh
                for k in range(len(scene.parts))
                if scene.entities[scene.parts[k].entity].kind == "house"
            }
        )
        >= 8
    )
    seen = {CLASSES[p.semantic].name for p in scene.parts}
    assert {"road", "lane_marking", "pavement", "kerb", "building", "vegetation", "street_lamp", "terrain"} <= seen


def test_parking_strip_widens_the_road_on_its_side() -> None:
    """With parking on the right only, the strip's surface is road and lies between the lanes and the kerb."""
    scene = scene_of("street")
    mesh, semantic = hard_of("street")
    lane = scene.lanes.lanes[0]
    y = lane.centre.points_m[0, 1] - lane.width_m / 2 - 1.1
    origin = np.column_stack([np.linspace(1, 199, 60), np.full(60, y), np.full(60, 2.0)])
    face, _ = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], (60, 3)))
    assert (semantic[face] == CLASS_ID["road"]).all()


def test_street_lamps_shine_only_when_lit() -> None:
    """Lamps stand 25 m apart on alternating sides; lit, each near the road is one light 8 m above the pavement that
    gives about 45 lx below it: 3,000 cd / 8^2 m2 = 47 lx = 4.7e-4 of the sun. Lamps, some windows and shops glow."""
    dark = scene_of("street")
    lit = build("street", {**STREET, "lamps.lit": True})
    assert not dark.lights and all(max(m.emission) == 0.0 for m in dark.materials)
    assert len(lit.lights) >= 200 / 25
    for lamp in lit.lights:
        assert lamp.direction == (0.0, 0.0, -1.0) and 8.0 < lamp.position_m[2] < 8.3
        assert 4e-4 < max(lamp.intensity) / 64.0 < 5e-4
    glowing = {m.name.partition("_")[0] for m in lit.materials if max(m.emission) > 0}
    assert glowing == {"glass", "lamp", "shop", "window"}


@pytest.mark.parametrize("world", CASES)
def test_meshes_are_shared_and_few(world: str) -> None:
    """Distinct triangles stay below 150,000: things of a kind are instances of a few meshes."""
    scene = scene_of(world)
    assert sum(len(m.faces) for m in scene.meshes) < 150_000
    assert len(scene.parts) > 3 * len(scene.meshes)


@pytest.mark.parametrize("lanes", [1, 3, 6])
@pytest.mark.parametrize("parking", ["none", "both"])
def test_streets_of_all_widths_are_built(lanes: int, parking: str) -> None:
    """Extreme property values build too, and the road reaches from kerb to kerb."""
    scene = build("street", {"lanes": lanes, "parking": parking, "length": 60.0, "pavement_width": 1.5})
    road = next(i for i, e in enumerate(scene.entities) if e.name == "road")
    points = np.concatenate([v for p, v in zip(scene.parts, part_vertices(scene), strict=True) if p.entity == road])
    assert points[:, 1].min() == pytest.approx(scene.lanes.curves["curb.right"].points_m[0, 1], abs=1e-5)
    assert points[:, 1].max() == pytest.approx(scene.lanes.curves["curb.left"].points_m[0, 1], abs=1e-5)


@pytest.mark.parametrize("lanes", [1, 6])
def test_highways_of_all_widths_are_built(lanes: int) -> None:
    """One or six lanes: markings separate the lanes and bound the road, one line more than there are lanes."""
    scene = build("highway", {"lanes": lanes, "length": 250.0})
    marking = next(i for i, e in enumerate(scene.entities) if e.name == "lane_marking")
    part = next(p for p in scene.parts if p.entity == marking)
    y = scene.meshes[part.mesh].vertices_m[:, 1]
    lines = np.unique(np.round((y + 0.5 * lanes * 3.75) / 3.75).astype(int))
    assert len(lines) == lanes + 1
