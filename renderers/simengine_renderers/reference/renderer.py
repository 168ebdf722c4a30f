"""The reference renderer: ``Renderer`` of the protocol on top of brute-force tracing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import Array, I64Array
from simengine.errors import UsageError, did_you_mean
from simengine.geometry import transforms as tf
from simengine.render.protocol import (
    CAMERA_CHANNELS,
    CameraReading,
    Instants,
    LidarReading,
    NoiseKey,
    RadarReading,
    Silhouette,
)
from simengine.render.radar import BeamHits, Listener, beam
from simengine.sensors import image_faults, projection
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec
from simengine.world.scene import Scene
from simengine.world.short_wave import short_wave
from simengine.world.state import WorldState
from simengine_renderers.reference import camera as shading
from simengine_renderers.reference import lidar as scanning
from simengine_renderers.reference.snow import snow_on
from simengine_renderers.reference.tracing import Triangles, nearest

__all__ = ["ReferenceRenderer"]


class ReferenceRenderer:
    """Brute force in float64. Use it for small scenes and small images: cost is rays times triangles."""

    name = "reference"

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        by_mesh = [Triangles(mesh, scene.materials) for mesh in scene.meshes]
        self._triangles = [by_mesh[part.mesh] for part in scene.parts]

    def close(self) -> None:
        """Nothing is held open."""

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image (``rgb`` is not comparable with other renderers', see the package)."""
        del noise
        _check_channels(channels, instants)
        if spec.band == "nir":
            raise UsageError(
                f"camera '{spec.name}' sees band = nir, which the reference renderer has not; use raytrace"
            )
        state, scene = instants.start, self.scene
        world_from_camera = world_from_sensor(spec, scene, state)
        world_from_mesh = scene.part_transforms(state)
        optical = projection.rays(spec).reshape(-1, 3)
        directions = tf.rotate(world_from_camera, optical)
        origins = tf.apply(world_from_camera, projection.starts(spec, projection.pixel_centres(spec)).reshape(-1, 3))
        present = _present(scene, state)
        seen = present[[scene.parts[i].entity != spec.unseen or spec.unseen < 0 for i in present]]
        hits = nearest(self._triangles, seen, world_from_mesh, origins, directions)
        outside = ~projection.covered(spec).reshape(-1)
        hits.part[outside], hits.range_m[outside], hits.local_m[outside] = -1, np.inf, 0.0
        hit = hits.part >= 0
        out: dict[str, Array] = {"range": hits.range_m, "depth": np.where(hit, hits.range_m * optical[:, 2], np.inf)}
        out["position"] = hits.local_m
        out.update(shading.ids(scene, hits))
        out["lens_occlusion"] = np.zeros(len(hit))
        normal = shading.normals(self._triangles, hits, world_from_mesh, directions)
        out["normal"] = tf.rotate(tf.inverse(world_from_camera), normal)
        points = origins + directions * np.where(hit, hits.range_m, 0.0)[:, None]
        palette = np.array([m.albedo for m in scene.materials] or [(0.0, 0.0, 0.0)])
        out["albedo"] = np.where(hit[:, None], palette[out["material"]], 0.0)
        if scene.fallen is not None:
            snow, lying = scene.fallen.material, snow_on(scene, hits.part, out["material"], points, normal[:, 2])
            out["albedo"] += lying.share[:, None] * (lying.tone[:, None] * palette[snow] - out["albedo"])
            out["material"] = np.where(lying.share > 0.5, snow, out["material"]).astype(np.int32)
        if "flow" in channels and instants.next is not None:
            out["flow"] = shading.flow(
                spec, hits, scene.part_transforms(instants.next), _exists(scene, instants.next),
                world_from_sensor(spec, scene, instants.next), directions,
            )  # fmt: skip
        if {"rgb", "radiance"} & set(channels):
            out["rgb"] = shading.shade(
                scene, self._triangles, present, world_from_mesh, points, normal, out["albedo"]
            )  # fmt: skip
            out["rgb"][outside] = 0
            out["radiance"] = image_faults.linear(out["rgb"])  # as plain as its rgb
        return CameraReading(spec, state.time_ns, world_from_camera, _images(spec, out, channels))

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution without noise, weather echoes or random drops."""
        del noise
        scene = short_wave(self.scene) if spec.band == "swir" else self.scene
        start, stop = instants.start, instants.stop
        table = scanning.firing_table(spec)
        sensor_start = world_from_sensor(spec, scene, start)
        sensor_stop = world_from_sensor(spec, scene, stop)
        sensor = tf.interpolate(sensor_start, sensor_stop, table.fraction)
        begin, end = scene.part_transforms(start), scene.part_transforms(stop)
        world_from_mesh = tf.interpolate(begin[:, None], end[:, None], table.fraction[None, :])
        directions = tf.rotate(sensor, table.directions)
        present = _present(scene, start)
        seen = present[[scene.parts[i].entity != spec.unseen or spec.unseen < 0 for i in present]]
        hits = nearest(self._triangles, seen, world_from_mesh, sensor[:, :3, 3], directions)
        normal = shading.normals(self._triangles, hits, world_from_mesh, directions)
        cosine = np.abs((normal * directions).sum(-1))
        points = scanning.points(
            spec, scene, table, hits, cosine, normal[:, 2], shading.ids(scene, hits), sensor_start, sensor
        )
        return LidarReading(spec, start.time_ns, sensor_start, points)

    def radar(self, spec: RadarSpec, instants: Instants, noise: NoiseKey) -> RadarReading:
        """One scan of a radar, noise included: it is the same for all renderers."""
        scene, start = self.scene, instants.start
        pose = world_from_sensor(spec, scene, start)
        directions = tf.rotate(pose, beam(spec)[0])
        present = _present(scene, start)
        seen = present[[scene.parts[i].entity != spec.unseen or spec.unseen < 0 for i in present]]
        origins = np.broadcast_to(pose[:3, 3], directions.shape)
        hits = nearest(self._triangles, seen, scene.part_transforms(start), origins, directions)
        return Listener(scene).reading(spec, instants, BeamHits(hits.range_m, hits.part, hits.face, hits.uv), noise)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks of entities inside their windows, in the given order."""
        world_from_camera = world_from_sensor(spec, self.scene, state)
        world_from_mesh = self.scene.part_transforms(state)
        directions, covered = tf.rotate(world_from_camera, projection.rays(spec)), projection.covered(spec)
        starts = tf.apply(world_from_camera, projection.starts(spec, projection.pixel_centres(spec)))
        present = _present(self.scene, state)
        out: list[Silhouette] = []
        for entity, (x0, y0, x1, y1) in windows.items():
            own = [int(i) for i in present if self.scene.parts[i].entity == entity]
            d = directions[y0:y1, x0:x1].reshape(-1, 3)
            origins = starts[y0:y1, x0:x1].reshape(-1, 3)
            hits = nearest(self._triangles, own, world_from_mesh, origins, d)
            mask = (hits.part >= 0).reshape(max(0, y1 - y0), max(0, x1 - x0))
            out.append(Silhouette(entity, x0, y0, mask & covered[y0:y1, x0:x1]))
        return out


