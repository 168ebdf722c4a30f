"""A view into a scene that can be rendered more than once, for pairs of a cheap picture and a dear one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer
from simengine.sensors.specs import CameraSpec

__all__ = ["Look"]


@dataclass(frozen=True, eq=False)
class Look:
    """One camera at one instant.

    Attributes:
        renderer: opened on the scene, without a fixed number of samples (``RenderOptions.samples`` None).
        spec: the camera.
        instants: states of the frame.
        noise: key of the frame's noise.
        title: for people.
    """

    renderer: Renderer
    spec: CameraSpec
    instants: Instants
    noise: NoiseKey
    title: str

    def take(self, channels: Sequence[str], samples: int = 1) -> CameraReading:
        """Render it, with so many rays a pixel for rgb."""
        spec = self.spec if self.spec.samples == samples else replace(self.spec, samples=samples)
        return self.renderer.camera(spec, self.instants, channels, self.noise)
