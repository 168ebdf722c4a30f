"""Two levels of detail: what becomes lighter, how much its surface moves, and that only what is far off does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.detail import CELL_M, FAR_M, far_parts, lighter
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Mesh, Scene
from simengine.world.taxonomy import CLASS_ID

STONE, OTHER = Material("stone", (0.5, 0.5, 0.5)), Material("other", (0.2, 0.5, 0.5))
LANES = LaneGraph((Lane(Curve(np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0]])), 3.5),))


def ball(radius: float = 0.5, subdivisions: int = 4, name: str = "ball") -> Mesh:
    shape = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh(
        name,
        shape.vertices.astype(np.float32),
        shape.faces.astype(np.int32),
        (shape.triangles_center[:, 2] > 0).astype(np.int32),
        shape.vertex_normals.astype(np.float32),
    )


def bar(width: float) -> Mesh:
    """A square bar of 4 m, cut into many slices."""
    shape = trimesh.creation.box((4.0, width, width))
    for _ in range(4):
        shape = shape.subdivide()
    return Mesh(
        "bar", shape.vertices.astype(np.float32), shape.faces.astype(np.int32), np.zeros(len(shape.faces), np.int32)
    )


def scene(at: list[tuple[float, float]], mesh: Mesh, lanes: LaneGraph = LANES) -> Scene:
    builder = SceneBuilder()
    for k, (x, y) in enumerate(at):
        where = tf.translation(np.array([x, y, 0.5]))
        entity = Entity(f"thing[{k}]", "thing", "", CLASS_ID["static_object"], (1, 1, 1), world_from_entity=where)
        builder.add_static(entity, [(mesh, (STONE, OTHER), where)])
    return builder.build(lanes)


def test_no_vertex_moves_farther_than_the_diagonal_of_a_cell():
    """Vertices of a ball of 1 m: means of the vertices of one cell lie within a diagonal of each of them, so off the
    sphere by less; chords of cells cut off no more either. Normals stay those of a ball within 10 deg."""
    whole = ball()
    light = lighter(whole)
    assert len(light.faces) < 0.6 * len(whole.faces) and light.name == "ball.far"
    radius = np.linalg.norm(light.vertices_m, axis=1)
    assert radius.max() <= 0.5 + 1e-6 and radius.min() >= 0.5 - 3**0.5 * CELL_M
    assert light.vertex_normals is not None
    cosine = (light.vertex_normals * light.vertices_m).sum(1) / radius
    assert cosine.min() > np.cos(np.radians(10.0))


def test_materials_stay_where_they_are():
    """The upper half of the ball has another material; a lighter face has it where its middle is above 0 by a cell."""
    light = lighter(ball())
    z = light.vertices_m[light.faces].mean(1)[:, 2]
    assert (light.face_material[z > CELL_M] == 1).all() and (light.face_material[z < -CELL_M] == 0).all()


def test_what_would_vanish_stays():
    """A bar of 2 cm fits into one row of cells and would lose its surface; one of 30 cm keeps it. A box is light
    already."""
    thin = bar(0.02)
    assert lighter(thin) is thin
    assert len(lighter(bar(0.30)).faces) < 0.8 * len(bar(0.30).faces)
    box = trimesh.creation.box((1, 1, 1))
    few = Mesh("box", box.vertices.astype(np.float32), box.faces.astype(np.int32), np.zeros(12, np.int32))
    assert lighter(few) is few


def test_a_maker_may_give_the_lighter_mesh():
    """What stands far off is then that one, in the materials of the scene."""
    own = replace(ball(), far=ball(subdivisions=1, name="ball.far"))
    there = scene([(0.0, 5.0), (50.0, 80.0)], own)
    assert [len(there.meshes[p.mesh].faces) for p in there.parts] == [5120, 80]
    far = there.meshes[there.parts[1].mesh]
    assert {there.materials[k].name for k in far.face_material} == {"stone", "other"}


@pytest.mark.parametrize(("y", "far"), [(FAR_M + 0.5, False), (FAR_M + 1.1, True), (-FAR_M - 1.1, True)])
def test_distance_from_the_lane_decides(y: float, far: bool):
    """The ball around the box around a ball of 1 m has a radius of 0.87 m: it is beyond 45 m from 45.87 m on."""
    there = scene([(50.0, y)], ball())
    assert (there.meshes[there.parts[0].mesh].name == "ball.far") is far


def test_meshes_that_nothing_has_any_more_are_left_out():
    """All far: one mesh, the light one. Without lanes nobody knows from where it is seen: the whole one."""
    assert [m.name for m in scene([(50.0, 80.0), (60.0, 90.0)], ball()).meshes] == ["ball.far"]
    assert [m.name for m in scene([(50.0, 80.0), (60.0, 0.0)], ball()).meshes] == ["ball", "ball.far"]
    assert [m.name for m in scene([(50.0, 80.0)], ball(), LaneGraph()).meshes] == ["ball"]


def test_what_moves_keeps_its_detail():
    """A part on a link is never far."""
    there = scene([(50.0, 80.0)], ball())
    assert far_parts([replace(there.parts[0], link=0)], list(there.meshes), LANES) == []