def _check_channels(channels: Sequence[str], instants: Instants) -> None:
    for name in channels:
        if name not in CAMERA_CHANNELS:
            near = did_you_mean(name, list(CAMERA_CHANNELS))
            hint = f"did you mean '{near}'?" if near else f"known: {', '.join(CAMERA_CHANNELS)}"
            raise UsageError(f"a camera has no channel '{name}'; {hint}")
    if "flow" in channels and instants.next is None:
        raise UsageError("channel 'flow' needs the state of the next frame: pass Instants(..., next=state)")


def _images(spec: CameraSpec, flat: Mapping[str, Array], channels: Sequence[str]) -> dict[str, Array]:
    shaped: dict[str, Array] = {}
    for name in channels:
        values = flat[name]
        values = values.astype(np.float32) if values.dtype == np.float64 else values
        shaped[name] = values.reshape(spec.height_px, spec.width_px, *values.shape[1:])
    return shaped


def _exists(scene: Scene, state: WorldState) -> Array:
    actor = np.array([scene.entities[p.entity].actor for p in scene.parts], np.int64)
    return np.array([a < 0 or bool(state.valid[a]) for a in actor], np.bool_)


def _present(scene: Scene, state: WorldState) -> I64Array:
    """Indices of the parts that exist at this instant."""
    return np.flatnonzero(_exists(scene, state))
