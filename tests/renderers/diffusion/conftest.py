"""A small street of boxes, and an untrained network that changes the picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import CameraReading, Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.materials import Material
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from tests.renderers.simple_scenes import block, moved, scene_of, state_of

RED, BLUE, DARK = (
    Material(n, c) for n, c in (("red", (0.7, 0.1, 0.1)), ("blue", (0.1, 0.2, 0.8)), ("dark", (0.1,) * 3))
)


@dataclass(frozen=True)
class Street:
    """A scene with a sign and two cars, of which the second moves 0.3 m to the left until the next frame."""

    scene: Scene
    state: WorldState
    later: WorldState

    def camera(self, width: int = 64, height: int = 48, **options: Any) -> CameraSpec:
        return CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.5), (width, height), 1.2, **options)

    @property
    def instants(self) -> Instants:
        return Instants(self.state, self.later, self.later)

    def take(
        self, renderer: str, spec: CameraSpec, channels: tuple[str, ...], samples: int | None = None, frame: int = 0,
        **settings: str,
    ) -> CameraReading:  # fmt: skip
        opened = open_renderer(renderer, self.scene, RenderOptions("cpu", samples, 1, extra=settings))
        try:
            return opened.camera(spec, self.instants, channels, NoiseKey(3, 1, frame))
        finally:
            opened.close()


@pytest.fixture(scope="session")
def street() -> Street:
    ground = block("ground", (200.0, 200.0, 1.0), "road", DARK)
    sign = block("sign", (0.1, 1.5, 1.5), "traffic_sign", BLUE)
    scene = scene_of(
        (block("near", (4.0, 1.8, 1.5), material=RED), block("far", (4.0, 1.8, 1.5))),
        ((ground, tf.translation([0.0, 0.0, -1.0])), (sign, tf.translation([12.0, -3.0, 1.5]))), Environment(),
    )  # fmt: skip
    state = state_of(scene, [(10.0, 1.5, 0.0), (20.0, -2.0, 0.0)], [0.3, 0.0])
    return Street(scene, state, moved(state, [(0.0, 0.0, 0.0), (0.0, 0.3, 0.0)]))


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small network whose last layer is not zero."""
    torch = pytest.importorskip("torch", reason="needs the extra 'diffusion'")
    from simengine_renderers.diffusion.model import PRESETS, denoiser

    torch.manual_seed(5)
    model = denoiser()(**PRESETS["nano"])
    with torch.no_grad():
        model.unet.conv_out.weight.normal_(0.0, 0.05)
    folder = tmp_path_factory.mktemp("untrained") / "model"
    model.save_pretrained(str(folder))
    return folder


def different(a: np.ndarray, b: np.ndarray) -> bool:
    return a.tobytes() != b.tobytes()
