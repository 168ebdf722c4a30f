"""The own network as a painter: it makes the rgb of one frame from the base renderer's G-buffer."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from simengine.arrays import F32Array, U8Array
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine_renderers.diffusion.backend import Bench, device_of, silenced, torch
from simengine_renderers.diffusion.cells import Surface, Viewer, cells
from simengine_renderers.diffusion.gbuffer import COARSE, FINE_GRAINED, Conditions, finer
from simengine_renderers.diffusion.model import FINE, denoiser
from simengine_renderers.diffusion.noise import anchored, screen
from simengine_renderers.diffusion.scoring import better
from simengine_renderers.diffusion.settings import FILES, Settings, own_folder

__all__ = ["OwnPainter", "Screens", "load_own", "surface_of"]

_KEPT = 8  # cameras whose tables are kept


def load_own(settings: Settings, device: str) -> Any:
    """The network, ready to run.

    Raises:
        UsageError: no such model, or its weights do not fit its configuration.
    """
    folder = own_folder(settings.model)
    t = torch()
    try:
        weights = import_module("safetensors.torch").load_file(str(folder / FILES[1]))
        with silenced(), t.device("meta"):  # without memory, until it is known to be of the weights' size
            model = denoiser().from_config(denoiser().load_config(str(folder)))
    except Exception as error:  # whatever diffusers, torch and safetensors raise about damaged files
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"setting 'model': the weights in '{folder}' do not load: {reason[:200]}") from None
    if {k: v.shape for k, v in model.state_dict().items()} != {k: v.shape for k, v in weights.items()}:
        raise UsageError(f"setting 'model': the weights in '{folder}' do not fit its config.json; train it again")
    model.load_state_dict(weights, assign=True)
    if not all(bool(t.isfinite(weights).all()) for weights in model.parameters()):
        raise UsageError(f"setting 'model': the weights in '{folder}' are not finite numbers; train it again")
    return model.float().eval().requires_grad_(False).to(device_of(device), memory_format=t.channels_last)


def surface_of(scene: Scene, instants: Instants, reading: CameraReading) -> Surface:
    """What the samples of a reading show, in the frames of their parts."""
    parts = scene.part_transforms(instants.start)
    pose = reading.world_from_camera
    turns = tf.compose(tf.inverse(parts), pose)[:, :3, :3] if len(parts) else np.zeros((1, 3, 3))
    c = reading.channels
    return Surface(c["part"], c["position"], c["normal"], c["depth"], turns, pose[:3, :3])


class Screens:
    """Tables of cameras that do not change: rays, and the screen's own noise.

    Args:
        channels: of the noise.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._known: list[tuple[CameraSpec, Viewer]] = []
        self._noise: list[tuple[CameraSpec, int, F32Array]] = []

    def viewer(self, spec: CameraSpec) -> Viewer:
        """Rays of a camera."""
        for known, viewer in self._known:
            if known is spec:
                return viewer
        viewer = Viewer(spec)
        self._known = [(spec, viewer), *self._known[: _KEPT - 1]]
        return viewer

    def noise(self, spec: CameraSpec, seed: int) -> F32Array:
        """The screen's noise of a camera under a seed, the same in every frame."""
        return self.noise_of_size(spec.height_px, spec.width_px, spec, seed)

    def noise_of_size(self, height: int, width: int, spec: CameraSpec, seed: int) -> F32Array:
        """As :meth:`noise`, for a picture that was made larger."""
        for known, of, noise in self._noise:
            if known is spec and of == seed and noise.shape[1:] == (height, width):
                return noise
        made = screen(height, width, self._channels, seed, spec.name)
        self._noise = [(spec, seed, made), *self._noise[: _KEPT - 1]]
        return made


class OwnPainter:
    """Paints with a ``GBufferDenoiser``. One frame at a time.

    Attributes:
        needs: channels that the reading of :meth:`paint` must hold.
    """

    needs = COARSE

    def __init__(self, model: Any, settings: Settings, scene: Scene) -> None:
        self._model, self._settings, self._scene = model, settings, scene
        self._bench, self._screens = Bench(), Screens(3)
        self._finer: list[tuple[CameraSpec, CameraSpec]] = []

    def look_closer(self, base: Renderer, spec: CameraSpec, instants: Instants, noise: NoiseKey) -> CameraReading:
        """The finer G-buffer that :meth:`paint` wants."""
        return base.camera(self._finer_of(spec), instants, FINE_GRAINED, noise)

    def paint(self, reading: CameraReading, closer: CameraReading, instants: Instants, noise: NoiseKey) -> U8Array:
        """The picture, uint8 (H, W, 3)."""
        conditions = Conditions.of(reading, closer)
        start = self.start(closer, instants, noise)
        return self._bench.run(lambda: better(self._model, conditions, start, self._settings.steps))

    def start(self, closer: CameraReading, instants: Instants, noise: NoiseKey) -> F32Array:
        """The noise that generation begins with, float32 (3, H, W)."""
        spec = closer.spec
        if self._settings.noise == "iid":
            size = (spec.height_px // FINE, spec.width_px // FINE)
            return screen(*size, 3, noise.seed, spec.name, noise.variant, noise.frame)
        cell = cells(self._screens.viewer(spec), surface_of(self._scene, instants, closer))
        return anchored(cell, self._screens.noise(spec, noise.seed), FINE, noise.seed)

    def close(self) -> None:
        """Stop the thread."""
        self._bench.close()

    def _finer_of(self, spec: CameraSpec) -> CameraSpec:
        for known, made in self._finer:
            if known is spec:
                return made
        made = finer(spec)
        self._finer = [(spec, made), *self._finer[: _KEPT - 1]]
        return made
