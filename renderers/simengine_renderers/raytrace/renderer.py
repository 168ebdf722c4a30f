"""The ray tracing renderer: ``Renderer`` of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from simengine.render.near_infrared import near_infrared
from simengine.render.protocol import (
    CameraReading,
    Instants,
    LidarReading,
    NoiseKey,
    RadarReading,
    RenderOptions,
    RowsAt,
    Silhouette,
)
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec
from simengine.world.scene import Scene
from simengine.world.short_wave import short_wave
from simengine.world.state import WorldState
from simengine_renderers.raytrace.bvh_tracer import BvhTracer
from simengine_renderers.raytrace.camera import CameraRenderer
from simengine_renderers.raytrace.embree_tracer import EmbreeTracer
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.lent import LentLight
from simengine_renderers.raytrace.lidar import LidarRenderer
from simengine_renderers.raytrace.presets import preset_of
from simengine_renderers.raytrace.radar import RadarRenderer
from simengine_renderers.raytrace.sky import near_infrared as sky_at_900_nm
from simengine_renderers.raytrace.slices import Slices
from simengine_renderers.raytrace.still import Forest
from simengine_renderers.raytrace.surroundings import ROWS
from simengine_renderers.raytrace.tables import SceneTables, upload
from simengine_renderers.raytrace.tracing import Tracer
from simengine_renderers.raytrace.warm import backend_of, load_kernels

__all__ = ["RaytraceRenderer"]


@dataclass(eq=False)
class Shared:
    """What renderers on one scene have in common; released when the last one closes.

    Attributes:
        tables: what a hit means.
        forest: trees of meshes, for Embree.
        users: renderers that are open.
    """

    tables: SceneTables
    forest: Forest | None
    users: int = 0

    @classmethod
    def of(cls, scene: Scene, backend: tuple[str, str]) -> Shared:
        """For the first renderer on a scene."""
        return cls(upload(scene, backend[0]), Forest(scene) if backend[1] == "embree" else None)

    def leave(self) -> None:
        """One renderer has closed."""
        self.users -= 1
        if not self.users and self.forest is not None:
            self.forest.close()


class RaytraceRenderer:
    """Ray tracing with Embree packets on the CPU or Warp's trees on CUDA. Not for use from several threads at once."""

    name = "raytrace"
    row_step = ROWS

    def __init__(self, scene: Scene, options: RenderOptions, shared: Shared | None = None) -> None:
        backend = backend_of(options)
        load_kernels(backend, paths=preset_of(options).paths)
        self.scene = scene
        self.shared = Shared.of(scene, backend) if shared is None else shared
        self.shared.users += 1
        self._tracer = _tracer(scene, backend, self.shared)
        on_cpu = backend[0] == "cpu"
        self._slices = Slices(options.threads if on_cpu else 1)
        poses, tables = Poses(scene), self.shared.tables
        self._closed = False
        self._camera = CameraRenderer(scene, self._tracer, tables, poses, self._slices, options)
        self._options, self._poses = options, poses
        self._lidar = LidarRenderer(scene, self._tracer, tables, poses, self._slices, options.on_device)
        self._radar = RadarRenderer(scene, self._tracer, poses, self._slices)

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image."""
        seen = self._near_infrared if spec.band == "nir" else self._camera
        return seen.render(spec, instants, channels, noise)

    def rolled(
        self, spec: CameraSpec, rows: Sequence[RowsAt], channels: Sequence[str], noise: NoiseKey
    ) -> CameraReading:
        """Render one image whose rows have instants of their own."""
        seen = self._near_infrared if spec.band == "nir" else self._camera
        return seen.rolled(spec, rows, channels, noise)

    @cached_property
    def _near_infrared(self) -> CameraRenderer:
        """The same geometry in another light."""
        scene = near_infrared(self.scene)
        tables = upload(scene, self._tracer.device)
        sky = sky_at_900_nm(scene.environment)
        return CameraRenderer(scene, self._tracer, tables, self._poses, self._slices, self._options, sky)

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution."""
        return (self._short_wave if spec.band == "swir" else self._lidar).scan(spec, instants, noise)

    @cached_property
    def _short_wave(self) -> LidarRenderer:
        """The same geometry as light of 1550 nm sees it."""
        scene, device = short_wave(self.scene), self._tracer.device
        tables, on_device = upload(scene, device), self._options.on_device
        return LidarRenderer(scene, self._tracer, tables, self._poses, self._slices, on_device)

    def radar(self, spec: RadarSpec, instants: Instants, noise: NoiseKey) -> RadarReading:
        """One scan of a radar."""
        return self._radar.scan(spec, instants, noise)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks of entities inside their windows."""
        return self._camera.silhouettes(spec, state, windows)

    def lend(self) -> LentLight:
        """Light for images that another renderer draws; good until this one closes."""
        tables = self.shared.tables
        return LentLight(self.scene, self._tracer, tables, self._poses, self._slices, self._options)

    def close(self) -> None:
        """Free the trees and stop the threads."""
        if self._closed:
            return
        self._closed = True
        self._tracer.close()
        self._slices.close()
        self.shared.leave()


def _tracer(scene: Scene, backend: tuple[str, str], shared: Shared) -> Tracer:
    if shared.forest is not None:
        return EmbreeTracer(scene, shared.forest)
    return BvhTracer(scene, backend[0])
