"""The ray tracing renderer: ``Renderer`` of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, RenderOptions, Silhouette
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace.bvh_tracer import BvhTracer
from simengine_renderers.raytrace.camera import CameraRenderer
from simengine_renderers.raytrace.embree_tracer import EmbreeTracer
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.lidar import LidarRenderer
from simengine_renderers.raytrace.slices import Slices
from simengine_renderers.raytrace.tables import upload
from simengine_renderers.raytrace.tracing import Tracer
from simengine_renderers.raytrace.warm import backend_of, load_kernels

__all__ = ["RaytraceRenderer"]


class RaytraceRenderer:
    """Ray tracing with Embree packets on the CPU or Warp's trees on CUDA. Not for use from several threads at once."""

    name = "raytrace"

    def __init__(self, scene: Scene, options: RenderOptions) -> None:
        backend = backend_of(options)
        load_kernels(backend)
        self.scene = scene
        self._tracer = _tracer(scene, backend)
        on_cpu = backend[0] == "cpu"
        self._slices = Slices(options.threads if on_cpu else 1)
        poses, tables = Poses(scene), upload(scene, backend[0])
        self._camera = CameraRenderer(scene, self._tracer, tables, poses, self._slices, options.samples)
        self._lidar = LidarRenderer(scene, self._tracer, tables, poses, self._slices)

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image."""
        return self._camera.render(spec, instants, channels, noise)

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution."""
        return self._lidar.scan(spec, instants, noise)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks of entities inside their windows."""
        return self._camera.silhouettes(spec, state, windows)

    def close(self) -> None:
        """Free the trees and stop the threads."""
        self._tracer.close()
        self._slices.close()


def _tracer(scene: Scene, backend: tuple[str, str]) -> Tracer:
    if backend[1] == "embree":
        return EmbreeTracer(scene)
    return BvhTracer(scene, backend[0])
