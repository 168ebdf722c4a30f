"""Street, highway and rural road on bends: what holds of straight ones holds along the reference line too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import trimesh

from simengine.arrays import Array, F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.line import ReferenceLine
from simengine_scenes.roads.section import KERB_M, RoadSection, highway_section, rural_section, street_section
from tests.scenes.scenery import first_hits, part_vertices, soup

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "street.left": ("street", {"lanes": 2, "parking": "right", "length": 200.0, "radius": 80.0}),
    "street.right": ("street", {"lanes": 3, "parking": "both", "length": 150.0, "radius": -45.0}),
    "highway.left": ("highway", {"lanes": 3, "length": 600.0, "radius": 250.0}),
    "highway.right": ("highway", {"lanes": 2, "length": 500.0, "radius": -150.0}),
    "rural": ("rural", {"length": 500.0, "curviness": 1.0, "layout": 3}),
}


def section_of(case: str) -> RoadSection:
    world, values = CASES[case]
    return {"street": street_section, "highway": highway_section, "rural": rural_section}[world](values)


@lru_cache(maxsize=5)
def scene_of(case: str) -> Scene:
    world, values = CASES[case]
    kind = LIBRARY.worlds[world]
    assert kind.build is not None and kind.environment is not None
    builder = SceneBuilder(kind.environment(values))
    return builder.build(kind.build(builder, values, 4))


@lru_cache(maxsize=5)
def hard_of(case: str) -> tuple[trimesh.Trimesh, Array]:
    """Everything but plants and guard rails as one mesh, and the class of each of its faces."""
    scene = scene_of(case)
    soft = (CLASS_ID["vegetation"], CLASS_ID["barrier"])
    keep = [k for k, p in enumerate(scene.parts) if p.semantic not in soft]
    count = [len(scene.meshes[scene.parts[k].mesh].faces) for k in keep]
    return soup(scene, keep), np.repeat([scene.parts[k].semantic for k in keep], count)


def spots(line: ReferenceLine, s: F64Array, left: F64Array, z: F64Array) -> F64Array:
    return np.column_stack([line.at(s, left)[0], z])


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] * (not c.startswith("street"))) for c in CASES]
)
def test_nothing_stands_in_the_way(case: str) -> None:
    """As on straight roads: from 5 cm to 4.2 m above the carriageway, kerb to kerb, lies no centre or corner of any
    triangle but the road's own. Houses, lamps, trees and rails follow the bend."""
    section, scene = section_of(case), scene_of(case)
    for part, points in zip(scene.parts, part_vertices(scene), strict=True):
        corners = points[scene.meshes[part.mesh].faces]
        found = np.concatenate([points, corners.mean(1), corners[:, :2].mean(1), corners[:, 1:].mean(1)])
        found = found[(found[:, 2] > 0.05) & (found[:, 2] < 4.2)]
        if not len(found):
            continue
        s, left = section.line.project(found[:, :2])
        inside = (s > 0) & (s < section.length_m)
        inside &= (left > section.kerb_right_m + 0.01) & (left < section.kerb_left_m - 0.01)
        assert not inside.any(), scene.entities[part.entity].name


@pytest.mark.parametrize("case", CASES)
def test_there_is_ground_everywhere_and_the_road_is_level(case: str) -> None:
    """Rays straight down within 150 m of the road always meet something; on the lanes they meet road or marking at
    z = 0 to 8 mm, whose front looks up, with no gap between what is swept along the bend."""
    section = section_of(case)
    mesh, semantic = hard_of(case)
    rng = np.random.default_rng(1)
    down = np.broadcast_to([0.0, 0.0, -1.0], (4000, 3))
    s = rng.uniform(-50, section.length_m + 50, 4000)
    face, _ = first_hits(mesh, spots(section.line, s, rng.uniform(-150, 150, 4000), np.full(4000, 300.0)), down)
    assert (face >= 0).all()
    s = rng.uniform(0, section.length_m, 4000)
    left = rng.uniform(section.kerb_right_m + 0.01, section.kerb_left_m - 0.01, 4000)
    face, distance = first_hits(mesh, spots(section.line, s, left, np.full(4000, 4.0)), down)
    assert ((4.0 - distance > -1e-4) & (4.0 - distance < 0.0081)).all()
    assert set(semantic[face]) == {CLASS_ID["road"], CLASS_ID["lane_marking"]}
    assert (mesh.face_normals[face, 2] > 0.999).all()


