"""The raster renderer: ``Renderer`` of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from OpenGL import GL

from simengine.errors import UsageError
from simengine.render.protocol import (
    CameraReading,
    Instants,
    LidarReading,
    NoiseKey,
    RadarReading,
    RenderOptions,
    Silhouette,
)  # fmt: skip
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers import raytrace
from simengine_renderers.raster.camera import CameraRenderer
from simengine_renderers.raster.context import gl_context
from simengine_renderers.raster.presets import preset_of
from simengine_renderers.raster.traced import Traced

__all__ = ["RasterRenderer"]

_LOWER_LEFT, _ZERO_TO_ONE = 0x8CA1, 0x935F


class RasterRenderer:
    """OpenGL for cameras; LiDARs and radars are the ray tracer's, opened with the first scan."""

    name = "raster"

    def __init__(self, scene: Scene, options: RenderOptions) -> None:
        self.scene, self._options = scene, options
        self._context = gl_context(options.device)
        self._tracing: raytrace.RaytraceRenderer | None = None
        with self._context.current():
            # depth from 1 at the near plane to 0 far away: float32 is finest where perspective needs it
            self._context.clip_control(_LOWER_LEFT, _ZERO_TO_ONE)
            GL.glDisable(GL.GL_CULL_FACE)
            GL.glDisable(GL.GL_MULTISAMPLE)
            preset = preset_of(options)
            traced = Traced(scene, preset, lambda: self._tracer().lend())
            self._camera: CameraRenderer | None = CameraRenderer(
                scene, self._context, options.samples, traced, preset
            )  # fmt: skip

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image."""
        with self._context.current():
            return self._opened().render(spec, instants, channels, noise)

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution, by the ray tracer."""
        return self._tracer().lidar(spec, instants, noise)

    def radar(self, spec: RadarSpec, instants: Instants, noise: NoiseKey) -> RadarReading:
        """One scan of a radar, by the ray tracer."""
        return self._tracer().radar(spec, instants, noise)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks of entities inside their windows."""
        with self._context.current():
            return self._opened().silhouettes(spec, state, windows)

    def close(self) -> None:
        """Free all buffers; the context stays for the process's next renderer."""
        if self._tracing is not None:
            self._tracing.close()
            self._tracing = None
        if self._camera is not None:
            with self._context.current():
                self._camera.close()
            self._camera = None

    def _tracer(self) -> raytrace.RaytraceRenderer:
        self._opened()
        if self._tracing is None:
            self._tracing = raytrace.open_renderer(self.scene, replace(self._options, samples=1))
        return self._tracing

    def _opened(self) -> CameraRenderer:
        if self._camera is None:
            raise UsageError("this raster renderer was closed; open another one")
        return self._camera
