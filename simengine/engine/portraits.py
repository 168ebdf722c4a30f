"""Pictures of single things: an asset on level ground, seen from ahead and from the side."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array, U8Array
from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material, Pattern
from simengine.world.scene import Asset, Entity, Mesh, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment

__all__ = ["camera_at", "portrait", "still"]

_GROUND = Material("portrait.ground", (0.34, 0.34, 0.33), 0.9, nir=0.3, pattern=Pattern.CONCRETE)
_FOV_RAD = math.radians(30.0)
_VIEW = (math.radians(38.0), math.radians(16.0))
"""Towards the camera: azimuth from the front to the left, and elevation."""


def camera_at(position_m: F64Array, target_m: F64Array) -> F64Array:
    """world_from_camera (4, 4), optical axes, of a camera that looks at a point, upright."""
    z = (target_m - position_m) / np.linalg.norm(target_m - position_m)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, np.cross(z, x), z], axis=1)
    pose[:3, 3] = position_m
    return pose


def still(
    scene: Scene, world_from_camera: F64Array, size_px: tuple[int, int], fov_rad: float, renderer: str,
    options: RenderOptions,
) -> U8Array:  # fmt: skip
    """One picture of a scene at rest, uint8 sRGB (H, W, 3), with a horizontal field of view."""
    focal = size_px[0] / (2.0 * math.tan(fov_rad / 2.0))
    spec = CameraSpec("camera", -1, world_from_camera, *size_px, focal, focal, size_px[0] / 2.0, size_px[1] / 2.0)
    state = WorldState.at_rest(scene.actors, len(scene.links))
    opened = open_renderer(renderer, scene, options)
    try:
        return np.asarray(opened.camera(spec, Instants(state, state), ("rgb",), NoiseKey(0, 0, 0)).channels["rgb"])
    finally:
        opened.close()


def _bounds(asset: Asset) -> tuple[F64Array, F64Array]:
    """Corners of the box around all that is seen of it: an arm reaches farther than its foot."""
    builder = SceneBuilder()
    builder.place(asset, "thing", np.eye(4))
    scene = builder.build(LaneGraph())
    frames = scene.part_transforms(WorldState.at_rest(0, 0))
    points = np.concatenate([
        tf.apply(frames[k], scene.meshes[p.mesh].vertices_m.astype(np.float64)) for k, p in enumerate(scene.parts)
    ])  # fmt: skip
    return points.min(0), points.max(0)


def portrait(
    asset: Asset, size_px: int, renderer: str, options: RenderOptions, sun: Environment | None = None
) -> U8Array:
    """An asset on level ground with joints of one metre, uint8 sRGB (size, size, 3), from ahead and a bit above."""
    builder = SceneBuilder(sun or Environment(math.radians(45.0), math.radians(75.0)))
    low, high = _bounds(asset)
    radius = 0.5 * float(np.linalg.norm(high - low))
    half = 60.0 * max(1.0, radius)
    corners = np.array([[-half, -half, 0.0], [half, -half, 0.0], [half, half, 0.0], [-half, half, 0.0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    ground = Mesh("portrait.ground", corners, faces, np.zeros(2, np.int32))
    entity = Entity("ground", "ground", "", CLASS_ID["road"], (2 * half, 2 * half, 0.0), world_from_entity=np.eye(4))
    builder.add_static(entity, [(ground, (_GROUND,), None)])
    builder.place(asset, "thing", np.eye(4))
    azimuth, elevation = _VIEW
    away = np.array(
        [math.cos(azimuth) * math.cos(elevation), math.sin(azimuth) * math.cos(elevation), math.sin(elevation)]
    )
    middle = 0.5 * (low + high) - [0.0, 0.0, 0.04 * (high[2] - low[2])]
    pose = camera_at(middle + 1.05 * radius / math.sin(0.5 * _FOV_RAD) * away, middle)
    return still(builder.build(LaneGraph()), pose, (size_px, size_px), _FOV_RAD, renderer, options)