@pytest.mark.parametrize("case", CASES)
def test_no_ray_slips_through_where_strips_meet(case: str) -> None:
    """Road, kerb stones and pavement are cut at the same stations, so their edges are the same polyline: 2,000 rays
    down within 12 mm of the edges meet the road, the kerb or the pavement (highway: the verge), never the land."""
    section, scene = section_of(case), scene_of(case)
    mesh, _ = hard_of(case)
    land = [k for k, p in enumerate(scene.parts) if scene.entities[p.entity].name.startswith("land")]
    _, high = soup(scene, land).bounds
    rng = np.random.default_rng(5)
    s = rng.uniform(0.0, section.length_m, 2000)
    for edge in (section.kerb_right_m, section.kerb_left_m, section.edge_right_m, section.edge_left_m):
        left = edge + rng.uniform(-0.012, 0.012, 2000)
        origin = spots(section.line, s, left, np.full(2000, 1.0))
        _, distance = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], (2000, 3)))
        assert (1.0 - distance > -0.02).all()
    assert high[2] >= -0.06


@pytest.mark.parametrize("case", CASES)
def test_a_driver_never_looks_into_the_void(case: str) -> None:
    """From the lanes, looking down by 0.3 deg or more in any direction, the eye meets the scene within 2 km."""
    section = section_of(case)
    mesh, _ = hard_of(case)
    rng, count = np.random.default_rng(2), 6000
    left = rng.uniform(section.edge_right_m + 1.0, section.edge_left_m - 1.0, count)
    eye = spots(section.line, rng.uniform(0, section.length_m, count), left, np.full(count, 1.4))
    yaw, pitch = rng.uniform(-np.pi, np.pi, count), -rng.uniform(0.0052, 0.2, count)
    way = np.column_stack([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
    face, distance = first_hits(mesh, eye, way)
    assert (face >= 0).all() and distance.max() < 2000.0


@pytest.mark.parametrize("case", CASES)
def test_what_a_driver_sees_faces_the_driver(case: str) -> None:
    """Surfaces are wound outward on bends to either side, and on the carriageway that runs back. (0.2 % are
    single sheets, such as awnings, as on the straight street.)"""
    section = section_of(case)
    mesh, _ = hard_of(case)
    rng, count = np.random.default_rng(8), 20000
    s, left = rng.uniform(0, section.length_m, count), rng.uniform(-3, 3, count)
    eye = spots(section.line, s, left, rng.uniform(0.5, 3.5, count))
    way = rng.normal(size=(count, 3)) * [1.0, 1.0, 0.3]
    way /= np.linalg.norm(way, axis=1)[:, None]
    face, _ = first_hits(mesh, eye, way)
    hit = face >= 0
    assert hit.mean() > 0.5
    assert ((mesh.face_normals[face[hit]] * way[hit]).sum(-1) > 1e-6).mean() < 0.003


@pytest.mark.parametrize("case", ["street.left", "street.right"])
def test_houses_stand_side_by_side_and_do_not_overlap(case: str) -> None:
    """Footprints of houses (their meshes' bounding boxes, shrunk by eaves of 0.6 m) share no point of a 0.5 m grid,
    on the inside of a bend too, and kerb stones are as high as they should be."""
    scene = scene_of(case)
    taken: list[F64Array] = []
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 25), np.linspace(-1, 1, 25)), -1).reshape(-1, 2)
    houses = [
        (k, e) for k, e in enumerate(scene.entities) if e.kind == "house" and e.world_from_entity is not None
    ]  # fmt: skip
    boxes: list[tuple[F64Array, F64Array]] = []
    for k, entity in houses:
        part = next(p for p in scene.parts if p.entity == k)
        vertices = scene.meshes[part.mesh].vertices_m
        low, high = vertices.min(0)[:2] + 0.6, vertices.max(0)[:2] - 0.6
        assert entity.world_from_entity is not None
        inverse = np.linalg.inv(entity.world_from_entity)
        boxes.append((np.stack([low, high]), inverse))
        local = 0.5 * (low + high) + 0.5 * (high - low) * grid
        at = np.column_stack([local, np.zeros(len(local)), np.ones(len(local))])
        taken.append((entity.world_from_entity @ at.T).T[:, :2])
    for i, points in enumerate(taken):
        for j, ((low, high), inverse) in enumerate(boxes):
            if i == j or np.abs(points.mean(0) - taken[j].mean(0)).max() > 40.0:
                continue
            there = (inverse @ np.column_stack([points, np.zeros(len(points)), np.ones(len(points))]).T).T[:, :2]
            assert not ((there > low) & (there < high)).all(-1).any(), (houses[i][1].name, houses[j][1].name)
    assert scene.lanes.kerb_height_m == KERB_M
