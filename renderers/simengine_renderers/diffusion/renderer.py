"""The diffusion renderer: another renderer whose rgb is replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Protocol

from simengine.arrays import U8Array
from simengine.errors import UsageError
from simengine.render.protocol import (
    CameraReading,
    Instants,
    LidarReading,
    NoiseKey,
    RadarReading,
    Renderer,
    Silhouette,
)
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["Base", "DiffusionRenderer", "Painter"]


class Painter(Protocol):
    """Makes the rgb of a frame from what the base renderer gives."""

    needs: tuple[str, ...]

    def look_closer(
        self, base: Renderer, spec: CameraSpec, instants: Instants, noise: NoiseKey
    ) -> CameraReading | None:
        """What it needs beside the reading itself, or None."""
        ...

    def paint(
        self, reading: CameraReading, closer: CameraReading | None, instants: Instants, noise: NoiseKey
    ) -> U8Array:
        """The picture, uint8 (H, W, 3)."""
        ...

    def close(self) -> None:
        """Free what was opened."""
        ...


class Base:
    """A base renderer that several diffusion renderers may share: one at a time uses it, the last one closes it."""

    def __init__(self, renderer: Renderer, users: int = 1) -> None:
        self.renderer, self.lock, self._users = renderer, Lock(), users

    def leave(self) -> None:
        """One user is done."""
        with self.lock:
            self._users -= 1
            if not self._users:
                self.renderer.close()


class DiffusionRenderer:
    """Everything is the base renderer's own but rgb, which a network paints from its G-buffer."""

    name = "diffusion"

    def __init__(self, scene: Scene, base: Base, painter: Painter) -> None:
        self.scene = scene
        self._base, self._painter, self._closed = base, painter, False

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image; without rgb it is the base renderer's."""
        base = self._opened()
        wanted = tuple(channels)
        if "rgb" not in wanted:
            with base.lock:
                return base.renderer.camera(spec, instants, wanted, noise)
        more = tuple(n for n in self._painter.needs if n not in wanted)
        with base.lock:
            closer = self._painter.look_closer(base.renderer, spec, instants, noise)
            reading = base.renderer.camera(spec, instants, wanted + more, noise)
        rgb = self._painter.paint(reading, closer, instants, noise)
        return replace(reading, channels={n: rgb if n == "rgb" else reading.channels[n] for n in wanted})

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution, by the base renderer."""
        base = self._opened()
        with base.lock:
            return base.renderer.lidar(spec, instants, noise)

    def radar(self, spec: RadarSpec, instants: Instants, noise: NoiseKey) -> RadarReading:
        """One scan of a radar, by the base renderer."""
        base = self._opened()
        with base.lock:
            return base.renderer.radar(spec, instants, noise)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks, by the base renderer."""
        base = self._opened()
        with base.lock:
            return base.renderer.silhouettes(spec, state, windows)

    def close(self) -> None:
        """Free the painter, and the base renderer where no other uses it."""
        if not self._closed:
            self._closed = True
            self._painter.close()
            self._base.leave()

    def _opened(self) -> Base:
        if self._closed:
            raise UsageError("this diffusion renderer was closed; open another one")
        return self._base
