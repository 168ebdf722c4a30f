"""Hand-made scenes whose images can be worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import CameraReading, Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, Link, Part, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment
from simengine_renderers import reference
from tests.renderers.random_scenes import box

GREY = Material("grey", (0.5, 0.5, 0.5), nir=0.5)
NOISE = NoiseKey(0, 0, 0)


def block(name: str, size_m: tuple[float, float, float], cls: str = "car", material: Material = GREY) -> Asset:
    """A box standing on the ground with one link: its own entity frame."""
    entity = Entity(name, "block", "", CLASS_ID[cls], size_m)
    part = Part(0, 0, 0, tf.translation([0.0, 0.0, size_m[2] / 2]), CLASS_ID[cls], "body")
    mesh = box(f"{material.name} {size_m}", size_m)
    return Asset(entity, (mesh,), (material,), (Link(0, -1, np.eye(4), name="body"),), (part,))


def scene_of(
    actors: Sequence[Asset] = (),
    fixed: Sequence[tuple[Asset, F64Array]] = (),
    environment: Environment | None = None,
) -> Scene:
    """Fixed things first, then actors, in the given order: instance ids count in that order."""
    builder = SceneBuilder(environment)
    for asset, pose in fixed:
        builder.place(asset, asset.entity.name, pose)
    for asset in actors:
        builder.place(asset, asset.entity.name)
    return builder.build(LaneGraph())


def state_of(scene: Scene, positions: Sequence[tuple[float, float, float]], yaws: Sequence[float] = ()) -> WorldState:
    """All actors at rest at the given places."""
    state = WorldState.at_rest(scene.actors, len(scene.links))
    if len(positions):
        state.position_m[:] = np.array(positions)
    if len(yaws):
        state.orientation[:] = tf.quaternion_from_yaw(np.array(yaws))
    return state


def moved(state: WorldState, shift_m: Sequence[tuple[float, float, float]], dt_s: float = 0.1) -> WorldState:
    """The actors ``dt_s`` later, moved by ``shift_m``."""
    later = state.position_m + np.array(shift_m).reshape(-1, 3)
    return replace(state, position_m=later, time_ns=state.time_ns + round(dt_s * 1e9))


def camera(
    width: int = 64, height: int = 48, entity: int = -1, height_m: float = 1.0, lens: tuple[float, ...] = (0.0,) * 8
) -> CameraSpec:
    """A camera at (0, 0, height) that looks along +x with 90 deg across."""
    return CameraSpec.from_fov(
        "front", entity, (0.0, 0.0, height_m), (width, height), np.pi / 2, distortion=lens, period_ns=100_000_000
    )


def lidar(
    elevations: Sequence[float] = (0.0,), columns: int = 64, entity: int = -1, height_m: float = 1.0
) -> LidarSpec:
    """A LiDAR without noise at (0, 0, height)."""
    n = len(elevations)
    return LidarSpec(
        "roof", entity, tf.translation([0.0, 0.0, height_m]), "test", np.array(elevations), np.zeros(n),
        np.zeros(n, np.int64), columns, 100_000_000, 0.5, 100.0, range_noise_m=0.0,
    )  # fmt: skip


def look(
    scene: Scene, spec: CameraSpec, state: WorldState, channels: Sequence[str], later: WorldState | None = None
) -> CameraReading:
    """One image of the reference renderer."""
    renderer = reference.open_renderer(scene, RenderOptions())
    return renderer.camera(spec, Instants(state, later or state, later or state), channels, NOISE)
