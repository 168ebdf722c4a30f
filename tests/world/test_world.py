"""Curves, scene building and forward kinematics against hand-derived values."""

import math

import numpy as np
import pytest

from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import Curve, LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, Link, Mesh, Part
from simengine.world.state import WorldState
from simengine.world.weather import Environment

TRIANGLE = Mesh(
    "t", np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32), np.array([[0, 1, 2]], np.int32), np.zeros(1, np.int32)
)
PAINT = Material("paint", (0.5, 0.5, 0.5))


def arm() -> Asset:
    """Two links about y: shoulder at height 1, elbow 0.5 below it."""
    shoulder = tf.translation([0, 0, 1.0])
    elbow = tf.translation([0, 0, -0.5])
    return Asset(
        Entity("", "pedestrian", "arm", 21, (1, 1, 1)),
        (TRIANGLE,),
        (PAINT,),
        (Link(0, -1, np.eye(4)), Link(0, 0, shoulder, name="shoulder"), Link(0, 1, elbow, name="elbow")),
        (Part(0, 0, 2, np.eye(4), 21),),
    )


def test_forward_kinematics_of_two_links():
    """Shoulder +90 deg about y takes 'down' (-z) to -x; the elbow, 0.5 m down the limb, is then 0.5 m behind."""
    builder = SceneBuilder()
    builder.place(arm(), "a")
    builder.place(arm(), "b", tf.translation([5, 0, 0]))
    scene = builder.build(LaneGraph())
    assert scene.actors == 1 and [p.link for p in scene.parts] == [2, -1] and len(scene.meshes) == 1
    state = WorldState.at_rest(1, 3)
    state.joint_rad[1] = math.pi / 2
    state.position_m[0] = [10, 0, 0]
    pose = scene.part_transforms(state)
    np.testing.assert_allclose(pose[0, :3, 3], [9.5, 0, 1], atol=1e-12)
    np.testing.assert_allclose(pose[1, :3, 3], [5, 0, 0.5], atol=1e-12)
    batch = WorldState.at_rest(1, 3, (4,))
    np.testing.assert_allclose(scene.part_transforms(batch)[:, 0, :3, 3], [[0, 0, 0.5]] * 4)


def test_curve_round_trip_and_extension():
    """A right-angled curve: stations, left offsets and the straight continuation are known by hand."""
    c = Curve(np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0]], float))
    assert c.length_m == 20
    p, yaw = c.at(np.array([-2.0, 5.0, 15.0, 25.0]), np.array([0.0, 1.0, 1.0, 0.0]))
    np.testing.assert_allclose(p[:, :2], [[-2, 0], [5, 1], [9, 5], [10, 15]], atol=1e-12)
    np.testing.assert_allclose(yaw, [0, 0, math.pi / 2, math.pi / 2])
    s, left = c.project(p)
    np.testing.assert_allclose(s, [-2, 5, 15, 25], atol=1e-12)
    np.testing.assert_allclose(left, [0, 1, 1, 0], atol=1e-12)


def test_extinction_gives_back_the_visibility():
    """5 % contrast at the visibility is its definition; rain of 25 mm/h attenuates 9.3 dB/km (ITU-R P.1814)."""
    fog = Environment(fog_visibility_m=150.0)
    assert math.exp(-fog.extinction_per_m() * 150.0) == pytest.approx(0.05)
    rain = Environment(rain_mmph=25.0)
    assert 10 * math.log10(math.exp(rain.extinction_per_m() * 1000)) == pytest.approx(1.076 * 25**0.67, rel=1e-6)
    assert Environment().extinction_per_m() == 0


def test_bad_meshes_are_refused():
    """One clear error that names the mesh."""
    with pytest.raises(SceneError, match=r"mesh 'm'.*outside"):
        Mesh("m", np.zeros((3, 3), np.float32), np.array([[0, 1, 3]], np.int32), np.zeros(1, np.int32))
    with pytest.raises(SceneError, match=r"mesh 'm'.*finite"):
        Mesh("m", np.full((3, 3), np.nan, np.float32), np.array([[0, 1, 2]], np.int32), np.zeros(1, np.int32))
    builder = SceneBuilder()
    builder.material(PAINT)
    with pytest.raises(SceneError, match="two different materials"):
        builder.material(Material("paint", (0.1, 0.1, 0.1)))


def test_two_different_meshes_of_one_name_are_refused() -> None:
    """A name stands for one mesh: the same again is stored once; other vertices, faces or materials are an error."""
    stone, wood = Material("stone", (0.5, 0.5, 0.5)), Material("wood", (0.4, 0.3, 0.2))
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)

    def triangle(scale: float = 1.0, turned: bool = False) -> Mesh:
        faces = np.array([[0, 2, 1] if turned else [0, 1, 2]], np.int32)
        return Mesh("triangle", points * np.float32(scale), faces, np.zeros(1, np.int32))

    builder = SceneBuilder()
    assert builder.mesh(triangle(), (stone,)) == builder.mesh(triangle(), (stone,)) == 0
    assert builder.mesh(triangle(), (stone, wood)) == 0  # a material that no face has makes no other mesh
    for mesh, materials in ((triangle(2.0), (stone,)), (triangle(turned=True), (stone,)), (triangle(), (wood,))):
        with pytest.raises(SceneError, match="two different meshes are called 'triangle'; give one another name"):
            builder.mesh(mesh, materials)
