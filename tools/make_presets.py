"""The picture of docs/light.md: three scenes by the presets ``standard`` (left) and ``high`` (right).

usage: python tools/make_presets.py [docs/pictures/presets.jpg]    (a minute or two on two free cores)

Variant 0 of two scenarios after half a second, the street in weather that is set here; 16 rays a pixel.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.sensing import sensor_specs
from simengine.engine.variation import Variation
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.weather import Environment

WIDTH, TIME_NS = 480, 500_000_000
WET = Environment(math.radians(25.0), cloud=0.5, wetness=1.0)
NIGHT = Environment(math.radians(-25.0), cloud=0.3, wetness=0.3, lamps_lit=True)
ROWS = (("child_dart_out", WET), ("child_dart_out", NIGHT), ("aisle_step_out", None))


def row(name: str, weather: Environment | None) -> np.ndarray:
    """One scene by both presets, (H, 2 * WIDTH, 3)."""
    program = load(name)
    simulated = Variation(program, 0, "random").simulate([0])[0]
    scene = build_scene(program, simulated.scenario, libraries(), 0)
    scene = scene if weather is None else replace(scene, environment=weather)
    spec = next(s for s in sensor_specs(program, simulated.scenario, scene) if isinstance(s, CameraSpec))
    k = WIDTH / spec.width_px
    scaled = {n: getattr(spec, n) * k for n in ("fx_px", "fy_px", "cx_px", "cy_px")}
    spec = replace(spec, width_px=WIDTH, height_px=round(spec.height_px * k), droplets=0.0, **scaled)
    states = simulated.trace.on(scene)
    instants = Instants(states.state_at(TIME_NS), states.state_at(TIME_NS + spec.period_ns))
    images = []
    for preset in ("standard", "high"):
        renderer = open_renderer("raytrace", scene, RenderOptions(samples=16, extra={"preset": preset}))
        images.append(renderer.camera(spec, instants, ("rgb",), NoiseKey(0, 0, 5)).channels["rgb"])
        renderer.close()
    return np.hstack(images)


def main(path: Path) -> None:
    """Write the picture."""
    picture = np.vstack([row(*r) for r in ROWS])
    cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/presets.jpg"))
