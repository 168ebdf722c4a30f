"""The ray tracing renderer: ``Renderer`` of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simengine.errors import UsageError
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, RenderOptions, Silhouette
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace.camera import CameraRenderer
from simengine_renderers.raytrace.embree_tracer import EmbreeTracer
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.slices import Slices
from simengine_renderers.raytrace.tables import upload
from simengine_renderers.raytrace.warm import backend_of, load_kernels

__all__ = ["RaytraceRenderer"]


class RaytraceRenderer:
    """Ray tracing with Embree packets on the CPU or Warp's trees on CUDA. See the package for what it can do."""

    name = "raytrace"

    def __init__(self, scene: Scene, options: RenderOptions) -> None:
        load_kernels(backend_of(options))
        self.scene = scene
        self._slices = Slices(options.threads)
        self._tracer = EmbreeTracer(scene)
        self._poses = Poses(scene)
        self._camera = CameraRenderer(
            scene, self._tracer, upload(scene, self._tracer.device), self._poses, self._slices
        )

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image."""
        return self._camera.render(spec, instants, channels, noise)

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution."""
        raise UsageError("the LiDAR of this renderer is being built")

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks of entities inside their windows."""
        raise UsageError("silhouettes are being built")

    def close(self) -> None:
        """Free the trees and stop the threads."""
        self._tracer.close()
        self._slices.close()
