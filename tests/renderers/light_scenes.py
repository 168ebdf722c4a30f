"""Small scenes for tests of light: triangles with a material each, under a sky that can be told to be anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Light, Mesh, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment
from simengine_renderers import raytrace
from simengine_renderers.raytrace import camera as camera_module
from simengine_renderers.raytrace.sky import TABLE_SIZE, Sky
from tests.renderers.random_scenes import ball, box

DRY = Environment(sun_elevation_rad=math.radians(40.0), sun_azimuth_rad=math.radians(60.0), cloud=0.0)


@dataclass(frozen=True, eq=False)
class Thing:
    """A mesh of one material at a place in the world."""

    mesh: Mesh
    material: Material
    at: F64Array


@dataclass(frozen=True, eq=False)
class Lit:
    """Things, lamps, a sky and a camera; of the weather what the sky does not say: how wet the ground is."""

    things: tuple[Thing, ...]
    sky: Sky
    camera: CameraSpec
    lights: tuple[Light, ...] = ()
    environment: Environment = DRY

    @property
    def scene(self) -> Scene:
        """The scene of the engine."""
        builder = SceneBuilder(self.environment)
        for k, thing in enumerate(self.things):
            entity = Entity(f"thing[{k}]", "thing", "", CLASS_ID["static_object"], (1.0, 1.0, 1.0))
            builder.add_static(entity, [(thing.mesh, (thing.material,), thing.at)])
        for light in self.lights:
            builder.add_light(light)
        return builder.build(LaneGraph())


def even_sky(
    radiance: Sequence[float], sun: Sequence[float] = (0.0, 0.0, 0.0), elevation_deg: float = 50.0,
    azimuth_deg: float = 60.0,
) -> Sky:  # fmt: skip
    """The same radiance from all around, below the horizon too, and a sun of an illuminance."""
    light = np.array(radiance, np.float64)
    e, a = math.radians(elevation_deg), math.radians(azimuth_deg)
    direction = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    table = np.broadcast_to(light, (TABLE_SIZE, TABLE_SIZE, 3)).copy()
    ambient = np.zeros((9, 3))
    return Sky(table, np.array(sun, np.float64), direction, ambient, light, np.zeros(3), 0.0, np.zeros(3), table)


def slab(name: str, size: tuple[float, float, float], material: Material, *at: float) -> Thing:
    """A box around a point."""
    return Thing(box(f"{name} {size}", size), material, tf.translation(at))


def sphere(name: str, radius: float, material: Material, *at: float, fine: int = 3) -> Thing:
    """A ball of flat triangles around a point."""
    return Thing(ball(f"{name} {radius}", radius, smooth=False, subdivisions=fine), material, tf.translation(at))


def towards(size: tuple[int, int], fov_deg: float, *at: float, pitch_deg: float = 0.0) -> CameraSpec:
    """A camera at a point that looks along +x, and up by ``pitch_deg``."""
    turn = tf.quaternion_about((0.0, 1.0, 0.0), -math.radians(pitch_deg))
    spec = CameraSpec.from_fov("eye", -1, at, size, math.radians(fov_deg))
    return replace(spec, entity_from_camera=tf.compose(tf.matrix_from_pose(at, turn), BODY_FROM_OPTICAL))


def light_of(
    monkeypatch, lit: Lit, samples: int, frames: int = 1, options: RenderOptions | None = None
) -> np.ndarray:  # fmt: skip
    """Radiance of the path tracer, (frames, H, W, 3), each frame with numbers of its own."""
    monkeypatch.setattr(camera_module, "sky_of", lambda environment: lit.sky)
    chosen = options or RenderOptions(samples=samples, extra={"preset": "reference"})
    scene = lit.scene
    state = WorldState.at_rest(0, 0)
    renderer = raytrace.open_renderer(scene, chosen)
    try:
        return np.stack([
            renderer.camera(lit.camera, Instants(state, state), ("radiance",), NoiseKey(7, 0, k)).channels["radiance"]
            for k in range(frames)
        ])  # fmt: skip
    finally:
        renderer.close()
