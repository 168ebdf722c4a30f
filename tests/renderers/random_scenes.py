"""Random small scenes for comparisons: boxes, spheres, a bent tetrahedron, tilted, overlapping, actors with links."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import trimesh

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec, LidarSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, Link, Mesh, Part, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID

MATERIALS = (
    Material("red", (0.7, 0.1, 0.1), nir=0.6),
    Material("grey", (0.4, 0.4, 0.4), nir=0.3),
    Material("plate", (0.8, 0.8, 0.8), nir=0.5, retro=300.0),
)
CLASSES = ("car", "adult", "cone", "goods", "building", "wall")


@dataclass(frozen=True, eq=False)
class SmallScene:
    """A scene with two states 0.1 s apart, a camera and a LiDAR."""

    scene: Scene
    now: WorldState
    next: WorldState
    camera: CameraSpec
    lidar: LidarSpec


def box(name: str, size: tuple[float, float, float], materials: int = 1) -> Mesh:
    """A box centred on the origin; with two materials its faces alternate."""
    shape = trimesh.creation.box(extents=size)
    return _mesh(name, shape, materials, smooth=False)


def ball(name: str, radius: float, smooth: bool, subdivisions: int = 2) -> Mesh:
    """An icosphere, with vertex normals where ``smooth``."""
    return _mesh(name, trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius), 1, smooth)


def _mesh(name: str, shape: trimesh.Trimesh, materials: int, smooth: bool) -> Mesh:
    vertices = np.asarray(shape.vertices, np.float32)
    faces = np.asarray(shape.faces, np.int32)
    normals = None
    if smooth:
        normals = (vertices / np.linalg.norm(vertices, axis=1, keepdims=True)).astype(np.float32)
    return Mesh(name, vertices, faces, (np.arange(len(faces)) % materials).astype(np.int32), normals)


def random_rotation(rng: np.random.Generator) -> F64Array:
    """A uniformly distributed unit quaternion (a normalised Gaussian 4-vector)."""
    q = rng.normal(size=4)
    return q / np.linalg.norm(q)


def thing(rng: np.random.Generator, name: str) -> Asset:
    """A body with an arm on a joint: three links, three parts; boxes and balls that overlap."""
    size = tuple(float(v) for v in rng.uniform(0.4, 1.6, 3))
    arm = float(rng.uniform(0.3, 1.0))
    meshes = (
        box(f"{name}.body", size, 2),  # type: ignore[arg-type]
        ball(f"{name}.head", 0.25 + 0.2 * float(rng.uniform()), smooth=bool(rng.integers(2)), subdivisions=1),
        box(f"{name}.arm", (0.15, 0.15, arm)),
    )
    axis = np.array([0.0, 1.0, 0.0]) if rng.integers(2) else np.array([1.0, 0.0, 0.0])
    links = (
        Link(0, -1, np.eye(4), name="body"),
        Link(0, 0, tf.translation([0.0, size[1] / 2 + 0.1, size[2]]), tuple(float(a) for a in axis), "shoulder"),  # type: ignore[arg-type]
        Link(0, 1, tf.translation([0.0, 0.0, -arm]), (0.0, 1.0, 0.0), "elbow"),
    )
    cls = CLASS_ID[CLASSES[int(rng.integers(4))]]
    parts = (
        Part(0, 0, 0, tf.translation([0.0, 0.0, size[2] / 2]), cls, "body"),
        Part(1, 0, 0, tf.translation([0.0, 0.0, size[2] + 0.2]), cls, "head"),
        Part(2, 0, 1, tf.translation([0.0, 0.0, -arm / 2]), cls, "upper_arm"),
        Part(2, 0, 2, tf.translation([0.0, 0.0, -arm / 2]), cls, "forearm"),
    )
    entity = Entity(name, "thing", "random", cls, (size[0], size[1] + 0.5, size[2] + 0.6))
    return Asset(entity, meshes, MATERIALS, links, parts)


def random_scene(seed: int, size_px: tuple[int, int] = (64, 48)) -> SmallScene:
    """Scene number ``seed``; equal seeds give equal scenes."""
    rng = stream(seed, "random_scene")
    builder = SceneBuilder()
    if rng.uniform() < 0.7:
        ground = box("ground", (60.0, 60.0, 0.2))
        entity = Entity("ground", "ground", "", CLASS_ID["road"], (60.0, 60.0, 0.2))
        builder.add_static(entity, [(ground, (MATERIALS[1],), tf.translation([0.0, 0.0, -0.1]))])
    for i in range(int(rng.integers(1, 7))):
        extents = tuple(float(v) for v in rng.uniform(0.3, 4.0, 3))
        ball_shaped = rng.uniform() < 0.4
        mesh = ball(f"m{i}", extents[0] / 2, bool(rng.integers(2))) if ball_shaped else box(f"m{i}", extents)  # type: ignore[arg-type]
        position = np.array([rng.uniform(1.5, 15.0), rng.uniform(-6.0, 6.0), rng.uniform(-0.3, 3.0)])
        q = random_rotation(rng) if rng.uniform() < 0.6 else np.array([1.0, 0.0, 0.0, 0.0])
        entity = Entity(f"static[{i}]", "block", "", CLASS_ID[CLASSES[int(rng.integers(6))]], extents)  # type: ignore[arg-type]
        builder.add_static(entity, [(mesh, (MATERIALS[int(rng.integers(3))],), tf.matrix_from_pose(position, q))])
    actors = int(rng.integers(0, 5))
    for i in range(actors):
        builder.place(thing(rng, f"actor[{i}]"), f"actor[{i}]")
    scene = builder.build(LaneGraph())
    now = _random_state(rng, scene)
    carrier = int(rng.choice([e for e, x in enumerate(scene.entities) if x.actor == 0])) if actors else -1
    mounted = carrier >= 0 and rng.uniform() < 0.3
    if mounted:
        now.position_m[0] = [0.0, 0.0, 0.1]
    later = _moved(rng, now, 0.1)
    camera = _random_camera(rng, size_px, carrier if mounted else -1)
    pose = tf.matrix_from_pose([0.0, 0.0, float(rng.uniform(0.8, 2.0))], tf.quaternion_from_yaw(rng.uniform(-3, 3)))
    lidar = LidarSpec(
        "roof", carrier if mounted else -1, pose, "test", np.linspace(0.2, -0.5, 8), np.zeros(8),
        np.arange(8, dtype=np.int64) * 1000, 64, 100_000_000, 0.5, 60.0, range_noise_m=0.0,
    )  # fmt: skip
    return SmallScene(scene, now, later, camera, lidar)


def _random_camera(rng: np.random.Generator, size_px: tuple[int, int], carrier: int) -> CameraSpec:
    forward = tf.translation([0.0, 0.0, float(rng.uniform(0.6, 2.0))])
    turn = tf.matrix_from_pose(np.zeros(3), tf.quaternion_from_yaw(rng.uniform(-0.2, 0.2)))
    tilt = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about([0.0, 1.0, 0.0], rng.uniform(-0.1, 0.25)))
    pose = tf.compose(tf.compose(tf.compose(forward, turn), tilt), BODY_FROM_OPTICAL)
    width, height = size_px
    focal = width * float(rng.uniform(0.6, 1.3))
    lens = (0.0,) * 8
    if rng.uniform() < 0.5:
        lens = (float(rng.uniform(-0.15, 0.1)), 0.02, 0.001, -0.002, 0.0, 0.0, 0.0, 0.0)
    return CameraSpec(
        "front", carrier, pose, width, height, focal, focal * 1.01, width / 2 + 0.3, height / 2 - 0.2, lens
    )


def _random_state(rng: np.random.Generator, scene: Scene) -> WorldState:
    state = WorldState.at_rest(scene.actors, len(scene.links))
    for i in range(scene.actors):
        state.position_m[i] = [rng.uniform(2.0, 12.0), rng.uniform(-4.0, 4.0), rng.uniform(-0.2, 0.5)]
        level = tf.quaternion_from_yaw(rng.uniform(-3.1, 3.1))
        state.orientation[i] = random_rotation(rng) if rng.uniform() < 0.2 else level
        state.velocity_mps[i, :2] = rng.uniform(-8.0, 8.0, 2)
        state.angular_velocity_radps[i, 2] = rng.uniform(-2.0, 2.0)
        state.valid[i] = rng.uniform() < 0.9
    state.joint_rad[:] = rng.uniform(-1.5, 1.5, len(scene.links))
    return state


def _moved(rng: np.random.Generator, state: WorldState, dt_s: float) -> WorldState:
    turn = tf.quaternion_from_yaw(state.angular_velocity_radps[:, 2] * dt_s)
    return replace(
        state,
        time_ns=state.time_ns + round(dt_s * 1e9),
        position_m=state.position_m + state.velocity_mps * dt_s,
        orientation=tf.multiply(turn, state.orientation),
        joint_rad=state.joint_rad + rng.uniform(-0.3, 0.3, state.joint_rad.shape),
    )
